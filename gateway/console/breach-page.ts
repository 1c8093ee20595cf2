// Datalek: what did it touch, who must know, and how much time is left? Numbers, and persons only in an export with a reason.
import { type Fragment, type Html, html } from '../html.ts'
import { holdsBsn } from '../message/bsn.ts'
import { isDate, legalDate, midnight } from '../policy/legal-time.ts'
import type { LegalDate, Moment } from '../terms.ts'
import {
  type Breach,
  type BreachCriteria,
  breachesOf,
  countTouched,
  type Extent,
  extentNow,
  markBreaches,
  maxTouched,
  reportBefore,
  touchedKinds,
  type Weighed,
  weigh,
} from './breach.ts'
import {
  affectedCsv,
  affectedJson,
  affectedOf,
  fieldTitles,
  notification,
  notificationLines,
  toldOf,
} from './breach-files.ts'
import { looksIn, recordLook } from './look.ts'
import { type Desk, logsOf, type Page, type View, type Visit } from './page.ts'
import {
  anchor,
  choice,
  facts,
  faultList,
  filterForm,
  form,
  heading,
  hidden,
  list,
  moment,
  notice,
  paragraph,
  table,
  textField,
} from './parts.ts'
import { filterOptions } from './search-form.ts'
import { formText, mustSay } from './subject-desk.ts'
import { exchangeName, partyName } from './words.ts'

type Faults = ReadonlyMap<string, string>
type Given = (name: string) => string

const hourMs = 3_600_000

interface Read {
  readonly criteria: BreachCriteria
  readonly faults: Faults
}

