// In which ways can Belgium go wrong on command? One row per behaviour, with what the adapter must make of it.
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** `drift`: names that the error must carry. `cutOff`: only the caller's time limit ends it. */
export interface Expectation {
  readonly fails?: 'source-unavailable' | 'source-refused' | 'source-malformed'
  readonly drift?: readonly string[]
  /** Seconds that the error must say to wait. */
  readonly retryAfter?: number
  readonly cutOff?: boolean
  /** `volgt`: however often it is asked. */
  readonly result?: 'gegevens' | 'geenGegevens' | 'nietBeschikbaar' | 'geweigerd' | 'volgt'
  readonly quality?: 'A' | 'B' | 'C' | 'D'
}

/** The right answer to this message, and what the source may do besides answering. */
export interface Good {
  readonly status: 200 | 202 | 410
  readonly text: string
  /** Loses every question it took, and behaves from now on. */
  readonly forget: () => void
  /** The same question, not ready yet. */
  readonly busy: string
}

export interface Row {
  readonly expect: Expectation
  /** On which of the two messages it goes wrong; the other is answered right. */
  readonly at: 'vraag' | 'navraag'
  readonly perform: (response: ServerResponse, good: Good) => void
}

const xml = 'application/xml; charset=utf-8'
const gigabyte = 2 ** 30

export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  more: Readonly<Record<string, string>> = {},
): void {
  const length = { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { 'content-type': type, ...length, ...more }).end(body)
}

/** The right answer with its text changed; a change that changes nothing is a mistake here. */
function bent(change: (text: string) => string): Row['perform'] {
  return (response, { status, text }) => {
    const wrong = change(text)
    if (wrong === text) response.destroy(new Error('nothing to bend in this answer'))
    else send(response, status, xml, wrong)
  }
}

const fixed =
  (
    status: number,
    type: string,
    body: string | Buffer,
    more?: Readonly<Record<string, string>>,
  ): Row['perform'] =>
  response =>
    send(response, status, type, body, more)

/** What stands between the origin and the end is another outcome. */
const outcome = (element: string) =>
  bent(text => text.replace(/(?<=<\/Herkomst>).*(?=<\/Uitslag>)/s, `<${element}/>`))

const malformed = { fails: 'source-malformed' } as const
const unavailable = { fails: 'source-unavailable' } as const
const drifted = (...drift: readonly string[]): Expectation => ({ ...malformed, drift })

const answer = (expect: Expectation, perform: Row['perform']): Row => ({
  at: 'navraag',
  expect,
  perform,
})
const receipt = (expect: Expectation, perform: Row['perform']): Row => ({
  at: 'vraag',
  expect,
  perform,
})

const right: Row['perform'] = (response, { status, text }) => send(response, status, xml, text)
const entities = 'bcdefghij'.replace(/./g, name => `<!ENTITY ${name} "${'&a;'.repeat(10)}">`)

