// Which disclosures of a week are looked at by lot? A draw that nobody can choose, and everybody can repeat (domain S25).
import { logIds, logNameOf } from '../audit/find.ts'
import { addDays, legalDate, midnight } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, LogName, Moment, Oin } from '../terms.ts'

export interface Draw {
  readonly log: LogName
  /** Monday, and the first checkpoint that was signed when the week was over: its root is the seed. */
  readonly week: LegalDate
  readonly grootte: number
  readonly wortel: string
  readonly getrokken: readonly Drawn[]
}

export interface Drawn {
  readonly transactie: string
  readonly tijd: Moment
  readonly ontvanger: Oin
  readonly uitwisseling: string
}

const weeks = 4
export const perWeek = 5
/** Of what was handed over: lines are many, and a file must not push the questions out. */
export const messagesPerWeek = 2

const kinds = [
  ['aard IS NULL', perWeek],
  [`aard IN ('regel', 'correctie', 'terugmelding')`, messagesPerWeek],
] as const

/**
 * Of each closed week the questions, and the messages, with the smallest SHA-256(root ‖ id of the transaction). The root is
 * known only once everything of the week stands in the log, and anyone with the log can do the sum again.
 */
export async function drawSample(
  query: Query,
  oin: Oin,
  names: readonly LogName[],
  now: Moment,
): Promise<readonly Draw[]> {
  const draws: Draw[] = []
  for (const log of await logIds(query, names)) {
    for (const week of closedWeeks(now)) {
      const [van, tot] = [midnight(week), midnight(addDays(week, 7))]
      const [seed] = await query<{ grootte: number; wortel: Buffer }>(
        `SELECT grootte, wortel FROM audit.checkpoint WHERE log = $1 AND tijd >= $2
         ORDER BY grootte LIMIT 1`,
        [log, tot],
      )
      if (!seed) continue
      const getrokken = await query<Drawn & Record<string, unknown>>(
        kinds.map(([where, most]) => lots(where, most)).join(' UNION ALL '),
        [log, van, tot, oin, seed.wortel],
      )
      const { grootte } = seed
      draws.push({
        log: logNameOf(log),
        week,
        grootte,
        wortel: seed.wortel.toString('base64'),
        getrokken,
      })
    }
  }
  return draws
}

function lots(where: string, most: number): string {
  return `(SELECT transactie, tijd, ontvanger, uitwisseling FROM console.transactie
    WHERE log = $1 AND tijd >= $2 AND tijd < $3 AND $4 IN (verstrekker, ontvanger, namens) AND ${where}
      AND soort IN ('beslissing', 'aanvaarding') AND uitwisseling IS NOT NULL
      AND (verzoek IS NULL OR verzoek = transactie)
    ORDER BY sha256($5::bytea || uuid_send(transactie)) LIMIT ${most})`
}

/** The newest first; a week ends on Sunday at midnight, Europe/Amsterdam. */
function closedWeeks(now: Moment): readonly LegalDate[] {
  const today = legalDate(now)
  const weekday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7
  return Array.from({ length: weeks }, (_, i) => addDays(today, -weekday - 7 * (i + 1)))
}
