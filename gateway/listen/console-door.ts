// How does an officer come in and go out? Login, the choice of an organisation, logout; each is a line of the log.
import type { Express, Request, RequestHandler, Response } from 'express'
import { choicePage, leftPage, loginPage } from '../console/doorway.ts'
import { grantsOf, type Identity } from '../console/grants.ts'
import { layout, type Seat } from '../console/layout.ts'
import { type Attempt, type Login, loginPaths } from '../console/login.ts'
import { ownPath } from '../console/own-path.ts'
import { type Desk, logsOf } from '../console/page.ts'
import type { ConsoleSealer } from '../console/seal.ts'
import type { Seated } from '../console/seat.ts'
import type { Session, Sessions } from '../console/session.ts'
import { type Html, html } from '../html.ts'
import { Problem } from '../problem.ts'
import type { Call, Moment, Oin } from '../terms.ts'
import { type Cookies, ended, readCookie, readForm } from './console-request.ts'
import { type Patience, slowly } from './patience.ts'

export interface Door {
  readonly desk: Pick<Desk, 'clock' | 'law' | 'record' | 'operator'>
  readonly login: Login
  readonly sessions: Sessions
  readonly sealer: ConsoleSealer
  /** Public address of the console, without a slash at its end. */
  readonly address: string
  readonly patience: Patience
}

export interface DoorTools {
  readonly cookies: Cookies
  /** The session of this request, and who sits there when an organisation is chosen. */
  readonly at: (request: Request) => Promise<{ session?: Session; seated?: Seated }>
  readonly formOf: (request: Request, session: Session | undefined) => Promise<FormData>
}

/** A login that takes longer is begun anew. */
const attemptMs = 10 * 60_000
/** Tabs in which one browser may be logging in at once. */
const mostAttempts = 4

interface Waiting extends Attempt {
  readonly naar: `/${string}`
  readonly tot: Moment
}

export function doorRoutes(app: Express, door: Door, { cookies, at, formOf }: DoorTools): void {
  const { desk, login, sessions, address } = door
  const attempts = openAttempts(door, cookies)

  async function record(
    call: Call,
    { id, rollen }: Pick<Identity, 'id' | 'rollen'>,
    oin: Oin | undefined,
    [handeling, uitkomst]: readonly [handeling: string, uitkomst: string],
  ): Promise<void> {
    const has = (oin && grantsOf({ rollen }, desk.law().partijen).get(oin)) || []
    await desk.record(call, {
      soort: 'aanmelding',
      log: logsOf({ rollen: has }).at(-1) ?? 'gewoon',
      door: { oin: oin ?? desk.operator, rol: has[0] ?? 'geen', id },
      uitkomst,
      handeling: { handeling },
    })
  }

  route(app, '/inloggen', {
    async get(request, response) {
      const naar = queryOf(request).get('naar')
      const begin = naar === null ? '' : `?naar=${encodeURIComponent(ownPath(naar))}`
      answer(response, 'Inloggen', loginPage(`/inloggen/begin${begin}`))
    },
  })

  route(app, '/inloggen/begin', {
    async get(request, response) {
      const { to, attempt } = await login.start()
      const naar = ownPath(queryOf(request).get('naar'))
      attempts.keep(request, response, { ...attempt, naar, tot: desk.clock() + attemptMs })
      response.redirect(303, to)
    },
  })

  route(app, loginPaths.back, {
    async get(request, response) {
      const [identity, { naar }] = await slowly(door.patience, request, async () => {
        const waiting = attempts.take(request, response, queryOf(request).get('state'))
        return [await login.finish(new URL(request.url, address), waiting), waiting] as const
      })
      const { call } = response.locals
      const grants = grantsOf(identity, desk.law().partijen)
      if (grants.size === 0) {
        await record(call, identity, undefined, ['inloggen', 'geweigerd'])
        throw new Problem(
          'geen-toegang',
          'Uw account heeft geen rol in deze console. Vraag de beheerder van uw organisatie om een rol.',
        )
      }
      const { session: before } = await at(request)
      if (before) await sessions.end(before)
      const [oin] = grants.size === 1 ? grants.keys() : []
      await record(call, identity, oin ?? [...grants.keys()][0], ['inloggen', 'ingelogd'])
      const cookie = await sessions.begin(identity, oin)
      response.append('Set-Cookie', cookies.write(cookies.session, cookie))
      response.redirect(303, oin ? naar : choiceOf(naar))
    },
  })

  route(app, '/organisatie', {
    async get(request, response) {
      const { session, seated } = await at(request)
      if (!session) return response.redirect(303, '/inloggen')
      const { partijen } = desk.law()
      const choices = [...grantsOf(session.identity, partijen)].map(([oin, rollen]) => ({
        oin,
        naam: partijen.get(oin)?.naam ?? oin,
        rollen,
      }))
      if (choices.length === 0) throw new Problem('geen-toegang', 'Uw account heeft geen rol meer.')
      const naar = ownPath(queryOf(request).get('naar'))
      const body = choicePage(choices, session.csrf, naar)
      answer(response, 'Kies een organisatie', body, seated?.seat)
    },
    async post(request, response) {
      const { session } = await at(request)
      const form = await formOf(request, session)
      if (!session) throw ended()
      const oin = String(form.get('oin'))
      const known = grantsOf(session.identity, desk.law().partijen).has(oin)
      const { call } = response.locals
      if (!known) {
        await record(call, session.identity, session.oin, ['kiezen', 'geweigerd'])
        throw new Problem('geen-toegang', 'Voor deze organisatie hebt u geen rol.')
      }
      await record(call, session.identity, oin, ['kiezen', 'gekozen'])
      const cookie = await sessions.choose(session, oin)
      response.append('Set-Cookie', cookies.write(cookies.session, cookie))
      response.redirect(303, ownPath(form.get('naar')))
    },
  })

  for (const [path, everywhere] of [
    ['/uitloggen', false],
    ['/uitloggen/overal', true],
  ] as const) {
    route(app, path, {
      async post(request, response) {
        const { session } = await at(request)
        await formOf(request, session)
        if (!session) throw ended()
        const { identity, oin } = session
        await (everywhere ? sessions.endAll({ sub: identity.id }) : sessions.end(session))
        response.append('Set-Cookie', cookies.erase(cookies.session))
        response.set('Clear-Site-Data', '"cache", "storage"')
        const what = everywhere ? 'overal uitloggen' : 'uitloggen'
        await record(response.locals.call, identity, oin, [what, 'uitgelogd'])
        response.redirect(303, loginPaths.left)
      },
    })
  }

  route(app, loginPaths.left, {
    async get(_request, response) {
      answer(response, 'Uitgelogd', leftPage(await login.logout()))
    },
  })

  // OpenID Connect Back-Channel Logout 1.0 §2.5: sent by the provider itself, with a signed token for proof.
  route(app, loginPaths.provider, {
    async post(request, response) {
      const form = await readForm(request)
      const token = String(form.get('logout_token'))
      const whose = await slowly(door.patience, request, () => login.verifyLogout(token))
      await sessions.endAll(whose)
      response.status(200).end()
    },
  })
}

