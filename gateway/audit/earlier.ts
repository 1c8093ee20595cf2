// Who was given something about this person before, by this provider? Found by every key that lives, in both logs.
import type { Query, Store } from '../store.ts'
import type { DataSubject, LegalDate, LogName, Moment, Oin, Period } from '../terms.ts'
import { indexValues, logNameOf } from './find.ts'
import type { Keys } from './keys.ts'
import { logNames } from './keys.ts'
import type { LogRecord } from './log-record.ts'

/** One recorded disclosure: that it arrived is not known, and a log may say too much, never too little (P1). */
export interface Given {
  readonly log: LogName
  readonly transactie: string
  readonly tijd: Moment
  readonly uitwisseling: string
  readonly ontvanger: Oin
  readonly namens: Oin | null
  readonly verstrekt: readonly string[]
  /** What was asked about; neither where the provider handed over, or was asked about the day itself. */
  readonly periode: Period | null
  readonly peildatum: LegalDate | null
}

interface Place {
  readonly store: Pick<Store, 'transaction'>
  readonly keys: Keys
  readonly keysDir: string
}

const byPerson = `
  WITH regels AS MATERIALIZED (SELECT DISTINCT log, idx FROM audit.persoon WHERE hmac = ANY($1))
  SELECT f.log, f.transactie, f.tijd, f.uitwisseling, f.ontvanger, f.namens,
    f.tekst::jsonb -> 'verstrekt' AS verstrekt, b.vraag -> 'periode' AS periode, b.vraag ->> 'peildatum' AS peildatum
  FROM regels
  CROSS JOIN LATERAL (SELECT * FROM audit.leaf l WHERE l.log = regels.log AND l.idx = regels.idx OFFSET 0) AS f
  LEFT JOIN LATERAL (SELECT l.tekst::jsonb -> 'vraag' AS vraag FROM audit.leaf l
    WHERE l.transactie = f.transactie AND l.soort = 'beslissing' LIMIT 1) AS b ON true
  WHERE f.soort = 'verstrekking' AND f.verstrekker = $2 ORDER BY f.tijd, f.log, f.idx`

/** Oldest first. Costs what is known of this person, whatever the length of the log. */
export async function givenBy(
  { store, keys, keysDir }: Place,
  verstrekker: Oin,
  { soort, waarde }: DataSubject,
): Promise<readonly Given[]> {
  const names = logNames.flatMap(log =>
    indexValues(keys, { log, keysDir }, ['betrokkene', [soort, waarde]]),
  )
  const rows = await store.transaction(async query => {
    // The planner guesses that hundreds of keys find much, and would read whole tables.
    await query(`SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`)
    return await query<Omit<Given, 'log'> & { readonly log: string }>(byPerson, [
      names,
      verstrekker,
    ])
  })
  return rows.map(row => ({ ...row, log: logNameOf(row.log) }))
}

/** The record of a disclosure; undefined when there is none, and for who is no receiver in it. */
export async function disclosureTo(
  { query }: { readonly query: Query },
  transactie: string,
  party: Oin,
): Promise<{ readonly log: LogName; readonly record: LogRecord } | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(transactie)) return undefined
  const rows = await query<{ log: string; tekst: string }>(
    `SELECT log, tekst FROM audit.leaf WHERE transactie = $1::uuid AND soort = 'verstrekking'
       AND (ontvanger = $2 OR namens = $2) ORDER BY log, idx LIMIT 1`,
    [transactie, party],
  )
  const [row] = rows
  return row && { log: logNameOf(row.log), record: JSON.parse(row.tekst) as LogRecord }
}
