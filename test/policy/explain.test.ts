import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advise, articleOf, reasonTexts } from '../../gateway/policy/advise.ts'
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
  assert.match(told, /De wet laat hier niets toe: elke trede is gesloten\./)
  assert.doesNotMatch(told, /Anders zou het mogen/)
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

test('who hands over what nobody gets is not told to send just the rest, and an object does not die', () => {
  const { als: finding } = shipped.gevallen.get('bevinding-arbeidsinspectie')?.[0] ?? {}
  assert.ok(finding)
  const gegevens = [...(finding.gegevens ?? []), 'slachtoffer', 'loonheffingennummer', 'kleur']
  const decision = decide({ ...finding, gegevens }, nothingOpen, shipped, noon)
  const [victim, ...others] = decision.redenen.map(reason => advise(reason, shipped, decision))
  assert.match(victim ?? '', /Kijk eerst in het register of u over deze persoon wel mag aanleveren/)
  assert.deepEqual(others, Array(2).fill('Laat dit onderdeel weg. Het wordt hier niet gebruikt.'))

  const tip = { soort: 'anonieme-tip', betrouwbaarheid: 'aannemelijk' }
  for (const [id, expected] of [
    ['melding-vermoeden-misdrijf', /Een anonieme tip is hier nooit genoeg/],
    ['gegevens-arbeidsinspectie-werknemer', /zoek dan eerst een tweede bron/],
  ] as const) {
    const { als } = shipped.gevallen.get(id)?.[0] ?? {}
    assert.ok(als)
    const { redenen, ...rest } = decide({ ...als, aanleiding: tip }, nothingOpen, shipped, noon)
    const reason = redenen.find(({ code }) => code === 'AANLEIDING_ONVOLDOENDE')
    assert.ok(reason, id)
    assert.match(advise(reason, shipped, { ...rest, redenen }), expected)
  }

  const told = (id: string, at: number) => {
    const { als } = shipped.gevallen.get(id)?.[0] ?? {}
    assert.ok(als)
    return explain(decide(als, nothingOpen, shipped, at), shipped)
  }
  const dead = /volgens de bron overleden/
  assert.match(told('belastingdienst-toetsingsinkomen', noon), dead)
  assert.doesNotMatch(told('toelating-uitlener', Date.parse('2027-02-15T12:00:00Z')), dead)
})

test('what the law itself closes is not advised, nor is what only an approval opens', async () => {
  const law = await variant({
    'grondslagen/participatiewet.yaml': [['geldigVan: 2015-01-01', 'geldigVan: 2027-01-01']],
  })
  const decision = decide(asked({ velden: ['nationaliteit'] }), nothingOpen, law, noon)
  const told = decision.redenen.map(reason => advise(reason, law, decision))
  assert.deepEqual(told, ['Wacht tot 1-1-2027 en vraag het dan opnieuw.', 'Vraag zonder dit veld.'])
})

/** What the shipped case of this name is told: of each reason its code, sentence, article and advice. */
function toldOf(uitwisseling: string, naam: string): string {
  const one = shipped.gevallen.get(uitwisseling)?.find(each => each.naam === naam)
  assert.ok(one, `${uitwisseling} has the case: ${naam}`)
  return explain(decide(one.als, one.gegeven, shipped, Date.parse(one.op)), shipped)
}

