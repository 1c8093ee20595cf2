import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { AsnParser, AsnSerializer, OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import { extension, makeEcKey, signCrl, signerOf } from '../../certs/authority.ts'
import { openRevocation } from '../../gateway/peer/revocation.ts'
import {
  goodOin,
  hour,
  type Level,
  type Presented,
  type SmallPki,
  serialOf,
  smallPki,
} from '../support/pki.ts'
import { activeParty, openDoor } from './server.ts'

let pki: SmallPki
beforeEach(async () => {
  pki = await smallPki()
})
afterEach(() => pki[Symbol.dispose]())

let now = Date.now()
beforeEach(() => {
  now = Date.now()
})

const open = (own = pki) =>
  openDoor({
    trustDir: own.trustDir,
    server: { cert: own.file('server.pem'), key: own.file('server.key') },
    parties: [activeParty(goodOin)],
    clock: () => now,
  })

test('with fresh CRLs of both levels a partner is let in and the house is healthy', async () => {
  await using door = await open()
  assert.equal(await door.knock(pki.leaf()), goodOin)
  assert.equal(door.revocation.healthy(now), true)
  assert.deepEqual(door.alarms, [])
})

test('a revoked leaf is refused, another leaf of the same issuer is not', async () => {
  const revoked = pki.leaf()
  pki.crl('intermediate', { revoked: [{ serial: serialOf(revoked), at: now - hour }] })
  await using door = await open()
  assert.equal(await door.knock(revoked), 'ingetrokken')
  assert.equal(await door.knock(pki.leaf()), goodOin)
})

test('a serial number revoked by the root says nothing of a leaf with that number', async () => {
  const leaf = pki.leaf()
  pki.crl('root', { revoked: [{ serial: serialOf(leaf), at: now - hour }] })
  await using door = await open()
  assert.equal(await door.knock(leaf), goodOin)
})

test('every leaf under a revoked intermediate is refused', async () => {
  const { serialNumber: serial } = pki.intermediate.certificate
  pki.crl('root', { revoked: [{ serial, at: now - hour }] })
  await using door = await open()
  assert.equal(await door.knock(pki.leaf()), 'ingetrokken')
})

const deltaIndicator = new asn.Extension({
  extnID: '2.5.29.27',
  critical: false, // as it should not be: told by its name alone
  extnValue: new OctetString(Buffer.from([2, 1, 1])),
})
const distribution = (point: Partial<asn.IssuingDistributionPoint>) =>
  extension('2.5.29.28', new asn.IssuingDistributionPoint(point), true)
const unknownCritical = new asn.Extension({
  extnID: '2.999.78',
  critical: true,
  extnValue: new OctetString(Buffer.from([5, 0])),
})

const broken: readonly (readonly [
  name: string,
  reason: string,
  spoil: (level: Level) => void | Promise<void>,
])[] = [
  ['is missing', 'crl-ontbreekt', level => rmSync(join(pki.trustDir, `${level}.crl`))],
  [
    'is cut off',
    'crl-onleesbaar',
    level => {
      const file = join(pki.trustDir, `${level}.crl`)
      const [, body = ''] = /CRL-----\n([^-]+)/.exec(readFileSync(file, 'latin1')) ?? []
      writeFileSync(file, Buffer.from(body, 'base64').subarray(0, 120))
    },
  ],
  ['is empty', 'crl-onleesbaar', level => writeFileSync(join(pki.trustDir, `${level}.crl`), '')],
  [
    'is signed by another key under the same name',
    'crl-handtekening',
    async level => pki.crl(level, { signedWith: await makeEcKey() }),
  ],
  ['is a delta', 'crl-soort', level => pki.crl(level, { extensions: [deltaIndicator] })],
  [
    'is indirect',
    'crl-soort',
    level => pki.crl(level, { extensions: [distribution({ indirectCRL: true })] }),
  ],
  [
    'covers only users',
    'crl-soort',
    level => pki.crl(level, { extensions: [distribution({ onlyContainsUserCerts: true })] }),
  ],
  [
    'asks something unknown',
    'crl-soort',
    level => pki.crl(level, { extensions: [unknownCritical] }),
  ],
  [
    'asks something unknown in an entry',
    'crl-soort',
    level =>
      pki.crl(level, {
        revoked: [{ serial: '01', at: now - hour, extensions: [unknownCritical] }],
      }),
  ],
  ['has no end', 'crl-soort', level => pki.crl(level, { nextUpdate: undefined })],
  ['is over', 'crl-verlopen', level => pki.crl(level, { nextUpdate: now - 60_000 })],
  [
    'is of tomorrow',
    'crl-nog-niet-geldig',
    level => pki.crl(level, { thisUpdate: now + hour / 2 }),
  ],
]

for (const [name, reason, spoil] of broken) {
  for (const level of ['root', 'intermediate'] as const) {
    test(`nobody comes in when the CRL of the ${level} ${name}`, async () => {
      await spoil(level)
      await using door = await open()
      assert.equal(await door.knock(pki.leaf()), reason)
      assert.equal(door.revocation.healthy(now), false)
    })
  }
}

test('a CRL by an authority that may not sign CRLs is none', async () => {
  const usage = new asn.KeyUsage(asn.KeyUsageFlags.keyCertSign)
  using own = await smallPki({
    intermediate: {
      extensions: [
        extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: true }), true),
        extension(asn.id_ce_keyUsage, usage, true),
      ],
    },
  })
  await using door = await open(own)
  assert.equal(await door.knock(own.leaf()), 'crl-handtekening')
})

