// Does a person's number, a case or an employee turn up anywhere it should not? Planted everywhere, then sought.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface, type Interface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { holdsBsn } from '../../gateway/message/bsn.ts'
import { openStore } from '../../gateway/store.ts'
import { asOwner, kinds, type Place, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { type Answer, type Ask, clientAgent, goodBody, send } from '../support/gateway.ts'
import { openRaw, sayRaw } from '../support/raw.ts'

const zoek = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'

/** Numbers of which each is used in one place only, so that a find says where it came from. */
class Plants {
  readonly #bsns = validBsns()
  readonly places = new Map<string, string>()
  #number = 4_711_000_000

  bsn(place: string): string {
    const bsn = this.#bsns.next().value
    assert.ok(bsn)
    this.places.set(bsn, place)
    return bsn
  }

  /** A case or employee id: ten digits that no other has, and that are taken for no person's. */
  id(place: string): string {
    do this.#number += 137
    while (holdsBsn(String(this.#number)))
    const id = String(this.#number)
    this.places.set(id, place)
    return id
  }
}

/** The test series of the RvIG, 99999xxxx, as far as it passes the elfproef. */
function* validBsns(): Generator<string, undefined> {
  for (let rest = 1_000; rest < 10_000; rest++) {
    const bsn = `99999${rest}`
    const sum = [9, 8, 7, 6, 5, 4, 3, 2, -1].reduce((all, w, i) => all + w * Number(bsn[i]), 0)
    if (
      sum % 11 === 0 &&
      !['999990019', '999993653', '999992168', '999993549', '999990160'].includes(bsn)
    )
      yield bsn
  }
  return undefined
}

/** What must be found nowhere: the number itself and what it looks like in the usual disguises. */
function disguises(text: string): string[] {
  const bytes = Buffer.from(text)
  return [bytes.toString('hex'), ...[0, 1, 2].map(shift => base64At(bytes, shift))]
}

/** The part of its base64 that does not depend on its neighbours. */
function base64At(bytes: Buffer, shift: number): string {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(2)]).toString('base64')
  const from = Math.ceil((shift * 8) / 6)
  return shifted.slice(
    from,
    from + Math.floor((bytes.length * 8 - ((from * 6 - shift * 8) % 6)) / 6),
  )
}

interface Talkative {
  readonly exchangePort: number
  readonly addresses: Readonly<Record<'exchange' | 'public' | 'ops', string>>
  readonly pkiDir: string
  readonly child: ChildProcess
  readonly lines: Interface
  /** Everything it wrote to stdout and stderr. */
  written(): string
  tell(command: object): Promise<void>
}

const running = new Set<ChildProcess>()

async function stopAll(): Promise<void> {
  for (const child of running) {
    const ended = child.exitCode === null && child.signalCode === null && once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  running.clear()
}

async function startTalkative(dataDir: string, temp: string, place: Place): Promise<Talkative> {
  const child = spawn(execPath, [join(import.meta.dirname, 'talkative.ts'), dataDir], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: temp,
      ...(place.url && { DATABASE_URL: place.url }),
      SLUIS_EXCHANGE_PORT: '0',
      SLUIS_PUBLIC_PORT: '0',
      SLUIS_CONSOLE_PORT: '0',
      SLUIS_OPS_PORT: '0',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const chunks: Buffer[] = []
  child.stdout.on('data', chunk => chunks.push(chunk))
  child.stderr.on('data', chunk => chunks.push(chunk))
  const lines = createInterface({ input: child.stdout })
  const [first] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`it did not start: ${Buffer.concat(chunks)}`)
    }),
  ])
  const addresses = JSON.parse(first)
  return {
    exchangePort: Number(new URL(addresses.exchange).port),
    addresses,
    pkiDir: join(dataDir, 'pki'),
    child,
    lines,
    written: () => Buffer.concat(chunks).toString('latin1'),
    async tell(command) {
      const done = once(lines, 'line')
      child.stdin.write(`${JSON.stringify(command)}\n`)
      await done
    },
  }
}

/** A name, where blanks say that it is one. */
const surname = 'Zwaluwenburgh'

/** One call with its plant: where, which status it must get, and the call. */
type Row = readonly [
  place: string,
  status: number,
  call: (bsn: string) => Ask & { client?: string },
]

const post = (change: object, path = zoek): Ask => ({ path, body: { ...goodBody(), ...change } })
const text = (body: string, headers = {}): Ask => ({ path: zoek, body, headers })
const subject = (waarde: unknown) => ({ betrokkene: { soort: 'bsn', waarde } })

