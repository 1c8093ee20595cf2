// Is anything ever released without its record? Kills the gateway at random moments and counts.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { logNames, readSigner } from '../gateway/audit/keys.ts'
import { verifyLog } from '../gateway/audit/verify.ts'
import { clock } from '../gateway/open.ts'
import { openStore } from '../gateway/store.ts'
import { clientAgent, goodBody } from '../test/support/gateway.ts'
import { roomyPolicies } from '../test/support/policies.ts'
import { dice } from './random.ts'
import type { Report } from './report.ts'

export interface CrashPlace {
  /** Data directory: keys, PKI and, without `url`, the embedded database. */
  readonly dir: string
  readonly url?: string
}

export interface CrashResult {
  readonly seeds: number
  /** Answers of which at least one byte of the body arrived. */
  readonly received: number
  /** Traces of such answers without a committed record of exactly what was released. */
  readonly unrecorded: readonly string[]
  /** What `log verify` says afterwards, with the newest checkpoint a caller holds; empty when all is well. */
  readonly faults: readonly string[]
}

const callers = 8
/** The kill falls somewhere in this window after the first call or answer. */
const windowMs = 600

/** Runs `seeds` lives of one gateway on one place, each ended by SIGKILL, then checks every answer. */
export async function crash(
  place: CrashPlace,
  firstSeed: number,
  seeds: number,
  report: Report = () => {},
): Promise<CrashResult> {
  let received = 0
  let held: string | undefined
  const unrecorded: string[] = []
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const since = clock()
    const answers = await oneLife(place, dice(seed))
    received += answers.length
    held = newestCheckpoint(answers) ?? held
    const missing = await withoutRecord(place, answers, since)
    unrecorded.push(...missing)
    report.at?.(seed - firstSeed + 1, seeds)
    report(`zaad ${seed}: ${answers.length} antwoorden, ${missing.length} zonder logregel`)
  }
  return { seeds, received, unrecorded, faults: await verify(place, held) }
}

/** The signed note at the end of an answer's proof: what a partner holds against us. */
function newestCheckpoint(answers: readonly Received[]): string | undefined {
  const whole = answers.filter(({ text }) => text.endsWith('}')).at(-1)
  const proof: unknown = whole && JSON.parse(whole.text).bewijs?.tlogProof
  return typeof proof === 'string' ? proof.slice(proof.indexOf('\n\n') + 2) : undefined
}

async function verify(place: CrashPlace, held: string | undefined): Promise<string[]> {
  await using store = await openStore(place)
  const faults: string[] = []
  for (const log of logNames) {
    const known = readSigner(join(place.dir, 'keys'), log)
    const notes = log === 'gewoon' && held ? [held] : []
    const verdict = await verifyLog(store.query, { log, known, held: notes })
    if (!verdict.geldig) faults.push(JSON.stringify(verdict))
  }
  return faults
}

/** What arrived of an answer, and the trace its call was part of. */
interface Received {
  readonly text: string
  readonly traceId: string
}

/** Letters only, so that it can be no one's number and the gateway continues it. */
function traceIdOf(caller: number, n: number): string {
  const letters = ((caller + 1) * 1_000_000 + n)
    .toString(6)
    .replace(/\d/g, d => 'abcdef'[Number(d)]!)
  return letters.padStart(32, 'f')
}

/** Bodies (also half ones) that arrived before the kill. */
async function oneLife(place: CrashPlace, next: () => number): Promise<Received[]> {
  // What a killed process leaves behind goes with the place.
  const temporary = join(place.dir, 't')
  await mkdir(temporary, { recursive: true })
  const gateway = spawn(execPath, [join(import.meta.dirname, '..', 'demo', 'start.ts')], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: temporary,
      SLUIS_DATA_DIR: place.dir,
      ...(place.url && { DATABASE_URL: place.url }),
      SLUIS_EXCHANGE_PORT: '0',
      SLUIS_PUBLIC_PORT: '0',
      SLUIS_CONSOLE_PORT: '0',
      SLUIS_OPS_PORT: '0',
      SLUIS_LOG_LEVEL: 'silent',
      SLUIS_POLICY_DIR: roomyPolicies(join(place.dir, 'beleid')),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await exchangePort(gateway)
  const agent = clientAgent(join(place.dir, 'pki'), 'gemeente-waterstad')
  const bodies: Received[] = []
  const answered = Promise.withResolvers<void>()
  let alive = true
  const calling = Array.from({ length: callers }, async (_, caller) => {
    for (let n = 0; alive; n++) {
      const refused = next() < 0.2
      const body = {
        ...goodBody(),
        zaak: `z-${caller}-${n}`,
        ...(refused && { velden: ['nationaliteit'] }),
      }
      const traceId = traceIdOf(caller, n)
      const call = { body: JSON.stringify(body), traceId }
      await ask(agent, port, call, text => {
        bodies.push({ text, traceId })
        answered.resolve()
      })
    }
  })
  // One in four falls among the very first calls.
  if (next() > 0.25) await Promise.race([answered.promise, once(gateway, 'exit')])
  await wait(next() * windowMs)
  const ended = gateway.exitCode === null ? once(gateway, 'exit') : undefined
  gateway.kill('SIGKILL')
  alive = false
  await Promise.all([...calling, ended])
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
  { body, traceId }: { readonly body: string; readonly traceId: string },
  got: (text: string) => void,
): Promise<void> {
  await new Promise<void>(resolve => {
    const headers = {
      'Content-Type': 'application/json',
      traceparent: `00-${traceId}-${'ab'.repeat(8)}-01`,
    }
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

/** Of each answer: does its leaf stand in the log, to the letter? Of half an answer: does any leaf? */
async function withoutRecord(
  place: CrashPlace,
  answers: readonly Received[],
  since: number,
): Promise<string[]> {
  await using store = await openStore(place)
  const rows = await store.query<{ tekst: string }>(
    'SELECT tekst FROM audit.leaf WHERE tijd >= $1',
    [since],
  )
  const released = rows
    .map(({ tekst }) => ({ tekst, ...JSON.parse(tekst) }))
    .filter(({ uitkomst }) => uitkomst === 'verstrekt' || uitkomst === 'geweigerd')
  const leaves = new Set(released.map(({ tekst }) => tekst))
  const traces = new Set(released.map(({ traceId }) => traceId))
  return answers
    .filter(({ text, traceId }) =>
      text.endsWith('}') ? !leaves.has(JSON.parse(text).bewijs?.logregel) : !traces.has(traceId),
    )
    .map(({ traceId }) => traceId)
}
