// How does what waits for an officer stay closed? Under the key of a month that outlives every session.
import { destructionMonth, type Sealer } from '../audit/keys.ts'
import type { Moment } from '../terms.ts'

export interface ConsoleSealer {
  seal(place: readonly [id: string, member: string], text: string): string
  open(place: readonly [id: string, member: string], sealed: string): string
}

/** Longer than a session lives, so that no key is destroyed under one. */
const term = 'P2D'

export function consoleSealer(sealer: Sealer, clock: () => Moment): ConsoleSealer {
  return {
    seal: (place, text) =>
      sealer.seal({ log: 'gewoon', month: destructionMonth(clock(), term) }, place, text),
    open: (place, sealed) => sealer.open('gewoon', place, sealed),
  }
}
