import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { connect, Socket } from 'node:net'
import { test } from 'node:test'
import { endSlowReaders } from '../../gateway/listen/request.ts'
import { limits } from '../../gateway/message/limits.ts'
import { dawdle, graceMs, kinds } from '../../soak/slow.ts'
import { clientAgent, send, testGateway } from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import { leavesOf, transactionOf, until } from '../support/log.ts'
import { roomy } from '../support/policies.ts'
import { openRaw, parseAnswers, sayRaw } from '../support/raw.ts'
import { chunked, good, path, raw, type } from './question.ts'

const waterstad = 'gemeente-waterstad'

test('who is slow is put out, and who is many is kept out', async t => {
  const gateway = await testGateway(t, 'postgres', roomy(t))

  await t.test(
    'P4: slow headers, a slow body and an idle connection end in the stated time',
    async t => {
      const { port } = await listenBeside(t, gateway, {
        limits: { headersMs: 500, requestMs: 1_000, keepAliveMs: 500 },
      })
      const slow = {
        'no byte': [],
        'half a head': [`POST ${path} HTTP/1.1\r\nHost: x\r\n`],
        'half a body': [
          `POST ${path} HTTP/1.1\r\nHost: x\r\n${type}\r\nContent-Length: 500\r\n\r\n{"velden":`,
        ],
        'half a chunk': [chunked('5\r\nab')],
      }
      await Promise.all(
        Object.entries(slow).map(async ([what, pieces]) => {
          const socket = await openRaw(gateway.demo.pkiDir, port, waterstad)
          const said = await sayRaw(socket, pieces, 10_000)
          assert.ok(said.took < 5_000, `${what}: ${Math.round(said.took)} ms`)
          for (const { status } of parseAnswers(said.text))
            assert.ok([400, 408].includes(status), what)
        }),
      )
      const socket = await openRaw(gateway.demo.pkiDir, port, waterstad)
      const idle = await sayRaw(
        socket,
        [raw(good).toString().replace('Connection: close\r\n', '')],
        10_000,
      )
      assert.deepEqual(
        parseAnswers(idle.text).map(({ status }) => status),
        [200],
      )
      assert.ok(idle.took < 5_000, `idle: ${Math.round(idle.took)} ms`)
    },
  )

  await t.test(
    'P4: forty slow connections of one party, of every kind, each end in their stated time',
    async t => {
      const change = { handshakeMs: 400, headersMs: 400, requestMs: 900, keepAliveMs: 600 }
      const { port, connections } = await listenBeside(t, gateway, { limits: change })
      const place = {
        pkiDir: gateway.demo.pkiDir,
        exchangePort: port,
        limits: { ...limits, ...change },
      }
      const patience = AbortSignal.timeout(10_000)
      const stated: Readonly<Record<string, number>> = change
      const lives = Array.from({ length: 8 }, () => Object.values(kinds)).flat()
      const ends = Promise.all(
        lives.map(async kind => {
          const lived = await dawdle(place, waterstad, kind, patience)
          const limit = stated[kind.endsBy] ?? 0
          assert.ok(limit > 0 && lived < limit + graceMs, `${kind.endsBy}: ${Math.round(lived)} ms`)
        }),
      )
      const other = clientAgent(gateway.demo.pkiDir, 'gemeente-dijkdorp')
      assert.equal((await send(other, port, { path, body: good })).status, 200)
      other.destroy()
      await ends
      await until('nothing is left', async () => (await connections()) === 0)
    },
  )

  await t.test('P4: a drip of headers or body that never ends is cut off as well', async t => {
    const { port } = await listenBeside(t, gateway, {
      limits: { headersMs: 500, requestMs: 1_000 },
    })
    const heads = [`POST ${path} HTTP/1.1\r\nHost: x\r\nX-A: `, chunked('10000\r\n')]
    await Promise.all(
      heads.map(async head => {
        const socket = await openRaw(gateway.demo.pkiDir, port, waterstad)
        const drip = setInterval(() => socket.write('a'), 50)
        socket.once('close', () => clearInterval(drip))
        const said = await sayRaw(socket, [head], 10_000)
        clearInterval(drip)
        assert.ok(said.took < 5_000)
        for (const { status } of parseAnswers(said.text)) assert.equal(status, 400)
      }),
    )
  })

  await t.test(
    'P4: half a ClientHello, and a caller that says nothing at all, are hung up on',
    async t => {
      const { port, connections } = await listenBeside(t, gateway, { limits: { handshakeMs: 500 } })
      const hello = Buffer.from('16030100c8010000c40303', 'hex')
      const took = await Promise.all(
        [[], [hello.subarray(0, 1)], [hello]].map(async pieces => {
          const begun = performance.now()
          const socket = connect(port, 'localhost')
          socket.on('error', () => {}).resume()
          for (const piece of pieces) socket.write(piece)
          await once(socket, 'close')
          return performance.now() - begun
        }),
      )
      for (const ms of took) assert.ok(ms > 400 && ms < 5_000, `${Math.round(ms)} ms`)
      assert.equal(await connections(), 0)
    },
  )

  await t.test(
    'P4: who does not take its answer is put out in the stated time, and it is not kept in memory',
    async t => {
      const { port, connections } = await listenBeside(t, gateway, {
        limits: { answerMs: 500 },
        proofsOf: async () => {
          const beslissing = { logregel: 'x'.repeat(20_000_000), tlogProof: '' }
          return { log: 'gewoon', proofs: { transactie: '', beslissing, verstrekkingen: [] } }
        },
      })
      const lazy = await openRaw(gateway.demo.pkiDir, port, waterstad)
      lazy.on('error', () => {}).pause()
      const uuid = '0198c0de-0000-7000-8000-000000000001'
      lazy.write(`GET /v1/bewijzen/${uuid} HTTP/1.1\r\nHost: x\r\n\r\n`)
      const begun = performance.now()
      const other = clientAgent(gateway.demo.pkiDir, 'gemeente-dijkdorp')
      assert.equal((await send(other, port, { path, body: good })).status, 200)
      other.destroy()
      await until('it is put out', async () => (await connections()) === 0)
      const took = performance.now() - begun
      assert.ok(took > 400 && took < 5_000, `${Math.round(took)} ms`)
      lazy.destroy()
    },
  )

  await t.test('P4: who asks on and on and takes no answer is put out too', async t => {
    const { port, connections } = await listenBeside(t, gateway, { limits: { answerMs: 500 } })
    const greedy = await openRaw(gateway.demo.pkiDir, port, 'toeslagen')
    greedy.on('error', () => {}).pause()
    const before = process.memoryUsage().rss
    greedy.write('GET /v1/bevoegdheden HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20_000))
    await until('a backlog stands', async () => (await connections()) === 1)
    await until('it is put out', async () => (await connections()) === 0)
    assert.ok(process.memoryUsage().rss - before < 200 * 2 ** 20)
    greedy.destroy()
  })

  await t.test(
    'P4: fifty questions in one message are answered in their order; with a thousand the connection may end, and nobody else notices',
    async () => {
      const questions = Array.from(
        { length: 1_000 },
        (_, n) => `GET /v1/bestaat-niet-${n} HTTP/1.1\r\nHost: x\r\n\r\n`,
      )
      for (const count of [50, 1_000]) {
        const socket = await openRaw(gateway.demo.pkiDir, gateway.exchangePort, 'svb')
        const text = questions.slice(0, count).join('')
        const answers = parseAnswers((await sayRaw(socket, [text], 1_000)).text)
        if (count === 50) assert.equal(answers.length, count)
        assert.ok(answers.length <= count)
        const ids = answers.map(({ body }) => JSON.parse(body).instance.slice('urn:uuid:'.length))
        assert.equal(new Set(ids).size, answers.length, 'none is answered twice')
        const times = ids.map(id => id.slice(0, 13))
        assert.deepEqual(times, times.toSorted(), 'in the order of asking')
        for (const { status } of answers) assert.ok(status === 404 || status === 503, `${status}`)
        assert.equal((await gateway.query('gemeente-dijkdorp', {})).status, 200)
      }
    },
  )

  await t.test(
    'P4: one party has so many connections and no more; another still comes in',
    async t => {
      const { port } = await listenBeside(t, gateway, { limits: { connectionsPerPeer: 3 } })
      const sockets = await Promise.all(
        Array.from({ length: 3 }, () => openRaw(gateway.demo.pkiDir, port, waterstad)),
      )
      const fourth = await openRaw(gateway.demo.pkiDir, port, waterstad)
      const said = await sayRaw(fourth, [raw(good)])
      assert.deepEqual(parseAnswers(said.text), [], 'the fourth is not served')
      const other = await openRaw(gateway.demo.pkiDir, port, 'gemeente-dijkdorp')
      assert.deepEqual(
        parseAnswers((await sayRaw(other, [raw(good)])).text).map(({ status }) => status),
        [200],
      )
      const [first] = sockets
      assert.ok(first)
      const closed = once(first, 'close')
      first.destroy()
      await closed
      await until('there is room again', async () => {
        const again = await openRaw(gateway.demo.pkiDir, port, waterstad)
        return parseAnswers((await sayRaw(again, [raw(good)])).text)[0]?.status === 200
      })
      for (const socket of sockets) socket.destroy()
    },
  )

  await t.test('P4: one party has so many requests under way and no more', async t => {
    const { port } = await listenBeside(t, gateway, { limits: { inFlightPerPeer: 2 } })
    const seen = gateway.demo.uwv.requests()
    const agent = clientAgent(gateway.demo.pkiDir, waterstad)
    const other = clientAgent(gateway.demo.pkiDir, 'gemeente-dijkdorp')
    t.after(() => {
      agent.destroy()
      other.destroy()
    })
    gateway.demo.uwv.misbehave('stil')
    const waiting = [1, 2].map(() => send(agent, port, { path, body: good }).catch(() => undefined))
    await until('two are under way', () => gateway.demo.uwv.requests() === seen + 2)
    gateway.demo.uwv.misbehave('normaal')
    const third = await send(agent, port, { path, body: good })
    assert.equal(third.status, 503, third.text)
    assert.match(third.body.type, /overbelast$/)
    assert.equal(third.headers['retry-after'], '1')
    const [leaf] = await leavesOf(gateway.demo.serving.house.store, transactionOf(third))
    assert.equal(leaf?.soort, 'afwijzing')
    assert.equal((await send(other, port, { path, body: good })).status, 200, 'another party')
    agent.destroy()
    await Promise.all(waiting)
    const again = clientAgent(gateway.demo.pkiDir, waterstad)
    await until('there is room again', async () => {
      return (await send(again, port, { path, body: good })).status === 200
    })
    again.destroy()
  })
})

/** An answer, on a connection when it has one. */
function answer(socket?: Socket): ServerResponse {
  const made = new ServerResponse(new IncomingMessage(new Socket()))
  if (socket) made.on('error', () => {}).assignSocket(socket.on('error', () => {}))
  return made
}

test('P4: an answer that nobody takes ends its connection; one being made or waiting its turn does not', t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const [stuck, making, late] = [new Socket(), new Socket(), new Socket()]
  const server = new EventEmitter()
  const answers = [answer(stuck).end('x'), answer(making), answer().end('x')]
  endSlowReaders(server, () => answers, { answerMs: 20_000 })
  t.mock.timers.tick(20_000)
  assert.deepEqual([stuck.destroyed, making.destroyed], [false, false])
  t.mock.timers.tick(1_000)
  assert.deepEqual([stuck.destroyed, making.destroyed], [true, false])
  answers.push(answer(late).end('x'))
  server.emit('close')
  t.mock.timers.tick(60_000)
  assert.equal(late.destroyed, false, 'no timer outlives its server')
})
