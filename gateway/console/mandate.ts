// Who may look behind the numbers of a report, by whose order, at what, and until when? A record, and nothing without it.
import type { LogRecord } from '../audit/log-record.ts'
import { addDays, isDate, lastDay, monthOf } from '../policy/legal-time.ts'
import type { LegalDate, LogName, Oin } from '../terms.ts'
import type { Desk, Officer, Role } from './page.ts'
import { type Period, readPeriod } from './report-period.ts'
import { type Criteria, type Cursor, type SearchPage, searchWithin } from './search.ts'

/** Who can order it. */
export const orderers = {
  directie: 'Directie of bestuur',
  fg: 'Functionaris gegevensbescherming',
  teamleider: 'Teamleider',
  toezichthouder: 'Toezichthouder (AP, Inspectie SZW)',
} as const

export const grounds = {
  signaal: 'Een signaal uit de toetsing nagaan',
  kwaliteit: 'Kwaliteit of werking van een uitwisseling nagaan',
  klacht: 'Een klacht of vraag van een betrokkene behandelen',
  verantwoording: 'Verantwoording aan een toezichthouder',
} as const

/** Roles that may be told to look. */
export const lookers = ['privacy-officer', 'fg', 'teamleider'] as const satisfies readonly Role[]

/** A mandate is for one question, not for a habit. */
export const longestDays = 30

export interface Mandate {
  readonly id: string
  readonly log: LogName
  readonly periode: Period
  readonly uitwisseling?: string
  readonly partij?: Oin
  readonly uitkomst?: string
  readonly voor: Role
  readonly opdrachtgever: keyof typeof orderers
  readonly grond: keyof typeof grounds
  /** Last day. */
  readonly tot: LegalDate
}

export type Asked = Omit<Mandate, 'id'> & { readonly toelichting: string }

/** @returns what must be mended, by field, when it is no mandate */
export function readMandate(
  form: FormData,
  { today, logs }: { readonly today: LegalDate; readonly logs: readonly LogName[] },
): Asked | ReadonlyMap<string, string> {
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  const faults = new Map<string, string>()
  const pick = <T extends string>(name: string, of: readonly T[], fault: string): T | undefined => {
    const found = of.find(each => each === text(name))
    if (!found) faults.set(name, fault)
    return found
  }
  const log = pick('log', logs, 'Kies een log dat u mag inzien.')
  const voor = pick('voor', lookers, 'Kies wie mag kijken.')
  const opdrachtgever = pick('opdrachtgever', keysOf(orderers), 'Kies wie de opdracht gaf.')
  const grond = pick('grond', keysOf(grounds), 'Kies waarom dit nodig is.')
  const periode = readPeriod(text('periode'))
  if (!periode) faults.set('periode', 'Kies een periode.')
  const tot = text('tot')
  if (!isDate(tot) || tot < today || tot > addDays(today, longestDays)) {
    faults.set('tot', `Kies een dag van vandaag tot en met ${longestDays} dagen verder.`)
  }
  const toelichting = text('toelichting')
  if (toelichting.length < 10 || toelichting.length > 2_000) {
    faults.set('toelichting', 'Schrijf in een of twee zinnen welke vraag u wilt beantwoorden.')
  }
  const named = ['uitwisseling', 'partij', 'uitkomst'] as const
  for (const name of named) {
    if (!/^[\w./-]{0,64}$/.test(text(name))) faults.set(name, 'Dit is geen geldige keuze.')
  }
  if (faults.size > 0 || !log || !voor || !opdrachtgever || !grond || !periode) return faults
  const scope = named.flatMap(name => (text(name) === '' ? [] : [[name, text(name)] as const]))
  return {
    log,
    periode,
    voor,
    opdrachtgever,
    grond,
    tot,
    toelichting,
    ...Object.fromEntries(scope),
  }
}

function keysOf<T extends Readonly<Record<string, string>>>(
  table: T,
): readonly (keyof T & string)[] {
  return Object.keys(table)
}

/** The record of a mandate: its transaction is what it is called. */
export async function giveMandate(
  { record }: Pick<Desk, 'record'>,
  visit: {
    readonly call: Parameters<Desk['record']>[0]
    readonly officer: Officer
    readonly rol: Role
  },
  { toelichting, periode, log, ...rest }: Asked,
): Promise<string> {
  const { call, officer, rol } = visit
  await record(call, {
    soort: 'mandaat',
    log,
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'verleend',
    handeling: { ...rest, periode: periode.naam },
    motivering: toelichting,
  })
  return call.transactie
}

/** Of this officer's organisation and role, and not over; why not is told to nobody. */
export async function mandateOf(
  { store }: Pick<Desk, 'store'>,
  officer: Officer,
  {
    id,
    today,
    logs,
  }: { readonly id: string; readonly today: LegalDate; readonly logs: readonly LogName[] },
): Promise<Mandate | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(id)) return undefined
  const [row] = await store.query<{ naam: LogName; gegevens: NonNullable<LogRecord['handeling']> }>(
    `SELECT l.naam, h.gegevens FROM console.handeling h JOIN audit.log l ON l.log = h.log
     WHERE h.soort = 'mandaat' AND h.transactie = $1 AND h.oin = $2 AND l.naam = ANY($3)`,
    [id, officer.oin, logs],
  )
  const text = (name: string) => String(row?.gegevens[name] ?? '')
  const periode = readPeriod(text('periode'))
  const voor = lookers.find(each => each === text('voor'))
  const opdrachtgever = keysOf(orderers).find(each => each === text('opdrachtgever'))
  const grond = keysOf(grounds).find(each => each === text('grond'))
  if (!row || !periode || !voor || !opdrachtgever || !grond) return undefined
  if (!officer.rollen.includes(voor) || text('tot') < today) return undefined
  const named = ['uitwisseling', 'partij', 'uitkomst'].filter(name => name in row.gegevens)
  const scope = Object.fromEntries(named.map(name => [name, text(name)]))
  return { id, log: row.naam, periode, voor, opdrachtgever, grond, tot: text('tot'), ...scope }
}

const pageSize = 50

/** What the mandate is about and nothing more, a page at a time. */
export async function behindNumbers(
  desk: Pick<Desk, 'store' | 'keys' | 'keysDir' | 'catchUp'>,
  officer: Officer,
  { log, periode, uitwisseling, partij, uitkomst }: Mandate,
  after: Cursor | undefined,
): Promise<SearchPage> {
  const [first = '', last = first] = [periode.maanden[0], periode.maanden.at(-1)]
  const criteria: Criteria = {
    van: first,
    totEnMet: lastDay(monthOf(last)),
    ...(uitwisseling && { uitwisseling }),
    ...(partij && { partij }),
    ...(uitkomst && { uitkomst }),
  }
  const sight = { logs: [log], terms: [`oin:${officer.oin}`] }
  return await searchWithin(desk, sight, criteria, { after, limit: pageSize })
}
