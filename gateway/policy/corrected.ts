// May this value stand in the place of one that was given? What a correction may hold, and which answers rest on a field.
import type { Fault } from '../problem.ts'
import type { Arrangement, Dataset, DerivedField, Field, MonthlyFieldText } from './law.ts'
import type { Row } from './material.ts'
import { valueCheck } from './row-schema.ts'

/** What this arrangement gives under this name: per month or per row, or derived from rows. */
export function fieldOf(
  veld: string,
  { rijen }: Pick<Arrangement, 'rijen'>,
  { velden, perMaand, afgeleid }: Dataset,
): Field | MonthlyFieldText | DerivedField | undefined {
  const own = rijen === 'maand' ? perMaand : velden
  if (Object.hasOwn(afgeleid, veld)) return afgeleid[veld]
  return Object.hasOwn(own, veld) ? own[veld] : undefined
}

/** null: what was given is wrong, and there is no value in its place. */
export function valueFaults(
  veld: string,
  waarde: unknown,
  arrangement: Pick<Arrangement, 'rijen'>,
  dataset: Dataset,
): readonly Fault[] {
  const field = fieldOf(veld, arrangement, dataset)
  if (field === undefined) return [{ pointer: '/veld', melding: 'is hier geen gegeven' }]
  if (waarde === null) return []
  return valueCheck(field)({ waarde })
}

/** The corrected values as the one row of an answer; undefined when one has not the type of its field. */
export function correctedRow(
  velden: readonly string[],
  gegevens: Row,
  arrangement: Pick<Arrangement, 'rijen'>,
  dataset: Dataset,
): Row | undefined {
  const fits = velden.every(
    veld =>
      Object.hasOwn(gegevens, veld) &&
      valueFaults(veld, gegevens[veld], arrangement, dataset).length === 0,
  )
  if (!fits) return undefined
  return Object.fromEntries(velden.map(veld => [veld, structuredClone(gegevens[veld])]))
}

/** Which answers of this arrangement are made out of this field: a corrected field does not correct them. */
export function restingOn(
  veld: string,
  { rijen, rungOf }: Pick<Arrangement, 'rijen' | 'rungOf'>,
  { perMaand, afgeleid }: Dataset,
): readonly string[] {
  const made = rijen === 'maand' ? { ...perMaand, ...afgeleid } : afgeleid
  return Object.entries(made)
    .filter(([name, { uit }]) => name !== veld && uit.includes(veld) && rungOf.has(name))
    .map(([name]) => name)
}
