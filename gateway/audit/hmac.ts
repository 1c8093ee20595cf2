// How is a text keyed? HMAC-SHA-256 (RFC 2104) over the one-shot hash.
import { hash } from 'node:crypto'

/** The two padded blocks of RFC 2104 §2, made once per key. */
export interface HmacKey {
  readonly inner: Buffer
  readonly outer: Buffer
}

const blockBytes = 64
const hashBytes = 32

/** @param secret of at most one block; all of ours are 32 bytes */
export function hmacKey(secret: Uint8Array): HmacKey {
  if (secret.length > blockBytes) throw new RangeError('a key of HMAC is at most one block')
  const padded = (fill: number, room: number) => {
    const block = Buffer.alloc(blockBytes + room, fill)
    for (const [at, byte] of secret.entries()) block[at] = byte ^ fill
    return block.fill(0, blockBytes)
  }
  return { inner: padded(0x36, 0), outer: padded(0x5c, hashBytes) }
}

/** What is hashed, in one piece; a longer text gets room of its own. */
const room = Buffer.alloc(16_384)

/** One object of node:crypto or one Buffer per call costs more than the hashing, and more again when it is collected. */
export function hmac(key: HmacKey, text: string, encoding: 'hex' | 'base64url'): string {
  const most = blockBytes + text.length * 3
  const message = most <= room.length ? room : Buffer.alloc(most)
  key.inner.copy(message)
  const end = blockBytes + message.write(text, blockBytes, 'utf8')
  const whole = new Uint8Array(message.buffer, message.byteOffset, end)
  key.outer.write(hash('sha256', whole, 'binary'), blockBytes, 'latin1')
  return hash('sha256', key.outer, encoding)
}
