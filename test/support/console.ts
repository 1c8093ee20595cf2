// What does an officer see? Logs in over real HTTP, through the provider, with a cookie jar; opens pages and sends forms.
import assert from 'node:assert/strict'
import type { Addresses } from '../../gateway/serve.ts'

export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Path and query where it ended after redirects. */
  readonly path: string
}

export type Fields = Readonly<Record<string, string | readonly string[]>>

export interface ConsoleBrowser {
  readonly address: string
  /** The cookies by name, as this browser holds them for the console. */
  readonly cookies: Map<string, string>
  /** Follows redirects, also through the provider. */
  get(path: string): Promise<Seen>
  /** With the CSRF token of the last page, from the console's own address; follows redirects. */
  post(path: string, fields?: Fields): Promise<Seen>
  /** One request as it is: no redirect is followed, nothing added but the cookies. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** The same as multipart/form-data: files and fields. */
  upload(path: string, form: FormData): Promise<Seen>
  /** As far as the provider: the address that it sends the browser back to, not visited yet. */
  authorize(officer: string, path?: string): Promise<string>
  /** Through the demo provider as this officer; the page it ends on. */
  login(officer: string, path?: string): Promise<Seen>
}

interface Place {
  readonly serving: { readonly addresses: Pick<Addresses, 'console'> }
}

/** A browser without anybody in it. */
export function browserOf({ demo }: { readonly demo: Place }): ConsoleBrowser {
  const address = demo.serving.addresses.console
  assert.ok(address, 'this gateway has no console')
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (url: URL) => {
    const jar = jars.get(url.host) ?? new Map<string, string>()
    jars.set(url.host, jar)
    return jar
  }
  const cookies = jarOf(new URL(address))
  let csrf = ''

  async function once(url: URL, init: RequestInit = {}): Promise<Response> {
    const jar = jarOf(url)
    const headers = new Headers(init.headers)
    if (jar.size > 0) {
      headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const gone =
        value === '' || /;\s*max-age=0/i.test(line) || /expires=thu, 01 jan 1970/i.test(line)
      if (gone) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  async function follow(
    start: URL,
    init: RequestInit = {},
    before: (url: URL) => boolean = () => false,
  ): Promise<[Response, URL]> {
    let url = start
    let response = await once(url, init)
    for (let hop = 0; response.status >= 300 && response.status < 400; hop++) {
      assert.ok(hop < 15, 'redirected for ever')
      await response.body?.cancel()
      url = new URL(response.headers.get('location') ?? '', url)
      if (before(url)) break
      response = await once(url)
    }
    return [response, url]
  }

  async function seen([response, url]: [Response, URL]): Promise<Seen> {
    const text = await response.text()
    const token = /name="csrf" value="([^"]+)"/.exec(text)?.[1]
    if (url.origin === address && token) csrf = token
    return {
      status: response.status,
      headers: response.headers,
      text,
      path: url.origin === address ? url.pathname + url.search : url.href,
    }
  }

  const browser: ConsoleBrowser = {
    address,
    cookies,
    get: async path => seen(await follow(new URL(path, address))),
    async post(path, fields = {}) {
      const body = new URLSearchParams({ csrf })
      for (const [name, value] of Object.entries(fields)) {
        for (const one of [value].flat()) body.append(name, one)
      }
      const headers = { Origin: address }
      return seen(await follow(new URL(path, address), { method: 'POST', body, headers }))
    },
    async upload(path, form) {
      form.set('csrf', csrf)
      const init = { method: 'POST', body: form, headers: { Origin: address } }
      return seen(await follow(new URL(path, address), init))
    },
    ask: (path, init) => once(new URL(path, address), init),
    async authorize(officer, path = '/') {
      // At the provider nobody is logged in yet.
      for (const host of jars.keys()) if (host !== new URL(address).host) jars.delete(host)
      const begin = `/inloggen/begin?naar=${encodeURIComponent(path)}`
      const [response, url] = await follow(new URL(begin, address))
      assert.equal(response.status, 200, 'the provider shows its page')
      await response.body?.cancel()
      const init = { method: 'POST', body: new URLSearchParams({ account: officer }) }
      const [refused, back] = await follow(url, init, hop => hop.origin === address)
      if (back.origin !== address) return `refused: ${refused.status}`
      return back.pathname + back.search
    },
    login: async (officer, path) => browser.get(await browser.authorize(officer, path)),
  }
  return browser
}

/** The console as a demo officer sees it (demo/officers.ts). */
export async function consoleOf(
  gateway: { readonly demo: Place },
  officer = 'po-waterstad',
): Promise<ConsoleBrowser> {
  const browser = browserOf(gateway)
  const page = await browser.login(officer)
  assert.ok(!page.path.startsWith('/inloggen'), `login as ${officer} ended at ${page.path}`)
  return browser
}
