// What leaves of somebody's income, assets, awards and wages, whatever more the source sends along?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SourceError } from '../../gateway/adapter.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { minimise } from '../../gateway/policy/minimise.ts'
import { exchangeTerms, permit } from '../../gateway/policy/permit.ts'
import { doubtful } from '../../gateway/policy/plausible.ts'
import { question } from '../../gateway/policy/question.ts'
import type { Facts, PurposeRequest, RequestBody } from '../../gateway/terms.ts'
import {
  answered,
  bsn,
  noon,
  nothingOpen,
  type Row,
  receiptFor,
  relation,
  request,
  shipped,
} from './law.ts'

const oins = {
  waterstad: '00000099000000001000',
  toeslagen: '00000099000000007000',
  arbeidsinspectie: '00000099000000021000',
}

const approved: Facts = {
  ...nothingOpen,
  goedkeuringen: [{ functie: 'teamleider', tot: noon + 1 }],
}

interface Asked {
  readonly id: string
  readonly oin: string
  readonly body: Partial<RequestBody> & Pick<RequestBody, 'velden'>
  readonly facts?: Facts
  readonly later?: true
}

const betrokkene = { soort: 'bsn', waarde: bsn } as const

/** What leaves of these rows, asked as the shipped law allows. */
function released(
  { id, oin, body, facts = nothingOpen, later }: Asked,
  rows: readonly Row[],
  herkomst: Parameters<typeof answered>[1] = {},
) {
  const made: PurposeRequest = {
    ...request({}, oin),
    uitwisseling: id,
    body: { ...(!body.object && { betrokkene }), zaak: 'z-1', ...body },
    ...(later && { verzoek: '01990000-0000-7000-8000-000000000002' }),
  }
  const decision = decide(question(made, shipped), facts, shipped, noon)
  assert.deepEqual(decision.redenen, [])
  const allowed = permit(made, decision, receiptFor(made), exchangeTerms(made, shipped))
  const answer = {
    ...answered(rows, herkomst),
    betrokkene: (body.object ?? { waarde: bsn }).waarde,
  }
  const options = { now: noon, profile: 'productie', sleutel: 'k' } as const
  return minimise(answer, allowed, shipped, options)
}

const year = (jaar: number) => ({ van: `${jaar}-01-01`, tot: `${jaar}-12-31` })
const as = (functie: string) => ({ id: 'u-4711', functie })
const motivering = { noodzaak: 'aanvraag', lichterMiddel: 'gevraagd' }

test('of the income register the year of the day asked leaves, and no other year', () => {
  const rows = [2024, 2025, 2026].map(jaar => ({
    kalenderjaar: year(jaar),
    jaar,
    inkomensgegeven: jaar * 1000,
    soort: 'verzamelinkomen',
    status: 'authentiek',
  }))
  const of = (peildatum: string) =>
    released(
      {
        id: 'belastingdienst-toetsingsinkomen',
        oin: oins.toeslagen,
        body: {
          velden: ['jaar', 'inkomensgegeven'],
          peildatum,
          medewerker: as('behandelaar-toeslagen'),
        },
      },
      rows,
    ).antwoord
  assert.deepEqual(of('2025-12-31').antwoord, [{ jaar: 2025, inkomensgegeven: 2_025_000 }])
  assert.deepEqual(of('2026-01-01').antwoord, [{ jaar: 2026, inkomensgegeven: 2_026_000 }])
  assert.deepEqual([of('2023-12-31').resultaat, of('2023-12-31').antwoord], ['geenGegevens', []])
})

const assets: Row = {
  belastingjaar: year(2026),
  peildatumVermogen: '2026-01-01',
  vermogenstotaal: 1_234_567,
  aantalOnbekendeRekeningen: 1,
  verschilMetOpgave: 'groot',
  ibanOnbekendeRekeningen: ['NL91ABNA0417164300'],
  ibanAlleRekeningen: ['NL91ABNA0417164300', 'NL20INGB0001234567'],
  saldoPerRekening: ['NL20INGB0001234567: 12.345,67'],
  verdelingMetPartner: '50/50',
  partnerBurgerservicenummer: '999993653',
}
const earlier: Row = {
  ...assets,
  belastingjaar: year(2025),
  peildatumVermogen: '2025-01-01',
  vermogenstotaal: 777,
}

