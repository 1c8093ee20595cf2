// Where do the lines of a file begin and end, and which part of it is sent? No gateway is needed to know.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KeptFile } from '../../gateway/delivery/files.ts'
import { pace } from '../../gateway/listen/deliveries.ts'
import { readContentRange } from '../../gateway/message/content-range.ts'
import { type Line, readLines } from '../../gateway/message/lines.ts'
import { Problem } from '../../gateway/problem.ts'

async function* of(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

const begin = { regel: 1, byte: 0 }

async function linesOf(
  chunks: readonly (Buffer | string)[],
  { lineBytes = 100, whole = true, from = begin } = {},
): Promise<Line[]> {
  const bytes = chunks.map(chunk => Buffer.from(chunk))
  return await Array.fromAsync(readLines(of(bytes), from, { lineBytes, whole: () => whole }))
}

const texts = (lines: readonly Line[]) => lines.map(({ bytes }) => bytes?.toString('latin1'))

test('a line too long is not kept, and still has its number, its end and its hash', async () => {
  const long = 'x'.repeat(1_000)
  const lines = await linesOf([`a\n${long.slice(0, 300)}`, `${long.slice(300)}\nb`])
  assert.deepEqual(texts(lines), ['a', undefined, 'b'])
  assert.deepEqual(
    lines.map(({ regel, einde }) => [regel, einde]),
    [
      [1, 2],
      [2, 1_003],
      [3, 1_004],
    ],
  )
  assert.equal(lines[1]?.sha256, createHash('sha256').update(long).digest('base64url'))
  assert.deepEqual(texts(await linesOf([`${'x'.repeat(100)}\r\n`])), ['x'.repeat(100)])
  assert.deepEqual(texts(await linesOf([`${'x'.repeat(101)}\n`])), [undefined])
})

test('half a line at the end of a part is no line; at the end of the file it is', async () => {
  assert.deepEqual(texts(await linesOf(['a\nb'], { whole: false })), ['a'])
  assert.deepEqual(texts(await linesOf(['a\nb'])), ['a', 'b'])
  assert.deepEqual(texts(await linesOf(['a\nb\n'])), ['a', 'b'])
  assert.deepEqual(texts(await linesOf(['\r\n\n'])), ['', ''])
  assert.deepEqual(texts(await linesOf([])), [])
})

test('however a file is cut into pieces, and wherever it is gone on with, its lines are the same', async () => {
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r\n', '\r', 'é', '€', '{}', ''),
    fc.string({ maxLength: 12 }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(200), { maxLength: 8 }),
      fc.nat(20),
      async (pieces, cuts, skip) => {
        const whole = Buffer.from(pieces.join(''))
        const places = [0, ...cuts.map(cut => cut % (whole.length + 1)), whole.length].sort(
          (a, b) => a - b,
        )
        const chunks = places.slice(1).map((end, i) => whole.subarray(places[i], end))
        const once = await linesOf([whole])
        assert.deepEqual(await linesOf(chunks), once)
        const text = whole.toString('latin1')
        const own = text.split('\n').map(line => line.replace(/\r$/, ''))
        if (text === '' || text.endsWith('\n')) own.pop()
        assert.deepEqual(texts(once), own)
        const from = once[skip]
        if (!from) return
        const rest = await linesOf([whole.subarray(from.einde)], {
          from: { regel: from.regel + 1, byte: from.einde },
        })
        assert.deepEqual(rest, once.slice(skip + 1))
      },
    ),
  )
})

test('a Content-Range that cannot be is refused', () => {
  const bad = [
    'bytes 5-4/10',
    'bytes 0-10/10',
    'regels 0-4/10',
    'regels 2-11/10',
    'bytes 0-9',
    'bytes=0-9/10',
    'bytes -1-9/10',
    'tekens 0-9/10',
    'bytes 0-9/10, 20-29/30',
    `bytes 0-${'9'.repeat(16)}/*`,
    '',
  ]
  for (const text of bad) assert.throws(() => readContentRange(text), Problem, text)
  assert.deepEqual(readContentRange('bytes 0-9/10'), {
    ...{ eenheid: 'bytes', van: 0, totEnMet: 9, totaal: 10 },
  })
  assert.deepEqual(readContentRange('regels 3-10/*'), { eenheid: 'regels', van: 3, totEnMet: 10 })
  assert.deepEqual(readContentRange('regels */10'), { eenheid: 'regels', totaal: 10 })
  assert.deepEqual(readContentRange('bytes */*'), { eenheid: 'bytes' })
})

test('the pace is that of the last reading alone, and what is left follows from it', () => {
  const file: KeptFile = {
    levering: '',
    log: 'gewoon',
    richting: 'ingediend',
    kenmerk: null,
    staat: 'in-behandeling',
    ...{ uitwisseling: '', partij: '', stand: 2, begonnen: 0, epoch: '' },
    ...{ gelezen: 1_500, bytes: 15_000, regelsTotaal: null, bytesTotaal: 25_000 },
    ...{ hervat: 100_000, hervatRegel: 500, hervatByte: 5_000, gewijzigd: 109_000 },
  }
  assert.deepEqual(pace(file, 110_000), { snelheid: 100, resterend: 10 })
  const lines = { ...file, bytesTotaal: null, regelsTotaal: 1_700 }
  assert.deepEqual(pace(lines, 110_000), { snelheid: 100, resterend: 2 })
  assert.deepEqual(pace({ ...lines, regelsTotaal: null }, 110_000), { snelheid: 100 })
  assert.deepEqual(pace({ ...file, staat: 'onderbroken', gewijzigd: 110_000 }, 900_000), {
    snelheid: 100,
  })
  assert.deepEqual(pace({ ...file, hervat: null }, 110_000), { snelheid: 0 })
})
