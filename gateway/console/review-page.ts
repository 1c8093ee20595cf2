// Toetsing: which disclosures does an officer look at, what came of it, and was that worth the time?
import { unsealMember } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { type Html, html } from '../html.ts'
import { isDate, later, legalDate } from '../policy/legal-time.ts'
import { hintKinds } from './hint-kinds.ts'
import { recordLook } from './look.ts'
import { roleNames } from './look-words.ts'
import type { Desk, Page, Role, View, Visit } from './page.ts'
import {
  anchor,
  badge,
  choice,
  facts,
  faultList,
  form,
  heading,
  hidden,
  list,
  moment,
  pager,
  paragraph,
  table,
  textField,
  unfold,
} from './parts.ts'
import {
  type ClosingCode,
  closingCodes,
  type Deed,
  findItem,
  type Item,
  kindNames,
  type Queue,
  type Reviewer,
  readQueue,
  type Suppression,
} from './review.ts'
import { messagesPerWeek, perWeek } from './sample.ts'
import { exchangeName, outcomeBadge, partyName } from './words.ts'

const pageSize = 25
/** Longest that a kind may be set aside. */
const longestSilence = 'P6M'
const longestText = 2_000

const readers: readonly Role[] = ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'teamleider']

export const reviewPages: readonly Page[] = [
  { path: '/toetsing', menu: 'Toetsing', roles: readers, show: showQueue },
  { path: '/toetsing/stil', roles: ['privacy-officer'], show: showSilence, act: actSilence },
  { path: '/toetsing/:item', roles: readers, show: showItem, act: actItem },
]

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function reviewer({ officer, rol }: Visit): Reviewer {
  return { oin: officer.oin, rollen: officer.rollen, rol }
}

async function showQueue(visit: Visit, desk: Desk): Promise<View> {
  await recordLook(visit, desk, { wat: 'toetsing' })
  const queue = await readQueue(desk, reviewer(visit))
  const from = Math.max(0, Math.trunc(Number(visit.query.get('vanaf')) || 0))
  const shown = queue.open.slice(from, from + pageSize)
  const more = queue.open.length > from + pageSize
  return {
    kind: 'page',
    title: 'Toetsing',
    body: html`${paragraph(
      'Hier staan verstrekkingen om naar te kijken: een steekproef door het lot, uitzonderingen die altijd worden nagekeken, en aanwijzingen. Een aanwijzing is een reden om te kijken, en geen oordeel over iemand.',
    )}
${heading(2, `Open (${queue.open.length})`)}
${itemTable('Open om naar te kijken', shown, desk, 'Er staat niets open.')}
${pager({
  newer: from > 0 ? '/toetsing' : undefined,
  older: more ? `/toetsing?vanaf=${from + pageSize}` : undefined,
})}
${from > 0 ? undefined : below(visit, desk, queue)}`,
  }
}

function below(visit: Visit, desk: Desk, queue: Queue): Html {
  const law = desk.law()
  return html`${heading(2, 'Wacht op antwoord van de ontvanger')}
${table({
  caption: 'Wacht op antwoord van de ontvanger',
  head: ['Reden om te kijken', 'Uitgezet bij', 'Sinds'],
  rows: queue.uitgezet.map(item => [
    anchor(`/toetsing/${item.id}`, kindNames[item.soort] ?? item.soort),
    partyName(law, item.bij),
    moment(item.sinds),
  ]),
  empty: 'Er staat geen vraag uit.',
})}
${heading(2, 'Hoe vaak was kijken de moeite waard?')}
${paragraph('Van alles wat is gesloten: hoe vaak bleek iets onrechtmatig, of een fout die is hersteld. De steekproef laat zien hoe vaak dat gewoon is.')}
${precisionTable(queue)}
${heading(2, 'Stilgezet')}
${silenceTable(queue.stil, desk)}
${queue.verborgen > 0 ? paragraph(`Nu verborgen: ${queue.verborgen}.`) : undefined}
${visit.rol === 'privacy-officer' ? paragraph(anchor('/toetsing/stil', 'Een soort aanwijzing stilzetten of weer aanzetten')) : undefined}
${drawing(queue)}`
}

