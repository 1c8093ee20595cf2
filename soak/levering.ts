// Is every line of a large file accounted for, once, in constant memory, when the gateway is killed half way?
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { ClientRequest } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { prepare } from '../demo/prepare.ts'
import { logNames, readSigner } from '../gateway/audit/keys.ts'
import { verifyLog } from '../gateway/audit/verify.ts'
import { openStore, type Store } from '../gateway/store.ts'
import { type Answer, clientAgent, send } from '../test/support/gateway.ts'
import { addressesOf } from '../test/support/spawned.ts'
import { dice } from './random.ts'
import type { Report } from './report.ts'

export const exchange = 'kinderopvanguren-toeslagen'
const sender = 'kinderopvang-de-sluis'

export type Outcome = 'aanvaard' | 'geweigerd' | 'onleesbaar'

export interface Expected {
  readonly uitkomst: Outcome
  /** What the report must say of it. */
  readonly waarom?: RegExp
}

const persons = ['999990019', '999993653', '999992168', '999993549', '999998493', '999990160']
const person = (n: number) => persons[n % persons.length] ?? ''

function good(n: number) {
  return {
    betrokkene: { soort: 'bsn', waarde: person(n) },
    gegevens: {
      bsnKind: person(n + 1),
      lrkNummer: String(100_000_000_000 + (n % 1_000)).slice(0, 12),
      maand: '2026-10',
      urenAfgenomen: n % 200,
      gemiddeldUurtarief: 950,
      soortOpvang: 'DO',
    },
  }
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

interface BadKind extends Expected {
  readonly make: (n: number) => Buffer
}

/** Every way in which a line can be wrong. */
export const badKinds: Readonly<Record<string, BadKind>> = {
  rommel: { make: () => Buffer.from('dit is geen JSON'), uitkomst: 'onleesbaar', waarom: /JSON/ },
  leeg: { make: () => Buffer.of(), uitkomst: 'onleesbaar', waarom: /leeg/ },
  bytes: { make: () => Buffer.of(0xff, 0xfe, 0x00, 0x80), uitkomst: 'onleesbaar', waarom: /UTF-8/ },
  'halve UTF-8': {
    make: n => Buffer.concat([json(good(n)), Buffer.of(0xe2, 0x82)]),
    uitkomst: 'onleesbaar',
    waarom: /UTF-8/,
  },
  'te lang': {
    make: n => Buffer.concat([json(good(n)), Buffer.alloc(70_000, 0x20)]),
    uitkomst: 'onleesbaar',
    waarom: /langer dan 64 KiB/,
  },
  diep: {
    make: () => Buffer.from(`${'['.repeat(100)}${']'.repeat(100)}`),
    uitkomst: 'onleesbaar',
    waarom: /diep/,
  },
  dubbel: {
    make: () => Buffer.from('{"gegevens":{},"gegevens":{}}'),
    uitkomst: 'onleesbaar',
    waarom: /twee keer/,
  },
  'geen BSN': {
    make: n => json({ ...good(n), betrokkene: { soort: 'bsn', waarde: '123456789' } }),
    uitkomst: 'onleesbaar',
    waarom: /burgerservicenummer/,
  },
  'BSN als naam': {
    make: n => json({ ...good(n), [person(n)]: 1 }),
    uitkomst: 'onleesbaar',
    waarom: /niet bekend/,
  },
  'zonder gegevens': {
    make: n => json({ betrokkene: good(n).betrokkene }),
    uitkomst: 'onleesbaar',
    waarom: /verplicht/,
  },
  'verkeerd type': {
    make: n => json({ ...good(n), gegevens: { ...good(n).gegevens, urenAfgenomen: 'veel' } }),
    uitkomst: 'onleesbaar',
    waarom: /gegevens\/urenAfgenomen/,
  },
  'veld te veel': {
    make: n => json({ ...good(n), gegevens: { ...good(n).gegevens, notities: 'iets' } }),
    uitkomst: 'geweigerd',
    waarom: /VELD_NIET_TOEGESTAAN/,
  },
  'veld te weinig': {
    make: n => json({ betrokkene: good(n).betrokkene, gegevens: { maand: '2026-10' } }),
    uitkomst: 'geweigerd',
    waarom: /PARAMETER_ONTBREEKT/,
  },
  'andere ontvanger': {
    make: n => json({ ...good(n), ontvanger: '00000099000000001000' }),
    uitkomst: 'geweigerd',
    waarom: /ONTVANGER_NIET_BEVOEGD/,
  },
}

export interface FileOfLines {
  readonly bytes: number
  /** What must become of each line. */
  readonly expected: readonly Expected[]
  /** Its bytes from here on, a few lines at a time. */
  from(byte: number): Iterable<Buffer>
}

/** The same seed is the same file; it is never whole in memory. */
export function makeFile(lines: number, seed: number, badPart = 0.01): FileOfLines {
  const kinds = Object.values(badKinds)
  const accepted: Expected = { uitkomst: 'aanvaard' }
  function* all(): Generator<{ readonly line: Buffer; readonly expected: Expected }> {
    const die = dice(seed)
    for (let n = 0; n < lines; n += 1) {
      const bad = die.chance(badPart) ? die.pick(kinds) : undefined
      const text = bad ? bad.make(n) : json(good(n))
      const end = n < lines - 1 ? '\n' : ''
      yield { line: Buffer.concat([text, Buffer.from(end)]), expected: bad ?? accepted }
    }
  }
  const expected: Expected[] = []
  let bytes = 0
  for (const one of all()) {
    expected.push(one.expected)
    bytes += one.line.length
  }
  // A last line without any text is no line.
  return {
    bytes,
    expected,
    *from(byte) {
      let at = 0
      let pieces: Buffer[] = []
      let size = 0
      for (const { line } of all()) {
        const start = Math.max(0, byte - at)
        at += line.length
        if (start >= line.length) continue
        pieces.push(line.subarray(start))
        size += line.length - start
        if (size < 16_384) continue
        yield Buffer.concat(pieces)
        pieces = []
        size = 0
      }
      if (size > 0) yield Buffer.concat(pieces)
    },
  }
}

interface State {
  readonly levering: string
  readonly staat: string
  readonly regels: Readonly<Record<string, number>>
  readonly vervolg: { readonly byte: number; readonly regel: number }
}

export interface LeveringResult {
  readonly lines: number
  readonly bytes: number
  readonly seconds: number
  /** Highest resident memory of either life, in bytes. */
  readonly resident: number
  readonly killedAt: number
  readonly counts: Readonly<Record<string, number>>
  /** Everything that is not as it must be; empty when all is well. */
  readonly faults: readonly string[]
}

export interface LeveringOptions {
  readonly lines: number
  readonly seed: number
  /** Done once the first life is over, by who will not wait for its lease to end. */
  readonly impatient?: () => Promise<void>
}

export async function levering(
  { dir, url }: { readonly dir: string; readonly url: string },
  { lines, seed, impatient = async () => {} }: LeveringOptions,
  report: Report = () => {},
): Promise<LeveringResult> {
  const file = makeFile(lines, seed)
  const prepared = await prepare(
    {
      ...{ SLUIS_DATA_DIR: dir, DATABASE_URL: url, SLUIS_LOG_LEVEL: 'silent' },
      ...{ SLUIS_EXCHANGE_PORT: '0', SLUIS_PUBLIC_PORT: '0' },
      ...{ SLUIS_CONSOLE_PORT: '0', SLUIS_OPS_PORT: '0' },
    },
    async () => '{}\n',
  )
  const { settings, pkiDir } = prepared
  await prepared[Symbol.asyncDispose]()
  const begun = performance.now()
  let resident = 0
  let killedAt = 0
  let state: State | undefined
  for (const first of [true, false]) {
    await using life = await begin(settings, pkiDir)
    const watching = watch(life, file, first ? lines / 2 : undefined, report)
    const killed = watching.reached.then(at => {
      killedAt = at
      life.child.kill('SIGKILL')
    })
    for (let tries = 0; tries < 20 && state?.staat !== 'afgerond'; tries += 1) {
      const start = first ? 0 : (await ask(life, file)).vervolg.byte
      if (!first) report(`verder bij byte ${start} van ${file.bytes}`)
      const sent = ask(life, file, start).catch(error => {
        if (killedAt === 0) report(`afgebroken: ${error.message}`)
      })
      state = (await Promise.race([sent, killed])) ?? state
      if (first && killedAt > 0) break
    }
    watching.stop()
    resident = Math.max(resident, watching.resident())
    if (first) await impatient()
  }
  const seconds = (performance.now() - begun) / 1_000
  if (!state) throw new Error('the file never ended')
  await using store = await openStore({ url, dir, deadlineMs: 300_000 })
  await using last = await begin(settings, pkiDir)
  const faults = await judge(store, last, state, file)
  for (const log of logNames) {
    const verdict = await verifyLog(store.query, {
      ...{ log, known: readSigner(join(dir, 'keys'), log) },
    })
    if (!verdict.geldig) faults.push(JSON.stringify(verdict))
  }
  const { bytes } = file
  return { ...{ lines, bytes, seconds, resident, killedAt, faults }, counts: state.regels }
}

interface Life extends AsyncDisposable {
  readonly child: ChildProcess
  readonly port: number
  readonly pkiDir: string
}

/** As the image starts it (Dockerfile). */
const flags = ['--disable-sigusr1', '--max-semi-space-size=4', '--heap-growing-percent=20']

async function begin(settings: NodeJS.ProcessEnv, pkiDir: string): Promise<Life> {
  const serve = join(import.meta.dirname, '..', 'gateway', 'serve.ts')
  const child = spawn(execPath, [...flags, serve], {
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const addresses = await addressesOf(child)
  return {
    child,
    pkiDir,
    port: Number(new URL(addresses.get('exchange') ?? '').port),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Looks at its memory and its progress; `reached` is when so many lines have their outcome. */
function watch(
  { child, port, pkiDir }: Life,
  file: FileOfLines,
  until: number | undefined,
  report: Report,
) {
  const agent = clientAgent(pkiDir, sender)
  const { promise: reached, resolve } = Promise.withResolvers<number>()
  let resident = 0
  let going = true
  const look = async () => {
    while (going) {
      resident = Math.max(resident, highest(child.pid))
      const path = `/v1/uitwisselingen/${exchange}/leveringen`
      const range = { 'Content-Range': `bytes */${file.bytes}`, 'Idempotency-Key': 'groot' }
      const answer = await send(agent, port, { path, method: 'POST', headers: range }).catch(
        () => undefined,
      )
      const gelezen = answer?.status === 202 ? stateOf(answer).regels.gelezen : undefined
      if (gelezen !== undefined) report.at?.(gelezen, file.expected.length)
      if (until !== undefined && gelezen !== undefined && gelezen >= until) {
        resident = Math.max(resident, highest(child.pid))
        resolve(gelezen)
        return
      }
      await wait(200)
    }
  }
  const looking = look()
  return {
    reached,
    resident: () => resident,
    stop() {
      going = false
      looking.finally(() => agent.destroy()).catch(() => {})
    },
  }
}

/** VmHWM: the most that was ever resident, as the kernel counts it; what is read is in KiB. */
function highest(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024
  } catch {
    return 0 // it is gone
  }
}

function stateOf({ text }: Pick<Answer, 'text'>): State {
  return JSON.parse(text)
}

/** Sends the file from a byte on, or only asks where to go on; waits while another reader still holds it. */
async function ask(life: Life, file: FileOfLines, start?: number): Promise<State> {
  const { bytes } = file
  const range = start === undefined ? `bytes */${bytes}` : `bytes ${start}-${bytes - 1}/${bytes}`
  for (;;) {
    const answer = await post(life, start === undefined ? [] : file.from(start), {
      ...{ 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': 'groot' },
      ...{ 'Content-Range': range, 'Content-Length': String(bytes - (start ?? bytes)) },
    })
    if (answer.status === 202) return stateOf(answer)
    if (answer.status !== 503) throw new Error(answer.text)
    await wait(1_000)
  }
}

function post(
  { port, pkiDir }: Pick<Life, 'port' | 'pkiDir'>,
  body: Iterable<Buffer>,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly text: string }> {
  const agent = clientAgent(pkiDir, sender)
  const path = `/v1/uitwisselingen/${exchange}/leveringen`
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const out = request(
      { agent, host: 'localhost', port, path, method: 'POST', headers },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk)).on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        )
      },
    ).on('error', reject)
    const write = async () => {
      for (const piece of body) {
        if (out.destroyed || out.closed) return
        if (!out.write(piece)) await room(out)
      }
      out.end()
    }
    write().catch(reject)
  }).finally(() => agent.destroy())
}