export const behaviours = {
  normaal: answer({ result: 'gegevens', quality: 'A' }, right),

  // it takes its time, or loses what it took
  'nooit-klaar': answer({ result: 'volgt' }, (response, { busy }) =>
    send(response, 200, xml, busy),
  ),
  vergeten: answer({ result: 'gegevens' }, (response, { forget }) => {
    forget()
    send(response, 410, 'text/plain', 'onbekend kenmerk')
  }),

  // another message than agreed
  'extra-velden': answer(
    drifted('Nationaliteit'),
    bent(text => text.replace('</Herkomst>', '</Herkomst><Nationaliteit>BE</Nationaliteit>')),
  ),
  'extra-velden-diep': answer(
    drifted('Werkgever'),
    bent(text => text.replace('<Instelling>', '<Werkgever>Verzonnen</Werkgever><Instelling>')),
  ),
  'extra-attribuut': answer(
    drifted('@soort'),
    bent(text => text.replace('<Herkomst>', '<Herkomst soort="x">')),
  ),
  'hernoemd-veld': answer(
    drifted('Eurocenten'),
    bent(text => text.replaceAll('Centen>', 'Eurocenten>')),
  ),
  'naam-met-nummer': answer(
    drifted('(onleesbaar)'),
    bent(text => text.replace('</Herkomst>', '</Herkomst><P999990160/>')),
  ),
  'verkeerde-namespace': answer(
    malformed,
    bent(text => text.replace('urn:nld:sluis:ksz:v1', 'urn:nld:sluis:ksz:v2')),
  ),
  'valse-bsn': answer(
    drifted('{*}Bsn'),
    bent(text => text.replace('</Bsn>', '</Bsn><x:Bsn xmlns:x="urn:x">999990160</x:Bsn>')),
  ),
  'verkeerde-volgorde': answer(
    malformed,
    bent(text => text.replace(/(<Insz>\d+<\/Insz>)(<Bsn>\d+<\/Bsn>)/, '$2$1')),
  ),
  'dubbel-veld': answer(
    malformed,
    bent(text => text.replace(/(<Insz>\d+<\/Insz>)/, '$1$1')),
  ),
  'ontbrekend-veld': answer(
    malformed,
    bent(text => text.replace(/<VolledigTotEnMet>.*<\/VolledigTotEnMet>/, '')),
  ),
  'twee-uitslagen': answer(
    malformed,
    bent(text => text.replace('</Uitslag>', '<GeenGegevens/></Uitslag>')),
  ),
  'geen-uitslag': answer(
    malformed,
    bent(text => text.replace(/<\/Herkomst>.*<\/Uitslag>/s, '</Herkomst></Uitslag>')),
  ),
  'andere-dienst': answer(
    malformed,
    bent(text => text.replace(/<Inkomsten>.*<\/Inkomsten>/s, '<Werkloosheid/>')),
  ),
  'andere-munt': answer(
    malformed,
    bent(text => text.replace('>EUR<', '>USD<')),
  ),
  'negatief-bedrag': answer(
    malformed,
    bent(text => text.replace('<Centen>', '<Centen>-')),
  ),
  'onmogelijke-dag': answer(
    malformed,
    bent(text => text.replace(/<Van>\d{4}-\d\d-\d\d/, '<Van>2026-02-30')),
  ),
  'einde-voor-begin': answer(
    malformed,
    bent(text => text.replace(/<TotEnMet>\d{4}/, '<TotEnMet>1990')),
  ),
  'onbekende-twijfel': answer(
    malformed,
    bent(text =>
      text.replace(
        '</Herkomst>',
        '<InOnderzoek><Veld>adres</Veld><Sinds>2026-01-01</Sinds></InOnderzoek></Herkomst>',
      ),
    ),
  ),

  // about someone else, or about another question
  'andere-persoon': answer(
    malformed,
    bent(text => text.replace(/<Insz>\d+/, '<Insz>93051822361')),
  ),
  'andere-bsn': answer(
    malformed,
    bent(text => text.replace(/<Bsn>\d+/, '<Bsn>999993549')),
  ),
  'ander-kenmerk': answer(
    malformed,
    bent(text => text.replace(/<Kenmerk>[^<]+/, '<Kenmerk>een-ander')),
  ),
  'andere-transactie': receipt(
    malformed,
    bent(text => text.replace(/<Transactie>[^<]+/, `<Transactie>${crypto.randomUUID()}`)),
  ),

  // a receipt that is none
  'ontvangst-zonder-kenmerk': receipt(
    malformed,
    bent(text => text.replace(/<Kenmerk>.*<\/Kenmerk>/, '')),
  ),
  'ontvangst-eindeloos': receipt(
    malformed,
    bent(text => text.replace(/<OpnieuwNa>\d+/, '<OpnieuwNa>99999999')),
  ),
  'ontvangst-extra': receipt(
    drifted('Prioriteit'),
    bent(text => text.replace('</Ontvangst>', '<Prioriteit>1</Prioriteit></Ontvangst>')),
  ),
  'direct-antwoord': receipt(malformed, (response, { text }) => send(response, 200, xml, text)),

  // not a message at all
  rommel: answer(
    malformed,
    fixed(200, xml, Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 31) % 256))),
  ),
  half: answer(
    malformed,
    bent(text => text.slice(0, text.length / 2)),
  ),
  leeg: answer(malformed, fixed(200, xml, '')),
  'html-200': answer(
    malformed,
    fixed(200, 'text/html; charset=utf-8', '<html><body>Onderhoud</body></html>'),
  ),
  'verkeerde-tekenset': answer(malformed, (response, { text }) =>
    send(response, 200, 'application/xml; charset=iso-8859-1', Buffer.from(text, 'latin1')),
  ),
  'andere-verklaring': answer(
    malformed,
    bent(text => text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')),
  ),
  'kapotte-utf8': answer(malformed, (response, { text }) =>
    send(response, 200, xml, Buffer.concat([Buffer.from(text), Buffer.from([0xc3, 0x28])])),
  ),
  gecomprimeerd: answer(malformed, (response, { text }) =>
    send(response, 200, xml, gzipSync(text), { 'content-encoding': 'gzip' }),
  ),
  'doctype-bom': answer(
    malformed,
    bent(text => text.replace('?>', `?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${entities}]>`)),
  ),
  'doctype-bestand': answer(
    malformed,
    bent(text => text.replace('?>', '?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')),
  ),
  'onbekende-entiteit': answer(
    malformed,
    bent(text => text.replace('>EUR<', '>&euro;<')),
  ),
  gigabyte: answer(malformed, response =>
    flood(response.writeHead(200, { 'content-type': xml }), 0),
  ),

  // an answer without data
  'geen-gegevens': answer({ result: 'geenGegevens' }, outcome('GeenGegevens')),
  'niet-beschikbaar': answer({ result: 'nietBeschikbaar' }, outcome('NietBeschikbaar')),
  geweigerd: answer({ result: 'geweigerd' }, outcome('Geweigerd')),
  waarschuwing: answer(
    { result: 'gegevens', quality: 'C' },
    bent(text => text.replace('<Kwaliteit>A', '<Kwaliteit>C')),
  ),

  // no answer
  'html-502': answer(unavailable, fixed(502, 'text/html', '<html><body>Bad Gateway</body></html>')),
  'fout-500': answer(unavailable, fixed(500, xml, '<x/>')),
  'te-druk': receipt(
    { ...unavailable, retryAfter: 120 },
    fixed(429, 'text/plain', 'later', { 'retry-after': '120' }),
  ),
  onderhoud: answer(
    { ...unavailable, retryAfter: 3600 },
    fixed(503, 'text/plain', 'later', { 'retry-after': '3600' }),
  ),
  'onleesbaar-later': answer(
    unavailable,
    fixed(503, 'text/plain', 'later', { 'retry-after': 'straks' }),
  ),
  verboden: receipt({ fails: 'source-refused' }, fixed(403, 'text/plain', 'verboden')),
  'verboden-navraag': answer({ fails: 'source-refused' }, fixed(403, 'text/plain', 'verboden')),
  doorverwijzing: answer(malformed, response =>
    response.writeHead(302, { location: 'https://localhost:1/' }).end(),
  ),
  niets: answer(unavailable, response => response.destroy()),
  afgebroken: answer(unavailable, (response, { text }) => {
    response.writeHead(200, { 'content-type': xml, 'content-length': Buffer.byteLength(text) })
    response.write(text.slice(0, text.length / 2), () => response.destroy())
  }),
  traag: answer({ ...unavailable, cutOff: true }, (response, { text }) =>
    drip(response.writeHead(200, { 'content-type': xml }), text),
  ),
  stil: receipt({ ...unavailable, cutOff: true }, () => {}),
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
