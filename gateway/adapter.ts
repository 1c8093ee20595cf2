// What is an adapter? Types and contract only; adapters/echo is the one to copy.
import type {
  DataSubject,
  ExchangeTerms,
  LegalDate,
  Oin,
  Origin,
  PartyKey,
  PermittedExchange,
  RequestBody,
  TraceHeaders,
} from './terms.ts'

/**
 * One module per source. It translates between the source's protocol and our dataset: it decides
 * nothing, logs nothing, retries nothing. The core validates settings, times out, retries, records
 * and minimises.
 */
export interface Adapter<Settings = Record<string, unknown>> {
  readonly name: string
  /** Names of the datasets (policies/gegevenssets) it can answer. */
  readonly datasets: readonly string[]
  /** JSON Schema 2020-12 of its settings; the core refuses others before connect. */
  readonly settings: object
  connect(settings: Settings, tools: Tools): Promise<Source>
}

/** An opened source. `answer` throws only SourceError; anything else is a defect. */
export interface Source extends AsyncDisposable {
  answer(exchange: SourceQuestion, signal: AbortSignal): Promise<SourceAnswer | SourceLater>
  /** Hands a release to its receiver, once or again under the same delivery id; absent = it only asks. */
  deliver?(delivery: SourceDelivery, signal: AbortSignal): Promise<DeliveryReceipt>
  /** Files of lines that it holds ready for receivers; absent = it holds none. */
  readonly bestanden?: FileHolder
}

/**
 * An intermediary that gathers lines for receivers (Wet SUWI art. 63). What a receiver knows already never
 * leaves the adapter: `read` gives the difference alone, in constant memory.
 */
export interface FileHolder {
  /** OIN in its certificate: who hands the lines in. */
  readonly houder: Oin
  /** The files of one exchange and period; undefined while that period is not ready. */
  list(question: FilesQuestion, signal: AbortSignal): Promise<readonly SourceFile[] | undefined>
  /** The lines from a place on, each once and in order; it ends only when the file said that it was whole. */
  read(question: FileQuestion, signal: AbortSignal): AsyncIterable<FileLine>
}

/** Only made out of a PermittedExchange (stap bestand), as a SourceQuestion. */
export interface FilesQuestion
  extends Pick<
    SourceQuestion,
    'permitted' | 'transactie' | 'trace' | 'doel' | 'grondslagen' | 'gegevensset'
  > {
  readonly uitwisseling: string
  /** `JJJJ-MM` or `JJJJ-MM-DD`. */
  readonly periode: string
}

export interface FileQuestion extends FilesQuestion {
  readonly bestand: SourceFile
  readonly vanaf: FilePlace
}

/** One file for one receiver; nobody it is about. */
export interface SourceFile {
  readonly ontvanger: Oin
  /** Its version at its holder, printable ASCII: a file that was changed has another. */
  readonly versie: string
  readonly regels: number
  readonly bytes: number
}

/** Before the line that begins at `byte`, so many were read. */
export interface FilePlace {
  readonly byte: number
  readonly regel: number
}

/** The dataset's row in our own field names: the core checks it against the dataset schema. */
export interface FileLine {
  readonly verstrekker: Oin
  readonly ontvanger: Oin
  readonly betrokkene: DataSubject
  readonly gegevens: Readonly<Record<string, unknown>>
  /** The line as it came. */
  readonly tekst: string
  /** Its number in the file, and where the next one begins. */
  readonly na: FilePlace
}

/** levering: a recorded release on its way to the receiver. */
export interface SourceDelivery {
  readonly permitted: PermittedExchange
  /** Fixed at acceptance: a receiver that saw it applies it no second time, and gives the same receipt. */
  readonly aflevering: string
  readonly trace: TraceHeaders
  /** The text that was recorded, with its proof. */
  readonly tekst: string
  /** Registered keys of the receiver, valid now. */
  readonly sleutels: readonly PartyKey[]
}

/** ontvangstbewijs van de ontvanger: checked by the adapter before it is given. */
export interface DeliveryReceipt {
  /** As it came, for the record: a compact JWS or the like, without personal data. */
  readonly bewijs: string
}

/**
 * What a source may be told: transaction, trace, receiver or principal, purpose and legal bases (Pw
 * art. 65(4): the provider must be able to check), the person, the fields and the period. Never the employee or the case.
 * Only made out of a PermittedExchange, so no adapter can be called without a recorded decision.
 */
