// Is this a number that Belgium or Luxembourg gave a person? Its digits, its day of birth, and its check digits.
import type { ForeignId, Profile } from '../terms.ts'

/** Numbers of public examples (domain.md §4). */
const published: ReadonlySet<string> = new Set([
  '85073003328',
  '93051822361',
  '01410199885',
  '1893120105732',
  '1899010199938',
  '1855061512315',
])

interface Rule {
  readonly pattern: RegExp
  readonly length: string
  readonly holds: (digits: string) => boolean
}

/** Country and kind; each country has one kind. Any other pair is of nobody we could ask about. */
const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  BE: { insz: { pattern: /^[0-9]{11}$/, length: 'elf', holds: isInsz } },
  LU: { matricule: { pattern: /^[0-9]{13}$/, length: 'dertien', holds: isMatricule } },
}

export interface ForeignFault {
  readonly member: 'land' | 'soort' | 'waarde'
  readonly melding: string
}

/** What is wrong with it, in Dutch and without the number itself; undefined when nothing is. */
export function foreignFault(
  { land, soort, waarde }: ForeignId,
  profile: Profile,
): ForeignFault | undefined {
  const kinds = Object.hasOwn(rules, land) ? rules[land] : undefined
  if (!kinds) return { member: 'land', melding: 'is geen land waarvan hier een nummer bekend is' }
  const rule = Object.hasOwn(kinds, soort) ? kinds[soort] : undefined
  if (!rule) return { member: 'soort', melding: 'is geen soort nummer van dit land' }
  const wrong = (melding: string) => ({ member: 'waarde', melding }) as const
  if (!rule.pattern.test(waarde)) return wrong(`moet uit precies ${rule.length} cijfers bestaan`)
  const test = published.has(waarde) || (land === 'BE' && isFantasy(waarde))
  if (test)
    return profile === 'productie' ? wrong('is een testnummer; dat kan hier niet') : undefined
  return rule.holds(waarde) ? undefined : wrong('is geen geldig nummer van deze soort')
}

/** Born on the 99th of a month that is none, as 00.53.99-001.19: nobody's, so it may be anybody in a test. */
function isFantasy(digits: string): boolean {
  return /^..5399/.test(digits) && centuries(digits).length > 0
}

/**
 * JJMMDD, a serial, and 97 minus the rest of the nine digits by 97; born from 2000 on, a 2 stands before
 * them. A BIS number has 20 or 40 more in its month; what is unknown of the birth is 00.
 */
function isInsz(digits: string): boolean {
  return centuries(digits).some(year => isBirth(year, digits, true))
}

function centuries(digits: string): number[] {
  const nine = Number(digits.slice(0, 9))
  const check = Number(digits.slice(9))
  const year = Number(digits.slice(0, 2))
  return [
    ...(97 - (nine % 97) === check ? [1900 + year] : []),
    ...(97 - ((2_000_000_000 + nine) % 97) === check ? [2000 + year] : []),
  ]
}

function isBirth(year: number, digits: string, mayBeUnknown: boolean): boolean {
  const raw = Number(digits.slice(2, 4))
  const month = raw - [40, 20, 0].find(more => raw >= more)!
  const day = Number(digits.slice(4, 6))
  if (month === 0 || day === 0) return mayBeUnknown && month <= 12 && day <= 31
  return exists(year, month, day)
}

function exists(year: number, month: number, day: number): boolean {
  const made = new Date(Date.UTC(year, month - 1, day))
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day
}

/** JJJJMMDD, a serial, and over these eleven digits one check digit by Luhn and one by Verhoeff. */
function isMatricule(digits: string): boolean {
  const [year, month, day] = [
    [0, 4],
    [4, 6],
    [6, 8],
  ].map(([from, to]) => {
    return Number(digits.slice(from, to))
  }) as [number, number, number]
  const eleven = digits.slice(0, 11)
  return (
    exists(year, month, day) &&
    luhn(eleven + digits.charAt(11)) &&
    verhoeff(eleven + digits.charAt(12))
  )
}

/** ISO/IEC 7812-1, annex B. */
function luhn(digits: string): boolean {
  let sum = 0
  for (const [place, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2)
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

/** One turn of the permutation of Verhoeff's scheme, and the product of its dihedral group of ten. */
const turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4] as const
function product(one: number, other: number): number {
  const flipped = one >= 5
  const sum = flipped ? one - (other % 5) : one + (other % 5)
  return (((sum % 5) + 5) % 5) + (flipped === other >= 5 ? 0 : 5)
}

function verhoeff(digits: string): boolean {
  let check = 0
  for (const [place, digit] of [...digits].reverse().entries()) {
    let value = Number(digit)
    for (let times = place % 8; times > 0; times -= 1) value = turn[value] ?? 0
    check = product(check, value)
  }
  return check === 0
}

/**
 * A whole run of eleven digits, or whole groups that are eleven together (85.07.30-033.28), of a person
 * whose day of birth is known. A day of this century with a counter behind it is how cases are numbered,
 * and a year before a counter is no part of a number: else ordinary case numbers would be refused.
 */
export function holdsInsz(text: string): boolean {
  for (const [chain] of text.matchAll(/\d+(?:[.\-/_ ]\d+)*/g)) {
    const groups = chain.split(/\D/)
    for (let first = 0; first < groups.length; first += 1) {
      if (/^(19|20)\d\d$/.test(groups[first] ?? '')) continue
      let digits = ''
      for (let last = first; digits.length < 11 && last < groups.length; last += 1) {
        digits += groups[last]
      }
      if (digits.length === 11 && isSomebodys(digits)) return true
    }
  }
  return false
}

function isSomebodys(digits: string): boolean {
  const dated = /^(?:19|20)\d\d(\d\d)(\d\d)/.exec(digits)
  if (dated && exists(Number(digits.slice(0, 4)), Number(dated[1]), Number(dated[2]))) return false
  return centuries(digits).some(year => isBirth(year, digits, false))
}
