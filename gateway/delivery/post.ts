// How is something brought to a party? To its registered address only: a sealed answer, or word that one waits.
import { type OutboundRequest, SourceError } from '../adapter.ts'
import type { Oin, RequestState } from '../terms.ts'
import { within } from './carry.ts'

const maxBytes = 16_384

export interface Posted {
  readonly url: string
  /** Whose server must answer there. */
  readonly oin: Oin
  readonly signal: AbortSignal
}

/** A sealed answer, under the delivery id that is fixed since its acceptance. */
export async function postAnswer(
  request: OutboundRequest,
  to: Posted,
  answer: { readonly verzoek: string; readonly aflevering: string; readonly jwe: string },
): Promise<void> {
  const { verzoek, aflevering, jwe } = answer
  const headers = {
    'content-type': 'application/jose',
    'sluis-verzoek': verzoek,
    'sluis-aflevering': aflevering,
  }
  await post(request, to, { headers, body: jwe })
}

/** CloudEvents NL 1.1: what happened and where to look, never a word of the content. */
export interface Notification {
  readonly id: string
  /** Of the operator. */
  readonly oin: Oin
  readonly soort: RequestState | 'herinnering'
  /** RFC 3339. */
  readonly time: string
  readonly verzoek: string
}

const sourceOf = (oin: Oin) => `urn:nld:oin:${oin}:systeem:sluis`

export function cloudEvent({
  id,
  oin,
  soort,
  time,
  verzoek,
}: Notification): Record<string, string> {
  return {
    specversion: '1.0',
    id,
    source: sourceOf(oin),
    type: `nl.gegevensuitwisseling.verzoek-${soort}.v1`,
    time,
    dataref: `/v1/verzoeken/${verzoek}${soort === 'gereed' ? '/antwoord' : ''}`,
  }
}

export async function postNotification(
  request: OutboundRequest,
  to: Posted,
  notification: Notification,
): Promise<void> {
  await postEvent(request, to, cloudEvent(notification))
}

/** Word that messages of an exchange wait: not which, how many or about whom. */
export async function postWaiting(
  request: OutboundRequest,
  to: Posted,
  waiting: Pick<Notification, 'id' | 'oin' | 'time'> & { readonly uitwisseling: string },
): Promise<void> {
  const { id, oin, time, uitwisseling } = waiting
  await postEvent(request, to, {
    specversion: '1.0',
    id,
    source: sourceOf(oin),
    type: 'nl.gegevensuitwisseling.berichten-wachten.v1',
    subject: uitwisseling,
    time,
    dataref: '/v1/berichten/_ophalen',
  })
}

async function postEvent(
  request: OutboundRequest,
  to: Posted,
  event: Readonly<Record<string, string>>,
): Promise<void> {
  const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
  await post(request, to, { headers, body: JSON.stringify(event) })
}

async function post(
  request: OutboundRequest,
  { url, oin, signal }: Posted,
  sent: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<void> {
  const reply = await within(signal, limited =>
    request({ url, method: 'POST', ...sent, ...{ oin, signal: limited, maxBytes } }),
  )
  accepted(reply)
}

/** Only a plain yes is a receipt. */
function accepted({
  status,
  headers,
}: {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}): void {
  if (status >= 200 && status < 300) return
  const after = Number(headers['retry-after'])
  const retryAfter = Number.isSafeInteger(after) && after > 0 ? after : undefined
  const later = status === 429 || status >= 500
  throw new SourceError(
    later ? 'source-unavailable' : 'source-refused',
    'de ontvanger nam het niet aan',
    retryAfter === undefined ? {} : { retryAfter },
  )
}
