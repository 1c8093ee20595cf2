// What does the gateway say to bytes that no HTTP library would send? A bare TLS connection.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'

export interface RawAnswer {
  /** Everything that came back before the connection ended. */
  readonly text: string
  readonly ended: boolean
  /** Milliseconds until the end. */
  readonly took: number
}

/** Opens a connection as the holder of a client certificate. */
export function openRaw(
  pkiDir: string,
  port: number,
  client: string,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const file = join(pkiDir, 'clients', client)
  const socket = connect({
    host: 'localhost',
    port,
    ca: readFileSync(join(pkiDir, 'ca.pem')),
    cert: readFileSync(`${file}.pem`),
    key: readFileSync(`${file}.key`),
    ...options,
  })
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Sends the pieces and takes all that comes until the other side ends it, or nothing more is said. */
export async function sayRaw(
  socket: TLSSocket,
  pieces: Iterable<string | Buffer>,
  silentMs = 3_000,
): Promise<RawAnswer> {
  const begun = performance.now()
  const chunks: Buffer[] = []
  let ended = false
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.setTimeout(silentMs, () => socket.destroy())
  socket.on('data', chunk => chunks.push(chunk))
  socket.on('error', () => {})
  socket.once('end', () => {
    ended = true
  })
  socket.once('close', hadError => {
    ended ||= hadError
    resolve()
  })
  for (const piece of pieces) {
    if (socket.destroyed || !socket.writable) break
    if (!socket.write(piece)) {
      await Promise.race([once(socket, 'drain').catch(() => {}), promise])
    }
  }
  await promise
  return { text: Buffer.concat(chunks).toString('latin1'), ended, took: performance.now() - begun }
}

export interface Parsed {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** The answers in what came back, in order; informational ones are skipped. */
export function parseAnswers(text: string): Parsed[] {
  const answers: Parsed[] = []
  let rest = text
  for (;;) {
    const found = /^HTTP\/1\.1 (\d{3})[^\r]*\r\n([\s\S]*?)\r\n\r\n/.exec(rest)
    if (!found) return answers
    const [whole, status = '', head = ''] = found
    rest = rest.slice(whole.length)
    if (status.startsWith('1')) continue
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? rest.length)
    answers.push({ status: Number(status), head, body: rest.slice(0, length) })
    rest = rest.slice(length)
  }
}
