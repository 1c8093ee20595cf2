// What may anyone read? The API description, the problem pages, the register and the ordinary log's tree.
import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { newCall } from '../call.ts'
import type { Html } from '../html.ts'
import { limits as agreed, type Limits } from '../message/limits.ts'
import { Problem, problems, type Slug } from '../problem.ts'
import { readSchema } from '../schema.ts'
import { answerBytes, answerProblem, answerText, answerUnreadable, toProblem } from './answer.ts'
import { page } from './page.ts'
import { problemPage } from './problem-page.ts'
import { openRegister, registerPages } from './register-pages.ts'
import type { View } from './registered.ts'
import { endSlowReaders } from './request.ts'

export interface PublicListener {
  readonly clock: () => number
  readonly base: string
  /** Where partners reach /v1, when that is not under `base` (the exchange listener has its own port). */
  readonly api?: () => string
  /** Newest checkpoint (C2SP signed note) and verifier key of the ordinary log. */
  readonly checkpoint: () => string
  readonly vkey: () => string
  /** Hash tile in C2SP path form, or undefined when it does not exist (yet). */
  readonly tile: (level: number, path: string) => Promise<Buffer | undefined>
  /** The law of this moment, and what the register tells besides. */
  readonly register: () => View
  /** The cause of an `intern`, for the operator's log; the caller never sees it. */
  readonly onFailure?: (cause: unknown, transactie: string) => void
}

const folder = join(import.meta.dirname, '..', '..', 'schemas')
const stylesheet = readFileSync(join(import.meta.dirname, 'public.css'), 'utf8')

/** Schemas of a body stand in a file of their own and are put in here. */
const bodies: Readonly<Record<string, string>> = {
  Zoekvraag: 'zoekvraag',
  Zaak: 'zaak',
  Verstrekkingenvraag: 'verstrekkingenvraag',
  Goedkeuring: 'goedkeuring',
  Verwerkingsvraag: 'verwerkingsvraag',
}

/** Whole and on its own. */
export function openapi(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'openapi.json'), 'utf8'), (key, value) => {
    const name = bodies[key]
    if (name === undefined || value?.$ref !== `./${name}.schema.json`) return value
    const { $schema: _dialect, $id: _id, ...schema } = readSchema(name)
    // What it calls its own definitions now stands deeper.
    const here = `"#/components/schemas/${key}/$defs/`
    return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', () => here))
  })
}

const description = JSON.stringify(openapi())

/** Nothing but our own stylesheet: no script, image, form, frame or foreign address. */
const pagePolicy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** C2SP tlog-tiles: hash tiles only. `/tile/entries/…` matches nothing here, so it is never served. */
const tilePath =
  /^\/tile\/([0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/){0,4}[0-9]{3}(?:\.p\/[1-9][0-9]{0,2})?)$/

type Read = (request: Request, response: Response) => void | Promise<void>

