// What was this principal told before, and how often did it ask? The facts of one call, and the rows it adds.

import type { Store } from '../store.ts'
import type { Decision, Facts, LogName, Moment, Oin, PurposeRequest, RoomRow } from '../terms.ts'
import { type Found, openFactStore, type Wanted } from './fact-store.ts'
import type { Arrangement, PolicySet } from './law.ts'
import { addDays, legalDate, midnight } from './legal-time.ts'
import { limits } from './limits.ts'
import { exchangeTerms } from './permit.ts'

/** Keyed pseudonym of a text, per log: made by the audit room's keys, so facts die with them. */
export type Pseudonym = (log: LogName, text: string) => string

export interface FactsRoom {
  readonly read: (wanted: Wanted) => Promise<Found>
  readonly pseudonym: Pseudonym
  /** What this process allowed and has not committed yet, per counter. */
  readonly underWay: Map<string, number>
  /** Signals this process raised, so that calls of one moment raise one. */
  readonly raised: Set<string>
}

export function openFacts(store: Store, pseudonym: Pseudonym): FactsRoom {
  const groups = new Map<string, string>()
  return {
    read: openFactStore(store),
    // A principal and an exchange, without a person or case: few, and asked for on every call.
    pseudonym: (log, text) => {
      if (!text.startsWith(groupMark)) return pseudonym(log, text)
      const name = log + text
      const known = groups.get(name) ?? pseudonym(log, text)
      if (groups.size < maxGroups) groups.set(name, known)
      return known
    },
    underWay: new Map(),
    raised: new Set(),
  }
}

const groupMark = '["groep",'
const maxGroups = 10_000

/** Every key is a pseudonym of JSON, which keeps its parts apart. */
function keyOf(pseudonym: Pseudonym, log: LogName, ...parts: readonly string[]): string {
  return pseudonym(log, JSON.stringify(parts))
}

/** Who the facts are about: the principal, also when another acts for it (design §4). */
function principalOf(request: PurposeRequest): Oin {
  return request.body.namens ?? request.peer.party.oin
}

/** The ladder's key: principal, exchange, case and person. */
export function caseKey(
  pseudonym: Pseudonym,
  request: PurposeRequest,
  law: PolicySet,
): string | undefined {
  const { zaak, betrokkene, object } = request.body
  const subject = object ?? betrokkene
  if (zaak === undefined || subject === undefined) return undefined
  const { log } = exchangeTerms(request, law)
  const parts = [principalOf(request), request.uitwisseling, zaak, subject.soort, subject.waarde]
  return keyOf(pseudonym, log, ...parts)
}

interface Keys {
  readonly groep: string
  readonly ladder?: string
  readonly persoon?: string
  /** Of each limit that this arrangement has: its counter, for the day or hour of now. */
  readonly tellers: readonly { readonly sleutel: string; readonly limit: (typeof limits)[number] }[]
}

function keysOf(
  { pseudonym }: FactsRoom,
  request: PurposeRequest,
  arrangement: Arrangement,
  law: PolicySet,
  now: Moment,
): Keys {
  const { zaak, velden, betrokkene, object } = request.body
  const { uitwisseling } = request
  const { log } = exchangeTerms(request, law)
  const principal = principalOf(request)
  const groep = keyOf(pseudonym, log, 'groep', principal, uitwisseling)
  const { grenzen = {} } = arrangement
  const counted = {
    perPartijPerUur: groep,
    perZaakPerDag:
      grenzen.perZaakPerDag === undefined || zaak === undefined
        ? undefined
        : keyOf(pseudonym, log, 'zaak', principal, uitwisseling, zaak),
  }
  const tellers = limits.flatMap(limit => {
    const of = counted[limit.name]
    if (of === undefined || grenzen[limit.name] === undefined) return []
    return [{ sleutel: `${of}|${limit.span(now)}`, limit }]
  })
  const climbs = velden.some(veld => arrangement.rungOf.get(veld)?.na !== undefined)
  const ladder = climbs ? caseKey(pseudonym, request, law) : undefined
  const subject = object ?? betrokkene
  return {
    groep,
    tellers,
    ...(ladder !== undefined && { ladder }),
    ...(grenzen.personenPer30Dagen !== undefined &&
      subject && {
        persoon: keyOf(
          pseudonym,
          log,
          'persoon',
          principal,
          uitwisseling,
          subject.soort,
          subject.waarde,
        ),
      }),
  }
}

/** The facts of one call, and what an allowing decision on them adds. */
export interface Gathered {
  /** With what this process allowed since; call it at the moment of deciding. */
  facts(): Facts
  /** Rows for the decision's own commit; a refusal has none (design §4). */
  rows(decision: Decision): readonly RoomRow[]
  /** Counts an allowed decision until its record is durable or failed. */
  hold(decision: Decision): () => void
  /** A signal that this decision gives rise to, once a day per principal and exchange. */
  signal(decision: Decision): Signal | undefined
}

