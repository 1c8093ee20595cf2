// How does a corrected value reach everyone who got the wrong one? Admit, read, find them in the log, record, then tell each.
import { recordLook } from './audit/record.ts'
import { begun, carryOn, isOf, type Named, nameOf } from './correct-once.ts'
import { type Part, type Round, roundRow } from './delivery/corrections.ts'
import type { LineReport } from './delivery/files.ts'
import { type Incoming, inTime, type Rooms, signedBy } from './exchange.ts'
import { readCorrectionBody } from './message/read.ts'
import { admit } from './peer/party.ts'
import { latestPerReceiver, type Scope, scopeOf } from './policy/correction.ts'
import { Problem } from './problem.ts'
import { readCorrection } from './schema.ts'
import { type Asked, type Proof, type Told, tellAll } from './tell-corrected.ts'
import type { CorrectionBody, Given } from './terms.ts'

/** A call to `correcties` as the listener hands it over. */
export interface IncomingCorrection extends Omit<Incoming, 'uitwisseling' | 'signal'> {
  readonly idempotencyKey?: string
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
  const asked: Asked = { call: { transactie, trace, tijd }, peer, body, handtekening }
  const { idempotencyKey: key } = incoming
  const named = key === undefined ? undefined : nameOf(key, bytes, peer.party, rooms)
  const before = named && (await begun(named, rooms))
  const given = await meantBy(asked, scope, rooms)
  await recordFound(asked, { given: ofRound(given, before), scope, before, named }, rooms)
  // Crash here: who is meant was looked up and is told nothing yet; the same call again goes on.
  // Of two calls of one moment with one name the first in the log counts; the other is a repeat of it.
  const round = before ?? (named && (await begun(named, rooms)))
  const meant = ofRound(given, round)
  const targets = receivers(meant, body)
  const told = round
    ? await carryOn(asked, targets, round, rooms)
    : await tellAll(asked, targets, rooms)
  return {
    transactie,
    ...(rooms.profile === 'test' && { omgeving: 'test' }),
    correctie: round?.correctie ?? transactie,
    veld: body.veld,
    ontvangers: told.flatMap(({ target, ...rest }) => shown(target, rest, scope)),
    afgeleid: alsoGiven(meant, scope),
  }
}

/** Everything that was given under these exchanges about this person. */
async function meantBy(
  { peer: { party }, body }: Asked,
  scope: Scope,
  { earlier }: Rooms,
): Promise<readonly Given[]> {
  return (await inTime(earlier.by(party.oin, body.betrokkene))).filter(scope.covers)
}

function ofRound(given: readonly Given[], round: Round | undefined): readonly Given[] {
  return round ? given.filter(one => isOf(one, round)) : given
}

/** Who got the field itself, each once. */
function receivers(given: readonly Given[], { veld }: CorrectionBody): readonly Given[] {
  return latestPerReceiver(given.filter(({ verstrekt }) => verstrekt.includes(veld)))
}

/** That this provider had the log look who got the field, and how many of them it is told. */
async function recordFound(
  { call, peer: { party }, body }: Asked,
  found: {
    readonly given: readonly Given[]
    readonly scope: Scope
    readonly before: Round | undefined
    readonly named: Named | undefined
  },
  rooms: Rooms,
): Promise<void> {
  const { given, scope, before, named } = found
  const { veld, reden, uitwisseling, betrokkene } = body
  const seen = given.filter(scope.shows)
  const hidden = scope.vertrouwelijk || seen.some(({ log }) => log === 'vertrouwelijk')
  const round = named && { ...named, correctie: call.transactie, aangenomen: call.tijd }
  await recordLook(rooms.audit, {
    call,
    log: hidden || party.vertrouwelijk ? 'vertrouwelijk' : 'gewoon',
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

function shown(target: Given, told: Omit<Told, 'target'>, scope: Scope): readonly Reached[] {
  if (!scope.shows(target)) return []
  const { uitwisseling, ontvanger, namens, transactie: over } = target
  return [{ uitwisseling, ontvanger, ...(namens !== null && { namens }), over, ...told }]
}

/** Of what this person's receivers got: which answers of each exchange were made out of the field. */
function alsoGiven(given: readonly Given[], scope: Scope): Corrected['afgeleid'] {
  const found = new Map<string, Set<string>>()
  for (const one of given.filter(scope.shows)) {
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
