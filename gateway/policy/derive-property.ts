// What is answered instead of somebody's cars and houses? (domain RDW-VTG-12, KAD-OZ-15)
import { addMonths, complete } from './derive-svb.ts'
import { type DerivedAnswer, type Material, overlaps, statementOf } from './material.ts'

export const propertyAnswers: Readonly<Record<string, DerivedAnswer>> = {
  aantalVoertuigenOpNaam: { normen: [], compute: vehicles },
  voertuigwaardeBovenVrijlating: { normen: [], compute: vehiclesAboveExemption },
  aantalTenaamstellingen12mnd: { normen: [], compute: registrations },
  bezitAndereOnroerendeZaak: { normen: [], compute: ownsOtherProperty },
}

/** In this name on the asked day; a vehicle of which that is not known makes the number unknown. */
function vehicles(material: Material): number | null {
  const { totEnMet: day } = material.periode
  if (material.inOnderzoek || !complete(material, day)) return null
  const over = material.rows.map(row => statementOf(row, material.dataset))
  if (over.includes(undefined)) return null
  return over.filter(one => one !== undefined && overlaps(one, day, day)).length
}

/** The RDW values all vehicles together by its own table: it stands on every row, and is true or false. */
function vehiclesAboveExemption(material: Material): boolean | null {
  if (!complete(material, material.periode.totEnMet)) return null
  const told = material.rows.map(row => row.waardeBovenVrijlating)
  if (told.length > 0 && told.every(one => one === true)) return true
  return material.inOnderzoek || told.some(one => one !== false) ? null : false
}

/** How often a vehicle came in this name in the twelve months up to and including the asked day. */
function registrations(material: Material): number | null {
  const { totEnMet: day } = material.periode
  if (material.inOnderzoek || !complete(material, day)) return null
  let count = 0
  for (const { datumTenaamstelling: one } of material.rows) {
    if (typeof one !== 'string') return null
    if (one <= day && addMonths(one, 12) > day) count += 1
  }
  return count
}

/** A right in property that somebody does not live in as owner; each row is one object. */
function ownsOtherProperty(material: Material): boolean | null {
  if (!complete(material, material.periode.totEnMet)) return null
  const verdicts = material.rows.map(({ heeftZakelijkRecht: has, isEigenBewoondeWoning: own }) => {
    if (has === false || own === true) return false
    return has === true && own === false ? true : undefined
  })
  if (verdicts.includes(true)) return true
  return material.inOnderzoek || verdicts.includes(undefined) ? null : false
}
