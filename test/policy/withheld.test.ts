import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import { minimise } from '../../gateway/policy/minimise.ts'
import { exchangeTerms, permit } from '../../gateway/policy/permit.ts'
import { question } from '../../gateway/policy/question.ts'
import { answered, noon, nothingOpen, type Row, receiptFor, request, variant } from './law.ts'

const file = 'uitwisselingen/uwv-adres-burgerzaken.yaml'
const rung = 'velden: [adres, datumAanvang], goedkeuring: A0 }'
const home = { straat: 'Lindelaan', huisnummer: 4 }
const row = (geheim: boolean, van = '2026-01-02'): Row => ({
  adres: home,
  datumAanvang: van,
  bewoning: { van, tot: null },
  indicatieGeheim: geheim,
})
const options = { now: noon, profile: 'test', sleutel: undefined } as const

const laws = new Map<string, Promise<PolicySet>>()

/** The shipped law with this rung; what it needs of approvals with it. */
function lawOf(to: string): Promise<PolicySet> {
  const made =
    laws.get(to) ??
    variant({
      ...(/A2|A3/.test(to) && {
        [file.replace('.yaml', '.cases.yaml')]: [
          ['bewaren.antwoord: PT0S', 'bewaren.antwoord: P30D'],
        ] as const,
      }),
      [file]: [
        [rung, to],
        ...(/datumAanvang, indicatieGeheim/.test(to)
          ? ([
              [
                'sleutel: bsn',
                'sleutel: bsn\nbijzonder: [{ veld: indicatieGeheim, grondslag: besluit-suwi-5-9-1-i }]',
              ],
            ] as const)
          : []),
        ...(/A2|A3/.test(to)
          ? ([
              ['antwoord: PT0S', 'antwoord: P30D'],
              [
                'patroon: synchroon',
                'patroon: synchroon\ntermijn: { antwoord: P28D, goedkeuring: P7D }\ngoedkeurders: [teamleider]',
              ],
            ] as const)
          : []),
      ],
    })
  laws.set(to, made)
  return made
}

/** What leaves of these rows under a law with this rung, approved where it asks that. */
async function released(
  rows: readonly Row[],
  {
    to = rung,
    velden = ['adres', 'datumAanvang'],
    herkomst = {},
    now = noon as number,
  }: {
    to?: string
    velden?: readonly string[]
    herkomst?: Parameters<typeof answered>[1]
    now?: number
  } = {},
) {
  const law = await lawOf(to)
  const { periode: _, parameters: __, ...body } = request().body
  const made = {
    ...request(),
    uitwisseling: 'uwv-adres-burgerzaken',
    body: {
      ...body,
      velden,
      medewerker: { id: 'u-1', functie: 'burgerzaken' },
      motivering: { noodzaak: 'onderzoek', lichterMiddel: 'geen' },
    },
  }
  const facts = { ...nothingOpen, goedkeuringen: [{ functie: 'teamleider', tot: noon + 1 }] }
  const decision = decide(question(made, law), facts, law, noon)
  const allowed = permit(made, decision, receiptFor(made), exchangeTerms(made, law))
  return minimise(answered(rows, herkomst), allowed, law, { ...options, now })
}

test('a secret address leaves from a rung that a second person approves, with its mark, and from no other', async () => {
  const withMark = { adres: home, datumAanvang: '2026-01-02', indicatieGeheim: true }
  for (const level of ['A2', 'A3']) {
    const { antwoord, verstrekt, weggelaten } = await released([row(true)], {
      to: rung.replace('A0', level),
    })
    assert.deepEqual(antwoord.antwoord, [withMark], level)
    assert.deepEqual(antwoord.nietGeleverd, [])
    assert.deepEqual([verstrekt, weggelaten], [['adres', 'datumAanvang', 'indicatieGeheim'], []])
  }
  for (const level of ['A0', 'A1']) {
    const { antwoord } = await released([row(true)], { to: rung.replace('A0', level) })
    assert.deepEqual(antwoord.antwoord, [{ datumAanvang: '2026-01-02', indicatieGeheim: true }])
    assert.deepEqual(antwoord.nietGeleverd, [{ veld: 'adres', reden: 'afgeschermd' }])
  }
})