/** Where a number does not belong, on every way to an answer. */
const rows: readonly Row[] = [
  ['the person', 200, bsn => post(subject(bsn))],
  ['the person, amounts', 403, bsn => post({ ...subject(bsn), velden: ['loonSv'] })],
  ['a field name', 403, bsn => post({ velden: [bsn] })],
  ['part of a field name', 403, bsn => post({ velden: [`bsn${bsn}`, 'nationaliteit'] })],
  ['a field name with blanks', 403, bsn => post({ velden: [`de heer ${bsn}`] })],
  ['functie', 403, bsn => post({ medewerker: { id: 'u-1', functie: bsn } })],
  ['functie with a name', 403, bsn => post({ medewerker: { id: 'u-1', functie: `Jan ${bsn}` } })],
  ['medewerker.id', 400, bsn => post({ medewerker: { id: bsn, functie: 'inkomensconsulent' } })],
  ['zaak', 400, bsn => post({ zaak: bsn })],
  ['zaak with points', 400, bsn => post({ zaak: bsn.replace(/(...)(...)/, '$1.$2.') })],
  ['a registered case', 400, bsn => post({ zaak: bsn }, '/v1/zaken')],
  [
    'a registered person',
    201,
    bsn => ({
      path: '/v1/zaken',
      body: { zaak: 'vastgelegd', betrokkenen: [{ ...subject(bsn), rol: 'kind' }] },
    }),
  ],
  [
    'a search of own disclosures',
    200,
    bsn => ({ path: '/v1/verstrekkingen/_zoek', body: subject(bsn), client: 'uwv' }),
  ],
  [
    'another member of that search',
    400,
    bsn => ({
      path: '/v1/verstrekkingen/_zoek',
      body: { [bsn]: bsn, na: `${bsn}!` },
      client: 'uwv',
    }),
  ],
  ['a parameter', 403, bsn => post({ parameters: { leefvorm: bsn } })],
  ['another parameter', 403, bsn => post({ parameters: { leefvorm: 'alleenstaande', x: bsn } })],
  ['a parameter name', 400, bsn => post({ parameters: { [bsn]: 'ja' } })],
  [
    'the name of a person',
    403,
    bsn => ({
      ...post({
        velden: [`mevrouw ${surname}`],
        medewerker: { id: 'u-1', functie: `J. ${surname} ${bsn}` },
        parameters: { leefvorm: `bij ${surname}` },
      }),
    }),
  ],
  [
    'motivering',
    200,
    bsn => post({ motivering: { noodzaak: bsn, lichterMiddel: bsn, toelichting: surname } }),
  ],
  [
    'toelichting',
    400,
    bsn => post({ motivering: { noodzaak: 'a', lichterMiddel: 'b', toelichting: `over ${bsn}` } }),
  ],
  ['selectiegrond', 403, bsn => post({ selectiegrond: bsn })],
  ['aanleiding', 403, bsn => post({ aanleiding: { soort: bsn, betrouwbaarheid: bsn } })],
  ['fase', 403, bsn => post({ fase: bsn })],
  ['namens', 403, bsn => post({ namens: `00000000000${bsn}` })],
  ['namens as an OIN', 403, bsn => post({ namens: `00000099${bsn}000` })],
  ['buitenlands', 400, bsn => post({ buitenlands: { land: 'BE', soort: 'insz', waarde: bsn } })],
  [
    'an object',
    403,
    bsn => ({
      path: zoek,
      body: { ...goodBody(), betrokkene: undefined, object: { soort: 'kvk', waarde: bsn } },
    }),
  ],
  ['systeemproces', 400, bsn => post({ medewerker: undefined, systeemproces: bsn })],
  ['an unknown member', 400, bsn => post({ [bsn]: 1 })],
  ['an unknown member with letters', 400, bsn => post({ [`bsn${bsn}`]: 1 })],
  [
    'an unknown nested member',
    400,
    bsn => post({ betrokkene: { soort: 'bsn', waarde: '999990019', [bsn]: bsn } }),
  ],
  ['a number', 400, bsn => post(subject(Number(bsn)))],
  ['a list', 400, bsn => post({ betrokkene: [bsn] })],
  ['nine digits and one', 400, bsn => post(subject(`${bsn}1`))],
  ['soort', 400, bsn => post({ betrokkene: { soort: bsn, waarde: bsn } })],
  ['a date', 400, bsn => post({ peildatum: bsn })],
  ['a name twice', 400, bsn => text(`{"${bsn}":1,"${bsn}":2}`)],
  ['a name twice, escaped', 400, bsn => text(`{"a${bsn}":1,"\\u0061${bsn}":2}`)],
  ['no JSON', 400, bsn => text(`bsn=${bsn}`)],
  ['a bare string', 400, bsn => text(JSON.stringify(bsn))],
  ['a control character', 400, bsn => text(`{"zaak":"${bsn}\\u0007"}`)],
  [
    'an unknown party',
    401,
    bsn => ({ ...post({ ...subject(bsn), zaak: bsn }), client: 'onbekend' }),
  ],
  ['a revoked party', 401, bsn => ({ ...post(subject(bsn)), client: 'ingetrokken' })],
  ['a path', 404, bsn => ({ path: `/v1/${bsn}` })],
  ['an exchange', 404, bsn => post({}, `/v1/uitwisselingen/${bsn}/_zoek`)],
  ['a proof', 404, bsn => ({ path: `/v1/bewijzen/${bsn}` })],
  [
    'a proof by uuid',
    404,
    bsn => ({ path: `/v1/bewijzen/${bsn.slice(0, 8)}-${bsn.slice(8)}000-7000-8000-000000000000` }),
  ],
  ['a query', 400, bsn => post({}, `${zoek}?bsn=${bsn}`)],
  ['a broken escape', 400, bsn => post({}, `/v1/uitwisselingen/%${bsn}%zz/_zoek`)],
  ['a method', 405, bsn => ({ path: zoek, method: 'PUT', body: { bsn } })],
  ['a delete', 405, bsn => ({ path: `/v1/bewijzen/${bsn}`, method: 'DELETE' })],
  ['Accept', 406, bsn => ({ ...post({}), headers: { Accept: `text/${bsn}` } })],
  ['too large', 413, bsn => text(`{"zaak":"${bsn.repeat(8_000)}"}`)],
  ['Content-Type', 415, bsn => text('{}', { 'Content-Type': `text/${bsn}` })],
  ['charset', 415, bsn => text('{}', { 'Content-Type': `application/json; charset=${bsn}` })],
  ['Content-Encoding', 415, bsn => text('{}', { 'Content-Encoding': bsn })],
  ['headers', 431, bsn => ({ ...post({}), headers: { 'X-Lang': bsn.repeat(2_000) } })],
  [
    'traceparent',
    200,
    bsn => ({
      ...post({}),
      headers: { traceparent: `00-${bsn.padStart(32, '0')}-${bsn.padEnd(16, '0')}-01` },
    }),
  ],
  [
    'traceparent among letters',
    200,
    bsn => ({
      ...post({}),
      headers: {
        traceparent: `00-${`abcdef${bsn}`.padEnd(32, 'f')}-${`a${bsn}`.padEnd(16, 'b')}-01`,
      },
    }),
  ],
  [
    'other headers',
    200,
    bsn => ({
      ...post({}),
      headers: Object.fromEntries(
        [
          'X-BSN',
          'tracestate',
          'baggage',
          'User-Agent',
          'Cookie',
          'Authorization',
          'X-Forwarded-For',
          'From',
          'Referer',
          'Idempotency-Key',
          'If-None-Match',
          'X-Request-Id',
          'Accept-Language',
        ].map(name => [name, bsn]),
      ),
    }),
  ],
  [
    'a signature',
    401,
    bsn => ({ ...post({}), headers: { 'Message-Signature': bsn, Digest: `SHA-256=${bsn}` } }),
  ],
  [
    'a header that is signed',
    401,
    bsn => {
      const head = { alg: 'ES256', kid: bsn, sigD: { mId: bsn, pars: [bsn] } }
      const token = `${Buffer.from(JSON.stringify(head)).toString('base64url')}..AAAA`
      return { ...post({}), headers: { 'Message-Signature': token } }
    },
  ],
]

