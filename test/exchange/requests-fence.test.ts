// Can two workers, or one that dies, do a step twice or lose it? Between each pair of durable steps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Audit } from '../../gateway/audit/commit.ts'
import type { RecordKind } from '../../gateway/audit/log-record.ts'
import type { Requests } from '../../gateway/delivery/requests.ts'
import type { WorkRooms } from '../../gateway/step.ts'
import { until } from '../support/log.ts'
import {
  opened,
  type RequestGateway,
  requestGateway,
  rightAnswer,
  told,
} from '../support/requests.ts'

/** Done once, just before or after a step becomes durable. */
interface Hook {
  readonly step: 'claim' | 'hold' | 'change' | RecordKind
  readonly when: 'before' | 'after'
  readonly act: () => Promise<void>
}

/** The rooms of a worker that something happens to between two steps. */
function hooked({ audit, requests }: WorkRooms, { step, when, act }: Hook): Partial<WorkRooms> {
  let done = false
  let dead = false
  const hit = () =>
    act().catch(error => {
      dead = true // and does nothing any more
      throw error
    })
  const around = async <T>(here: string, work: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed()
    if (done || here !== step) return await work()
    done = true
    if (when === 'before') await hit()
    const result = await work()
    if (when === 'after') await hit()
    return result
  }
  const slow: Requests = {
    ...requests,
    claim: (...args) => around('claim', () => requests.claim(...args)),
    hold: (...args) => around('hold', () => requests.hold(...args)),
    change: (...args) => around('change', () => requests.change(...args)),
  }
  const late: Audit = {
    ...audit,
    append: (log, draft) => around(draft.record.soort, () => audit.append(log, draft)),
  }
  return { audit: late, requests: slow }
}

class Killed extends Error {}

const steps: readonly Pick<Hook, 'step' | 'when'>[] = [
  { step: 'claim', when: 'after' },
  { step: 'beslissing', when: 'before' },
  { step: 'beslissing', when: 'after' },
  { step: 'hold', when: 'before' },
  { step: 'hold', when: 'after' },
  { step: 'verstrekking', when: 'before' },
  { step: 'verstrekking', when: 'after' },
  { step: 'change', when: 'before' },
  { step: 'change', when: 'after' },
]

/** The lease is over; only the clock of the database says so. */
const leaseOver = (gateway: RequestGateway, verzoek: string) => gateway.set(verzoek, 'lease = 0')

/** The answer waits, made once as far as its asker can see, and every disclosure has its decision before it. */
async function assertReady(gateway: RequestGateway, verzoek: string): Promise<void> {
  assert.equal((await gateway.row(verzoek)).staat, 'gereed')
  const answer = await gateway.pickUp(verzoek)
  assert.equal(answer.status, 200, answer.text)
  const { body } = await opened(gateway, answer.text)
  const leaves = await gateway.leaves(verzoek)
  const disclosures = leaves.filter(({ soort }) => soort === 'verstrekking')
  assert.ok(
    disclosures.some(({ transactie }) => transactie === body.transactie),
    'unrecorded',
  )
  for (const { transactie, idx } of disclosures) {
    const decided = leaves.find(
      leaf => leaf.soort === 'beslissing' && leaf.transactie === transactie,
    )
    assert.ok(decided && decided.idx < idx)
  }
}

