import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { alike } from '../../gateway/policy/alike.ts'
import { readPolicies, readTexts } from '../../gateway/policy/load.ts'
import {
  asked,
  deltaTies,
  type Edits,
  edited,
  faultsOf,
  known,
  codes as lawCodes,
  policyDir,
  shipped,
  textsWith,
  variant,
} from './law.ts'
import { supplyEdits, supplyPaths } from './supply-law.ts'

const arrangement = 'uitwisselingen/uwv-inkomsten-bijstand.yaml'
const belgian = 'uitwisselingen/be-inkomsten-bijstand.yaml'
const monthly = 'uitwisselingen/uwv-inkomsten-anw.yaml'
const incompatible = 'uitwisselingen/wmo-handhaving.yaml'
const signal = 'uitwisselingen/uwv-signaal-nieuwe-inkomsten.yaml'
const hours = 'uitwisselingen/kinderopvanguren-toeslagen.yaml'
const arrears = 'gegevenssets/shv-vroegsignalen.yaml'
const hoursSet = 'gegevenssets/kov-uren.yaml'
const cases = 'uitwisselingen/uwv-inkomsten-bijstand.cases.yaml'
const dataset = 'gegevenssets/uwv-inkomstenverhoudingen.yaml'
const bases = 'grondslagen/participatiewet.yaml'
const norm = 'normen/bijstandsnorm-netto.yaml'
const parties = 'partijen/demo.yaml'
const instrument = 'instrumenten/nla-steekproef.yaml'
const codes = 'codelijsten/leefvorm.yaml'
const limitsText = 'grenzen: { perZaakPerDag: 5, perPartijPerUur: 1000, personenPer30Dagen: 5000 }'

const { signals, monthly: file, doubts } = supplyPaths
const supplied = (path: string, ...edits: readonly (readonly [string, string])[]) =>
  supplyEdits({ [path]: edits })
const kind = 'verstrekker: { soort: college,'

const earlierOp = 'eerder: { op: 2026-06-15T12:00:00+02:00,'

const purposeOf = (path: string) =>
  /omschrijving: [^,}\n]*\.?/.exec(textsWith({}).find(one => one.path === path)?.text ?? '')?.[0] ??
  ''
const purpose = purposeOf(arrangement)

/** An edit, and the file, the place (`¦` in its line) and the words of its fault. */
type Row = readonly [what: string, edits: Edits, file: string, at: string, message: RegExp]

