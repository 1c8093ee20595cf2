// Does the page Bewaren tell what is kept until when, what was destroyed, and what lags behind?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordOfficer } from '../../gateway/audit/record-officer.ts'
import { keptPages } from '../../gateway/console/kept-page.ts'
import type { Desk } from '../../gateway/console/page.ts'
import { project } from '../../gateway/console/projection.ts'
import { type Aged, agedLog, body, destroy, past } from '../audit/aged.ts'
import { waterstad } from '../audit/log.ts'
import { shipped } from '../policy/law.ts'
import { officerOf, visitOf } from './desk.ts'

export function agedDesk(aged: Aged): Desk {
  const { store, audit, keysDir } = aged
  return {
    ...{ store, keysDir, keys: audit.keys, head: audit.head, profile: 'test' },
    clock: () => aged.now,
    operator: '00000099000000010000',
    base: 'https://sluis.example',
    law: () => shipped,
    lawOf: async () => undefined,
    record: (call, act) => recordOfficer(audit, call, act),
    catchUp: async () => void (await project(store.query)),
    searches: { keep: async () => '', find: async () => undefined },
    checks: async () => ({}),
    certificateEnds: async () => 0,
  }
}

test('Bewaren tells per month what is kept, what was destroyed and what lags behind, without a person, and is itself a record', async t => {
  await using aged = await agedLog(t, 'postgres')
  const { store } = aged
  const desk = agedDesk(aged)
  const [page] = keptPages
  assert.ok(page?.show)
  const { show } = page
  const text = async (...rollen: Parameters<typeof officerOf>[1][]) => {
    const view = await show(visitOf(officerOf(waterstad, ...rollen)), desk)
    assert.ok(view.kind === 'page')
    for (const planted of [body.betrokkene.waarde, body.zaak, body.medewerker.id]) {
      assert.ok(!view.body.text.includes(planted))
    }
    return view.body.text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
  }
  const fresh = await text('privacy-officer')
  assert.match(fresh, /Gewoon logboek februari 2026 1 maart 2026 2 Wordt bewaard/)
  assert.match(fresh, /Er is nog geen maand vernietigd/)
  assert.match(fresh, /Inkomsten bij aanvraag .* 7 jaar .*Voorstel/)
  assert.doesNotMatch(fresh, /Vertrouwelijk|toeslagendelict/i)
  assert.doesNotMatch(fresh, /loopt achter|zijn voorbij/)

  aged.now = past
  assert.match(await text('beheerder'), /zijn voorbij en worden vernietigd: .*februari 2026/)
  aged.now = past + 3 * 86_400_000
  assert.match(await text('fg'), /De vernietiging loopt achter: gewoon logboek, januari 2026/)
  await destroy(aged)
  const after = await text('privacy-officer', 'vertrouwelijk')
  assert.doesNotMatch(after, /loopt achter|februari 2026 1 maart/)
  assert.match(after, /Gewoon logboek februari 2026 04-03-2026 [\d:]+ Sleutel vernietigd 4/)
  assert.match(after, /Vertrouwelijk logboek februari 2026 .* Sleutel vernietigd 0/)
  assert.match(after, /toeslagendelict/i)
  const looks = await store.query<{ log: string; rol: string }>(
    `SELECT log, rol FROM console.handeling WHERE gegevens ->> 'wat' = 'bewaren' ORDER BY log, idx`,
  )
  assert.deepEqual(
    looks.map(({ log, rol }) => `${log} ${rol}`),
    ['gewoon privacy-officer', 'gewoon beheerder', 'gewoon fg', 'vertrouwelijk privacy-officer'],
  )
})
