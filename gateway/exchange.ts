// What happens to one synchronous exchange? The nine steps of design §2, in their order.
import { SourceError } from './adapter.ts'
import type { Audit } from './audit/commit.ts'
import type { Earlier } from './audit/earlier.ts'
import type { Flood } from './audit/flood.ts'
import type { Sealer } from './audit/keys.ts'
import {
  recordAbort,
  recordDecision,
  recordDisclosure,
  recordSignal,
  recordSourceError,
} from './audit/record.ts'
import { EpochChanged } from './audit/writer.ts'
import { childTrace } from './call.ts'
import { carry, NotConnected, type Sources } from './delivery/carry.ts'
import type { Corrections } from './delivery/corrections.ts'
import type { Files } from './delivery/files.ts'
import type { Messages } from './delivery/messages.ts'
import type { Requests } from './delivery/requests.ts'
import { readBody } from './message/read.ts'
import { readSignature, type SignedMessage } from './message/signature.ts'
import { type Spent, spentOnce } from './message/spent.ts'
import { admit } from './peer/party.ts'
import type { Revocation } from './peer/revocation.ts'
import { type Advised, advise } from './policy/advise.ts'
import { braked } from './policy/brake.ts'
import { decide } from './policy/decide.ts'
import { uitlegMetArtikel } from './policy/explain.ts'
import { type FactsRoom, gatherFacts, type Signal } from './policy/facts.ts'
import { handedOver } from './policy/handed.ts'
import type { PolicySet } from './policy/law.ts'
import { askAgainAt } from './policy/limits.ts'
import { minimise } from './policy/minimise.ts'
import { validKeys } from './policy/party-keys.ts'
import { exchangeTerms, permit } from './policy/permit.ts'
import { nobody } from './policy/provider.ts'
import { arrangementFor, placeOf } from './policy/visible.ts'
import { Problem, type Slug } from './problem.ts'
import { readQuery } from './schema.ts'
import { isUnavailable } from './store.ts'
import type {
  Call,
  Decision,
  Identity,
  Oin,
  Party,
  Peer,
  PermittedExchange,
  Profile,
  PurposeRequest,
  Reason,
  Receipt,
  RequestBody,
} from './terms.ts'

/** What the procedure needs of the rooms; open.ts fills it. */
export interface Rooms {
  readonly clock: () => number
  readonly profile: Profile
  readonly policies: { current(): PolicySet; follow(): Promise<PolicySet> }
  readonly revocation: Revocation
  readonly spent: Spent
  readonly facts: FactsRoom
  readonly audit: Audit
  readonly flood: Flood
  readonly sources: Sources
  readonly requests: Requests
  readonly messages: Messages
  readonly corrections: Corrections
  /** What the log knows of who was given what. */
  readonly earlier: Earlier
  readonly files: Files
  /** Seals what waits in the database, under a key that is not in it. */
  readonly sealer: Sealer
  readonly alarm: (name: string, fields: Record<string, unknown>) => void
}

/** A `_zoek` call as the listener hands it over; its body is read only once the peer is admitted. */
export interface Incoming extends Call {
  readonly identity: Identity | Problem
  readonly uitwisseling: string
  readonly readBytes: () => Promise<Buffer>
  /** What a signature covers besides the body; absent when the request brings none. */
  readonly signed?: Omit<SignedMessage, 'body'>
  /** Aborts when the caller is gone or the process stops. */
  readonly signal: AbortSignal
}

/** An answer that may leave: its exact text, and what it was made under. */
export interface Reply {
  readonly text: string
  readonly permitted: PermittedExchange
}

/** @throws Problem: recorded already, or for the listener to hand to `refuse` before answering it */
export async function exchange(incoming: Incoming, rooms: Rooms): Promise<Reply> {
  const { call, rooms: once } = repeatable(incoming, rooms)
  return await underLaw(rooms, law => ask(call, law, once))
}

