// What becomes of each line of a file that a party hands in? Over mutual TLS, on PostgreSQL, as the gateway's own role.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Problem } from '../../gateway/problem.ts'
import { badKinds } from '../../soak/levering.ts'
import { dice } from '../../soak/random.ts'
import { ask as sluis } from '../commands/sluis.ts'
import type { Answer } from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import {
  assertSpans,
  lastIndex,
  leavesAfter,
  leavesOf,
  transactionOf,
  until,
} from '../support/log.ts'
import {
  type BulkGateway,
  bulkGateway,
  type FileState,
  goodLine,
  openFile,
  type ReportLine,
  type Sent,
  sendFile,
  stateOf,
} from './bulk-gateway.ts'
import { arrangementFile, casesFile, exchange, sender, senderOin, stranger } from './bulk-law.ts'

const goods = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => goodLine(from + n)).join('\n')
const slugOf = ({ body }: Answer) => body.type.split('/').at(-1)
/** As a caller brings it. */
const span = 'b7ad6b7169203331'
const codes = ({ body }: Answer) => body.redenen?.map(({ code }) => code)

test('a file of lines is handed in, line by line accountable', async t => {
  const gateway = await bulkGateway(t)
  const { store, serving } = { store: gateway.store, serving: gateway.demo.serving }
  const place = { pkiDir: gateway.pkiDir, port: gateway.port }

  await t.test(
    'what may not be handed in as a file is refused before one line of it is read',
    async () => {
      const file = `${goods(3)}\nrommel`
      const zoek = '/v1/uitwisselingen/uwv-inkomsten-bijstand/leveringen'
      const none = '/v1/uitwisselingen/bestaat-niet/leveringen'
      const refused: readonly (readonly [string, Sent, number, string])[] = [
        ['JSON', { headers: { 'Content-Type': 'application/json' } }, 415, 'verkeerd-formaat'],
        ['gzip', { headers: { 'Content-Encoding': 'gzip' } }, 415, 'verkeerd-formaat'],
        [
          'another character set',
          { headers: { 'Content-Type': 'application/x-ndjson; charset=latin1' } },
          415,
          'verkeerd-formaat',
        ],
        ['a certificate that was revoked', { client: 'ingetrokken' }, 401, 'niet-toegelaten'],
        ['no such exchange', { path: none }, 404, 'niet-gevonden'],
        ['a party that does not provide', { client: stranger }, 403, 'geweigerd'],
        ['an exchange of questions', { path: zoek, client: stranger }, 403, 'geweigerd'],
        [
          'a signature, that cannot cover lines',
          { headers: { 'Message-Signature': 'e30..AA' } },
          400,
          'ongeldig-verzoek',
        ],
        ['a range that is none', { range: 'bytes 0-1' }, 400, 'ongeldig-verzoek'],
        ['a range of another size', { range: 'bytes 0-9/10' }, 400, 'ongeldig-verzoek'],
        ['a key that is none', { key: 'é é' }, 400, 'ongeldig-verzoek'],
        ['a part from the middle', { range: 'regels 3-4/9' }, 409, 'strijdig'],
      ]
      for (const [what, sent, status, slug] of refused) {
        const before = await lastIndex(store)
        const answer = await gateway.send(file, sent)
        assert.deepEqual([answer.status, slugOf(answer)], [status, slug], `${what}: ${answer.text}`)
        const leaves = await leavesAfter(store, before)
        const own = leaves.filter(({ transactie }) => transactie === transactionOf(answer))
        assert.deepEqual([leaves.length, own.length], [1, 1], what)
        assert.equal(own[0]?.soort, status === 403 ? 'beslissing' : 'afwijzing', what)
        if (status !== 403) continue
        assert.equal(own[0]?.vraag?.stap, 'bestand')
        assert.equal(own[0]?.levering, transactionOf(answer))
        assert.ok(answer.body.bewijs.logregel)
      }
      const [left] = await store.query<{ n: number }>('select count(*) as n from delivery.levering')
      assert.equal(left?.n, 0)
    },
  )

  await t.test(
    'every line has its own outcome, record, trace and place in the report; what is wrong is told without a value',
    async () => {
      const bad = Object.entries(badKinds).filter(([, { uitkomst }]) => uitkomst === 'onleesbaar')
      const own = ['geen BSN', 'BSN als naam', 'verkeerd type']
      const kinds = bad.filter(([name]) => !own.includes(name))
      const number = '999990019'
      const lines: readonly (readonly [Buffer, RegExp | undefined])[] = [
        [Buffer.from(`${goodLine(1)}\r`), undefined],
        ...kinds.map(([, { make, waarom }]) => [make(1), waarom] as const),
        [Buffer.from(goodLine(2, { [number]: 1, naam: 1 })), /"pointer":"\/\*"/],
        [
          Buffer.from(goodLine(2, { betrokkene: { soort: 'bsn', waarde: '123456789' } })),
          /betrokkene\/waarde/,
        ],
        [Buffer.from(goodLine(2, { zaak: number })), /\/zaak/],
        [
          Buffer.from(goodLine(2, { medewerker: { id: 'a', functie: 'b' }, systeemproces: 'c' })),
          /systeemproces/,
        ],
        [Buffer.from(goodLine(2, { gegevens: { maand: '2026-10', uren: 'x' } })), /gegevens\/uren/],
        [
          Buffer.from(
            goodLine(2, { gegevens: { maand: '2026-10', uren: 1, [`a${number}`]: 'x' } }),
          ),
          /naam die hier niet kan/,
        ],
        [Buffer.from(`\ufeff${goodLine(2)}`), /byte-order mark/],
        [Buffer.from(goodLine(3)), undefined],
      ]
      const before = await lastIndex(store)
      const traceparent = `00-0af7651916cd43dd8448eb211c80319c-${span}-01`
      const text = Buffer.concat(lines.flatMap(([line]) => [line, Buffer.from('\n')]))
      const answer = await gateway.send([text.subarray(0, 77), text.subarray(77)], {
        headers: { traceparent, 'Transfer-Encoding': 'chunked' },
      })
      assert.equal(answer.status, 202, answer.text)
      const { levering, staat, regels, bytes } = stateOf(answer)
      assert.equal(answer.headers.location, `/v1/leveringen/${levering}`)
      const wrong = lines.filter(([, waarom]) => waarom).length
      assert.deepEqual(
        [staat, regels, bytes],
        [
          'afgerond',
          {
            ...{
              gelezen: lines.length,
              aanvaard: 2,
              geweigerd: 0,
              onleesbaar: wrong,
              gemarkeerd: 0,
            },
            totaal: lines.length,
          },
          { gelezen: text.length, totaal: text.length },
        ],
      )
      const report = await gateway.report(levering)
      const leaves = await leavesAfter(store, before)
      assert.equal(new Set(report.map(({ transactie }) => transactie)).size, lines.length)
      for (const [i, line] of report.entries()) {
        const [, waarom] = lines[i] ?? []
        const told = JSON.stringify(line)
        assert.deepEqual(
          [line.regel, line.uitkomst],
          [i + 1, waarom ? 'onleesbaar' : 'aanvaard'],
          told,
        )
        if (waarom) assert.match(told, waarom)
        const own = leaves.filter(({ transactie }) => transactie === line.transactie)
        assert.equal(own.length, 1)
        assert.deepEqual(
          [own[0]?.soort, own[0]?.uitwisseling, own[0]?.levering, own[0]?.regel, own[0]?.traceId],
          [
            waarom ? 'afwijzing' : 'aanvaarding',
            exchange,
            levering,
            i + 1,
            traceparent.slice(3, 35),
          ],
        )
      }
      assert.deepEqual(
        [leaves[0]?.soort, leaves[0]?.uitkomst, leaves[0]?.levering, leaves.at(-1)?.soort],
        ['beslissing', 'toegestaan', levering, 'einde'],
      )
      assert.deepEqual(leaves.at(-1)?.handeling, {
        ...{ gelezen: lines.length, aanvaard: 2, geweigerd: 0, onleesbaar: wrong, gemarkeerd: 0 },
      })
      assert.equal(leaves.length, lines.length + 2)
      const said = JSON.stringify([report, leaves])
      for (const value of [number, '123456789', 'rommel', 'iets'])
        assert.ok(!said.includes(value), value)
    },
  )

  await t.test(
    'a line that the law does not allow is refused with its reasons, and the next goes on',
    async () => {
      const file = [
        goodLine(1),
        goodLine(2, { gegevens: { maand: '2026-10', uren: 1, naam: 'x' } }),
        goodLine(3, { ontvanger: senderOin }),
        goodLine(4, { betrokkene: undefined }),
        goodLine(5),
      ].join('\n')
      const { levering, regels } = stateOf(await gateway.send(file))
      assert.deepEqual([regels.aanvaard, regels.geweigerd], [2, 3])
      const report = await gateway.report(levering)
      assert.deepEqual(
        report.map(({ redenen }) => redenen?.[0]?.code),
        [
          undefined,
          'VELD_NIET_TOEGESTAAN',
          'ONTVANGER_NIET_BEVOEGD',
          'PARAMETER_ONTBREEKT',
          undefined,
        ],
      )
      for (const { transactie, uitkomst } of report) {
        const [leaf] = await leavesOf(store, transactie)
        assert.equal(leaf?.soort, uitkomst === 'aanvaard' ? 'aanvaarding' : 'beslissing')
        const found = await store.query('select 1 from delivery.bericht where bericht = $1', [
          transactie,
        ])
        assert.equal(found.length, uitkomst === 'aanvaard' ? 1 : 0)
      }
    },
  )

  await t.test('a levering is for its sender alone; for another it does not exist', async () => {
    const { levering } = stateOf(await gateway.send(goodLine(1)))
    for (const path of [`/v1/leveringen/${levering}`, `/v1/leveringen/${levering}/verslag`]) {
      for (const client of [stranger, 'toeslagen']) {
        assert.equal((await gateway.ask(client, { path })).status, 404)
      }
      assert.equal((await gateway.ask(sender, { path })).status, 200)
    }
    const path = `/v1/leveringen/${levering}/vervolg`
    assert.equal((await gateway.send(goodLine(1), { path, client: stranger })).status, 404)
    assert.equal((await gateway.send(goodLine(1), { path })).status, 202)
    const none = '/v1/leveringen/999990019'
    assert.equal((await gateway.ask(sender, { path: none })).status, 404)
  })

  await t.test(
    'the same file again is the same levering; another text, length or total is refused, and nothing is written',
    async () => {
      const file = `${goods(3)}\n`
      const key = 'zelfde'
      const first = stateOf(await gateway.send(file, { key }))
      const before = await lastIndex(store)
      const again = stateOf(await gateway.send(file, { key }))
      assert.deepEqual(again, first)
      assert.equal(await lastIndex(store), before)
      const other: readonly (readonly [string, string, Sent])[] = [
        ['another line', file.replace('"uren":1', '"uren":7'), {}],
        ['a longer file', `${file}${goodLine(4)}`, {}],
        [
          'a line more, of unknown length',
          `${file}${goodLine(4)}`,
          { headers: { 'Transfer-Encoding': 'chunked' } },
        ],
        ['another total', '', { range: 'regels */9' }],
      ]
      for (const [what, text, sent] of other) {
        const answer = await gateway.send([Buffer.from(text), Buffer.of()], { key, ...sent })
        assert.deepEqual(
          [answer.status, slugOf(answer)],
          [409, 'strijdig'],
          `${what}: ${answer.text}`,
        )
      }
      const leaves = await leavesAfter(store, before)
      assert.ok(leaves.every(({ soort }) => soort === 'afwijzing'))
      const part = { key: 'half', range: 'regels 1-2/3' }
      assert.equal(stateOf(await gateway.send(goods(2), part)).staat, 'onderbroken')
      const changed = await gateway.send(goods(3).replace('"uren":1', '"uren":7'), { key: 'half' })
      assert.deepEqual([changed.status, slugOf(changed)], [409, 'strijdig'], changed.text)
      assert.match(changed.body.detail, /Regel 2 is al verwerkt/)
      const half = stateOf(await gateway.send(goods(3), { key: 'half' }))
      assert.deepEqual([half.staat, half.regels.aanvaard], ['afgerond', 3])
      assert.notEqual(stateOf(await gateway.send(file, { key: 'anders' })).levering, first.levering)
    },
  )

  await t.test(
    'of two senders at once one is refused; of two openings at once there is one levering; another call of the party goes on',
    async () => {
      const head = Buffer.from(`${goods(5)}\n`)
      const tail = Buffer.from(goods(3, 5))
      const open = openFile(place, head, head.length + tail.length, { key: 'tegelijk' })
      await reading(gateway, 'tegelijk', head.length + tail.length, 5)
      for (const key of ['tegelijk', 'een ander bestand'.replaceAll(' ', '-')]) {
        const second = await gateway.send(Buffer.concat([head, tail]), { key })
        assert.deepEqual([second.status, slugOf(second)], [503, 'overbelast'], second.text)
        assert.ok(second.headers['retry-after'])
      }
      assert.equal((await gateway.ask(sender, { path: '/v1/bevoegdheden' })).status, 200)
      const answer = await open.end(tail)
      assert.ok(answer)
      const { staat, regels, levering } = stateOf(answer)
      assert.deepEqual([staat, regels.aanvaard], ['afgerond', 8])
      assert.deepEqual(await doubles(gateway, levering), [])
      const both = await Promise.all([1, 2].map(() => gateway.send(goods(4), { key: 'samen' })))
      const [won] = both.filter(({ status }) => status === 202)
      assert.ok(won, both.map(({ text }) => text).join())
      for (const { status, text } of both) {
        assert.ok(status === 503 || JSON.parse(text).levering === stateOf(won).levering)
      }
    },
  )

  await t.test(
    'cut anywhere and gone on with in any way, a file ends as if it came in one piece',
    async () => {
      const seed = Date.now() % 1_000_000
      t.diagnostic(`zaad ${seed}`)
      const die = dice(seed)
      const bad = Object.values(badKinds).filter(({ make }) => make(0).length < 5_000)
      const pieces = Array.from({ length: 150 }, (_, n) =>
        die.chance(0.2) ? die.pick(bad).make(n) : Buffer.from(goodLine(n)),
      )
      const file = Buffer.concat(
        pieces.flatMap(line => [line, Buffer.from(die.chance(0.2) ? '\r\n' : '\n')]),
      )
      const whole = await gateway.send(file, { key: `heel-${seed}` })
      const expected = (await gateway.report(stateOf(whole).levering)).map(withoutTransaction)
      for (let run = 0; run < 5; run += 1) {
        const key = `stuk-${seed}-${run}`
        for (let cut = 0; cut < 3; cut += 1) {
          const { vervolg } = await askState(gateway, key, file.length)
          const from = die.pick([0, vervolg.byte])
          const cutAt = 1 + die.below(file.length - from - 1 || 1)
          const range = `bytes ${from}-${file.length - 1}/${file.length}`
          await sendFile(place, file.subarray(from), {
            key,
            cutAt,
            ...((from > 0 || die.chance(0.5)) && { range }),
          })
          await until(
            'it is left',
            async () => (await askState(gateway, key, file.length)).staat !== 'in-behandeling',
          )
        }
        const lines = file.toString('latin1').split('\n').slice(0, -1)
        const way = die.pick(['whole', 'bytes', 'regels'])
        const restOf = ({ vervolg, levering }: FileState): readonly [Buffer, Sent] =>
          way === 'whole'
            ? [file, { key }]
            : way === 'bytes'
              ? [
                  file.subarray(vervolg.byte),
                  { key, range: `bytes ${vervolg.byte}-${file.length - 1}/${file.length}` },
                ]
              : [
                  Buffer.from(`${lines.slice(vervolg.regel - 1).join('\n')}\n`, 'latin1'),
                  {
                    path: `/v1/leveringen/${levering}/vervolg`,
                    range: `regels ${vervolg.regel}-${lines.length}/${lines.length}`,
                  },
                ]
        // What was cut last may still be read a little further: then where to go on is asked again.
        const { levering } = await until(`the rest is taken: ${way}`, async () => {
          const now = await askState(gateway, key, file.length)
          if (now.vervolg.byte >= file.length) return now
          const answer = await gateway.send(...restOf(now))
          assert.ok([202, 409, 503].includes(answer.status), answer.text)
          return answer.status === 202 ? stateOf(answer) : undefined
        })
        const state = await gateway.state(levering)
        assert.deepEqual([state.staat, state.bytes.gelezen], ['afgerond', file.length], way)
        assert.deepEqual((await gateway.report(levering)).map(withoutTransaction), expected, way)
        assert.deepEqual(await doubles(gateway, levering), [])
      }
    },
  )

  await t.test(
    'a log that is away stops the file with a clear problem: what was before stands, and it is gone on with',
    async () => {
      const { rooms } = serving.house
      let left = 6
      const failing = {
        ...rooms.audit,
        append: (...args: Parameters<typeof rooms.audit.append>) =>
          left-- > 0
            ? rooms.audit.append(...args)
            : Promise.reject(
                new Problem('log-onbereikbaar', 'Het logboek is weg.', { retryAfter: 5 }),
              ),
      }
      const { port } = await listenBeside(t, gateway, {
        rooms: { audit: failing },
        limits: { linesAtOnce: 2 },
      })
      const file = goods(40)
      const stopped = await gateway.send(file, { key: 'log-weg', port })
      assert.deepEqual([stopped.status, slugOf(stopped)], [503, 'log-onbereikbaar'], stopped.text)
      const { levering, vervolg } = JSON.parse(stopped.text)
      assert.equal(vervolg, `/v1/leveringen/${levering}/vervolg`)
      const state = await gateway.state(levering)
      assert.deepEqual(
        [state.staat, state.regels.aanvaard, state.vervolg.regel],
        ['onderbroken', 5, 6],
      )
      const rest = Buffer.from(file).subarray(state.vervolg.byte)
      const range = `bytes ${state.vervolg.byte}-${file.length - 1}/${file.length}`
      const answer = await gateway.send(rest, { path: vervolg, range })
      assert.deepEqual(
        [answer.status, stateOf(answer).staat, stateOf(answer).regels.aanvaard],
        [202, 'afgerond', 40],
      )
      assert.deepEqual(await doubles(gateway, levering), [])
    },
  )

  await t.test(
    'a law or a brake that ends the file in its middle stops it, refused and recorded; given back it goes on where it was',
    async () => {
      const env = gateway.demo.settings
      const change = (file: string, edit: (text: string) => string) => {
        const path = join(gateway.policyDir, file)
        writeFileSync(path, edit(readFileSync(path, 'utf8')))
      }
      const past = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10)
      const ended = `geldigVan: 2026-01-01\ngeldigTot: ${past}\n`
      const alone = 'redenen: [DPIA_ONTBREEKT_OF_VERLOPEN]'
      const both = 'redenen: [GEEN_LEVERINGSAFSPRAAK, DPIA_ONTBREEKT_OF_VERLOPEN]'
      const brake = async (...args: string[]) => {
        const { code, err } = await sluis(['brake', ...args], { env, clock: Date.now })
        assert.equal(code, 0, err)
        await serving.house.rooms.policies.follow()
      }
      const endings = [
        {
          reden: 'GEEN_LEVERINGSAFSPRAAK',
          end() {
            change(arrangementFile, text => text.replace('geldigVan: 2026-01-01\n', ended))
            change(casesFile, text => text.replace(alone, both))
          },
          restore() {
            change(arrangementFile, text => text.replace(ended, 'geldigVan: 2026-01-01\n'))
            change(casesFile, text => text.replace(both, alone))
          },
        },
        {
          reden: 'NOODREM',
          end: () => brake('on', `uitwisseling:${exchange}`, '--reden', 'proef'),
          restore: async () => {
            const keys = ['g-beheer-1', 'g-beheer-2']
            for (const key of keys) {
              await brake(
                'off',
                `uitwisseling:${exchange}`,
                '--sleutel',
                join(place.pkiDir, 'goedkeurders', `${key}.jwk`),
              )
            }
          },
        },
      ]
      const file = Buffer.from(goods(20))
      const half = file.indexOf('\n', file.length / 2) + 1
      for (const { reden, end, restore } of endings) {
        const open = openFile(place, file.subarray(0, half), file.length, { key: reden })
        const before = (await reading(gateway, reden, file.length, 10)).regels.aanvaard
        await end()
        await serving.reload()
        const stopped = await open.end(file.subarray(half))
        assert.ok(stopped)
        assert.deepEqual([stopped.status, codes(stopped)], [403, [reden]], stopped.text)
        const { levering } = JSON.parse(stopped.text)
        const state = await gateway.state(levering)
        assert.deepEqual(
          [state.staat, state.regels.gelezen, state.regels.aanvaard],
          ['onderbroken', before, before],
        )
        const refused = await leavesOf(store, JSON.parse(stopped.body.bewijs.logregel).transactie)
        assert.deepEqual(
          refused.map(leaf => [leaf.soort, leaf.uitkomst, leaf.levering, leaf.regel]),
          [['beslissing', 'geweigerd', levering, undefined]],
        )
        const still = await gateway.send(file, { key: reden })
        assert.deepEqual([still.status, codes(still)], [403, [reden]])
        await restore()
        await serving.reload()
        const answer = await gateway.send(file, { key: reden })
        assert.deepEqual([answer.status, stateOf(answer).regels.aanvaard], [202, 20], answer.text)
        assert.deepEqual(await doubles(gateway, levering), [])
      }
    },
  )

  await t.test(
    'P4: a file may take longer than a question, but neither stand still nor drip',
    async () => {
      const limits = { requestMs: 300, fileIdleMs: 600, fileBytesPerSecond: 800 }
      const { port } = await listenBeside(t, gateway, { limits })
      const text = Buffer.from(`${goods(12)}\n`)
      const steady = openFile(place, text.subarray(0, 300), text.length, { port })
      for (let at = 300; at + 150 < text.length; at += 150) {
        await later(120)
        steady.write(text.subarray(at, at + 150))
        if (at + 300 >= text.length) {
          const answer = await steady.end(text.subarray(at + 150))
          assert.deepEqual([answer?.status, answer && stateOf(answer).regels.aanvaard], [202, 12])
        }
      }
      const silent = openFile(place, text.subarray(0, 300), text.length, { port, key: 'stil' })
      assertTooSlow(await silent.answer)
      const dripping = openFile(place, text.subarray(0, 10), text.length, { port, key: 'druppel' })
      const drip = setInterval(() => dripping.write(Buffer.from(' ')), 100)
      assertTooSlow(await dripping.answer)
      clearInterval(drip)
      assert.equal((await askState(gateway, 'stil', text.length)).staat, 'onderbroken')
    },
  )

  await t.test('each record is an action of its own in the trace of its file (LDV)', async () => {
    assertSpans(await leavesAfter(store, -1), [span])
  })
})

