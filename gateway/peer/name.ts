// Are two names the same? Distinguished names as RFC 5280 §7.1 compares them, not byte for byte.
import { bounds } from './bounds.ts'
import { type Der, inside, readOid, tags } from './der.ts'
import { notAdmitted } from './reason.ts'

export interface Attribute {
  readonly type: string
  /** As written; empty when it is no text. */
  readonly text: string
}

export interface Name {
  /** One comparable text per relative name, root first. */
  readonly parts: readonly string[]
  /** All of them: two names are the same when their keys are. */
  readonly key: string
  readonly attributes: readonly Attribute[]
}

/** @throws RangeError when the bytes are no Name */
export function readName(der: Der): Name {
  const relatives = inside(der).map(one => inside(one, tags.set).map(readAttribute))
  const found = relatives.flat()
  if (found.length > bounds.attributes) throw notAdmitted('certificaat-te-groot')
  // A SET has no order; a DER writer sorts it by bytes, so by spelling.
  const parts = relatives.map(relative => JSON.stringify(relative.map(({ key }) => key).sort()))
  return {
    parts,
    key: parts.join('\n'),
    attributes: found.map(({ type, text }) => ({ type, text })),
  }
}

function readAttribute(der: Der): Attribute & { readonly key: string } {
  const [name, value] = inside(der)
  if (value === undefined) throw new RangeError('an attribute without value')
  const type = readOid(name)
  const text = readText(value)
  const compared = text === undefined ? value.whole.toString('hex') : `"${prepared(text)}`
  return { type, text: text ?? '', key: `${type}=${compared}` }
}

/** Of one kind of string or of another, it is the same text; other values are compared as bytes. */
const decoders: ReadonlyMap<number, (bytes: Buffer) => string> = new Map([
  [tags.utf8String, bytes => new TextDecoder('utf-8', { fatal: true }).decode(bytes)],
  [tags.printableString, bytes => bytes.toString('latin1')],
  [tags.ia5String, bytes => bytes.toString('latin1')],
  [tags.bmpString, bytes => new TextDecoder('utf-16be', { fatal: true }).decode(bytes)],
])

function readText(value: Der): string | undefined {
  try {
    return decoders.get(value.tag)?.(value.content)
  } catch {
    throw new RangeError('no text in its own encoding')
  }
}

/** RFC 4518 in short: compatible forms are one, case and the amount of white space say nothing. */
function prepared(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
}

/** Whether `name` is `base` or stands below it in the tree of names. */
export function isUnder(name: Name, base: Name): boolean {
  return base.parts.every((part, index) => name.parts[index] === part)
}
