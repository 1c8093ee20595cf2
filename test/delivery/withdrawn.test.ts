// What becomes of a thousand requests that wait when the law changes? None leaves, each refusal is recorded, nothing stays.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openAskers } from '../../soak/queue-askers.ts'
import { forbidden, readLog } from '../../soak/queue-balance.ts'
import { brake } from '../../soak/queue-faults.ts'
import { fickle, openPlace, type Place, type PlaceOptions } from '../../soak/queue-place.ts'
import { removeTree } from '../support/directory.ts'
import { until } from '../support/log.ts'
import { startPostgres } from '../support/postgres.ts'
import { runRedis } from '../support/redis.ts'

const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())

/** Each on the whole of a server of its own: the campaign's ground. */
async function place(t: TestContext, options: PlaceOptions): Promise<Place> {
  const postgres = stack.use(await startPostgres())
  const redis = stack.use(await runRedis())
  const dir = mkdtempSync(join(tmpdir(), 'sluis-withdrawn-'))
  t.after(() => removeTree(dir))
  return await openPlace({ dir, url: postgres.url, postgres, redis }, options)
}

async function inStates({ store }: Place): Promise<Readonly<Record<string, number>>> {
  const rows = await store.query<{ staat: string; n: number }>(
    'select staat, count(*)::int as n from delivery.verzoek group by staat',
  )
  return Object.fromEntries(rows.map(({ staat, n }) => [staat, n]))
}

const full = 'verzegeld is not null or antwoord is not null or kenmerk is not null'

async function left({ store }: Place): Promise<number> {
  const [row] = await store.query<{ n: number }>(
    `select count(*)::int as n from delivery.verzoek where ${full}`,
  )
  return row?.n ?? -1
}

test('of a thousand requests that wait, half of them with their answer, none leaves when the grant is withdrawn: each refusal is recorded, and nothing stays', async t => {
  await using ground = await place(t, { gateways: 1, workers: 1 })
  const askers = await openAskers(ground, { only: fickle, comesBack: false, callers: 32 })
  await askers.ask(500, 1, 0)
  await until('five hundred answers', async () => (await inStates(ground)).gereed === 500, 60_000)
  ground.workers.members[0]?.process.kill('SIGTERM')
  await ground.workers.members[0]?.ended
  await askers.ask(500, 2, 0)
  assert.deepEqual(await inStates(ground), { aanvaard: 500, gereed: 500 })
  const before = (await readLog(ground.store)).records.length

  await ground.grant(false)
  await ground.workers.renew(0)
  await until('nothing to be left', async () => (await left(ground)) === 0, 60_000)
  assert.deepEqual(await inStates(ground), { geweigerd: 1_000 })
  const { records } = await readLog(ground.store)
  const later = records.slice(before)
  const count = (kind: string) => later.filter(({ soort }) => soort === kind).length
  assert.equal(count('verstrekking') + count('ophaling'), 0, 'nothing was released')
  const refused = later.filter(
    ({ soort, uitkomst }) => soort === 'beslissing' && uitkomst === 'geweigerd',
  )
  assert.equal(new Set(refused.map(({ verzoek }) => verzoek)).size, 1_000)
  assert.equal(refused.length, 1_000, 'each once')
  assert.ok(
    refused.every(({ redenen }) => redenen?.some(({ code }) => code === 'GEEN_LEVERINGSAFSPRAAK')),
  )
  const [told] = [...askers.told.keys()]
  assert.ok(told)
  const seen = await askers.look(told)
  assert.deepEqual([seen.staat, seen.reden], ['geweigerd', 'GEEN_LEVERINGSAFSPRAAK'])
  await askers.stop()
})

test('a brake while three processes carry requests that take time: no record of a release has a place after it, and what waited is gone', async t => {
  await using ground = await place(t, { gateways: 1, workers: 2 })
  const askers = await openAskers(ground, { lookMs: 100 })
  const asking = askers.ask(600, 3, 6_000)
  await until('answers', async () => ((await inStates(ground)).opgehaald ?? 0) > 20, 60_000)
  await brake(ground, 'alles')
  const braked = performance.now()
  await asking
  await until('nothing to be left', async () => (await left(ground)) === 0, 60_000)
  await wait(Math.max(0, 1_500 - (performance.now() - braked)))
  const { records } = await readLog(ground.store)
  const at = records.findIndex(({ soort }) => soort === 'noodrem')
  assert.ok(at > 0)
  const after = records.slice(at)
  assert.deepEqual(
    after.filter(({ soort }) => soort === 'verstrekking' || soort === 'ophaling'),
    [],
  )
  assert.deepEqual([...forbidden(records, new Set())], [])
  assert.ok(
    after.some(({ soort, verzoek, redenen }) => {
      return (
        soort === 'beslissing' &&
        verzoek !== undefined &&
        redenen?.some(one => one.code === 'NOODREM')
      )
    }),
    'what was accepted before is refused by name',
  )
  const states = await inStates(ground)
  t.diagnostic(JSON.stringify(states))
  assert.ok((states.geweigerd ?? 0) > 0)
  await askers.stop()
})
