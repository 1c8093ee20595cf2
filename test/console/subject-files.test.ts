// Is the overview for a person readable by everybody, in every form, and harmless whatever a party is called?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvLine } from '../../gateway/console/csv.ts'
import { pdfOverview } from '../../gateway/console/pdf.ts'
import { csvOverview, htmlOverview, jsonOverview } from '../../gateway/console/subject-files.ts'
import type { Entry, Overview, OverviewGroup } from '../../gateway/console/subject-overview.ts'
import { guard, readSchema } from '../../gateway/schema.ts'
import { everyElement, readPdf, structureOf } from '../support/pdf.ts'

const hostile = '=HYPERLINK("https://x.example","klik")\u202e<script>alert(1)</script>'
const tijd = Date.UTC(2026, 10, 22, 12, 5)

function overviewOf(lines: number, naam = 'Gemeente Waterstad'): Overview {
  const group = (kind: OverviewGroup['kind'], aantal: number): OverviewGroup => ({
    kind,
    gever: { oin: '00000099000000004000', naam: 'UWV' },
    ontvanger: { oin: '00000099000000001000', naam },
    namens: { oin: '00000099000000002000', naam },
    uitwisseling: `Inkomsten ${naam}`,
    doel: `Vaststellen of er inkomsten zijn ${naam}`,
    grondslagen: [`Participatiewet, artikel 64 ${naam}`, 'Wet SUWI, artikel 62'],
    aantal,
    van: tijd,
    tot: tijd,
    async *entries(): AsyncIterable<Entry> {
      for (let i = 0; i < aantal; i++) {
        yield {
          tijd: tijd - i * 60_000,
          gegevens: [naam, 'Eén gegeven; met “tekens”'],
          bewaardTotEnMet: 'november 2033',
          opmerking: i % 2 === 0 ? '' : naam,
        }
      }
    },
  })
  return {
    titel: 'Overzicht van uw gegevens die zijn gegeven',
    organisatie: { oin: '00000099000000001000', naam },
    gemaaktOp: tijd,
    datum: '2026-11-22',
    eindigtOp: '019',
    inleiding: ['Dit is een overzicht.'],
    gegeven: [group('gegeven', lines)],
    overig: [group('geweigerd', 2)],
    toelichting: [{ kop: 'Uw rechten', punten: ['U kunt een klacht indienen.', naam] }],
  }
}

async function bytesOf(parts: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const part of parts) all.push(Buffer.from(part))
  return Buffer.concat(all)
}

