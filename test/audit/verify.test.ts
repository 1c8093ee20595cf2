import assert from 'node:assert/strict'
import { chmodSync, cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { verifyCheckpoint } from '../../gateway/audit/checkpoint.ts'
import { openAudit } from '../../gateway/audit/commit.ts'
import { createLogs } from '../../gateway/audit/create.ts'
import { complete, type Draft } from '../../gateway/audit/draft.ts'
import { LogDamaged, readHead } from '../../gateway/audit/head.ts'
import { openKeys, readSigner } from '../../gateway/audit/keys.ts'
import { recordClosing, recordRejection } from '../../gateway/audit/record.ts'
import { emptyTree, grow, rootOf, type Tree } from '../../gateway/audit/tree.ts'
import { type Verdict, verifyLog } from '../../gateway/audit/verify.ts'
import { openWriter } from '../../gateway/audit/writer.ts'
import { newCall } from '../../gateway/call.ts'
import type { Query, Store } from '../../gateway/store.ts'
import {
  checkpointOf,
  edits,
  judged,
  mutations,
  placeOf,
  reject,
  type Written,
  writeLog,
} from '../../soak/mutations.ts'
import { dice } from '../../soak/random.ts'
import { type Kind, kinds, testStore } from '../support/database.ts'
import { beginLogs, clock, noon, openActive } from './log.ts'

const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)

async function aLog(t: TestContext, kind: Kind, seed?: number): Promise<Written> {
  const store = await testStore(t, kind)
  return await writeLog(store, await beginLogs(t, store), seed)
}

for (const kind of kinds) {
  test(`${kind}: the auditor finds every kind of edit and names its place`, async t => {
    const written = await aLog(t, kind)
    assert.deepEqual(await verifyLog(written.store.query, written.options), {
      geldig: true,
      log: 'gewoon',
      grootte: written.size,
    })
    for (const { name, apply, at } of edits) {
      const index = 300
      const verdict = await judged(written, query => apply(query, index, written, dice(seed)))
      assert.ok(!verdict.geldig && verdict.reden, name)
      assert.deepEqual(placeOf(verdict), at(index, written), name)
    }
  })
}

test(`A5: of rows edited, deleted, inserted, swapped or moved at random the auditor names the place (SLUIS_TEST_SEED=${seed})`, async t => {
  const written = await aLog(t, 'postgres', 11)
  const { missed } = await mutations(written, seed, 200)
  assert.deepEqual(missed, [])
})

test('checkpoints that are missing, moved or stretched are found', async t => {
  const written = await aLog(t, 'postgres')
  const [from, to] = written.groupOf(300)
  const [, after] = written.groupOf(to)
  const first = written.groupOf(0)[1]
  const last = written.groupOf(written.size - 1)
  const cases: [string, unknown[], Pick<Verdict, 'index' | 'groep'>][] = [
    [`DELETE FROM audit.checkpoint ${checkpointOf}`, [300], { groep: [from, after] }],
    [
      `DELETE FROM audit.checkpoint WHERE log = 'gewoon' AND vorige < $1`,
      [0],
      { groep: [0, first] },
    ],
    [`DELETE FROM audit.checkpoint ${checkpointOf}`, [written.size - 1], { index: last[0] }],
    [
      `UPDATE audit.checkpoint SET grootte = grootte + 1 ${checkpointOf}`,
      [written.size - 1],
      { groep: [last[0], last[1] + 1] },
    ],
    [
      `UPDATE audit.checkpoint SET grootte = 1125899906842624 ${checkpointOf}`,
      [written.size - 1],
      { groep: [last[0], 1125899906842624] },
    ],
    [`DELETE FROM audit.checkpoint WHERE $1 = 0`, [0], { groep: [0, 0] }],
  ]
  for (const [text, values, place] of cases) {
    const { geldig, index, groep } = await judged(written, query => query(text, values))
    assert.equal(geldig, false, text)
    assert.deepEqual(
      { ...(index !== undefined && { index }), ...(groep && { groep }) },
      place,
      text,
    )
  }
})

test('a checkpoint taken out, with the next stretched over its leaves, leaves what was signed as it was', async t => {
  const written = await aLog(t, 'postgres')
  const [from, to] = written.groupOf(300)
  const [row] = await written.store.query<{ note: string }>(
    `SELECT note FROM audit.checkpoint ${checkpointOf}`,
    [300],
  )
  const merge = async (query: Query) => {
    await query(`DELETE FROM audit.checkpoint ${checkpointOf}`, [300])
    await query(`UPDATE audit.checkpoint SET vorige = $2 WHERE log = 'gewoon' AND vorige = $1`, [
      to,
      from,
    ])
  }
  const verdict = await judged(written, merge, [row?.note ?? ''])
  assert.equal(verdict.geldig, true, 'who holds it finds its tree in the log all the same')
})

