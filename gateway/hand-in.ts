import { recordStep } from './audit/record-request.ts'
import { childCall } from './call.ts'
import { decideFile } from './decide-file.ts'
import { fileRow, type HeldFile, type KeptFile, type Reached } from './delivery/files.ts'
import { inTime, type Rooms } from './exchange.ts'
import { type FilePart, readContentRange } from './message/content-range.ts'
import { readIdempotencyKey } from './message/idempotency-key.ts'
import { limits as agreed, type Limits } from './message/limits.ts'
import { type Line, readLines } from './message/lines.ts'
import { admit } from './peer/party.ts'
import { arrangementFor } from './policy/visible.ts'
import { Problem } from './problem.ts'
import { isUnavailable } from './store.ts'
import { endFile, Stopped, sameLines, takeLines } from './take-lines.ts'
import type { Call, Identity, Peer } from './terms.ts'

/** A file as the listener hands it over; not a byte of it is read before it is allowed. */
export interface IncomingFile extends Omit<Call, 'verzoek'> {
  readonly identity: Identity | Problem
  readonly idempotencyKey?: string
  /** Content-Range, as it came. */
  readonly range?: string
  /** Content-Length; absent: how much comes is not known. */
  readonly length?: number
  /** It brings a signature. */
  readonly signed: boolean
  /** @throws Problem at once when it is no file of lines */
  readonly readChunks: (stop: AbortSignal) => AsyncIterable<Buffer>
  readonly limits?: Limits
}

export interface NewFile extends IncomingFile {
  readonly uitwisseling: string
}

/** A call about a file that was begun before. */
export interface CallOnFile extends Omit<Call, 'verzoek'> {
  readonly identity: Identity | Problem
  /** As it stands in the path: anything. */
  readonly id: string
  /** Tells the listener which exchange it is about, once that is known. */
  readonly about: (uitwisseling: string) => void
}

/** Hands in a file, or goes on with the one of the same name. @throws Problem */
export async function handIn(incoming: NewFile, rooms: Rooms): Promise<KeptFile> {
  const { uitwisseling, idempotencyKey, transactie } = incoming
  const peer = admitted(incoming, rooms)
  const arrangement = arrangementFor(uitwisseling, peer.party, rooms.policies.current())
  const asked = readAsked(incoming)
  const { oin } = peer.party
  const log = arrangement.vertrouwelijk || peer.party.vertrouwelijk ? 'vertrouwelijk' : 'gewoon'
  const idempotentie =
    idempotencyKey === undefined
      ? undefined
      : rooms.facts.pseudonym(
          log,
          JSON.stringify(['levering', readIdempotencyKey(idempotencyKey), oin, uitwisseling]),
        )
  const known = idempotentie && (await inTime(rooms.files.findNamed(idempotentie)))
  if (known) return await goOn(known, asked, { ...incoming, peer }, rooms)
  startOf(nothing, asked.part)
  await oneAtATime({ levering: transactie, partij: oin, uitwisseling }, rooms)
  await decideFile({ ...incoming, peer }, rooms, (law, log) => [
    fileRow({
      ...{ levering: transactie, log, uitwisseling, partij: oin, richting: 'ingediend' },
      ...{ begonnen: incoming.tijd, epoch: law.epoch, idempotentie, kenmerk: undefined },
      ...{ regelsTotaal: asked.totals.regels, bytesTotaal: asked.totals.bytes },
    }),
  ])
  // Crash here: it is begun and not a line of it is read; its sender goes on by its Idempotency-Key.
  const begun = await inTime(rooms.files.find(transactie))
  if (begun) return await goOn(begun, asked, { ...incoming, peer, fresh: true }, rooms)
  const first = idempotentie && (await inTime(rooms.files.findNamed(idempotentie)))
  if (!first) throw new Error('a file that was recorded is not there')
  // Of two calls of one moment with one key the first in the log was kept; the other is a repeat of it.
  await recordStep(
    rooms.audit,
    { ...incoming },
    {
      ...{ soort: 'einde', uitkomst: 'geweigerd', redenen: [{ code: 'idempotentie' }] },
      ...{ log: first.log, uitwisseling, ontvanger: oin, rijen: [] },
    },
  )
  const again = childCall(incoming, rooms.clock())
  return await goOn(first, asked, { ...incoming, ...again, peer }, rooms)
}

/** Goes on with a file of its own, by its number. @throws Problem */
export async function goOnWith(
  incoming: IncomingFile & CallOnFile,
  rooms: Rooms,
): Promise<KeptFile> {
  const { file, peer } = await ownFile(incoming, rooms)
  return await goOn(file, readAsked(incoming), { ...incoming, peer }, rooms)
}

/** @throws Problem niet-gevonden, the same for a file of somebody else and one that does not exist */
export async function ownFile(
  { identity, tijd, id, about }: CallOnFile,
  rooms: Rooms,
): Promise<{ readonly file: KeptFile; readonly peer: Peer }> {
  const peer = admitted({ identity, tijd }, rooms)
  const file = await inTime(rooms.files.find(id))
  if (file?.partij !== peer.party.oin || file.richting !== 'ingediend') {
    throw new Problem('niet-gevonden', 'Deze levering bestaat niet.')
  }
  about(file.uitwisseling)
  return { file, peer }
}

