import assert from 'node:assert/strict'
import { test } from 'node:test'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonical } from '../../gateway/audit/canonical.ts'
import { BadEvidence } from '../../gateway/audit/checkpoint.ts'
import { readExactJson } from '../../gateway/audit/exact-json.ts'

const read = (text: string) => readExactJson(Buffer.from(text))

test('every JSON value gets the bytes of the reference implementation of RFC 8785', () => {
  const value = fc.jsonValue({ noUnicodeString: false })
  fc.assert(
    fc.property(value, any => assert.equal(canonical(any), canonicalize(any))),
    { numRuns: 2000 },
  )
})

test('names are ordered by UTF-16 code units, also those an object keeps in another order', () => {
  // RFC 8785 §3.2.3
  const names = ['€', '\r', 'דּ', '1', '😀', '\u0080', 'ö', '10', '9']
  const value = Object.fromEntries(names.map(name => [name, name]))
  assert.equal(canonical(value), canonicalize(value))
  assert.equal(canonical({ b: [{ d: 1, c: 2 }], a: undefined }), '{"b":[{"c":2,"d":1}]}')
  assert.equal(canonical(JSON.parse('{"b":1,"__proto__":2}')), '{"__proto__":2,"b":1}')
})

test('numbers are written as ECMAScript does (RFC 8785 appendix B)', () => {
  for (const number of [0, -0, 1e21, 1e-7, 333333333.3333333, 9007199254740992, 5e-324]) {
    assert.equal(canonical(number), canonicalize(number))
  }
})

test('what JSON cannot hold exactly has no canonical form', () => {
  const odd = [Number.NaN, Infinity, undefined, [undefined], () => 1, 1n, Symbol('x')]
  for (const value of odd) assert.throws(() => canonical(value), TypeError)
  for (const text of ['\ud800', '\udc00a', { '\ud800': 1 }, [{ a: 'x\udfff' }]]) {
    assert.throws(() => canonical(text), TypeError)
  }
  assert.equal(canonical('a\\ud800'), '"a\\\\ud800"')
})

test('evidence is read exactly or not at all', () => {
  const text = ' {"a": [1, {"b": "x\\"y:"}, -3], "": {"": null}, "c": "\\u00e9", "d": 0.5} '
  assert.deepEqual(read(text), { a: [1, { b: 'x"y:' }, -3], '': { '': null }, c: 'é', d: 0.5 })
  for (const bad of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":1}',
    '[{"x":{"":1,"":1}}]',
    '{"a":1.0}',
    '{"a":1e2}',
    '{"a":-0}',
    '{"a":9007199254740993}',
    '{"a":0.10}',
    '{"__proto__":1,"__proto__":2}',
    '\ufeff{}',
    '{',
    '',
    '{"a":"\t"}',
  ]) {
    assert.throws(() => read(bad), BadEvidence, bad)
  }
  assert.throws(() => readExactJson(Buffer.from([0x22, 0xff, 0x22])), BadEvidence)
})

test('any value is read back exactly from its canonical bytes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value =>
      assert.equal(canonical(read(canonical(value))), canonical(value)),
    ),
    { numRuns: 500 },
  )
})
