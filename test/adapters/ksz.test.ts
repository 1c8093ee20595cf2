import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adapter } from '../../adapters/ksz/adapter.ts'
import { inszOf } from '../../adapters/ksz/persons.ts'
import { startSimulator } from '../../adapters/ksz/simulator.ts'
import type { OutboundReply, SourceAnswer, SourceLater } from '../../gateway/adapter.ts'
import { noLines, openClient, server, sourceOin } from './bench.ts'

type Given = SourceAnswer | SourceLater
interface Asking {
  answer(question: object, signal: AbortSignal): Promise<Given>
}

const worker = '999990019'
const noon = Date.parse('2026-11-22T12:00:00Z')

function question(change: object = {}) {
  return {
    transactie: crypto.randomUUID(),
    trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    ontvanger: '00000099000000001000',
    doel: { id: 'bijstand-inkomsten-belgie', omschrijving: 'Vaststellen of er inkomsten zijn' },
    grondslagen: [{ id: 'verdrag-nl-be-2010', regeling: 'Verdrag', artikel: 'niet nagekeken' }],
    gegevensset: 'ksz-inkomsten',
    ...person(worker),
    velden: ['heeftInkomstenInPeriode'],
    periode: { van: '2026-07-01', totEnMet: '2026-09-30' },
    peildatum: '2026-09-30',
    ...change,
  }
}

function person(bsn: string, insz = inszOf[bsn] ?? '01410199885') {
  return {
    betrokkene: { soort: 'bsn', waarde: bsn },
    buitenlands: { land: 'BE', soort: 'insz', waarde: insz },
  }
}

