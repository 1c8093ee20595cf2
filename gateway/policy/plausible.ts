// What in a line that was handed over can hardly be so? It is marked for its receiver, never changed and never left out.
import type { LegalDate, Moment, Profile, RequestBody } from '../terms.ts'
import { maximumRate, monthIn } from './derive-signals.ts'
import type { Arrangement, Dataset, Field, PolicySet } from './law.ts'
import { countsOn, isDate, lastDay, legalDate, monthOf } from './legal-time.ts'
import { norm, type Row } from './material.ts'

/** `code` stands in the list `aandachtspunten`, which says it in words. */
export interface Mark {
  readonly veld: string
  readonly code: string
}

/** What a rule may look at besides the line. */
export interface Setting {
  readonly law: PolicySet
  readonly profile: Profile
  readonly dataset: Dataset
  /** The legal day of now. */
  readonly vandaag: string
  /** The number of the person that the line is about. */
  readonly betrokkene: string | undefined
  /** No norm here is by household. */
  readonly leefvorm: undefined
}

export interface Rule {
  /** Every code that it can give. */
  readonly codes: readonly string[]
  /** A value that is not there, or is of another type, is no reason to mark. */
  readonly marks: (row: Row, setting: Setting) => readonly Mark[]
}

export const markList = 'aandachtspunten'
const mostHours = 'kinderopvang-uren'
const oldestMonth = 'kinderopvang-nalevering'
const oldestChild = 'kinderopvang-leeftijd'

const none: readonly Mark[] = []
const when = (isOdd: boolean, veld: string, code: string): readonly Mark[] =>
  isOdd ? [{ veld, code }] : none

/** Without this rule a code that is on no list is refused (handed.ts). */
export const marksUnknownCodes = 'bekendeCodes'

/** By the name that a dataset uses under `aannemelijk`. */
export const plausibilityRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [marksUnknownCodes, { codes: ['code-onbekend'], marks: unknownCodes }],
  ['nummersVerschillen', { codes: ['zelfde-nummer'], marks: sameNumbers }],
  ['dagenTotVandaag', { codes: ['dag-in-toekomst'], marks: daysToCome }],
  ['periodesKloppen', { codes: ['periode-achterstevoren'], marks: reversedPeriods }],
  ['maandVoorbij', { codes: ['maand-in-toekomst', 'maand-te-lang-geleden'], marks: oddMonth }],
  [
    'urenKunnen',
    { codes: ['uren-negatief', 'uren-meer-dan-maand', 'uren-boven-maximum'], marks: oddHours },
  ],
  ['tariefKan', { codes: ['tarief-nul', 'tarief-boven-maximum'], marks: oddRate }],
  ['contractLoopt', { codes: ['contract-eerder-geeindigd'], marks: endedContract }],
  ['kindVanLeeftijd', { codes: ['kind-niet-geboren', 'kind-te-oud'], marks: oddChild }],
  ['ouderIsOuder', { codes: ['ouder-niet-ouder-dan-kind'], marks: oddParent }],
  [
    'detentieVolgorde',
    { codes: ['ontslag-voor-insluiting', 'dag-ontbreekt'], marks: oddDetention },
  ],
  ['aantalVerschilt', { codes: ['aantal-gelijk'], marks: sameCount }],
])

export function doubtful(
  { gegevens, betrokkene }: Pick<RequestBody, 'gegevens' | 'betrokkene'>,
  { gegevensset }: Pick<Arrangement, 'gegevensset'>,
  law: PolicySet,
  now: Moment,
): readonly Mark[] {
  const dataset = law.gegevenssets.get(gegevensset)
  const names = dataset?.aannemelijk ?? []
  if (!dataset || names.length === 0 || gegevens === undefined) return none
  const vandaag = legalDate(now)
  const setting: Setting = {
    ...{ law, profile: law.profiel, dataset, vandaag, leefvorm: undefined },
    betrokkene: betrokkene?.waarde,
  }
  return names.flatMap(name => plausibilityRules.get(name)?.marks(gegevens, setting) ?? none)
}

/** Of each field that is there, its name and what the dataset says of it. */
function fieldsIn(row: Row, { velden }: Dataset) {
  return Object.entries(velden).flatMap(([veld, field]) =>
    Object.hasOwn(row, veld) ? [{ veld, field, value: row[veld] }] : [],
  )
}

function unknownCodes(row: Row, { dataset, law, vandaag }: Setting): readonly Mark[] {
  return fieldsIn(row, dataset).flatMap(({ veld, field, value }) =>
    when(!isListed(field, value, law, vandaag), veld, 'code-onbekend'),
  )
}

/** Whether a code stands on its list on this day; where there is no list, nothing can be missing from it. */
export function isListed(
  { type, codelijst = '' }: Pick<Field, 'type' | 'codelijst'>,
  value: unknown,
  law: PolicySet,
  vandaag: LegalDate,
): boolean {
  const list = type === 'code' ? law.codelijsten.get(codelijst) : undefined
  if (list === undefined) return true
  return list.codes.some(one => one.code === value && countsOn(vandaag, one))
}

