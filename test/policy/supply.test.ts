// Who may hand over which lines to whom, along which road, and what is judged of a file, a correction and a doubt?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditions, judgedBy } from '../../gateway/policy/conditions.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { uitleg } from '../../gateway/policy/explain.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import type { Facts, Question } from '../../gateway/terms.ts'
import { amountsOpen, asked, codes, deltaTies, noon, nothingOpen, oins, variant } from './law.ts'
import { creche, doubts, line, monthly, opening, supplyEdits, supplyPaths } from './supply-law.ts'

const supply = await variant(supplyEdits())
const amsterdam = '00000099000000099000'

function reasons(question: Question, law: PolicySet = supply, facts: Facts = nothingOpen) {
  return decide(question, facts, law, noon).redenen
}

/** Codes with the member of `bij` that says which part was wrong. */
function told(question: Question, member: string, law = supply, facts: Facts = nothingOpen) {
  return reasons(question, law, facts).map(({ code, bij }) => [code, bij?.[member]])
}

function codesOf(question: Question, law = supply, facts: Facts = nothingOpen): string[] {
  return codes(question, { law, facts })
}

const known: Facts = { ...nothingOpen, eerder: true }

test('the line all tests start from is allowed, and so is its file', () => {
  assert.deepEqual(codesOf(line()), [])
  assert.deepEqual(codesOf(opening()), [])
})

test('a line, its file and a doubt each have one road; every other is refused and says where to go', () => {
  const { levering: _, ...loose } = line()
  const doubt = line({ uitwisseling: doubts, ontvanger: oins.uwv, stap: 'terugmelding' })
  const wrong: readonly [Question, string, RegExp][] = [
    [loose, 'signaal', /leveringen\)\. .*\/v1\/berichten/],
    [{ ...loose, asynchroon: true }, 'signaal', /kunt u niet vragen/],
    [{ ...line(), stap: 'terugmelding' }, 'signaal', /leveringen/],
    [line({ uitwisseling: doubts, ontvanger: oins.uwv }), 'notificatie', /v1\/terugmeldingen/],
    [opening({ uitwisseling: doubts }), 'notificatie', /v1\/terugmeldingen/],
    [asked({ levering: true }), 'synchroon', /niet in een bestand met regels/],
    [asked({ stap: 'bestand' }), 'synchroon', /niet in een bestand met regels/],
  ]
  for (const [question, patroon, where] of wrong) {
    const reason = reasons(question, supply, known).find(
      ({ code, bij }) => code === 'GEEN_LEVERINGSAFSPRAAK' && bij?.patroon === patroon,
    )
    assert.ok(reason, `${question.uitwisseling} ${question.stap}`)
    assert.match(uitleg(reason, supply), where)
  }
  const { levering: __, ...right } = doubt
  assert.deepEqual(codesOf(right, supply, known), [])
})

test('only the provider hands in, or who stands in between and says for which provider', () => {
  const roles = (change: Partial<Question>, law = supply) => told(line(change), 'rol', law)
  const refused = (rol: string) => [['ONTVANGER_NIET_BEVOEGD', rol]]
  for (const indiener of [oins.uwv, oins.delta, amsterdam, oins.toeslagen]) {
    assert.deepEqual(roles({ indiener }), refused('indiener'), indiener)
  }
  const by = { indiener: oins.ib }
  assert.deepEqual(roles({ ...by, namens: oins.waterstad }), [])
  assert.deepEqual(roles(by), refused('namens'), 'for nobody')
  for (const namens of [oins.uwv, oins.ib, amsterdam]) {
    assert.deepEqual(roles({ ...by, namens }), refused('namens'), namens)
  }
  assert.deepEqual(roles({ namens: oins.waterstad }), refused('namens'), 'a provider for itself')
  assert.deepEqual(roles({ indiener: oins.delta, namens: oins.waterstad }), refused('indiener'))
  const file = (change: Partial<Question>) => told(opening(change), 'rol')
  assert.deepEqual(file(by), [], 'a file of lines for many')
  assert.deepEqual(file({ ...by, namens: oins.waterstad }), [])
  assert.deepEqual(file({ ...by, namens: oins.uwv }), refused('namens'))
  assert.deepEqual(file({ namens: oins.waterstad }), refused('namens'))
  assert.deepEqual(file({ indiener: oins.uwv }), refused('indiener'))
})

