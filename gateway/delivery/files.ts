// How far was a file of lines read, and what became of each line? Its rows, and the one that commits with a line's record.
import type { LinePlace, LogName, Moment, Oin, RoomRow } from '../terms.ts'

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
