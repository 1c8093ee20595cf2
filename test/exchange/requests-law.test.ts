// Does the law of each moment decide? What is taken away while a request waits leaves no byte, and is gone (P10).
import assert from 'node:assert/strict'
import { env } from 'node:process'
import { type TestContext, test } from 'node:test'
import { legalDate } from '../../gateway/policy/legal-time.ts'
import { lastIndex, leavesAfter } from '../support/log.ts'
import {
  agent,
  arrangementFile,
  casesFile,
  day,
  type Edit,
  exchange,
  keeping,
  lastDay,
  me,
  opened,
  partiesFile,
  principal,
  type RequestGateway,
  requestGateway,
  rightAnswer,
  told,
} from '../support/requests.ts'

const waiting = Number(env.SLUIS_TEST_WAITING ?? 100)

/** Under which nothing may leave any more, and how each is taken back. */
interface Ending {
  readonly name: string
  readonly reden: string
  readonly end: (gateway: RequestGateway) => Promise<void>
  readonly restore: (gateway: RequestGateway) => Promise<void>
  /** The asker itself may still speak. */
  readonly admitted: boolean
  readonly client?: string
  readonly body?: object
}

function byLaw(edits: Readonly<Record<string, Edit>>): Pick<Ending, 'end' | 'restore'> {
  const { end, restore } = keeping(edits)
  return { end: gateway => gateway.law(end), restore: gateway => gateway.law(restore) }
}

const suspension: Readonly<Record<string, Edit>> = {
  [partiesFile]: text =>
    text.replace(/(Inlichtingenbureau"?, soort: "?college"?, status: "?)actief/, '$1geschorst'),
}

const endings: readonly Ending[] = [
  {
    name: 'the agreement ended',
    reden: 'GEEN_LEVERINGSAFSPRAAK',
    admitted: true,
    ...byLaw(lastDay(legalDate(Date.now() - 2 * day))),
  },
  {
    name: 'its mandate was taken out',
    reden: 'MANDAAT_VERLOPEN',
    admitted: true,
    client: agent,
    body: { namens: principal },
    ...byLaw({
      [partiesFile]: text =>
        text.replace(
          /(besluit: "?Proef"?,[^}]*?geldigVan: "?2025-01-01"?)/,
          '$1, geldigTot: 2026-10-01',
        ),
    }),
  },
  {
    name: 'the party was suspended',
    reden: 'ONTVANGER_NIET_BEVOEGD',
    admitted: false,
    ...byLaw(suspension),
  },
  {
    name: 'the brake was put on',
    reden: 'NOODREM',
    admitted: true,
    end: gateway => gateway.brake('on', `uitwisseling:${exchange}`, '--reden', 'proef'),
    restore: gateway => gateway.release(`uitwisseling:${exchange}`),
  },
]

async function assertGone(gateway: RequestGateway, verzoek: string, reden: string): Promise<void> {
  const { staat, verzegeld, antwoord, kenmerk, reden: why, ...row } = await gateway.row(verzoek)
  assert.deepEqual(
    { staat, verzegeld, antwoord, kenmerk, why },
    {
      ...{ staat: 'geweigerd', verzegeld: null, antwoord: null, kenmerk: null, why: reden },
    },
    JSON.stringify(row),
  )
  const leaves = await gateway.leaves(verzoek)
  const refusal = leaves.at(-1)
  assert.deepEqual([refusal?.soort, refusal?.uitkomst], ['beslissing', 'geweigerd'])
  assert.equal(refusal?.redenen?.[0]?.code, reden)
}

test('L4: whatever ends the right, at whatever moment: no byte leaves, the refusal is recorded, what waited is gone and its asker hears why', async t => {
  const gateway = await requestGateway(t, 'postgres')
  for (const ending of endings) {
    await t.test(ending.name, () => everyMoment(gateway, ending))
  }
  await aChangeThatAllows(t, gateway)
  await manyThatWait(t, gateway)
  await anExchangeThatIsGone(t, gateway)
})

