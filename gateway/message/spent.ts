// Was this signature used before, by any process on this database? The primary key decides, also in parallel.
import type { Store } from '../store.ts'
import type { Moment } from '../terms.ts'

export interface Spent {
  /** True for exactly one of all who ask with this hash. Rejects when the database does not answer. */
  first(hash: string, vervalt: Moment): Promise<boolean>
}

export function openSpent(store: Store): Spent {
  return {
    async first(hash, vervalt) {
      const rows = await store.query(
        `insert into message.handtekening (hash, vervalt) values ($1, $2)
         on conflict do nothing returning 1`,
        [hash, vervalt],
      )
      return rows.length === 1
    },
  }
}

/** For one call, that may be judged twice: its own signature is no repeat of itself. */
export function spentOnce(spent: Spent): Spent {
  let first: Promise<boolean> | undefined
  return {
    first(hash, vervalt) {
      first ??= spent.first(hash, vervalt)
      return first
    },
  }
}

/** How many were forgotten: their own time forbids them by now. */
export async function expireSpent(store: Store, now: Moment): Promise<number> {
  const [row] = await store.query<{ aantal: number }>(
    `with weg as (delete from message.handtekening where vervalt <= $1 returning 1)
     select count(*) as aantal from weg`,
    [now],
  )
  return row?.aantal ?? 0
}
