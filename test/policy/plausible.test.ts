import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Dataset, PolicySet } from '../../gateway/policy/law.ts'
import { doubtful, markList, plausibilityRules } from '../../gateway/policy/plausible.ts'
import { handedCheck } from '../../gateway/policy/row-schema.ts'
import { bsn, noon, type Row, shipped } from './law.ts'

const child = '999993653'
const good = {
  bsnKind: child,
  lrkNummer: '123456789',
  maand: '2026-08',
  urenAfgenomen: 96.5,
  gemiddeldUurtarief: 1050,
  soortOpvang: 'DO',
  geboortedatumKind: '2024-02-29',
  geboortedatumOuder: '1990-05-05',
}

function marks(gegevensset: string, gegevens: Row, law: PolicySet = shipped): string[] {
  const betrokkene = { soort: 'bsn', waarde: bsn } as const
  return doubtful({ betrokkene, gegevens }, { gegevensset }, law, noon).map(
    ({ veld, code }) => `${veld} ${code}`,
  )
}

const hours = (change: Row) => marks('kov-uren', { ...good, ...change })

test('a month of childcare as it should be is not marked', () => {
  assert.deepEqual(hours({}), [])
  assert.deepEqual(hours({ datumEindeContract: '2026-08-01' }), [])
  assert.deepEqual(hours({ datumEindeContract: '2027-12-31' }), [], 'an end is known beforehand')
  assert.deepEqual(hours({ urenAfgenomen: 230, gemiddeldUurtarief: 1123 }), [])
  assert.deepEqual(hours({ maand: '2025-09' }), [])
  assert.deepEqual(hours({ urenAfgenomen: 0 }), [])
  assert.deepEqual(hours({ geboortedatumKind: '2026-08-31' }), [])
})

/** One thing changed, and every mark that it gives. */
const odd: readonly (readonly [Row, readonly string[]])[] = [
  [{ urenAfgenomen: -0.25 }, ['urenAfgenomen uren-negatief']],
  [{ urenAfgenomen: 230.25 }, ['urenAfgenomen uren-boven-maximum']],
  [{ urenAfgenomen: 744 }, ['urenAfgenomen uren-boven-maximum']],
  [{ urenAfgenomen: 744.25 }, ['urenAfgenomen uren-meer-dan-maand']],
  [{ maand: '2026-02', urenAfgenomen: 672.25 }, ['urenAfgenomen uren-meer-dan-maand']],
  [{ gemiddeldUurtarief: 0 }, ['gemiddeldUurtarief tarief-nul']],
  [{ gemiddeldUurtarief: -1 }, ['gemiddeldUurtarief tarief-nul']],
  [{ gemiddeldUurtarief: 1124 }, ['gemiddeldUurtarief tarief-boven-maximum']],
  [{ soortOpvang: 'GO', gemiddeldUurtarief: 850 }, ['gemiddeldUurtarief tarief-boven-maximum']],
  [{ soortOpvang: 'XX' }, ['soortOpvang code-onbekend']],
  [{ maand: '2026-09' }, ['maand maand-in-toekomst']],
  [{ maand: '2025-08' }, ['maand maand-te-lang-geleden']],
  [{ datumEindeContract: '2026-07-31' }, ['datumEindeContract contract-eerder-geeindigd']],
  [{ geboortedatumKind: '2026-09-01' }, ['geboortedatumKind kind-niet-geboren']],
  [{ geboortedatumKind: '2012-07-31' }, ['geboortedatumKind kind-te-oud']],
  [{ geboortedatumOuder: '2024-02-29' }, ['geboortedatumOuder ouder-niet-ouder-dan-kind']],
  [{ bsnKind: bsn }, ['bsnKind zelfde-nummer']],
  [
    { geboortedatumKind: '2026-09-16', geboortedatumOuder: '2026-09-17' },
    [
      'geboortedatumKind dag-in-toekomst',
      'geboortedatumOuder dag-in-toekomst',
      'geboortedatumKind kind-niet-geboren',
      'geboortedatumOuder ouder-niet-ouder-dan-kind',
    ],
  ],
  [
    { maand: '2026-10', urenAfgenomen: 9999, gemiddeldUurtarief: 0 },
    [
      'maand maand-in-toekomst',
      'urenAfgenomen uren-meer-dan-maand',
      'gemiddeldUurtarief tarief-nul',
    ],
  ],
]

