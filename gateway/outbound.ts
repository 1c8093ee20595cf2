// Is it really them we call, and what is the most they can do to us? The only outgoing HTTP client.
import { lookup as resolveName } from 'node:dns'
import { readdirSync, readFileSync } from 'node:fs'
import { BlockList, isIP, isIPv6, type LookupFunction, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { Agent, type Dispatcher } from 'undici'
import {
  type OutboundCall,
  type OutboundFile,
  type OutboundLine,
  type OutboundLines,
  type OutboundReply,
  type OutboundRequest,
  SourceError,
} from './adapter.ts'
import { fileStart, splitLines } from './outbound-lines.ts'
import type { Oin, Profile } from './terms.ts'

export interface OutboundOptions {
  /** Our own certificate: leaf and intermediates, PEM. */
  readonly certFile: string
  readonly keyFile: string
  /** Directory of `*.pem` anchors and `*.crl` lists; nothing else is trusted. */
  readonly trustDir: string
  readonly profile: Profile
  /** Name to addresses; the system's resolver unless a test stands in. */
  readonly resolve?: typeof resolveName
}

export interface Outbound extends AsyncDisposable {
  readonly request: OutboundRequest
  readonly lines: OutboundLines
}

const connectTimeoutMs = 10_000
const connectionsPerOrigin = 32
const keepAliveMs = 30_000
const connectionLifeMs = 3_600_000
const userAgent = 'Sluis'

/** NCSC 2025-05: "goed" and "voldoende" only; level 3 refuses keys under 128 bits (RSA under 3072). */
const tlsRules = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    '@SECLEVEL=3',
  ].join(':'),
  ecdhCurve: 'X25519:P-256:P-384',
  sigalgs: [
    'ed25519:ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512',
    'RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512',
  ].join(':'),
} as const

