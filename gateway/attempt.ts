// How is a partner tried, tried again, and left alone?
import { SourceError } from './adapter.ts'
import { nextAttempt } from './delivery/retry.ts'
import { Problem } from './problem.ts'
import type { Work, WorkRooms } from './step.ts'
import type { Moment, Oin } from './terms.ts'

/** A partner that is left alone is looked at again so soon. */
const restMs = 5_000

/** It failed too often just now: nobody is asked, and no attempt is counted. */
export async function leaveAlone({ row, rooms }: Work, partner: Oin): Promise<void> {
  const now = rooms.clock()
  const until = Math.max(rooms.breaker.until(partner) ?? 0, now + restMs)
  const opnieuw = until + Math.floor(rooms.random() * restMs)
  await rooms.requests.change(row, { vanaf: now, opnieuw })
}

/** After the last attempt it is given up at once. */
export function tryAgainAt(
  { clock, random }: WorkRooms,
  attempts: number,
  retryAfter?: number,
): Moment {
  return clock() + (nextAttempt(attempts, random(), retryAfter) ?? 0)
}

export function failureOf(error: unknown): {
  code: string
  drift: readonly string[]
  retryAfter: number | undefined
} {
  if (error instanceof SourceError) return error
  if (error instanceof Problem) {
    return { code: error.reden, drift: [], retryAfter: error.retryAfter }
  }
  return { code: 'interne-fout', drift: [], retryAfter: undefined }
}

/** Only what a partner does itself is held against it; who refuses a question is there. */
export function countFailure({ breaker, clock }: WorkRooms, partner: Oin, code: string): void {
  if (code === 'source-unavailable' || code === 'source-malformed') breaker.failed(partner, clock())
  if (code === 'source-refused') breaker.succeeded(partner)
}

/** Who is away for a while is no alarm; of the confidential log there is none at all. */
export function sound(
  { row, rooms }: Pick<Work, 'row' | 'rooms'>,
  name: string,
  fields: { readonly code: string; readonly [name: string]: string },
): void {
  if (row.log !== 'gewoon' || fields.code === 'source-unavailable') return
  rooms.alarm(name, { uitwisseling: row.uitwisseling, ...fields })
}