test('who hands in and for whom must be active, and a fixed provider cannot be replaced', async () => {
  const without = async (name: string, soort: string) =>
    await variant({
      ...supplyEdits(),
      'partijen/demo.yaml': [
        [
          `naam: ${name}, soort: ${soort}, status: actief`,
          `naam: ${name}, soort: ${soort}, status: geschorst`,
        ],
      ],
    })
  const noTown = await without('Gemeente Waterstad', 'college')
  const through = line({ indiener: oins.ib, namens: oins.waterstad })
  assert.deepEqual(told(line(), 'rol', noTown), [['ONTVANGER_NIET_BEVOEGD', 'indiener']])
  assert.deepEqual(told(through, 'rol', noTown), [['ONTVANGER_NIET_BEVOEGD', 'namens']])
  const noBureau = await without('Inlichtingenbureau', 'ib')
  assert.deepEqual(told(through, 'rol', noBureau), [['ONTVANGER_NIET_BEVOEGD', 'indiener']])
  const fixed = await variant(
    supplyEdits({
      [supplyPaths.signals]: [
        [`verstrekker: { soort: college`, `verstrekker: { oin: '${oins.svb}'`],
      ],
    }),
  )
  assert.deepEqual(codesOf(line({ indiener: oins.svb }), fixed), [])
  assert.deepEqual(codesOf(line({ indiener: oins.ib, namens: oins.svb }), fixed), [])
  const other = line({ indiener: oins.ib, namens: oins.uwv })
  assert.deepEqual(told(other, 'rol', fixed), [['ONTVANGER_NIET_BEVOEGD', 'namens']])
})

test('who receives is an active party of the kind, never the provider itself and never who stands in between', async () => {
  const rol = (change: Partial<Question>) => told(line(change), 'rol').map(([, one]) => one)
  for (const ontvanger of [oins.uwv, oins.ib, oins.delta, oins.dijk, amsterdam, '0'.repeat(20)]) {
    assert.deepEqual(rol({ ontvanger }), ['ontvanger'], ontvanger)
  }
  assert.deepEqual(rol({ ontvanger: oins.waterstad }), ['zelf'])
  assert.deepEqual(rol({ indiener: oins.ib, namens: oins.dijkdorp }), ['zelf'])
  assert.deepEqual(codesOf(opening({ ontvanger: '0'.repeat(20) })), [], 'a file has many')
  const one = line({ uitwisseling: monthly, indiener: creche, ontvanger: oins.toeslagen })
  assert.deepEqual(codesOf(one), [])
  const law = await variant({
    ...supplyEdits(),
    'partijen/demo.yaml': [
      [
        'naam: Gemeente Dijkdorp, soort: college, status: actief',
        'naam: Gemeente Dijkdorp, soort: college, status: beeindigd',
      ],
    ],
  })
  assert.deepEqual(told(line(), 'rol', law), [['ONTVANGER_NIET_BEVOEGD', 'ontvanger']])
})

test('without a published arrangement, or before its date, nothing is supplied and no file is opened', async () => {
  const paragraph = /leveringsafspraak: .*\n/.exec(supplyEditsText())?.[0] ?? ''
  const never = await variant(supplyEdits({ [supplyPaths.signals]: [[paragraph, '']] }))
  for (const question of [line(), opening()]) {
    const [reason] = reasons(question, never)
    assert.deepEqual(reason, {
      code: 'GEEN_LEVERINGSAFSPRAAK',
      bij: { ontbreekt: 'leveringsafspraak' },
    })
    assert.match(uitleg(reason, never), /afspraak ontbreekt .*kenmerk, datum, publicatie/)
  }
  const on = (text: string) => codes(line(), { law: supply, now: Date.parse(text) })
  assert.deepEqual(on('2026-02-28T23:59:59.999+01:00'), ['GEEN_LEVERINGSAFSPRAAK'])
  assert.deepEqual(on('2026-03-01T00:00:00+01:00'), [])
  const early = decide(line(), nothingOpen, supply, Date.parse('2026-02-01T12:00:00Z')).redenen
  assert.deepEqual(early[0]?.bij, { kenmerk: 'LA-2026-1', vanaf: '2026-03-01' })
  assert.equal(
    early[0] && uitleg(early[0], supply),
    'De leveringsafspraak LA-2026-1 geldt pas vanaf 1-3-2026.',
  )
})

function supplyEditsText(): string {
  const text = supplyEdits()[supplyPaths.signals]
  assert.ok(typeof text === 'string')
  return text
}

test('a machine hands over only where that was agreed, and an employee only in a named function', async () => {
  const person = { systeemproces: false, functie: 'consulent' }
  assert.deepEqual(codesOf(line(person)), ['FUNCTIE_NIET_BEVOEGD'])
  assert.deepEqual(codesOf(line({ functie: 'consulent' })), ['FUNCTIE_NIET_BEVOEGD'], 'both')
  assert.deepEqual(codesOf(line({ systeemproces: false })), ['FUNCTIE_NIET_BEVOEGD'], 'nobody')
  const [refused] = reasons(line(person))
  assert.match(refused ? uitleg(refused, supply) : '', /Dat mag alleen: een systeemproces\./)
  const manned = await variant(
    supplyEdits({
      [supplyPaths.signals]: [['functie: [], systeemproces: toegestaan', 'functie: [consulent]']],
    }),
  )
  assert.deepEqual(codesOf(line(), manned), ['FUNCTIE_NIET_BEVOEGD'])
  assert.deepEqual(codesOf(line(person), manned), [])
})

