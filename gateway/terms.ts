// What do our words mean? The nouns of Sluis (types only), each with its Dutch legal term and the
// clause that defines it. Members that arrive, leave or are stored in Dutch keep their Dutch names.

/** Organisatie-identificatienummer: 20 positions, compared as a string (OIN-stelsel 2.2.2). */
export type Oin = string

/** A moment in milliseconds since the epoch, taken from the one clock of open.ts. */
export type Moment = number

/** Calendar date `YYYY-MM-DD`; a legal day runs in Europe/Amsterdam. */
export type LegalDate = string

/** The two logs of design §5: everything of a confidential party goes to the second. */
export type LogName = 'gewoon' | 'vertrouwelijk'

/** `test` | `productie`: which identities, norms and keys may be used (SLUIS_PROFIEL). */
export type Profile = 'test' | 'productie'

/** partij: an organisation known by its OIN (AVG art. 4(7)-(9)). */
export interface Party {
  readonly oin: Oin
  readonly naam: string
  /** Kind of body the law addresses: college, uwv, svb, … */
  readonly soort: string
  readonly status: 'actief' | 'geschorst' | 'beeindigd'
  /** All its calls live in the confidential log (design §5). */
  readonly vertrouwelijk: boolean
  readonly vertegenwoordigt: readonly Representation[]
  /** Where its controller and its data protection officer are reached (AVG art. 30(1)(a)). */
  readonly contact?: { readonly verantwoordelijke: string; readonly fg: string }
  readonly sleutels?: readonly PartyKey[]
  readonly goedkeurders?: readonly Approver[]
  readonly postadres?: PostalAddress
}

/** sleutel: a public key that a party registered. */
export interface PartyKey {
  readonly id: string
  readonly gebruik: 'ondertekenen' | 'versleutelen'
  /** Public JWK (RFC 7517). */
  readonly jwk: Readonly<Record<string, unknown>>
  readonly geldigVan: LegalDate
  /** Last valid day. */
  readonly geldigTot?: LegalDate
}

/** goedkeurder: who may give the second approval for this party, by a key of its own. */
export interface Approver {
  readonly id: string
  readonly functie: string
  readonly jwk: Readonly<Record<string, unknown>>
  readonly geldigVan: LegalDate
  readonly geldigTot?: LegalDate
}

/** Where a party wants its answers and notifications brought; nowhere else is ever called. */
export interface PostalAddress {
  readonly antwoorden?: string
  readonly meldingen?: string
}

/** mandaat of delegatie (Awb art. 10:1, 10:13). */
export interface Representation {
  readonly oin: Oin
  readonly soort: 'mandaat' | 'delegatie'
  readonly besluit: string
  readonly taken: readonly string[]
  readonly geldigVan: LegalDate
  readonly geldigTot?: LegalDate
}

/** Who is at the other end of a TLS connection, read once per connection from its certificate. */
export interface Identity {
  readonly oin: Oin
  /** Common name, for logs of operators; never for authorisation. */
  readonly naam: string
  /** base64url SHA-256 of the DER certificate (RFC 8705 §3.1). */
  readonly thumbprint: string
  /** Leaf first, root last excluded: what revocation looks up. */
  readonly chain: readonly { readonly issuer: string; readonly serial: string }[]
  /** Earliest notAfter of the whole chain. */
  readonly validUntil: Moment
}

/** peer: an identified, admitted party on this connection. */
export interface Peer {
  readonly party: Party
  readonly identity: Identity
}

/** Who handed something over: a peer, or the source of a file that we fetched ourselves. */
export type Sender = Pick<Peer, 'party'> & Partial<Pick<Peer, 'identity'>>

/** betrokkene (AVG art. 4(1)) as the caller names it. */
export interface DataSubject {
  readonly soort: 'bsn'
  readonly waarde: string
}

/** A thing asked about instead of a person. */
export interface DataObject {
  readonly soort: 'kvk' | 'loonheffingennummer' | 'adresseerbaarObject' | 'lrk'
  readonly waarde: string
}

