// What if a call about a request is almost right? Its address, methods, headers and body, bit by bit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../gateway/message/limits.ts'
import { resume } from '../../gateway/resume.ts'
import { assertProblem, check, find } from '../support/description.ts'
import { type Ask, goodBody, testGateway } from '../support/gateway.ts'
import { leavesOf, transactionOf } from '../support/log.ts'
import { openRaw, parseAnswers, sayRaw } from '../support/raw.ts'

const waterstad = 'gemeente-waterstad'
const verzoeken = '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken'
const json = { 'Content-Type': 'application/json' }

test('a call about a request that is almost right gets a problem, is recorded, and changes nothing', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { house } = gateway.demo.serving
  const ask = (call: Ask) => gateway.ask(waterstad, call)
  const first = await ask({ path: verzoeken, body: goodBody() })
  assert.equal(first.status, 202, first.text)
  const place = String(first.headers.location)
  const id = place.split('/').at(-1) ?? ''
  for (let staat = ''; staat !== 'gereed'; ) {
    await resume(id, house.rooms, new AbortController().signal)
    staat = JSON.parse((await ask({ path: place })).text).staat
  }

  /** Refused as it should be, in the log once, and the request stands where it stood. */
  async function refused(what: string, call: Ask, status: number, told = /./) {
    const before = (await ask({ path: place })).text
    const answer = await ask(call)
    assert.equal(answer.status, status, `${what}: ${answer.text}`)
    assertProblem(answer, what)
    assert.match(answer.body.detail, told, what)
    const leaves = await leavesOf(house.store, transactionOf(answer))
    assert.deepEqual(
      leaves.map(({ soort }) => soort),
      ['afwijzing'],
      what,
    )
    assert.equal((await ask({ path: place })).text, before, what)
    return answer
  }

  await t.test('another spelling of an address is another address', async () => {
    const spellings = [
      place.replace('verzoeken', 'Verzoeken'),
      place.replace('/v1', '/V1'),
      place.replace(id, id.toUpperCase()),
      place.replace(id, `{${id}}`),
      place.replace(id, `%7b${id}%7d`),
      `${place}/`,
      `${place}%2fantwoord`,
      `${place}/antwoord/`,
      `${place};v=1`,
      `/v1/verzoeken//${id}`,
      `/v1/verzoeken/../verzoeken/${id}`,
      '/v1/verzoeken',
      '/v1/verzoeken/',
    ]
    for (const path of spellings) await refused(path, { path }, 404)
    await refused('a query', { path: `${place}?x=1` }, 400)
    await refused('half an escape', { path: `${place}%zz` }, 400)
  })

  await t.test('the number of a person where a request belongs is not repeated', async () => {
    for (const path of ['/v1/verzoeken/999990019', '/v1/verzoeken/999990019/antwoord']) {
      const answer = await refused(path, { path }, 404)
      assert.ok(!JSON.stringify([answer.text, answer.headers]).includes('999990019'))
    }
  })

  await t.test(
    'another method names those that can be, and a wrong one withdraws nothing',
    async () => {
      const rows = [
        [place, 'POST', 'GET, DELETE'],
        [place, 'PUT', 'GET, DELETE'],
        [`${place}/antwoord`, 'DELETE', 'GET'],
        [`${place}/ontvangstbevestiging`, 'GET', 'POST'],
        [`${place}/ontvangstbevestiging`, 'DELETE', 'POST'],
        [verzoeken, 'GET', 'POST'],
        [verzoeken, 'DELETE', 'POST'],
      ] as const
      for (const [path, method, allow] of rows) {
        const answer = await refused(`${method} ${path}`, { path, method }, 405)
        assert.equal(answer.headers.allow, allow, path)
      }
      const overridden = { 'X-HTTP-Method-Override': 'DELETE' }
      assert.equal((await ask({ path: place, headers: overridden })).status, 200)
      assert.equal(JSON.parse((await ask({ path: place })).text).staat, 'gereed')
    },
  )

  await t.test(
    'an answer is JOSE and all else is JSON: who asks for the other gets neither',
    async () => {
      const jose = { Accept: 'application/jose' }
      await refused('the state as JOSE', { path: place, headers: jose }, 406, /application\/json/)
      const path = `${place}/antwoord`
      const only = { Accept: 'application/json' }
      await refused('the answer as JSON', { path, headers: only }, 406, /application\/jose/)
    },
  )

  await t.test('a body where none belongs is read within the limits and says nothing', async () => {
    const confirm = { method: 'POST', path: `${place}/ontvangstbevestiging` }
    const large = 'a'.repeat(limits.bodyBytes + 1)
    await refused('too large', { ...confirm, body: large }, 413)
    await refused(
      'no JSON',
      { ...confirm, body: 'x', headers: { 'Content-Type': 'text/plain' } },
      415,
    )
    const socket = await openRaw(gateway.demo.pkiDir, gateway.exchangePort, waterstad)
    const inner = `DELETE ${place} HTTP/1.1\r\nHost: x\r\n\r\n`
    const outer = (line: string) => `${line} HTTP/1.1\r\nHost: x\r\n`
    const bytes = `${outer(`GET ${place}`)}Content-Length: ${inner.length}\r\n\r\n${inner}${outer(`GET ${place}`)}Connection: close\r\n\r\n`
    const { text } = await sayRaw(socket, [bytes], 2_000)
    const answers = parseAnswers(text)
    assert.ok(answers.length > 0)
    for (const { status, body } of answers) {
      assert.equal(status, 200)
      assert.equal(JSON.parse(body).staat, 'gereed', 'the body of one call was taken for another')
    }
  })

  await t.test('an Idempotency-Key is one printable word of at most 255 characters', async () => {
    const call = (key: string): Ask => ({
      path: verzoeken,
      body: goodBody(),
      headers: { ...json, 'Idempotency-Key': key },
    })
    for (const key of ['', 'a b', 'é', '\t', 'a'.repeat(256)]) {
      await refused(JSON.stringify(key), call(key), 400, /^De Idempotency-Key/)
    }
    for (const key of ['a', '"8e03978e-40d5"', 'a,b', 'a'.repeat(255)]) {
      assert.equal((await ask(call(key))).status, 202, key)
    }
  })

  await t.test('two Idempotency-Keys are none, also when they are the same', async () => {
    const body = JSON.stringify(goodBody())
    for (const keys of [
      ['een', 'twee'],
      ['een', 'een'],
      ['', 'een'],
    ]) {
      const lines = keys.map((key, n) => `${n ? 'idempotency-KEY' : 'Idempotency-Key'}: ${key}`)
      const head = [
        `POST ${verzoeken} HTTP/1.1`,
        'Host: x',
        'Content-Type: application/json',
        ...lines,
      ]
      const bytes = `${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
      const socket = await openRaw(gateway.demo.pkiDir, gateway.exchangePort, waterstad)
      const [answer] = parseAnswers((await sayRaw(socket, [bytes], 2_000)).text)
      assert.equal(answer?.status, 400, keys.join())
      assert.match(answer?.body ?? '', /meer dan eens/)
    }
  })

  await t.test(
    'a signature that comes with an approval and is wrong is not passed over',
    async () => {
      const body = { verklaring: 'a.b.c' }
      const path = `${place}/goedkeuringen`
      const headers = { ...json, 'Message-Signature': 'a..b' }
      await refused('wrong', { path, body, headers }, 401, /^De handtekening klopt niet/)
      await refused('none', { path, body }, 409, /wacht niet op een goedkeuring/)
    },
  )

  await t.test(
    'why a request ended is told by a code of the description, whatever the house calls it',
    async () => {
      const told = find('#/components/schemas/Verzoek/properties/reden/description')
      for (const [reden, expected] of [
        ['source-unavailable', 'BRON_ONBEREIKBAAR'],
        ['source-refused', 'BRON_WEIGERT'],
        ['source-malformed', 'BRON_ONBETROUWBAAR'],
        ['sleutel-ontbreekt', 'SLEUTEL_ONTBREEKT'],
        ['interne-fout', 'INTERNE_FOUT'],
        ['wat-dan-ook', 'INTERNE_FOUT'],
        ['TERMIJN_VERSTREKEN', 'TERMIJN_VERSTREKEN'],
        ['NIET_OPGEHAALD', 'NIET_OPGEHAALD'],
        ['AFGEWEZEN', 'AFGEWEZEN'],
      ] as const) {
        await house.store.query(
          "update delivery.verzoek set staat = 'mislukt', reden = $2 where verzoek = $1::uuid",
          [id, reden],
        )
        const view = JSON.parse((await ask({ path: place })).text)
        assert.equal(view.reden, expected)
        assert.deepEqual(check('Verzoek')(view), [])
        assert.ok(String(told).includes(expected), expected)
      }
    },
  )
})
