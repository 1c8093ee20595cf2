// Is the law as data sound, and what would it say? `policy check` and `policy explain`.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPolicyDir, readProfile } from '../config.ts'
import { advise, day } from '../policy/advise.ts'
import { decide } from '../policy/decide.ts'
import { explain, uitlegMetArtikel } from '../policy/explain.ts'
import { weigh } from '../policy/handed.ts'
import { type Arrangement, type PolicyFault, PolicyFaults, type PolicySet } from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import { limits } from '../policy/limits.ts'
import { loadPolicies } from '../policy/load.ts'
import { canProvide, isHandedOver, isSystematic } from '../policy/provider.ts'
import { question } from '../policy/question.ts'
import { readFileLine, readQuery } from '../schema.ts'
import type { Facts, Moment, Party, PurposeRequest, RequestBody, Step } from '../terms.ts'
import { approveLaw } from './approve-law.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  readArguments,
  readMoment,
  UsageError,
} from './command.ts'
import { replay } from './replay.ts'

export const commands: readonly Command[] = [
  { name: 'policy check', usage: '[map] [--json]', run: check },
  {
    name: 'policy explain',
    usage:
      '<uitwisseling> --request <bestand.json> [--as <oin>] [--stap bestand|correctie|terugmelding] [--feiten <bestand.json>] [--at <moment>] [--verzoek] [--ondertekend] [--json]',
    run: explainQuestion,
  },
  replay,
  approveLaw,
]

