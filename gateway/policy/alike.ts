// Which known name did they mean? The one that is spelled almost so.

/** The only known name that differs in nothing but case and signs, or in one letter; else none. */
export function alike(word: string, known: Iterable<string>): string | undefined {
  const meant = plain(word)
  const near = [...known].filter(one => {
    const name = plain(one)
    return name === meant || (name.length > 4 && isOneOff(name, meant))
  })
  return near.find(one => plain(one) === meant) ?? (near.length === 1 ? near[0] : undefined)
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** One letter more, fewer, other, or two that changed places. */
function isOneOff(one: string, other: string): boolean {
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  const [a, b] = [one.slice(at), other.slice(at)]
  const swapped = a.length > 1 && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2)
  return swapped || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1)
}
