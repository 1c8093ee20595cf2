// Does an answer reach the address a party registered, once, and only there? Told and brought over mutual TLS.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SourceError } from '../../gateway/adapter.ts'
import { resume } from '../../gateway/resume.ts'
import {
  day,
  minute,
  opened,
  partiesFile,
  type RequestGateway,
  requestGateway,
  rightAnswer,
  told,
} from '../support/requests.ts'

const dijkdorp = 'gemeente-dijkdorp'

interface Received {
  readonly path: string
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

interface Receiver {
  readonly port: number
  readonly got: Received[]
  /** Per path: a status and headers, or silence. */
  reply: (path: string) => { status: number; headers?: Record<string, string> } | 'drip' | 'silent'
}

/** The server of a party, with the certificate of `holder`. */
async function receiver(t: TestContext, pkiDir: string, holder: string): Promise<Receiver> {
  const file = join(pkiDir, 'servers', holder)
  const got: Received[] = []
  const server = createServer(
    {
      cert: readFileSync(`${file}.pem`),
      key: readFileSync(`${file}.key`),
      ca: readFileSync(join(pkiDir, 'ca.pem')),
      requestCert: true,
      rejectUnauthorized: true,
    },
    async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { url: path = '', headers } = request
      got.push({ path, headers, body: Buffer.concat(chunks).toString() })
      const reply = made.reply(path)
      if (reply === 'silent') return
      if (reply === 'drip') {
        response.writeHead(200)
        const timer = setInterval(() => response.write('.'), 1_000)
        response.once('close', () => clearInterval(timer))
        return
      }
      response.writeHead(reply.status, reply.headers).end()
    },
  )
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const made: Receiver = { port, got, reply: () => ({ status: 204 }) }
  return made
}

async function register(gateway: RequestGateway, port: number): Promise<void> {
  const at = (path: string) => `https://localhost:${port}/${path}`
  const postadres = `postadres: { antwoorden: '${at('in')}', meldingen: '${at('bel')}' }`
  await gateway.law({
    [partiesFile]: text =>
      text
        .replace(/,?\s*"?postadres"?: \{[^}]*\}/, '')
        .replace(
          /(Gemeente Dijkdorp"?, soort: "?college"?, status: "?actief"?)/,
          `$1, ${postadres}`,
        ),
  })
}

const kindsOf = (got: readonly Received[]) =>
  got.filter(({ path }) => path === '/bel').map(({ body }) => JSON.parse(body).type)

