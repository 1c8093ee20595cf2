// Which hash does a signature use, and is it one we accept? (NCSC 2025-05: SHA-256, -384, -512.)
import { inside, readDer } from './der.ts'

/** How node:crypto verifies a signature of this kind. */
export interface SignatureKind {
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined
  readonly pss: boolean
}

const oid = (hex: string): string => `06${(hex.length / 2).toString(16).padStart(2, '0')}${hex}`

/** Whole object identifiers in DER, in hexadecimal. */
const kinds: ReadonlyMap<string, SignatureKind> = new Map([
  [oid('2a8648ce3d040302'), { hash: 'sha256', pss: false }], // ecdsa-with-SHA256
  [oid('2a8648ce3d040303'), { hash: 'sha384', pss: false }],
  [oid('2a8648ce3d040304'), { hash: 'sha512', pss: false }],
  [oid('2a864886f70d01010b'), { hash: 'sha256', pss: false }], // sha256WithRSAEncryption
  [oid('2a864886f70d01010c'), { hash: 'sha384', pss: false }],
  [oid('2a864886f70d01010d'), { hash: 'sha512', pss: false }],
  [oid('2b6570'), { hash: undefined, pss: false }], // Ed25519
  [oid('2b6571'), { hash: undefined, pss: false }], // Ed448
])
const rsaPss = oid('2a864886f70d01010a')
const pssHashes = [
  ['sha256', oid('608648016503040201')],
  ['sha384', oid('608648016503040202')],
  ['sha512', oid('608648016503040203')],
] as const

/** @param algorithm DER of an AlgorithmIdentifier; undefined for what is not accepted */
export function signatureKind(algorithm: Buffer): SignatureKind | undefined {
  const [identifier, parameters] = inside(readDer(algorithm))
  const id = identifier?.whole.toString('hex') ?? ''
  if (id !== rsaPss) return kinds.get(id)
  // Hash and mask hash must be the same; absent parameters mean SHA-1 (RFC 4055 §3.1).
  const text = parameters?.whole.toString('hex') ?? ''
  const found = pssHashes.find(([, hashId]) => text.split(hashId).length === 3)
  return found && { hash: found[0], pss: true }
}
