// What was this principal told before, and how often did it ask? The facts of one call, and the rows it adds.

import type { Store } from '../store.ts'
import type { Decision, Facts, Moment, PurposeRequest, ReasonCode, RoomRow } from '../terms.ts'
import { braked } from './brake.ts'
import { decide } from './decide.ts'
import { type FactKeys, factKeys, type Pseudonym, rememberGroups } from './fact-keys.ts'
import { type Found, openFactStore, type Wanted } from './fact-store.ts'
import { weigh } from './handed.ts'
import type { Arrangement, PolicySet } from './law.ts'
import { addDays, later, legalDate, midnight } from './legal-time.ts'
import { question } from './question.ts'
import { beginsFunction, isRung, keptApart, stageFacts, stageRows, withFine } from './stages.ts'

export interface FactsRoom {
  readonly read: (wanted: Wanted) => Promise<Found>
  readonly pseudonym: Pseudonym
  /** What this process allowed and has not committed yet, per counter. */
  readonly underWay: Map<string, number>
  /** Signals this process raised, so that calls of one moment raise one. */
  readonly raised: Set<string>
}

export function openFacts(store: Store, pseudonym: Pseudonym): FactsRoom {
  return {
    read: openFactStore(store),
    pseudonym: rememberGroups(pseudonym),
    underWay: new Map(),
    raised: new Set(),
  }
}

/** The facts of one call, and what a decision on them adds. */
export interface Gathered {
  /** The ladder's key of this case and person; undefined opens no rung. */
  readonly sleutel: string | undefined
  /**
   * With what this process allowed since. Call `hold` before anything is awaited: the next to decide counts it.
   * @param eerder what the log was found to say of a correction or a doubt
   */
  decide(eerder?: boolean): Decision
  /** Rows for the decision's own commit; a refusal counts for no limit and registers no person (design §4). */
  rows(decision: Decision): readonly RoomRow[]
  /** Counts an allowed decision until its record is durable or failed. */
  hold(decision: Decision): () => void
  /** A signal that this decision gives rise to, once a day per principal and exchange. */
  signal(decision: Decision): Signal | undefined
  /**
   * Asked once the decision is recorded, of what was first in its case: why it was not, after all. Of two
   * first questions only one was, and whoever acts in two functions at one moment acts in neither.
   * Undefined when nothing was first: most calls wait for nothing (hot path).
   */
  overtaken(decision: Decision): Promise<ReasonCode | undefined> | undefined
}

/** Something an officer must look at: it goes into the log with the row that keeps it from repeating. */
export interface Signal {
  readonly code: 'veel-personen' | 'ontsnapping-niet-afgesloten'
  readonly bij: Readonly<Record<string, number>>
  readonly rijen: readonly RoomRow[]
  /** It could not be recorded: the next call raises it. */
  readonly failed: () => void
}

/** Slow enumeration is looked for over a sliding window of so many legal days. */
const window = 30
/** How long a person belongs to a case after it was last registered; proposed, no law gives a term. */
export const caseTerm = 'P2Y'

/** Whom a case is registered for as somebody whose address stays hidden in it (domain S32). */
export const shieldingRoles: readonly string[] = ['slachtoffer', 'in-opvang']

/** What one call was found to be. */
interface Findings {
  readonly room: FactsRoom
  readonly keys: FactKeys
  readonly found: Found
  readonly arrangement: Arrangement
  readonly noodrem: readonly string[]
  readonly weging: Facts['weging']
  /** An address is asked; else nobody looks whose must stay hidden. */
  readonly adres: boolean
  readonly now: Moment
  /** Its own escape counts for nothing. */
  readonly ontsnapt: boolean
}

/** What only a later step of an accepted request knows; it was counted when it was accepted. */
export interface LaterStep extends Required<Pick<Facts, 'goedkeuringen'>> {
  /** It used the escape of the case relation itself. */
  readonly ontsnapt: boolean
}

/** Asks the store only what this arrangement looks at. */
export async function gatherFacts(
  room: FactsRoom,
  request: PurposeRequest,
  law: PolicySet,
  step?: LaterStep,
): Promise<Gathered> {
  const arrangement = law.uitwisselingen.get(request.uitwisseling)
  if (!arrangement) throw new Error('facts of an exchange that does not exist')
  const { tijd: now } = request
  const vraag = question(request, law)
  const { weging } = weigh(request, arrangement, law, now)
  const all = factKeys(room.pseudonym, request, { arrangement, law, now })
  const keys = step ? { ...all, tellers: [] } : all
  const noodzaak = request.body.motivering?.noodzaak ?? ''
  const adres = asksAddress(request, arrangement)
  const escapes = arrangement.ontsnapping?.redenen.includes(noodzaak) ?? false
  const wanted = wantedOf(keys, now, { escapes, adres })
  const asks = Object.values(wanted).some(some => some.length > 0)
  const found: Found = asks ? await room.read(wanted) : () => []
  // Without a brake nothing is made for it (hot path).
  const noodrem = law.noodrem.length === 0 ? law.noodrem : braked(vraag, law)
  const { goedkeuringen, ontsnapt = false } = step ?? {}
  const findings: Findings = {
    room,
    keys,
    found,
    arrangement,
    noodrem,
    weging,
    adres,
    now,
    ontsnapt,
  }
  return {
    sleutel: keys.sleutel,
    decide(eerder) {
      const feiten: Facts = {
        ...(eerder !== undefined && { eerder }),
        ...factsOf(findings),
        ...(goedkeuringen && { goedkeuringen }),
      }
      const decision = decide(vraag, feiten, law, now)
      // Who may not ask this anyhow does not hear from the refusal what the person wants.
      const verhindering = decision.uitkomst === 'toegestaan' ? barredBy(findings) : undefined
      if (verhindering === undefined) return decision
      return { ...decide(vraag, { ...feiten, verhinderd: true }, law, now), verhindering }
    },
    rows: decision => rowsOf(decision, findings),
    hold: decision => hold(decision, findings),
    signal: decision => signalOf(decision, findings),
    overtaken({ feiten }) {
      const opens = feiten.zaakrelatie === 'nieuw'
      const begins = beginsFunction(feiten, findings)
      return opens || begins ? overtakenBy(findings, { opens, begins }) : undefined
    },
  }
}

