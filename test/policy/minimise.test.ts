import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type SourceAnswer, SourceError } from '../../gateway/adapter.ts'
import { minimise } from '../../gateway/policy/minimise.ts'
import type { Facts, Release, RequestBody } from '../../gateway/terms.ts'
import {
  answered,
  bsn,
  deltaTies,
  noon,
  oins,
  permitted,
  type Row,
  relation,
  shipped,
  variant,
} from './law.ts'

const quarter = ['2026-05', '2026-06', '2026-07']
const light = ['heeftInkomstenverhouding', 'inkomenBovenBijstandsnorm']
const amounts = ['loonSv', 'tijdvak', 'aantalVerloondeUren', 'soortInkomstenverhouding']
const options = { now: noon, profile: 'test', sleutel: 'k' } as const
const job = relation(1, '15', quarter, 40_000)

function release(rows: readonly Row[], change: Partial<RequestBody> = { velden: light }): Release {
  return minimise(answered(rows), permitted(change), shipped, options)
}

function refused(answer: SourceAnswer): SourceError {
  try {
    minimise(answer, permitted({ velden: light }), shipped, options)
  } catch (error) {
    assert.ok(error instanceof SourceError)
    assert.equal(error.code, 'source-malformed')
    return error
  }
  assert.fail('the answer was released')
}

test('the answer holds the asked fields and nothing else of the source', () => {
  const { antwoord, verstrekt, weggelaten, aantal } = release(job)
  assert.deepEqual(antwoord.antwoord, [
    { heeftInkomstenverhouding: true, inkomenBovenBijstandsnorm: false },
  ])
  assert.deepEqual([verstrekt, weggelaten, aantal], [light, [], 1])
  assert.equal(antwoord.resultaat, 'gegevens')
  const text = JSON.stringify(antwoord)
  for (const secret of ['De Korst', '900000004', '40000', bsn, '2026-000123', 'u-4711']) {
    assert.ok(!text.includes(secret), secret)
  }
})

test('the answer says what it rests on, as design §3.4 prints it', () => {
  const { antwoord } = release(job)
  assert.deepEqual(
    new Set(Object.keys(antwoord)),
    new Set([
      'transactie',
      'omgeving',
      'uitwisseling',
      'doel',
      'grondslagen',
      'beleid',
      'velden',
      'resultaat',
      'antwoord',
      'nietGeleverd',
      'herkomst',
      'gebruiksbeperkingen',
      'bewaarregel',
    ]),
  )
  assert.deepEqual(antwoord.herkomst, {
    bron: oins.uwv,
    peildatum: '2026-08-31',
    volledigTotEnMet: '2026-07-31',
    inOnderzoek: [],
    kwaliteit: 'A',
    ontvangenOp: '2026-09-15T10:00:00.000Z',
  })
  const labels = antwoord.gebruiksbeperkingen.filter(one =>
    /indicatie, geen vaststelling/.test(one),
  )
  assert.equal(labels.length, 1)
  const real = minimise(answered(job), permitted({ velden: light }), shipped, {
    ...options,
    profile: 'productie',
  })
  assert.equal('omgeving' in real.antwoord, false)
})

test('amounts come as one row per relation and statement in the period', () => {
  const months = ['2026-04', ...quarter, '2026-08']
  const rows = [...relation(1, '15', months, 40_000), ...relation(2, '11', ['2026-06'], 5)]
  const { antwoord, verstrekt } = release(rows, { velden: amounts })
  assert.deepEqual(
    antwoord.antwoord.map(row => [row.loonSv, row.tijdvak]),
    [
      [40_000, { van: '2026-05-01', tot: '2026-05-31' }],
      [40_000, { van: '2026-06-01', tot: '2026-06-30' }],
      [40_000, { van: '2026-07-01', tot: '2026-07-31' }],
      [5, { van: '2026-06-01', tot: '2026-06-30' }],
    ],
  )
  assert.deepEqual(Object.keys(antwoord.antwoord[0] ?? {}), amounts)
  assert.deepEqual(verstrekt, amounts)
})

test('derived answers asked with amounts repeat on each row', () => {
  const velden = ['loonSv', 'heeftInkomstenverhouding']
  const { antwoord } = release(job, { velden })
  const row = { loonSv: 40_000, heeftInkomstenverhouding: true }
  assert.deepEqual(antwoord.antwoord, [row, row, row])
})

