// What did a breach touch? Its criteria and the size of the log then say it, so that it can be computed again.
import { logIds, logNameOf, unsealMember } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { span } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, LogName, Moment, Oin } from '../terms.ts'
import { type Desk, logsOf, type Officer } from './page.ts'

export const touchedKinds = [
  ['verstrekt', 'Waar gegevens zijn verstrekt'],
  ['drift', 'Waar een bron meer of iets anders gaf dan is afgesproken'],
  ['alles', 'Alle vragen, ook zonder antwoord'],
] as const
export type Touched = (typeof touchedKinds)[number][0]

/** Each that is there must hold. */
export interface BreachCriteria {
  readonly wat: Touched
  readonly partij?: Oin
  readonly uitwisseling?: string
  readonly digest?: string
  /** One file, with every line of it. */
  readonly levering?: string
  readonly van?: LegalDate
  readonly totEnMet?: LegalDate
}

/** What was touched, and until which leaf of each log: later ones are not part of it. */
export interface Extent {
  readonly oin: Oin
  readonly criteria: BreachCriteria
  /** `<log>:<size>` */
  readonly tot: readonly string[]
}

/** As its record tells it; the words about it are sealed there. */
export interface Breach extends Extent {
  readonly id: string
  readonly log: string
  readonly idx: number
  readonly kenmerk: string
  readonly ontdekt: Moment
  readonly vastgelegd: Moment
  readonly gemeld: Moment | undefined
  readonly transacties: number
  readonly personen: number
}

/** More cannot be weighed in one go: then a narrower choice is asked. */
export const maxTouched = 100_000
const longMs = 60_000

export type BreachDesk = Pick<Desk, 'store' | 'keys' | 'keysDir' | 'catchUp'>

/** The logs as they stand now. */
export async function extentNow(
  { store, catchUp }: Pick<Desk, 'store' | 'catchUp'>,
  names: readonly LogName[],
): Promise<readonly string[]> {
  await catchUp()
  const rows = await store.query<{ log: string; grootte: number }>(
    'SELECT log, max(grootte) AS grootte FROM audit.checkpoint WHERE log = ANY($1) GROUP BY log ORDER BY log',
    [await logIds(store.query, names)],
  )
  return rows.map(({ log, grootte }) => `${log}:${grootte}`)
}

/** Judged by leaves of before that size only: what comes later changes nothing. */
const kinds: Readonly<Record<Touched, string>> = {
  verstrekt: `EXISTS (SELECT FROM audit.leaf f WHERE f.transactie = t.transactie AND f.log = t.log
    AND f.idx < g.tot AND f.soort = 'verstrekking')`,
  drift: `EXISTS (SELECT FROM audit.leaf f WHERE f.transactie = t.transactie AND f.log = t.log
    AND f.idx < g.tot AND f.soort = 'bronfout' AND jsonb_path_exists(f.tekst::jsonb, '$.redenen[*].veld'))`,
  alles: 'true',
}

/** Rows `t` of console.transactie; its values take the first places. */
function matching({ oin, criteria, tot }: Extent): readonly [from: string, values: unknown[]] {
  const { wat, partij, uitwisseling, digest, levering, van, totEnMet } = criteria
  const { van: first, tot: end } = span(van, totEnMet)
  const terms = [
    `oin:${oin}`,
    ...(partij ? [`oin:${partij}`] : []),
    ...(uitwisseling ? [`uitwisseling:${uitwisseling}`] : []),
    ...(digest ? [`digest:${digest}`] : []),
    ...(levering ? [`levering:${levering}`] : []),
  ]
  const sizes = tot.map(text => text.split(':'))
  return [
    `console.transactie t JOIN unnest($1::text[], $2::bigint[]) AS g(log, tot) ON t.log = g.log AND t.idx < g.tot
     WHERE t.termen @> $3::text[] AND t.tijd >= $4 AND t.tijd < $5
       AND t.soort IN ('beslissing', 'aanvaarding') AND ${kinds[wat]}`,
    [
      sizes.map(([log]) => log),
      sizes.map(([, size]) => size),
      terms,
      Math.max(first, 0),
      Math.min(end, Number.MAX_SAFE_INTEGER),
    ],
  ]
}

/** How many transactions, counted no further than one above what can be weighed. */
export async function countTouched(
  { store }: Pick<Desk, 'store'>,
  extent: Extent,
): Promise<number> {
  const [from, values] = matching(extent)
  const [row] = await store.transaction(
    query =>
      query<{ aantal: number }>(
        `SELECT count(*) AS aantal FROM (SELECT FROM ${from} LIMIT ${maxTouched + 1}) AS t`,
        values,
      ),
    longMs,
  )
  return row?.aantal ?? 0
}

