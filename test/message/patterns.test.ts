import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { limits } from '../../gateway/message/limits.ts'
import { compileDataset } from '../../gateway/schema.ts'
import { withoutComments } from '../support/imports.ts'

const root = resolve(import.meta.dirname, '../..')
const limitMs = 50

/** A regular expression literal, where an expression can begin. */
const literal =
  /(?:[(,=:[!&|?{};>]|\breturn|^)\s*\/(?![*/])((?:[^\\/[\n]|\\.|\[(?:[^\\\]\n]|\\.)*\])+)\/([dgimsuvy]*)/gm

interface Found {
  readonly where: string
  readonly source: string
  readonly flags: string
}

function inCode(path: string): Found[] {
  const code = withoutComments(readFileSync(join(root, path), 'utf8'))
  const literals = [...code.matchAll(literal)].map(([, source = '', flags = '']) => ({
    source,
    flags,
  }))
  // JSON Schema as code: settings of adapters, rows of datasets.
  const members = [...code.matchAll(/\bpattern: '((?:[^'\\]|\\.)+)'/g)].map(([, text = '']) => ({
    source: text.replaceAll('\\\\', '\\'),
    flags: 'u',
  }))
  return [...literals, ...members].map(each => ({ where: path, ...each }))
}

/** Every value of a `pattern` and every name of `patternProperties`, as ajv compiles them; and the formats. */
function inSchema(path: string): { patterns: Found[]; formats: string[] } {
  const patterns: Found[] = []
  const formats: string[] = []
  JSON.parse(readFileSync(join(root, path), 'utf8'), (key, value) => {
    const sources =
      key === 'pattern' ? [value] : key === 'patternProperties' ? Object.keys(value) : []
    for (const source of sources) {
      if (typeof source === 'string') patterns.push({ where: path, source, flags: 'u' })
    }
    if (key === 'format' && typeof value === 'string') formats.push(value)
    return value
  })
  return { patterns, formats }
}

const schemas = globSync('schemas/*.json', { cwd: root }).map(inSchema)
const code = globSync('{gateway,adapters}/**/*.ts', { cwd: root }).flatMap(inCode)
const patterns = [...schemas.flatMap(each => each.patterns), ...code]
const distinct = [...new Map(patterns.map(each => [`${each.source}/${each.flags}`, each])).values()]

const usual = [
  'a',
  'Z',
  '0',
  '9',
  ' ',
  '\t',
  '\n',
  '-',
  '.',
  ',',
  '/',
  '=',
  '"',
  ';',
  ':',
  '\\',
  'é',
  '\0',
]

/** One character, or two in turn, up to the size of a body, ending well and badly; behind what the pattern begins with. */
function* nasty(source: string): Generator<string> {
  const own = [...new Set(source.replaceAll(/\\[a-zA-Z]|\\u[0-9a-f]{4}|[\^$()[\]{}?*+|\\]/g, ''))]
  const units = [
    ...new Set([...usual, ...own.slice(0, 12)]),
    ...own.slice(0, 6).flatMap(a => ['a', '0', ' ', ...own.slice(0, 4)].map(b => a + b)),
  ]
  const start = /^\^?((?:[A-Za-z0-9:@_ -]|\\[/.-])*)/.exec(source)?.[1]?.replaceAll('\\', '') ?? ''
  for (const unit of units) {
    const body = unit.repeat(limits.bodyBytes / unit.length)
    for (const prefix of new Set(['', start])) {
      yield prefix + body
      yield `${prefix + body}\u0001`
    }
  }
}

/** Milliseconds of this thread alone: another process on this machine is not taken for the pattern. */
function took(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

/** The slowest string, when it takes too long. */
function slow(source: string, match: (text: string) => unknown): string | undefined {
  for (const text of nasty(source)) {
    const ms = took(() => match(text))
    if (ms >= limitMs)
      return `${source} took ${Math.round(ms)} ms for ${JSON.stringify(text.slice(0, 20))}…`
  }
  return undefined
}

test('P14: every pattern of the schemas and of the code judges the nastiest body in under 50 ms', () => {
  assert.ok(schemas.flatMap(each => each.patterns).length > 30, 'the schemas are read')
  assert.ok(code.length > 100, `${code.length} in the code`)
  const faults = distinct.flatMap(({ where, source, flags }) => {
    const pattern = new RegExp(source, flags.replace(/[gy]/g, ''))
    const fault = slow(source, text => pattern.test(text))
    return fault ? [`${where}: ${fault}`] : []
  })
  assert.deepEqual(faults, [])
})

test('P14: every format of the schemas judges the nastiest body in under 50 ms', () => {
  const formats = new Set(schemas.flatMap(each => each.formats))
  assert.ok(formats.has('date') && formats.has('uri'))
  for (const format of formats) {
    const check = compileDataset({ type: 'string', format })
    for (const like of ['', '2026-07-01T', 'https://', 'urn:uuid:', 'https://[:']) {
      assert.equal(slow(like, check), undefined, format)
    }
  }
})

test('P14: a pattern that does go astray is found, also when it is no worse than quadratic', () => {
  for (const [source, text] of [
    ['^(a+)+$', 'a'.repeat(24)],
    ['\\s+$', ' '.repeat(20_000)],
  ] as const) {
    const pattern = new RegExp(source)
    assert.ok(took(() => pattern.test(`${text}!`)) >= limitMs, source)
  }
  const found = [...'const a = /x[/]y/u.test(b) / 2'.matchAll(literal)].map(([, source]) => source)
  assert.deepEqual(found, ['x[/]y'])
})
