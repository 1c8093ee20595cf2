import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import { classOf, type Material } from '../../gateway/policy/material.ts'
import { type Row, relation, shipped } from './law.ts'

const dataset = shipped.gegevenssets.get('uwv-inkomstenverhoudingen') as Dataset
const quarter = ['2026-05', '2026-06', '2026-07']

function derive(name: string, rows: readonly Row[], change: Partial<Material> = {}) {
  const rule = derivedAnswers[name]
  assert.ok(rule)
  return rule.compute({
    rows,
    dataset,
    law: shipped,
    profile: 'test',
    periode: { van: '2026-05-01', totEnMet: '2026-07-31' },
    volledigTotEnMet: '2026-08-31',
    vandaag: '2026-10-15',
    leefvorm: 'alleenstaande',
    vrijlating: undefined,
    inOnderzoek: false,
    ...change,
  })
}

const all = (rows: readonly Row[], change: Partial<Material> = {}) =>
  [
    'heeftInkomstenverhouding',
    'heeftUitkeringsverhouding',
    'inkomenBovenBijstandsnorm',
    'maandinkomenKlasse',
    'datumEersteInkomstenInPeriode',
  ].map(name => derive(name, rows, change))

/** The demo persons of the issue, as the months of one quarter. */
const oneJob = relation(1, '15', quarter, 40_000)
const twoJobs = [...relation(1, '15', quarter, 170_000), ...relation(2, '11', quarter, 130_000)]
const benefit = relation(1, '33', quarter, 190_000)

test('one small job: a relation, no benefit, not above the norm', () => {
  assert.deepEqual(all(oneJob), [true, false, false, 'onder50', '2026-05-01'])
})

test('two jobs are counted together: above the norm', () => {
  assert.deepEqual(all(twoJobs), [true, false, true, 'vanaf100', '2026-05-01'])
  assert.equal(derive('inkomenBovenBijstandsnorm', twoJobs.slice(0, 3)), null)
})

test('a WW benefit is no labour, however high', () => {
  assert.deepEqual(all(benefit), [false, true, false, 'geen', null])
})

test('a known person with nothing gets false, not null', () => {
  assert.deepEqual(all([]), [false, false, false, 'geen', null])
})

test('labour is 11, 13, 15 and 17; other known codes are not, old and unknown ones are unknown', () => {
  for (const code of ['11', '13', '15', '17']) {
    assert.equal(derive('heeftInkomstenverhouding', relation(1, code, quarter, 1)), true, code)
  }
  for (const code of ['18', '22', '33', '43', '54', '56', '61', '62']) {
    assert.equal(derive('heeftInkomstenverhouding', relation(1, code, quarter, 1)), false, code)
  }
  for (const code of ['00', '16', '85', '88', '99', '12', '14', '21', '44', '51', '53']) {
    const rows = relation(1, code, quarter, 1)
    assert.deepEqual(all(rows), [null, null, null, null, null], code)
  }
})

test('an absent code is unknown too, and an unknown one beside a job leaves true standing', () => {
  const nameless = quarter.map((_, index) => {
    const { soortInkomstenverhouding: _code, ...row } = oneJob[index] as Row
    return row
  })
  assert.equal(derive('heeftInkomstenverhouding', nameless), null)
  const mixed = [...oneJob, ...relation(2, '85', quarter, 1)]
  assert.equal(derive('heeftInkomstenverhouding', mixed), true)
  assert.equal(derive('inkomenBovenBijstandsnorm', mixed), null)
})

test('levensloop and APPA are known to be no labour, and unknown as a benefit', () => {
  const rows = relation(1, '55', quarter, 1)
  assert.equal(derive('heeftInkomstenverhouding', rows), false)
  assert.equal(derive('heeftUitkeringsverhouding', rows), null)
})

test('an old code counts on its own days only', () => {
  for (const [code, old] of [
    ['12', 'arbeid'],
    ['14', 'arbeid'],
    ['44', 'bijstand'],
  ]) {
    const row = (van: string) => ({ soortInkomstenverhouding: code, tijdvak: { van, tot: van } })
    assert.equal(classOf(row('2021-12-31'), dataset, shipped, '2026-01-01'), old, code)
    assert.equal(classOf(row('2022-01-01'), dataset, shipped, '2026-01-01'), undefined, code)
  }
})

