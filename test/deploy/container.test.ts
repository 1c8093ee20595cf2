import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { startSimulator } from '../../adapters/uwv/simulator.ts'
import { partyHolder } from '../../certs/names.ts'
import { openStore } from '../../gateway/store.ts'
import { clientAgent, goodBody, send } from '../support/gateway.ts'
import { until } from '../support/log.ts'
import { testPki } from '../support/pki.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import { blocksBelow, readComposition, root } from './composition.ts'
import {
  environmentOf,
  finish,
  type Image,
  installedIn,
  makeImage,
  preparations,
  type Running,
  start,
} from './image.ts'
import { cleanEnv, run } from './npm.ts'

const composition = readComposition({
  SLUIS_OIN: '00000099000000010000',
  SLUIS_BASE_URL: 'http://localhost:8080',
  LOG_ORIGIN: 'sluis.example/proef',
})

/** What the image of PostgreSQL does at its first start: an owner that may do all, and a database. */
async function makeOwner(server: Postgres, image: Image): Promise<void> {
  const password = readFileSync(join(image.dir, 'geheimen/eigenaar.wachtwoord'), 'utf8')
  await using admin = await openStore({ url: server.url, dir: '' })
  await admin.query(`CREATE ROLE sluis_eigenaar SUPERUSER LOGIN PASSWORD '${password}'`)
  await admin.query('CREATE DATABASE sluis OWNER sluis_eigenaar')
}

/** What README tells an operator to lay out beside compose.yaml; the PKI is the one of development. */
async function layOut(t: TestContext, image: Image): Promise<string> {
  const [secrets = ''] = blocksBelow('Put it to work', 'bash')
  const said = await run(['bash', '-euc', secrets], image.dir)
  assert.equal(said.code, 0, said.err)
  const pki = await testPki()
  const into = join(image.dir, 'inrichting')
  for (const kind of ['pem', 'key']) {
    cpSync(join(pki, `servers/gateway.${kind}`), join(into, `tls/gateway.${kind}`))
  }
  cpSync(join(pki, 'trust'), join(into, 'vertrouwen'), { recursive: true })
  const uwv = await startSimulator({
    port: 0,
    certFile: join(pki, 'servers/uwv.pem'),
    keyFile: join(pki, 'servers/uwv.key'),
    trustDir: join(pki, 'trust'),
    clock: Date.now,
  })
  t.after(() => uwv[Symbol.asyncDispose]())
  const settings = `{ url: "${uwv.url}", oin: "${partyHolder('uwv').oin}" }`
  writeFileSync(join(into, 'bronnen.yaml'), `uwv:\n  adapter: uwv\n  instellingen: ${settings}\n`)
  for (const path of ['geheimen', 'inrichting']) image.give(join(image.dir, path))
  return pki
}

/** Notes, in a file of its own, every package of which a process loads a module. */
function watchLoads(image: Image): { readonly options: string; loaded(): ReadonlySet<string> } {
  const notes = join(image.dir, 'tmp-loads')
  mkdirSync(notes, { mode: 0o777 })
  image.give(notes)
  const hook = join(image.dir, 'loads.mjs')
  writeFileSync(
    hook,
    `import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
const seen = new Set()
registerHooks({ load(url, context, next) {
  const [, name] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url) ?? []
  if (name && !seen.has(name)) appendFileSync(${JSON.stringify(notes)} + '/' + process.pid, name + '\\n')
  seen.add(name)
  return next(url, context)
} })
`,
  )
  return {
    options: `--import=${hook}`,
    loaded: () =>
      new Set(
        readdirSync(notes).flatMap(name =>
          readFileSync(join(notes, name), 'utf8').trim().split('\n'),
        ),
      ),
  }
}

interface Deployed {
  readonly image: Image
  readonly server: Postgres
  readonly pki: string
  readonly environment: (service: string) => NodeJS.ProcessEnv
  readonly loads: ReturnType<typeof watchLoads>
}

