// What is written down of each event? One function per event; each resolves when its record is durable.
import packageJson from '../../package.json' with { type: 'json' }
import type {
  Call,
  CaseBody,
  Decision,
  ExchangeTerms,
  LogName,
  Moment,
  Oin,
  PermittedExchange,
  PolicyRef,
  PurposeRequest,
  Reason,
  Receipt,
  Release,
  RoomRow,
} from '../terms.ts'
import { canonical } from './canonical.ts'
import type { Audit } from './commit.ts'
import type { Draft, Personal } from './draft.ts'
import type { Rejection } from './flood.ts'
import { hmac, hmacKey } from './hmac.ts'
import type { IndexKind, LogRecord, RecordKind } from './log-record.ts'
import { type OtherPerson, othersIn } from './others.ts'
import { random, type Subject, subjectValues } from './seal.ts'

const programma = `${packageJson.name}/${packageJson.version}`

/** The decision of `decide`, with its whole input; before a source is touched (P2). */
export async function recordDecision(
  audit: Audit,
  request: PurposeRequest,
  decision: Decision,
  terms: ExchangeTerms,
  rijen: readonly RoomRow[] = [],
): Promise<Receipt> {
  return await audit.append(terms.log, decisionDraft(request, decision, terms, rijen))
}

export function decisionDraft(
  request: PurposeRequest,
  decision: Decision,
  terms: ExchangeTerms,
  rijen: readonly RoomRow[] = [],
): Draft {
  const allows = decision.uitkomst === 'toegestaan'
  const record: LogRecord = {
    ...heading(request, 'beslissing', decision.tijd),
    ...arrangement(terms),
    beleid: decision.beleid,
    uitkomst: decision.uitkomst,
    redenen: decision.redenen,
    vraag: decision.vraag,
    feiten: decision.feiten,
    ...linePlace(request),
    ...(request.over && { over: request.over }),
    ...(decision.toetsing && { toetsing: decision.toetsing }),
    ...(decision.trede && { trede: decision.trede }),
  }
  return {
    record,
    personal: decisionPersonal(request, terms, decision),
    rijen,
    // A later refusal of an accepted request purges it: an outdated law may not.
    ...((allows || request.verzoek !== undefined) && { epoch: decision.epoch }),
  }
}

/** Whom a decision is about, and who asked it. */
export function decisionPersonal(
  { body, peer }: PurposeRequest,
  terms: ExchangeTerms,
  { verhindering }: Pick<Decision, 'verhindering'> = {},
): Personal {
  const { zaak, motivering, systeemproces } = body
  const medewerker = body.medewerker?.id ?? systeemproces
  const caller = peer.party.oin
  const others = othersIn(body.gegevens ? [body.gegevens] : [], terms, body.betrokkene)
  return {
    ...personal(terms, body),
    ...(others.length > 0 && {
      persons: others.map(({ veld, persoon }) => ({ betrokkene: persoon, rol: veld })),
    }),
    sealed: {
      ...(zaak && { zaak }),
      ...(medewerker && { medewerker }),
      ...(motivering?.toelichting && { motivering: motivering.toelichting }),
      // What there is about a person that bars a disclosure.
      ...(verhindering && { verhindering }),
    },
    found: [
      ...foundSubjects(body),
      ...others.flatMap(({ persoon }) => foundSubjects({ betrokkene: persoon })),
      ...found('zaak', zaak && [terms.namens ?? caller, zaak]),
      ...found('medewerker', body.medewerker && [caller, body.medewerker.id]),
    ],
  }
}

/** What is about to be released; the answer's imprint opens only with `opening`, which is not kept. */
export async function recordDisclosure(
  audit: Audit,
  permitted: PermittedExchange,
  release: Release,
  rijen: readonly RoomRow[] = [],
): Promise<{ receipt: Receipt; opening: string; tekst: string }> {
  const tekst = canonical(release.antwoord)
  const opening = random(32)
  const draft = disclosureDraft(permitted, release, {
    tijd: audit.clock(),
    afdruk: imprint(opening, tekst),
    anderen: othersIn(
      release.antwoord.antwoord,
      permitted.terms,
      permitted.request.body.betrokkene,
    ),
    rijen,
  })
  const receipt = await audit.append(permitted.terms.log, draft)
  return { receipt, opening: opening.toString('base64url'), tekst }
}

/** What an exchange is by its decision; the permission itself is asked where something leaves. */
export type Decided = Pick<PermittedExchange, 'request' | 'terms' | 'decision'>

