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
import {
  type Change,
  type Claimed,
  type KeptRequest,
  stepRow,
  undecided,
} from './delivery/requests.ts'
import { mostAttempts, nextAttempt } from './delivery/retry.ts'
import { sealAnswer } from './delivery/seal.ts'
import { type Rooms, reply, Withdrawn } from './exchange.ts'
import {
  askedAgain,
  decideAgain,
  type Judged,
  needsApprovalOnly,
  nextMoment,
  over,
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
  // A step towards another partner waits for its own bell: one that is slow keeps nobody else waiting.
  let wachtrij: string | undefined
  for (let steps = 0; steps < maxSteps && !signal.aborted; steps++) {
    const law = rooms.policies.current()
    const at = { now: rooms.clock(), epoch: law.epoch, wachtrij }
    const row = await rooms.requests.claim(verzoek, at)
    if (!row) return
    wachtrij = row.wachtrij
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
  /** From when it must be done; undefined = not at all. */
  readonly due: (row: KeptRequest, law: PolicySet) => Moment | undefined
  readonly run: (work: Work) => Promise<unknown>
}

const open: readonly RequestState[] = ['wacht-op-goedkeuring', 'aanvaard', 'in-behandeling']
const working: readonly RequestState[] = ['aanvaard', 'in-behandeling']
const told: readonly RequestState[] = ['gereed', 'geweigerd', 'verlopen', 'mislukt']

const addressOf = ({ partij }: KeptRequest, { partijen }: PolicySet) =>
  partijen.get(partij)?.postadres
const isUntold = (row: KeptRequest, law: PolicySet) =>
  row.gemeld !== row.staat &&
  (told.includes(row.staat) || row.gemeld === 'herinnering') &&
  addressOf(row, law)?.meldingen !== undefined
const isBrought = (row: KeptRequest, law: PolicySet) =>
  row.staat === 'gereed' && addressOf(row, law)?.antwoorden !== undefined
const at = (when: boolean, moment: Moment | null) => (when ? (moment ?? 0) : undefined)

/** The first that is due is done; then the row is looked at again. */
const tasks: readonly Task[] = [
  {
    due: ({ staat, uiterlijk }) => at(open.includes(staat), uiterlijk),
    run: work => end(work, 'verlopen', 'TERMIJN_VERSTREKEN'),
  },
  {
    due: ({ staat, bewarenTot }) => at(staat === 'gereed', bewarenTot),
    run: work => end(work, 'verlopen', 'NIET_OPGEHAALD'),
  },
  {
    // Nobody confirmed it, or replayed it: it is gone all the same.
    due: ({ staat, verzegeld, bewarenTot, uiterlijk }) =>
      at(staat === 'opgehaald' && verzegeld !== null, bewarenTot) ??
      at(staat === 'mislukt' && verzegeld !== null, uiterlijk),
    run: work =>
      note(work, 'einde', { uitkomst: 'gewist' }, { vanaf: work.rooms.clock(), purged: true }),
  },
  { due: (row, law) => at(open.includes(row.staat), nextMoment(row, law)), run: remind },
  {
    due: ({ staat, pogingen, opnieuw }) =>
      at(working.includes(staat) && pogingen >= mostAttempts, opnieuw),
    run: giveUp,
  },
  { due: ({ staat, opnieuw }) => at(working.includes(staat), opnieuw), run: release },
  {
    due: ({ staat, verzegeld, epoch }, law) =>
      at(undecided.includes(staat) && verzegeld !== null && epoch !== law.epoch, 0),
    run: judge,
  },
  { due: (row, law) => at(isUntold(row, law), row.melden), run: tell },
  { due: (row, law) => at(isBrought(row, law), row.opnieuw), run: bring },
]

async function advance(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const now = rooms.clock()
  const task = tasks.find(({ due }) => (due(row, law) ?? Number.POSITIVE_INFINITY) <= now)
  if (!task) {
    await rooms.requests.change(row, { vanaf: nextDue(row, law) })
    return
  }
  try {
    await task.run(work)
  } catch (error) {
    if (!(error instanceof EpochChanged)) throw error
    // Nothing was recorded: the law that is in force since decides.
    await rooms.policies.follow()
    await rooms.requests.change(row, { vanaf: now })
  }
}

/** When there is something to do for it; null: never again by itself. */
function nextDue(row: KeptRequest, law: PolicySet): Moment | null {
  const next = Math.min(...tasks.map(({ due }) => due(row, law) ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(next) ? next : null
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
  const change: Change = { ...over(row, 'geweigerd', reden), vanaf: rooms.clock() }
  const rijen = [stepRow(row, request.transactie, change)]
  await recordDecision(rooms.audit, request, decision, terms, rijen)
}

/** The law changed while it waited: may it still? Nothing leaves, so only a no is recorded. */
async function judge(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const again = reopen(work)
  if (!again) return await end(work, 'geweigerd', 'DOEL_ONBEKEND')
  const judged = await decideAgain(row, again.request, law, rooms)
  const waits = row.staat === 'wacht-op-goedkeuring' && needsApprovalOnly(judged.decision)
  if (judged.decision.uitkomst === 'toegestaan' || waits) {
    await rooms.requests.change(row, { vanaf: rooms.clock(), epoch: law.epoch })
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
      ...{ pogingen, opnieuw: tryAgainAt(rooms, pogingen), held: true },
    }),
  ])
  // Crash here: a decision without an end; the lease runs out and it is tried again as after a failure.
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
  const opnieuw = until + Math.floor(rooms.random() * restMs)
  await rooms.requests.change(row, { vanaf: now, opnieuw })
}

