// How does a dossier reach the FIOD? Signed by us, encrypted to its registered key, and acknowledged by its signature.
import { readFileSync, statSync } from 'node:fs'
import { CompactEncrypt, CompactSign, compactVerify, importJWK, type JWK } from 'jose'
import {
  type Adapter,
  type OutboundReply,
  type SourceDelivery,
  SourceError,
} from '../../gateway/adapter.ts'
import type { PartyKey } from '../../gateway/terms.ts'
import { readReceipt, toContent, toMessage } from './mapping.ts'

export type FiodSettings = {
  readonly url: string
  /** OIN in the certificate of the receiver. */
  readonly oin: string
  /** File with our own private JWK, with `alg` and `kid`. */
  readonly sleutel: string
}

/** A receipt is a few hundred bytes. */
const maxBytes = 8_192

export const adapter = {
  name: 'fiod',
  datasets: ['fiod-aanmelding'],
  settings: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'oin', 'sleutel'],
    properties: {
      url: { type: 'string', pattern: '^https://' },
      oin: { type: 'string', pattern: '^[0-9A-Z]{20}$' },
      sleutel: { type: 'string', minLength: 1 },
    },
  },
  async connect(settings, tools) {
    const own = await readKey(settings.sleutel)
    return {
      async answer() {
        throw new SourceError('source-refused', 'bij deze ontvanger wordt niets opgevraagd')
      },
      async deliver(delivery, signal) {
        const content = toContent(delivery)
        const body = await seal(delivery, toMessage(content, delivery), own)
        const reply = await tools.request({
          url: settings.url,
          method: 'POST',
          headers: {
            'content-type': 'application/jose',
            accept: 'application/jose',
            ...delivery.trace,
            'sluis-transactie': delivery.permitted.request.transactie,
            'sluis-aflevering': delivery.aflevering,
          },
          body,
          oin: settings.oin,
          signal,
          maxBytes,
        })
        verifyReply(reply)
        const bewijs = reply.body.toString('latin1').trim()
        readReceipt(await verified(bewijs, delivery), content, delivery)
        return { bewijs }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
} satisfies Adapter<FiodSettings>

interface OwnKey {
  readonly key: Awaited<ReturnType<typeof importJWK>>
  readonly alg: string
  readonly kid: string
}

/** Nobody else on this machine may read it. */
async function readKey(file: string): Promise<OwnKey> {
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new Error('de sleutel van bron fiod is leesbaar voor anderen')
  }
  const jwk: JWK = JSON.parse(readFileSync(file, 'utf8'))
  const { alg, kid } = jwk
  if (!alg || !kid || !jwk.d) throw new Error('de sleutel van bron fiod is geen geheime JWK')
  return { key: await importJWK(jwk, alg), alg, kid }
}

/** Signed first, then encrypted: who carries it sees neither dossier nor signature (RFC 7516 §11.2). */
async function seal(delivery: SourceDelivery, message: string, own: OwnKey): Promise<string> {
  const [receiver] = keysFor(delivery, 'versleutelen')
  if (!receiver) throw new SourceError('source-refused', 'de ontvanger heeft geen geldige sleutel')
  const jws = await new CompactSign(new TextEncoder().encode(message))
    .setProtectedHeader({ alg: own.alg, kid: own.kid, typ: 'sluis-aflevering', cty: 'json' })
    .sign(own.key)
  const alg = String(receiver.jwk.alg)
  return await new CompactEncrypt(new TextEncoder().encode(jws))
    .setProtectedHeader({ alg, enc: 'A256GCM', typ: 'JWE', cty: 'JOSE', kid: receiver.id })
    .encrypt(await importJWK({ ...receiver.jwk }, alg))
}

function keysFor({ sleutels }: SourceDelivery, gebruik: PartyKey['gebruik']): readonly PartyKey[] {
  return sleutels.filter(one => one.gebruik === gebruik)
}

function verifyReply({ status, headers }: OutboundReply): void {
  if (status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after'])
    throw new SourceError('source-unavailable', `de ontvanger kan nu niet (HTTP ${status})`, {
      ...(seconds > 0 && { retryAfter: seconds }),
    })
  }
  if (status !== 200) {
    throw new SourceError('source-refused', `de ontvanger weigert de aflevering (HTTP ${status})`)
  }
  if (headers['content-type'] !== 'application/jose') {
    throw new SourceError(
      'source-malformed',
      'het antwoord van de ontvanger is geen ontvangstbewijs',
    )
  }
}

/** One of the keys that the receiver registered, named by the receipt, with the algorithm of that key. */
async function verified(bewijs: string, delivery: SourceDelivery): Promise<unknown> {
  try {
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(bewijs)) throw new Error('no compact JWS')
    const { payload, protectedHeader } = await compactVerify(bewijs, async ({ kid, alg }) => {
      const known = keysFor(delivery, 'ondertekenen').find(({ id }) => id === kid)
      if (!known || known.jwk.alg !== alg) throw new Error('no key of this receiver')
      return await importJWK({ ...known.jwk }, alg)
    })
    if (protectedHeader.typ !== 'sluis-ontvangst') throw new Error('no receipt')
    return JSON.parse(new TextDecoder().decode(payload))
  } catch (cause) {
    throw new SourceError(
      'source-malformed',
      'het ontvangstbewijs heeft geen geldige handtekening',
      {
        cause: new Error(cause instanceof Error ? cause.name : 'onbekend'),
      },
    )
  }
}
