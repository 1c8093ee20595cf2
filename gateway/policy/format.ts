// Which keys may each kind of policy file hold? The formats of design §4; a key stands here only if it has an effect.
import type { Facts, Question, Reason, ReasonCode } from '../terms.ts'
import { texts } from './explain.ts'
import type {
  ArrangementText,
  BasisText,
  CodeList,
  DatasetText,
  InstrumentText,
  Norm,
  Promised,
} from './law.ts'
import { privateMembers } from './party-keys.ts'
import {
  date,
  either,
  fault,
  flag,
  integer,
  list,
  object,
  oneOf,
  type Read,
  record,
  scalar,
  text,
} from './shape.ts'

const slug = text(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'een naam van kleine letters, cijfers en streepjes')
const name = text(/^[A-Za-z][A-Za-z0-9]{0,63}$/, 'een naam van letters en cijfers')
const fieldName = /^[a-z][A-Za-z0-9]{0,63}$/
const oin = text(/^[0-9A-Z]{20}$/, 'een OIN: 20 tekens, tussen aanhalingstekens')
const version = text(/^\d+\.\d+\.\d+$/, 'een versie als 1.0.0')
const duration = text(/^P[1-9]\d{0,3}[DMY]$/, 'een termijn als P3M of P7Y')
const line = text()
const link = text(/^https:\/\/[^\s]+$/, 'een https-adres')
const presence = oneOf('verplicht', 'toegestaan')
const avgGround = oneOf('6-1-c', '6-1-e')
const reasonCode = oneOf(...(Object.keys(texts) as ReasonCode[]))

const basis: Read<BasisText> = object(
  { id: slug, artikel: line, stand: oneOf('voorstel', 'vastgesteld') },
  {
    geldigVan: date,
    geldigTot: date,
    buitenToepassing: object({ van: date, uitspraak: line }),
    bevestigd: object({ op: date, tekstversie: line }),
    data: list(
      object({
        soort: oneOf('inwerking', 'operationeel', 'handhaafbaar'),
        onderdeel: line,
        van: date,
      }),
    ),
    toelichting: line,
  },
)

export const basesFile = object({ regeling: line, bron: line, grondslagen: list(basis) })

export const normFile: Read<Norm> = object({
  id: slug,
  titel: line,
  soort: oneOf('netto', 'bruto', 'leeftijd', 'drempel', 'maximum'),
  eenheid: oneOf(
    'eurocent-per-maand',
    'eurocent-per-kwartaal',
    'eurocent-per-jaar',
    'eurocent-per-uur',
    'eurocent',
    'uren-per-maand',
    'maanden',
    'aantal',
  ),
  bedragen: list(
    object(
      {
        bedrag: integer(1, 1_000_000_000),
        geldigVan: date,
        bron: line,
        status: oneOf('bevestigd', 'onbevestigd', 'testwaarde'),
      },
      { leefvorm: name, geldigTot: date },
    ),
  ),
})

const category = oneOf('gewoon', 'bijzonder', 'strafrechtelijk', 'beschermd-kenmerk', 'bsn')

export const codeListFile: Read<CodeList> = object({
  id: slug,
  titel: line,
  bron: line,
  codes: list(
    object(
      { code: text(/^[A-Za-z0-9-]{1,64}$/, 'een code'), betekenis: line },
      { klasse: slug, categorie: category, geldigVan: date, geldigTot: date },
    ),
  ),
})

export const partyKinds = [
  'college',
  'servicecentrum',
  'uwv',
  'svb',
  'ib',
  'toeslagen',
  'fiod',
  'om',
  'ksz',
  'igss',
  'rvig',
  'kinderopvang',
  'jenv',
  'duo',
  'rdw',
  'kadaster',
  'belastingdienst',
  'zorgverzekeraar',
  'bag',
  'arbeidsinspectie',
  'nau',
  'vastelastenpartij',
  'politie',
  'eu-orgaan',
  'inlener',
  'samenwerkingsverband',
  'beheerder',
] as const

const jwkMembers = object(
  { kty: oneOf('RSA', 'EC', 'OKP'), alg: line },
  { crv: line, x: line, y: line, n: line, e: line, kid: line, use: oneOf('sig', 'enc') },
)

/** Its own sentence for a private member: who pasted one must know that it is no secret any more. */
const jwk: Read<Readonly<Record<string, unknown>>> = (tree, reading) => {
  const secret =
    tree.value instanceof Map && [...tree.value.keys()].some(name => privateMembers.has(name))
  if (secret) {
    return fault(
      reading,
      tree.place,
      'dit is een geheime sleutel: zet hier alleen het openbare deel en maak een nieuwe',
    )
  }
  return jwkMembers(tree, reading)
}

const keyId = text(/^[A-Za-z0-9_-]{1,64}$/, 'een naam van letters, cijfers, - en _')

/** An address that is called exactly as it stands here. */
const address: Read<string> = (tree, reading) => {
  const { value } = tree
  const url = typeof value === 'string' && /^https:\S+$/.test(value) ? URL.parse(value) : null
  return url && !url.username && !url.password && !url.hash && typeof value === 'string'
    ? value
    : fault(reading, tree.place, 'hier hoort een https-adres, zonder gebruiker en zonder #')
}