test('rows of benefits are not given: they have an exchange of their own', () => {
  const rows = [...relation(1, '33', quarter, 190_000), ...relation(2, '31', quarter, 1)]
  const only = release(rows, { velden: ['loonSv'] })
  assert.deepEqual(
    [only.antwoord.resultaat, only.antwoord.antwoord, only.aantal],
    ['geenGegevens', [], 0],
  )
  const both = release(rows, { velden: ['loonSv', 'heeftUitkeringsverhouding'] })
  assert.deepEqual(both.antwoord.antwoord, [{ heeftUitkeringsverhouding: true }])
  assert.deepEqual([both.verstrekt, both.weggelaten], [['heeftUitkeringsverhouding'], ['loonSv']])
  assert.deepEqual(both.antwoord.nietGeleverd, [{ veld: 'loonSv', reden: 'geenGegevens' }])
})

test('a row of an unknown kind is not given, and its absence is not read as no income', () => {
  const { antwoord } = release(relation(1, '85', quarter, 7), { velden: ['loonSv'] })
  assert.deepEqual([antwoord.resultaat, antwoord.antwoord], ['gegevens', []])
  assert.deepEqual(antwoord.nietGeleverd, [{ veld: 'loonSv', reden: 'soortOnbekend' }])
})

test('a relation without statement, and a statement outside the period, give no row', () => {
  const { tijdvak: _t, loonSv: _l, ...bare } = job[0] as Row
  const rows = [bare, ...relation(2, '15', ['2026-04'], 9)]
  assert.deepEqual(release(rows, { velden: ['loonSv'] }).antwoord.antwoord, [])
})

test('a field one row lacks is null there; one that all lack is not delivered', () => {
  const { aantalVerloondeUren: _, ...without } = job[0] as Row
  const some = release([without, ...job.slice(1)], { velden: ['loonSv', 'aantalVerloondeUren'] })
  assert.equal(some.antwoord.antwoord[0]?.aantalVerloondeUren, null)
  const none = release([without], { velden: ['loonSv', 'aantalVerloondeUren'] })
  assert.deepEqual(none.antwoord.antwoord, [{ loonSv: 40_000 }])
  assert.deepEqual([none.verstrekt, none.weggelaten], [['loonSv'], ['aantalVerloondeUren']])
  assert.deepEqual(none.antwoord.nietGeleverd, [
    { veld: 'aantalVerloondeUren', reden: 'geenGegevens' },
  ])
})

test('a relation that the asker pays itself is left out whole, statement by statement', () => {
  const own = relation(1, '43', quarter, 140_000, { fiNummer: '000000001' })
  const { fiNummer: _, ...nameless } = own[1] as Row
  const rows = [own[0] as Row, nameless, own[2] as Row]
  const velden = ['heeftUitkeringsverhouding']
  assert.equal(release(rows, { velden }).antwoord.antwoord[0]?.heeftUitkeringsverhouding, false)
  const other = relation(1, '43', quarter, 140_000, { fiNummer: '000000002' })
  assert.equal(release(other, { velden }).antwoord.antwoord[0]?.heeftUitkeringsverhouding, true)
})

test('a relation that the principal pays is left out too', async () => {
  const law = await variant({
    'partijen/demo.yaml': [
      [deltaTies, ''],
      [
        'soort: servicecentrum, status: actief }',
        `soort: servicecentrum, status: actief, vertegenwoordigt: [{ oin: '${oins.dijkdorp}', soort: mandaat, besluit: b, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-01-01 }] }`,
      ],
    ],
  })
  const permission = permitted({ namens: oins.dijkdorp }, { law, ontvanger: oins.delta })
  const paid = (fiNummer: string) =>
    minimise(answered(relation(1, '15', quarter, 1, { fiNummer })), permission, law, options)
      .antwoord.antwoord[0]?.heeftInkomstenverhouding
  assert.deepEqual(['000000002', '000000003', '000000001'].map(paid), [false, false, true])
})

