// How does doubt about a value reach who gave it? Admit, read, find the disclosure in the log, then hand it over as any message.
import { recordLook } from './audit/record.ts'
import type { KeptMessage } from './delivery/messages.ts'
import { type Incoming, inTime, type Rooms, refusal, signedBy } from './exchange.ts'
import type { CallOnMessage } from './inbox.ts'
import { readDoubtBody } from './message/read.ts'
import { offer } from './offer.ts'
import { admit } from './peer/party.ts'
import { doubtOf, doubtsAbout } from './policy/doubt.ts'
import { Problem } from './problem.ts'
import { readDoubt } from './schema.ts'
import type { Receipt } from './terms.ts'

export interface Doubted {
  readonly row: KeptMessage
  readonly over: string
  readonly receipt: Receipt
}

/** @throws Problem: a refusal, recorded already; or for the listener to hand to `refuse` before answering it */
export async function doubt(
  incoming: Omit<Incoming, 'uitwisseling' | 'signal'>,
  rooms: Rooms,
): Promise<Doubted> {
  const { transactie, trace, tijd, identity } = incoming
  if (identity instanceof Problem) throw identity
  const law = rooms.policies.current()
  const peer = admit(identity, law.partijen, rooms.revocation, tijd)
  const bytes = await incoming.readBytes()
  const body = readDoubtBody(bytes, readDoubt)
  const handtekening = await signedBy(peer.party, incoming, bytes, rooms)
  const found = await inTime(rooms.earlier.to(body.transactie, peer.party.oin))
  const { verstrekker, uitwisseling = '', verstrekt = [] } = found?.record ?? {}
  // The same for what is not there, what was another's, and what nobody can be found back in any more.
  if (!found?.subject?.betrokkene || verstrekker === undefined) {
    throw new Problem('niet-gevonden', 'In deze transactie kreeg u niets om over te melden.')
  }
  const gegevens = doubtOf(body, uitwisseling, law)
  const { uitkomst, decision, receipt } = await offer(
    {
      call: { transactie, trace, tijd },
      sender: peer,
      uitwisseling: doubtsAbout(verstrekker, law),
      body: {
        ...found.subject,
        velden: Object.keys(gegevens),
        gegevens,
        ontvanger: verstrekker,
        systeemproces: 'terugmelding',
      },
      stap: 'terugmelding',
      eerder: verstrekt.includes(body.veld),
      over: body.transactie,
      ...(handtekening && { handtekening: true as const }),
    },
    rooms,
  )
  if (uitkomst === 'geweigerd') throw refusal(decision, receipt, rooms.policies.current())
  // Crash here: it waits for who gave the value, and its reporter was not told; reported again it is a second doubt.
  const row = await inTime(rooms.messages.find(transactie))
  if (!row) throw new Error('a doubt was recorded without its message')
  return { row, over: body.transactie, receipt }
}

/** Where it stands, for who reported it; that it was looked at is written down first. */
export async function doubtStand(
  { transactie, trace, tijd, identity, id }: Omit<CallOnMessage, 'about'>,
  rooms: Rooms,
): Promise<KeptMessage> {
  if (identity instanceof Problem) throw identity
  const { party } = admit(identity, rooms.policies.current().partijen, rooms.revocation, tijd)
  const row = await inTime(rooms.messages.find(id))
  if (row?.soort !== 'terugmelding' || row.verstrekker !== party.oin) {
    throw new Problem('niet-gevonden', 'Deze terugmelding bestaat niet.')
  }
  await recordLook(rooms.audit, {
    call: { transactie, trace, tijd },
    log: row.log,
    partij: party.oin,
    over: row.bericht,
    handeling: { wat: 'terugmelding' },
  })
  return row
}