test('an incomplete month makes null of every false, and leaves true standing', () => {
  const change = { volledigTotEnMet: '2026-06-30' }
  assert.deepEqual(all([], change), [null, null, null, null, null])
  assert.deepEqual(
    all(twoJobs, change),
    [true, false, true, 'vanaf100', '2026-05-01'].map(v => (v === false ? null : v)),
  )
  const late = relation(1, '15', ['2026-07'], 300_000, { datumAanvang: '2026-07-01' })
  assert.equal(derive('heeftInkomstenverhouding', late, change), null)
  assert.equal(derive('inkomenBovenBijstandsnorm', late, change), null)
})

test('a source that says it is complete for days to come is not believed', () => {
  const change = { volledigTotEnMet: '2026-12-31', vandaag: '2026-07-15' }
  assert.equal(derive('heeftInkomstenverhouding', [], change), null)
  assert.equal(derive('inkomenBovenBijstandsnorm', [], change), null)
  assert.equal(derive('heeftInkomstenverhouding', [], { ...change, vandaag: '2026-08-01' }), false)
  assert.equal(derive('heeftInkomstenverhouding', [], { ...change, vandaag: '2026-07-31' }), null)
})

test('an input under investigation makes null, unless it is true', () => {
  const change = { inOnderzoek: true }
  assert.deepEqual(all([], change), [null, null, null, null, null])
  assert.deepEqual(all(twoJobs, change), [true, null, true, 'vanaf100', null])
})

test('a relation counts on its own days only', () => {
  const ended = relation(1, '15', ['2026-04'], 1, { datumEinde: '2026-04-30' })
  assert.equal(derive('heeftInkomstenverhouding', ended), false)
  const lastDay = relation(1, '15', ['2026-04'], 1, { datumEinde: '2026-05-01' })
  assert.equal(derive('heeftInkomstenverhouding', lastDay), true)
  const future = relation(1, '15', ['2026-08'], 1, { datumAanvang: '2026-08-01' })
  assert.equal(derive('heeftInkomstenverhouding', future), false)
  const { datumAanvang: _, ...unknownStart } = relation(1, '15', ['2026-04'], 1)[0] as Row
  assert.equal(derive('heeftInkomstenverhouding', [unknownStart]), null)
})

test('a relation without a statement exists, and its wage of an open month is unknown', () => {
  const { tijdvak: _t, loonSv: _l, ...bare } = oneJob[0] as Row
  assert.equal(derive('heeftInkomstenverhouding', [bare]), true)
  assert.equal(derive('inkomenBovenBijstandsnorm', [bare]), null)
  assert.equal(derive('inkomenBovenBijstandsnorm', oneJob.slice(0, 2)), null)
  assert.equal(derive('inkomenBovenBijstandsnorm', [{ ...bare, datumEinde: '2026-04-30' }]), false)
})

test('above is over the gross companion, not above is at most the net norm, between is unknown', () => {
  const month = { periode: { van: '2026-05-01', totEnMet: '2026-05-31' } }
  const verdict = (loon: number) =>
    derive('inkomenBovenBijstandsnorm', relation(1, '15', ['2026-05'], loon), month)
  assert.equal(verdict(140_150), false)
  assert.equal(verdict(140_151), null)
  assert.equal(verdict(177_611), null)
  assert.equal(verdict(177_612), true)
  assert.equal(verdict(-5_000), false)
})

test('the class follows the share of the net norm', () => {
  const month = { periode: { van: '2026-05-01', totEnMet: '2026-05-31' } }
  const shown = (loon: number) =>
    derive('maandinkomenKlasse', relation(1, '15', ['2026-05'], loon), month)
  assert.equal(shown(0), 'geen')
  assert.equal(shown(1), 'onder25')
  assert.equal(shown(35_037), 'onder25')
  assert.equal(shown(35_038), 'onder50')
  assert.equal(shown(70_075), 'onder100')
  assert.equal(shown(140_149), 'onder100')
  assert.equal(shown(150_000), null)
  assert.equal(shown(177_612), 'vanaf100')
  const rising = [
    ...relation(1, '15', ['2026-05'], 1_000),
    ...relation(1, '15', ['2026-06', '2026-07'], 80_000),
  ]
  assert.equal(derive('maandinkomenKlasse', rising), 'onder100')
})

