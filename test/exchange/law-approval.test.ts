// Who may change the law? Where the operator registered who decides that: two of them, for this change alone.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lawStatementOf } from '../../gateway/law-approval.ts'
import { signJws } from '../../gateway/message/jws.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { openStore } from '../../gateway/store.ts'
import { ask } from '../commands/sluis.ts'
import { asOwner, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { heldGateway } from '../support/held.ts'
import { alarms, leavesAfter } from '../support/log.ts'
import { fewExchanges } from '../support/prepared.ts'

const shipped = fewExchanges()
const arrangement = 'uitwisselingen/uwv-inkomsten-bijstand.yaml'
const persons = ['b-1', 'b-2', 'b-3'] as const
type Person = (typeof persons)[number]

function keyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }
  return { jwk, open: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256' } }
}

/** A copy of the shipped policies with persons who decide about the law; b-3 did so until yesterday. */
function folder(t: TestContext, keys: Readonly<Record<Person, ReturnType<typeof keyPair>>>) {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-vier-ogen-'))
  t.after(() => removeTree(dir))
  cpSync(shipped, dir, { recursive: true })
  const parties = join(dir, 'partijen/demo.yaml')
  const registered = persons.map(id => {
    const { kty, alg, crv, x, y } = keys[id].open
    const jwk = `{ kty: ${kty}, alg: ${alg}, crv: ${crv}, x: '${x}', y: '${y}' }`
    const until = id === 'b-3' ? ', geldigTot: 2026-01-31' : ''
    return `{ id: ${id}, functie: beleidsbeheerder, jwk: ${jwk}, geldigVan: 2026-01-01${until} }`
  })
  const text = readFileSync(parties, 'utf8')
  const line = text.split('\n').find(one => one.includes('soort: beheerder'))
  assert.ok(line)
  const made = line.replace(
    'status: actief',
    `status: actief, goedkeurders: [${registered.join(', ')}]`,
  )
  writeFileSync(parties, text.replace(line, made))
  return dir
}

function setVersion(dir: string, versie: string): void {
  const path = join(dir, arrangement)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^versie: .*$/m, `versie: ${versie}`))
}

test('L10: a changed policy folder becomes the law only when two registered persons agreed to this very change', async t => {
  const keys = { 'b-1': keyPair(), 'b-2': keyPair(), 'b-3': keyPair() }
  const dir = folder(t, keys)
  const place = await testPlace(t, 'postgres')
  assert.ok(place.url)
  await using store = await openStore(asOwner(place))
  const gateway = await heldGateway(t, 'postgres', {
    url: place.url,
    settings: { SLUIS_POLICY_DIR: dir },
  })
  const { ops } = gateway.serving.addresses
  const law = () => gateway.serving.house.rooms.policies.current().digest
  const env = {
    SLUIS_DATA_DIR: gateway.dataDir,
    SLUIS_KEYS_DIR: join(gateway.dataDir, 'keys'),
    DATABASE_URL: place.url,
  }
  const files = mkdtempSync(join(tmpdir(), 'sluis-sleutels-'))
  t.after(() => removeTree(files))
  const approve = async (person: Person, key = keys[person]) => {
    const file = join(files, `${person}.jwk`)
    writeFileSync(file, JSON.stringify({ ...key.jwk, kid: person }))
    chmodSync(file, 0o600)
    const { code, out } = await ask(['policy', 'approve', dir, '--sleutel', file, '--json'], {
      env,
      clock: Date.now,
    })
    return [code, JSON.parse(out).uitkomst]
  }
  const put = (name: string, token: string) =>
    writeFileSync(join(dir, 'goedkeuringen', `${name}.jws`), token)
  const refusals = () => alarms(ops, 'beleid-niet-goedgekeurd')

  const first = law()
  assert.deepEqual(await approve('b-1'), [1, 'gelijk'])
  setVersion(dir, '1.0.1')
  const next = (await loadPolicies(dir, 'test')).digest
  await gateway.serving.reload()
  assert.deepEqual([law(), await refusals()], [first, 1], 'nobody agreed')
  assert.equal((await gateway.query('gemeente-waterstad')).status, 200, 'the old law goes on')

  assert.deepEqual(await approve('b-1', keyPair()), [1, 'onbekende-sleutel'])
  assert.deepEqual(await approve('b-3'), [1, 'onbekende-sleutel'], 'its registration ended')
  assert.deepEqual(await approve('b-1'), [0, 'eerste'])
  await gateway.serving.reload()
  assert.deepEqual([law(), await refusals()], [first, 2], 'one person is not two')
  const now = Date.now()
  const signed = (person: Person, change: readonly [string, string], at = now) =>
    signJws(lawStatementOf(change, person, at), { id: person, jwk: keys[person].jwk })
  const worthless = [
    signed('b-1', [first, next]),
    signed('b-3', [first, next]),
    signed('b-2', [next, first]),
    signed('b-2', [first, first]),
    signed('b-2', ['sha256:0', next]),
    signed('b-2', [first, next], now - 15 * 86_400_000),
    signed('b-2', [first, next], now + 86_400_000),
    signJws(lawStatementOf([first, next], 'b-1', now), { id: 'b-2', jwk: keys['b-2'].jwk }),
    'x.y.z',
  ]
  for (const [index, token] of worthless.entries()) put(`x-${index}`, token)
  await gateway.serving.reload()
  assert.deepEqual([law(), await refusals()], [first, 3], 'nothing of that is a second yes')
  assert.deepEqual(await approve('b-2'), [0, 'akkoord'])
  await gateway.serving.reload()
  assert.equal(law(), next)
  const activations = async () =>
    (await leavesAfter(store, -1, 'gewoon')).filter(({ soort }) => soort === 'beleidsactivering')
  const [, change] = (await activations()) as readonly { verklaringen?: readonly string[] }[]
  assert.equal(change?.verklaringen?.length, 2)

  const before = await refusals()
  setVersion(dir, '1.0.0')
  await gateway.serving.reload()
  assert.deepEqual(
    [law(), await refusals()],
    [next, before + 1],
    'what was agreed brings nothing back',
  )
  assert.deepEqual(await approve('b-2'), [0, 'eerste'])
  assert.deepEqual(await approve('b-1'), [0, 'akkoord'])
  await gateway.serving.reload()
  assert.equal(law(), first)
  assert.equal((await activations()).length, 3)

  // Another process with another folder takes nothing over: it decides by what is in force.
  setVersion(dir, '1.0.9')
  const other = await heldGateway(t, 'postgres', {
    url: place.url,
    settings: { SLUIS_POLICY_DIR: dir, SLUIS_KEYS_DIR: join(gateway.dataDir, 'keys') },
  })
  assert.equal(other.serving.house.rooms.policies.current().digest, first)
  assert.equal(await alarms(other.serving.addresses.ops, 'beleid-niet-goedgekeurd'), 1)
})
