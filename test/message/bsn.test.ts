import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bsnFault, holdsBsn } from '../../gateway/message/bsn.ts'

/** domain.md §4: fictitious, published and passing the elfproef. */
const published = [
  '111222333',
  '123456782',
  '999990019',
  '999993653',
  '999992168',
  '999993549',
  '999998493',
  '999990160',
  '111111110',
  '444444440',
  '112233454',
]

test('published test numbers are BSNs in profile test and refused in productie', () => {
  for (const bsn of published) {
    assert.equal(bsnFault(bsn, 'test'), undefined, bsn)
    assert.match(bsnFault(bsn, 'productie') ?? '', /testnummer/, bsn)
  }
})

test('a number outside the test series is a BSN in both profiles', () => {
  for (const bsn of ['900000004', '900000016', '900000028']) {
    assert.equal(bsnFault(bsn, 'test'), undefined)
    assert.equal(bsnFault(bsn, 'productie'), undefined)
  }
})

test('a number that fails the elfproef is none', () => {
  for (const bsn of ['123456789', '100000001', '999990001']) {
    assert.match(bsnFault(bsn, 'test') ?? '', /geen geldig/, bsn)
  }
})

test('of ten numbers that differ in one digit at most one is a BSN', () => {
  for (let position = 0; position < 9; position += 1) {
    const passing = [...'0123456789'].filter(
      digit =>
        bsnFault(
          '999990019'.slice(0, position) + digit + '999990019'.slice(position + 1),
          'test',
        ) === undefined,
    )
    assert.deepEqual(passing, ['999990019'[position]])
  }
})

test('nine zeros are refused although they pass the elfproef', () => {
  assert.match(bsnFault('000000000', 'test') ?? '', /geen geldig/)
})

test('anything but nine ASCII digits is refused before counting', () => {
  for (const value of [
    '',
    '12345678',
    '1234567820',
    '12345678a',
    '123.456.78',
    ' 123456782',
    '123456782\n',
    '١٢٣٤٥٦٧٨٢',
  ]) {
    assert.match(bsnFault(value, 'test') ?? '', /negen cijfers/, value)
  }
})

test('the fault never repeats the number', () => {
  for (const value of ['123456789', '12345678', '999990019']) {
    assert.ok(!(bsnFault(value, 'productie') ?? '').includes(value))
  }
})

test('a text holds a burgerservicenummer when nine digits in a row, or whole groups of nine, pass the elfproef', () => {
  for (const text of [
    '999990019',
    'zaak-999990019',
    '2026-999990019',
    'x1999990019',
    '9999900191',
    '999.990.019',
    '999-990-019',
    '9999/90019',
    '999_990_019',
    '2026.999.990.019.1',
    'bel 999 990 019',
    '012345672',
  ]) {
    assert.equal(holdsBsn(text), true, text)
  }
  for (const text of [
    '',
    '2026-000123',
    '2026/0001234',
    '999990001',
    '99999001',
    '999--990--019',
    '99a9990019',
    '000000000',
    '2026-000000012',
    '2026-00026',
    '2026/10007',
    'z-20260915',
    '2026-999990018',
  ]) {
    assert.equal(holdsBsn(text), false, text)
  }
})
