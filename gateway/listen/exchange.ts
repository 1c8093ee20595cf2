// What do partners call? The mutual-TLS listener of /v1 (design §3.1, §3.4).
import type { IncomingMessage } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { FoundProofs } from '../audit/prove.ts'
import { recordLook, recordUndelivered } from '../audit/record.ts'
import { newCall } from '../call.ts'
import { exchange, type Rooms, refuse } from '../exchange.ts'
import type { Log } from '../log.ts'
import { limits as agreed, type Limits } from '../message/limits.ts'
import type { Metrics } from '../metrics.ts'
import { ownDisclosures, type SearchOwn } from '../own-disclosures.ts'
import { identify } from '../peer/certificate.ts'
import { admit } from '../peer/party.ts'
import { entitlements } from '../policy/entitlements.ts'
import { placeOf } from '../policy/visible.ts'
import { Problem } from '../problem.ts'
import { registerCase } from '../register-case.ts'
import type { Call, Identity, Party } from '../terms.ts'
import { type ActivitiesDesk, activityRoutes, serveActivities } from './activities.ts'
import { answerJson, answerProblem, answerText, answerUnreadable, toProblem } from './answer.ts'
import { correctionRoutes, serveCorrections } from './corrections.ts'
import { deliveryRoutes, serveDeliveries } from './deliveries.ts'
import { messageRoutes, serveMessages } from './messages.ts'
import {
  endBody,
  endSlowReaders,
  openGate,
  openTally,
  readBytes,
  signedPart,
  wellFormed,
} from './request.ts'
import { requestRoutes, serveRequests } from './requests.ts'
import type { Work } from './work.ts'

export interface ExchangeListener {
  readonly rooms: Rooms
  readonly proofsOf: (transactie: string, party: Party) => Promise<FoundProofs | undefined>
  /** What one provider gave and refused. */
  readonly searchOwn: SearchOwn
  readonly activitiesOf: ActivitiesDesk['activitiesOf']
  readonly log: Log
  readonly metrics: Metrics
  readonly base: string
  /** What must end before the log closes. */
  readonly work: Work
  /** As agreed, unless a test cannot wait for them. */
  readonly limits?: Limits
}

/** What this connection is, read once in `secureConnection` (design §2 step 1). */
interface Connection {
  readonly identity: Identity | Problem
  since: number
  /** Of the requests read from it and not yet answered. */
  readonly underWay: Set<Response>
}

/** What one request is until it is answered. */
interface Exchange {
  readonly call: Call
  readonly identity: Identity | Problem
  uitwisseling?: string
  /** Its path and method are known. */
  routed?: true
  /** A problem of it has been taken up: what fails after that is the same. */
  failed?: true
  /** Its body may be long: when it is answered halfway, the rest is thrown away for a while, so that the answer is read. */
  lingers?: true
}

const connections = new WeakMap<object, Connection>()
/** Per server its open connections; none while it drains. */
const openOf = new WeakMap<Server, Set<Connection>>()
const exchanges = new WeakMap<object, Exchange>()

/** The TLS server; `tls` comes from peer/tls.ts. */
export function exchangeServer(
  tls: ServerOptions,
  app: Express,
  listener: ExchangeListener,
): Server {
  const { rooms, metrics, log, limits = agreed } = listener
  const server = createServer(
    {
      ...tls,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      // Of the whole body the routes keep the time: a file may take longer than a question (readWithin, readFile).
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
      handshakeTimeout: limits.handshakeMs,
      // Node would answer by itself, without problem or record; `wellFormed` looks.
      requireHostHeader: false,
    },
    app,
  )
  server.maxConnections = limits.connections
  // An unknown Expect may be ignored (RFC 9110 §10.1.1); Node would answer it by itself.
  server.on('checkExpectation', app)
  // Node drops what is above this in silence, so one more is let in for us to see.
  server.maxHeadersCount = limits.headers + 1
  const perPeer = openTally()
  const open = new Set<Connection>()
  openOf.set(server, open)
  endSlowReaders(server, () => [...open].flatMap(({ underWay }) => [...underWay]), limits)
  server.on('secureConnection', (socket: TLSSocket) => {
    const identity = identityOf(socket, rooms)
    const since = server.listening ? rooms.clock() : longAgo
    const connection = { identity, since, underWay: new Set<Response>() }
    connections.set(socket, connection)
    if (perPeer.of(identity) >= limits.connectionsPerPeer) {
      socket.destroy()
      return
    }
    const left = perPeer.add(identity)
    open.add(connection)
    const oldest = setTimeout(
      () => socket.destroy(),
      limits.connectionMs + limits.requestMs,
    ).unref()
    socket.once('close', () => {
      clearTimeout(oldest)
      open.delete(connection)
      left()
    })
  })
  server.on('tlsClientError', error => {
    const code = (error as { code?: string }).code ?? 'ANDERS'
    metrics.handshake(code)
    log.debug({ code }, 'TLS-handshake mislukt')
  })
  const unreadable = new WeakSet<Duplex>()
  server.on('clientError', (error, socket) => {
    if (unreadable.has(socket)) return
    unreadable.add(socket)
    void refuseUnreadable(error, socket, listener)
  })
  return server
}

