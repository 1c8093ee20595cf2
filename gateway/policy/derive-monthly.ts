// What did somebody earn, month by month? Sums for Anw and AIO, without employer, law or hours (domain UWV-SVB-05).
import type { LegalDate } from '../terms.ts'
import { firstDay } from './legal-time.ts'
import {
  anyMonth,
  classOf,
  type DerivedAnswer,
  labour,
  type Material,
  type Membership,
  type Month,
  monthlyTotal,
  months,
  norm,
  type Row,
} from './material.ts'

/** A field of a row that stands for one month; undefined = there is no such thing in that month. */
export interface MonthlyField {
  readonly compute: (material: Material, month: Month) => string | number | null | undefined
}

const threshold = 'inkomenswijziging-drempel'

export const incomeAnswers: Readonly<Record<string, DerivedAnswer>> = {
  inkomenBovenVrijlating: { normen: [], vrijlating: true, compute: aboveExemption },
  inkomenGewijzigd: { normen: [threshold], compute: changed },
}

/** The closed table of what may stand in a row per month. */
export const monthlyFields: Readonly<Record<string, MonthlyField>> = {
  maand: { compute: (_, { month }) => firstDay(month).slice(0, 7) },
  inkomenUitArbeid: { compute: (material, month) => total(material, month, labour) },
  inkomenInVerbandMetArbeid: { compute: (material, month) => total(material, month, related) },
  datumEinde: { compute: lastEnd },
}

/** Benefits that came instead of wages. What is paid once, and old schemes, may be either: unknown. */
const related: Membership = klasse => {
  if (klasse === undefined || klasse === 'eenmalig' || klasse === 'overig') return undefined
  return klasse === 'uitkering-uwv' || klasse === 'uitkering-werkgever'
}

function total(material: Material, month: Month, member: Membership): number | null {
  if (material.inOnderzoek) return null
  return monthlyTotal(material, month, member) ?? null
}

/** Of income in connection with work nothing is exempt, of wages an amount (norms.md §3, Anw). */
function aboveExemption(material: Material): boolean | null {
  return anyMonth(material, month => {
    const replaced = monthlyTotal(material, month, related)
    if (replaced !== undefined && replaced > 0) return true
    const wage = monthlyTotal(material, month, labour)
    const exempt = wage === undefined || wage <= 0 ? 0 : exemption(material, month)
    if (wage === undefined || exempt === undefined) return undefined
    if (wage > exempt) return true
    return replaced === undefined ? undefined : false
  })
}

function exemption(material: Material, { month }: Month): number | undefined {
  return material.vrijlating === undefined ? undefined : norm(material, material.vrijlating, month)
}

/** Whether the income of a month differs from that of the month before by more than the threshold. */
function changed(material: Material): boolean | null {
  const [first, ...others] = months(material)
  let before = first && income(material, first)
  let uncertain = material.inOnderzoek || others.length === 0
  for (const month of others) {
    const now = income(material, month)
    const most = norm(material, threshold, month.month)
    if (now === undefined || before === undefined || most === undefined) uncertain = true
    else if (Math.abs(now - before) > most) return true
    before = now
  }
  return uncertain ? null : false
}

function income(material: Material, month: Month): number | undefined {
  const wage = monthlyTotal(material, month, labour)
  const replaced = monthlyTotal(material, month, related)
  return wage === undefined || replaced === undefined ? undefined : wage + replaced
}

/** The last day in this month on which an income ended that counts here. */
function lastEnd(material: Material, month: Month): LegalDate | null | undefined {
  const { rows, dataset, law, inOnderzoek } = material
  const ends = rows.flatMap(row => {
    const day = endOf(row, dataset.einde)
    if (day === undefined || day < month.van || day > month.totEnMet) return []
    const klasse = classOf(row, dataset, law, month.van)
    const counts = labour(klasse) || related(klasse)
    return counts === false ? [] : [counts === undefined ? null : day]
  })
  if (inOnderzoek || ends.includes(null)) return null
  return ends.toSorted().at(-1)
}

function endOf(row: Row, einde: string | undefined): LegalDate | undefined {
  const day = einde === undefined ? undefined : row[einde]
  return typeof day === 'string' ? day : undefined
}
