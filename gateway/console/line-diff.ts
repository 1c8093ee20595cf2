// Which lines of a text came, went or stayed? The shortest change, with a few lines around it.

export type DiffLine = readonly [sign: '+' | '-' | ' ' | '…', text: string]

const around = 3
/** Above this two texts are told to differ as a whole: the table of the algorithm would grow too large. */
const mostCells = 4_000_000

/** The longest common subsequence, by the table; what begins and ends alike is not in it. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (
    end < Math.min(a.length, b.length) - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  )
    end += 1
  const middle = change(a.slice(start, a.length - end), b.slice(start, b.length - end))
  const same = (lines: readonly string[]): DiffLine[] => lines.map(line => [' ', line])
  return folded([...same(a.slice(0, start)), ...middle, ...same(a.slice(a.length - end))])
}

function change(a: readonly string[], b: readonly string[]): DiffLine[] {
  const gone = a.map((line): DiffLine => ['-', line])
  const made = b.map((line): DiffLine => ['+', line])
  if (a.length === 0 || b.length === 0 || a.length * b.length > mostCells) return [...gone, ...made]
  const width = b.length + 1
  const longest = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: DiffLine[] = []
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const [left, right] = [a[i], b[j]]
    if (left !== undefined && left === right) {
      lines.push([' ', left])
      i += 1
      j += 1
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(['-', left])
      i += 1
    } else if (right !== undefined) {
      lines.push(['+', right])
      j += 1
    }
  }
  return lines
}

/** Only the lines near a change; the rest is a mark. */
function folded(lines: readonly DiffLine[]): readonly DiffLine[] {
  const near = new Set<number>()
  for (const [index, [sign]] of lines.entries()) {
    if (sign === ' ') continue
    for (let i = index - around; i <= index + around; i++) near.add(i)
  }
  return lines.flatMap((line, index): readonly DiffLine[] => {
    if (near.has(index)) return [line]
    return near.has(index - 1) || index === 0 ? [['…', '']] : []
  })
}
