import assert from 'node:assert/strict'
import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signRaw,
} from 'node:crypto'
import { test } from 'node:test'
import { CompactSign, compactVerify, exportSPKI, FlattenedSign } from 'jose'
import { JwsFault, type VerifyingKey, verifyJws } from '../../gateway/message/jws.ts'

interface Pair {
  readonly alg: string
  readonly key: VerifyingKey & { readonly id: string }
  readonly secret: KeyObject
  readonly open: KeyObject
}

function pair(alg: string, made: { publicKey: KeyObject; privateKey: KeyObject }): Pair {
  const jwk = { ...made.publicKey.export({ format: 'jwk' }), alg }
  return { alg, key: { id: `k-${alg}`, jwk }, secret: made.privateKey, open: made.publicKey }
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs = [
  pair('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  pair('ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })),
  pair('EdDSA', generateKeyPairSync('ed25519')),
  ...['PS256', 'PS384', 'PS512'].map(alg => pair(alg, rsa)),
]
const [es256, es384, eddsa, ps256] = pairs as [Pair, Pair, Pair, Pair]
const text = Buffer.from('{"iets":1}')

const b64 = (value: string | Buffer): string => Buffer.from(value).toString('base64url')
const json = (value: unknown): string => b64(JSON.stringify(value))

/** Signs whatever header and whatever spelling, as nobody honest would. */
function forge(
  { secret, alg }: Pair,
  header: unknown,
  { body = b64(text), hash = alg.slice(2), input = '' } = {},
): string {
  const head = typeof header === 'string' ? header : json(header)
  const bytes = Buffer.from(input || `${head}.${body}`)
  const options = alg.startsWith('PS')
    ? { key: secret, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: -1 }
    : { key: secret, dsaEncoding: 'ieee-p1363' as const }
  const algorithm = alg === 'EdDSA' ? null : `sha${hash}`
  return `${head}.${body}.${b64(signRaw(algorithm, bytes, algorithm ? options : secret))}`
}

const keys = pairs.map(({ key }) => key)
const reasonOf = (token: string, by: readonly VerifyingKey[] = keys, options = {}): string => {
  try {
    verifyJws(token, by, options)
    return 'aangenomen'
  } catch (error) {
    assert.ok(error instanceof JwsFault, String(error))
    return error.reden
  }
}

test('an honest token of every algorithm is believed, here as by jose', async () => {
  for (const { alg, key, secret, open } of pairs) {
    for (const header of [{ alg }, { alg, kid: key.id }, { alg, typ: 'JOSE', cty: 'json' }]) {
      const token = await new CompactSign(text).setProtectedHeader(header).sign(secret)
      const here = verifyJws(token, keys)
      const there = await compactVerify(token, open)
      assert.deepEqual(here.payload, Buffer.from(there.payload))
      assert.deepEqual(here.header, there.protectedHeader)
      assert.equal(here.key.id, key.id)
    }
    assert.equal(reasonOf(forge(pairs.find(one => one.alg === alg) as Pair, { alg })), 'aangenomen')
  }
  const empty = await new CompactSign(Buffer.alloc(0))
    .setProtectedHeader({ alg: 'ES256' })
    .sign(es256.secret)
  assert.equal(verifyJws(empty, keys).payload.length, 0)
})

test('a payload that stands apart is verified, encoded or as it is', async () => {
  const plain = await new FlattenedSign(text)
    .setProtectedHeader({ alg: 'ES256' })
    .sign(es256.secret)
  const raw = await new FlattenedSign(text)
    .setProtectedHeader({ alg: 'ES256', b64: false, crit: ['b64'] })
    .sign(es256.secret)
  const detached = { detachedPayload: text }
  for (const one of [plain, raw]) {
    const token = `${one.protected}..${one.signature}`
    assert.equal(reasonOf(token, keys, detached), 'aangenomen')
    assert.equal(
      reasonOf(token, keys, { detachedPayload: Buffer.from('{"iets":2}') }),
      'handtekening',
    )
    assert.equal(reasonOf(token), one === raw ? 'kop' : 'handtekening')
  }
  assert.equal(
    reasonOf(`${plain.protected}.${b64(text)}.${plain.signature}`, keys, detached),
    'vorm',
  )
  const mute = json({ alg: 'ES256', b64: false })
  const quiet = forge(es256, mute, { body: '', input: `${mute}.${text}` })
  assert.equal(reasonOf(quiet, keys, detached), 'kop')
  const wrong = forge(es256, { alg: 'ES256', b64: false, crit: ['b64'] })
  assert.equal(reasonOf(wrong), 'kop')
})

