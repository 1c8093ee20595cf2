// What if a source errs, drifts, floods, hangs or is not there? No data, a named problem, one record.
import assert from 'node:assert/strict'
import type { ClientRequest } from 'node:http'
import { request } from 'node:https'
import { test } from 'node:test'
import { behaviours as svbBehaviours } from '../../adapters/svb/behaviours.ts'
import { type Expectation, behaviours as uwvBehaviours } from '../../adapters/uwv/behaviours.ts'
import { openStore } from '../../gateway/store.ts'
import {
  type Answer,
  clientAgent,
  goodBody,
  type TestGateway,
  testGateway,
} from '../support/gateway.ts'
import { type HeldOptions, heldGateway } from '../support/held.ts'
import { alarms, leavesOf, transactionOf, until } from '../support/log.ts'

const waterstad = 'gemeente-waterstad'
const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
const drift = 'bron-afwijking'

const answers = {
  'source-unavailable': { status: 503, slug: 'bron-onbereikbaar' },
  'source-refused': { status: 502, slug: 'bron-onbetrouwbaar' },
  'source-malformed': { status: 502, slug: 'bron-onbetrouwbaar' },
} as const

/** Asked about, or known to the simulator: none of it may be in a problem. */
const personal = [
  ...['999990019', '999990160', '2026-000123', 'u-4711', '40000', 'Nationaliteit'],
  ...['999990044', '123456782', '65337', 'Voorbeeld'],
]

/** A simulated source of the demo, every way it can go wrong, and a question that reaches it. */
interface Erring {
  readonly bron: string
  readonly rows: readonly {
    readonly behaviour: string
    readonly expect: Expectation
    readonly begin: () => void
  }[]
  readonly normal: () => void
  readonly requests: () => number
  readonly close: () => Promise<void>
  readonly ask: () => Promise<Answer>
}

interface Simulated<B> {
  misbehave(behaviour: B): void
  requests(): number
  close(): Promise<void>
}

function erring<B extends string>(
  bron: string,
  behaviours: Readonly<Record<B | 'normaal', { readonly expect: Expectation }>>,
  simulator: Simulated<NoInfer<B> | 'normaal'>,
  ask: () => Promise<Answer>,
): Erring {
  const names = Object.keys(behaviours) as (B | 'normaal')[]
  return {
    bron,
    rows: names.map(name => ({
      behaviour: `${bron}: ${name}`,
      expect: behaviours[name].expect,
      begin: () => simulator.misbehave(name),
    })),
    normal: () => simulator.misbehave('normaal'),
    requests: () => simulator.requests(),
    close: () => simulator.close(),
    ask,
  }
}

function sourcesOf(gateway: TestGateway): readonly Erring[] {
  const benefits = () => {
    const { betrokkene, zaak, medewerker } = goodBody()
    return {
      path: '/v1/uitwisselingen/svb-uitkeringen-bijstand/_zoek',
      body: { betrokkene, velden: ['ontvangtSvbUitkering'], zaak, medewerker },
    }
  }
  return [
    erring('uwv', uwvBehaviours, gateway.demo.uwv, () => gateway.query(waterstad, {})),
    erring('svb', svbBehaviours, gateway.demo.svb, () => gateway.ask(waterstad, benefits())),
  ]
}

