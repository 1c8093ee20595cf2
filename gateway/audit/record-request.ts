// What is written down of a request that takes time? Its acceptance, and every later step of it.
import type {
  Call,
  Decision,
  ExchangeTerms,
  LogName,
  Moment,
  Oin,
  PurposeRequest,
  Receipt,
  RoomRow,
} from '../terms.ts'
import type { Audit } from './commit.ts'
import type { Draft } from './draft.ts'
import type { LogRecord, RecordKind } from './log-record.ts'
import { arrangement, childSpan, decisionPersonal, heading, linePlace, write } from './record.ts'

interface Accepted {
  readonly decision: Decision
  readonly terms: ExchangeTerms
  readonly staat: 'aanvaard' | 'wacht-op-goedkeuring'
  /** What an approver would sign for; a message has no approver. */
  readonly inhoud?: string
  readonly rijen: readonly RoomRow[]
}

/** The decision to take a request in, with its whole input; it commits with the sealed request (design §6). */
export async function recordAcceptance(
  audit: Audit,
  request: PurposeRequest,
  accepted: Accepted,
): Promise<Receipt> {
  return await audit.append(accepted.terms.log, acceptanceDraft(request, accepted))
}

export function acceptanceDraft(request: PurposeRequest, accepted: Accepted): Draft {
  const { decision, terms, staat, inhoud, rijen } = accepted
  const record: LogRecord = {
    ...heading(request, 'aanvaarding', decision.tijd),
    ...arrangement(terms),
    beleid: decision.beleid,
    uitkomst: staat,
    redenen: decision.redenen,
    vraag: decision.vraag,
    feiten: decision.feiten,
    ...(inhoud && { inhoud }),
    ...linePlace(request),
    ...(request.over && { over: request.over }),
    ...(decision.toetsing && { toetsing: decision.toetsing }),
    ...(decision.trede && { trede: decision.trede }),
  }
  return {
    record,
    personal: decisionPersonal(request, terms),
    rijen,
    epoch: decision.epoch,
  }
}

/** A second person looked at it: the decision that the approval leads to, and who approved, sealed. */
export async function recordApproval(
  audit: Audit,
  request: PurposeRequest,
  approval: {
    readonly decision: Decision
    readonly terms: ExchangeTerms
    readonly uitkomst: 'goedgekeurd' | 'afgewezen' | 'geweigerd'
    /** Absent when the statement is nobody's. */
    readonly goedkeurder?: string
    readonly inhoud: string
    readonly rijen: readonly RoomRow[]
  },
): Promise<Receipt> {
  const { decision, terms, uitkomst, goedkeurder, inhoud, rijen } = approval
  const record: LogRecord = {
    ...heading(request, 'goedkeuring', decision.tijd),
    ...childSpan(request),
    ...arrangement(terms),
    beleid: decision.beleid,
    uitkomst,
    redenen: decision.redenen,
    vraag: decision.vraag,
    feiten: decision.feiten,
    inhoud,
  }
  const { subject, found, ...place } = decisionPersonal(request, terms)
  return await write(audit, terms.log, record, {
    personal: {
      ...place,
      subject,
      sealed: { ...(goedkeurder && { medewerker: goedkeurder }) },
      found: [
        ...found.filter(([kind]) => kind !== 'medewerker'),
        ...(goedkeurder ? [['medewerker', [request.peer.party.oin, goedkeurder]] as const] : []),
      ],
    },
    rijen,
    epoch: decision.epoch,
  })
}

export type StepKind = Extract<
  RecordKind,
  | 'uitgesteld'
  | 'ophaling'
  | 'ontvangst'
  | 'herinnering'
  | 'intrekking'
  | 'herplaatsing'
  | 'einde'
  | 'beoordeling'
>

interface Step {
  readonly soort: StepKind
  readonly uitkomst: string
  readonly log: LogName
  readonly uitwisseling: string
  readonly ontvanger: Oin
  readonly terms?: ExchangeTerms
  readonly redenen?: readonly { readonly code: string }[]
  readonly ontvangstbewijs?: string
  /** beoordeling: of which message, and what became of it. */
  readonly over?: string
  readonly handeling?: LogRecord['handeling']
  readonly rijen: readonly RoomRow[]
  /** Only under this epoch: bytes leave after it. */
  readonly epoch?: string
}

/** A step of a request or a message that decides nothing by itself. `terms` is absent when its exchange is no more. */
export async function recordStep(audit: Audit, call: Call, step: Step): Promise<Receipt> {
  return await audit.append(step.log, stepDraft(call, step, audit.clock()))
}

export function stepDraft(call: Call, step: Step, tijd: Moment): Draft {
  const { soort, uitkomst, uitwisseling, ontvanger, terms } = step
  const { redenen, ontvangstbewijs, over, handeling, rijen, epoch } = step
  const record: LogRecord = {
    ...heading(call, soort, tijd),
    ...childSpan(call),
    ...(terms ? { ...arrangement(terms), beleid: terms.beleid } : { uitwisseling, ontvanger }),
    uitkomst,
    ...(redenen && { redenen }),
    ...(ontvangstbewijs && { ontvangstbewijs }),
    ...(over && { over }),
    ...(handeling && { handeling }),
  }
  return { record, rijen, ...(epoch !== undefined && { epoch }) }
}
