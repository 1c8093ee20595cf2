// Does the listener that runs do what the room promises? A gateway in its own process, over real TLS.
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Agent, request } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { serverExtensions, signCertificate, signerOf, subjectName } from '../../certs/authority.ts'
import { issueDevelopmentPki, revoke } from '../../certs/issue.ts'
import { partyHolder } from '../../certs/names.ts'
import { openStore } from '../../gateway/store.ts'
import { type Answer, clientAgent, goodBody, send } from '../support/gateway.ts'
import { type Hello, helloExtension, sayHello } from '../support/hello.ts'
import {
  alarms,
  lastIndex,
  leavesAfter,
  leavesOf,
  metric,
  transactionOf,
  until,
} from '../support/log.ts'
import { hour } from '../support/pki.ts'
import { openRaw } from '../support/raw.ts'
import { type Spawned, spawnedGateway } from '../support/spawned.ts'

const path = '/v1/bevoegdheden'

/** One keep-alive connection; the port of its own end tells whether it is still the same. */
function oneConnection(agent: Agent, port: number) {
  agent.maxSockets = 1
  let local: number | undefined
  return {
    async ask(call: { body?: unknown; path?: string; headers?: Record<string, string> } = {}) {
      const answer = await send(agent, port, { path, ...call })
      const [socket] = Object.values(agent.freeSockets).flat()
      local = socket?.localPort
      return answer
    },
    local: () => local,
  }
}

/** Fingerprint of the certificate that a new connection sees. */
async function shownBy({ pkiDir, exchangePort }: Spawned): Promise<string> {
  const socket = await openRaw(pkiDir, exchangePort, 'uwv')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

const sighup = ({ process }: Spawned) => assert.ok(process.kill('SIGHUP'))

/** The gateway's own certificate, of the day before yesterday. */
function overIn(pkiDir: string, key: Buffer): string {
  const pem = readFileSync(join(pkiDir, 'authority', 'intermediate.pem'))
  const issuer = {
    certificate: new X509Certificate(pem),
    key: createPrivateKey(readFileSync(join(pkiDir, 'authority', 'intermediate.key'))),
  }
  const over = signCertificate(
    {
      subject: subjectName({ name: 'gateway', organisation: 'Sluis', country: 'NL' }),
      key: createPrivateKey(key),
      notBefore: Date.now() - 48 * hour,
      notAfter: Date.now() - 24 * hour,
      extensions: serverExtensions(['localhost']),
    },
    signerOf(issuer),
  )
  return `${over}${pem}`
}

/** After a reload the listener asks no less than before it. */
async function refusesAsBefore({ exchangePort }: Spawned): Promise<void> {
  assert.deepEqual(await sayHello(exchangePort, { version: 0x0302, suites: strong }), alert(70))
  assert.deepEqual(await sayHello(exchangePort, { version: 0x0303, suites: [0xc024] }), alert(40))
  assert.match(await ended(exchangePort), /CERTIFICATE_REQUIRED|ECONNRESET/)
}

/** How a connection without a certificate ends. */
function ended(port: number): Promise<string> {
  return new Promise(resolve => {
    const call = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false })
    call.on('error', error => resolve(String((error as NodeJS.ErrnoException).code)))
    call.on('response', ({ statusCode }) => resolve(`answered ${statusCode}`))
    call.end()
  })
}

/** ECDHE-ECDSA and ECDHE-RSA with AES-GCM and ChaCha20: all that NCSC leaves of TLS 1.2. */
const strong = [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9]
const alert = (description: number) => ({ kind: 'alert', description })
const [handshakeFailure, protocolVersion] = [40, 70]
const tls12 = (suites: readonly number[], more: Partial<Hello> = {}): Hello => ({
  version: 0x0303,
  suites,
  ...more,
})