/** A foreign number beside the BSN: INSZ/NISS (BE), matricule (LU). */
export interface ForeignId {
  readonly land: string
  readonly soort: string
  readonly waarde: string
}

/** periode: inclusive bounds. */
export interface Period {
  readonly van: LegalDate
  readonly totEnMet: LegalDate
}

/** W3C trace context of one call; ids lower-case hex, chosen at random when the caller has none. */
export interface Trace {
  readonly traceId: string
  readonly spanId: string
  readonly ouderSpanId?: string
  /** Two hex digits of the caller, passed on as they came; absent when the trace began here. */
  readonly flags?: string
  /** What systems before us added; passed on, never read and never kept. */
  readonly tracestate?: string
}

/** The W3C headers of a call we make ourselves. */
export type TraceHeaders = { readonly traceparent: string; readonly tracestate?: string }

/** The body of `POST /v1/uitwisselingen/{id}/_zoek` after schema (design §3.4). */
export interface RequestBody {
  readonly betrokkene?: DataSubject
  readonly object?: DataObject
  readonly buitenlands?: ForeignId
  readonly velden: readonly string[]
  readonly periode?: Period
  readonly peildatum?: LegalDate
  readonly parameters?: Readonly<Record<string, string>>
  readonly zaak?: string
  readonly medewerker?: { readonly id: string; readonly functie: string }
  readonly systeemproces?: string
  readonly namens?: Oin
  readonly motivering?: {
    readonly noodzaak: string
    readonly lichterMiddel: string
    readonly toelichting?: string
  }
  readonly selectiegrond?: string
  /** The registered instrument that chose this person or object. */
  readonly selectieInstrument?: string
  readonly aanleiding?: { readonly soort: string; readonly betrouwbaarheid: string }
  readonly fase?: string
  /** levering: what the provider itself hands over, in the fields of the dataset. */
  readonly gegevens?: Readonly<Record<string, unknown>>
  /** levering: who will receive, where the arrangement leaves more than one. */
  readonly ontvanger?: Oin
}

/** A line of a levering after schema; without `velden` everything that is handed over is offered. */
export type LineBody = Omit<RequestBody, 'velden' | 'gegevens'> &
  Partial<Pick<RequestBody, 'velden'>> &
  Required<Pick<RequestBody, 'gegevens'>>

/** Where one line of a levering stands: which delivery, and its number in it, from 1. */
export interface LinePlace {
  readonly levering: string
  readonly regel: number
}

/** bericht: what one receiver gets out of a levering, a correction or a doubt (design §3.4). */
export type MessageKind = 'levering' | 'signaal' | 'correctie' | 'terugmelding'

/** staat van een bericht: it waits, was picked up, is a signaal to the receiver, and was judged. */
export type MessageState =
  | 'ontvangen'
  | 'opgehaald'
  | 'signaal'
  | 'beoordeeld'
  | 'verlopen'
  | 'geweigerd'

/** staat van een levering: lines are being read, reading stopped before its end, or every line has its outcome. */
export type DeliveryState = 'in-behandeling' | 'onderbroken' | 'afgerond'

/** staat van een verzoek (design §6). */
export type RequestState =
  | 'wacht-op-goedkeuring'
  | 'aanvaard'
  | 'in-behandeling'
  | 'gereed'
  | 'opgehaald'
  | 'afgeleverd'
  | 'geweigerd'
  | 'ingetrokken'
  | 'verlopen'
  | 'mislukt'

/** betrokkene bij een zaak, in the role the receiver gives it. */
export interface CasePerson {
  readonly betrokkene: DataSubject
  readonly rol: string
}

/** The body of `POST /v1/zaken` after schema: a case and the persons it is about. */
export interface CaseBody {
  readonly zaak: string
  readonly betrokkenen: readonly CasePerson[]
  readonly namens?: Oin
}

/** The body of `POST /v1/verstrekkingen/_zoek` after schema: which of its own disclosures a provider wants to see. */
export interface DisclosuresBody {
  readonly betrokkene?: DataSubject
  readonly uitwisseling?: string
  readonly ontvanger?: Oin
  readonly periode?: Period
  readonly uitkomst?: string
  /** Of one file. */
  readonly levering?: string
  /** Where the page before it ended. */
  readonly na?: string
  readonly aantal?: number
}

