// How does a corrected value reach everyone who got the wrong one? Admit, read, find them in the log, record, then decide of each.
import type { Disclosure, Given } from './audit/earlier.ts'
import { caseLogTerm, recordDecision, recordLook } from './audit/record.ts'
import { newCall } from './call.ts'
import { type Part, partRow, type Round, roundRow } from './delivery/corrections.ts'
import type { LineReport } from './delivery/files.ts'
import { type Incoming, inTime, type Rooms, reasonsTold, signedBy } from './exchange.ts'
import { readIdempotencyKey } from './message/idempotency-key.ts'
import { readCorrectionBody } from './message/read.ts'
import { offer } from './offer.ts'
import { admit } from './peer/party.ts'
import { latestPerReceiver, receiverName, type Scope, scopeOf } from './policy/correction.ts'
import { decide } from './policy/decide.ts'
import { question } from './policy/question.ts'
import { Problem } from './problem.ts'
import { readCorrection } from './schema.ts'
import type {
  Call,
  CorrectionBody,
  ExchangeTerms,
  Peer,
  PurposeRequest,
  Receipt,
  RequestBody,
} from './terms.ts'

/** A call to `correcties` as the listener hands it over. */
export interface IncomingCorrection extends Omit<Incoming, 'uitwisseling' | 'signal'> {
  readonly idempotencyKey?: string
}

interface Proof {
  readonly logregel: string
  readonly tlogProof: string
}

/** What is told of one earlier receiver; its proof only when it was reached by this very call. */
interface Reached extends Pick<LineReport, 'redenen'> {
  readonly uitwisseling: string
  readonly ontvanger: string
  readonly namens?: string
  /** The latest transaction in which it was given the field. */
  readonly over: string
  readonly uitkomst: Part['uitkomst']
  readonly transactie: string
  readonly bewijs?: Proof
}

export interface Corrected {
  readonly transactie: string
  readonly omgeving?: 'test'
  readonly correctie: string
  readonly veld: string
  readonly ontvangers: readonly Reached[]
  /** Given too, and made out of this field: a correction of their own. */
  readonly afgeleid: readonly {
    readonly uitwisseling: string
    readonly velden: readonly string[]
  }[]
}

/** What one call asks, once it was understood. */
interface Asked {
  readonly call: Call
  readonly peer: Peer
  readonly body: CorrectionBody
  readonly handtekening: boolean
  readonly scope: Scope
}

/** Decided together, so that their records share a group. */
const atOnce = 32

/** @throws Problem: for the listener to hand to `refuse` before answering it */
export async function correct(incoming: IncomingCorrection, rooms: Rooms): Promise<Corrected> {
  const { transactie, trace, tijd, identity } = incoming
  if (identity instanceof Problem) throw identity
  const law = rooms.policies.current()
  const peer = admit(identity, law.partijen, rooms.revocation, tijd)
  const bytes = await incoming.readBytes()
  const body = readCorrectionBody(bytes, readCorrection, rooms.profile)
  const handtekening = await signedBy(peer.party, incoming, bytes, rooms)
  const scope = scopeOf(body, peer.party, law)
  const call = { transactie, trace, tijd }
  const asked: Asked = { call, peer, body, handtekening, scope }
  const named = await nameOf(incoming, asked, bytes, rooms)
  const before = named && (await inTime(rooms.corrections.find(named.idempotentie)))
  if (before) sameBody(before, named)
  const given = await meantBy(asked, before, rooms)
  const round = named && { ...named, correctie: transactie, aangenomen: tijd }
  await recordFound(asked, { given, before, round }, rooms)
  // Crash here: who is meant was looked up and is told nothing yet; the same call again goes on.
  const first = round && !before && (await inTime(rooms.corrections.find(round.idempotentie)))
  // Of two calls of one moment with one name the first in the log counts; the other is a repeat of it.
  const held = before ?? (first || undefined)
  if (held && round) sameBody(held, round)
  const told = held
    ? await carryOn(asked, given, held, rooms)
    : await tellAll(asked, receivers(given, body), undefined, rooms)
  return {
    transactie,
    ...(rooms.profile === 'test' && { omgeving: 'test' }),
    correctie: held?.correctie ?? transactie,
    veld: body.veld,
    ontvangers: told.flatMap(({ target, ...rest }) => shown(target, rest, scope)),
    afgeleid: alsoGiven(given, scope),
  }
}

interface Named {
  readonly idempotentie: string
  readonly lichaam: string
}

/** Idempotency-Key: one name, one body, one correction, per party. */
async function nameOf(
  { idempotencyKey }: IncomingCorrection,
  { peer: { party } }: Asked,
  bytes: Buffer,
  { facts }: Rooms,
): Promise<Named | undefined> {
  if (idempotencyKey === undefined) return undefined
  const log = party.vertrouwelijk ? 'vertrouwelijk' : 'gewoon'
  const keyed = (...parts: readonly string[]) =>
    facts.pseudonym(log, JSON.stringify(['correctie', party.oin, ...parts]))
  return {
    idempotentie: keyed('idempotentie', readIdempotencyKey(idempotencyKey)),
    lichaam: keyed('lichaam', bytes.toString('base64')),
  }
}

