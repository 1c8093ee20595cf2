// Who gets into the console, until when, and who can make an officer do what he did not mean? Over real HTTP.
import assert from 'node:assert/strict'
import test from 'node:test'
import { unsealMember } from '../../gateway/audit/find.ts'
import { pages } from '../../gateway/console/pages.ts'
import { absoluteMs, idleMs } from '../../gateway/console/session.ts'
import { problems } from '../../gateway/problem.ts'
import { sluis } from '../../gateway/sluis.ts'
import { browserOf, type ConsoleBrowser, consoleOf } from '../support/console.ts'
import { type TestGateway, testGateway } from '../support/gateway.ts'
import { lastIndex, leavesAfter, until } from '../support/log.ts'

const waterstad = '00000099000000001000'
const dijkdorp = '00000099000000002000'

const titles = (slug: keyof typeof problems) => new RegExp(`<title>${problems[slug].title}`)

/** As if this much time had passed for every session. */
async function pass({ demo }: TestGateway, column: 'begin' | 'gebruikt', ms: number) {
  const { store } = demo.serving.house
  await store.query(`UPDATE console.sessie SET ${column} = ${column} - $1`, [ms])
}

/** Works for this organisation now; a page that everybody has says so. */
async function organisation(browser: ConsoleBrowser): Promise<string | undefined> {
  const { text, status } = await browser.get('/')
  assert.equal(status, 200)
  return /<p class="wie"><strong>([^<]+)</.exec(text)?.[1]
}

async function csrfOf(browser: ConsoleBrowser): Promise<string> {
  return /name="csrf" value="([^"]+)"/.exec((await browser.get('/')).text)?.[1] ?? ''
}

interface Forged {
  readonly origin?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | ((good: URLSearchParams) => string | URLSearchParams)
}

const json = (good: URLSearchParams) => JSON.stringify(Object.fromEntries(good))

const forgeries: readonly (readonly [string, number, Forged])[] = [
  ['a form of another site', 403, { origin: 'https://kwaad.example' }],
  ['a form of the provider', 403, { origin: 'http://127.0.0.1' }],
  ['a form of another port', 403, { origin: 'http://localhost:1' }],
  ['a form of a sandbox', 403, { origin: 'null' }],
  ['no word of where it stood', 403, { origin: null }],
  [
    'another site, says the browser',
    403,
    { origin: null, headers: { 'Sec-Fetch-Site': 'cross-site' } },
  ],
  ['a site beside ours', 403, { origin: null, headers: { 'Sec-Fetch-Site': 'same-site' } }],
  ['two words that differ', 403, { headers: { 'Sec-Fetch-Site': 'cross-site' } }],
  ['no token', 403, { body: good => without(good, 'csrf') }],
  ['another token', 403, { body: good => changed(good, 'csrf', 'a'.repeat(43)) }],
  ['an empty token', 403, { body: good => changed(good, 'csrf', '') }],
  ['JSON as text', 415, { body: json, headers: { 'Content-Type': 'text/plain' } }],
  ['JSON', 415, { body: json, headers: { 'Content-Type': 'application/json' } }],
  [
    'JSON that calls itself a form',
    403,
    {
      body: json,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    },
  ],
  [
    'a form in parts that is none',
    400,
    {
      body: json,
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
    },
  ],
  ['a packed form', 415, { headers: { 'Content-Encoding': 'gzip' } }],
  ['a form without end', 413, { body: good => changed(good, 'oin', 'x'.repeat(65_536)) }],
]

function changed(good: URLSearchParams, name: string, value: string): URLSearchParams {
  const made = new URLSearchParams(good)
  made.set(name, value)
  return made
}

function without(good: URLSearchParams, name: string): URLSearchParams {
  const made = new URLSearchParams(good)
  made.delete(name)
  return made
}

function keysDirOf({ dataDir }: TestGateway): string {
  return `${dataDir}/keys`
}

const wanted = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

