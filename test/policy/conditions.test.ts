import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import { uitleg } from '../../gateway/policy/explain.ts'
import type {
  Arrangement,
  Category,
  LegalBasis,
  PolicySet,
  SelectionInstrument,
} from '../../gateway/policy/law.ts'
import type { Facts, Question } from '../../gateway/terms.ts'
import {
  amountsOpen,
  asked,
  codes,
  deltaTies,
  faultsOf,
  noon,
  nothingOpen,
  oins,
  shipped,
  variant,
  without,
} from './law.ts'

const arrangementPath = 'uitwisselingen/uwv-inkomsten-bijstand.yaml'
const casesPath = 'uitwisselingen/uwv-inkomsten-bijstand.cases.yaml'
const partiesPath = 'partijen/demo.yaml'

const withTerms = (edits: readonly (readonly [string, string])[]) =>
  variant({ [arrangementPath]: edits })

test('the question all tests start from is allowed', () => {
  assert.deepEqual(codes(asked()), [])
  assert.equal(decide(asked(), nothingOpen, shipped, noon).trede, 'licht')
})

test('the brake refuses whatever else is right, and its scope is told', () => {
  const facts: Facts = { treden: [], noodrem: ['uwv', 'alles'] }
  const { redenen } = decide(asked(), facts, shipped, noon)
  assert.deepEqual(redenen, [
    { code: 'NOODREM', bij: { bereik: 'uwv' } },
    { code: 'NOODREM', bij: { bereik: 'alles' } },
  ])
})

test('an unknown exchange is refused', () => {
  assert.deepEqual(codes(asked({ uitwisseling: 'bestaat-niet' })), ['DOEL_ONBEKEND'])
  assert.deepEqual(codes(asked({ uitwisseling: '__proto__' })), ['DOEL_ONBEKEND'])
})

test('an arrangement holds from its first to its last day in Amsterdam, both included', async () => {
  const law = await withTerms([
    ['geldigVan: 2026-01-01', 'geldigVan: 2026-03-29\ngeldigTot: 2026-10-25'],
  ])
  const on = (text: string) => codes(asked(), { law, now: Date.parse(text) })
  assert.deepEqual(on('2026-03-28T23:59:59.999+01:00'), ['GEEN_LEVERINGSAFSPRAAK'])
  assert.deepEqual(on('2026-03-29T00:00:00+01:00'), [])
  assert.deepEqual(on('2026-10-25T23:59:59.999+01:00'), [])
  assert.deepEqual(on('2026-10-26T00:00:00+01:00'), ['GEEN_LEVERINGSAFSPRAAK'])
})

test('a provider that is not active gives nothing', async () => {
  const edit = [
    ['naam: UWV, soort: uwv, status: actief', 'naam: UWV, soort: uwv, status: geschorst'],
  ] as const
  const law = await variant({ [partiesPath]: edit })
  assert.deepEqual(codes(asked(), { law }), ['GEEN_LEVERINGSAFSPRAAK'])
})

test('a missing DPIA refuses this exchange and no other', async () => {
  const law = await withTerms([
    ['dpia: { referentie: DPIA-2026-014, herzienOp: 2027-06-01, uiterlijk: 2027-12-01 }\n', ''],
  ])
  assert.deepEqual(codes(asked(), { law }), ['DPIA_ONTBREEKT_OF_VERLOPEN'])
  const other = asked({ uitwisseling: 'proactieve-dienstverlening', velden: ['mogelijkRechtOp'] })
  assert.ok(!codes(other, { law }).includes('DPIA_ONTBREEKT_OF_VERLOPEN'))
})

const bases = 'grondslagen/participatiewet.yaml'
const confirmed = 'bevestigd: { op: 2026-11-22, tekstversie: tekst zoals die gold op 1-7-2025 }'
const from = 'stand: vastgesteld\n    geldigVan: 2015-01-01'