/** What the source does to a good question about a person it knows. */
const sourceRows = [
  ['extra-velden', 502],
  ['naam-met-nummer', 502],
  ['andere-persoon', 502],
  ['valse-bsn', 502],
  ['rommel', 502],
  ['half', 502],
  ['soap-fout', 502],
  ['html-502', 503],
  ['niets', 503],
  ['fout-500', 503],
] as const

/** What only a bare connection can send. */
const unusual = (bsn: string) => [
  `GET /v1/bevoegdheden HTTP/1.1\r\nHost: ${bsn}.example\r\nConnection: close\r\n\r\n`,
  `GET https://${bsn}.example/v1/bevoegdheden HTTP/1.1\r\nHost: ${bsn}.example\r\n\r\n`,
  `GET /${bsn} HTTP/9.9\r\nHost: x\r\n\r\n`,
  `${bsn} / HTTP/1.1\r\nHost: x\r\n\r\n`,
  `POST ${zoek} HTTP/1.1\r\nHost: x\r\n${bsn} : 1\r\n\r\n`,
  `POST ${zoek} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n${bsn}`,
  `POST ${zoek} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${bsn}\r\n`,
  `POST ${zoek} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"bsn":"${bsn}"`,
]

for (const kind of kinds) {
  test(`planted numbers are found nowhere, on the ${kind} database`, async t => {
    // First, so that nobody writes in what is removed after it.
    t.after(stopAll)
    const place = await testPlace(t, kind)
    const temp = mkdtempSync(join(tmpdir(), 'sluis-private-'))
    t.after(() => removeTree(temp))
    const dataDir = kind === 'embedded' ? place.dir : join(temp, 'data')
    const tempDir = join(temp, 'tmp')
    mkdirSync(tempDir)
    const gateway = await startTalkative(dataDir, tempDir, place)
    const plants = new Plants()
    const said: Said = { answers: [], headers: [] }
    await callAll(t, gateway, plants, said)
    const metrics = await (await fetch(`${gateway.addresses.ops}/metrics`)).text()
    const health = await (await fetch(`${gateway.addresses.ops}/readyz`)).text()

    const crash = plants.bsn('the message of a crash')
    const exit = once(gateway.child, 'exit')
    gateway.child.stdin?.write(`${JSON.stringify({ crash })}\n`)
    assert.equal((await exit)[0], 1)
    assert.match(gateway.written(), /onverwachte fout/)
    assert.match(gateway.written(), /"uitkomst":"verstrekt"/, 'it was talkative')

    plants.places.set('999990019', 'a known person')
    plants.places.set('999990160', 'another person than asked')
    const rowsOfDatabase = await databaseText(place)
    assert.match(rowsOfDatabase, /heeftInkomstenverhouding/, 'the log was read')
    const seek = (where: string, text: string) => {
      assert.notEqual(text, '', where)
      assertNowhere(plants, where, text)
      assertNotDisguised(plants, text)
    }
    await t.test(
      'V1: nothing of it is in what is logged at the most talkative level, through crash and silence',
      () => {
        seek('output', gateway.written())
      },
    )
    await t.test('V2: nothing of it is in a header, an address or a place to go to', () => {
      seek('headers', said.headers.join('\n'))
      assert.doesNotMatch(said.headers.join('\n'), /"(location|refresh|set-cookie)"/i)
    })
    await t.test('V4: nothing of it is in an answer, a problem or a page', () => {
      seek('answers', said.answers.join('\n'))
      assert.doesNotMatch(said.answers.join('\n'), /node_modules|\.ts:\d+|"(stack|params|data)":/)
    })
    await t.test(
      'V5: nothing of it is in metrics or health, and what was asked makes no new label',
      () => {
        seek('metrics', metrics)
        seek('health', health)
        assertBounded(metrics)
      },
    )
    assertNowhere(plants, 'the database', rowsOfDatabase)
    for (const path of filesIn(temp, dataDir)) {
      assertNowhere(plants, path, readFileSync(path).toString('latin1'))
    }
  })
}

