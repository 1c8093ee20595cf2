// What does the log hold about one person, within the organisation of one officer? Lines without values, newest first.
import type { LogName, MessageState } from '../terms.ts'
import { messageStates } from './message-state.ts'
import type { Desk, Officer } from './page.ts'
import { type Person, personValues, subjectOf } from './person.ts'
import { findSubjects, type SearchSlice, type TransactionRow } from './search.ts'
import { type Deferral, deferralsOf } from './subject-marks.ts'

/** The page of a person knows this log alone: DECISIONS/the-page-of-a-person-shows-the-ordinary-log-alone.md. */
export const subjectLog: LogName = 'gewoon'

/** What became of a question, as somebody without knowledge of the house would say it. */
export type Kind = 'gegeven' | 'geweigerd' | 'mislukt' | 'vastgelegd' | 'lopend'

/** One transaction about the person. */
export interface Line extends TransactionRow {
  /** Month in which its key is destroyed: nobody finds the person back afterwards. */
  readonly maand: string
  /** Of a message: where it is now. */
  readonly staat?: MessageState
}

/** Lines that differ only in when they were, and in which fields. */
export interface Group {
  readonly kind: Kind
  /** Newest first; never empty. */
  readonly lines: readonly [Line, ...Line[]]
}

export interface Found {
  /** Newest first, without what is deferred. */
  readonly lines: readonly Line[]
  /** Absent from `lines`, and from everything that is made for the person. */
  readonly uitgesteld: readonly { readonly line: Line; readonly deferrals: readonly Deferral[] }[]
  /** There are older lines than these. */
  readonly afgekapt: boolean
}

const kinds: Readonly<Record<string, Kind>> = {
  verstrekt: 'gegeven',
  // The answer was ready and may have arrived: a record may say too much, never too little (P1).
  'niet-afgeleverd': 'gegeven',
  geweigerd: 'geweigerd',
  afgewezen: 'geweigerd',
  bronfout: 'mislukt',
  afgebroken: 'mislukt',
  geregistreerd: 'vastgelegd',
}

/** Of a message that was not picked up (what was, stands on a line of its own). */
const messageKinds: Readonly<Partial<Record<MessageState, Kind>>> = {
  geweigerd: 'geweigerd',
  verlopen: 'mislukt',
}

export function kindOf({ uitkomst, staat }: Pick<Line, 'uitkomst' | 'staat'>): Kind {
  if (staat) return messageKinds[staat] ?? 'lopend'
  return Object.hasOwn(kinds, uitkomst) ? (kinds[uitkomst] ?? 'lopend') : 'lopend'
}

/** Of one person; more is told as such, never left out in silence. */
export const maxLines = 20_000

export async function findSubject(
  desk: SearchSlice,
  { oin }: Pick<Officer, 'oin'>,
  person: Person,
  signal?: AbortSignal,
): Promise<Found> {
  const months = await monthsOf(desk, person)
  const lines: Line[] = []
  let afgekapt = false
  // Without the role that opens the second log: this page never looks there.
  const rows = findSubjects(desk, { oin, rollen: [] }, subjectOf(person), signal)
  for await (const row of rows) {
    // A step that names no person itself belongs to a request that does, and is told by that.
    const maand = months.get(row.transactie)
    if (maand === undefined) continue
    afgekapt = lines.length === maxLines
    if (afgekapt) break
    lines.push({ ...row, maand })
  }
  const messages = lines.flatMap(({ soort, aard, transactie }) =>
    soort === 'aanvaarding' && aard !== null ? [transactie] : [],
  )
  const states = await messageStates(desk.store.query, messages)
  const deferred = await deferralsOf(desk.store.query, lines)
  const placed = (line: Line): Line => {
    const staat = states.get(line.transactie)
    return staat ? { ...line, staat } : line
  }
  return {
    lines: lines.filter(line => !deferred.has(line)).map(placed),
    uitgesteld: [...deferred].map(([line, deferrals]) => ({ line, deferrals })),
    afgekapt,
  }
}

/** How long the person can be found in each transaction that names them. */
async function monthsOf(
  { store, ...keys }: Pick<Desk, 'store' | 'keys' | 'keysDir'>,
  person: Person,
): Promise<ReadonlyMap<string, string>> {
  const rows = await store.query<{ transactie: string; maand: string }>(
    `SELECT l.transactie, max(p.maand) AS maand
     FROM audit.persoon p JOIN audit.leaf l ON l.log = p.log AND l.idx = p.idx
     WHERE p.hmac = ANY($1) GROUP BY l.transactie`,
    [personValues(keys, subjectLog, person)],
  )
  return new Map(rows.map(({ transactie, maand }) => [transactie, maand]))
}

/** By who received what for which purpose from whom on which ground; the group with the newest line first. */
export function groupLines(lines: readonly Line[]): readonly Group[] {
  const groups = new Map<string, { kind: Kind; lines: [Line, ...Line[]] }>()
  for (const line of lines) {
    const { verstrekker, ontvanger, namens, uitwisseling, doel, grondslagen, aard } = line
    const kind = kindOf(line)
    const key = [
      kind,
      aard,
      ontvanger,
      namens,
      doel,
      verstrekker,
      uitwisseling,
      ...grondslagen,
    ].join('|')
    const group = groups.get(key)
    if (group) group.lines.push(line)
    else groups.set(key, { kind, lines: [line] })
  }
  return [...groups.values()]
}
