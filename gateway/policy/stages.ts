// Which employee took part in which stage of a case, and was a fine imposed in it? What una via and separation remember.
import type { Facts, Moment, PurposeRequest, RoomRow } from '../terms.ts'
import type { FactKeys } from './fact-keys.ts'
import type { Found } from './fact-store.ts'
import type { Arrangement, PolicySet } from './law.ts'
import { later } from './legal-time.ts'

/** Among the rungs of a case as no rung can be called: a space is in no name of a policy. */
const fined = 'una via'

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
  const separates = ({ voorwaarden }: Arrangement) => voorwaarden.gescheidenFasen?.includes(fase)
  return [...uitwisselingen.values()].some(separates) ? fase : undefined
}

/** Other stages of this case that the same employee took part in. */
export function stageFacts({ keys, found, now }: Stage): Pick<Facts, 'fasen'> {
  const { deelname, fase } = keys
  if (deelname === undefined) return {}
  const known = found('fase', deelname).filter(({ naam, tot }) => naam !== fase && tot > now)
  return { fasen: known.map(({ naam }) => naam).sort() }
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

/** They commit with every decision, also a refusal: who was refused for its stage took part in it. */
export function stageRows(
  { weging }: Facts,
  { keys, found, arrangement, now }: Stage,
): readonly RoomRow[] {
  const { deelname, fase, sleutel } = keys
  const rows: RoomRow[] = []
  if (deelname !== undefined && fase !== undefined) {
    const vervalt = later(now, arrangement.bewaren.log)
    const waarden = { sleutel: `${deelname}|${fase}`, medewerker: deelname, fase, vervalt }
    rows.push({ tabel: 'policy.case_phase', waarden })
  }
  if (weging?.boete && sleutel !== undefined && !isFined(keys, found, arrangement, now)) {
    const { id: uitwisseling, bewaren } = arrangement
    const vervalt = later(now, bewaren.log)
    const waarden = { sleutel, uitwisseling, trede: fined, open: true, tijd: now, vervalt }
    rows.push({ tabel: 'policy.case_fact', waarden })
  }
  return rows
}
