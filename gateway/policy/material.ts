// What is known of somebody's rows, day by day and month by month? What every derived answer is made of.
import type { LegalDate, Period, Profile } from '../terms.ts'
import type { Dataset, PolicySet } from './law.ts'
import { countsOn, earliest, firstDay, lastDay, latest, monthOf } from './legal-time.ts'

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
  /** What was asked besides; every value is a code of the list of its name. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /** The norm that says what this arrangement leaves out of account; not every arrangement has one. */
  readonly vrijlating: string | undefined
  /** Whether one of this answer's inputs is under investigation at the source. */
  readonly inOnderzoek: boolean
}

export interface DerivedAnswer {
  /** Norms it needs; the linter asks for them. */
  readonly normen: readonly string[]
  /** Whether the arrangement must say which norm is its exemption. */
  readonly vrijlating?: true
  readonly compute: (material: Material) => boolean | string | number | Stretch | Row | null
}

/** Yes, no, or unknown: a code outside the dated list is never "no income" (norms.md §4). */
export type Membership = (klasse: string | undefined) => boolean | undefined

export const labour: Membership = klasse => (klasse === undefined ? undefined : klasse === 'arbeid')

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
  return list?.codes.find(one => one.code === row[name] && countsOn(day, one))?.klasse
}

export interface Month {
  readonly month: number
  /** The days of it that were asked about. */
  readonly van: LegalDate
  readonly totEnMet: LegalDate
  /** The source knows all of the asked days, and they are over. */
  readonly complete: boolean
  /** Every day of the month was asked about. */
  readonly whole: boolean
}

export function months({ periode, volledigTotEnMet, vandaag }: Material): Month[] {
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
export function existed(row: Row, dataset: Dataset, { van, totEnMet }: Month): boolean | undefined {
  const start = dataset.aanvang === undefined ? undefined : row[dataset.aanvang]
  const end = dataset.einde === undefined ? undefined : row[dataset.einde]
  if (typeof end === 'string' && end < van) return false
  if (typeof start === 'string') return start <= totEnMet
  const statement = statementOf(row, dataset)
  return statement !== undefined && overlaps(statement, van, totEnMet) ? true : undefined
}

/** Wages of one kind in one month in eurocent; undefined when the month is not wholly known. */
export function monthlyTotal(
  material: Material,
  month: Month,
  member: Membership,
): number | undefined {
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
    const belongs = member(classOf(row, dataset, law, month.van))
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

export function norm(
  material: Pick<Material, 'law' | 'profile' | 'leefvorm'>,
  id: string,
  month: number,
): number | undefined {
  const first = firstDay(month)
  const last = lastDay(month)
  const row = material.law.normen
    .get(id)
    ?.bedragen.find(
      one =>
        (one.leefvorm === undefined || one.leefvorm === material.leefvorm) &&
        one.geldigVan <= first &&
        (one.geldigTot === undefined || last <= one.geldigTot),
    )
  if (row?.status === 'bevestigd') return row.bedrag
  return row?.status === 'testwaarde' && material.profile === 'test' ? row.bedrag : undefined
}

/** true if any month asked says so; null if a month is unknown or an input uncertain; else false. */
export function anyMonth(
  material: Material,
  judge: (month: Month) => boolean | undefined,
): boolean | null {
  const verdicts = months(material).map(judge)
  if (verdicts.includes(true)) return true
  return material.inOnderzoek || verdicts.includes(undefined) ? null : false
}
