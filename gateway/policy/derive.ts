// What is answered instead of the amounts themselves? The closed table of derived answers (design §3.4, domain §3.1).
import { referralAnswers } from './derive-aafd.ts'
import { assistanceAnswers } from './derive-assistance.ts'
import { belgianAnswers } from './derive-belgium.ts'
import { benefitAnswers } from './derive-benefits.ts'
import { personAnswers } from './derive-brp.ts'
import { meansAnswers } from './derive-means.ts'
import { incomeAnswers } from './derive-monthly.ts'
import { propertyAnswers } from './derive-property.ts'
import { signalAnswers } from './derive-signals.ts'
import { studyAnswers } from './derive-study.ts'
import { svbAnswers } from './derive-svb.ts'
import { latest } from './legal-time.ts'
import {
  anyMonth,
  classOf,
  type DerivedAnswer,
  existed,
  labour,
  type Material,
  type Membership,
  type Month,
  monthlyTotal,
  months,
  norm,
  overlaps,
  statementOf,
} from './material.ts'

const netNorm = 'bijstandsnorm-netto'
const grossCompanion = 'ioaw-grondslag-bruto'
const both = [netNorm, grossCompanion]

export const derivedAnswers: Readonly<Record<string, DerivedAnswer>> = {
  heeftInkomstenverhouding: { normen: [], compute: material => hasRelation(material, labour) },
  heeftUitkeringsverhouding: { normen: [], compute: material => hasRelation(material, benefit) },
  inkomenBovenBijstandsnorm: { normen: both, compute: incomeAboveNorm },
  maandinkomenKlasse: { normen: both, compute: incomeClass },
  datumEersteInkomstenInPeriode: { normen: [], compute: firstIncome },
  ...incomeAnswers,
  ...svbAnswers,
  ...benefitAnswers,
  ...belgianAnswers,
  ...referralAnswers,
  ...signalAnswers,
  ...assistanceAnswers,
  ...personAnswers,
  ...propertyAnswers,
  ...studyAnswers,
  ...meansAnswers,
}

const benefits = new Set(['uitkering-uwv', 'uitkering-svb', 'uitkering-werkgever', 'bijstand'])
const benefit: Membership = klasse =>
  klasse === undefined || klasse === 'overig' ? undefined : benefits.has(klasse)

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

/** Above: gross over the gross companion. Not above: gross at most the net norm. Between: unknown. */
function above(material: Material, month: Month): boolean | undefined {
  const wage = monthlyTotal(material, month, labour)
  if (wage === undefined) return undefined
  const gross = norm(material, grossCompanion, month.month)
  if (gross !== undefined && wage > gross) return true
  const net = norm(material, netNorm, month.month)
  return net !== undefined && wage <= net ? false : undefined
}

function incomeAboveNorm(material: Material): boolean | null {
  return anyMonth(material, month => above(material, month))
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
    const wage = monthlyTotal(material, month, labour)
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