/** The body of `POST /v1/berichten/_zoek` after schema: which messages a receiver wants to see. */
export interface MessagesBody {
  readonly uitwisseling?: string
  readonly soort?: MessageKind
  readonly staat?: MessageState
  /** The last message of the page before. */
  readonly na?: string
  readonly aantal?: number
}

/** The body of `POST /v1/berichten/_bevestig` after schema: which messages it has. */
export interface ReceivedBody {
  readonly berichten: readonly string[]
}

/** The body of a judgement: it is a signaal, or what became of it. */
export type JudgementBody =
  | { readonly staat: 'signaal' }
  | { readonly staat: 'beoordeeld'; readonly afloop: string }

/** The body of `POST /v1/correcties` after schema: one field of one person as it should have been given. */
export interface CorrectionBody {
  readonly betrokkene: DataSubject
  /** Absent: every exchange in which this party gives the field. */
  readonly uitwisseling?: string
  readonly veld: string
  /** As the dataset types it; null: what was given is wrong, and there is no value in its place. */
  readonly waarde: unknown
  /** Only who asked about a day of it. */
  readonly periode?: Period
  readonly reden: string
  /** Of an address: whether it is secret, so that its receivers get it as an answer would give it. */
  readonly geheim?: boolean
}

/** The body of `POST /v1/terugmeldingen` after schema: doubt about a field that was received (BRP-TMV-33, TMV-ALG-34). */
export interface DoubtBody {
  readonly transactie: string
  readonly veld: string
  readonly reden: string
  /** What the reporter believes it is. */
  readonly waarde?: unknown
  readonly toelichting?: string
}

/** The body of an approval: a compact JWS of a registered approver. */
export interface ApprovalBody {
  readonly verklaring: string
}

/** The body of `POST /v1/processing-activities`; names as the Logboek Dataverwerkingen spells them. */
export interface ActivitiesBody {
  readonly traceId?: string
  readonly 'dpl.core.processing_activity_id'?: string
  /** A BSN, or a pseudonym that was read before. */
  readonly 'dpl.core.data_subject_id'?: string
  readonly startTime?: Moment
  readonly endTime?: Moment
}

/** eerdere verstrekking: what the log says was given once; that it arrived is not known, and it may say too much (P1). */
export interface Given {
  readonly log: LogName
  readonly transactie: string
  readonly tijd: Moment
  readonly uitwisseling: string
  readonly ontvanger: Oin
  readonly namens: Oin | null
  readonly verstrekt: readonly string[]
  /** What was asked about; neither where the provider handed over, or was asked about the day itself. */
  readonly periode: Period | null
  readonly peildatum: LegalDate | null
}

/** One call on the exchange listener, before anything of it is believed. */
export interface Call {
  /** UUIDv7, new for each call. */
  readonly transactie: string
  readonly trace: Trace
  readonly tijd: Moment
  /** The accepted request that this is a step of; its first step is its acceptance. */
  readonly verzoek?: string
}

/** bevraging: an identified, well-formed, purpose-bound request. */
export interface PurposeRequest extends Call {
  readonly peer: Sender
  readonly uitwisseling: string
  readonly body: RequestBody
  /** The party signed it, and the signature was verified. */
  readonly handtekening?: true
  /** It is a line of a levering. */
  readonly levering?: LinePlace
  /** Another question than for data by a person: see Question. */
  readonly stap?: Step
  /** The transaction that a correction or a doubt is about. */
  readonly over?: string
}

/**
 * stap: `bestand` opens a whole levering, before any person of it is read; `correctie` brings a
 * corrected value to who received the wrong one (AVG art. 19); `terugmelding` brings doubt to the source.
 */
export type Step = 'bestand' | 'correctie' | 'terugmelding'

/**
 * What `decide` sees of a request: no person, case id, employee id or free text (design P5).
 * Together with `Facts` and the moment it is the whole input of the decision and stands in the record.
 */
