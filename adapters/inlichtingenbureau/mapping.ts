// What stands in the index, in a hit and in a line of what is known? Pure; every member that may be there, strictly.
import {
  type FileLine,
  type FilePlace,
  type FileQuestion,
  type FilesQuestion,
  SourceError,
  type SourceFile,
} from '../../gateway/adapter.ts'

/** The fields of our dataset that a hit may hold; it uses our names. */
const fields: Readonly<Record<string, readonly string[]>> = {
  'ib-nieuwe-inkomsten': ['signaalId', 'datumAanvang', 'naamInhoudingsplichtige', 'fiNummer'],
  'ib-dubbele-uitkering': ['signaalId', 'periodeOverlap', 'gemeentecode', 'regeling'],
  'ib-detentie': ['signaalId', 'soort', 'datumInsluiting', 'datumOntslag'],
  'brp-kostendelers': ['signaalId', 'datumWijziging', 'aantalWas', 'aantalWordt'],
  'doelgroep-kot': ['volgdeVoorziening', 'periode'],
}

export const datasets = Object.keys(fields)

/** What two lines are compared by: a person, and which fact about that person. */
export interface Key {
  readonly nummer: string
  readonly kenmerk: string
}

export interface Hit extends Key {
  readonly ontvanger: string
  readonly verstrekker: string
  readonly gegevens: Readonly<Record<string, unknown>>
}

/** With the line as it came, and the place behind it. */
export type PlacedHit = Hit & { readonly tekst: string; readonly na: FilePlace }

type Members = ReadonlyMap<string, unknown>

/** Says where it went wrong and in which member, never what stood there. */
export function malformed(waar: string, naam: string): SourceError {
  return new SourceError('source-malformed', `${waar}: ${naam} klopt niet`, {
    drift: [`${waar.split(',')[0]}.${naam}`],
  })
}

/** A name that the source made up may itself be somebody's. */
const nameOnly = (name: string) => (/^[A-Za-z]{1,40}$/.test(name) ? name : '*')

/** Exactly these members. */
function members(
  value: unknown,
  wanted: readonly string[],
  waar: string,
  optional = false,
): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(waar, 'de vorm')
  }
  const found = new Map(Object.entries(value))
  for (const name of found.keys()) if (!wanted.includes(name)) throw malformed(waar, nameOnly(name))
  const missing = optional ? undefined : wanted.find(name => !found.has(name))
  if (missing !== undefined) throw malformed(waar, missing)
  return found
}

function text(found: Members, name: string, form: RegExp, waar: string): string {
  const value = found.get(name)
  if (typeof value !== 'string' || !form.test(value)) throw malformed(waar, name)
  return value
}

function count(found: Members, name: string, waar: string): number {
  const value = found.get(name)
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed(waar, name)
  }
  return value
}

const oinForm = /^[0-9A-Z]{20}$/
const keyForms = { nummer: /^[0-9]{9}$/, kenmerk: /^[\x21-\x7e]{1,64}$/ }

function key(found: Members, waar: string): Key {
  return {
    nummer: text(found, 'nummer', keyForms.nummer, waar),
    kenmerk: text(found, 'kenmerk', keyForms.kenmerk, waar),
  }
}

/** The text is compact: a member that stands there twice, or a space, is another text than is made of it again. */
export function parse(tekst: string, waar: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(tekst)
  } catch {
    throw malformed(waar, 'de JSON')
  }
  if (JSON.stringify(value) !== tekst) throw malformed(waar, 'de schrijfwijze')
  return value
}

/** The last line of a file says that it is whole. */
export function readEnd(value: unknown, waar: string): number | undefined {
  if (typeof value !== 'object' || value === null || !('einde' in value)) return undefined
  const { einde } = Object.fromEntries(members(value, ['einde'], waar))
  return count(members(einde, ['regels'], waar), 'regels', waar)
}

export const readHit =
  ({ bestand, gegevensset }: FileQuestion) =>
  (value: unknown, waar: string): Hit => {
    const wanted = ['nummer', 'kenmerk', 'ontvanger', 'verstrekker', 'gegevens']
    const found = members(value, wanted, waar)
    const ontvanger = text(found, 'ontvanger', oinForm, waar)
    if (ontvanger !== bestand.ontvanger) throw malformed(waar, 'ontvanger')
    const gegevens = members(found.get('gegevens'), fields[gegevensset] ?? [], waar, true)
    return {
      ...key(found, waar),
      ontvanger,
      verstrekker: text(found, 'verstrekker', oinForm, waar),
      gegevens: Object.fromEntries(gegevens),
    }
  }

export function readKnown(value: unknown, waar: string): Key {
  return key(members(value, ['nummer', 'kenmerk'], waar), waar)
}

export function toLine(hit: PlacedHit): FileLine {
  const { nummer, ontvanger, verstrekker, gegevens, tekst, na } = hit
  return {
    betrokkene: { soort: 'bsn', waarde: nummer },
    ontvanger,
    verstrekker,
    gegevens,
    tekst,
    na,
  }
}

/** Who will receive stands in the address; why is told beside it (Pw art. 65 lid 4). */
export function toHeaders({ trace, transactie, doel }: FilesQuestion): Record<string, string> {
  return { ...trace, 'sluis-transactie': transactie, 'sluis-doel': doel.id }
}

/** Each receiver once; an entity tag is quoted (RFC 9110 §8.8.3). */
export function readIndex(
  body: Buffer,
  { uitwisseling, periode }: FilesQuestion,
): readonly SourceFile[] {
  const waar = 'lijst'
  const list = members(
    parse(body.toString('utf8'), waar),
    ['uitwisseling', 'periode', 'bestanden'],
    waar,
  )
  if (list.get('uitwisseling') !== uitwisseling) throw malformed(waar, 'uitwisseling')
  if (list.get('periode') !== periode) throw malformed(waar, 'periode')
  const given = list.get('bestanden')
  if (!Array.isArray(given)) throw malformed(waar, 'bestanden')
  const files = given.map((each: unknown) => {
    const found = members(each, ['ontvanger', 'versie', 'regels', 'bytes'], waar)
    return {
      ontvanger: text(found, 'ontvanger', oinForm, waar),
      versie: text(found, 'versie', /^"[\x21\x23-\x7e]{1,64}"$/, waar),
      regels: count(found, 'regels', waar),
      bytes: count(found, 'bytes', waar),
    }
  })
  const receivers = new Set(files.map(({ ontvanger }) => ontvanger))
  if (receivers.size !== files.length) throw malformed(waar, 'ontvanger')
  return files
}
