// What does an officer's browser reach? Session, role, page; every look that is refused is recorded too.
import { pipeline } from 'node:stream/promises'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { newCall } from '../call.ts'
import { problemBody } from '../console/doorway.ts'
import { type Frame, layout } from '../console/layout.ts'
import { looksIn } from '../console/look.ts'
import { ownPath } from '../console/own-path.ts'
import type { Desk, Page, View, Visit } from '../console/page.ts'
import { notice } from '../console/parts.ts'
import { roleFor, type Seated, seatOf } from '../console/seat.ts'
import { isToken, type Session } from '../console/session.ts'
import { styleFile } from '../console/style.ts'
import { type Html, html } from '../html.ts'
import { Problem, problems } from '../problem.ts'
import type { Call } from '../terms.ts'
import { toProblem } from './answer.ts'
import { type Door, doorRoutes, notThisWay } from './console-door.ts'
import { cookiesFor, ended, fromOurPage, readCookie, readForm } from './console-request.ts'

export interface ConsoleListener extends Door {
  readonly pages: readonly Page[]
  readonly desk: Omit<Desk, 'searches'>
  /** The cause of an `intern`, for the operator's log; the officer never sees it. */
  readonly onFailure: (cause: unknown, transactie: string) => void
}

/** Nothing but our own style, fonts and images; no script at all (CSP level 3). */
const policy =
  "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

function headersFor(address: string): Readonly<Record<string, string>> {
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    ...(address.startsWith('https:') && { 'Strict-Transport-Security': 'max-age=31536000' }),
  }
}

