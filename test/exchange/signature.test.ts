// What does a partner meet that signs its question, or should have, or signs it twice?
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { withDemoKeys } from '../../demo/keys.ts'
import { expireSpent } from '../../gateway/message/spent.ts'
import { legalDate } from '../../gateway/policy/legal-time.ts'
import { resume } from '../../gateway/resume.ts'
import { openStore } from '../../gateway/store.ts'
import { removeTree } from '../support/directory.ts'
import {
  type Answer,
  clientAgent,
  goodBody,
  send,
  type TestGateway,
  testGateway,
} from '../support/gateway.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf, until } from '../support/log.ts'
import { startProcesses } from '../support/processes.ts'
import { privateJwk, type Signing, signedHeaders, signedJson } from '../support/signed.ts'

const waterstad = 'gemeente-waterstad'
const exchange = 'uwv-inkomsten-bijstand'
const path = `/v1/uitwisselingen/${exchange}/_zoek`
const seconds = () => Math.floor(Date.now() / 1_000)

const reasonsOf = async ({ demo }: TestGateway, answer: Answer) => {
  const leaves = await leavesOf(demo.serving.house.store, transactionOf(answer))
  return leaves.flatMap(({ redenen = [] }) => redenen.map(({ code }) => code))
}

function signer(gateway: TestGateway, client = waterstad) {
  const jwk = privateJwk(gateway.demo.pkiDir, `sleutels/${client}-ondertekenen`)
  return async (change: Partial<Signing> = {}, question: object = {}) => {
    const body = JSON.stringify({ ...goodBody(), ...question })
    const headers = await signedHeaders({ jwk, path, body, iat: seconds(), ...change })
    return { path, body, headers }
  }
}

/** The shipped law in which this exchange asks a signature. */
function signedLaw(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-signed-'))
  t.after(() => removeTree(dir))
  cpSync(resolve(import.meta.dirname, '../../policies'), dir, { recursive: true })
  change(
    dir,
    `uitwisselingen/${exchange}.yaml`,
    '  zaak: verplicht',
    '  zaak: verplicht\n  handtekening: verplicht',
  )
  const shown = `  - naam: zonder handtekening
    zonder: [handtekening]
    dan: geweigerd
    redenen: [HANDTEKENING_ONTBREEKT]
`
  change(
    dir,
    `uitwisselingen/${exchange}.cases.yaml`,
    '  zaak: true\n',
    '  zaak: true\n  handtekening: true\n',
  )
  change(dir, `uitwisselingen/${exchange}.cases.yaml`, 'gevallen:\n', `gevallen:\n${shown}`)
  return dir
}

function change(dir: string, path: string, from: string | RegExp, to: string): void {
  const file = join(dir, path)
  const text = readFileSync(file, 'utf8')
  assert.notEqual(text.replace(from, to), text, path)
  writeFileSync(file, text.replace(from, to))
}

async function withSignedLaw(t: TestContext) {
  const dir = signedLaw(t)
  const gateway = await testGateway(t, 'postgres', { SLUIS_POLICY_DIR: dir })
  await withDemoKeys(dir, gateway.demo.pkiDir, dir)
  await gateway.demo.serving.reload()
  return { gateway, dir }
}

test('an exchange that asks a signature refuses a question without one, and answers one with it', async t => {
  const { gateway } = await withSignedLaw(t)
  const refused = await gateway.query(waterstad, {})
  assert.equal(refused.status, 403, refused.text)
  assert.deepEqual(
    refused.body.redenen?.map(({ code }) => code),
    ['HANDTEKENING_ONTBREEKT'],
  )
  assert.deepEqual(await reasonsOf(gateway, refused), ['HANDTEKENING_ONTBREEKT'])

  const sign = signer(gateway)
  const answer = await gateway.ask(waterstad, await sign())
  assert.equal(answer.status, 200, answer.text)
  const [decision] = await leavesOf(gateway.demo.serving.house.store, transactionOf(answer))
  assert.equal(decision?.vraag?.handtekening, true)

  // A signature of another partner, sent over this connection, is not this partner's.
  const other = await gateway.ask(waterstad, await signer(gateway, 'gemeente-dijkdorp')())
  assert.equal(other.status, 401)
  assert.deepEqual(await reasonsOf(gateway, other), ['handtekening-vals'])
  const approver = privateJwk(gateway.demo.pkiDir, 'goedkeurders/g-waterstad-1')
  assert.equal((await gateway.ask(waterstad, await sign({ jwk: approver }))).status, 401)
})

