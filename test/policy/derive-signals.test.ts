import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Dataset } from '../../gateway/policy/law.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { type Row, shipped } from './law.ts'

const vandaag = '2026-09-15'

function derive(name: string, set: string, row: Row, change: Partial<Material> = {}) {
  const rule = derivedAnswers[name]
  const dataset = shipped.gegevenssets.get(set) as Dataset
  assert.ok(rule && Object.hasOwn(dataset.afgeleid, name))
  return rule.compute({
    ...{ rows: [row], dataset, law: shipped, profile: 'productie' },
    periode: { van: vandaag, totEnMet: vandaag },
    ...{ volledigTotEnMet: vandaag, vandaag, leefvorm: undefined, vrijlating: undefined },
    inOnderzoek: false,
    ...change,
  })
}

/** Per answer: its dataset, and what it says of a row. */
const tables: Readonly<Record<string, readonly [string, readonly (readonly [Row, unknown])[]]>> = {
  nieuweInkomstenverhouding: [
    'ib-nieuwe-inkomsten',
    [
      [{}, null],
      [{ datumAanvang: 20260901 }, null],
      [{ datumAanvang: '2026-09-16' }, null],
      [{ datumAanvang: '2026-09-15' }, true],
      [{ datumAanvang: '2019-01-01' }, true],
    ],
  ],
  dubbeleUitkering: [
    'ib-dubbele-uitkering',
    [
      [{}, null],
      [{ periodeOverlap: null }, null],
      [{ periodeOverlap: {} }, null],
      [{ periodeOverlap: { van: '2026-08-31', tot: '2026-08-01' } }, null],
      [{ periodeOverlap: { van: '2026-09-16', tot: null } }, null],
      [{ periodeOverlap: { van: '2026-08-01', tot: '2026-08-01' } }, true],
      [{ periodeOverlap: { van: '2026-08-01', tot: null } }, true],
    ],
  ],
  samenstellingGewijzigd: [
    'brp-kostendelers',
    [
      [{ aantalWas: 2 }, null],
      [{ aantalWas: 2, aantalWordt: '3' }, null],
      [{ aantalWas: 2, aantalWordt: 2 }, false],
      [{ aantalWas: 2, aantalWordt: 1 }, true],
    ],
  ],
  rechtensVrijheidOntnomen: [
    'ib-detentie',
    [
      [{}, null],
      [{ datumInsluiting: '2026-09-15' }, true],
      [{ datumInsluiting: '2026-09-16' }, false],
      [{ datumInsluiting: '2026-09-01', datumOntslag: '2026-09-16' }, true],
      [{ datumInsluiting: '2026-09-01', datumOntslag: '2026-09-15' }, false],
      [{ datumOntslag: '2026-09-14' }, false],
      [{ datumOntslag: '2026-09-16' }, null],
      [{ datumInsluiting: '2026-09-10', datumOntslag: '2026-09-01' }, null],
    ],
  ],
  tariefBovenMaximum: [
    'kov-uren',
    [
      [{ maand: '2026-08', soortOpvang: 'DO' }, null],
      [{ maand: '2026-08', soortOpvang: 'DO', gemiddeldUurtarief: 1123 }, false],
      [{ maand: '2026-08', soortOpvang: 'DO', gemiddeldUurtarief: 1124 }, true],
      [{ maand: '2026-08', soortOpvang: 'BSO', gemiddeldUurtarief: 999 }, true],
      [{ maand: '2026-08', soortOpvang: 'BSO', gemiddeldUurtarief: 998 }, false],
      [{ maand: '2026-08', soortOpvang: 'GO', gemiddeldUurtarief: 850 }, true],
      [{ maand: '2025-12', soortOpvang: 'GO', gemiddeldUurtarief: 849 }, true],
      [{ maand: '2024-12', soortOpvang: 'DO', gemiddeldUurtarief: 1025 }, false],
      [{ maand: '2023-01', soortOpvang: 'BSO', gemiddeldUurtarief: 786 }, true],
      // outside the rows of the norm, of an unknown kind, or in no month
      [{ maand: '2022-12', soortOpvang: 'DO', gemiddeldUurtarief: 9999 }, null],
      [{ maand: '2027-01', soortOpvang: 'DO', gemiddeldUurtarief: 9999 }, null],
      [{ maand: '2026-08', soortOpvang: 'XX', gemiddeldUurtarief: 9999 }, null],
      [{ maand: '2026-13', soortOpvang: 'DO', gemiddeldUurtarief: 9999 }, null],
      [{ soortOpvang: 'DO', gemiddeldUurtarief: 9999 }, null],
    ],
  ],
}

for (const [name, [set, rows]] of Object.entries(tables)) {
  test(`${name} is told of what is known, and null of what is not`, () => {
    for (const [row, wanted] of rows) {
      assert.equal(derive(name, set, row), wanted, JSON.stringify(row))
    }
  })
}

test('an input under investigation makes of no a null, and of yes nothing', () => {
  const doubt = { inOnderzoek: true }
  const same = { aantalWas: 2, aantalWordt: 2 }
  assert.equal(derive('samenstellingGewijzigd', 'brp-kostendelers', same, doubt), null)
  const other = { aantalWas: 2, aantalWordt: 3 }
  assert.equal(derive('samenstellingGewijzigd', 'brp-kostendelers', other, doubt), true)
})

test('detention is told on the asked day, and of a day to come nothing is known', () => {
  const row = { datumInsluiting: '2026-03-02', datumOntslag: '2026-06-01' }
  const on = (day: string) =>
    derive('rechtensVrijheidOntnomen', 'ib-detentie', row, {
      periode: { van: day, totEnMet: day },
    })
  assert.deepEqual(['2026-03-01', '2026-03-02', '2026-05-31', '2026-06-01', '2026-09-15'].map(on), [
    false,
    true,
    true,
    false,
    false,
  ])
  assert.equal(on('2026-09-16'), null)
})
