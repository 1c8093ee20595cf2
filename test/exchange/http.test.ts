// What if the bytes are hostile? Never 200, never 500, never the end of the process; a problem where there can be one.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { partyHolder } from '../../certs/names.ts'
import { limits } from '../../gateway/message/limits.ts'
import { readQuery } from '../../gateway/schema.ts'
import { assertProblem } from '../support/description.ts'
import { clientAgent, goodBody, send, type TestGateway, testGateway } from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf, until } from '../support/log.ts'
import { roomy } from '../support/policies.ts'
import { openRaw, parseAnswers, type RawAnswer, sayRaw } from '../support/raw.ts'

const waterstad = 'gemeente-waterstad'
const good = JSON.stringify({ ...goodBody(), zaak: '2026-000123' })
const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
const type = 'Content-Type: application/json'

/** A whole request as text; `lines` are headers besides Host. */
function raw(
  body: string | Buffer,
  lines: readonly string[] = [type],
  line = `POST ${path}`,
): Buffer {
  const head = [
    `${line} HTTP/1.1`,
    'Host: localhost',
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

const nested = (depth: number, open: string, close: string) =>
  `${open.repeat(depth)}1${close.repeat(depth)}`

/** They take turns: from the sixtieth on, refusals of one party for one reason are summed up. */
const asker = (turn: number) =>
  ['gemeente-waterstad', 'gemeente-dijkdorp', 'svb', 'toeslagen'][turn % 4] ?? waterstad

/** Bodies of faults.md §3 that are not what was agreed; each 400 with the places of its faults. */
const bodies: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['null', 'null'],
  ['a list', `[${good}]`],
  ['a string', '"a"'],
  ['a number', '1'],
  ['blanks', '   '],
  ['two values', `${good}${good}`],
  ['a trailing comma', good.replace(/}$/, ',}')],
  ['a comment', `/* */${good}`],
  ['single quotes', good.replaceAll('"', "'")],
  ['NaN', good.replace('"2026-000123"', 'NaN')],
  ['nested 5,000 deep', nested(5_000, '[', ']')],
  ['objects nested 5,000 deep', nested(5_000, '{"a":', '}')],
  ['nested 30,000 deep, never closed', '['.repeat(30_000)],
  ['a member nested deep', good.replace('"2026-000123"', nested(2_000, '[', ']'))],
  ['a name twice', good.replace('{', '{"zaak":"1",')],
  ['a name twice, escaped', good.replace('{', '{"\\u007aaak":"1",')],
  ['a nested name twice', good.replace('"soort":"bsn"', '"soort":"bsn","soort":"bsn"')],
  ['__proto__', good.replace('{', '{"__proto__":{"vervuild":true},')],
  ['__proto__, escaped', good.replace('{', '{"\\u005f_proto__":{"vervuild":true},')],
  [
    '__proto__ in parameters',
    good.replace('"leefvorm"', '"__proto__":{"vervuild":"ja"},"leefvorm"'),
  ],
  ['constructor.prototype', good.replace('{', '{"constructor":{"prototype":{"vervuild":true}},')],
  ['hasOwnProperty', good.replace('{', '{"hasOwnProperty":1,')],
  ['toString', good.replace('{', '{"toString":"x",')],
  ['a lone surrogate', good.replace('2026-000123', '\\ud800')],
  ['a lone surrogate in a field', good.replace('heeftInkomstenverhouding', '\\udfff')],
  ['a byte-order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(good)])],
  [
    'invalid UTF-8',
    Buffer.concat([Buffer.from(good.slice(0, -1)), Buffer.from([0xc3, 0x28]), Buffer.from('}')]),
  ],
  [
    'overlong UTF-8',
    Buffer.concat([Buffer.from('{"zaak":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  ],
  ['UTF-16', Buffer.from(good, 'utf16le')],
  ['a NUL', good.replace('2026', '20\\u000026')],
  ['a bare newline in a string', good.replace('2026', '20\n26')],
  ['a number of 400 digits', good.replace('"2026-000123"', '9'.repeat(400))],
  ['1e999', good.replace('"2026-000123"', '1e999')],
  ['an unknown member', good.replace('{', '{"extra":1,')],
  ['an unknown nested member', good.replace('"soort":"bsn"', '"soort":"bsn","extra":1')],
  ['a BSN as a number', good.replace('"999990019"', '999990019')],
  ['a list of persons', good.replace('"999990019"', '["999990019","999993653"]')],
  ['10,000 persons', good.replace('"999990019"', `[${'999990019,'.repeat(6_000)}1]`)],
  ['a BSN that fails the elfproef', good.replace('999990019', '999990018')],
  ['a BSN of eight digits', good.replace('999990019', '99999001')],
  ['no fields', good.replace(/"velden":\[[^\]]*\]/, '"velden":[]')],
  ['a field twice', good.replace(/"velden":\[[^\]]*\]/, '"velden":["loonSv","loonSv"]')],
  ['an empty field', good.replace(/"velden":\[[^\]]*\]/, '"velden":[""]')],
  [
    '65 fields',
    good.replace(
      /"velden":\[[^\]]*\]/,
      `"velden":${JSON.stringify(Array.from({ length: 65 }, (_, n) => `v${n}`))}`,
    ),
  ],
  ['no such day', good.replace(/"van":"[^"]*"/, '"van":"2026-02-30"')],
  ['a period backwards', good.replace(/"van":"[^"]*"/, '"van":"2999-01-01"')],
  ['a person and an object', good.replace('{', '{"object":{"soort":"kvk","waarde":"12345678"},')],
  ['neither', good.replace('"betrokkene"', '"betrokkenen"')],
  ['an employee and a process', good.replace('{', '{"systeemproces":"x",')],
]

/** Requests whose head is not as it should be: status, or 0 when there may be no answer at all. */
const heads: readonly (readonly [string, readonly number[], string | Buffer])[] = [
  ['no content type', [415], raw(good, [])],
  ['text/plain', [415], raw(good, ['Content-Type: text/plain'])],
  ['a form', [415], raw('zaak=1', ['Content-Type: application/x-www-form-urlencoded'])],
  ['another charset', [415], raw(good, ['Content-Type: application/json; charset=utf-16'])],
  ['JSON by another name', [415], raw(good, ['Content-Type: application/jsonp'])],
  ['gzip', [415], raw(gzipSync(good), [type, 'Content-Encoding: gzip'])],
  ['a gzip bomb', [415], raw(gzipSync(Buffer.alloc(50_000_000)), [type, 'Content-Encoding: gzip'])],
  ['br', [415], raw(good, [type, 'Content-Encoding: br'])],
  ['one byte too many', [413], raw(good.padEnd(limits.bodyBytes + 1))],
  [
    'a length of a gigabyte',
    [413],
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}\r\nContent-Length: 1073741824\r\n\r\n`,
  ],
  ['GET', [405], raw('', [], `GET ${path}`)],
  ['HEAD', [405], raw('', [], `HEAD ${path}`)],
  ['OPTIONS', [405], raw('', [], `OPTIONS ${path}`)],
  ['TRACE', [405], raw('', [], `TRACE ${path}`)],
  ['PUT', [405], raw(good, [type], `PUT ${path}`)],
  ['PATCH', [405], raw(good, [type], `PATCH ${path}`)],
  ['DELETE', [405], raw('', [], `DELETE ${path}`)],
  ['HEAD of what may be got', [405], raw('', [], 'HEAD /v1/bevoegdheden')],
  ['POST of what may be got', [405], raw('{}', [type], 'POST /v1/bevoegdheden')],
  ['a method override', [405], raw(good, [type, 'X-HTTP-Method-Override: POST'], `GET ${path}`)],
  ['OPTIONS *', [400], raw('', [], 'OPTIONS *')],
  ['CONNECT', [0, 400], raw('', [], 'CONNECT localhost:443')],
  ['dots', [404], raw(good, [type], `POST /v1/x/../uitwisselingen/uwv-inkomsten-bijstand/_zoek`)],
  [
    'escaped dots',
    [404],
    raw(good, [type], `POST /v1/%2e%2e/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek`),
  ],
  [
    'an escaped slash',
    [404],
    raw(good, [type], 'POST /v1/uitwisselingen/uwv-inkomsten-bijstand%2f_zoek'),
  ],
  ['two slashes', [404], raw(good, [type], `POST /${path}`)],
  ['two slashes within', [404], raw(good, [type], `POST ${path.replace('/_', '//_')}`)],
  ['a parameter in the path', [404], raw(good, [type], `POST ${path};x=1`)],
  ['a parameter in the exchange', [404], raw(good, [type], `POST ${path.replace('/_', ';x/_')}`)],
  ['a trailing slash', [404], raw(good, [type], `POST ${path}/`)],
  ['a trailing dot', [404], raw(good, [type], `POST ${path}.`)],
  ['a trailing NUL', [404], raw(good, [type], `POST ${path}%00`)],
  ['upper case', [404], raw(good, [type], `POST ${path.toUpperCase()}`)],
  ['a backslash', [400, 404], raw(good, [type], `POST ${path.replaceAll('/', '\\')}`)],
  ['a broken escape', [400], raw(good, [type], 'POST /v1/uitwisselingen/%zz/_zoek')],
  ['invalid UTF-8 in the path', [400], raw(good, [type], 'POST /v1/uitwisselingen/%ff%fe/_zoek')],
  ['__proto__ as an exchange', [404], raw(good, [type], 'POST /v1/uitwisselingen/__proto__/_zoek')],
  [
    'constructor as an exchange',
    [404],
    raw(good, [type], 'POST /v1/uitwisselingen/constructor/_zoek'),
  ],
  ['a query', [400], raw(good, [type], `POST ${path}?a=1`)],
  ['an empty query', [400], raw(good, [type], `POST ${path}?`)],
  ['a fragment', [400, 404], raw(good, [type], `POST ${path}#a`)],
  ['absolute form', [400], raw(good, [type], `POST https://localhost${path}`)],
  ['absolute form to another', [400], raw(good, [type], `POST http://127.0.0.1:1${path}`)],
  ['another Accept', [406], raw(good, [type, 'Accept: text/html'])],
  ['an unknown Expect', [415], raw(good, ['Content-Type: text/plain', 'Expect: wonders'])],
  ['two Hosts', [400], raw(good, [type, 'Host: elders'])],
  ['no Host', [400], raw(good).toString().replace('Host: localhost\r\n', '')],
  [
    'HTTP/1.0 without Host',
    [400],
    raw(good).toString().replace('Host: localhost\r\n', '').replace('HTTP/1.1', 'HTTP/1.0'),
  ],
  ['HTTP/2 in the clear', [0, 400], 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['CL and TE', [400], raw(good, [type, 'Transfer-Encoding: chunked'])],
  [
    'TE and TE',
    [400],
    chunked('5\r\nabcde\r\n0\r\n\r\n', [
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: identity',
    ]),
  ],
  ['TE of two codings', [400, 415], chunked('0\r\n\r\n', ['Transfer-Encoding: gzip, chunked'])],
  ['an unknown TE', [0, 400], chunked('0\r\n\r\n', ['Transfer-Encoding: xchunked'])],
  ['TE with a tab', [400], chunked('0\r\n\r\n', ['Transfer-Encoding:\x0bchunked'])],
  ['two lengths', [400], raw(good, [type, `Content-Length: ${good.length + 1}`])],
  ['a list of lengths', [400], raw(good, [type, 'Content-Length: 5, 6'])],
  [
    'a negative length',
    [400],
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${type}\r\nContent-Length: -5\r\n\r\n`,
  ],
  [
    'a length with a plus',
    [400],
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${type}\r\nContent-Length: +5\r\n\r\nabcde`,
  ],
  ['0x chunk size', [400], chunked('0x5\r\nabcde\r\n0\r\n\r\n')],
  ['a chunk size that overflows', [400], chunked('fffffffffffffffff\r\nabc')],
  ['a chunk longer than said', [400], chunked('3\r\nabcde\r\n0\r\n\r\n')],
  [
    'a chunk extension of 100 kB',
    [400, 413],
    chunked(`5;${'x'.repeat(100_000)}\r\nabcde\r\n0\r\n\r\n`),
  ],
  ['a bare LF in a chunk', [400], chunked('5\nabcde\n0\n\n')],
  ['a header over two lines', [400], raw(good, [type, 'X-A: b\r\n c'])],
  ['a bare CR', [400], raw(good, [type, 'X-A: b\rX-B: c'])],
  ['bare LF lines', [400], raw(good).toString().replaceAll('\r\n', '\n')],
  ['a blank before the colon', [400], raw(good, [type, 'X-A : b'])],
  ['a NUL in a header', [400], raw(good, [type, 'X-A: b\0c'])],
  ['an empty header name', [400], raw(good, [type, ': b'])],
  ['no HTTP', [400], 'hallo\r\n\r\n'],
  ['TLS in TLS', [400], Buffer.from('16030100a1010000', 'hex')],
  ['headers of 100 kB', [431], raw(good, [type, `X-A: ${'b'.repeat(100_000)}`])],
  ['an address of 100 kB', [431, 400], raw('', [], `GET /${'a'.repeat(100_000)}`)],
  ['2,000 headers', [431], raw(good, [type, ...Array.from({ length: 2_000 }, () => 'a: b')])],
  ['101 headers', [431], raw(good, [type, ...Array.from({ length: 97 }, () => 'a: b')])],
  [
    'a second Host far down',
    [431, 400],
    raw(good, [type, ...Array.from({ length: 120 }, () => 'a: b'), 'Host: elders']),
  ],
]

function chunked(body: string, lines = ['Transfer-Encoding: chunked']): string {
  return [`POST ${path} HTTP/1.1`, 'Host: localhost', type, ...lines, '', body].join('\r\n')
}

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

  await t.test('each body that is not as agreed is 400 with pointers and no value', async () => {
    const before = asked()
    for (const [n, [what, body]] of bodies.entries()) {
      const [answer, ...more] = parseAnswers((await say(gateway, raw(body), asker(n))).text)
      assert.ok(answer && more.length === 0, what)
      assert.equal(answer.status, 400, `${what}: ${answer.body}`)
      assertProblem({ ...answer, text: answer.body, headers: headersOf(answer.head) }, what)
      const { fouten, instance } = JSON.parse(answer.body)
      assert.ok(fouten.length > 0, what)
      for (const { pointer, melding, ...rest } of fouten) {
        assert.match(pointer, /^(\/[A-Za-z0-9_*?-]*)*$/, what)
        assert.match(melding, /^[a-z]/, what)
        assert.deepEqual(rest, {}, what)
      }
      assert.doesNotMatch(answer.body, /99999001|999993653|2026-000123|u-4711|vervuild/, what)
      const leaves = await leavesOf(store, instance.slice('urn:uuid:'.length))
      assert.deepEqual(
        leaves.map(({ soort }) => soort),
        ['afwijzing'],
        what,
      )
    }
    assert.equal(asked(), before, 'no source was touched')
    await assertWell(gateway, 'hostile bodies')
  })

  await t.test(
    'each head that is not as agreed is refused, and recorded when it is answered',
    async () => {
      const before = asked()
      for (const [n, [what, statuses, bytes]] of heads.entries()) {
        const index = await lastIndex(store)
        const client = asker(n)
        const said = await say(gateway, bytes, client)
        assert.ok(said.ended, `${what}: the connection ends`)
        const [answer, ...more] = parseAnswers(said.text)
        assert.deepEqual(more, [], `${what}: one answer`)
        assert.ok(statuses.includes(answer?.status ?? 0), `${what}: ${said.text.slice(0, 300)}`)
        if (!answer) continue
        const headers = headersOf(answer.head)
        if (!what.startsWith('HEAD')) assertProblem({ ...answer, text: answer.body, headers }, what)
        if (answer.status === 405) assert.match(String(headers.allow), /^(GET|POST)$/, what)
        const leaves = await leavesAfter(store, index)
        assert.deepEqual(
          leaves.map(({ soort }) => soort),
          ['afwijzing'],
          `${what} is recorded`,
        )
        assert.equal(leaves[0]?.ontvanger, partyHolder(client).oin, what)
      }
      assert.equal(asked(), before, 'no source was touched')
      await assertWell(gateway, 'hostile heads')
    },
  )

  await t.test(
    'of two requests in one message the second is never answered as a good one',
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

  await t.test('a gigabyte in chunks is not taken in', async () => {
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

  await t.test('the largest body that is allowed is read', async () => {
    const answer = await gateway.ask(waterstad, { path, body: good.padEnd(limits.bodyBytes) })
    assert.equal(answer.status, 200, answer.text)
  })

  await t.test(
    'whatever a good body is changed into, it gets no 500, and 200 only in the agreed shape',
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

test('who is slow is put out in the stated time, and who is many is kept out', async t => {
  const gateway = await testGateway(t, 'postgres', roomy(t))

  await t.test('slow headers, a slow body and an idle connection', async t => {
    const port = await listenBeside(t, gateway, {
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
  })

  await t.test('a drip that never ends is cut off as well', async t => {
    const port = await listenBeside(t, gateway, { limits: { headersMs: 500, requestMs: 1_000 } })
    const socket = await openRaw(gateway.demo.pkiDir, port, waterstad)
    const drip = setInterval(() => socket.write('a'), 50)
    socket.once('close', () => clearInterval(drip))
    const said = await sayRaw(socket, [`POST ${path} HTTP/1.1\r\nHost: x\r\nX-A: `], 10_000)
    clearInterval(drip)
    assert.ok(said.took < 5_000)
  })

  await t.test('one party has so many connections and no more; another still comes in', async t => {
    const port = await listenBeside(t, gateway, { limits: { connectionsPerPeer: 3 } })
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
  })

  await t.test('one party has so many requests under way and no more', async t => {
    const port = await listenBeside(t, gateway, { limits: { inFlightPerPeer: 2 } })
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
