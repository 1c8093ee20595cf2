// Does the auditor find every change of what the log's tables hold? Random ones, each taken back at once.
import assert from 'node:assert/strict'
import { groupId, type HeadRow } from '../gateway/audit/append-statement.ts'
import type { Audit } from '../gateway/audit/commit.ts'
import { readSigner } from '../gateway/audit/keys.ts'
import { recordRejection } from '../gateway/audit/record.ts'
import { leafHash } from '../gateway/audit/tree.ts'
import { type Verdict, type VerifyOptions, verifyLog } from '../gateway/audit/verify.ts'
import { newCall } from '../gateway/call.ts'
import type { Query, Store } from '../gateway/store.ts'
import {
  activate,
  type Dirs,
  disclose,
  epoch,
  noon,
  openActive,
  refuse,
  waterstad,
} from '../test/audit/log.ts'
import { type Dice, dice } from './random.ts'
import type { Report } from './report.ts'

/** A log to change, with what is known of it. */
export interface Written {
  readonly store: Store
  readonly dirs: Dirs
  readonly options: VerifyOptions
  readonly size: number
  readonly note: string
  /** The group [from, to) that holds this leaf. */
  readonly groupOf: (index: number) => [number, number]
}

/** Where a change must be found: at this leaf, or in this group. */
export type Place = Pick<Verdict, 'index' | 'groep'>

export async function reject(audit: Audit, count: number): Promise<void> {
  const rejection = { log: 'gewoon', redenen: ['niet-toegelaten'], partij: waterstad } as const
  await Promise.all(
    Array.from({ length: count }, () =>
      recordRejection(audit, { ...rejection, call: newCall(noon), uitwisseling: 'uwv' }),
    ),
  )
}