/** Every value is one of a list or a date, so that nothing typed can reach an address. */
async function readCriteria(given: Given, { officer }: Visit, desk: Desk): Promise<Read> {
  const offered = await criteriaOptions(officer, desk)
  const faults = new Map<string, string>()
  const found: Record<string, string> = {}
  for (const name of ['partij', 'uitwisseling', 'digest', 'wat'] as const) {
    const value = given(name)
    if (value === '') continue
    if (offered[name].some(([one]) => one === value)) found[name] = value
    else faults.set(name, 'Kies iets uit de lijst.')
  }
  const levering = given('levering')
  if (uuid.test(levering)) found.levering = levering
  else if (levering !== '') {
    faults.set('levering', 'Vul het nummer van het bestand in, zoals Sluis het geeft.')
  }
  for (const name of ['van', 'totEnMet'] as const) {
    const value = given(name)
    if (value === '') continue
    if (isDate(value)) found[name] = value
    else faults.set(name, 'Vul een datum in die bestaat.')
  }
  const { van = '', totEnMet = '' } = found
  if (van && totEnMet && totEnMet < van) {
    faults.set('totEnMet', 'Deze dag ligt vóór de eerste dag van de periode.')
  }
  const wat = touchedKinds.find(([kind]) => kind === found.wat)?.[0] ?? 'verstrekt'
  return { criteria: { ...found, wat }, faults }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function criteriaOptions(officer: Visit['officer'], desk: Desk) {
  const options = filterOptions(desk.law(), officer)
  const sets = await desk.store.query<{ digest: string; tijd: Moment }>(
    'SELECT digest, tijd FROM policy.policy_set ORDER BY tijd DESC LIMIT 200',
  )
  return {
    partij: options.partij ?? [],
    uitwisseling: options.uitwisseling ?? [],
    digest: sets.map(
      ({ digest, tijd }) => [digest, `${legalDate(tijd)}, ${digest.slice(0, 19)}…`] as const,
    ),
    wat: touchedKinds,
  }
}

/** What was wrong is not shown again: it may be the number of a person. */
function good(given: Given, faults: Faults): Given {
  return name => (faults.has(name) ? '' : given(name))
}

async function criteriaFields(from: Given, faults: Faults, visit: Visit, desk: Desk) {
  const given = good(from, faults)
  const offered = await criteriaOptions(visit.officer, desk)
  const offer = (name: 'partij' | 'uitwisseling' | 'digest', label: string) =>
    choice({
      ...{ name, label, value: given(name), error: faults.get(name) },
      options: [['', 'Alle'], ...offered[name]],
    })
  const day = (name: 'van' | 'totEnMet', label: string) =>
    textField({ name, label, type: 'date', value: given(name), error: faults.get(name) })
  return [
    choice({
      ...{ name: 'wat', label: 'Wat is er geraakt?', value: given('wat') || 'verstrekt' },
      ...{ options: touchedKinds, error: faults.get('wat') },
    }),
    offer('partij', 'Organisatie'),
    offer('uitwisseling', 'Uitwisseling'),
    textField({
      ...{ name: 'levering', label: 'Nummer van een bestand', value: given('levering') },
      ...{ help: 'Alleen als één bestand is geraakt.', error: faults.get('levering') },
    }),
    day('van', 'Vanaf'),
    day('totEnMet', 'Tot en met'),
    offer('digest', 'Beleid waaronder het gebeurde'),
  ]
}

const showStart: NonNullable<Page['show']> = async (visit, desk) => {
  const { query } = visit
  if (query.has('wat')) return await preview(visit, desk, new Map())
  await recordLook(visit, desk, { wat: 'datalekken' })
  const breaches = await breachesOf(desk, visit.officer, logsOf(visit.officer))
  const now = desk.clock()
  return {
    kind: 'page',
    title: 'Datalek',
    body: html`${heading(2, 'Zoek wat is geraakt')}
${paragraph('Kies wat het datalek raakte. U ziet eerst alleen aantallen.')}
${filterForm({
  action: '/datalek',
  submit: 'Tel wat is geraakt',
  fields: await criteriaFields(name => query.get(name) ?? '', new Map(), visit, desk),
})}
${heading(2, 'Vastgelegde datalekken')}
${table({
  caption: 'Datalekken van uw organisatie, de nieuwste bovenaan',
  head: ['Kenmerk', 'Ontdekt', 'Melden bij de AP', 'Verstrekkingen', 'Betrokkenen'],
  numbers: [3, 4],
  rows: breaches.map(one => [
    anchor(`/datalek/${one.id}`, one.kenmerk),
    moment(one.ontdekt),
    clockText(one, now),
    one.transacties,
    one.personen,
  ]),
  empty: 'Er is nog geen datalek vastgelegd.',
})}`,
  }
}

/** AVG art. 33(1): within 72 hours; later needs a motivation. */
function clockText(breach: Breach, now: Moment): string {
  const end = reportBefore(breach)
  const { gemeld } = breach
  if (gemeld !== undefined) {
    return gemeld <= end ? 'Gemeld, op tijd' : 'Gemeld, na de 72 uur: motiveer waarom'
  }
  const left = Math.floor((end - now) / hourMs)
  if (now < end) return left < 1 ? 'Nog minder dan een uur' : `Nog ${left} uur`
  return `${Math.floor((now - end) / hourMs)} uur te laat: meld alsnog en motiveer waarom`
}

/** Who counts which controllers; a breach of everything is told to choose less. */
async function preview(visit: Visit, desk: Desk, faults: Faults): Promise<View> {
  const isForm = visit.form.has('wat')
  const given: Given = name =>
    isForm ? formText(visit, name) : (visit.query.get(name) ?? '').slice(0, 100)
  const read = await readCriteria(given, visit, desk)
  const all = new Map([...read.faults, ...faults])
  if (read.faults.size > 0) {
    return {
      kind: 'page',
      title: 'Datalek',
      status: 400,
      body: html`${faultList(all)}${filterForm({
        action: '/datalek',
        submit: 'Tel wat is geraakt',
        fields: await criteriaFields(given, all, visit, desk),
      })}`,
    }
  }
  const extent = await extentFor(visit, desk, read.criteria)
  const aantal = await countTouched(desk, extent)
  await recordLook(visit, desk, {
    ...read.criteria,
    wat: 'datalek-telling',
    geraakt: read.criteria.wat,
    transacties: aantal,
  })
  const law = desk.law()
  const chosen = facts(criteriaRows(read.criteria, desk))
  const back = paragraph(anchor('/datalek', 'Andere keuze maken'))
  if (aantal === 0 || aantal > maxTouched) {
    const text =
      aantal === 0
        ? 'Hier valt geen verstrekking van uw organisatie onder.'
        : `Dit zijn er meer dan ${maxTouched}. Kies een kortere periode of minder.`
    return { kind: 'page', title: 'Datalek', body: html`${chosen}${notice('info', text)}${back}` }
  }
  const weighed = await weigh(desk, extent, visit.signal)
  const mayRecord = visit.officer.rollen.some(one => recorders.some(rol => rol === one))
  return {
    kind: 'page',
    title: 'Datalek: wat is geraakt',
    ...(all.size > 0 && { status: 400 }),
    body: html`${faultList(all)}${chosen}
${numbers(weighed, law)}
${back}
${mayRecord ? recordForm(visit, read.criteria, given, all, desk.clock()) : undefined}`,
  }
}

async function extentFor(visit: Visit, desk: Desk, criteria: BreachCriteria): Promise<Extent> {
  const { officer } = visit
  return { oin: officer.oin, criteria, tot: await extentNow(desk, logsOf(officer)) }
}

function criteriaRows(
  criteria: BreachCriteria,
  desk: Desk,
): readonly (readonly [string, Fragment])[] {
  const { wat, partij, uitwisseling, digest, levering, van, totEnMet } = criteria
  const law = desk.law()
  return [
    ['Geraakt', touchedKinds.find(([kind]) => kind === wat)?.[1] ?? wat],
    ...(partij ? [['Organisatie', partyName(law, partij)] as const] : []),
    ...(uitwisseling ? [['Uitwisseling', exchangeName(law, uitwisseling)] as const] : []),
    ...(van || totEnMet
      ? [['Periode', `${van ?? 'begin'} tot en met ${totEnMet ?? 'nu'}`] as const]
      : []),
    ...(digest ? [['Beleid', digest] as const] : []),
    ...(levering ? [['Bestand', anchor(`/leveringen/${levering}`, levering)] as const] : []),
  ]
}

function numbers(weighed: Weighed, law: ReturnType<Desk['law']>): Html {
  const { transacties, personen, sides, ontvangers, velden } = weighed
  return html`${facts([
    ['Verstrekkingen', transacties],
    ['Betrokkenen', personen],
    ['Ontvangers', ontvangers.map(oin => partyName(law, oin)).join(', ')],
  ])}
${table({
  caption: 'Per verwerkingsverantwoordelijke',
  head: [
    'Organisatie',
    'Verantwoordelijk voor',
    'Verstrekkingen',
    'Betrokkenen',
    'Niet te herleiden',
  ],
  numbers: [2, 3, 4],
  rows: sides.map(({ oin, kant, transacties: aantal, personen: geraakt, onbekend }) => [
    partyName(law, oin),
    kant === 'verstrekking' ? 'het verstrekken' : 'het ontvangen',
    aantal,
    geraakt,
    onbekend,
  ]),
})}
${table({
  caption: 'Welke gegevens',
  head: ['Uitwisseling', 'Verstrekte gegevens'],
  rows: [...velden].map(([id, names]) => [
    exchangeName(law, id),
    names.length > 0 ? list(fieldTitles(law, id, names)) : 'geen',
  ]),
})}`
}

const words = [
  ['aard', 'Wat is er gebeurd?'],
  ['gevolgen', 'Wat zijn de waarschijnlijke gevolgen?'],
  ['maatregelen', 'Wat is of wordt er gedaan?'],
] as const

/** The mark by which it is called stands in the log in clear. */
const markPattern = /^[A-Za-z0-9][A-Za-z0-9-]{2,31}$/

function recordForm(
  { csrf }: Visit,
  criteria: BreachCriteria,
  from: Given,
  faults: Faults,
  now: Moment,
): Html {
  const given = good(from, faults)
  return html`${heading(2, 'Leg dit datalek vast')}
${paragraph('De keuze, de aantallen en het kenmerk komen in het logboek. De verstrekkingen krijgen een merkteken. Wat u hieronder schrijft wordt verzegeld.')}
${form({
  action: '/datalek',
  csrf,
  submit: 'Leg dit datalek vast',
  fields: [
    ...Object.entries(criteria).map(([name, value]) => hidden(name, value)),
    textField({
      ...{ name: 'kenmerk', label: 'Kenmerk', required: true, error: faults.get('kenmerk') },
      ...{
        value: given('kenmerk'),
        help: 'Bijvoorbeeld DL-2026-03. Geen namen of nummers van mensen.',
      },
    }),
    textField({
      ...{ name: 'dag', label: 'Dag van ontdekking', type: 'date', required: true },
      ...{ value: given('dag') || legalDate(now), error: faults.get('dag') },
    }),
    textField({
      ...{ name: 'uur', label: 'Tijd van ontdekking', required: true, error: faults.get('uur') },
      ...{ value: given('uur'), help: 'Bijvoorbeeld 14:30. Vanaf dan lopen de 72 uur.' },
    }),
    ...words.map(([name, label]) =>
      textField({
        ...{ name, label, lines: 4, required: true },
        ...{ value: given(name), error: faults.get(name) },
      }),
    ),
  ],
})}`
}

const recorders = ['privacy-officer', 'beveiligingsfunctionaris'] as const

const record: NonNullable<Page['act']> = async (visit, desk) => {
  const { officer } = visit
  if (!officer.rollen.some(one => recorders.some(rol => rol === one))) return notAllowed()
  const given: Given = name => formText(visit, name)
  const { criteria, faults: wrong } = await readCriteria(given, visit, desk)
  const { ontdekt, faults } = readWords(given, desk.clock())
  if (wrong.size > 0 || faults.size > 0) return await preview(visit, desk, faults)
  const extent = await extentFor(visit, desk, criteria)
  const aantal = await countTouched(desk, extent)
  if (aantal === 0 || aantal > maxTouched) return await preview(visit, desk, faults)
  const { transacties, personen } = await weigh(desk, extent, visit.signal)
  await act(visit, desk, {
    uitkomst: 'vastgelegd',
    handeling: {
      ...criteria,
      ...{ kenmerk: given('kenmerk'), ontdekt, tot: extent.tot, transacties, personen },
    },
    motivering: JSON.stringify(Object.fromEntries(words.map(([name]) => [name, given(name)]))),
  })
  // Crash here: it is recorded; the marks are made by whoever looks next.
  await desk.catchUp()
  await markBreaches(desk.store.query)
  return { kind: 'redirect', to: `/datalek/${visit.call.transactie}` }
}

function readWords(
  given: Given,
  now: Moment,
): { readonly ontdekt: Moment; readonly faults: Faults } {
  const faults = new Map<string, string>()
  const kenmerk = given('kenmerk')
  if (!markPattern.test(kenmerk) || holdsBsn(kenmerk)) {
    faults.set(
      'kenmerk',
      'Gebruik 3 tot 32 letters, cijfers en streepjes, zonder nummer van iemand.',
    )
  }
  const ontdekt = momentOf(given('dag'), given('uur'))
  if (ontdekt === undefined) {
    if (isDate(given('dag'))) faults.set('uur', 'Vul een tijd in als 14:30.')
    else faults.set('dag', 'Vul een datum in die bestaat.')
  } else if (ontdekt > now) faults.set('dag', 'Dit ligt in de toekomst.')
  for (const [name] of words) {
    const fault = mustSay(given(name), 'Vul dit in.')
    if (fault) faults.set(name, fault)
  }
  return { ontdekt: ontdekt ?? now, faults }
}

/** By the clock of the Netherlands; the hour that a change of clock takes away is the one after. */
function momentOf(dag: string, uur: string): Moment | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(uur) ?? []
  if (!isDate(dag) || hours === undefined) return undefined
  const guess = midnight(dag as LegalDate) + (Number(hours) * 60 + Number(minutes)) * 60_000
  const shown = new Intl.DateTimeFormat('nl-NL', { timeZone: 'Europe/Amsterdam', hour: '2-digit' })
  const off = Number(hours) - Number(shown.format(guess))
  return guess + (Math.abs(off) === 1 ? off * hourMs : 0)
}