test('A16: an administrator who makes leaf, hash, column and tile agree cannot sign them', async t => {
  const written = await aLog(t, 'postgres')
  const rewritten = edits.find(({ name }) => name.includes('search column and tile'))
  assert.ok(rewritten)
  const index = 100
  const [from] = written.groupOf(index)
  const verdict = await judged(written, async query => {
    await rewritten.apply(query, index, written, dice(seed))
    // What only needs a database is made to fit as well: the root, and the names of the groups.
    const leaves = await query<{ hash: Buffer }>(
      `SELECT hash FROM audit.leaf WHERE log = 'gewoon' ORDER BY idx`,
    )
    const heads = await query<{ vorige: number; grootte: number }>(
      `SELECT vorige, grootte FROM audit.checkpoint WHERE log = 'gewoon' AND grootte > $1`,
      [index],
    )
    for (const { vorige, grootte } of heads) {
      const { tree } = grow(
        emptyTree,
        leaves.slice(0, grootte).map(({ hash }) => hash),
      )
      await query(`UPDATE audit.checkpoint SET wortel = $2 WHERE log = 'gewoon' AND vorige = $1`, [
        vorige,
        rootOf(tree),
      ])
    }
  })
  assert.equal(verdict.geldig, false)
  assert.deepEqual(placeOf(verdict), { groep: written.groupOf(from) })
})

test('A6: a tail cut cleanly off is found by whoever holds a newer checkpoint, and only so', async t => {
  const written = await aLog(t, 'postgres')
  const [cut] = written.groupOf(400)
  const truncate = async (query: Query) => {
    await query(`DELETE FROM audit.leaf WHERE log = 'gewoon' AND idx >= $1`, [cut])
    await query(`DELETE FROM audit.checkpoint WHERE log = 'gewoon' AND vorige >= $1`, [cut])
    await query(`DELETE FROM audit.tile WHERE log = 'gewoon' AND n * 256 + 255 >= $1`, [cut])
  }
  assert.equal((await judged(written, truncate)).geldig, true)
  const { geldig, groep } = await judged(written, truncate, [written.note])
  assert.deepEqual({ geldig, groep }, { geldig: false, groep: [cut, written.size] })
  assert.equal((await judged(written, async () => {}, [written.note])).geldig, true)
})

test('A7: two databases signed with one key are a fork, and the auditor shows both heads', async t => {
  const store = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, store)
  const twin = await testStore(t, 'postgres')
  const twinDirs = await beginLogs(t, twin)
  cpSync(dirs.keysDir, twinDirs.keysDir, { recursive: true })
  // The same key and origin in a second database: what nobody may do.
  for (const table of ['audit.log', 'audit.checkpoint']) await twin.query(`TRUNCATE ${table}`)
  const logs = await store.query<{ log: string }>('SELECT * FROM audit.log')
  for (const { log, ...row } of logs as (Record<string, unknown> & { log: string })[]) {
    await twin.query('INSERT INTO audit.log VALUES ($1, $2, $3, $4, $5)', [
      log,
      ...Object.values(row),
    ])
  }
  const heads = await store.query<Record<string, unknown>>('SELECT * FROM audit.checkpoint')
  for (const row of heads) {
    await twin.query(
      'INSERT INTO audit.checkpoint VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
      Object.values(row),
    )
  }
  await using one = await openActive(store, dirs)
  await using other = await openActive(twin, twinDirs)
  await reject(one, 5)
  await reject(other, 9)
  const known = readSigner(dirs.keysDir, 'gewoon')
  const held = [one.head('gewoon').note]
  const verdict = await verifyLog(twin.query, { log: 'gewoon', known, held })
  assert.equal(verdict.geldig, false)
  const { size, note } = one.head('gewoon')
  assert.deepEqual(verdict.groep, [0, size])
  const [gehouden, eigen] = verdict.koppen ?? []
  assert.equal(gehouden, verifyCheckpoint(note, known).root.toString('base64'))
  assert.equal(eigen, rootOf(await treeAt(twin, size)).toString('base64'))
  assert.equal((await verifyLog(twin.query, { log: 'gewoon', known })).geldig, true)
  const back = await verifyLog(store.query, {
    log: 'gewoon',
    known,
    held: [other.head('gewoon').note],
  })
  assert.equal(back.geldig, false)
})

async function treeAt(store: Store, size: number): Promise<Tree> {
  const rows = await store.query<{ hash: Buffer }>(
    `SELECT hash FROM audit.leaf WHERE log = 'gewoon' AND idx < $1 ORDER BY idx`,
    [size],
  )
  return grow(
    emptyTree,
    rows.map(({ hash }) => hash),
  ).tree
}

