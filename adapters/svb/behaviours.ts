// In which ways can the SVB go wrong on command? One row per behaviour, with what the adapter must make of it.
import type { ServerResponse } from 'node:http'

/** `drift`: names that the error must carry. `cutOff`: only the caller's time limit ends it. */
export interface Expectation {
  readonly fails?: 'source-unavailable' | 'source-refused' | 'source-malformed'
  readonly drift?: readonly string[]
  readonly cutOff?: boolean
  readonly result?: 'gegevens' | 'geenGegevens' | 'nietBeschikbaar' | 'geweigerd'
  readonly quality?: 'A' | 'B' | 'C' | 'D'
}

type Answer = Record<string, unknown>
interface Row {
  readonly expect: Expectation
  readonly perform: (response: ServerResponse, answer: Answer) => void
}

const json = 'application/json'
const gigabyte = 2 ** 30

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** The right answer with its text changed; a change that changes nothing is a mistake here. */
function bent(change: (text: string) => string): Row['perform'] {
  return (response, answer) => {
    const right = JSON.stringify(answer)
    const wrong = change(right)
    if (wrong === right) response.destroy(new Error('nothing to bend in this answer'))
    else send(response, 200, json, wrong)
  }
}

const fixed =
  (status: number, type: string, body: string | Buffer): Row['perform'] =>
  response =>
    send(response, status, type, body)

/** An outcome without data: `transactie` and `stand` of the right answer, and nothing else of it. */
function empty(uitkomst: string): Row['perform'] {
  return (response, { transactie, stand }) =>
    send(response, 200, json, JSON.stringify({ transactie, uitkomst, stand }))
}

const malformed = { fails: 'source-malformed' } as const
const unavailable = { fails: 'source-unavailable' } as const
const drifted = (...drift: readonly string[]): Expectation => ({ ...malformed, drift })

