// What does the console search? One row per transaction and per act, made out of the leaves, without a person.
import {
  type Detail,
  epochKinds,
  type LogRecord,
  officerKinds,
  type RecordKind,
} from '../audit/log-record.ts'
import type { Query } from '../store.ts'
import type { Moment, Oin } from '../terms.ts'
import { localTime } from './local-time.ts'

/** What a row says of a transaction (console-001.sql); `termen` is what a search filters on. */
interface Transaction extends Copied {
  readonly dag: string
  readonly uur: number
  verstrekt: readonly string[]
  uitkomst: string
  eind_idx: number | null
  eind_tijd: Moment | null
  aard: Nature | null
  levering: string | null
  regel: number | null
  termen: readonly string[]
}

/** What is handed over instead of asked: a file, a line of it, a corrected value, a doubt about one. */
export const natures = ['bestand', 'regel', 'correctie', 'terugmelding'] as const
export type Nature = (typeof natures)[number]

/** What the copy tells of a transaction, without a person. */
export interface Copied {
  readonly idx: number
  readonly transactie: string
  readonly soort: RecordKind
  readonly tijd: Moment
  readonly verstrekker: Oin | null
  readonly ontvanger: Oin | null
  readonly namens: Oin | null
  readonly uitwisseling: string | null
  readonly doel: string | null
  readonly digest: string | null
  readonly trede: string | null
  readonly functie: string | null
  readonly machine: boolean
  readonly selectiegrond: string | null
  readonly toetsing: string | null
  readonly verzoek: string | null
  readonly redenen: readonly string[]
  readonly grondslagen: readonly string[]
  readonly velden: readonly string[]
  readonly verstrekt: readonly string[]
  readonly aantal: number
  readonly uitkomst: string
  /** Of a question: null. A step of a message has that of its message, and so its file and line. */
  readonly aard: Nature | null
  readonly levering: string | null
  readonly regel: number | null
  /** What became of a message, as its receiver says. */
  readonly afloop: string | null
  /** Who passed it on. */
  readonly via: readonly Oin[]
}

interface Act {
  readonly idx: number
  readonly soort: RecordKind
  readonly transactie: string
  readonly tijd: Moment
  readonly oin: string | null
  readonly rol: string | null
  readonly over: string | null
  readonly uitkomst: string
  readonly gegevens: Readonly<Record<string, Detail>>
}

/** Of the house itself or of an officer; everything else is a step of a transaction between parties. */
const acts: ReadonlySet<RecordKind> = new Set<RecordKind>([
  ...officerKinds,
  ...epochKinds,
  'sleutelvernietiging',
  'log-einde',
  // Told of a transaction besides; ends nothing.
  'signaal',
])

const pageSize = 1_000

/**
 * Reads on where the last one stopped, until the log as it stood at the call. Any number of processes may:
 * each page moves `stand` and writes its rows in one statement, or neither.
 * @returns how many leaves were read
 */
export async function project(query: Query): Promise<number> {
  await query(
    'INSERT INTO console.stand (log, idx) SELECT log, 0 FROM audit.log ON CONFLICT DO NOTHING',
  )
  const logs = await query<{ log: string; idx: number; grootte: number }>(
    `SELECT s.log, s.idx, (SELECT max(grootte) FROM audit.checkpoint c WHERE c.log = s.log) AS grootte
     FROM console.stand s ORDER BY s.log`,
  )
  let read = 0
  for (const { log, grootte, idx } of logs) {
    for (let from = idx; from < grootte; ) {
      const leaves = await query<{ idx: number; tekst: string }>(
        'SELECT idx, tekst FROM audit.leaf WHERE log = $1 AND idx >= $2 ORDER BY idx LIMIT $3',
        [log, from, pageSize],
      )
      const last = leaves.at(-1)
      if (!last) break
      await write(query, log, [from, last.idx + 1], fold(leaves))
      read += leaves.length
      from = last.idx + 1
    }
  }
  return read
}

interface Folded {
  readonly transacties: readonly Transaction[]
  readonly handelingen: readonly Act[]
  readonly regels: readonly LineCount[]
}

/** Lines of one file, for one receiver, that ended the same way; nobody is an empty text. */
interface LineCount {
  readonly levering: string
  readonly verstrekker: string
  readonly ontvanger: string
  readonly namens: string
  readonly uitkomst: 'aanvaard' | 'geweigerd' | 'onleesbaar'
  aantal: number
}

