// How does a corrected value, or doubt about one, come in? The routes of `correcties` and `terugmeldingen`.
import type { Express } from 'express'
import { correct } from '../correct.ts'
import type { KeptMessage } from '../delivery/messages.ts'
import { doubt, doubtStand } from '../doubt.ts'
import { answerJson } from './answer.ts'
import { idempotencyKey, signedPart } from './request.ts'
import type { Desk } from './requests.ts'

/** Paths and the methods they know; the listener answers other methods. */
export const correctionRoutes = [
  ['/v1/correcties', ['POST']],
  ['/v1/terugmeldingen', ['POST']],
  ['/v1/terugmeldingen/:terugmelding', ['GET']],
] as const

export function serveCorrections(app: Express, desk: Desk): void {
  const { rooms, state, read, measure, track } = desk
  const test = rooms.profile === 'test' && { omgeving: 'test' }

  app.post('/v1/correcties', async (request, response) => {
    const { call, identity } = state(request)
    const key = idempotencyKey(request)
    const corrected = await track(
      correct(
        {
          ...call,
          ...signedPart(request),
          ...{ identity, readBytes: () => read(request) },
          ...(key !== undefined && { idempotencyKey: key }),
        },
        rooms,
      ),
    )
    measure(request, 'gecorrigeerd')
    answerJson(response, corrected, 202)
  })

  app.post('/v1/terugmeldingen', async (request, response) => {
    const { call, identity } = state(request)
    const incoming = { ...call, ...signedPart(request), identity, readBytes: () => read(request) }
    const { row, over, receipt } = await track(doubt(incoming, rooms))
    measure(request, 'teruggemeld')
    const bewijs = { logregel: receipt.logregel, tlogProof: receipt.tlogProof() }
    answerJson(response, { ...test, ...view(row), over, bewijs }, 201, {
      Location: `/v1/terugmeldingen/${row.bericht}`,
    })
  })

  app.get('/v1/terugmeldingen/:terugmelding', async (request, response) => {
    const { call, identity } = state(request)
    const { terugmelding } = request.params
    const row = await track(doubtStand({ ...call, identity, id: terugmelding }, rooms))
    measure(request, 'bekeken')
    answerJson(response, { ...test, ...view(row) })
  })
}

const moment = (ms: number) => new Date(ms).toISOString()

/** Where a doubt stands, for who reported it; what became of it as soon as its receiver says so. */
function view({ bericht, uitwisseling, ontvanger, staat, afloop, ...row }: KeptMessage) {
  return {
    terugmelding: bericht,
    ...{ uitwisseling, ontvanger, staat },
    ...(afloop !== null && { afloop }),
    aangenomen: moment(row.aangenomen),
    gewijzigd: moment(row.gewijzigd),
    ...(row.geldigTot !== null && { geldigTot: moment(row.geldigTot) }),
  }
}
