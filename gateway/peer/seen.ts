// Which CRL of each authority did this host believe last? A note on its own disk, so that yesterday's
// list does not count again after a restart or in a second process.
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Moment } from '../terms.ts'

/** How new the list of one authority is: both only grow (RFC 5280 §5.1.2.4, §5.2.3). */
export interface Edition {
  readonly issuer: string
  readonly thisUpdate: Moment
  /** CRL number; absent where an authority leaves it out. */
  readonly number: bigint | undefined
}

/** By authority id. */
export type Seen = ReadonlyMap<string, Edition>

export function isOlder(one: Edition, other: Edition): boolean {
  const renumbered =
    one.number !== undefined && other.number !== undefined && one.number < other.number
  return renumbered || one.thisUpdate < other.thisUpdate
}

/** Of each authority the newest; a list that has not begun is no news. */
export function newest(seen: Seen, editions: Iterable<Edition>, now: Moment): Seen {
  const found = new Map(seen)
  for (const { issuer, thisUpdate, number } of editions) {
    const known = found.get(issuer)
    if (thisUpdate > now || (known && !isOlder(known, { issuer, thisUpdate, number }))) continue
    found.set(issuer, { issuer, thisUpdate, number: number ?? known?.number })
  }
  return found
}

const fileOf = (stateDir: string): string => join(stateDir, 'gezien-crls.json')

/** @throws Error when the note is there and cannot be read: then nobody knows what is older */
export async function readSeen(stateDir: string): Promise<Seen> {
  try {
    const rows: unknown = JSON.parse(await readFile(fileOf(stateDir), 'utf8'))
    if (!Array.isArray(rows)) throw new RangeError('no list')
    return new Map(rows.map(readRow).map(edition => [edition.issuer, edition]))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw new Error('gezien-crls.json in SLUIS_DATA_DIR is niet te lezen', { cause: error })
  }
}

function readRow(row: unknown): Edition {
  const [issuer, thisUpdate, number] = Array.isArray(row) ? row : []
  if (typeof issuer !== 'string' || typeof thisUpdate !== 'number') throw new RangeError('no row')
  return { issuer, thisUpdate, number: number === null ? undefined : BigInt(number) }
}

/** Written beside and moved over; of two processes that write at once the next reading puts it right. */
export async function writeSeen(stateDir: string, seen: Seen): Promise<void> {
  const rows = [...seen.values()].map(({ issuer, thisUpdate, number }) => [
    issuer,
    thisUpdate,
    number === undefined ? null : String(number),
  ])
  const draft = `${fileOf(stateDir)}.${randomUUID()}`
  await writeFile(draft, `${JSON.stringify(rows)}\n`, { mode: 0o600 })
  await rename(draft, fileOf(stateDir))
}
