// Where does each line of a file begin and end? A stream of bytes becomes lines, in constant memory.
import { createHash } from 'node:crypto'

/** A line as it came; what ends it (LF or CRLF) is no part of it. */
export interface Line {
  /** Its number in the file, from 1. */
  readonly regel: number
  /** Where the next line begins in the file, in bytes. */
  readonly einde: number
  /** SHA-256 of the line, also of one that is too long to be kept. */
  readonly sha256: string
  /** Absent when it is too long. */
  readonly bytes?: Buffer
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Every line counts, an empty one too: a line number here is the one that an editor shows. The last line may lack
 * its end, unless the stream stops before the end of the file (`whole`): then it is half a line, and no line.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  from: { readonly regel: number; readonly byte: number },
  { lineBytes, whole = () => true }: { readonly lineBytes: number; readonly whole?: () => boolean },
): AsyncGenerator<Line> {
  let { regel, byte: einde } = from
  let open = openLine(lineBytes)
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      open.take(chunk.subarray(start, end))
      einde += open.size() + 1
      yield { regel, einde, ...open.close() }
      regel += 1
      start = end + 1
      open = openLine(lineBytes)
    }
    open.take(chunk.subarray(start))
  }
  if (open.size() === 0 || !whole()) return
  einde += open.size()
  yield { regel, einde, ...open.close() }
}

/** Keeps the pieces of one line up to `lineBytes`; of a longer one only its hash. */
function openLine(lineBytes: number) {
  let pieces: Buffer[] = []
  let size = 0
  let last = -1
  let long: ReturnType<typeof createHash> | undefined
  return {
    size: () => size,
    take(piece: Buffer) {
      if (piece.length === 0) return
      size += piece.length
      last = piece[piece.length - 1] ?? -1
      if (long) long.update(piece)
      else {
        pieces.push(piece)
        if (size <= lineBytes + 1) return // the one more may be a carriage return
        long = createHash('sha256')
        for (const each of pieces) long.update(each)
        pieces = []
      }
    },
    close(): Pick<Line, 'sha256' | 'bytes'> {
      if (long) return { sha256: long.digest('base64url') }
      const all = pieces.length === 1 ? (pieces[0] ?? Buffer.of()) : Buffer.concat(pieces, size)
      const bytes = last === carriageReturn ? all.subarray(0, -1) : all
      const sha256 = createHash('sha256').update(bytes).digest('base64url')
      return bytes.length > lineBytes ? { sha256 } : { sha256, bytes }
    },
  }
}