interface Act {
  readonly uitkomst: string
  readonly handeling: Parameters<typeof recordLook>[2]
  readonly motivering?: string
  readonly over?: string
}

async function act({ officer, rol, call }: Visit, desk: Desk, done: Act): Promise<void> {
  const door = { oin: officer.oin, rol, id: officer.id }
  await desk.record(call, { soort: 'datalek', log: looksIn(officer), door, ...done })
}

function notAllowed(): View {
  return {
    kind: 'page',
    title: 'Dat mag u niet',
    status: 403,
    body: html`${paragraph('U mag datalekken bekijken en uitvoeren, niet vastleggen.')}${paragraph(anchor('/datalek', 'Terug'))}`,
  }
}

/** One that is not there and one of another organisation look the same; the attempt is recorded. */
async function breachAt(visit: Visit, desk: Desk): Promise<Breach | View> {
  const { officer, params } = visit
  const breaches = await breachesOf(desk, officer, logsOf(officer))
  const found = breaches.find(({ id }) => id === params.datalek)
  if (found) return found
  await recordLook(visit, desk, { wat: 'datalek', gevonden: false })
  return {
    kind: 'page',
    title: 'Niet gevonden',
    status: 404,
    body: html`${paragraph('Dit datalek is er niet.')}${paragraph(anchor('/datalek', 'Terug'))}`,
  }
}

