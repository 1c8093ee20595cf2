// `sluis delivery …`: a partner hands in a file of lines; an operator sees how far files are. Numbers and states, never a person.
import { open, readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { type KeptFile, openFiles } from '../delivery/files.ts'
import { pace } from '../listen/deliveries.ts'
import type { LogName } from '../terms.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  iso,
  openOwnStore,
  readArguments,
  readLogName,
  UsageError,
} from './command.ts'
import { fetchMonth } from './fetch-month.ts'
import { openProgress } from './progress.ts'
import {
  exchange,
  GaveUp,
  type Measured,
  measureFile,
  Refused,
  type SentFile,
  sendFile,
  type Target,
} from './send-file.ts'

const of = '[--log gewoon|vertrouwelijk] [--json]'

export const commands: readonly Command[] = [
  {
    name: 'delivery send',
    usage:
      '<bestand.ndjson> --uitwisseling <id> --url <https://…> --cert <pem> --key <pem> --trust <pem> [--kenmerk <naam>] [--verslag <bestand>] [--geduld <seconden>] [--json]',
    run: send,
  },
  fetchMonth,
  { name: 'delivery list', usage: `[--uitwisseling <id>] ${of}`, run: list },
  { name: 'delivery show', usage: `<levering> [--volg] ${of}`, run: show },
]

const text = { type: 'string' } as const

/** The same file again is the same delivery: what arrived is not sent again, and what was decided stands. */
async function send(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    {
      ...{ uitwisseling: text, url: text, cert: text, key: text, trust: text },
      ...{ kenmerk: text, verslag: text, geduld: { ...text, default: '300' } },
    },
    1,
  )
  const [path] = positionals
  if (path === undefined) throw new UsageError('noem het bestand')
  const uitwisseling = given('uitwisseling', values.uitwisseling)
  const base = addressOf(given('url', values.url))
  if (!/^\d{1,6}$/.test(values.geduld)) throw new UsageError('--geduld is een aantal seconden')
  const pem = (name: 'cert' | 'key' | 'trust') => readFile(given(name, values[name]))
  const agent = new Agent({
    ...{ cert: await pem('cert'), key: await pem('key'), ca: await pem('trust') },
    ...{ keepAlive: true, maxSockets: 1 },
  })
  const file = await measureFile(path)
  const work = { label: uitwisseling, unit: 'regels', silent: values.json }
  using progress = openProgress(io, work)
  try {
    const sent = await sendFile({
      ...{ base, agent, uitwisseling, file, clock: io.clock },
      idempotencyKey: values.kenmerk ?? file.sha256,
      patienceMs: Number(values.geduld) * 1_000,
      onProgress: line => progress.at(line, file.regels),
      onBreak(why) {
        progress.clear()
        io.err(`onderbroken: ${why}; het gaat vanzelf verder\n`)
      },
    })
    progress.clear()
    const told = await readReport({ base, agent }, sent, values.verslag)
    return tellSent(io, sent, { told, file, json: values.json })
  } catch (error) {
    progress.clear()
    if (error instanceof Refused) return tellRefused(io, error, values.json)
    if (!(error instanceof GaveUp)) throw error
    throw new Error(`onderbroken: ${error.message}. Geef dezelfde opdracht: zij gaat verder.`)
  } finally {
    agent.destroy()
  }
}

function given(name: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw new UsageError(`--${name} ontbreekt`)
}

function addressOf(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base?.protocol === 'https:' && base.pathname === '/') return base
  throw new UsageError('--url is het adres van de gateway, zonder pad: https://naam:poort')
}

interface BadLine {
  readonly regel: number
  readonly uitkomst: string
  readonly redenen?: readonly { readonly code: string; readonly veld?: string }[]
  readonly fouten?: readonly { readonly pointer: string; readonly melding: string }[]
}

const shownLines = 20

/** The report goes to a file line by line as it comes; of the bad lines the first are shown. */
async function readReport(
  target: Target,
  { levering, regels }: SentFile,
  path: string | undefined,
): Promise<readonly BadLine[]> {
  const bad: BadLine[] = []
  if (path === undefined && regels.geweigerd + regels.onleesbaar === 0) return bad
  const call = { method: 'GET', path: `/v1/leveringen/${levering}/verslag` } as const
  await using file = path === undefined ? undefined : await open(path, 'w', 0o600)
  const input = await exchange(target, call)
  // Begun and read at once: lines that nobody waits for yet are lost.
  for await (const line of createInterface({ input })) {
    await file?.write(`${line}\n`)
    if (bad.length >= shownLines) continue
    const read: BadLine = JSON.parse(line)
    if (read.uitkomst !== 'aanvaard') bad.push(read)
  }
  return bad
}

