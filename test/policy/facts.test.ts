import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import { caseKey, factKeys } from '../../gateway/policy/fact-keys.ts'
import { type FactsRoom, gatherFacts, openFacts } from '../../gateway/policy/facts.ts'
import { keepPolicySet } from '../../gateway/policy/kept.ts'
import { question } from '../../gateway/policy/question.ts'
import type { Store } from '../../gateway/store.ts'
import type { LogName, RequestBody } from '../../gateway/terms.ts'
import { kinds, testStore } from '../support/database.ts'
import { bsn, noon, nothingOpen, oins, request, shipped, variant } from './law.ts'
import { monthly, signals, supplyEdits, supplyPaths } from './supply-law.ts'

const pseudonym = (log: LogName, text: string) => `${log}:${text}`
const amounts: Partial<RequestBody> = { velden: ['loonSv'] }
const hour = 3_600_000

interface Fact {
  sleutel?: string
  uitwisseling?: string
  trede?: string
  open?: boolean
  tijd?: number
  vervalt?: number
}

const key = caseKey(pseudonym, request(amounts), shipped) ?? ''

async function commit(store: Store, fact: Fact = {}): Promise<void> {
  const row = {
    sleutel: key,
    uitwisseling: 'uwv-inkomsten-bijstand',
    trede: 'bedragen',
    open: true,
    tijd: noon - hour,
    vervalt: noon + hour,
    ...fact,
  }
  await store.query(
    `insert into policy.case_fact (sleutel, uitwisseling, trede, open, tijd, vervalt)
     values ($1, $2, $3, $4, $5, $6)`,
    [row.sleutel, row.uitwisseling, row.trede, row.open, row.tijd, row.vervalt],
  )
}

async function open(room: FactsRoom, change = amounts, ontvanger: string = oins.waterstad) {
  return (await gatherFacts(room, request(change, ontvanger), shipped)).decide().feiten.treden
}

for (const kind of kinds) {
  test(`${kind}: a rung stands open for its own case, person, principal and exchange`, async t => {
    const store = await testStore(t, kind)
    const room = openFacts(store, pseudonym)
    assert.deepEqual(await open(room), [])
    await commit(store, { uitwisseling: 'lu-inkomsten-bijstand' })
    assert.deepEqual(await open(room), [])
    await commit(store)
    assert.deepEqual(await open(room), ['bedragen'])
    assert.deepEqual(await open(room, { ...amounts, zaak: '2026-000124' }), [])
    const other = { soort: 'bsn', waarde: '999993653' } as const
    assert.deepEqual(await open(room, { ...amounts, betrokkene: other }), [])
    assert.deepEqual(await open(room, amounts, oins.dijkdorp), [])
    assert.deepEqual(await open(room, { ...amounts, namens: oins.dijkdorp }), [])
    const elsewhere = { ...request(amounts), uitwisseling: 'lu-inkomsten-bijstand' }
    assert.deepEqual((await gatherFacts(room, elsewhere, shipped)).decide().feiten.treden, [])
  })

  test(`${kind}: the latest fact decides, and a rung closes after its term`, async t => {
    const store = await testStore(t, kind)
    const room = openFacts(store, pseudonym)
    await commit(store, { vervalt: noon })
    assert.deepEqual(await open(room), [])
    await commit(store, { tijd: noon - 3, vervalt: noon + 1 })
    assert.deepEqual(await open(room), ['bedragen'])
    await commit(store, { tijd: noon - 2, open: false })
    assert.deepEqual(await open(room), [])
    await commit(store, { tijd: noon - 1 })
    assert.deepEqual(await open(room), ['bedragen'])
    await commit(store, { tijd: noon - 1, open: false })
    assert.deepEqual(await open(room), [], 'of two at the same moment the closing one counts')
  })

  test(`${kind}: a policy set is kept once, by its digest, as its files were`, async t => {
    const store = await testStore(t, kind)
    await keepPolicySet(store, shipped, noon)
    await keepPolicySet(store, shipped, noon + 1)
    const kept = await store.query<{ digest: string; tijd: number; bestanden: { text: string }[] }>(
      'select digest, tijd, bestanden from policy.policy_set',
    )
    assert.deepEqual(
      kept.map(one => [one.digest, one.tijd]),
      [[shipped.digest, noon]],
    )
    assert.deepEqual(
      kept[0]?.bestanden.map(one => one.text),
      shipped.files.map(one => one.text),
    )
  })

  test(`${kind}: many calls at once share few queries, and each gets its own facts`, async t => {
    const store = await testStore(t, kind)
    let queries = 0
    const counting: Store = {
      ...store,
      embedded: store.embedded,
      often: (text, values) => {
        queries++
        return store.often(text, values)
      },
    }
    const room = openFacts(counting, pseudonym)
    const cases = Array.from({ length: 100 }, (_, index) => `zaak-${index}`)
    for (const zaak of cases.filter((_, index) => index % 2 === 0)) {
      await commit(store, {
        sleutel: caseKey(pseudonym, request({ ...amounts, zaak }), shipped) ?? '',
      })
    }
    const found = await Promise.all(cases.map(zaak => open(room, { ...amounts, zaak })))
    assert.deepEqual(
      found.map(one => one.length),
      cases.map((_, index) => 1 - (index % 2)),
    )
    assert.ok(queries > 0 && queries <= 5, `${queries} queries`)
  })
}

