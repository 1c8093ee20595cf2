// Does the running server keep the description and the rules that only a server can show? Every path,
// method and error of openapi.json, asked of the real listeners.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withDemoKeys } from '../../demo/keys.ts'
import type { Rooms } from '../../gateway/exchange.ts'
import { limits } from '../../gateway/message/limits.ts'
import { resume } from '../../gateway/resume.ts'
import { goodLine } from '../delivery/bulk-gateway.ts'
import { bulkLaw, exchange, sender } from '../delivery/bulk-law.ts'
import { signed, waiting } from '../support/approval.ts'
import {
  assertHeaders,
  assertProblem,
  check,
  document,
  type Json,
  operations,
  type Reply,
  responsesOf,
} from '../support/description.ts'
import { removeTree } from '../support/directory.ts'
import {
  type Answer,
  type Ask,
  clientAgent,
  goodBody,
  send,
  type TestGateway,
  testGateway,
} from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import { transactionOf } from '../support/log.ts'
import { handOver, withSupply } from '../support/messages.ts'
import { openRuleset } from '../support/spectral.ts'

const client = 'gemeente-waterstad'
const other = 'gemeente-dijkdorp'
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

const requests = '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken'

/** The address of a request that was just accepted. */
async function accepted(gateway: TestGateway, headers = {}): Promise<string> {
  const answer = await gateway.ask(client, {
    path: requests,
    body: goodBody(),
    headers: { 'Content-Type': 'application/json', ...headers },
  })
  assert.equal(answer.status, 202, answer.text)
  return String(answer.headers.location)
}

/** The address of a request whose answer waits. */
async function ready(gateway: TestGateway): Promise<string> {
  const path = await accepted(gateway)
  const { rooms } = gateway.demo.serving.house
  for (let tries = 0; tries < 1_000; tries++) {
    await resume(path.split('/').at(-1) ?? '', rooms, new AbortController().signal)
    const { text } = await gateway.ask(client, { path })
    if (JSON.parse(text).staat === 'gereed') return path
  }
  throw new Error('no answer came')
}

async function withdrawn(gateway: TestGateway): Promise<string> {
  const path = await accepted(gateway)
  assert.equal((await gateway.ask(client, { method: 'DELETE', path })).status, 200)
  return path
}

const files = `/v1/uitwisselingen/${exchange}/leveringen`

function fileOf(text: string, more: Record<string, string> = {}): Omit<Ask, 'path'> {
  return { body: text, headers: { 'Content-Type': 'application/x-ndjson', ...more } }
}

let keys = 0

/** The address of a file that was handed in, or the first part of it. */
async function handedIn(gateway: TestGateway, range?: string): Promise<string> {
  const key = `bestand-${++keys}`
  const more = { 'Idempotency-Key': key, ...(range && { 'Content-Range': range }) }
  const text = range ? '{}' : goodLine(1)
  const answer = await gateway.ask(sender, { ...fileOf(text, more), path: files })
  assert.equal(answer.status, 202, answer.text)
  return String(answer.headers.location)
}

/** The one that `keurGoed` approves first, and is then about again. */
let waits: ReturnType<typeof waiting> | undefined

type Waiting = Awaited<ReturnType<typeof waiting>>

function approval(gateway: TestGateway, { place, ...about }: Waiting): Ask {
  const verklaring = signed(gateway, 'g-waterstad-1', about)
  return { path: `${place}/goedkeuringen`, body: { verklaring } }
}

