// Does a file of lines arrive whole and once, whatever breaks, and does whoever sends it learn what became of each line?
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bulkGateway, goodLine, readReport } from '../delivery/bulk-gateway.ts'
import { exchange, sender, senderOin, stranger } from '../delivery/bulk-law.ts'
import { removeTree } from '../support/directory.ts'
import { leavesOf } from '../support/log.ts'
import { testPki } from '../support/pki.ts'
import { ask } from './sluis.ts'

function fileIn(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-sent-'))
  t.after(() => removeTree(dir))
  return (name: string, content = '') => {
    const path = join(dir, name)
    if (content) writeFileSync(path, content)
    return path
  }
}

const sendWith = (pkiDir: string, port: number, client = sender) => {
  const own = join(pkiDir, 'clients', client)
  return (file: string, ...more: readonly string[]) =>
    ask(
      [
        ...['delivery', 'send', file, '--uitwisseling', exchange],
        ...['--url', `https://localhost:${port}`, '--cert', `${own}.pem`, '--key', `${own}.key`],
        ...['--trust', join(pkiDir, 'ca.pem'), ...more],
      ],
      { clock: Date.now },
    )
}

test('a partner hands in a file by the command', async t => {
  const gateway = await bulkGateway(t)
  const { pkiDir, port } = gateway
  const send = sendWith(pkiDir, port)
  const file = fileIn(t)
  const operate = async (...args: string[]) => {
    const said = await ask(['delivery', ...args, '--json'], {
      env: gateway.demo.settings,
      clock: Date.now,
    })
    return { ...said, json: JSON.parse(said.out) }
  }

  await t.test(
    'each bad line is named with why, the report is kept, and the exit says that not all arrived',
    async () => {
      const lines = [
        goodLine(1),
        '{"betrokkene":1}',
        goodLine(2),
        goodLine(3, { velden: ['naam'] }),
      ]
      const path = file('vier.ndjson', lines.join('\n'))
      const report = file('verslag.ndjson')
      const { code, out, err } = await send(path, '--verslag', report)
      assert.equal(code, 1, err)
      assert.match(
        out,
        /^[\da-f-]{36}: afgerond, 4 regels: 2 aanvaard, 1 geweigerd, 1 onleesbaar, 0 gemarkeerd\n$/,
      )
      assert.match(
        err,
        /^regel 2: onleesbaar: .+\nregel 4: geweigerd: VELD_NIET_TOEGESTAAN .*\(naam\)\n$/,
      )
      assert.equal(statSync(report).mode & 0o777, 0o600)
      const rows = readReport(readFileSync(report, 'utf8'))
      assert.deepEqual(
        rows.map(({ regel, uitkomst }) => [regel, uitkomst]),
        [
          [1, 'aanvaard'],
          [2, 'onleesbaar'],
          [3, 'aanvaard'],
          [4, 'geweigerd'],
        ],
      )
      for (const { transactie } of rows) {
        assert.equal((await leavesOf(gateway.store, transactie)).length, 1)
      }
      // The same again is the same delivery, whose lines stand as they were decided.
      const again = await send(path, '--json')
      assert.deepEqual([again.code, again.err], [1, ''])
      assert.equal(JSON.parse(again.out).levering, out.slice(0, 36))
      const other = await send(path, '--kenmerk', 'nog-eens')
      assert.notEqual(other.out.slice(0, 36), out.slice(0, 36))
    },
  )

  await t.test(
    'a connection that is cut again and again: it goes on where it was, and every line is taken in once',
    async () => {
      const lines = Array.from({ length: 3_000 }, (_, n) => goodLine(n))
      const path = file('veel.ndjson', `${lines.join('\n')}\n`)
      const { port: cut, carried } = await cuttingProxy(t, port, [60_000, 150_000, 2_000])
      const { code, out, err } = await sendWith(pkiDir, cut)(path)
      assert.equal(code, 0, err)
      assert.match(out, /afgerond, 3000 regels: 3000 aanvaard, 0 geweigerd/)
      assert.ok((carried.at(-1) ?? 0) < statSync(path).size, 'the rest, not all of it again')
      assert.ok((err.match(/^onderbroken: /gm)?.length ?? 0) >= 3, err)
      const levering = out.slice(0, 36)
      const report = await gateway.report(levering)
      assert.deepEqual(
        report.map(({ regel }) => regel),
        lines.map((_, i) => i + 1),
      )
      const [count] = await gateway.store.query<{ n: number }>(
        `select count(*) as n from audit.leaf where soort = 'aanvaarding' and tekst like '%"levering":"' || $1 || '"%'`,
        [levering],
      )
      assert.equal(count?.n, 3_000)

      const shown = await operate('show', levering, '--volg')
      assert.deepEqual(
        [shown.code, shown.json.staat, shown.json.aanvaard, shown.json.partij],
        [0, 'afgerond', 3_000, senderOin],
      )
      const listed = await operate('list', '--uitwisseling', exchange)
      assert.equal(listed.json.leveringen[0].levering, levering)
      assert.equal(
        (await operate('list', '--uitwisseling', 'een-andere')).json.leveringen.length,
        0,
      )
      for (const said of [shown, listed]) assert.doesNotMatch(said.out, /999990019|9999|groep/)
      assert.equal((await operate('show', levering, '--log', 'vertrouwelijk')).code, 1)
      assert.equal((await operate('show', crypto.randomUUID())).code, 1)
    },
  )

  await t.test(
    'who may not hand in is told why, and what is not there or not trusted is no verdict',
    async () => {
      const path = file('een.ndjson', goodLine(1))
      const { code, out, err } = await sendWith(pkiDir, port, stranger)(path)
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, /^- ONTVANGER_NIET_BEVOEGD: /m)
      const nowhere = await send(path, '--uitwisseling', 'bestaat-niet', '--json')
      assert.deepEqual([nowhere.code, JSON.parse(nowhere.out).status], [1, 404])
      const untrusted = await send(path, '--trust', join(pkiDir, 'clients', `${sender}.pem`))
      assert.deepEqual([untrusted.code, untrusted.out], [3, ''])
      const away = await sendWith(pkiDir, await freePort())(path, '--geduld', '0')
      assert.equal(away.code, 3)
      assert.match(away.err, /onderbroken: de verbinding brak .*Geef dezelfde opdracht/)
      assert.equal((await send(file('weg.ndjson'))).code, 3)
      for (const wrong of [
        ['--url', 'http://localhost'],
        ['--geduld', 'lang'],
        ['--url', 'x'],
      ]) {
        assert.equal((await send(path, ...wrong)).code, 2)
      }
    },
  )
})

