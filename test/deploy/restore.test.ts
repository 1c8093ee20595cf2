import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openStore } from '../../gateway/store.ts'
import { removeTree } from '../support/directory.ts'
import { type HeldGateway, heldGateway } from '../support/held.ts'
import { findPostgres, type Postgres, startPostgres } from '../support/postgres.ts'
import { blocksBelow, root } from './composition.ts'
import { cleanEnv, type Ran, run } from './npm.ts'

/** An operator's machine: the product, a directory for its data, and a database server. */
interface Machine {
  readonly dir: string
  readonly settings: NodeJS.ProcessEnv
  /** Runs what README prints, as printed. */
  do(commands: string): Promise<Ran>
  /** One command of ours, and what its JSON says. */
  ask(command: string): Promise<readonly Record<string, unknown>[]>
}

const [secrets = ''] = blocksBelow('Put it to work', 'bash')
const [backUp = '', restore = '', afterLoss = ''] = blocksBelow('Back up and restore', 'bash')
const [rotate = ''] = blocksBelow('Change keys', 'bash')

/** The commands of compose.yaml, in its order. */
const prepareDatabase = `${secrets}
npx sluis db role sluis_gateway --pgpass geheimen/gateway.pgpass
npx sluis db migrate
`

async function machine(
  t: TestContext,
  { url }: Pick<Postgres, 'url'>,
  database = 'sluis',
): Promise<Machine> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-machine-'))
  t.after(() => removeTree(dir))
  for (const name of readdirSync(root)) {
    if (!['data', 'geheimen', 'inrichting', 'reserve'].includes(name))
      symlinkSync(join(root, name), join(dir, name))
  }
  for (const name of ['reserve', 'staat']) mkdirSync(join(dir, name), { mode: 0o700 })
  await using admin = await openStore({ url, dir })
  await admin.query(`CREATE DATABASE ${database}`)
  const at = new URL(url)
  at.pathname = `/${database}`
  const owner = at.href
  at.username = 'sluis_gateway'
  at.password = ''
  const settings = {
    ...cleanEnv(),
    PATH: [findPostgres(), dirname(process.execPath), process.env.PATH].join(delimiter),
    npm_config_cache: join(dir, 'npm'),
    SLUIS_DATA_DIR: join(dir, 'staat'),
    SLUIS_KEYS_DIR: join(dir, 'sleutels'),
    DATABASE_MIGRATE_URL: owner,
    DATABASE_URL: at.href,
    PGPASSFILE: join(dir, 'geheimen/gateway.pgpass'),
    LOG_ORIGIN: `sluis.example/${database}/later`,
  }
  const act = (commands: string) => run(['bash', '-euo', 'pipefail', '-c', commands], dir, settings)
  return {
    dir,
    settings,
    do: act,
    async ask(command) {
      const { code, out, err } = await act(`npx sluis ${command} --json`)
      assert.notEqual(code, 3, err)
      return out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    },
  }
}

async function well(at: Machine, commands: string): Promise<void> {
  const { code, out, err } = await at.do(commands)
  assert.equal(code, 0, `${commands}${out}${err}`)
}

/** A gateway on that machine, in this process, under the role that may only add. */
async function gatewayOn(t: TestContext, { dir, settings }: Machine): Promise<HeldGateway> {
  const url = new URL(settings.DATABASE_URL ?? '')
  const line = readFileSync(join(dir, 'geheimen/gateway.pgpass'), 'utf8').trim()
  url.password = encodeURIComponent(line.split(':').at(-1) ?? '')
  const { SLUIS_DATA_DIR, SLUIS_KEYS_DIR } = settings
  return await heldGateway(t, 'postgres', {
    url: url.href,
    settings: { SLUIS_DATA_DIR, SLUIS_KEYS_DIR },
  })
}

