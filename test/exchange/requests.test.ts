import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { compactDecrypt, importJWK } from 'jose'
import { resume } from '../../gateway/resume.ts'
import { kinds } from '../support/database.ts'
import { goodBody, type TestGateway, testGateway } from '../support/gateway.ts'

const exchange = '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken'
const me = 'gemeente-waterstad'

/** Lets a worker do everything that is due for this request, in this process. */
async function work({ demo }: TestGateway, verzoek: string): Promise<void> {
  await resume(verzoek, demo.serving.house.rooms, new AbortController().signal)
}

async function opened({ demo }: TestGateway, jwe: string, party = me) {
  const path = join(demo.pkiDir, 'sleutels', `${party}-versleutelen.jwk`)
  const key = await importJWK(JSON.parse(readFileSync(path, 'utf8')))
  const { plaintext } = await compactDecrypt(jwe, key)
  return JSON.parse(new TextDecoder().decode(plaintext))
}

for (const kind of kinds) {
  test(`${kind}: a request is accepted, answered under its own decision, picked up sealed, and gone after the receipt`, async t => {
    const gateway = await testGateway(t, kind)
    const accepted = await gateway.ask(me, { path: exchange, body: goodBody() })
    assert.equal(accepted.status, 202, accepted.text)
    const place = String(accepted.headers.location)
    const { verzoek } = JSON.parse(accepted.text)
    assert.equal(place, `/v1/verzoeken/${verzoek}`)
    await work(gateway, verzoek)
    const ready = JSON.parse((await gateway.ask(me, { path: place })).text)
    assert.equal(ready.staat, 'gereed', JSON.stringify(ready))
    const answer = await gateway.ask(me, { path: `${place}/antwoord` })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.headers['content-type'], 'application/jose')
    const plain = await opened(gateway, answer.text)
    assert.equal(plain.antwoord[0].heeftInkomstenverhouding, true)
    const receipt = await gateway.ask(me, { method: 'POST', path: `${place}/ontvangstbevestiging` })
    assert.equal(receipt.status, 200, receipt.text)
    assert.equal(JSON.parse(receipt.text).staat, 'opgehaald')
    const gone = await gateway.ask(me, { path: `${place}/antwoord` })
    assert.equal(gone.status, 409, gone.text)
    assert.ok(gone.body.type.endsWith('/problemen/strijdig'))
  })
}
