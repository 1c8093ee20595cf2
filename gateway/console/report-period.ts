// Which report is this? A period of whole months that are over, a log as large as it was then, and the law of that day.
import { logIds } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { firstDay, isDate, lastDay, midnight, monthOf } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, LogName, Moment } from '../terms.ts'
import { monthName } from './local-time.ts'

/** `2026-10`, `2026-K4`, `2026-T3`, `2026`, or the months of a policy period: `2026-01_2026-06`. */
export interface Period {
  readonly naam: string
  /** First days, oldest first. */
  readonly maanden: readonly LegalDate[]
}

const longest = 120

/** @returns undefined for what is no period */
export function readPeriod(naam: string): Period | undefined {
  const [, year, part] = /^(\d{4})(?:-(K[1-4]|T[1-3]|\d\d))?$/.exec(naam) ?? []
  if (year !== undefined) {
    const first = monthOf(`${year}-01-01`)
    const of = Number(part?.slice(1))
    if (part === undefined) return period(naam, first, 12)
    if (part.startsWith('K')) return period(naam, first + (of - 1) * 3, 3)
    if (part.startsWith('T')) return period(naam, first + (of - 1) * 4, 4)
    return isDate(`${naam}-01`) ? period(naam, monthOf(`${naam}-01`), 1) : undefined
  }
  const [, van, tot] = /^(\d{4}-\d\d)_(\d{4}-\d\d)$/.exec(naam) ?? []
  if (!isDate(`${van}-01`) || !isDate(`${tot}-01`)) return undefined
  const first = monthOf(`${van}-01`)
  const length = monthOf(`${tot}-01`) - first + 1
  return length >= 1 && length <= longest ? period(naam, first, length) : undefined
}

function period(naam: string, first: number, length: number): Period {
  return { naam, maanden: Array.from({ length }, (_, at) => firstDay(first + at)) }
}

export function periodText({ naam, maanden }: Period): string {
  const [first = '', last = first] = [maanden[0], maanden.at(-1)]
  const [year, part] = naam.split('-')
  if (part?.startsWith('K')) return `kwartaal ${part.slice(1)} van ${year}`
  if (part?.startsWith('T')) return `tertiaal ${part.slice(1)} van ${year}`
  if (part === undefined) return `het jaar ${year}`
  return maanden.length === 1
    ? monthName(first.slice(0, 7))
    : `${monthName(first.slice(0, 7))} tot en met ${monthName(last.slice(0, 7))}`
}

/** Half-open. */
export function monthSpan(day: LegalDate): { readonly van: Moment; readonly tot: Moment } {
  return { van: midnight(day), tot: midnight(firstDay(monthOf(lastDay(monthOf(day))) + 1)) }
}

/** A log as it stood at the first checkpoint after a month. */
export interface Closed {
  readonly maand: LegalDate
  readonly logs: readonly { readonly log: string; readonly grootte: number }[]
  /** Of the policy set that decided then. */
  readonly digest: string
}

/** @returns undefined while the month is not over, or no record after it was signed; no logs when it was before the log */
export async function closeMonth(
  query: Query,
  naam: LogName,
  maand: LegalDate,
): Promise<Closed | undefined> {
  const { tot } = monthSpan(maand)
  const logs: { log: string; grootte: number }[] = []
  let over = false
  const ids = await logIds(query, [naam])
  for (const log of ids) {
    const [row] = await query<{ grootte: number | null; begonnen: boolean; beeindigd: boolean }>(
      `SELECT (SELECT grootte FROM audit.checkpoint WHERE log = $1 AND tijd >= $2 ORDER BY grootte LIMIT 1) AS grootte,
         EXISTS (SELECT FROM audit.log WHERE log = $1 AND begonnen < $2) AS begonnen,
         EXISTS (SELECT FROM audit.checkpoint WHERE log = $1 AND opvolger IS NOT NULL) AS beeindigd`,
      [log, tot],
    )
    if (!row?.begonnen) continue
    const grootte = row.grootte ?? (row.beeindigd ? await sizeOf(query, log) : undefined)
    if (grootte === undefined) return undefined
    if (row.grootte !== null) over = true
    logs.push({ log, grootte })
  }
  if (logs.length === 0) return { maand, logs, digest: '' }
  // Only ended logs: nothing tells yet that the month is over.
  if (!over) return undefined
  const digest = await digestAt(query, logs)
  return digest === undefined ? undefined : { maand, logs, digest }
}

async function sizeOf(query: Query, log: string): Promise<number> {
  const [row] = await query<{ grootte: number }>(
    'SELECT max(grootte) AS grootte FROM audit.checkpoint WHERE log = $1',
    [log],
  )
  return row?.grootte ?? 0
}

async function digestAt(query: Query, logs: Closed['logs']): Promise<string | undefined> {
  for (const { log, grootte } of [...logs].reverse()) {
    const [leaf] = await query<{ tekst: string }>(
      `SELECT tekst FROM audit.leaf l WHERE l.log = $1 AND l.idx = (
         SELECT max(h.idx) FROM console.handeling h
         WHERE h.log = $1 AND h.soort = 'beleidsactivering' AND h.idx < $2)`,
      [log, grootte],
    )
    const record: LogRecord | undefined = leaf && JSON.parse(leaf.tekst)
    if (record?.beleid) return record.beleid.digest
  }
  return undefined
}

/** What a report is called: made again under the same name it is the same, byte by byte. */
export interface ReportName {
  readonly log: LogName
  readonly periode: Period
  /** Records of that log when the last month was closed. */
  readonly omvang: number
  readonly digest: string
}

export function nameReport(
  log: LogName,
  periode: Period,
  closed: readonly Closed[],
): ReportName | undefined {
  const last = closed.at(-1)
  if (!last) return undefined
  const omvang = last.logs.reduce((sum, { grootte }) => sum + grootte, 0)
  return { log, periode, omvang, digest: last.digest }
}

export function reportPath({ log, periode, omvang, digest }: ReportName): `/${string}` {
  return `/rapportage/${log}/${periode.naam}/${omvang}/${digest.replace('sha256:', '')}`
}
