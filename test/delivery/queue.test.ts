import assert from 'node:assert/strict'
import test from 'node:test'
import { until } from '../support/log.ts'
import { backings, ending, ground, open, plantRequests } from './rows.ts'

for (const backing of backings) {
  test(`${backing}: what is due is rung for and done, each once`, async t => {
    const { store, start, alarms } = await ground(t, backing)
    const { done, work } = ending(store)
    const ids = await plantRequests(store, 60)
    const began = performance.now()
    await using running = await start(work)
    await until('all to be done', async () => (await open(store)) === 0 && done.size === ids.length)
    t.diagnostic(`${Math.round(performance.now() - began)} ms`)
    assert.deepEqual([...done.keys()].sort(), ids.sort())
    assert.deepEqual([...new Set(done.values())], [1])
    assert.deepEqual(alarms, [])
    const late = performance.now()
    await plantRequests(store, 1)
    await until('the one of later', async () => (await open(store)) === 0)
    t.diagnostic(`later: ${Math.round(performance.now() - late)} ms`)
    await until('the queue to be empty', async () =>
      [...(await running.queue.counts()).values()].every(n => n === 0),
    )
  })
}