test('a gateway that is busy is asked again after the time it names', async t => {
  const file = fileIn(t)
  const pkiDir = await testPki()
  const own = join(pkiDir, 'servers', 'gateway')
  const asked: number[] = []
  const answers = [
    { status: 503, headers: { 'Retry-After': '1' }, body: { title: 'Even te druk' } },
    { status: 429, headers: { 'Retry-After': '0' }, body: { title: 'Te veel' } },
    {
      status: 202,
      headers: {},
      body: {
        levering: crypto.randomUUID(),
        staat: 'afgerond',
        regels: { gelezen: 1, aanvaard: 1, geweigerd: 0, onleesbaar: 0, gemarkeerd: 0 },
        vervolg: { byte: 9, regel: 2 },
      },
    },
  ]
  const server = createTlsServer(
    { cert: readFileSync(`${own}.pem`), key: readFileSync(`${own}.key`) },
    (_, response) => {
      asked.push(performance.now())
      const { status = 500, headers = {}, body = {} } = answers.shift() ?? {}
      response.writeHead(status, headers).end(JSON.stringify(body))
    },
  ).listen(0, 'localhost')
  t.after(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const { code, err } = await sendWith(pkiDir, port)(file('een.ndjson', goodLine(1)))
  assert.equal(code, 0, err)
  assert.match(err, /Even te druk.*\n.*Te veel/)
  const [first = 0, second = 0, third = 0] = asked
  assert.ok(second - first >= 990, 'the second it named')
  assert.ok(third >= second)
})

/** Passes bytes to a port; its first connections are cut after so many bytes of the caller. */
async function cuttingProxy(t: TestContext, port: number, cuts: number[]) {
  const carried: number[] = []
  const server = createServer(caller => {
    let left = cuts.shift() ?? Number.POSITIVE_INFINITY
    const nr = carried.push(0) - 1
    const gateway = connect(port, 'localhost')
    const end = () => {
      caller.destroy()
      gateway.destroy()
    }
    for (const side of [caller, gateway]) side.on('error', end).on('close', end)
    caller.on('data', chunk => {
      left -= chunk.length
      carried[nr] = (carried[nr] ?? 0) + chunk.length
      if (left < 0) end()
    })
    caller.pipe(gateway)
    gateway.pipe(caller)
  }).listen(0, 'localhost')
  t.after(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  return { port: (server.address() as AddressInfo).port, carried }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
