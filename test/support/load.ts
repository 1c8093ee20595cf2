// What do twenty callers see while the database fails? No data without its record, 503 in time, and recovery.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { logNames, readSigner } from '../../gateway/audit/keys.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { type Answer, clientAgent, goodBody, send } from './gateway.ts'
import { type HeldGateway, heldGateway } from './held.ts'
import { leavesOf, transactionOf, until } from './log.ts'
import { roomy } from './policies.ts'
import type { Postgres } from './postgres.ts'

const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
export const callers = 20
/** Longest wait for the log (design §2), and room for a slow machine. */
export const longestMs = 6_500

export interface Call {
  readonly answer: Answer
  readonly begun: number
  readonly ended: number
}

export interface Load {
  readonly calls: readonly Call[]
  stop(): Promise<void>
}

/** Twenty callers without a pause; every third question climbs the ladder, so it reads facts too. */
export function load(gateway: HeldGateway): Load {
  const agent = clientAgent(gateway.pkiDir, 'gemeente-waterstad')
  const calls: Call[] = []
  let going = true
  const running = Array.from({ length: callers }, async (_, caller) => {
    for (let n = 0; going; n++) {
      const climbs = n % 3 === 2
      const body = {
        ...goodBody(),
        velden: climbs ? ['loonSv'] : ['heeftInkomstenverhouding'],
        zaak: `z-${caller}-${n - (n % 3)}`,
      }
      const begun = performance.now()
      const answer = await send(agent, gateway.exchangePort, { path, body })
      calls.push({ answer, begun, ended: performance.now() })
      if (answer.status === 503) await wait(50)
    }
  })
  return {
    calls,
    async stop() {
      going = false
      await Promise.all(running)
      agent.destroy()
    },
  }
}

export const ok = (load: Load, since = 0) =>
  load.calls.filter(({ answer, ended }) => answer.status === 200 && ended > since)

export const isRefused = ({ answer }: Call) => answer.status === 503

export function assertOnlyTrueAnswers(load: Load): void {
  for (const { answer, begun, ended } of load.calls) {
    // 403: the lighter question before it was among those that got 503.
    assert.ok([200, 403, 503].includes(answer.status), answer.text)
    assert.ok(ended - begun < longestMs, `${answer.status} after ${Math.round(ended - begun)} ms`)
    if (answer.status !== 503) continue
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
    assert.ok(Number(answer.headers['retry-after']) > 0, answer.text)
    for (const text of ['antwoord"', '999990019', '40000']) assert.ok(!answer.text.includes(text))
  }
}

/** Each answer's own leaf stands in the log to the letter; what was not answered may stand there too. */
export async function assertRecorded(store: Store, load: Load): Promise<void> {
  assert.ok(ok(load).length > 0)
  for (const { answer } of load.calls) {
    if (answer.status === 503) continue
    const leaves = await store.query<{ tekst: string; uitkomst: string }>(
      'SELECT tekst, uitkomst FROM audit.leaf WHERE transactie = $1',
      [transactionOf(answer)],
    )
    const exact = leaves.find(({ tekst }) => tekst === answer.body.bewijs.logregel)
    const uitkomst = answer.status === 200 ? 'verstrekt' : 'geweigerd'
    assert.equal(
      exact?.uitkomst,
      uitkomst,
      `${transactionOf(answer)} was answered without its record`,
    )
  }
}

export async function settled(gateway: HeldGateway, load: Load, since: number): Promise<void> {
  await until('answers come again', () => ok(load, since).length >= 2 * callers, 30_000)
  const { ops } = gateway.serving.addresses
  await until('it is ready again', async () => (await fetch(`${ops}/readyz`)).ok)
}

/** What was refused with 503 stays refused, although its record may have landed afterwards. */
export async function assertNothingLate(store: Store, { calls }: Load): Promise<void> {
  const refused = calls.filter(isRefused)
  assert.ok(refused.length > 0)
  for (const { answer } of refused) {
    const leaves = await leavesOf(store, transactionOf(answer))
    const ends = leaves.filter(({ soort }) =>
      ['verstrekking', 'bronfout', 'afgebroken'].includes(soort),
    )
    assert.ok(ends.length <= 1, `${transactionOf(answer)}: ${ends.map(({ soort }) => soort)}`)
  }
}

/** How the database fails, and how that ends. */
export interface Outage {
  begin(): unknown
  end(): unknown
}

/** A gateway under load before, during and after an outage: whole, in time, and without a restart. */
export async function outlives(t: TestContext, postgres: Postgres, outage: Outage): Promise<void> {
  const gateway = await heldGateway(t, 'postgres', { url: postgres.url, settings: roomy(t) })
  const { ops } = gateway.serving.addresses
  const running = load(gateway)
  await until('load', () => ok(running).length > 2 * callers, 30_000)

  await outage.begin()
  const failing = performance.now()
  const told = () => running.calls.filter(call => isRefused(call) && call.ended > failing).length
  await until('everybody has been told', () => told() >= callers, 60_000)
  const dark = performance.now()
  const asked = gateway.questions()
  const before = told()
  await until('everybody has been told again', () => told() >= before + callers, 30_000)
  assert.equal(gateway.questions(), asked, 'no source is touched without a recorded decision')
  assert.equal(ok(running, dark).length, 0, 'no answer while nothing can be recorded')
  assert.equal((await fetch(`${ops}/readyz`)).status, 503)
  assert.equal((await fetch(`${ops}/livez`)).status, 200)

  await outage.end()
  await settled(gateway, running, performance.now())
  await running.stop()
  assertOnlyTrueAnswers(running)
  await using store = await openStore({ url: postgres.url, dir: '' })
  await assertRecorded(store, running)
  for (const log of logNames) {
    const known = readSigner(`${gateway.dataDir}/keys`, log)
    const { geldig, reden } = await verifyLog(store.query, { log, known })
    assert.ok(geldig, reden)
  }
}
