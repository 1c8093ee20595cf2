// How is a request taken in that takes time? The steps of an exchange up to its decision; then it is kept, in one commit.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { canonical } from './audit/canonical.ts'
import { destructionMonth } from './audit/keys.ts'
import { recordDecision } from './audit/record.ts'
import { recordAcceptance, recordStep } from './audit/record-request.ts'
import { isConnected, NotConnected } from './delivery/carry.ts'
import { acceptedRow, type KeptRequest, queueOf } from './delivery/requests.ts'
import {
  ended,
  type Incoming,
  inTime,
  notConnected,
  type Rooms,
  raise,
  refusal,
  repeatable,
  underLaw,
  understand,
} from './exchange.ts'
import { needsApprovalOnly, type Sealed } from './kept.ts'
import { readIdempotencyKey } from './message/idempotency-key.ts'
import { deadlines } from './policy/deadlines.ts'
import { isEscape } from './policy/decide.ts'
import { type Gathered, gatherFacts } from './policy/facts.ts'
import type { PolicySet } from './policy/law.ts'
import { keysOf } from './policy/party-keys.ts'
import { exchangeTerms, permit } from './policy/permit.ts'
import { Problem } from './problem.ts'
import type { Decision, ExchangeTerms, PurposeRequest, Receipt, RequestBody } from './terms.ts'

/** A call to `verzoeken` as the listener hands it over. */
export interface IncomingRequest extends Omit<Incoming, 'signal'> {
  readonly idempotencyKey?: string
}

export interface Accepted {
  readonly row: Pick<KeptRequest, 'verzoek' | 'log'>
  /** Absent when this call repeats one that was accepted before. */
  readonly receipt?: Receipt
}

/** @throws Problem: recorded already, or for the listener to hand to `refuse` before answering it */
export async function accept(incoming: IncomingRequest, rooms: Rooms): Promise<Accepted> {
  const never = new AbortController().signal
  const whole = { ...incoming, signal: never, verzoek: incoming.transactie }
  const { call, rooms: once } = repeatable(whole, rooms)
  return await underLaw(rooms, law => takeIn(call, law, once))
}

async function takeIn(
  incoming: Incoming & IncomingRequest,
  law: PolicySet,
  rooms: Rooms,
): Promise<Accepted> {
  const request = await understand(incoming, law, rooms)
  const terms = exchangeTerms(request, law)
  const repeat = await repeated(incoming, request, terms, rooms)
  if (repeat.of) return { row: repeat.of }
  const known = await inTime(gatherFacts(rooms.facts, request, law))
  const decision = known.decide()
  const staat = stateOf(decision)
  if (staat === undefined) return await turnDown(request, { decision, known, terms, law }, rooms)
  const arrangement = law.uitwisselingen.get(request.uitwisseling)
  if (!arrangement) throw new Error('accepted an exchange that does not exist')
  if (!isConnected(rooms.sources, terms.bron, arrangement.vorm !== undefined)) {
    return await unanswerable(request, { decision, known, terms, law }, rooms)
  }
  reachable(terms, law, incoming.tijd)
  // It counts from here on, also while it waits for a second person.
  const ontsnapt = isEscape(decision.feiten, arrangement)
  const counted: Decision = {
    ...{ ...decision, uitkomst: 'toegestaan' },
    ...(ontsnapt && { toetsing: 'ontsnapping' }),
  }
  const done = known.hold(counted)
  const zout = randomBytes(32).toString('base64url')
  const inhoud = contentHash(zout, request.body)
  const { uiterlijk, herinneringen } = deadlines(arrangement, incoming.tijd)
  const { body, trace, handtekening } = request
  const { identity, party } = request.peer
  const signed = handtekening && { handtekening }
  const sealed: Sealed = { body, zout, identity, trace, ...signed, ...(ontsnapt && { ontsnapt }) }
  const row = acceptedRow(
    {
      verzoek: request.transactie,
      log: terms.log,
      uitwisseling: request.uitwisseling,
      partij: party.oin,
      wachtrij: queueOf(terms.log, arrangement.vorm ? terms.ontvanger : terms.verstrekker),
      staat,
      vanaf: staat === 'aanvaard' ? incoming.tijd : (herinneringen[0] ?? uiterlijk),
      aangenomen: incoming.tijd,
      uiterlijk,
      epoch: decision.epoch,
      aflevering: randomUUID(),
      idempotentie: repeat.idempotentie,
      lichaam: repeat.lichaam,
      inhoud,
      verzegeld: rooms.sealer.seal(
        { log: terms.log, month: destructionMonth(incoming.tijd, terms.logTermijn) },
        [request.transactie, 'verzoek'],
        JSON.stringify(sealed),
      ),
    },
    request.transactie,
  )
  const receipt = await recordAcceptance(rooms.audit, request, {
    ...{ decision, terms, staat, inhoud },
    rijen: [...known.rows(counted), row],
  }).finally(done)
  // Crash here: it is accepted and nobody told; the same call again finds it by its Idempotency-Key.
  await raise(known.signal(counted), { request, terms }, rooms)
  const first =
    repeat.idempotentie && (await inTime(rooms.requests.findRepeat(repeat.idempotentie)))
  // Of two calls of one moment with one key the first in the log was kept; the other is a repeat of it.
  if (first && first.verzoek !== request.transactie) {
    await recordStep(rooms.audit, request, {
      ...{ soort: 'einde', uitkomst: 'geweigerd', redenen: [{ code: 'idempotentie' }], terms },
      ...{ log: terms.log, uitwisseling: request.uitwisseling, ontvanger: party.oin, rijen: [] },
    })
    return { row: same(first, repeat.lichaam) }
  }
  return { row: { verzoek: request.transactie, log: terms.log }, receipt }
}