/** Two persons cannot have one number (Wet algemene bepalingen burgerservicenummer). */
function sameNumbers(row: Row, { dataset, betrokkene }: Setting): readonly Mark[] {
  return fieldsIn(row, dataset).flatMap(({ veld, field, value }) =>
    when(field.type === 'bsn' && value === betrokkene, veld, 'zelfde-nummer'),
  )
}

/** The end of a contract may be known beforehand: it is no day of these. */
function daysToCome(row: Row, { dataset, vandaag }: Setting): readonly Mark[] {
  return fieldsIn(row, dataset).flatMap(({ veld, field, value }) => {
    const isDay = field.type === 'date' && veld !== 'datumEindeContract'
    const day = field.type === 'periode' ? stretchOf(value)?.van : isDay ? value : undefined
    return when(isDate(day) && day > vandaag, veld, 'dag-in-toekomst')
  })
}

function reversedPeriods(row: Row, { dataset }: Setting): readonly Mark[] {
  return fieldsIn(row, dataset).flatMap(({ veld, field, value }) => {
    const { van, tot } = (field.type === 'periode' && stretchOf(value)) || {}
    return when(isDate(van) && isDate(tot) && tot < van, veld, 'periode-achterstevoren')
  })
}

function stretchOf(value: unknown): Row | undefined {
  return typeof value === 'object' && value !== null ? (value as Row) : undefined
}

/** A month is handed over after it, and not longer after it than was agreed. */
function oddMonth({ maand }: Row, setting: Setting): readonly Mark[] {
  const month = monthIn(maand)
  if (month === undefined) return none
  const now = monthOf(setting.vandaag)
  const most = norm(setting, oldestMonth, now)
  return [
    ...when(month >= now, 'maand', 'maand-in-toekomst'),
    ...when(most !== undefined && now - month > most, 'maand', 'maand-te-lang-geleden'),
  ]
}

function oddHours({ maand, urenAfgenomen: hours }: Row, setting: Setting): readonly Mark[] {
  const month = monthIn(maand)
  if (typeof hours !== 'number') return none
  if (hours < 0) return [{ veld: 'urenAfgenomen', code: 'uren-negatief' }]
  if (month === undefined) return none
  if (hours > 24 * Number(lastDay(month).slice(8))) {
    return [{ veld: 'urenAfgenomen', code: 'uren-meer-dan-maand' }]
  }
  const most = norm(setting, mostHours, month)
  return when(most !== undefined && hours > most, 'urenAfgenomen', 'uren-boven-maximum')
}

/** Above the maximum is no mistake: more is not reckoned with, and the receiver should know. */
function oddRate(row: Row, setting: Setting): readonly Mark[] {
  const { gemiddeldUurtarief: rate } = row
  if (typeof rate !== 'number') return none
  if (rate <= 0) return [{ veld: 'gemiddeldUurtarief', code: 'tarief-nul' }]
  const most = maximumRate(row, setting)
  return when(most !== undefined && rate > most, 'gemiddeldUurtarief', 'tarief-boven-maximum')
}

function endedContract({ maand, datumEindeContract: end }: Row): readonly Mark[] {
  const month = monthIn(maand)
  const isOdd = month !== undefined && isDate(end) && monthOf(end) < month
  return when(isOdd, 'datumEindeContract', 'contract-eerder-geeindigd')
}

function oddChild({ maand, geboortedatumKind: born }: Row, setting: Setting): readonly Mark[] {
  const month = monthIn(maand)
  if (month === undefined || !isDate(born)) return none
  const most = norm(setting, oldestChild, month)
  const age = month - monthOf(born)
  return [
    ...when(born > lastDay(month), 'geboortedatumKind', 'kind-niet-geboren'),
    ...when(most !== undefined && age > most, 'geboortedatumKind', 'kind-te-oud'),
  ]
}

function oddParent({ geboortedatumKind: child, geboortedatumOuder: parent }: Row): readonly Mark[] {
  const isOdd = isDate(child) && isDate(parent) && parent >= child
  return when(isOdd, 'geboortedatumOuder', 'ouder-niet-ouder-dan-kind')
}

function oddDetention({ soort, datumInsluiting, datumOntslag }: Row): readonly Mark[] {
  const isReversed =
    isDate(datumInsluiting) && isDate(datumOntslag) && datumOntslag < datumInsluiting
  return [
    ...when(isReversed, 'datumOntslag', 'ontslag-voor-insluiting'),
    ...when(soort === 'ontslagen' && datumOntslag === undefined, 'datumOntslag', 'dag-ontbreekt'),
    ...when(
      soort === 'ingesloten' && datumInsluiting === undefined,
      'datumInsluiting',
      'dag-ontbreekt',
    ),
  ]
}

function sameCount({ aantalWas, aantalWordt }: Row): readonly Mark[] {
  const isOdd = typeof aantalWas === 'number' && aantalWas === aantalWordt
  return when(isOdd, 'aantalWordt', 'aantal-gelijk')
}
