// Is it of any use to try this partner now? Not just after it failed again and again; then one try shows whether it is back.
import type { Moment } from '../terms.ts'

/** Failures in a row after which nobody tries for a while. */
const most = 5
const shortestMs = 5_000
const longestMs = 300_000

/** Absent: closed, and no failure since the last success. */
interface State {
  readonly failures: number
  /** Open until then; after it one may try. */
  readonly until: Moment
  /** Since when somebody tries; a try that never came back stands in nobody's way. */
  readonly trying?: Moment
}

export interface Breaker {
  /** Whether a step towards this partner may begin; of those that ask while it is half open, the first. */
  allows(partner: string, now: Moment): boolean
  succeeded(partner: string): void
  failed(partner: string, now: Moment): void
  /** Whoever was allowed at that moment is done, and may have learnt nothing of the partner: then another tries. */
  over(partner: string, allowedAt: Moment): void
  /** The earliest moment at which it may allow again. */
  until(partner: string): Moment | undefined
}

export function openBreaker(): Breaker {
  const states = new Map<string, State>()
  return {
    allows(partner, now) {
      const state = states.get(partner)
      if (!state || state.failures < most) return true
      const next = attempt(state, now)
      if (next) states.set(partner, next)
      return next !== undefined
    },
    succeeded: partner => void states.delete(partner),
    failed(partner, now) {
      const state = states.get(partner)
      // Of what was under way when it opened, the failures say nothing new: only a try makes it last longer.
      if (state && state.failures >= most && state.trying === undefined) return
      states.set(partner, afterFailure(state, now))
    },
    over(partner, allowedAt) {
      const state = states.get(partner)
      if (state?.trying !== allowedAt) return
      const { trying: _, ...open } = state
      states.set(partner, open)
    },
    until(partner) {
      const state = states.get(partner)
      return state && state.failures >= most ? state.until : undefined
    },
  }
}

/** Half open: the state in which this one tries; undefined while it is open or another tries. */
function attempt(state: State, now: Moment): State | undefined {
  if (now < state.until) return undefined
  if (state.trying !== undefined && now < state.trying + longestMs) return undefined
  return { ...state, trying: now }
}

function afterFailure(state: State | undefined, now: Moment): State {
  const failures = (state?.failures ?? 0) + 1
  const doubled = shortestMs * 2 ** Math.max(0, Math.min(failures - most, 20))
  return { failures, until: failures < most ? now : now + Math.min(longestMs, doubled) }
}
