// Which Redis do the tests run on? Servers of their own, never the system's; each may be stopped, frozen or wiped.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { removeTree } from './directory.ts'
import { freeze } from './postgres.ts'

export interface RedisServer extends AsyncDisposable {
  readonly url: string
  readonly pid: () => number | undefined
  /** Its directory, with the append-only file when `args` ask for one. */
  readonly dir: string
  /** SIGTERM; its files stay. */
  stop(): Promise<void>
  /** SIGKILL, as a crash. */
  kill(): Promise<void>
  /** On the same port, on what is left of its files. */
  start(): Promise<void>
  /** SIGSTOP: it keeps every connection and answers nothing. */
  pause(): void
  resume(): void
  /** Everything it wrote goes; only while it is stopped. */
  wipe(): void
  /** One command by hand, e.g. `FLUSHALL`; the text of the answer. */
  command(...words: readonly string[]): Promise<string>
}

const START_MS = 20_000

/** The program: the one of the environment, else on PATH. */
export function findRedis(env = process.env): string | undefined {
  const places = env.SLUIS_TEST_REDIS
    ? [env.SLUIS_TEST_REDIS, join(env.SLUIS_TEST_REDIS, 'redis-server')]
    : (env.PATH ?? '').split(delimiter).map(dir => join(dir, 'redis-server'))
  return places.find(path => isProgram(path) && runs(path))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function runs(path: string): boolean {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return status === 0 && /v=[6-9]|v=\d\d/.test(stdout)
}

export async function startRedis(
  t: TestContext,
  { args = [] }: { readonly args?: readonly string[] } = {},
): Promise<RedisServer> {
  const server = await runRedis(args)
  t.after(() => server[Symbol.asyncDispose]())
  return server
}

// The shell outlives us by one read: whoever starts a server leaves none behind, killed or not.
const WATCH = `exec 3<&0 >>"$DIR/log" 2>&1
"$@" & server=$!; echo $server >"$DIR/pid"
(read word <&3; kill -KILL $server; kill -CONT $server; [ "$word" = keep ] || { sleep 1; rm -rf "$DIR"; }) &
wait $server; rm -f "$DIR/pid"; wait`

/** Without a test: bench and soak end it themselves. */
export async function runRedis(args: readonly string[] = []): Promise<RedisServer> {
  const program = findRedis()
  if (!program) throw new Error('no redis-server on PATH or in SLUIS_TEST_REDIS')
  const dir = mkdtempSync(join(tmpdir(), 'sluis-redis-'))
  const port = await freePort()
  const command = [
    ...[program, '--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
    ...args,
  ]
  const pidOf = () => Number(textOf(join(dir, 'pid'))) || undefined
  const run = () => {
    const child = spawn('/bin/sh', ['-c', WATCH, 'sh', ...command], {
      env: { PATH: '/usr/bin:/bin', DIR: dir, LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    child.unref()
    child.stdin.on('error', () => {})
    if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
    return { child, ended: once(child, 'exit') }
  }
  const answering = async () => {
    const deadline = performance.now() + START_MS
    while (performance.now() < deadline) {
      if ((await ask(port, ['PING']).catch(() => '')) === '+PONG\r\n') return
      await wait(10)
    }
    throw new Error(`Redis did not start: ${textOf(join(dir, 'log')).slice(-2_000)}`)
  }
  const signal = (name: NodeJS.Signals) => {
    const pid = pidOf()
    if (pid) process.kill(pid, name)
  }
  let running = run()
  await answering()
  const end = async (name: NodeJS.Signals) => {
    signal('SIGCONT')
    signal(name)
    while (pidOf()) await wait(5)
    running.child.stdin.end('keep\n')
    running.child.ref()
    await running.ended
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: pidOf,
    dir,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async start() {
      running = run()
      await answering()
    },
    pause: () => {
      const pid = pidOf()
      if (pid) freeze(pid)
    },
    resume: () => signal('SIGCONT'),
    wipe() {
      if (pidOf()) throw new Error('Redis still runs')
      for (const name of readdirSync(dir)) removeTree(join(dir, name))
    },
    command: (...words) => ask(port, words),
    async [Symbol.asyncDispose]() {
      if (pidOf()) await end('SIGKILL')
      removeTree(dir)
    },
  }
}

/** RESP by hand: the answer until it is silent for a moment, or whole when it is one line. */
function ask(port: number, words: readonly string[]): Promise<string> {
  const bulk = words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setTimeout(10_000, () => socket.destroy(new Error('Redis does not answer')))
    socket.on('error', reject)
    let leaving = false
    socket.on('data', data => {
      text += data
      if (/^[+:-].*\r\n$/.test(text)) socket.end()
      else if (!leaving) socket.write('*1\r\n$4\r\nQUIT\r\n')
      leaving = true
    })
    socket.on('close', () =>
      resolve(text.replace(/\+OK\r\n$/, match => (text === match ? match : ''))),
    )
    socket.write(`*${words.length}\r\n${bulk}`)
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