/** A call that a second law may judge too: its body is read once, and its signature spent once. */
export function repeatable<One extends Pick<Incoming, 'readBytes' | 'signed'>>(
  incoming: One,
  rooms: Rooms,
): { readonly call: One; readonly rooms: Rooms } {
  let bytes: Promise<Buffer> | undefined
  const readBytes = () => {
    bytes ??= incoming.readBytes()
    return bytes
  }
  const once = incoming.signed ? { ...rooms, spent: spentOnce(rooms.spent) } : rooms
  return { call: { ...incoming, readBytes }, rooms: once }
}

/** One set for the whole of `work`; when the law changed before anything was recorded, the new one decides. */
export async function underLaw<T>(
  { policies }: Pick<Rooms, 'policies'>,
  work: (law: PolicySet) => Promise<T>,
): Promise<T> {
  try {
    return await work(policies.current())
  } catch (error) {
    if (!(error instanceof EpochChanged)) throw error
    const law = await policies.follow().catch(outdated)
    return await work(law).catch(again => {
      if (again instanceof EpochChanged) outdated(again)
      throw again
    })
  }
}

async function ask(incoming: Incoming, law: PolicySet, rooms: Rooms): Promise<Reply> {
  const request = await understand(incoming, law, rooms)
  const known = await inTime(gatherFacts(rooms.facts, request, law))
  const decision = known.decide()
  const terms = exchangeTerms(request, law)
  const counted = known.hold(decision)
  const receipt = await recordDecision(
    rooms.audit,
    request,
    decision,
    terms,
    known.rows(decision),
  ).finally(counted)
  // Crash here: a decision without an end stands in the log; no source was touched (P2).
  if (decision.uitkomst === 'geweigerd') {
    await raise(known.signal(decision), { request, terms }, rooms)
    throw refusal(decision, receipt, law)
  }
  const permitted = permit(request, decision, receipt, terms)
  try {
    await raise(known.signal(decision), permitted, rooms)
    const asked = known.overtaken(decision)
    const overtaken = asked && inTime(asked)
    overtaken?.catch(() => {}) // awaited below, unless the source failed before
    const trace = childTrace(request.trace)
    const answer =
      handedOver(permitted, law, incoming.tijd) ??
      (await carry(rooms.sources, permitted, trace, incoming.signal))
    if (answer.resultaat === 'volgt') throw notNow()
    const release = minimise(answer, permitted, law, {
      now: rooms.clock(),
      profile: rooms.profile,
      sleutel: known.sleutel,
    })
    const late = await overtaken
    if (late) throw new Withdrawn(late)
    stillAllowed(permitted, incoming.signal, rooms)
    // Crash here: the source was asked, nothing left; the log reads "bron mogelijk bevraagd".
    const proof = await recordDisclosure(rooms.audit, permitted, release)
    // Crash here: the log over-reports a release that nobody received, never the reverse (P1).
    return { text: reply(proof.tekst, proof.receipt, proof.opening), permitted }
  } catch (error) {
    throw await ended(leftDuring(error, incoming.signal), permitted, rooms)
  }
}

/** Whether the party signed this request; a signature that is there and is wrong is never passed over. */
export async function signedBy(
  party: Party,
  { signed, tijd }: Pick<Incoming, 'signed' | 'tijd'>,
  body: Buffer,
  { spent }: Pick<Rooms, 'spent'>,
): Promise<boolean> {
  if (!signed) return false
  const tools = { now: tijd, keys: validKeys(party, 'ondertekenen', tijd), spent }
  return await inTime(readSignature({ ...signed, body }, party.oin, tools))
}

