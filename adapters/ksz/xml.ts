// Which elements do these bytes hold, and in which namespace? XML in, a plain tree out; nothing lenient.
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { SourceError } from '../../gateway/adapter.ts'

/** `space` is '' for no namespace. Namespace declarations are resolved and gone; prefixes mean nothing. */
export interface Element {
  readonly space: string
  readonly name: string
  readonly attributes: readonly Attribute[]
  readonly children: readonly Element[]
  /** Own text, CDATA included, comments left out. */
  readonly text: string
}

export interface Attribute {
  readonly space: string
  readonly name: string
  readonly value: string
}

const xmlSpace = 'http://www.w3.org/XML/1998/namespace'
const maxDepth = 40

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
  maxNestedTags: maxDepth,
})

export function readXml(bytes: Uint8Array): Element {
  const text = readText(bytes)
  let nodes: unknown
  try {
    // Their messages quote the document, so nothing of them is passed on.
    if (XMLValidator.validate(text) === true) nodes = parser.parse(text)
  } catch {
    nodes = undefined
  }
  const roots = Array.isArray(nodes) ? nodes.filter(node => elementName(node) !== undefined) : []
  if (roots.length !== 1) throw malformed('het antwoord is geen welgevormde XML')
  return readElement(roots[0], new Map([['xml', xmlSpace]]))
}

function readText(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('het antwoord is geen UTF-8')
  }
  // Before parsing: a declared entity must not exist, let alone expand.
  if (/<!(?!--|\[CDATA\[)/.test(text)) throw malformed('het antwoord bevat een DOCTYPE')
  if (hasForbiddenCharacter(text)) throw malformed('het antwoord bevat tekens die XML niet toelaat')
  const encoding = /^<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1] ?? 'utf-8'
  if (encoding.toLowerCase() !== 'utf-8') throw malformed('het antwoord zegt geen UTF-8 te zijn')
  return text
}

/** XML 1.0 §2.2 Char; lone surrogates cannot come out of UTF-8 but can out of a reference. */
function hasForbiddenCharacter(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()
}

type Spaces = ReadonlyMap<string, string>

function readElement(node: unknown, outer: Spaces): Element {
  const tag = elementName(node)
  if (tag === undefined || !isRecord(node)) throw malformed('het antwoord is geen welgevormde XML')
  const raw = isRecord(node[':@']) ? Object.entries(node[':@']) : []
  const pairs = raw.map(([name, value]): [string, string] => [name, unescapeText(String(value))])
  const spaces = declare(pairs, outer)
  const content = Array.isArray(node[tag]) ? node[tag] : []
  return {
    ...resolve(tag, spaces, spaces.get('') ?? ''),
    attributes: pairs
      .filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
      .map(([name, value]) => ({ ...resolve(name, spaces, ''), value })),
    children: content.flatMap(child =>
      elementName(child) === undefined ? [] : [readElement(child, spaces)],
    ),
    text: content.reduce((text: string, child) => text + ownText(child), ''),
  }
}

function declare(pairs: readonly [string, string][], outer: Spaces): Spaces {
  const own = pairs.filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'))
  if (own.length === 0) return outer
  return new Map([
    ...outer,
    ...own.map(([name, space]): [string, string] => [name.slice(6), space]),
  ])
}

function resolve(qualified: string, spaces: Spaces, unprefixed: string) {
  const colon = qualified.indexOf(':')
  if (colon < 0) return { space: unprefixed, name: qualified }
  const space = spaces.get(qualified.slice(0, colon))
  const name = qualified.slice(colon + 1)
  if (!space || name === '' || name.includes(':')) {
    throw malformed('het antwoord gebruikt een prefix die nergens is verklaard')
  }
  return { space, name }
}

function elementName(node: unknown): string | undefined {
  if (!isRecord(node)) return undefined
  for (const key in node) if (key !== ':@' && !key.startsWith('#')) return key
  return undefined
}

function ownText(node: unknown): string {
  if (!isRecord(node)) return ''
  if (typeof node['#text'] === 'string') return unescapeText(node['#text'])
  const [cdata] = Array.isArray(node['#cdata']) ? node['#cdata'] : []
  return isRecord(cdata) && typeof cdata['#text'] === 'string' ? cdata['#text'] : ''
}

const predefined: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

/** The five predefined entities and character references; any other name is refused, not kept. */
function unescapeText(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&([^;&]{0,12});?/g, (_, name: string) => {
    const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name)
    const code = number ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10) : -1
    const plain = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : predefined[name]
    if (plain === undefined || hasForbiddenCharacter(plain)) {
      throw malformed('het antwoord bevat een entiteit')
    }
    return plain
  })
}

/** For the request and the simulator: text that means itself. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(message: string): SourceError {
  return new SourceError('source-malformed', message)
}
