import { countFailure, failureOf, leaveAlone, sound, tryAgainAt } from './attempt.ts'
import { recordStep } from './audit/record-request.ts'
import { postAnswer, postNotification } from './delivery/post.ts'
import { type KeptRequest, stepRow } from './delivery/requests.ts'
import { mostAttempts } from './delivery/retry.ts'
import { type AskedAgain, decideAgain, endRefused, type Judged } from './kept.ts'
import { addressOf, arrived, end, open, reopen, type Work, type WorkRooms } from './step.ts'
import type { Moment } from './terms.ts'

/** gereed, with a registered address: brought there, each time as the law of that moment allows (P10). */
export async function bring(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const again = reopen(work)
  const url = addressOf(row, law)?.antwoorden
  if (!again || url === undefined || row.antwoord === null) {
    return await end(work, 'geweigerd', 'DOEL_ONBEKEND')
  }
  const { request } = again
  const judged = await decideAgain(row, again, law, rooms)
  if (judged.decision.uitkomst === 'geweigerd') {
    await endRefused(row, request, judged, rooms)
    return
  }
  if (!rooms.breaker.allows(row.partij, request.tijd)) return await leaveAlone(work, row.partij)
  try {
    await bringOnce(work, { url, jwe: row.antwoord }, request, judged)
  } finally {
    rooms.breaker.over(row.partij, request.tijd)
  }
}

async function bringOnce(
  work: Work,
  { url, jwe }: { readonly url: string; readonly jwe: string },
  request: AskedAgain['request'],
  { decision, terms }: Judged,
): Promise<void> {
  const { row, law, rooms, signal } = work
  const pogingen = row.pogingen + 1
  const opnieuw = broughtAgainAt(row, rooms)
  await recordStep(rooms.audit, request, {
    ...{ soort: 'ophaling', uitkomst: 'verzonden', log: row.log, terms, epoch: decision.epoch },
    ...{ uitwisseling: row.uitwisseling, ontvanger: row.partij },
    rijen: [
      stepRow(row, request.transactie, { vanaf: request.tijd, opnieuw, pogingen, held: true }),
    ],
  })
  const held = await rooms.requests.hold(row, request.transactie)
  if (!held) return
  // Crash here: the log says that more left than did; it is brought again under the same delivery id.
  try {
    const { verzoek, aflevering } = row
    await postAnswer(rooms.outbound, { url, oin: row.partij, signal }, { verzoek, aflevering, jwe })
    rooms.breaker.succeeded(row.partij)
  } catch (error) {
    const { code, retryAfter } = failureOf(error)
    if (!signal.aborted) countFailure(rooms, row.partij, code)
    sound(work, 'bezorging-mislukt', { partner: row.partij, code })
    await rooms.requests.change(held, {
      vanaf: rooms.clock(),
      opnieuw: broughtAgainAt(held, rooms, retryAfter),
    })
    return
  }
  await recordStep(rooms.audit, request, {
    ...{ soort: 'ontvangst', uitkomst: 'ontvangen', log: row.log, terms },
    ...{ uitwisseling: row.uitwisseling, ontvanger: row.partij },
    rijen: [stepRow(held, request.transactie, arrived(held, law))],
  })
}

/** Given up here it still waits to be picked up. */
function broughtAgainAt(row: KeptRequest, rooms: WorkRooms, retryAfter?: number): Moment {
  const given = row.bewarenTot ?? Number.MAX_SAFE_INTEGER
  return row.pogingen >= mostAttempts ? given : tryAgainAt(rooms, row.pogingen, retryAfter)
}

/** A partner that does not want to hear of it is told for so long, and so often. */
const tellingMs = 86_400_000
const tellAgainMs = 60_000

/** Word to the address that the asker registered; the state can always be asked. */
export async function tell({ row, law, rooms, signal }: Work): Promise<void> {
  const url = addressOf(row, law)?.meldingen
  if (url === undefined) return
  const now = rooms.clock()
  const soort = row.gemeld === 'herinnering' && open.includes(row.staat) ? row.gemeld : row.staat
  const isOver = await postNotification(
    rooms.outbound,
    { url, oin: row.partij, signal },
    {
      id: `${row.verzoek}-${soort}-${row.herinnerd}`,
      oin: rooms.oin,
      soort,
      time: new Date(row.gewijzigd).toISOString(),
      verzoek: row.verzoek,
    },
  ).then(
    () => true,
    () => now >= row.gewijzigd + tellingMs,
  )
  await rooms.requests.change(row, {
    vanaf: now,
    ...(isOver ? { gemeld: row.staat } : { melden: now + tellAgainMs }),
  })
}
