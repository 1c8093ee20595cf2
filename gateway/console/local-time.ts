// At what day and hour was that, for somebody in the Netherlands? (Europe/Amsterdam, as legal-time.ts)
import type { LegalDate, Moment } from '../terms.ts'

const parts = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Amsterdam',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

const hourMs = 3_600_000
/** Formatting costs more than all the rest of a row: the hour of a moment is looked up once. */
const hours = new Map<number, { readonly dag: LegalDate; readonly uur: number }>()

/** Clocks change on whole hours only, so one hour of UTC has one local date and hour. */
export function localTime(tijd: Moment): { readonly dag: LegalDate; readonly uur: number } {
  const hour = Math.floor(tijd / hourMs)
  const known = hours.get(hour)
  if (known) return known
  const text = parts.format(hour * hourMs)
  const made = { dag: text.slice(0, 10), uur: Number(text.slice(11, 13)) }
  if (hours.size > 50_000) hours.clear()
  hours.set(hour, made)
  return made
}

/** `2026-11-22 13:05:09`, as an officer reads a clock. */
export function localText(tijd: Moment): string {
  return parts.format(tijd)
}

const monthFormat = new Intl.DateTimeFormat('nl-NL', {
  timeZone: 'UTC',
  month: 'long',
  year: 'numeric',
})

/** `2033-11` → november 2033. */
export function monthName(month: string): string {
  return monthFormat.format(Date.parse(`${month}-01T00:00:00Z`))
}
