// Is every refusal recorded before it is answered, also in a flood, without a log, and while the law changes?
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { partyHolder, strangerOin } from '../../certs/names.ts'
import { openFlood } from '../../gateway/audit/flood.ts'
import { decisionInput } from '../../gateway/audit/log-record.ts'
import { recordRejection } from '../../gateway/audit/record.ts'
import { newCall } from '../../gateway/call.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { openStore } from '../../gateway/store.ts'
import { kinds } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { type Answer, type Ask, goodBody } from '../support/gateway.ts'
import { type HeldGateway, heldGateway } from '../support/held.ts'
import { alarms, lastIndex, leavesAfter, leavesOf, transactionOf, until } from '../support/log.ts'
import { startPostgres } from '../support/postgres.ts'

const waterstad = 'gemeente-waterstad'
const zoek = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'

/** Calls that never reach a decision, and what must be told and written of each. */
const calls: readonly (readonly [
  what: string,
  status: number,
  reden: string,
  client: string,
  call: Ask,
])[] = [
  ['an unknown address', 404, 'niet-gevonden', waterstad, { path: '/v1/bestaat-niet' }],
  [
    'an unknown exchange',
    404,
    'niet-gevonden',
    waterstad,
    { path: '/v1/uitwisselingen/x/_zoek', body: goodBody() },
  ],
  [
    'a proof of nothing',
    404,
    'niet-gevonden',
    waterstad,
    { path: '/v1/bewijzen/01890000-0000-7000-8000-000000000000' },
  ],
  [
    'another method',
    405,
    'methode-niet-toegestaan',
    waterstad,
    { path: zoek, method: 'PUT', body: {} },
  ],
  ['no party', 401, 'partij-onbekend', 'onbekend', { path: zoek, body: goodBody() }],
  [
    'no party, asking what it may',
    401,
    'partij-onbekend',
    'onbekend',
    { path: '/v1/bevoegdheden' },
  ],
  ['a revoked certificate', 401, 'ingetrokken', 'ingetrokken', { path: zoek, body: goodBody() }],
  ['two OINs', 401, 'oin-dubbel', 'dubbel', { path: zoek, body: goodBody() }],
  ['another shape', 400, 'ongeldig-verzoek', waterstad, { path: zoek, body: {} }],
  [
    'another Accept',
    406,
    'niet-aanvaardbaar',
    waterstad,
    { path: zoek, body: goodBody(), headers: { Accept: 'text/html' } },
  ],
  ['too large', 413, 'te-groot', waterstad, { path: zoek, body: ' '.repeat(70_000) }],
  [
    'another type',
    415,
    'verkeerd-formaat',
    waterstad,
    { path: zoek, body: '{}', headers: { 'Content-Type': 'text/plain' } },
  ],
]

/** Per party and reason: records of one call, and the number that summaries stand for. */
async function counted(gateway: HeldGateway): Promise<Record<string, [number, number]>> {
  await using store = await openStore(gateway.place)
  const found: Record<string, [number, number]> = {}
  for (const leaf of await leavesAfter(store, -1)) {
    if (leaf.soort !== 'afwijzing') continue
    const key = `${leaf.ontvanger} ${leaf.redenen?.map(({ code }) => code)}`
    found[key] ??= [0, 0]
    if (leaf.aantal === undefined) found[key][0] += 1
    else found[key][1] += leaf.aantal
  }
  return found
}

/** A copy of the shipped policies that a test may change. */
function ownPolicies(t: TestContext): {
  dir: string
  change(file: string, from: string, to: string): void
} {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-beleid-'))
  t.after(() => removeTree(dir))
  cpSync(join(import.meta.dirname, '../../policies'), dir, { recursive: true })
  return {
    dir,
    change(file, from, to) {
      const path = join(dir, file)
      const text = readFileSync(path, 'utf8')
      assert.ok(text.includes(from), `${file} holds ${from}`)
      writeFileSync(path, text.replace(from, to))
    },
  }
}

const arrangement = 'uitwisselingen/uwv-inkomsten-bijstand.yaml'

