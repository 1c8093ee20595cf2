// What if somebody tries and tries? Each failed login waits longer for its answer; who succeeds never waits.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Request } from 'express'
import { Problem } from '../problem.ts'
import type { Moment } from '../terms.ts'

export interface Patience {
  /** Counts one failure of this address; resolves when it may be answered. */
  failed(address: string): Promise<void>
}

/** Milliseconds of the second failure in a row; each next one waits twice as long. */
const firstMs = 250
const longestMs = 4_000
/** Without a failure for so long, an address starts anew. */
const forgetMs = 10 * 60_000
/** Answers that wait at once; more are told to come back. Nobody who has not failed is among them. */
const mostWaiting = 200
const mostAddresses = 10_000

type Sleep = (ms: number) => Promise<unknown>

/** Nobody is ever shut out: a rival at the same address who knows the way in finds no wait at all. */
export function openPatience(clock: () => Moment, wait: Sleep = ms => sleep(ms)): Patience {
  const failures = new Map<string, { readonly count: number; readonly last: Moment }>()
  let waiting = 0
  return {
    async failed(address) {
      const now = clock()
      const known = failures.get(address)
      const count = known && now - known.last < forgetMs ? known.count + 1 : 1
      failures.delete(address)
      failures.set(address, { count, last: now })
      const [oldest] = failures.size > mostAddresses ? failures.keys() : []
      if (oldest !== undefined) failures.delete(oldest)
      if (count === 1) return
      if (waiting >= mostWaiting) {
        const detail = 'Er zijn nu te veel mislukte pogingen tegelijk.'
        throw new Problem('overbelast', detail, { retryAfter: longestMs / 1_000 })
      }
      waiting += 1
      try {
        await wait(Math.min(longestMs, firstMs * 2 ** (count - 2)))
      } finally {
        waiting -= 1
      }
    },
  }
}

/** Behind a proxy everybody has its address: then all who fail wait, and still nobody who succeeds. */
export async function slowly<T>(
  patience: Patience,
  { socket }: Pick<Request, 'socket'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const failed = error instanceof Problem && error.slug === 'aanmelding-mislukt'
    if (failed) await patience.failed(socket.remoteAddress ?? '')
    throw error
  }
}
