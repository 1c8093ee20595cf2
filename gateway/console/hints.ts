// What in the last month is a reason to look? Computed out of the log once a day; kept without a person.
import { hash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { logIds, unsealMember, unsealPersons } from '../audit/find.ts'
import { logNames } from '../audit/keys.ts'
import type { LogRecord } from '../audit/log-record.ts'
import type { PolicySet } from '../policy/law.ts'
import { addDays, firstDay, later, legalDate, midnight, monthOf } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, LogName, Moment, Oin } from '../terms.ts'
import { type Finding, hintKinds, type Raised, type Registered, type Seen } from './hint-kinds.ts'
import { localTime } from './local-time.ts'
import type { Desk } from './page.ts'

export type HintsDesk = Pick<Desk, 'keys' | 'keysDir'> & {
  readonly query: Query
  readonly law: Pick<PolicySet, 'partijen' | 'uitwisselingen'>
}

/** How far back a month is compared with. */
const pastMonths = 3
/** A month is looked at until a week after it: what happened on its last day counts as well. */
const afterDays = 7
/** The strongest of a kind, for one organisation and month; more would be no reason to look first. */
const most = 25
/** Of one hint; an officer starts with the first. */
const mostTransactions = 200
const pageSize = 500

/** Once a day per log, by whichever worker comes first; the same hint again is the same row. */
export async function computeDaily(desk: HintsDesk, now: Moment): Promise<number> {
  const today = legalDate(now)
  let made = 0
  for (const log of logNames) {
    const done = await desk.query('SELECT 1 FROM console.hint_stand WHERE log = $1 AND dag >= $2', [
      log,
      today,
    ])
    if (done.length > 0) continue
    made += await computeHints(desk, log, now)
    await desk.query(
      `INSERT INTO console.hint_stand (log, dag) VALUES ($1, $2)
       ON CONFLICT (log) DO UPDATE SET dag = greatest(hint_stand.dag, excluded.dag)`,
      [log, today],
    )
  }
  return made
}

/** @returns how many hints stand for these months */
export async function computeHints(desk: HintsDesk, log: LogName, now: Moment): Promise<number> {
  const months = new Set([now, now - afterDays * 86_400_000].map(at => monthOf(legalDate(at))))
  const first = firstDay(Math.min(...months) - pastMonths)
  const read = await readLog(desk, log, [midnight(first), now])
  let made = 0
  for (const month of months) {
    made += await keep(desk.query, log, await hintsOf(desk, read, month, now), now)
  }
  return made
}

interface Read {
  readonly vragen: readonly Seen[]
  readonly vastgelegd: readonly (Registered & { readonly wie: Oin })[]
  readonly signalen: readonly (Raised & { readonly partijen: readonly Oin[] })[]
}

/** A page at a time, so that others get their turn; opened, looked at, and gone when this returns. */
async function readLog(
  desk: HintsDesk,
  log: LogName,
  [from, to]: readonly [Moment, Moment],
): Promise<Read> {
  const vragen: Seen[] = []
  const vastgelegd: (Registered & { wie: Oin })[] = []
  const signalen: (Raised & { partijen: Oin[] })[] = []
  for (const id of await logIds(desk.query, [log])) {
    for (let [tijd, idx] = [from, -1]; ; ) {
      const rows = await desk.query<{ idx: number; tijd: number; tekst: string }>(
        `SELECT idx, tijd, tekst FROM audit.leaf WHERE log = $1 AND (tijd, idx) > ($2, $3) AND tijd < $4
         AND soort IN ('beslissing', 'aanvaarding', 'zaakregistratie', 'signaal')
         AND tekst NOT LIKE '%"levering":"%'
         ORDER BY tijd, idx LIMIT ${pageSize}`,
        [id, tijd, idx, to],
      )
      for (const { tekst } of rows) {
        const record: LogRecord = JSON.parse(tekst)
        if (record.soort === 'zaakregistratie') vastgelegd.push(...registeredIn(desk, log, record))
        else if (record.soort === 'signaal') signalen.push(...raisedIn(record))
        // Handed over: nobody looked for anybody. Files are weighed apart, beside earlier files.
        else if (record.vraag?.stap) continue
        // A later step of a request decides on the same question again.
        else if (record.soort === 'aanvaarding' || !record.verzoek) {
          vragen.push(...seenIn(desk, log, record))
        }
      }
      const last = rows.at(-1)
      if (!last || rows.length < pageSize) break
      tijd = last.tijd
      idx = last.idx
    }
  }
  return { vragen, vastgelegd, signalen }
}

function seenIn(desk: HintsDesk, log: LogName, record: LogRecord): Seen[] {
  const { transactie, tijd, ontvanger, namens, verstrekker, uitwisseling, trede, vraag } = record
  if (!ontvanger) return []
  const open = (member: 'betrokkene' | 'zaak' | 'medewerker') =>
    unsealMember(desk.keys, { log, keysDir: desk.keysDir }, record, member)
  const wie = namens ?? ontvanger
  const zaak = open('zaak')
  const medewerker = open('medewerker')
  const { dag, uur } = localTime(tijd)
  return [
    {
      ...{ transactie, tijd, dag, uur, wie, ontvanger, verstrekker, uitwisseling, trede },
      weekend: isWeekend(dag),
      redenen: record.redenen?.map(({ code }) => code) ?? [],
      afsluitenVoor: record.toetsing ? closeBefore(desk, record) : undefined,
      machine: vraag?.systeemproces ?? false,
      persoon: personIn(open('betrokkene')),
      zaak: zaak && `${wie}|${zaak}`,
      medewerker: medewerker && `${vraag?.indiener ?? ontvanger}|${medewerker}`,
    },
  ]
}

