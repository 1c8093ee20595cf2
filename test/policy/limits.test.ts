import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAudit } from '../../gateway/audit/commit.ts'
import { factPseudonym, generateKeys } from '../../gateway/audit/keys.ts'
import { recordDecision, recordSignal } from '../../gateway/audit/record.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { expireFacts } from '../../gateway/policy/expire.ts'
import { uitleg } from '../../gateway/policy/explain.ts'
import { gatherFacts, openFacts } from '../../gateway/policy/facts.ts'
import { askAgainAt } from '../../gateway/policy/limits.ts'
import { exchangeTerms } from '../../gateway/policy/permit.ts'
import type { Store } from '../../gateway/store.ts'
import type { RequestBody, Use } from '../../gateway/terms.ts'
import { activate, beginLogs, noon as begun } from '../audit/log.ts'
import { kinds, testStore } from '../support/database.ts'
import { asked, codes, noon, oins, request, shipped, variant } from './law.ts'

const hour = 3_600_000
const limitsLine =
  'grenzen: { perZaakPerDag: 5, perPartijPerUur: 1000, personenPer30Dagen: 5000 }\n'
const under = (gebruik: Use) => ({ facts: { treden: [], noodrem: [], gebruik } })

test('the limit itself is not allowed any more, one less is, and each limit has its own reason', () => {
  assert.deepEqual(codes(asked(), under({ zaakVandaag: 4, partijDitUur: 999 })), [])
  assert.deepEqual(codes(asked(), under({ zaakVandaag: 5 })), ['LIMIET_BEREIKT'])
  assert.deepEqual(codes(asked(), under({ partijDitUur: 1000 })), ['LIMIET_BEREIKT'])
  const { facts } = under({ zaakVandaag: Number.MAX_SAFE_INTEGER, partijDitUur: 1e15 })
  const { redenen } = decide(asked(), facts, shipped, noon)
  assert.deepEqual(
    redenen.map(({ bij }) => bij),
    [
      { soort: 'perZaakPerDag', grens: 5 },
      { soort: 'perPartijPerUur', grens: 1000 },
    ],
  )
  const [perDay, perHour] = redenen.map(reason => uitleg(reason, shipped))
  assert.match(perDay ?? '', /al 5 keer .* morgen/)
  assert.match(perHour ?? '', /al 1\.000 keer .* uur/)
})

test('an arrangement without limits refuses nobody for how often it is asked', async () => {
  const law = await variant({
    'uitwisselingen/uwv-inkomsten-bijstand.yaml': [[limitsLine, '']],
  })
  assert.deepEqual(codes(asked(), { law, ...under({ zaakVandaag: 1e9, partijDitUur: 1e9 }) }), [])
})

test('one may ask again at the next hour of the clock, or at the next midnight in Amsterdam, the latest of both', () => {
  const again = (at: string, gebruik: Use) => {
    const now = Date.parse(at)
    const { redenen } = decide(asked(), under(gebruik).facts, shipped, now)
    const end = askAgainAt(redenen, now)
    return end === undefined ? undefined : (end - now) / 1000
  }
  const day = { zaakVandaag: 5 }
  const perHour = { partijDitUur: 1000 }
  for (const [at, use, seconds] of [
    ['2026-09-15T12:00:00+02:00', perHour, 3600],
    ['2026-09-15T12:59:59+02:00', perHour, 1],
    ['2026-09-15T12:59:59.999+02:00', perHour, 0.001],
    ['2026-09-15T23:59:59+02:00', day, 1],
    ['2026-09-15T00:00:00+02:00', day, 24 * 3600],
    // In these nights the clock goes an hour forward, and an hour back.
    ['2026-03-29T00:00:00+01:00', day, 23 * 3600],
    ['2026-10-25T00:00:00+02:00', day, 25 * 3600],
    ['2026-10-25T02:30:00+02:00', perHour, 1800],
    ['2026-10-25T02:30:00+01:00', perHour, 1800],
    ['2026-09-15T22:59:00+02:00', { ...day, ...perHour }, 3660],
  ] as const) {
    assert.equal(again(at, use), seconds, at)
  }
})

test('when something else refuses too, waiting does not help and none is named', () => {
  const { redenen } = decide(
    asked({ velden: ['nationaliteit'] }),
    under({ zaakVandaag: 5 }).facts,
    shipped,
    noon,
  )
  assert.deepEqual(
    redenen.map(({ code }) => code),
    ['VELD_NIET_TOEGESTAAN', 'LIMIET_BEREIKT'],
  )
  assert.equal(askAgainAt(redenen, noon), undefined)
})

