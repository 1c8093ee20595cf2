// How does an officer get behind the numbers of a report? By recording a mandate, and each page by a record of its own.
import { html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import { addDays, legalDate, monthOf } from '../policy/legal-time.ts'
import { visibleTo } from '../policy/visible.ts'
import {
  behindNumbers,
  giveMandate,
  grounds,
  longestDays,
  lookers,
  mandateOf,
  orderers,
  readMandate,
} from './mandate.ts'
import { dayText } from './overview-page.ts'
import { type Desk, logsOf, type Page, type View, type Visit } from './page.ts'
import {
  anchor,
  choice,
  facts,
  faultList,
  form,
  moment,
  notice,
  pager,
  paragraph,
  table,
  textField,
} from './parts.ts'
import { monthsBack, reportRoles } from './report-page.ts'
import { periodText, readPeriod } from './report-period.ts'
import type { Cursor } from './search.ts'
import { codeText, exchangeName, outcomeBadge, partyName } from './words.ts'

const ask: NonNullable<Page['show']> = async (visit, desk) =>
  asking(visit, desk, visit.query, new Map())

function asking(
  visit: Visit,
  desk: Desk,
  given: Pick<URLSearchParams, 'get'> | FormData,
  faults: ReadonlyMap<string, string>,
): View {
  const law = desk.law()
  const { officer, csrf } = visit
  const value = (name: string) => {
    const found = given.get(name)
    return typeof found === 'string' ? found : undefined
  }
  const today = legalDate(desk.clock())
  const own = law.partijen.get(officer.oin)
  const seen = <T extends { readonly vertrouwelijk: boolean }>(each: T) =>
    !each.vertrouwelijk || logsOf(officer).includes('vertrouwelijk')
  const exchanges = [...law.uitwisselingen.values()].filter(
    each => seen(each) && visibleTo(each, own),
  )
  const pick = (
    name: string,
    label: string,
    options: readonly (readonly [string, string])[],
    first = '',
  ) => choice({ name, label, options, value: value(name) ?? first, error: faults.get(name) })
  const any = (word: string) => [['', word]] as const
  const asked = value('periode') ?? ''
  const periods = monthsBack(monthOf(today) - 1)
  const period = readPeriod(asked)
  const known = periods.some(([each]) => each === asked)
  return {
    kind: 'page',
    title: 'Mandaat om achter de cijfers te kijken',
    ...(faults.size > 0 && { status: 422 }),
    body: html`${faultList(faults)}
${paragraph('Een rapport noemt niemand. Wie toch naar de verstrekkingen achter een getal moet, legt eerst vast wie dat opdroeg, waarom, en tot wanneer. Dat mandaat en elke keer kijken staan in het log.')}
${form({
  action: '/rapportage/mandaat',
  csrf,
  submit: 'Leg het mandaat vast',
  fields: [
    pick(
      'log',
      'Log',
      logsOf(officer).map(each => [each, codeText(each)] as const),
    ),
    pick(
      'periode',
      'Periode',
      period && !known ? [[asked, periodText(period)], ...periods] : periods,
      asked,
    ),
    pick('uitwisseling', 'Uitwisseling', [
      ...any('Alle'),
      ...exchanges.map(({ id, titel }) => [id, titel] as const),
    ]),
    pick('partij', 'Organisatie', [
      ...any('Alle'),
      ...[...law.partijen.values()].filter(seen).map(({ oin, naam }) => [oin, naam] as const),
    ]),
    pick('uitkomst', 'Uitkomst', [
      ...any('Alle'),
      ['verstrekt', 'Verstrekt'],
      ['geweigerd', 'Geweigerd'],
      ['bronfout', 'Bron gaf geen antwoord'],
    ]),
    pick('opdrachtgever', 'Wie gaf de opdracht', Object.entries(orderers)),
    pick(
      'voor',
      'Wie mag kijken',
      lookers.map(each => [each, codeText(each)] as const),
    ),
    pick('grond', 'Waarom', Object.entries(grounds)),
    textField({
      name: 'toelichting',
      label: 'Welke vraag wilt u beantwoorden?',
      help: 'Noem geen personen.',
      lines: 4,
      value: value('toelichting'),
      error: faults.get('toelichting'),
      required: true,
    }),
    textField({
      name: 'tot',
      label: 'Tot en met',
      type: 'date',
      help: `Hoogstens ${longestDays} dagen.`,
      value: value('tot') ?? addDays(today, 7),
      error: faults.get('tot'),
      required: true,
    }),
  ],
})}`,
  }
}

const give: NonNullable<Page['act']> = async (visit, desk) => {
  const read = readMandate(visit.form, {
    today: legalDate(desk.clock()),
    logs: logsOf(visit.officer),
  })
  if (!('voor' in read)) return asking(visit, desk, visit.form, read)
  const id = await giveMandate(desk, visit, read)
  return { kind: 'redirect', to: `/rapportage/mandaten/${id}` }
}

const look: NonNullable<Page['show']> = async (visit, desk) => {
  const { officer, params, query, call, rol } = visit
  await desk.catchUp()
  const mandate = await mandateOf(desk, officer, {
    id: params.mandaat ?? '',
    today: legalDate(desk.clock()),
    logs: logsOf(officer),
  })
  const record = (uitkomst: string, over?: string) =>
    desk.record(call, {
      soort: 'raadpleging',
      log: mandate?.log ?? 'gewoon',
      door: { oin: officer.oin, rol, id: officer.id },
      uitkomst,
      ...(over !== undefined && { over }),
      handeling: { wat: 'achter de cijfers', vervolg: query.has('na') },
    })
  if (!mandate) {
    await record('geweigerd')
    return refused()
  }
  await record('getoond', mandate.id)
  const na = query.get('na')
  const kept = na === null ? undefined : await desk.searches.find(officer, na)
  const after: Cursor | undefined = kept === undefined ? undefined : JSON.parse(kept)
  const { rows, next } = await behindNumbers(desk, officer, mandate, after)
  const older = next && (await desk.searches.keep(officer, JSON.stringify(next)))
  const here: `/${string}` = `/rapportage/mandaten/${mandate.id}`
  const law = desk.law()
  return {
    kind: 'page',
    title: 'Achter de cijfers',
    body: html`${facts([
      ['Opdracht van', orderers[mandate.opdrachtgever]],
      ['Waarom', grounds[mandate.grond]],
      ['Over', html`${periodText(mandate.periode)}, log ${mandate.log}, ${scope(mandate, law)}`],
      ['Tot en met', dayText(mandate.tot)],
    ])}
${table({
  caption: 'Verstrekkingen en weigeringen die onder het mandaat vallen',
  head: ['Wanneer', 'Ontvanger', 'Uitwisseling', 'Uitkomst'],
  rows: rows.map(row => [
    anchor(`/verstrekkingen/${row.transactie}`, moment(row.tijd)),
    partyName(law, row.namens ?? row.ontvanger),
    exchangeName(law, row.uitwisseling),
    outcomeBadge(row.uitkomst),
  ]),
  empty: 'Onder dit mandaat valt niets.',
})}
${pager({
  newer: na === null ? undefined : here,
  older: older === undefined ? undefined : `${here}?na=${encodeURIComponent(older)}`,
})}`,
  }
}

function scope(
  { uitwisseling, partij, uitkomst }: NonNullable<Awaited<ReturnType<typeof mandateOf>>>,
  law: PolicySet,
): string {
  const parts = [
    uitwisseling && exchangeName(law, uitwisseling),
    partij && partyName(law, partij),
    uitkomst,
  ].filter(Boolean)
  return parts.length === 0 ? 'alles van uw organisatie' : parts.join(', ')
}

function refused(): View {
  return {
    kind: 'page',
    status: 403,
    title: 'Hiervoor is een mandaat nodig',
    body: html`${notice('warning', 'Er is geen mandaat dat nu geldt en dat voor u is. Dat u dit vroeg, staat in het log.')}
${paragraph(anchor('/rapportage/mandaat', 'Leg een mandaat vast'))}`,
  }
}

export const mandatePages: readonly Page[] = [
  // Who only leads a team looks by order of another.
  { path: '/rapportage/mandaat', roles: ['privacy-officer', 'fg'], show: ask, act: give },
  { path: '/rapportage/mandaten/:mandaat', roles: reportRoles, show: look },
]
