// Who proposed to release the brake? The records say it; what they are worth, their signatures say.
import type { Query } from '../store.ts'
import type { LogRecord } from './log-record.ts'

export interface Proposal {
  readonly noodrem: readonly string[]
  readonly verklaring: string
}

/** Newest first, since the last release: for that one they were used. */
export async function readProposals(query: Query, log: string): Promise<readonly Proposal[]> {
  const rows = await query<{ tekst: string; uitkomst: string }>(
    `SELECT tekst, uitkomst FROM audit.leaf WHERE log = $1 AND soort IN ('beleidsactivering', 'noodrem', 'noodrem-vrijgave')
       AND soort = 'noodrem-vrijgave' AND uitkomst IN ('voorgesteld', 'vrijgegeven')
     ORDER BY idx DESC LIMIT 100`,
    [log],
  )
  const last = rows.findIndex(({ uitkomst }) => uitkomst === 'vrijgegeven')
  return rows.slice(0, last < 0 ? rows.length : last).flatMap(({ tekst }) => {
    const { noodrem = [], verklaringen = [] }: LogRecord = JSON.parse(tekst)
    return verklaringen.map(verklaring => ({ noodrem, verklaring }))
  })
}
