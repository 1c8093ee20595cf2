// Are our exports what the standards ask? Logboek Dataverwerkingen and Authorization Decision Log, of real exchanges.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdlRecord, adlRecords } from '../../gateway/console/adl.ts'
import { makeExport } from '../../gateway/console/export.ts'
import { type LdvRecord, ldvRecords } from '../../gateway/console/ldv.ts'
import type { Officer } from '../../gateway/console/page.ts'
import type { Period } from '../../gateway/console/selection.ts'
import { ask } from '../commands/sluis.ts'
import { question as slowQuestion, path as slowRequests } from '../support/approval.ts'
import { goodBody, testGateway } from '../support/gateway.ts'
import { type Leaf, leavesOf, transactionOf } from '../support/log.ts'
import { deskOf, joined, officerOf, visitOf } from './desk.ts'

const waterstad = '00000099000000001000'
const dijkdorp = '00000099000000002000'
const delta = '00000099000000003000'
const uwv = '00000099000000004000'
const toeslagen = '00000099000000007000'
const traceId = '0af7651916cd43dd8448eb211c80319c'
const parent = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${parent}-00`
const zoek = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
const persons = ['999990019', '999993653']
const secrets = [...persons, 'u-4711', 'ldv-1', 'hulpje']

test('what leaves as LDV and ADL is what the standards ask, of real exchanges', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { house } = gateway.demo.serving
  const { store } = house
  const me = 'gemeente-waterstad'
  const asked = async (client: string, body: object, path = zoek) =>
    await gateway.ask(client, { path, body: { ...goodBody(), ...body }, headers: { traceparent } })
  const given = transactionOf(await asked(me, { zaak: 'ldv-1' }))
  const refused = transactionOf(await asked(me, { velden: ['nationaliteit'] }))
  gateway.demo.uwv.misbehave('rommel')
  const failed = transactionOf(await asked(me, {}))
  gateway.demo.uwv.misbehave('normaal')
  const mandated = await asked('servicecentrum-delta', { namens: dijkdorp })
  const fresh = transactionOf(await gateway.query(me, {}))
  const slow = await gateway.ask(me, {
    path: slowRequests,
    body: slowQuestion('ldv-2', ['brutoLoonPerKwartaal']),
  })
  assert.equal(slow.status, 403, 'refused at acceptance, so nothing waits')
  const hidden = await asked(
    'toeslagen',
    {
      velden: ['voldoetAanAanmeldcriteria', 'uitkomstAanmeldcriteria'],
      gegevens: {
        nadeelbedrag: 10_000_000,
        vermoedenOpzet: true,
        toelichtingOpzet: 'De facturen zijn van een adres zonder opvang',
        boeteOpgelegd: false,
      },
      betrokkene: undefined,
      periode: undefined,
      parameters: undefined,
      medewerker: { id: 'hulpje', functie: 'beoordelaar-verwijtbaarheid' },
      fase: 'verwijtbaarheidsbeoordeling',
    },
    '/v1/uitwisselingen/aanmelding-toeslagendelict-fiod/_zoek',
  )
  assert.equal(hidden.status, 200, hidden.text)
  assert.equal(mandated.status, 200, mandated.text)

  const desk = deskOf(house, String(gateway.demo.settings.SLUIS_KEYS_DIR))
  async function lines<T>(
    formaat: 'ldv' | 'adl',
    by: Officer,
    period: Period = {},
    log: 'gewoon' | 'vertrouwelijk' = 'gewoon',
  ): Promise<readonly T[]> {
    const made = await makeExport(desk, visitOf(by), { formaat, log, ...period })
    if (made.soort !== 'uitvoer') return []
    const text = await joined(made.body)
    assert.match(made.name, /^sluis-(ldv|adl)-(gewoon|vertrouwelijk)-\d{4}-\d\d-\d\d\.ndjson$/)
    for (const secret of secrets) assert.ok(!text.includes(secret), secret)
    return linesOf(text)
  }
  const officer = (oin: string) => officerOf(oin, 'privacy-officer')
  const ofProvider = await lines<LdvRecord>('ldv', officer(uwv))
  const ofReceiver = await lines<LdvRecord>('ldv', officer(waterstad))
  const leaves = new Map<string, Leaf>()
  for (const transactie of [given, refused, failed, fresh]) {
    for (const leaf of await leavesOf(store, transactie)) leaves.set(leaf.spanId, leaf)
  }
  const of = (transactie: string, all: readonly LdvRecord[]) =>
    all.filter(({ span_id }) => leaves.get(span_id)?.transactie === transactie)

  await t.test(
    'LDV D1: every mandatory member is there with its type, and the name is never empty',
    () => {
      assert.ok(ofProvider.length >= 8)
      for (const line of [...ofProvider, ...ofReceiver]) {
        assert.match(line.trace_id, /^[0-9a-f]{32}$/)
        assert.match(line.span_id, /^[0-9a-f]{16}$/)
        assert.ok(['Unset', 'Ok', 'Error'].includes(line.status))
        assert.ok(line.name.length > 0)
        assert.ok(Number.isSafeInteger(line.start_time) && line.end_time >= line.start_time)
        assert.match(line.attributes['dpl.core.processing_activity_id'] ?? '', /^https:\/\//)
      }
    },
  )

  await t.test(
    'LDV D2, D3, D4: a trace of its own without a caller’s, a span per action, children below it',
    () => {
      const [root, child] = of(fresh, ofProvider)
      assert.ok(root && child)
      assert.notEqual(root.trace_id, traceId)
      assert.equal(root.parent_span_id, undefined)
      assert.deepEqual([child.trace_id, child.parent_span_id], [root.trace_id, root.span_id])
      assert.equal(new Set(ofProvider.map(({ span_id }) => span_id)).size, ofProvider.length)
      for (const line of of(given, ofProvider)) assert.ok(leaves.has(line.span_id), 'as recorded')
    },
  )

  await t.test(
    'LDV D5, D7: the caller’s trace is kept, its span is the parent and the other party is named, also unsampled',
    () => {
      const [root, child] = of(given, ofProvider)
      assert.deepEqual([root?.trace_id, root?.parent_span_id], [traceId, parent])
      const processor = 'dpl.core.foreign_operation.processor'
      assert.match(root?.attributes[processor] ?? '', new RegExp(`^https://.*/${waterstad}$`))
      assert.equal(child?.attributes[processor], undefined)
      assert.equal(of(fresh, ofProvider)[0]?.attributes[processor], undefined)
    },
  )

  await t.test(
    'LDV D8, D9: one person at most, by a pseudonym that is another in each transaction',
    () => {
      const subjects = [given, fresh].map(one =>
        of(one, ofProvider).map(({ attributes }) => attributes['dpl.core.data_subject_id']),
      )
      assert.equal(new Set(subjects[0]).size, 1)
      assert.ok(subjects[0]?.[0])
      assert.notEqual(subjects[0]?.[0], subjects[1]?.[0])
      for (const { attributes } of ofProvider) {
        assert.equal(attributes['dpl.core.data_subject_id_type'], 'BSN')
      }
    },
  )

  await t.test(
    'LDV D12: a refusal is Ok, a source that failed is Error, and what has no end is Unset',
    async () => {
      assert.deepEqual(
        of(refused, ofProvider).map(({ status }) => status),
        ['Ok'],
      )
      assert.deepEqual(
        of(failed, ofProvider).map(({ status }) => status),
        ['Ok', 'Error'],
      )
      assert.deepEqual(
        of(given, ofProvider).map(({ status }) => status),
        ['Ok', 'Ok'],
      )
      const [decision] = await leavesOf(store, given)
      assert.ok(decision)
      const crashed = ldvRecords({ log: 'gewoon', leaves: [decision] }, uwv, undefined)
      assert.deepEqual(
        crashed.map(({ status }) => status),
        ['Unset'],
      )
    },
  )

  await t.test(
    'LDV D14, D16, D20: no employee, purpose, ground or term; only names of adopted extensions',
    () => {
      const known = [
        'dpl.core.processing_activity_id',
        'dpl.core.data_subject_id',
        'dpl.core.data_subject_id_type',
        'dpl.core.foreign_operation.processor',
        'dpl.read.externalReadAPI_id',
        'exception.type',
      ]
      for (const line of [...ofProvider, ...ofReceiver]) {
        for (const name of Object.keys(line.attributes)) assert.ok(known.includes(name), name)
        const text = JSON.stringify(line)
        assert.doesNotMatch(text, /bijstand-recht|pw-64|inkomensconsulent|"P7Y"|uitwisseling/)
      }
    },
  )

  await t.test(
    'LDV D15: each controller has its own lines, and who acts for another has none',
    async () => {
      const [own] = of(given, ofProvider)
      const [theirs] = of(given, ofReceiver)
      const id = 'dpl.core.processing_activity_id'
      const { verwerkingsactiviteit } = leaves.get(own?.span_id ?? '') ?? {}
      assert.equal(own?.attributes[id], verwerkingsactiviteit?.verstrekking)
      assert.equal(theirs?.attributes[id], verwerkingsactiviteit?.ontvangst)
      assert.notEqual(own?.attributes[id], theirs?.attributes[id])
      assert.ok((await lines('ldv', officer(dijkdorp))).length > 0, 'the principal answers for it')
      assert.deepEqual((await lines('ldv', officer(delta))).length, 0)
      assert.deepEqual(await lines('ldv', officer(toeslagen)), [])
    },
  )

  await t.test(
    'LDV D17: what is confidential stands in an export of its own, for who may see it',
    async () => {
      const trusted = officerOf(toeslagen, 'privacy-officer', 'vertrouwelijk')
      const told = await lines<LdvRecord>('ldv', trusted, {}, 'vertrouwelijk')
      assert.ok(told.length >= 2)
      assert.deepEqual(await lines('ldv', trusted), [])
      for (const { attributes } of told) {
        assert.equal(attributes['dpl.core.data_subject_id'], undefined, 'weighed without identity')
      }
    },
  )

  await t.test(
    'LDV D21, D25: an error says its code and no more; the receiver’s lines say where to ask on',
    () => {
      const [, error] = of(failed, ofProvider)
      assert.equal(error?.attributes['exception.type'], 'source-malformed')
      const next = 'dpl.read.externalReadAPI_id'
      assert.equal(of(given, ofReceiver)[0]?.attributes[next], 'https://sluis.example/register')
      for (const line of [...of(refused, ofReceiver), ...ofProvider]) {
        assert.equal(line.attributes[next], undefined)
      }
    },
  )

  const decisions = await lines<AdlRecord>('adl', officer(uwv))
  const decided = (transactie: string) =>
    decisions.filter(({ span_id }) => leaves.get(span_id)?.transactie === transactie)

  await t.test(
    'ADL A6, A9, A12: one line per evaluation, Ok for yes and no, Error when nothing could be decided',
    async () => {
      for (const [transactie, decision] of [
        [given, true],
        [refused, false],
        [failed, true],
      ] as const) {
        const [line, ...more] = decided(transactie)
        assert.deepEqual(more, [])
        assert.equal(line?.event_name, 'adl.access_evaluation')
        assert.deepEqual(
          [line?.status, line?.trace_id, line?.parent_span_id],
          ['Ok', traceId, parent],
        )
        assert.match(line?.span_id ?? '', /^[0-9a-f]{16}$/)
        const response = line?.body['adl.core.response'] as { decision: boolean }
        assert.equal(response.decision, decision)
      }
      const [leaf] = await leavesOf(store, refused)
      assert.ok(leaf)
      const redenen = [{ code: 'NIET_VERSTREKT', bij: { oorzaak: 'niet te beoordelen' } }]
      const [line] = adlRecords({ log: 'gewoon', leaves: [{ ...leaf, redenen }] }, uwv)
      assert.equal(line?.status, 'Error')
    },
  )

  await t.test(
    'ADL A2, A13, A14, A15, A17: a whole request and response, each item in one place, policies by digest',
    () => {
      for (const { body, attributes } of decisions) {
        const items = [...Object.keys(body), ...Object.keys(attributes)]
        assert.equal(new Set(items).size, items.length)
        const request = body['adl.core.request'] as Record<string, Record<string, unknown>>
        assert.match(String(request.subject?.id), /^\d{20}$/)
        for (const name of ['subject', 'resource'])
          assert.ok(request[name]?.type && request[name]?.id)
        assert.ok(request.action?.name && body['adl.core.response'] && body['adl.core.information'])
        assert.match(attributes['adl.core.policies'] ?? '', /^sha256:[0-9a-f]{64}#[a-z-]+@\d/)
        assert.match(attributes['adl.core.configuration'] ?? '', /^[a-z]+\/\d/)
        assert.ok(attributes['dpl.core.data_subject_id'])
      }
    },
  )

  await t.test(
    'ADL A16, A18, A19: no transaction of another protocol, no names of our own, and who wrote it',
    () => {
      const known =
        /^(adl\.core\.(request|response|policies|information|configuration)|dpl\.core\.data_subject_id(_type)?)$/
      for (const { body, attributes, resource } of decisions) {
        for (const name of [...Object.keys(body), ...Object.keys(attributes)])
          assert.match(name, known)
        assert.equal(resource.attributes['service.name'], 'sluis')
        assert.match(resource.attributes['service.namespace'] ?? '', new RegExp(`${uwv}$`))
      }
    },
  )

  await t.test(
    'a period and an exchange choose, and the record says what was taken, not about whom',
    async () => {
      const by = officer(uwv)
      assert.deepEqual(await lines('ldv', by, { totEnMet: '2020-01-01' }), [])
      assert.deepEqual(await lines('ldv', by, { uitwisseling: 'svb-uitkeringen-bijstand' }), [])
      const visit = visitOf(by)
      const period = { van: '2020-01-01', uitwisseling: 'uwv-inkomsten-bijstand' }
      const made = await makeExport(desk, visit, { formaat: 'ldv', log: 'gewoon', ...period })
      assert.equal(made.soort, 'uitvoer')
      const [leaf] = await leavesOf(store, visit.call.transactie)
      const { transacties, ...rest } = leaf?.handeling ?? {}
      assert.deepEqual(rest, { wat: 'uitvoer', formaat: 'ldv', ...period })
      assert.ok(Number(transacties) >= 5)
      assert.equal(leaf?.ontvanger, uwv)
    },
  )

  await t.test('the command gives the same lines, of one organisation or of all', async () => {
    const env = gateway.demo.settings
    const export_ = (...args: string[]) => ask(['log', 'export', ...args], { env })
    const one = await export_('--formaat', 'ldv', '--oin', uwv)
    assert.equal(one.code, 0, one.err)
    assert.equal(one.out.trimEnd().split('\n').length, ofProvider.length)
    const all = await export_('--formaat', 'ldv')
    const owners = linesOf(all.out).map(line => line.resource.attributes['service.namespace'])
    assert.equal(new Set(owners).size, 4, 'UWV, the KSZ, Waterstad and Dijkdorp')
    const adl = await export_('--formaat', 'adl', '--log', 'vertrouwelijk')
    assert.match(adl.out, /"event_name":"adl.access_evaluation"/)
    assert.equal((await export_('--formaat', 'adl', '--tot', '2020-01-01')).out, '')
    for (const wrong of [
      [],
      ['--formaat', 'csv'],
      ['--formaat', 'ldv', '--van', 'gisteren'],
      ['--formaat', 'ldv', '--oin', '1'],
    ]) {
      assert.equal((await export_(...wrong)).code, 2, wrong.join(' '))
    }
  })
})

function linesOf(text: string) {
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
}
