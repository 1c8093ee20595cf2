// Where do both logs stand, and what joins them? Opens each with its key, head and writer.
import type { Query, Store } from '../store.ts'
import type { LogName } from '../terms.ts'
import { readEpoch } from './activation.ts'
import { complete, type Draft } from './draft.ts'
import { LogDamaged, readHead, readLogRow } from './head.ts'
import { type Keys, logNames, openKeys, readSigner } from './keys.ts'
import { makeProofText } from './proof-text.ts'
import { checkSeen, openSeen, readSeen } from './seen.ts'
import { inclusionProof } from './tree.ts'
import { type Committed, openWriter, type Writer, type WriterOptions } from './writer.ts'

export interface LogsOptions {
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

export interface LogState {
  readonly head: LogHead
  readonly healthy: boolean
}

/** A record that is durably in its log. */
export interface Appended {
  readonly index: number
  /** The exact leaf text (RFC 8785). */
  readonly logregel: string
  /** c2sp.org/tlog-proof@v1 against the checkpoint of its own group. */
  readonly tlogProof: string
  /** What was committed with it about others. */
  readonly overige?: readonly Appended[]
}

export interface Logs extends AsyncDisposable {
  state(log: LogName): LogState
  /**
   * Resolves when durable. Rejects with Problem log-onbereikbaar after `waitMs`, and with
   * EpochChanged when the draft was decided under another epoch.
   */
  append(log: LogName, draft: Draft): Promise<Appended>
}

interface OpenedLog {
  readonly writer: Writer
  readonly origin: string
  readonly vkey: string
  readonly log: string
}

/** @throws when a log is missing, damaged, or shorter than this host has seen, or when a key is missing */
export async function openLogs(options: LogsOptions): Promise<Logs> {
  await using stack = new AsyncDisposableStack()
  const keys = openKeys(options.keysDir)
  const logs = new Map<LogName, OpenedLog>()
  for (const naam of logNames) {
    const first = logs.get(logNames[0])?.log
    const leading = first === undefined ? undefined : (query: Query) => readEpoch(query, first)
    const opened = await openLog(naam, keys, { ...options, ...(leading && { leading }) })
    logs.set(naam, opened)
    stack.use(opened.writer)
  }
  stack.move()
  const at = (log: LogName) => logs.get(log)!
  return {
    state(name) {
      const { log, origin, vkey, writer } = at(name)
      const { grootte, note, epoch, tijd } = writer.head()
      return {
        head: { log, origin, vkey, size: grootte, note, epoch, tijd },
        healthy: writer.healthy(),
      }
    },
    async append(log, draft) {
      const [first, ...others] = await at(log).writer.append(draft)
      if (others.length === 0) return proven(first)
      return { ...proven(first), overige: others.map(proven) }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(logNames.map(log => at(log).writer[Symbol.asyncDispose]()))
    },
  }
}

function proven({ index, tekst, note, growth }: Committed): Appended {
  const proof = inclusionProof(index, growth.tree.size, growth.node)
  return { index, logregel: tekst, tlogProof: makeProofText(index, proof, note) }
}

async function openLog(
  naam: LogName,
  keys: Keys,
  options: LogsOptions & Pick<WriterOptions, 'leading'>,
): Promise<OpenedLog> {
  const { store, keysDir, stateDir, clock, waitMs = 5_000, onAlarm = () => {}, leading } = options
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
  const writer = openWriter({
    ...{ store, log, signer, head, clock, waitMs, onAlarm },
    seen: memory,
    ...(leading && { leading }),
    complete: draft => complete(keys, draft),
  })
  return { log, origin, vkey, writer }
}
