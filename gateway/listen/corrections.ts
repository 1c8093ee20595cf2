// How does a corrected value, or doubt about one, come in? The routes of `correcties` and `terugmeldingen`.
import type { Express } from 'express'
import { correct } from '../correct.ts'
import { answerJson } from './answer.ts'
import { idempotencyKey, signedPart } from './request.ts'
import type { Desk } from './requests.ts'

/** Paths and the methods they know; the listener answers other methods. */
export const correctionRoutes = [['/v1/correcties', ['POST']]] as const

export function serveCorrections(app: Express, desk: Desk): void {
  const { rooms, state, read, measure, track } = desk

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
}
