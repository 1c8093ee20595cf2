// What is the next thing to do for an accepted request? The later steps of an exchange, each under the law of its moment.
import {
  type OutboundRequest,
  type SourceAnswer,
  SourceError,
  type SourceLater,
} from './adapter.ts'
import {
  recordAbort,
  recordDecision,
  recordDisclosure,
  recordSourceError,
  recordUndelivered,
} from './audit/record.ts'
import { recordStep, type StepKind } from './audit/record-request.ts'
import { EpochChanged } from './audit/writer.ts'
import { childTrace } from './call.ts'
import type { Breaker } from './delivery/breaker.ts'
import { carry, handOver } from './delivery/carry.ts'
import { postAnswer, postNotification } from './delivery/post.ts'
import { type Change, type Claimed, type KeptRequest, stepRow } from './delivery/requests.ts'
import { nextAttempt } from './delivery/retry.ts'
import { sealAnswer } from './delivery/seal.ts'
import { type Rooms, reply, Withdrawn } from './exchange.ts'
import {
  askedAgain,
  decideAgain,
  type Judged,
  nextMoment,
  ownCall,
  queueOf,
  type Sealed,
  unsealed,
} from './kept.ts'
import { braked } from './policy/brake.ts'
import { waitsUntil } from './policy/deadlines.ts'
import { decide } from './policy/decide.ts'
import { handedOver } from './policy/handed.ts'
import type { PolicySet } from './policy/law.ts'
import { minimise } from './policy/minimise.ts'
import { validKeys } from './policy/party-keys.ts'
import { exchangeTerms, permit } from './policy/permit.ts'
import { Problem } from './problem.ts'
import { isUnavailable } from './store.ts'
import type {
  Call,
  ExchangeTerms,
  Moment,
  Oin,
  PartyKey,
  PermittedExchange,
  PurposeRequest,
  RequestState,
} from './terms.ts'

/** What a worker needs besides the rooms. */
export interface WorkRooms extends Rooms {
  /** Of the operator, as the source of notifications. */
  readonly oin: Oin
  readonly outbound: OutboundRequest
  readonly breaker: Breaker
  /** Of [0, 1): when to try again is drawn, so that partners that come back are not met by everybody at once. */
  readonly random: () => number
}

/** More than any request needs in a row: after this the doorbell must ring again. */
const maxSteps = 8
/** A partner that is left alone is looked at again so soon. */
const restMs = 5_000
/** A partner that does not want to hear of it is told for so long, and so often. */
const tellingMs = 86_400_000
const tellAgainMs = 60_000

/** Does everything that is due now. Ordinary failures set the next moment in its row; only a broken house throws. */
export async function resume(
  verzoek: string,
  rooms: WorkRooms,
  signal: AbortSignal,
): Promise<void> {
  for (let steps = 0; steps < maxSteps && !signal.aborted; steps++) {
    const law = rooms.policies.current()
    const row = await rooms.requests.claim(verzoek, rooms.clock(), law.epoch)
    if (!row) return
    await advance({ row, law, rooms, signal })
  }
}

interface Work {
  readonly row: Claimed
  /** One set for the whole step. */
  readonly law: PolicySet
  readonly rooms: WorkRooms
  readonly signal: AbortSignal
}

interface Task {
  readonly applies: (row: KeptRequest, law: PolicySet, now: Moment) => boolean
  readonly run: (work: Work) => Promise<unknown>
}

const open: readonly RequestState[] = ['wacht-op-goedkeuring', 'aanvaard', 'in-behandeling']
const working: readonly RequestState[] = ['aanvaard', 'in-behandeling']
const told: readonly RequestState[] = ['gereed', 'geweigerd', 'verlopen', 'mislukt']

const due = ({ vanaf }: KeptRequest, now: Moment) => vanaf !== null && vanaf <= now
const isReminder = (row: KeptRequest, law: PolicySet, now: Moment) =>
  open.includes(row.staat) && nextMoment(row, law) <= now
const addressOf = ({ partij }: KeptRequest, { partijen }: PolicySet) =>
  partijen.get(partij)?.postadres
