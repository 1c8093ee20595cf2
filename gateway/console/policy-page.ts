// Beleid: which definitions are in force, on what grounds, since when, and what changed since another day?
import { type Html, html, link } from '../html.ts'
import { basisStatus } from '../policy/basis-status.ts'
import { cite } from '../policy/explain.ts'
import type { Arrangement, LegalBasis, PolicySet } from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import type { Moment } from '../terms.ts'
import { looksIn, recordLook } from './look.ts'
import { type Desk, logsOf, type Page, type View, type Visit } from './page.ts'
import {
  anchor,
  badge,
  choice,
  facts,
  fileText,
  filterForm,
  heading,
  list,
  moment,
  paragraph,
  table,
  unfold,
} from './parts.ts'
import {
  type Activated,
  activations,
  changesBetween,
  type FileChange,
  standingOf,
} from './policy-sets.ts'
import { dateText } from './subject-terms.ts'
import { basisStandings, providerName } from './words.ts'

const readers: Page['roles'] = ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'beheerder']

type PolicyDesk = Pick<Desk, 'store' | 'catchUp' | 'law' | 'lawOf' | 'clock' | 'base' | 'record'>

const mayAll = ({ officer }: Visit) => logsOf(officer).includes('vertrouwelijk')

async function show(visit: Visit, desk: PolicyDesk): Promise<View> {
  await recordLook(visit, desk, { wat: 'beleid' })
  const law = desk.law()
  const now = desk.clock()
  const all = await activations(desk, looksIn(visit.officer))
  const current = all.find(({ digest }) => digest === law.digest)
  const arrangements = [...law.uitwisselingen.values()].filter(
    ({ vertrouwelijk }) => !vertrouwelijk || mayAll(visit),
  )
  return {
    kind: 'page',
    title: 'Beleid',
    body: html`${facts([
      ['Beleid dat nu geldt', html`<code>${law.digest}</code>`],
      ['In werking sinds', current ? moment(current.tijd) : 'onbekend'],
      ['Logregel', current ? `${current.log}, nummer ${current.idx}` : 'onbekend'],
      ['Openbaar register', registerOf(desk)],
    ])}
${heading(2, 'Uitwisselingen')}
${table({
  caption: 'Uitwisselingen en hun stand vandaag',
  head: ['Uitwisseling', 'Wie', 'Vandaag', 'Afspraak geldt', 'DPIA'],
  rows: arrangements.map(one => [
    anchor(`/beleid/uitwisselingen/${one.id}`, one.titel),
    `${providerName(law, one)} aan ${receivers(law, one)}`,
    badge(...standingOf(one, now)),
    termOf(one),
    dpiaOf(one),
  ]),
})}
${heading(2, 'Grondslagen')}
${basisTable(basesOf(arrangements), now)}
${heading(2, 'Vergelijk met ander beleid')}
${all.length > 1 ? compareForm(all, law.digest) : paragraph('Er is nog geen ander beleid in werking geweest.')}
${setTable(all, law.digest)}`,
  }
}

