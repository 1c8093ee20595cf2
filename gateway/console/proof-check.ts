// Is this record really in the log, unchanged? What can be checked here, step by step, and what cannot.
import { BadEvidence, readVkey, verifyCheckpoint } from '../audit/checkpoint.ts'
import { readHeadRow } from '../audit/head.ts'
import { type LogRecord, searchColumns } from '../audit/log-record.ts'
import { makeInclusionProof } from '../audit/prove.ts'
import { leafHash } from '../audit/tree.ts'
import { holdsInclusion } from '../audit/tree-proof.ts'
import type { Query } from '../store.ts'

export interface Step {
  readonly tekst: string
  readonly klopt: boolean
}

/** The words for what a look at one record cannot tell. */
export const unchecked: readonly string[] = [
  'Of het antwoord dat de ontvanger bewaart hetzelfde is. Dat kan alleen de ontvanger laten zien, met zijn antwoord en de opening daarvan (sluis proof verify).',
  'Of er uit het hele logboek niets weg is. Dat controleert de pagina Logboek, tegen een checkpoint dat iemand buiten Sluis bewaart.',
  'Of de beslissing volgens de afspraak van toen juist was. Dat rekent sluis bundle verify na, met de bewijsbundel.',
]

interface Stored {
  readonly hash: Buffer
  readonly tekst: string
  readonly vkey: string
  readonly kolommen: Readonly<Record<string, string | number | null>>
}

/** Reads the record anew, so that what the page showed before proves nothing. */
export async function checkProof(
  query: Query,
  log: string,
  index: number,
): Promise<readonly Step[]> {
  const [stored] = await query<Stored>(
    `SELECT l.hash, l.tekst, o.vkey, jsonb_build_object(${searchColumns.map(name => `'${name}', l.${name}`).join(', ')}) AS kolommen
     FROM audit.leaf l JOIN audit.log o ON o.log = l.log WHERE l.log = $1 AND l.idx = $2`,
    [log, index],
  )
  if (!stored) return [{ tekst: 'De regel staat niet meer in de database.', klopt: false }]
  const hash = leafHash(stored.tekst)
  const proven = await inTree(query, { log, index, hash, vkey: stored.vkey })
  return [
    {
      tekst: `De hash van regel ${index} is opnieuw berekend en is gelijk aan de bewaarde hash.`,
      klopt: hash.equals(stored.hash),
    },
    {
      tekst:
        'Waarop deze regel wordt gevonden (tijd, partijen, uitkomst), is gelijk aan de regel zelf.',
      klopt: columnsAgree(stored),
    },
    {
      tekst: `De handtekening onder het nieuwste checkpoint${proven.grootte === undefined ? '' : ` (${proven.grootte} regels)`} is van de sleutel van dit logboek.`,
      klopt: proven.signed,
    },
    {
      tekst: 'De regel zit in de boom waar dat checkpoint voor tekent.',
      klopt: proven.included,
    },
  ]
}

function columnsAgree({ tekst, kolommen }: Stored): boolean {
  try {
    const record: LogRecord = JSON.parse(tekst)
    return searchColumns.every(name => (record[name] ?? null) === kolommen[name])
  } catch {
    return false
  }
}

interface Proven {
  readonly grootte?: number
  readonly signed: boolean
  readonly included: boolean
}

/** Whatever is not there, or not what it should be, proves nothing. */
async function inTree(
  query: Query,
  leaf: {
    readonly log: string
    readonly index: number
    readonly hash: Buffer
    readonly vkey: string
  },
): Promise<Proven> {
  const { log, index, hash, vkey } = leaf
  const head = await readHeadRow(query, log)
  if (!head) return { signed: false, included: false }
  const { grootte, note } = head
  try {
    const { size, root } = verifyCheckpoint(note, readVkey(vkey))
    if (index >= grootte) return { grootte, signed: true, included: false }
    const proof = await makeInclusionProof(query, log, { index, size: grootte })
    const included = holdsInclusion({ index: BigInt(index), size, root, leaf: hash, proof })
    return { grootte, signed: true, included }
  } catch (error) {
    // A tile that is missing or cut off proves as little as a signature that is wrong.
    if (!(error instanceof BadEvidence || error instanceof RangeError)) throw error
    return { grootte, signed: false, included: false }
  }
}
