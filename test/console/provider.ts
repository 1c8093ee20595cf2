// What if the identity provider, or whoever poses as it, says something else? An OpenID Provider that lies when told to.
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { removeTree } from '../support/directory.ts'

type Claims = Readonly<Record<string, unknown>>
export type SignedBy = 'provider' | 'stranger' | 'nobody' | 'the client secret'

export interface LyingProvider extends AsyncDisposable {
  readonly issuer: string
  readonly clientId: string
  readonly secretFile: string
  /** What the next token says besides, or instead; undefined takes a claim away. */
  claims: Claims
  signedBy: SignedBy
  /** What it says when it is asked for more. */
  userinfo: Claims
  logoutToken(claims: Claims, signedBy?: SignedBy): Promise<string>
}

const clientId = 'sluis-console'
const clientSecret = 'een-geheim-van-de-proef-dat-nergens-staat'

interface Grant {
  readonly nonce: string | null
  readonly challenge: string | null
}

export async function startLyingProvider(): Promise<LyingProvider> {
  const [ours, theirs] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
  const dir = mkdtempSync(join(tmpdir(), 'sluis-aanbieder-'))
  const secretFile = join(dir, 'geheim')
  writeFileSync(secretFile, `${clientSecret}\n`, { mode: 0o600 })
  const grants = new Map<string, Grant>()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function token(claims: Claims, signedBy: SignedBy, typ?: string): Promise<string> {
    const now = Math.floor(Date.now() / 1_000)
    const payload: JWTPayload = { iss: issuer, aud: clientId, iat: now, exp: now + 300, ...claims }
    if (signedBy === 'nobody') return new UnsecuredJWT(payload).encode()
    const made = new SignJWT(payload)
    if (signedBy === 'the client secret') {
      return await made.setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(clientSecret))
    }
    const { privateKey } = signedBy === 'provider' ? ours : theirs
    return await made
      .setProtectedHeader({ alg: 'ES256', kid: 'een', ...(typ && { typ }) })
      .sign(privateKey)
  }

  const routes: Readonly<Record<string, (url: URL, form: URLSearchParams) => unknown>> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/me`,
      end_session_endpoint: `${issuer}/end`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    }),
    '/jwks': async () => ({
      keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'een', alg: 'ES256', use: 'sig' }],
    }),
    '/me': () => ({ sub: 'officier', ...provider.userinfo }),
    '/auth': ({ searchParams }) => {
      const code = randomUUID()
      const [nonce, challenge] = ['nonce', 'code_challenge'].map(name => searchParams.get(name))
      grants.set(code, { nonce: nonce ?? null, challenge: challenge ?? null })
      const back = new URL(searchParams.get('redirect_uri') ?? '')
      for (const [name, value] of [
        ['code', code],
        ['state', searchParams.get('state') ?? ''],
        ['iss', issuer],
      ] as const) {
        back.searchParams.set(name, value)
      }
      return back
    },
    '/token': async (_url, form) => {
      const code = form.get('code') ?? ''
      const grant = grants.get(code)
      grants.delete(code)
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      if (!grant || grant.challenge !== proof) return undefined
      const honest = {
        sub: 'officier',
        nonce: grant.nonce,
        auth_time: Math.floor(Date.now() / 1_000),
        naam: 'Privacy officer Waterstad',
        rollen: ['privacy-officer:00000099000000001000'],
      }
      return {
        access_token: 'een-toegangstoken-van-de-proef',
        token_type: 'Bearer',
        id_token: await token({ ...honest, ...provider.claims }, provider.signedBy),
      }
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', issuer)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const made = await routes[url.pathname]?.(url, form)
    if (made instanceof URL) response.writeHead(303, { Location: made.href }).end()
    else {
      response.writeHead(made ? 200 : 400, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(made ?? { error: 'invalid_grant' }))
    }
  }

  const provider: LyingProvider = {
    issuer,
    clientId,
    secretFile,
    claims: {},
    signedBy: 'provider',
    userinfo: {},
    logoutToken: (claims, signedBy = 'provider') => token(claims, signedBy, 'logout+jwt'),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      removeTree(dir)
    },
  }
  return provider
}
