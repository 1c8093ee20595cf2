// Which counts of a report may be shown, so that nobody in it can be counted back? (S56)

/** A count and the ways in which it is divided; each way divides all of it. */
export interface Count {
  readonly naam: string
  readonly aantal: number
  readonly delen?: readonly Division[]
}

export interface Division {
  readonly soort: string
  readonly rijen: readonly Count[]
}

/** What may be seen of a count. What is hidden is not divided any further. */
export interface Shown {
  readonly naam: string
  readonly aantal: number
  readonly delen: readonly ShownDivision[]
}

export interface ShownDivision {
  readonly soort: string
  readonly rijen: readonly Shown[]
  /** Names whose count is not shown: below five, or a neighbour of one that is. `alles`: not even the names. */
  readonly verborgen: readonly string[] | 'alles'
}

/** A count below this may be of a few persons whom somebody knows. */
export const smallest = 5

/** @returns undefined when the whole is too small to be shown, also when it is nothing */
export function protect(count: Count): Shown | undefined {
  return count.aantal < smallest ? undefined : reveal(count)
}

function reveal({ naam, aantal, delen = [] }: Count): Shown {
  return { naam, aantal, delen: delen.map(division => divide(division, aantal)) }
}

function divide({ soort, rijen }: Division, whole: number): ShownDivision {
  const counts = rijen.filter(({ aantal }) => aantal > 0)
  if (counts.reduce((sum, { aantal }) => sum + aantal, 0) !== whole) {
    throw new Error(`the parts of a division by ${soort} are not its whole`)
  }
  const cutoff = hiddenUpTo(counts.map(({ aantal }) => aantal))
  const shown = counts.filter(({ aantal }) => aantal > cutoff)
  const hidden = counts.filter(({ aantal }) => aantal <= cutoff).map(({ naam }) => naam)
  return {
    soort,
    rijen: shown.map(reveal),
    verborgen: shown.length === 0 && hidden.length > 0 ? 'alles' : hidden.sort(),
  }
}

/**
 * Counts up to this one are hidden. The reader is taken to know the whole and this rule: what is hidden together
 * must still leave each small count more than one value. Small ones alone do that unless they are one, few, or all
 * as small or as large as they can be; else the smallest of the others is hidden with them, and its equals.
 */
function hiddenUpTo(counts: readonly number[]): number {
  const small = counts.filter(count => count < smallest)
  if (small.length === 0) return 0
  const sum = small.reduce((total, count) => total + count, 0)
  const free = sum > small.length && sum < (smallest - 1) * small.length
  if (sum >= smallest && free) return smallest - 1
  return Math.min(...counts.filter(count => count >= smallest))
}

/** A count over more months: the months in which it is shown, together. */
export interface Sum {
  readonly naam: string
  readonly aantal: number
  /** In a month it was hidden: so it is this or more. */
  readonly tenminste: boolean
  readonly delen: readonly {
    readonly soort: string
    readonly rijen: readonly Sum[]
    readonly verborgen: boolean
  }[]
}

/** Of a count in one month: shown, hidden, or none. */
export type State = Shown | 'verborgen' | 'geen'

/** Longer periods are made of what their months show, so that no difference of periods tells more than the months. */
export function together(naam: string, months: readonly State[]): Sum {
  const shown = months.filter(month => typeof month === 'object')
  const soorten = [...new Set(shown.flatMap(({ delen }) => delen.map(({ soort }) => soort)))]
  return {
    naam,
    aantal: shown.reduce((sum, { aantal }) => sum + aantal, 0),
    tenminste: months.includes('verborgen'),
    delen: soorten.map(soort => {
      const parts = months.map(month => partOf(month, soort))
      const names = new Set(parts.flatMap(namesOf))
      return {
        soort,
        rijen: [...names].sort().map(name =>
          together(
            name,
            parts.map(part => stateOf(part, name)),
          ),
        ),
        verborgen: parts.some(
          part => part === 'verborgen' || (part !== 'geen' && part.verborgen.length > 0),
        ),
      }
    }),
  }
}

type Part = ShownDivision | 'verborgen' | 'geen'

function partOf(month: State, soort: string): Part {
  if (typeof month !== 'object') return month
  return month.delen.find(division => division.soort === soort) ?? 'geen'
}

function namesOf(part: Part): readonly string[] {
  if (typeof part !== 'object') return []
  const hidden = part.verborgen === 'alles' ? [] : part.verborgen
  return [...part.rijen.map(({ naam }) => naam), ...hidden]
}

function stateOf(part: Part, name: string): State {
  if (typeof part !== 'object') return part
  if (part.verborgen === 'alles' || part.verborgen.includes(name)) return 'verborgen'
  return part.rijen.find(({ naam }) => naam === name) ?? 'geen'
}
