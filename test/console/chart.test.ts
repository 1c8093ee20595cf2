// Does a chart say what its table says, to whoever sees no colours, sees nothing, or sees it on a telephone?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bars, type Columns, columns, counted, looks } from '../../gateway/console/chart.ts'

/** `<rect …><title>label: 1.234 name</title></rect>`, as drawn. */
function drawn(text: string, size: 'height' | 'width') {
  const found = text.matchAll(/<rect ([^>]*)><title>([^<]*): ([\d.]+) ([^<]*)<\/title>/g)
  return [...found].map(([, attributes = '', label, value = '', name]) => ({
    label,
    name,
    value: Number(value.replaceAll('.', '')),
    size: Number(new RegExp(` ${size}="([\\d.]+)"`).exec(` ${attributes}`)?.[1]),
  }))
}

function tabled(text: string) {
  const rows = [...text.matchAll(/<tr class="utrecht-table__row">(.*?)<\/tr>/gs)].map(
    ([, row = '']) =>
      [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell),
  )
  const [[, ...names] = [], ...body] = rows
  return body.flatMap(([label, ...cells]) =>
    cells.map((cell, at) => ({ label, name: names[at], value: Number(cell.replaceAll('.', '')) })),
  )
}

type Told = Record<'label' | 'name', string | undefined> & { readonly value: number }

const some = fc.integer({ min: 1, max: 40 }).chain(length =>
  fc.array(fc.array(fc.nat(2_000_000), { minLength: length, maxLength: length }), {
    minLength: 1,
    maxLength: 6,
  }),
)

test('every number of the table is drawn as large as it is, and nothing else is', () => {
  for (const [draw, size] of [
    [columns, 'height'],
    [bars, 'width'],
  ] as const) {
    fc.assert(
      fc.property(some, values => {
        const labels = (values[0] ?? []).map((_, at) => `dag ${at}`)
        const series = values.map((each, at) => ({ name: `soort ${at}`, values: each }))
        const { text } = draw({ id: 'x', title: 'T', text: 'U.', head: 'Dag', labels, series })
        const inTable = tabled(text).filter(({ value }) => value > 0)
        const inChart = drawn(text, size)
        const key = ({ label, name, value }: Told) => `${label}|${name}|${value}`
        assert.deepEqual(inChart.map(key).sort(), inTable.map(key).sort())
        const [largest] = [...inChart].sort((a, b) => b.value - a.value)
        const scale = largest ? largest.size / largest.value : 0
        for (const each of inChart) assert.ok(Math.abs(each.size - each.value * scale) < 0.6)
      }),
      { numRuns: 30 },
    )
  }
})

const chart: Columns = {
  id: 'tijd',
  title: 'Verstrekt <b>',
  text: 'Per dag.',
  head: 'Dag',
  labels: ['1-11', '2-11'],
  series: [
    { name: 'verstrekt', values: [3, 1200] },
    { name: 'geweigerd', values: [1, 0] },
  ],
  band: { name: 'gewoon', from: 2, to: 8 },
}

test('a chart has a name and a description, fits a telephone, and has no style or script of its own', () => {
  const { text } = columns(chart)
  assert.match(
    text,
    /<svg [^>]*viewBox="0 0 380 \d+" width="100%" role="img" aria-labelledby="tijd-titel tijd-uitleg"/,
  )
  assert.match(
    text,
    /<title id="tijd-titel">Verstrekt &lt;b&gt;<\/title>\n<desc id="tijd-uitleg">Per dag\./,
  )
  assert.doesNotMatch(text, /style=|<script|<style| on\w+=/)
  assert.match(text, /<summary>[^<]+als tabel<\/summary>/)
  assert.match(text, new RegExp(counted(1200)))
})

test('a colour is never alone: three to one on white, a pattern of its own, and its name beside it', () => {
  const patterns = looks.map(({ pattern }) => pattern)
  assert.equal(new Set(patterns).size, looks.length)
  for (const { colour } of looks) {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map(at => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    const contrast = 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
    assert.ok(contrast >= 3, `${colour} ${contrast}`)
  }
  const { text } = columns(chart)
  for (const name of ['verstrekt', 'geweigerd', 'gewoon']) {
    assert.match(text, new RegExp(`<text [^>]*>${name}</text>`))
  }
})

test('where there is nothing to draw, that is what it says', () => {
  const { text } = columns({ ...chart, series: [{ name: 'verstrekt', values: [0, 0] }] })
  assert.match(text, /niets te tellen/)
  assert.doesNotMatch(text, /<svg/)
})
