// What does a group add to the log? The next checkpoint over its records, and the statement that writes both.
import {
  type Entry,
  type Group,
  groupId,
  type HeadRow,
  writeStatement,
} from './append-statement.ts'
import { makeCheckpoint, type Signer } from './checkpoint.ts'
import type { Head } from './head.ts'
import { fullTiles } from './tiles.ts'
import { type Growth, grow, rootOf } from './tree.ts'

/** A signed group with the head it makes; its note leaves memory only in the statement. */
export interface Signed {
  readonly group: Group
  readonly growth: Growth
  readonly head: Head
}

/** @param members at least one; only the last may change the epoch or end the log */
export function signGroup(
  from: {
    readonly log: string
    readonly signer: Signer
    readonly head: Head
    readonly now: number
  },
  members: readonly { readonly entry: Entry; readonly hash: Buffer }[],
): Signed {
  const { log, signer, head, now } = from
  const hashes = members.map(({ hash }) => hash)
  const growth = grow(head.tree, hashes)
  const { tree } = growth
  const { tiles, edges } = fullTiles(head.edges, head.grootte, growth)
  const wortel = rootOf(tree)
  const last = members.at(-1)?.entry
  const row: HeadRow = {
    vorige: head.grootte,
    grootte: tree.size,
    wortel,
    note: makeCheckpoint(tree.size, wortel, signer),
    epoch: last?.activeert ?? head.epoch,
    opvolger: last?.opvolger ?? null,
    tijd: Math.max(now, head.tijd),
  }
  const frame = { log, id: groupId(row), row, from: head }
  const entries = members.map(({ entry }) => entry)
  return {
    group: { ...frame, ...writeStatement(frame, { entries, hashes, tiles }) },
    growth,
    head: { ...row, tree, edges },
  }
}
