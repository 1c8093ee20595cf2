// Is this request fit to be read? What every HTTP request must be, its body as bytes, and how many at once.
import type { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Request, Response } from 'express'
import type { Limits } from '../message/limits.ts'
import { signatureHeader } from '../message/signature.ts'
import { Problem, problems } from '../problem.ts'
import type { Identity } from '../terms.ts'

/** What a proxy and a server could read differently is refused (RFC 9112 §3.2), and what we do not read. */
export function wellFormed(request: Request, response: Response, limits: Limits): void {
  const names = request.rawHeaders.filter((_, i) => i % 2 === 0)
  if (names.length > limits.headers) {
    throw new Problem('koptekst-te-groot', 'Het verzoek heeft te veel kopteksten.')
  }
  const hosts = names.filter(name => name.toLowerCase() === 'host')
  const coding = request.headers['transfer-encoding'] ?? 'chunked'
  if (hosts.length !== 1 || !request.url.startsWith('/') || coding.toLowerCase() !== 'chunked') {
    // What comes next on this connection could be part of this.
    response.setHeader('Connection', 'close')
    throw new Problem(
      'ongeldig-verzoek',
      'De kopteksten of het adres van het verzoek kloppen niet.',
    )
  }
  // Proxies write addresses down: nothing personal may get there (design §3.4).
  if (/[?#]/.test(request.url)) {
    throw new Problem('ongeldig-verzoek', 'Een adres heeft hier geen deel na ? of #.')
  }
  const { accept } = request.headers
  const [, type] = answerTypes.find(([end]) => request.url.endsWith(end)) ?? otherwise
  if (
    accept &&
    !/[*]\/[*]|application\/[*]/.test(accept) &&
    !accept.includes(`application/${type}`)
  ) {
    throw new Problem('niet-aanvaardbaar', `Vraag application/${type}.`)
  }
}

/** What the answers at an address are, by how it ends. */
const answerTypes = [
  ['/antwoord', 'jose'],
  ['/berichten/_ophalen', 'x-ndjson'],
  ['/verslag', 'x-ndjson'],
] as const
const otherwise = ['', 'json'] as const

/** The body as bytes, within its limit, as JSON in UTF-8 and nothing else. */
export async function readBytes(request: Request, limits: Limits): Promise<Buffer> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (
    !/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type) ||
    encoding.toLowerCase() !== 'identity'
  ) {
    throw new Problem('verkeerd-formaat', problems['verkeerd-formaat'].page)
  }
  return await readWithin(request, limits)
}

/** Not by express: that reads all of a body that is too large before it says so. The clock of Node knows no routes. */
export async function readWithin(
  request: Request,
  { bodyBytes, requestMs }: Pick<Limits, 'bodyBytes' | 'requestMs'>,
): Promise<Buffer> {
  const tooLarge = () => new Problem('te-groot', problems['te-groot'].page)
  if (Number(request.headers['content-length']) > bodyBytes) throw tooLarge()
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (problem?: Problem) => {
      clearTimeout(late)
      request.off('data', take).off('end', whole).off('error', broken).off('close', broken)
      if (!problem) return resolve(Buffer.concat(chunks, size))
      request.pause()
      reject(problem)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > bodyBytes) return end(tooLarge())
      chunks.push(chunk)
    }
    const whole = () => end()
    const late = setTimeout(() => end(tooSlow()), requestMs)
    const broken = (cause?: unknown) =>
      end(new Problem('ongeldig-verzoek', 'Het bericht kwam niet heel over.', { cause }))
    request.on('data', take).on('end', whole).on('error', broken).on('close', broken)
  })
}

function tooSlow(): Problem {
  return new Problem('ongeldig-verzoek', 'Het bericht kwam te langzaam binnen.', {
    reden: 'te-langzaam',
  })
}

/**
 * What still comes of a body whose answer is out is thrown away by Node; after `lingerMs` the connection ends. Who is
 * cut off while it sends never reads why (RFC 9112 §9.6).
 */
export function endBody(request: Request, lingerMs: number): void {
  if (lingerMs === 0) {
    request.destroy()
    return
  }
  const late = setTimeout(() => request.destroy(), lingerMs)
  request.once('close', () => clearTimeout(late))
}

const fileTypes = /^application\/(x-ndjson|ndjson|jsonl)\s*(;\s*charset="?utf-8"?\s*)?$/i

/**
 * A file of lines, as its bytes come in; nothing more is taken from the socket than is asked for here. A sender may
 * be slow but not silent, and not so slow that it only keeps us busy.
 * @throws Problem at once when it is no file of lines; from the iterator when it breaks off
 */
export function readFile(
  request: Request,
  limits: Pick<Limits, 'fileIdleMs' | 'fileBytesPerSecond'>,
  stop: AbortSignal,
): AsyncGenerator<Buffer> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (!fileTypes.test(type) || encoding.toLowerCase() !== 'identity') {
    throw new Problem(
      'verkeerd-formaat',
      'Stuur het bestand als application/x-ndjson: een JSON-object per regel, in UTF-8 en zonder compressie.',
    )
  }
  return fileChunks(request, limits, stop)
}

