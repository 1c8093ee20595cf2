// What stands where, and what stands still? For the operator: numbers, moments and states, never a person.
import type { Store } from '../store.ts'
import type {
  DeliveryState,
  LogName,
  MessageKind,
  MessageState,
  Moment,
  Oin,
  RequestState,
} from '../terms.ts'
import type { LineReport } from './files.ts'

export interface QueueLine {
  readonly wachtrij: string
  readonly staat: RequestState
  readonly aantal: number
  /** When the one that waits longest was accepted. */
  readonly oudste: Moment
  readonly gepauzeerd: boolean
}

/** The queues that stand still. */
export async function pausedQueues(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ wachtrij: string }>('select wachtrij from delivery.pauze')
  return rows.map(({ wachtrij }) => wachtrij)
}

export async function queueLines(store: Store, log: LogName): Promise<readonly QueueLine[]> {
  return await store.query<QueueLine>(
    `select wachtrij, staat, count(*)::int as aantal, min(aangenomen) as oudste,
       exists (select from delivery.pauze p where p.wachtrij = v.wachtrij) as gepauzeerd
     from delivery.verzoek v where log = $1 group by wachtrij, staat order by wachtrij, staat`,
    [log],
  )
}

/** Where each of these requests stands now; one that is gone has no state. */
export async function statesOf(
  store: Pick<Store, 'query'>,
  verzoeken: readonly string[],
): Promise<ReadonlyMap<string, RequestState>> {
  if (verzoeken.length === 0) return new Map()
  const rows = await store.query<{ verzoek: string; staat: RequestState }>(
    'select verzoek, staat from delivery.verzoek where verzoek = any($1::uuid[])',
    [verzoeken],
  )
  return new Map(rows.map(({ verzoek, staat }) => [verzoek, staat]))
}

/** Until when a message may be picked up, and judged; undefined once its row is gone. */
export async function messageTerms(
  store: Pick<Store, 'query'>,
  bericht: string,
): Promise<MessageTerms | undefined> {
  const [row] = await store.query<MessageTerms>(
    `select bewaren_tot as "bewarenTot", geldig_tot as "geldigTot"
     from delivery.bericht where bericht = $1::uuid`,
    [bericht],
  )
  return row
}

export interface MessageTerms {
  readonly bewarenTot: Moment
  readonly geldigTot: Moment | null
}

/** How far a file is read; undefined for what is no file. */
export interface FileLine {
  readonly levering: string
  readonly uitwisseling: string
  readonly partij: Oin
  readonly richting: 'ingediend' | 'opgehaald'
  readonly staat: DeliveryState
  readonly begonnen: Moment
  readonly gewijzigd: Moment
  readonly gelezen: number
  readonly totaal: number | null
}

const fileColumns = `levering::text, uitwisseling, partij, richting, staat, begonnen, gewijzigd, gelezen,
  regels_totaal as totaal`

export async function fileLine(
  store: Pick<Store, 'query'>,
  levering: string,
): Promise<FileLine | undefined> {
  const [row] = await store.query<FileLine>(
    `select ${fileColumns} from delivery.levering where levering = $1::uuid`,
    [levering],
  )
  return row
}

/** Files that are not read to their end, of who brings them, or of these exchanges. */
export async function openFiles(
  store: Pick<Store, 'query'>,
  logs: readonly LogName[],
  { oin, uitwisselingen }: { readonly oin: Oin; readonly uitwisselingen: readonly string[] },
): Promise<readonly FileLine[]> {
  return await store.query<FileLine>(
    `select ${fileColumns} from delivery.levering
     where staat <> 'afgerond' and log = any($1) and (partij = $2 or uitwisseling = any($3))
     order by begonnen limit 50`,
    [logs, oin, uitwisselingen],
  )
}

