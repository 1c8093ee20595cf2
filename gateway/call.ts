// Which call is this? A transaction id and a trace of its own for everything that arrives.
import { randomFillSync } from 'node:crypto'
import type { Call, Trace } from './terms.ts'

/** Random bytes are drawn in pages: a system call per id costs more than the id. */
const page = Buffer.alloc(4096)
let used = page.length

function random(bytes: number): Buffer {
  if (used + bytes > page.length) {
    randomFillSync(page)
    used = 0
  }
  used += bytes
  return page.subarray(used - bytes, used)
}

/** RFC 9562 §5.7: 48 bits of milliseconds, version, 74 random bits. */
export function uuidv7(now: number): string {
  const hex = now.toString(16).padStart(12, '0')
  const tail = random(10).toString('hex')
  const variant = '89ab'[Number.parseInt(tail[4]!, 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${tail.slice(1, 4)}-${variant}${tail.slice(5, 8)}-${tail.slice(8)}`
}

/**
 * W3C Trace Context: the caller's trace is continued, its span becomes the parent; never sampled away.
 * Ids are stored and passed on, so one that may hold a person's number restarts the trace, which a
 * gate may do ("Mutating the traceparent field"); of honest ids one in two hundred looks like that.
 */
export function readTrace(traceparent: string | undefined): Trace {
  const spanId = random(8).toString('hex')
  const given = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent ?? '')
  const [, traceId, ouderSpanId] = given ?? []
  const absent = !traceId || !ouderSpanId || /^(ff|.*-0{32}-|.*-0{16}-)/.test(traceparent ?? '')
  if (absent || mayHoldBsn(traceId) || mayHoldBsn(ouderSpanId)) {
    return { traceId: random(16).toString('hex'), spanId }
  }
  return { traceId, spanId, ouderSpanId }
}

/** All digits, or nine in a row that pass the elfproef (Besluit BSN, bijlage). */
function mayHoldBsn(hex: string): boolean {
  if (/^\d+$/.test(hex)) return true
  return (hex.match(/\d+/g) ?? []).some(run => {
    if (run.length !== 9) return false
    let sum = -Number(run[8])
    for (let at = 0; at < 8; at++) sum += (9 - at) * Number(run[at])
    return sum % 11 === 0
  })
}

/** The traceparent of a call we make ourselves on behalf of this one: same trace, a span below ours. */
export function childTraceparent(trace: Trace): string {
  return `00-${trace.traceId}-${random(8).toString('hex')}-01`
}

export function newCall(now: number, traceparent?: string): Call {
  return { transactie: uuidv7(now), trace: readTrace(traceparent), tijd: now }
}