/** Labels come from lists of ours: what a caller makes up is counted under one of them. */
function assertBounded(metrics: string): void {
  const own = metrics.split('\n').filter(line => /^sluis_(antwoorden|alarm|handshake)/.test(line))
  assert.ok(own.length > 10, 'there are counters')
  assert.ok(own.length < 150, `${own.length} series`)
  for (const [, name = ''] of metrics.matchAll(/uitwisseling="([^"]*)"/g)) {
    assert.match(name, /^([a-z]+(-[a-z]+)*)?$/)
  }
  for (const [, value = ''] of metrics.matchAll(/="([^"]*)"/g)) assert.ok(value.length <= 80, value)
}

/** What came back: texts, and headers with the addresses in them. */
interface Said {
  readonly answers: string[]
  readonly headers: string[]
}

async function callAll(
  t: TestContext,
  gateway: Talkative,
  plants: Plants,
  said: Said,
): Promise<void> {
  const agents = new Map<string, ReturnType<typeof clientAgent>>()
  t.after(() => {
    for (const agent of agents.values()) agent.destroy()
  })
  const agentOf = (client: string) => {
    const agent = agents.get(client) ?? clientAgent(gateway.pkiDir, client)
    agents.set(client, agent)
    return agent
  }
  const ask = async (call: Ask & { client?: string }) => {
    const agent = agentOf(call.client ?? 'gemeente-waterstad')
    const answer: Answer = await send(agent, gateway.exchangePort, call)
    said.answers.push(answer.text)
    said.headers.push(JSON.stringify(answer.headers))
    return answer
  }
  for (const [place, status, call] of rows) {
    const answer = await ask(call(plants.bsn(place)))
    assert.equal(answer.status, status, `${place}: ${answer.text.slice(0, 400)}`)
    // Any ten digits may be part of an honest trace id; nine that pass the elfproef are not taken for one.
    if (place === 'traceparent among letters') continue
    assert.notEqual((await ask(call(plants.id(`${place}, a case id`)))).status, 500, place)
  }
  for (const [behaviour, status] of sourceRows) {
    await gateway.tell({ gedrag: behaviour })
    const answer = await ask(post({ zaak: plants.id(`zaak with ${behaviour}`) }))
    assert.equal(answer.status, status, behaviour)
  }
  await gateway.tell({ gedrag: 'normaal' })
  const limited = post({ zaak: plants.id('a case over its limit') })
  const statuses = []
  for (let n = 0; n < 6; n += 1) statuses.push((await ask(limited)).status)
  assert.deepEqual([statuses[0], statuses.at(-1)], [200, 429])
  for (const piece of unusual(plants.bsn('unusual HTTP'))) {
    const socket = await openRaw(gateway.pkiDir, gateway.exchangePort, 'gemeente-waterstad')
    said.answers.push((await sayRaw(socket, [piece], 300)).text)
  }
  for (const [name, base] of Object.entries(gateway.addresses)) {
    if (name === 'exchange') continue
    const bsn = plants.bsn(`the ${name} listener`)
    for (const path of [
      `/${bsn}`,
      `/register?bsn=${bsn}`,
      `/problemen/${bsn}`,
      `/tile/0/${bsn}`,
      `/readyz?${bsn}`,
    ]) {
      const answer = await fetch(`${base}${path}`, { headers: { 'User-Agent': bsn } })
      said.answers.push(await answer.text())
      said.headers.push(JSON.stringify([...answer.headers]))
    }
  }
}

