import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { hmac, hmacKey } from '../../gateway/audit/hmac.ts'

test('every key and text give the HMAC-SHA-256 of the reference implementation', () => {
  const key = fc.uint8Array({ minLength: 0, maxLength: 64 })
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.nat(40_000).map(length => 'é'.repeat(length)),
  )
  fc.assert(
    fc.property(key, text, fc.constantFrom('hex', 'base64url'), (secret, said, encoding) => {
      const expected = createHmac('sha256', secret).update(said).digest(encoding)
      assert.equal(hmac(hmacKey(secret), said, encoding), expected)
    }),
    { numRuns: 300 },
  )
})

test('a key of more than one block is refused, not cut', () => {
  assert.throws(() => hmacKey(new Uint8Array(65)), RangeError)
})
