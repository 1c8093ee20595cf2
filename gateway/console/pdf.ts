// How does the overview become a PDF that everybody can read? Tagged (PDF/UA-1), in reading order, with its own font.
import { setImmediate as breathe } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type PDFDocument from 'pdfkit'
import { fieldsTitle, groupFacts, receiver, tableTitle } from './subject-files.ts'
import type { Entry, Overview, OverviewGroup } from './subject-overview.ts'
import { timeText } from './subject-terms.ts'

const font = (weight: 400 | 600) =>
  fileURLToPath(
    import.meta.resolve(`@fontsource/fira-sans/files/fira-sans-latin-${weight}-normal.woff`),
  )
const plain = font(400)
const strong = font(600)

const ink = '#1a1a1a'
const blue = '#154273'
const rule = '#767676'
const shade = '#e8eef4'

/** A4, in points. */
const pageWidth = 595.28
const pageHeight = 841.89
const margin = 56
const padding = 5
/** Room for the number of the page, below the text. */
const foot = 40

type Element = PDFKit.PDFStructureElement

/** Rows after which others may have their turn: a page of a thousand rows is a second of work. */
const rowsPerTurn = 20

export async function* pdfOverview(overview: Overview): AsyncIterable<Uint8Array> {
  // Only who takes a PDF along pays for what makes one.
  const paper = openPaper(overview, (await import('pdfkit')).default)
  const ready = () => {
    const parts: Buffer[] = []
    for (let part = paper.doc.read(); part !== null; part = paper.doc.read()) parts.push(part)
    return Buffer.concat(parts)
  }
  const { titel, organisatie, gemaaktOp, eindigtOp, inleiding, gegeven, overig } = overview
  paper.heading(1, titel)
  paper.text(
    `Gemaakt door ${organisatie.naam}, op ${timeText(gemaaktOp)}. Het gaat over het nummer dat eindigt op ${eindigtOp}.`,
  )
  for (const each of inleiding) paper.text(each)
  paper.heading(2, 'In het kort')
  if (gegeven.length === 0) paper.text('Er zijn in deze periode geen gegevens over u gegeven.')
  summary(paper, 'Wie kreeg gegevens', gegeven)
  summary(paper, 'Vragen waarop geen gegevens zijn gegeven', overig)
  for (const group of [...gegeven, ...overig]) {
    const { ontvanger, namens, uitwisseling } = group
    paper.heading(2, `${receiver(ontvanger, namens)}: ${uitwisseling}`, 240)
    paper.facts(groupFacts(group))
    const table = paper.table(tableTitle(group), [
      ['Wanneer', 150],
      [fieldsTitle(group), 223],
      ['Bewaard tot en met', 110],
    ])
    let rows = 0
    for await (const entry of group.entries()) {
      table.row(cells(entry))
      rows += 1
      if (rows % rowsPerTurn !== 0) continue
      yield ready()
      await breathe()
    }
    table.end()
  }
  for (const { kop, punten } of overview.toelichting) {
    paper.heading(2, kop)
    paper.list(punten)
  }
  paper.end()
  yield ready()
}

function cells({ tijd, gegevens, opmerking, bewaardTotEnMet }: Entry): readonly string[] {
  const names = gegevens.join('; ')
  return [timeText(tijd), [opmerking, names].filter(Boolean).join('\n'), bewaardTotEnMet]
}

function summary(paper: Paper, caption: string, groups: readonly OverviewGroup[]): void {
  if (groups.length === 0) return
  const table = paper.table(caption, [
    ['Organisatie', 150],
    ['Uitwisseling', 173],
    ['Hoe vaak', 60],
    ['Laatste keer', 100],
  ])
  for (const { ontvanger, namens, uitwisseling, aantal, tot } of groups) {
    table.row([receiver(ontvanger, namens), uitwisseling, String(aantal), timeText(tot)])
  }
  table.end()
}

