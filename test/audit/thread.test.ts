import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { logNames, readSigner } from '../../gateway/audit/keys.ts'
import { recordActivation, recordRejection } from '../../gateway/audit/record.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { EpochChanged } from '../../gateway/audit/writer.ts'
import { newCall } from '../../gateway/call.ts'
import { Problem } from '../../gateway/problem.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { kinds, testPlace, testStore } from '../support/database.ts'
import { allow, beginLogs, epoch, openActive } from './log.ts'

const now = () => Date.now()
const rejection = () => ({ call: newCall(now()), log: 'gewoon' as const, redenen: ['x'] })

/** The audit room as the gateway runs it, with the thread behind it. */
async function openThread(t: TestContext, kind: 'postgres' | 'embedded', waitMs = 5_000) {
  const place = await testPlace(t, kind, async () => await store[Symbol.asyncDispose]())
  const store: Store = await openStore(place)
  const dirs = await beginLogs(t, store)
  const alarms: string[] = []
  const born = once(process, 'worker') as Promise<[Worker]>
  const audit = await openActive(store, dirs, {
    thread: place,
    clock: now,
    waitMs,
    onAlarm: alarm => void alarms.push(alarm),
  })
  const [worker] = await born
  return { audit, store, dirs, alarms, worker }
}

const unreachable = (error: unknown) =>
  error instanceof Problem && error.slug === 'log-onbereikbaar'

for (const kind of kinds) {
  test(`${kind}: what the thread commits is one log, and each receipt holds its own proof`, async t => {
    const { audit, store, dirs } = await openThread(t, kind)
    const made = await Promise.all(Array.from({ length: 40 }, () => allow(audit)))
    const indexes = made.map(({ receipt }) => receipt.index)
    assert.equal(new Set(indexes).size, 40)
    const rows = await store.query<{ idx: number; tekst: string }>(
      `SELECT idx, tekst FROM audit.leaf WHERE log = 'gewoon'`,
    )
    const leaves = new Map(rows.map(({ idx, tekst }) => [idx, tekst]))
    for (const { receipt } of made) {
      assert.equal(receipt.logregel, leaves.get(receipt.index))
      assert.match(receipt.tlogProof(), /^c2sp\.org\/tlog-proof@v1\n/)
    }
    await audit[Symbol.asyncDispose]()
    const known = readSigner(dirs.keysDir, 'gewoon')
    const held = [audit.head('gewoon').note]
    assert.equal((await verifyLog(store.query, { log: 'gewoon', known, held })).geldig, true)
    await assert.rejects(recordRejection(audit, rejection()), unreachable)
  })
}

test('an error of the thread is the error its caller gets', async t => {
  const { audit } = await openThread(t, 'postgres')
  await using _ = audit
  const large = { ...rejection(), redenen: Array.from({ length: 2_000 }, () => 'y'.repeat(64)) }
  await assert.rejects(recordRejection(audit, large), { slug: 'te-groot' })
  for (const log of logNames) {
    const change = { call: newCall(now()), digest: 'anders', previous: audit.epoch() || epoch }
    await recordActivation(audit, log, change)
  }
  assert.equal(audit.epoch(), 'anders')
  await assert.rejects(allow(audit), EpochChanged)
  await recordRejection(audit, rejection())
  assert.notEqual(audit.epoch(), epoch)
})

test('when the thread ends, nothing is recorded any more and everybody hears it', async t => {
  const { audit, alarms, worker } = await openThread(t, 'postgres')
  await recordRejection(audit, rejection())
  const waiting = assert.rejects(recordRejection(audit, rejection()), unreachable)
  await worker.terminate()
  await waiting
  assert.deepEqual(alarms, ['logboek-gestopt'])
  assert.equal(audit.healthy('gewoon'), false)
  await assert.rejects(recordRejection(audit, rejection()), unreachable)
  await audit[Symbol.asyncDispose]()
})

test('a thread that says nothing keeps nobody waiting', async t => {
  const { audit, worker } = await openThread(t, 'postgres', 200)
  worker.removeAllListeners('message')
  await assert.rejects(recordRejection(audit, rejection()), unreachable)
  await audit[Symbol.asyncDispose]()
})

test('a thread that cannot begin says why', async t => {
  const place = await testPlace(t, 'postgres')
  await using store = await openStore(place)
  const elsewhere = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, elsewhere)
  await assert.rejects(openActive(store, dirs, { thread: place, clock: now }), /log create/)
})
