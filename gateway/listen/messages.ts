// What may a receiver do with messages that wait for it? The routes of `berichten` (design §3.4).
import type { Express, Request, Response } from 'express'
import type { KeptMessage, ListedMessage } from '../delivery/messages.ts'
import { inTime, refuse, signedBy } from '../exchange.ts'
import {
  type CallOnMessage,
  type Confirmed,
  judge,
  ownMessage,
  received,
  receivedAll,
  receiver,
} from '../inbox.ts'
import type { Limits } from '../message/limits.ts'
import { readPlainBody } from '../message/read.ts'
import { type Line, pickUp, pickUpAll, undelivered } from '../pick-up.ts'
import { type Fault, Problem } from '../problem.ts'
import { readJudgement, readMessagesQuery, readPickUp, readReceived } from '../schema.ts'
import type { Receipt } from '../terms.ts'
import { answerJson, answerText, problemDocument, toProblem } from './answer.ts'
import { openLines } from './lines.ts'
import { signedPart } from './request.ts'
import type { Desk } from './requests.ts'

export interface MessagesDesk extends Desk {
  readonly base: string
  readonly limits: Pick<Limits, 'answerMs'>
  /** An answer that left not whole is written down, also when that fails. */
  readonly unsent: (doing: Promise<unknown>, transactie: string) => void
}

/** Paths and the methods they know; the first that fits counts. */
export const messageRoutes = [
  ['/v1/berichten/_zoek', ['POST']],
  ['/v1/berichten/_ophalen', ['POST']],
  ['/v1/berichten/_bevestig', ['POST']],
  ['/v1/berichten/:bericht', ['GET']],
  ['/v1/berichten/:bericht/inhoud', ['GET']],
  ['/v1/berichten/:bericht/ontvangstbevestiging', ['POST']],
  ['/v1/berichten/:bericht/beoordeling', ['POST']],
] as const

const defaultPage = 100
const mostAtOnce = 1_000

export function serveMessages(app: Express, desk: MessagesDesk): void {
  const { rooms, state, measure, track } = desk
  const aboutOne = (request: Request): CallOnMessage => {
    const own = state(request)
    return {
      ...own.call,
      identity: own.identity,
      id: String(request.params.bericht),
      about: uitwisseling => {
        own.uitwisseling = uitwisseling
      },
    }
  }
  const test = rooms.profile === 'test' && { omgeving: 'test' }

  app.post('/v1/berichten/_zoek', async (request, response) => {
    const { oin } = receiver(callOf(request, desk), rooms).party
    const { aantal = defaultPage, ...filter } = await bodyOf(request, readMessagesQuery, desk)
    const found = await inTime(rooms.messages.list(oin, filter, aantal + 1))
    const page = found.slice(0, aantal)
    measure(request, 'bekeken')
    answerJson(response, {
      ...test,
      berichten: page.map(shown),
      ...(found.length > aantal && { volgende: page.at(-1)?.bericht }),
    })
  })

  app.post('/v1/berichten/_ophalen', async (request, response) => {
    const { aantal = mostAtOnce, ...filter } = await bodyOf(request, readPickUp, desk)
    const { call, identity } = state(request)
    await track(stream(request, response, pickUpAll({ call, identity, filter, aantal }, rooms)))
  })

  app.post('/v1/berichten/_bevestig', async (request, response) => {
    const { berichten } = await bodyOf(request, readReceived, desk)
    const { call, identity } = state(request)
    const confirmed = await track(receivedAll({ ...call, identity }, berichten, rooms))
    for (const { call: own, outcome } of confirmed) {
      if (outcome instanceof Problem) await noted(outcome, { ...own, identity })
    }
    measure(request, 'ontvangen')
    answerJson(response, { ...test, berichten: confirmed.map(told) })
  })

  app.get('/v1/berichten/:bericht', async (request, response) => {
    const { row } = await ownMessage(aboutOne(request), rooms)
    measure(request, 'bekeken')
    answerJson(response, { ...test, ...view(row) })
  })

  app.get('/v1/berichten/:bericht/inhoud', async (request, response) => {
    const { text, permitted } = await track(pickUp(aboutOne(request), rooms))
    measure(request, 'opgehaald')
    const { call } = state(request)
    const line = { bericht: '', call, uitwisseling: undefined, outcome: { text, permitted } }
    const lost = () => desk.unsent(undelivered(line, rooms), call.transactie)
    if (response.closed) return lost()
    response.once('close', () => {
      if (!response.writableFinished) lost()
    })
    answerText(response, 200, 'application/json; charset=utf-8', text)
  })

  app.post('/v1/berichten/:bericht/ontvangstbevestiging', async (request, response) => {
    if (hasBody(request)) await desk.read(request)
    const { row, receipt } = await track(received(aboutOne(request), rooms))
    measure(request, 'ontvangen')
    answerJson(response, { ...test, ...view(row), ...proof(receipt) })
  })

  app.post('/v1/berichten/:bericht/beoordeling', async (request, response) => {
    const body = await bodyOf(request, readJudgement, desk)
    const { row, receipt } = await track(judge(aboutOne(request), body, rooms))
    measure(request, 'beoordeeld')
    answerJson(response, { ...test, ...view(row), ...proof(receipt) })
  })

  /** A refusal that is told inside an answer is written down before that, as any other (P4). */
  async function noted(problem: Problem, call: Noted): Promise<Problem> {
    return await refuse(problem, call, rooms)
  }

  async function stream(
    request: Request,
    response: Response,
    lines: AsyncGenerator<Line>,
  ): Promise<void> {
    const { call, identity } = state(request)
    // What goes wrong before anything is told is answered as everywhere.
    let line = await lines.next()
    const answer = openLines(response, desk.limits.answerMs)
    /** Not known to have left, in the order in which they were written. */
    const unsent: Line[] = []
    try {
      while (!line.done) {
        unsent.push(line.value)
        const text = await textOf(line.value, identity)
        if (!(await answer.write(text, () => unsent.shift()))) break
        line = await lines.next()
      }
    } catch (error) {
      const problem = await noted(toProblem(error), { ...call, identity })
      await answer.write(JSON.stringify(problemDocument(problem, desk.base, call.transactie)))
    }
    await lines.return(undefined)
    await answer.end()
    measure(request, 'opgehaald')
    for (const one of unsent) desk.unsent(undelivered(one, rooms), one.call.transactie)
  }

  /** An answer as it left the log; else why there is none. Each line can be judged on its own, with its own proof. */
  async function textOf(line: Line, identity: Noted['identity']): Promise<string> {
    const { bericht, call, uitwisseling, outcome } = line
    if (!(outcome instanceof Problem)) return outcome.text
    const problem = await noted(outcome, {
      ...call,
      identity,
      ...(uitwisseling && { uitwisseling }),
    })
    return JSON.stringify({
      bericht,
      ...(problem.slug === 'geweigerd' && { geweigerd: true }),
      ...problemDocument(problem, desk.base, call.transactie),
    })
  }
}

