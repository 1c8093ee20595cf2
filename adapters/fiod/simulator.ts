// What does the receiver do with a dossier, and how does it go wrong? A mutual-TLS server; for development only.
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import {
  CompactSign,
  compactDecrypt,
  compactVerify,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'
import { digestOf } from './mapping.ts'

export interface SimulatorOptions {
  readonly port: number
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  readonly clock: () => number
  /** Its own private JWKs, and the public one of the gateway, each with `alg` and `kid`. */
  readonly sleutels: { readonly ondertekenen: JWK; readonly versleutelen: JWK }
  readonly afzender: JWK
}

/** Every way to go wrong, with what the adapter must make of it. */
export const behaviours = {
  normaal: {},
  stil: { fails: 'source-unavailable', cutOff: true },
  onzin: { fails: 'source-malformed' },
  'ander-formaat': { fails: 'source-malformed' },
  'andere-aflevering': { fails: 'source-malformed' },
  'andere-inhoud': { fails: 'source-malformed' },
  'andere-sleutel': { fails: 'source-malformed' },
  'onbekende-sleutel': { fails: 'source-malformed' },
  'ander-soort': { fails: 'source-malformed' },
  weigert: { fails: 'source-refused' },
  storing: { fails: 'source-unavailable' },
  druk: { fails: 'source-unavailable', retryAfter: 7 },
  'antwoord-kwijt': { fails: 'source-unavailable' },
} as const satisfies Record<string, Expectation>
export type Behaviour = keyof typeof behaviours

export interface Expectation {
  readonly fails?: 'source-unavailable' | 'source-refused' | 'source-malformed'
  readonly cutOff?: boolean
  readonly retryAfter?: number
}

export interface Applied {
  readonly aflevering: string
  readonly inhoud: string
  readonly keren: number
}

export interface Simulator extends AsyncDisposable {
  readonly url: string
  misbehave(behaviour: Behaviour): void
  /** Dossiers taken in, each once, with how often it came. */
  applied(): readonly Applied[]
  requests(): number
  /** The last body as it came over the line. */
  last(): string
}

const path = '/aanmeldingen'
const maxRequestBytes = 262_144

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { sleutels, afzender, clock } = options
  const taken = new Map<string, { inhoud: string; keren: number; bewijs: string }>()
  let behaviour: Behaviour = 'normaal'
  let count = 0
  let last = ''

  async function receive(body: string): Promise<string> {
    const { aflevering, inhoud } = await open(body, sleutels.versleutelen, afzender)
    const known = taken.get(aflevering)
    if (known) {
      known.keren += 1
      return known.bewijs
    }
    const bewijs = await receipt({ aflevering, sha256: digestOf(inhoud) }, sleutels.ondertekenen)
    taken.set(aflevering, { inhoud, keren: 1, bewijs })
    return bewijs
  }

  async function receipt(
    said: { readonly aflevering: string; readonly sha256: string },
    jwk: JWK,
    { kid = jwk.kid ?? '', typ = 'sluis-ontvangst' } = {},
  ): Promise<string> {
    const payload = JSON.stringify({ ...said, ontvangen: new Date(clock()).toISOString() })
    const alg = jwk.alg ?? ''
    return await new CompactSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ alg, kid, typ })
      .sign(await importJWK(jwk, alg))
  }

  async function forged(body: string): Promise<string | undefined> {
    const { aflevering, inhoud } = await open(body, sleutels.versleutelen, afzender)
    const said = { aflevering, sha256: digestOf(inhoud) }
    const own = sleutels.ondertekenen
    if (behaviour === 'andere-aflevering') {
      return await receipt({ ...said, aflevering: crypto.randomUUID() }, own)
    }
    if (behaviour === 'andere-inhoud') return await receipt({ ...said, sha256: digestOf('x') }, own)
    if (behaviour === 'onbekende-sleutel') return await receipt(said, own, { kid: 'een-ander' })
    if (behaviour === 'ander-soort') return await receipt(said, own, { typ: 'JWT' })
    if (behaviour !== 'andere-sleutel') return undefined
    const { privateKey } = await generateKeyPair('ES256')
    const payload = JSON.stringify({ ...said, ontvangen: new Date(clock()).toISOString() })
    const kid = own.kid ?? ''
    return await new CompactSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'sluis-ontvangst' })
      .sign(privateKey)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    if (request.url !== path || request.method !== 'POST')
      return send(response, 404, 'text/plain', '')
    count += 1
    last = body
    const now = behaviour
    if (behaviour === 'stil') return
    if (behaviour === 'weigert') return send(response, 403, 'text/plain', '')
    if (behaviour === 'storing') return send(response, 500, 'text/plain', '')
    if (behaviour === 'druk') {
      response.setHeader('retry-after', '7')
      return send(response, 429, 'text/plain', '')
    }
    if (behaviour === 'onzin') return send(response, 200, 'application/jose', 'geen bewijs')
    const wrong = await forged(body)
    if (wrong !== undefined) return send(response, 200, 'application/jose', wrong)
    const bewijs = await receive(body)
    // Applied, and nobody will know from this answer.
    if (now === 'antwoord-kwijt') return void request.socket.destroy()
    const type = now === 'ander-formaat' ? 'text/html' : 'application/jose'
    send(response, 200, type, bewijs)
  }

  const server = createServer(
    {
      cert: readFileSync(options.certFile),
      key: readFileSync(options.keyFile),
      ca: readdirSync(options.trustDir)
        .filter(name => name.endsWith('.pem'))
        .map(name => readFileSync(join(options.trustDir, name))),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    (request, response) => {
      response.on('error', () => {})
      serve(request, response).catch(() => send(response, 400, 'text/plain', ''))
    },
  )
  const port = await listen(server, options.port)
  return {
    url: `https://localhost:${port}${path}`,
    misbehave(next) {
      behaviour = next
    },
    applied: () =>
      [...taken].map(([aflevering, { inhoud, keren }]) => ({ aflevering, inhoud, keren })),
    requests: () => count,
    last: () => last,
    [Symbol.asyncDispose]: () => close(server),
  }
}

/** Decrypts, and believes only what the gateway signed. */
async function open(
  body: string,
  own: JWK,
  afzender: JWK,
): Promise<{ readonly aflevering: string; readonly inhoud: string }> {
  const alg = own.alg ?? ''
  const decrypted = await compactDecrypt(body, await importJWK(own, alg), {
    keyManagementAlgorithms: [alg],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  const signer = afzender.alg ?? ''
  const { payload } = await compactVerify(decrypted.plaintext, await importJWK(afzender, signer), {
    algorithms: [signer],
  })
  const { inhoud } = JSON.parse(new TextDecoder().decode(payload)) as { inhoud: string }
  const { aflevering } = JSON.parse(inhoud) as { aflevering: string }
  return { aflevering, inhoud }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > maxRequestBytes) throw new RangeError('request too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-type': type }).end(body)
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
      else reject(new Error('no port'))
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