test('who is secret is a person: one row that says so keeps every address back and marks every row', async () => {
  const rows = [row(false, '2020-01-02'), row(true), row(false, '2026-08-01')]
  const { antwoord, aantal } = await released(rows)
  assert.deepEqual(
    antwoord.antwoord.map(one => [one.adres, one.indicatieGeheim]),
    rows.map(() => [undefined, true]),
  )
  assert.equal(aantal, 1)
  const only = await released(rows, { velden: ['adres'] })
  assert.deepEqual(only.antwoord.antwoord, [{ indicatieGeheim: true }], 'nor how many there are')
})

test('no address asked, or no row at all: no mark', async () => {
  const besides = await released([row(true)], { velden: ['datumAanvang'] })
  assert.deepEqual(besides.antwoord.antwoord, [{ datumAanvang: '2026-01-02' }])
  assert.deepEqual(besides.verstrekt, ['datumAanvang'])
  const nothing = await released([])
  assert.deepEqual([nothing.antwoord.resultaat, nothing.antwoord.antwoord], ['geenGegevens', []])
  assert.deepEqual(nothing.verstrekt, [])
})

test('asked by name, which a second person must see, the mark is of the person and not of the row', async () => {
  const to = rung
    .replace('[adres, datumAanvang]', '[adres, datumAanvang, indicatieGeheim]')
    .replace('A0', 'A2')
  const velden = ['indicatieGeheim', 'adres']
  const { antwoord, verstrekt, weggelaten } = await released([row(false), row(true)], {
    to,
    velden,
  })
  const whole = { adres: home, indicatieGeheim: true }
  assert.deepEqual(antwoord.antwoord, [whole, whole])
  assert.deepEqual([verstrekt.toSorted(), weggelaten], [velden.toSorted(), []])
})

test('doubt about an address that stays back is not told, about its mark is', async () => {
  const doubt = [
    { veld: 'adres', sinds: '2026-08-01' },
    { veld: 'indicatieGeheim', sinds: '2026-08-02' },
  ]
  const { antwoord } = await released([row(true)], { herkomst: { inOnderzoek: doubt } })
  assert.deepEqual(antwoord.herkomst.inOnderzoek, [doubt[1]])
  const open = await released([row(false)], { herkomst: { inOnderzoek: doubt } })
  assert.deepEqual(open.antwoord.herkomst.inOnderzoek, doubt)
})

test('data are too old from the midnight after their term, by the older of the two days the source names', async () => {
  const to = rung.replace('A0 }', 'A0, versheid: P1M }')
  const fresh = { peildatum: '2026-08-14', volledigTotEnMet: '2026-08-31' }
  // The day itself counts whole: a month after its midnight it is over.
  const edge = Date.parse('2026-09-15T00:00:00+02:00')
  for (const [herkomst, now, isOld] of [
    [fresh, edge - 1, false],
    [fresh, edge, true],
    [{ ...fresh, peildatum: '2026-08-31', volledigTotEnMet: '2026-08-14' }, edge, true],
    [{ ...fresh, peildatum: '2026-08-15' }, edge, false],
  ] as const) {
    const { antwoord, verstrekt } = await released([row(false)], { to, herkomst, now })
    assert.equal(verstrekt.length === 0, isOld, JSON.stringify(herkomst))
    if (!isOld) continue
    assert.deepEqual(antwoord.antwoord, [], 'no mark either')
    assert.deepEqual(
      antwoord.nietGeleverd.map(({ reden }) => reden),
      ['verouderd', 'verouderd'],
    )
    assert.equal(antwoord.resultaat, 'gegevens')
  }
})