async function* fileChunks(
  request: Request,
  { fileIdleMs, fileBytesPerSecond }: Pick<Limits, 'fileIdleMs' | 'fileBytesPerSecond'>,
  stop: AbortSignal,
): AsyncGenerator<Buffer> {
  let waited = 0
  let bytes = 0
  for (;;) {
    const chunk: unknown = request.read()
    if (Buffer.isBuffer(chunk)) {
      bytes += chunk.length
      yield chunk
      continue
    }
    if (request.readableEnded) return
    const since = performance.now()
    const happened = await somethingOf(request, stop, fileIdleMs)
    waited += performance.now() - since
    if (stop.aborted) return
    if (happened === 'broken') {
      throw new Problem('ongeldig-verzoek', 'Het bestand kwam niet heel over.', {
        reden: 'verbinding-verbroken',
      })
    }
    const tooFew = waited > fileIdleMs && bytes < (waited / 1_000) * fileBytesPerSecond
    if (happened === 'silence' || tooFew) throw tooSlow()
  }
}

/** The next thing that happens to a body that has nothing to read. */
async function somethingOf(
  request: Request,
  stop: AbortSignal,
  idleMs: number,
): Promise<'more' | 'broken' | 'silence'> {
  if (request.destroyed || stop.aborted) return 'broken'
  return await new Promise(resolve => {
    const tell = (what: 'more' | 'broken' | 'silence') => {
      clearTimeout(timer)
      request.off('readable', more).off('end', more).off('error', broken).off('close', broken)
      stop.removeEventListener('abort', broken)
      resolve(what)
    }
    const more = () => tell('more')
    const broken = () => tell('broken')
    const timer = setTimeout(() => tell('silence'), idleMs)
    request.on('readable', more).on('end', more).on('error', broken).on('close', broken)
    stop.addEventListener('abort', broken, { once: true })
  })
}

export function idempotencyKey(request: Request): string | undefined {
  return onlyHeader(request, 'Idempotency-Key')
}

/** Which part of a file this is. */
export function contentRange(request: Request): string | undefined {
  return onlyHeader(request, 'Content-Range')
}

/** Twice is none: which of them would count? */
function onlyHeader({ rawHeaders }: Request, name: string): string | undefined {
  const values = rawHeaders.filter(
    (_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name.toLowerCase(),
  )
  if (values.length < 2) return values[0]
  throw new Problem('ongeldig-verzoek', `De ${name} staat er meer dan eens. Stuur er één.`)
}

/** What a signature of this request covers besides its body; nothing when it brings none. */
export function signedPart({ headers, rawHeaders, method, url }: Request) {
  if (headers[signatureHeader] === undefined) return {}
  return { signed: { method, target: url, headers: rawHeaders } }
}

/**
 * Ends the connection of whoever does not take an answer in time: the clocks of Node stop at the
 * last byte of the request. Looks now and then, so that an answer taken at once costs nothing.
 */
export function endSlowReaders(
  server: EventEmitter,
  answers: () => Iterable<ServerResponse>,
  { answerMs }: Pick<Limits, 'answerMs'>,
): void {
  const everyMs = Math.min(1_000, answerMs / 4)
  const waited = new WeakMap<ServerResponse, number>()
  const look = setInterval(() => {
    for (const answer of answers()) {
      // It is still being made, or waits for the answer before it.
      if (!answer.writableEnded || !answer.socket) continue
      const ms = (waited.get(answer) ?? 0) + everyMs
      waited.set(answer, ms)
      if (ms > answerMs) answer.socket.destroy()
    }
  }, everyMs).unref()
  server.once('close', () => clearInterval(look))
}

/** How many of something each peer has now; strangers, who have no OIN yet, count as one. */
export function openTally() {
  const counts = new Map<string, number>()
  const keyOf = (identity: Identity | Problem) => (identity instanceof Problem ? '' : identity.oin)
  return {
    of: (identity: Identity | Problem): number => counts.get(keyOf(identity)) ?? 0,
    /** Counts one more; what it returns counts that one off again. */
    add(identity: Identity | Problem): () => void {
      const key = keyOf(identity)
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return () => {
        const left = (counts.get(key) ?? 1) - 1
        if (left > 0) counts.set(key, left)
        else counts.delete(key)
      }
    },
  }
}

/** How many requests are under way, in all and per peer; more than that waits outside. */
export function openGate(limits: Limits) {
  let total = 0
  const perPeer = openTally()
  return {
    enter(identity: Identity | Problem, response: ServerResponse): void {
      if (total >= limits.inFlight || perPeer.of(identity) >= limits.inFlightPerPeer) {
        throw new Problem('overbelast', 'Er zijn nu te veel verzoeken tegelijk.', { retryAfter: 1 })
      }
      total += 1
      const left = perPeer.add(identity)
      response.once('close', () => {
        total -= 1
        left()
      })
    },
  }
}