async function check(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, {}, 1)
  const dir = positionals[0] ?? readPolicyDir(io.env)
  try {
    const law = await loadPolicies(dir, readProfile(io.env))
    const overdue = reviews(law, io.clock())
    const { digest, files } = law
    const gevallen = [...law.gevallen.values()].flat().length
    if (values.json) {
      const result = { geldig: true, digest, bestanden: files.length, gevallen }
      io.out(`${JSON.stringify({ ...result, fouten: [], waarschuwingen: overdue })}\n`)
      return 0
    }
    for (const one of overdue) io.err(`waarschuwing: ${one}\n`)
    io.out(`Het beleid klopt: ${files.length} bestanden, ${gevallen} gevallen.\n${digest}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error
    if (values.json) io.out(`${JSON.stringify({ geldig: false, fouten: error.faults })}\n`)
    else for (const one of error.faults) io.err(`${await shown(dir, one)}\n`)
    return 1
  }
}

/** As a compiler shows it: the place, what is wrong, the line with a mark under it, and what would be right. */
async function shown(dir: string, one: PolicyFault): Promise<string> {
  const { file, line, column, message, juist } = one
  const text = await readFile(join(dir, file), 'utf8').catch(() => '')
  const source = text.split('\n')[line - 1] ?? ''
  const { begin, part } = window(source, column)
  return [
    `${file}:${line}:${column}: ${message}`,
    ...(part.trim() === '' ? [] : [`  ${part}`, `  ${' '.repeat(column - 1 - begin)}^`]),
    ...(juist === undefined ? [] : [`  wel goed: ${juist}`]),
  ].join('\n')
}

const widest = 100

/** As much of a long line as shows where it goes wrong. */
function window(source: string, column: number): { begin: number; part: string } {
  const begin = source.length <= widest ? 0 : Math.max(0, column - 1 - widest / 2)
  return { begin, part: source.slice(begin, begin + widest) }
}

function reviews(law: PolicySet, now: Moment): string[] {
  const today = legalDate(now)
  return [...law.uitwisselingen.values()].flatMap(({ id, dpia }) =>
    dpia !== undefined && dpia.herzienOp < today
      ? [`${id}: ${dpia.referentie} moest op ${dpia.herzienOp} worden herzien`]
      : [],
  )
}

async function explainQuestion(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    {
      request: { type: 'string' },
      as: { type: 'string' },
      stap: { type: 'string' },
      feiten: { type: 'string' },
      at: { type: 'string' },
      verzoek: { type: 'boolean' },
      ondertekend: { type: 'boolean' },
    },
    1,
  )
  const uitwisseling = positionals[0]
  if (uitwisseling === undefined) throw new UsageError('noem de uitwisseling')
  if (values.request === undefined) throw new UsageError('--request ontbreekt')
  const now = values.at === undefined ? io.clock() : readMoment('at', values.at)
  const law = await loadPolicies(readPolicyDir(io.env), readProfile(io.env))
  const arrangement = law.uitwisselingen.get(uitwisseling)
  const stap = readStep(values.stap)
  const handed = arrangement !== undefined && isHandedOver({ ...(stap && { stap }) }, arrangement)
  const party = asker(values.as, arrangement, handed, law)
  const line = stap !== undefined || (arrangement !== undefined && isSystematic(arrangement))
  const body = await (line ? readLine : readRequest)(values.request, io)
  const facts = values.feiten === undefined ? nothingOpen : await readFacts(values.feiten, io)
  if (!body || !facts) return 1
  const asked: PurposeRequest = {
    ...ask(uitwisseling, party, stap === 'bestand' ? { ...body, velden: [] } : body, now),
    ...(stap ? { stap } : line && { levering: { levering: '', regel: 1 } }),
    ...(values.verzoek && { verzoek: '' }),
  }
  const request = values.ondertekend ? { ...asked, handtekening: true as const } : asked
  const weighed = arrangement ? weigh(asked, arrangement, law, now) : {}
  const decision = decide(question(request, law), { ...weighed, ...facts }, law, now)
  if (values.json) {
    const { redenen, ...rest } = decision
    const told = redenen.map(reason => ({
      ...reason,
      uitleg: uitlegMetArtikel(reason, law, decision.beleid.id),
      advies: advise(reason, law, decision),
    }))
    io.out(`${JSON.stringify({ ...rest, redenen: told })}\n`)
  } else {
    io.out(`Vraag van ${party.naam} op ${inWords(now)}\n${explain(decision, law)}\n`)
  }
  return decision.uitkomst === 'toegestaan' ? 0 : 1
}

/** "15-9-2026 om 12:00 uur", as it is in Amsterdam. */
function inWords(now: Moment): string {
  const time = { timeZone: 'Europe/Amsterdam', hour: '2-digit', minute: '2-digit' } as const
  return `${day(legalDate(now))} om ${new Date(now).toLocaleTimeString('nl-NL', time)} uur`
}

const nothingOpen: Facts = { treden: [], noodrem: [] }

const steps: readonly Step[] = ['bestand', 'correctie', 'terugmelding']

function readStep(text: string | undefined): Step | undefined {
  const found = steps.find(one => one === text)
  if (text !== undefined && !found) throw new UsageError(`--stap is een van: ${steps.join(', ')}`)
  return found
}

/** Without --as: who hands over, or the first active party of the kind this exchange is for. */
function asker(
  as: string | undefined,
  arrangement: Arrangement | undefined,
  handed: boolean,
  law: PolicySet,
): Party {
  const soort = arrangement?.ontvangers.soort
  const oin = as ?? (arrangement && handed ? providing(arrangement, law) : undefined)
  const parties = [...law.partijen.values()]
  const party =
    oin === undefined
      ? (parties.find(one => one.soort === soort && one.status === 'actief') ?? parties[0])
      : law.partijen.get(oin)
  if (!party) throw new UsageError('--as is van geen partij in dit beleid')
  return party
}

/** Who would hand over: of a kind, the first active party of it. */
function providing({ verstrekker }: Arrangement, { partijen }: PolicySet): string | undefined {
  return [...partijen.values()].find(
    party => party.status === 'actief' && canProvide(verstrekker, party),
  )?.oin
}

async function readRequest(file: string, io: Io): Promise<RequestBody | undefined> {
  const read = readQuery(await readJson(file))
  if ('velden' in read) return read
  for (const { pointer, melding } of read) io.err(`${pointer || '/'}: ${melding}\n`)
  return undefined
}

/** A line as it stands in a file: what is handed over is what is offered, by a machine unless it says otherwise. */
async function readLine(file: string, io: Io): Promise<RequestBody | undefined> {
  const read = readFileLine(await readJson(file))
  if ('gegevens' in read) {
    const velden = read.velden ?? Object.keys(read.gegevens)
    return { ...(!read.medewerker && { systeemproces: 'levering' }), ...read, velden }
  }
  for (const { pointer, melding } of read) io.err(`${pointer || '/'}: ${melding}\n`)
  return undefined
}

/** @returns undefined for text that is no JSON: that is judged, not fatal */
async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function readFacts(file: string, io: Io): Promise<Facts | undefined> {
  const value = await readJson(file)
  if (!isRecord(value)) {
    io.err('/: feiten zijn een object, bijvoorbeeld { "treden": [], "zaakrelatie": "bekend" }\n')
    return undefined
  }
  const wrong = Object.entries(value).filter(([name, fact]) => !(factShapes[name]?.(fact) ?? false))
  for (const [name] of wrong) io.err(`/${name}: de feiten kennen dit niet, of niet in deze vorm\n`)
  return wrong.length > 0 ? undefined : { ...nothingOpen, ...value }
}

/** What a fact may be, by its name. */
const factShapes: Readonly<Record<string, (fact: unknown) => boolean>> = {
  treden: isTexts,
  noodrem: isTexts,
  gebruik: fact =>
    isRecord(fact) &&
    Object.entries(fact).every(
      ([name, count]) =>
        limits.some(({ use }) => use === name) && Number.isSafeInteger(count) && Number(count) >= 0,
    ),
  zaakrelatie: fact => ['bekend', 'nieuw', 'anders'].includes(String(fact)),
  ontsnapping: fact => ['gebruikt', 'te-laat'].includes(String(fact)),
  goedkeuringen: fact =>
    Array.isArray(fact) &&
    fact.every(one => isRecord(one) && isTexts([one.functie]) && Number.isSafeInteger(one.tot)),
  fasen: isTexts,
  functies: isTexts,
  afgeschermd: fact => typeof fact === 'boolean',
  verhinderd: fact => typeof fact === 'boolean',
  eerder: fact => typeof fact === 'boolean',
  weging: fact =>
    isRecord(fact) &&
    [true, false, null].some(one => one === fact.voldoet) &&
    typeof fact.boete === 'boolean',
} satisfies { [K in keyof Facts]-?: (fact: unknown) => boolean }

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

/** The same `question` the gateway makes; a dry run has no connection and no certificate. */
function ask(uitwisseling: string, party: Party, body: RequestBody, tijd: Moment): PurposeRequest {
  const identity = { oin: party.oin, naam: party.naam, thumbprint: '', chain: [], validUntil: 0 }
  return {
    transactie: '',
    trace: { traceId: '', spanId: '' },
    tijd,
    peer: { party, identity },
    uitwisseling,
    body,
  }
}
