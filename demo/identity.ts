// Who logs officers in at the demo? An OpenID Provider of its own that asks no password: for the test profile only.
import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Adapter, AdapterPayload, JWK } from 'oidc-provider'
import { Provider } from 'oidc-provider/lib/provider.js'
import { type Html, html } from '../gateway/html.ts'
import { clock } from '../gateway/open.ts'
import { type DemoOfficer, demoOfficers } from './officers.ts'

export interface DemoIdentity extends AsyncDisposable {
  readonly issuer: string
  readonly clientId: string
  readonly secretFile: string
  /** Tells the provider where its one client is, once that is known. */
  consoleAt(address: string): void
  /** Takes an officer's account away, and says so to the console behind the browser's back. */
  revoke(id: string): Promise<void>
}

const clientId = 'sluis-console'

/** Key and secret stay where they are; sessions are forgotten when it stops. */
export async function startIdentity(dataDir: string): Promise<DemoIdentity> {
  const dir = join(dataDir, 'aanmelddienst')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const secretFile = join(dir, 'clientgeheim')
  await keep(secretFile, () => randomBytes(32).toString('base64url'))
  await keep(join(dir, 'sleutel.jwk'), () => JSON.stringify(newKey()))
  await keep(join(dir, 'cookiegeheim'), () => randomBytes(32).toString('base64url'))
  const read = (name: string) => readFileSync(join(dir, name), 'utf8')
  const key: JWK = JSON.parse(read('sleutel.jwk'))
  const privateKey = createPrivateKey({ key: JSON.parse(read('sleutel.jwk')), format: 'jwk' })

  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  let address = 'http://localhost'
  const client = (): AdapterPayload => ({
    client_id: clientId,
    client_secret: read('clientgeheim'),
    redirect_uris: [`${address}/inloggen/terug`],
    post_logout_redirect_uris: [`${address}/uitgelogd`],
    backchannel_logout_uri: `${address}/uitloggen/aanbieder`,
    id_token_signed_response_alg: 'ES256',
    token_endpoint_auth_method: 'client_secret_basic',
  })
  const revoked = new Set<string>()
  const accounts = () => demoOfficers.filter(({ id }) => !revoked.has(id))
  const cookieSecret = read('cookiegeheim')
  const provider = openProvider(issuer, { key, cookieSecret, client, accounts })
  /** OpenID Connect Back-Channel Logout 1.0 §2.4. */
  const logoutOf = (sub: string) => {
    const iat = Math.floor(clock() / 1_000)
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    return { iss: issuer, aud: clientId, sub, iat, exp: iat + 120, jti: randomUUID(), events }
  }
  const answer = provider.callback()
  server.on('request', (request, response) => {
    const uid = /^\/inloggen\/([\w-]{1,60})$/.exec(request.url ?? '')?.[1]
    if (uid === undefined) return void answer(request, response)
    interact(provider, accounts(), [request, response]).catch(() => {
      page(response, 400, 'Inloggen', html`<p>Begin opnieuw bij de console.</p>`)
    })
  })
  return {
    issuer,
    clientId,
    secretFile,
    consoleAt(at) {
      address = at
    },
    async revoke(id) {
      revoked.add(id)
      await fetch(`${address}/uitloggen/aanbieder`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: signed([key.kid, privateKey], logoutOf(id)) }),
      })
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function keep(file: string, make: () => string): Promise<void> {
  if (!existsSync(file)) await writeFile(file, make(), { mode: 0o600 })
}

function newKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' }
}

