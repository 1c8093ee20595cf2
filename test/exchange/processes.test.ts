// What if several gateways share one PostgreSQL, and come and go? One log, a fair share for each, and nothing lost.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readSigner } from '../../gateway/audit/keys.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import type { Store } from '../../gateway/store.ts'
import { gatewayUrl } from '../support/database.ts'
import {
  type Answer,
  clientAgent,
  goodBody,
  send,
  type TestGateway,
  testGateway,
} from '../support/gateway.ts'
import { type Leaf, leavesAfter, until } from '../support/log.ts'
import { roomyPolicies } from '../support/policies.ts'
import { startPostgres } from '../support/postgres.ts'
import { type Member, type Processes, startProcesses } from '../support/processes.ts'

const waterstad = 'gemeente-waterstad'
const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'

interface Load {
  /** Answers by the process that gave them. */
  readonly answers: Map<Member, Answer[]>
  /** Calls whose connection ended before an answer; each was tried again. */
  retries: number
  all(): Answer[]
  stop(): Promise<void>
}

/** Callers that keep their connections, and ask the next process when one ends under them. */
function load(gateway: TestGateway, processes: Processes, callers = 12): Load {
  const agents = new Map<Member, ReturnType<typeof clientAgent>>()
  const agentOf = (member: Member) => {
    const agent = agents.get(member) ?? clientAgent(gateway.demo.pkiDir, waterstad)
    agents.set(member, agent)
    return agent
  }
  let going = true
  let asked = 0
  const load: Load = {
    answers: new Map(),
    retries: 0,
    all: () => [...load.answers.values()].flat(),
    async stop() {
      going = false
      await running
      for (const agent of agents.values()) agent.destroy()
    },
  }
  const one = async (caller: number) => {
    asked += 1
    const body = { ...goodBody(), ...(asked % 5 === 0 && { velden: ['nationaliteit'] }) }
    for (let at = caller; going; at++) {
      const member = processes.members[at % processes.members.length]!
      try {
        const answer = await send(agentOf(member), member.exchangePort, { path, body })
        const own = load.answers.get(member) ?? []
        load.answers.set(member, own)
        own.push(answer)
        return
      } catch {
        load.retries += 1
      }
    }
  }
  const running = Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (going) await one(caller)
    }),
  )
  return load
}

interface Judged {
  readonly ends: number
  readonly without: number
}

/** One true log; each answer's own leaf in it to the letter; no decision with two ends. */
async function judge(gateway: TestGateway, answers: readonly Answer[]): Promise<Judged> {
  const { store } = gateway.demo.serving.house
  for (const log of ['gewoon', 'vertrouwelijk'] as const) {
    const known = readSigner(join(gateway.dataDir, 'keys'), log)
    const { geldig, reden } = await verifyLog(store.query, { log, known })
    assert.ok(geldig, reden)
  }
  const leaves = await leavesAfter(store, -1)
  const texts = new Set(await textsOf(store))
  for (const { status, body, text } of answers) {
    if (status === 503) continue
    assert.ok([200, 403].includes(status), text)
    assert.ok(texts.has(body.bewijs.logregel), 'an answer without its record')
  }
  const perCall = Map.groupBy(leaves, ({ transactie }) => transactie)
  const allowed = leaves.filter(({ uitkomst }) => uitkomst === 'toegestaan')
  const ends = allowed.map(({ transactie }) => endsOf(perCall.get(transactie) ?? []))
  assert.ok(
    ends.every(found => found.length <= 1),
    'a decision ends once at most',
  )
  const released = leaves.filter(({ soort }) => soort === 'verstrekking').length
  const undelivered = leaves.filter(({ soort }) => soort === 'niet-afgeleverd').length
  const arrived = answers.filter(({ status }) => status === 200).length
  assert.ok(released >= arrived)
  return {
    ends: released - undelivered - arrived,
    without: ends.filter(found => found.length === 0).length,
  }
}

function endsOf(leaves: readonly Leaf[]): string[] {
  return leaves
    .map(({ soort }) => soort)
    .filter(soort => ['verstrekking', 'bronfout', 'afgebroken'].includes(soort))
}

async function textsOf(store: Store): Promise<string[]> {
  const rows = await store.query<{ tekst: string }>('SELECT tekst FROM audit.leaf')
  return rows.map(({ tekst }) => tekst)
}

