// Which gateway takes in files of lines? A whole one under the law of bulk-law.ts, and what is asked of it.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { withDemoKeys } from '../../demo/keys.ts'
import type { Store } from '../../gateway/store.ts'
import { removeTree } from '../support/directory.ts'
import { type Answer, clientAgent, type TestGateway, testGateway } from '../support/gateway.ts'
import { bulkLaw, exchange, sender } from './bulk-law.ts'

export interface FileState {
  readonly levering: string
  readonly staat: string
  readonly regels: {
    readonly gelezen: number
    readonly aanvaard: number
    readonly geweigerd: number
    readonly onleesbaar: number
    readonly gemarkeerd: number
    readonly totaal?: number
  }
  readonly bytes: { readonly gelezen: number; readonly totaal?: number }
  readonly snelheid: number
  readonly resterend?: number
  readonly vervolg: { readonly byte: number; readonly regel: number }
}

export interface ReportLine {
  readonly regel: number
  readonly uitkomst: string
  readonly transactie: string
  readonly redenen?: readonly { readonly code: string; readonly uitleg: string }[]
  readonly fouten?: readonly { readonly pointer: string; readonly melding: string }[]
}

export interface Sent {
  readonly key?: string
  readonly range?: string
  readonly path?: string
  readonly client?: string
  readonly port?: number
  readonly headers?: Readonly<Record<string, string>>
  /** How many bytes go out before the connection is cut. */
  readonly cutAt?: number
}

export interface Place {
  readonly pkiDir: string
  readonly port: number
}

export const path = `/v1/uitwisselingen/${exchange}/leveringen`

/** Sends a file; undefined when the connection ended without an answer. */
export function sendFile(
  { pkiDir, port }: Place,
  body: string | Buffer | readonly Buffer[],
  sent: Sent = {},
): Promise<Answer | undefined> {
  const agent = clientAgent(pkiDir, sent.client ?? sender)
  const pieces =
    typeof body === 'string' ? [Buffer.from(body)] : Buffer.isBuffer(body) ? [body] : body
  return new Promise(resolve => {
    let answer: Answer | undefined
    const end = () => {
      agent.destroy()
      resolve(answer)
    }
    const out = request(
      {
        ...{ agent, host: 'localhost', port: sent.port ?? port, path: sent.path ?? path },
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-ndjson',
          ...(sent.key !== undefined && { 'Idempotency-Key': sent.key }),
          ...(sent.range !== undefined && { 'Content-Range': sent.range }),
          ...sent.headers,
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', end)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const { statusCode: status = 0, headers } = response
          answer = { status, headers, text, body: JSON.parse(text) }
          end()
        })
      },
    )
    out.on('error', end)
    const whole = Buffer.concat(pieces)
    if (sent.cutAt === undefined) {
      if (pieces.length === 1 && !sent.headers?.['Transfer-Encoding']) {
        out.setHeader('Content-Length', whole.length)
      }
      for (const piece of pieces) out.write(piece)
      out.end()
      return
    }
    out.setHeader('Content-Length', whole.length)
    out.write(whole.subarray(0, sent.cutAt), () => out.destroy())
  })
}

export interface OpenFile {
  /** Undefined when the connection ended without one. */
  readonly answer: Promise<Answer | undefined>
  write(bytes: Buffer): void
  /** The rest of it. */
  end(bytes: Buffer): Promise<Answer | undefined>
}

/** Sends the first bytes of a file, and leaves the rest for later. */
export function openFile(
  { pkiDir, port }: Place,
  head: Buffer,
  length: number,
  sent: Sent = {},
): OpenFile {
  const agent = clientAgent(pkiDir, sent.client ?? sender)
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
  const out = request({
    ...{ agent, host: 'localhost', port: sent.port ?? port, path: sent.path ?? path },
    method: 'POST',
    headers: {
      ...{ 'Content-Type': 'application/x-ndjson', 'Content-Length': String(length) },
      ...(sent.key !== undefined && { 'Idempotency-Key': sent.key }),
    },
  })
  out.on('error', () => resolve(undefined))
  out.on('response', response => {
    const chunks: Buffer[] = []
    response.on('data', chunk => chunks.push(chunk))
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const { statusCode: status = 0, headers } = response
      agent.destroy()
      resolve({ status, headers, text, body: JSON.parse(text) })
    })
  })
  out.write(head)
  return {
    answer: promise,
    write: bytes => void out.write(bytes),
    end(bytes) {
      out.end(bytes)
      return promise
    },
  }
}

export interface BulkGateway extends TestGateway, Place {
  readonly store: Store
  readonly policyDir: string
  send(body: string | Buffer | readonly Buffer[], sent?: Sent): Promise<Answer>
  state(levering: string, client?: string): Promise<FileState>
  report(levering: string, client?: string): Promise<readonly ReportLine[]>
}

export async function bulkGateway(
  t: TestContext,
  settings: NodeJS.ProcessEnv = {},
): Promise<BulkGateway> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-bulk-'))
  t.after(() => removeTree(dir))
  const policyDir = bulkLaw(join(dir, 'beleid'))
  const gateway = await testGateway(t, 'postgres', { SLUIS_POLICY_DIR: policyDir, ...settings })
  const place = { pkiDir: gateway.demo.pkiDir, port: gateway.exchangePort }
  await withDemoKeys(policyDir, place.pkiDir, policyDir)
  await gateway.demo.serving.reload()
  return {
    ...gateway,
    ...place,
    policyDir,
    store: gateway.demo.serving.house.store,
    async send(body, sent) {
      const answer = await sendFile(place, body, sent)
      assert.ok(answer, 'no answer came')
      return answer
    },
    async state(levering, client = sender) {
      const answer = await gateway.ask(client, { path: `/v1/leveringen/${levering}` })
      assert.equal(answer.status, 200, answer.text)
      return JSON.parse(answer.text)
    },
    async report(levering, client = sender) {
      const answer = await gateway.ask(client, { path: `/v1/leveringen/${levering}/verslag` })
      assert.equal(answer.status, 200, answer.text)
      return readReport(answer.text)
    },
  }
}

export function readReport(text: string): readonly ReportLine[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

export function stateOf({ text }: Answer): FileState {
  return JSON.parse(text)
}

const persons = ['999990019', '999993653', '999992168', '999993549', '999998493', '999990160']

/** A line that is right, of one of the persons of the tests. */
export function goodLine(n: number, more: object = {}): string {
  const waarde = persons[n % persons.length]
  return JSON.stringify({
    betrokkene: { soort: 'bsn', waarde },
    gegevens: { maand: '2026-10', uren: n % 200, groep: `g${n}` },
    ...more,
  })
}
