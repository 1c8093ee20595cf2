// In which ways can the Inlichtingenbureau go wrong on command? One row per behaviour, with what the adapter must make of it.
import type { ServerResponse } from 'node:http'
import { dijkdorp, type Texts, waterstad } from './month.ts'

/** `drift`: names that the error must carry. `lines`: how many lines it gives before it ends, rightly or not. */
export interface Expectation {
  readonly fails?: 'source-unavailable' | 'source-refused' | 'source-malformed'
  readonly drift?: string
  readonly retryAfter?: number
  readonly cutOff?: boolean
  readonly lines?: number
}

export type Part = 'index' | 'treffers' | 'bekend'

export interface Row {
  readonly expect: Expectation
  /** Other files, of which the index tells as it should. */
  readonly bend?: Bend
  /** Another index than these files have. */
  readonly lie?: (index: string) => string
  /** Instead of the right answer about one of the three. */
  readonly instead?: Partial<Record<Part, (response: ServerResponse, right: Right) => void>>
}

export interface Right {
  readonly text: string
  readonly etag: string
  readonly give: () => void
}

type Lines = readonly string[]
type Bend = (texts: Texts) => Texts

/** The lines of Waterstad changed, the last of which says that the file is whole; it says so of the new ones. */
function bent(file: 'treffers' | 'bekend', change: (lines: Lines) => Lines, told = 0): Bend {
  return texts => {
    if (texts.ontvanger !== waterstad) return texts
    const lines = change(texts[file].split('\n').slice(0, -2))
    const end = JSON.stringify({ einde: { regels: lines.length + told } })
    return { ...texts, [file]: [...lines, end, ''].join('\n') }
  }
}

const inSecond =
  (from: string | RegExp, to: string) =>
  (lines: Lines): Lines =>
    lines.map((line, at) => (at === 1 ? replaced(line, from, to) : line))

/** A change that changes nothing is a mistake here. */
function replaced(text: string, from: string | RegExp, to: string): string {
  const made = text.replace(from, to)
  if (made === text) throw new Error('nothing to bend in this file')
  return made
}

const head = { 'content-type': 'application/x-ndjson' }
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end()
const everywhere = (perform: (response: ServerResponse, right: Right) => void) => ({
  index: perform,
  treffers: perform,
  bekend: perform,
})

const drifted = (drift: string, lines?: number): Expectation => ({
  fails: 'source-malformed',
  drift,
  ...(lines !== undefined && { lines }),
})
const unavailable = { fails: 'source-unavailable' } as const
const reversed = (lines: Lines) => lines.toReversed()

