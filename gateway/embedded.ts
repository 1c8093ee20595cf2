// Where does the embedded database live, and who of several processes holds it?
import { randomUUID } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { WorkerData } from './embedded-worker.ts'

/** `host` is the directory of the socket, as the pg driver names it. */
export interface Embedded extends AsyncDisposable {
  readonly host: string
  /** False once the database behind it is known to be gone. */
  running(): boolean
}

const SOCKET = '.s.PGSQL.5432'
/** sun_path holds 104 bytes on macOS, 108 on Linux. */
const LONGEST_SOCKET_PATH = 100
const IDLE_IN_TRANSACTION_MS = 5_000

/**
 * The database of this directory: the one that runs already, in this process or another, or else a
 * new one here. PGlite corrupts a directory that two processes open, so the lock comes first.
 */
export async function reachEmbedded(dir: string, deadlineMs: number): Promise<Embedded> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const pointer = join(dir, 'db.socket')
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const lock = takeLock(join(dir, 'db.lock'))
    if (lock) return await start(dir, pointer, lock)
    const host = readPointer(pointer)
    if (host && (await answers(join(host, SOCKET)))) {
      return { host, running: () => true, [Symbol.asyncDispose]: async () => {} }
    }
    if (performance.now() > deadline) {
      throw Object.assign(new Error('the embedded database is held but does not answer'), {
        code: 'ETIMEDOUT',
      })
    }
    await wait(50)
  }
}

/** A kernel lock (fcntl, through SQLite): it ends with its process, so none is ever stale. */
function takeLock(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && /database is locked/.test(error.message)) return undefined
    throw error
  }
}

async function start(dir: string, pointer: string, lock: DatabaseSync): Promise<Embedded> {
  removeLeft(readPointer(pointer))
  // The data directory may have too long a name for a socket: it stands in a private one.
  const host = mkdtempSync(join(tmpdir(), 'sluis-'))
  const data: WorkerData = {
    dataDir: join(dir, 'db'),
    socketPath: join(host, SOCKET),
    idleInTransactionMs: IDLE_IN_TRANSACTION_MS,
  }
  if (Buffer.byteLength(data.socketPath) > LONGEST_SOCKET_PATH) {
    lock.close()
    throw new Error('the temporary directory (TMPDIR) has too long a name for a socket')
  }
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData: data })
  let running = true
  const ended = new Promise<void>(resolve => {
    worker.once('exit', () => {
      running = false
      rmSync(host, { recursive: true, force: true })
      lock.close()
      resolve()
    })
  })
  const failure = await new Promise<Error | undefined>(resolve => {
    worker.once('message', () => resolve(undefined))
    worker.on('error', resolve)
    worker.once('exit', () => resolve(new Error('the embedded database did not start')))
  })
  if (failure) {
    await ended
    throw failure
  }
  writePointer(pointer, host)
  return {
    host,
    running: () => running,
    async [Symbol.asyncDispose]() {
      worker.postMessage('stop')
      await ended
    },
  }
}

function writePointer(pointer: string, host: string): void {
  const fresh = `${pointer}.${randomUUID()}`
  writeFileSync(fresh, host, { mode: 0o600 })
  renameSync(fresh, pointer)
}

/** The directory may have been cleaned away and made anew by someone else: only ours counts. */
function readPointer(pointer: string): string | undefined {
  try {
    const host = readFileSync(pointer, 'utf8')
    const { uid, mode } = lstatSync(host)
    return uid === process.getuid?.() && (mode & 0o077) === 0 ? host : undefined
  } catch {
    return undefined
  }
}

/** What a killed process left; never more than a socket and its then empty directory. */
function removeLeft(host: string | undefined): void {
  if (!host) return
  rmSync(join(host, SOCKET), { force: true })
  if (readdirSync(host).length === 0) rmdirSync(host)
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
