import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { signatureKind } from '../../gateway/peer/algorithm.ts'
import { inside, readDer, readTime } from '../../gateway/peer/der.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('values are told apart with short and long lengths', () => {
  const [first, second] = inside(readDer(hex('30 06 02 01 05 04 01 ff')))
  assert.equal(first?.tag, 2)
  assert.deepEqual(second?.content, hex('ff'))
  const long = Buffer.concat([hex('04 82 01 00'), Buffer.alloc(256, 7)])
  assert.equal(readDer(long).content.length, 256)
})

test('bytes behind, bytes missing and lengths of BER are refused', () => {
  for (const text of [
    '',
    '30',
    '30 02 05',
    '30 00 00',
    '30 80 00 00',
    '30 85 00 00 00 00 00',
    '30 82 01',
  ]) {
    assert.throws(() => readDer(hex(text)), RangeError, text)
  }
  assert.throws(() => inside(readDer(hex('30 03 02 05 01'))), RangeError)
  assert.throws(() => inside(readDer(hex('31 00'))), RangeError)
})

test('any bytes give a value or a RangeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      try {
        for (const one of inside(readDer(Buffer.from(bytes)))) assert.ok(one.whole.length > 1)
      } catch (error) {
        assert.ok(error instanceof RangeError)
      }
    }),
  )
})

test('times are read in Z with seconds, and only so', () => {
  const time = (tag: number, text: string) =>
    readTime({ tag, whole: Buffer.alloc(0), content: Buffer.from(text) })
  assert.equal(time(0x17, '260101000000Z'), Date.UTC(2026, 0, 1))
  assert.equal(time(0x17, '500101000000Z'), Date.UTC(1950, 0, 1))
  assert.equal(time(0x18, '20501231235959Z'), Date.UTC(2050, 11, 31, 23, 59, 59))
  for (const text of ['2601010000Z', '260101000000+0100', '261301000000Z', '20260101000000Z', '']) {
    assert.throws(() => time(0x17, text), RangeError, text)
  }
  assert.throws(() => time(0x04, '260101000000Z'), RangeError)
})

test('signatures with SHA-256 and up are known, SHA-1 and SHA-224 are not', () => {
  const ecdsa = (last: string) => signatureKind(hex(`30 0a 06 08 2a8648ce3d0403${last}`))
  assert.equal(ecdsa('02')?.hash, 'sha256')
  assert.equal(ecdsa('04')?.hash, 'sha512')
  assert.equal(ecdsa('01'), undefined)
  const rsa = (last: string) => signatureKind(hex(`30 0d 06 09 2a864886f70d0101${last} 0500`))
  assert.equal(rsa('0b')?.hash, 'sha256')
  assert.equal(rsa('05'), undefined)
  assert.equal(rsa('0e'), undefined)
  assert.equal(signatureKind(hex('30 05 06 03 2b6570'))?.hash, undefined)
})

test('RSA-PSS counts when both its hashes are strong', () => {
  const sha256 = '300d 0609 608648016503040201 0500'
  const sha1 = '3009 0605 2b0e03021a 0500'
  const sized = (tag: string, body: string) => {
    const bytes = hex(body)
    return `${tag}${bytes.length.toString(16).padStart(2, '0')}${bytes.toString('hex')}`
  }
  const pss = (hash: string, mask: string) => {
    const mgf1 = sized('30', `0609 2a864886f70d010108 ${mask}`)
    const parameters = sized('30', `${sized('a0', hash)}${sized('a1', mgf1)}a203 020120`)
    return signatureKind(hex(sized('30', `0609 2a864886f70d01010a ${parameters}`)))
  }
  assert.deepEqual(pss(sha256, sha256), { hash: 'sha256', pss: true })
  assert.equal(pss(sha256, sha1), undefined)
  assert.equal(pss(sha1, sha256), undefined)
  assert.equal(signatureKind(hex('30 0b 06 09 2a864886f70d01010a')), undefined)
})
