// How does a message reach its receiver? Each pick-up is a decision of its own, recorded before a byte of it leaves (P1, P10).
import { recordDecision, recordDisclosure, recordUndelivered } from './audit/record.ts'
import { childCall } from './call.ts'
import { type KeptMessage, type MessageFilter, messageStepRow } from './delivery/messages.ts'
import {
  allowedNow,
  ended,
  inTime,
  type Reply,
  type Rooms,
  refusal,
  reply,
  underLaw,
} from './exchange.ts'
import {
  type CallOnMessage,
  conflict,
  type OwnMessage,
  ownMessage,
  receiver,
  recordMessageStep,
} from './inbox.ts'
import { goneParty } from './kept.ts'
import type { SealedMessage } from './offer.ts'
import { gatherFacts } from './policy/facts.ts'
import { handedOver } from './policy/handed.ts'
import type { PolicySet } from './policy/law.ts'
import { minimise } from './policy/minimise.ts'
import { exchangeTerms, permit } from './policy/permit.ts'
import { Problem } from './problem.ts'
import type {
  Call,
  Decision,
  ExchangeTerms,
  Identity,
  PermittedExchange,
  PurposeRequest,
  Release,
} from './terms.ts'

/** One message; while it waits it may be picked up again, and each time is decided and recorded. */
export async function pickUp(incoming: CallOnMessage, rooms: Rooms): Promise<Reply> {
  return await underLaw(rooms, async law => {
    const owned = await ownMessage(incoming, rooms)
    return await handOut(owned, law, rooms)
  })
}

/** What became of one message of a batch. */
export interface Line {
  readonly bericht: string
  /** Its own: as every message, it is a call on its own. */
  readonly call: Call
  readonly uitwisseling: string | undefined
  readonly outcome: Reply | Problem
}

export interface Batch {
  readonly identity: Identity | Problem
  readonly call: Call
  readonly filter: MessageFilter
  readonly aantal: number
}

/** Messages decided and recorded side by side, so that their records share commits; more would wait in memory. */
const width = 64

/**
 * Everything that waits, oldest first, as many as asked. Nothing is fetched or recorded ahead of who reads, but what is
 * under way; who stops reading has that recorded as not delivered.
 * @throws Problem when no further message can be decided: the caller is not admitted any more, or there is no log
 */
export async function* pickUpAll(batch: Batch, rooms: Rooms): AsyncGenerator<Line, void, void> {
  receiver({ identity: batch.identity, tijd: rooms.clock() }, rooms)
  const underWay: Promise<Line>[] = []
  try {
    for await (const row of waiting(batch, rooms)) {
      const line = takeOut(row, batch, rooms)
      line.catch(() => {}) // awaited in its turn, or below
      underWay.push(line)
      if (underWay.length === width) yield await next(underWay)
    }
    while (underWay.length > 0) yield await next(underWay)
  } finally {
    for (const line of await Promise.allSettled(underWay)) {
      if (line.status === 'fulfilled') await undelivered(line.value, rooms)
    }
  }
}

/** Out of the list before it is waited for: what is awaited here is told, or is the error. */
async function next(underWay: Promise<Line>[]): Promise<Line> {
  const line = underWay.shift()
  if (!line) throw new Error('nothing is under way')
  return await line
}

async function* waiting(
  { identity, filter, aantal }: Batch,
  rooms: Rooms,
): AsyncGenerator<KeptMessage, void, void> {
  let { na } = filter
  for (let left = aantal; left > 0; ) {
    const now = rooms.clock()
    const { oin } = receiver({ identity, tijd: now }, rooms).party
    const page = { now, aantal: Math.min(left, width) }
    const rows = await inTime(rooms.messages.waiting(oin, { ...filter, ...(na && { na }) }, page))
    yield* rows
    if (rows.length < page.aantal) return
    left -= rows.length
    na = rows.at(-1)?.bericht
  }
}