const fileKinds = [
  ['csv', 'CSV (rekenblad)'],
  ['json', 'JSON'],
] as const

/** Why persons are listed. */
const listReasons = [
  ['betrokkenen-informeren', 'De betrokkenen informeren (AVG artikel 34)'],
  ['verantwoordelijke-informeren', 'De verantwoordelijke informeren (AVG artikel 33, tweede lid)'],
  ['onderzoek-ap', 'De AP vraagt erom'],
] as const

const showBreach: NonNullable<Page['show']> = async (visit, desk) => {
  const breach = await breachAt(visit, desk)
  if ('kind' in breach) return breach
  await recordLook(visit, desk, { wat: 'datalek', kenmerk: breach.kenmerk })
  return await breachPage(visit, desk, breach, new Map())
}

async function breachPage(visit: Visit, desk: Desk, breach: Breach, faults: Faults): Promise<View> {
  const { csrf } = visit
  const law = desk.law()
  const now = desk.clock()
  const weighed = await weigh(desk, breach, visit.signal)
  const late = breach.gemeld === undefined && now >= reportBefore(breach)
  const action = `/datalek/${breach.id}` as const
  const vorm = (id: string) =>
    choice({ name: 'vorm', id, label: 'Vorm', options: fileKinds, value: 'csv' })
  const controllers = [...new Set(weighed.sides.map(({ oin }) => oin))]
  return {
    kind: 'page',
    title: `Datalek ${breach.kenmerk}`,
    ...(faults.size > 0 && { status: 400 }),
    body: html`${faultList(faults)}
${notice(late ? 'error' : breach.gemeld === undefined ? 'warning' : 'ok', `Melden bij de AP binnen 72 uur (AVG artikel 33). ${clockText(breach, now)}. Uiterlijk `, moment(reportBefore(breach)), '.')}
${facts([
  ['Ontdekt', moment(breach.ontdekt)],
  ['Vastgelegd', moment(breach.vastgelegd)],
  ['Gemeld', breach.gemeld === undefined ? 'nog niet' : moment(breach.gemeld)],
  ['Geteld in het logboek', breach.tot.map(sizeText).join('; ')],
  ...criteriaRows(breach.criteria, desk),
])}
${numbers(weighed, law)}
${paragraph(anchor(searchAddress(breach), 'Zoek deze verstrekkingen'))}
${
  breach.gemeld === undefined
    ? form({
        ...{ action, csrf, submit: 'Leg vast dat het is gemeld' },
        fields: [hidden('actie', 'melden')],
      })
    : undefined
}
${heading(2, 'Feiten voor de melding bij de AP')}
${paragraph('Zonder personen. Wat alleen u weet, vult u zelf aan.')}
${form({ ...{ action, csrf, submit: 'Haal de feiten op' }, fields: [hidden('actie', 'feiten'), vorm('vorm-feiten')] })}
${heading(2, 'Lijst van betrokkenen')}
${paragraph('Per verwerkingsverantwoordelijke, uit verstrekkingen van uw eigen organisatie. Deze lijst bevat nummers van mensen. Dat u hem ophaalt, en waarom, komt in het logboek.')}
${form({
  ...{ action, csrf, submit: 'Haal de lijst op' },
  fields: [
    hidden('actie', 'personen'),
    choice({
      ...{ name: 'verantwoordelijke', label: 'Verwerkingsverantwoordelijke', required: true },
      ...{ error: faults.get('verantwoordelijke') },
      options: [['', 'Kies'], ...controllers.map(oin => [oin, partyName(law, oin)] as const)],
    }),
    choice({
      ...{ name: 'reden', label: 'Waarom hebt u deze lijst nodig?', required: true },
      ...{ error: faults.get('reden'), options: [['', 'Kies'], ...listReasons] },
    }),
    vorm('vorm-personen'),
  ],
})}`,
  }
}