const untold = (row: KeptRequest, law: PolicySet) =>
  row.gemeld !== row.staat &&
  (told.includes(row.staat) || row.gemeld === 'herinnering') &&
  addressOf(row, law)?.meldingen !== undefined

/** The first that applies is done; then the row is looked at again. */
const tasks: readonly Task[] = [
  {
    applies: ({ staat, uiterlijk }, _law, now) => open.includes(staat) && uiterlijk <= now,
    run: work => end(work, 'verlopen', 'TERMIJN_VERSTREKEN'),
  },
  {
    applies: ({ staat, bewarenTot }, _law, now) => staat === 'gereed' && (bewarenTot ?? 0) <= now,
    run: work => end(work, 'verlopen', 'NIET_OPGEHAALD'),
  },
  {
    applies: (row, _law, now) => row.verzegeld !== null && purgedAt(row) <= now,
    run: work => note(work, 'einde', 'gewist', { vanaf: work.row.vanaf, purged: true }),
  },
  { applies: isReminder, run: remind },
  {
    applies: (row, _law, now) => working.includes(row.staat) && due(row, now),
    run: release,
  },
  {
    applies: (row, law) => row.verzegeld !== null && row.epoch !== law.epoch,
    run: judge,
  },
  { applies: untold, run: tell },
  {
    applies: (row, law, now) =>
      row.staat === 'gereed' && due(row, now) && addressOf(row, law)?.antwoorden !== undefined,
    run: bring,
  },
  {
    applies: () => true,
    run: ({ row, law, rooms }) => rooms.requests.change(row, { vanaf: rest(row, law) }),
  },
]

async function advance(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const now = rooms.clock()
  try {
    await tasks.find(({ applies }) => applies(row, law, now))?.run(work)
  } catch (error) {
    if (!(error instanceof EpochChanged)) throw error
    // Nothing was recorded: the law that is in force since decides.
    await rooms.policies.follow()
    await rooms.requests.change(row, { vanaf: now })
  }
}

/** When what waits is gone although nobody confirmed it. */
function purgedAt({ staat, bewarenTot, uiterlijk }: KeptRequest): Moment {
  if (staat === 'opgehaald') return bewarenTot ?? 0
  return staat === 'mislukt' ? uiterlijk : Number.POSITIVE_INFINITY
}

/** When it must be looked at again, if nothing happens before. */
function rest(row: KeptRequest, law: PolicySet): Moment | null {
  if (open.includes(row.staat)) return nextMoment(row, law)
  if (row.verzegeld === null) return null
  return row.staat === 'gereed' ? (row.bewarenTot ?? null) : purgedAt(row)
}

/** The request as this moment asks it again; undefined when its exchange is no more. */
function reopen({
  row,
  law,
  rooms,
}: Work): { request: PurposeRequest; sealed: Sealed } | undefined {
  if (!law.uitwisselingen.has(row.uitwisseling)) return undefined
  const sealed = unsealed(row, rooms)
  const call = ownCall(row, sealed.trace, rooms.clock())
  return { request: askedAgain(row, sealed, call, law), sealed }
}

/** Refused is an end: recorded, purged, and its asker is told. */
async function refused(work: Work, request: PurposeRequest, judged: Judged): Promise<void> {
  const { row, rooms } = work
  const { decision, terms } = judged
  const reden = decision.redenen[0]?.code ?? 'NIET_VERSTREKT'
  const change: Change = { staat: 'geweigerd', vanaf: rooms.clock(), reden, purged: true }
  const rijen = [stepRow(row, request.transactie, change)]
  await recordDecision(rooms.audit, request, decision, terms, rijen)
}

/** The law changed while it waited: may it still? Nothing leaves, so only a no is recorded. */
async function judge(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const again = reopen(work)
  if (!again) return await end(work, 'geweigerd', 'DOEL_ONBEKEND')
  const judged = await decideAgain(row, again.request, law, rooms)
  const waits =
    row.staat === 'wacht-op-goedkeuring' &&
    judged.decision.redenen.every(({ code }) => code === 'GOEDKEURING_VEREIST')
  if (judged.decision.uitkomst === 'toegestaan' || waits) {
    await rooms.requests.change(row, { vanaf: row.vanaf ?? rest(row, law), epoch: law.epoch })
    return
  }
  await refused(work, again.request, judged)
}

