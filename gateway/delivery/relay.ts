// What is due and not yet rung for? Looked up in the database over and over; the queue may forget everything.
import { setTimeout as wait } from 'node:timers/promises'
import type { Due } from './requests.ts'

export interface RelayOptions {
  /** What is due now, of each queue at most `perQueue`. */
  due(perQueue: number): Promise<readonly Due[]>
  /** The queues that stand still by order of an operator. */
  paused(): Promise<readonly string[]>
  readonly queue: {
    ring(items: readonly Due[]): Promise<void>
    pause(wachtrij: string): void
    resume(wachtrij: string): void
  }
  readonly pace?: RelayPace
  onAlarm(name: string, fields: Readonly<Record<string, unknown>>): void
}

export interface RelayPace {
  /** Between two looks, while something is due. */
  readonly everyMs: number
  /** And when nothing was for a while, or looking or ringing fails. */
  readonly idleMs: number
  /** What was rung for and is still due by then is rung for again: so long does a loss of the queue last. */
  readonly againMs: number
  readonly perQueue: number
}

export const relayPace: RelayPace = { everyMs: 200, idleMs: 500, againMs: 4_000, perQueue: 500 }

export interface Relay extends AsyncDisposable {
  /** Whether the last look succeeded. */
  healthy(): boolean
}

/** Any number of processes may each have one: a job has the name of request and state, and is there once. */
export function openRelay(options: RelayOptions): Relay {
  const { due, queue, onAlarm, pace = relayPace } = options
  const rung = new Map<string, number>()
  const paused = new Set<string>()
  const stopping = new AbortController()
  let healthy = true

  async function readPauses(): Promise<void> {
    const now = new Set(await options.paused())
    for (const wachtrij of now) if (!paused.has(wachtrij)) queue.pause(wachtrij)
    for (const wachtrij of paused) if (!now.has(wachtrij)) queue.resume(wachtrij)
    paused.clear()
    for (const wachtrij of now) paused.add(wachtrij)
  }

  /** Whether anything is due and may be done. */
  async function look(): Promise<boolean> {
    await readPauses()
    const wanted = (await due(pace.perQueue)).filter(({ wachtrij }) => !paused.has(wachtrij))
    const now = performance.now()
    for (const [key, at] of rung) if (now - at >= pace.againMs) rung.delete(key)
    const fresh = wanted.filter(item => !rung.has(keyOf(item)))
    if (fresh.length > 0) await queue.ring(fresh)
    for (const item of fresh) rung.set(keyOf(item), now)
    return wanted.length > 0
  }

  async function looks(): Promise<void> {
    let pause = pace.everyMs
    while (!stopping.signal.aborted) {
      try {
        pause = (await look()) ? pace.everyMs : Math.min(pause * 1.5, pace.idleMs)
        healthy = true
      } catch (error) {
        pause = Math.min(pause * 2, pace.idleMs)
        // One alarm per silence: the next is told when it spoke in between.
        if (healthy) onAlarm('wachtrij-staat-stil', { fout: (error as Error).name })
        healthy = false
      }
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  const running = looks()
  return {
    healthy: () => healthy,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

const keyOf = ({ id, stand }: Due) => `${id}-${stand}`
