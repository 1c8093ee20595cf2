// What stands in one line of the log (logregel, design §5), and which of it can be searched?
import type { ExchangeTerms, Facts, Moment, Oin, Question, Reason } from '../terms.ts'

export type RecordKind =
  /** The outcome of `decide`: toegestaan or geweigerd. */
  | 'beslissing'
  /** The three ends of an allowed decision, and what may follow the first. */
  | 'verstrekking'
  | 'bronfout'
  | 'afgebroken'
  | 'niet-afgeleverd'
  /** A call that never reached a decision, or a minute's worth of them. */
  | 'afwijzing'
  /** A party asked the proofs of a transaction again. */
  | 'inzage'
  /** A receiver registers a case and its persons. */
  | 'zaakregistratie'
  /** A request that takes time, from its acceptance to its end (design §6). */
  | 'aanvaarding'
  | 'goedkeuring'
  /** An attempt: the source will answer later. */
  | 'uitgesteld'
  /** Bytes leave the mailbox: a pick-up, or a push to the registered address. */
  | 'ophaling'
  | 'ontvangst'
  | 'herinnering'
  | 'intrekking'
  | 'herplaatsing'
  /** Its named end: why nothing more will happen. */
  | 'einde'
  /** What a receiver says of a message: it is a signaal, or what became of it. */
  | 'beoordeling'
  /** An officer must look at what a party asks. */
  | 'signaal'
  | 'beleidsactivering'
  /** The emergency brake was set, or its release was proposed, refused or done. */
  | 'noodrem'
  | 'noodrem-vrijgave'
  | 'log-einde'
  /** A month's key was destroyed: nobody of its records can be found back. */
  | 'sleutelvernietiging'
  | OfficerKind

/** What an officer does in the console; each is a line of the log. */
export const officerKinds = [
  /** Logged in or out. */
  'aanmelding',
  /** Looked, searched, verified or exported. */
  'raadpleging',
  /** Closed an item of the review queue, asked its receiver, or set a hint aside for a while. */
  'toetsing',
  'navraag',
  'onderdrukking',
  /** Deferred what a person may see (UAVG art. 41), forwarded a request, restricted processing (AVG art. 18). */
  'uitstel',
  'doorzending',
  'beperking',
  /** A person does not want to be approached for a purpose, or does again (AVG art. 21). */
  'bezwaar',
  /** Marked what a breach touched; recorded who may look behind the numbers of a report. */
  'datalek',
  'mandaat',
] as const

export type OfficerKind = (typeof officerKinds)[number]

/** What changes the law says so in its leaf; the same list stands in migrations/audit-002.sql. */
export const epochKinds: readonly RecordKind[] = [
  'beleidsactivering',
  'noodrem',
  'noodrem-vrijgave',
]

/** A value that only the month's key opens. */
export interface Sealed {
  readonly verzegeld: string
}

/** Member names are Dutch and sorted in the leaf (RFC 8785). */
export interface LogRecord {
  readonly v: 1
  readonly soort: RecordKind
  readonly transactie: string
  readonly tijd: Moment
  readonly traceId: string
  readonly spanId: string
  readonly ouderSpanId?: string
  /** Program and version whose `decide` this was. */
  readonly programma: string

  readonly uitwisseling?: string
  readonly doel?: string
  readonly grondslagen?: readonly string[]
  readonly beleid?: ExchangeTerms['beleid']
  readonly verstrekker?: Oin
  readonly ontvanger?: Oin
  readonly namens?: Oin
  readonly via?: readonly Oin[]
  readonly verwerkingsactiviteit?: ExchangeTerms['verwerkingsactiviteit']
  readonly verantwoordelijke?: ExchangeTerms['verantwoordelijke']

  readonly uitkomst: string
  readonly redenen?: readonly (Pick<Reason, 'veld' | 'grondslag' | 'bij'> & {
    readonly code: string
  })[]
  /** With `feiten` and `tijd` the whole input of `decide`. */
  readonly vraag?: Question
  readonly feiten?: Facts
  readonly trede?: string
  /** An officer must look at this decision afterwards. */
  readonly toetsing?: string

  readonly verstrekt?: readonly string[]
  readonly weggelaten?: readonly string[]
  readonly aantal?: number
  readonly afdruk?: string

  readonly betrokkene?: Sealed & { readonly pseudoniem: string }
  /**
   * verstrekking: the field that gave the number of the person it is about; absent: the subject of the
   * question. Who is named besides that subject has a record of their own in the same transaction.
   */
  readonly betrokkeneVeld?: string
  /** The persons of a case, or whom what was handed over names besides its subject; then `rol` is the field. */
  readonly betrokkenen?: readonly (Sealed & { readonly pseudoniem: string; readonly rol: string })[]
  readonly object?: Sealed & { readonly pseudoniem: string }
  readonly zaak?: Sealed
  readonly medewerker?: Sealed
  readonly motivering?: Sealed
  /** What NIET_VERSTREKT stands for; for the provider, never for who asked (design P12). */
  readonly verhindering?: Sealed
  /** raadpleging: the person, case or employee that was searched for. */
  readonly gezocht?: Sealed
  /** Month of destruction: which key opens what is sealed here. */
  readonly sleutelmaand?: string

  /** What decides from here on: beleidsactivering, noodrem and a noodrem-vrijgave that was done. */
  readonly epoch?: string
  readonly vorigeEpoch?: string
  /** With `epoch`: the scopes under the brake from here on; with a proposal or refusal: those it is about. */
  readonly noodrem?: readonly string[]
  /** noodrem-vrijgave: the signed statements of who released it, as compact JWS. */
  readonly verklaringen?: readonly string[]
  /** log-einde: origin of the log that goes on. */
  readonly opvolger?: string
  /** The accepted request, or the message, that this is a step of. */
  readonly verzoek?: string
  /** The file that this is about, and which line of it. */
  readonly levering?: string
  readonly regel?: number
  /** aanvaarding, goedkeuring: salted hash of what was asked; the salt is with the asker. */
  readonly inhoud?: string
  /** ontvangst: what the receiver signed. */
  readonly ontvangstbewijs?: string
  /** The transaction that was looked at, or that an officer did something about. */
  readonly over?: string
  /** The role in which an officer did it, and what, without persons. */
  readonly rol?: string
  readonly handeling?: Readonly<Record<string, Detail>>
}

export type Detail = string | number | boolean | readonly string[]

/** Columns beside the leaf, for searching; `log verify` recomputes them from the leaf. */
export const searchColumns = [
  'soort',
  'transactie',
  'tijd',
  'verstrekker',
  'ontvanger',
  'namens',
  'uitwisseling',
  'uitkomst',
] as const satisfies readonly (keyof LogRecord)[]

/** The whole input of `decide` out of a decision's record, for replay. */
export function decisionInput(record: LogRecord): { vraag: Question; feiten: Facts; tijd: Moment } {
  const { vraag, feiten, tijd } = record
  if (!vraag || !feiten) throw new Error('only the record of a decision holds its input')
  return { vraag, feiten, tijd }
}

/** What the person index can find back. */
export type IndexKind = 'betrokkene' | 'zaak' | 'medewerker'

/** A row of the person index: who can be found back in which leaf. The kind is part of the HMAC. */
export interface IndexRow {
  readonly maand: string
  /** In hex. */
  readonly hmac: string
}
