// Whom does the simulated SVB know? Invented administration around public test numbers (domain §4).

interface Amount {
  readonly bedrag: number
  readonly valuta: 'EUR'
  /** 6 is a month, 7 a quarter (suwiml §6). */
  readonly termijn: string
}

interface Benefit {
  readonly regeling: 'AOW' | 'ANW' | 'AKW' | 'AIO' | 'REM'
  /** Months ago that it began, counted from the current month. */
  readonly sinds: number
  readonly einde?: number
  readonly bruto: Amount
  readonly netto: Amount
  readonly percentageAow?: number
  readonly partnertoeslag?: boolean
  readonly remigratievoorziening?: string
}

interface Child {
  readonly burgerservicenummer: string
  readonly voornamen: string
  readonly achternaam: string
  /** Years ago. */
  readonly leeftijd: number
  readonly kinderbijslag: boolean
  readonly woonsituatie: string
  readonly woonland: string
}

interface Person {
  /** Months ago that AOW age was reached; a negative number is still to come. Else the birth date is told. */
  readonly aow?: number
  readonly geboortedatum?: string
  readonly woonland?: string
  readonly partner?: { readonly burgerservicenummer: string; readonly naam: string }
  readonly kinderen?: readonly Child[]
  readonly uitkeringen: readonly Benefit[]
  /** Months ago. */
  readonly overleden?: number
  readonly vervangenDoor?: string
  readonly aanvraag?: Benefit['regeling']
}

const monthly = (bedrag: number): Amount => ({ bedrag, valuta: 'EUR', termijn: '6' })
const quarterly = (bedrag: number): Amount => ({ bedrag, valuta: 'EUR', termijn: '7' })

const fullAow = (sinds: number): Benefit => ({
  regeling: 'AOW',
  sinds,
  bruto: monthly(158_000),
  netto: monthly(150_240),
  percentageAow: 100,
  partnertoeslag: false,
})

const child = (burgerservicenummer: string, leeftijd: number): Child => ({
  burgerservicenummer,
  voornamen: 'Kind',
  achternaam: 'Voorbeeld',
  leeftijd,
  kinderbijslag: true,
  woonsituatie: '3',
  woonland: 'BE',
})

/** The AOW age of everybody who reaches it from 2024 to 2027 (AOW art. 7a). */
const aowYears = 67

const persons: Readonly<Record<string, Person>> = {
  // kinderbijslag for two children, a third child without
  '999990019': {
    geboortedatum: '1988-03-14',
    kinderen: [
      child('999990044', 4),
      child('999990056', 9),
      { ...child('999990032', 19), kinderbijslag: false },
    ],
    uitkeringen: [
      { regeling: 'AKW', sinds: 40, bruto: quarterly(65_337), netto: quarterly(65_337) },
    ],
  },
  // full AOW since two years, with a partner
  '999993549': {
    aow: 24,
    woonland: 'NL',
    partner: { burgerservicenummer: '444444440', naam: 'Partner Voorbeeld' },
    uitkeringen: [fullAow(24)],
  },
  // AOW in part, with AIO and remigratievoorziening
  '999990342': {
    aow: 20,
    woonland: 'MA',
    uitkeringen: [
      { ...fullAow(20), bruto: monthly(116_920), netto: monthly(111_100), percentageAow: 74 },
      { regeling: 'AIO', sinds: 20, bruto: monthly(40_000), netto: monthly(38_000) },
      {
        regeling: 'REM',
        sinds: 36,
        bruto: monthly(50_000),
        netto: monthly(50_000),
        remigratievoorziening: '2',
      },
    ],
  },
  // remigratievoorziening alone
  '999998493': {
    geboortedatum: '1970-06-01',
    woonland: 'MA',
    uitkeringen: [
      {
        regeling: 'REM',
        sinds: 36,
        bruto: monthly(90_000),
        netto: monthly(90_000),
        remigratievoorziening: '2',
      },
    ],
  },
  // Anw; reaches AOW age next year
  '999993653': {
    aow: -10,
    uitkeringen: [{ regeling: 'ANW', sinds: 15, bruto: monthly(130_000), netto: monthly(118_000) }],
  },
  // known, with an application and no benefit
  '999992168': { geboortedatum: '1991-10-02', aanvraag: 'AKW', uitkeringen: [] },
  // deceased: AOW until the end of the month of death
  '999990238': { aow: 30, overleden: 3, uitkeringen: [{ ...fullAow(30), einde: 3 }] },
  // the number was replaced
  '999990160': { aow: 24, vervangenDoor: '112233454', uitkeringen: [fullAow(24)] },
}

