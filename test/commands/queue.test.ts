// What does an operator see and do of requests that wait? Numbers and states; a dead letter goes back, a partner waits.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { openStore } from '../../gateway/store.ts'
import { plantRequests } from '../delivery/rows.ts'
import { testPlace } from '../support/database.ts'
import { goodBody, testGateway } from '../support/gateway.ts'
import { leavesAfter, until } from '../support/log.ts'
import { ask } from './sluis.ts'

const exchange = '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken'
const me = 'gemeente-waterstad'
const uwv = '00000099000000004000'
const svb = '00000099000000005000'

test('a paused partner waits in every process and goes on when it is resumed; a dead letter that is replayed is recorded and decided again', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const { settings } = gateway.demo
  const run = (...args: string[]) =>
    ask(['queue', ...args, '--json'], { env: settings, clock: Date.now })
  const said = async (...args: string[]) => {
    const { code, out, err } = await run(...args)
    assert.deepEqual([code, err], [0, ''], args.join(' '))
    return JSON.parse(out)
  }
  const accepted = async () => {
    const answer = await gateway.ask(me, { path: exchange, body: goodBody() })
    assert.equal(answer.status, 202, answer.text)
    return JSON.parse(answer.text).verzoek
  }
  const stateOf = async (verzoek: string) => (await said('show', verzoek)).staat

  assert.deepEqual(await said('pause', uwv), {
    wachtrij: uwv,
    gepauzeerd: true,
    gewijzigd: true,
  })
  assert.equal((await said('pause', uwv)).gewijzigd, false)
  const begun = performance.now()
  // Effective within a second: from then on nothing begins.
  await until('a second to pass', () => performance.now() - begun > 1_000)
  const waiting = await accepted()
  const since = performance.now()
  await until('two rounds of the relay', () => performance.now() - since > 1_200)
  assert.equal(await stateOf(waiting), 'aanvaard')
  const { regels, gepauzeerd } = await said('list')
  assert.deepEqual(gepauzeerd, [uwv])
  assert.deepEqual(
    regels.map(({ oudste, ...regel }: Record<string, unknown>) => regel),
    [{ wachtrij: uwv, staat: 'aanvaard', aantal: 1, gepauzeerd: true }],
  )
  assert.equal((await said('resume', uwv)).gewijzigd, true)
  await until('it to go on', async () => (await stateOf(waiting)) === 'gereed')

  const letter = await accepted()
  await until('it to be ready', async () => (await stateOf(letter)) === 'gereed')
  assert.equal((await run('replay', letter)).code, 1, 'only a dead letter')
  const fail = `update delivery.verzoek set staat = 'mislukt', reden = 'BRON_ONBEREIKBAAR', vanaf = uiterlijk,
    pogingen = 25, stand = stand + 1, antwoord = null where verzoek = $1::uuid`
  await store.query(fail, [letter])
  const [last] = await store.query<{ idx: number }>(
    `select max(idx) as idx from audit.leaf where log = 'gewoon'`,
  )
  assert.deepEqual(await said('replay', letter), { verzoek: letter, staat: 'aanvaard' })
  await until('it to be decided again', async () => (await stateOf(letter)) === 'gereed')
  const leaves = (await leavesAfter(store, last?.idx ?? -1)).filter(leaf => leaf.verzoek === letter)
  assert.deepEqual(
    leaves.map(({ soort }) => soort),
    ['herplaatsing', 'beslissing', 'verstrekking'],
  )
  assert.equal((await said('show', letter)).pogingen, 0, 'counted anew')

  // Past its term it does not come back.
  await store.query(fail, [letter])
  await store.query('update delivery.verzoek set uiterlijk = 1 where verzoek = $1::uuid', [letter])
  const late = await run('replay', letter)
  assert.equal(late.code, 1, late.out)
})

test('the confidential log is listed and shown only when it is named, and nobody learns that it holds anything', async t => {
  const place = await testPlace(t, 'postgres')
  await using store = await openStore(place)
  const env = { SLUIS_PROFIEL: 'test', SLUIS_DATA_DIR: place.dir, DATABASE_URL: place.url }
  const run = async (...args: string[]) => await ask(['queue', ...args], { env })
  const [hidden = ''] = await plantRequests(store, 1, {
    wachtrij: 'vertrouwelijk',
    log: 'vertrouwelijk',
  })
  await plantRequests(store, 2, { wachtrij: svb })
  await plantRequests(store, 1, { wachtrij: svb, staat: 'mislukt' })

  const plain = await run('list')
  assert.match(plain.out, /^00000099000000005000 {2}aanvaard {2}2 .*\n.* {2}mislukt {2}1 .*\n$/)
  assert.doesNotMatch(plain.out, /vertrouwelijk/)
  const unknown = await run('show', randomUUID())
  assert.deepEqual(await run('show', hidden), unknown, 'as one that is not there')
  assert.deepEqual(await run('replay', hidden), unknown)
  assert.equal(unknown.code, 1)
  const fiod = await run('pause', '00000099000000008000')
  assert.deepEqual(fiod, await run('pause', '00000099000000099000'))
  assert.equal(fiod.code, 2)
  assert.equal((await run('pause', 'vertrouwelijk')).code, 2)

  const named = ['--log', 'vertrouwelijk']
  assert.equal((await run('pause', 'vertrouwelijk', ...named)).code, 0)
  assert.equal((await run('pause', svb, ...named)).code, 2)
  assert.match((await run('list', ...named)).out, /^vertrouwelijk {2}aanvaard {2}1 .*gepauzeerd\n$/)
  assert.deepEqual(JSON.parse((await run('list', '--json')).out).gepauzeerd, [])
  assert.match((await run('show', hidden, ...named)).out, /staat: aanvaard/)
})

test('wrong words are bad usage, and a database that is away cannot be judged', async () => {
  const away = { env: { SLUIS_PROFIEL: 'test', DATABASE_URL: 'postgresql://x:y@127.0.0.1:1/x' } }
  assert.equal((await ask(['queue', 'list'], away)).code, 3)
  for (const words of [['show'], ['list', 'x'], ['list', '--log', 'geheim'], ['pause', 'x']]) {
    assert.equal((await ask(['queue', ...words], away)).code, 2, words.join(' '))
  }
})