function sameBody(round: Round, { lichaam }: Named): void {
  if (round.lichaam === lichaam) return
  throw new Problem(
    'strijdig',
    'Deze Idempotency-Key hoort al bij een andere correctie. Gebruik voor elke correctie een nieuwe.',
    { reden: 'idempotentie' },
  )
}

/** Clocks of processes on one log differ by so much at most (design §5). */
const clocksApart = 5_000

/** Everything that was given under these exchanges about this person; for a repeat, of then. */
async function meantBy(
  { peer: { party }, body, scope }: Asked,
  before: Round | undefined,
  { earlier }: Rooms,
): Promise<readonly Given[]> {
  const given = await inTime(earlier.by(party.oin, body.betrokkene))
  return given.filter(one => scope.covers(one) && isOf(one, before))
}

function isOf({ tijd }: Given, round: Round | undefined): boolean {
  return round === undefined || tijd <= round.aangenomen + clocksApart
}

/** Who got the field itself, each once. */
function receivers(given: readonly Given[], { veld }: CorrectionBody): readonly Given[] {
  return latestPerReceiver(given.filter(({ verstrekt }) => verstrekt.includes(veld)))
}

/** That this provider had the log look who got the field, and how many of them it is told. */
async function recordFound(
  { call, peer: { party }, body, scope }: Asked,
  found: {
    readonly given: readonly Given[]
    readonly before: Round | undefined
    readonly round: (Round & Named) | undefined
  },
  rooms: Rooms,
): Promise<void> {
  const { before, round } = found
  const { veld, reden, uitwisseling, betrokkene } = body
  const seen = found.given.filter(one => isShown(one, scope))
  const hidden = party.vertrouwelijk || seen.some(({ log }) => log === 'vertrouwelijk')
  await recordLook(rooms.audit, {
    call,
    log: hidden ? 'vertrouwelijk' : 'gewoon',
    partij: party.oin,
    handeling: {
      ...{ wat: 'correctie', veld, reden, aantal: receivers(seen, body).length },
      ...(uitwisseling && { uitwisseling }),
    },
    subject: { betrokkene },
    ...(before && { over: before.correctie }),
    ...(round && !before && { rijen: [roundRow(round)] }),
  })
}

function isShown({ uitwisseling, log }: Given, scope: Scope): boolean {
  return scope.shows(uitwisseling, log === 'vertrouwelijk')
}

interface Told extends Pick<Part, 'uitkomst' | 'transactie'>, Pick<LineReport, 'redenen'> {
  readonly target: Given
  readonly bewijs?: Proof
}

/** A correction with a name: what was told stays told, and only one call at a time tells the rest. */
async function carryOn(
  asked: Asked,
  given: readonly Given[],
  round: Round,
  rooms: Rooms,
): Promise<readonly Told[]> {
  const houder = asked.call.transactie
  if (!(await inTime(rooms.corrections.hold(round.correctie, houder)))) throw underWay()
  try {
    const done = new Map(
      (await inTime(rooms.corrections.parts(round.correctie))).map(part => [part.deel, part]),
    )
    const all = receivers(
      given.filter(one => isOf(one, round)),
      asked.body,
    )
    const known = all.flatMap(target => {
      const part = done.get(partName(target, rooms))
      return part ? [[target, part] as const] : []
    })
    const rest = all.filter(target => !done.has(partName(target, rooms)))
    const told = [
      ...known.map(
        ([
          target,
          {
            uitkomst,
            transactie,
            verslag: { redenen },
          },
        ]) => ({
          ...{ target, uitkomst, transactie },
          ...(redenen && { redenen }),
        }),
      ),
      ...(await tellAll(asked, rest, { round, houder }, rooms)),
    ]
    return all.flatMap(target => told.filter(one => one.target === target))
  } finally {
    // Crash before: the lease runs out, and the same call again goes on where this one stopped.
    await rooms.corrections.leave(round.correctie, houder).catch(() => {})
  }
}

function underWay(): Problem {
  return new Problem('overbelast', 'Deze correctie wordt op dit moment uitgevoerd.', {
    reden: 'idempotentie',
    retryAfter: 5,
  })
}

interface Held {
  readonly round: Round
  readonly houder: string
}

async function tellAll(
  asked: Asked,
  targets: readonly Given[],
  held: Held | undefined,
  rooms: Rooms,
): Promise<readonly Told[]> {
  const told: Told[] = []
  for (let from = 0; from < targets.length; from += atOnce) {
    if (held && !(await inTime(rooms.corrections.hold(held.round.correctie, held.houder)))) {
      throw underWay()
    }
    const some = targets.slice(from, from + atOnce)
    told.push(...(await Promise.all(some.map(target => tell(asked, target, held, rooms)))))
    // Crash here: these wait for their receivers, with their part of a named correction in the same commit.
  }
  return told
}

