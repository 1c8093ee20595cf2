// How does a development authority sign? Certificates and CRLs (RFC 5280), EC P-256 by default.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  webcrypto,
  X509Certificate,
} from 'node:crypto'
import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'

/** A certificate with its private key; `chain` runs from its issuer up to, not including, the root. */
export interface Holding {
  readonly certificate: X509Certificate
  readonly key: KeyObject
  readonly chain: readonly X509Certificate[]
}

/** Who signs: the subject name as it stands in the authority's own certificate, and its key. */
export interface Signer {
  readonly name: asn.Name
  readonly key: KeyObject
}

/** What a new certificate must say. */
export interface CertificateRequest {
  readonly subject: asn.Name
  /** Hexadecimal; a fresh one when absent. */
  readonly serial?: string
  /** Private or public; only the public half ends in the certificate. */
  readonly key: KeyObject
  readonly notBefore: number
  readonly notAfter: number
  readonly extensions: readonly asn.Extension[]
}

export interface RevokedEntry {
  /** Hexadecimal. */
  readonly serial: string
  readonly at: number
  readonly extensions?: readonly asn.Extension[]
}

/** What a new CRL must say. */
export interface CrlRequest {
  readonly revoked: readonly RevokedEntry[]
  readonly thisUpdate: number
  /** CRL number; grows with the time when absent, null: the CRL has none. */
  readonly number?: number | null
  readonly nextUpdate?: number | undefined
  readonly extensions?: readonly asn.Extension[]
}

/** Certificate policy of every development certificate; 2.999 is the arc for examples (X.660). */
export const developmentPolicy = '2.999.1.1'

const attributes = { country: '2.5.4.6', organisation: '2.5.4.10', commonName: '2.5.4.3' }
const serialNumberAttribute = '2.5.4.5'
const cRLNumber = '2.5.29.20'
const signatureAlgorithms = {
  ec: { SHA1: '1.2.840.10045.4.1', SHA256: '1.2.840.10045.4.3.2' },
  rsa: { SHA1: '1.2.840.113549.1.1.5', SHA256: '1.2.840.113549.1.1.11' },
}
export type SigningHash = 'SHA1' | 'SHA256'

/** ECDSA key pair; the private KeyObject carries both halves. */
export async function makeEcKey(curve: 'P-256' | 'P-384' = 'P-256'): Promise<KeyObject> {
  const algorithm = { name: 'ECDSA', namedCurve: curve }
  const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}

/** C, O, CN and one serialNumber attribute per OIN: exactly one in every honest certificate. */
export function subjectName(holder: {
  readonly name: string
  readonly organisation: string
  readonly country: string
  readonly oins?: readonly string[]
}): asn.Name {
  const part = (type: string, value: asn.AttributeValue) =>
    new asn.RelativeDistinguishedName([new asn.AttributeTypeAndValue({ type, value })])
  const printable = (text: string) => new asn.AttributeValue({ printableString: text })
  const utf8 = (text: string) => new asn.AttributeValue({ utf8String: text })
  return new asn.Name([
    part(attributes.country, printable(holder.country)),
    part(attributes.organisation, utf8(holder.organisation)),
    part(attributes.commonName, utf8(holder.name)),
    ...(holder.oins ?? []).map(oin => part(serialNumberAttribute, printable(oin))),
  ])
}

/** The subject of a certificate as an issuer name, byte for byte. */
export function signerOf(holding: Pick<Holding, 'certificate' | 'key'>): Signer {
  const parsed = AsnConvert.parse(holding.certificate.raw, asn.Certificate)
  return { name: parsed.tbsCertificate.subject, key: holding.key }
}

export function signCertificate(
  request: CertificateRequest,
  issuer: Signer,
  hash: SigningHash = 'SHA256',
): X509Certificate {
  const publicKey = spkiOf(request.key)
  const signature = algorithmOf(issuer.key, hash)
  const tbsCertificate = new asn.TBSCertificate({
    version: asn.Version.v3,
    serialNumber: arrayBuffer(request.serial ? Buffer.from(request.serial, 'hex') : freshSerial()),
    signature,
    issuer: issuer.name,
    validity: new asn.Validity({
      notBefore: new Date(request.notBefore),
      notAfter: new Date(request.notAfter),
    }),
    subject: request.subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey, asn.SubjectPublicKeyInfo),
    extensions: new asn.Extensions([
      ...request.extensions,
      extension(asn.id_ce_subjectKeyIdentifier, new asn.SubjectKeyIdentifier(keyId(request.key))),
      authorityKey(issuer.key),
    ]),
  })
  const certificate = new asn.Certificate({
    tbsCertificate,
    signatureAlgorithm: signature,
    signatureValue: signed(AsnConvert.serialize(tbsCertificate), issuer.key, hash),
  })
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)))
}