export const partiesFile = object(
  {
    partijen: list(
      object(
        {
          oin,
          naam: line,
          soort: oneOf(...partyKinds),
          status: oneOf('actief', 'geschorst', 'beeindigd'),
        },
        {
          vertrouwelijk: flag,
          contact: object({ verantwoordelijke: line, fg: line }),
          vertegenwoordigt: list(
            object(
              {
                oin,
                soort: oneOf('mandaat', 'delegatie'),
                besluit: line,
                taken: list(slug),
                geldigVan: date,
              },
              { geldigTot: date },
            ),
          ),
          sleutels: list(
            object(
              { id: keyId, gebruik: oneOf('ondertekenen', 'versleutelen'), jwk, geldigVan: date },
              { geldigTot: date },
            ),
          ),
          goedkeurders: list(
            object({ id: keyId, functie: slug, jwk, geldigVan: date }, { geldigTot: date }),
          ),
          postadres: object({}, { antwoorden: address, meldingen: address }),
        },
      ),
    ),
  },
  { profiel: oneOf('test') },
)

export const datasetFile: Read<DatasetText> = object(
  {
    id: slug,
    versie: version,
    bron: slug,
    titel: line,
    velden: record(
      fieldName,
      object(
        {
          type: oneOf(
            'int',
            'cent',
            'uren',
            'procent',
            'bool',
            'code',
            'date',
            'tekst',
            'periode',
            'adres',
            'adressen',
            'sectoren',
            'kinderen',
            'medebewoners',
            'codes',
            'teksten',
            'bsn',
            'maand',
          ),
          titel: line,
          categorie: category,
          regime: oneOf('avg', 'wpg', 'wjsg', 'schuldhulp'),
        },
        {
          verplicht: flag,
          alleenJa: flag,
          lengte: integer(1, 4000),
          eenheid: line,
          codelijst: slug,
        },
      ),
    ),
  },
  {
    relatie: name,
    aanvang: name,
    einde: name,
    soort: name,
    tijdvak: name,
    betaler: name,
    geheim: name,
    afgeleid: record(
      fieldName,
      object(
        {
          type: oneOf('bool', 'code', 'date', 'int', 'cent', 'periode', 'adres'),
          titel: line,
          uit: list(name),
        },
        { parameter: name, label: line },
      ),
    ),
    perMaand: record(
      fieldName,
      object({ type: oneOf('cent', 'date', 'maand'), titel: line, uit: list(name) }),
    ),
    aannemelijk: list(name),
  },
)

export const arrangementFile: Read<ArrangementText> = object(
  {
    id: slug,
    versie: version,
    titel: line,
    doel: object({ id: slug, omschrijving: line, functiegebied: slug }),
    verstrekker: object(
      { avg: avgGround, verwerkingsactiviteit: link },
      { oin, soort: oneOf(...partyKinds, 'eerdere-ontvanger') },
    ),
    ontvangers: object({
      soort: oneOf(...partyKinds, 'eerdere-verstrekker'),
      avg: avgGround,
      verwerkingsactiviteit: link,
    }),
    betrokkenen: line,
    via: list(oin, 0),
    grondslagen: list(slug, 0),
    patroon: oneOf('synchroon', 'asynchroon', 'signaal', 'bulk', 'notificatie'),
    gegevensset: slug,
    sleutel: oneOf('bsn', 'kvk', 'loonheffingennummer', 'adresseerbaarObject', 'lrk'),
    voorwaarden: object(
      { functie: list(slug, 0) },
      {
        zaak: presence,
        periode: presence,
        peildatum: presence,
        parameters: list(name),
        motivering: presence,
        fase: list(slug),
        aanleiding: list(slug),
        selectiegrond: list(slug),
        buitenlands: object({ landen: list(text(/^[A-Z]{2}$/, 'een landcode')), vereist: flag }),
        handtekening: oneOf('verplicht'),
        systeemproces: oneOf('toegestaan'),
        gescheidenFasen: list(slug),
        gescheidenFuncties: list(slug),
        optOut: oneOf('geldt'),
      },
    ),
    treden: list(
      object(
        { id: slug, velden: list(name), goedkeuring: oneOf('A0', 'A1', 'A2', 'A3', 'AX') },
        {
          na: slug,
          vervolgAls: record(fieldName, flag),
          openVoor: duration,
          periodeMaanden: integer(1, 600),
          versheid: duration,
          terug: duration,
          sleutel: oneOf('geen'),
        },
      ),
    ),
    verboden: list(line),
    bewaren: object({
      log: duration,
      logGrond: line,
      antwoord: text(/^(PT0S|P[1-9]\d{0,3}[DMY])$/, 'PT0S of een termijn als P30D'),
      ontvanger: line,
    }),
    geldigVan: date,
  },
  {
    vorm: oneOf('levering'),
    leveringsafspraak: object({ kenmerk: line, datum: date, publicatie: link }),
    ritme: oneOf('maand', 'dag'),
    signaal: object({ geldig: duration, afloop: slug }),
    termijn: object(
      { antwoord: duration },
      { herinneringen: list(duration), goedkeuring: duration },
    ),
    goedkeurders: list(slug),
    relaties: list(slug),
    rijen: oneOf('maand'),
    vrijlating: slug,
    weging: object({ voldoet: name, boete: name }),
    naOverlijden: list(name),
    onverenigbaar: object({ met: line, grondslag: slug }),
    grenzen: object(
      {},
      {
        perZaakPerDag: integer(1, 1_000_000_000),
        perPartijPerUur: integer(1, 1_000_000_000),
        personenPer30Dagen: integer(1, 1_000_000_000),
      },
    ),
    ontsnapping: object({ redenen: list(slug), afsluitenBinnen: duration }),
    bijzonder: list(object({ veld: name, grondslag: slug })),
    dpia: object({ referentie: line, herzienOp: date, uiterlijk: date }),
    geldigTot: date,
  },
)

