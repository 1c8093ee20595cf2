import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import test from 'node:test'

const root = resolve(import.meta.dirname, '../..')

/** Targets of `[text](target)` and `[text]: target` that point into the tree; code is left out. */
function relativeLinks(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '')
  const found = prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*<?([^\s>]+)/gm)
  return [...found]
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter(target => !/^([a-z][a-z0-9+.-]*:|#|\/\/)/i.test(target))
}

/** Headings as the anchors that a Markdown page shows for them. */
function anchors(markdown: string): ReadonlySet<string> {
  const headings = markdown.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+\s+(.+)$/gm)
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  )
}

function broken(path: string, markdown: string): readonly string[] {
  return relativeLinks(markdown).filter(link => {
    const [file = '', anchor] = decodeURIComponent(link).split('#')
    const target = file ? join(dirname(path), file) : path
    if (relative(root, target).startsWith('..') || !existsSync(target)) return true
    return (
      anchor !== undefined &&
      target.endsWith('.md') &&
      !anchors(readFileSync(target, 'utf8')).has(anchor)
    )
  })
}

test('every relative link in a document leads somewhere', () => {
  const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter(path => path && existsSync(join(root, path)))
  assert.ok(documents.length > 0)
  const found = documents.flatMap(path =>
    broken(join(root, path), readFileSync(join(root, path), 'utf8')).map(
      link => `${path}: ${link}`,
    ),
  )
  assert.deepEqual(found, [])
})

test('a link to nothing is found, in any spelling', () => {
  const page = join(root, 'gateway', 'migrations', 'README.md')
  const text = [
    '[goed](../store.ts) [ook goed](README.md#migrations) [web](https://example.org/x)',
    '[fout](nergens.ts) [ook fout](README.md#nergens) ![plaat](geen.png "titel")',
    '`[code](nergens.md)`',
    '[later]: nog-niets.md',
    '[buiten](../../../buiten.md)',
  ].join('\n')
  assert.deepEqual(broken(page, text), [
    'nergens.ts',
    'README.md#nergens',
    'geen.png',
    'nog-niets.md',
    '../../../buiten.md',
  ])
})
