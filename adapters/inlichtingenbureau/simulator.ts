// Which files does the Inlichtingenbureau have standing ready, and how does it go wrong? A mutual-TLS server; for development only.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { type Behaviour, behaviours, type Part, type Row } from './behaviours.ts'
import { demoMonth, filesOf, type Texts } from './month.ts'

export interface SimulatorOptions {
  readonly port: number
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  /** What stands ready; undefined = nothing yet. Absent: a small month, whichever is asked. */
  readonly files?: (uitwisseling: string, periode: string) => readonly Texts[] | undefined
}

export interface Simulator extends AsyncDisposable {
  readonly url: string
  misbehave(behaviour: Behaviour): void
  /** Every file of hits breaks off after so many bytes of its answer; undefined = none. */
  breakAfter(bytes: number | undefined): void
  /** Questions received so far: what was asked, and the headers it came with. */
  asked(): readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  connections(): Promise<number>
}

const pattern = /^\/v1\/bestanden\/([a-z0-9-]+)\/([\d-]+)(?:\/([0-9A-Z]{20})\/(treffers|bekend))?$/
const maxRequestBytes = 1_024

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { files = (uitwisseling, periode) => filesOf(demoMonth(periode), uitwisseling) } = options
  const asked: { path: string; headers: IncomingHttpHeaders }[] = []
  let behaviour: Behaviour = 'normaal'
  let most: number | undefined

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url: path = '', headers } = request
    const [, uitwisseling = '', periode = '', ontvanger, file] = pattern.exec(path) ?? []
    if (uitwisseling === '' || request.method !== 'GET') return send(response, 404)
    asked.push({ path, headers })
    if (!headers.traceparent || !headers['sluis-transactie'] || !headers['sluis-doel']) {
      return send(response, 400)
    }
    const { bend = (texts: Texts) => texts, lie, instead }: Row = behaviours[behaviour]
    const texts = files(uitwisseling, periode)?.map(bend)
    const own = texts?.find(each => each.ontvanger === ontvanger)
    if (!texts || (ontvanger && !own)) return send(response, 404)
    const part: Part = file === 'treffers' || file === 'bekend' ? file : 'index'
    const index = indexOf(uitwisseling, periode, texts)
    const text = part === 'index' || !own ? (lie ? lie(index) : index) : own[part]
    const give = () => {
      if (part === 'index') return send(response, 200, 'application/json', text)
      giveFile(text, headers, response, part === 'treffers' ? most : undefined)
    }
    const other = instead?.[part]
    if (other) other(response, { text, etag: etagOf(text), give })
    else give()
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/_gedrag') return await answer(request, response)
    const wanted = readBehaviour(await readBody(request))
    if (wanted === undefined) {
      return send(response, 400, 'text/plain', Object.keys(behaviours).join('\n'))
    }
    behaviour = wanted
    send(response, 204)
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
    url: `https://localhost:${port}/v1`,
    misbehave(next) {
      behaviour = next
    },
    breakAfter(bytes) {
      most = bytes
    },
    asked: () => asked,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      }),
    [Symbol.asyncDispose]: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The part from a byte on, while the file is the one that is meant (RFC 9110 §13.1.1, §14). */
function giveFile(
  text: string,
  headers: IncomingHttpHeaders,
  response: ServerResponse,
  most: number | undefined,
): void {
  const etag = etagOf(text)
  const bytes = Buffer.from(text)
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) {
    send(response, 412)
    return
  }
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  if (from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
    return
  }
  const rest = bytes.subarray(from)
  response.writeHead(headers.range === undefined ? 200 : 206, {
    'content-type': 'application/x-ndjson',
    'content-length': rest.length,
    etag,
    ...(headers.range !== undefined && {
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    }),
  })
  if (most === undefined || most >= rest.length) response.end(rest)
  else response.write(rest.subarray(0, most), () => response.destroy())
}

function indexOf(uitwisseling: string, periode: string, texts: readonly Texts[]): string {
  const bestanden = texts.map(({ ontvanger, treffers }) => ({
    ontvanger,
    versie: etagOf(treffers),
    regels: treffers.split('\n').filter(line => line !== '' && !line.startsWith('{"einde"')).length,
    bytes: Buffer.byteLength(treffers),
  }))
  return JSON.stringify({ uitwisseling, periode, bestanden })
}

function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

function readBehaviour(body: string): Behaviour | undefined {
  const name = /^\s*\{\s*"gedrag"\s*:\s*"([a-z0-9-]+)"\s*\}\s*$/.exec(body)?.[1]
  return Object.keys(behaviours).find((each): each is Behaviour => each === name)
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

function send(response: ServerResponse, status: number, type = 'text/plain', body = ''): void {
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