export interface SourceQuestion {
  readonly permitted: PermittedExchange
  readonly transactie: string
  /** W3C headers, a child span of the call: the adapter sends them as they are. */
  readonly trace: TraceHeaders
  readonly ontvanger: string
  readonly namens?: string
  readonly doel: ExchangeTerms['doel']
  readonly grondslagen: ExchangeTerms['grondslagen']
  readonly gegevensset: string
  readonly betrokkene?: RequestBody['betrokkene']
  readonly object?: RequestBody['object']
  readonly buitenlands?: RequestBody['buitenlands']
  readonly velden: readonly string[]
  readonly periode: { readonly van: LegalDate; readonly totEnMet: LegalDate }
  readonly peildatum: LegalDate
  /** What this source gave when it said that it would answer later. */
  readonly kenmerk?: string
  /** The same at every attempt of one request, whatever its transaction: a question that was taken is taken once. */
  readonly aflevering?: string
}

/** The dataset's rows in our own field names; the core checks every one against the dataset schema. */
export type SourceAnswer =
  | {
      readonly resultaat: 'gegevens'
      /** The person the source says it answers about: the core compares. */
      readonly betrokkene: string
      /** The number this person had before, when the source says it was replaced by `betrokkene`. */
      readonly vervangt?: string
      /** Day of death, when the source knows of it: the core holds back what the law then withholds. */
      readonly overleden?: LegalDate
      readonly rijen: readonly Readonly<Record<string, unknown>>[]
      readonly herkomst: SourceOrigin
    }
  | {
      readonly resultaat: 'geenGegevens' | 'nietBeschikbaar' | 'geweigerd'
      readonly herkomst: SourceOrigin
    }

/** It took the question and will answer later; only for what was asked through `verzoeken`. */
export interface SourceLater {
  readonly resultaat: 'volgt'
  /** Its own reference, printable ASCII up to 200 characters. */
  readonly kenmerk: string
  /** Seconds until it is worth asking again. */
  readonly opnieuwNa: number
}

/** Origin as far as the source knows it; the core adds `bron` and `ontvangenOp`. */
export type SourceOrigin = Pick<
  Origin,
  'peildatum' | 'volledigTotEnMet' | 'inOnderzoek' | 'kwaliteit'
>

/** The three ways a source may fail. `unavailable` alone is worth another try. */
export class SourceError extends Error {
  override name = 'SourceError'
  readonly code: 'source-unavailable' | 'source-refused' | 'source-malformed'
  /** Names of unexpected fields or elements (never values), when the source drifted. */
  readonly drift: readonly string[]
  /** Seconds after which the source itself said to come back. */
  readonly retryAfter: number | undefined
  constructor(code: SourceError['code'], message: string, options: SourceErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.drift = options.drift ?? []
    this.retryAfter = options.retryAfter
  }
}

export interface SourceErrorOptions {
  readonly cause?: unknown
  readonly drift?: readonly string[]
  readonly retryAfter?: number
}

/** What the core lends an adapter. */
export interface Tools {
  /** The one outgoing client: mTLS, expected server OIN, size and time limits, no redirects. */
  readonly request: OutboundRequest
  /** The same client, for an answer that is read line by line. */
  readonly lines: OutboundLines
  readonly clock: () => number
}

export type OutboundRequest = (call: OutboundCall) => Promise<OutboundReply>

export interface OutboundCall {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The OIN the server's certificate must carry. */
  readonly oin: string
  readonly signal: AbortSignal
  /** Largest accepted answer in bytes. */
  readonly maxBytes: number
}

export interface OutboundReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export type OutboundLines = (call: OutboundFile) => AsyncIterable<OutboundLine>

/** A file of lines of JSON (`application/x-ndjson`), asked by GET from a byte on. */
export interface OutboundFile extends Pick<OutboundCall, 'url' | 'headers' | 'oin' | 'signal'> {
  /** The first byte that is wanted (RFC 9110 §14.2). */
  readonly vanaf: number
  /** Only while the file is this one (RFC 9110 §13.1.1); absent = whichever it is. */
  readonly etag?: string
  readonly maxLineBytes: number
  /** Without a byte for so long it is given up. */
  readonly idleMs: number
}

/** One line without its end, and the place in the file just behind that end. */
export interface OutboundLine {
  readonly tekst: string
  readonly byte: number
}
