// Are the dated amounts those of the law, and unknown wherever no source gives one? Read through `norm`, as an answer does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays, monthOf } from '../../gateway/policy/legal-time.ts'
import { norm } from '../../gateway/policy/material.ts'
import { faultsOf, shipped } from './law.ts'

const halves = ['2024-01', '2024-07', '2025-01', '2025-07', '2026-01'] as const

/** In production: what was made up for tests is not there. */
function at(id: string, month: string, leefvorm?: string): number | undefined {
  return norm({ law: shipped, profile: 'productie', leefvorm }, id, monthOf(`${month}-01`))
}

function known(id: string, month: string, leefvorm?: string): number {
  const amount = at(id, month, leefvorm)
  assert.ok(amount !== undefined, `${id} ${leefvorm ?? ''} ${month}`)
  return amount
}

/** Half up to the cent, of whole cents times a whole number of `per`: no binary fractions. */
function share(cents: number, of: number, per: number): number {
  return Math.floor((2 * cents * of + per) / (2 * per))
}

function within(one: number, other: number, most: number, what: string): void {
  assert.ok(Math.abs(one - other) <= most, `${what}: ${one} and ${other}`)
}

test('the norms of one half year follow from each other, in every half year', () => {
  for (const month of halves) {
    const of = (leefvorm: string) => known('bijstandsnorm-netto', month, leefvorm)
    const couple = of('gehuwden')
    const young = of('alleenstaande18tot21')
    const child = (amount: number) => share(amount * 10 + couple * 2, 1, 10)
    assert.equal(of('alleenstaandeOuder18tot21'), young, month)
    assert.equal(of('gehuwden18tot21'), 2 * young, month)
    assert.equal(of('gehuwden18tot21MetKind'), child(of('gehuwden18tot21')), month)
    assert.equal(of('gehuwden18en21'), share(2 * young + couple, 1, 2), month)
    assert.equal(of('gehuwden18en21MetKind'), child(of('gehuwden18en21')), month)
    within(of('alleenstaande'), share(couple, 7, 10), 1, month)
    assert.equal(of('alleenstaandeOuder'), of('alleenstaande'), month)
    assert.equal(at('kostendelersnorm-jonge-partner', month, 'zonderKind') ?? young, young, month)
  }
})

test('the norm for who shares costs is the formula of the law, in every half year', () => {
  for (const month of halves) {
    const couple = known('bijstandsnorm-netto', month, 'gehuwden')
    for (const people of [2, 3, 4, 5, 6]) {
      const expected = share(couple, 40 + people * 30, 100 * people)
      assert.equal(known('kostendelersnorm-netto', month, `personen${people}`), expected, month)
    }
  }
})

test('without holiday allowance a norm is five per cent less, in every half year', () => {
  for (const month of halves) {
    for (const [without, id, leefvorm] of [
      ['alleenstaande18tot21', 'bijstandsnorm-netto', 'alleenstaande18tot21'],
      ['alleenstaande', 'bijstandsnorm-netto', 'alleenstaande'],
      ['gehuwden', 'bijstandsnorm-netto', 'gehuwden'],
      ['aowAlleenstaande', 'aio-norm-netto', 'alleenstaande'],
      ['aowGehuwden', 'aio-norm-netto', 'gehuwden'],
    ] as const) {
      const whole = known(id, month, leefvorm)
      const less = known('bijstandsnorm-zonder-vakantietoeslag', month, without)
      assert.equal(less, whole - share(whole, 5, 100), `${month} ${without}`)
    }
  }
})

test('a minimum wage for the young is its share of that for who is 21', () => {
  const shares = { 20: 800, 19: 600, 18: 500, 17: 395, 16: 345, 15: 300 }
  for (const month of [...halves, '2026-07']) {
    const whole = known('minimumloon', month, 'leeftijd21')
    for (const [age, per] of Object.entries(shares)) {
      assert.equal(known('minimumloon', month, `leeftijd${age}`), share(whole, per, 1000), month)
    }
  }
})

test('child benefit, IOAW and the Anw exemption keep their shares of one amount', () => {
  for (const month of ['2024-01', '2024-07', '2025-01', '2026-01']) {
    const whole = known('kinderbijslag', month, 'leeftijd12tot18')
    within(known('kinderbijslag', month, 'leeftijd0tot6'), share(whole, 70, 100), 1, month)
    within(known('kinderbijslag', month, 'leeftijd6tot12'), share(whole, 85, 100), 1, month)
  }
  for (const month of ['2025-07', '2026-01']) {
    const couple = known('ioaw-grondslag-bruto', month, 'gehuwden')
    assert.equal(known('ioaw-grondslag-bruto', month, 'alleenstaandeMetMedebewoners'), couple / 2)
  }
  for (const month of ['2024-07', '2025-01', '2026-01']) {
    assert.equal(known('anw-vrijlating-arbeid', month), known('referentiemaandloon', month) / 2)
  }
})

