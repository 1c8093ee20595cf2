// Which hits does their receiver not know yet? Two sorted files are read side by side, one line of each at a time.
import { type FilePlace, type OutboundLine, SourceError } from '../../gateway/adapter.ts'
import { type Key, malformed, parse, readEnd } from './mapping.ts'

/** Numbers first, then what is said of them; both are plain ASCII. */
function compare(one: Key, other: Key): number {
  if (one.nummer !== other.nummer) return one.nummer < other.nummer ? -1 : 1
  if (one.kenmerk !== other.kenmerk) return one.kenmerk < other.kenmerk ? -1 : 1
  return 0
}

type Placed<Entry> = Entry & { readonly tekst: string; readonly na: FilePlace }

/**
 * The entries of one file, each after the one before it. A file is whole when its last line says of how many
 * it was, and, for a file of the index, when that is what the index said.
 * @throws SourceError source-malformed naming file, line and member
 */
export async function* entries<Entry extends Key>(
  file: string,
  lines: AsyncIterable<OutboundLine>,
  read: (value: unknown, waar: string) => Entry,
  vanaf: FilePlace,
  said?: { readonly regels: number; readonly bytes: number },
): AsyncIterable<Placed<Entry>> {
  let { regel, byte: end } = vanaf
  let before: Entry | undefined
  let total: number | undefined
  try {
    for await (const { tekst, byte } of lines) {
      const waar = `${file}, regel ${regel + 1}`
      if (total !== undefined) throw malformed(waar, 'einde')
      end = byte
      const value = parse(tekst, waar)
      total = readEnd(value, waar)
      if (total !== undefined) continue
      const entry = read(value, waar)
      const order = before === undefined ? -1 : compare(before, entry)
      if (order >= 0) throw malformed(waar, order === 0 ? 'kenmerk' : 'nummer')
      before = entry
      regel += 1
      yield { ...entry, tekst, na: { regel, byte } }
    }
  } catch (error) {
    throw located(error, file, regel)
  }
  const waar = `${file}, na regel ${regel}`
  if (total === undefined) throw malformed(waar, 'einde')
  if (total !== regel || (said && said.regels !== regel)) throw malformed(waar, 'regels')
  if (said && said.bytes !== end) throw malformed(waar, 'bytes')
}

/** What the client says of a line does not say which. */
function located(error: unknown, file: string, regel: number): unknown {
  if (!(error instanceof SourceError) || error.code !== 'source-malformed') return error
  if (error.drift.some(name => name.startsWith(`${file}.`))) return error
  return new SourceError(error.code, `${file}, na regel ${regel}: ${error.message}`, {
    drift: error.drift.map(name => `${file}.${name}`),
  })
}

/** Sorted set difference; what is known is read to its end, so that half a file never passes for a whole one. */
export async function* difference<Hit extends Key>(
  hits: AsyncIterable<Hit>,
  known: AsyncIterable<Key>,
): AsyncIterable<Hit> {
  const theirs = known[Symbol.asyncIterator]()
  try {
    let next = await theirs.next()
    for await (const hit of hits) {
      while (!next.done && compare(next.value, hit) < 0) next = await theirs.next()
      if (next.done || compare(next.value, hit) !== 0) yield hit
    }
    while (!next.done) next = await theirs.next()
  } finally {
    await theirs.return?.()
  }
}
