// Under which certificate policy does a path stand? RFC 5280 §6.1 (d)-(f), as a graph and not as a tree
// (RFC 9618: the tree grows with the power of the depth).
import { bounds } from './bounds.ts'
import { contentOf, type Der, inside, readCount, readOid, tags } from './der.ts'
import { notAdmitted } from './reason.ts'
import { type Certificate, isSelfIssued } from './trust.ts'
import { extensionIds, extensionOf } from './usage.ts'

export const anyPolicy = '2.5.29.32.0'

/** Certificates still to come before each rule holds; 0 = it holds. */
interface Counters {
  explicitPolicy: number
  policyMapping: number
  anyPolicy: number
}

/**
 * What may still be valid at some depth: each policy of this level with the policies it stands for in
 * the eyes of the anchor; `any` when an unbroken line of anyPolicy leads here.
 */
interface Level {
  readonly valid: ReadonlyMap<string, ReadonlySet<string>>
  readonly any: boolean
}

const open: Level = { valid: new Map(), any: true }

/**
 * @param wanted one of these must hold for the whole path; none wanted: only what the path itself asks
 * @param path leaf first, anchor last
 */
export function underPolicy(path: readonly Certificate[], wanted: readonly string[]): boolean {
  const [anchor, ...below] = path.toReversed()
  const never = path.length
  const counters: Counters = {
    explicitPolicy: wanted.length > 0 ? 0 : never,
    policyMapping: never,
    anyPolicy: never,
  }
  if (anchor !== undefined) tighten(counters, anchor)
  let level: Level = open
  for (const [place, certificate] of below.entries()) {
    const isLeaf = place === below.length - 1
    level = narrowed(level, certificate, counters, isLeaf)
    if (isLeaf) break
    level = mapped(level, certificate, counters)
    if (!isSelfIssued(certificate)) countDown(counters)
    tighten(counters, certificate)
  }
  return holdsAtEnd(level, below.at(-1), counters, wanted)
}

/** §6.1.5 (a), (b), (g); and §6.1.3 (f), for what was lost on the way does not come back. */
function holdsAtEnd(
  level: Level,
  leaf: Certificate | undefined,
  counters: Counters,
  wanted: readonly string[],
): boolean {
  countDown(counters)
  const own = leaf && policyConstraints(leaf)
  if (counters.explicitPolicy > 0 && own?.explicitPolicy !== 0) return true
  const roots = new Set([...level.valid.values()].flatMap(each => [...each]))
  return wanted.length === 0 ? roots.size > 0 : wanted.some(policy => roots.has(policy))
}

/** §6.1.3 (d): what the certificate names, of what was still expected. */
function narrowed(
  { valid, any }: Level,
  certificate: Certificate,
  counters: Counters,
  isLeaf: boolean,
): Level {
  const named = policiesOf(certificate)
  const next = new Map<string, ReadonlySet<string>>()
  for (const policy of named) {
    const roots = valid.get(policy) ?? (any ? new Set([policy]) : undefined)
    if (policy !== anyPolicy && roots !== undefined) next.set(policy, roots)
  }
  // A leaf says by name under which policy it was issued; "any" would be an answer without a question.
  const counts = !isLeaf && (counters.anyPolicy > 0 || isSelfIssued(certificate))
  if (!counts || !named.includes(anyPolicy)) return { valid: next, any: false }
  return { valid: new Map([...valid, ...next]), any }
}

/** §6.1.4 (a), (b): what the policies of this authority are called below it. */
function mapped({ valid, any }: Level, certificate: Certificate, counters: Counters): Level {
  const mappings = mappingsOf(certificate)
  if (mappings.length === 0) return { valid, any }
  const sources = new Set(mappings.map(([source]) => source))
  const next = new Map<string, Set<string>>()
  for (const [policy, roots] of valid) if (!sources.has(policy)) next.set(policy, new Set(roots))
  if (counters.policyMapping === 0) return { valid: next, any }
  for (const [source, target] of mappings) {
    const roots = valid.get(source) ?? (any ? [source] : [])
    const known = next.get(target) ?? new Set()
    for (const root of roots) next.set(target, known.add(root))
  }
  return { valid: next, any }
}

function countDown(counters: Counters): void {
  for (const name of ['explicitPolicy', 'policyMapping', 'anyPolicy'] as const) {
    counters[name] = Math.max(0, counters[name] - 1)
  }
}

/** §6.1.4 (i), (j). */
function tighten(counters: Counters, certificate: Certificate): void {
  const asked = policyConstraints(certificate)
  for (const name of ['explicitPolicy', 'policyMapping', 'anyPolicy'] as const) {
    counters[name] = Math.min(counters[name], asked[name] ?? counters[name])
  }
}

type Asked = { readonly [name in keyof Counters]: number | undefined }

function policyConstraints(certificate: Certificate): Asked {
  const value = extensionOf(certificate, extensionIds.policyConstraints)
  const members = value ? inside(value) : []
  const inhibit = extensionOf(certificate, extensionIds.inhibitAnyPolicy)
  const count = (member: Der | undefined) => member && readCount(member.content)
  return {
    explicitPolicy: count(members.find(({ tag }) => tag === 0x80)),
    policyMapping: count(members.find(({ tag }) => tag === 0x81)),
    anyPolicy: inhibit && readCount(contentOf(inhibit, tags.integer)),
  }
}

export function policiesOf(certificate: Certificate): string[] {
  const value = extensionOf(certificate, extensionIds.certificatePolicies)
  const found = value ? inside(value) : []
  if (found.length > bounds.policies) throw notAdmitted('certificaat-te-groot')
  return found.map(policy => readOid(inside(policy)[0]))
}

type Mapping = readonly [issuerDomainPolicy: string, subjectDomainPolicy: string]

function mappingsOf(certificate: Certificate): Mapping[] {
  const value = extensionOf(certificate, extensionIds.policyMappings)
  const found = value ? inside(value) : []
  if (found.length > bounds.mappings) throw notAdmitted('certificaat-te-groot')
  const mappings = found.map((mapping): Mapping => {
    const [source, target] = inside(mapping)
    return [readOid(source), readOid(target)]
  })
  // §6.1.4 (a): neither side may be anyPolicy.
  if (mappings.flat().includes(anyPolicy)) throw notAdmitted('certificaatbeleid-ontbreekt')
  return mappings
}
