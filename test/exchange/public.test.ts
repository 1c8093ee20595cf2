import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import supertest from 'supertest'
import { type PublicListener, publicApp, publicServer } from '../../gateway/listen/public.ts'
import { register } from '../../gateway/listen/register.ts'
import { limits } from '../../gateway/message/limits.ts'
import { texts as reasonTexts } from '../../gateway/policy/explain.ts'
import { Problem, problems, type Slug } from '../../gateway/problem.ts'
import { StoreUnavailable } from '../../gateway/store.ts'
import { assertHeaders } from '../support/description.ts'
import { lawOf, noon, viewOf } from './register-law.ts'

const base = 'https://sluis.test'
const checkpoint = 'sluis.test/log\n7\nAAAA\n\n— sluis.test/log BBBB\n'
const vkey = 'sluis.test/log+00000000+AAAA'

function listener(part: Partial<PublicListener> = {}): PublicListener {
  return {
    clock: () => noon,
    base,
    checkpoint: () => checkpoint,
    vkey: () => vkey,
    tile: async () => Buffer.alloc(32),
    register: () => viewOf(lawOf()),
    ...part,
  }
}

function open(part: Partial<PublicListener> = {}) {
  return supertest(publicApp(listener(part)))
}

const addresses = [
  '/v1/openapi.json',
  '/problemen/geweigerd',
  '/register',
  '/checkpoint',
  '/log-sleutel',
  '/stijl.css',
  '/tile/0/000',
]

async function checkProblem(asked: supertest.Test, slug: Slug) {
  const { body, headers, status } = await asked
  assert.equal(status, problems[slug].status)
  assertHeaders(headers, slug)
  assert.match(headers['content-type'] ?? '', /^application\/problem\+json/)
  assert.equal(body.type, `${base}/problemen/${slug}`)
  assert.equal(body.status, status)
  assert.equal(body.title, problems[slug].title)
  assert.equal(typeof body.detail, 'string')
  assert.match(body.instance, /^urn:uuid:[0-9a-f-]{36}$/)
  return headers
}

test('every public address answers anyone, with the security headers and the API version', async () => {
  for (const address of addresses) {
    const { status, headers } = await open().get(address)
    assert.equal(status, 200, address)
    assertHeaders(headers, address)
  }
})

test('HEAD gives the headers of GET and no body', async () => {
  for (const address of addresses) {
    const { status, headers, text } = await open().head(address)
    assert.equal(status, 200, address)
    assert.ok(Number(headers['content-length']) > 0, address)
    assert.ok(!text, address)
  }
})

test('every other method is 405 and names what can be done', async () => {
  for (const address of addresses) {
    for (const method of ['post', 'put', 'patch', 'delete', 'options', 'trace'] as const) {
      const headers = await checkProblem(open()[method](address), 'methode-niet-toegestaan')
      assert.equal(headers.allow, 'GET, HEAD', `${method} ${address}`)
    }
  }
})

test('a method override changes nothing', async () => {
  const { status } = await open().get('/checkpoint').set('X-HTTP-Method-Override', 'DELETE')
  assert.equal(status, 200)
})

test('what is not an address is 404, also with another spelling of one that is', async () => {
  const others = [
    '/',
    '/v1',
    '/v1/bevoegdheden',
    '/register/',
    '/Register',
    '//register',
    '/register;x',
    '/register.',
    '/%72egister/',
    '/problemen',
    '/problemen/',
    '/livez',
    '/metrics',
    '/.git/config',
    '/..%2f..%2fetc/passwd',
  ]
  for (const address of others) await checkProblem(open().get(address), 'niet-gevonden')
})

test('an address that cannot be decoded is 400, not 500', async () => {
  await checkProblem(open().get('/problemen/%ff'), 'ongeldig-verzoek')
  await checkProblem(open().get('/problemen/%'), 'ongeldig-verzoek')
})

test('a format that is not given is 406', async () => {
  for (const address of addresses) {
    await checkProblem(open().get(address).set('Accept', 'image/png'), 'niet-aanvaardbaar')
    assert.equal((await open().get(address).set('Accept', '*/*')).status, 200, address)
  }
})