function itemTable(caption: string, items: readonly Item[], desk: Desk, empty: string): Html {
  const law = desk.law()
  return table({
    caption,
    head: ['Reden om te kijken', 'Uitleg', 'Ontvanger', 'Vragen', 'Laatste'],
    numbers: [3],
    rows: items.map(item => [
      anchor(`/toetsing/${item.id}`, kindNames[item.soort] ?? item.soort),
      uitleg(item),
      names(item.partijen, oin => partyName(law, oin)),
      item.aantal,
      moment(item.tijd),
    ]),
    empty,
  })
}

function names(values: readonly string[], name: (value: string) => string): string {
  const shown = values.slice(0, 3).map(name).join(', ')
  return values.length > 3 ? `${shown} en ${values.length - 3} andere` : shown
}

export function uitleg({ soort, cijfers }: Pick<Item, 'soort' | 'cijfers'>): string {
  if (soort === 'aselect') return 'Gekozen door het lot.'
  if (soort === 'ontsnapping') {
    return 'Met spoed gevraagd naar iemand die niet bij de zaak stond. Zo’n vraag wordt altijd achteraf bekeken.'
  }
  return hintKinds.find(({ id }) => id === soort)?.uitleg(cijfers) ?? ''
}

function precisionTable({ precisie }: Queue): Html {
  return table({
    caption: 'Hoe vaak was kijken de moeite waard',
    head: ['Reden om te kijken', 'Gesloten', 'Daarvan raak', 'Deel', 'Wie let op deze soort'],
    numbers: [1, 2, 3],
    rows: precisie.map(({ soort, gesloten, raak }) => [
      kindNames[soort] ?? soort,
      gesloten,
      raak,
      gesloten === 0 ? 'nog niet bekend' : `${Math.round((100 * raak) / gesloten)}%`,
      hintKinds.find(({ id }) => id === soort)?.eigenaar ?? 'privacy officer',
    ]),
  })
}

function silenceTable(stil: readonly Suppression[], desk: Desk): Html {
  const law = desk.law()
  return table({
    caption: 'Soorten aanwijzingen die stil staan',
    head: ['Reden om te kijken', 'Voor', 'Eigenaar', 'Tot en met'],
    rows: stil.map(one => [
      kindNames[one.soort] ?? one.soort,
      [
        one.partij === undefined ? '' : partyName(law, one.partij),
        one.uitwisseling === undefined ? '' : exchangeName(law, one.uitwisseling),
      ]
        .filter(Boolean)
        .join(', '),
      roleName(one.eigenaar),
      one.tot,
    ]),
    empty: 'Er staat niets stil.',
  })
}

/** How anybody repeats the draw. */
function drawing({ trekkingen }: Queue): Html {
  return unfold(
    'Hoe is de steekproef getrokken?',
    paragraph(
      `Van elke week worden ${perWeek} vragen gekozen, en ${messagesPerWeek} berichten: regels uit bestanden, verbeterde gegevens en gemelde twijfel. Per verstrekking wordt SHA-256 berekend over de wortel van het checkpoint hieronder, gevolgd door het kenmerk van de verstrekking (16 bytes); de laagste uitkomsten zijn gekozen. Dat checkpoint is het eerste van na de week: niemand kent de wortel voordat alles van de week vastligt.`,
    ),
    table({
      caption: 'Trekkingen',
      head: ['Week vanaf', 'Logboek', 'Checkpoint', 'Wortel'],
      numbers: [2],
      rows: trekkingen.map(({ week, log, grootte, wortel }) => [week, log, grootte, wortel]),
      empty: 'Er is nog geen week voorbij.',
    }),
  )
}

type Faults = ReadonlyMap<string, string>
const noFaults: Faults = new Map()

async function showItem(visit: Visit, desk: Desk): Promise<View> {
  const found = await itemOf(visit, desk)
  if (!found) return nothing(visit, desk)
  await recordLook(visit, desk, { wat: 'toetsing', item: found.item.id, soort: found.item.soort })
  return itemPage(visit, desk, found)
}

type Found = NonNullable<Awaited<ReturnType<typeof findItem>>>

async function itemOf(visit: Visit, desk: Desk): Promise<Found | undefined> {
  const id = visit.params.item ?? ''
  return uuid.test(id) ? await findItem(desk, reviewer(visit), id) : undefined
}

