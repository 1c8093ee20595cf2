// How does a person stay hidden in a record and findable beside it? Seals, pseudonyms and index rows.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  type KeyObject,
  randomFillSync,
} from 'node:crypto'
import type { DataSubject, ExchangeTerms, PurposeRequest } from '../terms.ts'
import { canonical } from './canonical.ts'
import { destructionMonth, type Keys } from './keys.ts'
import type { IndexKind, IndexRow, LogRecord, RecordKind } from './log-record.ts'

export type Subject = Pick<PurposeRequest['body'], 'betrokkene' | 'object' | 'buitenlands'>

/** Everything a person or object can be found by. */
export function subjectValues({ betrokkene, object, buitenlands }: Subject): (readonly string[])[] {
  return [
    ...(betrokkene ? [[betrokkene.soort, betrokkene.waarde]] : []),
    ...(object ? [[object.soort, object.waarde]] : []),
    ...(buitenlands ? [[buitenlands.land, buitenlands.soort, buitenlands.waarde]] : []),
  ]
}

/** Seals and index rows of one record, under the keys of its month of destruction. */
export function sealing(
  keys: Keys,
  of: {
    transactie: string
    soort: RecordKind
    tijd: number
    terms: Pick<ExchangeTerms, 'log' | 'logTermijn'>
  },
) {
  const maand = destructionMonth(of.tijd, of.terms.logTermijn)
  const month = keys.month(of.terms.log, maand)
  const member = (name: string, text: string) => ({
    verzegeld: seal(month.seal, [of.transactie, of.soort, name], text),
  })
  const named = (name: string, soort: string, waarde: string, text: string) => ({
    pseudoniem: pseudonymIn(month.pseudonym, [of.transactie, soort, waarde]),
    ...member(name, text),
  })
  return {
    maand,
    member,
    /** One of several persons in a record; each has a place of its own. */
    person: (name: string, betrokkene: DataSubject) =>
      named(name, betrokkene.soort, betrokkene.waarde, canonical(betrokkene)),
    subject({
      betrokkene,
      object,
      buitenlands,
    }: Subject): Pick<LogRecord, 'betrokkene' | 'object'> {
      const whole = betrokkene && canonical({ ...betrokkene, ...(buitenlands && { buitenlands }) })
      return {
        ...(betrokkene &&
          whole && { betrokkene: named('betrokkene', betrokkene.soort, betrokkene.waarde, whole) }),
        ...(object && { object: named('object', object.soort, object.waarde, canonical(object)) }),
      }
    },
    found(kind: IndexKind, values: readonly (readonly string[])[]): IndexRow[] {
      return values.map(value => ({ maand, hmac: indexOf(month.index, kind, value) }))
    },
  }
}

/** Random bytes are drawn in pages: a system call per nonce costs more than the nonce. */
const page = Buffer.alloc(8192)
let used = page.length

export function random(bytes: number): Buffer {
  if (used + bytes > page.length) {
    randomFillSync(page)
    used = 0
  }
  used += bytes
  return Buffer.copyBytesFrom(page, used - bytes, bytes)
}

/** Which record and member a sealed text belongs to; it opens nowhere else. */
export type SealPlace = readonly [transactie: string, soort: string, member: string]

/** AES-256-GCM: base64url of nonce (12), ciphertext, tag (16). The place is encoded as JSON: unambiguous. */
export function seal(key: KeyObject, place: SealPlace, text: string): string {
  const nonce = random(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(
    Buffer.from(JSON.stringify(place)),
  )
  const body = cipher.update(text, 'utf8')
  cipher.final()
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')
}

/** @throws when key, place or text is not the one it was sealed with */
export function unseal(key: KeyObject, place: SealPlace, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), {
    authTagLength: 16,
  })
    .setAAD(Buffer.from(JSON.stringify(place)))
    .setAuthTag(bytes.subarray(-16))
  return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
}

/** Another name for the same person in every record, so that receivers cannot match persons. */
export function pseudonymIn(key: KeyObject, place: SealPlace): string {
  return createHmac('sha256', key).update(JSON.stringify(place)).digest('base64url')
}

/** What the search index holds of a person, case or employee: 16 bytes of an HMAC, in hex. */
export function indexOf(key: KeyObject, kind: string, value: readonly string[]): string {
  const text = JSON.stringify([kind, ...value])
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 32)
}