test('openapi.json may be read from any site, and nothing else may', async () => {
  for (const address of addresses) {
    const { headers } = await open().get(address).set('Origin', 'https://elders.example')
    const allowed = address === '/v1/openapi.json' ? '*' : undefined
    assert.equal(headers['access-control-allow-origin'], allowed, address)
  }
})

test('openapi.json names the running gateway and holds the schema of the query', async () => {
  const { body, text } = await open().get('/v1/openapi.json')
  assert.deepEqual(body.servers[0].url, `${base}/v1`)
  assert.ok(!text.includes('https://sluis.example'))
  assert.ok(body.components.schemas.Zoekvraag.properties.velden)
})

test('openapi.json sends partners to the exchange listener when that is elsewhere', async () => {
  const { body } = await open({ api: () => 'https://partners.test:8443' }).get('/v1/openapi.json')
  assert.equal(body.servers[0].url, 'https://partners.test:8443/v1')
  const { value } =
    body.components.responses.Geweigerd.content['application/problem+json'].examples.velden
  assert.equal(value.type, `${base}/problemen/geweigerd`)
})

test('a strange base address cannot break out of the document', async () => {
  const { body } = await open({ base: 'https://x/$&"\\' }).get('/v1/openapi.json')
  assert.equal(body.servers[0].url, 'https://x/$&"\\/v1')
})

for (const slug of Object.keys(problems) as Slug[]) {
  test(`the page of ${slug} explains it in Dutch, without script or foreign address`, async () => {
    const { status, text, headers } = await open().get(`/problemen/${slug}`)
    assert.equal(status, 200)
    assert.match(headers['content-type'] ?? '', /^text\/html; charset=utf-8/)
    assert.match(text, /<html lang="nl">/)
    assert.equal(text.match(/<h1>/g)?.length, 1)
    assert.ok(text.includes(`<h1>${problems[slug].title}</h1>`))
    assert.ok(text.includes(`<title>${problems[slug].title} - Sluis</title>`))
    assert.ok(text.includes(problems[slug].page))
    assert.ok(text.includes(String(problems[slug].status)))
    checkInert(text)
  })
}

