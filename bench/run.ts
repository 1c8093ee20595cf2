// How fast is the gateway against the barest server and against what people write by hand?
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, execPath, stderr, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'
import { SignJWT } from 'jose'
import pg from 'pg'
import { issueDevelopmentPki } from '../certs/issue.ts'
import { openProgress, shown } from '../gateway/commands/progress.ts'
import { removeTree } from '../test/support/directory.ts'
import { clientAgent, goodBody, send } from '../test/support/gateway.ts'
import { oneJob } from '../test/support/held.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { startReceiver, type Taken } from '../test/support/receiver.ts'
import { runRedis } from '../test/support/redis.ts'
import { findServices } from '../test/support/services.ts'
import { measureDeliveries } from './deliveries.ts'
import type { SearchFigures } from './search.ts'
import type { Figures } from './support.ts'

/** Enough callers at once to fill a group commit; the same for every row. */
const connections = 128
const warmUpSeconds = 3
const seconds = Number(argv[2] ?? 8)
/** Of row h: a shorter log for a quick look. */
const records = argv[3] ?? '1000000'
/** Long enough that opening the connections is under one call in a hundred, so that p99 is not that. */
const halfSeconds = 20
/** Rows take turns, so that a machine that slows down slows all of them. */
const rounds = 3
/** Loads and measurements of the whole run, for who waits: warming up, a to d, e, f and h, g twice, at half. */
const steps = 4 + 4 * rounds + 3 + 2 * rounds + 2

interface Running {
  readonly url: string
}

const progress = openProgress(
  { ...shown(stderr), clock: Date.now },
  { label: 'bench', unit: 'metingen' },
)
let taken = 0
const step = <T>(measured: T): T => {
  taken += 1
  progress.at(taken, steps)
  return measured
}

await findServices()
await using stack = new AsyncDisposableStack()
const dir = mkdtempSync(join(tmpdir(), 'sluis-bench-'))
stack.defer(() => removeTree(dir))
const postgres = stack.use(await startPostgres())
const pki = join(dir, 'pki')
await issueDevelopmentPki(pki, { clock: Date.now })
const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const token = await new SignJWT({})
  .setProtectedHeader({ alg: 'ES256' })
  .setSubject('gemeente-waterstad')
  .setExpirationTime('2h')
  .sign(signer.privateKey)

const body = JSON.stringify(goodBody())
const client = join(pki, 'clients', 'gemeente-waterstad')
const tls = {
  ca: readFileSync(join(pki, 'ca.pem')),
  cert: readFileSync(`${client}.pem`),
  key: readFileSync(`${client}.key`),
}

const environment = {
  BENCH_PKI: pki,
  BENCH_JWT_KEY: signer.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  BENCH_ROWS: JSON.stringify(oneJob()),
  SLUIS_DATA_DIR: dir,
  DATABASE_URL: postgres.url,
}

/** The one line a row's program says: where it listens, or what it measured. */
async function first<Line>(
  file: string,
  extra: NodeJS.ProcessEnv = {},
): Promise<{ line: Line; child: ChildProcess }> {
  const child = spawn(execPath, [join(import.meta.dirname, file)], {
    env: { PATH: process.env.PATH, ...environment, ...extra },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  stack.defer(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`${file} stopped before it was ready`)
    }),
  ])
  return { line: JSON.parse(line), child }
}

async function start(file: string, extra: NodeJS.ProcessEnv = {}): Promise<Running> {
  const { line } = await first<{ port: number }>(file, extra)
  return { url: `https://localhost:${line.port}/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek` }
}

/** A row that measures by itself, and ends. */
async function measure<Line extends Figures = Figures>(
  file: string,
  extra: NodeJS.ProcessEnv = {},
): Promise<Line> {
  const { line, child } = await first<Line>(file, extra)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return step(line)
}

async function databaseOf(name: string): Promise<string> {
  const admin = new pg.Client({ connectionString: postgres.url })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name}`)
  await admin.end()
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  return url.href
}

async function load(url: string, duration: number, rate?: number): Promise<Figures> {
  const result = await autocannon({
    url,
    method: 'POST',
    connections,
    duration,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
    tlsOptions: tls,
    ...(rate && { overallRate: rate }),
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were no 2xx, ${result.errors} calls failed`)
  }
  return step({
    rps: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
  })
}

/** How many bytes the gateway really answers, so that the other rows send as many. */
async function answerBytes(url: string): Promise<number> {
  const agent = clientAgent(pki, 'gemeente-waterstad')
  const { port, pathname } = new URL(url)
  const answer = await send(agent, Number(port), { path: pathname, body })
  agent.destroy()
  if (answer.status !== 200) throw new Error(`the gateway answered ${answer.status}`)
  return Buffer.byteLength(answer.text)
}

