// Which keys hide and find a person? One secret per log and month of destruction, in files, never in the database.
import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../problem.ts'
import type { LogName, Moment } from '../terms.ts'
import { readBase64 } from './base64.ts'
import { makeSecretKeyText, readSecretKey, type Signer } from './checkpoint.ts'
import { type HmacKey, hmac, hmacKey } from './hmac.ts'
import { seal, unseal } from './seal.ts'

/** Keys that HKDF (RFC 5869) makes out of one month's secret. */
export interface MonthKeys {
  readonly pseudonym: HmacKey
  readonly index: HmacKey
  readonly seal: KeyObject
}

export interface Keys {
  /** @throws Problem log-onbereikbaar when `keys generate` did not make this month */
  month(log: LogName, month: string): MonthKeys
  /** Stable name of a text in the case facts of one log; the key behind it can be erased. */
  pseudonym(log: LogName, text: string): string
  /** Seals what waits in the database: gone with its month, also in an old copy of the database. */
  waiting(log: LogName, month: string): KeyObject
  /** The file of this month is gone: this process forgets it too. */
  forget(log: LogName, month: string): void
}

/**
 * Closes and opens a text that waits in the database; it opens only at the place it was closed for, and not after
 * the month in which the records of it lose their persons.
 */
export interface Sealer {
  seal(
    { log, month }: { readonly log: LogName; readonly month: string },
    place: readonly [verzoek: string, member: string],
    text: string,
  ): string
  open(log: LogName, place: readonly [verzoek: string, member: string], sealed: string): string
}

const monthLength = 'yyyy-mm'.length

/** What is sealed begins with the month of its key. */
export function waitingSealer({ keys }: { readonly keys: Keys }): Sealer {
  return {
    seal: ({ log, month }, [verzoek, member], text) =>
      month + seal(keys.waiting(log, month), [verzoek, 'verzoek', member], text),
    open(log, [verzoek, member], sealed) {
      const key = keys.waiting(log, sealed.slice(0, monthLength))
      return unseal(key, [verzoek, 'verzoek', member], sealed.slice(monthLength))
    },
  }
}

export const logNames = ['gewoon', 'vertrouwelijk'] as const satisfies readonly LogName[]

/** The longest log term that the linter takes (Wet BRP art. 3.11), and one year ahead. */
const monthsAhead = 252

export function openKeys(dir: string): Keys {
  const months = new Map<string, MonthKeys & { readonly waiting: KeyObject }>()
  const facts = new Map<LogName, HmacKey>()
  const keysOf = (log: LogName, month: string) => {
    const name = `${log}-${month}`
    const known = months.get(name)
    if (known) return known
    const made = deriveMonth(name, readSecret(dir, name))
    months.set(name, made)
    return made
  }
  return {
    month: keysOf,
    pseudonym(log, text) {
      const key =
        facts.get(log) ?? hmacKey(derive(readSecret(dir, `${log}-feiten`), `${log}/feiten`))
      facts.set(log, key)
      return hmac(key, text, 'base64url')
    },
    waiting: (log, month) => keysOf(log, month).waiting,
    forget: (log, month) => void months.delete(`${log}-${month}`),
  }
}

/** What POLICY's case facts are keyed on. */
export function factPseudonym(audit: { readonly keys: Keys }): Keys['pseudonym'] {
  return audit.keys.pseudonym
}

function deriveMonth(name: string, secret: Buffer): MonthKeys & { readonly waiting: KeyObject } {
  return {
    pseudonym: hmacKey(derive(secret, `${name}/pseudoniem`)),
    index: hmacKey(derive(secret, `${name}/index`)),
    seal: createSecretKey(derive(secret, `${name}/verzegeling`)),
    waiting: createSecretKey(derive(secret, `${name}/verzoeken`)),
  }
}

function derive(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `sluis/${purpose}`, 32))
}

function readSecret(dir: string, name: string): Buffer {
  const bytes = readBase64(readPrivateFile(join(dir, `${name}.key`)).trimEnd())
  if (bytes?.length !== 32) throw new Error(`sleutelbestand ${name}.key is beschadigd`)
  return bytes
}

/** @throws when others than the owner can read the file (faults S4) */
function readPrivateFile(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new Error(`sleutelbestand ${name} is leesbaar voor anderen: zet de rechten op 0600`)
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    throw new Problem('log-onbereikbaar', 'Een sleutel van het logboek ontbreekt.', {
      cause: new Error(`sleutelbestand ${name} ontbreekt: maak het met keys generate`),
      reden: 'sleutel-ontbreekt',
      retryAfter: 300,
    })
  }
}

/** The signing key of one log, by the log's own id; its name is the origin. */
export function readSigner(dir: string, id: string): Signer {
  return readSecretKey(readPrivateFile(join(dir, `${id}-ondertekening.key`)).trimEnd())
}

/** Makes the signing key, unless one with this origin is there already (a begin that was cut short). */
export function makeSigner(dir: string, id: string, origin: string): Signer {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeOnce(join(dir, `${id}-ondertekening.key`), makeSecretKeyText(origin))
  const signer = readSigner(dir, id)
  if (signer.name !== origin)
    throw new Error('er is al een sleutel voor dit log, met een andere oorsprong')
  return signer
}

/** Makes the secrets that are not there yet, for every month that a record of now may be destroyed in. */
export function generateKeys(dir: string, now: Moment, months = monthsAhead): readonly string[] {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const { year, month } = partsOf(now)
  const made: string[] = []
  for (const log of logNames) {
    const names = Array.from(
      { length: months + 1 },
      (_, i) => `${log}-${monthText(year, month + i)}`,
    )
    for (const name of [`${log}-feiten`, ...names]) {
      if (writeOnce(join(dir, `${name}.key`), randomBytes(32).toString('base64'))) made.push(name)
    }
  }
  syncDirectory(dir)
  return made
}

/** Durable and complete, or not there: two processes may both try. */
function writeOnce(path: string, text: string): boolean {
  if (existsSync(path)) return false
  const draft = `${path}.${process.pid}.nieuw`
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(draft)
  }
}

export function syncDirectory(dir: string): void {
  const handle = openSync(dir, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

/**
 * The month after which nobody can be found back in a record: its time plus the log term, in UTC.
 * @param term ISO 8601 duration of years, months and days, such as P7Y
 */
export function destructionMonth(tijd: Moment, term: string): string {
  const parts = /^P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?$/.exec(term)
  if (!parts) throw new Error('de logtermijn is geen duur zoals P7Y')
  const [, y = '0', m = '0', d = '0'] = parts
  const { year, month } = partsOf(tijd + Number(d) * 86_400_000)
  return monthText(year, month + Number(y) * 12 + Number(m))
}

/** The month of this moment, in UTC. */
export function monthOf(tijd: Moment): string {
  return new Date(tijd).toISOString().slice(0, 7)
}

/** The months from the one of `van` up to and with the one of `tot`. */
export function monthsBetween(van: Moment, tot: Moment): readonly string[] {
  const { year, month } = partsOf(van)
  const until = partsOf(tot)
  const count = (until.year - year) * 12 + until.month - month + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => monthText(year, month + i))
}

/** `month` counts from 0 and may run past the year. */
function monthText(year: number, month: number): string {
  return `${year + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
}

function partsOf(tijd: Moment): { year: number; month: number } {
  const date = new Date(tijd)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() }
}
