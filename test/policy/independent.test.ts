import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditions } from '../../gateway/policy/conditions.ts'
import { decide } from '../../soak/decide.ts'
import { policyDir } from './law.ts'

const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)

test(`a second reading of the YAML agrees with decide, and sees every reason (SLUIS_TEST_SEED=${seed})`, async t => {
  const result = await decide({ policyDir, firstSeed: seed, seeds: 60, perLaw: 500, wild: 0.2 })
  assert.deepEqual(result.disagreements.slice(0, 3), [])
  const { questions, allowed, seen } = result
  const counts = [...seen].sort().map(([code, n]) => `${code} ${n}`)
  t.diagnostic(`${questions} vragen, ${allowed} toegestaan; ${counts.join(', ')}`)
  assert.equal(questions, 30_000)
  assert.ok(allowed > questions / 50, `only ${allowed} were allowed`)
  const codes = new Set(['DOEL_ONBEKEND', ...conditions.flatMap(condition => condition.codes)])
  assert.deepEqual([...seen.keys()].sort(), [...codes].sort(), 'a reason was never seen')
})
