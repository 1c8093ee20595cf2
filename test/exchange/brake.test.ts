// Does the brake stop everything it should, everywhere, and stay on until two persons release it?
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { type TestContext, test } from 'node:test'
import { withDemoKeys } from '../../demo/keys.ts'
import { openAudit } from '../../gateway/audit/commit.ts'
import { recordActivation } from '../../gateway/audit/record.ts'
import { newCall } from '../../gateway/call.ts'
import type { Entitlements } from '../../gateway/policy/entitlements.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { load } from '../../soak/processes.ts'
import { ask } from '../commands/sluis.ts'
import { asOwner, kinds } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { clientAgent, goodBody, send, testGateway } from '../support/gateway.ts'
import { type HeldGateway, heldGateway } from '../support/held.ts'
import { alarms, leavesAfter, leavesOf, metric, transactionOf, until } from '../support/log.ts'
import { roomyPolicies } from '../support/policies.ts'
import { startProcesses } from '../support/processes.ts'

const waterstad = 'gemeente-waterstad'
const uwv = 'partij:00000099000000004000'
const exchangePath = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'

interface Place {
  readonly dataDir: string
  readonly pkiDir: string
  readonly url?: string | undefined
}

async function brake({ dataDir, url }: Place, ...args: string[]): Promise<void> {
  const env = { SLUIS_DATA_DIR: dataDir, ...(url && { DATABASE_URL: url }) }
  const { code, err } = await ask(['brake', ...args], { env, clock: Date.now })
  assert.equal(code, 0, err)
}

/** By two persons. */
async function release(place: Place, ...bereik: string[]): Promise<void> {
  for (const person of ['g-beheer-1', 'g-beheer-2']) {
    const key = join(place.pkiDir, 'goedkeurders', `${person}.jwk`)
    await brake(place, 'off', ...bereik, '--sleutel', key)
  }
}

function placeOf({ dataDir, pkiDir, place: { url } }: HeldGateway): Place {
  return { dataDir, pkiDir, url }
}

function lawOf(gateway: HeldGateway) {
  return gateway.serving.house.rooms.policies.current()
}

test('a brake under the load of three processes: no disclosure after its index, only refusals a second later, and answers again once two persons released it', {
  timeout: 240_000,
}, async t => {
  const dir = join(mkdtempSync(join(tmpdir(), 'sluis-rem-')), 'beleid')
  t.after(() => removeTree(join(dir, '..')))
  const { demo, dataDir } = await testGateway(t, 'postgres', {
    SLUIS_POLICY_DIR: roomyPolicies(dir),
  })
  const { pkiDir, settings } = demo
  await withDemoKeys(dir, pkiDir, dir)
  await demo.serving.reload()
  const { store } = demo.serving.house
  const place = { dataDir, pkiDir, url: settings.DATABASE_URL }
  await using three = await startProcesses(settings, 3)
  const running = load({ pkiDir, keysDir: join(dataDir, 'keys'), store }, three)
  await until('answers', () => running.all().length >= 150, 60_000)

  await brake(place, 'on', uwv, '--reden', 'datalek')
  const brakes = (await leavesAfter(store, -1)).filter(({ soort }) => soort === 'noodrem')
  assert.equal(brakes.length, 1)
  const [on] = brakes
  assert.ok(on)
  const effective = on.tijd + 1_000
  await until('a second passed', () => Date.now() > effective)
  const agent = clientAgent(pkiDir, waterstad)
  t.after(() => agent.destroy())
  for (const { exchangePort, ops } of three.members) {
    const call = { path: exchangePath, body: goodBody() }
    const { status, body } = await send(agent, exchangePort, call)
    assert.deepEqual([status, body.redenen?.[0]?.code], [403, 'NOODREM'])
    assert.equal(await metric(ops, 'sluis_noodrem'), 1)
    assert.equal(await alarms(ops, 'noodrem'), 1)
    assert.equal((await fetch(`${ops}/readyz`)).status, 200)
    const told = await send(agent, exchangePort, { path: '/v1/bevoegdheden' })
    const { bevoegdheden, gesloten } = told.body as unknown as Entitlements
    assert.ok(
      bevoegdheden.every(
        ({ verstrekker }) => verstrekker.oin === undefined || !uwv.endsWith(verstrekker.oin),
      ),
    )
    assert.ok(gesloten.some(({ redenen }) => redenen.some(({ code }) => code === 'NOODREM')))
  }
  const asked = running.all().length
  await until('more questions', () => running.all().length >= asked + 60, 60_000)
  await running.stop()
  const answers = running.all()
  const late = answers.filter(({ body }) => {
    const record = body.bewijs && JSON.parse(body.bewijs.logregel)
    return record && record.soort === 'verstrekking' && record.tijd > effective
  })
  assert.deepEqual(late, [])
  const after = await leavesAfter(store, on.idx)
  assert.deepEqual(
    after.filter(({ soort }) => soort === 'verstrekking'),
    [],
  )
  assert.deepEqual(
    after.filter(({ soort, uitkomst }) => soort === 'beslissing' && uitkomst === 'toegestaan'),
    [],
  )
  assert.ok(after.length > 60)

  await release(place, uwv)
  for (const { exchangePort } of three.members) {
    await until('it answers', async () => {
      const call = { path: exchangePath, body: goodBody() }
      return (await send(agent, exchangePort, call)).status === 200
    })
  }
  assert.equal((await ask(['log', 'verify'], { env: settings })).code, 0)
})