/** As RFC 4180 reads it, with `;`. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = []
  for (const [, cell = '', end = ''] of csv.matchAll(/"((?:[^"]|"")*)"(;|\r\n)/g)) {
    const row = rows.at(-1)
    if (row && row.length < 11) row.push(cell.replaceAll('""', '"'))
    else rows.push([cell.replaceAll('""', '"')])
    if (end === '\r\n') assert.equal(rows.at(-1)?.length, 11)
  }
  return rows
}

test('C5: cells that begin with = + - @ tab or a line end, with quotes and lines in them, are text to a spreadsheet and still read', async () => {
  for (const begin of [
    '=',
    '+',
    '-',
    '@',
    '\t',
    '\r',
    '\n',
    ' =',
    '\u00a0+',
    '＝',
    '＋',
    '－',
    '＠',
  ]) {
    assert.match(csvLine([`${begin}1+1`]), /^"'/, JSON.stringify(begin))
  }
  assert.equal(
    csvLine(['Gemeente "De Sluis"\nafdeling = 2', 'a\u202eb\u0007', 7]),
    '"Gemeente ""De Sluis""\nafdeling = 2";"a\ufffdb\ufffd";7\r\n',
  )
  const csv = (await bytesOf(csvOverview(overviewOf(3, hostile)))).toString()
  assert.ok(csv.startsWith('\ufeff"Datum en tijd";'))
  const rows = cellsOf(csv.slice(1))
  assert.equal(rows.length, 1 + 3 + 2)
  assert.equal(rows.flat().length, 6 * 11)
  for (const cell of rows.flat()) assert.doesNotMatch(cell, /^\s*[=+\-@＝＋－＠]/)
  assert.match(rows[1]?.[3] ?? '', /^'=HYPERLINK\("https:\/\/x\.example","klik"\)/)
})

test('the web page is one file without script or address, in which a name is only text', async () => {
  const html = (await bytesOf(htmlOverview(overviewOf(3, hostile)))).toString()
  assert.doesNotMatch(html, /<script|\u202e| href=| src=|url\(|@import/)
  assert.match(html, /&lt;script&gt;/)
  assert.match(html, /^<!doctype html>\n<html lang="nl">/)
  assert.match(html, /default-src 'none'/)
  assert.equal(html.match(/<h1>/g)?.length, 1)
  assert.equal(html.match(/<th scope="row"><time /g)?.length, 5)
  for (const tag of ['table', 'ul', 'dl', 'section', 'tbody']) {
    assert.equal(
      html.match(new RegExp(`<${tag}[ >]`, 'g'))?.length,
      html.match(new RegExp(`</${tag}>`, 'g'))?.length,
      tag,
    )
  }
})

test('the JSON has the members that its schema documents, also when it is empty', async () => {
  const check = guard('overzicht')
  const { examples = [] } = readSchema('overzicht')
  assert.ok(Array.isArray(examples) && examples.length > 0)
  for (const example of examples) assert.deepEqual(check(example), [])
  for (const overview of [overviewOf(3, hostile), { ...overviewOf(0), gegeven: [], overig: [] }]) {
    const value: { regels: unknown[] } = JSON.parse(String(await bytesOf(jsonOverview(overview))))
    assert.deepEqual(check(value), [])
    assert.equal(value.regels.length, overview.gegeven.length === 0 ? 0 : 5)
    assert.notDeepEqual(check({ ...value, medewerker: 'x' }), [])
  }
})

test('the PDF is read aloud in order: language, title, headings, tables with their headers, and nothing beside them', async () => {
  const pdf = readPdf(await bytesOf(pdfOverview(overviewOf(60))))
  const catalog = [...pdf.objects.values()].find(({ text }) => text.includes('/Type /Catalog'))
  for (const part of [
    /\/Lang \(nl-NL\)/,
    /\/StructTreeRoot \d/,
    /\/MarkInfo \d/,
    /\/Metadata \d/,
  ]) {
    assert.match(catalog?.text ?? '', part)
  }
  assert.match(pdf.whole, /\/Marked true/)
  assert.match(pdf.whole, /\/DisplayDocTitle true/)
  assert.match(pdf.whole, /<pdfuaid:part>1<\/pdfuaid:part>/)
  assert.match(pdf.whole, /Overzicht van uw gegevens die zijn gegeven/)
  assert.deepEqual(pdf.unmarked, [])

  const root = structureOf(pdf)
  assert.deepEqual(
    root.kids.map(({ tag }) => tag),
    ['Document'],
  )
  const tags = root.kids[0]?.kids.map(({ tag }) => tag).join(' ')
  assert.equal(tags, 'H1 P P H2 Table Table H2 Table Table H2 Table Table H2 L')
  const all = everyElement(root)
  for (const table of all.filter(({ tag }) => tag === 'Table')) {
    const rows = table.kids.filter(({ tag }) => tag === 'TR')
    assert.ok(rows.length > 0)
    assert.equal(new Set(rows.map(({ kids }) => kids.length)).size, 1, 'a row lacks a cell')
    for (const { kids } of rows) {
      assert.ok(kids.some(({ tag }) => tag === 'TH'))
      for (const { tag, scope } of kids) assert.equal(scope !== '', tag === 'TH')
    }
  }
  const list = all.find(({ tag }) => tag === 'L')
  assert.deepEqual(
    list?.kids.map(({ kids }) => kids.map(({ tag }) => tag).join()),
    ['Lbl,LBody', 'Lbl,LBody'],
  )
  // Each of its fonts is inside it, and nothing needs one that is not.
  const fonts = [...pdf.objects.values()].filter(({ text }) => /\/Type \/FontDescriptor/.test(text))
  assert.equal(fonts.length, 2)
  for (const { text } of fonts)
    assert.match(text, /\/FontName \/\w{6}\+FiraSans-[\s\S]*\/FontFile2 \d/)
  assert.doesNotMatch(pdf.whole, /Helvetica|\/JavaScript|\/JS |\/URI|\/Launch/)
  // A page says which it is, and repeats the heads of its columns; neither is read aloud.
  assert.match(pdf.words, /pagina 3/)
  assert.ok((pdf.words.match(/^Wanneer$/gm)?.length ?? 0) > 2)
  assert.equal(pdf.words.match(/22 november 2026/g)?.length, 60 + 2 + 2 + 1)
})

test('in the PDF a name is only text, and a letter the font lacks is written without its accent', async () => {
  const pdf = readPdf(await bytesOf(pdfOverview(overviewOf(1, `${hostile} Ştefania 北`))))
  assert.match(pdf.words.replaceAll('\n', ' '), /Stefania \?/)
  assert.ok(!pdf.words.includes('\u202e'))
  assert.doesNotMatch(pdf.whole, /\/Annot|\/URI/)
})

test('C10: an overview of very many lines is made in parts, and others have their turn in between', async () => {
  let turns = 0
  let going = true
  const others = () => {
    turns += 1
    if (going) setImmediate(others)
  }
  setImmediate(others)
  let parts = 0
  let largest = 0
  for await (const part of pdfOverview(overviewOf(500))) {
    parts += 1
    largest = Math.max(largest, part.length)
  }
  going = false
  assert.ok(turns >= 25 && parts >= 25, `${turns} turns, ${parts} parts`)
  assert.ok(largest < 200_000, `${largest} bytes at once`)
})