test('K1: a token without a signature, or with an algorithm that is none, is refused', () => {
  for (const alg of ['none', 'None', 'NoNe', 'NONE', 'nOnE', '', 'null']) {
    assert.equal(reasonOf(`${json({ alg })}.${b64(text)}.`), 'handtekening', alg)
    assert.equal(reasonOf(`${json({ alg })}.${b64(text)}.AAAA`), 'algoritme', alg)
    assert.equal(reasonOf(forge(es256, { alg })), 'algoritme', alg)
  }
  for (const header of [{}, { alg: null }, { alg: ['ES256'] }, { alg: 1 }, { alg: 'es256' }]) {
    assert.equal(reasonOf(forge(es256, header)), 'algoritme', JSON.stringify(header))
  }
  const [head, body] = forge(es256, { alg: 'ES256' }).split('.')
  assert.equal(reasonOf(`${head}.${body}.`), 'handtekening')
})

test('K2: a token signed with a public key as secret, or by an algorithm the key is not for, is refused', async () => {
  for (const secret of [
    await exportSPKI(createPublicKey(rsa.privateKey)),
    JSON.stringify(ps256.key.jwk),
    String(ps256.key.jwk.n),
    Buffer.from(String(ps256.key.jwk.n), 'base64url'),
    createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'der' }),
  ]) {
    for (const bits of [256, 384, 512]) {
      const input = `${json({ alg: `HS${bits}` })}.${b64(text)}`
      const mac = createHmac(`sha${bits}`, secret).update(input).digest('base64url')
      assert.equal(reasonOf(`${input}.${mac}`), 'algoritme')
      assert.equal(
        reasonOf(`${input}.${mac}`, [{ jwk: { kty: 'oct', k: 'AA', alg: `HS${bits}` } }]),
        'algoritme',
      )
    }
  }
  const pkcs1 = `${json({ alg: 'RS256' })}.${b64(text)}`
  assert.equal(
    reasonOf(`${pkcs1}.${b64(signRaw('sha256', Buffer.from(pkcs1), rsa.privateKey))}`),
    'algoritme',
  )
  const others: readonly (readonly [Pair, string, string])[] = [
    [ps256, 'PS512', '512'],
    [ps256, 'PS384', '384'],
    [es384, 'ES256', '256'],
    [es256, 'ES384', '384'],
    [eddsa, 'ES256', ''],
    [es256, 'EdDSA', '256'],
    [es256, 'ES256K', '256'],
    [es256, 'ES512', '512'],
  ]
  for (const [one, alg, hash] of others) {
    assert.equal(
      reasonOf(forge(one, { alg }, { hash }), [one.key]),
      'algoritme',
      `${one.alg} ${alg}`,
    )
  }
  // The key says PS256 and the curve does not: such a key verifies nothing, whatever it is called.
  const mixed = { ...es256.key, jwk: { ...es256.key.jwk, alg: 'PS256' } }
  assert.equal(reasonOf(forge(es256, { alg: 'PS256' }), [mixed]), 'handtekening')
  const small = pair('ES256', generateKeyPairSync('rsa', { modulusLength: 512 }))
  const short = `${json({ alg: 'ES256' })}.${b64(text)}`
  const padded = signRaw('sha256', Buffer.from(short), small.secret)
  assert.equal(reasonOf(`${short}.${b64(padded)}`, [small.key]), 'handtekening')
  const koblitz = pair('ES256', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }))
  assert.equal(reasonOf(forge(koblitz, { alg: 'ES256' }), [koblitz.key]), 'handtekening')
  for (const secret of [es256.secret, rsa.privateKey]) {
    const posing = {
      id: 'x',
      jwk: { ...createPublicKey(secret).export({ format: 'jwk' }), alg: 'EdDSA' },
    }
    const input = `${json({ alg: 'EdDSA' })}.${b64(text)}`
    for (const hash of [null, 'sha256'] as const) {
      const made = signRaw(hash, Buffer.from(input), secret)
      assert.equal(reasonOf(`${input}.${b64(made)}`, [posing]), 'handtekening')
    }
  }
  const curve = { ...es384.key, jwk: { ...es384.key.jwk, alg: 'ES256' } }
  assert.equal(reasonOf(forge(es384, { alg: 'ES256' }, { hash: '256' }), [curve]), 'handtekening')
})

