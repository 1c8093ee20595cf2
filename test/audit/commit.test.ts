import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { verifyCheckpoint } from '../../gateway/audit/checkpoint.ts'
import { type Audit, openAudit } from '../../gateway/audit/commit.ts'
import { readSigner } from '../../gateway/audit/keys.ts'
import { readProofText } from '../../gateway/audit/proof-text.ts'
import {
  recordAbort,
  recordClosing,
  recordDisclosure,
  recordRejection,
} from '../../gateway/audit/record.ts'
import { leafHash } from '../../gateway/audit/tree.ts'
import { holdsInclusion } from '../../gateway/audit/tree-proof.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { EpochChanged } from '../../gateway/audit/writer.ts'
import { newCall } from '../../gateway/call.ts'
import { Problem } from '../../gateway/problem.ts'
import { type Query, type Store, StoreUnavailable } from '../../gateway/store.ts'
import type { LogName, Receipt } from '../../gateway/terms.ts'
import { kinds, testStore } from '../support/database.ts'
import {
  activate,
  allow,
  beginLogs,
  clock,
  type Dirs,
  epoch,
  factRow,
  noon,
  openActive,
  refuse,
  releaseOf,
} from './log.ts'

const isUnreachable = (error: unknown) =>
  error instanceof Problem && error.slug === 'log-onbereikbaar' && (error.retryAfter ?? 0) > 0

async function reject(audit: Audit, uitwisseling = 'x', log: LogName = 'gewoon'): Promise<Receipt> {
  const rejection = { log, redenen: ['niet-toegelaten'], uitwisseling }
  return await recordRejection(audit, { ...rejection, call: newCall(noon) })
}

async function assertWhole(store: Store, dirs: Dirs, log = 'gewoon'): Promise<number> {
  const known = readSigner(dirs.keysDir, log)
  const { geldig, reden, grootte } = await verifyLog(store.query, { log, known })
  assert.ok(geldig, reden)
  return grootte
}

function assertProved(receipt: Receipt, dirs: Dirs): void {
  const { index, proof, checkpoint } = readProofText(receipt.tlogProof())
  const { size, root } = verifyCheckpoint(checkpoint, readSigner(dirs.keysDir, receipt.log))
  assert.equal(index, BigInt(receipt.index))
  assert.ok(holdsInclusion({ index, size, root, leaf: leafHash(receipt.logregel), proof }))
}

/** A store whose statements pass through `around` first. */
function wrap(
  store: Store,
  around: (query: Query, text: string, values?: readonly unknown[]) => Promise<unknown[]>,
): Store {
  const through =
    (query: Query): Query =>
    async <Row>(text: string, values?: readonly unknown[]) =>
      (await around(query, text, values)) as Row[]
  return {
    ...store,
    query: through(store.query),
    transaction: work => store.transaction(query => work(through(query))),
  }
}

async function settled(audit: Audit): Promise<string> {
  const [result] = await Promise.allSettled([reject(audit)])
  return result?.status ?? ''
}

const isAppend = (text: string) => text.includes('INSERT INTO audit.checkpoint')

async function begin(t: TestContext): Promise<{ store: Store; dirs: Dirs }> {
  const store = await testStore(t, 'postgres')
  return { store, dirs: await beginLogs(t, store) }
}

for (const kind of kinds) {
  test(`${kind}: what is recorded at once commits in groups, each receipt with its own proof`, async t => {
    const store = await testStore(t, kind)
    const dirs = await beginLogs(t, store)
    await using audit = await openActive(store, dirs)
    const receipts: Receipt[] = []
    for (const n of [1, 2, 300, 7]) {
      receipts.push(...(await Promise.all(Array.from({ length: n }, () => reject(audit)))))
    }
    const permitted = await allow(audit)
    receipts.push(
      permitted.receipt,
      (await recordDisclosure(audit, permitted, releaseOf(permitted, [factRow('s')]))).receipt,
    )
    assert.deepEqual(
      receipts.map(({ index }) => index),
      receipts.map((_, i) => i + 1),
    )
    for (const receipt of receipts) assertProved(receipt, dirs)
    assert.equal(await assertWhole(store, dirs), receipts.length + 1)
    const [{ groepen = 0 } = {}] = await store.query<{ groepen: number }>(
      `SELECT count(*) AS groepen FROM audit.checkpoint WHERE log = 'gewoon'`,
    )
    assert.ok(groepen <= 2 + 4 + 2, `${groepen}`)
    assert.equal((await store.query('SELECT 1 FROM policy.case_fact')).length, 1)
    assert.equal((await reject(audit, 'x', 'vertrouwelijk')).log, 'vertrouwelijk')
    assert.equal(await assertWhole(store, dirs, 'vertrouwelijk'), 2)
  })
}