/** Until it takes more, or is gone. */
async function room(out: ClientRequest): Promise<void> {
  await new Promise<void>(resolve => {
    const done = () => {
      out.off('drain', done).off('close', done)
      resolve()
    }
    out.on('drain', done).on('close', done)
  })
}

interface Told {
  readonly regel: number
  readonly uitkomst: Outcome
  readonly transactie: string
}

/** The report against what the file was made of, and the log against the report. */
async function judge(
  store: Store,
  { port, pkiDir }: Life,
  { levering }: State,
  { expected }: FileOfLines,
): Promise<string[]> {
  const faults: string[] = []
  const told = new Map<number, Told>()
  for await (const line of reportOf(port, pkiDir, levering)) {
    const one: Told = JSON.parse(line)
    const { uitkomst, waarom } = expected[one.regel - 1] ?? {}
    if (told.has(one.regel)) faults.push(`regel ${one.regel} staat twee keer in het verslag`)
    told.set(one.regel, one)
    if (one.uitkomst !== uitkomst) faults.push(`regel ${one.regel}: ${line}`)
    if (waarom && !waarom.test(line)) faults.push(`regel ${one.regel} zegt niet waarom: ${line}`)
    if (persons.some(number => line.includes(number))) faults.push(`regel ${one.regel}: een BSN`)
  }
  if (told.size !== expected.length) faults.push(`het verslag heeft ${told.size} regels`)
  const records = await store.query<{ regel: number; soort: string; transactie: string }>(
    `select (tekst::jsonb ->> 'regel')::int as regel, soort, transactie::text from audit.leaf
     where tekst like '%"levering":"' || $1 || '"%"regel":%' order by idx`,
    [levering],
  )
  const seen = new Set<number>()
  const kinds = { aanvaard: 'aanvaarding', geweigerd: 'beslissing', onleesbaar: 'afwijzing' }
  for (const { regel, soort, transactie } of records) {
    const one = told.get(regel)
    if (seen.has(regel)) faults.push(`regel ${regel} staat twee keer in het logboek`)
    seen.add(regel)
    if (one?.transactie !== transactie || kinds[one.uitkomst] !== soort) {
      faults.push(`regel ${regel}: logboek en verslag verschillen`)
    }
  }
  if (seen.size !== expected.length) faults.push(`het logboek heeft ${seen.size} regels`)
  const messages = await store.query<{ bericht: string }>(
    'select bericht::text from delivery.bericht where uitwisseling = $1',
    [exchange],
  )
  const accepted = [...told.values()].filter(({ uitkomst }) => uitkomst === 'aanvaard')
  const kept = new Set(messages.map(({ bericht }) => bericht))
  if (messages.length !== accepted.length) faults.push(`er wachten ${messages.length} berichten`)
  for (const { regel, transactie } of accepted) {
    if (!kept.has(transactie)) faults.push(`regel ${regel} wacht op niemand`)
  }
  return faults
}

async function* reportOf(port: number, pkiDir: string, levering: string): AsyncGenerator<string> {
  const agent = clientAgent(pkiDir, sender)
  const path = `/v1/leveringen/${levering}/verslag`
  const out = request({ agent, host: 'localhost', port, path }).end()
  const [response] = await once(out, 'response')
  yield* createInterface({ input: response })
  agent.destroy()
}
