// Can this log be trusted, and who looked in it? Verified whole, compared with what somebody kept, and read back.
import { setImmediate as turn } from 'node:timers/promises'
import {
  BadEvidence,
  readCheckpoint,
  readNote,
  readVkey,
  verifyCheckpoint,
} from '../audit/checkpoint.ts'
import { logIds, logNameOf, unsealMember } from '../audit/find.ts'
import { type LogRow, readHeadRow, readLogRows } from '../audit/head.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { makeConsistencyProof } from '../audit/prove.ts'
import { holdsConsistency } from '../audit/tree-proof.ts'
import { type Verdict, verifyLog } from '../audit/verify.ts'
import { span } from '../policy/legal-time.ts'
import type { Query, Store } from '../store.ts'
import type { LegalDate, LogName, Moment, Oin } from '../terms.ts'
import type { Desk } from './page.ts'

/** How far a verification is, and at last what it found; `bezet` when another one runs here. */
export type Step =
  | { readonly soort: 'begin'; readonly log: string }
  | { readonly soort: 'bezet' }
  | { readonly soort: 'voortgang'; readonly gecontroleerd: number; readonly van: number }
  | { readonly soort: 'oordeel'; readonly oordeel: Verdict }

/** Reading a whole log costs the machine; one at a time in each process. */
const underWay = new WeakSet<Store>()

/** The log of this name and those before it, one after the other. Leaving it, or the signal, ends the work. */
export async function* verifySteps(
  { store, head }: Pick<Desk, 'store' | 'head'>,
  naam: LogName,
  signal: AbortSignal,
): AsyncGenerator<Step> {
  if (underWay.has(store)) {
    yield { soort: 'bezet' }
    return
  }
  underWay.add(store)
  try {
    for (const { log, vkey } of await readLogRows(store.query, naam)) {
      yield { soort: 'begin', log }
      // What this process knows of its own log came from its key and its memory, not from the database.
      const own = head(naam)
      const known = readVkey(log === own.log ? own.vkey : vkey)
      const held = log === own.log ? [own.note] : []
      yield* told(signal, async (tell, gone) => {
        const onProgress = async (gecontroleerd: number, van: number) => {
          gone.throwIfAborted()
          tell({ soort: 'voortgang', gecontroleerd, van })
          await turn()
        }
        const oordeel = await verifyLog(store.query, { log, known, held, onProgress })
        tell({ soort: 'oordeel', oordeel })
      })
    }
  } finally {
    underWay.delete(store)
  }
}

/** What the work tells, as it tells it; a reader who is slow or gone hears only the newest of the progress. */
async function* told(
  signal: AbortSignal,
  work: (tell: (step: Step) => void, gone: AbortSignal) => Promise<void>,
): AsyncGenerator<Step> {
  const left = new AbortController()
  let waiting: Step | undefined
  let heard = Promise.withResolvers<void>()
  let done = false
  const tell = (step: Step) => {
    waiting = step
    heard.resolve()
  }
  const working = work(tell, AbortSignal.any([signal, left.signal])).finally(() => {
    done = true
    heard.resolve()
  })
  working.catch(() => {})
  try {
    while (!done || waiting) {
      if (!waiting) await heard.promise
      heard = Promise.withResolvers()
      const step = waiting
      waiting = undefined
      if (step) yield step
      else if (done) break
    }
    await working
  } finally {
    left.abort()
    await working.catch(() => {})
  }
}

/** What our log says of a checkpoint that somebody kept elsewhere. */
export interface Comparison {
  readonly uitkomst:
    | 'gelijk'
    | 'ouder'
    | 'nieuwer'
    | 'ander-verleden'
    | 'leeg'
    | 'vreemde-sleutel'
    | 'ander-log'
    | 'vervalst'
    | 'geen-checkpoint'
    | 'onvolledig'
  readonly log?: LogName
  /** Of the checkpoint, and of our log now. */
  readonly grootte?: number
  readonly eigen?: number
}

/** RFC 6962 §2.1.2: is the tree that was kept the beginning of ours? A log that may not be seen is another log. */
export async function compareCheckpoint(
  query: Query,
  names: readonly LogName[],
  text: string,
): Promise<Comparison> {
  const row = await namedBy(query, names, text)
  if (row === undefined || 'uitkomst' in row) return row ?? { uitkomst: 'ander-log' }
  const { naam: log } = row
  const key = readVkey(row.vkey)
  const signed = readNote(text).signatures.some(
    ({ name, id }) => name === key.name && id.equals(key.id),
  )
  if (!signed) return { uitkomst: 'vreemde-sleutel', log }
  const kept = readOrNot(() => verifyCheckpoint(text, key))
  if (!kept) return { uitkomst: 'vervalst', log }
  const head = await readHeadRow(query, row.log)
  if (!head) throw new Error('the log has no checkpoint')
  const sizes = { log, grootte: Number(kept.size), eigen: head.grootte }
  if (kept.size > BigInt(head.grootte)) return { uitkomst: 'nieuwer', ...sizes }
  if (kept.size === 0n) return { uitkomst: 'leeg', ...sizes }
  const proof = await makeConsistencyProof(query, row.log, {
    older: sizes.grootte,
    newer: head.grootte,
  }).catch(missing)
  if (!proof) return { uitkomst: 'onvolledig', ...sizes }
  const holds = holdsConsistency({
    size1: kept.size,
    size2: BigInt(head.grootte),
    root1: kept.root,
    root2: head.wortel,
    proof,
  })
  if (!holds) return { uitkomst: 'ander-verleden', ...sizes }
  return { uitkomst: sizes.grootte === sizes.eigen ? 'gelijk' : 'ouder', ...sizes }
}

