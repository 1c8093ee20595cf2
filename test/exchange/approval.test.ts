import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { compactDecrypt, importJWK } from 'jose'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { jwkOf, me, path, question, signed, untilState, waiting } from '../support/approval.ts'
import { type Answer, type TestGateway, testGateway } from '../support/gateway.ts'
import { leavesAfter } from '../support/log.ts'

function approve(gateway: TestGateway, place: string, verklaring: string): Promise<Answer> {
  return gateway.ask(me, { path: `${place}/goedkeuringen`, body: { verklaring } })
}

const codes = ({ body }: Answer) => (body.redenen ?? []).map(({ code }) => code)

test('amounts from Belgium wait for a second person, whose signed statement counts once and for this content alone', async t => {
  const gateway = await testGateway(t, 'postgres')
  gateway.demo.ksz.delay(0)
  const { place, verzoek, inhoud } = await waiting(gateway, 'be-1')
  const good = { verzoek, inhoud }
  const { vkey } = gateway.demo.serving.house.rooms.audit.head('gewoon')
  const wrong: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'another request',
      signed(gateway, 'g-waterstad-1', { ...good, verzoek: crypto.randomUUID() }),
      ['GOEDKEURING_VEREIST'],
    ],
    [
      'another content',
      signed(gateway, 'g-waterstad-1', { ...good, inhoud: 'A'.repeat(43) }),
      ['GOEDKEURING_VEREIST'],
    ],
    [
      'another function than registered',
      signed(gateway, 'g-waterstad-1', { ...good, functie: 'kwaliteitsmedewerker' }),
      ['FUNCTIE_NIET_BEVOEGD'],
    ],
    [
      'a function that may not',
      signed(gateway, 'g-waterstad-2', { ...good, functie: 'kwaliteitsmedewerker' }),
      ['FUNCTIE_NIET_BEVOEGD'],
    ],
    ['an approver of another party', signed(gateway, 'g-uwv-1', good), ['GOEDKEURING_VEREIST']],
    [
      'one that is over',
      signed(gateway, 'g-waterstad-1', { ...good, iat: 1_700_000_000, exp: 1_700_000_100 }),
      ['GOEDKEURING_VERLOPEN'],
    ],
  ]
  for (const [name, verklaring, expected] of wrong) {
    const answer = await approve(gateway, place, verklaring)
    assert.equal(answer.status, 403, `${name}: ${answer.text}`)
    assert.deepEqual(codes(answer), expected, name)
    assert.ok(answer.body.bewijs.logregel.includes('"soort":"goedkeuring"'), name)
    assert.equal(verifyAnswer(Buffer.from(answer.text), vkey).soort, 'weigering', name)
    assert.equal(answer.body.vervolg, undefined, `${name}: it is asked already`)
  }
  await untilState(gateway, place, 'wacht-op-goedkeuring')
  const verklaring = signed(gateway, 'g-waterstad-1', good)
  const agreed = await approve(gateway, place, verklaring)
  assert.equal(agreed.status, 201, agreed.text)
  assert.equal(verifyAnswer(Buffer.from(agreed.text), vkey).record.uitkomst, 'goedgekeurd')
  const again = await approve(gateway, place, verklaring)
  assert.equal(again.status, 409, again.text)
  await untilState(gateway, place, 'gereed')
  const { text } = await gateway.ask(me, { path: `${place}/antwoord` })
  const key = await importJWK(jwkOf(gateway, 'sleutels', `${me}-versleutelen.jwk`))
  const { plaintext } = await compactDecrypt(text, key)
  const answer = JSON.parse(new TextDecoder().decode(plaintext))
  assert.ok(answer.antwoord.length > 0)
  assert.deepEqual(answer.velden, ['brutoLoonPerKwartaal'])
})

test('who asked may not approve, and who says no ends the request', async t => {
  const gateway = await testGateway(t, 'postgres')
  gateway.demo.ksz.delay(0)
  await own(t, gateway)
  const { place, verzoek, inhoud } = await waiting(gateway, 'be-3')
  const no = signed(gateway, 'g-waterstad-1', { verzoek, inhoud, besluit: 'afgewezen' })
  const answer = await approve(gateway, place, no)
  assert.equal(answer.status, 201, answer.text)
  const { reden } = await untilState(gateway, place, 'geweigerd')
  assert.equal(reden, 'AFGEWEZEN')
  const [said] = (await leavesAfter(gateway.demo.serving.house.store, 0)).filter(
    ({ soort, uitkomst }) => soort === 'goedkeuring' && uitkomst === 'afgewezen',
  )
  assert.deepEqual(said?.feiten?.goedkeuringen, [], 'who says no approved nothing')
})

async function own(t: TestContext, gateway: TestGateway): Promise<void> {
  await t.test('her own request', async () => {
    const zaak = 'be-2'
    const light = await gateway.ask(me, { path, body: question(zaak, ['heeftInkomstenInPeriode']) })
    await untilState(gateway, String(light.headers.location), 'gereed')
    const medewerker = { id: 'g-waterstad-1', functie: 'inkomensconsulent' }
    const heavy = await gateway.ask(me, {
      path,
      body: { ...question(zaak, ['brutoLoonPerKwartaal']), medewerker },
    })
    const { verzoek, inhoud } = JSON.parse(heavy.text)
    const statement = signed(gateway, 'g-waterstad-1', { verzoek, inhoud: inhoud.sha256 })
    const answer = await approve(gateway, String(heavy.headers.location), statement)
    assert.equal(answer.status, 403, answer.text)
    assert.deepEqual(codes(answer), ['FUNCTIESCHEIDING_GESCHONDEN'])
  })
}
