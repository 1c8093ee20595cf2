// What stands where, and what stands still? For the operator: numbers, moments and states, never a person.
import type { Store } from '../store.ts'
import type { LogName, Moment, RequestState } from '../terms.ts'

export interface QueueLine {
  readonly wachtrij: string
  readonly staat: RequestState
  readonly aantal: number
  /** When the one that waits longest was accepted. */
  readonly oudste: Moment
  readonly gepauzeerd: boolean
}

/** The queues that stand still. */
export async function pausedQueues(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ wachtrij: string }>('select wachtrij from delivery.pauze')
  return rows.map(({ wachtrij }) => wachtrij)
}

export async function queueLines(store: Store, log: LogName): Promise<readonly QueueLine[]> {
  return await store.query<QueueLine>(
    `select wachtrij, staat, count(*)::int as aantal, min(aangenomen) as oudste,
       exists (select from delivery.pauze p where p.wachtrij = v.wachtrij) as gepauzeerd
     from delivery.verzoek v where log = $1 group by wachtrij, staat order by wachtrij, staat`,
    [log],
  )
}

/** Where each of these requests stands now; one that is gone has no state. */
export async function statesOf(
  store: Pick<Store, 'query'>,
  verzoeken: readonly string[],
): Promise<ReadonlyMap<string, RequestState>> {
  if (verzoeken.length === 0) return new Map()
  const rows = await store.query<{ verzoek: string; staat: RequestState }>(
    'select verzoek, staat from delivery.verzoek where verzoek = any($1::uuid[])',
    [verzoeken],
  )
  return new Map(rows.map(({ verzoek, staat }) => [verzoek, staat]))
}

/** False when it already stood still. */
export async function pauseQueue(store: Store, wachtrij: string, now: Moment): Promise<boolean> {
  const rows = await store.query(
    'insert into delivery.pauze (wachtrij, sinds) values ($1, $2) on conflict do nothing returning 1',
    [wachtrij, now],
  )
  return rows.length === 1
}

/** False when it did not stand still. */
export async function resumeQueue(store: Store, wachtrij: string): Promise<boolean> {
  const rows = await store.query('delete from delivery.pauze where wachtrij = $1 returning 1', [
    wachtrij,
  ])
  return rows.length === 1
}

/** What lies still of the ordinary log: due and not done, since when, and dead letters. */
export async function readBacklog(
  store: Store,
  now: Moment,
): Promise<{ readonly due: number; readonly sinceMs: number; readonly dead: number }> {
  const [row] = await store.query<{ due: number; oldest: Moment | null; dead: number }>(
    `select count(*) filter (where vanaf <= $1) as due, min(vanaf) as oldest,
       count(*) filter (where staat = 'mislukt') as dead
     from delivery.verzoek as v
     where log = 'gewoon' and verzegeld is not null
       and not exists (select from delivery.pauze as p where p.wachtrij = v.wachtrij)`,
    [now],
  )
  const { due = 0, oldest = null, dead = 0 } = row ?? {}
  return { due, sinceMs: oldest === null ? 0 : Math.max(0, now - oldest), dead }
}
