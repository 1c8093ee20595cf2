// How are the lines of one file taken in? Each decided, recorded and kept on its own, a few at a time, never twice.
import { recordFileEnd, recordUnreadable } from './audit/record-delivery.ts'
import { childCall, stepCall } from './call.ts'
import {
  fileEndRow,
  type HeldFile,
  type LineReport,
  leaseMs,
  lineRow,
  type Reached,
} from './delivery/files.ts'
import { inTime, type Rooms } from './exchange.ts'
import { limits as agreed, type Limits } from './message/limits.ts'
import type { Line } from './message/lines.ts'
import { readLine } from './message/read.ts'
import { offer } from './offer.ts'
import type { Arrangement, PolicySet } from './policy/law.ts'
import { type Fault, Problem } from './problem.ts'
import { readFileLine } from './schema.ts'
import type { Call, LogName, Sender } from './terms.ts'

/** A file that is being read, by whom, and its lines in their order. */
export interface Reading {
  readonly file: HeldFile
  /** What the file came with: the lines are children of it. */
  readonly call: Call
  /** Asked again for each line: who lost its place meanwhile brings no more (P10). */
  readonly sender: () => Sender
  readonly lines: AsyncIterable<Line>
  /** Under which the file was allowed. */
  readonly epoch: string
  /** The law changed since: decides again about the whole file; throws when it may not go on. */
  readonly decideAgain: () => Promise<string>
  /** Ends the reading at once, also while it waits for bytes. */
  readonly stop: AbortController
  readonly limits?: Pick<Limits, 'linesAtOnce' | 'lineBytes' | 'fileLines'>
}

const beatMs = 1_000
/** Longer than a record may take to land, so that nobody else has begun when it does. */
const marginMs = 8_000

/**
 * Resolves when every line that was begun has its outcome, at the line where the lines end.
 * @throws what stopped it; everything before stands, and nothing of it is on its way any more
 */
export async function takeLines(reading: Reading, rooms: Rooms): Promise<Reached> {
  const { file, stop, limits = agreed } = reading
  const under = openUnderWay(file, limits.linesAtOnce)
  const lease = keepLease(file, under.reached, rooms, error => fail(error))
  const known = openKnown(file.levering, rooms)
  let { epoch } = reading
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown) => {
    failure ??= { error }
    stop.abort()
  }
  try {
    for await (const line of reading.lines) {
      if (failure) break
      if (line.regel > limits.fileLines) throw tooMany(limits.fileLines)
      const lichaam = pseudonymOf(file, line, rooms)
      const before = await known(line.regel)
      if (before !== undefined && before !== lichaam) throw otherText(line.regel)
      const { epoch: current } = rooms.policies.current()
      if (current !== epoch) {
        await under.settled()
        epoch = await reading.decideAgain()
      }
      lease.check()
      const ended = under.begin(line)
      if (before !== undefined) ended()
      else takeOne(line, lichaam, reading, rooms).then(ended, error => under.failed(error, fail))
      await under.room()
    }
  } catch (error) {
    fail(error)
  }
  await under.settled()
  await lease.end()
  if (failure) throw new Stopped(failure.error, under.reached())
  return under.reached()
}

/** Why the reading of a file stopped, and where. */
export class Stopped extends Error {
  override name = 'Stopped'
  readonly reached: Reached
  constructor(cause: unknown, reached: Reached) {
    super('a file stopped', { cause })
    this.reached = reached
  }
}

/** A keyed pseudonym of a line as it came: the same text again is the same line. */
function pseudonymOf(
  { levering, log }: Pick<HeldFile, 'levering' | 'log'>,
  { sha256 }: Line,
  { facts }: Rooms,
): string {
  return facts.pseudonym(log, JSON.stringify(['regel', levering, sha256]))
}

/** What makes a line unreadable; anything else is no fault of the line, and stops the file. */
const unreadable: ReadonlySet<string> = new Set(['ongeldig-verzoek', 'te-groot'])

async function takeOne(
  { regel, bytes }: Line,
  lichaam: string,
  reading: Reading,
  rooms: Rooms,
): Promise<void> {
  const { file, limits = agreed } = reading
  const { levering, uitwisseling } = file
  const sender = reading.sender()
  const call = childCall(reading.call, rooms.clock())
  const line = { levering, regel, lichaam }
  try {
    if (bytes === undefined) throw tooLong(limits.lineBytes)
    const { terms } = arrangementOf(uitwisseling, rooms.policies.current())
    const body = readLine(bytes, readFileLine, rooms.profile, terms.persoonsvelden ?? [])
    await offer({ call, sender, uitwisseling, body, line }, rooms)
    // Crash here: the line has its outcome, and whoever goes on passes it over.
  } catch (error) {
    if (!(error instanceof Problem) || !unreadable.has(error.slug)) throw error
    const { transactie } = call
    const verslag = { fouten: faultsOf(error) }
    await recordUnreadable(rooms.audit, call, {
      ...{ log: file.log, uitwisseling, partij: sender.party.oin },
      ...{ plaats: { levering, regel }, reden: error.reden },
      rijen: [lineRow(line, { uitkomst: 'onleesbaar', transactie, lichaam, verslag })],
    })
  }
}

function arrangementOf(uitwisseling: string, { uitwisselingen }: PolicySet): Arrangement {
  const found = uitwisselingen.get(uitwisseling)
  if (!found) throw new Problem('niet-gevonden', 'Deze uitwisseling bestaat niet meer.')
  return found
}