test('a CRL that names its place and is otherwise whole counts', async () => {
  const place = new asn.DistributionPointName({
    fullName: [new asn.GeneralName({ uniformResourceIdentifier: 'http://crl.example/1.crl' })],
  })
  pki.crl('intermediate', { extensions: [distribution({ distributionPoint: place })] })
  await using door = await open()
  assert.equal(await door.knock(pki.leaf()), goodOin)
})

test('a certificate revoked while a connection is open loses its next request', async () => {
  const leaf = pki.leaf()
  await using door = await open()
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...client(leaf) })
  assert.equal(await ask(agent, door.port), goodOin)
  pki.crl('intermediate', {
    revoked: [{ serial: serialOf(leaf), at: now }],
    thisUpdate: now - 1000,
  })
  await door.revocation.reload()
  assert.equal(await ask(agent, door.port), 'ingetrokken')
  assert.equal(Object.values(agent.freeSockets).flat().length, 1, 'the same connection')
  agent.destroy()
})

test('CRLs that end, and certificates that end, while a connection is open close the door', async () => {
  await using door = await open()
  const until = Date.now() + hour
  const leaf = pki.leaf({ notAfter: until + hour })
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...client(leaf) })
  assert.equal(await ask(agent, door.port), goodOin)
  now = until + 1000
  assert.equal(await ask(agent, door.port), 'crl-verlopen')
  now = until + hour + 2000
  assert.equal(await ask(agent, door.port), 'verlopen')
  agent.destroy()
})

test('a broken, removed or older file keeps the last good CRL, raises an alarm and turns health red', async () => {
  const leaf = pki.leaf()
  pki.crl('intermediate', { revoked: [{ serial: serialOf(leaf), at: now - hour }] })
  await using door = await open()
  const file = join(pki.trustDir, 'intermediate.crl')
  for (const spoil of [
    () => writeFileSync(file, 'half'),
    () => rmSync(file),
    () => pki.crl('intermediate', { thisUpdate: now - 2 * hour }),
  ]) {
    spoil()
    const before = door.alarms.length
    await door.revocation.reload()
    assert.equal(await door.knock(leaf), 'ingetrokken')
    assert.equal(await door.knock(pki.leaf()), goodOin)
    assert.ok(door.alarms.length > before)
    assert.equal(door.revocation.healthy(now), false)
  }
  pki.crl('intermediate', { thisUpdate: now - 1000 })
  await door.revocation.reload()
  assert.equal(await door.knock(leaf), goodOin)
  assert.equal(door.revocation.healthy(now), true)
})

