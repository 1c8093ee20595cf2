import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { OutboundFile, SourceError } from '../../gateway/adapter.ts'
import { fileStart } from '../../gateway/outbound-lines.ts'
import { openClient, server, sourceOin } from './bench.ts'

const text = 'een\ntwee\ndrie\n'
const type = { 'content-type': 'application/x-ndjson' }
const place = { vanaf: 0, maxLineBytes: 16, idleMs: 1_000 }

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** The lines that this server gives, and what it was asked. */
async function read(
  handler: Handler,
  wish: Partial<OutboundFile> = {},
  most = Number.POSITIVE_INFINITY,
) {
  const asked: IncomingMessage['headers'][] = []
  const { certFile, keyFile } = server('uwv')
  const shown = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const source = createServer(shown, (request, response) => {
    asked.push(request.headers)
    response.on('error', () => {})
    handler(request, response)
  })
  source.listen(0, '127.0.0.1')
  await once(source, 'listening')
  const { port } = source.address() as AddressInfo
  await using outbound = openClient()
  const lines: (readonly [string, number])[] = []
  try {
    const call: OutboundFile = {
      url: `https://localhost:${port}/bestand`,
      oin: sourceOin('uwv'),
      signal: AbortSignal.timeout(5_000),
      ...place,
      ...wish,
    }
    for await (const { tekst, byte } of outbound.lines(call)) {
      lines.push([tekst, byte])
      if (lines.length === most) break
    }
    return { lines, asked, error: undefined }
  } catch (error) {
    return { lines, asked, error: error as SourceError }
  } finally {
    source.closeAllConnections()
    source.close()
  }
}

const whole: Handler = (_, response) => response.writeHead(200, { ...type, etag: '"1"' }).end(text)
const part =
  (head: Record<string, string>, status = 206): Handler =>
  ({ headers }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    const range = { 'content-range': `bytes ${from}-${text.length - 1}/${text.length}` }
    response.writeHead(status, { ...type, etag: '"1"', ...range, ...head }).end(text.slice(from))
  }

describe('a file of a source is read line by line, from any byte on', () => {
  it('each line comes with the byte behind it, however the bytes were cut up on their way', async () => {
    const { lines, asked } = await read((_, response) => {
      response.writeHead(200, type)
      for (const each of text) response.write(each)
      response.end()
    })
    assert.deepEqual(lines, [
      ['een', 4],
      ['twee', 9],
      ['drie', 14],
    ])
    assert.deepEqual([asked[0]?.range, asked[0]?.['if-match']], [undefined, undefined])
  })

  it('from a byte on: a Range and an If-Match are asked, and counting goes on where it was', async () => {
    const { lines, asked } = await read(part({}), { vanaf: 4, etag: '"1"' })
    assert.deepEqual(lines, [
      ['twee', 9],
      ['drie', 14],
    ])
    assert.deepEqual([asked[0]?.range, asked[0]?.['if-match']], ['bytes=4-', '"1"'])
  })

  it('a source that sends the whole file all the same is read from that byte on', async () => {
    const { lines } = await read(whole, { vanaf: 9, etag: '"1"' })
    assert.deepEqual(lines, [['drie', 14]])
  })

  it('a file that is exactly as long as what we have has no more lines', async () => {
    const { lines, error } = await read(
      (_, response) => response.writeHead(416, { 'content-range': 'bytes */14' }).end(),
      { vanaf: 14 },
    )
    assert.deepEqual([lines, error], [[], undefined])
  })

  it('who stops reading breaks the connection, and no more than a little was sent', async () => {
    const gone = Promise.withResolvers<void>()
    const { lines } = await read(
      (_, response) => {
        response.on('close', gone.resolve)
        response.writeHead(200, type).write(text)
      },
      {},
      1,
    )
    await gone.promise
    assert.equal(lines.length, 1)
  })
})

/** Nothing but the silence ends it. */
const silent = { idleMs: 50, signal: new AbortController().signal }

