// Where does an accepted request stand? Its row: read, claimed for a while, kept; and the rows that commit with a record.
import { randomUUID } from 'node:crypto'
import type { Store } from '../store.ts'
import type { LogName, Moment, Oin, RequestState, RoomRow } from '../terms.ts'

/** A request as it is kept; what is absent is not there yet, or gone. */
export interface KeptRequest {
  readonly verzoek: string
  readonly log: LogName
  readonly uitwisseling: string
  readonly partij: Oin
  readonly wachtrij: string
  readonly staat: RequestState
  readonly stand: number
  /** The transaction of its last recorded step. */
  readonly door: string
  /** When it must be looked at next; null = never. */
  readonly vanaf: Moment | null
  /** When its partner may be tried again; null = at once. */
  readonly opnieuw: Moment | null
  /** When its asker may be told again; null = at once. */
  readonly melden: Moment | null
  readonly aangenomen: Moment
  readonly uiterlijk: Moment
  readonly bewarenTot: Moment | null
  readonly pogingen: number
  readonly herinnerd: number
  readonly epoch: string
  readonly aflevering: string
  readonly lichaam: string
  readonly inhoud: string
  readonly verzegeld: string | null
  readonly antwoord: string | null
  readonly kenmerk: string | null
  readonly reden: string | null
  readonly gemeld: string | null
  readonly gewijzigd: Moment
}

export type NewRequest = Omit<
  KeptRequest,
  | 'stand'
  | 'door'
  | 'opnieuw'
  | 'melden'
  | 'bewarenTot'
  | 'pogingen'
  | 'herinnerd'
  | 'antwoord'
  | 'kenmerk'
  | 'reden'
  | 'gemeld'
  | 'gewijzigd'
> & { readonly verzegeld: string; readonly idempotentie: string | undefined }

/** The confidential log's requests all stand in this one queue. */
export const confidentialQueue = 'vertrouwelijk'

/** Its name tells of no partner (design §5). */
export function queueOf(log: LogName, partner: Oin): string {
  return log === 'vertrouwelijk' ? confidentialQueue : partner
}

/** What a step changes; what it does not name stays. */
export interface Change {
  readonly staat?: RequestState
  readonly vanaf: Moment | null
  readonly opnieuw?: Moment
  readonly wachtrij?: string
  readonly bewarenTot?: Moment
  readonly pogingen?: number
  readonly herinnerd?: number
  readonly epoch?: string
  readonly kenmerk?: string
  readonly reden?: string
  /** The worker goes on with it after this. */
  readonly held?: boolean
  /** The request, the answer and what belongs to them are gone. */
  readonly purged?: boolean
}

/** Something to ring for. */
export interface Due {
  readonly id: string
  readonly stand: number
  readonly wachtrij: string
}

export interface Approval {
  readonly goedkeurder: string
  readonly functie: string
  readonly tot: Moment
}

export interface Requests {
  find(verzoek: string): Promise<KeptRequest | undefined>
  findRepeat(idempotentie: string): Promise<KeptRequest | undefined>
  /** Holds what is due for `leaseMs`; undefined when nothing is, or another worker has it. */
  claim(
    verzoek: string,
    at: {
      readonly now: Moment
      readonly epoch: string
      /** Only while its next step goes to this partner. */
      readonly wachtrij?: string | undefined
    },
  ): Promise<Claimed | undefined>
  /** Held on after the step that this transaction recorded; undefined when that step changed nothing. */
  hold(row: Claimed, door: string): Promise<Claimed | undefined>
  /** Changes the row outside the log; false when somebody else did first. */
  change(row: Pick<KeptRequest, 'verzoek' | 'stand'>, change: Stored): Promise<boolean>
  due(now: Moment, epoch: string, perQueue: number): Promise<readonly Due[]>
  approvals(verzoek: string): Promise<readonly Approval[]>
}

/** A row that one worker holds, until its lease ends. */
export interface Claimed extends KeptRequest {
  readonly houder: string
}

/** Changes that no record tells of. */
export type Stored = Pick<
  Change,
  'vanaf' | 'opnieuw' | 'staat' | 'bewarenTot' | 'wachtrij' | 'pogingen' | 'epoch'
> & {
  readonly antwoord?: string
  readonly gemeld?: string
  readonly melden?: Moment
  readonly gewijzigd?: Moment
}

/** A worker that is silent for so long has lost what it held. */
export const leaseMs = 30_000

const databaseNow = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
const columns = `verzoek::text, log, uitwisseling, partij, wachtrij, staat, stand, door, vanaf, opnieuw, melden, aangenomen, uiterlijk,
  bewaren_tot as "bewarenTot", pogingen, herinnerd, epoch, aflevering::text, lichaam, inhoud, verzegeld,
  antwoord, kenmerk, reden, gemeld, gewijzigd`

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** States in which a change of law or brake must be looked at again. */
export const undecided: readonly RequestState[] = [
  'wacht-op-goedkeuring',
  'aanvaard',
  'in-behandeling',
  'gereed',
  'opgehaald',
]
const isUndecided = `staat in (${undecided.map(staat => `'${staat}'`).join(', ')})`

