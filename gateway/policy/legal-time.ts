// When does a legal day begin? Dates of the law at midnight in Europe/Amsterdam, also in DST nights.
import type { LegalDate, Moment } from '../terms.ts'
import type { Span } from './law.ts'

const wall = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Amsterdam',
  dateStyle: 'short',
  timeStyle: 'medium',
})
const hour = 3_600_000
const day = 24 * hour

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** `YYYY-MM-DD` that exists in the calendar. */
export function isDate(text: unknown): text is LegalDate {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const year = Number(text.slice(0, 4))
  const month = Number(text.slice(5, 7))
  const date = Number(text.slice(8))
  return date >= 1 && date <= lengthOf(year, month)
}

/** Days in a month counted from 1; none when there is no such month. */
function lengthOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : (daysInMonth[month - 1] ?? 0)
}

/** The legal day asked about last; most questions of one day are about that day (hot path). */
let recent = { van: 0, tot: 0, date: '' }

/** The moment a legal day begins. Amsterdam changes its clock at 02:00-03:00, so midnight exists once. */
export function midnight(date: LegalDate): Moment {
  const known = midnights.get(date)
  if (known !== undefined) return known
  const utc = Date.parse(`${date}T00:00:00Z`)
  for (const offset of [1, 2]) {
    const moment = utc - offset * hour
    if (wall.format(moment) === `${date} 00:00:00`) {
      if (midnights.size >= maxMidnights) midnights.clear()
      midnights.set(date, moment)
      return moment
    }
  }
  throw new Error('no midnight found for a legal date')
}

/** Formatting a moment costs more than a decision, and the same few days come back all day (hot path). */
const midnights = new Map<LegalDate, Moment>()
const maxMidnights = 1_000

/** The legal date of a moment. */
export function legalDate(moment: Moment): LegalDate {
  if (moment < recent.van || moment >= recent.tot) {
    const date = wall.format(moment).slice(0, 10)
    recent = { van: midnight(date), tot: midnight(addDays(date, 1)), date }
  }
  return recent.date
}

export function addDays(date: LegalDate, days: number): LegalDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * day).toISOString().slice(0, 10)
}

/** From the first day through the last valid day; an absent bound is open. */
export function span(van: LegalDate | undefined, totEnMet: LegalDate | undefined): Span {
  return {
    van: van === undefined ? Number.NEGATIVE_INFINITY : midnight(van),
    tot: totEnMet === undefined ? Number.POSITIVE_INFINITY : midnight(addDays(totEnMet, 1)),
  }
}

export function within(moment: Moment, { van, tot }: Span): boolean {
  return moment >= van && moment < tot
}

/** Whether this counts on that day: from its first day through its last; an absent bound is open. */
export function countsOn(
  day: LegalDate,
  { geldigVan = '', geldigTot = '9999-12-31' }: { geldigVan?: LegalDate; geldigTot?: LegalDate },
): boolean {
  return geldigVan <= day && day <= geldigTot
}

/** A month as a count since year 0, so that months can be compared and walked. */
export function monthOf(date: LegalDate): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1
}

export function firstDay(month: number): LegalDate {
  const year = String(Math.floor(month / 12)).padStart(4, '0')
  return `${year}-${String((month % 12) + 1).padStart(2, '0')}-01`
}

export function lastDay(month: number): LegalDate {
  const length = lengthOf(Math.floor(month / 12), (month % 12) + 1)
  return `${firstDay(month).slice(0, 8)}${length}`
}

/** Adds `P<n>M`, `P<n>D` or `P<n>Y` in legal days, at the same time of day. */
export function later(moment: Moment, duration: string): Moment {
  const date = legalDate(moment)
  return midnight(laterDate(date, duration)) + moment - midnight(date)
}

/** A day that does not exist becomes the last of its month (Verordening 1182/71 art. 3(2)(c)). */
function laterDate(date: LegalDate, duration: string): LegalDate {
  const match = /^P(\d{1,4})([DMY])$/.exec(duration)
  if (!match) throw new Error('unknown duration in a loaded policy')
  const count = Number(match[1])
  if (match[2] === 'D') return addDays(date, count)
  const last = lastDay(monthOf(date) + (match[2] === 'Y' ? count * 12 : count))
  const same = `${last.slice(0, 8)}${date.slice(8)}`
  return same < last ? same : last
}

/** This long after that day is over as well; a day to come never is. */
export function isLongAgo(date: LegalDate, duration: string, now: Moment): boolean {
  const today = legalDate(now)
  return date < today && laterDate(date, duration) < today
}

export function latest(one: LegalDate, other: LegalDate): LegalDate {
  if (one < other) return other
  return one
}

export function earliest(one: LegalDate, other: LegalDate): LegalDate {
  if (one < other) return one
  return other
}

const units = { D: ['dag', 'dagen'], M: ['maand', 'maanden'], Y: ['jaar', 'jaar'] } as const

/** P3M → "3 maanden"; what is no such term is told otherwise. */
export function duration(text: string | undefined, otherwise = 'een vaste termijn'): string {
  const match = /^P(\d+)([DMY])$/.exec(text ?? '')
  if (!match) return otherwise
  const [one, more] = units[match[2] as keyof typeof units]
  return `${match[1]} ${match[1] === '1' ? one : more}`
}
