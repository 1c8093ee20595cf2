// What may stand in a UWVPersoonsIkvInfo message? One table of the message tree (suwiml §5).

export const serviceSpace = 'http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200'
export const fwiSpace = 'http://bkwi.nl/SuwiML/FWI/v0205'

/** SuwiML Basisschema v0801, stricter where its patterns admit non-ASCII digits or days that do not exist. */
export const types = {
  bsn: text => /^[0-9]{9}$/.test(text),
  dat: isDate,
  d1: text => /^[0-9]$/.test(text),
  d2: text => /^[0-9]{2}$/.test(text),
  d3: text => /^[0-9]{3}$/.test(text),
  d9: text => /^[0-9]{9}$/.test(text),
  a1: text => /^[A-Za-z]$/.test(text),
  a2: text => /^[A-Za-z]{2}$/.test(text),
  'a≤3': text => /^[A-Za-z]{0,3}$/.test(text),
  volgnr: text => /^\s*\+?[0-9]{1,4}\s*$/.test(text),
  dagen: text => /^\s*\+?[0-9]{1,3}\s*$/.test(text),
  uren: text => /^\s*[+-]?[0-9]{1,5}\s*$/.test(text),
  huisnr: text => /^\s*\+?[0-9]{1,5}\s*$/.test(text),
  loonheffingennr: text => /^[0-9]{9}L[0-9]{2}$/.test(text),
  postcd: text => /^[1-9][0-9]{3}[A-Za-z]{2}$/.test(text),
  munt: text => text === 'EUR',
  teken: text => text === '+' || text === '-',
  waarde: text => /^\s*\+?[0-9]{1,18}\s*$/.test(text) && Number.isSafeInteger(Number(text)),
  tijdeenheid: text => /^(0[1-9]|10|20)$/.test(text),
  AN6: upTo(6),
  AN7: upTo(7),
  AN9: upTo(9),
  AN24: upTo(24),
  AN35: upTo(35),
  AN40: upTo(40),
  AN70: upTo(70),
  AN80: upTo(80),
  AN200: upTo(200),
  A200: text => upTo(200)(text) && !/\p{Nd}/u.test(text),
  vv: text => upTo(10)(text) && !/\p{Nd}/u.test(text),
  vrij: () => true,
} satisfies Record<string, (text: string) => boolean>

function upTo(length: number): (text: string) => boolean {
  return text => [...text].length <= length
}

/** JJJJMMDD; unknown parts are zeros, a known day lies in its month (suwiml §3.1). */
function isDate(text: string): boolean {
  const parts = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(text)
  if (!parts) return false
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (year === 0 && (month === 0) !== (day === 0)) return false
  if (month > 12) return false
  const longest = month === 0 ? 31 : new Date(Date.UTC(year || 2000, month, 0)).getUTCDate()
  return day <= longest
}

/**
 * `Name:type` once, `Name?` 0..1, `Name*` 0..n, `Name+` 1..n; a group has children in this order.
 * `fwi:` is the FWI namespace, every other element stands in none.
 */
type Item = string | Branch | Choice
interface Branch {
  readonly head: string
  readonly content: readonly Item[]
}
interface Choice {
  readonly choice: readonly (readonly Item[])[]
}
const group = (head: string, ...content: readonly Item[]): Branch => ({ head, content })
const oneOf = (...choice: readonly (readonly Item[])[]): Choice => ({ choice })

const amount = (name: string): Item =>
  group(
    `${name}?`,
    'CdMunteenheid?:munt',
    'CdPositiefNegatief?:teken',
    'WaardeBedr?:waarde',
    'CdPeriodeEenheidGeldigheidBedr?:tijdeenheid',
  )

const home = [
  'Locatieoms?:AN70',
  'Postcd?:postcd',
  'Woonplaatsnaam?:AN80',
  'Gemeentenaam?:AN40',
] as const

const abroad = [
  'LocatieomsBuitenland?:AN70',
  'PostcdBuitenland?:AN9',
  'WoonplaatsnaamBuitenland?:AN40',
  'RegionaamBuitenland?:AN24',
  'LandencdIso?:a2',
  'Landsnaam?:AN40',
] as const

const street = group(
  'Straatadres',
  ...home,
  'Straatnaam?:AN24',
  'Huisnr?:huisnr',
  'Huisnrtoevoeging?:AN6',
  'Woonbootverwijzing?:a2',
  'Woonwagenverwijzing?:a2',
)
const box = group('Postbusadres', ...home, 'Postbusnr?:huisnr')
const streetAbroad = group(
  'StraatadresBuitenland',
  ...abroad,
  'StraatnaamBuitenland?:AN24',
  'HuisnrBuitenland?:AN9',
)
const boxAbroad = group('PostbusadresBuitenland', ...abroad, 'PostbusnrBuitenland?:AN7')

const address = (head: string): Item =>
  group(
    head,
    'DatBAdres?:dat',
    'DatEAdres?:dat',
    oneOf([street], [box], [streetAbroad], [boxAbroad]),
  )

