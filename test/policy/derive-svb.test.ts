import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { rowCheck } from '../../gateway/policy/row-schema.ts'
import { type Row, shipped } from './law.ts'

const dataset = shipped.gegevenssets.get('svb-uitkeringen') as Dataset
const today = '2026-09-15'

function derive(name: string, rows: readonly Row[], change: Partial<Material> = {}) {
  const rule = derivedAnswers[name]
  assert.ok(rule)
  return rule.compute({
    rows,
    dataset,
    law: shipped,
    profile: 'productie',
    periode: { van: '2026-07-01', totEnMet: '2026-08-31' },
    volledigTotEnMet: today,
    vandaag: today,
    leefvorm: undefined,
    vrijlating: undefined,
    inOnderzoek: false,
    ...change,
  })
}

const all = (rows: readonly Row[], change: Partial<Material> = {}) =>
  Object.keys(dataset.afgeleid).map(name => derive(name, rows, change))

const young = { geboortedatum: '1988-03-14' }
const old = { geboortedatum: '1957-11-01', aowLeeftijdDatum: '2024-11-01' }

function right(regeling: string, extra: Row = {}): Row {
  return {
    ...young,
    uitkering: 1,
    regeling,
    datumIngang: '2025-01-01',
    tijdvak: { van: '2025-01-01', tot: null },
    brutoBedrag: 100_000,
    ...extra,
  }
}

const kinderen = [
  { kinderbijslag: true, burgerservicenummer: '999990044' },
  { kinderbijslag: true },
  { kinderbijslag: false },
]
const unknown = [null, null, null, null, null]

test('full AOW: a benefit, complete, no children, and the age is reached', () => {
  const rows = [right('AOW', { ...old, percentageAow: 100 })]
  assert.deepEqual(all(rows), [true, true, 0, true, true])
})

test('kinderbijslag for two of three children: a number, and no Anw or AOW', () => {
  assert.deepEqual(all([right('AKW', { kinderen })]), [true, false, 2, false, false])
})

test('a known person without benefit gets false and none, not null', () => {
  assert.deepEqual(all([young]), [false, false, 0, false, false])
})

test('an application is no benefit', () => {
  const claim = { ...young, regeling: 'AOW', datumAanvraag: '2026-07-01', beslissingAanvraag: '01' }
  assert.deepEqual(all([claim]), [false, false, 0, false, false])
})

test('remigratievoorziening counts in no answer', () => {
  const rows = [right('REM', { remigratievoorziening: '2' })]
  assert.deepEqual(all(rows), all([young]))
})

test('Anw is Anw or AOW, AIO is neither, and both are a benefit', () => {
  assert.deepEqual(all([right('ANW')]), [true, false, 0, true, false])
  assert.deepEqual(all([right('AIO')]), [true, false, 0, false, false])
})

test('a scheme outside the list may be any of them: nothing is false any more', () => {
  for (const regeling of ['WLZ', 'aow', undefined]) {
    const rows = [{ ...right('AOW'), regeling }]
    assert.deepEqual(all(rows), [null, null, null, null, false], String(regeling))
  }
  assert.equal(derive('ontvangtSvbUitkering', [right('WLZ'), right('ANW')]), true)
})

test('a right counts on its own days only', () => {
  const name = 'ontvangtSvbUitkering'
  assert.equal(derive(name, [right('AOW', { datumEinde: '2026-06-30' })]), false)
  assert.equal(derive(name, [right('AOW', { datumEinde: '2026-07-01' })]), true)
  assert.equal(derive(name, [right('AOW', { datumIngang: '2026-08-31' })]), true)
  assert.equal(derive(name, [right('AOW', { datumIngang: '2026-09-01' })]), false)
  const { datumIngang: _, ...endless } = right('AOW')
  assert.equal(derive(name, [endless]), null)
})

