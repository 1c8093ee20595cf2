// What did this organisation process here? The read extension of the Logboek Dataverwerkingen, for its own systems.
import { legalDate } from '../policy/legal-time.ts'
import type { ActivitiesBody, DataSubject, LogName, Party } from '../terms.ts'
import { type LdvRecord, ldvRecords } from './ldv.ts'
import type { Desk } from './page.ts'
import {
  type Criteria,
  type Cursor,
  type SearchSlice,
  searchWithin,
  type TransactionRow,
} from './search.ts'
import { readTransactions, type Transaction } from './selection.ts'

/** As the extension spells them, so not as the records it is made of. */
export interface Activity {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly status: LdvRecord['status']
  readonly name: string
  readonly startTime: number
  readonly endTime: number
  readonly resource: LdvRecord['resource']
  readonly attributes: LdvRecord['attributes']
}

export interface Activities {
  /** The log that was read: a look is written down there. */
  readonly log: LogName
  /** When a person was asked about by number. */
  readonly betrokkene?: DataSubject
  /** The newest first. */
  readonly answer: { readonly processingActivities: readonly Activity[] }
  /** There may be more than these: the extension knows no pages. */
  readonly begrensd: boolean
}

export const mostActivities = 1_000
/** Looked through for what no index holds: a pseudonym, or an activity of a law that is no more. */
const mostTransactions = 5_000
const pageSize = 200

/** Of a confidential party everything stands in the second log; of others nothing of it is told to a machine (LDV D17). */
function logFor({ vertrouwelijk }: Pick<Party, 'vertrouwelijk'>): LogName {
  return vertrouwelijk ? 'vertrouwelijk' : 'gewoon'
}

export async function readActivities(
  slice: SearchSlice & Pick<Desk, 'law' | 'base'>,
  party: Party,
  asked: ActivitiesBody,
): Promise<Activities> {
  const found: LdvRecord[] = []
  let seen = 0
  let begrensd = false
  for (const uitwisseling of exchangesOf(slice, party, asked)) {
    for await (const transaction of ownTransactions(slice, party, asked, uitwisseling)) {
      seen += 1
      const records = ldvRecords(transaction, party.oin, slice.base)
      found.push(...records.filter(record => fits(record, asked)))
      begrensd ||= found.length > mostActivities || seen >= mostTransactions
      if (begrensd) break
    }
    if (begrensd) break
  }
  const newest = found.sort((a, b) => b.start_time - a.start_time).slice(0, mostActivities)
  const waarde = asked['dpl.core.data_subject_id']
  return {
    log: logFor(party),
    ...(waarde && isNumber(waarde) && { betrokkene: { soort: 'bsn', waarde } }),
    answer: { processingActivities: newest.map(activityOf) },
    begrensd,
  }
}

/** What asks an index, and what only the records themselves can say. */
async function* ownTransactions(
  slice: SearchSlice,
  { oin, vertrouwelijk }: Party,
  asked: ActivitiesBody,
  uitwisseling: string | undefined,
): AsyncGenerator<Transaction> {
  const { traceId, startTime, endTime } = asked
  const subject = asked['dpl.core.data_subject_id']
  const sight = {
    logs: [logFor({ vertrouwelijk })],
    terms: [`oin:${oin}`, ...(traceId ? [`spoor:${hexOf(traceId)}`] : [])],
  }
  const criteria: Criteria = {
    ...(subject &&
      isNumber(subject) && { betrokkene: { betrokkene: { soort: 'bsn', waarde: subject } } }),
    ...(uitwisseling && { uitwisseling }),
    // A transaction that began the day before may end in the period.
    ...(startTime !== undefined && { van: legalDate(Math.min(startTime, latestMs) - dayMs) }),
    ...(endTime !== undefined && { totEnMet: legalDate(Math.min(endTime, latestMs)) }),
  }
  for (let after: Cursor | undefined; ; ) {
    const page = await searchWithin(slice, sight, criteria, { after, limit: pageSize })
    for (const [log, rows] of Map.groupBy(page.rows, (row: TransactionRow) => row.log)) {
      yield* await readTransactions(slice.store.query, log, rows)
    }
    if (!page.next) return
    after = page.next
  }
}

const dayMs = 86_400_000
/** Year 9999: a calendar date has four digits of year. */
const latestMs = Date.UTC(9999, 11, 30)

/** Those whose own activity this is, by the law of today; when there is none, it was one of an earlier law. */
function exchangesOf(
  { law }: Pick<Desk, 'law'>,
  { oin, soort }: Party,
  asked: ActivitiesBody,
): readonly (string | undefined)[] {
  const activity = asked['dpl.core.processing_activity_id']
  if (activity === undefined) return [undefined]
  const own = [...law().uitwisselingen.values()].filter(
    ({ verstrekker, ontvangers }) =>
      (verstrekker.oin === oin && verstrekker.verwerkingsactiviteit === activity) ||
      (ontvangers.soort === soort && ontvangers.verwerkingsactiviteit === activity),
  )
  return own.length > 0 ? own.map(({ id }) => id) : [undefined]
}

function fits(record: LdvRecord, asked: ActivitiesBody): boolean {
  const { traceId, startTime = 0, endTime = Number.MAX_SAFE_INTEGER } = asked
  const activity = asked['dpl.core.processing_activity_id']
  const subject = asked['dpl.core.data_subject_id']
  const own = record.attributes
  return (
    (traceId === undefined || record.trace_id === hexOf(traceId)) &&
    (activity === undefined || own['dpl.core.processing_activity_id'] === activity) &&
    (subject === undefined || isNumber(subject) || own['dpl.core.data_subject_id'] === subject) &&
    record.end_time >= startTime &&
    record.start_time <= endTime
  )
}

/** Of a person, as opposed to a pseudonym. */
function isNumber(subject: string): boolean {
  return /^[0-9]{9}$/.test(subject)
}

function hexOf(traceId: string): string {
  return traceId.replaceAll('-', '').toLowerCase()
}

function activityOf({ attributes, resource, status, name, ...record }: LdvRecord): Activity {
  const { trace_id, span_id, parent_span_id, start_time, end_time } = record
  return {
    traceId: trace_id,
    spanId: span_id,
    ...(parent_span_id && { parentSpanId: parent_span_id }),
    ...{ status, name, startTime: start_time, endTime: end_time, resource, attributes },
  }
}
