// What do the arrangements that mostly refuse still promise of values, rows and rulings, which no case can show?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import { weigh } from '../../gateway/policy/handed.ts'
import type { Arrangement, Dataset, PolicySet } from '../../gateway/policy/law.ts'
import { minimise } from '../../gateway/policy/minimise.ts'
import { exchangeTerms, permit } from '../../gateway/policy/permit.ts'
import { question } from '../../gateway/policy/question.ts'
import { valueCheck } from '../../gateway/policy/row-schema.ts'
import { Problem } from '../../gateway/problem.ts'
import type { PurposeRequest, RequestBody } from '../../gateway/terms.ts'
import { answered, noon, nothingOpen, receiptFor, request, shipped, variant } from './law.ts'

const project = 'interventieproject'
const early = 'vroegsignaal-schuldhulp'
const platform = 'platforminkomsten'

const oins = {
  waterstad: '00000099000000001000',
  uwv: '00000099000000004000',
  belastingdienst: '00000099000000018000',
  inlener: '00000099000000025000',
}

function arrangementOf(id: string, law: PolicySet = shipped): Arrangement {
  const found = law.uitwisselingen.get(id)
  assert.ok(found, id)
  return found
}

/** What `minimise` makes of a request that this law allows, and of nothing else. */
function released(made: PurposeRequest, rows: readonly object[], law: PolicySet, now: number) {
  const decision = decide(question(made, law), nothingOpen, law, now)
  assert.deepEqual(decision.redenen, [])
  const allowed = permit(made, decision, receiptFor(made), exchangeTerms(made, law))
  const answer = {
    ...answered(rows.map(row => ({ ...row }))),
    betrokkene: (made.body.object ?? made.body.betrokkene)?.waarde ?? '',
  }
  const { antwoord } = minimise(answer, allowed, law, { now, profile: 'test', sleutel: undefined })
  return antwoord
}

function body(uitwisseling: string, oin: string, given: RequestBody): PurposeRequest {
  return { ...request({}, oin), uitwisseling, body: given }
}

test('no exchange rests on an article that a judge set aside', () => {
  const setAside = [...shipped.grondslagen.values()].filter(basis => basis.buitenToepassing)
  assert.ok(setAside.some(({ id }) => id === 'suwi-65'))
  for (const { id, grondslagen, bijzonder = [] } of shipped.uitwisselingen.values()) {
    const bases = [...grondslagen, ...bijzonder.map(one => one.grondslag)]
    assert.deepEqual(
      setAside.filter(basis => bases.includes(basis.id)),
      [],
      id,
    )
  }
})

test('an exchange that would rest on SyRI is refused from the day of the ruling, whatever else is right', async () => {
  const law = await variant({
    [`uitwisselingen/${project}.yaml`]: [
      ['[suwi-64]', '[suwi-65]'],
      ['goedkeuring: AX', 'goedkeuring: A1'],
      ['geldigVan: 2026-01-01', 'geldigVan: 2014-01-01'],
    ],
  })
  const [good] = law.gevallen.get(project) ?? []
  assert.ok(good)
  const codes = (at: string) =>
    decide(good.als, nothingOpen, law, Date.parse(at)).redenen.map(({ code }) => code)
  assert.deepEqual(codes('2020-02-04T23:59:59+01:00'), ['GRONDSLAG_NIET_IN_WERKING'])
  assert.deepEqual(codes('2020-02-05T00:00:00+01:00'), ['GRONDSLAG_BUITEN_TOEPASSING'])
  assert.deepEqual(codes('2026-09-15T12:00:00+02:00'), ['GRONDSLAG_BUITEN_TOEPASSING'])
})

test('arrears are handed over only by who says that the conditions of the law were met', () => {
  const arrangement = arrangementOf(early)
  const judge = (gegevens: Record<string, unknown>) =>
    weigh({ body: { velden: ['naam'], gegevens } }, arrangement, shipped, noon)
  const line = { naam: 'De huurder', hoogteAchterstand: 90_000 }
  assert.deepEqual(judge({ ...line, voorwaardenVervuld: true }), {})
  assert.deepEqual(judge(line), {}) // that it is missing, the decision says
  for (const wrong of [false, null, 'true', 1]) {
    assert.throws(
      () => judge({ ...line, voorwaardenVervuld: wrong }),
      (error: unknown) => {
        assert.ok(error instanceof Problem)
        assert.equal(error.slug, 'ongeldig-verzoek')
        assert.match(JSON.stringify(error.members), /\/gegevens\/voorwaardenVervuld/)
        assert.doesNotMatch(JSON.stringify(error.members), /huurder|90000/)
        return true
      },
    )
  }
})

