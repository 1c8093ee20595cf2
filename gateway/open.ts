// How does a configuration become a running house? Every room opened once, closed in reverse order.
import { mkdir } from 'node:fs/promises'
import { Redis, type RedisOptions } from 'ioredis'
import packageJson from '../package.json' with { type: 'json' }
import type { Adapter, Source } from './adapter.ts'
import { openAudit } from './audit/commit.ts'
import { openEarlier } from './audit/earlier.ts'
import { openFlood } from './audit/flood.ts'
import { factPseudonym, waitingSealer } from './audit/keys.ts'
import { type FoundProofs, proofsOf } from './audit/prove.ts'
import { recordRejection } from './audit/record.ts'
import { type Config, ConfigFaults } from './config.ts'
import { searchOwn } from './console/own-search.ts'
import { project } from './console/projection.ts'
import { openBreaker } from './delivery/breaker.ts'
import { openCorrections } from './delivery/corrections.ts'
import { openFiles } from './delivery/files.ts'
import { openMessages } from './delivery/messages.ts'
import { pausedQueues } from './delivery/overview.ts'
import {
  type OpenQueue,
  openQueue,
  type QueueBackend,
  type QueueOptions,
} from './delivery/queue.ts'
import { queueSchema } from './delivery/queue-schema.ts'
import { openRelay } from './delivery/relay.ts'
import { openRequests } from './delivery/requests.ts'
import { openRounds } from './delivery/rounds.ts'
import { inForce } from './in-force.ts'
import { agreedChange } from './law-approval.ts'
import { type Log, openLog } from './log.ts'
import { openSpent } from './message/spent.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import { type Outbound, openOutbound } from './outbound.ts'
import type { SearchOwn } from './own-disclosures.ts'
import { openRevocation } from './peer/revocation.ts'
import { openActivePolicies } from './policy/active.ts'
import { openly } from './policy/brake.ts'
import { openFacts } from './policy/facts.ts'
import { loadPolicies, readYaml } from './policy/load.ts'
import { withRowChecks } from './policy/row-schema.ts'
import { pendingPreparations, prepareDatabase, roleFaults } from './role.ts'
import { compileDataset } from './schema.ts'
import type { WorkRooms } from './step.ts'
import { openStore, type Store, type StoreOptions } from './store.ts'
import type { Party } from './terms.ts'

/** The one clock: everything else is handed the time. */
export const clock = (): number => Date.now()

export interface House extends AsyncDisposable {
  readonly rooms: WorkRooms
  readonly store: Store
  readonly log: Log
  readonly metrics: Metrics
  readonly proofsOf: (transactie: string, party: Party) => Promise<FoundProofs | undefined>
  readonly searchOwn: SearchOwn
  /** Everything committed before this call can be searched after it. */
  readonly catchUp: () => Promise<void>
  /** SIGHUP: policies, CRLs; each keeps its last good state. */
  readonly reload: () => Promise<void>
  readonly checks: () => Promise<Readonly<Record<string, boolean>>>
  /** The scopes under the emergency brake that everybody may know of. */
  readonly braked: () => readonly string[]
  /** What this process is and decides by, to be laid beside that of another. */
  readonly instance: () => Readonly<Record<string, string>>
}

/** Adapters by name; adapters/registry.ts holds the shipped ones. */
export type Catalogue = ReadonlyMap<string, Adapter>

