// Which files that an intermediary holds ready are fetched now? Of each exchange once a period, by whichever worker is first.
import type { FileHolder, SourceFile } from './adapter.ts'
import { recordStep } from './audit/record-request.ts'
import { childTrace, newCall, stepCall } from './call.ts'
import { decideFile } from './decide-file.ts'
import { filesQuestion, listFiles } from './delivery/carry.ts'
import { nextAttempt } from './delivery/retry.ts'
import type { HeldRound, Round, RoundEnd } from './delivery/rounds.ts'
import { inTime } from './exchange.ts'
import { type Failure, type Fetching, failed, fetchFile, holderParty } from './fetch-file.ts'
import { lastPeriod } from './policy/deadlines.ts'
import type { Arrangement } from './policy/law.ts'
import { Problem } from './problem.ts'
import type { WorkRooms } from './step.ts'
import type { Oin, PermittedExchange } from './terms.ts'

/** Where the reading of a period is; for the terminal. */
export interface FetchProgress extends Round {
  readonly ontvanger: Oin
  /** Which file of how many, and which line of it. */
  readonly bestand: number
  readonly bestanden: number
  readonly regel: number
  readonly regels: number
}

export interface FetchedFile {
  readonly ontvanger: Oin
  readonly uitkomst: 'afgerond' | 'eerder-afgerond' | 'onderbroken'
  /** Why it is not done: a code, never a value. */
  readonly reden?: string
}

export interface Fetched extends Round {
  /** `bezet`: it was done before, is not due yet, or somebody else is at it. */
  readonly uitkomst: 'gereed' | 'nog-niet-klaar' | 'mislukt' | 'bezet'
  readonly reden?: string
  readonly bestanden: readonly FetchedFile[]
}

export interface FetchOptions {
  readonly signal: AbortSignal
  /** Whatever the row of this period says: an operator asks for it. */
  readonly again?: boolean
  readonly onProgress?: (progress: FetchProgress) => void
}

/** When nothing stands ready nobody asks again for so long. */
const notReadyMs = 4 * 3_600_000
const renewMs = 5_000

/** Every exchange whose files are fetched by themselves: what is due now. @returns how many files were read to their end */
export async function fetchDue(rooms: WorkRooms, signal: AbortSignal): Promise<number> {
  const fetched = [...rooms.policies.current().uitwisselingen.values()].flatMap(arrangement => {
    const { id: uitwisseling, ritme } = arrangement
    return ritme && holderOf(arrangement, rooms) ? [{ uitwisseling, ritme }] : []
  })
  if (fetched.length === 0) return 0
  const left = await inTime(rooms.rounds.open())
  let done = 0
  for (const { uitwisseling, ritme } of fetched) {
    const older = left.filter(round => round.uitwisseling === uitwisseling)
    const last = lastPeriod(ritme, rooms.clock())
    for (const periode of new Set([...older.map(round => round.periode), last])) {
      if (signal.aborted) return done
      const { bestanden } = await fetchPeriod({ uitwisseling, periode }, rooms, { signal })
      done += bestanden.filter(({ uitkomst }) => uitkomst === 'afgerond').length
    }
  }
  return done
}

/**
 * The files of one exchange and period, for whomever they are.
 * @throws Problem: it is no exchange whose files are fetched, or the storage is away
 */
export async function fetchPeriod(
  round: Round,
  rooms: WorkRooms,
  options: FetchOptions,
): Promise<Fetched> {
  const { again = false, signal } = options
  const arrangement = rooms.policies.current().uitwisselingen.get(round.uitwisseling)
  const holder = arrangement?.ritme && holderOf(arrangement, rooms)
  if (!holder) {
    throw new Problem('bron-onbereikbaar', 'Voor deze uitwisseling is geen bron met bestanden.', {
      reden: 'BRON_NIET_AANGESLOTEN',
    })
  }
  const held = await inTime(rooms.rounds.hold(round, rooms.clock(), again))
  if (!held) return { ...round, uitkomst: 'bezet', bestanden: [] }
  const lost = new AbortController()
  const timer = setInterval(() => {
    // The lease says when it could not be renewed too often.
    rooms.rounds.renew(held).then(
      mine => mine || lost.abort(),
      () => {},
    )
  }, renewMs)
  const limited = AbortSignal.any([signal, lost.signal])
  try {
    const call = newCall(rooms.clock())
    const made = await fetchAll({ round, holder, rooms, call, signal: limited }, options)
    await inTime(rooms.rounds.end(held, rooms.clock(), nextOf(made, held, limited, rooms)))
    return made.fetched
  } finally {
    clearInterval(timer)
  }
}

