import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import { monthlyFields } from '../../gateway/policy/derive-monthly.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import { type Material, months } from '../../gateway/policy/material.ts'
import { type Row, relation, shipped } from './law.ts'

const dataset = shipped.gegevenssets.get('uwv-inkomstenverhoudingen') as Dataset
const spring = ['2026-03', '2026-04', '2026-05']

function material(rows: readonly Row[], change: Partial<Material> = {}): Material {
  return {
    rows,
    dataset,
    law: shipped,
    profile: 'test',
    periode: { van: '2026-03-01', totEnMet: '2026-05-31' },
    volledigTotEnMet: '2026-06-30',
    vandaag: '2026-09-15',
    leefvorm: undefined,
    vrijlating: 'anw-vrijlating-arbeid',
    inOnderzoek: false,
    ...change,
  }
}

function derive(name: string, rows: readonly Row[], change: Partial<Material> = {}) {
  return derivedAnswers[name]?.compute(material(rows, change))
}

/** One field in every month asked about. */
function monthly(name: string, rows: readonly Row[], change: Partial<Material> = {}) {
  const all = material(rows, change)
  return months(all).map(month => monthlyFields[name]?.compute(all, month))
}

const job = (loon: number, extra: Row = {}) => relation(1, '15', spring, loon, extra)
const benefit = (soort: string, loon: number) => relation(2, soort, spring, loon)

test('the Anw exemption is half the minimum wage: a cent more is above it', () => {
  assert.equal(derive('inkomenBovenVrijlating', job(114_720)), false)
  assert.equal(derive('inkomenBovenVrijlating', job(114_721)), true)
  assert.equal(derive('inkomenBovenVrijlating', [...job(60_000), ...benefit('11', 60_000)]), true)
})

test('of a benefit instead of wages nothing is exempt, whatever its law', () => {
  for (const soort of ['33', '31', '37', '40', '46', '18']) {
    assert.equal(derive('inkomenBovenVrijlating', benefit(soort, 1)), true, soort)
  }
  for (const soort of ['22', '24', '43', '56']) {
    assert.equal(derive('inkomenBovenVrijlating', benefit(soort, 90_000)), false, soort)
  }
})

test('an exemption that is not known makes null, except where there is no wage to exempt', () => {
  const autumn = { periode: { van: '2025-09-01', totEnMet: '2025-11-30' } }
  const rows = relation(1, '15', ['2025-09', '2025-10', '2025-11'], 1_000)
  assert.equal(derive('inkomenBovenVrijlating', rows, autumn), null)
  assert.equal(derive('inkomenBovenVrijlating', [], autumn), false)
  const later = { volledigTotEnMet: '2026-08-31', profile: 'productie' as const }
  const july = { ...later, periode: { van: '2026-07-01', totEnMet: '2026-07-31' } }
  assert.equal(derive('inkomenBovenVrijlating', relation(1, '15', ['2026-07'], 1), july), null)
  assert.equal(derive('inkomenBovenVrijlating', job(1), { vrijlating: undefined }), null)
  assert.equal(derive('inkomenBovenVrijlating', job(1), { vrijlating: 'bestaat-niet' }), null)
})

test('the AIO exemption is its own norm, and in productie it is not known yet', () => {
  const aio = { vrijlating: 'aio-vrijlating-arbeid' }
  assert.equal(derive('inkomenBovenVrijlating', job(22_001), aio), true)
  assert.equal(derive('inkomenBovenVrijlating', job(22_000), aio), false)
  assert.equal(
    derive('inkomenBovenVrijlating', job(900_000), { ...aio, profile: 'productie' }),
    null,
  )
})

test('a change is more than the threshold between a month and the one before', () => {
  const raised = (by: number) => [
    ...relation(1, '15', spring.slice(0, 2), 100_000),
    ...relation(1, '15', spring.slice(2), 100_000 + by),
  ]
  assert.equal(derive('inkomenGewijzigd', raised(5_000)), false)
  assert.equal(derive('inkomenGewijzigd', raised(5_001)), true)
  assert.equal(derive('inkomenGewijzigd', raised(-5_001)), true)
  assert.equal(derive('inkomenGewijzigd', [...job(100_000), ...benefit('33', 9)]), false)
  assert.equal(derive('inkomenGewijzigd', []), false)
})