/** A store that fails as one that is gone. */
function failing(): { store: Store; queries: () => number } {
  let count = 0
  const gone = async () => {
    count++
    throw new Error('gone')
  }
  const store = {
    embedded: false,
    query: gone,
    often: gone,
    transaction: async () => assert.fail(),
    [Symbol.asyncDispose]: async () => {},
  } satisfies Store
  return { store, queries: () => count }
}

test('a database that is gone fails every waiting call, and none after it hangs', async () => {
  const { store } = failing()
  const room = openFacts(store, pseudonym)
  const calls = await Promise.allSettled([open(room), open(room), open(room)])
  assert.deepEqual(
    calls.map(one => one.status),
    ['rejected', 'rejected', 'rejected'],
  )
  await assert.rejects(open(room), /gone/)
})

test('a question about nothing that is limited, and in no case, asks the database nothing', async () => {
  const { store, queries } = failing()
  const room = openFacts(store, pseudonym)
  const law = await variant({
    'uitwisselingen/proactieve-dienstverlening.yaml': [
      [limits, ''],
      ['optOut: geldt', 'handtekening: verplicht'],
    ],
    'uitwisselingen/proactieve-dienstverlening.cases.yaml': [
      ['  grenzen.personenPer30Dagen: 20000\n', ''],
      ['  voorwaarden.optOut: geldt\n', ''],
    ],
  })
  const made = {
    ...request({ velden: ['mogelijkRechtOp'] }),
    uitwisseling: 'proactieve-dienstverlening',
  }
  const known = await gatherFacts(room, made, law)
  assert.deepEqual(known.decide().feiten, { treden: [], noodrem: [] })
  assert.equal(queries(), 0)
  await assert.rejects(open(room), /gone/)
})

test('a file before its lines and a corrected value ask the database nothing, and count for nothing', async () => {
  const { store, queries } = failing()
  const room = openFacts(store, pseudonym)
  const corrected = { ...amounts, ontvanger: oins.waterstad, gegevens: { loonSv: 1 } }
  for (const made of [
    { ...request(corrected, oins.uwv), stap: 'correctie' as const },
    { ...request(amounts), stap: 'bestand' as const },
  ]) {
    const known = await gatherFacts(room, made, shipped)
    assert.deepEqual(known.decide().feiten, { treden: [], noodrem: [] })
    assert.equal(known.sleutel, undefined, 'it opens no rung')
    const decision = decide(
      question(made, shipped),
      { ...nothingOpen, eerder: true },
      shipped,
      noon,
    )
    assert.equal(decision.uitkomst, made.stap === 'correctie' ? 'toegestaan' : 'geweigerd')
    assert.deepEqual(known.rows({ ...decision, uitkomst: 'toegestaan' }), [])
    assert.equal(known.signal(decision), undefined)
  }
  assert.equal(queries(), 0)
})

test('a line counts for its provider, whoever hands it in, and a law without limits asks nothing', async () => {
  const law = await variant(
    supplyEdits({
      [supplyPaths.signals]: [['verboden:', 'grenzen: { perPartijPerUur: 2 }\nverboden:']],
    }),
  )
  const line = (oin: string, more: Partial<RequestBody>, uitwisseling: string = signals) => ({
    ...request({ gegevens: { datumIngang: '2026-08-01' }, ...more }, oin),
    ...{ uitwisseling, levering: { levering: 'a', regel: 1 } },
  })
  const counter = (made: ReturnType<typeof line>) => {
    const arrangement = law.uitwisselingen.get(signals)
    assert.ok(arrangement)
    return factKeys(pseudonym, made, { arrangement, law, now: noon }).tellers[0]?.sleutel
  }
  const own = counter(line(oins.waterstad, { ontvanger: oins.dijkdorp }))
  const through = line(oins.ib, { namens: oins.waterstad, ontvanger: oins.dijkdorp })
  assert.ok(own)
  assert.equal(counter(through), own)
  assert.notEqual(counter(line(oins.ib, { namens: oins.dijkdorp })), own)
  const { store, queries } = failing()
  const free = line(oins.ib, { namens: oins.waterstad, ontvanger: oins.uwv }, monthly)
  await gatherFacts(openFacts(store, pseudonym), free, law)
  assert.equal(queries(), 0)
})

const limits = 'grenzen: { perPartijPerUur: 1000, personenPer30Dagen: 20000 }\n'

test('no two different cases share a key, however their parts are cut', () => {
  const bodies: Partial<RequestBody>[] = [
    { zaak: 'a' },
    { zaak: `a","bsn","${bsn}` },
    { zaak: `a${bsn}` },
    { zaak: 'a', namens: oins.dijkdorp },
    { zaak: 'a', betrokkene: { soort: 'bsn', waarde: '999993653' } },
  ]
  const keys = bodies.map(body => caseKey(pseudonym, request(body), shipped))
  assert.equal(new Set(keys).size, bodies.length)
  const confidential = caseKey(pseudonym, request({ zaak: 'a' }, oins.fiod), shipped)
  assert.ok(confidential?.startsWith('vertrouwelijk:'))
  assert.equal(caseKey(pseudonym, { ...request(), body: { velden: ['x'] } }, shipped), undefined)
})

test('acting for a principal and being that principal is one case', () => {
  const own = caseKey(pseudonym, request({}, oins.dijkdorp), shipped)
  const through = caseKey(pseudonym, request({ namens: oins.dijkdorp }, oins.delta), shipped)
  assert.equal(own, through)
})