test('of two CRLs of one authority the newest counts, in whatever order they are read', async () => {
  const leaf = pki.leaf()
  const revoked = [{ serial: serialOf(leaf), at: now - hour }]
  const file = (name: string) => join(pki.trustDir, name)
  pki.crl('intermediate', { revoked, thisUpdate: now - 1000 })
  const newest = readFileSync(file('intermediate.crl'))
  pki.crl('intermediate', { thisUpdate: now - hour })
  for (const name of ['a.crl', 'z.crl']) {
    writeFileSync(file(name), newest)
    await using door = await open()
    assert.equal(await door.knock(leaf), 'ingetrokken', name)
    rmSync(file(name))
  }
})

test('a CRL that says one algorithm inside and another outside is none', async () => {
  const { key, name } = signerOf(pki.intermediate)
  const text = signCrl(
    { revoked: [], thisUpdate: now - hour, nextUpdate: now + hour },
    { name, key },
  )
  const body = Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64')
  const list = AsnParser.parse(body, asn.CertificateList)
  list.tbsCertList.signature = new asn.AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.3' })
  const signature = sign('SHA256', Buffer.from(AsnSerializer.serialize(list.tbsCertList)), key)
  list.signature = new Uint8Array(signature).buffer
  delete list.tbsCertListRaw
  const file = join(pki.trustDir, 'intermediate.crl')
  writeFileSync(file, Buffer.from(AsnSerializer.serialize(list)))
  await using door = await open()
  assert.equal(await door.knock(pki.leaf()), 'crl-handtekening')
})

test('a broken trust file keeps the anchors that were', async () => {
  await using door = await open()
  writeFileSync(join(pki.trustDir, 'root.pem'), 'half')
  await door.revocation.reload()
  assert.equal(await door.knock(pki.leaf()), goodOin)
  assert.equal(door.revocation.healthy(now), false)
})

test('old and new authority are both valid while they overlap', async () => {
  using next = await smallPki()
  const before = pki.leaf()
  for (const name of ['root', 'intermediate']) {
    for (const kind of ['pem', 'crl']) {
      const text = readFileSync(join(next.trustDir, `${name}.${kind}`))
      writeFileSync(join(pki.trustDir, `new-${name}.${kind}`), text)
    }
  }
  await using door = await open()
  assert.equal(await door.knock(before), goodOin)
  assert.equal(await door.knock(next.leaf()), goodOin)
})

test('without any anchor the gateway does not start', async () => {
  rmSync(join(pki.trustDir, 'root.pem'))
  await assert.rejects(
    openRevocation({
      trustDir: pki.trustDir,
      stateDir: pki.dir,
      profile: 'test',
      policies: [],
      clock: () => now,
      onAlarm: () => {},
    }),
    /geen vertrouwensanker/,
  )
})

test('a look-alike authority with the same name and another key borrows no CRL', async () => {
  using twin = await smallPki()
  const { certificate } = twin.root
  assert.equal(signerOf(twin.root).name.length, signerOf(pki.root).name.length)
  writeFileSync(join(pki.trustDir, 'twin-root.pem'), certificate.toString())
  writeFileSync(
    join(pki.trustDir, 'twin-intermediate.pem'),
    twin.intermediate.certificate.toString(),
  )
  await using door = await open()
  assert.equal(await door.knock(twin.leaf()), 'crl-ontbreekt')
  assert.equal(await door.knock(pki.leaf()), goodOin)
})

test('a CRL of twenty thousand entries is read, and its last entry counts', async () => {
  const leaf = pki.leaf()
  const many = Array.from({ length: 20_000 }, (_, index) => ({
    serial: (0x1000_0000 + index).toString(16),
    at: now - hour,
  }))
  pki.crl('intermediate', { revoked: [...many, { serial: serialOf(leaf), at: now - hour }] })
  await using door = await open()
  assert.equal(await door.knock(leaf), 'ingetrokken')
})

const client = ({ cert, key }: Presented) => ({ cert, key, rejectUnauthorized: false })

function ask(agent: Agent, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent }, response => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () => setImmediate(() => resolve(text)))
    })
      .on('error', reject)
      .end()
  })
}