/** A compact JWS (RFC 7515). */
function signed([kid, key]: readonly [string | undefined, KeyObject], claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'ES256', kid, typ: 'logout+jwt' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

interface Parts {
  readonly key: JWK
  readonly cookieSecret: string
  readonly client: () => AdapterPayload
  readonly accounts: () => readonly DemoOfficer[]
}

function openProvider(issuer: string, { key, cookieSecret, client, accounts }: Parts): Provider {
  const provider: Provider = new Provider(issuer, {
    adapter: memory(client),
    jwks: { keys: [key] },
    cookies: { keys: [cookieSecret] },
    clientDefaults: { grant_types: ['authorization_code'], response_types: ['code'] },
    claims: { openid: ['sub'], profile: ['naam', 'rollen'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    // The console it tells of a logout stands on this machine.
    fetch: (url, options) => fetch(url, options),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(ctx, form) {
          const made = /^<form[\s\S]*<\/form>$/.test(form) ? form : ''
          ctx.body = document(
            'Uitloggen',
            html`<p>Wilt u ook uitloggen bij de aanmelddienst?</p>`,
            `${made}<button type="submit" form="op.logoutForm" value="yes" name="logout">Uitloggen</button>`,
          )
        },
        postLogoutSuccessSource(ctx) {
          ctx.body = document('Uitgelogd', html`<p>U bent uitgelogd.</p>`)
        },
      },
    },
    renderError(ctx) {
      ctx.type = 'html'
      ctx.body = document('Dat ging niet', html`<p>Begin opnieuw bij de console.</p>`)
    },
    ttl: { Interaction: 600, Session: 3600, Grant: 3600, AccessToken: 300, IdToken: 300 },
    interactions: { url: (_ctx, { uid }) => `/inloggen/${uid}` },
    findAccount(_ctx, id) {
      const officer = accounts().find(each => each.id === id)
      return (
        officer && {
          accountId: id,
          claims: async () => ({ sub: id, naam: officer.naam, rollen: [...officer.rollen] }),
        }
      )
    },
    // The one client is the house's own: there is nothing to agree to.
    async loadExistingGrant(ctx) {
      const { session, client } = ctx.oidc
      if (!session?.accountId || !client) return undefined
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
  })
  return provider
}

/** The page where one says who one is. Every name that is not on it gets the same answer. */
async function interact(
  provider: Provider,
  accounts: readonly DemoOfficer[],
  [request, response]: readonly [IncomingMessage, ServerResponse],
): Promise<void> {
  const { prompt } = await provider.interactionDetails(request, response)
  if (prompt.name !== 'login') throw new Error('nothing to ask')
  if (request.method === 'POST') {
    const account = (await readForm(request)).get('account')
    if (accounts.some(({ id }) => id === account) && account) {
      const result = { login: { accountId: account } }
      return await provider.interactionFinished(request, response, result)
    }
    return page(response, 400, 'Inloggen', html`<p>Kies een van de namen.</p>${chooser(accounts)}`)
  }
  page(response, 200, 'Inloggen', chooser(accounts))
}

function chooser(accounts: readonly DemoOfficer[]): Html {
  const names = accounts.map(
    ({ id, naam }) =>
      html`<p><button type="submit" name="account" value="${id}">${naam}</button> ${id}</p>`,
  )
  return html`<form method="post">${names}</form>`
}

const mostBytes = 4_096

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > mostBytes) throw new Error('too large')
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

function page(response: ServerResponse, status: number, title: string, body: Html): void {
  if (response.headersSent) return
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(document(title, body))
}

/** Looks like no other page, so that nobody takes it for a real one. */
const style = html`<style>
body { font: 1.125rem/1.5 sans-serif; margin: 0; background: #fff4dc; color: #1f1f1f }
main { max-width: 40rem; margin: 0 auto; padding: 1.5rem }
button { font: inherit; padding: .5rem 1rem; cursor: pointer }
</style>`

/** `made` is markup of the provider itself. */
function document(title: string, body: Html, made = ''): string {
  const { text } = html`<!doctype html>
<html lang="nl">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} - aanmelddienst van de proef</title>${style}</head>
<body>
<main>
<p><strong>Omgeving test.</strong> Deze aanmelddienst hoort bij de proef en vraagt geen wachtwoord.</p>
<h1>${title}</h1>
${body}
`
  return `${text}${made}\n</main>\n</body>\n</html>\n`
}

/** Everything in memory, gone when its time is over. */
function memory(client: () => AdapterPayload): (name: string) => Adapter {
  const kept = new Map<string, AdapterPayload>()
  const find = (test: (payload: AdapterPayload) => boolean) => [...kept.values()].find(test)
  return name => ({
    async upsert(id, payload, expiresIn) {
      kept.set(`${name}:${id}`, payload)
      if (expiresIn) setTimeout(() => kept.delete(`${name}:${id}`), expiresIn * 1_000).unref()
    },
    async find(id) {
      if (name === 'Client') return id === clientId ? client() : undefined
      return kept.get(`${name}:${id}`)
    },
    async findByUid(uid) {
      return find(payload => payload.uid === uid)
    },
    async findByUserCode() {
      return undefined
    },
    async consume(id) {
      const payload = kept.get(`${name}:${id}`)
      if (payload) payload.consumed = true
    },
    async destroy(id) {
      kept.delete(`${name}:${id}`)
    },
    async revokeByGrantId(grantId) {
      for (const [key, payload] of kept) {
        if (key.startsWith(`${name}:`) && payload.grantId === grantId) kept.delete(key)
      }
    },
  })
}
