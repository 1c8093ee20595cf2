// How does a group become durable? One statement, keyed on the previous size (design §5, Commit).
import { hash } from 'node:crypto'
import type { Query } from '../store.ts'
import type { Moment, RoomRow } from '../terms.ts'
import type { IndexRow, LogRecord } from './log-record.ts'
import { columnFits, roomTables } from './room-tables.ts'
import type { Tile } from './tiles.ts'

/** A record on its way into the log, with what must commit with it. */
export interface Entry {
  readonly record: LogRecord
  /** The leaf: `record` in RFC 8785. */
  readonly tekst: string
  readonly personen: readonly IndexRow[]
  readonly rijen: readonly RoomRow[]
  /** Only under this epoch; absent for what may be written under any. */
  readonly epoch?: string
  /** The epoch from here on. */
  readonly activeert?: string
  /** Ends the log. */
  readonly opvolger?: string
}

export interface HeadRow {
  readonly vorige: number
  readonly grootte: number
  readonly wortel: Buffer
  readonly note: string
  readonly epoch: string
  readonly opvolger: string | null
  readonly tijd: Moment
}

export interface Group {
  readonly log: string
  readonly id: string
  readonly row: HeadRow
  /** What it grows from: the head must still be this one. */
  readonly from: Pick<HeadRow, 'wortel' | 'epoch'>
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * A name for the group made of its own checkpoint row, so that a changed row shows and a repeated
 * statement is the same group (RFC 9562 §5.8).
 */
export function groupId({ note, epoch, opvolger, tijd }: Omit<HeadRow, 'vorige'>): string {
  const hex = hash('sha256', JSON.stringify([note, epoch, opvolger, tijd]))
  const variant = '89ab'[Number.parseInt(hex[15]!, 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(12, 15)}-${variant}${hex.slice(16, 19)}-${hex.slice(20, 32)}`
}

/**
 * Leaves hold no newline, so columns travel as lines: cheaper to write and to read than arrays or
 * JSON. `slot` is what a process that lost before takes for itself; see `underLock`.
 */
const append = `
WITH slot AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended('audit.' || $1::text, 0))),
nieuw AS (
  INSERT INTO audit.checkpoint (log, vorige, grootte, wortel, note, groep, epoch, opvolger, tijd)
  SELECT $1, $2::bigint, $3::bigint, $4::bytea, $5, $6::uuid, $7, $8, $9::bigint
  FROM slot, audit.checkpoint p
  WHERE p.log = $1 AND p.grootte = $2 AND p.wortel = $10::bytea AND p.epoch = $11
  ON CONFLICT DO NOTHING RETURNING vorige
), bladen AS (
  INSERT INTO audit.leaf (log, idx, hash, tekst, soort, transactie, tijd, verstrekker, ontvanger,
    namens, uitwisseling, uitkomst)
  SELECT $1, vorige + nr - 1, substring($12::bytea FROM ((nr - 1) * 32 + 1)::int FOR 32), tekst, soort,
    transactie::uuid, tijd::bigint, verstrekker, ontvanger, namens, uitwisseling, uitkomst
  FROM nieuw, unnest(string_to_array($13, E'\\n'), string_to_array($14, E'\\n'),
    string_to_array($15, E'\\n'), string_to_array($16, E'\\n'), string_to_array($17, E'\\n', ''),
    string_to_array($18, E'\\n', ''), string_to_array($19, E'\\n', ''),
    string_to_array($20, E'\\n', ''), string_to_array($21, E'\\n')) WITH ORDINALITY
    AS r (tekst, soort, transactie, tijd, verstrekker, ontvanger, namens, uitwisseling, uitkomst, nr)
), personen AS (
  INSERT INTO audit.persoon (log, maand, hmac, idx)
  SELECT $1, maand, decode(hmac, 'hex'), idx::bigint
  FROM nieuw, unnest(string_to_array($22, E'\\n'), string_to_array($23, E'\\n'),
    string_to_array($24, E'\\n')) AS r (hmac, maand, idx)
)`

const tegels = (from: number) => `, tegels AS (
  INSERT INTO audit.tile (log, level, n, data)
  SELECT $1, level::smallint, n::bigint, substring($${from}::bytea FROM ((nr - 1) * 8192 + 1)::int FOR 8192)
  FROM nieuw, unnest(${lists(from + 1, 2)}) WITH ORDINALITY AS r (level, n, nr)
)`

/** Parameters of lines, as the lists that unnest takes. */
function lists(from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => `string_to_array($${from + i}, E'\\n')`).join(', ')
}

/** The statement and its parameters; tiles and rows of other rooms are named only when there are any. */
export function writeStatement(
  { log, id, row, from }: Omit<Group, 'text' | 'values'>,
  content: {
    readonly entries: readonly Entry[]
    readonly hashes: readonly Buffer[]
    readonly tiles: readonly Tile[]
  },
): { text: string; values: unknown[] } {
  const { entries, hashes, tiles } = content
  const lines = (pick: (entry: Entry) => string | number | undefined) =>
    entries.map(entry => pick(entry) ?? '').join('\n')
  const personen = entries.flatMap((entry, i) =>
    entry.personen.map(persoon => ({ ...persoon, idx: row.vorige + i })),
  )
  const values: unknown[] = [
    log,
    row.vorige,
    row.grootte,
    row.wortel,
    row.note,
    id,
    row.epoch,
    row.opvolger,
    row.tijd,
    from.wortel,
    from.epoch,
    Buffer.concat(hashes),
    lines(entry => entry.tekst),
    lines(({ record }) => record.soort),
    lines(({ record }) => record.transactie),
    lines(({ record }) => record.tijd),
    lines(({ record }) => record.verstrekker),
    lines(({ record }) => record.ontvanger),
    lines(({ record }) => record.namens),
    lines(({ record }) => record.uitwisseling),
    lines(({ record }) => record.uitkomst),
    personen.map(({ hmac }) => hmac).join('\n'),
    personen.map(({ maand }) => maand).join('\n'),
    personen.map(({ idx }) => idx).join('\n'),
  ]
  let text = append
  if (tiles.length > 0) {
    text += tegels(values.length + 1)
    values.push(
      Buffer.concat(tiles.map(({ data }) => data)),
      tiles.map(({ level }) => level).join('\n'),
      tiles.map(({ n }) => n).join('\n'),
    )
  }
  const rijen = entries.flatMap(entry => entry.rijen)
  for (const [tabel, { columns, insert }] of roomTables) {
    const own = rijen.filter(rij => rij.tabel === tabel).map(({ waarden }) => waarden)
    if (own.length === 0) continue
    const names = Object.keys(columns)
    const source = `nieuw, unnest(${lists(values.length + 1, names.length)}) WITH ORDINALITY
    AS r (${names.join(', ')}, nr)`
    text += insert(source)
    for (const name of names) values.push(own.map(rij => rij[name]).join('\n'))
  }
  return { text: `${text} SELECT vorige FROM nieuw`, values }
}

/** No row of another room may be able to fail the group, so its shape is checked before it joins one. */
export function checkRoomRow({ tabel, waarden }: RoomRow): void {
  const columns = roomTables.get(tabel)?.columns ?? {}
  const names = Object.keys(columns)
  const fits =
    names.length > 0 &&
    Object.keys(waarden).length === names.length &&
    names.every(name => columnFits[columns[name]!](waarden[name]))
  if (!fits) throw new TypeError(`a row of ${tabel} has not the agreed columns`)
}

/** True when this very statement made the group; false when another process was first. */
export async function send(query: Query, group: Group): Promise<boolean> {
  return (await query(group.text, group.values)).length === 1
}

/** After a lost acknowledgement: is this group in the log? */
export async function isCommitted(query: Query, group: Group): Promise<boolean> {
  const rows = await query('SELECT 1 FROM audit.checkpoint WHERE log = $1 AND groep = $2', [
    group.log,
    group.id,
  ])
  return rows.length === 1
}

/** Waits until no statement of another process is under way, and holds them off for this transaction. */
export async function takeTurn(query: Query, log: string): Promise<void> {
  await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.' || $1::text, 0))`, [log])
}