async function exchange(gateway: HeldGateway, zaak: string) {
  const answer = await gateway.query('gemeente-waterstad', { zaak })
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

function valid(verdicts: readonly Record<string, unknown>[]): Record<string, boolean> {
  return Object.fromEntries(verdicts.map(({ log, geldig }) => [String(log), geldig === true]))
}

test('S9: by the commands of README alone, a copy becomes a working gateway on an empty machine', async t => {
  await using first = await startPostgres()
  await using second = await startPostgres()
  const began = performance.now()
  const old = await machine(t, first)
  await well(old, prepareDatabase)
  let before: Record<string, unknown> | undefined
  await t.test('the copy is made while the gateway runs', async t => {
    const gateway = await gatewayOn(t, old)
    for (const n of [1, 2, 3]) await exchange(gateway, `2026-${n}`)
    before = (await old.ask('log checkpoint'))[0]
    await well(old, backUp)
    await exchange(gateway, '2026-4') // after the copy: lost with the machine
  })
  const copy = join(old.dir, 'reserve')

  const fresh = await machine(t, second)
  cpSync(copy, join(fresh.dir, 'reserve'), { recursive: true })
  await well(fresh, secrets)
  await t.test(
    'A15: root and size of the log are what they were before pg_dump and pg_restore',
    async () => {
      await well(fresh, restore)
      const [after] = await fresh.ask('log checkpoint')
      assert.deepEqual(after, before)
      assert.ok(Number(after?.size) >= 6, 'three decisions and three disclosures')
    },
  )
  await t.test(
    'the gateway goes on under the same log, and its role may still not change it',
    async t => {
      const gateway = await gatewayOn(t, fresh)
      await exchange(gateway, '2026-5')
      assert.deepEqual(valid(await fresh.ask('log verify --from reserve/checkpoint')), {
        gewoon: true,
        vertrouwelijk: true,
      })
      const [after] = await fresh.ask('log checkpoint')
      assert.ok(Number(after?.size) > Number(before?.size))
      await assert.rejects(gateway.serving.house.store.query('DELETE FROM audit.leaf'), {
        code: '42501',
      })
    },
  )
  t.diagnostic(`backup and restore took ${Math.round((performance.now() - began) / 1000)} s`)

  await t.test(
    'a copy older than what the machine saw is refused at start, and says what to do',
    async t => {
      const stale = await machine(t, second, 'oud')
      cpSync(copy, join(stale.dir, 'reserve'), { recursive: true })
      cpSync(join(fresh.dir, 'geheimen'), join(stale.dir, 'geheimen'), { recursive: true })
      const seen = `cp "${fresh.settings.SLUIS_DATA_DIR}"/gezien-*.checkpoint "$SLUIS_DATA_DIR"/\n`
      await well(
        stale,
        restore.replace(/^cp reserve\/gezien.*\n/m, '').replace(/^npx sluis log.*\n/m, ''),
      )
      await well(stale, seen)
      await assert.rejects(gatewayOn(t, stale), {
        name: 'LogDamaged',
        message:
          /korter of anders dan deze machine het zag.*nieuwere kopie.*log create --after-loss/,
      })
      await well(stale, afterLoss)
      const gateway = await gatewayOn(t, stale)
      await exchange(gateway, '2026-6')
      // The ordinary one had grown since the copy; nothing confidential was asked.
      assert.deepEqual(valid(await stale.ask('log verify')), {
        gewoon: false,
        'gewoon-2': true,
        vertrouwelijk: true,
        'vertrouwelijk-2': true,
      })
    },
  )
})

test('embedded: A15: the log in a copy of the directory is what it was, and goes on there', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-copy-'))
  t.after(() => removeTree(dir))
  const [source, copy] = [join(dir, 'data'), join(dir, 'copy')]
  let note = ''
  await t.test('some exchanges', async t => {
    const gateway = await heldGateway(t, 'embedded', { settings: { SLUIS_DATA_DIR: source } })
    await exchange(gateway, '2026-1')
    note = gateway.serving.house.rooms.audit.head('gewoon').note
  })
  cpSync(source, copy, { recursive: true })
  removeTree(source)
  const gateway = await heldGateway(t, 'embedded', { settings: { SLUIS_DATA_DIR: copy } })
  assert.equal(gateway.serving.house.rooms.audit.head('gewoon').note, note)
  await exchange(gateway, '2026-2')
})

test('the signing keys change by the commands of README: the gateway goes on under them, and what was signed before still verifies', async t => {
  await using server = await startPostgres()
  const at = await machine(t, server)
  await well(at, prepareDatabase)
  let held = ''
  let given: Awaited<ReturnType<typeof exchange>> | undefined
  await t.test('under the old keys', async t => {
    const gateway = await gatewayOn(t, at)
    given = await exchange(gateway, '2026-1')
    held = (await at.do('npx sluis log checkpoint | tee reserve/checkpoint')).out
    await well(at, rotate)
    const closed = await gateway.query('gemeente-waterstad')
    assert.equal(closed.status, 503, 'nothing is released under a log that ended')
    assert.equal((await fetch(`${gateway.serving.addresses.ops}/readyz`)).status, 503)
  })
  await t.test('under the new keys', async t => {
    const gateway = await gatewayOn(t, at)
    const later = await exchange(gateway, '2026-2')
    const { origin } = gateway.serving.house.rooms.audit.head('gewoon')
    assert.equal(origin, 'sluis.example/sluis/later/gewoon')
    assert.ok(later.bewijs.tlogProof.includes(`\n${origin}\n`))
    assert.ok(!given?.bewijs.tlogProof.includes(`\n${origin}\n`))
    const again = await gateway.ask('gemeente-waterstad', {
      path: `/v1/bewijzen/${given?.transactie}`,
    })
    assert.equal(again.status, 200, again.text)
    assert.ok(again.text.includes(held.split('\n')[0] ?? 'no origin'), 'the proof of the old log')
  })
  assert.deepEqual(valid(await at.ask('log verify --from reserve/checkpoint')), {
    gewoon: true,
    'gewoon-2': true,
    vertrouwelijk: true,
    'vertrouwelijk-2': true,
  })
})
