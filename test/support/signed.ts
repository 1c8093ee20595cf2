// How does a partner sign a request? As its own software would, with jose and the ADR signing module in hand.
import { createHash, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompactSign, FlattenedSign } from 'jose'

/** A private JWK of the development PKI: `sleutels/<party>-ondertekenen` or `goedkeurders/<id>`. */
export function privateJwk(pkiDir: string, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(pkiDir, `${name}.jwk`), 'utf8'))
}

export interface Signing {
  readonly jwk: Readonly<Record<string, unknown>>
  readonly path: string
  readonly body: string
  readonly method?: string
  /** Seconds since 1970. */
  readonly iat: unknown
  /** What is signed, where that is to be another thing than what is sent. */
  readonly signedHeaders?: Readonly<Record<string, string>>
  readonly pars?: readonly string[]
  readonly header?: Readonly<Record<string, unknown>>
  /** Left out of the protected header. */
  readonly without?: string
}

const mId = 'http://uri.etsi.org/19182/HttpHeaders'

/** Everything that such a request must carry besides its body. */
export async function signedHeaders(signing: Signing): Promise<Record<string, string>> {
  const sent = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(signing.body)),
    Digest: `SHA-256=${createHash('sha256').update(signing.body).digest('base64')}`,
  }
  return { ...sent, 'Message-Signature': await messageSignature(signing, sent) }
}

async function messageSignature(signing: Signing, sent: Record<string, string>): Promise<string> {
  const { jwk, path, method = 'POST', iat, header = {}, without } = signing
  const values = new Map(
    Object.entries({ ...sent, ...signing.signedHeaders }).map(([n, v]) => [n.toLowerCase(), v]),
  )
  const pars = signing.pars ?? ['(request-target)', ...values.keys()]
  const target = `${method.toLowerCase()} ${path}`
  const text = pars
    .map(name => `${name}: ${name === '(request-target)' ? target : (values.get(name) ?? '')}`)
    .join('\n')
  const members: Record<string, unknown> = {
    alg: String(jwk.alg),
    iat,
    sigD: { mId, pars },
    b64: false,
    crit: ['b64', 'sigD'],
    ...header,
  }
  if (without !== undefined) delete members[without]
  const signer = new FlattenedSign(Buffer.from(text)).setProtectedHeader({
    ...members,
    alg: String(members.alg),
  })
  const made = await signer.sign(createPrivateKey({ key: { ...jwk }, format: 'jwk' }), {
    crit: { sigD: true, iat: true, b64: true },
  })
  return `${made.protected}..${made.signature}`
}

/** A compact JWS over a JSON payload, as an approver signs a statement. */
export async function signedJson(
  jwk: Readonly<Record<string, unknown>>,
  payload: unknown,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: String(jwk.alg), ...header })
    .sign(createPrivateKey({ key: { ...jwk }, format: 'jwk' }))
}
