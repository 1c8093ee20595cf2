import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide } from '../../gateway/policy/decide.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import type { Facts, Question } from '../../gateway/terms.ts'
import { amountsOpen, asked, noon, nothingOpen, oins, shipped } from './law.ts'

const word = fc.oneof(
  fc.constantFrom(
    'loonSv',
    'heeftInkomstenverhouding',
    'tijdvak',
    '__proto__',
    '*',
    '',
    'LU',
    'leefvorm',
  ),
  fc.string(),
)
const someDate = fc.oneof(
  fc.constantFrom('2026-05-01', '2026-07-31', '2024-02-29', '2026-02-30'),
  fc.string(),
)
const someOin = fc.oneof(fc.constantFrom(...Object.values(oins)), fc.string())

/** Any shape a request could take, good, odd and hostile. */
const anyQuestion = fc.record(
  {
    uitwisseling: fc.oneof(fc.constantFrom(...shipped.uitwisselingen.keys()), fc.string()),
    ontvanger: someOin,
    velden: fc.array(word),
    zaak: fc.boolean(),
    systeemproces: fc.boolean(),
    namens: someOin,
    sleutel: fc.constantFrom('bsn', 'kvk', ''),
    buitenlands: word,
    periode: fc.record({ van: someDate, totEnMet: someDate }),
    peildatum: someDate,
    parameters: fc.dictionary(word, word),
    functie: fc.oneof(fc.constantFrom('inkomensconsulent', 'onderzoeker'), fc.string()),
    motivering: fc.record({ noodzaak: fc.string(), lichterMiddel: fc.string() }),
    selectiegrond: fc.string(),
    aanleiding: fc.record({ soort: fc.string(), betrouwbaarheid: fc.string() }),
    fase: fc.string(),
    handtekening: fc.constant(true as const),
  },
  { requiredKeys: ['uitwisseling', 'ontvanger', 'velden', 'zaak', 'systeemproces'] },
)
const anyFacts: fc.Arbitrary<Facts> = fc.record({
  treden: fc.array(fc.constantFrom('licht', 'bedragen', '')),
  noodrem: fc.array(fc.constant('alles'), { maxLength: 1 }),
})
const anyMoment = fc.integer({ min: Date.parse('2000-01-01'), max: Date.parse('2040-01-01') })

test('any question gets the same decision twice, and neither question, facts nor law change', () => {
  fc.assert(
    fc.property(anyQuestion, anyFacts, anyMoment, (vraag, facts, now) => {
      const before = JSON.stringify([vraag, facts])
      const one = decide(vraag as Question, facts, shipped, now)
      const two = decide(vraag as Question, facts, shipped, now)
      assert.deepEqual(one, two)
      assert.equal(JSON.stringify([vraag, facts]), before)
      assert.equal(one.uitkomst === 'toegestaan', one.redenen.length === 0)
      assert.equal(one.beleid.digest, shipped.digest)
    }),
    { numRuns: 2_000 },
  )
})

test('whatever is allowed asks only fields of the arrangement, by or for a college, in a case', () => {
  let allowed = 0
  const members = [
    'velden',
    'ontvanger',
    'zaak',
    'functie',
    'periode',
    'parameters',
    'namens',
    'fase',
  ]
  const few = fc.subarray(members, { maxLength: 2 })
  const knownFields = fc.array(fc.constantFrom('loonSv', 'tijdvak', 'heeftInkomstenverhouding'))
  fc.assert(
    fc.property(anyQuestion, anyFacts, few, knownFields, (some, facts, changed, velden) => {
      const change = Object.fromEntries(
        Object.entries(some).filter(([name]) => changed.includes(name)),
      )
      const question = asked({ velden, ...change })
      const decision = decide(question, facts, shipped, noon)
      if (decision.uitkomst === 'geweigerd') return
      allowed++
      const arrangement = shipped.uitwisselingen.get(question.uitwisseling)
      assert.ok(question.velden.every(veld => arrangement?.rungOf.has(veld)))
      assert.equal(new Set(question.velden).size, question.velden.length)
      const asking = shipped.partijen.get(question.ontvanger)
      const ties = asking?.vertegenwoordigt.map(({ soort, oin }) => `${soort} ${oin}`) ?? []
      const { namens } = question
      const speaks =
        namens === undefined ? asking?.soort === 'college' : ties.includes(`mandaat ${namens}`)
      assert.ok(speaks || ties.some(tie => namens === undefined && tie.startsWith('delegatie')))
      assert.ok(question.zaak && facts.noodrem.length === 0)
      const climbs = question.velden.some(veld => arrangement?.rungOf.get(veld)?.na !== undefined)
      assert.ok(!climbs || facts.treden.includes('bedragen'))
    }),
    { numRuns: 3_000 },
  )
  assert.ok(allowed > 50, `${allowed} allowed`)
})

test('what is no question at all is refused, not thrown', () => {
  const trap = (name: string) =>
    new Proxy(asked(), {
      get(target, member) {
        if (member === name) throw new Error('trap')
        return Reflect.get(target, member)
      },
    })
  const broken: unknown[] = [null, undefined, 'x', {}, { uitwisseling: 'uwv-inkomsten-bijstand' }]
  for (const name of Object.keys(asked())) broken.push(trap(name))
  for (const one of broken) {
    const decision = decide(one as Question, nothingOpen, shipped, noon)
    assert.equal(decision.uitkomst, 'geweigerd')
    assert.ok(decision.redenen.length > 0)
  }
  const facts = null as unknown as Facts
  assert.equal(decide(asked(), facts, shipped, noon).uitkomst, 'geweigerd')
  const law = { digest: 'sha256:x' } as unknown as PolicySet
  assert.equal(decide(asked(), nothingOpen, law, noon).uitkomst, 'geweigerd')
  assert.equal(decide(asked(), nothingOpen, shipped, Number.NaN).uitkomst, 'geweigerd')
})

test('a decision carries its whole input, so that it can be replayed', () => {
  const decision = decide(asked({ velden: ['loonSv'] }), amountsOpen, shipped, noon)
  const { vraag, feiten, tijd } = JSON.parse(JSON.stringify(decision))
  assert.deepEqual(decide(vraag, feiten, shipped, tijd), decision)
})

test('decide is quick enough to print', t => {
  const questions = [
    asked(),
    asked({ velden: ['loonSv', 'tijdvak'] }),
    asked({ ontvanger: oins.uwv, functie: 'niemand', zaak: false }),
  ]
  for (let run = 0; run < 20_000; run++)
    decide(questions[run % 3] as Question, amountsOpen, shipped, noon)
  const times: number[] = []
  for (let run = 0; run < 5_000; run++) {
    const start = process.hrtime.bigint()
    for (let inner = 0; inner < 10; inner++)
      decide(questions[0] as Question, amountsOpen, shipped, noon)
    times.push(Number(process.hrtime.bigint() - start) / 10_000)
  }
  times.sort((a, b) => a - b)
  t.diagnostic(`decide: mediaan ${times[2_500]?.toFixed(2)} µs, p99 ${times[4_950]?.toFixed(2)} µs`)
})