test('a crime is told to whom it harms, a mere difference is not: it stands on no list', () => {
  for (const id of ['melding-vermoeden-misdrijf', 'melding-vermoeden-misdrijf-uwv']) {
    const judge = (soortFeit: string) =>
      weigh({ body: { velden: [], gegevens: { soortFeit } } }, arrangementOf(id), shipped, noon)
    assert.deepEqual(judge('onware-gegevens'), {})
    for (const wrong of ['afwijking', 'vergissing']) {
      assert.throws(
        () => judge(wrong),
        (error: unknown) => {
          assert.ok(error instanceof Problem)
          assert.match(JSON.stringify(error.members), /\/gegevens\/soortFeit/)
          assert.ok(!JSON.stringify(error.members).includes(wrong))
          return true
        },
      )
    }
  }
  // Where the dataset has it marked, a code of no list goes along with its mark.
  const gegevens = { aardWerk: 'kassen' }
  const finding = arrangementOf('bevinding-arbeidsinspectie')
  assert.deepEqual(weigh({ body: { velden: [], gegevens } }, finding, shipped, noon), {})
})

test('whoever said yes too soon can still set that right', () => {
  const set = shipped.gegevenssets.get('shv-vroegsignalen') as Dataset
  const field = set.velden.voorwaardenVervuld
  assert.ok(field)
  assert.deepEqual(valueCheck(field)({ waarde: false }), [])
})

test('of platform income a sale never goes along, also once the law would allow the rest', async () => {
  const law = await variant({
    [`uitwisselingen/${platform}.yaml`]: [['[pw-64-14, richtlijn-2011-16-16]', '[pw-64-14]']],
  })
  const velden = ['jaar', 'inkomstenSoort', 'vergoedingKlasse', 'herkomst']
  const told = (inkomstenSoort: string) => {
    const gegevens = {
      ...{ jaar: 2025, inkomstenSoort },
      ...{ vergoedingKlasse: 'boven-2000', herkomst: 'binnenlands' },
    }
    const given: RequestBody = {
      betrokkene: { soort: 'bsn', waarde: '999990019' },
      velden,
      gegevens,
      ontvanger: oins.waterstad,
      medewerker: { id: 'u-1', functie: 'medewerker-gegevenslevering' },
      motivering: { noodzaak: 'a', lichterMiddel: 'b' },
    }
    const made = {
      ...body(platform, oins.belastingdienst, given),
      levering: { levering: '01990000-0000-7000-8000-000000000002', regel: 1 },
    }
    return released(made, [gegevens], law, noon).antwoord
  }
  for (const soort of ['persoonlijke-dienst', 'verhuur', 'vervoermiddel']) {
    assert.deepEqual(
      told(soort).map(row => row.inkomstenSoort),
      [soort],
    )
  }
  for (const soort of ['verkoop', 'iets-anders']) assert.deepEqual(told(soort), [], soort)
})

test('of an address and of an admission only what stood on the asked day is given', () => {
  const now = Date.parse('2027-02-15T12:00:00+01:00')
  const address = (straat: string, van: string, tot: string | null) => ({
    ...{ adres: { straat }, datumAanvang: van },
    ...{ indicatieGeheim: straat === 'Geheimpad', bewoning: { van, tot } },
  })
  const homes = [
    address('Oudeweg', '2020-01-01', '2026-05-31'),
    address('Nieuweweg', '2026-06-01', null),
  ]
  const given = (rows: readonly object[], peildatum?: string) =>
    released(
      body('uwv-adres-burgerzaken', oins.waterstad, {
        betrokkene: { soort: 'bsn', waarde: '999990019' },
        velden: ['adres', 'datumAanvang'],
        zaak: 'z-1',
        medewerker: { id: 'u-1', functie: 'burgerzaken' },
        ...(peildatum && { peildatum }),
      }),
      rows,
      shipped,
      now,
    )
  const lives = (peildatum?: string) =>
    given(homes, peildatum).antwoord.map(row => row.datumAanvang)
  assert.deepEqual(lives(), ['2026-06-01'])
  assert.deepEqual(lives('2026-05-31'), ['2020-01-01'])
  assert.deepEqual(lives('2026-06-01'), ['2026-06-01'])
  const [home] = given(homes).antwoord
  assert.deepEqual(home?.adres, { straat: 'Nieuweweg' })
  assert.equal(home?.indicatieGeheim, false)
  const hidden = given([address('Geheimpad', '2026-06-01', null)])
  assert.doesNotMatch(JSON.stringify(hidden), /Geheimpad/)
  assert.equal(hidden.antwoord[0]?.indicatieGeheim, true)

  const stand = (toelatingsstatus: string, van: string, tot: string | null) => ({
    ...{ kvkNummer: '12345678', toelatingsstatus },
    ...{ datumVan: van, looptijd: { van, tot } },
    ...(tot && { datumTot: tot }),
  })
  const states = [
    stand('voorlopig', '2027-01-01', '2027-01-31'),
    stand('toegelaten', '2027-02-01', null),
  ]
  const admitted = (peildatum: string) =>
    released(
      body('toelating-uitlener', oins.inlener, {
        object: { soort: 'kvk', waarde: '12345678' },
        velden: ['toelatingsstatus'],
        medewerker: { id: 'u-1', functie: 'inhuurmedewerker' },
        peildatum,
      }),
      states,
      shipped,
      now,
    ).antwoord
  assert.deepEqual(admitted('2027-01-31'), [{ toelatingsstatus: 'voorlopig' }])
  assert.deepEqual(admitted('2027-02-01'), [{ toelatingsstatus: 'toegelaten' }])
})
