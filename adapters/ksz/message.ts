// Does this document fit its table, and how is one written by it? Reading and writing use the one table.
import { SourceError } from '../../gateway/adapter.ts'
import {
  type Content,
  type MessageName,
  messages,
  type Spec,
  type Specs,
  space,
  types,
} from './grammar.ts'
import { type Element, escapeText, readXml } from './xml.ts'

/** A message without XML: each name with its occurrences, a leaf as its exact text. */
export interface Group {
  readonly [name: string]: readonly (string | Group)[] | undefined
}

/** @throws SourceError source-malformed: with every unknown name, never a value */
export function readMessage(bytes: Uint8Array, name: MessageName): Group {
  const root = readXml(bytes)
  if (root.name !== name || root.space !== space) {
    throw malformed('het bericht is een ander bericht, of van een andere versie')
  }
  const specs = messages[name]
  const drift = new Set<string>()
  collectUnknown(root, specs, drift)
  if (drift.size > 0) {
    // All of them: a drift record must show the whole change, not its first line.
    throw malformed('het bericht bevat onbekende elementen', [...drift].slice(0, 50))
  }
  return readGroup(root, specs)
}

function collectUnknown(element: Element, specs: Specs, drift: Set<string>): void {
  for (const attribute of element.attributes) drift.add(`@${printable(attribute.name)}`)
  const known = flatten(specs)
  for (const child of element.children) {
    const spec = known.find(each => isNamed(child, each))
    if (!spec) drift.add((child.space === space ? '' : '{*}') + printable(child.name))
    else collectUnknown(child, typeof spec.content === 'string' ? [] : spec.content, drift)
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
  element.name === spec.name && element.space === space

type Growing = Record<string, (string | Group)[]>

function readGroup(element: Element, specs: Specs): Group {
  if (element.text.trim() !== '') throw misplaced(element.name, 'bevat losse tekst')
  const found: Growing = {}
  const [left] = readSequence(element, element.children, specs, found)
  if (left) throw misplaced(left.name, 'staat op een verkeerde plaats of te vaak')
  return found
}

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
      const taken = next && spec.alternatives.find(([first]) => first && opens(next, first))
      if (!taken) throw misplaced(parent.name, 'mist een verplicht onderdeel')
      rest = readSequence(parent, rest, taken, found)
      continue
    }
    const end = rest.findIndex(child => !isNamed(child, spec))
    const matching = end < 0 ? rest : rest.slice(0, end)
    if (matching.length < spec.least) {
      throw misplaced(spec.name, 'ontbreekt of staat op een andere plaats')
    }
    if (matching.length > spec.most) throw misplaced(spec.name, 'staat er te vaak')
    if (matching.length > 0)
      found[spec.name] = matching.map(child => readValue(child, spec.content))
    rest = rest.slice(matching.length)
  }
  return rest
}

const opens = (element: Element, first: Specs[number]) =>
  !('alternatives' in first) && isNamed(element, first)

function readValue(element: Element, content: Content): string | Group {
  if (typeof content !== 'string') return readGroup(element, content)
  if (!types[content](element.text)) throw misplaced(element.name, 'heeft een ongeldige waarde')
  return element.text
}

function misplaced(name: string, what: string): SourceError {
  return malformed(`element ${name} ${what}`)
}

function malformed(message: string, drift: readonly string[] = []): SourceError {
  return new SourceError('source-malformed', message, { drift })
}

export function writeMessage(name: MessageName, content: Group): string {
  const body = writeSequence(content, messages[name])
  return `<?xml version="1.0" encoding="UTF-8"?><${name} xmlns="${space}">${body}</${name}>`
}

/** In the order of the table, whatever the order of the group. */
function writeSequence(group: Group, specs: Specs): string {
  return specs
    .map(spec => {
      if ('alternatives' in spec) {
        const taken = spec.alternatives.find(
          ([first]) => first && 'name' in first && group[first.name],
        )
        return taken ? writeSequence(group, taken) : ''
      }
      const values = group[spec.name] ?? []
      return values.map(value => `<${spec.name}>${writeValue(spec, value)}</${spec.name}>`).join('')
    })
    .join('')
}

function writeValue({ content }: Spec, value: string | Group): string {
  if (typeof value === 'string') return escapeText(value)
  return typeof content === 'string' ? '' : writeSequence(value, content)
}
