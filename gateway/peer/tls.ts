// How do partners connect? TLS as NCSC 2025-05 calls "goed" or "voldoende", mutual, one handshake
// per connection.
import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import type { Moment } from '../terms.ts'
import { readTrust } from './trust.ts'

/** standards.md §8; Node's own list for TLS 1.2 is wider than allowed. */
export const ncscCiphers =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256'

/** SHA-256 and up; rsa_pkcs1 only for signatures inside certificates and TLS 1.2. */
const sigalgs = [
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'ed25519',
  'ed448',
  'rsa_pss_pss_sha256',
  'rsa_pss_pss_sha384',
  'rsa_pss_pss_sha512',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
].join(':')

/** "goed" needs OpenSSL 3.5 or newer; "voldoende" every OpenSSL has. */
const hybridGroups = 'X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024'
const classicGroups = 'X25519:P-256:P-384'
export const groups: string = isSupported(hybridGroups)
  ? `${hybridGroups}:${classicGroups}`
  : classicGroups

/** What both sides of every connection of ours hold to. */
export const serverTls = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  // Level 3 refuses RSA under 3072 bits, weak curves and SHA-1 anywhere in the chain, in the handshake.
  ciphers: `${ncscCiphers}:@SECLEVEL=3`,
  sigalgs,
  ecdhCurve: groups,
  secureOptions:
    constants.SSL_OP_NO_TICKET |
    constants.SSL_OP_NO_RENEGOTIATION |
    constants.SSL_OP_NO_COMPRESSION,
} as const satisfies SecureContextOptions

export interface TlsFiles {
  /** PEM file: leaf and intermediate of the server. */
  readonly cert: string
  readonly key: string
  readonly trustDir: string
}

/**
 * Options of the exchange listener, or an error before a broken file could count. Revocation is not given to OpenSSL on purpose: a revoked partner
 * gets an answer and a record (peer/revocation.ts), not a silent end of the handshake.
 */
export async function tlsOptions(files: TlsFiles, now: Moment): Promise<TlsOptions> {
  const [cert, key, trust] = await Promise.all([
    readFile(files.cert),
    readFile(files.key),
    readTrust(files.trustDir),
  ])
  // OpenSSL itself takes a key of another kind than the certificate without a word.
  const own = new X509Certificate(cert)
  if (!own.checkPrivateKey(createPrivateKey(key))) {
    throw new Error('de TLS-sleutel past niet bij het TLS-certificaat')
  }
  if (now < own.validFromDate.getTime() || now > own.validToDate.getTime()) {
    throw new Error('het TLS-certificaat is nu niet geldig')
  }
  return {
    ...serverTls,
    cert,
    key,
    ca: trust.authorities.map(({ x509 }) => x509.toString()),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  }
}

/** When our own certificate ends, as the file says now: who must renew it reads it. */
export async function certificateEnds({ cert }: Pick<TlsFiles, 'cert'>): Promise<Moment> {
  return new X509Certificate(await readFile(cert)).validToDate.getTime()
}

function isSupported(ecdhCurve: string): boolean {
  try {
    createSecureContext({ ecdhCurve })
    return true
  } catch {
    return false
  }
}
