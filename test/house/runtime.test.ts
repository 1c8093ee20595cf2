import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test from 'node:test'

const root = resolve(import.meta.dirname, '../..')
const check = 'gateway/runtime.js'

/** The check as a Node of another version would run it. */
function runAs(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`
  return spawnSync(process.execPath, ['--import', preload, join(root, check)], { encoding: 'utf8' })
}

test('a Node that is too old is told so in one sentence', () => {
  for (const version of ['18.20.0', '20.20.2', '22.21.0', '23.11.0', '24.1.0']) {
    const { status, stderr } = runAs(version)
    assert.equal(status, 1, version)
    assert.match(stderr, new RegExp(`^Sluis needs Node 24\\.2 or newer; this is ${version}\\.`))
    assert.equal(stderr.trim().split('\n').length, 1)
  }
})

test('a Node that is new enough passes in silence', () => {
  for (const version of ['24.2.0', '24.11.1', '26.0.0']) {
    const { status, stdout, stderr } = runAs(version)
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' }, version)
  }
})

test('every script that runs TypeScript asks first', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const [name, line] of Object.entries<string>(scripts)) {
    if (/\bnode [^&]*\.ts\b/.test(line)) assert.ok(line.startsWith(`node ${check} && `), name)
  }
})
