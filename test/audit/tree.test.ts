import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  consistencyProof,
  emptyRoot,
  emptyTree,
  grow,
  inclusionProof,
  leafHash,
  type NodeAt,
  nodeHash,
  rootOf,
} from '../../gateway/audit/tree.ts'
import { holdsConsistency, holdsInclusion, maxSize } from '../../gateway/audit/tree-proof.ts'

/** The eight-leaf test tree of Certificate Transparency (RFC 6962 reference code). */
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(hex => Buffer.from(hex, 'hex').toString('latin1'))
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const hex = (hashes: readonly Buffer[]) => hashes.map(hash => hash.toString('hex'))
const leavesOf = (n: number) => Array.from({ length: n }, (_, i) => leafHash(`leaf ${i}`))

/** MTH of RFC 6962 §2.1, word for word: what the fast tree must equal. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? emptyRoot
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(mth(leaves.slice(0, k)), mth(leaves.slice(k)))
}

test('the roots of the Certificate Transparency test tree are ours at every size', () => {
  const leaves = inputs.map(leafHash)
  assert.equal(
    emptyRoot.toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  )
  for (const [i, root] of roots.entries()) {
    assert.equal(rootOf(grow(emptyTree, leaves.slice(0, i + 1)).tree).toString('hex'), root)
  }
})

test('the proofs of the Certificate Transparency test tree are ours', () => {
  const { node } = grow(emptyTree, inputs.map(leafHash))
  assert.deepEqual(hex(inclusionProof(0, 8, node)), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
  assert.deepEqual(hex(inclusionProof(5, 8, node)), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
  assert.deepEqual(hex(consistencyProof(1, 8, node)), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
  assert.deepEqual(hex(consistencyProof(6, 8, node)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
})

test('a tree grown in any groups has the root of RFC 6962, and every proof in it holds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }), sizes => {
      let tree = emptyTree
      const leaves = leavesOf(sizes.reduce((a, b) => a + b, 0))
      for (const n of sizes) {
        const from = tree.size
        const growth = grow(tree, leaves.slice(from, from + n))
        tree = growth.tree
        assert.deepEqual(rootOf(tree), mth(leaves.slice(0, tree.size)))
        for (let index = from; index < tree.size; index += 1) {
          const proof = inclusionProof(index, tree.size, growth.node)
          assert.ok(
            holdsInclusion({
              index: BigInt(index),
              size: BigInt(tree.size),
              root: rootOf(tree),
              leaf: leaves[index]!,
              proof,
            }),
          )
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('A10: between any two sizes the consistency proof holds, and no other size, root or proof does', () => {
  const leaves = leavesOf(70)
  const { node } = grow(emptyTree, leaves)
  const root = (n: number) => mth(leaves.slice(0, n))
  for (let size2 = 1; size2 <= 70; size2 += 1) {
    for (let size1 = 1; size1 <= size2; size1 += 1) {
      const claim = {
        size1: BigInt(size1),
        size2: BigInt(size2),
        root1: root(size1),
        root2: root(size2),
        proof: consistencyProof(size1, size2, node),
      }
      assert.ok(holdsConsistency(claim), `${size1} ${size2}`)
      const other = leafHash('other')
      const wrong = [
        { ...claim, size1: 0n },
        { ...claim, size1: claim.size2 + 1n },
        { ...claim, root1: other },
        { ...claim, root2: other },
        { ...claim, proof: [...claim.proof, other] },
        ...claim.proof.map((_, i) => ({ ...claim, proof: claim.proof.toSpliced(i, 1) })),
        ...claim.proof.map((_, i) => ({ ...claim, proof: claim.proof.with(i, other) })),
        { ...claim, root1: claim.root1.subarray(1) },
      ]
      assert.ok(!wrong.some(holdsConsistency), `${size1} ${size2}`)
    }
  }
})

test('A10: an inclusion proof holds for no other place, size, leaf, root or proof', () => {
  const leaves = leavesOf(23)
  const { tree, node } = grow(emptyTree, leaves)
  for (let index = 0; index < 23; index += 1) {
    const claim = {
      index: BigInt(index),
      size: 23n,
      root: rootOf(tree),
      leaf: leaves[index]!,
      proof: inclusionProof(index, 23, node),
    }
    assert.ok(holdsInclusion(claim))
    const other = leafHash('other')
    const wrong = [
      ...Array.from({ length: 30 }, (_, i) => ({ ...claim, index: BigInt(i) })).toSpliced(index, 1),
      { ...claim, index: -1n },
      { ...claim, size: 0n },
      { ...claim, size: claim.index },
      { ...claim, leaf: other },
      { ...claim, root: other },
      { ...claim, proof: [] },
      { ...claim, proof: [...claim.proof, other] },
      { ...claim, proof: [other, ...claim.proof] },
      { ...claim, proof: claim.proof.slice(1) },
      { ...claim, proof: claim.proof.slice(0, -1) },
      ...claim.proof.map((_, i) => ({ ...claim, proof: claim.proof.with(i, other) })),
      { ...claim, proof: claim.proof.map(hash => hash.subarray(0, 31)) },
    ]
    assert.ok(!wrong.some(holdsInclusion), String(index))
  }
})

/** A tree of 2^64-1 leaves that are all alike: perfect subtrees follow from their height. */
function giant(): NodeAt {
  const perfect = [leafHash('same')]
  for (let level = 1; level < 64; level += 1) {
    perfect.push(nodeHash(perfect[level - 1]!, perfect[level - 1]!))
  }
  return level => perfect[level]!
}

test('proofs in a tree of 2^64-1 leaves are judged exactly', () => {
  const node = giant()
  // The right edge of 2^64-1 leaves: perfect subtrees of every height, the smallest last.
  let root = node(0, 0)
  const proof: Buffer[] = []
  for (let level = 1; level < 64; level += 1) {
    proof.push(node(level, 0))
    root = nodeHash(node(level, 0), root)
  }
  const claim = { index: maxSize - 1n, size: maxSize, root, leaf: node(0, 0), proof }
  assert.ok(holdsInclusion(claim))
  assert.ok(!holdsInclusion({ ...claim, index: maxSize - 2n }))
  assert.ok(!holdsInclusion({ ...claim, index: maxSize, size: maxSize + 1n }))
  assert.ok(!holdsInclusion({ ...claim, size: maxSize - 1n }))
  const grown = {
    size1: maxSize - 1n,
    size2: maxSize,
    root1: leafHash('x'),
    root2: root,
    proof: [],
  }
  assert.ok(!holdsConsistency(grown))
  const [first, ...rest] = proof
  let older = first!
  for (const hash of rest) older = nodeHash(hash, older)
  const steps = [first!, node(0, 0), ...rest]
  assert.ok(holdsConsistency({ ...grown, root1: older, proof: steps }))
  assert.ok(!holdsConsistency({ ...grown, root1: older, proof: steps, size2: maxSize + 1n }))
})

test('no proof is made for a place outside the tree', () => {
  const { node } = grow(emptyTree, leavesOf(3))
  for (const [index, size] of [
    [3, 3],
    [-1, 3],
    [0, 0],
    [0.5, 3],
  ] as const) {
    assert.throws(() => inclusionProof(index, size, node), RangeError)
  }
  assert.throws(() => inclusionProof(0, 4, node), RangeError)
  assert.throws(() => consistencyProof(0, 3, node), RangeError)
  assert.throws(() => consistencyProof(3, 2, node), RangeError)
})
