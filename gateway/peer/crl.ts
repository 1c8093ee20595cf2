// What does one CRL say, and did its issuer say it? A full CRL of one authority (RFC 5280 §5).
import { constants, verify } from 'node:crypto'
import type { Moment } from '../terms.ts'
import { signatureKind } from './algorithm.ts'
import { contentOf, type Der, inside, readDer, readOid, readTime, tags } from './der.ts'
import { readName } from './name.ts'
import type { PeerReason } from './reason.ts'
import { type Authority, serialOf, type Trust } from './trust.ts'
import { mayUseKeyFor } from './usage.ts'

/** A CRL that was verified against its issuer. */
export interface RevocationList {
  /** `id` of the authority that signed it. */
  readonly issuer: string
  /** CRL number, which only grows (RFC 5280 §5.2.3); absent where an authority leaves it out. */
  readonly number: bigint | undefined
  readonly thisUpdate: Moment
  readonly nextUpdate: Moment
  readonly revoked: ReadonlySet<string>
}

/** Why a file is no usable CRL; `issuer` when it names an authority that we know. */
export class CrlFault extends Error {
  override name = 'CrlFault'
  readonly reden: PeerReason
  readonly issuer: string | undefined
  constructor(reden: PeerReason, issuer?: string) {
    super(reden)
    this.reden = reden
    this.issuer = issuer
  }
}

interface Parts {
  readonly tbs: Buffer
  readonly algorithms: readonly [Buffer, Buffer]
  readonly signature: Buffer
  /** Comparable, see name.ts. */
  readonly issuer: string
  readonly thisUpdate: Moment
  readonly nextUpdate: Moment | undefined
  readonly revoked: Der | undefined
  readonly extensions: readonly Der[]
}

/** @throws CrlFault */
export function readCrl(bytes: Buffer, trust: Trust): RevocationList {
  const parts = readable(() => readParts(bytes))
  const named = trust.authorities.filter(({ subject }) => subject.key === parts.issuer)
  const signer = named.find(authority => isSignedBy(parts, authority))
  if (signer === undefined) throw new CrlFault('crl-handtekening', named[0]?.id)
  // RFC 5280 §6.3.3 (f): the key must be meant for CRLs.
  if (!mayUseKeyFor(signer, 'cRLSign')) throw new CrlFault('crl-handtekening', signer.id)
  return readable(() => {
    const entries = parts.revoked ? inside(parts.revoked).map(entry => inside(entry)) : []
    const { thisUpdate, nextUpdate } = parts
    // RFC 5280 §5.1.2.5: without nextUpdate nobody can tell that it is stale.
    if (!isFull(parts.extensions, entries) || nextUpdate === undefined) {
      throw new CrlFault('crl-soort', signer.id)
    }
    const serials = entries.map(([serial]) =>
      serialOf(contentOf(serial, tags.integer).toString('hex')),
    )
    const number = numberOf(parts.extensions)
    return { issuer: signer.id, number, thisUpdate, nextUpdate, revoked: new Set(serials) }
  }, signer.id)
}

function readable<T>(read: () => T, issuer?: string): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof CrlFault ? error : new CrlFault('crl-onleesbaar', issuer)
  }
}

/** PEM or DER. */
function readParts(bytes: Buffer): Parts {
  const pem = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/.exec(bytes.toString('latin1'))
  return split(readDer(pem ? Buffer.from(pem[1] ?? '', 'base64') : bytes))
}

/** CertificateList (RFC 5280 §5.1): optional members are told apart by their tags. */
function split(list: Der): Parts {
  const [tbs, outerAlgorithm, signature, ...rest] = inside(list)
  if (tbs === undefined || outerAlgorithm === undefined || signature?.tag !== tags.bitString) {
    throw new RangeError('no CertificateList')
  }
  const members = inside(tbs)
  if (members[0]?.tag === tags.integer) members.shift()
  const [algorithm, issuer, thisUpdate, ...optional] = members
  if (algorithm === undefined || issuer === undefined || thisUpdate === undefined || rest.length) {
    throw new RangeError('no TBSCertList')
  }
  const isTime = optional[0]?.tag === tags.utcTime || optional[0]?.tag === tags.generalizedTime
  const nextUpdate = isTime ? optional.shift() : undefined
  const revoked = optional[0]?.tag === tags.sequence ? optional.shift() : undefined
  const wrapped = optional[0]?.tag === tags.explicit0 ? optional.shift() : undefined
  if (optional.length > 0) throw new RangeError('unknown member of TBSCertList')
  return {
    tbs: tbs.whole,
    algorithms: [algorithm.whole, outerAlgorithm.whole],
    signature: signature.content.subarray(1),
    issuer: readName(issuer).key,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: nextUpdate && readTime(nextUpdate),
    revoked,
    extensions: wrapped ? inside(readDer(wrapped.content)) : [],
  }
}

function isSignedBy({ tbs, algorithms, signature }: Parts, authority: Authority): boolean {
  const [inner, outer] = algorithms
  const kind = signatureKind(outer)
  if (kind === undefined || !inner.equals(outer)) return false
  const key = authority.x509.publicKey
  const padding = kind.pss
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : {}
  try {
    return verify(kind.hash, tbs, { key, ...padding }, signature)
  } catch {
    return false // a key of another kind than the signature
  }
}

const crlNumber = '2.5.29.20'
const deltaIndicator = '2.5.29.27'
const issuingDistributionPoint = '2.5.29.28'
const onlyDistributionPoint = tags.explicit0

/**
 * Neither delta, indirect nor partial, and no critical extension that is not read here, in no entry
 * either (RFC 5280 §5.2.4, §5.2.5, §5.3.3).
 */
function isFull(extensions: readonly Der[], entries: readonly (readonly Der[])[]): boolean {
  return (
    extensions.every(extension => {
      const [id, ...rest] = inside(extension)
      const name = readOid(id)
      if (name === deltaIndicator) return false
      return name === issuingDistributionPoint ? coversAll(rest.at(-1)) : !isCritical(extension)
    }) &&
    entries.every(([, , entryExtensions]) =>
      entryExtensions ? inside(entryExtensions).every(one => !isCritical(one)) : true,
    )
  )
}

function numberOf(extensions: readonly Der[]): bigint | undefined {
  const found = extensions.map(one => inside(one)).find(([id]) => readOid(id) === crlNumber)
  if (found === undefined) return undefined
  const { content } = readDer(contentOf(found.at(-1), tags.octetString))
  return BigInt(`0x${content.toString('hex')}`)
}

/** An issuing distribution point may name its place [0]; every other member narrows the CRL. */
function coversAll(value: Der | undefined): boolean {
  return (
    value !== undefined &&
    inside(readDer(value.content)).every(member => member.tag === onlyDistributionPoint)
  )
}

/** critical BOOLEAN DEFAULT FALSE: present means TRUE in DER. */
function isCritical(extension: Der): boolean {
  return inside(extension).length === 3
}
