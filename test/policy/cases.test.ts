import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCase } from '../../gateway/policy/cases.ts'
import { conditions } from '../../gateway/policy/conditions.ts'
import { shipped } from './law.ts'

for (const [uitwisseling, cases] of shipped.gevallen) {
  for (const one of cases) {
    test(`${uitwisseling}: ${one.naam}`, () => {
      assert.equal(runCase(one, shipped), undefined)
    })
  }
}

test('every shipped exchange has cases, and every case of another outcome would fail', () => {
  assert.deepEqual([...shipped.gevallen.keys()].sort(), [...shipped.uitwisselingen.keys()].sort())
  for (const cases of shipped.gevallen.values()) {
    for (const one of cases) {
      const flipped = one.dan.uitkomst === 'toegestaan' ? 'geweigerd' : 'toegestaan'
      assert.ok(runCase({ ...one, dan: { uitkomst: flipped, redenen: [] } }, shipped))
      assert.ok(runCase({ ...one, dan: { ...one.dan, redenen: ['OPT_OUT'] } }, shipped))
    }
  }
})

test('each condition has a name of its own', () => {
  const names = conditions.map(condition => condition.name)
  assert.equal(new Set(names).size, names.length)
})
