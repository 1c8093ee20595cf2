// Which exchanges exist, and may they be used today? The public register, made from the law that is in force.
import { occasionList } from '../policy/conditions.ts'
import type { Arrangement, Category, Code, Dataset, Field, PolicySet, Rung } from '../policy/law.ts'
import { countsOn, legalDate } from '../policy/legal-time.ts'
import { kindName } from '../policy/provider.ts'
import type { LegalDate, Moment } from '../terms.ts'
import { type RegisteredFunction, registeredFunctions } from './console-functions.ts'
import {
  alongside,
  basisEntry,
  body,
  type Edition,
  edition,
  leaving,
  publicExchanges,
  type RegisteredBasis,
  type RegisteredBody,
  type View,
} from './registered.ts'
import { type Change, closedBy, nextChange, type ToldReason } from './standing.ts'

export interface Register extends Edition {
  readonly uitwisselingen: readonly RegisterEntry[]
  /** Who gives and receives what, by kind of organisation. */
  readonly partijen: readonly PartyIndex[]
  /** What the console of this gateway does with its log, without any exchange. */
  readonly functies: readonly RegisteredFunction[]
}

export interface PartyIndex {
  readonly soort: string
  readonly naam: string
  readonly geeft: readonly string[]
  readonly krijgt: readonly string[]
}

export interface OneExchange extends Edition {
  readonly uitwisseling: RegisterEntry
}

export interface RegisterEntry {
  readonly id: string
  readonly versie: string
  readonly titel: string
  /** What the law itself says today; a caller may still be refused for what it asks. */
  readonly open: boolean
  readonly redenen: readonly ToldReason[]
  readonly wijzigt?: Change
  /** One organisation, or a kind of them for their own data. */
  readonly verstrekker: Partial<RegisteredBody> & { readonly naam: string; readonly avg: string }
  readonly ontvangers: { readonly soort: string; readonly naam: string; readonly avg: string }
  readonly via: readonly RegisteredBody[]
  /** The kinds of people it is about. */
  readonly betrokkenen: string
  /** By what a person or thing is asked about. */
  readonly sleutel: string
  readonly doel: Arrangement['doel']
  readonly grondslagen: readonly RegisteredBasis[]
  /** Fields that need a basis of their own (AVG art. 9, 10). */
  readonly bijzonder: readonly { readonly veld: string; readonly grondslag: RegisteredBasis }[]
  /** What the data were collected for, and the law that closes this purpose for good. */
  readonly onverenigbaar?: { readonly met: string; readonly grondslag?: RegisteredBasis }
  readonly gegevens: { readonly id: string; readonly titel: string }
  /** Whether this gateway can ask the source; absent when nothing is asked. */
  readonly bronAangesloten?: boolean
  readonly patroon: Arrangement['patroon']
  readonly termijn?: NonNullable<Arrangement['termijn']>
  /** Systematic supply: what was agreed, how often it is fetched, how long a signal counts and what may become of it. */
  readonly leveringsafspraak?: NonNullable<Arrangement['leveringsafspraak']>
  readonly ritme?: NonNullable<Arrangement['ritme']>
  readonly signaal?: { readonly geldig: string; readonly afloop: readonly RegisteredOutcome[] }
  readonly goedkeurders: readonly string[]
  readonly voorwaarden: Arrangement['voorwaarden']
  /** What the codes of `voorwaarden.aanleiding` mean. */
  readonly aanleidingen: readonly RegisteredOutcome[]
  /** Of what the source holds, only rows of these classes, or sums per month. */
  readonly relaties?: readonly string[]
  readonly rijen?: 'maand'
  /** Registered selection instruments for this purpose. */
  readonly instrumenten: readonly { readonly id: string; readonly naam: string }[]
  readonly ontsnapping?: NonNullable<Arrangement['ontsnapping']>
  readonly grenzen?: { readonly perZaakPerDag?: number; readonly perPartijPerUur?: number }
  readonly treden: readonly RegisteredRung[]
  /** What is given unasked beside what is. */
  readonly gaatMee: readonly RegisteredField[]
  /** What the source holds besides, and this exchange never gives. */
  readonly nietGegeven: readonly NotGiven[]
  /** What may still be given about somebody who died. */
  readonly naOverlijden: readonly RegisteredField[]
  readonly verboden: readonly string[]
  readonly bewaren: Arrangement['bewaren']
  readonly dpia?: NonNullable<Arrangement['dpia']>
  readonly geldigVan: LegalDate
  readonly geldigTot?: LegalDate
}