test('an answer is told of and brought to the registered address, and nowhere else', async t => {
  const gateway = await requestGateway(t, 'postgres')
  const theirs = await receiver(t, gateway.pkiDir, dijkdorp)
  await register(gateway, theirs.port)
  const fresh = async () => {
    gateway.later = 0
    gateway.source = rightAnswer
    theirs.got.length = 0
    gateway.alarms.length = 0
    theirs.reply = () => ({ status: 204 })
    gateway.rooms.breaker.succeeded('00000099000000002000')
    return await gateway.accept({}, dijkdorp)
  }

  await t.test(
    'told of without a word of its content, brought once under its delivery id, and gone after the receipt',
    async () => {
      const verzoek = await fresh()
      await gateway.work(verzoek)
      await gateway.work(verzoek)
      const [word, letter, ...more] = theirs.got
      assert.equal(more.length, 0)
      assert.ok(word && letter)
      assert.equal(word.headers['content-type'], 'application/cloudevents+json; charset=utf-8')
      const event = JSON.parse(word.body)
      assert.deepEqual(Object.keys(event).sort(), [
        ...['dataref', 'id', 'source', 'specversion', 'time', 'type'],
      ])
      assert.equal(event.specversion, '1.0')
      assert.match(event.source, /^urn:nld:oin:00000099000000010000:systeem:[a-z]+$/)
      assert.match(event.type, /^nl(\.[a-z-]+)+\.v1$/)
      assert.equal(event.dataref, `/v1/verzoeken/${verzoek}/antwoord`)
      assert.equal(new Date(event.time).toISOString(), event.time)
      assert.equal(letter.headers['sluis-verzoek'], verzoek)
      const { aflevering } = await gateway.state(verzoek, dijkdorp)
      assert.equal(letter.headers['sluis-aflevering'], aflevering)
      const { body } = await opened(gateway, letter.body, dijkdorp)
      assert.equal(body.resultaat, 'gegevens')
      const row = await gateway.row(verzoek)
      assert.deepEqual(
        [row.staat, row.verzegeld, row.antwoord, row.vanaf],
        ['afgeleverd', null, null, null],
      )
      assert.deepEqual(told(await gateway.leaves(verzoek)).slice(-2), [
        ...['ophaling verzonden', 'ontvangst ontvangen'],
      ])
    },
  )

  await t.test('a bringing that is stopped keeps nobody else from trying its partner', async () => {
    const verzoek = await fresh()
    await resume(verzoek, gateway.rooms, new AbortController().signal)
    assert.equal((await gateway.row(verzoek)).staat, 'gereed')
    const { breaker } = gateway.rooms
    const ago = Date.now() - 60_000
    for (let failure = 0; failure < 5; failure++) breaker.failed('00000099000000002000', ago)
    const stop = new AbortController()
    theirs.reply = path => {
      if (path === '/in') stop.abort()
      return path === '/in' ? 'silent' : { status: 204 }
    }
    await resume(verzoek, gateway.rooms, stop.signal)
    theirs.reply = () => ({ status: 204 })
    gateway.later = minute
    await gateway.work(verzoek)
    assert.equal((await gateway.row(verzoek)).staat, 'afgeleverd')
  })

  for (const [name, reply, alarm] of [
    ['a redirect', { status: 302, headers: { location: 'https://localhost:1/elders' } }, true],
    ['a refusal', { status: 403 }, true],
    ['a server that fails', { status: 500 }, false],
  ] as const) {
    await t.test(
      `Q7: ${name}: not delivered, sealed in the mailbox, tried again later and never elsewhere`,
      async () => {
        const verzoek = await fresh()
        theirs.reply = path => (path === '/in' ? reply : { status: 204 })
        await gateway.work(verzoek)
        const row = await gateway.row(verzoek)
        assert.equal(row.staat, 'gereed')
        assert.ok(row.antwoord?.startsWith('ey'))
        assert.equal(gateway.alarms.includes('bezorging-mislukt'), alarm)
        assert.deepEqual(
          theirs.got.map(({ path }) => path),
          ['/bel', '/in'],
        )
        gateway.later = minute
        theirs.reply = () => ({ status: 204 })
        await gateway.work(verzoek)
        assert.equal((await gateway.row(verzoek)).staat, 'afgeleverd')
        const ids = theirs.got
          .filter(({ path }) => path === '/in')
          .map(({ headers }) => headers['sluis-aflevering'])
        assert.deepEqual([ids.length, new Set(ids).size], [2, 1], 'another delivery id')
      },
    )
  }

  await t.test(
    'Q6: 429 with Retry-After: not brought again before it, and word of it is told once',
    async () => {
      const verzoek = await fresh()
      theirs.reply = path =>
        path === '/in' ? { status: 429, headers: { 'retry-after': '600' } } : { status: 204 }
      await gateway.work(verzoek)
      theirs.reply = () => ({ status: 204 })
      gateway.later = 9 * minute
      await gateway.work(verzoek)
      assert.equal(theirs.got.length, 2, 'brought too early')
      gateway.later = 11 * minute
      await gateway.work(verzoek)
      assert.deepEqual(
        theirs.got.map(({ path }) => path),
        ['/bel', '/in', '/in'],
      )
      assert.equal((await gateway.row(verzoek)).staat, 'afgeleverd')
    },
  )

  await t.test(
    'an address that does not take word of it stands in no way of the answer, and is left after a day',
    async () => {
      const verzoek = await fresh()
      theirs.reply = path => ({ status: path === '/bel' ? 500 : 429 })
      await gateway.work(verzoek)
      assert.deepEqual(
        theirs.got.map(({ path }) => path),
        ['/bel', '/in'],
      )
      gateway.later = day + minute
      await gateway.work(verzoek)
      const tries = kindsOf(theirs.got).length
      gateway.later = day + 10 * minute
      await gateway.work(verzoek)
      assert.equal(kindsOf(theirs.got).length, tries, 'still told')
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
    },
  )

  await t.test('every end is told, and every reminder, each once', async () => {
    const verzoek = await fresh()
    gateway.source = async () => {
      throw new SourceError('source-unavailable', 'weg')
    }
    for (const days of [0.1, 7.1, 7.2, 14.1, 28.1]) {
      gateway.later = days * day
      await gateway.work(verzoek)
    }
    const type = (what: string) => `nl.gegevensuitwisseling.verzoek-${what}.v1`
    assert.deepEqual(kindsOf(theirs.got), [
      type('herinnering'),
      type('herinnering'),
      type('verlopen'),
    ])
    const ids = theirs.got.map(({ body }) => JSON.parse(body).id)
    assert.equal(new Set(ids).size, 3)
    const refused = await fresh()
    await gateway.brake('on', 'veld:heeftInkomstenverhouding', '--reden', 'proef')
    await gateway.work(refused)
    await gateway.work(refused)
    assert.deepEqual(kindsOf(theirs.got), [type('geweigerd')])
    await gateway.release('veld:heeftInkomstenverhouding')
    const dead = await fresh()
    await gateway.set(dead, 'pogingen = 25')
    await gateway.work(dead)
    assert.deepEqual(kindsOf(theirs.got), [type('mislukt')])
  })

  await t.test(
    'the right ends before it is brought: nothing leaves, it is refused and gone',
    async () => {
      const verzoek = await fresh()
      theirs.reply = () => ({ status: 429 })
      await gateway.work(verzoek)
      theirs.got.length = 0
      theirs.reply = () => ({ status: 204 })
      await gateway.brake('on', 'partij:00000099000000002000', '--reden', 'proef')
      gateway.later = day
      await gateway.work(verzoek)
      assert.deepEqual(
        theirs.got.map(({ path }) => path),
        ['/bel'],
        'brought',
      )
      const { staat, reden, antwoord } = await gateway.row(verzoek)
      assert.deepEqual([staat, reden, antwoord], ['geweigerd', 'NOODREM', null])
      await gateway.release('partij:00000099000000002000')
    },
  )

  await t.test(
    'Q7: the server of another party at the registered address: not a byte is sent, an alarm, and it stays sealed',
    async () => {
      const wrong = await receiver(t, gateway.pkiDir, 'svb')
      await register(gateway, wrong.port)
      const verzoek = await fresh()
      await gateway.work(verzoek)
      assert.deepEqual([wrong.got.length, theirs.got.length], [0, 0])
      assert.ok(gateway.alarms.includes('bezorging-mislukt'))
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
      assert.equal((await gateway.pickUp(verzoek, dijkdorp)).status, 200, 'it may still be fetched')
    },
  )

  await t.test(
    'Q6: a receiver that is silent or sends a byte a second is left after ten seconds',
    async () => {
      await register(gateway, theirs.port)
      const verzoek = await fresh()
      await gateway.set(verzoek, `gemeld = 'gereed'`)
      theirs.reply = () => 'drip'
      const since = performance.now()
      await gateway.work(verzoek)
      const took = performance.now() - since
      assert.ok(took > 9_000 && took < 20_000, `${took}`)
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
    },
  )
})