describe('a file that is not what was asked is no file', () => {
  const wrong: readonly (readonly [string, Handler, Partial<OutboundFile>, string, string?])[] = [
    [
      'a file that has changed since (412)',
      (_, r) => r.writeHead(412).end(),
      { etag: '"1"' },
      'source-malformed',
      'etag',
    ],
    [
      'a source that does not look at If-Match and gives another version',
      part({ etag: '"2"' }),
      { vanaf: 4, etag: '"1"' },
      'source-malformed',
      'etag',
    ],
    [
      'a version that is not named',
      (_, r) => r.writeHead(200, type).end(text),
      { etag: '"1"' },
      'source-malformed',
      'etag',
    ],
    [
      'a file that became shorter than what we have (416)',
      (_, r) => r.writeHead(416, { 'content-range': 'bytes */9' }).end(),
      { vanaf: 14 },
      'source-malformed',
      'etag',
    ],
    [
      'another part than was asked',
      part({ 'content-range': 'bytes 0-13/14' }),
      { vanaf: 4 },
      'source-malformed',
      'content-range',
    ],
    [
      'a whole file that is shorter than where we are',
      whole,
      { vanaf: 20 },
      'source-malformed',
      'regeleinde',
    ],
    [
      'a line without an end',
      (_, r) => r.writeHead(200, type).end('een\ntw'),
      {},
      'source-malformed',
      'regeleinde',
    ],
    [
      'a line that is too long',
      (_, r) => r.writeHead(200, type).end(`${'x'.repeat(17)}\n`),
      {},
      'source-malformed',
      'regellengte',
    ],
    [
      'a line that never ends',
      (_, r) => r.writeHead(200, type).write('x'.repeat(99_999)),
      {},
      'source-malformed',
      'regellengte',
    ],
    [
      'bytes that are no UTF-8',
      (_, r) => r.writeHead(200, type).end(Buffer.from([0xff, 10])),
      {},
      'source-malformed',
      'tekens',
    ],
    [
      'a page of HTML',
      (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<p>\n'),
      {},
      'source-malformed',
      'content-type',
    ],
    [
      'a compressed file',
      (_, r) => r.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(text),
      {},
      'source-malformed',
    ],
    [
      'a source that refers to elsewhere',
      (_, r) => r.writeHead(302, { location: '/x' }).end(),
      {},
      'source-malformed',
    ],
    ['a source that refuses', (_, r) => r.writeHead(403).end(), {}, 'source-refused'],
    [
      'a source that is busy',
      (_, r) => r.writeHead(429, { 'retry-after': '7' }).end(),
      {},
      'source-unavailable',
    ],
    [
      'a connection that breaks',
      (_, r) => void r.writeHead(200, type).write('een\n', () => r.destroy()),
      {},
      'source-unavailable',
    ],
    [
      'a source that falls silent',
      (_, r) => r.writeHead(200, type).write('een\n'),
      silent,
      'source-unavailable',
    ],
    ['a source that never begins', () => {}, silent, 'source-unavailable'],
    ['a server with another OIN', whole, { oin: sourceOin('svb') }, 'source-malformed'],
    ['an address that is none', whole, { url: 'http://localhost/' }, 'source-unavailable'],
  ]
  for (const [name, handler, wish, code, drift] of wrong) {
    it(name, { timeout: 30_000 }, async () => {
      const { error } = await read(handler, wish)
      assert.equal(error?.name, 'SourceError')
      assert.deepEqual([error.code, error.drift], [code, drift === undefined ? [] : [drift]])
      if (name.includes('busy')) assert.equal(error.retryAfter, 7)
    })
  }

  it('who gives up waits no longer', async () => {
    const stop = new AbortController()
    const reading = read(() => stop.abort(), { signal: stop.signal })
    assert.equal((await reading).error?.code, 'source-unavailable')
  })

  it('a part of another length than the whole is the part that was asked only when it begins there', () => {
    const head = (range: string) => ({ status: 206, headers: { ...type, 'content-range': range } })
    assert.equal(fileStart(head('bytes 40-49/50'), { vanaf: 40 }), 40)
    assert.throws(() => fileStart(head('bytes 4-49/50'), { vanaf: 40 }), {
      code: 'source-malformed',
    })
    assert.throws(() => fileStart(head('bytes 0-49/50'), { vanaf: 0 }), {
      code: 'source-malformed',
    })
  })
})