test('A16: a role that may only read and insert writes the whole log, and changes nothing of it', async t => {
  const { store, dirs } = await begin(t)
  const role = `schrijver_${process.pid}`
  await store.query(`CREATE ROLE ${role}`)
  await store.query(`GRANT USAGE ON SCHEMA audit, policy TO ${role};
    GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA audit, policy TO ${role}`)
  const bounded: Store = {
    ...store,
    query: (text, values) =>
      store.transaction(async query => {
        await query(`SET LOCAL ROLE ${role}`)
        return await query(text, values)
      }),
    transaction: work =>
      store.transaction(async query => {
        await query(`SET LOCAL ROLE ${role}`)
        return await work(query)
      }),
  }
  await using audit = await openActive(bounded, dirs)
  await Promise.all(Array.from({ length: 300 }, () => reject(audit)))
  const permitted = await allow(audit)
  await recordDisclosure(audit, permitted, releaseOf(permitted, [factRow('s')]))
  for (const table of ['log', 'checkpoint', 'leaf', 'tile', 'persoon']) {
    for (const text of [`UPDATE audit.${table} SET log = 'x'`, `DELETE FROM audit.${table}`]) {
      await assert.rejects(bounded.query(text), /permission denied/, text)
    }
    await assert.rejects(bounded.query(`TRUNCATE audit.${table}`), /permission denied/)
  }
  await assertWhole(store, dirs)
  await store.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
})

test('nothing is allowed before a policy is active, and refusals are recorded all the same', async t => {
  const { store, dirs } = await begin(t)
  await using audit = await openAudit({ store, ...dirs, clock })
  assert.equal(audit.epoch(), '')
  await assert.rejects(allow(audit), EpochChanged)
  await refuse(audit, [{ code: 'NOODREM' }])
  await activate(audit, epoch)
  assert.equal(audit.epoch(), epoch)
  await allow(audit)
  await allow(audit, { log: 'vertrouwelijk' })
  await assertWhole(store, dirs)
})

test('what was decided under another policy is not recorded, wherever the change was made', async t => {
  const { store, dirs } = await begin(t)
  await using audit = await openActive(store, dirs)
  await using elsewhere = await openActive(store, dirs)
  const permitted = await allow(audit)
  const next = `sha256:${'b'.repeat(64)}`
  const activation = activate(elsewhere, next)
  const late = Promise.allSettled([allow(elsewhere), reject(elsewhere), allow(elsewhere)])
  await activation
  const [first, second, third] = await late
  assert.ok(first?.status === 'rejected' && first.reason instanceof EpochChanged)
  assert.ok(third?.status === 'rejected' && third.reason instanceof EpochChanged)
  assert.equal(second?.status, 'fulfilled')
  assert.equal(elsewhere.epoch(), next)
  // This process has not heard of it: the statement itself finds out.
  await assert.rejects(recordDisclosure(audit, permitted, releaseOf(permitted)), EpochChanged)
  await assert.rejects(allow(audit, { log: 'vertrouwelijk' }), EpochChanged)
  await recordAbort(audit, permitted, 'beleid-gewijzigd')
  assert.equal(audit.epoch(), next)
  const rows = await store.query(`SELECT 1 FROM audit.leaf WHERE soort = 'verstrekking'`)
  assert.equal(rows.length, 0)
  await assertWhole(store, dirs)
})

test('while only one log has heard of a new policy nothing is allowed', async t => {
  const { store, dirs } = await begin(t)
  await (await openActive(store, dirs))[Symbol.asyncDispose]()
  const half = wrap(store, (query, text, values) => {
    if (isAppend(text) && values?.[0] === 'vertrouwelijk') throw new StoreUnavailable('down')
    return query(text, values)
  })
  await using audit = await openAudit({ store: half, ...dirs, clock, waitMs: 100 })
  await assert.rejects(activate(audit, `${epoch}b`), isUnreachable)
  assert.equal(audit.epoch(), '')
  // Another process did not hear of it: the log that is behind looks at the one that leads.
  await using elsewhere = await openAudit({ store, ...dirs, clock })
  await assert.rejects(allow(elsewhere, { log: 'vertrouwelijk' }), EpochChanged)
  await assert.rejects(allow(elsewhere), EpochChanged)
  await reject(elsewhere)
})