/** One attempt: a decision of its own, and its one end. */
async function release(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const again = reopen(work)
  if (!again) return await end(work, 'geweigerd', 'DOEL_ONBEKEND')
  const { request } = again
  const judged = await decideAgain(row, request, law, rooms)
  const { decision, terms } = judged
  if (decision.uitkomst === 'geweigerd') return await refused(work, request, judged)
  const partner = partnerOf(terms, law)
  if (!rooms.breaker.allows(partner, request.tijd)) return await leaveAlone(work, partner)
  const pogingen = row.pogingen + 1
  const receipt = await recordDecision(rooms.audit, request, decision, terms, [
    stepRow(row, request.transactie, {
      ...{ staat: 'in-behandeling', vanaf: request.tijd, epoch: law.epoch },
      ...{ pogingen, held: true },
    }),
  ])
  // Crash here: a decision without an end; the lease runs out and the next attempt counts one more.
  const permitted = permit(request, decision, receipt, terms)
  const held = await rooms.requests.hold(row, request.transactie)
  if (!held) {
    await recordAbort(rooms.audit, permitted, 'overgenomen')
    return
  }
  const attempt: Attempt = { ...work, row: held, permitted, judged, partner }
  try {
    await (law.uitwisselingen.get(row.uitwisseling)?.vorm ? deliver : ask)(attempt)
    rooms.breaker.succeeded(partner)
  } catch (error) {
    await failed(attempt, error)
  }
}

interface Attempt extends Work {
  readonly permitted: PermittedExchange
  readonly judged: Judged
  readonly partner: Oin
}

/** It failed too often just now: nobody is asked, and no attempt is counted. */
async function leaveAlone({ row, rooms }: Work, partner: Oin): Promise<void> {
  const now = rooms.clock()
  const until = Math.max(rooms.breaker.until(partner) ?? 0, now + restMs)
  await rooms.requests.change(row, { vanaf: until + Math.floor(rooms.random() * restMs) })
}

/** Undefined: not by itself any more, a dead letter. */
function tryAgainAt(
  { clock, random }: WorkRooms,
  attempts: number,
  retryAfter?: number,
): Moment | undefined {
  const wait = nextAttempt(attempts, random(), retryAfter)
  return wait === undefined ? undefined : clock() + wait
}

/** Whose server is called: the source's, or that of the receiver of a delivery. */
function partnerOf({ uitwisseling, verstrekker, ontvanger }: ExchangeTerms, law: PolicySet): Oin {
  return law.uitwisselingen.get(uitwisseling)?.vorm ? ontvanger : verstrekker
}

/** bevraging: the source answers, now or later, and the answer waits sealed for its asker. */
async function ask(attempt: Attempt): Promise<void> {
  const { row, law, rooms, signal, permitted } = attempt
  const { request } = permitted
  const kenmerk = row.kenmerk
    ? rooms.sealer.open(row.log, [row.verzoek, 'kenmerk'], row.kenmerk)
    : undefined
  const keys = receiverKeys(attempt)
  const answer = await carry(rooms.sources, permitted, childTrace(request.trace), signal, kenmerk)
  if (answer.resultaat === 'volgt') return await postponed(attempt, answer)
  const text = await disclosed(attempt, answer)
  // Crash here: the log says that more left than did; the lease runs out and it is asked again.
  const antwoord = await sealAnswer(text, keys)
  const now = rooms.clock()
  const arrangement = law.uitwisselingen.get(row.uitwisseling)
  if (!arrangement) throw new Error('an exchange vanished within one law')
  const kept = await rooms.requests.change(row, {
    ...{ staat: 'gereed', vanaf: now, antwoord, epoch: law.epoch },
    bewarenTot: waitsUntil(arrangement, now),
    wachtrij: queueOf(row.log, row.partij),
  })
  if (!kept) await recordUndelivered(rooms.audit, permitted, 'verzoek-veranderd')
}