for (const kind of kinds) {
  test(`${kind}: what a source is asked for when the brake is set is not released, and the record says why`, async t => {
    const gateway = await heldGateway(t, kind)
    const { store } = gateway.serving.house
    const place = placeOf(gateway)
    gateway.hold()
    const waiting = gateway.query(waterstad)
    await until('the source is asked', () => gateway.questions() === 1)
    await brake(place, 'on', 'bron:uwv', '--reden', 'datalek')
    await until('the process knows', () => lawOf(gateway).noodrem.length === 1)
    gateway.release()
    const answer = await waiting
    assert.equal(answer.status, 503, answer.text)
    const [decision, end, ...more] = await leavesOf(store, transactionOf(answer))
    assert.equal(decision?.uitkomst, 'toegestaan')
    assert.deepEqual([end?.soort, end?.redenen], ['afgebroken', [{ code: 'NOODREM' }]])
    assert.equal(more.length, 0)
    assert.equal((await gateway.query(waterstad)).status, 403)
    assert.equal(gateway.questions(), 1)
    await release(place, 'bron:uwv')
    await until('it answers', async () => (await gateway.query(waterstad)).status === 200)
  })
}

test('an answer that was asked for under one brake does not leave under another, though neither touches it', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { store } = gateway.serving.house
  const place = placeOf(gateway)
  await brake(place, 'on', 'veld:loonSv', '--reden', 'oefening')
  await until('the process knows', () => lawOf(gateway).noodrem.length === 1)
  gateway.hold()
  const waiting = gateway.query(waterstad)
  await until('the source is asked', () => gateway.questions() === 1)
  await brake(place, 'on', 'veld:aantalVerloondeUren', '--reden', 'oefening')
  await until('the process knows', () => lawOf(gateway).noodrem.length === 2)
  gateway.release()
  const answer = await waiting
  assert.equal(answer.status, 503, 'made under another brake, though neither touches it')
  const end = (await leavesOf(store, transactionOf(answer))).at(-1)
  assert.deepEqual([end?.soort, end?.redenen], ['afgebroken', [{ code: 'beleid-gewijzigd' }]])
  assert.equal((await gateway.query(waterstad)).status, 200)
})

const arrangement = 'uitwisselingen/uwv-inkomsten-bijstand.yaml'

/** A folder of the law of this gateway in which the arrangement has another version. */
function changed(t: TestContext, { dataDir }: HeldGateway): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-beleid-'))
  t.after(() => removeTree(dir))
  cpSync(join(dataDir, 'beleid'), dir, { recursive: true })
  const path = join(dir, arrangement)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^versie: .*$/m, 'versie: 7.7.7'))
  return dir
}

/** Another process on the same database, with the same keys. */
async function beside(
  t: TestContext,
  gateway: HeldGateway,
  settings: NodeJS.ProcessEnv = {},
): Promise<HeldGateway> {
  const { url } = gateway.place
  assert.ok(url)
  return await heldGateway(t, 'postgres', {
    url,
    settings: { SLUIS_KEYS_DIR: join(gateway.dataDir, 'keys'), ...settings },
  })
}

test('the brake outlives a restart and a change of policy, and a brake and a policy at the same moment both hold', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const place = placeOf(gateway)
  const before = lawOf(gateway)
  await brake(place, 'on', 'veld:loonSv', '--reden', 'oefening')
  const dir = changed(t, gateway)
  const another = await beside(t, gateway, { SLUIS_POLICY_DIR: dir })
  const { digest, epoch, noodrem } = lawOf(another)
  assert.notEqual(digest, before.digest)
  assert.deepEqual(noodrem, ['veld:loonSv'])
  await until('both have it', () => lawOf(gateway).epoch === epoch)
  assert.ok(epoch.startsWith(`${digest}+rem:`))

  const path = join(dir, arrangement)
  writeFileSync(path, readFileSync(path, 'utf8').replace('7.7.7', '8.8.8'))
  await Promise.all([
    another.serving.reload(),
    brake(place, 'on', 'bron:svb', '--reden', 'oefening'),
    brake(place, 'on', 'doel:kinderbijslag', '--reden', 'oefening').catch(() => {}),
  ])
  await until('both hold', () =>
    [gateway, another].every(one => {
      const law = lawOf(one)
      const { versie } = law.uitwisselingen.get('uwv-inkomsten-bijstand') ?? {}
      return versie === '8.8.8' && law.noodrem.includes('bron:svb')
    }),
  )
  assert.equal(lawOf(gateway).epoch, lawOf(another).epoch)
  assert.equal((await gateway.query(waterstad)).status, 200)
  assert.equal((await ask(['log', 'verify'], { env: envOf(place) })).code, 0)
})

