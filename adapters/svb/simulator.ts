// What does the SVB answer, which questions does it refuse, and how does it go wrong? A mutual-TLS server; for development only.
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { type Behaviour, behaviours } from './behaviours.ts'
import { answerFor } from './persons.ts'
import { readQuestion } from './question.ts'

export interface SimulatorOptions {
  readonly port: number
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  readonly clock: () => number
  /** Answer this OIN alone. */
  readonly requireOin?: string
}

export interface Simulator extends AsyncDisposable {
  readonly url: string
  misbehave(behaviour: Behaviour): void
  /** Questions received so far. */
  requests(): number
  /** Connections open now. */
  connections(): Promise<number>
  /** The last question as it came in. */
  last(): { readonly headers: IncomingHttpHeaders; readonly body: string } | undefined
  close(): Promise<void>
}

/** For the conformance suite: someone with benefits, and someone unknown. */
export const known = '999990019'
export const unknown = '111222333'

const maxRequestBytes = 65_536
const path = '/v1/uitkeringen/_bevragen'

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  let behaviour: Behaviour = 'normaal'
  let count = 0
  let last: ReturnType<Simulator['last']>

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.requireOin !== undefined && clientOin(request) !== options.requireOin) {
      return send(response, 403, 'andere partij')
    }
    const body = await readBody(request)
    if (request.url === '/_gedrag') {
      const wanted = readBehaviour(body)
      if (wanted === undefined) return send(response, 400, Object.keys(behaviours).join('\n'))
      behaviour = wanted
      return send(response, 204, '')
    }
    if (request.url !== path || request.method !== 'POST')
      return send(response, 404, 'onbekend adres')
    count += 1
    last = { headers: request.headers, body }
    const { question, faults } = readQuestion(request.headers, body)
    if (question === undefined) return refuse(response, faults)
    behaviours[behaviour].perform(response, answerFor(question, options.clock()))
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
      serve(request, response).catch(() => request.destroy())
    },
  )
  const port = await listen(server, options.port)
  return {
    url: `https://localhost:${port}${path}`,
    misbehave(next) {
      behaviour = next
    },
    requests: () => count,
    connections: () => countConnections(server),
    last: () => last,
    close: () => close(server),
    [Symbol.asyncDispose]: () => close(server),
  }
}

/** Names alone: what is missing or wrong, never what stood there. */
function refuse(response: ServerResponse, fouten: readonly string[]): void {
  response.writeHead(400, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ title: 'De vraag mist verplichte gegevens', status: 400, fouten }))
}

function readBehaviour(body: string): Behaviour | undefined {
  const name = /^\s*\{\s*"gedrag"\s*:\s*"([a-z0-9-]+)"\s*\}\s*$/.exec(body)?.[1]
  return Object.keys(behaviours).find((each): each is Behaviour => each === name)
}

function clientOin(request: IncomingMessage): string | undefined {
  const value = (request.socket as TLSSocket).getPeerCertificate().subject?.serialNumber
  return typeof value === 'string' ? value : undefined
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

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
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

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
