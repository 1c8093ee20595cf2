// What does the law look like once it is loaded? The types of the policy set (design §4).
import type {
  ExchangeTerms,
  Facts,
  LegalDate,
  Moment,
  Oin,
  Party,
  Profile,
  Question,
  ReasonCode,
  Representation,
} from '../terms.ts'

/** Half-open stretch of time in milliseconds, cut at legal midnights. */
export interface Span {
  readonly van: Moment
  readonly tot: Moment
}

export interface PolicyFile {
  /** Relative to the policy directory, with `/`. */
  readonly path: string
  readonly sha256: string
  readonly text: string
}

/** One active set: everything `decide`, `minimise` and `explain` read. Deep-frozen. */
export interface PolicySet {
  /** `sha256:<hex>` over the sorted `path sha256` lines of the whole set. */
  readonly digest: string
  /** What a record commits under: the digest, and the state of the brake when it is on. */
  readonly epoch: string
  /** Scopes under the emergency brake, sorted; a set as loaded is under none. */
  readonly noodrem: readonly string[]
  readonly profiel: Profile
  readonly files: readonly PolicyFile[]
  readonly partijen: ReadonlyMap<Oin, RegisteredParty>
  readonly grondslagen: ReadonlyMap<string, LegalBasis>
  readonly normen: ReadonlyMap<string, Norm>
  readonly codelijsten: ReadonlyMap<string, CodeList>
  readonly gegevenssets: ReadonlyMap<string, Dataset>
  readonly instrumenten: ReadonlyMap<string, SelectionInstrument>
  readonly uitwisselingen: ReadonlyMap<string, Arrangement>
  readonly gevallen: ReadonlyMap<string, readonly Case[]>
}

export interface RegisteredParty extends Party {
  readonly vertegenwoordigt: readonly (Representation & { readonly geldig: Span })[]
}

export type BasisStatus =
  | 'in-werking'
  | 'wetsvoorstel'
  | 'nog-niet-in-werking'
  | 'vervallen'
  | 'buiten-toepassing'
  | 'onbevestigd'

/** grondslag as written in policies/grondslagen. */
export interface BasisText {
  readonly id: string
  readonly artikel: string
  readonly stand: 'voorstel' | 'vastgesteld'
  readonly geldigVan?: LegalDate
  /** Last valid day. */
  readonly geldigTot?: LegalDate
  readonly buitenToepassing?: { readonly van: LegalDate; readonly uitspraak: string }
  readonly bevestigd?: { readonly op: LegalDate; readonly tekstversie: string }
  readonly data?: readonly {
    readonly soort: 'inwerking' | 'operationeel' | 'handhaafbaar'
    readonly onderdeel: string
    readonly van: LegalDate
  }[]
  readonly toelichting?: string
}

export interface LegalBasis extends BasisText {
  readonly regeling: string
  readonly bron: string
  readonly geldig: Span
  readonly buitenVan: Moment
}

/** Dated amounts; a month outside every row is unknown, never "the last known" (norms.md). */
export interface Norm {
  readonly id: string
  readonly titel: string
  readonly soort: 'netto' | 'bruto' | 'leeftijd' | 'drempel' | 'maximum'
  readonly eenheid:
    | 'eurocent-per-maand'
    | 'eurocent-per-kwartaal'
    | 'eurocent-per-jaar'
    | 'eurocent-per-uur'
    | 'eurocent'
    | 'uren-per-maand'
    | 'maanden'
    | 'aantal'
  readonly bedragen: readonly NormAmount[]
}

export interface NormAmount {
  /** For whom: a way of living, or an age. Absent when the amount is the same for everybody. */
  readonly leefvorm?: string
  readonly bedrag: number
  readonly geldigVan: LegalDate
  readonly geldigTot?: LegalDate
  readonly bron: string
  /** `testwaarde` counts only in profile `test`; `onbevestigd` never. */
  readonly status: 'bevestigd' | 'onbevestigd' | 'testwaarde'
}

export interface CodeList {
  readonly id: string
  readonly titel: string
  readonly bron: string
  readonly codes: readonly Code[]
}

export interface Code {
  readonly code: string
  readonly betekenis: string
  readonly klasse?: string
  readonly categorie?: Category
  readonly geldigVan?: LegalDate
  readonly geldigTot?: LegalDate
}

