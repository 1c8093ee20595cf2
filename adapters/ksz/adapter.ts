// How is Belgium asked? A question, a ticket, and the same question again by that ticket until there is an answer.
import {
  type Adapter,
  type OutboundReply,
  SourceError,
  type SourceLater,
  type SourceQuestion,
} from '../../gateway/adapter.ts'
import type { MessageName } from './grammar.ts'
import { pairOf, services, toAnswer, toHeaders, toLater, toQuestion } from './mapping.ts'
import { type Group, writeMessage } from './message.ts'

export type KszSettings = {
  readonly url: string
  /** OIN in the certificate of the KSZ. */
  readonly oin: string
}

const maxBytes = 1024 * 1024
/** A source may name a moment far away; the core's own deadline ends a request before that. */
const longestWait = 30 * 24 * 3600

export const adapter = {
  name: 'ksz',
  datasets: Object.keys(services),
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'oin'],
    properties: {
      url: { type: 'string', pattern: '^https://' },
      oin: { type: 'string', pattern: '^[0-9A-Z]{20}$' },
    },
  },
  async connect(settings, tools) {
    async function post(
      name: MessageName,
      content: Group,
      exchange: SourceQuestion,
      signal: AbortSignal,
    ): Promise<OutboundReply> {
      const reply = await tools.request({
        url: settings.url,
        method: 'POST',
        headers: {
          'content-type': 'application/xml; charset=utf-8',
          accept: 'application/xml',
          ...toHeaders(exchange),
        },
        body: writeMessage(name, content),
        oin: settings.oin,
        signal,
        maxBytes,
      })
      verifyAvailable(reply, tools.clock())
      return reply
    }
    return {
      async answer(exchange, signal) {
        const pair = pairOf(exchange)
        const ask = async (): Promise<SourceLater> => {
          const reply = await post('Vraag', toQuestion(exchange, pair), exchange, signal)
          return toLater(contentOf(reply, 202), exchange)
        }
        const { kenmerk } = exchange
        if (kenmerk === undefined) return await ask()
        const reply = await post('Navraag', { Kenmerk: [kenmerk] }, exchange, signal)
        // It has forgotten that it was asked, so nothing is asked twice: it is asked again.
        if (reply.status === 410) return await ask()
        return toAnswer(contentOf(reply, 200), exchange, pair)
      },
      async [Symbol.asyncDispose]() {},
    }
  },
} satisfies Adapter<KszSettings>

function verifyAvailable({ status, headers }: OutboundReply, now: number): void {
  if (status !== 429 && status < 500) return
  const retryAfter = waitOf(headers['retry-after'], now)
  throw new SourceError('source-unavailable', `de bron kan nu niet antwoorden (HTTP ${status})`, {
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function waitOf(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const imfDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
  const seconds = /^\d{1,9}$/.test(value)
    ? Number(value)
    : imfDate.test(value)
      ? Math.ceil((Date.parse(value) - now) / 1_000)
      : Number.NaN
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), longestWait) : undefined
}

function contentOf({ status, headers, body }: OutboundReply, expected: 200 | 202): Buffer {
  if (status < 200 || status >= 300) {
    throw new SourceError('source-refused', `de bron weigert de vraag (HTTP ${status})`)
  }
  if (status !== expected) {
    throw new SourceError(
      'source-malformed',
      `de bron antwoordt anders dan afgesproken (HTTP ${status})`,
    )
  }
  const type = headers['content-type'] ?? ''
  if (!/^application\/xml\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new SourceError('source-malformed', 'het antwoord van de bron is geen XML in UTF-8')
  }
  return body
}
