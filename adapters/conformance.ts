// Does an adapter keep its contract? One suite over any adapter and its simulator.
import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { inspect } from 'node:util'
import {
  type Adapter,
  type OutboundCall,
  type SourceAnswer,
  SourceError,
  type SourceLater,
  type SourceQuestion,
  type Tools,
} from '../gateway/adapter.ts'
import type { ForeignId } from '../gateway/terms.ts'

/** An adapter with what the suite needs of its folder. */
export interface Asking {
  readonly adapter: Adapter
  /** Which of its datasets is asked for; absent: its first. */
  readonly gegevensset?: string
  /** Directory of its `*.json` cases. */
  readonly cases: string
  readonly simulator: () => Promise<SimulatorModule>
}

/** An adapter that is asked nothing and only brings: its checks are about that. */
export interface Delivering {
  readonly adapter: Adapter
  readonly gegevensset?: undefined
  readonly checks: (options: ConformanceOptions) => Promise<readonly Check[]>
}

export type Shipped = Asking | Delivering

export interface SimulatorModule {
  startSimulator(options: SimulatorOptions): Promise<Simulator>
  /** Every way to go wrong, with what the adapter must make of it. */
  readonly behaviours: Readonly<Record<string, { readonly expect: Expectation }>>
  /** A person it has incomes of, and one it has never heard of. */
  readonly known: string
  readonly unknown: string
  /** The number of this person abroad, for a source that is asked by both. */
  readonly buitenlands?: (bsn: string) => ForeignId
}

export interface SimulatorOptions {
  readonly port: number
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  readonly clock: () => number
}

export interface Simulator extends AsyncDisposable {
  readonly url: string
  misbehave(behaviour: string): void
  requests(): number
  connections(): Promise<number>
  last(): { readonly headers: IncomingHttpHeaders; readonly body: string } | undefined
}

/** `drift`: names that the error must carry. `cutOff`: only the caller's time limit ends it. */
export interface Expectation {
  readonly fails?: SourceError['code']
  readonly drift?: readonly string[]
  /** Seconds that the error must say to wait. */
  readonly retryAfter?: number
  readonly cutOff?: boolean
  /** `volgt`: however often it is asked. */
  readonly result?: Given['resultaat']
  readonly quality?: SourceAnswer['herkomst']['kwaliteit']
}

type Given = SourceAnswer | SourceLater

/** A simulator only, so no decision and no record: the one place where a question has no permit. */
type Question = Omit<SourceQuestion, 'permitted'>
interface OpenSource extends AsyncDisposable {
  answer(question: Question, signal: AbortSignal): Promise<Given>
}

/** A client of the gateway, as an adapter is lent it. */
export type Client = Pick<Tools, 'request' | 'lines'> & AsyncDisposable

export interface ConformanceOptions {
  /** PEM of the simulated server, and the directory of anchors it accepts clients from. */
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  /** OIN in that certificate. */
  readonly oin: string
  /** Opens a client of the gateway: each check has its own, and closes it. */
  readonly openClient: () => Client
  readonly clock: () => number
}

export interface Check {
  readonly name: string
  readonly run: () => Promise<void>
}

const patienceMs = 5_000
const cutOffMs = 300
/** A simulator answers at once or at the second question; what a third does not bring stays away. */
const mostQuestions = 4

