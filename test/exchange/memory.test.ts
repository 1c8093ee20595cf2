import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../../soak/gateway.ts'
import { memory, textOf } from '../../soak/memory.ts'
import { testPlace } from '../support/database.ts'

test('S7: after thousands of requests of every kind no descriptor is left open and the heap is what it was', async t => {
  const place = await testPlace(t, 'postgres')
  await using running = await startGateway(place)
  const { statuses, early, late, grew } = await memory(running, {
    requests: 1_500,
    every: 75,
    seed: 1,
  })
  t.diagnostic(`${JSON.stringify(statuses)}; ${textOf(early)}; ${textOf(late)}`)
  assert.deepEqual(Object.keys(statuses), ['200', '400', '403', '404'])
  // Pages and pace settle later than this; the campaign watches them.
  assert.deepEqual(
    grew.filter(name => name === 'heap' || name === 'descriptors'),
    [],
  )
})