/** One receiver: a decision of its own, under the arrangement as it stands now (AVG art. 19). */
async function tell(
  { call, peer, body, handtekening }: Asked,
  target: Given,
  held: Held | undefined,
  rooms: Rooms,
): Promise<Told> {
  const { veld, waarde, betrokkene, periode, reden } = body
  const { uitwisseling, ontvanger, namens, transactie: over } = target
  const fresh = newCall(rooms.clock())
  const step = {
    ...fresh,
    trace: { ...call.trace, spanId: fresh.trace.spanId, ouderSpanId: call.trace.spanId },
  }
  const correction: RequestBody = {
    betrokkene,
    velden: [veld],
    gegevens: { [veld]: waarde },
    ontvanger,
    ...(namens !== null && { namens }),
    ...(periode && { periode }),
    systeemproces: 'correctie',
  }
  const rijen = (verslag: LineReport, uitkomst: Part['uitkomst']) =>
    held
      ? [
          partRow(held.round.correctie, {
            ...{ deel: partName(target, rooms), uitkomst, transactie: step.transactie, verslag },
          }),
        ]
      : []
  const handed = {
    ...{ call: step, sender: peer, uitwisseling, body: correction, stap: 'correctie' as const },
    ...{ eerder: true, over, reden, rijen },
    ...(handtekening && { handtekening: true as const }),
  }
  try {
    const { uitkomst, transactie, verslag, receipt } = await offer(handed, rooms)
    const { redenen } = verslag
    return { target, uitkomst, transactie, ...(redenen && { redenen }), bewijs: proof(receipt) }
  } catch (error) {
    if (!(error instanceof Problem) || error.slug !== 'niet-gevonden') throw error
    return await ofNoExchange(
      { ...step, uitwisseling, peer, body: correction, over },
      target,
      rijen,
      rooms,
    )
  }
}

/** Given under an exchange that is no more: refused, and recorded beside what it was then. */
async function ofNoExchange(
  { over, ...rest }: PurposeRequest & { readonly over: string },
  target: Given,
  rijen: (verslag: LineReport, uitkomst: Part['uitkomst']) => ReturnType<typeof partRow>[],
  rooms: Rooms,
): Promise<Told> {
  const law = rooms.policies.current()
  const then = await inTime(rooms.earlier.to(over, target.ontvanger))
  if (!then) throw new Error('a disclosure vanished from the log')
  const request = { ...rest, over, stap: 'correctie' as const }
  const { ontvanger, namens } = target
  const vraag = { ...question(request, law), indiener: request.peer.party.oin, ontvanger }
  const feiten = { eerder: true, noodrem: [], treden: [] }
  const decision = decide(vraag, feiten, law, request.tijd)
  const terms = termsOfThen(then, decision.beleid, namens)
  const redenen = reasonsTold(decision.redenen, law)
  const { transactie } = request
  const rows = rijen({ redenen }, 'geweigerd')
  const receipt = await recordDecision(rooms.audit, request, decision, terms, rows)
  return { target, uitkomst: 'geweigerd', transactie, redenen, bewijs: proof(receipt) }
}

function termsOfThen(
  { log, record }: Disclosure,
  beleid: ExchangeTerms['beleid'],
  namens: Given['namens'],
): ExchangeTerms {
  const {
    uitwisseling = '',
    doel = '',
    grondslagen = [],
    verstrekker = '',
    ontvanger = '',
  } = record
  const { verwerkingsactiviteit = { verstrekking: '', ontvangst: '' }, via = [] } = record
  return {
    ...{ uitwisseling, beleid, verstrekker, ontvanger, via, verwerkingsactiviteit, log },
    doel: { id: doel, omschrijving: '' },
    grondslagen: grondslagen.map(id => ({ id, regeling: '', artikel: '' })),
    ...(namens !== null && { namens }),
    verantwoordelijke: { verstrekking: verstrekker, ontvangst: namens ?? ontvanger },
    ...{ gegevensset: '', bron: '', logTermijn: caseLogTerm },
  }
}

function partName(target: Given, { facts }: Rooms): string {
  return facts.pseudonym(target.log, JSON.stringify(['correctie', receiverName(target)]))
}

function shown(target: Given, told: Omit<Told, 'target'>, scope: Scope): readonly Reached[] {
  if (!isShown(target, scope)) return []
  const { uitwisseling, ontvanger, namens, transactie: over } = target
  return [{ uitwisseling, ontvanger, ...(namens !== null && { namens }), over, ...told }]
}

/** Of what this person's receivers got: which answers of each exchange were made out of the field. */
function alsoGiven(given: readonly Given[], scope: Scope): Corrected['afgeleid'] {
  const found = new Map<string, Set<string>>()
  for (const one of given.filter(each => isShown(each, scope))) {
    const rests = scope.rests(one)
    if (rests.length === 0) continue
    const known = found.get(one.uitwisseling) ?? new Set()
    found.set(one.uitwisseling, known)
    for (const veld of rests) known.add(veld)
  }
  return [...found]
    .sort()
    .map(([uitwisseling, velden]) => ({ uitwisseling, velden: [...velden].sort() }))
}

function proof(receipt: Receipt): Proof {
  return { logregel: receipt.logregel, tlogProof: receipt.tlogProof() }
}
