// Is somebody let in whom the provider does not vouch for? Every part of its answer bent, over real HTTP.
import assert from 'node:assert/strict'
import test from 'node:test'
import { type Attempt, openLogin } from '../../gateway/console/login.ts'
import { browserOf } from '../support/console.ts'
import { until } from '../support/log.ts'
import { spawnedGateway } from '../support/spawned.ts'
import { type LyingProvider, type SignedBy, startLyingProvider } from './provider.ts'

const failed = { slug: 'aanmelding-mislukt', detail: 'Het inloggen is niet gelukt. Begin opnieuw.' }

function loginAt({ issuer, clientId, secretFile }: LyingProvider) {
  const console = 'http://console.sluis.example'
  return openLogin({ issuer, clientId, secretFile, console }, Date.now)
}

interface Bent {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly signedBy?: SignedBy
  /** What came back with the browser. */
  readonly back?: (back: URL) => void
  /** What waited with the browser. */
  readonly attempt?: Partial<Attempt>
}

/** One login from begin to end, without a person. */
async function loggedIn(provider: LyingProvider, bent: Bent = {}) {
  const login = loginAt(provider)
  const { to, attempt } = await login.start()
  provider.claims = bent.claims ?? {}
  provider.signedBy = bent.signedBy ?? 'provider'
  const answer = await fetch(to, { redirect: 'manual' })
  const back = new URL(answer.headers.get('location') ?? '')
  bent.back?.(back)
  return {
    login,
    back,
    attempt,
    identity: await login.finish(back, { ...attempt, ...bent.attempt }),
  }
}

const seconds = () => Math.floor(Date.now() / 1_000)
const other = 'x'.repeat(43)

const bends: readonly (readonly [string, Bent])[] = [
  ['a state of another', { back: back => back.searchParams.set('state', other) }],
  ['no state', { back: back => back.searchParams.delete('state') }],
  ['an attempt with another state', { attempt: { state: other } }],
  [
    'an answer of another issuer',
    { back: back => back.searchParams.set('iss', 'https://x.example') },
  ],
  ['an answer without the issuer it promised', { back: back => back.searchParams.delete('iss') }],
  ['an error', { back: back => back.searchParams.set('error', 'access_denied') }],
  ['a code that was never given', { back: back => back.searchParams.set('code', 'x') }],
  ['no code', { back: back => back.searchParams.delete('code') }],
  ['another verifier (PKCE)', { attempt: { verifier: other } }],
  ['another nonce', { claims: { nonce: other } }],
  ['no nonce', { claims: { nonce: undefined } }],
  ['a token of another issuer', { claims: { iss: 'https://x.example' } }],
  ['a token for another', { claims: { aud: 'iemand-anders' } }],
  [
    'a token for two, handed out to the other',
    { claims: { aud: ['sluis-console', 'x'], azp: 'x' } },
  ],
  ['a token past its end', { claims: { exp: seconds() - 120 } }],
  ['who showed himself an hour ago', { claims: { auth_time: seconds() - 3_600 } }],
  ['no word of when', { claims: { auth_time: undefined } }],
  ['nobody', { claims: { sub: undefined } }],
  ['an empty name', { claims: { sub: '' } }],
  ['a name without end', { claims: { sub: 'x'.repeat(256) } }],
  ['a key of a stranger', { signedBy: 'stranger' }],
  ['no signature', { signedBy: 'nobody' }],
  ['a signature by the shared secret', { signedBy: 'the client secret' }],
]

test('an officer comes in by one road: state, nonce, PKCE, issuer, signature and time all fit', async t => {
  await using provider = await startLyingProvider()
  const { identity, login, back, attempt } = await loggedIn(provider)
  assert.equal(identity.id, 'officier')
  for (const [what, bent] of bends) {
    await t.test(`${what} is refused`, () => assert.rejects(loggedIn(provider, bent), failed))
  }
  await t.test('a code that was used is refused', () =>
    assert.rejects(login.finish(back, attempt), failed),
  )
  await t.test('a code of another browser is refused', async () => {
    const { to } = await login.start()
    const theirs = new URL((await fetch(to, { redirect: 'manual' })).headers.get('location') ?? '')
    const mine = await login.start()
    theirs.searchParams.set('state', mine.attempt.state)
    await assert.rejects(login.finish(theirs, mine.attempt), failed)
  })
  await t.test(
    'the road it sends one along asks for a login of now, with PKCE and a nonce',
    async () => {
      const { to, attempt: one } = await login.start()
      const asked = new URL(to).searchParams
      assert.equal(asked.get('code_challenge_method'), 'S256')
      assert.notEqual(asked.get('code_challenge'), one.verifier)
      assert.equal(asked.get('prompt'), 'login')
      assert.equal(asked.get('response_type'), 'code')
      const { attempt: two } = await login.start()
      for (const part of ['state', 'nonce', 'verifier'] as const)
        assert.notEqual(one[part], two[part])
    },
  )
})

test('claims of another form are not there, and roles may come from the userinfo', async () => {
  await using provider = await startLyingProvider()
  const rollenOf = async (claims: Record<string, unknown>) =>
    (await loggedIn(provider, { claims })).identity.rollen
  assert.deepEqual(await rollenOf({ rollen: 'fg:1' }), ['fg:1'], 'a list of one, written as a text')
  assert.deepEqual(await rollenOf({ rollen: [1, null, { rol: 'fg' }, 'x'.repeat(61), 'fg:1'] }), [
    'fg:1',
  ])
  assert.deepEqual(await rollenOf({ rollen: { fg: true } }), [])
  assert.equal((await rollenOf({ rollen: Array(5_000).fill('fg:1') })).length, 100)
  provider.userinfo = { rollen: ['fg:2'] }
  assert.deepEqual(await rollenOf({ rollen: undefined }), ['fg:2'])
  provider.userinfo = { sub: 'iemand-anders', rollen: ['fg:2'] }
  await assert.rejects(loggedIn(provider, { claims: { rollen: undefined } }), failed)
  const { identity } = await loggedIn(provider, { claims: { naam: 7, name: 'x'.repeat(300) } })
  assert.equal(identity.naam, 'Medewerker')
})

