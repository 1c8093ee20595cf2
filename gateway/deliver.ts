// What happens without anybody asking? A worker beside the gateways: upkeep of facts and keys, round after round.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { env, exit, stderr, stdout } from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import packageJson from '../package.json' with { type: 'json' }
import { generateKeys } from './audit/keys.ts'
import { ConfigFaults, readWorkerConfig, type WorkerConfig } from './config.ts'
import { opsApp } from './listen/ops.ts'
import { type Log, openLog } from './log.ts'
import { openMetrics } from './metrics.ts'
import { clock, storePlace } from './open.ts'
import { expireFacts } from './policy/expire.ts'
import { obeySignals } from './serve.ts'
import { openStore, type Store } from './store.ts'
import type { Moment } from './terms.ts'

export interface Delivering extends AsyncDisposable {
  readonly log: Log
  /** `/livez`, `/readyz`, `/metrics` of this worker. */
  readonly ops: string
}

/** Between two rounds, and after a round of which something failed. */
export interface Pace {
  readonly everyMs: number
  readonly retryMs: number
}

const hourly: Pace = { everyMs: 3_600_000, retryMs: 30_000 }

/** Any number of workers may run: each job does what is left to do, and nothing twice. */
interface Job {
  readonly name: string
  /** How many things it did. */
  run(now: Moment): Promise<number>
}

/** Starts also without a database: that is an alarm and another try, not an end. */
export async function deliver(config: WorkerConfig, pace: Pace = hourly): Promise<Delivering> {
  await using stack = new AsyncDisposableStack()
  const log = openLog(config.logLevel)
  const metrics = openMetrics()
  const reach = stack.use(openLater(config))
  const jobs: readonly Job[] = [
    { name: 'feiten', run: async now => expireFacts(await reach.store(), now) },
    { name: 'sleutels', run: async now => generateKeys(config.keysDir, now).length },
  ]
  const done = new Map(jobs.map(({ name }) => [name, false]))

  async function round(): Promise<boolean> {
    for (const { name, run } of jobs) {
      try {
        const aantal = await run(clock())
        done.set(name, true)
        log.info({ werk: name, aantal }, 'onderhoud gedaan')
      } catch (error) {
        done.set(name, false)
        metrics.alarm('onderhoud-mislukt')
        log.error({ alarm: 'onderhoud-mislukt', werk: name, err: error }, 'alarm')
      }
    }
    return [...done.values()].every(Boolean)
  }

  const stopping = new AbortController()
  const { signal } = stopping
  const rounds = async () => {
    while (!signal.aborted) {
      const pause = (await round()) ? pace.everyMs : pace.retryMs
      await wait(pause, undefined, { signal }).catch(() => {})
    }
  }
  const running = rounds()
  stack.defer(async () => {
    stopping.abort()
    await running
  })

  const checks = async () => ({
    database: await reach
      .store()
      .then(store => store.query('select 1'))
      .then(
        () => true,
        () => false,
      ),
    ...Object.fromEntries(done),
  })
  const instance = () => ({ programma: packageJson.version })
  const server = createServer(opsApp({ checks, instance, metrics })).listen(
    config.opsPort,
    '127.0.0.1',
  )
  stack.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const started = stack.move()
  return {
    log,
    ops: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** Opened by the first who needs it; tried again by the next when that failed. */
function openLater(config: WorkerConfig): AsyncDisposable & {
  store(): Promise<Store>
} {
  let opening: Promise<Store> | undefined
  return {
    store() {
      opening ??= openStore({ ...storePlace(config), connections: 2 }).catch(error => {
        opening = undefined
        throw error
      })
      return opening
    },
    async [Symbol.asyncDispose]() {
      const store = await opening?.catch(() => undefined)
      await store?.[Symbol.asyncDispose]()
    },
  }
}

if (import.meta.main) {
  try {
    const worker = await deliver(readWorkerConfig(env))
    // Nothing of a worker is loaded again: SIGHUP leaves it as it is.
    obeySignals({ ...worker, house: worker, reload: async () => {} })
    stdout.write(`ops ${worker.ops}\n`)
  } catch (error) {
    const clear =
      error instanceof ConfigFaults ? error.message : `start mislukt: ${(error as Error).message}`
    stderr.write(`${clear}\n`)
    exit(1)
  }
}
