import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test, { type TestContext } from 'node:test'
import { operator } from '../../certs/names.ts'
import { ConfigFaults, type Runtime, readConfig } from '../../gateway/config.ts'
import type { Profile } from '../../gateway/terms.ts'
import { removeTree } from '../support/directory.ts'
import { until } from '../support/log.ts'
import { testPki } from '../support/pki.ts'
import { cleanEnv } from './npm.ts'

const still: Runtime = { flags: [], coreLimit: '0' }
const somewhere = { DATABASE_URL: 'postgresql://x@127.0.0.1:1/x', SLUIS_KEYS_DIR: tmpdir() }

/** What the environment or the process adds to the faults of settings that are not there. */
function faultsOf(env: NodeJS.ProcessEnv, runtime: Runtime): readonly string[] {
  const told = (settings: NodeJS.ProcessEnv, now: Runtime) => {
    try {
      readConfig({ SLUIS_PROFIEL: 'productie', ...somewhere, ...settings }, now)
      return []
    } catch (error) {
      assert.ok(error instanceof ConfigFaults)
      return error.faults
    }
  }
  const always = told({}, still)
  return told(env, runtime).filter(fault => !always.includes(fault))
}

const revealing: readonly (readonly [string, NodeJS.ProcessEnv, Runtime, RegExp])[] = [
  ['core dumps', {}, { flags: [], coreLimit: 'unlimited' }, /^core dumps staan aan/],
  [
    'heap snapshots on a signal',
    {},
    flag('--heapsnapshot-signal=SIGUSR2'),
    /--heapsnapshot-signal/,
  ],
  ['heap snapshots, spelled otherwise', {}, flag('--heapsnapshot_near_heap_limit=2'), /--heapsnap/],
  ['a heap profile', { NODE_OPTIONS: '--max-old-space-size=99 --heap-prof' }, still, /--heap-prof/],
  ['a debugger', { NODE_OPTIONS: '--inspect=geheim:9229' }, still, /--inspect:/],
  ['a report of a crash', {}, flag('--report-uncaught-exception'), /--report-uncaught/],
  ['an abort at a fault', {}, flag('--abort-on-uncaught-exception'), /--abort-on-uncaught/],
  ['coverage', { NODE_V8_COVERAGE: '/geheim' }, still, /^NODE_V8_COVERAGE/],
]

function flag(text: string): Runtime {
  return { ...still, flags: [text] }
}

/** A worker without a database: it stays, and tries again. */
async function worker(
  t: TestContext,
  profile: Profile,
  ...flags: string[]
): Promise<{
  readonly child: ChildProcess
  readonly dir: string
  readonly said: () => string
}> {
  const pki = await testPki()
  const dir = mkdtempSync(join(tmpdir(), 'sluis-memory-'))
  mkdirSync(join(dir, 'sleutels'), { mode: 0o700 })
  const env = {
    ...cleanEnv(),
    SLUIS_PROFIEL: profile,
    SLUIS_OIN: operator.oin,
    SLUIS_SOURCES: resolve('package.json'),
    SLUIS_TLS_CERT: join(pki, 'servers/gateway.pem'),
    SLUIS_TLS_KEY: join(pki, 'servers/gateway.key'),
    SLUIS_TRUST_DIR: join(pki, 'trust'),
    SLUIS_DATA_DIR: dir,
    SLUIS_KEYS_DIR: join(dir, 'sleutels'),
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: 'silent',
    DATABASE_URL: 'postgresql://x@127.0.0.1:1/x',
    TMPDIR: dir,
  }
  const command = [process.execPath, ...flags, resolve('gateway/deliver.ts')]
  const child = spawn('sh', ['-c', 'ulimit -c 0; exec "$@"', 'sh', ...command], {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => {
    child.kill('SIGKILL')
    removeTree(dir)
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', data => (text += data))
  }
  await until('the worker to start', () => text.includes('ops http://') || child.exitCode !== null)
  return { child, dir, said: () => text }
}

test('V7: a core dump, heap snapshot, crash report or debugger is off in productie, or the process does not start', async t => {
  assert.deepEqual(faultsOf({}, still), [])
  for (const [what, env, runtime, expected] of revealing) {
    const faults = faultsOf(env, runtime)
    assert.equal(faults.length, 1, what)
    assert.match(faults[0] ?? '', expected, what)
    assert.doesNotMatch(faults[0] ?? '', /geheim/, 'the value is not told')
    const trying = faultsOf({ ...env, SLUIS_PROFIEL: 'test' }, runtime)
    assert.deepEqual(trying, [], `${what}: a developer may`)
  }

  const refused = await worker(t, 'productie', '--heapsnapshot-signal=SIGUSR2')
  assert.match(refused.said(), /Node draait met --heapsnapshot-signal/)

  // Ended as a crash ends, it leaves nothing but what it was given.
  const { child, dir } = await worker(t, 'test')
  const ended = once(child, 'exit')
  child.kill('SIGABRT')
  assert.deepEqual(await ended, [null, 'SIGABRT'])
  assert.deepEqual(readdirSync(dir), ['sleutels'])
})

test('a signal opens no debugger in a process that was started as the container starts it', async t => {
  const open = await worker(t, 'test')
  open.child.kill('SIGUSR1')
  await until('a debugger to open without the flag', () =>
    open.said().includes('Debugger listening'),
  )
  const closed = await worker(t, 'test', '--disable-sigusr1')
  closed.child.kill('SIGUSR1')
  const [address = ''] = /http:\/\/[\d.:]+/.exec(closed.said()) ?? []
  assert.equal((await fetch(`${address}/livez`)).status, 200, 'it had its turn, and goes on')
  assert.doesNotMatch(closed.said(), /Debugger/)
})