export type RegisteredOutcome = Pick<Code, 'code' | 'betekenis'>

export interface RegisteredField {
  readonly naam: string
  readonly titel: string
  readonly label?: string
  /** Of a field as the source holds it, when it is not an ordinary one. */
  readonly categorie?: Exclude<Category, 'gewoon'>
  readonly regime?: Exclude<Field['regime'], 'avg'>
  /** Of an answer that is computed: from what. */
  readonly uit?: readonly string[]
}

export interface RegisteredRung extends Omit<Rung, 'velden'> {
  readonly velden: readonly RegisteredField[]
}

export interface NotGiven {
  readonly categorie: Category
  readonly aantal: number
  readonly velden: readonly string[]
}

/** Pure: the same set and moment give the same register; nothing of a confidential party is public (design §5). */
export function register(view: View): Register {
  const uitwisselingen = publicExchanges(view.law)
    .map(arrangement => entry(arrangement, view))
    .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
  return {
    ...edition(view),
    uitwisselingen,
    partijen: partyIndex(uitwisselingen, view.law),
    functies: registeredFunctions(id => {
      const basis = view.law.grondslagen.get(id)
      return basis && basisEntry(basis, view.now)
    }),
  }
}

export function oneExchange(id: string, view: View): OneExchange | undefined {
  const arrangement = publicExchanges(view.law).find(one => one.id === id)
  return arrangement && { ...edition(view), uitwisseling: entry(arrangement, view) }
}

/** Open, then what opens on a day that is known, then the rest. */
export function rank({ open, wijzigt }: Pick<RegisterEntry, 'open' | 'wijzigt'>): 0 | 1 | 2 {
  if (open) return 0
  return wijzigt === undefined ? 2 : 1
}

function partyIndex(entries: readonly RegisterEntry[], law: PolicySet): readonly PartyIndex[] {
  const index = new Map<string, { geeft: string[]; krijgt: string[] }>()
  const at = (soort: string) => {
    const row = index.get(soort) ?? { geeft: [], krijgt: [] }
    index.set(soort, row)
    return row
  }
  for (const { id, ontvangers } of entries) {
    const { verstrekker } = law.uitwisselingen.get(id) as Arrangement
    const soort =
      verstrekker.oin === undefined ? verstrekker.soort : law.partijen.get(verstrekker.oin)?.soort
    at(soort ?? verstrekker.oin ?? '').geeft.push(id)
    at(ontvangers.soort).krijgt.push(id)
  }
  return [...index]
    .map(([soort, row]) => ({ soort, naam: kindName(soort), ...row }))
    .sort((a, b) => (a.naam < b.naam ? -1 : 1))
}

