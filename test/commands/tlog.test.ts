import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  consistencyProof,
  emptyTree,
  grow,
  inclusionProof,
  leafHash,
  rootOf,
} from '../../gateway/audit/tree.ts'
import { removeTree } from '../support/directory.ts'
import { ask } from './sluis.ts'

const leaves = Array.from({ length: 7 }, (_, i) => leafHash(`leaf ${i}`))
const { tree, node } = grow(emptyTree, leaves)
const base64 = (hashes: readonly Buffer[]) => hashes.map(hash => hash.toString('base64'))
const [root = '', leaf = '', first = ''] = base64([rootOf(tree), leaves[3]!, leaves[0]!])
const included = {
  leafIdx: 3,
  treeSize: 7,
  root,
  leafHash: leaf,
  proof: base64(inclusionProof(3, 7, node)),
}
const root1 = rootOf(grow(emptyTree, leaves.slice(0, 4)).tree).toString('base64')
const grown = {
  size1: 4,
  size2: 7,
  root1,
  root2: root,
  proof: base64(consistencyProof(4, 7, node)),
}

async function code(command: string, input: unknown): Promise<number> {
  const text = typeof input === 'string' ? input : JSON.stringify(input)
  return (await ask(['tlog', command, '--json'], { input: text })).code
}

test('an inclusion proof on stdin is judged, sizes as numbers or strings', async () => {
  const said = await ask(['tlog', 'verify-inclusion', '--json'], {
    input: JSON.stringify(included),
  })
  assert.deepEqual(said, { code: 0, out: '{"geldig":true}\n', err: '' })
  for (const good of [
    { ...included, leafIdx: '3', treeSize: '7' },
    { ...included, comment: 'unknown members are ignored', nested: { a: [1.5] } },
    { leafIdx: 0, treeSize: 1, root: first, leafHash: first, proof: [] },
    { leafIdx: 0, treeSize: 1, root: first, leafHash: first, proof: null },
    { leafIdx: 0, treeSize: 1, root: first, leafHash: first },
  ]) {
    assert.equal(await code('verify-inclusion', good), 0, JSON.stringify(good))
  }
  for (const bad of [
    { ...included, leafIdx: 4 },
    { ...included, leafIdx: 7 },
    { ...included, leafIdx: -1 },
    { ...included, treeSize: 0 },
    { ...included, treeSize: 4 },
    { ...included, treeSize: 9 },
    { ...included, leafIdx: '03' },
    { ...included, leafIdx: null },
    { ...included, treeSize: true },
    { ...included, root: leaf },
    { ...included, root: root.slice(0, -1) },
    { ...included, root: root.replace('=', '') },
    { ...included, leafHash: '' },
    { ...included, proof: null },
    { ...included, proof: 'x' },
    { ...included, proof: [...included.proof, leaf] },
    { ...included, proof: included.proof.slice(1) },
    { ...included, proof: [1, 2, 3] },
    { leafIdx: 3 },
    JSON.stringify(included).replace('"treeSize":7', '"treeSize":7.0'),
    JSON.stringify(included).replace('"leafIdx":3', '"leafIdx":3e0'),
    '[]',
    'null',
    '{',
    '',
    '\ufeff{}',
  ]) {
    assert.equal(await code('verify-inclusion', bad), 1, JSON.stringify(bad))
  }
  assert.equal((await ask(['tlog', 'verify-inclusion'], { input: '{"a":"\xff' })).code, 1)
})

test('sizes up to 2^64-1 are read exactly, as a double could not', async () => {
  // Perfect subtrees of leaves that are all alike; the tree has 2^53+1 of them.
  const perfect = [leafHash('same')]
  const pair = (a: Buffer, b: Buffer) => rootOf(grow(emptyTree, [a, b]).tree)
  for (let level = 1; level <= 53; level += 1) perfect.push(pair(perfect.at(-1)!, perfect.at(-1)!))
  const whole = pair(perfect[53]!, perfect[0]!).toString('base64')
  const [same = '', below = ''] = base64([perfect[0]!, perfect[53]!])
  const text = (idx: string, size: string) =>
    `{"leafIdx":${idx},"treeSize":${size},"root":"${whole}","leafHash":"${same}","proof":["${below}"]}`
  assert.equal(await code('verify-inclusion', text('9007199254740992', '9007199254740993')), 0)
  assert.equal(await code('verify-inclusion', text('"9007199254740992"', '9007199254740993')), 0)
  assert.equal(await code('verify-inclusion', text('9007199254740992', '9007199254740992')), 1)
  assert.equal(await code('verify-inclusion', text('9007199254740992', '9007199254740994')), 1)
  assert.equal(
    await code('verify-inclusion', text('18446744073709551616', '18446744073709551617')),
    1,
  )
})

test('a consistency proof on stdin is judged; size 0 proves nothing', async () => {
  const said = await ask(['tlog', 'verify-consistency'], { input: JSON.stringify(grown) })
  assert.deepEqual([said.code, said.err], [0, ''])
  const equal = { size1: 7, size2: 7, root1: root, root2: root, proof: null }
  assert.equal(await code('verify-consistency', equal), 0)
  assert.equal(await code('verify-consistency', { ...equal, size1: '7' }), 0)
  for (const bad of [
    { ...grown, size1: 0 },
    { ...grown, size1: 0, proof: null },
    { ...grown, size1: 8 },
    { ...grown, size1: 5 },
    { ...grown, root1: root },
    { ...grown, root2: root1 },
    { ...grown, proof: [] },
    { ...grown, proof: [...grown.proof, root] },
    { ...equal, root1 },
    { ...equal, proof: [root] },
    { size1: 4 },
  ]) {
    assert.equal(await code('verify-consistency', bad), 1, JSON.stringify(bad))
  }
})

test('a signed note on stdin is judged by the key given, as text or in a file', async t => {
  const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
  const input = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`
  const dir = mkdtempSync(join(tmpdir(), 'sluis-key-'))
  t.after(() => removeTree(dir))
  const file = join(dir, 'sleutel')
  writeFileSync(file, `${key}\n`)
  const note = (args: readonly string[], text: string | Buffer = input) =>
    ask(['tlog', 'verify-note', '--json', ...args], { input: text })
  const said = await note(['--key', key])
  assert.equal(said.code, 0)
  assert.equal(JSON.parse(said.out).naam, 'PeterNeumann')
  assert.equal((await note(['--key', file])).code, 0)
  assert.equal((await note(['--key', key], input.replace('you', 'I'))).code, 1)
  assert.equal((await note(['--key', key], 'x')).code, 1)
  assert.equal((await note(['--key', key], Buffer.from([0xff, 0x0a]))).code, 1)
  assert.equal((await note(['--key', key.replace('a3', 'a4')])).code, 1)
  assert.equal((await note(['--key', join(dir, 'niets')])).code, 3)
  assert.equal((await note([])).code, 2)
  assert.equal((await note(['--sleutel', key])).code, 2)
})
