// What happened in these days, with whom, for what, and why not? Sums of the counts per day; no person is in them.

import type { Approval, PolicySet } from '../policy/law.ts'
import { addDays, firstDay, isDate, lastDay, monthOf } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, Oin } from '../terms.ts'
import type { Series } from './chart.ts'
import { type Counted, countDays, type Group, groupOf, readCounts, type Stretch } from './days.ts'
import { codeText } from './words.ts'

export interface Chosen extends Pick<Stretch, 'van' | 'totEnMet' | 'per'> {
  readonly keuze: string
  /** What is wrong with the days of one's own. */
  readonly fout?: string
}

/** Longer is shown per month. */
const longestPerDay = 62

/** The stretch of days that was asked for; thirty days when nothing was. */
export function choosePeriod(query: URLSearchParams, today: LegalDate): Chosen {
  const keuze = query.get('periode') ?? '30-dagen'
  const back = (days: number): Chosen => ({
    keuze,
    van: addDays(today, 1 - days),
    totEnMet: today,
    per: 'day',
  })
  if (keuze === '7-dagen') return back(7)
  if (keuze === '12-maanden') {
    return { keuze, van: firstDay(monthOf(today) - 11), totEnMet: today, per: 'month' }
  }
  const van = query.get('van') ?? ''
  const totEnMet = query.get('tot') ?? ''
  if (keuze !== 'eigen') return { ...back(30), keuze: '30-dagen' }
  if (!isDate(van) || !isDate(totEnMet) || van > totEnMet || van < addDays(today, -3_700)) {
    const fout =
      'Vul twee dagen in, de eerste niet later dan de laatste, en niet meer dan tien jaar terug.'
    return { ...back(30), fout }
  }
  return { keuze, van, totEnMet, per: addDays(van, longestPerDay) > totEnMet ? 'day' : 'month' }
}

/** The first days of the stretches, none left out. */
export function stretches({ van, totEnMet, per }: Chosen): readonly LegalDate[] {
  const found: LegalDate[] = []
  if (per === 'day') for (let day = van; day <= totEnMet; day = addDays(day, 1)) found.push(day)
  else for (let m = monthOf(van); m <= monthOf(totEnMet); m++) found.push(firstDay(m))
  return found
}

/** Counted up to what the log held at the call. */
export async function counts(query: Query, stretch: Stretch): Promise<readonly Counted[]> {
  await countDays(query)
  return await readCounts(query, stretch)
}

/** The other organisation; undefined when a call named none. */
export function counterpart(row: Counted, oin: Oin): Oin | undefined {
  const asker = row.namens ?? row.ontvanger
  const other = row.ontvanger === oin || row.namens === oin ? row.verstrekker : asker
  return other ?? undefined
}

/** The level of approval that the rung asks, by the law of now; unknown when that has no such rung. */
export function approvalOf({ uitwisseling, trede }: Counted, law: PolicySet): Approval | undefined {
  const arrangement = law.uitwisselingen.get(uitwisseling ?? '')
  return arrangement?.treden.find(({ id }) => id === trede)?.goedkeuring
}

export const groupNames: Readonly<Record<Group, string>> = {
  verstrekt: 'verstrekt',
  geweigerd: 'geweigerd',
  bronfout: 'bron gaf geen antwoord',
  overig: 'nog bezig of afgebroken',
}
const groups: readonly Group[] = ['verstrekt', 'geweigerd', 'bronfout', 'overig']

export function total(rows: readonly Counted[]): number {
  return rows.reduce((sum, { aantal }) => sum + aantal, 0)
}

/** By key, largest first; a row may count under more than one key, or under none. */
export function tally(
  rows: readonly Counted[],
  keysOf: (row: Counted) => readonly (string | null | undefined)[],
): ReadonlyMap<string, readonly Counted[]> {
  const found = new Map<string, Counted[]>()
  for (const row of rows) {
    for (const key of keysOf(row)) {
      if (key === null || key === undefined) continue
      const known = found.get(key)
      if (known) known.push(row)
      else found.set(key, [row])
    }
  }
  return new Map(
    [...found].sort(([a, one], [b, other]) => total(other) - total(one) || (a < b ? -1 : 1)),
  )
}

