// Does everything that was accepted come to an end, once, whatever fails? The short form of `npm run soak -- queue`.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { LogRecord } from '../../gateway/audit/log-record.ts'
import { type QueueResult, queue, tell } from '../../soak/queue.ts'
import { forbidden } from '../../soak/queue-balance.ts'
import { removeTree } from '../support/directory.ts'
import { until } from '../support/log.ts'
import { findPlanted, formsOf } from '../support/planted.ts'
import { startPostgres } from '../support/postgres.ts'
import { runRedis, startRedis } from '../support/redis.ts'
import { keepAll, watchRedis } from '../support/redis-watch.ts'
import { ground, plantRequests } from './rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'sluis-soak-'))
after(() => removeTree(dir))

async function shortForm(report: (line: string) => void): Promise<QueueResult> {
  await using postgres = await startPostgres()
  await using redis = await runRedis(keepAll)
  const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)
  report(`seed ${seed}`)
  return await queue(
    { dir, url: postgres.url, postgres, redis },
    { requests: 250, seed, scale: 0.05, overMs: 8_000, restMs: 60_000, gateways: 1 },
    report,
  )
}

test('Q4: workers, gateways, Redis, the database and partners fail at random under hundreds of requests: each is delivered once or has a named end, and every step is in the log', async t => {
  const result = await shortForm(line => t.diagnostic(line))
  for (const line of tell(result)) t.diagnostic(line)
  assert.deepEqual(Object.fromEntries(result.unbalanced), {})
  const counts = new Map(result.counts)
  // Which of the two, the brake decides: it may come before anything was brought.
  const arrived = (counts.get('  opgehaald') ?? 0) + (counts.get('  afgeleverd') ?? 0)
  assert.ok(arrived > 0, 'some have their answer')
  assert.ok(result.redisBytes > 100_000, 'Redis was looked at')
})

test('V3: a step that throws with a number in its text leaves nothing of it in the keys, values, files, slow log and commands of Redis', async t => {
  const redis = await startRedis(t, { args: keepAll })
  const planted = '999990019'
  const watch = await watchRedis(redis, [planted])
  const { store, start } = await ground(t, 'redis', redis)
  await plantRequests(store, 3)
  let tries = 0
  await using running = await start(async () => {
    tries++
    throw new RangeError(`${planted} in a text`)
  })
  await until('all to be tried', () => tries >= 3)
  await running.queue.ring([])
  await watch.searchAll()
  assert.deepEqual([...watch.found], [])
  assert.ok(watch.sawRequests(), 'it looked where the requests are')
})

test('V3: the search finds a planted value wherever it stands, in clear, in hexadecimal and in base64', async t => {
  const value = '999990019'
  for (const before of ['', 'x', 'xy', 'xyz']) {
    const whole = Buffer.from(`${before}${value}{"more":1}`)
    for (const text of [whole.toString(), whole.toString('hex'), whole.toString('base64url')]) {
      assert.deepEqual(findPlanted([value])(text), [value], text)
    }
  }
  assert.deepEqual(findPlanted([value])('999990018 OTk5OTkwMDE4'), [])
  assert.ok(formsOf(value).every(form => form.length > 8))
  const redis = await startRedis(t, { args: keepAll })
  const watch = await watchRedis(redis, [value])
  await redis.command('SET', 'k', `<${value}>`)
  await redis.command('DEL', 'k')
  await watch.searchAll()
  const places = [...watch.found].map(one => one.slice(value.length + 4))
  assert.ok(places.includes('MONITOR'), 'in what it is told')
  assert.ok(places.includes('de slow log'), 'in its slow log')
  assert.ok(
    places.some(place => place.startsWith('appendonly')),
    'in its append-only file',
  )
})

test('the balance names what was released under the brake or without a grant, and nothing else', () => {
  const record = (soort: LogRecord['soort'], more: Partial<LogRecord> = {}): LogRecord => ({
    ...{ v: 1, soort, transactie: soort, tijd: 0, traceId: '', spanId: '', programma: '' },
    ...{ uitkomst: '', uitwisseling: 'uwv-inkomsten-bijstand', ...more },
  })
  const svb = { uitwisseling: 'svb-uitkeringen-bijstand' }
  const records = [
    record('beleidsactivering', { epoch: 'sha256:a' }),
    record('verstrekking'),
    record('noodrem', {
      epoch: 'sha256:a+rem:b',
      noodrem: ['uitwisseling:uwv-inkomsten-bijstand'],
    }),
    record('verstrekking', svb),
    record('verstrekking', { transactie: 'onder de rem' }),
    record('noodrem-vrijgave', { epoch: 'sha256:a', noodrem: [] }),
    record('ophaling'),
    record('beleidsactivering', { epoch: 'sha256:zonder' }),
    record('ophaling'),
    record('ophaling', { ...svb, transactie: 'zonder afspraak' }),
  ]
  const found = [...forbidden(records, new Set(['sha256:zonder']))]
  assert.equal(found.length, 2, found.join())
  assert.ok(found[0]?.startsWith('onder de rem') && found[1]?.startsWith('zonder afspraak'))
})
