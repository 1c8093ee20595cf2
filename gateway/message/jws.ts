// Did the owner of this key sign exactly these bytes? Compact JWS (RFC 7515), in one spelling and by pinned keys.
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { Problem } from '../problem.ts'
import { readJson } from './json.ts'

/** A registered public key; its own `alg` is the only one it verifies. */
export interface VerifyingKey {
  /** What `kid` must say when a message names a key; absent only for the tool: then nothing contradicts. */
  readonly id?: string
  readonly jwk: Readonly<Record<string, unknown>>
}

export type JwsReason = 'vorm' | 'kop' | 'algoritme' | 'sleutel' | 'handtekening'

/** Why a signature is none. The message is Dutch, and repeats nothing of the token. */
export class JwsFault extends Error {
  override name = 'JwsFault'
  readonly reden: JwsReason
  constructor(reden: JwsReason, uitleg: string) {
    super(uitleg)
    this.reden = reden
  }
}

type Header = Readonly<Record<string, unknown>>

export interface Verified<Key> {
  readonly header: Header
  readonly payload: Buffer
  readonly key: Key
  /** The same for every signature of these bytes that can be made from this one without the key. */
  readonly once: string
}

interface JwsOptions {
  /** What was signed, when the token itself leaves it out (RFC 7515 §F); its header may say how to find that. */
  readonly detachedPayload?: Buffer | ((header: Header) => Buffer)
  /** Header members beside those of RFC 7515 that the caller reads and judges. */
  readonly members?: readonly string[]
}

interface Algorithm {
  readonly hash: string | null
  /** What the key must be, in the words of node:crypto. */
  readonly type: string
  readonly curve?: string
}

/** RFC 7518 §3.4, §3.5; RFC 8037. No symmetric one, and no RSA with the padding of PKCS #1 v1.5. */
const algorithms: ReadonlyMap<unknown, Algorithm> = new Map<unknown, Algorithm>([
  ['PS256', { hash: 'sha256', type: 'rsa' }],
  ['PS384', { hash: 'sha384', type: 'rsa' }],
  ['PS512', { hash: 'sha512', type: 'rsa' }],
  ['ES256', { hash: 'sha256', type: 'ec', curve: 'prime256v1' }],
  ['ES384', { hash: 'sha384', type: 'ec', curve: 'secp384r1' }],
  ['EdDSA', { hash: null, type: 'ed25519' }],
])

/** RFC 7518 §3.5: the salt is as long as the hash; §3.4: r and s side by side, not in DER. */
const encodings: Readonly<Record<string, object>> = {
  rsa: {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  },
  ec: { dsaEncoding: 'ieee-p1363' },
}

/** Keys that a token brings or points at are no keys of ours (jwk, jku, x5u, x5c and the like are not here). */
const plainMembers = ['alg', 'kid', 'typ', 'cty', 'crit', 'b64']

/** Characters; more is no signature, and would only cost. */
const longest = { token: 96 * 1024, header: 8 * 1024, signature: 2 * 1024 } as const

/** @throws JwsFault */
export function verifyJws<Key extends VerifyingKey>(
  token: string,
  keys: readonly Key[],
  { detachedPayload, members = [] }: JwsOptions = {},
): Verified<Key> {
  const parts = token.length > longest.token ? [] : token.split('.')
  const [head = '', body = '', tail = ''] = parts
  if (parts.length !== 3 || head.length > longest.header || tail.length > longest.signature) {
    throw new JwsFault('vorm', 'dit is geen compacte JWS van drie delen')
  }
  if (detachedPayload && body !== '') {
    throw new JwsFault('vorm', 'het middelste deel moet hier leeg zijn')
  }
  const header = readHeader(spelled(head), members)
  const apart = typeof detachedPayload === 'function' ? detachedPayload(header) : detachedPayload
  const payload = apart ?? spelled(body)
  if (header.b64 === false && !detachedPayload) {
    throw new JwsFault('kop', 'b64 kan alleen als de inhoud er los van staat')
  }
  const signature = spelled(tail)
  if (signature.length === 0) throw new JwsFault('handtekening', 'de handtekening is leeg')
  const text = header.b64 === false ? payload : Buffer.from(payload.toString('base64url'))
  const input = Buffer.concat([Buffer.from(`${head}.`), text])
  for (const key of candidates(header, keys)) {
    const point = verified(input, signature, key)
    if (point) return { header, payload, key, once: imprint(input, point) }
  }
  throw new JwsFault('handtekening', 'de handtekening past niet bij de sleutel en de inhoud')
}

