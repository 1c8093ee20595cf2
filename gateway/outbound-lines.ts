// Which part of a file did a source send, and what are its lines? Pure; a line is bounded, a file is not.
import { type OutboundFile, type OutboundLine, SourceError } from './adapter.ts'

interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The byte of the file that the body begins with; `over` when the file ends before the part that was asked.
 * @throws SourceError: another file than was asked, or none
 */
export function fileStart(
  { status, headers }: Head,
  { vanaf, etag }: Pick<OutboundFile, 'vanaf' | 'etag'>,
): number | 'over' {
  const range = headers['content-range'] ?? ''
  if (status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after'])
    throw new SourceError(
      'source-unavailable',
      `de bron kan het bestand nu niet geven (${status})`,
      {
        ...(seconds > 0 && { retryAfter: seconds }),
      },
    )
  }
  if (status === 412) throw changed()
  // RFC 9110 §15.5.17: nothing is left when the file is exactly as long as what we have.
  if (status === 416 && range === `bytes */${vanaf}`) return 'over'
  if (status === 416) throw changed()
  if (status !== 200 && status !== 206) {
    throw new SourceError('source-refused', `de bron weigert het bestand (HTTP ${status})`)
  }
  if (!/^application\/(x-)?ndjson\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new SourceError('source-malformed', 'het bestand van de bron is geen NDJSON', {
      drift: ['content-type'],
    })
  }
  if (etag !== undefined && headers.etag !== etag) throw changed()
  // §14.2: a server may ignore the range and send all of it.
  if (status === 200) return 0
  if (vanaf > 0 && range.startsWith(`bytes ${vanaf}-`)) return vanaf
  throw new SourceError('source-malformed', 'de bron stuurt een ander deel dan is gevraagd', {
    drift: ['content-range'],
  })
}

function changed(): SourceError {
  return new SourceError('source-malformed', 'het bestand is intussen een ander bestand', {
    drift: ['etag'],
  })
}

/** Holds one line and one chunk. What is behind the last line end is a line that was cut off. */
export async function* splitLines(
  body: AsyncIterable<Buffer>,
  { vanaf, maxLineBytes, skip }: Pick<OutboundFile, 'vanaf' | 'maxLineBytes'> & { skip: number },
): AsyncIterable<OutboundLine> {
  let held: Buffer[] = []
  let size = 0
  let byte = vanaf
  let skipping = skip
  for await (const chunk of body) {
    let at = Math.min(skipping, chunk.length)
    skipping -= at
    for (let end = chunk.indexOf(10, at); end !== -1; end = chunk.indexOf(10, at)) {
      const line = Buffer.concat([...held, chunk.subarray(at, end)])
      if (line.length > maxLineBytes) throw tooLong()
      byte += line.length + 1
      at = end + 1
      held = []
      size = 0
      yield { tekst: read(line), byte }
    }
    if (at === chunk.length) continue
    held.push(chunk.subarray(at))
    size += chunk.length - at
    if (size > maxLineBytes) throw tooLong()
  }
  if (size === 0 && skipping === 0) return
  throw new SourceError('source-malformed', 'het bestand is midden in een regel afgebroken', {
    drift: ['regeleinde'],
  })
}

function tooLong(): SourceError {
  return new SourceError('source-malformed', 'een regel van het bestand is te lang', {
    drift: ['regellengte'],
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function read(line: Buffer): string {
  try {
    return utf8.decode(line)
  } catch {
    throw new SourceError('source-malformed', 'een regel van het bestand is geen UTF-8', {
      drift: ['tekens'],
    })
  }
}
