import assert from 'node:assert/strict'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import supertest from 'supertest'
import {
  answerJson,
  answerProblem,
  answerUnreadable,
  apiVersion,
  securityHeaders,
  toProblem,
} from '../../gateway/listen/answer.ts'
import { Problem, problems, type Slug } from '../../gateway/problem.ts'
import { assertHeaders } from '../support/description.ts'

const base = 'https://sluis.example'
const transactie = '019a9f30-5d30-7c1e-8a4b-6f2d9e0c1b21'
const slugs = Object.keys(problems) as Slug[]

function ask(answer: (response: ServerResponse) => void) {
  const listener: RequestListener = (_request, response) => answer(response)
  return supertest(createServer(listener)).get('/')
}

for (const slug of slugs) {
  test(`the problem ${slug} is answered with its status, its page and every header`, async () => {
    const { body, headers, status } = await ask(response =>
      answerProblem(response, new Problem(slug, 'Wat er nu is.'), base, transactie),
    )
    assert.equal(status, problems[slug].status)
    assert.match(headers['content-type'] ?? '', /^application\/problem\+json/)
    assertHeaders(headers, 'an answer')
    const asksForPatience = [429, 503].includes(problems[slug].status)
    assert.equal(/^[1-9]\d*$/.test(headers['retry-after'] ?? ''), asksForPatience)
    assert.deepEqual(body, {
      type: `${base}/problemen/${slug}`,
      title: problems[slug].title,
      status: problems[slug].status,
      detail: 'Wat er nu is.',
      instance: `urn:uuid:${transactie}`,
    })
  })
}

test('Retry-After is what the problem says, in whole seconds', async () => {
  const later = new Problem('bron-onbereikbaar', 'Later.', { retryAfter: 29.2 })
  const { headers } = await ask(response => answerProblem(response, later, base, transactie))
  assert.equal(headers['retry-after'], '30')
})

test('the reasons and proof of a refusal stand in the problem document', async () => {
  const members = { redenen: [{ code: 'ZAAK_ONTBREEKT', uitleg: 'Noem de zaak.' }], bewijs: {} }
  const refused = new Problem('geweigerd', 'Noem de zaak.', { members })
  const { body } = await ask(response => answerProblem(response, refused, base, transactie))
  assert.deepEqual(body.redenen, members.redenen)
  assert.deepEqual(body.bewijs, {})
})

test('an answer carries every header and the exact length of its bytes', async () => {
  const { body, headers } = await ask(response => answerJson(response, { naam: 'één' }))
  assertHeaders(headers, 'an answer')
  assert.equal(headers['content-length'], String(Buffer.byteLength('{"naam":"één"}')))
  assert.deepEqual(body, { naam: 'één' })
})

test('the API version is a full semantic version', () => {
  assert.match(apiVersion, /^\d+\.\d+\.\d+$/)
  assert.equal(securityHeaders['API-Version'], apiVersion)
})

const secret = 'BSN 999990019 van de betrokkene'
const unknown: readonly (readonly [string, unknown])[] = [
  ['an error', new Error(secret)],
  ['a type error', new TypeError(secret)],
  ['an error with a status of its own', Object.assign(new Error(secret), { status: 404 })],
  ['an error with an unknown type', Object.assign(new Error(secret), { type: 'constructor' })],
  ['a text', secret],
  ['nothing', undefined],
  ['an object', { message: secret, type: secret }],
]
for (const [what, thrown] of unknown) {
  test(`${what} that nobody expected becomes intern, without a word of it`, async () => {
    const problem = toProblem(thrown)
    assert.equal(problem.slug, 'intern')
    assert.equal(problem.cause, thrown)
    const { text } = await ask(response => answerProblem(response, problem, base, transactie))
    assert.doesNotMatch(text, /999990019|betrokkene|Error|node:|\.ts/)
  })
}

const known: readonly (readonly [Error, Slug])[] = [
  [Object.assign(new Error(secret), { type: 'entity.too.large' }), 'te-groot'],
  [Object.assign(new Error(secret), { type: 'encoding.unsupported' }), 'verkeerd-formaat'],
  [Object.assign(new Error(secret), { type: 'request.aborted' }), 'ongeldig-verzoek'],
  [Object.assign(new Error(secret), { type: 'request.size.invalid' }), 'ongeldig-verzoek'],
  [new URIError(secret), 'ongeldig-verzoek'],
  [Object.assign(new Error(secret), { status: 400, code: 'x' }), 'intern'],
]
for (const [error, slug] of known) {
  const what = 'type' in error ? String(error.type) : error.name
  test(`${what} becomes ${slug}, without its text`, () => {
    const problem = toProblem(error)
    assert.equal(problem.slug, slug)
    assert.doesNotMatch(problem.detail, /999990019/)
  })
}

test('a problem stays the problem it is', () => {
  const problem = new Problem('te-groot', 'Te groot.')
  assert.equal(toProblem(problem), problem)
})

async function unreadable(code: string | undefined): Promise<string> {
  const socket = new PassThrough()
  const error = new Error(secret)
  answerUnreadable(
    code === undefined ? error : Object.assign(error, { code }),
    socket,
    base,
    transactie,
  )
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const parserErrors = [
  ['HPE_HEADER_OVERFLOW', 431, 'koptekst-te-groot'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413, 'te-groot'],
  ['HPE_INVALID_METHOD', 400, 'ongeldig-verzoek'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 400, 'ongeldig-verzoek'],
  ['constructor', 400, 'ongeldig-verzoek'],
  [undefined, 400, 'ongeldig-verzoek'],
] as const
for (const [code, status, slug] of parserErrors) {
  test(`what the parser calls ${code} is answered ${status} with every header, and closed`, async () => {
    const text = await unreadable(code)
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const [statusLine = '', ...lines] = head.split('\r\n')
    assert.match(statusLine, new RegExp(`^HTTP/1\\.1 ${status} [A-Z][A-Za-z ]+$`))
    const headers = Object.fromEntries(
      lines.map(line => line.split(': ') as [string, string]).map(([k, v]) => [k.toLowerCase(), v]),
    )
    assertHeaders(headers, 'an answer')
    assert.equal(headers.connection, 'close')
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)))
    assert.equal(JSON.parse(body).type, `${base}/problemen/${slug}`)
    assert.equal(JSON.parse(body).instance, `urn:uuid:${transactie}`)
    assert.doesNotMatch(text, /999990019/)
  })
}

test('a socket that is gone is let go, not written to', () => {
  const socket = new PassThrough()
  socket.end()
  answerUnreadable(new Error('x'), socket, base, transactie)
  assert.equal(socket.destroyed, true)
  const reset = new PassThrough()
  answerUnreadable(Object.assign(new Error('x'), { code: 'ECONNRESET' }), reset, base, transactie)
  assert.equal(reset.destroyed, true)
})
