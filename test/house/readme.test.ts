import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { removeTree } from '../support/directory.ts'

const root = resolve(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const startCommand = 'npm ci && npm start'

interface Step {
  readonly commands: string
  /** The block right below the commands: what they print. */
  readonly shown?: { readonly language: string; readonly text: string }
}

/** Every `sh` block, with the `text` or `json` block that follows it. */
function stepsOf(markdown: string): readonly Step[] {
  const blocks = [...markdown.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(match => {
    const [whole, indent = '', language = '', body = ''] = match
    const text = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd()
    return { language, text, from: match.index, to: match.index + whole.length }
  })
  return blocks.flatMap((block, i) => {
    if (block.language !== 'sh') return []
    const next = blocks[i + 1]
    const adjacent = next && next.language !== 'sh' && !markdown.slice(block.to, next.from).trim()
    return [{ commands: block.text, ...(adjacent && { shown: next }) }]
  })
}

/** Commands named in running text: each must be in a block, so that it runs. */
function inlineCommands(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
  return [...prose.matchAll(/`((?:npm|npx|curl|node) [^`]+)`/g)].map(([, command = '']) => command)
}

/** `…` stands for anything, also over lines; the rest is literal. */
function textFits(actual: string, shown: string): boolean {
  const parts = shown.split('…').map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^\\s*${parts.join('[\\s\\S]*?')}\\s*$`).test(actual)
}

/** Where `actual` is not what is shown; members that are not shown may be there, items may not. */
function differences(actual: unknown, shown: unknown, place = ''): readonly string[] {
  if (typeof shown === 'string' && typeof actual === 'string') {
    return textFits(actual, shown) ? [] : [`${place}: ${actual}`]
  }
  if (Array.isArray(shown) && Array.isArray(actual)) {
    const open = shown.at(-1) === '…' && actual.length >= shown.length
    const items = open ? shown.slice(0, -1) : shown
    return !open && actual.length !== shown.length
      ? [`${place}: ${actual.length} items`]
      : items.flatMap((item, i) => differences(actual[i], item, `${place}/${i}`))
  }
  if (isObject(shown) && isObject(actual)) {
    return Object.entries(shown).flatMap(([name, value]) =>
      differences(actual[name], value, `${place}/${name}`),
    )
  }
  return Object.is(actual, shown) ? [] : [`${place}: ${JSON.stringify(actual)}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What git would hand out, and what is not committed yet; node_modules is linked instead of installed. */
function freshCopy(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-readme-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  const copy = join(dir, 'sluis')
  for (const path of files.split('\0').filter(path => path && existsSync(join(root, path)))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

const printed = { SLUIS_EXCHANGE_PORT: 8443, SLUIS_PUBLIC_PORT: 8080, SLUIS_OPS_PORT: 9090 }

async function freePort(port = 0): Promise<number | undefined> {
  const server = createServer()
  const free = await new Promise<boolean>(done => {
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => done(true))
  })
  const address = server.address()
  server.close()
  return free && typeof address === 'object' ? address?.port : undefined
}

/** The printed ports when all are free: then nothing is changed. Else free ones, by environment. */
async function choosePorts(): Promise<{
  settings: Record<string, string>
  adapt: (text: string) => string
}> {
  const free = await Promise.all(Object.values(printed).map(port => freePort(port)))
  if (free.every(port => port !== undefined)) return { settings: {}, adapt: text => text }
  const settings: Record<string, string> = {}
  for (const name of Object.keys(printed)) settings[name] = String(await freePort())
  const adapt = (text: string) =>
    Object.entries(printed).reduce(
      (done, [name, port]) => done.replaceAll(`:${port}`, `:${settings[name]}`),
      text,
    )
  return { settings, adapt }
}

/** A shell of somebody who just cloned the repository: nothing of this run, a cache of its own for npm. */
function shellEnv(copy: string, settings: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|SLUIS_|DATABASE_|NODE_TEST|NODE_OPTIONS|INIT_CWD)/i.test(name),
  )
  return {
    ...Object.fromEntries(inherited),
    npm_config_cache: join(copy, '..', 'npm'),
    ...settings,
  }
}

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function shell(commands: string, cwd: string, env: NodeJS.ProcessEnv) {
  const script = `set -e -o pipefail\n${commands}`
  const child = spawn('bash', ['-c', script], { cwd, env, detached: true, stdio: 'pipe' })
  child.stdin.end()
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', data => (text.out += data))
  child.stderr.setEncoding('utf8').on('data', data => (text.err += data))
  return { child, text }
}

/** Long for a command, and short for one that waits for what does not come. */
const longestMs = 120_000

async function run(commands: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  const { child, text } = shell(commands, cwd, env)
  const late = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), longestMs)
  const [code] = await once(child, 'close')
  clearTimeout(late)
  return { code, ...text }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  process.kill(-child.pid, 'SIGTERM')
  await closed
}

const steps = stepsOf(readme)

test('every command printed in README runs as printed, and prints what is shown', async t => {
  const [start, ...others] = steps
  assert.equal(start?.commands, startCommand)
  assert.ok(others.length >= 6, 'README shows commands for each of its readers')
  const copy = freshCopy()
  const { settings, adapt } = await choosePorts()
  if (Object.keys(settings).length > 0) t.diagnostic('a printed port is taken: on free ports')
  const env = shellEnv(copy, settings)
  const shownAtStart = adapt(start.shown?.text ?? '')

  const gateway = shell(startCommand.replace('npm ci && ', ''), copy, env)
  t.after(async () => {
    await stop(gateway.child)
    removeTree(dirname(copy))
  })
  while (!textFits(gateway.text.out, shownAtStart)) {
    const { exitCode } = gateway.child
    assert.equal(exitCode, null, `npm start stopped: ${gateway.text.out}${gateway.text.err}`)
    await Promise.race([once(gateway.child.stdout, 'data'), once(gateway.child, 'close')])
    await wait(0)
  }

  for (const { commands, shown } of others) {
    const name = commands.split('\n').findLast(line => /^(curl|npx|npm)/.test(line)) ?? commands
    await t.test(name, async () => {
      const { code, out, err } = await run(adapt(commands), copy, env)
      assert.equal(code, 0, `${out}${err}`)
      if (!shown) return
      const expected = adapt(shown.text)
      if (shown.language === 'json') {
        assert.deepEqual(differences(JSON.parse(out), JSON.parse(expected)), [])
      } else assert.ok(textFits(out, expected), out)
    })
  }
})

test('a command that README names in a sentence stands in a block too', () => {
  const blocks = steps.map(({ commands }) => commands).join('\n')
  // The second command is the run this test is part of.
  const known = (command: string) => blocks.includes(command) || command === 'npm ci && npm test'
  assert.deepEqual(
    inlineCommands(readme).filter(command => !known(command)),
    [],
  )
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.match(scripts.test, /test\/run\.ts$/)
})

test('what is shown is compared: an ellipsis is anything, all else is exact', () => {
  assert.ok(textFits('een\ntwee\ndrie\n', 'een\n…\ndrie'))
  assert.ok(!textFits('een\ntwee\nvier\n', 'een\n…\ndrie'))
  assert.ok(!textFits('regel 1.', 'regel 12'))
  assert.deepEqual(differences({ a: 1, b: ['x', 'y'] }, { b: ['…', 'y'] }), [])
  assert.deepEqual(differences({ b: ['x', 'y', 'z'] }, { b: ['x', '…'] }), [])
  assert.deepEqual(differences({ a: true }, { a: false }), ['/a: true'])
  assert.deepEqual(differences({ b: ['x'] }, { b: [] }), ['/b: 1 items'])
  assert.deepEqual(differences({}, { c: null }), ['/c: undefined'])
})

test('commands and what they print are found, indented or not', () => {
  const markdown = [
    '```sh\nnpx a\n```\n\n```text\nja\n```\n',
    '- list\n\n  ```sh\n  npx b\n  ```\n\n  words\n\n  ```json\n  {}\n  ```\n',
    'and `npx c` inline',
  ].join('\n')
  const found = stepsOf(markdown).map(({ commands, shown }) => [commands, shown?.text])
  assert.deepEqual(found, [
    ['npx a', 'ja'],
    ['npx b', undefined],
  ])
  assert.deepEqual(inlineCommands(markdown), ['npx c'])
})
