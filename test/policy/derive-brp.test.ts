import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { rowCheck } from '../../gateway/policy/row-schema.ts'
import { type Row, shipped } from './law.ts'

const dataset = shipped.gegevenssets.get('brp-personen') as Dataset
const vandaag = '2026-09-15'

/** Of the one row of a person; no peildatum can be asked, so it is about today. */
function derive(name: string, row: Row | undefined, change: Partial<Material> = {}) {
  assert.ok(Object.hasOwn(dataset.afgeleid, name))
  const day = change.vandaag ?? vandaag
  return derivedAnswers[name]?.compute({
    ...{ rows: row ? [row] : [], dataset, law: shipped, profile: 'productie' },
    ...{ periode: { van: day, totEnMet: day }, volledigTotEnMet: day, vandaag: day },
    ...{ leefvorm: undefined, vrijlating: undefined, inOnderzoek: false },
    ...change,
  })
}

const doubted = { inOnderzoek: true }
const behind = { volledigTotEnMet: '2026-09-14' }

const category = (geboortedatum?: string, change?: Partial<Material>) =>
  derive('leeftijdscategorie', geboortedatum === undefined ? {} : { geboortedatum }, change)

test('each age begins on the birthday itself', () => {
  assert.deepEqual(
    ['2008-09-16', '2008-09-15'].map(born => category(born)),
    ['onder18', '18tot21'],
  )
  assert.deepEqual(
    ['2005-09-16', '2005-09-15'].map(born => category(born)),
    ['18tot21', '21tot27'],
  )
  assert.deepEqual(
    ['1999-09-16', '1999-09-15'].map(born => category(born)),
    ['21tot27', '27totAow'],
  )
  // 67 years in 2026 (AOW art. 7a)
  assert.deepEqual(
    ['1959-09-16', '1959-09-15'].map(born => category(born)),
    ['27totAow', 'aow'],
  )
})

test('who is born on a leap day is older on the first of March', () => {
  const on = (day: string) => category('2008-02-29', { vandaag: day })
  assert.deepEqual([on('2026-02-28'), on('2026-03-01')], ['onder18', '18tot21'])
})

test('AOW age is of the year of birth: three months more from 1961', () => {
  const on = (day: string) => category('1961-01-01', { vandaag: day })
  assert.deepEqual([on('2028-03-31'), on('2028-04-01')], ['27totAow', 'aow'])
})

test('who was born before the first row of the table has long reached it', () => {
  assert.equal(category('1951-12-31'), 'aow')
  assert.equal(category('1926-09-15'), 'aow')
  assert.equal(category('1951-12-31', { vandaag: '2017-12-30' }), null)
})

test('who is too young to have an age fixed is below it until the least it can be', () => {
  assert.equal(category('1964-10-01'), '27totAow')
  assert.equal(category('1964-10-01', { vandaag: '2031-12-31' }), '27totAow')
  assert.equal(category('1964-10-01', { vandaag: '2032-01-01' }), null)
})

test('without a table of the AOW age only the younger are told', () => {
  const law = { ...shipped, normen: new Map() }
  assert.deepEqual(
    [category('1990-01-01', { law }), category('2004-01-01', { law })],
    [null, '21tot27'],
  )
})

test('a birth date that is incomplete or doubted gives no category', () => {
  assert.equal(category(), null)
  assert.equal(derive('leeftijdscategorie', undefined), null)
  assert.equal(category('1990-01-01', doubted), null)
})

const housemates = (medebewoners: unknown, change?: Partial<Material>) =>
  derive('aantalMeerderjarigeMedebewoners', { medebewoners }, change)

test('adults at the address are counted, from their eighteenth birthday', () => {
  assert.equal(housemates([]), 0)
  const born = ['2008-09-15', '2008-09-16', '1950-01-01', '2020-01-01']
  assert.equal(housemates(born.map(geboortedatum => ({ geboortedatum }))), 2)
  const twins = [{ geboortedatum: '1990-01-01' }, { geboortedatum: '1990-01-01' }]
  assert.equal(housemates(twins), 2)
})

test('one of unknown age, doubt, or a register that is behind makes the number unknown', () => {
  assert.equal(housemates([{ geboortedatum: '1990-01-01' }, { naam: 'X' }]), null)
  assert.equal(housemates(undefined), null)
  assert.equal(housemates([], doubted), null)
  assert.equal(housemates([], behind), null)
})

const lawful = (row: Row, change?: Partial<Material>) =>
  derive('heeftRechtmatigVerblijf', row, change)

test('a Dutch national and a permit that has not lapsed are lawful residence', () => {
  assert.equal(lawful({ nationaliteit: '0001' }), true)
  assert.equal(lawful({ nationaliteit: '0001', verblijfstitel: '98' }), true)
  for (const verblijfstitel of ['21', '22', '23', '24', '25', '26', '27']) {
    assert.equal(lawful({ verblijfstitel, nationaliteit: '0499' }), true)
  }
  assert.equal(lawful({ verblijfstitel: '26', datumEindeVerblijfstitel: vandaag }), true)
})

test('only an EU right that was ended is a "no"', () => {
  assert.equal(lawful({ verblijfstitel: '41' }), false)
  assert.equal(lawful({ verblijfstitel: '41' }, doubted), null)
})

test('of every other title the register alone does not say it', () => {
  const codes = shipped.codelijsten.get('verblijfstitel')?.codes ?? []
  const open = codes.filter(({ klasse }) => klasse !== 'verblijf' && klasse !== 'beeindigd')
  assert.equal(open.length, 18)
  for (const { code } of open) assert.equal(lawful({ verblijfstitel: code }), null)
  assert.equal(lawful({}), null)
  assert.equal(lawful({ verblijfstitel: '99' }), null)
  assert.equal(lawful({ verblijfstitel: '26', datumEindeVerblijfstitel: '2026-09-14' }), null)
})

test('a register that is behind says neither; doubt leaves a "yes"', () => {
  assert.equal(lawful({ nationaliteit: '0001' }, behind), null)
  assert.equal(lawful({ nationaliteit: '0001' }, doubted), true)
})

const adres = { straat: 'Havenkade', huisnummer: 12, postcode: '1234AB', woonplaats: 'Waterstad' }

test('the address that may be had although it is secret is the same address, and nothing when there is none', () => {
  assert.deepEqual(derive('adresBijGeheim', { adres }), adres)
  assert.deepEqual(derive('adresBijGeheim', { adres }, doubted), adres)
  assert.equal(derive('adresBijGeheim', {}), null)
  assert.equal(derive('adresBijGeheim', undefined), null)
})

test('housemates have the agreed members and no other', () => {
  const check = rowCheck(dataset)
  const geheim = { indicatieGeheim: false }
  const whole = {
    burgerservicenummer: '999990044',
    naam: 'X',
    geboortedatum: '1990-01-01',
    relatie: 'K',
  }
  assert.deepEqual(check({ ...geheim, medebewoners: [whole, {}] }), [])
  assert.equal(check({ ...geheim, medebewoners: [{ inkomen: 1 }] }).length, 1)
  assert.equal(check({ ...geheim, medebewoners: [{ geboortedatum: '1990-00-00' }] }).length, 1)
  assert.equal(check({ medebewoners: [] }).length, 1)
})