/** One request at each moment at which a right can end. */
async function everyMoment(gateway: RequestGateway, ending: Ending): Promise<void> {
  const { reden, end, restore, admitted, client = me, body = {} } = ending
  const [waits, lies, fetched, twice, asked] = await Promise.all(
    Array.from({ length: 5 }, () => gateway.accept(body, client)),
  )
  assert.ok(waits && lies && fetched && twice && asked)
  for (const verzoek of [lies, fetched, twice]) await gateway.work(verzoek)
  assert.equal((await gateway.pickUp(twice, client)).status, 200)
  gateway.source = async (...question) => {
    await end(gateway)
    return await rightAnswer(...question)
  }
  await gateway.work(asked)
  gateway.source = rightAnswer
  assert.ok(told(await gateway.leaves(asked)).includes('afgebroken'), 'in flight')
  const asks = gateway.asked.length
  for (const verzoek of [fetched, twice]) {
    const refused = await gateway.pickUp(verzoek, client)
    assert.equal(refused.status, admitted ? 403 : 401, refused.text)
    assert.doesNotMatch(refused.text, /eyJ[\w-]{20,}\.[\w-]*\./, 'a JWE in a refusal')
  }
  // Who may not speak cannot make its own requests end: then the worker does.
  for (const verzoek of admitted ? [waits, lies] : [waits, lies, fetched, twice]) {
    await gateway.work(verzoek)
  }
  assert.equal(gateway.asked.length, asks, 'the source was asked')
  for (const verzoek of [waits, lies, fetched, twice, asked]) {
    await assertGone(gateway, verzoek, reden)
    const left = told(await gateway.leaves(verzoek)).filter(what => what.startsWith('ophaling'))
    assert.equal(left.length, verzoek === twice ? 1 : 0)
    if (!admitted) continue
    const state = await gateway.state(verzoek, client)
    assert.deepEqual([state.staat, state.reden], ['geweigerd', reden])
  }
  await restore(gateway)
  for (const verzoek of [waits, lies, fetched, twice, asked]) {
    await gateway.work(verzoek)
    assert.equal((await gateway.pickUp(verzoek, client)).status, 409, 'it came back')
    assert.equal((await gateway.state(verzoek, client)).staat, 'geweigerd')
  }
}

async function aChangeThatAllows(t: TestContext, gateway: RequestGateway): Promise<void> {
  await t.test(
    'a change of law that still allows it releases as if nothing happened, under the new law',
    async () => {
      const one = await gateway.accept()
      const other = await gateway.accept()
      await gateway.work(other)
      const before = (await gateway.row(one)).epoch
      await gateway.law({
        [arrangementFile]: text => text.replace('versie: 1.0.0', 'versie: 1.0.1'),
      })
      for (const verzoek of [one, other]) {
        await gateway.work(verzoek)
        const row = await gateway.row(verzoek)
        assert.equal(row.staat, 'gereed')
        assert.notEqual(row.epoch, before)
        const answer = await gateway.pickUp(verzoek)
        assert.equal(answer.status, 200, answer.text)
        const { body } = await opened(gateway, answer.text)
        assert.equal(body.resultaat, 'gegevens')
      }
      // Of the second only: it was made under the law before, and may still leave under this one.
      assert.deepEqual(told(await gateway.leaves(other)), [
        ...['aanvaarding aanvaard', 'beslissing toegestaan', 'verstrekking verstrekt'],
        'ophaling opgehaald',
      ])
    },
  )

  await t.test(
    'a worker that has not heard of the new law yet ends nothing by the old one',
    async () => {
      const { end, restore } = keeping(suspension)
      await gateway.law(end)
      const without = gateway.rooms.policies.current()
      await gateway.law(restore)
      const verzoek = await gateway.accept()
      let law = without
      const policies = {
        current: () => law,
        follow: async () => {
          law = await gateway.rooms.policies.follow()
          return law
        },
      }
      await gateway.work(verzoek, { policies })
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
      assert.ok(!told(await gateway.leaves(verzoek)).includes('beslissing geweigerd'))
      const gone = { ...without, uitwisselingen: new Map() }
      const next = await gateway.accept()
      law = gone
      await gateway.work(next, { policies })
      assert.equal((await gateway.row(next)).staat, 'gereed')
    },
  )
}