async function overtakenBy(
  findings: Findings,
  { opens, begins }: { readonly opens: boolean; readonly begins: boolean },
): Promise<ReasonCode | undefined> {
  const { zaak, lid, deelname } = findings.keys
  const found = await findings.room.read({
    ...(opens && { zaak: some(zaak), lid: some(lid) }),
    ...(begins && { fase: some(deelname) }),
  })
  const then = { ...findings, found }
  if (opens && relationOf(then).zaakrelatie !== 'bekend') return 'ZAAKRELATIE_ONTBREEKT'
  const apart = begins && keptApart(stageFacts(then).functies, findings.arrangement)
  return apart ? 'FUNCTIESCHEIDING_GESCHONDEN' : undefined
}

const nothing: readonly string[] = []

function some(key: string | undefined): readonly string[] {
  return key === undefined ? nothing : [key]
}

function asksAddress({ body }: PurposeRequest, { gevoelig }: Arrangement): boolean {
  const { velden, gegevens } = body
  // That an address was wrong says of no place where somebody is.
  const isGiven = (veld: string) => gegevens?.[veld] !== null
  return gevoelig.size > 0 && velden.some(veld => gevoelig.get(veld)?.isAdres && isGiven(veld))
}

function wantedOf(
  { groep, ladder, persoon, zaak, lid, schuilt, tellers, deelname, bezwaar }: FactKeys,
  now: Moment,
  { escapes, adres }: { readonly escapes: boolean; readonly adres: boolean },
): Wanted {
  return {
    trede: some(ladder),
    fase: some(deelname),
    bezwaar: some(bezwaar),
    gebruik: [
      ...tellers.map(({ sleutel }) => sleutel),
      ...(persoon === undefined && !escapes ? [] : [signalKey(groep, now)]),
    ],
    gezien: some(persoon),
    dag: persoon === undefined ? [] : [groep],
    zaak: some(zaak),
    lid: some(adres ? (lid ?? schuilt) : lid),
    ontsnapping: escapes && lid !== undefined ? [`${lid}|${groep}`] : [],
    open: escapes ? [groep] : [],
  }
}

/** One signal per principal, exchange and legal day. */
function signalKey(groep: string, now: Moment): string {
  return `${groep}|signaal|${legalDate(now)}`
}

function factsOf(findings: Findings): Facts {
  const { room, keys, found, arrangement, noodrem, now, weging } = findings
  const { tellers, ladder } = keys
  // In the order of names, as in the leaf (hot path).
  return {
    ...(hides(findings, keys.lid) && { afgeschermd: true }),
    ...stageFacts(findings),
    ...(tellers.length > 0 && {
      gebruik: Object.fromEntries(
        tellers
          .map(({ sleutel, limit }) => [
            limit.use,
            used(found, sleutel) + (room.underWay.get(sleutel) ?? 0),
          ])
          .sort(),
      ),
    }),
    noodrem,
    ...relationOf(findings),
    treden: found('trede', ladder)
      .filter(({ naam, aan, tot }) => naam.startsWith(`${arrangement.id} `) && aan && tot > now)
      .map(({ naam }) => naam.slice(arrangement.id.length + 1))
      .filter(isRung),
    ...withFine(weging, findings),
  }
}

/**
 * The person does not want this, from its day on (AVG art. 21); or hides, and where they live now would reach
 * who was given an address in whichever case (domain S32).
 */
function barredBy(findings: Findings): ReasonCode | undefined {
  const { found, keys, now } = findings
  if (hides(findings, keys.schuilt)) return 'AFGESCHERMD'
  const barred = found('bezwaar', keys.bezwaar).some(({ getal, tot }) => getal <= now && now < tot)
  return barred ? 'OPT_OUT' : undefined
}

/** What the receiver itself registered, and only where an address is asked: else it is of nobody's concern. */
function hides({ adres, found, now }: Findings, key: string | undefined): boolean {
  return (
    adres && found('lid', key).some(({ naam, tot }) => tot > now && shieldingRoles.includes(naam))
  )
}