/** selectie-instrument: how somebody chooses whom to look at; registered, weighed, and only for a while (domain S24-S28, S70). */
export interface InstrumentText {
  readonly id: string
  readonly naam: string
  readonly eigenaar: Oin
  readonly soort: 'risicomodel' | 'knock-out' | 'steekproef'
  /** The purposes it may choose for. */
  readonly doelen: readonly string[]
  /** What it looks at, as `dataset.veld`: never a protected characteristic, nor what stands for one. */
  readonly kenmerken: readonly string[]
  readonly dpia: string
  readonly iama: string
  /** Its entry in the algorithm register. */
  readonly algoritmeregister: string
  readonly geldigVan: LegalDate
  readonly geldigTot: LegalDate
  /** Last day before which it must be evaluated; unevaluated it chooses nobody. */
  readonly evaluerenVoor: LegalDate
}

export interface SelectionInstrument extends InstrumentText {
  /** From its first day until it ends or its evaluation is overdue. */
  readonly geldig: Span
}

export type Category = 'gewoon' | 'bijzonder' | 'strafrechtelijk' | 'beschermd-kenmerk' | 'bsn'
export type Regime = 'avg' | 'wpg' | 'wjsg' | 'schuldhulp'
export type FieldType =
  | 'int'
  | 'cent'
  | 'uren'
  | 'procent'
  | 'bool'
  | 'code'
  | 'date'
  | 'tekst'
  | 'periode'
  | 'adres'
  | 'adressen'
  | 'sectoren'
  | 'kinderen'
  | 'medebewoners'
  | 'codes'
  | 'teksten'
  | 'bsn'
  | 'maand'

export interface Field {
  readonly type: FieldType
  readonly titel: string
  readonly categorie: Category
  readonly regime: Regime
  readonly verplicht?: boolean
  /** Of a yes-or-no field: whoever hands it over may only say yes, for else the law does not let it go. */
  readonly alleenJa?: boolean
  readonly lengte?: number
  readonly eenheid?: string
  readonly codelijst?: string
}

/** afgeleid gegeven: answered instead of the fields it is computed from. */
export interface DerivedField {
  readonly type: 'bool' | 'code' | 'date' | 'int' | 'cent' | 'periode' | 'adres'
  readonly titel: string
  /** Its inputs: when one is under investigation the answer is null, unless it is true. */
  readonly uit: readonly string[]
  readonly parameter?: string
  /** Travels with the answer as a restriction on its use. */
  readonly label?: string
}

export function isAddress(field: Pick<Field | DerivedField, 'type'> | undefined): boolean {
  return field?.type === 'adres' || field?.type === 'adressen'
}

/** Given in a row per month instead of the rows it is computed from. */
export interface MonthlyFieldText {
  readonly type: 'cent' | 'date' | 'maand'
  readonly titel: string
  readonly uit: readonly string[]
}

/** gegevensset as written: what a source holds, also what nobody may get. */
export interface DatasetText {
  readonly id: string
  readonly versie: string
  readonly bron: string
  readonly titel: string
  readonly relatie?: string
  readonly aanvang?: string
  readonly einde?: string
  readonly soort?: string
  readonly tijdvak?: string
  readonly betaler?: string
  /** Field that says that this person's address is secret: it goes along with every address, asked or not. */
  readonly geheim?: string
  readonly velden: Readonly<Record<string, Field>>
  readonly afgeleid?: Readonly<Record<string, DerivedField>>
  readonly perMaand?: Readonly<Record<string, MonthlyFieldText>>
  /** Names of plausibility rules for what is handed over (policy/plausible.ts): they mark, nothing more. */
  readonly aannemelijk?: readonly string[]
}

export interface Dataset extends DatasetText {
  readonly afgeleid: Readonly<Record<string, DerivedField>>
  readonly perMaand: Readonly<Record<string, MonthlyFieldText>>
  /** JSON Schema 2020-12 of one row: any other member is drift. */
  readonly schema: Readonly<Record<string, unknown>>
}

export type Presence = 'verplicht' | 'toegestaan'
export type Approval = 'A0' | 'A1' | 'A2' | 'A3' | 'AX'

