// Which transactions are asked for, and what does the log hold of them? A page at a time, in order of the log.
import { logNameOf } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { span } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, LogName, Oin } from '../terms.ts'

/** Those of a period and perhaps of one exchange. */
export interface Period {
  readonly van?: LegalDate
  readonly totEnMet?: LegalDate
  readonly uitwisseling?: string
}

export interface Selection extends Period {
  readonly log: LogName
  /** Only those this organisation takes part in; absent for the operator's command. */
  readonly oin?: Oin
}

/** One transaction, its records in order, and the person its request was about. */
export interface Transaction {
  readonly log: LogName
  readonly leaves: readonly LogRecord[]
  /** A step of a request says nothing of a person; its acceptance does. */
  readonly acceptance?: LogRecord
}

/** Of rows `t` of console.transactie; its values take the places from `$first` on. */
export function inPeriod(
  { oin, van, totEnMet, uitwisseling }: Omit<Selection, 'log'>,
  first: number,
): readonly [where: string, values: readonly unknown[]] {
  const { van: from, tot } = span(van, totEnMet)
  const terms = [
    ...(oin ? [`oin:${oin}`] : []),
    ...(uitwisseling ? [`uitwisseling:${uitwisseling}`] : []),
  ]
  return [
    `t.termen @> $${first} AND t.tijd >= $${first + 1} AND t.tijd < $${first + 2}`,
    [terms, Math.max(from, 0), Math.min(tot, Number.MAX_SAFE_INTEGER)],
  ]
}

/** How many, counted no further than one above `most`. */
export async function countTransactions(
  query: Query,
  logs: readonly string[],
  selection: Omit<Selection, 'log'>,
  most: number,
): Promise<number> {
  const [where, values] = inPeriod(selection, 2)
  const [row] = await query<{ aantal: number }>(
    `SELECT count(*) AS aantal FROM (SELECT 1 FROM console.transactie t
     WHERE t.log = ANY($1) AND ${where} LIMIT ${most + 1}) AS t`,
    [logs, ...values],
  )
  return Number(row?.aantal ?? 0)
}

const pageSize = 200

export async function* transactionsOf(
  query: Query,
  logs: readonly string[],
  selection: Omit<Selection, 'log'>,
  signal?: AbortSignal,
): AsyncGenerator<Transaction> {
  const [where, values] = inPeriod(selection, 3)
  for (const log of logs) {
    for (let after = -1; ; ) {
      signal?.throwIfAborted()
      const rows = await query<Found>(
        `SELECT t.idx, t.transactie, t.verzoek FROM console.transactie t
         WHERE t.log = $1 AND t.idx > $2 AND ${where} ORDER BY t.idx LIMIT ${pageSize}`,
        [log, after, ...values],
      )
      yield* await readTransactions(query, log, rows)
      const last = rows.at(-1)
      if (!last || rows.length < pageSize) break
      after = last.idx
    }
  }
}

export interface Found {
  readonly idx: number
  readonly transactie: string
  readonly verzoek: string | null
}

/** The records of these transactions, in the order they are given. */
export async function readTransactions(
  query: Query,
  log: string,
  found: readonly Found[],
): Promise<readonly Transaction[]> {
  if (found.length === 0) return []
  const ids = found.flatMap(({ transactie, verzoek }) =>
    verzoek ? [transactie, verzoek] : [transactie],
  )
  const leaves = await query<{ tekst: string }>(
    'SELECT tekst FROM audit.leaf WHERE log = $1 AND transactie = ANY($2::uuid[]) ORDER BY idx',
    [log, ids],
  )
  const records = leaves.map(({ tekst }): LogRecord => JSON.parse(tekst))
  const byTransaction = Map.groupBy(records, ({ transactie }) => transactie)
  return found.map(({ transactie, verzoek }) => {
    const acceptance = verzoek === null ? undefined : byTransaction.get(verzoek)?.[0]
    return {
      log: logNameOf(log),
      leaves: byTransaction.get(transactie) ?? [],
      ...(acceptance && { acceptance }),
    }
  })
}