/** A gateway without its edges: facts, decision and record, at any moment. */
async function office(t: Parameters<typeof beginLogs>[0], store: Store, law = shipped) {
  const dirs = await beginLogs(t, store)
  generateKeys(dirs.keysDir, noon, 100)
  let now = begun
  const audit = await openAudit({ store, ...dirs, clock: () => now })
  t.after(() => audit[Symbol.asyncDispose]())
  await activate(audit, law.digest)
  const room = openFacts(store, factPseudonym(audit))
  const signals: string[] = []
  return {
    audit,
    room,
    signals,
    async ask(at: number, change: Partial<RequestBody> = {}, ontvanger: string = oins.waterstad) {
      now = Math.max(now, at)
      const made = { ...request(change, ontvanger), transactie: crypto.randomUUID(), tijd: at }
      const known = await gatherFacts(room, made, law)
      const decision = known.decide()
      const terms = exchangeTerms(made, law)
      const done = known.hold(decision)
      await recordDecision(audit, made, decision, terms, known.rows(decision)).finally(done)
      const signal = known.signal(decision)
      if (signal) {
        signals.push(signal.code)
        await recordSignal(audit, made, terms, signal)
      }
      return decision
    },
  }
}

/** The n-th person: any nine digits will do below the listener. */
const person = (n: number) => ({
  betrokkene: { soort: 'bsn', waarde: String(n).padStart(9, '0') } as const,
})

for (const kind of kinds) {
  test(`${kind}: a case is counted per legal day, a party per clock hour, each on both sides of its edge`, async t => {
    const store = await testStore(t, kind)
    const law = await variant({
      'uitwisselingen/uwv-inkomsten-bijstand.yaml': [
        ['perZaakPerDag: 5, perPartijPerUur: 1000', 'perZaakPerDag: 2, perPartijPerUur: 3'],
      ],
    })
    const { ask } = await office(t, store, law)
    const at = (text: string) => Date.parse(text)
    // The night in which 02:00-03:00 comes twice.
    const first = await ask(at('2026-10-25T23:10:00+01:00'))
    assert.deepEqual(first.feiten.gebruik, { zaakVandaag: 0, partijDitUur: 0 })
    assert.equal((await ask(at('2026-10-25T23:59:59.999+01:00'))).uitkomst, 'toegestaan')
    const third = await ask(at('2026-10-25T23:59:59.999+01:00'))
    assert.deepEqual(third.feiten.gebruik, { zaakVandaag: 2, partijDitUur: 2 })
    assert.equal(third.uitkomst, 'geweigerd')
    const other = await ask(at('2026-10-25T23:59:59.999+01:00'), { zaak: 'andere' })
    assert.deepEqual(
      other.feiten.gebruik,
      { zaakVandaag: 0, partijDitUur: 2 },
      'refusals count for nothing',
    )
    assert.equal(
      (await ask(at('2026-10-25T23:59:59.999+01:00'), { zaak: 'derde' })).uitkomst,
      'geweigerd',
    )
    const next = await ask(at('2026-10-26T00:00:00+01:00'))
    assert.deepEqual(next.feiten.gebruik, { zaakVandaag: 0, partijDitUur: 0 })
    const dijkdorp = await ask(at('2026-10-25T23:59:59.999+01:00'), {}, oins.dijkdorp)
    assert.deepEqual(dijkdorp.feiten.gebruik, { zaakVandaag: 0, partijDitUur: 0 })
  })

  test(`${kind}: what a limit counted goes when its day or hour is over, and not before`, async t => {
    const store = await testStore(t, kind)
    const { ask } = await office(t, store)
    await ask(noon)
    const left = async () => {
      const [row] = await store.query<{ n: number }>(
        `select (select count(*) from policy.quota_use) + (select count(*) from policy.person_seen)
           + (select count(*) from policy.person_day) as n`,
      )
      return row?.n
    }
    assert.equal(await left(), 4)
    assert.equal(await expireFacts(store, noon + hour - 1), 0)
    assert.equal(await expireFacts(store, noon + hour), 1)
    assert.equal(await expireFacts(store, noon + 12 * hour), 1)
    assert.equal(await expireFacts(store, noon + 29 * 24 * hour), 0)
    assert.equal(await expireFacts(store, noon + 30 * 24 * hour), 2)
  })

  test(`${kind}: many allowed decisions of one moment raise a counter by as many`, async t => {
    const store = await testStore(t, kind)
    const { ask } = await office(t, store)
    const decisions = await Promise.all(
      Array.from({ length: 40 }, (_, n) => ask(noon, { zaak: `z-${n % 10}`, ...person(n % 10) })),
    )
    assert.ok(decisions.every(({ uitkomst }) => uitkomst === 'toegestaan'))
    const after = await ask(noon, { zaak: 'z-3', ...person(3) })
    assert.deepEqual(after.feiten.gebruik, { zaakVandaag: 4, partijDitUur: 40 })
    const [row] = await store.query<{ n: number }>(
      'select sum(aantal)::bigint as n from policy.person_day',
    )
    assert.equal(row?.n, 10, 'a person counts once')
  })

  test(`${kind}: calls of one process that meet at the limit do not pass it together`, async t => {
    const store = await testStore(t, kind)
    const { ask, room } = await office(t, store)
    const decisions = await Promise.all(Array.from({ length: 30 }, () => ask(noon)))
    const allowed = decisions.filter(({ uitkomst }) => uitkomst === 'toegestaan')
    assert.equal(allowed.length, 5)
    assert.equal(room.underWay.size, 0, 'nothing is held when all is recorded')
  })
}

