// Which transactions answer these criteria? The newest first, a page at a time, within what this officer may see.
import { indexValues, logIds } from '../audit/find.ts'
import type { IndexKind, RecordKind } from '../audit/log-record.ts'
import { type Subject, subjectValues } from '../audit/seal.ts'
import { addDays, midnight } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, LogName, Moment, Oin } from '../terms.ts'
import { type Desk, logsOf, type Officer } from './page.ts'
import type { Copied } from './projection.ts'

/** What an officer asks; each that is there must hold. */
export interface Criteria {
  readonly betrokkene?: Subject
  /** Of the organisation whose case or employee it is. */
  readonly zaak?: readonly [oin: Oin, zaak: string]
  readonly medewerker?: readonly [oin: Oin, id: string]
  /** In any role, or in that of `rol`. */
  readonly partij?: Oin
  readonly rol?: (typeof partyRoles)[number]
  readonly uitwisseling?: string
  readonly doel?: string
  readonly grondslag?: string
  readonly veld?: string
  readonly reden?: string
  readonly digest?: string
  /** Why the policy itself asked an officer to look. */
  readonly toetsing?: string
  readonly uitkomst?: string
  readonly soort?: Kind
  /** What became of a message, as its receiver says. */
  readonly afloop?: string
  /** Of one file. */
  readonly levering?: string
  /** One of these. */
  readonly uitwisselingen?: readonly string[]
  /** Without the lines of files: a file is one row. */
  readonly zonderRegels?: true
  readonly van?: LegalDate
  readonly totEnMet?: LegalDate
}

export const partyRoles = ['verstrekker', 'ontvanger', 'namens', 'via'] as const

/** Its first record: not what a later step of it came to. */
const itself = '(t.verzoek IS NULL OR t.verzoek = t.transactie)'

/** What kind of call it was: a term of the copy (projection.ts), and what no index holds. */
const kinds = {
  /** Answered at once. */
  bevraging: ['soort:beslissing', 't.verzoek IS NULL AND t.aard IS NULL'],
  /** A request that takes time: one row, whatever its steps. */
  verzoek: ['soort:aanvaarding', 't.aard IS NULL'],
  /** A whole file of lines. */
  bestand: ['aard:bestand', itself],
  regel: ['aard:regel', itself],
  /** A line of an arrangement that agreed on signals. */
  signaal: ['aard:regel', itself],
  correctie: ['aard:correctie', itself],
  terugmelding: ['aard:terugmelding', itself],
  /** A later step of a request or a message. */
  stap: [undefined, 't.verzoek IS NOT NULL AND t.verzoek <> t.transactie'],
  /** Never reached a decision. */
  afwijzing: ['soort:afwijzing', 'true'],
  zaakregistratie: ['soort:zaakregistratie', 'true'],
  /** A party looked up its proofs. */
  inzage: ['soort:inzage', 'true'],
} as const satisfies Record<string, readonly [term: string | undefined, where: string]>

export type Kind = keyof typeof kinds

export const searchKinds = Object.keys(kinds) as readonly Kind[]

/** Of these each row may be a line of a file. */
export const lineKinds: readonly Kind[] = ['regel', 'signaal']

/** Criteria that are a term of the copy by their own name. */
const termCriteria = [
  'uitwisseling',
  'doel',
  'grondslag',
  'veld',
  'reden',
  'digest',
  'toetsing',
  'afloop',
  'levering',
] as const

/** One row of console.transactie: no person in it. */
export interface TransactionRow extends Copied {
  readonly log: string
  readonly eindTijd: Moment | null
}

export const transactionColumns = `t.log, t.idx, t.transactie, t.soort, t.tijd, t.verstrekker, t.ontvanger, t.namens,
  t.uitwisseling, t.doel, t.digest, t.trede, t.functie, t.machine, t.selectiegrond, t.toetsing, t.verzoek, t.redenen,
  t.grondslagen, t.velden, t.verstrekt, t.aantal, t.uitkomst, t.eind_tijd AS "eindTijd", t.aard, t.levering, t.regel,
  t.afloop, t.via`

/** Where a page ended; opaque to who carries it. */
export interface Cursor {
  readonly tijd: Moment
  readonly idx: number
  readonly log: string
}

export interface SearchPage {
  readonly rows: readonly TransactionRow[]
  /** There is more after this row. */
  readonly next?: Cursor
}

export type SearchSlice = Pick<Desk, 'store' | 'keys' | 'keysDir' | 'catchUp'>
export type Searcher = Pick<Officer, 'oin' | 'rollen'>

interface Paging {
  readonly after?: Cursor | undefined
  readonly limit: number
}

/** One page; ask for the next with `after`. Costs the same at the start and a million rows deep. */
export async function searchTransactions(
  slice: SearchSlice,
  officer: Searcher,
  criteria: Criteria,
  paging: Paging,
): Promise<SearchPage> {
  const sight = { logs: logsOf(officer), terms: [`oin:${officer.oin}`] }
  return await searchWithin(slice, sight, criteria, paging)
}