for (const [status, edit, code] of [
  ['a bill', [`${from}\n    ${confirmed}`, 'stand: voorstel'], 'GRONDSLAG_NIET_IN_WERKING'],
  [
    'not yet in force',
    [from, 'stand: vastgesteld\n    geldigVan: 2026-09-16'],
    'GRONDSLAG_NIET_IN_WERKING',
  ],
  ['repealed', [from, `${from}\n    geldigTot: 2026-09-14`], 'GRONDSLAG_VERVALLEN'],
  [
    'set aside',
    [from, `${from}\n    buitenToepassing: { van: 2026-09-15, uitspraak: ECLI:NL:TEST }`],
    'GRONDSLAG_BUITEN_TOEPASSING',
  ],
  ['unconfirmed', [`\n    ${confirmed}`, ''], 'GRONDSLAG_ONBEVESTIGD'],
] as const) {
  test(`a basis that is ${status} opens nothing and is named`, async () => {
    const law = await variant({ [bases]: [edit] })
    const { redenen } = decide(asked(), nothingOpen, law, noon)
    assert.deepEqual(redenen, [{ code, grondslag: 'pw-64-1-b' }])
  })
}

test('L2: a law that is repealed or begins turns at midnight in Amsterdam, also in the nights the clock changes and on a leap day', async () => {
  const begin = await variant({
    [bases]: [[from, 'stand: vastgesteld\n    geldigVan: 2026-03-29']],
  })
  const starts = (text: string) => codes(asked(), { law: begin, now: Date.parse(text) })
  assert.deepEqual(starts('2026-03-28T23:59:59.999+01:00'), ['GRONDSLAG_NIET_IN_WERKING'])
  assert.deepEqual(starts('2026-03-29T00:00:00+01:00'), [])
  const law = await variant({ [bases]: [[from, `${from}\n    geldigTot: 2026-10-25`]] })
  const on = (text: string) => codes(asked(), { law, now: Date.parse(text) })
  assert.deepEqual(on('2026-10-25T23:59:59+01:00'), [])
  assert.deepEqual(on('2026-10-26T00:00:00+01:00'), ['GRONDSLAG_VERVALLEN'])
})

test('a basis can be repealed on a leap day', async () => {
  const law = await variant({
    [bases]: [[from, `${from}\n    geldigTot: 2028-02-29`]],
    [arrangementPath]: [['uiterlijk: 2027-12-01', 'uiterlijk: 2030-12-01']],
  })
  const on = (text: string) => codes(asked(), { law, now: Date.parse(text) })
  assert.deepEqual(on('2028-02-29T12:00:00+01:00'), [])
  assert.deepEqual(on('2028-03-01T00:00:00+01:00'), ['GRONDSLAG_VERVALLEN'])
})

test('every failing basis is listed', () => {
  const question = asked({
    uitwisseling: 'lu-inkomsten-bijstand',
    velden: ['heeftInkomstenInPeriode'],
    motivering: { noodzaak: 'a', lichterMiddel: 'b' },
  })
  const named = decide(without(question, 'parameters'), nothingOpen, shipped, noon).redenen
  assert.deepEqual(
    named.map(reason => reason.grondslag),
    ['vo-883-2004-76', 'vo-987-2009-2-5', 'benelux-23530-152'],
  )
})

test('only an active college receives', async () => {
  for (const ontvanger of [oins.uwv, oins.svb, oins.toeslagen, oins.fiod, oins.delta, 'geen']) {
    assert.deepEqual(codes(asked({ ontvanger })), ['ONTVANGER_NIET_BEVOEGD'], ontvanger)
  }
  assert.deepEqual(codes(asked({ ontvanger: oins.dijkdorp })), [])
  for (const status of ['geschorst', 'beeindigd']) {
    const law = await variant({
      [partiesPath]: [
        [
          'naam: Gemeente Waterstad, soort: college, status: actief',
          `naam: Gemeente Waterstad, soort: college, status: ${status}`,
        ],
      ],
    })
    assert.deepEqual(codes(asked(), { law }), ['ONTVANGER_NIET_BEVOEGD'])
  }
})

