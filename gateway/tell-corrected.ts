// What becomes of a correction for each who got the wrong value? A decision of its own, under the arrangement as it stands now.
import type { Disclosure } from './audit/earlier.ts'
import { caseLogTerm, recordDecision } from './audit/record.ts'
import { childCall } from './call.ts'
import type { Part } from './delivery/corrections.ts'
import type { LineReport } from './delivery/files.ts'
import { inTime, type Rooms, reasonsTold } from './exchange.ts'
import { type Handed, offer } from './offer.ts'
import { decide } from './policy/decide.ts'
import { question } from './policy/question.ts'
import { Problem } from './problem.ts'
import type {
  Call,
  CorrectionBody,
  ExchangeTerms,
  Given,
  Peer,
  PurposeRequest,
  Receipt,
  RequestBody,
  RoomRow,
} from './terms.ts'

/** What one call asks, once it was understood. */
export interface Asked {
  readonly call: Call
  readonly peer: Peer
  readonly body: CorrectionBody
  readonly handtekening: boolean
}

export interface Proof {
  readonly logregel: string
  readonly tlogProof: string
}

export interface Told extends Pick<Part, 'uitkomst' | 'transactie'>, Pick<LineReport, 'redenen'> {
  readonly target: Given
  /** Only of who was told by this very call. */
  readonly bewijs?: Proof
}

/** A correction with a name: what it keeps of each receiver, and whether it is still this call that carries it out. */
export interface Carrying {
  /** @throws Problem: another call took over */
  goOn(): Promise<void>
  row(target: Given, part: Omit<Part, 'deel'>): RoomRow
}

/** Decided together, so that their records share a group. */
const atOnce = 32

export async function tellAll(
  asked: Asked,
  targets: readonly Given[],
  rooms: Rooms,
  carrying?: Carrying,
): Promise<readonly Told[]> {
  const told: Told[] = []
  for (let from = 0; from < targets.length; from += atOnce) {
    await carrying?.goOn()
    const some = targets.slice(from, from + atOnce)
    told.push(...(await Promise.all(some.map(target => tell(asked, target, rooms, carrying)))))
    // Crash here: these wait for their receivers, with their part of a named correction in the same commit.
  }
  return told
}

/** AVG art. 19: everyone it was given to is told, who may have it still. */
async function tell(
  { call, peer, body, handtekening }: Asked,
  target: Given,
  rooms: Rooms,
  carrying: Carrying | undefined,
): Promise<Told> {
  const { veld, waarde, betrokkene, periode, reden, geheim } = body
  const { uitwisseling, ontvanger, namens, transactie: over } = target
  const step = childCall(call, rooms.clock())
  const correction: RequestBody = {
    betrokkene,
    velden: [veld],
    gegevens: { [veld]: waarde },
    ontvanger,
    ...(namens !== null && { namens }),
    ...(periode && { periode }),
    systeemproces: 'correctie',
  }
  const handed = {
    ...{ call: step, sender: peer, uitwisseling, body: correction, stap: 'correctie' as const },
    ...{ eerder: true, over, reden },
    ...(geheim !== undefined && { geheim }),
    ...(handtekening && { handtekening: true as const }),
    rijen: (verslag: LineReport, uitkomst: Part['uitkomst']) =>
      carrying ? [carrying.row(target, { uitkomst, transactie: step.transactie, verslag })] : [],
  }
  try {
    const { uitkomst, transactie, verslag, receipt } = await offer(handed, rooms)
    const { redenen } = verslag
    return { target, uitkomst, transactie, ...(redenen && { redenen }), bewijs: proof(receipt) }
  } catch (error) {
    if (!(error instanceof Problem) || error.slug !== 'niet-gevonden') throw error
    return await ofNoExchange({ ...step, uitwisseling, peer, body: correction, over }, target, {
      ...{ rooms, rijen: handed.rijen },
    })
  }
}

/** Given under an exchange that is no more: refused, and recorded beside what it was then. */
async function ofNoExchange(
  { over, ...rest }: PurposeRequest & { readonly over: string },
  target: Given,
  { rooms, rijen }: { readonly rooms: Rooms } & Required<Pick<Handed, 'rijen'>>,
): Promise<Told> {
  const law = rooms.policies.current()
  const then = await inTime(rooms.earlier.to(over, target.ontvanger))
  if (!then) throw new Error('a disclosure vanished from the log')
  const request = { ...rest, over, stap: 'correctie' as const }
  const { ontvanger, namens } = target
  const vraag = { ...question(request, law), indiener: request.peer.party.oin, ontvanger }
  const feiten = { eerder: true, noodrem: [], treden: [] }
  const decision = decide(vraag, feiten, law, request.tijd)
  const terms = termsOfThen(then, decision.beleid, namens)
  const redenen = reasonsTold(decision.redenen, law, decision)
  const { transactie } = request
  const rows = rijen({ redenen }, 'geweigerd')
  const receipt = await recordDecision(rooms.audit, request, decision, terms, rows)
  return { target, uitkomst: 'geweigerd', transactie, redenen, bewijs: proof(receipt) }
}

function termsOfThen(
  { log, record }: Disclosure,
  beleid: ExchangeTerms['beleid'],
  namens: Given['namens'],
): ExchangeTerms {
  const {
    uitwisseling = '',
    doel = '',
    grondslagen = [],
    verstrekker = '',
    ontvanger = '',
  } = record
  const { verwerkingsactiviteit = { verstrekking: '', ontvangst: '' }, via = [] } = record
  return {
    ...{ uitwisseling, beleid, verstrekker, ontvanger, via, verwerkingsactiviteit, log },
    doel: { id: doel, omschrijving: '' },
    grondslagen: grondslagen.map(id => ({ id, regeling: '', artikel: '' })),
    ...(namens !== null && { namens }),
    verantwoordelijke: { verstrekking: verstrekker, ontvangst: namens ?? ontvanger },
    ...{ gegevensset: '', bron: '', logTermijn: caseLogTerm },
  }
}

function proof(receipt: Receipt): Proof {
  return { logregel: receipt.logregel, tlogProof: receipt.tlogProof() }
}
