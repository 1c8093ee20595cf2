// What does the SVB learn of somebody's incomes, for Anw and AIO? Sums per month, over real mutual TLS.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeMonths } from '../../demo/start.ts'
import { type Answer, type TestGateway, testGateway } from '../support/gateway.ts'
import { leavesOf, transactionOf } from '../support/log.ts'

const light = ['inkomenBovenVrijlating', 'inkomenGewijzigd']
const monthly = ['maand', 'inkomenUitArbeid', 'inkomenInVerbandMetArbeid', 'datumEinde']

function asking(gateway: TestGateway, exchange: string) {
  return (bsn: string, velden: string[], change: object = {}, client = 'svb'): Promise<Answer> =>
    gateway.ask(client, {
      path: `/v1/uitwisselingen/${exchange}/_zoek`,
      body: {
        betrokkene: { soort: 'bsn', waarde: bsn },
        velden,
        periode: completeMonths(Date.now()),
        zaak: `svb-${bsn.slice(5)}`,
        medewerker: { id: 'b-1', functie: 'beoordelaar' },
        ...change,
      },
    })
}

const codes = ({ body }: Answer) => body.redenen?.map(({ code }) => code) ?? []

/** Known to the simulated UWV, and no business of the SVB. */
const withheld = /Korenschoof|Anker|Zonnekas|900000016|900000028|Havenstraat|L01|soort|sector/

test('the SVB gets sums per month, and neither employer, law, hours nor sector', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const months = ['01', '02', '03'].map((_, index) => {
    const { van } = completeMonths(Date.now())
    const [year = 0, month = 0] = van.split('-').map(Number)
    return new Date(Date.UTC(year, month - 1 + index, 1)).toISOString().slice(0, 7)
  })

  for (const exchange of ['uwv-inkomsten-anw', 'uwv-inkomsten-aio']) {
    const ask = asking(gateway, exchange)
    const rows = (labour: number, benefit: number) =>
      months.map(maand => ({
        maand,
        inkomenUitArbeid: labour,
        inkomenInVerbandMetArbeid: benefit,
      }))

    await t.test(`${exchange}: two jobs are over the exemption, and open the sums`, async () => {
      assert.deepEqual(codes(await ask('999993653', monthly)), ['LICHTER_MIDDEL_BESCHIKBAAR'])
      const first = await ask('999993653', light)
      assert.equal(first.status, 200, first.text)
      assert.deepEqual(first.body.antwoord, [
        { inkomenBovenVrijlating: true, inkomenGewijzigd: false },
      ])
      const second = await ask('999993653', monthly)
      assert.equal(second.status, 200, second.text)
      assert.deepEqual(second.body.antwoord, rows(300_000, 0))
      assert.doesNotMatch(second.text.split('"bewijs"')[0] ?? '', withheld)
      const [, disclosure] = await leavesOf(store, transactionOf(second))
      assert.deepEqual(disclosure?.verstrekt, monthly.slice(0, 3))
      assert.deepEqual(disclosure?.weggelaten, ['datumEinde'])
    })

    await t.test(`${exchange}: a benefit is a sum without its law, and never exempt`, async () => {
      const first = await ask('999992168', light)
      assert.deepEqual(first.body.antwoord, [
        { inkomenBovenVrijlating: true, inkomenGewijzigd: false },
      ])
      const second = await ask('999992168', monthly)
      assert.deepEqual(second.body.antwoord, rows(0, 190_000))
      assert.doesNotMatch(second.text.split('"bewijs"')[0] ?? '', withheld)
    })

    await t.test(`${exchange}: nobody's incomes open nothing more`, async () => {
      const first = await ask('999993549', light)
      assert.deepEqual(first.body.antwoord, [
        { inkomenBovenVrijlating: false, inkomenGewijzigd: false },
      ])
      assert.deepEqual(codes(await ask('999993549', monthly)), ['LICHTER_MIDDEL_BESCHIKBAAR'])
    })

    await t.test(`${exchange}: an unknown kind of income is unknown in the sums too`, async () => {
      const first = await ask('999990032', light)
      assert.deepEqual(first.body.antwoord, [
        { inkomenBovenVrijlating: null, inkomenGewijzigd: null },
      ])
      const second = await ask('999990032', ['maand', 'inkomenUitArbeid'])
      assert.deepEqual(
        second.body.antwoord,
        months.map(maand => ({ maand, inkomenUitArbeid: null })),
      )
    })

    await t.test(`${exchange}: who is not the SVB, or no assessor, is refused`, async () => {
      const college = await ask('999990019', light, {}, 'gemeente-waterstad')
      assert.deepEqual(codes(college), ['ONTVANGER_NIET_BEVOEGD'])
      const other = { medewerker: { id: 'b-1', functie: 'inkomensconsulent' } }
      assert.deepEqual(codes(await ask('999990019', light, other)), ['FUNCTIE_NIET_BEVOEGD'])
      const employer = await ask('999990019', ['naamInhoudingsplichtige', 'sectoren'])
      assert.deepEqual(codes(employer), ['VELD_NIET_TOEGESTAAN', 'VELD_NIET_TOEGESTAAN'])
    })
  }

  await t.test('what opened for Anw is shut for AIO', async () => {
    const zaak = { zaak: 'svb-een' }
    await asking(gateway, 'uwv-inkomsten-anw')('999993653', light, zaak)
    const other = await asking(gateway, 'uwv-inkomsten-aio')('999993653', monthly, zaak)
    assert.deepEqual(codes(other), ['LICHTER_MIDDEL_BESCHIKBAAR'])
  })

  await t.test('bevoegdheden tells the SVB both, and nothing of the municipalities', async () => {
    const may = await gateway.ask('svb', { path: '/v1/bevoegdheden' })
    assert.match(may.text, /uwv-inkomsten-anw/)
    assert.match(may.text, /uwv-inkomsten-aio/)
    assert.doesNotMatch(may.text, /uwv-inkomsten-bijstand|wmo-handhaving/)
  })
})