test('no advice contradicts another reason, and a day to wait for is one on which it opens', () => {
  const table: readonly (readonly [string, string, RegExp])[] = [
    // a lighter field that is shut itself is not the first step
    [
      'belastingdienst-vermogen-bijstand',
      'de rekeningnummers zonder lichter gegeven en zonder tweede persoon',
      /Vraag nu alleen vermogenBovenVrijlating, .* vraag dan heeftOnbekendeRekeningen, en daarna pas de rest\./,
    ],
    // the weighing goes without a person
    [
      'aanmelding-toeslagendelict-fiod',
      'het dossier zonder de weging',
      /Vraag nu alleen voldoetAanAanmeldcriteria, in dezelfde zaak en zonder persoon\./,
    ],
    [
      'interventieproject',
      'de laatste seconde voordat de afspraak begint',
      /Wachten tot 1-1-2026 is niet genoeg/,
    ],
    [
      'toelating-uitlener-arbeidsinspectie',
      'voordat de toelatingsautoriteit werkt',
      /vanaf 1-7-2026\.\n {2}Wat u kunt doen: Wacht tot 1-1-2027 en vraag het dan opnieuw\./,
    ],
    [
      'rdw-voertuigbezit-bijstand',
      'de historie zonder goedkeuring',
      /Nu wordt hier niets verstrekt, .* Laat de vraag dan goedkeuren door: teamleider\./,
    ],
    [
      'politiegegevens',
      'de verwijzing en de inhoud samen',
      /Dit is hier gesloten\. Niemand kan deze vraag goedkeuren\.\n {2}Wat u kunt doen: Vraag dit niet opnieuw\./,
    ],
    [
      'politiegegevens',
      'de verwijzing en de inhoud samen',
      /verschillende wetten \(AVG, Wet politiegegevens\)/,
    ],
    [
      'gegevens-arbeidsinspectie',
      'het risicomodel, een seconde voordat het instrument geldt',
      /Wacht tot 1-2-2026, of kies zonder instrument\./,
    ],
    [
      'uwv-inkomsten-bijstand',
      'de laatste seconde voor het mandaat van Dijkdorp',
      /Wacht tot 1-1-2026\. Vanaf die dag mag u namens/,
    ],
    [
      'uwv-inkomsten-bijstand',
      'wie de taak door delegatie heeft, vraagt nooit namens',
      /Vraag op eigen naam: laat namens weg\./,
    ],
    [
      'bag-object',
      'een organisatie zonder mandaat vraagt namens een ander',
      /Wat u kunt doen: Laat het besluit over het mandaat doorgeven/,
    ],
    ['interventieproject', 'na de einddatum van het project', /De afspraak is voorbij\./],
    [
      'brp-signaal-kostendelers',
      'de naam van een medebewoner',
      /Lever aan zonder dit veld\. U kunt hier wel aanleveren: samenstellingGewijzigd/,
    ],
    [
      'doelgroep-kinderopvangtoeslag',
      'een veld in een andere schrijfwijze',
      /Bedoelt u 'gegevens\.periode'\?/,
    ],
    [
      'bevinding-arbeidsinspectie-svb',
      'een vraag in plaats van een levering',
      /Wat u kunt doen: Haal op wat voor u klaarstaat/,
    ],
    ['doelgroep-kinderopvangtoeslag', 'zonder de periode', /Geef ook periode mee/],
    ['belastingdienst-vermogen-bijstand', 'geen leefvorm', /Kies een van de afgesproken waarden\./],
    [
      'belastingdienst-toetsingsinkomen',
      'langer dan zes jaar geleden',
      /Vraag alleen over dagen vanaf 16-9-2020\./,
    ],
    [
      'toeslagbeschikking-gemeente',
      'een dag van langer dan dertien maanden geleden',
      /Vraag over een dag vanaf 16-8-2025, of vraag het de persoon zelf\./,
    ],
    [
      'brp-persoonsgegevens-bijstand',
      'het nummer van de partner, als verzoek dat op goedkeuring wacht',
      /Wat u kunt doen: Laat dit verzoek goedkeuren door: teamleider\./,
    ],
    ['brp-persoonsgegevens-bijstand', 'als levering', /Laat de ontvanger het per zaak vragen/],
    [
      'aangifte-socialezekerheidsfraude',
      'een medewerker die in deze zaak de rechtmatigheid onderzocht',
      /al in de fase rechtmatigheidsonderzoek\. .*\n {2}Dit volgt uit: AVG, artikel 32/,
    ],
    [
      'platforminkomsten',
      'meer regels in een uur dan is afgesproken',
      /in dit uur al 10\.000 keer/,
    ],
    [
      'bag-object',
      'een gemeente vraagt; daarvoor is deze uitwisseling niet',
      /alleen voor: Dienst Toeslagen\..*\n {2}Dit volgt uit: AVG, artikel 6, eerste lid/,
    ],
    [
      'brp-signaal-kostendelers',
      'een medewerker levert met de hand aan',
      /Wat u kunt doen: Laat dit doen door: een systeemproces\./,
    ],
    [
      'bevinding-arbeidsinspectie',
      'een inspecteur levert aan dat iemand werkend is aangetroffen',
      /^Aangeboden: [\s\S]*werkgeverNaam \(met motivering\)[\s\S]*^- de functie inspecteur mag dit aanleveren$/m,
    ],
  ]
  for (const [uitwisseling, naam, sentence] of table) {
    assert.match(toldOf(uitwisseling, naam), sentence, `${uitwisseling}: ${naam}`)
  }
  assert.doesNotMatch(
    toldOf(
      'toelating-uitlener-arbeidsinspectie',
      'een inspecteur vraagt na 1 januari 2027 of een uitlener is toegelaten',
    ),
    /overleden/,
    'an undertaking does not die',
  )
})

