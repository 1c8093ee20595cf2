// Where does the queue campaign run? Gateways and workers in processes of their own, between partners that this process plays.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseDocument } from 'yaml'
import { startSimulator as startKsz } from '../adapters/ksz/simulator.ts'
import { startSimulator as startSvb } from '../adapters/svb/simulator.ts'
import { startSimulator as startUwv } from '../adapters/uwv/simulator.ts'
import { partyHolder } from '../certs/names.ts'
import { withDemoKeys } from '../demo/keys.ts'
import { prepare } from '../demo/prepare.ts'
import { openAudit } from '../gateway/audit/commit.ts'
import type { BrakeRoom } from '../gateway/brake.ts'
import { clock } from '../gateway/open.ts'
import { legalDate } from '../gateway/policy/legal-time.ts'
import { loadPolicies } from '../gateway/policy/load.ts'
import { openStore, type Store } from '../gateway/store.ts'
import { gatewayUrl } from '../test/support/database.ts'
import { registerAddress, roomyPolicies } from '../test/support/policies.ts'
import type { Postgres } from '../test/support/postgres.ts'
import { type Member, startOne } from '../test/support/processes.ts'
import { type Receiver, startReceiver } from '../test/support/receiver.ts'
import type { RedisServer } from '../test/support/redis.ts'

/** Has its answers brought to `postadres.antwoorden`. */
export const pushed = 'gemeente-dijkdorp'
/** Comes for them. */
export const polling = 'gemeente-waterstad'
/** The exchange of which the grant comes and goes. */
export const fickle = 'svb-uitkeringen-bijstand'

export interface Ground {
  readonly dir: string
  /** PostgreSQL, its owner's address. */
  readonly url: string
  readonly postgres: Postgres
  readonly redis: RedisServer
}

export interface Place extends AsyncDisposable, Ground {
  readonly pkiDir: string
  readonly keysDir: string
  /** Who may set and release the brake, beside the gateways. */
  readonly officer: BrakeRoom
  /** As the owner, beside the gateways. */
  readonly store: Store
  readonly settings: NodeJS.ProcessEnv
  readonly receiver: Receiver
  readonly uwv: Awaited<ReturnType<typeof startUwv>>
  readonly svb: Awaited<ReturnType<typeof startSvb>>
  /** Answers later. */
  readonly ksz: Awaited<ReturnType<typeof startKsz>>
  readonly gateways: Crew
  readonly workers: Crew
  /** Takes the grant of `fickle` away, or gives it back, in every process. */
  grant(given: boolean): Promise<void>
  /** Digests of the law without that grant. */
  readonly withdrawn: ReadonlySet<string>
  /** So many milliseconds of every lease and every wait pass at once: the clock of a lease is the database's. */
  age(ms: number): Promise<void>
}

/** Processes of one kind; what was killed is there again after `renew`. */
export interface Crew {
  readonly members: readonly Member[]
  renew(index: number, settings?: NodeJS.ProcessEnv): Promise<void>
}

export interface PlaceOptions {
  readonly gateways?: number
  readonly workers?: number
}

