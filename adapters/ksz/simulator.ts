// What does Belgium answer, when, and how does it go wrong? A mutual-TLS server of its own; for development only.
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { SourceError } from '../../gateway/adapter.ts'
import { type Behaviour, behaviours, type Good, send } from './behaviours.ts'
import { space } from './grammar.ts'
import { type Group, readMessage, writeMessage } from './message.ts'
import { type Asked, inszOf, outcomeFor } from './persons.ts'
import { readXml } from './xml.ts'

export interface SimulatorOptions {
  readonly port: number
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  readonly clock: () => number
  /** Milliseconds from a question to its answer; absent: none. */
  readonly delayMs?: number
  /** Answer this OIN alone. */
  readonly requireOin?: string
}

export interface Simulator extends AsyncDisposable {
  readonly url: string
  misbehave(behaviour: Behaviour): void
  /** Milliseconds that questions from now on wait for their answer; Infinity: until `release`. */
  delay(milliseconds: number): void
  /** Every question that waits has its answer now. */
  release(): void
  /** Loses every question it took, as a restart does. */
  forget(): void
  /** How often each transaction put its question: more than once is a question applied twice. */
  questions(): ReadonlyMap<string, number>
  /** Messages received so far, questions and what came after them. */
  requests(): number
  /** Connections open now. */
  connections(): Promise<number>
  /** The last message as it came in. */
  last(): { readonly headers: IncomingHttpHeaders; readonly body: string } | undefined
  close(): Promise<void>
}

/** For the conformance suite: someone who works, and someone unknown. */
export const known = '999990019'
export const unknown = '111222333'
export const buitenlands = (bsn: string) => ({
  land: 'BE',
  soort: 'insz',
  waarde: inszOf[bsn] ?? '01410199885',
})

interface Ticket {
  readonly kenmerk: string
  readonly asked: Asked
  ready: number
}

const maxRequestBytes = 65_536
const path = '/v1/vragen'
const longestWait = 86_400

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock } = options
  const tickets = new Map<string, Ticket>()
  const taken = new Map<string, Ticket>()
  const questions = new Map<string, number>()
  let delayMs = options.delayMs ?? 0
  let behaviour: Behaviour = 'normaal'
  let count = 0
  let last: ReturnType<Simulator['last']>

  function forget(): void {
    tickets.clear()
    taken.clear()
  }

  /** The same request again is the same question, also under another transaction: it has its ticket already. */
  function take({ transactie, aflevering }: Asking, asked: Asked): Ticket {
    questions.set(transactie, (questions.get(transactie) ?? 0) + 1)
    const known = taken.get(aflevering)
    if (known) return known
    const ticket = { kenmerk: crypto.randomUUID(), asked, ready: clock() + delayMs }
    tickets.set(ticket.kenmerk, ticket)
    taken.set(aflevering, ticket)
    return ticket
  }

  const wait = ({ ready }: Ticket) =>
    String(Math.min(Math.max(Math.ceil((ready - clock()) / 1_000), 1), longestWait))

  function busy(ticket: Ticket): string {
    return writeMessage('Uitslag', {
      Kenmerk: [ticket.kenmerk],
      Bezig: [{ OpnieuwNa: [wait(ticket)] }],
    })
  }

  function forgotten(): void {
    forget()
    behaviour = 'normaal'
  }

  function receipt(asking: Asking, asked: Asked): Good {
    return {
      status: 202,
      // Taken only when it says so: one that is too busy has not.
      get text() {
        const ticket = take(asking, asked)
        return writeMessage('Ontvangst', {
          Transactie: [asking.transactie],
          Kenmerk: [ticket.kenmerk],
          OpnieuwNa: [wait(ticket)],
        })
      },
      busy: '',
      forget: forgotten,
    }
  }

  function standing(kenmerk: string): Good {
    const ticket = tickets.get(kenmerk)
    if (!ticket) return { status: 410, text: '', busy: '', forget: forgotten }
    const still = busy(ticket)
    const outcome = { Kenmerk: [kenmerk], ...outcomeFor(ticket.asked, clock()) }
    const text = ticket.ready > clock() ? still : writeMessage('Uitslag', outcome)
    return { status: 200, text, busy: still, forget: forgotten }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.requireOin !== undefined && clientOin(request) !== options.requireOin) {
      return send(response, 403, 'text/plain', 'andere partij')
    }
    const body = await readBody(request)
    if (request.url === '/_gedrag') {
      const wanted = readBehaviour(body)
      if (wanted === undefined) {
        return send(response, 400, 'text/plain', Object.keys(behaviours).join('\n'))
      }
      behaviour = wanted
      return void response.writeHead(204).end()
    }
    if (request.url !== path || request.method !== 'POST') {
      return send(response, 404, 'text/plain', 'onbekend adres')
    }
    count += 1
    last = { headers: request.headers, body }
    const lacking = headerFaults(request.headers)
    if (lacking.length > 0) return send(response, 400, 'text/plain', lacking.join('\n'))
    const read = readEither(body)
    if (typeof read === 'string') return send(response, 400, 'text/plain', read)
    const row = behaviours[behaviour]
    const good =
      read.at === 'vraag' ? receipt(askingOf(request.headers), read.asked) : standing(read.kenmerk)
    if (row.at === read.at) row.perform(response, good)
    else send(response, good.status, 'application/xml; charset=utf-8', good.text)
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
    delay(milliseconds) {
      delayMs = milliseconds
    },
    release() {
      for (const ticket of tickets.values()) ticket.ready = clock()
    },
    forget,
    questions: () => new Map(questions),
    requests: () => count,
    connections: () => countConnections(server),
    last: () => last,
    close: () => close(server),
    [Symbol.asyncDispose]: () => close(server),
  }
}

