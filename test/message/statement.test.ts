import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { readStatement, StatementFault } from '../../gateway/message/statement.ts'
import type { Approver } from '../../gateway/terms.ts'
import { signedHeaders, signedJson } from '../support/signed.ts'

const now = Date.parse('2026-09-15T12:00:00Z')
const seconds = now / 1_000
const day = 24 * 3600
const verzoek = '01990000-0000-7000-8000-000000000001'
const inhoud = 'b2YgdGhpcyByZXF1ZXN0IGFuZCBubyBvdGhlciBvbmU'

type Jwk = Record<string, unknown>
function approver(id: string, functie: string): { secret: Jwk; approver: Approver } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256' }
  const secret = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }
  return { secret, approver: { id, functie, jwk, geldigVan: '2026-01-01' } }
}
const one = approver('g-1', 'teamleider')
const two = approver('g-2', 'kwaliteitsmedewerker')
const stranger = approver('g-3', 'teamleider')
const approvers = [one.approver, two.approver]

const good = {
  verzoek,
  inhoud,
  goedkeurder: 'g-1',
  functie: 'teamleider',
  besluit: 'akkoord',
  iat: seconds,
  exp: seconds + 7 * day,
}

function read(token: string, expected = {}) {
  return readStatement(token, approvers, { verzoek, inhoud, now, ...expected })
}

/** What message/jws.ts says of a token, and nobody needs to tell apart here. */
const jws = ['kop', 'algoritme', 'sleutel', 'handtekening']

function outcome(token: string, expected = {}): string {
  try {
    read(token, expected)
    return 'aangenomen'
  } catch (error) {
    assert.ok(error instanceof StatementFault, String(error))
    assert.ok(!/g-1|teamleider|0199/.test(error.message))
    return jws.includes(error.oorzaak) ? 'handtekening' : error.oorzaak
  }
}

const judged = async (change: object, secret = one.secret) =>
  outcome(await signedJson(secret, { ...good, ...change }))

test('a statement of a registered approver is read', async () => {
  const token = await signedJson(one.secret, good)
  assert.deepEqual(read(token), good)
  assert.equal(await judged({ besluit: 'afgewezen' }), 'aangenomen')
  assert.equal(outcome(await signedJson(one.secret, good, { kid: 'g-1' })), 'aangenomen')
})

test('a statement by a key that nobody registered, or that ended, is refused', async () => {
  assert.equal(await judged({}, stranger.secret), 'handtekening')
  const token = await signedJson(one.secret, good)
  assert.throws(() => readStatement(token, [], { verzoek, inhoud, now }), {
    code: 'GOEDKEURING_VEREIST',
    oorzaak: 'sleutel',
  })
  assert.throws(() => readStatement(token, [two.approver], { verzoek, inhoud, now }), {
    oorzaak: 'handtekening',
  })
  for (const header of [
    { kid: 'g-3' },
    { kid: 'g-2' },
    { jwk: stranger.approver.jwk },
    { iat: 1 },
  ]) {
    assert.equal(outcome(await signedJson(one.secret, good, header)), 'handtekening')
  }
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`
  const input = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30`
  const mac = createHmac('sha256', JSON.stringify(one.approver.jwk))
    .update(input)
    .digest('base64url')
  for (const other of [
    none,
    `${input}.${mac}`,
    `${token}=`,
    `${token}\n`,
    '',
    token.replace('.', '..'),
  ]) {
    assert.match(outcome(other), /handtekening|vorm/, other)
  }
})

test('nobody speaks for another, nor in another function', async () => {
  assert.equal(await judged({}, two.secret), 'andere-goedkeurder')
  assert.equal(await judged({ goedkeurder: 'g-2' }), 'andere-goedkeurder')
  assert.equal(await judged({ functie: 'kwaliteitsmedewerker' }), 'andere-functie')
  assert.equal(await judged({ functie: 'Teamleider' }), 'andere-functie')
})

test('a statement is about one request and one content', async () => {
  assert.equal(await judged({ verzoek: verzoek.replace('1990', '1991') }), 'ander-verzoek')
  assert.equal(await judged({ verzoek: verzoek.toUpperCase().replace('0', 'O') }), 'ander-verzoek')
  assert.equal(await judged({ inhoud: inhoud.replace('b', 'c') }), 'andere-inhoud')
  const token = await signedJson(one.secret, good)
  assert.equal(outcome(token, { inhoud: 'anders' }), 'andere-inhoud')
  assert.equal(outcome(token, { verzoek: 'anders' }), 'ander-verzoek')
})

test('a statement is boxed in time', async () => {
  for (const [change, oorzaak] of [
    [{ exp: seconds }, 'verlopen'],
    [{ iat: seconds - 2 * day, exp: seconds - 1 }, 'verlopen'],
    [{ iat: seconds + 301 }, 'nog-niet-geldig'],
    [{ exp: seconds + 100 * day + 1 }, 'te-lang-geldig'],
    [{ iat: seconds - 1, exp: seconds + 100 * day }, 'te-lang-geldig'],
    [{ iat: seconds + 200, exp: seconds + 100 }, 'verlopen'],
    [{ iat: -1 }, 'vorm'],
    [{ exp: 253_370_764_800 }, 'te-lang-geldig'],
  ] as const) {
    assert.equal(await judged(change), oorzaak, JSON.stringify(change))
  }
  for (const change of [
    { exp: seconds + 1 },
    { iat: seconds + 300 },
    { exp: seconds + 100 * day },
    { iat: seconds - 30 * day, exp: seconds + day },
  ]) {
    assert.equal(await judged(change), 'aangenomen', JSON.stringify(change))
  }
})

test('a statement has its seven members in their one form', async () => {
  for (const change of [
    ...Object.keys(good).map(name => ({ [name]: undefined })),
    ...Object.keys(good).map(name => ({ [name]: null })),
    { extra: 1 },
    { iat: String(seconds) },
    { exp: seconds + 0.5 },
    { besluit: 'ja' },
    { besluit: 'Akkoord' },
    { goedkeurder: '' },
    { functie: ['teamleider'] },
    { goedkeurder: undefined, noodrem: 'alles' },
  ]) {
    assert.equal(await judged(change), 'vorm', JSON.stringify(change))
  }
  for (const payload of [[], [good], 'x', 1, null, {}]) {
    assert.equal(outcome(await signedJson(one.secret, payload)), 'vorm')
  }
})

test('a member that is named twice, however it is spelled, is no statement', async () => {
  const { CompactSign, importJWK } = await import('jose')
  const key = await importJWK(one.secret, 'ES256')
  const text = JSON.stringify(good)
  for (const twice of [
    text.replace('{', '{"besluit":"afgewezen",'),
    text.replace('{', '{"\\u0062esluit":"afgewezen",'),
    `\ufeff${text}`,
    `${text} {}`,
    text.slice(0, -1),
  ]) {
    const token = await new CompactSign(Buffer.from(twice))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(key)
    assert.equal(outcome(token), 'vorm', twice)
  }
})

test('K9: the signature of a request is no approval, whoever made it', async () => {
  const headers = await signedHeaders({ jwk: one.secret, path: '/v1', body: '{}', iat: seconds })
  const token = headers['Message-Signature'] ?? ''
  assert.equal(outcome(token), 'handtekening')
  const [head, , tail] = token.split('.')
  const payload = Buffer.from(JSON.stringify(good)).toString('base64url')
  assert.equal(outcome(`${head}.${payload}.${tail}`), 'handtekening')
})