/** What became of it, one series for each outcome, over these keys. */
export function byOutcome(parts: readonly (readonly Counted[])[]): readonly Series[] {
  return groups.map(group => ({
    name: groupNames[group],
    values: parts.map(rows => total(rows.filter(({ uitkomst }) => groupOf(uitkomst) === group))),
  }))
}

/** The reasons that were given most, each a series over these stretches; the others together. */
export function reasonsOver(
  rows: readonly Counted[],
  over: readonly LegalDate[],
  most = 5,
): readonly Series[] {
  const refused = rows.filter(({ uitkomst }) => uitkomst === 'geweigerd')
  const found = [...tally(refused, ({ redenen }) => redenen)]
  const series = (name: string, counted: readonly Counted[]): Series => ({
    name,
    values: over.map(day => total(counted.filter(({ vanaf }) => vanaf === day))),
  })
  const rest = found.slice(most).flatMap(([, counted]) => counted)
  return [
    ...found.slice(0, most).map(([reason, counted]) => series(codeText(reason), counted)),
    ...(rest.length > 0 ? [series('andere redenen', rest)] : []),
  ]
}

export interface Usual {
  readonly laagste: number
  readonly midden: number
  readonly hoogste: number
  readonly aantal: number
}

/** Too few to say what is usual: no answer. */
const enough = 3

/** Lowest, median and highest of what went before, or of others. */
export function usual(values: readonly number[]): Usual | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length < enough) return undefined
  const at = (index: number) => sorted[index] ?? 0
  const half = (sorted.length - 1) / 2
  return {
    laagste: at(0),
    midden: Math.round((at(Math.floor(half)) + at(Math.ceil(half))) / 2),
    hoogste: at(sorted.length - 1),
    aantal: sorted.length,
  }
}

/** A party in one month, its own months before, and the others of its kind in that month. */
export interface PartyMonth {
  readonly maand: LegalDate
  /** As one who asks, or, when it asks nothing, as one who is asked. */
  readonly rol: 'vrager' | 'verstrekker'
  readonly rows: readonly Counted[]
  /** From the first month that holds anything, the asked month last. */
  readonly verloop: readonly { readonly maand: LegalDate; readonly aantal: number }[]
  readonly eigen: Usual | undefined
  readonly anderen: readonly { readonly oin: Oin; readonly aantal: number }[]
  readonly soort: Usual | undefined
}

const months = 12

export async function partyMonth(
  query: Query,
  { logs, oin }: Pick<Stretch, 'logs' | 'oin'>,
  party: Oin,
  of: { readonly maand: LegalDate; readonly law: PolicySet },
): Promise<PartyMonth> {
  const last = monthOf(of.maand)
  const van = firstDay(last - months)
  const rows = await counts(query, { logs, oin, van, totEnMet: lastDay(last), per: 'month' })
  // The lines of a file are as many as its sender has persons: no more than usual is asked.
  const asked = rows.filter(({ stap, aard }) => !stap && aard === null)
  const asker = (row: Counted, who: Oin) => row.ontvanger === who || row.namens === who
  const rol = asked.some(row => asker(row, party)) ? 'vrager' : 'verstrekker'
  const of_ = (who: Oin) => (row: Counted) =>
    rol === 'vrager' ? asker(row, who) : row.verstrekker === who
  const first = asked[0]?.vanaf ?? of.maand
  const verloop = Array.from({ length: months + 1 }, (_, back) => firstDay(last - months + back))
    .filter(maand => maand >= first)
    .map(maand => ({
      maand,
      aantal: total(asked.filter(row => row.vanaf === maand && of_(party)(row))),
    }))
  const now = asked.filter(({ vanaf }) => vanaf === of.maand)
  const kind = of.law.partijen.get(party)?.soort
  const anderen = [...of.law.partijen.values()]
    .filter(({ soort, oin: other }) => soort === kind && other !== party)
    .map(({ oin: other }) => ({ oin: other, aantal: total(now.filter(of_(other))) }))
    .filter(({ aantal }) => aantal > 0)
  return {
    maand: of.maand,
    rol,
    rows: now.filter(of_(party)),
    verloop,
    eigen: usual(verloop.slice(0, -1).map(({ aantal }) => aantal)),
    anderen,
    soort: usual(anderen.map(({ aantal }) => aantal)),
  }
}
