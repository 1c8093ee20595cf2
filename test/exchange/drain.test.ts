// How does a gateway end? It says so first, finishes what it began, and nothing closes under a call.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { openStore } from '../../gateway/store.ts'
import { clientAgent, goodBody, send } from '../support/gateway.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, until } from '../support/log.ts'
import { openRaw } from '../support/raw.ts'
import { spawnedGateway } from '../support/spawned.ts'

const waterstad = 'gemeente-waterstad'

test('while a call is under way the gateway is not ready, takes no connection, and ends the connection with its answer', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { ops, exchange } = gateway.serving.addresses
  assert.equal((await fetch(`${ops}/readyz`)).status, 200)
  gateway.hold()
  const calling = gateway.query(waterstad)
  await until('the question arrives', () => gateway.questions() === 1)
  const closing = gateway.serving[Symbol.asyncDispose]()
  const answer = await fetch(`${ops}/readyz`)
  const { onderdelen } = (await answer.json()) as { onderdelen: Record<string, boolean> }
  assert.deepEqual([answer.status, onderdelen.open, onderdelen.database], [503, false, true])
  await assert.rejects(fetch(`${exchange}/v1/bevoegdheden`), /fetch failed/)
  gateway.release()
  const { status, headers } = await calling
  assert.deepEqual([status, headers.connection], [200, 'close'])
  await closing
})

test('a call that was still being sent when the gateway began to end is answered as the last of its connection', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const socket = await openRaw(gateway.pkiDir, gateway.exchangePort, waterstad)
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  const ask = 'GET /v1/bevoegdheden HTTP/1.1\r\nHost: localhost\r\n'
  socket.write(`${ask}\r\n${ask}`)
  await until('the first answer', () => text.includes('uwv-inkomsten-bijstand'))
  assert.doesNotMatch(text, /^Connection: close/im)
  const closing = gateway.serving[Symbol.asyncDispose]()
  text = ''
  socket.write('\r\n')
  await until('the second answer', () => text.includes('uwv-inkomsten-bijstand'))
  assert.match(text, /^Connection: close\r$/im)
  await closing
})

test('a decision that is on its way to the log when its caller leaves and the gateway ends has its end too', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { ops } = gateway.serving.addresses
  await using other = await openStore({ ...gateway.place, connections: 2 })
  const index = await lastIndex(other)
  const agent = clientAgent(gateway.pkiDir, waterstad)
  const closing = await other.transaction(async query => {
    await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.gewoon', 0))`)
    const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
    const left = assert.rejects(send(agent, gateway.exchangePort, { path, body: goodBody() }))
    await until('the decision waits', async () => {
      const [row] = await query<{ n: number }>(
        `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
      return (row?.n ?? 0) > 0
    })
    agent.destroy()
    await left
    const ending = gateway.serving[Symbol.asyncDispose]()
    // As long as the call is not done the ops listener stays: were it gone, the log would be closing.
    for (let n = 0; n < 30; n++) await fetch(`${ops}/livez`).catch(() => {})
    return { ending }
  })
  await closing.ending
  const leaves = await leavesAfter(other, index)
  assert.deepEqual(
    leaves.map(({ soort }) => soort),
    ['beslissing', 'afgebroken'],
  )
})

test('a second SIGTERM ends a process at once that still waits for a call', async t => {
  const gateway = await spawnedGateway(t)
  const { process, exchangePort, pkiDir, ops } = gateway
  const ended = once(process, 'exit')
  const socket = await openRaw(pkiDir, exchangePort, waterstad)
  socket.on('error', () => {})
  const ask = 'GET /v1/bevoegdheden HTTP/1.1\r\nHost: localhost\r\n'
  socket.write(`${ask}\r\n${ask}`)
  await once(socket, 'data')
  process.kill('SIGTERM')
  await until('it drains', async () => (await fetch(`${ops}/readyz`)).status === 503)
  const begun = performance.now()
  await until('it is no echo of the first', () => performance.now() - begun > 700)
  assert.equal(process.exitCode, null, 'it waits')
  process.kill('SIGTERM')
  assert.deepEqual(await ended, [1, null])
})
