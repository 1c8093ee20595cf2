// What if the source fails, is late, or time runs out? A next moment in the row, a named end, and never too early.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { SourceError } from '../../gateway/adapter.ts'
import { mostAttempts } from '../../gateway/delivery/retry.ts'
import { Problem } from '../../gateway/problem.ts'
import { resume } from '../../gateway/resume.ts'
import {
  day,
  exchange,
  minute,
  type Reply,
  type RequestGateway,
  requestGateway,
  rightAnswer,
  told,
} from '../support/requests.ts'

const uwv = '00000099000000004000'
const failing = (error: Error) => async (): Promise<Reply> => {
  throw error
}

async function assertWaits(gateway: RequestGateway, verzoek: string, ms: number): Promise<void> {
  const now = Date.now() + gateway.later
  const { staat, opnieuw, vanaf, lease } = await gateway.row(verzoek)
  assert.equal(staat, 'in-behandeling')
  assert.ok(opnieuw !== null && Math.abs(opnieuw - now - ms) < 5_000, `${Number(opnieuw) - now}`)
  assert.ok(vanaf !== null && vanaf <= opnieuw)
  assert.equal(lease, 0)
  const asks = gateway.asked.length
  gateway.later += opnieuw - now - 1_000 - (Date.now() + gateway.later - now)
  await gateway.work(verzoek)
  assert.equal(gateway.asked.length, asks, 'asked too early')
  gateway.later += 2_000
}

