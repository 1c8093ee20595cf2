// Which processing may a party read back? The read extension of the Logboek Dataverwerkingen, recorded as a look.
import type { Express, Request } from 'express'
import { recordLook } from '../audit/record.ts'
import { inTime, type Rooms, signedBy } from '../exchange.ts'
import { readActivitiesBody } from '../message/read.ts'
import { admit } from '../peer/party.ts'
import { Problem } from '../problem.ts'
import { readActivities } from '../schema.ts'
import type { ActivitiesBody, Call, DataSubject, Identity, LogName, Party } from '../terms.ts'
import { answerJson } from './answer.ts'
import { signedPart } from './request.ts'

/** What is told, of which log, and whom it was asked about. */
export interface ReadActivities {
  readonly log: LogName
  readonly betrokkene?: DataSubject
  readonly answer: { readonly processingActivities: readonly object[] }
  readonly begrensd: boolean
}

export interface ActivitiesDesk {
  readonly rooms: Rooms
  readonly activitiesOf: (asked: ActivitiesBody, party: Party) => Promise<ReadActivities>
  readonly state: (request: Request) => {
    readonly call: Call
    readonly identity: Identity | Problem
  }
  readonly read: (request: Request) => Promise<Buffer>
}

/** The extension names the second; ours have a version. */
export const activityRoutes = [
  ['/v1/processing-activities', ['POST']],
  ['/processing-activities', ['POST']],
] as const

export function serveActivities(app: Express, desk: ActivitiesDesk): void {
  const { rooms, activitiesOf, state, read } = desk
  for (const [path] of activityRoutes) {
    app.post(path, async (request, response) => {
      const { call, identity } = state(request)
      if (identity instanceof Problem) throw identity
      const { partijen } = rooms.policies.current()
      const { party } = admit(identity, partijen, rooms.revocation, call.tijd)
      const bytes = await read(request)
      const asked = readActivitiesBody(bytes, readActivities, rooms.profile)
      await signedBy(party, { ...signedPart(request), tijd: call.tijd }, bytes, rooms)
      const { log, answer, begrensd, betrokkene } = await inTime(activitiesOf(asked, party))
      await recordLook(rooms.audit, {
        ...{ call, log, partij: party.oin },
        ...(betrokkene && { subject: { betrokkene } }),
        handeling: {
          wat: 'verwerkingen',
          filters: Object.keys(asked).sort(),
          aantal: answer.processingActivities.length,
        },
      })
      answerJson(response, answer, 200, { 'Result-Truncated': String(begrensd) })
    })
  }
}
