import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { groups, ncscCiphers, tlsOptions } from '../../gateway/peer/tls.ts'
import { ecKey, goodOin, type Presented, rsaKey, type SmallPki, smallPki } from '../support/pki.ts'
import { activeParty, type Door, openDoor } from './server.ts'

let pki: SmallPki
let door: Door
let client: Presented

before(async () => {
  pki = await smallPki()
  client = pki.leaf()
  door = await openDoor({
    trustDir: pki.trustDir,
    server: { cert: pki.file('server.pem'), key: pki.file('server.key') },
    parties: [activeParty(goodOin)],
  })
})

after(async () => {
  await door[Symbol.asyncDispose]()
  pki[Symbol.dispose]()
})

/** A connected socket, or the error that ended it. */
async function dial(options: ConnectionOptions): Promise<TLSSocket | Error> {
  const socket = connect({
    host: '127.0.0.1',
    port: door.port,
    servername: 'localhost',
    rejectUnauthorized: false,
    ...client,
    ...options,
  })
  const error = once(socket, 'error').then(([found]) => found as Error)
  const connected = await Promise.race([once(socket, 'secureConnect').then(() => socket), error])
  if (connected instanceof Error) socket.destroy()
  return connected
}

/** What was agreed on, after which the socket is closed. */
async function agreed(options: ConnectionOptions) {
  const socket = await dial(options)
  assert.ok(!(socket instanceof Error), String(socket))
  const found = {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    key: socket.getEphemeralKeyInfo(),
  }
  socket.destroy()
  return found
}

test('TLS 1.3 and TLS 1.2 are spoken', async () => {
  assert.equal((await agreed({})).protocol, 'TLSv1.3')
  assert.equal((await agreed({ maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2')
})

test('TLS 1.1 and 1.0 are not', async () => {
  for (const version of ['TLSv1.1', 'TLSv1'] as const) {
    const ended = await dial({
      minVersion: version,
      maxVersion: version,
      ciphers: 'ALL:@SECLEVEL=0',
    })
    assert.ok(ended instanceof Error, version)
    assert.match(String((ended as NodeJS.ErrnoException).code), /ALERT_PROTOCOL_VERSION/)
  }
})

test('without the security level of OpenSSL, version and signature still hold', async () => {
  await using careless = await openDoor({
    trustDir: pki.trustDir,
    server: { cert: pki.file('server.pem'), key: pki.file('server.key') },
    parties: [activeParty(goodOin)],
    careless: { ciphers: 'ALL:@SECLEVEL=0' },
  })
  const lenient = { port: careless.port, ciphers: 'ALL:@SECLEVEL=0' }
  const version = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const
  assert.ok((await dial({ ...lenient, ...version })) instanceof Error)
  const sigalgs = 'ECDSA+SHA1:RSA+SHA1'
  assert.ok((await dial({ ...lenient, sigalgs, maxVersion: 'TLSv1.2' })) instanceof Error)
  const socket = await dial({ ...lenient, maxVersion: 'TLSv1.2' })
  assert.ok(!(socket instanceof Error))
  socket.destroy()
})

test('a key agreement that quantum computers do not break is chosen where both sides have it', async t => {
  if (!groups.includes('MLKEM')) {
    t.diagnostic('this OpenSSL has no ML-KEM: classic groups only')
    assert.deepEqual(groups.split(':'), ['X25519', 'P-256', 'P-384'])
    return
  }
  assert.ok(await agreed({ ecdhCurve: 'X25519MLKEM768' }))
  assert.ok(await agreed({ ecdhCurve: 'SecP256r1MLKEM768' }))
})

test('classic groups of the guideline are spoken, weaker ones not', async () => {
  for (const ecdhCurve of ['X25519', 'P-256', 'P-384']) {
    assert.equal((await agreed({ ecdhCurve })).protocol, 'TLSv1.3', ecdhCurve)
  }
  for (const ecdhCurve of ['secp224r1', 'secp256k1', 'ffdhe2048']) {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const ended = await dial({ ecdhCurve, maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' })
      assert.ok(ended instanceof Error, `${ecdhCurve} ${maxVersion}`)
    }
  }
})

test('each cipher suite of the guideline that fits an ECDSA key is spoken', async () => {
  const suites = ncscCiphers.split(':').filter(name => !name.includes('-RSA-'))
  for (const name of suites) {
    const maxVersion = name.startsWith('TLS_') ? 'TLSv1.3' : 'TLSv1.2'
    assert.ok(await agreed({ ciphers: name, maxVersion }), name)
  }
})

test('CBC, static RSA, DHE, CCM_8 and anonymous suites are not', async () => {
  for (const ciphers of [
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-ECDSA-AES128-SHA',
    'AES256-GCM-SHA384',
    'DHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-AES128-CCM8',
    'AECDH-AES256-SHA',
  ]) {
    const ended = await dial({ ciphers: `${ciphers}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' })
    assert.ok(ended instanceof Error, ciphers)
  }
})

test('a signature with SHA-1 in the handshake is not accepted', async () => {
  const ended = await dial({
    sigalgs: 'ECDSA+SHA1:RSA+SHA1',
    maxVersion: 'TLSv1.2',
    ciphers: 'DEFAULT:@SECLEVEL=0',
  })
  assert.ok(ended instanceof Error)
})

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a ${maxVersion} session is never resumed: every connection shows its certificate`, async () => {
    const first = await dial({ maxVersion })
    assert.ok(!(first instanceof Error))
    const tickets: Buffer[] = []
    first.on('session', ticket => tickets.push(ticket))
    const answered = once(first, 'data')
    first.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    await answered
    await once(first, 'close')
    const session = tickets.at(-1) ?? first.getSession()
    const second = await dial({ maxVersion, ...(session && { session }) })
    assert.ok(!(second instanceof Error))
    assert.equal(second.isSessionReused(), false)
    second.destroy()
  })
}

test('a client that asks to renegotiate is refused', async () => {
  const socket = await dial({ maxVersion: 'TLSv1.2' })
  assert.ok(!(socket instanceof Error))
  const error = await new Promise<Error | null>(resolve => {
    socket.on('error', resolve)
    socket.renegotiate({}, resolve)
  })
  assert.ok(error instanceof Error)
  socket.destroy()
})

test('a server key that does not fit its certificate is found at start', async () => {
  const files = { cert: pki.file('server.pem'), trustDir: pki.trustDir }
  const other = join(pki.dir, 'other.key')
  assert.ok(await tlsOptions({ ...files, key: pki.file('server.key') }, Date.now()))
  writeFileSync(other, rsaKey(2048).export({ format: 'pem', type: 'pkcs8' }))
  await assert.rejects(tlsOptions({ ...files, key: other }, Date.now()), /past niet/)
  writeFileSync(other, ecKey('prime256v1').export({ format: 'pem', type: 'pkcs8' }))
  await assert.rejects(tlsOptions({ ...files, key: other }, Date.now()), /past niet/)
})
