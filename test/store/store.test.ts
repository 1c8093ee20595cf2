import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { isUnavailable, openStore, type Query, serverFaults } from '../../gateway/store.ts'
import { asOwner, kinds, testPlace, testStore } from '../support/database.ts'
import { startPostgres } from '../support/postgres.ts'
import { eventually } from './eventually.ts'

const transactionOf = async (query: Query) =>
  (await query<{ id: string }>('SELECT pg_current_xact_id()::text AS id'))[0]?.id

for (const kind of kinds) {
  test(`${kind}: a bigint arrives as a number, bytes as a Buffer`, async t => {
    const store = await testStore(t, kind)
    const sent = [Number.MAX_SAFE_INTEGER, Buffer.from([0, 255]), ['a', null]]
    const rows = await store.query('SELECT $1::bigint AS n, $2::bytea AS b, $3::text[] AS a', sent)
    assert.deepEqual(rows, [{ n: sent[0], b: sent[1], a: sent[2] }])
  })

  test(`${kind}: a bigint that a number cannot hold is refused, and the store goes on`, async t => {
    const store = await testStore(t, kind)
    await assert.rejects(store.query('SELECT 9007199254740993::bigint AS n'), RangeError)
    assert.deepEqual(await store.query('SELECT 1 AS n'), [{ n: 1 }])
  })

  test(`${kind}: a transaction commits whole or not at all`, async t => {
    const store = await testStore(t, kind)
    await store.query('CREATE TABLE proef (n int UNIQUE)')
    const returned = await store.transaction(async query => {
      await query('INSERT INTO proef VALUES (1)')
      await query('INSERT INTO proef VALUES (2)')
      return 'both'
    })
    assert.equal(returned, 'both')
    const broken = store.transaction(async query => {
      await query('INSERT INTO proef VALUES (3)')
      throw new Error('changed its mind')
    })
    await assert.rejects(broken, /changed its mind/)
    assert.deepEqual(await store.query('SELECT n FROM proef ORDER BY n'), [{ n: 1 }, { n: 2 }])
  })

  test(`${kind}: a statement that fails unseen inside a transaction fails the transaction`, async t => {
    const store = await testStore(t, kind)
    await store.query('CREATE TABLE proef (n int)')
    const hidden = store.transaction(async query => {
      await query('INSERT INTO proef VALUES (1)')
      await query('SELECT 1/0').catch(() => {})
    })
    await assert.rejects(hidden, /rolled back/)
    assert.deepEqual(await store.query('SELECT n FROM proef'), [])
  })

  test(`${kind}: a transaction that nobody ended is not lent to the next`, async t => {
    const place = asOwner(await testPlace(t, kind))
    await using store = await openStore({ ...place, connections: 1 })
    await store.query('BEGIN')
    assert.notEqual(await transactionOf(store.query), await transactionOf(store.query))
  })

  test(`${kind}: an error of SQL is not an outage`, async t => {
    const store = await testStore(t, kind)
    await store.query('CREATE TABLE proef (n int UNIQUE)')
    await store.query('INSERT INTO proef VALUES (1)')
    for (const text of ['INSERT INTO proef VALUES (1)', 'SELECT nonsense']) {
      await assert.rejects(store.query(text), error => !isUnavailable(error))
    }
    assert.ok(!isUnavailable(new Error('something else')))
  })

  test(`${kind}: an error of SQL names the constraint and never a value`, async t => {
    const store = await testStore(t, kind)
    await store.query('CREATE TABLE proef (bsn text CONSTRAINT eens UNIQUE, n int)')
    const insert = 'INSERT INTO proef VALUES ($1, $2)'
    await store.query(insert, ['999990019', 1])
    const twice = await store.query(insert, ['999990019', 1]).catch(error => error)
    assert.deepEqual({ ...twice }, { name: 'StatementError', code: '23505', constraint: 'eens' })
    const wrong = await store.query(insert, ['x', 'geboren 1990']).catch(error => error)
    assert.equal(wrong.code, '22P02')
    for (const error of [twice, wrong]) assert.doesNotMatch(inspect(error), /999990019|1990/)
  })

  test(`${kind}: statements of transactions that run at once do not mix`, async t => {
    const place = asOwner(await testPlace(t, kind))
    await using first = await openStore(place)
    await using second = await openStore(place)
    const ids = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        (n % 2 ? first : second).transaction(async query => {
          const before = await transactionOf(query)
          await query('SELECT pg_sleep(0.01)')
          assert.equal(await transactionOf(query), before)
          return before
        }),
      ),
    )
    assert.equal(new Set(ids).size, ids.length)
  })

  test(`${kind}: large statements at once keep their own parameters`, async t => {
    const place = asOwner(await testPlace(t, kind))
    await using first = await openStore(place)
    await using second = await openStore(place)
    // Larger than one read of a socket, so that each arrives in pieces.
    const pad = 'x'.repeat(300_000)
    const asked = Array.from({ length: 60 }, (_, n) => n)
    const told = await Promise.all(
      asked.map(async n => {
        const store = n % 2 ? first : second
        const text = `SELECT $1::text AS given, ${n % 3} AS statement`
        const [row] = await store.query<{ given: string; statement: number }>(text, [`${n} ${pad}`])
        return row?.statement === n % 3 ? Number(row.given.split(' ')[0]) : 'other statement'
      }),
    )
    assert.deepEqual(told, asked)
  })
}