/** A call that succeeds, by the name of its operation. */
type Good = (gateway: TestGateway) => Promise<Ask> | Ask
const good: Readonly<Record<string, Good>> = {
  zoek: () => ({
    path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek',
    body: goodBody(),
  }),
  dienVerzoekIn: () => ({ path: requests, body: goodBody() }),
  volgVerzoek: async gateway => ({ path: await accepted(gateway) }),
  trekVerzoekIn: async gateway => ({ method: 'DELETE', path: await accepted(gateway) }),
  keurGoed: async gateway => {
    waits ??= waiting(gateway, 'goed')
    return approval(gateway, await waits)
  },
  haalAntwoordOp: async gateway => ({ path: `${await ready(gateway)}/antwoord` }),
  bevestigOntvangst: async gateway => confirmation(await ready(gateway)),
  zoekBerichten: () => ({ path: '/v1/berichten/_zoek', body: {} }),
  haalBerichtenOp: async gateway => {
    await waitingMessage(gateway)
    return { path: '/v1/berichten/_ophalen', body: { aantal: 1 } }
  },
  bevestigBerichten: async gateway => ({
    path: '/v1/berichten/_bevestig',
    body: { berichten: [await takenMessage(gateway)] },
  }),
  volgBericht: async gateway => ({ path: `/v1/berichten/${await waitingMessage(gateway)}` }),
  haalBerichtOp: async gateway => content(await waitingMessage(gateway)),
  bevestigBericht: async gateway => receivedMessage(await takenMessage(gateway)),
  beoordeelBericht: async gateway => judgement(await takenMessage(gateway)),
  leverAan: () => ({ ...fileOf('{}'), path: files }),
  volgLevering: async gateway => ({ path: await handedIn(gateway) }),
  leesVerslag: async gateway => ({ path: `${await handedIn(gateway)}/verslag` }),
  vervolgLevering: async gateway => ({
    ...fileOf('{}\n{}'),
    path: `${await handedIn(gateway, 'regels 1-1/2')}/vervolg`,
  }),
  registreerZaak: () => ({
    path: '/v1/zaken',
    body: { zaak: 'vastgelegd', betrokkenen: [{ betrokkene: goodBody().betrokkene, rol: 'kind' }] },
  }),
  zoekVerstrekkingen: () => ({ path: '/v1/verstrekkingen/_zoek', body: {} }),
  verbeterGegeven: () => ({ path: '/v1/correcties', body: correction() }),
  meldTwijfel: async gateway => ({
    path: '/v1/terugmeldingen',
    body: {
      transactie: transactionOf(await gateway.query(client, {})),
      veld: 'heeftInkomstenverhouding',
      reden: 'andere-bron',
    },
  }),
  volgTerugmelding: async gateway => {
    const reported = await good.meldTwijfel?.(gateway)
    assert.ok(reported)
    const answer = await gateway.ask(client, reported)
    assert.equal(answer.status, 201, answer.text)
    return { path: String(answer.headers.location) }
  },
  leesBevoegdheden: () => ({ path: '/v1/bevoegdheden' }),
  leesVerwerkingen: () => ({
    path: '/v1/processing-activities',
    body: { traceId: '0af7651916cd43dd8448eb211c80319c' },
  }),
  leesBewijs: async gateway => ({
    path: `/v1/bewijzen/${transactionOf(await gateway.query(client, {}))}`,
  }),
}

const correction = (waarde: number | null = 100_000) => ({
  betrokkene: goodBody().betrokkene,
  veld: 'loonSv',
  waarde,
  reden: 'onjuist',
})

const content = (bericht: string): Ask => ({ path: `/v1/berichten/${bericht}/inhoud` })
const judgement = (bericht: string): Ask => ({
  path: `/v1/berichten/${bericht}/beoordeling`,
  body: { staat: 'signaal' },
})
const receivedMessage = (bericht: string): Ask => ({
  method: 'POST',
  path: `/v1/berichten/${bericht}/ontvangstbevestiging`,
})

/** Messages are of a law with a supply; that one decides at a port of its own. */
let supply: { readonly rooms: Rooms; readonly port: number } | undefined

async function waitingMessage(_gateway: TestGateway): Promise<string> {
  assert.ok(supply)
  return await handOver(supply.rooms)
}

async function takenMessage(gateway: TestGateway): Promise<string> {
  const bericht = await waitingMessage(gateway)
  const agent = clientAgent(gateway.demo.pkiDir, client)
  const answer = await send(agent, supply?.port ?? 0, content(bericht))
  agent.destroy()
  assert.equal(answer.status, 200, answer.text)
  return bericht
}

const confirmation = (path: string): Ask => ({
  method: 'POST',
  path: `${path}/ontvangstbevestiging`,
})

interface Ports {
  /** Takes no request at all. */
  readonly full: number
  /** Fails where nobody expects it. */
  readonly broken: number
  /** Under the emergency brake. */
  readonly braked: number
  /** Takes files of no line at all. */
  readonly short: number
}

