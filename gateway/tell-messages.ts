// Who is told that messages wait? Whoever registered an address for it, once in a while, and never what they say.
import { failureOf } from './attempt.ts'
import { postWaiting } from './delivery/post.ts'
import type { PolicySet } from './policy/law.ts'
import type { WorkRooms } from './step.ts'
import type { Moment, Oin } from './terms.ts'

/** Of one exchange a receiver hears no more often than this. */
const tellEveryMs = 900_000

/** How many were told. What waits can always be listed: who could not be told is tried in the next round. */
export async function tellMessages(
  rooms: Pick<WorkRooms, 'alarm' | 'breaker' | 'messages' | 'oin' | 'outbound' | 'policies'>,
  now: Moment,
  signal: AbortSignal,
): Promise<number> {
  const law = rooms.policies.current()
  const addresses = new Map<Oin, string>()
  for (const { oin, postadres } of law.partijen.values()) {
    if (postadres?.meldingen) addresses.set(oin, postadres.meldingen)
  }
  // Who is left alone is not told either; how telling goes says nothing of where its answers are brought.
  const open = [...addresses.keys()].filter(oin => (rooms.breaker.until(oin) ?? 0) <= now)
  if (open.length === 0) return 0
  const pairs = await rooms.messages.untold(open, now, tellEveryMs)
  const told = await Promise.all(
    pairs.map(async pair => {
      const { ontvanger: oin, uitwisseling } = pair
      const [id, time] = [`${uitwisseling}-${now}`, new Date(now).toISOString()]
      const to = { url: addresses.get(oin) ?? '', oin, signal }
      try {
        await postWaiting(rooms.outbound, to, { id, oin: rooms.oin, time, uitwisseling })
        return 1
      } catch (error) {
        const { code } = failureOf(error)
        if (!isHidden(pair, law)) rooms.alarm('melding-mislukt', { partner: oin, code })
        await rooms.messages.unsaid(pair)
        return 0
      }
    }),
  )
  return told.reduce<number>((sum, one) => sum + one, 0)
}

/** What concerns a confidential party raises no alarm that others read. */
function isHidden(
  { ontvanger, uitwisseling }: { readonly ontvanger: Oin; readonly uitwisseling: string },
  { partijen, uitwisselingen }: PolicySet,
): boolean {
  const arrangement = uitwisselingen.get(uitwisseling)
  return partijen.get(ontvanger)?.vertrouwelijk || arrangement?.vertrouwelijk !== false
}
