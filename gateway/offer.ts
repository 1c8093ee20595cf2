// What happens to one thing that is handed over for one receiver? Decided and recorded; when allowed it waits sealed for it.
import { destructionMonth } from './audit/keys.ts'
import { recordDecision } from './audit/record.ts'
import { recordAcceptance } from './audit/record-request.ts'
import { type LineReport, lineRow } from './delivery/files.ts'
import { messageRow } from './delivery/messages.ts'
import { inTime, onlyParties, type Rooms, reasonsTold, underLaw } from './exchange.ts'
import { messageTerms } from './policy/deadlines.ts'
import { gatherFacts } from './policy/facts.ts'
import type { PolicySet } from './policy/law.ts'
import { exchangeTerms } from './policy/permit.ts'
import { doubtful } from './policy/plausible.ts'
import type {
  Call,
  Decision,
  LinePlace,
  MessageKind,
  Oin,
  PurposeRequest,
  Receipt,
  RequestBody,
  RoomRow,
  Sender,
  Step,
  Trace,
} from './terms.ts'

/** One line of a file, one corrected value for one receiver, or one doubt about a value. */
export interface Handed {
  /** Its transaction is the message's id. */
  readonly call: Call
  readonly sender: Sender
  readonly uitwisseling: string
  readonly body: RequestBody
  readonly stap?: Exclude<Step, 'bestand'>
  /** What the log was found to say, for a correction or a doubt. */
  readonly eerder?: boolean
  /** The transaction that a correction or a doubt is about. */
  readonly over?: string
  /** correctie: the code of why; its receiver reads it with the value. */
  readonly reden?: string
  /** correctie of an address: whether it is secret. */
  readonly geheim?: boolean
  readonly handtekening?: true
  /** Rows of the round that it belongs to, by how it ended. */
  readonly rijen?: (verslag: LineReport, uitkomst: Offered['uitkomst']) => readonly RoomRow[]
  /** Its place in a file, and the keyed pseudonym of the line as it came. */
  readonly line?: LinePlace & { readonly lichaam: string }
}

/** What waits sealed: everything that a later step needs of what was handed over. */
export interface SealedMessage {
  readonly body: RequestBody
  readonly afzender: Oin
  readonly trace: Trace
  readonly stap?: Exclude<Step, 'bestand'>
  readonly eerder?: boolean
  readonly over?: string
  readonly reden?: string
  readonly geheim?: boolean
  readonly handtekening?: true
  /** It was accepted by the escape of the case relation, which is used up since. */
  readonly ontsnapt?: true
  readonly plaats?: LinePlace
  readonly aandachtspunten?: LineReport['aandachtspunten']
}

export interface Offered {
  readonly uitkomst: 'aanvaard' | 'geweigerd'
  readonly transactie: string
  readonly receipt: Receipt
  readonly decision: Decision
  readonly verslag: LineReport
}

/** @throws Problem: a value has not the type of its field, or the log cannot be reached; then nothing was recorded */
export async function offer(handed: Handed, rooms: Rooms): Promise<Offered> {
  return await underLaw(rooms, law => take(handed, law, rooms))
}

async function take(handed: Handed, law: PolicySet, rooms: Rooms): Promise<Offered> {
  const request = requestOf(handed, law)
  const { tijd, transactie } = request
  const terms = exchangeTerms(request, law)
  const known = await inTime(gatherFacts(rooms.facts, request, law))
  const decision = known.decide(handed.eerder)
  const counted = known.hold(decision)
  const arrangement = law.uitwisselingen.get(request.uitwisseling)
  if (decision.uitkomst === 'geweigerd' || !arrangement) {
    const verslag = { redenen: reasonsTold(decision.redenen, law, decision) }
    const rijen = [...known.rows(decision), ...lineRows(handed, 'geweigerd', verslag)]
    const { verzoek: _, ...call } = request // it will never be one
    const receipt = await recordDecision(rooms.audit, call, decision, terms, rijen)
    return { uitkomst: 'geweigerd', transactie, receipt, decision, verslag }
  }
  const aandachtspunten = doubtful(request.body, arrangement, law, tijd)
  const verslag: LineReport = aandachtspunten.length > 0 ? { aandachtspunten } : {}
  const { bewarenTot, geldigTot } = messageTerms(arrangement, handed.stap, tijd)
  const row = messageRow({
    ...{ bericht: transactie, soort: kindOf(handed, arrangement.patroon), log: terms.log },
    ...{ uitwisseling: terms.uitwisseling, verstrekker: terms.verstrekker },
    ...{ ontvanger: terms.ontvanger, aangenomen: tijd, bewarenTot, geldigTot: geldigTot ?? null },
    verzegeld: rooms.sealer.seal(
      { log: terms.log, month: destructionMonth(tijd, terms.logTermijn) },
      [transactie, 'bericht'],
      JSON.stringify(sealedOf(handed, request, decision, verslag)),
    ),
  })
  const receipt = await recordAcceptance(rooms.audit, request, {
    ...{ decision, terms, staat: 'aanvaard' },
    rijen: [...known.rows(decision), row, ...lineRows(handed, 'aanvaard', verslag)],
  }).finally(counted)
  // Crash here: it waits for its receiver and its sender was not told; sent again, its line is known.
  return { uitkomst: 'aanvaard', transactie, receipt, decision, verslag }
}

function requestOf(handed: Handed, law: PolicySet): PurposeRequest {
  const { call, sender, uitwisseling, body, stap, over, handtekening, line } = handed
  return {
    ...call,
    verzoek: call.transactie,
    peer: sender,
    uitwisseling,
    // The receiver of a correction is named by the log, also when the law does not know it any more.
    body: stap === 'correctie' ? body : onlyParties(body, law),
    ...(stap && { stap }),
    ...(over && { over }),
    ...(handtekening && { handtekening }),
    ...(line && { levering: { levering: line.levering, regel: line.regel } }),
  }
}

function sealedOf(
  { sender, stap, eerder, over, reden, geheim, handtekening }: Handed,
  { body, trace, levering }: PurposeRequest,
  { toetsing }: Decision,
  { aandachtspunten }: LineReport,
): SealedMessage {
  return {
    body,
    afzender: sender.party.oin,
    trace,
    ...(stap && { stap }),
    ...(eerder !== undefined && { eerder }),
    ...(over && { over }),
    ...(reden && { reden }),
    ...(geheim !== undefined && { geheim }),
    ...(handtekening && { handtekening }),
    ...(toetsing === 'ontsnapping' && { ontsnapt: true }),
    ...(levering && { plaats: levering }),
    ...(aandachtspunten && { aandachtspunten }),
  }
}

function kindOf({ stap }: Handed, patroon: string): MessageKind {
  return stap ?? (patroon === 'signaal' ? 'signaal' : 'levering')
}

function lineRows(
  { call: { transactie }, line, rijen }: Handed,
  uitkomst: Offered['uitkomst'],
  verslag: LineReport,
): readonly RoomRow[] {
  const own = rijen?.(verslag, uitkomst) ?? []
  if (!line) return own
  return [...own, lineRow(line, { uitkomst, transactie, lichaam: line.lichaam, verslag })]
}
