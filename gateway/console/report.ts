// What does an organisation account for over a period? Counts of what the log held at the end of each month, no persons.
import type { PolicySet } from '../policy/law.ts'
import type { Query } from '../store.ts'
import type { LogName, Oin } from '../terms.ts'
import { questions } from './days.ts'
import type { Desk } from './page.ts'
import type { Nature } from './projection.ts'
import {
  type Closed,
  closeMonth,
  monthSpan,
  nameReport,
  type Period,
  type ReportName,
} from './report-period.ts'
import { type Count, type Division, protect, type Shown, type Sum, together } from './suppress.ts'

/** What is counted; no record is in two of them. */
export const subjects = [
  'beslissingen',
  'afwijzingen',
  'berichten',
  'vervolg',
  'signalen',
  'handelingen',
] as const
export type Subject = (typeof subjects)[number]

export interface Report {
  /** Of this way of counting: another way is another report. */
  readonly vorm: 'sluis-rapport-2'
  readonly organisatie: { readonly oin: Oin; readonly naam: string }
  readonly log: LogName
  readonly periode: string
  readonly omvang: number
  readonly beleid: string
  readonly maanden: readonly (Readonly<Record<Subject, Shown | 'minder dan 5'>> & {
    readonly maand: string
    readonly omvang: number
    readonly beleid: string
  })[]
  readonly totaal: Readonly<Record<Subject, Sum>>
  /** What was done to the law and the brake; nobody can be counted back from it. */
  readonly wijzigingen: Readonly<Record<string, number>>
}

type ReportDesk = Pick<Desk, 'store' | 'lawOf'>

/** Months before the log began are not in it. @returns undefined when the period is not over, or wholly before the log */
export async function nameFor(
  query: Query,
  log: LogName,
  periode: Period,
): Promise<{ readonly name: ReportName; readonly closed: readonly Closed[] } | undefined> {
  const closed: Closed[] = []
  for (const maand of periode.maanden) {
    const month = await closeMonth(query, log, maand)
    if (month === undefined) return undefined
    if (month.logs.length > 0) closed.push(month)
  }
  const name = nameReport(log, periode, closed)
  return name && { name, closed }
}

export async function makeReport(
  { store, lawOf }: ReportDesk,
  oin: Oin,
  { name, closed }: { readonly name: ReportName; readonly closed: readonly Closed[] },
): Promise<Report> {
  const laws = new Map<string, PolicySet>()
  for (const { digest } of closed) {
    const law = laws.get(digest) ?? (await lawOf(digest))
    if (!law) throw new Error('the policy set of a closed month is not kept')
    laws.set(digest, law)
  }
  const months: (Record<Subject, Count> & { readonly closed: Closed })[] = []
  for (const each of closed) {
    const law = laws.get(each.digest)
    if (law) months.push({ closed: each, ...(await countMonth(store.query, oin, each, law)) })
  }
  const naam = laws.get(name.digest)?.partijen.get(oin)?.naam ?? oin
  return assemble({ oin, naam }, name, months, await countChanges(store.query, closed))
}

/** Everything after this sees protected counts only. */
export function assemble(
  organisatie: Report['organisatie'],
  { log, periode, omvang, digest }: ReportName,
  months: readonly (Readonly<Record<Subject, Count>> & { readonly closed: Closed })[],
  wijzigingen: Readonly<Record<string, number>>,
): Report {
  const maanden = months.map(({ closed, ...counts }) => ({
    maand: closed.maand.slice(0, 7),
    omvang: closed.logs.reduce((sum, { grootte }) => sum + grootte, 0),
    beleid: closed.digest,
    ...perSubject(subject => protect(counts[subject]) ?? 'minder dan 5'),
  }))
  return {
    vorm: 'sluis-rapport-2',
    organisatie,
    log,
    periode: periode.naam,
    omvang,
    beleid: digest,
    maanden,
    totaal: perSubject(subject =>
      together(
        subject,
        maanden.map(month => {
          const shown = month[subject]
          return shown === 'minder dan 5' ? 'verborgen' : shown
        }),
      ),
    ),
    wijzigingen,
  }
}

function perSubject<T>(of: (subject: Subject) => T): Record<Subject, T> {
  return {
    beslissingen: of('beslissingen'),
    afwijzingen: of('afwijzingen'),
    berichten: of('berichten'),
    vervolg: of('vervolg'),
    signalen: of('signalen'),
    handelingen: of('handelingen'),
  }
}

