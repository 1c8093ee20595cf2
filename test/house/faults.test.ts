import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test from 'node:test'

const root = resolve(import.meta.dirname, '../..')

/** The numbers of the rows: a letter of its list, then digits. */
function rowsIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^\| ([A-Z]\d+) +\|/gm)].map(([, row = '']) => row)
}

/** Every number a test's name begins with: `test('T4: leaf revoked …'`, also with a kind of database before it. */
function numbersIn(source: string): readonly string[] {
  const names = source.matchAll(/\b(?:test|it)\(\s*[`'"](?:\$\{\w+\}: )?([A-Z]\d+): /g)
  return [...names].map(([, number = '']) => number)
}

const tests = globSync('test/**/*.test.ts', { cwd: root })
  .filter(file => !file.includes('house'))
  .map(file => readFileSync(join(root, file), 'utf8'))

test('every fault has a test that begins with its number, and every such test a fault', () => {
  const rows = rowsIn(readFileSync(join(root, 'test/FAULTS.md'), 'utf8'))
  const numbers = new Set(tests.flatMap(numbersIn))
  assert.deepEqual(
    rows.filter(row => !numbers.has(row)),
    [],
    'rows without a test',
  )
  assert.deepEqual(
    [...numbers].filter(number => !rows.includes(number)),
    [],
    'tests without a row',
  )
  assert.equal(new Set(rows).size, rows.length, 'a row stands twice')
})

test('a fault without a test, and a test without a fault, are found', () => {
  assert.deepEqual(rowsIn('| T1  | no certificate | refused |\n| row | a |\n| --- | - |'), ['T1'])
  assert.deepEqual(numbersIn("test('T1: no certificate is refused', () => {})"), ['T1'])
  const perKind = ['test(`$', '{kind}: A1: stopped`, () => {})'].join('')
  assert.deepEqual(numbersIn(perKind), ['A1'])
  assert.deepEqual(numbersIn("test('The T1 row', () => {})"), [])
})