for (const slug of Object.keys(problems) as Slug[]) {
  test(`the page of ${slug} says what to do, under headings that skip no level`, async () => {
    const { text } = await open().get(`/problemen/${slug}`)
    const [, steps = ''] = /<h2>Wat kunt u doen\?<\/h2>\s*<ol>([\s\S]*?)<\/ol>/.exec(text) ?? []
    const sentences = [...steps.matchAll(/<li>([^<]+)<\/li>/g)].map(([, step = '']) => step)
    assert.ok(sentences.length > 0)
    for (const step of sentences) assert.match(step, /^[A-Z].{15,}\.$/)
    const levels = [...text.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
    for (const [n, level] of levels.entries()) assert.ok(level <= (levels[n - 1] ?? 0) + 1)
  })
}

test('the page of a refusal explains every reason code, each at an address of its own', async () => {
  const { text } = await open().get('/problemen/geweigerd')
  const explained = [
    ...text.matchAll(/<section class="reden" id="([A-Z_]+)">([\s\S]*?)<\/section>/g),
  ]
  assert.deepEqual(explained.map(([, code]) => code).sort(), Object.keys(reasonTexts).sort())
  for (const [, code, section = ''] of explained) {
    const [meaning = '', doing = ''] = [...section.matchAll(/<p>([\s\S]*?)<\/p>/g)].map(p => p[1])
    assert.match(meaning, /^[A-Z].{15,}\.$/, code)
    assert.match(doing, /^<strong>Wat kunt u doen\?<\/strong> [A-Z].{10,}\.$/, code)
  }
})

test('text stands out from what is behind it (WCAG 1.4.3)', async () => {
  const { text: css } = await open().get('/stijl.css')
  const colours = new Map([...css.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(c => [c[1], c[2]]))
  const light = (colour: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  for (const [front, back] of [
    ['inkt', 'wit'],
    ['grijs', 'wit'],
    ['grijs', 'vlak'],
    ['inkt', 'vlak'],
    ['blauw', 'wit'],
    ['blauw', 'vlak'],
    ['wit', 'blauw'],
    ['groen', 'groen-vlak'],
    ['rood', 'rood-vlak'],
    ['inkt', 'rood-vlak'],
  ] as const) {
    const [high = 0, low = 0] = [front, back]
      .map(name => light(name === 'wit' ? '#ffffff' : (colours.get(name) ?? '')))
      .sort((a, b) => b - a)
    assert.ok((high + 0.05) / (low + 0.05) >= 4.5, `${front} on ${back}`)
  }
})

/** No script, no inline style, no event, nothing fetched from elsewhere. */
function checkInert(text: string) {
  assert.doesNotMatch(text, /<(script|style|img|iframe|object|form|svg|base|meta http)/i)
  assert.doesNotMatch(text, /<[^>]*\s(on[a-z]+|style)=/i)
  assert.doesNotMatch(text, /(href|src)="(?!https:\/\/|\/|#)/i)
  assert.deepEqual(text.match(/<link [^>]*>/g), ['<link rel="stylesheet" href="/stijl.css">'])
}

test('a page of a problem that does not exist is 404', async () => {
  for (const slug of [
    'onbekend',
    'constructor',
    '__proto__',
    'hasOwnProperty',
    'geweigerd/x',
    '',
  ]) {
    await checkProblem(open().get(`/problemen/${slug}`), 'niet-gevonden')
  }
})

test('the pages forbid everything but our own stylesheet', async () => {
  for (const address of ['/register', '/problemen/intern']) {
    const { headers } = await open().get(address)
    const policy = headers['content-security-policy'] ?? ''
    assert.match(policy, /default-src 'none'; style-src 'self'/)
    assert.match(policy, /base-uri 'none'; form-action 'none'/)
    assert.doesNotMatch(policy, /unsafe|\*|script-src|http/)
  }
})

test('the register is a page for people and JSON for programs', async () => {
  const page = await open().get('/register').set('Accept', 'text/html,*/*;q=0.8')
  assert.match(page.headers['content-type'] ?? '', /^text\/html/)
  assert.match(page.text, /Inkomsten bij aanvraag of heronderzoek van bijstand/)
  checkInert(page.text)
  const data = await open().get('/register').set('Accept', 'application/json')
  assert.match(data.headers['content-type'] ?? '', /^application\/json/)
  assert.deepEqual(data.body, JSON.parse(JSON.stringify(register(viewOf(lawOf())))))
  assert.equal(page.headers.vary, 'Accept')
  assert.equal(data.headers.vary, 'Accept')
})

test('the checkpoint and the key are given byte for byte', async () => {
  assert.equal((await open().get('/checkpoint')).text, checkpoint)
  assert.equal((await open().get('/log-sleutel')).text, `${vkey}\n`)
})

function tiles(found: Buffer | undefined = Buffer.alloc(64, 7)) {
  const asked: [number, string][] = []
  const tile = async (level: number, path: string) => {
    asked.push([level, path])
    return found
  }
  return { asked, app: open({ tile }) }
}

test('a hash tile is asked by level and C2SP path, and given byte for byte', async () => {
  const good: readonly (readonly [string, number, string])[] = [
    ['/tile/0/000', 0, '000'],
    ['/tile/0/255.p/1', 0, '255.p/1'],
    ['/tile/0/999.p/255', 0, '999.p/255'],
    ['/tile/1/x001/000', 1, 'x001/000'],
    ['/tile/7/x001/x234/067', 7, 'x001/x234/067'],
    ['/tile/7/x001/x234/067.p/99', 7, 'x001/x234/067.p/99'],
    ['/tile/63/000', 63, '000'],
  ]
  for (const [address, level, path] of good) {
    const { app, asked } = tiles()
    const { status, body, headers } = await app.get(address).buffer(true)
    assert.equal(status, 200, address)
    assert.equal(headers['content-type'], 'application/octet-stream')
    assert.deepEqual(body, Buffer.alloc(64, 7))
    assert.deepEqual(asked, [[level, path]])
  }
})

test('any other spelling of a tile is 404 before the log is asked', async () => {
  const bad = [
    '/tile/0',
    '/tile/0/',
    '/tile/0/0',
    '/tile/0/00',
    '/tile/0/0000',
    '/tile/0/x000',
    '/tile/0/x000/',
    '/tile/0/X001/000',
    '/tile/0/001/000',
    '/tile/0/000.p',
    '/tile/0/000.p/',
    '/tile/0/000.p/0',
    '/tile/0/000.p/01',
    '/tile/0/000.p/1000',
    '/tile/0/000.P/1',
    '/tile/0/000/.p/1',
    '/tile/00/000',
    '/tile/64/000',
    '/tile/-1/000',
    '/tile/1e1/000',
    '/tile/0/%30%30%30',
    '/tile/0/000%0a',
    '/tile/0/../0/000',
    '/tile/0/x001/x001/x001/x001/x001/x001/000',
    '/tile/0/000/',
    '/tile//000',
  ]
  for (const address of bad) {
    const { app, asked } = tiles()
    await checkProblem(app.get(address), 'niet-gevonden')
    assert.deepEqual(asked, [], address)
  }
})

test('entry bundles are never public, whatever their spelling', async () => {
  for (const path of ['000', '000.p/5', 'x001/000']) {
    for (const name of ['entries', 'Entries', '%65ntries', 'names', 'data']) {
      const { app, asked } = tiles()
      await checkProblem(app.get(`/tile/${name}/${path}`), 'niet-gevonden')
      assert.deepEqual(asked, [])
    }
  }
})

test('a tile that is not there is 404', async () => {
  const app = open({ tile: async () => undefined })
  await checkProblem(app.get('/tile/0/000'), 'niet-gevonden')
})

test('an unreachable log is 503 with Retry-After', async () => {
  const app = open({ tile: () => Promise.reject(new StoreUnavailable('weg')) })
  const headers = await checkProblem(app.get('/tile/0/000'), 'log-onbereikbaar')
  assert.match(headers['retry-after'] ?? '', /^[1-9]\d*$/)
})

test('few tiles are read at a time, others wait, and a flood is 503 without touching the log', {
  timeout: 60_000,
}, async t => {
  const held = Promise.withResolvers<void>()
  let now = 0
  let most = 0
  const tile = async () => {
    now += 1
    most = Math.max(most, now)
    await held.promise
    now -= 1
    return Buffer.alloc(32)
  }
  const server = createServer(publicApp(listener({ tile })))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    held.resolve()
    server.close()
    server.closeAllConnections()
  })
  const ask = () =>
    supertest(server)
      .get('/tile/0/000')
      .then(({ status }) => status)
  const statuses = Array.from({ length: 80 }, ask)
  const refused = 80 - 2 - 64
  await untilAnswered(statuses, refused)
  held.resolve()
  const ended = await Promise.all(statuses)
  assert.equal(ended.filter(status => status === 503).length, refused)
  assert.equal(ended.filter(status => status === 200).length, 80 - refused)
  assert.equal(most, 2)
  assert.equal(await ask(), 200)
})

test('a tile that fails gives its place to the next', { timeout: 60_000 }, async () => {
  let failures = 3
  const tile = async () => {
    failures -= 1
    if (failures >= 0) throw new StoreUnavailable('weg')
    return Buffer.alloc(32)
  }
  const app = open({ tile })
  for (const status of [503, 503, 503, 200]) {
    assert.equal((await app.get('/tile/0/000')).status, status)
  }
})

/** Resolves when this many of the answers are there. */
function untilAnswered(statuses: readonly Promise<number>[], count: number): Promise<void> {
  let left = count
  return new Promise(resolve => {
    for (const status of statuses) {
      status.then(() => {
        left -= 1
        if (left === 0) resolve()
      })
    }
  })
}

test('what goes wrong inside is told to the operator and not to the caller', async () => {
  const seen: unknown[] = []
  const wrong = new Error('wachtwoord geheim')
  const app = open({
    register: () => {
      throw wrong
    },
    onFailure: (cause, transactie) => seen.push(cause, transactie),
  })
  const { text, body } = await app.get('/register')
  assert.doesNotMatch(text, /geheim|Error|\.ts/)
  assert.deepEqual(seen, [wrong, body.instance.replace('urn:uuid:', '')])
  await checkProblem(app.get('/register'), 'intern')
})

test('a problem is not taken for a failure of ours', async () => {
  const seen: unknown[] = []
  const app = open({
    tile: () => Promise.reject(new Problem('overbelast', 'Te veel.')),
    onFailure: cause => seen.push(cause),
  })
  await checkProblem(app.get('/tile/0/000'), 'overbelast')
  assert.deepEqual(seen, [])
})

test('a body that nobody reads closes the connection instead of being waited for', async t => {
  const head = 'POST /checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n'
  const answer = await raw(await serve(t), head)
  assert.match(answer, /^HTTP\/1\.1 405 /)
  assert.match(answer, /^Connection: close\r$/m)
})

test('an expectation we do not know changes nothing', async t => {
  const head = 'GET /checkpoint HTTP/1.1\r\nHost: x\r\nExpect: iets\r\nConnection: close\r\n\r\n'
  const answer = await raw(await serve(t), head)
  assert.match(answer, /^HTTP\/1\.1 200 /)
  assert.match(answer, /^API-Version: 1\.0\.0\r$/m)
})

test('P4: who does not take the answers of the public listener is put out in the stated time', async t => {
  const server = publicServer(
    () => base,
    () => noon,
    { ...limits, answerMs: 500 },
  )
  server.on('request', publicApp(listener()))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  socket.on('error', () => {})
  const [served] = await once(server, 'connection')
  socket.write('GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000))
  const begun = performance.now()
  await once(served, 'close')
  const took = performance.now() - begun
  assert.ok(took > 400 && took < 20_000, `${Math.round(took)} ms`)
  socket.destroy()
})

const broken: readonly (readonly [string, string, number])[] = [
  ['nonsense', 'nonsense\r\n\r\n', 400],
  ['a header folded over two lines', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 400],
  [
    'two lengths',
    'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['20 KiB of headers', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(20_480)}\r\n\r\n`, 431],
  ['an address of 100 kB', `GET /${'b'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ['an absolute address', 'GET http://elders/register HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['two hosts', 'GET /register HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
  ['no host', 'GET /register HTTP/1.1\r\n\r\n', 400],
]
for (const [what, text, status] of broken) {
  test(`${what} is answered ${status} once, with every header`, async t => {
    const answer = await raw(await serve(t), text)
    const [head = ''] = answer.split('\r\n\r\n')
    assert.ok(head.startsWith(`HTTP/1.1 ${status} `), head)
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1)
    for (const header of [
      'API-Version: 1.0.0',
      'X-Frame-Options: DENY',
      'Cache-Control: no-store',
    ]) {
      assert.ok(head.includes(`${header}\r\n`), `${header} in ${head}`)
    }
    assert.match(head, /Content-Type: application\/problem\+json/)
    assert.match(answer, /"instance":"urn:uuid:[0-9a-f-]{36}"/)
  })
}

test('a server with the public app answers a good request', async t => {
  const answer = await raw(
    await serve(t),
    'GET /checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  )
  assert.match(answer, /^HTTP\/1\.1 200 /)
})

async function serve(t: TestContext): Promise<number> {
  const server = publicServer(
    () => base,
    () => noon,
  )
  server.on('request', publicApp(listener()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Everything the server says until it closes, or until it has nothing more to say for a while. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('utf8').on('data', chunk => {
      answer += chunk
    })
    socket.once('close', () => resolve(answer))
    socket.on('error', error => (answer === '' ? reject(error) : undefined))
    socket.setTimeout(300, () => socket.destroy())
  })
}
