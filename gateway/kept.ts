// Which accepted request is this about, and may it still go on? What every later step of a request begins with.
import { recordDecision } from './audit/record.ts'
import { childCall, newCall } from './call.ts'
import { type Change, type KeptRequest, queueOf, stepRow } from './delivery/requests.ts'
import { inTime, type Rooms } from './exchange.ts'
import { admit } from './peer/party.ts'
import { deadlines } from './policy/deadlines.ts'
import { type Gathered, gatherFacts } from './policy/facts.ts'
import type { PolicySet } from './policy/law.ts'
import { validApprovers } from './policy/party-keys.ts'
import { exchangeTerms } from './policy/permit.ts'
import { Problem } from './problem.ts'
import type {
  Call,
  Decision,
  ExchangeTerms,
  Facts,
  Identity,
  LogName,
  Moment,
  Oin,
  Party,
  Peer,
  PurposeRequest,
  Receipt,
  RequestBody,
  Trace,
} from './terms.ts'

/** A call about an accepted request, as the listener hands it over. */
export interface CallOnRequest extends Omit<Call, 'verzoek'> {
  readonly identity: Identity | Problem
  /** As it stands in the path: anything. */
  readonly id: string
  /** Tells the listener which exchange it is about, once that is known. */
  readonly about: (uitwisseling: string) => void
}

/** What waits sealed: everything that a later step needs of the call that was accepted. */
export interface Sealed {
  readonly body: RequestBody
  /** With it the asker and an approver can make the content hash themselves. */
  readonly zout: string
  readonly identity: Identity
  readonly trace: Trace
  /** It came with a signature, which was verified and spent then. */
  readonly handtekening?: true
  /** It was accepted by the escape of the case relation, which is used up since. */
  readonly ontsnapt?: boolean
}

export interface Owned {
  readonly row: KeptRequest
  readonly peer: Peer
  /** This call, as a step of that request. */
  readonly call: Call & { readonly verzoek: string }
}

/** @throws Problem niet-gevonden, the same for a request of somebody else and one that does not exist */
export async function ownRequest(
  { transactie, trace, tijd, identity, id, about }: CallOnRequest,
  rooms: Rooms,
): Promise<Owned> {
  if (identity instanceof Problem) throw identity
  const peer = admit(identity, rooms.policies.current().partijen, rooms.revocation, tijd)
  const row = await inTime(rooms.requests.find(id))
  if (row?.partij !== peer.party.oin) {
    throw new Problem('niet-gevonden', 'Dit verzoek bestaat niet.')
  }
  about(row.uitwisseling)
  return { row, peer, call: { transactie, trace, tijd, verzoek: row.verzoek } }
}

/** @throws when it was purged: then nothing of it may be looked at any more */
export function unsealed({ log, verzoek, verzegeld }: KeptRequest, { sealer }: Rooms): Sealed {
  if (verzegeld === null) throw new Error('a purged request was opened')
  return JSON.parse(sealer.open(log, [verzoek, 'verzoek'], verzegeld)) as Sealed
}

/** A step that nobody called for: a transaction of its own, in the trace of the call that was accepted. */
export function ownCall(row: KeptRequest, trace: Trace | undefined, now: Moment): Call {
  const call = trace ? childCall({ trace }, now) : newCall(now)
  return { ...call, verzoek: row.verzoek }
}

export interface AskedAgain {
  readonly request: PurposeRequest
  /** By the escape of the case relation, which is used up since. */
  readonly ontsnapt: boolean
}

/** What was asked, as a step of now asks it again. */
export function askedAgain(
  row: KeptRequest,
  { body, identity, handtekening, ontsnapt = false }: Sealed,
  call: Call,
  law: PolicySet,
): AskedAgain {
  const party = law.partijen.get(row.partij) ?? goneParty(row.partij, row.log)
  const request = { ...call, uitwisseling: row.uitwisseling, peer: { party, identity }, body }
  return { request: handtekening ? { ...request, handtekening } : request, ontsnapt }
}

/** A party that is in no register any more; `decide` looks it up there and refuses. */
export function goneParty(oin: Oin, log: LogName): Party {
  return {
    oin,
    naam: '',
    soort: '',
    status: 'beeindigd',
    vertrouwelijk: log === 'vertrouwelijk',
    vertegenwoordigt: [],
  }
}

export interface Judged {
  readonly decision: Decision
  readonly terms: ExchangeTerms
  readonly known: Gathered
}

/** The law, the brake and the approvals of *this* moment (P10). */
export async function decideAgain(
  row: KeptRequest,
  asked: AskedAgain,
  law: PolicySet,
  rooms: Rooms,
): Promise<Judged> {
  const { request, ontsnapt } = asked
  const goedkeuringen = await standingApprovals(row, request.peer.party, rooms)
  const known = await inTime(gatherFacts(rooms.facts, request, law, { goedkeuringen, ontsnapt }))
  return { decision: known.decide(), terms: exchangeTerms(request, law), known }
}

/** Refused is an end: recorded, purged, and its asker is told. */
export async function endRefused(
  row: KeptRequest,
  request: PurposeRequest,
  { decision, terms }: Pick<Judged, 'decision' | 'terms'>,
  rooms: Rooms,
): Promise<Receipt> {
  const reden = decision.redenen[0]?.code ?? 'NIET_VERSTREKT'
  const change: Change = { ...over(row, 'geweigerd', reden), vanaf: rooms.clock() }
  const rijen = [stepRow(row, request.transactie, change)]
  return await recordDecision(rooms.audit, request, decision, terms, rijen)
}

/** All that is missing is a second person, and one can be found: nobody approves AX. */
export function needsApprovalOnly({ redenen }: Decision): boolean {
  return redenen.every(({ code, bij }) => code === 'GOEDKEURING_VEREIST' && bij?.niveau !== 'AX')
}

/** Only of who is registered as an approver today, in the function of then. */
async function standingApprovals(
  row: KeptRequest,
  party: Party,
  rooms: Rooms,
): Promise<NonNullable<Facts['goedkeuringen']>> {
  const approvers = validApprovers(party, rooms.clock())
  if (approvers.length === 0) return [] // of nobody: not asked for
  const given = await inTime(rooms.requests.approvals(row.verzoek))
  const registered = new Map(approvers.map(one => [approverKey(row, one.id, rooms), one.functie]))
  return given
    .filter(({ goedkeurder, functie }) => registered.get(goedkeurder) === functie)
    .map(({ functie, tot }) => ({ functie, tot }))
}

/** Who approved stands in the database under a pseudonym. */
export function approverKey({ log, partij }: KeptRequest, id: string, { facts }: Rooms): string {
  return facts.pseudonym(log, JSON.stringify(['goedkeurder', partij, id]))
}

/** The next of its reminders, or the end of its term. */
export function nextMoment(row: KeptRequest, law: PolicySet): Moment {
  const arrangement = law.uitwisselingen.get(row.uitwisseling)
  const moments = arrangement ? deadlines(arrangement, row.aangenomen).herinneringen : []
  return Math.min(moments[row.herinnerd] ?? row.uiterlijk, row.uiterlijk)
}

/** Nothing is asked of its partner any more; what is left is to tell its asker. */
export function over(
  { log, partij }: KeptRequest,
  staat: 'geweigerd' | 'verlopen',
  reden: string,
): Pick<Change, 'staat' | 'reden' | 'purged' | 'wachtrij'> {
  return { staat, reden, purged: true, wachtrij: queueOf(log, partij) }
}