/** Of three hits Waterstad knows the second; its lines are counted in what it does not know. */
export const behaviours = {
  normaal: { expect: { lines: 2 } },
  druppelt: {
    expect: { lines: 2 },
    instead: {
      treffers(response, { text, etag }) {
        response.writeHead(200, { ...head, etag })
        for (const each of text) response.write(each)
        response.end()
      },
    },
  },
  'negeert-bereik': {
    expect: { lines: 2 },
    instead: {
      treffers: (response, { text, etag }) => response.writeHead(200, { ...head, etag }).end(text),
    },
  },

  // the files are not as agreed
  'andere-volgorde': { expect: drifted('treffers.nummer', 1), bend: bent('treffers', reversed) },
  'bekend-andere-volgorde': { expect: drifted('bekend.nummer'), bend: bent('bekend', reversed) },
  dubbel: {
    expect: drifted('treffers.kenmerk', 1),
    bend: bent('treffers', lines => lines.flatMap(line => [line, line])),
  },
  'bekend-dubbel': {
    expect: drifted('bekend.kenmerk'),
    bend: bent('bekend', lines => lines.flatMap(line => [line, line])),
  },
  'andere-gemeente': {
    expect: drifted('treffers.ontvanger', 1),
    bend: bent('treffers', inSecond(waterstad, dijkdorp)),
  },
  'extra-veld': {
    expect: drifted('treffers.nationaliteit', 1),
    bend: bent('treffers', inSecond('"gegevens":{', '"gegevens":{"nationaliteit":"0001",')),
  },
  'extra-lid': {
    expect: drifted('treffers.naam', 1),
    bend: bent('treffers', inSecond('{"nummer"', '{"naam":"Verzonnen","nummer"')),
  },
  'naam-met-nummer': {
    expect: drifted('treffers.*', 1),
    bend: bent('treffers', inSecond('"gegevens":{', '"gegevens":{"p999990160":1,')),
  },
  'bekend-extra-lid': {
    expect: drifted('bekend.sinds'),
    bend: bent('bekend', inSecond('{"nummer"', '{"sinds":"2026","nummer"')),
  },
  'zonder-verstrekker': {
    expect: drifted('treffers.verstrekker', 1),
    bend: bent('treffers', inSecond(/"verstrekker":"\w+",/, '')),
  },
  'kapotte-regel': {
    expect: drifted('treffers.de JSON', 1),
    bend: bent('treffers', inSecond('"gegevens":{', '"gegevens":')),
  },
  'lid-twee-keer': {
    expect: drifted('treffers.de schrijfwijze', 1),
    bend: bent('treffers', inSecond('{"nummer"', '{"nummer":"999990160","nummer"')),
  },
  'telt-niet': { expect: drifted('treffers.regels', 2), bend: bent('treffers', lines => lines, 1) },
  'bekend-telt-niet': { expect: drifted('bekend.regels'), bend: bent('bekend', lines => lines, 1) },
  'zonder-einde': {
    expect: drifted('treffers.einde', 2),
    bend: texts => ({ ...texts, treffers: texts.treffers.replace(/\{"einde".*\n/, '') }),
  },
  'bekend-zonder-einde': {
    expect: drifted('bekend.einde'),
    bend: texts => ({ ...texts, bekend: texts.bekend.replace(/\{"einde".*\n/, '') }),
  },
  'bekend-voorbij-de-treffers-zonder-einde': {
    expect: drifted('bekend.einde', 2),
    bend: texts => ({
      ...texts,
      bekend: texts.bekend.replace(/\{"einde".*\n/, '{"nummer":"999999990","kenmerk":"x"}\n'),
    }),
  },
  'na-het-einde': {
    expect: drifted('treffers.einde', 2),
    bend: texts => ({ ...texts, treffers: texts.treffers.replace(/(\{"einde".*\n)/, '$1$1') }),
  },
  'midden-in-regel': {
    expect: drifted('treffers.regeleinde', 1),
    bend: texts => ({ ...texts, treffers: texts.treffers.slice(0, texts.treffers.length / 2) }),
  },
  reuzenregel: {
    expect: drifted('treffers.regellengte', 1),
    bend: bent(
      'treffers',
      inSecond('"gegevens":{', `"gegevens":{"signaalId":"${'x'.repeat(70_000)}",`),
    ),
  },

  // the index is not of these files
  'lijst-telt-niet': {
    expect: drifted('treffers.regels', 2),
    lie: index => replaced(index, /"regels":3/, '"regels":4'),
  },
  'lijst-meet-niet': {
    expect: drifted('treffers.bytes', 2),
    lie: index => replaced(index, /"bytes":/, '"bytes":1'),
  },
  'andere-periode': {
    expect: drifted('lijst.periode'),
    lie: index => replaced(index, /"periode":"\d+/, '"periode":"1999'),
  },
  'andere-uitwisseling': {
    expect: drifted('lijst.uitwisseling'),
    lie: index => replaced(index, '"uitwisseling":"', '"uitwisseling":"x'),
  },
  'ontvanger-twee-keer': {
    expect: drifted('lijst.ontvanger'),
    lie: index => replaced(index, dijkdorp, waterstad),
  },
  'lijst-extra-lid': {
    expect: drifted('lijst.naam'),
    lie: index => replaced(index, '"ontvanger"', '"naam":"x","ontvanger"'),
  },
  'lijst-kapot': { expect: drifted('lijst.de JSON'), lie: index => index.slice(0, -2) },
  gewijzigd: {
    expect: drifted('treffers.etag', 0),
    lie: index => replaced(index, '"versie":"\\"', '"versie":"\\"0'),
  },

  // it is not there, or not now
  'nog-niet-klaar': { expect: {}, instead: { index: status(404) } },
  'bekend-ontbreekt': { expect: { fails: 'source-refused' }, instead: { bekend: status(404) } },
  html: {
    expect: drifted('treffers.content-type'),
    instead: {
      treffers: response => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    },
  },
  'lijst-html': {
    expect: drifted('content-type'),
    instead: {
      index: response => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    },
  },
  weigert: { expect: { fails: 'source-refused' }, instead: everywhere(status(403)) },
  'weigert-bestand': { expect: { fails: 'source-refused' }, instead: { treffers: status(403) } },
  storing: { expect: unavailable, instead: everywhere(status(500)) },
  druk: {
    expect: { ...unavailable, retryAfter: 7 },
    instead: everywhere(status(429, { 'retry-after': '7' })),
  },
  'druk-bestand': {
    expect: { ...unavailable, retryAfter: 7 },
    instead: { treffers: status(429, { 'retry-after': '7' }) },
  },
  stil: { expect: { ...unavailable, cutOff: true }, instead: everywhere(() => {}) },
  'stil-halverwege': {
    expect: { ...unavailable, cutOff: true, lines: 1 },
    instead: { treffers: (response, { text, etag }) => void half(response, text, etag) },
  },
  verbroken: {
    expect: { ...unavailable, lines: 1 },
    instead: {
      treffers: (response, { text, etag }) =>
        void half(response, text, etag, () => response.destroy()),
    },
  },
} as const satisfies Record<string, Row>

export type Behaviour = keyof typeof behaviours

function half(response: ServerResponse, text: string, etag: string, then?: () => void): boolean {
  response.writeHead(200, { ...head, etag, 'content-length': Buffer.byteLength(text) })
  return response.write(text.slice(0, text.length / 2), then)
}
