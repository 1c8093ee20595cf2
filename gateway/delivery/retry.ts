// When is a step that failed tried again, and when no more? After a random part of a time that doubles.

const shortestMs = 5_000
const longestMs = 3_600_000
const longestAskedMs = 86_400_000

/** At so many failures in a row a request is a dead letter: after eight hours or so, at most seventeen. */
export const mostAttempts = 25

/**
 * Milliseconds until the next try after `attempts` failures (1 is the first), by `random` of [0, 1); undefined when
 * it was the last. Full jitter: partners that come back are not met by everybody at once. What the partner asks for
 * (Retry-After, in seconds) is kept to, up to a day, and spread in the same way.
 */
export function nextAttempt(
  attempts: number,
  random: number,
  retryAfter?: number,
): number | undefined {
  if (attempts >= mostAttempts) return undefined
  const ceiling = Math.min(longestMs, shortestMs * 2 ** Math.min(attempts, 20))
  const asked = Math.min(longestAskedMs, Math.max(0, retryAfter ?? 0) * 1_000)
  const drawn = shortestMs + random * (ceiling - shortestMs)
  return asked > 0 ? Math.round(asked + random * shortestMs) : Math.round(drawn)
}