test('a signature that nobody asked for is verified all the same, refused as 401 and recorded', async t => {
  const gateway = await testGateway(t, 'postgres')
  const sign = signer(gateway)
  const good = await gateway.ask(waterstad, await sign())
  assert.equal(good.status, 200, good.text)
  const { demo } = gateway
  const { store } = demo.serving.house
  const statement = await signedJson(
    privateJwk(demo.pkiDir, 'sleutels/gemeente-waterstad-ondertekenen'),
    {},
  )
  const own = await sign()
  for (const [call, reden] of [
    [await sign({ iat: seconds() - 600 }), 'handtekening-tijd'],
    [await sign({ header: { jku: 'https://x.example/' } }), 'handtekening-kop'],
    [
      {
        ...own,
        body: own.body.replace('alleenstaande"', 'gehuwden"     ').slice(0, own.body.length),
      },
      'handtekening-digest',
    ],
    [{ ...own, headers: { ...own.headers, 'Message-Signature': statement } }, 'handtekening-vorm'],
    [{ ...own, headers: { ...own.headers, 'Message-Signature': 'onzin' } }, 'handtekening-vorm'],
    [{ ...own, headers: { ...own.headers, 'Message-Signature': '' } }, 'handtekening-vorm'],
  ] as const) {
    const before = await lastIndex(store)
    const answer = await gateway.ask(waterstad, call)
    assert.equal(answer.status, 401, answer.text)
    assert.match(answer.text, /problemen\/handtekening-onjuist"/)
    assert.deepEqual(await reasonsOf(gateway, answer), [reden])
    const leaves = await leavesAfter(store, before)
    assert.ok(
      leaves.every(({ soort }) => soort !== 'beslissing'),
      'nothing was decided',
    )
  }
})

test('a request that takes time keeps that it was signed, and one that lacks it is refused', async t => {
  const { gateway } = await withSignedLaw(t)
  const place = `/v1/uitwisselingen/${exchange}/verzoeken`
  const refused = await gateway.ask(waterstad, { path: place, body: goodBody() })
  assert.equal(refused.status, 403, refused.text)
  assert.deepEqual(
    refused.body.redenen?.map(({ code }) => code),
    ['HANDTEKENING_ONTBREEKT'],
  )
  const call = { ...(await signer(gateway)({ path: place })), path: place }
  const accepted = await gateway.ask(waterstad, call)
  assert.equal(accepted.status, 202, accepted.text)
  assert.equal((await gateway.ask(waterstad, call)).status, 401)
  const { verzoek } = JSON.parse(accepted.text)
  await resume(verzoek, gateway.demo.serving.house.rooms, new AbortController().signal)
  const stand = await gateway.ask(waterstad, { path: `/v1/verzoeken/${verzoek}` })
  assert.equal(JSON.parse(stand.text).staat, 'gereed', stand.text)
})

test('a wrong signature of a case is refused, a good one and none are accepted', async t => {
  const gateway = await testGateway(t, 'postgres')
  const betrokkene = { soort: 'bsn', waarde: '999990019' }
  const body = JSON.stringify({ zaak: 'ondertekend', betrokkenen: [{ betrokkene, rol: 'kind' }] })
  const place = '/v1/zaken'
  const headers = (await signer(gateway)({ path: place, body })).headers
  const wrong = { ...headers, Digest: 'SHA-256=AAAA' }
  const refused = await gateway.ask(waterstad, { path: place, body, headers: wrong })
  assert.equal(refused.status, 401, refused.text)
  assert.deepEqual(await reasonsOf(gateway, refused), ['handtekening-vals'])
  assert.equal((await gateway.ask(waterstad, { path: place, body, headers })).status, 201)
  assert.equal((await gateway.ask(waterstad, { path: place, body, headers })).status, 401)
  assert.equal((await gateway.ask(waterstad, { path: place, body })).status, 201)
})

test('K3: no address that a signature names is ever called', async t => {
  const gateway = await testGateway(t, 'postgres')
  const sign = signer(gateway)
  let calls = 0
  const listening = createServer(socket => {
    calls += 1
    socket.destroy()
  })
  await new Promise<void>(ready => listening.listen(0, '127.0.0.1', ready))
  t.after(() => listening.close())
  const address = listening.address()
  assert.ok(typeof address === 'object' && address)
  const url = `https://127.0.0.1:${address.port}/sleutels`
  for (const header of [{ jku: url }, { x5u: url }, { kid: url }, { jku: url, kid: 'x' }]) {
    assert.equal((await gateway.ask(waterstad, await sign({ header }))).status, 401)
  }
  assert.equal(calls, 0)
})

test('K7: a signature that is used twice, in parallel on four processes, and after a restart is accepted once', async t => {
  const gateway = await testGateway(t, 'four processes')
  const { store } = gateway.demo.serving.house
  const sign = signer(gateway)
  for (let round = 0; round < 3; round++) {
    const call = await sign()
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => gateway.ask(waterstad, call)),
    )
    const statuses = answers.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [200, ...Array(11).fill(401)])
    for (const answer of answers.filter(({ status }) => status === 401)) {
      assert.deepEqual(await reasonsOf(gateway, answer), ['handtekening-gebruikt'])
    }
  }
  // What remembers is the database: no Redis holds it, and a process that never saw it knows it.
  const call = await sign()
  assert.equal((await gateway.ask(waterstad, call)).status, 200)
  await using later = await startProcesses(gateway.demo.settings, 1)
  const agent = clientAgent(gateway.demo.pkiDir, waterstad)
  t.after(() => agent.destroy())
  const again = await send(agent, later.members[0]?.exchangePort ?? 0, call)
  assert.equal(again.status, 401)
  assert.deepEqual(await reasonsOf(gateway, again), ['handtekening-gebruikt'])

  const rows = await store.query<{ hash: string }>('SELECT hash FROM message.handtekening')
  assert.ok(rows.length >= 4 && rows.every(({ hash }) => /^[A-Za-z0-9_-]{43}$/.test(hash)))
  assert.equal(await expireSpent(store, Date.now() + 600_000), 0)
  assert.equal(await expireSpent(store, Date.now() + 3_700_000), rows.length)
})

