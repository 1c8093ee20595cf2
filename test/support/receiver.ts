// Who takes pushed answers? A party's own server over mutual TLS, that honours the delivery id and goes wrong on command.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A sealed answer as it was taken in. */
export interface Taken {
  readonly verzoek: string
  readonly aflevering: string
  readonly jwe: string
}

export interface Receiver extends AsyncDisposable {
  /** For `postadres.antwoorden` and `postadres.meldingen`. */
  readonly antwoorden: string
  readonly meldingen: string
  /** By delivery id: what comes again under the same is not taken in again. */
  readonly taken: ReadonlyMap<string, Taken>
  /** Deliveries under a known id that were not what was taken in. */
  readonly different: readonly string[]
  /** The `dataref` of every notification. */
  readonly told: readonly string[]
  posts(): number
  misbehave(manner: Manner): void
}

type Take = (answer: Taken) => void

/** Each is a way of being a bad receiver; `take` is what it does with an answer that it believes it has. */
const manners = {
  normaal: (response, take) => {
    take()
    response.writeHead(204).end()
  },
  'fout-500': response => void response.writeHead(500).end('Internal Server Error'),
  'te-druk': response => void response.writeHead(429, { 'retry-after': '1' }).end(),
  doorverwijzing: response =>
    void response.writeHead(302, { location: 'https://localhost:1/' }).end(),
  'neemt-en-zwijgt': (response, take) => {
    take()
    response.destroy()
  },
  niets: response => void response.destroy(),
  'half-antwoord': (response, take) => {
    take()
    response.writeHead(200, { 'content-length': '100' })
    response.write('half', () => response.destroy())
  },
  'byte-per-seconde': (response, take) => {
    take()
    response.writeHead(200, { 'content-length': '1000' })
    const timer = setInterval(() => response.write('.'), 1_000)
    response.once('close', () => clearInterval(timer))
  },
} as const satisfies Record<string, (response: ServerResponse, take: () => void) => void>

export type Manner = keyof typeof manners
export const mannerNames = Object.keys(manners) as Manner[]

export async function startReceiver(
  pkiDir: string,
  name: string,
  onTaken: Take = () => {},
): Promise<Receiver> {
  let manner: Manner = 'normaal'
  let posts = 0
  const taken = new Map<string, Taken>()
  const different: string[] = []
  const told: string[] = []

  function take(answer: Taken): void {
    const known = taken.get(answer.aflevering)
    if (known && (known.jwe !== answer.jwe || known.verzoek !== answer.verzoek)) {
      different.push(answer.aflevering)
    }
    if (known) return
    taken.set(answer.aflevering, answer)
    onTaken(answer)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request)
    if (request.url === '/meldingen') {
      const { dataref } = JSON.parse(body)
      manners[manner](response, () => told.push(String(dataref)))
      return
    }
    posts += 1
    const verzoek = String(request.headers['sluis-verzoek'])
    const aflevering = String(request.headers['sluis-aflevering'])
    manners[manner](response, () => take({ verzoek, aflevering, jwe: body }))
  }

  const trust = join(pkiDir, 'trust')
  const server = createServer(
    {
      cert: readFileSync(join(pkiDir, 'servers', `${name}.pem`)),
      key: readFileSync(join(pkiDir, 'servers', `${name}.key`)),
      ca: readdirSync(trust)
        .filter(file => file.endsWith('.pem'))
        .map(file => readFileSync(join(trust, file))),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    (request, response) => {
      response.on('error', () => {})
      serve(request, response).catch(() => request.destroy())
    },
  ).listen(0, 'localhost')
  await once(server, 'listening')
  const base = `https://localhost:${(server.address() as AddressInfo).port}`
  return {
    antwoorden: `${base}/antwoorden`,
    meldingen: `${base}/meldingen`,
    taken,
    different,
    told,
    posts: () => posts,
    misbehave(next) {
      manner = next
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