export interface Terms {
  readonly functie: readonly string[]
  readonly zaak?: Presence
  readonly periode?: Presence
  readonly peildatum?: Presence
  readonly parameters?: readonly string[]
  readonly motivering?: Presence
  readonly fase?: readonly string[]
  readonly aanleiding?: readonly string[]
  readonly selectiegrond?: readonly string[]
  readonly buitenlands?: { readonly landen: readonly string[]; readonly vereist: boolean }
  readonly handtekening?: 'verplicht'
  /** A machine may ask or hand over without an employee; only what needs no approval. */
  readonly systeemproces?: 'toegestaan'
  /** Phases of one case in which no employee may take part twice over. */
  readonly gescheidenFasen?: readonly string[]
  /** Functions that one employee never has both of in one case. */
  readonly gescheidenFuncties?: readonly string[]
  /** Who does not want this is left in peace (36 799; AVG art. 21). */
  readonly optOut?: 'geldt'
}

/** trede: one rung of the subsidiarity ladder. */
export interface Rung {
  readonly id: string
  readonly velden: readonly string[]
  readonly goedkeuring: Approval
  /** Asked and answered without a person; absent = about the arrangement's kind of subject. */
  readonly sleutel?: 'geen'
  readonly na?: string
  readonly vervolgAls?: Readonly<Record<string, boolean>>
  readonly openVoor?: string
  readonly periodeMaanden?: number
  /** How old at most the last day asked about, and what the source says of it, may be. */
  readonly versheid?: string
  /** How far back the first day asked about may lie: older is not to be used any more. */
  readonly terug?: string
}

/** grenzen: how many allowed questions, per principal; about how many persons before an officer is told. */
export interface Limits {
  readonly perZaakPerDag?: number
  readonly perPartijPerUur?: number
  readonly personenPer30Dagen?: number
}

/** signaal, bulk and notificatie are systematic supply: lines of a levering, each decided on its own. */
export type Pattern = 'synchroon' | 'asynchroon' | 'signaal' | 'bulk' | 'notificatie'

/** One organisation, or every organisation of a kind for its own data: then exactly one of the two stands here. */
export interface Provider {
  readonly oin?: Oin
  readonly soort?: string
  readonly avg: string
  readonly verwerkingsactiviteit: string
}

/** uitwisseling as written: one legal arrangement (provider × kind of consumer × purpose). */
export interface ArrangementText {
  readonly id: string
  readonly versie: string
  readonly titel: string
  readonly doel: {
    readonly id: string
    readonly omschrijving: string
    readonly functiegebied: string
  }
  readonly verstrekker: Provider
  readonly ontvangers: {
    readonly soort: string
    readonly avg: string
    readonly verwerkingsactiviteit: string
  }
  /** The kinds of people it is about (AVG art. 30(1)(c)). */
  readonly betrokkenen: string
  readonly via: readonly Oin[]
  /** Empty only when the purpose is incompatible: no basis can open that. */
  readonly grondslagen: readonly string[]
  readonly patroon: Pattern
  /** The provider hands over, to an active party of `ontvangers.soort`; absent = the receiver asks. */
  readonly vorm?: 'levering'
  /** How long a request may take, when its asker is reminded, and how long an approval counts. */
  readonly termijn?: {
    readonly antwoord: string
    readonly herinneringen?: readonly string[]
    readonly goedkeuring?: string
  }
  /** Functions that may approve what needs a second person here. */
  readonly goedkeurders?: readonly string[]
  readonly gegevensset: string
  readonly sleutel: string
  /** Classes of the dataset's code list whose rows may be given; absent = every row. */
  readonly relaties?: readonly string[]
  /** `maand`: a row stands for a month and holds the dataset's `perMaand` fields; absent = its own rows. */
  readonly rijen?: 'maand'
  /** Norm of what is left out of account, for derived answers that ask for one. */
  readonly vrijlating?: string
  /** signaal, bulk, notificatie: what was agreed and published (Besluit SUWI art. 5.11, 5.15; Pw art. 64(7)). */
  readonly leveringsafspraak?: {
    readonly kenmerk: string
    readonly datum: LegalDate
    readonly publicatie: string
  }
  /** How often a file is fetched from an intermediary that holds it ready; absent = it is handed in. */
  readonly ritme?: 'maand' | 'dag'
  /** signaal: how long it may wait for a judgement, and the code list of what can become of it. */
  readonly signaal?: { readonly geldig: string; readonly afloop: string }
  readonly voorwaarden: Terms
  readonly treden: readonly Rung[]
  /** levering: which answer weighs what is handed over, and which field tells of a fine (una via). */
  readonly weging?: { readonly voldoet: string; readonly boete: string }
  /** Fields that may still leave when the source knows that the person died; absent = none. */
  readonly naOverlijden?: readonly string[]
  /** Why this purpose is always refused: what the data were collected for, and the law that says so. */
  readonly onverenigbaar?: { readonly met: string; readonly grondslag: string }
  /** Explicit basis per field of a special category or protected characteristic (domain §5). */
  readonly bijzonder?: readonly { readonly veld: string; readonly grondslag: string }[]
  readonly grenzen?: Limits
  /** Reasons for which a person who is not registered in the case may be asked about once, and the term to register it. */
  readonly ontsnapping?: { readonly redenen: readonly string[]; readonly afsluitenBinnen: string }
  readonly verboden: readonly string[]
  readonly bewaren: {
    readonly log: string
    readonly logGrond: string
    readonly antwoord: string
    readonly ontvanger: string
  }
  readonly dpia?: {
    readonly referentie: string
    readonly herzienOp: LegalDate
    readonly uiterlijk: LegalDate
  }
  readonly geldigVan: LegalDate
  readonly geldigTot?: LegalDate
}