test('a transaction that was rolled back keeps its connection', async t => {
  const place = asOwner(await testPlace(t, 'postgres'))
  await using store = await openStore({ ...place, connections: 1 })
  const connection = () => store.query('SELECT pg_backend_pid() AS pid')
  const before = await connection()
  await assert.rejects(
    store.transaction(async () => {
      throw new Error('changed its mind')
    }),
  )
  assert.deepEqual(await connection(), before)
})

test('a server without durable commits is refused, every setting named', async t => {
  const off = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }
  const postgres = await startPostgres(off)
  t.after(() => postgres[Symbol.asyncDispose]())
  await assert.rejects(openStore({ url: postgres.url, dir: '' }), {
    message: Object.keys(off)
      .map(name => `the PostgreSQL server has ${name} off`)
      .join('; '),
  })
})

test('a URL that cannot be read is refused without showing it', async () => {
  const error = await openStore({ url: 'postgresql://sluis:geheim@[x/db', dir: '' }).catch(e => e)
  assert.match(error.message, /cannot be read/)
  assert.doesNotMatch(inspect(error), /geheim/)
})

test('a server older than PostgreSQL 15 is refused', () => {
  const version = (setting: string) => [{ name: 'server_version_num', setting }]
  assert.deepEqual(serverFaults(version('150000')), [])
  assert.deepEqual(serverFaults(version('149999')), ['the PostgreSQL server is older than 15'])
  assert.deepEqual(serverFaults([]), ['the PostgreSQL server is older than 15'])
})

const DEADLINE_MS = 1_500
/** Deadline for a connection and for a statement, the grace of each, and a slow machine. */
const BOUND_MS = 4 * DEADLINE_MS + 4_000

async function rejectsInTime(work: Promise<unknown>): Promise<void> {
  const start = performance.now()
  await assert.rejects(work, error => isUnavailable(error))
  const took = performance.now() - start
  assert.ok(took < BOUND_MS, `took ${took} ms`)
}

async function ownServer(t: TestContext) {
  const postgres = await startPostgres()
  t.after(() => postgres[Symbol.asyncDispose]())
  return postgres
}

test('a database that stops answering is told in time, and serves again by itself', async t => {
  const postgres = await ownServer(t)
  await using store = await openStore({ url: postgres.url, dir: '', deadlineMs: DEADLINE_MS })
  await Promise.all(Array.from({ length: 10 }, () => store.query('SELECT 1')))
  postgres.pause()
  await rejectsInTime(store.query('SELECT 1'))
  await rejectsInTime(store.transaction(query => query('SELECT 1')))
  await Promise.all(Array.from({ length: 15 }, () => rejectsInTime(store.query('SELECT 1'))))
  postgres.resume()
  assert.deepEqual(await eventually(() => store.query('SELECT 2 AS n')), [{ n: 2 }])
})