/** Of another organisation, confidential, or nowhere: the same answer, and the attempt is recorded. */
async function nothing(visit: Visit, desk: Desk): Promise<View> {
  await recordLook(visit, desk, { wat: 'toetsing', gevonden: false })
  return {
    kind: 'page',
    status: 404,
    title: 'Dit staat niet in de toetsing',
    body: html`${paragraph('Er is niets met dit kenmerk om naar te kijken.')}
${paragraph(anchor('/toetsing', 'Naar de toetsing'))}`,
  }
}

async function itemPage(
  visit: Visit,
  desk: Desk,
  { item, deeds }: Found,
  faults: Faults = noFaults,
): Promise<View> {
  const law = desk.law()
  const closed = deeds.some(({ soort }) => soort === 'toetsing')
  return {
    kind: 'page',
    ...(faults.size > 0 && { status: 422 }),
    title: kindNames[item.soort] ?? item.soort,
    body: html`${faults.size > 0 ? faultList(faults) : undefined}
${paragraph(uitleg(item))}
${facts([
  ['Stand', stand(deeds, desk)],
  ['Ontvanger', names(item.partijen, oin => partyName(law, oin))],
  ['Uitwisseling', names(item.uitwisselingen, id => exchangeName(law, id))],
  ['Aantal vragen', String(item.aantal)],
  ['Laatste vraag', moment(item.tijd)],
])}
${heading(2, 'De vragen waar dit over gaat')}
${await transactions(item, desk)}
${heading(2, 'Wat ermee is gedaan')}
${await history(deeds, desk)}
${closed || !mayClose(visit, item) ? undefined : acts(visit, item, deeds, faults, desk)}
${paragraph(anchor('/toetsing', 'Naar de toetsing'))}`,
  }
}

/** The FG closes what came by lot, the officer everything; others look. */
function mayClose({ rol }: Visit, { soort }: Item): boolean {
  return rol === 'privacy-officer' || (rol === 'fg' && soort === 'aselect')
}

function stand(deeds: readonly Deed[], desk: Desk): Html {
  const closed = deeds.find(({ soort }) => soort === 'toetsing')
  if (closed) return badge('ok', `Gesloten: ${closingText(closed)}`)
  const asked = deeds.findLast(({ soort }) => soort === 'navraag')
  if (asked?.uitkomst === 'uitgezet') {
    return badge('info', `Uitgezet bij ${partyName(desk.law(), String(asked.gegevens.partij))}`)
  }
  return badge('warning', 'Open')
}

function closingText({ gegevens }: Deed): string {
  return Object.entries(closingCodes).find(([code]) => code === gegevens.code)?.[1] ?? ''
}

const shownTransactions = 50

async function transactions(item: Item, desk: Desk): Promise<Html> {
  const law = desk.law()
  const ids = item.transacties.slice(0, shownTransactions)
  const rows = await desk.store.query<{
    transactie: string
    tijd: number
    uitwisseling: string | null
    functie: string | null
    uitkomst: string
  }>(
    `SELECT transactie, tijd, uitwisseling, functie, uitkomst FROM console.transactie
     WHERE transactie = ANY($1::uuid[]) ORDER BY tijd`,
    [ids],
  )
  return html`${table({
    caption: 'De vragen waar dit over gaat',
    head: ['Wanneer', 'Uitwisseling', 'Functie', 'Uitkomst'],
    rows: rows.map(row => [
      anchor(`/verstrekkingen/${row.transactie}`, moment(row.tijd)),
      exchangeName(law, row.uitwisseling),
      row.functie ?? '–',
      outcomeBadge(row.uitkomst),
    ]),
  })}
${item.aantal > rows.length ? paragraph(`De eerste ${rows.length} van ${item.aantal}.`) : undefined}`
}

async function history(deeds: readonly Deed[], desk: Desk): Promise<Html> {
  if (deeds.length === 0) return paragraph('Nog niets.')
  const lines = await Promise.all(
    deeds.map(async deed => {
      const text = await sealedText(deed, desk)
      return html`${moment(deed.tijd)}, ${roleName(deed.rol)}: ${deedText(deed, desk)}${text === undefined ? '' : html` “${text}”`}`
    }),
  )
  return list(lines)
}