export function disclosureDraft(
  decided: Decided,
  release: Pick<Release, 'verstrekt' | 'weggelaten' | 'aantal' | 'rijen'>,
  {
    tijd,
    afdruk,
    anderen = [],
    rijen = [],
  }: {
    readonly tijd: Moment
    readonly afdruk: string
    readonly anderen?: readonly OtherPerson[]
    readonly rijen?: readonly RoomRow[]
  },
): Draft {
  const { request, terms, decision } = decided
  const record: LogRecord = {
    ...heading(request, 'verstrekking', tijd),
    ...childSpan(request),
    ...arrangement(terms),
    beleid: decision.beleid,
    uitkomst: 'verstrekt',
    verstrekt: release.verstrekt,
    weggelaten: release.weggelaten,
    aantal: release.aantal + anderen.length,
    afdruk,
  }
  return {
    record,
    personal: { ...personal(terms, request.body), sealed: {}, found: foundSubjects(request.body) },
    rijen: [...release.rijen, ...rijen],
    epoch: decision.epoch,
    ...(anderen.length > 0 && {
      overige: anderen.map(other => otherDraft(record, other, decided)),
    }),
  }
}

/** The same disclosure, as it concerns somebody who is named in the answer (design §3.4). */
function otherDraft(
  record: LogRecord,
  { veld, persoon }: OtherPerson,
  { request, terms, decision }: Decided,
): Draft {
  const subject = { betrokkene: persoon }
  return {
    record: { ...record, ...childSpan(request), aantal: 1, betrokkeneVeld: veld },
    personal: { ...personal(terms, subject), sealed: {}, found: foundSubjects(subject) },
    epoch: decision.epoch,
  }
}

/** afdruk (design §5): the partner can open it, we and a reader of the log cannot. */
export function imprint(opening: Buffer, tekst: string): string {
  return hmac(hmacKey(opening), tekst, 'base64url')
}

export async function recordSourceError(
  audit: Audit,
  permitted: PermittedExchange,
  failure: { readonly code: string; readonly drift: readonly string[] },
  rijen: readonly RoomRow[] = [],
): Promise<Receipt> {
  const drift = failure.drift.map(veld => ({ code: failure.code, veld: nameOnly(veld) }))
  const redenen = drift.length > 0 ? drift : [failure]
  return await recordEnd(audit, permitted, { soort: 'bronfout', redenen, rijen })
}

export async function recordAbort(
  audit: Audit,
  permitted: PermittedExchange,
  reden: string,
  rijen: readonly RoomRow[] = [],
): Promise<Receipt> {
  return await recordEnd(audit, permitted, {
    soort: 'afgebroken',
    redenen: [{ code: reden }],
    rijen,
  })
}

/** The disclosure was recorded but its answer could not be completed. */
export async function recordUndelivered(
  audit: Audit,
  permitted: PermittedExchange,
  reden: string,
  rijen: readonly RoomRow[] = [],
): Promise<Receipt> {
  return await recordEnd(audit, permitted, {
    soort: 'niet-afgeleverd',
    redenen: [{ code: reden }],
    rijen,
  })
}

interface End {
  readonly soort: 'bronfout' | 'afgebroken' | 'niet-afgeleverd'
  readonly redenen: readonly { readonly code: string; readonly veld?: string }[]
  readonly rijen?: readonly RoomRow[]
}

async function recordEnd(audit: Audit, permitted: PermittedExchange, end: End): Promise<Receipt> {
  return await audit.append(permitted.terms.log, endDraft(permitted, end, audit.clock()))
}

export function endDraft({ request, terms, decision }: Decided, end: End, tijd: Moment): Draft {
  const record: LogRecord = {
    ...heading(request, end.soort, tijd),
    ...childSpan(request),
    ...arrangement(terms),
    beleid: decision.beleid,
    uitkomst: end.soort,
    redenen: end.redenen.map(({ code, veld }) => ({ code, ...(veld && { veld }) })),
  }
  return { record, ...(end.rijen && { rijen: end.rijen }) }
}

/** Calls that never reach a decision (P4); `aantal` when it stands for a minute of them. */
export async function recordRejection(audit: Audit, rejection: Rejection): Promise<Receipt> {
  return await audit.append(rejection.log, rejectionDraft(rejection))
}

export function rejectionDraft(rejection: Rejection): Draft {
  const { call, partij, redenen, uitwisseling, aantal } = rejection
  const record: LogRecord = {
    ...heading(call, 'afwijzing', call.tijd),
    // A call may fail after its decision was recorded too: the span of the call is that record's (LDV D3).
    spanId: random(8).toString('hex'),
    uitkomst: 'geweigerd',
    redenen: redenen.map(code => ({ code: nameOnly(code) })),
    ...(partij && { ontvanger: partij }),
    ...(uitwisseling && { uitwisseling: nameOnly(uitwisseling) }),
    ...(aantal && { aantal }),
  }
  return { record }
}