function assertNowhere(plants: Plants, where: string, text: string): void {
  assert.ok(!text.includes(surname), `the name of a person is found in ${where}`)
  const found = (plant: string, at: number) => {
    const place = plants.places.get(plant)
    const near = text.slice(Math.max(0, at - 80), at + 80).replace(/[^\x20-\x7e]/g, '.')
    assert.equal(place, undefined, `${place} is found in ${where}: …${near}…`)
  }
  // As digits, and as the hexadecimals of digits.
  for (const { 0: run, index } of text.matchAll(/\d{9,}/g)) {
    for (let at = 0; at + 9 <= run.length; at++) {
      found(run.slice(at, at + 9), index + at)
      found(run.slice(at, at + 10), index + at)
    }
    if (!run.includes('3')) continue
    const plain = Buffer.from(run.slice(run.length % 2), 'hex').toString('latin1')
    for (const { 0: digits } of plain.matchAll(/\d{9,}/g)) {
      for (let at = 0; at + 9 <= digits.length; at++) {
        found(digits.slice(at, at + 9), index)
        found(digits.slice(at, at + 10), index)
      }
    }
  }
}

/** What was answered and written is small enough to be sought through for every disguise. */
function assertNotDisguised(plants: Plants, text: string): void {
  for (const [plant, place] of plants.places) {
    for (const form of disguises(plant)) {
      assert.ok(!text.includes(form), `${place} is found in disguise: ${form}`)
    }
  }
}

/** Every row of every table of ours, as text; bytes as hexadecimals. */
async function databaseText(place: Place): Promise<string> {
  await using store = await openStore(asOwner(place))
  const tables = await store.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  const parts: string[] = []
  for (const { name } of tables) {
    const found = await store.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)
    parts.push(...found.map(({ row }) => row))
  }
  return parts.join('\n')
}

function filesIn(...dirs: readonly string[]): string[] {
  return dirs.flatMap(dir =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .map(name => join(dir, name))
      .filter(path => statSync(path, { throwIfNoEntry: false })?.isFile() === true),
  )
}
