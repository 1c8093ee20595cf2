import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { compactDecrypt, importJWK } from 'jose'
import { signJws } from '../../gateway/message/jws.ts'
import { type Answer, goodBody, type TestGateway, testGateway } from '../support/gateway.ts'

const me = 'gemeente-waterstad'
const path = '/v1/uitwisselingen/be-inkomsten-bijstand/verzoeken'

function jwkOf({ demo }: TestGateway, ...place: readonly string[]) {
  return JSON.parse(readFileSync(join(demo.pkiDir, ...place), 'utf8'))
}

/** A question to Belgium about the demo person who works there; `bedragen` needs a second person. */
function question(zaak: string, velden: readonly string[]) {
  const { parameters: _, ...body } = goodBody()
  return {
    ...body,
    zaak,
    velden,
    buitenlands: { land: 'BE', soort: 'insz', waarde: '85073003328' },
    motivering: { noodzaak: 'samenloop', lichterMiddel: 'niet-beschikbaar' },
  }
}

async function untilState(
  { ask }: TestGateway,
  place: string,
  staat: string,
): Promise<Record<string, unknown>> {
  for (let tries = 0; ; tries++) {
    const { text } = await ask(me, { path: place })
    const found = JSON.parse(text)
    if (found.staat === staat) return found
    assert.ok(tries < 150, `${text} is not ${staat}`)
    await wait(200)
  }
}

/** A case in which the lighter answer was given, and the request for amounts that then waits. */
async function waiting(gateway: TestGateway, zaak: string) {
  const light = await gateway.ask(me, { path, body: question(zaak, ['heeftInkomstenInPeriode']) })
  assert.equal(light.status, 202, light.text)
  await untilState(gateway, String(light.headers.location), 'gereed')
  const heavy = await gateway.ask(me, { path, body: question(zaak, ['brutoLoonPerKwartaal']) })
  assert.equal(heavy.status, 202, heavy.text)
  const place = String(heavy.headers.location)
  const state = JSON.parse(heavy.text)
  assert.equal(state.staat, 'wacht-op-goedkeuring')
  return { place, verzoek: state.verzoek as string, inhoud: state.inhoud.sha256 as string }
}

function signed(gateway: TestGateway, id: string, members: Record<string, unknown>): string {
  const iat = Math.floor(Date.now() / 1000)
  const statement = {
    goedkeurder: id,
    functie: 'teamleider',
    besluit: 'akkoord',
    iat,
    exp: iat + 3600,
  }
  const jwk = jwkOf(gateway, 'goedkeurders', `${id}.jwk`)
  return signJws({ ...statement, ...members }, { jwk })
}

function approve(gateway: TestGateway, place: string, verklaring: string): Promise<Answer> {
  return gateway.ask(me, { path: `${place}/goedkeuringen`, body: { verklaring } })
}

const codes = ({ body }: Answer) => (body.redenen ?? []).map(({ code }) => code)

test('amounts from Belgium wait for a second person, whose signed statement counts once and for this content alone', async t => {
  const gateway = await testGateway(t, 'postgres')
  gateway.demo.ksz.delay(0)
  const { place, verzoek, inhoud } = await waiting(gateway, 'be-1')
  const good = { verzoek, inhoud }
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
  }
  await untilState(gateway, place, 'wacht-op-goedkeuring')
  const verklaring = signed(gateway, 'g-waterstad-1', good)
  const agreed = await approve(gateway, place, verklaring)
  assert.equal(agreed.status, 201, agreed.text)
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
