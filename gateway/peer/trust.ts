// Whom do we believe? The certificates of authorities in the trust directory: self-signed ones are
// the anchors, the others are known intermediates, without which their CRLs could not be checked.
import { createHash, X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AsnParser } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import { inside, readDer, tags } from './der.ts'

/** A certificate as OpenSSL checks it, as its extensions read, and its names byte for byte. */
export interface Certificate {
  readonly x509: X509Certificate
  readonly tbs: asn.TBSCertificate
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly publicKey: Buffer
  /** AlgorithmIdentifier of the signature. */
  readonly algorithm: Buffer
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
  const authorities: Authority[] = []
  for (const name of names) {
    const found = readCertificates(await readFile(join(dir, name), 'utf8'))
    if (found.length === 0) throw new Error(`geen certificaat in ${name}`)
    authorities.push(...found.map(asAuthority))
  }
  if (!authorities.some(authority => authority.anchor))
    throw new Error('geen vertrouwensanker in de map van SLUIS_TRUST_DIR')
  return { authorities }
}

/** Every certificate of a PEM text, in its order. */
export function readCertificates(pem: string): Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map(block => readCertificate(new X509Certificate(block)))
}

export function readCertificate(x509: X509Certificate): Certificate {
  const [signed, algorithm] = inside(readDer(x509.raw))
  const members = signed ? inside(signed) : []
  if (members[0]?.tag === tags.explicit0) members.shift()
  const [, , issuer, , subject, publicKey] = members
  if (!algorithm || !issuer || !subject || !publicKey) throw new RangeError('no certificate')
  return {
    x509,
    tbs: AsnParser.parse(x509.raw, asn.Certificate).tbsCertificate,
    issuer: issuer.whole,
    subject: subject.whole,
    publicKey: publicKey.whole,
    algorithm: algorithm.whole,
  }
}

/**
 * What revocation looks up beside the serial number: a hash of the issuer's name *and* key, so a
 * look-alike authority with the same name never borrows the CRL of the real one.
 */
export function authorityId({ subject, publicKey }: Certificate): string {
  return createHash('sha256').update(subject).update(publicKey).digest('base64url')
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
