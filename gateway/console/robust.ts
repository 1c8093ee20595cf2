// How far is a number from what is usual? By medians, which a few odd values do not move; few values say nothing.

export interface Usual {
  readonly middle: number
  /** Like a standard deviation. */
  readonly spread: number
  readonly count: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const half = sorted.length / 2
  const low = sorted[Math.ceil(half) - 1] ?? 0
  return (low + (sorted[Math.floor(half)] ?? low)) / 2
}

/** Undefined while there are too few to compare with. */
export function usual(values: readonly number[], least: number): Usual | undefined {
  if (values.length < least) return undefined
  const middle = median(values)
  const deviation = median(values.map(value => Math.abs(value - middle)))
  return { middle, spread: 1.4826 * deviation, count: values.length }
}

/** In spreads, of which one is at least `least`. */
export function above(value: number, { middle, spread }: Usual, least: number): number {
  return (value - middle) / Math.max(spread, least)
}

/** What a count varies by chance alone (Poisson), so that small counts stay silent. */
export function chance({ middle }: Usual): number {
  return Math.max(1, Math.sqrt(middle))
}
