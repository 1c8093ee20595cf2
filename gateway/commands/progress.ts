// How far is it? One line on standard error: rewritten on a terminal, elsewhere a plain line now and then.

/** The terminal that standard error is; absent in a pipe or a file, and where it rewrites no lines. */
export interface Terminal {
  readonly columns: number
}

export interface Place {
  readonly err: (text: string) => void
  readonly clock: () => number
  readonly terminal?: Terminal
}

/** Where this process says it: rewritten only before a person, and where a line can be. */
export function shown(
  stderr: Terminal & { readonly isTTY: boolean; write(text: string): unknown },
  dumb = false,
): Omit<Place, 'clock'> {
  const err = (text: string) => void stderr.write(text)
  return stderr.isTTY && !dumb ? { err, terminal: stderr } : { err }
}

export interface Work {
  /** What is done, e.g. `controleren`. */
  readonly label: string
  /** What is counted, in the plural. */
  readonly unit: string
  /** For a program (`--json`): nothing is shown. */
  readonly silent?: boolean | undefined
}

export interface Progress extends Disposable {
  /** So much is done, of so much if that is known; as often as one likes. */
  at(done: number, total?: number): void
  /** Takes the line away, so that another can be printed; the next `at` puts it back. */
  clear(): void
}

const redrawMs = 100
const plainEveryMs = 10_000
const wipe = '\r\u001b[2K'

/** @param begun what was done before, when work is taken up again: it does not count for the rate */
export function openProgress(place: Place, work: Work, begun = 0): Progress {
  const { err, clock, terminal } = place
  const start = clock()
  let next = work.silent ? Number.POSITIVE_INFINITY : start + (terminal ? 0 : plainEveryMs)
  let drawn = false
  const clear = () => {
    if (drawn) err(wipe)
    drawn = false
  }
  return {
    at(done, total) {
      const now = clock()
      if (now < next) return
      next = now + (terminal ? redrawMs : plainEveryMs)
      const rate = (done - begun) / Math.max((now - start) / 1_000, 0.001)
      const line = { ...work, done, rate, ...(total !== undefined && { total }) }
      err(terminal ? wipe + fitted(line, terminal.columns - 1) : `${partsOf(line).join(', ')}\n`)
      drawn = terminal !== undefined
    },
    clear,
    [Symbol.dispose]: clear,
  }
}

interface Line extends Work {
  readonly done: number
  readonly total?: number
  /** Per second. */
  readonly rate: number
}

/** From what matters most to what is left out first on a narrow terminal. */
function partsOf({ label, unit, done, total, rate }: Line): string[] {
  const of = total === undefined ? '' : ` van ${count(total)}`
  const left = total === undefined || rate <= 0 ? undefined : Math.max(0, total - done) / rate
  return [
    `${label}: ${count(done)}${of} ${unit}`,
    ...(total ? [`${Math.min(100, Math.floor((done / total) * 100))}%`] : []),
    ...(left === undefined ? [] : [`nog ${duration(left)}`]),
    `${count(Math.round(rate))} per seconde`,
  ]
}

/** A bar takes what the words leave over; without room for one there is none. */
function fitted(line: Line, width: number): string {
  const parts = partsOf(line)
  while (parts.length > 1 && parts.join('  ').length > width) parts.pop()
  const words = parts.join('  ')
  const room = Math.min(40, width - words.length - 4)
  if (line.total === undefined || room < 5) return words.slice(0, Math.max(width, 0))
  const full = Math.floor(room * Math.min(1, line.total === 0 ? 1 : line.done / line.total))
  return `${words}  [${'='.repeat(full)}${' '.repeat(room - full)}]`
}

function count(n: number): string {
  return n.toLocaleString('nl-NL')
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} uur ${minutes % 60} min`
}
