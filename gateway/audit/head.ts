// Where does the log stand? The newest checkpoint with the edge of its tree, checked when read.
import type { Query } from '../store.ts'
import type { LogName } from '../terms.ts'
import type { HeadRow } from './append-statement.ts'
import { type Verifier, verifyCheckpoint } from './checkpoint.ts'
import { type Edges, fullTiles, readEdges, treeOf } from './tiles.ts'
import { grow, rootOf, type Tree } from './tree.ts'

/** The log is not what this host knows it to be. Nothing may be signed any more. */
export class LogDamaged extends Error {
  override name = 'LogDamaged'
}

export interface LogRow {
  readonly log: string
  readonly naam: LogName
  readonly origin: string
  readonly vkey: string
}

export interface Head extends HeadRow {
  readonly tree: Tree
  readonly edges: Edges
}

const columns = 'vorige, grootte, wortel, note, groep, epoch, opvolger, tijd'

/** The log of this name that was begun last. */
export async function readLogRow(query: Query, naam: LogName): Promise<LogRow | undefined> {
  return (await readLogRows(query, naam)).at(-1)
}

/** Every log of this name, in order of succession. */
export async function readLogRows(query: Query, naam: LogName): Promise<LogRow[]> {
  return await query<LogRow>(
    'SELECT log, naam, origin, vkey FROM audit.log WHERE naam = $1 ORDER BY length(log), log',
    [naam],
  )
}

export async function readHeadRow(query: Query, log: string): Promise<HeadRow | undefined> {
  const [row] = await query<HeadRow>(
    `SELECT ${columns} FROM audit.checkpoint WHERE log = $1 ORDER BY grootte DESC LIMIT 1`,
    [log],
  )
  return row
}

/** Reads the head with the right edge of its tree out of tiles and leaves, and checks all against the key. */
export async function readHead(query: Query, log: string, known: Verifier): Promise<Head> {
  const row = await readHeadRow(query, log)
  if (!row) throw new LogDamaged('het log heeft geen checkpoint')
  checkNote(row, known)
  const edges = await readEdges(query, log, row.grootte)
  if (!edges) throw new LogDamaged('tegels of logregels van het laatste checkpoint ontbreken')
  const tree = treeOf(row.grootte, edges)
  if (!rootOf(tree).equals(row.wortel)) {
    throw new LogDamaged('de tegels en logregels horen niet bij het laatste checkpoint')
  }
  return { ...row, tree, edges }
}

function checkNote(row: HeadRow, known: Verifier): void {
  try {
    const { size, root } = verifyCheckpoint(row.note, known)
    if (size === BigInt(row.grootte) && root.equals(row.wortel)) return
  } catch (error) {
    throw new LogDamaged('het laatste checkpoint is niet ondertekend', { cause: error })
  }
  throw new LogDamaged('het laatste checkpoint en zijn ondertekening verschillen')
}

/** What another process added since; the head we knew must still be in it (design §5, Start and run). */
export async function followHead(
  query: Query,
  log: string,
  known: Verifier,
  head: Head,
): Promise<Head> {
  const [own] = await query<HeadRow>(
    `SELECT ${columns} FROM audit.checkpoint WHERE log = $1 AND grootte = $2`,
    [log, head.grootte],
  )
  if (!own?.wortel.equals(head.wortel) || own.epoch !== head.epoch) {
    throw new LogDamaged('het log is korter of anders dan dit proces het kende')
  }
  const row = await readHeadRow(query, log)
  if (!row || row.grootte === head.grootte) return { ...head, ...own }
  checkNote(row, known)
  const next = await extendHead(query, log, head, row.grootte)
  if (!rootOf(next.tree).equals(row.wortel)) {
    throw new LogDamaged('een nieuw checkpoint volgt niet uit het vorige')
  }
  return { ...row, ...next }
}

const pageSize = 5_000

async function extendHead(
  query: Query,
  log: string,
  { tree, edges }: Pick<Head, 'tree' | 'edges'>,
  size: number,
): Promise<Pick<Head, 'tree' | 'edges'>> {
  let at = { tree, edges }
  while (at.tree.size < size) {
    const rows = await query<{ hash: Buffer }>(
      `SELECT hash FROM audit.leaf WHERE log = $1 AND idx >= $2 AND idx < $3 ORDER BY idx LIMIT $4`,
      [log, at.tree.size, size, pageSize],
    )
    if (rows.length === 0) throw new LogDamaged('logregels van het laatste checkpoint ontbreken')
    const growth = grow(
      at.tree,
      rows.map(({ hash }) => hash),
    )
    at = { tree: growth.tree, edges: fullTiles(at.edges, at.tree.size, growth).edges }
  }
  return at
}