export async function openPlace(ground: Ground, options: PlaceOptions = {}): Promise<Place> {
  const { dir, url, redis } = ground
  await using stack = new AsyncDisposableStack()
  const sources: { -readonly [name in 'uwv' | 'svb' | 'ksz']?: Place[name] } = {}
  const lawDir = roomyPolicies(join(dir, 'beleid'))
  const environment = {
    PATH: process.env.PATH,
    SLUIS_DATA_DIR: dir,
    DATABASE_URL: await gatewayUrl(url),
    SLUIS_EXCHANGE_PORT: '0',
    SLUIS_PUBLIC_PORT: '0',
    SLUIS_CONSOLE_PORT: '0',
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: process.env.SLUIS_LOG_LEVEL ?? 'silent',
    SLUIS_POLICY_DIR: lawDir,
  }
  const prepared = stack.use(
    await prepare(environment, async pki => {
      const uwv = stack.use(await startUwv(simulated('uwv', pki)))
      const svb = stack.use(await startSvb(simulated('svb', pki)))
      const ksz = stack.use(await startKsz({ ...simulated('ksz', pki), delayMs: 1_500 }))
      Object.assign(sources, { uwv, svb, ksz })
      return source('uwv', uwv.url) + source('svb', svb.url) + source('ksz', ksz.url)
    }),
  )
  const { uwv, svb, ksz } = sources
  if (!uwv || !svb || !ksz) throw new Error('a simulator did not start')
  const { pkiDir } = prepared
  const settings = { ...prepared.settings, REDIS_URL: redis.url }
  const receiver = stack.use(await startReceiver(pkiDir, pushed))
  await withDemoKeys(lawDir, pkiDir, lawDir)
  const { antwoorden, meldingen } = receiver
  registerAddress(lawDir, partyHolder(pushed).oin, { antwoorden, meldingen })
  const store = stack.use(await openStore({ url, dir, connections: 4, deadlineMs: 60_000 }))
  const keysDir = join(dir, 'keys')
  const audit = stack.use(await openAudit({ store, keysDir, stateDir: dir, clock, onAlarm() {} }))
  const gateways = stack.use(await openCrew('serve', settings, options.gateways ?? 2))
  const workers = stack.use(await openCrew('deliver', settings, options.workers ?? 2))
  const law = await fickleLaw(lawDir)
  const running = stack.move()
  return {
    ...ground,
    pkiDir,
    keysDir,
    officer: { audit, store, profile: 'test' },
    store,
    settings,
    receiver,
    uwv,
    svb,
    ksz,
    gateways,
    workers,
    withdrawn: law.withdrawn,
    async grant(given) {
      await law.write(given)
      for (const { process } of [...gateways.members, ...workers.members]) process.kill('SIGHUP')
    },
    age: ms => age(store, ms),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What a simulated source needs: its certificate, and whom it hears. */
const simulated = (name: string, pki: string) => ({
  port: 0,
  certFile: join(pki, 'servers', `${name}.pem`),
  keyFile: join(pki, 'servers', `${name}.key`),
  trustDir: join(pki, 'trust'),
  clock,
})

const source = (name: string, url: string) =>
  `${name}:\n  adapter: ${name}\n  instellingen: { url: "${url}", oin: "${partyHolder(name).oin}" }\n`

async function openCrew(
  entry: 'serve' | 'deliver',
  settings: NodeJS.ProcessEnv,
  count: number,
): Promise<Crew & AsyncDisposable> {
  const begin = () => startOne(settings, entry)
  const members = await Promise.all(Array.from({ length: count }, begin))
  return {
    members,
    async renew(index, own = settings) {
      const old = members[index]
      if (old?.process.exitCode === null && old.process.signalCode === null) {
        old.process.kill('SIGTERM')
        await old.ended
      }
      members[index] = await again(() => startOne(own, entry))
    },
    async [Symbol.asyncDispose]() {
      for (const { process } of members) process.kill('SIGCONT')
      for (const { process } of members) process.kill('SIGTERM')
      await Promise.all(members.map(({ ended }) => ended))
    },
  }
}

/** A process that starts while its database is away stops: its keeper starts it again. */
async function again(start: () => Promise<Member>): Promise<Member> {
  for (let tries = 1; ; tries++) {
    try {
      return await start()
    } catch (error) {
      if (tries === 60) throw error
      await wait(500)
    }
  }
}

interface Case {
  readonly op?: string
  readonly dan: string
  readonly redenen?: readonly string[]
}

/** Two texts of one arrangement: as shipped, and over since yesterday, with the cases that still hold. */
async function fickleLaw(lawDir: string) {
  const file = join(lawDir, 'uitwisselingen', `${fickle}.yaml`)
  const casesFile = join(lawDir, 'uitwisselingen', `${fickle}.cases.yaml`)
  const [text, cases] = [await readFile(file, 'utf8'), await readFile(casesFile, 'utf8')]
  const ends = legalDate(clock() - 86_400_000)
  const over = `${text}geldigTot: ${ends}\n`
  const document = parseDocument(cases)
  const { gevallen, ...rest } = document.toJS() as { gevallen: Case[] }
  const held = gevallen.flatMap(one => {
    if (String(one.op ?? '').slice(0, 10) <= ends) return [one]
    const redenen = [...(one.redenen ?? []), 'GEEN_LEVERINGSAFSPRAAK'].sort()
    return one.dan === 'geweigerd' ? [{ ...one, redenen }] : []
  })
  const overCases = JSON.stringify({ ...rest, gevallen: held }) // JSON is YAML
  const write = async (given: boolean) => {
    await writeFile(file, given ? text : over)
    await writeFile(casesFile, given ? cases : overCases)
  }
  await write(false)
  const { digest } = await loadPolicies(lawDir, 'test')
  await write(true)
  return { write, withdrawn: new Set([digest]) }
}

/** One row at a time, as every statement beside the log's own. */
async function age(store: Store, ms: number): Promise<void> {
  const waits = `staat in ('aanvaard', 'in-behandeling', 'gereed') and opnieuw > ${clock()}
    and (bewaren_tot is null or opnieuw < bewaren_tot)`
  const rows = await store.query<{ id: string }>(
    `select verzoek::text as id from delivery.verzoek where lease > 0 or (${waits})`,
  )
  for (const { id } of rows) {
    await store.query(
      `update delivery.verzoek set lease = greatest(0, lease - $2),
         vanaf = case when ${waits} then least(vanaf, opnieuw - $2) else vanaf end,
         opnieuw = case when ${waits} then opnieuw - $2 else opnieuw end
       where verzoek = $1::uuid`,
      [id, ms],
    )
  }
}
