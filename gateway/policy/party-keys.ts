// Which keys and approvers of a party count, and is a key fit to be registered? Public halves only (RFC 7517).
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { Approver, Moment, Oin, Party, PartyKey } from '../terms.ts'
import type { PolicySet } from './law.ts'
import { countsOn, legalDate } from './legal-time.ts'

type Use = PartyKey['gebruik']

/** What each use may be done with, and the key that it takes: the algorithm is the key's, never the message's. */
export const algorithms: Readonly<Record<Use, Readonly<Record<string, readonly string[]>>>> = {
  ondertekenen: {
    PS256: ['RSA'],
    PS384: ['RSA'],
    PS512: ['RSA'],
    ES256: ['P-256'],
    ES384: ['P-384'],
    EdDSA: ['Ed25519'],
  },
  versleutelen: {
    'RSA-OAEP': ['RSA'],
    'RSA-OAEP-256': ['RSA'],
    'ECDH-ES+A256KW': ['P-256', 'P-384', 'P-521'],
  },
}

/** Members that hold the key itself, in the order of RFC 7638; the bytes of a coordinate per curve. */
const required: Readonly<Record<string, readonly string[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
}
const coordinateBytes: Readonly<Record<string, number>> = {
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
  Ed25519: 32,
}

/** RFC 7518 §6: what only the owner may have, and what is not a public key at all. */
export const privateMembers: ReadonlySet<string> = new Set([
  'd',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'oth',
  'k',
])

const publicMembers = new Set(['kty', 'alg', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use'])
const uses: Readonly<Record<Use, string>> = { ondertekenen: 'sig', versleutelen: 'enc' }

type Jwk = Readonly<Record<string, unknown>>

/** Why this key may not be registered for this use, in Dutch and without any of its values. */
export function keyFault(jwk: Jwk, gebruik: Use): string | undefined {
  const names = Object.keys(jwk)
  if (names.some(name => privateMembers.has(name))) {
    return 'dit is een geheime sleutel; alleen het openbare deel hoort hier'
  }
  if (names.some(name => !publicMembers.has(name))) return 'de sleutel heeft een onbekend lid'
  const kinds = lookUp(algorithms[gebruik], jwk.alg)
  if (!kinds) return `alg is een van: ${Object.keys(algorithms[gebruik]).join(', ')}`
  if (jwk.use !== undefined && jwk.use !== uses[gebruik]) return 'use past niet bij het gebruik'
  const kind = jwk.kty === 'RSA' ? 'RSA' : jwk.crv
  if (!kinds.includes(String(kind))) return `bij dit alg hoort een sleutel ${kinds.join(', ')}`
  return shapeFault(jwk) ?? strengthFault(jwk)
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined
}

function shapeFault(jwk: Jwk): string | undefined {
  const members = lookUp(required, jwk.kty) ?? []
  const key = members.filter(name => name !== 'kty' && name !== 'crv')
  if (jwk.kty !== (jwk.crv === undefined ? 'RSA' : jwk.crv === 'Ed25519' ? 'OKP' : 'EC')) {
    return 'kty en crv passen niet bij elkaar'
  }
  const others = ['n', 'e', 'x', 'y'].filter(name => !key.includes(name))
  if (others.some(name => jwk[name] !== undefined)) return 'de sleutel heeft een lid te veel'
  for (const name of key) {
    const bytes = decode(jwk[name])
    if (!bytes) return `${name} is geen base64url in zijn ene spelling`
    const length = lookUp(coordinateBytes, jwk.crv)
    if (length === undefined ? bytes[0] === 0 : bytes.length !== length) {
      return `${name} heeft niet de lengte die erbij hoort`
    }
  }
  return undefined
}

/** NCSC 2025-05; FIPS 186-5 §5.1. OpenSSL itself refuses a point that is not on its curve. */
function strengthFault(jwk: Jwk): string | undefined {
  let key: KeyObject
  try {
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return 'dit is geen sleutel'
  }
  if (jwk.kty !== 'RSA') return undefined
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < 2_048 || modulusLength > 8_192)
    return 'n is geen getal van 2048 tot 8192 bits'
  if (((decode(jwk.n)?.at(-1) ?? 0) & 1) === 0) return 'n is even'
  if (publicExponent < 65_537n || publicExponent >= 2n ** 256n || publicExponent % 2n === 0n) {
    return 'e is geen oneven getal vanaf 65537'
  }
  return undefined
}

/** Base64url without padding, in its one spelling (RFC 4648 §3.5, §5). */
function decode(text: unknown): Buffer | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** RFC 7638: one name per key, whatever stands around it. */
export function thumbprint(jwk: Jwk): string {
  const members = (lookUp(required, jwk.kty) ?? []).map(name => [name, jwk[name]])
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url')
}

/** The keys of this party that count at this moment: from midnight of the first day through the last. */
export function validKeys(party: Party, gebruik: Use, now: Moment): readonly PartyKey[] {
  const today = legalDate(now)
  return (party.sleutels ?? []).filter(one => one.gebruik === gebruik && countsOn(today, one))
}

/** The same, of whoever has this OIN; of nobody there are none. */
export function keysOf(
  { partijen }: PolicySet,
  oin: Oin,
  gebruik: Use,
  now: Moment,
): readonly PartyKey[] {
  const party = partijen.get(oin)
  return party ? validKeys(party, gebruik, now) : []
}

/** Persons whom the operator registered for this, and who count at this moment: each with a key of their own. */
export function operatorApprovers(
  { partijen }: Pick<PolicySet, 'partijen'>,
  functie: string,
  now: Moment,
): readonly Approver[] {
  return [...partijen.values()]
    .filter(({ soort, status }) => soort === 'beheerder' && status === 'actief')
    .flatMap(party => validApprovers(party, now))
    .filter(one => one.functie === functie)
}

export function validApprovers(party: Party, now: Moment): readonly Approver[] {
  const today = legalDate(now)
  return (party.goedkeurders ?? []).filter(one => countsOn(today, one))
}
