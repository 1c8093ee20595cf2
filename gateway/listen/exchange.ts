// What do partners call? The mutual-TLS listener of /v1 (design §3.1, §3.4).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { recordLook, recordUndelivered } from '../audit/record.ts'
import { newCall } from '../call.ts'
import { exchange, type Rooms, refuse } from '../exchange.ts'
import type { Log } from '../log.ts'
import { limits } from '../message/limits.ts'
import type { Metrics } from '../metrics.ts'
import { identify } from '../peer/certificate.ts'
import { admit } from '../peer/party.ts'
import { entitlements } from '../policy/entitlements.ts'
import { Problem, problems } from '../problem.ts'
import type { Call, Identity, Party } from '../terms.ts'
import { answerJson, answerProblem, answerText, toProblem } from './answer.ts'

export interface ExchangeListener {
  readonly rooms: Rooms
  readonly proofsOf: (transactie: string, party: Party) => Promise<unknown>
  readonly log: Log
  readonly metrics: Metrics
  readonly base: string
}

/** What this connection is, read once in `secureConnection` (design §2 step 1). */
interface Connection {
  readonly identity: Identity | Problem
  readonly since: number
}

/** What one request is until it is answered. */
interface Exchange {
  readonly call: Call
  readonly identity: Identity | Problem
  uitwisseling?: string
}

const connections = new WeakMap<object, Connection>()
const exchanges = new WeakMap<object, Exchange>()

const rawBody = express.raw({ type: () => true, limit: limits.bodyBytes, inflate: false })

/** The TLS server; `tls` comes from peer/tls.ts. */
export function exchangeServer(
  tls: ServerOptions,
  app: Express,
  listener: ExchangeListener,
): Server {
  const { rooms, metrics, log } = listener
  const server = createServer(
    {
      ...tls,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 1_000,
      handshakeTimeout: limits.handshakeMs,
    },
    app,
  )
  server.maxConnections = limits.connections
  server.maxHeadersCount = limits.headers
  const perPeer = new Map<string, number>()
  server.on('secureConnection', (socket: TLSSocket) => {
    const identity = identityOf(socket, rooms)
    connections.set(socket, { identity, since: rooms.clock() })
    const key = identity instanceof Problem ? '' : identity.oin
    const open = (perPeer.get(key) ?? 0) + 1
    if (open > limits.connectionsPerPeer) {
      socket.destroy()
      return
    }
    perPeer.set(key, open)
    const oldest = setTimeout(
      () => socket.destroy(),
      limits.connectionMs + limits.requestMs,
    ).unref()
    socket.once('close', () => {
      clearTimeout(oldest)
      const left = (perPeer.get(key) ?? 1) - 1
      if (left > 0) perPeer.set(key, left)
      else perPeer.delete(key)
    })
  })
  server.on('tlsClientError', error => {
    const code = (error as { code?: string }).code ?? 'ANDERS'
    metrics.handshake(code)
    log.debug({ code }, 'TLS-handshake mislukt')
  })
  server.on('clientError', (error, socket) => {
    const status = (error as { code?: string }).code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
    if (!socket.writable) {
      socket.destroy()
      return
    }
    const title = problems[status === 431 ? 'koptekst-te-groot' : 'ongeldig-verzoek'].title
    socket.end(
      `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n\r\n${JSON.stringify({ title, status, detail: title })}`,
    )
  })
  return server
}

function identityOf(socket: TLSSocket, rooms: Rooms): Identity | Problem {
  try {
    return identify(socket, rooms.revocation.rules())
  } catch (error) {
    return toProblem(error)
  }
}

export function exchangeApp(listener: ExchangeListener): Express {
  const { rooms } = listener
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', false)
  app.enable('strict routing').enable('case sensitive routing')
  const gate = openGate()

  app.use((request: Request, response: Response, next: NextFunction) => {
    const connection = connections.get(request.socket)
    const identity =
      connection?.identity ??
      new Problem('niet-toegelaten', 'Deze verbinding heeft geen certificaat.')
    const call = newCall(rooms.clock(), request.get('traceparent'))
    exchanges.set(request, { call, identity })
    if (connection && call.tijd - connection.since > limits.connectionMs) {
      response.setHeader('Connection', 'close')
    }
    gate.enter(identity, response)
    wellFormed(request)
    next()
  })

  app.post('/v1/uitwisselingen/:uitwisseling/_zoek', (request, response, next) => {
    const state = stateOf(request)
    state.uitwisseling = request.params.uitwisseling
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const { uitwisseling } = state
    const readBytes = () => readBytesOf(request, response)
    exchange(
      { ...state.call, identity: state.identity, uitwisseling, readBytes, signal: gone.signal },
      rooms,
    )
      .then(({ text, permitted }) => {
        response.once('close', () => {
          if (response.writableFinished) return
          recordUndelivered(rooms.audit, permitted, 'verbinding-verbroken').catch(error =>
            listener.log.error(
              { err: error, transactie: state.call.transactie },
              'niet-afgeleverd niet vastgelegd',
            ),
          )
        })
        answerText(response, 200, 'application/json; charset=utf-8', text)
        measure(listener, state, 'verstrekt')
      })
      .catch(next)
  })

  app.get('/v1/bevoegdheden', (request, response) => {
    const { call } = stateOf(request)
    const law = rooms.policies.current()
    const { party } = admitted(request, rooms)
    answerJson(response, entitlements(party, law, call.tijd))
  })

  app.get('/v1/bewijzen/:transactie', async (request, response) => {
    const { call } = stateOf(request)
    const { party } = admitted(request, rooms)
    const { transactie } = request.params
    const proofs = uuid.test(transactie) ? await listener.proofsOf(transactie, party) : undefined
    if (!proofs) throw new Problem('niet-gevonden', 'Van deze transactie is geen bewijs voor u.')
    const log = party.vertrouwelijk ? 'vertrouwelijk' : 'gewoon'
    await recordLook(rooms.audit, { call, log, partij: party.oin, over: transactie })
    answerJson(response, proofs)
  })

  for (const [path, allow] of routes) {
    app.all(path, (_request, response) => {
      response.setHeader('Allow', allow)
      throw new Problem('methode-niet-toegestaan', `Hier kan alleen ${allow}.`)
    })
  }
  app.use(() => {
    throw new Problem('niet-gevonden', 'Dit adres bestaat niet.')
  })
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    void fail(error, request, response, listener)
  })
  return app
}

