// Which call is this? A transaction id and a trace of its own for everything that arrives.
import { randomFillSync } from 'node:crypto'
import type { Call, Trace, TraceHeaders } from './terms.ts'

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

/** Version 00 is exactly this long; a later one may say more behind a dash (W3C Trace Context §4). */
const context = /^(?!ff|00.{54})[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

/**
 * W3C Trace Context: the caller's trace is continued, its span becomes the parent; never sampled away.
 * Ids are stored and passed on, so one that may hold a person's number restarts the trace, which a
 * gate may do ("Mutating the traceparent field"); of honest ids one in two hundred looks like that.
 */
export function readTrace(traceparent = '', tracestate = ''): Trace {
  const spanId = random(8).toString('hex')
  const [, traceId = '', ouderSpanId = '', flags = ''] = context.exec(traceparent) ?? []
  // Digits alone: zeros say "none", and any other could be somebody's number.
  if ([traceId, ouderSpanId].some(id => /^\d*$/.test(id) || holdsBsn(id))) {
    return { traceId: random(16).toString('hex'), spanId }
  }
  return { traceId, spanId, ouderSpanId, flags, ...(isState(tracestate) && { tracestate }) }
}

const member = /^[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/

/** §3.3: what has another form, or may hold a person's number, is dropped whole. */
function isState(tracestate: string): boolean {
  const members = tracestate.split(',')
  return (
    tracestate.length <= 512 &&
    members.length <= 32 &&
    members.every(each => member.test(each.trim())) &&
    !holdsBsn(tracestate)
  )
}

/** Nine digits in a row that pass the elfproef (Besluit BSN, bijlage). */
function holdsBsn(text: string): boolean {
  return (text.match(/\d+/g) ?? []).some(run => {
    if (run.length !== 9) return false
    let sum = -Number(run[8])
    for (let at = 0; at < 8; at++) sum += (9 - at) * Number(run[at])
    return sum % 11 === 0
  })
}

/** For a call we make ourselves on behalf of this one: same trace and flags, a span below ours. */
export function childTrace({ traceId, flags = '01', tracestate }: Trace): TraceHeaders {
  // We speak version 00, which knows two flags: sampled, and random (level 2).
  const known = (Number.parseInt(flags, 16) & 3).toString(16).padStart(2, '0')
  const traceparent = `00-${traceId}-${random(8).toString('hex')}-${known}`
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
}

/** A call of our own on behalf of another: a transaction of its own, in that trace, its span below that one. */
export function childCall({ trace }: Pick<Call, 'trace'>, now: number): Call {
  const { transactie, trace: fresh } = newCall(now)
  return {
    transactie,
    tijd: now,
    trace: { ...trace, spanId: fresh.spanId, ouderSpanId: trace.spanId },
  }
}

/** A step of ours that follows from that call: a transaction of its own, whose record takes a span below that one. */
export function stepCall({ trace }: Pick<Call, 'trace'>, now: number, verzoek: string): Call {
  return { transactie: uuidv7(now), trace, tijd: now, verzoek }
}

export function newCall(now: number, traceparent?: string, tracestate?: string): Call {
  return { transactie: uuidv7(now), trace: readTrace(traceparent, tracestate), tijd: now }
}
