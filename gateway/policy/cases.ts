// Does the law do what its cases say? Runs the given-when-then rows beside an arrangement.
import { decide } from './decide.ts'
import type { Case, PolicySet } from './law.ts'

/** What a case shows instead of what it should, or undefined when it holds. */
export function runCase(one: Case, law: PolicySet): string | undefined {
  const facts = one.gegeven
  const decision = decide(one.als, facts, law, Date.parse(one.op))
  const shown = [...new Set(decision.redenen.map(reason => reason.code))].sort()
  const wanted = [...one.dan.redenen].sort()
  if (decision.uitkomst === one.dan.uitkomst && shown.join() === wanted.join()) return undefined
  return `uitkomst is ${decision.uitkomst}${shown.length > 0 ? ` (${shown.join(', ')})` : ''}`
}