/** Whoever calls may have lost its place, or the certificate, since the batch began. */
async function takeOut(row: KeptMessage, batch: Batch, rooms: Rooms): Promise<Line> {
  const now = rooms.clock()
  const call = { ...childCall(batch.call, now), verzoek: row.bericht }
  const peer = receiver({ identity: batch.identity, tijd: now }, rooms)
  const line = {
    ...{ bericht: row.bericht, call },
    uitwisseling: row.log === 'gewoon' ? row.uitwisseling : undefined,
  }
  try {
    const outcome = await underLaw(rooms, law => handOut({ row, peer, call }, law, rooms))
    return { ...line, outcome }
  } catch (error) {
    // Of this message alone; what holds for all of them ends the batch.
    if (error instanceof Problem && !isForAll(error)) return { ...line, outcome: error }
    throw error
  }
}

function isForAll({ slug, reden }: Problem): boolean {
  return slug === 'log-onbereikbaar' && reden !== missingKey
}

/** Of the month of one message: what waits under another key can still go. */
const missingKey = 'sleutel-ontbreekt'

/** It was recorded as given, and cannot have arrived whole. */
export async function undelivered({ outcome }: Line, rooms: Pick<Rooms, 'audit'>): Promise<void> {
  if (outcome instanceof Problem) return
  await recordUndelivered(rooms.audit, outcome.permitted, 'verbinding-verbroken')
}

/** Decided by the law, the brake and the parties of now; the text may leave when this resolves. */
async function handOut({ row, call }: OwnMessage, law: PolicySet, rooms: Rooms): Promise<Reply> {
  const now = rooms.clock()
  if (!waits(row, now)) throw conflict(row, 'Er ligt niets klaar om op te halen.')
  if (!law.uitwisselingen.has(row.uitwisseling)) throw await endUnknown(row, call, law, rooms)
  const sealed = unsealed(row, rooms)
  const judged = await decideAgain(
    requestOf(row, sealed, { ...call, tijd: now }, law),
    sealed,
    law,
    rooms,
  )
  const { request, decision, terms } = judged
  if (decision.uitkomst === 'geweigerd') {
    const gone = messageStepRow(row, call.transactie, { staat: 'geweigerd', purged: true })
    const receipt = await recordDecision(rooms.audit, request, decision, terms, [gone])
    throw refusal(decision, receipt, law)
  }
  const receipt = await recordDecision(rooms.audit, request, decision, terms)
  // Crash here: a decision without an end, and the message still waits.
  const permitted = permit(request, decision, receipt, terms)
  const text = await disclosed(row, sealed, { ...judged, permitted }, law, rooms).catch(
    async error => {
      throw await ended(error, permitted, rooms)
    },
  )
  // Crash here: the log says that more left than did. Never the reverse (P1).
  const after = await inTime(rooms.messages.find(row.bericht))
  if (after && after.verzegeld !== null) return { text, permitted }
  await recordUndelivered(rooms.audit, permitted, 'gewist')
  throw conflict(after ?? row, 'Er ligt niets meer klaar om op te halen.')
}

function waits({ verzegeld, bewarenTot, geldigTot, staat }: KeptMessage, now: number): boolean {
  if (verzegeld === null || bewarenTot <= now) return false
  return geldigTot === null || geldigTot > now || staat === 'beoordeeld'
}

function unsealed({ log, bericht, verzegeld }: KeptMessage, { sealer }: Rooms): SealedMessage {
  if (verzegeld === null) throw new Error('a purged message was opened')
  return JSON.parse(sealer.open(log, [bericht, 'bericht'], verzegeld)) as SealedMessage
}

/** What was handed over, as this pick-up hands it out: to the receiver of then, from who sent it. */
function requestOf(
  { uitwisseling, ontvanger, log }: KeptMessage,
  { body, afzender, stap, over, handtekening, plaats }: SealedMessage,
  call: Call,
  law: PolicySet,
): PurposeRequest {
  return {
    ...call,
    uitwisseling,
    peer: { party: law.partijen.get(afzender) ?? goneParty(afzender, log) },
    body: { ...body, ontvanger },
    ...(stap && { stap }),
    ...(over && { over }),
    ...(handtekening && { handtekening }),
    ...(plaats && { levering: plaats }),
  }
}

