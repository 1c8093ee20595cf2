// What is kept until when, what was destroyed, and what should have been? Numbers per log and month, no persons.
import { logIds, logNameOf } from '../audit/find.ts'
import { monthsBetween } from '../audit/keys.ts'
import { type KeyMonth, pastMonths } from '../audit/retention.ts'
import type { LogName, Moment } from '../terms.ts'
import type { Desk } from './page.ts'

export interface KeptMonth {
  readonly log: LogName
  readonly maand: string
  /** Records in which somebody can still be found. */
  readonly regels: number
}

export interface Destroyed {
  readonly log: LogName
  readonly maand: string
  readonly tijd: Moment
  readonly uitkomst: string
  /** Rows of the search index that went; undefined until they did. */
  readonly rijen: number | undefined
}

export interface Kept {
  readonly months: readonly KeptMonth[]
  /** Newest first. */
  readonly destroyed: readonly Destroyed[]
  /** Past, and not wholly destroyed here. */
  readonly open: readonly KeyMonth[]
}

type KeptDesk = Pick<Desk, 'store' | 'keysDir' | 'clock' | 'catchUp'>

/** Counting reads the whole index; on a log of years that takes a while. */
const countMs = 30_000

export async function keptMonths(desk: KeptDesk, names: readonly LogName[]): Promise<Kept> {
  await desk.catchUp()
  const { query } = desk.store
  const logs = await logIds(query, names)
  const counted = await desk.store.transaction(
    ask =>
      ask<{ log: string; maand: string; regels: number }>(
        `SELECT log, maand, count(*) AS regels
         FROM (SELECT DISTINCT log, maand, idx FROM audit.persoon WHERE log = ANY($1)) AS p
         GROUP BY log, maand ORDER BY maand, log`,
        [logs],
      ),
    countMs,
  )
  const perName = Map.groupBy(counted, ({ log, maand }) => `${logNameOf(log)} ${maand}`)
  const months = [...perName.values()].flatMap(rows => {
    const [first] = rows
    const regels = rows.reduce((sum, row) => sum + row.regels, 0)
    return first ? [{ log: logNameOf(first.log), maand: first.maand, regels }] : []
  })
  const acts = await query<{
    log: string
    maand: string
    tijd: Moment
    uitkomst: string
    rijen: number | null
  }>(
    `SELECT h.log, h.gegevens ->> 'maand' AS maand, h.tijd, h.uitkomst, v.rijen
     FROM console.handeling h JOIN audit.log l ON l.log = h.log
     LEFT JOIN audit.vernietiging v ON v.naam = l.naam AND v.maand = h.gegevens ->> 'maand' AND v.vergeten IS NOT NULL
     WHERE h.log = ANY($1) AND h.soort = 'sleutelvernietiging' ORDER BY h.tijd DESC, h.idx DESC LIMIT 1000`,
    [logs],
  )
  const past = await pastMonths(query, desk.keysDir, desk.clock())
  return {
    months,
    destroyed: acts.map(({ log, rijen, ...act }) => ({
      ...act,
      log: logNameOf(log),
      rijen: rijen ?? undefined,
    })),
    open: past.filter(
      ({ log, vastgelegd, sleutel, vergeten }) =>
        names.includes(log) && (!vastgelegd || sleutel || !vergeten),
    ),
  }
}

const dayMs = 86_400_000

/** The worker looks each hour: two days after its month a key that is still there needs a person. */
export function isOverdue({ maand }: Pick<KeyMonth, 'maand'>, now: Moment): boolean {
  return now > Date.parse(`${monthAfter(maand)}-01T00:00:00Z`) + 2 * dayMs
}

/** A month's key goes when the month is wholly past. */
export function monthAfter(maand: string): string {
  const first = Date.parse(`${maand}-01T00:00:00Z`)
  return monthsBetween(first, first + 32 * dayMs)[1] ?? maand
}