/** levering: what the provider handed over goes to its receiver, who says that it has it. */
async function deliver(attempt: Attempt): Promise<void> {
  const { row, law, rooms, signal, permitted } = attempt
  const { request, terms } = permitted
  const sleutels = receiverKeys(attempt)
  const answer = handedOver(permitted, law, request.tijd)
  if (!answer) throw new Error('a delivery without anything handed over')
  const tekst = await disclosed(attempt, answer)
  try {
    await holdOn(attempt)
    // Crash here: it may be there or not; the next attempt brings it again under the same delivery id.
    const { bewijs } = await handOver(
      rooms.sources,
      {
        ...{ permitted, tekst, sleutels, aflevering: row.aflevering },
        trace: childTrace(request.trace),
      },
      signal,
    )
    await recordStep(rooms.audit, request, {
      ...{ soort: 'ontvangst', uitkomst: 'ontvangen', log: row.log, terms },
      ...{ uitwisseling: row.uitwisseling, ontvanger: terms.ontvanger, ontvangstbewijs: bewijs },
      rijen: [
        stepRow(row, request.transactie, {
          staat: 'afgeleverd',
          vanaf: rooms.clock(),
          purged: true,
        }),
      ],
    })
  } catch (error) {
    throw new Undelivered(error)
  }
}

/** It was recorded as given, and did not arrive as far as we know. */
class Undelivered extends Error {
  override name = 'Undelivered'
  constructor(cause: unknown) {
    super('recorded and not delivered', { cause })
  }
}

/** Minimised, allowed at this very moment, and recorded: the text that may leave. */
async function disclosed(attempt: Attempt, answer: SourceAnswer): Promise<string> {
  const { law, rooms, permitted, judged } = attempt
  const release = minimise(answer, permitted, law, {
    now: rooms.clock(),
    profile: rooms.profile,
    sleutel: judged.known.sleutel,
  })
  stillAllowed(attempt)
  await holdOn(attempt)
  const { tekst, receipt, opening } = await recordDisclosure(rooms.audit, permitted, release)
  return reply(tekst, receipt, opening)
}

/** Which key it will be sealed for is known before anybody is asked. */
function receiverKeys({ law, permitted, rooms }: Attempt): readonly PartyKey[] {
  const receiver = law.partijen.get(permitted.terms.ontvanger)
  const keys = receiver ? validKeys(receiver, 'versleutelen', rooms.clock()) : []
  if (keys.length > 0) return keys
  throw new Problem('strijdig', 'De ontvanger heeft geen geldige sleutel.', {
    reden: 'sleutel-ontbreekt',
  })
}

/** The decision of this attempt is repeated at the law and the brake of now, just before the record. */
function stillAllowed({ permitted, rooms }: Attempt): void {
  const { vraag, feiten } = permitted.decision
  const law = rooms.policies.current()
  const again = decide(vraag, { ...feiten, noodrem: braked(vraag, law) }, law, rooms.clock())
  if (again.uitkomst === 'geweigerd') throw new Withdrawn(again.redenen[0]?.code ?? 'geweigerd')
}

/** Nobody took it over, and nobody withdrew it. */
async function holdOn({ row, rooms, permitted }: Attempt): Promise<void> {
  const held = await rooms.requests.hold(row, permitted.request.transactie)
  if (held?.stand !== row.stand) throw new Withdrawn('overgenomen')
}

/** The source keeps the question and answers later: that is no failure. */
async function postponed(
  { row, law, rooms, permitted }: Attempt,
  { kenmerk, opnieuwNa }: SourceLater,
): Promise<void> {
  const { request, terms } = permitted
  if (!/^[\x20-\x7e]{1,200}$/.test(kenmerk) || !(opnieuwNa > 0)) {
    throw new SourceError('source-malformed', 'het kenmerk van de bron klopt niet')
  }
  const now = rooms.clock()
  const again = now + Math.max(1, Math.min(opnieuwNa, longestWaitSeconds)) * 1_000
  await recordStep(rooms.audit, request, {
    ...{ soort: 'uitgesteld', uitkomst: 'uitgesteld', log: row.log, terms },
    ...{ uitwisseling: row.uitwisseling, ontvanger: terms.ontvanger },
    rijen: [
      stepRow(row, request.transactie, {
        vanaf: Math.min(again, nextMoment(row, law)),
        kenmerk: rooms.sealer.seal(row.log, [row.verzoek, 'kenmerk'], kenmerk),
        pogingen: 0,
      }),
    ],
  })
}

