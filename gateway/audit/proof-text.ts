// How does a proof travel? The text of c2sp.org/tlog-proof@v1: index, inclusion proof, checkpoint.
import { readHash } from './base64.ts'
import { BadEvidence, readSize } from './checkpoint.ts'

const header = 'c2sp.org/tlog-proof@v1'

export interface ProofText {
  readonly index: bigint
  readonly proof: readonly Buffer[]
  /** A signed note, not yet verified. */
  readonly checkpoint: string
}

export function makeProofText(index: number, proof: readonly Buffer[], note: string): string {
  let text = `${header}\nindex ${index}\n`
  for (const hash of proof) text += `${hash.toString('base64')}\n`
  return `${text}\n${note}`
}

/** Strict; an `extra` line is refused: nothing vouches for it and our proofs have none. */
export function readProofText(text: string): ProofText {
  const split = text.indexOf('\n\n')
  const [first, second = '', ...hashes] = text.slice(0, Math.max(split, 0)).split('\n')
  const [, index = ''] = /^index (\d+)$/.exec(second) ?? []
  if (first !== header || index === '') throw new BadEvidence('dit is geen tlog-proof')
  const proof = hashes.map(line => {
    const hash = readHash(line)
    if (!hash) throw new BadEvidence('een hash in het bewijs klopt niet')
    return hash
  })
  return { index: readSize(index), proof, checkpoint: text.slice(split + 2) }
}