function representing(soort: 'mandaat' | 'delegatie', more = '') {
  return [
    'naam: Servicecentrum Delta, soort: servicecentrum, status: actief }',
    `naam: Servicecentrum Delta, soort: servicecentrum, status: actief, vertegenwoordigt: [{ oin: '${oins.dijkdorp}', soort: ${soort}, besluit: besluit 1, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-06-01${more} }] }`,
  ] as const
}
const noTies = [deltaTies, ''] as const
const forDijkdorp = asked({ ontvanger: oins.delta, namens: oins.dijkdorp })

test('a mandate lets a body ask in the name of its principal, on its own days', async () => {
  const law = await variant({
    [partiesPath]: [noTies, representing('mandaat', ', geldigTot: 2026-09-15')],
  })
  assert.deepEqual(codes(forDijkdorp, { law }), [])
  const late = Date.parse('2026-09-16T00:00:00+02:00')
  const { redenen } = decide(forDijkdorp, nothingOpen, law, late)
  assert.deepEqual(redenen, [
    { code: 'MANDAAT_VERLOPEN', bij: { van: '2026-06-01', totEnMet: '2026-09-15' } },
  ])
  const early = Date.parse('2026-05-31T23:59:59+02:00')
  assert.deepEqual(codes(forDijkdorp, { law, now: early }), ['MANDAAT_VERLOPEN'])
})

test('a mandate is for one principal, one task, and not for asking in the own name', async () => {
  const law = await variant({ [partiesPath]: [noTies, representing('mandaat')] })
  const other = { ontvanger: oins.delta, namens: oins.waterstad }
  assert.deepEqual(codes(asked(other), { law }), ['MANDAAT_ONTBREEKT'])
  assert.deepEqual(codes(asked({ ontvanger: oins.delta }), { law }), ['ONTVANGER_NIET_BEVOEGD'])
  const task = await variant({
    [partiesPath]: [
      noTies,
      [
        representing('mandaat')[0],
        representing('mandaat')[1].replace(
          'bijstand-recht-en-hoogte',
          'proactieve-dienstverlening',
        ),
      ],
    ],
  })
  assert.deepEqual(codes(forDijkdorp, { law: task }), ['MANDAAT_ONTBREEKT'])
})

test('without a mandate nobody asks in the name of another, not even another municipality', () => {
  assert.deepEqual(codes(asked({ ontvanger: oins.svb, namens: oins.dijkdorp })), [
    'MANDAAT_ONTBREEKT',
  ])
  assert.deepEqual(codes(asked({ namens: oins.dijkdorp })), ['MANDAAT_ONTBREEKT'])
  assert.deepEqual(codes(asked({ namens: oins.waterstad })), ['MANDAAT_ONTBREEKT'])
  const nobody = codes(asked({ namens: '00000099000000404000' }))
  assert.deepEqual(nobody, ['ONTVANGER_NIET_BEVOEGD', 'MANDAAT_ONTBREEKT'])
})

test('under delegatie a body asks in its own name, and namens is refused', async () => {
  const law = await variant({
    [partiesPath]: [noTies, representing('delegatie', ', geldigTot: 2026-09-15')],
  })
  assert.deepEqual(codes(asked({ ontvanger: oins.delta }), { law }), [])
  const { redenen } = decide(forDijkdorp, nothingOpen, law, noon)
  assert.deepEqual(redenen, [{ code: 'MANDAAT_ONTBREEKT', bij: { soort: 'delegatie' } }])
  const late = Date.parse('2026-09-16T00:00:00+02:00')
  const own = codes(asked({ ontvanger: oins.delta }), { law, now: late })
  assert.deepEqual(own, ['ONTVANGER_NIET_BEVOEGD'])
})