test('the leefvorm chooses the norm', () => {
  const rows = relation(1, '15', quarter.slice(0, 2), 190_000)
  const change = { periode: { van: '2026-05-01', totEnMet: '2026-06-30' } }
  assert.equal(derive('inkomenBovenBijstandsnorm', rows, change), true)
  const couple = { ...change, leefvorm: 'gehuwden' }
  assert.equal(derive('inkomenBovenBijstandsnorm', rows, couple), false)
  assert.equal(derive('inkomenBovenBijstandsnorm', rows, { ...change, leefvorm: undefined }), null)
})

test('a test value works in profile test and gives null in productie', () => {
  const july = { periode: { van: '2026-07-01', totEnMet: '2026-07-31' } }
  const may = { periode: { van: '2026-05-01', totEnMet: '2026-05-31' } }
  const rows = relation(1, '15', quarter, 300_000)
  for (const name of ['inkomenBovenBijstandsnorm', 'maandinkomenKlasse']) {
    assert.notEqual(derive(name, rows, july), null)
    assert.equal(derive(name, rows, { ...july, profile: 'productie' }), null)
    assert.equal(derive(name, [], { ...july, profile: 'productie' }), null)
    assert.notEqual(derive(name, rows, { ...may, profile: 'productie' }), null)
  }
})

test('a month for which no norm stands is unknown, never the last known one', () => {
  const old = { periode: { van: '2023-12-01', totEnMet: '2023-12-31' } }
  const rows = relation(1, '15', ['2023-12'], 900_000, { datumAanvang: '2020-01-01' })
  assert.equal(derive('inkomenBovenBijstandsnorm', rows, old), null)
})

test('a statement that is not within one calendar month makes its months unknown', () => {
  const fourWeeks = { ...oneJob[0], tijdvak: { van: '2026-05-18', tot: '2026-06-14' }, loonSv: 1 }
  const rows = [
    { ...oneJob[0], tijdvak: { van: '2026-05-01', tot: '2026-05-17' } },
    fourWeeks,
    oneJob[2] as Row,
  ]
  const month = (van: string, totEnMet: string) =>
    derive('inkomenBovenBijstandsnorm', rows, { periode: { van, totEnMet } })
  assert.equal(month('2026-05-01', '2026-05-31'), null)
  assert.equal(month('2026-06-01', '2026-06-30'), null)
  assert.equal(month('2026-07-01', '2026-07-31'), false)
  const endless = { ...oneJob[0], tijdvak: { van: '2026-07-01', tot: null } }
  assert.equal(derive('inkomenBovenBijstandsnorm', [endless]), null)
})

test('a month that was asked only in part has no month income', () => {
  const part = { periode: { van: '2026-05-10', totEnMet: '2026-05-20' } }
  assert.equal(derive('inkomenBovenBijstandsnorm', oneJob, part), null)
  assert.equal(derive('inkomenBovenBijstandsnorm', [], part), null)
  assert.equal(derive('heeftInkomstenverhouding', oneJob, part), true)
  assert.equal(derive('datumEersteInkomstenInPeriode', oneJob, part), '2026-05-10')
})

test('a statement without an amount leaves its month unknown', () => {
  const { loonSv: _, ...silent } = oneJob[1] as Row
  const rows = [oneJob[0] as Row, silent, oneJob[2] as Row]
  assert.equal(derive('inkomenBovenBijstandsnorm', rows), null)
  assert.equal(derive('datumEersteInkomstenInPeriode', [silent, oneJob[2] as Row]), null)
})

test('the first day with wages skips months without wages', () => {
  const rows = [
    ...relation(1, '15', ['2026-05'], 0),
    ...relation(1, '15', ['2026-06', '2026-07'], 5),
  ]
  assert.equal(derive('datumEersteInkomstenInPeriode', rows), '2026-06-01')
})