/** What a source calls "later" is at most a day. */
const longestWaitSeconds = 86_400

/** Gives the attempt its end, and the request its next moment, or its dead letter. */
async function failed(attempt: Attempt, thrown: unknown): Promise<void> {
  const { row, rooms, permitted, partner } = attempt
  const error = thrown instanceof Undelivered ? thrown.cause : thrown
  const now = rooms.clock()
  if (isUnavailable(error) || (error instanceof Problem && error.slug === 'log-onbereikbaar')) {
    throw error // without a log nothing can be said: the lease runs out
  }
  if (error instanceof Withdrawn || error instanceof EpochChanged) {
    const reden = error instanceof Withdrawn ? error.reden : 'beleid-gewijzigd'
    await (thrown instanceof Undelivered ? recordUndelivered : recordAbort)(
      rooms.audit,
      permitted,
      reden,
      [stepRow(row, permitted.request.transactie, { vanaf: now, pogingen: row.pogingen - 1 })],
    )
    if (error instanceof EpochChanged) await rooms.policies.follow()
    return
  }
  const { code, drift, retryAfter } = failureOf(error)
  rooms.breaker.failed(partner, now)
  if (code !== 'source-unavailable' && row.log === 'gewoon') {
    rooms.alarm('bezorging-mislukt', { uitwisseling: row.uitwisseling, partner, code })
  }
  const next = tryAgainAt(rooms, row.pogingen, retryAfter)
  const change: Change =
    next === undefined
      ? { staat: 'mislukt', vanaf: now, reden: code }
      : { vanaf: Math.min(next, nextMoment(row, attempt.law)) }
  if (next === undefined && row.log === 'gewoon') {
    rooms.alarm('verzoek-mislukt', {
      uitwisseling: row.uitwisseling,
      partner,
      verzoek: row.verzoek,
    })
  }
  const rijen = [stepRow(row, permitted.request.transactie, change)]
  await (thrown instanceof Undelivered
    ? recordUndelivered(rooms.audit, permitted, code, rijen)
    : recordSourceError(rooms.audit, permitted, { code, drift }, rijen))
}

function failureOf(error: unknown): {
  code: string
  drift: readonly string[]
  retryAfter: number | undefined
} {
  if (error instanceof SourceError) return error
  if (error instanceof Problem) {
    return { code: error.reden, drift: [], retryAfter: error.retryAfter }
  }
  return { code: 'interne-fout', drift: [], retryAfter: undefined }
}