/** Steps 1 and 2: who asks, and what. */
export async function understand(
  incoming: Incoming,
  law: PolicySet,
  rooms: Rooms,
): Promise<PurposeRequest & { readonly peer: Peer }> {
  const { transactie, trace, tijd, uitwisseling, identity } = incoming
  if (identity instanceof Problem) throw identity
  const peer = admit(identity, law.partijen, rooms.revocation, tijd)
  const { terms } = arrangementFor(uitwisseling, peer.party, law)
  const bytes = await incoming.readBytes()
  const body = onlyParties(readBody(bytes, readQuery, rooms.profile, terms.persoonsvelden), law)
  const step = incoming.verzoek === undefined ? {} : { verzoek: incoming.verzoek }
  const request = { transactie, trace, tijd, uitwisseling, peer, body, ...step }
  if (!incoming.signed) return request
  const handtekening = await signedBy(peer.party, incoming, bytes, rooms)
  return handtekening ? { ...request, handtekening } : request
}

/** An OIN of nobody we know could be any number, also a person's. */
export function onlyParties<Body extends Pick<RequestBody, 'namens' | 'ontvanger'>>(
  body: Body,
  { partijen }: PolicySet,
): Body {
  const unknown = (oin: Oin | undefined) => oin !== undefined && !partijen.has(oin)
  const { namens, ontvanger } = body
  if (!unknown(namens) && !unknown(ontvanger)) return body
  return {
    ...body,
    ...(unknown(namens) && { namens: nobody }),
    ...(unknown(ontvanger) && { ontvanger: nobody }),
  }
}

/** Facts that come late are as good as none: no caller waits longer than for the log. */
const factsMs = 5_000

