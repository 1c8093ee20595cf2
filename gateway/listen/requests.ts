// What may a partner do with a request that takes time? The routes of `verzoeken` (design §3.4).
import type { Express, Request } from 'express'
import { type Accepted, accept } from '../accept.ts'
import { approve } from '../approve.ts'
import { confirm, ended, pickUp, stand, withdraw } from '../collect.ts'
import type { KeptRequest } from '../delivery/requests.ts'
import type { Rooms } from '../exchange.ts'
import type { CallOnRequest } from '../kept.ts'
import type { Problem } from '../problem.ts'
import type { Call, Identity, Receipt, RequestState } from '../terms.ts'
import { answerJson, answerText } from './answer.ts'
import { idempotencyKey, signedPart } from './request.ts'

/** What the listener knows of a request, and does for every one. */
export interface Desk {
  readonly rooms: Rooms
  readonly state: (request: Request) => {
    readonly call: Call
    readonly identity: Identity | Problem
    uitwisseling?: string
    lingers?: true
  }
  readonly read: (request: Request) => Promise<Buffer>
  readonly measure: (request: Request, uitkomst: string) => void
  readonly track: <T>(work: Promise<T>) => Promise<T>
}

/** Paths and the methods they know; the listener answers other methods. */
export const requestRoutes = [
  ['/v1/uitwisselingen/:uitwisseling/verzoeken', ['POST']],
  ['/v1/verzoeken/:verzoek', ['GET', 'DELETE']],
  ['/v1/verzoeken/:verzoek/antwoord', ['GET']],
  ['/v1/verzoeken/:verzoek/ontvangstbevestiging', ['POST']],
  ['/v1/verzoeken/:verzoek/goedkeuringen', ['POST']],
] as const

export function serveRequests(app: Express, desk: Desk): void {
  const { rooms, state, read, measure, track } = desk
  const aboutOne = (request: Request): CallOnRequest => {
    const own = state(request)
    const { call, identity } = own
    return {
      ...call,
      identity,
      id: String(request.params.verzoek),
      about: uitwisseling => {
        own.uitwisseling = uitwisseling
      },
    }
  }

  app.post('/v1/uitwisselingen/:uitwisseling/verzoeken', async (request, response) => {
    const own = state(request)
    own.uitwisseling = request.params.uitwisseling
    const { call, identity, uitwisseling } = own
    const key = idempotencyKey(request)
    const accepted = await track(
      accept(
        {
          ...call,
          ...signedPart(request),
          ...{ identity, uitwisseling, readBytes: () => read(request) },
          ...(key !== undefined && { idempotencyKey: key }),
        },
        rooms,
      ),
    )
    measure(request, 'aangenomen')
    answerJson(response, await acceptance(accepted, aboutOne(request), rooms), 202, {
      Location: `/v1/verzoeken/${accepted.row.verzoek}`,
    })
  })

  app.get('/v1/verzoeken/:verzoek', async (request, response) => {
    const { row, zout } = await stand(aboutOne(request), rooms)
    measure(request, 'bekeken')
    answerJson(response, view(row, rooms, zout))
  })

  app.get('/v1/verzoeken/:verzoek/antwoord', async (request, response) => {
    const { jwe } = await track(pickUp(aboutOne(request), rooms))
    measure(request, 'opgehaald')
    answerText(response, 200, 'application/jose', jwe)
  })

  app.post('/v1/verzoeken/:verzoek/ontvangstbevestiging', async (request, response) => {
    if (hasBody(request)) await read(request)
    const { row, receipt } = await track(confirm(aboutOne(request), rooms))
    measure(request, 'ontvangen')
    answerJson(response, { ...view(row, rooms), ...proof(receipt) })
  })

  app.post('/v1/verzoeken/:verzoek/goedkeuringen', async (request, response) => {
    const about = { ...aboutOne(request), ...signedPart(request) }
    const approving = { ...about, readBytes: () => read(request) }
    const { row, receipt } = await track(approve(approving, rooms))
    measure(request, row.staat === 'geweigerd' ? 'afgewezen' : 'goedgekeurd')
    answerJson(response, { ...view(row, rooms), ...proof(receipt) }, 201)
  })

  app.delete('/v1/verzoeken/:verzoek', async (request, response) => {
    const { row, receipt } = await track(withdraw(aboutOne(request), rooms))
    measure(request, 'ingetrokken')
    answerJson(response, { ...view(row, rooms), ...proof(receipt) })
  })
}

/** A confirmation says nothing but itself; what is sent with it must still be read off the connection. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

async function acceptance(
  { row: { verzoek }, receipt }: Accepted,
  call: CallOnRequest,
  rooms: Rooms,
): Promise<object> {
  const { row, zout } = await stand({ ...call, id: verzoek }, rooms)
  return { ...view(row, rooms, zout), ...proof(receipt) }
}

function proof(receipt: Receipt | undefined) {
  if (!receipt) return {}
  return { bewijs: { logregel: receipt.logregel, tlogProof: receipt.tlogProof() } }
}

const moment = (ms: number) => new Date(ms).toISOString()

/** Ends that nobody asked for. */
const unwanted: readonly RequestState[] = ['geweigerd', 'verlopen', 'mislukt']

/** Why a request ended, of what the house calls it itself; a code of the law stands as it is. */
const endings: ReadonlyMap<string, string> = new Map([
  ['source-unavailable', 'BRON_ONBEREIKBAAR'],
  ['source-refused', 'BRON_WEIGERT'],
  ['source-malformed', 'BRON_ONBETROUWBAAR'],
  ['sleutel-ontbreekt', 'SLEUTEL_ONTBREEKT'],
])

function ending(reden: string): string {
  return /^[A-Z_]+$/.test(reden) ? reden : (endings.get(reden) ?? 'INTERNE_FOUT')
}

/** Where it stands, for its asker: no person, no case, nothing of what was asked but the hash of it. */
function view(row: KeptRequest, rooms: Rooms, zout?: string) {
  const { verzoek, uitwisseling, staat, pogingen, herinnerd, reden, bewarenTot, antwoord } = row
  return {
    verzoek,
    ...(rooms.profile === 'test' && { omgeving: 'test' }),
    uitwisseling,
    staat,
    ...(reden !== null && unwanted.includes(staat) && { reden: ending(reden) }),
    aangenomen: moment(row.aangenomen),
    gewijzigd: moment(row.gewijzigd),
    ...(!ended.includes(staat) && staat !== 'gereed' && { uiterlijk: moment(row.uiterlijk) }),
    pogingen,
    herinneringen: herinnerd,
    aflevering: row.aflevering,
    ...(zout !== undefined && { inhoud: { zout, sha256: row.inhoud } }),
    ...(antwoord !== null && {
      antwoord: `/v1/verzoeken/${verzoek}/antwoord`,
      ...(bewarenTot !== null && { ophalenTot: moment(bewarenTot) }),
    }),
  }
}
