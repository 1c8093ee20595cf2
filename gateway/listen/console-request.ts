// May this request of a browser be heard? Its cookies, its form, and whether our own page sent it.
import type { IncomingHttpHeaders } from 'node:http'
import type { Request } from 'express'
import { limits } from '../message/limits.ts'
import { Problem } from '../problem.ts'
import { readWithin } from './request.ts'

/** Bytes; the longest form uploads a checkpoint. */
const bodyBytes = 64 * 1024

export interface Cookies {
  readonly session: string
  readonly attempt: string
  write(name: string, value: string, seconds?: number): string
  erase(name: string): string
}

/** RFC 6265bis §4.1.3.2: a name that only this host can set, over TLS. Without TLS there is no such name. */
export function cookiesFor(address: string): Cookies {
  const secure = address.startsWith('https:')
  const prefix = secure ? '__Host-' : ''
  const write = (name: string, value: string, seconds?: number) =>
    [
      `${name}=${value}`,
      'Path=/',
      'HttpOnly',
      'SameSite=Lax',
      ...(secure ? ['Secure'] : []),
      ...(seconds === undefined ? [] : [`Max-Age=${seconds}`]),
    ].join('; ')
  return {
    session: `${prefix}sluis`,
    attempt: `${prefix}sluis-inloggen`,
    write,
    erase: name => write(name, '', 0),
  }
}

/** The first of that name; a browser sends the one of the longest path first, and ours has the shortest. */
export function readCookie({ cookie = '' }: IncomingHttpHeaders, name: string): string {
  const pairs = cookie.split(';').map(pair => pair.trim())
  return pairs.find(pair => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
}

/**
 * Fetch standard §3.2, Fetch Metadata: a browser says where a form stood. Whoever says nothing is no
 * browser of these years, and is not heard.
 * @throws Problem geen-toegang
 */
export function fromOurPage({ headers }: Request, address: string): void {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  const told = origin !== undefined || site !== undefined
  const ours = (origin ?? address) === address && (site ?? 'same-origin') === 'same-origin'
  if (!told || !ours) {
    throw new Problem('geen-toegang', 'Dit formulier kwam niet van een pagina van deze console.', {
      reden: 'vreemde-herkomst',
    })
  }
}

const formTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i

/** Forms and nothing else: a script elsewhere can send text, but not as a form it may not send. */
export async function readForm(request: Request): Promise<FormData> {
  const type = request.get('content-type') ?? ''
  const { 'content-encoding': encoding = 'identity' } = request.headers
  if (!formTypes.test(type) || encoding.toLowerCase() !== 'identity') {
    throw new Problem('verkeerd-formaat', 'Hier wordt alleen een formulier gelezen.')
  }
  const bytes = await readWithin(request, { ...limits, bodyBytes })
  try {
    return await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': type },
    }).formData()
  } catch (cause) {
    throw new Problem('ongeldig-verzoek', 'Het formulier is niet te lezen.', { cause })
  }
}

export function ended(): Problem {
  return new Problem('geen-toegang', 'Uw sessie is afgelopen. Log opnieuw in.')
}