async function countMonth(
  query: Query,
  oin: Oin,
  closed: Closed,
  law: PolicySet,
): Promise<Record<Subject, Count>> {
  const decided: Decided[] = []
  const followed: Followed[] = []
  const signals: Signal[] = []
  const acts: Done[] = []
  for (const { log, grootte } of closed.logs) {
    const span = monthSpan(closed.maand)
    const values = [log, grootte, span.van, span.tot, oin]
    decided.push(...(await query<Decided>(asked, [...values, questions])))
    followed.push(...(await query<Followed>(after, values)))
    signals.push(...(await query<Signal>(signalled, values)))
    acts.push(...(await query<Done>(done, values)))
  }
  const handed = decided.filter(isHanded)
  const called = decided.filter(row => !isHanded(row))
  const rejections = called.filter(({ soort }) => soort === 'afwijzing')
  const decisions = called.filter(({ soort }) => soort !== 'afwijzing')
  return {
    beslissingen: root('beslissingen', divided(decisions, decisionDivisions(law))),
    afwijzingen: root('afwijzingen', divided(rejections, rejectionDivisions)),
    // What is decided again when it is picked up belongs to what followed.
    berichten: root(
      'berichten',
      divided(
        handed.filter(({ stap }) => !stap),
        messageDivisions(law),
      ),
    ),
    vervolg: root('vervolg', divided(followed, afterDivisions(law))),
    signalen: root('signalen', divided(signals, signalDivisions)),
    handelingen: root('handelingen', divided(acts, actDivisions)),
  }
}

interface Row {
  readonly aantal: number
}

interface Decided extends Row {
  readonly soort: string
  readonly aard: Nature | null
  /** A later step of what was counted before. */
  readonly stap: boolean
  readonly uitwisseling: string | null
  readonly ontvanger: Oin | null
  readonly namens: Oin | null
  readonly machine: boolean
  readonly functie: string | null
  readonly buiten: boolean
  readonly uitkomst: string
  readonly reden: string | null
  readonly trede: string | null
  readonly selectiegrond: string | null
}

/** The outcome as it was: a later one is read back from the leaves before. */
const outcomeThen = `CASE WHEN coalesce(t.eind_idx, t.idx) < $2 THEN t.uitkomst ELSE (
  SELECT l.uitkomst FROM audit.leaf l WHERE l.transactie = t.transactie AND l.log = $1 AND l.idx < $2
    AND l.soort <> 'signaal' ORDER BY l.idx DESC LIMIT 1) END`

/** Outside hours: before seven, after seven in the evening, and in the weekend. */
const asked = `
SELECT t.soort, t.uitwisseling, t.ontvanger, t.namens, t.machine, t.functie,
  (t.uur < 7 OR t.uur >= 19 OR extract(isodow FROM t.dag) > 5) AS buiten, ${outcomeThen} AS uitkomst,
  t.redenen[1] AS reden, t.trede, t.selectiegrond, t.aard,
  (t.verzoek IS NOT NULL AND t.verzoek <> t.transactie) AS stap, sum(t.aantal)::bigint AS aantal
FROM console.transactie t
WHERE t.log = $1 AND t.tijd >= $3 AND t.tijd < $4 AND t.idx < $2 AND t.soort = ANY($6)
  AND $5 IN (t.verstrekker, t.ontvanger, t.namens)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13`

const isHanded = ({ aard }: Pick<Decided, 'aard'>) => aard !== null

/** What was done with a message in this month: it was picked up, judged, or its term ended. */
interface Followed extends Row, Pick<Decided, 'uitwisseling' | 'reden'> {
  readonly soort: string
  readonly aard: Nature
  readonly uitkomst: string
  readonly afloop: string | null
}

const after = `
SELECT t.soort, t.aard, t.uitwisseling, ${outcomeThen} AS uitkomst, t.afloop, t.redenen[1] AS reden, count(*) AS aantal
FROM console.transactie t
WHERE t.log = $1 AND t.tijd >= $3 AND t.tijd < $4 AND t.idx < $2 AND t.soort IN ('beslissing', 'beoordeling', 'einde')
  AND t.aard IN ('regel', 'correctie', 'terugmelding') AND t.verzoek <> t.transactie AND t.uitkomst <> 'gewist'
  AND $5 IN (t.verstrekker, t.ontvanger, t.namens)
GROUP BY 1, 2, 3, 4, 5, 6`

interface Signal extends Row {
  readonly code: string | null
  readonly uitkomst: string
}

