// What if refusals come in a flood? They are summarised per party and reason per minute, never dropped (P4).
import type { Call, LogName, Oin } from '../terms.ts'

/** A call that never reached a decision; `aantal` when it stands for many. */
export interface Rejection {
  readonly call: Call
  readonly log: LogName
  readonly partij?: Oin
  readonly redenen: readonly string[]
  readonly uitwisseling?: string
  readonly aantal?: number
}

export interface Flood extends AsyncDisposable {
  /** Resolves when the rejection is durable, or counted for this minute's summary. */
  record(rejection: Rejection): Promise<void>
}

interface Tally {
  recorded: number
  summarised: number
  last: Rejection
}

/** So many of one kind are written one by one in a minute; the rest of that minute becomes one record. */
const singlesPerMinute = 60

/** More kinds than this at once cannot be honest: parties and reasons are both bounded lists. */
const maxKinds = 10_000

/**
 * @param write makes one record durable (recordRejection)
 * @param everyMs length of the window; a minute but for tests
 */
export function openFlood(
  write: (rejection: Rejection) => Promise<unknown>,
  onAlarm: (alarm: string, fields: Record<string, unknown>) => void,
  everyMs = 60_000,
): Flood {
  let tallies = new Map<string, Tally>()

  async function flush(): Promise<void> {
    const ended = tallies
    tallies = new Map()
    const summaries = [...ended].filter(([, tally]) => tally.summarised > 0)
    const results = await Promise.allSettled(
      summaries.map(([, { last, summarised }]) => write({ ...last, aantal: summarised })),
    )
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue
      const [key, tally] = summaries[index]!
      onAlarm('weigeringen-niet-vastgelegd', { aantal: tally.summarised })
      const current = tallies.get(key)
      if (current) current.summarised += tally.summarised
      else tallies.set(key, { ...tally, recorded: singlesPerMinute })
    }
  }

  const timer = setInterval(() => void flush(), everyMs).unref()

  return {
    async record(rejection) {
      const key = JSON.stringify([rejection.log, rejection.partij ?? null, rejection.redenen])
      const tally = tallies.get(key)
      if (!tally && tallies.size >= maxKinds) await flush()
      const counted = tally ?? { recorded: 0, summarised: 0, last: rejection }
      counted.last = rejection
      if (!tally) tallies.set(key, counted)
      if (counted.recorded < singlesPerMinute) {
        counted.recorded += 1
        await write(rejection)
      } else {
        counted.summarised += 1
      }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await flush()
    },
  }
}
