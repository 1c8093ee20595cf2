// How does a partner hand in a file of lines so that each arrives once, whatever breaks? The client of POST …/leveringen.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
} from 'node:http'
import { type Agent, request } from 'node:https'
import { Transform } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** What the gateway tells of a file, as far as it is used here. */
export interface SentFile {
  readonly levering: string
  readonly staat: string
  readonly regels: Readonly<
    Record<'gelezen' | 'aanvaard' | 'geweigerd' | 'onleesbaar' | 'gemarkeerd', number>
  >
  readonly vervolg: { readonly byte: number; readonly regel: number }
}

/** A file as it was when it was measured. */
export interface Measured {
  readonly path: string
  readonly bytes: number
  readonly regels: number
  /** Of its content: the same file is the same delivery, also for who begins again. */
  readonly sha256: string
}

/** Reads it once, with one chunk in memory. */
export async function measureFile(path: string): Promise<Measured> {
  const hash = createHash('sha256')
  let bytes = 0
  let regels = 0
  let last = newline
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
    regels += newlines(chunk)
    last = chunk.at(-1) ?? last
  }
  if (last !== newline) regels += 1
  return { path, bytes, regels, sha256: hash.digest('hex') }
}

const newline = 0x0a

function newlines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) count += 1
  return count
}

export interface Target {
  readonly base: URL
  /** With the partner's certificate and the authorities it trusts. */
  readonly agent: Agent
}

export interface Sending extends Target {
  readonly uitwisseling: string
  readonly file: Measured
  readonly idempotencyKey: string
  /** Without any progress for so long it gives up. */
  readonly patienceMs: number
  readonly clock: () => number
  readonly onProgress: (line: number) => void
  /** It broke, and goes on after a while. */
  readonly onBreak: (why: string) => void
}

/** The gateway said no: its problem document. */
export class Refused extends Error {
  override name = 'Refused'
  readonly problem: Readonly<Record<string, unknown>>
  constructor(problem: Readonly<Record<string, unknown>>) {
    super(String(problem.title ?? 'geweigerd'))
    this.problem = problem
  }
}

/** It did not end in time; the same command goes on where it stopped. */
export class GaveUp extends Error {
  override name = 'GaveUp'
}

/**
 * Asks where to go on, sends the rest, and again after a break, until every line has its outcome.
 * @throws Refused, GaveUp, and what another try does not mend
 */
export async function sendFile(sending: Sending): Promise<SentFile> {
  const { patienceMs, clock, onBreak } = sending
  let since = clock()
  let furthest = -1
  let disputed = -1
  for (let tries = 0; ; tries += 1) {
    const { done, byte, broke, conflict } = await attempt(sending)
    if (done) return done
    // An earlier reader may have come further after we asked; at the same place again it is a no.
    if (conflict && byte === disputed) throw conflict
    disputed = conflict && byte !== undefined ? byte : -1
    if (byte !== undefined && byte > furthest) {
      furthest = byte
      since = clock()
      tries = 0
    }
    if (clock() - since > patienceMs) throw new GaveUp(broke.message)
    onBreak(broke.message)
    await wait(broke.afterMs ?? Math.min(500 * 2 ** tries, 15_000))
  }
}

type Attempt =
  | {
      readonly done: SentFile
      readonly byte?: never
      readonly broke?: never
      readonly conflict?: never
    }
  | {
      readonly done?: never
      /** How far the gateway was when it began. */
      readonly byte: number | undefined
      readonly broke: Broke
      readonly conflict?: Refused
    }

async function attempt(sending: Sending): Promise<Attempt> {
  const { bytes } = sending.file
  let byte: number | undefined
  try {
    const begun = await post(sending, { range: `bytes */${bytes}` })
    if (begun.staat === 'afgerond') return { done: begun }
    byte = begun.vervolg.byte
    const range = `bytes ${byte}-${bytes - 1}/${bytes}`
    const ended = await post(sending, { range, from: begun.vervolg })
    if (ended.staat === 'afgerond') return { done: ended }
    return { byte, broke: new Broke(`de levering is ${ended.staat}`) }
  } catch (error) {
    if (byte !== undefined && error instanceof Refused && error.problem.status === 409) {
      return { byte, broke: new Broke(error.message), conflict: error }
    }
    return { byte, broke: brokeBy(error) }
  }
}

/** Another try may mend it. */
class Broke extends Error {
  override name = 'Broke'
  readonly afterMs: number | undefined
  constructor(why: string, afterMs?: number) {
    super(why)
    this.afterMs = afterMs
  }
}

const passing =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE)/

/** @throws what is no break: a certificate that is not trusted, a file that cannot be read, a no */
function brokeBy(error: unknown): Broke {
  if (error instanceof Broke) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== undefined && passing.test(code)) return new Broke(`de verbinding brak (${message})`)
  throw error
}

interface Part {
  readonly range: string
  /** Absent: it only asks. */
  readonly from?: SentFile['vervolg']
}

async function post(sending: Sending, { range, from }: Part): Promise<SentFile> {
  const { uitwisseling, idempotencyKey, file } = sending
  const response = await exchange(
    sending,
    {
      method: 'POST',
      path: `/v1/uitwisselingen/${encodeURIComponent(uitwisseling)}/leveringen`,
      headers: {
        'Content-Type': 'application/x-ndjson',
        'Content-Length': from ? file.bytes - from.byte : 0,
        'Content-Range': range,
        'Idempotency-Key': idempotencyKey,
      },
    },
    from && lines(sending, from),
  )
  const state: SentFile = JSON.parse(await text(response))
  return state
}

/** The rest of the file, no faster than the gateway reads. */
function lines({ file, onProgress }: Sending, { byte, regel }: SentFile['vervolg']): Body {
  let line = regel - 1
  const counted = new Transform({
    transform(chunk: Buffer, _, next) {
      line += newlines(chunk)
      onProgress(line)
      next(null, chunk)
    },
  })
  return out => pipeline(createReadStream(file.path, { start: byte }), counted, out)
}

type Body = (out: ClientRequest) => Promise<void>

interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
}

/** A silent connection is a broken one. */
const silentMs = 120_000

/** @returns the response of a yes @throws Refused, Broke */
export async function exchange(
  { base, agent }: Target,
  { method, path, headers }: Call,
  body: Body = async out => void out.end(),
): Promise<IncomingMessage> {
  const out = request(new URL(path, base), { method, agent, ...(headers && { headers }) })
  out.setTimeout(silentMs, () => out.destroy(new Broke('de andere kant zwijgt')))
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    out.once('response', resolve)
    out.on('error', reject)
  })
  // An answer may come before the last byte went out: then that counts, and not the pipe it broke.
  const sent = body(out).then(
    () => answer,
    error => Promise.race([answer, wait(1_000).then(() => Promise.reject(error))]),
  )
  const response = await Promise.race([answer, sent])
  const { statusCode: status = 0 } = response
  if (status < 300) return response
  const problem = problemIn(await text(response), status)
  out.destroy()
  if (status === 429 || status === 503) {
    throw new Broke(String(problem.title), retryAfter(response.headers))
  }
  throw new Refused(problem)
}

/** What stands between us and the gateway may answer in words of its own. */
function problemIn(body: string, status: number): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body)
  } catch {
    return { title: `HTTP ${status}`, status }
  }
}

function retryAfter({ 'retry-after': seconds }: IncomingHttpHeaders): number | undefined {
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined
}
