// Is this a burgerservicenummer? Nine digits, the elfproef, and no test number in production.
import type { Profile } from '../terms.ts'

const weights = [9, 8, 7, 6, 5, 4, 3, 2, -1] as const

/** Numbers of public examples that lie outside the RvIG test series 99999xxxx (domain.md §4). */
const published: ReadonlySet<string> = new Set([
  '111222333',
  '123456782',
  '111111110',
  '444444440',
  '112233454',
])

/** What is wrong with it, in Dutch and without the number itself; undefined when nothing is. */
export function bsnFault(value: string, profile: Profile): string | undefined {
  if (!/^[0-9]{9}$/.test(value)) return 'moet uit precies negen cijfers bestaan'
  // It passes the elfproef, but nobody has it (domain.md §4).
  if (value === '000000000') return 'is geen geldig burgerservicenummer'
  if (!passesElevenTest(value)) return 'is geen geldig burgerservicenummer'
  if (profile === 'productie' && isTestNumber(value)) {
    return 'is een testnummer; dat kan hier niet'
  }
  return undefined
}

/**
 * Nine digits in a row that pass the elfproef, or whole groups of digits that are nine together
 * (999.990.019). Numbers that begin with two zeros are nobody's: they are how counters are written. Nor is
 * a year with a counter of five digits behind it: one in eleven would be refused for nothing.
 */
export function holdsBsn(text: string): boolean {
  for (const [chain] of text.matchAll(/\d+(?:[.\-/_ ]\d+)*/g)) {
    const groups = chain.split(/\D/)
    for (const group of groups) {
      for (let at = 0; at + 9 <= group.length; at++) {
        if (isSomebodys(group.slice(at, at + 9))) return true
      }
    }
    for (let first = 0; first < groups.length; first++) {
      if (isYear(groups[first])) continue
      let digits = ''
      for (let last = first; digits.length < 9 && last < groups.length; last++)
        digits += groups[last]
      if (digits.length === 9 && isSomebodys(digits)) return true
    }
  }
  return false
}

function isYear(group: string | undefined): boolean {
  return /^(19|20)\d\d$/.test(group ?? '')
}

function isSomebodys(digits: string): boolean {
  return !digits.startsWith('00') && passesElevenTest(digits)
}

/** Besluit BSN, bijlage: 9·d1 + 8·d2 + … + 2·d8 − d9 is a multiple of 11. */
function passesElevenTest(digits: string): boolean {
  let sum = 0
  for (const [position, weight] of weights.entries()) {
    sum += weight * (digits.charCodeAt(position) - 48)
  }
  return sum % 11 === 0
}

function isTestNumber(value: string): boolean {
  return value.startsWith('99999') || published.has(value)
}
