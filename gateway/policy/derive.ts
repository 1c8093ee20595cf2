// What is answered instead of the amounts themselves? The closed table of derived answers (design §3.4, domain §3.1).
import type { LegalDate, Period, Profile } from '../terms.ts'
import type { Dataset, PolicySet } from './law.ts'
import { earliest, firstDay, lastDay, latest, monthOf } from './legal-time.ts'

export type Row = Readonly<Record<string, unknown>>

/** What a derived answer may use: checked rows of the right payers, and what is known of their completeness. */
export interface Material {
  readonly rows: readonly Row[]
  readonly dataset: Dataset
  readonly law: PolicySet
  readonly profile: Profile
  readonly periode: Period
  /** Last day the source is complete for; a day that is not over never counts. */
  readonly volledigTotEnMet: LegalDate
  readonly vandaag: LegalDate
  readonly leefvorm: string | undefined
  /** Whether one of this answer's inputs is under investigation at the source. */
  readonly inOnderzoek: boolean
}

export interface DerivedAnswer {
  /** Norms it needs; the linter asks for them. */
  readonly normen: readonly string[]
  readonly compute: (material: Material) => boolean | string | number | null
}

const netNorm = 'bijstandsnorm-netto'
const grossCompanion = 'ioaw-grondslag-bruto'
const both = [netNorm, grossCompanion]

export const derivedAnswers: Readonly<Record<string, DerivedAnswer>> = {
  heeftInkomstenverhouding: { normen: [], compute: material => hasRelation(material, labour) },
  heeftUitkeringsverhouding: { normen: [], compute: material => hasRelation(material, benefit) },
  inkomenBovenBijstandsnorm: { normen: both, compute: incomeAboveNorm },
  maandinkomenKlasse: { normen: both, compute: incomeClass },
  datumEersteInkomstenInPeriode: { normen: [], compute: firstIncome },
}

/** Yes, no, or unknown: a code outside the dated list is never "no income" (norms.md §4). */
type Membership = (klasse: string | undefined) => boolean | undefined

const labour: Membership = klasse => (klasse === undefined ? undefined : klasse === 'arbeid')

const benefits = new Set(['uitkering-uwv', 'uitkering-svb', 'uitkering-werkgever', 'bijstand'])
const benefit: Membership = klasse =>
  klasse === undefined || klasse === 'overig' ? undefined : benefits.has(klasse)

export interface Stretch {
  readonly van: LegalDate
  /** Last day; null is still running. */
  readonly tot: LegalDate | null
}

export function overlaps(one: Stretch, van: LegalDate, totEnMet: LegalDate): boolean {
  return one.van <= totEnMet && (one.tot === null || one.tot >= van)
}

export function statementOf(row: Row, dataset: Dataset): Stretch | undefined {
  const value = dataset.tijdvak === undefined ? undefined : row[dataset.tijdvak]
  return isStretch(value) ? value : undefined
}

function isStretch(value: unknown): value is Stretch {
  return typeof value === 'object' && value !== null && 'van' in value && 'tot' in value
}

/** The class of a row's code in the list of its own date; undefined = unknown. */
export function classOf(
  row: Row,
  dataset: Dataset,
  law: PolicySet,
  otherwise: LegalDate,
): string | undefined {
  const name = dataset.soort
  if (name === undefined) return undefined
  const list = law.codelijsten.get(dataset.velden[name]?.codelijst ?? '')
  const day = statementOf(row, dataset)?.van ?? otherwise
  return list?.codes.find(
    one =>
      one.code === row[name] &&
      (one.geldigVan === undefined || one.geldigVan <= day) &&
      (one.geldigTot === undefined || day <= one.geldigTot),
  )?.klasse
}

interface Month {
  readonly month: number
  /** The days of it that were asked about. */
  readonly van: LegalDate
  readonly totEnMet: LegalDate
  /** The source knows all of the asked days, and they are over. */
  readonly complete: boolean
  /** Every day of the month was asked about. */
  readonly whole: boolean
}

function months({ periode, volledigTotEnMet, vandaag }: Material): Month[] {
  const made: Month[] = []
  for (let month = monthOf(periode.van); month <= monthOf(periode.totEnMet); month++) {
    const first = firstDay(month)
    const last = lastDay(month)
    const van = latest(first, periode.van)
    const totEnMet = earliest(last, periode.totEnMet)
    const complete = totEnMet <= volledigTotEnMet && totEnMet < vandaag
    made.push({ month, van, totEnMet, complete, whole: van === first && totEnMet === last })
  }
  return made
}

/** Did the relation of this row exist on any of these days? Undefined: its first day is unknown. */
function existed(row: Row, dataset: Dataset, { van, totEnMet }: Month): boolean | undefined {
  const start = dataset.aanvang === undefined ? undefined : row[dataset.aanvang]
  const end = dataset.einde === undefined ? undefined : row[dataset.einde]
  if (typeof end === 'string' && end < van) return false
  if (typeof start === 'string') return start <= totEnMet
  const statement = statementOf(row, dataset)
  return statement !== undefined && overlaps(statement, van, totEnMet) ? true : undefined
}