test('while the exchange is shut for the asker, nothing else of it is said to be open', () => {
  const open =
    /U kunt hier wel|Zonder (motivering|goedkeuring) kunt u|Vraag nu alleen|Dien de vraag in als verzoek \(POST …\/verzoeken\) en laat/
  const shut = /^- (GRONDSLAG_|DPIA_|ONTVANGER_|MANDAAT_|NOODREM|UNA_VIA|DOEL_ONVERENIGBAAR)/m
  let seen = 0
  for (const cases of shipped.gevallen.values()) {
    for (const one of cases) {
      const told = explain(decide(one.als, one.gegeven, shipped, Date.parse(one.op)), shipped)
      if (!shut.test(told)) continue
      assert.doesNotMatch(told, /u kunt doen: Dien de vraag in als verzoek/, one.naam)
      seen += 1
      assert.doesNotMatch(told, open, one.naam)
    }
  }
  assert.ok(seen > 500)
})

test('the article is the one that decided: of who corrects, of who may receive under which law', () => {
  const code = 'ONTVANGER_NIET_BEVOEGD'
  const of = (id: string, bij = {}) => articleOf({ code, bij }, shipped.uitwisselingen.get(id))
  assert.match(of('svb-uitkering-uwv') ?? '', /^Wet SUWI, artikel 74, derde lid \(/)
  assert.match(of('uwv-inkomsten-bijstand') ?? '', /^Participatiewet, .* en Wet SUWI, /)
  assert.match(of('bag-object', { eerder: 'correctie' }) ?? '', /^AVG, artikel 19/)
  assert.equal(articleOf({ code: 'GOEDKEURING_VEREIST', bij: { niveau: 'AX' } }), undefined)
})

test('an allowance is explained as well: what was asked, what the law allows, and why this may', () => {
  const told = explain(decide(asked(), nothingOpen, shipped, noon), shipped)
  for (const line of [
    /^Gevraagd: heeftInkomstenverhouding; over één persoon; voor Gemeente Waterstad; /m,
    /^De wet laat hier toe, aan College van burgemeester en wethouders/m,
    /^ {2}licht: heeftInkomstenverhouding, .*zonder motivering; hoogstens 12 maanden/m,
    /^- Participatiewet, artikel 64, eerste lid, onder b geldt, sinds 1-1-2015$/m,
    /^- de functie inkomensconsulent mag dit vragen$/m,
    /^- de beoordeling van de privacyrisico’s \(DPIA-2026-014\) geldt tot en met 1-12-2027$/m,
  ]) {
    assert.match(told, line)
  }
  const study = {
    uitwisseling: 'duo-studiefinanciering-bijstand',
    velden: ['heeftStartkwalificatie'],
  }
  const refused = explain(decide(asked(study), nothingOpen, shipped, noon), shipped)
  for (const line of [
    /^ {2}jongeren: heeftStartkwalificatie \(zonder motivering; hoogstens 1 maand\)$/m,
    /Voor deze velden mag het er 1 zijn\.$/m,
    /^Grondslag: Besluit SUWI, bijlage II geldt op deze dag/m,
  ]) {
    assert.match(refused, line)
  }
})

test('each reason a condition can give has a sentence', () => {
  for (const { codes } of conditions)
    for (const code of codes) assert.ok(Object.hasOwn(texts, code))
})
