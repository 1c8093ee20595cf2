// What is due for an accepted request, and what do all of its steps share?
import type { OutboundRequest } from './adapter.ts'
import { recordStep, type StepKind } from './audit/record-request.ts'
import type { Breaker } from './delivery/breaker.ts'
import {
  type Change,
  type Claimed,
  type KeptRequest,
  stepRow,
  undecided,
} from './delivery/requests.ts'
import { mostAttempts } from './delivery/retry.ts'
import type { Rounds } from './delivery/rounds.ts'
import type { Rooms } from './exchange.ts'
import { type AskedAgain, askedAgain, nextMoment, over, ownCall, unsealed } from './kept.ts'
import type { PolicySet } from './policy/law.ts'
import { exchangeTerms } from './policy/permit.ts'
import type { Call, Moment, Oin, RequestState } from './terms.ts'

/** What a worker needs besides the rooms. */
export interface WorkRooms extends Rooms {
  /** Of the operator, as the source of notifications. */
  readonly oin: Oin
  readonly outbound: OutboundRequest
  readonly breaker: Breaker
  readonly rounds: Rounds
  /** Of [0, 1): when to try again is drawn, so that partners that come back are not met by everybody at once. */
  readonly random: () => number
}

export interface Work {
  readonly row: Claimed
  /** One set for the whole step. */
  readonly law: PolicySet
  readonly rooms: WorkRooms
  readonly signal: AbortSignal
}

export const open: readonly RequestState[] = ['wacht-op-goedkeuring', 'aanvaard', 'in-behandeling']
const working: readonly RequestState[] = ['aanvaard', 'in-behandeling']
const told: readonly RequestState[] = ['gereed', 'geweigerd', 'verlopen', 'mislukt']

export const addressOf = ({ partij }: KeptRequest, { partijen }: PolicySet) =>
  partijen.get(partij)?.postadres
const isUntold = (row: KeptRequest, law: PolicySet) =>
  row.gemeld !== row.staat &&
  (told.includes(row.staat) || row.gemeld === 'herinnering') &&
  addressOf(row, law)?.meldingen !== undefined
const isBrought = (row: KeptRequest, law: PolicySet) =>
  row.staat === 'gereed' && addressOf(row, law)?.antwoorden !== undefined
const at = (when: boolean, moment: Moment | null) => (when ? (moment ?? 0) : undefined)

/** From when it must be done; undefined = not at all. */
type Due = (row: KeptRequest, law: PolicySet) => Moment | undefined

/** What can be the next thing to do, in the order in which it is done. */
const dues = {
  expire: ({ staat, uiterlijk }) => at(open.includes(staat), uiterlijk),
  forgo: ({ staat, bewarenTot }) => at(staat === 'gereed', bewarenTot),
  // Nobody confirmed it, or replayed it: it is gone all the same.
  purge: ({ staat, verzegeld, bewarenTot, uiterlijk }) =>
    at(staat === 'opgehaald' && verzegeld !== null, bewarenTot) ??
    at(staat === 'mislukt' && verzegeld !== null, uiterlijk),
  remind: (row, law) => at(open.includes(row.staat), nextMoment(row, law)),
  giveUp: ({ staat, pogingen, opnieuw }) =>
    at(working.includes(staat) && pogingen >= mostAttempts, opnieuw),
  release: ({ staat, opnieuw }) => at(working.includes(staat), opnieuw),
  judge: ({ staat, verzegeld, epoch }, law) =>
    at(undecided.includes(staat) && verzegeld !== null && epoch !== law.epoch, 0),
  tell: (row, law) => at(isUntold(row, law), row.melden),
  bring: (row, law) => at(isBrought(row, law), row.opnieuw),
} satisfies Record<string, Due>

export type Task = keyof typeof dues

const order = Object.entries<Due>(dues) as [Task, Due][]

/** The first that is due now. */
export function taskOf(row: KeptRequest, law: PolicySet, now: Moment): Task | undefined {
  return order.find(([, due]) => (due(row, law) ?? Number.POSITIVE_INFINITY) <= now)?.[0]
}

/** When there is something to do for it; null: never again by itself. */
export function nextDue(row: KeptRequest, law: PolicySet): Moment | null {
  const next = Math.min(...order.map(([, due]) => due(row, law) ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(next) ? next : null
}

/** The request as this moment asks it again; undefined when its exchange is no more. */
export function reopen({ row, law, rooms }: Work): AskedAgain | undefined {
  if (!law.uitwisselingen.has(row.uitwisseling)) return undefined
  const sealed = unsealed(row, rooms)
  return askedAgain(row, sealed, ownCall(row, sealed.trace, rooms.clock()), law)
}

/** Its receiver has it: nothing of it stays, and mostly nothing is left to do. */
export function arrived(row: KeptRequest, law: PolicySet): Change {
  const staat = 'afgeleverd'
  return { staat, vanaf: nextDue({ ...row, staat, verzegeld: null }, law), purged: true }
}

/** Under the law that this step saw: an outdated one ends nothing. */
export async function note(
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

/** An end that no decision gives: recorded, purged, and its asker is told. */
export async function end(
  work: Work,
  staat: RequestState & ('verlopen' | 'geweigerd'),
  reden: string,
): Promise<void> {
  const change: Change = { ...over(work.row, staat, reden), vanaf: work.rooms.clock() }
  await note(work, 'einde', { uitkomst: staat, redenen: [{ code: reden }] }, change)
}