async function deploy(t: TestContext): Promise<Deployed> {
  const image = await makeImage(t)
  t.diagnostic(`the tree is ${image.installed}`)
  const server = await startPostgres()
  t.after(() => server[Symbol.asyncDispose]())
  const pki = await layOut(t, image)
  await makeOwner(server, image)
  const loads = watchLoads(image)
  const redis = await startRedis(t, { args: (composition.services.redis?.command ?? []).slice(1) })
  const hosts = { postgres: new URL(server.url).host, redis: new URL(redis.url).host }
  const environment = (service: string) => ({
    ...environmentOf(image, composition.services[service]!, hosts),
    NODE_OPTIONS: loads.options,
  })
  return { image, server, pki, environment, loads }
}

/** Until it says where it listens. */
async function started(
  t: TestContext,
  { image, environment }: Deployed,
  name: string,
): Promise<{ readonly running: Running; readonly address: (listener: string) => string }> {
  const command = composition.services[name]?.command ?? image.command
  const running = start(image, command, environment(name))
  t.after(() => running.child.kill('SIGKILL'))
  await until(
    `${name} to listen`,
    () => {
      assert.equal(running.child.exitCode, null, running.said())
      return running.said().includes('ops http://')
    },
    60_000,
  )
  const address = (listener: string) =>
    new RegExp(`^${listener} (http\\S+)$`, 'm').exec(running.said())?.[1] ?? ''
  return { running, address }
}

/** What the engine asks, at the port that is free here. */
async function health({ image, environment }: Deployed, ops: string): Promise<number | null> {
  const command = image.health.map(word => word.replace('127.0.0.1:9090', new URL(ops).host))
  return await finish(start(image, command, { PATH: environment('gateway').PATH }))
}

