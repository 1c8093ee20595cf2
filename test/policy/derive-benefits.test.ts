import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { type Row, shipped } from './law.ts'

const dataset = shipped.gegevenssets.get('uwv-uitkeringen') as Dataset

function derive(name: string, rows: readonly Row[], change: Partial<Material> = {}) {
  return derivedAnswers[name]?.compute({
    rows,
    dataset,
    law: shipped,
    profile: 'test',
    periode: { van: '2026-04-01', totEnMet: '2026-06-30' },
    volledigTotEnMet: '2026-06-30',
    vandaag: '2026-09-15',
    leefvorm: 'alleenstaande',
    vrijlating: undefined,
    inOnderzoek: false,
    ...change,
  })
}

/** [has a benefit, covers the norm, total of the last month] */
const all = (rows: readonly Row[], change: Partial<Material> = {}) =>
  ['heeftVoorliggendeUitkering', 'uitkeringDektNorm', 'uwvUitkeringTotaal'].map(name =>
    derive(name, rows, change),
  )

const benefit = (nettoBedrag: number, extra: Row = {}): Row => ({
  relatie: 1,
  wetcode: 'WW',
  datumIngang: '2025-01-01',
  tijdvak: { van: '2026-01-01', tot: null },
  nettoBedrag,
  brutoBedrag: nettoBedrag * 2,
  periodiciteit: 'maand',
  ...extra,
})

test('a benefit covers the norm from the very cent, and never by what it is gross', () => {
  assert.deepEqual(all([benefit(140_150)]), [true, true, 140_150])
  assert.deepEqual(all([benefit(140_149)]), [true, false, 140_149])
  assert.deepEqual(all([]), [false, false, 0])
})

test('the answers are the same whatever the law: WW and sickness pay cannot be told apart', () => {
  const one = all([benefit(140_150)])
  for (const wetcode of ['ZW', 'WIA', 'WAO', 'WAJONG', 'TW', 'IETS']) {
    assert.deepEqual(all([benefit(140_150, { wetcode, diagnose: 'P652' })]), one, wetcode)
  }
})

test('a week is 3/13 of a month and four weeks 12/13: sickness pay by the week is not unknown', () => {
  assert.equal(derive('uwvUitkeringTotaal', [benefit(30_000, { periodiciteit: 'week' })]), 130_000)
  assert.equal(
    derive('uwvUitkeringTotaal', [benefit(120_000, { periodiciteit: '4weken' })]),
    130_000,
  )
  assert.equal(derive('uwvUitkeringTotaal', [benefit(100, { periodiciteit: 'week' })]), 433)
  const { periodiciteit: _, ...nameless } = benefit(1)
  assert.deepEqual(all([nameless]), [true, null, null])
  assert.deepEqual(all([benefit(1, { periodiciteit: 'dag' })]), [true, null, null])
})

test('benefits are counted together, one that is not known makes the sum unknown', () => {
  const supplement = benefit(40_150, { relatie: 2, wetcode: 'TW' })
  assert.deepEqual(all([benefit(100_000), supplement]), [true, true, 140_150])
  const { nettoBedrag: _, ...open } = supplement
  assert.deepEqual(all([benefit(200_000), open]), [true, null, null])
  const { tijdvak: _t, ...unpaid } = supplement
  assert.deepEqual(all([benefit(200_000), unpaid]), [true, null, null])
})

test('a month in which an amount begins, ends or changes has no total', () => {
  const change = [
    benefit(100_000, { tijdvak: { van: '2026-01-01', tot: '2026-06-15' } }),
    benefit(120_000, { tijdvak: { van: '2026-06-16', tot: null } }),
  ]
  assert.deepEqual(all(change), [true, null, null])
  const earlier = [
    benefit(100_000, { tijdvak: { van: '2026-01-01', tot: '2026-05-31' } }),
    benefit(150_000, { tijdvak: { van: '2026-06-01', tot: null } }),
  ]
  assert.deepEqual(all(earlier), [true, true, 150_000])
  assert.equal(derive('uwvUitkeringTotaal', [benefit(9, { datumIngang: '2026-06-02' })]), null)
  assert.equal(derive('uwvUitkeringTotaal', [benefit(9, { datumEinde: '2026-06-29' })]), null)
})

test('a benefit counts on its own days: one that ended before is none, one without a first day unknown', () => {
  assert.deepEqual(all([benefit(200_000, { datumEinde: '2026-03-31' })]), [false, false, 0])
  assert.deepEqual(all([benefit(200_000, { datumEinde: '2026-04-01' })]), [true, null, 0])
  const { datumIngang: _, tijdvak: _t, ...bare } = benefit(1)
  assert.deepEqual(all([bare]), [null, null, null])
})

test('a month that is not complete, or not over, makes null of every no, and leaves yes standing', () => {
  const change = { volledigTotEnMet: '2026-05-31' }
  assert.deepEqual(all([], change), [null, null, null])
  assert.deepEqual(all([benefit(150_000)], change), [true, true, null])
  assert.deepEqual(all([], { vandaag: '2026-06-30' }), [null, null, null])
})

test('doubt makes null, and leaves yes standing; an amount in doubt is not told', () => {
  assert.deepEqual(all([], { inOnderzoek: true }), [null, null, null])
  assert.deepEqual(all([benefit(150_000)], { inOnderzoek: true }), [true, true, null])
})

test('without a norm for these months nothing is said of covering, except by nothing', () => {
  const unknown = { leefvorm: 'eenling' }
  assert.deepEqual(all([benefit(900_000)], unknown), [true, null, 900_000])
  assert.deepEqual(all([], unknown), [false, false, 0])
})
