// Which PostgreSQL do the tests run on? Servers of their own, never the system's.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { removeTree } from './directory.ts'

export interface Postgres extends AsyncDisposable {
  /** Administrator on the database `postgres`. */
  readonly url: string
  /** Where its write-ahead log stands. */
  readonly wal: string
  /** SIGSTOP of all its processes: it keeps every connection and answers nothing. */
  pause(): void
  resume(): void
  /** From now on every write to a file fails (EFBIG), as on a broken disk, or goes as before. */
  failWrites(): void
  mendWrites(): void
  /** Immediate stop, as a crash: SIGQUIT, recovery at the next start. */
  stop(): Promise<void>
  /** Also when it gave up by itself; when it is still there, waits until it answers. */
  start(): Promise<void>
}

export interface PostgresPlace {
  /** Another directory for the write-ahead log: it must not exist yet, its parent must. */
  readonly wal?: string
}

const OLDEST = 15
const START_MS = 60_000

/** The directory of initdb and postgres: the one of the environment, else packaged or on PATH. */
export function findPostgres(env = process.env): string | undefined {
  const debian = '/usr/lib/postgresql'
  const packaged = listOf(debian)
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(debian, version, 'bin'))
  const places = env.SLUIS_TEST_POSTGRES_BIN
    ? [env.SLUIS_TEST_POSTGRES_BIN]
    : [...(env.PATH ?? '').split(delimiter), ...packaged]
  return places.find(
    dir => isProgram(join(dir, 'initdb')) && isProgram(join(dir, 'postgres')) && isRecent(dir),
  )
}

function listOf(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isRecent(dir: string): boolean {
  const text = execFileSync(join(dir, 'postgres'), ['--version'], { encoding: 'utf8' })
  return Number(/(\d+)/.exec(text)?.[1]) >= OLDEST
}

interface User {
  readonly uid: number
  readonly gid: number
}

/** initdb refuses root: there another user runs it. */
function otherUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (name: string) => {
    const users = readFileSync('/etc/passwd', 'utf8').split('\n')
    const [, , uid, gid] = users.find(line => line.startsWith(`${name}:`))?.split(':') ?? []
    return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
  }
  const known = id('postgres') ?? id('nobody')
  if (known) return known
  execFileSync('useradd', ['--system', 'postgres'])
  return id('postgres')
}