test('a line brings exactly what its fields are made of', () => {
  const named = (change: Partial<Question>) =>
    reasons(line(change)).map(({ code, veld }) => [code, veld])
  assert.deepEqual(named({ gegevens: ['datumIngang', 'nettoBedrag'] }), [
    ['VELD_NIET_TOEGESTAAN', 'gegevens.nettoBedrag'],
  ])
  assert.deepEqual(named({ velden: ['remigratievoorziening'] }).at(-1), [
    'VELD_NIET_TOEGESTAAN',
    'remigratievoorziening',
  ])
  assert.deepEqual(codesOf(line({ velden: [] })).at(-1), 'VELD_NIET_TOEGESTAAN')
})

test('a file is judged without a person: by the law, who brings it and the fields it announces', async () => {
  assert.deepEqual(codesOf(opening({ velden: ['datumIngang'] })), [])
  assert.deepEqual(codesOf(opening({ velden: ['nettoBedrag'] })), ['VELD_NIET_TOEGESTAAN'])
  assert.deepEqual(
    codesOf(opening({ systeemproces: false })),
    [],
    'who works it is told by each line',
  )
  assert.deepEqual(codesOf(opening(), supply, { ...nothingOpen, noodrem: ['alles'] }), ['NOODREM'])
  const signed = await variant(
    supplyEdits({
      [supplyPaths.signals]: [
        ['systeemproces: toegestaan', 'systeemproces: toegestaan, handtekening: verplicht'],
      ],
    }),
  )
  assert.deepEqual(codesOf(opening(), signed), ['HANDTEKENING_ONTBREEKT'])
  assert.deepEqual(codesOf(opening({ handtekening: true }), signed), [])
  assert.deepEqual(codesOf(line(), signed), ['HANDTEKENING_ONTBREEKT'])
})

function correction(change: Partial<Question> = {}): Question {
  return {
    uitwisseling: 'uwv-inkomsten-bijstand',
    stap: 'correctie',
    indiener: oins.uwv,
    ontvanger: oins.waterstad,
    sleutel: 'bsn',
    velden: ['loonSv'],
    gegevens: ['loonSv'],
    zaak: false,
    systeemproces: true,
    ...change,
  }
}

test('a correction follows what was given: no rung, approval, case or limit, but the law of now', async () => {
  const used: Facts = { ...known, gebruik: { zaakVandaag: 1e6, partijDitUur: 1e6 } }
  assert.deepEqual(codesOf(correction(), supply, used), [])
  assert.deepEqual(codesOf(correction({ ontvanger: oins.dijkdorp }), supply, known), [])
  assert.deepEqual(codesOf(correction(), supply, { ...known, noodrem: ['alles'] }), ['NOODREM'])
  const at = (text: string) => codes(correction(), { facts: known, now: Date.parse(text) })
  assert.deepEqual(at('2025-12-31T23:59:59+01:00'), ['GEEN_LEVERINGSAFSPRAAK'])
  assert.deepEqual(at('2027-12-02T00:00:00+01:00'), ['DPIA_ONTBREEKT_OF_VERLOPEN'])
  const ended = await variant({
    'grondslagen/participatiewet.yaml': [
      [
        'stand: vastgesteld\n    geldigVan: 2015-01-01',
        'stand: vastgesteld\n    geldigVan: 2015-01-01\n    geldigTot: 2026-09-14',
      ],
    ],
  })
  assert.deepEqual(codesOf(correction(), ended, known), ['GRONDSLAG_VERVALLEN'])
})

test('a correction is brought by the provider, to who was given the field and may still have it', async () => {
  for (const indiener of [oins.svb, oins.ib, oins.waterstad, amsterdam]) {
    assert.deepEqual(
      told(correction({ indiener }), 'rol', supply, known),
      [['ONTVANGER_NIET_BEVOEGD', 'indiener']],
      indiener,
    )
  }
  for (const facts of [nothingOpen, { ...nothingOpen, eerder: false }, amountsOpen]) {
    const [reason, more] = reasons(correction(), supply, facts)
    assert.deepEqual(
      [reason?.code, reason?.bij, more],
      ['ONTVANGER_NIET_BEVOEGD', { eerder: 'correctie' }, undefined],
    )
    assert.match(reason ? uitleg(reason, supply) : '', /niet eerder gekregen/)
  }
  assert.deepEqual(codesOf(correction({ ontvanger: oins.svb }), supply, known), [
    'ONTVANGER_NIET_BEVOEGD',
  ])
  const delta = { ontvanger: oins.delta, namens: oins.dijkdorp }
  assert.deepEqual(codesOf(correction(delta), supply, known), [], 'as it asked: by mandate')
  const past = { law: supply, facts: known, now: Date.parse('2027-07-01T12:00:00+02:00') }
  assert.deepEqual(codes(correction(delta), past), ['MANDAAT_VERLOPEN'])
  assert.deepEqual(codesOf(correction({ ontvanger: oins.dijk }), supply, known), [], 'delegatie')
  const none = await variant({ 'partijen/demo.yaml': [[deltaTies, '']] })
  assert.deepEqual(codesOf(correction(delta), none, known), ['MANDAAT_ONTBREEKT'])
})

