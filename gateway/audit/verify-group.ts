// Does this group follow from the one before it? Its checkpoint, tree, tiles and epoch, recomputed.
import type { Query } from '../store.ts'
import { groupId } from './append-statement.ts'
import { BadEvidence, type Checkpoint, type Verifier, verifyCheckpoint } from './checkpoint.ts'
import { epochKinds } from './log-record.ts'
import { type GroupRow, type LeafRow, readLeaf, type Stored } from './stored-rows.ts'
import { type Edges, fullTiles, type Tile } from './tiles.ts'
import { type Growth, grow, rootOf, type Tree } from './tree.ts'

export interface Scan extends Stored {
  readonly known: Verifier
  readonly held: readonly Checkpoint[]
}

export interface Fault {
  readonly index?: number
  readonly groep?: readonly [number, number]
  /** Of a fork: the root in the checkpoint held elsewhere, and ours of the same size, in base64. */
  readonly koppen?: readonly [gehouden: string, eigen: string]
  readonly reden: string
}

/** The tree as far as it was recomputed, and the checkpoint it stands at. */
export interface Progress {
  readonly tree: Tree
  readonly edges: Edges
  readonly epoch: string
  readonly tijd: number
  readonly ended: boolean
}

export function checkGenesis(row: GroupRow | undefined, scan: Scan): Fault | undefined {
  const right = row?.vorige === -1 && row.grootte === 0 && row.epoch === '' && row.opvolger === null
  if (row && right) return checkNote(row, scan)
  return { groep: [0, row?.grootte ?? 0], reden: 'het eerste checkpoint ontbreekt of klopt niet' }
}

/** What a checkpoint's row says of itself and of the one before it. */
export function checkRow(row: GroupRow, at: Progress, scan: Scan): Fault | undefined {
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

export interface Closing {
  readonly scan: Scan
  readonly group: GroupRow
  readonly at: Progress
  readonly hashes: readonly Buffer[]
  readonly last: LeafRow
}

/** The tree after this group: against its checkpoint, its tiles, and every checkpoint held elsewhere. */
export async function closeGroup(query: Query, closing: Closing): Promise<Progress | Fault> {
  const { scan, group, at, hashes } = closing
  const from = at.tree.size
  const wrong = (reden: string): Fault => ({ groep: [from, group.grootte], reden })
  const growth = grow(at.tree, hashes)
  if (!rootOf(growth.tree).equals(group.wortel)) {
    return wrong('de logregels horen niet bij het checkpoint')
  }
  for (const held of scan.held) {
    const own = rootAt(Number(held.size), at.tree, growth, hashes)
    if (own === undefined || own.equals(held.root)) continue
    return {
      groep: [0, Number(held.size)],
      koppen: [held.root.toString('base64'), own.toString('base64')],
      reden: 'het log bevat een ander verleden dan een ouder checkpoint',
    }
  }
  const { tiles, edges } = fullTiles(at.edges, from, growth)
  if (!(await storedAlike(query, scan.log, tiles))) return wrong('een tegel klopt niet')
  const record = readLeaf(closing.last)
  const changed = record && epochKinds.includes(record.soort) ? record.epoch : undefined
  const epoch = changed ?? at.epoch
  if (group.epoch !== epoch) return wrong('het actieve beleid hoort niet bij de logregels')
  const opvolger = record?.soort === 'log-einde' ? (record.opvolger ?? null) : null
  if (group.opvolger !== opvolger) return wrong('de opvolger hoort niet bij de logregels')
  return { tree: growth.tree, edges, epoch, tijd: group.tijd, ended: opvolger !== null }
}

/** The root this log had at a size within this group; undefined when the size lies elsewhere. */
function rootAt(
  size: number,
  before: Tree,
  { tree }: Growth,
  hashes: readonly Buffer[],
): Buffer | undefined {
  if (size > tree.size || (size <= before.size && size > 0)) return undefined
  return rootOf(grow(before, hashes.slice(0, size - before.size)).tree)
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
