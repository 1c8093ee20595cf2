// When is a session over, and who can open what it keeps? With a clock of the test, on a real database.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { generateKeys, openKeys, waitingSealer } from '../../gateway/audit/keys.ts'
import { grantsOf } from '../../gateway/console/grants.ts'
import type { Officer } from '../../gateway/console/page.ts'
import { consoleSealer } from '../../gateway/console/seal.ts'
import {
  absoluteMs,
  expireSessions,
  idleMs,
  isToken,
  openSessions,
} from '../../gateway/console/session.ts'
import { openPatience } from '../../gateway/listen/patience.ts'
import { testStore } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'

const waterstad = '00000099000000001000'
const dijkdorp = '00000099000000002000'
const identity = { id: 'po-1', naam: 'Privacy officer', rollen: [`fg:${waterstad}`], sid: 's-1' }
const officer: Officer = { id: 'po-1', naam: 'x', oin: waterstad, rollen: ['fg'] }

async function open(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-sessie-'))
  t.after(() => removeTree(dir))
  let now = Date.parse('2026-11-30T23:50:00Z')
  const clock = () => now
  await generateKeys(dir, now)
  const store = await testStore(t, 'postgres')
  const keys = openKeys(dir)
  const sessions = openSessions({
    query: store.query,
    sealer: consoleSealer(waitingSealer({ keys }), clock),
    pseudonym: text => keys.pseudonym('gewoon', text),
    clock,
  })
  const found = async (cookie: string) => {
    const session = await sessions.find(cookie)
    assert.ok(session)
    return session
  }
  return {
    store,
    sessions,
    found,
    clock,
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('a session ends after a quarter of an hour without a request, and after eight hours with them', async t => {
  const { sessions, store, clock, pass } = await open(t)
  const cookie = await sessions.begin(identity, waterstad)
  pass(idleMs - 1)
  assert.ok(await sessions.find(cookie), 'a moment before')
  pass(idleMs - 1)
  assert.ok(await sessions.find(cookie), 'each request counts anew')
  pass(idleMs)
  assert.equal(await sessions.find(cookie), undefined, 'at the moment')

  const busy = await sessions.begin(identity, waterstad)
  for (let passed = 0; passed + idleMs / 2 < absoluteMs; passed += idleMs / 2) {
    assert.ok(await sessions.find(busy))
    pass(idleMs / 2)
  }
  pass(idleMs / 2)
  assert.equal(await sessions.find(busy), undefined, 'eight hours are enough')

  const kept = await sessions.begin(identity)
  assert.equal(await expireSessions(store, clock()), 2)
  assert.ok(await sessions.find(kept))
})

test('a session has a new name at each begin and each choice, and the old one opens nothing', async t => {
  const { sessions, found } = await open(t)
  const first = await sessions.begin(identity)
  const before = await found(first)
  const second = await sessions.choose(before, dijkdorp)
  assert.notEqual(second, first)
  assert.equal(await sessions.find(first), undefined)
  assert.equal((await found(second)).oin, dijkdorp)
  for (const made of ['', 'x', 'x'.repeat(43), `${second}x`, `'; drop table console.sessie; --`]) {
    assert.equal(await sessions.find(made), undefined)
  }
  assert.ok(isToken(before, before.csrf))
  for (const wrong of [null, '', 'x', new File([], 'x'), `${before.csrf}x`]) {
    assert.ok(!isToken(before, wrong))
  }
})

test('an end is the end: one session, all of an officer, all of one at the provider, and of nobody else', async t => {
  const { sessions, found } = await open(t)
  const alive = async (...cookies: string[]) =>
    (await Promise.all(cookies.map(each => sessions.find(each)))).map(each => each !== undefined)
  const [one, two] = [await sessions.begin(identity), await sessions.begin(identity)]
  const three = await sessions.begin({ ...identity, sid: 's-3' })
  const other = await sessions.begin({ ...identity, id: 'po-2', sid: 's-2' })
  await sessions.end(await found(one))
  assert.deepEqual(await alive(one, two, three, other), [false, true, true, true])
  assert.equal(await sessions.endAll({}), 0, 'nobody named is nobody ended')
  assert.equal(await sessions.endAll({ sub: 'po-2', sid: 's-1' }), 0)
  assert.equal(await sessions.endAll({ sid: 's-1' }), 1)
  assert.deepEqual(await alive(two, three, other), [false, true, true])
  assert.equal(await sessions.endAll({ sub: 'po-1' }), 1)
  assert.deepEqual(await alive(three, other), [false, true])
})

test('what was typed is found back by its own session, for the same organisation, and goes with it', async t => {
  const { sessions, found, store } = await open(t)
  const session = await found(await sessions.begin(identity, waterstad))
  const other = await found(await sessions.begin({ ...identity, id: 'po-2' }, waterstad))
  const id = await sessions.searches(session).keep(officer, '{"bsn":"999990019"}')
  assert.equal(await sessions.searches(session).find(officer, id), '{"bsn":"999990019"}')
  assert.equal(
    await sessions.searches(session).find(officer, id.toUpperCase()),
    '{"bsn":"999990019"}',
  )
  assert.equal(await sessions.searches(other).find(officer, id), undefined)
  assert.equal(await sessions.searches(session).find({ ...officer, oin: dijkdorp }, id), undefined)
  assert.equal(await sessions.searches(session).find(officer, 'x'), undefined)
  await sessions.end(session)
  assert.deepEqual(await store.query('SELECT * FROM console.zoekvraag'), [])
})

test('the database holds no cookie, no name and nothing typed', async t => {
  const { sessions, found, store } = await open(t)
  const cookie = await sessions.begin(identity, waterstad)
  const session = await found(cookie)
  await sessions.searches(session).keep(officer, '{"bsn":"999990019"}')
  const rows = await store.query(
    'SELECT to_jsonb(s)::text AS sessie, to_jsonb(z)::text AS zoekvraag FROM console.sessie s, console.zoekvraag z',
  )
  const text = JSON.stringify(rows)
  assert.equal(rows.length, 1)
  const plain = [cookie, Buffer.from(cookie).toString('hex'), session.csrf, '999990019']
  for (const secret of [...plain, 'po-1', 's-1', 'Privacy officer', waterstad]) {
    assert.ok(!text.includes(secret), secret)
  }
})

test('a session of the last day of a month is sealed under a key that outlives the month', async t => {
  const { sessions, store } = await open(t)
  await sessions.begin(identity)
  const [row] = await store.query<{ inhoud: string }>('SELECT inhoud FROM console.sessie')
  assert.match(row?.inhoud ?? '', /^2026-12/)
})

test('a role counts when we know it and its organisation, which is active; that of the second log never alone', () => {
  const parties = new Map([
    [waterstad, { status: 'actief' as const }],
    [dijkdorp, { status: 'geschorst' as const }],
  ])
  const of = (...rollen: string[]) => [...grantsOf({ rollen }, parties)]
  assert.deepEqual(of(`fg:${waterstad}`, `fg:${waterstad}`, `vertrouwelijk:${waterstad}`), [
    [waterstad, ['fg', 'vertrouwelijk']],
  ])
  for (const none of [
    `vertrouwelijk:${waterstad}`,
    `baas:${waterstad}`,
    `fg:${dijkdorp}`,
    'fg:00000099000000404000',
    `fg: ${waterstad}`,
    `FG:${waterstad}`,
    'fg',
    '',
    ':',
  ]) {
    assert.deepEqual(of(none), [], none)
  }
})

test('each failure at one address waits longer, up to four seconds, and nobody else waits', async () => {
  let now = 0
  const waits: number[] = []
  const patience = openPatience(
    () => now,
    async ms => waits.push(ms),
  )
  for (let i = 0; i < 7; i++) await patience.failed('a')
  assert.deepEqual(waits.splice(0), [250, 500, 1_000, 2_000, 4_000, 4_000])
  await patience.failed('b')
  assert.deepEqual(waits.splice(0), [], 'another address')
  now += 10 * 60_000
  await patience.failed('a')
  assert.deepEqual(waits.splice(0), [], 'ten minutes later')

  const { promise, resolve } = Promise.withResolvers<void>()
  const slow = openPatience(
    () => 0,
    () => promise,
  )
  await slow.failed('a')
  const held = Array.from({ length: 200 }, () => slow.failed('a'))
  await assert.rejects(slow.failed('a'), { slug: 'overbelast', retryAfter: 4 })
  resolve()
  await Promise.all(held)
  await slow.failed('a')
})
