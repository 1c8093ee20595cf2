// What was this principal told before, in this case, about this person? One query for many calls at once.

import type { Store } from '../store.ts'
import type { Facts, LogName, Moment, PurposeRequest } from '../terms.ts'
import type { PolicySet } from './law.ts'
import { exchangeTerms } from './permit.ts'

/** Keyed pseudonym of a text, per log: made by the audit room's keys, so facts die with them. */
export type Pseudonym = (log: LogName, text: string) => string

export interface FactsRoom {
  /** Which rungs stand open; absent case or person: none. */
  openRungs(key: string, uitwisseling: string, now: Moment): Promise<readonly string[]>
  readonly pseudonym: Pseudonym
}

interface CaseFact {
  readonly sleutel: string
  readonly uitwisseling: string
  readonly trede: string
  readonly open: boolean
  readonly vervalt: Moment
}

interface Waiting {
  readonly resolve: (facts: readonly CaseFact[]) => void
  readonly reject: (reason: unknown) => void
}

/** Latest per key and rung; of two in the same millisecond the closing one. */
const latest = `
  select distinct on (sleutel, uitwisseling, trede) sleutel, uitwisseling, trede, open, vervalt
  from policy.case_fact
  where sleutel = any($1)
  order by sleutel, uitwisseling, trede, tijd desc, open`

/** While one query is under way the next calls gather, so load makes batches, not queries. */
const maxUnderWay = 2

export function openFacts(store: Store, pseudonym: Pseudonym): FactsRoom {
  let waiting = new Map<string, Waiting[]>()
  let underWay = 0

  async function flush(): Promise<void> {
    if (waiting.size === 0 || underWay >= maxUnderWay) return
    const batch = waiting
    waiting = new Map()
    underWay++
    try {
      const facts = await store.query<CaseFact>(latest, [[...batch.keys()]])
      const perKey = Map.groupBy(facts, fact => fact.sleutel)
      for (const [key, callers] of batch) {
        for (const caller of callers) caller.resolve(perKey.get(key) ?? [])
      }
    } catch (error) {
      for (const callers of batch.values()) for (const caller of callers) caller.reject(error)
    } finally {
      underWay--
      setImmediate(() => void flush())
    }
  }

  function read(key: string): Promise<readonly CaseFact[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly CaseFact[]>()
    const callers = waiting.get(key)
    if (callers) callers.push({ resolve, reject })
    else waiting.set(key, [{ resolve, reject }])
    setImmediate(() => void flush())
    return promise
  }

  return {
    pseudonym,
    async openRungs(key, uitwisseling, now) {
      const facts = await read(key)
      return facts
        .filter(fact => fact.uitwisseling === uitwisseling && fact.open && fact.vervalt > now)
        .map(fact => fact.trede)
    },
  }
}

/** The ladder's key: principal, exchange, case and person; JSON keeps the four apart. */
export function caseKey(
  pseudonym: Pseudonym,
  request: PurposeRequest,
  law: PolicySet,
): string | undefined {
  const { zaak, namens, betrokkene, object } = request.body
  const subject = object ?? betrokkene
  if (zaak === undefined || subject === undefined) return undefined
  const principal = namens ?? request.peer.party.oin
  const parts = [principal, request.uitwisseling, zaak, subject.soort, subject.waarde]
  return pseudonym(exchangeTerms(request, law).log, JSON.stringify(parts))
}

/** Asks the store only when a rung that needs opening is asked for. */
export async function gatherFacts(
  room: FactsRoom,
  request: PurposeRequest,
  law: PolicySet,
  now: Moment,
): Promise<Facts> {
  const arrangement = law.uitwisselingen.get(request.uitwisseling)
  const climbs = request.body.velden.some(veld => arrangement?.rungOf.get(veld)?.na !== undefined)
  const key = climbs ? caseKey(room.pseudonym, request, law) : undefined
  if (key === undefined) return nothingOpen
  return { treden: await room.openRungs(key, request.uitwisseling, now), noodrem: [] }
}

const nothingOpen: Facts = Object.freeze({
  treden: Object.freeze<string[]>([]),
  noodrem: Object.freeze<string[]>([]),
})
