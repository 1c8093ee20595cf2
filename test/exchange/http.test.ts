// What if the bytes are hostile? Never 200, never 500, never the end of the process; a problem where there can be one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { partyHolder } from '../../certs/names.ts'
import { limits } from '../../gateway/message/limits.ts'
import { readQuery } from '../../gateway/schema.ts'
import { assertHeaders, assertProblem } from '../support/description.ts'
import { clientAgent, goodBody, send, type TestGateway, testGateway } from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'
import { roomy } from '../support/policies.ts'
import { openRaw, parseAnswers, type RawAnswer, sayRaw } from '../support/raw.ts'
import { bodies, heads } from './hostile.ts'
import { chunked, good, path, raw, type } from './question.ts'

const waterstad = 'gemeente-waterstad'

/** They take turns: from the sixtieth on, refusals of one party for one reason are summed up. */
const asker = (turn: number) =>
  ['gemeente-waterstad', 'gemeente-dijkdorp', 'svb', 'toeslagen'][turn % 4] ?? waterstad

async function say(
  gateway: TestGateway,
  bytes: string | Buffer,
  client = waterstad,
): Promise<RawAnswer> {
  const socket = await openRaw(gateway.demo.pkiDir, gateway.exchangePort, client)
  return await sayRaw(socket, [bytes], 2_000)
}

async function assertWell(gateway: TestGateway, after: string): Promise<void> {
  const answer = await gateway.query(waterstad, {})
  assert.equal(answer.status, 200, `after ${after}: ${answer.text}`)
  assert.equal(
    ({} as Record<string, unknown>).vervuild,
    undefined,
    `Object.prototype after ${after}`,
  )
}

const headersOf = (head: string) =>
  Object.fromEntries(
    head.split('\r\n').map(line => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)]
    }),
  )

