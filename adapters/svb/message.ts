// What may the SVB say? The whole answer as one table; `?` after a name: may be absent. Anything else is drift.
import { SourceError } from '../../gateway/adapter.ts'

export type Json = Readonly<Record<string, unknown>>

const day = (value: unknown) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)
const text = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= 200
const number = (value: unknown) => typeof value === 'string' && /^\d{9}$/.test(value)
const count = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0
const bool = (value: unknown) => typeof value === 'boolean'
const code = (value: unknown) => typeof value === 'string' && /^[A-Za-z0-9]{1,8}$/.test(value)
const percent = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 100
const oneOf =
  (...values: readonly string[]) =>
  (value: unknown) =>
    typeof value === 'string' && values.includes(value)

export const outcomes = {
  gegevens: 'gegevens',
  nietGevonden: 'geenGegevens',
  nietBeschikbaar: 'nietBeschikbaar',
  geweigerd: 'geweigerd',
} as const
export const grades = ['A', 'B', 'C', 'D'] as const

/** Names of our dataset; doubt about something we cannot name may not be lost. */
const doubtful = oneOf(
  'regeling',
  'datumIngang',
  'datumEinde',
  'brutoBedrag',
  'nettoBedrag',
  'percentageAow',
  'kinderen',
  'geboortedatum',
  'aowLeeftijdDatum',
)

type Check = (value: unknown) => boolean
export interface Shape {
  readonly [name: string]: Check | Shape | readonly [Shape]
}

/** In cents of the euro; `termijn` says per what (6 month, 7 quarter, …), as in SuwiML. */
const amount: Shape = { bedrag: count, valuta: oneOf('EUR'), termijn: oneOf(...'0123456789') }

const child: Shape = {
  'burgerservicenummer?': number,
  'voornamen?': text,
  'voorvoegsel?': text,
  'achternaam?': text,
  'geslacht?': code,
  geboortedatum: day,
  'kinderbijslag?': bool,
  'woonsituatie?': code,
  'woonland?': code,
}

const person: Shape = {
  burgerservicenummer: number,
  'vervangt?': number,
  'voornamen?': text,
  'voorvoegsel?': text,
  'achternaam?': text,
  'geslacht?': code,
  'geboortedatum?': day,
  'overleden?': day,
  'woonland?': code,
  'aowLeeftijdDatum?': day,
  'partner?': { burgerservicenummer: number, 'naam?': text, 'geboortedatum?': day },
}

const benefit: Shape = {
  nummer: count,
  regeling: code,
  ingang: day,
  'einde?': day,
  'remigratievoorziening?': code,
  perioden: [
    {
      van: day,
      'tot?': day,
      'partnertoeslag?': bool,
      'percentageAow?': percent,
      'bruto?': amount,
      'netto?': amount,
    },
  ],
}

/** What goes with data, and only with data: an absent list would read as "nothing", so it is malformed. */
const contents: Shape = {
  persoon: person,
  kinderen: [child],
  aanvragen: [{ regeling: code, datum: day, 'beslissing?': code }],
  uitkeringen: [benefit],
}

const frame: Shape = {
  transactie: text,
  uitkomst: oneOf(...Object.keys(outcomes)),
  stand: {
    peildatum: day,
    volledigTotEnMet: day,
    kwaliteit: oneOf(...grades),
    inOnderzoek: [{ veld: doubtful, sinds: day }],
  },
}

/** Bytes to an answer that fits the table, or a SourceError with names and never a value. */
export function readAnswer(body: Uint8Array): Json {
  const answer = parse(body)
  const drift = new Set<string>()
  collectUnknown(answer, { ...frame, ...contents }, drift)
  if (drift.size > 0) {
    throw new SourceError('source-malformed', 'het antwoord van de SVB bevat onbekende velden', {
      drift: [...drift],
    })
  }
  verify(answer, frame, 'antwoord')
  const names = Object.keys(contents)
  if (answer.uitkomst === 'gegevens') verify(answer, contents, 'antwoord')
  else if (names.some(name => answer[name] !== undefined)) {
    throw malformed('het antwoord zegt dat er niets is en geeft toch gegevens')
  }
  return answer
}

function parse(body: Uint8Array): Json {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    // The parser's message quotes the answer, so it is not passed on.
    throw malformed('antwoord is geen JSON')
  }
  if (!isRecord(value)) throw malformed('antwoord is geen object')
  return value
}

function collectUnknown(value: unknown, expected: Shape, drift: Set<string>): void {
  if (!isRecord(value)) return
  for (const [name, member] of Object.entries(value)) {
    const rule = ruleFor(expected, name)
    if (rule === undefined) drift.add(printable(name))
    else if (isList(rule)) for (const each of list(member)) collectUnknown(each, rule[0], drift)
    else if (typeof rule === 'object') collectUnknown(member, rule, drift)
  }
}

function verify(value: unknown, expected: Shape, where: string): void {
  if (!isRecord(value)) throw malformed(`${where} is geen object`)
  for (const [key, rule] of Object.entries(expected)) {
    const name = key.replace('?', '')
    const member = value[name]
    if (member === undefined && key.endsWith('?')) continue
    if (isList(rule)) {
      if (!Array.isArray(member)) throw malformed(`${name} is geen lijst`)
      for (const each of member) verify(each, rule[0], name)
    } else if (typeof rule === 'object') verify(member, rule, name)
    else if (!rule(member)) throw malformed(`${name} ontbreekt of heeft een ongeldige waarde`)
  }
}

function ruleFor(expected: Shape, name: string) {
  const key = [name, `${name}?`].find(each => Object.hasOwn(expected, each))
  return key === undefined ? undefined : expected[key]
}

/** A name is the source's own text as well: one that could carry a number is not repeated. */
function printable(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(name) && !/[0-9]{5}/.test(name)
    ? name
    : '(onleesbaar)'
}

function isList(rule: Check | Shape | readonly [Shape]): rule is readonly [Shape] {
  return Array.isArray(rule)
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const record = (value: unknown): Json => (isRecord(value) ? value : {})
export const list = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

export function malformed(message: string): SourceError {
  return new SourceError('source-malformed', message)
}