const signalled = `
SELECT h.gegevens -> 'redenen' ->> 0 AS code, ${outcomeThen} AS uitkomst, count(*) AS aantal
FROM console.handeling h JOIN console.transactie t ON t.transactie = h.over
WHERE h.log = $1 AND h.soort = 'signaal' AND h.tijd >= $3 AND h.tijd < $4 AND h.idx < $2 AND t.log = $1
  AND t.idx < $2 AND $5 IN (t.verstrekker, t.ontvanger, t.namens)
GROUP BY 1, 2`

interface Done extends Row {
  readonly soort: string
  /** The code of a closed review, what was looked at, or how it ended. */
  readonly wat: string
}

const done = `
SELECT soort, count(*) AS aantal, coalesce(
  CASE soort WHEN 'toetsing' THEN gegevens ->> 'code' WHEN 'raadpleging' THEN gegevens ->> 'wat' END, uitkomst) AS wat
FROM console.handeling
WHERE log = $1 AND tijd >= $3 AND tijd < $4 AND idx < $2 AND oin = $5 AND rol IS NOT NULL
GROUP BY 1, 3`

/** Of the whole log: the law and the brake are everybody's. */
async function countChanges(
  query: Query,
  closed: readonly Closed[],
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = { beleidsactivering: 0, noodrem: 0, 'noodrem-vrijgave': 0 }
  for (const { maand, logs } of closed) {
    const { van, tot } = monthSpan(maand)
    for (const { log, grootte } of logs) {
      const rows = await query<Row & { soort: string }>(
        `SELECT soort, count(*) AS aantal FROM console.handeling
         WHERE log = $1 AND soort = ANY($5) AND tijd >= $3 AND tijd < $4 AND idx < $2 GROUP BY 1`,
        [log, grootte, van, tot, Object.keys(counts)],
      )
      for (const { soort, aantal } of rows) counts[soort] = (counts[soort] ?? 0) + aantal
    }
  }
  return counts
}

/** In what a count is divided; each way stands once on the road from the whole to a part, and beside it. */
interface Way<R> {
  readonly soort: string
  readonly van: (row: R) => string
  /** Which parts are divided further. */
  readonly verder?: (naam: string) => readonly Way<R>[]
}

export const outcomes: Readonly<Record<string, string>> = {
  verstrekt: 'verstrekt',
  'niet-afgeleverd': 'verstrekt',
  geweigerd: 'geweigerd',
  bronfout: 'bron gaf geen antwoord',
  aanvaard: 'aangenomen als verzoek',
  'wacht-op-goedkeuring': 'aangenomen als verzoek',
}

const outcomeOf = ({ uitkomst }: Pick<Decided, 'uitkomst'>) =>
  outcomes[uitkomst] ?? 'nog bezig of afgebroken'

/**
 * Which exchange, and by a machine or for somebody. Of what was asked for somebody: for whom, how it ended and why,
 * when, and by what choice of persons. Of machines: the same for each receiver.
 */
function decisionDivisions({ uitwisselingen }: PolicySet): readonly Way<Decided>[] {
  const approval = ({ uitwisseling, trede }: Decided) =>
    uitwisselingen.get(uitwisseling ?? '')?.treden.find(({ id }) => id === trede)?.goedkeuring ??
    'onbekend'
  const ended: readonly Way<Decided>[] = [
    {
      soort: 'uitkomst',
      van: outcomeOf,
      verder: outcome => [
        ...(outcome === 'geweigerd' ? [reason] : []),
        ...(outcome === 'verstrekt' ? [{ soort: 'goedkeuring', van: approval }] : []),
      ],
    },
    { soort: 'tijd', van: ({ buiten }) => (buiten ? 'buiten kantooruren' : 'binnen kantooruren') },
    { soort: 'selectiegrond', van: ({ selectiegrond }) => selectiegrond ?? 'niet gevraagd' },
  ]
  const asker: Way<Decided> = {
    soort: 'vrager',
    van: ({ machine }) => (machine ? 'machine' : 'medewerker'),
    verder: naam =>
      naam === 'machine'
        ? [{ ...receiver, verder: () => ended }]
        : [
            receiver,
            ...ended,
            { soort: 'functie', van: ({ functie }) => functie ?? 'niet opgegeven' },
          ],
  }
  return [
    {
      soort: 'uitwisseling',
      van: ({ uitwisseling }) => uitwisseling ?? 'geen',
      verder: () => [asker],
    },
  ]
}

