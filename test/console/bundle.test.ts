// Does an auditor's bundle prove itself offline, and is any change of it found?
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import {
  BadEvidence,
  makeSecretKeyText,
  readSecretKey,
  signNote,
} from '../../gateway/audit/checkpoint.ts'
import { type Bundle, type Choice, makeBundle, tailOf } from '../../gateway/console/bundle.ts'
import { verifyBundle } from '../../gateway/console/judge-bundle.ts'
import type { Visit } from '../../gateway/console/page.ts'
import { dice } from '../../soak/random.ts'
import { ask } from '../commands/sluis.ts'
import { path as requests, question as slowQuestion } from '../support/approval.ts'
import { goodBody, type TestGateway, testGateway } from '../support/gateway.ts'
import { leavesOf, transactionOf } from '../support/log.ts'
import { deskOf, joined, officerOf, visitOf } from './desk.ts'

const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)
const waterstad = '00000099000000001000'
const uwv = '00000099000000004000'
const toeslagen = '00000099000000007000'
const officer = officerOf(waterstad, 'privacy-officer')

const keysDirOf = ({ demo }: TestGateway) => String(demo.settings.SLUIS_KEYS_DIR)

async function take(
  gateway: TestGateway,
  choice: Choice,
  { by = officer, log = 'gewoon' as const, visit = {} as Partial<Visit> } = {},
) {
  const desk = deskOf(gateway.demo.serving.house, keysDirOf(gateway))
  return await makeBundle(desk, visitOf(by, visit), log, choice)
}

async function textOf(...args: Parameters<typeof take>): Promise<string> {
  const made = await take(...args)
  assert.ok(made.soort === 'bundel')
  return await joined(made.body)
}

