import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as asn from '@peculiar/asn1-x509'
import {
  authorityExtensions,
  clientExtensions,
  extension,
  signCertificate,
  signerOf,
} from '../../certs/authority.ts'
import { commands } from '../../gateway/commands/certs.ts'
import { identityOf } from '../../gateway/peer/certificate.ts'
import { readCertificates, readTrust } from '../../gateway/peer/trust.ts'
import { Problem } from '../../gateway/problem.ts'
import {
  bent,
  ecKey,
  goodOin,
  hour,
  type LeafDefect,
  leafDefects,
  type Presented,
  rsaKey,
  type SmallPki,
  type SmallPkiOptions,
  smallPki,
} from '../support/pki.ts'
import { authority, keyOf, leaf, verdictOf } from './chain.ts'
import { activeParty, type Door, openDoor } from './server.ts'

let pki: SmallPki
let door: Door

const doorOf = (own: SmallPki, policies: readonly string[] = []) =>
  openDoor({
    trustDir: own.trustDir,
    server: { cert: own.file('server.pem'), key: own.file('server.key') },
    parties: [activeParty(goodOin)],
    policies,
  })

/** What `cert check` says: the same judgement without OpenSSL's handshake before it. */
async function judged(own: SmallPki, client: Presented, policies: readonly string[] = []) {
  const [leaf] = readCertificates(client.cert)
  assert.ok(leaf)
  const trust = await readTrust(own.trustDir)
  try {
    return identityOf(leaf.x509, { trust, profile: 'test', policies, now: Date.now() }).oin
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.slug, 'niet-toegelaten')
    return error.reden
  }
}

/** What the command prints, run as the operator runs it. */
async function checked(
  own: SmallPki,
  { cert }: Presented,
): Promise<[code: number, verdict: string]> {
  const file = join(own.dir, 'gevraagd.pem')
  writeFileSync(file, cert)
  const command = commands.find(one => one.name === 'cert check')
  let text = ''
  const code = await command?.run([file, '--trust', own.trustDir, '--json'], {
    env: { SLUIS_DATA_DIR: own.dir },
    out: more => {
      text += more
    },
    err: assert.fail,
    stdin: async () => Buffer.alloc(0),
    clock: Date.now,
  })
  const { oin, reden } = JSON.parse(text)
  return [code ?? NaN, oin ?? reden]
}

before(async () => {
  pki = await smallPki()
  door = await doorOf(pki)
})

after(async () => {
  await door[Symbol.asyncDispose]()
  pki[Symbol.dispose]()
})

test('T9: a certificate with P-256, P-384, RSA 3072, Ed25519 or Ed448 is let in', async () => {
  assert.equal(await door.knock(pki.leaf()), goodOin)
  const edwards = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed448')]
  const strong = [rsaKey(3072), ecKey('secp384r1'), ...edwards.map(pair => pair.privateKey)]
  for (const key of strong) {
    const client = pki.leaf({ key })
    assert.equal(await door.knock(client), goodOin)
    assert.equal(await judged(pki, client), goodOin)
  }
})

/** Row of FAULTS; what the connection ends in (nothing: nobody has such a key); what `cert check` says. */
const outcomes: Record<LeafDefect, readonly [row: string, connection: RegExp | '', own: string]> = {
  'nog niet geldig': ['T2', /^handshake/, 'nog-niet-geldig'],
  verlopen: ['T2', /^handshake/, 'verlopen'],
  'alleen voor servers': ['T10', /^handshake/, 'gebruik-niet-toegestaan'],
  'zonder doel': ['T10', /^gebruik-niet-toegestaan$/, 'gebruik-niet-toegestaan'],
  'zelf uitgever': ['T10', /^certificaat-is-uitgever$/, 'certificaat-is-uitgever'],
  'onbekende kritieke extensie': ['T10', /^handshake/, 'extensie-onbekend'],
  'RSA 1024': ['T9', /^handshake/, 'sleutel-te-zwak'],
  'RSA 2048': ['T9', /^handshake/, 'sleutel-te-zwak'],
  'RSA met exponent 3': ['T9', /^sleutel-te-zwak$/, 'sleutel-te-zwak'],
  'RSA met exponent 1': ['T9', /^sleutel-te-zwak$/, 'sleutel-te-zwak'],
  'RSA met even exponent': ['T9', '', 'sleutel-te-zwak'],
  'RSA met even modulus': ['T9', '', 'sleutel-te-zwak'],
  'RSA van 16384 bits': ['T9', '', 'sleutel-te-zwak'],
  'RSA volgens ROCA': ['T9', /^sleutel-kwetsbaar$/, 'sleutel-kwetsbaar'],
  'kromme P-192': ['T9', /^handshake/, 'sleutel-te-zwak'],
  'kromme secp256k1': ['T9', /^handshake/, 'sleutel-te-zwak'],
  'handtekening SHA-1': ['T9', /^handshake/, 'handtekening-te-zwak'],
  'OIN van 19 posities': ['T10', /^oin-ongeldig$/, 'oin-ongeldig'],
  'OIN van 21 posities': ['T10', /^oin-ongeldig$/, 'oin-ongeldig'],
  'zonder OIN': ['T10', /^oin-ontbreekt$/, 'oin-ontbreekt'],
  'twee OINs': ['T10', /^oin-dubbel$/, 'oin-dubbel'],
}

