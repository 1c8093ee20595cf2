// How is one file of an intermediary read? Decided, then its lines as if they were handed in, and taken up again after a break.
import { createHash } from 'node:crypto'
import { type FileHolder, type FileLine, SourceError, type SourceFile } from './adapter.ts'
import { recordAbort, recordSourceError } from './audit/record.ts'
import { childCall, childTrace } from './call.ts'
import { decideFile } from './decide-file.ts'
import { filesQuestion } from './delivery/carry.ts'
import { fileRow, type HeldFile } from './delivery/files.ts'
import type { Round } from './delivery/rounds.ts'
import { inTime, nameOnly } from './exchange.ts'
import type { Line } from './message/lines.ts'
import type { PolicySet } from './policy/law.ts'
import { withoutOwnPayments } from './policy/minimise.ts'
import { Problem } from './problem.ts'
import type { WorkRooms } from './step.ts'
import { isUnavailable } from './store.ts'
import { endFile, Stopped, takeLines } from './take-lines.ts'
import type { Call, LogName, Oin, Party, PermittedExchange } from './terms.ts'

/** One round of looking for files, and what it may use. */
export interface Fetching {
  readonly round: Round
  readonly holder: FileHolder
  readonly rooms: WorkRooms
  readonly signal: AbortSignal
  /** The whole round is one trace. */
  readonly call: Call
}

/** Why something was not done: a code, never a value. */
export interface Failure {
  readonly reden: string
  /** Seconds after which the source itself said to come back. */
  readonly retryAfter?: number | undefined
  /** Nothing can be done there, or here, now; not for another file either. */
  readonly away: boolean
}

export type FileOutcome = { readonly uitkomst: 'afgerond' | 'eerder-afgerond' } | Failure

/** @param onLine hears how many lines of the file were read */
export async function fetchFile(
  fetching: Fetching,
  file: SourceFile,
  onLine: (regel: number) => void,
): Promise<FileOutcome> {
  const { rooms, round, holder } = fetching
  const { uitwisseling } = round
  const { ontvanger } = file
  const log = logOf([holder.houder, ontvanger], uitwisseling, rooms.policies.current())
  const idempotentie = nameOf(file, fetching, log)
  const known = await inTime(rooms.files.findNamed(idempotentie))
  if (known?.staat === 'afgerond') return { uitkomst: 'eerder-afgerond' }
  const call = childCall(fetching.call, rooms.clock())
  const levering = known?.levering ?? call.transactie
  // Who goes on decides only once nobody else reads: what that one left on its way has landed then, or never will.
  const taken = known && (await hold(levering, file, rooms))
  if (known && !taken) return { reden: 'levering-wordt-gelezen', away: false }
  const wish = { ...call, peer: holderParty(fetching), uitwisseling, ontvanger }
  let permitted: PermittedExchange | undefined
  let held = taken
  try {
    permitted = await decideFile(known ? { ...wish, verzoek: levering } : wish, rooms, law =>
      known
        ? []
        : [
            fileRow({
              ...{ levering, log, uitwisseling, partij: holder.houder, richting: 'opgehaald' },
              ...{ begonnen: call.tijd, epoch: law.epoch, idempotentie, kenmerk: versionOf(file) },
              ...{ regelsTotaal: file.regels, bytesTotaal: file.bytes },
            }),
          ],
    )
    // Crash here: it is begun and not a line of it was asked for; the next round goes on with it.
    held ??= await hold(levering, file, rooms)
    if (!held)
      throw new Problem('overbelast', 'Een ander leest dit bestand al.', {
        reden: 'levering-wordt-gelezen',
      })
    await readFile(held, permitted, { ...fetching, call }, file, onLine)
    // Crash here: every line has its outcome; the next round finds nothing more, and ends it.
    await endFile(held, { gelezen: file.regels, bytes: file.bytes }, call, rooms)
    return { uitkomst: 'afgerond' }
  } catch (error) {
    const stopped = error instanceof Stopped ? error : undefined
    if (held) {
      // Out of reach too: then its lease ends by itself.
      const left = rooms.files.leave(held, rooms.clock(), stopped?.reached ?? held)
      await inTime(left).catch(() => {})
    }
    return await failed(stopped?.cause ?? error, permitted, fetching, ontvanger)
  }
}

async function hold(
  levering: string,
  { regels, bytes }: SourceFile,
  { files, clock }: WorkRooms,
): Promise<HeldFile | undefined> {
  return await inTime(files.hold(levering, clock(), { regels, bytes }))
}

/** Of one exchange, period and receiver there is one file, whatever becomes of it. */
function nameOf(
  { ontvanger }: SourceFile,
  { round, holder, rooms }: Fetching,
  log: LogName,
): string {
  const { uitwisseling, periode } = round
  const name = ['ophalen', holder.houder, uitwisseling, periode, ontvanger]
  return rooms.facts.pseudonym(log, JSON.stringify(name))
}

function versionOf({ versie }: SourceFile): string {
  return Buffer.from(versie).toString('base64url')
}

function logOf(parties: readonly Oin[], uitwisseling: string, law: PolicySet): LogName {
  const isHidden =
    law.uitwisselingen.get(uitwisseling)?.vertrouwelijk ||
    parties.some(oin => law.partijen.get(oin)?.vertrouwelijk)
  return isHidden ? 'vertrouwelijk' : 'gewoon'
}