/** A simulated Belgium with a clock of its own, and the adapter that asks it over mutual TLS. */
async function belgium(delayMs = 0) {
  await using stack = new AsyncDisposableStack()
  let now = noon
  const clock = () => now
  const simulator = stack.use(await startSimulator({ ...server('ksz'), port: 0, clock, delayMs }))
  const client = stack.use(openClient())
  const settings = { url: simulator.url, oin: sourceOin('ksz') }
  const source: Asking = await adapter.connect(settings, {
    clock,
    request: client.request,
    lines: client.lines,
  })
  const ask = (change: object = {}) => source.answer(question(change), AbortSignal.timeout(5_000))
  const open = stack.move()
  return {
    simulator,
    ask,
    pass: (ms: number) => {
      now += ms
    },
    async taken(change: object = {}) {
      const given = await ask(change)
      assert.ok(given.resultaat === 'volgt')
      return { ...change, kenmerk: given.kenmerk }
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

test('Belgium takes the question, is busy for as long as it says, and answers then', async () => {
  const day = 24 * 3600_000
  await using bench = await belgium(30 * day)
  const first = await bench.ask()
  assert.ok(first.resultaat === 'volgt')
  assert.equal(first.opnieuwNa, 86_400)
  const { kenmerk } = first
  bench.pass(30 * day - 500)
  assert.deepEqual(await bench.ask({ kenmerk }), { resultaat: 'volgt', kenmerk, opnieuwNa: 1 })
  bench.pass(500)
  const answer = await bench.ask({ kenmerk })
  assert.ok(answer.resultaat === 'gegevens')
  assert.equal(answer.betrokkene, worker)
  assert.equal(answer.rijen.length, 4)
  // However often it is fetched, it is one question.
  assert.deepEqual(await bench.ask({ kenmerk }), answer)
  assert.deepEqual([...bench.simulator.questions().values()], [1])
})

test('every outcome is told apart, for every service', async () => {
  await using bench = await belgium()
  for (const [bsn, outcome] of [
    [worker, 'gegevens'],
    ['999993549', 'gegevens'],
    ['999990160', 'gegevens'],
    ['999990238', 'nietBeschikbaar'],
    ['999990342', 'geweigerd'],
    ['111222333', 'geenGegevens'],
  ] as const) {
    for (const gegevensset of adapter.datasets) {
      const given = await bench.ask(await bench.taken({ ...person(bsn), gegevensset }))
      assert.equal(given.resultaat, outcome, `${gegevensset} ${bsn}`)
      const died = given.resultaat === 'gegevens' ? given.overleden : undefined
      assert.equal(died, bsn === '999990160' ? '2026-08-14' : undefined)
    }
  }
})

test('two numbers that each exist and are not of one person are nobody', async () => {
  await using bench = await belgium()
  for (const pair of [person(worker, '93051822361'), person('999993549', '85073003328')]) {
    const given = await bench.ask(await bench.taken(pair))
    assert.equal(given.resultaat, 'geenGegevens')
  }
})

test('a question without both numbers does not leave, and names neither', async () => {
  await using bench = await belgium()
  for (const change of [
    { betrokkene: undefined },
    { buitenlands: undefined },
    { buitenlands: { land: 'LU', soort: 'matricule', waarde: '1893120105732' } },
    { buitenlands: { land: 'BE', soort: 'niss', waarde: '85073003328' } },
  ]) {
    await assert.rejects(bench.ask(change), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'source-refused')
      assert.doesNotMatch(error.message, /\d{4}/)
      return true
    })
  }
  assert.equal(bench.simulator.requests(), 0)
})

test('asking again by the ticket says nothing about the person', async () => {
  await using bench = await belgium(60_000)
  await bench.ask(await bench.taken())
  const { headers, body } = bench.simulator.last() ?? {}
  assert.doesNotMatch(`${JSON.stringify(headers)} ${body}`, /999990019|85073003328/)
  assert.match(body ?? '', /^<\?xml[^>]*><Navraag /)
})

test('a ticket that Belgium forgot, as after a restart, is asked anew and answered', async () => {
  await using bench = await belgium()
  const before = await bench.taken()
  bench.simulator.forget()
  const again = await bench.ask(before)
  assert.ok(again.resultaat === 'volgt')
  assert.notEqual(again.kenmerk, before.kenmerk)
  assert.equal((await bench.ask({ kenmerk: again.kenmerk })).resultaat, 'gegevens')
  assert.deepEqual([...bench.simulator.questions().values()], [1, 1])
})

test('the same transaction put twice has one ticket, and is counted as put twice', async () => {
  await using bench = await belgium(60_000)
  const transactie = crypto.randomUUID()
  const [one, other] = [await bench.taken({ transactie }), await bench.taken({ transactie })]
  assert.equal(one.kenmerk, other.kenmerk)
  assert.equal(bench.simulator.questions().get(transactie), 2)
})

test('attempts of one request have one ticket, whatever their transaction; two requests have two', async () => {
  await using bench = await belgium(60_000)
  const [aflevering, another] = [crypto.randomUUID(), crypto.randomUUID()]
  const attempt = (of: string) => bench.taken({ transactie: crypto.randomUUID(), aflevering: of })
  const [one, again, other] = [
    await attempt(aflevering),
    await attempt(aflevering),
    await attempt(another),
  ]
  assert.equal(one.kenmerk, again.kenmerk)
  assert.notEqual(one.kenmerk, other.kenmerk)
})

test('an answer by the ticket of another question is about another person', async () => {
  await using bench = await belgium()
  const { kenmerk } = await bench.taken({ ...person('999993549') })
  await assert.rejects(bench.ask({ kenmerk }), { code: 'source-malformed' })
})

test('an answer of another service is none', async () => {
  await using bench = await belgium()
  const { kenmerk } = await bench.taken({ gegevensset: 'ksz-woonplaats' })
  await assert.rejects(bench.ask({ kenmerk }), { code: 'source-malformed' })
})

test('Retry-After is taken as seconds or as a date, bounded, and ignored when it is neither', async () => {
  const waits = async (value: string | undefined) => {
    const reply: OutboundReply = {
      status: 503,
      headers: value === undefined ? {} : { 'retry-after': value },
      body: Buffer.alloc(0),
    }
    const settings = { url: 'https://bron.invalid/', oin: 'x' }
    const tools = { clock: () => noon, request: async () => reply, lines: noLines }
    const source: Asking = await adapter.connect(settings, tools)
    try {
      await source.answer(question(), AbortSignal.timeout(1_000))
    } catch (error) {
      return (error as { retryAfter?: number }).retryAfter
    }
    assert.fail('answered')
  }
  assert.equal(await waits('0'), 0)
  assert.equal(await waits('120'), 120)
  assert.equal(await waits('999999999'), 30 * 24 * 3600)
  assert.equal(await waits('Sun, 22 Nov 2026 12:02:00 GMT'), 120)
  assert.equal(await waits('Sun, 22 Nov 2026 11:00:00 GMT'), 0)
  for (const value of [
    undefined,
    '',
    '-1',
    '1.5',
    'straks',
    '2026-11-22T13:00:00Z',
    '9'.repeat(40),
  ]) {
    assert.equal(await waits(value), undefined, value)
  }
})