async function namedBy(
  query: Query,
  names: readonly LogName[],
  text: string,
): Promise<LogRow | Comparison | undefined> {
  const named = readOrNot(() => readCheckpoint(readNote(text).text))
  if (!named) return { uitkomst: 'geen-checkpoint' }
  for (const naam of names) {
    const row = (await readLogRows(query, naam)).find(({ origin }) => origin === named.origin)
    if (row) return row
  }
  return undefined
}

function readOrNot<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof BadEvidence) return undefined
    throw error
  }
}

/** A tile that lacks; the whole log tells which. */
function missing(error: unknown): undefined {
  if (!(error instanceof RangeError)) throw error
}

/** Somebody looked: an officer of this organisation, or a party that takes part in the same transaction. */
export interface Look {
  readonly log: string
  readonly idx: number
  readonly record: LogRecord
  /** Who it was, for whom may know; undefined too when the month's key is gone. */
  readonly medewerker?: string
}

export interface LookFilter {
  readonly van?: LegalDate
  readonly totEnMet?: LegalDate
  /** One of the console's roles, or `partij`. */
  readonly rol?: string
}

/** The last of a page. */
export type LookPlace = readonly [tijd: Moment, idx: number, log: string]

const places = `
  SELECT h.log, h.idx, h.tijd, h.rol FROM console.handeling h
  WHERE h.log = ANY($1) AND h.soort = 'raadpleging' AND h.oin = $2
  UNION ALL
  SELECT t.log, t.idx, t.tijd, 'partij' FROM console.transactie t
  JOIN audit.leaf l ON l.log = t.log AND l.idx = t.idx
  WHERE t.log = ANY($1) AND t.termen @> ARRAY['soort:inzage'] AND (t.ontvanger = $2 OR EXISTS (
    SELECT 1 FROM console.transactie o WHERE o.log = ANY($1)
      AND o.transactie = (l.tekst::jsonb->>'over')::uuid AND o.termen @> ARRAY['oin:' || $2]))`

/** Newest first; one more than a page says that there are older ones. */
export async function looksOf(
  { store, keys, keysDir }: Pick<Desk, 'store' | 'keys' | 'keysDir'>,
  {
    oin,
    names,
    withNames,
  }: { readonly oin: Oin; readonly names: readonly LogName[]; readonly withNames: boolean },
  { van, totEnMet, rol }: LookFilter,
  { after, limit }: { readonly after?: LookPlace | undefined; readonly limit: number },
): Promise<{ readonly looks: readonly Look[]; readonly next?: LookPlace }> {
  const { query } = store
  const { van: from, tot } = span(van, totEnMet)
  const [tijd, idx, log] = after ?? [Number.MAX_SAFE_INTEGER, 0, '']
  const rows = await query<{ log: string; idx: number; tekst: string }>(
    `SELECT b.log, b.idx, l.tekst FROM (${places}) AS b
     JOIN audit.leaf l ON l.log = b.log AND l.idx = b.idx
     WHERE b.tijd >= $3 AND b.tijd < $4 AND (b.tijd, b.idx, b.log) < ($5, $6, $7)
       AND ($8::text IS NULL OR b.rol = $8)
     ORDER BY b.tijd DESC, b.idx DESC, b.log DESC LIMIT $9`,
    [
      await logIds(query, names),
      oin,
      Math.max(from, 0),
      Math.min(tot, Number.MAX_SAFE_INTEGER),
      ...[tijd, idx, log],
      rol ?? null,
      limit + 1,
    ],
  )
  const looks = rows.slice(0, limit).map(row => {
    const record: LogRecord = JSON.parse(row.tekst)
    const place = { log: logNameOf(row.log), keysDir }
    const medewerker = withNames ? unsealMember(keys, place, record, 'medewerker') : undefined
    return { log: row.log, idx: row.idx, record, ...(medewerker && { medewerker }) }
  })
  const last = looks.at(-1)
  if (!last || rows.length <= limit) return { looks }
  return { looks, next: [last.record.tijd, last.idx, last.log] }
}
