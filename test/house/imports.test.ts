import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import test, { type TestContext } from 'node:test'
import { removeTree } from '../support/directory.ts'
import { breaches, importsOf, withoutComments } from '../support/imports.ts'

const root = resolve(import.meta.dirname, '../..')

test('the code keeps to the house rules', () => {
  assert.deepEqual(breaches(root), [])
})

/** A tree of its own with a package.json that names a few packages. */
function plant(t: TestContext, files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-house-'))
  t.after(() => removeTree(dir))
  const manifest = {
    dependencies: { express: '5', pg: '8', leftpad: '1', '@peculiar/asn1-x509': '2' },
  }
  for (const [path, text] of Object.entries({
    'package.json': JSON.stringify(manifest),
    ...files,
  })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}

interface Planted {
  readonly path: string
  readonly code: string
  /** Undefined: allowed. */
  readonly breach?: string
}

const planted: readonly Planted[] = [
  {
    path: 'soak/x.ts',
    code: `import { rmSync } from 'node:fs'\nrmSync(dir(), { force: true, ${'recur'}sive: true })`,
    breach: 'test/support/directory.ts removes a directory, also one that is still written in',
  },
  { path: 'test/audit/x.test.ts', code: `rmSync(file)\nmkdirSync(dir, { ${'recur'}sive: true })` },
  {
    path: 'gateway/policy/decide.ts',
    code: "import { head } from '../audit/commit.ts'",
    breach: 'may not import gateway/audit/commit.ts',
  },
  {
    path: 'gateway/policy/decide.ts',
    code: "import type { Head } from '../audit/commit.ts'",
    breach: 'may not import gateway/audit/commit.ts',
  },
  {
    path: 'gateway/policy/decide.ts',
    code: "import {\n  type Head,\n  head,\n} from '../audit/commit.ts'",
    breach: 'may not import gateway/audit/commit.ts',
  },
  {
    path: 'gateway/policy/decide.ts',
    code: "const room = await import('../audit/commit.ts')",
    breach: 'may not import gateway/audit/commit.ts',
  },
  {
    path: 'gateway/policy/decide.ts',
    code: "export { head } from '../audit/commit.ts'",
    breach: 'may not import gateway/audit/commit.ts',
  },
  { path: 'gateway/policy/decide.ts', code: "import type { Oin } from '../terms.ts'" },
  { path: 'gateway/policy/decide.ts', code: "import { law } from './law.ts'" },
  { path: 'gateway/policy/decide.ts', code: "// import { head } from '../audit/commit.ts'" },
  { path: 'gateway/exchange.ts', code: "import { head } from './audit/commit.ts'" },
  {
    path: 'gateway/exchange.ts',
    code: "import { config } from './config.ts'",
    breach: 'may not import gateway/config.ts',
  },
  {
    path: 'gateway/exchange.ts',
    code: "import { echo } from '../adapters/registry.ts'",
    breach: 'may not import adapters/registry.ts',
  },
  { path: 'gateway/serve.ts', code: "import { echo } from '../adapters/registry.ts'" },
  {
    path: 'gateway/store.ts',
    code: "import { head } from './audit/commit.ts'",
    breach: 'may not import gateway/audit/commit.ts',
  },
  {
    path: 'gateway/peer/path.ts',
    code: "import type { Adapter } from '../adapter.ts'",
    breach: 'may not import gateway/adapter.ts',
  },
  { path: 'gateway/delivery/carry.ts', code: "import type { Adapter } from '../adapter.ts'" },
  {
    path: 'gateway/listen/exchange.ts',
    code: "import { page } from '../console/page.ts'",
    breach: 'may not import gateway/console/page.ts',
  },
  { path: 'gateway/listen/console.ts', code: "import { page } from '../console/page.ts'" },
  {
    path: 'gateway/console/page.ts',
    code: "import { admit } from '../peer/party.ts'",
    breach: 'may not import gateway/peer/party.ts',
  },
  { path: 'gateway/console/page.ts', code: "import { find } from '../audit/person.ts'" },
  {
    path: 'gateway/commands/certs.ts',
    code: "import { issue } from '../../certs/issue.ts'",
    breach: 'certs only by dynamic import',
  },
  {
    path: 'gateway/commands/certs.ts',
    code: "const { issue } = await import('../../certs/issue.ts')",
  },
  {
    path: 'adapters/uwv/adapter.ts',
    code: "import { answer } from '../echo/mapping.ts'",
    breach: 'may not import adapters/echo/mapping.ts',
  },
  {
    path: 'adapters/uwv/adapter.ts',
    code: "import { openStore } from '../../gateway/store.ts'",
    breach: 'may not import gateway/store.ts',
  },
  {
    path: 'adapters/uwv/adapter.ts',
    code: "import { openOutbound } from '../../gateway/outbound.ts'",
    breach: 'only types of gateway/outbound.ts',
  },
  {
    path: 'adapters/uwv/adapter.ts',
    code: "import { SourceError } from '../../gateway/adapter.ts'",
  },
  { path: 'adapters/uwv/adapter.ts', code: "import type { Oin } from '../../gateway/terms.ts'" },
  {
    path: 'certs/issue.ts',
    code: "import { openStore } from '../gateway/store.ts'",
    breach: 'may not import gateway/store.ts',
  },
  {
    path: 'gateway/audit/commit.ts',
    code: "import pg from 'pg'",
    breach: 'pg has no passport here',
  },
  { path: 'gateway/store.ts', code: "import pg from 'pg'" },
  { path: 'bench/by-hand.ts', code: "import pg from 'pg'" },
  {
    path: 'test/audit/tree.test.ts',
    code: "import { Name } from '@peculiar/asn1-x509'",
    breach: '@peculiar/asn1-x509 has no passport here',
  },
  { path: 'test/support/pki.ts', code: "import { Name } from '@peculiar/asn1-x509'" },
  {
    path: 'gateway/audit/commit.ts',
    code: "import pad from 'leftpad/deep'",
    breach: 'leftpad has no passport',
  },
  {
    path: 'gateway/schema.ts',
    code: "import Ajv from 'ajv/dist/2020.js'",
    breach: 'package.json does not name ajv',
  },
  {
    path: 'gateway/policy/permit.ts',
    code: 'export const made = {} as unknown as Receipt',
    breach: 'only audit/commit.ts makes a Receipt',
  },
  {
    path: 'gateway/policy/permit.ts',
    code: 'export const made = <Receipt>{}',
    breach: 'only audit/commit.ts makes a Receipt',
  },
  { path: 'gateway/audit/commit.ts', code: 'export const made = {} as Receipt' },
  { path: 'gateway/audit/record.ts', code: 'export function f(): Promise<Receipt> {}' },
  {
    path: 'gateway/exchange.ts',
    code: 'export const made = {} as PermittedExchange',
    breach: 'only policy/permit.ts makes a PermittedExchange',
  },
  { path: 'gateway/policy/permit.ts', code: 'export const made = {} as PermittedExchange' },
  {
    path: 'gateway/policy/facts.ts',
    code: 'const now = Date.now()',
    breach: "the time comes from open.ts's clock",
  },
  {
    path: 'gateway/policy/facts.ts',
    code: 'const now = new Date( ).getTime()',
    breach: "the time comes from open.ts's clock",
  },
  { path: 'gateway/policy/facts.ts', code: 'const day = new Date(now)' },
  { path: 'gateway/open.ts', code: 'export const clock = () => Date.now()' },
  { path: 'soak/run.ts', code: 'const now = Date.now()' },
  {
    path: 'gateway/open.ts',
    code: 'const dir = process.env.HOME',
    breach: 'only config.ts and the entries read the environment',
  },
  {
    path: 'gateway/open.ts',
    code: "import { argv, env } from 'node:process'",
    breach: 'only config.ts and the entries read the environment',
  },
  { path: 'gateway/config.ts', code: 'const dir = process.env.HOME' },
  { path: 'gateway/audit/deep/file.ts', code: '', breach: 'deeper than two folders' },
  { path: 'gateway/utils/file.ts', code: '', breach: 'no folder named utils' },
  { path: 'gateway/audit/index.ts', code: '', breach: 'no index file' },
]

for (const { path, code, breach } of planted) {
  const name = `${path} with ${code.replaceAll(/\s+/g, ' ') || 'nothing in it'}`
  test(breach ? `${name} breaks a rule` : `${name} is allowed`, t => {
    const expected = breach ? [`${path}: ${breach}`] : []
    assert.deepEqual(breaches(plant(t, { [path]: code })), expected)
  })
}

test('a cycle of imports is found, one of types is none', t => {
  const [a, b] = ['gateway/audit/a.ts', 'gateway/audit/b.ts']
  const values = { [a]: "import { b } from './b.ts'", [b]: "import { a } from './a.ts'" }
  assert.deepEqual(breaches(plant(t, values)), [`${a}: import cycle ${a} → ${b} → ${a}`])
  assert.deepEqual(breaches(plant(t, { ...values, [b]: "import type { A } from './a.ts'" })), [])
})

test('comments are left out, strings that look like one stay', () => {
  const text = "const url = 'https://example.org' // from 'pg'\n/* import 'pg' */const b = `/*`"
  assert.equal(withoutComments(text), "const url = 'https://example.org'  \n const b = `/*`")
})

test('every way to import is seen', () => {
  const code = [
    "import 'a'",
    'import b from "b/deep"',
    "import {\n  c,\n} from '@c/c/deep'",
    "export * from 'd'",
    "const e = await import(\n'e')",
    "new Worker(new URL('./f.ts', import.meta.url))",
    "import fs from 'node:fs'",
  ].join('\n')
  const seen = importsOf('gateway/x.ts', code).map(({ to }) => to)
  assert.deepEqual(seen, ['a', 'b', '@c/c', 'd', 'e', 'gateway/f.ts'])
})

/** Spelled in parts, so that this file itself holds none. */
const hosts = [
  ['npm', 'js'],
  ['yarn', 'pkg'],
  ['jfr', 'og.io'],
  ['proxy.', 'golang'],
]
const places = [
  ['/wo', 'rk/'],
  ['/tm', 'p/'],
  ['/ro', 'ot/'],
  ['/Us', 'ers/'],
]
const [hostNames, machinePaths] = [hosts, places].map(list => list.map(parts => parts.join('')))

function machineTraces(text: string): readonly string[] {
  const own = [root, homedir()].filter(path => path.length > 2).map(path => `${path}/`)
  const traces = [...(hostNames ?? []), ...(machinePaths ?? []), ...own]
  return traces.filter(trace => text.includes(trace))
}

test('no tracked file names a package registry or a place on one machine', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(path => path && statSync(join(root, path), { throwIfNoEntry: false })?.isFile())
  assert.ok(tracked.includes('package.json'))
  const found = tracked.flatMap(path =>
    machineTraces(readFileSync(join(root, path), 'utf8')).map(trace => `${path}: ${trace}`),
  )
  assert.deepEqual(found, [])
  assert.deepEqual(machineTraces(`see ${hostNames?.[0]}`), hostNames?.slice(0, 1))
  assert.deepEqual(machineTraces(`in ${machinePaths?.[1]}x`), machinePaths?.slice(1, 2))
  assert.deepEqual(machineTraces('see https://example.org'), [])
})

test('no file that counts lies deeper than two folders, cases of adapters aside', () => {
  const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')
  const deep = tracked.filter(path => path.split('/').length > 3)
  assert.deepEqual(
    deep.filter(path => !/^adapters\/[^/]+\/cases(-[a-z]+)?\/[^/]+$/.test(path)),
    [],
  )
})
