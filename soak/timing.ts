// Does a refusal tell by its bytes or its time what the asker may not know? Two questions, side by side.
import type { Agent } from 'node:https'
import { type Answer, clientAgent, goodBody, send } from '../test/support/gateway.ts'
import { type Dice, dice } from './random.ts'
import type { Report } from './report.ts'

export interface TimingPlace {
  readonly pkiDir: string
  readonly exchangePort: number
}

export interface TimingResult {
  readonly samples: number
  /** Milliseconds. */
  readonly known: { readonly median: number; readonly p90: number }
  readonly unknown: { readonly median: number; readonly p90: number }
  /** Mann-Whitney: how many standard deviations the ranks of the two differ. */
  readonly z: number
  /** Chance of ranks at least so different when nothing differs. */
  readonly p: number
  /** Difference of the medians, and what 999 in 1,000 random divisions of the same samples stay under. */
  readonly difference: number
  readonly bound: number
  /** The refusals of which not every byte is the same, transaction, proof and times left out. */
  readonly different: readonly string[]
}

const persons = { known: '999990019', unknown: '111222333' } as const
const exchanges = {
  known: 'aanmelding-toeslagendelict-fiod',
  unknown: 'aanmelding-toeslagendelict-nvwa',
} as const
type Side = keyof typeof persons

/** What is asked on one side and on the other, and how both are refused. */
interface Contest {
  readonly status: number
  readonly kinds: number
  readonly question: (side: Side, n: number) => { exchange: string; change: object }
  readonly shape: (answer: Answer) => string
}

/** A refusal of a field, and one that looks first at what was told in this case. */
const fields = [['nationaliteit'], ['loonSv']] as const
const caseOf = (n: number) => `tijd-${String(n + 50).padStart(8, '0')}`

export const contests = {
  /** Is this person known to the source? (design P12) */
  persoon: {
    status: 403,
    kinds: fields.length,
    question: (side, n) => ({
      exchange: 'uwv-inkomsten-bijstand',
      change: {
        betrokkene: { soort: 'bsn', waarde: persons[side] },
        velden: fields[Math.abs(n) % fields.length],
        zaak: caseOf(n),
      },
    }),
    shape: shapeOf,
  },
  /** Is there a confidential exchange of this name? (design §5) */
  uitwisseling: {
    status: 404,
    kinds: 1,
    question: (side, n) => ({ exchange: exchanges[side], change: { zaak: caseOf(n) } }),
    shape: ({ text, body }) => text.replaceAll(String(body.instance), 'urn'),
  },
} as const satisfies Record<string, Contest>

/** On one connection, one call at a time; which person goes first is tossed for. */
export async function timing(
  place: TimingPlace,
  samples: number,
  seed: number,
  report: Report = () => {},
  contest: Contest = contests.persoon,
): Promise<TimingResult> {
  const agent = clientAgent(place.pkiDir, 'gemeente-waterstad')
  agent.maxSockets = 1
  const die = dice(seed)
  const times: Record<Side, number[]> = { known: [], unknown: [] }
  const shapes = new Set<string>()
  try {
    for (let n = -50; n < samples; n += 1) {
      const order: Side[] = die.chance(0.5) ? ['known', 'unknown'] : ['unknown', 'known']
      for (const side of order) {
        const { exchange, change } = contest.question(side, n)
        const { took, answer } = await ask(agent, place.exchangePort, exchange, change)
        if (answer.status !== contest.status) throw new Error(`another refusal: ${answer.text}`)
        if (n < 0) continue // both warmed up alike
        times[side].push(took)
        shapes.add(`${n % contest.kinds} ${contest.shape(answer)}`)
      }
      report.at?.(Math.max(0, n + 1), samples)
      if (n > 0 && n % 1_000 === 0) report(`${n} paren`)
    }
  } finally {
    agent.destroy()
  }
  const { known, unknown } = times
  return {
    samples,
    known: figuresOf(known),
    unknown: figuresOf(unknown),
    ...mannWhitney(known, unknown),
    difference: Math.abs(median(known) - median(unknown)),
    bound: permuted([...known, ...unknown], die),
    different: shapes.size > contest.kinds ? [...shapes] : [],
  }
}

async function ask(
  agent: Agent,
  port: number,
  exchange: string,
  change: object,
): Promise<{ took: number; answer: Answer }> {
  const path = `/v1/uitwisselingen/${exchange}/_zoek`
  const body = JSON.stringify({ ...goodBody(), ...change })
  const begun = performance.now()
  const answer = await send(agent, port, { path, body })
  return { took: performance.now() - begun, answer }
}

/** What is left when each value that is new in every answer is made alike; its length stays. */
export function shapeOf({ text, headers, body }: Answer): string {
  const proof = body.bewijs
  const leaf = JSON.parse(proof.logregel)
  const always = [leaf.transactie, leaf.traceId, leaf.spanId, leaf.tijd]
  const sealed = [leaf.betrokkene, leaf.zaak, leaf.medewerker, leaf.motivering]
    .flatMap(member => [member?.pseudoniem, member?.verzegeld])
    .filter(value => value !== undefined)
  const masked = [...always, ...sealed].reduce<string>(
    (all, value) => all.replaceAll(String(value), '#'.repeat(String(value).length)),
    text.replace(JSON.stringify(proof.tlogProof), '"tlogProof"'),
  )
  const { date: _, 'content-length': length, ...rest } = headers
  // The proof grows with the log; nothing else may make an answer longer.
  const others = Number(length) - Buffer.byteLength(JSON.stringify(proof.tlogProof))
  const told = Object.entries(rest).map(([name, value]) =>
    /trace/.test(name) ? `${name}: ${String(value).length}` : `${name}: ${value}`,
  )
  return [masked, String(others), ...told].join('\n')
}

function figuresOf(values: readonly number[]): { median: number; p90: number } {
  return { median: median(values), p90: at(values, 0.9) }
}

export function median(values: readonly number[]): number {
  return at(values, 0.5)
}

/** The value under which this part of them lies. */
export function at(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Mann-Whitney U by the normal approximation: exact enough from twenty samples on. */
export function mannWhitney(
  one: readonly number[],
  other: readonly number[],
): { z: number; p: number } {
  const all = [
    ...one.map(value => ({ value, mine: 1 })),
    ...other.map(value => ({ value, mine: 0 })),
  ]
  all.sort((a, b) => a.value - b.value)
  let ranks = 0
  for (let from = 0; from < all.length; ) {
    let to = from
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1
    for (const { mine } of all.slice(from, to)) ranks += mine * ((from + to + 1) / 2)
    from = to
  }
  const [n, m] = [one.length, other.length]
  const u = ranks - (n * (n + 1)) / 2
  const z = (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
  return { z, p: 2 * tail(Math.abs(z)) }
}

/** Chance that a normal value lies above z (Abramowitz and Stegun 26.2.17). */
function tail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = terms.reduceRight((rest, term) => (rest + term) * t, 0)
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}

/** How far medians of two halves drawn at random lie apart, but for one draw in a thousand. */
function permuted(values: readonly number[], die: Dice): number {
  const differences = Array.from({ length: 1_000 }, () => {
    const drawn = [...values]
    for (let last = drawn.length - 1; last > 0; last -= 1) {
      const other = die.below(last + 1)
      const kept = drawn[last] as number
      drawn[last] = drawn[other] as number
      drawn[other] = kept
    }
    const half = drawn.length / 2
    return Math.abs(median(drawn.slice(0, half)) - median(drawn.slice(half)))
  })
  return at(differences, 0.999)
}