/** Every check of this adapter; each starts and stops everything it uses. */
export async function conformance(shipped: Shipped, options: ConformanceOptions): Promise<Check[]> {
  if ('checks' in shipped) return [...(await shipped.checks(options))]
  const { adapter } = shipped
  const { behaviours, known, unknown } = await shipped.simulator()
  const within = <T>(work: (bench: Bench) => Promise<T>) => withBench(shipped, options, work)
  return [
    {
      name: 'de instellingen hebben een schema dat onbekende namen weigert',
      run: async () => deepStrictEqual(settingsRules(adapter), ['object', false]),
    },
    {
      name: 'iemand die de bron niet kent geeft geenGegevens',
      run: () =>
        within(async bench => {
          const answer = await bench.ask({ bsn: unknown })
          strictEqual(answer.resultaat, 'geenGegevens')
        }),
    },
    {
      name: 'de bron krijgt transactie, trace, ontvanger en doel, en niets over de medewerker',
      run: () => within(bench => verifyTold(bench, known)),
    },
    {
      name: 'wie later antwoordt geeft een kenmerk, en antwoordt op dat kenmerk alleen',
      run: () => within(bench => verifyLater(bench, known)),
    },
    ...Object.entries(behaviours).map(([name, { expect }]) => ({
      name: `gedrag ${name}`,
      run: () => within(bench => verifyBehaviour(bench, name, expect, known)),
    })),
    {
      name: 'een afgebroken vraag eindigt meteen',
      run: () => within(bench => verifyAbort(bench, known)),
    },
    {
      name: 'een bron met een ander OIN krijgt de vraag niet',
      run: () => within(bench => verifyOtherServer(bench, shipped, options, known)),
    },
    {
      name: 'na het sluiten is er geen verbinding meer open',
      run: () => verifyClosed(shipped, options, known),
    },
    ...(await caseChecks(shipped)),
  ]
}

interface Bench {
  readonly simulator: Simulator
  readonly calls: OutboundCall[]
  /** One question, and what comes of it at once. */
  readonly put: (wish: Wish) => Promise<Given>
  /** Asked again by its ticket, until there is an answer or it stays away. */
  readonly ask: (wish: Wish) => Promise<Given>
  /** How often the adapter was asked. */
  readonly asked: () => number
}

interface Wish {
  readonly bsn: string
  readonly signal?: AbortSignal
  readonly kenmerk?: string
}

async function withBench<T>(
  shipped: Asking,
  options: ConformanceOptions,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { startSimulator } = await shipped.simulator()
  await using simulator = await startSimulator({ ...options, port: 0 })
  await using client = options.openClient()
  const calls: OutboundCall[] = []
  await using source = await connect(shipped.adapter, simulator.url, options, {
    lines: client.lines,
    request: call => {
      calls.push(call)
      return client.request(call)
    },
  })
  let asked = 0
  async function put({ bsn, kenmerk, signal = AbortSignal.timeout(patienceMs) }: Wish) {
    asked += 1
    const question = await questionOf(shipped, bsn, options.clock())
    return await source.answer(kenmerk === undefined ? question : { ...question, kenmerk }, signal)
  }
  async function ask(wish: Wish): Promise<Given> {
    let given = await put(wish)
    for (let times = 1; given.resultaat === 'volgt' && times < mostQuestions; times += 1) {
      given = await put({ ...wish, kenmerk: given.kenmerk })
    }
    return given
  }
  return await work({ simulator, calls, put, ask, asked: () => asked })
}

function connect(
  adapter: Adapter,
  url: string,
  options: ConformanceOptions,
  { request, lines }: Pick<Tools, 'request' | 'lines'>,
): Promise<OpenSource> {
  return adapter.connect({ url, oin: options.oin }, { request, lines, clock: options.clock })
}

async function questionOf(shipped: Asking, bsn: string, now: number): Promise<Question> {
  const { buitenlands } = await shipped.simulator()
  const question = questionAbout(shipped, bsn, now)
  return buitenlands ? { ...question, buitenlands: buitenlands(bsn) } : question
}

function questionAbout({ adapter, gegevensset }: Asking, bsn: string, now: number): Question {
  const day = (monthsAgo: number, date: number) => {
    const today = new Date(now)
    const time = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - monthsAgo, date)
    return new Date(time).toISOString().slice(0, 10)
  }
  return {
    transactie: crypto.randomUUID(),
    trace: {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'congo=t61rcWkgMzE',
    },
    ontvanger: '00000099000000001000',
    doel: { id: 'conformiteit', omschrijving: 'Nagaan of de adapter zijn contract houdt' },
    grondslagen: [{ id: 'pw-64-1-b', regeling: 'Participatiewet', artikel: '64' }],
    gegevensset: gegevensset ?? adapter.datasets[0] ?? '',
    betrokkene: { soort: 'bsn', waarde: bsn },
    velden: ['loonSv'],
    periode: { van: day(4, 1), totEnMet: day(1, 0) },
    peildatum: day(1, 0),
  }
}