/** How an operation is brought to a status: another call, another caller, or another port. */
interface Way {
  /** In place of the call that succeeds. */
  readonly call?: Good
  readonly change?: (ask: Ask) => Ask
  readonly client?: string
  readonly port?: keyof Ports
  /** So often is the same asked, and the last answer counts. */
  readonly times?: number
  readonly source?: Parameters<TestGateway['demo']['uwv']['misbehave']>[0]
}
const body = (ask: Ask, change: Json): Ask => ({
  ...ask,
  body: { ...(ask.body as Json), ...change },
})
const headers = (ask: Ask, change: Record<string, string>): Ask => ({ ...ask, headers: change })
const many = Object.fromEntries(Array.from({ length: limits.headers }, (_, n) => [`x-${n}`, 'a']))

/** By status, and by operation where it differs. */
const ways: Readonly<Record<string, Way>> = {
  200: {},
  201: {},
  202: {},
  400: { change: ask => ({ ...ask, path: `${ask.path}?a=1` }) },
  401: { client: 'ingetrokken' },
  403: { change: ask => body(ask, { velden: ['nationaliteit'] }) },
  'registreerZaak 403': { change: ask => body(ask, { namens: '00000099000000002000' }) },
  'zoek 404': { change: ask => ({ ...ask, path: '/v1/uitwisselingen/bestaat-niet/_zoek' }) },
  'dienVerzoekIn 404': { change: ask => ({ ...ask, path: requests.replace('uwv', 'geen') }) },
  'leesBewijs 404': { client: other },
  'volgVerzoek 404': { client: other },
  'trekVerzoekIn 404': { client: other },
  'haalAntwoordOp 404': { client: other },
  'bevestigOntvangst 404': { client: other },
  'haalAntwoordOp 403': { port: 'braked' },
  'volgBericht 404': { client: other },
  'haalBerichtOp 404': { client: other },
  'bevestigBericht 404': { client: other },
  'beoordeelBericht 404': { client: other },
  'haalBerichtOp 403': { port: 'braked' },
  'haalBerichtOp 409': {
    call: async gateway => {
      const bericht = await takenMessage(gateway)
      assert.equal((await gateway.ask(client, receivedMessage(bericht))).status, 200)
      return content(bericht)
    },
  },
  'bevestigBericht 409': {
    call: async gateway => receivedMessage(await waitingMessage(gateway)),
  },
  'beoordeelBericht 409': { call: async gateway => judgement(await waitingMessage(gateway)) },
  'leverAan 403': { client },
  'leverAan 404': { change: ask => ({ ...ask, path: files.replace('proef', 'geen') }) },
  'leverAan 409': {
    call: () => ({ ...fileOf('{}', { 'Content-Range': 'regels 2-2/2' }), path: files }),
  },
  'leverAan 413': { port: 'short' },
  'volgLevering 404': { client: other },
  'leesVerslag 404': { client: other },
  'vervolgLevering 403': { port: 'braked' },
  'vervolgLevering 404': { client: other },
  'vervolgLevering 409': {
    call: async gateway => ({ ...fileOf('{"a":1}'), path: `${await handedIn(gateway)}/vervolg` }),
  },
  'vervolgLevering 413': { port: 'short' },
  'verbeterGegeven 202': { client: 'uwv' },
  'verbeterGegeven 404': { change: ask => body(ask, { uitwisseling: 'bestaat-niet' }) },
  'verbeterGegeven 409': {
    call: async gateway => {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'een' }
      const named = { path: '/v1/correcties', headers }
      assert.equal((await gateway.ask('uwv', { ...named, body: correction() })).status, 202)
      return { ...named, body: correction(null) }
    },
    client: 'uwv',
  },
  'meldTwijfel 403': { change: ask => body(ask, { veld: 'loonSv' }) },
  'meldTwijfel 404': { client: other },
  'volgTerugmelding 404': { client: other },
  405: { change: ask => ({ ...ask, method: 'PATCH' }) },
  406: { change: ask => headers(ask, { Accept: 'text/html' }) },
  'dienVerzoekIn 409': {
    call: async gateway => {
      await accepted(gateway, { 'Idempotency-Key': 'een' })
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': 'een' }
      return { path: requests, body: goodBody(), headers }
    },
  },
  'keurGoed 403': {
    call: async gateway => {
      const one = await waiting(gateway, 'anders')
      return approval(gateway, { ...one, inhoud: 'A'.repeat(43) })
    },
  },
  'keurGoed 404': { client: other },
  'keurGoed 409': {},
  'trekVerzoekIn 409': {
    call: async gateway => {
      const path = await ready(gateway)
      assert.equal((await gateway.ask(client, confirmation(path))).status, 200)
      return { method: 'DELETE', path }
    },
  },
  'haalAntwoordOp 409': {
    call: async gateway => ({ path: `${await withdrawn(gateway)}/antwoord` }),
  },
  'bevestigOntvangst 409': { call: async gateway => confirmation(await withdrawn(gateway)) },
  413: { change: ask => body(ask, { zaak: 'a'.repeat(limits.bodyBytes) }) },
  415: { change: ask => headers({ body: 'x', ...ask }, { 'Content-Type': 'text/plain' }) },
  429: { times: 6 },
  431: { change: ask => headers(ask, many) },
  500: { port: 'broken' },
  502: { source: 'rommel' },
  503: { port: 'full' },
}
const wayTo = (operation: string, status: string) => ways[`${operation} ${status}`] ?? ways[status]