for (const [name, make] of Object.entries(leafDefects)) {
  const [row, connection, own] = outcomes[name as LeafDefect]
  test(`${row}: a certificate that is "${name}" is refused, and cert check says the same`, async () => {
    const client = pki.leaf(make())
    if (connection) assert.match(await door.knock(client), connection)
    assert.equal(await judged(pki, client), own)
    assert.deepEqual(await checked(pki, client), [1, own])
  })
}

test('cert check lets in what the listener lets in', async () => {
  const client = pki.leaf()
  assert.equal(await door.knock(client), goodOin)
  assert.deepEqual(await checked(pki, client), [0, goodOin])
})

test('an OIN under an unknown prefix, in lower case or without its zeros is none', async () => {
  for (const oin of ['00000050000000001000', '00000008abcdefghi000', '00000099000000001001']) {
    assert.equal(await door.knock(pki.leaf({ oins: [oin] })), 'oin-ongeldig', oin)
  }
})

test('an extension twice, or a name constraint, is refused', async () => {
  const [first] = clientExtensions().slice(-1)
  assert.ok(first)
  const twice = pki.leaf({ extensions: [...clientExtensions(), first] })
  assert.equal(await judged(pki, twice), 'extensie-onbekend')
  const constrained = extension(asn.id_ce_nameConstraints, new asn.NameConstraints(), false)
  assert.equal(
    await judged(pki, pki.leaf({ extensions: bent('', constrained) })),
    'extensie-onbekend',
  )
})

test('a certificate whose key may not sign is refused', async () => {
  const usage = extension(
    asn.id_ce_keyUsage,
    new asn.KeyUsage(asn.KeyUsageFlags.keyEncipherment),
    true,
  )
  const client = pki.leaf({ extensions: bent(asn.id_ce_keyUsage, usage) })
  assert.equal(await judged(pki, client), 'gebruik-niet-toegestaan')
})

test('where a certificate policy is asked, the leaf and its issuers must carry it', async () => {
  await using strict = await doorOf(pki, ['2.999.1.1'])
  assert.equal(await strict.knock(pki.leaf()), goodOin)
  const without = pki.leaf({ extensions: bent(asn.id_ce_certificatePolicies, undefined) })
  assert.equal(await strict.knock(without), 'certificaatbeleid-ontbreekt')
  await using other = await doorOf(pki, ['2.999.1.2'])
  assert.equal(await other.knock(pki.leaf()), 'certificaatbeleid-ontbreekt')
})

test('anyPolicy opens nothing in a leaf and everything in an intermediate', async () => {
  const any = (critical = false) =>
    extension(
      asn.id_ce_certificatePolicies,
      new asn.CertificatePolicies([
        new asn.PolicyInformation({ policyIdentifier: asn.id_ce_certificatePolicies_anyPolicy }),
      ]),
      critical,
    )
  const inLeaf = pki.leaf({ extensions: bent(asn.id_ce_certificatePolicies, any()) })
  assert.equal(await judged(pki, inLeaf, ['2.999.1.1']), 'certificaatbeleid-ontbreekt')
  const others = authorityExtensions(0).filter(one => one.extnID !== asn.id_ce_certificatePolicies)
  using wide = await smallPki({ intermediate: { extensions: [...others, any()] } })
  assert.equal(await judged(wide, wide.leaf(), ['2.999.1.1']), goodOin)
  using none = await smallPki({ intermediate: { extensions: others } })
  assert.equal(await judged(none, none.leaf(), ['2.999.1.1']), 'certificaatbeleid-ontbreekt')
})

