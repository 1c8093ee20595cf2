// Is the log still what was signed? The auditor: leaves, search columns, tree, tiles and every checkpoint.
import type { Query } from '../store.ts'
import { type Checkpoint, readVkey, type Verifier, verifyCheckpoint } from './checkpoint.ts'
import { searchColumns } from './log-record.ts'
import { type LeafRow, readGroups, readLeaf, readLeaves, sizeOf } from './stored-rows.ts'
import { width } from './tiles.ts'
import { emptyTree, leafHash } from './tree.ts'
import {
  checkGenesis,
  checkRow,
  closeGroup,
  type Fault,
  type Progress,
  type Scan,
} from './verify-group.ts'

export interface Verdict {
  readonly geldig: boolean
  readonly log: string
  /** Size of the tree that was judged. */
  readonly grootte: number
  /** Where leaf and stored hash or columns differ, or where a leaf is missing or too many. */
  readonly index?: number
  /** Else the first group [from, to) whose checkpoint or tiles fail. */
  readonly groep?: readonly [number, number]
  /** Of a fork: the root in the checkpoint held elsewhere, and ours of the same size, in base64. */
  readonly koppen?: readonly [gehouden: string, eigen: string]
  readonly reden?: string
}

export interface VerifyOptions {
  readonly log: string
  /** The key to believe: better one's own copy than the one in the database. */
  readonly known: Verifier
  /** Checkpoints held elsewhere, as signed notes: the log must contain each of them. */
  readonly held?: readonly string[]
  /** Told so often that others get their turn in between; what it throws ends the work. */
  readonly onProgress?: (checked: number, of: number) => Promise<void>
}

const leavesPerTurn = 250

/** Streams: memory holds one page of leaves and one group. */
export async function verifyLog(query: Query, options: VerifyOptions): Promise<Verdict> {
  const { log, known, onProgress } = options
  const held = (options.held ?? []).map(note => verifyCheckpoint(note, known))
  const size = await sizeOf(query, log)
  const fault =
    (await findFault(query, { log, known, held, size }, onProgress)) ??
    held.filter(one => one.size > BigInt(size)).map(one => tooShort(size, one))[0] ??
    (await checkLogRow(query, options))
  return { geldig: !fault, log, grootte: size, ...fault }
}

function tooShort(size: number, held: Checkpoint): Fault {
  return { groep: [size, Number(held.size)], reden: 'het log is korter dan een ouder checkpoint' }
}

/** What the log says of itself is in the key that signs it, and in its first checkpoint. */
async function checkLogRow(
  query: Query,
  { log, known }: VerifyOptions,
): Promise<Fault | undefined> {
  const [row] = await query<{ naam: string; origin: string; vkey: string; begonnen: boolean }>(
    `SELECT naam, origin, vkey, EXISTS (SELECT 1 FROM audit.checkpoint c
       WHERE c.log = l.log AND c.vorige = -1 AND c.tijd = l.begonnen) AS begonnen
     FROM audit.log l WHERE log = $1`,
    [log],
  )
  const right =
    row?.begonnen && row.origin === known.name && log.startsWith(row.naam) && isKey(row.vkey, known)
  return right ? undefined : { groep: [0, 0], reden: 'het begin van dit log is gewijzigd' }
}

function isKey(vkey: string, known: Verifier): boolean {
  try {
    const { name, key } = readVkey(vkey)
    return name === known.name && key.equals(known.key)
  } catch {
    return false
  }
}

/** A fault of one leaf goes before a fault of a group, also of an earlier one. */
async function findFault(
  query: Query,
  scan: Scan,
  onProgress: VerifyOptions['onProgress'],
): Promise<Fault | undefined> {
  const groups = readGroups(query, scan)
  let group = (await groups.next()).value
  const tijd = group?.tijd ?? 0
  let at: Progress = { tree: emptyTree, edges: [], epoch: '', tijd, ended: false }
  let broken = checkGenesis(group, scan)
  let hashes: Buffer[] = []
  let next = 0
  if (!broken) group = (await groups.next()).value
  broken ??= group && checkRow(group, at, scan)
  for await (const leaf of readLeaves(query, scan)) {
    const fault = checkLeaf(leaf, next)
    if (fault) return fault
    next += 1
    if (onProgress && next % leavesPerTurn === 0) await onProgress(next, scan.size)
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