interface Judged {
  readonly request: PurposeRequest
  readonly decision: Decision
  readonly terms: ExchangeTerms
  readonly sleutel: string | undefined
}

async function decideAgain(
  request: PurposeRequest,
  { eerder, ontsnapt }: SealedMessage,
  law: PolicySet,
  rooms: Rooms,
): Promise<Judged> {
  // It was counted when it was handed over, and nobody approves a message.
  const step = { goedkeuringen: [], ontsnapt: ontsnapt === true }
  const known = await inTime(gatherFacts(rooms.facts, request, law, step)).catch(misfit)
  const decision = known.decide(eerder)
  return { request, decision, terms: exchangeTerms(request, law), sleutel: known.sleutel }
}

/** Its values were of the right type when it came: what is wrong is no fault of who picks it up. */
function misfit(error: unknown): never {
  if (!(error instanceof Problem) || error.slug !== 'ongeldig-verzoek') throw error
  throw new Problem(
    'bron-onbetrouwbaar',
    'Dit bericht past niet meer bij wat nu is afgesproken. Er is niets verstrekt.',
    { cause: error, reden: 'bericht-past-niet' },
  )
}

async function disclosed(
  row: KeptMessage,
  sealed: SealedMessage,
  { permitted, sleutel }: Judged & { readonly permitted: PermittedExchange },
  law: PolicySet,
  rooms: Rooms,
): Promise<string> {
  const { request, decision } = permitted
  const answer = handedOver(permitted, law, request.tijd)
  if (!answer) throw new Error('a message without anything handed over')
  const now = rooms.clock()
  const release = minimise(answer, permitted, law, {
    ...{ now, profile: rooms.profile, sleutel },
    ...correction(sealed),
  })
  allowedNow(decision, rooms)
  const staat = row.staat === 'ontvangen' ? 'opgehaald' : row.staat
  const { tekst, receipt, opening } = await recordDisclosure(
    rooms.audit,
    permitted,
    addressed(release, row, sealed),
    [messageStepRow(row, request.transactie, { staat })],
  )
  return reply(tekst, receipt, opening)
}

/** What its receiver was given before, and why that is set right. */
function correction({ stap, over, reden, geheim, body }: SealedMessage) {
  if (stap !== 'correctie' || !over || !reden) return {}
  const { periode } = body
  return {
    correctie: { over, reden, ...(periode && { periode }) },
    ...(geheim !== undefined && { geheim }),
  }
}

/** With what an asker knows and a receiver must be told: which message it is, whom and when it is about. */
function addressed(
  release: Release,
  { bericht, soort }: KeptMessage,
  { stap, body, over, aandachtspunten }: SealedMessage,
): Release {
  const { betrokkene, object, buitenlands, periode, peildatum } = body
  return {
    ...release,
    antwoord: {
      ...release.antwoord,
      ...{ bericht, soort },
      ...(aandachtspunten && { aandachtspunten }),
      ...(betrokkene && { betrokkene }),
      ...(object && { object }),
      ...(buitenlands && { buitenlands }),
      ...(peildatum && { peildatum }),
      ...(stap !== 'correctie' && { ...(periode && { periode }), ...(over && { over }) }),
    },
  }
}

/** Its exchange exists no more: recorded, and what waited is gone, before anything is answered. */
async function endUnknown(
  row: KeptMessage,
  call: OwnMessage['call'],
  law: PolicySet,
  rooms: Rooms,
): Promise<Problem> {
  await recordMessageStep(
    row,
    call,
    {
      ...{ soort: 'einde', uitkomst: 'geweigerd', redenen: [{ code: 'DOEL_ONBEKEND' }] },
      ...{ change: { staat: 'geweigerd', purged: true }, epoch: law.epoch },
    },
    rooms,
  )
  return conflict({ staat: 'geweigerd' }, 'Deze uitwisseling bestaat niet meer.')
}
