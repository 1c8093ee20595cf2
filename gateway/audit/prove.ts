// Who can see the proofs of a transaction again, and how are they made long after? (GET /v1/bewijzen)
import type { Query } from '../store.ts'
import type { LogName, Oin } from '../terms.ts'
import { readHeadRow } from './head.ts'
import type { LogRecord } from './log-record.ts'
import { makeProofText } from './proof-text.ts'
import { readNodes } from './tiles.ts'
import { consistencyProof, inclusionProof, nodesOf, rangeHash } from './tree.ts'

export interface Proof {
  readonly logregel: string
  readonly tlogProof: string
}

export interface Proofs {
  readonly transactie: string
  readonly beslissing: Proof
  readonly verstrekkingen: readonly Proof[]
}

interface LeafRow {
  readonly log: string
  readonly idx: number
  readonly tekst: string
}

/** Of an accepted request its acceptance is the decision. */
const decisions: readonly LogRecord['soort'][] = ['beslissing', 'aanvaarding']

/** With the log they stand in: looking at them belongs there too. */
export interface FoundProofs {
  readonly log: LogName
  readonly proofs: Proofs
}

/** Undefined when there is no decision of this transaction, or when it is none of this party's business. */
export async function proofsOf(
  { query }: { readonly query: Query },
  transactie: string,
  { oin }: { readonly oin: Oin },
): Promise<FoundProofs | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(transactie)) return undefined
  const rows = await query<LeafRow>(
    `SELECT log, idx, tekst FROM audit.leaf WHERE transactie = $1::uuid
     AND soort IN ('beslissing', 'aanvaarding', 'verstrekking') ORDER BY log, idx`,
    [transactie],
  )
  const ours = rows.filter(({ tekst }) => isParty(JSON.parse(tekst), oin))
  const beslissing = ours.find(({ tekst }) => decisions.includes(kindOf(tekst)))
  if (!beslissing) return undefined
  const verstrekkingen: Proof[] = []
  for (const row of ours) {
    if (kindOf(row.tekst) === 'verstrekking') verstrekkingen.push(await proofOf(query, row))
  }
  const proofs = { transactie, beslissing: await proofOf(query, beslissing), verstrekkingen }
  return { log: beslissing.log.startsWith('vertrouwelijk') ? 'vertrouwelijk' : 'gewoon', proofs }
}

function isParty({ verstrekker, ontvanger, namens }: LogRecord, oin: Oin): boolean {
  return oin === verstrekker || oin === ontvanger || oin === namens
}

function kindOf(tekst: string): LogRecord['soort'] {
  return (JSON.parse(tekst) as LogRecord).soort
}

/** Against the newest checkpoint, out of tiles and leaf hashes. */
async function proofOf(query: Query, { log, idx, tekst }: LeafRow): Promise<Proof> {
  const head = await readHeadRow(query, log)
  if (!head) throw new Error('the log has no checkpoint')
  const proof = await makeInclusionProof(query, log, { index: idx, size: head.grootte })
  return { logregel: tekst, tlogProof: makeProofText(idx, proof, head.note) }
}

export async function makeInclusionProof(
  query: Query,
  log: string,
  { index, size }: { index: number; size: number },
): Promise<Buffer[]> {
  const [proof = []] = await makeInclusionProofs(query, log, { indexes: [index], size })
  return proof
}

/** Of many leaves at once: neighbours share their tiles. */
export async function makeInclusionProofs(
  query: Query,
  log: string,
  { indexes, size }: { indexes: readonly number[]; size: number },
): Promise<Buffer[][]> {
  const asked = nodesOf(node => indexes.map(index => inclusionProof(index, size, node)))
  const node = await readNodes(query, log, size, asked)
  return indexes.map(index => inclusionProof(index, size, node))
}

export async function makeConsistencyProof(
  query: Query,
  log: string,
  { older, newer }: { older: number; newer: number },
): Promise<Buffer[]> {
  const asked = nodesOf(node => consistencyProof(older, newer, node))
  return consistencyProof(older, newer, await readNodes(query, log, newer, asked))
}

/** Root of the tree as it was at this size (at least 1). */
export async function rootAt(query: Query, log: string, size: number): Promise<Buffer> {
  const asked = nodesOf(node => rangeHash(0, size, node))
  return rangeHash(0, size, await readNodes(query, log, size, asked))
}