test('whatever a source does wrong, nothing of it leaves and one record says what', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const { ops } = gateway.demo.serving.addresses
  const sources = sourcesOf(gateway)

  async function answersWrong({ rows, normal, ask }: Erring): Promise<void> {
    for (const { behaviour, expect, begin } of rows.filter(row => !row.expect.cutOff)) {
      const before = await alarms(ops, drift)
      begin()
      const answer = await ask()
      normal()
      const alarmed = (await alarms(ops, drift)) - before
      if (expect.fails) {
        await assertNothingLeft(gateway, behaviour, expect, answer)
        assert.equal(alarmed, expect.fails === 'source-malformed' ? 1 : 0, `${behaviour}: alarm`)
      } else {
        assert.equal(answer.status, 200, `${behaviour}: ${answer.text}`)
        assert.equal(answer.body.resultaat, expect.result, behaviour)
        assert.equal(alarmed, 0, behaviour)
        const kinds = (await leavesOf(store, transactionOf(answer))).map(leaf => leaf.soort)
        assert.deepEqual(kinds, ['beslissing', 'verstrekking'], behaviour)
      }
      assert.equal((await ask()).status, 200, `after ${behaviour}`)
    }
  }

  await t.test('each way each source answers wrong', async () => {
    for (const source of sources) await answersWrong(source)
  })

  await t.test('each way it hangs: given up in time, all at once', async () => {
    const started = performance.now()
    const hanging: [string, Expectation, Promise<Answer>][] = []
    for (const { rows, normal, requests, ask } of sources) {
      for (const { behaviour, expect, begin } of rows.filter(row => row.expect.cutOff)) {
        const seen = requests()
        begin()
        hanging.push([behaviour, expect, ask()])
        await until('the question arrives', () => requests() > seen)
      }
      normal()
      assert.equal((await ask()).status, 200, 'others are not held up')
    }
    for (const [behaviour, expect, answer] of hanging) {
      await assertNothingLeft(gateway, behaviour, expect, await answer)
    }
    assert.ok(performance.now() - started < 20_000)
  })

  await t.test('a gigabyte is not taken in', async () => {
    let highest = 0
    const before = process.memoryUsage().rss
    const watch = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss)
    }, 5)
    gateway.demo.uwv.misbehave('gigabyte')
    const flooded = await Promise.all(Array.from({ length: 4 }, () => gateway.query(waterstad, {})))
    clearInterval(watch)
    gateway.demo.uwv.misbehave('normaal')
    assert.deepEqual(
      flooded.map(({ status }) => status),
      [502, 502, 502, 502],
    )
    assert.ok(highest - before < 300 * 2 ** 20, `${(highest - before) >> 20} MiB more`)
    assert.equal((await gateway.query(waterstad, {})).status, 200)
  })

  await t.test('a caller who leaves while the source is slow ends it as afgebroken', async () => {
    const alarmed = await alarms(ops, drift)
    const seen = gateway.demo.uwv.requests()
    gateway.demo.uwv.misbehave('stil')
    const call = begin(gateway.demo.pkiDir, gateway.exchangePort)
    await until('the question arrives', () => gateway.demo.uwv.requests() > seen)
    gateway.demo.uwv.misbehave('normaal')
    call.destroy()
    const [leaf] = await until('the end is recorded', async () => {
      const found = await store.query<{ tekst: string; transactie: string }>(
        `SELECT tekst, transactie FROM audit.leaf WHERE soort = 'afgebroken'`,
      )
      return found.length > 0 ? found : undefined
    })
    const kinds = (await leavesOf(store, leaf?.transactie ?? '')).map(({ soort }) => soort)
    assert.deepEqual(kinds, ['beslissing', 'afgebroken'])
    assert.match(leaf?.tekst ?? '', /"code":"verbinding-verbroken"/)
    assert.equal(await alarms(ops, drift), alarmed)
  })

  await t.test('a source that is not there is 503, also for the next caller', async () => {
    for (const { bron, close, ask } of sources) {
      await close()
      for (let n = 0; n < 2; n++) {
        await assertNothingLeft(
          gateway,
          `${bron}: dicht`,
          { fails: 'source-unavailable' },
          await ask(),
        )
      }
    }
  })
})