function envOf({ dataDir, url }: Place): NodeJS.ProcessEnv {
  return { SLUIS_DATA_DIR: dataDir, ...(url && { DATABASE_URL: url }) }
}

test('a process that is killed between the two logs leaves a brake that the others finish by themselves', async t => {
  const gateway = await heldGateway(t, 'postgres')
  await using store = await openStore(asOwner(gateway.place))
  const file = join(import.meta.dirname, 'half-braked.ts')
  const dir = mkdtempSync(join(tmpdir(), 'sluis-half-'))
  t.after(() => removeTree(dir))
  const child = spawn(execPath, [file, dir, join(gateway.dataDir, 'keys'), uwv], {
    env: { PATH: process.env.PATH, DATABASE_URL: gateway.place.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code, signal] = await once(child, 'exit')
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
  const [lead] = await brakesIn(store, 'gewoon')
  assert.ok(lead)
  const second = await until('the other log follows', async () =>
    (await brakesIn(store, 'vertrouwelijk')).at(0),
  )
  assert.deepEqual([second.epoch, second.noodrem], [lead.epoch, [uwv]])
  assert.deepEqual(second.redenen, [{ code: 'oefening' }])
  assert.equal((await gateway.query(waterstad)).status, 403)
  assert.equal((await brakesIn(store, 'vertrouwelijk')).length, 1)
})

async function brakesIn(store: Store, log: string) {
  return (await leavesAfter(store, -1, log)).filter(({ soort }) => soort === 'noodrem')
}

test('a brake that cannot be read, or a release that no signed record made, allows nothing', async t => {
  const gateway = await heldGateway(t, 'postgres')
  await using store = await openStore(asOwner(gateway.place))
  const { ops } = gateway.serving.addresses
  const { digest, epoch } = lawOf(gateway)
  const keysDir = join(gateway.dataDir, 'keys')
  const stateDir = mkdtempSync(join(tmpdir(), 'sluis-leeg-'))
  t.after(() => removeTree(stateDir))
  await t.test('a state that nobody kept', async () => {
    await using audit = await openAudit({ store, keysDir, stateDir, clock: Date.now })
    await recordActivation(audit, 'gewoon', {
      call: newCall(Date.now()),
      soort: 'noodrem',
      digest,
      epoch: `${digest}+rem:${'0'.repeat(32)}`,
      previous: epoch,
      redenen: [{ code: 'oefening' }],
    })
    await until('it is told', async () => (await alarms(ops, 'beleid-niet-overgenomen')) === 1)
    assert.equal((await gateway.query(waterstad)).status, 503)
    assert.equal((await gateway.query('fiod')).status, 403)
    assert.equal((await fetch(`${ops}/readyz`)).status, 503)
    assert.equal(gateway.questions(), 0)
    await assert.rejects(beside(t, gateway), /niet bewaard/)
  })
  await t.test('a state of which the text was changed', async () => {
    const staat = JSON.stringify({ bereiken: [{ bereik: 'bron:svb', reden: 'x', sinds: 1 }] })
    await store.query('INSERT INTO policy.brake_state (id, tijd, staat) VALUES ($1, 1, $2)', [
      '0'.repeat(32),
      staat,
    ])
    assert.equal((await gateway.query(waterstad)).status, 503)
    await assert.rejects(beside(t, gateway), /een andere/)
  })
  await t.test('a head that says the brake is off', async () => {
    await store.query(
      `UPDATE audit.checkpoint SET epoch = $1 WHERE log = 'gewoon'
         AND grootte = (SELECT max(grootte) FROM audit.checkpoint WHERE log = 'gewoon')`,
      [digest],
    )
    assert.notEqual((await gateway.query(waterstad)).status, 200)
    await assert.rejects(beside(t, gateway), /geen ondertekende logregel/)
    assert.equal(gateway.questions(), 0)
  })
})

test('a brake that only stands in the database, and in no signed record, is not believed', async t => {
  const gateway = await heldGateway(t, 'postgres')
  await using store = await openStore(asOwner(gateway.place))
  await brake(placeOf(gateway), 'on', 'veld:loonSv', '--reden', 'oefening')
  await until('the process knows', () => lawOf(gateway).noodrem.length === 1)
  const { digest } = lawOf(gateway)
  const [row] = await store.query<{ id: string; staat: string }>('SELECT * FROM policy.brake_state')
  assert.ok(row)
  await release(placeOf(gateway), 'veld:loonSv')
  await until('the process knows', () => lawOf(gateway).noodrem.length === 0)
  // The row of a brake that was released is still there: a head that names it again is a forgery.
  await store.query(
    `UPDATE audit.checkpoint SET epoch = $1 WHERE log = 'gewoon'
       AND grootte = (SELECT max(grootte) FROM audit.checkpoint WHERE log = 'gewoon')`,
    [`${digest}+rem:${row.id}`],
  )
  await assert.rejects(gateway.serving.house.rooms.policies.follow(), /geen ondertekende logregel/)
  assert.deepEqual(lawOf(gateway).noodrem, [])
})
