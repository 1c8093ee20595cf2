// What does UWV answer, and how does it go wrong? A mutual-TLS server of its own; for development only.
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { behaviours, type Good, type Row } from './behaviours.ts'
import { type BenefitBehaviour, behaviours as benefitBehaviours } from './behaviours-benefits.ts'
import { readEnvelope, writeEnvelope, writeFault } from './envelope.ts'
import type { Service } from './grammar.ts'
import { type Group, readRequest, writeResponse } from './message.ts'
import { deliveredPeriod, findClient, type Span } from './persons.ts'
import { deliveredBenefits, findBenefits } from './persons-benefits.ts'
import { incomes } from './tree.ts'
import { benefits } from './tree-benefits.ts'

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
  /** A behaviour that a message does not know leaves it right. */
  misbehave(behaviour: BenefitBehaviour): void
  /** Questions received so far. */
  requests(): number
  /** Connections open now. */
  connections(): Promise<number>
  /** The last question as it came in. */
  last(): { readonly headers: IncomingHttpHeaders; readonly body: string } | undefined
  close(): Promise<void>
}

/** For the conformance suite: someone with incomes, and someone unknown. */
export const known = '999990019'
export const unknown = '111222333'

const maxRequestBytes = 65_536
const path = '/suwibroker/soap/UWVDossierInkomstenGSD-v0200'

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  let behaviour: BenefitBehaviour = 'normaal'
  let count = 0
  let last: ReturnType<Simulator['last']>

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.requireOin !== undefined && clientOin(request) !== options.requireOin) {
      return send(response, 403, 'text/plain', 'andere partij')
    }
    const body = await readBody(request)
    if (request.url === '/_gedrag') {
      const wanted = readBehaviour(body)
      if (wanted === undefined)
        return send(response, 400, 'text/plain', Object.keys(benefitBehaviours).join('\n'))
      behaviour = wanted
      return send(response, 204, 'text/plain', '')
    }
    if (request.url !== path || request.method !== 'POST') {
      return send(response, 404, 'text/plain', 'onbekend adres')
    }
    count += 1
    last = { headers: request.headers, body }
    const made = answer(body, options.clock())
    if (typeof made === 'string') return send(response, 500, 'text/xml; charset=utf-8', made)
    const row = made.rows[behaviour] ?? behaviours.normaal
    row.perform(response, made.good)
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

interface Dossier {
  readonly service: Service
  readonly rows: Readonly<Record<string, Row>>
  readonly respond: (request: Group, now: number) => Group
}

const dossiers: readonly Dossier[] = [
  { service: incomes, rows: behaviours, respond },
  { service: benefits, rows: benefitBehaviours, respond: respondBenefits },
]

interface Made extends Pick<Dossier, 'rows'> {
  readonly good: Good
}

/** What to say to this request, or the fault that it deserves. */
function answer(body: string, now: number): Made | string {
  const to = 'http://www.w3.org/2005/08/addressing/anonymous'
  const from = `https://localhost${path}`
  const addressing = (action: string, relatesTo?: string, service = incomes) => ({
    action: `${service.action}/${action}`,
    messageId: `urn:uuid:${crypto.randomUUID()}`,
    to,
    from,
    ...(relatesTo === undefined ? {} : { relatesTo }),
  })
  try {
    const envelope = readEnvelope(Buffer.from(body))
    const { name, space } = envelope.body
    const dossier = dossiers.find(
      ({ service }) => service.operation === name && service.space === space,
    )
    if (!dossier) return writeFault(addressing('Fout'), 's:Client', '')
    const { service, rows } = dossier
    const request = readRequest(envelope.body, service)
    const messageId = envelope.header.find(each => each.name === 'MessageID')?.text ?? ''
    const action = `${service.operation}Response`
    const good: Good = {
      group: dossier.respond(request, now),
      write: (group, relatesTo = messageId) =>
        writeEnvelope(
          addressing(action, relatesTo, service),
          action,
          writeResponse(group, service),
          service,
        ),
      fault: (code, detail) => writeFault(addressing('Fout', messageId, service), code, detail),
    }
    return { good, rows }
  } catch {
    return writeFault(addressing('Fout'), 's:Client', '')
  }
}

/** Both messages name the bounds of a period alike. */
function spanOf(period: string | Group | undefined): Span {
  return {
    van: textOf(period, 'DatBPeriode') ?? '00000000',
    totEnMet: textOf(period, 'DatEPeriode') ?? '99999999',
  }
}

function respondBenefits(request: Group, now: number): Group {
  const asked = spanOf(request.PeriodeGegevensvraag?.[0])
  const client = findBenefits(textOf(request, 'Burgerservicenr') ?? '', asked, now)
  if (!client) return { NietsGevonden: [''] }
  return { ClientSuwi: [client], PeriodeGegevenslevering: [deliveredBenefits(asked, now)] }
}

export function respond(request: Group, now: number): Group {
  const [period] = request.PeriodeGegevensvraagIko ?? []
  const asked = spanOf(period)
  const client = findClient(textOf(request, 'Burgerservicenr') ?? '', asked, now)
  if (!client) return { NietsGevonden: [''] }
  const delivered = period === undefined ? undefined : deliveredPeriod(asked, now)
  return { ClientSuwi: [client], ...(delivered && { PeriodeGegevensleveringIko: [delivered] }) }
}

function textOf(group: string | Group | undefined, name: string): string | undefined {
  const [value] = typeof group === 'object' ? (group[name] ?? []) : []
  return typeof value === 'string' ? value : undefined
}

function readBehaviour(body: string): BenefitBehaviour | undefined {
  const name = /^\s*\{\s*"gedrag"\s*:\s*"([a-z0-9-]+)"\s*\}\s*$/.exec(body)?.[1]
  return Object.keys(benefitBehaviours).find((each): each is BenefitBehaviour => each === name)
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

function send(response: ServerResponse, status: number, type: string, body: string): void {
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
