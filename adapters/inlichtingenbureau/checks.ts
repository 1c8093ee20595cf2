// Are files read as agreed? The checks of this adapter over its own simulator, for the suite of all adapters.
import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { inspect } from 'node:util'
import {
  type FileLine,
  type FilesQuestion,
  SourceError,
  type SourceFile,
  type Tools,
} from '../../gateway/adapter.ts'
import { adapter } from './adapter.ts'
import { type Behaviour, behaviours, type Expectation } from './behaviours.ts'
import { nieuweInkomsten, waterstad } from './month.ts'
import { type Simulator, startSimulator } from './simulator.ts'

export interface CheckOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  readonly oin: string
  readonly openClient: () => Pick<Tools, 'request' | 'lines'> & AsyncDisposable
  readonly clock: () => number
}

/** A simulator only, so no decision and no record: the one place where a question has no permit. */
type Question = Omit<FilesQuestion, 'permitted'>
interface Holder {
  readonly houder: string
  list(question: Question, signal: AbortSignal): Promise<readonly SourceFile[] | undefined>
  read(
    question: Question & { bestand: SourceFile; vanaf: { byte: number; regel: number } },
    signal: AbortSignal,
  ): AsyncIterable<FileLine>
}

const patienceMs = 5_000
const cutOffMs = 300
const question: Question = {
  transactie: '0198c0de-0000-7000-8000-000000000001',
  trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  doel: { id: 'conformiteit', omschrijving: 'Nagaan of de adapter zijn contract houdt' },
  grondslagen: [],
  gegevensset: 'ib-nieuwe-inkomsten',
  uitwisseling: nieuweInkomsten,
  periode: '2026-10',
}
/** What Waterstad does not know of its three; it knows of one, and of somebody without a hit. */
const unknown = ['999990019', '999993653']
const silent = ['999992168', '999990160']

export async function checks(options: CheckOptions) {
  const within = async (work: (bench: Bench) => Promise<void>) => {
    await using bench = await openBench(options)
    await work(bench)
  }
  return [
    {
      name: 'alleen wat de ontvanger nog niet weet komt eruit, op volgorde en met zijn plaats',
      run: () => within(verifyDifference),
    },
    {
      name: 'elk byte is een plaats om verder te gaan, en er komt niets dubbel of te weinig',
      run: () => within(verifyResume),
    },
    {
      name: 'de bron krijgt transactie, trace en doel, en geen nummer',
      run: () => within(verifyTold),
    },
    { name: 'er wordt niets gevraagd over een persoon', run: () => within(verifyNoAnswer) },
    { name: 'een bron met een ander OIN krijgt geen vraag', run: () => verifyOther(options) },
    { name: 'wie stopt met lezen laat geen verbinding open', run: () => within(verifyStop) },
    ...Object.entries<{ readonly expect: Expectation }>(behaviours).map(([name, { expect }]) => ({
      name: `gedrag ${name}`,
      run: () => within(bench => verifyBehaviour(bench, name as Behaviour, expect)),
    })),
  ]
}

async function verifyDifference({ read }: Bench): Promise<void> {
  const lines: FileLine[] = []
  await read(lines)
  deepStrictEqual(
    lines.map(({ betrokkene, ontvanger, na }) => [betrokkene.waarde, ontvanger, na.regel]),
    unknown.map((nummer, at) => [nummer, waterstad, at === 0 ? 1 : 3]),
  )
}

async function verifyResume({ read }: Bench): Promise<void> {
  const whole: FileLine[] = []
  await read(whole)
  for (const [at, { na }] of whole.entries()) {
    const rest: FileLine[] = []
    await read(rest, na)
    deepStrictEqual(rest, whole.slice(at + 1))
  }
}

async function verifyTold({ read, simulator }: Bench): Promise<void> {
  await read([])
  strictEqual(simulator.asked().length, 3)
  for (const { path, headers } of simulator.asked()) {
    strictEqual(headers.traceparent, question.trace.traceparent)
    strictEqual(headers['sluis-transactie'], question.transactie)
    strictEqual(headers['sluis-doel'], question.doel.id)
    const told = `${path} ${JSON.stringify(headers)}`
    ok(![...unknown, ...silent].some(nummer => told.includes(nummer)), 'de vraag noemt iemand')
  }
}

async function verifyNoAnswer({ source, simulator }: Bench): Promise<void> {
  await rejects(source.answer(), { name: 'SourceError', code: 'source-refused' })
  strictEqual(simulator.asked().length, 0)
}

async function verifyOther(options: CheckOptions): Promise<void> {
  await using bench = await openBench({ ...options, oin: options.oin.replace(/.{4}$/, '9999') })
  await rejects(bench.read([]), { code: 'source-malformed' })
  strictEqual(bench.simulator.asked().length, 0)
}

async function verifyStop({ holder, simulator }: Bench): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs)
  const [bestand] = (await holder.list(question, signal)) ?? []
  ok(bestand)
  simulator.misbehave('stil-halverwege')
  for await (const _ of holder.read({ ...question, bestand, vanaf }, signal)) break
  // One may be kept for the next question; the two that were being read are gone.
  while ((await simulator.connections()) > 1) {
    ok(!signal.aborted, 'er blijft een verbinding open')
    await new Promise(resolve => setImmediate(resolve))
  }
}

async function verifyBehaviour(
  { simulator, read }: Bench,
  name: Behaviour,
  { fails, drift, retryAfter, cutOff, lines }: Expectation,
): Promise<void> {
  simulator.misbehave(name)
  const got: FileLine[] = []
  const reading = read(got, vanaf, AbortSignal.timeout(cutOff ? cutOffMs : patienceMs))
  if (fails === undefined) await reading
  else {
    await rejects(reading, error => {
      ok(error instanceof SourceError, 'een bron mag alleen met SourceError falen')
      deepStrictEqual([error.code, error.retryAfter], [fails, retryAfter])
      deepStrictEqual(error.drift, drift === undefined ? [] : [drift])
      const told = inspect(error, { depth: 8, showHidden: true }).replaceAll(/\n[ \t]+at .*/g, '')
      ok(!/[0-9]{6}/.test(told), 'de fouttekst bevat een nummer')
      ok(!/B\.V\.|Verzonnen|Voorbeeld/.test(told), 'de fouttekst bevat een gegeven')
      return true
    })
  }
  if (lines !== undefined) strictEqual(got.length, lines)
  const numbers = got.map(({ betrokkene }) => betrokkene.waarde)
  ok(
    !numbers.some(nummer => silent.includes(nummer)),
    'wie bekend is of geen treffer heeft komt eruit',
  )
}

const vanaf = { byte: 0, regel: 0 }

type Bench = Awaited<ReturnType<typeof openBench>>

async function openBench(options: CheckOptions) {
  const simulator: Simulator = await startSimulator({ ...options, port: 0 })
  const client = options.openClient()
  const source = await adapter.connect(
    { url: simulator.url, oin: options.oin },
    { request: client.request, lines: client.lines, clock: options.clock },
  )
  const holder: Holder = source.bestanden
  return {
    simulator,
    source,
    holder,
    /** Fills `lines` as they come, also when the reading fails. */
    async read(lines: FileLine[], from = vanaf, signal = AbortSignal.timeout(patienceMs)) {
      const files = await holder.list(question, signal)
      const bestand = files?.find(({ ontvanger }) => ontvanger === waterstad)
      if (!bestand) return
      for await (const line of holder.read({ ...question, bestand, vanaf: from }, signal)) {
        lines.push(line)
      }
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]()
      await client[Symbol.asyncDispose]()
      await simulator[Symbol.asyncDispose]()
    },
  }
}
