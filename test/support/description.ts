// What does the API description promise? Its operations, replies and schemas, and whether an answer keeps them.
import assert from 'node:assert/strict'
import { openapi } from '../../gateway/listen/public.ts'
import { compileDataset } from '../../gateway/schema.ts'

export type Json = Record<string, unknown>

interface Media {
  readonly schema: { readonly $ref: string }
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: Json }>>
}
export interface Reply {
  readonly $ref?: string
  readonly description: string
  readonly headers: Json
  readonly content: Readonly<Record<string, Media>>
}
export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Reply>>
}
interface Description {
  readonly openapi: string
  readonly info: { readonly version: string; readonly contact: Json }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly security: readonly Json[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>
    readonly responses: Readonly<Record<string, Reply>>
  } & Json
}

export const document = openapi() as unknown as Description
export const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']
export const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => methods.includes(method))
    .map(([method, operation]) => ({ path, method, ...(operation as Operation) })),
)

/** Follows `#/…`; fails on what is not there. */
export function find(pointer: string): unknown {
  let at: unknown = document
  for (const part of pointer.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    assert.ok(typeof at === 'object' && at !== null && Object.hasOwn(at, name), pointer)
    at = (at as Json)[name]
  }
  return at
}

export function responsesOf({ responses }: Pick<Operation, 'responses'>): [string, Reply][] {
  return Object.entries(responses).map(([status, reply]) => [
    status,
    reply.$ref === undefined ? reply : (find(reply.$ref) as Reply),
  ])
}

/** A schema of the document as a check that stands alone. */
export function check(name: string): (value: unknown) => readonly unknown[] {
  const $defs = JSON.parse(
    JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
  )
  return compileDataset({ $defs, $ref: `#/$defs/${name}` })
}

/** What every answer of every listener carries, and what none does (ADR security-headers, version-header). */
export function assertHeaders(headers: Readonly<Record<string, unknown>>, where: string): void {
  assert.equal(headers['api-version'], document.info.version, where)
  assert.equal(headers['cache-control'], 'no-store', where)
  assert.match(String(headers['content-security-policy']), /^default-src 'none';/, where)
  assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, where)
  assert.match(String(headers['strict-transport-security']), /^max-age=\d{8,}/, where)
  assert.equal(headers['x-content-type-options'], 'nosniff', where)
  assert.equal(headers['x-frame-options'], 'DENY', where)
  assert.equal(headers['referrer-policy'], 'no-referrer', where)
  assert.ok(headers['content-type'], where)
  for (const name of ['server', 'x-powered-by', 'etag', 'last-modified', 'set-cookie', 'via']) {
    assert.equal(headers[name], undefined, `${where}: ${name}`)
  }
}

/** An error is a problem document with all five members (RFC 9457), about itself and nobody. */
export function assertProblem(
  answer: {
    readonly status: number
    readonly text: string
    readonly headers: Readonly<Record<string, unknown>>
  },
  where: string,
): void {
  assertHeaders(answer.headers, where)
  assert.match(
    String(answer.headers['content-type']),
    /^application\/problem\+json; charset=utf-8$/,
    where,
  )
  const problem = JSON.parse(answer.text)
  assert.deepEqual(checkProblem(problem), [], where)
  assert.equal(problem.status, answer.status, where)
  assert.match(problem.type, /^https?:\/\/[^/]+\/problemen\/[a-z-]+$/, where)
  assert.match(
    problem.instance,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    where,
  )
}

const checkProblem = check('Probleem')
