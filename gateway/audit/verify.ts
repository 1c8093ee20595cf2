// Is the log still what was signed? The auditor: leaves, search columns, tree, tiles and every checkpoint.
import type { Query } from '../store.ts'
import { groupId, type HeadRow } from './append-statement.ts'
import { BadEvidence, type Checkpoint, type Verifier, verifyCheckpoint } from './checkpoint.ts'
import { type LogRecord, searchColumns } from './log-record.ts'
import { type Edges, fullTiles, type Tile, width } from './tiles.ts'
import { emptyTree, type Growth, grow, leafHash, rootOf, type Tree } from './tree.ts'

export interface Verdict {
  readonly geldig: boolean
  readonly log: string
  /** Size of the tree that was judged. */
  readonly grootte: number
  /** Where leaf and stored hash or columns differ, or where a leaf is missing or too many. */
  readonly index?: number
  /** Else the first group [from, to) whose checkpoint or tiles fail. */
  readonly groep?: readonly [number, number]
  readonly reden?: string
}

export interface VerifyOptions {
  readonly log: string
  /** The key to believe: better one's own copy than the one in the database. */
  readonly known: Verifier
  /** Checkpoints held elsewhere, as signed notes: the log must contain each of them. */
  readonly held?: readonly string[]
}

interface Fault {
  readonly index?: number
  readonly groep?: readonly [number, number]
  readonly reden: string
}

/** The tree as far as it was recomputed, and the checkpoint it stands at. */
interface Progress {
  readonly tree: Tree
  readonly edges: Edges
  readonly epoch: string
  readonly tijd: number
  readonly ended: boolean
}

/** Streams: memory holds one page of leaves and one group. */
export async function verifyLog(query: Query, options: VerifyOptions): Promise<Verdict> {
  const { log, known } = options
  const held = (options.held ?? []).map(note => verifyCheckpoint(note, known))
  const size = await sizeOf(query, log)
  const fault =
    (await findFault(query, { log, known, held, size })) ??
    held.filter(one => one.size > BigInt(size)).map(one => tooShort(size, one))[0]
  return { geldig: !fault, log, grootte: size, ...fault }
}

function tooShort(size: number, held: Checkpoint): Fault {
  return { groep: [size, Number(held.size)], reden: 'het log is korter dan een ouder checkpoint' }
}

interface Scan {
  readonly log: string
  readonly known: Verifier
  readonly held: readonly Checkpoint[]
  readonly size: number
}

/** A fault of one leaf goes before a fault of a group, also of an earlier one. */
async function findFault(query: Query, scan: Scan): Promise<Fault | undefined> {
  const groups = readGroups(query, scan)
  let group = (await groups.next()).value
  let at: Progress = { tree: emptyTree, edges: [], epoch: '', tijd: 0, ended: false }
  let broken = checkGenesis(group, scan)
  let hashes: Buffer[] = []
  let next = 0
  if (!broken) group = (await groups.next()).value
  broken ??= group && checkRow(group, at, scan)
  for await (const leaf of readLeaves(query, scan)) {
    const fault = checkLeaf(leaf, next)
    if (fault) return fault
    next += 1
    if (broken) continue
    hashes.push(leaf.hash)
    if (!group || next < group.grootte) continue
    const closed = await closeGroup(query, { scan, group, at, hashes, last: leaf })
    if ('reden' in closed) broken = closed
    else {
      at = closed
      hashes = []
      group = (await groups.next()).value
      broken = group && checkRow(group, at, scan)
    }
  }
  if (broken) return broken
  if (next < scan.size) return { index: next, reden: 'een logregel ontbreekt' }
  return (await findSurplus(query, scan.log)) ?? undefined
}

interface LeafRow extends Readonly<Record<(typeof searchColumns)[number], string | null>> {
  readonly idx: string
  readonly hash: Buffer
  readonly tekst: string
}

/** Numbers come as text: an edited row may hold any. */
const leafColumns = searchColumns.map(name => `${name}::text`).join(', ')
const leavesPerPage = 1_000
const groupsPerPage = 500

