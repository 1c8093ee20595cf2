import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { type TestContext } from 'node:test'
import { reachEmbedded } from '../../gateway/embedded.ts'
import { isUnavailable, openStore } from '../../gateway/store.ts'
import { asOwner, testPlace } from '../support/database.ts'
import { freeze } from '../support/postgres.ts'
import { eventually } from './eventually.ts'

interface Holder {
  readonly child: ChildProcess
  /** Gives a word and waits for the line that answers it. */
  tell(word: string, answer?: string): Promise<void>
  kill(): Promise<void>
  freeze(): void
}

async function hold(t: TestContext, dir: string, name: string): Promise<Holder> {
  const path = join(import.meta.dirname, 'hold.ts')
  const child = spawn(process.execPath, [path, dir, name], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const expect = async (line: string) => assert.equal((await lines.next()).value, line)
  await expect('open')
  return {
    child,
    async tell(word, answer = `${word} done`) {
      child.stdin.write(`${word}\n`)
      await expect(answer)
    },
    freeze() {
      assert.ok(child.pid)
      freeze(child.pid)
    },
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

const count = "SELECT count(*) AS n FROM public.proef WHERE name IN ('one', 'two')"

test('two processes that open one directory at once share one database', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  const [one, two] = await Promise.all([hold(t, dir, 'one'), hold(t, dir, 'two')])
  await Promise.all([one.tell('fill'), two.tell('fill')])
  await using store = await openStore({ dir })
  assert.deepEqual(await store.query(count), [{ n: 50 }])
  await Promise.all([one.kill(), two.kill()])
  assert.deepEqual(await eventually(() => store.query(count)), [{ n: 50 }])
})

test('what a killed process held is taken over, with everything it had committed', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  const one = await hold(t, dir, 'one')
  await one.tell('fill')
  await using store = await openStore({ dir, deadlineMs: 10_000 })
  await store.query("INSERT INTO public.proef VALUES ('two', 1)")
  await one.kill()
  assert.deepEqual(await eventually(() => store.query(count)), [{ n: 26 }])
  const next = await hold(t, dir, 'two')
  await next.tell('fill')
  assert.deepEqual(await store.query(count), [{ n: 51 }])
})

test('who opens after a kill -9 finds no lock in the way', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  const one = await hold(t, dir, 'one')
  await one.tell('fill')
  const left = readFileSync(join(dir, 'db.socket'), 'utf8')
  await one.kill()
  assert.ok(existsSync(left))
  await using store = await openStore({ dir })
  assert.deepEqual(await store.query(count), [{ n: 25 }])
  assert.ok(!existsSync(left))
})

test('when the process that held it closes, the other goes on', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  const one = await hold(t, dir, 'one')
  await using store = await openStore({ dir, deadlineMs: 30_000 })
  await store.query("INSERT INTO public.proef VALUES ('two', 1)")
  await one.tell('close')
  const start = performance.now()
  const results = await Promise.all(
    Array.from({ length: 8 }, () => eventually(() => store.query(count))),
  )
  assert.deepEqual(results, Array(8).fill([{ n: 1 }]))
  // Nobody waits for the deadline of a connection that will never come.
  assert.ok(performance.now() - start < 20_000)
})

test('a transaction of a killed process is rolled back and blocks nobody', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  await using store = await openStore({ dir })
  const one = await hold(t, dir, 'one')
  await one.tell('begin', 'begun')
  const waiting = store.query(count)
  await one.kill()
  assert.deepEqual(await waiting, [{ n: 0 }])
})

test('a process that sits still in a transaction is cut off, so that others go on', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  await using store = await openStore({ dir, deadlineMs: 20_000 })
  const one = await hold(t, dir, 'one')
  await one.tell('begin', 'begun')
  one.freeze()
  assert.deepEqual(await store.query(count), [{ n: 0 }])
})

test('while the process that holds it is stopped, questions are refused in time', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  const one = await hold(t, dir, 'one')
  await using store = await openStore({ dir, deadlineMs: 2_000 })
  await store.query(count)
  one.freeze()
  for (const _ of [1, 2]) {
    await assert.rejects(store.query(count), error => isUnavailable(error))
  }
  one.child.kill('SIGCONT')
  await one.tell('fill')
  assert.deepEqual(await eventually(() => store.query(count)), [{ n: 25 }])
})

test('a socket in a directory that others can enter is not believed', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  await using _holder = await reachEmbedded(dir, 1_000)
  const real = readFileSync(join(dir, 'db.socket'), 'utf8')
  const open = mkdtempSync(join(tmpdir(), 'open-'))
  const impostor = createServer().listen(join(open, '.s.PGSQL.5432'))
  await once(impostor, 'listening')
  t.after(() => impostor.close())
  writeFileSync(join(dir, 'db.socket'), open)
  await using _believed = await reachEmbedded(dir, 300)
  chmodSync(open, 0o755)
  await assert.rejects(reachEmbedded(dir, 300), { code: 'ETIMEDOUT' })
  writeFileSync(join(dir, 'db.socket'), real)
  await using again = await reachEmbedded(dir, 300)
  assert.equal(again.host, real)
})

test('a peer that does not speak the protocol is cut off and harms nobody', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  await using store = await openStore({ dir })
  const path = join(readFileSync(join(dir, 'db.socket'), 'utf8'), '.s.PGSQL.5432')
  const startup = Buffer.concat([Buffer.from([0, 0, 0, 9, 0, 3, 0, 0]), Buffer.from([0])])
  const emptySslRequest = Buffer.from([0, 0, 0, 0, 4, 210, 22, 47])
  for (const bytes of [emptySslRequest, Buffer.concat([startup, Buffer.alloc(16)])]) {
    const socket = connect(path)
    socket.write(bytes)
    socket.resume()
    await once(socket, 'close')
    assert.deepEqual(await store.query('SELECT 1 AS n'), [{ n: 1 }])
  }
})

test('the settings of one connection do not reach another', async t => {
  const { dir } = asOwner(await testPlace(t, 'embedded'))
  await using store = await openStore({ dir })
  await store.transaction(async query => {
    await query("SET LOCAL application_name = 'inside'")
  })
  assert.deepEqual(await store.query("SELECT current_setting('application_name') AS name"), [
    { name: '' },
  ])
})