test('a request is done once whatever happens to its workers', async t => {
  const gateway = await requestGateway(t, 'postgres')

  for (const { step, when } of steps) {
    await t.test(
      `a worker killed ${when} ${step}: over-reported at most, never lost, and ready in the end`,
      async () => {
        const verzoek = await gateway.accept()
        const act = async () => {
          throw new Killed()
        }
        await gateway.work(verzoek, hooked(gateway.rooms, { step, when, act })).catch(error => {
          if (!(error instanceof Killed)) throw error
        })
        await gateway.work(verzoek)
        const staat = (await gateway.row(verzoek)).staat
        assert.ok(
          staat === 'gereed' || (await gateway.row(verzoek)).lease > 0,
          'taken before its lease ended',
        )
        await leaseOver(gateway, verzoek)
        gateway.later = 3_700_000 // after the pause that follows an attempt
        await gateway.work(verzoek)
        gateway.later = 0
        await assertReady(gateway, verzoek)
      },
    )

    await t.test(
      `a worker whose lease ran out ${when} ${step}, and another that took over: the late one changes nothing`,
      async () => {
        const verzoek = await gateway.accept()
        let between: string | undefined
        const act = async () => {
          await leaseOver(gateway, verzoek)
          gateway.later = 3_700_000
          await gateway.work(verzoek)
          gateway.later = 0
          between = JSON.stringify(await gateway.row(verzoek))
        }
        await gateway.work(verzoek, hooked(gateway.rooms, { step, when, act }))
        assert.equal(JSON.stringify(await gateway.row(verzoek)), between)
        await assertReady(gateway, verzoek)
        const leaves = await gateway.leaves(verzoek)
        const decided = leaves.filter(({ soort }) => soort === 'beslissing')
        for (const { transactie } of decided) {
          const kinds = leaves
            .filter(leaf => leaf.transactie === transactie)
            .map(leaf => leaf.soort)
          assert.ok(kinds.length > 1, `${kinds} has no end`)
        }
      },
    )

    await t.test(
      `withdrawn ${when} ${step}: nothing of it is left, and no answer waits`,
      async () => {
        const verzoek = await gateway.accept()
        const act = async () => {
          const answer = await gateway.ask('inlichtingenbureau', {
            ...{ method: 'DELETE', path: `/v1/verzoeken/${verzoek}` },
          })
          assert.equal(answer.status, 200, answer.text)
        }
        await gateway.work(verzoek, hooked(gateway.rooms, { step, when, act }))
        const { staat, verzegeld, antwoord } = await gateway.row(verzoek)
        assert.deepEqual(
          { staat, verzegeld, antwoord },
          {
            ...{ staat: 'ingetrokken', verzegeld: null, antwoord: null },
          },
        )
        const leaves = told(await gateway.leaves(verzoek))
        const last = leaves.at(-1)
        if (!['verstrekking', 'change'].includes(step)) {
          assert.ok(!leaves.includes('verstrekking verstrekt'), 'disclosed after it was withdrawn')
        }
        assert.ok(last !== 'verstrekking verstrekt', 'disclosed, and no word that it never left')
      },
    )
  }

  await t.test(
    'two workers at the same moment: one asks the source, one decision, one disclosure',
    async () => {
      const ids = await Promise.all(Array.from({ length: 10 }, () => gateway.accept()))
      const asks = gateway.asked.length
      await Promise.all(ids.flatMap(id => [gateway.work(id), gateway.work(id), gateway.work(id)]))
      assert.equal(gateway.asked.length, asks + ids.length)
      for (const verzoek of ids) {
        assert.deepEqual(told(await gateway.leaves(verzoek)), [
          ...['aanvaarding aanvaard', 'beslissing toegestaan', 'verstrekking verstrekt'],
        ])
        await assertReady(gateway, verzoek)
      }
    },
  )

  await t.test(
    'picked up, confirmed and withdrawn at one moment: one end, and nothing left of it',
    async () => {
      for (let round = 0; round < 5; round++) {
        const verzoek = await gateway.accept()
        await gateway.work(verzoek)
        const path = `/v1/verzoeken/${verzoek}`
        const answers = await Promise.all([
          gateway.pickUp(verzoek),
          gateway.pickUp(verzoek),
          gateway.ask('inlichtingenbureau', {
            method: 'POST',
            path: `${path}/ontvangstbevestiging`,
          }),
          gateway.ask('inlichtingenbureau', { method: 'DELETE', path }),
          gateway.work(verzoek),
        ])
        for (const answer of answers) {
          if (answer) assert.ok([200, 409, 503].includes(answer.status), answer.text)
        }
        const leaves = told(await gateway.leaves(verzoek))
        for (const answer of answers.slice(0, 2)) {
          if (answer?.status === 200) assert.ok(leaves.includes('ophaling opgehaald'))
        }
        const row = await gateway.row(verzoek)
        assert.ok(['opgehaald', 'ingetrokken', 'gereed'].includes(row.staat), row.staat)
        if (row.staat === 'ingetrokken') assert.equal(row.antwoord, null)
      }
    },
  )

  await t.test(
    'the database away halfway: the step throws, and after the lease the request is done',
    async () => {
      const { embedded } = gateway.serving.house.store
      assert.ok(!embedded)
      const verzoek = await gateway.accept()
      gateway.source = async (...question) => {
        await gateway.owner.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
         where usename = 'sluis_gateway' and datname = current_database()`,
        )
        return await rightAnswer(...question)
      }
      await gateway.work(verzoek).catch(() => {})
      gateway.source = rightAnswer
      gateway.later = 3_700_000
      await until('it is done', async () => {
        await leaseOver(gateway, verzoek)
        await gateway.work(verzoek).catch(() => {})
        return (await gateway.row(verzoek)).staat === 'gereed'
      })
      gateway.later = 0
      await assertReady(gateway, verzoek)
    },
  )
})