test('L11: persons asked in any order, slowly over thirty days, raise one signal a day once there are too many', async t => {
  const store = await testStore(t, 'postgres')
  const law = await variant({
    'uitwisselingen/uwv-inkomsten-bijstand.yaml': [
      ['personenPer30Dagen: 5000', 'personenPer30Dagen: 30'],
    ],
  })
  const { ask, signals } = await office(t, store, law)
  const day = 24 * hour
  // One new person a day, in no order, each asked twice: never more than thirty in thirty days.
  for (let n = 0; n < 40; n++) {
    await ask(noon + n * day, { zaak: `z-${n}`, ...person((n * 17) % 40) })
    await ask(noon + n * day, { zaak: `z-${n}`, ...person((n * 17) % 40) })
  }
  assert.deepEqual(signals, [])
  // The same persons again are no news; one more new one that day is.
  const last = noon + 39 * day
  await ask(last, { zaak: 'oud', ...person((38 * 17) % 40) })
  assert.deepEqual(signals, [])
  await ask(last, { zaak: 'nieuw', ...person(100) })
  assert.deepEqual(signals, ['veel-personen'])
  await ask(last + hour, { zaak: 'nieuw-2', ...person(101) })
  assert.deepEqual(signals, ['veel-personen'], 'once a day')
  await ask(last + hour, { zaak: 'nieuw-3', ...person(102) }, oins.dijkdorp)
  assert.deepEqual(signals, ['veel-personen'], 'another party is counted for itself')
  await ask(last + day, { zaak: 'nieuw-4', ...person(103) })
  assert.deepEqual(signals, ['veel-personen', 'veel-personen'], 'and the next day again')
  const leaves = await store.query<{ tekst: string }>(
    "select tekst from audit.leaf where soort = 'signaal' order by idx",
  )
  assert.deepEqual(
    leaves
      .map(({ tekst }) => JSON.parse(tekst))
      .map(({ uitkomst, redenen, ontvanger, uitwisseling }) => ({
        uitkomst,
        redenen,
        ontvanger,
        uitwisseling,
      })),
    Array(2).fill({
      uitkomst: 'gesignaleerd',
      redenen: [{ code: 'veel-personen', bij: { grens: 30 } }],
      ontvanger: oins.waterstad,
      uitwisseling: 'uwv-inkomsten-bijstand',
    }),
  )
  // A month of silence, and everybody is new again.
  await ask(last + 40 * day, { zaak: 'laat', ...person(0) })
  assert.equal(signals.length, 2)
})

test('a signal that could not be recorded is raised by the next call', async t => {
  const store = await testStore(t, 'postgres')
  const law = await variant({
    'uitwisselingen/uwv-inkomsten-bijstand.yaml': [
      ['personenPer30Dagen: 5000', 'personenPer30Dagen: 1'],
    ],
  })
  const { room, ask } = await office(t, store, law)
  await ask(noon, person(1))
  const again = async () => {
    const made = request({ ...person(2), zaak: 'andere' })
    const known = await gatherFacts(room, made, law)
    return known.signal(known.decide())
  }
  const signal = await again()
  assert.ok(signal)
  assert.equal(await again(), undefined)
  signal.failed()
  assert.ok(await again())
})

test('a person that two processes asked about at once, each thinking it was new, counts once', async t => {
  const store = await testStore(t, 'postgres')
  const { audit, room } = await office(t, store)
  const asked = await Promise.all(
    [1, 2].map(async () => {
      const made = { ...request(), transactie: crypto.randomUUID() }
      return { made, known: await gatherFacts(room, made, shipped) }
    }),
  )
  for (const { made, known } of asked) {
    const decision = known.decide()
    const rows = known.rows(decision)
    assert.ok(rows.some(({ tabel }) => tabel === 'policy.person_seen'))
    await recordDecision(audit, made, decision, exchangeTerms(made, shipped), rows)
  }
  const [row] = await store.query<{ n: number }>(
    'select sum(aantal)::bigint as n from policy.person_day',
  )
  assert.equal(row?.n, 1)
})
