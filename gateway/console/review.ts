// What must be looked at, and what became of it? The sample, the hints and the escapes, less what officers did.
import { logIds, logNameOf } from '../audit/find.ts'
import type { Detail } from '../audit/log-record.ts'
import { legalDate, midnight } from '../policy/legal-time.ts'
import type { Query } from '../store.ts'
import type { LegalDate, LogName, Moment, Oin } from '../terms.ts'
import { hintKinds } from './hint-kinds.ts'
import { openSince } from './hints.ts'
import { type Desk, logsOf, type Officer } from './page.ts'
import { type Draw, drawSample } from './sample.ts'

export const closingCodes = {
  terecht: 'Terecht: de vraag hoort bij het werk',
  verklaard: 'Verklaard: ongewoon, maar er is een goede reden',
  'fout-hersteld': 'Fout, en hersteld',
  onrechtmatig: 'Onrechtmatig',
  'niet-vast-te-stellen': 'Niet vast te stellen',
} as const

export type ClosingCode = keyof typeof closingCodes

/** What says that looking was worth it. */
const worth: ReadonlySet<string> = new Set<ClosingCode>(['fout-hersteld', 'onrechtmatig'])

export interface Item {
  /** Of the hint; else of the transaction itself. */
  readonly id: string
  /** `aselect`, `ontsnapping`, or a kind of hint. */
  readonly soort: string
  readonly log: LogName
  readonly tijd: Moment
  /** Who received. */
  readonly partijen: readonly Oin[]
  readonly uitwisselingen: readonly string[]
  readonly transacties: readonly string[]
  readonly aantal: number
  readonly cijfers: Readonly<Record<string, number | string>>
}

/** What an officer of this organisation did, as the log says. */
export interface Deed {
  readonly transactie: string
  readonly soort: 'toetsing' | 'navraag' | 'onderdrukking'
  readonly tijd: Moment
  readonly rol: string
  readonly uitkomst: string
  readonly log: LogName
  readonly idx: number
  readonly gegevens: Readonly<Record<string, Detail>>
}

export interface Suppression {
  readonly deed: Deed
  readonly soort: string
  readonly partij: Oin | undefined
  readonly uitwisseling: string | undefined
  readonly eigenaar: string
  readonly tot: LegalDate
}

export interface Precision {
  readonly soort: string
  readonly gesloten: number
  readonly raak: number
}

export interface Queue {
  /** The most worth looking at first. */
  readonly open: readonly Item[]
  /** Waiting for the answer of a receiver. */
  readonly uitgezet: readonly (Item & { readonly bij: Oin; readonly sinds: Moment })[]
  readonly stil: readonly Suppression[]
  /** How many are set aside by those. */
  readonly verborgen: number
  readonly precisie: readonly Precision[]
  readonly trekkingen: readonly Draw[]
  readonly deeds: readonly Deed[]
}

export type ReviewDesk = Pick<Desk, 'store' | 'catchUp' | 'clock'>
export type Reviewer = Pick<Officer, 'oin' | 'rollen'> & { readonly rol: string }

export const kindNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(hintKinds.map(({ id, naam }) => [id, naam])),
  ontsnapping: 'Uitzondering gebruikt',
  aselect: 'Steekproef',
}

export async function readQueue(desk: ReviewDesk, officer: Reviewer): Promise<Queue> {
  await desk.catchUp()
  const { query } = desk.store
  const names = logsOf(officer)
  const now = desk.clock()
  const deeds = await deedsOf(query, officer.oin, names)
  const trekkingen = await drawSample(query, officer.oin, names, now)
  const all = [
    ...(await hintItems(query, officer.oin, names, now)),
    ...(await escapeItems(query, officer.oin, names, now)),
    ...trekkingen.flatMap(drawnItems),
  ].filter(item => mayReview(officer, item))
  const closed = new Set(deeds.filter(({ soort }) => soort === 'toetsing').map(itemOf))
  const asked = new Map(
    deeds.filter(({ soort }) => soort === 'navraag').map(deed => [itemOf(deed), deed]),
  )
  const stil = suppressions(deeds, legalDate(now))
  const left = all.filter(({ id }) => !closed.has(id))
  const heard = left.filter(item => !stil.some(one => hides(one, item)))
  const precisie = precisions(deeds)
  return {
    open: ordered(
      heard.filter(({ id }) => asked.get(id)?.uitkomst !== 'uitgezet'),
      precisie,
    ),
    uitgezet: left.flatMap(item => {
      const deed = asked.get(item.id)
      if (deed?.uitkomst !== 'uitgezet') return []
      return [{ ...item, bij: String(deed.gegevens.partij), sinds: deed.tijd }]
    }),
    ...{ stil, precisie, trekkingen, deeds, verborgen: left.length - heard.length },
  }
}

/** One item, whatever became of it; undefined for who may not see it, as for what does not exist. */
export async function findItem(
  desk: ReviewDesk,
  officer: Reviewer,
  id: string,
): Promise<{ readonly item: Item; readonly deeds: readonly Deed[] } | undefined> {
  await desk.catchUp()
  const { query } = desk.store
  const names = logsOf(officer)
  const now = desk.clock()
  const all = [
    ...(await hintItems(query, officer.oin, names, now, id)),
    ...(await escapeItems(query, officer.oin, names, now, id)),
    ...(await drawSample(query, officer.oin, names, now)).flatMap(drawnItems),
  ]
  const item = all.find(one => one.id === id)
  if (!item || !mayReview(officer, item)) return undefined
  const deeds = await deedsOf(query, officer.oin, names)
  return { item, deeds: deeds.filter(deed => itemOf(deed) === id) }
}

