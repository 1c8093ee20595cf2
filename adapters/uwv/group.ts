// What does a read message say? Its texts, numbers, amounts and days, and whether it holds data at all.
import { type SourceAnswer, SourceError } from '../../gateway/adapter.ts'
import type { LegalDate } from '../../gateway/terms.ts'
import { noticeCode } from './envelope.ts'
import type { Group } from './message.ts'

export type Row = Readonly<Record<string, unknown>>

interface Outcome {
  readonly kwaliteit: 'A' | 'C'
  /** Absent: there is data, or at least a client. */
  readonly resultaat?: Exclude<SourceAnswer['resultaat'], 'gegevens'>
}

/** The branches without data are the same in every message (suwiml §4.1); a Fout is none of them. */
export function readOutcome(response: Group): Outcome {
  const [fwi] = groups(response, 'FWI')
  const [fout] = fwi ? groups(fwi, 'Fout') : []
  if (fout) {
    const code = noticeCode(text(fout, 'Code'))
    throw new SourceError('source-unavailable', `de bron meldt een fout${code}`)
  }
  const kwaliteit = fwi?.Waarschuwing ? 'C' : 'A'
  if (response.NietsGevonden) return { kwaliteit, resultaat: 'geenGegevens' }
  if (response.NietGerechtigd) return { kwaliteit, resultaat: 'geweigerd' }
  return response.ClientSuwi ? { kwaliteit } : { kwaliteit, resultaat: 'nietBeschikbaar' }
}

export function groups(group: Group, name: string): readonly Group[] {
  return (group[name] ?? []).filter(each => typeof each === 'object')
}

/** Empty is absent, never '' (suwiml §14, trap 5). */
export function text(group: Group, name: string): string | undefined {
  const [value] = group[name] ?? []
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

export function integer(group: Group, name: string): number | undefined {
  const value = text(group, name)
  return value === undefined ? undefined : Number(value)
}

/** 1 ja, 2 nee; any other digit says that the source does not know. */
export function yesNo(group: Group, name: string): boolean | undefined {
  return { '1': true, '2': false }[text(group, name) ?? '']
}

/** Minor units with the sign beside them; no sign means positive (suwiml §3.2). */
export function cents(group: Group, name: string): number | undefined {
  const [amount] = groups(group, name)
  const value = amount && integer(amount, 'WaardeBedr')
  if (amount === undefined || value === undefined) return undefined
  return text(amount, 'CdPositiefNegatief') === '-' ? 0 - value : value
}

/** A whole day, or nothing: unknown parts and the sentinels from year 6666 on are no date (suwiml §3.1). */
export function day(group: Group, name: string): LegalDate | undefined {
  const value = text(group, name)
  if (value === undefined || value >= '6666' || /^0000|^.{4}00|00$/.test(value)) return undefined
  return `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6)}`
}

export function known(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}

export const isoDay = (time: number): LegalDate => new Date(time).toISOString().slice(0, 10)

const amsterdam = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Amsterdam' })
export const legalDay = (now: number): LegalDate => amsterdam.format(now)