function fold(leaves: readonly { readonly idx: number; readonly tekst: string }[]): Folded {
  const transacties = new Map<string, Transaction>()
  const handelingen: Act[] = []
  const regels = new Map<string, LineCount>()
  for (const { idx, tekst } of leaves) {
    const record: LogRecord = JSON.parse(tekst)
    if (acts.has(record.soort)) {
      handelingen.push(actOf(idx, record))
      continue
    }
    countLine(regels, record)
    const known = transacties.get(record.transactie)
    if (!known) transacties.set(record.transactie, transactionOf(idx, record))
    else {
      known.uitkomst = record.uitkomst
      known.verstrekt = record.verstrekt ?? known.verstrekt
      known.eind_idx = idx
      known.eind_tijd = record.tijd
    }
  }
  for (const step of transacties.values()) {
    if (step.verzoek !== null) inherit(step, transacties.get(step.verzoek))
  }
  return {
    transacties: [...transacties.values()],
    handelingen,
    regels: [...regels.values()],
  }
}

/** A step says nothing of its message but which it is; what was read before is known to the database (`page`). */
function inherit(step: Transaction, message: Transaction | undefined): void {
  if (step.aard !== null || !message || message === step || message.aard === null) return
  const { aard, levering, regel } = message
  step.termen = [...step.termen, ...placeTerms(aard, levering)]
  Object.assign(step, { aard, levering, regel })
}

const lineEnds: Readonly<Partial<Record<RecordKind, LineCount['uitkomst']>>> = {
  aanvaarding: 'aanvaard',
  beslissing: 'geweigerd',
  afwijzing: 'onleesbaar',
}

/** Each line has one first record; a later step of its message is decided on as well, and is none. */
function countLine(counts: Map<string, LineCount>, record: LogRecord): void {
  const { soort, transactie, verzoek = transactie, levering, regel } = record
  const uitkomst = lineEnds[soort]
  if (levering === undefined || regel === undefined || verzoek !== transactie || !uitkomst) return
  const { verstrekker = '', ontvanger = '', namens = '' } = record
  const key = [levering, verstrekker, ontvanger, namens, uitkomst].join('|')
  const known = counts.get(key)
  if (known) known.aantal += 1
  else counts.set(key, { levering, verstrekker, ontvanger, namens, uitkomst, aantal: 1 })
}

function natureOf({ vraag, levering, regel }: LogRecord): Nature | null {
  if (vraag?.stap) return vraag.stap
  if (levering === undefined) return null
  return regel === undefined ? 'bestand' : 'regel'
}

function placeTerms(aard: Nature | null, levering: string | null): readonly string[] {
  return [...(aard ? [`aard:${aard}`] : []), ...(levering ? [`levering:${levering}`] : [])]
}

function transactionOf(idx: number, record: LogRecord): Transaction {
  const { soort, transactie, tijd, vraag, verstrekker, ontvanger, namens, uitwisseling, doel } =
    record
  const redenen = [...new Set(record.redenen?.map(({ code }) => code))]
  const grondslagen = record.grondslagen ?? []
  const aard = natureOf(record)
  const levering = record.levering ?? (aard === 'bestand' ? transactie : null)
  const velden = vraag?.velden ?? []
  const terms = (kind: string, values: readonly (string | undefined)[]) =>
    values.flatMap(value => (value ? [`${kind}:${value}`] : []))
  return {
    idx,
    transactie,
    soort,
    tijd,
    ...localTime(tijd),
    verstrekker: verstrekker ?? null,
    ontvanger: ontvanger ?? null,
    namens: namens ?? null,
    uitwisseling: uitwisseling ?? null,
    doel: doel ?? null,
    digest: record.beleid?.digest ?? null,
    trede: record.trede ?? null,
    functie: vraag?.functie ?? null,
    machine: vraag?.systeemproces ?? false,
    selectiegrond: vraag?.selectiegrond ?? null,
    toetsing: record.toetsing ?? null,
    verzoek: record.verzoek ?? null,
    redenen,
    grondslagen,
    velden,
    verstrekt: record.verstrekt ?? [],
    aantal: record.aantal ?? 1,
    uitkomst: record.uitkomst,
    eind_idx: null,
    eind_tijd: null,
    aard,
    levering,
    regel: record.regel ?? null,
    afloop: outcomeOf(record),
    via: record.via ?? [],
    termen: [
      ...terms('oin', [...new Set([verstrekker, ontvanger, namens])]),
      ...terms('verstrekker', [verstrekker]),
      ...terms('ontvanger', [ontvanger]),
      ...terms('namens', [namens]),
      ...terms('uitwisseling', [uitwisseling]),
      ...terms('doel', [doel]),
      ...terms('soort', [soort]),
      ...terms('digest', [record.beleid?.digest]),
      ...terms('reden', redenen),
      ...terms('grondslag', grondslagen),
      ...terms('veld', velden),
      ...terms('functie', [vraag?.functie]),
      ...terms('toetsing', [record.toetsing]),
      ...terms('spoor', [record.traceId]),
      ...terms('via', record.via ?? []),
      ...terms('afloop', [outcomeOf(record) ?? undefined]),
      ...placeTerms(aard, levering),
    ],
  }
}