function registerOf({ base }: Pick<Desk, 'base'>, id?: string): Html {
  return link(`${base}/register${id === undefined ? '' : `#${id}`}`)
}

/** One party by its name, a kind of them by its own. */
function receivers({ partijen }: PolicySet, { ontvangers }: Arrangement): string {
  const [one, ...others] = [...partijen.values()].filter(({ soort }) => soort === ontvangers.soort)
  if (one && others.length === 0) return one.naam
  return ontvangers.soort === 'college' ? 'gemeenten' : ontvangers.soort
}

function termOf({ geldigVan, geldigTot }: Arrangement): string {
  const from = `vanaf ${dateText(geldigVan)}`
  return geldigTot === undefined ? from : `${from} tot en met ${dateText(geldigTot)}`
}

function dpiaOf({ dpia }: Arrangement): string {
  if (!dpia) return 'ontbreekt'
  return `${dpia.referentie}, herzien op ${dateText(dpia.herzienOp)}, uiterlijk ${dateText(dpia.uiterlijk)}`
}

/** Each once, by name. */
function basesOf(arrangements: readonly Arrangement[]): readonly LegalBasis[] {
  const found = new Map(arrangements.flatMap(({ bases }) => bases.map(one => [one.id, one])))
  return [...found.values()].sort((a, b) => cite(a).localeCompare(cite(b), 'nl'))
}

function basisTable(bases: readonly LegalBasis[], now: Moment): Html {
  return table({
    caption: 'Grondslagen en hun stand vandaag',
    head: ['Grondslag', 'Vandaag', 'Geldt', 'Bevestigd', 'Bron'],
    rows: bases.map(basis => [
      cite(basis),
      badge(...basisStandings[basisStatus(basis, now)]),
      basisTerm(basis),
      basis.bevestigd
        ? `${dateText(basis.bevestigd.op)}: ${basis.bevestigd.tekstversie}`
        : badge('warning', 'Niet bevestigd'),
      link(basis.bron),
    ]),
    empty: 'Er is geen grondslag.',
  })
}

function basisTerm({ geldigVan, geldigTot, buitenToepassing }: LegalBasis): string {
  const from = geldigVan ? `vanaf ${dateText(geldigVan)}` : 'zonder begindatum'
  const until = geldigTot ? ` tot en met ${dateText(geldigTot)}` : ''
  const out = buitenToepassing
    ? `; buiten toepassing vanaf ${dateText(buitenToepassing.van)} (${buitenToepassing.uitspraak})`
    : ''
  return `${from}${until}${out}`
}

function setTable(all: readonly Activated[], digest: string): Html {
  return table({
    caption: 'Beleid dat in werking kwam, het laatste bovenaan',
    head: ['Wanneer', 'Beleid', 'Logregel', 'Stand'],
    rows: all.map(one => [
      moment(one.tijd),
      html`<code>${one.digest}</code>`,
      `${one.log}, nummer ${one.idx}`,
      one.digest === digest ? badge('ok', 'Geldt nu') : undefined,
    ]),
  })
}

function compareForm(all: readonly Activated[], digest: string): Html {
  const times = new Map(all.toReversed().map(({ digest: one, tijd }) => [one, tijd]))
  const options = [...times]
    .toReversed()
    .map(([one, tijd]) => [one, `${legalDate(tijd)}, ${one.slice(0, 19)}…`] as const)
  const before = options.find(([one]) => one !== digest)?.[0]
  return filterForm({
    action: '/beleid/vergelijking',
    submit: 'Toon wat is gewijzigd',
    fields: [
      choice({ name: 'van', label: 'Van', options, value: before }),
      choice({ name: 'naar', label: 'Naar', options, value: digest }),
    ],
  })
}

function missing(title: string): View {
  return {
    kind: 'page',
    title: 'Niet gevonden',
    status: 404,
    body: html`${paragraph(title)}${paragraph(anchor('/beleid', 'Terug naar Beleid'))}`,
  }
}

async function showOne(visit: Visit, desk: PolicyDesk): Promise<View> {
  const law = desk.law()
  const one = law.uitwisselingen.get(visit.params.uitwisseling ?? '')
  const found = one && (!one.vertrouwelijk || mayAll(visit)) ? one : undefined
  await recordLook(visit, desk, {
    wat: 'beleid',
    ...(found ? { uitwisseling: found.id } : { gevonden: false }),
  })
  if (!found) return missing('Deze uitwisseling is er niet.')
  const now = desk.clock()
  return {
    kind: 'page',
    title: found.titel,
    body: html`${facts([
      ['Vandaag', badge(...standingOf(found, now))],
      ['Doel', found.doel.omschrijving],
      ['Verstrekker', providerName(law, found)],
      ['Ontvangers', receivers(law, found)],
      ['Versie', found.versie],
      ['Afspraak geldt', termOf(found)],
      ['DPIA', dpiaOf(found)],
      ['Mag niet voor', found.verboden.join('; ') || 'geen verbod genoemd'],
      ['Openbare uitleg', registerOf(desk, found.id)],
    ])}
${heading(2, 'Grondslagen')}
${basisTable(found.bases, now)}
${heading(2, 'De afspraak zoals zij is vastgelegd')}
${fileText(`uitwisselingen/${found.id}.yaml`, textOf(law, found.id))}
${paragraph(anchor('/beleid', 'Terug naar Beleid'))}`,
  }
}

function textOf({ files }: PolicySet, id: string): string {
  return files.find(({ path }) => path === `uitwisselingen/${id}.yaml`)?.text ?? ''
}

async function compare(visit: Visit, desk: PolicyDesk): Promise<View> {
  const all = await activations(desk, looksIn(visit.officer))
  // Only what was really in force can be looked at by its digest.
  const known = (name: string) =>
    all.find(({ digest }) => digest === visit.query.get(name))?.digest ?? ''
  const [van, naar] = [known('van'), known('naar')]
  const [before, after] = [await desk.lawOf(van), await desk.lawOf(naar)]
  await recordLook(visit, desk, { wat: 'beleid-vergelijking', ...(van && naar && { van, naar }) })
  if (!before || !after) return missing('Dit beleid is hier niet bewaard.')
  const { files, words } = changesBetween(before, after, mayAll(visit))
  return {
    kind: 'page',
    title: 'Wat is gewijzigd in het beleid',
    body: html`${facts([
      ['Van', html`<code>${van}</code>`],
      ['Naar', html`<code>${naar}</code>`],
    ])}
${heading(2, 'In woorden')}
${words.length > 0 ? list(words) : paragraph('Geen uitwisseling, grondslag of organisatie is gewijzigd.')}
${heading(2, 'Bestanden')}
${files.length > 0 ? files.map(fileChange) : paragraph('Geen bestand is gewijzigd.')}
${paragraph(anchor('/beleid', 'Terug naar Beleid'))}`,
  }
}

/** Signs are words for who cannot see them: + came, - went. */
function fileChange({ path, what, lines }: FileChange): Html {
  if (!lines) return paragraph(`${path}: ${what}. De organisaties staan hierboven.`)
  const count = (sign: string) => lines.filter(([one]) => one === sign).length
  return unfold(
    `${path}: ${what}, ${count('+')} regels erbij (+) en ${count('-')} eraf (-)`,
    fileText(path, lines.map(([sign, text]) => `${sign} ${text}`).join('\n')),
  )
}

export const policyPages: readonly Page[] = [
  { path: '/beleid', menu: 'Beleid', roles: readers, show },
  { path: '/beleid/uitwisselingen/:uitwisseling', roles: readers, show: showOne },
  { path: '/beleid/vergelijking', roles: readers, show: compare },
]
