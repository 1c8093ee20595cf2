// What waits for a receiver, and what became of it? Its row: read, listed, ended; and the rows that commit with a record.
import type { Store } from '../store.ts'
import type { LogName, MessageKind, MessageState, Moment, Oin, RoomRow } from '../terms.ts'

/** A message as it is kept; nobody it is about but in what is sealed. */
export interface KeptMessage {
  readonly bericht: string
  readonly soort: MessageKind
  readonly log: LogName
  readonly uitwisseling: string
  readonly verstrekker: Oin
  readonly ontvanger: Oin
  readonly staat: MessageState
  readonly stand: number
  /** The transaction of its last recorded step. */
  readonly door: string
  readonly aangenomen: Moment
  readonly gewijzigd: Moment
  readonly bewarenTot: Moment
  readonly geldigTot: Moment | null
  readonly afloop: string | null
  readonly verzegeld: string | null
}

/** As it is listed: whether it waits, without what waits. */
export type ListedMessage = Omit<KeptMessage, 'verzegeld'> & { readonly wacht: boolean }

export type NewMessage = Pick<
  KeptMessage,
  'bericht' | 'soort' | 'log' | 'uitwisseling' | 'verstrekker' | 'ontvanger' | 'aangenomen'
> &
  Pick<KeptMessage, 'bewarenTot' | 'geldigTot'> & { readonly verzegeld: string }

/** Which messages of one receiver, in the order in which they came. */
export interface MessageFilter {
  readonly uitwisseling?: string
  readonly soort?: MessageKind
  readonly staat?: MessageState
  /** The last one of the page before. */
  readonly na?: string
}

export interface Messages {
  find(bericht: string): Promise<KeptMessage | undefined>
  list(ontvanger: Oin, filter: MessageFilter, aantal: number): Promise<readonly ListedMessage[]>
  /** What may be picked up at this moment. */
  waiting(
    ontvanger: Oin,
    filter: MessageFilter,
    page: { readonly now: Moment; readonly aantal: number },
  ): Promise<readonly KeptMessage[]>
  /** Messages whose time is over, for the one who ends them: nobody else gets them for a while. */
  overdue(now: Moment, aantal: number): Promise<readonly ListedMessage[]>
  /** Rows of messages that ended a year ago go; their records stay. How many went. */
  forget(now: Moment): Promise<number>
  /** For whom of these something new waits that was not told of; each pair is handed out once in `everyMs`. */
  untold(
    ontvangers: readonly Oin[],
    now: Moment,
    everyMs: number,
  ): Promise<readonly { readonly ontvanger: Oin; readonly uitwisseling: string }[]>
  /** It could not be told: the next round may. */
  unsaid(pair: { readonly ontvanger: Oin; readonly uitwisseling: string }): Promise<unknown>
  /** How many wait, per kind; none of the confidential log. */
  counts(): Promise<ReadonlyMap<string, number>>
}

/** Text columns of rows that travel with a record hold no empty text; numbers no null. */
const none = '-'

/** The row of a new message; it commits with the record of its acceptance, which is its own transaction. */
export function messageRow({ bewarenTot, geldigTot, ...message }: NewMessage): RoomRow {
  return {
    tabel: 'delivery.bericht',
    waarden: { ...message, bewaren_tot: bewarenTot, geldig_tot: geldigTot ?? -1 },
  }
}

/** What a step makes of a message. */
export interface MessageChange {
  readonly staat: MessageState
  readonly afloop?: string
  /** What was sealed is gone. */
  readonly purged?: boolean
}

/** A step of a message; it commits with the record of what happened, if nobody changed the message before. */
export function messageStepRow(
  { bericht, stand }: Pick<KeptMessage, 'bericht' | 'stand'>,
  transactie: string,
  { staat, afloop = none, purged = false }: MessageChange,
): RoomRow {
  return {
    tabel: 'delivery.berichtstap',
    waarden: { bericht, stand, door: transactie, staat, afloop, wist: purged },
  }
}

const head = `bericht::text, soort, log, uitwisseling, verstrekker, ontvanger, staat, stand, door, aangenomen,
  gewijzigd, bewaren_tot as "bewarenTot", geldig_tot as "geldigTot", afloop`
