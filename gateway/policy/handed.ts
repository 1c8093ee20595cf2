// What did the provider itself hand over? (vorm: levering)
import type { SourceAnswer } from '../adapter.ts'
import type { Moment, PermittedExchange } from '../terms.ts'
import type { PolicySet } from './law.ts'

/** Undefined for an arrangement in which the receiver asks. */
export function handedOver(
  _permitted: PermittedExchange,
  _law: PolicySet,
  _now: Moment,
): SourceAnswer | undefined {
  return undefined
}
