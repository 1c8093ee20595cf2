import assert from 'node:assert/strict'
import test from 'node:test'
import { openLogin } from '../../gateway/console/login.ts'
import { problems } from '../../gateway/problem.ts'
import { browserOf } from '../support/console.ts'
import { testGateway } from '../support/gateway.ts'

test('an officer logs in through the provider, chooses an organisation and goes out again', async t => {
  const gateway = await testGateway(t, 'postgres')
  const browser = browserOf(gateway)
  const stranger = await browser.get('/zoeken?van=2026-01-01')
  assert.equal(stranger.path, '/inloggen?naar=%2Fzoeken%3Fvan%3D2026-01-01')
  await browser.login('po-waterstad')
  assert.match((await browser.get('/geen-pagina')).text, /Privacy officer Waterstad/)
  const first = browser.cookies.get('sluis')
  const choice = await browser.login('po-delta')
  assert.equal(choice.path, '/organisatie')
  assert.notEqual(browser.cookies.get('sluis'), first)
  const chosen = await browser.post('/organisatie', { oin: '00000099000000002000', naar: '/' })
  assert.equal(chosen.path, '/')
  assert.match((await browser.get('/geen-pagina')).text, /Dijkdorp/)
  const out = await browser.post('/uitloggen')
  assert.equal(out.path, '/uitgelogd')
  assert.equal((await browser.get('/geen-pagina')).path, '/inloggen?naar=%2Fgeen-pagina')
})

test('who is not known is told so on a page, and a provider that is away is no end of the gateway', async t => {
  const gateway = await testGateway(t, 'postgres')
  const browser = browserOf(gateway)
  const nobody = await browser.get('/inloggen/terug?code=x&state=y')
  assert.equal(nobody.status, 400)
  assert.match(nobody.text, new RegExp(problems['aanmelding-mislukt'].title))
  const none = await browser.login('zonder-rol')
  assert.equal(none.status, 403)
  assert.match(none.text, new RegExp(problems['geen-toegang'].title))
  const secretFile = gateway.demo.identity?.secretFile ?? ''
  const settings = { issuer: 'http://127.0.0.1:9', clientId: 'x', secretFile, console: 'http://x' }
  await assert.rejects(openLogin(settings, Date.now).start(), {
    slug: 'aanmelddienst-onbereikbaar',
  })
})