/** One transaction that was touched, and whom it was about while that can be opened. */
export interface TouchedRow {
  readonly transactie: string
  readonly tijd: Moment
  readonly uitwisseling: string
  readonly verstrekking: Oin
  readonly ontvangst: Oin
  readonly ontvanger: Oin
  readonly verstrekt: readonly string[]
  /** JSON of who or what was asked about; undefined when its key was destroyed, or when nobody was named. */
  readonly persoon: string | undefined
}

const pageSize = 500

/** A page at a time, in order of the log. */
export async function* touchedBy(
  { store, keys, keysDir }: Omit<BreachDesk, 'catchUp'>,
  extent: Extent,
  signal?: AbortSignal,
): AsyncGenerator<TouchedRow> {
  const [from, values] = matching(extent)
  for (let after: readonly [string, number] = ['', -1]; ; ) {
    signal?.throwIfAborted()
    const rows = await store.transaction(
      query =>
        query<{
          log: string
          idx: number
          transactie: string
          tijd: Moment
          uitwisseling: string
          ontvanger: Oin
          verstrekt: readonly string[]
          tekst: string
        }>(
          `SELECT m.*, f.tekst FROM (
             SELECT t.log, t.idx, t.transactie, t.tijd, t.uitwisseling, t.ontvanger, t.verstrekt,
               coalesce(t.verzoek, t.transactie) AS over
             FROM ${from} AND (t.log, t.idx) > ($6, $7::bigint) ORDER BY t.log, t.idx LIMIT ${pageSize}
           ) AS m JOIN console.transactie v ON v.transactie = m.over
           JOIN audit.leaf f ON f.log = v.log AND f.idx = v.idx ORDER BY m.log, m.idx`,
          [...values, ...after],
        ),
      longMs,
    )
    for (const { log, tekst, ontvanger, idx: _, ...row } of rows) {
      const record: LogRecord = JSON.parse(tekst)
      const place = { log: logNameOf(log), keysDir }
      const persoon =
        unsealMember(keys, place, record, 'betrokkene') ??
        unsealMember(keys, place, record, 'object')
      const { verstrekking = '', ontvangst = ontvanger } = record.verantwoordelijke ?? {}
      yield { ...row, ontvanger, verstrekking, ontvangst, persoon }
    }
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    after = [last.log, last.idx]
  }
}

/** Of one controller, in the side it had. */
export interface Side {
  readonly oin: Oin
  readonly kant: 'verstrekking' | 'ontvangst'
  readonly transacties: number
  readonly personen: number
  /** Transactions whose person cannot be found back any more. */
  readonly onbekend: number
}

export interface Weighed {
  readonly transacties: number
  readonly personen: number
  readonly sides: readonly Side[]
  readonly ontvangers: readonly Oin[]
  /** Names of fields that left, per exchange. */
  readonly velden: ReadonlyMap<string, readonly string[]>
  readonly eerste?: Moment
  readonly laatste?: Moment
}

/** Numbers only; no person leaves this function. */
export async function weigh(
  desk: Omit<BreachDesk, 'catchUp'>,
  extent: Extent,
  signal?: AbortSignal,
): Promise<Weighed> {
  const persons = new Set<string>()
  const sides = new Map<string, { side: Side; persons: Set<string> }>()
  const velden = new Map<string, Set<string>>()
  const ontvangers = new Set<Oin>()
  let [eerste, laatste] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let transacties = 0
  for await (const row of touchedBy(desk, extent, signal)) {
    transacties += 1
    eerste = Math.min(eerste, row.tijd)
    laatste = Math.max(laatste, row.tijd)
    ontvangers.add(row.ontvanger)
    const names = velden.get(row.uitwisseling) ?? new Set()
    for (const veld of row.verstrekt) names.add(veld)
    velden.set(row.uitwisseling, names)
    if (row.persoon) persons.add(row.persoon)
    for (const kant of ['verstrekking', 'ontvangst'] as const) {
      const key = `${kant} ${row[kant]}`
      const known = sides.get(key)?.side
      const own = sides.get(key)?.persons ?? new Set()
      if (row.persoon) own.add(row.persoon)
      sides.set(key, {
        persons: own,
        side: {
          ...{ oin: row[kant], kant, personen: own.size },
          transacties: (known?.transacties ?? 0) + 1,
          onbekend: (known?.onbekend ?? 0) + (row.persoon ? 0 : 1),
        },
      })
    }
  }
  return {
    ...{ transacties, personen: persons.size, ontvangers: [...ontvangers].sort() },
    sides: [...sides].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { side }]) => side),
    velden: new Map([...velden].map(([id, names]) => [id, [...names].sort()])),
    ...(transacties > 0 && { eerste, laatste }),
  }
}