/** One pool per expected OIN and origin, so that a connection checked for one party serves no other. */
export function openOutbound(options: OutboundOptions): Outbound {
  // Unreadable files must stop the start, not the first question.
  let context = readSecureContext(options)
  const renewedContext = () => {
    try {
      context = readSecureContext(options)
    } catch {
      // A file half renewed: the last good one stays, and the reload of the listener raises the alarm.
    }
    return context
  }
  const lookup = options.profile === 'productie' ? publicOnly(options.resolve) : options.resolve
  const sockets = new Set<Socket>()
  const agents = new Map<Oin, Agent>()

  function agentFor(oin: Oin): Agent {
    const known = agents.get(oin)
    if (known) return known
    const agent = new Agent({
      connect: (target, callback) => {
        const port = Number(target.port || 443)
        const host = target.hostname
        const socket = openSocket(
          { host, port, oin, lookup, secureContext: renewedContext() },
          callback,
        )
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      },
      connections: connectionsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      clientTtl: connectionLifeMs,
      // The caller's signal bounds the whole call; a second clock would only blur the reason.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    agents.set(oin, agent)
    return agent
  }

  return {
    async request(call) {
      const url = readTarget(call.url, options.profile)
      try {
        call.signal.throwIfAborted()
        return await orAborted(exchange(agentFor(call.oin), url, call), call.signal)
      } catch (error) {
        throw asSourceError(error, call.signal)
      }
    },
    async *lines(call) {
      const url = readTarget(call.url, options.profile)
      try {
        call.signal.throwIfAborted()
        yield* stream(agentFor(call.oin), url, call)
      } catch (error) {
        throw asSourceError(error, call.signal)
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = [...sockets].map(
        socket =>
          new Promise<void>(resolve => {
            socket.once('close', () => resolve())
            socket.destroy()
          }),
      )
      await Promise.all([...closed, ...[...agents.values()].map(agent => agent.destroy())])
    },
  }
}

/** Read for each new connection, so that renewed anchors and CRLs count without a restart. */
function readSecureContext(options: OutboundOptions): SecureContext {
  const names = readdirSync(options.trustDir).sort()
  const read = (extension: string) =>
    names
      .filter(name => name.endsWith(extension))
      .map(name => readFileSync(join(options.trustDir, name)))
  const ca = read('.pem')
  const crl = read('.crl').map(asPem)
  // An empty list of anchors would silently mean the store of the machine.
  if (ca.length === 0) throw new Error('the trust directory holds no anchors (*.pem)')
  if (crl.length === 0 && options.profile === 'productie') {
    throw new Error('the trust directory holds no CRLs (*.crl)')
  }
  return createSecureContext({
    ...tlsRules,
    cert: readFileSync(options.certFile),
    key: readFileSync(options.keyFile),
    ca,
    ...(crl.length > 0 ? { crl } : {}),
  })
}

function asPem(crl: Buffer): Buffer {
  if (crl.subarray(0, 5).toString('latin1') === '-----') return crl
  const lines = crl.toString('base64').match(/.{1,64}/g) ?? []
  return Buffer.from(`-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`)
}

interface SocketPlan {
  readonly host: string
  readonly port: number
  readonly oin: Oin
  readonly secureContext: SecureContext
  readonly lookup: LookupFunction | undefined
}

type Connected = (...result: [null, Socket] | [Error, null]) => void

/** Calls back with a connection only when chain, name and OIN are right: before any byte is written. */
function openSocket(plan: SocketPlan, callback: Connected): TLSSocket {
  const socket = connect({
    host: plan.host,
    port: plan.port,
    servername: isIP(plan.host) ? '' : plan.host,
    secureContext: plan.secureContext,
    minVersion: tlsRules.minVersion,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    ...(plan.lookup ? { lookup: plan.lookup } : {}),
  })
  const finish = (error: Error | null) => {
    clearTimeout(timer)
    socket.off('error', finish).off('secureConnect', verify).off('close', closed)
    if (error === null) return callback(null, socket)
    socket.on('error', () => {}).destroy()
    callback(error, null)
  }
  const verify = () => finish(serverOin(socket) === plan.oin ? null : wrongServer())
  const closed = () => finish(new Error('closed before it was open'))
  const timer = setTimeout(() => finish(silent()), connectTimeoutMs)
  socket.setNoDelay(true).once('error', finish).once('secureConnect', verify).once('close', closed)
  return socket
}

/** The OIN is the one serialNumber attribute of the subject, 20 positions (OIN-stelsel 2.2.2). */
function serverOin(socket: TLSSocket): Oin | undefined {
  const attributes = socket.getPeerX509Certificate()?.subject?.split('\n') ?? []
  const values = attributes.filter(line => line.startsWith('serialNumber='))
  const value = values.length === 1 ? values[0]?.slice('serialNumber='.length) : undefined
  return value !== undefined && /^[0-9A-Z]{20}$/.test(value) ? value : undefined
}

function readTarget(text: string, profile: Profile): URL {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || url.username || url.password) {
    throw new SourceError('source-unavailable', 'het adres van de bron is geen https-adres')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (profile === 'productie' && isIP(host) && !isPublicAddress(host)) throw forbiddenAddress()
  return url
}

/** Special-purpose ranges of RFC 6890, and the forms that hide an IPv4 address in an IPv6 one. */
const internal = { ipv4: new BlockList(), ipv6: new BlockList() }
for (const [prefix, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  internal.ipv4.addSubnet(prefix, bits, 'ipv4')
}
for (const [prefix, bits] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  internal.ipv6.addSubnet(prefix, bits, 'ipv6')
}

export function isPublicAddress(address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  return !internal[family].check(address, family)
}

/** Checks the very addresses that are connected to, so a second DNS answer changes nothing. */
function publicOnly(resolve: typeof resolveName = resolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const [first] = addresses
      if (!first || addresses.some(each => !isPublicAddress(each.address))) {
        return callback(forbiddenAddress(), [])
      }
      if (options.all) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

/** undici notices an abort only once a connection is up; a caller does not wait for that. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop))
}

async function exchange(agent: Agent, url: URL, call: OutboundCall): Promise<OutboundReply> {
  const reply = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: call.method,
    headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...call.headers },
    body: call.body ?? null,
    signal: call.signal,
  })
  reply.body.on('error', () => {})
  const fault = refuseHead(reply, call.maxBytes)
  if (fault) {
    reply.body.destroy()
    throw fault
  }
  return {
    status: reply.statusCode,
    headers: headersOf(reply),
    body: await readBody(reply.body, call.maxBytes),
  }
}

/** Leaving it early destroys the stream and its connection. */
async function* stream(agent: Agent, url: URL, call: OutboundFile): AsyncIterable<OutboundLine> {
  const { vanaf, etag, idleMs, signal } = call
  const asked = agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: {
      'user-agent': userAgent,
      'accept-encoding': 'identity',
      accept: 'application/x-ndjson',
      ...(vanaf > 0 && { range: `bytes=${vanaf}-` }),
      ...(etag !== undefined && { 'if-match': etag }),
      ...call.headers,
    },
    signal,
    headersTimeout: idleMs,
    bodyTimeout: idleMs,
  })
  const reply = await orAborted(asked, signal)
  reply.body.on('error', () => {})
  try {
    const fault = refuseHead(reply, Number.POSITIVE_INFINITY)
    if (fault) throw fault
    const start = fileStart({ status: reply.statusCode, headers: headersOf(reply) }, call)
    if (start === 'over') return
    yield* splitLines(reply.body, { ...call, skip: vanaf - start })
  } finally {
    reply.body.destroy()
  }
}

function headersOf(reply: Dispatcher.ResponseData): Readonly<Record<string, string>> {
  const headers = Object.entries(reply.headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return Object.fromEntries(headers)
}

function refuseHead(reply: Dispatcher.ResponseData, maxBytes: number): SourceError | undefined {
  if (reply.statusCode >= 300 && reply.statusCode < 400) {
    return new SourceError('source-malformed', 'de bron verwijst door; dat volgen we niet')
  }
  const encoding = reply.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    return new SourceError(
      'source-malformed',
      'de bron antwoordt gecomprimeerd; dat is niet gevraagd',
    )
  }
  return Number(reply.headers['content-length']) > maxBytes ? tooLarge() : undefined
}

/** Holds at most maxBytes and one chunk: leaving the loop destroys the stream and its connection. */
async function readBody(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

const wrongServer = () =>
  new SourceError(
    'source-malformed',
    'het certificaat van de bron hoort niet bij de verwachte partij',
  )
const forbiddenAddress = () =>
  new SourceError('source-unavailable', 'het adres van de bron is een intern adres')
const tooLarge = () => new SourceError('source-malformed', 'het antwoord van de bron is te groot')
const silent = () => new SourceError('source-unavailable', 'de bron antwoordde niet op tijd')

/** What went wrong by the code of the cause; the first row that fits. Everything else: unavailable. */
const causes: readonly (readonly [RegExp, SourceError['code'], string])[] = [
  [/_ALERT_/, 'source-refused', 'de bron weigert de TLS-verbinding of ons certificaat'],
  [
    /^(CERT_|CRL_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_SSL_|INVALID_PURPOSE|INVALID_CA|UNSPECIFIED$)/,
    'source-malformed',
    'het certificaat of de TLS van de bron klopt niet',
  ],
  [
    /^(HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW)/,
    'source-malformed',
    'de bron antwoordt geen geldig HTTP',
  ],
]

/** The cause is not passed on: an HTTP parser error carries bytes of the answer. */
function asSourceError(error: unknown, signal: AbortSignal): SourceError {
  if (signal.aborted) return silent()
  if (error instanceof SourceError) return error
  const code = errorCode(error)
  const row = causes.find(([pattern]) => pattern.test(code))
  if (row) return new SourceError(row[1], `${row[2]} (${code})`)
  return new SourceError('source-unavailable', `de bron is niet bereikbaar (${code})`)
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'onbekend'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause instanceof Error ? errorCode(error.cause) : error.name
}