test('a log that goes on after its end is no log', async t => {
  const store = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, store)
  await using audit = await openActive(store, dirs)
  await recordClosing(audit, { call: newCall(noon), log: 'gewoon', opvolger: 'sluis.example/b' })
  const signer = readSigner(dirs.keysDir, 'gewoon')
  const options = { log: 'gewoon', known: signer }
  assert.equal((await verifyLog(store.query, options)).geldig, true)
  const head = await readHead(store.query, 'gewoon', signer)
  const seen = { note() {}, async flush() {} }
  const sealed = (draft: Draft) => complete(openKeys(dirs.keysDir), draft)
  const settings = {
    ...{ store, ...options, signer, seen, clock, waitMs: 500, onAlarm() {} },
    complete: sealed,
  }
  await using writer = openWriter({ ...settings, head: { ...head, opvolger: null } })
  const record = JSON.parse(
    (await recordRejection(audit, { call: newCall(noon), log: 'vertrouwelijk', redenen: ['x'] }))
      .logregel,
  )
  await writer.append({ record })
  const { geldig, groep } = await verifyLog(store.query, options)
  assert.deepEqual({ geldig, groep }, { geldig: false, groep: [2, 3] })
})

test('A6: a log put back to yesterday is not opened on a host that saw it today', async t => {
  const { store, dirs, groupOf } = await aLog(t, 'postgres')
  const [cut] = groupOf(400)
  await store.query(`DELETE FROM audit.leaf WHERE log = 'gewoon' AND idx >= $1`, [cut])
  await store.query(`DELETE FROM audit.checkpoint WHERE log = 'gewoon' AND vorige >= $1`, [cut])
  await store.query(`DELETE FROM audit.tile WHERE log = 'gewoon' AND n * 256 + 255 >= $1`, [cut])
  await assert.rejects(openActive(store, dirs), LogDamaged)
  const elsewhere = await openAudit({ store, ...dirs, stateDir: dirs.keysDir, clock })
  assert.equal(elsewhere.head('gewoon').size, cut)
  await elsewhere[Symbol.asyncDispose]()
})

test('the gateway does not start when checkpoint, tiles, leaves and key disagree', async t => {
  const written = await aLog(t, 'postgres')
  const { store, dirs } = written
  const start = async (query: Query) => {
    const seen = { store: { ...store, query }, ...dirs, stateDir: dirs.keysDir, clock }
    await (await openAudit(seen))[Symbol.asyncDispose]()
  }
  const texts = [
    `UPDATE audit.leaf SET hash = sha256(hash) WHERE idx = 520`,
    `DELETE FROM audit.leaf WHERE idx = 520`,
    `UPDATE audit.tile SET data = overlay(data PLACING '\\x00'::bytea FROM 9)`,
    `DELETE FROM audit.tile WHERE n = 1`,
    `UPDATE audit.checkpoint SET wortel = sha256(wortel) WHERE grootte > 530`,
    `UPDATE audit.checkpoint SET note = translate(note, 'ABCDEFGHIJ', 'BCDEFGHIJA') WHERE grootte > 530`,
    `UPDATE audit.log SET vkey = replace(vkey, '+', '-')`,
    `UPDATE audit.log SET origin = origin || 'x'`,
    `DELETE FROM audit.checkpoint`,
  ]
  for (const text of texts) {
    await judged(written, async query => {
      assert.ok((await query(`${text} RETURNING 1`)).length > 0, text)
      await assert.rejects(start(query), text)
    }).catch(error => assert.ok(!(error instanceof assert.AssertionError), error))
  }
  await start(store.query)
})

test('A13: the gateway does not start without a log, without its keys, or with those of another', async t => {
  const store = await testStore(t, 'postgres')
  const other = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, other)
  await assert.rejects(openActive(store, dirs), /log create/)
  const own = await beginLogs(t, store)
  await assert.rejects(openActive(store, { ...own, keysDir: dirs.keysDir }), LogDamaged)
  for (const key of ['gewoon-feiten.key', 'vertrouwelijk-ondertekening.key']) {
    chmodSync(join(own.keysDir, key), 0o644)
    await assert.rejects(openActive(store, own), /leesbaar voor anderen/)
    chmodSync(join(own.keysDir, key), 0o600)
  }
  for (const key of ['gewoon-feiten.key', 'gewoon-ondertekening.key']) {
    const path = join(own.keysDir, key)
    renameSync(path, `${path}.weg`)
    await assert.rejects(openActive(store, own), /ontbreekt|ENOENT/, key)
    renameSync(`${path}.weg`, path)
  }
  await createLogs({ store, keysDir: own.keysDir, clock }) // keeps what is there
  await (await openActive(store, own))[Symbol.asyncDispose]()
})
