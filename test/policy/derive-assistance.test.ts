import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { type Row, shipped } from './law.ts'

const dataset = shipped.gegevenssets.get('gem-bijstand') as Dataset
const vandaag = '2026-09-15'

/** Both answers over June, July and August, of which the municipality knows all. */
function derive(rows: readonly Row[], change: Partial<Material> = {}) {
  const names = ['ontvangtBijstand', 'voorschotTeVerrekenen']
  assert.deepEqual(Object.keys(dataset.afgeleid), names)
  return names.map(name =>
    derivedAnswers[name]?.compute({
      ...{ rows, dataset, law: shipped, profile: 'productie' },
      periode: { van: '2026-06-01', totEnMet: '2026-08-31' },
      ...{ volledigTotEnMet: vandaag, vandaag, leefvorm: undefined, vrijlating: undefined },
      inOnderzoek: false,
      ...change,
    }),
  )
}

function payment(van: string, tot: string | null, extra: Row = {}): Row {
  return {
    ...{ regeling: 'PW', periode: { van, tot }, betaalbaarGesteld: 140_150, voorschot: false },
    ...extra,
  }
}

const july = payment('2026-07-01', '2026-07-31')
const advance = { ...july, voorschot: true }

test('nobody is paid: no, and nothing to settle', () => {
  assert.deepEqual(derive([]), [false, 0])
  assert.deepEqual(derive([payment('2026-05-01', '2026-05-31')]), [false, 0])
  assert.deepEqual(derive([payment('2026-09-01', null)]), [false, 0])
})

test('a payment over one of the days is social assistance; what was no advance is not settled', () => {
  assert.deepEqual(derive([july]), [true, 0])
  assert.deepEqual(derive([payment('2026-05-02', '2026-06-01')]), [true, 0])
  assert.deepEqual(derive([payment('2026-08-31', null)]), [true, 0])
})

test('advances within the asked days are added up, less what was taken back', () => {
  assert.deepEqual(derive([advance, payment('2026-06-01', '2026-06-30', { voorschot: true })]), [
    true,
    280_300,
  ])
  assert.deepEqual(derive([advance, { ...advance, betaalbaarGesteld: -40_150 }]), [true, 100_000])
  const whole = payment('2026-06-01', '2026-08-31', { voorschot: true })
  assert.deepEqual(derive([whole]), [true, 140_150])
})

test('an advance over other days as well is an unknown sum, never a part of it', () => {
  const over = [
    payment('2026-05-31', '2026-06-30', { voorschot: true }),
    payment('2026-08-01', '2026-09-01', { voorschot: true }),
    payment('2026-08-01', null, { voorschot: true }),
  ]
  for (const row of over) assert.deepEqual(derive([advance, row]), [true, null])
})

test('whether it was an advance, or how much it was, is not known: neither is the sum', () => {
  for (const unknown of ['voorschot', 'betaalbaarGesteld']) {
    const row = Object.fromEntries(Object.entries(advance).filter(([name]) => name !== unknown))
    assert.deepEqual(derive([row]), [true, null])
  }
})

test('what the municipality does not wholly know yet is no "no"', () => {
  assert.deepEqual(derive([], { volledigTotEnMet: '2026-08-30' }), [null, null])
  assert.deepEqual(derive([july], { volledigTotEnMet: '2026-08-30' }), [true, null])
  assert.deepEqual(derive([july], { volledigTotEnMet: '2026-07-30' }), [null, null])
  const today = { periode: { van: vandaag, totEnMet: vandaag } }
  assert.deepEqual(derive([payment('2026-09-01', null)], today), [true, 0])
  const ahead = {
    periode: { van: vandaag, totEnMet: '2026-09-16' },
    volledigTotEnMet: '2026-12-31',
  }
  assert.deepEqual(derive([payment('2026-09-01', null)], ahead), [null, null])
})

test('doubt at the source makes no "no" and no sum', () => {
  assert.deepEqual(derive([], { inOnderzoek: true }), [null, null])
  assert.deepEqual(derive([advance], { inOnderzoek: true }), [true, null])
})