/** The CRL in PEM: what OpenSSL and Node's `crl` option read. */
export function signCrl(request: CrlRequest, issuer: Signer, hash: SigningHash = 'SHA256'): string {
  const signature = algorithmOf(issuer.key, hash)
  const tbsCertList = new asn.TBSCertList({
    version: asn.Version.v2,
    signature,
    issuer: issuer.name,
    thisUpdate: new asn.Time(new Date(request.thisUpdate)),
    crlExtensions: [
      authorityKey(issuer.key),
      ...(request.number === null ? [] : [numbered(request.number ?? request.thisUpdate)]),
      ...(request.extensions ?? []),
    ],
  })
  if (request.nextUpdate !== undefined) {
    tbsCertList.nextUpdate = new asn.Time(new Date(request.nextUpdate))
  }
  if (request.revoked.length > 0) {
    tbsCertList.revokedCertificates = request.revoked.map(
      entry =>
        new asn.RevokedCertificate({
          userCertificate: arrayBuffer(Buffer.from(entry.serial, 'hex')),
          revocationDate: new asn.Time(new Date(entry.at)),
          ...(entry.extensions && { crlEntryExtensions: [...entry.extensions] }),
        }),
    )
  }
  const list = new asn.CertificateList({
    tbsCertList,
    signatureAlgorithm: signature,
    signature: signed(AsnConvert.serialize(tbsCertList), issuer.key, hash),
  })
  return pem('X509 CRL', Buffer.from(AsnConvert.serialize(list)))
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** subjectKeyIdentifier by RFC 7093 §2 method 1: the leftmost 160 bits of SHA-256 over the key bits. */
function keyId(key: KeyObject): ArrayBuffer {
  const { subjectPublicKey } = AsnConvert.parse(spkiOf(key), asn.SubjectPublicKeyInfo)
  const digest = createHash('sha256').update(Buffer.from(subjectPublicKey)).digest()
  return arrayBuffer(digest.subarray(0, 20))
}

export function spkiOf(key: KeyObject): Buffer {
  const half =
    key.type === 'private' ? createPublicKey(key.export({ format: 'pem', type: 'pkcs8' })) : key
  return half.export({ format: 'der', type: 'spki' })
}

function authorityKey(key: KeyObject): asn.Extension {
  const keyIdentifier = new asn.KeyIdentifier(keyId(key))
  return extension(
    asn.id_ce_authorityKeyIdentifier,
    new asn.AuthorityKeyIdentifier({ keyIdentifier }),
  )
}

function algorithmOf(key: KeyObject, hash: SigningHash): asn.AlgorithmIdentifier {
  return key.asymmetricKeyType === 'rsa'
    ? new asn.AlgorithmIdentifier({ algorithm: signatureAlgorithms.rsa[hash], parameters: null })
    : new asn.AlgorithmIdentifier({ algorithm: signatureAlgorithms.ec[hash] })
}

const signed = (bytes: ArrayBuffer, key: KeyObject, hash: SigningHash): ArrayBuffer =>
  arrayBuffer(sign(hash, Buffer.from(bytes), key))

/** Positive, at most 127 bits (RFC 5280 §4.1.2.2). */
function freshSerial(): Buffer {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  return copy
}

const numbered = (value: number) =>
  new asn.Extension({ extnID: cRLNumber, extnValue: integer(value) })

/** DER INTEGER, positive and in its shortest spelling. */
function integer(value: number): OctetString {
  const hex = value.toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex')
  return new OctetString(Buffer.concat([Buffer.from([2, bytes.length]), bytes]))
}

/** One extension from a value of the schema. */
export function extension(extnID: string, value: object, critical = false): asn.Extension {
  return new asn.Extension({
    extnID,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  })
}

export function authorityExtensions(pathLenConstraint: number): asn.Extension[] {
  const { keyCertSign, cRLSign } = asn.KeyUsageFlags
  const constraints = new asn.BasicConstraints({ cA: true, pathLenConstraint })
  return [
    extension(asn.id_ce_basicConstraints, constraints, true),
    extension(asn.id_ce_keyUsage, new asn.KeyUsage(keyCertSign | cRLSign), true),
    policies([developmentPolicy]),
  ]
}

export function clientExtensions(): asn.Extension[] {
  return leafExtensions([asn.id_kp_clientAuth])
}

/** Server and client in one, as PKIoverheid issues them: the gateway also calls. A subjectAltName per host. */
export function serverExtensions(hosts: readonly string[]): asn.Extension[] {
  const names = hosts.map(host =>
    isIP(host) ? new asn.GeneralName({ iPAddress: host }) : new asn.GeneralName({ dNSName: host }),
  )
  const subjectAltName = new asn.SubjectAlternativeName(names)
  return [
    ...leafExtensions([asn.id_kp_serverAuth, asn.id_kp_clientAuth]),
    extension(asn.id_ce_subjectAltName, subjectAltName),
  ]
}

export function leafExtensions(usages: readonly string[]): asn.Extension[] {
  const keyUsage = new asn.KeyUsage(asn.KeyUsageFlags.digitalSignature)
  return [
    extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: false }), true),
    extension(asn.id_ce_keyUsage, keyUsage, true),
    extension(asn.id_ce_extKeyUsage, new asn.ExtendedKeyUsage([...usages])),
    policies([developmentPolicy]),
  ]
}

/** certificatePolicies: what a certificate was issued under. */
export function policies(identifiers: readonly string[]): asn.Extension {
  const found = identifiers.map(policyIdentifier => new asn.PolicyInformation({ policyIdentifier }))
  return extension(asn.id_ce_certificatePolicies, new asn.CertificatePolicies(found))
}
