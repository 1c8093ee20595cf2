// What may a party do with a file of lines? The routes of `leveringen` (design §3.4).
import type { Express, Request, Response } from 'express'
import type { KeptFile, LineCounts, ReportRow } from '../delivery/files.ts'
import type { Rooms } from '../exchange.ts'
import { type CallOnFile, goOnWith, handIn, type IncomingFile, ownFile } from '../hand-in.ts'
import type { Limits } from '../message/limits.ts'
import { signatureHeader } from '../message/signature.ts'
import type { Moment } from '../terms.ts'
import { answerJson } from './answer.ts'
import { openLines } from './lines.ts'
import { contentRange, idempotencyKey, readFile } from './request.ts'
import type { Desk } from './requests.ts'

/** Paths and the methods they know; the listener answers other methods. */
export const deliveryRoutes = [
  ['/v1/uitwisselingen/:uitwisseling/leveringen', ['POST']],
  ['/v1/leveringen/:levering', ['GET']],
  ['/v1/leveringen/:levering/verslag', ['GET']],
  ['/v1/leveringen/:levering/vervolg', ['POST']],
] as const

export function serveDeliveries(
  app: Express,
  desk: Omit<Desk, 'read'> & { readonly limits: Limits },
): void {
  const { rooms, state, measure, track, limits } = desk
  const aboutOne = (request: Request): CallOnFile => {
    const own = state(request)
    const { call, identity } = own
    return {
      ...call,
      identity,
      id: String(request.params.levering),
      about: uitwisseling => {
        own.uitwisseling = uitwisseling
      },
    }
  }
  const bringing = (request: Request): IncomingFile => {
    const own = state(request)
    own.lingers = true
    const { call, identity } = own
    const range = contentRange(request)
    const length = request.headers['content-length']
    return {
      ...{ ...call, identity, limits },
      ...(range !== undefined && { range }),
      ...(length !== undefined && { length: Number(length) }),
      signed: request.headers[signatureHeader] !== undefined,
      readChunks: stop => readFile(request, limits, stop),
    }
  }
  const answerState = async (response: Response, file: KeptFile, status: number) => {
    const { levering } = file
    const counts = await rooms.files.counts(levering)
    const headers = status === 202 ? { Location: `/v1/leveringen/${levering}` } : undefined
    answerJson(response, view(file, counts, rooms), status, headers)
  }

  app.post('/v1/uitwisselingen/:uitwisseling/leveringen', async (request, response) => {
    const { uitwisseling } = request.params
    state(request).uitwisseling = uitwisseling
    const key = idempotencyKey(request)
    const incoming = {
      ...bringing(request),
      ...{ uitwisseling, ...(key !== undefined && { idempotencyKey: key }) },
    }
    const file = await track(handIn(incoming, rooms))
    measure(request, file.staat)
    await answerState(response, file, 202)
  })

  app.post('/v1/leveringen/:levering/vervolg', async (request, response) => {
    const incoming = { ...bringing(request), ...aboutOne(request) }
    const file = await track(goOnWith(incoming, rooms))
    measure(request, file.staat)
    await answerState(response, file, 202)
  })

  app.get('/v1/leveringen/:levering', async (request, response) => {
    const { file } = await ownFile(aboutOne(request), rooms)
    measure(request, 'bekeken')
    await answerState(response, file, 200)
  })

  app.get('/v1/leveringen/:levering/verslag', async (request, response) => {
    const { file } = await ownFile(aboutOne(request), rooms)
    let rows = await rooms.files.report(file.levering, 0, page)
    measure(request, 'bekeken')
    const lines = openLines(response, limits.answerMs)
    let open = true
    while (open && rows.length > 0) {
      open = await lines.write(rows.map(reportLine).join('\n'))
      rows = await rooms.files.report(file.levering, rows.at(-1)?.regel ?? 0, page)
    }
    await lines.end()
  })
}

const page = 1_000

function reportLine({ regel, uitkomst, transactie, verslag }: ReportRow): string {
  return JSON.stringify({ regel, uitkomst, transactie, ...verslag })
}

const moment = (ms: Moment) => new Date(ms).toISOString()

/** Where it stands, for its sender: counts and places, nothing of what is in it. */
function view(file: KeptFile, regels: LineCounts, { profile, clock }: Rooms) {
  const { levering, uitwisseling, staat, begonnen, gewijzigd } = file
  const { regelsTotaal, bytesTotaal, gelezen, bytes } = file
  const { snelheid, resterend } = pace(file, clock())
  return {
    levering,
    ...(profile === 'test' && { omgeving: 'test' }),
    uitwisseling,
    staat,
    regels: { ...regels, ...(regelsTotaal !== null && { totaal: regelsTotaal }) },
    bytes: { gelezen: bytes, ...(bytesTotaal !== null && { totaal: bytesTotaal }) },
    snelheid,
    ...(resterend !== undefined && { resterend }),
    vervolg: { byte: bytes, regel: gelezen + 1 },
    begonnen: moment(begonnen),
    gewijzigd: moment(gewijzigd),
  }
}

/** Lines a second of the last reading, and the seconds that are left at that pace. */
export function pace(
  file: KeptFile,
  now: Moment,
): { readonly snelheid: number; readonly resterend?: number } {
  const { staat, hervat, hervatRegel, hervatByte, gewijzigd } = file
  const { gelezen, bytes, regelsTotaal, bytesTotaal } = file
  const until = staat === 'in-behandeling' ? now : gewijzigd
  const seconds = hervat === null ? 0 : (until - hervat) / 1_000
  if (seconds <= 0) return { snelheid: 0 }
  const snelheid = Math.round((gelezen - hervatRegel) / seconds)
  const bytesASecond = (bytes - hervatByte) / seconds
  if (staat !== 'in-behandeling' || bytesASecond <= 0) return { snelheid }
  if (bytesTotaal !== null) {
    return { snelheid, resterend: Math.ceil((bytesTotaal - bytes) / bytesASecond) }
  }
  if (regelsTotaal === null || snelheid === 0) return { snelheid }
  return { snelheid, resterend: Math.ceil((regelsTotaal - gelezen) / snelheid) }
}
