// What does one CRL say, and did its issuer say it? A full CRL of one authority (RFC 5280 §5).
import { constants, verify } from 'node:crypto'
import type { Moment } from '../terms.ts'
import { signatureKind } from './algorithm.ts'
import { type Der, inside, readDer, readTime, tags } from './der.ts'
import type { PeerReason } from './reason.ts'
import { type Authority, serialOf, type Trust } from './trust.ts'
import { maySignCrls } from './usage.ts'

/** A CRL that was verified against its issuer. */
export interface RevocationList {
  /** `id` of the authority that signed it. */
  readonly issuer: string
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
  readonly issuer: Buffer
  readonly thisUpdate: Moment
  readonly nextUpdate: Moment | undefined
  readonly entries: readonly (readonly Der[])[]
  readonly extensions: readonly Der[]
}

/** @throws CrlFault */
export function readCrl(bytes: Buffer, trust: Trust): RevocationList {
  const parts = readParts(bytes)
  const named = trust.authorities.filter(one => one.subject.equals(parts.issuer))
  const signer = named.find(authority => isSignedBy(parts, authority))
  if (signer === undefined) throw new CrlFault('crl-handtekening', named[0]?.id)
  // RFC 5280 §6.3.3 (f): the key must be meant for CRLs.
  if (!maySignCrls(signer)) throw new CrlFault('crl-handtekening', signer.id)
  // RFC 5280 §5.1.2.5: without nextUpdate nobody can tell that it is stale.
  if (!isFull(parts) || parts.nextUpdate === undefined) throw new CrlFault('crl-soort', signer.id)
  const { thisUpdate, nextUpdate } = parts
  const revoked = new Set(
    parts.entries.map(([serial]) => serialOf(serial?.content.toString('hex') ?? '')),
  )
  return { issuer: signer.id, thisUpdate, nextUpdate, revoked }
}

/** PEM or DER. */
function readParts(bytes: Buffer): Parts {
  const pem = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/.exec(bytes.toString('latin1'))
  try {
    return split(readDer(pem ? Buffer.from(pem[1] ?? '', 'base64') : bytes))
  } catch {
    throw new CrlFault('crl-onleesbaar')
  }
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
    issuer: issuer.whole,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: nextUpdate && readTime(nextUpdate),
    entries: revoked ? inside(revoked).map(entry => inside(entry)) : [],
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

const deltaIndicator = '0603551d1b'
const issuingDistributionPoint = '0603551d1c'
const onlyDistributionPoint = tags.explicit0

/**
 * Neither delta, indirect nor partial, and no critical extension that is not read here, in no entry
 * either (RFC 5280 §5.2.4, §5.2.5, §5.3.3).
 */
function isFull({ extensions, entries }: Parts): boolean {
  return (
    extensions.every(extension => {
      const [id, ...rest] = inside(extension)
      const name = id?.whole.toString('hex')
      if (name === deltaIndicator) return false
      return name === issuingDistributionPoint ? coversAll(rest.at(-1)) : !isCritical(extension)
    }) &&
    entries.every(([, , entryExtensions]) =>
      entryExtensions ? inside(entryExtensions).every(one => !isCritical(one)) : true,
    )
  )
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
