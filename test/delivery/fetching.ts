// What does a test of files that are fetched need? A house, a simulated Inlichtingenbureau with any files, and what became of each line.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Simulator, startSimulator } from '../../adapters/inlichtingenbureau/simulator.ts'
import { catalogue } from '../../adapters/registry.ts'
import { prepare } from '../../demo/prepare.ts'
import { readConfig } from '../../gateway/config.ts'
import { type Fetched, type FetchOptions, fetchPeriod } from '../../gateway/fetch-files.ts'
import { openLog } from '../../gateway/log.ts'
import { openMetrics } from '../../gateway/metrics.ts'
import type { SealedMessage } from '../../gateway/offer.ts'
import { type House, openHouse } from '../../gateway/open.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import type { LogName } from '../../gateway/terms.ts'
import { asOwner, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'

export interface Fetchery {
  readonly house: House
  /** As the owner, who may also move time. */
  readonly store: Store
  readonly simulator: Simulator
  /** For a worker in a process of its own on the same database. */
  readonly settings: NodeJS.ProcessEnv
  readonly dataDir: string
  /** Everything this process logged, and counted. */
  readonly told: () => Promise<string>
  readonly fetch: (periode: string, options?: Partial<FetchOptions>) => Promise<Fetched>
  readonly messages: () => Promise<readonly Message[]>
}

export interface Message extends Omit<SealedMessage, 'trace'> {
  readonly uitwisseling: string
  readonly ontvanger: string
  readonly verstrekker: string
}

type Files = NonNullable<Parameters<typeof startSimulator>[0]['files']>

export interface FetchWish {
  readonly files: Files
  readonly policyDir?: string
}

const uitwisseling = 'uwv-signaal-nieuwe-inkomsten'

/** On PostgreSQL; closed after the test. */
export async function openFetching(
  t: TestContext,
  { files, policyDir }: FetchWish,
): Promise<Fetchery> {
  const stack = new AsyncDisposableStack()
  const dataDir = mkdtempSync(join(tmpdir(), 'sluis-ophalen-'))
  const place = await testPlace(t, 'postgres', async () => {
    await stack.disposeAsync()
    removeTree(dataDir)
  })
  let simulator: Simulator | undefined
  const environment = {
    SLUIS_DATA_DIR: dataDir,
    ...(place.url && { DATABASE_URL: place.url }),
    ...(policyDir && { SLUIS_POLICY_DIR: policyDir }),
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: 'debug',
  }
  const prepared = await prepare(environment, async pki => {
    simulator = await startSimulator({
      port: 0,
      certFile: join(pki, 'servers', 'inlichtingenbureau.pem'),
      keyFile: join(pki, 'servers', 'inlichtingenbureau.key'),
      trustDir: join(pki, 'trust'),
      files,
    })
    return `ib:\n  adapter: inlichtingenbureau\n  instellingen: { url: "${simulator.url}", oin: "00000099000000006000" }\n`
  })
  stack.use(prepared)
  if (!simulator) throw new Error('the simulator did not start')
  stack.use(simulator)
  const lines: string[] = []
  const log = openLog('debug', { write: line => void lines.push(line) })
  const metrics = openMetrics()
  const house = stack.use(
    await openHouse(readConfig(prepared.settings), catalogue, { log, metrics }),
  )
  const store = stack.use(await openStore(asOwner(place)))
  return {
    house,
    store,
    simulator,
    settings: prepared.settings,
    dataDir,
    told: async () => `${lines.join('')}${await metrics.text()}`,
    fetch: (periode, options = {}) =>
      fetchPeriod({ uitwisseling, periode }, house.rooms, {
        signal: AbortSignal.timeout(30_000),
        again: true,
        ...options,
      }),
    messages: async () => {
      const rows = await store.query<Kept>(
        'select bericht::text, log, uitwisseling, ontvanger, verstrekker, verzegeld from delivery.bericht',
      )
      return rows.map(({ bericht, log: name, verzegeld, ...row }) => {
        const sealed = house.rooms.sealer.open(name, [bericht, 'bericht'], verzegeld)
        return { ...row, ...(JSON.parse(sealed) as SealedMessage) }
      })
    },
  }
}

interface Kept {
  readonly bericht: string
  readonly log: LogName
  readonly uitwisseling: string
  readonly ontvanger: string
  readonly verstrekker: string
  readonly verzegeld: string
}

/** Whoever held something died long ago. */
export async function expireLeases(store: Store): Promise<void> {
  await store.query('update delivery.levering set lease = 0')
  await store.query('update delivery.ophaalronde set lease = 0')
}

/** The kinds of records there are, with how many of each. */
export async function recordKinds(
  store: Store,
  since = -1,
): Promise<Readonly<Record<string, number>>> {
  const rows = await store.query<{ soort: string; aantal: number }>(
    `select tekst::jsonb ->> 'soort' || coalesce(' ' || (tekst::jsonb ->> 'uitkomst'), '') as soort,
       count(*) as aantal from audit.leaf where tekst::jsonb ->> 'soort' <> 'beleidsactivering'
       and log = 'gewoon' and idx > $1 group by 1 order by 1`,
    [since],
  )
  return Object.fromEntries(rows.map(({ soort, aantal }) => [soort, aantal]))
}
