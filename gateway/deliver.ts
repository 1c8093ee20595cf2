// What happens without anybody asking? Beside the gateways: upkeep round after round, and the steps of requests that wait.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { env, exit, stderr, stdout } from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { catalogue } from '../adapters/registry.ts'
import packageJson from '../package.json' with { type: 'json' }
import { generateKeys, openKeys } from './audit/keys.ts'
import { destroyPastKeys } from './audit/retention.ts'
import { type Config, ConfigFaults, readConfig } from './config.ts'
import { countDays } from './console/days.ts'
import { computeDaily } from './console/hints.ts'
import { project } from './console/projection.ts'
import { expireSessions } from './console/session.ts'
import { expireRequests } from './delivery/requests.ts'
import { endMessages } from './end-messages.ts'
import { fetchDue } from './fetch-files.ts'
import { opsApp } from './listen/ops.ts'
import { type Log, openLog } from './log.ts'
import { expireSpent } from './message/spent.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import {
  type Catalogue,
  clock,
  type Delivery,
  type House,
  openDelivery,
  openHouse,
  storePlace,
} from './open.ts'
import { expireFacts } from './policy/expire.ts'
import { resume } from './resume.ts'
import { obeySignals } from './serve.ts'
import { isUnavailable, openStore, type Store } from './store.ts'
import { tellMessages } from './tell-messages.ts'
import type { Moment } from './terms.ts'

export interface Delivering extends AsyncDisposable {
  readonly log: Log
  /** `/livez`, `/readyz`, `/metrics` of this worker. */
  readonly ops: string
  readonly reload: () => Promise<void>
}

/** Between two rounds, and after a round of which something failed. */
export interface Pace {
  readonly everyMs: number
  readonly retryMs: number
}

export interface DeliverOptions {
  /** In one process with a gateway: its house, so that one writer commits for both. */
  readonly house?: House
  readonly adapters?: Catalogue
  readonly pace?: Pace
}

const hourly: Pace = { everyMs: 3_600_000, retryMs: 30_000 }

/** Milliseconds between two rounds of the copy that the console searches, so that it stays near to the log. */
const copyMs = 1_000
/** And between two looks at which files are due; what is not due costs a question to the database. */
const filesMs = 5_000

/** Milliseconds between two rounds of who is told that messages wait. */
const tellMs = 60_000

/** Any number of workers may run: each job does what is left to do, and nothing twice. */
interface Job {
  readonly name: string
  /** How many things it did. */
  run(now: Moment, signal: AbortSignal): Promise<number>
}