function settingsRules(adapter: Adapter): readonly unknown[] {
  const rules = new Map<string, unknown>(Object.entries(adapter.settings))
  return [rules.get('type'), rules.get('additionalProperties')]
}

async function verifyTold(bench: Bench, known: string): Promise<void> {
  await bench.put({ bsn: known })
  strictEqual(bench.simulator.requests(), 1)
  const sent = bench.simulator.last()
  const head = JSON.stringify(sent?.headers ?? {})
  for (const wanted of [
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'congo=t61rcWkgMzE',
    '00000099000000001000',
    'conformiteit',
  ]) {
    ok(head.includes(wanted), 'een kop ontbreekt bij de bron')
  }
  ok(!head.includes(known), 'de kop bevat het BSN')
  ok(!bench.calls.some(call => call.url.includes(known)), 'het adres bevat het BSN')
  ok(sent?.body.includes(known), 'de vraag bevat het BSN niet')
}

/** What the core keeps of it must fit where it is kept, and say when to come back. */
async function verifyLater(bench: Bench, known: string): Promise<void> {
  const first = await bench.put({ bsn: known })
  if (first.resultaat !== 'volgt') return
  ok(/^[!-~]{1,200}$/.test(first.kenmerk), 'het kenmerk is geen korte ASCII-tekst')
  ok(
    Number.isSafeInteger(first.opnieuwNa) && first.opnieuwNa > 0,
    'opnieuwNa is geen aantal seconden',
  )
  const head = JSON.stringify(first)
  ok(!head.includes(known), 'het kenmerk bevat het BSN')
  const { kenmerk } = first
  const second = await bench.put({ bsn: known, kenmerk })
  strictEqual(second.resultaat, 'gegevens')
  ok(!bench.calls.some(call => call.url.includes(kenmerk)), 'het adres bevat het kenmerk')
  const other = await bench.put({ bsn: known })
  ok(other.resultaat === 'volgt' && other.kenmerk !== kenmerk, 'twee vragen delen een kenmerk')
}

async function verifyBehaviour(
  bench: Bench,
  name: string,
  expect: Expectation,
  known: string,
): Promise<void> {
  bench.simulator.misbehave(name)
  const limit = expect.cutOff ? cutOffMs : patienceMs
  const asked = bench.ask({ bsn: known, signal: AbortSignal.timeout(limit) })
  if (expect.fails === undefined) {
    const answer = await asked
    strictEqual(answer.resultaat, expect.result)
    if (answer.resultaat === 'volgt') return
    if (expect.quality) strictEqual(answer.herkomst.kwaliteit, expect.quality)
    if (answer.resultaat === 'gegevens') strictEqual(answer.betrokkene, known)
    return
  }
  await rejects(asked, error => {
    ok(error instanceof SourceError, 'een bron mag alleen met SourceError falen')
    strictEqual(error.code, expect.fails)
    deepStrictEqual(error.drift.toSorted(), (expect.drift ?? []).toSorted())
    if (expect.retryAfter) strictEqual(error.retryAfter, expect.retryAfter)
    verifySilent(error)
    return true
  })
  strictEqual(bench.simulator.requests(), bench.asked(), 'een adapter probeert niet opnieuw')
}

/** No value of the answer may be found in the error, however deep one looks. */
function verifySilent(error: SourceError): void {
  const seen = `${inspect(error, { depth: 8, showHidden: true })} ${error.drift.join(' ')}`
  const told = seen.replaceAll(/\n[ \t]+at .*/g, '')
  ok(!/[0-9]{6}/.test(told), 'de fouttekst bevat een nummer')
  ok(
    !/B\.V\.|Waterstad|Havenstraat|Verzonnen|P652/.test(told),
    'de fouttekst bevat een gegeven uit het antwoord',
  )
}