export interface Question {
  readonly uitwisseling: string
  readonly ontvanger: Oin
  /** levering: the provider that hands over; then `ontvanger` is who will receive. */
  readonly indiener?: Oin
  readonly namens?: Oin
  /** Asked through `verzoeken`: a person or a slow partner may take their time. */
  readonly asynchroon?: true
  /** Handed over through `leveringen`, as a line of many. */
  readonly levering?: true
  readonly stap?: Step
  /** levering: the names of what is handed over, never the values. */
  readonly gegevens?: readonly string[]
  readonly velden: readonly string[]
  /** Which kind of subject is asked about: bsn, kvk, …, or absent. */
  readonly sleutel?: string
  readonly buitenlands?: string
  readonly periode?: Period
  readonly peildatum?: LegalDate
  readonly parameters?: Readonly<Record<string, string>>
  readonly zaak: boolean
  readonly functie?: string
  readonly systeemproces: boolean
  readonly motivering?: { readonly noodzaak: string; readonly lichterMiddel: string }
  readonly selectiegrond?: string
  readonly selectieInstrument?: string
  readonly aanleiding?: { readonly soort: string; readonly betrouwbaarheid: string }
  readonly fase?: string
  /** Signed by the party itself, with a key that it registered. */
  readonly handtekening?: true
}

/** feiten: what the decision needs and cannot compute; the person-free outcome of one query. */
export interface Facts {
  /** Rungs of the ladder that stand open for this principal, case and person. */
  readonly treden: readonly string[]
  /** Scopes under the emergency brake that touch this exchange. */
  readonly noodrem: readonly string[]
  /** Allowed decisions so far that count for a limit; absent: none, or nothing is limited. */
  readonly gebruik?: Use
  /** Whether the person belongs to the case: registered, first of an unknown case, or another than registered. */
  readonly zaakrelatie?: 'bekend' | 'nieuw' | 'anders'
  /** Why the escape from that is shut: used for this person, or an earlier one was not closed in time. */
  readonly ontsnapping?: 'gebruikt' | 'te-laat'
  /** Approvals of this request that a registered approver signed, and until when each counts. */
  readonly goedkeuringen?: readonly { readonly functie: string; readonly tot: Moment }[]
  /** Other phases of this case in which the same employee took part (scheiding van functies). */
  readonly fasen?: readonly string[]
  /** Other functions in which the same employee acted in this case: who investigates does not decide. */
  readonly functies?: readonly string[]
  /** The receiver itself registered the person in this case as somebody whose address stays hidden. */
  readonly afgeschermd?: boolean
  /** Something about this person bars it; what, is sealed in the record (design P12). */
  readonly verhinderd?: boolean
  /** correctie, terugmelding: the log says that the receiver was given this field about this person. */
  readonly eerder?: boolean
  /** levering: what the criteria say of the data handed over, without identity; null = undeterminable. */
  readonly weging?: { readonly voldoet: boolean | null; readonly boete: boolean }
}

/** What the principal used in this exchange: in this case today, and in all its cases this hour. */
export interface Use {
  readonly zaakVandaag?: number
  readonly partijDitUur?: number
}

/** reden: why a condition failed; `uitleg` is made from it by policy/explain.ts. */
export interface Reason {
  readonly code: ReasonCode
  readonly veld?: string
  readonly grondslag?: string
  /** What the explanation needs besides: dates, numbers and names from the policy, never from a person. */
  readonly bij?: Readonly<Record<string, string | number>>
}