type Noted = Parameters<typeof refuse>[1] & Pick<CallOnMessage, 'identity'>

function callOf(request: Request, { state }: MessagesDesk) {
  const { call, identity } = state(request)
  return { tijd: call.tijd, identity }
}

/** Who calls is known before anything of the body is read. */
async function bodyOf<Body extends object>(
  request: Request,
  check: (value: unknown) => Body | readonly Fault[],
  desk: MessagesDesk,
): Promise<Body> {
  const called = callOf(request, desk)
  const { party } = receiver(called, desk.rooms)
  const bytes = await desk.read(request)
  const body = readPlainBody(bytes, check)
  await signedBy(party, { ...signedPart(request), tijd: called.tijd }, bytes, desk.rooms)
  return body
}

const moment = (ms: number) => new Date(ms).toISOString()

/** Where it stands, for its receiver: nobody it is about, and nothing of what it says. */
function shown(row: ListedMessage) {
  const { bericht, soort, uitwisseling, verstrekker, staat, afloop, wacht } = row
  const { aangenomen, gewijzigd, bewarenTot, geldigTot } = row
  return {
    ...{ bericht, soort, uitwisseling, verstrekker, staat },
    ...(afloop !== null && { afloop }),
    aangenomen: moment(aangenomen),
    gewijzigd: moment(gewijzigd),
    ...(geldigTot !== null && { geldigTot: moment(geldigTot) }),
    ...(wacht && { inhoud: `/v1/berichten/${bericht}/inhoud`, ophalenTot: moment(bewarenTot) }),
  }
}

const view = ({ verzegeld, ...row }: KeptMessage) => shown({ ...row, wacht: verzegeld !== null })

function proof(receipt: Receipt | undefined) {
  if (!receipt) return {}
  return { bewijs: { logregel: receipt.logregel, tlogProof: receipt.tlogProof() } }
}

function told({ bericht, call, outcome }: Confirmed) {
  if (outcome instanceof Problem) {
    const { staat } = outcome.members
    return { bericht, uitkomst: outcome.slug, ...(staat !== undefined && { staat }) }
  }
  const { row, receipt } = outcome
  const { transactie } = call
  return { bericht, uitkomst: 'ontvangen', staat: row.staat, ...(receipt && { transactie }) }
}

/** A confirmation says nothing but itself; what is sent with it must still be read off the connection. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
