// Does every instrument that the catalogue dates (domain §2.1) hold exactly from its first legal day to its last?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { basisStatus } from '../../gateway/policy/basis-status.ts'
import type { BasisStatus } from '../../gateway/policy/law.ts'
import { loadTexts } from '../../gateway/policy/load.ts'
import { shipped as law } from './law.ts'

function statusAt(id: string, moment: string, set = law): BasisStatus | undefined {
  const basis = set.grondslagen.get(id)
  return basis && basisStatus(basis, Date.parse(moment))
}

/** Which side of midnight in Amsterdam: +01:00 in winter, +02:00 in summer, written out and not computed. */
const edges: readonly [id: string, day: string, from: BasisStatus, until: BasisStatus][] = [
  ['pw-64-1-b', '2015-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['pw-34a', '2027-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['pw-balans-fase-1', '2026-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['pw-balans-fase-2', '2027-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['pw-balans-wacht', '2027-01-01T00:00:00+01:00', 'onbevestigd', 'onbevestigd'],
  ['wetsvoorstel-36785', '2027-01-01T00:00:00+01:00', 'wetsvoorstel', 'wetsvoorstel'],
  ['wetsvoorstel-36799', '2027-01-01T00:00:00+01:00', 'wetsvoorstel', 'wetsvoorstel'],
  ['wetsvoorstel-wgbtd', '2027-01-01T00:00:00+01:00', 'wetsvoorstel', 'wetsvoorstel'],
  ['wetsvoorstel-wams', '2027-01-01T00:00:00+01:00', 'wetsvoorstel', 'wetsvoorstel'],
  ['suwi-62-1', '2002-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['suwi-65', '2020-02-05T00:00:00+01:00', 'nog-niet-in-werking', 'buiten-toepassing'],
  ['wgsv-samenwerkingsverbanden', '2025-03-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['besluit-gs', '2025-03-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['waadi-wtta', '2027-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['dac7', '2023-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['dac8', '2026-01-01T00:00:00+01:00', 'onbevestigd', 'onbevestigd'],
  ['richtlijn-2011-16-16', '2026-01-01T00:00:00+01:00', 'onbevestigd', 'onbevestigd'],
  ['ai-5', '2025-02-02T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['ai-bijlage-3-5-a', '2026-08-02T00:00:00+02:00', 'nog-niet-in-werking', 'in-werking'],
  ['ai-bijlage-3-5-a-uitstel', '2027-12-02T00:00:00+01:00', 'onbevestigd', 'onbevestigd'],
  ['aafd-2015', '2023-07-01T00:00:00+02:00', 'onbevestigd', 'vervallen'],
  ['aafd-2023', '2023-07-01T00:00:00+02:00', 'nog-niet-in-werking', 'in-werking'],
  ['wgs-3-1-b', '2021-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['besluit-schuldhulp-2', '2021-01-01T00:00:00+01:00', 'nog-niet-in-werking', 'in-werking'],
  ['besluit-brp-28a-28g', '2023-05-15T00:00:00+02:00', 'nog-niet-in-werking', 'in-werking'],
  ['verdrag-nl-be-2010', '2015-10-01T00:00:00+02:00', 'nog-niet-in-werking', 'in-werking'],
  ['benelux-23530-152', '2026-11-22T00:00:00+01:00', 'onbevestigd', 'onbevestigd'],
]

/** Where no law changes: a leap day and both nights on which the clock changes. */
const nights = [
  ['2028-02-29T00:00:00+01:00', '2028-03-01T00:00:00+01:00'],
  ['2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00'],
  ['2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00'],
] as const

const second = 1000

test('each dated instrument changes at midnight in Amsterdam, and is still the old one a second before', () => {
  for (const [id, day, earlier, later] of edges) {
    const basis = law.grondslagen.get(id)
    assert.ok(basis, id)
    const midnight = Date.parse(day)
    assert.equal(basisStatus(basis, midnight - second), earlier, `${id}, 23:59:59`)
    assert.equal(basisStatus(basis, midnight), later, `${id}, 00:00:00`)
  }
})

test('on a leap day and on the nights the clock changes no instrument changes', () => {
  for (const [id] of edges) {
    for (const [first, next] of nights) {
      const moments = [Date.parse(first), Date.parse(next)]
      const basis = law.grondslagen.get(id)
      assert.ok(basis, id)
      const found = moments
        .flatMap(moment => [moment - second, moment])
        .map(at => basisStatus(basis, at))
      assert.equal(new Set(found).size, 1, `${id}: ${found} (${first})`)
    }
  }
})

test('a law of one day holds that whole day, also a leap day and a day of 23 or 25 hours', () => {
  for (const [first, next] of nights) {
    const day = first.slice(0, 10)
    const text = [
      'regeling: Wet van een dag',
      'bron: verzonnen voor de test',
      'grondslagen:',
      "  - { id: dag, artikel: '1', stand: vastgesteld, geldigVan: DAG, geldigTot: DAG, bevestigd: { op: 2026-11-22, tekstversie: test } }",
    ]
      .join('\n')
      .replaceAll('DAG', day)
    const set = loadTexts([{ path: 'grondslagen/dag.yaml', text }], 'test')
    const status = (moment: number) => statusAt('dag', new Date(moment).toISOString(), set)
    assert.equal(status(Date.parse(first) - second), 'nog-niet-in-werking', day)
    assert.equal(status(Date.parse(first)), 'in-werking', day)
    assert.equal(status(Date.parse(next) - second), 'in-werking', day)
    assert.equal(status(Date.parse(next)), 'vervallen', day)
  }
})

/** Several dates per law: what begins, what works and what may be punished are three things. */
const dates: readonly [id: string, soort: string, van: string][] = [
  ['waadi-wtta', 'operationeel', '2026-07-01'],
  ['waadi-wtta', 'inwerking', '2027-01-01'],
  ['waadi-wtta', 'handhaafbaar', '2028-01-01'],
  ['pw-balans-fase-1', 'inwerking', '2026-01-01'],
  ['pw-balans-fase-1', 'handhaafbaar', '2027-01-01'],
  ['pw-balans-fase-2', 'inwerking', '2027-01-01'],
  ['dac7', 'inwerking', '2023-01-01'],
  ['dac7', 'operationeel', '2024-01-01'],
]

test('a law has a date for what begins, what works and what may be enforced', () => {
  for (const [id, soort, van] of dates) {
    const found = law.grondslagen.get(id)?.data?.filter(one => one.soort === soort)
    assert.deepEqual(
      found?.map(one => one.van),
      [van],
      `${id} ${soort}`,
    )
  }
})

/** What the catalogue marks M, L or K, or did not find, or what none of its read texts holds. */
const unread = [
  'pw-11',
  'pw-13-1-a',
  'pw-13-2',
  'pw-15',
  'pw-47b-47g',
  'pw-50',
  'pw-52',
  'pw-53-1',
  'pw-77',
  'pw-78',
  'suwi-33',
  'suwi-34',
  'suwi-35',
  'suwi-64',
  'besluit-suwi-5-6',
  'besluit-suwi-5-7',
  'besluit-suwi-par-5-6',
  'besluit-suwi-5-20-5-23',
  'regeling-suwi-3-3',
  'regeling-suwi-6',
  'awir-7',
  'awir-8',
  'awir-38-1',
  'awir-38a',
  'awir-40-42',
  'awir-43',
  'awir-44',
  'awr-21-21k',
  'awr-55',
  'ur-awr-43c',
  'ur-awr-43c-1-i',
  'ur-awr-43c-1-l',
  'ur-awr-43c-1-m',
  'wbod-3',
  'sv-161',
  'sv-162',
  'om-sz-richtlijn',
  'awb-5-2',
  'awb-5-16',
  'awb-5-17',
  'awb-5-44',
  'awb-5-44-2',
  'awb-10-1',
  'wpg-8',
  'wpg-14',
  'wpg-16-20',
  'wpg-32',
  'wpg-32a',
  'bpg',
  'wjsg-39e-39f',
  'uavg-22-30',
  'uavg-31-33',
  'uavg-41',
  'uavg-46',
  'avg-7',
  'avg-9',
  'avg-10',
  'avg-13-14',
  'avg-17-18',
  'avg-20',
  'avg-21',
  'avg-22',
  'avg-23',
  'avg-31',
  'avg-37-39',
  'avg-58',
  'brp-1-7',
  'brp-3-2',
  'brp-3-22',
  'wet-bag',
  'kadasterwet',
  'wvw-42',
  'wvw-43',
  'kentekenreglement-7',
  'hrw',
  'zvw',
  'wzt-2',
  'wht',
  'wmo-2015-5',
  'wmo-2015-5-1-1',
  'wmo-2015-5-2',
  'jeugdwet',
  'archiefwet',
  'wgr',
  'wabb',
  'vreemdelingenwet',
  'koppelingswet',
  'anw-inkomen',
  'wet-buig',
  'wml',
  'wav',
  'arbowet',
  'atw',
  'wagweu',
  'wko-1-6',
  'besluit-schuldhulp-3',
  'evrm-8',
  'richtlijn-2017-1371',
  'eessi-besluiten-e',
  'vo-883-2004-76',
  'vo-987-2009-2-5',
  'vo-987-2009-4',
  'benelux-23530-152',
] as const

test('what nobody read is in the register, says so, and opens nothing on any day', () => {
  for (const id of unread) {
    for (const moment of [
      '2000-01-01T00:00:00+01:00',
      '2026-11-22T12:00:00+01:00',
      '2040-01-01T00:00:00+01:00',
    ]) {
      assert.equal(statusAt(id, moment), 'onbevestigd', id)
    }
    assert.ok((law.grondslagen.get(id)?.toelichting ?? '') !== '', id)
  }
})

test('a confirmed basis names the text that was read, and a day that is not after it was read', () => {
  for (const { id, bevestigd } of law.grondslagen.values()) {
    if (bevestigd === undefined) continue
    assert.ok(bevestigd.op <= '2026-11-22', id)
    assert.match(bevestigd.tekstversie, /\d|weergave|aanhef|pagina/, id)
  }
})