function deedText(deed: Deed, desk: Desk): string {
  if (deed.soort === 'toetsing') return `gesloten, ${closingText(deed)}.`
  const partij = partyName(desk.law(), String(deed.gegevens.partij))
  return deed.uitkomst === 'uitgezet'
    ? `navraag gedaan bij ${partij}.`
    : `antwoord van ${partij} genoteerd.`
}

/** While the month's key lives. */
async function sealedText(deed: Deed, desk: Desk): Promise<string | undefined> {
  const [leaf] = await desk.store.query<{ tekst: string }>(
    'SELECT tekst FROM audit.leaf WHERE transactie = $1 AND idx = $2',
    [deed.transactie, deed.idx],
  )
  if (!leaf) return undefined
  const record: LogRecord = JSON.parse(leaf.tekst)
  return unsealMember(desk.keys, { log: deed.log, keysDir: desk.keysDir }, record, 'motivering')
}

function roleName(rol: string): string {
  return roleNames.find(([key]) => key === rol)?.[1] ?? rol
}

function acts(visit: Visit, item: Item, deeds: readonly Deed[], faults: Faults, desk: Desk): Html {
  const action = `/toetsing/${item.id}` as const
  const law = desk.law()
  const asked = deeds.findLast(({ soort }) => soort === 'navraag')
  const waiting = asked?.uitkomst === 'uitgezet' ? String(asked.gegevens.partij) : undefined
  const text = (name: string, label: string, help: string) =>
    textField({ name, label, help, lines: 4, error: faults.get(name), value: said(visit, name) })
  const asking =
    waiting === undefined
      ? html`${heading(2, 'Navraag bij de ontvanger')}
${paragraph('De vraag wordt vastgelegd. Stuur hem zelf aan uw contact bij de ontvanger, en noteer hier later het antwoord.')}
${form({
  ...{ action, csrf: visit.csrf, submit: 'Navraag vastleggen' },
  fields: [
    hidden('doe', 'navraag'),
    choice({
      ...{ name: 'partij', label: 'Bij wie', required: true, error: faults.get('partij') },
      options: item.partijen.map(oin => [oin, partyName(law, oin)]),
    }),
    text('vraag', 'Uw vraag', 'Noem geen burgerservicenummer.'),
  ],
})}`
      : html`${heading(2, 'Antwoord van de ontvanger')}
${form({
  ...{ action, csrf: visit.csrf, submit: 'Antwoord noteren' },
  fields: [
    hidden('doe', 'antwoord'),
    hidden('partij', waiting),
    text(
      'antwoord',
      `Wat antwoordde ${partyName(law, waiting)}?`,
      'Noem geen burgerservicenummer.',
    ),
  ],
})}`
  return html`${heading(2, 'Sluiten')}
${form({
  ...{ action, csrf: visit.csrf, submit: 'Sluiten' },
  fields: [
    hidden('doe', 'sluiten'),
    choice({
      ...{ name: 'code', label: 'Wat kwam eruit?', required: true, error: faults.get('code') },
      value: said(visit, 'code'),
      options: [['', 'Kies'], ...Object.entries(closingCodes)],
    }),
    text('toelichting', 'Toelichting', 'Nodig, behalve bij “Terecht”. Wordt verzegeld bewaard.'),
  ],
})}
${asking}`
}