/** With what `decide` needs at hand, computed once at load. */
export interface Arrangement extends ArrangementText {
  /** A confidential party takes part: it exists for its parties alone (visible.ts). */
  readonly vertrouwelijk: boolean
  /** First moment the supply arrangement counts; Infinity when there is none. */
  readonly afspraakVan: Moment
  /** levering: the one party that will receive; undefined when that is not one. */
  readonly levertAan: Oin | undefined
  readonly geldig: Span
  /** First moment the DPIA is overdue; -Infinity when there is none. */
  readonly dpiaTot: Moment
  readonly bases: readonly LegalBasis[]
  readonly rungOf: ReadonlyMap<string, Rung>
  readonly functies: ReadonlySet<string>
  readonly parameters: ReadonlyMap<string, ReadonlySet<string>>
  /** Of each asked field: what its category and regime ask of a decision; absent where nothing. */
  readonly gevoelig: ReadonlyMap<string, Sensitive>
  /** Some field needs a basis of its own. */
  readonly isApart: boolean
  /** Its fields are of more than one regime. */
  readonly isGemengd: boolean
  readonly terms: Omit<
    ExchangeTerms,
    'beleid' | 'verstrekker' | 'ontvanger' | 'namens' | 'verantwoordelijke' | 'log'
  >
}

/** What a decision must know of a field, found once at load. */
export interface Sensitive {
  readonly categorie: Category
  /** Its own, or those of everything it is made of. */
  readonly regimes: readonly Regime[]
  /** Its explicit basis (AVG art. 9, 10; domain §5), when it needs one and has one. */
  readonly grondslag?: LegalBasis
  /** Its basis is none of those of the whole exchange: it is judged for this field alone. */
  readonly apart: boolean
  readonly isAdres: boolean
}

const avg: readonly Regime[] = ['avg']

/** The regimes of these fields together. */
export function regimesOf(
  velden: Iterable<string>,
  gevoelig: Arrangement['gevoelig'],
): ReadonlySet<Regime> {
  return new Set([...velden].flatMap(veld => gevoelig.get(veld)?.regimes ?? avg))
}

/** One row of `<id>.cases.yaml`, readable by a jurist: given, when, then, on a pinned moment. */
export interface Case {
  readonly naam: string
  readonly op: string
  readonly gegeven: Facts
  readonly als: Question
  readonly dan: {
    readonly uitkomst: 'toegestaan' | 'geweigerd'
    readonly redenen: readonly ReasonCode[]
    /** Exactly the bases that stand in the way; absent = whichever. */
    readonly grondslagen?: readonly string[]
  }
}

/** What a cases file says that a member of its arrangement is, besides what a decision shows. */
export type Promised = Scalar | readonly Scalar[]
export type Scalar = string | number | boolean | null

/** A fault in a policy file, told as a compiler would. */
export interface PolicyFault {
  readonly file: string
  readonly line: number
  readonly column: number
  /** What is wrong. */
  readonly message: string
  /** What would be right, when that can be said. */
  readonly juist?: string
}

/** Thrown by loadPolicies: every fault of the whole set at once. */
export class PolicyFaults extends Error {
  override name = 'PolicyFaults'
  readonly faults: readonly PolicyFault[]
  constructor(faults: readonly PolicyFault[]) {
    super(`${faults.length} fout(en) in het beleid`)
    this.faults = faults
  }
}
