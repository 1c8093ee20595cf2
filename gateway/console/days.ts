// How many of what on which day? Counted once per day, and again when something of that day changed.
import type { Query } from '../store.ts'
import type { Nature } from './projection.ts'

/** What asks for data, or was turned away; the other records are steps and looks. */
export const questions = ['beslissing', 'aanvaarding', 'afwijzing'] as const

/** A statement has a deadline; a million rows a year is twenty thousand a week. */
const daysAtOnce = 7

/**
 * Counts the days that changed since the last time, until all that was read of the logs at the call is counted.
 * @returns how many days were counted
 */
export async function countDays(query: Query): Promise<number> {
  await query(
    `INSERT INTO console.telstand (log, idx, beurt)
     SELECT log, 0, 0 FROM console.stand s
     WHERE NOT EXISTS (SELECT FROM console.telstand t WHERE t.log = s.log) ON CONFLICT DO NOTHING`,
  )
  const logs = await query<Read>('SELECT log, idx AS gelezen FROM console.stand ORDER BY log')
  let counted = 0
  for (const read of logs) {
    for (;;) {
      const [at] = await query<Turn>(
        'SELECT idx, beurt FROM console.telstand WHERE log = $1 AND idx < $2',
        [read.log, read.gelezen],
      )
      if (!at) break
      counted += await countLog(query, read, at)
    }
  }
  return counted
}

interface Read {
  readonly log: string
  readonly gelezen: number
}

interface Turn {
  readonly idx: number
  readonly beurt: number
}

/** Stops halfway when another process counts the same log; the caller looks again. */
async function countLog(
  query: Query,
  { log, gelezen }: Read,
  { idx, beurt }: Turn,
): Promise<number> {
  const changed = await query<{ dag: string }>(
    `SELECT DISTINCT dag::text AS dag FROM console.transactie
     WHERE log = $1 AND coalesce(eind_idx, idx) >= $2 ORDER BY 1`,
    [log, idx],
  )
  const days = changed.map(({ dag }) => dag)
  for (let at = 0; at === 0 || at < days.length; at += daysAtOnce) {
    const last = at + daysAtOnce >= days.length
    const turn = beurt + at / daysAtOnce
    const stand = last ? gelezen : idx
    const done = await query(count, [log, turn, stand, days.slice(at, at + daysAtOnce), questions])
    if (done.length === 0) return at
  }
  return days.length
}

/** A day is taken away and counted again in one statement, by who is at turn. */
const count = `
WITH beurt AS (
  UPDATE console.telstand SET beurt = beurt + 1, idx = $3 WHERE log = $1 AND beurt = $2 RETURNING log
), weg AS (
  DELETE FROM console.dagtelling d USING beurt WHERE d.log = beurt.log AND d.dag = ANY($4::date[])
), telling AS (
  INSERT INTO console.dagtelling (log, dag, verstrekker, ontvanger, namens, uitwisseling, doel, digest,
    trede, machine, asynchroon, stap, uitkomst, redenen, aard, aantal)
  SELECT t.log, dag, verstrekker, ontvanger, namens, uitwisseling, doel, digest, trede, machine,
    verzoek IS NOT NULL, verzoek IS NOT NULL AND verzoek <> transactie, uitkomst, redenen, aard, sum(aantal)
  FROM console.transactie t JOIN beurt ON t.log = beurt.log
  WHERE dag = ANY($4::date[]) AND soort = ANY($5)
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
)
SELECT log FROM beurt`

/** A row of counts over one stretch of days. */
export interface Counted {
  /** First day of the stretch. */
  readonly vanaf: string
  readonly verstrekker: string | null
  readonly ontvanger: string | null
  readonly namens: string | null
  readonly uitwisseling: string | null
  readonly doel: string | null
  readonly digest: string | null
  readonly trede: string | null
  readonly machine: boolean
  /** Asked as a request that takes time. */
  readonly asynchroon: boolean
  /** A later step of such a request; its question was counted already. */
  readonly stap: boolean
  readonly uitkomst: string
  readonly redenen: readonly string[]
  /** Handed over, in a file or alone; null: asked. */
  readonly aard: Nature | null
  readonly aantal: number
}

export interface Stretch {
  readonly logs: readonly string[]
  /** The organisation that is provider, receiver or represented. */
  readonly oin: string
  readonly van: string
  readonly totEnMet: string
  readonly per: 'day' | 'month'
}

/** What was counted of these days, together where only the day differs. */
export async function readCounts(query: Query, stretch: Stretch): Promise<readonly Counted[]> {
  const { logs, oin, van, totEnMet, per } = stretch
  return await query<Counted>(
    `SELECT date_trunc($5, dag::timestamp)::date::text AS vanaf, verstrekker, ontvanger, namens, uitwisseling,
       doel, digest, trede, machine, asynchroon, stap, uitkomst, redenen, aard, sum(aantal)::bigint AS aantal
     FROM console.dagtelling
     WHERE log = ANY($1) AND dag BETWEEN $3 AND $4 AND $2 IN (verstrekker, ontvanger, namens)
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
     ORDER BY 1`,
    [logs, oin, van, totEnMet, per],
  )
}

export type Group = 'verstrekt' | 'geweigerd' | 'bronfout' | 'overig'

const groups: Readonly<Record<string, Group>> = {
  verstrekt: 'verstrekt',
  // It was recorded before it left: what was not taken counts as given (P1).
  'niet-afgeleverd': 'verstrekt',
  geweigerd: 'geweigerd',
  bronfout: 'bronfout',
}

/** What became of it, in the four words that a page uses. */
export function groupOf(uitkomst: string): Group {
  return groups[uitkomst] ?? 'overig'
}
