// How are monthly files fetched from the Inlichtingenbureau? Its index, and of each file only what its receiver does not know yet.
import {
  type Adapter,
  type FileLine,
  type FileQuestion,
  type FilesQuestion,
  type OutboundReply,
  SourceError,
  type Tools,
} from '../../gateway/adapter.ts'
import {
  datasets,
  type PlacedHit,
  readHit,
  readIndex,
  readKnown,
  toHeaders,
  toLine,
} from './mapping.ts'
import { difference, entries } from './merge.ts'

export type InlichtingenbureauSettings = {
  /** Folder of the files, without a slash at its end. */
  readonly url: string
  /** OIN in the certificate of the Inlichtingenbureau. */
  readonly oin: string
}

/** Of one month: a few thousand receivers at most. */
const maxIndexBytes = 1024 * 1024
const maxLineBytes = 64 * 1024
const idleMs = 10_000

export const adapter = {
  name: 'inlichtingenbureau',
  datasets,
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'oin'],
    properties: {
      url: { type: 'string', pattern: '^https://.*[^/]$' },
      oin: { type: 'string', pattern: '^[0-9A-Z]{20}$' },
    },
  },
  async connect({ url, oin }, tools) {
    const folder = ({ uitwisseling, periode }: FilesQuestion) =>
      `${url}/bestanden/${uitwisseling}/${periode}`
    return {
      async answer() {
        throw new SourceError('source-refused', 'het Inlichtingenbureau beantwoordt geen vragen')
      },
      bestanden: {
        houder: oin,
        async list(question, signal) {
          const reply = await tools.request({
            url: folder(question),
            method: 'GET',
            headers: { accept: 'application/json', ...toHeaders(question) },
            oin,
            signal,
            maxBytes: maxIndexBytes,
          })
          // Nothing stands ready yet: no fault of anybody.
          if (reply.status === 404) return undefined
          verifyReply(reply)
          return readIndex(reply.body, question)
        },
        read: (question, signal) => {
          const { ontvanger } = question.bestand
          return readFile(question, `${folder(question)}/${ontvanger}`, { ...tools, oin, signal })
        },
      },
      async [Symbol.asyncDispose]() {},
    }
  },
} satisfies Adapter<InlichtingenbureauSettings>

interface Reading extends Pick<Tools, 'lines'> {
  readonly oin: string
  readonly signal: AbortSignal
}

/** Both files side by side; what is known is read from its beginning, for it has no place of its own. */
async function* readFile(
  question: FileQuestion,
  url: string,
  { lines, oin, signal }: Reading,
): AsyncIterable<FileLine> {
  const { bestand, vanaf } = question
  const headers = toHeaders(question)
  // Who stops reading one of the two stops reading the other.
  const stop = new AbortController()
  const call = {
    headers,
    oin,
    maxLineBytes,
    idleMs,
    signal: AbortSignal.any([signal, stop.signal]),
  }
  try {
    const hits = lines({ ...call, url: `${url}/treffers`, vanaf: vanaf.byte, etag: bestand.versie })
    const known = lines({ ...call, url: `${url}/bekend`, vanaf: 0 })
    yield* toLines(
      difference(
        entries('treffers', hits, readHit(question), vanaf, bestand),
        entries('bekend', known, readKnown, { regel: 0, byte: 0 }),
      ),
    )
  } finally {
    stop.abort()
  }
}

async function* toLines(hits: AsyncIterable<PlacedHit>): AsyncIterable<FileLine> {
  for await (const hit of hits) yield toLine(hit)
}

function verifyReply({ status, headers }: OutboundReply): void {
  if (status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after'])
    throw new SourceError(
      'source-unavailable',
      `het Inlichtingenbureau kan nu niet antwoorden (${status})`,
      seconds > 0 ? { retryAfter: seconds } : {},
    )
  }
  if (status !== 200) {
    throw new SourceError(
      'source-refused',
      `het Inlichtingenbureau weigert de vraag (HTTP ${status})`,
    )
  }
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new SourceError('source-malformed', 'de lijst van bestanden is geen JSON', {
      drift: ['content-type'],
    })
  }
}
