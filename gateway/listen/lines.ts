// How is an answer of many lines sent? One after the other, no faster than they are taken, and each known to have left.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { securityHeaders } from './answer.ts'

export interface Lines {
  /** Resolves when there is room for more; false when nobody takes them any more. `onSent`: it has left this process. */
  write(text: string, onSent?: () => void): Promise<boolean>
  /** Resolves when all of them have left, or nobody takes them any more. */
  end(): Promise<void>
}

/** `waitMs`: who takes nothing for so long is cut off; the listener's own clock begins at the end of an answer. */
export function openLines(response: ServerResponse, waitMs: number): Lines {
  response.writeHead(200, {
    ...securityHeaders,
    'Content-Type': 'application/x-ndjson; charset=utf-8',
  })
  return {
    async write(text, onSent) {
      if (response.destroyed || response.closed) return false
      const left = Promise.withResolvers<void>()
      const hasRoom = response.write(`${text}\n`, error => {
        if (!error) onSent?.()
        left.resolve()
      })
      // Not for `drain`: Node tells of none when the socket takes all that was held back at once.
      if (!hasRoom) await settled(response, () => left.promise, waitMs)
      return !response.destroyed
    },
    async end() {
      if (response.destroyed || response.closed) return
      response.end()
      await settled(response, signal => once(response, 'finish', { signal }), waitMs)
    },
  }
}

async function settled(
  response: ServerResponse,
  done: (signal: AbortSignal) => Promise<unknown>,
  waitMs: number,
): Promise<void> {
  const over = new AbortController()
  const { signal } = over
  const timer = setTimeout(() => response.destroy(), waitMs)
  try {
    await Promise.race([done(signal), once(response, 'close', { signal })])
  } catch {
    // It broke: that it is destroyed says so.
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}
