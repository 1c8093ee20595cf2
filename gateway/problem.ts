// Which problems can a caller meet, and what do they mean? One table (RFC 9457).

/** slug → HTTP status, Dutch title, stage of design §2 (or the console), and the text of its page. */
export const problems = {
  'ongeldig-verzoek': {
    status: 400,
    title: 'Het verzoek klopt niet',
    stage: 'message',
    page: 'Het bericht heeft niet de afgesproken vorm. Het antwoord noemt elke fout met de plaats in het bericht. Verbeter het bericht en stuur het opnieuw.',
  },
  'niet-toegelaten': {
    status: 401,
    title: 'Dit certificaat geeft geen toegang',
    stage: 'peer',
    page: 'De verbinding gebruikt een certificaat dat niet bij een actieve partij hoort, dat is ingetrokken, of waarvan de geldigheid niet is vast te stellen. Neem contact op met de beheerder van deze gateway.',
  },
  'handtekening-onjuist': {
    status: 401,
    title: 'De handtekening klopt niet',
    stage: 'message',
    page: 'Bij het bericht staat een handtekening (Message-Signature) die niet klopt: zij is van een andere sleutel, over een ander bericht, te oud of al eens gebruikt. Onderteken het bericht opnieuw met een sleutel die voor uw organisatie is geregistreerd. Er is niets verstrekt.',
  },
  geweigerd: {
    status: 403,
    title: 'Dit mag niet worden verstrekt',
    stage: 'policy',
    page: 'De wet of de afspraak laat deze verstrekking niet toe. Het antwoord noemt elke reden, met het veld of het wetsartikel. De weigering staat in het logboek. Wat uw organisatie wel mag vragen, staat op /v1/bevoegdheden.',
  },
  'aanmelding-mislukt': {
    status: 400,
    title: 'Het inloggen is niet gelukt',
    stage: 'console',
    page: 'De console kon niet vaststellen wie u bent. Misschien duurde het inloggen te lang, of begon u in een ander venster. Begin opnieuw.',
  },
  'geen-toegang': {
    status: 403,
    title: 'Dit mag u hier niet',
    stage: 'console',
    page: 'U bent niet ingelogd, of uw rol hoort niet bij deze pagina van de console. Er is niets getoond en niets veranderd.',
  },
  'niet-gevonden': {
    status: 404,
    title: 'Dit bestaat niet',
    stage: 'listen',
    page: 'Dit adres, deze uitwisseling of dit verzoek bestaat niet, of is niet voor u bedoeld.',
  },
  'methode-niet-toegestaan': {
    status: 405,
    title: 'Deze methode kan hier niet',
    stage: 'listen',
    page: 'Dit adres bestaat, maar niet met deze HTTP-methode. De header Allow noemt welke wel kan.',
  },
  'niet-aanvaardbaar': {
    status: 406,
    title: 'Dit antwoordformaat is er niet',
    stage: 'listen',
    page: 'De header Accept vraagt een formaat dat hier niet wordt gegeven. Het antwoord noemt wat hier wel kan.',
  },
  strijdig: {
    status: 409,
    title: 'Dit kan nu niet met dit verzoek',
    stage: 'delivery',
    page: 'Deze stap past niet bij waar het verzoek nu staat. U haalt bijvoorbeeld een antwoord op dat er nog niet is, of dat al is gewist. Of uw bericht botst met een eerder bericht, of er ontbreekt een sleutel. Het veld detail in het antwoord zegt wat het is. Er is niets veranderd.',
  },
  'te-groot': {
    status: 413,
    title: 'Het verzoek is te groot',
    stage: 'message',
    page: 'Het bericht is groter dan hier is toegestaan. Er is niets van gelezen.',
  },
  'verkeerd-formaat': {
    status: 415,
    title: 'Dit berichtformaat wordt niet gelezen',
    stage: 'message',
    page: 'Stuur het bericht als application/json, in UTF-8 en zonder compressie.',
  },
  'limiet-bereikt': {
    status: 429,
    title: 'De limiet is bereikt',
    stage: 'policy',
    page: 'Er is in deze zaak of door deze partij vaker gevraagd dan is afgesproken. De header Retry-After zegt wanneer het weer kan.',
  },
  'koptekst-te-groot': {
    status: 431,
    title: 'De kopteksten zijn te groot',
    stage: 'listen',
    page: 'De HTTP-kopteksten zijn groter dan hier is toegestaan.',
  },
  intern: {
    status: 500,
    title: 'Er ging hier iets mis',
    stage: 'listen',
    page: 'De gateway kon dit verzoek niet afmaken. Er is niets verstrekt. Meld het nummer onder instance aan de beheerder.',
  },
  'bron-onbetrouwbaar': {
    status: 502,
    title: 'De bron gaf geen bruikbaar antwoord',
    stage: 'delivery',
    page: 'Het antwoord van de bron klopte niet met wat is afgesproken: er stond iets anders in, het ging over iemand anders, het was niet te lezen, of de bron weigerde te antwoorden. Daarom is niets verstrekt.',
  },
  'bron-onbereikbaar': {
    status: 503,
    title: 'De bron is nu niet bereikbaar',
    stage: 'delivery',
    page: 'De bron antwoordt niet of is niet aangesloten. Probeer het later opnieuw; de header Retry-After zegt wanneer.',
  },
  'aanmelddienst-onbereikbaar': {
    status: 503,
    title: 'Inloggen kan nu niet',
    stage: 'console',
    page: 'De dienst waarmee u inlogt, antwoordt niet. De uitwisseling van gegevens gaat intussen door. Probeer het later opnieuw.',
  },
  'log-onbereikbaar': {
    status: 503,
    title: 'Het logboek is nu niet beschikbaar',
    stage: 'audit',
    page: 'Zonder logboek wordt niets verstrekt. Probeer het later opnieuw; de header Retry-After zegt wanneer.',
  },
  overbelast: {
    status: 503,
    title: 'Dit kan op dit moment niet',
    stage: 'listen',
    page: 'De gateway verwerkt nu te veel verzoeken tegelijk, of er veranderde iets terwijl dit verzoek liep: het beleid, of het verzoek zelf. Er is niets verstrekt. Probeer het opnieuw; de header Retry-After zegt wanneer.',
  },
} as const satisfies Record<string, { status: number; title: string; stage: Stage; page: string }>