test('each way a body may not act for another has its own sentence', () => {
  const said = (change: Parameters<typeof asked>[0], now = noon) =>
    decide(asked(change), nothingOpen, shipped, now).redenen.map(reason => [
      reason.code,
      uitleg(reason, shipped),
    ])
  const delta = { ontvanger: oins.delta, namens: oins.dijkdorp }
  const ended = said(delta, Date.parse('2027-07-01T00:00:00+02:00'))
  const task = said({ ...delta, uitwisseling: 'svb-uitkeringen-bijstand' })
  const delegate = said({ ontvanger: oins.dijk, namens: oins.dijkdorp })
  const none = said({ ontvanger: oins.svb, namens: oins.dijkdorp })
  const find = (code: string, all: string[][]) => all.find(([one]) => one === code)?.[1] ?? ''
  assert.match(find('MANDAAT_VERLOPEN', ended), /tot en met 30-6-2027/)
  assert.match(find('MANDAAT_ONTBREEKT', task), /niet voor deze taak/)
  assert.match(find('MANDAAT_ONTBREEKT', delegate), /op eigen naam en zonder namens/)
  assert.match(find('MANDAAT_ONTBREEKT', none), /geen mandaat vastgelegd/)
  assert.deepEqual(said({ ontvanger: oins.delta, namens: oins.waterstad }), [])
  assert.deepEqual(said({ ontvanger: oins.dijk }), [], 'a delegate asks in its own name')
})

test('the subject is asked for by the key of the arrangement', () => {
  const missing = decide(without(asked(), 'sleutel'), nothingOpen, shipped, noon).redenen
  assert.deepEqual(missing, [{ code: 'PARAMETER_ONTBREEKT', veld: 'betrokkene' }])
  const object = decide(asked({ sleutel: 'kvk' }), nothingOpen, shipped, noon).redenen
  assert.deepEqual(object, [{ code: 'VELD_NIET_TOEGESTAAN', veld: 'object' }])
})

test('the function must be on the list, and a process has none', () => {
  assert.deepEqual(codes(asked({ functie: 'onderzoeker' })), [])
  for (const functie of ['Onderzoeker', 'onderzoeker ', '', 'baliemedewerker']) {
    assert.deepEqual(codes(asked({ functie })), ['FUNCTIE_NIET_BEVOEGD'], functie)
  }
  assert.deepEqual(codes(without(asked(), 'functie')), ['FUNCTIE_NIET_BEVOEGD'])
  assert.deepEqual(codes(asked({ systeemproces: true })), ['FUNCTIE_NIET_BEVOEGD'])
})

test('no case, no answer; an arrangement without that term needs none', async () => {
  assert.deepEqual(codes(asked({ zaak: false })), ['ZAAK_ONTBREEKT'])
  const free = asked({
    uitwisseling: 'proactieve-dienstverlening',
    velden: ['mogelijkRechtOp'],
    zaak: false,
  })
  assert.ok(!codes(free).includes('ZAAK_ONTBREEKT'))
})

test('a field is asked by its exact name, once, and each wrong one is named', () => {
  const wrong = [
    'HeeftInkomstenverhouding',
    'heeftInkomstenverhouding ',
    '/heeftInkomstenverhouding',
    '*',
    'velden.loonSv',
    '__proto__',
    'constructor',
    'loonheffingennummer',
    'relatie',
  ]
  const { redenen } = decide(
    asked({ velden: ['heeftInkomstenverhouding', ...wrong] }),
    nothingOpen,
    shipped,
    noon,
  )
  assert.deepEqual(
    redenen,
    wrong.map(veld => ({ code: 'VELD_NIET_TOEGESTAAN', veld })),
  )
  const twice = asked({ velden: ['heeftInkomstenverhouding', 'heeftInkomstenverhouding'] })
  assert.deepEqual(codes(twice), ['VELD_NIET_TOEGESTAAN'])
  assert.deepEqual(codes(asked({ velden: [] })), ['VELD_NIET_TOEGESTAAN'])
})

