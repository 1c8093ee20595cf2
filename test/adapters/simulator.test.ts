import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { adapter as echoAdapter } from '../../adapters/echo/adapter.ts'
import { startSimulator as startEcho } from '../../adapters/echo/simulator.ts'
import { adapter as kszAdapter } from '../../adapters/ksz/adapter.ts'
import { startSimulator as startKsz } from '../../adapters/ksz/simulator.ts'
import { adapter as svbAdapter } from '../../adapters/svb/adapter.ts'
import { startSimulator as startSvb } from '../../adapters/svb/simulator.ts'
import { adapter as uwvAdapter } from '../../adapters/uwv/adapter.ts'
import { startSimulator as startUwv } from '../../adapters/uwv/simulator.ts'
import { presented, testPki } from '../support/pki.ts'
import { clock, noLines, server } from './bench.ts'

/** What the simulated SVB refuses to do without; the others look at the body alone. */
const mandatory: Readonly<Record<string, string>> = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'sluis-transactie': '0198c0de-0000-7000-8000-000000000001',
  'sluis-ontvanger': '00000099000000001000',
  'sluis-doel': 'bijstand-samenloop-svb',
}
const svbQuestion: Readonly<Record<string, unknown>> = {
  persoon: '999990019',
  velden: ['ontvangtSvbUitkering'],
  periode: { van: '2026-01-01', totEnMet: '2026-01-31' },
  grondslagen: [{ id: 'suwi-62-1', regeling: 'Wet SUWI', artikel: '62, eerste lid' }],
}

const kszQuestion =
  '<Vraag xmlns="urn:nld:sluis:ksz:v1"><Dienst>ksz-inkomsten</Dienst>' +
  '<Persoon><Insz>85073003328</Insz><Bsn>999990019</Bsn></Persoon>' +
  '<Periode><Van>2026-01-01</Van><TotEnMet>2026-01-31</TotEnMet></Periode><Veld>x</Veld>' +
  '<Grondslag><Id>a</Id><Regeling>b</Regeling><Artikel>c</Artikel></Grondslag></Vraag>'

const pki = await testPki()
const ca = readFileSync(join(pki, 'ca.pem'))