const receiver: Way<Decided> = {
  soort: 'ontvanger',
  van: ({ ontvanger, namens }) =>
    namens === null ? (ontvanger ?? 'onbekend') : `${ontvanger} namens ${namens}`,
}

const reason: Way<Pick<Decided, 'reden' | 'aantal'>> = {
  soort: 'reden',
  van: ({ reden }) => reden ?? 'onbekend',
}

/** Calls that were turned away before anything was decided. */
const rejectionDivisions: readonly Way<Decided>[] = [reason, receiver]

/** A line of an arrangement that agreed on signals is one: that stands in the law, not in the log. */
function messageKind({ uitwisselingen }: PolicySet) {
  return ({ aard, uitwisseling }: { aard: Nature | null; uitwisseling: string | null }): string => {
    if (aard !== 'regel') return aard ?? 'geen'
    return uitwisselingen.get(uitwisseling ?? '')?.patroon === 'signaal' ? 'signaal' : 'regel'
  }
}

const exchange: Way<{ readonly uitwisseling: string | null } & Row> = {
  soort: 'uitwisseling',
  van: ({ uitwisseling }) => uitwisseling ?? 'geen',
}

/** What was handed over, how that was decided, by a machine or a person, and by what choice of persons. */
function messageDivisions(law: PolicySet): readonly Way<Decided>[] {
  const ended: Way<Decided> = {
    soort: 'uitkomst',
    van: ({ soort, aard, uitkomst }) =>
      soort === 'afwijzing'
        ? 'onleesbaar'
        : uitkomst === 'geweigerd'
          ? 'geweigerd'
          : aard === 'bestand'
            ? 'gelezen'
            : 'aanvaard',
    verder: naam => (naam === 'geweigerd' ? [reason] : []),
  }
  const sender: Way<Decided> = {
    soort: 'indiener',
    van: ({ machine, soort }) =>
      soort === 'afwijzing' ? 'niet te lezen' : machine ? 'machine' : 'medewerker',
  }
  const forWhom: Way<Decided> = {
    soort: 'ontvanger',
    van: row => (row.soort === 'afwijzing' ? 'niet te lezen' : receiver.van(row)),
  }
  const choice: Way<Decided> = {
    soort: 'selectiegrond',
    van: ({ selectiegrond }) => selectiegrond ?? 'niet gevraagd',
  }
  return [
    {
      soort: 'bericht',
      van: messageKind(law),
      verder: () => [{ ...exchange, verder: () => [ended, sender, choice, forWhom] }],
    },
  ]
}

/**
 * What receivers did with it. Of what they judged only what they say themselves (domain S54), by the class of the code
 * and then by the code: beside each other the two would tell what either hides.
 */
function afterDivisions(law: PolicySet): readonly Way<Followed>[] {
  const ending = ({ uitwisseling, afloop }: Followed) => {
    const list = law.uitwisselingen.get(uitwisseling ?? '')?.signaal?.afloop ?? ''
    return law.codelijsten.get(list)?.codes.find(({ code }) => code === afloop)
  }
  const code: Way<Followed> = { soort: 'afloop', van: ({ afloop }) => afloop ?? 'onbekend' }
  const nature: Way<Followed> = {
    soort: 'aard',
    van: row => ending(row)?.klasse ?? 'niet ingedeeld',
    verder: () => [code],
  }
  const done: Way<Followed> = {
    soort: 'vervolg',
    van: ({ soort, uitkomst, afloop }) => {
      if (soort === 'einde') return uitkomst
      if (soort === 'beoordeling') return afloop === null ? 'reden om te kijken' : 'beoordeeld'
      return uitkomst === 'geweigerd' ? 'geweigerd bij ophalen' : (pickedUp[uitkomst] ?? 'onbekend')
    },
    verder: naam => {
      if (naam === 'beoordeeld') return [nature]
      return ['verlopen', 'geweigerd bij ophalen'].includes(naam) ? [reason] : []
    },
  }
  return [
    {
      soort: 'bericht',
      van: messageKind(law),
      verder: () => [{ ...exchange, verder: () => [done] }],
    },
  ]
}

const pickedUp: Readonly<Record<string, string>> = {
  verstrekt: 'opgehaald',
  'niet-afgeleverd': 'opgehaald',
}

/** Preventive: nothing was given on the question that the signal is about. Repressive: it was. */
const signalDivisions: readonly Way<Signal>[] = [
  {
    soort: 'signaal',
    van: ({ code }) => code ?? 'onbekend',
    verder: () => [
      {
        soort: 'aard',
        van: signal => (outcomeOf(signal) === 'verstrekt' ? 'repressief' : 'preventief'),
      },
    ],
  },
]

