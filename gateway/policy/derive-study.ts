// Does somebody study, or have enough of a diploma, without saying what and where? (domain DUO-ONW-11)
import { addMonths, complete, type Days, months } from './derive-svb.ts'
import { type DerivedAnswer, type Material, overlaps, type Row, statementOf } from './material.ts'

export const studyAnswers: Readonly<Record<string, DerivedAnswer>> = {
  rechtOpStudiefinanciering: { normen: [], compute: hasRight },
  heeftStartkwalificatie: { normen: [], compute: isQualified },
}

/**
 * Who gets it has the right; who is not enrolled has not. Who is enrolled and does not get it may
 * have the right all the same: null. true if any complete month says so; null if one is unknown.
 */
function hasRight(material: Material): boolean | null {
  const verdicts = months(material).map(days => inMonth(material, days))
  if (verdicts.includes(true)) return true
  return material.inOnderzoek || verdicts.includes(undefined) ? null : false
}

function inMonth(material: Material, days: Days): boolean | undefined {
  if (!complete(material, days.totEnMet)) return undefined
  const known = material.rows.map(row => ofRow(row, material, days))
  if (known.includes(true)) return true
  return known.includes(undefined) ? undefined : false
}

/** What one row says of these days; false when it is of other days, or holds the person alone. */
function ofRow(row: Row, { dataset }: Material, { van, totEnMet }: Days): boolean | undefined {
  const over = statementOf(row, dataset)
  if (over && overlaps(over, van, totEnMet))
    return row.ontvangtStudiefinanciering === true || undefined
  const { inschrijvingVan: from, inschrijvingTot: until } = row
  if (from === undefined && until === undefined) return false
  const hasBegun = typeof from !== 'string' || from <= totEnMet
  const hasEnded = typeof until === 'string' && until < van
  return hasBegun && !hasEnded ? undefined : false
}

/** Until when somebody is one of the young of the Participatiewet. */
const young = 27 * 12

const enough = 'startkwalificatie'
const tooLittle = 'lager'

/** Of the young alone: of who is older the law does not ask it, so it is not told. */
function isQualified(material: Material): boolean | null {
  const { totEnMet: day } = material.periode
  // What is known of the person stands on every row.
  const [{ geboortedatum: born, diplomas } = {} as Row] = material.rows
  if (typeof born !== 'string' || addMonths(born, young) <= day) return null
  if (!Array.isArray(diplomas) || !complete(material, day)) return null
  const list = material.law.codelijsten.get(material.dataset.velden.diplomas?.codelijst ?? '')
  const classes = diplomas.map(one => list?.codes.find(({ code }) => code === one)?.klasse)
  if (classes.includes(enough)) return true
  return material.inOnderzoek || classes.some(one => one !== tooLittle) ? null : false
}
