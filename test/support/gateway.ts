// Which gateway does a test talk to? A whole one, over real mutual TLS, on a fresh database.
import { mkdtempSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Demo, exampleQuestion, startDemo } from '../../demo/start.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { type Kind, testPlace } from './database.ts'
import { removeTree } from './directory.ts'
import { giveKeys } from './prepared.ts'
import { startProcesses } from './processes.ts'

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
  readonly body: AnswerBody
}

/** Members that tests look at; a member that is absent reads as undefined, as in any JSON. */
export interface AnswerBody {
  readonly transactie: string
  readonly omgeving: string
  readonly resultaat: string
  readonly velden: readonly string[]
  readonly antwoord: readonly Readonly<Record<string, unknown>>[]
  readonly herkomst: Readonly<Record<string, unknown>>
  readonly bewijs: {
    readonly logregel: string
    readonly tlogProof: string
    readonly opening: string
  }
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly vervolg: string
  readonly redenen: readonly {
    readonly code: string
    readonly uitleg: string
    readonly veld?: string
  }[]
  readonly fouten: readonly { readonly pointer: string; readonly melding: string }[]
  readonly beslissing: { readonly logregel: string; readonly tlogProof: string }
  readonly verstrekkingen: readonly { readonly logregel: string; readonly tlogProof: string }[]
}

export interface TestGateway {
  readonly demo: Demo
  readonly dataDir: string
  /** Asks as the holder of a client certificate; a body that is no string is sent as JSON. */
  ask(client: string, call: Ask): Promise<Answer>
  /** The `_zoek` of uwv-inkomsten-bijstand with good defaults. */
  query(client: string, body: Partial<RequestBody>, exchange?: string): Promise<Answer>
  /** A handshake only: resolves with what ended it. */
  readonly exchangePort: number
}

export interface Ask {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

let cases = 0

/** Good defaults of a question, each in a case of its own: each test changes what it is about. */
export function goodBody(now = Date.now()): RequestBody {
  return { ...exampleQuestion(now), zaak: `zaak-${++cases}` }
}

/** Everything `npm start` brings up, on free ports; closed after the test. */
export async function testGateway(
  t: TestContext,
  kind: Kind | 'four processes',
  settings: NodeJS.ProcessEnv = {},
): Promise<TestGateway> {
  let close = async () => {}
  const place = await testPlace(t, kind === 'embedded' ? kind : 'postgres', () => close())
  const dataDir = mkdtempSync(join(tmpdir(), 'sluis-gateway-'))
  await giveKeys(kind === 'embedded' ? place.dir : dataDir)
  const demo = await startDemo({
    PATH: process.env.PATH,
    SLUIS_DATA_DIR: kind === 'embedded' ? place.dir : dataDir,
    ...(place.url && { DATABASE_URL: place.url }),
    SLUIS_EXCHANGE_PORT: '0',
    SLUIS_PUBLIC_PORT: '0',
    SLUIS_CONSOLE_PORT: '0',
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: 'silent',
    ...settings,
  })
  const agents = new Map<string, Agent>()
  const beside = await startProcesses(demo.settings, kind === 'four processes' ? 4 : 0)
  close = async () => {
    for (const agent of agents.values()) agent.destroy()
    await beside[Symbol.asyncDispose]()
    await demo[Symbol.asyncDispose]()
    removeTree(dataDir)
  }
  const exchangePort = Number(new URL(demo.serving.addresses.exchange).port)
  const gateway: TestGateway = {
    demo,
    dataDir: kind === 'embedded' ? place.dir : dataDir,
    exchangePort,
    ask(client, call) {
      const agent = agents.get(client) ?? clientAgent(demo.pkiDir, client)
      agents.set(client, agent)
      return send(agent, beside.next() ?? exchangePort, call)
    },
    query: (client, body, exchange = 'uwv-inkomsten-bijstand') =>
      gateway.ask(client, {
        path: `/v1/uitwisselingen/${exchange}/_zoek`,
        body: { ...goodBody(), ...body },
      }),
  }
  return gateway
}

/** Keep-alive connections with one certificate of the development PKI. */
export function clientAgent(pkiDir: string, client: string): Agent {
  const file = join(pkiDir, 'clients', client)
  return new Agent({
    keepAlive: true,
    maxSockets: 64,
    ca: readFileSync(join(pkiDir, 'ca.pem')),
    cert: readFileSync(`${file}.pem`),
    key: readFileSync(`${file}.key`),
  })
}

export async function send(agent: Agent, port: number, call: Ask): Promise<Answer> {
  const body =
    call.body === undefined || typeof call.body === 'string' || Buffer.isBuffer(call.body)
      ? call.body
      : JSON.stringify(call.body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: 'localhost',
        port,
        path: call.path,
        method: call.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...call.headers,
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: parse(text),
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** An answer that is no JSON has no members. */
function parse(text: string): AnswerBody {
  try {
    return JSON.parse(text)
  } catch {
    return {} as AnswerBody
  }
}
