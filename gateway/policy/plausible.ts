// What in a line that was handed over can hardly be so? It is marked for its receiver, never changed and never left out.
import type { Moment, RequestBody } from '../terms.ts'
import type { Arrangement, PolicySet } from './law.ts'
import { legalDate } from './legal-time.ts'
import type { Row } from './material.ts'

export interface Mark {
  readonly veld: string
  readonly code: string
}

/** What a rule may look at besides the line. */
export interface Setting {
  readonly law: PolicySet
  /** The legal day of now. */
  readonly vandaag: string
}

/** By the name that a dataset uses under `aannemelijk`; each gives its marks, or none. */
export const plausibilityRules: ReadonlyMap<
  string,
  (row: Row, setting: Setting) => readonly Mark[]
> = new Map()

export function doubtful(
  { gegevens }: RequestBody,
  { gegevensset }: Arrangement,
  law: PolicySet,
  now: Moment,
): readonly Mark[] {
  const names = law.gegevenssets.get(gegevensset)?.aannemelijk ?? []
  if (names.length === 0 || gegevens === undefined) return []
  const setting = { law, vandaag: legalDate(now) }
  return names.flatMap(name => plausibilityRules.get(name)?.(gegevens, setting) ?? [])
}
