// Is this record durable? The only place where a receipt is made.
import type { Query, StoreOptions } from '../store.ts'
import type { LogName, Receipt } from '../terms.ts'
import { proveActivation, readEpoch } from './activation.ts'
import { readVkey } from './checkpoint.ts'
import type { Draft } from './draft.ts'
import { type Keys, logNames, openKeys } from './keys.ts'
import type { LogRecord } from './log-record.ts'
import { type Appended, type LogHead, type LogsOptions, openLogs } from './logs.ts'
import { openLogsThread } from './logs-thread.ts'

export interface AuditOptions extends LogsOptions {
  /** The database of `store`, reached by a thread that seals, hashes and commits; absent: this one does. */
  readonly thread?: StoreOptions
}

export interface Audit extends AsyncDisposable {
  readonly clock: () => number
  readonly keys: Keys
  readonly query: Query
  /** What decides now; empty while the two logs differ, so that nothing is allowed. */
  epoch(): string
  /** What decides in each log by now, also when another process made it so; in the order of `logNames`. */
  epochs(): Promise<readonly string[]>
  /**
   * The record of the first log that activates this.
   * @throws LogDamaged unless it is signed
   */
  proveActivation(epoch: string): Promise<LogRecord>
  head(log: LogName): LogHead
  healthy(log: LogName): boolean
  /**
   * Resolves when durable. Rejects with Problem log-onbereikbaar after `waitMs`, and with
   * EpochChanged when the draft was decided under another epoch.
   */
  append(log: LogName, draft: Draft): Promise<Receipt>
}

/** @throws when a log is missing, damaged, or shorter than this host has seen */
export async function openAudit({ thread, ...options }: AuditOptions): Promise<Audit> {
  const { clock, keysDir, store } = options
  const keys = openKeys(keysDir)
  for (const naam of logNames) keys.pseudonym(naam, '') // a missing or readable key shows now
  const logs = thread ? await openLogsThread(thread, options) : await openLogs(options)
  return {
    clock,
    keys,
    query: store.query,
    epoch() {
      const [first = '', ...others] = logNames.map(log => logs.state(log).head.epoch)
      return others.every(epoch => epoch === first) ? first : ''
    },
    epochs: () =>
      Promise.all(logNames.map(log => readEpoch(store.query, logs.state(log).head.log))),
    async proveActivation(epoch) {
      const { log, vkey } = logs.state(logNames[0]).head
      return await proveActivation(store.query, { log, known: readVkey(vkey), epoch })
    },
    head: log => logs.state(log).head,
    healthy: log => logs.state(log).healthy,
    append: async (log, draft) => receiptOf(log, await logs.append(log, draft)),
    [Symbol.asyncDispose]: () => logs[Symbol.asyncDispose](),
  }
}

function receiptOf(log: LogName, { index, logregel, tlogProof, overige }: Appended): Receipt {
  const others = overige && { overige: overige.map(one => receiptOf(log, one)) }
  const receipt = { log, index, logregel, tlogProof: () => tlogProof, ...others }
  return receipt as unknown as Receipt
}
