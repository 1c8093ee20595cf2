// Is this record durable? Opens both logs; the only place where a receipt is made.
import type { Query, Store } from '../store.ts'
import type { LogName, Receipt } from '../terms.ts'
import { proveActivation, readEpoch } from './activation.ts'
import type { Entry } from './append-statement.ts'
import type { Signer } from './checkpoint.ts'
import { LogDamaged, readHead, readLogRow } from './head.ts'
import { type Keys, logNames, openKeys, readSigner } from './keys.ts'
import { makeProofText } from './proof-text.ts'
import { checkSeen, openSeen, readSeen } from './seen.ts'
import { inclusionProof } from './tree.ts'
import { type Committed, openWriter, type Writer } from './writer.ts'

export interface AuditOptions {
  readonly store: Store
  readonly keysDir: string
  /** Where this host keeps the last checkpoint it saw. */
  readonly stateDir: string
  readonly clock: () => number
  /** Longest wait for a record to become durable. */
  readonly waitMs?: number
  readonly onAlarm?: (alarm: string, fields: Record<string, unknown>) => void
}

export interface LogHead {
  /** Its id in the database: the name, or <name>-2 … after a successor. */
  readonly log: string
  readonly origin: string
  readonly vkey: string
  readonly size: number
  /** Newest checkpoint this process knows: a C2SP signed note. */
  readonly note: string
  readonly epoch: string
  readonly tijd: number
}

export interface Audit extends AsyncDisposable {
  readonly clock: () => number
  readonly keys: Keys
  readonly query: Query
  /** What decides now; empty while the two logs differ, so that nothing is allowed. */
  epoch(): string
  /** What decides in each log by now, also when another process made it so; in the order of `logNames`. */
  epochs(): Promise<readonly string[]>
  /** @throws LogDamaged unless a signed leaf of the first log activates this */
  proveActivation(epoch: string): Promise<void>
  head(log: LogName): LogHead
  healthy(log: LogName): boolean
  /**
   * Resolves when durable. Rejects with Problem log-onbereikbaar after `waitMs`, and with
   * EpochChanged when the entry was decided under another epoch.
   */
  append(log: LogName, entry: Entry): Promise<Receipt>
}

interface OpenedLog {
  readonly writer: Writer
  readonly signer: Signer
  readonly origin: string
  readonly vkey: string
  readonly log: string
}

/** @throws when a log is missing, damaged, or shorter than this host has seen */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  await using stack = new AsyncDisposableStack()
  const logs = new Map<LogName, OpenedLog>()
  for (const naam of logNames) {
    const opened = await openLog(naam, options)
    logs.set(naam, opened)
    stack.use(opened.writer)
  }
  const keys = openKeys(options.keysDir)
  for (const naam of logNames) keys.pseudonym(naam, '') // a missing or readable key shows now
  stack.move()
  const at = (log: LogName) => logs.get(log)!
  return {
    clock: options.clock,
    keys,
    query: options.store.query,
    epoch() {
      const [first = '', ...others] = logNames.map(log => at(log).writer.head().epoch)
      return others.every(epoch => epoch === first) ? first : ''
    },
    epochs: () => Promise.all(logNames.map(log => readEpoch(options.store.query, at(log).log))),
    async proveActivation(epoch) {
      const { log, signer: known } = at(logNames[0])
      await proveActivation(options.store.query, { log, known, epoch })
    },
    head(name) {
      const { log, origin, vkey, writer } = at(name)
      const { grootte, note, epoch, tijd } = writer.head()
      return { log, origin, vkey, size: grootte, note, epoch, tijd }
    },
    healthy: log => at(log).writer.healthy(),
    append: async (log, entry) => receiptOf(log, await at(log).writer.append(entry)),
    async [Symbol.asyncDispose]() {
      await Promise.all(logNames.map(log => at(log).writer[Symbol.asyncDispose]()))
    },
  }
}

async function openLog(naam: LogName, options: AuditOptions): Promise<OpenedLog> {
  const { store, keysDir, stateDir, clock, waitMs = 5_000, onAlarm = () => {} } = options
  const row = await readLogRow(store.query, naam)
  if (!row) throw new Error(`het log ${naam} is er niet: begin het met log create`)
  const { log, origin, vkey } = row
  const signer = readSigner(keysDir, log)
  if (signer.vkey !== vkey || signer.name !== origin) {
    throw new LogDamaged(
      `de ondertekensleutel van het log ${log} is een andere dan die van het log`,
    )
  }
  const seen = readSeen(stateDir, log)
  if (seen !== undefined) await checkSeen(store.query, log, signer, seen)
  const head = await readHead(store.query, log, signer)
  const memory = openSeen(stateDir, log, () => onAlarm('gezien-niet-bewaard', { log }))
  memory.note(head.note)
  const writer = openWriter({ store, log, signer, head, seen: memory, clock, waitMs, onAlarm })
  return { log, origin, vkey, signer, writer }
}

function receiptOf(log: LogName, { index, tekst, note, growth }: Committed): Receipt {
  let text: string | undefined
  const receipt = {
    log,
    index,
    logregel: tekst,
    /** Lazy: an allowed decision's proof is seldom asked for. */
    tlogProof: () => {
      text ??= makeProofText(index, inclusionProof(index, growth.tree.size, growth.node), note)
      return text
    },
  }
  return receipt as Receipt
}
