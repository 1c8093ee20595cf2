// How is UWV asked about incomes? SuwiML UWVDossierInkomstenGSD v0200 over SOAP 1.1.
import { type Adapter, type OutboundReply, SourceError } from '../../gateway/adapter.ts'
import { operation, readAnswer, serviceAction, writeEnvelope } from './envelope.ts'
import { toAnswer, toRequest } from './mapping.ts'
import { readResponse, writeRequest } from './message.ts'

export type UwvSettings = {
  /** Address of the service at the broker. */
  readonly url: string
  /** OIN in the certificate of the broker. */
  readonly oin: string
  /** wsa:From: who asks, as a URI. */
  readonly afzender?: string
  /** HTTP header SOAPAction, exactly as sent; the WSDL says an empty string in quotes. */
  readonly soapAction?: string
  /** Largest accepted answer in bytes; the largest known example is 700 kB. */
  readonly maxBytes?: number
}

const anonymous = 'http://www.w3.org/2005/08/addressing/anonymous'
const defaultMaxBytes = 4 * 1024 * 1024

export const adapter = {
  name: 'uwv',
  datasets: ['uwv-inkomstenverhoudingen'],
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'oin'],
    properties: {
      url: { type: 'string', pattern: '^https://' },
      oin: { type: 'string', pattern: '^[0-9A-Z]{20}$' },
      afzender: { type: 'string', minLength: 1, maxLength: 200 },
      soapAction: { type: 'string', maxLength: 200, pattern: '^[ -~]*$' },
      maxBytes: { type: 'integer', minimum: 1024, maximum: 67_108_864 },
    },
  },
  async connect(settings, tools) {
    return {
      async answer(exchange, signal) {
        const messageId = `urn:uuid:${exchange.transactie}`
        const content = writeRequest(toRequest(exchange))
        const reply = await tools.request({
          url: settings.url,
          method: 'POST',
          // Own SOAP headers are forbidden (suwiml §2.3), so what UWV must be able to check
          // (Pw art. 65 lid 4) travels as HTTP headers.
          headers: {
            'content-type': 'text/xml; charset=utf-8',
            accept: 'text/xml',
            soapaction: settings.soapAction ?? '""',
            ...exchange.trace,
            'sluis-transactie': exchange.transactie,
            'sluis-ontvanger': exchange.ontvanger,
            ...(exchange.namens === undefined ? {} : { 'sluis-namens': exchange.namens }),
            'sluis-doel': exchange.doel.id,
          },
          body: writeEnvelope(
            {
              action: `${serviceAction}/${operation}`,
              messageId,
              to: settings.url,
              from: settings.afzender ?? anonymous,
            },
            operation,
            content,
          ),
          oin: settings.oin,
          signal,
          maxBytes: settings.maxBytes ?? defaultMaxBytes,
        })
        verifyReply(reply)
        return toAnswer(readResponse(readAnswer(reply.body, messageId)), exchange, tools.clock())
      },
      async [Symbol.asyncDispose]() {},
    }
  },
} satisfies Adapter<UwvSettings>

/** SOAP 1.1 §6.2: 200 carries an answer, 500 a fault; nothing else is read. */
function verifyReply(reply: OutboundReply): void {
  const type = reply.headers['content-type'] ?? ''
  const isXml = /^text\/xml\s*(;|$)/i.test(type)
  if (reply.status === 429 || (reply.status >= 500 && !(reply.status === 500 && isXml))) {
    throw new SourceError(
      'source-unavailable',
      `de bron kan nu niet antwoorden (HTTP ${reply.status})`,
    )
  }
  if (reply.status !== 200 && reply.status !== 500) {
    throw new SourceError('source-refused', `de bron weigert de vraag (HTTP ${reply.status})`)
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type)?.[1] ?? 'utf-8'
  if (!isXml || charset.toLowerCase() !== 'utf-8') {
    throw new SourceError('source-malformed', 'het antwoord van de bron is geen XML in UTF-8')
  }
}
