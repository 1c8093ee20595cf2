// Does a municipality pay somebody, and how much of it was an advance? Its rows per paid period (domain GEM-UWV-07).
import { complete, type Days, months } from './derive-svb.ts'
import { type DerivedAnswer, type Material, overlaps, statementOf } from './material.ts'

export const assistanceAnswers: Readonly<Record<string, DerivedAnswer>> = {
  ontvangtBijstand: { normen: [], compute: receives },
  voorschotTeVerrekenen: { normen: [], compute: advances },
}

/** true if any complete month says so; null if a month is incomplete or an input uncertain; else false. */
function receives(material: Material): boolean | null {
  const verdicts = months(material).map(days =>
    complete(material, days.totEnMet) ? paid(material, days).length > 0 : undefined,
  )
  if (verdicts.includes(true)) return true
  return material.inOnderzoek || verdicts.includes(undefined) ? null : false
}

function paid({ rows, dataset }: Material, { van, totEnMet }: Days) {
  return rows.flatMap(row => {
    const over = statementOf(row, dataset)
    return over && overlaps(over, van, totEnMet) ? [{ row, over }] : []
  })
}

/**
 * Of the asked days together. Which part of a payment belongs to some of its days nobody knows, so a
 * payment over other days as well makes the sum unknown.
 */
function advances(material: Material): number | null {
  const { periode } = material
  if (material.inOnderzoek || !complete(material, periode.totEnMet)) return null
  let sum = 0
  for (const { row, over } of paid(material, periode)) {
    if (row.voorschot === false) continue
    const inside = over.van >= periode.van && over.tot !== null && over.tot <= periode.totEnMet
    if (row.voorschot !== true || !inside || typeof row.betaalbaarGesteld !== 'number') return null
    sum += row.betaalbaarGesteld
  }
  return sum
}
