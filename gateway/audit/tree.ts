// What is the hash of the log? The Merkle tree of RFC 6962 §2.1 (SHA-256): growing it, and its proofs.
import { hash } from 'node:crypto'

/** A perfect subtree: the `index`-th of 2^`level` leaves. */
export type NodeAt = (level: number, index: number) => Buffer

/** The right edge: the root of the perfect subtree that each set bit of `size` stands for, by level. */
export interface Tree {
  readonly size: number
  readonly edge: readonly (Buffer | undefined)[]
}

/** A tree after growth, with every perfect subtree that was new in it (and the old edge below). */
export interface Growth {
  readonly tree: Tree
  readonly node: NodeAt
}

export const emptyTree: Tree = { size: 0, edge: [] }
export const emptyRoot = hash('sha256', '', 'buffer')

/** The text goes in as UTF-8 behind the leaf prefix 0x00. */
export function leafHash(text: string): Buffer {
  return sha256(`\0${text}`)
}

/** By way of hex: a Buffer made by node:crypto costs twice what the hash does, one of the pool does not. */
function sha256(data: string | Buffer): Buffer {
  return Buffer.from(hash('sha256', data, 'hex'), 'hex')
}

/** Safe to share: hashing is synchronous. */
const pair = Buffer.alloc(65, 1)

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1)
  pair.set(right, 33)
  return sha256(pair)
}

export function grow(tree: Tree, leaves: readonly Buffer[]): Growth {
  const size = tree.size + leaves.length
  const levels: { base: number; nodes: readonly Buffer[] }[] = []
  const edge: (Buffer | undefined)[] = []
  let fresh = leaves
  for (let level = 0, span = 1; span <= size; level += 1, span *= 2) {
    const known = tree.edge[level]
    const nodes = known ? [known, ...fresh] : fresh
    levels.push({ base: Math.floor(tree.size / span) - (known ? 1 : 0), nodes })
    edge.push(Math.floor(size / span) % 2 === 1 ? nodes.at(-1) : undefined)
    fresh = parents(nodes)
  }
  return {
    tree: { size, edge },
    node(level, index) {
      const found = levels[level]
      const node = found?.nodes[index - found.base]
      if (!node) throw new RangeError(`no node ${index} at level ${level}`)
      return node
    },
  }
}

function parents(nodes: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = []
  for (let i = 0; i + 1 < nodes.length; i += 2) above.push(nodeHash(nodes[i]!, nodes[i + 1]!))
  return above
}

export function rootOf(tree: Tree): Buffer {
  return (
    tree.edge.reduce(
      (below, node) => (node && below ? nodeHash(node, below) : (node ?? below)),
      undefined,
    ) ?? emptyRoot
  )
}

/** RFC 6962 §2.1.1, from the leaf's sibling up. */
export function inclusionProof(index: number, size: number, node: NodeAt): Buffer[] {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size)) {
    throw new RangeError('an inclusion proof needs 0 <= index < size')
  }
  const proof: Buffer[] = []
  for (let span = 1; span < size; span *= 2) {
    const own = Math.floor(index / span)
    const sibling = own % 2 === 1 ? own - 1 : own + 1
    const start = sibling * span
    if (start < size) proof.push(rangeHash(start, Math.min(start + span, size), node))
  }
  return proof
}

/** RFC 6962 §2.1.2; empty for equal sizes. */
export function consistencyProof(older: number, newer: number, node: NodeAt): Buffer[] {
  if (
    !(Number.isSafeInteger(older) && Number.isSafeInteger(newer) && older > 0 && older <= newer)
  ) {
    throw new RangeError('a consistency proof needs 0 < older <= newer')
  }
  return subproof(older, { start: 0, end: newer, whole: true }, node)
}

function subproof(
  size: number,
  { start, end, whole }: { start: number; end: number; whole: boolean },
  node: NodeAt,
): Buffer[] {
  if (size === end - start) return whole ? [] : [rangeHash(start, end, node)]
  const half = start + powerBelow(end - start)
  return size <= half - start
    ? [...subproof(size, { start, end: half, whole }, node), rangeHash(half, end, node)]
    : [
        ...subproof(size - (half - start), { start: half, end, whole: false }, node),
        rangeHash(start, half, node),
      ]
}

/** Largest power of two smaller than `n` (n > 1). */
function powerBelow(n: number): number {
  let power = 1
  while (power * 2 < n) power *= 2
  return power
}

/** Hash of the leaves [start, end); `start` is a multiple of every perfect subtree in it. */
export function rangeHash(start: number, end: number, node: NodeAt): Buffer {
  const nodes: Buffer[] = []
  for (let from = start; from < end; ) {
    let level = 0
    let span = 1
    while (from + span * 2 <= end && from % (span * 2) === 0) {
      span *= 2
      level += 1
    }
    nodes.push(node(level, from / span))
    from += span
  }
  return nodes.reduceRight((right, left) => nodeHash(left, right))
}

/** The nodes a proof asks for: run it once over blanks, load them, run it again. */
export function nodesOf(prove: (node: NodeAt) => unknown): readonly (readonly [number, number])[] {
  const asked: (readonly [number, number])[] = []
  prove((level, index) => {
    asked.push([level, index])
    return emptyRoot
  })
  return asked
}