/** A team lead sees what the own organisation received, and so its own employees only. */
function mayReview({ rol, oin }: Reviewer, { partijen }: Item): boolean {
  return rol !== 'teamleider' || partijen.every(one => one === oin)
}

/** How many wait for this organisation. */
export async function openItems(desk: ReviewDesk, officer: Reviewer): Promise<number> {
  return (await readQueue(desk, officer)).open.length
}

function itemOf({ gegevens }: Deed): string {
  return String(gegevens.item ?? '')
}

async function hintItems(
  query: Query,
  oin: Oin,
  names: readonly LogName[],
  now: Moment,
  id?: string,
): Promise<readonly Item[]> {
  return await query<Item & Record<string, unknown>>(
    `SELECT id, soort, log, tijd, partijen, uitwisselingen, transacties, aantal, cijfers FROM console.hint
     WHERE oin = $1 AND log = ANY($2) AND ${id ? 'id = $3::uuid' : 'maand >= $3::date'} ORDER BY score DESC, id`,
    [oin, names, id ?? openSince(now)],
  )
}

/** Allowed, on the condition that somebody looks (Decision.toetsing). */
async function escapeItems(
  query: Query,
  oin: Oin,
  names: readonly LogName[],
  now: Moment,
  id?: string,
): Promise<readonly Item[]> {
  const rows = await query<{
    transactie: string
    log: string
    tijd: number
    ontvanger: Oin
    uitwisseling: string
  }>(
    `SELECT transactie, log, tijd, ontvanger, uitwisseling FROM console.transactie
     WHERE log = ANY($1) AND termen @> ARRAY['oin:' || $2, 'toetsing:ontsnapping']
       AND ${id ? 'transactie = $3::uuid' : 'tijd >= $3::bigint'} ORDER BY tijd DESC LIMIT 500`,
    [await logIds(query, names), oin, id ?? midnight(openSince(now))],
  )
  return rows.map(({ transactie, log, tijd, ontvanger, uitwisseling }) => ({
    ...{ id: transactie, soort: 'ontsnapping', log: logNameOf(log), tijd, aantal: 1, cijfers: {} },
    ...{ partijen: [ontvanger], uitwisselingen: [uitwisseling], transacties: [transactie] },
  }))
}

function drawnItems({ log, week, getrokken }: Draw): readonly Item[] {
  return getrokken.map(({ transactie, tijd, ontvanger, uitwisseling }) => ({
    ...{ id: transactie, soort: 'aselect', log, tijd, aantal: 1, cijfers: { week } },
    ...{ partijen: [ontvanger], uitwisselingen: [uitwisseling], transacties: [transactie] },
  }))
}

async function deedsOf(
  query: Query,
  oin: Oin,
  names: readonly LogName[],
): Promise<readonly Deed[]> {
  const rows = await query<Omit<Deed, 'log'> & { log: string }>(
    `SELECT transactie, soort, tijd, rol, uitkomst, log, idx, gegevens FROM console.handeling
     WHERE log = ANY($1) AND oin = $2 AND soort IN ('toetsing', 'navraag', 'onderdrukking')
     ORDER BY tijd, log, idx`,
    [await logIds(query, names), oin],
  )
  return rows.map(row => ({ ...row, log: logNameOf(row.log) }))
}

/** In force today: lifted ones and those whose last day is over are not. */
function suppressions(deeds: readonly Deed[], today: LegalDate): readonly Suppression[] {
  const own = deeds.filter(({ soort }) => soort === 'onderdrukking')
  const lifted = new Set(own.map(({ gegevens }) => gegevens.opgeheven))
  return own.flatMap(deed => {
    const { soort, partij, uitwisseling, eigenaar, tot } = deed.gegevens
    if (deed.uitkomst !== 'ingesteld' || lifted.has(deed.transactie) || String(tot) < today)
      return []
    return [
      {
        ...{ deed, soort: String(soort), eigenaar: String(eigenaar), tot: String(tot) },
        partij: partij === undefined ? undefined : String(partij),
        uitwisseling: uitwisseling === undefined ? undefined : String(uitwisseling),
      },
    ]
  })
}

function hides({ soort, partij, uitwisseling }: Suppression, item: Item): boolean {
  return (
    soort === item.soort &&
    (partij === undefined || item.partijen.every(one => one === partij)) &&
    (uitwisseling === undefined || item.uitwisselingen.every(one => one === uitwisseling))
  )
}

function precisions(deeds: readonly Deed[]): readonly Precision[] {
  const closed = deeds.filter(({ soort }) => soort === 'toetsing')
  return Object.keys(kindNames).map(soort => {
    const own = closed.filter(({ gegevens }) => gegevens.soort === soort)
    const raak = own.filter(({ gegevens }) => worth.has(String(gegevens.code))).length
    return { soort, gesloten: own.length, raak }
  })
}

/**
 * Of each kind the strongest first, and the kinds in turn: one that is often right comes more often. The sample
 * keeps its turn whatever it finds, for a part must stay random (domain S25).
 */
function ordered(items: readonly Item[], precisie: readonly Precision[]): readonly Item[] {
  const share = new Map(
    precisie.map(({ soort, gesloten, raak }) => [
      soort,
      soort === 'aselect' ? 0.5 : (raak + 1) / (gesloten + 2),
    ]),
  )
  const ranks = new Map<string, number>()
  return items
    .map(item => {
      const rank = (ranks.get(item.soort) ?? 0) + 1
      ranks.set(item.soort, rank)
      return { item, place: rank / Math.max(0.1, share.get(item.soort) ?? 0.5) }
    })
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item)
}
