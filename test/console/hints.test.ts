// Is what was planted in a month found, by the kind that looks for it, and is an ordinary month left alone?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKeys } from '../../gateway/audit/keys.ts'
import { hintKinds } from '../../gateway/console/hint-kinds.ts'
import { computeDaily, computeHints } from '../../gateway/console/hints.ts'
import { above, chance, median, usual } from '../../gateway/console/robust.ts'
import { midnight } from '../../gateway/policy/legal-time.ts'
import { uwv } from '../../soak/country.ts'
import { isFound, mustFind, review } from '../../soak/review.ts'
import { country } from './country.ts'

type Country = Awaited<ReturnType<typeof country>>

const options = { months: 3, until: '2026-11-01', perMonth: 1_800 }
const now = midnight('2026-11-01') + 7_200_000

interface Row {
  readonly soort: string
  readonly oin: string
  readonly transacties: readonly string[]
  readonly cijfers: Readonly<Record<string, number | string>>
}

function desk({ store, keysDir, law }: Country) {
  return { query: store.query, keys: openKeys(keysDir), keysDir, law }
}

async function rows({ store }: Country): Promise<Row[]> {
  return await store.query<Row & Record<string, unknown>>(
    'SELECT * FROM console.hint ORDER BY oin, soort, score DESC, id',
  )
}

test('each kind finds what was planted for it, tells it in neutral words with its numbers, and keeps no person', async t => {
  const made = await country(t, { ...options, seed: 3, misuse: true })
  const reviewed = await review(made, options.until)
  const places = JSON.stringify(reviewed.places)
  assert.ok(isFound(reviewed), `not among the first fifty: ${places}`)
  assert.ok(reviewed.right * 2 > reviewed.hints, 'most hints are about what was planted')
  const found = await rows(made)
  assert.deepEqual(
    hintKinds.map(({ id }) => id).filter(id => !mustFind.some(([, kind]) => kind === id)),
    [],
    'a kind without something planted for it',
  )
  for (const { soort, cijfers } of found) {
    const text = hintKinds.find(({ id }) => id === soort)?.uitleg(cijfers) ?? ''
    assert.match(text, /\d|Eén keer|gateway/)
    assert.doesNotMatch(text, /undefined|NaN|verdacht|misbruik|fraude|overtred|schuld/i)
  }
  await computeHints(desk(made), 'gewoon', now)
  assert.deepEqual(await rows(made), found, 'the same again')
  const all = JSON.stringify(found)
  assert.doesNotMatch(all, /(?<![\da-f-])999\d{6}(?![\da-f-])/)
  assert.doesNotMatch(all, /"(bi|so|sa)-\d{4}-|2026-1\d{5}/)
})

test('an ordinary month gives few hints, and a worker computes them once a day', async t => {
  const made = await country(t, { ...options, seed: 5, months: 2, perMonth: 1_200 })
  const first = await computeDaily(desk(made), now)
  const found = await rows(made)
  assert.equal(first > 0, found.length > 0)
  assert.equal(await computeDaily(desk(made), now + 3_600_000), 0)
  assert.ok(found.filter(({ oin }) => oin === uwv).length <= 10)
  const tomorrow = await computeDaily(desk(made), now + 86_400_000)
  assert.ok(tomorrow >= first)
})

test('few values are no past to compare with, and what is odd does not move what is usual', () => {
  assert.equal(usual([4, 5], 3), undefined)
  const beside = usual([5, 6, 5, 7, 6, 5, 90], 5)
  assert.equal(beside?.middle, 6)
  assert.ok(beside && above(41, beside, chance(beside)) > 10)
  assert.ok(beside && above(8, beside, chance(beside)) < 1.5)
  assert.equal(median([]), 0)
  assert.equal(median([3, 1, 2, 10]), 2.5)
})