test('what can hardly be so in a month of childcare is marked by field and code', () => {
  for (const [change, wanted] of odd)
    assert.deepEqual(hours(change), wanted, JSON.stringify(change))
})

test('what is not there, or of another type, is marked by nothing', () => {
  for (const name of Object.keys(good)) {
    const { [name as keyof typeof good]: _, ...rest } = good
    assert.deepEqual(marks('kov-uren', rest), [], name)
  }
  assert.deepEqual(marks('kov-uren', {}), [])
  assert.deepEqual(marks('kov-uren', { urenAfgenomen: '1', maand: 8, geboortedatumKind: null }), [])
  assert.deepEqual(marks('uwv-inkomstenverhoudingen', good), [], 'no rules, no marks')
  assert.deepEqual(marks('onbekend', good), [])
})

test('a month that no norm holds is not measured by the norm of another', () => {
  assert.deepEqual(hours({ maand: '2027-01', urenAfgenomen: 700, gemiddeldUurtarief: 5000 }), [
    'maand maand-in-toekomst',
    'urenAfgenomen uren-boven-maximum',
  ])
  const production = { ...shipped, profiel: 'productie' } as const
  assert.deepEqual(
    marks('kov-uren', { ...good, maand: '2026-08', urenAfgenomen: 700 }, production),
    [],
  )
  assert.deepEqual(
    marks(
      'kov-uren',
      { ...good, maand: '2024-08', gemiddeldUurtarief: 1000, urenAfgenomen: 700 },
      production,
    ),
    ['urenAfgenomen uren-boven-maximum'],
  )
  assert.deepEqual(marks('kov-uren', { ...good, maand: '2020-08' }, production), [
    'geboortedatumKind kind-niet-geboren',
  ])
})

const signals: readonly (readonly [string, Row, readonly string[]])[] = [
  ['ib-nieuwe-inkomsten', { datumAanvang: '2026-09-15' }, []],
  ['ib-nieuwe-inkomsten', { datumAanvang: '2026-09-16' }, ['datumAanvang dag-in-toekomst']],
  ['ib-detentie', { soort: 'ingesloten', datumInsluiting: '2026-09-01' }, []],
  ['ib-detentie', { soort: 'ontslagen', datumOntslag: '2026-09-01' }, []],
  ['ib-detentie', { soort: 'ontslagen' }, ['datumOntslag dag-ontbreekt']],
  ['ib-detentie', { soort: 'ingesloten' }, ['datumInsluiting dag-ontbreekt']],
  [
    'ib-detentie',
    { soort: 'ontslagen', datumInsluiting: '2026-09-02', datumOntslag: '2026-09-01' },
    ['datumOntslag ontslag-voor-insluiting'],
  ],
  [
    'ib-detentie',
    { soort: 'vrij', datumInsluiting: '2026-10-01', datumOntslag: '2026-11-01' },
    ['soort code-onbekend', 'datumInsluiting dag-in-toekomst', 'datumOntslag dag-in-toekomst'],
  ],
  ['brp-kostendelers', { aantalWas: 2, aantalWordt: 3, datumWijziging: '2026-09-01' }, []],
  ['brp-kostendelers', { aantalWas: 2, aantalWordt: 2 }, ['aantalWordt aantal-gelijk']],
  [
    'ib-dubbele-uitkering',
    { periodeOverlap: { van: '2026-08-01', tot: null }, regeling: 'PW' },
    [],
  ],
  [
    'ib-dubbele-uitkering',
    { periodeOverlap: { van: '2026-09-16', tot: '2026-09-01' }, regeling: 'ABC' },
    [
      'regeling code-onbekend',
      'periodeOverlap dag-in-toekomst',
      'periodeOverlap periode-achterstevoren',
    ],
  ],
  ['doelgroep-kot', { volgdeVoorziening: true, periode: { van: '2026-01-01', tot: null } }, []],
  [
    'doelgroep-kot',
    { volgdeVoorziening: true, periode: { van: '2026-02-01', tot: '2026-01-01' } },
    ['periode periode-achterstevoren'],
  ],
  ['sluis-terugmelding', { reden: 'post-retour' }, []],
  ['sluis-terugmelding', { reden: 'gevoel' }, ['reden code-onbekend']],
]

