// How does a person stay hidden in a record and findable beside it? Seals, pseudonyms and index values.
import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto'
import type { PurposeRequest } from '../terms.ts'
import { type HmacKey, hmac } from './hmac.ts'

export type Subject = Pick<PurposeRequest['body'], 'betrokkene' | 'object' | 'buitenlands'>

/** Everything a person or object can be found by. */
export function subjectValues({ betrokkene, object, buitenlands }: Subject): (readonly string[])[] {
  return [
    ...(betrokkene ? [[betrokkene.soort, betrokkene.waarde]] : []),
    ...(object ? [[object.soort, object.waarde]] : []),
    ...(buitenlands ? [[buitenlands.land, buitenlands.soort, buitenlands.waarde]] : []),
  ]
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
export function pseudonymIn(key: HmacKey, place: SealPlace): string {
  return hmac(key, JSON.stringify(place), 'base64url')
}

/** What the search index holds of a person, case or employee: 16 bytes of an HMAC, in hex. */
export function indexOf(key: HmacKey, kind: string, value: readonly string[]): string {
  return hmac(key, JSON.stringify([kind, ...value]), 'hex').slice(0, 32)
}
