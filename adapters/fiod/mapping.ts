// What does a delivery say, and what must its receipt say? Pure, both ways; the wire format is ours.
import { createHash } from 'node:crypto'
import { type SourceDelivery, SourceError } from '../../gateway/adapter.ts'

/**
 * What is delivered, the same at every attempt: the person, the fields, and the delivery id. The text of
 * the release is of one attempt (its transaction, its proof), so it stands beside this.
 */
export function toContent({ permitted, aflevering, tekst }: SourceDelivery): string {
  const { antwoord } = JSON.parse(tekst) as { readonly antwoord: unknown }
  const { betrokkene, object } = permitted.request.body
  const { ontvanger, verstrekker, uitwisseling } = permitted.terms
  return JSON.stringify({
    aflevering,
    uitwisseling,
    verstrekker,
    ontvanger,
    ...(betrokkene && { betrokkene }),
    ...(object && { object }),
    dossier: antwoord,
  })
}

/** What is signed. */
export function toMessage(inhoud: string, { tekst }: SourceDelivery): string {
  return JSON.stringify({ inhoud, verstrekking: tekst })
}

/** What a receipt says of the content it stands for. */
export function digestOf(inhoud: string): string {
  return createHash('sha256').update(inhoud).digest('base64url')
}

/** @throws SourceError source-malformed: a receipt of something else is none */
export function readReceipt(value: unknown, inhoud: string, { aflevering }: SourceDelivery): void {
  const given = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}))
  const right =
    given.size === 3 &&
    given.get('aflevering') === aflevering &&
    given.get('sha256') === digestOf(inhoud) &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(given.get('ontvangen')))
  if (right) return
  throw new SourceError('source-malformed', 'het ontvangstbewijs hoort niet bij deze aflevering')
}