async function verifyAbort(bench: Bench, known: string): Promise<void> {
  bench.simulator.misbehave('stil')
  const stop = new AbortController()
  const asked = bench.ask({ bsn: known, signal: stop.signal })
  asked.catch(() => {})
  const deadline = AbortSignal.timeout(patienceMs)
  while (bench.simulator.requests() === 0 && !deadline.aborted) await nextTurn()
  stop.abort()
  const aborted = performance.now()
  await rejects(asked, { name: 'SourceError', code: 'source-unavailable' })
  ok(performance.now() - aborted < 1_000, 'afbreken duurde te lang')
}

async function verifyOtherServer(
  bench: Bench,
  shipped: Asking,
  options: ConformanceOptions,
  known: string,
): Promise<void> {
  await using client = options.openClient()
  const other = { ...options, oin: options.oin.replace(/.{4}$/, '9999') }
  await using source = await connect(shipped.adapter, bench.simulator.url, other, client)
  const question = await questionOf(shipped, known, options.clock())
  await rejects(source.answer(question, AbortSignal.timeout(patienceMs)), {
    name: 'SourceError',
    code: 'source-malformed',
  })
  strictEqual(bench.simulator.requests(), 0)
}

async function verifyClosed(
  shipped: Asking,
  options: ConformanceOptions,
  known: string,
): Promise<void> {
  const { startSimulator } = await shipped.simulator()
  await using simulator = await startSimulator({ ...options, port: 0 })
  {
    await using client = options.openClient()
    await using source = await connect(shipped.adapter, simulator.url, options, client)
    const question = await questionOf(shipped, known, options.clock())
    await source.answer(question, AbortSignal.timeout(patienceMs))
    strictEqual(await simulator.connections(), 1)
  }
  const deadline = AbortSignal.timeout(patienceMs)
  while ((await simulator.connections()) > 0 && !deadline.aborted) await nextTurn()
  strictEqual(await simulator.connections(), 0)
}

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve))

/** `cases/*.json`: question, clock, the source's own bytes, and what must come of them. */
async function caseChecks(shipped: Asking): Promise<Check[]> {
  const names = (await readdir(shipped.cases)).filter(name => name.endsWith('.json')).sort()
  if (names.length === 0) throw new Error(`adapter ${shipped.adapter.name} heeft geen cases`)
  return names.map(name => ({
    name: `geval ${name.replace('.json', '')}`,
    run: async () =>
      verifyCase(shipped, JSON.parse(await readFile(join(shipped.cases, name), 'utf8'))),
  }))
}

interface Case {
  readonly nu: string
  readonly vraag: Partial<Question>
  readonly verstuurd: readonly string[]
  readonly bron: {
    readonly status: number
    readonly soort: string
    readonly tekst: string | readonly string[]
  }
  readonly antwoord?: Given
  readonly fout?: { readonly code: SourceError['code']; readonly drift?: readonly string[] }
}

async function verifyCase(shipped: Asking, given: Case): Promise<void> {
  const { tekst, status, soort } = given.bron
  let sent = ''
  const source: OpenSource = await shipped.adapter.connect(
    { url: 'https://bron.invalid/', oin: '00000099000000004000' },
    {
      clock: () => Date.parse(given.nu),
      lines: () => {
        throw new Error('een geval heeft geen bestand')
      },
      request: async call => {
        sent = call.body ?? ''
        const body = Buffer.from(typeof tekst === 'string' ? tekst : tekst.join('\n'))
        return { status, headers: { 'content-type': soort }, body }
      },
    },
  )
  const question = { ...questionAbout(shipped, '999990019', Date.parse(given.nu)), ...given.vraag }
  const asked = source.answer(question, AbortSignal.timeout(patienceMs))
  if (given.fout) {
    const { code, drift = [] } = given.fout
    await rejects(asked, { name: 'SourceError', code, drift })
  } else deepStrictEqual(await asked, given.antwoord)
  for (const part of given.verstuurd) ok(sent.includes(part), 'de verstuurde vraag mist een deel')
  await source[Symbol.asyncDispose]()
}
