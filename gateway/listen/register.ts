// Which exchanges exist, and may they be used today? The public register, made from the law that is in force.
import { basisStatus } from '../policy/basis-status.ts'
import { judgedBy } from '../policy/conditions.ts'
import { uitleg } from '../policy/explain.ts'
import type {
  Arrangement,
  BasisStatus,
  Code,
  Dataset,
  LegalBasis,
  Pattern,
  PolicySet,
  Rung,
} from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import { kindName } from '../policy/provider.ts'
import type { LegalDate, Moment, Question, ReasonCode } from '../terms.ts'

export interface Register {
  readonly peildatum: LegalDate
  readonly omgeving?: 'test'
  /** `sha256:…` of the whole policy set, as every answer and record names it. */
  readonly beleid: string
  readonly uitwisselingen: readonly RegisterEntry[]
}

export interface RegisterEntry {
  readonly id: string
  readonly versie: string
  readonly titel: string
  /** What the law itself says today; a caller may still be refused for what it asks. */
  readonly open: boolean
  readonly redenen: readonly { readonly code: string; readonly uitleg: string }[]
  /** One organisation, or a kind of them for their own data. */
  readonly verstrekker: Partial<RegisteredBody> & { readonly naam: string; readonly avg: string }
  readonly ontvangers: { readonly soort: string; readonly naam: string; readonly avg: string }
  readonly via: readonly RegisteredBody[]
  /** The kinds of people it is about. */
  readonly betrokkenen?: string
  readonly doel: Arrangement['doel']
  readonly grondslagen: readonly RegisteredBasis[]
  /** What the data were collected for, and the law that closes this purpose for good. */
  readonly onverenigbaar?: { readonly met: string; readonly grondslag?: RegisteredBasis }
  readonly gegevens: { readonly id: string; readonly titel: string }
  readonly patroon: Arrangement['patroon']
  readonly termijn?: NonNullable<Arrangement['termijn']>
  /** Systematic supply: what was agreed, how often it is fetched, how long a signal counts and what may become of it. */
  readonly leveringsafspraak?: NonNullable<Arrangement['leveringsafspraak']>
  readonly ritme?: NonNullable<Arrangement['ritme']>
  readonly signaal?: { readonly geldig: string; readonly afloop: readonly RegisteredOutcome[] }
  readonly goedkeurders: readonly string[]
  readonly voorwaarden: Arrangement['voorwaarden']
  readonly treden: readonly RegisteredRung[]
  /** What may still be given about somebody who died. */
  readonly naOverlijden: readonly RegisteredField[]
  readonly verboden: readonly string[]
  readonly bewaren: Arrangement['bewaren']
  readonly dpia?: NonNullable<Arrangement['dpia']>
  readonly geldigVan: LegalDate
  readonly geldigTot?: LegalDate
}

export interface RegisteredBody {
  readonly oin: string
  readonly naam: string
}

export interface RegisteredBasis {
  readonly id: string
  readonly regeling: string
  readonly artikel: string
  readonly bron: string
  readonly stand: BasisStatus
  readonly toelichting?: string
  readonly geldigVan?: LegalDate
  readonly geldigTot?: LegalDate
}

export type RegisteredOutcome = Pick<Code, 'code' | 'betekenis'>

export interface RegisteredField {
  readonly naam: string
  readonly titel: string
  readonly label?: string
}

export interface RegisteredRung extends Omit<Rung, 'velden'> {
  readonly velden: readonly RegisteredField[]
}

/** Pure: the same set and moment give the same register; nothing of a confidential party is public (design §5). */
export function register(law: PolicySet, now: Moment): Register {
  return {
    peildatum: legalDate(now),
    ...(law.profiel === 'test' && { omgeving: 'test' }),
    beleid: law.digest,
    uitwisselingen: [...law.uitwisselingen.values()]
      .filter(arrangement => !arrangement.vertrouwelijk)
      .map(arrangement => entry(arrangement, law, now))
      .sort((a, b) => Number(b.open) - Number(a.open) || (a.id < b.id ? -1 : 1)),
  }
}