const event = { 'http://schemas.openid.net/event/backchannel-logout': {} }

const logouts: readonly (readonly [string, Record<string, unknown>, SignedBy?])[] = [
  ['of another issuer', { iss: 'https://x.example' }],
  ['for another', { aud: 'iemand-anders' }],
  ['that is an id token', { events: undefined }],
  ['with another event', { events: { 'https://x.example/event': {} } }],
  ['with a nonce', { nonce: 'x' }],
  ['of an hour ago', { iat: seconds() - 3_600, exp: seconds() + 300 }],
  ['without a time', { iat: undefined }],
  ['past its end', { exp: seconds() - 120 }],
  ['that names nobody', { sub: undefined }],
  ['signed by a stranger', {}, 'stranger'],
  ['signed by nobody', {}, 'nobody'],
  ['signed by the shared secret', {}, 'the client secret'],
]

test('a logout behind the back of the browser needs a token of the provider', async t => {
  await using provider = await startLyingProvider()
  const login = loginAt(provider)
  const good = { sub: 'officier', sid: 's-1', jti: 'x', events: event }
  assert.deepEqual(await login.verifyLogout(await provider.logoutToken(good)), {
    sub: 'officier',
    sid: 's-1',
  })
  for (const [what, claims, signedBy] of logouts) {
    await t.test(`a token ${what} is refused`, async () => {
      const token = await provider.logoutToken(
        { sub: 'officier', events: event, ...claims },
        signedBy,
      )
      await assert.rejects(login.verifyLogout(token), failed)
    })
  }
  await assert.rejects(login.verifyLogout('geen token'), failed)
})

test('a provider that is away is asked again by the next, and once for all who wait', async () => {
  await using provider = await startLyingProvider()
  const login = loginAt(provider)
  await provider[Symbol.asyncDispose]()
  await assert.rejects(login.start(), { slug: 'aanmelddienst-onbereikbaar' })
  assert.equal(await login.logout(), undefined, 'and who leaves, leaves')
  await using back = await startLyingProvider()
  const settings = { clientId: 'sluis-console', secretFile: back.secretFile, console: 'http://x' }
  const again = openLogin({ ...settings, issuer: back.issuer }, Date.now)
  const begun = await Promise.all([again.start(), again.start()])
  assert.equal(new Set(begun.map(({ to }) => new URL(to).origin)).size, 1)
})

const hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e'

test('hostile claims and user agents are text, a provider that goes away is told in Dutch, and no log holds a cookie, token, code or name', async t => {
  await using provider = await startLyingProvider()
  const gateway = await spawnedGateway(t, {
    SLUIS_OIDC_ISSUER: provider.issuer,
    SLUIS_OIDC_CLIENT_ID: provider.clientId,
    SLUIS_OIDC_CLIENT_SECRET_FILE: provider.secretFile,
    SLUIS_LOG_LEVEL: 'trace',
  })
  const addresses = gateway.console === undefined ? {} : { console: gateway.console }
  const browser = browserOf({ demo: { serving: { addresses } } })
  const agent = { 'User-Agent': hostile.slice(0, -1) }
  provider.claims = {
    sub: `geplant-${hostile}`,
    naam: hostile,
    rollen: [`${hostile}:00000099000000001000`, 'privacy-officer:00000099000000001000'],
  }
  const page = await browser.get('/inloggen/begin')
  assert.equal(page.path, '/')
  for (const path of ['/', '/zoeken', `/${encodeURIComponent(hostile)}`, '/organisatie']) {
    const answer = await browser.ask(path, { headers: agent })
    const text = await answer.text()
    assert.doesNotMatch(text, /<script|<img|onerror=alert\(1\)>|\u202e/, path)
    assert.match(text, /&lt;script&gt;/, `${path} shows the name as text`)
  }

  const cookie = browser.cookies.get('sluis') ?? ''
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const begin = await browser.ask('/inloggen/begin')
  const state = new URL(begin.headers.get('location') ?? '').searchParams.get('state') ?? ''
  const attempt = browser.cookies.get('sluis-inloggen') ?? ''
  provider.signedBy = 'stranger'
  assert.equal((await browser.get(`/inloggen/terug?code=geplante-code&state=${state}`)).status, 400)
  assert.equal((await browser.get('/inloggen/begin')).status, 400)
  await browser.post('/zoeken', { bsn: '999990019', reden: 'geplante reden' })
  await browser.post('/uitloggen/aanbieder', { logout_token: 'geplant-token' })
  await provider[Symbol.asyncDispose]()
  assert.equal((await browser.get('/inloggen/terug?code=geplante-code&state=x')).status, 400)
  const live = await fetch(`${gateway.ops}/livez`)
  assert.equal(live.status, 200)
  assert.equal((await browser.post('/uitloggen')).path, '/uitgelogd')

  await until('its log', () => gateway.written().includes('fout in de console'))
  const written = gateway.written()
  const planted = ['geplant', 'alert(1)', 'Privacy officer', '999990019', 'een-toegangstoken']
  for (const secret of [cookie, csrf, attempt, state, 'een-geheim-van-de-proef', ...planted]) {
    assert.ok(secret.length > 5 && !written.includes(secret), secret)
  }
})