const refusedHellos: readonly (readonly [string, Hello, number])[] = [
  ['SSL 3', { version: 0x0300, suites: strong }, handshakeFailure],
  ['TLS 1.0', { version: 0x0301, suites: [...strong, 0xc00a, 0xc014, 0x2f] }, protocolVersion],
  ['TLS 1.1', { version: 0x0302, suites: [...strong, 0xc00a, 0xc014, 0x2f] }, protocolVersion],
  [
    'CBC suites',
    tls12([0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028]),
    handshakeFailure,
  ],
  ['static RSA', tls12([0x2f, 0x35, 0x3c, 0x3d, 0x9c, 0x9d]), handshakeFailure],
  ['DHE suites', tls12([0x33, 0x39, 0x67, 0x6b, 0x9e, 0x9f, 0xccaa]), handshakeFailure],
  ['anonymous suites', tls12([0x18, 0x34, 0x6c, 0xa6, 0xa7, 0xc018, 0xc019]), handshakeFailure],
  ['suites without encryption', tls12([0x01, 0x02, 0x3b, 0xc006, 0xc010]), handshakeFailure],
  [
    'RC4, 3DES and export suites',
    tls12([0x03, 0x05, 0x0a, 0xc007, 0xc008, 0xc012]),
    handshakeFailure,
  ],
  ['suites with a short tag', tls12([0xc0ac, 0xc0ad, 0xc0ae, 0xc0af]), handshakeFailure],
  ['pre-shared keys', tls12([0x8c, 0xa8, 0xa9, 0xc037, 0xccab]), handshakeFailure],
]