/** Default durable settings unless `settings` says otherwise, e.g. `{ fsync: 'off' }`. */
export async function startPostgres(
  settings: Record<string, string> = {},
  place: PostgresPlace = {},
): Promise<Postgres> {
  const bin = findPostgres()
  if (!bin) throw new Error(`no PostgreSQL ${OLDEST} or newer on PATH or under /usr/lib/postgresql`)
  const user = otherUser()
  const dir = mkdtempSync(join(tmpdir(), 'sluis-pg-'))
  const data = join(dir, 'data')
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(dir, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) for (const path of [dir, passwordFile]) chownSync(path, user.uid, user.gid)
  execFileSync(
    join(bin, 'initdb'),
    [
      ...['-D', data, '-U', 'sluis', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
      ...['-E', 'UTF8', '--locale=C', '--no-sync'],
      // Small segments, so that a small disk is full soon.
      ...(place.wal ? ['-X', place.wal, '--wal-segsize=1'] : []),
    ],
    { ...user, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const port = await freePort()
  const command = [
    ...[join(bin, 'postgres'), '-D', data, '-p', String(port), '-k', dir],
    ...['-c', 'listen_addresses=127.0.0.1'],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  let server = run(command, { dir, user })
  await answering(port, server, dir)
  return {
    url: `postgresql://sluis:${password}@127.0.0.1:${port}/postgres`,
    pause: () => signalAll(data, 'SIGSTOP'),
    resume: () => signalAll(data, 'SIGCONT'),
    wal: place.wal ?? join(data, 'pg_wal'),
    failWrites: () => limitFiles(data, '0', user),
    mendWrites: () => limitFiles(data, 'unlimited', user),
    async stop() {
      signalAll(data, 'SIGCONT')
      server.keepAndStop()
      await server.ended
    },
    async start() {
      if (!server.running()) {
        server.keepAndStop() // whoever watched the one that gave up
        server = run(command, { dir, user })
      }
      await answering(port, server, dir)
    },
    async [Symbol.asyncDispose]() {
      signalAll(data, 'SIGCONT')
      server.stop()
      await server.ended
      removeTree(dir)
    },
  }
}

interface Server {
  readonly ended: Promise<unknown>
  running(): boolean
  /** Its files are removed as well, also when this process dies: its end of the pipe closes. */
  stop(): void
  keepAndStop(): void
}

// The shell outlives us by one word: whoever starts a server leaves none behind, killed or not,
// and not one that is paused either. A server that gives up by itself is only marked: its files stay.
const WATCH = `exec 3<&0 >>"$DIR/log" 2>&1
"$@" & server=$!
(read word <&3
 kill -QUIT $server; kill -CONT $server
 [ "$word" = keep ] || { sleep 1; rm -rf "$DIR"; }) &
wait $server; : >"$DIR/gestopt"; wait`

function run(
  command: readonly string[],
  { dir, user }: { dir: string; user: User | undefined },
): Server {
  const gaveUp = join(dir, 'gestopt')
  rmSync(gaveUp, { force: true })
  const child = spawn('/bin/sh', ['-c', WATCH, 'sh', ...command], {
    ...user,
    cwd: dir,
    env: { PATH: '/usr/bin:/bin', DIR: dir, LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.unref()
  let running = true
  const ended = once(child, 'exit').then(() => {
    running = false
  })
  child.stdin.on('error', () => {})
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return {
    ended,
    running: () => running && !existsSync(gaveUp),
    stop() {
      child.ref()
      child.stdin.end()
    },
    keepAndStop() {
      child.ref()
      child.stdin.end('keep\n')
    },
  }
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

/** The line `ready` is the eighth of postmaster.pid; the port is asked too. */
async function answering(port: number, server: Server, dir: string): Promise<void> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && server.running()) {
    if (postmaster(join(dir, 'data')).ready && (await listens(port))) return
    await wait(20)
  }
  throw new Error(`PostgreSQL did not start: ${textOf(join(dir, 'log')).slice(-2_000)}`)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function postmaster(data: string): { pid: number; ready: boolean } {
  const lines = textOf(join(data, 'postmaster.pid')).split('\n')
  return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' }
}

function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** The postmaster first, so that no child is born between; each child is a session of its own. */
function signalAll(data: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  forAll(data, signal === 'SIGSTOP' ? freeze : one => send(one, signal))
}

function forAll(data: string, act: (pid: number) => void): void {
  const { pid } = postmaster(data)
  if (!pid) return
  act(pid)
  for (const name of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    const parent = /\) \S (\d+)/.exec(textOf(join('/proc', name, 'stat')))?.[1]
    if (Number(parent) === pid) act(Number(name))
  }
}

/** The soft limit only, so that it can be lifted again; set by the server's own user, who always may. */
function limitFiles(data: string, bytes: '0' | 'unlimited', user: User | undefined): void {
  forAll(data, pid => {
    spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { ...user, stdio: 'ignore' })
  })
}

/** SIGSTOP, and back once every thread of it stands still: the signal alone may arrive later. */
export function freeze(pid: number): void {
  send(pid, 'SIGSTOP')
  const tasks = join('/proc', String(pid), 'task')
  const moves = (task: string) => /\) [RSD] /.test(textOf(join(tasks, task, 'stat')))
  const pause = new Int32Array(new SharedArrayBuffer(4))
  while (listOf(tasks).some(moves)) Atomics.wait(pause, 0, 0, 2)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
