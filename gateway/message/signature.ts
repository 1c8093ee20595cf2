// Did this party sign this very request, just now and for the first time? The header of the ADR signing module:
// JAdES with HttpHeaders (ETSI TS 119 182-1 §5.2.8.2) over `(request-target)`, the headers and the Digest of the body.
import { createHash } from 'node:crypto'
import { Problem } from '../problem.ts'
import type { Moment, Oin } from '../terms.ts'
import { JwsFault, type VerifyingKey, verifyJws } from './jws.ts'
import type { Spent } from './spent.ts'

/** A request as it came: nothing in it is believed yet. */
export interface SignedMessage {
  readonly method: string
  /** As on the request line, with its case and its query. */
  readonly target: string
  /** Names and values in turn, as Node's `rawHeaders`. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

type Header = Readonly<Record<string, unknown>>

export interface SignatureTools {
  readonly now: Moment
  /** Of the party on this connection, and counting today. */
  readonly keys: readonly VerifyingKey[]
  readonly spent: Spent
}

/** Name of the header, in lower case. */
export const signatureHeader = 'message-signature'

/** Milliseconds. How old a signature may be, how far its clock may be ahead, how long its use is remembered. */
const oldest = 300_000
const ahead = 30_000
const remembered = 3_600_000

/** ADR signing module: always these, and of the others whichever the message has. */
const always = ['(request-target)', 'digest']
const whenPresent = ['host', 'origin', 'content-encoding', 'content-type', 'content-length']
const mId = 'http://uri.etsi.org/19182/HttpHeaders'

/**
 * False when the message has no such header.
 * @throws Problem handtekening-onjuist
 */
export async function readSignature(
  message: SignedMessage,
  party: Oin,
  { now, keys, spent }: SignatureTools,
): Promise<boolean> {
  const tokens = valuesOf(message, signatureHeader)
  if (tokens.length === 0) return false
  if (tokens.length > 1) throw wrong('dubbel', 'de header staat er meer dan een keer')
  const { header, once } = believed(tokens[0] ?? '', message, keys)
  const iat = timeOf(header)
  if (iat > now + ahead || iat < now - oldest) {
    throw wrong('tijd', 'de tijd (iat) ligt in de toekomst of meer dan vijf minuten terug')
  }
  judgeDigest(message)
  const hash = createHash('sha256').update(`${party} ${once}`).digest('base64url')
  if (!(await spent.first(hash, iat + remembered))) {
    throw wrong('gebruikt', 'deze handtekening is al eens gebruikt')
  }
  return true
}

function wrong(reden: string, uitleg: string): Problem {
  return new Problem('handtekening-onjuist', `De handtekening klopt niet: ${uitleg}.`, {
    reden: `handtekening-${reden}`,
  })
}

function believed(token: string, message: SignedMessage, keys: readonly VerifyingKey[]) {
  const detachedPayload = (header: Header) => Buffer.from(signingText(coveredBy(header), message))
  try {
    return verifyJws(token, keys, { detachedPayload, members: ['iat', 'sigD'] })
  } catch (error) {
    if (error instanceof JwsFault) throw wrong(names[error.reden], error.message)
    throw error
  }
}

const names = {
  vorm: 'vorm',
  kop: 'kop',
  algoritme: 'algoritme',
  sleutel: 'sleutel',
  handtekening: 'vals',
} as const satisfies Record<JwsFault['reden'], string>

/** `pars` of sigD, each name once. */
function coveredBy({ sigD }: Header): readonly string[] {
  if (!isObject(sigD) || Object.keys(sigD).length !== 2 || sigD.mId !== mId) {
    throw wrong('dekking', 'sigD is er niet, of heeft niet precies mId (HttpHeaders) en pars')
  }
  const { pars } = sigD
  const named = Array.isArray(pars) && pars.every(name => typeof name === 'string')
  if (!named || new Set(pars).size !== pars.length) {
    throw wrong('dekking', 'pars is geen lijst van namen, elk een keer')
  }
  return pars
}

function isObject(value: unknown): value is Header {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** draft-cavage-http-signatures §2.3: a line per part, in the order of `pars`. */
function signingText(pars: readonly string[], message: SignedMessage): string {
  const present = whenPresent.filter(name => valuesOf(message, name).length > 0)
  const lacking = [...always, ...present].filter(name => !pars.includes(name))
  if (lacking.length > 0) {
    throw wrong('dekking', `niet ondertekend: ${lacking.join(', ')}`)
  }
  return pars.map(name => `${name}: ${partOf(message, name)}`).join('\n')
}

function partOf(message: SignedMessage, name: string): string {
  if (name === '(request-target)') return `${message.method.toLowerCase()} ${message.target}`
  const values = valuesOf(message, name)
  const [value = ''] = values
  // Of a header that stands there twice each reader could take another.
  if (values.length !== 1 || !/^[\x20-\x7e]*$/.test(value)) {
    throw wrong('dekking', 'een ondertekende header staat er niet precies een keer')
  }
  return value.trim()
}

function valuesOf({ headers }: SignedMessage, name: string): readonly string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name)
}

/** Seconds since 1970, whole and written as a number (RFC 7519 §2, without its fractions). */
function timeOf({ iat }: Header): Moment {
  if (typeof iat === 'number' && Number.isSafeInteger(iat)) return iat * 1_000
  throw wrong('tijd', 'iat is geen geheel aantal seconden')
}

const hashes: Readonly<Record<string, string>> = { 'sha-256': 'sha256', 'sha-512': 'sha512' }

/** RFC 3230 §4.3.2: every digest that is given must be one we know, in its one spelling, of these bytes. */
function judgeDigest(message: SignedMessage): void {
  const [digest = ''] = valuesOf(message, 'digest')
  for (const one of digest.split(',')) {
    const [, name = '', value = ''] = /^ *([A-Za-z0-9-]+)=([A-Za-z0-9+/]+={0,2}) *$/.exec(one) ?? []
    const known = name.toLowerCase()
    const hash = Object.hasOwn(hashes, known) ? hashes[known] : undefined
    if (hash === undefined) throw wrong('digest', 'Digest is geen SHA-256 of SHA-512')
    if (createHash(hash).update(message.body).digest('base64') !== value) {
      throw wrong('digest', 'Digest hoort niet bij de inhoud van het bericht')
    }
  }
}