test('K15: a signature by a replaced key is accepted until its last day and not after it', async t => {
  const { gateway, dir } = await withSignedLaw(t)
  const { serving } = gateway.demo
  const sign = signer(gateway)
  const file = 'partijen/demo.yaml'
  const own = /(gebruik: ondertekenen, jwk: \{[^}]*\}, geldigVan: )[0-9-]+(, geldigTot: [0-9-]+)?/
  const today = legalDate(Date.now())
  const yesterday = legalDate(Date.now() - 24 * 3_600_000)
  const tomorrow = legalDate(Date.now() + 24 * 3_600_000)
  for (const [van, tot, status] of [
    ['2026-01-01', today, 200],
    ['2026-01-01', yesterday, 401],
    [tomorrow, '2099-01-01', 401],
    [today, tomorrow, 200],
  ] as const) {
    change(dir, file, own, `$1${van}, geldigTot: ${tot}`)
    await serving.reload()
    const answer = await gateway.ask(waterstad, await sign())
    assert.equal(answer.status, status, `${van} ${tot} ${answer.text}`)
    if (status === 401) assert.deepEqual(await reasonsOf(gateway, answer), ['handtekening-sleutel'])
  }
})

test('a signed question that meets a new law on its way to the log is no repeat of itself', async t => {
  const { gateway, dir } = await withSignedLaw(t)
  const { house, reload } = gateway.demo.serving
  const sign = signer(gateway)
  await using other = await openStore({
    url: gateway.demo.settings.DATABASE_URL ?? '',
    dir: gateway.dataDir,
    connections: 1,
  })
  change(dir, `uitwisselingen/${exchange}.yaml`, 'versie: 1.0.0', 'versie: 1.0.1')
  const call = await sign()
  const waiting = await other.transaction(async query => {
    await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.gewoon', 0))`)
    const reloading = reload()
    await until('the activation waits', async () => {
      const [row] = await query<{ n: number }>(
        `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
      return (row?.n ?? 0) > 0
    })
    const answer = gateway.ask(waterstad, call)
    await until('the signature is spent', async () => {
      const [row] = await house.store.query<{ n: number }>(
        'SELECT count(*) AS n FROM message.handtekening',
      )
      return (row?.n ?? 0) > 0
    })
    await gateway.ask(waterstad, { path: '/v1/bevoegdheden' })
    await gateway.ask(waterstad, { path: '/v1/bevoegdheden' })
    return { answer, reloading }
  })
  await waiting.reloading
  const answer = await waiting.answer
  assert.equal(answer.status, 200, answer.text)
  const [decision] = await leavesOf(house.store, transactionOf(answer))
  assert.equal(decision?.beleid?.versie, '1.0.1')
  assert.equal((await gateway.ask(waterstad, call)).status, 401)
})

test('K14: tokens in an address, in Authorization or in cookies let nobody in and are written down nowhere', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const secret = 'eyJhbGciOiJub25lIn0.geheim-token-4711.'
  const before = await lastIndex(store)
  const bearer = { Authorization: `Bearer ${secret}`, Cookie: `sessie=${secret}` }
  const asked = await gateway.ask(waterstad, {
    path: `${path}?access_token=${secret}`,
    body: goodBody(),
  })
  assert.equal(asked.status, 400)
  const stranger = await gateway.ask('onbekend', { path, body: goodBody(), headers: bearer })
  assert.equal(stranger.status, 401)
  // Whoever may ask by its certificate may ask: what else it brings is not read.
  const known = await gateway.ask(waterstad, { path, body: goodBody(), headers: bearer })
  assert.equal(known.status, 200)
  assert.ok([asked, stranger, known].every(({ text }) => !text.includes('geheim-token')))
  const leaves = await leavesAfter(store, before)
  // privacy.test.ts plants numbers in the same places and reads all that is logged.
  assert.ok(leaves.length >= 4 && !JSON.stringify(leaves).includes('geheim-token'))
})
