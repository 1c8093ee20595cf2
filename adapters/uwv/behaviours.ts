// In which ways can UWV go wrong on command? One row per behaviour, with what the adapter must make of it.
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Group } from './message.ts'

/** The right answer, and the means to bend it. */
export interface Good {
  readonly group: Group
  readonly write: (group: Group, relatesTo?: string) => string
  readonly fault: (code: string, detail: string) => string
}

/** `drift`: names that the error must carry. `cutOff`: only the caller's time limit ends it. */
export interface Expectation {
  readonly fails?: 'source-unavailable' | 'source-refused' | 'source-malformed'
  readonly drift?: readonly string[]
  readonly cutOff?: boolean
  readonly result?: 'gegevens' | 'geenGegevens' | 'nietBeschikbaar' | 'geweigerd'
  readonly quality?: 'A' | 'B' | 'C' | 'D'
}

export interface Row {
  readonly expect: Expectation
  readonly perform: (response: ServerResponse, good: Good) => void
}

const xml = 'text/xml; charset=utf-8'
const gigabyte = 2 ** 30

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** The right answer with its text changed; a change that changes nothing is a mistake here. */
export function bent(change: (text: string) => string): Row['perform'] {
  return (response, good) => {
    const right = good.write(good.group)
    const wrong = change(right)
    if (wrong === right) response.destroy(new Error('nothing to bend in this answer'))
    else send(response, 200, xml, wrong)
  }
}

const fixed =
  (status: number, type: string, body: string | Buffer): Row['perform'] =>
  response =>
    send(response, status, type, body)

const instead =
  (group: Group): Row['perform'] =>
  (response, good) =>
    send(response, 200, xml, good.write(group))

const notice = (code: string): Group => ({
  Code: [code],
  Tekst: ['Technische storing'],
  Bron: [{ DN: ['CN=UWVDossierInkomstenGSD'] }],
})

const faultDetail =
  '<fwi:Fout xmlns:fwi="http://bkwi.nl/SuwiML/FWI/v0205"><Code>FWI0002</Code><Tekst>Aanvraag niet ok' +
  '</Tekst><Bron><DN>CN=UWVDossierInkomstenGSD</DN></Bron></fwi:Fout>'

export const malformed = { fails: 'source-malformed' } as const
const unavailable = { fails: 'source-unavailable' } as const
export const drifted = (...drift: readonly string[]): Expectation => ({ ...malformed, drift })