function admitted({ identity, tijd }: Pick<IncomingFile, 'identity' | 'tijd'>, rooms: Rooms): Peer {
  if (identity instanceof Problem) throw identity
  return admit(identity, rooms.policies.current().partijen, rooms.revocation, tijd)
}

/** What this call brings of the file. */
interface Asked {
  readonly part: FilePart | undefined
  readonly totals: { readonly regels: number | undefined; readonly bytes: number | undefined }
  /** Absent: it only asks where to go on. */
  readonly open: ((from: Start) => AsyncIterable<Line>) | undefined
  readonly stop: AbortController
  /** Bytes of this call so far. */
  readonly received: () => number
}

interface Start {
  readonly regel: number
  readonly byte: number
}

const nothing: Reached = { gelezen: 0, bytes: 0 }

function readAsked({ range, length, signed, readChunks, limits = agreed }: IncomingFile): Asked {
  if (signed) {
    throw new Problem(
      'ongeldig-verzoek',
      'Een bestand met regels kan niet worden ondertekend: de handtekening komt voor de laatste regel. Stuur het zonder Message-Signature.',
      { reden: 'handtekening-over-bestand' },
    )
  }
  const part = range === undefined ? undefined : readContentRange(range)
  const { eenheid, van, totEnMet, totaal } = part ?? {}
  const inBytes = part === undefined ? length : eenheid === 'bytes' ? totaal : undefined
  const totals = { regels: eenheid === 'regels' ? totaal : undefined, bytes: inBytes }
  const stop = new AbortController()
  let received = 0
  if (part && van === undefined) {
    return { part, totals, open: undefined, stop, received: () => received }
  }
  const size = eenheid === 'bytes' && van !== undefined ? (totEnMet ?? van) - van + 1 : undefined
  if (size !== undefined && length !== undefined && length !== size) throw otherSize()
  const chunks = readChunks(stop.signal)
  async function* counted() {
    for await (const chunk of chunks) {
      received += chunk.length
      if (size !== undefined && received > size) throw otherSize()
      yield chunk
    }
    if (!stop.signal.aborted && size !== undefined && received < size) throw otherSize()
  }
  // Half a line is none, where more of the file is to come.
  const whole = () =>
    !stop.signal.aborted && (eenheid !== 'bytes' || (totEnMet ?? 0) + 1 === totaal)
  const open = (from: Start) => readLines(counted(), from, { lineBytes: limits.lineBytes, whole })
  return { part, totals, open, stop, received: () => received }
}

function otherSize(): Problem {
  return new Problem('ongeldig-verzoek', 'Wat u stuurt is langer of korter dan de Content-Range.', {
    reden: 'content-range',
  })
}

/** Where a part begins; a gap is refused. */
function startOf({ gelezen, bytes }: Reached, part: FilePart | undefined): Start {
  const { eenheid, van } = part ?? {}
  const next = { regel: gelezen + 1, byte: bytes }
  if (part === undefined || van === undefined) return { regel: 1, byte: 0 }
  if (eenheid === 'regels') {
    if (van === next.regel) return next
    if (van < next.regel) return { regel: van, byte: 0 }
  } else {
    if (van === next.byte) return next
    if (van === 0) return { regel: 1, byte: 0 }
  }
  throw new Problem(
    'strijdig',
    `Dit deel sluit niet aan. Ga verder bij regel ${next.regel}, byte ${next.byte}, of stuur het hele bestand.`,
    { reden: 'levering-sluit-niet-aan' },
  )
}

interface From extends IncomingFile {
  readonly peer: Peer
  /** It began just now: nobody read it before. */
  readonly fresh?: true
}

async function goOn(file: KeptFile, asked: Asked, incoming: From, rooms: Rooms): Promise<KeptFile> {
  const { levering } = file
  sameTotals(file, asked)
  if (file.staat === 'afgerond') return await compare(file, asked, rooms)
  if (!asked.open && !isWhole(file, asked)) return file
  if (!incoming.fresh) await oneAtATime(file, rooms)
  const held = await inTime(rooms.files.hold(levering, rooms.clock(), asked.totals))
  if (!held) {
    const now = await inTime(rooms.files.find(levering))
    if (now?.staat === 'afgerond') return await compare(now, asked, rooms)
    throw new Problem('overbelast', 'Dit bestand wordt al gelezen. Wacht daarop.', {
      ...{ reden: 'levering-wordt-gelezen', retryAfter: 5 },
      members: membersOf(file),
    })
  }
  let reached: Reached = held
  try {
    reached = await readOn(held, asked, incoming, rooms)
    if (isWhole({ ...held, ...reached }, asked)) {
      await endFile(held, reached, incoming, rooms)
    } else await rooms.files.leave(held, rooms.clock(), reached)
  } catch (error) {
    const stopped = error instanceof Stopped ? error : undefined
    // Out of reach too: then its lease ends by itself.
    const left = rooms.files.leave(held, rooms.clock(), stopped?.reached ?? reached)
    await inTime(left).catch(() => {})
    throw withPlace(stopped?.cause ?? error, file)
  }
  return (await inTime(rooms.files.find(levering))) ?? file
}