function entry(arrangement: Arrangement, law: PolicySet, now: Moment): RegisterEntry {
  const { id, versie, titel, doel, voorwaarden, verboden, bewaren, dpia } = arrangement
  const { verstrekker, ontvangers, geldigVan, geldigTot, onverenigbaar } = arrangement
  const against = onverenigbaar && law.grondslagen.get(onverenigbaar.grondslag)
  const set = law.gegevenssets.get(arrangement.gegevensset)
  const redenen = closed(arrangement, law, now)
  const { betrokkenen, termijn, leveringsafspraak, ritme, signaal } = arrangement
  return {
    id,
    versie,
    titel,
    open: redenen.length === 0,
    redenen,
    verstrekker: {
      ...(verstrekker.oin === undefined
        ? { naam: kindName(verstrekker.soort ?? '') }
        : body(verstrekker.oin, law)),
      avg: verstrekker.avg,
    },
    ontvangers: { soort: ontvangers.soort, naam: kindName(ontvangers.soort), avg: ontvangers.avg },
    via: arrangement.via.map(oin => body(oin, law)),
    ...(betrokkenen !== undefined && { betrokkenen }),
    doel,
    grondslagen: arrangement.bases.map(basis => basisEntry(basis, now)),
    ...(onverenigbaar && {
      onverenigbaar: {
        met: onverenigbaar.met,
        ...(against && { grondslag: basisEntry(against, now) }),
      },
    }),
    gegevens: { id: arrangement.gegevensset, titel: set?.titel ?? arrangement.gegevensset },
    patroon: arrangement.patroon,
    ...(termijn && { termijn }),
    ...(leveringsafspraak && { leveringsafspraak }),
    ...(ritme && { ritme }),
    ...(signaal && {
      signaal: { geldig: signaal.geldig, afloop: outcomes(signaal.afloop, law, now) },
    }),
    goedkeurders: arrangement.goedkeurders ?? [],
    voorwaarden,
    treden: arrangement.treden.map(rung => ({
      ...rung,
      velden: rung.velden.map(naam => field(naam, arrangement, set)),
    })),
    naOverlijden: (arrangement.naOverlijden ?? []).map(naam => field(naam, arrangement, set)),
    verboden,
    bewaren,
    ...(dpia && { dpia }),
    geldigVan,
    ...(geldigTot !== undefined && { geldigTot }),
  }
}

/** What may become of a signal today. */
function outcomes(list: string, law: PolicySet, now: Moment): readonly RegisteredOutcome[] {
  const today = legalDate(now)
  return (law.codelijsten.get(list)?.codes ?? [])
    .filter(one => (one.geldigVan ?? '') <= today && today <= (one.geldigTot ?? '9999'))
    .map(({ code, betekenis }) => ({ code, betekenis }))
}

/** What the arrangement and the date alone decide; what a caller asks can still be refused for more. */
const byLawAlone: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'GEEN_LEVERINGSAFSPRAAK',
  'DPIA_ONTBREEKT_OF_VERLOPEN',
  'GEEN_GRONDSLAG',
  'GRONDSLAG_NIET_IN_WERKING',
  'GRONDSLAG_VERVALLEN',
  'GRONDSLAG_BUITEN_TOEPASSING',
  'GRONDSLAG_ONBEVESTIGD',
  'DOEL_ONVERENIGBAAR',
])

/** How each pattern is asked or handed over, when it is done as was agreed. */
const road: Readonly<Record<Pattern, Partial<Question>>> = {
  synchroon: {},
  asynchroon: { asynchroon: true },
  signaal: { levering: true },
  bulk: { levering: true },
  notificatie: { stap: 'terugmelding' },
}

function closed(arrangement: Arrangement, law: PolicySet, now: Moment): RegisterEntry['redenen'] {
  const question: Question = {
    uitwisseling: arrangement.id,
    ontvanger: '',
    velden: [],
    zaak: false,
    systeemproces: false,
    ...road[arrangement.patroon],
  }
  const matter = { question, facts: { treden: [], noodrem: [] }, law, now, arrangement, rungs: [] }
  return judgedBy[question.stap ?? 'vraag']
    .filter(({ codes }) => codes.every(code => byLawAlone.has(code)))
    .flatMap(({ check }) => check(matter))
    .map(reason => ({ code: reason.code, uitleg: uitleg(reason, law) }))
}

function body(oin: string, law: PolicySet): RegisteredBody {
  return { oin, naam: law.partijen.get(oin)?.naam ?? oin }
}

function basisEntry(basis: LegalBasis, now: Moment): RegisteredBasis {
  const { id, regeling, artikel, bron, geldigVan, geldigTot, toelichting } = basis
  const stand = basisStatus(basis, now)
  return {
    id,
    regeling,
    artikel,
    bron,
    stand,
    ...(toelichting !== undefined && { toelichting }),
    ...(geldigVan !== undefined && { geldigVan }),
    ...(geldigTot !== undefined && { geldigTot }),
  }
}

function field(naam: string, { rijen }: Arrangement, set: Dataset | undefined): RegisteredField {
  if (set && Object.hasOwn(set.afgeleid, naam)) {
    const { titel = naam, label } = set.afgeleid[naam] ?? {}
    return { naam, titel, ...(label !== undefined && { label }) }
  }
  const fields = rijen === 'maand' ? set?.perMaand : set?.velden
  const titel = fields && Object.hasOwn(fields, naam) ? fields[naam]?.titel : undefined
  return { naam, titel: titel ?? naam }
}