/** Attempts wait with the browser, sealed: whoever is not inside yet costs the database nothing. */
function openAttempts({ sealer, desk }: Pick<Door, 'sealer' | 'desk'>, cookies: Cookies) {
  const place = ['console', 'inloggen'] as const

  function read(request: Request): readonly Waiting[] {
    const sealed = readCookie(request.headers, cookies.attempt)
    if (sealed === '') return []
    try {
      const kept: readonly Waiting[] = JSON.parse(sealer.open(place, sealed))
      return kept.filter(({ tot }) => tot > desk.clock())
    } catch {
      return [] // of another key, or made up
    }
  }

  function write(response: Response, waiting: readonly Waiting[]): void {
    const sealed = sealer.seal(place, JSON.stringify(waiting))
    const cookie =
      waiting.length === 0
        ? cookies.erase(cookies.attempt)
        : cookies.write(cookies.attempt, sealed, attemptMs / 1_000)
    response.append('Set-Cookie', cookie)
  }

  return {
    keep(request: Request, response: Response, one: Waiting): void {
      write(response, [...read(request), one].slice(-mostAttempts))
    },
    /** Of the browser that began it, and once. */
    take(request: Request, response: Response, state: string | null): Waiting {
      const all = read(request)
      const one = all.find(each => each.state === state)
      if (!one) {
        throw new Problem('aanmelding-mislukt', 'Het inloggen is niet gelukt. Begin opnieuw.')
      }
      write(
        response,
        all.filter(each => each !== one),
      )
      return one
    },
  }
}

type Handle = (request: Request, response: Response) => Promise<void>

function route(app: Express, path: string, methods: { get?: Handle; post?: Handle }): void {
  const all = app.route(path)
  const run =
    (handle: Handle): RequestHandler =>
    (request, response) =>
      handle(request, response)
  if (methods.get) all.get(run(methods.get))
  if (methods.post) all.post(run(methods.post))
  all.all((_request, response) => {
    notThisWay(response, [
      ...(methods.get ? ['GET', 'HEAD'] : []),
      ...(methods.post ? ['POST'] : []),
    ])
  })
}

export function notThisWay(response: Response, methods: readonly string[]): never {
  response.setHeader('Allow', methods.join(', '))
  throw new Problem('methode-niet-toegestaan', 'Deze pagina kan dit niet.')
}

function answer(response: Response, title: string, body: Html, seat?: Seat): void {
  const { top, bottom } = layout({ title, seat })
  response.type('html').end(html`${top}${body}${bottom}`.text)
}

function choiceOf(naar: string): string {
  return naar === '/' ? '/organisatie' : `/organisatie?naar=${encodeURIComponent(naar)}`
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.url, 'http://sluis.invalid').searchParams
}
