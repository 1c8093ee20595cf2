import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { serverExtensions, subjectName } from '../../certs/authority.ts'
import { type OutboundCall, SourceError } from '../../gateway/adapter.ts'
import { isPublicAddress, openOutbound } from '../../gateway/outbound.ts'
import { hour, type Presented, rsaKey, smallPki } from '../support/pki.ts'

const oin = '00000099000000004000'
const otherOin = '00000099000000005000'
const pki = await smallPki()
after(() => pki[Symbol.dispose]())

const client = pki.leaf()
writeFileSync(pki.file('client.pem'), client.cert)
writeFileSync(pki.file('client.key'), client.key)
const options = {
  certFile: pki.file('client.pem'),
  keyFile: pki.file('client.key'),
  trustDir: pki.trustDir,
  profile: 'test',
} as const

type Bend = Parameters<typeof pki.leaf>[0]
const serverLeaf = (bend: Bend = {}): Presented =>
  pki.leaf({ oins: [oin], extensions: serverExtensions(['localhost', '127.0.0.1']), ...bend })
const good = serverLeaf()

interface Peer extends AsyncDisposable {
  readonly url: string
  /** Requests of which anything was read. */
  readonly seen: string[]
  connections: number
  sent: number
}

async function startPeer(
  handler: RequestListener,
  shown: Presented = good,
  tls: ServerOptions = {},
): Promise<Peer> {
  const ca = readFileSync(join(pki.trustDir, 'root.pem'))
  const server = createServer(
    { ...shown, ca, requestCert: true, rejectUnauthorized: true, ...tls },
    (request, response) => {
      peer.seen.push(request.url ?? '')
      response.on('error', () => {})
      handler(request, response)
    },
  )
  server.on('tlsClientError', () => {})
  server.on('secureConnection', socket => {
    peer.connections += 1
    socket.on('error', () => {})
    socket.once('close', () => {
      peer.sent += socket.bytesWritten
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const peer: Peer = {
    url: `https://localhost:${port}/vraag`,
    seen: [],
    connections: 0,
    sent: 0,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return peer
}

const call = (url: string, wish: Partial<OutboundCall> = {}): OutboundCall => ({
  url,
  method: 'POST',
  body: 'burgerservicenummer 999990019',
  oin,
  signal: AbortSignal.timeout(5_000),
  maxBytes: 1_000,
  ...wish,
})

const answer: RequestListener = (_, response) => response.end('goed')

async function refused(
  shown: Presented,
  code: SourceError['code'],
  message: RegExp,
  tls?: ServerOptions,
): Promise<void> {
  await using peer = await startPeer(answer, shown, tls)
  await using outbound = openOutbound(options)
  await assert.rejects(outbound.request(call(peer.url)), { name: 'SourceError', code, message })
  assert.deepEqual(peer.seen, [])
}

describe('a source is called only when it is who it should be', () => {
  it('a server with the right chain, name and OIN answers', async () => {
    await using peer = await startPeer(answer)
    await using outbound = openOutbound(options)
    const reply = await outbound.request(call(peer.url, { headers: { 'sluis-doel': 'proef' } }))
    assert.equal(reply.status, 200)
    assert.equal(reply.body.toString(), 'goed')
  })

  it('a server with another OIN gets no byte of the question', () =>
    refused(serverLeaf({ oins: [otherOin] }), 'source-malformed', /verwachte partij/))

  it('a server with two serial numbers gets no byte of the question', () =>
    refused(serverLeaf({ oins: [oin, otherOin] }), 'source-malformed', /verwachte partij/))

  it('an OIN inside another attribute of the subject is no OIN', () =>
    refused(
      serverLeaf({
        subject: subjectName({
          name: `x\nserialNumber=${oin}`,
          organisation: `serialNumber=${oin}`,
          country: 'NL',
        }),
      }),
      'source-malformed',
      /verwachte partij/,
    ))

  it('an expired server is refused', () =>
    refused(
      serverLeaf({ notBefore: Date.now() - 2 * hour, notAfter: Date.now() - hour }),
      'source-malformed',
      /CERT_HAS_EXPIRED/,
    ))

  it('a server for another host is refused', () =>
    refused(
      serverLeaf({ extensions: serverExtensions(['elders.example']) }),
      'source-malformed',
      /ALTNAME/,
    ))

  it('a client certificate does not serve as a server', () =>
    refused(pki.leaf({ oins: [oin] }), 'source-malformed', /INVALID_PURPOSE|ALTNAME/))

  it('a key under 3072 bits is refused', () =>
    refused(serverLeaf({ key: rsaKey(2048) }), 'source-malformed', /klopt niet/, {}))

  it('a key of 3072 bits is accepted', async () => {
    await using peer = await startPeer(answer, serverLeaf({ key: rsaKey(3072) }))
    await using outbound = openOutbound(options)
    assert.equal((await outbound.request(call(peer.url))).status, 200)
  })

  it('a server of another authority is refused', async () => {
    using stranger = await smallPki()
    const shown = stranger.leaf({ oins: [oin], extensions: serverExtensions(['localhost']) })
    await refused(shown, 'source-malformed', /klopt niet/)
  })

  it('a server that knows only weak suites is refused', () =>
    refused(good, 'source-refused', /weigert|klopt/, {
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0',
    }))

  it('a server that refuses our certificate is a refusal', async () => {
    using stranger = await smallPki()
    const ca = readFileSync(join(stranger.trustDir, 'root.pem'))
    await using peer = await startPeer(answer, good, { ca })
    await using outbound = openOutbound(options)
    await assert.rejects(outbound.request(call(peer.url)), (error: SourceError) => {
      assert.match(error.code, /source-(refused|unavailable)/)
      return true
    })
    assert.deepEqual(peer.seen, [])
  })

  it('a revoked server is refused, also after the start', async () => {
    using small = await smallPki()
    const shown = small.leaf({ oins: [oin], extensions: serverExtensions(['localhost']) })
    const ca = readFileSync(join(small.trustDir, 'root.pem'))
    await using peer = await startPeer(answer, shown, { ca })
    writeFileSync(small.file('client.pem'), small.leaf().cert)
    writeFileSync(small.file('client.key'), small.leaf().key)
    await using outbound = openOutbound({
      ...options,
      certFile: small.file('client.pem'),
      keyFile: small.file('client.key'),
      trustDir: small.trustDir,
    })
    const close = { connection: 'close' }
    assert.equal((await outbound.request(call(peer.url, { headers: close }))).status, 200)
    const serial = new X509Certificate(shown.cert).serialNumber
    small.crl('intermediate', { revoked: [{ serial, at: Date.now() - 1_000 }] })
    await assert.rejects(outbound.request(call(peer.url)), { message: /CERT_REVOKED/ })
    assert.equal(peer.seen.length, 1)
  })

  it('a connection of one party never carries a question for another', async () => {
    await using peer = await startPeer(answer)
    await using outbound = openOutbound(options)
    await outbound.request(call(peer.url))
    await setImmediate()
    await outbound.request(call(peer.url))
    assert.equal(peer.connections, 1)
    await assert.rejects(outbound.request(call(peer.url, { oin: otherOin })), {
      code: 'source-malformed',
    })
    assert.equal(peer.seen.length, 2)
  })
})

describe('an answer can do no harm', () => {
  async function answered(handler: RequestListener, wish: Partial<OutboundCall> = {}) {
    await using peer = await startPeer(handler)
    await using outbound = openOutbound(options)
    const error = await outbound.request(call(peer.url, wish)).then(
      () => assert.fail('no refusal'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof SourceError, inspect(error))
    assert.doesNotMatch(inspect(error, { depth: 6 }), /999990019|geheim/)
    return { error, peer }
  }

  it('P16: a redirect of a source is refused, not followed', async () => {
    await using target = await startPeer(answer)
    const { error } = await answered((_, response) =>
      response.writeHead(307, { location: target.url }).end(),
    )
    assert.equal(error.code, 'source-malformed')
    assert.deepEqual(target.seen, [])
  })

  it('an announced size over the limit is refused unread', async () => {
    const { error } = await answered((_, response) => response.end('x'.repeat(1_001)))
    assert.match(error.message, /te groot/)
  })

  it('an answer of exactly the limit is read', async () => {
    await using peer = await startPeer((_, response) => response.end('x'.repeat(1_000)))
    await using outbound = openOutbound(options)
    assert.equal((await outbound.request(call(peer.url))).body.length, 1_000)
  })

  it('an endless answer is cut at the limit and its connection closed', async () => {
    const gone = Promise.withResolvers<void>()
    const { error, peer } = await answered((_, response) => {
      response.once('close', gone.resolve)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    await gone.promise
    assert.match(error.message, /te groot/)
    assert.ok(peer.sent < 32 * 2 ** 20, 'the answer was taken in whole')
  })

  it('a compressed answer is refused', async () => {
    const { error } = await answered((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('geheim'),
    )
    assert.equal(error.code, 'source-malformed')
  })

  it('an answer that breaks off is unavailable', async () => {
    const { error } = await answered((_, response) => {
      response.writeHead(200, { 'content-length': 500 })
      response.write('geheim', () => response.destroy())
    })
    assert.equal(error.code, 'source-unavailable')
  })

  it('what is not HTTP is malformed, and none of it is in the error', async () => {
    const { error } = await answered((request, _) => request.socket.end('geheim 999990019\r\n\r\n'))
    assert.equal(error.code, 'source-malformed')
  })

  it('too many headers are malformed', async () => {
    const { error } = await answered((_, response) =>
      response.writeHead(200, { 'x-lang': 'geheim'.repeat(5_000) }).end(),
    )
    assert.equal(error.code, 'source-malformed')
  })

  it('the signal ends a body that never ends', async () => {
    const { error } = await answered((_, response) => response.writeHead(200).write('geheim'), {
      signal: AbortSignal.timeout(100),
    })
    assert.equal(error.code, 'source-unavailable')
  })

  it('the signal ends a handshake that never ends', async () => {
    const silent = createTcpServer(socket => socket.resume()).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    {
      await using outbound = openOutbound(options)
      const asked = call(`https://localhost:${port}/`, { signal: AbortSignal.timeout(100) })
      const started = performance.now()
      await assert.rejects(outbound.request(asked), { code: 'source-unavailable' })
      assert.ok(performance.now() - started < 8_000, 'sooner than a handshake may take')
    }
    silent.close()
    await once(silent, 'close')
  })

  it('an aborted signal starts nothing', async () => {
    const { error, peer } = await answered(answer, { signal: AbortSignal.abort() })
    assert.equal(error.code, 'source-unavailable')
    assert.equal(peer.connections, 0)
  })

  it('closing the client ends a question that is under way', async () => {
    const arrived = Promise.withResolvers<void>()
    await using peer = await startPeer(() => arrived.resolve())
    const outbound = openOutbound(options)
    const asked = assert.rejects(outbound.request(call(peer.url)), { code: 'source-unavailable' })
    await arrived.promise
    await outbound[Symbol.asyncDispose]()
    await asked
  })
})

describe('an address is judged before it is called', () => {
  const resolveTo = (...addresses: string[]) => {
    let asked = 0
    const resolve = (_: string, __: object, callback: (...result: unknown[]) => void) => {
      asked += 1
      callback(
        null,
        addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    }
    return { resolve: resolve as unknown as typeof import('node:dns').lookup, asked: () => asked }
  }

  for (const url of [
    'http://localhost/',
    'file:///etc/passwd',
    'https://u:p@localhost/',
    'onzin',
  ]) {
    it(`P16: ${url.split(':')[0]} (${url.length}) is no address of a source`, async () => {
      await using outbound = openOutbound(options)
      await assert.rejects(outbound.request(call(url)), { message: /geen https-adres/ })
    })
  }

  const internal = [
    '127.0.0.1',
    '[::1]',
    '10.1.2.3',
    '169.254.169.254',
    '[::ffff:127.0.0.1]',
    '0x7f.1',
  ]
  for (const host of internal) {
    it(`P16: a source configured to ${host} is refused in productie, before a connection`, async () => {
      await using outbound = openOutbound({ ...options, profile: 'productie' })
      await assert.rejects(outbound.request(call(`https://${host}/`)), { message: /intern adres/ })
    })
  }

  it('P16: in productie a name that leads inside is refused, even beside a public address', async () => {
    await using peer = await startPeer(answer)
    for (const addresses of [['127.0.0.1'], ['198.51.100.7', '127.0.0.1'], ['::ffff:7f00:1']]) {
      const { resolve } = resolveTo(...addresses)
      await using outbound = openOutbound({ ...options, profile: 'productie', resolve })
      await assert.rejects(outbound.request(call(peer.url)), { message: /intern adres/ })
    }
    assert.equal(peer.connections, 0)
  })

  it('P16: the address that was judged is the one that is called: a second answer of DNS changes nothing', async () => {
    await using peer = await startPeer(answer)
    const { resolve, asked } = resolveTo('127.0.0.1')
    await using outbound = openOutbound({ ...options, resolve })
    await outbound.request(call(peer.url))
    assert.equal(asked(), 1)
  })

  it('in productie a trust directory without CRLs stops the start', async () => {
    using small = await smallPki()
    for (const level of ['root', 'intermediate']) rmSync(join(small.trustDir, `${level}.crl`))
    const without = { ...options, trustDir: small.trustDir }
    assert.throws(() => openOutbound({ ...without, profile: 'productie' }), /no CRLs/)
    await openOutbound(without)[Symbol.asyncDispose]()
  })

  it('an empty trust directory stops the start', async () => {
    using small = await smallPki()
    mkdirSync(small.file('leeg'))
    assert.throws(() => openOutbound({ ...options, trustDir: small.file('leeg') }), /no anchors/)
  })

  it('a certificate of our own that is half renewed leaves the last good one in use', async () => {
    await using peer = await startPeer(answer)
    using small = await smallPki()
    const [certFile, keyFile] = ['eigen.pem', 'eigen.key'].map(small.file)
    assert.ok(certFile && keyFile)
    copyFileSync(options.certFile, certFile)
    copyFileSync(options.keyFile, keyFile)
    await using outbound = openOutbound({ ...options, certFile, keyFile })
    writeFileSync(certFile, readFileSync(certFile).subarray(0, 100))
    assert.equal((await outbound.request(call(peer.url))).status, 200)
  })

  it('a proxy of the environment is not used', async () => {
    await using peer = await startPeer(answer)
    const before = { ...process.env }
    Object.assign(process.env, { HTTPS_PROXY: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1' })
    try {
      await using outbound = openOutbound(options)
      assert.equal((await outbound.request(call(peer.url))).status, 200)
    } finally {
      process.env = before
    }
  })

  it('public and internal addresses are told apart', () => {
    const outside = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:4860:4860::8888']
    const inside = [
      '0.0.0.0',
      '127.9.9.9',
      '10.0.0.1',
      '100.64.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '198.19.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:8.8.8.8',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'fd00::1',
      'fe80::1',
      'ff02::1',
    ]
    for (const address of outside) assert.ok(isPublicAddress(address), address)
    for (const address of inside) assert.ok(!isPublicAddress(address), address)
  })
})
