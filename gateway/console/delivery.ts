// What became of a file of lines? Who brought it, how its lines ended, and the lines themselves; never a person.
import { logIds } from '../audit/find.ts'
import {
  countMarked,
  type FileLine,
  fileLine,
  lineReports,
  markedLines,
} from '../delivery/overview.ts'
import type { Query } from '../store.ts'
import type { MessageState, Oin } from '../terms.ts'
import { counted } from './chart.ts'
import { messageStates } from './message-state.ts'
import { type Desk, logsOf } from './page.ts'
import { type Searcher, type TransactionRow, transactionColumns } from './search.ts'

export type LineEnd = 'aanvaard' | 'geweigerd' | 'onleesbaar'
export type LineCounts = Readonly<Record<LineEnd, number>>

export const noLines: LineCounts = { aanvaard: 0, geweigerd: 0, onleesbaar: 0 }

/** Of each of these files the lines that are this organisation's business. */
export async function lineCounts(
  query: Query,
  officer: Searcher,
  leveringen: readonly string[],
): Promise<ReadonlyMap<string, LineCounts>> {
  if (leveringen.length === 0) return new Map()
  const rows = await query<{ levering: string; uitkomst: LineEnd; aantal: number }>(
    `SELECT levering::text, uitkomst, sum(aantal)::bigint AS aantal FROM console.regeltelling
     WHERE levering = ANY($1::uuid[]) AND log = ANY($2) AND $3 IN (verstrekker, ontvanger, namens)
     GROUP BY 1, 2`,
    [leveringen, await logIds(query, logsOf(officer)), officer.oin],
  )
  const found = new Map<string, LineCounts>()
  for (const { levering, uitkomst, aantal } of rows) {
    found.set(levering, { ...noLines, ...found.get(levering), [uitkomst]: aantal })
  }
  return found
}

export function countsText({ aanvaard, geweigerd, onleesbaar }: LineCounts): string {
  const all = aanvaard + geweigerd + onleesbaar
  if (all === 0) return 'geen regels'
  const parts = [
    `${counted(aanvaard)} aanvaard`,
    ...(geweigerd > 0 ? [`${counted(geweigerd)} geweigerd`] : []),
    ...(onleesbaar > 0 ? [`${counted(onleesbaar)} onleesbaar`] : []),
  ]
  return `${counted(all)} ${all === 1 ? 'regel' : 'regels'}: ${parts.join(', ')}`
}

/** What later happened to the lines that were accepted. */
export interface After {
  readonly soort: string
  readonly uitkomst: string
  readonly afloop: string | null
  readonly aantal: number
}

export interface OpenedFile {
  readonly levering: string
  /** The decision to read it; undefined for who only has lines of it. */
  readonly opening: TransactionRow | undefined
  /** Where it is; told to whom the file itself is told. */
  readonly state: FileLine | undefined
  /** Any line of one's own, when the opening is none of one's business. */
  readonly sample: TransactionRow | undefined
  readonly counts: LineCounts
  readonly receivers: ReadonlyMap<Oin, number>
  readonly marked: number | undefined
  readonly after: readonly After[]
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const mine = '$3 IN (t.verstrekker, t.ontvanger, t.namens)'
/** The first record of a line: not a later step of its message. */
const itself = '(t.verzoek IS NULL OR t.verzoek = t.transactie)'

/** @returns undefined when there is none, or when nothing of it is this officer's business */
export async function openFile(
  { store, catchUp }: Pick<Desk, 'store' | 'catchUp'>,
  officer: Searcher,
  levering: string,
): Promise<OpenedFile | undefined> {
  if (!uuid.test(levering)) return undefined
  await catchUp()
  const { query } = store
  const values = [levering, await logIds(query, logsOf(officer)), officer.oin]
  const first = async (where: string) =>
    (
      await query<TransactionRow>(
        `SELECT ${transactionColumns} FROM console.transactie t
         WHERE t.levering = $1 AND t.log = ANY($2) AND ${mine} AND ${where} ORDER BY t.regel, t.idx LIMIT 1`,
        values,
      )
    ).at(0)
  const opening = await first(`t.regel IS NULL AND t.aard = 'bestand'`)
  const sample = opening ?? (await first('t.regel IS NOT NULL'))
  if (!sample) return undefined
  const told = await query<{ ontvanger: Oin; aantal: number }>(
    `SELECT ontvanger, sum(aantal)::bigint AS aantal FROM console.regeltelling t
     WHERE levering = $1 AND log = ANY($2) AND ${mine} AND uitkomst <> 'onleesbaar' GROUP BY 1 ORDER BY 2 DESC, 1`,
    values,
  )
  return {
    levering,
    ...{ opening, sample },
    state: opening && (await fileLine(store, levering)),
    counts: (await lineCounts(query, officer, [levering])).get(levering) ?? noLines,
    receivers: new Map(told.map(({ ontvanger, aantal }) => [ontvanger, aantal])),
    marked: opening && (await countMarked(store, levering)),
    after: await query<After>(
      `SELECT t.soort, t.uitkomst, t.afloop, count(*) AS aantal FROM console.transactie t
       WHERE t.levering = $1 AND t.log = ANY($2) AND ${mine} AND t.regel IS NOT NULL AND NOT ${itself}
       GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`,
      values,
    ),
  }
}

const lineFilters = {
  aanvaard: `t.soort = 'aanvaarding'`,
  geweigerd: `t.soort = 'beslissing'`,
  onleesbaar: `t.soort = 'afwijzing'`,
} as const satisfies Record<LineEnd, string>

export type LineFilter = keyof typeof lineFilters | 'gemarkeerd' | 'alle'

export interface FileLines {
  readonly rows: readonly (TransactionRow & {
    readonly staat: MessageState | undefined
    readonly gemarkeerd: readonly { readonly veld: string; readonly code: string }[]
  })[]
  /** The last line of this page, when there are more. */
  readonly next: number | undefined
}

/** In order of the file; the next page costs as much as the first. */
export async function fileLines(
  { store }: Pick<Desk, 'store'>,
  officer: Searcher,
  levering: string,
  asked: { readonly filter: LineFilter; readonly after: number; readonly limit: number },
): Promise<FileLines> {
  const { filter, after, limit } = asked
  const { query } = store
  const marked =
    filter === 'gemarkeerd' ? await markedLines(store, levering, { after, limit: limit + 1 }) : []
  const where =
    filter === 'gemarkeerd'
      ? 't.regel = ANY($6::bigint[])'
      : `$6::bigint[] IS NOT NULL AND ${filter === 'alle' ? 'true' : lineFilters[filter]}`
  const found = await query<TransactionRow>(
    `SELECT ${transactionColumns} FROM console.transactie t
     WHERE t.levering = $1 AND t.log = ANY($2) AND ${mine} AND t.regel > $4 AND ${itself} AND ${where}
     ORDER BY t.regel, t.idx LIMIT $5`,
    [levering, await logIds(query, logsOf(officer)), officer.oin, after, limit + 1, marked],
  )
  const rows = found.slice(0, limit)
  const reports = await lineReports(
    store,
    levering,
    rows.flatMap(({ regel }) => regel ?? []),
  )
  const states = await messageStates(
    query,
    rows.flatMap(({ soort, transactie }) => (soort === 'aanvaarding' ? [transactie] : [])),
  )
  return {
    rows: rows.map(row => ({
      ...row,
      staat: states.get(row.transactie),
      gemarkeerd: reports.get(row.regel ?? -1)?.aandachtspunten ?? [],
    })),
    next: found.length > limit ? (rows.at(-1)?.regel ?? undefined) : undefined,
  }
}
