// How is a source asked that speaks JSON? The adapter to copy for a new one.
import { type Adapter, type OutboundReply, SourceError } from '../../gateway/adapter.ts'
import { toAnswer, toRequest } from './mapping.ts'

export type EchoSettings = {
  readonly url: string
  /** OIN in the certificate of the source. */
  readonly oin: string
}

const maxBytes = 1024 * 1024

export const adapter = {
  name: 'echo',
  datasets: ['uwv-inkomstenverhoudingen'],
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
    return {
      async answer(exchange, signal) {
        const reply = await tools.request({
          url: settings.url,
          method: 'POST',
          // What the source must be able to check (Pw art. 65 lid 4): who receives it, and why.
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            ...exchange.trace,
            'sluis-transactie': exchange.transactie,
            'sluis-ontvanger': exchange.ontvanger,
            ...(exchange.namens === undefined ? {} : { 'sluis-namens': exchange.namens }),
            'sluis-doel': exchange.doel.id,
          },
          body: JSON.stringify(toRequest(exchange)),
          oin: settings.oin,
          signal,
          maxBytes,
        })
        verifyReply(reply)
        return toAnswer(reply.body, exchange)
      },
      async [Symbol.asyncDispose]() {},
    }
  },
} satisfies Adapter<EchoSettings>

function verifyReply(reply: OutboundReply): void {
  if (reply.status === 429 || reply.status >= 500) {
    throw new SourceError(
      'source-unavailable',
      `de bron kan nu niet antwoorden (HTTP ${reply.status})`,
    )
  }
  if (reply.status !== 200) {
    throw new SourceError('source-refused', `de bron weigert de vraag (HTTP ${reply.status})`)
  }
  const type = reply.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new SourceError('source-malformed', 'het antwoord van de bron is geen JSON in UTF-8')
  }
}
