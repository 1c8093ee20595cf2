import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { type Row, shipped } from './law.ts'

const asking =
  (set: string, name: string) =>
  (rows: readonly Row[], change: Partial<Material> = {}) =>
    derivedAnswers[name]?.compute({
      rows,
      dataset: shipped.gegevenssets.get(set) as Dataset,
      law: shipped,
      profile: 'productie',
      periode: { van: '2026-01-01', totEnMet: '2026-01-01' },
      volledigTotEnMet: '2026-06-30',
      vandaag: '2026-09-15',
      leefvorm: 'alleenstaande',
      vrijlating: undefined,
      inOnderzoek: false,
      ...change,
    })

const above = asking('bd-vermogen', 'vermogenBovenVrijlating')
const unknownAccounts = asking('bd-vermogen', 'heeftOnbekendeRekeningen')
const on = (day: string) => ({ periode: { van: day, totEnMet: day } })

const year = (jaar: number, fields: Row): Row => ({
  belastingjaar: { van: `${jaar}-01-01`, tot: `${jaar}-12-31` },
  peildatumVermogen: `${jaar}-01-01`,
  ...fields,
})
const assets = (cents: number, jaar = 2026) => [year(jaar, { vermogenstotaal: cents })]

test('assets are above the exemption from one cent more, by household and by the year of the day asked', () => {
  const rows: readonly (readonly [string, string, number])[] = [
    ['alleenstaande', '2023-12-31', 760_500],
    ['alleenstaande', '2024-01-01', 757_500],
    ['alleenstaande', '2025-06-01', 777_000],
    ['alleenstaande', '2026-01-01', 800_000],
    ['alleenstaandeOuder', '2023-01-01', 1_521_000],
    ['alleenstaandeOuder', '2024-12-31', 1_515_000],
    ['alleenstaandeOuder', '2025-12-31', 1_554_000],
    ['alleenstaandeOuder', '2026-02-28', 1_600_000],
    ['gehuwden', '2023-02-28', 1_521_000],
    ['gehuwden', '2024-02-29', 1_515_000],
    ['gehuwden', '2025-01-01', 1_554_000],
    ['gehuwden', '2026-12-31', 1_600_000],
  ]
  for (const [leefvorm, day, most] of rows) {
    const jaar = Number(day.slice(0, 4))
    const asked = { leefvorm, ...on(day) }
    assert.equal(above(assets(most, jaar), asked), false, `${leefvorm} ${day}`)
    assert.equal(above(assets(most + 1, jaar), asked), true, `${leefvorm} ${day}`)
  }
  assert.equal(above(assets(-500_000)), false)
})

test('a year without a norm, without a row, with two rows or without an amount is unknown, never no', () => {
  assert.equal(above(assets(9_999_999, 2027), on('2027-01-01')), null)
  assert.equal(above(assets(9_999_999, 2022), on('2022-12-31')), null)
  assert.equal(above(assets(100), { leefvorm: undefined }), null)
  assert.equal(above([]), null)
  assert.equal(above(assets(9_999_999, 2025)), null)
  assert.equal(above([...assets(100), ...assets(200)]), null)
  assert.equal(above([year(2026, {})]), null)
  const { peildatumVermogen: _, ...undated } = year(2026, { vermogenstotaal: 9_999_999 })
  assert.equal(above([undated]), null)
  assert.equal(above([{ vermogenstotaal: 9_999_999, peildatumVermogen: '2026-01-01' }]), null)
})

test('what is not yet reported or under investigation makes no no; a yes stands', () => {
  for (const change of [{ inOnderzoek: true }, { volledigTotEnMet: '2025-12-31' }]) {
    assert.equal(above(assets(800_000), change), null)
    assert.equal(above(assets(800_001), change), true)
  }
  assert.equal(above(assets(800_000), { volledigTotEnMet: '2026-01-01' }), false)
})

test('one account that was not told is enough, and nothing known of them is not none', () => {
  const accounts = (aantalOnbekendeRekeningen: number) => [
    year(2026, { aantalOnbekendeRekeningen }),
  ]
  assert.equal(unknownAccounts(accounts(1)), true)
  assert.equal(unknownAccounts(accounts(0)), false)
  assert.equal(unknownAccounts([year(2026, {})]), null)
  assert.equal(unknownAccounts([]), null)
  assert.equal(unknownAccounts(accounts(0), { inOnderzoek: true }), null)
  assert.equal(unknownAccounts(accounts(2), { inOnderzoek: true }), true)
})

