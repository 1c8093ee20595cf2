// How does an accepted request get its answer, or its receiver what is handed over? One attempt, decided on its own.
import { type SourceAnswer, SourceError, type SourceLater } from './adapter.ts'
import { countFailure, failureOf, leaveAlone, sound, tryAgainAt } from './attempt.ts'
import { destructionMonth } from './audit/keys.ts'
import {
  recordAbort,
  recordDecision,
  recordDisclosure,
  recordSourceError,
  recordUndelivered,
} from './audit/record.ts'
import { recordStep } from './audit/record-request.ts'
import { EpochChanged } from './audit/writer.ts'
import { childTrace } from './call.ts'
import { carry, handOver } from './delivery/carry.ts'
import { type Change, queueOf, stepRow } from './delivery/requests.ts'
import { sealAnswer } from './delivery/seal.ts'
import { allowedNow, reply, Withdrawn } from './exchange.ts'
import { type AskedAgain, decideAgain, endRefused, type Judged } from './kept.ts'
import { waitsUntil } from './policy/deadlines.ts'
import { handedOver } from './policy/handed.ts'
import type { PolicySet } from './policy/law.ts'
import { minimise } from './policy/minimise.ts'
import { keysOf } from './policy/party-keys.ts'
import { permit } from './policy/permit.ts'
import { Problem } from './problem.ts'
import { arrived, end, nextDue, reopen, type Work } from './step.ts'
import { isUnavailable } from './store.ts'
import type { ExchangeTerms, Oin, PartyKey, PermittedExchange } from './terms.ts'

/** One attempt: a decision of its own, and its one end. */
export async function release(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const again = reopen(work)
  if (!again) return await end(work, 'geweigerd', 'DOEL_ONBEKEND')
  const { request } = again
  const judged = await decideAgain(row, again, law, rooms)
  if (judged.decision.uitkomst === 'geweigerd') {
    await endRefused(row, request, judged, rooms)
    return
  }
  const partner = partnerOf(judged.terms, law)
  if (!rooms.breaker.allows(partner, request.tijd)) return await leaveAlone(work, partner)
  try {
    await tryPartner({ ...work, request, judged, partner })
  } finally {
    rooms.breaker.over(partner, request.tijd)
  }
}

async function tryPartner(allowed: Allowed): Promise<void> {
  const { row, law, rooms, request, judged, partner } = allowed
  const { decision, terms } = judged
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
  const attempt: Attempt = { ...allowed, row: held, permitted }
  try {
    await (law.uitwisselingen.get(row.uitwisseling)?.vorm ? deliver : ask)(attempt)
    rooms.breaker.succeeded(partner)
  } catch (error) {
    await failed(attempt, error)
  }
}

interface Allowed extends Work {
  readonly request: AskedAgain['request']
  readonly judged: Judged
  readonly partner: Oin
}

interface Attempt extends Allowed {
  readonly permitted: PermittedExchange
}

/** Whose server is called: the source's, or that of the receiver of a delivery. */
function partnerOf({ uitwisseling, verstrekker, ontvanger }: ExchangeTerms, law: PolicySet): Oin {
  return law.uitwisselingen.get(uitwisseling)?.vorm ? ontvanger : verstrekker
}

/** bevraging: the source answers, now or later, and the answer waits sealed for its asker. */
async function ask(attempt: Attempt): Promise<void> {
  const { row, law, rooms, signal, permitted } = attempt
  const { request } = permitted
  const asked = {
    aflevering: row.aflevering,
    ...(row.kenmerk && {
      kenmerk: rooms.sealer.open(row.log, [row.verzoek, 'kenmerk'], row.kenmerk),
    }),
  }
  const keys = receiverKeys(attempt)
  const answer = await carry(rooms.sources, permitted, childTrace(request.trace), signal, asked)
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
  allowedNow(permitted.decision, rooms)
  await holdOn(attempt)
  const { tekst, receipt, opening } = await recordDisclosure(rooms.audit, permitted, release)
  return reply(tekst, receipt, opening)
}

/** Which key it will be sealed for is known before anybody is asked. */
function receiverKeys({ law, permitted, rooms }: Attempt): readonly PartyKey[] {
  const keys = keysOf(law, permitted.terms.ontvanger, 'versleutelen', rooms.clock())
  if (keys.length > 0) return keys
  throw new Problem('strijdig', 'De ontvanger heeft geen geldige sleutel.', {
    reden: 'sleutel-ontbreekt',
  })
}

/** What the receipt of a delivery is verified with. */
function signingKeys({ law, permitted, rooms }: Attempt): readonly PartyKey[] {
  return keysOf(law, permitted.terms.ontvanger, 'ondertekenen', rooms.clock())
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
        kenmerk: rooms.sealer.seal(
          { log: row.log, month: destructionMonth(now, terms.logTermijn) },
          [row.verzoek, 'kenmerk'],
          kenmerk,
        ),
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
