// Who is named in these data besides the person they are about? Each is a data subject of their own.
import type { DataSubject, ExchangeTerms, RequestBody } from '../terms.ts'

/** A person besides the subject, and the field that names them. */
export interface OtherPerson {
  readonly veld: string
  readonly persoon: DataSubject
}

const none: readonly OtherPerson[] = []

/** In the fields that hold a number of somebody (domain §5, household effect); each number once. */
export function othersIn(
  rows: readonly Readonly<Record<string, unknown>>[],
  { persoonsvelden }: Pick<ExchangeTerms, 'persoonsvelden'>,
  betrokkene: RequestBody['betrokkene'],
): readonly OtherPerson[] {
  if (persoonsvelden === undefined) return none
  const named = new Map<string, OtherPerson>()
  for (const row of rows) {
    for (const veld of persoonsvelden) {
      const waarde = row[veld]
      if (typeof waarde !== 'string' || waarde === betrokkene?.waarde || named.has(waarde)) continue
      named.set(waarde, { veld, persoon: { soort: 'bsn', waarde } })
    }
  }
  return [...named.values()]
}
