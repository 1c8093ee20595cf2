// How far was a file of lines read, and what became of each line? Its rows, and the ones that commit with a record.
import { randomUUID } from 'node:crypto'
import type { Store } from '../store.ts'
import type { DeliveryState, LinePlace, LogName, Moment, Oin, RoomRow } from '../terms.ts'

export type LineOutcome = 'aanvaard' | 'geweigerd' | 'onleesbaar'

/** What a line's report tells its sender: reasons of the law, faults of its form, marks of what is implausible. */
export interface LineReport {
  readonly redenen?: readonly {
    readonly code: string
    readonly uitleg: string
    readonly veld?: string
  }[]
  readonly fouten?: readonly { readonly pointer: string; readonly melding: string }[]
  readonly aandachtspunten?: readonly { readonly veld: string; readonly code: string }[]
}

/** The outcome of one line; of one line only the first counts. */
export function lineRow(
  { levering, regel }: LinePlace,
  outcome: {
    readonly uitkomst: LineOutcome
    readonly transactie: string
    readonly lichaam: string
    readonly verslag: LineReport
  },
): RoomRow {
  const { uitkomst, transactie, lichaam, verslag } = outcome
  const gemarkeerd = (verslag.aandachtspunten?.length ?? 0) > 0
  const told = Object.keys(verslag).length > 0
  return {
    tabel: 'delivery.regel',
    waarden: {
      ...{ levering, regel, uitkomst, transactie, gemarkeerd, lichaam },
      verslag: told ? Buffer.from(JSON.stringify(verslag)).toString('base64url') : '-',
    },
  }
}

/** The row of a file that begins; it commits with the decision to read it. Of two with one name the first counts. */
export function fileRow(file: {
  readonly levering: string
  readonly log: LogName
  readonly uitwisseling: string
  readonly partij: Oin
  readonly richting: 'ingediend' | 'opgehaald'
  readonly begonnen: Moment
  readonly epoch: string
  readonly idempotentie: string | undefined
  readonly regelsTotaal: number | undefined
  readonly bytesTotaal: number | undefined
  readonly kenmerk: string | undefined
}): RoomRow {
  const { idempotentie = '-', regelsTotaal = -1, bytesTotaal = -1, kenmerk = '-', ...rest } = file
  return {
    tabel: 'delivery.levering',
    waarden: {
      ...{ ...rest, idempotentie, kenmerk },
      ...{ regels_totaal: regelsTotaal, bytes_totaal: bytesTotaal },
    },
  }
}

/** A file as it is kept. Every line before `gelezen + 1` has its outcome; that line begins at byte `bytes`. */
export interface KeptFile {
  readonly levering: string
  readonly log: LogName
  readonly uitwisseling: string
  readonly partij: Oin
  readonly richting: 'ingediend' | 'opgehaald'
  readonly staat: DeliveryState
  readonly stand: number
  readonly begonnen: Moment
  readonly gewijzigd: Moment
  /** Under which it began. */
  readonly epoch: string
  readonly gelezen: number
  readonly bytes: number
  readonly regelsTotaal: number | null
  readonly bytesTotaal: number | null
  /** Since when, and from where, it was read last; null = never. */
  readonly hervat: Moment | null
  readonly hervatRegel: number
  readonly hervatByte: number
  /** Fetched: its version at its holder when it began. */
  readonly kenmerk: string | null
}

/** A file whose lines one reader alone may take in, until its lease ends. */
export interface HeldFile extends KeptFile {
  readonly houder: string
}

/** Where the next line begins. */
export interface Reached {
  readonly gelezen: number
  readonly bytes: number
}

export interface Totals {
  readonly regels: number | undefined
  readonly bytes: number | undefined
}

export interface LineCounts {
  readonly gelezen: number
  readonly aanvaard: number
  readonly geweigerd: number
  readonly onleesbaar: number
  readonly gemarkeerd: number
}

/** One line of the report. */
export interface ReportRow {
  readonly regel: number
  readonly uitkomst: LineOutcome
  readonly transactie: string
  readonly verslag: LineReport
}

export interface Files {
  find(levering: string): Promise<KeptFile | undefined>
  /** For the operator: the ones that changed last, of one exchange or of all. */
  newest(
    log: LogName,
    uitwisseling: string | undefined,
    count: number,
  ): Promise<readonly KeptFile[]>
  /** The file that its sender gave this name. */
  findNamed(idempotentie: string): Promise<KeptFile | undefined>
  /** Whether this party has another file of this exchange read now. */
  busy(file: Pick<KeptFile, 'partij' | 'uitwisseling' | 'levering'>): Promise<boolean>
  /** Whoever is first reads; absent: somebody else does, or it is done. */
  hold(levering: string, now: Moment, totals: Totals): Promise<HeldFile | undefined>
  /** How far it is; the lease begins anew. False: it was taken over. */
  progress(file: HeldFile, now: Moment, reached: Reached): Promise<boolean>
  /** Its reader stops before the end. */
  leave(file: HeldFile, now: Moment, reached: Reached): Promise<void>
  /** Of up to `count` lines from `regel` on the ones that have their outcome, and the pseudonym of each. */
  done(levering: string, regel: number, count: number): Promise<ReadonlyMap<number, string>>
  counts(levering: string): Promise<LineCounts>
  report(levering: string, na: number, count: number): Promise<readonly ReportRow[]>
}

