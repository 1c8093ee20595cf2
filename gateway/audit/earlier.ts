// Who was given something about this person before, by this provider? Found by every key that lives, in both logs.
import type { Store } from '../store.ts'
import type { DataSubject, Given, LogName, Oin } from '../terms.ts'
import { indexValues, logNameOf, unsealMember } from './find.ts'
import { type Keys, logNames } from './keys.ts'
import type { LogRecord } from './log-record.ts'
import type { Subject } from './seal.ts'

/** A recorded disclosure with the person it was about; without, once the key of its month was destroyed. */
export interface Disclosure {
  readonly log: LogName
  readonly record: LogRecord
  readonly subject?: Subject
}

export interface Earlier {
  /** What this provider gave about this person, oldest first. Costs what is known of them, however long the log is. */
  by(verstrekker: Oin, betrokkene: DataSubject): Promise<readonly Given[]>
  /** What this party received in this transaction; undefined also where it was none of its receivers. */
  to(transactie: string, party: Oin): Promise<Disclosure | undefined>
}

/** Not where this person is only named in what was given about somebody else. */
const byPerson = `
  WITH regels AS MATERIALIZED (SELECT log, idx FROM audit.persoon WHERE hmac = ANY($1))
  SELECT f.log, f.transactie::text, f.tijd, f.uitwisseling, f.ontvanger, f.namens,
    f.tekst::jsonb -> 'verstrekt' AS verstrekt, b.vraag -> 'periode' AS periode, b.vraag ->> 'peildatum' AS peildatum
  FROM regels
  CROSS JOIN LATERAL (SELECT * FROM audit.leaf l WHERE l.log = regels.log AND l.idx = regels.idx OFFSET 0) AS f
  LEFT JOIN LATERAL (SELECT l.tekst::jsonb -> 'vraag' AS vraag FROM audit.leaf l
    WHERE l.transactie = f.transactie AND l.soort = 'beslissing' LIMIT 1) AS b ON true
  WHERE f.soort = 'verstrekking' AND f.verstrekker = $2 AND NOT f.tekst::jsonb ? 'betrokkeneVeld' ORDER BY f.tijd, f.log, f.idx`

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function openEarlier({
  store,
  keys,
  keysDir,
}: {
  readonly store: Pick<Store, 'query' | 'transaction'>
  readonly keys: Keys
  readonly keysDir: string
}): Earlier {
  return {
    async by(verstrekker, { soort, waarde }) {
      const names = logNames.flatMap(log =>
        indexValues(keys, { log, keysDir }, ['betrokkene', [soort, waarde]]),
      )
      const rows = await store.transaction(async query => {
        // The planner guesses that hundreds of keys find much, and would read whole tables.
        await query(
          `SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`,
        )
        return await query<Omit<Given, 'log'> & { readonly log: string }>(byPerson, [
          names,
          verstrekker,
        ])
      })
      return rows.map(row => ({ ...row, log: logNameOf(row.log) }))
    },
    async to(transactie, party) {
      if (!uuid.test(transactie)) return undefined
      const [row] = await store.query<{ log: string; tekst: string }>(
        `SELECT log, tekst FROM audit.leaf WHERE transactie = $1::uuid AND soort = 'verstrekking'
           AND (ontvanger = $2 OR namens = $2) AND NOT tekst::jsonb ? 'betrokkeneVeld' ORDER BY log, idx LIMIT 1`,
        [transactie, party],
      )
      if (!row) return undefined
      const log = logNameOf(row.log)
      const record: LogRecord = JSON.parse(row.tekst)
      const sealed = unsealMember(keys, { log, keysDir }, record, 'betrokkene')
      return { log, record, ...(sealed && { subject: subjectOf(JSON.parse(sealed)) }) }
    },
  }
}

/** As it was sealed: who was asked about, with the number that another country gave. */
function subjectOf({
  buitenlands,
  soort,
  waarde,
}: DataSubject & Pick<Subject, 'buitenlands'>): Subject {
  return { betrokkene: { soort, waarde }, ...(buitenlands && { buitenlands }) }
}