const employer = group(
  'AdministratieveEenheid?',
  'NaamAdministratieveEenheid?:AN200',
  'Loonheffingennr:loonheffingennr',
  'DatBAdministratieveEenheid?:dat',
  'DatEAdministratieveEenheid?:dat',
  oneOf(
    [
      group(
        'PersoonAdministratieveEenheid',
        'Voornamen?:A200',
        'Voorvoegsel?:vv',
        'SignificantDeelVanDeAchternaam?:A200',
        address('FeitelijkAdresPersoonAeh*'),
        address('CorrespondentieadresPersoonAeh*'),
      ),
    ],
    [
      group(
        'RechtspersoonAdministratieveEenh',
        'FiNr:d9',
        'NaamRechtspersoon?:AN200',
        'CdRechtsvorm?:a≤3',
      ),
    ],
  ),
  address('FeitelijkAdresAeh*'),
  address('CorrespondentieadresAeh*'),
)

const incomePeriod = group(
  'Inkomstenperiode+',
  'DatBIkp:dat',
  'DatEIkp?:dat',
  'CdSrtIkv?:d2',
  'CdTypeArbeidscontract?:a1',
  'CdInvloedVerzekeringsplicht?:a≤3',
  'IndLoonheffingskortingToegepast?:d1',
  'IndRegelmatigArbeidspatroon?:d1',
  'IndPersoneelsleningNietInLoon?:d1',
  'IndLoonIsMedeAowAlleenstaande?:d1',
  'IndLoonInclusiefWajongUitkering?:d1',
  'IndVakantiebonnenToegepast?:d1',
  'CdAardIkv?:d2',
  'CdIncidInkomstenvermindering?:a1',
)

const sector = group(
  'SectorRisicogroepIkv*',
  'CdSectorRisicogroep?:d2',
  'DatBSectorRisicogroep?:dat',
  'DatESectorRisicogroep?:dat',
  group('SectorBeroepsEnBedrijfsleven?', 'CdSector:d3'),
)

const incomeStatement = group(
  'Inkomstenopgave+',
  'DatBIko:dat',
  'DatEIko?:dat',
  'AantSvDagenIko?:dagen',
  'AantVerloondeUrenIko?:uren',
  amount('BedrBrutoloonSv'),
  amount('BedrLoonLbPremieVolksverz'),
  amount('BedrIngehoudenLbPremieVolksverz'),
  amount('BedrVakantietoeslag'),
  amount('BedrOpgbRechtVakantietoeslag'),
  amount('BedrExtraPrdSalaris'),
  amount('BedrOpgbRechtExtraPrdSalaris'),
  amount('BedrVergoedingReiskostenOnbelast'),
  amount('BedrInUitkBegrBetAlimentatie'),
  amount('BedrRechtstreeksBetAlimentatie'),
)

const client = group(
  'ClientSuwi',
  'Burgerservicenr:bsn',
  group(
    'Inkomstenverhouding*',
    'VolgnrIkv?:volgnr',
    'AanduidingIkvWerkgever?:AN35',
    'DatBIkv?:dat',
    'DatEIkv?:dat',
    employer,
    incomePeriod,
    sector,
    incomeStatement,
  ),
)

const requestItems = [
  'Burgerservicenr:bsn',
  group('PeriodeGegevensvraagIko?', 'DatBPeriode?:dat', 'DatEPeriode?:dat'),
]

const delivered = group('PeriodeGegevensleveringIko?', 'DatBPeriode?:dat', 'DatEPeriode?:dat')

/** The last two are not in this schema but declared by FWI v0205: no data either way (suwiml §4.1). */
const responseItems = [
  oneOf(
    [client, delivered, 'fwi:FWI?:fwi'],
    ['fwi:FWI:fwi'],
    ['fwi:NietsGevonden:vrij'],
    ['fwi:NietGerechtigd:vrij'],
    ['fwi:NietVanToepassing:vrij'],
  ),
]

/** What each Fout, Waarschuwing and Informatie of an FWI holds; these come in any mix and order. */
const noticeItems = ['Code:vrij', 'Tekst:vrij', 'Detail*:vrij', group('Bron', 'DN:vrij')]

export type TypeName = keyof typeof types
export interface Spec {
  readonly space: string
  readonly name: string
  readonly least: 0 | 1
  readonly most: number
  readonly content: Content
}
export type Content = TypeName | 'fwi' | readonly (Spec | Alternatives)[]
export interface Alternatives {
  readonly alternatives: readonly (readonly (Spec | Alternatives)[])[]
}

const grammar = /^(fwi:)?([A-Za-z]+)([?*+]?)(?::(.+))?$/

function compile(item: Item): Spec | Alternatives {
  if (typeof item === 'object' && 'choice' in item) {
    return { alternatives: item.choice.map(each => each.map(compile)) }
  }
  const { head, content } = typeof item === 'string' ? group(item) : item
  const [, space, name = '', occurs, type] = grammar.exec(head) ?? []
  if (type !== undefined && type !== 'fwi' && !isTypeName(type)) throw new TypeError(head)
  return {
    space: space ? fwiSpace : '',
    name,
    least: occurs === '?' || occurs === '*' ? 0 : 1,
    most: occurs === '*' || occurs === '+' ? Number.POSITIVE_INFINITY : 1,
    content: type ?? content.map(compile),
  }
}

function isTypeName(text: string): text is TypeName {
  return Object.hasOwn(types, text)
}

export type Specs = readonly (Spec | Alternatives)[]
export const requestSpecs: Specs = requestItems.map(compile)
export const responseSpecs: Specs = responseItems.map(compile)
export const noticeSpecs: Specs = noticeItems.map(compile)
export const noticeKinds = ['Fout', 'Waarschuwing', 'Informatie']
