// What may stand in each message? One table per message, in our own namespace: what is not in it is drift.

/** The wire format is ours (README.md): nobody else's messages stand in this namespace. */
export const space = 'urn:nld:sluis:ksz:v1'

export const types = {
  insz: text => /^[0-9]{11}$/.test(text),
  bsn: text => /^[0-9]{9}$/.test(text),
  transactie: text => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
  kenmerk: text => /^[A-Za-z0-9._-]{1,64}$/.test(text),
  seconden: text => /^[1-9][0-9]{0,5}$/.test(text),
  naam: text => /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text),
  tekst: text => text.trim() !== '' && [...text].length <= 200,
  dag: isDay,
  code: text => /^[A-Z]{2,8}$/.test(text),
  land: text => /^[A-Z]{2}$/.test(text),
  munt: text => text === 'EUR',
  centen: text => /^[0-9]{1,12}$/.test(text),
  aantal: text => /^[0-9]{1,3}$/.test(text),
  jaNee: text => text === 'ja' || text === 'nee',
  kwaliteit: text => /^[ABCD]$/.test(text),
  ondernemingsnummer: text => /^[01][0-9]{9}$/.test(text),
  paritairComite: text => /^[0-9]{3}(\.[0-9]{2})?$/.test(text),
  leeg: text => text.trim() === '',
} satisfies Record<string, (text: string) => boolean>

/** JJJJ-MM-DD that exists in the calendar. */
function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false
  const made = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(made.getTime()) && made.toISOString().startsWith(text)
}

type TypeName = keyof typeof types
export type Content = TypeName | Specs
export type Specs = readonly (Spec | Alternatives)[]
export interface Spec {
  readonly name: string
  readonly least: 0 | 1
  readonly most: number
  readonly content: Content
}
export interface Alternatives {
  readonly alternatives: readonly Specs[]
}

/** `Name:type` once, `Name?` 0..1, `Name*` 0..n, `Name+` 1..n; children follow in their order. */
function one(head: string, ...content: Specs): Spec {
  const [, name = '', occurs, type] = /^([A-Za-z]+)([?*+]?)(?::([A-Za-z]+))?$/.exec(head) ?? []
  if (type !== undefined && !isTypeName(type)) throw new TypeError(head)
  return {
    name,
    least: occurs === '?' || occurs === '*' ? 0 : 1,
    most: occurs === '*' || occurs === '+' ? Number.POSITIVE_INFINITY : 1,
    content: type ?? content,
  }
}

function isTypeName(text: string): text is TypeName {
  return Object.hasOwn(types, text)
}

const oneOf = (...alternatives: readonly Specs[]): Alternatives => ({ alternatives })

const pair = [one('Insz:insz'), one('Bsn:bsn')]
const stretch = [one('Van:dag'), one('TotEnMet?:dag')]
const amount = [one('Centen:centen'), one('Munt:munt')]

const incomes = one(
  'Inkomsten',
  one('Overleden?:dag'),
  one(
    'Tewerkstelling*',
    one('Soort:code'),
    one('Land:land'),
    one('Instelling:tekst'),
    ...stretch,
    one('Ondernemingsnummer?:ondernemingsnummer'),
    one('ParitairComite?:paritairComite'),
    one('Kwartaal*', one('Van:dag'), one('TotEnMet:dag'), one('Bruto', ...amount)),
  ),
)

const unemployment = one(
  'Werkloosheid',
  one('Overleden?:dag'),
  one('Uitkering*', ...stretch, one('Dagbedrag?', ...amount)),
  one('Aanmelding*', ...stretch, one('Ondernemingsnummer?:ondernemingsnummer')),
)

const residence = one(
  'Woonplaats',
  one('Levend:jaNee'),
  one('Overleden?:dag'),
  one('Gezinsgrootte?:aantal'),
  one('Verblijf*', one('Land:land'), ...stretch),
)

const origin = one(
  'Herkomst',
  one('Peildatum:dag'),
  one('VolledigTotEnMet:dag'),
  one('Kwaliteit:kwaliteit'),
  one('InOnderzoek*', one('Veld:naam'), one('Sinds:dag')),
)

/** The four messages by the name of their root: two of ours, two of the source. */
export const messages = {
  Vraag: [
    one('Dienst:naam'),
    one('Persoon', ...pair),
    one('Periode', one('Van:dag'), one('TotEnMet:dag')),
    one('Veld+:naam'),
    one('Grondslag+', one('Id:naam'), one('Regeling:tekst'), one('Artikel:tekst')),
  ],
  Navraag: [one('Kenmerk:kenmerk')],
  Ontvangst: [one('Transactie:transactie'), one('Kenmerk:kenmerk'), one('OpnieuwNa:seconden')],
  Uitslag: [
    one('Kenmerk:kenmerk'),
    oneOf(
      [one('Bezig', one('OpnieuwNa:seconden'))],
      [
        one('Betreft', ...pair),
        origin,
        oneOf(
          [incomes],
          [unemployment],
          [residence],
          [one('GeenGegevens:leeg')],
          [one('NietBeschikbaar:leeg')],
          [one('Geweigerd:leeg')],
        ),
      ],
    ),
  ],
} satisfies Record<string, Specs>

export type MessageName = keyof typeof messages
