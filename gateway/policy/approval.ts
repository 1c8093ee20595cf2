// May this person approve this request? What the law asks of a second person, beside a good signature.
import type { Reason, RequestBody } from '../terms.ts'
import type { Arrangement } from './law.ts'

/** Four eyes: another person, in another function, that this arrangement names (A3: the one the law names). */
export function approvalReasons(
  { goedkeurders = [] }: Arrangement,
  { medewerker }: RequestBody,
  approver: { readonly goedkeurder: string; readonly functie: string },
): readonly Reason[] {
  if (medewerker?.id === approver.goedkeurder) return [{ code: 'FUNCTIESCHEIDING_GESCHONDEN' }]
  if (medewerker?.functie !== approver.functie && goedkeurders.includes(approver.functie)) return []
  return [
    { code: 'FUNCTIE_NIET_BEVOEGD', bij: { functies: goedkeurders.join(', '), goedkeuring: 'ja' } },
  ]
}
