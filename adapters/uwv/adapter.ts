// How is UWV asked about incomes and benefits? Two messages, each in the same SOAP 1.1 envelope.
import {
  type Adapter,
  type OutboundReply,
  type SourceAnswer,
  SourceError,
  type SourceQuestion,
} from '../../gateway/adapter.ts'
import { readAnswer, writeEnvelope } from './envelope.ts'
import type { Service } from './grammar.ts'
import { toAnswer, toRequest } from './mapping.ts'
import { toBenefitAnswer, toBenefitRequest } from './mapping-benefits.ts'
import { type Group, readResponse, writeRequest } from './message.ts'
import { incomes } from './tree.ts'
import { benefits } from './tree-benefits.ts'

export type UwvSettings = {
  /** Address of the service for incomes at the broker. */
  readonly url: string
  /** Address of the service for benefits; absent: the same. */
  readonly urlUitkeringen?: string
  /** OIN in the certificate of the broker. */
  readonly oin: string
  /** wsa:From: who asks, as a URI. */
  readonly afzender?: string
  /** HTTP header SOAPAction, exactly as sent; the WSDL says an empty string in quotes. */
  readonly soapAction?: string
  /** Largest accepted answer in bytes; the largest known example is 700 kB. */
  readonly maxBytes?: number
}

interface Dossier {
  readonly service: Service
  readonly url: (settings: UwvSettings) => string
  readonly ask: (exchange: SourceQuestion) => Group
  readonly answer: (response: Group, exchange: SourceQuestion, now: number) => SourceAnswer
}

/** Which message holds which dataset. */
const dossiers: Readonly<Record<string, Dossier>> = {
  'uwv-inkomstenverhoudingen': {
    service: incomes,
    url: ({ url }) => url,
    ask: toRequest,
    answer: toAnswer,
  },
  'uwv-uitkeringen': {
    service: benefits,
    url: ({ url, urlUitkeringen }) => urlUitkeringen ?? url,
    ask: toBenefitRequest,
    answer: toBenefitAnswer,
  },
}

const anonymous = 'http://www.w3.org/2005/08/addressing/anonymous'
const defaultMaxBytes = 4 * 1024 * 1024

export const adapter = {
  name: 'uwv',
  datasets: Object.keys(dossiers),
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'oin'],
    properties: {
      url: { type: 'string', pattern: '^https://' },
      urlUitkeringen: { type: 'string', pattern: '^https://' },
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
        const dossier = dossiers[exchange.gegevensset]
        if (!dossier) throw new SourceError('source-refused', 'deze bron houdt deze gegevens niet')
        const { service } = dossier
        const url = dossier.url(settings)
        const content = writeRequest(dossier.ask(exchange), service)
        const reply = await tools.request({
          url,
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
              action: `${service.action}/${service.operation}`,
              messageId,
              to: url,
              from: settings.afzender ?? anonymous,
            },
            service.operation,
            content,
            service,
          ),
          oin: settings.oin,
          signal,
          maxBytes: settings.maxBytes ?? defaultMaxBytes,
        })
        verifyReply(reply)
        const root = readAnswer(reply.body, messageId, service)
        return dossier.answer(readResponse(root, service), exchange, tools.clock())
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