const allowance = asking('toeslagen-beschikkingen', 'ontvangtToeslag')
const rent = {
  ...on('2026-09-01'),
  volledigTotEnMet: '2026-09-15',
  parameters: { toeslagsoort: 'huurtoeslag' },
}
const award = (
  toeslagsoort: string,
  van: string,
  tot: string | null,
  maandbedrag?: number,
): Row => ({
  toeslagsoort,
  periode: { van, tot },
  ...(maandbedrag !== undefined && { maandbedrag }),
})

test('an allowance is received from its first day to its last, of the kind that was asked about', () => {
  const running = (van: string, tot: string | null) => [award('huurtoeslag', van, tot, 30_000)]
  assert.equal(allowance(running('2026-09-01', '2026-12-31'), rent), true)
  assert.equal(allowance(running('2026-01-01', '2026-09-01'), rent), true)
  assert.equal(allowance(running('2026-01-01', null), rent), true)
  assert.equal(allowance(running('2026-09-02', '2026-12-31'), rent), false)
  assert.equal(allowance(running('2026-01-01', '2026-08-31'), rent), false)
  assert.equal(allowance([award('zorgtoeslag', '2026-01-01', null, 10_000)], rent), false)
  assert.equal(allowance([], rent), false)
})

test('an award of nothing is none; of an unknown kind it may be the one; without a known day it is unknown', () => {
  assert.equal(allowance([award('huurtoeslag', '2026-01-01', null, 0)], rent), false)
  assert.equal(allowance([award('huurtoeslag', '2026-01-01', null)], rent), true)
  const strange = award('reistoeslag', '2026-01-01', null, 100)
  assert.equal(allowance([strange], rent), null)
  assert.equal(allowance([strange, award('huurtoeslag', '2026-01-01', null, 1)], rent), true)
  const running = [award('huurtoeslag', '2026-01-01', null, 30_000)]
  assert.equal(allowance(running, { ...rent, volledigTotEnMet: '2026-08-31' }), null)
  assert.equal(
    allowance(running, { ...rent, ...on('2026-09-16'), volledigTotEnMet: '2026-12-31' }),
    null,
  )
  assert.equal(allowance(running, { ...rent, parameters: undefined }), null)
  assert.equal(allowance([], { ...rent, inOnderzoek: true }), null)
  assert.equal(allowance(running, { ...rent, inOnderzoek: true }), true)
})

const dwelling = asking('bag-objecten', 'heeftWoonfunctie')

test('an object is a dwelling by its use, while it stands', () => {
  const rows: readonly (readonly [Row, boolean | null])[] = [
    [{ status: 'in-gebruik', gebruiksdoel: ['woonfunctie'] }, true],
    [{ status: 'verbouwing', gebruiksdoel: ['winkelfunctie', 'woonfunctie'] }, true],
    [{ status: 'in-gebruik', gebruiksdoel: ['kantoorfunctie'] }, false],
    [{ status: 'ingetrokken', gebruiksdoel: ['woonfunctie'] }, false],
    [{ status: 'plaats-ingetrokken' }, false],
    [{ status: 'gevormd', gebruiksdoel: ['woonfunctie'] }, null],
    [{ status: 'plaats-aangewezen' }, null],
    [{ status: 'in-gebruik', gebruiksdoel: [] }, null],
    [{ status: 'in-gebruik', gebruiksdoel: ['woontoren'] }, null],
    [{ status: 'in-gebruik', gebruiksdoel: ['woontoren', 'woonfunctie'] }, true],
    [{ status: 'verzonnen', gebruiksdoel: ['woonfunctie'] }, null],
    [{ gebruiksdoel: ['woonfunctie'] }, null],
  ]
  for (const [row, expected] of rows) assert.equal(dwelling([row]), expected, JSON.stringify(row))
  const [home] = rows.map(([row]) => row)
  assert.ok(home)
  assert.equal(dwelling([home, home]), null)
  assert.equal(dwelling([]), null)
  assert.equal(dwelling([home], { inOnderzoek: true }), null)
  assert.equal(dwelling([{ status: 'ingetrokken' }], { inOnderzoek: true }), null)
})
