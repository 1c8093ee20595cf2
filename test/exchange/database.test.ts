// What if the database stops, or is silent, under load? No data without its record, 503, and recovery.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openStore } from '../../gateway/store.ts'
import { heldGateway } from '../support/held.ts'
import {
  assertNothingLate,
  assertOnlyTrueAnswers,
  assertRecorded,
  callers,
  isRefused,
  load,
  longestMs,
  ok,
  outlives,
  settled,
} from '../support/load.ts'
import { leavesOf, transactionOf, until } from '../support/log.ts'
import { roomy } from '../support/policies.ts'
import { startPostgres } from '../support/postgres.ts'

const waterstad = 'gemeente-waterstad'

// They mostly wait, so they wait together.
suite('a database that is gone', { concurrency: true }, () => {
  test('A1: with PostgreSQL stopped under load nothing is released without its record, and it recovers', async t => {
    await using postgres = await startPostgres()
    await outlives(t, postgres, { begin: postgres.stop, end: postgres.start })
  })

  test('A1: with PostgreSQL silent under load calls end in time, nothing comes late, and it recovers', async t => {
    await using postgres = await startPostgres()
    const gateway = await heldGateway(t, 'postgres', { url: postgres.url, settings: roomy(t) })
    const running = load(gateway)
    await until('load', () => ok(running).length > 2 * callers)

    postgres.pause()
    const paused = performance.now()
    const asked = await until('the questions that were allowed are asked', async () => {
      const before = gateway.questions()
      await wait(300)
      return gateway.questions() === before ? before : undefined
    })
    const told = () => running.calls.filter(call => isRefused(call) && call.ended > paused).length
    await until('everybody has been told twice', () => told() >= 2 * callers, 30_000)
    assert.equal(gateway.questions(), asked, 'no source is touched without a recorded decision')
    const dark = performance.now()
    assert.equal(ok(running, paused + 1_000).length, 0, 'no answer while nothing can be recorded')

    postgres.resume()
    await settled(gateway, running, dark)
    await running.stop()
    assertOnlyTrueAnswers(running)
    await using store = await openStore({ url: postgres.url, dir: '' })
    await assertRecorded(store, running)
    await assertNothingLate(store, running)
  })

  test('A1: a disclosure whose commit is silent is never released, also when it lands later', async t => {
    await using postgres = await startPostgres()
    const gateway = await heldGateway(t, 'postgres', { url: postgres.url, settings: roomy(t) })
    gateway.hold()
    const calling = gateway.query(waterstad)
    await until('the question arrives', () => gateway.questions() === 1)
    postgres.pause()
    gateway.release()
    const begun = performance.now()
    const answer = await calling
    assert.ok(performance.now() - begun < longestMs)
    assert.equal(answer.status, 503, answer.text)
    assert.match(answer.body.type, /log-onbereikbaar$/)
    assert.ok(!answer.text.includes('antwoord"'))
    postgres.resume()
    await until('it works again', async () => (await gateway.query(waterstad)).status === 200)
    const leaves = await leavesOf(gateway.serving.house.store, transactionOf(answer))
    const [decision, ...ends] = leaves.map(({ soort }) => soort)
    assert.equal(decision, 'beslissing')
    assert.ok(ends.length <= 1, `over-reported at most once: ${ends}`)
  })
})