/** AOW art. 7a: the age of who reaches it in that year, in months. */
const pensionAges: Readonly<Record<string, number>> = {
  ...{ 2018: 792, 2019: 796, 2020: 796, 2021: 796, 2022: 799, 2023: 802, 2024: 804, 2025: 804 },
  ...{ 2026: 804, 2027: 804, 2028: 807, 2029: 807, 2030: 807, 2031: 807 },
}

test('who is born on the first and the last day of a row reaches AOW age in a year of that age', () => {
  const rows = shipped.normen.get('aow-leeftijd')?.bedragen ?? []
  assert.ok(rows.length > 0)
  for (const [index, { geldigVan, geldigTot = '', bedrag }] of rows.entries()) {
    for (const born of [geldigVan, geldigTot]) {
      const [year = 0, month = 0] = born.split('-').map(Number)
      const reached = Math.floor((year * 12 + month - 1 + bedrag) / 12)
      assert.equal(pensionAges[reached], bedrag, born)
    }
    const before = rows[index - 1]?.geldigTot
    if (before) assert.equal(geldigVan, addDays(before, 1), 'no birthday is left out')
  }
})

/** General knowledge alone, or not found. */
const unknown: readonly [id: string, month: string, leefvorm?: string][] = [
  ['referentiemaandloon', '2024-01'],
  ['referentiemaandloon', '2025-07'],
  ['referentiemaandloon', '2026-07'],
  ['kinderbijslag', '2025-07', 'leeftijd12tot18'],
  ['kinderbijslag', '2026-07', 'leeftijd12tot18'],
  ['zorgtoeslag-vermogen', '2024-06', 'alleenstaande'],
  ['zorgtoeslag-vermogen', '2026-01', 'alleenstaande'],
  ['aafd-drempel', '2023-06'],
  ['aangifte-drempel-sz', '2026-01'],
  ['vrijlating-arbeid-urenbeperkt', '2024-01'],
  ['vrijlating-arbeid-loonkostensubsidie', '2025-01'],
  ['vrijlating-arbeid-aow', '2027-01'],
  ['ioaw-grondslag-bruto', '2025-06', 'alleenstaande'],
  ['ioaw-grondslag-bruto', '2026-01', 'alleenstaandeOuder'],
  ['bijstandsnorm-jongeren-extra', '2025-12'],
  ['kostendelersnorm-jonge-partner', '2024-07', 'metKind'],
  ['minimumloon', '2027-01', 'leeftijd21'],
  ['minimumloon-bbl', '2025-07', 'leeftijd20'],
  ['vermogensvrijlating', '2027-01', 'alleenstaande'],
  ['vermogensvrijlating-eigen-woning', '2027-01'],
  ['kostendeler-leeftijd', '2022-12'],
  ['bijzondere-bijstand-drempel', '2024-12'],
  ['bbz-vermogen', '2027-01', 'zelfstandige'],
  ['giften-vrij', '2025-12'],
  ['wtta-zekerheid', '2026-12', 'uitlener'],
  ['kinderopvang-uurtarief-dagopvang', '2027-01'],
]

test('an amount that nobody confirmed, or no source gives, is unknown and never the last known', () => {
  for (const [id, month, leefvorm] of unknown) {
    assert.ok(shipped.normen.has(id), id)
    assert.equal(at(id, month, leefvorm), undefined, `${id} ${month}`)
  }
  const everyHalfYear = ['bijstandsnorm-netto', 'aio-norm-netto', 'bijstandsnorm-inrichting-netto']
  for (const id of [
    ...everyHalfYear,
    'bijstandsnorm-inrichting-verhoging',
    'aow-bruto',
    'aow-netto',
  ]) {
    for (const leefvorm of ['alleenstaande', 'gehuwden']) {
      assert.ok(
        halves.every(month => at(id, month, leefvorm) !== undefined),
        id,
      )
      assert.equal(at(id, '2023-12', leefvorm), undefined, id)
      assert.equal(at(id, '2026-07', leefvorm), undefined, id)
    }
  }
  assert.equal(at('bijstandsnorm-netto', '2026-01', 'eenling'), undefined)
})

