// Does the Logboek page work over real HTTP, after a real login? What streams, what is uploaded, what is taken along.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyBundle } from '../../gateway/console/judge-bundle.ts'
import { browserOf } from '../support/console.ts'
import { testGateway } from '../support/gateway.ts'

test('an officer verifies, compares and takes along, and who runs the machine gets no looks', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { audit } = gateway.demo.serving.house.rooms
  await gateway.query('gemeente-waterstad', {})
  const { note, vkey } = audit.head('gewoon')
  const officer = browserOf(gateway)
  const first = await officer.login('po-waterstad', '/logboek')
  assert.equal(first.status, 200)
  assert.equal(first.path, '/logboek')
  assert.match(first.text, /Controleer het hele logboek/)

  const verified = await officer.post('/logboek/controle', { log: 'gewoon' })
  assert.match(verified.text, /De controle is begonnen[\s\S]*Geldig\. Alle \d+ regels/)
  assert.match(verified.text, /<\/html>\s*$/, 'the page ends whole')

  const upload = new FormData()
  upload.set('bestand', new File([note], 'checkpoint.txt', { type: 'text/plain' }))
  assert.match((await officer.upload('/logboek/vergelijking', upload)).text, /Ouder, en het klopt/)
  const pasted = await officer.post('/logboek/vergelijking', { checkpoint: note })
  assert.match(pasted.text, /Ouder, en het klopt/)

  const kept = await officer.get('/logboek/checkpoint/gewoon')
  assert.match(String(kept.headers.get('content-disposition')), /filename="checkpoint-gewoon\.txt"/)
  assert.match(kept.text, /^\S+\n\d+\n\S+\n\n— /)
  assert.equal((await officer.get('/logboek/checkpoint/vertrouwelijk')).status, 404)

  const page = await officer.get('/logboek')
  const bundle = await officer.post('/logboek/uitvoer', { soort: 'bundel' })
  assert.equal(bundle.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.equal(bundle.headers.get('cache-control'), 'no-store')
  assert.ok(verifyBundle(Buffer.from(bundle.text), [vkey]).beslissingen >= 1)
  assert.match(page.text, /Wie keek er/)
  const looks = await officer.get('/logboek/blikken')
  assert.match(looks.text, /po-waterstad, Gemeente Waterstad/)
  assert.match(looks.text, /Nam een bundel mee voor een auditor/)

  const beheer = browserOf(gateway)
  const seen = await beheer.login('beheer', '/logboek')
  assert.doesNotMatch(seen.text, /Wie keek er|po-waterstad/)
  assert.equal((await beheer.get('/logboek/blikken')).status, 403)
  assert.equal((await beheer.post('/logboek/uitvoer', { soort: 'bundel' })).status, 403)
  const leader = browserOf(gateway)
  assert.equal((await leader.login('tl-waterstad', '/logboek')).status, 403)
})
