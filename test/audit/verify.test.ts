import assert from 'node:assert/strict'
import { chmodSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { groupId, type HeadRow } from '../../gateway/audit/append-statement.ts'
import { type Audit, openAudit } from '../../gateway/audit/commit.ts'
import { createLogs } from '../../gateway/audit/create.ts'
import { LogDamaged, readHead } from '../../gateway/audit/head.ts'
import { readSigner } from '../../gateway/audit/keys.ts'
import { recordClosing, recordRejection } from '../../gateway/audit/record.ts'
import { leafHash } from '../../gateway/audit/tree.ts'
import { type Verdict, type VerifyOptions, verifyLog } from '../../gateway/audit/verify.ts'
import { openWriter } from '../../gateway/audit/writer.ts'
import { newCall } from '../../gateway/call.ts'
import type { Query, Store } from '../../gateway/store.ts'
import { kinds, testStore } from '../support/database.ts'
import { activate, beginLogs, clock, type Dirs, epoch, noon, openActive, waterstad } from './log.ts'

interface Written {
  readonly store: Store
  readonly dirs: Dirs
  readonly options: VerifyOptions
  readonly size: number
  readonly note: string
  /** The group [from, to) that holds this leaf. */
  readonly groupOf: (index: number) => [number, number]
}

async function reject(audit: Audit, count: number): Promise<void> {
  const rejection = { log: 'gewoon', redenen: ['niet-toegelaten'], partij: waterstad } as const
  await Promise.all(
    Array.from({ length: count }, () =>
      recordRejection(audit, { ...rejection, call: newCall(noon), uitwisseling: 'uwv' }),
    ),
  )
}

/** A log of two full tiles and more, in groups of every size, with an activation in its midst. */
async function writeLog(t: TestContext, kind: (typeof kinds)[number], seed = 7): Promise<Written> {
  const store = await testStore(t, kind)
  const dirs = await beginLogs(t, store)
  await using audit = await openActive(store, dirs)
  for (let n = seed, left = 530; left > 0; n = ((n * 5 + 3) % 40) + 1) {
    await reject(audit, Math.min(n, left))
    left -= n
    if (left > 250 && left < 290) await activate(audit, `${epoch}b`)
  }
  const { size, note } = audit.head('gewoon')
  const groups = await store.query<{ vorige: number; grootte: number }>(
    `SELECT vorige, grootte FROM audit.checkpoint WHERE log = 'gewoon' ORDER BY vorige`,
  )
  return {
    store,
    dirs,
    options: { log: 'gewoon', known: readSigner(dirs.keysDir, 'gewoon') },
    size,
    note,
    groupOf(index) {
      const found = groups.find(({ vorige, grootte }) => vorige <= index && index < grootte)
      assert.ok(found)
      return [found.vorige, found.grootte]
    },
  }
}

class Undo extends Error {}

/** What the auditor says of a change that is taken back at once. */
async function judged(
  { store, options }: Written,
  change: (query: Query) => Promise<unknown>,
  held: readonly string[] = [],
): Promise<Verdict> {
  let verdict: Verdict | undefined
  await assert.rejects(
    store.transaction(async query => {
      await change(query)
      verdict = await verifyLog(query, { ...options, held })
      throw new Undo()
    }),
    Undo,
  )
  assert.ok(verdict)
  return verdict
}

interface Edit {
  readonly name: string
  readonly apply: (query: Query, index: number, written: Written) => Promise<unknown>
  readonly at: (index: number, written: Written) => Pick<Verdict, 'index' | 'groep'>
}

const leafAt = (index: number) => ({ index })
const groupAt = (index: number, { groupOf }: Written) => ({ groep: groupOf(index) })
const lastGroup = (_: number, written: Written) => groupAt(written.size - 1, written)
const where = `WHERE log = 'gewoon' AND idx = $1`
const checkpointOf = `WHERE log = 'gewoon' AND vorige <= $1 AND grootte > $1`
const tileOf = (index: number) => (index < 256 ? 0 : 1)

function sql(text: string): Edit['apply'] {
  return (query, index) => query(text, [index])
}

async function rewrite(query: Query, index: number): Promise<void> {
  const [row] = await query<{ tekst: string }>(`SELECT tekst FROM audit.leaf ${where}`, [index])
  const tekst = (row?.tekst ?? '').replace(/"spanId":"./, '"spanId":"_')
  await query(`UPDATE audit.leaf SET tekst = $2, hash = $3 ${where}`, [
    index,
    tekst,
    leafHash(tekst),
  ])
}

/** A changed checkpoint whose group id was made to fit. */
async function forge(query: Query, index: number, change: Partial<HeadRow>): Promise<void> {
  const [row] = await query<HeadRow>(`SELECT * FROM audit.checkpoint ${checkpointOf}`, [index])
  assert.ok(row)
  const { epoch, opvolger, tijd, ...rest } = { ...row, ...change }
  await query(
    `UPDATE audit.checkpoint SET epoch = $2, opvolger = $3, tijd = $4, groep = $5 ${checkpointOf}`,
    [index, epoch, opvolger, tijd, groupId({ ...rest, epoch, opvolger, tijd })],
  )
}

const edits: readonly Edit[] = [
  {
    name: 'a leaf whose text was edited',
    apply: sql(`UPDATE audit.leaf SET tekst = replace(tekst, '"v":1', '"v":2') ${where}`),
    at: leafAt,
  },
  {
    name: 'a leaf whose text is no JSON any more',
    apply: sql(`UPDATE audit.leaf SET tekst = 'x' ${where}`),
    at: leafAt,
  },
  {
    name: 'a stored hash that was changed',
    apply: sql(`UPDATE audit.leaf SET hash = sha256(hash) ${where}`),
    at: leafAt,
  },
  { name: 'a leaf rewritten together with its hash', apply: rewrite, at: groupAt },
  { name: 'a deleted leaf', apply: sql(`DELETE FROM audit.leaf ${where}`), at: leafAt },
  {
    name: 'a leaf after the last checkpoint',
    apply: (query, index, { size }) =>
      query(
        `INSERT INTO audit.leaf SELECT log, $2, hash, tekst, soort, transactie, tijd, verstrekker,
           ontvanger, namens, uitwisseling, uitkomst FROM audit.leaf ${where}`,
        [index, size],
      ),
    at: (_, { size }) => ({ index: size }),
  },
  {
    name: 'a leaf before the first',
    apply: sql(
      `INSERT INTO audit.leaf SELECT log, -5, hash, tekst, soort, transactie, tijd, verstrekker,
         ontvanger, namens, uitwisseling, uitkomst FROM audit.leaf ${where}`,
    ),
    at: () => ({ index: -5 }),
  },
  {
    name: 'two leaves swapped',
    apply: async (query, index, { size }) => {
      const other = (index + 1) % size
      const set = `UPDATE audit.leaf SET idx = $2 ${where}`
      await query(set, [index, -1])
      await query(set, [other, index])
      await query(set, [-1, other])
    },
    at: (index, written) => groupAt(index === written.size - 1 ? 0 : index, written),
  },
  ...['soort', 'verstrekker', 'ontvanger', 'namens', 'uitwisseling', 'uitkomst'].map(
    (column): Edit => ({
      name: `search column ${column} changed`,
      apply: sql(`UPDATE audit.leaf SET ${column} = coalesce(${column}, '') || 'x' ${where}`),
      at: leafAt,
    }),
  ),
  {
    name: 'search column tijd changed',
    apply: sql(`UPDATE audit.leaf SET tijd = 9223372036854775807 ${where}`),
    at: leafAt,
  },
  {
    name: 'search column transactie changed',
    apply: sql(`UPDATE audit.leaf SET transactie = gen_random_uuid() ${where}`),
    at: leafAt,
  },
  {
    name: 'a changed tile',
    apply: (query, index) =>
      query(
        `UPDATE audit.tile SET data = overlay(data PLACING '\\x00112233'::bytea FROM $2)
         WHERE log = 'gewoon' AND n = $1`,
        [tileOf(index), index + 1],
      ),
    at: (index, written) => groupAt(tileOf(index) * 256 + 255, written),
  },
  {
    name: 'a deleted tile',
    apply: (query, index) =>
      query(`DELETE FROM audit.tile WHERE log = 'gewoon' AND n = $1`, [tileOf(index)]),
    at: (index, written) => groupAt(tileOf(index) * 256 + 255, written),
  },
  {
    name: 'a tile too many',
    apply: query =>
      query(
        `INSERT INTO audit.tile SELECT log, 1, 0, data FROM audit.tile WHERE log = 'gewoon' AND n = 0`,
      ),
    at: lastGroup,
  },
  ...[
    `wortel = sha256(wortel)`,
    `note = replace(note, 'sluis', 'slujs')`,
    `note = 'x'`,
    `epoch = epoch || 'x'`,
    `tijd = tijd + 1`,
    `opvolger = 'sluis.example/x'`,
    `groep = gen_random_uuid()`,
  ].map(
    (set): Edit => ({
      name: `a checkpoint with ${set}`,
      apply: sql(`UPDATE audit.checkpoint SET ${set} ${checkpointOf}`),
      at: groupAt,
    }),
  ),
  ...[{ epoch: 'x' }, { opvolger: 'sluis.example/x' }, { tijd: 0 }].map(
    (change): Edit => ({
      name: `a checkpoint with ${JSON.stringify(change)} and a group id that fits`,
      apply: (query, index) => forge(query, index, change),
      at: groupAt,
    }),
  ),
]

for (const kind of kinds) {
  test(`${kind}: the auditor finds every kind of edit and names its place`, async t => {
    const written = await writeLog(t, kind)
    assert.deepEqual(await verifyLog(written.store.query, written.options), {
      geldig: true,
      log: 'gewoon',
      grootte: written.size,
    })
    for (const { name, apply, at } of edits) {
      const index = 300
      const {
        geldig,
        reden,
        index: place,
        groep,
      } = await judged(written, query => apply(query, index, written))
      const found = { ...(place !== undefined && { index: place }), ...(groep && { groep }) }
      assert.ok(!geldig && reden, name)
      assert.deepEqual(found, at(index, written), name)
    }
  })
}

test('two hundred edits anywhere in the log are all found, each at its place', async t => {
  const written = await writeLog(t, 'postgres', 11)
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.diagnostic(`seed ${seed}`)
  let state = seed
  const random = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * n)
  }
  for (let i = 0; i < 200; i += 1) {
    const edit = edits[random(edits.length)]
    const index = random(written.size)
    assert.ok(edit)
    const name = `${edit.name} at ${index}`
    const verdict = await judged(written, query => edit.apply(query, index, written))
    const { geldig, index: place, groep } = verdict
    const found = { ...(place !== undefined && { index: place }), ...(groep && { groep }) }
    assert.equal(geldig, false, name)
    assert.deepEqual(found, edit.at(index, written), name)
  }
})