test('an unknown person, a source that does not hold this, and a refusing one give no rows', () => {
  for (const resultaat of ['geenGegevens', 'nietBeschikbaar', 'geweigerd'] as const) {
    const { herkomst } = answered([])
    const made = minimise({ resultaat, herkomst }, permitted({ velden: light }), shipped, options)
    assert.equal(made.antwoord.resultaat, resultaat)
    assert.deepEqual([made.antwoord.antwoord, made.verstrekt, made.aantal], [[], [], 0])
    assert.deepEqual(made.weggelaten, light)
  }
})

test('of somebody who died only the fields leave that the arrangement names; without a list none', async () => {
  const velden = ['heeftInkomstenverhouding', 'inkomenBovenBijstandsnorm', 'loonSv']
  const sinds = '2026-08-01'
  const dead = {
    ...answered(job, { inOnderzoek: [{ veld: 'loonSv', sinds }] }),
    overleden: '2026-08-14',
  }
  const none = minimise(dead, permitted({ velden }), shipped, options)
  assert.deepEqual([none.antwoord.antwoord, none.verstrekt, none.aantal], [[], [], 0])
  assert.equal(none.antwoord.resultaat, 'gegevens')
  assert.deepEqual(
    none.antwoord.nietGeleverd,
    velden.map(veld => ({ veld, reden: 'overleden' })),
  )
  assert.deepEqual(none.antwoord.herkomst.inOnderzoek, [])
  assert.deepEqual(
    none.rijen.map(({ waarden }) => waarden.open),
    [false],
  )

  const law = await variant({
    'uitwisselingen/uwv-inkomsten-bijstand.yaml': [
      ['verboden:', 'naOverlijden: [heeftInkomstenverhouding]\nverboden:'],
    ],
  })
  const some = minimise(dead, permitted({ velden }, { law }), law, options)
  assert.deepEqual(some.antwoord.antwoord, [{ heeftInkomstenverhouding: true }])
  assert.deepEqual([some.verstrekt, some.weggelaten], [velden.slice(0, 1), velden.slice(1)])
  assert.deepEqual(some.antwoord.nietGeleverd, [
    { veld: 'inkomenBovenBijstandsnorm', reden: 'overleden' },
    { veld: 'loonSv', reden: 'overleden' },
  ])
  for (const { antwoord } of [none, some]) {
    assert.doesNotMatch(JSON.stringify(antwoord), /2026-08-14|40000/)
  }
})

test('a day of death that is none, or is still to come, is no answer', () => {
  for (const overleden of ['2026-02-30', '', '2026-09-16', '14-08-2026']) {
    assert.deepEqual(refused({ ...answered(job), overleden }).drift, ['overleden'])
  }
  const today = minimise(
    { ...answered(job), overleden: '2026-09-15' },
    permitted({ velden: light }),
    shipped,
    options,
  )
  assert.deepEqual(today.antwoord.antwoord, [])
})

test('of a number that was replaced nothing is told but that, and the new number to nobody', () => {
  const other = '999993653'
  const velden = ['heeftInkomstenverhouding', 'loonSv']
  const renumbered = {
    ...answered(job, { inOnderzoek: [{ veld: 'loonSv', sinds: '2026-08-01' }] }),
    betrokkene: other,
    vervangt: bsn,
  }
  for (const overleden of [undefined, '2026-08-14']) {
    const answer = { ...renumbered, ...(overleden && { overleden }) }
    const made = minimise(answer, permitted({ velden }), shipped, options)
    assert.equal(made.antwoord.resultaat, 'geenGegevens')
    assert.deepEqual([made.antwoord.antwoord, made.verstrekt, made.aantal], [[], [], 0])
    assert.deepEqual(
      made.antwoord.nietGeleverd,
      velden.map(veld => ({ veld, reden: 'nummerVervangen' })),
    )
    assert.deepEqual(made.antwoord.herkomst.inOnderzoek, [])
    assert.deepEqual(
      made.rijen.map(({ waarden }) => waarden.open),
      [false],
    )
    assert.ok(!JSON.stringify(made).includes(other))
  }
  const drifted = { ...renumbered, rijen: [{ ...job[0], nationaliteit: '0001' }] }
  assert.deepEqual(refused(drifted).drift, ['nationaliteit'])
})

test('a new number without the asked one beside it, or the same twice, is another person', () => {
  const pairs: [string, string][] = [
    ['999993653', '999992168'],
    [bsn, bsn],
    [bsn, '999993653'],
    ['999993653', ''],
  ]
  for (const [betrokkene, vervangt] of pairs) {
    assert.deepEqual(refused({ ...answered(job), betrokkene, vervangt }).drift, ['betrokkene'])
  }
})