const aanleiding = { soort: 'aanvraag', betrouwbaarheid: 'bevestigd' }

function assetsAsked(velden: readonly string[], facts: Facts = nothingOpen) {
  const body = {
    velden,
    peildatum: '2026-01-01',
    parameters: { leefvorm: 'alleenstaande' },
    medewerker: as('inkomensconsulent'),
    motivering,
    aanleiding,
  }
  const id = 'belastingdienst-vermogen-bijstand'
  return released({ id, oin: oins.waterstad, body, facts, later: true }, [assets, earlier])
}

test('of assets a yes leaves first and opens the amount, the amount opens the accounts, and no other account leaves', () => {
  const light = assetsAsked(['vermogenBovenVrijlating', 'verschilMetOpgave', 'peildatumVermogen'])
  assert.deepEqual(light.antwoord.antwoord, [
    {
      vermogenBovenVrijlating: true,
      verschilMetOpgave: 'groot',
      peildatumVermogen: '2026-01-01',
    },
  ])
  const opens = (release: typeof light) =>
    release.rijen.map(({ waarden }) => 'trede' in waarden && [waarden.trede, waarden.open])
  assert.deepEqual(opens(light), [['bedragen', true]])

  const amounts = ['vermogenstotaal', 'aantalOnbekendeRekeningen', 'heeftOnbekendeRekeningen']
  const total = assetsAsked(amounts, { ...nothingOpen, treden: ['bedragen'] })
  assert.deepEqual(total.antwoord.antwoord, [
    { vermogenstotaal: 1_234_567, aantalOnbekendeRekeningen: 1, heeftOnbekendeRekeningen: true },
  ])
  assert.deepEqual(opens(total), [['rekeningen', true]])

  const accounts = assetsAsked(['ibanOnbekendeRekeningen'], { ...approved, treden: ['rekeningen'] })
  assert.deepEqual(accounts.antwoord.antwoord, [
    { ibanOnbekendeRekeningen: ['NL91ABNA0417164300'] },
  ])
  for (const { antwoord } of [light, total, accounts]) {
    const text = JSON.stringify(antwoord)
    for (const secret of ['NL20INGB0001234567', '50/50', '999993653', '777']) {
      assert.ok(!text.includes(secret), secret)
    }
  }
})

test('assets that were counted more than two years ago stay back, though the day asked is nearer', () => {
  const velden = ['vermogenBovenVrijlating', 'peildatumVermogen']
  const counted = (day: string) => {
    const body = {
      velden,
      peildatum: '2024-12-31',
      parameters: { leefvorm: 'alleenstaande' },
      medewerker: as('inkomensconsulent'),
      motivering,
      aanleiding,
    }
    const id = 'belastingdienst-vermogen-bijstand'
    const row = { ...assets, belastingjaar: year(2024), peildatumVermogen: day }
    const herkomst = { peildatum: day, volledigTotEnMet: '2026-07-31' }
    return released({ id, oin: oins.waterstad, body, later: true }, [row], herkomst).antwoord
  }
  const stale = velden.map(veld => ({ veld, reden: 'verouderd' }))
  assert.deepEqual(counted('2024-01-01').nietGeleverd, stale)
  assert.equal(counted('2024-01-01').antwoord.length, 0)
  assert.deepEqual(counted('2024-10-01').antwoord, [
    { vermogenBovenVrijlating: true, peildatumVermogen: '2024-10-01' },
  ])
})