test('a parameter has a closed name and a closed value', () => {
  const refused = (parameters: Record<string, string>) =>
    decide(asked({ parameters }), nothingOpen, shipped, noon).redenen.map(({ code, veld }) => [
      code,
      veld,
    ])
  for (const leefvorm of ['alleenstaande', 'alleenstaandeOuder', 'gehuwden']) {
    assert.deepEqual(refused({ leefvorm }), [])
  }
  const missing = [['PARAMETER_ONTBREEKT', 'parameters.leefvorm']]
  assert.deepEqual(codes(without(asked(), 'parameters')), ['PARAMETER_ONTBREEKT'])
  assert.deepEqual(refused({}), missing)
  assert.deepEqual(refused({ leefvorm: 'toString' }), missing)
  assert.deepEqual(refused({ Leefvorm: 'gehuwden' }), [
    ...missing,
    ['VELD_NIET_TOEGESTAAN', 'parameters.Leefvorm'],
  ])
  assert.deepEqual(refused({ leefvorm: 'gehuwden', norm: '1' }), [
    ['VELD_NIET_TOEGESTAAN', 'parameters.norm'],
  ])
})

test('a period is required, exists in the calendar and runs forward', () => {
  assert.deepEqual(codes(without(asked(), 'periode')), ['PARAMETER_ONTBREEKT'])
  for (const periode of [
    { van: '2026-07-31', totEnMet: '2026-07-01' },
    { van: '2026-02-29', totEnMet: '2026-03-31' },
    { van: '', totEnMet: '2026-03-31' },
  ]) {
    assert.deepEqual(codes(asked({ periode })), ['PARAMETER_ONTBREEKT'])
  }
})

test('a period touches at most twelve months for licht and three for bedragen', () => {
  const width = (van: string, totEnMet: string, velden: string[]) =>
    codes(asked({ velden, periode: { van, totEnMet } }), { facts: amountsOpen })
  const light = ['heeftInkomstenverhouding']
  assert.deepEqual(width('2025-08-01', '2026-07-31', light), [])
  assert.deepEqual(width('2025-07-31', '2026-07-01', light), ['PERIODE_TE_RUIM'])
  assert.deepEqual(width('2026-05-31', '2026-07-01', ['loonSv']), [])
  assert.deepEqual(width('2026-04-30', '2026-07-01', ['loonSv']), ['PERIODE_TE_RUIM'])
  assert.deepEqual(width('2026-04-30', '2026-07-01', [...light, 'loonSv']), ['PERIODE_TE_RUIM'])
})

test('what an arrangement does not use is refused by its name', () => {
  for (const [member, value] of Object.entries({
    peildatum: '2026-07-01',
    buitenlands: 'BE',
    fase: 'aanvraag',
    aanleiding: { soort: 'signaal-keten', betrouwbaarheid: 'bevestigd' },
    selectiegrond: 'aselect',
  })) {
    const { redenen } = decide(asked({ [member]: value }), nothingOpen, shipped, noon)
    assert.deepEqual(redenen, [{ code: 'VELD_NIET_TOEGESTAAN', veld: member }])
  }
  const period = asked({ uitwisseling: 'proactieve-dienstverlening', velden: ['mogelijkRechtOp'] })
  const { redenen } = decide(without(period, 'parameters'), nothingOpen, shipped, noon)
  assert.ok(
    redenen.some(reason => reason.code === 'VELD_NIET_TOEGESTAAN' && reason.veld === 'periode'),
  )
})

test('phase, occasion, selection and reference date are required when the arrangement says so', async () => {
  const law = await withTerms([
    [
      '  periode: verplicht\n',
      '  periode: verplicht\n  peildatum: verplicht\n  fase: [aanvraag]\n  aanleiding: [signaal-keten]\n  selectiegrond: [aselect]\n  motivering: verplicht\n',
    ],
  ])
  const good = asked({
    peildatum: '2026-07-01',
    fase: 'aanvraag',
    aanleiding: { soort: 'signaal-keten', betrouwbaarheid: 'bevestigd' },
    selectiegrond: 'aselect',
    motivering: { noodzaak: 'a', lichterMiddel: 'b' },
  })
  assert.deepEqual(codes(good, { law }), [])
  for (const [member, wrong, code] of [
    ['peildatum', '2026-02-30', 'PARAMETER_ONTBREEKT'],
    ['fase', 'bezwaar', 'FASE_NIET_TOEGESTAAN'],
    ['aanleiding', { soort: 'tip', betrouwbaarheid: 'laag' }, 'AANLEIDING_ONVOLDOENDE'],
    ['selectiegrond', 'postcode', 'SELECTIEGROND_ONTBREEKT'],
    ['motivering', { noodzaak: '', lichterMiddel: '' }, 'PROPORTIONALITEIT_ONTBREEKT'],
  ] as const) {
    assert.deepEqual(codes(without(good, member), { law }), [code])
    assert.deepEqual(codes({ ...good, [member]: wrong } as typeof good, { law }), [code])
  }
})

