// What do the tests of searching search in? A gateway's own copy, rows that a test puts there, and what each statement read.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { project } from '../../gateway/console/projection.ts'
import type { SearchSlice } from '../../gateway/console/search.ts'
import { openStore, type Query, type Store } from '../../gateway/store.ts'
import { asOwner, type Place } from '../support/database.ts'
import type { HeldGateway } from '../support/held.ts'

/** The slice of the desk that searches, over what a running gateway wrote. */
export function sliceOf(gateway: HeldGateway): SearchSlice {
  const { store, rooms } = gateway.serving.house
  return {
    store,
    keys: rooms.audit.keys,
    keysDir: join(gateway.dataDir, 'keys'),
    catchUp: async () => {
      await project(store.query)
    },
  }
}

export interface Planted {
  readonly tijd: number
  readonly verstrekker: string
  readonly ontvanger: string
  readonly termen?: readonly string[]
  readonly uitkomst?: string
  readonly verzoek?: string
}

/** Rows after those of the log, each a transaction without a leaf; as after the nightly upkeep of the database. */
export async function plant(place: Place, rows: readonly Planted[], log = 'gewoon') {
  await using owner = await openStore(asOwner(place))
  const { query } = owner
  const full = rows.map(({ termen = [], uitkomst = 'verstrekt', verzoek = null, ...row }, i) => ({
    ...row,
    idx: 1_000_000 + i,
    transactie: randomUUID(),
    uitkomst,
    verzoek,
    termen: [
      ...new Set([`oin:${row.verstrekker}`, `oin:${row.ontvanger}`]),
      `verstrekker:${row.verstrekker}`,
      `ontvanger:${row.ontvanger}`,
      'soort:beslissing',
      ...termen,
    ],
  }))
  await query(
    `INSERT INTO console.transactie (log, idx, transactie, soort, tijd, dag, uur, verstrekker, ontvanger, machine,
       verzoek, redenen, grondslagen, velden, verstrekt, aantal, uitkomst, termen)
     SELECT $1, idx, transactie, 'beslissing', tijd, '2020-01-01', 0, verstrekker, ontvanger, false, verzoek, '{}', '{}',
       '{}', '{}', 1, uitkomst, termen
     FROM jsonb_to_recordset($2::jsonb) AS r(idx bigint, transactie uuid, tijd bigint, verstrekker text,
       ontvanger text, uitkomst text, verzoek uuid, termen text[])`,
    [log, JSON.stringify(full)],
  )
  await query('VACUUM ANALYZE console.transactie')
  return full
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Relation Name'?: string
  readonly Plans?: readonly Plan[]
}

/** The same slice, and how each search in the copy was done and how many of its rows it had to look at. */
export function watched(slice: SearchSlice) {
  const reads: { readonly way: string; readonly rows: number }[] = []
  const watch =
    (query: Query): Query =>
    async <Row>(text: string, values?: readonly unknown[]) => {
      if (text.includes('WITH')) {
        const [row] = await query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
          `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
          values,
        )
        for (const plan of row?.['QUERY PLAN'] ?? []) look(plan.Plan)
      }
      return await query<Row>(text, values)
    }
  const look = (plan: Plan) => {
    if (plan['Relation Name'] === 'transactie') {
      const each = [
        'Actual Rows',
        'Rows Removed by Filter',
        'Rows Removed by Index Recheck',
      ] as const
      const rows = each.reduce((sum, name) => sum + (plan[name] ?? 0), 0) * plan['Actual Loops']
      reads.push({ way: plan['Node Type'], rows })
    }
    for (const below of plan.Plans ?? []) look(below)
  }
  const { store } = slice
  const watchedStore: Store = {
    embedded: store.embedded,
    often: store.often,
    query: watch(store.query),
    transaction: (work, deadline) => store.transaction(query => work(watch(query)), deadline),
    [Symbol.asyncDispose]: async () => {},
  }
  return { slice: { ...slice, store: watchedStore, catchUp: async () => {} }, reads }
}