test('another person than asked, or nobody, is no answer', () => {
  for (const betrokkene of ['999993653', '', ` ${bsn}`, undefined as unknown as string]) {
    assert.deepEqual(refused({ ...answered(job), betrokkene }).drift, ['betrokkene'])
  }
})

test('every way a row can differ from the dataset is no answer, and names the field', () => {
  const row = job[0] as Row
  const { relatie: _r, ...unnumbered } = row
  const { loonSv: _l, ...unpaid } = row
  const wrong: [Row, string][] = [
    [{ ...row, nationaliteit: 'NL' }, 'nationaliteit'],
    [{ ...unpaid, loonSV: 40_000 }, 'loonSV'],
    [{ ...row, tijdvak: { van: '2026-05-01', tot: null, werkgever: 'x' } }, 'tijdvak.werkgever'],
    [
      {
        ...row,
        adressenInhoudingsplichtige: [
          { gebruik: 'feitelijk', van: 'eenheid', vorm: 'straat', bewoner: 'x' },
        ],
      },
      'adressenInhoudingsplichtige.0.bewoner',
    ],
    [unnumbered, 'relatie'],
    [{ ...row, loonSv: 400.5 }, 'loonSv'],
    [{ ...row, loonSv: '40000' }, 'loonSv'],
    [{ ...row, loonSv: null }, 'loonSv'],
    [{ ...row, datumAanvang: '2026-02-30' }, 'datumAanvang'],
    [{ ...row, soortInkomstenverhouding: 15 }, 'soortInkomstenverhouding'],
    [{ ...row, aantalVerloondeUren: 0.1 }, 'aantalVerloondeUren'],
  ]
  for (const [one, name] of wrong) {
    const { drift } = refused(answered([row, one]))
    assert.ok(drift.includes(name), `${name}: ${drift}`)
  }
})

test('a name the source made up is not repeated when it could hold data', () => {
  for (const name of ['999990019', 'jan@example.org', 'a b', 'n999990019', 'x'.repeat(200)]) {
    const { drift, message } = refused(answered([{ ...job[0], [name]: 1 }]))
    assert.deepEqual(drift, ['*'])
    assert.ok(!message.includes(name))
  }
})

test('what is no list of rows, or too long a list, is no answer', () => {
  const many = Array.from({ length: 10_000 }, () => job[0] as Row)
  assert.deepEqual(refused(answered(many)).drift, ['rijen'])
  for (const rijen of [null, 'x', {}, [null], ['x'], [[]]] as unknown as Row[][]) {
    refused(answered(rijen))
  }
})

test('an origin that is not as agreed is no answer, also without data', () => {
  for (const change of [
    { peildatum: '31-08-2026' },
    { volledigTotEnMet: '' },
    { kwaliteit: 'Z' as 'A' },
    { inOnderzoek: [{ veld: 'loonSv', sinds: 'gisteren' }] },
  ]) {
    const { herkomst } = answered([], change)
    assert.deepEqual(refused(answered([], change)).drift, [Object.keys(change)[0]])
    refused({ resultaat: 'geenGegevens', herkomst })
  }
})

test('doubt about an input is told as doubt about the asked answer only', () => {
  const inOnderzoek = [
    { veld: 'loonSv', sinds: '2026-06-01' },
    { veld: 'tijdvak', sinds: '2026-02-01' },
    { veld: 'indicatieWajong', sinds: '2026-01-01' },
  ]
  const { antwoord } = minimise(
    answered(job, { inOnderzoek }),
    permitted({ velden: light }),
    shipped,
    options,
  )
  assert.deepEqual(antwoord.herkomst.inOnderzoek, [
    { veld: 'inkomenBovenBijstandsnorm', sinds: '2026-02-01' },
  ])
  assert.deepEqual(antwoord.antwoord, [
    { heeftInkomstenverhouding: true, inkomenBovenBijstandsnorm: null },
  ])
})