async function manyThatWait(t: TestContext, gateway: RequestGateway): Promise<void> {
  await t.test(
    `L3: the last day of the agreement passes while ${waiting} wait: none is released, each refusal is recorded, all payloads are gone`,
    async () => {
      const { end, restore } = keeping(lastDay(legalDate(Date.now())))
      await gateway.law(end)
      const halfway = await gateway.accept()
      gateway.source = async (...question) => {
        gateway.later = 2 * day
        return await rightAnswer(...question)
      }
      await gateway.work(halfway)
      gateway.source = rightAnswer
      gateway.later = 0
      const cut = (await gateway.leaves(halfway)).find(({ soort }) => soort === 'afgebroken')
      assert.deepEqual(
        cut?.redenen,
        [{ code: 'GEEN_LEVERINGSAFSPRAAK' }],
        'while the source is asked',
      )
      await assertGone(gateway, halfway, 'GEEN_LEVERINGSAFSPRAAK')
      const ids: string[] = []
      while (ids.length < waiting) {
        const some = Array.from({ length: Math.min(20, waiting - ids.length) }, () =>
          gateway.accept(),
        )
        ids.push(...(await Promise.all(some)))
      }
      const asks = gateway.asked.length
      const from = await lastIndex(gateway.owner)
      gateway.later = 2 * day
      await Promise.all(ids.map(id => gateway.work(id)))
      assert.equal(gateway.asked.length, asks, 'a source was asked')
      const leaves = await leavesAfter(gateway.owner, from)
      const refused = new Set(
        leaves
          .filter(
            ({ soort, uitkomst, redenen }) =>
              soort === 'beslissing' &&
              uitkomst === 'geweigerd' &&
              redenen?.[0]?.code === 'GEEN_LEVERINGSAFSPRAAK',
          )
          .map(({ verzoek }) => verzoek),
      )
      assert.deepEqual([...refused].sort(), [...ids].sort())
      const [left] = await gateway.owner.query<{ n: number }>(
        `select count(*)::int as n from delivery.verzoek
       where verzoek = any($1::uuid[]) and (verzegeld is not null or antwoord is not null or staat <> 'geweigerd')`,
        [ids],
      )
      assert.equal(left?.n, 0)
      await gateway.law(restore)
    },
  )
}

async function anExchangeThatIsGone(t: TestContext, gateway: RequestGateway): Promise<void> {
  await t.test(
    'requests of an exchange that is gone: refused, recorded and purged, waiting, ready and picked up',
    async () => {
      const waits = await gateway.accept()
      const ready = await gateway.accept()
      const taken = await gateway.accept()
      for (const verzoek of [ready, taken]) await gateway.work(verzoek)
      assert.equal((await gateway.pickUp(taken)).status, 200)
      await gateway.law({
        [arrangementFile]: () => undefined,
        [casesFile]: () => undefined,
        [partiesFile]: text =>
          text
            .replaceAll(new RegExp(`"?${exchange}"?, `, 'g'), '')
            .replace(/, vertegenwoordigt: \[\s*\{[^}]*besluit: "?Proef[^}]*\}\s*\]/, ''),
      })
      assert.ok(!gateway.rooms.policies.current().uitwisselingen.has(exchange))
      assert.equal((await gateway.pickUp(ready)).status, 409)
      for (const verzoek of [waits, taken]) await gateway.work(verzoek)
      for (const verzoek of [waits, ready, taken]) {
        const { staat, verzegeld, antwoord, reden } = await gateway.row(verzoek)
        assert.deepEqual(
          { staat, verzegeld, antwoord, reden },
          {
            ...{ staat: 'geweigerd', verzegeld: null, antwoord: null, reden: 'DOEL_ONBEKEND' },
          },
        )
        assert.equal(told(await gateway.leaves(verzoek)).at(-1), 'einde geweigerd')
        assert.equal((await gateway.pickUp(verzoek)).status, 409)
        assert.equal((await gateway.state(verzoek)).reden, 'DOEL_ONBEKEND')
      }
    },
  )
}
