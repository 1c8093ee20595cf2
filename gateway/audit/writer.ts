// In which order do records become durable? One queue per log, committed in groups (design §5, Commit).
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { Problem } from '../problem.ts'
import { isUnavailable, type Query, type Store } from '../store.ts'
import { checkRoomRow, type Entry, isCommitted, send, takeTurn } from './append-statement.ts'
import type { Signer } from './checkpoint.ts'
import type { Draft } from './draft.ts'
import { type Signed, signGroup } from './group.ts'
import { followHead, type Head, LogDamaged } from './head.ts'
import type { Seen } from './seen.ts'
import { type Growth, leafHash } from './tree.ts'

/** The policy set or brake changed between decision and record: decide again. */
export class EpochChanged extends Error {
  override name = 'EpochChanged'
}

/** A record that is durably in the log, with the tree of its own group. */
export interface Committed {
  readonly index: number
  readonly tekst: string
  readonly note: string
  readonly growth: Growth
}

export interface Writer extends AsyncDisposable {
  readonly head: () => Head
  readonly healthy: () => boolean
  /** Its record, then those that its draft brings about others: all of them or none. */
  append(draft: Draft): Promise<readonly [Committed, ...Committed[]]>
}

export interface WriterOptions {
  readonly store: Store
  readonly log: string
  readonly signer: Signer
  readonly head: Head
  readonly seen: Seen
  /** Of a log that follows another: the epoch that leads now. */
  readonly leading?: (query: Query) => Promise<string>
  /** Seals a draft; what it throws is its caller's alone. */
  readonly complete: (draft: Draft) => Entry
  readonly clock: () => number
  readonly waitMs: number
  readonly onAlarm: (alarm: string, fields: Record<string, unknown>) => void
}

interface Leaf {
  readonly entry: Entry
  readonly hash: Buffer
}

interface Waiting extends Leaf {
  /** Committed with it: they stand or fall together. */
  readonly overige: readonly Leaf[]
  readonly resolve: (committed: readonly [Committed, ...Committed[]]) => void
  readonly reject: (error: unknown) => void
  readonly timer: NodeJS.Timeout
  /** Answered already; if its record still lands, nothing is released on it. */
  gone: boolean
}

interface Prepared extends Signed {
  readonly members: readonly Waiting[]
}

class ClockBehind extends Error {
  override name = 'ClockBehind'
}

/** Larger groups gain nothing and make everyone in them wait. */
const maxGroup = 512
const maxGroupBytes = 4_000_000
/** After a loss so many groups take their turn first; then we try our luck again. */
const turnsAfterLoss = 16
const clockToleranceMs = 5_000
const firstPauseMs = 20
const longestPauseMs = 500