test('a source that fails costs a request its time and nothing else', async t => {
  const gateway = await requestGateway(t, 'postgres')
  const fresh = async () => {
    gateway.later = 0
    gateway.source = rightAnswer
    gateway.alarms.length = 0
    gateway.rooms.breaker.succeeded(uwv)
    return await gateway.accept()
  }

  await t.test(
    'Q6: unavailable: tried again at a drawn moment that lies further away each time, and done when it is back',
    async () => {
      const verzoek = await fresh()
      gateway.source = failing(new SourceError('source-unavailable', 'weg'))
      // Half of what is drawn: 5 s + (ceiling − 5 s) / 2.
      for (const ms of [7_500, 12_500, 22_500, 42_500]) {
        await gateway.work(verzoek)
        await assertWaits(gateway, verzoek, ms)
      }
      assert.deepEqual(gateway.alarms, [], 'who is away for a while is no alarm')
      gateway.source = rightAnswer
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
      assert.equal((await gateway.row(verzoek)).pogingen, 0, 'the next step counts its own')
      const leaves = await gateway.leaves(verzoek)
      assert.equal(leaves.filter(({ soort }) => soort === 'bronfout').length, 4)
      assert.equal(new Set(leaves.map(({ transactie }) => transactie)).size, 6)
    },
  )

  await t.test(
    'Q6: Retry-After: not asked before it, also when a reminder falls in between',
    async () => {
      const verzoek = await fresh()
      const error = new SourceError('source-unavailable', 'druk', { retryAfter: 7_200 })
      gateway.source = failing(error)
      gateway.later = 7 * day - 60 * minute
      await gateway.work(verzoek)
      const asks = gateway.asked.length
      const { opnieuw, vanaf } = await gateway.row(verzoek)
      assert.ok(opnieuw !== null && opnieuw >= Date.now() + gateway.later + 7_190_000)
      assert.ok(vanaf !== null && vanaf < opnieuw, 'the reminder comes first')
      gateway.later = 7 * day + minute
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).herinnerd, 1)
      assert.equal(gateway.asked.length, asks, 'asked too early')
      gateway.source = rightAnswer
      gateway.later = 7 * day + 70 * minute
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
    },
  )

  for (const [name, error, code] of [
    ['malformed', new SourceError('source-malformed', 'x'), 'source-malformed'],
    ['refused', new SourceError('source-refused', 'x'), 'source-refused'],
    ['with an error nobody knows', new TypeError('999990019'), 'interne-fout'],
  ] as const) {
    await t.test(
      `Q9: ${name}: an alarm each time, after the last attempt a dead letter that is kept until its last moment, then gone`,
      async () => {
        const verzoek = await fresh()
        gateway.source = failing(error)
        await gateway.work(verzoek)
        assert.deepEqual(gateway.alarms, ['bezorging-mislukt'])
        await assertWaits(gateway, verzoek, 7_500)
        await gateway.set(verzoek, `pogingen = ${mostAttempts - 1}, opnieuw = 0, vanaf = 0`)
        await gateway.work(verzoek)
        const row = await gateway.row(verzoek)
        assert.deepEqual([row.staat, row.reden], ['mislukt', code])
        assert.notEqual(row.verzegeld, null)
        assert.ok(gateway.alarms.includes('verzoek-mislukt'))
        const last = (await gateway.leaves(verzoek)).at(-1)
        assert.deepEqual(
          [last?.soort, last?.uitkomst, last?.redenen],
          ['einde', 'mislukt', [{ code }]],
        )
        assert.ok(!JSON.stringify(await gateway.leaves(verzoek)).includes('999990019'))
        gateway.later = 29 * day
        await gateway.work(verzoek)
        const gone = await gateway.row(verzoek)
        assert.deepEqual([gone.staat, gone.verzegeld, gone.vanaf], ['mislukt', null, null])
        assert.equal(told(await gateway.leaves(verzoek)).at(-1), 'einde gewist')
      },
    )
  }

  await t.test('more, or another, than was asked: nothing of it leaves', async () => {
    const verzoek = await fresh()
    gateway.source = async (...question) => {
      const answer = await rightAnswer(...question)
      return answer.resultaat === 'gegevens' ? { ...answer, betrokkene: '999993653' } : answer
    }
    await gateway.work(verzoek)
    await assertWaits(gateway, verzoek, 7_500)
    assert.ok(!told(await gateway.leaves(verzoek)).includes('verstrekking verstrekt'))
  })

  await t.test('no adapter serves the source: tried again after the hour it names', async () => {
    const verzoek = await fresh()
    await gateway.work(verzoek, { sources: new Map() })
    const { opnieuw, staat } = await gateway.row(verzoek)
    assert.equal(staat, 'in-behandeling')
    assert.ok(opnieuw !== null && opnieuw >= Date.now() + 3_590_000)
    assert.deepEqual((await gateway.leaves(verzoek)).at(-1)?.redenen, [
      { code: 'BRON_NIET_AANGESLOTEN' },
    ])
  })

  async function stoppedHalfway(verzoek: string): Promise<void> {
    const stop = new AbortController()
    gateway.source = async (_, signal) => {
      stop.abort()
      signal.throwIfAborted()
      return await new Promise(() => {})
    }
    await resume(verzoek, gateway.rooms, stop.signal)
  }

  await t.test('a worker that must stop ends the attempt, and counts none', async () => {
    const verzoek = await fresh()
    await stoppedHalfway(verzoek)
    assert.deepEqual([(await gateway.row(verzoek)).pogingen, gateway.alarms], [0, []])
    assert.deepEqual((await gateway.leaves(verzoek)).at(-1)?.redenen, [{ code: 'gestopt' }])
    gateway.source = rightAnswer
    await gateway.work(verzoek)
    assert.equal((await gateway.row(verzoek)).staat, 'gereed')
  })

  await t.test(
    'the breaker is open: nobody is asked, nothing is recorded, no attempt is counted',
    async () => {
      const verzoek = await fresh()
      const { breaker } = gateway.rooms
      for (let failure = 0; failure < 5; failure++) breaker.failed(uwv, Date.now())
      const asks = gateway.asked.length
      await gateway.work(verzoek)
      const row = await gateway.row(verzoek)
      assert.deepEqual([row.staat, row.pogingen, gateway.asked.length], ['aanvaard', 0, asks])
      assert.deepEqual(told(await gateway.leaves(verzoek)), ['aanvaarding aanvaard'])
      breaker.succeeded(uwv)
      gateway.later = 11 * minute
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
    },
  )

  await t.test(
    'whoever may try a partner that was away, and is stopped, keeps nobody else from trying',
    async () => {
      const verzoek = await fresh()
      const { breaker } = gateway.rooms
      for (let failure = 0; failure < 5; failure++) breaker.failed(uwv, Date.now() - minute)
      await stoppedHalfway(verzoek)
      assert.equal((await gateway.leaves(verzoek)).at(-1)?.redenen?.[0]?.code, 'gestopt')
      gateway.source = rightAnswer
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
    },
  )

  await t.test(
    'what we do wrong ourselves, or a question it refuses, is not held against a partner',
    async () => {
      for (const error of [new TypeError('x'), new SourceError('source-refused', 'x')]) {
        for (let turn = 0; turn < 6; turn++) {
          const verzoek = turn === 0 ? await fresh() : await gateway.accept()
          gateway.source = failing(error)
          await gateway.work(verzoek)
          assert.equal((await gateway.row(verzoek)).pogingen, 1)
        }
      }
    },
  )

  await t.test(
    'an answer that comes later: asked again with its reference, not before its time, as often as it takes',
    async () => {
      const verzoek = await fresh()
      const replies: Reply[] = [
        { resultaat: 'volgt', kenmerk: 'R 1', opnieuwNa: 3_600 },
        { resultaat: 'volgt', kenmerk: 'R 2', opnieuwNa: 1e12 },
      ]
      gateway.source = async (...question) => replies.shift() ?? (await rightAnswer(...question))
      await gateway.work(verzoek)
      await assertWaits(gateway, verzoek, 3_600_000)
      assert.equal((await gateway.row(verzoek)).pogingen, 0)
      await gateway.work(verzoek)
      assert.equal(gateway.asked.at(-1)?.kenmerk, 'R 1')
      assert.ok(!String((await gateway.row(verzoek)).kenmerk).includes('R 2'), 'not sealed')
      await assertWaits(gateway, verzoek, day)
      await gateway.work(verzoek)
      assert.equal(gateway.asked.at(-1)?.kenmerk, 'R 2')
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
      assert.deepEqual(told(await gateway.leaves(verzoek)), [
        ...['aanvaarding aanvaard', 'beslissing toegestaan', 'uitgesteld', 'beslissing toegestaan'],
        ...['uitgesteld', 'beslissing toegestaan', 'verstrekking verstrekt'],
      ])
    },
  )

  for (const [kenmerk, opnieuwNa] of [
    ['', 60],
    ['x'.repeat(201), 60],
    ['regel\nterug', 60],
    ['goed', 0],
    ['goed', -1],
    ['goed', Number.NaN],
  ] as const) {
    await t.test(
      `"later" with a reference of ${kenmerk.length} characters and ${opnieuwNa} seconds is malformed, and nothing of it is kept`,
      async () => {
        const verzoek = await fresh()
        gateway.source = async () => ({ resultaat: 'volgt', kenmerk, opnieuwNa })
        await gateway.work(verzoek)
        assert.equal((await gateway.row(verzoek)).kenmerk, null)
        assert.deepEqual((await gateway.leaves(verzoek)).at(-1)?.redenen, [
          { code: 'source-malformed' },
        ])
      },
    )
  }

  await t.test('the log away: no end is made up; after the lease it is done', async () => {
    const verzoek = await fresh()
    const audit = {
      ...gateway.rooms.audit,
      append: async () => {
        throw new Problem('log-onbereikbaar', 'weg')
      },
    }
    const asks = gateway.asked.length
    await assert.rejects(gateway.work(verzoek, { audit }))
    assert.equal(gateway.asked.length, asks, 'a source was asked without a record')
    assert.equal((await gateway.row(verzoek)).staat, 'aanvaard')
    await gateway.set(verzoek, 'lease = 0')
    await gateway.work(verzoek)
    assert.equal((await gateway.row(verzoek)).staat, 'gereed')
  })

  await time(gateway, t)
})