test('K3: a token that brings a key or points at one is refused', () => {
  const own = pair('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  for (const member of [
    { jwk: own.key.jwk },
    { jku: 'https://sleutels.example/jwks' },
    { x5u: 'https://sleutels.example/keten.pem' },
    { x5c: ['AAAA'] },
    { x5t: 'AAAA' },
    { 'x5t#S256': 'AAAA' },
  ]) {
    assert.equal(reasonOf(forge(own, { alg: 'ES256', ...member })), 'kop')
    assert.equal(reasonOf(forge(es256, { alg: 'ES256', ...member })), 'kop')
  }
  assert.equal(reasonOf(forge(own, { alg: 'ES256' })), 'handtekening')
})

test('a name of a key that is not registered, or is another, is refused', () => {
  for (const kid of ['onbekend', '', '../../etc/passwd', "' OR 1=1", 'k-ES384'.toLowerCase()]) {
    assert.equal(reasonOf(forge(es256, { alg: 'ES256', kid })), 'sleutel', kid)
  }
  assert.equal(reasonOf(forge(es256, { alg: 'ES256', kid: es384.key.id })), 'algoritme')
  assert.equal(reasonOf(forge(es256, { alg: 'ES256', kid: 1 })), 'kop')
  assert.equal(reasonOf(forge(es256, { alg: 'ES256', kid: null })), 'kop')
  assert.equal(reasonOf(forge(es256, { alg: 'ES256' }), []), 'sleutel')
  const unnamed = { jwk: es256.key.jwk }
  assert.equal(reasonOf(forge(es256, { alg: 'ES256', kid: 'iets' }), [unnamed]), 'aangenomen')
})

test('a header that two readers could read differently is refused', () => {
  const heads = [
    '{"alg":"ES256","alg":"ES256"}',
    '{"alg":"none","alg":"ES256"}',
    '{"alg":"ES256","\\u0061lg":"ES256"}',
    '\ufeff{"alg":"ES256"}',
    '{"alg":"ES256","kid":"k\\u0000"}',
    '{"alg":"ES256","__proto__":{}}',
    '{"alg":"ES256"',
    '{"alg":"ES256"}{}',
    '["ES256"]',
    '"ES256"',
    'null',
    '',
    '{"alg":"ES256","typ":["JOSE"]}',
    '{"alg":"ES256","onbekend":1}',
    '{"alg":"ES256","b64":true}',
    '{"alg":"ES256","b64":true,"crit":["b64"]}',
    '{"alg":"ES256","b64":false}',
  ]
  for (const head of heads) assert.equal(reasonOf(forge(es256, b64(head))), 'kop', head)
  assert.equal(reasonOf(forge(es256, b64(Buffer.from([0x7b, 0xff, 0x7d])))), 'kop')
  assert.equal(
    reasonOf(forge(es256, { alg: 'ES256', zaak: 1 }), keys, { members: ['zaak'] }),
    'aangenomen',
  )
})

test('what is critical must be known, be there, and be named once', () => {
  const members = ['iat']
  for (const crit of [
    [],
    ['exp'],
    ['iat', 'iat'],
    ['alg'],
    ['b64'],
    'iat',
    null,
    { iat: 1 },
    [1],
  ]) {
    const token = forge(es256, { alg: 'ES256', iat: 1, crit })
    assert.equal(reasonOf(token, keys, { members }), 'kop', JSON.stringify(crit))
  }
  assert.equal(reasonOf(forge(es256, { alg: 'ES256', crit: ['iat'] }), keys, { members }), 'kop')
  const good = forge(es256, { alg: 'ES256', iat: 1, crit: ['iat'] })
  assert.equal(reasonOf(good, keys, { members }), 'aangenomen')
  assert.equal(reasonOf(good), 'kop')
})

