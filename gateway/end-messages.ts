// When is the time of a message over? Ended by whoever comes first: recorded, and what waited is gone.
import { newCall } from './call.ts'
import type { ListedMessage } from './delivery/messages.ts'
import type { Rooms } from './exchange.ts'
import { recordMessageStep } from './inbox.ts'
import type { Moment } from './terms.ts'

/** So many share commits; more would be read into memory at once. */
const perRound = 256

/** How many ended. What cannot be recorded now stays, and is tried again in a later round. */
export async function endMessages(
  rooms: Pick<Rooms, 'audit' | 'messages' | 'policies'>,
  now: Moment,
): Promise<number> {
  let ended = 0
  for (;;) {
    const rows = await rooms.messages.overdue(now, perRound)
    const doing = await Promise.allSettled(rows.map(row => end(row, now, rooms)))
    const failed = doing.find(one => one.status === 'rejected')
    if (failed) throw failed.reason
    ended += rows.length
    if (rows.length < perRound) break
  }
  return ended + (await rooms.messages.forget(now))
}

async function end(
  row: ListedMessage,
  now: Moment,
  rooms: Pick<Rooms, 'audit' | 'policies'>,
): Promise<void> {
  const { transactie, trace } = newCall(now)
  const call = { transactie, trace, tijd: now, verzoek: row.bericht }
  await recordMessageStep(row, call, { soort: 'einde', ...endOf(row, now) }, rooms)
}

/** Never picked up, or never judged; else only what waited is over, and its state tells how it ended. */
function endOf({ staat, geldigTot }: ListedMessage, now: Moment) {
  const open = staat === 'opgehaald' || staat === 'signaal'
  if (staat === 'ontvangen' || (open && geldigTot !== null && geldigTot <= now)) {
    const code = staat === 'ontvangen' ? 'NIET_OPGEHAALD' : 'NIET_BEOORDEELD'
    const change = { staat: 'verlopen', purged: true } as const
    return { uitkomst: 'verlopen', redenen: [{ code }], change }
  }
  return { uitkomst: 'gewist', change: { staat, purged: true } }
}
