import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { issueDevelopmentPki } from '../../certs/issue.ts'
import { withDemoKeys } from '../../demo/keys.ts'
import { midnight } from '../../gateway/policy/legal-time.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { keyFault, thumbprint, validApprovers, validKeys } from '../../gateway/policy/party-keys.ts'
import type { Party, PartyKey } from '../../gateway/terms.ts'
import { removeTree } from '../support/directory.ts'
import { faultsOf, policyDir } from './law.ts'

type Jwk = Record<string, unknown>

const ec = (namedCurve: string): Jwk =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }) as Jwk
const rsa = (modulusLength: number, publicExponent = 65_537): Jwk =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({
    format: 'jwk',
  }) as Jwk
const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) as Jwk
const ed448 = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }) as Jwk
const secret = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'jwk',
}) as Jwk
const p256: Jwk = { ...ec('P-256'), alg: 'ES256' }
const p384: Jwk = { ...ec('P-384'), alg: 'ES384' }
const p521: Jwk = { ...ec('P-521'), alg: 'ECDH-ES+A256KW' }
const rsa2048: Jwk = { ...rsa(2048), alg: 'PS256' }

/** The same bytes in another spelling: the spare bits of the last character are set. */
function respelled(text: unknown): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = String(text).slice(-1)
  return String(text).slice(0, -1) + alphabet[alphabet.indexOf(last) + 1]
}

const even = (text: unknown): string => {
  const bytes = Buffer.from(String(text), 'base64url')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) & 0xfe
  return bytes.toString('base64url')
}

const fit: readonly (readonly [Jwk, PartyKey['gebruik']])[] = [
  [p256, 'ondertekenen'],
  [p384, 'ondertekenen'],
  [{ ...ed, alg: 'EdDSA' }, 'ondertekenen'],
  [rsa2048, 'ondertekenen'],
  [{ ...rsa2048, alg: 'PS384', use: 'sig', kid: 'een' }, 'ondertekenen'],
  [{ ...rsa2048, alg: 'PS512' }, 'ondertekenen'],
  [{ ...rsa2048, alg: 'RSA-OAEP' }, 'versleutelen'],
  [{ ...rsa2048, alg: 'RSA-OAEP-256', use: 'enc' }, 'versleutelen'],
  [{ ...p256, alg: 'ECDH-ES+A256KW' }, 'versleutelen'],
  [{ ...p384, alg: 'ECDH-ES+A256KW' }, 'versleutelen'],
  [p521, 'versleutelen'],
]

const unfit: readonly (readonly [string, Jwk, PartyKey['gebruik'], RegExp])[] = [
  ['a private key', { ...secret, alg: 'ES256' }, 'ondertekenen', /geheime sleutel/],
  ['a shared secret', { kty: 'oct', k: 'AAAA', alg: 'HS256' }, 'ondertekenen', /geheime sleutel/],
  ['no algorithm', ec('P-256'), 'ondertekenen', /alg is een van/],
  ['RS256', { ...rsa2048, alg: 'RS256' }, 'ondertekenen', /alg is een van/],
  ['no algorithm at all by name', { ...p256, alg: 'none' }, 'ondertekenen', /alg is een van/],
  ['an inherited name', { ...p256, alg: 'constructor' }, 'ondertekenen', /alg is een van/],
  ['ECDH straight', { ...p256, alg: 'ECDH-ES' }, 'versleutelen', /alg is een van/],
  ['RSA1_5', { ...rsa2048, alg: 'RSA1_5' }, 'versleutelen', /alg is een van/],
  ['a signature by P-521', { ...p521, alg: 'ES512' }, 'ondertekenen', /alg is een van/],
  ['another curve than the algorithm has', { ...p384, alg: 'ES256' }, 'ondertekenen', /P-256/],
  ['a signing key to encrypt', p256, 'versleutelen', /alg is een van/],
  ['a use that contradicts', { ...p256, use: 'enc' }, 'ondertekenen', /use past niet/],
  ['Ed448', { ...ed448, alg: 'EdDSA' }, 'ondertekenen', /Ed25519/],
  ['secp256k1', { ...ec('secp256k1'), alg: 'ES256' }, 'ondertekenen', /P-256/],
  ['an unknown member', { ...p256, x5u: 'https://x' }, 'ondertekenen', /onbekend lid/],
  ['members of two kinds', { ...p256, n: rsa2048.n }, 'ondertekenen', /een lid te veel/],
  ['a kind that does not fit', { ...p256, kty: 'OKP' }, 'ondertekenen', /kty en crv/],
  ['RSA with a curve', { ...rsa2048, crv: 'P-256' }, 'ondertekenen', /kty en crv/],
  ['no y', { ...p256, y: undefined }, 'ondertekenen', /y is geen base64url/],
  ['padding', { ...p256, x: `${p256.x}=` }, 'ondertekenen', /x is geen base64url/],
  ['a second spelling', { ...p256, x: respelled(p256.x) }, 'ondertekenen', /x is geen base64url/],
  ['a short coordinate', { ...p256, x: 'AAAA' }, 'ondertekenen', /x heeft niet de lengte/],
  ['a point beside its curve', { ...p256, x: p256.y }, 'ondertekenen', /dit is geen sleutel/],
  ['RSA 1024', { ...rsa(1024), alg: 'PS256' }, 'ondertekenen', /n is geen getal/],
  ['an exponent of 3', { ...rsa2048, e: 'Aw' }, 'ondertekenen', /e is geen oneven/],
  ['an exponent of 1', { ...rsa2048, e: 'AQ' }, 'ondertekenen', /e is geen oneven/],
  ['an even exponent', { ...rsa2048, e: 'AQAC' }, 'ondertekenen', /e is geen oneven/],
  ['an even modulus', { ...rsa2048, n: even(rsa2048.n) }, 'ondertekenen', /n is even/],
  [
    'a modulus with zeros before it',
    {
      ...rsa2048,
      n: Buffer.concat([Buffer.alloc(3), Buffer.from(String(rsa2048.n), 'base64url')]).toString(
        'base64url',
      ),
    },
    'ondertekenen',
    /n heeft niet de lengte/,
  ],
]

