// How does a log begin? With a fixed origin, its signing key, and a signed checkpoint of the empty tree.
import { randomBytes } from 'node:crypto'
import type { Store } from '../store.ts'
import type { LogName } from '../terms.ts'
import { groupId } from './append-statement.ts'
import { isKeyName, makeCheckpoint } from './checkpoint.ts'
import { type LogRow, readHeadRow, readLogRow, readLogRows } from './head.ts'
import { logNames, makeSigner } from './keys.ts'
import { emptyRoot } from './tree.ts'

export interface CreateOptions {
  readonly store: Store
  readonly keysDir: string
  readonly clock: () => number
  /** The end of the log before it was lost with its database: it stays as it is, and nothing can close it. */
  readonly afterLoss?: boolean
}

/** A log of this name is there already and goes on. */
export class LogExists extends Error {
  override name = 'LogExists'
}

/** Begins what is missing of both logs, with origins made at random; keeps what is there. */
export async function createLogs(options: CreateOptions): Promise<void> {
  for (const naam of logNames) {
    if (await readLogRow(options.store.query, naam)) continue
    await createLog(options, naam, `sluis.example/${randomBytes(6).toString('hex')}/${naam}`)
  }
}

/**
 * Begun before with this origin, it is what it was.
 * @param origin unique and scheme-less, such as `sluis.example/2026/gewoon`; it never changes
 * @throws LogExists unless the log of this name was closed with this origin as its successor
 */
export async function createLog(
  { store, keysDir, clock, afterLoss = false }: CreateOptions,
  naam: LogName,
  origin: string,
): Promise<LogRow> {
  if (!isKeyName(origin) || origin.includes('://')) {
    throw new TypeError('een oorsprong heeft geen schema, spaties of plustekens')
  }
  const known = (await readLogRows(store.query, naam)).find(row => row.origin === origin)
  if (known) return known
  const log = await nextId(store, naam, afterLoss ? undefined : origin)
  const { vkey, ...signer } = makeSigner(keysDir, log, origin)
  // Crash here: the key waits for the same command with the same origin.
  const note = makeCheckpoint(0, emptyRoot, { ...signer, vkey })
  const tijd = clock()
  const row = { grootte: 0, wortel: emptyRoot, note, epoch: '', opvolger: null, tijd }
  const [made] = await store.query(
    `WITH nieuw AS (
       INSERT INTO audit.log (log, naam, origin, vkey, begonnen) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING log)
     INSERT INTO audit.checkpoint (log, vorige, grootte, wortel, note, groep, epoch, tijd)
     SELECT log, -1, 0, $6::bytea, $7, $8::uuid, '', $5 FROM nieuw RETURNING log`,
    [log, naam, origin, vkey, tijd, emptyRoot, note, groupId(row)],
  )
  if (!made) throw new LogExists('een ander proces begon dit log')
  return { log, naam, origin, vkey }
}

/** @param origin what the log before it must have named; absent: no matter */
async function nextId(store: Store, naam: LogName, origin: string | undefined): Promise<string> {
  const current = await readLogRow(store.query, naam)
  if (!current) return naam
  const head = await readHeadRow(store.query, current.log)
  if (origin !== undefined && head?.opvolger !== origin)
    throw new LogExists(`het log ${current.log} is er al`)
  return `${naam}-${Number(current.log.slice(naam.length + 1) || 1) + 1}`
}
