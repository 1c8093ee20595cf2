// How is the SVB asked about benefits? JSON over REST, with everything the SVB must be able to check.
import { type Adapter, type OutboundReply, SourceError } from '../../gateway/adapter.ts'
import { toAnswer, toHeaders, toRequest } from './mapping.ts'

export type SvbSettings = {
  readonly url: string
  /** OIN in the certificate of the SVB. */
  readonly oin: string
}

const maxBytes = 1024 * 1024

export const adapter = {
  name: 'svb',
  datasets: ['svb-uitkeringen'],
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
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            ...toHeaders(exchange),
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
} satisfies Adapter<SvbSettings>

function verifyReply(reply: OutboundReply): void {
  if (reply.status === 429 || reply.status >= 500) {
    throw new SourceError('source-unavailable', `de SVB kan nu niet antwoorden (${reply.status})`)
  }
  if (reply.status !== 200) {
    throw new SourceError('source-refused', `de SVB weigert de vraag (HTTP ${reply.status})`)
  }
  const type = reply.headers['content-type'] ?? ''
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new SourceError('source-malformed', 'het antwoord van de SVB is geen JSON in UTF-8')
  }
}