test('a lost acknowledgement is looked up: recorded once, and the receipt is the true one', async t => {
  const { store, dirs } = await begin(t)
  const lose = new Set([2, 4, 5])
  let sent = 0
  const alarms: string[] = []
  const lossy = wrap(store, async (query, text, values) => {
    const rows = await query(text, values)
    if (isAppend(text)) sent += 1
    if (isAppend(text) && lose.has(sent)) throw new StoreUnavailable('acknowledgement lost')
    return rows
  })
  await (await openActive(store, dirs))[Symbol.asyncDispose]()
  await using audit = await openAudit({
    store: lossy,
    ...dirs,
    clock,
    onAlarm: alarm => alarms.push(alarm),
  })
  const receipts = [await reject(audit), await reject(audit), await reject(audit)]
  assert.deepEqual(alarms, ['logboek-onbereikbaar', 'logboek-onbereikbaar'])
  assert.equal(audit.healthy('gewoon'), true)
  for (const receipt of receipts) assertProved(receipt, dirs)
  assert.equal(await assertWhole(store, dirs), 4)
  const [row] = await store.query<{ tekst: string }>('SELECT tekst FROM audit.leaf WHERE idx = 2')
  assert.equal(row?.tekst, receipts[1]?.logregel)
})

test('a statement that was given up but lands after all cannot double or fork', async t => {
  const { store, dirs } = await begin(t)
  await (await openActive(store, dirs))[Symbol.asyncDispose]()
  const ghosts: (() => Promise<unknown>)[] = []
  const haunted = wrap(store, async (query, text, values) => {
    if (isAppend(text) && ghosts.length < 2) {
      ghosts.push(() => store.query(text, values))
      throw new StoreUnavailable('no answer')
    }
    if (isAppend(text) && ghosts.length === 2) await ghosts[0]?.()
    return await query(text, values)
  })
  await using audit = await openAudit({ store: haunted, ...dirs, clock })
  const receipt = await reject(audit)
  const next = await reject(audit)
  for (const ghost of ghosts) await ghost()
  assert.deepEqual([receipt.index, next.index], [1, 2])
  for (const one of [receipt, next]) assertProved(one, dirs)
  assert.equal(await assertWhole(store, dirs), 3)
})

test('what waited too long is refused for good, also when its record lands later', async t => {
  const { store, dirs } = await begin(t)
  await (await openActive(store, dirs))[Symbol.asyncDispose]()
  const gate = Promise.withResolvers<void>()
  const sent = Promise.withResolvers<void>()
  const slow = wrap(store, async (query, text, values) => {
    if (isAppend(text)) {
      sent.resolve()
      await gate.promise
    }
    return await query(text, values)
  })
  const audit = await openAudit({ store: slow, ...dirs, clock, waitMs: 60 })
  const early = reject(audit, 'early')
  const waiting = assert.rejects(early, isUnreachable)
  await sent.promise
  await assert.rejects(reject(audit, 'queued'), isUnreachable)
  await waiting
  gate.resolve()
  const after = await reject(audit, 'after')
  await audit[Symbol.asyncDispose]()
  const rows = await store.query<{ uitwisseling: string }>(
    `SELECT uitwisseling FROM audit.leaf WHERE log = 'gewoon' AND soort = 'afwijzing' ORDER BY idx`,
  )
  // The one in flight over-reports; the one that still queued never reached the log.
  assert.deepEqual(
    rows.map(({ uitwisseling }) => uitwisseling),
    ['early', 'after'],
  )
  assertProved(after, dirs)
  await assertWhole(store, dirs)
})

test('one record the database refuses fails alone; its group and the next ones commit', async t => {
  const { store, dirs } = await begin(t)
  await store.query(`CREATE FUNCTION audit.gif() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.uitwisseling = 'gif' THEN RAISE EXCEPTION 'gif'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER gif BEFORE INSERT ON audit.leaf FOR EACH ROW EXECUTE FUNCTION audit.gif()`)
  const alarms: string[] = []
  await using audit = await openActive(store, dirs, { onAlarm: alarm => alarms.push(alarm) })
  const names = Array.from({ length: 41 }, (_, i) => (i === 7 || i === 30 ? 'gif' : `u${i}`))
  const results = await Promise.allSettled(names.map(name => reject(audit, name)))
  for (const [i, result] of results.entries()) {
    if (names[i] === 'gif') {
      assert.ok(result.status === 'rejected' && result.reason instanceof Problem)
      assert.equal(result.reason.slug, 'intern')
    } else {
      assert.ok(result.status === 'fulfilled')
      assertProved(result.value, dirs)
    }
  }
  assert.deepEqual(alarms, ['logregel-geweigerd', 'logregel-geweigerd'])
  await reject(audit)
  assert.equal(await assertWhole(store, dirs), 1 + 39 + 1)
})

test('a clock more than five seconds behind the log does not sign, and the right time mends it', async t => {
  const { store, dirs } = await begin(t)
  await (await openActive(store, dirs))[Symbol.asyncDispose]()
  let now = noon - 5_001
  const alarms: string[] = []
  await using audit = await openAudit({
    store,
    ...dirs,
    clock: () => now,
    waitMs: 60,
    onAlarm: alarm => alarms.push(alarm),
  })
  await assert.rejects(reject(audit), isUnreachable)
  assert.deepEqual(alarms, ['klok-loopt-achter'])
  assert.equal(audit.healthy('gewoon'), false)
  now = noon - 4_999
  await reject(audit)
  assert.equal(audit.healthy('gewoon'), true)
  await assertWhole(store, dirs)
})