export const behaviours = {
  normaal: {
    expect: { result: 'gegevens', quality: 'A' },
    perform: (response, answer) => send(response, 200, json, JSON.stringify(answer)),
  },

  // another message than agreed
  'extra-velden': {
    expect: drifted('nationaliteit'),
    perform: bent(text => text.replace('"persoon":', '"nationaliteit":"0001","persoon":')),
  },
  'extra-velden-diep': {
    expect: drifted('school'),
    perform: bent(text => text.replaceAll('"woonsituatie":', '"school":"x","woonsituatie":')),
  },
  'hernoemd-veld': {
    expect: drifted('bedragInCenten'),
    perform: bent(text => text.replaceAll('"bedrag":', '"bedragInCenten":')),
  },
  'naam-met-nummer': {
    expect: drifted('(onleesbaar)'),
    perform: bent(text => text.replace('"persoon":', '"p999990160":1,"persoon":')),
  },
  'ander-type': {
    expect: malformed,
    perform: bent(text => text.replace(/"bedrag":(\d+)/, '"bedrag":"$1"')),
  },
  'negatief-bedrag': {
    expect: malformed,
    perform: bent(text => text.replace(/"bedrag":(\d+)/, '"bedrag":-$1')),
  },
  'andere-munt': {
    expect: malformed,
    perform: bent(text => text.replace('"valuta":"EUR"', '"valuta":"NLG"')),
  },
  'onbekende-termijn': {
    expect: malformed,
    perform: bent(text => text.replace(/"termijn":"\d"/, '"termijn":"maand"')),
  },
  'einde-voor-ingang': {
    expect: malformed,
    perform: bent(text => text.replace('"perioden":', '"einde":"1990-01-01","perioden":')),
  },
  'tot-voor-van': {
    expect: malformed,
    perform: bent(text => text.replace('"perioden":[{', '"perioden":[{"tot":"1990-01-01",')),
  },
  'zonder-uitkeringen': {
    expect: malformed,
    perform: bent(text => text.replace(/,"uitkeringen":\[.*\]/s, '')),
  },
  'zonder-perioden': {
    expect: malformed,
    perform: bent(text => text.replace(/"perioden":\[[^\]]*\]/, '"perioden":[]')),
  },
  'onbekende-twijfel': {
    expect: malformed,
    perform: bent(text =>
      text.replace('"inOnderzoek":[]', '"inOnderzoek":[{"veld":"adres","sinds":"2026-01-01"}]'),
    ),
  },
  tegenstrijdig: {
    expect: malformed,
    perform: bent(text => text.replace('"uitkomst":"gegevens"', '"uitkomst":"nietGevonden"')),
  },

  // about someone else, or about another question
  'andere-persoon': {
    expect: malformed,
    perform: bent(text =>
      text.replace(
        /"persoon":\{"burgerservicenummer":"\d+"/,
        '"persoon":{"burgerservicenummer":"123456782"',
      ),
    ),
  },
  'vervangt-een-ander': {
    expect: malformed,
    perform: bent(text => text.replace(/"persoon":\{/, '"persoon":{"vervangt":"123456782",')),
  },
  'verkeerde-relatie': {
    expect: malformed,
    perform: bent(text =>
      text.replace(/"transactie":"[^"]+"/, `"transactie":"${crypto.randomUUID()}"`),
    ),
  },

  // not a message at all
  rommel: {
    expect: malformed,
    perform: fixed(
      200,
      json,
      Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 31) % 256)),
    ),
  },
  half: { expect: malformed, perform: bent(text => text.slice(0, text.length / 2)) },
  leeg: { expect: malformed, perform: fixed(200, json, '') },
  'verkeerde-tekenset': {
    expect: malformed,
    perform: (response, answer) =>
      send(response, 200, `${json}; charset=iso-8859-1`, JSON.stringify(answer)),
  },
  gigabyte: {
    expect: malformed,
    perform: response => flood(response.writeHead(200, { 'content-type': json }), 0),
  },

  // an answer without data
  waarschuwing: {
    expect: { result: 'gegevens', quality: 'C' },
    perform: bent(text => text.replace('"kwaliteit":"A"', '"kwaliteit":"C"')),
  },
  'niet-gevonden': { expect: { result: 'geenGegevens' }, perform: empty('nietGevonden') },
  'niet-beschikbaar': { expect: { result: 'nietBeschikbaar' }, perform: empty('nietBeschikbaar') },
  'niet-gerechtigd': { expect: { result: 'geweigerd' }, perform: empty('geweigerd') },

  // no answer
  'html-502': {
    expect: unavailable,
    perform: fixed(502, 'text/html', '<html><body>Bad Gateway</body></html>'),
  },
  'fout-500': { expect: unavailable, perform: fixed(500, json, '{}') },
  'te-druk': { expect: unavailable, perform: fixed(429, 'text/plain', 'later') },
  verboden: { expect: { fails: 'source-refused' }, perform: fixed(403, 'text/plain', 'verboden') },
  doorverwijzing: {
    expect: malformed,
    perform: response => response.writeHead(302, { location: 'https://localhost:1/' }).end(),
  },
  niets: { expect: unavailable, perform: response => response.destroy() },
  afgebroken: {
    expect: unavailable,
    perform: (response, answer) => {
      const text = JSON.stringify(answer)
      response.writeHead(200, { 'content-type': json, 'content-length': Buffer.byteLength(text) })
      response.write(text.slice(0, text.length / 2), () => response.destroy())
    },
  },
  stil: { expect: { ...unavailable, cutOff: true }, perform: () => {} },
} as const satisfies Record<string, Row>

export type Behaviour = keyof typeof behaviours

/** A gigabyte of white space, no faster than it is taken and no longer than someone listens. */
function flood(response: ServerResponse, sent: number): void {
  const chunk = Buffer.alloc(65_536, ' ')
  for (let size = sent; size < gigabyte; size += chunk.length) {
    if (response.destroyed) return
    if (!response.write(chunk)) {
      response.once('drain', () => flood(response, size + chunk.length))
      return
    }
  }
  response.end()
}