export function consoleApp(listener: ConsoleListener): Express {
  const { address, desk, pages, sessions } = listener
  const cookies = cookiesFor(address)
  const headers = headersFor(address)
  const app = express()
  app.disable('x-powered-by').set('query parser', false).set('etag', false)
  app.enable('strict routing').enable('case sensitive routing')
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.set(headers)
    response.locals.call = newCall(desk.clock(), request.get('traceparent'))
    next()
  })
  app.get('/stijl/:of/:name', (request, response, next) => bring(request, response, next))

  async function at(request: Request): Promise<{ session?: Session; seated?: Seated }> {
    const session = await sessions.find(readCookie(request.headers, cookies.session))
    if (!session) return {}
    const seated = seatOf(session, pages, desk.law(), desk.profile)
    return seated ? { session, seated } : { session }
  }

  /** The form that came, of a page of ours and of this session. */
  async function formOf(request: Request, session: Session | undefined): Promise<FormData> {
    fromOurPage(request, address)
    const form = await readForm(request)
    if (!session) throw ended()
    if (!isToken(session, form.get('csrf'))) {
      throw new Problem(
        'geen-toegang',
        'Dit formulier is niet van deze sessie. Open de pagina opnieuw.',
      )
    }
    return form
  }

  /** Session, then the page's form, then role: what a stranger asks tells nothing of what there is. */
  async function visit(page: Page, request: Request, response: Response): Promise<void> {
    const acts = request.method === 'POST'
    const { session, seated } = await at(request)
    response.locals.seat = seated?.seat
    const form = acts ? await formOf(request, session) : new FormData()
    if (!seated) return toDoor(request, response, session)
    const { officer, seat } = seated
    const rol = roleFor(page.roles, officer.rollen)
    const made: Visit = {
      officer,
      rol: rol ?? officer.rollen[0] ?? 'beheerder',
      call: response.locals.call,
      params: paramsOf(request),
      query: new URL(request.url, address).searchParams,
      form,
      csrf: seat.csrf,
      signal: goneSignal(response),
    }
    const work = acts ? page.act : page.show
    try {
      if (!rol || !work) {
        throw new Problem('geen-toegang', 'Deze pagina hoort niet bij uw rol.', { reden: 'rol' })
      }
      const searches = sessions.searches(seated.session)
      const view = await work(made, { ...desk, searches })
      await answerView(response, view, { seat, current: currentOf(page, request) })
    } catch (error) {
      await recordRefused(made, page, error)
      throw error
    }
  }

  /** A17: who tried a page of another role, or something of another organisation, stands in the log. */
  async function recordRefused(
    { officer, rol, call, params }: Visit,
    { path }: Page,
    error: unknown,
  ): Promise<void> {
    if (!(error instanceof Problem) || error.recorded) return
    if (error.status !== 403 && error.status !== 404) return
    const over = Object.values(params).find(value => uuid.test(value))
    await desk.record(call, {
      soort: 'raadpleging',
      log: looksIn(officer),
      door: { oin: officer.oin, rol, id: officer.id },
      uitkomst: 'geweigerd',
      ...(over && { over }),
      handeling: { pagina: path, reden: error.reden },
    })
  }

  async function answerView(
    response: Response,
    view: View,
    frame: Omit<Frame, 'title'>,
  ): Promise<void> {
    if (view.kind === 'redirect') return response.redirect(303, ownPath(view.to))
    if (view.kind === 'download') {
      response.set('Content-Type', view.type)
      response.set('Content-Disposition', `attachment; filename="${safeName(view.name)}"`)
      return await pipeline(view.body, response)
    }
    const { top, bottom } = layout({ ...frame, title: view.title })
    response.status(view.status ?? 200).type('html')
    if (!view.rest) {
      response.end(html`${top}${view.body}${bottom}`.text)
      return
    }
    await pipeline(going(html`${top}${view.body}`, view.rest, bottom, response), response)
  }

  /** Once a page has begun its status is said: what goes wrong later is told on the page itself. */
  async function* going(begin: Html, rest: AsyncIterable<Html>, end: Html, response: Response) {
    yield begin.text
    try {
      for await (const part of rest) yield part.text
    } catch (error) {
      const { transactie }: Call = response.locals.call
      listener.onFailure(error, transactie)
      yield notice('error', `Dit ging niet verder. Nummer van deze melding: ${transactie}`).text
    }
    yield end.text
  }

  doorRoutes(app, listener, { cookies, at, formOf })
  for (const page of pages) {
    const methods = [...(page.show ? ['GET', 'HEAD'] : []), ...(page.act ? ['POST'] : [])]
    app
      .route(page.path)
      .all((request, response, next) => {
        if (methods.includes(request.method)) return next()
        notThisWay(response, methods)
      })
      .all((request, response) => visit(page, request, response))
  }
  app.use(async (request: Request, response: Response) => {
    const { session, seated } = await at(request)
    // An address that is none of ours may hold anything: it is not carried along.
    if (!seated) return response.redirect(303, session ? '/organisatie' : '/inloggen')
    response.locals.seat = seated.seat
    throw new Problem('niet-gevonden', 'Deze pagina bestaat niet.')
  })
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error)
    const problem = toProblem(error)
    const { transactie }: Call = response.locals.call
    const { cause } = problem
    if (problem.slug === 'intern' || cause !== undefined) listener.onFailure(cause, transactie)
    if (!request.complete) response.setHeader('Connection', 'close')
    const { seat }: Pick<Frame, 'seat'> = response.locals
    const { title } = problems[problem.slug]
    const { top, bottom } = layout({ title, seat })
    const body = problemBody(problem, transactie, { seat })
    response.removeHeader('Content-Disposition')
    if (problem.status === 503) response.set('Retry-After', String(problem.retryAfter ?? 5))
    response.status(problem.status).type('html').end(html`${top}${body}${bottom}`.text)
  })
  return app
}

/** Back to this page after that, when it was only to be shown. */
function toDoor(request: Request, response: Response, session: Session | undefined): void {
  const naar = request.method === 'GET' ? ownPath(request.url) : '/'
  const to = session ? '/organisatie' : '/inloggen'
  response.redirect(303, naar === '/' ? to : `${to}?naar=${encodeURIComponent(naar)}`)
}

/** Goes off when nobody waits for the answer any more. */
function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return gone.signal
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function paramsOf({ params }: Request): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join('/') : value,
    ]),
  )
}

/** The longest item of the menu that this address lies under. */
function currentOf({ path, menu, under }: Page, { path: here }: Request): string {
  return under ?? (menu === undefined ? `/${here.split('/')[1] ?? ''}` : path)
}

/** A file name of letters, digits, dots and dashes (RFC 6266 §4.3). */
function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'download'
}

/** The same for everybody, and its address changes with it: it may be kept for a year. */
function bring(request: Request, response: Response, next: NextFunction): void {
  const file = styleFile(request.path)
  if (!file) {
    next()
    return
  }
  response
    .set('Cache-Control', 'public, max-age=31536000, immutable')
    .set('Content-Type', file.type)
  response.end(file.body)
}