interface Wish {
  readonly client?: string
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

function call(
  url: string,
  { client = 'gateway', method = 'POST', body = '', headers = mandatory }: Wish = {},
) {
  const shown = client === '' ? {} : presented(pki, client)
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(url, { method, ca, ...shown, headers, agent: false }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', part => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const start = { uwv: startUwv, svb: startSvb, ksz: startKsz, echo: startEcho }
const question = {
  uwv: '<x/>',
  svb: JSON.stringify(svbQuestion),
  ksz: kszQuestion,
  echo: '{"transactie":"t","persoon":"999990019","van":"2026-01-01","totEnMet":"2026-01-31"}',
}

for (const name of ['uwv', 'svb', 'ksz', 'echo'] as const) {
  describe(`the simulated ${name}`, () => {
    it('hears only clients whose certificate has its chain', async () => {
      await using simulator = await start[name]({ ...server(name), port: 0 })
      assert.notEqual((await call(simulator.url, { body: question[name] })).status, 0)
      await assert.rejects(call(simulator.url, { client: '' }))
      await assert.rejects(call(simulator.url, { client: 'vreemd' }))
      await assert.rejects(call(simulator.url, { client: 'verlopen' }))
      assert.equal(simulator.requests(), 1)
    })

    it('can be told to hear one party alone', async () => {
      const requireOin = '00000099000000010000'
      await using simulator = await start[name]({ ...server(name), port: 0, requireOin })
      const strange = await call(simulator.url, { client: 'toeslagen', body: question[name] })
      assert.equal(strange.status, 403)
      assert.notEqual((await call(simulator.url, { body: question[name] })).status, 403)
    })

    it('misbehaves on command while it runs, and stops on command', async () => {
      await using simulator = await start[name]({ ...server(name), port: 0 })
      const control = new URL('/_gedrag', simulator.url).href
      const tell = (gedrag: string) => call(control, { body: JSON.stringify({ gedrag }) })
      assert.equal((await tell('te-druk')).status, 204)
      const good = name === 'uwv' ? uwvQuestion : question[name]
      assert.equal((await call(simulator.url, { body: good })).status, 429)
      assert.equal((await tell('normaal')).status, 204)
      assert.equal((await call(simulator.url, { body: good })).status, name === 'ksz' ? 202 : 200)
      const unknown = await tell('onbekend')
      assert.equal(unknown.status, 400)
      assert.match(unknown.text, /extra-velden/)
      assert.equal((await call(control, { body: '{"gedrag":1}' })).status, 400)
      assert.equal(simulator.requests(), 2)
    })

    it('refuses a question that does not fit', async () => {
      await using simulator = await start[name]({ ...server(name), port: 0 })
      const { status } = await call(simulator.url, { body: name === 'uwv' ? '<x/>' : '{"a":1}' })
      assert.equal(status, name === 'uwv' ? 500 : 400)
      assert.equal((await call(`${simulator.url}/elders`)).status, 404)
    })
  })
}

const uwvQuestion =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
  '<u:UWVPersoonsIkvInfo xmlns:u="http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200">' +
  '<Burgerservicenr>999990019</Burgerservicenr></u:UWVPersoonsIkvInfo></s:Body></s:Envelope>'

describe('the simulated SVB refuses what it could not check afterwards', () => {
  const without = (of: Readonly<Record<string, unknown>>, name: string) =>
    Object.fromEntries(Object.entries(of).filter(([each]) => each !== name))
  const rows: [string, Wish, readonly string[]][] = [
    ...Object.keys(mandatory).map((name): (typeof rows)[number] => [
      `without ${name}`,
      { headers: without(mandatory, name) as Record<string, string> },
      [name],
    ]),
    ...Object.keys(svbQuestion).map((name): (typeof rows)[number] => [
      `without ${name}`,
      { body: JSON.stringify(without(svbQuestion, name)) },
      [name],
    ]),
    ['with no field', { body: JSON.stringify({ ...svbQuestion, velden: [] }) }, ['velden']],
    [
      'with no basis',
      { body: JSON.stringify({ ...svbQuestion, grondslagen: [] }) },
      ['grondslagen'],
    ],
    [
      'with an employee',
      { body: JSON.stringify({ ...svbQuestion, medewerker: 'u' }) },
      ['(onbekend)'],
    ],
    ['with a case', { body: JSON.stringify({ ...svbQuestion, zaak: 'z' }) }, ['(onbekend)']],
    [
      'for a principal that is none',
      { headers: { ...mandatory, 'sluis-namens': 'x' } },
      ['sluis-namens'],
    ],
    ['that is no JSON', { body: '{' }, Object.keys(svbQuestion)],
  ]
  for (const [what, wish, fouten] of rows) {
    it(`a question ${what}`, async () => {
      await using simulator = await startSvb({ ...server('svb'), port: 0 })
      const refused = await call(simulator.url, { body: question.svb, ...wish })
      assert.equal(refused.status, 400)
      assert.deepEqual(JSON.parse(refused.text).fouten, fouten)
      assert.doesNotMatch(refused.text, /999990019/)
    })
  }

  it('a question with a principal is taken', async () => {
    await using simulator = await startSvb({ ...server('svb'), port: 0 })
    const headers = { ...mandatory, 'sluis-namens': '00000099000000002000' }
    assert.equal((await call(simulator.url, { body: question.svb, headers })).status, 200)
  })
})

describe('what a source is told', () => {
  const exchange = {
    transactie: '0198c0de-0000-7000-8000-000000000001',
    trace: {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'congo=t61rcWkgMzE',
    },
    ontvanger: '00000099000000003000',
    namens: '00000099000000002000',
    doel: { id: 'bijstand-recht-en-hoogte', omschrijving: 'Omschrijving met een ë' },
    grondslagen: [{ id: 'suwi-62-1', regeling: 'Wet SUWI', artikel: '62, eerste lid' }],
    gegevensset: 'uwv-inkomstenverhoudingen',
    betrokkene: { soort: 'bsn', waarde: '999990019' },
    buitenlands: { land: 'BE', soort: 'insz', waarde: '85073003328' },
    velden: ['loonSv'],
    periode: { van: '2026-07-01', totEnMet: '2026-09-30' },
    peildatum: '2026-09-30',
  } as const

  for (const adapter of [uwvAdapter, svbAdapter, kszAdapter, echoAdapter]) {
    it(`${adapter.name} sends transaction, trace, receiver, principal and purpose as headers`, async () => {
      let headers: Readonly<Record<string, string>> = {}
      const settings = { url: 'https://bron.invalid/', oin: '00000099000000004000' }
      const source: Answering = await adapter.connect(settings, {
        clock,
        lines: noLines,
        request: async call => {
          headers = call.headers ?? {}
          return { status: 503, headers: {}, body: Buffer.alloc(0) }
        },
      })
      await assert.rejects(source.answer(exchange, AbortSignal.timeout(1_000)))
      assert.equal(headers['sluis-transactie'], exchange.transactie)
      assert.equal(headers.traceparent, exchange.trace.traceparent)
      assert.equal(headers.tracestate, exchange.trace.tracestate)
      assert.equal(headers['sluis-ontvanger'], exchange.ontvanger)
      assert.equal(headers['sluis-namens'], exchange.namens)
      assert.equal(headers['sluis-doel'], exchange.doel.id)
      assert.doesNotMatch(JSON.stringify(headers), /999990019/)
    })

    it(`${adapter.name} refuses a question about something else than a person`, async () => {
      const settings = { url: 'https://bron.invalid/', oin: '00000099000000004000' }
      const { betrokkene: _, ...without } = exchange
      const source: Answering = await adapter.connect(settings, {
        clock,
        lines: noLines,
        request: async () => assert.fail('the source was asked'),
      })
      await assert.rejects(source.answer(without, AbortSignal.timeout(1_000)), {
        code: 'source-refused',
      })
    })
  }

  it('SOAPAction is two quotes unless the settings say otherwise', async () => {
    const sent: (string | undefined)[] = []
    for (const soapAction of [undefined, '', 'urn:x']) {
      const source: Answering = await uwvAdapter.connect(
        {
          url: 'https://bron.invalid/',
          oin: 'x',
          ...(soapAction === undefined ? {} : { soapAction }),
        },
        {
          clock,
          lines: noLines,
          request: async call => {
            sent.push(call.headers?.soapaction)
            return { status: 503, headers: {}, body: Buffer.alloc(0) }
          },
        },
      )
      await assert.rejects(source.answer(exchange, AbortSignal.timeout(1_000)))
    }
    assert.deepEqual(sent, ['""', '', 'urn:x'])
  })
})

interface Answering {
  answer(exchange: object, signal: AbortSignal): Promise<unknown>
}