/** A party's system looked, at the proofs of a transaction or through its own: by which filters, and whom it asked about sealed. */
export async function recordLook(
  audit: Audit,
  look: {
    readonly call: Call
    readonly log: LogName
    readonly partij: Oin
    readonly over?: string
    readonly handeling?: LogRecord['handeling']
    readonly subject?: Subject
    readonly rijen?: readonly RoomRow[]
  },
): Promise<Receipt> {
  const { call, log, partij, over, handeling, subject, rijen = [] } = look
  const record: LogRecord = {
    ...heading(call, 'inzage', call.tijd),
    uitkomst: 'ingezien',
    ontvanger: partij,
    ...(over && { over }),
    ...(handeling && { handeling }),
  }
  if (!subject) return await write(audit, log, record, { rijen })
  const place = { log, logTermijn: caseLogTerm, subject }
  return await write(audit, log, record, {
    personal: { ...place, sealed: {}, found: foundSubjects(subject) },
    rijen,
  })
}

interface Registration {
  readonly log: LogName
  readonly ontvanger: Oin
  readonly body: CaseBody
  readonly beleid: PolicyRef
  readonly epoch: string
  readonly redenen: readonly Reason[]
  readonly rijen: readonly RoomRow[]
}

/** A case and its persons as a receiver registers them, or why it may not. */
export async function recordCase(
  audit: Audit,
  call: Call,
  registration: Registration,
): Promise<Receipt> {
  return await audit.append(registration.log, caseDraft(call, registration))
}

export function caseDraft(call: Call, registration: Registration): Draft {
  const { log, ontvanger, body, beleid, epoch, redenen, rijen } = registration
  const { zaak, betrokkenen, namens } = body
  const record: LogRecord = {
    ...heading(call, 'zaakregistratie', call.tijd),
    beleid,
    ontvanger,
    ...(namens && { namens }),
    uitkomst: redenen.length === 0 ? 'geregistreerd' : 'geweigerd',
    redenen,
    aantal: betrokkenen.length,
  }
  return {
    record,
    personal: {
      log,
      logTermijn: caseLogTerm,
      subject: {},
      persons: betrokkenen,
      sealed: { zaak },
      found: [
        ...betrokkenen.flatMap(({ betrokkene }) => foundSubjects({ betrokkene })),
        ...found('zaak', [namens ?? ontvanger, zaak]),
      ],
    },
    rijen,
    epoch,
  }
}

/** Of cases and of what officers do. Like the arrangements: a proposal, no law gives a term for it. */
export const caseLogTerm = 'P7Y'

interface Raised extends Pick<Reason, 'bij'> {
  readonly code: string
  readonly rijen: readonly RoomRow[]
}

/** Something an officer must look at, about what one party asks in one exchange. */
export async function recordSignal(
  audit: Audit,
  call: Call,
  terms: ExchangeTerms,
  signal: Raised,
): Promise<Receipt> {
  return await audit.append(terms.log, signalDraft(call, terms, signal, audit.clock()))
}

export function signalDraft(
  call: Call,
  terms: ExchangeTerms,
  { code, bij, rijen }: Raised,
  tijd: Moment,
): Draft {
  const record: LogRecord = {
    ...heading(call, 'signaal', tijd),
    ...childSpan(call),
    ...arrangement(terms),
    beleid: terms.beleid,
    uitkomst: 'gesignaleerd',
    redenen: [{ code, ...(bij && { bij }) }],
  }
  return { record, rijen }
}

/** What changes the law: the policy set, or the emergency brake on it. */
export interface Activation {
  readonly call: Call
  readonly soort?: 'beleidsactivering' | 'noodrem' | 'noodrem-vrijgave'
  readonly digest: string
  /** Absent: the digest, so no brake is on. */
  readonly epoch?: string
  readonly previous: string
  /** The scopes under the brake from here on, as far as this log may name them. */
  readonly noodrem?: readonly string[]
  readonly redenen?: LogRecord['redenen']
  readonly verklaringen?: readonly string[]
  /** Who did it, sealed. */
  readonly door?: string
}

const activated = {
  beleidsactivering: 'geactiveerd',
  noodrem: 'gezet',
  'noodrem-vrijgave': 'vrijgegeven',
} as const

/** From here on another law decides in this log, if `previous` still did; else EpochChanged. */
export async function recordActivation(
  audit: Audit,
  log: LogName,
  activation: Activation,
): Promise<Receipt> {
  const { call, soort = 'beleidsactivering', digest, epoch = digest, previous } = activation
  const { noodrem = [], redenen, verklaringen, door } = activation
  const brakes = soort !== 'beleidsactivering' || epoch !== digest
  const record: LogRecord = {
    ...heading(call, soort, call.tijd),
    beleid: { id: 'beleid', versie: digest.slice(0, 19), digest },
    uitkomst: activated[soort],
    epoch,
    ...(previous && { vorigeEpoch: previous }),
    ...(brakes && { noodrem }),
    ...(redenen && { redenen }),
    ...(verklaringen && { verklaringen }),
  }
  return await write(audit, log, record, {
    epoch: previous,
    activeert: epoch,
    ...(door && { personal: sealedOperator(log, door) }),
  })
}

