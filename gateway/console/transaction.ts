// What stands in the log of one transaction, and of the request it is a step of? For who took part in it.
import { logIds, logNameOf } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import type { LogName } from '../terms.ts'
import { type Desk, logsOf } from './page.ts'
import { type Searcher, type TransactionRow, transactionColumns } from './search.ts'

export interface Leaf {
  /** Its log's own id, such as `gewoon-2`. */
  readonly log: string
  readonly idx: number
  readonly tekst: string
  readonly record: LogRecord
}

export interface OpenedTransaction {
  readonly row: TransactionRow
  readonly log: LogName
  /** Its own leaves, in order; the first is the decision, acceptance or rejection. */
  readonly leaves: readonly Leaf[]
  /** Of a request, a message or a file: every transaction of it, the first its acceptance, in order of time. */
  readonly request?: {
    readonly verzoek: string
    readonly rows: readonly TransactionRow[]
    readonly leaves: readonly Leaf[]
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @returns undefined when there is none, or when it is none of this officer's business: the same to who asks */
export async function openTransaction(
  { store, catchUp }: Pick<Desk, 'store' | 'catchUp'>,
  officer: Searcher,
  transactie: string,
): Promise<OpenedTransaction | undefined> {
  if (!uuid.test(transactie)) return undefined
  await catchUp()
  const { query } = store
  const logs = await logIds(query, logsOf(officer))
  const visible = async (where: string, id: string) =>
    await query<TransactionRow>(
      `SELECT ${transactionColumns} FROM console.transactie t
       WHERE (${where}) AND t.log = ANY($2) AND $3 IN (t.verstrekker, t.ontvanger, t.namens)
       ORDER BY t.tijd, t.log, t.idx LIMIT 1000`,
      [id, logs, officer.oin],
    )
  const [row] = await visible('t.transactie = $1', transactie)
  if (!row) return undefined
  const verzoek = row.verzoek ?? firstOf(row)
  const rows = verzoek ? await visible('t.transactie = $1 OR t.verzoek = $1', verzoek) : [row]
  const leaves = await readLeaves(
    { store },
    rows.map(one => one.transactie),
    logs,
  )
  return {
    row,
    log: logNameOf(row.log),
    leaves: leaves.filter(({ record }) => record.transactie === transactie),
    ...(verzoek && { request: { verzoek, rows, leaves } }),
  }
}

/** A file has steps too: it is read on, and it ends. */
function firstOf({ soort, aard, transactie }: TransactionRow): string | null {
  return soort === 'aanvaarding' || aard === 'bestand' ? transactie : null
}

async function readLeaves(
  { store }: Pick<Desk, 'store'>,
  transacties: readonly string[],
  logs: readonly string[],
): Promise<readonly Leaf[]> {
  const found = await store.query<Omit<Leaf, 'record'>>(
    `SELECT log, idx, tekst FROM audit.leaf
     WHERE transactie = ANY($1::uuid[]) AND log = ANY($2) ORDER BY log, idx`,
    [transacties, logs],
  )
  return found.map(leaf => ({ ...leaf, record: JSON.parse(leaf.tekst) }))
}
