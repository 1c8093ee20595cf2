// Is a corrected value held to the type of its field, as a source would be, and which answers does it leave as they were?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { correctedRow, restingOn, valueFaults } from '../../gateway/policy/corrected.ts'
import { shipped } from './law.ts'

function named(id: string) {
  const arrangement = shipped.uitwisselingen.get(id)
  const dataset = shipped.gegevenssets.get(arrangement?.gegevensset ?? '')
  assert.ok(arrangement && dataset)
  return [arrangement, dataset] as const
}

const rows = named('uwv-inkomsten-bijstand')
const monthly = named('uwv-inkomsten-anw')

test('a corrected value of another type than its field is a fault at its place, without the value', () => {
  for (const [veld, wrong] of [
    ['loonSv', '250000'],
    ['loonSv', 2500.5],
    ['loonSv', [250000]],
    ['aantalVerloondeUren', 1.1],
    ['soortInkomstenverhouding', 'A much too long code'],
    ['tijdvak', { van: '2026-01-01' }],
    ['tijdvak', { van: '2026-01-01', tot: null, wie: 'x' }],
    ['heeftInkomstenverhouding', 'ja'],
    ['maandinkomenKlasse', 7],
    ['datumEersteInkomstenInPeriode', '2026-02-30'],
  ] as const) {
    const faults = valueFaults(veld, wrong, ...rows)
    assert.ok(faults.length > 0, veld)
    for (const { pointer, melding } of faults) {
      assert.match(pointer, /^\/waarde/)
      assert.doesNotMatch(melding, /250|2026-0|x$|ja$/)
    }
    assert.equal(correctedRow([veld], { [veld]: wrong }, ...rows), undefined)
  }
  assert.deepEqual(valueFaults('verzonnen', 1, ...rows)[0]?.pointer, '/veld')
  assert.deepEqual(valueFaults('toString', 1, ...rows)[0]?.pointer, '/veld')
  assert.deepEqual(valueFaults('loonSv', 1, ...monthly)[0]?.pointer, '/veld', 'a sum, no row')
  assert.equal(correctedRow(['loonSv'], {}, ...rows), undefined)
})

test('a value of the type of its field, derived or per month, or none at all, is taken as it is', () => {
  for (const [veld, right] of [
    ['loonSv', -250_000],
    ['aantalVerloondeUren', 12.25],
    ['tijdvak', { van: '2026-01-01', tot: null }],
    ['heeftInkomstenverhouding', false],
    ['maandinkomenKlasse', 'onder25'],
    ['loonSv', null],
    ['heeftInkomstenverhouding', null],
  ] as const) {
    assert.deepEqual(valueFaults(veld, right, ...rows), [], veld)
    assert.deepEqual(correctedRow([veld], { [veld]: right }, ...rows), { [veld]: right })
  }
  assert.deepEqual(valueFaults('maand', '2026-02', ...monthly), [])
  assert.deepEqual(valueFaults('maand', '2026-13', ...monthly).length, 1)
  assert.deepEqual(valueFaults('inkomenUitArbeid', 100_000, ...monthly), [])
})

test('what is made out of a field is named, so that it can be corrected apart', () => {
  assert.deepEqual(restingOn('loonSv', ...rows), [
    'inkomenBovenBijstandsnorm',
    'maandinkomenKlasse',
    'datumEersteInkomstenInPeriode',
  ])
  assert.deepEqual(restingOn('loonSv', ...monthly), [
    'inkomenUitArbeid',
    'inkomenInVerbandMetArbeid',
    'inkomenBovenVrijlating',
    'inkomenGewijzigd',
  ])
  assert.deepEqual(restingOn('aantalVerloondeUren', ...rows), [])
})