export interface Question {
  readonly transactie: string
  readonly persoon: string
  readonly periode: { readonly van: string; readonly totEnMet: string }
}

/** Everything there is of a person, whatever was asked: stripping it is the gateway's part. */
export function answerFor(question: Question, now: number): Record<string, unknown> {
  const vandaag = amsterdam.format(now)
  const person = Object.hasOwn(persons, question.persoon) ? persons[question.persoon] : undefined
  const common = {
    transactie: question.transactie,
    stand: {
      peildatum: vandaag,
      volledigTotEnMet: [question.periode.totEnMet, vandaag].toSorted()[0],
      kwaliteit: 'A',
      inOnderzoek: [],
    },
  }
  if (!person) return { ...common, uitkomst: 'nietGevonden' }
  const { kinderen = [], aanvraag, uitkeringen } = person
  return {
    ...common,
    uitkomst: 'gegevens',
    persoon: personOf(question.persoon, person, now),
    kinderen: kinderen.map(({ leeftijd, ...rest }) => ({
      ...rest,
      geboortedatum: years(firstOfMonth(now, 0), -leeftijd),
    })),
    aanvragen: aanvraag
      ? [{ regeling: aanvraag, datum: firstOfMonth(now, 1), beslissing: '01' }]
      : [],
    uitkeringen: uitkeringen.map((benefit, index) => benefitOf(benefit, index + 1, now)),
  }
}

function personOf(bsn: string, person: Person, now: number): Record<string, unknown> {
  const { vervangenDoor, overleden, woonland, partner, aow, geboortedatum } = person
  const aowLeeftijdDatum = aow === undefined ? undefined : firstOfMonth(now, aow)
  return {
    burgerservicenummer: vervangenDoor ?? bsn,
    ...(vervangenDoor && { vervangt: bsn }),
    voornamen: 'Proef',
    achternaam: 'Voorbeeld',
    geslacht: '1',
    geboortedatum: aowLeeftijdDatum ? years(aowLeeftijdDatum, -aowYears) : geboortedatum,
    ...(aowLeeftijdDatum && { aowLeeftijdDatum }),
    ...(overleden !== undefined && { overleden: firstOfMonth(now, overleden) }),
    ...(woonland && { woonland }),
    ...(partner && { partner }),
  }
}

function benefitOf(benefit: Benefit, nummer: number, now: number): Record<string, unknown> {
  const { regeling, sinds, einde, remigratievoorziening, ...amounts } = benefit
  const ingang = firstOfMonth(now, sinds)
  const last = einde === undefined ? undefined : lastOfMonth(now, einde)
  return {
    nummer,
    regeling,
    ingang,
    ...(last && { einde: last }),
    ...(remigratievoorziening && { remigratievoorziening }),
    perioden: [{ van: ingang, ...(last && { tot: last }), ...amounts }],
  }
}

const amsterdam = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam' })

function dayOf(now: number, monthsAgo: number, date: number): string {
  const [year = 0, month = 0] = amsterdam.format(now).split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 - monthsAgo, date)).toISOString().slice(0, 10)
}

const firstOfMonth = (now: number, ago: number) => dayOf(now, ago, 1)
const lastOfMonth = (now: number, ago: number) => dayOf(now, ago - 1, 0)

/** On the same day, which is the first of a month, so it exists. */
const years = (day: string, count: number) =>
  `${String(Number(day.slice(0, 4)) + count).padStart(4, '0')}${day.slice(4)}`