/** Everything that answers, for an export: at most a page of it in memory. */
export async function* allTransactions(
  slice: SearchSlice,
  officer: Searcher,
  criteria: Criteria,
  signal?: AbortSignal,
): AsyncGenerator<TransactionRow> {
  for (let after: Cursor | undefined; ; ) {
    signal?.throwIfAborted()
    const page = await searchTransactions(slice, officer, criteria, { after, limit: 1_000 })
    yield* page.rows
    if (!page.next) return
    after = page.next
  }
}

/** Everything about one person, of every request too that is about that person. */
export function findSubjects(
  slice: SearchSlice,
  officer: Searcher,
  betrokkene: Subject,
  signal?: AbortSignal,
): AsyncGenerator<TransactionRow> {
  return allTransactions(slice, officer, { betrokkene }, signal)
}

/** What somebody may see at all: these logs, and rows with these terms. */
export interface Sight {
  readonly logs: readonly LogName[]
  readonly terms: readonly string[]
  /** Only rows of these kinds. */
  readonly soorten?: readonly RecordKind[]
}

export async function searchWithin(
  slice: SearchSlice,
  sight: Sight,
  criteria: Criteria,
  { after, limit }: Paging,
): Promise<SearchPage> {
  await slice.catchUp()
  const logs = await logIds(slice.store.query, sight.logs)
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const where = conditions(sight, criteria, { logs, after }, param)
  const hashes = sealedCriteria(slice, sight.logs, criteria)
  const search = { where, values, param, limit: limit + 1 }
  const found =
    hashes.length > 0
      ? await searchSealed(slice.store, { ...search, hashes })
      : await searchByTime(slice, { ...search, bounds: boundsOf(criteria, after), logs })
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  if (found.length <= limit || !last) return { rows }
  return { rows, next: { tijd: last.tijd, idx: last.idx, log: last.log } }
}

function conditions(
  sight: Sight,
  criteria: Criteria,
  { logs, after }: { readonly logs: readonly string[]; readonly after: Cursor | undefined },
  param: (value: unknown) => string,
): string[] {
  const { partij, rol = 'oin', soort, uitkomst, uitwisselingen, zonderRegels } = criteria
  const [kindTerm, kindWhere] = soort === undefined ? [] : kinds[soort]
  const { van, tot } = boundsOf(criteria, undefined)
  const terms = [
    ...sight.terms,
    ...(partij === undefined ? [] : [`${rol}:${partij}`]),
    ...(kindTerm === undefined ? [] : [kindTerm]),
    ...termCriteria.flatMap(name => (criteria[name] ? [`${name}:${criteria[name]}`] : [])),
  ]
  return [
    `t.log = ANY(${param(logs)})`,
    `t.termen @> ${param(terms)}::text[]`,
    ...(sight.soorten === undefined ? [] : [`t.soort = ANY(${param(sight.soorten)})`]),
    ...(uitkomst === undefined ? [] : [`t.uitkomst = ${param(uitkomst)}`]),
    ...(kindWhere === undefined ? [] : [kindWhere]),
    ...(uitwisselingen === undefined ? [] : [`t.uitwisseling = ANY(${param(uitwisselingen)})`]),
    ...(zonderRegels ? ['t.regel IS NULL'] : []),
    ...(van === undefined ? [] : [`t.tijd >= ${param(van)}`]),
    ...(tot === undefined ? [] : [`t.tijd < ${param(tot)}`]),
    ...(after
      ? [
          `(t.tijd, t.idx, t.log) < (${param(after.tijd)}::bigint, ${param(after.idx)}::bigint, ${param(after.log)})`,
        ]
      : []),
  ]
}

/** Half-open; a legal day runs in Europe/Amsterdam. */
function boundsOf(
  { van, totEnMet }: Criteria,
  after: Cursor | undefined,
): { readonly van: Moment | undefined; readonly tot: Moment | undefined } {
  const ends = [
    ...(totEnMet === undefined ? [] : [midnight(addDays(totEnMet, 1))]),
    ...(after ? [after.tijd + 1] : []),
  ]
  return {
    van: van === undefined ? undefined : midnight(van),
    tot: ends.length > 0 ? Math.min(...ends) : undefined,
  }
}

/** Per person, case or employee what it is called in the index of each log, under every key that lives. */
function sealedCriteria(
  { keys, keysDir }: Pick<SearchSlice, 'keys' | 'keysDir'>,
  logs: readonly LogName[],
  { betrokkene, zaak, medewerker }: Criteria,
): readonly (readonly Buffer[])[] {
  const wanted: (readonly [IndexKind, readonly string[]])[] = [
    ...(betrokkene ? subjectValues(betrokkene).map(value => ['betrokkene', value] as const) : []),
    ...(zaak ? [['zaak', zaak] as const] : []),
    ...(medewerker ? [['medewerker', medewerker] as const] : []),
  ]
  return wanted.map(one => logs.flatMap(log => indexValues(keys, { log, keysDir }, one)))
}