function assertTooSlow(answer: Answer | undefined): void {
  assert.deepEqual([answer?.status, answer && slugOf(answer)], [400, 'ongeldig-verzoek'])
  assert.match(answer?.text ?? '', /te langzaam/)
}

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

function withoutTransaction({
  transactie: _,
  ...line
}: ReportLine): Omit<ReportLine, 'transactie'> {
  return line
}

async function askState(gateway: BulkGateway, key: string, bytes: number): Promise<FileState> {
  const answer = await gateway.send('', { key, range: `bytes */${bytes}` })
  assert.equal(answer.status, 202, answer.text)
  return stateOf(answer)
}

/** Once so many lines of a file under way have their outcome. */
async function reading(
  gateway: BulkGateway,
  key: string,
  bytes: number,
  lines: number,
): Promise<FileState> {
  return await until(`${lines} lines are read`, async () => {
    const state = await askState(gateway, key, bytes)
    return state.regels.gelezen >= lines ? state : undefined
  })
}

/** Lines that stand in the log more than once, or wait more than once. */
async function doubles({ store }: BulkGateway, levering: string): Promise<readonly unknown[]> {
  return await store.query(
    `select regel, count(*) from (
       select tekst::jsonb ->> 'regel' as regel from audit.leaf where tekst like '%"levering":"' || $1 || '"%"regel":%'
     ) as r group by regel having count(*) > 1`,
    [levering],
  )
}