test('every answer of the description is given as it is described', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-antwoorden-'))
  t.after(() => removeTree(dir))
  const gateway = await testGateway(t, 'postgres', { SLUIS_POLICY_DIR: bulkLaw(dir) })
  const { uwv, ksz, pkiDir, serving } = gateway.demo
  await withDemoKeys(dir, pkiDir, dir)
  await serving.reload()
  ksz.delay(0)
  const { revocation } = serving.house.rooms
  const failing = {
    ...revocation,
    check() {
      throw new TypeError('999990019 is not a function')
    },
  }
  const supplied = await withSupply(serving.house.rooms)
  const braked = await withSupply(serving.house.rooms, { noodrem: ['alles'] })
  supply = { rooms: supplied, port: (await listenBeside(t, gateway, { rooms: supplied })).port }
  const ports: Ports = {
    full: (await listenBeside(t, gateway, { limits: { inFlight: 0 } })).port,
    broken: (await listenBeside(t, gateway, { rooms: { revocation: failing } })).port,
    short: (await listenBeside(t, gateway, { limits: { fileLines: 0 } })).port,
    braked: (await listenBeside(t, gateway, { rooms: braked })).port,
  }
  const seen = new Set<string>()

  async function ask(way: Way, call: Ask, usual = client): Promise<Answer> {
    const agent = clientAgent(pkiDir, way.client ?? usual)
    uwv.misbehave(way.source ?? 'normaal')
    try {
      const own = call.path.startsWith('/v1/berichten/') ? supply?.port : gateway.exchangePort
      return await send(agent, way.port ? ports[way.port] : (own ?? 0), call)
    } finally {
      uwv.misbehave('normaal')
      agent.destroy()
    }
  }

  for (const operation of operations) {
    for (const [status, reply] of responsesOf(operation)) {
      const name = `${operation.operationId} ${status}`
      await t.test(name, async () => {
        const make = good[operation.operationId]
        const way = wayTo(operation.operationId, status)
        assert.ok(make && way, 'nobody says how to bring it about')
        const call = await (way.call ?? make)(gateway)
        const usual = operation.tags.includes('leveringen') ? sender : client
        for (let n = 1; n < (way.times ?? 1); n += 1) await ask(way, call, usual)
        const answer = await ask(way, way.change?.(call) ?? call, usual)
        assert.equal(answer.status, Number(status), answer.text)
        assertDescribed(answer, reply, name)
        if (answer.status >= 400) seen.add(answer.body.type)
      })
    }
  }

  await t.test('what brings about a status is not kept for one that nobody describes', () => {
    const described = operations.flatMap(each =>
      responsesOf(each).flatMap(([status]) => [status, `${each.operationId} ${status}`]),
    )
    for (const name of Object.keys(ways)) assert.ok(described.includes(name), name)
    for (const name of Object.keys(good)) {
      assert.ok(
        operations.some(({ operationId }) => operationId === name),
        name,
      )
    }
  })

  await t.test('the page that each error names is there', async () => {
    assert.ok(seen.size > 10)
    for (const type of seen) {
      const page = await fetch(type)
      assert.equal(page.status, 200, type)
      assertHeaders(Object.fromEntries(page.headers), type)
      assert.match(await page.text(), /<html lang="nl">/)
    }
  })

  const paths = Object.keys(document.paths).map(path => `/v1${path.replaceAll(/\{[^}]*\}/g, 'x')}`)
  const allowed = (path: string) =>
    operations
      .filter(each => `/v1${each.path.replaceAll(/\{[^}]*\}/g, 'x')}` === path)
      .map(({ method }) => method.toUpperCase())

  await t.test('a method that is not described is 405 and names those that are', async () => {
    for (const path of paths) {
      for (const method of methods.filter(each => !allowed(path).includes(each))) {
        const answer = await ask({}, { path, method })
        const where = `${method} ${path}`
        assert.equal(answer.status, 405, where)
        assert.equal(answer.headers.allow, allowed(path).join(', '), where)
        if (method === 'HEAD') assertHeaders(answer.headers, where)
        else assertProblem(answer, where)
      }
    }
  })

  await t.test(
    'a path that is not described is 404 by any method, and never a redirect',
    async () => {
      const others = ['/', '/v1', '/v1/', '/v1/onbekend', '/v2/bevoegdheden', '/bevoegdheden']
      for (const path of [...others, ...paths.map(path => `${path}/`)]) {
        for (const method of methods) {
          const answer = await ask({}, { path, method })
          const where = `${method} ${path}`
          assert.equal(answer.status, 404, where)
          assert.equal(answer.headers.location, undefined, where)
          if (method === 'HEAD') assertHeaders(answer.headers, where)
          else assertProblem(answer, where)
        }
      }
    },
  )

  await t.test('what anyone may read keeps the same rules', async () => {
    const base = serving.addresses.public
    const readable = ['/v1/openapi.json', '/problemen/intern', '/register', '/checkpoint']
    const calls: readonly (readonly [string, number, RequestInit?])[] = [
      ...readable.flatMap(
        path =>
          [
            [path, 200],
            [`${path}/`, 404],
            [path, 405, { method: 'POST' }],
            [path, 405, { method: 'DELETE' }],
            [path, 405, { method: 'OPTIONS' }],
            [path, 406, { headers: { Accept: 'image/png' } }],
          ] as const,
      ),
      ['/v1/bevoegdheden', 404],
      ['/problemen/%ff', 400],
    ]
    for (const [path, status, init = {}] of calls) {
      const answer = await fetch(`${base}${path}`, { redirect: 'manual', ...init })
      const where = `${init.method ?? 'GET'} ${path}`
      assert.equal(answer.status, status, where)
      const found = {
        status,
        text: await answer.text(),
        headers: Object.fromEntries(answer.headers),
      }
      assertHeaders(found.headers, where)
      if (status >= 400) assertProblem(found, where)
      const open = path === '/v1/openapi.json' && status === 200
      assert.equal(answer.headers.get('access-control-allow-origin'), open ? '*' : null, where)
    }
  })

  await t.test(
    'the description that is served breaks none of the rules, and names this server',
    async () => {
      const answer = await fetch(`${serving.addresses.public}/v1/openapi.json`)
      const text = await answer.text()
      const { lint } = openRuleset('schemas/api-design-rules.spectral.yaml')
      assert.deepEqual(await lint(text), [])
      const [server] = JSON.parse(text).servers
      assert.equal(server.url, `${serving.addresses.exchange}/v1`)
    },
  )
})

/** Media type, body and headers are those of the description, and nothing personal stands in an error. */
function assertDescribed(answer: Answer, reply: Reply, where: string): void {
  assertHeaders(answer.headers, where)
  const [type = ''] = String(answer.headers['content-type']).split(';')
  const media = reply.content[type]
  assert.ok(media, `${where}: ${type}`)
  const schema = media.schema.$ref.replace('#/components/schemas/', '')
  for (const value of valuesOf(type, answer.text)) assert.deepEqual(check(schema)(value), [], where)
  for (const name of ['Retry-After', 'Allow', 'Location']) {
    assert.equal(name.toLowerCase() in answer.headers, name in reply.headers, `${where}: ${name}`)
  }
  if (answer.status < 400) return
  assertProblem(answer, where)
  assert.doesNotMatch(answer.text, /999990019|2026-000123|u-4711|function/, where)
}

/** Of lines each is a value, and there is at least one. */
function valuesOf(type: string, text: string): unknown[] {
  if (type === 'application/x-ndjson')
    return text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  return [type.endsWith('json') ? JSON.parse(text) : text]
}