export type ReasonCode =
  | 'GEEN_GRONDSLAG'
  | 'GRONDSLAG_NIET_IN_WERKING'
  | 'GRONDSLAG_VERVALLEN'
  | 'GRONDSLAG_BUITEN_TOEPASSING'
  | 'GRONDSLAG_ONBEVESTIGD'
  | 'DOEL_ONBEKEND'
  | 'DOEL_NIET_TOEGESTAAN'
  | 'DOEL_ONVERENIGBAAR'
  | 'ONTVANGER_NIET_BEVOEGD'
  | 'MANDAAT_ONTBREEKT'
  | 'MANDAAT_VERLOPEN'
  | 'FUNCTIE_NIET_BEVOEGD'
  | 'FUNCTIESCHEIDING_GESCHONDEN'
  | 'ZAAK_ONTBREEKT'
  | 'ZAAKRELATIE_ONTBREEKT'
  | 'VELD_NIET_TOEGESTAAN'
  | 'LICHTER_MIDDEL_BESCHIKBAAR'
  | 'PROPORTIONALITEIT_ONTBREEKT'
  | 'GOEDKEURING_VEREIST'
  | 'GOEDKEURING_VERLOPEN'
  | 'BIJZONDERE_CATEGORIE'
  | 'STRAFRECHTELIJK_GEGEVEN'
  | 'OPT_OUT'
  | 'AFGESCHERMD'
  | 'GEGEVEN_VEROUDERD'
  | 'BEWAARTERMIJN_VERLOPEN'
  | 'DPIA_ONTBREEKT_OF_VERLOPEN'
  | 'INSTRUMENT_VERLOPEN'
  | 'GEEN_LEVERINGSAFSPRAAK'
  | 'VERSTREKKER_WEIGERT_ONEVENREDIG'
  | 'LAND_NIET_ONDERSTEUND'
  | 'LIMIET_BEREIKT'
  | 'NIET_VERSTREKT'
  | 'PERIODE_TE_RUIM'
  | 'PARAMETER_ONTBREEKT'
  | 'FASE_NIET_TOEGESTAAN'
  | 'AANLEIDING_ONVOLDOENDE'
  | 'SELECTIEGROND_ONTBREEKT'
  | 'UNA_VIA'
  | 'REGIME_VERMENGING'
  | 'NOODREM'
  | 'HANDTEKENING_ONTBREEKT'
  | 'BRON_NIET_AANGESLOTEN'

/** Reference to the policy that decided; digest is of the whole active set (design §4). */
export interface PolicyRef {
  readonly id: string
  readonly versie: string
  readonly digest: string
}

/** beslissing: the outcome of `decide`, with its whole input, so that it can be replayed. */
export interface Decision {
  readonly uitkomst: 'toegestaan' | 'geweigerd'
  readonly redenen: readonly Reason[]
  readonly vraag: Question
  readonly feiten: Facts
  readonly tijd: Moment
  readonly beleid: PolicyRef
  /** Policy set and brake it was made under: its record commits only while they are in force. */
  readonly epoch: string
  /** An officer must look at it afterwards, and why. */
  readonly toetsing?: 'ontsnapping'
  /** The highest rung the asked fields belong to; absent when no field is known. */
  readonly trede?: string
  /** What was found of the person that bars it: sealed in the record, and told to nobody. */
  readonly verhindering?: ReasonCode
}

/** The parts of an arrangement that a record, an answer and an adapter all name. */
export interface ExchangeTerms {
  readonly uitwisseling: string
  readonly doel: { readonly id: string; readonly omschrijving: string }
  readonly grondslagen: readonly {
    readonly id: string
    readonly regeling: string
    readonly artikel: string
  }[]
  readonly beleid: PolicyRef
  readonly verstrekker: Oin
  readonly ontvanger: Oin
  readonly namens?: Oin
  readonly via: readonly Oin[]
  readonly verwerkingsactiviteit: { readonly verstrekking: string; readonly ontvangst: string }
  readonly verantwoordelijke: { readonly verstrekking: Oin; readonly ontvangst: Oin }
  readonly gegevensset: string
  readonly bron: string
  /** Fields that hold the number of somebody besides the person it is about; absent when there are none. */
  readonly persoonsvelden?: readonly string[]
  /** Which log, and how long its records stay findable: ISO 8601 duration, e.g. P7Y. */
  readonly log: LogName
  readonly logTermijn: string
}

