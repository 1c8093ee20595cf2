// Who does not want to be approached for a purpose? One register, whichever body a person told it (36 799; AVG art. 21).
import type { Store } from '../store.ts'
import type { DataSubject, Moment, Party, RoomRow } from '../terms.ts'
import type { Pseudonym } from './fact-keys.ts'
import type { PolicySet } from './law.ts'
import { later } from './legal-time.ts'
import { canProvide, isOfKind } from './provider.ts'
import { visibleTo } from './visible.ts'

/** How long it counts unless it is lifted; proposed, no law gives a term. */
export const optOutTerm = 'P10Y'

/**
 * Of purpose and person, and of no organisation: it counts for all that take part. In the keys of one log for
 * all exchanges, as who may not do two things in one case.
 */
export function optOutKey(
  pseudonym: Pseudonym,
  doel: string,
  { soort, waarde }: DataSubject,
): string {
  return pseudonym('vertrouwelijk', JSON.stringify(['bezwaar', doel, soort, waarde]))
}

/** The purposes that heed it, of exchanges in which this party provides or receives. */
export function optOutPurposes(
  party: Pick<Party, 'oin' | 'soort'>,
  { uitwisselingen }: PolicySet,
): readonly (readonly [doel: string, omschrijving: string])[] {
  const own = [...uitwisselingen.values()].filter(
    one =>
      one.voorwaarden.optOut !== undefined &&
      visibleTo(one, party) &&
      (canProvide(one.verstrekker, party) || isOfKind(one.ontvangers.soort, party)),
  )
  return [...new Map(own.map(({ doel }) => [doel.id, doel.omschrijving]))].sort()
}

/** From `vanaf` on, until its term. */
export function optOutRow(sleutel: string, vanaf: Moment): RoomRow {
  const waarden = { sleutel, vanaf, vervalt: later(vanaf, optOutTerm) }
  return { tabel: 'policy.opt_out', waarden }
}

/** Over from `now` on, also where it had still to begin. */
export function liftedRow(sleutel: string, now: Moment): RoomRow {
  return { tabel: 'policy.opt_out', waarden: { sleutel, vanaf: now, vervalt: now } }
}

/** Those of these keys that count now or will, and from when. */
export async function openOptOuts(
  store: Pick<Store, 'query'>,
  keys: readonly string[],
  now: Moment,
): Promise<ReadonlyMap<string, Moment>> {
  const rows = await store.query<{ sleutel: string; vanaf: number }>(
    'select sleutel, vanaf from policy.opt_out where sleutel = any($1) and vervalt > $2',
    [keys, now],
  )
  return new Map(rows.map(({ sleutel, vanaf }) => [sleutel, vanaf]))
}
