// Do two hundred slow connections of one party delay another? Both are timed, in turns.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { limits as agreed, type Limits } from '../gateway/message/limits.ts'
import { clientAgent, goodBody, send } from '../test/support/gateway.ts'
import { openRaw } from '../test/support/raw.ts'
import type { Report } from './report.ts'

export interface SlowPlace {
  readonly pkiDir: string
  readonly exchangePort: number
  readonly limits?: Limits
}

const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`

/** What it says, what it drips after that, and the limit that ends it. */
interface Kind {
  readonly says: string
  readonly drips?: string
  readonly endsBy: keyof Limits
  /** Before any TLS. */
  readonly bare?: true
  /** Takes nothing of what comes back. */
  readonly deaf?: true
}

export const kinds: Readonly<Record<string, Kind>> = {
  'halve ClientHello': { says: '\x16\x03\x01\x00', endsBy: 'handshakeMs', bare: true },
  'stille TLS': { says: '', endsBy: 'headersMs' },
  'trage koppen': { says: `${head}X-A: `, drips: 'a', endsBy: 'headersMs' },
  'trage inhoud': {
    says: `${head}Content-Length: 60000\r\n\r\n{`,
    drips: ' ',
    endsBy: 'requestMs',
  },
  'trage lezer': {
    says: 'GET /v1/bevoegdheden HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2),
    endsBy: 'keepAliveMs',
    deaf: true,
  },
}

/** Opens one slow connection and resolves, when it was ended, to the milliseconds it lived. */
export async function dawdle(
  place: SlowPlace,
  client: string,
  { says, drips, endsBy, bare, deaf }: Kind,
  signal: AbortSignal,
  stands: () => void = () => {},
): Promise<number> {
  const socket: Socket = bare
    ? connect(place.exchangePort, 'localhost')
    : await openRaw(place.pkiDir, place.exchangePort, client)
  const begun = performance.now()
  const end = () => socket.destroy()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  socket.on('error', () => {})
  // Who does not read does not see the end either: it looks once its time must be over.
  const { [endsBy]: limit } = place.limits ?? agreed
  const look = deaf ? setTimeout(() => socket.resume(), limit + 1_000) : undefined
  if (!deaf) socket.resume()
  socket.write(says, 'latin1')
  stands()
  const drip = drips ? setInterval(() => socket.write(drips), 500) : undefined
  await once(socket, 'close')
  clearInterval(drip)
  clearTimeout(look)
  signal.removeEventListener('abort', end)
  return performance.now() - begun
}

export interface SlowResult {
  readonly without: number
  readonly beside: number
  /** How many times the p99 without is the p99 beside them. */
  readonly ratio: number
  readonly asked: number
  readonly failed: number
  /** Slow connections the gateway ended, by kind, with the longest life of each, ms. */
  readonly ended: ReadonlyMap<string, { readonly count: number; readonly longest: number }>
  readonly late: readonly string[]
}

const rounds = 4
const dawdler = 'gemeente-waterstad'
const asker = 'gemeente-dijkdorp'
/** An end may come this much after its limit: Node looks once in a second, and this process is busy too. */
export const graceMs = 3_000

/** In each round `questions` without and as many beside `connections` slow ones, which come back when ended. */
export async function slow(
  place: SlowPlace,
  connections: number,
  questions: number,
  report: Report = () => {},
): Promise<SlowResult> {
  const { limits = agreed } = place
  const times: Record<'without' | 'beside', number[]> = { without: [], beside: [] }
  const ended = new Map<string, { count: number; longest: number }>()
  let failed = 0
  await ask(place, 200) // warmed up
  for (let round = 0; round < rounds; round += 1) {
    failed += await timed(times.without, place, questions / rounds)
    const stop = new AbortController()
    const names = Object.keys(kinds)
    const all = Promise.withResolvers<void>()
    let standing = 0
    const slowOnes = Array.from({ length: connections }, async (_, n) => {
      const name = names[n % names.length] ?? ''
      const kind = kinds[name]
      while (kind && !stop.signal.aborted) {
        const stands = () => {
          standing += 1
          if (standing === connections) all.resolve()
        }
        const lived = await dawdle(place, dawdler, kind, stop.signal, stands).catch(() => 0)
        const { count = 0, longest = 0 } = ended.get(name) ?? {}
        if (stop.signal.aborted) return
        ended.set(name, { count: count + 1, longest: Math.max(longest, lived) })
      }
    })
    await all.promise // their handshakes are an opening, not a delay that stays
    failed += await timed(times.beside, place, questions / rounds)
    stop.abort()
    await Promise.all(slowOnes)
    report.at?.(round + 1, rounds)
    report(
      `ronde ${round + 1}: p99 ${ms(p99(times.without))} zonder, ${ms(p99(times.beside))} naast`,
    )
  }
  const [without, beside] = [p99(times.without), p99(times.beside)]
  const late = [...ended].flatMap(([name, { longest }]) => {
    const limit = limits[kinds[name]?.endsBy ?? 'requestMs']
    return longest > limit + graceMs ? [`${name}: ${ms(longest)}, afgesproken ${limit} ms`] : []
  })
  const asked = times.without.length + times.beside.length
  return { without, beside, ratio: beside / without, asked, failed, ended, late }
}

/** Four at a time, each on its own connection; resolves to how many were not answered 200. */
async function timed(into: number[], place: SlowPlace, questions: number): Promise<number> {
  const { took, failed } = await ask(place, questions)
  into.push(...took)
  return failed
}

async function ask(
  place: SlowPlace,
  questions: number,
): Promise<{ took: number[]; failed: number }> {
  const agent = clientAgent(place.pkiDir, asker)
  const took: number[] = []
  let failed = 0
  let left = questions
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (left-- > 0) {
        const begun = performance.now()
        const { status } = await send(agent, place.exchangePort, { path, body: goodBody() })
        took.push(performance.now() - begun)
        if (status !== 200) failed += 1
      }
    }),
  )
  agent.destroy()
  return { took, failed }
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN
}

const ms = (time: number) => `${time.toFixed(1)} ms`
