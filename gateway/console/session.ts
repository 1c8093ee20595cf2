// Who sits behind this cookie? Sessions in the database: any gateway knows them, and an end is the end everywhere.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { uuidv7 } from '../call.ts'
import type { Query } from '../store.ts'
import type { Moment, Oin } from '../terms.ts'
import type { Identity } from './grants.ts'
import type { Searches } from './page.ts'
import type { ConsoleSealer } from './seal.ts'

/** How long a session lives without a request, and at most; the page says so. */
export const idleMs = 15 * 60_000
export const absoluteMs = 8 * 3_600_000

export interface Session {
  readonly nummer: string
  readonly identity: Identity
  /** For whom the officer acts now; undefined until it is chosen. */
  readonly oin?: Oin
  readonly csrf: string
  readonly begin: Moment
}

export interface SessionOptions {
  readonly query: Query
  readonly sealer: ConsoleSealer
  /** A name that tells nothing without our keys. */
  readonly pseudonym: (text: string) => string
  readonly clock: () => Moment
}

export interface Sessions {
  /** @returns what the cookie must hold: always a new one, whatever the browser brought */
  begin(identity: Identity, oin?: Oin): Promise<string>
  /** Undefined when it ended, by whatever; a session that is found is used. */
  find(cookie: string): Promise<Session | undefined>
  /** Acts for this organisation from here on, under a new cookie. */
  choose(session: Session, oin: Oin): Promise<string>
  end(session: Session): Promise<void>
  /** Of one officer, of one session at the provider, or both. @returns how many ended */
  endAll(whose: { readonly sub?: string; readonly sid?: string }): Promise<number>
  searches(session: Session): Searches
}

type Content = Pick<Session, 'identity' | 'oin' | 'csrf'>

interface Row {
  readonly nummer: string
  readonly inhoud: string
  readonly begin: Moment
}

export function openSessions({ query, sealer, pseudonym, clock }: SessionOptions): Sessions {
  const officer = (sub: string) => pseudonym(`console/officier/${sub}`)
  const provider = (sid: string) => pseudonym(`console/aanbieder/${sid}`)
  const seal = (nummer: string, content: Content) =>
    sealer.seal([nummer, 'sessie'], JSON.stringify(content))

  return {
    async begin(identity, oin) {
      const now = clock()
      const nummer = uuidv7(now)
      const cookie = newSecret()
      await query(
        `INSERT INTO console.sessie (nummer, cookie, officier, aanbieder, inhoud, begin, gebruikt)
         VALUES ($1, $2, $3, $4, $5, $6, $6)`,
        [
          nummer,
          hashOf(cookie),
          officer(identity.id),
          identity.sid === undefined ? null : provider(identity.sid),
          seal(nummer, { identity, csrf: newSecret(), ...(oin && { oin }) }),
          now,
        ],
      )
      return cookie
    },

    async find(cookie) {
      if (!secret.test(cookie)) return undefined
      const now = clock()
      const [row] = await query<Row>(
        `UPDATE console.sessie SET gebruikt = $2
         WHERE cookie = $1 AND gebruikt > $3 AND begin > $4 RETURNING nummer, inhoud, begin`,
        [hashOf(cookie), now, now - idleMs, now - absoluteMs],
      )
      if (!row) return undefined
      const { nummer, inhoud, begin } = row
      const content: Content = JSON.parse(sealer.open([nummer, 'sessie'], inhoud))
      return { nummer, begin, ...content }
    },

    async choose({ nummer, identity, csrf }, oin) {
      const cookie = newSecret()
      await query('UPDATE console.sessie SET cookie = $2, inhoud = $3 WHERE nummer = $1', [
        nummer,
        hashOf(cookie),
        seal(nummer, { identity, csrf, oin }),
      ])
      return cookie
    },

    async end({ nummer }) {
      await query('DELETE FROM console.sessie WHERE nummer = $1', [nummer])
    },

    async endAll({ sub, sid }) {
      if (sub === undefined && sid === undefined) return 0
      const ended = await query(
        `DELETE FROM console.sessie WHERE ($1::text IS NULL OR officier = $1)
         AND ($2::text IS NULL OR aanbieder = $2) RETURNING nummer`,
        [sub === undefined ? null : officer(sub), sid === undefined ? null : provider(sid)],
      )
      return ended.length
    },

    searches: session => searchesOf({ query, sealer, clock }, session),
  }
}

/** What was typed is found back by this session only, and only while it acts for the same organisation. */
function searchesOf(
  { query, sealer, clock }: Pick<SessionOptions, 'query' | 'sealer' | 'clock'>,
  { nummer: sessie }: Session,
): Searches {
  const member = `zoekvraag/${sessie}`
  return {
    async keep({ oin }, text) {
      const nummer = uuidv7(clock())
      const inhoud = sealer.seal([nummer, member], JSON.stringify({ oin, text }))
      await query('INSERT INTO console.zoekvraag (nummer, sessie, inhoud) VALUES ($1, $2, $3)', [
        nummer,
        sessie,
        inhoud,
      ])
      return nummer
    },
    async find({ oin }, id) {
      if (!uuid.test(id)) return undefined
      const [row] = await query<{ inhoud: string }>(
        'SELECT inhoud FROM console.zoekvraag WHERE nummer = $1 AND sessie = $2',
        [id, sessie],
      )
      if (!row) return undefined
      const kept: { oin: Oin; text: string } = JSON.parse(
        sealer.open([id.toLowerCase(), member], row.inhoud),
      )
      return kept.oin === oin ? kept.text : undefined
    },
  }
}

/** What the clock ended is gone from the database as well; its searches go with it. */
export async function expireSessions(
  { query }: { readonly query: Query },
  now: Moment,
): Promise<number> {
  const gone = await query(
    'DELETE FROM console.sessie WHERE gebruikt <= $1 OR begin <= $2 RETURNING nummer',
    [now - idleMs, now - absoluteMs],
  )
  return gone.length
}

/** Said in the same time for every wrong answer. */
export function isToken(session: Session, text: unknown): boolean {
  if (typeof text !== 'string') return false
  return timingSafeEqual(hashOf(text), hashOf(session.csrf))
}

const secret = /^[\w-]{43}$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
