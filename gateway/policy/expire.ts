// Which facts has this process no right to keep any longer? Those past their term, and only when that changes no answer.
import type { Store } from '../store.ts'
import type { Moment } from '../terms.ts'

/** Every table of this room whose rows end by themselves, and what a row past its term may still be needed for. */
const tables = new Map([
  /**
   * A closing fact stays as long as an older one of the same rung would come to life without it: that one may
   * have been given a longer term by an older law.
   */
  [
    'case_fact',
    `not exists (
      select 1 from policy.case_fact as o
      where o.sleutel = f.sleutel and o.uitwisseling = f.uitwisseling and o.trede = f.trede
        and o.tijd <= f.tijd and o.vervalt > $1)`,
  ],
  ['quota_use', 'true'],
  ['person_seen', 'true'],
  ['person_day', 'true'],
  ['case_person', 'true'],
  ['case_escape', 'true'],
  ['case_phase', 'true'],
  ['opt_out', 'true'],
])

/** How many were deleted. Safe beside running gateways and beside itself. */
export async function expireFacts(store: Store, now: Moment): Promise<number> {
  let deleted = 0
  for (const [table, mayGo] of tables) {
    const [row] = await store.query<{ aantal: number }>(
      `with weg as (delete from policy.${table} as f where f.vervalt <= $1 and ${mayGo} returning 1)
       select count(*) as aantal from weg`,
      [now],
    )
    deleted += row?.aantal ?? 0
  }
  return deleted
}