/** After the last attempt it is given up at once. */
function tryAgainAt({ clock, random }: WorkRooms, attempts: number, retryAfter?: number): Moment {
  return clock() + (nextAttempt(attempts, random(), retryAfter) ?? 0)
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
  const arrangement = law.uitwisselingen.get(row.uitwisseling)
  if (!arrangement) throw new Error('an exchange vanished within one law')
  const text = await disclosed(attempt, answer)
  // Crash here: the log says that more left than did; the lease runs out and it is asked again.
  try {
    const antwoord = await sealAnswer(text, keys)
    const now = rooms.clock()
    const ready = {
      staat: 'gereed',
      opnieuw: now,
      bewarenTot: waitsUntil(arrangement, now),
    } as const
    const kept = await rooms.requests.change(row, {
      ...{ ...ready, gewijzigd: now, pogingen: 0, antwoord },
      vanaf: nextDue({ ...row, ...ready }, law),
      wachtrij: queueOf(row.log, row.partij),
    })
    if (!kept) throw new Withdrawn('overgenomen')
  } catch (error) {
    throw new Undelivered(error)
  }
}

/** levering: what the provider handed over goes to its receiver, who says that it has it. */
async function deliver(attempt: Attempt): Promise<void> {
  const { row, law, rooms, signal, permitted } = attempt
  const { request, terms } = permitted
  const sleutels = [...receiverKeys(attempt), ...signingKeys(attempt)]
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
      rijen: [stepRow(row, request.transactie, arrived(row, law))],
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

/** What the receipt of a delivery is verified with. */
function signingKeys({ law, permitted, rooms }: Attempt): readonly PartyKey[] {
  const receiver = law.partijen.get(permitted.terms.ontvanger)
  return receiver ? validKeys(receiver, 'ondertekenen', rooms.clock()) : []
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
  { row, rooms, permitted }: Attempt,
  { kenmerk, opnieuwNa }: SourceLater,
): Promise<void> {
  const { request, terms } = permitted
  if (!/^[\x20-\x7e]{1,200}$/.test(kenmerk) || !(opnieuwNa > 0)) {
    throw new SourceError('source-malformed', 'het kenmerk van de bron klopt niet')
  }
  const now = rooms.clock()
  const opnieuw = now + Math.ceil(Math.max(1, Math.min(opnieuwNa, longestWaitSeconds)) * 1_000)
  await recordStep(rooms.audit, request, {
    ...{ soort: 'uitgesteld', uitkomst: 'uitgesteld', log: row.log, terms },
    ...{ uitwisseling: row.uitwisseling, ontvanger: terms.ontvanger },
    rijen: [
      stepRow(row, request.transactie, {
        vanaf: now,
        opnieuw,
        kenmerk: rooms.sealer.seal(row.log, [row.verzoek, 'kenmerk'], kenmerk),
        pogingen: 0,
      }),
    ],
  })
}

/** What a source calls "later" is at most a day. */
const longestWaitSeconds = 86_400

/** Gives the attempt its end, and says when the next may begin. */
async function failed(attempt: Attempt, thrown: unknown): Promise<void> {
  const { row, rooms, permitted, partner, signal } = attempt
  const error = thrown instanceof Undelivered ? thrown.cause : thrown
  const now = rooms.clock()
  if (isUnavailable(error) || (error instanceof Problem && error.slug === 'log-onbereikbaar')) {
    throw error // without a log nothing can be said: the lease runs out
  }
  const { code, drift, retryAfter } = failureOf(error)
  const cut =
    cutShort(error) ?? (signal.aborted && code === 'source-unavailable' ? 'gestopt' : undefined)
  if (cut === undefined) {
    countFailure(rooms, partner, code)
    sound(attempt, 'bezorging-mislukt', { partner, code })
  }
  const change: Change =
    cut === undefined
      ? { vanaf: now, opnieuw: tryAgainAt(rooms, row.pogingen, retryAfter), reden: code }
      : { vanaf: now, opnieuw: now, pogingen: row.pogingen - 1 }
  const rijen = [stepRow(row, permitted.request.transactie, change)]
  if (thrown instanceof Undelivered) {
    await recordUndelivered(rooms.audit, permitted, cut ?? code, rijen)
  } else if (cut === undefined) {
    await recordSourceError(rooms.audit, permitted, { code, drift }, rijen)
  } else {
    await recordAbort(rooms.audit, permitted, cut, rijen)
  }
  if (error instanceof EpochChanged) await rooms.policies.follow()
}

/** The attempt was ended by us: that says nothing of its partner, and no attempt is counted. */
function cutShort(error: unknown): string | undefined {
  if (error instanceof EpochChanged) return 'beleid-gewijzigd'
  return error instanceof Withdrawn ? error.reden : undefined
}

/** Only what a partner does itself is held against it; who refuses a question is there. */
function countFailure({ breaker, clock }: WorkRooms, partner: Oin, code: string): void {
  if (code === 'source-unavailable' || code === 'source-malformed') breaker.failed(partner, clock())
  if (code === 'source-refused') breaker.succeeded(partner)
}

/** Who is away for a while is no alarm; of the confidential log there is none at all. */
function sound(
  { row, rooms }: Pick<Work, 'row' | 'rooms'>,
  name: string,
  fields: { readonly code: string; readonly [name: string]: string },
): void {
  if (row.log !== 'gewoon' || fields.code === 'source-unavailable') return
  rooms.alarm(name, { uitwisseling: row.uitwisseling, ...fields })
}

/** A dead letter: what was asked is kept until its last moment, for an operator who has it done again. */
async function giveUp(work: Work): Promise<void> {
  const { row, rooms } = work
  const reden = row.reden ?? 'interne-fout'
  const change: Change = { staat: 'mislukt', vanaf: rooms.clock(), reden }
  await note(work, 'einde', { uitkomst: 'mislukt', redenen: [{ code: reden }] }, change)
  if (row.log === 'gewoon') {
    rooms.alarm('verzoek-mislukt', { uitwisseling: row.uitwisseling, verzoek: row.verzoek })
  }
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
  const judged = await decideAgain(row, request, law, rooms)
  const { decision, terms } = judged
  if (decision.uitkomst === 'geweigerd') return await refused(work, request, judged)
  if (!rooms.breaker.allows(row.partij, request.tijd)) return await leaveAlone(work, row.partij)
  const pogingen = row.pogingen + 1
  const opnieuw = broughtAgainAt(row, rooms)
  await recordStep(rooms.audit, request, {
    ...{ soort: 'ophaling', uitkomst: 'verzonden', log: row.log, terms, epoch: decision.epoch },
    ...{ uitwisseling: row.uitwisseling, ontvanger: row.partij },
    rijen: [
      stepRow(row, request.transactie, { vanaf: request.tijd, opnieuw, pogingen, held: true }),
    ],
  })
  const held = await rooms.requests.hold(row, request.transactie)
  if (!held) return
  // Crash here: the log says that more left than did; it is brought again under the same delivery id.
  try {
    const { verzoek, aflevering, antwoord: jwe } = row
    await postAnswer(rooms.outbound, { url, oin: row.partij, signal }, { verzoek, aflevering, jwe })
    rooms.breaker.succeeded(row.partij)
  } catch (error) {
    const { code, retryAfter } = failureOf(error)
    if (!signal.aborted) countFailure(rooms, row.partij, code)
    sound(work, 'bezorging-mislukt', { partner: row.partij, code })
    await rooms.requests.change(held, {
      vanaf: rooms.clock(),
      opnieuw: broughtAgainAt(held, rooms, retryAfter),
    })
    return
  }
  await recordStep(rooms.audit, request, {
    ...{ soort: 'ontvangst', uitkomst: 'ontvangen', log: row.log, terms },
    ...{ uitwisseling: row.uitwisseling, ontvanger: row.partij },
    rijen: [stepRow(held, request.transactie, arrived(held, law))],
  })
}

/** Its receiver has it: nothing of it stays, and mostly nothing is left to do. */
function arrived(row: KeptRequest, law: PolicySet): Change {
  const staat = 'afgeleverd'
  return { staat, vanaf: nextDue({ ...row, staat, verzegeld: null }, law), purged: true }
}

/** Given up here it still waits to be picked up. */
function broughtAgainAt(row: KeptRequest, rooms: WorkRooms, retryAfter?: number): Moment {
  const given = row.bewarenTot ?? Number.MAX_SAFE_INTEGER
  return row.pogingen >= mostAttempts ? given : tryAgainAt(rooms, row.pogingen, retryAfter)
}

/** It lasts: its asker hears so, and the log holds that it did. */
async function remind(work: Work): Promise<void> {
  const { row, rooms } = work
  if (row.log === 'gewoon') {
    rooms.alarm('verzoek-wacht-lang', { uitwisseling: row.uitwisseling, staat: row.staat })
  }
  const change: Change = { herinnerd: row.herinnerd + 1, vanaf: rooms.clock() }
  await note(work, 'herinnering', { uitkomst: 'herinnerd' }, change)
}

/** Word to the address that the asker registered; the state can always be asked. */
async function tell({ row, law, rooms, signal }: Work): Promise<void> {
  const url = addressOf(row, law)?.meldingen
  if (url === undefined) return
  const now = rooms.clock()
  const soort = row.gemeld === 'herinnering' && open.includes(row.staat) ? row.gemeld : row.staat
  const isOver = await postNotification(
    rooms.outbound,
    { url, oin: row.partij, signal },
    {
      id: `${row.verzoek}-${soort}-${row.herinnerd}`,
      oin: rooms.oin,
      soort,
      time: new Date(row.gewijzigd).toISOString(),
      verzoek: row.verzoek,
    },
  ).then(
    () => true,
    () => now >= row.gewijzigd + tellingMs,
  )
  await rooms.requests.change(row, {
    vanaf: now,
    ...(isOver ? { gemeld: row.staat } : { melden: now + tellAgainMs }),
  })
}

/** An end that no decision gives: recorded, purged, and its asker is told. */
async function end(
  work: Work,
  staat: RequestState & ('verlopen' | 'geweigerd'),
  reden: string,
): Promise<void> {
  const change: Change = { ...over(work.row, staat, reden), vanaf: work.rooms.clock() }
  await note(work, 'einde', { uitkomst: staat, redenen: [{ code: reden }] }, change)
}

/** Under the law that this step saw: an outdated one ends nothing. */
async function note(
  { row, law, rooms, ...work }: Work,
  soort: StepKind,
  what: { readonly uitkomst: string; readonly redenen?: readonly { readonly code: string }[] },
  change: Change,
): Promise<void> {
  const again = row.verzegeld === null ? undefined : reopen({ row, law, rooms, ...work })
  const call: Call = again?.request ?? ownCall(row, undefined, rooms.clock())
  await recordStep(rooms.audit, call, {
    ...{ soort, ...what, log: row.log, uitwisseling: row.uitwisseling, ontvanger: row.partij },
    ...(again && { terms: exchangeTerms(again.request, law) }),
    ...{ rijen: [stepRow(row, call.transactie, change)], epoch: law.epoch },
  })
}