test('what no amount follows from is what its source prints', () => {
  for (const [id, month, leefvorm, printed] of [
    ['vermogensvrijlating-eigen-woning', '2024-06', undefined, 6_390_000],
    ['vermogensvrijlating-eigen-woning', '2026-01', undefined, 6_750_000],
    ['kostendeler-leeftijd', '2023-01', undefined, 27 * 12],
    ['vrijwilligersvergoeding-maand', '2025-07', undefined, 21_000],
    ['vrijwilligersvergoeding-jaar', '2026-01', undefined, 220_000],
    ['oudedagsvoorziening-vrij', '2026-01', 'gehuwden', 2 * 2650],
    ['bijzondere-bijstand-drempel', '2026-01', undefined, 17_600],
    ['bijstand-belastbaar-inkomen', '2026-01', 'alleenstaande', 2_132_700],
    ['bbz-vermogen', '2025-01', 'zelfstandige', 24_389_200],
    ['bbz-bedrijfskapitaal', '2026-01', 'starter', 4_806_000],
    ['bbz-inkomen-oudere-zelfstandige', '2026-01', undefined, 1_036_800],
  ] as const) {
    assert.equal(known(id, month, leefvorm), printed, `${id} ${month}`)
  }
  assert.equal(
    known('bbz-vermogen', '2026-01', 'oudereZelfstandige'),
    known('ioaz-vermogen', '2026-01'),
  )
})

test('an amount that was made up counts in tests alone', () => {
  const material = { law: shipped, leefvorm: 'alleenstaande' } as const
  const july = monthOf('2026-07-01')
  assert.equal(norm({ ...material, profile: 'productie' }, 'bijstandsnorm-netto', july), undefined)
  assert.ok(norm({ ...material, profile: 'test' }, 'bijstandsnorm-netto', july))
})

/** Printed in public, and wrong: in this unit no norm may say it. */
const wrong: Readonly<Record<string, readonly number[]>> = {
  'eurocent-per-maand': [
    108900, 155600, 138000, 197000, 95200, 146500, 77000, 74972, 105806, 111212, 112215,
  ],
  'eurocent-per-uur': [902, 766, 933, 733, 1283, 1060],
  eurocent: [750000, 1500000, 12758200],
  maanden: [798, 801],
}

/** Right of something else or of another time: not of these. */
const misplaced: readonly [
  id: string,
  month: string,
  leefvorm: string | undefined,
  amount: number,
][] = [
  ['bijstandsnorm-netto', '2024-07', 'alleenstaande', 125764],
  ['bijstandsnorm-netto', '2026-01', 'alleenstaandeOuder18tot21', 105806],
  ['kinderbijslag', '2025-01', 'leeftijd12tot18', 40241],
  ['minimumloon', '2025-07', 'leeftijd21', 1368],
  ['kinderopvang-uurtarief-gastouder', '2025-01', undefined, 690],
  ['aow-bruto', '2026-01', 'gehuwden', 111212],
]

test('no value that public sources print wrongly stands in any norm', () => {
  for (const { id, eenheid, bedragen } of shipped.normen.values()) {
    for (const { bedrag } of bedragen) {
      assert.ok(!wrong[eenheid]?.includes(bedrag), `${id}: ${bedrag}`)
    }
  }
  for (const [id, month, leefvorm, amount] of misplaced) {
    assert.notEqual(known(id, month, leefvorm), amount, `${id} ${month}`)
  }
})

test('every row of a norm says where it comes from, and ends; a half year ends on its last day', () => {
  const halfYears = ['-06-30', '-12-31']
  for (const { id, bedragen } of shipped.normen.values()) {
    for (const row of bedragen) {
      assert.ok(row.bron.length > 3, id)
      if (id === 'aow-leeftijd' || row.status === 'testwaarde') continue
      assert.ok(
        halfYears.some(end => row.geldigTot?.endsWith(end)),
        `${id} ${row.geldigTot}`,
      )
    }
  }
})

test('a row of a norm that ends before it begins is refused at its place', async () => {
  const amount = 'bedrag: 2400, geldigVan: 2025-01-01, geldigTot: 2025-12-31'
  const faults = await faultsOf({
    'normen/toeslag-minimum.yaml': [[amount, amount.replace('2025-12-31', '2024-12-31')]],
  })
  assert.deepEqual(
    faults.map(({ file, line, message }) => [file, line, message]),
    [['normen/toeslag-minimum.yaml', 7, 'geldigTot ligt voor geldigVan']],
  )
})

test('a code that changed its meaning means what it meant on its day', () => {
  const codes = shipped.codelijsten.get('aard-arbeidsverhouding')?.codes ?? []
  const meaning = (code: string, day: string) =>
    codes.find(
      one =>
        one.code === code && (one.geldigVan ?? '') <= day && day <= (one.geldigTot ?? '9999-12-31'),
    )?.betekenis
  assert.equal(meaning('81', '2021-12-31'), 'Payrolling (oud)')
  assert.equal(meaning('81', '2022-01-01'), 'Overige fictieve arbeidsverhouding')
  assert.equal(meaning('82', '2021-12-31'), undefined)
  assert.equal(meaning('82', '2022-01-01'), 'Payrolling')
  assert.equal(meaning('20', '2022-01-01'), undefined)
})
