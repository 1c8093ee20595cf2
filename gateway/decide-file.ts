// May this file be read? The decision about it as a whole, without a person, recorded before a byte of it is asked for (P2).
import { recordDecision } from './audit/record.ts'
import { inTime, type Rooms, refusal, underLaw } from './exchange.ts'
import { gatherFacts } from './policy/facts.ts'
import type { PolicySet } from './policy/law.ts'
import { exchangeTerms, permit } from './policy/permit.ts'
import type {
  Call,
  LogName,
  Oin,
  PermittedExchange,
  PurposeRequest,
  RoomRow,
  Sender,
} from './terms.ts'

export interface FileWish extends Call {
  /** Who brings the lines, or holds them ready. */
  readonly peer: Sender
  readonly uitwisseling: string
  /** Fetched: for whom this file is. */
  readonly ontvanger?: Oin
}

/** `rows` commit with the permission. @throws Problem: the refusal, recorded */
export async function decideFile(
  { transactie, trace, tijd, verzoek, peer, uitwisseling, ontvanger }: FileWish,
  rooms: Rooms,
  rows: (law: PolicySet, log: LogName) => readonly RoomRow[] = () => [],
): Promise<PermittedExchange> {
  const body = { velden: [], ...(ontvanger !== undefined && { ontvanger }) }
  const request: PurposeRequest = {
    ...{ transactie, trace, tijd, peer, uitwisseling, body, stap: 'bestand' },
    ...(verzoek !== undefined && { verzoek }),
  }
  return await underLaw(rooms, async law => {
    const terms = exchangeTerms(request, law)
    const known = await inTime(gatherFacts(rooms.facts, request, law))
    const decision = known.decide()
    const allows = decision.uitkomst === 'toegestaan'
    const rijen = allows ? rows(law, terms.log) : []
    const receipt = await recordDecision(rooms.audit, request, decision, terms, rijen)
    if (!allows) throw refusal(decision, receipt, law)
    return permit(request, decision, receipt, terms)
  })
}
