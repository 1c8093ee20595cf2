import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson } from '../../gateway/message/json.ts'
import { limits } from '../../gateway/message/limits.ts'
import { type Fault, Problem } from '../../gateway/problem.ts'

/** The one fault of a refusal; anything else that is thrown fails the test. */
function refused(bytes: Buffer | string): Fault {
  try {
    readJson(Buffer.from(bytes))
  } catch (error) {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.slug, 'ongeldig-verzoek')
    assert.equal(error.cause, undefined)
    const [fault] = error.members.fouten as Fault[]
    assert.ok(fault)
    return fault
  }
  return assert.fail('it was accepted')
}

const read = (text: string): unknown => readJson(Buffer.from(text))

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])
const isControl = (unit: number) => unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)
const printable = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter(text => ![...text].some(sign => isControl(sign.codePointAt(0) ?? 0)))
const name = printable.filter(text => !forbidden.has(text))
const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 6 },
    printable,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(name, tie('any'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).any

const spelled = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

test('what it accepts it reads as JSON.parse does, compact, indented or escaped', () => {
  fc.assert(
    fc.property(value, fc.constantFrom('', ' ', '\n\t'), (any, indent) => {
      const text = JSON.stringify(any, null, indent)
      assert.deepEqual(read(text), JSON.parse(text))
      const escaped = text.replace(/[^\p{ASCII}]/gu, sign => sign.split('').map(spelled).join(''))
      assert.deepEqual(read(escaped), JSON.parse(escaped))
    }),
    { numRuns: 300 },
  )
})

test('any bytes give a value or a Problem, and never more than JSON.parse would', () => {
  const sign = fc.constantFrom(...'{}[]",:\\u0aeE+-.129dtrufalsn \n\u007f\u{1f600}')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(sign).map(all => all.join('')),
        fc.string(),
      ),
      text => {
        let found: unknown
        try {
          found = read(text)
        } catch (error) {
          assert.ok(error instanceof Problem, String(error))
          return
        }
        assert.deepEqual(found, JSON.parse(text))
      },
    ),
    { numRuns: 2000 },
  )
})

test('a name that comes twice is refused at its place, however it is spelled', () => {
  for (const text of [
    '{"zaak":1,"zaak":2}',
    '{"zaak":1,"\\u007aaak":2}',
    '{"\\u007a\\u0061\\u0061\\u006b":1,"zaak":2}',
    '{"zaak":1 , "zaak" : 2}',
  ]) {
    assert.deepEqual(refused(text), { pointer: '/zaak', melding: 'komt twee keer voor' })
  }
  assert.equal(refused('{"a":[0,{"b":{"c":1,"d":2,"c":3}}]}').pointer, '/a/1/b/c')
  assert.equal(refused('{"a":{"a":1},"b":{},"a":2}').pointer, '/a')
})

test('the same name in different objects, or as a value, is no repetition', () => {
  const text = '{"a":{"a":"a"},"b":[{"a":1},{"a":2}],"c":"a"}'
  assert.deepEqual(read(text), JSON.parse(text))
})

