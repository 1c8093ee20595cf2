// What does a municipality learn of somebody's UWV benefits? That, how much, and never anything of health.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { kinds } from '../support/database.ts'
import { type Answer, type TestGateway, testGateway } from '../support/gateway.ts'
import { leavesOf, transactionOf } from '../support/log.ts'

const exchange = 'uwv-uitkeringen-bijstand'
const waterstad = 'gemeente-waterstad'
const light = ['heeftVoorliggendeUitkering', 'uitkeringDektNorm', 'uwvUitkeringTotaal']
const amounts = ['datumIngang', 'datumEinde', 'brutoBedrag', 'nettoBedrag', 'periodiciteit']
const motivering = { noodzaak: 'verrekening', lichterMiddel: 'licht' }

/** Planted in the simulated UWV, about somebody who is ill. */
const planted = /P652|Verzonnen|M25|\bZW\b|\bWIA\b|\bTW\b|08000|80\.5/

const codes = ({ body }: Answer) => body.redenen?.map(({ code }) => code) ?? []

function asking(gateway: TestGateway, client = waterstad) {
  return (bsn: string, velden: string[], change: object = {}) =>
    gateway.query(
      client,
      {
        velden,
        betrokkene: { soort: 'bsn', waarde: bsn },
        zaak: `uitkering-${bsn.slice(5)}`,
        ...change,
      },
      exchange,
    )
}

for (const kind of kinds) {
  test(`${kind}: the light answers say that there is a benefit and how much, not which`, async t => {
    const gateway = await testGateway(t, kind)
    const ask = asking(gateway)
    for (const [bsn, ...expected] of [
      ['999990019', false, false, 0],
      ['999992168', true, true, 165_000],
      ['999990007', true, false, 104_000],
      ['999990044', true, false, 96_000],
      ['999990056', false, false, 0],
    ] as const) {
      const answer = await ask(bsn, light)
      assert.equal(answer.status, 200, answer.text)
      const wanted = Object.fromEntries(light.map((veld, index) => [veld, expected[index]]))
      assert.deepEqual(answer.body.antwoord, [wanted], bsn)
      assert.doesNotMatch(answer.text.split('"bewijs"')[0] ?? '', planted)
    }
    const unknown = await ask('111222333', light)
    assert.deepEqual([unknown.body.resultaat, unknown.body.antwoord], ['geenGegevens', []])
  })
}

