// What does UWV pay somebody, without saying under which law? Its benefits per month (domain UWV-UITK-03).
import {
  anyMonth,
  type DerivedAnswer,
  existed,
  type Material,
  type Month,
  months,
  norm,
  overlaps,
  type Row,
  statementOf,
} from './material.ts'

const netNorm = 'bijstandsnorm-netto'

export const benefitAnswers: Readonly<Record<string, DerivedAnswer>> = {
  heeftVoorliggendeUitkering: { normen: [], compute: hasBenefit },
  uitkeringDektNorm: { normen: [netNorm], compute: coversNorm },
  uwvUitkeringTotaal: { normen: [], compute: lastTotal },
}

function hasBenefit(material: Material): boolean | null {
  return anyMonth(material, month => {
    if (!month.complete) return undefined
    const known = material.rows.map(row => existed(row, material.dataset, month))
    if (known.includes(true)) return true
    return known.includes(undefined) ? undefined : false
  })
}

/** The net amounts hold their part of the holiday allowance, as the net norm does. */
function coversNorm(material: Material): boolean | null {
  return anyMonth(material, month => {
    const total = monthlyBenefit(material, month)
    if (total === 0) return false
    const least = norm(material, netNorm, month.month)
    return total === undefined || least === undefined ? undefined : total >= least
  })
}

function lastTotal(material: Material): number | null {
  const last = months(material).at(-1)
  if (material.inOnderzoek || last === undefined) return null
  return monthlyBenefit(material, last) ?? null
}

/** Net, of all benefits together; undefined when an amount begins, ends or changes within the month. */
function monthlyBenefit(material: Material, month: Month): number | undefined {
  if (!month.complete || !month.whole) return undefined
  const { rows, dataset } = material
  const paid = new Set<unknown>()
  const open = new Set<unknown>()
  let sum = 0
  for (const row of rows) {
    const relation = dataset.relatie === undefined ? row : row[dataset.relatie]
    const stretch = statementOf(row, dataset)
    if (existed(row, dataset, month) === false) continue
    if (!stretch || !overlaps(stretch, month.van, month.totEnMet)) {
      open.add(relation)
      continue
    }
    const amount = perMonth(row)
    const whole = stretch.van <= month.van && (stretch.tot ?? month.totEnMet) >= month.totEnMet
    if (!whole || !runs(row, material, month) || amount === undefined) return undefined
    paid.add(relation)
    sum += amount
  }
  for (const relation of open) if (!paid.has(relation)) return undefined
  return sum
}

/** Whether this right ran through the whole month, as far as its own days say. */
function runs(row: Row, { dataset }: Material, { van, totEnMet }: Month): boolean {
  const start = dataset.aanvang === undefined ? undefined : row[dataset.aanvang]
  const end = dataset.einde === undefined ? undefined : row[dataset.einde]
  return typeof start === 'string' && start <= van && (typeof end !== 'string' || end >= totEnMet)
}

/**
 * A year has 52 weeks and 12 months. Without this a weekly benefit would be unknown, and that it is
 * unknown would tell that it is sickness pay.
 */
const inAMonth: Readonly<Record<string, number>> = { maand: 1, '4weken': 13 / 12, week: 13 / 3 }

function perMonth({ nettoBedrag, periodiciteit }: Row): number | undefined {
  const times = typeof periodiciteit === 'string' ? inAMonth[periodiciteit] : undefined
  if (times === undefined || typeof nettoBedrag !== 'number') return undefined
  return Math.round(nettoBedrag * times)
}
