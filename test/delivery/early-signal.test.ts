// Does a landlord's early signal reach the municipality, and nobody else, only once the law's conditions were met?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testGateway } from '../support/gateway.ts'
import { until } from '../support/log.ts'
import { type FileState, readReport, sendFile } from './bulk-gateway.ts'

const landlord = 'woningcorporatie-de-sluis'
const path = '/v1/uitwisselingen/vroegsignaal-schuldhulp/leveringen'
const home = '0363010000000001'
const arrears = { naam: 'De huurder', hoogteAchterstand: 91_234, voorwaardenVervuld: true }
const velden = ['naam', 'hoogteAchterstand', 'voorwaardenVervuld']

function line(change: object = {}): string {
  const object = { soort: 'adresseerbaarObject', waarde: home }
  const systeemproces = 'maandbestand'
  const ontvanger = '00000099000000001000'
  return JSON.stringify({ object, ontvanger, velden, gegevens: arrears, systeemproces, ...change })
}

test('an early signal is about an address, brings name and amount, and what was not weighed goes nowhere', async t => {
  const gateway = await testGateway(t, 'postgres')
  const place = { pkiDir: gateway.demo.pkiDir, port: gateway.exchangePort }
  const unweighed = { ...arrears, voorwaardenVervuld: false }
  const { voorwaardenVervuld: _, ...unsaid } = arrears
  const lines = [
    line(),
    line({ gegevens: unweighed }),
    line({ gegevens: unsaid }),
    line({ object: undefined, betrokkene: { soort: 'bsn', waarde: '999990019' } }),
    line({ gegevens: { ...arrears, burgerservicenummer: '999990019' } }),
    line({ ontvanger: '00000099000000007000' }),
    line({ velden: [...velden, 'betaalgedrag'] }),
  ]
  const sent = await sendFile(place, `${lines.join('\n')}\n`, { path, client: landlord, key: 'm1' })
  assert.equal(sent?.status, 202, sent?.text)
  const { levering } = JSON.parse(sent.text) as FileState
  const report = await until('the report', async () => {
    const { text } = await gateway.ask(landlord, { path: `/v1/leveringen/${levering}/verslag` })
    const found = readReport(text)
    return found.length === lines.length ? found : undefined
  })
  const told = report.map(({ uitkomst, redenen, fouten }) => [
    uitkomst,
    (redenen ?? fouten ?? []).map(one => ('code' in one ? one.code : one.pointer)).sort(),
  ])
  assert.deepEqual(told, [
    ['aanvaard', []],
    ['onleesbaar', ['/gegevens/voorwaardenVervuld']],
    ['geweigerd', ['PARAMETER_ONTBREEKT']],
    ['geweigerd', ['VELD_NIET_TOEGESTAAN']],
    ['onleesbaar', ['/gegevens/burgerservicenummer']], // no number of a person hides in what is handed over
    ['geweigerd', ['ONTVANGER_NIET_BEVOEGD']],
    ['geweigerd', ['VELD_NIET_TOEGESTAAN']],
  ])
  const waiting = await until('the signal', async () => {
    const { text } = await gateway.ask('gemeente-waterstad', {
      path: '/v1/berichten/_ophalen',
      body: {},
    })
    return text.trim() === '' ? undefined : text.trim().split('\n')
  })
  assert.equal(waiting.length, 1)
  const [answer] = waiting.map(one => JSON.parse(one))
  assert.deepEqual(answer.object, { soort: 'adresseerbaarObject', waarde: home })
  assert.deepEqual(answer.antwoord, [arrears])
  assert.match(answer.bewaarregel, /zes maanden/)
  assert.ok(
    answer.gebruiksbeperkingen.some((one: string) => one.includes('controle of handhaving')),
  )
  for (const value of [arrears.naam, '91234', home]) {
    assert.ok(!answer.bewijs.logregel.includes(value), 'the log holds no value')
  }
  for (const other of ['gemeente-dijkdorp', 'toeslagen', 'uwv']) {
    const { text } = await gateway.ask(other, { path: '/v1/berichten/_ophalen', body: {} })
    assert.equal(text.trim(), '', other)
  }
})