test(`a bundle of real exchanges verifies offline, and names the first fault of any change (SLUIS_TEST_SEED=${seed})`, async t => {
  const gateway = await testGateway(t, 'postgres')
  const { house } = gateway.demo.serving
  const { audit } = house.rooms
  const { vkey } = audit.head('gewoon')
  const empty = await take(gateway, {})
  assert.equal(empty.soort, 'leeg', 'nothing was asked yet')

  const zaak = 'bundel-1'
  const asked = [
    await gateway.query('gemeente-waterstad', { zaak }),
    await gateway.query('gemeente-waterstad', { zaak, velden: ['loonSv'] }),
    await gateway.query('gemeente-waterstad', { velden: ['nationaliteit'] }),
    await gateway.query('gemeente-waterstad', { medewerker: { id: 'u-1', functie: 'onbekend' } }),
    await gateway.ask('gemeente-waterstad', {
      path: requests,
      body: slowQuestion('bundel-2', ['heeftInkomstenInPeriode']),
    }),
    await gateway.ask('toeslagen', {
      path: '/v1/uitwisselingen/aanmelding-toeslagendelict-fiod/_zoek',
      body: { ...goodBody(), velden: ['voldoetAanAanmeldcriteria'] },
    }),
  ]
  assert.deepEqual(
    asked.map(({ status }) => status),
    [200, 200, 403, 403, 202, 403],
  )
  const first = transactionOf(asked[0] as (typeof asked)[0])
  const text = await textOf(gateway, {})
  const bundle: Bundle = JSON.parse(text)

  await t.test('it counts what it holds, and every decision is decided again', () => {
    const judged = verifyBundle(Buffer.from(text), [vkey])
    assert.equal(judged.door, waterstad)
    assert.ok(judged.regels > judged.beslissingen && judged.beslissingen >= 5)
    assert.equal(judged.beleid, 1)
    assert.equal(judged.gemaakt, bundle.gemaakt)
  })

  await t.test('the log says who took it, of what, before its first byte', async () => {
    const { handeling, ontvanger, rol, soort, medewerker } = JSON.parse(bundle.uitvoer.logregel)
    assert.deepEqual([soort, ontvanger, rol], ['raadpleging', waterstad, 'privacy-officer'])
    assert.equal(handeling.wat, 'bundel')
    assert.equal(handeling.regels, bundle.logs[0]?.regels.length)
    assert.ok(medewerker.verzegeld)
    assert.ok(!text.includes(officer.id))
    const call = visitOf(officer).call
    const made = await take(gateway, { transactie: first }, { visit: { call } })
    assert.equal(made.soort, 'bundel')
    const [leaf] = await leavesOf(house.store, call.transactie)
    assert.equal(leaf?.over, first, 'recorded although nobody read a byte of it')
  })

  await t.test('one transaction, with every record of it and nothing else', async () => {
    const one = await textOf(gateway, { transactie: first })
    const { logs, beleid }: Bundle = JSON.parse(one)
    assert.deepEqual(
      logs[0]?.regels.map(({ logregel }) => JSON.parse(logregel).transactie),
      [first, first],
    )
    assert.equal(beleid.length, 1)
    verifyBundle(Buffer.from(one), [vkey])
    const accepted = JSON.parse(asked[4]?.text ?? '').verzoek
    const request: Bundle = JSON.parse(await textOf(gateway, { transactie: accepted }))
    const kinds = request.logs[0]?.regels.map(({ logregel }) => JSON.parse(logregel).soort)
    assert.equal(kinds?.[0], 'aanvaarding')
  })

  await t.test(
    'a period, an exchange, or somebody else’s transaction leaves out the rest',
    async () => {
      const none = [
        { van: '2020-01-01', totEnMet: '2020-12-31' },
        { uitwisseling: 'svb-uitkeringen-bijstand' },
      ]
      for (const choice of none) assert.equal((await take(gateway, choice)).soort, 'leeg')
      const by = officerOf(toeslagen, 'privacy-officer')
      assert.equal((await take(gateway, { transactie: first }, { by })).soort, 'leeg')
      const provider = officerOf(uwv, 'privacy-officer')
      assert.equal((await take(gateway, { transactie: first }, { by: provider })).soort, 'bundel')
    },
  )

  await t.test('the law of an exchange that does not exist for this organisation stays out', () => {
    const hidden = bundle.beleid[0]?.bestanden.filter(file => file.text === undefined)
    assert.deepEqual(
      hidden?.map(({ path }) => path),
      ['aangifte-socialezekerheidsfraude', 'aanmelding-toeslagendelict-fiod'].flatMap(id =>
        ['cases.yaml', 'yaml'].map(end => `uitwisselingen/${id}.${end}`),
      ),
    )
  })

  const fault = (document: string | Buffer, keys = [vkey]): string => {
    try {
      verifyBundle(Buffer.from(document), keys)
    } catch (error) {
      assert.ok(error instanceof BadEvidence, String(error))
      return error.message
    }
    return ''
  }
  const line = bundle.logs[0]?.regels[0]
  assert.ok(line)

  await t.test('each kind of change has a fault of its own', () => {
    const swap = (from: string, to: string) => text.replace(from, () => to)
    const [file] = bundle.beleid[0]?.bestanden ?? []
    const cases: readonly [document: string, fault: RegExp][] = [
      [swap('toegestaan', 'geweigerd'), /^regel \d+ van log gewoon staat niet in de boom/],
      [swap(line.bewijs[0] ?? '', line.bewijs[1] ?? ''), /staat niet in de boom/],
      [swap(`"index":${line.index},`, `"index":${line.index + 1},`), /staat niet in de boom/],
      [
        swap(bundle.logs[0]?.checkpoint.split('\n')[2] ?? '', 'A'.repeat(43).concat('=')),
        /handtekening/,
      ],
      [swap(file?.sha256 ?? '', 'a'.repeat(64)), /de bestanden zijn niet die van beleid sha256:/],
      [swap('Participatiewet', 'Partikipatiewet'), /de bestanden zijn niet die van beleid/],
      [swap(bundle.gemaakt, '2020-01-01T00:00:00.000Z'), /na het maken gewijzigd/],
      [swap(`"door":{"oin":"${waterstad}"`, `"door":{"oin":"${uwv}"`), /na het maken gewijzigd/],
      [swap('"profiel":"test"', '"profiel":"productie"'), /beleid|gewijzigd|beslissing/],
      [`${text} `, /na het maken gewijzigd/],
      [swap('sluis-bundel/1', 'sluis-bundel/2'), /dit is geen sluis-bundel\/1/],
      [JSON.stringify(bundle), /na het maken gewijzigd/],
      [JSON.stringify({ ...bundle, beleid: [] }), /ontbreekt het beleid sha256:/],
      [text.slice(0, -9), /JSON/],
    ]
    for (const [i, [document, expected]] of cases.entries()) {
      assert.notEqual(document, text, String(i))
      assert.match(fault(document), expected, String(i))
    }
    assert.match(fault(text, [audit.head('vertrouwelijk').vkey]), /geen sleutel gegeven/)
    assert.match(fault(text, []), /geen sleutel gegeven/)
  })

  await t.test(
    'a bundle made anew around other decisions needs a record that the log never held',
    async () => {
      const { uitvoer, ...rest } = bundle
      const fewer = {
        ...rest,
        logs: rest.logs.map(log => ({ ...log, regels: log.regels.slice(1) })),
      }
      const body = JSON.stringify(fewer).slice(0, -1)
      assert.match(fault(`${body}${tailOf(uitvoer)}`), /na het maken gewijzigd/)
      const sha256 = createHash('sha256').update(body).digest('base64url')
      const lied = {
        ...uitvoer,
        logregel: uitvoer.logregel.replace(/"sha256":"[^"]*"/, `"sha256":"${sha256}"`),
      }
      assert.match(fault(`${body}${tailOf(lied)}`), /niet in deze boom/)
      const key = readSecretKey(makeSecretKeyText('iemand.example'))
      const [, line = ''] = signNote('x\n', key).split('\n\n')
      const more = { ...uitvoer, tlogProof: uitvoer.tlogProof + line }
      const whole = text.slice(0, -tailOf(uitvoer).length)
      assert.equal(fault(`${whole}${tailOf(uitvoer)}`), '')
      assert.match(fault(`${whole}${tailOf(more)}`), /meer dan één handtekening/)
      // The record of another look, properly in the log, vouches for nothing.
      const receipt = await deskOf(house, keysDirOf(gateway)).record(visitOf(officer).call, {
        soort: 'raadpleging',
        log: 'gewoon',
        door: { oin: waterstad, rol: 'fg', id: 'x' },
        uitkomst: 'uitgevoerd',
        handeling: { wat: 'lijst', sha256 },
      })
      const other = { logregel: receipt.logregel, tlogProof: receipt.tlogProof() }
      assert.match(fault(`${body}${tailOf(other)}`), /niet vastgelegd/)
    },
  )

  await t.test('a decision that the law of its day does not give is found', async () => {
    // Recorded and signed, and wrong: what only deciding again can see.
    const leaf = JSON.parse(line.logregel)
    const call = visitOf(officer).call
    const { spanId, traceId, ouderSpanId: _none, ...members } = leaf
    const wrong = {
      ...members,
      ...{ spanId, traceId, transactie: call.transactie, tijd: Date.now() },
      vraag: { ...leaf.vraag, velden: ['nationaliteit'] },
    }
    await audit.append('gewoon', { record: wrong })
    const document = await textOf(gateway, { transactie: call.transactie })
    assert.match(fault(document), /^regel \d+ van log gewoon: de wet van toen geeft een andere/)
  })

  await t.test('no byte and no value can be changed unseen', async () => {
    const random = dice(seed)
    const small = await textOf(gateway, { transactie: first })
    const bytes = Buffer.from(small)
    const at = (n: number) => Math.floor(random() * n)
    const values = [...small.matchAll(/"([^"\\]{2,})"|:(\d+)/g)]
    for (let n = 0; n < 80; n += 1) {
      const place = n < 20 ? bytes.length - 1 - at(900) : at(bytes.length)
      const changed = Buffer.from(bytes)
      changed[place] = ((changed[place] ?? 0) + 1 + at(255)) % 256
      const dropped = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)])
      const added = Buffer.concat([
        bytes.subarray(0, place),
        Buffer.from(' '),
        bytes.subarray(place),
      ])
      const [match = '', value = match] = values[at(values.length)] ?? []
      const where = small.indexOf(match)
      const edited = `${small.slice(0, where)}${match.replace(value, `${value.slice(1)}7`)}${small.slice(where + match.length)}`
      const document = [changed, dropped, added, Buffer.from(edited)][n % 4] ?? changed
      if (document.equals(bytes)) continue
      assert.notEqual(fault(document), '', `${n}: byte ${place}`)
    }
  })

  await t.test('the command judges without settings, database or network', async () => {
    const path = join(gateway.dataDir, 'bundel.json')
    writeFileSync(path, text)
    const good = await ask(['bundle', 'verify', path, '--key', vkey, '--json'])
    assert.equal(good.code, 0, good.out)
    assert.equal(JSON.parse(good.out).geldig, true)
    assert.match((await ask(['bundle', 'verify', path, '--key', vkey])).out, /^Geldig: \d+ regels/)
    writeFileSync(path, text.replace('toegestaan', 'geweigerd'))
    const bad = await ask(['bundle', 'verify', path, '--key', vkey, '--json'])
    assert.equal(bad.code, 1)
    assert.match(JSON.parse(bad.out).reden, /^regel \d+/)
    assert.equal((await ask(['bundle', 'verify', path])).code, 2)
    assert.equal((await ask(['bundle', 'verify', '--key', vkey])).code, 2)
    assert.equal((await ask(['bundle', 'verify', `${path}x`, '--key', vkey])).code, 3)
    assert.equal((await ask(['bundle', 'verify', path, '--key', 'a+b+c'])).code, 1)
  })
})

suite('an auditor’s bundle that does not come', () => {
  test('a reader who leaves ends it, and the record stays', async t => {
    const gateway = await testGateway(t, 'postgres')
    await gateway.query('gemeente-waterstad', {})
    const leaving = new AbortController()
    const call = visitOf(officer).call
    const made = await take(gateway, {}, { visit: { call, signal: leaving.signal } })
    assert.ok(made.soort === 'bundel')
    leaving.abort()
    await assert.rejects(joined(made.body), { name: 'AbortError' })
    const leaves = await leavesOf(gateway.demo.serving.house.store, call.transactie)
    assert.equal(leaves.length, 1)
  })
})
