// Who is this, says the identity provider? OpenID Connect: authorization code with PKCE, state and nonce, by any provider.
import { readFileSync } from 'node:fs'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { Problem } from '../problem.ts'
import type { Identity } from './grants.ts'

export interface LoginSettings {
  readonly issuer: string
  readonly clientId: string
  readonly secretFile: string
  /** Where browsers reach this console. */
  readonly console: string
}

/** What must come back with the officer; waits sealed in a cookie of its own. */
export interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Login {
  /** Where the browser must go. @throws Problem aanmelddienst-onbereikbaar */
  start(): Promise<{ readonly to: string; readonly attempt: Attempt }>
  /** @throws Problem aanmelding-mislukt, one answer whatever was wrong */
  finish(back: URL, attempt: Attempt): Promise<Identity>
  /** Where the officer can log out of the provider too. */
  logout(): Promise<string | undefined>
  /** Who was logged out, says the provider behind the browser's back. @throws Problem aanmelding-mislukt */
  verifyLogout(token: string): Promise<{ readonly sub?: string; readonly sid?: string }>
}

export const loginPaths = {
  back: '/inloggen/terug',
  left: '/uitgelogd',
  provider: '/uitloggen/aanbieder',
} as const

/** Seconds; the browser waits for it. */
const timeout = 10
/** Seconds since the officer showed who it is; whoever logs in to the console does so anew. */
const freshness = 300
/** What the provider says of itself is asked again after this. */
const metadataMs = 3_600_000

export function openLogin(settings: LoginSettings, clock: () => number): Login {
  const { console: address } = settings
  let known: { readonly config: oidc.Configuration; readonly tijd: number } | undefined
  let asking: Promise<oidc.Configuration> | undefined

  /** One question at a time; a provider that is away is asked again by the next who wants to log in. */
  async function provider(): Promise<oidc.Configuration> {
    if (known && clock() - known.tijd < metadataMs) return known.config
    asking ??= discover(settings)
      .then(config => {
        known = { config, tijd: clock() }
        return config
      })
      .finally(() => {
        asking = undefined
      })
    try {
      return await asking
    } catch (cause) {
      if (known) return known.config
      throw new Problem('aanmelddienst-onbereikbaar', 'De aanmelddienst antwoordt niet.', { cause })
    }
  }

  return {
    async start() {
      const config = await provider()
      const attempt = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const to = oidc.buildAuthorizationUrl(config, {
        redirect_uri: `${address}${loginPaths.back}`,
        response_type: 'code',
        scope: 'openid profile',
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
        prompt: 'login',
        max_age: String(freshness),
      })
      return { to: to.href, attempt }
    },

    async finish(back, { state, nonce, verifier }) {
      const config = await provider()
      try {
        const tokens = await oidc.authorizationCodeGrant(config, back, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          maxAge: freshness,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (!claims) throw new Error('no id token')
        // Some providers tell roles only when they are asked.
        const told =
          claims.rollen === undefined && config.serverMetadata().userinfo_endpoint
            ? { ...(await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims }
            : claims
        return identityOf(told)
      } catch (cause) {
        throw new Problem('aanmelding-mislukt', failed, { cause })
      }
    },

    async logout() {
      const config = await provider().catch(() => undefined)
      if (!config?.serverMetadata().end_session_endpoint) return undefined
      // Without the token as a hint: it holds a name, and would stand in the history of the browser.
      return oidc.buildEndSessionUrl(config, {
        post_logout_redirect_uri: `${address}${loginPaths.left}`,
      }).href
    },

    async verifyLogout(token) {
      const config = await provider()
      const { issuer, jwks_uri = '' } = config.serverMetadata()
      try {
        const keys = createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: timeout * 1_000 })
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience: settings.clientId,
          algorithms: signatures,
          maxTokenAge: freshness,
          clockTolerance: 30,
          currentDate: new Date(clock()),
        })
        return logoutOf(payload)
      } catch (cause) {
        throw new Problem('aanmelding-mislukt', failed, { cause })
      }
    },
  }
}

const failed = 'Het inloggen is niet gelukt. Begin opnieuw.'

const signatures = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'EdDSA']

/** What this provider does not say it can, in Dutch. @throws when it does not answer */
export async function lacksOf(settings: LoginSettings): Promise<readonly string[]> {
  const server = (await discover(settings)).serverMetadata()
  return [
    ...(server.supportsPKCE() ? [] : ['noemt geen PKCE met S256']),
    ...(server.end_session_endpoint ? [] : ['kent geen uitloggen (end_session_endpoint)']),
    ...(server.backchannel_logout_supported
      ? []
      : ['meldt niet dat een account is ingetrokken (back-channel logout)']),
  ]
}

async function discover({
  issuer,
  clientId,
  secretFile,
}: LoginSettings): Promise<oidc.Configuration> {
  const url = new URL(issuer)
  const secret = readFileSync(secretFile, 'utf8').trim()
  const basic = oidc.ClientSecretBasic(secret)
  const post = oidc.ClientSecretPost(secret)
  const authenticate: oidc.ClientAuth = (server, ...rest) => {
    // OpenID Connect Discovery §3: what it may be when nothing is said.
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest)
  }
  return await oidc.discovery(url, clientId, undefined, authenticate, {
    timeout,
    // The signature of an id token is checked although TLS vouches for it too (OIDC Core §3.1.3.7).
    execute: [
      oidc.enableNonRepudiationChecks,
      ...(url.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
    ],
  })
}

const longest = { id: 255, naam: 200, rol: 60, rollen: 100 } as const

/** Claims are text of another; what has another form is not there. */
function identityOf(claims: Readonly<Record<string, unknown>>): Identity {
  const { sub, naam, name, preferred_username, rollen, sid } = claims
  if (!isText(sub, longest.id)) throw new Error('no sub')
  // Some providers write a list of one as its one text.
  const texts = Array.isArray(rollen) ? rollen : [rollen]
  return {
    id: sub,
    naam: [naam, name, preferred_username].find(one => isText(one, longest.naam)) ?? 'Medewerker',
    rollen: texts.filter(rol => isText(rol, longest.rol)).slice(0, longest.rollen),
    ...(isText(sid, longest.id) && { sid }),
  }
}

function isText(value: unknown, length: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= length
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** OpenID Connect Back-Channel Logout 1.0 §2.6. */
function logoutOf({ events, nonce, sub, sid }: Readonly<Record<string, unknown>>) {
  const isLogout = typeof events === 'object' && events !== null && logoutEvent in events
  if (!isLogout || nonce !== undefined) throw new Error('no logout token')
  const whose = {
    ...(isText(sub, longest.id) && { sub }),
    ...(isText(sid, longest.id) && { sid }),
  }
  if (!('sub' in whose) && !('sid' in whose)) throw new Error('nobody is named')
  return whose
}
