// How does the log keep up with the calls? The same logs, in a thread of their own.
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Problem, type Slug } from '../problem.ts'
import type { StoreOptions } from '../store.ts'
import type { LogName } from '../terms.ts'
import type { Draft } from './draft.ts'
import type { Appended, LogState, Logs, LogsOptions } from './logs.ts'
import { EpochChanged } from './writer.ts'

/** What the thread starts with. */
export interface ThreadData {
  readonly database: StoreOptions
  readonly keysDir: string
  readonly stateDir: string
  readonly waitMs: number
}

export type ThreadState = Readonly<Record<LogName, LogState>>

/** To the thread: the drafts of a round as one JSON text, which is cheaper to copy than what it says. */
export type Asked = readonly (readonly [id: number, log: LogName, draft: Draft])[]

/** From the thread: what became durable or not, always with where the logs stand now. */
export interface Told {
  readonly state?: ThreadState
  readonly appended?: readonly (readonly [id: number, appended: Appended])[]
  readonly refused?: readonly (readonly [id: number, refusal: Refusal])[]
  readonly alarm?: readonly [name: string, fields: Record<string, unknown>]
  /** It could not begin. */
  readonly failure?: { readonly name: string; readonly message: string }
}

/** An error as a thread can tell it. */
export type Refusal =
  | { readonly epoch: true }
  | {
      readonly slug: Slug
      readonly detail: string
      readonly reden: string
      readonly retryAfter?: number
    }

interface Waiting {
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
  readonly since: number
}

/**
 * What one round of the event loop records travels together, but not more than this: else the thread waits
 * for a long round to end, and then the calls wait for the thread.
 */
const perMessage = 16
/** A thread that is silent this much longer than it may wait itself has stopped. */
const graceMs = 1_000
const lookEveryMs = 250

/** @throws what openLogs throws, by its name and message */
export async function openLogsThread(
  database: StoreOptions,
  { keysDir, stateDir, waitMs = 5_000, onAlarm = () => {} }: LogsOptions,
): Promise<Logs> {
  const workerData: ThreadData = { database, keysDir, stateDir, waitMs }
  const worker = new Worker(new URL('./logs-worker.ts', import.meta.url), { workerData })
  const waiting = new Map<number, Waiting>()
  let asked: string[] = []
  let state = await begun(worker)
  let lastId = 0
  let stopped = false
  let closing = false

  worker.on('message', (told: Told) => {
    if (told.state) state = told.state
    for (const [id, appended] of told.appended ?? []) take(id)?.resolve(appended)
    for (const [id, refusal] of told.refused ?? []) take(id)?.reject(errorOf(refusal))
    if (told.alarm) onAlarm(...told.alarm)
  })
  worker.on('error', () => {}) // its exit follows
  worker.once('exit', () => {
    stopped = true
    if (!closing) onAlarm('logboek-gestopt', {})
    for (const id of [...waiting.keys()]) take(id)?.reject(unreachable())
  })
  const look = setInterval(() => {
    const limit = performance.now() - waitMs - graceMs
    for (const [id, { since }] of waiting) {
      if (since > limit) break // they stand in order of asking
      take(id)?.reject(unreachable())
    }
  }, lookEveryMs).unref()

  function take(id: number): Waiting | undefined {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }

  function send(): void {
    if (asked.length === 0) return
    worker.postMessage(`[${asked.join()}]`)
    asked = []
  }

  return {
    state: log => (stopped ? { ...state[log], healthy: false } : state[log]),
    append(log, draft) {
      const { promise, resolve, reject } = Promise.withResolvers<Appended>()
      if (stopped || closing) {
        reject(unreachable())
        return promise
      }
      const id = ++lastId
      const text = JSON.stringify([id, log, draft] satisfies Asked[number])
      waiting.set(id, { resolve, reject, since: performance.now() })
      const gathered = asked.push(text)
      if (gathered === 1) setImmediate(send)
      if (gathered === perMessage) send()
      return promise
    },
    async [Symbol.asyncDispose]() {
      closing = true
      while (!stopped && waiting.size > 0) await wait(5)
      clearInterval(look)
      if (stopped) return
      const exited = new Promise(resolve => worker.once('exit', resolve))
      worker.postMessage('close')
      await exited
    },
  }
}

async function begun(worker: Worker): Promise<ThreadState> {
  const told = await new Promise<Told>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  if (told.state) return told.state
  const { name = 'Error', message = '' } = told.failure ?? {}
  await worker.terminate()
  throw Object.assign(new Error(message), { name })
}

function errorOf(refusal: Refusal): Error {
  if ('epoch' in refusal) return new EpochChanged()
  const { slug, detail, reden, retryAfter } = refusal
  return new Problem(slug, detail, { reden, ...(retryAfter !== undefined && { retryAfter }) })
}

function unreachable(): Problem {
  return new Problem(
    'log-onbereikbaar',
    'Het logboek is nu niet beschikbaar. Er is niets verstrekt.',
    {
      retryAfter: 5,
    },
  )
}