const rows: readonly Row[] = [
  [
    'a field after death that is in no rung',
    { [arrangement]: [['verboden:', 'naOverlijden: [nationaliteit]\nverboden:']] },
    arrangement,
    'naOverlijden: [¦nationaliteit]',
    /in geen enkele trede/,
  ],
  [
    'a field after death that is named twice',
    { [arrangement]: [['verboden:', 'naOverlijden: [loonSv, loonSv]\nverboden:']] },
    arrangement,
    'naOverlijden: [loonSv, ¦loonSv]',
    /staat hier twee keer/,
  ],
  // systematic supply
  [
    'a provider that is nobody',
    supplied(signals, [kind, 'verstrekker: {']),
    signals,
    'verstrekker: ¦{ avg',
    /precies één van oin en soort/,
  ],
  [
    'a provider that is one and a kind',
    supplied(signals, [kind, `${kind} oin: '00000099000000004000',`]),
    signals,
    'verstrekker: ¦{ soort',
    /precies één van oin en soort/,
  ],
  [
    'a kind of provider to be asked',
    {
      [arrangement]: [["verstrekker: { oin: '00000099000000004000'", 'verstrekker: { soort: uwv']],
    },
    arrangement,
    'verstrekker: { soort: ¦uwv',
    /een soort verstrekkers kan alleen zelf aanleveren/,
  ],
  [
    'a provider that stands in between',
    supplied(signals, [kind, 'verstrekker: { soort: ib,']),
    signals,
    "via: [¦'0000",
    /een tussenstation kan niet de verstrekker zijn/,
  ],
  [
    'a motivation that is asked already',
    { [belgian]: [['  zaak: verplicht', '  zaak: verplicht\n  motivering: verplicht']] },
    belgian,
    'motivering: ¦verplicht',
    /heeft geen werking: bij A0 mag zij altijd, en vanaf A1 moet zij/,
  ],
  [
    'a motivation that is allowed anyhow',
    { [arrangement]: [['  zaak: verplicht', '  zaak: verplicht\n  motivering: toegestaan']] },
    arrangement,
    'motivering: ¦toegestaan',
    /heeft geen werking/,
  ],
  [
    'an exchange for nobody',
    { [arrangement]: [['functie: [inkomensconsulent, onderzoeker]', 'functie: []']] },
    arrangement,
    'functie: ¦[]',
    /deze lijst mag niet leeg zijn/,
  ],
  [
    'a machine that should give reasons',
    supplied(signals, ['goedkeuring: A0', 'goedkeuring: A1']),
    signals,
    'goedkeuring: ¦A1',
    /een systeemproces mag alleen wat geen motivering vraagt/,
  ],
  [
    'a line that a second person should approve',
    supplied(
      signals,
      ['goedkeuring: A0', 'goedkeuring: A2'],
      ['functie: [], systeemproces: toegestaan', 'functie: [consulent]'],
    ),
    signals,
    'goedkeuring: ¦A2',
    /een regel kan niet door een tweede worden goedgekeurd/,
  ],
  [
    'a line about nobody',
    supplied(signals, ['goedkeuring: A0', 'goedkeuring: A0, sleutel: geen']),
    signals,
    'sleutel: ¦geen',
    /een regel gaat altijd over iemand of iets/,
  ],
  [
    'a rhythm without anybody to fetch from',
    supplied(signals, ["via: ['00000099000000006000']", 'via: []']),
    signals,
    'ritme: ¦maand',
    /ritme heeft geen werking zonder via/,
  ],
  [
    'an agreement on supply for what is asked',
    {
      [arrangement]: [
        [
          'sleutel: bsn',
          'sleutel: bsn\nleveringsafspraak: { kenmerk: a, datum: 2026-01-01, publicatie: https://register.example/a }',
        ],
      ],
    },
    arrangement,
    'leveringsafspraak: ¦{ kenmerk',
    /leveringsafspraak heeft geen werking bij patroon synchroon/,
  ],
  [
    'an agreement on supply that was published nowhere',
    supplied(signals, [', publicatie: https://register.example/la-2026-1', '']),
    signals,
    'leveringsafspraak: ¦{ kenmerk',
    /de sleutel 'publicatie' ontbreekt/,
  ],
  [
    'a signal that never ends',
    supplied(signals, ['signaal: { geldig: P6M, afloop: afloop-proef }\n', '']),
    signals,
    'patroon: ¦signaal',
    /signaal ontbreekt: hoe lang geldt het/,
  ],
  [
    'an outcome of what is no signal',
    supplied(file, [
      'patroon: bulk',
      'patroon: bulk\nsignaal: { geldig: P6M, afloop: afloop-proef }',
    ]),
    file,
    'signaal: ¦{ geldig',
    /signaal heeft geen werking bij patroon bulk/,
  ],
  [
    'outcomes that are in no list',
    supplied(doubts, ['afloop: afloop-proef', 'afloop: verzonnen']),
    doubts,
    'afloop: ¦verzonnen',
    /deze codelijst is niet bekend/,
  ],
  [
    'supply that is asked for',
    supplied(file, ['vorm: levering\n', '']),
    file,
    'patroon: ¦bulk',
    /patroon bulk is er alleen voor vorm levering/,
  ],
  [
    'a message that cannot wait',
    supplied(file, ['antwoord: P30D', 'antwoord: PT0S']),
    file,
    'antwoord: ¦PT0S',
    /een bericht moet op de ontvanger kunnen wachten/,
  ],
  [
    'a special category in systematic supply, whatever its basis',
    supplied(
      signals,
      ['datumIngang, tijdvak', 'datumIngang, remigratievoorziening'],
      [
        'verboden:',
        'bijzonder: [{ veld: remigratievoorziening, grondslag: pw-64-1-b }]\nverboden:',
      ],
    ),
    signals,
    'datumIngang, ¦remigratievoorziening',
    /categorie bijzonder hoort niet in een systematische levering/,
  ],
  [
    'an answer made out of a special category in systematic supply',
    supplied(signals, ['datumIngang, tijdvak', 'ontvangtSvbUitkering']),
    signals,
    'velden: [¦ontvangtSvbUitkering',
    /categorie bijzonder hoort niet in een systematische levering/,
  ],
  [
    'a protected characteristic in systematic supply',
    {
      ...supplied(signals),
      'gegevenssets/svb-uitkeringen.yaml': [
        [
          'tijdvak:                      { type: periode, categorie: gewoon',
          'tijdvak:                      { type: periode, categorie: beschermd-kenmerk',
        ],
      ],
    },
    signals,
    'datumIngang, ¦tijdvak',
    /categorie beschermd-kenmerk hoort niet in een systematische levering/,
  ],
  [
    'an answer made out of criminal data without its own basis',
    {
      ...supplied(signals, ['datumIngang, tijdvak', 'ontvangtSvbUitkering']),
      'gegevenssets/svb-uitkeringen.yaml': [
        [
          'datumIngang:                  { type: date, categorie: gewoon',
          'datumIngang:                  { type: date, categorie: strafrechtelijk',
        ],
      ],
    },
    signals,
    'velden: [¦ontvangtSvbUitkering',
    /categorie strafrechtelijk vraagt een uitdrukkelijke grondslag/,
  ],
  // how long the log is kept
  [
    'a source of the BRP whose log is kept for less than twenty years',
    { [dataset]: [['bron: uwv', 'bron: brp']], [arrangement]: [['log: P7Y', 'log: P239M']] },
    arrangement,
    'log: ¦P239M',
    /van de BRP blijft het logboek twintig jaar/,
  ],
  [
    'a provider of the BRP whose log is kept for seven years',
    { [parties]: [['naam: UWV, soort: uwv', 'naam: UWV, soort: rvig']] },
    arrangement,
    'log: ¦P7Y',
    /van de BRP blijft het logboek twintig jaar/,
  ],
  [
    'a log kept for longer than keys are made for',
    { [arrangement]: [['log: P7Y', 'log: P21Y']] },
    arrangement,
    'log: ¦P21Y',
    /langer dan twintig jaar kan niet/,
  ],
  // who gave and who was given, numbers of others, and what is hardly so
  [
    'a signal to whoever once gave something',
    { [signal]: [['soort: college', 'soort: eerdere-verstrekker']] },
    signal,
    'soort: ¦eerdere-verstrekker',
    /alleen bekend bij een terugmelding/,
  ],
  [
    'hours handed over by whoever once received something',
    { [hours]: [['soort: kinderopvang', 'soort: eerdere-ontvanger']] },
    hours,
    'soort: ¦eerdere-ontvanger',
    /alleen bekend bij een terugmelding/,
  ],
  [
    'the number of another in a field of another type',
    { [hoursSet]: [['type: bsn,', 'type: tekst, lengte: 9,']] },
    hours,
    'velden: [tariefBovenMaximum, ¦bsnKind',
    /een nummer van een ander heeft type bsn/,
  ],
  [
    'a rule of plausibility that does not exist',
    { [hoursSet]: [['aannemelijk: [bekendeCodes', 'aannemelijk: [bekendeKoden']] },
    hoursSet,
    'aannemelijk: [¦bekendeKoden',
    /deze regel voor aannemelijkheid is er niet/,
  ],
  [
    'a rule of plausibility whose mark says nothing',
    { 'codelijsten/aandachtspunten.yaml': [['code: kind-te-oud', 'code: kind-te-jong']] },
    hoursSet,
    'contractLoopt, ¦kindVanLeeftijd',
    /code kind-te-oud staat niet in de codelijst aandachtspunten/,
  ],
  // what is answered later, or after an approval
  [
    'an asynchronous exchange without a term',
    {
      [belgian]: [
        ['termijn: { antwoord: P3M, herinneringen: [P1M, P2M], goedkeuring: P3M }\n', ''],
      ],
    },
    belgian,
    'patroon: ¦asynchroon',
    /termijn ontbreekt: hoe lang mag een antwoord dat later komt duren/,
  ],
  [
    'an asynchronous exchange whose answer may not wait',
    { [belgian]: [['antwoord: P30D', 'antwoord: PT0S']] },
    belgian,
    'antwoord: ¦PT0S',
    /moet op de ontvanger kunnen wachten/,
  ],
  [
    'a rung to be approved by nobody',
    { [belgian]: [['goedkeurders: [teamleider]\n', '']] },
    belgian,
    'goedkeuring: ¦A2',
    /goedkeurders ontbreekt/,
  ],
  [
    'a rung to be approved by whoever asks',
    { [belgian]: [['goedkeurders: [teamleider]', 'goedkeurders: [teamleider, onderzoeker]']] },
    belgian,
    'goedkeurders: [teamleider, ¦onderzoeker]',
    /wie mag vragen, mag niet zelf goedkeuren/,
  ],
  [
    'approvers of nothing',
    { [belgian]: [['goedkeuring: A2', 'goedkeuring: A1']] },
    belgian,
    'goedkeurders: [¦teamleider]',
    /goedkeurders heeft geen werking/,
  ],
  [
    'an approval that counts for an unknown time',
    { [belgian]: [[', goedkeuring: P3M }', ' }']] },
    belgian,
    'termijn: ¦{ antwoord: P3M',
    /goedkeuring ontbreekt: hoe lang telt/,
  ],
  [
    'a synchronous rung to be approved, without a mailbox',
    {
      [arrangement]: [
        [
          'patroon: synchroon',
          'patroon: synchroon\ntermijn: { antwoord: P28D, goedkeuring: P7D }\ngoedkeurders: [teamleider]',
        ],
        ['goedkeuring: A0, periodeMaanden: 3 ', 'goedkeuring: A2, periodeMaanden: 3 '],
      ],
    },
    arrangement,
    'antwoord: ¦PT0S',
    /een antwoord waarvoor goedkeuring nodig is moet op de ontvanger kunnen wachten/,
  ],
  [
    'a reminder after the end',
    { [belgian]: [['herinneringen: [P1M, P2M]', 'herinneringen: [P1M, P92D]']] },
    belgian,
    'herinneringen: [P1M, ¦P92D]',
    /niet voor het einde van de termijn/,
  ],
  [
    'reminders in another order',
    { [belgian]: [['herinneringen: [P1M, P2M]', 'herinneringen: [P2M, P1M]']] },
    belgian,
    'herinneringen: [P2M, ¦P1M]',
    /valt niet na de vorige/,
  ],
  // YAML itself
  [
    'a duplicate key',
    { [codes]: [['titel: Leef', 'id: leefvorm\ntitel: Leef']] },
    codes,
    '¦id: leefvorm',
    /unique/i,
  ],
  [
    'an unknown key',
    { [codes]: [['titel: Leef', 'kleur: groen\ntitel: Leef']] },
    codes,
    '¦kleur: groen',
    /onbekende sleutel 'kleur'/,
  ],
  [
    'an unknown key deep down',
    { [arrangement]: [['  zaak: verplicht', '  zaak: verplicht\n  grenzen: 5']] },
    arrangement,
    '¦grenzen: 5',
    /onbekende sleutel 'grenzen'/,
  ],
  [
    'a limit of nothing',
    { [arrangement]: [['grenzen: { perZaakPerDag: 5', 'grenzen: { perZaakPerDag: 0']] },
    arrangement,
    '¦0, perPartijPerUur',
    /hier hoort een geheel getal van 1/,
  ],
  [
    'a limit nobody knows',
    { [arrangement]: [['grenzen: { perZaakPerDag: 5', 'grenzen: { perWeek: 5']] },
    arrangement,
    '¦perWeek: 5',
    /onbekende sleutel 'perWeek'/,
  ],
  [
    'limits without a limit',
    { [arrangement]: [[limitsText, 'grenzen: {}']] },
    arrangement,
    '¦{}',
    /hier staat geen enkele grens/,
  ],
  [
    'a limit per case where none need be named',
    { [arrangement]: [['zaak: verplicht', 'zaak: toegestaan']] },
    arrangement,
    'perZaakPerDag: ¦5',
    /geen werking als een zaak niet verplicht is/,
  ],
  [
    'a field per month that nobody can compute',
    {
      [dataset]: [
        ['  maand:  ', '  week: { type: maand, uit: [tijdvak], titel: Week }\n  maand:  '],
      ],
    },
    dataset,
    '¦week: { type',
    /voor dit gegeven per maand is er geen regel/,
  ],
  [
    'a field per month made of nothing',
    { [dataset]: [['type: maand, uit: [tijdvak]', 'type: maand, uit: [weekvak]']] },
    dataset,
    'uit: [¦weekvak]',
    /dit veld staat niet in deze gegevensset/,
  ],
  [
    'rows per month with a field of the source itself',
    { [monthly]: [['velden: [maand, ', 'velden: [maand, loonSv, ']] },
    monthly,
    'velden: [maand, ¦loonSv',
    /dit veld staat niet bij perMaand/,
  ],
  [
    'an answer about an exemption that nobody named',
    { [monthly]: [['vrijlating: anw-vrijlating-arbeid\n', '']] },
    monthly,
    '¦- { id: licht',
    /vrijlating ontbreekt/,
  ],
  [
    'an exemption that does not exist',
    { [monthly]: [['vrijlating: anw-vrijlating-arbeid', 'vrijlating: anw-alles-vrij']] },
    monthly,
    'vrijlating: ¦anw-alles-vrij',
    /de norm anw-alles-vrij ontbreekt/,
  ],
  [
    'an exemption that nothing uses',
    { [monthly]: [['[inkomenBovenVrijlating, inkomenGewijzigd]', '[inkomenGewijzigd]']] },
    monthly,
    'vrijlating: ¦anw-vrij',
    /vrijlating heeft geen werking/,
  ],
  [
    'an amount for everybody beside one for some on the same day',
    {
      [norm]: [
        [
          'bedragen:\n',
          'bedragen:\n  - { bedrag: 1, geldigVan: 2024-02-01, geldigTot: 2024-02-29, status: bevestigd, bron: x }\n',
        ],
      ],
    },
    norm,
    '¦{ leefvorm: alleenstaande,      bedrag: 128383',
    /overlapt met een eerder bedrag/,
  ],
  [
    'an incompatible purpose with a basis after all',
    { [incompatible]: [['grondslagen: []', 'grondslagen: [pw-64-1-b]']] },
    incompatible,
    'slagen: ¦[pw-64-1-b]',
    /een onverenigbaar doel heeft geen grondslag/,
  ],
  [
    'an incompatible purpose that may be approved',
    { [incompatible]: [['goedkeuring: AX', 'goedkeuring: A2']] },
    incompatible,
    'keuring: ¦A2',
    /elke trede AX/,
  ],
  [
    'an incompatible purpose by a law nobody wrote',
    { [incompatible]: [['grondslag: avg-6-4', 'grondslag: avg-99']] },
    incompatible,
    'grondslag: ¦avg-99',
    /deze grondslag is niet bekend/,
  ],
  [
    'a purpose that is no longer called incompatible, with the special categories it held',
    {
      [incompatible]: [
        [
          'onverenigbaar:\n  met: ondersteuning van inwoners die hulp nodig hebben (Wmo 2015), en kunnen iets zeggen over gezondheid\n  grondslag: avg-6-4\n',
          '',
        ],
        ['grondslagen: []', 'grondslagen: [pw-64-1-b]'],
      ],
    },
    incompatible,
    '¦heeftMaatwerkvoorziening',
    /categorie bijzonder vraagt een uitdrukkelijke grondslag/,
  ],
  [
    'an anchor',
    { [codes]: [['titel: Leef', 'titel: &a Leef']] },
    codes,
    'tel: &a ¦Leefvorm waarv',
    /ankers/,
  ],
  [
    'an alias',
    { [codes]: [['bron: Part', 'bron: *a # Part']] },
    codes,
    'bron: ¦*a # Participa',
    /alias|verwijzingen/i,
  ],
  [
    'a tag',
    { [codes]: [['titel: Leef', 'titel: !!str Leef']] },
    codes,
    ': !!str ¦Leefvorm waarv',
    /tags/,
  ],
  [
    'a tag on a mapping',
    { [codes]: [['  - { code: gehuwden', '  - !!map { code: gehuwden']] },
    codes,
    '- !!map ¦{ code: gehuwd',
    /tags/,
  ],
  [
    'a merge key',
    { [codes]: [['titel: Leef', '<<: { id: x }\ntitel: Leef']] },
    codes,
    '¦<<: { id: x }',
    /onbekende sleutel/,
  ],
  ['broken YAML', { [codes]: [['codes:', 'codes: [']] }, codes, '¦- { code: alle', /./],
  [
    'two documents',
    { [codes]: [['codes:', '---\ncodes:']] },
    codes,
    '¦---',
    /één document|ontbreekt/,
  ],
  ['an empty file', { [codes]: '' }, codes, '¦', /leeg/],
  [
    'a file of another kind',
    { 'normen/extra.yml': 'id: x' },
    'normen/extra.yml',
    '¦id: x',
    /hoort hier niet/,
  ],
  [
    'a file outside the folders',
    { 'extra.yaml': 'id: x' },
    'extra.yaml',
    '¦id: x',
    /hoort hier niet/,
  ],
  // shape
  [
    'a missing key',
    { [codes]: [['bron: Participatiewet, artikel 4, 20 en 21\n', '']] },
    codes,
    '¦id: leefvorm',
    /'bron' ontbreekt/,
  ],
  [
    'a number where a text belongs',
    { [parties]: [["'00000099000000001000'", '99000000001000']] },
    parties,
    '{ oin: ¦99000000001000',
    /tussen aanhalingstekens/,
  ],
  [
    'a day that does not exist',
    { [bases]: [['geldigVan: 2015-01-01', 'geldigVan: 2015-02-29']] },
    bases,
    'digVan: ¦2015-02-29',
    /datum die bestaat/,
  ],
  [
    'an empty list',
    { [arrangement]: [['grondslagen: [pw-64-1-b, pw-53a-1, suwi-62-1]', 'grondslagen: []']] },
    arrangement,
    'slagen: ¦[]',
    /niet leeg/,
  ],
  [
    'no ground for keeping the log',
    {
      [arrangement]: [
        [
          '  logGrond: Pw artikel 65, vierde lid en AVG artikel 5, tweede lid (voorstel, geen wettelijke termijn gevonden)\n',
          '',
        ],
      ],
    },
    arrangement,
    '¦log: P7Y',
    /'logGrond' ontbreekt/,
  ],
  [
    'a wildcard field',
    { [arrangement]: [['velden: [loonSv,', 'velden: ["*",']] },
    arrangement,
    'elden: [¦"*", tijdvak,',
    /een naam/,
  ],
  [
    'an amount with a decimal',
    { [norm]: [['bedrag: 128383', 'bedrag: 1283.83']] },
    norm,
    'bedrag: ¦1283.83, geldi',
    /geheel getal/,
  ],
  // references
  [
    'an unknown basis',
    { [arrangement]: [['pw-53a-1, suwi', 'pw-53a-9, suwi']] },
    arrangement,
    '64-1-b, ¦pw-53a-9, suwi',
    /grondslag is niet bekend/,
  ],
  [
    'an unknown provider',
    { [arrangement]: [["oin: '00000099000000004000'", "oin: '00000099000000404000'"]] },
    arrangement,
    "{ oin: ¦'0000009900000",
    /partij is niet bekend/,
  ],
  [
    'an unknown intermediary',
    { [arrangement]: [['via: []', "via: ['00000099000000404000']"]] },
    arrangement,
    "via: [¦'0000009900000",
    /partij is niet bekend/,
  ],
  [
    'an intermediary that could receive',
    { [arrangement]: [['via: []', "via: ['00000099000000002000']"]] },
    arrangement,
    "via: [¦'0000009900000",
    /geen ontvanger/,
  ],
  [
    'an unknown dataset',
    { [arrangement]: [['gegevensset: uwv-inkomstenverhoudingen', 'gegevensset: uwv-niets']] },
    arrangement,
    'ensset: ¦uwv-niets',
    /gegevensset is niet bekend/,
  ],
  [
    'an unknown field',
    { [arrangement]: [['velden: [loonSv,', 'velden: [loonSV,']] },
    arrangement,
    'elden: [¦loonSV, tijdva',
    /staat niet in de gegevensset/,
  ],
  [
    'an unknown parameter',
    { [arrangement]: [['parameters: [leefvorm]', 'parameters: [leefvorm, norm]']] },
    arrangement,
    'efvorm, ¦norm]',
    /geen codelijst/,
  ],
  [
    'a derived answer without its parameter',
    { [arrangement]: [['  parameters: [leefvorm]\n', '']] },
    arrangement,
    'ouding, ¦inkomenBovenBi',
    /parameter leefvorm nodig/,
  ],
  [
    'an unknown code list',
    { [dataset]: [['codelijst: soort-inkomstenverhouding', 'codelijst: soorten']] },
    dataset,
    'elijst: ¦soorten, categ',
    /codelijst is niet bekend/,
  ],
  [
    'a yes that may be left unsaid',
    {
      [arrears]: [['type: bool, alleenJa: true, verplicht: true', 'type: bool, alleenJa: true']],
    },
    arrears,
    'bool, alleenJa: ¦true',
    /alleen een verplicht ja-of-nee-gegeven/,
  ],
  [
    'an amount that can only be yes',
    { [arrears]: [['type: cent, ', 'type: cent, alleenJa: true, ']] },
    arrears,
    'cent, alleenJa: ¦true',
    /alleen een verplicht ja-of-nee-gegeven/,
  ],
  [
    'a role of no field',
    { [dataset]: [['betaler: fiNummer', 'betaler: rsin']] },
    dataset,
    'etaler: ¦rsin       # i',
    /staat niet in deze gegevensset/,
  ],
  [
    'a derived answer without a rule',
    { [dataset]: [['  heeftUitkeringsverhouding: ', '  heeftSchulden: ']] },
    dataset,
    '¦heeftSchulden:',
    /geen regel/,
  ],
  [
    'a derived answer from no field',
    { [dataset]: [['uit: [soortInkomstenverhouding, datumAanvang', 'uit: [soort, datumAanvang']] },
    dataset,
    ', uit: [¦soort, datumAa',
    /staat niet in deze gegevensset/,
  ],
  [
    'a missing norm',
    { [norm]: [['id: bijstandsnorm-netto', 'id: bijstandsnorm']] },
    dataset,
    '¦maandinkomenKl',
    /norm bijstandsnorm-netto ontbreekt/,
  ],
  [
    'a mandate of an unknown party',
    {
      [parties]: [
        [deltaTies, ''],
        [
          'soort: servicecentrum, status: actief }',
          "soort: servicecentrum, status: actief, vertegenwoordigt: [{ oin: '00000099000000404000', soort: mandaat, besluit: b, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-01-01 }] }",
        ],
      ],
    },
    parties,
    "[{ oin: ¦'0000009900000",
    /partij is niet bekend/,
  ],
  [
    'a mandate for a task of no exchange',
    {
      [parties]: [
        [deltaTies, ''],
        [
          'soort: servicecentrum, status: actief }',
          "soort: servicecentrum, status: actief, vertegenwoordigt: [{ oin: '00000099000000002000', soort: mandaat, besluit: b, taken: [alles], geldigVan: 2026-01-01 }] }",
        ],
      ],
    },
    parties,
    'taken: [¦alles], geldig',
    /van geen uitwisseling het doel/,
  ],
  [
    'a confirmed basis without a first day',
    { [bases]: [['geldigVan: 2015-01-01\n    ', '']] },
    bases,
    'bevestigd: ¦{ op',
    /heeft een geldigVan/,
  ],
  [
    'a party that represents itself',
    {
      [parties]: [
        [deltaTies, ''],
        [
          'soort: servicecentrum, status: actief }',
          "soort: servicecentrum, status: actief, vertegenwoordigt: [{ oin: '00000099000000003000', soort: mandaat, besluit: b, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-01-01 }] }",
        ],
      ],
    },
    parties,
    "[{ oin: ¦'00000099000000003000",
    /zichzelf/,
  ],
  [
    'a dataset that is not named after its source',
    { [dataset]: [['bron: uwv', 'bron: svb']] },
    dataset,
    'id: ¦uwv-',
    /begint met zijn bron/,
  ],
  [
    'a code list for what is no code',
    {
      [dataset]: [
        [
          'soortInkomstenverhouding:     { type: code',
          'soortInkomstenverhouding:     { type: tekst',
        ],
      ],
    },
    dataset,
    'codelijst: ¦soort-',
    /alleen een code/,
  ],
  [
    'a derived answer named as a field',
    { [dataset]: [['  loonSv: ', '  heeftInkomstenverhouding: ']] },
    dataset,
    '¦heeftInkomstenverhouding:',
    /zo heet ook een veld/,
  ],
  [
    'a parameter without a code list',
    { [dataset]: [['parameter: leefvorm', 'parameter: woonvorm']] },
    dataset,
    'parameter: ¦woonvorm',
    /codelijst is niet bekend/,
  ],
  // what the law forbids to write down
  [
    'a special category without explicit basis',
    { [arrangement]: [['velden: [loonSv,', 'velden: [indicatieWajong, loonSv,']] },
    arrangement,
    'elden: [¦indicatieWajon',
    /bijzonder vraagt een uitdrukkelijke grondslag/,
  ],
  [
    'a protected characteristic without explicit basis',
    { [arrangement]: [['velden: [loonSv,', 'velden: [indicatieAowAlleenstaande, loonSv,']] },
    arrangement,
    'elden: [¦indicatieAowAl',
    /beschermd-kenmerk vraagt/,
  ],
  [
    'a code that tells health, when benefits may leave',
    { [arrangement]: [['relaties: [arbeid] ', 'relaties: [arbeid, uitkering-uwv] ']] },
    arrangement,
    'deUren, ¦soortInkomsten',
    /bijzonder vraagt een uitdrukkelijke grondslag/,
  ],
  [
    'an explicit basis with too light an approval',
    {
      [arrangement]: [
        ['velden: [loonSv,', 'velden: [indicatieWajong, loonSv,'],
        ['verboden:', 'bijzonder: [{ veld: indicatieWajong, grondslag: pw-64-1-b }]\nverboden:'],
      ],
    },
    arrangement,
    'elden: [¦indicatieWajon',
    /A2 of hoger/,
  ],
  [
    'an explicit basis that is not there',
    {
      [arrangement]: [
        ['verboden:', 'bijzonder: [{ veld: loonSv, grondslag: bestaat-niet }]\nverboden:'],
      ],
    },
    arrangement,
    'ndslag: ¦bestaat-niet',
    /grondslag is niet bekend/,
  ],
  [
    'selection over protected traits',
    {
      [arrangement]: [
        ['velden: [loonSv,', 'velden: [indicatieAowAlleenstaande, loonSv,'],
        ['  zaak: verplicht', '  zaak: verplicht\n  selectiegrond: [aselect]'],
        [
          'verboden:',
          'bijzonder: [{ veld: indicatieAowAlleenstaande, grondslag: pw-64-1-b }]\nverboden:',
        ],
      ],
    },
    arrangement,
    'elden: [¦indicatieAowAl',
    /niet worden geselecteerd/,
  ],
  [
    'selection by a yes or no made of protected traits',
    {
      'uitwisselingen/brp-persoonsgegevens-bijstand.yaml': [
        ['  zaak: verplicht', '  zaak: verplicht\n  selectiegrond: [aselect]'],
      ],
    },
    'uitwisselingen/brp-persoonsgegevens-bijstand.yaml',
    ', ¦heeftRechtmatigV',
    /uit categorie beschermd-kenmerk mag niet worden geselecteerd/,
  ],
  [
    'fields of two regimes',
    {
      [dataset]: [
        [
          'tijdvak:                      { type: periode, categorie: gewoon, regime: avg',
          'tijdvak:                      { type: periode, categorie: gewoon, regime: wpg',
        ],
      ],
    },
    arrangement,
    'elden: ¦[loonSv',
    /verschillende regimes/,
  ],
  [
    'a generic purpose',
    {
      [arrangement]: [[purpose, 'omschrijving: Preventie en handhaving']],
    },
    arrangement,
    'ijving: ¦Preventie en h',
    /te algemeen/,
  ],
  ...[
    'HANDHAVING',
    ' De  algemene handhaving, en het toezicht ',
    'Voorkomen en bestrijden van misbruik en fraude door controle',
    'Data gestuurd samenwerken in de keten en handhaven over landsgrenzen',
    'Preventie preventie preventie preventie van fraude',
  ].map(
    (generic): Row => [
      `the generic purpose ${generic.trim()}`,
      { [arrangement]: [[purpose, `omschrijving: "${generic}"`]] },
      arrangement,
      `ijving: ¦"${generic}`,
      /te algemeen/,
    ],
  ),
  [
    'a samenwerkingsverband that is called a college',
    { [parties]: [['naam: Gemeente Dijkdorp', 'naam: RIEC Dijkdorp']] },
    parties,
    'soort: ¦college',
    /een samenwerkingsverband is geen gewone organisatie/,
  ],
  [
    'an occasion that is not in the list',
    {
      [arrangement]: [
        ['  zaak: verplicht', '  zaak: verplicht\n  aanleiding: [aanvraag, anonieme-tips]'],
      ],
    },
    arrangement,
    'aanleiding: [aanvraag, ¦anonieme-tips',
    /deze aanleiding staat niet in de codelijst aanleiding/,
  ],
  [
    'a ground of selection that is not one',
    {
      [arrangement]: [
        ['  zaak: verplicht', '  zaak: verplicht\n  selectiegrond: [regulier, aselekt]'],
      ],
    },
    arrangement,
    'selectiegrond: [regulier, ¦aselekt',
    /deze selectiegrond bestaat niet/,
  ],
  [
    'a samenwerkingsverband as receiver',
    {
      [arrangement]: [
        ['ontvangers:  { soort: college', 'ontvangers:  { soort: samenwerkingsverband'],
      ],
    },
    arrangement,
    'soort: ¦samenwerkingsv',
    /samenwerkingsverband/,
  ],
  // time
  [
    'a norm that is there already',
    { 'normen/zz.yaml': textsWith({}).find(one => one.path === norm)?.text ?? '' },
    'normen/zz.yaml',
    'id: ¦bijstandsnorm-netto',
    /deze norm bestaat al/,
  ],
  [
    'an amount that ends before it begins',
    {
      [norm]: [
        [
          'geldigVan: 2026-01-01, geldigTot: 2026-06-30',
          'geldigVan: 2026-01-02, geldigTot: 2026-01-01',
        ],
      ],
    },
    norm,
    'geldigTot: ¦2026-01-01',
    /geldigTot ligt voor geldigVan/,
  ],
  [
    'a norm without an end',
    {
      [norm]: [
        [
          'bedrag: 140150, geldigVan: 2026-01-01, geldigTot: 2026-06-30,',
          'bedrag: 140150, geldigVan: 2026-01-01,',
        ],
      ],
    },
    norm,
    '- ¦{ leefvorm: al',
    /nooit onbeperkt/,
  ],
  [
    'norms that overlap',
    { [norm]: [['geldigVan: 2024-07-01', 'geldigVan: 2024-06-30']] },
    norm,
    '- ¦{ leefvorm: al',
    /overlapt/,
  ],
  [
    'an arrangement that ends before it begins',
    { [arrangement]: [['geldigVan: 2026-01-01', 'geldigVan: 2026-01-01\ngeldigTot: 2025-12-31']] },
    arrangement,
    'digTot: ¦2025-12-31',
    /voor geldigVan/,
  ],
  [
    'a basis that ends before it begins',
    { [bases]: [['geldigVan: 2015-01-01', 'geldigVan: 2015-01-01\n    geldigTot: 2014-12-31']] },
    bases,
    'digTot: ¦2014-12-31',
    /voor geldigVan/,
  ],
  [
    'a confirmed bill',
    { [bases]: [['stand: vastgesteld', 'stand: voorstel']] },
    bases,
    'estigd: ¦{ op: 2026-11-',
    /voorstel kan niet bevestigd/,
  ],
  // doubles
  [
    'a basis twice',
    { [bases]: [['id: pw-53a-1', 'id: pw-64-1-b']] },
    bases,
    '- id: ¦pw-64-1-b',
    /bestaat al/,
  ],
  [
    'a party twice',
    { [parties]: [["'00000099000000002000'", "'00000099000000001000'"]] },
    parties,
    "{ oin: ¦'0000009900000",
    /bestaat al/,
  ],
  [
    'a code twice',
    { [codes]: [['code: gehuwden', 'code: alleenstaande']] },
    codes,
    '- ¦{ code: alleen',
    /twee keer/,
  ],
  [
    'a field in two rungs',
    { [arrangement]: [['velden: [loonSv,', 'velden: [maandinkomenKlasse, loonSv,']] },
    arrangement,
    'elden: [¦maandinkomenKl',
    /al in een trede/,
  ],
  [
    'two arrangements for one purpose',
    {
      'uitwisselingen/proactieve-dienstverlening.yaml': [
        [
          'id: proactieve-dienstverlening\n  omschrijving',
          'id: bijstand-recht-en-hoogte\n  omschrijving',
        ],
      ],
    },
    arrangement,
    '¦id: bijstand-r',
    /overlapt met proactieve-dienstverlening/,
  ],
  // ladders
  [
    'a rung after itself',
    { [arrangement]: [['na: licht', 'na: bedragen']] },
    arrangement,
    'g], na: ¦bedragen, verv',
    /niet te bereiken/,
  ],
  [
    'a rung that opens on an answer of another rung',
    {
      [arrangement]: [
        ['vervolgAls: { heeftInkomstenverhouding: true }', 'vervolgAls: { loonSv: true }'],
      ],
    },
    arrangement,
    'gAls: { ¦loonSv: true }',
    /niet te bereiken/,
  ],
  [
    'a rung that opens on an answer that is no yes or no',
    {
      [arrangement]: [
        [
          'vervolgAls: { heeftInkomstenverhouding: true }',
          'vervolgAls: { maandinkomenKlasse: true }',
        ],
      ],
    },
    arrangement,
    'gAls: { ¦maandinkomenKl',
    /niet te bereiken/,
  ],
  [
    'a rung without an end',
    { [arrangement]: [['openVoor: P3M, ', '']] },
    arrangement,
    'g], na: ¦licht, vervolg',
    /openVoor ontbreekt/,
  ],
  [
    'a ladder without a case',
    { [arrangement]: [['  zaak: verplicht\n', '']] },
    arrangement,
    'g], na: ¦licht, vervolg',
    /zonder zaak/,
  ],
  [
    'a rung without a width',
    { [arrangement]: [['A0, periodeMaanden: 12', 'A0']] },
    arrangement,
    '- { id: ¦licht,    veld',
    /periodeMaanden/,
  ],
  [
    'a rung twice',
    { [arrangement]: [['id: bedragen,', 'id: licht,']] },
    arrangement,
    '- { id: ¦licht, velden: [loonSv',
    /trede bestaat al/,
  ],
  [
    'a width without a period',
    {
      'uitwisselingen/proactieve-dienstverlening.yaml': [
        ['goedkeuring: A0', 'goedkeuring: A0, periodeMaanden: 3'],
      ],
    },
    'uitwisselingen/proactieve-dienstverlening.yaml',
    'periodeMaanden: ¦3',
    /geen werking zonder periode/,
  ],
  [
    'a term without a lighter rung',
    { [arrangement]: [['na: licht, ', '']] },
    arrangement,
    'openVoor: ¦P3M',
    /geen werking zonder na/,
  ],
  [
    'a rung that no answer opens',
    { [arrangement]: [['vervolgAls: { heeftInkomstenverhouding: true }, ', '']] },
    arrangement,
    'na: ¦licht',
    /vervolgAls ontbreekt/,
  ],
  [
    'a rung after one that is closed',
    {
      [arrangement]: [
        ['goedkeuring: A0, periodeMaanden: 12', 'goedkeuring: AX, periodeMaanden: 12'],
      ],
    },
    arrangement,
    'na: ¦licht',
    /lichtere trede is gesloten/,
  ],
  [
    'an arrangement in a file of another name',
    { [arrangement]: [['id: uwv-inkomsten-bijstand', 'id: uwv-inkomsten']] },
    arrangement,
    'id: ¦uwv-inkomsten',
    /moet uwv-inkomsten\.yaml heten/,
  ],
  [
    'cases in a file of another name',
    { [cases]: [['uitwisseling: uwv-inkomsten-bijstand', 'uitwisseling: lu-inkomsten-bijstand']] },
    cases,
    'uitwisseling: ¦lu-',
    /moet lu-inkomsten-bijstand\.cases\.yaml heten/,
  ],
  [
    'an explicit basis for a field of no rung',
    {
      [arrangement]: [
        ['verboden:', 'bijzonder: [{ veld: vakantiebijslag, grondslag: pw-64-1-b }]\nverboden:'],
      ],
    },
    arrangement,
    'veld: ¦vakantiebijslag',
    /in geen enkele trede/,
  ],
  // cases
  [
    'an exchange without cases',
    { [cases]: null },
    arrangement,
    'id: ¦uwv-',
    /er is geen uwv-inkomsten-bijstand\.cases\.yaml/,
  ],
  [
    'no cases',
    { 'uitwisselingen/uwv-inkomsten-bijstand.cases.yaml': 'uitwisseling: lu-inkomsten-bijstand' },
    cases,
    '¦uitwisseling:',
    /ontbreekt/,
  ],
  [
    'cases of no exchange',
    { [cases]: [['uitwisseling: uwv', 'uitwisseling: uvw']] },
    cases,
    'seling: ¦uvw-inkomsten-',
    /niet bekend/,
  ],
  [
    'a case that no longer holds',
    { [cases]: [['naam: geen zaak\n    als: { zaak: false }', 'naam: geen zaak']] },
    cases,
    '- ¦naam: geen zaa',
    /klopt niet: uitkomst is toegestaan/,
  ],
  [
    'a case that another article refuses than it says',
    { [cases]: [['grondslagen: [pw-53a-1, pw-64-1-b]', 'grondslagen: [pw-64-1-b]']] },
    cases,
    '- ¦naam: voordat de Participatiewet',
    /klopt niet: in de weg staat pw-53a-1, pw-64-1-b/,
  ],
  [
    'an article in a case that does not exist',
    { [cases]: [['grondslagen: [pw-53a-1, pw-64-1-b]', 'grondslagen: [pw-53a-1, pw-64-1-z]']] },
    cases,
    'grondslagen: [pw-53a-1, ¦pw-64-1-z',
    /niet bekend/,
  ],
  [
    'an earlier answer that comes after its case',
    { [cases]: [[earlierOp, 'eerder: { op: 2026-09-16T12:00:00+02:00,']] },
    cases,
    'eerder: { op: ¦2026-09-16',
    /ligt niet na het geval zelf \(2026-09-15T11:59:59/,
  ],
  [
    'an earlier field that nobody can ask',
    { [cases]: [[`${earlierOp} velden: [`, `${earlierOp} velden: [nationaliteit, `]] },
    cases,
    'velden: [¦nationaliteit',
    /in geen enkele trede/,
  ],
  [
    'an earlier answer to what was not asked',
    {
      [cases]: [['antwoord: { heeftInkomstenverhouding', 'antwoord: { heeftUitkeringsverhouding']],
    },
    cases,
    'antwoord: { ¦heeftUitkeringsverhouding',
    /eerder niet gevraagd/,
  ],
  [
    'an earlier answer that no source gives',
    { [cases]: [['antwoord: nietBeschikbaar', 'antwoord: onbekend']] },
    cases,
    'antwoord: ¦onbekend',
    /een van: nietBeschikbaar, geenGegevens/,
  ],
  [
    'a promise of what is not there',
    { [cases]: [['bewaren.log: P7Y', 'bewaren.logboek: P7Y']] },
    cases,
    '¦bewaren.logboek:',
    /'logboek' staat niet in bewaren; daar staan log, logGrond, antwoord, ontvanger/,
  ],
  [
    'a promise of nothing at all',
    { [cases]: [['bewaren.log: P7Y', 'bewaar: P7Y']] },
    cases,
    '¦bewaar:',
    /'bewaar' staat niet in deze uitwisseling; daar staan id, versie/,
  ],
  [
    'a promise of a rung that is not there',
    { [cases]: [['bewaren.log: P7Y', 'treden.zwaar.openVoor: P3M']] },
    cases,
    '¦treden.zwaar',
    /'zwaar' staat niet in treden; daar staan licht, bedragen/,
  ],
  [
    'a promise of a member of a value',
    { [cases]: [['bewaren.log: P7Y', 'bewaren.log.jaren: 7']] },
    cases,
    '¦bewaren.log.jaren:',
    /'jaren' staat niet in bewaren\.log$/,
  ],
  [
    'a promise of more than a value or a list',
    { [cases]: [['bewaren.log: P7Y', 'bewaren: P7Y']] },
    cases,
    '¦bewaren: P7Y',
    /noem van bewaren een van log, logGrond/,
  ],
  [
    'a promise that the exchange does not keep',
    { [cases]: [['bewaren.log: P7Y', 'bewaren.log: P5Y']] },
    cases,
    '¦bewaren.log: P5Y',
    /afgesproken is P5Y, maar bewaren\.log is P7Y/,
  ],
  [
    'a promised list that lacks one',
    { [cases]: [['bewaren.log: P7Y', 'voorwaarden.functie: [onderzoeker]']] },
    cases,
    '¦voorwaarden.functie',
    /afgesproken is \[onderzoeker\], maar voorwaarden\.functie is \[inkomensconsulent, onderzoeker\]/,
  ],
  [
    'no case that allows',
    {
      [cases]: `uitwisseling: uwv-inkomsten-bijstand\nop: 2026-09-15T12:00:00+02:00\nvraag: { ontvanger: '00000099000000001000' }\ngevallen:\n  - { naam: niets, dan: geweigerd, redenen: [ZAAK_ONTBREEKT] }\n`,
    },
    arrangement,
    'id: ¦uwv-inkomsten',
    /wat wél mag/,
  ],
  [
    'no case for a refusal',
    {
      [cases]: [
        [
          'naam: de noodrem staat aan\n    gegeven: { noodrem: [alle uitwisselingen] }\n    dan: geweigerd\n    redenen: [NOODREM]',
          'naam: nog eens\n    dan: toegestaan',
        ],
      ],
    },
    arrangement,
    'id: ¦uwv-inkomsten-',
    /weigering van 'noodrem'/,
  ],
]

test('an instrument looks at nothing that is protected, stands for it, or is not yet established', async () => {
  const traits = [
    ['uwv-polis-werkgevers.nationaliteiten', /beschermd of zegt er iets over/],
    ['uwv-polis-werkgevers.naam', /beschermd of zegt er iets over/],
    ['bd-platforminkomsten.nummersLidstaten', /beschermd of zegt er iets over/],
    ['shv-vroegsignalen.hoogteAchterstand', /beschermd of zegt er iets over/],
    ['ib-nieuwe-inkomsten.datumAanvang', /op een signaal mag niet worden geselecteerd/],
    ['gem-bijstand.bestaatNiet', /geen veld van een gegevensset/],
  ] as const
  const found = await faultsOf({
    [instrument]: [
      [
        'kenmerken: [uwv-polis-werkgevers.aantalWerknemers]',
        ['kenmerken:', ...traits.map(([trait]) => `  - ${trait}`)].join('\n'),
      ],
    ],
  })
  const faults = found.filter(({ file }) => file === instrument)
  assert.equal(faults.length, traits.length)
  for (const [index, [trait, message]] of traits.entries()) {
    assert.match(faults[index]?.message ?? '', message, trait)
  }
})

for (const [what, edits, file, at, message] of rows) {
  test(`${what} is refused at its place`, () => {
    const texts = textsWith(edits)
    const { faults } = readTexts(texts, 'test', known)
    const lines = texts.find(({ path }) => path === file)?.text.split('\n') ?? []
    const [before = '', after = ''] = at.split('¦')
    const told = faults.map(one => `${one.file}:${one.line}:${one.column} ${one.message}`)
    const found = faults.some(one => {
      const line = lines[one.line - 1] ?? ''
      const column = one.column - 1
      const here = line.slice(0, column).endsWith(before) && line.startsWith(after, column)
      return one.file === file && here && message.test(one.message)
    })
    assert.ok(found, `${file} ${at} ${message}\nfound:\n${told.join('\n')}`)
  })
}

test('a fault says what would be right when that is known', async () => {
  const right = async (edits: Edits) => (await faultsOf(edits)).map(one => one.juist)
  for (const [from, to, juist] of [
    ['patroon: synchroon', 'patroon: syncroon', 'synchroon'],
    ['verboden:', 'verbodem:', 'verboden'],
    ['[pw-64-1-b, ', '[pw-64-1b, ', 'pw-64-1-b'],
    ['[loonSv, ', '[loonsv, ', 'loonSv'],
    ['  zaak: verplicht', '  zaak: verplicht\n  aanleiding: [anonieme-tips]', 'anonieme-tip'],
    [
      '  zaak: verplicht',
      '  zaak: verplicht\n  selectiegrond: [wijk]',
      'een van regulier, signaal, risicomodel, knock-out, aselect',
    ],

    ['id: uwv-inkomsten-bijstand', 'id: uwv-inkomsten', 'id: uwv-inkomsten-bijstand'],
    ['na: licht, ', 'na: zwaar, ', 'licht'],
    [', openVoor: P3M', '', 'openVoor: P3M'],
    [
      ', vervolgAls: { heeftInkomstenverhouding: true }',
      '',
      'vervolgAls: { heeftInkomstenverhouding: true }',
    ],
  ] as const) {
    const told = await right({ [arrangement]: [[from, to]] })
    assert.ok(told.includes(juist), `${to}: ${told}`)
  }
})

test('a name is only suggested when it is nearly the same, and no other is', () => {
  const known = ['loonSv', 'tijdvak', 'datumAanvang', 'datumAanvangs', 'pw-1']
  assert.equal(alike('loonsv', known), 'loonSv')
  assert.equal(alike('tjidvak', known), 'tijdvak')
  assert.equal(alike('datum-aanvang', known), 'datumAanvang')
  assert.equal(alike('datumAanvangst', known), 'datumAanvangs')
  assert.equal(alike('datumAanvan', known), 'datumAanvang')
  assert.equal(alike('pw-2', known), undefined)
  assert.equal(alike('iets anders', known), undefined)
})

test('criminal data may be supplied systematically on its explicit basis, without a second person', async () => {
  const faults = await faultsOf({
    ...supplied(signals, [
      'verboden:',
      'bijzonder: [{ veld: datumIngang, grondslag: pw-64-1-b }]\nverboden:',
    ]),
    'gegevenssets/svb-uitkeringen.yaml': [
      [
        'datumIngang:                  { type: date, categorie: gewoon',
        'datumIngang:                  { type: date, categorie: strafrechtelijk',
      ],
    ],
  })
  const own = faults.filter(one => one.file === signals && !/geen enkel geval/.test(one.message))
  assert.deepEqual(own, [])
  const law = await variant(supplyEdits())
  assert.equal(law.uitwisselingen.get('proef-signaal')?.levertAan, undefined, 'there are many')
})

test('the shipped set has no fault', async () => {
  assert.deepEqual(await faultsOf({}), [])
})

test('all faults of all files are told at once, in order', async () => {
  const faults = await faultsOf({
    [codes]: [['titel: Leef', 'kleur: groen\ntitel: Leef']],
    [arrangement]: [
      ['versie: 1.0.0', 'versie: een'],
      ['patroon: synchroon', 'patroon: vrij'],
    ],
    [bases]: [['id: pw-53a-1', 'id: pw-64-1-b']],
  })
  // Every other exchange that rests on the article that is gone, and each of its cases that names it.
  const resting = shipped.files
    .filter(({ path }) => /^uitwisselingen\/(?!uwv-inkomsten-bijstand\.)/.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const names = /^ *grondslagen: .*\bpw-53a-1\b/.test(line)
        return names ? [{ file: path, line: index + 1 }] : []
      }),
    )
  assert.ok(resting.length > 2)
  const basesText = shipped.files.find(({ path }) => path === bases)?.text.split('\n') ?? []
  const twice = basesText.findIndex(line => line.includes('id: pw-53a-1')) + 1
  const wrong = [2, 13].map(line => ({ file: arrangement, line }))
  const exchanges = [...resting, ...wrong].toSorted((one, other) =>
    one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1,
  )
  assert.deepEqual(
    faults.map(({ file, line }) => ({ file, line })),
    [{ file: codes, line: 2 }, { file: bases, line: twice }, ...exchanges],
  )
})

