// What may stand in a UWVPersoonsIkvInfo message? One table of the message tree, read and written by it.
import { SourceError } from '../../gateway/adapter.ts'
import { type Element, escapeText } from './xml.ts'

export const serviceSpace = 'http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200'
export const fwiSpace = 'http://bkwi.nl/SuwiML/FWI/v0205'

/** SuwiML Basisschema v0801, stricter where its patterns admit non-ASCII digits or days that do not exist. */
const types = {
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

/** A message without XML: each name with its occurrences, a leaf as its exact text. */
export interface Group {
  readonly [name: string]: readonly (string | Group)[] | undefined
}

type TypeName = keyof typeof types
interface Spec {
  readonly space: string
  readonly name: string
  readonly least: 0 | 1
  readonly most: number
  readonly content: Content
}
type Content = TypeName | 'fwi' | readonly (Spec | Alternatives)[]
interface Alternatives {
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

type Specs = readonly (Spec | Alternatives)[]
const requestSpecs: Specs = requestItems.map(compile)
const responseSpecs: Specs = responseItems.map(compile)
const noticeSpecs: Specs = noticeItems.map(compile)
const noticeKinds = ['Fout', 'Waarschuwing', 'Informatie']

export const readRequest = (root: Element): Group => readMessage(root, requestSpecs)
export const readResponse = (root: Element): Group => readMessage(root, responseSpecs)
export const readNotice = (root: Element): Group => readMessage(root, noticeSpecs)

/** Unknown names first and all of them: a drift record must show the whole change, not its first line. */
function readMessage(root: Element, specs: Specs): Group {
  const drift = new Set<string>()
  collectUnknown(root, specs, drift)
  if (drift.size > 0) {
    throw new SourceError(
      'source-malformed',
      'het antwoord van de bron bevat onbekende elementen',
      {
        drift: [...drift].slice(0, 50),
      },
    )
  }
  return readGroup(root, specs)
}

function collectUnknown(element: Element, specs: Specs, drift: Set<string>): void {
  for (const attribute of element.attributes) drift.add(`@${printable(attribute.name)}`)
  const known = flatten(specs)
  for (const child of element.children) {
    const spec = known.find(each => isNamed(child, each))
    if (!spec) drift.add((child.space ? '{*}' : '') + printable(child.name))
    else if (spec.content === 'fwi') collectUnknownNotices(child, drift)
    else collectUnknown(child, typeof spec.content === 'string' ? [] : spec.content, drift)
  }
}

function collectUnknownNotices(element: Element, drift: Set<string>): void {
  for (const child of element.children) {
    if (child.space === '' && noticeKinds.includes(child.name)) {
      collectUnknown(child, noticeSpecs, drift)
    } else drift.add((child.space ? '{*}' : '') + printable(child.name))
  }
}

/** A name is the source's own text as well: one that could carry a number is not repeated. */
function printable(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(name) && !/[0-9]{5}/.test(name)
    ? name
    : '(onleesbaar)'
}

function flatten(specs: Specs): readonly Spec[] {
  return specs.flatMap(each =>
    'alternatives' in each ? each.alternatives.flatMap(flatten) : [each],
  )
}

const isNamed = (element: Element, spec: Spec) =>
  element.name === spec.name && element.space === spec.space

function readGroup(element: Element, specs: Specs): Group {
  if (element.text.trim() !== '') throw misplaced(element.name, 'bevat losse tekst')
  const found: Growing = {}
  const rest = readSequence(element, element.children, specs, found)
  const [left] = rest
  if (left) throw misplaced(left.name, 'staat op een verkeerde plaats of te vaak')
  return found
}

type Growing = Record<string, (string | Group)[]>

/** Returns what is left over: order and multiplicity in one walk. */
function readSequence(
  parent: Element,
  children: readonly Element[],
  specs: Specs,
  found: Growing,
): readonly Element[] {
  let rest = children
  for (const spec of specs) {
    if ('alternatives' in spec) {
      const [next] = rest
      const taken =
        next &&
        spec.alternatives.find(each => flatten(each.slice(0, 1)).some(s => isNamed(next, s)))
      if (!taken) throw misplaced(parent.name, 'mist een verplicht onderdeel')
      rest = readSequence(parent, rest, taken, found)
      continue
    }
    const end = rest.findIndex(child => !isNamed(child, spec))
    const matching = end < 0 ? rest : rest.slice(0, end)
    if (matching.length < spec.least)
      throw misplaced(spec.name, 'ontbreekt of staat op een andere plaats')
    if (matching.length > spec.most) throw misplaced(spec.name, 'staat er te vaak')
    if (matching.length > 0)
      found[spec.name] = matching.map(child => readValue(child, spec.content))
    rest = rest.slice(matching.length)
  }
  return rest
}

function readValue(element: Element, content: Content): string | Group {
  if (content === 'fwi') return readFwi(element)
  if (typeof content !== 'string') return readGroup(element, content)
  if (!types[content](element.text)) throw misplaced(element.name, 'heeft een ongeldige waarde')
  return element.text
}

function readFwi(element: Element): Group {
  if (element.children.length === 0) throw misplaced('FWI', 'is leeg')
  const found: Growing = {}
  for (const child of element.children) {
    found[child.name] = [...(found[child.name] ?? []), readGroup(child, noticeSpecs)]
  }
  return found
}

function misplaced(name: string, what: string): SourceError {
  return new SourceError('source-malformed', `element ${name} ${what}`)
}

export const writeRequest = (group: Group): string => writeSequence(group, requestSpecs)
export const writeResponse = (group: Group): string => writeSequence(group, responseSpecs)

/** In the order of the table, whatever the order of the group. */
function writeSequence(group: Group, specs: Specs): string {
  return specs
    .map(spec => {
      if (!('alternatives' in spec)) {
        return (group[spec.name] ?? []).map(value => writeElement(spec, value)).join('')
      }
      const taken = spec.alternatives.find(each =>
        flatten(each.slice(0, 1)).some(s => group[s.name]),
      )
      return taken ? writeSequence(group, taken) : ''
    })
    .join('')
}

function writeElement(spec: Spec, value: string | Group): string {
  const tag = spec.space ? `fwi:${spec.name}` : spec.name
  return `<${tag}>${writeValue(spec.content, value)}</${tag}>`
}

function writeValue(content: Content, value: string | Group): string {
  if (typeof value === 'string') return escapeText(value)
  if (content === 'fwi') return noticeKinds.flatMap(kind => writeNotices(kind, value)).join('')
  return typeof content === 'string' ? '' : writeSequence(value, content)
}

function writeNotices(kind: string, fwiGroup: Group): readonly string[] {
  return (fwiGroup[kind] ?? []).map(
    each =>
      `<${kind}>${typeof each === 'string' ? '' : writeSequence(each, noticeSpecs)}</${kind}>`,
  )
}
