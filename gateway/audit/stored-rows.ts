// What does the database say the log is? Its leaves and checkpoints, in pages, as they are stored.
import type { Query } from '../store.ts'
import type { HeadRow } from './append-statement.ts'
import { type LogRecord, searchColumns } from './log-record.ts'

/** One log up to a size: it may be growing meanwhile. */
export interface Stored {
  readonly log: string
  readonly size: number
}

export interface LeafRow extends Readonly<Record<(typeof searchColumns)[number], string | null>> {
  readonly idx: string
  readonly hash: Buffer
  readonly tekst: string
}

/** Numbers come as text: an edited row may hold any. */
const leafColumns = searchColumns.map(name => `${name}::text`).join(', ')
const leavesPerPage = 1_000
const groupsPerPage = 500

export async function* readLeaves(query: Query, { log, size }: Stored): AsyncGenerator<LeafRow> {
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

export async function* readGroups(
  query: Query,
  { log, size }: Stored,
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

export interface GroupRow extends HeadRow {
  readonly groep: string
}

/** Size of the newest checkpoint. */
export async function sizeOf(query: Query, log: string): Promise<number> {
  const [row] = await query<{ grootte: string | null }>(
    'SELECT max(grootte)::text AS grootte FROM audit.checkpoint WHERE log = $1',
    [log],
  )
  return Number(row?.grootte ?? 0)
}

/** Undefined when the text is no record at all. */
export function readLeaf({ tekst }: LeafRow): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(tekst)
    return typeof value === 'object' && value !== null ? (value as LogRecord) : undefined
  } catch {
    return undefined
  }
}
