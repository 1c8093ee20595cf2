// How does the source's answer read in our dataset, and our question in its words? Pure, both ways.
import { type SourceAnswer, SourceError, type SourceQuestion } from '../../gateway/adapter.ts'

type Asked = Pick<SourceQuestion, 'transactie' | 'betrokkene' | 'periode'>
type Row = Readonly<Record<string, unknown>>

export function toRequest(question: Asked): Row {
  if (question.betrokkene === undefined) {
    throw new SourceError('source-refused', 'deze bron beantwoordt alleen vragen over een persoon')
  }
  return {
    transactie: question.transactie,
    persoon: question.betrokkene.waarde,
    van: question.periode.van,
    totEnMet: question.periode.totEnMet,
  }
}

/** Everything the source may say. `?` after a name: may be absent. Anything else is drift. */
const day = (value: unknown) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)
const text = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= 200
const count = (value: unknown) => Number.isSafeInteger(value)
const oneOf =
  (...values: readonly string[]) =>
  (value: unknown) =>
    typeof value === 'string' && values.includes(value)

const outcomes = ['gegevens', 'geenGegevens', 'nietBeschikbaar', 'geweigerd'] as const
const grades = ['A', 'B', 'C', 'D'] as const

type Check = (value: unknown) => boolean
interface Shape {
  readonly [name: string]: Check | Shape | readonly [Shape]
}

const shape: Shape = {
  transactie: text,
  uitkomst: oneOf(...outcomes),
  stand: {
    peildatum: day,
    volledigTotEnMet: day,
    kwaliteit: oneOf(...grades),
    inOnderzoek: [{ veld: text, sinds: day }],
  },
  'persoon?': text,
  'inkomsten?': [
    {
      dienstverband: count,
      begin: day,
      'eind?': day,
      soort: text,
      werkgever: {
        naam: text,
        'loonheffingennummer?': text,
        'fiscaalNummer?': text,
        'plaats?': text,
      },
      van: day,
      tot: day,
      loon: count,
      uren: count,
      'alimentatie?': count,
      'wajong?': (value: unknown) => typeof value === 'boolean',
    },
  ],
}

export function toAnswer(body: Uint8Array, question: Asked): SourceAnswer {
  const answer = readJson(body)
  const drift = new Set<string>()
  collectUnknown(answer, shape, drift)
  if (drift.size > 0) {
    throw new SourceError('source-malformed', 'het antwoord van de bron bevat onbekende velden', {
      drift: [...drift],
    })
  }
  verify(answer, shape, 'antwoord')
  if (answer.transactie !== question.transactie)
    throw malformed('transactie hoort bij een andere vraag')
  const stand = record(answer.stand)
  const herkomst = {
    peildatum: String(stand.peildatum),
    volledigTotEnMet: String(stand.volledigTotEnMet),
    inOnderzoek: list(stand.inOnderzoek).map(each => ({
      veld: String(each.veld),
      sinds: String(each.sinds),
    })),
    kwaliteit: grades.find(each => each === stand.kwaliteit) ?? 'D',
  }
  const resultaat = outcomes.find(each => each === answer.uitkomst) ?? 'nietBeschikbaar'
  if (resultaat !== 'gegevens') return { resultaat, herkomst }
  const betrokkene = String(answer.persoon ?? '')
  if (betrokkene !== question.betrokkene?.waarde)
    throw malformed('persoon is een andere dan gevraagd')
  return { resultaat, betrokkene, rijen: list(answer.inkomsten).map(toRow), herkomst }
}

/** Their words on the right, the names of our dataset on the left. */
function toRow(income: Row): Row {
  const employer = record(income.werkgever)
  return known({
    relatie: income.dienstverband,
    datumAanvang: income.begin,
    datumEinde: income.eind,
    soortInkomstenverhouding: income.soort,
    naamInhoudingsplichtige: employer.naam,
    loonheffingennummer: employer.loonheffingennummer,
    fiNummer: employer.fiscaalNummer,
    adressenInhoudingsplichtige:
      employer.plaats === undefined
        ? undefined
        : [{ gebruik: 'feitelijk', van: 'eenheid', vorm: 'straat', woonplaats: employer.plaats }],
    indicatieWajong: income.wajong,
    tijdvak: { van: income.van, tot: income.tot },
    aantalVerloondeUren: income.uren,
    loonSv: income.loon,
    alimentatieRechtstreeks: income.alimentatie,
  })
}

function known(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}

function readJson(body: Uint8Array): Row {
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

function isRecord(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const record = (value: unknown): Row => (isRecord(value) ? value : {})
const list = (value: unknown): readonly Row[] =>
  Array.isArray(value) ? value.filter(isRecord) : []

function malformed(message: string): SourceError {
  return new SourceError('source-malformed', message)
}
