// Whom does the simulated KSZ know, by which pair of numbers, and what does it say of each? Nobody here exists.
import type { Group } from './message.ts'

/** A question as the simulator reads it out of the message. */
export interface Asked {
  readonly dienst: string
  readonly insz: string
  readonly bsn: string
}

type Content = Readonly<Record<string, Group>>

const without = (element: string): Content => ({
  'ksz-inkomsten': { [element]: [''] },
  'ksz-werkloosheid': { [element]: [''] },
  'ksz-woonplaats': { [element]: [''] },
})

/** A pair that is not in this table, also of two numbers that are, is nobody's. */
const persons: Readonly<Record<string, (now: number) => Content>> = {
  // works in Belgium since 2025, was unemployed there before, and moved there
  '85073003328 999990019': now => ({
    'ksz-inkomsten': {
      Inkomsten: [
        {
          Tewerkstelling: [
            {
              Soort: ['LOON'],
              Land: ['BE'],
              Instelling: ['Rijksdienst voor Sociale Zekerheid'],
              Van: ['2025-03-03'],
              Ondernemingsnummer: ['0999999922'],
              ParitairComite: ['200.00'],
              Kwartaal: quarters(now).map(quarter => ({
                ...quarter,
                Bruto: [{ Centen: ['825000'], Munt: ['EUR'] }],
              })),
            },
          ],
        },
      ],
    },
    'ksz-werkloosheid': {
      Werkloosheid: [
        {
          Uitkering: [
            {
              Van: ['2024-11-01'],
              TotEnMet: ['2025-03-02'],
              Dagbedrag: [{ Centen: ['6543'], Munt: ['EUR'] }],
            },
          ],
          Aanmelding: [{ Van: ['2025-03-03'], Ondernemingsnummer: ['0999999922'] }],
        },
      ],
    },
    'ksz-woonplaats': {
      Woonplaats: [
        {
          Levend: ['ja'],
          Gezinsgrootte: ['3'],
          Verblijf: [
            { Land: ['NL'], Van: ['2008-09-01'], TotEnMet: ['2025-01-31'] },
            { Land: ['BE'], Van: ['2025-02-01'] },
          ],
        },
      ],
    },
  }),

  // known in Belgium, and does not work there
  '93051822361 999993549': () => ({
    'ksz-inkomsten': { Inkomsten: [{}] },
    'ksz-werkloosheid': { Werkloosheid: [{}] },
    'ksz-woonplaats': {
      Woonplaats: [{ Levend: ['ja'], Verblijf: [{ Land: ['BE'], Van: ['1993-05-18'] }] }],
    },
  }),

  // died
  '00539900119 999990160': () => ({
    'ksz-inkomsten': { Inkomsten: [{ Overleden: ['2026-08-14'] }] },
    'ksz-werkloosheid': { Werkloosheid: [{ Overleden: ['2026-08-14'] }] },
    'ksz-woonplaats': {
      Woonplaats: [
        {
          Levend: ['nee'],
          Overleden: ['2026-08-14'],
          Verblijf: [{ Land: ['BE'], Van: ['1999-01-01'] }],
        },
      ],
    },
  }),

  // of whom Belgium does not hold this, and about whom it refuses to tell
  '01539900140 999990238': () => without('NietBeschikbaar'),
  '02539900161 999990342': () => without('Geweigerd'),
}

/** For the conformance suite, and for whoever asks in the demo. */
export const inszOf: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(persons).map(pair => pair.split(' ').reverse()),
)

/** What the register says of this pair, complete until the end of the month before this one. */
export function outcomeFor({ dienst, insz, bsn }: Asked, now: number): Group {
  const person = persons[`${insz} ${bsn}`]
  const content = (person?.(now) ?? without('GeenGegevens'))[dienst]
  return {
    Betreft: [{ Insz: [insz], Bsn: [bsn] }],
    Herkomst: [
      {
        Peildatum: [dayOf(now)],
        // Wages come once a quarter and late; where somebody lives is known by the day.
        VolledigTotEnMet: [dienst === 'ksz-woonplaats' ? dayOf(now) : lastMonth(now)],
        Kwaliteit: ['A'],
      },
    ],
    ...(content ?? { NietBeschikbaar: [''] }),
  }
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

function lastMonth(now: number): string {
  const today = new Date(now)
  return dayOf(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 0))
}

/** The last four quarters that are over. */
function quarters(now: number): Group[] {
  const today = new Date(now)
  const current = today.getUTCFullYear() * 4 + Math.floor(today.getUTCMonth() / 3)
  return [4, 3, 2, 1].map(ago => {
    const [year, quarter] = [Math.floor((current - ago) / 4), (current - ago) % 4]
    return {
      Van: [dayOf(Date.UTC(year, quarter * 3, 1))],
      TotEnMet: [dayOf(Date.UTC(year, quarter * 3 + 3, 0))],
    }
  })
}
