// May this party act for that one? Mandaat (Awb art. 10:1) lets it act in the other's name, delegatie (10:13) does not.
import type { Moment, Oin, Reason } from '../terms.ts'
import type { RegisteredParty } from './law.ts'
import { within } from './legal-time.ts'

const none: readonly Reason[] = []

/** @param taak the purpose it acts for; absent when any task will do, as for registering a case */
export function mandateReasons(
  party: RegisteredParty | undefined,
  namens: Oin,
  now: Moment,
  taak?: string,
): readonly Reason[] {
  const ties = (party?.vertegenwoordigt ?? []).filter(one => one.oin === namens)
  const forTask = ties.filter(one => taak === undefined || one.taken.includes(taak))
  const mandates = forTask.filter(one => one.soort === 'mandaat')
  if (mandates.some(one => within(now, one.geldig))) return none
  const last = mandates.at(-1)
  if (last) {
    const { geldigVan: van, geldigTot } = last
    const bij = geldigTot === undefined ? { van } : { van, totEnMet: geldigTot }
    return [{ code: 'MANDAAT_VERLOPEN', bij }]
  }
  if (forTask.length > 0) return [{ code: 'MANDAAT_ONTBREEKT', bij: { soort: 'delegatie' } }]
  return ties.some(one => one.soort === 'mandaat')
    ? [{ code: 'MANDAAT_ONTBREEKT', bij: { soort: 'taak' } }]
    : [{ code: 'MANDAAT_ONTBREEKT' }]
}
