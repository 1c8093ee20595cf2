// Is anything ever released without its record? Kills the gateway at random moments and counts.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:https'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { openStore } from '../gateway/store.ts'
import { clientAgent, goodBody } from '../test/support/gateway.ts'

export interface CrashPlace {
  /** Data directory: keys, PKI and, without `url`, the embedded database. */
  readonly dir: string
  readonly url?: string
}

export interface CrashResult {
  readonly seeds: number
  /** Answers of which at least one byte of the body arrived. */
  readonly received: number
  /** Transactions of such answers without a committed record of exactly what was released. */
  readonly unrecorded: readonly string[]
}

const callers = 8
/** The kill falls somewhere in this window after the first call. */
const windowMs = 600

/** xorshift32: the same seed kills at the same moments. */
export function random(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Runs `seeds` lives of one gateway on one place, each ended by SIGKILL, then checks every answer. */
export async function crash(
  place: CrashPlace,
  firstSeed: number,
  seeds: number,
  report: (line: string) => void = () => {},
): Promise<CrashResult> {
  let received = 0
  const unrecorded: string[] = []
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const answers = await oneLife(place, random(seed))
    received += answers.length
    const missing = await withoutRecord(place, answers)
    unrecorded.push(...missing)
    report(`zaad ${seed}: ${answers.length} antwoorden, ${missing.length} zonder logregel`)
  }
  return { seeds, received, unrecorded }
}

/** Bodies (also half ones) that arrived before the kill. */
async function oneLife(place: CrashPlace, next: () => number): Promise<string[]> {
  const gateway = spawn(execPath, [join(import.meta.dirname, '..', 'demo', 'start.ts')], {
    env: {
      PATH: process.env.PATH,
      SLUIS_DATA_DIR: place.dir,
      ...(place.url && { DATABASE_URL: place.url }),
      SLUIS_EXCHANGE_PORT: '0',
      SLUIS_PUBLIC_PORT: '0',
      SLUIS_OPS_PORT: '0',
      SLUIS_LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await exchangePort(gateway)
  const agent = clientAgent(join(place.dir, 'pki'), 'gemeente-waterstad')
  const bodies: string[] = []
  let alive = true
  const calling = Array.from({ length: callers }, async (_, caller) => {
    for (let n = 0; alive; n++) {
      const refused = next() < 0.2
      const body = {
        ...goodBody(),
        zaak: `z-${caller}-${n}`,
        ...(refused && { velden: ['nationaliteit'] }),
      }
      await ask(agent, port, JSON.stringify(body), text => bodies.push(text))
    }
  })
  await wait(next() * windowMs)
  gateway.kill('SIGKILL')
  alive = false
  await Promise.all([...calling, once(gateway, 'exit')])
  agent.destroy()
  return bodies
}

async function exchangePort(gateway: ChildProcess): Promise<number> {
  if (!gateway.stdout) throw new Error('no output')
  for await (const line of createInterface({ input: gateway.stdout })) {
    const found = /https:\/\/localhost:(\d+)/.exec(line)
    if (found) {
      gateway.stdout.resume()
      return Number(found[1])
    }
  }
  throw new Error('the gateway stopped before it listened')
}

/** Hands over whatever bytes of the body came, whole or not. */
async function ask(
  agent: ReturnType<typeof clientAgent>,
  port: number,
  body: string,
  got: (text: string) => void,
): Promise<void> {
  await new Promise<void>(resolve => {
    const headers = { 'Content-Type': 'application/json' }
    const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
    const call = request(
      { agent, host: 'localhost', port, path, method: 'POST', headers },
      answer => {
        let text = ''
        answer.on('data', chunk => {
          text += chunk
        })
        const done = () => {
          if (text) got(text)
          resolve()
        }
        answer.on('end', done).on('error', done)
      },
    )
    call.on('error', () => resolve())
    call.end(body)
  })
}

/** Of each answer: does its leaf stand in the log, to the letter? */
async function withoutRecord(place: CrashPlace, answers: readonly string[]): Promise<string[]> {
  await using store = await openStore(place)
  const missing: string[] = []
  for (const text of answers) {
    const transactie = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{22}/.exec(text)?.[0]
    if (!transactie) {
      missing.push('answer without a transaction')
      continue
    }
    const rows = await store.query<{ tekst: string }>(
      'SELECT tekst FROM audit.leaf WHERE transactie = $1',
      [transactie],
    )
    const leaf = text.endsWith('}') ? JSON.parse(text).bewijs?.logregel : undefined
    const found = leaf === undefined ? rows.length > 0 : rows.some(row => row.tekst === leaf)
    if (!found) missing.push(transactie)
  }
  return missing
}