test('checkpoints that are missing, moved or stretched are found', async t => {
  const written = await writeLog(t, 'postgres')
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

test('a tail cut cleanly off is found by whoever holds a newer checkpoint, and only so', async t => {
  const written = await writeLog(t, 'postgres')
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

test('two databases signed with one key are a fork, and each shows the other to be one', async t => {
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
  assert.deepEqual(verdict.groep, [0, one.head('gewoon').size])
  assert.equal((await verifyLog(twin.query, { log: 'gewoon', known })).geldig, true)
  const back = await verifyLog(store.query, {
    log: 'gewoon',
    known,
    held: [other.head('gewoon').note],
  })
  assert.equal(back.geldig, false)
})

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
  const settings = { store, ...options, signer, seen, clock, waitMs: 500, onAlarm() {} }
  await using writer = openWriter({ ...settings, head: { ...head, opvolger: null } })
  const record = JSON.parse(
    (await recordRejection(audit, { call: newCall(noon), log: 'vertrouwelijk', redenen: ['x'] }))
      .logregel,
  )
  await writer.append({ record, tekst: JSON.stringify(record), personen: [], rijen: [] })
  const { geldig, groep } = await verifyLog(store.query, options)
  assert.deepEqual({ geldig, groep }, { geldig: false, groep: [2, 3] })
})

test('a log put back to yesterday is not opened on a host that saw it today', async t => {
  const { store, dirs, groupOf } = await writeLog(t, 'postgres')
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
  const written = await writeLog(t, 'postgres')
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
    `UPDATE audit.checkpoint SET note = replace(note, 'A', 'B') WHERE grootte > 530`,
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

test('the gateway does not start without a log, or with the key of another', async t => {
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
  await createLogs({ store, keysDir: own.keysDir, clock }) // keeps what is there
  await (await openActive(store, own))[Symbol.asyncDispose]()
})
