// In which ways can the source go wrong on command? One row per behaviour, with what to make of it.
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

const malformed = { fails: 'source-malformed' } as const
const unavailable = { fails: 'source-unavailable' } as const
const drifted = (...drift: readonly string[]): Expectation => ({ ...malformed, drift })

export const behaviours = {
  normaal: {
    expect: { result: 'gegevens', quality: 'A' },
    perform: (response, answer) => send(response, 200, json, JSON.stringify(answer)),
  },
  'extra-velden': {
    expect: drifted('nationaliteit'),
    perform: bent(text => text.replace('"persoon":', '"nationaliteit":"0001","persoon":')),
  },
  'extra-velden-diep': {
    expect: drifted('huisnummer'),
    perform: bent(text => text.replaceAll('"plaats":', '"huisnummer":12,"plaats":')),
  },
  'hernoemd-veld': {
    expect: drifted('bedrag'),
    perform: bent(text => text.replaceAll('"loon":', '"bedrag":')),
  },
  'naam-met-nummer': {
    expect: drifted('(onleesbaar)'),
    perform: bent(text => text.replace('"persoon":', '"p999990160":1,"persoon":')),
  },
  'ander-type': {
    expect: malformed,
    perform: bent(text => text.replace(/"loon":(\d+)/, '"loon":"$1"')),
  },
  'andere-persoon': {
    expect: malformed,
    perform: bent(text => text.replace(/"persoon":"\d+"/, '"persoon":"999990160"')),
  },
  'verkeerde-relatie': {
    expect: malformed,
    perform: bent(text =>
      text.replace(/"transactie":"[^"]+"/, `"transactie":"${crypto.randomUUID()}"`),
    ),
  },
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
  waarschuwing: {
    expect: { result: 'gegevens', quality: 'C' },
    perform: bent(text => text.replace('"kwaliteit":"A"', '"kwaliteit":"C"')),
  },
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