/** Which lines of a file were marked as implausible, from this one on. */
export async function markedLines(
  store: Pick<Store, 'query'>,
  levering: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await store.query<{ regel: number }>(
    `select regel from delivery.regel where levering = $1::uuid and regel > $2 and gemarkeerd
     order by regel limit $3`,
    [levering, after, limit],
  )
  return rows.map(({ regel }) => regel)
}

export async function countMarked(store: Pick<Store, 'query'>, levering: string): Promise<number> {
  const [row] = await store.query<{ aantal: number }>(
    'select count(*) as aantal from delivery.regel where levering = $1::uuid and gemarkeerd',
    [levering],
  )
  return row?.aantal ?? 0
}

/** What was told of each of these lines. */
export async function lineReports(
  store: Pick<Store, 'query'>,
  levering: string,
  regels: readonly number[],
): Promise<ReadonlyMap<number, LineReport>> {
  const rows = await store.query<{ regel: number; verslag: string | null }>(
    'select regel, verslag from delivery.regel where levering = $1::uuid and regel = any($2::bigint[])',
    [levering, regels],
  )
  return new Map(rows.map(({ regel, verslag }) => [regel, reportOf(verslag)]))
}

function reportOf(verslag: string | null): LineReport {
  return verslag === null ? {} : JSON.parse(Buffer.from(verslag, 'base64url').toString())
}

/** What waits for a receiver, or for what it says of it: per exchange, kind and state. */
export interface MessageCount {
  readonly uitwisseling: string
  readonly soort: MessageKind
  readonly ontvanger: Oin
  readonly verstrekker: Oin
  readonly staat: MessageState
  readonly aantal: number
  readonly oudste: Moment
  /** Not judged, and its term ends before the given moment. */
  readonly bijna: number
}

export async function openMessages(
  store: Pick<Store, 'query'>,
  logs: readonly LogName[],
  oin: Oin,
  before: Moment,
): Promise<readonly MessageCount[]> {
  return await store.query<MessageCount>(
    `select uitwisseling, soort, ontvanger, verstrekker, staat, count(*) as aantal, min(aangenomen) as oudste,
       count(*) filter (where coalesce(geldig_tot, bewaren_tot) < $3) as bijna
     from delivery.bericht
     where log = any($1) and $2 in (ontvanger, verstrekker)
       and (staat = 'ontvangen' or (staat in ('opgehaald', 'signaal') and geldig_tot is not null))
     group by 1, 2, 3, 4, 5 order by 1, 2, 5`,
    [logs, oin, before],
  )
}

/** False when it already stood still. */
export async function pauseQueue(store: Store, wachtrij: string, now: Moment): Promise<boolean> {
  const rows = await store.query(
    'insert into delivery.pauze (wachtrij, sinds) values ($1, $2) on conflict do nothing returning 1',
    [wachtrij, now],
  )
  return rows.length === 1
}

/** False when it did not stand still. */
export async function resumeQueue(store: Store, wachtrij: string): Promise<boolean> {
  const rows = await store.query('delete from delivery.pauze where wachtrij = $1 returning 1', [
    wachtrij,
  ])
  return rows.length === 1
}

/** What lies still of the ordinary log: due and not done, since when, and dead letters. */
export async function readBacklog(
  store: Store,
  now: Moment,
): Promise<{ readonly due: number; readonly sinceMs: number; readonly dead: number }> {
  const [row] = await store.query<{ due: number; oldest: Moment | null; dead: number }>(
    `select count(*) filter (where vanaf <= $1) as due, min(vanaf) as oldest,
       count(*) filter (where staat = 'mislukt') as dead
     from delivery.verzoek as v
     where log = 'gewoon' and verzegeld is not null
       and not exists (select from delivery.pauze as p where p.wachtrij = v.wachtrij)`,
    [now],
  )
  const { due = 0, oldest = null, dead = 0 } = row ?? {}
  return { due, sinceMs: oldest === null ? 0 : Math.max(0, now - oldest), dead }
}