export function openWriter(options: WriterOptions): Writer {
  const { store, log, signer, seen, leading, complete, clock, waitMs, onAlarm } = options
  const queue: Waiting[] = []
  let { head } = options
  let running: Promise<void> | undefined
  let stopped: LogDamaged | undefined
  let closing = false
  let failing = false
  let turns = 0

  async function append(draft: Draft): Promise<readonly [Committed, ...Committed[]]> {
    const { promise, resolve, reject } =
      Promise.withResolvers<readonly [Committed, ...Committed[]]>()
    if (stopped || closing) {
      reject(unreachable(stopped))
      return promise
    }
    const waiting: Waiting = {
      ...leafOf(draft),
      overige: draft.overige?.map(leafOf) ?? none,
      resolve,
      reject,
      timer: setTimeout(() => refuse(waiting, unreachable()), waitMs),
      gone: false,
    }
    queue.push(waiting)
    running ??= run()
    return promise
  }

  /** Sealed at once, so while another group is being committed. */
  function leafOf(draft: Draft): Leaf {
    draft.rijen?.forEach(checkRoomRow)
    const entry = complete(draft)
    return { entry, hash: leafHash(entry.tekst) }
  }

  async function run(): Promise<void> {
    await turn() // whatever else this round of the event loop records joins the group
    while (queue.length > 0) await commit(nextGroup())
    running = undefined
  }

  /** What changes the epoch or ends the log is the last of its group. */
  function nextGroup(): Waiting[] {
    const group: Waiting[] = []
    let bytes = 0
    while (queue.length > group.length && group.length < maxGroup && bytes < maxGroupBytes) {
      const waiting = queue[group.length]!
      group.push(waiting)
      for (const { entry } of leavesOf(waiting)) bytes += entry.tekst.length
      if (waiting.entry.activeert !== undefined || waiting.entry.opvolger !== undefined) break
    }
    queue.splice(0, group.length)
    return group
  }

  /** Ends with every one of these answered. */
  async function commit(waiting: readonly Waiting[]): Promise<void> {
    let unknown: Prepared | undefined
    for (let pause = firstPauseMs; waiting.some(({ gone }) => !gone); ) {
      try {
        const landed = unknown ? await settle(unknown) : await attempt(waiting, p => (unknown = p))
        unknown = undefined
        if (landed) return land(landed)
      } catch (error) {
        if (error instanceof LogDamaged) return stop(error, waiting)
        if (!isOutage(error)) return await divide(waiting, error)
        const known = failing
        failing = true
        if (!known) onAlarm(alarmOf(error), { log })
        await wait(pause)
        pause = Math.min(pause * 2, longestPauseMs)
      }
    }
  }

  /** One try. `before` hears of the group once it may have left memory. */
  async function attempt(
    waiting: readonly Waiting[],
    before: (prepared: Prepared) => void,
  ): Promise<Prepared | undefined> {
    if (turns > 0 || waiting.some(isDoubtful)) return await attemptInTurn(waiting, before)
    const prepared = prepare(waiting)
    if (!prepared) return undefined
    before(prepared)
    if (await send(store.query, prepared.group)) return prepared
    turns = turnsAfterLoss
    return undefined
  }

  /** Another process may have changed what this was decided under: only the newest heads can tell. */
  function isDoubtful({ entry }: Waiting): boolean {
    const { epoch, activeert } = entry
    if (epoch === undefined) return false
    return epoch !== head.epoch || (leading !== undefined && activeert === undefined)
  }

  /** Whoever lost holds the others off, or the fastest process would starve the rest. */
  async function attemptInTurn(
    waiting: readonly Waiting[],
    before: (prepared: Prepared) => void,
  ): Promise<Prepared | undefined> {
    return await store.transaction(async query => {
      await takeTurn(query, log)
      head = await followHead(query, log, signer, head)
      // Until this log followed the one that leads, nothing is allowed here.
      const prepared = prepare(waiting, await leading?.(query))
      if (!prepared) return undefined
      before(prepared)
      return (await send(query, prepared.group)) ? prepared : undefined
    })
  }

  /** After a lost acknowledgement: the same statement again can only make the same group, once. */
  async function settle(prepared: Prepared): Promise<Prepared | undefined> {
    if (await send(store.query, prepared.group)) return prepared
    if (await isCommitted(store.query, prepared.group)) return prepared
    turns = turnsAfterLoss
    return undefined
  }

  /** Signs the next checkpoint over whatever of these may be recorded now. */
  function prepare(waiting: readonly Waiting[], leader?: string): Prepared | undefined {
    const now = clock()
    if (now < head.tijd - clockToleranceMs) throw new ClockBehind()
    for (const one of waiting) {
      const { epoch, activeert } = one.entry
      const behind = leader !== undefined && activeert === undefined && epoch !== leader
      if (head.opvolger !== null) refuse(one, unreachable(new LogDamaged('het log is beëindigd')))
      if (epoch !== undefined && (epoch !== head.epoch || behind)) refuse(one, new EpochChanged())
    }
    const members = waiting.filter(({ gone }) => !gone)
    if (members.length === 0) return undefined
    const made = signGroup({ log, signer, head, now }, members.flatMap(leavesOf))
    return { ...made, members }
  }

  function land({ members, growth, head: made }: Prepared): void {
    head = made
    failing = false
    turns = Math.max(0, turns - 1)
    seen.note(made.note)
    let index = made.vorige
    const committed = ({ entry: { tekst } }: Leaf) => ({
      ...{ index: index++, tekst, note: made.note },
      growth,
    })
    for (const waiting of members) {
      waiting.gone = true
      clearTimeout(waiting.timer)
      const first = committed(waiting)
      waiting.resolve([first, ...waiting.overige.map(committed)])
    }
  }

  /** A group that fails for another reason is halved until only the culprit is left. */
  async function divide(waiting: readonly Waiting[], error: unknown): Promise<void> {
    const live = waiting.filter(({ gone }) => !gone)
    const [culprit] = live
    if (!culprit) return
    if (live.length > 1) {
      const middle = Math.ceil(live.length / 2)
      await commit(live.slice(0, middle))
      return await commit(live.slice(middle))
    }
    if (stateOf(error) === '23505') {
      return stop(new LogDamaged('er staan al logregels na het laatste checkpoint'), waiting)
    }
    onAlarm('logregel-geweigerd', { log, soort: culprit.entry.record.soort, code: stateOf(error) })
    refuse(
      culprit,
      new Problem('intern', 'Deze gebeurtenis kon niet worden vastgelegd.', { cause: error }),
    )
  }

  function refuse(waiting: Waiting, error: unknown): void {
    if (waiting.gone) return
    waiting.gone = true
    clearTimeout(waiting.timer)
    waiting.reject(error)
  }

  /** For good: only a person may judge which of the two histories is the true one. */
  function stop(error: LogDamaged, waiting: readonly Waiting[]): void {
    stopped = error
    onAlarm('logboek-beschadigd', { log, melding: error.message })
    for (const one of [...waiting, ...queue.splice(0)]) refuse(one, unreachable(error))
  }

  return {
    head: () => head,
    healthy: () => !stopped && !failing && head.opvolger === null,
    append,
    async [Symbol.asyncDispose]() {
      closing = true
      await running
      await seen.flush()
    },
  }
}

const none: readonly Leaf[] = []

/** In the order in which they enter the log. */
function leavesOf(waiting: Waiting): readonly Leaf[] {
  return waiting.overige.length === 0 ? [waiting] : [waiting, ...waiting.overige]
}

function unreachable(cause?: unknown): Problem {
  return new Problem(
    'log-onbereikbaar',
    'Het logboek is nu niet beschikbaar. Er is niets verstrekt.',
    {
      ...(cause !== undefined && { cause }),
      retryAfter: 5,
    },
  )
}

/** Deadlock or serialisation (class 40) is nobody's fault either: try again. */
function isOutage(error: unknown): boolean {
  return error instanceof ClockBehind || isUnavailable(error) || /^40/.test(stateOf(error) ?? '')
}

function stateOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

function alarmOf(error: unknown): string {
  return error instanceof ClockBehind ? 'klok-loopt-achter' : 'logboek-onbereikbaar'
}
