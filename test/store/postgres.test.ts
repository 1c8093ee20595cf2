import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openStore } from '../../gateway/store.ts'
import { testPlace } from '../support/database.ts'
import { findPostgres, startPostgres } from '../support/postgres.ts'

test('a server that cannot start says why', async () => {
  await assert.rejects(startPostgres({ nonsense: 'on' }), /nonsense/)
})

test('PostgreSQL is looked for where the environment says and nowhere else', () => {
  assert.equal(findPostgres({ SLUIS_TEST_POSTGRES_BIN: '/nowhere' }), undefined)
  const found = findPostgres()
  assert.ok(found)
  assert.equal(findPostgres({ SLUIS_TEST_POSTGRES_BIN: found }), found)
})

test('a server starts with durable commits and keeps its data over a crash', async t => {
  const postgres = await startPostgres()
  t.after(() => postgres[Symbol.asyncDispose]())
  {
    await using store = await openStore({ url: postgres.url, dir: '' })
    await store.query('CREATE TABLE proef (n int)')
    await store.query('INSERT INTO proef VALUES (1)')
  }
  await postgres.stop()
  await postgres.start()
  await using store = await openStore({ url: postgres.url, dir: '' })
  assert.deepEqual(await store.query('SELECT n FROM proef'), [{ n: 1 }])
})

test('a server ends with the process that started it, killed and paused or not', async t => {
  const support = JSON.stringify(join(import.meta.dirname, '../support/postgres.ts'))
  const code = `const { startPostgres } = await import(${support})
    const postgres = await startPostgres()
    postgres.pause()
    process.stdout.write(postgres.url)
    setInterval(() => {}, 1000)`
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', code])
  t.after(() => starter.kill('SIGKILL'))
  const [url] = await once(starter.stdout, 'data')
  starter.kill('SIGKILL')
  const deadline = performance.now() + 20_000
  const refused = (error: unknown) => String((error as Error).cause).includes('ECONNREFUSED')
  for (;;) {
    const error = await openStore({ url: String(url), dir: '', deadlineMs: 500 }).catch(e => e)
    if (refused(error)) break
    assert.ok(performance.now() < deadline, 'the server still runs')
    await wait(100)
  }
})

test('a statement that comes often is planned once per connection, also by two stores of one embedded database', async t => {
  const { url, dir } = await testPlace(t, 'postgres')
  await using one = await openStore({ ...(url && { url }), dir, connections: 1 })
  const text = 'SELECT $1::int AS n'
  for (const n of [1, 2, 3]) assert.deepEqual(await one.often(text, [n]), [{ n }])
  const named =
    'SELECT statement, (generic_plans + custom_plans)::int AS plans FROM pg_prepared_statements'
  assert.deepEqual(await one.query(named), [{ statement: text, plans: 3 }])

  const place = await testPlace(t, 'embedded')
  await using first = await openStore(place)
  await using second = await openStore(place)
  for (const n of [1, 2, 3]) {
    assert.deepEqual(await first.often(text, [n]), [{ n }])
    assert.deepEqual(await second.often(text, [n]), [{ n }])
  }
  assert.deepEqual(await first.query(named), [])
})
