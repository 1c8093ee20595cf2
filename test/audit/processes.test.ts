import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { openAudit } from '../../gateway/audit/commit.ts'
import { readSigner } from '../../gateway/audit/keys.ts'
import { recordRejection } from '../../gateway/audit/record.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { newCall } from '../../gateway/call.ts'
import { Problem } from '../../gateway/problem.ts'
import { migrate, openStore, type Store } from '../../gateway/store.ts'
import { type Place, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { startPostgres } from '../support/postgres.ts'
import { allow, beginLogs, clock, type Dirs, noon, openActive } from './log.ts'

interface Appender {
  readonly process: ChildProcess
  /** What it printed: one receipt per line. */
  readonly receipts: { readonly index: number; readonly logregel: string }[]
  readonly begin: () => void
  readonly ended: Promise<unknown>
}

/** Resolves when the child has opened the log. */
async function append(
  place: Place,
  { keysDir }: Dirs,
  { stateDir, count, concurrency }: { stateDir: string; count: number; concurrency: number },
): Promise<Appender> {
  const script = join(import.meta.dirname, 'appender.ts')
  const args = [script, place.url ?? '', keysDir, stateDir, String(count), String(concurrency)]
  const process = spawn(globalThis.process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(process, 'close')
  const receipts: Appender['receipts'] = []
  const ready = Promise.withResolvers<void>()
  // A line cut off by a kill never reached anybody whole.
  const lines = createInterface({ input: process.stdout })
  lines.on('line', line => {
    if (line === 'ready') return ready.resolve()
    const [, index, logregel] = /^(\d+) (".*")$/.exec(line) ?? []
    if (logregel !== undefined)
      receipts.push({ index: Number(index), logregel: JSON.parse(logregel) })
  })
  process.on('error', ready.reject)
  await ready.promise
  return {
    process,
    receipts,
    begin: () => process.stdin.write('go\n'),
    ended: Promise.all([ended, once(lines, 'close')]),
  }
}

interface Shared {
  readonly place: Place
  readonly store: Store
  readonly dirs: Dirs
}

async function share(t: TestContext): Promise<Shared> {
  const place = await testPlace(t, 'postgres')
  const store = await openStore(place)
  const dirs = await beginLogs(t, store)
  await (await openActive(store, dirs))[Symbol.asyncDispose]()
  return { place, store, dirs }
}

/** Every receipt anybody got is in the log, and the log is one tree. */
async function assertTrue(
  { store, dirs }: Shared,
  receipts: Appender['receipts'],
): Promise<number> {
  const known = readSigner(dirs.keysDir, 'gewoon')
  const { geldig, reden, grootte } = await verifyLog(store.query, { log: 'gewoon', known })
  assert.ok(geldig, reden)
  const rows = await store.query<{ idx: number; tekst: string }>(
    `SELECT idx, tekst FROM audit.leaf WHERE log = 'gewoon'`,
  )
  const leaves = new Map(rows.map(({ idx, tekst }) => [idx, tekst]))
  for (const { index, logregel } of receipts) assert.equal(leaves.get(index), logregel)
  assert.equal(new Set(receipts.map(({ index }) => index)).size, receipts.length)
  return grootte
}

test('A7: two processes append to one log: one tree, every receipt true, nobody starves', async t => {
  const shared = await share(t)
  await using _store = shared.store
  const options = { stateDir: shared.dirs.stateDir, count: 400, concurrency: 8 }
  const children = await Promise.all([
    append(shared.place, shared.dirs, options),
    append(shared.place, shared.dirs, options),
  ])
  for (const { begin } of children) begin()
  await Promise.race(children.map(({ ended }) => ended))
  // When the faster one was done the other had its share: it was not left behind.
  const slower = Math.min(...children.map(({ receipts }) => receipts.length))
  assert.ok(slower > 100, `${slower} of 400`)
  await Promise.all(children.map(({ ended }) => ended))
  const receipts = children.flatMap(child => child.receipts)
  assert.equal(receipts.length, 800)
  assert.equal(await assertTrue(shared, receipts), 801)
})

test('A3: twenty processes killed at random moments leave no receipt without its record', async t => {
  const shared = await share(t)
  await using _store = shared.store
  const seed = Math.floor(Math.random() * 1e6)
  t.diagnostic(`seed ${seed}`)
  const all: Appender['receipts'] = []
  for (let round = 0; round < 5; round += 1) {
    const children = await Promise.all(
      Array.from({ length: 4 }, () =>
        append(shared.place, shared.dirs, {
          stateDir: shared.dirs.stateDir,
          count: 1e9,
          concurrency: 4,
        }),
      ),
    )
    for (const [i, { process, begin, receipts }] of children.entries()) {
      begin()
      // After so many receipts, and then a little: anywhere between two of them.
      const enough = (seed * 31 + round * 17 + i * 7) % 40
      const watch = setInterval(
        () => {
          if (receipts.length < enough) return
          clearInterval(watch)
          process.kill('SIGKILL')
        },
        (seed + i) % 5,
      )
    }
    await Promise.all(children.map(({ ended }) => ended))
    all.push(...children.flatMap(({ receipts }) => receipts))
  }
  assert.ok(all.length > 100)
  const size = await assertTrue(shared, all)
  await using audit = await openAudit({ store: shared.store, ...shared.dirs, clock })
  assert.equal((await allow(audit)).receipt.index, size)
})

test('A13: while commits stall nothing is released past the stated wait, an alarm tells it, and it goes on after', async t => {
  await using postgres = await startPostgres()
  const dir = mkdtempSync(join(tmpdir(), 'sluis-outage-'))
  t.after(() => removeTree(dir))
  await using store = await openStore({ url: postgres.url, dir, deadlineMs: 400 })
  {
    await using slow = await openStore({ url: postgres.url, dir, deadlineMs: 20_000 })
    await migrate(slow)
  }
  const dirs = await beginLogs(t, store)
  const alarms: string[] = []
  await using audit = await openActive(store, dirs, {
    waitMs: 700,
    onAlarm: alarm => alarms.push(alarm),
  })
  const receipts: Appender['receipts'] = []
  const reject = async () => {
    const call = newCall(noon)
    receipts.push(await recordRejection(audit, { call, log: 'gewoon', redenen: ['x'] }))
  }
  const refused = (error: unknown) => error instanceof Problem && error.slug === 'log-onbereikbaar'
  const untilBack = async () => {
    for (;;) {
      const done = await reject().then(
        () => true,
        error => !refused(error),
      )
      if (done) return
    }
  }
  await reject()
  postgres.pause()
  const paused = performance.now()
  const during = await Promise.allSettled(Array.from({ length: 50 }, reject))
  assert.ok(during.every(result => result.status === 'rejected' && refused(result.reason)))
  assert.ok(performance.now() - paused < 700 + 1_500, 'nobody waits longer than was said')
  assert.deepEqual(alarms, ['logboek-onbereikbaar'])
  assert.equal(audit.healthy('gewoon'), false)
  postgres.resume()
  await untilBack()
  await postgres.stop()
  await assert.rejects(reject(), refused)
  await postgres.start()
  await untilBack()
  await Promise.all(Array.from({ length: 50 }, reject))
  assert.equal(audit.healthy('gewoon'), true)
  assert.deepEqual([...new Set(alarms)], ['logboek-onbereikbaar'])
  await assertTrue({ place: { dir }, store, dirs }, receipts)
})