/** A step towards the release of the brake that changes nothing: proposed by one person, or refused. */
export async function recordReleaseStep(
  audit: Audit,
  call: Call,
  step: {
    readonly uitkomst: 'voorgesteld' | 'geweigerd'
    readonly log: LogName
    readonly noodrem: readonly string[]
    readonly redenen: readonly { readonly code: string }[]
    readonly verklaringen: readonly string[]
  },
): Promise<Receipt> {
  const { log, ...members } = step
  return await write(audit, log, { ...heading(call, 'noodrem-vrijgave', call.tijd), ...members })
}

function sealedOperator(log: LogName, door: string): Personal {
  return {
    log,
    logTermijn: caseLogTerm,
    subject: {},
    sealed: { medewerker: door },
    found: found('medewerker', ['beheer', door]),
  }
}

/** Ends a log for good, naming the origin that goes on. */
export async function recordClosing(
  audit: Audit,
  closing: { readonly call: Call; readonly log: LogName; readonly opvolger: string },
): Promise<Receipt> {
  const { call, log, opvolger } = closing
  return await write(
    audit,
    log,
    {
      ...heading(call, 'log-einde', call.tijd),
      uitkomst: 'beeindigd',
      opvolger,
    },
    { opvolger },
  )
}

export function heading(
  call: Call,
  soort: RecordKind,
  tijd: number,
): Pick<
  LogRecord,
  | 'v'
  | 'soort'
  | 'transactie'
  | 'tijd'
  | 'traceId'
  | 'programma'
  | 'spanId'
  | 'ouderSpanId'
  | 'verzoek'
> {
  const { traceId, spanId, ouderSpanId } = call.trace
  return {
    v: 1,
    soort,
    transactie: call.transactie,
    tijd,
    traceId,
    spanId,
    ...(ouderSpanId && { ouderSpanId }),
    programma,
    ...(call.verzoek && { verzoek: call.verzoek }),
  }
}

/** Which line of which file it is; of the decision to read a file, which file: the first of them began it. */
export function linePlace({
  levering,
  stap,
  verzoek,
  transactie,
}: PurposeRequest): Pick<LogRecord, 'levering' | 'regel'> {
  return levering ?? (stap === 'bestand' ? { levering: verzoek ?? transactie } : {})
}

/** Each later record of a call is a child action with a span of its own (LDV D3, D4). */
export function childSpan({ trace }: Call): Pick<LogRecord, 'spanId' | 'ouderSpanId'> {
  return { spanId: random(8).toString('hex'), ouderSpanId: trace.spanId }
}

export function arrangement(terms: ExchangeTerms): Partial<LogRecord> {
  return {
    uitwisseling: terms.uitwisseling,
    doel: terms.doel.id,
    grondslagen: terms.grondslagen.map(({ id }) => id),
    verstrekker: terms.verstrekker,
    ontvanger: terms.ontvanger,
    ...(terms.namens && { namens: terms.namens }),
    ...(terms.via.length > 0 && { via: terms.via }),
    verwerkingsactiviteit: terms.verwerkingsactiviteit,
    verantwoordelijke: terms.verantwoordelijke,
  }
}

/** Names that a source or a URL brought may be anything, also the number of a person. */
function nameOnly(name: string): string {
  return name
    .replace(/\d{8,}/g, '#')
    .replace(/[^\w.:/#@-]/g, '_')
    .slice(0, 64)
}

export function personal(
  { log, logTermijn }: ExchangeTerms,
  { betrokkene, object, buitenlands }: Subject,
): Pick<Personal, 'log' | 'logTermijn' | 'subject'> {
  return {
    log,
    logTermijn,
    subject: {
      ...(betrokkene && { betrokkene }),
      ...(object && { object }),
      ...(buitenlands && { buitenlands }),
    },
  }
}

export function foundSubjects(subject: Subject): Personal['found'] {
  return subjectValues(subject).flatMap(value => found('betrokkene', value))
}

export function found(
  kind: IndexKind,
  value: readonly string[] | undefined | '',
): Personal['found'] {
  return value ? [[kind, value]] : []
}

export async function write(
  audit: Audit,
  log: LogName,
  record: LogRecord,
  attached: Omit<Draft, 'record'> = {},
): Promise<Receipt> {
  return await audit.append(log, { record, ...attached })
}
