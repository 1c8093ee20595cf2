// What is answered instead of a birth date, a residence title or who lives at an address? (domain BRP-PER-13)
import { addMonths, ageByBirth, complete } from './derive-svb.ts'
import type { DerivedAnswer, Material, Row } from './material.ts'

const pensionAge = 'aow-leeftijd'

export const personAnswers: Readonly<Record<string, DerivedAnswer>> = {
  leeftijdscategorie: { normen: [pensionAge], compute: ageCategory },
  aantalMeerderjarigeMedebewoners: { normen: [], compute: adultHousemates },
  heeftRechtmatigVerblijf: { normen: [], compute: staysLawfully },
  adresBijGeheim: { normen: [], compute: address },
}

const years = (count: number) => count * 12
const adult = years(18)

/** Ages that decide a norm or a right (Pw art. 19a, 20, 21), each with the category below it. */
const ages = [
  [adult, 'onder18'],
  [years(21), '18tot21'],
  [years(27), '21tot27'],
] as const

/** The BRP holds one row per person: as it is today. */
function personOf({ rows: [row] }: Material): Row {
  return row ?? {}
}

function reached(born: string, ageInMonths: number, { periode }: Material): boolean {
  return addMonths(born, ageInMonths) <= periode.totEnMet
}

/** Undefined when a part of the birth date is unknown: then the field is not there. */
function ageCategory(material: Material): string | null {
  const { geboortedatum: born } = personOf(material)
  if (material.inOnderzoek || typeof born !== 'string') return null
  const younger = ages.find(([age]) => !reached(born, age, material))
  if (younger) return younger[1]
  const isPensioner = hasPensionAge(born, material)
  if (isPensioner === undefined) return null
  return isPensioner ? 'aow' : '27totAow'
}

/** Undefined: the age of this year of birth is not fixed yet, and may or may not have been reached. */
function hasPensionAge(born: string, material: Material): boolean | undefined {
  const known = ageByBirth(born, material)
  if (known) {
    if (known.dag > material.periode.totEnMet) return false
    return known.vast ? true : undefined
  }
  // Born before the first row: the age was only raised, so who has the first of them has it too.
  const rows = material.law.normen.get(pensionAge)?.bedragen ?? []
  const first = rows.find(one => rows.every(other => one.geldigVan <= other.geldigVan))
  return first && born < first.geldigVan && reached(born, first.bedrag, material) ? true : undefined
}

/** A number, never who; null as soon as of one of them the age is unclear. */
function adultHousemates(material: Material): number | null {
  const { medebewoners } = personOf(material)
  const isKnown = !material.inOnderzoek && complete(material, material.periode.totEnMet)
  if (!isKnown || !Array.isArray(medebewoners)) return null
  let count = 0
  for (const { geboortedatum: born } of medebewoners as readonly Row[]) {
    if (typeof born !== 'string') return null
    if (reached(born, adult, material)) count += 1
  }
  return count
}

const dutch = 'nederlands'
const lawful = 'verblijf'
const ended = 'beeindigd'

/**
 * A Dutch national, or a permit that has not lapsed. Of every other title (an application, an EU
 * citizen, temporary protection, none any more) the register alone does not say it: null.
 */
function staysLawfully(material: Material): boolean | null {
  const { totEnMet: day } = material.periode
  const person = personOf(material)
  if (!complete(material, day)) return null
  if (klasseOf('nationaliteit', person, material) === dutch) return true
  const klasse = klasseOf('verblijfstitel', person, material)
  if (klasse === ended && !material.inOnderzoek) return false
  const { datumEindeVerblijfstitel: end } = person
  return klasse === lawful && (typeof end !== 'string' || end >= day) ? true : null
}

function klasseOf(veld: string, person: Row, { dataset, law }: Material): string | undefined {
  const list = law.codelijsten.get(dataset.velden[veld]?.codelijst ?? '')
  return list?.codes.find(({ code }) => code === person[veld])?.klasse
}

/** The same address, asked for by who may have it although it is secret; doubt about it is told with it. */
function address(material: Material): Row | null {
  const { adres } = personOf(material)
  return isRow(adres) ? adres : null
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