for (const [what, text] of [
  ['shrinks', `DELETE FROM audit.checkpoint WHERE grootte = 3`],
  ['changes', `UPDATE audit.checkpoint SET wortel = sha256(wortel) WHERE grootte = 3`],
  ['has another epoch', `UPDATE audit.checkpoint SET epoch = 'x' WHERE grootte = 3`],
  [
    'is followed by leaves nobody signed for',
    `INSERT INTO audit.leaf SELECT log, 3, hash, tekst, soort, transactie, tijd, verstrekker,
       ontvanger, namens, uitwisseling, uitkomst FROM audit.leaf WHERE log = 'gewoon' AND idx = 2`,
  ],
  [
    'is followed by a checkpoint over other leaves',
    `UPDATE audit.leaf SET hash = sha256(hash) WHERE idx = 3`,
  ],
  [
    'is followed by a checkpoint nobody signed',
    `UPDATE audit.checkpoint SET note = replace(note, '=', 'A=') WHERE grootte = 4`,
  ],
  [
    'is followed by a checkpoint without its leaves',
    `DELETE FROM audit.leaf WHERE idx = 3 AND log = 'gewoon'`,
  ],
] as const) {
  test(`A6: a live process whose head ${what} stops signing for good`, async t => {
    const { store, dirs } = await begin(t)
    const alarms: string[] = []
    await using audit = await openActive(store, dirs, { onAlarm: alarm => alarms.push(alarm) })
    await reject(audit)
    await reject(audit)
    if (what.includes('by a checkpoint')) {
      await using elsewhere = await openAudit({ store, ...dirs, clock })
      await reject(elsewhere)
    }
    await store.query(`CREATE TABLE kopie AS SELECT * FROM audit.checkpoint;
      CREATE TABLE bladen AS SELECT * FROM audit.leaf WHERE idx < 3`)
    await store.query(text)
    await assert.rejects(reject(audit), isUnreachable)
    assert.deepEqual(alarms, ['logboek-beschadigd'])
    await store.query(`DELETE FROM audit.checkpoint WHERE log = 'gewoon'; DELETE FROM audit.leaf;
      INSERT INTO audit.checkpoint SELECT * FROM kopie WHERE log = 'gewoon' AND grootte < 4;
      INSERT INTO audit.leaf SELECT * FROM bladen`)
    await assert.rejects(reject(audit), isUnreachable)
    assert.equal(audit.healthy('gewoon'), false)
    await reject(audit, 'x', 'vertrouwelijk')
  })
}

test('a slow process is not starved by a fast one', async t => {
  const { store, dirs } = await begin(t)
  await using fast = await openActive(store, dirs)
  const slowly = wrap(store, async (query, text, values) => {
    // Between reading the head and writing the next group the fast one could write ten.
    if (isAppend(text)) await new Promise(resolve => setTimeout(resolve, 30))
    return await query(text, values)
  })
  await using slow = await openAudit({ store: slowly, ...dirs, clock })
  let busy = true
  const flood = (async () => {
    while (busy) await reject(fast)
  })()
  const results = [await settled(slow), await settled(slow), await settled(slow)]
  busy = false
  await flood
  assert.deepEqual(results, ['fulfilled', 'fulfilled', 'fulfilled'])
  await assertWhole(store, dirs)
})

test('a log that was ended takes nothing more, from whatever process', async t => {
  const { store, dirs } = await begin(t)
  await using audit = await openActive(store, dirs)
  await using elsewhere = await openActive(store, dirs)
  const closing = { call: newCall(noon), log: 'gewoon', opvolger: 'sluis.example/b' } as const
  const [closed, late] = await Promise.allSettled([recordClosing(audit, closing), reject(audit)])
  assert.equal(closed.status, 'fulfilled')
  assert.ok(late.status === 'rejected' && isUnreachable(late.reason))
  await assert.rejects(reject(elsewhere), isUnreachable)
  assert.equal(elsewhere.healthy('gewoon'), false)
  assert.equal(await assertWhole(store, dirs), 2)
})

test('after its end an audit room takes nothing more, and what was under way is durable', async t => {
  const { store, dirs } = await begin(t)
  const audit = await openActive(store, dirs)
  const under = Promise.all(Array.from({ length: 20 }, () => reject(audit)))
  const end = audit[Symbol.asyncDispose]()
  await assert.rejects(reject(audit), isUnreachable)
  await end
  assert.equal((await under).length, 20)
  assert.equal(await assertWhole(store, dirs), 21)
})