/** `gewoon:31` */
function sizeText(tot: string): string {
  const [log, size] = tot.split(':')
  return `${log}, de eerste ${size} regels`
}

/** The same choice on the page Zoeken, which knows no drift. */
function searchAddress({ criteria }: Breach): `/${string}` {
  const { partij, uitwisseling, levering, van, totEnMet, wat } = criteria
  const params = new URLSearchParams({
    ...(partij && { partij }),
    ...(uitwisseling && { uitwisseling }),
    ...(van && { van }),
    ...(totEnMet && { totEnMet }),
    ...(levering && { levering }),
    ...(wat === 'drift' && { uitkomst: 'bronfout' }),
  })
  return params.size > 0 ? `/zoeken?${params}` : '/zoeken?alles=ja'
}

const actOnBreach: NonNullable<Page['act']> = async (visit, desk) => {
  const breach = await breachAt(visit, desk)
  if ('kind' in breach) return breach
  const actie = formText(visit, 'actie')
  if (actie === 'melden') return await report(visit, desk, breach)
  if (actie === 'feiten') return await exportFacts(visit, desk, breach)
  if (actie === 'personen') return await exportPersons(visit, desk, breach)
  return await breachPage(visit, desk, breach, new Map([['vorm-feiten', 'Maak een keuze.']]))
}