const longAgo = Number.NEGATIVE_INFINITY

/**
 * No new calls; every answer from here on tells that it is the last of its connection (RFC 9112 §9.6), and
 * connections without a call end. After `limitMs` the rest is cut off, and its calls abort.
 */
export async function drain(server: Server, work: Work, limitMs: number): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  for (const connection of openOf.get(server) ?? []) {
    connection.since = longAgo
    for (const response of connection.underWay) {
      if (!response.headersSent) response.setHeader('Connection', 'close')
    }
  }
  const limit = setTimeout(() => server.closeAllConnections(), limitMs)
  await closed
  clearTimeout(limit)
  await work.ended()
}

/** What Node cannot read is a refusal too: recorded, then answered, and the connection ends. */
async function refuseUnreadable(
  error: Error & { readonly code?: string },
  socket: Duplex,
  listener: ExchangeListener,
): Promise<void> {
  const { rooms, base } = listener
  const connection = connections.get(socket)
  if (!connection || error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { identity, underWay } = connection
  const found = new Problem('ongeldig-verzoek', 'Het verzoek is geen leesbare HTTP.')
  const [response, ...others] = underWay
  if (response) {
    // Its own body broke off; else bytes of ours among those of another answer would read as two.
    const own = others.length === 0 && !response.req.complete && !response.headersSent
    if (own) await fail(found, response.req, response, listener)
    else socket.destroy()
    return
  }
  const call = newCall(rooms.clock())
  const problem = await refuse(found, { ...call, identity }, rooms)
  if (problem === found) answerUnreadable(error, socket, base, call.transactie)
  else socket.destroy()
}

function identityOf(socket: TLSSocket, rooms: Rooms): Identity | Problem {
  try {
    return identify(socket, rooms.revocation.rules())
  } catch (error) {
    return toProblem(error)
  }
}

export function exchangeApp(listener: ExchangeListener): Express {
  const { rooms, limits = agreed } = listener
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', false)
  app.enable('strict routing').enable('case sensitive routing')
  const gate = openGate(limits)
  /** An answer that did not leave whole is written down after its caller has gone. */
  const unsent = (recorded: Promise<unknown>, transactie: string): void => {
    listener.work
      .track(recorded)
      .catch(error =>
        listener.log.error({ err: error, transactie }, 'niet-afgeleverd niet vastgelegd'),
      )
  }

  app.use((request: Request, response: Response, next: NextFunction) => {
    const connection = connections.get(request.socket)
    const identity =
      connection?.identity ??
      new Problem('niet-toegelaten', 'Deze verbinding heeft geen certificaat.')
    const call = newCall(rooms.clock(), request.get('traceparent'), request.get('tracestate'))
    exchanges.set(request, { call, identity })
    if (connection) {
      connection.underWay.add(response)
      response.once('close', () => {
        connection.underWay.delete(response)
        // Answered before its body was whole: nobody may go on waiting for the rest.
        if (!request.complete) endBody(request, stateOf(request).lingers ? limits.lingerMs : 0)
      })
      if (call.tijd - connection.since > limits.connectionMs) {
        response.setHeader('Connection', 'close')
      }
    }
    gate.enter(identity, response)
    wellFormed(request, response, limits)
    next()
  })

  // Before the guard of methods, which would match its path a second time (hot path).
  app.post('/v1/uitwisselingen/:uitwisseling/_zoek', (request, response, next) => {
    const state = stateOf(request)
    state.uitwisseling = request.params.uitwisseling
    const gone = new AbortController()
    response.once('close', () => {
      if (!response.writableEnded) gone.abort() // an abort costs an exception with its stack
    })
    const { call, identity, uitwisseling } = state
    const read = () => readBytes(request, limits)
    const doing = exchange(
      {
        ...call,
        ...signedPart(request),
        identity,
        uitwisseling,
        readBytes: read,
        signal: gone.signal,
      },
      rooms,
    )
    listener.work
      .track(doing)
      .then(({ text, permitted }) => {
        const undelivered = () =>
          unsent(
            recordUndelivered(rooms.audit, permitted, 'verbinding-verbroken'),
            state.call.transactie,
          )
        measure(listener, state, 'verstrekt')
        if (response.closed) return undelivered()
        response.once('close', () => {
          if (!response.writableFinished) undelivered()
        })
        answerText(response, 200, 'application/json; charset=utf-8', text)
      })
      .catch(next)
  })

  for (const [path, methods] of [
    ...routes,
    ...requestRoutes,
    ...messageRoutes,
    ...correctionRoutes,
    ...deliveryRoutes,
    ...activityRoutes,
  ]) {
    app.all(path, (request, response, next) => {
      const state = stateOf(request)
      // A search stands where the name of one thing could: the first path that fits counts.
      if (state.routed) return next()
      state.routed = true
      if (methods.some(method => method === request.method)) return next()
      response.setHeader('Allow', methods.join(', '))
      throw new Problem('methode-niet-toegestaan', `Hier kan alleen ${methods.join(' of ')}.`)
    })
  }

  const desk = {
    rooms,
    state: stateOf,
    read: (request: Request) => readBytes(request, limits),
    measure: (request: Request, uitkomst: string) => measure(listener, stateOf(request), uitkomst),
    track: <T>(work: Promise<T>) => listener.work.track(work),
  }
  serveRequests(app, desk)
  serveDeliveries(app, { ...desk, limits })
  serveMessages(app, { ...desk, base: listener.base, limits, unsent })
  serveCorrections(app, desk)

  serveActivities(app, {
    rooms,
    activitiesOf: listener.activitiesOf,
    state: stateOf,
    read: request => readBytes(request, limits),
  })

  app.post('/v1/zaken', async (request, response) => {
    const state = stateOf(request)
    const { call, identity } = state
    const read = () => readBytes(request, limits)
    const registered = await registerCase(
      { ...call, ...signedPart(request), identity, readBytes: read },
      rooms,
    )
    measure(listener, state, 'geregistreerd')
    answerText(response, 201, 'application/json; charset=utf-8', JSON.stringify(registered))
  })

  app.post('/v1/verstrekkingen/_zoek', async (request, response) => {
    const state = stateOf(request)
    const { call, identity } = state
    const read = () => readBytes(request, limits)
    const incoming = { ...call, ...signedPart(request), identity, readBytes: read }
    const found = await listener.work.track(ownDisclosures(incoming, rooms, listener.searchOwn))
    measure(listener, state, 'bekeken')
    answerJson(response, found)
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
    const found = uuid.test(transactie) ? await listener.proofsOf(transactie, party) : undefined
    if (!found) throw new Problem('niet-gevonden', 'Van deze transactie is geen bewijs voor u.')
    const log = party.vertrouwelijk ? 'vertrouwelijk' : found.log
    await recordLook(rooms.audit, { call, log, partij: party.oin, over: transactie })
    answerJson(response, found.proofs)
  })

  app.use(() => {
    throw new Problem('niet-gevonden', 'Dit adres bestaat niet.')
  })
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    void listener.work.track(fail(error, request, response, listener))
  })
  return app
}

