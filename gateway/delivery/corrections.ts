// How far was a correction carried out, and by which call? Its row, and one for each earlier receiver.
import type { Store } from '../store.ts'
import type { Moment, RoomRow } from '../terms.ts'
import type { LineReport } from './files.ts'

export interface Round {
  /** The transaction that began it. */
  readonly correctie: string
  readonly lichaam: string
  readonly aangenomen: Moment
}

export interface Part {
  readonly deel: string
  readonly uitkomst: 'aanvaard' | 'geweigerd'
  readonly transactie: string
  readonly verslag: Pick<LineReport, 'redenen'>
}

export interface Corrections {
  find(idempotentie: string): Promise<Round | undefined>
  /** For a while one call alone carries it out; false while another does. */
  hold(correctie: string, houder: string): Promise<boolean>
  /** A later call may go on, or read how it ended. */
  leave(correctie: string, houder: string): Promise<void>
  parts(correctie: string): Promise<readonly Part[]>
}

/** A call that is silent so long is over. */
const leaseMs = 20_000
const databaseNow = '(extract(epoch from clock_timestamp()) * 1000)::bigint'

export function openCorrections({ often }: Pick<Store, 'often'>): Corrections {
  return {
    async find(idempotentie) {
      const [row] = await often<Round>(
        `select correctie::text, lichaam, aangenomen from delivery.correctie where idempotentie = $1`,
        [idempotentie],
      )
      return row
    },
    async hold(correctie, houder) {
      const rows = await often(
        `update delivery.correctie set houder = $2, lease = ${databaseNow} + $3
         where correctie = $1::uuid and (houder = $2 or lease <= ${databaseNow}) returning 1`,
        [correctie, houder, leaseMs],
      )
      return rows.length === 1
    },
    async leave(correctie, houder) {
      await often(
        'update delivery.correctie set lease = 0 where correctie = $1::uuid and houder = $2',
        [correctie, houder],
      )
    },
    async parts(correctie) {
      const rows = await often<Omit<Part, 'verslag'> & { readonly verslag: string | null }>(
        `select deel, uitkomst, transactie, verslag from delivery.correctiedeel where correctie = $1::uuid`,
        [correctie],
      )
      return rows.map(row => ({ ...row, verslag: readReport(row.verslag) }))
    },
  }
}

function readReport(text: string | null): Part['verslag'] {
  return text === null ? {} : JSON.parse(Buffer.from(text, 'base64url').toString())
}

/** It commits with the record of the look that found the receivers. Of two with one name the first counts. */
export function roundRow(round: Round & { readonly idempotentie: string }): RoomRow {
  return { tabel: 'delivery.correctie', waarden: { ...round, houder: round.correctie } }
}

/** What became of one receiver; it commits with that record. */
export function partRow(
  correctie: string,
  { deel, uitkomst, transactie, verslag: { redenen } }: Part,
): RoomRow {
  const verslag = redenen ? Buffer.from(JSON.stringify({ redenen })).toString('base64url') : '-'
  return {
    tabel: 'delivery.correctiedeel',
    waarden: { correctie, deel, uitkomst, transactie, verslag },
  }
}