/** Something an officer must look at: it goes into the log with the row that keeps it from repeating. */
export interface Signal {
  readonly code: 'veel-personen'
  readonly bij: Readonly<Record<string, number>>
  readonly rijen: readonly RoomRow[]
  /** It could not be recorded: the next call raises it. */
  readonly failed: () => void
}

const none: Found = () => []

/** Asks the store only what this arrangement looks at. */
export async function gatherFacts(
  room: FactsRoom,
  request: PurposeRequest,
  law: PolicySet,
  now: Moment,
): Promise<Gathered> {
  const arrangement = law.uitwisselingen.get(request.uitwisseling)
  if (!arrangement)
    return { facts: () => noFacts, rows: () => [], hold: () => () => {}, signal: () => undefined }
  const keys = keysOf(room, request, arrangement, law, now)
  const { groep, ladder, persoon, tellers } = keys
  const today = legalDate(now)
  const alarm = `${groep}|signaal|${today}`
  const wanted: Wanted = {
    ...(ladder !== undefined && { trede: [ladder] }),
    ...(persoon !== undefined && { gezien: [persoon], dag: [groep] }),
    gebruik: [...tellers.map(one => one.sleutel), ...(persoon === undefined ? [] : [alarm])],
  }
  const asks = Object.values(wanted).some(keysOfKind => keysOfKind.length > 0)
  const found = asks ? await room.read(wanted) : none
  const day = dayNumber(today)
  const seen = found('gezien', persoon).some(({ getal }) => getal > day - window)
  return {
    facts: () => ({
      treden: openRungs(found('trede', ladder), request.uitwisseling, now),
      noodrem: [],
      ...(tellers.length > 0 && {
        gebruik: Object.fromEntries(
          tellers.map(({ sleutel, limit }) => [
            limit.use,
            used(found, sleutel) + (room.underWay.get(sleutel) ?? 0),
          ]),
        ),
      }),
    }),
    rows: ({ uitkomst }) => {
      if (uitkomst === 'geweigerd') return []
      const uses = tellers.map(({ sleutel, limit }) => counted(sleutel, limit.end(now)))
      if (persoon === undefined || seen) return uses
      const vervalt = midnight(addDays(today, window))
      return [
        ...uses,
        { tabel: 'policy.person_seen', waarden: { sleutel: persoon, groep, dag: day, vervalt } },
      ]
    },
    hold: ({ uitkomst }) => {
      if (uitkomst === 'geweigerd') return () => {}
      for (const { sleutel } of tellers) {
        room.underWay.set(sleutel, (room.underWay.get(sleutel) ?? 0) + 1)
      }
      return () => {
        for (const { sleutel } of tellers) {
          const left = (room.underWay.get(sleutel) ?? 1) - 1
          if (left > 0) room.underWay.set(sleutel, left)
          else room.underWay.delete(sleutel)
        }
      }
    },
    signal: ({ uitkomst }) => {
      const grens = arrangement.grenzen?.personenPer30Dagen
      if (uitkomst === 'geweigerd' || grens === undefined || seen || persoon === undefined)
        return undefined
      const persons = found('dag', groep)
        .filter(({ tot }) => tot > day - window)
        .reduce((sum, { getal }) => sum + getal, 1)
      if (persons <= grens || used(found, alarm) > 0 || room.raised.has(alarm)) return undefined
      if (room.raised.size >= maxGroups) room.raised.clear()
      room.raised.add(alarm)
      return {
        code: 'veel-personen',
        bij: { grens },
        failed: () => void room.raised.delete(alarm),
        rijen: [counted(alarm, midnight(addDays(today, 1)))],
      }
    },
  }
}

/** Slow enumeration is looked for over a sliding window of so many legal days. */
const window = 30

const noFacts: Facts = Object.freeze({
  treden: Object.freeze<string[]>([]),
  noodrem: Object.freeze<string[]>([]),
})

function used(found: Found, sleutel: string): number {
  return found('gebruik', sleutel)[0]?.getal ?? 0
}

function counted(sleutel: string, vervalt: Moment): RoomRow {
  return { tabel: 'policy.quota_use', waarden: { sleutel, aantal: 1, vervalt } }
}

function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000
}

function openRungs(rows: ReturnType<Found>, uitwisseling: string, now: Moment): readonly string[] {
  return rows
    .filter(({ naam, aan, tot }) => naam.startsWith(`${uitwisseling} `) && aan && tot > now)
    .map(({ naam }) => naam.slice(uitwisseling.length + 1))
}
