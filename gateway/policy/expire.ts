// Which facts has this process no right to keep any longer? Those past their term, and only when that changes no answer.
import type { Store } from '../store.ts'
import type { Moment } from '../terms.ts'

/**
 * A closing fact stays as long as an older one of the same rung would come to life without it: that one may
 * have been given a longer term by an older law.
 */
const expired = `
  with weg as (
    delete from policy.case_fact as f
    where f.vervalt <= $1 and not exists (
      select 1 from policy.case_fact as o
      where o.sleutel = f.sleutel and o.uitwisseling = f.uitwisseling and o.trede = f.trede
        and o.tijd <= f.tijd and o.vervalt > $1)
    returning 1)
  select count(*) as aantal from weg`

/** How many were deleted. */
export async function expireFacts(store: Store, now: Moment): Promise<number> {
  const [row] = await store.query<{ aantal: number }>(expired, [now])
  return row?.aantal ?? 0
}