for (const [what, jwk, gebruik, message] of unfit) {
  test(`a registered key with ${what} is refused, and its value is not repeated`, () => {
    const fault = keyFault(jwk, gebruik) ?? ''
    assert.match(fault, message)
    const values = Object.values(jwk).filter(value => String(value).length > 12)
    assert.ok(values.every(value => !fault.includes(String(value))))
  })
}

test('every allowed kind of key is accepted for its own use', () => {
  for (const [jwk, gebruik] of fit) assert.equal(keyFault(jwk, gebruik), undefined, String(jwk.alg))
})

test('a thumbprint is that of RFC 7638', () => {
  const example = {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  }
  assert.equal(thumbprint(example), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

const one = `{ id: een, gebruik: ondertekenen, jwk: ${JSON.stringify(p256)}, geldigVan: 2026-01-01 }`
const approver = (id: string, jwk: Jwk) =>
  `{ id: ${id}, functie: teamleider, jwk: ${JSON.stringify(jwk)}, geldigVan: 2026-01-01 }`

async function told(members: string): Promise<string> {
  const faults = await faultsOf({
    'partijen/demo.yaml': [['naam: UWV,', `naam: UWV, ${members},`]],
  })
  return faults.map(fault => fault.message).join('\n')
}

test('a private key in a party is refused with the advice to make another', async () => {
  const own = one.replace(JSON.stringify(p256), JSON.stringify({ ...secret, alg: 'ES256' }))
  assert.match(
    await told(`sleutels: [${own}]`),
    /geheime sleutel: zet hier alleen het openbare deel/,
  )
})

test('a key that is registered twice is refused, in whatever seat', async () => {
  assert.equal(await told(`sleutels: [${one}]`), '')
  const twice = one.replace('id: een', 'id: twee')
  assert.match(await told(`sleutels: [${one}, ${twice}]`), /al geregistreerd/)
  const seats = `goedkeurders: [${approver('g-1', p256)}, ${approver('g-2', p256)}]`
  assert.match(await told(seats), /al geregistreerd/)
  assert.match(await told(`sleutels: [${one}], goedkeurders: [${approver('g-1', p256)}]`), /al ger/)
})

test('a name twice, a wrong kid, an unfit key and an end before its beginning are refused', async () => {
  const other = one.replace(JSON.stringify(p256), JSON.stringify(p384))
  assert.match(await told(`sleutels: [${one}, ${other}]`), /deze sleutel bestaat al/)
  const seats = `goedkeurders: [${approver('g-1', p256)}, ${approver('g-1', p384)}]`
  assert.match(await told(seats), /deze goedkeurder bestaat al/)
  const named = one.replace('"alg"', '"kid":"twee","alg"')
  assert.match(await told(`sleutels: [${named}]`), /kid is hier hetzelfde/)
  assert.match(await told(`sleutels: [${one.replace('ES256', 'ES384')}]`), /bij dit alg/)
  const ended = one.replace('2026-01-01', '2026-01-01, geldigTot: 2025-12-31')
  assert.match(await told(`sleutels: [${ended}]`), /geldigTot ligt voor/)
  assert.match(await told(`goedkeurders: [${approver('g 1', p256)}]`), /een naam van letters/)
})

test('an address for the post is https, and hides no user and no fragment', async () => {
  assert.equal(await told("postadres: { antwoorden: 'https://post.example.nl/in?a=1' }"), '')
  for (const address of [
    'http://post.example.nl/in',
    'file:///etc/passwd',
    'https://a:b@post.example.nl/',
    'https://post.example.nl/#x',
    'https://post.example.nl/ x',
    'post.example.nl',
  ]) {
    assert.match(await told(`postadres: { meldingen: '${address}' }`), /https-adres/, address)
  }
  assert.match(await told("postadres: { anders: 'https://post.example.nl/' }"), /onbekende sleutel/)
})

test('a key and an approver count from midnight of their first day through their last', () => {
  const bare = { id: 'een', jwk: p256, geldigVan: '2026-03-01', geldigTot: '2026-06-30' }
  const party: Party = {
    oin: '00000099000000004000',
    naam: 'UWV',
    soort: 'uwv',
    status: 'actief',
    vertrouwelijk: false,
    vertegenwoordigt: [],
    sleutels: [{ ...bare, gebruik: 'ondertekenen' }],
    goedkeurders: [{ ...bare, functie: 'teamleider' }],
  }
  const first = midnight('2026-03-01')
  const after = midnight('2026-07-01')
  for (const [now, counts] of [
    [first - 1, 0],
    [first, 1],
    [after - 1, 1],
    [after, 0],
  ] as const) {
    assert.equal(validKeys(party, 'ondertekenen', now).length, counts)
    assert.equal(validApprovers(party, now).length, counts)
  }
  assert.deepEqual(validKeys(party, 'versleutelen', first), [])
})

test('the demo keys are private to their owner, kept, and their public halves are law', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-keys-'))
  t.after(() => removeTree(dir))
  const pki = join(dir, 'pki')
  const target = join(dir, 'beleid')
  const issue = () => issueDevelopmentPki(pki, { clock: () => Date.now() })
  await issue()
  const key = join(pki, 'sleutels', 'gemeente-waterstad-ondertekenen.jwk')
  const text = readFileSync(key, 'utf8')
  for (const folder of ['sleutels', 'goedkeurders']) {
    for (const file of readdirSync(join(pki, folder))) {
      assert.equal(statSync(join(pki, folder, file)).mode & 0o777, 0o600, file)
    }
  }
  assert.equal(await withDemoKeys(policyDir, pki, target), target)
  const law = await loadPolicies(target, 'test')
  const waterstad = law.partijen.get('00000099000000001000') as Party
  const [signs] = validKeys(waterstad, 'ondertekenen', Date.now())
  const d = JSON.parse(text)
  const same = createPublicKey({ key: { ...signs?.jwk }, format: 'jwk' })
  assert.equal(same.equals(createPublicKey({ key: d, format: 'jwk' })), true)
  assert.deepEqual(
    validApprovers(waterstad, Date.now()).map(({ id, functie }) => [id, functie]),
    [
      ['g-waterstad-1', 'teamleider'],
      ['g-waterstad-2', 'kwaliteitsmedewerker'],
    ],
  )
  for (const file of law.files) assert.ok(!file.text.includes(d.d), file.path)

  const half = join(pki, 'goedkeurders', 'g-uwv-1.jwk')
  writeFileSync(half, '{')
  writeFileSync(join(target, 'grondslagen', 'oud.yaml'), 'regeling: Oud')
  await issue()
  await withDemoKeys(policyDir, pki, target)
  assert.equal(readFileSync(key, 'utf8'), text)
  const again = await loadPolicies(target, 'test')
  assert.notEqual(again.digest, law.digest)
  await withDemoKeys(policyDir, pki, target)
  assert.equal((await loadPolicies(target, 'test')).digest, again.digest)

  const own = join(dir, 'eigen')
  cpSync(policyDir, own, { recursive: true })
  await withDemoKeys(own, pki, own)
  assert.equal((await loadPolicies(own, 'test')).digest, again.digest)
})
