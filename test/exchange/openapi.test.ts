import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { apiVersion } from '../../gateway/listen/answer.ts'
import { entitlements } from '../../gateway/policy/entitlements.ts'
import { problems } from '../../gateway/problem.ts'
import { guard, readSchema } from '../../gateway/schema.ts'
import type { MessageState, RequestState } from '../../gateway/terms.ts'
import { oins, variant } from '../policy/law.ts'
import { supplyEdits } from '../policy/supply-law.ts'
import {
  check,
  document,
  find,
  type Json,
  operations,
  responsesOf,
} from '../support/description.ts'
import { arrangement, lawOf, noon, waterstad } from './register-law.ts'

const media = operations.flatMap(operation => [
  ...Object.entries(operation.requestBody?.content ?? {}),
  ...responsesOf(operation).flatMap(([, reply]) => Object.entries(reply.content)),
])
const examples = [...new Set(media.map(([, one]) => one))].flatMap(one =>
  Object.entries(one.examples).map(([name, { value }]) => ({
    name,
    value,
    schema: one.schema.$ref.replace('#/components/schemas/', ''),
  })),
)
/** All of them: the compiler says when one lacks. */
const states = {
  'wacht-op-goedkeuring': true,
  aanvaard: true,
  'in-behandeling': true,
  gereed: true,
  opgehaald: true,
  afgeleverd: true,
  geweigerd: true,
  ingetrokken: true,
  verlopen: true,
  mislukt: true,
} satisfies Record<RequestState, true>
const messageStates = {
  ontvangen: true,
  opgehaald: true,
  signaal: true,
  beoordeeld: true,
  verlopen: true,
  geweigerd: true,
} satisfies Record<MessageState, true>
const answers = examples.filter(({ schema }) => schema === 'Antwoord')
const found = examples.filter(({ schema }) => schema === 'Probleem')

test('the description holds the routes of the exchange listener and no other', () => {
  assert.deepEqual(operations.map(({ path, method }) => `${method} ${path}`).sort(), [
    'delete /verzoeken/{verzoek}',
    'get /berichten/{bericht}',
    'get /berichten/{bericht}/inhoud',
    'get /bevoegdheden',
    'get /bewijzen/{transactie}',
    'get /leveringen/{levering}',
    'get /leveringen/{levering}/verslag',
    'get /terugmeldingen/{terugmelding}',
    'get /verzoeken/{verzoek}',
    'get /verzoeken/{verzoek}/antwoord',
    'post /berichten/_bevestig',
    'post /berichten/_ophalen',
    'post /berichten/_zoek',
    'post /berichten/{bericht}/beoordeling',
    'post /berichten/{bericht}/ontvangstbevestiging',
    'post /correcties',
    'post /leveringen/{levering}/vervolg',
    'post /processing-activities',
    'post /terugmeldingen',
    'post /uitwisselingen/{uitwisseling}/_zoek',
    'post /uitwisselingen/{uitwisseling}/leveringen',
    'post /uitwisselingen/{uitwisseling}/verzoeken',
    'post /verstrekkingen/_zoek',
    'post /verzoeken/{verzoek}/goedkeuringen',
    'post /verzoeken/{verzoek}/ontvangstbevestiging',
    'post /zaken',
  ])
})

test('every schema compiles strictly, and none is left unused', () => {
  const text = JSON.stringify(document)
  for (const name of Object.keys(document.components.schemas)) {
    check(name)
    assert.ok(text.includes(`"#/components/schemas/${name}"`), name)
  }
})

test('every reference leads to something in the document itself', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)]
  assert.ok(references.length > 20)
  for (const [, reference = ''] of references) {
    assert.match(reference, /^#\//)
    find(reference)
  }
})

for (const [name, file] of [
  ['Zoekvraag', 'zoekvraag'],
  ['Leveringsregel', 'leveringsregel'],
  ['Zaak', 'zaak'],
  ['Correctie', 'correctie'],
  ['Terugmelding', 'terugmelding'],
  ['Goedkeuring', 'goedkeuring'],
  ['Verstrekkingenvraag', 'verstrekkingenvraag'],
  ['Verwerkingsvraag', 'verwerkingsvraag'],
  ['Berichtenvraag', 'berichtenvraag'],
  ['Ophaalvraag', 'ophaalvraag'],
  ['Bevestiging', 'bevestiging'],
  ['Beoordeling', 'beoordeling'],
] as const) {
  test(`the served ${name} is the schema that bodies are checked against`, () => {
    const { $schema, $id, ...schema } = readSchema(file)
    assert.ok($schema && $id)
    const served = JSON.stringify(document.components.schemas[name])
    const own = served
      .replaceAll(`#/components/schemas/${name}/`, '#/')
      .replaceAll('#/components/schemas/Zoekvraag/', 'urn:sluis:schema:zoekvraag#/')
    assert.deepEqual(JSON.parse(own), schema)
  })
}

