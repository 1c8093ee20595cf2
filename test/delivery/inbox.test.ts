import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { endMessages } from '../../gateway/end-messages.ts'
import { Problem } from '../../gateway/problem.ts'
import { tellMessages } from '../../gateway/tell-messages.ts'
import type { Answer } from '../support/gateway.ts'
import { lastIndex, leavesOf, transactionOf } from '../support/log.ts'
import {
  bsn,
  bulk,
  changed,
  type MessageGateway,
  messageGateway,
  other,
  receiver,
  secret,
  signal,
} from '../support/messages.ts'
import { startReceiver } from '../support/receiver.ts'
import { day, told } from '../support/requests.ts'

const content = (bericht: string) => ({ path: `/v1/berichten/${bericht}/inhoud` })
const codes = ({ body }: Answer) => (body.redenen ?? []).map(({ code }) => code)

/** One gateway for all of these; each puts back what it changes. */
test('messages that wait for a receiver', async t => {
  const gateway = await messageGateway(t)
  const { rooms, owner } = gateway
  const { vkey } = rooms.audit.head('gewoon')
  const pickUp = (bericht: string, client = receiver) => gateway.ask(client, content(bericht))
  async function taken(): Promise<string> {
    const bericht = await gateway.hand()
    const answer = await pickUp(bericht)
    assert.equal(answer.status, 200, answer.text)
    return bericht
  }
  const check = (name: string, body: (t: TestContext) => Promise<void>) =>
    t.test(name, async t => {
      try {
        await body(t)
      } finally {
        gateway.amend(() => ({}))
        gateway.beforeRecord = () => {}
        gateway.later = 0
      }
    })

  await check(
    'another party, who acts for the receiver, and an unknown message get the same 404',
    async () => {
      const bericht = await taken()
      const unknown = '01990000-0000-7000-8000-00000000ffff'
      const told = new Set<string>()
      for (const [client, id] of [
        [other, bericht],
        ['servicecentrum-delta', bericht],
        ['uwv', bericht],
        [receiver, unknown],
        [receiver, 'geen-nummer'],
      ] as const) {
        const answers = [
          await gateway.ask(client, { path: `/v1/berichten/${id}` }),
          await gateway.ask(client, content(id)),
          await gateway.confirm(id, client),
          await gateway.judge(id, { staat: 'signaal' }, client),
        ]
        for (const answer of answers) {
          assert.equal(answer.status, 404, answer.text)
          const { instance: _, ...rest } = JSON.parse(answer.text)
          told.add(JSON.stringify(rest))
          const [leaf] = await leavesOf(owner, transactionOf(answer))
          assert.deepEqual([leaf?.soort, leaf?.redenen?.[0]?.code], ['afwijzing', 'niet-gevonden'])
        }
      }
      assert.equal(told.size, 1)
      assert.deepEqual(await gateway.batch({}, other), [])
    },
  )

  const suspended = (oin: string) => (law: Law) => {
    const party = law.partijen.get(oin)
    assert.ok(party)
    return {
      partijen: new Map([...law.partijen, [oin, { ...party, status: 'geschorst' as const }]]),
    }
  }

  for (const [what, change, expected] of [
    [
      'its arrangement ended',
      (law: Law) => changed(law, signal, { geldig: { van: 0, tot: Date.now() } }),
      ['GEEN_LEVERINGSAFSPRAAK'],
    ],
    ['the brake was set', () => ({ noodrem: ['alles'] }), ['NOODREM']],
    [
      'its sender was suspended',
      suspended('00000099000000004000'),
      ['GEEN_LEVERINGSAFSPRAAK', 'ONTVANGER_NIET_BEVOEGD'],
    ],
    [
      'a field of it is not agreed any more',
      (law: Law) => withoutField(law),
      ['VELD_NIET_TOEGESTAAN', 'VELD_NIET_TOEGESTAAN'],
    ],
  ] as const) {
    await check(
      `${what} after it was handed over: refused, recorded, and what waited is gone`,
      async () => {
        const bericht = await gateway.hand()
        gateway.amend(change)
        const answer = await pickUp(bericht)
        assert.deepEqual([answer.status, codes(answer)], [403, expected], answer.text)
        assert.ok(!answer.text.includes('Bakkerij') && !answer.text.includes(bsn))
        assert.equal(verifyAnswer(Buffer.from(answer.text), vkey).soort, 'weigering')
        const row = await gateway.row(bericht)
        assert.deepEqual([row.staat, row.verzegeld], ['geweigerd', null])
        gateway.amend(() => ({}))
        const again = await pickUp(bericht)
        assert.deepEqual([again.status, JSON.parse(again.text).staat], [409, 'geweigerd'])
        assert.deepEqual(told(await gateway.steps(bericht)), ['beslissing geweigerd'])
      },
    )
  }

  await check('its exchange is no more: that is its end, and stands in the log', async () => {
    const bericht = await gateway.hand()
    gateway.amend(law => ({
      uitwisselingen: new Map([...law.uitwisselingen].filter(([id]) => id !== signal)),
    }))
    const answer = await pickUp(bericht)
    assert.deepEqual([answer.status, JSON.parse(answer.text).staat], [409, 'geweigerd'])
    const [end] = await gateway.steps(bericht)
    assert.deepEqual(
      [end?.soort, end?.uitkomst, end?.redenen?.[0]?.code],
      ['einde', 'geweigerd', 'DOEL_ONBEKEND'],
    )
    assert.equal((await gateway.row(bericht)).verzegeld, null)
  })

  await check(
    'a value that does not fit any more is no fault of its receiver, and nothing of it leaves',
    async () => {
      const bericht = await gateway.hand()
      gateway.amend(law => otherType(law))
      const answer = await pickUp(bericht)
      assert.equal(answer.status, 502, answer.text)
      assert.ok(!answer.text.includes('Bakkerij'))
      gateway.amend(() => ({}))
      assert.equal((await pickUp(bericht)).status, 200)
    },
  )

  await check('a receiver that is suspended picks up nothing, and what waits stays', async () => {
    const bericht = await gateway.hand()
    gateway.amend(suspended('00000099000000001000'))
    for (const answer of [
      await pickUp(bericht),
      await gateway.ask(receiver, { path: '/v1/berichten/_ophalen', body: {} }),
      await gateway.ask(receiver, { path: '/v1/berichten/_zoek', body: {} }),
      await gateway.confirm(bericht),
    ]) {
      assert.equal(answer.status, 401, answer.text)
      const [leaf] = await leavesOf(owner, transactionOf(answer))
      assert.equal(leaf?.redenen?.[0]?.code, 'partij-niet-actief')
    }
    gateway.amend(() => ({}))
    assert.equal((await pickUp(bericht)).status, 200)
  })

  await check(
    'without the key of its month, or without a log, nothing leaves and nothing is lost',
    async () => {
      const bericht = await gateway.hand()
      const month = `gewoon-${new Date().getUTCFullYear() + 7}-${String(new Date().getUTCMonth() + 1).padStart(2, '0')}`
      const path = join(gateway.keysDir, `${month}.key`)
      renameSync(path, `${path}.weg`)
      rooms.audit.keys.forget('gewoon', month.slice('gewoon-'.length))
      const keyless = await pickUp(bericht)
      renameSync(`${path}.weg`, path)
      assert.equal(keyless.status, 503, keyless.text)
      for (const soort of ['beslissing', 'verstrekking']) {
        gateway.beforeRecord = ({ record }) => {
          if (record.soort === soort) throw new Problem('log-onbereikbaar', 'Er is geen log.')
        }
        const answer = await pickUp(bericht)
        assert.deepEqual(
          [answer.status, answer.body.type.split('/').at(-1)],
          [503, 'log-onbereikbaar'],
        )
        assert.ok(!answer.text.includes('Bakkerij'))
      }
      gateway.beforeRecord = () => {}
      assert.equal((await gateway.metadata(bericht)).staat, 'ontvangen')
      assert.equal((await pickUp(bericht)).status, 200)
    },
  )

  await check(
    'picked up five times at once: each is a decision and a disclosure of its own',
    async () => {
      const bericht = await gateway.hand()
      const answers = await Promise.all(Array.from({ length: 5 }, () => pickUp(bericht)))
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200, 200, 200],
      )
      for (const { text } of answers) {
        assert.equal(verifyAnswer(Buffer.from(text), vkey).record.verzoek, bericht)
      }
      assert.equal(new Set(answers.map(({ body }) => body.transactie)).size, 5)
      const steps = told(await gateway.steps(bericht))
      assert.equal(steps.filter(step => step === 'verstrekking verstrekt').length, 5)
      assert.equal((await gateway.metadata(bericht)).staat, 'opgehaald')
    },
  )

  await check('confirmed while it is being picked up: nothing leaves of what is gone', async () => {
    const bericht = await taken()
    gateway.beforeRecord = async ({ record }) => {
      if (record.soort !== 'verstrekking') return
      gateway.beforeRecord = () => {}
      assert.equal((await gateway.confirm(bericht)).status, 200)
    }
    const answer = await pickUp(bericht)
    assert.equal(answer.status, 409, answer.text)
    assert.ok(!answer.text.includes('Bakkerij'))
    assert.deepEqual(told(await gateway.steps(bericht)).slice(-4), [
      'beslissing toegestaan',
      'ontvangst ontvangen',
      'verstrekking verstrekt',
      'niet-afgeleverd',
    ])
  })

  await check(
    'the brake is set while one is being picked up: what was decided ends, and nothing leaves',
    async () => {
      const bericht = await gateway.hand()
      gateway.beforeRecord = ({ record }) => {
        if (record.soort === 'beslissing') gateway.amend(() => ({ noodrem: ['alles'] }))
      }
      const answer = await pickUp(bericht)
      assert.equal(answer.status, 503, answer.text)
      gateway.amend(() => ({}))
      assert.deepEqual(told(await gateway.steps(bericht)), ['beslissing toegestaan', 'afgebroken'])
      assert.equal((await gateway.metadata(bericht)).staat, 'ontvangen')
    },
  )

  await check('after its term nothing is picked up, also before somebody ended it', async () => {
    const bericht = await gateway.hand()
    await gateway.set(bericht, `bewaren_tot = ${Date.now() - 1}`)
    assert.equal((await pickUp(bericht)).status, 409)
    assert.ok(!(await gateway.batch()).some(line => line.bericht === bericht))
    assert.deepEqual(await gateway.steps(bericht), [])
  })

  await check(
    'what is implausible is told with it, and who else is named has a proof of their own',
    async () => {
      const sender = rooms.policies.current().partijen.get('00000099000000009000')
      assert.ok(sender)
      const gegevens = {
        bsnKind: '999993653',
        lrkNummer: '123456789',
        maand: '2026-10',
        urenAfgenomen: 900,
        gemiddeldUurtarief: 1_000,
        soortOpvang: 'DAO',
      }
      const bericht = await gateway.hand({
        uitwisseling: 'kinderopvanguren-toeslagen',
        sender: { party: sender },
        body: {
          betrokkene: { soort: 'bsn', waarde: bsn },
          gegevens,
          velden: Object.keys(gegevens),
          systeemproces: 'levering',
          ontvanger: '00000099000000007000',
        },
      })
      const { text, status } = await pickUp(bericht, 'toeslagen')
      assert.equal(status, 200, text)
      const whole = JSON.parse(text)
      assert.ok(
        whole.aandachtspunten.some(({ veld }: { veld: string }) => veld === 'urenAfgenomen'),
      )
      assert.equal(whole.bewijs.overige.length, 1)
      assert.equal(verifyAnswer(Buffer.from(text), vkey).record.aantal, 2)
      const { aandachtspunten: _, ...less } = whole
      assert.throws(() => verifyAnswer(Buffer.from(JSON.stringify(less)), vkey))
    },
  )

  await check('what was not picked up is neither confirmed nor judged', async () => {
    const bericht = await gateway.hand()
    for (const answer of [
      await gateway.confirm(bericht),
      await gateway.judge(bericht, { staat: 'signaal' }),
      await gateway.judge(bericht, { staat: 'beoordeeld', afloop: 'al-bekend' }),
    ]) {
      assert.deepEqual([answer.status, JSON.parse(answer.text).staat], [409, 'ontvangen'])
    }
    assert.deepEqual(await gateway.steps(bericht), [])
    assert.notEqual((await gateway.row(bericht)).verzegeld, null)
  })

  await check(
    'an outcome that is on no list, or not any more, is refused by its field and not repeated',
    async () => {
      const bericht = await taken()
      for (const afloop of ['bestaat-niet', 'vroeger', bsn, 'AL-BEKEND']) {
        const answer = await gateway.judge(bericht, { staat: 'beoordeeld', afloop })
        assert.deepEqual(
          [answer.status, answer.body.fouten[0]?.pointer],
          [400, '/afloop'],
          answer.text,
        )
        assert.ok(!answer.text.includes(afloop))
      }
      for (const [body, pointer] of [
        [{}, '/staat'],
        [{ staat: 'beoordeeld' }, '/afloop'],
        [{ staat: 'signaal', afloop: 'al-bekend' }, '/afloop'],
        [{ staat: 'fraudeur' }, '/staat'],
      ] as const) {
        const answer = await gateway.judge(bericht, body)
        assert.deepEqual(
          [answer.status, answer.body.fouten[0]?.pointer],
          [400, pointer],
          answer.text,
        )
      }
      assert.equal((await gateway.metadata(bericht)).staat, 'opgehaald')
    },
  )

  await check(
    'what only a signaal can become is not said of a message that is none yet',
    async () => {
      const [bericht, nothing] = [await taken(), await taken()]
      const outcome = { staat: 'beoordeeld', afloop: 'recht-gewijzigd' }
      assert.equal((await gateway.judge(bericht, outcome)).status, 409)
      assert.equal((await gateway.judge(bericht, { staat: 'signaal' })).status, 200)
      assert.equal((await gateway.judge(bericht, outcome)).status, 200)
      const atOnce = await gateway.judge(nothing, { staat: 'beoordeeld', afloop: 'al-bekend' })
      assert.equal(atOnce.status, 200, atOnce.text)
      const judged = verifyAnswer(Buffer.from(atOnce.text), vkey)
      assert.deepEqual(
        [judged.soort, judged.record.over, judged.record.handeling],
        ['bericht', nothing, { afloop: 'al-bekend' }],
      )
      assert.equal(judged.record.betrokkene, undefined)
      const claimed = { ...JSON.parse(atOnce.text), afloop: 'recht-gewijzigd' }
      assert.throws(() => verifyAnswer(Buffer.from(JSON.stringify(claimed)), vkey))
    },
  )

  await check('judged twice the same changes nothing; another judgement is refused', async () => {
    const bericht = await taken()
    const [mine, another] = ['al-bekend', 'recht-gewijzigd'].map(afloop => ({
      staat: 'beoordeeld',
      afloop,
    }))
    assert.ok(mine && another)
    assert.equal((await gateway.judge(bericht, { staat: 'signaal' })).status, 200)
    assert.equal((await pickUp(bericht)).status, 200)
    assert.equal((await gateway.metadata(bericht)).staat, 'signaal')
    const twice = await gateway.judge(bericht, { staat: 'signaal' })
    assert.deepEqual([twice.status, twice.body.bewijs], [200, undefined])
    assert.equal((await gateway.judge(bericht, mine)).status, 200)
    const again = await gateway.judge(bericht, mine)
    assert.deepEqual([again.status, again.body.bewijs], [200, undefined])
    for (const body of [another, { staat: 'signaal' }]) {
      const answer = await gateway.judge(bericht, body)
      assert.deepEqual([answer.status, JSON.parse(answer.text).staat], [409, 'beoordeeld'])
    }
    assert.deepEqual(told(await gateway.steps(bericht)).slice(2), [
      'beoordeling signaal',
      'beslissing toegestaan',
      'verstrekking verstrekt',
      'beoordeling beoordeeld',
    ])
    assert.equal((await gateway.metadata(bericht)).afloop, 'al-bekend')
  })

  await check('two judgements at once: one counts', async () => {
    const bericht = await taken()
    await gateway.judge(bericht, { staat: 'signaal' })
    const answers = await Promise.all(
      ['al-bekend', 'recht-gewijzigd'].map(afloop =>
        gateway.judge(bericht, { staat: 'beoordeeld', afloop }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
  })

  await check('what is no signaal is not judged, and a signaal not after its term', async () => {
    const plain = await gateway.hand({ uitwisseling: bulk })
    assert.equal((await pickUp(plain)).status, 200)
    const none = await gateway.judge(plain, { staat: 'signaal' })
    assert.match(none.body.detail, /geen signaal/)
    assert.equal(none.status, 409)
    assert.equal((await gateway.metadata(plain)).geldigTot, undefined)
    const bericht = await taken()
    await gateway.set(bericht, `geldig_tot = ${Date.now() - 1}`)
    const late = await gateway.judge(bericht, { staat: 'signaal' })
    assert.deepEqual([late.status, JSON.parse(late.text).staat], [409, 'verlopen'])
    assert.equal((await pickUp(bericht)).status, 409)
    await endMessages(rooms, Date.now())
    assert.equal((await gateway.judge(bericht, { staat: 'signaal' })).status, 409)
    assert.deepEqual(told(await gateway.steps(bericht)).slice(2), ['einde verlopen'])
  })

  await check('a message is picked up, confirmed once, and judged afterwards', async () => {
    const bericht = await gateway.hand()
    const { text, status } = await pickUp(bericht)
    assert.equal(status, 200, text)
    const whole = JSON.parse(text)
    assert.deepEqual(
      [whole.bericht, whole.soort, whole.betrokkene, whole.antwoord],
      [
        bericht,
        'signaal',
        { soort: 'bsn', waarde: bsn },
        [{ datumAanvang: '2026-10-01', naam: 'Bakkerij' }],
      ],
    )
    assert.equal(verifyAnswer(Buffer.from(text), vkey).record.verzoek, bericht)
    for (const member of ['bericht', 'betrokkene', 'soort']) {
      const bent = { ...whole, [member]: 'anders' }
      assert.throws(() => verifyAnswer(Buffer.from(JSON.stringify(bent)), vkey), member)
    }
    const confirmed = await gateway.confirm(bericht)
    assert.equal(verifyAnswer(Buffer.from(confirmed.text), vkey).record.soort, 'ontvangst')
    assert.equal((await gateway.row(bericht)).verzegeld, null)
    const twice = await gateway.confirm(bericht)
    assert.deepEqual([twice.status, twice.body.bewijs], [200, undefined])
    assert.equal((await pickUp(bericht)).status, 409)
    assert.equal((await gateway.judge(bericht, { staat: 'signaal' })).status, 200)
    const outcome = { staat: 'beoordeeld', afloop: 'recht-gewijzigd' }
    assert.equal((await gateway.judge(bericht, outcome)).status, 200)
    assert.deepEqual(told(await gateway.steps(bericht)), [
      'beslissing toegestaan',
      'verstrekking verstrekt',
      'ontvangst ontvangen',
      'beoordeling signaal',
      'beoordeling beoordeeld',
    ])
    assert.ok(!JSON.stringify(await gateway.row(bericht)).includes(bsn))
  })

  await check('many are confirmed in one call, each with its own outcome', async () => {
    const [mine, again, waiting] = [await taken(), await taken(), await gateway.hand()]
    const hidden = await gateway.hand({ uitwisseling: secret })
    const unknown = '01990000-0000-7000-8000-00000000fffe'
    await gateway.confirm(again)
    const berichten = [mine, again, waiting, hidden, unknown]
    const answer = await gateway.ask(receiver, {
      path: '/v1/berichten/_bevestig',
      body: { berichten },
    })
    assert.equal(answer.status, 200, answer.text)
    const outcomes: readonly Record<string, string>[] = JSON.parse(answer.text).berichten
    assert.deepEqual(
      outcomes.map(({ bericht, uitkomst, staat }) => [bericht, uitkomst, staat]),
      [
        [mine, 'ontvangen', 'opgehaald'],
        [again, 'ontvangen', 'opgehaald'],
        [waiting, 'strijdig', 'ontvangen'],
        [hidden, 'niet-gevonden', undefined],
        [unknown, 'niet-gevonden', undefined],
      ],
    )
    assert.equal(outcomes[1]?.transactie, undefined)
    const [leaf] = await leavesOf(owner, outcomes[0]?.transactie ?? '')
    assert.deepEqual([leaf?.soort, leaf?.verzoek], ['ontvangst', mine])
    assert.equal((await gateway.row(mine)).verzegeld, null)
    const none = await gateway.ask(receiver, {
      path: '/v1/berichten/_bevestig',
      body: { berichten: [] },
    })
    assert.equal(none.status, 400)
  })

  await check('the time of messages is over once, whoever looks', async () => {
    await endMessages(rooms, Date.now())
    const [never, seen, signaled, judged] = [
      await gateway.hand(),
      await taken(),
      await taken(),
      await taken(),
    ]
    await gateway.judge(signaled, { staat: 'signaal' })
    await gateway.judge(judged, { staat: 'beoordeeld', afloop: 'al-bekend' })
    const after = async (ms: number) => {
      const now = Date.now() + ms
      const workers = [endMessages(rooms, now), endMessages(rooms, now), endMessages(rooms, now)]
      await Promise.all(workers)
      // What one of them held is free again when its lease is over.
      await owner.query('update delivery.bericht set lease = 0')
    }
    const ends = async (bericht: string) =>
      (await gateway.steps(bericht))
        .filter(({ soort }) => soort === 'einde')
        .map(({ uitkomst, redenen }) => [uitkomst, redenen?.[0]?.code])
    await after(31 * day)
    assert.deepEqual(await ends(never), [['verlopen', 'NIET_OPGEHAALD']])
    for (const bericht of [seen, signaled, judged]) {
      assert.deepEqual(await ends(bericht), [['gewist', undefined]])
      assert.equal((await gateway.row(bericht)).verzegeld, null)
    }
    assert.deepEqual(
      await Promise.all(
        [never, seen, signaled, judged].map(async one => (await gateway.row(one)).staat),
      ),
      ['verlopen', 'opgehaald', 'signaal', 'beoordeeld'],
    )
    await after(200 * day)
    for (const bericht of [seen, signaled]) {
      assert.deepEqual((await ends(bericht))[1], ['verlopen', 'NIET_BEOORDEELD'])
    }
    assert.equal((await ends(judged)).length, 1)
    await after(200 * day)
    assert.equal((await ends(seen)).length, 2)
    const [kept] = await owner.query<{ aantal: number }>(
      'select count(*) as aantal from delivery.bericht',
    )
    assert.ok(kept && kept.aantal >= 4)
    await endMessages(rooms, Date.now() + 600 * day)
    assert.deepEqual(await owner.query('select bericht from delivery.bericht'), [])
  })

  await check('messages of a confidential party live in its log alone', async () => {
    const { metrics } = gateway.serving.house
    const [before, counted] = [await lastIndex(owner), await metrics.text()]
    const bericht = await gateway.hand({ uitwisseling: secret })
    assert.equal((await pickUp(bericht, 'fiod')).status, 200)
    assert.equal((await gateway.batch({}, 'fiod')).length, 1)
    assert.equal((await gateway.judge(bericht, { staat: 'signaal' }, 'fiod')).status, 200)
    assert.equal((await gateway.confirm(bericht, 'fiod')).status, 200)
    assert.equal(
      (await gateway.confirm('01990000-0000-7000-8000-00000000fffd', 'fiod')).status,
      404,
    )
    const waiting = await gateway.hand({ uitwisseling: secret })
    assert.deepEqual([...(await rooms.messages.counts())], [])
    await gateway.set(waiting, 'bewaren_tot = 1')
    await endMessages(rooms, Date.now())
    assert.equal(await lastIndex(owner), before)
    for (const id of [bericht, waiting]) {
      const logs = (await gateway.steps(id)).map(({ log }) => log)
      assert.ok(logs.length > 0 && logs.every(log => log.startsWith('vertrouwelijk')))
    }
    const answered = (text: string) =>
      text.split('\n').filter(line => line.startsWith('sluis_antwoorden'))
    assert.deepEqual(answered(await metrics.text()), answered(counted))
    assert.deepEqual(gateway.alarms, [])
  })

  await check(
    'who registered an address hears once in a while that something waits, and not what',
    async () => {
      const oin = '00000099000000002000'
      await using theirs = await startReceiver(gateway.pkiDir, other)
      const bodies: string[] = []
      const body = {
        betrokkene: { soort: 'bsn', waarde: bsn },
        gegevens: { datumAanvang: '2026-10-01' },
        velden: ['datumAanvang'],
        systeemproces: 'levering',
        ontvanger: oin,
      } as const
      const recorded = {
        ...rooms,
        outbound: (call: Parameters<typeof rooms.outbound>[0]) => {
          bodies.push(String(call.body))
          return rooms.outbound(call)
        },
      }
      const tell = (ms = 0) => tellMessages(recorded, Date.now() + ms, new AbortController().signal)
      const minute = 60_000
      await gateway.hand({ body })
      assert.equal(await tell(), 0, 'nobody registered an address')
      gateway.amend(law => {
        const party = law.partijen.get(oin)
        assert.ok(party)
        const postadres = { meldingen: theirs.meldingen }
        return { partijen: new Map([...law.partijen, [oin, { ...party, postadres }]]) }
      })
      theirs.misbehave('fout-500')
      assert.equal(await tell(), 0)
      assert.ok(gateway.alarms.includes('melding-mislukt'))
      gateway.alarms.length = 0
      theirs.misbehave('normaal')
      const workers = await Promise.all([tell(), tell(), tell()])
      assert.deepEqual(workers.toSorted(), [0, 0, 1])
      assert.deepEqual(theirs.told, ['/v1/berichten/_ophalen'])
      gateway.later = minute
      const last = await gateway.hand({ body })
      assert.equal(await tell(2 * minute), 0, 'not so soon again')
      assert.equal(await tell(16 * minute), 1)
      assert.equal(await tell(60 * minute), 0, 'nothing new waits')
      for (const text of bodies) {
        const event = JSON.parse(text)
        assert.deepEqual(
          [event.type, event.subject],
          ['nl.gegevensuitwisseling.berichten-wachten.v1', signal],
        )
        assert.ok(!text.includes(bsn) && !text.includes(last) && !('data' in event))
      }
    },
  )

  await check(
    'what is in the confidential log is not named in the ordinary one, whoever receives it',
    async () => {
      const bericht = await gateway.hand()
      await gateway.set(bericht, `log = 'vertrouwelijk'`)
      const answer = await gateway.confirm(bericht)
      assert.equal(answer.status, 409, answer.text)
      const [leaf] = await leavesOf(owner, transactionOf(answer))
      assert.deepEqual([leaf?.soort, leaf?.uitwisseling], ['afwijzing', undefined])
    },
  )

  await check(
    'messages are listed oldest first, page by page, and only those that fit',
    async () => {
      await owner.query('delete from delivery.bericht')
      const all = [
        await gateway.hand(),
        await gateway.hand({ uitwisseling: bulk }),
        await gateway.hand(),
      ]
      await pickUp(all[2] ?? '')
      const list = async (body: object) => {
        const answer = await gateway.ask(receiver, { path: '/v1/berichten/_zoek', body })
        assert.equal(answer.status, 200, answer.text)
        assert.ok(!answer.text.includes(bsn) && !answer.text.includes('Bakkerij'))
        const { berichten, volgende } = JSON.parse(answer.text)
        return { ids: berichten.map((one: { bericht: string }) => one.bericht), volgende }
      }
      assert.deepEqual((await list({})).ids, all)
      const first = await list({ aantal: 2 })
      assert.deepEqual([first.ids, first.volgende], [all.slice(0, 2), all[1]])
      assert.deepEqual(await list({ na: first.volgende, aantal: 2 }), {
        ids: [all[2]],
        volgende: undefined,
      })
      assert.deepEqual((await list({ uitwisseling: bulk })).ids, [all[1]])
      assert.deepEqual((await list({ soort: 'signaal', staat: 'opgehaald' })).ids, [all[2]])
      assert.deepEqual((await list({ soort: 'correctie' })).ids, [])
      assert.deepEqual([...(await rooms.messages.counts())].sort(), [
        ['levering', 1],
        ['signaal', 2],
      ])
      for (const body of [{ na: 'x' }, { aantal: 0 }, { aantal: 1_001 }, { betrokkene: bsn }]) {
        const answer = await gateway.ask(receiver, { path: '/v1/berichten/_zoek', body })
        assert.equal(answer.status, 400, JSON.stringify(body))
      }
    },
  )
})

type Law = ReturnType<MessageGateway['rooms']['policies']['current']>

function withoutField(law: Law): Partial<Law> {
  const arrangement = law.uitwisselingen.get(signal)
  const [rung] = arrangement?.treden ?? []
  assert.ok(rung)
  const less = { ...rung, velden: ['datumAanvang'] }
  return changed(law, signal, { treden: [less], rungOf: new Map([['datumAanvang', less]]) })
}

function otherType(law: Law): Partial<Law> {
  const set = law.gegevenssets.get('proef-set')
  assert.ok(set)
  const { naam } = set.velden
  assert.ok(naam)
  const velden = { ...set.velden, naam: { ...naam, type: 'int' as const } }
  return { gegevenssets: new Map([...law.gegevenssets, ['proef-set', { ...set, velden }]]) }
}