test('a file that cannot be read hides no reference of another, and makes none', async () => {
  const faults = await faultsOf({ [parties]: [['profiel: test', 'profiel: &x test']] })
  assert.deepEqual(
    faults.map(one => one.file),
    [parties],
  )
})

test('a test set is not loaded in productie, and a test OIN lives nowhere else', async () => {
  const production = await faultsOf({}, 'productie')
  assert.deepEqual(
    production.map(one => `${one.file}:${one.line}`),
    [`${parties}:2`],
  )
  const unmarked = await faultsOf({ [parties]: [['profiel: test\n', '']] })
  assert.equal(unmarked.length, 25)
  assert.ok(unmarked.every(one => /test-OIN/.test(one.message)))
})

test('an exchange that does not say about whom it is, is no law (AVG art. 30(1)(c))', async () => {
  const about = 'betrokkenen: mensen die bijstand vragen of krijgen, en hun partners\n'
  const faults = await faultsOf({ [arrangement]: [[about, '']] })
  assert.ok(faults.some(one => one.file === arrangement && /betrokkenen/.test(one.message)))
})

test('an active party of a real set says where its controller and its officer are reached', async () => {
  const contact = (name: string) =>
    `contact: { verantwoordelijke: privacy@${name}.example, fg: fg@${name}.example },\n     `
  const silent = await faultsOf({
    [parties]: [
      ['profiel: test\n', ''],
      [contact('uwv'), ''],
      [contact('svb'), ''],
      ['naam: SVB, soort: svb, status: actief', 'naam: SVB, soort: svb, status: beeindigd'],
    ],
  })
  const told = silent.filter(one => /^contact ontbreekt/.test(one.message))
  assert.deepEqual(
    told.map(({ file }) => file),
    [parties],
  )
})

