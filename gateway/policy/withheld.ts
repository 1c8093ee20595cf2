// Which asked fields stay back after all, by what the source says of the person, the address and the age of its data?
import type { LegalDate, Moment, Origin } from '../terms.ts'
import type { Arrangement, Dataset } from './law.ts'
import { addDays, later, midnight } from './legal-time.ts'
import type { Row } from './material.ts'

export interface Withheld {
  readonly veld: string
  readonly reden: 'overleden' | 'nummerVervangen' | 'verouderd' | 'afgeschermd'
}

/** Goes along with every address, asked or not: what is never absent says nothing by its absence. */
export interface Mark {
  readonly veld: string
  /** Of the person, not of a row; null: the source has no row that could say so. */
  readonly waarde: boolean | null
}

export interface Kept {
  readonly withheld: readonly Withheld[]
  readonly mark?: Mark
}

interface Asked {
  readonly velden: readonly string[]
  readonly arrangement: Arrangement
  readonly dataset: Dataset
}

/** Of everything asked; the first reason counts, and nothing more is said of a field that has one. */
export function keptBack(
  asked: Asked,
  source: {
    readonly rijen: readonly Row[]
    readonly herkomst: Pick<Origin, 'peildatum' | 'volledigTotEnMet'>
    readonly overleden?: LegalDate
  },
  now: Moment,
): Kept {
  const { velden, arrangement } = asked
  const stale = new Set(staleFields(asked, source.herkomst, now).map(({ veld }) => veld))
  const { naOverlijden = [] } = arrangement
  const silent = velden.flatMap((veld): Withheld[] => {
    if (source.overleden !== undefined && !naOverlijden.includes(veld)) {
      return [{ veld, reden: 'overleden' }]
    }
    return stale.has(veld) ? [{ veld, reden: 'verouderd' }] : []
  })
  return shielded(asked, silent, secrecy(source.rijen, asked.dataset))
}

/** Domain S77: fields of a rung for which the source's own data are too old. */
export function staleFields(
  { velden, arrangement: { rungOf } }: Omit<Asked, 'dataset'>,
  { peildatum, volledigTotEnMet }: Pick<Origin, 'peildatum' | 'volledigTotEnMet'>,
  now: Moment,
): readonly Withheld[] {
  const oldest = peildatum < volledigTotEnMet ? peildatum : volledigTotEnMet
  return velden.flatMap((veld): Withheld[] => {
    const versheid = rungOf.get(veld)?.versheid
    const isStale = versheid !== undefined && now >= later(midnight(addDays(oldest, 1)), versheid)
    return isStale ? [{ veld, reden: 'verouderd' }] : []
  })
}

/**
 * A secret address (BRP 70.10) leaves only where a second person looked, and the mark always beside it.
 * Who is secret is a person, so one row that says so speaks for all.
 */
export function shielded(
  { velden, arrangement, dataset }: Asked,
  silent: readonly Withheld[],
  secret: boolean | null,
): Kept {
  const { geheim } = dataset
  if (geheim === undefined) return { withheld: silent }
  const isSilent = (veld: string) => silent.some(one => one.veld === veld)
  const addresses = velden.filter(
    veld => arrangement.gevoelig.get(veld)?.isAdres && !isSilent(veld),
  )
  if (addresses.length === 0) return { withheld: silent }
  const guarded = (veld: string) =>
    ['A2', 'A3'].includes(arrangement.rungOf.get(veld)?.goedkeuring ?? '')
  const hidden = secret ? addresses.filter(veld => !guarded(veld)) : []
  return {
    withheld: [
      ...silent.filter(({ veld }) => veld !== geheim),
      ...hidden.map((veld): Withheld => ({ veld, reden: 'afgeschermd' })),
    ],
    mark: { veld: geheim, waarde: secret },
  }
}

function secrecy(rijen: readonly Row[], { geheim }: Dataset): boolean | null {
  if (geheim === undefined || rijen.length === 0) return null
  return rijen.some(row => row[geheim] !== false)
}
