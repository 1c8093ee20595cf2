import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeConsistencyProof, makeInclusionProof, rootAt } from '../../gateway/audit/prove.ts'
import { recordRejection } from '../../gateway/audit/record.ts'
import {
  type Edges,
  fullTiles,
  hashesOf,
  readTile,
  readTilePath,
  type Tile,
  tilePath,
  tileRoot,
  tileWidth,
  treeOf,
} from '../../gateway/audit/tiles.ts'
import { emptyTree, grow, leafHash, rootOf } from '../../gateway/audit/tree.ts'
import { holdsConsistency, holdsInclusion } from '../../gateway/audit/tree-proof.ts'
import { newCall } from '../../gateway/call.ts'
import { testStore } from '../support/database.ts'
import { beginLogs, noon, openActive } from './log.ts'

test('tile paths are spelled as c2sp.org/tlog-tiles spells them, and read in no other spelling', () => {
  assert.equal(tilePath(1234067), 'x001/x234/067')
  assert.equal(tilePath(0), '000')
  assert.equal(tilePath(999), '999')
  assert.equal(tilePath(1000), 'x001/000')
  assert.equal(tilePath(273, 112), '273.p/112')
  for (const n of [0, 5, 999, 1000, 1234067, 1e12 - 1]) {
    assert.deepEqual(readTilePath(tilePath(n)), { n, hashes: 256 })
    assert.deepEqual(readTilePath(tilePath(n, 7)), { n, hashes: 7 })
  }
  for (const path of [
    '',
    '0',
    '00',
    '0000',
    'x000/000',
    'x001',
    '001/002',
    'x001/2',
    'x1/002',
    '000.p/0',
    '000.p/256',
    '000.p/007',
    '000.p/',
    '000/',
    '/000',
    '000.p/1/2',
    '-01',
  ]) {
    assert.equal(readTilePath(path), undefined, path)
  }
})

test('a tree of 70,000 has the tiles the specification counts for it', () => {
  let tree = emptyTree
  let edges: Edges = []
  const tiles: Tile[] = []
  const leaves = Array.from({ length: 70_000 }, (_, i) => leafHash(String(i)))
  for (const step of [1, 255, 300, 65_000, 4_444]) {
    const growth = grow(tree, leaves.slice(tree.size, tree.size + step))
    const made = fullTiles(edges, tree.size, growth)
    tiles.push(...made.tiles)
    tree = growth.tree
    edges = made.edges
  }
  assert.equal(tree.size, 70_000)
  const perLevel = Map.groupBy(tiles, ({ level }) => level)
  assert.deepEqual(
    [...perLevel].map(([level, all]) => [level, all.length]),
    [
      [0, 273],
      [1, 1],
    ],
  )
  for (const all of perLevel.values()) {
    assert.deepEqual(
      all.map(({ n }) => n),
      all.map((_, n) => n),
    )
  }
  assert.deepEqual(
    edges.map(({ length }) => length),
    [112, 17, 1],
  )
  assert.deepEqual([tileWidth(0, 273, 70_000), tileWidth(1, 1, 70_000)], [112, 17])
  assert.deepEqual(tiles[0]?.data, Buffer.concat(leaves.slice(0, 256)))
  const level1 = perLevel.get(1)?.[0]
  assert.deepEqual(hashesOf(level1?.data ?? Buffer.alloc(0))[0], tileRoot(tiles[0]!.data))
  assert.deepEqual(rootOf(treeOf(70_000, edges)), rootOf(tree))
})

test('out of stored tiles every place and size can be proved', async t => {
  const store = await testStore(t, 'postgres')
  await using audit = await openActive(store, await beginLogs(t, store))
  const reject = () =>
    recordRejection(audit, { call: newCall(noon), log: 'gewoon', redenen: ['x'] })
  await Promise.all(Array.from({ length: 599 }, reject))
  const { query } = store
  const rows = await query<{ hash: Buffer }>(
    `SELECT hash FROM audit.leaf WHERE log = 'gewoon' ORDER BY idx`,
  )
  const hashes = rows.map(({ hash }) => hash)
  assert.equal(hashes.length, 600)
  const root = (size: number) => rootOf(grow(emptyTree, hashes.slice(0, size)).tree)
  for (const size of [1, 255, 256, 513, 600]) {
    assert.deepEqual(await rootAt(query, 'gewoon', size), root(size))
    for (const index of [0, 255, 256, 512, size - 1].filter(i => i < size)) {
      const proof = await makeInclusionProof(query, 'gewoon', { index, size })
      const claim = { index: BigInt(index), size: BigInt(size), root: root(size), proof }
      assert.ok(holdsInclusion({ ...claim, leaf: hashes[index]! }), `${index} in ${size}`)
    }
    for (const older of [1, 255, 300, 512, size].filter(n => n <= size)) {
      const proof = await makeConsistencyProof(query, 'gewoon', { older, newer: size })
      const sizes = { size1: BigInt(older), size2: BigInt(size) }
      assert.ok(
        holdsConsistency({ ...sizes, root1: root(older), root2: root(size), proof }),
        `${older} to ${size}`,
      )
    }
  }
  const tile = (level: number, n: number, count: number) =>
    readTile(query, 'gewoon', { level, n, hashes: count })
  assert.deepEqual(await tile(0, 1, 256), Buffer.concat(hashes.slice(256, 512)))
  assert.deepEqual(await tile(0, 2, 88), Buffer.concat(hashes.slice(512)))
  assert.deepEqual(await tile(0, 2, 5), Buffer.concat(hashes.slice(512, 517)))
  assert.equal((await tile(1, 0, 2))?.length, 64)
  for (const [level, n, count] of [
    [0, 2, 89],
    [0, 2, 256],
    [0, 3, 1],
    [1, 0, 3],
    [1, 0, 256],
    [2, 0, 1],
    [63, 0, 1],
  ] as const) {
    assert.equal(await tile(level, n, count), undefined, `${level} ${n} ${count}`)
  }
})