test('an incomplete month makes null of every false, and a complete one leaves true standing', () => {
  const july = { volledigTotEnMet: '2026-07-31' }
  assert.deepEqual(all([young], july), unknown)
  assert.equal(derive('ontvangtSvbUitkering', [right('ANW')], july), true)
  const august = right('ANW', { datumIngang: '2026-08-01' })
  assert.equal(derive('ontvangtSvbUitkering', [august], july), null)
  const full = [right('AOW', { ...old, percentageAow: 100 })]
  for (const name of ['aowVolledig', 'aowLeeftijdBereikt']) {
    assert.equal(derive(name, full, july), null, name)
  }
  assert.equal(derive('kinderbijslagVoorAantalKinderen', [right('AKW', { kinderen })], july), null)
})

test('today is complete when the source says so; a day to come never is', () => {
  const on = (day: string) => ({ periode: { van: day, totEnMet: day } })
  assert.deepEqual(all([young], on(today)), [false, false, 0, false, false])
  const boasting = { ...on('2026-09-16'), volledigTotEnMet: '2027-12-31' }
  assert.deepEqual(all([young], boasting), unknown)
  const full = [right('AOW', { ...old, percentageAow: 100 })]
  assert.deepEqual(all(full, boasting), unknown)
})

test('an input under investigation makes null, unless it is true', () => {
  const doubt = { inOnderzoek: true }
  assert.deepEqual(all([young], doubt), unknown)
  const full = [right('AOW', { ...old, percentageAow: 100 })]
  assert.deepEqual(all(full, doubt), [true, true, null, true, true])
  assert.equal(derive('kinderbijslagVoorAantalKinderen', [right('AKW', { kinderen })], doubt), null)
})

test('AOW is full at 100 per cent, and unknown when the share of that day is', () => {
  const name = 'aowVolledig'
  const share = (percentageAow?: number) =>
    derive(name, [right('AOW', { ...(percentageAow !== undefined && { percentageAow }) })])
  assert.deepEqual([share(100), share(99.99), share(0), share()], [true, false, false, null])
  const before = { tijdvak: { van: '2025-01-01', tot: '2026-06-30' }, percentageAow: 74 }
  const since = { tijdvak: { van: '2026-07-01', tot: null }, percentageAow: 100 }
  const rows = [right('AOW', before), right('AOW', since)]
  assert.equal(derive(name, rows), true)
  assert.equal(
    derive(name, rows, { periode: { van: '2026-06-01', totEnMet: '2026-06-30' } }),
    false,
  )
  assert.equal(derive(name, rows.slice(0, 1)), null)
  assert.equal(
    derive(name, [right('AOW', { percentageAow: 100, datumEinde: '2026-08-30' })]),
    false,
  )
})

test('children are counted on the last asked day, and not when one of them is unclear', () => {
  const count = (extra: Row) => derive('kinderbijslagVoorAantalKinderen', [right('AKW', extra)])
  assert.equal(count({ kinderen: [] }), 0)
  assert.equal(count({ kinderen, datumEinde: '2026-08-30' }), 0)
  assert.equal(count({ kinderen, datumEinde: '2026-08-31' }), 2)
  assert.equal(count({ kinderen: [...kinderen, {}] }), null)
  assert.equal(count({}), null)
  const twice = [right('AKW', { kinderen }), right('AKW', { kinderen, uitkering: 2 })]
  assert.equal(derive('kinderbijslagVoorAantalKinderen', twice), 2)
})

test('the day of the SVB decides on the age; without it the birth date does, by the table', () => {
  const reached = (person: Row, day: string) =>
    derive('aowLeeftijdBereikt', [person], {
      periode: { van: day, totEnMet: day },
      volledigTotEnMet: '2099-12-31',
      vandaag: '2099-12-31',
    })
  const bounds: readonly (readonly [born: string, reached: string])[] = [
    ['1952-01-01', '2018-01-01'],
    ['1953-01-01', '2019-05-01'],
    ['1955-09-01', '2022-04-01'],
    ['1956-06-01', '2023-04-01'],
    ['1957-03-01', '2024-03-01'],
    ['1958-05-20', '2025-05-20'],
    ['1960-12-31', '2027-12-31'],
    ['1961-01-01', '2028-04-01'],
    ['1961-11-30', '2029-03-01'],
    ['1962-09-30', '2029-12-30'],
    ['1964-09-30', '2031-12-30'],
  ]
  for (const [geboortedatum, day] of bounds) {
    const before = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
    assert.equal(reached({ geboortedatum }, day), true, geboortedatum)
    assert.equal(reached({ geboortedatum }, before), false, geboortedatum)
  }
  assert.equal(reached({ ...old, aowLeeftijdDatum: '2025-02-01' }, '2025-01-31'), false)
  assert.equal(reached({ ...old, aowLeeftijdDatum: '2025-02-01' }, '2025-02-01'), true)
})