/** Who counts more faults in one line has a file of another kind. */
const mostFaults = 50

function faultsOf({ members, detail }: Problem): NonNullable<LineReport['fouten']> {
  const { fouten } = members
  const all: readonly Fault[] = Array.isArray(fouten) ? fouten : [{ pointer: '', melding: detail }]
  const more = all.length - mostFaults
  if (more <= 0) return all
  return [...all.slice(0, mostFaults), { pointer: '', melding: `en nog ${more} fouten` }]
}

function tooLong(lineBytes: number): Problem {
  const melding = `is langer dan ${lineBytes / 1024} KiB`
  const members = { fouten: [{ pointer: '', melding }] }
  return new Problem('te-groot', 'De regel is te lang.', { members })
}

function tooMany(fileLines: number): Problem {
  return new Problem('te-groot', `Een bestand heeft hier hoogstens ${fileLines} regels.`)
}

function otherText(regel: number): Problem {
  return new Problem(
    'strijdig',
    `Regel ${regel} is al verwerkt, met een andere inhoud. Stuur hetzelfde bestand, of begin een nieuwe levering.`,
    { reden: 'regel-gewijzigd' },
  )
}

/** The lines that were begun, in their order: up to where has every one its outcome? */
function openUnderWay({ gelezen, bytes }: Reached, most: number) {
  const lines: { readonly regel: number; readonly einde: number; done: boolean }[] = []
  let reached: Reached = { gelezen, bytes }
  let running = 0
  let changed = Promise.withResolvers<void>()
  const ended = () => {
    running -= 1
    changed.resolve()
    changed = Promise.withResolvers()
  }
  return {
    reached: () => reached,
    begin({ regel, einde }: Line): () => void {
      const line = { regel, einde, done: false }
      lines.push(line)
      running += 1
      return () => {
        line.done = true
        while (lines[0]?.done) {
          const [first] = lines.splice(0, 1)
          // A line that is left out has no outcome, and the next one passes it.
          if (first && first.regel > reached.gelezen) {
            reached = { gelezen: first.regel, bytes: first.einde }
          }
        }
        ended()
      }
    },
    failed(error: unknown, fail: (error: unknown) => void) {
      fail(error)
      ended()
    },
    async room(): Promise<void> {
      while (running >= most) await changed.promise
    },
    async settled(): Promise<void> {
      while (running > 0) await changed.promise
    },
  }
}

/** So many lines are looked up at once: far more than can be under way when a reader dies. */
const page = 1_000

/** The pseudonym of a line that has its outcome already; asked in the order of lines. */
function openKnown(levering: string, { files }: Rooms) {
  let found: ReadonlyMap<number, string> = new Map()
  let until = 0
  let more = true
  return async (regel: number): Promise<string | undefined> => {
    if (more && regel >= until) {
      found = await inTime(files.done(levering, regel, page))
      until = regel + page
      more = found.size > 0
    }
    return found.get(regel)
  }
}

/** Tells how far it is, and that its reader lives; whoever cannot tell stops before another may begin. */
function keepLease(
  file: HeldFile,
  reached: () => Reached,
  { files, clock }: Rooms,
  fail: (error: unknown) => void,
) {
  let renewed = performance.now()
  let beating = Promise.resolve()
  const beat = async () => {
    const since = performance.now()
    if (await files.progress(file, clock(), reached())) renewed = since
    else fail(takenOver())
  }
  const check = () => {
    if (performance.now() - renewed > leaseMs - marginMs) throw outOfReach()
  }
  const timer = setInterval(() => {
    beating = beating.then(beat).catch(() => {}) // `check` says when that was too often
  }, beatMs)
  return {
    check,
    async end() {
      clearInterval(timer)
      await beating
    },
  }
}

function takenOver(): Problem {
  return new Problem('overbelast', 'Een ander leest dit bestand verder.', {
    reden: 'levering-overgenomen',
    retryAfter: 5,
  })
}

function outOfReach(): Problem {
  return new Problem('log-onbereikbaar', 'De opslag antwoordt nu niet.', { retryAfter: 5 })
}

/** Of a file nobody reads any more: whether this text is what was read then. @throws Problem strijdig */
export async function sameLines(
  { levering, log, gelezen }: { levering: string; log: LogName; gelezen: number },
  lines: AsyncIterable<Line>,
  rooms: Rooms,
): Promise<void> {
  const known = openKnown(levering, rooms)
  const file = { levering, log } as const
  for await (const line of lines) {
    const before = line.regel > gelezen ? undefined : await known(line.regel)
    if (before !== pseudonymOf(file, line, rooms)) throw otherText(line.regel)
  }
}

/** Every line has its outcome: the record of the end and the state of the file are one commit. */
export async function endFile(
  file: HeldFile,
  reached: Reached,
  call: Pick<Call, 'trace'>,
  rooms: Rooms,
): Promise<void> {
  const { levering, log, partij, uitwisseling } = file
  const aantallen = { ...(await inTime(rooms.files.counts(levering))) }
  await recordFileEnd(rooms.audit, stepCall(call, rooms.clock(), levering), {
    log,
    partij,
    uitwisseling,
    levering,
    aantallen,
    rijen: [fileEndRow(file, reached)],
  })
}