/** Starts also without a database: that is an alarm and another try, not an end. */
export async function deliver(config: Config, options: DeliverOptions = {}): Promise<Delivering> {
  const { house: given, pace = hourly } = options
  await using stack = new AsyncDisposableStack()
  const log = given?.log ?? openLog(config.logLevel)
  const metrics = given?.metrics ?? openMetrics()
  const reach = stack.use(openLater(config))
  const steps = stack.use(await startSteps(config, options, { log, metrics }))
  const { keysDir } = config
  const opened = () => {
    const house = steps.house()
    if (!house) throw new Error('het huis is nog niet open')
    return house
  }
  const destroy = async (now: Moment) => {
    const { store, rooms } = opened()
    const { audit, alarm: onAlarm } = rooms
    return await destroyPastKeys({ audit, store, keysDir, onAlarm }, now)
  }
  const hint = async (now: Moment) => {
    const { store, rooms } = opened()
    const law = rooms.policies.current()
    return await computeDaily({ query: store.query, law, keysDir, keys: openKeys(keysDir) }, now)
  }
  const upkeep = stack.use(
    startUpkeep(pace, { log, metrics }, [
      { name: 'feiten', run: async now => expireFacts(await reach.store(), now) },
      { name: 'handtekeningen', run: async now => expireSpent(await reach.store(), now) },
      { name: 'verzoeken', run: async now => expireRequests(await reach.store(), now) },
      { name: 'berichten', run: now => endMessages(opened().rooms, now) },
      { name: 'sessies', run: async now => expireSessions(await reach.store(), now) },
      { name: 'sleutels', run: async now => generateKeys(keysDir, now).length },
      { name: 'vernietiging', run: destroy },
      { name: 'aanwijzingen', run: hint },
      { name: 'dagtelling', run: async () => countDays((await reach.store()).query) },
    ]),
  )
  const copy = stack.use(
    startUpkeep({ ...pace, everyMs: copyMs, quiet: true }, { log, metrics }, [
      { name: 'zoekkopie', run: async () => project((await reach.store()).query) },
    ]),
  )
  // Beside the rest: a file takes as long as it has lines.
  const files = stack.use(
    startUpkeep({ ...pace, everyMs: filesMs, quiet: true }, { log, metrics }, [
      { name: 'bestanden', run: async (_, signal) => fetchDue(opened().rooms, signal) },
    ]),
  )

  const word = stack.use(
    startUpkeep({ ...pace, everyMs: tellMs, quiet: true }, { log, metrics }, [
      { name: 'meldingen', run: (now, signal) => tellMessages(opened().rooms, now, signal) },
    ]),
  )

  const checks = async () => ({
    database: await reach
      .store()
      .then(store => store.query('select 1'))
      .then(
        () => true,
        () => false,
      ),
    ...upkeep.done(),
    ...copy.done(),
    ...files.done(),
    ...word.done(),
    ...(await steps.checks()),
  })
  const instance = () => steps.house()?.instance() ?? { programma: packageJson.version }
  const port = given ? 0 : config.ports.ops
  const server = createServer(opsApp({ checks, instance, metrics })).listen(port, '127.0.0.1')
  stack.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port: opsPort } = server.address() as AddressInfo
  const started = stack.move()
  return {
    log,
    ops: `http://127.0.0.1:${opsPort}`,
    reload: async () => await steps.house()?.reload(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

interface Voice {
  readonly log: Log
  readonly metrics: Metrics
}

function startUpkeep(
  pace: Pace & { readonly quiet?: true },
  { log, metrics }: Voice,
  jobs: readonly Job[],
): AsyncDisposable & { done(): Readonly<Record<string, boolean>> } {
  const done = new Map(jobs.map(({ name }) => [name, false]))
  const stopping = new AbortController()

  async function round(): Promise<boolean> {
    for (const { name, run } of jobs) {
      try {
        const aantal = await run(clock(), stopping.signal)
        done.set(name, true)
        // What is done every few seconds says so only when there was something.
        if (aantal > 0 || !pace.quiet) {
          log.info({ werk: name, aantal }, 'onderhoud gedaan')
        }
      } catch (error) {
        done.set(name, false)
        metrics.alarm('onderhoud-mislukt')
        log.error({ alarm: 'onderhoud-mislukt', werk: name, err: error }, 'alarm')
      }
    }
    return [...done.values()].every(Boolean)
  }

  const rounds = async () => {
    while (!stopping.signal.aborted) {
      const pause = (await round()) ? pace.everyMs : pace.retryMs
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const running = rounds()
  return {
    done: () => Object.fromEntries(done),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

interface Steps extends AsyncDisposable {
  house(): House | undefined
  checks(): Promise<Readonly<Record<string, boolean>>>
}

/** @throws what is wrong with this configuration; a database that is away is tried again. */
async function startSteps(
  config: Config,
  { house: given, adapters = catalogue, pace = hourly }: DeliverOptions,
  { log, metrics }: Voice,
): Promise<Steps> {
  const own = new AsyncDisposableStack()
  const stopping = new AbortController()
  let house = given
  let delivery: Delivery | undefined

  async function open(): Promise<void> {
    house ??= own.use(await openHouse(config, adapters, { log, metrics }))
    const { rooms } = house
    const work = (verzoek: string, signal: AbortSignal) => resume(verzoek, rooms, signal)
    delivery = own.use(await openDelivery(config, house, work))
  }

  /** True when there is nothing left to open. */
  async function tryOpen(): Promise<boolean> {
    try {
      await open()
      return true
    } catch (error) {
      metrics.alarm('werk-niet-begonnen')
      log.error({ alarm: 'werk-niet-begonnen', err: error }, 'alarm')
      if (!isUnavailable(error)) throw error
      return false
    }
  }

  async function keepTrying(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await wait(pace.retryMs, undefined, { signal }).catch(() => {})
      if (!signal.aborted && (await tryOpen().catch(() => false))) return
    }
  }

  const opened = await tryOpen().catch(async error => {
    await own.disposeAsync()
    throw error
  })
  const trying = opened ? undefined : keepTrying()
  return {
    house: () => house,
    async checks() {
      const counted = await delivery?.counts().catch(() => undefined)
      if (counted) metrics.queued(counted)
      const waiting = await house?.rooms.messages.counts().catch(() => undefined)
      if (waiting) metrics.messages(waiting)
      return {
        huis: house !== undefined,
        ...(given ? {} : await house?.checks()),
        wachtrij: (await delivery?.healthy()) ?? false,
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await trying
      await own.disposeAsync()
    },
  }
}

/** Opened by the first who needs it; tried again by the next when that failed. */
function openLater(config: Config): AsyncDisposable & {
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
    const worker = await deliver(readConfig(env))
    obeySignals({ ...worker, house: worker })
    stdout.write(`ops ${worker.ops}\n`)
  } catch (error) {
    const clear =
      error instanceof ConfigFaults ? error.message : `start mislukt: ${(error as Error).message}`
    stderr.write(`${clear}\n`)
    exit(1)
  }
}