const columns = `${head}, verzegeld`
const listed = `${head}, verzegeld is not null as wacht`
const databaseNow = '(extract(epoch from clock_timestamp()) * 1000)::bigint'

/** Who ends messages and is silent for so long has lost them to another. */
const leaseMs = 30_000
const yearMs = 365 * 86_400_000

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export async function findMessage(
  { often }: Pick<Store, 'often'>,
  bericht: string,
): Promise<KeptMessage | undefined> {
  if (!uuid.test(bericht)) return undefined
  const [row] = await often<KeptMessage>(
    `select ${columns} from delivery.bericht where bericht = $1::uuid`,
    [bericht],
  )
  return row
}

/** One receiver's, after the page before; the parameters $1 to $4. */
const own = `ontvanger = $1 and bericht > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
  and ($3::text is null or uitwisseling = $3) and ($4::text is null or soort = $4)`
const ownValues = (ontvanger: Oin, { na, uitwisseling, soort }: MessageFilter) => [
  ...[ontvanger, na ?? null, uitwisseling ?? null, soort ?? null],
]

export function openMessages(store: Store): Messages {
  return {
    find: bericht => findMessage(store, bericht),
    list: (ontvanger, filter, aantal) =>
      store.often<ListedMessage>(
        `select ${listed} from delivery.bericht where ${own} and ($5::text is null or staat = $5)
         order by bericht limit $6`,
        [...ownValues(ontvanger, filter), filter.staat ?? null, aantal],
      ),
    waiting: (ontvanger, filter, { now, aantal }) =>
      store.often<KeptMessage>(
        `select ${columns} from delivery.bericht where ${own} and verzegeld is not null and bewaren_tot > $5
           and (geldig_tot is null or geldig_tot > $5 or staat = 'beoordeeld')
         order by bericht limit $6`,
        [...ownValues(ontvanger, filter), now, aantal],
      ),
    overdue: (now, aantal) =>
      store.query<ListedMessage>(
        `update delivery.bericht as b set lease = ${databaseNow} + $3
         from (
           select bericht as id from delivery.bericht where lease <= ${databaseNow} and (
             (verzegeld is not null and bewaren_tot <= $1)
             or (geldig_tot <= $1 and staat in ('ontvangen', 'opgehaald', 'signaal')))
           order by bericht limit $2 for update skip locked
         ) as rijp where b.bericht = rijp.id returning ${listed}`,
        [now, aantal, leaseMs],
      ),
    async forget(now) {
      const [row] = await store.query<{ aantal: number }>(
        `with weg as (
           delete from delivery.bericht where gewijzigd <= $1 and verzegeld is null
             and (geldig_tot is null or staat in ('beoordeeld', 'verlopen', 'geweigerd')) returning 1
         ) select count(*) as aantal from weg`,
        [now - yearMs],
      )
      return row?.aantal ?? 0
    },
    untold: (ontvangers, now, everyMs) =>
      store.query(
        `insert into delivery.berichtmelding as m (ontvanger, uitwisseling, gemeld)
         select ontvanger, uitwisseling, $2::bigint from (
           select ontvanger, uitwisseling, max(aangenomen) as nieuwste from delivery.bericht
           where ontvanger = any($1) and verzegeld is not null and staat = 'ontvangen'
           group by ontvanger, uitwisseling
         ) as wacht left join delivery.berichtmelding using (ontvanger, uitwisseling)
         where gemeld is null or gemeld < nieuwste
         on conflict (ontvanger, uitwisseling) do update set gemeld = excluded.gemeld
           where m.gemeld <= excluded.gemeld - $3::bigint
         returning ontvanger, uitwisseling`,
        [ontvangers, now, everyMs],
      ),
    unsaid: ({ ontvanger, uitwisseling }) =>
      store.query(
        'delete from delivery.berichtmelding where ontvanger = $1 and uitwisseling = $2',
        [ontvanger, uitwisseling],
      ),
    async counts() {
      const rows = await store.query<{ soort: string; aantal: number }>(
        `select soort, count(*) as aantal from delivery.bericht
         where verzegeld is not null and log = 'gewoon' group by soort`,
      )
      return new Map(rows.map(({ soort, aantal }) => [soort, aantal]))
    },
  }
}