test('what is planted about health never leaves and is never recorded', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const ask = asking(gateway)

  await t.test(
    'amounts and the coarse kind open after the light answer, and hold no law',
    async () => {
      assert.deepEqual(codes(await ask('999990007', amounts)), ['LICHTER_MIDDEL_BESCHIKBAAR'])
      await ask('999990007', light)
      const answer = await ask('999990007', amounts)
      assert.equal(answer.status, 200, answer.text)
      const [row = {}] = answer.body.antwoord
      assert.deepEqual(
        Object.keys(row).sort(),
        amounts.filter(veld => veld !== 'datumEinde').sort(),
      )
      assert.deepEqual([row.brutoBedrag, row.nettoBedrag], [30_000, 24_000])
      assert.equal(row.periodiciteit, 'week')
      assert.deepEqual(codes(await ask('999990007', ['soortUitkering'])), [
        'PROPORTIONALITEIT_ONTBREEKT',
      ])
      const kind = await ask('999990007', ['soortUitkering'], { motivering })
      assert.deepEqual(kind.body.antwoord, [{ soortUitkering: 'inkomen' }])
      for (const one of [answer, kind]) {
        assert.doesNotMatch(one.text.split('"bewijs"')[0] ?? '', planted)
        const text = JSON.stringify(await leavesOf(store, transactionOf(one)))
        assert.doesNotMatch(text, /P652|Verzonnen|wetcode|diagnose|medisch/)
      }
    },
  )

  await t.test('WW and WIA give rows of the same members and the same coarse kind', async () => {
    const shapes = new Set<string>()
    for (const bsn of ['999992168', '999990044']) {
      await ask(bsn, light)
      const answer = await ask(bsn, [...amounts, 'soortUitkering'], { motivering })
      const [row = {}] = answer.body.antwoord
      shapes.add(`${Object.keys(row).sort()} ${row.soortUitkering} ${row.periodiciteit}`)
    }
    assert.equal(shapes.size, 1)
  })

  await t.test('each field about health is refused by its name, with every rung open', async () => {
    const secret = [
      'wetcode',
      'diagnose',
      'medischeGrond',
      'arbeidsongeschiktheidspercentage',
      'reintegratie',
      'maatregel',
    ]
    const seen = gateway.demo.uwv.requests()
    for (const veld of secret) {
      const answer = await ask('999990007', [veld], { motivering })
      assert.deepEqual([answer.status, codes(answer)], [403, ['VELD_NIET_TOEGESTAAN']], veld)
      assert.equal(answer.body.redenen[0]?.veld, veld)
      const [decision, ...others] = await leavesOf(store, transactionOf(answer))
      assert.deepEqual([decision?.uitkomst, others.length], ['geweigerd', 0])
    }
    assert.equal(gateway.demo.uwv.requests(), seen, 'the source is not asked')
  })

  await t.test('a source that puts the law in the coarse kind gives no answer at all', async () => {
    for (const gedrag of ['soort-noemt-de-wet', 'extra-velden-diep'] as const) {
      gateway.demo.uwv.misbehave(gedrag)
      const answer = await ask('999990007', ['soortUitkering'], { motivering })
      gateway.demo.uwv.misbehave('normaal')
      assert.equal(answer.status, 502, gedrag)
      assert.doesNotMatch(answer.text, /ZW|Dagloon/)
      const leaves = await leavesOf(store, transactionOf(answer))
      assert.deepEqual(
        leaves.map(({ soort }) => soort),
        ['beslissing', 'bronfout'],
      )
    }
  })

  await t.test('of somebody who died only what the definition names leaves', async () => {
    const answer = await ask('999990238', light)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.resultaat, 'gegevens')
    assert.deepEqual(answer.body.antwoord, [{ heeftVoorliggendeUitkering: true }])
    assert.match(answer.text, /"nietGeleverd":\[\{"reden":"overleden","veld":"uitkeringDektNorm"\}/)
    assert.doesNotMatch(answer.text, /DatOverlijden|datumOverlijden/)
    const later = await ask('999990238', amounts)
    assert.deepEqual(
      later.body.antwoord.map(row => Object.keys(row)),
      [['datumEinde']],
    )
  })

  await t.test('of a replaced number nothing is told, the new one neither', async () => {
    const answer = await ask('999990160', light)
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual([answer.body.resultaat, answer.body.antwoord], ['geenGegevens', []])
    assert.match(answer.text, /"reden":"nummerVervangen"/)
    assert.doesNotMatch(answer.text, /112233454/)
    const leaves = JSON.stringify(await leavesOf(store, transactionOf(answer)))
    assert.doesNotMatch(leaves, /112233454|999990160/)
  })

  await t.test('who is no municipality, or names no case, is refused', async () => {
    assert.deepEqual(codes(await asking(gateway, 'svb')('999990019', light)), [
      'ONTVANGER_NIET_BEVOEGD',
    ])
    const noCase = await ask('999990019', light, { zaak: undefined })
    assert.deepEqual(codes(noCase), ['ZAAK_ONTBREEKT'])
  })

  await t.test('the source is told the purpose and the receiver, never the employee', () => {
    const last = gateway.demo.uwv.last()
    assert.equal(last?.headers['sluis-doel'], 'bijstand-voorliggende-uitkering')
    assert.equal(last?.headers['sluis-ontvanger'], partyHolder(waterstad).oin)
    assert.match(last?.body ?? '', /UWVPersoonsUitkeringInfo/)
    assert.doesNotMatch(`${last?.body}${JSON.stringify(last?.headers)}`, /u-4711|uitkering-9999/)
  })
})
