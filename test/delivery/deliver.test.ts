import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import test, { type TestContext } from 'node:test'
import { prepare } from '../../demo/prepare.ts'
import { generateKeys } from '../../gateway/audit/keys.ts'
import { type Config, readConfig } from '../../gateway/config.ts'
import { deliver } from '../../gateway/deliver.ts'
import { expireFacts } from '../../gateway/policy/expire.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { kinds, type Place, testPlace, testStore } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { alarms, until } from '../support/log.ts'
import { startPostgres } from '../support/postgres.ts'

const hour = 3_600_000
const brisk = { everyMs: 25, retryMs: 25 }

interface Fact {
  readonly sleutel: string
  readonly open?: boolean
  readonly tijd: number
  readonly vervalt: number
}

async function plant(store: Store, ...facts: readonly Fact[]): Promise<void> {
  for (const { sleutel, open = true, tijd, vervalt } of facts) {
    await store.query(
      `INSERT INTO policy.case_fact (sleutel, uitwisseling, trede, open, tijd, vervalt)
       VALUES ($1, 'uwv-inkomsten-bijstand', 'bedragen', $2, $3, $4)`,
      [sleutel, open, tijd, vervalt],
    )
  }
}

async function left(store: Store): Promise<string[]> {
  const rows = await store.query<{ sleutel: string }>('SELECT sleutel FROM policy.case_fact')
  return rows.map(({ sleutel }) => sleutel).sort()
}

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-worker-'))
  t.after(() => removeTree(dir))
  return dir
}

/** The settings of a whole worker on this database, which gets its logs; no sources. */
async function settings(place: Place): Promise<NodeJS.ProcessEnv> {
  const { url, owner, dir } = place
  await using prepared = await prepare(
    {
      SLUIS_DATA_DIR: dir,
      ...(url && owner && { DATABASE_URL: url, DATABASE_MIGRATE_URL: owner }),
      SLUIS_OPS_PORT: '0',
      SLUIS_LOG_LEVEL: 'silent',
    },
    async () => '{}\n',
  )
  return prepared.settings
}

async function worker(place: Place): Promise<Config> {
  return readConfig(await settings(place))
}

async function ready(
  ops: string,
): Promise<{ status: number; onderdelen: Record<string, boolean> }> {
  const answer = await fetch(`${ops}/readyz`)
  const { onderdelen } = (await answer.json()) as { onderdelen: Record<string, boolean> }
  return { status: answer.status, onderdelen }
}

for (const kind of kinds) {
  test(`${kind}: the worker deletes facts past their term, and makes the keys of the months ahead`, async t => {
    const place = await testPlace(t, kind)
    const config = await worker(place)
    const now = Date.now()
    await using store = await openStore(place)
    await plant(
      store,
      { sleutel: 'voorbij', tijd: now - 2 * hour, vervalt: now - hour },
      { sleutel: 'geldig', tijd: now - hour, vervalt: now + hour },
    )
    await using running = await deliver(config, { pace: brisk })
    await until('a round that succeeded', async () => (await ready(running.ops)).status === 200)
    assert.deepEqual(await left(store), ['geldig'])
    const made = readdirSync(join(place.dir, 'keys')).filter(name => /\d{4}-\d{2}/.test(name))
    assert.deepEqual(generateKeys(join(place.dir, 'keys'), now), [], 'every month is there')
    assert.equal((await fetch(`${running.ops}/livez`)).status, 200)

    // Not once at the start but round after round.
    await plant(store, { sleutel: 'later voorbij', tijd: now - hour, vervalt: now })
    rmSync(join(place.dir, 'keys', made.at(-1) ?? ''))
    await until('the fact of later to go', async () => (await left(store)).length === 1)
    await until('the key to be made', () => existsSync(join(place.dir, 'keys', made.at(-1) ?? '')))
    assert.equal(await alarms(running.ops, 'onderhoud-mislukt'), 0)
  })

  test(`${kind}: a closing fact stays as long as an older one would open the rung again`, async t => {
    const store = await testStore(t, kind)
    const now = Date.now()
    const opened = { sleutel: 'a', tijd: now - 3 * hour, vervalt: now + hour }
    const closed = { sleutel: 'a', open: false, tijd: now - 2 * hour, vervalt: now - hour }
    await plant(store, opened, closed, { ...closed, sleutel: 'b' }, { ...opened, sleutel: 'c' })
    assert.equal(await expireFacts(store, now), 1)
    assert.deepEqual(await left(store), ['a', 'a', 'c'])
    assert.equal(await expireFacts(store, now + hour), 3, 'together they go')
    assert.deepEqual(await left(store), [])
  })
}

test('a worker without a database raises an alarm, goes on with the rest, and does its work when it is back', async t => {
  await using server = await startPostgres()
  const dir = directory(t)
  const config = await worker({ url: server.url, owner: server.url, dir })
  {
    await using store = await openStore({ url: server.url, dir })
    await plant(store, { sleutel: 'voorbij', tijd: 0, vervalt: 1 })
  }
  await server.stop()
  await using running = await deliver(config, { pace: brisk })
  await until('an alarm', async () => (await alarms(running.ops, 'onderhoud-mislukt')) > 1)
  assert.equal((await fetch(`${running.ops}/livez`)).status, 200, 'it lives')
  const without = await ready(running.ops)
  assert.deepEqual(without, {
    status: 503,
    onderdelen: {
      database: false,
      feiten: false,
      handtekeningen: false,
      verzoeken: false,
      berichten: false,
      sessies: false,
      sleutels: true,
      vernietiging: false,
      aanwijzingen: false,
      dagtelling: false,
      zoekkopie: false,
      bestanden: false,
      meldingen: false,
      huis: false,
      wachtrij: false,
    },
  })
  await server.start()
  await until('a round that succeeded', async () => (await ready(running.ops)).status === 200)
  await using store = await openStore({ url: server.url, dir })
  assert.deepEqual(await left(store), [])
})

test('workers beside each other do everything once and harm nothing', async t => {
  const place = await testPlace(t, 'postgres')
  const config = await worker(place)
  const now = Date.now()
  await using store = await openStore(place)
  const facts = Array.from({ length: 200 }, (_, i) => ({ sleutel: `${i}`, tijd: 0, vervalt: 1 }))
  await plant(store, ...facts, { sleutel: 'geldig', tijd: now, vervalt: now + hour })
  const workers = await Promise.all([1, 2, 3].map(() => deliver(config, { pace: brisk })))
  try {
    for (const { ops } of workers) {
      await until('a round that succeeded', async () => (await ready(ops)).status === 200)
      assert.equal(await alarms(ops, 'onderhoud-mislukt'), 0)
    }
    assert.deepEqual(await left(store), ['geldig'])
    const dir = join(place.dir, 'keys')
    const secrets = readdirSync(dir).map(name => readFileSync(join(dir, name), 'utf8'))
    assert.equal(new Set(secrets).size, secrets.length, 'each key is whole and its own')
  } finally {
    await Promise.all(workers.map(running => running[Symbol.asyncDispose]()))
  }
})

test('the worker as a process: it tells its address, is left alone by SIGHUP and ended by SIGTERM', async t => {
  const place = await testPlace(t, 'postgres')
  const child = spawn(process.execPath, [resolve('gateway/deliver.ts')], {
    env: await settings(place),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  t.after(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const [, ops = ''] = /^ops (http:\/\/127\.0\.0\.1:\d+)$/.exec(String(line)) ?? []
  await until('a round that succeeded', async () => (await ready(ops)).status === 200)
  child.kill('SIGHUP')
  assert.equal((await fetch(`${ops}/livez`)).status, 200)
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})