async function time(gateway: RequestGateway, t: TestContext): Promise<void> {
  await t.test(
    'its reminders come in order and once each, and at its last moment it is over and gone',
    async () => {
      gateway.later = 0
      const verzoek = await gateway.accept()
      await gateway.set(verzoek, `staat = 'wacht-op-goedkeuring', vanaf = 0`)
      for (const [days, herinnerd] of [
        [1, 0],
        [6.9, 0],
        [7.1, 1],
        [7.2, 1],
        [13.9, 1],
        [14.1, 2],
        [27.9, 2],
      ] as const) {
        gateway.later = days * day
        await gateway.work(verzoek)
        const row = await gateway.row(verzoek)
        assert.deepEqual([row.staat, row.herinnerd], ['wacht-op-goedkeuring', herinnerd], `${days}`)
      }
      gateway.later = 28.1 * day
      await gateway.work(verzoek)
      const { staat, reden, verzegeld, vanaf } = await gateway.row(verzoek)
      assert.deepEqual(
        [staat, reden, verzegeld, vanaf],
        ['verlopen', 'TERMIJN_VERSTREKEN', null, null],
      )
      assert.deepEqual(told(await gateway.leaves(verzoek)), [
        ...[
          'aanvaarding aanvaard',
          'herinnering herinnerd',
          'herinnering herinnerd',
          'einde verlopen',
        ],
      ])
    },
  )

  for (const staat of ['aanvaard', 'in-behandeling']) {
    await t.test(
      `the last moment passes while it is ${staat}: nobody is asked any more`,
      async () => {
        gateway.later = 0
        const verzoek = await gateway.accept()
        if (staat === 'in-behandeling') {
          gateway.source = failing(new SourceError('source-unavailable', 'weg'))
          await gateway.work(verzoek)
          gateway.source = rightAnswer
        }
        const asks = gateway.asked.length
        gateway.later = 29 * day
        await gateway.work(verzoek)
        assert.equal(gateway.asked.length, asks)
        assert.equal((await gateway.row(verzoek)).reden, 'TERMIJN_VERSTREKEN')
      },
    )
  }

  await t.test(
    'an answer waits its term from the moment it is ready: not picked up is an end, and after it nothing leaves, worker or not',
    async () => {
      gateway.later = 20 * day
      const verzoek = await gateway.accept()
      await gateway.set(verzoek, `herinnerd = 2`)
      await gateway.work(verzoek)
      const { bewaren_tot: until } = await gateway.row(verzoek)
      assert.ok(
        until !== null && Math.abs(until - Date.now() - 50 * day) < 2 * 3_600_000,
        'counted from ready',
      )
      gateway.later = 49 * day
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
      await gateway.set(verzoek, `bewaren_tot = ${Date.now() - 1}`)
      assert.equal((await gateway.pickUp(verzoek)).status, 409, 'after its term')
      gateway.later = 0
      await gateway.set(verzoek, 'vanaf = 0')
      await gateway.work(verzoek)
      const { staat, reden, antwoord } = await gateway.row(verzoek)
      assert.deepEqual([staat, reden, antwoord], ['verlopen', 'NIET_OPGEHAALD', null])
    },
  )

  await t.test(
    'picked up and never confirmed: gone at its term, and it stays picked up',
    async () => {
      gateway.later = 0
      const verzoek = await gateway.accept()
      await gateway.work(verzoek)
      assert.equal((await gateway.pickUp(verzoek)).status, 200)
      gateway.later = 29 * day
      await gateway.work(verzoek)
      assert.notEqual((await gateway.row(verzoek)).antwoord, null)
      gateway.later = 31 * day
      await gateway.work(verzoek)
      const { staat, antwoord, verzegeld, vanaf } = await gateway.row(verzoek)
      assert.deepEqual([staat, antwoord, verzegeld, vanaf], ['opgehaald', null, null, null])
      assert.equal(told(await gateway.leaves(verzoek)).at(-1), 'einde gewist')
    },
  )

  await t.test(
    'Q12: a dead letter that is taken up again after the law ended is decided again, and refused',
    async () => {
      gateway.later = 0
      const verzoek = await gateway.accept()
      await gateway.set(verzoek, `staat = 'mislukt'`)
      await gateway.brake('on', `uitwisseling:${exchange}`, '--reden', 'proef')
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).staat, 'mislukt', 'an end stays what it is')
      await gateway.set(verzoek, `staat = 'aanvaard', pogingen = 0, opnieuw = 0, vanaf = 0`)
      const asks = gateway.asked.length
      await gateway.work(verzoek)
      const { staat, reden, verzegeld } = await gateway.row(verzoek)
      assert.deepEqual(
        [staat, reden, verzegeld, gateway.asked.length],
        ['geweigerd', 'NOODREM', null, asks],
      )
    },
  )
}
