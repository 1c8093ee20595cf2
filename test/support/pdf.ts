// What does a PDF say, to somebody who reads it and to somebody who cannot see it? Read from its bytes, without a library.
import assert from 'node:assert/strict'
import { inflateSync } from 'node:zlib'

export interface PdfObject {
  readonly text: string
  /** Inflated. */
  readonly stream: string
}

export interface ReadPdf {
  readonly objects: ReadonlyMap<number, PdfObject>
  /** Everything in it, inflated. */
  readonly whole: string
  /** As it is drawn, a line per run, decoded by the fonts' own tables. */
  readonly words: string
  /** Operators that show something outside marked content. */
  readonly unmarked: readonly string[]
}

export function readPdf(bytes: Buffer): ReadPdf {
  const raw = bytes.toString('latin1')
  const objects = objectsIn(raw)
  const of = (number: string | undefined): PdfObject => {
    const found = objects.get(Number(number))
    assert.ok(found, `object ${number}`)
    return found
  }
  const fonts = new Map<string, (code: string) => string>()
  for (const [, name = '', number] of raw.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const unicode = /\/ToUnicode (\d+) 0 R/.exec(of(number).text)?.[1]
    if (unicode) fonts.set(name, decoder(of(unicode).stream))
  }
  const pages = [...objects.values()].filter(({ stream }) => / Tf$/m.test(stream))
  return {
    objects,
    whole: [...objects.values()].map(({ text, stream }) => `${text}\n${stream}`).join('\n'),
    words: pages.map(({ stream }) => wordsIn(stream, fonts)).join('\n'),
    unmarked: pages.flatMap(({ stream }) => unmarkedIn(stream)),
  }
}

/** One after another: what is in a stream is as long as its dictionary says, whatever it looks like. */
function objectsIn(raw: string): Map<number, PdfObject> {
  const objects = new Map<number, PdfObject>()
  const begin = /(\d+) 0 obj\n/g
  for (let found = begin.exec(raw); found; found = begin.exec(raw)) {
    const end = raw.indexOf('\nendobj', begin.lastIndex)
    const text = raw.slice(begin.lastIndex, end).split('\nstream\n', 1)[0] ?? ''
    const from = begin.lastIndex + text.length + '\nstream\n'.length
    const length = text.includes('/Length ') ? Number(/\/Length (\d+)/.exec(text)?.[1]) : 0
    const content = raw.slice(from, from + length)
    const stream = text.includes('/FlateDecode')
      ? inflateSync(Buffer.from(content, 'latin1')).toString('latin1')
      : content
    objects.set(Number(found[1]), { text, stream })
    begin.lastIndex = length > 0 ? from + length : end
  }
  return objects
}

function decoder(cmap: string): (code: string) => string {
  const codes = new Map<number, string>()
  for (const [, first = '', values = ''] of cmap.matchAll(
    /<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/g,
  )) {
    for (const [i, [, hex = '']] of [...values.matchAll(/<([^>]*)>/g)].entries()) {
      const text = Buffer.from(hex.replaceAll(' ', ''), 'hex').swap16().toString('utf16le')
      codes.set(Number.parseInt(first, 16) + i, text)
    }
  }
  return hex => (hex.match(/.{4}/g) ?? []).map(one => codes.get(Number.parseInt(one, 16))).join('')
}

function wordsIn(stream: string, fonts: ReadonlyMap<string, (code: string) => string>): string {
  let decode = (_: string): string => assert.fail('text before a font')
  const lines: string[] = []
  for (const [, font, run = ''] of stream.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (font) decode = fonts.get(font) ?? assert.fail(`a font that cannot be read: ${font}`)
    else lines.push([...run.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = '']) => decode(hex)).join(''))
  }
  return lines.join('\n')
}

/** Text and drawing between no BDC and its EMC (PDF/UA-1 §7.1). */
function unmarkedIn(stream: string): string[] {
  let depth = 0
  const found: string[] = []
  for (const line of stream.split('\n')) {
    if (/ (BDC|BMC)$/.test(line)) depth += 1
    else if (line === 'EMC') depth -= 1
    else if (depth === 0 && /(^| )(TJ|Tj|f|f\*|S|B|re|Do)$/.test(line)) found.push(line)
  }
  return found
}

/** The structure tree as it is read aloud: element names in order, with those inside them. */
export function structureOf({ objects }: ReadPdf): Structure {
  const root = [...objects.values()].find(({ text }) => text.includes('/Type /StructTreeRoot'))
  assert.ok(root, 'no structure tree')
  const read = (number: number): Structure => {
    const { text } = objects.get(number) ?? assert.fail(`element ${number}`)
    const kids = /\/K \[([^\]]*)\]/.exec(text)?.[1] ?? ''
    return {
      tag: /\/S \/(\w+)/.exec(text)?.[1] ?? '',
      scope: /\/Scope \/(\w+)/.exec(text)?.[1] ?? '',
      kids: [...kids.matchAll(/(\d+) 0 R/g)].map(([, kid]) => read(Number(kid))),
    }
  }
  const kids = /\/K \[([^\]]*)\]/.exec(root.text)?.[1] ?? ''
  return {
    tag: 'Root',
    scope: '',
    kids: [...kids.matchAll(/(\d+) 0 R/g)].map(([, kid]) => read(Number(kid))),
  }
}

export interface Structure {
  readonly tag: string
  readonly scope: string
  readonly kids: readonly Structure[]
}

export function everyElement(root: Structure): readonly Structure[] {
  return [root, ...root.kids.flatMap(everyElement)]
}