/** Every statement touches one row by its key, so that none can stand in the way of the log's own. */
export function openRequests(store: Store): Requests {
  const one = async (where: string, value: string) =>
    (
      await store.often<KeptRequest>(`select ${columns} from delivery.verzoek where ${where}`, [
        value,
      ])
    )[0]
  return {
    find: async verzoek =>
      uuid.test(verzoek) ? await one('verzoek = $1::uuid', verzoek) : undefined,
    findRepeat: idempotentie => one('idempotentie = $1', idempotentie),
    async claim(verzoek, { now, epoch, wachtrij }) {
      const houder = randomUUID()
      const [row] = await store.often<KeptRequest>(
        `update delivery.verzoek set stand = stand + 1, houder = $2, lease = ${databaseNow} + $3
         where verzoek = $1::uuid and lease <= ${databaseNow}
           and (vanaf <= $4 or (verzegeld is not null and epoch <> $5 and ${isUndecided}))
           and ($6::text is null or wachtrij = $6)
         returning ${columns}`,
        [verzoek, houder, leaseMs, now, epoch, wachtrij ?? null],
      )
      return row && { ...row, houder }
    },
    async hold(row, door) {
      const [held] = await store.often<KeptRequest>(
        `update delivery.verzoek set lease = ${databaseNow} + $4
         where verzoek = $1::uuid and houder = $2 and door = $3 returning ${columns}`,
        [row.verzoek, row.houder, door, leaseMs],
      )
      return held && { ...held, houder: row.houder }
    },
    async change({ verzoek, stand }, change) {
      const rows = await store.often(
        `update delivery.verzoek set stand = stand + 1, lease = 0, vanaf = $3, staat = coalesce($4, staat),
           antwoord = coalesce($5, antwoord), gemeld = coalesce($6, gemeld),
           bewaren_tot = coalesce($7::bigint, bewaren_tot), wachtrij = coalesce($8, wachtrij),
           epoch = coalesce($9, epoch), opnieuw = coalesce($10::bigint, opnieuw),
           melden = coalesce($11::bigint, melden), pogingen = coalesce($12::bigint, pogingen),
           gewijzigd = coalesce($13::bigint, gewijzigd)
         where verzoek = $1::uuid and stand = $2 returning 1`,
        [
          verzoek,
          stand,
          change.vanaf,
          change.staat ?? null,
          change.antwoord ?? null,
          change.gemeld ?? null,
          change.bewarenTot ?? null,
          change.wachtrij ?? null,
          change.epoch ?? null,
          change.opnieuw ?? null,
          change.melden ?? null,
          change.pogingen ?? null,
          change.gewijzigd ?? null,
        ],
      )
      return rows.length === 1
    },
    // Of each queue a few: ten thousand for one partner keep nobody else waiting.
    due: (now, epoch, perQueue) =>
      store.often<Due>(
        `select verzoek::text as id, stand, wachtrij from (
           select verzoek, stand, wachtrij, row_number() over (partition by wachtrij order by vanaf, verzoek) as nr
           from (
             select verzoek, stand, wachtrij, vanaf from delivery.verzoek
             where vanaf <= $1 and lease <= ${databaseNow}
             union
             select verzoek, stand, wachtrij, vanaf from delivery.verzoek
             where verzegeld is not null and epoch <> $2 and ${isUndecided} and lease <= ${databaseNow}
           ) as rijp
         ) as genummerd where nr <= $3`,
        [now, epoch, perQueue],
      ),
    approvals: verzoek =>
      store.often<Approval>(
        'select goedkeurder, functie, tot from delivery.goedkeuring where verzoek = $1::uuid order by tijd',
        [verzoek],
      ),
  }
}

const yearMs = 365 * 86_400_000

/**
 * A request that has ended and was purged keeps keyed pseudonyms of what was asked and who approved it: a year after
 * its end nobody repeats it any more, and its row goes; its records stay. How many went.
 */
export async function expireRequests(store: Store, now: Moment): Promise<number> {
  const [row] = await store.query<{ aantal: number }>(
    `with weg as (
       delete from delivery.verzoek where gewijzigd <= $1 and verzegeld is null and antwoord is null
         and vanaf is null returning verzoek
     ), goedgekeurd as (
       delete from delivery.goedkeuring as g using weg where g.verzoek = weg.verzoek
     )
     select count(*) as aantal from weg`,
    [now - yearMs],
  )
  return row?.aantal ?? 0
}

/** Text columns of rows that travel with a record hold no empty text. */
const none = '-'

/** The row of a new request; it commits with the record of its acceptance. */
export function acceptedRow(request: NewRequest, transactie: string): RoomRow {
  const { vanaf, idempotentie, ...rest } = request
  return {
    tabel: 'delivery.verzoek',
    waarden: { ...rest, vanaf: vanaf ?? -1, idempotentie: idempotentie ?? none, door: transactie },
  }
}

/** A step of a request; it commits with the record of what happened, if nobody changed the request before. */
export function stepRow(
  { verzoek, stand, ...row }: Pick<KeptRequest, 'verzoek' | 'stand' | 'staat'>,
  transactie: string,
  change: Change,
): RoomRow {
  return {
    tabel: 'delivery.stap',
    waarden: {
      verzoek,
      stand,
      door: transactie,
      staat: change.staat ?? row.staat,
      vanaf: change.vanaf ?? -1,
      opnieuw: change.opnieuw ?? -1,
      wachtrij: change.wachtrij ?? none,
      bewaren_tot: change.bewarenTot ?? -1,
      pogingen: change.pogingen ?? -1,
      herinnerd: change.herinnerd ?? -1,
      epoch: change.epoch ?? none,
      kenmerk: change.kenmerk ?? none,
      reden: change.reden ?? none,
      houdt: change.held ?? false,
      wist: change.purged ?? false,
    },
  }
}

/** An approval; of one signed statement only the first counts. */
export function approvalRow(
  verzoek: string,
  approval: Approval & { readonly verklaring: string; readonly tijd: Moment },
): RoomRow {
  return { tabel: 'delivery.goedkeuring', waarden: { verzoek, ...approval } }
}
