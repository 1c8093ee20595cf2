import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { type Row, shipped } from './law.ts'

const vandaag = '2026-09-15'

function derive(name: string, set: string, rows: readonly Row[], change: Partial<Material> = {}) {
  const dataset = shipped.gegevenssets.get(set) as Dataset
  assert.ok(Object.hasOwn(dataset.afgeleid, name))
  return derivedAnswers[name]?.compute({
    ...{ rows, dataset, law: shipped, profile: 'productie' },
    periode: { van: vandaag, totEnMet: vandaag },
    ...{ volledigTotEnMet: vandaag, vandaag, leefvorm: undefined, vrijlating: undefined },
    inOnderzoek: false,
    ...change,
  })
}

const doubted = { inOnderzoek: true }
const behind = { volledigTotEnMet: '2026-09-14' }

/** How many, worth more than is left out of account, and how often one came in this name. */
const vehicles = (rows: readonly Row[], change?: Partial<Material>) =>
  ['aantalVoertuigenOpNaam', 'voertuigwaardeBovenVrijlating', 'aantalTenaamstellingen12mnd'].map(
    name => derive(name, 'rdw-voertuigen', rows, change),
  )

const vehicle = (van: string, tot: string | null = null, waardeBovenVrijlating = false): Row => ({
  ...{ tenaamstelling: { van, tot }, datumTenaamstelling: van, waardeBovenVrijlating },
})

test('no vehicle: none, worth nothing', () => {
  assert.deepEqual(vehicles([]), [0, false, 0])
})

test('only what is in this name on the day counts; what came and went in a year is history', () => {
  const rows = [
    vehicle('2019-04-01'),
    vehicle('2025-09-16', '2026-01-31'),
    vehicle('2026-02-01', '2026-09-15'),
    vehicle('2026-01-01', '2026-09-14'),
  ]
  assert.deepEqual(vehicles(rows), [2, false, 3])
})

test('twelve months are counted to the day, also from a leap day', () => {
  const count = (van: string, day: string) =>
    vehicles([vehicle(van)], { periode: { van: day, totEnMet: day } })[2]
  assert.deepEqual(
    [count('2025-09-15', vandaag), count('2025-09-16', vandaag), count('2026-09-15', vandaag)],
    [0, 1, 1],
  )
  assert.deepEqual([count('2024-02-29', '2025-02-28'), count('2024-02-29', '2025-03-01')], [1, 0])
  assert.equal(count('2026-09-15', '2026-09-14'), 0)
})

test('the value is of all together: it stands on every row, and is the same', () => {
  assert.equal(vehicles([vehicle('2020-01-01', null, true)])[1], true)
  assert.equal(vehicles([vehicle('2020-01-01', null, true), vehicle('2020-01-01')])[1], null)
  assert.equal(vehicles([{ tenaamstelling: { van: '2020-01-01', tot: null } }])[1], null)
})

test('what a row does not say makes the number unknown', () => {
  assert.deepEqual(vehicles([{ waardeBovenVrijlating: false }]), [null, false, null])
})

test('a register that is behind, or doubts, makes no number and no "no"', () => {
  const rows = [vehicle('2020-01-01', null, true)]
  assert.deepEqual(vehicles(rows, behind), [null, null, null])
  assert.deepEqual(vehicles(rows, doubted), [null, true, null])
  assert.deepEqual(vehicles([], doubted), [null, null, null])
})

const owns = (rows: readonly Row[], change?: Partial<Material>) =>
  derive('bezitAndereOnroerendeZaak', 'kadaster-onroerend-goed', rows, change)

const object = (heeftZakelijkRecht?: boolean, isEigenBewoondeWoning?: boolean): Row => ({
  ...(heeftZakelijkRecht !== undefined && { heeftZakelijkRecht }),
  ...(isEigenBewoondeWoning !== undefined && { isEigenBewoondeWoning }),
})

test('other property is a right in what somebody does not live in as owner', () => {
  const home = object(true, true)
  const other = object(true, false)
  assert.equal(owns([]), false)
  assert.equal(owns([home]), false)
  assert.equal(owns([object(false)]), false)
  assert.equal(owns([home, other]), true)
  assert.equal(owns([object(true), other]), true)
})

test('half a row, doubt, or a register that is behind makes no "no"', () => {
  assert.equal(owns([object(true)]), null)
  assert.equal(owns([object(undefined, false)]), null)
  assert.equal(owns([], doubted), null)
  assert.equal(owns([object(true, false)], doubted), true)
  assert.equal(owns([object(true, false)], behind), null)
})
