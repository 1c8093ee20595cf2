// Whom does the simulated UWV know? Invented administration around public test numbers (domain §4).
import type { Group } from './message.ts'

/** What the source lacks: wages of the current and the last calendar month arrive later. */
const missingMonths = 2
const knownMonths = 24

interface Payer {
  readonly naam: string
  readonly fiNummer: string
  readonly plaats: string
}

/** Invented organisations; the numbers pass the eleven test and belong to nobody. */
const payers = {
  bakkerij: { naam: 'Bakkerij De Korenschoof B.V.', fiNummer: '900000004', plaats: 'Waterstad' },
  pakhuis: { naam: "Pakhuis 't Anker B.V.", fiNummer: '900000016', plaats: 'Dijkdorp' },
  tuinbouw: { naam: 'Tuinbouw Zonnekas B.V.', fiNummer: '900000028', plaats: "'s-Polderland" },
  // A payer that is a party carries the nine digits of its OIN.
  uwv: { naam: 'UWV', fiNummer: '000000004', plaats: 'Amsterdam' },
  waterstad: { naam: 'Gemeente Waterstad', fiNummer: '000000001', plaats: 'Waterstad' },
} as const satisfies Record<string, Payer>

interface Job {
  readonly payer: Payer
  readonly soort: string
  /** Months ago that it began, counted from the current month. */
  readonly sinds: number
  /** Months ago that it ended; absent: it runs. */
  readonly tot?: number
  readonly loon: number
  readonly uren: number
}

/** The five persons of the demo, and two that show a payer that asks itself and an unknown code. */
const persons: Readonly<Record<string, readonly Job[]>> = {
  '999990019': [{ payer: payers.bakkerij, soort: '15', sinds: 20, loon: 40_000, uren: 26 }],
  '999993653': [
    { payer: payers.pakhuis, soort: '15', sinds: 30, loon: 180_000, uren: 104 },
    { payer: payers.tuinbouw, soort: '15', sinds: 26, loon: 120_000, uren: 70 },
  ],
  '999992168': [{ payer: payers.uwv, soort: '33', sinds: 5, loon: 190_000, uren: 0 }],
  '999993549': [],
  '999990020': [{ payer: payers.waterstad, soort: '11', sinds: 24, loon: 210_000, uren: 120 }],
  '999990032': [{ payer: payers.pakhuis, soort: '88', sinds: 24, loon: 90_000, uren: 60 }],
}

export interface Span {
  /** JJJJMMDD, inclusive. */
  readonly van: string
  readonly totEnMet: string
}

/** ClientSuwi with the statements that touch the asked period; nothing for someone UWV does not know. */
export function findClient(bsn: string, asked: Span, now: number): Group | undefined {
  const jobs = Object.hasOwn(persons, bsn) ? persons[bsn] : undefined
  if (!jobs) return undefined
  const relations = jobs.flatMap((job, index) => {
    const statements = statementsOf(job, asked, now)
    return statements.length === 0 ? [] : [relationOf(job, index + 1, statements, now)]
  })
  return { Burgerservicenr: [bsn], ...(relations.length > 0 && { Inkomstenverhouding: relations }) }
}

/** What UWV says it delivered: never the months it lacks. */
export function deliveredPeriod(asked: Span, now: number): Group | undefined {
  const last = monthSpan(now, missingMonths).totEnMet
  if (asked.van > last) return undefined
  const until = [asked.totEnMet, last].toSorted().slice(0, 1)
  return { DatBPeriode: [asked.van], DatEPeriode: until }
}

function statementsOf(job: Job, asked: Span, now: number): readonly Group[] {
  const first = Math.min(job.sinds, knownMonths)
  const last = Math.max(job.tot ?? 0, missingMonths)
  const ago = Array.from({ length: Math.max(0, first - last + 1) }, (_, index) => first - index)
  return ago
    .map(each => monthSpan(now, each))
    .filter(span => span.van <= asked.totEnMet && asked.van <= span.totEnMet)
    .map(span => statementOf(job, span))
}

function statementOf(job: Job, span: Span): Group {
  return {
    DatBIko: [span.van],
    DatEIko: [span.totEnMet],
    AantVerloondeUrenIko: [String(job.uren)],
    BedrBrutoloonSv: [euro(job.loon)],
    BedrLoonLbPremieVolksverz: [euro(job.loon)],
    BedrIngehoudenLbPremieVolksverz: [euro(Math.round(job.loon * 0.09))],
    BedrVakantietoeslag: [euro(0)],
    BedrOpgbRechtVakantietoeslag: [euro(Math.round(job.loon * 0.08))],
    BedrVergoedingReiskostenOnbelast: [euro(4_600)],
    BedrInUitkBegrBetAlimentatie: [euro(1_250)],
    BedrRechtstreeksBetAlimentatie: [euro(2_375)],
  }
}

function relationOf(job: Job, volgnr: number, statements: readonly Group[], now: number): Group {
  const begin = monthSpan(now, job.sinds).van
  const end = job.tot === undefined ? undefined : monthSpan(now, job.tot).totEnMet
  return {
    VolgnrIkv: [String(volgnr)],
    DatBIkv: [begin],
    ...(end === undefined ? {} : { DatEIkv: [end] }),
    AdministratieveEenheid: [unitOf(job.payer)],
    Inkomstenperiode: [
      {
        DatBIkp: [begin],
        DatEIkp: ['99991231'],
        CdSrtIkv: [job.soort],
        CdInvloedVerzekeringsplicht: ['A'],
        IndLoonheffingskortingToegepast: ['1'],
        IndRegelmatigArbeidspatroon: ['1'],
        IndLoonIsMedeAowAlleenstaande: ['2'],
        IndLoonInclusiefWajongUitkering: ['2'],
        CdAardIkv: ['01'],
      },
    ],
    SectorRisicogroepIkv: [{ SectorBeroepsEnBedrijfsleven: [{ CdSector: ['017'] }] }],
    Inkomstenopgave: statements,
  }
}

function unitOf(payer: Payer): Group {
  const place = { Woonplaatsnaam: [payer.plaats], Straatnaam: ['Havenstraat'] }
  return {
    NaamAdministratieveEenheid: [payer.naam],
    Loonheffingennr: [`${payer.fiNummer}L01`],
    RechtspersoonAdministratieveEenh: [
      { FiNr: [payer.fiNummer], NaamRechtspersoon: [payer.naam], CdRechtsvorm: ['BV'] },
    ],
    FeitelijkAdresAeh: [{ Straatadres: [{ Postcd: ['1234AB'], ...place, Huisnr: ['12'] }] }],
    CorrespondentieadresAeh: [
      { Postbusadres: [{ Postcd: ['1200AA'], Woonplaatsnaam: [payer.plaats], Postbusnr: ['34'] }] },
    ],
  }
}

export const euro = (cents: number): Group => ({
  CdMunteenheid: ['EUR'],
  CdPositiefNegatief: ['+'],
  WaardeBedr: [String(cents)],
})

const amsterdam = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam' })

/** The whole calendar month that lies `ago` months before the current one. */
export function monthSpan(now: number, ago: number): Span {
  const [year = 0, month = 0] = amsterdam.format(now).split('-').map(Number)
  return {
    van: compact(Date.UTC(year, month - 1 - ago, 1)),
    totEnMet: compact(Date.UTC(year, month - ago, 0)),
  }
}

export const compact = (time: number) =>
  new Date(time).toISOString().slice(0, 10).replaceAll('-', '')
