// Were the files of this period fetched, by whom now, and when is it tried again? One row per exchange and period.
import { randomUUID } from 'node:crypto'
import type { Store } from '../store.ts'
import type { Moment } from '../terms.ts'

export interface Round {
  readonly uitwisseling: string
  readonly periode: string
}

/** A round that one worker alone goes through, until its lease ends. */
export interface HeldRound extends Round {
  readonly houder: string
  /** Failures in a row. */
  readonly pogingen: number
}

export interface RoundEnd {
  readonly staat: 'open' | 'gereed' | 'mislukt'
  /** When to look again. */
  readonly vanaf: Moment
  readonly pogingen: number
}

export interface Rounds {
  /** Whoever is first; undefined: it is done or not due, or somebody else is at it. `again`: due whatever it says. */
  hold(round: Round, now: Moment, again: boolean): Promise<HeldRound | undefined>
  /** Its worker lives. False: it was taken over. */
  renew(round: HeldRound): Promise<boolean>
  end(round: HeldRound, now: Moment, end: RoundEnd): Promise<void>
  /** Older periods of which something is left to fetch. */
  open(): Promise<readonly Round[]>
}

/** A worker that is silent so long is dead. */
const leaseMs = 30_000

const databaseNow = '(extract(epoch from clock_timestamp()) * 1000)::bigint'

export function openRounds({ often }: Pick<Store, 'often'>): Rounds {
  return {
    async hold({ uitwisseling, periode }, now, again) {
      const houder = randomUUID()
      const [row] = await often<HeldRound>(
        `insert into delivery.ophaalronde as r
           (uitwisseling, periode, staat, vanaf, pogingen, houder, lease, gewijzigd)
         values ($1, $2, 'open', $4, 0, $3, ${databaseNow} + $6, $4)
         on conflict (uitwisseling, periode) do update
           set houder = $3, lease = ${databaseNow} + $6, gewijzigd = $4
           where r.lease <= ${databaseNow} and ($5 or (r.staat = 'open' and r.vanaf <= $4))
         returning uitwisseling, periode, houder, pogingen`,
        [uitwisseling, periode, houder, now, again, leaseMs],
      )
      return row
    },
    async renew({ uitwisseling, periode, houder }) {
      const rows = await often(
        `update delivery.ophaalronde set lease = ${databaseNow} + $4
         where uitwisseling = $1 and periode = $2 and houder = $3 returning 1`,
        [uitwisseling, periode, houder, leaseMs],
      )
      return rows.length === 1
    },
    async end({ uitwisseling, periode, houder }, now, { staat, vanaf, pogingen }) {
      await often(
        `update delivery.ophaalronde set lease = 0, staat = $4, vanaf = $5, pogingen = $6, gewijzigd = $7
         where uitwisseling = $1 and periode = $2 and houder = $3`,
        [uitwisseling, periode, houder, staat, vanaf, pogingen, now],
      )
    },
    open: () =>
      often<Round>(
        `select uitwisseling, periode from delivery.ophaalronde where staat = 'open' order by 1, 2`,
        [],
      ),
  }
}
