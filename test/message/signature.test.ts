import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { readSignature, type SignedMessage } from '../../gateway/message/signature.ts'
import type { Spent } from '../../gateway/message/spent.ts'
import { Problem } from '../../gateway/problem.ts'
import { type Signing, signedHeaders, signedJson } from '../support/signed.ts'

const now = Date.parse('2026-09-15T12:00:00Z')
const seconds = now / 1_000
const party = '00000099000000001000'
const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
const body = '{"velden":["heeftInkomstenverhouding"]}'

type Jwk = Record<string, unknown>
const made = (alg: string, pair: ReturnType<typeof generateKeyPairSync>) => {
  const secret: Jwk = { ...pair.privateKey.export({ format: 'jwk' }), alg }
  const { d: _, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = secret
  return { secret, key: { id: `k-${alg}`, jwk: open } }
}
const es256 = made('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
const ps256 = made('PS256', generateKeyPairSync('rsa', { modulusLength: 2048 }))
const eddsa = made('EdDSA', generateKeyPairSync('ed25519'))
const stranger = made('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
const keys = [es256.key, ps256.key, eddsa.key]

function remember(): Spent & { readonly hashes: Map<string, number> } {
  const hashes = new Map<string, number>()
  return {
    hashes,
    first: async (hash, vervalt) => {
      const isFirst = !hashes.has(hash)
      hashes.set(hash, vervalt)
      return isFirst
    },
  }
}

interface Sent {
  readonly sign?: Partial<Signing>
  readonly method?: string
  readonly target?: string
  readonly body?: string
  /** Names and values in turn; made of what was signed. */
  readonly headers?: (headers: readonly (readonly [string, string])[]) => readonly string[][]
  readonly spent?: Spent
  readonly party?: string
}

async function ask(sent: Sent = {}): Promise<string> {
  const signed = await signedHeaders({
    jwk: es256.secret,
    path,
    body,
    iat: seconds,
    ...sent.sign,
  })
  const pairs = Object.entries(signed)
  const message: SignedMessage = {
    method: sent.method ?? 'POST',
    target: sent.target ?? path,
    headers: (sent.headers?.(pairs) ?? pairs).flat(),
    body: Buffer.from(sent.body ?? body),
  }
  return await outcome(message, sent.spent, sent.party)
}

async function outcome(message: SignedMessage, spent: Spent = remember(), oin: string = party) {
  try {
    return (await readSignature(message, oin, { now, keys, spent })) ? 'aangenomen' : 'geen'
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.slug, 'handtekening-onjuist')
    assert.equal(error.status, 401)
    return error.reden.replace('handtekening-', '')
  }
}

const put =
  (name: string, value: string) =>
  (headers: readonly (readonly [string, string])[]): string[][] =>
    headers.map(([key, old]) => [key, key === name ? value : old])
const add =
  (name: string, value: string) =>
  (headers: readonly (readonly [string, string])[]): string[][] => [
    ...headers.map(([key, old]) => [key, old]),
    [name, value],
  ]

test('a message without the header has no signature, and nothing is looked up', async () => {
  const message = { method: 'POST', target: path, headers: ['Host', 'x'], body: Buffer.from(body) }
  const spent = remember()
  assert.equal(await outcome(message, spent), 'geen')
  assert.equal(spent.hashes.size, 0)
})

test('a message signed by any of its party’s keys is believed', async () => {
  for (const { secret, key } of [es256, ps256, eddsa]) {
    assert.equal(await ask({ sign: { jwk: secret } }), 'aangenomen')
    assert.equal(await ask({ sign: { jwk: secret, header: { kid: key.id } } }), 'aangenomen')
  }
  // As the examples of the ADR module do: encoded, and without crit.
  const plain = { jwk: es256.secret, without: 'b64', header: { crit: ['sigD'] } }
  assert.equal(await ask({ sign: plain }), 'aangenomen')
  assert.equal(
    await ask({ headers: headers => headers.map(([n, v]) => [n.toUpperCase(), v]) }),
    'aangenomen',
  )
  const both = createHash('sha512').update(body).digest('base64')
  const digest = `sha-256=${createHash('sha256').update(body).digest('base64')}, SHA-512=${both}`
  assert.equal(
    await ask({ sign: { signedHeaders: { Digest: digest } }, headers: put('Digest', digest) }),
    'aangenomen',
  )
})

test('K5: a signature by another party’s key, or bound to a certificate by its header, is refused', async () => {
  assert.equal(await ask({ sign: { jwk: stranger.secret } }), 'vals')
  assert.equal(await ask({ sign: { header: { kid: 'k-van-een-ander' } } }), 'sleutel')
  for (const header of [{ 'x5t#S256': 'AAAA' }, { x5t: 'AAAA' }, { cnf: [] }, { cnf: {} }]) {
    assert.equal(await ask({ sign: { header } }), 'kop')
  }
  const message = { method: 'POST', target: path, body: Buffer.from(body) }
  const headers = Object.entries(
    await signedHeaders({ jwk: es256.secret, path, body, iat: seconds }),
  ).flat()
  const none = { now, keys: [], spent: remember() }
  await assert.rejects(readSignature({ ...message, headers }, party, none), {
    reden: 'handtekening-sleutel',
  })
})

test('K6: a time that is past, in the future, absurd or no whole number is refused', async () => {
  for (const iat of [
    seconds - 301,
    seconds + 31,
    253_370_764_800,
    0,
    -1,
    -seconds,
    seconds + 0.5,
    String(seconds),
    null,
    true,
    [seconds],
    1e300,
    now,
    '2026-09-15T12:00:00Z',
  ]) {
    assert.equal(await ask({ sign: { iat } }), 'tijd', String(iat))
  }
  assert.equal(await ask({ sign: { without: 'iat' } }), 'tijd')
  for (const iat of [seconds - 300, seconds - 1, seconds + 30]) {
    assert.equal(await ask({ sign: { iat } }), 'aangenomen', String(iat))
  }
  // What would say more of time is not read, so it is not passed over.
  for (const header of [{ exp: seconds - 60 }, { nbf: seconds + 60 }, { exp: null }]) {
    assert.equal(await ask({ sign: { header } }), 'kop')
  }
})

test('K9: a statement of an approver, or any other token of this key, is no signature of a request', async () => {
  const headers = await signedHeaders({ jwk: es256.secret, path, body, iat: seconds })
  const other = (token: string) =>
    outcome({
      method: 'POST',
      target: path,
      headers: Object.entries({ ...headers, 'Message-Signature': token }).flat(),
      body: Buffer.from(body),
    })
  const statement = await signedJson(es256.secret, { verzoek: 'x', iat: seconds })
  assert.equal(await other(statement), 'vorm')
  const [head, , tail] = statement.split('.')
  assert.equal(await other(`${head}..${tail}`), 'dekking')
  const named = await signedJson(es256.secret, { aud: 'x' }, { typ: 'JWT' })
  assert.equal(await other(named), 'vorm')
})

test('K12: another body, method, address, query, host or header than was signed is refused', async () => {
  for (const [what, sent, reden] of [
    ['body', { body: '{"velden":["loonSv"]}' }, 'digest'],
    ['white space', { body: `${body} ` }, 'digest'],
    ['empty body', { body: '' }, 'digest'],
    ['method', { method: 'PUT' }, 'vals'],
    ['address', { target: path.replace('bijstand', 'anw') }, 'vals'],
    ['case of the address', { target: path.toUpperCase() }, 'vals'],
    ['query', { target: `${path}?a=1` }, 'vals'],
    ['slash', { target: `${path}/` }, 'vals'],
    ['host', { headers: put('Host', 'sluis.example') }, 'vals'],
    ['type', { headers: put('Content-Type', 'application/json; charset=utf-8') }, 'vals'],
    ['length', { headers: put('Content-Length', '1') }, 'vals'],
    ['digest', { headers: put('Digest', 'SHA-256=AAAA') }, 'vals'],
  ] as const) {
    assert.equal(await ask(sent), reden, what)
  }
  const digest = `SHA-256=${createHash('sha256').update('{}').digest('base64')}`
  const over = { sign: { signedHeaders: { Digest: digest } }, headers: put('Digest', digest) }
  assert.equal(await ask(over), 'digest')
})

test('a digest that is weak, unknown, spelled otherwise or no digest is refused', async () => {
  const right = createHash('sha256').update(body).digest('base64')
  for (const digest of [
    '',
    'SHA-256',
    `SHA-256:${right}`,
    `SHA-256=${right.replace('=', '')}`,
    `SHA-256=${Buffer.from(right, 'base64').toString('hex')}`,
    `SHA-1=${createHash('sha1').update(body).digest('base64')}`,
    `MD5=${createHash('md5').update(body).digest('base64')}`,
    `constructor=${right}`,
    `SHA-256=${right}, MD5=AAAA`,
    `SHA-256=${right},`,
    `SHA-512=${right}`,
  ]) {
    const sent = { sign: { signedHeaders: { Digest: digest } }, headers: put('Digest', digest) }
    assert.equal(await ask(sent), 'digest', digest)
  }
})

test('a signature that leaves out what the message has is refused', async () => {
  const all = ['(request-target)', 'host', 'content-type', 'content-length', 'digest']
  for (const left of all) {
    const pars = all.filter(name => name !== left)
    assert.equal(await ask({ sign: { pars } }), 'dekking', left)
  }
  for (const name of ['Origin', 'Content-Encoding']) {
    assert.equal(await ask({ headers: add(name, 'x') }), 'dekking')
  }
  for (const header of [
    { sigD: undefined, crit: ['b64'] },
    { sigD: null },
    { sigD: [] },
    { sigD: 'x' },
    { sigD: { mId: 'http://uri.etsi.org/19182/HttpHeaders' } },
    { sigD: { mId: 'http://uri.etsi.org/19182/ObjectIdByURI', pars: all } },
    { sigD: { mId: 'http://uri.etsi.org/19182/HttpHeaders', pars: 'digest' } },
    { sigD: { mId: 'http://uri.etsi.org/19182/HttpHeaders', pars: [...all, 'digest'] } },
    { sigD: { mId: 'http://uri.etsi.org/19182/HttpHeaders', pars: [...all, 1] } },
    { sigD: { mId: 'http://uri.etsi.org/19182/HttpHeaders', pars: [...all, 'X-Extra'] } },
    { sigD: { mId: 'http://uri.etsi.org/19182/HttpHeaders', pars: all, extra: 1 } },
    { sigD: { mId: 'http://uri.etsi.org/19182/HttpHeaders', pars: Array(40).fill('a') } },
  ]) {
    assert.equal(await ask({ sign: { header } }), 'dekking', JSON.stringify(header))
  }
  assert.equal(await ask({ sign: { pars: [...all, 'x-absent'] } }), 'dekking')
})

test('a header that stands there twice is refused where it counts', async () => {
  assert.equal(await ask({ headers: add('message-signature', 'x') }), 'dubbel')
  assert.equal(
    await ask({ headers: headers => [...headers, ...headers].map(([n, v]) => [n, v]) }),
    'dubbel',
  )
  assert.equal(await ask({ headers: add('Digest', 'SHA-256=AAAA') }), 'dekking')
  assert.equal(await ask({ headers: add('host', 'sluis.example') }), 'dekking')
  assert.equal(await ask({ headers: add('X-Extra', 'x') }), 'aangenomen')
})

test('a signature with a payload in it, or with nothing in it, is refused', async () => {
  const { 'Message-Signature': token = '' } = await signedHeaders({
    jwk: es256.secret,
    path,
    body,
    iat: seconds,
  })
  const [head, , tail] = token.split('.')
  for (const other of [
    '',
    ' ',
    '..',
    `${head}.AAAA.${tail}`,
    `${head}..`,
    `${token}, ${token}`,
    `${token}=`,
  ]) {
    assert.match(await ask({ headers: put('Message-Signature', other) }), /vorm|kop|vals/, other)
  }
})

test('K13: a signature is refused ten minutes later, and used by another partner it is theirs to have signed', async () => {
  assert.equal(await ask({ sign: { iat: seconds - 600 } }), 'tijd')
  const headers = Object.entries(
    await signedHeaders({ jwk: es256.secret, path, body, iat: seconds }),
  ).flat()
  const message = { method: 'POST', target: path, headers, body: Buffer.from(body) }
  const spent = remember()
  assert.equal(await outcome(message, spent, '00000099000000002000'), 'aangenomen')
  // What one partner used is not used up for another.
  assert.equal(await outcome(message, spent, party), 'aangenomen')
  assert.equal(await outcome(message, spent, party), 'gebruikt')
  assert.equal(spent.hashes.size, 2)
  for (const vervalt of spent.hashes.values()) assert.ok(vervalt > now + 330_000)
})
