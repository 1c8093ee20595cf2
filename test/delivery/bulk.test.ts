// What becomes of each line of a file that a party hands in? Over mutual TLS, on PostgreSQL, as the gateway's own role.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leavesOf } from '../support/log.ts'
import { bulkGateway, goodLine, stateOf } from './bulk-gateway.ts'
import { exchange } from './bulk-law.ts'

test('a file of lines is handed in', async t => {
  const gateway = await bulkGateway(t)

  await t.test('every line has its own outcome, record and place in the report', async () => {
    const lines = [goodLine(1), '{"naam":"x"}', goodLine(2), '', 'rommel', goodLine(3)]
    const answer = await gateway.send(lines.join('\n'), { key: 'eerste' })
    assert.equal(answer.status, 202, answer.text)
    const { levering, staat, regels } = stateOf(answer)
    assert.equal(answer.headers.location, `/v1/leveringen/${levering}`)
    assert.equal(staat, 'afgerond')
    assert.deepEqual(regels, {
      ...{ gelezen: 6, aanvaard: 3, geweigerd: 0, onleesbaar: 3, gemarkeerd: 0, totaal: 6 },
    })
    const report = await gateway.report(levering)
    assert.deepEqual(
      report.map(({ regel, uitkomst }) => [regel, uitkomst]),
      ['aanvaard', 'onleesbaar', 'aanvaard', 'onleesbaar', 'onleesbaar', 'aanvaard'].map(
        (uitkomst, i) => [i + 1, uitkomst],
      ),
    )
    for (const { regel, uitkomst, transactie } of report) {
      const [leaf, ...more] = await leavesOf(gateway.store, transactie)
      assert.deepEqual(more, [])
      const soort = uitkomst === 'aanvaard' ? 'aanvaarding' : 'afwijzing'
      assert.deepEqual(
        [leaf?.soort, leaf?.uitwisseling, leaf?.levering, leaf?.regel],
        [soort, exchange, levering, regel],
      )
    }
  })
})
