// How does the gateway run? Opens the house, listens, reloads on SIGHUP, drains on SIGTERM.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { env, exit, stderr, stdout } from 'node:process'
import { catalogue } from '../adapters/registry.ts'
import { waitingSealer } from './audit/keys.ts'
import { recordOfficer } from './audit/record-officer.ts'
import { readTile, readTilePath } from './audit/tiles.ts'
import { type Config, ConfigFaults, type ConsoleConfig, readConfig } from './config.ts'
import { readActivities } from './console/activities.ts'
import { openLogin } from './console/login.ts'
import { pages } from './console/pages.ts'
import { consoleSealer } from './console/seal.ts'
import { openSessions } from './console/session.ts'
import type { ActivitiesDesk } from './listen/activities.ts'
import { consoleApp } from './listen/console.ts'
import { drain, exchangeApp, exchangeServer } from './listen/exchange.ts'
import { opsApp } from './listen/ops.ts'
import { openPatience } from './listen/patience.ts'
import { publicApp, publicServer } from './listen/public.ts'
import { openWork } from './listen/work.ts'
import { type Catalogue, type House, openHouse } from './open.ts'
import { reloadEveryMs } from './peer/revocation.ts'
import { certificateEnds, tlsOptions } from './peer/tls.ts'
import { loadKept } from './policy/kept.ts'

/** Addresses that are really listened on (ports may have been 0). */
export interface Serving extends AsyncDisposable {
  readonly house: House
  readonly activitiesOf: ActivitiesDesk['activitiesOf']
  readonly addresses: Addresses
  readonly reload: () => Promise<void>
}

export interface Addresses {
  readonly exchange: string
  readonly public: string
  readonly ops: string
  /** Absent: nobody said by whom officers log in. */
  readonly console?: string
}

/** In-flight calls get this long to end after SIGTERM. */
export const drainMs = 10_000

export async function serve(config: Config, adapters: Catalogue = catalogue): Promise<Serving> {
  await using stack = new AsyncDisposableStack()
  const house = stack.use(await openHouse(config, adapters))
  const { rooms, log, metrics } = house

  let stopping = false
  const checks = async () => ({ ...(await house.checks()), open: !stopping })
  const ops = createServer(
    opsApp({ checks, braked: house.braked, instance: house.instance, metrics }),
  )
  const opsPort = await listen(ops, config.ports.ops, '127.0.0.1')
  stack.defer(() => close(ops))

  const plain = publicServer(() => base, rooms.clock)
  const publicPort = await listen(plain, config.ports.public, config.bind)
  stack.defer(() => close(plain))
  const base = config.baseUrl ?? `http://localhost:${publicPort}`
  plain.on(
    'request',
    publicApp({
      clock: rooms.clock,
      base,
      ...(!config.baseUrl && { api: () => addresses.exchange }),
      onFailure: (cause, transactie) => log.error({ err: cause, transactie }, 'interne fout'),
      checkpoint: () => rooms.audit.head('gewoon').note,
      vkey: () => rooms.audit.head('gewoon').vkey,
      tile: async (level, path) => {
        const place = readTilePath(path)
        const { log: id } = rooms.audit.head('gewoon')
        return place && readTile(rooms.audit.query, id, { level, ...place })
      },
      register: () => ({
        law: rooms.policies.current(),
        now: rooms.clock(),
        connected: bron => rooms.sources.has(bron),
        operator: rooms.oin,
      }),
    }),
  )

  const work = openWork()
  const listener = {
    rooms,
    log,
    metrics,
    base,
    work,
    proofsOf: house.proofsOf,
    searchOwn: house.searchOwn,
    activitiesOf: openActivities(config, house, base),
  }
  const tls = await tlsOptions(config.tls, rooms.clock())
  const secure = exchangeServer(tls, exchangeApp(listener), listener)
  const exchangePort = await listen(secure, config.ports.exchange, config.bind)
  stack.defer(() => drain(secure, work, drainMs))

  const officers = config.console && (await openConsole(config, config.console, house, base, stack))
  const addresses: Addresses = {
    exchange: `https://localhost:${exchangePort}`,
    public: `http://localhost:${publicPort}`,
    ...(officers && { console: officers }),
    ops: `http://127.0.0.1:${opsPort}`,
  }
  // Open connections keep what they agreed on; new ones get the certificate and anchors read here.
  const renewTls = async () => {
    try {
      secure.setSecureContext(await tlsOptions(config.tls, rooms.clock()))
    } catch (error) {
      log.error({ err: error }, 'certificaat niet herladen; het oude blijft gelden')
      metrics.alarm('certificaat-niet-geladen')
    }
  }
  const renewal = setInterval(() => void renewTls(), reloadEveryMs).unref()
  stack.defer(() => clearInterval(renewal))
  const reload = async () => {
    await house.reload()
    await renewTls()
  }
  const running = stack.move()
  return {
    house,
    activitiesOf: listener.activitiesOf,
    reload,
    addresses,
    [Symbol.asyncDispose]: () => {
      stopping = true // `/readyz` tells it first, and until the last call has ended
      return running.disposeAsync()
    },
  }
}