function entry(arrangement: Arrangement, { law, now, connected }: View): RegisterEntry {
  const { id, versie, titel, doel, sleutel, voorwaarden, verboden, bewaren, dpia } = arrangement
  const { verstrekker, ontvangers, geldigVan, geldigTot, onverenigbaar, grenzen } = arrangement
  const { relaties, rijen } = arrangement
  const { betrokkenen, termijn, leveringsafspraak, ritme, signaal, ontsnapping } = arrangement
  const against = onverenigbaar && law.grondslagen.get(onverenigbaar.grondslag)
  const set = law.gegevenssets.get(arrangement.gegevensset)
  const redenen = closedBy(arrangement, law, now)
  const wijzigt = nextChange(arrangement, law, now)
  return {
    id,
    versie,
    titel,
    open: redenen.length === 0,
    redenen,
    ...(wijzigt && { wijzigt }),
    verstrekker: {
      ...(verstrekker.oin === undefined
        ? { naam: kindName(verstrekker.soort ?? '') }
        : body(verstrekker.oin, law)),
      avg: verstrekker.avg,
    },
    ontvangers: { soort: ontvangers.soort, naam: kindName(ontvangers.soort), avg: ontvangers.avg },
    via: arrangement.via.map(oin => body(oin, law)),
    betrokkenen,
    sleutel,
    doel,
    grondslagen: arrangement.bases.map(basis => basisEntry(basis, now)),
    bijzonder: (arrangement.bijzonder ?? []).flatMap(one => {
      const basis = law.grondslagen.get(one.grondslag)
      return basis ? [{ veld: one.veld, grondslag: basisEntry(basis, now) }] : []
    }),
    ...(onverenigbaar && {
      onverenigbaar: {
        met: onverenigbaar.met,
        ...(against && { grondslag: basisEntry(against, now) }),
      },
    }),
    gegevens: { id: arrangement.gegevensset, titel: set?.titel ?? arrangement.gegevensset },
    ...(set && arrangement.vorm !== 'levering' && { bronAangesloten: connected(set.bron) }),
    patroon: arrangement.patroon,
    ...(termijn && { termijn }),
    ...(leveringsafspraak && { leveringsafspraak }),
    ...(ritme && { ritme }),
    ...(signaal && {
      signaal: { geldig: signaal.geldig, afloop: codesToday(signaal.afloop, law, now) },
    }),
    goedkeurders: arrangement.goedkeurders ?? [],
    voorwaarden,
    aanleidingen: codesToday(occasionList, law, now).filter(({ code }) =>
      voorwaarden.aanleiding?.includes(code),
    ),
    instrumenten: [...law.instrumenten.values()]
      .filter(one => one.doelen.includes(doel.id) && !law.partijen.get(one.eigenaar)?.vertrouwelijk)
      .map(({ id, naam }) => ({ id, naam })),
    ...(relaties && { relaties }),
    ...(rijen && { rijen }),
    ...(ontsnapping && { ontsnapping }),
    ...(grenzen && { grenzen: openLimits(grenzen) }),
    treden: arrangement.treden.map(rung => ({
      ...rung,
      velden: rung.velden.map(naam => field(naam, arrangement, set)),
    })),
    gaatMee: alongside(arrangement, set).map(naam => field(naam, arrangement, set)),
    nietGegeven: notGiven(arrangement, set),
    naOverlijden: (arrangement.naOverlijden ?? []).map(naam => field(naam, arrangement, set)),
    verboden,
    bewaren,
    ...(dpia && { dpia }),
    geldigVan,
    ...(geldigTot !== undefined && { geldigTot }),
  }
}

/** Whoever meets one of these is told it; from how many persons on an officer is warned stays inside. */
function openLimits({ perZaakPerDag, perPartijPerUur }: NonNullable<Arrangement['grenzen']>) {
  return {
    ...(perZaakPerDag !== undefined && { perZaakPerDag }),
    ...(perPartijPerUur !== undefined && { perPartijPerUur }),
  }
}

/** The order in which they are told. */
const categories: readonly Category[] = [
  'gewoon',
  'bsn',
  'bijzonder',
  'strafrechtelijk',
  'beschermd-kenmerk',
]

/** Names of fields say what a source holds, never of whom; the shape of a source is no secret. */
function notGiven(arrangement: Arrangement, set: Dataset | undefined): readonly NotGiven[] {
  const given = new Set(leaving(arrangement, set))
  const kept = Object.entries(set?.velden ?? {}).filter(([naam]) => !given.has(naam))
  return categories.flatMap(categorie => {
    const velden = kept.filter(([, one]) => one.categorie === categorie).map(([, one]) => one.titel)
    return velden.length > 0 ? [{ categorie, aantal: velden.length, velden }] : []
  })
}

/** The codes of a list that count today. */
function codesToday(list: string, law: PolicySet, now: Moment): readonly RegisteredOutcome[] {
  const today = legalDate(now)
  return (law.codelijsten.get(list)?.codes ?? [])
    .filter(one => countsOn(today, one))
    .map(({ code, betekenis }) => ({ code, betekenis }))
}

function field(naam: string, { rijen }: Arrangement, set: Dataset | undefined): RegisteredField {
  const titles = (names: readonly string[]) =>
    names.map(
      name => (set && Object.hasOwn(set.velden, name) ? set.velden[name]?.titel : name) ?? name,
    )
  if (set && Object.hasOwn(set.afgeleid, naam)) {
    const { titel = naam, label, uit = [] } = set.afgeleid[naam] ?? {}
    return { naam, titel, ...(label !== undefined && { label }), uit: titles(uit) }
  }
  if (rijen === 'maand') {
    const one = set && Object.hasOwn(set.perMaand, naam) ? set.perMaand[naam] : undefined
    return { naam, titel: one?.titel ?? naam, ...(one && { uit: titles(one.uit) }) }
  }
  const one = set && Object.hasOwn(set.velden, naam) ? set.velden[naam] : undefined
  return {
    naam,
    titel: one?.titel ?? naam,
    ...(one && one.categorie !== 'gewoon' && { categorie: one.categorie }),
    ...(one && one.regime !== 'avg' && { regime: one.regime }),
  }
}
