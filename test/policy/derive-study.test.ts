import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { type Row, shipped } from './law.ts'

const dataset = shipped.gegevenssets.get('duo-onderwijs') as Dataset
const vandaag = '2026-09-15'
const summer = { van: '2026-06-01', totEnMet: '2026-08-31' }
const today = { van: vandaag, totEnMet: vandaag }

function derive(name: string, rows: readonly Row[], change: Partial<Material> = {}) {
  assert.ok(Object.hasOwn(dataset.afgeleid, name))
  return derivedAnswers[name]?.compute({
    ...{ rows, dataset, law: shipped, profile: 'productie', periode: summer },
    ...{ volledigTotEnMet: vandaag, vandaag, leefvorm: undefined, vrijlating: undefined },
    inOnderzoek: false,
    ...change,
  })
}

const right = (rows: readonly Row[], change?: Partial<Material>) =>
  derive('rechtOpStudiefinanciering', rows, change)

/** Today, which is how it is asked. */
const qualified = (row: Row, change?: Partial<Material>) =>
  derive('heeftStartkwalificatie', [row], { periode: today, ...change })

const paid = (van: string, tot: string | null): Row => ({
  periode: { van, tot },
  ontvangtStudiefinanciering: true,
})
const enrolled = (inschrijvingVan: string, inschrijvingTot?: string): Row => ({
  periode: { van: inschrijvingVan, tot: inschrijvingTot ?? null },
  ...{ ontvangtStudiefinanciering: false, onderwijsvorm: 'mbo-bol', inschrijvingVan },
  ...(inschrijvingTot !== undefined && { inschrijvingTot }),
})

test('who neither studies nor is paid has no right', () => {
  assert.equal(right([]), false)
  assert.equal(right([{ geboortedatum: '2003-05-06' }]), false)
  assert.equal(right([enrolled('2020-09-01', '2026-05-31')]), false)
  assert.equal(right([enrolled('2026-09-01')]), false)
  assert.equal(right([paid('2025-09-01', '2026-05-31'), paid('2026-09-01', null)]), false)
})

test('who is paid on one of the days has the right', () => {
  assert.equal(right([paid('2026-08-31', null)]), true)
  assert.equal(right([paid('2024-09-01', '2026-06-01')]), true)
  assert.equal(right([enrolled('2020-09-01'), paid('2026-07-01', '2026-07-31')]), true)
})

test('who is enrolled and not paid may have the right all the same: unknown, never "no"', () => {
  assert.equal(right([enrolled('2026-08-31')]), null)
  assert.equal(right([enrolled('2020-09-01', '2026-06-01')]), null)
  assert.equal(right([{ inschrijvingVan: '2020-09-01' }]), null)
  assert.equal(
    right([{ ...paid('2020-09-01', '2020-12-31'), inschrijvingVan: '2020-09-01' }]),
    null,
  )
})

test('half a row says nothing for sure', () => {
  assert.equal(right([{ inschrijvingTot: '2026-06-01' }]), null)
  assert.equal(right([{ inschrijvingTot: '2026-05-31' }]), false)
  const periode = { van: '2026-06-01', tot: null }
  assert.equal(right([{ periode }]), null)
  assert.equal(right([{ periode, ontvangtStudiefinanciering: false }]), null)
})

test('what DUO does not wholly know yet, or doubts, is no "no"', () => {
  assert.equal(right([], { volledigTotEnMet: '2026-08-30' }), null)
  assert.equal(right([paid('2026-08-01', null)], { volledigTotEnMet: '2026-08-30' }), null)
  assert.equal(right([paid('2026-07-01', null)], { volledigTotEnMet: '2026-08-30' }), true)
  assert.equal(right([], { inOnderzoek: true }), null)
  assert.equal(right([paid('2026-07-01', null)], { inOnderzoek: true }), true)
  assert.equal(right([], { periode: today }), false)
  const ahead = {
    periode: { van: vandaag, totEnMet: '2026-09-16' },
    volledigTotEnMet: '2026-12-31',
  }
  assert.equal(right([], ahead), null)
})

const geboortedatum = '2003-05-06'

test('a diploma of the list is enough or too little; one that is not in it is unknown', () => {
  assert.equal(qualified({ geboortedatum, diplomas: [] }), false)
  assert.equal(qualified({ geboortedatum, diplomas: ['vmbo', 'mbo-1'] }), false)
  for (const enough of ['mbo-2', 'mbo-3', 'mbo-4', 'havo', 'vwo', 'hbo', 'wo']) {
    assert.equal(qualified({ geboortedatum, diplomas: ['vmbo', enough] }), true)
  }
  assert.equal(qualified({ geboortedatum, diplomas: ['vmbo', 'lts'] }), null)
  assert.equal(qualified({ geboortedatum, diplomas: ['lts', 'havo'] }), true)
  assert.equal(qualified({ geboortedatum }), null)
})

test('of who is 27 or older, or of unknown age, nothing is said', () => {
  const diplomas = ['havo']
  assert.equal(qualified({ geboortedatum: '1999-09-16', diplomas }), true)
  assert.equal(qualified({ geboortedatum: '1999-09-15', diplomas }), null)
  assert.equal(qualified({ diplomas }), null)
  assert.equal(derive('heeftStartkwalificatie', [], { periode: today }), null)
  const leap = { periode: { van: '2023-02-28', totEnMet: '2023-02-28' } }
  assert.equal(qualified({ geboortedatum: '1996-02-29', diplomas }, leap), true)
  const march = { periode: { van: '2023-03-01', totEnMet: '2023-03-01' } }
  assert.equal(qualified({ geboortedatum: '1996-02-29', diplomas }, march), null)
})

test('a doubted or not yet complete register makes no "no"', () => {
  const row = { geboortedatum, diplomas: ['vmbo'] }
  assert.equal(qualified(row, { inOnderzoek: true }), null)
  assert.equal(qualified({ ...row, diplomas: ['havo'] }, { inOnderzoek: true }), true)
  assert.equal(qualified(row, { volledigTotEnMet: '2026-09-14' }), null)
})