interface Paper {
  readonly doc: PDFKit.PDFDocument
  heading(level: 1 | 2, text: string, room?: number): void
  text(text: string): void
  list(items: readonly string[]): void
  facts(rows: readonly (readonly [term: string, text: string])[]): void
  table(caption: string, columns: readonly (readonly [head: string, width: number])[]): Table
  end(): void
}

interface Table {
  /** The first cell names its row. */
  row(cells: readonly string[]): void
  end(): void
}

/** Everything that is read stands in the structure tree, in order; lines, shades and page numbers do not. */
function openPaper(
  { titel, organisatie, gemaaktOp }: Overview,
  Document: typeof PDFDocument,
): Paper {
  const options: PDFKit.PDFDocumentOptions = {
    pdfVersion: '1.7',
    tagged: true,
    lang: 'nl-NL',
    displayTitle: true,
    size: [pageWidth, pageHeight],
    margin,
    font: plain,
    autoFirstPage: false,
    info: {
      Title: inFont(titel),
      Author: inFont(organisatie.naam),
      Creator: 'Sluis',
      Producer: 'Sluis',
      CreationDate: new Date(gemaaktOp),
    },
  }
  // pdfkit 0.20 knows PDF/UA; its types do not yet.
  const doc = new Document(Object.assign(options, { subset: 'PDF/UA' }))
  const root = doc.struct('Document')
  doc.addStructure(root)
  const width = pageWidth - 2 * margin
  const bottom = pageHeight - margin - foot / 2
  let pages = 0

  const artifact = (draw: () => void) => {
    doc.markContent('Artifact', { type: 'Layout' })
    draw()
    doc.endMarkedContent()
  }
  const set = (face: string, size: number, color = ink) =>
    doc.font(face).fontSize(size).fillColor(color).lineGap(2)
  const heightOf = (text: string, face: string, size: number, across: number) => {
    set(face, size)
    return doc.heightOfString(text, { width: across })
  }

  function turn(): void {
    doc.addPage()
    pages += 1
    doc.markContent('Artifact', { type: 'Pagination' })
    set(plain, 9, ink).text(`${inFont(organisatie.naam)}, pagina ${pages}`, margin, bottom + 16, {
      lineBreak: false,
    })
    doc.endMarkedContent()
    doc.x = margin
    doc.y = margin
  }
  /** Starts a page when this does not fit on what is left of this one. */
  function ensure(height: number): boolean {
    const full = pages === 0 || doc.y + height > bottom
    if (full) turn()
    return full
  }
  function block(parent: Element, tag: string, [text, x, across]: Placed): void {
    const element = doc.struct(tag, {}, () => {
      doc.text(text, x, doc.y, { width: across })
    })
    parent.add(element)
    element.end()
  }

  const grid = (parent: Element, widths: readonly number[]) => {
    const starts = widths.map((_, i) => margin + widths.slice(0, i).reduce((a, b) => a + b, 0))
    const columnsOf = (texts: readonly string[]) =>
      texts.map(
        (text, i): Placed => [
          inFont(text),
          (starts[i] ?? margin) + padding,
          (widths[i] ?? 0) - 2 * padding,
        ],
      )
    const rowHeight = (placed: readonly Placed[], face: string) =>
      Math.max(
        ...placed.map(([text, , across], i) => heightOf(text, i === 0 ? strong : face, 10, across)),
      ) +
      2 * padding
    const line = (y: number) =>
      artifact(() => {
        doc
          .lineWidth(0.5)
          .strokeColor(rule)
          .moveTo(margin, y)
          .lineTo(margin + width, y)
          .stroke()
      })
    return {
      columnsOf,
      rowHeight,
      /** A row of the table, at doc.y; `tags` per column, with the scope of a header. */
      put(placed: readonly Placed[], head: 'head' | 'body' | 'again'): void {
        const top = doc.y
        const height = rowHeight(placed, head === 'body' ? plain : strong)
        if (head !== 'body') {
          artifact(() => doc.rect(margin, top, width, height).fill(shade))
        }
        line(top + height)
        const row = head === 'again' ? undefined : doc.struct('TR')
        if (row) parent.add(row)
        for (const [i, [text, x, across]] of placed.entries()) {
          const header = head !== 'body' || i === 0
          const write = () => {
            set(header ? strong : plain, 10, ink)
            doc.text(text, x, top + padding, { width: across })
          }
          if (!row) {
            artifact(write)
            continue
          }
          const cell = header
            ? doc.struct('TH', head === 'head' ? column : first, write)
            : doc.struct('TD', {}, write)
          row.add(cell)
          cell.end()
        }
        row?.end()
        doc.x = margin
        doc.y = top + height
      },
    }
  }

  return {
    doc,
    heading(level, text, room = 90) {
      const size = level === 1 ? 22 : 14
      ensure(room)
      if (level === 2) doc.y += 14
      set(strong, size, blue)
      block(root, `H${level}`, [inFont(text), margin, width])
      doc.y += 6
    },
    text(text) {
      ensure(heightOf(inFont(text), plain, 11, width))
      set(plain, 11)
      block(root, 'P', [inFont(text), margin, width])
      doc.y += 6
    },
    list(items) {
      const all = doc.struct('L')
      root.add(all)
      for (const item of items.map(inFont)) {
        ensure(heightOf(item, plain, 11, width - 16))
        const top = doc.y
        const one = doc.struct('LI')
        all.add(one)
        set(plain, 11)
        block(one, 'Lbl', ['•', margin, 12])
        doc.y = top
        block(one, 'LBody', [item, margin + 16, width - 16])
        one.end()
        doc.x = margin
        doc.y += 4
      }
      all.end()
    },
    facts(rows) {
      const table = doc.struct('Table')
      root.add(table)
      const { columnsOf, rowHeight, put } = grid(table, [130, width - 130])
      for (const row of rows) {
        const placed = columnsOf(row)
        ensure(rowHeight(placed, plain))
        put(placed, 'body')
      }
      table.end()
      doc.y += 10
    },
    table(caption, columns) {
      const table = doc.struct('Table')
      root.add(table)
      ensure(150)
      set(strong, 11, ink)
      block(table, 'Caption', [inFont(caption), margin, width])
      doc.y += 4
      const { columnsOf, rowHeight, put } = grid(
        table,
        columns.map(([, across]) => across),
      )
      const head = columnsOf(columns.map(([text]) => text))
      put(head, 'head')
      return {
        row(texts) {
          const placed = columnsOf(texts)
          if (ensure(rowHeight(placed, plain))) put(head, 'again')
          put(placed, 'body')
        },
        end() {
          table.end()
          doc.y += 10
        },
      }
    },
    end() {
      root.end()
      doc.end()
    },
  }
}

/** What a header is the header of; of this too pdfkit's types do not know. */
type HeaderOptions = PDFKit.Mixins.StructureElementOptions & { readonly scope: 'Column' | 'Row' }
const column: HeaderOptions = { scope: 'Column' }
const first: HeaderOptions = { scope: 'Row' }

type Placed = readonly [text: string, x: number, width: number]

/** What the embedded font has no shape for is written without its accents, or as a question mark. */
function inFont(text: string): string {
  return text
    .split('\n')
    .map(line =>
      line.normalize('NFC').replace(outside, letter => {
        const bare = letter.normalize('NFD').replace(/\p{M}/gu, '')
        return bare.search(outside) < 0 && bare !== '' ? bare : '?'
      }),
    )
    .join('\n')
}

/** Beside the Latin part of Fira Sans (its unicode-range). */
const outside =
  /[^\u0020-\u007e\u00a0-\u00ff\u0131\u0152\u0153\u2010-\u2027\u2030-\u205e\u20ac\u2122]/gu
