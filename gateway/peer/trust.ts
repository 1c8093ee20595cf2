// Whom do we believe? The certificates of authorities in the trust directory: self-signed ones are
// the anchors, the others are known intermediates, without which their CRLs could not be checked.
import { createHash, X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bounds } from './bounds.ts'
import { contentOf, type Der, inside, readDer, readOid, tags } from './der.ts'
import { type Name, readName } from './name.ts'
import { notAdmitted } from './reason.ts'

/** A certificate as OpenSSL checks it, and what we read in it ourselves. */
export interface Certificate {
  readonly x509: X509Certificate
  readonly issuer: Name
  readonly subject: Name
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer
  /** AlgorithmIdentifier of the signature. */
  readonly algorithm: Buffer
  readonly extensions: readonly Extension[]
}

export interface Extension {
  readonly id: string
  readonly critical: boolean
  /** DER inside the octet string. */
  readonly value: Buffer
}

export interface Authority extends Certificate {
  readonly anchor: boolean
  /** Name and key together, see `authorityId`. */
  readonly id: string
}

export interface Trust {
  readonly authorities: readonly Authority[]
}

/** @throws Error when a file holds something else than certificates, or no anchor is found */
export async function readTrust(dir: string): Promise<Trust> {
  const names = (await readdir(dir)).filter(name => name.endsWith('.pem')).sort()
  const found: Certificate[] = []
  for (const name of names) {
    const certificates = readCertificates(await readFile(join(dir, name), 'utf8'))
    if (certificates.length === 0) throw new Error(`geen certificaat in ${name}`)
    found.push(...certificates)
  }
  const trust = trustOf(found)
  if (!trust.authorities.some(authority => authority.anchor))
    throw new Error('geen vertrouwensanker in de map van SLUIS_TRUST_DIR')
  return trust
}

/** Each certificate once, in whatever files it stood. */
export function trustOf(certificates: readonly Certificate[]): Trust {
  const once = new Map(certificates.map(one => [one.x509.fingerprint256, one]))
  return { authorities: [...once.values()].map(asAuthority) }
}

/** Every certificate of a PEM text, in its order. */
export function readCertificates(pem: string): Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map(block => readCertificate(new X509Certificate(block)))
}

/** @throws Problem when it is too large to look into, RangeError when it is no certificate of X.509 v3 */
export function readCertificate(x509: X509Certificate): Certificate {
  if (x509.raw.length > bounds.bytes) throw notAdmitted('certificaat-te-groot')
  const [signed, algorithm] = inside(readDer(x509.raw))
  const members = signed ? inside(signed) : []
  if (members[0]?.tag === tags.explicit0) members.shift()
  const [, , issuer, , subject, publicKey, ...optional] = members
  if (!algorithm || !issuer || !subject || !publicKey) throw new RangeError('no certificate')
  const wrapped = optional.find(({ tag }) => tag === tags.explicit3)
  const extensions = wrapped ? inside(readDer(wrapped.content)) : []
  if (extensions.length > bounds.extensions) throw notAdmitted('certificaat-te-groot')
  return {
    x509,
    issuer: readName(issuer),
    subject: readName(subject),
    publicKey: publicKey.whole,
    algorithm: algorithm.whole,
    extensions: extensions.map(readExtension),
  }
}

/** critical BOOLEAN DEFAULT FALSE: DER leaves it out when it is false, and we do not count on that. */
function readExtension(der: Der): Extension {
  const [id, ...rest] = inside(der)
  const critical = rest[0]?.tag === tags.boolean && rest.shift()?.content[0] !== 0
  return { id: readOid(id), critical, value: contentOf(rest[0], tags.octetString) }
}

/** Issued to its own name: a renewed key of the same authority (RFC 5280 §3.2). */
export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return subject.key === issuer.key
}

/**
 * What revocation looks up beside the serial number: a hash of the issuer's name *and* key, so a
 * look-alike authority with the same name never borrows the CRL of the real one.
 */
export function authorityId({ subject, publicKey }: Certificate): string {
  return createHash('sha256').update(`${subject.key}\0`).update(publicKey).digest('base64url')
}

/** Upper-case hexadecimal without leading zeros, as certificate and CRL are compared. */
export function serialOf(hex: string): string {
  return hex.toUpperCase().replace(/^0+/, '')
}

function asAuthority(certificate: Certificate): Authority {
  const { x509 } = certificate
  const anchor = x509.verify(x509.publicKey)
  return { ...certificate, anchor, id: authorityId(certificate) }
}
