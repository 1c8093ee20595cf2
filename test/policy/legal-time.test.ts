import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  firstDay,
  isDate,
  lastDay,
  later,
  legalDate,
  midnight,
  monthOf,
  span,
  within,
} from '../../gateway/policy/legal-time.ts'

const at = (text: string) => Date.parse(text)

test('a legal day begins at midnight in Amsterdam, in winter and in summer', () => {
  assert.equal(midnight('2026-01-01'), at('2025-12-31T23:00:00Z'))
  assert.equal(midnight('2026-07-01'), at('2026-06-30T22:00:00Z'))
})

test('the two nights that change the clock are 23 and 25 hours long', () => {
  assert.equal(midnight('2026-03-30') - midnight('2026-03-29'), 23 * 3_600_000)
  assert.equal(midnight('2026-10-26') - midnight('2026-10-25'), 25 * 3_600_000)
})

test('the legal date turns exactly at midnight', () => {
  assert.equal(legalDate(at('2026-03-28T22:59:59.999Z')), '2026-03-28')
  assert.equal(legalDate(at('2026-03-28T23:00:00Z')), '2026-03-29')
  assert.equal(legalDate(at('2026-10-25T22:59:59.999Z')), '2026-10-25')
  assert.equal(legalDate(at('2026-10-25T23:00:00Z')), '2026-10-26')
})

test('a span holds its first and its last valid day and nothing beside them', () => {
  const days = span('2024-02-29', '2024-02-29')
  assert.equal(within(at('2024-02-28T22:59:59.999Z'), days), false)
  assert.equal(within(at('2024-02-28T23:00:00Z'), days), true)
  assert.equal(within(at('2024-02-29T22:59:59.999Z'), days), true)
  assert.equal(within(at('2024-02-29T23:00:00Z'), days), false)
})

test('only days of the calendar are dates', () => {
  for (const good of ['2024-02-29', '2000-02-29', '2026-12-31', '0001-01-01'])
    assert.ok(isDate(good), good)
  const bad = [
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '2026-01-01T00:00',
    '',
    20260101,
  ]
  for (const one of bad) assert.equal(isDate(one), false, String(one))
})

test('months are counted over years and end on their own last day', () => {
  assert.equal(monthOf('2026-01-31') - monthOf('2025-12-01'), 1)
  assert.equal(firstDay(monthOf('2024-02-15')), '2024-02-01')
  assert.equal(lastDay(monthOf('2024-02-15')), '2024-02-29')
  assert.equal(lastDay(monthOf('2025-12-15')), '2025-12-31')
})

test('a term ends on the same day of a later month, or on its last day', () => {
  assert.equal(later(at('2026-01-15T11:00:00Z'), 'P3M'), at('2026-04-15T10:00:00Z'))
  assert.equal(legalDate(later(at('2026-11-30T12:00:00Z'), 'P3M')), '2027-02-28')
  assert.equal(legalDate(later(at('2024-02-29T12:00:00Z'), 'P1Y')), '2025-02-28')
  assert.equal(legalDate(later(at('2026-10-24T12:00:00Z'), 'P2D')), '2026-10-26')
})