interface Search {
  readonly where: readonly string[]
  readonly values: readonly unknown[]
  readonly param: (value: unknown) => string
  readonly limit: number
}

const newestFirst = 'ORDER BY t.tijd DESC, t.idx DESC, t.log DESC'

/** The steps of a request name no person: what is found is the request, and all of it is shown. */
async function searchSealed(
  store: Desk['store'],
  {
    where,
    values,
    param,
    limit,
    hashes,
  }: Search & { readonly hashes: readonly (readonly Buffer[])[] },
): Promise<readonly TransactionRow[]> {
  const named = hashes.map(
    each => `SELECT coalesce(t.verzoek, t.transactie) AS sleutel
      FROM audit.persoon p JOIN console.transactie t ON t.log = p.log AND t.idx = p.idx
      WHERE p.hmac = ANY(${param(each)})`,
  )
  const text = `WITH zaken AS MATERIALIZED (${named.join(' INTERSECT ')}), rijen AS MATERIALIZED (
       SELECT t.log, t.idx FROM zaken JOIN console.transactie t ON t.transactie = sleutel
       UNION
       SELECT t.log, t.idx FROM zaken JOIN console.transactie t ON t.verzoek = sleutel)
     SELECT ${transactionColumns} FROM rijen CROSS JOIN LATERAL
       (SELECT * FROM console.transactie o WHERE o.log = rijen.log AND o.idx = rijen.idx OFFSET 0) AS t
     WHERE ${where.join(' AND ')} ${newestFirst} LIMIT ${param(limit)}`
  // A hundred and more keys that mostly find nothing: the planner guesses they find much, and reads whole tables.
  // What looks dear to it is compiled, and handed to workers that must be started: for a few rows, in vain.
  return await store.transaction(async query => {
    await query(`SELECT set_config('enable_seqscan', 'off', true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
      set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`)
    return await query<TransactionRow>(text, values)
  })
}

const dayMs = 86_400_000
/** So much of an old and common term is read at once; seven years are some forty windows. */
const widest = 64 * dayMs

/**
 * Back in time, in windows that grow: what is common fills its page out of the first, what is rare is soon found by
 * its terms. A window never reads the whole table, nor walks through all of it for the few rows that answer: the
 * planner, who guesses how often terms go together, is not asked.
 */
async function searchByTime(
  { store }: Pick<SearchSlice, 'store'>,
  search: Search & {
    readonly bounds: ReturnType<typeof boundsOf>
    readonly logs: readonly string[]
  },
): Promise<readonly TransactionRow[]> {
  const { where, values, param, limit, bounds, logs } = search
  const known = values.length
  const [van, tot] = [param(0), param(0)]
  const text = `WITH venster AS MATERIALIZED (
      SELECT t.log, t.idx, t.tijd FROM console.transactie t
      WHERE ${where.join(' AND ')} AND t.tijd >= ${van} AND t.tijd < ${tot}),
    rijen AS MATERIALIZED (SELECT t.* FROM venster t ${newestFirst} LIMIT ${param(limit)})
    SELECT ${transactionColumns} FROM rijen JOIN console.transactie t USING (log, idx) ${newestFirst}`
  return await store.transaction(async query => {
    const extent = await extentOf(query, logs)
    const oldest = Math.max(extent.oudste, bounds.van ?? 0)
    const rows: TransactionRow[] = []
    await query(
      `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true),
         set_config('jit', 'off', true)`,
    )
    let end = Math.min(extent.nieuwste + 1, bounds.tot ?? Number.POSITIVE_INFINITY)
    for (
      let width = dayMs;
      end > oldest && rows.length < limit;
      width = Math.min(4 * width, widest)
    ) {
      const start = Math.max(oldest, end - width)
      const bound = [...values.slice(0, known), start, end, limit - rows.length]
      rows.push(...(await query<TransactionRow>(text, bound)))
      end = start
    }
    return rows
  })
}

async function extentOf(
  query: Query,
  logs: readonly string[],
): Promise<{ readonly oudste: Moment; readonly nieuwste: Moment }> {
  const [row] = await query<{ oudste: Moment | null; nieuwste: Moment | null }>(
    `SELECT min(m.oudste) AS oudste, max(m.nieuwste) AS nieuwste FROM unnest($1::text[]) AS l(log),
       LATERAL (SELECT min(tijd) AS oudste, max(tijd) AS nieuwste FROM console.transactie t WHERE t.log = l.log) m`,
    [logs],
  )
  return { oudste: row?.oudste ?? 0, nieuwste: row?.nieuwste ?? -1 }
}