test('the answer is new: changing it changes nothing of the source, and frozen rows will do', () => {
  const rows = structuredClone(job)
  const before = JSON.stringify(rows)
  const { antwoord } = release(rows, { velden: amounts })
  for (const row of antwoord.antwoord) (row.tijdvak as { van: string }).van = 'x'
  assert.equal(JSON.stringify(rows), before)
  for (const row of rows) Object.freeze(row)
  assert.doesNotThrow(() => release(Object.freeze(rows) as Row[], { velden: amounts }))
})

test('whatever fields are asked, no other field ever leaves', () => {
  const allowed = [...(shipped.uitwisselingen.get('uwv-inkomsten-bijstand')?.rungOf.keys() ?? [])]
  const codes = fc.constantFrom('15', '11', '33', '43', '85')
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(...allowed), { minLength: 1 }),
      fc.array(fc.tuple(codes, fc.integer({ min: -1_000, max: 500_000 })), { maxLength: 4 }),
      (velden, relations) => {
        const rows = relations.flatMap(([code, loon], index) =>
          relation(index, code, quarter, loon),
        )
        const { antwoord, verstrekt, weggelaten } = release(rows, { velden })
        for (const row of antwoord.antwoord) {
          assert.ok(Object.keys(row).every(veld => velden.includes(veld)))
        }
        assert.deepEqual([...verstrekt, ...weggelaten].sort(), [...velden].sort())
        const shown = new Set(antwoord.antwoord.flatMap(row => Object.keys(row)))
        assert.deepEqual([...shown].sort(), [...verstrekt].sort())
      },
    ),
    { numRuns: 300 },
  )
})

/** What the ladder learns: [open] of each row that commits with the disclosure. */
function learned(rows: readonly Row[], velden: string[], change = {}): unknown[] {
  return minimise(answered(rows, change), permitted({ velden }), shipped, options).rijen.map(
    row => row.waarden.open,
  )
}

test('true and null open the next rung, false closes it, and other fields say nothing', () => {
  assert.deepEqual(learned(job, ['heeftInkomstenverhouding']), [true])
  assert.deepEqual(learned([], ['heeftInkomstenverhouding'], { volledigTotEnMet: '2026-06-30' }), [
    true,
  ])
  assert.deepEqual(learned([], ['heeftInkomstenverhouding']), [false])
  assert.deepEqual(learned(job, ['inkomenBovenBijstandsnorm']), [])
  assert.deepEqual(learned(job, ['loonSv']), [])
})

test('a case fact names its key, exchange, rung and term', () => {
  const { rijen } = release(job)
  assert.deepEqual(rijen, [
    {
      tabel: 'policy.case_fact',
      waarden: {
        sleutel: 'k',
        uitwisseling: 'uwv-inkomsten-bijstand',
        trede: 'bedragen',
        open: true,
        tijd: noon,
        vervalt: Date.parse('2026-12-15T12:00:00+01:00'),
      },
    },
  ])
})

test('nietBeschikbaar opens, an unknown person closes, a refusal of the source says nothing', () => {
  const { herkomst } = answered([])
  const rows = (resultaat: 'geenGegevens' | 'nietBeschikbaar' | 'geweigerd', velden = light) =>
    minimise({ resultaat, herkomst }, permitted({ velden }), shipped, options).rijen.map(
      row => row.waarden.open,
    )
  assert.deepEqual(rows('nietBeschikbaar'), [true])
  assert.deepEqual(rows('nietBeschikbaar', ['inkomenBovenBijstandsnorm']), [true])
  assert.deepEqual(rows('nietBeschikbaar', ['loonSv']), [])
  assert.deepEqual(rows('geenGegevens'), [false])
  assert.deepEqual(rows('geenGegevens', ['inkomenBovenBijstandsnorm']), [])
  assert.deepEqual(rows('geweigerd'), [])
})

test('without a key nothing is learned', () => {
  const made = minimise(answered(job), permitted({ velden: light }), shipped, {
    ...options,
    sleutel: undefined,
  })
  assert.deepEqual(made.rijen, [])
})

test('another policy set than the one that decided does not minimise', async () => {
  const law = await variant({ 'codelijsten/leefvorm.yaml': [['id:', '# anders\nid:']] })
  const facts: Facts = { treden: [], noodrem: [] }
  const permission = permitted({ velden: light }, { law, facts })
  assert.throws(() => minimise(answered(job), permission, shipped, options), /policy set/)
})
