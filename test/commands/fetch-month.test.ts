// Can an operator have a month's files fetched now, and learn what became of each?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoMonth, dijkdorp, filesOf, waterstad } from '../../adapters/inlichtingenbureau/month.ts'
import { openFetching } from '../delivery/fetching.ts'
import { ask } from './sluis.ts'

const exchange = 'uwv-signaal-nieuwe-inkomsten'

test('a month is fetched by the command beside a worker, once, and what is not ready or agreed is no success', async t => {
  const { settings, messages } = await openFetching(t, {
    files: (uitwisseling, periode) =>
      periode === '2026-05' ? filesOf(demoMonth(periode), uitwisseling) : undefined,
  })
  const run = (...args: string[]) =>
    ask(['delivery', 'fetch', ...args], { env: settings, clock: Date.now })
  const early = await run(exchange, '--maand', '2026-06', '--json')
  assert.deepEqual([early.code, JSON.parse(early.out).uitkomst], [3, 'nog-niet-klaar'])
  assert.equal((await messages()).length, 0)

  const { code, out, err } = await run(exchange, '--maand', '2026-05')
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, new RegExp(`^${waterstad} {2}afgerond$`, 'm'))
  assert.match(out, new RegExp(`^${dijkdorp} {2}afgerond$`, 'm'))
  assert.match(out, /^2026-05: gereed, \d+ bestanden$/m)
  assert.doesNotMatch(out, /(?<!\d)\d{9}(?!\d)/, 'no person')
  const first = (await messages()).length
  assert.ok(first > 0)
  const again = await run(exchange, '--maand', '2026-05', '--json')
  assert.equal(again.code, 0)
  assert.ok(
    JSON.parse(again.out).bestanden.every(
      ({ uitkomst }: { uitkomst: string }) => uitkomst === 'eerder-afgerond',
    ),
  )
  assert.equal((await messages()).length, first, 'nothing twice')

  const none = await run('uwv-inkomsten-bijstand')
  assert.equal(none.code, 3)
  assert.match(none.err, /geen bron met bestanden/)
  for (const wrong of [
    ['--maand', '2026-13'],
    ['--maand', 'mei'],
  ]) {
    assert.equal((await run(exchange, ...wrong)).code, 2)
  }
  assert.equal((await run()).code, 2)
})