async function* readLeaves(query: Query, { log, size }: Scan): AsyncGenerator<LeafRow> {
  for (let after = '-9223372036854775808'; ; ) {
    const rows = await query<LeafRow>(
      `SELECT idx::text, hash, tekst, ${leafColumns} FROM audit.leaf
       WHERE log = $1 AND idx > $2::bigint AND idx < $3::bigint ORDER BY leaf.idx LIMIT ${leavesPerPage}`,
      [log, after, size],
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < leavesPerPage) return
    after = last.idx
  }
}

async function* readGroups(
  query: Query,
  { log, size }: Scan,
): AsyncGenerator<GroupRow, undefined, undefined> {
  for (let after = '-9223372036854775808'; ; ) {
    const rows = await query<Record<keyof GroupRow, string> & { wortel: Buffer }>(
      `SELECT vorige::text, grootte::text, wortel, note, groep::text, epoch, opvolger, tijd::text
       FROM audit.checkpoint WHERE log = $1 AND vorige > $2::bigint AND grootte <= $3::bigint
       ORDER BY checkpoint.vorige LIMIT ${groupsPerPage}`,
      [log, after, size],
    )
    for (const row of rows) {
      const { vorige, grootte, tijd } = row
      yield { ...row, vorige: Number(vorige), grootte: Number(grootte), tijd: Number(tijd) }
    }
    const last = rows.at(-1)
    if (!last || rows.length < groupsPerPage) return undefined
    after = last.vorige
  }
}

interface GroupRow extends HeadRow {
  readonly groep: string
}

async function sizeOf(query: Query, log: string): Promise<number> {
  const [row] = await query<{ grootte: string | null }>(
    'SELECT max(grootte)::text AS grootte FROM audit.checkpoint WHERE log = $1',
    [log],
  )
  return Number(row?.grootte ?? 0)
}

function checkLeaf(leaf: LeafRow, expected: number): Fault | undefined {
  const index = Number(leaf.idx)
  if (index > expected) return { index: expected, reden: 'een logregel ontbreekt' }
  if (index < expected) return { index, reden: 'een logregel staat er te veel' }
  if (!leafHash(leaf.tekst).equals(leaf.hash)) {
    return { index, reden: 'de logregel en zijn hash verschillen' }
  }
  const wrong = wrongColumn(leaf)
  return wrong === undefined
    ? undefined
    : { index, reden: `zoekkolom ${wrong} hoort niet bij de logregel` }
}

function wrongColumn(leaf: LeafRow): string | undefined {
  const record = readLeaf(leaf)
  if (!record) return 'tekst'
  return searchColumns.find(name => {
    const value = record[name]
    return (value === undefined ? null : String(value)) !== leaf[name]
  })
}

function readLeaf({ tekst }: LeafRow): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(tekst)
    return typeof value === 'object' && value !== null ? (value as LogRecord) : undefined
  } catch {
    return undefined
  }
}

function checkGenesis(row: GroupRow | undefined, scan: Scan): Fault | undefined {
  const right = row?.vorige === -1 && row.grootte === 0 && row.epoch === '' && row.opvolger === null
  if (row && right) return checkNote(row, scan)
  return { groep: [0, row?.grootte ?? 0], reden: 'het eerste checkpoint ontbreekt of klopt niet' }
}

/** What a checkpoint's row says of itself and of the one before it. */
function checkRow(row: GroupRow, at: Progress, scan: Scan): Fault | undefined {
  const from = at.tree.size
  const wrong = (reden: string): Fault => ({ groep: [from, row.grootte], reden })
  if (row.vorige !== from) return wrong('een checkpoint ontbreekt of sluit niet aan')
  if (at.ended) return wrong('na het einde van het log staat nog een checkpoint')
  if (row.tijd < at.tijd) return wrong('een checkpoint is ouder dan het vorige')
  return checkNote(row, scan)
}