test('an age that is not fixed yet is not reached as long as the law cannot make it so, then unknown', () => {
  const reached = (person: Row, day: string) =>
    derive('aowLeeftijdBereikt', [person], {
      periode: { van: day, totEnMet: day },
      volledigTotEnMet: '2099-12-31',
      vandaag: '2099-12-31',
    })
  assert.equal(reached({ geboortedatum: '1964-10-01' }, '2031-12-31'), false)
  assert.equal(reached({ geboortedatum: '1964-10-01' }, '2032-01-01'), null)
  for (const day of ['2016-12-31', '2026-01-01']) {
    assert.equal(reached({ geboortedatum: '1951-12-31' }, day), null, day)
  }
  assert.equal(reached({}, '2026-01-01'), null)
  const pensioner = right('AOW', { geboortedatum: '1930-01-01' })
  assert.equal(reached(pensioner, '2026-01-01'), true)
})

test('nothing is said of nobody, and without the table nothing of an age', () => {
  assert.equal(derive('aowLeeftijdBereikt', []), null)
  const law = { ...shipped, normen: new Map() }
  assert.equal(derive('aowLeeftijdBereikt', [young], { law }), null)
})

test('an age that nobody confirmed decides nothing, and a test value only in a test', () => {
  const table = shipped.normen.get('aow-leeftijd')
  assert.ok(table)
  const marked = (
    status: 'bevestigd' | 'onbevestigd' | 'testwaarde',
    profile: 'test' | 'productie',
  ) =>
    derive('aowLeeftijdBereikt', [{ geboortedatum: '1958-01-01' }], {
      profile,
      law: {
        ...shipped,
        normen: new Map([
          [table.id, { ...table, bedragen: table.bedragen.map(row => ({ ...row, status })) }],
        ]),
      },
    })
  assert.equal(marked('bevestigd', 'productie'), true)
  assert.equal(marked('onbevestigd', 'test'), null)
  assert.equal(marked('testwaarde', 'productie'), null)
  assert.equal(marked('testwaarde', 'test'), true)
})

test('a share is from 0 to 100 with two decimals, and a child has no other member', () => {
  const check = rowCheck(dataset)
  for (const percentageAow of [0, 2, 98.57, 0.07, 100]) {
    assert.deepEqual(check({ percentageAow }), [], String(percentageAow))
  }
  for (const percentageAow of [-0.01, 100.01, 33.333, '100']) {
    assert.equal(check({ percentageAow }).length, 1, String(percentageAow))
  }
  assert.deepEqual(check({ kinderen }), [])
  assert.deepEqual(
    check({ kinderen: [{ school: 'x' }] }).map(({ pointer }) => pointer),
    ['/kinderen/0/school'],
  )
})

test('whatever the rows, false is never said of a month that is not complete', () => {
  const day = fc.constantFrom('2026-06-30', '2026-07-01', '2026-08-15', '2026-08-31', '2026-09-15')
  const row = fc.record(
    {
      regeling: fc.constantFrom('AOW', 'ANW', 'AKW', 'AIO', 'REM', 'WLZ'),
      datumIngang: day,
      datumEinde: day,
      percentageAow: fc.constantFrom(50, 100),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(row, { maxLength: 4 }), day, (rows, volledigTotEnMet) => {
      fc.pre(volledigTotEnMet < '2026-08-31')
      for (const value of all(rows, { volledigTotEnMet })) {
        assert.ok(value === null || value === true)
      }
    }),
  )
})
