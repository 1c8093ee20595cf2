// What does `npm test` do? Checks, services of its own, one PKI, then every test (house-style §1.9).
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, globSync, mkdtempSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import { prepareEmbedded } from './support/database.ts'
import { removeTree } from './support/directory.ts'
import { makePki } from './support/pki.ts'
import { startPostgres } from './support/postgres.ts'
import { browser, findServices, say } from './support/services.ts'

const root = resolve(import.meta.dirname, '..')
/** Of one test, and of one whole file: a leaked socket or timer fails its file then. */
const TEST_TIMEOUT_MS = 300_000

async function main(selection: readonly string[]): Promise<number> {
  const files = testFiles(selection)
  if (files.length === 0) {
    process.stderr.write(`no test file in ${selection.join(' ') || 'test'}\n`)
    return 1
  }
  if (selection.length > 0) {
    say(`only ${selection.join(' ')}: type check and lint are left to the full run`)
  } else if (!check()) return 1
  await findServices([browser])
  // Everything the run makes stands in one directory and goes with it.
  const dir = mkdtempSync(join(tmpdir(), 'sluis-run-'))
  chmodSync(dir, 0o711)
  process.env.TMPDIR = dir
  try {
    return await runTests(files, dir)
  } finally {
    removeTree(dir)
  }
}

function testFiles(selection: readonly string[]): string[] {
  const wanted = selection.map(path => resolve(path))
  return globSync('test/**/*.test.ts', { cwd: root })
    .map(file => join(root, file))
    .filter(file => wanted.length === 0 || wanted.some(path => `${file}/`.startsWith(`${path}/`)))
    .sort()
}

function check(): boolean {
  return ['tsc', 'biome check'].every(command => {
    say(command)
    const [name = '', ...args] = command.split(' ')
    const bin = join(root, 'node_modules', '.bin', name)
    return spawnSync(bin, args, { cwd: root, stdio: 'inherit' }).status === 0
  })
}

async function runTests(files: readonly string[], dir: string): Promise<number> {
  const embedded = join(dir, 'embedded')
  await using postgres = await startPostgres()
  const [pki] = await Promise.all([makePki(dir), prepareEmbedded(embedded)])
  say(`PostgreSQL of our own at ${new URL(postgres.url).host}; PKI and embedded database made`)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(
    process.execPath,
    [
      ...['--test', '--test-reporter=spec', `--test-timeout=${TEST_TIMEOUT_MS}`],
      `--test-concurrency=${Math.max(2, availableParallelism())}`,
      ...files.map(file => relative(root, file)),
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...env,
        // Hundreds of processes load the same modules: one strips and compiles them, the others read what it made.
        NODE_COMPILE_CACHE: join(dir, 'compiled'),
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        SLUIS_TEST_DATABASE_URL: postgres.url,
        SLUIS_TEST_EMBEDDED: embedded,
        SLUIS_TEST_PKI: pki,
      },
    },
  )
  // Ended from outside, the tests end first and everything is removed as always.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill('SIGTERM'))
  }
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