/** aanvaard, or waiting for a second person alone; undefined = refused. */
function stateOf(decision: Decision): 'aanvaard' | 'wacht-op-goedkeuring' | undefined {
  if (decision.uitkomst === 'toegestaan') return 'aanvaard'
  return needsApprovalOnly(decision) ? 'wacht-op-goedkeuring' : undefined
}

interface Decided {
  readonly decision: Decision
  readonly known: Gathered
  readonly terms: ExchangeTerms
  readonly law: PolicySet
}

async function turnDown(request: PurposeRequest, found: Decided, rooms: Rooms): Promise<never> {
  const { receipt } = await writeDown(request, found, rooms)
  throw refusal(found.decision, receipt, found.law)
}

/** What nobody can answer is not kept: it would wait for nothing, and a second person approve it for nothing. */
async function unanswerable(request: PurposeRequest, found: Decided, rooms: Rooms): Promise<never> {
  const { call, receipt } = await writeDown(request, found, rooms)
  const { decision, terms, law } = found
  if (decision.uitkomst === 'geweigerd') throw notConnected(decision, law)
  throw await ended(new NotConnected(), permit(call, decision, receipt, terms), rooms)
}

async function writeDown(
  request: PurposeRequest,
  { decision, known, terms }: Decided,
  rooms: Rooms,
): Promise<{ readonly call: PurposeRequest; readonly receipt: Receipt }> {
  const { verzoek: _, ...call } = request // it will never be one
  const counted = known.hold(decision)
  const rows = known.rows(decision)
  const receipt = await recordDecision(rooms.audit, call, decision, terms, rows).finally(counted)
  await raise(known.signal(decision), { request: call, terms }, rooms)
  return { call, receipt }
}

/** An answer that nobody can open is not made: the receiver first registers a key. */
function reachable({ ontvanger }: ExchangeTerms, law: PolicySet, now: number): void {
  if (keysOf(law, ontvanger, 'versleutelen', now).length > 0) return
  throw new Problem(
    'strijdig',
    'De ontvanger heeft geen geldige sleutel om het antwoord mee te versleutelen. Laat de beheerder er een registreren.',
    { reden: 'sleutel-ontbreekt' },
  )
}

/** SHA-256 over the salt and the request as RFC 8785 JSON: what an approver signs for. */
function contentHash(zout: string, body: RequestBody): string {
  return createHash('sha256')
    .update(Buffer.from(zout, 'base64url'))
    .update(canonical(body))
    .digest('base64url')
}

interface Repeat {
  readonly idempotentie: string | undefined
  readonly lichaam: string
  /** The request that this call repeats. */
  readonly of?: KeptRequest
}

/** Idempotency-Key: one key, one body, one request, per party and exchange. */
async function repeated(
  { idempotencyKey, readBytes }: IncomingRequest,
  { uitwisseling, peer: { party } }: PurposeRequest,
  { log }: ExchangeTerms,
  rooms: Rooms,
): Promise<Repeat> {
  const named = (...parts: readonly string[]) =>
    rooms.facts.pseudonym(log, JSON.stringify([...parts, party.oin, uitwisseling]))
  const lichaam = named('lichaam', (await readBytes()).toString('base64'))
  if (idempotencyKey === undefined) return { idempotentie: undefined, lichaam }
  const idempotentie = named('idempotentie', readIdempotencyKey(idempotencyKey))
  const of = await inTime(rooms.requests.findRepeat(idempotentie))
  return { idempotentie, lichaam, ...(of && { of: same(of, lichaam) }) }
}

function same(found: KeptRequest, lichaam: string): KeptRequest {
  if (found.lichaam === lichaam) return found
  throw new Problem(
    'strijdig',
    'Deze Idempotency-Key hoort al bij een ander verzoek. Gebruik voor elk verzoek een nieuwe.',
    { reden: 'idempotentie' },
  )
}