test('wages that make place for a benefit of the same height are no change', () => {
  const first = relation(1, '15', spring.slice(0, 1), 100_000, { datumEinde: '2026-03-31' })
  const then = relation(2, '33', spring.slice(1), 100_000, { datumAanvang: '2026-04-01' })
  assert.equal(derive('inkomenGewijzigd', [...first, ...then]), false)
})

test('a single month cannot change, and the threshold is a proposal that counts in tests alone', () => {
  const march = { periode: { van: '2026-03-01', totEnMet: '2026-03-31' } }
  assert.equal(derive('inkomenGewijzigd', job(100_000), march), null)
  assert.equal(derive('inkomenGewijzigd', job(100_000), { profile: 'productie' }), null)
})

test('doubt, a month that is not complete and an unknown code make null, and leave true standing', () => {
  const above = job(200_000)
  const changing = [
    ...relation(1, '15', spring.slice(0, 1), 1),
    ...relation(1, '15', spring.slice(1), 90_000),
  ]
  for (const change of [{ inOnderzoek: true }, { volledigTotEnMet: '2026-04-30' }]) {
    assert.equal(derive('inkomenBovenVrijlating', [], change), null)
    assert.equal(derive('inkomenGewijzigd', [], change), null)
    assert.equal(derive('inkomenBovenVrijlating', above, change), true)
    assert.equal(derive('inkomenGewijzigd', changing, change), true)
  }
  for (const soort of ['88', '61', '54']) {
    assert.equal(derive('inkomenBovenVrijlating', benefit(soort, 1)), null, soort)
    assert.equal(derive('inkomenGewijzigd', benefit(soort, 1)), null, soort)
    assert.deepEqual(monthly('inkomenInVerbandMetArbeid', benefit(soort, 1)), [null, null, null])
  }
})

test('each month has its own sums: labour apart from benefits, and nothing of the source itself', () => {
  const rows = [
    ...relation(1, '15', spring, 40_000),
    ...relation(3, '11', ['2026-04'], 10_000, { datumEinde: '2026-04-30' }),
    ...relation(4, '31', ['2026-05'], 25_000, { datumAanvang: '2026-05-01' }),
    ...relation(5, '56', spring, 70_000),
  ]
  assert.deepEqual(monthly('maand', rows), spring)
  assert.deepEqual(monthly('inkomenUitArbeid', rows), [null, 50_000, 40_000])
  assert.deepEqual(monthly('inkomenInVerbandMetArbeid', rows), [0, 0, 25_000])
  assert.deepEqual(monthly('datumEinde', rows), [undefined, '2026-04-30', undefined])
})

test('a month asked in part, or not complete, has no sums', () => {
  const change = {
    periode: { van: '2026-03-15', totEnMet: '2026-05-31' },
    volledigTotEnMet: '2026-04-30',
  }
  assert.deepEqual(monthly('inkomenUitArbeid', job(7), change), [null, 7, null])
  assert.deepEqual(monthly('maand', job(7), change), spring)
  const doubt = { inOnderzoek: true }
  assert.deepEqual(monthly('inkomenUitArbeid', job(7), doubt), [null, null, null])
  assert.deepEqual(monthly('datumEinde', job(7), doubt), [null, null, null])
})

test('the end told is of an income that counts: of two the last, of an unknown kind unknown', () => {
  const ends = (soort: string, day: string, relatie: number) =>
    relation(relatie, soort, ['2026-03'], 5, { datumEinde: day })
  assert.deepEqual(
    monthly('datumEinde', [...ends('15', '2026-03-10', 1), ...ends('33', '2026-03-20', 2)])[0],
    '2026-03-20',
  )
  assert.deepEqual(monthly('datumEinde', ends('56', '2026-03-10', 1))[0], undefined)
  assert.deepEqual(monthly('datumEinde', ends('88', '2026-03-10', 1))[0], null)
})
