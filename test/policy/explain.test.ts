import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advise, reasonTexts } from '../../gateway/policy/advise.ts'
import { conditions } from '../../gateway/policy/conditions.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { explain, texts, uitleg } from '../../gateway/policy/explain.ts'
import type { ReasonCode } from '../../gateway/terms.ts'
import { asked, noon, nothingOpen, oins, shipped, variant } from './law.ts'

test('every reason has one plain sentence, also when nothing else is known of it', () => {
  for (const code of Object.keys(texts) as ReasonCode[]) {
    const sentence = uitleg({ code }, shipped)
    assert.match(sentence, /^[A-Z'].{10,}\.$/, code)
    assert.ok(!/undefined|NaN|\[object|null/.test(sentence), code)
  }
})

test('every reason of every shipped case is explained with what it needs', () => {
  for (const cases of shipped.gevallen.values()) {
    for (const one of cases) {
      const decision = decide(one.als, one.gegeven, shipped, Date.parse(one.op))
      for (const reason of decision.redenen) {
        const sentence = uitleg(reason, shipped)
        assert.ok(!/undefined|onbekend|NaN/.test(sentence), `${reason.code}: ${sentence}`)
        const advice = advise(reason, shipped, decision)
        assert.match(advice, /^[A-Z].{10,}[.?]$/, `${reason.code}: ${advice}`)
        assert.ok(!/undefined|onbekend|NaN|null/.test(advice), `${reason.code}: ${advice}`)
      }
    }
  }
})

test('a basis is told with its article and its day', async () => {
  const law = await variant({
    'grondslagen/participatiewet.yaml': [
      ['geldigVan: 2015-01-01', 'geldigVan: 2015-01-01\n    geldigTot: 2026-08-31'],
    ],
  })
  const reason = decide(asked(), nothingOpen, law, noon).redenen[0]
  assert.ok(reason)
  assert.equal(
    uitleg(reason, law),
    'Participatiewet, artikel 64, eerste lid, onder b is vervallen. De laatste dag waarop dit gold was 31-8-2026.',
  )
})

test('a bill is told as a bill, a wrong field by its name', () => {
  const bill = uitleg(
    { code: 'GRONDSLAG_NIET_IN_WERKING', grondslag: 'wetsvoorstel-36799' },
    shipped,
  )
  assert.match(bill, /36 799.*wetsvoorstel/)
  assert.match(
    uitleg({ code: 'VELD_NIET_TOEGESTAAN', veld: 'nationaliteit' }, shipped),
    /'nationaliteit'/,
  )
})

test('a refusal is explained reason by reason, with the law; an allowance with its limits', () => {
  const refused = explain(
    decide(asked({ ontvanger: oins.uwv, zaak: false }), nothingOpen, shipped, noon),
    shipped,
  )
  assert.match(refused, /Geweigerd/)
  assert.match(refused, /ONTVANGER_NIET_BEVOEGD: /)
  assert.match(refused, /ZAAK_ONTBREEKT: /)
  assert.match(refused, /Participatiewet, artikel 64/)
  const allowed = explain(decide(asked(), nothingOpen, shipped, noon), shipped)
  assert.match(allowed, /Toegestaan.*heeftInkomstenverhouding/)
  assert.match(allowed, /niet gebruiken voor/)
  const unknown = explain(decide(asked({ uitwisseling: 'x' }), nothingOpen, shipped, noon), shipped)
  assert.match(unknown, /bestaat niet/)
})

test('an incompatible purpose is told with what the data were for, and the article', () => {
  const vraag = asked({ uitwisseling: 'wmo-handhaving', velden: ['heeftMaatwerkvoorziening'] })
  const { periode: _p, parameters: _q, ...good } = { ...vraag, functie: 'onderzoeker' }
  const decision = decide(good, nothingOpen, shipped, noon)
  assert.deepEqual(
    decision.redenen.map(({ code }) => code),
    ['DOEL_ONVERENIGBAAR'],
  )
  const told = explain(decision, shipped)
  assert.match(told, /verzameld voor ondersteuning van inwoners.*Dit doel past daar niet bij/)
  assert.match(told, /\(AVG\), artikel 6, vierde lid/)
})

test('the advice is made for the question: the right spelling, the lighter field, the width, the day', async () => {
  const told = (vraag: Parameters<typeof asked>[0], law = shipped) => {
    const decision = decide(asked(vraag), nothingOpen, law, noon)
    return decision.redenen.map(reason => `${reason.code} ${advise(reason, law, decision)}`)
  }
  assert.deepEqual(told({ velden: ['heeftInkomstenVerhouding'] }), [
    "VELD_NIET_TOEGESTAAN Bedoelt u 'heeftInkomstenverhouding'? Schrijf de naam precies zo.",
  ])
  assert.match(
    told({ velden: ['nationaliteit'] })[0] ?? '',
    /Vraag zonder dit veld\. U kunt hier wel vragen: heeftInkomstenverhouding/,
  )
  assert.match(told({ fase: 'x' })[0] ?? '', /Laat dit onderdeel weg/)
  assert.deepEqual(
    told({ velden: ['loonSv'], periode: { van: '2026-03-01', totEnMet: '2026-08-31' } }),
    [
      'PERIODE_TE_RUIM Vraag bijvoorbeeld over 1-6-2026 tot en met 31-8-2026.',
      'LICHTER_MIDDEL_BESCHIKBAAR Vraag nu alleen heeftInkomstenverhouding, in dezelfde zaak. Geeft dat antwoord aanleiding, vraag dan binnen 3 maanden de rest.',
    ],
  )
  const later = await variant({
    'uitwisselingen/uwv-inkomsten-bijstand.yaml': [
      ['geldigVan: 2026-01-01', 'geldigVan: 2026-12-01'],
    ],
  })
  assert.deepEqual(told({}, later), [
    'GEEN_LEVERINGSAFSPRAAK Wacht tot 1-12-2026 en vraag het dan opnieuw.',
  ])
  assert.deepEqual(told({ uitwisseling: 'x' }), [`DOEL_ONBEKEND ${reasonTexts.DOEL_ONBEKEND[2]}`])
})

test('what the law itself closes is not advised, nor is what only an approval opens', async () => {
  const law = await variant({
    'grondslagen/participatiewet.yaml': [['geldigVan: 2015-01-01', 'geldigVan: 2027-01-01']],
  })
  const decision = decide(asked({ velden: ['nationaliteit'] }), nothingOpen, law, noon)
  const told = decision.redenen.map(reason => advise(reason, law, decision))
  assert.deepEqual(told, ['Wacht tot 1-1-2027 en vraag het dan opnieuw.', 'Vraag zonder dit veld.'])
})

test('an allowance is explained as well: what was asked, what the law allows, and why this may', () => {
  const told = explain(decide(asked(), nothingOpen, shipped, noon), shipped)
  for (const line of [
    /^Gevraagd: heeftInkomstenverhouding; over één persoon; voor Gemeente Waterstad; /m,
    /^De wet laat hier toe, aan College van burgemeester en wethouders/m,
    /^ {2}licht: heeftInkomstenverhouding, .*zonder motivering; hoogstens 12 maanden/m,
    /^- Participatiewet, artikel 64, eerste lid, onder b geldt, sinds 1-1-2015$/m,
    /^- de functie inkomensconsulent mag dit vragen$/m,
    /^- de privacytoets DPIA-/m,
  ]) {
    assert.match(told, line)
  }
})

test('each reason a condition can give has a sentence', () => {
  for (const { codes } of conditions)
    for (const code of codes) assert.ok(Object.hasOwn(texts, code))
})