for (const { name, schema, value } of examples) {
  test(`the example ${name} fits ${schema}`, () => {
    assert.deepEqual(check(schema)(value), [])
  })
}

test('the examples of the query fit the check of the gateway itself', () => {
  const queries = examples.filter(({ schema }) => schema === 'Zoekvraag')
  assert.ok(queries.length > 1)
  for (const { value } of queries) assert.deepEqual(guard('zoekvraag')(value), [])
})

test('an answer with a member too many, too few or of another kind does not fit', () => {
  const fits = check('Antwoord')
  const good = answers[0]?.value ?? {}
  assert.deepEqual(fits(good), [])
  assert.notDeepEqual(fits({ ...good, naam: 'x' }), [])
  for (const member of Object.keys(good)) {
    const { [member]: _gone, ...without } = good
    if (member !== 'omgeving') assert.notDeepEqual(fits(without), [], member)
    assert.notDeepEqual(fits({ ...good, [member]: 7 }), [], member)
  }
  const bewijs = good.bewijs as Json
  assert.notDeepEqual(fits({ ...good, bewijs: { ...bewijs, opening: 'kort' } }), [])
  assert.notDeepEqual(fits({ ...good, bewijs: { ...bewijs, tlogProof: 'iets' } }), [])
  assert.notDeepEqual(fits({ ...good, antwoord: [{ loonSv: { bedrag: 1 } }] }), [])
  assert.notDeepEqual(fits({ ...good, omgeving: 'productie' }), [])
})

test('a problem may say more than is described, but never less', () => {
  const fits = check('Probleem')
  const { title, status, detail, type, instance } = found[0]?.value ?? {}
  assert.deepEqual(fits({ type, title, status, detail, instance, nieuw: 1 }), [])
  assert.notDeepEqual(fits({ type, title, status, instance }), [])
  assert.notDeepEqual(fits({ type, title, status: 200, detail, instance }), [])
  assert.notDeepEqual(fits({ type, title, status, detail, instance, redenen: [{ code: 'X' }] }), [])
})

test('every member of an example problem is described', () => {
  const properties = document.components.schemas.Probleem?.properties as Json
  for (const { value, name } of found) {
    for (const member of Object.keys(value)) assert.ok(Object.hasOwn(properties, member), name)
  }
})

test('every example problem is what the gateway says: slug, title and status', () => {
  for (const { value, name } of found) {
    const slug = String(value.type).replace('https://sluis.example/problemen/', '')
    assert.ok(Object.hasOwn(problems, slug), name)
    const { title, status } = problems[slug as keyof typeof problems]
    assert.deepEqual([value.title, value.status], [title, status], name)
  }
})

test('every problem a caller of these routes can meet has an example', () => {
  const shown = new Set(found.map(({ value }) => String(value.type).split('/').at(-1)))
  // The console answers pages, and is no part of this description.
  const routes = Object.entries(problems).filter(([, { stage }]) => stage !== 'console')
  const missing = routes.map(([slug]) => slug).filter(slug => !shown.has(slug))
  assert.deepEqual(missing, [])
  assert.ok(shown.has('limiet-bereikt'), 'described before quotas produce it')
})

test('the proofs in the examples verify offline with the key that is printed there', () => {
  const [, vkey = ''] = /(sluis\.example\/log\/gewoon\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)/.exec(
    JSON.stringify(document),
  ) ?? ['', '']
  const proved = examples.filter(
    ({ value, schema }) => Object.hasOwn(value, 'bewijs') || schema === 'Bewijzen',
  )
  assert.ok(proved.length >= 10)
  for (const { name, value } of proved) {
    const judged = verifyAnswer(Buffer.from(JSON.stringify(value)), vkey)
    assert.ok(judged.grootte > 0n, name)
  }
  const changed = { ...answers[0]?.value, bewaarregel: 'Bewaar dit voor altijd.' }
  assert.throws(() => verifyAnswer(Buffer.from(JSON.stringify(changed)), vkey))
})

