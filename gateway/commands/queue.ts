// `sluis queue …`: where do requests stand, and what may go on? Numbers and states, never a person.
import { openAudit } from '../audit/commit.ts'
import { recordStep } from '../audit/record-request.ts'
import { readKeysDir, readPolicyDir, readProfile, readStorePlace } from '../config.ts'
import { pausedQueues, pauseQueue, queueLines, resumeQueue } from '../delivery/overview.ts'
import { confidentialQueue, type KeptRequest, openRequests, stepRow } from '../delivery/requests.ts'
import { ownCall } from '../kept.ts'
import { loadPolicies } from '../policy/load.ts'
import type { Store } from '../store.ts'
import type { LogName } from '../terms.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  iso,
  openOwnStore,
  readArguments,
  UsageError,
} from './command.ts'

const of = '[--log gewoon|vertrouwelijk] [--json]'

export const commands: readonly Command[] = [
  { name: 'queue list', usage: of, run: list },
  { name: 'queue show', usage: `<verzoek> ${of}`, run: show },
  { name: 'queue replay', usage: `<verzoek> ${of}`, run: replay },
  {
    name: 'queue pause',
    usage: `<oin van de partner> ${of}`,
    run: (args, io) => halt(args, io, true),
  },
  {
    name: 'queue resume',
    usage: `<oin van de partner> ${of}`,
    run: (args, io) => halt(args, io, false),
  },
]

async function list(args: readonly string[], io: Io): Promise<ExitCode> {
  const { log, json } = read(args, 0)
  await using store = await openOwnStore(io)
  const regels = await queueLines(store, log)
  const gepauzeerd = (await pausedQueues(store)).filter(
    wachtrij => (wachtrij === confidentialQueue) === (log === 'vertrouwelijk'),
  )
  const told = regels.map(regel => ({ ...regel, oudste: iso(regel.oudste) }))
  const lines = told.map(
    ({ wachtrij, staat, aantal, oudste, gepauzeerd }) =>
      `${wachtrij}  ${staat}  ${aantal}  oudste ${oudste}${gepauzeerd ? '  gepauzeerd' : ''}`,
  )
  const text = lines.length > 0 ? lines.join('\n') : 'Er zijn geen verzoeken.'
  io.out(json ? `${JSON.stringify({ regels: told, gepauzeerd })}\n` : `${text}\n`)
  return 0
}

async function show(args: readonly string[], io: Io): Promise<ExitCode> {
  const { log, json, word } = read(args, 1)
  await using store = await openOwnStore(io)
  const row = await find(store, word, log)
  if (!row) return no(io, json, 'Dit verzoek staat niet in dit logboek.')
  const told = {
    verzoek: row.verzoek,
    uitwisseling: row.uitwisseling,
    partij: row.partij,
    wachtrij: row.wachtrij,
    staat: row.staat,
    ...(row.reden !== null && { reden: row.reden }),
    pogingen: row.pogingen,
    aangenomen: iso(row.aangenomen),
    uiterlijk: iso(row.uiterlijk),
    ...(row.vanaf !== null && { volgende: iso(row.vanaf) }),
    ...(row.bewarenTot !== null && { bewarenTot: iso(row.bewarenTot) }),
  }
  const lines = Object.entries(told).map(([name, value]) => `${name}: ${value}`)
  io.out(json ? `${JSON.stringify(told)}\n` : `${lines.join('\n')}\n`)
  return 0
}

/** A dead letter goes back to the beginning; the worker decides it again under the law of that moment. */
async function replay(args: readonly string[], io: Io): Promise<ExitCode> {
  const { log, json, word } = read(args, 1)
  await using store = await openOwnStore(io)
  const row = await find(store, word, log)
  if (!row) return no(io, json, 'Dit verzoek staat niet in dit logboek.')
  const now = io.clock()
  if (row.staat !== 'mislukt') return no(io, json, `Dit verzoek is ${row.staat}, niet mislukt.`)
  if (row.verzegeld === null || row.uiterlijk <= now)
    return no(io, json, 'De termijn van dit verzoek is voorbij. Het kan niet opnieuw.')
  const { dataDir } = readStorePlace(io.env)
  const keysDir = readKeysDir(io.env)
  await using audit = await openAudit({ store, keysDir, stateDir: dataDir, clock: io.clock })
  const call = ownCall(row, undefined, now)
  await recordStep(audit, call, {
    ...{ soort: 'herplaatsing', uitkomst: 'aanvaard', log, uitwisseling: row.uitwisseling },
    ontvanger: row.partij,
    rijen: [stepRow(row, call.transactie, { staat: 'aanvaard', vanaf: now, pogingen: 0 })],
  })
  // Crash here: it is recorded and due; whoever asks again finds it no longer failed.
  const placed = await find(store, word, log)
  if (placed?.staat === 'mislukt') return no(io, json, 'Dit verzoek werd intussen veranderd.')
  const text = 'Het verzoek staat weer in de wachtrij. Er wordt opnieuw over beslist.'
  io.out(json ? `${JSON.stringify({ verzoek: row.verzoek, staat: 'aanvaard' })}\n` : `${text}\n`)
  return 0
}

/** In the database, so that it holds for every process, and after a restart. */
async function halt(args: readonly string[], io: Io, stop: boolean): Promise<ExitCode> {
  const { log, json, word } = read(args, 1)
  if (log === 'gewoon') await mustBeKnown(io, word)
  else if (word !== confidentialQueue)
    throw new UsageError(`de vertrouwelijke wachtrij heet ${confidentialQueue}`)
  await using store = await openOwnStore(io)
  const changed = stop ? await pauseQueue(store, word, io.clock()) : await resumeQueue(store, word)
  const state = stop ? 'staat stil' : 'loopt'
  const text = changed ? `De wachtrij ${word} ${state}.` : `De wachtrij ${word} ${state} al.`
  io.out(
    json
      ? `${JSON.stringify({ wachtrij: word, gepauzeerd: stop, gewijzigd: changed })}\n`
      : `${text}\n`,
  )
  return 0
}

/** A confidential party is as unknown here as one that is not there. */
async function mustBeKnown(io: Io, word: string): Promise<void> {
  const { partijen } = await loadPolicies(readPolicyDir(io.env), readProfile(io.env))
  const known = partijen.get(word)
  if (!known || known.vertrouwelijk) throw new UsageError('dat is geen OIN van een partner')
}

interface Words {
  readonly log: LogName
  readonly json: boolean
  readonly word: string
}

function read(args: readonly string[], words: 0 | 1): Words {
  const { values, positionals } = readArguments(args, { log: { type: 'string' } }, words)
  const { log = 'gewoon', json = false } = values
  if (log !== 'gewoon' && log !== 'vertrouwelijk') {
    throw new UsageError('--log is gewoon of vertrouwelijk')
  }
  const [word = ''] = positionals
  if (words === 1 && word === '') throw new UsageError('er ontbreekt een argument')
  return { log, json, word }
}

/** What stands in another log is not told to be there. */
async function find(store: Store, verzoek: string, log: LogName): Promise<KeptRequest | undefined> {
  const row = await openRequests(store).find(verzoek)
  return row?.log === log ? row : undefined
}

function no(io: Io, json: boolean, reden: string): ExitCode {
  if (json) io.out(`${JSON.stringify({ reden })}\n`)
  else io.err(`${reden}\n`)
  return 1
}