test('the listener of a running gateway', async t => {
  const gateway = await spawnedGateway(t)

  for (const [what, hello, description] of refusedHellos) {
    await t.test(`T11: ${what} ends with an alert before any certificate is shown`, async () => {
      assert.deepEqual(await sayHello(gateway.exchangePort, hello), alert(description))
    })
  }

  await t.test(
    'T11: compression, session tickets and heartbeats are not taken when offered',
    async () => {
      const sessionTicket = 35
      const heartbeat = 15
      const offered = [
        helloExtension(sessionTicket),
        helloExtension(heartbeat, Buffer.from([1])),
        helloExtension(0xff01, Buffer.from([0])),
      ]
      const hello = tls12([...strong, 0x9d], { compression: [1, 64, 0], extensions: offered })
      const reply = await sayHello(gateway.exchangePort, hello)
      assert.ok(reply.kind === 'hello')
      assert.equal(reply.version, 0x0303)
      assert.equal(reply.compression, 0)
      assert.ok(strong.includes(reply.suite))
      assert.ok(reply.extensions.includes(0xff01), 'renegotiation is the secure kind, and refused')
      assert.ok(!reply.extensions.includes(sessionTicket))
      assert.ok(!reply.extensions.includes(heartbeat))
    },
  )

  await t.test(
    'T11: a client that asks to renegotiate is refused, and its connection ends or stays as it was',
    async () => {
      const socket = await dial(gateway, { maxVersion: 'TLSv1.2' })
      const error = await new Promise<Error | null>(resolve => {
        socket.on('error', resolve)
        socket.renegotiate({}, resolve)
      })
      assert.ok(error instanceof Error)
      socket.destroy()
    },
  )

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    await t.test(
      `T11: with ${maxVersion} no session can be taken up later, so no early data either`,
      async () => {
        const socket = await dial(gateway, { maxVersion })
        const sessions: Buffer[] = []
        socket.on('session', session => sessions.push(session))
        socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
        const chunks: Buffer[] = []
        socket.on('data', chunk => chunks.push(chunk))
        await once(socket, 'close')
        assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 200 /)
        const session = sessions.at(-1) ?? socket.getSession()
        const again = await dial(gateway, { maxVersion, ...(session && { session }) })
        assert.equal(again.isSessionReused(), false)
        again.destroy()
      },
    )
  }

  await t.test(
    'T1: a connection without a certificate ends in the handshake; no request of it is read, and it is counted',
    async () => {
      await using store = await openStore(gateway.place)
      const sample =
        'sluis_handshake_fouten_total{code="ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE"}'
      const [index, counted] = [await lastIndex(store), await metric(gateway.ops, sample)]
      assert.match(await ended(gateway.exchangePort), /CERTIFICATE_REQUIRED|ECONNRESET/)
      await until('the count', async () => (await metric(gateway.ops, sample)) > counted)
      assert.deepEqual(await leavesAfter(store, index), [])
      const bare = await fetch(`http://127.0.0.1:${gateway.exchangePort}${path}`).then(
        ({ status }) => status,
        () => 'cut off',
      )
      assert.equal(bare, 'cut off', 'nor is plain HTTP answered')
    },
  )

  await t.test(
    'T14: headers of a proxy that name another party are ignored: the certificate alone says who asks',
    async t => {
      const { pkiDir, exchangePort } = gateway
      const agents = new Map(
        ['gemeente-waterstad', 'uwv'].map(one => [one, clientAgent(pkiDir, one)]),
      )
      t.after(() => {
        for (const agent of agents.values()) agent.destroy()
      })
      const ask = async (name: string, headers: Record<string, string> = {}) => {
        const agent = agents.get(name)
        assert.ok(agent)
        const { status, text } = await send(agent, exchangePort, { path, headers })
        assert.equal(status, 200)
        return text.replace(/"tijd":"[^"]+",/, '')
      }
      const uwv = readFileSync(join(pkiDir, 'clients', 'uwv.pem'), 'utf8')
      const pem = encodeURIComponent(uwv)
      const own = await ask('gemeente-waterstad')
      assert.ok(own.includes(partyHolder('gemeente-waterstad').oin))
      assert.notEqual(own, await ask('uwv'), 'who asks makes a difference')
      for (const headers of [
        { 'X-Forwarded-Client-Cert': `Cert="${pem}";Subject="serialNumber=00000099000000004000"` },
        { 'X-SSL-Client-Cert': pem, 'X-SSL-Client-Verify': 'SUCCESS' },
        { 'X-SSL-Client-S-DN': 'CN=uwv,serialNumber=00000099000000004000' },
        { 'X-Client-Cert': pem, 'Client-Cert': `:${Buffer.from(uwv).toString('base64')}:` },
        { Forwarded: 'for=127.0.0.1;by=uwv', 'X-Forwarded-For': '127.0.0.1' },
        { 'Fsc-Peer-Id': '00000099000000004000', 'X-OIN': '00000099000000004000' },
      ]) {
        assert.equal(await ask('gemeente-waterstad', headers), own, Object.keys(headers).join())
      }
    },
  )

  await t.test(
    'T8: a question with the certificate of one organisation in the name of another is 403 and recorded with both',
    async t => {
      const { pkiDir, exchangePort, place } = gateway
      const agent = clientAgent(pkiDir, 'gemeente-waterstad')
      t.after(() => agent.destroy())
      const [own, other] = ['gemeente-waterstad', 'gemeente-dijkdorp'].map(
        one => partyHolder(one).oin,
      )
      const asked = await send(agent, exchangePort, {
        path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek',
        body: { ...goodBody(), namens: other },
      })
      assert.equal(asked.status, 403, asked.text)
      assert.ok(asked.body.redenen.some(({ code }) => code === 'MANDAAT_ONTBREEKT'))
      await using store = await openStore(place)
      const [leaf] = await leavesOf(store, transactionOf(asked))
      assert.equal(leaf?.uitkomst, 'geweigerd')
      assert.deepEqual([leaf?.ontvanger, leaf?.namens], [own, other])
    },
  )

  await t.test(
    'T4: a certificate revoked while a keep-alive connection is open: its next request after SIGHUP is refused and recorded, and no connection is dropped',
    async t => {
      const { pkiDir, exchangePort, place } = gateway
      const agents = ['gemeente-dijkdorp', 'gemeente-waterstad'].map(one =>
        clientAgent(pkiDir, one),
      )
      t.after(() => {
        for (const agent of agents) agent.destroy()
      })
      const [revoked, other] = agents.map(agent => oneConnection(agent, exchangePort))
      assert.ok(revoked && other)
      assert.equal((await revoked.ask()).status, 200)
      assert.equal((await other.ask()).status, 200)
      const locals = [revoked.local(), other.local()]
      await revoke(pkiDir, 'gemeente-dijkdorp', Date.now)
      sighup(gateway)
      const refused = await until<Answer | undefined>('a refusal', async () => {
        const answer = await revoked.ask()
        return answer.status === 200 ? undefined : answer
      })
      assert.equal(refused.status, 401)
      assert.match(refused.body.detail, /ingetrokken/)
      assert.equal((await other.ask()).status, 200, 'another is not touched')
      assert.deepEqual([revoked.local(), other.local()], locals, 'on the same connections')
      await using store = await openStore(place)
      const [leaf] = await leavesOf(store, transactionOf(refused))
      assert.deepEqual(leaf?.redenen, [{ code: 'ingetrokken' }])
    },
  )

  await t.test(
    'T5: a CRL that is gone at reload turns health red and keeps partners in by the last good one',
    async t => {
      const { pkiDir, exchangePort, ops } = gateway
      const file = join(pkiDir, 'trust', 'intermediate.crl')
      const good = readFileSync(file)
      const ready = async () => {
        const response = await fetch(`${ops}/readyz`)
        return [response.status, /"certificaten":true/.test(await response.text())]
      }
      const agent = clientAgent(pkiDir, 'gemeente-waterstad')
      t.after(() => agent.destroy())
      assert.deepEqual(await ready(), [200, true])
      rmSync(file)
      sighup(gateway)
      await until('red health', async () => (await ready())[0] === 503)
      assert.deepEqual(await ready(), [503, false])
      assert.ok((await alarms(ops, 'intrekkingslijst')) > 0)
      assert.equal((await send(agent, exchangePort, { path })).status, 200)
      writeFileSync(file, good)
      sighup(gateway)
      await until('green health', async () => (await ready())[0] === 200)
    },
  )

  await t.test(
    'T15: a renewed key of the gateway counts from SIGHUP for new connections; a broken file keeps the old one and raises an alarm',
    async t => {
      const { pkiDir, exchangePort, ops } = gateway
      const own = join(pkiDir, 'servers', 'gateway')
      const agent = clientAgent(pkiDir, 'gemeente-waterstad')
      t.after(() => agent.destroy())
      const open = oneConnection(agent, exchangePort)
      assert.equal((await open.ask()).status, 200)
      const local = open.local()
      const first = await shownBy(gateway)

      for (const end of ['pem', 'key']) rmSync(`${own}.${end}`)
      await issueDevelopmentPki(pkiDir, { clock: Date.now })
      assert.equal(await shownBy(gateway), first, 'not before it is told')
      sighup(gateway)
      const second = await until('the renewed certificate', async () => {
        const shown = await shownBy(gateway)
        return shown === first ? undefined : shown
      })
      await refusesAsBefore(gateway)

      const [pem, key] = ['pem', 'key'].map(end => readFileSync(`${own}.${end}`))
      assert.ok(pem && key)
      const count = () => alarms(ops, 'certificaat-niet-geladen')
      for (const [what, spoil] of [
        ['a certificate cut off', () => writeFileSync(`${own}.pem`, pem.subarray(0, 300))],
        ['a chain cut off', () => writeFileSync(`${own}.pem`, pem.subarray(0, -100))],
        ['no certificate', () => rmSync(`${own}.pem`)],
        ['a key of another', () => copyFileSync(join(pkiDir, 'servers', 'echo.key'), `${own}.key`)],
        ['a key cut off', () => writeFileSync(`${own}.key`, key.subarray(0, 60))],
        ['an empty key', () => writeFileSync(`${own}.key`, '')],
        ['a certificate that is over', () => writeFileSync(`${own}.pem`, overIn(pkiDir, key))],
      ] as const) {
        const before = await count()
        spoil()
        sighup(gateway)
        await until(`an alarm about ${what}`, async () => (await count()) > before)
        assert.equal(await shownBy(gateway), second, what)
        writeFileSync(`${own}.pem`, pem)
        writeFileSync(`${own}.key`, key)
      }
      assert.equal((await open.ask()).status, 200)
      assert.equal(open.local(), local, 'through all of it on the same connection')
    },
  )
})

async function dial(
  { pkiDir, exchangePort }: Spawned,
  options: ConnectionOptions,
): Promise<TLSSocket> {
  const file = join(pkiDir, 'clients', 'gemeente-waterstad')
  const socket = connect({
    host: 'localhost',
    port: exchangePort,
    ca: readFileSync(join(pkiDir, 'ca.pem')),
    cert: readFileSync(`${file}.pem`),
    key: readFileSync(`${file}.key`),
    ...options,
  })
  await once(socket, 'secureConnect')
  return socket
}