function checkNote(row: GroupRow, { known }: Scan): Fault | undefined {
  const groep = [Math.max(row.vorige, 0), row.grootte] as const
  try {
    const { size, root } = verifyCheckpoint(row.note, known)
    if (size !== BigInt(row.grootte) || !root.equals(row.wortel)) {
      return { groep, reden: 'een checkpoint en zijn ondertekening verschillen' }
    }
  } catch (error) {
    if (!(error instanceof BadEvidence)) throw error
    return { groep, reden: error.message }
  }
  return row.groep === groupId(row)
    ? undefined
    : { groep, reden: 'een checkpoint is na het vastleggen gewijzigd' }
}

interface Closing {
  readonly scan: Scan
  readonly group: GroupRow
  readonly at: Progress
  readonly hashes: readonly Buffer[]
  readonly last: LeafRow
}

/** The tree after this group: against its checkpoint, its tiles, and every checkpoint held elsewhere. */
async function closeGroup(query: Query, closing: Closing): Promise<Progress | Fault> {
  const { scan, group, at, hashes } = closing
  const from = at.tree.size
  const wrong = (reden: string): Fault => ({ groep: [from, group.grootte], reden })
  const growth = grow(at.tree, hashes)
  if (!rootOf(growth.tree).equals(group.wortel)) {
    return wrong('de logregels horen niet bij het checkpoint')
  }
  const foreign = scan.held.find(held => !contains(held, at.tree, growth, hashes))
  if (foreign) {
    return {
      groep: [0, Number(foreign.size)],
      reden: 'het log bevat een ander verleden dan een ouder checkpoint',
    }
  }
  const { tiles, edges } = fullTiles(at.edges, from, growth)
  if (!(await storedAlike(query, scan.log, tiles))) return wrong('een tegel klopt niet')
  const record = readLeaf(closing.last)
  const epoch = record?.soort === 'beleidsactivering' ? (record.epoch ?? '') : at.epoch
  if (group.epoch !== epoch) return wrong('het actieve beleid hoort niet bij de logregels')
  const opvolger = record?.soort === 'log-einde' ? (record.opvolger ?? null) : null
  if (group.opvolger !== opvolger) return wrong('de opvolger hoort niet bij de logregels')
  return { tree: growth.tree, edges, epoch, tijd: group.tijd, ended: opvolger !== null }
}

/** False when the held checkpoint lies within this group and has another root. */
function contains(
  held: Checkpoint,
  before: Tree,
  { tree }: Growth,
  hashes: readonly Buffer[],
): boolean {
  const size = Number(held.size)
  if (size > tree.size || (size <= before.size && size > 0)) return true
  return rootOf(grow(before, hashes.slice(0, size - before.size)).tree).equals(held.root)
}

async function storedAlike(query: Query, log: string, tiles: readonly Tile[]): Promise<boolean> {
  for (const { level, n, data } of tiles) {
    const [stored] = await query<{ data: Buffer }>(
      'SELECT data FROM audit.tile WHERE log = $1 AND level = $2 AND n = $3',
      [log, level, n],
    )
    if (!stored?.data.equals(data)) return false
  }
  return true
}

/** Leaves and tiles that no checkpoint covers; asked in one statement, for the log may be growing. */
async function findSurplus(query: Query, log: string): Promise<Fault | undefined> {
  const [row] = await query<{
    idx: string | null
    tegels: string
    grootte: string
    vorige: string
  }>(
    `WITH top AS (SELECT max(grootte) AS grootte, max(vorige) AS vorige
                  FROM audit.checkpoint WHERE log = $1)
     SELECT (SELECT min(idx)::text FROM audit.leaf WHERE log = $1 AND idx >= top.grootte) AS idx,
       (SELECT count(*)::text FROM audit.tile WHERE log = $1) AS tegels,
       grootte::text, vorige::text FROM top`,
    [log],
  )
  if (!row) return undefined
  if (row.idx !== null) {
    return { index: Number(row.idx), reden: 'een logregel staat na het laatste checkpoint' }
  }
  const size = Number(row.grootte)
  let full = 0
  for (let span = width; span <= size; span *= width) full += Math.floor(size / span)
  return Number(row.tegels) === full
    ? undefined
    : { groep: [Number(row.vorige), size], reden: 'er staat een tegel te veel' }
}
