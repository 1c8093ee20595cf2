// How often may one principal ask? The limits of an arrangement, what counts for each, and when it ends.
import type { Moment, Reason, Use } from '../terms.ts'
import type { Limits } from './law.ts'
import { addDays, legalDate, midnight } from './legal-time.ts'

const hourMs = 3_600_000

export type LimitName = 'perZaakPerDag' | 'perPartijPerUur'

interface Limit {
  readonly name: LimitName
  /** Which of the facts counts for it. */
  readonly use: keyof Use
  /** Which day or hour a moment belongs to. */
  readonly span: (now: Moment) => string
  /** When the day or hour of this moment is over. */
  readonly end: (now: Moment) => Moment
}

/** A day is a legal day of Amsterdam, also when it has 23 or 25 hours; an hour is one of the clock. */
export const limits: readonly Limit[] = [
  {
    name: 'perZaakPerDag',
    use: 'zaakVandaag',
    span: legalDate,
    end: now => midnight(addDays(legalDate(now), 1)),
  },
  {
    name: 'perPartijPerUur',
    use: 'partijDitUur',
    span: now => `u${Math.floor(now / hourMs)}`,
    end: now => (Math.floor(now / hourMs) + 1) * hourMs,
  },
]

/** One reason per limit that is used up. */
export function limitReasons(grenzen: Limits, use: Use = {}): readonly Reason[] {
  const reasons: Reason[] = []
  for (const limit of limits) {
    const grens = grenzen[limit.name]
    if (grens === undefined || (use[limit.use] ?? 0) < grens) continue
    reasons.push({ code: 'LIMIET_BEREIKT', bij: { soort: limit.name, grens } })
  }
  return reasons
}

/** When may be asked again; undefined when something else than a limit refuses. */
export function askAgainAt(redenen: readonly Reason[], now: Moment): Moment | undefined {
  const ends = redenen.map(({ code, bij }) =>
    code === 'LIMIET_BEREIKT' ? limits.find(one => one.name === bij?.soort)?.end(now) : undefined,
  )
  return ends.reduce<Moment | undefined>(
    (latest, end) =>
      latest === undefined || end === undefined ? undefined : Math.max(latest, end),
    0,
  )
}
