// Is this process well? For the machine that runs it: loopback, no personal data.
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { answerText, toProblem } from './answer.ts'

export interface OpsListener {
  /** Each part by name: does it work now? */
  readonly checks: () => Promise<Readonly<Record<string, boolean>>>
  /** What the emergency brake is on for; absent where nothing is decided. */
  readonly braked?: () => readonly string[]
  /** What this process is and decides by: versions and digests. */
  readonly instance: () => Readonly<Record<string, string>>
  readonly metrics: {
    text: () => Promise<string>
    contentType: string
    ready: (name: string, ok: boolean) => void
    instance: (labels: Readonly<Record<string, string>>) => void
  }
  /** How long a check may take before the part counts as not working, milliseconds. */
  readonly checkMs?: number
}

const plain = 'text/plain; charset=utf-8'

/** A prober that waits for a paused database would call the process dead: silence is an answer too. */
const defaultCheckMs = 3_000

export function opsApp(listener: OpsListener): Express {
  const { metrics, checkMs = defaultCheckMs } = listener
  const app = express()
  app.disable('x-powered-by').set('query parser', false)
  app.enable('strict routing').enable('case sensitive routing')

  async function parts(): Promise<Readonly<Record<string, boolean>>> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<Readonly<Record<string, boolean>>>(resolve => {
      timer = setTimeout(() => resolve({ antwoord: false }), checkMs)
    })
    try {
      // Why a check fails is in the log of its part; for the prober a failure is a part that fails.
      const found = await Promise.race([
        listener.checks().catch(() => ({ antwoord: false })),
        silence,
      ])
      for (const [name, ok] of Object.entries(found)) metrics.ready(name, ok)
      return found
    } finally {
      clearTimeout(timer)
    }
  }

  get(app, '/livez', response => answerText(response, 200, plain, 'ok\n'))
  get(app, '/readyz', async response => {
    const onderdelen = await parts()
    const gereed = Object.values(onderdelen).every(Boolean)
    const instantie = listener.instance()
    const noodrem = listener.braked?.()
    const text = JSON.stringify({ gereed, onderdelen, noodrem, instantie })
    answerText(response, gereed ? 200 : 503, 'application/json; charset=utf-8', text)
  })
  get(app, '/metrics', async response => {
    await parts()
    metrics.instance(listener.instance())
    answerText(response, 200, metrics.contentType, await metrics.text())
  })
  app.use((_request, response) => answerText(response, 404, plain, 'Dit adres bestaat niet.\n'))
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error)
    const { status, detail } = toProblem(error)
    answerText(response, status, plain, `${detail}\n`)
  })
  return app
}

function get(app: Express, path: string, answer: (response: Response) => void | Promise<void>) {
  app
    .route(path)
    .get((_request, response) => answer(response))
    .all((_request, response) => {
      answerText(response, 405, plain, 'Hier kan alleen GET.\n', { Allow: 'GET, HEAD' })
    })
}