/** Once: a second time changes nothing. */
async function report(visit: Visit, desk: Desk, breach: Breach): Promise<View> {
  if (!visit.officer.rollen.some(one => recorders.some(rol => rol === one))) return notAllowed()
  if (breach.gemeld === undefined) {
    const { id, kenmerk } = breach
    await act(visit, desk, {
      ...{ uitkomst: 'gemeld', over: id, handeling: { kenmerk, gemeld: desk.clock() } },
    })
  }
  return { kind: 'redirect', to: `/datalek/${breach.id}` }
}

/** In the name of a file nothing but the mark. */
const fileName = ({ kenmerk }: Breach, what: string, vorm: string) =>
  `sluis-datalek-${kenmerk}-${what}.${vorm}`

const types = { csv: 'text/csv; charset=utf-8; header=present', json: 'application/json' } as const

async function exportFacts(visit: Visit, desk: Desk, breach: Breach): Promise<View> {
  const vorm = formText(visit, 'vorm') === 'json' ? 'json' : 'csv'
  const { kenmerk } = breach
  const told = await toldOf(desk, breach)
  const weighed = await weigh(desk, breach, visit.signal)
  await recordLook(visit, desk, { wat: 'datalek-feiten', kenmerk, vorm })
  const made = notification(breach, weighed, { law: desk.law(), told, operator: desk.operator })
  const body =
    vorm === 'json'
      ? streamed([`${JSON.stringify(made, null, 2)}\n`])
      : streamed(notificationLines(made))
  return { kind: 'download', name: fileName(breach, 'melding', vorm), type: types[vorm], body }
}

async function exportPersons(visit: Visit, desk: Desk, breach: Breach): Promise<View> {
  const [vorm, reden, verantwoordelijke] = [
    formText(visit, 'vorm') === 'json' ? ('json' as const) : ('csv' as const),
    formText(visit, 'reden'),
    formText(visit, 'verantwoordelijke'),
  ]
  const faults = new Map<string, string>()
  if (!listReasons.some(([one]) => one === reden)) faults.set('reden', 'Kies een reden.')
  if (!desk.law().partijen.has(verantwoordelijke)) {
    faults.set('verantwoordelijke', 'Kies een organisatie.')
  }
  if (faults.size > 0) return await breachPage(visit, desk, breach, faults)
  const persons = await affectedOf(desk, breach, verantwoordelijke, visit.signal)
  // Nothing of a person is given before this is durable.
  await act(visit, desk, {
    ...{ uitkomst: 'uitgevoerd', over: breach.id },
    handeling: {
      ...{ wat: 'datalek-personen', kenmerk: breach.kenmerk, vorm, reden, verantwoordelijke },
      personen: persons.size,
    },
  })
  const law = desk.law()
  const body =
    vorm === 'json' ? streamed([affectedJson(persons, law)]) : streamed(affectedCsv(persons, law))
  return { kind: 'download', name: fileName(breach, 'betrokkenen', vorm), type: types[vorm], body }
}

async function* streamed(lines: Iterable<string>): AsyncGenerator<string> {
  yield* lines
}

const readers = ['privacy-officer', 'fg', 'beveiligingsfunctionaris'] as const

export const breachPages: readonly Page[] = [
  { path: '/datalek', menu: 'Datalek', roles: readers, show: showStart, act: record },
  { path: '/datalek/:datalek', roles: readers, show: showBreach, act: actOnBreach },
]