/** beoordeling: the code of what became of it; without one the receiver only says that it looks. */
function outcomeOf({ soort, handeling }: LogRecord): string | null {
  return soort === 'beoordeling' && handeling?.afloop ? String(handeling.afloop) : null
}

function actOf(idx: number, record: LogRecord): Act {
  const { soort, transactie, tijd, ontvanger, rol, uitkomst, handeling, noodrem, epoch } = record
  const over = soort === 'signaal' ? transactie : record.over
  const redenen = record.redenen?.map(({ code }) => code)
  return {
    idx,
    soort,
    transactie,
    tijd,
    oin: ontvanger ?? null,
    rol: rol ?? null,
    over: over ?? null,
    uitkomst,
    gegevens: {
      ...handeling,
      ...(redenen && { redenen }),
      ...(noodrem && { noodrem }),
      ...(epoch && { epoch }),
    },
  }
}

const columns = `idx bigint, transactie uuid, soort text, tijd bigint, dag date, uur smallint, verstrekker text,
    ontvanger text, namens text, uitwisseling text, doel text, digest text, trede text, functie text,
    machine boolean, selectiegrond text, toetsing text, verzoek uuid, redenen text[], grondslagen text[],
    velden text[], verstrekt text[], aantal bigint, uitkomst text, eind_idx bigint, eind_tijd bigint, afloop text,
    via text[]`
const names = columns.replaceAll(/ (bigint|uuid|text|date|smallint|boolean)(\[\])?/g, '')
/** Of a step, as its message has them. */
const inherited = 'aard text, levering uuid, regel bigint, termen text[]'

/** One statement: behind the embedded database's socket an open transaction would stop everybody. */
const page = `
WITH verder AS (
  UPDATE console.stand SET idx = $3 WHERE log = $1 AND idx = $2 RETURNING log
), transacties AS (
  INSERT INTO console.transactie AS t (log, ${names}, aard, levering, regel, termen)
  SELECT verder.log, ${names.replaceAll(/\w+/g, 'r.$&')}, coalesce(r.aard, b.aard),
    coalesce(r.levering, b.levering), coalesce(r.regel, b.regel),
    r.termen || CASE WHEN b.aard IS NULL THEN '{}' ELSE
      array_remove(ARRAY['aard:' || b.aard, 'levering:' || b.levering], NULL) END
  FROM verder CROSS JOIN jsonb_to_recordset($4::jsonb) AS r(${columns}, ${inherited})
    LEFT JOIN console.transactie b ON b.transactie = r.verzoek AND r.aard IS NULL AND b.aard IS NOT NULL
  ON CONFLICT (transactie) DO UPDATE SET uitkomst = excluded.uitkomst,
    verstrekt = CASE WHEN excluded.verstrekt = '{}' THEN t.verstrekt ELSE excluded.verstrekt END,
    eind_idx = coalesce(excluded.eind_idx, excluded.idx), eind_tijd = coalesce(excluded.eind_tijd, excluded.tijd)
), handelingen AS (
  INSERT INTO console.handeling (log, idx, soort, transactie, tijd, oin, rol, over, uitkomst, gegevens)
  SELECT log, r.* FROM verder, jsonb_to_recordset($5::jsonb) AS r(idx bigint, soort text, transactie uuid,
    tijd bigint, oin text, rol text, over uuid, uitkomst text, gegevens jsonb)
  ON CONFLICT DO NOTHING
), regels AS (
  INSERT INTO console.regeltelling AS g (log, levering, verstrekker, ontvanger, namens, uitkomst, aantal)
  SELECT log, r.* FROM verder, jsonb_to_recordset($6::jsonb) AS r(levering uuid, verstrekker text, ontvanger text,
    namens text, uitkomst text, aantal bigint)
  ON CONFLICT (levering, log, verstrekker, ontvanger, namens, uitkomst)
    DO UPDATE SET aantal = g.aantal + excluded.aantal
)
SELECT log FROM verder`

/** Writes nothing when another process read this page meanwhile: then it is done. */
async function write(
  query: Query,
  log: string,
  [from, next]: readonly [number, number],
  { transacties, handelingen, regels }: Folded,
): Promise<void> {
  const rows = [transacties, handelingen, regels].map(all => JSON.stringify(all))
  await query(page, [log, from, next, ...rows])
}
