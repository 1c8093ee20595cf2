// How do several connections share the one session of PGlite? The worker behind embedded.ts.
import { createServer, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

export interface WorkerData {
  readonly dataDir: string
  readonly socketPath: string
  /** A connection that sits still inside a transaction is cut: everybody else waits for it. */
  readonly idleInTransactionMs: number
}

interface Session {
  readonly socket: Socket
  started: boolean
  received: Buffer
  /** Messages since the last complete unit. */
  unit: Buffer[]
}

interface Unit {
  readonly session: Session
  readonly bytes: Buffer
}

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102

const { dataDir, socketPath, idleInTransactionMs }: WorkerData = workerData
const db = await PGlite.create(dataDir)
// One session for everybody, and only the queue writes names without a schema.
await db.exec('SET search_path TO public, bullmq')
const queue: Unit[] = []
/** Whose transaction is open: nobody else runs until it ends. */
let owner: Session | undefined
let ownerTimer: NodeJS.Timeout | undefined
let running = false

/** Frontend startup packet: length, protocol 3.0, user and database. Settings of a client are left
 * out, because they would hold for every other connection too. */
const startup = (() => {
  const body = Buffer.from('user\0postgres\0database\0postgres\0\0')
  const head = Buffer.alloc(8)
  head.writeInt32BE(head.length + body.length, 0)
  head.writeInt32BE(196608, 4)
  return Buffer.concat([head, body])
})()

const simpleQuery = (text: string): Buffer => {
  const body = Buffer.from(`${text}\0`)
  const head = Buffer.from('Q\0\0\0\0')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

async function execute(bytes: Uint8Array, onData: (data: Uint8Array) => void): Promise<void> {
  await db.runExclusive(() => db.execProtocolRawStream(bytes, { onRawData: onData }))
}

/**
 * Runs whole units only: a simple query, or everything up to Sync. Forwarding message by message,
 * one connection's Bind meets another's unnamed Parse.
 */
async function run(): Promise<void> {
  if (running) return
  running = true
  clearTimeout(ownerTimer)
  for (;;) {
    if (owner?.socket.destroyed) await rollback()
    const at = owner ? queue.findIndex(unit => unit.session === owner) : 0
    const next = at < 0 ? undefined : queue.splice(at, 1)[0]
    if (!next) break
    const { session, bytes } = next
    await execute(bytes, data => {
      if (session.socket.writable) session.socket.write(Buffer.from(data))
    })
    owner = db.isInTransaction() ? session : undefined
  }
  running = false
  if (owner) {
    const { socket } = owner
    ownerTimer = setTimeout(() => socket.destroy(), idleInTransactionMs)
  }
}

async function rollback(): Promise<void> {
  owner = undefined
  await execute(simpleQuery('ROLLBACK'), () => {})
}

function forget(session: Session): void {
  for (let at = queue.length - 1; at >= 0; at--) {
    if (queue[at]?.session === session) queue.splice(at, 1)
  }
  void run()
}

function cut(session: Session): false {
  session.received = Buffer.alloc(0)
  session.socket.destroy()
  return false
}

/** True when a whole startup packet was taken from the front. */
function takeStartup(session: Session): boolean {
  const { received, socket } = session
  if (received.length < 8) return false
  const length = received.readInt32BE(0)
  if (length < 8) return cut(session)
  if (received.length < length) return false
  const code = received.readInt32BE(4)
  session.received = received.subarray(length)
  if (code === SSL_REQUEST || code === GSS_REQUEST) socket.write('N')
  else if (code === CANCEL_REQUEST) socket.end()
  else {
    session.started = true
    queue.push({ session, bytes: startup })
  }
  return true
}

/** True when a whole message was taken from the front: a type byte, then a length without it. */
function takeMessage(session: Session): boolean {
  const { received, socket } = session
  if (received.length < 5) return false
  const length = received.readInt32BE(1)
  if (length < 4) return cut(session)
  if (received.length < 1 + length) return false
  const message = received.subarray(0, 1 + length)
  session.received = received.subarray(message.length)
  const type = String.fromCharCode(message[0] ?? 0)
  if (type === 'X') {
    socket.end()
    return true
  }
  session.unit.push(message)
  if (type === 'S' || type === 'Q') {
    queue.push({ session, bytes: Buffer.concat(session.unit) })
    session.unit = []
  }
  return true
}

const server = createServer(socket => {
  const session: Session = { socket, started: false, received: Buffer.alloc(0), unit: [] }
  socket.on('data', data => {
    session.received = session.received.length ? Buffer.concat([session.received, data]) : data
    while (session.started ? takeMessage(session) : takeStartup(session));
    void run()
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => forget(session))
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
})
const sockets = new Set<Socket>()

parentPort?.on('message', async () => {
  server.close()
  for (const socket of sockets) socket.destroy()
  await db.close()
  process.exit(0)
})
server.listen(socketPath, () => parentPort?.postMessage('listening'))