/** Who holds the files brings their lines; the law says whether it may. @throws Problem: it is no party */
export function holderParty({ holder, rooms }: Pick<Fetching, 'holder' | 'rooms'>): {
  readonly party: Party
} {
  const party = rooms.policies.current().partijen.get(holder.houder)
  if (party) return { party }
  throw new Problem('bron-onbereikbaar', 'De houder van de bestanden is geen partij.', {
    reden: 'BRON_NIET_AANGESLOTEN',
  })
}

async function readFile(
  held: HeldFile,
  permitted: PermittedExchange,
  fetching: Fetching,
  bestand: SourceFile,
  onLine: (regel: number) => void,
): Promise<void> {
  const { rooms, holder, round, call, signal } = fetching
  const { uitwisseling, periode } = round
  const { ontvanger } = bestand
  const stop = new AbortController()
  const question = filesQuestion(permitted, childTrace(call.trace), periode)
  // Another version is read from its beginning: lines that were read are compared, and passed over.
  const same = held.gelezen > 0 && held.kenmerk === versionOf(bestand)
  const vanaf = same ? { byte: held.bytes, regel: held.gelezen - 1 } : { byte: 0, regel: 0 }
  const given = holder.read({ ...question, bestand, vanaf }, AbortSignal.any([signal, stop.signal]))
  async function* lines(): AsyncIterable<Line> {
    for await (const line of given) {
      onLine(line.na.regel)
      const handed = toHandedLine(line, holder.houder, rooms.policies.current(), uitwisseling)
      if (handed) yield handed
    }
  }
  await takeLines(
    {
      ...{ file: held, call, lines: lines(), epoch: permitted.decision.epoch, stop },
      sender: () => holderParty(fetching),
      decideAgain: async () => {
        const again = childCall(call, rooms.clock())
        const peer = holderParty(fetching)
        const wish = { ...again, verzoek: held.levering, peer, uitwisseling, ontvanger }
        return (await decideFile(wish, rooms)).decision.epoch
      },
    },
    rooms,
  )
}

/**
 * The line as it would have been handed in; undefined when it is about what its receiver pays itself, which is
 * no news to it and never decided. A next reading begins with the last line again, so that the source's order is
 * seen across a break: therefore the place of a line is where it begins.
 */
function toHandedLine(
  { betrokkene, gegevens, ontvanger, verstrekker, tekst, na }: FileLine,
  houder: Oin,
  { uitwisselingen, gegevenssets }: PolicySet,
  uitwisseling: string,
): Line | undefined {
  const dataset = gegevenssets.get(uitwisselingen.get(uitwisseling)?.gegevensset ?? '')
  if (!dataset) throw new Problem('niet-gevonden', 'Deze uitwisseling bestaat niet.')
  if (withoutOwnPayments([gegevens], dataset, [ontvanger]).length === 0) return undefined
  // Who pays was needed for this alone.
  const { [dataset.betaler ?? '']: _, ...told } = gegevens
  const namens = verstrekker === houder ? {} : { namens: verstrekker }
  const body = { betrokkene, gegevens: told, ontvanger, ...namens, systeemproces: 'bestand' }
  return {
    regel: na.regel,
    einde: na.byte - Buffer.byteLength(tekst) - 1,
    sha256: createHash('sha256').update(tekst).digest('base64url'),
    bytes: Buffer.from(JSON.stringify(body)),
  }
}

/** Gives a permitted reading that failed its end (design §2) and tells the operator, unless nobody may know of it. */
export async function failed(
  error: unknown,
  permitted: PermittedExchange | undefined,
  { round, rooms, signal }: Pick<Fetching, 'round' | 'rooms' | 'signal'>,
  ontvanger?: Oin,
): Promise<Failure> {
  const isSource = error instanceof SourceError
  const reden = signal.aborted ? 'gestopt' : reasonOf(error)
  const drift = isSource ? error.drift.map(nameOnly) : []
  const away = reden === 'source-unavailable' || reden === 'log-onbereikbaar' || signal.aborted
  const hidden =
    permitted?.terms.log ??
    logOf(ontvanger ? [ontvanger] : [], round.uitwisseling, rooms.policies.current())
  if (!signal.aborted && hidden === 'gewoon') {
    rooms.alarm('bestand-mislukt', {
      ...{ ...round, reden, velden: drift, ...(ontvanger && { ontvanger }) },
      // An adapter says where it went wrong and never what stood there.
      ...(isSource && { melding: error.message }),
      ...(reden === 'interne-fout' && { err: error }),
    })
  }
  try {
    if (permitted && isSource && !signal.aborted) {
      await recordSourceError(rooms.audit, permitted, { code: error.code, drift })
    } else if (permitted) await recordAbort(rooms.audit, permitted, reden)
  } catch {
    return { reden: 'log-onbereikbaar', away: true }
  }
  return { reden, away, ...(isSource && { retryAfter: error.retryAfter }) }
}

function reasonOf(error: unknown): string {
  if (error instanceof SourceError) return error.code
  if (error instanceof Problem) return error.slug === 'log-onbereikbaar' ? error.slug : error.reden
  return isUnavailable(error) ? 'log-onbereikbaar' : 'interne-fout'
}
