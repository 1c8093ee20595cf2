import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test from 'node:test'

const root = resolve(import.meta.dirname, '../..')
const count = 12

/** The paragraph of each promise, by its number. */
function promisesIn(markdown: string): ReadonlyMap<number, string> {
  const found = markdown.matchAll(/^\*\*P(\d+)\. [^*]+\*\*[\s\S]*?(?=\n\n|$(?![\s\S]))/gm)
  return new Map([...found].map(([text, number]) => [Number(number), text]))
}

/** Numbers of promises without a link to a test and without "Nog niet". */
function unproved(markdown: string): readonly number[] {
  const promises = promisesIn(markdown)
  return Array.from({ length: count }, (_, i) => i + 1).filter(
    number => !/\]\(test\/[^)]+\.test\.ts\)|Nog niet:/.test(promises.get(number) ?? ''),
  )
}

test('SECURITY names for every promise the tests that prove it, or says what is missing', () => {
  assert.deepEqual(unproved(readFileSync(join(root, 'SECURITY.md'), 'utf8')), [])
})

test('a promise that nothing proves is found', () => {
  const all = Array.from(
    { length: count },
    (_, i) => `**P${i + 1}. It holds.**\n[a](test/a.test.ts)`,
  )
  assert.deepEqual(unproved(all.join('\n\n')), [])
  assert.deepEqual(unproved(all.toSpliced(4, 1).join('\n\n')), [5])
  assert.deepEqual(unproved(all.with(0, '**P1. It holds.**\nSurely.').join('\n\n')), [1])
  assert.deepEqual(unproved(all.with(11, '**P12. It holds.**\nNog niet: all.').join('\n\n')), [])
})