/** A gateway to read by, and `count` others that are asked. */
async function several(
  t: TestContext,
  count: number,
  settings: NodeJS.ProcessEnv = {},
): Promise<{ gateway: TestGateway; processes: Processes & AsyncDisposable }> {
  const gateway = await testGateway(t, 'postgres', {
    ...settings,
    SLUIS_POLICY_DIR: roomyPolicies(
      join(process.env.TMPDIR ?? '/tmp', `beleid-${process.pid}-${count}`),
    ),
  })
  return { gateway, processes: await startProcesses(gateway.demo.settings, count) }
}

async function isReady({ ops }: Member): Promise<boolean | undefined> {
  return await fetch(`${ops}/readyz`).then(
    ({ ok }) => ok,
    () => undefined,
  )
}

test('processes on one PostgreSQL', { timeout: 240_000 }, async t => {
  const { gateway, processes } = await several(t, 4)
  await using _ = processes
  const earlier: Answer[] = []
  for (const count of [2, 4]) {
    await t.test(`${count} processes under load keep one log, and each gets its share`, async t => {
      const some: Processes = { ...processes, members: processes.members.slice(0, count) }
      const begun = performance.now()
      const running = load(gateway, some)
      await until('answers', () => running.all().length >= 50 * count, 60_000)
      await running.stop()
      const shares = some.members.map(member => running.answers.get(member)?.length ?? 0)
      const total = running.all().length
      const seconds = (performance.now() - begun) / 1_000
      t.diagnostic(`${total} answers, ${Math.round(total / seconds)}/s, shares ${shares}`)
      const fair = total / count
      for (const share of shares)
        assert.ok(share > fair / 2, `a share of ${share}, fair is ${fair}`)
      assert.equal(running.retries, 0)
      assert.ok(running.all().every(({ status }) => status !== 503))
      earlier.push(...running.all())
      assert.deepEqual(await judge(gateway, earlier), { ends: 0, without: 0 })
    })
  }

  await t.test(
    'S6: SIGTERM under load in a rolling restart: each process tells it, drains within its time and exits 0; no accepted call is lost',
    async () => {
      const running = load(gateway, processes)
      const drains: number[] = []
      for (const index of [0, 1, 2, 3]) {
        const before = running.all().length
        await until('load', () => running.all().length > before + 30, 60_000)
        const old = processes.members[index]!
        if (index % 2 === 0) await processes.replace(index)
        const begun = performance.now()
        old.process.kill('SIGTERM')
        const red = until('it is not ready, or gone', async () => (await isReady(old)) !== true)
        assert.equal(await old.ended, 0)
        await red
        drains.push(Math.round(performance.now() - begun))
        if (index % 2 === 1) await processes.replace(index)
      }
      await running.stop()
      earlier.push(...running.all())
      t.diagnostic(
        `drained in ${drains} ms; ${running.all().length} answers, ${running.retries} tries more`,
      )
      assert.ok(Math.max(...drains) < 15_000)
      assert.ok(running.all().every(({ status }) => status !== 503))
      assert.deepEqual(await judge(gateway, earlier), { ends: 0, without: 0 })
    },
  )
})

test('S6: PostgreSQL restarts under load of two processes: both go on by themselves, and what was answered is recorded', {
  timeout: 240_000,
}, async t => {
  await using postgres = await startPostgres()
  const url = await gatewayUrl(postgres.url)
  const { gateway, processes } = await several(t, 2, { DATABASE_URL: url })
  await using _ = processes
  const running = load(gateway, processes)
  const oks = () => running.all().filter(({ status }) => status === 200).length
  await until('load', () => oks() > 50, 60_000)
  await postgres.stop()
  const told = () => running.all().filter(({ status }) => status === 503).length
  await until('it is told', () => told() > 0, 30_000)
  await postgres.start()
  const before = oks()
  await until('answers again', () => oks() > before + 50, 60_000)
  for (const member of processes.members) {
    await until('it is ready', async () => await isReady(member), 30_000)
    assert.equal(member.process.exitCode, null, 'the same process')
  }
  await running.stop()
  const { without } = await judge(gateway, running.all())
  t.diagnostic(`${oks()} answers, ${told()} told 503, ${without} decisions without an end`)
})