/** Which attempt this is, and of which request; a question that is asked once is its own. */
interface Asking {
  readonly transactie: string
  readonly aflevering: string
}

function askingOf(given: IncomingHttpHeaders): Asking {
  const transactie = String(given['sluis-transactie'])
  return { transactie, aflevering: String(given['sluis-aflevering'] ?? transactie) }
}

const oin = /^[0-9A-Z]{20}$/
/** `sluis-namens` alone may be absent: then the receiver asks for itself. */
const headers = {
  traceparent: /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/,
  'sluis-transactie': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'sluis-ontvanger': oin,
  'sluis-doel': /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
} as const

/** Names of what is missing or wrong, never what stood there. */
function headerFaults(given: IncomingHttpHeaders): string[] {
  const isText = (pattern: RegExp, value: unknown) =>
    typeof value === 'string' && pattern.test(value)
  const lacking = Object.entries(headers)
    .filter(([name, pattern]) => !isText(pattern, given[name]))
    .map(([name]) => name)
  const namens = given['sluis-namens']
  return namens === undefined || isText(oin, namens) ? lacking : [...lacking, 'sluis-namens']
}

type Message =
  | { readonly at: 'vraag'; readonly asked: Asked }
  | { readonly at: 'navraag'; readonly kenmerk: string }

/** Either message, or why it is none: names of elements, never their values. */
function readEither(body: string): Message | string {
  const bytes = Buffer.from(body)
  try {
    const { name } = readXml(bytes)
    if (name === 'Navraag') {
      return { at: 'navraag', kenmerk: leaf(readMessage(bytes, 'Navraag'), 'Kenmerk') }
    }
    const question = readMessage(bytes, 'Vraag')
    const [person] = question.Persoon ?? []
    const pair = typeof person === 'object' ? person : {}
    const dienst = leaf(question, 'Dienst')
    return { at: 'vraag', asked: { dienst, insz: leaf(pair, 'Insz'), bsn: leaf(pair, 'Bsn') } }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return [`geen bericht in ${space}`, ...error.drift].join('\n')
  }
}

function leaf(group: Group, name: string): string {
  const [value] = group[name] ?? []
  return typeof value === 'string' ? value : ''
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