test('S2: what the product loads and installs is what its bill of materials says, no more and no less', async t => {
  const deployed = await deploy(t)
  const { image, server, pki, environment, loads } = deployed

  await t.test(
    'what compose runs once prepares database, role, keys and logs, and may run again',
    async () => {
      const order = preparations(composition)
      assert.deepEqual(order, ['rol', 'migrate', 'sleutels', 'log-gewoon', 'log-vertrouwelijk'])
      for (const name of [...order, ...order]) {
        const service = composition.services[name]
        const running = start(image, service?.command ?? [], environment(name))
        assert.equal(await finish(running), 0, `${name}: ${running.said()}`)
      }
      for (const name of readdirSync(join(image.dir, 'sleutels'))) {
        assert.equal(statSync(join(image.dir, 'sleutels', name)).mode & 0o777, 0o600, name)
      }
    },
  )

  await t.test(
    'the gateway answers one permitted and one refused question from a tree it cannot write',
    async () => {
      const { running, address } = await started(t, deployed, 'gateway')
      const port = Number(new URL(address('exchange')).port)
      const agent = clientAgent(pki, 'gemeente-waterstad')
      t.after(() => agent.destroy())
      const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
      const given = await send(agent, port, { path, body: goodBody() })
      assert.equal(given.status, 200, given.text)
      assert.deepEqual(Object.keys(given.body.antwoord[0] ?? {}).sort(), [
        'heeftInkomstenverhouding',
        'inkomenBovenBijstandsnorm',
      ])
      const refused = await send(agent, port, { path, body: { ...goodBody(), velden: ['loonSv'] } })
      assert.equal(refused.status, 403, refused.text)

      assert.equal(await health(deployed, address('ops')), 0)
      await server.stop()
      assert.equal(await health(deployed, address('ops')), 1, 'no database is no health')
      await server.start()
      await until('health', async () => (await health(deployed, address('ops'))) === 0)

      const write = `require('node:fs').writeFileSync('gateway/serve.ts', '')`
      assert.notEqual(await finish(start(image, ['node', '-e', write], environment('gateway'))), 0)
      assert.deepEqual(readdirSync(join(image.dir, 'tmp')), [], 'no temporary files')
      for (const name of readdirSync(join(image.dir, 'staat'))) {
        assert.match(name, /^gezien-/, 'only what it saw')
      }
      running.child.kill('SIGTERM')
      assert.equal(await finish(running), 0)
    },
  )

  await t.test(
    'the role of the gateway can add to the log and neither change nor remove',
    async () => {
      const url = new URL(environment('gateway').DATABASE_URL ?? '')
      const line = readFileSync(join(image.dir, 'geheimen/gateway.pgpass'), 'utf8').trim()
      url.password = encodeURIComponent(line.split(':').at(-1) ?? '')
      await using store = await openStore({ url: url.href, dir: '' })
      assert.ok((await store.query('SELECT 1 FROM audit.leaf')).length > 0)
      for (const statement of [
        `UPDATE audit.leaf SET tekst = ''`,
        'DELETE FROM audit.leaf',
        'TRUNCATE audit.checkpoint',
        'CREATE TABLE public.meer (n int)',
        'CREATE ROLE meer',
      ]) {
        await assert.rejects(
          store.query(statement),
          { name: 'StatementError', code: '42501' },
          statement,
        )
      }
    },
  )

  await t.test('the worker does its rounds under the same role', async () => {
    const { running, address } = await started(t, deployed, 'worker')
    await until('health', async () => (await health(deployed, address('ops'))) === 0)
    running.child.kill('SIGTERM')
    assert.equal(await finish(running), 0)
  })

  await t.test(
    'the list of CycloneDX, that of SPDX, and the packages in the tree are the same',
    async () => {
      // The embedded database is loaded by who uses it.
      const { DATABASE_URL: _, DATABASE_MIGRATE_URL: __, ...alone } = environment('migrate')
      const embedded = start(image, ['node', 'gateway/sluis.ts', 'db', 'migrate'], alone)
      assert.equal(await finish(embedded), 0, embedded.said())
      // So is what makes a PDF.
      const empty =
        "{ titel: 't', organisatie: { naam: 'n' }, gemaaktOp: 0, eindigtOp: '19', inleiding: [], gegeven: [], overig: [], toelichting: [] }"
      const make = `import { pdfOverview } from './gateway/console/pdf.ts'
        for await (const part of pdfOverview(${empty})) if (part.length === 0) throw new Error('none')`
      const pdf = start(image, ['node', '--input-type=module', '--eval', make], alone)
      assert.equal(await finish(pdf), 0, pdf.said())

      const { components, packages } = await billOfMaterials(image)
      const listed = components
        .map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`)
        .toSorted()
      assert.deepEqual(listed, installedIn(image.app))
      const named = packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`)
      const { name, version, dependencies } = JSON.parse(
        readFileSync(join(root, 'package.json'), 'utf8'),
      )
      assert.deepEqual(named.filter(each => each !== `${name}@${version}`).toSorted(), listed)

      const loaded = loads.loaded()
      const inList = new Set(listed.map(each => each.slice(0, each.lastIndexOf('@'))))
      assert.deepEqual(
        [...loaded].filter(each => !inList.has(each)),
        [],
        'loaded, and not in the list',
      )
      const direct = Object.keys(dependencies)
      // Sheets and fonts are read, not loaded.
      const style = readFileSync(join(root, 'gateway', 'console', 'style.ts'), 'utf8')
      assert.deepEqual(
        direct.filter(each => !loaded.has(each) && !style.includes(each)),
        [],
        'in the list, and never loaded',
      )
    },
  )
})

/** The few members that are read of the two formats. */
interface Bill {
  readonly components: readonly { name: string; group?: string; version: string }[]
  readonly packages: readonly { name: string; versionInfo: string }[]
}

/** By the commands of README. */
async function billOfMaterials({ dir }: Image): Promise<Bill> {
  const [commands = ''] = blocksBelow('What is in it', 'bash')
  const into = join(dir, 'bom')
  mkdirSync(into)
  const { code, err } = await run(['bash', '-euc', commands], root, { ...cleanEnv(), TMPDIR: into })
  assert.equal(code, 0, err)
  const made = readdirSync(into).find(name => name.startsWith('tmp.')) ?? ''
  const read = (name: string) => JSON.parse(readFileSync(join(into, made, name), 'utf8'))
  const { components } = read('sluis.cdx.json')
  const { packages } = read('sluis.spdx.json')
  return { components, packages }
}