function closeBefore({ law }: HintsDesk, { tijd, uitwisseling = '' }: LogRecord): Moment {
  const { ontsnapping } = law.uitwisselingen.get(uitwisseling) ?? {}
  return later(tijd, ontsnapping?.afsluitenBinnen ?? 'P14D')
}

function registeredIn(desk: HintsDesk, log: LogName, record: LogRecord) {
  const { tijd, ontvanger = '', namens, uitkomst } = record
  const place = { log, keysDir: desk.keysDir }
  const wie = namens ?? ontvanger
  const zaak = unsealMember(desk.keys, place, record, 'zaak')
  if (zaak === undefined || uitkomst !== 'geregistreerd') return []
  return unsealPersons(desk.keys, place, record).flatMap(text => {
    const persoon = personIn(text)
    return persoon === undefined ? [] : [{ tijd, wie, zaak: `${wie}|${zaak}`, persoon }]
  })
}

function raisedIn({
  transactie,
  tijd,
  ontvanger,
  namens,
  verstrekker,
  uitwisseling,
  redenen,
}: LogRecord) {
  if (!ontvanger) return []
  const partijen = [ontvanger, namens, verstrekker].filter(oin => oin !== undefined)
  const code = redenen?.[0]?.code ?? ''
  return [{ transactie, tijd, ontvanger, uitwisseling, code, partijen }]
}

function personIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const { soort, waarde }: { soort?: string; waarde?: string } = JSON.parse(text)
  return `${soort}:${waarde}`
}

function isWeekend(dag: LegalDate): boolean {
  const weekday = new Date(`${dag}T00:00:00Z`).getUTCDay()
  return weekday === 0 || weekday === 6
}

interface Hint {
  readonly id: string
  readonly soort: string
  readonly oin: Oin
  readonly maand: LegalDate
  readonly tijd: Moment
  readonly partijen: readonly Oin[]
  readonly uitwisselingen: readonly string[]
  readonly transacties: readonly string[]
  readonly aantal: number
  readonly score: number
  readonly cijfers: Readonly<Record<string, number | string>>
}

/** For each organisation only what it may see itself (design §3.1). */
async function hintsOf(
  { law }: HintsDesk,
  read: Read,
  month: number,
  now: Moment,
): Promise<readonly Hint[]> {
  const maand = firstDay(month)
  const [van, tot] = [midnight(maand), midnight(firstDay(month + 1))]
  const sights = new Map<Oin, Seen[]>()
  for (const one of read.vragen) {
    for (const oin of new Set([one.verstrekker, one.ontvanger, one.wie])) {
      if (oin === undefined) continue
      const there = sights.get(oin)
      if (there) there.push(one)
      else sights.set(oin, [one])
    }
  }
  const hints: Hint[] = []
  for (const [oin, all] of sights) {
    await turn() // between two organisations others have theirs
    const sight = {
      nu: all.filter(({ tijd }) => tijd >= van && tijd < tot),
      eerder: all.filter(({ tijd }) => tijd < van),
      // Whether a case was completed changes what its questions are; the hint itself tells no more.
      vastgelegd: read.vastgelegd,
      signalen: read.signalen.filter(
        ({ tijd, partijen }) => tijd >= van && tijd < tot && partijen.includes(oin),
      ),
      soortOf: (one: Oin) => law.partijen.get(one)?.soort,
      ...{ van, now },
    }
    for (const { id: soort, find } of hintKinds) {
      const found = find(sight).toSorted((one, other) => other.score - one.score)
      hints.push(...found.slice(0, most).map(one => hintOf(soort, oin, maand, one)))
    }
  }
  return hints
}

function hintOf(
  soort: string,
  oin: Oin,
  maand: LegalDate,
  { over, score, cijfers }: Finding,
): Hint {
  const transacties = over.map(({ transactie }) => transactie)
  return {
    id: hintId([soort, oin, maand, String(cijfers.dag ?? ''), transacties[0] ?? '']),
    ...{ soort, oin, maand, score, cijfers, aantal: over.length },
    tijd: over.reduce((newest, { tijd }) => Math.max(newest, tijd), 0),
    partijen: distinct(over.map(({ ontvanger }) => ontvanger)),
    uitwisselingen: distinct(over.map(({ uitwisseling }) => uitwisseling ?? '')),
    transacties: transacties.slice(0, mostTransactions),
  }
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort()
}

/** Made of what everybody who may see the hint knows, never of a person: it outlives the month's key. */
function hintId(parts: readonly string[]): string {
  const hex = hash('sha256', JSON.stringify(parts))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

async function keep(
  query: Query,
  log: LogName,
  hints: readonly Hint[],
  now: Moment,
): Promise<number> {
  await query(
    `INSERT INTO console.hint (log, gevonden, id, soort, oin, maand, tijd, partijen, uitwisselingen,
       transacties, aantal, score, cijfers)
     SELECT $1, $2, r.* FROM jsonb_to_recordset($3::jsonb) AS r(id uuid, soort text, oin text, maand date,
       tijd bigint, partijen text[], uitwisselingen text[], transacties uuid[], aantal int,
       score double precision, cijfers jsonb)
     ON CONFLICT (id) DO UPDATE SET tijd = excluded.tijd, partijen = excluded.partijen,
       uitwisselingen = excluded.uitwisselingen, transacties = excluded.transacties,
       aantal = excluded.aantal, score = excluded.score, cijfers = excluded.cijfers`,
    [log, now, JSON.stringify(hints)],
  )
  return hints.length
}

/** The months whose hints still wait for somebody. */
export function openSince(now: Moment): LegalDate {
  return firstDay(monthOf(addDays(legalDate(now), -92)))
}
