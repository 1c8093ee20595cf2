// What do the rows of the benchmark share? One PKI, one request, one way to say "ready", the same figures.
import type { readFileSync } from 'node:fs'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { env, stdout } from 'node:process'
import { serverTls } from '../gateway/peer/tls.ts'

/** The TLS settings of the gateway itself, so that every row pays for the same handshake and ciphers. */
export function benchTls(read: typeof readFileSync) {
  const pki = env.BENCH_PKI ?? ''
  return {
    ...serverTls,
    cert: read(join(pki, 'servers', 'gateway.pem')),
    key: read(join(pki, 'servers', 'gateway.key')),
    ca: read(join(pki, 'ca.pem')),
    requestCert: true,
    rejectUnauthorized: true,
  }
}

/** A body of as many bytes as the gateway's own answer. */
export function fixedAnswer(): string {
  const filler = 'x'.repeat(Number(env.BENCH_ANSWER_BYTES ?? 3000) - '{"antwoord":""}'.length)
  return JSON.stringify({ antwoord: filler })
}

/** Listens on any port and says which, as the one line the runner reads. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
  })
}

/** What every row tells; times in milliseconds. */
export interface Figures {
  readonly rps: number
  readonly p50: number
  readonly p99: number
}

/** Of times of single runs; `rps` as one after the other would make. */
export function figures(milliseconds: readonly number[]): Figures {
  const sorted = [...milliseconds].sort((one, other) => one - other)
  const at = (share: number) => round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN)
  return { rps: Math.round(1000 / at(0.5)), p50: at(0.5), p99: at(0.99) }
}

function round(milliseconds: number): number {
  return Number(milliseconds.toPrecision(3))
}
