// Is this key strong enough to believe what it signs? NCSC 2025-05, FIPS 186-5 §5.1, and ROCA.
import type { X509Certificate } from 'node:crypto'
import { contentOf, inside, readDer, tags } from './der.ts'
import type { Certificate } from './trust.ts'

/** NCSC 2025-05, "certificaatsleutel": good or sufficient. */
const curves: ReadonlySet<string> = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
])

/** Above it one signature costs more than a whole handshake should. */
const longestModulus = 8_192
const exponents = { least: 65_537n, below: 2n ** 256n } as const

export function isStrong(certificate: Certificate): boolean {
  const details = keyDetails(certificate.x509)
  if (details === undefined) return false
  const { type, curve, bits, exponent } = details
  if (type === 'ed25519' || type === 'ed448') return true
  if (type === 'ec') return curves.has(curve)
  if (type !== 'rsa' && type !== 'rsa-pss') return false
  return (
    bits >= 3072 &&
    bits <= longestModulus &&
    exponent >= exponents.least &&
    exponent < exponents.below &&
    exponent % 2n === 1n &&
    isOdd(modulusOf(certificate))
  )
}

/** undefined for a key that OpenSSL does not even load. */
function keyDetails(x509: X509Certificate) {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey
    return {
      type,
      curve: details?.namedCurve ?? '',
      bits: details?.modulusLength ?? 0,
      exponent: details?.publicExponent ?? 0n,
    }
  } catch {
    return undefined
  }
}

const isOdd = (modulus: Buffer): boolean => ((modulus.at(-1) ?? 0) & 1) === 1

/**
 * ROCA (CVE-2017-15361): a weak generator made primes that are powers of 65537 modulo the product of
 * the first primes, so the modulus is one too, modulo each of them. Of these primes 65537 generates
 * only a part; a modulus that is in every part is one of theirs, but for once in 2^27.
 */
const subgroups = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map(
  prime => {
    const powers = new Set<number>()
    for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
    return { prime, powers }
  },
)

export function isGuessable(certificate: Certificate): boolean {
  const type = keyDetails(certificate.x509)?.type
  if (type !== 'rsa' && type !== 'rsa-pss') return false
  const modulus = modulusOf(certificate)
  return subgroups.every(({ prime, powers }) =>
    powers.has(modulus.reduce((rest, byte) => (rest * 256 + byte) % prime, 0)),
  )
}

/** SubjectPublicKeyInfo → RSAPublicKey → modulus (RFC 8017 §A.1.1). */
function modulusOf({ publicKey }: Certificate): Buffer {
  const [, bits] = inside(readDer(publicKey))
  const [modulus] = inside(readDer(contentOf(bits, tags.bitString).subarray(1)))
  return contentOf(modulus, tags.integer)
}
