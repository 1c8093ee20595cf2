import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import { exchangeTerms, permit } from '../../gateway/policy/permit.ts'
import { question } from '../../gateway/policy/question.ts'
import { Problem } from '../../gateway/problem.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { noon, nothingOpen, oins, receiptFor, request, shipped, variant } from './law.ts'
import { signals, supplyEdits } from './supply-law.ts'

function parts(change: Partial<RequestBody> = {}) {
  const made = request(change)
  const decision = decide(question(made, shipped), nothingOpen, shipped, noon)
  return { made, decision, receipt: receiptFor(made), terms: exchangeTerms(made, shipped) }
}

test('a request, its allowing decision, its receipt and its terms make a permission', () => {
  const { made, decision, receipt, terms } = parts()
  const permission = permit(made, decision, receipt, terms)
  assert.equal(permission.request, made)
  assert.ok(Object.isFrozen(permission))
})

test('what does not belong together makes none', () => {
  const { made, decision, receipt, terms } = parts()
  const refused = parts({ velden: ['loonSv'] })
  const other = request({}, oins.dijkdorp)
  const reasons = [{ code: 'NOODREM' as const }]
  const wrong: (() => unknown)[] = [
    () => permit(refused.made, refused.decision, refused.receipt, refused.terms),
    () => permit(made, { ...decision, redenen: reasons }, receipt, terms),
    () => permit(made, { ...decision, uitkomst: 'geweigerd' }, receipt, terms),
    () => permit(other, decision, receipt, exchangeTerms(other, shipped)),
    () => permit({ ...made, uitwisseling: 'x' }, decision, receipt, terms),
    () => permit(request({}, oins.dijkdorp), decision, receipt, terms),
    () => permit(made, decision, receipt, { ...terms, uitwisseling: 'x' }),
    () => permit(made, decision, receipt, { ...terms, ontvanger: oins.dijkdorp }),
    () => permit(made, decision, receipt, { ...terms, log: 'vertrouwelijk' }),
    () => permit(made, decision, receipt, { ...terms, beleid: { ...terms.beleid, digest: 'x' } }),
    () => permit({ ...made, transactie: 'andere' }, decision, receipt, terms),
  ]
  for (const one of wrong) assert.throws(one, /do not belong together/)
})

test('the terms name controllers, and the principal is the one that receives', () => {
  const own = exchangeTerms(request(), shipped)
  assert.deepEqual(own.verantwoordelijke, { verstrekking: oins.uwv, ontvangst: oins.waterstad })
  assert.equal('namens' in own, false)
  const through = exchangeTerms(request({ namens: oins.dijkdorp }, oins.delta), shipped)
  assert.equal(through.verantwoordelijke.ontvangst, oins.dijkdorp)
  assert.deepEqual(
    [own.bron, own.gegevensset, own.logTermijn],
    ['uwv', 'uwv-inkomstenverhoudingen', 'P7Y'],
  )
})

test('who stands in between provides nothing: the terms name whose it is, and a correction whom its receiver acts for', async () => {
  const law = await variant(supplyEdits())
  const line = { ontvanger: oins.dijkdorp, namens: oins.waterstad, gegevens: {} }
  const through = exchangeTerms({ ...request(line, oins.ib), uitwisseling: signals }, law)
  assert.deepEqual(
    [through.verstrekker, through.ontvanger, through.namens],
    [oins.waterstad, oins.dijkdorp, undefined],
  )
  assert.deepEqual(through.verantwoordelijke, {
    ontvangst: oins.dijkdorp,
    verstrekking: oins.waterstad,
  })
  const right = { ontvanger: oins.delta, namens: oins.dijkdorp, gegevens: {} }
  const stap = 'correctie' as const
  for (const [oin, uitwisseling] of [
    [oins.uwv, 'uwv-inkomsten-bijstand'],
    [oins.waterstad, signals],
  ] as const) {
    const { verstrekker, ontvanger, namens, verantwoordelijke } = exchangeTerms(
      { ...request(right, oin), uitwisseling, stap },
      law,
    )
    assert.deepEqual([verstrekker, ontvanger, namens], [oin, oins.delta, oins.dijkdorp])
    assert.equal(verantwoordelijke.ontvangst, oins.dijkdorp)
  }
})

test('everything a confidential party has part in goes to the confidential log', () => {
  assert.equal(exchangeTerms(request(), shipped).log, 'gewoon')
  assert.equal(exchangeTerms(request({}, oins.fiod), shipped).log, 'vertrouwelijk')
  assert.equal(exchangeTerms(request({ namens: oins.fiod }), shipped).log, 'vertrouwelijk')
})

test('an exchange that does not exist has no terms', () => {
  const unknown = { ...request(), uitwisseling: 'bestaat-niet' }
  assert.throws(
    () => exchangeTerms(unknown, shipped),
    (error: unknown) => error instanceof Problem && error.slug === 'niet-gevonden',
  )
})

test('the question holds no person, case, employee or free text', () => {
  const text = JSON.stringify(
    question(
      request({
        motivering: { noodzaak: 'aanvraag', lichterMiddel: 'geen', toelichting: 'geheim' },
        buitenlands: { land: 'LU', soort: 'matricule', waarde: '1893120105732' },
      }),
      shipped,
    ),
  )
  for (const secret of ['999990019', '2026-000123', 'u-4711', 'geheim', '1893120105732']) {
    assert.ok(!text.includes(secret), secret)
  }
})

test('a number of a person in the place of a word is masked, wherever a caller hides it', () => {
  const planted = '111222333'
  const made = question(
    request({
      velden: [planted, `loonSv/${planted}`, '1.1.1.2.2.2.3.3.3', 'loonSv2026'],
      parameters: { [`a${planted}`]: planted, leefvorm: planted },
      medewerker: { id: 'u', functie: planted },
      selectiegrond: planted,
      aanleiding: { soort: planted, betrouwbaarheid: planted },
      fase: planted,
      motivering: { noodzaak: planted, lichterMiddel: planted },
    }),
    shipped,
  )
  assert.ok(!JSON.stringify(made).includes(planted))
  assert.deepEqual(made.velden, [
    '#########',
    'loonSv/#########',
    '#.#.#.#.#.#.#.#.#',
    'loonSv2026',
  ])
  const { redenen } = decide(made, nothingOpen, shipped, noon)
  assert.ok(redenen.some(one => one.code === 'VELD_NIET_TOEGESTAAN' && one.veld === '#########'))
})

test('digits of other scripts and the fullwidth ones are masked too', () => {
  const made = question(request({ velden: ['１１１２２２３３３', '٩٩٩٩٩٠٠١٩'] }), shipped)
  assert.deepEqual(made.velden, ['#########', '#########'])
})