test('names that reach a prototype are refused, as values they are words', () => {
  for (const key of [...forbidden, '__pr\\u006fto__']) {
    assert.equal(
      refused(`{"a":{"${key}":{"polluted":true}}}`).melding,
      'is als naam niet toegestaan',
    )
    assert.deepEqual(read(`{"a":"${key}"}`), JSON.parse(`{"a":"${key}"}`))
  }
  assert.deepEqual(read('{"hasOwnProperty":1}'), { hasOwnProperty: 1 })
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

test('control characters in strings and names are refused, bare or escaped', () => {
  const units = [0x00, 0x07, 0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x1f, 0x7f, 0x80, 0x85, 0x9f]
  for (const unit of units) {
    const hex = unit.toString(16).padStart(4, '0')
    for (const text of [
      `{"a":"x${String.fromCharCode(unit)}y"}`,
      `{"a":"x\\u${hex}y"}`,
      `{"a":"x\\u${hex.toUpperCase()}y"}`,
      `{"a":{"x\\u${hex}y":1}}`,
    ]) {
      assert.deepEqual(refused(text), { pointer: '/a', melding: 'bevat een stuurteken' }, text)
    }
  }
  for (const short of ['b', 'f', 'n', 'r', 't']) {
    assert.equal(refused(`["\\${short}"]`).melding, 'bevat een stuurteken')
  }
})

test('what lies just beside a control character is text', () => {
  const text = '["\\u0020~\\u007e\u00a0\\u00a0\\"\\\\\\/"]'
  assert.deepEqual(read(text), JSON.parse(text))
})

test('half a surrogate pair is refused, a whole one is not', () => {
  for (const text of [
    '\\ud800',
    '\\udc00',
    '\\udc00\\ud800',
    '\\ud800x',
    '\\ud800\\ud800\\udc00',
    'x\\ud83d\\"',
  ]) {
    assert.equal(refused(`{"a":"${text}"}`).melding, 'bevat een half teken (surrogaat)', text)
  }
  assert.deepEqual(read('["\\ud83d\\ude00","\u{1f600}"]'), ['\u{1f600}', '\u{1f600}'])
})

test('bytes that are no UTF-8, a byte-order mark and an empty message are refused', () => {
  const quoted = (...bytes: number[]) => Buffer.from([0x22, ...bytes, 0x22])
  for (const bytes of [
    quoted(0xff),
    quoted(0xc0, 0xaf), // overlong
    quoted(0xed, 0xa0, 0x80), // surrogate
    quoted(0xf4, 0x90, 0x80, 0x80), // beyond Unicode
    quoted(0xc3), // cut off
  ]) {
    assert.equal(refused(bytes).melding, 'is geen geldige UTF-8')
  }
  assert.equal(refused('\ufeff{}').melding, 'begint met een byte-order mark')
  assert.equal(refused(Buffer.from('{}', 'utf16le')).melding, 'is geen geldige JSON')
  assert.equal(refused('').melding, 'het bericht is leeg')
})

test('nesting is allowed to the limit and not one deeper', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  assert.ok(read(nested(limits.jsonDepth)))
  assert.equal(refused(nested(limits.jsonDepth + 1)).melding, 'is te diep genest')
  assert.equal(refused(`{"a":${nested(limits.jsonDepth)}}`).melding, 'is te diep genest')
})

test('brackets by the hundred thousand end in a refusal, quickly', () => {
  for (const text of ['['.repeat(200_000), '{"a":'.repeat(200_000), '[{"a":'.repeat(100_000)]) {
    assert.equal(refused(text).melding, 'is te diep genest')
  }
  for (const text of [']'.repeat(200_000), '"'.repeat(200_001), '\\'.repeat(200_000)]) {
    assert.equal(refused(text).melding, 'is geen geldige JSON')
  }
})

test('numbers that a double rounds away or makes infinite are refused', () => {
  for (const text of [
    '9007199254740993',
    '-9007199254740993',
    '1e400',
    '-1E400',
    '1'.repeat(400),
  ]) {
    assert.equal(refused(`{"a":[${text}]}`).pointer, '/a/0', text)
  }
  for (const text of ['9007199254740991', '-0', '1.5', '1e3', '0.1', '-12.5E-3']) {
    assert.deepEqual(read(text), JSON.parse(text))
  }
})

test('text that is almost JSON is refused', () => {
  const texts = [
    '{',
    '{"a"}',
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '{"a":1,}',
    '01',
    '1.',
    '+1',
    'NaN',
    '1 2',
    '// x',
    '"\\x41"',
    '"\\u00g0"',
    '{}{}',
    'nul',
  ]
  for (const text of texts) assert.equal(typeof refused(text).melding, 'string', text)
})

test('a refusal never repeats a value or a name with digits in it', () => {
  const planted = '999990019'
  for (const text of [
    `{"a":"${planted}`,
    `${planted}x`,
    `{"betrokkene":"${planted}\u0007"}`,
    `{"${planted}":1,"${planted}":2}`,
    `{"${planted}":{"a":1,"a":2}}`,
    `{"a":${planted}${planted}}`,
    `{"a":tr${planted}}`,
  ]) {
    try {
      read(text)
      assert.fail('it was accepted')
    } catch (error) {
      assert.ok(error instanceof Problem)
      const everything = JSON.stringify([error.detail, error.members, error.message, error.stack])
      assert.ok(!everything.includes(planted), everything)
    }
  }
})
