// What is the law now? Reads a policy directory into one frozen, digested PolicySet, or says every fault at once.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml'
import type { Profile } from '../terms.ts'
import { buildLaw, type Drafts } from './build.ts'
import {
  arrangementFile,
  basesFile,
  casesFile,
  codeListFile,
  datasetFile,
  instrumentFile,
  normFile,
  partiesFile,
} from './format.ts'
import { type PolicyFault, PolicyFaults, type PolicyFile, type PolicySet } from './law.ts'
import { lint } from './lint.ts'
import { fault, type Place, type Read, type Reading, run, type Tree } from './shape.ts'

const folders = {
  grondslagen: basesFile,
  normen: normFile,
  codelijsten: codeListFile,
  partijen: partiesFile,
  gegevenssets: datasetFile,
  instrumenten: instrumentFile,
  uitwisselingen: arrangementFile,
} as const

type Folder = keyof typeof folders

/** Signed statements about a change of the set stand beside it and are no part of it: they name its digest. */
export const approvalFolder = 'goedkeuringen'

/** The set as far as it can be read, with its faults: never to decide by while it has any. */
export interface ReadSet {
  readonly law: PolicySet
  readonly faults: readonly PolicyFault[]
  readonly drafts: Drafts
  /** What each file was read from, by its path. */
  readonly trees: ReadonlyMap<string, Tree>
}

/** Throws PolicyFaults with every fault found; a set that loads is linted and its cases hold. */
export async function loadPolicies(
  dir: string,
  profile: Profile,
  known?: KnownTrees,
): Promise<PolicySet> {
  return sound(await readPolicies(dir, profile, known))
}

/** Faultless trees by path and hash, kept by whoever reads many sets that differ little: parsing is most of the work. */
export type KnownTrees = Map<string, Tree>

export type PolicyText = Pick<PolicyFile, 'path' | 'text'>

/** The same out of texts that were kept (policy/kept.ts). */
export function loadTexts(texts: readonly PolicyText[], profile: Profile): PolicySet {
  return sound(readTexts(texts, profile))
}

/** The same, with its faults. */
export function readTexts(
  texts: readonly PolicyText[],
  profile: Profile,
  known?: KnownTrees,
): ReadSet {
  const reading = newReading()
  const files = texts
    .filter(({ path }) => belongs(path, reading))
    .map(({ path, text }) => ({ path, text, sha256: sha256(text) }))
  return readSet(files.sort(byPath), profile, reading, new Set(), known)
}

/** Of a set that was put in force once: a file may be known by its hash alone, and what it would say is not there. */
export type KeptFile = Omit<PolicyFile, 'text'> & { readonly text?: string }

/**
 * The law as far as its texts are there, to decide again as it was decided then: it was linted before it
 * was put in force, by the rules of that day. Undefined when its files are not those of the digest.
 */
export function readKept(
  files: readonly KeptFile[],
  asked: string,
  profile: Profile,
): PolicySet | undefined {
  const texts = files.flatMap(({ text, ...file }) =>
    text === undefined ? [] : [{ ...file, text }],
  )
  const own = texts.every(({ text, sha256: hash }) => sha256(text) === hash)
  if (!own || digest(files) !== asked) return undefined
  return { ...readSet(texts, profile, newReading(), new Set()).law, digest: asked, epoch: asked }
}

function sound({ law, faults }: ReadSet): PolicySet {
  if (faults.length > 0) throw new PolicyFaults(faults)
  return law
}

export async function readPolicies(
  dir: string,
  profile: Profile,
  known?: KnownTrees,
): Promise<ReadSet> {
  const reading = newReading()
  const incomplete = new Set<string>()
  const files = await readFiles(dir, reading, incomplete)
  // Half an old set and half a new one can be sound, and be a law that nobody made.
  if (digest(await readFiles(dir, newReading(), new Set())) !== digest(files)) {
    const place = { file: '.', line: 1, column: 1 }
    fault(reading, place, 'de map veranderde terwijl zij werd gelezen; laad haar als zij klaar is')
  }
  return readSet(files, profile, reading, incomplete, known)
}

function newReading(): Reading {
  return { faults: [], places: new WeakMap() }
}

function readSet(
  files: readonly PolicyFile[],
  profile: Profile,
  reading: Reading,
  incomplete: Set<string>,
  known?: KnownTrees,
): ReadSet {
  const { drafts, trees } = draft(files, reading, incomplete, known)
  const law = buildLaw(drafts, files, digest(files), profile)
  lint(law, drafts, reading, incomplete)
  return { law, faults: sorted(reading.faults), drafts, trees }
}

/** What stands in each file, as far as it has its shape. */
function draft(
  files: readonly PolicyFile[],
  reading: Reading,
  incomplete: Set<string>,
  known: KnownTrees = new Map(),
): Pick<ReadSet, 'drafts' | 'trees'> {
  const drafts: Drafts = {
    grondslagen: [],
    normen: [],
    codelijsten: [],
    partijen: [],
    gegevenssets: [],
    instrumenten: [],
    uitwisselingen: [],
    gevallen: [],
  }
  const trees = new Map<string, Tree>()
  for (const file of files) {
    const kind = kindOf(file.path)
    const place = { file: file.path, line: 1, column: 1 }
    const key = `${file.path} ${file.sha256}`
    const tree = known.get(key) ?? parse(file, reading)
    if (tree) known.set(key, tree)
    const content = tree && shaped(kind, tree, reading)
    if (tree) trees.set(file.path, tree)
    if (content === undefined) incomplete.add(kind)
    else (drafts[kind] as { place: Place; content: unknown }[]).push({ place, content })
  }
  return { drafts, trees }
}

