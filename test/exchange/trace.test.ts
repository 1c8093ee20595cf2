import assert from 'node:assert/strict'
import { test } from 'node:test'
import { childTrace, readTrace } from '../../gateway/call.ts'
import { goodBody, testGateway } from '../support/gateway.ts'
import { leavesOf, transactionOf } from '../support/log.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const given = `00-${traceId}-${spanId}-01`
const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'

/** What a caller sends → the flags that go on; null when the trace begins anew. */
const traceparents: readonly (readonly [string, string | undefined, string | null])[] = [
  ['a sampled trace', given, '01'],
  ['a trace that is not sampled', given.replace(/01$/, '00'), '00'],
  ['a sampled trace with random ids', given.replace(/01$/, '03'), '03'],
  ['flags that version 00 does not know', given.replace(/01$/, 'fd'), '01'],
  ['a later version', given.replace(/^00/, '01'), '01'],
  ['a later version that says more', `${given.replace(/^00/, 'cc')}-meer`, '01'],
  ['nothing', undefined, null],
  ['an empty header', '', null],
  ['version ff', given.replace(/^00/, 'ff'), null],
  ['version 00 that says more', `${given}-meer`, null],
  ['version 00 with a dash behind', `${given}-`, null],
  ['a later version without a dash before more', `${given.replace(/^00/, 'cc')}meer`, null],
  ['capitals', given.toUpperCase(), null],
  ['a trace of zeros', given.replace(traceId, '0'.repeat(32)), null],
  ['a span of zeros', given.replace(spanId, '0'.repeat(16)), null],
  ['a short trace', given.replace(traceId, traceId.slice(1)), null],
  ['a long span', given.replace(spanId, `${spanId}0`), null],
  ['no flags', given.slice(0, -3), null],
  ['one digit of flags', given.slice(0, -1), null],
  ['letters that are no hex', given.replace('0af', '0ag'), null],
  ['blanks around', ` ${given} `, null],
  ['two in one', `${given}, ${given}`, null],
  ['a number of a person in the trace', given.replace(traceId, `${'a'.repeat(23)}999990019`), null],
  ['a number of a person in the span', given.replace(spanId, `abcdefa999990019`), null],
  ['digits alone', given.replace(spanId, '1234567890123456'), null],
]

for (const [what, traceparent, flags] of traceparents) {
  const goes = flags === null ? 'begins a trace of our own' : 'is continued by a span of our own'
  test(`${what} ${goes}`, () => {
    const trace = readTrace(traceparent, 'a=b')
    const child = childTrace(trace)
    const [version, id, span, sent] = child.traceparent.split('-')
    assert.equal(version, '00')
    assert.equal(id, trace.traceId)
    assert.match(span ?? '', /^[0-9a-f]{16}$/)
    assert.ok(span !== trace.spanId && span !== spanId, 'a span below ours')
    assert.equal(sent, flags ?? '01')
    assert.equal(trace.ouderSpanId, flags === null ? undefined : spanId)
    assert.equal(trace.traceId === traceId, flags !== null)
    assert.equal(child.tracestate, flags === null ? undefined : 'a=b', 'the state goes with it')
  })
}

const states: readonly (readonly [string, string, boolean])[] = [
  ['one member', 'rojo=00f067aa0ba902b7', true],
  ['two members', 'rojo=00f067aa0ba902b7, congo=t61rcWkgMzE', true],
  ['a tenant', 'fw529a3039@dt=FfffffffK;1', true],
  ['32 members', Array.from({ length: 32 }, (_, n) => `a${n}=1`).join(), true],
  ['33 members', Array.from({ length: 33 }, (_, n) => `a${n}=1`).join(), false],
  ['512 characters', `a=${'b'.repeat(255)},c=${'d'.repeat(252)}`, true],
  ['513 characters', `a=${'b'.repeat(255)},c=${'d'.repeat(253)}`, false],
  ['a key without value', 'rojo', false],
  ['a key in capitals', 'Rojo=1', false],
  ['a line break', 'rojo=1\r\nx: y', false],
  ['letters beyond ASCII', 'rojo=é', false],
  ['a number of a person', 'rojo=999990019', false],
  ['a number of a person between others', 'congo=1,rojo=a-999990019-b', false],
]

for (const [what, tracestate, travels] of states) {
  test(`a state with ${what} ${travels ? 'travels on as it came' : 'is dropped whole'}`, () => {
    const { tracestate: sent } = childTrace(readTrace(given, tracestate))
    assert.equal(sent, travels ? tracestate : undefined)
  })
}

test('a source is asked in the trace of the caller, and the record names both spans', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const ask = async (headers: Record<string, string>) => {
    const answer = await gateway.ask('gemeente-waterstad', { path, body: goodBody(), headers })
    assert.equal(answer.status, 200, answer.text)
    const leaves = await leavesOf(store, transactionOf(answer))
    const told = gateway.demo.uwv.last()?.headers ?? {}
    return { told, decision: leaves[0], text: JSON.stringify(leaves) }
  }
  const continued = await ask({
    traceparent: given.replace(/01$/, '00'),
    tracestate: 'congo=t61rcWkgMzE',
  })
  assert.equal(continued.decision?.traceId, traceId)
  assert.equal(continued.decision?.ouderSpanId, spanId)
  const sent = String(continued.told.traceparent)
  assert.match(sent, new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
  assert.ok(!sent.includes(spanId) && !sent.includes(continued.decision?.spanId ?? ''))
  assert.equal(continued.told.tracestate, 'congo=t61rcWkgMzE')
  assert.ok(!continued.text.includes('congo'), 'a state is never kept')

  const anew = await ask({ traceparent: 'onzin', tracestate: 'congo=t61rcWkgMzE' })
  const own = anew.decision?.traceId ?? ''
  assert.match(own, /^[0-9a-f]{32}$/)
  assert.notEqual(own, traceId)
  assert.equal(anew.decision?.ouderSpanId, undefined)
  assert.match(String(anew.told.traceparent), new RegExp(`^00-${own}-[0-9a-f]{16}-01$`))
  assert.equal(anew.told.tracestate, undefined)
})