test('every state a request or a message can be in is described, at itself and in a conflict about it', () => {
  const described = (schema: string) => find(`#/components/schemas/${schema}/properties/staat/enum`)
  assert.deepEqual(described('Verzoek'), Object.keys(states))
  assert.deepEqual(described('Bericht'), Object.keys(messageStates))
  const both = new Set([...Object.keys(states), ...Object.keys(messageStates)])
  assert.deepEqual(described('Probleem'), [...both])
})

test('what the gateway tells a party about its entitlements fits the description', () => {
  const law = lawOf([{}, { id: 'dicht', grondslagen: ['wpd-1'], treden: arrangement.treden }])
  const party = law.partijen.get(waterstad)
  assert.ok(party)
  const told = entitlements(party, law, noon)
  assert.equal(told.bevoegdheden.length, 1)
  assert.equal(told.gesloten.length, 1)
  assert.deepEqual(check('Bevoegdheden')(JSON.parse(JSON.stringify(told))), [])
})

test('so does what it tells who supplies, who stands in between and who receives', async () => {
  const law = await variant(supplyEdits())
  for (const oin of [oins.waterstad, oins.ib, oins.uwv, oins.toeslagen]) {
    const party = law.partijen.get(oin)
    assert.ok(party)
    const told = entitlements(party, law, noon)
    assert.ok(told.bevoegdheden.some(({ uitwisseling }) => uitwisseling.startsWith('proef-')))
    assert.deepEqual(check('Bevoegdheden')(JSON.parse(JSON.stringify(told))), [])
  }
})

// The API Design Rules as such: test/house/api-design-rules.test.ts.

test('the version of the description is the one every answer carries', () => {
  assert.equal(document.info.version, apiVersion)
})

test('the server address is https and ends in the major version (ADR uri-version)', () => {
  assert.deepEqual(
    document.servers.map(({ url }) => url),
    ['https://sluis.example/v1'],
  )
  assert.equal(apiVersion.split('.')[0], '1')
})

/** Of operations that answer something else than JSON. */
const otherTypes = new Map([
  ['haalAntwoordOp', 'jose'],
  ['haalBerichtenOp', 'x-ndjson'],
  ['leesVerslag', 'x-ndjson'],
])

test('every error is a problem document, with Retry-After and Allow where they belong (ADR problem-details)', () => {
  for (const operation of operations) {
    for (const [status, reply] of responsesOf(operation)) {
      const where = `${operation.operationId} ${status}`
      const error = Number(status) >= 400
      const good = otherTypes.get(operation.operationId) ?? 'json'
      const type = `application/${error ? 'problem+json' : good}`
      assert.deepEqual(Object.keys(reply.content), [type], where)
      assert.equal('Retry-After' in reply.headers, ['429', '503'].includes(status), where)
      assert.equal('Allow' in reply.headers, status === '405', where)
      // A correction was decided of everyone when it is answered: there is nothing to come back for.
      const { operationId } = operation
      const follows =
        status === '202' ? operationId !== 'verbeterGegeven' : where === 'meldTwijfel 201'
      assert.equal('Location' in reply.headers, follows, where)
      for (const { value } of Object.values(reply.content[type]?.examples ?? {})) {
        if (error) assert.equal(value.status, Number(status), where)
      }
    }
  }
})

test('every operation can say 400, 401 and 503, and the query also what concerns its body', () => {
  for (const { operationId, responses } of operations) {
    assert.ok(responses['200'] ?? responses['201'] ?? responses['202'], operationId)
    for (const status of ['400', '401', '405', '406', '431', '500', '503']) {
      assert.ok(responses[status], `${operationId} ${status}`)
    }
  }
  const query = operations.find(({ operationId }) => operationId === 'zoek')
  for (const status of ['403', '404', '413', '415', '429', '502']) {
    assert.ok(query?.responses[status], status)
  }
})

test('every operation asks for a client certificate', () => {
  assert.deepEqual(document.security, [{ mutualTLS: [] }])
})

test('no identity of a person can stand in a path, a query or a header (ADR no-sensitive-uris)', () => {
  const parameters = Object.keys(document.components.parameters as Json)
  assert.deepEqual(parameters.sort(), [
    'bericht',
    'contentRange',
    'digest',
    'idempotencyKey',
    'levering',
    'messageSignature',
    'terugmelding',
    'traceparent',
    'tracestate',
    'transactie',
    'uitwisseling',
    'verzoek',
  ])
})