/** A row of another room that must commit in the same statement as a record (design §5). */
export interface RoomRow {
  /** The table it belongs to, from the closed list in audit/room-tables.ts. */
  readonly tabel:
    | 'policy.case_fact'
    | 'policy.quota_use'
    | 'policy.person_seen'
    | 'policy.case_person'
    | 'policy.case_escape'
    | 'policy.case_phase'
    | 'policy.opt_out'
    | 'delivery.verzoek'
    | 'delivery.stap'
    | 'delivery.goedkeuring'
    | 'delivery.levering'
    | 'delivery.leveringstap'
    | 'delivery.regel'
    | 'delivery.bericht'
    | 'delivery.berichtstap'
    | 'delivery.correctie'
    | 'delivery.correctiedeel'
  readonly waarden: Readonly<Record<string, string | number | boolean>>
}

declare const receiptBrand: unique symbol

/** ontvangstbewijs van het logboek: proof that a record is durably committed. audit/commit.ts alone makes it. */
export interface Receipt {
  readonly [receiptBrand]: true
  readonly log: LogName
  readonly index: number
  /** The exact leaf text (RFC 8785). */
  readonly logregel: string
  /** c2sp.org/tlog-proof@v1 against the checkpoint of its own group; computed when asked. */
  readonly tlogProof: () => string
  /** Of the records about others that were committed with it. */
  readonly overige?: readonly Receipt[]
}

declare const permittedBrand: unique symbol

/** A request that may touch a source. policy/permit.ts alone makes it, from request, decision and receipt. */
export interface PermittedExchange {
  readonly [permittedBrand]: true
  readonly request: PurposeRequest
  readonly decision: Decision
  readonly receipt: Receipt
  readonly terms: ExchangeTerms
}

/** herkomst: origin metadata that every answer carries (domain §3 conventions). */
export interface Origin {
  readonly bron: Oin
  readonly peildatum: LegalDate
  readonly volledigTotEnMet: LegalDate
  readonly inOnderzoek: readonly { readonly veld: string; readonly sinds: LegalDate }[]
  readonly kwaliteit: 'A' | 'B' | 'C' | 'D'
  /** RFC 3339 in Z: when the gateway received it. */
  readonly ontvangenOp: string
}

export type Result = 'gegevens' | 'geenGegevens' | 'nietBeschikbaar' | 'geweigerd'

/** antwoord without its proof: what is imprinted, recorded and released (design §3.4). */
export interface Answer {
  readonly transactie: string
  readonly omgeving?: 'test'
  readonly uitwisseling: string
  readonly doel: ExchangeTerms['doel']
  readonly grondslagen: ExchangeTerms['grondslagen']
  readonly beleid: PolicyRef
  readonly velden: readonly string[]
  readonly resultaat: Result
  readonly antwoord: readonly Readonly<Record<string, unknown>>[]
  readonly nietGeleverd: readonly { readonly veld: string; readonly reden: string }[]
  readonly herkomst: Origin
  readonly gebruiksbeperkingen: readonly string[]
  readonly bewaarregel: string
  /** levering: what is implausible in it; marked, never changed and never left out. */
  readonly aandachtspunten?: readonly { readonly veld: string; readonly code: string }[]
  /** correctie: the latest transaction that the corrected value was given in, why, and for which days it holds. */
  readonly correctie?: {
    readonly over: string
    readonly periode?: Period
    readonly reden: string
  }
  /** Only in a message: which it is, and what its receiver did not ask itself and must be told. */
  readonly bericht?: string
  readonly soort?: MessageKind
  readonly betrokkene?: DataSubject
  readonly object?: DataObject
  readonly buitenlands?: ForeignId
  readonly periode?: Period
  readonly peildatum?: LegalDate
  /** terugmelding: the transaction that is doubted. */
  readonly over?: string
}

/** vrijgave: an answer built from the allowed fields, with what its record must say. */
export interface Release {
  readonly antwoord: Answer
  /** Field names that really are in the answer, and names asked but not delivered. */
  readonly verstrekt: readonly string[]
  readonly weggelaten: readonly string[]
  readonly aantal: number
  /** Rows of policy that must commit with the disclosure (the ladder). */
  readonly rijen: readonly RoomRow[]
}