const authorityWith = (cA: boolean, usage: number, ...more: asn.Extension[]) => ({
  intermediate: {
    extensions: [
      extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA }), true),
      extension(asn.id_ce_keyUsage, new asn.KeyUsage(usage), true),
      ...more,
    ],
  },
})
const { keyCertSign, cRLSign } = asn.KeyUsageFlags
const serversOnly = extension(
  asn.id_ce_extKeyUsage,
  new asn.ExtendedKeyUsage([asn.id_kp_serverAuth]),
)

test('an intermediate may have an RSA key of 3072 bits, and sign its CRL with it', async () => {
  using own = await smallPki({ intermediate: { key: rsaKey(3072) } })
  await using open = await doorOf(own)
  assert.equal(await open.knock(own.leaf()), goodOin)
})

test('an intermediate with an RSA 2048 key opens nothing, nor does a gateway start with it', async () => {
  using own = await smallPki({ intermediate: { key: rsaKey(2048) } })
  assert.equal(await judged(own, own.leaf()), 'sleutel-te-zwak')
  await assert.rejects(doorOf(own), /key too small/)
})

test('an intermediate renewed with its old key goes before the expired one', async () => {
  using own = await smallPki()
  const { root, intermediate } = own
  const subject = signerOf(intermediate).name
  const renewed = (times: { notBefore: number; notAfter: number }) =>
    signCertificate(
      { subject, key: intermediate.key, extensions: authorityExtensions(0), ...times },
      signerOf(root),
    ).toString()
  writeFileSync(join(own.trustDir, 'a-expired.pem'), renewed(past))
  await using open = await doorOf(own)
  assert.equal(await open.knock(own.leaf()), goodOin)
})

test('another authority lengthens a path, and a renewed key of the same one does not', () => {
  const top = authority('root')
  const last = authority('last', top, { extensions: authorityExtensions(0) })
  const other = authority('other', last)
  assert.equal(verdictOf(leaf(other), [top, last, other]), 'uitgever-onbevoegd')
  const renewed = authority('last', last, { key: keyOf('renewed') })
  assert.equal(verdictOf(leaf(renewed), [top, last, renewed]), goodOin)
})

const past = { notBefore: Date.now() - 3 * hour, notAfter: Date.now() - hour }
const badAuthorities: readonly (readonly [string, SmallPkiOptions, string])[] = [
  ['an expired intermediate', { intermediate: past }, 'verlopen'],
  ['an expired root', { root: past }, 'verlopen'],
  [
    'an intermediate that is no CA',
    { intermediate: { extensions: clientExtensions() } },
    'uitgever-onbevoegd',
  ],
  [
    'an intermediate without CA:true',
    authorityWith(false, keyCertSign | cRLSign),
    'uitgever-onbevoegd',
  ],
  [
    'an intermediate that may not sign certificates',
    authorityWith(true, cRLSign),
    'uitgever-onbevoegd',
  ],
  [
    'an intermediate for servers only',
    authorityWith(true, keyCertSign | cRLSign, serversOnly),
    'uitgever-onbevoegd',
  ],
  [
    'a root that allows no intermediates',
    { root: { extensions: authorityExtensions(0) } },
    'uitgever-onbevoegd',
  ],
]

for (const [name, options, reason] of badAuthorities) {
  test(`T2: a good leaf under ${name} is refused`, async () => {
    using own = await smallPki(options)
    assert.equal(await judged(own, own.leaf()), reason)
    await using closed = await doorOf(own)
    assert.match(await closed.knock(own.leaf()), /^handshake/)
  })
}

test('T3: a copy of the names of every authority and of a partner, sent with the real intermediate, is refused', async () => {
  using impostor = await smallPki()
  const client = impostor.leaf()
  assert.equal(await judged(pki, client), 'keten-onbekend')
  const real = readFileSync(`${pki.trustDir}/intermediate.pem`, 'utf8')
  assert.match(await door.knock({ ...client, cert: client.cert + real }), /^handshake/)
})

test('T3: a self-signed copy of subject and serial number of a partner is refused', async () => {
  const partner = pki.leaf()
  const key = ecKey('prime256v1')
  const real = signerOf({ certificate: new X509Certificate(partner.cert), key })
  const { serialNumber, validFromDate, validToDate } = new X509Certificate(partner.cert)
  const copy = signCertificate(
    {
      subject: real.name,
      serial: serialNumber,
      key,
      notBefore: validFromDate.getTime(),
      notAfter: validToDate.getTime(),
      extensions: clientExtensions(),
    },
    real,
  )
  const client = {
    cert: copy.toString(),
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
  assert.equal(copy.serialNumber, serialNumber)
  assert.match(await door.knock(client), /^handshake/)
  assert.equal(await judged(pki, client), 'keten-onbekend')
})
