// Which keys look like keys and protect nothing? Made here, as no library will make them any more.
import {
  checkPrimeSync,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

const toNumber = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`)

function toUrl(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}

function modPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [above, below, left, right] = [modulus, value % modulus, 0n, 1n]
  while (below > 0n) {
    const times = above / below
    ;[above, below, left, right] = [below, above - times * below, right, left - times * right]
  }
  return ((left % modulus) + modulus) % modulus
}

function rsaOf(p: bigint, q: bigint, e: bigint): KeyObject {
  const d = inverse(e, (p - 1n) * (q - 1n))
  const parts = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const spelled = Object.entries(parts).map(([name, value]) => [name, toUrl(value)])
  const jwk = { kty: 'RSA', ...Object.fromEntries(spelled) }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

/** The first 126 primes: what the library of CVE-2017-15361 took for keys from 1984 to 3968 bits. */
const firstPrimes: number[] = []
for (let n = 2; firstPrimes.length < 126; n++) {
  if (firstPrimes.every(prime => n % prime !== 0)) firstPrimes.push(n)
}
const primorial = firstPrimes.reduce((product, prime) => product * BigInt(prime), 1n)

/** p = k·M + (65537^a mod M) (Nemec and others, 2017, §2.1). */
function rocaPrime(bits: number): bigint {
  for (;;) {
    const power = modPower(65_537n, toNumber(randomBytes(16)), primorial)
    const least = (1n << BigInt(bits - 1)) / primorial + 1n
    const factor = least + (toNumber(randomBytes(100)) % (least - 2n))
    const candidate = factor * primorial + power
    if (candidate % 65_537n !== 1n && checkPrimeSync(candidate)) return candidate
  }
}

/** An RSA key of 3072 bits or a little more, as strong as any by its length alone. */
export const rocaKey = (): KeyObject => rsaOf(rocaPrime(1537), rocaPrime(1537), 65_537n)

/** e = 1: what it "encrypts" is what it was, and anyone signs. */
export function exponentOneKey(): KeyObject {
  const { p = '', q = '' } = goodPrivate()
  const number = (text: string) => toNumber(Buffer.from(text, 'base64url'))
  return rsaOf(number(p), number(q), 1n)
}

/** Public halves that belong to no private key. */
export const evenExponentKey = (): KeyObject => publicOf(goodPrivate().n ?? '', 65_538n)

export const evenModulusKey = (): KeyObject =>
  publicOf(toUrl(toNumber(Buffer.from(goodPrivate().n ?? '', 'base64url')) - 1n), 65_537n)

export const hugeKey = (): KeyObject => publicOf(toUrl((1n << 16_383n) + 1n), 65_537n)

function publicOf(n: string, e: bigint): KeyObject {
  return createPublicKey({ key: { kty: 'RSA', n, e: toUrl(e) }, format: 'jwk' })
}

let good: JsonWebKey | undefined

function goodPrivate(): JsonWebKey {
  good ??= generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export({ format: 'jwk' })
  return good
}