/** What a party's own systems read back. */
function openActivities(
  { keysDir }: Config,
  { rooms, store, catchUp }: House,
  base: string,
): ActivitiesDesk['activitiesOf'] {
  const { audit, policies } = rooms
  const slice = { store, keys: audit.keys, keysDir, catchUp, law: policies.current, base }
  return (asked, party) => readActivities(slice, party, asked)
}

/** @returns the address for browsers */
async function openConsole(
  config: Config,
  officers: ConsoleConfig,
  house: House,
  base: string,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { rooms, store, log } = house
  const { audit, policies, clock, profile, oin: operator } = rooms
  const server = publicServer(() => base, clock)
  const port = await listen(server, config.ports.console, config.bind)
  stack.defer(() => close(server))
  const address = officers.url ?? `http://localhost:${port}`
  const sealer = consoleSealer(waitingSealer(audit), clock)
  const kept = new Map<string, ReturnType<typeof loadKept>>()
  const app = consoleApp({
    address,
    pages,
    sealer,
    patience: openPatience(clock),
    login: openLogin({ ...officers, console: address }, clock),
    sessions: openSessions({
      query: store.query,
      sealer,
      pseudonym: text => audit.keys.pseudonym('gewoon', text),
      clock,
    }),
    onFailure: (cause, transactie) => log.error({ err: cause, transactie }, 'fout in de console'),
    desk: {
      store,
      keys: audit.keys,
      keysDir: config.keysDir,
      clock,
      profile,
      operator,
      base,
      law: policies.current,
      async lawOf(digest) {
        const loading = kept.get(digest) ?? loadKept(store, digest, profile)
        kept.set(digest, loading)
        return await loading.catch(() => {
          kept.delete(digest)
          return undefined
        })
      },
      head: audit.head,
      record: (call, act) => recordOfficer(audit, call, act),
      catchUp: house.catchUp,
      checks: house.checks,
      certificateEnds: () => certificateEnds(config.tls),
    },
  })
  server.on('request', app)
  return address
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}

/** No new calls; those under way may end, idle connections are closed at once. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  const limit = setTimeout(() => server.closeAllConnections(), drainMs).unref()
  await closed
  clearTimeout(limit)
}

interface Obedient extends AsyncDisposable {
  readonly house: Pick<House, 'log'>
  readonly reload: () => Promise<void>
}

/** Longer than every wait of a drain together; what still holds then is cut off. */
const lastMs = 3 * drainMs
/** A terminal and npm both pass on the same Ctrl-C. */
const sameSignalMs = 500

/** SIGHUP reloads policies, CRLs and certificate; SIGTERM and SIGINT drain and stop, a second one at once. */
export function obeySignals(serving: Obedient): void {
  // Node would print the message of what nobody caught, and that may quote anyone's data (P11).
  process.on('uncaughtException', error => {
    serving.house.log.fatal({ err: error }, 'onverwachte fout')
    exit(1)
  })
  process.on('SIGHUP', () => void serving.reload())
  let since: number | undefined
  const stop = async () => {
    if (since !== undefined) {
      if (performance.now() - since > sameSignalMs) exit(1)
      return
    }
    since = performance.now()
    setTimeout(() => exit(1), lastMs).unref()
    await serving[Symbol.asyncDispose]()
    exit(0)
  }
  process.on('SIGTERM', () => void stop())
  process.on('SIGINT', () => void stop())
}

if (import.meta.main) {
  try {
    const serving = await serve(readConfig(env))
    obeySignals(serving)
    for (const [name, address] of Object.entries(serving.addresses)) {
      stdout.write(`${name} ${address}\n`)
    }
  } catch (error) {
    const clear =
      error instanceof ConfigFaults ? error.message : `start mislukt: ${(error as Error).message}`
    stderr.write(`${clear}\n`)
    exit(1)
  }
}
