import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test from 'node:test'

const folder = resolve(import.meta.dirname, '../../DECISIONS')

interface Ruling {
  readonly file: string
  readonly text: string
}

const rulings: readonly Ruling[] = globSync('*.md', { cwd: folder })
  .filter(file => file !== 'README.md')
  .sort()
  .map(file => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

function titleOf({ text }: Ruling): string | undefined {
  return /^# (.+)\n/.exec(text)?.[1]
}

/** What an index lacks, has twice or calls by another name. */
function drift(index: string, all: readonly Ruling[]): readonly string[] {
  const lines = index.split('\n').filter(line => line.startsWith('- ['))
  const expected = all.map(ruling => `- [${titleOf(ruling)}](${ruling.file})`)
  return [
    ...expected.filter(line => !lines.includes(line)).map(line => `lacks: ${line}`),
    ...lines.filter(line => !expected.includes(line)).map(line => `no such ruling: ${line}`),
    ...lines.filter((line, i) => lines.indexOf(line) !== i).map(line => `twice: ${line}`),
  ]
}

test('the index names every ruling once, by its title', () => {
  assert.ok(rulings.length > 0)
  assert.deepEqual(drift(readFileSync(join(folder, 'README.md'), 'utf8'), rulings), [])
})

test('a ruling is at most twelve lines, and its title says it', () => {
  for (const ruling of rulings) {
    const { file, text } = ruling
    assert.ok(text.trimEnd().split('\n').length <= 12, `${file} is too long`)
    assert.match(titleOf(ruling) ?? '', /^.{15,110}$/, `${file} has no title that rules`)
    assert.ok(text.trimEnd().includes('\n'), `${file} does not say why`)
  }
})

test('an index that drifted is told how', () => {
  const one = { file: 'a.md', text: '# Water is wet\n\nWhy.\n' }
  assert.deepEqual(drift('- [Water is wet](a.md)', [one]), [])
  assert.deepEqual(drift('', [one]), ['lacks: - [Water is wet](a.md)'])
  assert.deepEqual(drift('- [Water is dry](a.md)', [one]), [
    'lacks: - [Water is wet](a.md)',
    'no such ruling: - [Water is dry](a.md)',
  ])
  const line = '- [Water is wet](a.md)'
  assert.deepEqual(drift(`${line}\n${line}`, [one]), [`twice: ${line}`])
})