test('a correction holds one value for each field it names, of a field that is given here', () => {
  const named = (change: Partial<Question>) =>
    reasons(correction(change), supply, known).map(({ code, veld }) => [code, veld])
  assert.deepEqual(named({ gegevens: ['loonSv', 'tijdvak'] }), [
    ['VELD_NIET_TOEGESTAAN', 'gegevens.tijdvak'],
  ])
  assert.deepEqual(named({ gegevens: [] }), [['PARAMETER_ONTBREEKT', 'gegevens.loonSv']])
  assert.deepEqual(named({ velden: ['naam'], gegevens: ['naam'] }), [
    ['VELD_NIET_TOEGESTAAN', 'naam'],
  ])
  assert.deepEqual(named({ velden: [], gegevens: [] }), [['VELD_NIET_TOEGESTAAN', undefined]])
  const made = { velden: ['heeftInkomstenverhouding'], gegevens: ['heeftInkomstenverhouding'] }
  assert.deepEqual(named(made), [], 'a derived answer by its own name')
  assert.deepEqual(named({ sleutel: 'kvk' }), [['VELD_NIET_TOEGESTAAN', 'object']])
})

test('a doubt is brought only by who was given the field, to a source of the kind', () => {
  const { levering: _, ...rest } = line({ uitwisseling: doubts, ontvanger: oins.uwv })
  const doubt: Question = { ...rest, stap: 'terugmelding' }
  assert.deepEqual(codesOf(doubt, supply, known), [])
  for (const facts of [nothingOpen, { ...nothingOpen, eerder: false }]) {
    const [reason, more] = reasons(doubt, supply, facts)
    assert.deepEqual([reason?.bij, more], [{ eerder: 'terugmelding' }, undefined])
    assert.match(reason ? uitleg(reason, supply) : '', /in die transactie niet gekregen/)
  }
  assert.deepEqual(codesOf({ ...doubt, ontvanger: oins.svb }, supply, known), [
    'ONTVANGER_NIET_BEVOEGD',
  ])
})

test('who stands in between receives nothing, also where anybody might have given the field', async () => {
  const wide = await variant(
    supplyEdits({ [supplyPaths.doubts]: [['soort: uwv', 'soort: eerdere-verstrekker']] }),
  )
  const { levering: _, ...rest } = line({ uitwisseling: doubts, stap: 'terugmelding' })
  assert.deepEqual(codesOf({ ...rest, ontvanger: oins.svb }, wide, known), [])
  assert.deepEqual(told({ ...rest, ontvanger: oins.ib }, 'rol', wide, known), [
    ['ONTVANGER_NIET_BEVOEGD', 'ontvanger'],
  ])
})

test('what judges each step is one column of one table', () => {
  const names = (judged: keyof typeof judgedBy) => judgedBy[judged].map(({ name }) => name)
  assert.deepEqual(names('bestand'), [
    ...['noodrem', 'afspraak geldt', 'patroon', 'leveringsafspraak', 'dpia', 'grondslag'],
    ...['verenigbaar doel', 'aanleveraar van een bestand', 'handtekening', 'velden'],
  ])
  assert.deepEqual(names('correctie'), [
    ...['noodrem', 'afspraak geldt', 'dpia', 'grondslag', 'verenigbaar doel'],
    ...['ontvanger van een correctie', 'eerder verstrekt', 'namens', 'sleutel'],
    ...['gegevens van een correctie', 'velden', 'bijzondere gegevens', 'regimes apart'],
    ...['afgeschermd adres', 'wil dit niet'],
  ])
  const doubt = names('terugmelding')
  assert.deepEqual(
    doubt.filter(name => name !== 'eerder verstrekt'),
    names('vraag'),
  )
  assert.ok(doubt.includes('eerder verstrekt'))
  const judged = new Set(Object.values(judgedBy).flat())
  assert.deepEqual(
    conditions.filter(one => !judged.has(one)),
    [],
    'none judges nothing',
  )
})