function whyOf({ redenen = [], fouten = [] }: BadLine): string {
  return [
    ...redenen.map(({ code, veld }) => (veld === undefined ? code : `${code} (${veld})`)),
    ...fouten.map(({ pointer, melding }) => `${pointer || '/'}: ${melding}`),
  ].join('; ')
}

function tellSent(
  io: Io,
  sent: SentFile,
  { told, file, json }: { told: readonly BadLine[]; file: Measured; json: boolean | undefined },
): ExitCode {
  const { levering, regels } = sent
  const { aanvaard, geweigerd, onleesbaar, gemarkeerd } = regels
  const bad = geweigerd + onleesbaar
  if (json) io.out(`${JSON.stringify({ ...sent, sha256: file.sha256 })}\n`)
  else {
    for (const line of told) io.err(`regel ${line.regel}: ${line.uitkomst}: ${whyOf(line)}\n`)
    if (bad > told.length) io.err(`en nog ${bad - told.length}; zie --verslag\n`)
    const counts = `${aanvaard} aanvaard, ${geweigerd} geweigerd, ${onleesbaar} onleesbaar, ${gemarkeerd} gemarkeerd`
    io.out(`${levering}: afgerond, ${regels.gelezen} regels: ${counts}\n`)
  }
  return bad === 0 ? 0 : 1
}

/** The whole file was refused: nothing of it was read. */
function tellRefused(io: Io, { problem }: Refused, json: boolean | undefined): ExitCode {
  if (json) io.out(`${JSON.stringify(problem)}\n`)
  else {
    io.err(`${problem.title}: ${problem.detail ?? ''}\n`)
    const redenen = Array.isArray(problem.redenen) ? problem.redenen : []
    for (const { code, uitleg } of redenen) io.err(`- ${code}: ${uitleg}\n`)
  }
  return 1
}

async function list(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, { log: text, uitwisseling: text })
  const log = readLogName(values.log)
  await using store = await openOwnStore(io)
  const rows = await openFiles(store).newest(log, values.uitwisseling, 100)
  const told = rows.map(file => ({ ...brief(file), gewijzigd: iso(file.gewijzigd) }))
  const lines = told.map(
    ({ levering, uitwisseling, partij, richting, staat, gelezen, gewijzigd }) =>
      `${levering}  ${gewijzigd}  ${uitwisseling}  ${partij}  ${richting}  ${staat}  ${gelezen} regels`,
  )
  const none = 'Er zijn geen leveringen.'
  io.out(
    values.json ? `${JSON.stringify({ leveringen: told })}\n` : `${lines.join('\n') || none}\n`,
  )
  return 0
}

function brief({ levering, uitwisseling, partij, richting, staat, gelezen }: KeptFile) {
  return { levering, uitwisseling, partij, richting, staat, gelezen }
}

/** With --volg it waits until nobody reads it any more. */
async function show(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { log: text, volg: { type: 'boolean' } } as const
  const { values, positionals } = readArguments(args, options, 1)
  const [levering = ''] = positionals
  const log = readLogName(values.log)
  await using store = await openOwnStore(io)
  const files = openFiles(store)
  const find = async () => ofLog(await files.find(levering), log)
  let file = await find()
  if (values.volg && file) {
    const work = { label: file.uitwisseling, unit: 'regels', silent: values.json }
    using progress = openProgress(io, work, file.gelezen)
    while (file?.staat === 'in-behandeling') {
      progress.at(file.gelezen, totalOf(file))
      await wait(lookMs)
      file = await find()
    }
  }
  if (!file) {
    const uitleg = 'Deze levering staat niet in dit logboek.'
    if (values.json) io.out(`${JSON.stringify({ gevonden: false, uitleg })}\n`)
    else io.err(`${uitleg}\n`)
    return 1
  }
  const told = {
    ...brief(file),
    ...(await files.counts(levering)),
    bytes: file.bytes,
    ...(file.regelsTotaal !== null && { regelsTotaal: file.regelsTotaal }),
    ...(file.bytesTotaal !== null && { bytesTotaal: file.bytesTotaal }),
    ...pace(file, io.clock()),
    ...{ begonnen: iso(file.begonnen), gewijzigd: iso(file.gewijzigd) },
  }
  const lines = Object.entries(told).map(([name, value]) => `${name}: ${value}`)
  io.out(values.json ? `${JSON.stringify(told)}\n` : `${lines.join('\n')}\n`)
  return 0
}

const lookMs = 500

function ofLog(file: KeptFile | undefined, log: LogName): KeptFile | undefined {
  return file?.log === log ? file : undefined
}

/** Lines, estimated by bytes where only those are known. */
function totalOf({ gelezen, bytes, regelsTotaal, bytesTotaal }: KeptFile): number | undefined {
  if (regelsTotaal !== null) return regelsTotaal
  if (bytesTotaal === null || bytes === 0) return undefined
  return Math.round((gelezen / bytes) * bytesTotaal)
}