const median = (values: readonly number[]) =>
  [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN

/** A gateway with its worker in one process, on its own database, that brings answers to this process. */
async function bringing(name: string, extra: NodeJS.ProcessEnv): Promise<() => Promise<Figures>> {
  const data = join(dir, name)
  cpSync(pki, join(data, 'pki'), { recursive: true })
  let heard = (_taken: Taken) => {}
  const receiver = await startReceiver(pki, 'gemeente-dijkdorp', taken => heard(taken))
  stack.use(receiver)
  const { line } = await first<{ port: number }>('gateway.ts', {
    SLUIS_DATA_DIR: data,
    DATABASE_URL: await databaseOf(name),
    BENCH_ANTWOORDEN: receiver.antwoorden,
    ...extra,
  })
  const listen = (onTaken: typeof heard) => {
    heard = onTaken
  }
  return async () => step(await measureDeliveries({ pkiDir: pki, listen }, line.port, seconds))
}

function middle(all: readonly Figures[]): Figures {
  return {
    rps: Math.round(median(all.map(row => row.rps))),
    p50: median(all.map(row => row.p50)),
    p99: median(all.map(row => row.p99)),
  }
}

const b = await start('gateway.ts')
const bytes = String(await answerBytes(b.url))
const a = await start('floor.ts', { BENCH_ANSWER_BYTES: bytes })
const d = await start('by-hand.ts', { BENCH_ANSWER_BYTES: bytes })
const own = join(dir, 'embedded')
cpSync(pki, join(own, 'pki'), { recursive: true }) // the same callers come to it
const c = await start('gateway.ts', { DATABASE_URL: undefined, SLUIS_DATA_DIR: own })
const running = { a, b, c, d }
const measured: Record<string, Figures[]> = { a: [], b: [], c: [], d: [] }
for (const row of Object.values(running)) await load(row.url, warmUpSeconds)
for (let round = 0; round < rounds; round++) {
  for (const [name, row] of Object.entries(running)) {
    measured[name]?.push(await load(row.url, seconds))
  }
}
const table: Record<string, Figures> = {}
for (const [name, all] of Object.entries(measured)) table[name] = middle(all)
table.e = await measure('decide.ts')
table.f = await measure('append.ts', {
  DATABASE_URL: await databaseOf('alleen_het_log'),
  SLUIS_DATA_DIR: join(dir, 'log'),
  BENCH_SECONDS: String(seconds),
})
const search = await measure<SearchFigures>('search.ts', {
  DATABASE_URL: await databaseOf('een_miljoen'),
  SLUIS_DATA_DIR: join(dir, 'zoeken'),
  BENCH_RECORDS: records,
})
table.h = { rps: search.rps, p50: search.p50, p99: search.p99 }
const redis = stack.use(await runRedis())
const bringers = {
  g: await bringing('g_redis', { REDIS_URL: redis.url }),
  gPostgres: await bringing('g_postgres', {}),
}
const brought: Record<string, Figures[]> = { g: [], gPostgres: [] }
for (let round = 0; round < rounds; round++) {
  for (const [name, deliveries] of Object.entries(bringers)) {
    brought[name]?.push(await deliveries())
  }
}
for (const [name, all] of Object.entries(brought)) table[name] = middle(all)
const half = Math.round((table.b?.rps ?? 0) / 2)
const floorAtHalf = await load(a.url, halfSeconds, half)
const gatewayAtHalf = await load(b.url, halfSeconds, half)
const ratio = (x: string, y: string) =>
  Math.round(((table[x]?.rps ?? 0) / (table[y]?.rps ?? 1)) * 1000) / 1000
const latest = {
  rows: table,
  ratios: {
    'b/a': ratio('b', 'a'),
    'c/a': ratio('c', 'a'),
    'b/d': ratio('b', 'd'),
    'g/gPostgres': ratio('g', 'gPostgres'),
  },
  search,
  addedP99Ms: gatewayAtHalf.p99 - floorAtHalf.p99,
  halfOfPeakRps: half,
}
progress.clear()
const slowest = Math.max(...Object.values(search.pages))
writeFileSync(join(import.meta.dirname, 'latest.json'), `${JSON.stringify(latest, null, 2)}\n`)
stdout.write(`
rij       wat                                              verzoeken/s   p50 ms   p99 ms
${line('a', 'Express 5 + mutual TLS, vast antwoord')}
${line('b', 'Sluis, alles aan, PostgreSQL')}
${line('c', 'Sluis, alles aan, ingebouwde database')}
${line('d', 'met de hand: Express, jose, casbin, een INSERT')}
${line('e', 'decide alleen, 50 uitwisselingen')}
${line('f', 'het log alleen, records')}
${line('g', 'aangenomen tot afgeleverd, Redis')}
${line('gPostgres', 'hetzelfde, wachtrij in PostgreSQL')}
${line('h', 'een persoon zoeken in het log')}

b/a ${latest.ratios['b/a']}   c/a ${latest.ratios['c/a']}   b/d ${latest.ratios['b/d']}   g/gPostgres ${latest.ratios['g/gPostgres']}   extra p99 bij half de piek ${latest.addedP99Ms} ms
h: ${search.records} records, persoon p95 ${search.p95} ms, traagste eerste pagina ${slowest} ms, maandrapport ${search.reportMs} ms
`)

function line(name: string, what: string): string {
  const { rps, p50, p99 } = table[name] ?? { rps: 0, p50: 0, p99: 0 }
  return `${name.padEnd(10)}${what.padEnd(49)}${String(rps).padStart(11)}${String(p50).padStart(9)}${String(p99).padStart(9)}`
}
