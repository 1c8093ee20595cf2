// Which employee took part in which stage of a case, in which function, and was a fine imposed in it? What una via and separation remember.
import type { Facts, Moment, PurposeRequest, RoomRow } from '../terms.ts'
import type { FactKeys } from './fact-keys.ts'
import type { Found } from './fact-store.ts'
import type { Arrangement, PolicySet } from './law.ts'
import { later } from './legal-time.ts'

/** Among the rungs of a case as no rung can be called: a space is in no name of a policy. */
const fined = 'una via'
/** Among the stages of a case as no stage can be called. */
const acted = 'functie '

/** What the ladder keeps under an exchange: a rung, or the fine. */
export function isRung(naam: string): boolean {
  return naam !== fined
}

interface Stage {
  readonly keys: FactKeys
  readonly found: Found
  readonly arrangement: Arrangement
  readonly now: Moment
}

/** A stage that some arrangement keeps apart from others counts, wherever it is named. */
export function separatedStage(
  { body: { fase } }: Pick<PurposeRequest, 'body'>,
  { uitwisselingen }: PolicySet,
): string | undefined {
  if (fase === undefined) return undefined
  const known = separated.get(uitwisselingen)
  const stages = known ?? new Set(separatedIn(uitwisselingen.values()))
  if (!known) separated.set(uitwisselingen, stages)
  return stages.has(fase) ? fase : undefined
}

/** Of each law, found once (hot path). */
const separated = new WeakMap<PolicySet['uitwisselingen'], ReadonlySet<string>>()

function separatedIn(arrangements: Iterable<Arrangement>): string[] {
  return [...arrangements].flatMap(({ voorwaarden }) => voorwaarden.gescheidenFasen ?? [])
}

/** A function that this arrangement keeps apart from others. */
export function separatedFunction(
  { body: { medewerker } }: Pick<PurposeRequest, 'body'>,
  { voorwaarden: { gescheidenFuncties } }: Arrangement,
): string | undefined {
  const functie = medewerker?.functie
  return functie !== undefined && gescheidenFuncties?.includes(functie) ? functie : undefined
}

/** Other stages of this case that the same employee took part in, and other functions in which it acted. */
export function stageFacts({
  keys,
  found,
  arrangement,
  now,
}: Stage): Pick<Facts, 'fasen' | 'functies'> {
  const { deelname, fase, functie } = keys
  if (deelname === undefined) return {}
  const known = found('fase', deelname)
    .filter(({ tot }) => tot > now)
    .map(({ naam }) => naam)
  const stages = fase !== undefined || arrangement.voorwaarden.gescheidenFasen !== undefined
  return {
    ...(stages && { fasen: others(known, fase) }),
    ...(functie !== undefined && { functies: others(functionsIn(known), functie) }),
  }
}

function others(known: readonly string[], own: string | undefined): readonly string[] {
  return known.filter(naam => naam !== own && !naam.startsWith(acted)).sort()
}

function functionsIn(known: readonly string[]): readonly string[] {
  return known.filter(naam => naam.startsWith(acted)).map(naam => naam.slice(acted.length))
}

/** Once fined is fined for this case, whatever a later request says. */
export function withFine(
  weging: Facts['weging'],
  { keys, found, arrangement, now }: Stage,
): Pick<Facts, 'weging'> {
  if (weging === undefined) return {}
  return { weging: { ...weging, boete: weging.boete || isFined(keys, found, arrangement, now) } }
}

function isFined(keys: FactKeys, found: Found, { id }: Arrangement, now: Moment): boolean {
  return found('trede', keys.ladder).some(({ naam, tot }) => naam === `${id} ${fined}` && tot > now)
}

/**
 * They commit with every decision, also a refusal: who was refused for its stage took part in it. A
 * function is kept once, and by whom another keeps out of it not at all: else one mistake shuts both.
 */
export function stageRows(facts: Facts, stage: Stage): readonly RoomRow[] {
  const { keys, found, arrangement, now } = stage
  const { deelname, fase, sleutel } = keys
  const rows: RoomRow[] = []
  const part = (naam: string) => {
    const vervalt = later(now, arrangement.bewaren.log)
    const waarden = {
      sleutel: `${deelname}|${naam}`,
      medewerker: deelname ?? '',
      fase: naam,
      vervalt,
    }
    rows.push({ tabel: 'policy.case_phase', waarden })
  }
  if (deelname !== undefined && fase !== undefined) part(fase)
  if (beginsFunction(facts, stage)) part(`${acted}${keys.functie}`)
  if (facts.weging?.boete && sleutel !== undefined && !isFined(keys, found, arrangement, now)) {
    const { id: uitwisseling, bewaren } = arrangement
    const vervalt = later(now, bewaren.log)
    const waarden = { sleutel, uitwisseling, trede: fined, open: true, tijd: now, vervalt }
    rows.push({ tabel: 'policy.case_fact', waarden })
  }
  return rows
}

/** The first time that this employee acts in this function in this case, and nothing keeps it from that. */
export function beginsFunction(
  { functies }: Facts,
  { keys, found, arrangement, now }: Stage,
): boolean {
  const { deelname, functie } = keys
  if (deelname === undefined || functie === undefined || keptApart(functies, arrangement))
    return false
  const own = `${acted}${functie}`
  return !found('fase', deelname).some(({ naam, tot }) => naam === own && tot > now)
}

/** Of two functions at one moment each finds the other in the log. */
export function keptApart(
  functies: Facts['functies'],
  { voorwaarden: { gescheidenFuncties = [] } }: Arrangement,
): boolean {
  return functies?.some(one => gescheidenFuncties.includes(one)) ?? false
}
