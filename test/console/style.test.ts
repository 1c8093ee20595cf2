import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  anchor,
  badge,
  checkbox,
  choice,
  facts,
  fieldset,
  figures,
  filterForm,
  form,
  heading,
  list,
  notice,
  pager,
  paragraph,
  table,
  textField,
} from '../../gateway/console/parts.ts'
import { styleFile, stylePath, stylesheet } from '../../gateway/console/style.ts'
import { html } from '../../gateway/html.ts'

const sheets = ['tokens.css', 'componenten.css', 'console.css'].map(name =>
  String(styleFile(stylePath(name))?.body),
)
const every = html`
${heading(2, 'Kop')}${heading(3, 'Kop')}${paragraph(anchor('/', 'Begin'))}${list(['een'])}
${facts([['Wie', 'UWV']])}${figures([['Gevraagd', 3]])}${table({ caption: 'Lijst', head: ['A', 'B'], rows: [['a', 1]], numbers: [1] })}
${(['info', 'ok', 'warning', 'error'] as const).map(tone => [notice(tone, 'Tekst'), badge(tone, 'stand')])}
${form({
  action: '/',
  csrf: 'x',
  submit: 'Doe',
  danger: true,
  fields: [
    textField({ name: 'a', label: 'A', help: 'uitleg', error: 'fout' }),
    textField({ name: 'b', label: 'B', lines: 3 }),
    choice({ name: 'c', label: 'C', options: [['', 'geen']] }),
    fieldset('Welke?', checkbox({ name: 'd', label: 'D' })),
  ],
})}
${filterForm({ action: '/', submit: 'Toon', fields: [] })}${pager({ newer: '/', older: '/' })}`.text

/** Only mark what they are; how they look follows from the class beside it. */
const unstyled = new Set(['utrecht-form', 'utrecht-form-field--text', 'utrecht-badge-status--info'])

test('every class that a part of a page writes is one that a style sheet knows', () => {
  const classes = new Set(
    [...every.matchAll(/class="([^"]*)"/g)].flatMap(([, all]) => all!.split(' ')),
  )
  assert.ok(classes.size > 30)
  const unknown = [...classes].filter(
    name => !unstyled.has(name) && !new RegExp(`\\.${name}(?![\\w-])`).test(sheets.join('\n')),
  )
  assert.deepEqual(unknown, [])
})

test('no style sheet asks for anything from elsewhere', () => {
  for (const sheet of sheets) {
    assert.ok(sheet.length > 5_000)
    assert.doesNotMatch(sheet, /(?:url\(|@import)\s*['"]?(?:https?:)?\/\//)
  }
  const own = sheets.at(-1)!
  for (const [, name] of own.matchAll(/url\("([^"]+)"\)/g)) {
    assert.ok(styleFile(stylePath(name!)), `${name} is not served`)
  }
})

test('a file of an older look, one that does not exist and a path outside are not found', () => {
  assert.match(stylesheet, /^\/stijl\/[0-9a-f]{16}\/console\.css$/)
  for (const path of [
    '/stijl/0000000000000000/tokens.css',
    stylePath('bestaat-niet.css'),
    stylePath('../page.ts'),
    `${stylePath('tokens.css')}/`,
    '/stijl/tokens.css',
    '/stijl/',
  ]) {
    assert.equal(styleFile(path), undefined, path)
  }
})