interface ActRow {
  readonly id: string
  readonly log: string
  readonly idx: number
  readonly tijd: Moment
  readonly oin: Oin
  readonly gemeld: Moment | null
  readonly gegevens: BreachCriteria & {
    readonly kenmerk: string
    readonly ontdekt: Moment
    readonly tot: readonly string[]
    readonly transacties: number
    readonly personen: number
  }
}

const recorded = `SELECT h.transactie::text AS id, h.log, h.idx, h.tijd, h.oin, h.gegevens,
    (SELECT min((m.gegevens ->> 'gemeld')::bigint) FROM console.handeling m
     WHERE m.over = h.transactie AND m.soort = 'datalek' AND m.uitkomst = 'gemeld') AS gemeld
  FROM audit.log l JOIN console.handeling h ON h.log = l.log AND h.soort = 'datalek'
  WHERE h.uitkomst = 'vastgelegd'`

function breachOf({ id, log, idx, tijd, oin, gemeld, gegevens }: ActRow): Breach {
  const { kenmerk, ontdekt, tot, transacties, personen, ...criteria } = gegevens
  return {
    ...{ id, log, idx, oin, kenmerk, ontdekt, tot, transacties, personen, criteria },
    vastgelegd: tijd,
    gemeld: gemeld ?? undefined,
  }
}

/** Of the officer's own organisation, in the logs it may see; the newest first. */
export async function breachesOf(
  { store, catchUp }: Pick<Desk, 'store' | 'catchUp'>,
  { oin }: Pick<Officer, 'oin'>,
  names: readonly LogName[],
): Promise<readonly Breach[]> {
  await catchUp()
  const logs = await logIds(store.query, names)
  const rows = await store.query<ActRow>(
    `${recorded} AND h.oin = $1 AND h.log = ANY($2) ORDER BY h.tijd DESC, h.idx DESC LIMIT 1000`,
    [oin, logs],
  )
  return rows.map(breachOf)
}

/** Marks the transactions of each breach that is not marked yet, in one statement each: whole or not at all. */
export async function markBreaches(query: Query): Promise<void> {
  const rows = await query<ActRow>(
    `${recorded} AND NOT EXISTS (SELECT FROM console.datalek d WHERE d.datalek = h.transactie)`,
  )
  for (const breach of rows.map(breachOf)) {
    const [from, values] = matching(breach)
    await query(
      `INSERT INTO console.datalek (datalek, log, idx) SELECT $6::uuid, t.log, t.idx FROM ${from}
       ON CONFLICT DO NOTHING`,
      [...values, breach.id],
    )
  }
}

export interface Mark {
  readonly id: string
  readonly kenmerk: string
}

/** The breaches that touched these transactions, as an officer of this organisation may know. */
export async function breachMarks(
  query: Query,
  officer: Pick<Officer, 'oin' | 'rollen'>,
  transacties: readonly string[],
): Promise<ReadonlyMap<string, readonly Mark[]>> {
  await markBreaches(query)
  const logs = await logIds(query, logsOf(officer))
  const rows = await query<Mark & { transactie: string }>(
    `SELECT t.transactie::text AS transactie, h.transactie::text AS id, h.gegevens ->> 'kenmerk' AS kenmerk
     FROM console.transactie t JOIN console.datalek d ON d.log = t.log AND d.idx = t.idx
     JOIN console.handeling h ON h.transactie = d.datalek AND h.soort = 'datalek' AND h.uitkomst = 'vastgelegd'
     WHERE t.transactie = ANY($1::uuid[]) AND h.oin = $2 AND h.log = ANY($3) ORDER BY h.tijd`,
    [transacties, officer.oin, logs],
  )
  return Map.groupBy(rows, ({ transactie }) => transactie)
}

const threeDaysMs = 72 * 3_600_000

/** AVG art. 33(1): until when the authority must be told. */
export function reportBefore({ ontdekt }: Pick<Breach, 'ontdekt'>): Moment {
  return ontdekt + threeDaysMs
}
