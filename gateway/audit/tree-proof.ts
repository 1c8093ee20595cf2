// Does this proof hold? RFC 9162 §2.1.3.2 and §2.1.4.2, exact for every size up to 2^64-1.
import { nodeHash } from './tree.ts'

export const maxSize = 2n ** 64n - 1n

export interface InclusionClaim {
  readonly index: bigint
  readonly size: bigint
  readonly root: Uint8Array
  readonly leaf: Uint8Array
  readonly proof: readonly Uint8Array[]
}

export function holdsInclusion({ index, size, root, leaf, proof }: InclusionClaim): boolean {
  if (index < 0n || index >= size || size > maxSize) return false
  if (!areHashes([root, leaf, ...proof])) return false
  let fn = index
  let sn = size - 1n
  let hash = leaf
  for (const step of proof) {
    if (sn === 0n) return false
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(step, hash)
      while (!isOdd(fn) && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else {
      hash = nodeHash(hash, step)
    }
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n && same(hash, root)
}

export interface ConsistencyClaim {
  readonly size1: bigint
  readonly size2: bigint
  readonly root1: Uint8Array
  readonly root2: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** Everything is consistent with the empty tree, so a claim about size 0 proves nothing: no. */
export function holdsConsistency(claim: ConsistencyClaim): boolean {
  const { size1, size2, root1, root2, proof } = claim
  if (size1 <= 0n || size1 > size2 || size2 > maxSize) return false
  if (!areHashes([root1, root2, ...proof])) return false
  if (size1 === size2) return proof.length === 0 && same(root1, root2)
  if (proof.length === 0) return false
  const [first, ...rest] = isPowerOfTwo(size1) ? [root1, ...proof] : proof
  let fn = size1 - 1n
  let sn = size2 - 1n
  while (isOdd(fn)) {
    fn >>= 1n
    sn >>= 1n
  }
  let older = first!
  let newer = first!
  for (const step of rest) {
    if (sn === 0n) return false
    if (isOdd(fn) || fn === sn) {
      older = nodeHash(step, older)
      newer = nodeHash(step, newer)
      while (!isOdd(fn) && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else {
      newer = nodeHash(newer, step)
    }
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n && same(older, root1) && same(newer, root2)
}

function isOdd(n: bigint): boolean {
  return (n & 1n) === 1n
}

function isPowerOfTwo(n: bigint): boolean {
  return (n & (n - 1n)) === 0n
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every(value => value.length === 32)
}

/** These hashes are public; no constant time is needed. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
