// What did a provider give, and what was refused in its name? For its own systems: admit, read, search, record, answer.
import { recordLook } from './audit/record.ts'
import { type Incoming, inTime, type Rooms, signedBy } from './exchange.ts'
import { readDisclosuresBody } from './message/read.ts'
import { admit } from './peer/party.ts'
import { Problem } from './problem.ts'
import { readDisclosuresQuery } from './schema.ts'
import type { DisclosuresBody, LogName, Moment, Oin } from './terms.ts'

/** One transaction of which this party is the provider; no person, case or employee in it. */
export interface OwnDisclosure {
  readonly transactie: string
  readonly log: LogName
  readonly tijd: Moment
  readonly uitwisseling: string
  readonly doel: string
  readonly grondslagen: readonly string[]
  readonly ontvanger: Oin
  readonly namens: Oin | null
  readonly velden: readonly string[]
  readonly verstrekt: readonly string[]
  readonly uitkomst: string
  readonly redenen: readonly string[]
  /** Handed over instead of asked: what it is, and its place in a file. */
  readonly aard?: 'bestand' | 'regel' | 'correctie' | 'terugmelding'
  readonly levering?: string
  readonly regel?: number
}

export interface OwnPage {
  readonly rows: readonly OwnDisclosure[]
  /** Where the next page begins; opaque. */
  readonly volgende?: string
}

/** @returns undefined when `na` is no place that a page ever named */
export type SearchOwn = (verstrekker: Oin, body: DisclosuresBody) => Promise<OwnPage | undefined>

/** The answer, which may leave: that it was looked at is durable. */
export async function ownDisclosures(
  incoming: Omit<Incoming, 'uitwisseling' | 'signal'>,
  rooms: Rooms,
  search: SearchOwn,
): Promise<object> {
  const { transactie, trace, tijd, identity } = incoming
  if (identity instanceof Problem) throw identity
  const { partijen } = rooms.policies.current()
  const { party } = admit(identity, partijen, rooms.revocation, tijd)
  const bytes = await incoming.readBytes()
  const body = readDisclosuresBody(bytes, readDisclosuresQuery, rooms.profile)
  await signedBy(party, incoming, bytes, rooms)
  const page = await inTime(search(party.oin, body))
  if (!page) {
    const fouten = [{ pointer: '/na', melding: 'is geen volgende bladzijde van deze vraag' }]
    throw new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
      members: { fouten },
    })
  }
  const { rows, volgende } = page
  const hidden = party.vertrouwelijk || rows.some(({ log }) => log === 'vertrouwelijk')
  await recordLook(rooms.audit, {
    call: { transactie, trace, tijd },
    log: hidden ? 'vertrouwelijk' : 'gewoon',
    partij: party.oin,
    handeling: { wat: 'verstrekkingen', filters: Object.keys(body).sort(), aantal: rows.length },
    ...(body.betrokkene && { subject: { betrokkene: body.betrokkene } }),
  })
  return {
    transactie,
    ...(rooms.profile === 'test' && { omgeving: 'test' }),
    verstrekkingen: rows.map(shown),
    ...(volgende !== undefined && { volgende }),
  }
}

function shown({ log: _, tijd, namens, ...row }: OwnDisclosure) {
  return { ...row, tijd: new Date(tijd).toISOString(), ...(namens !== null && { namens }) }
}
