// Whom does an officer mean? A number typed in a form, under the rules that hold for a message; never shown whole again.
import { indexValues } from '../audit/find.ts'
import type { Subject } from '../audit/seal.ts'
import { bsnFault } from '../message/bsn.ts'
import { foreignFault } from '../message/foreign.ts'
import type { ForeignId, LogName, Profile } from '../terms.ts'
import type { Desk } from './page.ts'

/** A burgerservicenummer, or the number another country gave. */
export type Person =
  | { readonly land: 'NL'; readonly soort: 'bsn'; readonly waarde: string }
  | Abroad
type Abroad = ForeignId & { readonly land: 'BE' | 'LU' }

/** As a form offers them: the value says country and kind. */
export const personKinds = [
  ['NL/bsn', 'Burgerservicenummer (Nederland)'],
  ['BE/insz', 'INSZ of rijksregisternummer (België)'],
  ['LU/matricule', 'Matricule (Luxemburg)'],
] as const satisfies readonly (readonly [string, string])[]

export type ReadPerson =
  | { readonly person: Person }
  /** What is wrong, for beside the field; never with the number. */
  | { readonly fault: string; readonly field: 'soort' | 'nummer' }

/** Dots, spaces and dashes that people write in a number do not count. */
export function readPerson(soort: string, nummer: string, profile: Profile): ReadPerson {
  const waarde = nummer.replace(/[\s.\-/]/g, '')
  const wrong = (melding: string) => ({ fault: `Dit nummer ${melding}.`, field: 'nummer' }) as const
  if (waarde === '') return { fault: 'Vul het nummer in.', field: 'nummer' }
  if (soort === 'NL/bsn') {
    const fault = bsnFault(waarde, profile)
    return fault ? wrong(fault) : { person: { land: 'NL', soort: 'bsn', waarde } }
  }
  const land = soort === 'BE/insz' ? 'BE' : soort === 'LU/matricule' ? 'LU' : undefined
  if (!land) return { fault: 'Kies de soort van het nummer.', field: 'soort' }
  const person = { land, soort: soort.slice(3), waarde } as const
  const fault = foreignFault(person, profile)
  return fault ? wrong(fault.melding) : { person }
}

/** As a record seals and finds it. */
export function subjectOf(person: Person): Subject {
  if (person.land !== 'NL') return { buitenlands: person }
  return { betrokkene: { soort: person.soort, waarde: person.waarde } }
}

/** Everything this person is called in the index of this log. */
export function personValues(
  { keys, keysDir }: Pick<Desk, 'keys' | 'keysDir'>,
  log: LogName,
  person: Person,
): readonly Buffer[] {
  const { land, soort, waarde } = person
  return indexValues(keys, { log, keysDir }, [
    'betrokkene',
    land === 'NL' ? [soort, waarde] : [land, soort, waarde],
  ])
}

/** Enough to see that it is the one meant: its last three digits. */
export function masked({ waarde }: Person): string {
  return `•••••• ${waarde.slice(-3)}`
}