const routes = [
  ['/v1/uitwisselingen/:uitwisseling/_zoek', 'POST'],
  ['/v1/bevoegdheden', 'GET'],
  ['/v1/bewijzen/:transactie', 'GET'],
] as const

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function admitted(request: Request, rooms: Rooms) {
  const { call, identity } = stateOf(request)
  if (identity instanceof Problem) throw identity
  return admit(identity, rooms.policies.current().partijen, rooms.revocation, call.tijd)
}

function stateOf(request: IncomingMessage): Exchange {
  const state = exchanges.get(request)
  if (!state) throw new Error('request without a call')
  return state
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
  if (request.method === 'HEAD') {
    throw new Problem('methode-niet-toegestaan', 'De methode HEAD kan hier niet.')
  }
  const accept = request.headers.accept
  if (accept && !/[*]\/[*]|application\/([*]|json)/.test(accept)) {
    throw new Problem('niet-aanvaardbaar', 'Vraag application/json.')
  }
}

/** The body as bytes, within its limit, as JSON in UTF-8 and nothing else. */
async function readBytesOf(request: Request, response: Response): Promise<Buffer> {
  if (
    !/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(request.get('content-type') ?? '')
  ) {
    throw new Problem('verkeerd-formaat', 'Stuur het bericht als application/json in UTF-8.')
  }
  await new Promise<void>((resolve, reject) => {
    rawBody(request, response, error => (error ? reject(toProblem(error)) : resolve()))
  })
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/** How many requests are under way, in all and per peer; more than that waits outside. */
function openGate() {
  let total = 0
  const perPeer = new Map<string, number>()
  return {
    enter(identity: Identity | Problem, response: ServerResponse): void {
      const key = identity instanceof Problem ? '' : identity.oin
      const mine = perPeer.get(key) ?? 0
      if (total >= limits.inFlight || mine >= limits.inFlightPerPeer) {
        throw new Problem('overbelast', 'Er zijn nu te veel verzoeken tegelijk.', { retryAfter: 1 })
      }
      total += 1
      perPeer.set(key, mine + 1)
      response.once('close', () => {
        total -= 1
        const left = (perPeer.get(key) ?? 1) - 1
        if (left > 0) perPeer.set(key, left)
        else perPeer.delete(key)
      })
    },
  }
}

/** The one place that answers a problem: recorded first (P4), then logged and answered. */
async function fail(
  error: unknown,
  request: Request,
  response: Response,
  listener: ExchangeListener,
): Promise<void> {
  const { rooms, log, base } = listener
  const state = stateOf(request)
  const { call } = state
  const found = toProblem(error)
  if (found.slug === 'intern')
    log.error({ err: found.cause, transactie: call.transactie }, 'interne fout')
  const problem = await refuse(found, { ...call, ...state }, rooms)
  measure(listener, state, problem.slug)
  if (response.headersSent || response.destroyed) return
  // A body that nobody read would otherwise be taken for the next request.
  if (!request.complete) response.setHeader('Connection', 'close')
  answerProblem(response, problem, base, call.transactie)
}

/** Counts and logs an answer, unless it is of the confidential log (design §5). */
function measure(listener: ExchangeListener, state: Exchange, uitkomst: string): void {
  const { rooms, metrics, log } = listener
  const { call, identity, uitwisseling } = state
  const law = rooms.policies.current()
  if (!(identity instanceof Problem) && law.partijen.get(identity.oin)?.vertrouwelijk) return
  const known = uitwisseling !== undefined && law.uitwisselingen.has(uitwisseling)
  const duration = rooms.clock() - call.tijd
  const exchangeId = known ? uitwisseling : ''
  metrics.answered(exchangeId, uitkomst, duration / 1000)
  log.info(
    { transactie: call.transactie, uitwisseling: exchangeId, uitkomst, duration },
    'antwoord',
  )
}
