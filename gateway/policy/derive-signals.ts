// What does a signal, or a month of childcare, say without its dates and numbers? (domain 02, 08, 09, 14, 18)
import { isDate, monthOf } from './legal-time.ts'
import { type DerivedAnswer, type Material, norm, type Row } from './material.ts'

/** By the class of the kind of childcare: the most that is reckoned with per hour (Besluit kinderopvangtoeslag). */
const hourlyRate = {
  dagopvang: 'kinderopvang-uurtarief-dagopvang',
  'buitenschoolse-opvang': 'kinderopvang-uurtarief-bso',
  gastouderopvang: 'kinderopvang-uurtarief-gastouder',
} as const

export const signalAnswers: Readonly<Record<string, DerivedAnswer>> = {
  nieuweInkomstenverhouding: { normen: [], compute: any(hasBegun) },
  dubbeleUitkering: { normen: [], compute: any(overlapsWithOther) },
  rechtensVrijheidOntnomen: { normen: [], compute: any(isDetained) },
  samenstellingGewijzigd: { normen: [], compute: any(hasChanged) },
  tariefBovenMaximum: { normen: Object.values(hourlyRate), compute: any(isAboveMaximum) },
}

type Verdict = boolean | undefined

/** true if any row says so; null if one is unknown or an input uncertain; else false. */
function any(judge: (row: Row, material: Material) => Verdict): DerivedAnswer['compute'] {
  return material => {
    const verdicts = material.rows.map(row => judge(row, material))
    if (verdicts.includes(true)) return true
    return material.inOnderzoek || verdicts.includes(undefined) ? null : false
  }
}

/** Whoever gathers the files leaves out what the receiver knows: what is here is new, once it has begun. */
function hasBegun({ datumAanvang }: Row, { vandaag }: Material): Verdict {
  return isDate(datumAanvang) && datumAanvang <= vandaag ? true : undefined
}

/** The days on which both paid; without one day of them nothing is known. */
function overlapsWithOther({ periodeOverlap }: Row, { vandaag }: Material): Verdict {
  if (typeof periodeOverlap !== 'object' || periodeOverlap === null) return undefined
  const { van, tot } = periodeOverlap as Row
  if (!isDate(van) || van > vandaag) return undefined
  return tot === null || (isDate(tot) && van <= tot) ? true : undefined
}

/** On the last day asked about, as far as that day has come; on the day of discharge a person is free again. */
function isDetained({ datumInsluiting: begin, datumOntslag: end }: Row, of: Material): Verdict {
  const day = of.periode.totEnMet
  if (day > of.vandaag) return undefined
  if (isDate(end) && isDate(begin) && end < begin) return undefined
  if (isDate(end) && end <= day) return false
  return isDate(begin) ? begin <= day : undefined
}

function hasChanged({ aantalWas, aantalWordt }: Row): Verdict {
  const known = typeof aantalWas === 'number' && typeof aantalWordt === 'number'
  return known ? aantalWas !== aantalWordt : undefined
}

/** Outside the rows of the norm nothing is known, never "as it was last". */
function isAboveMaximum(row: Row, material: Material): Verdict {
  const most = maximumRate(row, material)
  const { gemiddeldUurtarief: rate } = row
  return most === undefined || typeof rate !== 'number' ? undefined : rate > most
}

export function maximumRate(
  { maand, soortOpvang }: Row,
  material: Pick<Material, 'dataset' | 'law' | 'profile' | 'leefvorm'>,
): number | undefined {
  const month = monthIn(maand)
  const id = rateOf(soortOpvang, material)
  return month === undefined || id === undefined ? undefined : norm(material, id, month)
}

function rateOf(soort: unknown, { dataset, law }: Pick<Material, 'dataset' | 'law'>) {
  const klasse = law.codelijsten
    .get(dataset.velden.soortOpvang?.codelijst ?? '')
    ?.codes.find(({ code }) => code === soort)?.klasse
  return Object.entries(hourlyRate).find(([name]) => name === klasse)?.[1]
}

/** Of `JJJJ-MM`, as a month is counted. */
export function monthIn(maand: unknown): number | undefined {
  if (typeof maand !== 'string' || !isDate(`${maand}-01`)) return undefined
  return monthOf(`${maand}-01`)
}
