// What stands in the log, and what did the gateway count? Read beside the gateway, never through it.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import type { LogRecord } from '../../gateway/audit/log-record.ts'
import type { Store } from '../../gateway/store.ts'
import type { Answer } from './gateway.ts'

export type Leaf = LogRecord & { readonly log: string; readonly idx: number }

/** The leaves that name this transaction, in order. */
export async function leavesOf(store: Store, transactie: string): Promise<Leaf[]> {
  const rows = await store.query<{ log: string; idx: number; tekst: string }>(
    'SELECT log, idx, tekst FROM audit.leaf WHERE transactie = $1 ORDER BY idx',
    [transactie],
  )
  return rows.map(({ log, idx, tekst }) => ({ log, idx, ...JSON.parse(tekst) }))
}

/** Everything of a log after this index, in order. */
export async function leavesAfter(store: Store, idx: number, log = 'gewoon'): Promise<Leaf[]> {
  const rows = await store.query<{ idx: number; tekst: string }>(
    'SELECT idx, tekst FROM audit.leaf WHERE log = $1 AND idx > $2 ORDER BY idx',
    [log, idx],
  )
  return rows.map(row => ({ log, idx: row.idx, ...JSON.parse(row.tekst) }))
}

export async function lastIndex(store: Store, log = 'gewoon'): Promise<number> {
  const [row] = await store.query<{ idx: number | null }>(
    'SELECT max(idx) AS idx FROM audit.leaf WHERE log = $1',
    [log],
  )
  return row?.idx ?? -1
}

/** LDV D3, D4: an action has a span of its own, below one that stands in the log too or that a caller brought. */
export function assertSpans(leaves: readonly Leaf[], brought: readonly string[] = []): void {
  const spans = new Map(leaves.map(leaf => [leaf.spanId, leaf]))
  const doubles = leaves.filter(leaf => spans.get(leaf.spanId) !== leaf)
  assert.deepEqual(doubles, [], 'a span names two records')
  const orphans = leaves.filter(({ ouderSpanId: parent, traceId }) => {
    if (parent === undefined || brought.includes(parent)) return false
    return spans.get(parent)?.traceId !== traceId
  })
  assert.deepEqual(orphans, [], 'a record stands below none')
}

export function transactionOf(answer: Answer): string {
  return answer.body.transactie ?? answer.body.instance.slice('urn:uuid:'.length)
}

/** One sample of /metrics; 0 while it was never counted. */
export async function metric(ops: string, sample: string): Promise<number> {
  const text = await (await fetch(`${ops}/metrics`)).text()
  const line = text.split('\n').find(each => each.startsWith(`${sample} `))
  return line === undefined ? 0 : Number(line.slice(sample.length + 1))
}

export function alarms(ops: string, alarm: string): Promise<number> {
  return metric(ops, `sluis_alarm_total{alarm="${alarm}"}`)
}

/** Waits for what must come; what does not come within the limit, long for a busy machine, fails the test by name. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = 60_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`in vain: ${what}`)
    await wait(10)
  }
}