/** `voice`: what speaks already, of a process that did something before it opened a house. */
export async function openHouse(
  config: Config,
  catalogue: Catalogue,
  voice: Partial<Pick<House, 'log' | 'metrics'>> = {},
): Promise<House> {
  await using stack = new AsyncDisposableStack()
  const { log = openLog(config.logLevel), metrics = openMetrics() } = voice
  const alarm = (name: string, fields: Record<string, unknown>) => {
    metrics.alarm(name)
    log.error({ alarm: name, ...fields }, 'alarm')
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const store = stack.use(await openMigrated(config, log))
  const revocation = stack.use(
    await openRevocation({
      trustDir: config.tls.trustDir,
      stateDir: config.dataDir,
      profile: config.profile,
      policies: config.tls.policies,
      clock,
      onAlarm: alarm,
    }),
  )
  const audit = stack.use(
    await openAudit({
      store,
      thread: storePlace(config),
      keysDir: config.keysDir,
      stateDir: config.dataDir,
      clock,
      onAlarm: alarm,
    }),
  )
  const force = inForce(audit, store, config.profile)
  const policies = stack.use(
    await openActivePolicies({
      ...force,
      load: async () => withRowChecks(await loadPolicies(config.policyDir, config.profile)),
      kept: async digest => withRowChecks(await force.kept(digest)),
      lead: (from, to, verklaringen) =>
        force.lead(from, to, verklaringen.length > 0 ? { verklaringen } : {}),
      agreed: (from, to) => agreedChange(config.policyDir, from, to, clock()),
      onBrake: metrics.brake,
      onAlarm: alarm,
    }),
  )
  const flood = stack.use(
    openFlood({
      write: rejection => recordRejection(audit, rejection),
      healthy: audit.healthy,
      onAlarm: alarm,
    }),
  )
  const facts = openFacts(store, factPseudonym(audit))
  const outbound = stack.use(
    openOutbound({
      certFile: config.tls.cert,
      keyFile: config.tls.key,
      trustDir: config.tls.trustDir,
      profile: config.profile,
    }),
  )
  const sources = await openSources(config, { catalogue, outbound, stack })
  const rooms: WorkRooms = {
    clock,
    profile: config.profile,
    policies,
    revocation,
    spent: openSpent(store),
    facts,
    audit,
    flood,
    sources,
    requests: openRequests(store),
    messages: openMessages(store),
    corrections: openCorrections(store),
    earlier: openEarlier({ store, keys: audit.keys, keysDir: config.keysDir }),
    files: openFiles(store),
    sealer: waitingSealer(audit),
    oin: config.oin,
    outbound: outbound.request,
    breaker: openBreaker(),
    rounds: openRounds(store),
    random: Math.random,
    alarm,
  }
  const catchUp = oneAtATime(() => project(store.query))
  const found = { store, keys: audit.keys, keysDir: config.keysDir, catchUp }
  const running = stack.move()
  return {
    rooms,
    store,
    log,
    metrics,
    proofsOf: (transactie, party) => proofsOf(audit, transactie, party),
    searchOwn: (verstrekker, body) => searchOwn(found, verstrekker, body),
    catchUp,
    reload: async () => {
      await policies.reload()
      await revocation.reload()
    },
    checks: async () => ({
      database: await store.query('select 1').then(
        () => true,
        () => false,
      ),
      logboek: audit.healthy('gewoon') && audit.healthy('vertrouwelijk'),
      certificaten: revocation.healthy(clock()),
      beleid: policies.inForce(),
    }),
    braked: () => openly(policies.current()),
    instance: () => ({
      programma: packageJson.version,
      beleid: policies.current().digest,
      beleidInMap: policies.own(),
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Who asks while one runs waits for the next: that one began after the question. */
function oneAtATime(work: () => Promise<unknown>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    running = work().then(
      () => {
        running = undefined
      },
      error => {
        running = undefined
        throw error
      },
    )
    return running
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}

/** What wakes the steps of requests, and looks for what is due. */
export interface Delivery extends AsyncDisposable, Pick<OpenQueue, 'counts'> {
  readonly healthy: () => Promise<boolean>
}

export async function openDelivery(
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'redisUrl'>,
  { rooms, store }: House,
  work: QueueOptions['work'],
): Promise<Delivery> {
  const { alarm: onAlarm, policies, requests } = rooms
  await using stack = new AsyncDisposableStack()
  const backend = await openBackend(config, stack)
  const queue = stack.use(await openQueue({ backend, work, onAlarm }))
  const relay = stack.use(
    openRelay({
      due: perQueue => requests.due(clock(), policies.current().epoch, perQueue),
      paused: () => pausedQueues(store),
      queue,
      onAlarm,
    }),
  )
  const running = stack.move()
  return {
    counts: queue.counts,
    healthy: async () => relay.healthy() && (await queue.healthy()),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const longestReconnectMs = 2_000

async function openBackend(
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'redisUrl'>,
  stack: AsyncDisposableStack,
): Promise<QueueBackend> {
  if (!config.redisUrl) {
    const place = { ...storePlace(config), schema: queueSchema }
    return { kind: 'postgres', store: stack.use(await openStore(place)) }
  }
  return { kind: 'redis', client: openRedis(config.redisUrl, stack) }
}

export function openRedis(url: string, stack: AsyncDisposableStack): Redis {
  let ended = false
  const client = new Connection(url, {
    // A command waits for Redis to come back; who must not wait sets a limit of its own.
    maxRetriesPerRequest: null,
    retryStrategy: times => (ended ? null : Math.min(100 * times, longestReconnectMs)),
    keepAlive: 10_000,
  })
  stack.defer(() => {
    ended = true
    for (const each of [client, ...client.copies]) each.disconnect()
  })
  return client
}

/** BullMQ waits on a copy for each worker, and one that cannot reach Redis would try for ever. */
class Connection extends Redis {
  readonly copies: Redis[] = []
  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override)
    this.copies.push(copy)
    return copy
  }
}

/** Where the database of this configuration is. */
export function storePlace({
  databaseUrl,
  dataDir,
}: Pick<Config, 'databaseUrl' | 'dataDir'>): StoreOptions {
  return { ...(databaseUrl && { url: databaseUrl }), dir: dataDir }
}

/** The embedded database is migrated here; a PostgreSQL server only when its owner's URL is given. */
async function openMigrated(config: Config, log: Log): Promise<Store> {
  const { databaseUrl, migrateUrl, dataDir } = config
  if (databaseUrl && migrateUrl) {
    await using owner = await openStore({ url: migrateUrl, dir: dataDir })
    await prepareDatabase(owner, databaseUrl)
  }
  await using stack = new AsyncDisposableStack()
  const store = stack.use(await openStore(storePlace(config)))
  if (store.embedded) await prepareDatabase(store)
  else await refuseUnfit(store, config, log)
  stack.move()
  return store
}

/** A schema that is not there yet stops everybody; a role that may too much only `productie`. */
async function refuseUnfit(store: Store, { profile }: Config, log: Log): Promise<void> {
  const pending = await pendingPreparations(store.query)
  if (pending.length > 0) {
    throw new ConfigFaults(['DATABASE_URL: de database is niet bij, draai sluis db migrate'])
  }
  const faults = await roleFaults(store.query)
  if (faults.length === 0) return
  if (profile === 'productie') {
    throw new ConfigFaults(faults.map(fault => `DATABASE_URL: de rol ${fault}`))
  }
  log.warn({ rol: faults }, 'de databaserol is niet die van productie')
}

/** SLUIS_SOURCES: source name → { adapter, instellingen }; every fault at once, never a value. */
async function openSources(
  config: Config,
  {
    catalogue,
    outbound: { request, lines },
    stack,
  }: { catalogue: Catalogue; outbound: Outbound; stack: AsyncDisposableStack },
): Promise<ReadonlyMap<string, Source>> {
  const sources = new Map<string, Source>()
  for (const [name, source] of Object.entries(await readYaml(config.sourcesFile))) {
    const { adapter: adapterName, instellingen } = source as Record<string, unknown>
    const adapter = catalogue.get(String(adapterName))
    if (!adapter) throw new Error(`SLUIS_SOURCES: bron ${name} noemt een onbekende adapter`)
    const settings = (instellingen ?? {}) as Record<string, unknown>
    const faults = compileDataset(adapter.settings)(settings)
    if (faults.length > 0) {
      const list = faults.map(({ pointer, melding }) => `${pointer || '/'} ${melding}`).join('; ')
      throw new Error(`SLUIS_SOURCES: instellingen van bron ${name}: ${list}`)
    }
    sources.set(name, stack.use(await adapter.connect(settings, { request, lines, clock })))
  }
  return sources
}
