// Whom does the simulated source know? Invented administration around public test numbers (domain §4).

interface Job {
  readonly werkgever: string
  readonly fiscaalNummer: string
  readonly soort: string
  /** Months ago that it began, counted from the current month. */
  readonly sinds: number
  readonly loon: number
  readonly uren: number
}

const missingMonths = 2
const knownMonths = 24

const persons: Readonly<Record<string, readonly Job[]>> = {
  '999990019': [job('Bakkerij De Korenschoof B.V.', '900000004', '15', 20, 40_000, 26)],
  '999993653': [
    job("Pakhuis 't Anker B.V.", '900000016', '15', 30, 180_000, 104),
    job('Tuinbouw Zonnekas B.V.', '900000028', '15', 26, 120_000, 70),
  ],
  '999992168': [job('UWV', '000000004', '33', 5, 190_000, 0)],
  '999993549': [],
}

function job(
  ...[werkgever, fiscaalNummer, soort, sinds, loon, uren]: [
    string,
    string,
    string,
    number,
    number,
    number,
  ]
): Job {
  return { werkgever, fiscaalNummer, soort, sinds, loon, uren }
}

export interface Question {
  readonly transactie: string
  readonly persoon: string
  readonly van: string
  readonly totEnMet: string
}

export function answerFor(question: Question, now: number): Record<string, unknown> {
  const jobs = Object.hasOwn(persons, question.persoon) ? persons[question.persoon] : undefined
  const complete = monthSpan(now, missingMonths).totEnMet
  const common = {
    transactie: question.transactie,
    stand: {
      peildatum: amsterdam.format(now),
      volledigTotEnMet: [question.totEnMet, complete].toSorted()[0],
      kwaliteit: 'A',
      inOnderzoek: [],
    },
  }
  if (!jobs) return { ...common, uitkomst: 'geenGegevens' }
  const inkomsten = jobs.flatMap((each, index) => incomesOf(each, index + 1, question, now))
  return { ...common, uitkomst: 'gegevens', persoon: question.persoon, inkomsten }
}

function incomesOf(job: Job, dienstverband: number, asked: Question, now: number) {
  const first = Math.min(job.sinds, knownMonths)
  const ago = Array.from({ length: first - missingMonths + 1 }, (_, index) => first - index)
  return ago
    .map(each => monthSpan(now, each))
    .filter(span => span.van <= asked.totEnMet && asked.van <= span.totEnMet)
    .map(span => ({
      dienstverband,
      begin: monthSpan(now, job.sinds).van,
      soort: job.soort,
      werkgever: {
        naam: job.werkgever,
        loonheffingennummer: `${job.fiscaalNummer}L01`,
        fiscaalNummer: job.fiscaalNummer,
        plaats: 'Waterstad',
      },
      van: span.van,
      tot: span.totEnMet,
      loon: job.loon,
      uren: job.uren,
      alimentatie: 2_375,
      wajong: false,
    }))
}

const amsterdam = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam' })

/** The whole calendar month that lies `ago` months before the current one. */
function monthSpan(now: number, ago: number): { van: string; totEnMet: string } {
  const [year = 0, month = 0] = amsterdam.format(now).split('-').map(Number)
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  return {
    van: day(Date.UTC(year, month - 1 - ago, 1)),
    totEnMet: day(Date.UTC(year, month - ago, 0)),
  }
}
