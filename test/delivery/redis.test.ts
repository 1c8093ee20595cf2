// What is to be read in Redis, and who does the work when it is used? Identifiers; a worker of its own beside a gateway.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { goodBody, testGateway } from '../support/gateway.ts'
import { metric, until } from '../support/log.ts'
import { runRedis } from '../support/redis.ts'
import { addressesOf } from '../support/spawned.ts'

const exchange = '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken'
const me = 'gemeente-waterstad'
const uwv = '00000099000000004000'

function textUnder(dir: string): string {
  const files = readdirSync(dir, { recursive: true }).map(name => join(dir, String(name)))
  return files
    .filter(file => statSync(file).isFile())
    .map(file => readFileSync(file, 'latin1'))
    .join('\n')
}

async function startWorker(
  t: TestContext,
  settings: NodeJS.ProcessEnv,
): Promise<{ readonly child: ChildProcess; readonly ops: string }> {
  const child = spawn(process.execPath, [resolve('gateway/deliver.ts')], {
    env: settings,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const addresses = await addressesOf(child)
  return { child, ops: addresses.get('ops') ?? '' }
}

test('requests go through Redis, by a worker that shares the work with others; all that was ever written there are identifiers', async t => {
  const redis = await runRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  const gateway = await testGateway(t, 'postgres', { REDIS_URL: redis.url })
  t.after(() => redis[Symbol.asyncDispose]()) // after the gateway
  const worker = await startWorker(t, gateway.demo.settings)
  const ready = async () => (await fetch(`${worker.ops}/readyz`)).status === 200
  await until('the worker to be ready', ready)
  const bodies = Array.from({ length: 20 }, () => goodBody())
  const accepted = await Promise.all(
    bodies.map(async body => {
      const answer = await gateway.ask(me, { path: exchange, body })
      assert.equal(answer.status, 202, answer.text)
      return String(JSON.parse(answer.text).verzoek)
    }),
  )
  for (const verzoek of accepted) {
    await until('each to be ready', async () => {
      const { text } = await gateway.ask(me, { path: `/v1/verzoeken/${verzoek}` })
      return JSON.parse(text).staat === 'gereed'
    })
  }
  const written = textUnder(redis.dir)
  for (const verzoek of accepted) assert.ok(written.includes(verzoek), 'it went through Redis')
  assert.ok(written.includes(`sluis:${uwv}:`), 'in the queue of its partner')
  for (const { betrokkene, zaak, medewerker } of bodies) {
    for (const value of [betrokkene?.waarde, zaak, medewerker?.id, ...Object.keys({ leefvorm: 1 })])
      assert.ok(value && !written.includes(value), 'no value of a question')
  }
  const waiting = () => metric(worker.ops, `sluis_wachtrij{partner="${uwv}"}`)
  await until('none to be left in the queue', async () => (await waiting()) === 0)

  // SIGTERM: what is under way ends, and the process with it.
  const ended = once(worker.child, 'exit')
  worker.child.kill('SIGTERM')
  assert.deepEqual(await Promise.race([ended, wait(20_000, 'too late', { ref: false })]), [0, null])
})
