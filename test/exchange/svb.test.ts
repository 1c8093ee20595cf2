// Benefits of the SVB, asked by municipalities and by UWV: the whole way, over real mutual TLS.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { RequestBody } from '../../gateway/terms.ts'
import { kinds } from '../support/database.ts'
import { type Answer, type TestGateway, testGateway } from '../support/gateway.ts'
import { leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

const waterstad = 'gemeente-waterstad'
const light = ['ontvangtSvbUitkering', 'aowVolledig', 'kinderbijslagVoorAantalKinderen']
const rows = [
  'regeling',
  'datumIngang',
  'datumEinde',
  'brutoBedrag',
  'nettoBedrag',
  'percentageAow',
]
const uwvLight = ['ontvangtAnwOfAow', 'aowLeeftijdBereikt']
const uwvRows = ['regeling', 'datumIngang', 'brutoBedrag', 'aowLeeftijdDatum']

/** What the simulated SVB answers about others and about origin, and nobody may see. */
const planted = [
  ...['999990044', '999990056', '999990032', '444444440', '112233454'],
  ...['Voorbeeld', 'Proef', 'woonland', 'woonsituatie', '"BE"', '"MA"', '"NL"', '"REM"', '65337'],
]

type Asked = Partial<RequestBody>

function asker(gateway: TestGateway, exchange: string, client: string, functie: string) {
  return (bsn: string, velden: readonly string[], change: Asked = {}): Promise<Answer> =>
    gateway.ask(client, {
      path: `/v1/uitwisselingen/${exchange}/_zoek`,
      body: {
        betrokkene: { soort: 'bsn', waarde: bsn },
        velden,
        zaak: `svb-${bsn.slice(5)}`,
        medewerker: { id: 'u-4711', functie },
        ...change,
      },
    })
}

const college = (gateway: TestGateway) =>
  asker(gateway, 'svb-uitkeringen-bijstand', waterstad, 'inkomensconsulent')
const uwv = (gateway: TestGateway) => asker(gateway, 'svb-uitkering-uwv', 'uwv', 'claimbeoordelaar')

function given(answer: Answer): Answer['body']['antwoord'] {
  assert.equal(answer.status, 200, answer.text)
  for (const text of planted) {
    assert.ok(!answer.text.includes(text), `${text} left: ${answer.text}`)
  }
  return answer.body.antwoord
}

function withheld({ body }: Answer): readonly { veld: string; reden: string }[] {
  return JSON.parse(JSON.stringify(body)).nietGeleverd
}

/** First day of the month so many months ago, as the simulator counts. */
function monthsAgo(count: number): string {
  const [year = 0, month = 0] = new Date()
    .toLocaleDateString('sv-SE', { timeZone: 'Europe/Amsterdam' })
    .split('-')
    .map(Number)
  return new Date(Date.UTC(year, month - 1 - count, 1)).toISOString().slice(0, 10)
}

for (const kind of kinds) {
  suite(`on the ${kind} database`, () => {
    test('a municipality gets its light answers about each person, then the rows, and nothing of others', async t => {
      const gateway = await testGateway(t, kind)
      const ask = college(gateway)
      const { store } = gateway.demo.serving.house
      const expected: readonly (readonly [string, readonly unknown[]])[] = [
        ['999990019', [true, false, 2]],
        ['999993549', [true, true, 0]],
        ['999990342', [true, false, 0]],
        ['999993653', [true, false, 0]],
        ['999992168', [false, false, 0]],
      ]
      for (const [bsn, values] of expected) {
        const answer = await ask(bsn, light)
        assert.deepEqual(
          given(answer),
          [Object.fromEntries(light.map((veld, index) => [veld, values[index]]))],
          bsn,
        )
        const [decision, disclosure] = await leavesOf(store, transactionOf(answer))
        assert.deepEqual([decision?.uitkomst, disclosure?.soort], ['toegestaan', 'verstrekking'])
        assert.deepEqual(disclosure?.verstrekt, light)
      }

      const full = await ask('999993549', rows)
      assert.deepEqual(given(full), [
        {
          regeling: 'AOW',
          datumIngang: monthsAgo(24),
          brutoBedrag: 158_000,
          nettoBedrag: 150_240,
          percentageAow: 100,
        },
      ])
      assert.deepEqual(withheld(full), [{ veld: 'datumEinde', reden: 'geenGegevens' }])

      const children = await ask('999990019', rows)
      assert.deepEqual(given(children), [{ regeling: 'AKW', datumIngang: monthsAgo(40) }])

      const unknown = await ask('111222333', light)
      assert.deepEqual(given(unknown), [])
      assert.equal(unknown.body.resultaat, 'geenGegevens')

      const log = JSON.stringify(await leavesAfter(store, -1))
      for (const text of planted) assert.ok(!log.includes(text), `${text} is in the log`)
    })
  })
}

test('what the SVB knows and the law does not give stays there', async t => {
  const gateway = await testGateway(t, 'postgres')
  const ask = college(gateway)
  const askUwv = uwv(gateway)
  const { store } = gateway.demo.serving.house
  const codes = (answer: Answer) => {
    assert.equal(answer.status, 403, answer.text)
    return answer.body.redenen.map(({ code }) => code)
  }

  await t.test('UWV gets Anw or AOW and the age, and rows of those two only', async () => {
    const expected: readonly (readonly [string, readonly unknown[]])[] = [
      ['999993549', [true, true]],
      ['999993653', [true, false]],
      ['999990019', [false, false]],
      ['999992168', [false, false]],
    ]
    for (const [bsn, [anwOfAow, bereikt]] of expected) {
      assert.deepEqual(
        given(await askUwv(bsn, uwvLight)),
        [{ ontvangtAnwOfAow: anwOfAow, aowLeeftijdBereikt: bereikt }],
        bsn,
      )
    }
    const aowLeeftijdDatum = monthsAgo(24)
    assert.deepEqual(given(await askUwv('999993549', uwvRows)), [
      { regeling: 'AOW', datumIngang: aowLeeftijdDatum, brutoBedrag: 158_000, aowLeeftijdDatum },
    ])
    assert.deepEqual(given(await askUwv('999993653', uwvRows)), [
      {
        regeling: 'ANW',
        datumIngang: monthsAgo(15),
        brutoBedrag: 130_000,
        aowLeeftijdDatum: monthsAgo(-10),
      },
    ])
    assert.deepEqual(codes(await askUwv('999990019', uwvRows)), ['LICHTER_MIDDEL_BESCHIKBAAR'])
  })

  await t.test('remigratievoorziening is not there, in no answer and no row', async () => {
    assert.deepEqual(given(await ask('999998493', light)), [
      { ontvangtSvbUitkering: false, aowVolledig: false, kinderbijslagVoorAantalKinderen: 0 },
    ])
    assert.deepEqual(codes(await ask('999998493', rows)), ['LICHTER_MIDDEL_BESCHIKBAAR'])
    given(await ask('999990342', light))
    const [pension, supplement, ...more] = given(
      await ask('999990342', ['regeling', 'brutoBedrag']),
    )
    assert.deepEqual(
      [pension, supplement, more],
      [{ regeling: 'AOW', brutoBedrag: 116_920 }, { regeling: 'AIO', brutoBedrag: 40_000 }, []],
    )
  })

  await t.test('of somebody who died only what the exchange names leaves', async () => {
    const year = { periode: { van: monthsAgo(6), totEnMet: monthsAgo(1) } }
    const answer = await ask('999990238', light, year)
    assert.deepEqual(given(answer), [{ ontvangtSvbUitkering: true }])
    assert.deepEqual(withheld(answer), [
      { veld: 'aowVolledig', reden: 'overleden' },
      { veld: 'kinderbijslagVoorAantalKinderen', reden: 'overleden' },
    ])
    const [, disclosure] = await leavesOf(store, transactionOf(answer))
    assert.deepEqual(disclosure?.verstrekt, ['ontvangtSvbUitkering'])
    assert.deepEqual(disclosure?.weggelaten, light.slice(1))

    const quarter = { periode: { van: monthsAgo(3), totEnMet: monthsAgo(1) } }
    const detail = await ask('999990238', rows, quarter)
    const [row, ...more] = given(detail)
    assert.deepEqual(Object.keys(row ?? {}).sort(), ['datumEinde', 'datumIngang', 'regeling'])
    assert.deepEqual(more, [])
    assert.deepEqual(
      withheld(detail),
      ['brutoBedrag', 'nettoBedrag', 'percentageAow'].map(veld => ({ veld, reden: 'overleden' })),
    )
    const age = await askUwv('999990238', ['aowLeeftijdBereikt'])
    assert.deepEqual([given(age), age.body.resultaat], [[], 'gegevens'])
    assert.deepEqual(withheld(age), [{ veld: 'aowLeeftijdBereikt', reden: 'overleden' }])
  })

  await t.test('of a replaced number only that is told, and no rung opens', async () => {
    const answer = await ask('999990160', light)
    assert.deepEqual([given(answer), answer.body.resultaat], [[], 'geenGegevens'])
    assert.deepEqual(
      withheld(answer),
      light.map(veld => ({ veld, reden: 'nummerVervangen' })),
    )
    assert.deepEqual(codes(await ask('999990160', rows)), ['LICHTER_MIDDEL_BESCHIKBAAR'])
    const unknown = await ask('112233454', light)
    assert.equal(unknown.body.resultaat, 'geenGegevens')
    assert.deepEqual(withheld(unknown), [])
  })

  await t.test(
    'each thing that is not allowed is refused for its reason, unasked and recorded',
    async () => {
      const seen = gateway.demo.svb.requests()
      const bsn = '999990019'
      const body = { medewerker: { id: 'u-4711', functie: 'inkomensconsulent' } }
      const never = [
        'kinderen',
        'partnerBurgerservicenummer',
        'partnerNaam',
        'woonland',
        'geslacht',
      ]
      const refused: readonly (readonly [Promise<Answer>, string])[] = [
        ...[...never, 'remigratievoorziening', 'geboortedatum', 'partnertoeslag', 'tijdvak'].map(
          veld => [ask(bsn, [...light, veld]), 'VELD_NIET_TOEGESTAAN'] as const,
        ),
        [askUwv(bsn, ['kinderbijslagVoorAantalKinderen']), 'VELD_NIET_TOEGESTAAN'],
        [
          ask(bsn, light, { medewerker: { id: 'x', functie: 'claimbeoordelaar' } }),
          'FUNCTIE_NIET_BEVOEGD',
        ],
        [askUwv(bsn, uwvLight, body), 'FUNCTIE_NIET_BEVOEGD'],
        [ask(bsn, light, { peildatum: '2026-01-01' }), 'VELD_NIET_TOEGESTAAN'],
        [ask(bsn, light, { parameters: { leefvorm: 'gehuwden' } }), 'VELD_NIET_TOEGESTAAN'],
        [
          ask(bsn, light, { periode: { van: monthsAgo(13), totEnMet: monthsAgo(0) } }),
          'PERIODE_TE_RUIM',
        ],
        [
          asker(gateway, 'svb-uitkeringen-bijstand', 'uwv', 'inkomensconsulent')(bsn, light),
          'ONTVANGER_NIET_BEVOEGD',
        ],
        [
          asker(gateway, 'svb-uitkering-uwv', waterstad, 'claimbeoordelaar')(bsn, uwvLight),
          'ONTVANGER_NIET_BEVOEGD',
        ],
      ]
      for (const [asked, code] of refused) {
        const answer = await asked
        assert.deepEqual(codes(answer), [code], answer.text)
        const [decision, ...rest] = await leavesOf(store, transactionOf(answer))
        assert.deepEqual([decision?.uitkomst, rest], ['geweigerd', []])
      }
      const { zaak: _, ...withoutCase } = { zaak: '', betrokkene: { soort: 'bsn', waarde: bsn } }
      const none = await gateway.ask(waterstad, {
        path: '/v1/uitwisselingen/svb-uitkeringen-bijstand/_zoek',
        body: { ...withoutCase, ...body, velden: light },
      })
      assert.deepEqual(codes(none), ['ZAAK_ONTBREEKT'])
      assert.equal(gateway.demo.svb.requests(), seen)
    },
  )

  await t.test(
    'the SVB is told who asks, what, why and on which articles, and not by whom or in which case',
    async () => {
      given(await ask('999990019', light))
      const told = gateway.demo.svb.last()
      const { headers = {}, body = '' } = told ?? {}
      assert.equal(headers['sluis-ontvanger'], '00000099000000001000')
      assert.equal(headers['sluis-doel'], 'bijstand-samenloop-svb')
      assert.match(String(headers['sluis-transactie']), /^[0-9a-f-]{36}$/)
      assert.match(String(headers.traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-/)
      const question = JSON.parse(body)
      assert.deepEqual(Object.keys(question).sort(), [
        'grondslagen',
        'periode',
        'persoon',
        'velden',
      ])
      assert.deepEqual(question.velden, light)
      assert.deepEqual(
        question.grondslagen.map(({ id }: { id: string }) => id),
        ['pw-64-1-b', 'pw-53a-1', 'suwi-62-1'],
      )
      for (const text of ['u-4711', 'svb-999990019', 'inkomensconsulent']) {
        assert.ok(!JSON.stringify(told).includes(text), text)
      }
    },
  )
})
