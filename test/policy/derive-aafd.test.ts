import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedAnswers } from '../../gateway/policy/derive.ts'
import type { Material } from '../../gateway/policy/material.ts'
import { shipped } from './law.ts'

const presumed = { vermoedenOpzet: true, toelichtingOpzet: 'facturen', boeteOpgelegd: false }

function answers(gegevens: object, vandaag = '2026-09-15', gegevensset = 'fiod-aanmelding') {
  const dataset = shipped.gegevenssets.get(gegevensset)
  assert.ok(dataset)
  const material: Material = {
    rows: [{ ...gegevens }],
    dataset,
    law: shipped,
    profile: 'test',
    periode: { van: vandaag, totEnMet: vandaag },
    volledigTotEnMet: vandaag,
    vandaag,
    leefvorm: undefined,
    vrijlating: undefined,
    inOnderzoek: false,
  }
  return Object.keys(dataset.afgeleid).map(name => derivedAnswers[name]?.compute(material))
}

test('the criteria of the protocol: threshold, presumed intent, further criteria, and the EPPO first', () => {
  const rows: readonly (readonly [object, boolean | null, string | null])[] = [
    [{ nadeelbedrag: 10_000_000 }, true, 'bovenDrempel'],
    [{ nadeelbedrag: 9_999_999 }, false, 'onderDrempel'],
    [{}, false, 'onderDrempel'],
    [{ aanvullendeCriteria: [] }, false, 'onderDrempel'],
    [{ aanvullendeCriteria: ['samenloop'] }, true, 'aanvullendCriterium'],
    [{ aanvullendeCriteria: ['eom-ziet-af'] }, false, 'onderDrempel'],
    [{ nadeelbedrag: 10_000_000, aanvullendeCriteria: ['pif'] }, false, 'eerstNaarEom'],
    [
      { nadeelbedrag: 10_000_000, aanvullendeCriteria: ['pif', 'eom-ziet-af'] },
      true,
      'bovenDrempel',
    ],
    [{ nadeelbedrag: 10_000_000, aanvullendeCriteria: ['verzonnen'] }, null, null],
    [{ nadeelbedrag: 10_000_000, vermoedenOpzet: false }, false, 'geenVermoedenVanOpzet'],
    [{ nadeelbedrag: 10_000_000, toelichtingOpzet: undefined }, false, 'geenVermoedenVanOpzet'],
    [{ nadeelbedrag: 10_000_000, boeteOpgelegd: true }, false, 'boeteOpgelegd'],
  ]
  for (const [gegevens, meets, why] of rows) {
    assert.deepEqual(answers({ ...presumed, ...gegevens }), [meets, why], JSON.stringify(gegevens))
  }
})

test('before the protocol, after its checked term, and by a threshold that nobody confirmed nothing is said', () => {
  const good = { ...presumed, nadeelbedrag: 10_000_000 }
  assert.deepEqual(answers(good, '2023-06-30'), [null, null])
  assert.deepEqual(answers(good, '2023-07-01'), [true, 'bovenDrempel'])
  assert.deepEqual(answers(good, '2027-12-31'), [true, 'bovenDrempel'])
  assert.deepEqual(answers(good, '2028-01-01'), [null, null])
  assert.deepEqual(answers(good, '2026-09-15', 'om-aangifte'), [null, null])
})