test('bytes that are no UTF-8 are a fault', async () => {
  const faults = await edited({}, async dir => {
    writeFileSync(join(dir, codes), Buffer.from([0x69, 0x64, 0x3a, 0x20, 0xff, 0xfe]))
    return (await readPolicies(dir, 'test', known)).faults
  })
  assert.deepEqual(
    faults.map(one => `${one.file} ${one.message}`),
    [`${codes} dit bestand is geen geldige UTF-8`],
  )
})

test('L9: definitions that overlap, contradict or say nothing are not loaded, and one condition that refuses is enough', async () => {
  const text = readFileSync(join(policyDir, arrangement), 'utf8')
  const twin = text.replace('id: uwv-inkomsten-bijstand', 'id: uwv-inkomsten-tweeling')
  const overlap = await faultsOf({ 'uitwisselingen/uwv-inkomsten-tweeling.yaml': twin })
  assert.ok(
    overlap.some(one => /overlapt/.test(one.message)),
    JSON.stringify(overlap),
  )
  for (const edit of [
    ['velden: [loonSv, tijdvak, aantalVerloondeUren, soortInkomstenverhouding]', 'velden: []'],
    ['grondslagen: [pw-64-1-b, pw-53a-1, suwi-62-1]', 'grondslagen: []'],
    ['versie: 1.0.0', 'versie: ['],
  ] as const) {
    assert.ok((await faultsOf({ [arrangement]: [edit] })).length > 0, edit[1])
  }
  const contradicting = await variant({
    [arrangement]: [['grondslagen: [pw-64-1-b', 'grondslagen: [wetsvoorstel-36799, pw-64-1-b']],
  })
  assert.deepEqual(lawCodes(asked(), { law: contradicting }), ['GRONDSLAG_NIET_IN_WERKING'])
})
