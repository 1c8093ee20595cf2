// What does a question look like on the wire? Its bytes as text, so that a test can spoil any of them.
import { goodBody } from '../support/gateway.ts'

export const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
export const good = JSON.stringify({ ...goodBody(), zaak: '2026-000123' })
export const type = 'Content-Type: application/json'

/** A whole request as text; `lines` are headers besides Host. */
export function raw(
  body: string | Buffer,
  lines: readonly string[] = [type],
  line = `POST ${path}`,
): Buffer {
  const head = [
    `${line} HTTP/1.1`,
    'Host: localhost',
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

/** A question whose body comes in chunks, which the test writes itself. */
export function chunked(body: string, lines = ['Transfer-Encoding: chunked']): string {
  return [`POST ${path} HTTP/1.1`, 'Host: localhost', type, ...lines, '', body].join('\r\n')
}