/** A reader that is silent so long is dead: another may go on. */
export const leaseMs = 15_000

const databaseNow = '(extract(epoch from clock_timestamp()) * 1000)::bigint'

/** Nobody reads it any more, whatever its last reader left behind. */
const columns = `levering::text, log, uitwisseling, partij, richting, stand, begonnen, gewijzigd, epoch, gelezen, bytes,
  case when staat = 'in-behandeling' and lease <= ${databaseNow} then 'onderbroken' else staat end as staat,
  regels_totaal as "regelsTotaal", bytes_totaal as "bytesTotaal", hervat, hervat_regel as "hervatRegel",
  hervat_byte as "hervatByte", kenmerk`

const others = `exists (select from delivery.levering as o where o.partij = l.partij
  and o.uitwisseling = l.uitwisseling and o.levering <> l.levering and o.lease > ${databaseNow})`

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function openFiles({ often }: Pick<Store, 'often'>): Files {
  const one = async (where: string, value: string) =>
    (await often<KeptFile>(`select ${columns} from delivery.levering where ${where}`, [value]))[0]
  return {
    find: async levering =>
      uuid.test(levering) ? await one('levering = $1::uuid', levering) : undefined,
    newest: (log, uitwisseling, count) =>
      often<KeptFile>(
        `select ${columns} from delivery.levering
         where log = $1 and uitwisseling = coalesce($2, uitwisseling) order by gewijzigd desc, levering limit $3`,
        [log, uitwisseling ?? null, count],
      ),
    findNamed: idempotentie => one('idempotentie = $1', idempotentie),
    async busy({ partij, uitwisseling, levering }) {
      const rows = await often(
        `select 1 from (select $1::text as partij, $2::text as uitwisseling, $3::uuid as levering) as l
         where ${others}`,
        [partij, uitwisseling, levering],
      )
      return rows.length > 0
    },
    async hold(levering, now, totals) {
      const houder = randomUUID()
      const [row] = await often<KeptFile>(
        `update delivery.levering as l set stand = stand + 1, houder = $2, lease = ${databaseNow} + $3,
           staat = 'in-behandeling', gewijzigd = $4, hervat = $4, hervat_regel = gelezen, hervat_byte = bytes,
           regels_totaal = coalesce(regels_totaal, $5::bigint), bytes_totaal = coalesce(bytes_totaal, $6::bigint)
         where levering = $1::uuid and lease <= ${databaseNow} and staat <> 'afgerond' and not ${others}
         returning ${columns}`,
        [levering, houder, leaseMs, now, totals.regels ?? null, totals.bytes ?? null],
      )
      return row && { ...row, houder }
    },
    async progress({ levering, houder }, now, { gelezen, bytes }) {
      const rows = await often(
        `update delivery.levering set lease = ${databaseNow} + $3, gewijzigd = $4, gelezen = $5, bytes = $6
         where levering = $1::uuid and houder = $2 and staat = 'in-behandeling' returning 1`,
        [levering, houder, leaseMs, now, gelezen, bytes],
      )
      return rows.length === 1
    },
    async leave({ levering, houder }, now, { gelezen, bytes }) {
      await often(
        `update delivery.levering set lease = 0, staat = 'onderbroken', gewijzigd = $3, gelezen = $4, bytes = $5
         where levering = $1::uuid and houder = $2 and staat = 'in-behandeling'`,
        [levering, houder, now, gelezen, bytes],
      )
    },
    async done(levering, regel, count) {
      const rows = await often<{ regel: number; lichaam: string }>(
        `select regel, lichaam from delivery.regel
         where levering = $1::uuid and regel >= $2 and regel < $3`,
        [levering, regel, regel + count],
      )
      return new Map(rows.map(each => [each.regel, each.lichaam]))
    },
    async counts(levering) {
      const count = (what: string) => `count(*) filter (where ${what})`
      const [row] = await often<LineCounts>(
        `select count(*) as gelezen, ${count("uitkomst = 'aanvaard'")} as aanvaard,
           ${count("uitkomst = 'geweigerd'")} as geweigerd, ${count("uitkomst = 'onleesbaar'")} as onleesbaar,
           ${count('gemarkeerd')} as gemarkeerd
         from delivery.regel where levering = $1::uuid`,
        [levering],
      )
      return row ?? { gelezen: 0, aanvaard: 0, geweigerd: 0, onleesbaar: 0, gemarkeerd: 0 }
    },
    async report(levering, na, count) {
      const rows = await often<Omit<ReportRow, 'verslag'> & { readonly verslag: string | null }>(
        `select regel, uitkomst, transactie, verslag from delivery.regel
         where levering = $1::uuid and regel > $2 order by regel limit $3`,
        [levering, na, count],
      )
      return rows.map(row => ({
        ...row,
        verslag: row.verslag === null ? {} : readReport(row.verslag),
      }))
    },
  }
}

function readReport(text: string): LineReport {
  return JSON.parse(Buffer.from(text, 'base64url').toString())
}

/** The end of a file; it commits with its record, if nobody took the file over. */
export function fileEndRow({ levering, stand }: HeldFile, { gelezen, bytes }: Reached): RoomRow {
  return { tabel: 'delivery.leveringstap', waarden: { levering, stand, gelezen, bytes } }
}