/** Base64url without padding in its one spelling: other bits in the last character are another token. */
function spelled(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') === part) return bytes
  throw new JwsFault('vorm', 'een deel is geen base64url zonder opvulling')
}

function readHeader(bytes: Buffer, members: readonly string[]): Header {
  const header = parse(bytes)
  const known = [...plainMembers, ...members]
  if (Object.keys(header).some(name => !known.includes(name))) {
    throw new JwsFault('kop', 'de kop heeft een lid dat hier niet wordt gelezen')
  }
  for (const name of ['kid', 'typ', 'cty']) {
    if (Object.hasOwn(header, name) && typeof header[name] !== 'string') {
      throw new JwsFault('kop', `${name} is geen tekst`)
    }
  }
  const critical = Object.hasOwn(header, 'crit') ? header.crit : undefined
  if (critical !== undefined && !isCritical(critical, header, ['b64', ...members])) {
    throw new JwsFault('kop', 'crit noemt iets dat hier niet wordt begrepen')
  }
  const raw = Object.hasOwn(header, 'b64')
  // RFC 7797 §6: who does not know b64 must refuse, so it is critical.
  if (raw && (header.b64 !== false || !(Array.isArray(critical) && critical.includes('b64')))) {
    throw new JwsFault('kop', 'b64 is false en staat in crit, of ontbreekt')
  }
  return header
}

function parse(bytes: Buffer): Record<string, unknown> {
  let value: unknown
  try {
    value = readJson(bytes)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
  if (isObject(value)) return value
  throw new JwsFault('kop', 'de kop is geen JSON-object in zijn ene spelling')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** RFC 7515 §4.1.11: not empty, each once, an extension that we know and that is there. */
function isCritical(critical: unknown, header: Header, understood: readonly string[]): boolean {
  return (
    Array.isArray(critical) &&
    critical.length > 0 &&
    new Set(critical).size === critical.length &&
    critical.every(name => understood.includes(name) && Object.hasOwn(header, name))
  )
}

/** The key that the message names, or those it could be of; the algorithm is the key's to say. */
function candidates<Key extends VerifyingKey>(
  { alg, kid }: Header,
  keys: readonly Key[],
): readonly Key[] {
  if (!algorithms.has(alg)) throw new JwsFault('algoritme', 'dit alg wordt hier niet aangenomen')
  const named = keys.filter(({ id }) => kid === undefined || id === undefined || id === kid)
  if (named.length === 0) throw new JwsFault('sleutel', 'de kop noemt geen geregistreerde sleutel')
  const fitting = named.filter(({ jwk }) => jwk.alg === alg)
  if (fitting.length > 0) return fitting
  throw new JwsFault('algoritme', 'de sleutel is voor een ander alg geregistreerd')
}

/** The part of a signature that nobody can change without the key; of (r, s) also (r, n − s) is valid. */
function verified(input: Buffer, signature: Buffer, key: VerifyingKey): Buffer | undefined {
  const algorithm = algorithms.get(key.jwk.alg)
  const object = objectOf(key.jwk)
  if (!algorithm || object?.asymmetricKeyType !== algorithm.type) return undefined
  const { namedCurve } = object.asymmetricKeyDetails ?? {}
  if (algorithm.curve !== undefined && namedCurve !== algorithm.curve) return undefined
  const used = { key: object, ...encodings[algorithm.type] }
  if (!verify(algorithm.hash, input, used, signature)) return undefined
  return algorithm.type === 'ec' ? signature.subarray(0, signature.length / 2) : signature
}

function imprint(input: Buffer, point: Buffer): string {
  return createHash('sha256').update(input).update('.').update(point).digest('base64url')
}

/** Made once for each key of a law. */
const objects = new WeakMap<object, KeyObject>()

function objectOf(jwk: VerifyingKey['jwk']): KeyObject | undefined {
  const known = objects.get(jwk)
  if (known) return known
  try {
    const made = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    objects.set(jwk, made)
    return made
  } catch {
    return undefined
  }
}

/** Our own signature of this payload, as `verifyJws` wants it: by the algorithm the key was made for. */
export function signJws(payload: object, { id, jwk }: VerifyingKey): string {
  const algorithm = algorithms.get(jwk.alg)
  if (!algorithm) throw new JwsFault('algoritme', 'de sleutel heeft geen alg dat hier geldt')
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: jwk.alg, ...(id !== undefined && { kid: id }) })}.${part(payload)}`
  const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
  const signature = sign(algorithm.hash, Buffer.from(input), { key, ...encodings[algorithm.type] })
  return `${input}.${signature.toString('base64url')}`
}