const routes = [
  ['/v1/uitwisselingen/:uitwisseling/_zoek', ['POST']],
  ['/v1/zaken', ['POST']],
  ['/v1/verstrekkingen/_zoek', ['POST']],
  ['/v1/bevoegdheden', ['GET']],
  ['/v1/bewijzen/:transactie', ['GET']],
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

/** The one place that answers a problem: recorded first (P4), then logged and answered. */
async function fail(
  error: unknown,
  request: Request,
  response: Response,
  listener: ExchangeListener,
): Promise<void> {
  const { rooms, log, base } = listener
  const state = stateOf(request)
  if (state.failed) return
  state.failed = true
  const named = state.uitwisseling ?? exchangeNamed(request.url)
  if (named !== undefined) state.uitwisseling = named
  const { call } = state
  const found = toProblem(error)
  if (found.slug === 'intern')
    log.error({ err: found.cause, transactie: call.transactie }, 'interne fout')
  const problem = await refuse(found, { ...call, ...state }, rooms)
  measure(listener, state, problem.slug)
  if (response.headersSent || response.destroyed) return
  // A body that nobody read would otherwise be taken for the next request.
  if (!request.complete && !state.lingers) response.setHeader('Connection', 'close')
  answerProblem(response, problem, base, call.transactie)
}

/** What its address names, also when no route took it: a call about it stands where it belongs. */
function exchangeNamed(url: string): string | undefined {
  const [, segment] = /^\/v1\/uitwisselingen\/([^/?#]+)/.exec(url) ?? []
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Counts and logs an answer, unless it is of the confidential log (design §5). */
function measure(listener: ExchangeListener, state: Exchange, uitkomst: string): void {
  const { rooms, metrics, log } = listener
  const { call, identity, uitwisseling } = state
  const oin = identity instanceof Problem ? undefined : identity.oin
  const place = placeOf(rooms.policies.current(), oin, uitwisseling)
  if (place.log === 'vertrouwelijk') return
  const duration = rooms.clock() - call.tijd
  const exchangeId = place.uitwisseling ?? ''
  metrics.answered(exchangeId, uitkomst, duration / 1000)
  log.info(
    { transactie: call.transactie, uitwisseling: exchangeId, uitkomst, duration },
    'antwoord',
  )
}
