import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import { entitlements } from '../../gateway/policy/entitlements.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import {
  addDays,
  firstDay,
  lastDay,
  legalDate,
  midnight,
  monthOf,
} from '../../gateway/policy/legal-time.ts'
import type { Party, Question } from '../../gateway/terms.ts'
import { noon, oins, shipped, variant } from './law.ts'

const motivering = { noodzaak: 'a', lichterMiddel: 'b' }

/** Asks for one field, as a caller would that guesses everything else right. */
function probe(
  party: Party,
  namens: string | undefined,
  id: string,
  veld: string,
  functie: string,
  law: PolicySet,
  now: number,
) {
  const arrangement = law.uitwisselingen.get(id)
  assert.ok(arrangement)
  const { voorwaarden } = arrangement
  const month = monthOf(legalDate(now)) - 1
  const vraag: Question = {
    uitwisseling: id,
    ontvanger: party.oin,
    velden: [veld],
    sleutel: 'bsn',
    zaak: true,
    systeemproces: false,
    functie,
    motivering,
    ...(namens !== undefined && { namens }),
    ...(voorwaarden.periode && { periode: { van: firstDay(month), totEnMet: lastDay(month) } }),
    ...(voorwaarden.parameters && { parameters: { leefvorm: 'gehuwden' } }),
  }
  const facts = { treden: arrangement.treden.map(one => one.id), noodrem: [] }
  return decide(vraag, facts, law, now).uitkomst === 'toegestaan'
}

/** Every (exchange, principal, field, function) that probing finds allowed. */
function probed(party: Party, law: PolicySet, now: number): string[] {
  const found: string[] = []
  for (const arrangement of law.uitwisselingen.values()) {
    const set = law.gegevenssets.get(arrangement.gegevensset)
    const fields = [...Object.keys(set?.velden ?? {}), ...Object.keys(set?.afgeleid ?? {})]
    for (const namens of [undefined, ...law.partijen.keys()]) {
      for (const functie of [
        'inkomensconsulent',
        'onderzoeker',
        'consulent-dienstverlening',
        'x',
      ]) {
        for (const veld of fields) {
          if (probe(party, namens, arrangement.id, veld, functie, law, now)) {
            found.push([arrangement.id, namens, veld, functie].join(' '))
          }
        }
      }
    }
  }
  return found.sort()
}

function listed(party: Party, law: PolicySet, now: number): string[] {
  return entitlements(party, law, now)
    .bevoegdheden.flatMap(one =>
      one.treden.flatMap(rung =>
        rung.functies.flatMap(functie =>
          rung.velden.map(veld => [one.uitwisseling, one.namens?.oin, veld, functie].join(' ')),
        ),
      ),
    )
    .sort()
}

const mandates = await variant({
  'partijen/demo.yaml': [
    [
      'soort: servicecentrum, status: actief }',
      `soort: servicecentrum, status: actief, vertegenwoordigt: [{ oin: '${oins.dijkdorp}', soort: mandaat, besluit: b, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-01-01, geldigTot: 2026-10-25 }, { oin: '${oins.waterstad}', soort: delegatie, besluit: c, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-11-01 }] }`,
    ],
  ],
})

const moments = ['2025-12-31', '2026-01-01', '2026-09-15', '2026-10-26', '2026-11-01', '2027-12-02']

for (const [name, law] of [
  ['the shipped law', shipped],
  ['a law with mandate and delegatie', mandates],
] as const) {
  test(`under ${name} every party is told exactly what probing finds, on every date`, () => {
    for (const date of moments) {
      const now = midnight(date)
      for (const party of law.partijen.values()) {
        assert.deepEqual(listed(party, law, now), probed(party, law, now), `${party.naam} ${date}`)
      }
    }
  })
}

test('an entitlement ends where asking ends: the day before is its last', () => {
  for (const [oin, law, last] of [
    [oins.waterstad, shipped, '2027-12-01'],
    [oins.delta, mandates, '2026-10-25'],
  ] as const) {
    const party = law.partijen.get(oin) as Party
    const told = entitlements(party, law, noon).bevoegdheden[0]
    assert.equal(told?.totEnMet, last)
    const listedAt = (date: string) => listed(party, law, midnight(date)).length
    assert.ok(listedAt(last) > 0)
    assert.equal(listedAt(addDays(last, 1)), 0)
  }
})

test('a municipality sees what the law still closes, and why; another party sees nothing of it', () => {
  const own = entitlements(shipped.partijen.get(oins.waterstad) as Party, shipped, noon)
  assert.deepEqual(
    own.gesloten.map(one => [one.uitwisseling, one.redenen[0]?.code]),
    [
      ['lu-inkomsten-bijstand', 'GRONDSLAG_ONBEVESTIGD'],
      ['proactieve-dienstverlening', 'GRONDSLAG_NIET_IN_WERKING'],
      ['wmo-handhaving', 'DOEL_ONVERENIGBAAR'],
    ],
  )
  for (const oin of [oins.uwv, oins.toeslagen, oins.fiod]) {
    const other = entitlements(shipped.partijen.get(oin) as Party, shipped, noon)
    assert.deepEqual([other.bevoegdheden, other.gesloten], [[], []])
  }
})