test('an occasion, and how sure it is, count as long as their lists have them', async () => {
  const ends = 'geldigTot: 2026-06-30'
  const on = async (list: string, code: string, day: string) =>
    codes(asked({ aanleiding: { soort: 'signaal-keten', betrouwbaarheid: 'bevestigd' } }), {
      law: await variant({
        [arrangementPath]: [
          ['  periode: verplicht\n', '  periode: verplicht\n  aanleiding: [signaal-keten]\n'],
        ],
        [`codelijsten/${list}.yaml`]: [[`code: ${code},`, `code: ${code}, ${ends},`]],
      }),
      now: Date.parse(`${day}+02:00`),
    })
  for (const [list, code] of [
    ['aanleiding', 'signaal-keten'],
    ['betrouwbaarheid', 'bevestigd'],
  ] as const) {
    assert.deepEqual(await on(list, code, '2026-06-30T23:59:59'), [])
    assert.deepEqual(await on(list, code, '2026-07-01T00:00:00'), ['AANLEIDING_ONVOLDOENDE'])
  }
})

test('a foreign number belongs to a country of the arrangement', async () => {
  const edit = (vereist: boolean) =>
    [
      [
        '  periode: verplicht\n',
        `  periode: verplicht\n  buitenlands: { landen: [BE], vereist: ${vereist} }\n`,
      ],
    ] as const
  const law = await withTerms(edit(true))
  assert.deepEqual(codes(asked({ buitenlands: 'BE' }), { law }), [])
  assert.deepEqual(codes(asked({ buitenlands: 'LU' }), { law }), ['LAND_NIET_ONDERSTEUND'])
  assert.deepEqual(codes(asked(), { law }), ['PARAMETER_ONTBREEKT'])
  assert.deepEqual(codes(asked(), { law: await withTerms(edit(false)) }), [])
})

/** Where and by whom a question can be approved; the linter asks for it. */
const approvable = [
  [
    'patroon: synchroon',
    'patroon: synchroon\ntermijn: { antwoord: P28D, goedkeuring: P7D }\ngoedkeurders: [teamleider]',
  ],
  ['antwoord: PT0S', 'antwoord: P30D'],
] as const

test('an asynchronous exchange is asked as a request; asked at once it says so in plain Dutch', async () => {
  const law = await withTerms([
    ['patroon: synchroon', 'patroon: asynchroon\ntermijn: { antwoord: P3M }'],
    ['antwoord: PT0S', 'antwoord: P30D'],
  ])
  const [reason, ...others] = decide(asked(), nothingOpen, law, noon).redenen
  assert.deepEqual(reason, { code: 'GEEN_LEVERINGSAFSPRAAK', bij: { patroon: 'asynchroon' } })
  assert.deepEqual(others, [])
  assert.ok(reason)
  assert.match(uitleg(reason, law), /Dien de vraag in als verzoek/)
  assert.deepEqual(codes(asked({ asynchroon: true }), { law }), [])
  assert.deepEqual(codes(asked({ asynchroon: true })), [], 'what is synchronous may take its time')
})

