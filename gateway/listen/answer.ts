// How is every call answered? The headers of each response and the one place that answers problems.
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, problems, type Slug } from '../problem.ts'
import { isUnavailable } from '../store.ts'

/** info.version of openapi.json, on every response (API Design Rules /core/version-header). */
export const apiVersion = '1.0.0'

/** /core/transport/security-headers; nothing here is ever cached or framed. */
export const securityHeaders = {
  'API-Version': apiVersion,
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
} as const

const problemType = 'application/problem+json; charset=utf-8'

export function answerText(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...securityHeaders,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}

export function answerBytes(
  response: ServerResponse,
  status: number,
  type: string,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...securityHeaders,
    'Content-Type': type,
    'Content-Length': bytes.length,
    ...headers,
  })
  response.end(bytes)
}

export function answerJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  answerText(response, status, 'application/json; charset=utf-8', JSON.stringify(value), headers)
}

/** Anything thrown that is no Problem becomes `intern`: its detail could quote data, so it is dropped. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof URIError) {
    return new Problem('ongeldig-verzoek', 'Het adres van het verzoek klopt niet.', {
      cause: error,
    })
  }
  if (isUnavailable(error)) {
    return new Problem('log-onbereikbaar', 'De opslag is nu niet beschikbaar.', { cause: error })
  }
  const slug = bodyProblems.get(error instanceof Error && 'type' in error ? error.type : undefined)
  if (slug) return new Problem(slug, problems[slug].page, { cause: error })
  return new Problem('intern', 'De gateway kon dit verzoek niet afmaken.', { cause: error })
}

/** What express's body reader says → our slug. */
const bodyProblems = new Map<unknown, Slug>([
  ['entity.too.large', 'te-groot'],
  ['encoding.unsupported', 'verkeerd-formaat'],
  ['request.aborted', 'ongeldig-verzoek'],
  ['request.size.invalid', 'ongeldig-verzoek'],
])

/** RFC 9457. `instance` is the transaction, so that a question about it can be answered. */
export function problemDocument(problem: Problem, base: string, transactie: string) {
  const { title, status } = problems[problem.slug]
  return {
    type: `${base}/problemen/${problem.slug}`,
    title,
    status,
    detail: problem.detail,
    instance: `urn:uuid:${transactie}`,
    ...problem.members,
  }
}

/** Seconds, for a status that says "later" without saying when (design §3.5). */
const laterDefault: Readonly<Record<number, number>> = { 429: 60, 503: 5 }

export function answerProblem(
  response: ServerResponse,
  problem: Problem,
  base: string,
  transactie: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const later = problem.retryAfter ?? laterDefault[problem.status]
  answerText(
    response,
    problem.status,
    problemType,
    JSON.stringify(problemDocument(problem, base, transactie)),
    { ...headers, ...(later === undefined ? {} : { 'Retry-After': String(Math.ceil(later)) }) },
  )
}

/** Node's parser or its clock gave up on what arrived: there is no request to answer, only a socket. */
export function answerUnreadable(
  error: Error & { readonly code?: string },
  socket: Duplex,
  base: string,
  transactie: string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { slug, phrase } = unreadable.get(error.code) ?? unreadableOtherwise
  const { status, page } = problems[slug]
  const text = JSON.stringify(problemDocument(new Problem(slug, page), base, transactie))
  const headers = {
    ...securityHeaders,
    'Content-Type': problemType,
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n${text}`)
}

interface Unreadable {
  readonly slug: Slug
  readonly phrase: string
}

const unreadableOtherwise: Unreadable = { slug: 'ongeldig-verzoek', phrase: 'Bad Request' }

/** What Node's parser says → our slug and the phrase of the status line. */
const unreadable = new Map<string | undefined, Unreadable>([
  ['HPE_HEADER_OVERFLOW', { slug: 'koptekst-te-groot', phrase: 'Request Header Fields Too Large' }],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', { slug: 'te-groot', phrase: 'Content Too Large' }],
])