const actDivisions: readonly Way<Done>[] = [
  {
    soort: 'handeling',
    van: ({ soort }) => soort,
    verder: () => [{ soort: 'wat', van: ({ wat }) => wat }],
  },
]

function root(naam: string, [aantal, delen]: readonly [number, readonly Division[]]): Count {
  return { naam, aantal, delen }
}

function divided<R extends Row>(
  rows: readonly R[],
  ways: readonly Way<R>[],
): readonly [number, readonly Division[]] {
  const aantal = rows.reduce((sum, row) => sum + row.aantal, 0)
  return [
    aantal,
    ways.map(({ soort, van, verder }) => ({
      soort,
      rijen: [...Map.groupBy(rows, van)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([naam, part]): Count => root(naam, divided(part, verder?.(naam) ?? []))),
    })),
  ]
}

/** One cell of a report, with the road to it. */
export interface Cell {
  readonly pad: readonly (readonly [soort: string, naam: string])[]
  /** Undefined: hidden in every month. */
  readonly aantal: number | undefined
  readonly tenminste: boolean
}

/** The cells of a sum, the whole first. */
export function cellsOf(
  { naam, aantal, tenminste, delen }: Sum,
  soort = 'geheel',
  pad: Cell['pad'] = [],
): readonly Cell[] {
  const here: Cell['pad'] = [...pad, [soort, naam]]
  const hidden = aantal === 0 && tenminste
  return [
    { pad: here, aantal: hidden ? undefined : aantal, tenminste },
    ...delen.flatMap(part => [
      ...part.rijen.flatMap(row => cellsOf(row, part.soort, here)),
      ...(part.verborgen && part.rijen.length === 0
        ? [{ pad: [...here, [part.soort, 'alle'] as const], aantal: undefined, tenminste: true }]
        : []),
    ]),
  ]
}

/** Shown cells of one way, together by name over everything else: this or more when any of them was hidden. */
export function totalsBy(
  sum: Sum,
  soort: string,
): readonly { readonly naam: string; readonly aantal: number }[] {
  const found = new Map<string, number>()
  for (const { pad, aantal = 0 } of cellsOf(sum)) {
    const [kind, naam = ''] = pad.at(-1) ?? []
    if (kind === soort && aantal > 0) found.set(naam, (found.get(naam) ?? 0) + aantal)
  }
  return [...found]
    .map(([naam, aantal]) => ({ naam, aantal }))
    .sort((a, b) => b.aantal - a.aantal || (a.naam < b.naam ? -1 : 1))
}

/** One line for each machine: party, exchange and month, without a person. */
export interface MachineLine {
  readonly maand: string
  readonly ontvanger: string
  readonly uitwisseling: string
  readonly vragen: number
  /** Undefined: hidden. */
  readonly verstrekt: number | undefined
  readonly geweigerd: number | undefined
  readonly buitenKantooruren: number | undefined
}

export function machineLines({ maanden }: Pick<Report, 'maanden'>): readonly MachineLine[] {
  return maanden.flatMap(({ maand, beslissingen }) =>
    beslissingen === 'minder dan 5'
      ? []
      : rowsOf(beslissingen, 'uitwisseling').flatMap(exchange =>
          rowsOf(exchange, 'vrager')
            .filter(({ naam }) => naam === 'machine')
            .flatMap(machine => rowsOf(machine, 'ontvanger'))
            .map(party => ({
              maand,
              ontvanger: party.naam,
              uitwisseling: exchange.naam,
              vragen: party.aantal,
              verstrekt: cellOf(party, 'uitkomst', 'verstrekt'),
              geweigerd: cellOf(party, 'uitkomst', 'geweigerd'),
              buitenKantooruren: cellOf(party, 'tijd', 'buiten kantooruren'),
            })),
        ),
  )
}

function rowsOf({ delen }: Shown, soort: string): readonly Shown[] {
  return delen.find(each => each.soort === soort)?.rijen ?? []
}

/** Zero where it is plain that there is none. */
function cellOf({ delen }: Shown, soort: string, naam: string): number | undefined {
  const part = delen.find(each => each.soort === soort)
  const row = part?.rijen.find(each => each.naam === naam)
  if (row) return row.aantal
  return part === undefined || part.verborgen === 'alles' || part.verborgen.includes(naam)
    ? undefined
    : 0
}
