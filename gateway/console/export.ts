// How does our log leave in the words of a standard? Lines of JSON, streamed, bounded and for one organisation.
import { logIds } from '../audit/find.ts'
import { legalDate } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LogName, Oin } from '../terms.ts'
import { type AdlRecord, adlRecords } from './adl.ts'
import { controllersOf, type LdvRecord, ldvRecords } from './ldv.ts'
import type { Desk, Visit } from './page.ts'
import {
  countTransactions,
  type Period,
  type Selection,
  type Transaction,
  transactionsOf,
} from './selection.ts'

export type Format = 'ldv' | 'adl'

/** More is refused: a part of a log must not look like the whole. */
export const maxTransactions = 100_000

type Project = (
  transaction: Transaction,
  oin: Oin | undefined,
  base: string | undefined,
) => readonly (LdvRecord | AdlRecord)[]

const formats: Readonly<Record<Format, Project>> = {
  ldv: (transaction, oin, base) =>
    (oin === undefined ? controllersOf(transaction) : [oin]).flatMap(one =>
      ldvRecords(transaction, one, base),
    ),
  adl: adlRecords,
}

export function isFormat(value: unknown): value is Format {
  return value === 'ldv' || value === 'adl'
}

/** One line of JSON per record, a page of transactions in memory. */
export async function* exportLines(
  query: Query,
  format: Format,
  { log, ...selection }: Selection,
  { base, signal }: { readonly base?: string; readonly signal?: AbortSignal },
): AsyncGenerator<string> {
  const logs = await logIds(query, [log])
  for await (const transaction of transactionsOf(query, logs, selection, signal)) {
    const records = formats[format](transaction, selection.oin, base)
    if (records.length > 0) yield records.map(record => `${JSON.stringify(record)}\n`).join('')
  }
}

export type Exported =
  | { readonly soort: 'uitvoer'; readonly name: string; readonly body: AsyncIterable<string> }
  | { readonly soort: 'leeg' }
  | { readonly soort: 'te-veel' }

/** What an officer takes along is recorded before the first line of it is given. */
export async function makeExport(
  desk: Pick<Desk, 'store' | 'clock' | 'base' | 'record' | 'catchUp'>,
  { officer, rol, call, signal }: Pick<Visit, 'officer' | 'rol' | 'call' | 'signal'>,
  { formaat, log, ...period }: Period & { readonly formaat: Format; readonly log: LogName },
): Promise<Exported> {
  await desk.catchUp()
  const { query } = desk.store
  const selection = { ...period, oin: officer.oin }
  const aantal = await countTransactions(
    query,
    await logIds(query, [log]),
    selection,
    maxTransactions,
  )
  if (aantal === 0) return { soort: 'leeg' }
  if (aantal > maxTransactions) return { soort: 'te-veel' }
  await desk.record(call, {
    soort: 'raadpleging',
    log,
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'uitgevoerd',
    handeling: { wat: 'uitvoer', formaat, ...period, transacties: aantal },
  })
  const day = legalDate(desk.clock())
  return {
    soort: 'uitvoer',
    name: `sluis-${formaat}-${log}-${day}.ndjson`,
    body: exportLines(query, formaat, { ...selection, log }, { base: desk.base, signal }),
  }
}
