import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { bsn, messageGateway, receiver } from '../support/messages.ts'
import { told } from '../support/requests.ts'

test('a message is picked up with its proof, confirmed, and judged in two steps, and each stands in the log', async t => {
  const gateway = await messageGateway(t)
  const { vkey } = gateway.rooms.audit.head('gewoon')
  const bericht = await gateway.hand()
  assert.equal((await gateway.metadata(bericht)).staat, 'ontvangen')
  const path = `/v1/berichten/${bericht}/inhoud`
  const { status, text, body } = await gateway.ask(receiver, { path })
  assert.equal(status, 200, text)
  const whole = JSON.parse(text)
  assert.deepEqual(
    [whole.bericht, whole.soort, whole.betrokkene],
    [bericht, 'signaal', { soort: 'bsn', waarde: bsn }],
  )
  assert.deepEqual(body.antwoord, [{ datumAanvang: '2026-10-01', naam: 'Bakkerij' }])
  assert.equal(verifyAnswer(Buffer.from(text), vkey).record.verzoek, bericht)
  assert.equal((await gateway.confirm(bericht)).status, 200)
  assert.equal((await gateway.row(bericht)).verzegeld, null)
  assert.equal((await gateway.judge(bericht, { staat: 'signaal' })).status, 200)
  const judged = { staat: 'beoordeeld', afloop: 'recht-gewijzigd' }
  assert.equal((await gateway.judge(bericht, judged)).status, 200)
  assert.deepEqual(told(await gateway.steps(bericht)), [
    'beslissing toegestaan',
    'verstrekking verstrekt',
    'ontvangst ontvangen',
    'beoordeling signaal',
    'beoordeling beoordeeld',
  ])
})
