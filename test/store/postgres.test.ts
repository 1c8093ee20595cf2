import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openStore } from '../../gateway/store.ts'
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