export async function inTime<T>(facts: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Problem('log-onbereikbaar', 'De opslag antwoordt nu niet.', { retryAfter: 5 }))
    }, factsMs)
  })
  try {
    return await Promise.race([facts, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The law changed once more, or what it is now cannot be read: what it would say is not known. */
export function outdated(cause: unknown): never {
  throw new Problem('overbelast', 'Het beleid is zojuist gewijzigd. Vraag opnieuw.', {
    cause,
    reden: 'beleid-gewijzigd',
    retryAfter: 1,
  })
}

/** Tells an officer: in the log, and, unless the party is confidential, by metric and alarm. */
export async function raise(
  signal: Signal | undefined,
  { request, terms }: Pick<PermittedExchange, 'request' | 'terms'>,
  rooms: Rooms,
): Promise<void> {
  if (!signal) return
  const { code, bij } = signal
  const { uitwisseling, ontvanger, namens = ontvanger } = terms
  if (terms.log === 'gewoon') rooms.alarm(code, { uitwisseling, ontvanger, namens, ...bij })
  await recordSignal(rooms.audit, request, terms, signal).catch(error => {
    signal.failed()
    throw error
  })
}

/** Who asks here waits for the answer: one that comes later is none. */
function notNow(): SourceError {
  return new SourceError('source-malformed', 'de bron antwoordt later op een vraag die nu geldt')
}

/** The permission ended, or the caller left, while the source was being asked. */
export class Withdrawn extends Error {
  override name = 'Withdrawn'
  readonly reden: string
  constructor(reden: string) {
    super(reden)
    this.reden = reden
  }
}

/** A question that was cut short because nobody waits for it says nothing about its source. */
function leftDuring(error: unknown, signal: AbortSignal): unknown {
  const cutShort = error instanceof SourceError && error.code === 'source-unavailable'
  return cutShort && signal.aborted ? new Withdrawn('verbinding-verbroken') : error
}

/** The same decision at the law and the brake of this very moment, just before its disclosure is recorded (P10). */
export function allowedNow({ vraag, feiten }: Decision, rooms: Rooms): PolicySet {
  const law = rooms.policies.current()
  const again = decide(vraag, { ...feiten, noodrem: braked(vraag, law) }, law, rooms.clock())
  if (again.uitkomst === 'geweigerd') throw new Withdrawn(again.redenen[0]?.code ?? 'geweigerd')
  return law
}

/** The law, the parties and the certificate of *this* moment decide again before anything leaves (P10). */
function stillAllowed(permitted: PermittedExchange, signal: AbortSignal, rooms: Rooms): void {
  if (signal.aborted) throw new Withdrawn('verbinding-verbroken')
  const law = allowedNow(permitted.decision, rooms)
  try {
    const { identity } = permitted.request.peer
    if (identity) admit(identity, law.partijen, rooms.revocation, rooms.clock())
  } catch (error) {
    throw error instanceof Problem ? new Withdrawn(error.reden) : error
  }
}

const sourceProblems = {
  'source-unavailable': ['bron-onbereikbaar', 'De bron antwoordt nu niet.', 30],
  'source-refused': ['bron-onbetrouwbaar', 'De bron weigerde de vraag.', undefined],
  'source-malformed': [
    'bron-onbetrouwbaar',
    'Het antwoord van de bron klopt niet met de afspraak. Er is niets verstrekt.',
    undefined,
  ],
} as const satisfies Record<SourceError['code'], [Slug, string, number | undefined]>

/**
 * Gives an allowed decision its one end, `bronfout` or `afgebroken` (design §2), and says what to answer.
 * After a disclosure whose commit is unknown nothing is written: the log alone knows which end it has.
 */
export async function ended(
  error: unknown,
  permitted: PermittedExchange,
  rooms: Rooms,
): Promise<Problem> {
  if (error instanceof Problem && error.slug === 'log-onbereikbaar') return recorded(error)
  try {
    if (error instanceof SourceError) {
      if (error.code === 'source-malformed') {
        const { uitwisseling, bron } = permitted.terms
        if (permitted.terms.log === 'gewoon') {
          rooms.alarm('bron-afwijking', { uitwisseling, bron, velden: error.drift.map(nameOnly) })
        }
      }
      await recordSourceError(rooms.audit, permitted, { code: error.code, drift: error.drift })
      const [slug, detail, retryAfter] = sourceProblems[error.code]
      return new Problem(slug, detail, {
        cause: error,
        recorded: true,
        reden: error.code,
        ...(retryAfter && { retryAfter }),
      })
    }
    if (error instanceof Problem) {
      await recordSourceError(rooms.audit, permitted, { code: error.reden, drift: [] })
      return error instanceof NotConnected
        ? notConnected(permitted.decision, rooms.policies.current())
        : recorded(error)
    }
    if (error instanceof Withdrawn || error instanceof EpochChanged) {
      const reden = error instanceof Withdrawn ? error.reden : 'beleid-gewijzigd'
      await recordAbort(rooms.audit, permitted, reden)
      return new Problem(
        'overbelast',
        'De toestemming veranderde terwijl de bron werd bevraagd. Er is niets verstrekt; vraag opnieuw.',
        { recorded: true, retryAfter: 1, reden },
      )
    }
    if (isUnavailable(error)) {
      await recordAbort(rooms.audit, permitted, 'opslag-onbereikbaar')
      return new Problem(
        'log-onbereikbaar',
        'De opslag antwoordt nu niet. Er is niets verstrekt.',
        {
          cause: error,
          recorded: true,
          retryAfter: 5,
        },
      )
    }
    await recordAbort(rooms.audit, permitted, 'interne-fout')
    return new Problem('intern', 'De gateway kon dit verzoek niet afmaken.', {
      cause: error,
      recorded: true,
    })
  } catch (failure) {
    return new Problem('log-onbereikbaar', 'Het logboek is nu niet beschikbaar.', {
      cause: failure,
      recorded: true,
      retryAfter: 5,
    })
  }
}

/** What a source calls a field may hold anything, also the number of a person. */
export function nameOnly(name: string): string {
  return /^[\w.:/@{}*()-]{1,64}$/.test(name) ? name.replace(/\d{6,}/g, '#') : '(onleesbaar)'
}

function recorded(error: Problem): Problem {
  const { members, retryAfter, reden, cause } = error
  return new Problem(error.slug, error.detail, {
    members,
    reden,
    cause,
    recorded: true,
    ...(retryAfter && { retryAfter }),
  })
}

/** Reasons as a caller reads them. */
export function reasonsTold(redenen: readonly Reason[], law: PolicySet, decision?: Advised) {
  return redenen.map(reason => ({
    code: reason.code,
    uitleg: uitlegMetArtikel(reason, law, decision?.beleid.id),
    advies: advise(reason, law, decision),
    ...(reason.veld && { veld: reason.veld }),
    ...(reason.grondslag && { grondslag: reason.grondslag }),
  }))
}

/** Whatever the law says of it, nobody can answer: beside the reasons that it gives, if any. */
export function notConnected(decision: Decision, law: PolicySet): NotConnected {
  const reasons: readonly Reason[] = [...decision.redenen, { code: NotConnected.code }]
  const redenen = reasonsTold(reasons, law, decision)
  return new NotConnected({ recorded: true, members: { redenen } })
}

/** A refusal by policy: its reasons in plain Dutch, and the proof that it was written down. */
export function refusal(decision: Decision, receipt: Receipt, law: PolicySet): Problem {
  const redenen = reasonsTold(decision.redenen, law, decision)
  const again = askAgainAt(decision.redenen, decision.tijd)
  const vervolg = elsewhere(decision)
  const slug = again === undefined ? 'geweigerd' : 'limiet-bereikt'
  return new Problem(slug, redenen.map(reden => reden.uitleg).join(' '), {
    recorded: true,
    ...(again !== undefined && { retryAfter: (again - decision.tijd) / 1_000 }),
    reden: redenen[0]?.code ?? 'geweigerd',
    members: {
      redenen,
      bewijs: { logregel: receipt.logregel, tlogProof: receipt.tlogProof() },
      ...(vervolg && { vervolg }),
    },
  })
}

/** By the pattern of an exchange: where what came along another road is taken in. */
const roads: Readonly<Record<string, string>> = {
  synchroon: '_zoek',
  asynchroon: 'verzoeken',
  signaal: 'leveringen',
  bulk: 'leveringen',
}

/** Where this may be asked or handed in, when that is what was wrong with it. */
function elsewhere({ redenen, vraag: { uitwisseling } }: Decision): string | undefined {
  const needsApproval = redenen.some(
    ({ code, bij }) => code === 'GOEDKEURING_VEREIST' && bij?.oorzaak === undefined,
  )
  const patroon = redenen.find(({ bij }) => bij?.patroon !== undefined)?.bij?.patroon
  if (patroon === 'notificatie') return '/v1/terugmeldingen'
  const road = needsApproval ? 'verzoeken' : roads[patroon ?? '']
  return road && `/v1/uitwisselingen/${uitwisseling}/${road}`
}

function proofOf({ logregel, tlogProof }: Receipt) {
  return { logregel, tlogProof: tlogProof() }
}

/** The imprinted text itself leaves, with its proof added: what was hashed is what is read. */
export function reply(tekst: string, receipt: Receipt, opening: string): string {
  const overige = receipt.overige?.map(proofOf)
  const bewijs = { ...proofOf(receipt), opening, ...(overige && { overige }) }
  return `${tekst.slice(0, -1)},"bewijs":${JSON.stringify(bewijs)}}`
}

/**
 * Writes down a call that never reached a decision, before it is answered (P4). Without a log there
 * is no answer but 503.
 */
export async function refuse(
  problem: Problem,
  call: Call & { identity?: Identity | Problem; uitwisseling?: string },
  rooms: Rooms,
): Promise<Problem> {
  if (problem.recorded || problem.slug === 'log-onbereikbaar') return problem
  const oin = call.identity instanceof Problem ? undefined : call.identity?.oin
  try {
    await rooms.flood.record({
      call: { transactie: call.transactie, trace: call.trace, tijd: call.tijd },
      ...placeOf(rooms.policies.current(), oin, call.uitwisseling),
      redenen: [problem.reden],
      ...(oin !== undefined && { partij: oin }),
    })
    return problem
  } catch (error) {
    return new Problem('log-onbereikbaar', 'Het logboek is nu niet beschikbaar.', {
      cause: error,
      retryAfter: 5,
    })
  }
}