export type Stage = 'listen' | 'peer' | 'message' | 'policy' | 'delivery' | 'audit' | 'console'
export type Slug = keyof typeof problems

/** One fault in a message: where (JSON pointer) and what, never the value. */
export interface Fault {
  readonly pointer: string
  readonly melding: string
}

export interface ProblemOptions {
  readonly cause?: unknown
  /** Extra members of the problem document: redenen, fouten, bewijs, vervolg. */
  readonly members?: Readonly<Record<string, unknown>>
  /** Seconds for Retry-After. */
  readonly retryAfter?: number
  /** Machine-readable reason for the record and the metrics; defaults to the slug. */
  readonly reden?: string
  /** It stands in the log already: answer it without recording it again. */
  readonly recorded?: boolean
}

/** Thrown anywhere, answered only by listen/answer.ts. `detail` is Dutch and holds no personal data. */
export class Problem extends Error {
  override name = 'Problem'
  readonly slug: Slug
  readonly detail: string
  readonly members: Readonly<Record<string, unknown>>
  readonly retryAfter: number | undefined
  readonly reden: string
  readonly recorded: boolean
  constructor(slug: Slug, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause })
    this.slug = slug
    this.detail = detail
    this.members = options.members ?? {}
    this.retryAfter = options.retryAfter
    this.reden = options.reden ?? slug
    this.recorded = options.recorded ?? false
  }
  get status(): number {
    return problems[this.slug].status
  }
}