test('hostile bytes get a problem or an end, never an answer, and others are served on', async t => {
  const gateway = await testGateway(t, 'postgres', roomy(t))
  const { store } = gateway.demo.serving.house
  const asked = () => gateway.demo.uwv.requests()

  let turn = 0
  const ask = async (what: string, bytes: string | Buffer) => {
    const client = asker(turn++)
    const index = await lastIndex(store)
    const said = await say(gateway, bytes, client)
    assert.ok(said.ended, `${what}: the connection ends`)
    const [answer, ...more] = parseAnswers(said.text)
    assert.deepEqual(more, [], `${what}: one answer`)
    if (!answer) return { status: 0, body: '' }
    const headers = headersOf(answer.head)
    if (what.startsWith('HEAD')) assertHeaders(headers, what)
    else assertProblem({ ...answer, text: answer.body, headers }, what)
    if (answer.status === 405) assert.match(String(headers.allow), /^(GET|POST)$/, what)
    const leaves = await leavesAfter(store, index)
    assert.deepEqual(
      leaves.map(({ soort }) => soort),
      ['afwijzing'],
      `${what} is recorded`,
    )
    assert.equal(leaves[0]?.ontvanger, partyHolder(client).oin, what)
    return answer
  }

  /** 400 with the place of each fault and no value; nothing asked of a source. */
  async function refusesBodies(wanted: string): Promise<void> {
    const before = asked()
    const rows = bodies.filter(([row]) => row === wanted)
    assert.ok(rows.length > 0)
    for (const [, what, body] of rows) {
      const answer = await ask(what, raw(body))
      assert.equal(answer.status, 400, `${what}: ${answer.body}`)
      const { fouten } = JSON.parse(answer.body)
      assert.ok(fouten.length > 0, what)
      for (const { pointer, melding, ...rest } of fouten) {
        assert.match(pointer, /^(\/[A-Za-z0-9_*?-]*)*$/, what)
        assert.match(melding, /^[a-z]/, what)
        assert.deepEqual(rest, {}, what)
      }
      if (wanted.startsWith('B')) assert.match(fouten[0].pointer, /^\/betrokkene/, what)
      assert.doesNotMatch(answer.body, /99999001|999993653|2026-000123|u-4711|vervuild/, what)
    }
    assert.equal(asked(), before, 'no source was touched')
    await assertWell(gateway, wanted)
  }

  /** The status of the row, or the end of the connection where no answer can be. */
  async function refusesHeads(wanted: string): Promise<void> {
    const before = asked()
    const rows = heads.filter(([row]) => row === wanted)
    assert.ok(rows.length > 0)
    for (const [, what, statuses, bytes] of rows) {
      const { status, body } = await ask(what, bytes)
      assert.ok(statuses.includes(status), `${what}: ${status} ${body}`)
    }
    assert.equal(asked(), before, 'no source was touched')
    await assertWell(gateway, wanted)
  }

  await t.test(
    'P6: JSON nested 5,000 deep or never closed is 400, 200,000 deep 413, and the process lives on',
    () => refusesBodies('P6'),
  )
  await t.test('P7: a name that stands twice in one object, escaped or not, is 400', () =>
    refusesBodies('P7'),
  )
  await t.test('P8: names of the prototype are 400 and reach no prototype', () =>
    refusesBodies('P8'),
  )
  await t.test(
    'P12: a body that is not one agreed object is 400, naming the place and no value',
    () => refusesBodies('P12'),
  )
  await t.test('B1: a number that is no BSN is 400, naming the field and never the number', () =>
    refusesBodies('B1'),
  )
  await t.test('B3: a number of another kind is no BSN: the field says which kind it holds', () =>
    refusesBodies('B3'),
  )
  await t.test('B4: one BSN, in one member of the body, as text; a list or a number is 400', () =>
    refusesBodies('B4'),
  )

  await t.test(
    'P1: a message that two readers could cut up differently is 400 and the end of the connection',
    () => refusesHeads('P1'),
  )
  await t.test(
    'P3: too many or too large headers are 431, another or no host and an absolute address 400',
    () => refusesHeads('P3'),
  )
  await t.test(
    'P5: a body over the limit is 413 and a compressed one 415, before it is parsed',
    () => refusesHeads('P5'),
  )
  await t.test('P12: another content type or language of answer is 415 or 406', () =>
    refusesHeads('P12'),
  )
  await t.test(
    'P13: another method, method override or spelling of an address is 404, 405 or 400, and opens nothing',
    () => refusesHeads('P13'),
  )

  await t.test(
    'B4: a BSN in a header, the path or the query is not read, and not repeated',
    async () => {
      const bsn = '999993653'
      const before = asked()
      const calls = [
        { path: path.replace('uwv-inkomsten-bijstand', bsn), body: good, status: 404 },
        { path: `${path}/${bsn}`, body: good, status: 404 },
        { path: `${path}?bsn=${bsn}`, body: good, status: 400 },
        { path: `/v1/bewijzen/${bsn}`, status: 404 },
        {
          path,
          body: good.replace(/"betrokkene":\{[^}]*\},/, ''),
          headers: { BSN: bsn, 'X-Betrokkene': bsn },
          status: 400,
        },
      ]
      for (const { status, ...call } of calls) {
        const answer = await gateway.ask(waterstad, call)
        assert.equal(answer.status, status, call.path)
        assert.ok(!JSON.stringify([answer.text, answer.headers]).includes(bsn), call.path)
        const leaves = await leavesOf(store, transactionOf(answer))
        assert.equal(leaves.length, 1, call.path)
        assert.ok(!JSON.stringify(leaves).includes(bsn), call.path)
      }
      assert.equal(asked(), before, 'no source was touched')
    },
  )

  await t.test(
    'B2: a published test number is a person in profile test, and 400 in productie',
    async t => {
      const { port } = await listenBeside(t, gateway, {
        rooms: { profile: 'productie' },
      })
      const agent = clientAgent(gateway.demo.pkiDir, waterstad)
      t.after(() => agent.destroy())
      const before = asked()
      for (const waarde of ['999990019', '111222333', '123456782', '111111110', '444444440']) {
        const body = { ...goodBody(), betrokkene: { soort: 'bsn', waarde } }
        const answer = await send(agent, port, { path, body })
        assert.equal(answer.status, 400, answer.text)
        assert.equal(answer.body.fouten[0]?.pointer, '/betrokkene/waarde')
        assert.ok(!answer.text.includes(waarde))
      }
      assert.equal(asked(), before, 'no source was touched')
      const { status } = await gateway.query(waterstad, {
        betrokkene: { soort: 'bsn', waarde: '111222333' },
      })
      assert.equal(status, 200)
    },
  )

  await t.test(
    'P13: a caller that speaks only HTTP/2 gets no connection, and Upgrade changes nothing',
    async () => {
      const { pkiDir } = gateway.demo
      await assert.rejects(
        openRaw(pkiDir, gateway.exchangePort, waterstad, { ALPNProtocols: ['h2'] }),
        /no application protocol/i,
      )
      const both = await openRaw(pkiDir, gateway.exchangePort, waterstad, {
        ALPNProtocols: ['h2', 'http/1.1'],
      })
      assert.equal(both.alpnProtocol, 'http/1.1')
      both.destroy()
      for (const upgrade of ['h2c', 'websocket', 'TLS/1.2']) {
        const lines = [type, `Upgrade: ${upgrade}`, 'HTTP2-Settings: AAMAAABkAAQAAP__']
        const bytes = raw(good, lines)
          .toString()
          .replace('Connection: close', 'Connection: Upgrade, close')
        const answers = parseAnswers((await say(gateway, bytes)).text)
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200],
          upgrade,
        )
      }
    },
  )

  await t.test(
    'P1: of two requests in one message the second is never answered as a good one',
    async () => {
      const smuggled = [
        // The classic pair: whoever believes the other length sees a second request.
        `POST ${path} HTTP/1.1\r\nHost: x\r\n${type}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${raw(good)}`,
        `POST ${path} HTTP/1.1\r\nHost: x\r\n${type}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n${raw(good)}`,
        `GET /v1/bestaat-niet HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 900\r\n\r\n${raw(good)}`,
        // A body that nobody reads must not be taken for the next request.
        `POST /v1/bestaat-niet HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n${raw(good)}`,
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 99999\r\n\r\n${raw(good)}`,
      ]
      const before = asked()
      for (const bytes of smuggled) {
        const { text } = await say(gateway, bytes)
        for (const { status } of parseAnswers(text))
          assert.notEqual(status, 200, text.slice(0, 200))
      }
      assert.equal(asked(), before)
      // Two honest ones in one message are two.
      const two = raw(good).toString().replace('Connection: close\r\n', '') + raw(good).toString()
      const answers = parseAnswers((await say(gateway, two)).text)
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      )
      await assertWell(gateway, 'smuggling')
    },
  )

  await t.test('P5: a gigabyte in chunks is not taken in', async () => {
    const socket = await openRaw(gateway.demo.pkiDir, gateway.exchangePort, waterstad)
    const before = process.memoryUsage().rss
    let sent = 0
    function* gigabyte(): Generator<string | Buffer> {
      yield chunked('')
      const chunk = Buffer.concat([
        Buffer.from('10000\r\n'),
        Buffer.alloc(65_536, ' '),
        Buffer.from('\r\n'),
      ])
      for (; sent < 2 ** 30; sent += 65_536) yield chunk
    }
    const said = await sayRaw(socket, gigabyte())
    assert.ok(sent < 64 * 2 ** 20, `it took ${sent >> 20} MiB`)
    assert.ok(process.memoryUsage().rss - before < 200 * 2 ** 20)
    for (const { status } of parseAnswers(said.text)) assert.equal(status, 413)
    await assertWell(gateway, 'a gigabyte')
  })

  await t.test('P5: the largest body that is allowed is read', async () => {
    const answer = await gateway.ask(waterstad, { path, body: good.padEnd(limits.bodyBytes) })
    assert.equal(answer.status, 200, answer.text)
  })

  await t.test(
    'P12: whatever a good body is changed into, it gets no 500, and 200 only in the agreed shape',
    async () => {
      await fc.assert(
        fc.asyncProperty(mutations, async body => {
          const answer = await gateway.ask(waterstad, { path, body })
          assert.ok([200, 400, 403].includes(answer.status), `${answer.status}: ${body}`)
          if (answer.status !== 400) assert.equal(isAgreed(body), true, body)
        }),
        {
          numRuns: Number(process.env.SLUIS_TEST_RUNS ?? 300),
          seed: Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 2 ** 31),
        },
      )
      await assertWell(gateway, 'mutations')
    },
  )
})

/** Strict JSON is judged on its own (test/message); here: what JSON.parse reads fits the schema. */
function isAgreed(body: string): boolean {
  try {
    return !Array.isArray(readQuery(JSON.parse(body)))
  } catch {
    return false
  }
}

const names = [
  'betrokkene',
  'velden',
  'periode',
  'parameters',
  'zaak',
  'medewerker',
  '__proto__',
  'constructor',
  'x',
]

/** A good body with a member changed to anything, or its text cut, doubled or with one character changed. */
const mutations: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...names), fc.json())
    .map(([name, value]) => good.replace('{', `{"${name}_":${value},`).replace(`${name}_`, name)),
  fc
    .tuple(fc.constantFrom(...names), fc.jsonValue())
    .map(([name, value]) => JSON.stringify({ ...goodBody(), [name]: value })),
  fc
    .tuple(fc.constantFrom('waarde', 'soort', 'x'), fc.jsonValue())
    .map(([name, value]) =>
      JSON.stringify({ ...goodBody(), betrokkene: { ...goodBody().betrokkene, [name]: value } }),
    ),
  fc.constantFrom(...names).map(name => JSON.stringify({ ...goodBody(), [name]: undefined })),
  fc.nat(good.length).map(at => good.slice(0, at)),
  fc
    .tuple(fc.nat(good.length - 1), fc.string({ unit: 'binary', maxLength: 3 }))
    .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1)),
  fc
    .tuple(fc.nat(good.length), fc.nat(good.length))
    .map(([from, to]) => good.slice(0, from) + good.slice(Math.min(from, to))),
  fc.json(),
)