async function readOn(
  file: HeldFile,
  { open, part, stop }: Asked,
  incoming: From,
  rooms: Rooms,
): Promise<Reached> {
  const start = startOf(file, part)
  if (!open) return file
  const { transactie, trace, tijd, identity, peer, limits } = incoming
  const { uitwisseling } = file
  const call = { transactie, trace, tijd }
  const decideAgain = async () => {
    const now = rooms.clock()
    const peer = admitted({ identity, tijd: now }, rooms)
    const at = { ...childCall(call, now), verzoek: file.levering, peer, uitwisseling }
    return (await decideFile(at, rooms)).decision.epoch
  }
  // Also so that what an earlier reader left on its way has landed, or never will: the log has gone on since.
  const epoch = incoming.fresh
    ? file.epoch
    : (await decideFile({ ...call, verzoek: file.levering, peer, uitwisseling }, rooms)).decision
        .epoch
  let last = start.regel - 1
  const lines = shifted(open(start), file, part)
  async function* seen() {
    for await (const line of lines) {
      if (part?.eenheid === 'regels' && line.regel > (part.totEnMet ?? 0)) throw otherSize()
      last = line.regel
      yield line
    }
  }
  const reached = await takeLines(
    {
      ...{ file, call, lines: seen(), epoch, decideAgain, stop },
      sender: () => admitted({ identity, tijd: rooms.clock() }, rooms),
      ...(limits && { limits }),
    },
    rooms,
  )
  if (part?.eenheid === 'regels' && last < (part.totEnMet ?? 0)) throw otherSize()
  if (part === undefined && last < reached.gelezen) throw shorter(reached.gelezen)
  return reached
}

/** Lines that are counted do not tell at which byte the first of them begins; the first new one does. */
async function* shifted(
  lines: AsyncIterable<Line>,
  { gelezen, bytes }: Reached,
  part: FilePart | undefined,
): AsyncGenerator<Line> {
  let shift = 0
  for await (const line of lines) {
    if (part?.eenheid === 'regels' && line.regel === gelezen) shift = bytes - line.einde
    yield { ...line, einde: line.einde + shift }
  }
}

function shorter(gelezen: number): Problem {
  return new Problem(
    'strijdig',
    `Dit bestand is korter dan wat er al van is gelezen: ${gelezen} regels. Stuur hetzelfde bestand, of begin een nieuwe levering.`,
    { reden: 'regel-gewijzigd' },
  )
}

/** Whether the file ends where it was read to. */
function isWhole(
  { gelezen, bytes }: Reached,
  { part, totals, open }: Pick<Asked, 'part' | 'totals' | 'open'>,
): boolean {
  if (part === undefined) return open !== undefined
  return totals.bytes === bytes || totals.regels === gelezen
}

/** What is said of the whole file must be what was said before. */
function sameTotals({ regelsTotaal, bytesTotaal }: KeptFile, { totals, part }: Asked): void {
  const differs = (before: number | null, now: number | undefined) =>
    before !== null && now !== undefined && before !== now
  if (!differs(regelsTotaal, totals.regels) && !differs(bytesTotaal, totals.bytes)) return
  throw new Problem(
    'strijdig',
    part === undefined
      ? 'Bij deze levering hoort een bestand van een andere lengte. Begin voor een ander bestand een nieuwe levering.'
      : 'Het totaal in de Content-Range is een ander dan eerder. Begin voor een ander bestand een nieuwe levering.',
    { reden: 'levering-andere-lengte' },
  )
}

/** Of a file that is done every line is known; the same text again changes nothing. */
async function compare(file: KeptFile, { open, part }: Asked, rooms: Rooms): Promise<KeptFile> {
  const start = startOf(file, part)
  if (open) await sameLines(file, open(start), rooms)
  return file
}

async function oneAtATime(
  file: Pick<KeptFile, 'levering' | 'partij' | 'uitwisseling'>,
  { files }: Rooms,
): Promise<void> {
  if (!(await inTime(files.busy(file)))) return
  throw new Problem(
    'overbelast',
    'Er wordt al een ander bestand van u voor deze uitwisseling gelezen. Wacht daarop.',
    { reden: 'ander-bestand-wordt-gelezen', retryAfter: 5 },
  )
}

function membersOf({ levering }: Pick<KeptFile, 'levering'>) {
  return { levering, vervolg: `/v1/leveringen/${levering}/vervolg` }
}

/** What stopped a file also tells which, and where to go on. */
function withPlace(error: unknown, file: KeptFile): unknown {
  const problem = isUnavailable(error)
    ? new Problem('log-onbereikbaar', 'De opslag antwoordt nu niet.', {
        cause: error,
        retryAfter: 5,
      })
    : error
  if (!(problem instanceof Problem)) return problem
  const { slug, detail, members, retryAfter, reden, recorded, cause } = problem
  return new Problem(slug, detail, {
    ...{ members: { ...members, ...membersOf(file) }, reden, recorded, cause },
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