async function assertNothingLeft(
  gateway: TestGateway,
  behaviour: string,
  expect: Expectation,
  answer: Answer,
): Promise<void> {
  const { fails = 'source-malformed', drift: names } = expect
  const { status, slug } = answers[fails]
  assert.equal(answer.status, status, `${behaviour}: ${answer.text}`)
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
  assert.match(answer.body.type, new RegExp(`/problemen/${slug}$`))
  assert.equal(answer.headers['retry-after'], status === 503 ? '30' : undefined, behaviour)
  // Any five digits may stand in the number of the transaction.
  const said = answer.text.replace(/urn:uuid:[\da-f-]{36}/, '')
  for (const text of personal) assert.ok(!said.includes(text), `${behaviour}: ${text}`)
  assert.deepEqual(
    Object.keys(answer.body).sort(),
    ['detail', 'instance', 'status', 'title', 'type'],
    behaviour,
  )
  const { store } = gateway.demo.serving.house
  const leaves = await leavesOf(store, transactionOf(answer))
  assert.deepEqual(
    leaves.map(leaf => leaf.soort),
    ['beslissing', 'bronfout'],
    behaviour,
  )
  assert.equal(leaves[0]?.uitkomst, 'toegestaan')
  const redenen = leaves[1]?.redenen ?? []
  for (const { code } of redenen) assert.equal(code, fails, behaviour)
  assert.ok(redenen.length > 0, behaviour)
  if (names) {
    assert.deepEqual(
      redenen.map(({ veld }) => veld),
      names.map(name => name.replace(/[^\w.:/#@-]/g, '_')),
      behaviour,
    )
  }
}

/** A call that this test may end before it is answered. */
function begin(pkiDir: string, port: number): ClientRequest {
  const agent = clientAgent(pkiDir, waterstad)
  const call = request({
    agent,
    host: 'localhost',
    port,
    path,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  })
  call.on('error', () => {})
  call.once('close', () => agent.destroy())
  call.end(JSON.stringify(goodBody()))
  return call
}

test('a caller who is gone when the answer is recorded is recorded as not having received it', async t => {
  const gateway = await heldGateway(t, 'postgres')
  await using other = await openStore({ ...gateway.place, connections: 1 })
  gateway.hold()
  const call = begin(gateway.pkiDir, gateway.exchangePort)
  await until('the question arrives', () => gateway.questions() === 1)
  // Nobody can write to the log while this holds its turn, so the disclosure waits for its commit.
  await other.transaction(async query => {
    await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.gewoon', 0))`)
    gateway.release()
    await until('the disclosure waits', async () => {
      const [row] = await query<{ n: number }>(
        `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
      return (row?.n ?? 0) > 0
    })
    call.destroy()
    await new Promise(resolve => call.once('close', resolve))
    // By the time a later call is answered, the gateway has seen this one go.
    const later = await gateway.ask(waterstad, { path: '/v1/bevoegdheden' })
    assert.equal(later.status, 200)
  })
  const { store } = gateway.serving.house
  const leaves = await until('it is recorded', async () => {
    const [decision] = await store.query<{ transactie: string }>(
      `SELECT transactie FROM audit.leaf WHERE soort = 'beslissing'`,
    )
    const found = await leavesOf(store, decision?.transactie ?? '')
    return found.length === 3 ? found : undefined
  })
  assert.deepEqual(
    leaves.map(({ soort }) => soort),
    ['beslissing', 'verstrekking', 'niet-afgeleverd'],
  )
  assert.match(JSON.stringify(leaves[2]?.redenen), /verbinding-verbroken/)
})

test('L8: fields too many, renamed or nested, and persons not asked for are no answer: a record, an alarm, and nothing of it leaves', async t => {
  const planted = '999990123'
  let bend: NonNullable<HeldOptions['bend']> = answer => answer
  const gateway = await heldGateway(t, 'postgres', { bend: answer => bend(answer) })
  const { store } = gateway.serving.house
  const { ops } = gateway.serving.addresses
  const row = (change: object): typeof bend => {
    return answer => ({ ...answer, rijen: answer.rijen.map(each => ({ ...each, ...change })) })
  }
  const bent: readonly (readonly [string, typeof bend])[] = [
    ['an extra field', row({ nationaliteit: '0001' })],
    ['a number as the name of a field', row({ [planted]: 1, [`x${planted}`]: 1 })],
    ['an extra nested field', row({ tijdvak: { van: '2026-01-01', tot: null, extra: planted } })],
    ['another type', row({ loonSv: planted })],
    ['another person', answer => ({ ...answer, betrokkene: planted })],
    ['no person', answer => ({ ...answer, betrokkene: '' })],
    ['rows without end', answer => ({ ...answer, rijen: Array(6_000).fill(answer.rijen[0]) })],
    [
      'an impossible day',
      answer => ({ ...answer, herkomst: { ...answer.herkomst, peildatum: planted } }),
    ],
  ]
  for (const [what, wrong] of bent) {
    const alarmed = await alarms(ops, drift)
    bend = wrong
    const answer = await gateway.query(waterstad)
    assert.equal(answer.status, 502, `${what}: ${answer.text}`)
    const leaves = await leavesOf(store, transactionOf(answer))
    assert.deepEqual(
      leaves.map(({ soort }) => soort),
      ['beslissing', 'bronfout'],
      what,
    )
    assert.equal(await alarms(ops, drift), alarmed + 1, what)
    for (const text of [answer.text, JSON.stringify(leaves)]) {
      assert.ok(!text.includes(planted), `${what}: ${text}`)
    }
  }
  bend = answer => answer
  assert.equal((await gateway.query(waterstad)).status, 200)
})