test('the door of the console', async door => {
  const gateway = await testGateway(door, 'postgres')

  await door.test(
    'C3: a session fixed beforehand, kept after logout, after a role was taken away, in two tabs, idle for a quarter of an hour, eight hours old: a new id at login, and it is over at once',
    async t => {
      await t.test('what the browser brought before the login opens nothing after it', async () => {
        const browser = browserOf(gateway)
        const planted = 'a'.repeat(43)
        browser.cookies.set('sluis', planted)
        await browser.login('po-waterstad')
        const own = browser.cookies.get('sluis')
        assert.notEqual(own, planted)
        await browser.login('po-waterstad')
        assert.notEqual(browser.cookies.get('sluis'), own, 'a login again is a session again')
        const victim = browserOf(gateway)
        for (const cookie of [planted, own ?? '']) {
          victim.cookies.set('sluis', cookie)
          assert.match((await victim.get('/')).path, /^\/inloggen/)
        }
      })

      await t.test('after logout the cookie is worth nothing, also in the other tab', async () => {
        const browser = await consoleOf(gateway)
        const cookie = browser.cookies.get('sluis') ?? ''
        const tab = browserOf(gateway)
        tab.cookies.set('sluis', cookie)
        assert.equal((await tab.get('/')).path, '/')
        const out = await browser.ask('/uitloggen', {
          method: 'POST',
          headers: { Origin: browser.address },
          body: new URLSearchParams({ csrf: await csrfOf(browser) }),
        })
        assert.equal(out.headers.get('location'), '/uitgelogd')
        assert.equal(out.headers.get('clear-site-data'), '"cache", "storage"')
        assert.ok(!browser.cookies.has('sluis'))
        assert.match((await tab.get('/')).path, /^\/inloggen/)
        const act = await tab.post('/uitloggen')
        assert.equal(act.status, 403)
        assert.match(act.text, /Uw sessie is afgelopen/)
        const left = await browser.get('/uitgelogd')
        assert.match(left.text, /Ook uitloggen bij de aanmelddienst/)
        assert.doesNotMatch(left.text, /id_token_hint/)
      })

      await t.test(
        'overal uitloggen ends every session of that officer and of nobody else',
        async () => {
          const [here, there, other] = [
            await consoleOf(gateway),
            await consoleOf(gateway),
            await consoleOf(gateway, 'po-uwv'),
          ]
          await here.get('/')
          await here.post('/uitloggen/overal')
          assert.match((await there.get('/')).path, /^\/inloggen/)
          assert.equal((await other.get('/')).path, '/')
        },
      )

      await t.test('two tabs may log in at once, and each comes back where it was', async () => {
        const browser = browserOf(gateway)
        const first = await browser.authorize('po-waterstad', '/zoeken')
        const second = await browser.authorize('po-waterstad', '/logboek')
        assert.equal((await browser.get(first)).path, '/zoeken')
        assert.equal((await browser.get(second)).path, '/logboek')
      })

      await t.test(
        'idle or old it is over, and after a login one is back on the page',
        async () => {
          const browser = await consoleOf(gateway)
          const page = await browser.get('/zoeken')
          assert.match(page.text, /Doet u 15 minuten niets, dan wordt u uitgelogd/)
          assert.match(page.text, /Deze sessie eindigt uiterlijk om \d\d:\d\d uur/)
          for (const [column, ms] of [
            ['gebruikt', idleMs],
            ['begin', absoluteMs],
          ] as const) {
            await pass(gateway, column, ms - 60_000)
            assert.equal((await browser.get('/zoeken?van=2026-11-01')).status, 200)
            await pass(gateway, column, ms)
            const door = await browser.get('/zoeken?van=2026-11-01')
            assert.equal(door.path, '/inloggen?naar=%2Fzoeken%3Fvan%3D2026-11-01')
            assert.match(door.text, /href="\/inloggen\/begin\?naar=%2Fzoeken%3Fvan%3D2026-11-01"/)
            const back = await browser.login('po-waterstad', '/zoeken?van=2026-11-01')
            assert.equal(back.path, '/zoeken?van=2026-11-01')
          }
        },
      )

      await t.test('a role that is taken away ends the session behind the browser', async () => {
        const browser = await consoleOf(gateway, 'tl-waterstad')
        await gateway.demo.identity?.revoke('tl-waterstad')
        assert.match((await browser.get('/')).path, /^\/inloggen/)
        assert.equal(await browserOf(gateway).authorize('tl-waterstad'), 'refused: 400')
        assert.equal(
          await browserOf(gateway).authorize('nobody'),
          'refused: 400',
          'the same answer',
        )
      })
    },
  )

  await door.test(
    'C2: a form of another site, without origin or token, with the token of another session, JSON as text, an effect by GET: refused, and nothing changed',
    async t => {
      const browser = browserOf(gateway)
      assert.equal((await browser.login('po-delta')).path, '/organisatie')
      await browser.post('/organisatie', { oin: waterstad, naar: '/' })
      assert.equal(await organisation(browser), 'Gemeente Waterstad')
      const csrf = await csrfOf(browser)
      const good = new URLSearchParams({ csrf, oin: dijkdorp, naar: '/' })

      const stranger = await consoleOf(gateway, 'po-uwv')
      const theirs: readonly (readonly [string, number, Forged])[] = [
        [
          'the token of another session',
          403,
          {
            body: changed(good, 'csrf', await csrfOf(stranger)).toString(),
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          },
        ],
      ]
      for (const [what, status, { origin, headers, body }] of [...forgeries, ...theirs]) {
        await t.test(`${what} is refused`, async () => {
          const answer = await browser.ask('/organisatie', {
            method: 'POST',
            headers: {
              ...(origin === null ? {} : { Origin: origin ?? browser.address }),
              ...headers,
            },
            body: typeof body === 'function' ? body(good) : (body ?? good),
          })
          assert.equal(answer.status, status)
          assert.equal(answer.headers.get('set-cookie'), null)
          assert.equal(await organisation(browser), 'Gemeente Waterstad')
        })
      }

      await t.test('GET has no effect', async () => {
        await browser.get(`/organisatie?${good}`)
        assert.equal(await organisation(browser), 'Gemeente Waterstad')
        for (const path of ['/uitloggen', '/uitloggen/overal', '/uitloggen/aanbieder']) {
          const answer = await browser.get(`${path}?csrf=${csrf}`)
          assert.equal(answer.status, 405)
          assert.equal(answer.headers.get('allow'), 'POST')
        }
        const stranger = await browser.ask('/', { method: 'DELETE' })
        assert.equal(stranger.status, 405)
        assert.equal(await organisation(browser), 'Gemeente Waterstad')
      })

      await t.test(
        'and the same form of our own page does it, also in parts and by what the browser says',
        async () => {
          const parts = new FormData()
          for (const [name, value] of good) parts.set(name, value)
          for (const [body, headers] of [
            [good, { Origin: browser.address }],
            [changed(good, 'oin', waterstad), { 'Sec-Fetch-Site': 'same-origin' }],
            [parts, { Origin: browser.address, 'Sec-Fetch-Site': 'same-origin' }],
          ] as const) {
            const answer = await browser.ask('/organisatie', { method: 'POST', headers, body })
            assert.equal(answer.status, 303)
          }
          assert.equal(await organisation(browser), 'Gemeente Dijkdorp')
        },
      )

      await t.test(
        'an organisation without a role, and a way to another site, are no choice',
        async () => {
          await browser.get('/organisatie')
          assert.equal(
            (await browser.post('/organisatie', { oin: '00000099000000004000' })).status,
            403,
          )
          for (const naar of [
            '//kwaad.example/',
            '/.//kwaad.example',
            '/\\kwaad.example',
            'https://kwaad.example',
            '/\t/kwaad.example',
          ]) {
            const begin = await browser.ask(`/inloggen?naar=${encodeURIComponent(naar)}`)
            assert.doesNotMatch(await begin.text(), /kwaad\.example(?!%)/)
            const answer = await browser.ask('/organisatie', {
              method: 'POST',
              headers: { Origin: browser.address },
              body: new URLSearchParams({ csrf, oin: waterstad, naar }),
            })
            assert.match(answer.headers.get('location') ?? '', /^\/(?![/\\])/)
          }
        },
      )
    },
  )

  await door.test(
    'what an officer is at the door is a line of the log: in, refused, another organisation, out; his name only sealed',
    async () => {
      const { house } = gateway.demo.serving
      const before = await lastIndex(house.store)
      const browser = browserOf(gateway)
      await browser.login('zonder-rol')
      await browser.login('po-delta')
      await browser.post('/organisatie', { oin: '00000099000000004000' })
      await browser.get('/organisatie')
      await browser.post('/organisatie', { oin: dijkdorp })
      await browser.get('/organisatie')
      await browser.post('/organisatie', { oin: waterstad })
      await browser.post('/uitloggen')
      const lines = (await leavesAfter(house.store, before)).filter(
        ({ soort }) => soort === 'aanmelding',
      )
      assert.deepEqual(
        lines.map(({ ontvanger, rol, uitkomst, handeling }) => [
          handeling?.handeling,
          uitkomst,
          rol,
          ontvanger,
        ]),
        [
          ['inloggen', 'geweigerd', 'geen', '00000099000000010000'],
          ['inloggen', 'ingelogd', 'privacy-officer', waterstad],
          ['kiezen', 'geweigerd', 'geen', '00000099000000010000'],
          ['kiezen', 'gekozen', 'privacy-officer', dijkdorp],
          ['kiezen', 'gekozen', 'privacy-officer', waterstad],
          ['uitloggen', 'uitgelogd', 'privacy-officer', waterstad],
        ],
      )
      const place = { log: 'gewoon', keysDir: keysDirOf(gateway) } as const
      for (const line of lines) {
        const { log: _, idx: __, ...record } = line
        assert.doesNotMatch(JSON.stringify(record), /po-delta|zonder-rol/)
        const id = unsealMember(house.rooms.audit.keys, place, line, 'medewerker')
        assert.match(id ?? '', /^(po-delta|zonder-rol)$/)
      }

      const second = await lastIndex(house.store, 'vertrouwelijk')
      await browser.login('po-fiod')
      const [hidden] = await leavesAfter(house.store, second, 'vertrouwelijk')
      assert.equal(
        hidden?.soort,
        'aanmelding',
        'of a confidential party the second log alone knows',
      )
    },
  )

  await door.test(
    'a page of another role is refused, by its address and by its form, and who tried stands in the log',
    async () => {
      const { store } = gateway.demo.serving.house
      const browser = await consoleOf(gateway, 'beheer')
      const start = await browser.get('/')
      assert.doesNotMatch(start.text, /href="\/zoeken"/, 'the menu does not name it')
      const before = await lastIndex(store)
      const page = await browser.get('/zoeken')
      assert.equal(page.status, 403)
      assert.match(page.text, titles('geen-toegang'))
      assert.equal((await browser.post('/zoeken', { bsn: '999990019' })).status, 403)
      const tried = await leavesAfter(store, before)
      assert.deepEqual(
        tried.map(({ soort, uitkomst, rol, handeling }) => [soort, uitkomst, rol, handeling]),
        Array(2).fill([
          'raadpleging',
          'geweigerd',
          'beheerder',
          { pagina: '/zoeken', reden: 'rol' },
        ]),
      )
      assert.ok(!JSON.stringify(tried).includes('999990019'))
      await store.query('SELECT 1')
      const searcher = await consoleOf(gateway)
      const none = await searcher.get('/zoeken')
      assert.equal(none.status, 200)
    },
  )

  await door.test(
    'C7: every page, error, file and the door in a frame, sniffed, kept by a cache, asked for again by the back button after logout: headers forbid it, nothing is stored, and the way in is all one sees',
    async () => {
      const browser = await consoleOf(gateway)
      const own = (await browser.get('/')).text
      const style = /href="(\/stijl\/[^"]+\.css)"/.exec(own)?.[1] ?? ''
      const shown = pages.filter(({ show }) => show).map(({ path }) => path.replace(/:\w+/g, 'x'))
      const paths = [
        ...shown,
        '/inloggen',
        '/inloggen/begin',
        '/inloggen/terug',
        '/organisatie',
        '/uitgelogd',
      ]
      for (const path of [...paths, '/bestaat-niet', '/%', '/uitloggen', style]) {
        const { headers, status } = await browser.ask(path)
        for (const [name, value] of Object.entries(wanted)) {
          assert.equal(headers.get(name), value, `${path} (${status}): ${name}`)
        }
        const kept = path === style ? 'public, max-age=31536000, immutable' : 'no-store'
        assert.equal(headers.get('cache-control'), kept, path)
        assert.equal(
          headers.get('server') ?? headers.get('x-powered-by') ?? headers.get('etag'),
          null,
        )
      }
      const cookie = (await browser.ask('/inloggen/begin')).headers.get('set-cookie') ?? ''
      assert.match(cookie, /^sluis-inloggen=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)
      assert.doesNotMatch(own, /<script|<style|style=|javascript:|\son\w+=/i)

      const seen = browserOf(gateway)
      for (const [name, value] of browser.cookies) seen.cookies.set(name, value)
      await browser.get('/')
      await browser.post('/uitloggen')
      for (const path of shown) {
        assert.match((await seen.get(path)).path, /^\/inloggen/, `${path}, by the back button`)
      }
    },
  )

  await door.test(
    'C8: logins tried by hundreds, names tried one by one, a rival who fails on purpose: one answer for all, slower each time, and nobody is shut out',
    async () => {
      const browser = browserOf(gateway)
      const real = await browser.authorize('po-waterstad')
      const state = new URL(real, browser.address).searchParams.get('state')
      const answers = []
      for (const path of [
        '/inloggen/terug?code=x&state=y',
        `/inloggen/terug?code=x&state=${state}`,
        '/inloggen/terug?error=access_denied&error_description=%3Cscript%3Ekwaad%3C/script%3E',
      ]) {
        const begun = performance.now()
        const { status, text } = await browser.get(path)
        answers.push([status, text.replace(/[0-9a-f-]{36}/, 'NUMMER')])
        assert.match(text, titles('aanmelding-mislukt'))
        assert.ok(performance.now() - begun > 200 * (answers.length - 1), 'it is slower each time')
      }
      assert.deepEqual(answers[1], answers[0], 'the same words, whatever was wrong')
      assert.deepEqual(answers[2], answers[0])
      const begun = performance.now()
      await consoleOf(gateway)
      assert.ok(performance.now() - begun < 4_000)
      assert.equal(
        await browser.authorize('po-nergens'),
        await browser.authorize('x'.repeat(3_000)),
      )
    },
  )

  await door.test(
    'the copy that the console searches follows the log without anybody looking',
    async () => {
      await gateway.query('gemeente-waterstad', {})
      const { store } = gateway.demo.serving.house
      await until('a row of the copy', async () => {
        const [row] = await store.query<{ aantal: number }>(
          'SELECT count(*) AS aantal FROM console.transactie',
        )
        return row?.aantal
      })
    },
  )

  await door.test('doctor asks the provider what it can', async () => {
    const of = async (env: NodeJS.ProcessEnv) => {
      let text = ''
      const io = {
        env,
        out: (part: string) => {
          text += part
        },
        err: (part: string) => assert.fail(part),
        stdin: async () => Buffer.alloc(0),
        clock: Date.now,
      }
      await sluis(['doctor'], io)
      return /^(\S.*?) +inloggen: (.*)$/m.exec(text)?.slice(1)
    }
    const { settings } = gateway.demo
    assert.deepEqual(await of(settings), [
      'ok',
      'de aanmelddienst antwoordt en kan wat de console vraagt',
    ])
    const [away] = (await of({ ...settings, SLUIS_OIDC_ISSUER: 'http://127.0.0.1:9' })) ?? []
    assert.equal(away, 'fout')
  })
})
