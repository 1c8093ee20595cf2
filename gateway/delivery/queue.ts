// Who is woken for the next step of a request? A BullMQ queue and worker per partner: a doorbell, never the truth.
import { type ConnectionOptions, createPostgresBackend, Queue, Worker, withBackend } from 'bullmq'
import type { Store } from '../store.ts'
import { type BellClient, sharePool } from './queue-pool.ts'
import { confidentialQueue, type Due } from './requests.ts'

/** What we use of a client of Redis; open.ts makes it and ends it. */
export type RedisClient = ConnectionOptions & {
  readonly status: string
  info(section: string): Promise<string>
  once(event: 'ready', listener: () => void): unknown
  on(event: 'ready' | 'error', listener: (error?: Error) => void): unknown
}

export type QueueBackend =
  | { readonly kind: 'redis'; readonly client: RedisClient }
  /** A store of its own, which finds names without a schema in the queue's. */
  | { readonly kind: 'postgres'; readonly store: Store }

export interface QueueOptions {
  readonly backend: QueueBackend
  /** The next step of this request; what it throws is told by the name of the error alone. */
  work(verzoek: string, signal: AbortSignal): Promise<void>
  /** Steps under way for one partner, in this process: a slow one fills no more than these, a fast one fills groups. */
  readonly concurrency?: number
  /** A step that takes longer is asked to stop, and a little later no longer waited for. */
  readonly limitMs?: number
  onAlarm(name: string, fields: Readonly<Record<string, unknown>>): void
}

export interface OpenQueue extends AsyncDisposable {
  /** Wakes a worker for each, here or in another process; @throws when the queue cannot be reached. */
  ring(items: readonly Due[]): Promise<void>
  /** No step begins for this partner in this process; what is under way ends. */
  pause(wachtrij: string): void
  resume(wachtrij: string): void
  /** How many wait or are under way, per partner; those of the confidential queue are nobody's business. */
  counts(): Promise<ReadonlyMap<string, number>>
  /** Whether it can be rung. */
  healthy(): Promise<boolean>
}

const stepLimitMs = 20_000
const graceMs = 2_000
const ringLimitMs = 2_000
const startLimitMs = 2_000
const closeLimitMs = 3_000
/** After SIGTERM a step gets so long to end by itself. */
const drainMs = 10_000
/** A worker that died before its claim leaves a job behind: at most so long, and once more. */
const lockMs = 10_000
const stalledMs = 5_000

interface Bell {
  readonly queue: Pick<Queue, 'addBulk' | 'getJobCounts' | 'close'>
  readonly worker: Pick<Worker, 'close'>
}

export async function openQueue(options: QueueOptions): Promise<OpenQueue> {
  const { backend, work, concurrency = 32, limitMs = stepLimitMs, onAlarm } = options
  const bells = new Map<string, Bell>()
  const paused = new Set<string>()
  const running = new Map<AbortController, Promise<void>>()
  let stopping = false
  const connection = await connect(backend, onAlarm)

  async function step(wachtrij: string, verzoek: string): Promise<void> {
    if (stopping || paused.has(wachtrij)) return
    const limit = new AbortController()
    const taking = take(wachtrij, verzoek, limit)
    running.set(limit, taking)
    await taking
    running.delete(limit)
  }

  /** Never throws: a queue keeps the text of an error, and that may quote anyone's data (P11). */
  async function take(wachtrij: string, verzoek: string, limit: AbortController): Promise<void> {
    const overdue = Promise.withResolvers<never>()
    const soft = setTimeout(() => limit.abort(), limitMs)
    const hard = setTimeout(() => overdue.reject(new Overdue()), limitMs + graceMs)
    try {
      await Promise.race([work(verzoek, limit.signal), overdue.promise])
    } catch (error) {
      if (wachtrij !== confidentialQueue) {
        const fout = error instanceof Error ? error.name : typeof error
        onAlarm(error instanceof Overdue ? 'stap-te-lang' : 'stap-mislukt', { verzoek, fout })
      }
    } finally {
      clearTimeout(soft)
      clearTimeout(hard)
    }
  }

  function bellOf(wachtrij: string): Bell {
    const known = bells.get(wachtrij)
    if (known) return known
    const bell = connection.hang(wachtrij, concurrency, verzoek => step(wachtrij, verzoek))
    bells.set(wachtrij, bell)
    return bell
  }

  return {
    async ring(items) {
      await connection.reachable()
      const perQueue = Map.groupBy(items, ({ wachtrij }) => wachtrij)
      await within(
        ringLimitMs,
        Promise.all(
          [...perQueue].map(async ([wachtrij, due]) => {
            await bellOf(wachtrij).queue.addBulk(due.map(jobOf))
            connection.wake(wachtrij)
          }),
        ),
      )
    },
    pause: wachtrij => void paused.add(wachtrij),
    resume: wachtrij => void paused.delete(wachtrij),
    async counts() {
      await connection.reachable()
      const open = [...bells].filter(([wachtrij]) => wachtrij !== confidentialQueue)
      const counted = open.map(async ([wachtrij, { queue }]) => {
        const { wait = 0, active = 0 } = await queue.getJobCounts('wait', 'active')
        return [wachtrij, wait + active] as const
      })
      return new Map(await within(ringLimitMs, Promise.all(counted)))
    },
    healthy: () =>
      connection.reachable().then(
        () => true,
        () => false,
      ),
    async [Symbol.asyncDispose]() {
      stopping = true
      await within(drainMs, Promise.all(running.values())).catch(() => {})
      for (const limit of running.keys()) limit.abort()
      await within(graceMs, Promise.all(running.values())).catch(() => {})
      // A server that is away keeps nobody from stopping: leases end by themselves. BullMQ would wait for it.
      const away = await connection.reachable().then(
        () => false,
        () => true,
      )
      const closed = [...bells.values()].map(async ({ queue, worker }) => {
        await worker.close(away)
        await queue.close()
      })
      await within(closeLimitMs, Promise.allSettled(closed)).catch(() => {})
    },
  }
}

