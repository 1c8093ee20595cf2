import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test, { type TestContext } from 'node:test'
import { removeTree } from '../support/directory.ts'
import { type Ran, run } from './npm.ts'

const root = resolve(import.meta.dirname, '../..')

interface Locked {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly license?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const { '': own, ...locked } = lock.packages as Record<string, Locked> & { '': typeof manifest }

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-npm-'))
  t.after(() => removeTree(dir))
  return dir
}

/** A tarball as a registry hands it out; installing it with scripts on leaves a mark. */
async function pack(t: TestContext, text: string): Promise<Buffer> {
  const dir = directory(t)
  const scripts = { install: `node -e "fs.writeFileSync('ran','')"` }
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'bagage', version: '1.0.0', main: 'bagage.js', scripts }),
  )
  writeFileSync(join(dir, 'bagage.js'), text)
  const { code, err } = await run(['npm', 'pack', '--ignore-scripts'], dir)
  assert.equal(code, 0, err)
  return readFileSync(join(dir, 'bagage-1.0.0.tgz'))
}

function integrityOf(bytes: Buffer): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}

async function registry(t: TestContext, tarball: Buffer): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) {
      response.end(tarball)
      return
    }
    const version = {
      name: 'bagage',
      version: '1.0.0',
      dist: { tarball: `${address}/bagage/-/bagage-1.0.0.tgz`, integrity: integrityOf(tarball) },
    }
    const document = {
      name: 'bagage',
      'dist-tags': { latest: '1.0.0' },
      versions: { '1.0.0': version },
    }
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return address
}

/** A project with our .npmrc and a lockfile like ours, that names this hash. */
function project(t: TestContext, integrity: string): string {
  const dir = directory(t)
  copyFileSync(join(root, '.npmrc'), join(dir, '.npmrc'))
  const dependencies = { bagage: '1.0.0' }
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'proef', version: '1.0.0', dependencies }),
  )
  writeFileSync(
    join(dir, 'package-lock.json'),
    JSON.stringify({
      name: 'proef',
      version: '1.0.0',
      lockfileVersion: lock.lockfileVersion,
      requires: true,
      packages: {
        '': { name: 'proef', version: '1.0.0', dependencies },
        'node_modules/bagage': { version: '1.0.0', integrity, hasInstallScript: true },
      },
    }),
  )
  mkdirSync(join(dir, 'cache'))
  return dir
}

function install(dir: string, registry: string, ...flags: string[]): Promise<Ran> {
  return run(['npm', 'ci', '--registry', registry, '--cache', join(dir, 'cache'), ...flags], dir)
}

test('S1: a package of which the hash in the lockfile was changed, or that another registry made otherwise, is not installed, and no install script runs', async t => {
  const honest = await pack(t, 'module.exports = 1\n')
  const right = await registry(t, honest)
  const installed = (dir: string) => existsSync(join(dir, 'node_modules/bagage/bagage.js'))
  const ran = (dir: string) => existsSync(join(dir, 'node_modules/bagage/ran'))

  const good = project(t, integrityOf(honest))
  const { code, err } = await install(good, right)
  assert.equal(code, 0, err)
  assert.deepEqual([installed(good), ran(good)], [true, false])
  const willing = project(t, integrityOf(honest))
  await install(willing, right, '--ignore-scripts=false', '--foreground-scripts')
  assert.equal(ran(willing), true, 'but for our .npmrc it would have run')

  const changed = project(t, integrityOf(Buffer.from('iets anders')))
  const wrong = await registry(t, await pack(t, 'module.exports = 2\n'))
  const elsewhere = project(t, integrityOf(honest))
  for (const [dir, address] of [
    [changed, right],
    [elsewhere, wrong],
  ] as const) {
    const refused = await install(dir, address)
    assert.notEqual(refused.code, 0)
    assert.match(refused.err, /EINTEGRITY/)
    assert.equal(installed(dir), false)
  }
})

/** Has a script it does not need, counting its users; the linter of the API description brings it. */
const mute = ['node_modules/@scarf/scarf']

test('the lockfile pins every package by its hash, names no registry, and wants no install script', () => {
  const faults = Object.entries(locked).flatMap(([path, entry]) => [
    ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? '') ? [] : [`${path}: no hash`]),
    ...(entry.resolved || entry.link ? [`${path}: names where it comes from`] : []),
    ...(entry.hasInstallScript && !mute.includes(path) ? [`${path}: has an install script`] : []),
  ])
  assert.deepEqual(faults, [])
  for (const path of mute) assert.ok(locked[path]?.dev, 'only what no product holds')
  assert.throws(() => import.meta.resolve('msgpackr-extract'), 'no native code packs a job')
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    assert.deepEqual(own[kind], manifest[kind], `${kind}: lockfile and package.json differ`)
    for (const range of Object.values(manifest[kind]))
      assert.match(String(range), /^\d+\.\d+\.\d+$/)
  }
  const settings = readFileSync(join(root, '.npmrc'), 'utf8').trim().split('\n')
  assert.ok(settings.includes('ignore-scripts=true'))
  assert.ok(settings.includes('omit-lockfile-registry-resolved=true'))
  assert.ok(
    !settings.some(line => /registry *=|_auth|allow-scripts/.test(line.replace(/^omit-.*/, ''))),
  )
  const lifecycle = /^(pre|post)|^(install|prepare|prepublish)/
  assert.deepEqual(
    Object.keys(manifest.scripts).filter(name => lifecycle.test(name)),
    [],
  )
})

/** May be used, changed and passed on without asking, under the EUPL-1.2 of the whole. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'EUPL-1.2',
  'ISC',
  'MPL-2.0',
  'MIT',
  'OFL-1.1',
  'Zlib',
]

/** The house style of the Dutch state, for who works for it; and one that says MIT in a file alone. */
const judgedByHand = [
  'node_modules/@amsterdam/design-system-assets',
  'node_modules/@amsterdam/design-system-tokens',
  'node_modules/@rijkshuisstijl-community/design-tokens',
  'node_modules/png-js',
]

function isAllowed(license: string | undefined): boolean {
  const words = license?.replaceAll(/[()]/g, '').split(/ (?:AND|OR) /) ?? ['']
  return words.every(word => permissive.includes(word))
}

test('every package stands under a licence that this one may hold', () => {
  const faults = Object.entries(locked).filter(
    ([path, { license }]) => !isAllowed(license) && !judgedByHand.includes(path),
  )
  assert.deepEqual(
    faults.map(([path, { license }]) => `${path}: ${license}`),
    [],
  )
  assert.equal(manifest.license, 'EUPL-1.2')
  for (const bad of [undefined, 'GPL-3.0', 'MIT AND AGPL-3.0', '(MIT OR SSPL-1.0)', 'UNLICENSED']) {
    assert.ok(!isAllowed(bad), String(bad))
  }
})