/** Whoever is connected and may bring these lines: an intermediary of the arrangement, or its provider. */
function holderOf({ via, verstrekker }: Arrangement, rooms: WorkRooms): FileHolder | undefined {
  return [...rooms.sources.values()]
    .map(({ bestanden }) => bestanden)
    .find(each => each && (via.includes(each.houder) || verstrekker.oin === each.houder))
}

interface Made {
  readonly fetched: Fetched
  readonly retryAfter?: number | undefined
}

/** What comes next for this period: nothing, another look, or, after it failed too often, an operator. */
function nextOf(
  { fetched: { uitkomst }, retryAfter }: Made,
  { pogingen: before }: HeldRound,
  stop: AbortSignal,
  { clock, random }: WorkRooms,
): RoundEnd {
  const now = clock()
  if (uitkomst === 'gereed') return { staat: 'gereed', vanaf: now, pogingen: 0 }
  if (uitkomst === 'nog-niet-klaar') return { staat: 'open', vanaf: now + notReadyMs, pogingen: 0 }
  // That the process stops is no failure.
  if (stop.aborted) return { staat: 'open', vanaf: now, pogingen: before }
  const pogingen = before + 1
  const wait = nextAttempt(pogingen, random(), retryAfter)
  if (wait === undefined) return { staat: 'mislukt', vanaf: now, pogingen }
  return { staat: 'open', vanaf: now + wait, pogingen }
}

/** Each file in its turn: one that is wrong keeps no other from its receiver. */
async function fetchAll(fetching: Fetching, { onProgress }: FetchOptions): Promise<Made> {
  const { round, signal } = fetching
  const files = await list(fetching)
  if (files === undefined) {
    return { fetched: { ...round, uitkomst: 'nog-niet-klaar', bestanden: [] } }
  }
  if ('reden' in files) {
    const { reden, retryAfter } = files
    return { fetched: { ...round, uitkomst: 'mislukt', reden, bestanden: [] }, retryAfter }
  }
  const bestanden: FetchedFile[] = []
  let retryAfter: number | undefined
  for (const [index, file] of files.entries()) {
    const { ontvanger, regels } = file
    const place = { ...round, ontvanger, bestand: index + 1, bestanden: files.length, regels }
    const one = await fetchFile(fetching, file, regel => onProgress?.({ ...place, regel }))
    if ('uitkomst' in one) {
      bestanden.push({ ontvanger, ...one })
      continue
    }
    bestanden.push({ ontvanger, uitkomst: 'onderbroken', reden: one.reden })
    retryAfter = one.retryAfter ?? retryAfter
    if (one.away || signal.aborted) break
  }
  const isDone = ({ uitkomst }: FetchedFile) => uitkomst !== 'onderbroken'
  const whole = bestanden.length === files.length && bestanden.every(isDone)
  return { fetched: { ...round, uitkomst: whole ? 'gereed' : 'mislukt', bestanden }, retryAfter }
}

/** What stands ready: asked only after a recorded decision, and that it was asked has an end in the log too. */
async function list(fetching: Fetching): Promise<readonly SourceFile[] | Failure | undefined> {
  const { round, holder, rooms, call, signal } = fetching
  const { uitwisseling, periode } = round
  let permitted: PermittedExchange | undefined
  try {
    const peer = holderParty(fetching)
    permitted = await decideFile({ ...call, peer, uitwisseling }, rooms)
    const question = filesQuestion(permitted, childTrace(call.trace), periode)
    const files = await listFiles(holder, question, signal)
    const { log } = permitted.terms
    await recordStep(rooms.audit, stepCall(call, rooms.clock(), call.transactie), {
      ...{ soort: 'einde', uitkomst: files ? 'afgerond' : 'nog-niet-klaar', log, uitwisseling },
      ...{ ontvanger: holder.houder, rijen: [] },
    })
    return files
  } catch (error) {
    return await failed(error, permitted, fetching)
  }
}