export const instrumentFile: Read<InstrumentText> = object({
  id: slug,
  naam: line,
  eigenaar: oin,
  soort: oneOf('risicomodel', 'knock-out', 'steekproef'),
  doelen: list(slug),
  kenmerken: list(
    text(
      /^[a-z0-9-]+\.[a-z][A-Za-z0-9]{0,63}$/,
      'een kenmerk als uwv-inkomstenverhoudingen.loonSv',
    ),
  ),
  dpia: line,
  iama: line,
  algoritmeregister: link,
  geldigVan: date,
  geldigTot: date,
  evaluerenVoor: date,
})

const codeText = text(/^[^\p{Cc}]{1,64}$/u)
const question = {
  ontvanger: oin,
  namens: oin,
  velden: list(text(/^[^\p{Cc}]{1,64}$/u, 'een veldnaam')),
  sleutel: codeText,
  buitenlands: text(/^[A-Z]{2}$/, 'een landcode'),
  periode: object({ van: codeText, totEnMet: codeText }),
  peildatum: codeText,
  parameters: record(/^.{1,64}$/u, codeText),
  zaak: flag,
  functie: codeText,
  systeemproces: flag,
  motivering: object({ noodzaak: codeText, lichterMiddel: codeText }),
  selectiegrond: codeText,
  selectieInstrument: codeText,
  aanleiding: object({ soort: codeText, betrouwbaarheid: codeText }),
  fase: codeText,
  indiener: codeText,
  asynchroon: oneOf(true),
  levering: oneOf(true),
  stap: oneOf('bestand', 'correctie', 'terugmelding'),
  handtekening: oneOf(true),
  gegevens: list(text(/^[^\p{Cc}]{1,64}$/u, 'een veldnaam')),
} satisfies { [K in keyof Omit<Question, 'uitwisseling'>]-?: Read<unknown> }

const moment = text(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$/,
  'een moment als 2026-09-15T12:00:00+02:00',
)

/** What was answered in this case before: the rungs that it opened are computed, never written down. */
const earlier = object({
  op: moment,
  velden: list(name),
  antwoord: either(record(fieldName, scalar), oneOf('nietBeschikbaar', 'geenGegevens')),
})

const count = integer(0, Number.MAX_SAFE_INTEGER)
const facts = {
  treden: list(slug, 0),
  noodrem: list(line, 0),
  gebruik: object({}, { zaakVandaag: count, partijDitUur: count }),
  zaakrelatie: oneOf('bekend', 'nieuw', 'anders'),
  ontsnapping: oneOf('gebruikt', 'te-laat'),
  goedkeuringen: list(object({ functie: slug, tot: count }), 0),
  fasen: list(slug, 0),
  functies: list(slug, 0),
  afgeschermd: flag,
  verhinderd: flag,
  eerder: either(earlier, flag),
  weging: object({ voldoet: oneOf(true, false, null), boete: flag }),
} satisfies { [K in keyof Facts]-?: Read<unknown> }

/** What may be relied on besides decisions: the path of a member, and what it says. */
const promise: Read<Promised> = (tree, reading) =>
  Array.isArray(tree.value) ? list(scalar, 0)(tree, reading) : scalar(tree, reading)

/** given, when, then; `vraag` is where every case starts, `als` changes it, `zonder` takes away. */
export const casesFile = object(
  {
    uitwisseling: slug,
    op: moment,
    vraag: object({}, question),
    gevallen: list(
      object(
        { naam: line, dan: oneOf('toegestaan', 'geweigerd') },
        {
          op: moment,
          gegeven: object({}, facts),
          als: object({}, question),
          zonder: list(oneOf(...(Object.keys(question) as (keyof typeof question)[]))),
          redenen: list(reasonCode) satisfies Read<readonly Reason['code'][]>,
          grondslagen: list(slug),
        },
      ),
    ),
  },
  { afspraken: record(/^[A-Za-z][A-Za-z0-9.-]{0,127}$/, promise) },
)
