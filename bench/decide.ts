// Row e: `decide` alone, over every exchange, at least fifty, and every question of their cases.
import { join } from 'node:path'
import { stdout } from 'node:process'
import { decide } from '../gateway/policy/decide.ts'
import type { Case, PolicySet } from '../gateway/policy/law.ts'
import { loadPolicies } from '../gateway/policy/load.ts'
import { figures } from './support.ts'

const atLeast = 50
/** Runs of one question whose mean is one figure: the clock is too coarse for one run. */
const runs = 200
const rounds = 5

/** The shipped exchanges with their cases, under as many names as it takes. */
function widen(law: PolicySet): { law: PolicySet; cases: readonly Case[] } {
  const shipped = [...law.uitwisselingen.values()]
  const uitwisselingen = new Map(
    Array.from({ length: Math.max(atLeast, shipped.length) }, (_, i) => {
      const one = shipped[i % shipped.length]!
      return [`${one.id}-${i}`, one] as const
    }),
  )
  const cases = [...uitwisselingen].flatMap(([uitwisseling, { id }]) =>
    (law.gevallen.get(id) ?? []).map(one => ({ ...one, als: { ...one.als, uitwisseling } })),
  )
  return { law: { ...law, uitwisselingen }, cases }
}

const { law, cases } = widen(await loadPolicies(join(import.meta.dirname, '../policies'), 'test'))
const milliseconds: number[] = []
let allowed = 0
for (let round = 0; round < rounds; round++) {
  milliseconds.length = 0 // the last round is warm
  for (const { als, gegeven, op } of cases) {
    const now = Date.parse(op)
    const began = performance.now()
    for (let run = 0; run < runs; run++) {
      if (decide(als, gegeven, law, now).uitkomst === 'toegestaan') allowed++
    }
    milliseconds.push((performance.now() - began) / runs)
  }
}
if (allowed === 0) throw new Error('no question of the cases was allowed')
stdout.write(`${JSON.stringify(figures(milliseconds))}\n`)