/** Read-only, without cookies or identities; entry bundles and the confidential log are never here. */
export function publicApp(listener: PublicListener): Express {
  const { base, checkpoint, vkey, register } = listener
  const turn = turnstile(2, 64)
  const app = express()
  app.disable('x-powered-by').set('query parser', false)
  app.enable('strict routing').enable('case sensitive routing')
  app.use((request: Request, _response: Response, next: NextFunction) => {
    wellFormed(request)
    next()
  })

  read(app, '/v1/openapi.json', ['application/json'], (_request, response) => {
    const api = listener.api?.() ?? base
    const text = description
      .replaceAll('https://sluis.example/v1', () => quoted(`${api}/v1`))
      .replaceAll('https://sluis.example', () => quoted(base))
    answerText(response, 200, 'application/json; charset=utf-8', text, {
      'Access-Control-Allow-Origin': '*',
    })
  })
  read(app, '/problemen/:slug', ['text/html'], (request, response) => {
    const { slug } = request.params
    if (!isSlug(slug)) throw new Problem('niet-gevonden', 'Deze uitleg bestaat niet.')
    answerPage(response, problems[slug].title, problemPage(slug))
  })
  const registered = openRegister(register)
  for (const page of registerPages) {
    read(app, page.path, ['text/html', 'application/json'], (request, response) => {
      const isPage = request.accepts(['text/html', 'application/json']) === 'text/html'
      const name = typeof request.params.naam === 'string' ? request.params.naam : ''
      const bytes = registered(page, name, isPage ? 'text/html' : 'application/json')
      if (!bytes) throw new Problem('niet-gevonden', 'Dit staat niet in het register.')
      const type = isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8'
      answerBytes(response, 200, type, bytes, {
        Vary: 'Accept',
        ...(isPage && { 'Content-Security-Policy': pagePolicy }),
      })
    })
  }
  read(app, '/checkpoint', ['text/plain'], (_request, response) => {
    answerText(response, 200, 'text/plain; charset=utf-8', checkpoint())
  })
  read(app, '/log-sleutel', ['text/plain'], (_request, response) => {
    answerText(response, 200, 'text/plain; charset=utf-8', `${vkey()}\n`)
  })
  read(app, '/stijl.css', ['text/css'], (_request, response) => {
    answerText(response, 200, 'text/css; charset=utf-8', stylesheet)
  })
  read(app, tilePath, ['application/octet-stream'], async (request, response) => {
    const [, level, path] = tilePath.exec(request.path) ?? []
    const tile = path && (await turn(() => listener.tile(Number(level), path)))
    if (!tile) throw new Problem('niet-gevonden', 'Deze tegel bestaat niet.')
    answerBytes(response, 200, 'application/octet-stream', tile)
  })

  app.use(() => {
    throw new Problem('niet-gevonden', 'Dit adres bestaat niet.')
  })
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error)
    const { transactie } = newCall(listener.clock(), request.get('traceparent'))
    const problem = toProblem(error)
    if (problem.slug === 'intern') listener.onFailure?.(problem.cause, transactie)
    // Nobody here reads a body: the rest of it need not arrive.
    if (!request.complete) response.setHeader('Connection', 'close')
    answerProblem(response, problem, base, transactie)
  })
  return app
}

/** GET and HEAD of one address, in these media types and no other. */
function read(app: Express, path: string | RegExp, types: string[], answer: Read): void {
  app
    .route(path)
    .get((request, response) => {
      if (request.accepts(types) === false) {
        throw new Problem('niet-aanvaardbaar', `Vraag ${types.join(' of ')}.`)
      }
      return answer(request, response)
    })
    .all((_request, response) => {
      response.setHeader('Allow', 'GET, HEAD')
      throw new Problem('methode-niet-toegestaan', 'Hier kan alleen GET.')
    })
}

/** Anyone may read tiles, but only so many at a time: partners need the same database and processor. */
function turnstile(slots: number, waiting: number) {
  const queue: (() => void)[] = []
  let busy = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (busy < slots) busy += 1
    else if (queue.length < waiting) await new Promise<void>(resolve => queue.push(resolve))
    else throw new Problem('overbelast', 'Er zijn nu te veel vragen tegelijk.', { retryAfter: 1 })
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next) next()
      else busy -= 1
    }
  }
}

/** A server with the limits of the exchange listener; what is no HTTP is answered as a problem too. */
export function publicServer(
  base: () => string,
  clock: () => number,
  limits: Limits = agreed,
): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: 1_000,
    // Node would answer these two itself, without our headers.
    requireHostHeader: false,
  })
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.maxConnections = limits.connections
  server.maxHeadersCount = limits.headers
  const answers = new Set<ServerResponse>()
  server.on('request', (_request, response) => {
    answers.add(response)
    response.once('close', () => answers.delete(response))
  })
  endSlowReaders(server, () => answers, limits)
  server.on('clientError', (error, socket) =>
    answerUnreadable(error, socket, base(), newCall(clock()).transactie),
  )
  return server
}

/** What a proxy and a server could read differently is refused (RFC 9112 §3.2). */
function wellFormed(request: Request): void {
  const hosts = request.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length !== 1 || !request.url.startsWith('/')) {
    throw new Problem(
      'ongeldig-verzoek',
      'De kopteksten of het adres van het verzoek kloppen niet.',
    )
  }
}

function isSlug(slug: unknown): slug is Slug {
  return typeof slug === 'string' && Object.hasOwn(problems, slug)
}

/** As it may stand inside a JSON string. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function answerPage(response: Response, title: string, body: Html): void {
  answerText(response, 200, 'text/html; charset=utf-8', page(title, body), {
    'Content-Security-Policy': pagePolicy,
  })
}
