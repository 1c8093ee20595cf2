// Who lives in the generated country? Parties of several kinds and sizes, their employees, and persons that are nobody.
import type { PolicySet, RegisteredParty } from '../gateway/policy/law.ts'
import type { Oin } from '../gateway/terms.ts'
import type { Dice } from './random.ts'

export const uwv = '00000099000000004000'
export const svb = '00000099000000005000'
export const ksz = '00000008000000001000'
export const fiod = '00000099000000008000'
export const waterstad = '00000099000000001000'
export const dijkdorp = '00000099000000002000'
export const delta = '00000099000000003000'
export const toeslagen = '00000099000000007000'
export const kinderopvang = '00000099000000009000'

/** Share of the country's employees; the first three are the demo's own. */
const municipalities: readonly (readonly [oin: Oin, naam: string, size: number])[] = [
  [waterstad, 'Gemeente Waterstad', 24],
  [dijkdorp, 'Gemeente Dijkdorp', 9],
  ['00000099000000121000', 'Gemeente Veenoord', 11],
  ['00000099000000122000', 'Gemeente Zandwijk', 8],
  ['00000099000000123000', 'Gemeente Heideveld', 7],
  ['00000099000000124000', 'Gemeente Molenbeek aan Zee', 6],
  ['00000099000000125000', 'Gemeente Oostpolder', 5],
  ['00000099000000126000', 'Gemeente Kleidam', 5],
  ['00000099000000127000', 'Gemeente Westergors', 4],
  ['00000099000000128000', 'Gemeente Binnenduin', 4],
  ['00000099000000129000', 'Gemeente Rietlanden', 3],
]

export const municipalityOins: readonly Oin[] = municipalities.map(([oin]) => oin)

/** What employees of a kind of party do all day. */
export type Work = 'bijstand' | 'sociale-verzekering' | 'samenloop'

interface Staffing {
  readonly oin: Oin
  readonly work: Work
  readonly size: number
  readonly functies: readonly string[]
  /** Under mandate: for one of these. */
  readonly namens?: readonly Oin[]
}

const bijstand = ['inkomensconsulent', 'inkomensconsulent', 'inkomensconsulent', 'onderzoeker']

const staffing: readonly Staffing[] = [
  ...municipalities.map(
    ([oin, , size]): Staffing => ({ oin, work: 'bijstand', size, functies: bijstand }),
  ),
  { oin: delta, work: 'bijstand', size: 6, functies: bijstand, namens: [waterstad, dijkdorp] },
  { oin: svb, work: 'sociale-verzekering', size: 14, functies: ['beoordelaar'] },
  { oin: uwv, work: 'samenloop', size: 12, functies: ['claimbeoordelaar'] },
]

/** The law with the municipalities that the demo does not know. */
export function widen(law: PolicySet): PolicySet {
  const college = law.partijen.get(waterstad)
  if (!college) throw new Error('the generated country needs the parties of the demo')
  const extra = municipalities.map(([oin, naam]): [Oin, RegisteredParty] => [
    oin,
    law.partijen.get(oin) ?? { ...college, oin, naam, vertegenwoordigt: [] },
  ])
  return { ...law, partijen: new Map([...law.partijen, ...extra]) }
}

export interface Employee extends Omit<Staffing, 'size' | 'functies'> {
  readonly id: string
  readonly functie: string
  /** Hour and part of it by the clock of Amsterdam. */
  readonly begins: number
  readonly hours: number
  /** 0 is Sunday. */
  readonly days: ReadonlySet<number>
  /** New cases on an ordinary day. */
  readonly pace: number
  /** Finishes things in the evening now and then, with good reason. */
  readonly late: boolean
}

export function employ(dice: Dice, count: number): Employee[] {
  const whole = staffing.reduce((sum, { size }) => sum + size, 0)
  return staffing.flatMap(({ size, functies, ...place }) =>
    Array.from({ length: Math.max(2, Math.round((count * size) / whole)) }, (_, i) => ({
      ...place,
      id: `${place.work.slice(0, 2)}-${place.oin.slice(13, 17)}-${i + 1}`,
      functie: dice.pick(functies),
      begins: 7 + dice() * 2.25,
      hours: dice.pick([6, 8, 8, 8, 9]),
      days: dice.pick(weeks),
      pace: 1.5 + dice() * 2.5,
      late: dice.chance(0.06),
    })),
  )
}

const weeks = [
  [1, 2, 3, 4, 5],
  [1, 2, 3, 4, 5],
  [1, 2, 3, 4],
  [1, 2, 4, 5],
  [1, 2, 4],
  [2, 3, 4, 5],
].map(days => new Set(days))

/**
 * Numbers that pass the elfproef in a range nobody has: RvIG's series 99999xxxx holds nine hundred,
 * too few for a country, so these begin with 999.
 */
export function personAt(n: number): string {
  const left = 999_000_00 + (n % 100_000)
  const digits = String(left).padStart(8, '0')
  let sum = 0
  for (let at = 0; at < 8; at++) sum += (9 - at) * Number(digits[at])
  const last = sum % 11
  return last < 10 ? `${digits}${last}` : personAt(n + 61_003)
}
