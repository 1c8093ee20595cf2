// Which hashes can be fetched together? Tiles of 256 (c2sp.org/tlog-tiles): full ones stored, partial ones cut.
import type { Query } from '../store.ts'
import { emptyTree, type Growth, grow, type NodeAt, rootOf, type Tree } from './tree.ts'

export const width = 256
/** Each tile level stands eight tree levels above the one below. */
const height = 8

export interface Tile {
  readonly level: number
  readonly n: number
  /** 1 to 256 hashes of 32 bytes. */
  readonly data: Buffer
}

/** `x001/x234/067` for 1234067; with `.p/<w>` behind it when partial. */
export function tilePath(n: number, hashes = width): string {
  const parts = [String(n % 1000).padStart(3, '0')]
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    parts.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  }
  return hashes === width ? parts.join('/') : `${parts.join('/')}.p/${hashes}`
}

/** Index and width of a tile path, or undefined when it is not the one spelling. */
export function readTilePath(path: string): { n: number; hashes: number } | undefined {
  const [, whole = '', partial] =
    /^((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? []
  if (whole === '') return undefined
  const n = Number(whole.replace(/[x/]/g, ''))
  const hashes = partial === undefined ? width : Number(partial)
  return tilePath(n, hashes) === path && hashes <= width ? { n, hashes } : undefined
}

/** How many hashes tile `n` of this level has in a tree of this size. */
export function tileWidth(level: number, n: number, size: number): number {
  const hashes = Math.floor(size / width ** level) - n * width
  return Math.max(0, Math.min(width, hashes))
}

/** The tiles that became full when the tree grew; `before` holds the partial ones at its edge. */
export function fullTiles(
  before: Edges,
  from: number,
  { tree, node }: Growth,
): { readonly tiles: readonly Tile[]; readonly edges: Edges } {
  const tiles: Tile[] = []
  const edges: Buffer[][] = []
  for (let level = 0, span = 1; span <= tree.size; level += 1, span *= width) {
    const hashes = [...(before[level] ?? [])]
    const end = Math.floor(tree.size / span)
    for (let index = Math.floor(from / span); index < end; index += 1) {
      hashes.push(node(level * height, index))
    }
    let n = Math.floor(Math.floor(from / span) / width)
    for (; hashes.length >= width; n += 1) {
      tiles.push({ level, n, data: Buffer.concat(hashes.splice(0, width)) })
    }
    edges.push(hashes)
  }
  return { tiles, edges }
}

/** Per tile level the hashes of the partial tile at the right edge. */
export type Edges = readonly (readonly Buffer[])[]

export function hashesOf(data: Buffer): Buffer[] {
  if (data.length % 32 !== 0) throw new RangeError('a tile holds whole hashes')
  return Array.from({ length: data.length / 32 }, (_, i) => data.subarray(i * 32, i * 32 + 32))
}

/** Root of the perfect subtree a full tile stands for. */
export function tileRoot(data: Buffer): Buffer {
  return rootOf(grow(emptyTree, hashesOf(data)).tree)
}

/** The edge of the tree out of its partial tiles. */
export function treeOf(size: number, edges: Edges): Tree {
  const edge: (Buffer | undefined)[] = []
  for (const [level, hashes] of edges.entries()) {
    const part = grow(emptyTree, hashes).tree.edge
    for (let bit = 0; bit < height; bit += 1) edge[level * height + bit] = part[bit]
  }
  return { size, edge }
}

/**
 * One tile of a tree of this size, as `/tile/<level>/<n>` serves it; undefined when it is not there
 * (yet). Hashes above level 0 are roots of the full tiles below.
 */
export async function readTile(
  query: Query,
  log: string,
  { level, n, hashes }: { level: number; n: number; hashes: number },
): Promise<Buffer | undefined> {
  if (hashes === width) {
    const [tile] = await query<{ data: Buffer }>(
      'SELECT data FROM audit.tile WHERE log = $1 AND level = $2 AND n = $3',
      [log, level, n],
    )
    return tile?.data
  }
  const first = n * width
  const rows =
    level === 0
      ? await query<{ data: Buffer }>(
          `SELECT hash AS data FROM audit.leaf
           WHERE log = $1 AND idx >= $2 AND idx < $2::bigint + $3::bigint
             AND idx < (SELECT max(grootte) FROM audit.checkpoint WHERE log = $1) ORDER BY idx`,
          [log, first, hashes],
        )
      : await query<{ data: Buffer }>(
          `SELECT data FROM audit.tile
           WHERE log = $1 AND level = $2 AND n >= $3 AND n < $3::bigint + $4::bigint ORDER BY n`,
          [log, level - 1, first, hashes],
        )
  if (rows.length !== hashes) return undefined
  return Buffer.concat(rows.map(({ data }) => (level === 0 ? data : tileRoot(data))))
}

/** Loads the partial tiles at the edge of a tree of this size; undefined when any of it is missing. */
export async function readEdges(
  query: Query,
  log: string,
  size: number,
): Promise<Edges | undefined> {
  const edges: Buffer[][] = []
  for (let level = 0; width ** level <= size; level += 1) {
    const n = Math.floor(size / width ** (level + 1))
    const hashes = tileWidth(level, n, size)
    const data = hashes === 0 ? Buffer.alloc(0) : await readTile(query, log, { level, n, hashes })
    if (data?.length !== hashes * 32) return undefined
    edges.push(hashesOf(data))
  }
  return edges
}

/** Loads the nodes a proof asks for out of tiles, each tile once. */
export async function readNodes(
  query: Query,
  log: string,
  size: number,
  asked: readonly (readonly [number, number])[],
): Promise<NodeAt> {
  const tiles = new Map<string, Growth | undefined>()
  const place = (level: number, index: number) => {
    const tileLevel = Math.floor(level / height)
    const within = level - tileLevel * height
    const first = index * 2 ** within
    const n = Math.floor(first / width)
    return {
      key: `${tileLevel}/${n}`,
      tileLevel,
      n,
      within,
      index: index - (n * width) / 2 ** within,
    }
  }
  for (const [level, index] of asked) {
    const { key, tileLevel, n } = place(level, index)
    if (tiles.has(key)) continue
    const hashes = tileWidth(tileLevel, n, size)
    const data = await readTile(query, log, { level: tileLevel, n, hashes })
    tiles.set(key, data && grow(emptyTree, hashesOf(data)))
  }
  return (level, index) => {
    const { key, within, index: inner } = place(level, index)
    const tile = tiles.get(key)
    if (!tile) throw new RangeError(`tile ${key} is missing`)
    return tile.node(within, inner)
  }
}
