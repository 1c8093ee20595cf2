// Between what may an officer choose about a person? Closed lists of the law, each with its words on the page.
import type { Moment, Oin } from '../terms.ts'

export type Options = readonly (readonly [value: string, text: string])[]

/** Why somebody looks up a person. */
export const reasons: Options = [
  ['inzage', 'Inzageverzoek (AVG, artikel 15)'],
  ['correctie', 'Verzoek om correctie (AVG, artikel 16)'],
  ['beperking', 'Verzoek om beperking (AVG, artikel 18)'],
  ['bezwaar', 'Bezwaar (AVG, artikel 21)'],
  ['klacht', 'Klacht'],
  ['anders', 'Anders, leg uit'],
]

/** UAVG art. 41, first paragraph: interests for which a right may be set aside. */
export const deferralGrounds: Options = [
  ['a', 'a. de nationale veiligheid'],
  ['b', 'b. de landsverdediging'],
  ['c', 'c. de openbare veiligheid'],
  ['d', 'd. het voorkomen, onderzoeken, opsporen of vervolgen van strafbare feiten'],
  ['e', 'e. een ander belangrijk algemeen belang, zoals een economisch of financieel belang'],
  ['f', 'f. de onafhankelijkheid van de rechter en gerechtelijke procedures'],
  ['g', 'g. het onderzoeken van schendingen van beroepscodes'],
  ['h', 'h. toezicht, inspectie of regelgeving bij de onderdelen a tot en met e en g'],
  ['i', 'i. de bescherming van de betrokkene of van rechten en vrijheden van anderen'],
  ['j', 'j. het innen van civiele vorderingen'],
]

/** AVG art. 18(1). */
export const restrictionGrounds: Options = [
  ['a', 'a. de betrokkene zegt dat de gegevens niet kloppen'],
  ['b', 'b. het gebruik is onrechtmatig en de betrokkene wil geen wissing'],
  ['c', 'c. de betrokkene heeft de gegevens nodig voor een rechtszaak'],
  ['d', 'd. de betrokkene heeft bezwaar gemaakt en daarover is nog niet beslist'],
]

/** AVG art. 18(2): for what restricted data may be used all the same. */
export const useGrounds: Options = [
  ['toestemming', 'De betrokkene geeft toestemming'],
  ['rechtsvordering', 'Een rechtsvordering'],
  ['bescherming', 'De bescherming van rechten van een ander'],
  ['algemeen-belang', 'Een gewichtig algemeen belang'],
]

export const forms: Options = [
  ['pdf', 'PDF, om te printen of te versturen'],
  ['html', 'Webpagina (HTML)'],
  ['csv', 'Tabel (CSV)'],
  ['json', 'Voor een computer (JSON)'],
]

export function isOption(options: Options, value: string): boolean {
  return options.some(([one]) => one === value)
}

export function optionText(options: Options, value: string): string {
  return options.find(([one]) => one === value)?.[1] ?? value
}

/** The list with an empty first choice. */
export function asked(options: Options): Options {
  return [['', 'Maak een keuze'], ...options]
}

const day = new Intl.DateTimeFormat('nl-NL', { timeZone: 'Europe/Amsterdam', dateStyle: 'long' })
const clock = new Intl.DateTimeFormat('nl-NL', {
  timeZone: 'Europe/Amsterdam',
  dateStyle: 'long',
  timeStyle: 'short',
})
const monthOnly = new Intl.DateTimeFormat('nl-NL', {
  timeZone: 'UTC',
  month: 'long',
  year: 'numeric',
})

/** `22 november 2026` */
export function dayText(tijd: Moment): string {
  return day.format(tijd)
}

/** `22 november 2026 om 13:05` */
export function timeText(tijd: Moment): string {
  return clock.format(tijd)
}

/** Of a legal date `2026-11-22`. */
export function dateText(date: string): string {
  return day.format(Date.parse(`${date}T12:00:00Z`))
}

/** Of a month `2033-11`. */
export function monthText(month: string): string {
  return monthOnly.format(Date.parse(`${month}-15T12:00:00Z`))
}

/** A legal date some months on; what a month does not have is its last day. */
export function addMonths(date: string, months: number): string {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split('-').map(Number)
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate()
  const made = new Date(Date.UTC(year, month - 1 + months, Math.min(dayOfMonth, last)))
  return made.toISOString().slice(0, 10)
}

export interface Letter {
  readonly aan: string
  readonly alineas: readonly string[]
}

/** AVG art. 12(3) and 15: what to write when another organisation has to answer. No number of the person in it. */
export function letters(forwarding: {
  readonly van: string
  readonly aan: string
  readonly ontvangenOp: string
}): readonly Letter[] {
  const { van, aan, ontvangenOp } = forwarding
  const op = dateText(ontvangenOp)
  return [
    {
      aan,
      alineas: [
        `Onderwerp: vraag van een burger over persoonsgegevens`,
        `Geachte heer of mevrouw,`,
        `Op ${op} kregen wij een vraag van een burger over het gebruik van persoonsgegevens. Een deel van de vraag gaat over gegevens waarvoor ${aan} verantwoordelijk is. Daarom sturen wij de vraag naar u door.`,
        `Wilt u de vraag zelf beantwoorden? De termijn is één maand nadat u de vraag kreeg (AVG, artikel 12, derde lid). Wij hebben de burger verteld dat wij de vraag aan u doorsturen. De vraag en de gegevens van de burger krijgt u apart van ons, op een veilige manier.`,
        `Met vriendelijke groet,`,
        `${van}`,
      ],
    },
    {
      aan: 'de burger',
      alineas: [
        `Onderwerp: wij sturen uw vraag door`,
        `Geachte heer of mevrouw,`,
        `Op ${op} kregen wij uw vraag over het gebruik van uw persoonsgegevens. Een deel van uw vraag gaat over gegevens waarvoor ${aan} verantwoordelijk is. Wij mogen dat deel niet voor die organisatie beantwoorden. Daarom hebben wij uw vraag doorgestuurd aan ${aan}.`,
        `U krijgt van ${aan} antwoord binnen één maand nadat die organisatie uw vraag kreeg. Duurt het langer? Dan moet ${aan} u dat op tijd vertellen. U kunt ook zelf contact opnemen met ${aan}. Bent u het niet eens met wat wij doen? Dan kunt u een klacht indienen bij de Autoriteit Persoonsgegevens (autoriteitpersoonsgegevens.nl).`,
        `Met vriendelijke groet,`,
        `${van}`,
      ],
    },
  ]
}

/** Whose name stands for this number today. */
export type NameOf = (oin: Oin | null) => string