test('a signal whose days or codes can hardly be so is marked, and a right one is not', () => {
  for (const [set, row, wanted] of signals) {
    assert.deepEqual(marks(set, row), wanted, `${set} ${JSON.stringify(row)}`)
  }
})

test('every rule is used, every code that a rule can give is told in words, and no word is idle', () => {
  const used = new Set([...shipped.gegevenssets.values()].flatMap(set => set.aannemelijk ?? []))
  assert.deepEqual([...used].sort(), [...plausibilityRules.keys()].sort())
  const told = shipped.codelijsten.get(markList)?.codes.map(({ code }) => code) ?? []
  const given = new Set([...plausibilityRules.values()].flatMap(({ codes }) => codes))
  assert.deepEqual([...given].sort(), told.toSorted())
})

/** Values of every shape, mostly those that a field could hold. */
const value = fc.oneof(
  fc.constantFrom(
    null,
    true,
    '',
    'DO',
    'PW',
    'ingesloten',
    bsn,
    child,
    '2026-02-30',
    '2026-13',
    -1,
    0,
  ),
  fc.integer({ min: -5, max: 20_000 }),
  fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map(day => day.toISOString().slice(0, 10)),
  fc.constantFrom('2019-01', '2026-08', '2026-09', '2031-12'),
  fc.record({
    van: fc.constantFrom('2026-01-01', '2026-12-31', 7),
    tot: fc.constantFrom('2026-06-01', null),
  }),
)

test('whatever a line holds, a rule marks its own fields with its own codes and touches nothing', () => {
  const sets = [...shipped.gegevenssets.values()].filter(set => set.aannemelijk !== undefined)
  fc.assert(
    fc.property(
      fc
        .constantFrom(...sets)
        .chain(set =>
          fc.tuple(
            fc.constant(set),
            fc.dictionary(fc.constantFrom(...Object.keys(set.velden), 'vreemd'), value),
          ),
        ),
      ([set, row]: [Dataset, Row]) => {
        const before = JSON.stringify(row)
        const found = doubtful(
          { betrokkene: { soort: 'bsn', waarde: bsn }, gegevens: Object.freeze(row) },
          { gegevensset: set.id },
          shipped,
          noon,
        )
        assert.equal(JSON.stringify(row), before)
        const codes = (set.aannemelijk ?? []).flatMap(
          name => plausibilityRules.get(name)?.codes ?? [],
        )
        for (const { veld, code } of found) {
          assert.ok(Object.hasOwn(set.velden, veld), veld)
          assert.ok(codes.includes(code), code)
        }
        assert.equal(new Set(found.map(mark => `${mark.veld} ${mark.code}`)).size, found.length)
      },
    ),
    { numRuns: 400 },
  )
})

test('a marked line is a line: it has the types of its fields, so it is never refused for being odd', () => {
  const set = shipped.gegevenssets.get('kov-uren') as Dataset
  for (const [change] of odd) assert.deepEqual(handedCheck(set)({ ...good, ...change }), [])
})
