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
 * A set or a brake out of the database is law only when a process that holds the signing key activated it:
 * who can write rows cannot make one.
 * @returns the record that did
 * @throws LogDamaged when the newest activation in the signed tree is another
 */
export async function proveActivation(
  query: Query,
  { log, known, epoch }: { readonly log: string; readonly known: Verifier; readonly epoch: string },
): Promise<LogRecord> {
  // One statement: between two, another process may go on.
  const [leaf] = await query<{ idx: number; tekst: string; note: string }>(
    `SELECT idx, tekst, (SELECT note FROM audit.checkpoint c WHERE c.log = l.log
       ORDER BY grootte DESC LIMIT 1) AS note
     FROM audit.leaf l WHERE log = $1 AND soort IN ('beleidsactivering', 'noodrem', 'noodrem-vrijgave')
       AND uitkomst IN ('geactiveerd', 'gezet', 'vrijgegeven') ORDER BY idx DESC LIMIT 1`,
    [log],
  )
  const record: LogRecord | undefined = leaf && JSON.parse(leaf.tekst)
  if (!leaf || record?.epoch !== epoch) throw new LogDamaged(unproven)
  const { size, root } = verifyCheckpoint(leaf.note, known)
  const index = BigInt(leaf.idx)
  const proof =
    index < size
      ? await makeInclusionProof(query, log, { index: leaf.idx, size: Number(size) })
      : []
  if (!holdsInclusion({ index, size, root, leaf: leafHash(leaf.tekst), proof })) {
    throw new LogDamaged(unproven)
  }
  return record
}

const unproven = 'geen ondertekende logregel activeert dit beleid of deze noodrem'
