import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { authorityExtensions, policies } from '../../certs/authority.ts'
import { partyHolder, partyHolders } from '../../certs/names.ts'
import { bent, goodOin, presented, smallPki, testPki } from '../support/pki.ts'
import { activeParty, type Door, openDoor } from './server.ts'

let dir: string
let door: Door

before(async () => {
  dir = await testPki()
  door = await openDoor({
    trustDir: join(dir, 'trust'),
    server: { cert: join(dir, 'servers', 'gateway.pem'), key: join(dir, 'servers', 'gateway.key') },
    parties: partyHolders.map(({ oin, name }) =>
      activeParty(oin, name === 'svb' ? { status: 'geschorst' } : {}),
    ),
  })
})

after(() => door[Symbol.asyncDispose]())

test('every party of the demo is known by the OIN of its certificate', async () => {
  for (const { name, oin } of partyHolders.filter(party => party.name !== 'svb')) {
    assert.equal(await door.knock(presented(dir, name)), oin, name)
  }
})

test('a suspended party is refused', async () => {
  assert.equal(await door.knock(presented(dir, 'svb')), 'partij-niet-actief')
})

for (const [name, outcome] of [
  ['ingetrokken', /^ingetrokken$/],
  ['onbekend', /^partij-onbekend$/],
  ['dubbel', /^oin-dubbel$/],
  ['verlopen', /^handshake /],
  ['vreemd', /^handshake /],
] as const) {
  test(`the certificate "${name}" ends in ${outcome.source}`, async () => {
    assert.match(await door.knock(presented(dir, name)), outcome)
  })
}

test('a connection without a certificate ends in the handshake', async () => {
  assert.match(await door.knock({}), /^handshake /)
})

test('a certificate with the key of another ends in the handshake', async () => {
  const { cert } = presented(dir, 'uwv')
  const { key } = presented(dir, 'fiod')
  await assert.rejects(async () => door.knock({ cert, key }), /key values mismatch/)
})

test('a party that sends its leaf without the intermediate is still known', async () => {
  const { cert, key } = presented(dir, 'uwv')
  const leaf = cert.slice(0, cert.indexOf('-----END CERTIFICATE-----') + 26)
  assert.equal(await door.knock({ cert: leaf, key }), partyHolder('uwv').oin)
})

test('a listener that forgets to refuse in the handshake lets nobody in by it', async () => {
  await using open = await openDoor({
    trustDir: join(dir, 'trust'),
    server: { cert: join(dir, 'servers', 'gateway.pem'), key: join(dir, 'servers', 'gateway.key') },
    parties: partyHolders.map(({ oin }) => activeParty(oin)),
    careless: { rejectUnauthorized: false },
  })
  assert.equal(await open.knock({}), 'certificaat-ontbreekt')
  assert.equal(await open.knock(presented(dir, 'verlopen')), 'keten-onbekend')
  assert.equal(await open.knock(presented(dir, 'vreemd')), 'keten-onbekend')
  assert.equal(await open.knock(presented(dir, 'uwv')), partyHolder('uwv').oin)
})

test('T10: in productie a certificate issued for development is refused', async () => {
  await using strict = await openDoor({
    trustDir: join(dir, 'trust'),
    server: { cert: join(dir, 'servers', 'gateway.pem'), key: join(dir, 'servers', 'gateway.key') },
    parties: partyHolders.map(({ oin }) => activeParty(oin)),
    profile: 'productie',
  })
  assert.equal(await strict.knock(presented(dir, 'ksz')), 'certificaatbeleid-test')
})

test('in productie a test OIN is refused, and that of an organisation is not', async () => {
  const real = ['2.16.528.1.1']
  const others = authorityExtensions(0).filter(one => one.extnID !== '2.5.29.32')
  using own = await smallPki({ intermediate: { extensions: [...others, policies(real)] } })
  await using strict = await openDoor({
    trustDir: own.trustDir,
    server: { cert: own.file('server.pem'), key: own.file('server.key') },
    parties: [goodOin, partyHolder('ksz').oin].map(oin => activeParty(oin)),
    profile: 'productie',
    policies: real,
  })
  const extensions = bent('2.5.29.32', policies(real))
  assert.equal(await strict.knock(own.leaf({ extensions })), 'oin-test')
  const { oin } = partyHolder('ksz')
  assert.equal(await strict.knock(own.leaf({ extensions, oins: [oin] })), oin)
})
