import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { type Row, shipped } from './law.ts'

const asking =
  (set: string) =>
  (name: string, rows: readonly Row[], change: Partial<Material> = {}) =>
    derivedAnswers[name]?.compute({
      rows,
      dataset: shipped.gegevenssets.get(set) as Dataset,
      law: shipped,
      profile: 'test',
      periode: { van: '2026-04-10', totEnMet: '2026-06-30' },
      volledigTotEnMet: '2026-06-30',
      vandaag: '2026-09-15',
      leefvorm: undefined,
      vrijlating: undefined,
      inOnderzoek: false,
      ...change,
    })

const income = asking('ksz-inkomsten')
/** [is there income, in which part of the period] */
const both = (rows: readonly Row[], change: Partial<Material> = {}) =>
  ['heeftInkomstenInPeriode', 'periodeOverlap'].map(name => income(name, rows, change))

const job = (van: string, tot: string | null, soortInkomen = 'LOON'): Row => ({
  relatie: 1,
  soortInkomen,
  landcode: 'BE',
  instelling: 'RSZ',
  tewerkstelling: { van, tot },
  tijdvak: { van, tot },
})

test('one day of work in the period is income, and the overlap is that day', () => {
  assert.deepEqual(both([job('2026-06-30', null)]), [
    true,
    { van: '2026-06-30', tot: '2026-06-30' },
  ])
  assert.deepEqual(both([job('2020-01-01', '2026-04-10')]), [
    true,
    { van: '2026-04-10', tot: '2026-04-10' },
  ])
  assert.deepEqual(both([job('2020-01-01', null)]), [
    true,
    { van: '2026-04-10', tot: '2026-06-30' },
  ])
})

test('work that ended the day before or begins the day after is none', () => {
  assert.deepEqual(both([job('2020-01-01', '2026-04-09'), job('2026-07-01', null)]), [false, null])
  assert.deepEqual(both([]), [false, null])
})

test('the overlap runs from the first day to the last, whatever lies between or beside', () => {
  const rows = [job('2026-06-01', '2026-06-03'), job('2026-04-20', '2026-04-21', 'ZELF')]
  assert.deepEqual(both(rows), [true, { van: '2026-04-20', tot: '2026-06-03' }])
  assert.deepEqual(both([...rows, job('2026-04-10', null, 'UITK')]), [
    true,
    { van: '2026-04-20', tot: '2026-06-03' },
  ])
})

test('a benefit is no work; a code that nobody knows may be', () => {
  assert.deepEqual(both([job('2026-05-01', null, 'UITK')]), [false, null])
  assert.deepEqual(both([job('2026-05-01', null, 'XYZ')]), [null, null])
  assert.deepEqual(both([job('2026-05-01', null, 'XYZ'), job('2026-05-02', null)]), [true, null])
})

test('what is not yet reported is unknown, never no; a yes of a month that is known stands', () => {
  const change = { volledigTotEnMet: '2026-05-31' }
  assert.deepEqual(both([], change), [null, null])
  assert.deepEqual(both([job('2026-05-31', null)], change), [true, null])
  assert.deepEqual(both([job('2026-06-01', null)], change), [null, null])
  assert.deepEqual(both([], { vandaag: '2026-06-30' }), [null, null])
  assert.deepEqual(both([], { inOnderzoek: true }), [null, null])
  assert.deepEqual(both([job('2026-05-01', null)], { inOnderzoek: true }), [true, null])
})

const work = asking('ksz-werkloosheid')
const four = (rows: readonly Row[], change: Partial<Material> = {}) =>
  [
    'ontvangtWerkloosheidsuitkering',
    'periodeWerkloosheidsuitkering',
    'aangemeldAlsWerknemer',
    'periodeAangemeldAlsWerknemer',
  ].map(name => work(name, rows, change))

