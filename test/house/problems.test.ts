import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test from 'node:test'
import { problems } from '../../gateway/problem.ts'
import { withoutComments } from '../support/imports.ts'

const root = resolve(import.meta.dirname, '../..')

/** The slug as a string of its own, or as the end of a problem type, in the code of a test. */
function provoked(slug: string, texts: readonly string[]): boolean {
  const named = new RegExp(`(['"\`]|/problemen/)${slug}['"\`]`)
  return texts.some(text => named.test(text))
}

test('every row of the table of problems is provoked by a test', () => {
  const texts = globSync('test/**/*.ts', { cwd: root })
    .filter(path => !path.startsWith('test/house/'))
    .map(path => withoutComments(readFileSync(join(root, path), 'utf8')))
  assert.deepEqual(
    Object.keys(problems).filter(slug => !provoked(slug, texts)),
    [],
  )
})

test('a slug counts when a test names it whole', () => {
  assert.ok(provoked('intern', ["slug: 'intern'"]))
  assert.ok(provoked('intern', ['`/problemen/intern`']))
  assert.ok(!provoked('intern', ["'internet'", 'intern', "'niet-intern'"]))
})

test('a problem has a status of an error and says in Dutch what to do', () => {
  for (const [slug, { status, title, page }] of Object.entries(problems)) {
    assert.ok(status >= 400 && status < 600, slug)
    assert.ok(title.length > 5 && page.endsWith('.'), slug)
    assert.match(slug, /^[a-z]+(-[a-z]+)*$/)
  }
})
