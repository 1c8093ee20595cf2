// What if several gateways share one PostgreSQL, and come and go? One log, a fair share for each, and nothing lost.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  type Beside,
  processes as campaign,
  type Judged,
  judge,
  load,
} from '../../soak/processes.ts'
import { gatewayUrl, testPlace } from '../support/database.ts'
import { type Answer, testGateway } from '../support/gateway.ts'
import { until } from '../support/log.ts'
import { roomyPolicies } from '../support/policies.ts'
import { startPostgres } from '../support/postgres.ts'
import { type Member, type Processes, startProcesses } from '../support/processes.ts'

/** Nothing lost, nothing twice, nothing unanswered. */
const clean: Judged = { faults: [], unrecorded: 0, twice: 0, endless: 0, unanswered: 0 }

/** A gateway to read by, and `count` others that are asked. */
async function several(
  t: TestContext,
  count: number,
  settings: NodeJS.ProcessEnv = {},
): Promise<{ beside: Beside; processes: Processes }> {
  const gateway = await testGateway(t, 'postgres', {
    ...settings,
    SLUIS_POLICY_DIR: roomyPolicies(
      join(process.env.TMPDIR ?? '/tmp', `beleid-${process.pid}-${count}`),
    ),
  })
  const { demo, dataDir } = gateway
  const { store } = demo.serving.house
  const beside = { pkiDir: demo.pkiDir, keysDir: join(dataDir, 'keys'), store }
  return { beside, processes: await startProcesses(demo.settings, count) }
}

async function isReady({ ops }: Member): Promise<boolean | undefined> {
  return await fetch(`${ops}/readyz`).then(
    ({ ok }) => ok,
    () => undefined,
  )
}

test('processes on one PostgreSQL', { timeout: 240_000 }, async t => {
  const { beside, processes } = await several(t, 4)
  await using _ = processes
  const earlier: Answer[] = []
  for (const count of [2, 4]) {
    await t.test(`${count} processes under load keep one log, and each gets its share`, async t => {
      const some: Processes = { ...processes, members: processes.members.slice(0, count) }
      const begun = performance.now()
      const running = load(beside, some)
      await until('answers', () => running.all().length >= 50 * count, 60_000)
      await running.stop()
      const shares = some.members.map(member => running.answers.get(member)?.length ?? 0)
      const total = running.all().length
      const seconds = (performance.now() - begun) / 1_000
      t.diagnostic(`${total} answers, ${Math.round(total / seconds)}/s, shares ${shares}`)
      const fair = total / count
      for (const share of shares)
        assert.ok(share > fair / 2, `a share of ${share}, fair is ${fair}`)
      assert.equal(running.retries(), 0)
      assert.ok(running.all().every(({ status }) => status !== 503))
      earlier.push(...running.all())
      assert.deepEqual(await judge(beside, earlier), clean)
    })
  }

  await t.test(
    'S6: SIGTERM under load in a rolling restart: each process tells it, drains within its time and exits 0; no accepted call is lost',
    async () => {
      const running = load(beside, processes)
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
        `drained in ${drains} ms; ${running.all().length} answers, ${running.retries()} tries more`,
      )
      assert.ok(Math.max(...drains) < 15_000)
      assert.ok(running.all().every(({ status }) => status !== 503))
      assert.deepEqual(await judge(beside, earlier), clean)
    },
  )
})

test('S6: PostgreSQL restarts under load of two processes: both go on by themselves, and what was answered is recorded', {
  timeout: 240_000,
}, async t => {
  await using postgres = await startPostgres()
  const url = await gatewayUrl(postgres.url)
  const { beside, processes } = await several(t, 2, { DATABASE_URL: url })
  await using _ = processes
  const running = load(beside, processes)
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
  const { endless, ...judged } = await judge(beside, running.all())
  assert.deepEqual(judged, { faults: [], unrecorded: 0, twice: 0, unanswered: judged.unanswered })
  t.diagnostic(`${oks()} answers, ${told()} told 503, ${endless} decisions without an end`)
})

const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)

test(`processes killed and ended at random lose no answer's record (SLUIS_TEST_SEED=${seed})`, {
  timeout: 240_000,
}, async t => {
  const { url, dir } = await testPlace(t, 'postgres')
  assert.ok(url)
  const result = await campaign({ url, dir }, seed, 3)
  t.diagnostic(JSON.stringify(result))
  assert.deepEqual([result.faults, result.unrecorded, result.twice, result.notClean], [[], 0, 0, 0])
  assert.ok(result.answers > 0)
})