test('unemployment benefit and registration as an employee are told apart, each with its days', () => {
  const rows = [
    { aard: 'UITK', tijdvak: { van: '2026-01-01', tot: '2026-05-15' }, dagbedrag: 6_000 },
    { aard: 'WERK', tijdvak: { van: '2026-05-18', tot: null } },
  ]
  assert.deepEqual(four(rows), [
    true,
    { van: '2026-04-10', tot: '2026-05-15' },
    true,
    { van: '2026-05-18', tot: '2026-06-30' },
  ])
  assert.deepEqual(four(rows.slice(1)), [
    false,
    null,
    true,
    { van: '2026-05-18', tot: '2026-06-30' },
  ])
  assert.deepEqual(four([], { volledigTotEnMet: '2026-03-31' }), [null, null, null, null])
})

const living = asking('ksz-woonplaats')
const five = (rows: readonly Row[], change: Partial<Material> = {}) =>
  ['inLeven', 'datumOverlijden', 'woonland', 'datumVan', 'woonlandGewijzigd'].map(name =>
    living(name, rows, change),
  )
const stay = (
  landVerblijf: string,
  datumAanvangVerblijf: string,
  datumEindeVerblijf?: string,
): Row => ({
  levend: true,
  landVerblijf,
  datumAanvangVerblijf,
  ...(datumEindeVerblijf && { datumEindeVerblijf }),
  gezinsgrootte: 4,
})

test('who lives in one country the whole period lives there, and did not move', () => {
  assert.deepEqual(five([stay('BE', '2001-02-03')]), [true, null, 'BE', '2001-02-03', false])
  const within = [stay('BE', '2001-02-03', '2026-05-01'), stay('BE', '2026-05-02')]
  assert.deepEqual(five(within), [true, null, 'BE', '2026-05-02', false])
})

test('who moved lives where the last asked day was spent', () => {
  const rows = [stay('BE', '2026-06-30'), stay('NL', '2020-01-01', '2026-06-29')]
  assert.deepEqual(five(rows), [true, null, 'BE', '2026-06-30', true])
  const before = [stay('NL', '2020-01-01', '2026-04-09'), stay('BE', '2026-04-10')]
  assert.deepEqual(five(before), [true, null, 'BE', '2026-04-10', false])
})

test('a day that no country is known for is unknown, and two countries at once are no country', () => {
  const gap = [stay('BE', '2001-02-03', '2026-05-01'), stay('BE', '2026-05-03')]
  assert.deepEqual(five(gap), [true, null, 'BE', '2026-05-03', null])
  assert.equal(living('woonlandGewijzigd', [stay('BE', '2026-04-11')]), null)
  assert.equal(living('woonlandGewijzigd', [stay('BE', '2001-01-01', '2026-06-29')]), null)
  const two = [stay('BE', '2001-02-03'), stay('NL', '2026-06-01')]
  assert.deepEqual(five(two), [true, null, null, null, true])
  assert.deepEqual(five([{ levend: true }]), [true, null, null, null, null])
})

test('that somebody lives holds only as far as the source looked; death holds whenever it was', () => {
  const dead = { ...stay('BE', '2001-02-03'), levend: false, dagOverlijden: '2026-08-14' }
  const late = { volledigTotEnMet: '2026-06-29' }
  assert.deepEqual(five([stay('BE', '2001-02-03')], late), [null, null, null, null, null])
  assert.deepEqual(five([dead], late).slice(0, 2), [false, '2026-08-14'])
  assert.deepEqual(five([dead], { vandaag: '2026-06-01' }).slice(0, 2), [false, '2026-08-14'])
  assert.deepEqual(five([]), [null, null, null, null, null])
})

test('doubt about an input makes null, and leaves a move that is known', () => {
  const doubt = { inOnderzoek: true }
  assert.deepEqual(five([stay('BE', '2001-02-03')], doubt), [null, null, null, null, null])
  const rows = [stay('BE', '2026-06-30'), stay('NL', '2020-01-01', '2026-06-29')]
  assert.deepEqual(five(rows, doubt), [null, null, null, null, true])
})