class Overdue extends Error {
  override name = 'Overdue'
}

/** The identifier and nothing else: what is in a queue can be read there, and is copied to disks. */
function jobOf({ id, stand }: Due) {
  return { name: 'stap', data: { id }, opts: { jobId: `${id}-${stand}`, ...forget } }
}

/** No state of a job says anything: what is still due is rung for again. */
const forget = { removeOnComplete: true, removeOnFail: true } as const

interface Connection {
  /** @throws when it is of no use to ring. */
  reachable(): Promise<void>
  hang(wachtrij: string, concurrency: number, step: (verzoek: string) => Promise<void>): Bell
  /** After a ring: the workers of this process look at once. */
  wake(wachtrij: string): void
}

async function connect(
  backend: QueueBackend,
  onAlarm: QueueOptions['onAlarm'],
): Promise<Connection> {
  return backend.kind === 'redis'
    ? await connectRedis(backend.client, onAlarm)
    : connectPostgres(backend.store, onAlarm)
}

const workerSettings = {
  lockDuration: lockMs,
  stalledInterval: stalledMs,
  runRetryDelay: 1_000,
  drainDelay: 5,
}

interface JobData {
  readonly id: string
}

async function connectRedis(
  client: RedisClient,
  onAlarm: QueueOptions['onAlarm'],
): Promise<Connection> {
  let fit = false
  /** A queue of which keys may be driven out loses work in silence. */
  const judge = async () => {
    fit = /^maxmemory_policy:noeviction\r?$/m.test(await client.info('memory'))
    if (!fit) onAlarm('wachtrij-verdringt', {})
  }
  const shared = { connection: client, prefix: 'sluis', skipVersionCheck: true }
  const heard = once(error => onAlarm('wachtrij-onbereikbaar', { fout: error.name }))
  client.on('error', heard.tell)
  const ready = () => {
    heard.reset()
    judge().catch(() => {
      fit = false
    })
  }
  try {
    if (client.status !== 'ready') {
      await within(startLimitMs, new Promise<void>(resolve => client.once('ready', resolve)))
    }
    await within(startLimitMs, judge())
  } catch (error) {
    heard.tell(error)
  }
  // From here on: also after each time it was away, and it may be another one then.
  client.on('ready', ready)
  if (client.status === 'ready' && !fit && !heard.told()) {
    throw new Error(
      'REDIS_URL: Redis mag geen sleutels verdringen, zet maxmemory-policy noeviction',
    )
  }
  return {
    async reachable() {
      if (client.status !== 'ready') throw new QueueUnavailable('the queue cannot be reached')
      if (!fit) await within(ringLimitMs, judge())
      if (!fit) throw new QueueUnavailable('the queue may drive out keys')
    },
    hang(wachtrij, concurrency, step) {
      const queue = new Queue(wachtrij, shared)
      const worker = new Worker<JobData>(wachtrij, async job => await step(job.data.id), {
        ...shared,
        ...workerSettings,
        concurrency,
      })
      queue.on('error', heard.tell)
      worker.on('error', heard.tell)
      return { queue, worker }
    },
    wake() {},
  }
}

function connectPostgres(store: Store, onAlarm: QueueOptions['onAlarm']): Connection {
  const { Queue, Worker } = withBackend(createPostgresBackend)
  const clients = new Set<BellClient>()
  const shared = { connection: sharePool(store, clients) }
  const heard = once(error => onAlarm('wachtrij-onbereikbaar', { fout: error.name }))
  return {
    async reachable() {
      await within(ringLimitMs, store.query('SELECT 1'))
      heard.reset()
    },
    hang(wachtrij, concurrency, step) {
      const queue = new Queue(wachtrij, shared)
      const worker = new Worker<JobData>(wachtrij, async job => await step(job.data.id), {
        ...shared,
        ...workerSettings,
        concurrency,
      })
      queue.on('error', heard.tell)
      worker.on('error', heard.tell)
      return { queue, worker }
    },
    wake(wachtrij) {
      for (const client of clients) client.ring(wachtrij)
    },
  }
}

/** It is not there, or not fit for use; what is due waits in the database. */
export class QueueUnavailable extends Error {
  override name = 'QueueUnavailable'
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new QueueUnavailable('the queue does not answer')),
    limitMs,
  )
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** One alarm per silence, not one per attempt. */
function once(tell: (error: Error) => void) {
  let told = false
  return {
    told: () => told,
    reset: () => {
      told = false
    },
    tell(error: unknown) {
      if (told) return
      told = true
      tell(error instanceof Error ? error : new Error('unknown'))
    },
  }
}