test('A0 passes, A1 asks a motivation, A2, A3 and AX ask an approval', async () => {
  const amounts = asked({ velden: ['loonSv'] })
  const motivering = { noodzaak: 'aanvraag', lichterMiddel: 'geen' }
  for (const [level, bare, motivated] of [
    ['A0', [], []],
    ['A1', ['PROPORTIONALITEIT_ONTBREEKT'], []],
    ['A2', ['PROPORTIONALITEIT_ONTBREEKT', 'GOEDKEURING_VEREIST'], ['GOEDKEURING_VEREIST']],
    ['A3', ['PROPORTIONALITEIT_ONTBREEKT', 'GOEDKEURING_VEREIST'], ['GOEDKEURING_VEREIST']],
    ['AX', ['PROPORTIONALITEIT_ONTBREEKT', 'GOEDKEURING_VEREIST'], ['GOEDKEURING_VEREIST']],
  ] as const) {
    const law = await variant({
      [arrangementPath]: [
        ['goedkeuring: A0, periodeMaanden: 3 ', `goedkeuring: ${level}, periodeMaanden: 3 `],
        ...(level === 'A2' || level === 'A3' ? approvable : []),
      ],
    })
    assert.deepEqual(codes(amounts, { law, facts: amountsOpen }), bare, level)
    assert.deepEqual(
      codes({ ...amounts, motivering }, { law, facts: amountsOpen }),
      motivated,
      level,
    )
  }
})

test('amounts need the rung to stand open, and the refusal names the lighter question', () => {
  const { redenen } = decide(asked({ velden: ['loonSv'] }), nothingOpen, shipped, noon)
  assert.equal(redenen.length, 1)
  assert.equal(redenen[0]?.code, 'LICHTER_MIDDEL_BESCHIKBAAR')
  assert.equal(redenen[0]?.bij?.eerst, 'heeftInkomstenverhouding')
  assert.deepEqual(codes(asked({ velden: ['loonSv'] }), { facts: amountsOpen }), [])
  const other: Facts = { treden: ['licht'], noodrem: [] }
  assert.deepEqual(codes(asked({ velden: ['loonSv'] }), { facts: other }), [
    'LICHTER_MIDDEL_BESCHIKBAAR',
  ])
  assert.equal(
    decide(asked({ velden: ['loonSv', 'heeftInkomstenverhouding'] }), amountsOpen, shipped, noon)
      .trede,
    'bedragen',
  )
})

test('an intermediary is never a receiver', async () => {
  const law = await variant({
    [arrangementPath]: [['via: []', `via: ['${oins.ib}']`]],
    [partiesPath]: [
      [
        'naam: Inlichtingenbureau, soort: ib, status: actief }',
        `naam: Inlichtingenbureau, soort: ib, status: actief, vertegenwoordigt: [{ oin: '${oins.dijkdorp}', soort: mandaat, besluit: besluit 2, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-06-01 }] }`,
      ],
    ],
  })
  const through = asked({ ontvanger: oins.ib, namens: oins.dijkdorp })
  assert.deepEqual(codes(through, { law }), ['ONTVANGER_NIET_BEVOEGD'])
})

test('the shipped cases fail the load as soon as one no longer holds', async () => {
  const faults = await faultsOf({
    [casesPath]: [
      ['naam: geen zaak\n    als: { zaak: false }', 'naam: geen zaak\n    als: { zaak: true }'],
    ],
  })
  assert.equal(faults.length, 1)
  assert.match(faults[0]?.message ?? '', /dit geval klopt niet: uitkomst is toegestaan/)
})

/** The shipped law with one exchange otherwise, which the linter would refuse or no case can show. */
function withArrangement(
  id: string,
  change: (one: Arrangement) => Partial<Arrangement>,
): PolicySet {
  const one = shipped.uitwisselingen.get(id)
  assert.ok(one, id)
  const uitwisselingen = new Map(shipped.uitwisselingen).set(id, { ...one, ...change(one) })
  return { ...shipped, uitwisselingen }
}

const bijstand = 'uwv-inkomsten-bijstand'

test('without a basis nothing is given, and what somebody else hands in is no question', () => {
  const law = withArrangement(bijstand, () => ({ bases: [] }))
  assert.deepEqual(codes(asked(), { law }), ['GEEN_GRONDSLAG'])
  assert.deepEqual(codes(asked({ indiener: oins.uwv })), ['ONTVANGER_NIET_BEVOEGD'])
})

