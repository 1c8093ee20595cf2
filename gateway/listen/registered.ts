// What do the pages of the register share? Their day, the bodies and bases they name, and what is public at all.
import { basisStatus } from '../policy/basis-status.ts'
import type {
  Arrangement,
  BasisStatus,
  BasisText,
  Dataset,
  LegalBasis,
  PolicySet,
} from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import type { LegalDate, Moment, Oin } from '../terms.ts'

/** What every page of the register begins with. */
export interface Edition {
  readonly peildatum: LegalDate
  readonly omgeving?: 'test'
  /** `sha256:…` of the whole policy set, as every answer and record names it. */
  readonly beleid: string
}

/** The law of one moment, and what this gateway knows besides. */
export interface View {
  readonly law: PolicySet
  readonly now: Moment
  /** Whether an adapter serves this source here. */
  readonly connected: (bron: string) => boolean
  /** Who runs this gateway (SLUIS_OIN). */
  readonly operator: Oin
}

export interface RegisteredBody {
  readonly oin: string
  readonly naam: string
}

export type RegisteredBasis = Pick<LegalBasis, 'id' | 'regeling' | 'artikel' | 'bron'> &
  Pick<BasisText, 'toelichting' | 'geldigVan' | 'geldigTot' | 'buitenToepassing' | 'data'> & {
    readonly stand: BasisStatus
  }

export function edition({ law, now }: Pick<View, 'law' | 'now'>): Edition {
  return {
    peildatum: legalDate(now),
    ...(law.profiel === 'test' && { omgeving: 'test' }),
    beleid: law.digest,
  }
}

export function publicExchanges(law: PolicySet): readonly Arrangement[] {
  return [...law.uitwisselingen.values()].filter(one => !one.vertrouwelijk)
}

/** Fields that can leave: of every rung that is not shut, and what goes along unasked. */
export function leaving(arrangement: Arrangement, set: Dataset | undefined): readonly string[] {
  return [...asked(arrangement), ...alongside(arrangement, set)]
}

/** Beside an address always whether it is secret, asked or not. */
export function alongside(
  arrangement: Arrangement,
  set: Pick<Dataset, 'geheim'> | undefined,
): readonly string[] {
  const fields = asked(arrangement)
  const { geheim } = set ?? {}
  if (geheim === undefined || fields.includes(geheim)) return []
  return fields.some(veld => arrangement.gevoelig.get(veld)?.isAdres) ? [geheim] : []
}

function asked({ treden }: Arrangement): readonly string[] {
  return treden.filter(({ goedkeuring }) => goedkeuring !== 'AX').flatMap(({ velden }) => velden)
}

export function body(oin: string, law: PolicySet): RegisteredBody {
  return { oin, naam: law.partijen.get(oin)?.naam ?? oin }
}

export function basisEntry(basis: LegalBasis, now: Moment): RegisteredBasis {
  const { id, regeling, artikel, bron, geldigVan, geldigTot, toelichting } = basis
  const { buitenToepassing, data } = basis
  return {
    id,
    regeling,
    artikel,
    bron,
    stand: basisStatus(basis, now),
    ...(toelichting !== undefined && { toelichting }),
    ...(geldigVan !== undefined && { geldigVan }),
    ...(geldigTot !== undefined && { geldigTot }),
    ...(buitenToepassing && { buitenToepassing }),
    ...(data && { data }),
  }
}
