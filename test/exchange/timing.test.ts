import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contests, mannWhitney, shapeOf, timing } from '../../soak/timing.ts'
import { heldGateway } from '../support/held.ts'

const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)

test(`B5: a refusal is byte for byte and in its time the same for a person the source knows and one it does not (SLUIS_TEST_SEED=${seed})`, async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { different, ...figures } = await timing(gateway, 300, seed)
  t.diagnostic(JSON.stringify(figures))
  assert.deepEqual(different, [])
  // The campaign measures; on a busy machine only a difference that anybody would see counts.
  const { known, unknown } = figures
  assert.ok(known.median < 2 * unknown.median && unknown.median < 2 * known.median)
  assert.equal(gateway.questions(), 0, 'the source was not asked')
})

test(`a confidential exchange is to who is no party of it, by every byte and in its time, one that does not exist (SLUIS_TEST_SEED=${seed})`, async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { different, ...figures } = await timing(
    gateway,
    200,
    seed,
    () => {},
    contests.uitwisseling,
  )
  t.diagnostic(JSON.stringify(figures))
  assert.deepEqual(different, [])
  const { known, unknown } = figures
  assert.ok(known.median < 2 * unknown.median && unknown.median < 2 * known.median)
})

test('one byte more, another header or a slower person is seen', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const answer = await gateway.query('gemeente-waterstad', { velden: ['nationaliteit'] })
  const shape = shapeOf(answer)
  const others = [
    { ...answer, text: answer.text.replace('"status":403', '"status": 403') },
    { ...answer, headers: { ...answer.headers, 'content-length': '1' } },
    { ...answer, headers: { ...answer.headers, 'x-bekend': 'ja' } },
    { ...answer, headers: { ...answer.headers, 'content-language': 'en' } },
  ]
  for (const other of others) assert.notEqual(shapeOf(other), shape)
  const quick = Array.from({ length: 200 }, (_, n) => 4 + (n % 7) / 10)
  assert.ok(mannWhitney(quick, quick).p > 0.9)
  assert.ok(
    mannWhitney(
      quick,
      quick.map(ms => ms + 0.2),
    ).p < 0.001,
  )
})