export const behaviours = {
  normaal: {
    expect: { result: 'gegevens', quality: 'A' },
    perform: (response, good) => send(response, 200, xml, good.write(good.group)),
  },

  // another message than agreed
  'extra-velden': {
    expect: drifted('Nationaliteit'),
    perform: bent(text =>
      text.replace('</ClientSuwi>', '<Nationaliteit>0001</Nationaliteit></ClientSuwi>'),
    ),
  },
  'extra-velden-diep': {
    expect: drifted('Huisletter'),
    perform: bent(text =>
      text.replaceAll('</Straatadres>', '<Huisletter>A</Huisletter></Straatadres>'),
    ),
  },
  'extra-attribuut': {
    expect: drifted('@nil'),
    perform: bent(text =>
      text.replace(
        '<DatBIkv>',
        '<DatBIkv xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false">',
      ),
    ),
  },
  'hernoemd-veld': {
    expect: drifted('BrutoloonSv'),
    perform: bent(text => text.replaceAll('BedrBrutoloonSv>', 'BrutoloonSv>')),
  },
  'naam-met-nummer': {
    expect: drifted('(onleesbaar)'),
    perform: bent(text => text.replace('</ClientSuwi>', '<P999990160/></ClientSuwi>')),
  },
  'verkeerde-namespace': {
    expect: drifted('{*}ClientSuwi', '{*}PeriodeGegevensleveringIko'),
    perform: bent(text =>
      text
        .replaceAll('u:UWVPersoonsIkvInfoResponse', 'UWVPersoonsIkvInfoResponse')
        .replace('xmlns:u=', 'xmlns='),
    ),
  },
  'valse-bsn': {
    expect: drifted('{*}Burgerservicenr'),
    perform: bent(text =>
      text.replace(
        '</Burgerservicenr>',
        '</Burgerservicenr><x:Burgerservicenr xmlns:x="urn:x">999990160</x:Burgerservicenr>',
      ),
    ),
  },
  'verkeerde-volgorde': {
    expect: malformed,
    perform: bent(text =>
      text.replace(/(<DatBIko>\d+<\/DatBIko>)(<DatEIko>\d+<\/DatEIko>)/, '$2$1'),
    ),
  },
  'andere-munt': { expect: malformed, perform: bent(text => text.replace('>EUR<', '>USD<')) },
  'onmogelijke-dag': {
    expect: malformed,
    perform: bent(text => text.replace(/<DatBIko>\d{4}\d{4}/, '<DatBIko>20230230')),
  },
  'andere-versie': {
    expect: malformed,
    perform: bent(text =>
      text.replace('UWVDossierInkomstenGSD/v0200', 'UWVDossierInkomstenGSD/v0300'),
    ),
  },

  // about someone else, or about another question
  'andere-persoon': {
    expect: malformed,
    perform: bent(text => text.replace(/<Burgerservicenr>\d{9}/, '<Burgerservicenr>999990160')),
  },
  'dubbele-client': {
    expect: malformed,
    perform: bent(text => text.replace(/<ClientSuwi>.*<\/ClientSuwi>/s, client => client + client)),
  },
  'verkeerde-relatie': {
    expect: malformed,
    perform: (response, good) =>
      send(response, 200, xml, good.write(good.group, `urn:uuid:${crypto.randomUUID()}`)),
  },

  // not a message at all
  rommel: {
    expect: malformed,
    perform: fixed(
      200,
      xml,
      Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 31) % 256)),
    ),
  },
  half: { expect: malformed, perform: bent(text => text.slice(0, text.length / 2)) },
  leeg: { expect: malformed, perform: fixed(200, xml, '') },
  'html-200': {
    expect: malformed,
    perform: fixed(200, 'text/html; charset=utf-8', '<html><body>Onderhoud</body></html>'),
  },
  'verkeerde-soort': {
    expect: malformed,
    perform: (response, good) => send(response, 200, 'text/html', good.write(good.group)),
  },
  'verkeerde-tekenset': {
    expect: malformed,
    perform: (response, good) =>
      send(
        response,
        200,
        'text/xml; charset=iso-8859-1',
        Buffer.from(good.write(good.group), 'latin1'),
      ),
  },
  'kapotte-utf8': {
    expect: malformed,
    perform: (response, good) =>
      send(
        response,
        200,
        xml,
        Buffer.concat([Buffer.from(good.write(good.group)), Buffer.from([0xc3, 0x28])]),
      ),
  },
  gecomprimeerd: {
    expect: malformed,
    perform: (response, good) => {
      response.writeHead(200, { 'content-type': xml, 'content-encoding': 'gzip' })
      response.end(gzipSync(good.write(good.group)))
    },
  },
  'doctype-bom': {
    expect: malformed,
    perform: bent(text =>
      text.replace(
        '?>',
        `?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'.replace(/./g, name => `<!ENTITY ${name} "${'&a;'.repeat(10)}">`)}]>`,
      ),
    ),
  },
  'onbekende-entiteit': {
    expect: malformed,
    perform: bent(text => text.replace('>EUR<', '>&euro;<')),
  },
  gigabyte: {
    expect: malformed,
    perform: response => flood(response.writeHead(200, { 'content-type': xml }), 0),
  },

  // an answer without data
  'soap-fout': {
    expect: { fails: 'source-refused' },
    perform: (response, good) => send(response, 500, xml, good.fault('s:Client', faultDetail)),
  },
  'soap-fout-leeg': {
    expect: unavailable,
    perform: (response, good) => send(response, 500, xml, good.fault('s:Server-SUWIML-0000', '')),
  },
  'fwi-fout': { expect: unavailable, perform: instead({ FWI: [{ Fout: [notice('FWI0001')] }] }) },
  'fwi-fout-met-gegevens': {
    expect: unavailable,
    perform: (response, good) =>
      send(response, 200, xml, good.write({ ...good.group, FWI: [{ Fout: [notice('FWI0001')] }] })),
  },
  waarschuwing: {
    expect: { result: 'gegevens', quality: 'C' },
    perform: (response, good) =>
      send(
        response,
        200,
        xml,
        good.write({ ...good.group, FWI: [{ Waarschuwing: [notice('FWI0003')] }] }),
      ),
  },
  'waarschuwing-alleen': {
    expect: { result: 'nietBeschikbaar' },
    perform: instead({ FWI: [{ Waarschuwing: [notice('FWI0003')] }] }),
  },
  'niets-gevonden': {
    expect: { result: 'geenGegevens' },
    perform: instead({ NietsGevonden: [''] }),
  },
  'niets-gevonden-tekst': {
    expect: { result: 'geenGegevens' },
    perform: instead({ NietsGevonden: ['Niet gevonden'] }),
  },
  'niet-gerechtigd': {
    expect: { result: 'geweigerd' },
    perform: instead({ NietGerechtigd: [''] }),
  },

  // no answer
  'html-502': {
    expect: unavailable,
    perform: fixed(502, 'text/html', '<html><body>Bad Gateway</body></html>'),
  },
  'fout-500': { expect: unavailable, perform: fixed(500, 'text/plain', 'Internal Server Error') },
  'te-druk': { expect: unavailable, perform: fixed(429, 'text/plain', 'later') },
  verboden: { expect: { fails: 'source-refused' }, perform: fixed(403, 'text/plain', 'verboden') },
  doorverwijzing: {
    expect: malformed,
    perform: response => response.writeHead(302, { location: 'https://localhost:1/' }).end(),
  },
  niets: { expect: unavailable, perform: response => response.destroy() },
  afgebroken: {
    expect: unavailable,
    perform: (response, good) => {
      const text = good.write(good.group)
      response.writeHead(200, { 'content-type': xml, 'content-length': Buffer.byteLength(text) })
      response.write(text.slice(0, text.length / 2), () => response.destroy())
    },
  },
  traag: {
    expect: { ...unavailable, cutOff: true },
    perform: (response, good) =>
      drip(response.writeHead(200, { 'content-type': xml }), good.write(good.group)),
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

/** A byte a second. */
function drip(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text)
  let at = 0
  const timer = setInterval(() => {
    response.write(bytes.subarray(at, at + 1))
    at += 1
    if (at === bytes.length) response.end()
  }, 1000)
  response.once('close', () => clearInterval(timer))
}