/** gereed, with a registered address: brought there, each time as the law of that moment allows (P10). */
async function bring(work: Work): Promise<void> {
  const { row, law, rooms, signal } = work
  const again = reopen(work)
  const url = addressOf(row, law)?.antwoorden
  if (!again || url === undefined || row.antwoord === null) {
    return await end(work, 'geweigerd', 'DOEL_ONBEKEND')
  }
  const { request } = again
  const waits = { vanaf: rest(row, law) }
  const judged = await decideAgain(row, request, law, rooms)
  const { decision, terms } = judged
  if (decision.uitkomst === 'geweigerd') return await refused(work, request, judged)
  if (!rooms.breaker.allows(row.partij, request.tijd)) return await leaveAlone(work, row.partij)
  const pogingen = row.pogingen + 1
  await recordStep(rooms.audit, request, {
    ...{ soort: 'ophaling', uitkomst: 'verzonden', log: row.log, terms, epoch: decision.epoch },
    ...{ uitwisseling: row.uitwisseling, ontvanger: row.partij },
    rijen: [stepRow(row, request.transactie, { vanaf: request.tijd, pogingen, held: true })],
  })
  const held = await rooms.requests.hold(row, request.transactie)
  if (!held) return
  // Crash here: the log says that more left than did; it is brought again under the same delivery id.
  try {
    const { verzoek, aflevering, antwoord: jwe } = row
    await postAnswer(rooms.outbound, { url, oin: row.partij, signal }, { verzoek, aflevering, jwe })
    rooms.breaker.succeeded(row.partij)
  } catch (error) {
    rooms.breaker.failed(row.partij, request.tijd)
    if (
      row.log === 'gewoon' &&
      !(error instanceof SourceError && error.code === 'source-unavailable')
    ) {
      rooms.alarm('bezorging-mislukt', { uitwisseling: row.uitwisseling, partner: row.partij })
    }
    const next = tryAgainAt(rooms, pogingen, failureOf(error).retryAfter)
    // Given up here it still waits to be picked up.
    await rooms.requests.change(
      held,
      next === undefined ? waits : { vanaf: Math.min(next, waits.vanaf ?? next) },
    )
    return
  }
  await recordStep(rooms.audit, request, {
    ...{ soort: 'ontvangst', uitkomst: 'ontvangen', log: row.log, terms },
    ...{ uitwisseling: row.uitwisseling, ontvanger: row.partij },
    rijen: [
      stepRow(held, request.transactie, {
        staat: 'afgeleverd',
        vanaf: rooms.clock(),
        purged: true,
      }),
    ],
  })
}

/** It lasts: its asker hears so, and the log holds that it did. */
async function remind(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const herinnerd = row.herinnerd + 1
  if (row.log === 'gewoon') {
    rooms.alarm('verzoek-wacht-lang', { uitwisseling: row.uitwisseling, staat: row.staat })
  }
  const vanaf = row.staat === 'wacht-op-goedkeuring' ? nextMoment(row, law, herinnerd) : row.vanaf
  await note(work, 'herinnering', 'herinnerd', { herinnerd, vanaf })
}

/** Word to the address that the asker registered; the state can always be asked. */
async function tell({ row, law, rooms, signal }: Work): Promise<void> {
  const url = addressOf(row, law)?.meldingen
  const now = rooms.clock()
  if (url === undefined) return
  let gemeld: string | undefined = row.staat
  const soort = row.gemeld === 'herinnering' && open.includes(row.staat) ? row.gemeld : row.staat
  try {
    await postNotification(
      rooms.outbound,
      { url, oin: row.partij, signal },
      {
        id: `${row.verzoek}-${soort}-${row.herinnerd}`,
        oin: rooms.oin,
        soort,
        time: new Date(row.gewijzigd).toISOString(),
        verzoek: row.verzoek,
      },
    )
  } catch {
    if (now < row.gewijzigd + tellingMs) gemeld = undefined
  }
  const push = row.staat === 'gereed' && addressOf(row, law)?.antwoorden !== undefined
  const vanaf = push ? now : rest(row, law)
  await rooms.requests.change(row, gemeld ? { vanaf, gemeld } : { vanaf: now + tellAgainMs })
}

/** An end that no decision gives: recorded, purged, and its asker is told. */
async function end(
  work: Work,
  staat: RequestState & ('verlopen' | 'geweigerd'),
  reden: string,
): Promise<void> {
  const change: Change = { staat, vanaf: work.rooms.clock(), reden, purged: true }
  await note(work, 'einde', staat, change, [{ code: reden }])
}

async function note(
  work: Work,
  soort: StepKind,
  uitkomst: string,
  change: Change,
  redenen?: readonly { readonly code: string }[],
): Promise<void> {
  const { row, rooms } = work
  const again = row.verzegeld === null ? undefined : reopen(work)
  const call: Call = again?.request ?? ownCall(row, undefined, rooms.clock())
  await recordStep(rooms.audit, call, {
    ...{ soort, uitkomst, log: row.log, uitwisseling: row.uitwisseling, ontvanger: row.partij },
    ...(again && { terms: exchangeTerms(again.request, work.law) }),
    ...(redenen && { redenen }),
    rijen: [stepRow(row, call.transactie, change)],
  })
}
