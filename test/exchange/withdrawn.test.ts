// Does the moment of release decide? A partner whose certificate is taken back halfway gets nothing (P10).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revoke } from '../../certs/issue.ts'
import { heldGateway } from '../support/held.ts'
import { leavesOf, transactionOf } from '../support/log.ts'

test('a certificate revoked while the source is asked ends the exchange without an answer', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { rooms, store } = gateway.serving.house
  assert.equal((await gateway.query('gemeente-dijkdorp')).status, 200, 'before, it may')
  gateway.hold()
  const asked = gateway.questions()
  const waiting = gateway.query('gemeente-dijkdorp')
  while (gateway.questions() === asked) await new Promise(resolve => setImmediate(resolve))
  await revoke(gateway.pkiDir, 'gemeente-dijkdorp', Date.now)
  await rooms.revocation.reload()
  gateway.release()
  const answer = await waiting
  assert.equal(answer.status, 503, answer.text)
  assert.equal(answer.body.antwoord, undefined)
  const [decision, end, ...more] = await leavesOf(store, transactionOf(answer))
  assert.equal(decision?.uitkomst, 'toegestaan')
  assert.equal(end?.soort, 'afgebroken')
  assert.deepEqual(end?.redenen, [{ code: 'ingetrokken' }])
  assert.equal(more.length, 0)
})