function relationOf({
  keys,
  found,
  room,
  now,
  ontsnapt,
}: Findings): Pick<Facts, 'zaakrelatie' | 'ontsnapping'> {
  const { zaak, lid, groep } = keys
  if (zaak === undefined || lid === undefined) return {}
  const holds = (kind: 'lid' | 'zaak', key: string) => found(kind, key).some(({ tot }) => tot > now)
  if (holds('lid', lid)) return { zaakrelatie: 'bekend' }
  if (!holds('zaak', zaak)) return { zaakrelatie: 'nieuw' }
  const once = `${lid}|${groep}`
  if (found('open', groep).some(({ tot }) => tot <= now)) {
    return { zaakrelatie: 'anders', ontsnapping: 'te-laat' }
  }
  const isUsed = !ontsnapt && (found('ontsnapping', once).length > 0 || room.underWay.has(once))
  return { zaakrelatie: 'anders', ...(isUsed && { ontsnapping: 'gebruikt' }) }
}

function rowsOf({ uitkomst, toetsing, feiten }: Decision, findings: Findings): readonly RoomRow[] {
  const always = stageRows(feiten, findings)
  if (uitkomst === 'geweigerd') return always
  const { keys, arrangement, now } = findings
  const { groep, persoon, zaak, lid, tellers } = keys
  const rows = [...always]
  rows.push(...tellers.map(({ sleutel, limit }) => counted(sleutel, limit.end(now))))
  if (persoon !== undefined && !isSeen(findings)) {
    const vervalt = midnight(addDays(legalDate(now), window))
    const waarden = { sleutel: persoon, groep, dag: dayNumber(now), vervalt }
    rows.push({ tabel: 'policy.person_seen', waarden })
  }
  if (zaak === undefined || lid === undefined) return rows
  const vervalt = later(now, caseTerm)
  if (feiten.zaakrelatie === 'nieuw') {
    const waarden = { persoon: lid, zaak, rol: 'onbekend', eerste: true, tijd: now, vervalt }
    rows.push({ tabel: 'policy.case_person', waarden })
  }
  if (toetsing === 'ontsnapping') {
    const uiterlijk = later(now, arrangement.ontsnapping?.afsluitenBinnen ?? 'P1D')
    const waarden = { sleutel: `${lid}|${groep}`, persoon: lid, groep, uiterlijk, vervalt }
    rows.push({ tabel: 'policy.case_escape', waarden })
  }
  return rows
}

function hold(
  { uitkomst, toetsing }: Decision,
  { room: { underWay }, keys }: Findings,
): () => void {
  if (uitkomst === 'geweigerd') return () => {}
  const held = keys.tellers.map(({ sleutel }) => sleutel)
  if (toetsing === 'ontsnapping') held.push(`${keys.lid}|${keys.groep}`)
  for (const key of held) underWay.set(key, (underWay.get(key) ?? 0) + 1)
  return () => {
    for (const key of held) {
      const left = (underWay.get(key) ?? 1) - 1
      if (left > 0) underWay.set(key, left)
      else underWay.delete(key)
    }
  }
}

const maxRaised = 10_000

function signalOf({ uitkomst, feiten }: Decision, findings: Findings): Signal | undefined {
  const { room, keys, found, now } = findings
  const key = signalKey(keys.groep, now)
  if (used(found, key) > 0 || room.raised.has(key)) return undefined
  const what =
    feiten.ontsnapping === 'te-laat'
      ? ({ code: 'ontsnapping-niet-afgesloten', bij: {} } as const)
      : uitkomst === 'toegestaan' && tooManyPersons(findings)
  if (!what) return undefined
  if (room.raised.size >= maxRaised) room.raised.clear()
  room.raised.add(key)
  return {
    ...what,
    rijen: [counted(key, midnight(addDays(legalDate(now), 1)))],
    failed: () => void room.raised.delete(key),
  }
}

function tooManyPersons(findings: Findings) {
  const { keys, found, arrangement, now } = findings
  const grens = arrangement.grenzen?.personenPer30Dagen
  if (grens === undefined || keys.persoon === undefined || isSeen(findings)) return undefined
  const persons = found('dag', keys.groep)
    .filter(({ tot }) => tot > dayNumber(now) - window)
    .reduce((sum, { getal }) => sum + getal, 1)
  return persons > grens ? ({ code: 'veel-personen', bij: { grens } } as const) : undefined
}

/** Counted in the window already. */
function isSeen({ found, keys: { persoon }, now }: Findings): boolean {
  return found('gezien', persoon).some(({ getal }) => getal > dayNumber(now) - window)
}

function used(found: Found, sleutel: string): number {
  return found('gebruik', sleutel)[0]?.getal ?? 0
}

function counted(sleutel: string, vervalt: Moment): RoomRow {
  return { tabel: 'policy.quota_use', waarden: { sleutel, aantal: 1, vervalt } }
}

/** A legal day as a number that days can be counted with. */
function dayNumber(now: Moment): number {
  return Date.parse(`${legalDate(now)}T00:00:00Z`) / 86_400_000
}
