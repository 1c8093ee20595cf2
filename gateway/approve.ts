// Does a second person agree? A signed statement is read and judged, and with it the request is decided again.
import { hash } from 'node:crypto'
import { recordApproval } from './audit/record-request.ts'
import { conflict } from './collect.ts'
import { approvalRow, type KeptRequest, stepRow } from './delivery/requests.ts'
import { type Incoming, inTime, type Rooms, refusal, signedBy, underLaw } from './exchange.ts'
import {
  approverKey,
  askedAgain,
  type CallOnRequest,
  decideAgain,
  type Owned,
  over,
  ownRequest,
  unsealed,
} from './kept.ts'
import { readApprovalBody } from './message/read.ts'
import { readStatement, type Statement, StatementFault } from './message/statement.ts'
import { approvalReasons } from './policy/approval.ts'
import { approvedUntil } from './policy/deadlines.ts'
import { decide } from './policy/decide.ts'
import type { Arrangement, PolicySet } from './policy/law.ts'
import { validApprovers } from './policy/party-keys.ts'
import { Problem } from './problem.ts'
import { readApproval } from './schema.ts'
import type { Decision, ExchangeTerms, PurposeRequest, Receipt, RoomRow } from './terms.ts'

export interface Approving extends CallOnRequest, Pick<Incoming, 'signed'> {
  readonly readBytes: () => Promise<Buffer>
}

export interface Approved {
  readonly row: KeptRequest
  readonly receipt: Receipt
}

/** @throws Problem: recorded already, or for the listener to hand to `refuse` before answering it */
export async function approve(incoming: Approving, rooms: Rooms): Promise<Approved> {
  const owned = await ownRequest(incoming, rooms)
  const bytes = await incoming.readBytes()
  const { verklaring } = readApprovalBody(bytes, readApproval)
  await signedBy(owned.peer.party, incoming, bytes, rooms)
  return await underLaw(rooms, law => judge(owned, verklaring, law, rooms))
}

async function judge(
  owned: Owned,
  verklaring: string,
  law: PolicySet,
  rooms: Rooms,
): Promise<Approved> {
  const { row, call } = owned
  if (row.staat !== 'wacht-op-goedkeuring') {
    throw conflict(row, 'Dit verzoek wacht niet op een goedkeuring.')
  }
  const arrangement = law.uitwisselingen.get(row.uitwisseling)
  if (!arrangement) throw new Problem('niet-gevonden', 'Deze uitwisseling bestaat niet meer.')
  const again = askedAgain(row, unsealed(row, rooms), call, law)
  const { request } = again
  const { decision: before, terms } = await decideAgain(row, again, law, rooms)
  const matter: Matter = { owned, request, terms, law }
  const read = readOrFault(verklaring, owned, law)
  const reasons =
    read instanceof StatementFault
      ? [{ code: read.code, bij: { oorzaak: read.oorzaak } }]
      : approvalReasons(arrangement, request.body, read)
  if (read instanceof StatementFault || reasons.length > 0) {
    // It still waits: for a statement of somebody who may.
    const refused: Decision = { ...before, uitkomst: 'geweigerd', redenen: reasons }
    return await turnDown(matter, { decision: refused, rijen: [], ...signerOf(read) }, rooms)
  }
  const statement = read
  const agreed = statement.besluit === 'akkoord'
  const decision = agreed ? approved(before, statement, arrangement, law) : before
  if (agreed && decision.uitkomst === 'geweigerd') {
    const reden = decision.redenen[0]?.code ?? 'NIET_VERSTREKT'
    const rijen = [
      stepRow(row, call.transactie, {
        ...over(row, 'geweigerd', reden),
        vanaf: call.tijd,
      }),
    ]
    return await turnDown(matter, { decision, rijen, ...signerOf(read) }, rooms)
  }
  const change = agreed
    ? ({ staat: 'aanvaard', vanaf: call.tijd, epoch: law.epoch } as const)
    : { ...over(row, 'geweigerd', 'AFGEWEZEN'), vanaf: call.tijd }
  const receipt = await recordApproval(rooms.audit, request, {
    ...{ decision, terms, goedkeurder: statement.goedkeurder, inhoud: row.inhoud },
    uitkomst: agreed ? 'goedgekeurd' : 'afgewezen',
    rijen: [
      ...(agreed ? [approval(owned, statement, { decision, verklaring }, rooms)] : []),
      stepRow(row, call.transactie, change),
    ],
  })
  const after = await inTime(rooms.requests.find(row.verzoek))
  if (after?.door !== call.transactie)
    throw conflict(after ?? row, 'Het verzoek veranderde zojuist.')
  return { row: after, receipt }
}

interface Matter {
  readonly owned: Owned
  readonly request: PurposeRequest
  readonly terms: ExchangeTerms
  readonly law: PolicySet
}

function readOrFault(
  verklaring: string,
  { row, peer, call }: Owned,
  law: PolicySet,
): Statement | StatementFault {
  try {
    const party = law.partijen.get(peer.party.oin) ?? peer.party
    return readStatement(verklaring, validApprovers(party, call.tijd), {
      ...{ verzoek: row.verzoek, inhoud: row.inhoud, now: call.tijd },
    })
  } catch (error) {
    if (error instanceof StatementFault) return error
    throw error
  }
}

/** Who signed, as far as the signature says. */
function signerOf(read: Statement | StatementFault): { readonly goedkeurder?: string } {
  return read instanceof StatementFault ? {} : { goedkeurder: read.goedkeurder }
}

/** The same question with this approval among its facts. */
function approved(
  { vraag, feiten, tijd }: Decision,
  { functie, exp }: Statement,
  arrangement: Arrangement,
  law: PolicySet,
): Decision {
  const tot = Math.min(exp * 1_000, approvedUntil(arrangement, tijd))
  const goedkeuringen = [...(feiten.goedkeuringen ?? []), { functie, tot }]
  return decide(vraag, { ...feiten, goedkeuringen }, law, tijd)
}

function approval(
  { row, call }: Owned,
  { goedkeurder }: Statement,
  { decision, verklaring }: { readonly decision: Decision; readonly verklaring: string },
  rooms: Rooms,
): RoomRow {
  const { functie = '', tot = 0 } = decision.feiten.goedkeuringen?.at(-1) ?? {}
  return approvalRow(row.verzoek, {
    ...{ functie, tot, tijd: call.tijd },
    goedkeurder: approverKey(row, goedkeurder, rooms),
    verklaring: hash('sha256', verklaring, 'base64url'),
  })
}

async function turnDown(
  { owned: { row }, request, terms, law }: Matter,
  refused: {
    readonly decision: Decision
    readonly rijen: readonly RoomRow[]
    readonly goedkeurder?: string
  },
  rooms: Rooms,
): Promise<never> {
  const receipt = await recordApproval(rooms.audit, request, {
    ...{ ...refused, terms, inhoud: row.inhoud, uitkomst: 'geweigerd' },
  })
  throw refusal(refused.decision, receipt, law)
}