/** The content of a file of this kind, or undefined when a fault was noted. */
export function shaped(kind: keyof Drafts, tree: Tree, reading: Reading): unknown {
  const shape: Read<unknown> = kind === 'gevallen' ? casesFile : folders[kind]
  return run(shape, tree, reading)
}

/** Strict YAML of another file (SLUIS_SOURCES): plain values, or PolicyFaults. */
export async function readYaml(path: string): Promise<Readonly<Record<string, unknown>>> {
  const reading = newReading()
  const text = decode(await readFile(path))
  const tree = text === undefined ? undefined : parse({ path, text, sha256: '' }, reading)
  if (tree === undefined || reading.faults.length > 0) throw new PolicyFaults(reading.faults)
  const value = plain(tree)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new PolicyFaults([{ ...tree.place, message: 'hier horen sleutels met waarden' }])
}

function plain({ value }: Tree): unknown {
  if (value instanceof Map) {
    const members = value as Extract<Tree['value'], ReadonlyMap<string, unknown>>
    return Object.fromEntries([...members].map(([key, member]) => [key, plain(member.tree)]))
  }
  return Array.isArray(value) ? value.map(plain) : value
}

export function kindOf(path: string): keyof Drafts {
  return path.endsWith('.cases.yaml') ? 'gevallen' : (path.split('/')[0] as Folder)
}

async function readFiles(
  dir: string,
  reading: Reading,
  incomplete: Set<string>,
): Promise<PolicyFile[]> {
  const files: PolicyFile[] = []
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (entry.isDirectory()) continue
    const full = join(entry.parentPath, entry.name)
    const path = full.slice(join(dir, '/').length).replaceAll('\\', '/')
    const place = { file: path, line: 1, column: 1 }
    if (entry.name.endsWith('.md')) continue
    if (path.startsWith(`${approvalFolder}/`) && path.endsWith('.jws')) continue
    if (!belongs(path, reading, entry.isFile())) continue
    const bytes = await readFile(full)
    const text = decode(bytes)
    if (text === undefined) {
      fault(reading, place, 'dit bestand is geen geldige UTF-8')
      incomplete.add(kindOf(path))
    } else files.push({ path, sha256: sha256(bytes), text })
  }
  if (files.length === 0) {
    fault(reading, { file: '.', line: 1, column: 1 }, 'hier staat geen enkel beleidsbestand')
  }
  return files.sort(byPath)
}

function byPath(one: PolicyFile, other: PolicyFile): number {
  return one.path < other.path ? -1 : 1
}

function belongs(path: string, reading: Reading, isFile = true): boolean {
  const [folder = '', , ...deeper] = path.split('/')
  const place = { file: path, line: 1, column: 1 }
  if (Object.hasOwn(folders, folder) && deeper.length === 0 && path.endsWith('.yaml') && isFile) {
    return true
  }
  const names = Object.keys(folders).join('/*.yaml, ')
  fault(reading, place, `dit bestand hoort hier niet; bekend zijn ${names}/*.yaml`)
  return false
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** SHA-256 over the sorted `path sha256` lines of the whole set (design §4). */
function digest(files: readonly Omit<PolicyFile, 'text'>[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file.path} ${file.sha256}\n`)
  return `sha256:${hash.digest('hex')}`
}

function parse(file: PolicyFile, reading: Reading): Tree | undefined {
  const counter = new LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(offset)
    return { file: file.path, line, column: col }
  }
  const documents = parseAllDocuments(file.text, {
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: true,
    strict: true,
    version: '1.2',
    schema: 'core',
    merge: false,
  })
  const first = Array.isArray(documents) ? documents[0] : undefined
  if (!first?.contents) {
    fault(reading, placeAt(0), 'dit bestand is leeg')
    return undefined
  }
  let clean = true
  const refuse = (offset: number, message: string): void => {
    fault(reading, placeAt(offset), message)
    clean = false
  }
  for (const document of documents) {
    for (const error of [...document.errors, ...document.warnings])
      refuse(error.pos[0], error.message)
  }
  if (documents.length > 1) {
    refuse(documents[1]?.range?.[0] ?? 0, 'een bestand is één document')
  }
  const walk = (node: Node | null | undefined, at: number): Tree => {
    const start = node?.range?.[0] ?? at
    const place = placeAt(start)
    if (!node) return { place, value: null }
    if (isAlias(node)) {
      refuse(start, 'verwijzingen (*) zijn niet toegestaan')
      return { place, value: null }
    }
    if ('anchor' in node && node.anchor) refuse(start, 'ankers (&) zijn niet toegestaan')
    if (node.tag !== undefined) refuse(start, 'tags (!) zijn niet toegestaan')
    if (isSeq<Node>(node)) return { place, value: node.items.map(item => walk(item, start)) }
    if (isMap<Node, Node>(node)) {
      const members = new Map<string, { key: Place; tree: Tree }>()
      for (const { key, value } of node.items) {
        const keyStart = key?.range?.[0] ?? start
        if (!isScalar(key) || typeof key.value !== 'string') {
          refuse(keyStart, 'een sleutel is een tekst')
          continue
        }
        if (key.anchor) refuse(keyStart, 'ankers (&) zijn niet toegestaan')
        if (key.tag !== undefined) refuse(keyStart, 'tags (!) zijn niet toegestaan')
        members.set(key.value, { key: placeAt(keyStart), tree: walk(value, keyStart) })
      }
      return { place, value: members }
    }
    const value = isScalar(node) ? node.value : undefined
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return { place, value }
    }
    return { place, value: null }
  }
  const tree = walk(first.contents as Node, 0)
  return clean ? tree : undefined
}

function sorted(faults: readonly PolicyFault[]) {
  return faults.toSorted(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  )
}
