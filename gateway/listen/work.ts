// What is still being done? Work that goes on when its caller has left: nothing closes under it.

export interface Work {
  track<T>(doing: Promise<T>): Promise<T>
  /** Resolves when nothing is being done any more. */
  ended(): Promise<void>
}

export function openWork(): Work {
  const going = new Set<Promise<unknown>>()
  return {
    track(doing) {
      going.add(doing)
      const done = () => going.delete(doing)
      doing.then(done, done)
      return doing
    },
    async ended() {
      while (going.size > 0) await Promise.allSettled(going)
    },
  }
}
