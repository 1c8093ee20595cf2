import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { AsnParser, AsnSerializer, OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import {
  authorityExtensions,
  type CrlRequest,
  extension,
  makeEcKey,
  signCrl,
  signerOf,
} from '../../certs/authority.ts'
import { openRevocation } from '../../gateway/peer/revocation.ts'
import { until } from '../support/log.ts'
import {
  authorityName,
  goodOin,
  hour,
  type Level,
  type Presented,
  type SmallPki,
  serialOf,
  smallPki,
} from '../support/pki.ts'
import { authority, keyOf, leaf } from './chain.ts'
import { activeParty, type DoorOptions, openDoor } from './server.ts'

let pki: SmallPki
beforeEach(async () => {
  pki = await smallPki()
})
afterEach(() => pki[Symbol.dispose]())

let now = Date.now()
beforeEach(() => {
  now = Date.now()
})

const open = (own = pki, more: Partial<DoorOptions> = {}) =>
  openDoor({
    trustDir: own.trustDir,
    server: { cert: own.file('server.pem'), key: own.file('server.key') },
    parties: [activeParty(goodOin)],
    clock: () => now,
    ...more,
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
  [
    'is of an authority that nobody knows here',
    'crl-ontbreekt',
    level => pki.crl(level, { signedAs: authorityName('vreemd') }),
  ],
  ['is signed with SHA-1', 'crl-handtekening', level => pki.crl(level, { hash: 'SHA1' })],
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
    test(`T5: nobody comes in, and health is red, when the CRL of the ${level} ${name}`, async () => {
      await spoil(level)
      await using door = await open()
      assert.equal(await door.knock(pki.leaf()), reason)
      assert.equal(door.revocation.healthy(now), false)
    })
  }
}

test('T5: of three levels each CRL must be there, and each can take back the level below it', async () => {
  using own = await smallPki({
    root: { extensions: authorityExtensions(2) },
    intermediate: { extensions: authorityExtensions(1) },
  })
  const { certificate } = own.intermediate
  const lowest = authority('laagste', { certificate, ...signerOf(own.intermediate) })
  const listOf = (revoked: CrlRequest['revoked']) =>
    signCrl({ revoked, thisUpdate: now - hour, nextUpdate: now + hour }, lowest)
  const file = join(own.trustDir, 'laagste.crl')
  writeFileSync(join(own.trustDir, 'laagste.pem'), lowest.certificate.toString())
  const found = leaf(lowest)
  const shown = {
    cert: `${found}${lowest.certificate}${certificate}`,
    key: keyOf('leaf').export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
  const outcome = async () => {
    await using door = await open(own)
    return await door.knock(shown)
  }
  assert.equal(await outcome(), 'crl-ontbreekt')
  writeFileSync(file, listOf([]))
  assert.equal(await outcome(), goodOin)
  writeFileSync(file, listOf([{ serial: found.serialNumber, at: now }]))
  assert.equal(await outcome(), 'ingetrokken')
  writeFileSync(file, listOf([]))
  own.crl('intermediate', { revoked: [{ serial: lowest.certificate.serialNumber, at: now }] })
  assert.equal(await outcome(), 'ingetrokken')
  own.crl('intermediate')
  own.crl('root', { revoked: [{ serial: certificate.serialNumber, at: now }] })
  assert.equal(await outcome(), 'ingetrokken')
  rmSync(join(own.trustDir, 'root.crl'))
  assert.equal(await outcome(), 'crl-ontbreekt')
})

test('T5: a CRL by an authority that may not sign CRLs is none', async () => {
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

test('a certificate revoked while a connection is open loses its next request on that connection', async () => {
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

test('T5: a broken, removed or older file keeps the last good CRL, raises an alarm and turns health red', async () => {
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

test('T4: without SIGHUP a new CRL counts when the timer is round', async () => {
  const leaf = pki.leaf()
  await using door = await open(pki, { reloadMs: 20 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...client(leaf) })
  assert.equal(await ask(agent, door.port), goodOin)
  const revoked = [{ serial: serialOf(leaf), at: now }]
  pki.crl('intermediate', { revoked, thisUpdate: now - 1000 })
  await until('the timer', async () => (await ask(agent, door.port)) === 'ingetrokken')
  assert.equal(Object.values(agent.freeSockets).flat().length, 1, 'the same connection')
  agent.destroy()
})

const older: readonly (readonly [string, () => Parameters<SmallPki['crl']>[1]])[] = [
  ['an earlier date', () => ({ thisUpdate: now - 2 * hour, number: now + 1 })],
  ['a lower number under a later date', () => ({ thisUpdate: now, number: 1 })],
  ['an earlier date and no number', () => ({ thisUpdate: now - 2 * hour, number: null })],
]

for (const [what, back] of older) {
  test(`T5: a CRL put back to one with ${what} does not count, after a restart neither`, async () => {
    const leaf = pki.leaf()
    const stateDir = pki.dir
    const revoked = [{ serial: serialOf(leaf), at: now - hour }]
    pki.crl('intermediate', { revoked, thisUpdate: now - 1000, number: now })
    {
      await using before = await open(pki, { stateDir })
      assert.equal(await before.knock(leaf), 'ingetrokken')
      pki.crl('intermediate', back())
      await before.revocation.reload()
      assert.equal(await before.knock(leaf), 'ingetrokken', 'the last good one stays')
      assert.equal(await before.knock(pki.leaf()), goodOin)
      assert.deepEqual(before.alarms.at(-1)?.reden, 'crl-ouder')
    }
    {
      await using restarted = await open(pki, { stateDir })
      assert.equal(await restarted.knock(leaf), 'crl-ouder')
      assert.equal(await restarted.knock(pki.leaf()), 'crl-ouder', 'nobody, while it is so')
      assert.equal(restarted.revocation.healthy(now), false)
      pki.crl('intermediate', { revoked, thisUpdate: now, number: now + 2 })
      await restarted.revocation.reload()
      assert.equal(await restarted.knock(pki.leaf()), goodOin)
      assert.equal(restarted.revocation.healthy(now), true)
    }
    pki.crl('intermediate', back())
    await using elsewhere = await open()
    assert.equal(await elsewhere.knock(leaf), goodOin, 'a host that saw nothing knows no better')
  })
}

test('T5: a CRL that another process of this host saw newer does not count here either', async () => {
  const leaf = pki.leaf()
  const stateDir = pki.dir
  await using one = await open(pki, { stateDir })
  await using other = await open(pki, { stateDir })
  const file = join(pki.trustDir, 'intermediate.crl')
  const before = readFileSync(file)
  const revoked = [{ serial: serialOf(leaf), at: now }]
  pki.crl('intermediate', { revoked, thisUpdate: now - 1000 })
  await one.revocation.reload()
  writeFileSync(file, before)
  await other.revocation.reload()
  assert.equal(await other.knock(leaf), 'crl-ouder')
  await one.revocation.reload()
  assert.equal(await one.knock(leaf), 'ingetrokken')
  assert.equal(await one.knock(pki.leaf()), goodOin)
})

test('T5: what this host saw and cannot read any more stops the start; a running gateway goes on with an alarm', async () => {
  const stateDir = pki.dir
  const note = join(stateDir, 'gezien-crls.json')
  await using door = await open(pki, { stateDir })
  const good = readFileSync(note)
  for (const text of ['', '{}', '[1]', '[["a"]]', '[["a",1,"x"]]']) {
    writeFileSync(note, text)
    await assert.rejects(open(pki, { stateDir }), /gezien-crls\.json/, text)
    await door.revocation.reload()
    assert.equal(await door.knock(pki.leaf()), goodOin)
    assert.equal(door.revocation.healthy(now), false)
    assert.equal(door.alarms.at(-1)?.reden, 'gezien-onleesbaar')
  }
  writeFileSync(note, good)
  await door.revocation.reload()
  assert.equal(door.revocation.healthy(now), true)
})

test('a CRL of tomorrow that lies ready does not close the door today, and counts tomorrow', async () => {
  const leaf = pki.leaf()
  const file = join(pki.trustDir, 'intermediate.crl')
  const today = readFileSync(file)
  const revoked = [{ serial: serialOf(leaf), at: now }]
  pki.crl('intermediate', { revoked, thisUpdate: now + hour / 2 })
  writeFileSync(join(pki.trustDir, 'morgen.crl'), readFileSync(file))
  writeFileSync(file, today)
  await using door = await open()
  assert.equal(await door.knock(leaf), goodOin)
  assert.equal(door.revocation.healthy(now), true)
  now += hour / 2 + 2000
  await door.revocation.reload()
  assert.equal(await door.knock(leaf), 'ingetrokken')
})

test('a CRL of tomorrow that came too early is not remembered: the right one counts', async () => {
  pki.crl('intermediate', { thisUpdate: now + hour / 2 })
  await using door = await open()
  assert.equal(await door.knock(pki.leaf()), 'crl-nog-niet-geldig')
  pki.crl('intermediate')
  await door.revocation.reload()
  assert.equal(await door.knock(pki.leaf()), goodOin)
})

test('T15: an authority that is taken away closes open connections at their next request', async () => {
  using next = await smallPki()
  const copies = ['root.pem', 'root.crl', 'intermediate.pem', 'intermediate.crl'] as const
  for (const name of copies) {
    writeFileSync(join(pki.trustDir, `new-${name}`), readFileSync(join(next.trustDir, name)))
  }
  await using door = await open()
  const [old, renewed] = [pki, next].map(
    own => new Agent({ keepAlive: true, maxSockets: 1, ...client(own.leaf()) }),
  )
  assert.ok(old && renewed)
  assert.equal(await ask(old, door.port), goodOin)
  assert.equal(await ask(renewed, door.port), goodOin)
  for (const name of copies) rmSync(join(pki.trustDir, name))
  await door.revocation.reload()
  assert.equal(await ask(old, door.port), 'keten-onbekend')
  assert.equal(await ask(renewed, door.port), goodOin)
  assert.equal(door.revocation.healthy(now), true)
  old.destroy()
  renewed.destroy()
})

test('what did not change is not read again', async () => {
  await using door = await open()
  const { trust } = door.revocation.rules()
  await door.revocation.reload()
  assert.equal(door.revocation.rules().trust, trust)
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

test('T15: a broken trust file keeps the anchors that were', async () => {
  await using door = await open()
  writeFileSync(join(pki.trustDir, 'root.pem'), 'half')
  await door.revocation.reload()
  assert.equal(await door.knock(pki.leaf()), goodOin)
  assert.equal(door.revocation.healthy(now), false)
})

test('T15: old and new authority are both valid while they overlap', async () => {
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