/** A log of two full tiles and more, in groups of every size, with an activation in its midst. */
export async function writeLog(store: Store, dirs: Dirs, seed = 7): Promise<Written> {
  await using audit = await openActive(store, dirs)
  for (let n = seed, left = 530; left > 0; n = ((n * 5 + 3) % 40) + 1) {
    await reject(audit, Math.min(n, left))
    left -= n
    if (left > 250 && left < 290) await activate(audit, `${epoch}b`)
  }
  await activate(audit, epoch)
  await disclose(audit)
  await Promise.all([disclose(audit), disclose(audit), refuse(audit, [{ code: 'NOODREM' }])])
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
export async function judged(
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

export function placeOf({ index, groep }: Verdict): Place {
  return { ...(index !== undefined && { index }), ...(groep && { groep }) }
}

export interface Edit {
  readonly name: string
  readonly apply: (query: Query, index: number, written: Written, die: Dice) => Promise<unknown>
  readonly at: (index: number, written: Written) => Place
}

export interface MutationsResult {
  readonly mutations: number
  /** Each with its seed and what the auditor said instead. */
  readonly missed: readonly string[]
}

/** One random edit at one random leaf per seed. */
export async function mutations(
  written: Written,
  firstSeed: number,
  seeds: number,
  report: Report = () => {},
): Promise<MutationsResult> {
  const missed: string[] = []
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const die = dice(seed)
    const edit = die.pick(edits)
    const index = die.below(written.size)
    const verdict = await judged(written, query => edit.apply(query, index, written, die))
    const found = JSON.stringify(placeOf(verdict))
    const wanted = JSON.stringify(edit.at(index, written))
    if (verdict.geldig || found !== wanted) {
      missed.push(`zaad ${seed}: ${edit.name} bij ${index}: ${wanted} en niet ${found}`)
    }
    report.at?.(seed - firstSeed + 1, seeds)
    if ((seed - firstSeed + 1) % 1_000 === 0)
      report(`${seed - firstSeed + 1}: ${missed.length} gemist`)
  }
  return { mutations: seeds, missed }
}

const leafAt = (index: number) => ({ index })
const groupAt = (index: number, { groupOf }: Written) => ({ groep: groupOf(index) })
const lastGroup = (_: number, written: Written) => groupAt(written.size - 1, written)
const beginning = () => ({ groep: [0, 0] as const })
const where = `WHERE log = 'gewoon' AND idx = $1`
export const checkpointOf = `WHERE log = 'gewoon' AND vorige <= $1 AND grootte > $1`
const tileOf = (index: number) => (index < 256 ? 0 : 1)
const tileAt = (index: number, written: Written) => groupAt(tileOf(index) * 256 + 255, written)
const leafColumns = `hash, tekst, soort, transactie, tijd, verstrekker, ontvanger, namens, uitwisseling,
  uitkomst`

function sql(text: string): Edit['apply'] {
  return (query, index) => query(text, [index])
}

function onTile(text: string): Edit['apply'] {
  return (query, index) => query(text, [tileOf(index)])
}

async function textOf(query: Query, index: number): Promise<string> {
  const [row] = await query<{ tekst: string }>(`SELECT tekst FROM audit.leaf ${where}`, [index])
  return row?.tekst ?? ''
}

async function setText(query: Query, index: number, tekst: string, hash?: Buffer): Promise<void> {
  await query(`UPDATE audit.leaf SET tekst = $2, hash = coalesce($3, hash) ${where}`, [
    index,
    tekst,
    hash,
  ])
}

/** One character more, fewer or other, anywhere in the text. */
async function retype(query: Query, index: number, _: Written, die: Dice): Promise<void> {
  const tekst = await textOf(query, index)
  const at = die.below(tekst.length)
  const other = tekst[at] === 'x' ? 'y' : 'x'
  const [insert, skip] = die.pick([
    [other, 1],
    [other, 0],
    ['', 1],
  ] as const)
  await setText(query, index, tekst.slice(0, at) + insert + tekst.slice(at + skip))
}

async function rewrite(query: Query, index: number): Promise<void> {
  const tekst = (await textOf(query, index)).replace(/"spanId":"./, '"spanId":"_')
  await setText(query, index, tekst, leafHash(tekst))
}

/** Leaf, hash, search column and tile all say the same lie: only the signature does not. */
async function rewriteAll(query: Query, index: number): Promise<void> {
  const tekst = (await textOf(query, index)).replace(/"uitkomst":"/, '"uitkomst":"_')
  const hash = leafHash(tekst)
  await setText(query, index, tekst, hash)
  await query(`UPDATE audit.leaf SET uitkomst = '_' || uitkomst ${where}`, [index])
  await query(
    `UPDATE audit.tile SET data = overlay(data PLACING $2::bytea FROM $3::int)
     WHERE log = 'gewoon' AND n = $1 AND level = 0`,
    [Math.floor(index / 256), hash, (index % 256) * 32 + 1],
  )
}

async function swapLeaves(query: Query, index: number, { size }: Written): Promise<void> {
  const other = (index + 1) % size
  const set = `UPDATE audit.leaf SET idx = $2 ${where}`
  await query(set, [index, -1])
  await query(set, [other, index])
  await query(set, [-1, other])
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

const leafEdits: readonly Edit[] = [
  {
    name: 'a leaf whose text was edited',
    apply: sql(`UPDATE audit.leaf SET tekst = replace(tekst, '"v":1', '"v":2') ${where}`),
    at: leafAt,
  },
  { name: 'a leaf of which one character is another', apply: retype, at: leafAt },
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
  {
    name: 'one bit of a stored hash',
    apply: (query, index, _, die) =>
      query(
        `UPDATE audit.leaf SET hash = set_bit(hash, $2::int, 1 - get_bit(hash, $2::int)) ${where}`,
        [index, die.below(256)],
      ),
    at: leafAt,
  },
  {
    name: 'a hash cut short',
    apply: sql(`UPDATE audit.leaf SET hash = substring(hash FOR 31) ${where}`),
    at: leafAt,
  },
  { name: 'a leaf rewritten together with its hash', apply: rewrite, at: groupAt },
  {
    name: 'a leaf rewritten together with its hash, search column and tile',
    apply: rewriteAll,
    at: groupAt,
  },
  { name: 'a deleted leaf', apply: sql(`DELETE FROM audit.leaf ${where}`), at: leafAt },
  {
    name: 'a leaf moved to another log',
    apply: sql(`UPDATE audit.leaf SET log = 'gewoon-2' ${where}`),
    at: leafAt,
  },
  {
    name: 'a leaf moved past the end',
    apply: (query, index, { size }) =>
      query(`UPDATE audit.leaf SET idx = $2 ${where}`, [index, size + 3]),
    at: leafAt,
  },
  {
    name: 'a leaf after the last checkpoint',
    apply: (query, index, { size }) =>
      query(
        `INSERT INTO audit.leaf (log, idx, ${leafColumns})
         SELECT log, $2, ${leafColumns} FROM audit.leaf ${where}`,
        [index, size],
      ),
    at: (_, { size }) => ({ index: size }),
  },
  {
    name: 'a leaf before the first',
    apply: sql(
      `INSERT INTO audit.leaf (log, idx, ${leafColumns})
       SELECT log, -5, ${leafColumns} FROM audit.leaf ${where}`,
    ),
    at: () => ({ index: -5 }),
  },
  {
    name: 'a leaf written over by another',
    apply: (query, index, { size }) =>
      query(
        `UPDATE audit.leaf SET (${leafColumns}) = (SELECT ${leafColumns} FROM audit.leaf
           WHERE log = 'gewoon' AND idx = $2) ${where}`,
        [index, (index + 7) % size],
      ),
    at: groupAt,
  },
  {
    name: 'two leaves swapped',
    apply: swapLeaves,
    at: (index, written) => groupAt(index === written.size - 1 ? 0 : index, written),
  },
  ...['soort', 'verstrekker', 'ontvanger', 'namens', 'uitwisseling', 'uitkomst'].flatMap(
    (column): Edit[] => [
      {
        name: `search column ${column} changed`,
        apply: sql(`UPDATE audit.leaf SET ${column} = coalesce(${column}, '') || 'x' ${where}`),
        at: leafAt,
      },
    ],
  ),
  {
    name: 'search column ontvanger taken away',
    apply: sql(`UPDATE audit.leaf SET ontvanger = nullif(ontvanger, ontvanger),
      namens = CASE WHEN ontvanger IS NULL THEN 'x' END ${where}`),
    at: leafAt,
  },
  {
    name: 'search column tijd changed',
    apply: sql(`UPDATE audit.leaf SET tijd = 9223372036854775807 ${where}`),
    at: leafAt,
  },
  {
    name: 'search column tijd a millisecond later',
    apply: sql(`UPDATE audit.leaf SET tijd = tijd + 1 ${where}`),
    at: leafAt,
  },
  {
    name: 'search column transactie changed',
    apply: sql(`UPDATE audit.leaf SET transactie = gen_random_uuid() ${where}`),
    at: leafAt,
  },
]

const tileEdits: readonly Edit[] = [
  {
    name: 'a changed tile',
    apply: (query, index) =>
      query(
        `UPDATE audit.tile SET data = overlay(data PLACING '\\x00112233'::bytea FROM $2)
         WHERE log = 'gewoon' AND n = $1`,
        [tileOf(index), index + 1],
      ),
    at: tileAt,
  },
  {
    name: 'one bit of a tile',
    apply: (query, index, _, die) =>
      query(
        `UPDATE audit.tile SET data = set_bit(data, $2::int, 1 - get_bit(data, $2::int))
         WHERE log = 'gewoon' AND n = $1`,
        [tileOf(index), die.below(8_192 * 8)],
      ),
    at: tileAt,
  },
  {
    name: 'a deleted tile',
    apply: onTile(`DELETE FROM audit.tile WHERE log = 'gewoon' AND n = $1`),
    at: tileAt,
  },
  {
    name: 'a tile moved to another level',
    apply: onTile(`UPDATE audit.tile SET level = 1 WHERE log = 'gewoon' AND n = $1`),
    at: tileAt,
  },
  {
    name: 'a tile moved to another place',
    apply: onTile(`UPDATE audit.tile SET n = n + 100 WHERE log = 'gewoon' AND n = $1`),
    at: tileAt,
  },
  {
    name: 'a tile moved to another log',
    apply: onTile(`UPDATE audit.tile SET log = 'gewoon-2' WHERE log = 'gewoon' AND n = $1`),
    at: tileAt,
  },
  {
    name: 'two tiles swapped',
    apply: async query => {
      for (const [from, to] of [
        [0, -1],
        [1, 0],
        [-1, 1],
      ]) {
        await query(`UPDATE audit.tile SET n = $2 WHERE log = 'gewoon' AND n = $1`, [from, to])
      }
    },
    at: (_, written) => tileAt(0, written),
  },
  {
    name: 'a tile too many',
    apply: query =>
      query(
        `INSERT INTO audit.tile SELECT log, 1, 0, data FROM audit.tile WHERE log = 'gewoon' AND n = 0`,
      ),
    at: lastGroup,
  },
]

const checkpointEdits: readonly Edit[] = [
  ...[
    `wortel = sha256(wortel)`,
    `wortel = substring(wortel FOR 31)`,
    `note = replace(note, 'sluis', 'slujs')`,
    `note = note || E'\\n'`,
    `note = (SELECT note FROM audit.checkpoint WHERE log = 'vertrouwelijk' AND vorige = 0)`,
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
  {
    name: 'a checkpoint that says it is the first',
    apply: sql(`UPDATE audit.checkpoint SET vorige = -1000000 ${checkpointOf}`),
    at: (index, { groupOf }) => ({ groep: [0, groupOf(index)[1]] }),
  },
  {
    name: 'a checkpoint that says to cover more',
    apply: sql(`UPDATE audit.checkpoint SET grootte = grootte + 1000000 ${checkpointOf}`),
    at: (index, { groupOf }) => ({ groep: [groupOf(index)[0], groupOf(index)[1] + 1_000_000] }),
  },
  ...['DELETE FROM audit.checkpoint', `UPDATE audit.checkpoint SET log = 'gewoon-2'`].map(
    (text): Edit => ({
      name: `a checkpoint gone by ${text}`,
      apply: sql(`${text} ${checkpointOf}`),
      at(index, { groupOf, size }) {
        const [from, to] = groupOf(index)
        return to === size ? { index: from } : { groep: [from, groupOf(to)[1]] }
      },
    }),
  ),
  {
    name: 'a checkpoint too many',
    apply: (query, index, { size }) =>
      query(
        `INSERT INTO audit.checkpoint
         SELECT log, $2::bigint, $2::bigint + 1, wortel, note, gen_random_uuid(), epoch, opvolger, tijd
         FROM audit.checkpoint ${checkpointOf}`,
        [index, size],
      ),
    at: (_, { size }) => ({ groep: [size, size + 1] }),
  },
  {
    name: 'the signed notes of two checkpoints swapped',
    apply: async (query, index, { groupOf, size }) => {
      const [, to] = groupOf(index)
      const other = to === size ? 0 : to
      await query(
        `UPDATE audit.checkpoint c SET note = o.note, wortel = o.wortel
         FROM audit.checkpoint o WHERE c.log = 'gewoon' AND o.log = 'gewoon'
           AND ((c.vorige = $1 AND o.vorige = $2) OR (c.vorige = $2 AND o.vorige = $1))`,
        [groupOf(index)[0], other],
      )
    },
    at: (index, { groupOf, size }) => ({
      groep: groupOf(groupOf(index)[1] === size ? 0 : index),
    }),
  },
]

const logEdits: readonly Edit[] = [
  `naam = 'vertrouwelijk'`,
  `origin = origin || 'x'`,
  `vkey = (SELECT vkey FROM audit.log WHERE log = 'vertrouwelijk')`,
  `vkey = 'x'`,
  'begonnen = begonnen + 1',
  `log = 'gewoon-2'`,
].map(set => ({
  name: `the log's own row with ${set}`,
  apply: query => query(`UPDATE audit.log SET ${set} WHERE log = 'gewoon'`),
  at: beginning,
}))

export const edits: readonly Edit[] = [
  ...leafEdits,
  ...tileEdits,
  ...checkpointEdits,
  ...logEdits,
  {
    name: "the log's own row deleted",
    apply: query => query(`DELETE FROM audit.log WHERE log = 'gewoon'`),
    at: beginning,
  },
]
