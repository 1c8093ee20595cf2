// Which policy set does the log name? What the head says counts only when a signed leaf says it too.
import type { Query } from '../store.ts'
import { type Verifier, verifyCheckpoint } from './checkpoint.ts'
import { LogDamaged, readHeadRow } from './head.ts'
import type { LogRecord } from './log-record.ts'
import { makeInclusionProof } from './prove.ts'
import { leafHash } from './tree.ts'
import { holdsInclusion } from './tree-proof.ts'

/** As committed by any process; empty for a log under which nothing was activated yet. */
export async function readEpoch(query: Query, log: string): Promise<string> {
  return (await readHeadRow(query, log))?.epoch ?? ''
}

/**
 * A set out of the database is law only when a process that holds the signing key activated it: who can
 * write rows cannot make one.
 * @throws LogDamaged when the newest activation in the signed tree is another
 */
export async function proveActivation(
  query: Query,
  { log, known, epoch }: { readonly log: string; readonly known: Verifier; readonly epoch: string },
): Promise<void> {
  const [leaf] = await query<{ idx: number; tekst: string }>(
    `SELECT idx, tekst FROM audit.leaf WHERE log = $1 AND soort = 'beleidsactivering'
     ORDER BY idx DESC LIMIT 1`,
    [log],
  )
  const head = await readHeadRow(query, log)
  if (!leaf || !head || epochOf(leaf.tekst) !== epoch) throw new LogDamaged(unproven)
  const { size, root } = verifyCheckpoint(head.note, known)
  const index = BigInt(leaf.idx)
  const proof =
    index < size
      ? await makeInclusionProof(query, log, { index: leaf.idx, size: Number(size) })
      : []
  if (!holdsInclusion({ index, size, root, leaf: leafHash(leaf.tekst), proof })) {
    throw new LogDamaged(unproven)
  }
}

const unproven = 'geen ondertekende logregel activeert dit beleid'

function epochOf(tekst: string): string | undefined {
  const { soort, epoch }: LogRecord = JSON.parse(tekst)
  return soort === 'beleidsactivering' ? epoch : undefined
}
