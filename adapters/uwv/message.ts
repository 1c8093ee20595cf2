// Does this message fit the tree, and how is one written by it? Reading and writing use the one table.
import { SourceError } from '../../gateway/adapter.ts'
import {
  type Content,
  noticeKinds,
  noticeSpecs,
  type Service,
  type Spec,
  type Specs,
  types,
} from './grammar.ts'
import { incomes } from './tree.ts'
import { type Element, escapeText } from './xml.ts'

/** A message without XML: each name with its occurrences, a leaf as its exact text. */
export interface Group {
  readonly [name: string]: readonly (string | Group)[] | undefined
}

export const readRequest = (root: Element, service: Service = incomes): Group =>
  readMessage(root, service.request)
export const readResponse = (root: Element, service: Service = incomes): Group =>
  readMessage(root, service.response)
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

export const writeRequest = (group: Group, service: Service = incomes): string =>
  writeSequence(group, service.request)
export const writeResponse = (group: Group, service: Service = incomes): string =>
  writeSequence(group, service.response)

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