/** A line to the database whose present connections can go silent while new ones work. */
async function lineTo(t: TestContext, url: string) {
  const { port, hostname } = new URL(url)
  const frozen = { before: 0 }
  const sockets: Socket[] = []
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    const at = sockets.push(near, far)
    near.on('data', data => at > frozen.before && far.write(data))
    far.on('data', data => at > frozen.before && near.write(data))
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      end.on('error', () => {})
      end.on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  const line = new URL(url)
  line.port = String(address.port)
  const freeze = () => {
    frozen.before = sockets.length
  }
  return { url: line.href, freeze }
}

test('a line that was cut costs one question, not one for each connection', async t => {
  const place = asOwner(await testPlace(t, 'postgres'))
  assert.ok(place.url)
  const line = await lineTo(t, place.url)
  await using store = await openStore({ ...place, url: line.url, deadlineMs: DEADLINE_MS })
  await Promise.all(Array.from({ length: 6 }, () => store.query('SELECT pg_sleep(0.1)')))
  line.freeze()
  await rejectsInTime(store.query('SELECT 1'))
  for (const n of [1, 2, 3]) assert.deepEqual(await store.query(`SELECT ${n} AS n`), [{ n }])
})

test('a store closes in time although its database is silent', async t => {
  const postgres = await ownServer(t)
  const store = await openStore({ url: postgres.url, dir: '', deadlineMs: DEADLINE_MS })
  await store.query('SELECT 1')
  postgres.pause()
  const start = performance.now()
  await store[Symbol.asyncDispose]()
  assert.ok(performance.now() - start < BOUND_MS)
  await assert.rejects(store.query('SELECT 1'), error => isUnavailable(error))
})

test('a database that crashes fails what runs, and serves again after its restart', async t => {
  const postgres = await ownServer(t)
  await using store = await openStore({ url: postgres.url, dir: '', deadlineMs: 5_000 })
  await store.query('CREATE TABLE proef (n int)')
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const running = assert.rejects(store.query('SELECT pg_sleep(4)'), error => isUnavailable(error))
  const open = store.transaction(async query => {
    await query('INSERT INTO proef VALUES (1)')
    asked.resolve()
    await held.promise
  })
  await asked.promise
  await postgres.stop()
  held.resolve()
  await running
  await assert.rejects(open, error => isUnavailable(error))
  await assert.rejects(store.query('SELECT 1'), error => isUnavailable(error))
  await postgres.start()
  assert.deepEqual(await eventually(() => store.query('SELECT n FROM proef')), [])
})

test('a statement that takes longer than the deadline is stopped at the server', async t => {
  const { url, dir } = asOwner(await testPlace(t, 'postgres'))
  assert.ok(url)
  await using store = await openStore({ url, dir, deadlineMs: DEADLINE_MS })
  await rejectsInTime(store.query('SELECT pg_sleep(30) /* slow */'))
  const left = await store.query(
    "SELECT pid FROM pg_stat_activity WHERE query LIKE '%slow */' AND pid <> pg_backend_pid() AND state = 'active'",
  )
  assert.deepEqual(left, [])
  const slower = store.transaction(query => query('SELECT pg_sleep(2) IS NULL AS n'), 20_000)
  assert.deepEqual(await slower, [{ n: false }])
})

test('more work than connections waits its turn and is refused after the deadline', async t => {
  const { url, dir } = asOwner(await testPlace(t, 'postgres'))
  assert.ok(url)
  await using store = await openStore({ url, dir, connections: 1, deadlineMs: DEADLINE_MS })
  const slow = Array.from({ length: 4 }, () => store.query('SELECT pg_sleep(0.8)'))
  const outcomes = await Promise.allSettled(slow)
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  assert.equal(outcomes[0]?.status, 'fulfilled')
  assert.ok(refused.length > 0 && refused.every(({ reason }) => isUnavailable(reason)))
})

test('what the server itself fails at is an outage; what it refuses of a statement is not', async t => {
  const store = await testStore(t, 'postgres')
  const raise = (code: string) =>
    store.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${code}'; END $$`)
  for (const code of ['XX000', 'XX001', '53100', '58030']) {
    await assert.rejects(raise(code), error => isUnavailable(error), code)
  }
  for (const code of ['22023', '23505', '42501', 'P0001']) {
    await assert.rejects(raise(code), error => !isUnavailable(error), code)
  }
})
