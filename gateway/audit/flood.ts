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
  /** What all that is summarised is about; absent when that differs. */
  uitwisseling: string | undefined
}

/** So many of one kind are written one by one in a minute; the rest of that minute becomes one record. */
const singlesPerMinute = 60

/** More kinds than this at once cannot be honest: parties and reasons are both bounded lists. */
const maxKinds = 10_000

export interface FloodOptions {
  /** Makes one record durable (recordRejection). */
  readonly write: (rejection: Rejection) => Promise<unknown>
  /** Whether a summary could be written: nothing is counted for a log that is down. */
  readonly healthy: (log: LogName) => boolean
  readonly onAlarm: (alarm: string, fields: Record<string, unknown>) => void
  /** Length of the window; a minute but for tests. */
  readonly everyMs?: number
}

export function openFlood({ write, healthy, onAlarm, everyMs = 60_000 }: FloodOptions): Flood {
  let tallies = new Map<string, Tally>()

  async function flush(): Promise<void> {
    const ended = tallies
    tallies = new Map()
    const summaries = [...ended].filter(([, tally]) => tally.summarised > 0)
    const results = await Promise.allSettled(
      summaries.map(([, { last, summarised, uitwisseling }]) => {
        const { uitwisseling: _, ...rest } = last
        return write({ ...rest, ...(uitwisseling && { uitwisseling }), aantal: summarised })
      }),
    )
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue
      const [key, tally] = summaries[index]!
      onAlarm('weigeringen-niet-vastgelegd', { aantal: tally.summarised })
      const current = tallies.get(key)
      if (current) {
        current.summarised += tally.summarised
        if (current.uitwisseling !== tally.uitwisseling) current.uitwisseling = undefined
      } else tallies.set(key, { ...tally, recorded: singlesPerMinute })
    }
  }

  const timer = setInterval(() => void flush(), everyMs).unref()

  return {
    async record(rejection) {
      const key = JSON.stringify([rejection.log, rejection.partij ?? null, rejection.redenen])
      if (!tallies.has(key) && tallies.size >= maxKinds) await flush()
      const { uitwisseling } = rejection
      const fresh: Tally = { recorded: 0, summarised: 0, last: rejection, uitwisseling }
      const counted = tallies.get(key) ?? fresh
      tallies.set(key, counted)
      if (counted.recorded < singlesPerMinute || !healthy(rejection.log)) {
        counted.recorded += 1
        try {
          await write(rejection)
        } catch (error) {
          counted.recorded -= 1 // or a log that was down would be answered for without a record
          throw error
        }
      } else {
        if (counted.summarised === 0) counted.uitwisseling = uitwisseling
        else if (counted.uitwisseling !== uitwisseling) counted.uitwisseling = undefined
        counted.summarised += 1
        counted.last = rejection
      }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await flush()
    },
  }
}