/** true if any complete month says so; null if a month is incomplete or an input uncertain; else false. */
function hasRelation(material: Material, member: Membership): boolean | null {
  let uncertain = material.inOnderzoek
  for (const month of months(material)) {
    if (!month.complete) {
      uncertain = true
      continue
    }
    for (const row of material.rows) {
      const exists = existed(row, material.dataset, month)
      if (exists === false) continue
      const belongs = member(classOf(row, material.dataset, material.law, month.van))
      if (belongs === false) continue
      if (exists && belongs) return true
      uncertain = true
    }
  }
  return uncertain ? null : false
}

/** Wages from labour of one month in eurocent; undefined when the month is not wholly known. */
function monthlyWage(material: Material, month: Month): number | undefined {
  if (!month.complete || !month.whole) return undefined
  const { dataset, law } = material
  const stated = new Set<unknown>()
  const open = new Set<unknown>()
  let sum = 0
  for (const row of material.rows) {
    const statement = statementOf(row, dataset)
    const relation = dataset.relatie === undefined ? row : row[dataset.relatie]
    const touches = statement !== undefined && overlaps(statement, month.van, month.totEnMet)
    if (!touches && existed(row, dataset, month) === false) continue
    const belongs = labour(classOf(row, dataset, law, month.van))
    if (belongs === false) continue
    if (!touches) {
      open.add(relation)
      continue
    }
    const inside =
      statement.van >= month.van && statement.tot !== null && statement.tot <= month.totEnMet
    const { loonSv } = row
    if (belongs === undefined || !inside || typeof loonSv !== 'number') return undefined
    stated.add(relation)
    sum += loonSv
  }
  for (const relation of open) if (!stated.has(relation)) return undefined
  return sum
}

function norm(material: Material, id: string, month: number): number | undefined {
  const first = firstDay(month)
  const last = lastDay(month)
  const row = material.law.normen
    .get(id)
    ?.bedragen.find(
      one =>
        one.leefvorm === material.leefvorm &&
        one.geldigVan <= first &&
        (one.geldigTot === undefined || last <= one.geldigTot),
    )
  if (row?.status === 'bevestigd') return row.bedrag
  return row?.status === 'testwaarde' && material.profile === 'test' ? row.bedrag : undefined
}

/** Above: gross over the gross companion. Not above: gross at most the net norm. Between: unknown. */
function above(material: Material, month: Month): boolean | undefined {
  const wage = monthlyWage(material, month)
  if (wage === undefined) return undefined
  const gross = norm(material, grossCompanion, month.month)
  if (gross !== undefined && wage > gross) return true
  const net = norm(material, netNorm, month.month)
  return net !== undefined && wage <= net ? false : undefined
}

function incomeAboveNorm(material: Material): boolean | null {
  const verdicts = months(material).map(month => above(material, month))
  if (verdicts.includes(true)) return true
  return material.inOnderzoek || verdicts.includes(undefined) ? null : false
}

/** Shares of the net norm a month's wage stays under; the last class is over the gross companion. */
const classes = [
  ['geen', 0],
  ['onder25', 0.25],
  ['onder50', 0.5],
  ['onder100', 1],
] as const
const highest = 'vanaf100'

/** The class of the highest month: from 100 as soon as one month shows it, else only when all are known. */
function incomeClass(material: Material): string | null {
  let index = -1
  let uncertain = material.inOnderzoek
  for (const month of months(material)) {
    const verdict = above(material, month)
    if (verdict === true) return highest
    const wage = monthlyWage(material, month)
    const net = norm(material, netNorm, month.month)
    if (verdict === undefined || wage === undefined || net === undefined) {
      uncertain = true
      continue
    }
    const found = classes.findIndex(([, share]) => (share === 0 ? wage <= 0 : wage < net * share))
    if (found < 0) uncertain = true
    index = Math.max(index, found)
  }
  return uncertain || index < 0 ? null : (classes[index]?.[0] ?? null)
}

/** First asked day with wages from labour; null when there is none or an earlier row is unknown. */
function firstIncome({ rows, dataset, law, periode, inOnderzoek }: Material): string | null {
  if (inOnderzoek) return null
  let first: string | undefined
  let unknown: string | undefined
  for (const row of rows) {
    const statement = statementOf(row, dataset)
    if (!statement || !overlaps(statement, periode.van, periode.totEnMet)) continue
    const { loonSv } = row
    if (typeof loonSv === 'number' && loonSv <= 0) continue
    const belongs = labour(classOf(row, dataset, law, statement.van))
    if (belongs === false) continue
    const day = latest(statement.van, periode.van)
    if (belongs === undefined || loonSv === undefined) {
      if (unknown === undefined || day < unknown) unknown = day
    } else if (first === undefined || day < first) first = day
  }
  if (first === undefined || (unknown !== undefined && unknown < first)) return null
  return first
}
