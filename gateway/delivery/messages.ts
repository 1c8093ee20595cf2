// What waits for a receiver, and what became of it? Its row: read, listed; and the rows that commit with a record.
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

export type NewMessage = Pick<
  KeptMessage,
  'bericht' | 'soort' | 'log' | 'uitwisseling' | 'verstrekker' | 'ontvanger' | 'aangenomen'
> &
  Pick<KeptMessage, 'bewarenTot' | 'geldigTot'> & { readonly verzegeld: string }

/** Text columns of rows that travel with a record hold no empty text; numbers no null. */
const none = '-'

/** The row of a new message; it commits with the record of its acceptance, which is its own transaction. */
export function messageRow({ bewarenTot, geldigTot, ...message }: NewMessage): RoomRow {
  return {
    tabel: 'delivery.bericht',
    waarden: { ...message, bewaren_tot: bewarenTot, geldig_tot: geldigTot ?? -1 },
  }
}

/** A step of a message; it commits with the record of what happened, if nobody changed the message before. */
export function messageStepRow(
  { bericht, stand }: Pick<KeptMessage, 'bericht' | 'stand'>,
  transactie: string,
  change: {
    readonly staat: MessageState
    readonly afloop?: string
    /** What was sealed is gone. */
    readonly purged?: boolean
  },
): RoomRow {
  const { staat, afloop = none, purged = false } = change
  return {
    tabel: 'delivery.berichtstap',
    waarden: { bericht, stand, door: transactie, staat, afloop, wist: purged },
  }
}

const columns = `bericht::text, soort, log, uitwisseling, verstrekker, ontvanger, staat, stand, door, aangenomen,
  gewijzigd, bewaren_tot as "bewarenTot", geldig_tot as "geldigTot", afloop, verzegeld`

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