suite('refusals', { concurrency: 3 }, () => {
  for (const kind of kinds) {
    test(`each call that is turned away stands in the log by then, on the ${kind} database`, async t => {
      const gateway = await heldGateway(t, kind)
      const { store } = gateway.serving.house
      for (const [what, status, reden, client, call] of calls) {
        const answer = await gateway.ask(client, call)
        const leaves = await leavesOf(store, transactionOf(answer))
        assert.equal(answer.status, status, `${what}: ${answer.text}`)
        assert.equal(leaves.length, 1, what)
        const [leaf] = leaves
        assert.equal(leaf?.soort, 'afwijzing', what)
        assert.equal(leaf?.uitkomst, 'geweigerd', what)
        assert.deepEqual(leaf?.redenen, [{ code: reden }], what)
        if (client === waterstad) assert.equal(leaf?.ontvanger, partyHolder(client).oin, what)
      }
      assert.equal(gateway.questions(), 0, 'no source was touched')
    })
  }

  test('neither a refusal is told nor a source asked before the record of it is committed', async t => {
    const gateway = await heldGateway(t, 'postgres')
    await using other = await openStore({ ...gateway.place, connections: 1 })
    const { store } = gateway.serving.house
    const asking: readonly (readonly [string, number, () => Promise<Answer>])[] = [
      ['a call turned away', 404, () => gateway.ask(waterstad, { path: '/v1/bestaat-niet' })],
      ['a refusal by policy', 403, () => gateway.query(waterstad, { velden: ['nationaliteit'] })],
      ['a question that is allowed', 200, () => gateway.query(waterstad)],
    ]
    for (const [what, status, ask] of asking) {
      const calling = { told: false }
      const answering = other.transaction(async query => {
        // Nobody can write to the log while this holds its turn.
        await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.gewoon', 0))`)
        const answer = ask().then(got => {
          calling.told = true
          return got
        })
        await until('a record waits', async () => {
          const [row] = await query<{ n: number }>(
            // Other tests wait on this server too, each in its own database.
            `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
          )
          return (row?.n ?? 0) > 0
        })
        assert.equal(calling.told, false, what)
        assert.equal(gateway.questions(), 0, what)
        return { answer }
      })
      const answer = await (await answering).answer
      assert.equal(answer.status, status, `${what}: ${answer.text}`)
      assert.ok((await leavesOf(store, transactionOf(answer))).length > 0, what)
    }
  })

  test('a flood of refusals is sixty records and one that counts the rest, per party and reason', async t => {
    const gateway = await heldGateway(t, 'postgres')
    const flood = (client: string, path: string, n: number) =>
      Promise.all(Array.from({ length: n }, () => gateway.ask(client, { path })))
    const answers = [
      ...(await flood(waterstad, '/v1/bestaat-niet', 200)),
      ...(await flood('gemeente-dijkdorp', '/v1/bestaat-niet', 70)),
      ...(await flood('onbekend', '/v1/bevoegdheden', 65)),
      ...(await flood(waterstad, '/v1/bevoegdheden?x', 60)),
    ]
    assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [400, 401, 404])
    const before = await counted(gateway)
    assert.deepEqual(before, {
      '00000099000000001000 niet-gevonden': [60, 0],
      '00000099000000002000 niet-gevonden': [60, 0],
      '00000099000000404000 partij-onbekend': [60, 0],
      '00000099000000001000 ongeldig-verzoek': [60, 0],
    })
    // What is still counted is written when the process stops.
    await gateway.serving[Symbol.asyncDispose]()
    assert.deepEqual(await counted(gateway), {
      '00000099000000001000 niet-gevonden': [60, 140],
      '00000099000000002000 niet-gevonden': [60, 10],
      '00000099000000404000 partij-onbekend': [60, 5],
      '00000099000000001000 ongeldig-verzoek': [60, 0],
    })
  })

  test('a summary comes by itself when its window ends, and none is lost when the log is down', async t => {
    const gateway = await heldGateway(t, 'postgres')
    const { audit } = gateway.serving.house.rooms
    const { store } = gateway.serving.house
    const told: string[] = []
    let down = false
    let summariesFail = false
    const written: (number | undefined)[] = []
    await using flood = openFlood({
      write: async rejection => {
        if (down || (summariesFail && rejection.aantal !== undefined)) throw new Error('down')
        written.push(rejection.aantal)
        return await recordRejection(audit, rejection)
      },
      healthy: () => !down,
      onAlarm: alarm => told.push(alarm),
      everyMs: 100,
    })
    const refuse = (uitwisseling: string) =>
      flood.record({
        call: newCall(Date.now()),
        log: 'gewoon',
        partij: partyHolder('svb').oin,
        redenen: ['niet-gevonden'],
        uitwisseling,
      })
    const begin = await lastIndex(store)
    // In one go, so that they fall in one window.
    await Promise.all(Array.from({ length: 100 }, (_, n) => refuse(n < 90 ? 'een' : 'twee')))
    await until('the summary', () => written.includes(40))
    await until('its record', async () => (await leavesAfter(store, begin)).length === 61)
    const summary = (await leavesAfter(store, begin)).at(-1)
    assert.equal(summary?.aantal, 40)
    assert.equal(summary?.uitwisseling, undefined, 'it stands for more than one exchange')

    summariesFail = true
    await Promise.all(Array.from({ length: 80 }, () => refuse('een')))
    await until('the alarm', () => told.includes('weigeringen-niet-vastgelegd'))
    down = true
    await assert.rejects(refuse('een'), 'nothing is counted for a log that is down')
    down = false
    summariesFail = false
    await until('what was kept is written', () => written.includes(20))

    // A write that failed is not one of the sixty.
    await using other = openFlood({
      write: () => (down ? Promise.reject(new Error('down')) : Promise.resolve(written.push(0))),
      healthy: () => true,
      onAlarm: () => {},
    })
    const rejection = {
      call: newCall(Date.now()),
      log: 'gewoon' as const,
      redenen: ['niet-gevonden'],
    }
    down = true
    for (let n = 0; n < 60; n++) await assert.rejects(other.record(rejection))
    down = false
    await other.record(rejection)
    assert.equal(written.at(-1), 0, 'written by itself')
  })

  test('without a log no refusal is told, and it recovers', async t => {
    await using postgres = await startPostgres()
    const gateway = await heldGateway(t, 'postgres', { url: postgres.url })
    const flooded = Array.from({ length: 61 }, () =>
      gateway.ask(waterstad, { path: '/v1/bestaat-niet' }),
    )
    for (const { status } of await Promise.all(flooded)) assert.equal(status, 404)
    await postgres.stop()
    const refused = await Promise.all([
      ...calls.slice(3).map(([, , , client, call]) => gateway.ask(client, call)),
      gateway.query(waterstad, { velden: ['nationaliteit'] }),
      gateway.query(waterstad, { velden: ['loonSv'] }),
    ])
    const late = await gateway.ask(waterstad, { path: '/v1/bestaat-niet' })
    for (const answer of [...refused, late]) {
      assert.equal(answer.status, 503, answer.text)
      assert.match(answer.body.type, /log-onbereikbaar$/)
      assert.ok(Number(answer.headers['retry-after']) > 0)
    }
    await postgres.start()
    await until('refusals are told again', async () => {
      return (await gateway.ask(waterstad, { path: zoek, body: {} })).status === 400
    })
  })

  test('a refusal names every failing condition, and the record can be judged again', async t => {
    const gateway = await heldGateway(t, 'postgres')
    const { store, rooms } = gateway.serving.house
    const { zaak: _, ...body } = goodBody()
    const answer = await gateway.ask(waterstad, {
      path: zoek,
      body: {
        ...body,
        velden: ['nationaliteit', 'loonSv', 'partner'],
        medewerker: { id: 'x', functie: 'wmo-consulent' },
        parameters: { leefvorm: 'onbekend', kleur: 'blauw' },
        periode: { van: '2024-01-01', totEnMet: '2026-06-30' },
      },
    })
    assert.equal(answer.status, 403)
    const reasons = answer.body.redenen.map(({ code, veld }) => (veld ? `${code} ${veld}` : code))
    assert.deepEqual(reasons.sort(), [
      'FUNCTIE_NIET_BEVOEGD',
      'LICHTER_MIDDEL_BESCHIKBAAR',
      'PARAMETER_ONTBREEKT parameters.leefvorm',
      'PERIODE_TE_RUIM',
      'VELD_NIET_TOEGESTAAN nationaliteit',
      'VELD_NIET_TOEGESTAAN parameters.kleur',
      'VELD_NIET_TOEGESTAAN partner',
      'ZAAK_ONTBREEKT',
    ])
    assert.equal((await gateway.query(waterstad)).status, 200)
    assert.equal((await gateway.query('uwv')).status, 403)
    assert.equal(
      (await gateway.query(waterstad, { namens: partyHolder('gemeente-dijkdorp').oin })).status,
      403,
    )
    const decisions = (await leavesAfter(store, -1)).filter(({ soort }) => soort === 'beslissing')
    assert.equal(decisions.length, 4)
    for (const leaf of decisions) {
      const { vraag, feiten, tijd } = decisionInput(leaf)
      const again = decide(vraag, feiten, rooms.policies.current(), tijd)
      assert.equal(again.uitkomst, leaf.uitkomst)
      assert.deepEqual(again.redenen, leaf.redenen)
      assert.equal(again.beleid.digest, leaf.beleid?.digest)
    }
  })

  test('a refusal is the same for a person the source knows and one it does not', async t => {
    const gateway = await heldGateway(t, 'postgres')
    const { store } = gateway.serving.house
    const told: unknown[] = []
    for (const waarde of ['999990019', '111222333', '999993549']) {
      const betrokkene = { soort: 'bsn' as const, waarde }
      const answer = await gateway.query(waterstad, { betrokkene, velden: ['loonSv'], zaak: 'p12' })
      const { instance: _, bewijs, ...rest } = JSON.parse(answer.text)
      const headers = Object.keys(answer.headers).filter(name => name !== 'content-length')
      const [leaf, ...more] = await leavesOf(store, transactionOf(answer))
      assert.equal(more.length, 0)
      const leafSays = [leaf?.redenen, leaf?.feiten, leaf?.vraag, Object.keys(leaf ?? {})]
      told.push([answer.status, rest, Object.keys(bewijs), headers, leafSays])
    }
    assert.deepEqual(told[1], told[0])
    assert.deepEqual(told[2], told[0])
    assert.equal(gateway.questions(), 0, 'the source was not asked')
  })

  test('a broken policy keeps the last good set; a good one decides from its activation on', async t => {
    const policies = ownPolicies(t)
    const gateway = await heldGateway(t, 'postgres', {
      settings: { SLUIS_POLICY_DIR: policies.dir },
    })
    const { serving } = gateway
    const { store } = serving.house
    const { ops } = serving.addresses
    const digestOf = async () => {
      const answer = await gateway.query(waterstad)
      assert.equal(answer.status, 200, answer.text)
      const [decision] = await leavesOf(store, transactionOf(answer))
      return decision?.beleid?.digest
    }
    const first = await digestOf()

    for (const [n, [from, to]] of [
      ['versie: 1.0.0', 'versie: 1.0.0\nversie: 2.0.0'],
      ['versie: 1.0.0', 'versie: 1.0.0\nonbekend: ja'],
      ['grondslagen: [', 'grondslagen: [bestaat-niet, '],
    ].entries()) {
      policies.change(arrangement, from ?? '', to ?? '')
      await serving.reload()
      policies.change(arrangement, to ?? '', from ?? '')
      assert.equal(await alarms(ops, 'beleid-niet-geladen'), n + 1, to)
      assert.equal((await fetch(`${ops}/readyz`)).status, 200)
      assert.equal(await digestOf(), first)
    }

    const before = {
      gewoon: await lastIndex(store),
      vertrouwelijk: await lastIndex(store, 'vertrouwelijk'),
    }
    policies.change(arrangement, 'versie: 1.0.0', 'versie: 1.0.1')
    await serving.reload()
    const second = await digestOf()
    assert.notEqual(second, first)
    for (const log of ['gewoon', 'vertrouwelijk'] as const) {
      const [activation] = await leavesAfter(store, before[log], log)
      assert.equal(activation?.soort, 'beleidsactivering', log)
      assert.equal(activation?.beleid?.digest, second, log)
      assert.equal(activation?.vorigeEpoch, first, log)
    }
    const kept = await store.query('SELECT digest FROM policy.policy_set WHERE digest = ANY($1)', [
      [first, second],
    ])
    assert.equal(kept.length, 2, 'both sets are kept by digest')

    await serving.reload()
    assert.equal(
      (await leavesAfter(store, before.gewoon)).filter(({ soort }) => soort === 'beleidsactivering')
        .length,
      1,
      'the same set is not activated twice',
    )
  })

  test('L4: what was allowed is not released once the agreement or the party is withdrawn, from the commit of that on', async t => {
    // A party that no arrangement names: what it is called changes nothing but itself.
    const mine = `oin: '${strangerOin}', naam: Gemeente Elders, soort: college, status: actief`
    const party = mine.replace('soort: college', 'soort: servicecentrum')
    const file = 'partijen/demo.yaml'
    const changes: readonly (readonly [string, string, string, string, string, number])[] = [
      [
        'nothing to do with it',
        arrangement,
        'versie: 1.0.0',
        'versie: 1.0.1',
        'beleid-gewijzigd',
        200,
      ],
      ['another kind of body', file, mine, party, 'ONTVANGER_NIET_BEVOEGD', 403],
      ['suspended', file, mine, mine.replace('actief', 'geschorst'), 'ONTVANGER_NIET_BEVOEGD', 401],
    ]
    for (const [what, path, from, to, reden, after] of changes) {
      const policies = ownPolicies(t)
      policies.change(file, 'partijen:\n', `partijen:\n  - { ${mine} }\n`)
      const gateway = await heldGateway(t, 'postgres', {
        settings: { SLUIS_POLICY_DIR: policies.dir },
      })
      const { store } = gateway.serving.house
      gateway.hold()
      const calling = gateway.query('onbekend')
      await until('the question arrives', () => gateway.questions() === 1)
      policies.change(path, from, to)
      const { digest } = gateway.serving.house.rooms.policies.current()
      await gateway.serving.reload()
      assert.notEqual(gateway.serving.house.rooms.policies.current().digest, digest, what)
      gateway.release()
      const answer = await calling
      assert.equal(answer.status, 503, `${what}: ${answer.text}`)
      assert.ok(Number(answer.headers['retry-after']) > 0)
      const leaves = await leavesOf(store, transactionOf(answer))
      assert.deepEqual(
        leaves.map(({ soort }) => soort),
        ['beslissing', 'afgebroken'],
        what,
      )
      assert.deepEqual(leaves[1]?.redenen, [{ code: reden }], what)
      const again = await gateway.query('onbekend')
      assert.equal(again.status, after, again.text)
    }
  })

  test('a decision that meets a new set on its way to the log is made again under that set', async t => {
    const policies = ownPolicies(t)
    const gateway = await heldGateway(t, 'postgres', {
      settings: { SLUIS_POLICY_DIR: policies.dir },
    })
    const { store } = gateway.serving.house
    await using other = await openStore({ ...gateway.place, connections: 1 })
    policies.change(arrangement, 'versie: 1.0.0', 'versie: 1.0.1')
    const { answer, reloading } = await other.transaction(async query => {
      await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.gewoon', 0))`)
      const reloading = gateway.serving.reload()
      await until('the activation waits', async () => {
        const [row] = await query<{ n: number }>(
          // Other tests wait on this server too, each in its own database.
          `SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
        return (row?.n ?? 0) > 0
      })
      const answer = gateway.query(waterstad)
      // It is decided, and waits behind the activation, once a later call has been answered.
      await gateway.ask(waterstad, { path: '/v1/bevoegdheden' })
      await gateway.ask(waterstad, { path: '/v1/bevoegdheden' })
      return { answer, reloading }
    })
    await reloading
    const got = await answer
    assert.equal(got.status, 200, got.text)
    const leaves = await leavesOf(store, transactionOf(got))
    const { digest } = gateway.serving.house.rooms.policies.current()
    assert.deepEqual(
      leaves.map(({ soort, beleid }) => [soort, beleid?.digest]),
      [
        ['beslissing', digest],
        ['verstrekking', digest],
      ],
    )
  })
})