function said({ form }: Visit, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

interface Deeding {
  readonly soort: 'toetsing' | 'navraag'
  readonly uitkomst: string
  readonly gegevens: Readonly<Record<string, string>>
  readonly tekst: string
}

/** What each form means; a map of faults when it cannot be done. */
const forms: Readonly<Record<string, (visit: Visit, item: Item) => Deeding | Faults>> = {
  sluiten(visit) {
    const [code, tekst] = [said(visit, 'code'), said(visit, 'toelichting')]
    const faults = new Map<string, string>()
    if (!isCode(code)) faults.set('code', 'Kies wat eruit kwam.')
    if (tekst === '' && code !== 'terecht') faults.set('toelichting', 'Schrijf kort op waarom.')
    tooLong(faults, 'toelichting', tekst)
    return faults.size > 0
      ? faults
      : { soort: 'toetsing', uitkomst: 'gesloten', gegevens: { code }, tekst }
  },
  navraag(visit, { partijen }) {
    const [partij, tekst] = [said(visit, 'partij'), said(visit, 'vraag')]
    const faults = new Map<string, string>()
    if (!partijen.includes(partij)) faults.set('partij', 'Kies een ontvanger uit de lijst.')
    if (tekst === '') faults.set('vraag', 'Schrijf uw vraag op.')
    tooLong(faults, 'vraag', tekst)
    return faults.size > 0
      ? faults
      : { soort: 'navraag', uitkomst: 'uitgezet', gegevens: { partij }, tekst }
  },
  antwoord(visit, { partijen }) {
    const [partij, tekst] = [said(visit, 'partij'), said(visit, 'antwoord')]
    const faults = new Map<string, string>()
    if (tekst === '' || !partijen.includes(partij))
      faults.set('antwoord', 'Schrijf het antwoord op.')
    tooLong(faults, 'antwoord', tekst)
    return faults.size > 0
      ? faults
      : { soort: 'navraag', uitkomst: 'beantwoord', gegevens: { partij }, tekst }
  },
}

function isCode(code: string): code is ClosingCode {
  return Object.hasOwn(closingCodes, code)
}

function tooLong(faults: Map<string, string>, name: string, tekst: string): void {
  if (tekst.length > longestText)
    faults.set(name, `Schrijf het in ${longestText} tekens of minder.`)
}

async function actItem(visit: Visit, desk: Desk): Promise<View> {
  const found = await itemOf(visit, desk)
  if (!found) return await nothing(visit, desk)
  const { item, deeds } = found
  const closed = deeds.some(({ soort }) => soort === 'toetsing')
  if (closed || !mayClose(visit, item)) {
    return await itemPage(visit, desk, found, new Map([['doe', 'Dit kan hier niet (meer).']]))
  }
  const read =
    forms[said(visit, 'doe')]?.(visit, item) ?? new Map([['doe', 'Kies wat u wilt doen.']])
  if (!('uitkomst' in read)) return await itemPage(visit, desk, found, read)
  const { soort, uitkomst, gegevens, tekst } = read
  const [over] = item.transacties
  await desk.record(visit.call, {
    ...{ soort, uitkomst, log: item.log, door: seat(visit) },
    ...(over !== undefined && { over }),
    handeling: { wat: soort, item: item.id, soort: item.soort, ...gegevens },
    ...(tekst !== '' && { motivering: tekst }),
  })
  return { kind: 'redirect', to: soort === 'toetsing' ? '/toetsing' : `/toetsing/${item.id}` }
}

function seat({ officer, rol }: Visit) {
  return { oin: officer.oin, rol, id: officer.id }
}

async function showSilence(visit: Visit, desk: Desk): Promise<View> {
  await recordLook(visit, desk, { wat: 'toetsing-stil' })
  return await silencePage(visit, desk, noFaults)
}

async function silencePage(visit: Visit, desk: Desk, faults: Faults): Promise<View> {
  const { stil } = await readQueue(desk, reviewer(visit))
  const law = desk.law()
  const confidential = visit.officer.rollen.includes('vertrouwelijk')
  const parties = [...law.partijen.values()].filter(
    ({ vertrouwelijk }) => !vertrouwelijk || confidential,
  )
  const exchanges = [...law.uitwisselingen.values()].filter(
    ({ vertrouwelijk }) => !vertrouwelijk || confidential,
  )
  const field = (name: string, label: string, options: readonly (readonly [string, string])[]) =>
    choice({
      name,
      label,
      options: [['', 'Kies'], ...options],
      error: faults.get(name),
      value: said(visit, name),
    })
  return {
    kind: 'page',
    ...(faults.size > 0 && { status: 422 }),
    title: 'Een soort aanwijzing stilzetten',
    body: html`${faults.size > 0 ? faultList(faults) : undefined}
${paragraph('Is bekend waarom een organisatie of uitwisseling een aanwijzing geeft? Zet die soort dan stil, voor hooguit zes maanden, met een eigenaar die er tot dan op let. De steekproef en uitzonderingen gaan altijd door.')}
${form({
  ...{ action: '/toetsing/stil', csrf: visit.csrf, submit: 'Stilzetten' },
  fields: [
    hidden('doe', 'stil'),
    field(
      'soort',
      'Soort aanwijzing',
      hintKinds.map(({ id, naam }) => [id, naam]),
    ),
    field(
      'partij',
      'Organisatie',
      parties.map(({ oin, naam }) => [oin, naam]),
    ),
    field(
      'uitwisseling',
      'Uitwisseling',
      exchanges.map(({ id, titel }) => [id, titel]),
    ),
    field(
      'eigenaar',
      'Eigenaar',
      roleNames.filter(([key]) => owners.includes(key)),
    ),
    textField({
      ...{ name: 'tot', label: 'Tot en met', type: 'date', required: true },
      ...{ error: faults.get('tot'), value: said(visit, 'tot') },
    }),
    textField({
      ...{ name: 'toelichting', label: 'Waarom', lines: 3, required: true },
      ...{ error: faults.get('toelichting'), value: said(visit, 'toelichting') },
    }),
  ],
})}
${heading(2, 'Wat nu stil staat')}
${silenceTable(stil, desk)}
${stil.map(({ deed, soort }) =>
  form({
    action: '/toetsing/stil',
    csrf: visit.csrf,
    submit: `Weer aanzetten: ${kindNames[soort] ?? soort}`,
    fields: [hidden('doe', 'aan'), hidden('kenmerk', deed.transactie)],
  }),
)}
${paragraph(anchor('/toetsing', 'Naar de toetsing'))}`,
  }
}

const owners: readonly string[] = [
  'privacy-officer',
  'fg',
  'beveiligingsfunctionaris',
  'teamleider',
]

async function actSilence(visit: Visit, desk: Desk): Promise<View> {
  if (said(visit, 'doe') === 'aan') return await hearAgain(visit, desk)
  const [soort, partij, uitwisseling] = ['soort', 'partij', 'uitwisseling'].map(name =>
    said(visit, name),
  )
  const [eigenaar, tot, tekst] = ['eigenaar', 'tot', 'toelichting'].map(name => said(visit, name))
  const law = desk.law()
  const today = legalDate(desk.clock())
  const last = legalDate(later(desk.clock(), longestSilence))
  const faults = new Map<string, string>()
  if (!hintKinds.some(({ id }) => id === soort)) faults.set('soort', 'Kies een soort aanwijzing.')
  if (!partij && !uitwisseling)
    faults.set('partij', 'Kies een organisatie, een uitwisseling of beide.')
  if (partij && !law.partijen.has(partij))
    faults.set('partij', 'Kies een organisatie uit de lijst.')
  if (uitwisseling && !law.uitwisselingen.has(uitwisseling)) {
    faults.set('uitwisseling', 'Kies een uitwisseling uit de lijst.')
  }
  if (!owners.includes(eigenaar ?? '')) faults.set('eigenaar', 'Kies wie hierop let.')
  if (!isDate(tot) || tot < today || tot > last) {
    faults.set('tot', `Kies een dag tussen ${today} en ${last}.`)
  }
  if (!tekst) faults.set('toelichting', 'Schrijf kort op waarom.')
  tooLong(faults, 'toelichting', tekst ?? '')
  if (faults.size > 0) return await silencePage(visit, desk, faults)
  await desk.record(visit.call, {
    ...{ soort: 'onderdrukking', uitkomst: 'ingesteld', log: logFor(visit), door: seat(visit) },
    handeling: {
      ...{ wat: 'onderdrukking', soort: soort ?? '', eigenaar: eigenaar ?? '', tot: tot ?? '' },
      ...(partij && { partij }),
      ...(uitwisseling && { uitwisseling }),
    },
    motivering: tekst ?? '',
  })
  return { kind: 'redirect', to: '/toetsing/stil' }
}

async function hearAgain(visit: Visit, desk: Desk): Promise<View> {
  const { stil } = await readQueue(desk, reviewer(visit))
  const one = stil.find(({ deed }) => deed.transactie === said(visit, 'kenmerk'))
  if (!one) return await silencePage(visit, desk, new Map([['doe', 'Dit staat al weer aan.']]))
  await desk.record(visit.call, {
    ...{ soort: 'onderdrukking', uitkomst: 'opgeheven', log: one.deed.log, door: seat(visit) },
    handeling: { wat: 'onderdrukking', soort: one.soort, opgeheven: one.deed.transactie },
  })
  return { kind: 'redirect', to: '/toetsing/stil' }
}

/** It may name a confidential party, so it stands where only who may see that looks. */
function logFor({ officer }: Visit) {
  return officer.rollen.includes('vertrouwelijk') ? 'vertrouwelijk' : 'gewoon'
}