test('who acts under delegatie receives only what its principal may', () => {
  const dijk = asked({ ontvanger: oins.dijk })
  assert.deepEqual(codes(dijk), [])
  const partijen = new Map(
    [...shipped.partijen].map(([oin, one]) => [
      oin,
      one.soort === 'college' ? { ...one, soort: 'svb' } : one,
    ]),
  )
  assert.deepEqual(codes(dijk, { law: { ...shipped, partijen } }), ['ONTVANGER_NIET_BEVOEGD'])
})

test('a field on a basis of its own is given while that basis holds, whatever the others say', () => {
  const judged = (categorie: Category, grondslag?: LegalBasis) => {
    const law = withArrangement(bijstand, ({ gevoelig }) => ({
      isApart: true,
      gevoelig: new Map(gevoelig).set('loonSv', {
        ...{ categorie, regimes: ['avg'], apart: true, isAdres: false },
        ...(grondslag && { grondslag }),
      }),
    }))
    return decide(asked({ velden: ['loonSv'] }), amountsOpen, law, noon).redenen
  }
  const basis = (id: string) => shipped.grondslagen.get(id)
  assert.deepEqual(judged('strafrechtelijk', basis('pw-64-1-b')), [])
  for (const [categorie, code] of [
    ['strafrechtelijk', 'STRAFRECHTELIJK_GEGEVEN'],
    ['bijzonder', 'BIJZONDERE_CATEGORIE'],
  ] as const) {
    const told = { code, veld: 'loonSv', bij: { categorie } }
    assert.deepEqual(judged(categorie), [told])
    const bill = basis('wetsvoorstel-36799')
    assert.deepEqual(judged(categorie, bill), [{ ...told, grondslag: bill?.id }])
  }
})

test('an instrument is of who asks, of the way it chooses and of the purpose it was weighed for', () => {
  const given = shipped.gevallen
    .get('gegevens-arbeidsinspectie')
    ?.find(
      one =>
        one.als.selectieInstrument === 'nla-onderbetaling' && one.dan.uitkomst === 'toegestaan',
    )
  assert.ok(given)
  const { als, gegeven, op } = given
  const told = (change: Partial<SelectionInstrument>, vraag: Partial<Question> = {}) => {
    const one = shipped.instrumenten.get('nla-onderbetaling')
    assert.ok(one)
    const instrumenten = new Map(shipped.instrumenten).set(one.id, { ...one, ...change })
    const law = { ...shipped, instrumenten }
    return decide({ ...als, ...vraag }, gegeven, law, Date.parse(op)).redenen
  }
  const refused = (waarom: string) => [{ code: 'SELECTIEGROND_ONTBREEKT', bij: { waarom } }]
  assert.deepEqual(told({}), [])
  assert.deepEqual(told({ eigenaar: oins.uwv }), refused('onbekend'))
  assert.deepEqual(told({ soort: 'knock-out' }), refused('grond'))
  assert.deepEqual(told({ doelen: ['bijstand-recht-en-hoogte'] }), refused('doel'))
})

test('a tip is as sure as the list says, and a stage counts only when it is kept apart and another', () => {
  const law = withArrangement(bijstand, ({ voorwaarden }) => ({
    voorwaarden: {
      ...voorwaarden,
      aanleiding: ['waarneming'],
      gescheidenFasen: ['onderzoek', 'beoordeling'],
      fase: ['beoordeling'],
    },
  }))
  const good = asked({
    aanleiding: { soort: 'waarneming', betrouwbaarheid: 'bevestigd' },
    fase: 'beoordeling',
  })
  const facts = (fasen: readonly string[]) => ({ ...nothingOpen, fasen })
  assert.deepEqual(codes(good, { law, facts: facts(['beoordeling', 'iets-anders']) }), [])
  assert.deepEqual(codes(good, { law, facts: facts(['onderzoek']) }), [
    'FUNCTIESCHEIDING_GESCHONDEN',
  ])
  const vague = asked({ ...good, aanleiding: { soort: 'waarneming', betrouwbaarheid: 'zeker' } })
  assert.deepEqual(codes(vague, { law }), ['AANLEIDING_ONVOLDOENDE'])
})