test('a token has one spelling: every other one is refused', () => {
  for (const one of pairs) {
    const token = forge(one, { alg: one.alg })
    const [head = '', body = '', tail = ''] = token.split('.')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spare = (part: string) => {
      const at = alphabet.indexOf(part.slice(-1))
      return part.length % 4 === 0 ? [] : [part.slice(0, -1) + alphabet[at + 1]]
    }
    const spellings = (part: string) => [
      ...spare(part),
      `${part}=`,
      `${part}==`,
      `${part}\n`,
      ` ${part}`,
      `${part.slice(0, 4)}\n${part.slice(4)}`,
      `${part}A`.length % 4 === 1 ? `${part}A` : `${part}*`,
      part.replace(/[-_]/, '+'),
    ]
    for (const other of [
      ...spellings(head).map(part => `${part}.${body}.${tail}`),
      ...spellings(body).map(part => `${head}.${part}.${tail}`),
      ...spellings(tail).map(part => `${head}.${body}.${part}`),
    ]) {
      if (other !== token) assert.equal(reasonOf(other), 'vorm', other)
    }
    for (const other of [
      '',
      '.',
      '..',
      head,
      `${head}.${body}`,
      `${token}.`,
      `.${token}`,
      `${token}.${tail}`,
      `${token},${token}`,
      JSON.stringify({ protected: head, payload: body, signature: tail }),
    ]) {
      assert.match(reasonOf(other), /vorm|kop/, other)
    }
  }
})

test('a signature of another length, another encoding, or degenerate is refused', () => {
  for (const one of pairs) {
    const token = forge(one, { alg: one.alg })
    const [head, body, tail = ''] = token.split('.')
    const bytes = Buffer.from(tail, 'base64url')
    const half = bytes.length / 2
    const flipped = Buffer.from(bytes)
    flipped[half] = (flipped[half] ?? 0) ^ 1
    const der = one.alg.startsWith('ES')
      ? [signRaw(`sha${one.alg.slice(2)}`, Buffer.from(`${head}.${body}`), one.secret)]
      : []
    for (const other of [
      Buffer.alloc(bytes.length),
      Buffer.alloc(bytes.length, 0xff),
      Buffer.concat([bytes, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), bytes]),
      bytes.subarray(0, -1),
      bytes.subarray(0, half),
      Buffer.concat([bytes, bytes]),
      Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]),
      flipped,
      ...der,
    ]) {
      assert.equal(reasonOf(`${head}.${body}.${b64(other)}`), 'handtekening')
    }
    assert.equal(reasonOf(`${head}.${b64('{"iets":2}')}.${tail}`), 'handtekening')
  }
  const salted = `${json({ alg: 'PS256' })}.${b64(text)}`
  const options = { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 0 }
  const unsalted = signRaw('sha256', Buffer.from(salted), options)
  assert.equal(reasonOf(`${salted}.${b64(unsalted)}`), 'handtekening')
})

test('too long a token is refused unread', () => {
  const long = forge(es256, { alg: 'ES256' }, { body: 'A'.repeat(100 * 1024) })
  assert.equal(reasonOf(long), 'vorm')
  assert.equal(reasonOf(`${'A'.repeat(9 * 1024)}.AAAA.AAAA`), 'vorm')
  assert.equal(reasonOf(`AAAA.AAAA.${'A'.repeat(3 * 1024)}`), 'vorm')
})

test('the mirrored twin of an ECDSA signature is known as the same one', () => {
  const token = forge(es256, { alg: 'ES256' })
  const [head, body, tail = ''] = token.split('.')
  const bytes = Buffer.from(tail, 'base64url')
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const mirrored = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  const twin = `${head}.${body}.${b64(Buffer.concat([bytes.subarray(0, 32), mirrored]))}`
  assert.notEqual(twin, token)
  assert.equal(verifyJws(twin, keys).once, verifyJws(token, keys).once)
  assert.notEqual(verifyJws(forge(es256, { alg: 'ES256' }), keys).once, verifyJws(token, keys).once)
})
