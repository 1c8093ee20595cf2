// What is answered instead of someone's benefits, children or birth date? The rows of the SVB in derive.ts.
import type { LegalDate } from '../terms.ts'
import { countsOn, earliest, firstDay, lastDay, latest, monthOf } from './legal-time.ts'
import { type DerivedAnswer, type Material, overlaps, type Row, statementOf } from './material.ts'

/** Its rows are by birth date, in months (AOW art. 7a). */
const pensionAge = 'aow-leeftijd'

export const svbAnswers: Readonly<Record<string, DerivedAnswer>> = {
  ontvangtSvbUitkering: {
    normen: [],
    compute: material => receives(material, ['AOW', 'ANW', 'AIO', 'AKW']),
  },
  aowVolledig: { normen: [], compute: fullPension },
  kinderbijslagVoorAantalKinderen: { normen: [], compute: childrenCounted },
  ontvangtAnwOfAow: { normen: [], compute: material => receives(material, ['ANW', 'AOW']) },
  aowLeeftijdBereikt: { normen: [pensionAge], compute: pensionAgeReached },
}

export interface Days {
  readonly van: LegalDate
  readonly totEnMet: LegalDate
}

/**
 * The SVB decides and pays itself, so a right of today stands today; a day to come is never complete,
 * whatever the source says.
 */
export function complete({ volledigTotEnMet, vandaag }: Material, day: LegalDate): boolean {
  return day <= volledigTotEnMet && day <= vandaag
}

/** The asked days, month by month (design §3.4: a month is complete or it is not). */
export function months({ periode }: Material): Days[] {
  const made: Days[] = []
  for (let month = monthOf(periode.van); month <= monthOf(periode.totEnMet); month++) {
    made.push({
      van: latest(firstDay(month), periode.van),
      totEnMet: earliest(lastDay(month), periode.totEnMet),
    })
  }
  return made
}

/** One of these schemes? Undefined: a code that is not in the list may be any of them. */
function isOf({ dataset, law }: Material, row: Row, schemes: readonly string[]) {
  const { regeling } = row
  if (typeof regeling === 'string' && schemes.includes(regeling)) return true
  const list = law.codelijsten.get(dataset.velden.regeling?.codelijst ?? '')
  return list?.codes.some(({ code }) => code === regeling) ? false : undefined
}

/** An application, and what is known of the person alone, are no right to anything. */
const isRight = (row: Row) => row.datumIngang !== undefined || row.tijdvak !== undefined

/** Was this right open on any of these days? Undefined: its first day is unknown. */
function isOpen({ datumIngang, datumEinde }: Row, { van, totEnMet }: Days): boolean | undefined {
  if (typeof datumEinde === 'string' && datumEinde < van) return false
  return typeof datumIngang === 'string' ? datumIngang <= totEnMet : undefined
}

/** Rights of these schemes that were open on these days, and whether one may be missing. */
function open(material: Material, schemes: readonly string[], days: Days) {
  const rows: Row[] = []
  let uncertain = false
  for (const row of material.rows.filter(isRight)) {
    const verdicts = [isOf(material, row, schemes), isOpen(row, days)]
    if (verdicts.includes(false)) continue
    if (verdicts.includes(undefined)) uncertain = true
    else rows.push(row)
  }
  return { rows, uncertain }
}

/** true if any complete month says so; null if a month is incomplete or an input uncertain; else false. */
function receives(material: Material, schemes: readonly string[]): boolean | null {
  let unknown = material.inOnderzoek
  for (const days of months(material)) {
    if (!complete(material, days.totEnMet)) {
      unknown = true
      continue
    }
    const { rows, uncertain } = open(material, schemes, days)
    if (rows.length > 0) return true
    if (uncertain) unknown = true
  }
  return unknown ? null : false
}

function lastDayOf({ periode }: Material): Days {
  return { van: periode.totEnMet, totEnMet: periode.totEnMet }
}

function fullPension(material: Material): boolean | null {
  const days = lastDayOf(material)
  if (!complete(material, days.totEnMet)) return null
  const { rows, uncertain } = open(material, ['AOW'], days)
  const shares = rows
    .filter(row => {
      const paid = statementOf(row, material.dataset)
      return paid !== undefined && overlaps(paid, days.van, days.totEnMet)
    })
    .map(({ percentageAow }) => percentageAow)
  if (shares.includes(100)) return true
  const unknown = material.inOnderzoek || uncertain || shares.includes(undefined)
  return unknown || (rows.length > 0 && shares.length === 0) ? null : false
}

/** How many children, never which: null as soon as one of them is unclear. */
function childrenCounted(material: Material): number | null {
  const days = lastDayOf(material)
  if (material.inOnderzoek || !complete(material, days.totEnMet)) return null
  const { rows, uncertain } = open(material, ['AKW'], days)
  if (uncertain) return null
  const [first] = rows
  if (first === undefined) return 0
  const { kinderen } = first
  if (!Array.isArray(kinderen)) return null
  const counted: unknown[] = kinderen.map(child => child.kinderbijslag)
  return counted.includes(undefined) ? null : counted.filter(one => one === true).length
}

/** By the day the SVB fixed, else by birth date; a right to AOW proves it (AOW art. 7, 7a). */
function pensionAgeReached(material: Material): boolean | null {
  const { totEnMet } = lastDayOf(material)
  if (!complete(material, totEnMet)) return null
  if (open(material, ['AOW'], lastDayOf(material)).rows.length > 0) return true
  // What is known of the person stands on every row.
  const [{ aowLeeftijdDatum, geboortedatum } = {} as Row] = material.rows
  const age =
    typeof aowLeeftijdDatum === 'string'
      ? { dag: aowLeeftijdDatum, vast: true }
      : ageByBirth(geboortedatum, material)
  if (age === undefined) return null
  if (age.dag <= totEnMet) return age.vast ? true : null
  return material.inOnderzoek ? null : false
}

/** The day AOW age is reached; for who is too young to have one fixed, the first on which it can be. */
export function ageByBirth(born: unknown, { law, profile }: Material) {
  if (typeof born !== 'string') return undefined
  const rows = (law.normen.get(pensionAge)?.bedragen ?? [])
    .filter(
      ({ status }) => status === 'bevestigd' || (status === 'testwaarde' && profile === 'test'),
    )
    .toSorted((one, other) => (one.geldigVan < other.geldigVan ? -1 : 1))
  const row = rows.find(one => countsOn(born, one))
  if (row) return { dag: addMonths(born, row.bedrag), vast: true }
  const last = rows.at(-1)
  // AOW art. 7a can only raise the age, so nobody born later reaches it sooner.
  if (last?.geldigTot === undefined || born <= last.geldigTot) return undefined
  return { dag: addMonths(born, last.bedrag), vast: false }
}

/** A day that does not exist becomes the first after its month. */
export function addMonths(day: LegalDate, count: number): LegalDate {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate()
  const found = new Date(Date.UTC(year, month - 1 + count, Math.min(date, last + 1)))
  return found.toISOString().slice(0, 10)
}