test('of an award its kind, amount and days leave: never that somebody was wronged, owes or objected', () => {
  const row: Row = {
    toeslagsoort: 'huurtoeslag',
    periode: year(2026),
    maandbedrag: 30_000,
    herstelstatus: 'gedupeerd',
    bezwaar: true,
    terugvordering: 900_000,
    toeslagpartner: '999993653',
  }
  const { antwoord } = released(
    {
      id: 'toeslagbeschikking-gemeente',
      oin: oins.waterstad,
      facts: { ...nothingOpen, treden: ['bedragen'] },
      body: {
        velden: ['ontvangtToeslag', 'toeslagsoort', 'maandbedrag', 'periode'],
        peildatum: '2026-07-01',
        parameters: { toeslagsoort: 'huurtoeslag' },
        medewerker: as('inkomensconsulent'),
      },
    },
    [
      row,
      { ...row, periode: year(2025), maandbedrag: 1 },
      // of a kind that was not asked about, and that would say that there are children
      { ...row, toeslagsoort: 'kindgebonden-budget', maandbedrag: 2 },
    ],
  )
  assert.deepEqual(antwoord.antwoord, [
    {
      ontvangtToeslag: true,
      toeslagsoort: 'huurtoeslag',
      maandbedrag: 30_000,
      periode: year(2026),
    },
  ])
  assert.doesNotMatch(JSON.stringify(antwoord.antwoord), /gedupeerd|900000|999993653/)
})

const inspector = { medewerker: as('inspecteur'), motivering }

test('of an employer what was counted leaves, never who works there', () => {
  const row: Row = {
    loonheffingennummer: '001002041L02',
    naam: 'Bakkerij De Korst',
    tijdvak: { van: '2026-06-01', tot: '2026-06-30' },
    aantalWerknemers: 12,
    loonPerUurKlasse: 'onder',
    loonOnderMinimumloon: true,
    meldingUitzendkrachten: false,
    nationaliteiten: ['0052'],
    ziekmeldingen: 3,
  }
  const july = { ...row, tijdvak: { van: '2026-07-01', tot: '2026-07-31' } }
  const asked: Asked = {
    id: 'gegevens-arbeidsinspectie',
    oin: oins.arbeidsinspectie,
    later: true,
    body: {
      ...inspector,
      object: { soort: 'loonheffingennummer', waarde: '001002041L02' },
      velden: ['loonOnderMinimumloon', 'aantalWerknemers', 'loonPerUurKlasse'],
      periode: { van: '2026-06-01', totEnMet: '2026-06-30' },
      selectiegrond: 'risicomodel',
      selectieInstrument: 'nla-onderbetaling',
    },
  }
  assert.deepEqual(released(asked, [row, july]).antwoord.antwoord, [
    { loonOnderMinimumloon: true, aantalWerknemers: 12, loonPerUurKlasse: 'onder' },
  ])
  const drifted = [{ ...row, nationaliteit: '0052' }]
  assert.throws(() => released(asked, drifted), SourceError)
})

test('of an employee wages leave and no benefit', () => {
  const rows = [
    ...relation(1, '15', ['2026-06'], 40_000),
    ...relation(2, '37', ['2026-06'], 90_000, { indicatieWajong: true }),
  ]
  const { antwoord } = released(
    {
      id: 'gegevens-arbeidsinspectie-werknemer',
      oin: oins.arbeidsinspectie,
      later: true,
      facts: { ...approved, treden: ['loon'] },
      body: {
        ...inspector,
        velden: ['loonSv', 'aantalVerloondeUren'],
        periode: { van: '2026-06-01', totEnMet: '2026-06-30' },
        aanleiding: { soort: 'anonieme-tip', betrouwbaarheid: 'bevestigd' },
      },
    },
    rows,
  )
  assert.deepEqual(antwoord.antwoord, [{ loonSv: 40_000, aantalVerloondeUren: 40 }])
})

test('a finding that can hardly be so is marked for who receives it', () => {
  const marks = (gegevens: Row) =>
    doubtful({ gegevens }, { gegevensset: 'nla-bevindingen' }, shipped, noon)
  const good = { signaalId: 's-1', datumAangetroffen: '2026-09-15', aardWerk: 'horeca' }
  assert.deepEqual(marks(good), [])
  assert.deepEqual(marks({ ...good, datumAangetroffen: '2026-09-16', aardWerk: 'kassen' }), [
    { veld: 'aardWerk', code: 'code-onbekend' },
    { veld: 'datumAangetroffen', code: 'dag-in-toekomst' },
  ])
})
