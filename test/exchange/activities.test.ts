// Can a party read back its own processing, and only that? The read extension of the Logboek Dataverwerkingen.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import type { Activities } from '../../gateway/console/activities.ts'
import { plant } from '../console/copy.ts'
import { check } from '../support/description.ts'
import { type Answer, goodBody, testGateway } from '../support/gateway.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

const path = '/v1/processing-activities'
const zoek = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
const me = 'gemeente-waterstad'
const bsn = '999990019'
const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`
const activityId = 'dpl.core.processing_activity_id'
const subjectId = 'dpl.core.data_subject_id'
const uuidOf = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

test('the read extension of the Logboek Dataverwerkingen', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const started = Date.now()
  const asked = await gateway.ask(me, { path: zoek, body: goodBody(), headers: { traceparent } })
  const given = transactionOf(asked)
  await gateway.query(me, { velden: ['nationaliteit'] })
  const mandated = await gateway.query('servicecentrum-delta', {
    namens: partyHolder('gemeente-dijkdorp').oin,
  })
  assert.equal(mandated.status, 200, mandated.text)
  const weighed = await gateway.ask('toeslagen', {
    path: '/v1/uitwisselingen/aanmelding-toeslagendelict-fiod/_zoek',
    body: {
      velden: ['voldoetAanAanmeldcriteria'],
      gegevens: {
        nadeelbedrag: 10_000_000,
        vermoedenOpzet: true,
        toelichtingOpzet: 'De facturen zijn van een adres zonder opvang',
        boeteOpgelegd: false,
      },
      zaak: 'ldv-fiod',
      medewerker: { id: 'u-1', functie: 'beoordelaar-verwijtbaarheid' },
      fase: 'verwijtbaarheidsbeoordeling',
    },
    headers: { traceparent },
  })
  assert.equal(weighed.status, 200, weighed.text)

  const post = (client: string, body: unknown, to = path) => gateway.ask(client, { path: to, body })
  const told = (answer: Answer) => {
    assert.equal(answer.status, 200, answer.text)
    const body: Activities['answer'] = JSON.parse(answer.text)
    assert.deepEqual(check('Verwerkingen')(body), [])
    return body.processingActivities
  }
  const read = async (client: string, body: unknown) => told(await post(client, body))

  await t.test(
    'LDV D22, D24: one trace is read by hex or uuid, on both addresses, with a version',
    async () => {
      const [answer, ...others] = [
        await post('uwv', { traceId }),
        await post('uwv', { traceId: uuidOf(traceId).toUpperCase() }),
        await post('uwv', { traceId }, '/processing-activities'),
      ]
      assert.ok(answer)
      for (const other of others) assert.equal(other.text, answer.text)
      assert.match(String(answer.headers['api-version']), /^\d+\.\d+\.\d+$/)
      assert.equal(answer.headers['result-truncated'], 'false')
      const activities = told(answer)
      const leaves = await leavesOf(store, given)
      assert.deepEqual(
        activities.map(({ spanId }) => spanId).sort(),
        leaves.map(({ spanId }) => spanId).sort(),
      )
      for (const one of activities) assert.equal(one.traceId, traceId)
    },
  )

  await t.test(
    'LDV D15, D26: each party reads its own processing and nothing of another',
    async () => {
      const [provider] = await read('uwv', { traceId })
      const [receiver] = await read(me, { traceId })
      const [leaf] = await leavesOf(store, given)
      assert.equal(provider?.attributes[activityId], leaf?.verwerkingsactiviteit?.verstrekking)
      assert.equal(receiver?.attributes[activityId], leaf?.verwerkingsactiviteit?.ontvangst)
      for (const client of ['gemeente-dijkdorp', 'servicecentrum-delta', 'svb']) {
        assert.deepEqual(await read(client, { traceId }), [], client)
      }
      const person = { [subjectId]: bsn }
      assert.equal((await read('gemeente-dijkdorp', person)).length, 2, 'asked on its behalf')
      assert.deepEqual(await read('servicecentrum-delta', person), [], 'it acts for another')
      assert.deepEqual(await read('svb', person), [])
    },
  )

  await t.test(
    'a person is found by number, a transaction by its pseudonym, an activity by its address',
    async () => {
      const all = await read('uwv', { [subjectId]: bsn })
      assert.equal(all.length, 5)
      const one = all.find(activity => activity.traceId === traceId)
      const pseudonym = one?.attributes[subjectId] ?? ''
      const same = await read('uwv', { [subjectId]: pseudonym })
      assert.deepEqual(new Set(same.map(activity => activity.traceId)), new Set([traceId]))
      const own = one?.attributes[activityId] ?? ''
      assert.equal((await read('uwv', { [activityId]: own })).length, all.length)
      assert.deepEqual(await read(me, { [activityId]: own }), [], 'the activity of another')
      assert.deepEqual(await read('uwv', { [activityId]: `${own}x` }), [])
      assert.deepEqual(
        await read('uwv', { traceId, [activityId]: `${own}x` }),
        [],
        'all that is named holds',
      )
      assert.deepEqual(await read('uwv', { [subjectId]: 'A'.repeat(43) }), [])
      assert.deepEqual(await read('uwv', { [subjectId]: '999993653' }), [], 'another person')
    },
  )

  await t.test('LDV D23: a period limits, inclusive at both ends', async () => {
    const [one] = await read('uwv', { traceId })
    assert.ok(one)
    const { startTime, endTime } = one
    const within = async (period: object) => (await read('uwv', { traceId, ...period })).length > 0
    assert.ok(await within({ startTime: started }))
    assert.ok(await within({ startTime: endTime, endTime }))
    assert.ok(!(await within({ startTime: endTime + 1 })))
    assert.ok(!(await within({ endTime: startTime - 1 })))
    assert.ok(await within({ startTime: 0, endTime: Number.MAX_SAFE_INTEGER }))
  })

  await t.test(
    'LDV D17: what is confidential is not told here, but to the party whose calls all are',
    async () => {
      assert.deepEqual(await read('toeslagen', { traceId }), [])
      const before = await lastIndex(store)
      const confidential = await read('fiod', { traceId })
      assert.equal(confidential.length, 2)
      assert.deepEqual(
        await leavesAfter(store, before),
        [],
        'nor does its look stand in the ordinary log',
      )
    },
  )

  await t.test(
    'every look is a record: who, by which criteria, and the person sealed',
    async () => {
      const before = await lastIndex(store)
      await read(me, { [subjectId]: bsn, endTime: Date.now() })
      const [look, ...more] = await leavesAfter(store, before)
      assert.deepEqual(more, [])
      assert.deepEqual([look?.soort, look?.ontvanger], ['inzage', partyHolder(me).oin])
      const { wat, filters, aantal } = look?.handeling ?? {}
      assert.deepEqual([wat, filters], ['verwerkingen', [subjectId, 'endTime'].sort()])
      assert.ok(Number(aantal) > 0)
      assert.ok(look?.betrokkene?.verzegeld)
      assert.ok(!JSON.stringify(look).includes(bsn))
      const [indexed] = await store.query<{ aantal: number }>(
        'SELECT count(*) AS aantal FROM audit.persoon WHERE log = $1 AND idx = $2',
        [look?.log, look?.idx],
      )
      assert.equal(Number(indexed?.aantal), 1, 'and found by who looks for that person')
    },
  )

  await t.test(
    'LDV D23: a body that names nothing, or is wrong, is 400 and recorded as refused',
    async () => {
      const cases: readonly (readonly [unknown, string])[] = [
        [{}, ''],
        [{ startTime: 1 }, ''],
        [{ traceId: '0af7' }, '/traceId'],
        [{ traceId, startTime: 2, endTime: 1 }, '/endTime'],
        [{ traceId, startTime: '1' }, '/startTime'],
        [{ traceId, pageToken: 'x' }, '/pageToken'],
        [{ [subjectId]: '999990018' }, '/dpl.core.data_subject_id'],
        [{ [activityId]: `https://x.example/${bsn}` }, '/dpl.core.processing_activity_id'],
      ]
      for (const [body, pointer] of cases) {
        const answer = await post(me, body)
        assert.equal(answer.status, 400, JSON.stringify(body))
        assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
        assert.deepEqual(
          answer.body.fouten.map(fault => fault.pointer),
          [pointer],
        )
        assert.doesNotMatch(answer.text, /99999001/)
        const [leaf] = await leavesOf(store, transactionOf(answer))
        assert.equal(leaf?.soort, 'afwijzing')
      }
      assert.equal((await post('ingetrokken', { traceId })).status, 401)
      assert.equal((await gateway.ask(me, { path, method: 'GET' })).status, 405)
    },
  )

  await t.test('a signature that is brought must hold', async () => {
    const headers = { 'Message-Signature': 'geen.echte.handtekening' }
    const answer = await gateway.ask(me, { path, body: { traceId }, headers })
    assert.ok(answer.status >= 400, answer.text)
    assert.doesNotMatch(answer.text, /processingActivities/)
  })
})

test('what is looked through is bounded, and the answer says so', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const uwv = partyHolder('uwv').oin
  const now = Date.now()
  const rows = Array.from({ length: 5_001 }, (_, i) => ({
    tijd: now - i * 60_000,
    verstrekker: uwv,
    ontvanger: partyHolder(me).oin,
  }))
  await plant(gateway.place, rows)
  const truncated = async (period: object) => {
    const body = { [subjectId]: 'A'.repeat(43), ...period }
    const answer = await gateway.ask('uwv', { path, body })
    assert.equal(answer.status, 200, answer.text)
    return answer.headers['result-truncated']
  }
  assert.equal(await truncated({ startTime: now - 3_600_000 }), 'false')
  assert.equal(await truncated({}), 'true')
})
