import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import { minimise } from '../../gateway/policy/minimise.ts'
import { exchangeTerms, permit } from '../../gateway/policy/permit.ts'
import { question } from '../../gateway/policy/question.ts'
import type { Facts, RequestBody } from '../../gateway/terms.ts'
import { answered, noon, nothingOpen, oins, type Row, receiptFor, request, shipped } from './law.ts'

const vandaag = '2026-09-15'
const motivering = { noodzaak: 'aanvraag', lichterMiddel: 'geen' }
const approved: Facts = {
  ...nothingOpen,
  treden: ['betaling', 'inschrijving', 'vordering'],
  goedkeuringen: [{ functie: 'teamleider', tot: noon + 1 }],
}

interface Asked {
  readonly uitwisseling: string
  readonly ontvanger: string
  readonly functie: string
}

const college = { ontvanger: oins.waterstad, functie: 'inkomensconsulent' }
const claims = { ontvanger: oins.uwv, functie: 'claimbeoordelaar' }
const justice = { ontvanger: '00000099000000013000', functie: 'medewerker-tenuitvoerlegging' }

/** What leaves of these rows, decided by the shipped law with everything approved. */
function released(
  { uitwisseling, ontvanger, functie }: Asked,
  velden: readonly string[],
  rijen: readonly Row[],
  { body = {}, facts = approved }: { body?: Partial<RequestBody>; facts?: Facts } = {},
) {
  const { periode: _, parameters: __, ...less } = request({ velden }, ontvanger).body
  const made = {
    ...request({}, ontvanger),
    uitwisseling,
    body: { ...less, medewerker: { id: 'm-0042', functie }, motivering, ...body },
  }
  const decision = decide(question(made, shipped), facts, shipped, noon)
  assert.deepEqual(decision.redenen, [])
  const terms = exchangeTerms(made, shipped)
  const exchange = permit(made, decision, receiptFor(made), terms)
  const source = answered(rijen, { peildatum: vandaag, volledigTotEnMet: vandaag })
  const options = { now: noon, profile: 'test', sleutel: undefined } as const
  const { antwoord, verstrekt } = minimise(source, exchange, shipped, options)
  return { rijen: antwoord.antwoord, niet: antwoord.nietGeleverd, verstrekt, terms }
}

const adres = { straat: 'Havenkade', huisnummer: 12, postcode: '1234AB', woonplaats: 'Waterstad' }
const person = (indicatieGeheim: boolean): Row => ({
  ...{ voornamen: 'A', geslachtsnaam: 'Voorbeeld', geboortedatum: '1990-05-06' },
  ...{ burgerlijkeStaat: 'huwelijk', adres, datumAanvangAdres: '2020-01-01', indicatieGeheim },
  ...{ partnerBsn: '999990044', verblijfstitel: '26', nationaliteit: '0499', geboorteland: '7009' },
  ...{
    medebewoners: [{ geboortedatum: '1991-01-01', naam: 'B', burgerservicenummer: '999990044' }],
  },
})

const register = { uitwisseling: 'brp-persoonsgegevens-bijstand', ...college }

test('instead of a birth date, a title and housemates: a class, a yes and a number', () => {
  const light = ['leeftijdscategorie', 'aantalMeerderjarigeMedebewoners', 'heeftRechtmatigVerblijf']
  const { rijen } = released(register, light, [person(false)], { facts: nothingOpen })
  assert.deepEqual(rijen, [
    {
      leeftijdscategorie: '27totAow',
      aantalMeerderjarigeMedebewoners: 1,
      heeftRechtmatigVerblijf: true,
    },
  ])
})

test('a secret address stays away, and says so; asked for as such and approved, it leaves', () => {
  const open = released(register, ['adres'], [person(false)], { facts: nothingOpen })
  assert.deepEqual(open.rijen, [{ adres, indicatieGeheim: false }])
  const hidden = released(register, ['adres', 'datumAanvangAdres'], [person(true)], {
    facts: nothingOpen,
  })
  assert.deepEqual(hidden.rijen, [{ datumAanvangAdres: '2020-01-01', indicatieGeheim: true }])
  assert.deepEqual(hidden.niet, [{ veld: 'adres', reden: 'afgeschermd' }])
  const given = released(register, ['adresBijGeheim'], [person(true)])
  assert.deepEqual(given.rijen, [{ adresBijGeheim: adres, indicatieGeheim: true }])
})

test('a partner is a person of their own, for every receiver', () => {
  for (const [key, asker] of [
    ['bijstand', college],
    ['uwv', claims],
    ['svb', { ontvanger: oins.svb, functie: 'beoordelaar' }],
    ['toeslagen', { ontvanger: oins.toeslagen, functie: 'behandelaar-toeslagen' }],
  ] as const) {
    const asked = { uitwisseling: `brp-persoonsgegevens-${key}`, ...asker }
    const { rijen, terms } = released(asked, ['partnerBsn'], [person(true)])
    assert.deepEqual(rijen, [{ partnerBsn: '999990044' }])
    assert.deepEqual(terms.persoonsvelden, ['partnerBsn'])
    assert.equal(terms.logTermijn, 'P20Y')
  }
})

test('where somebody lives who evades a sentence, with the mark when it is secret, and nothing else', () => {
  const asked = { uitwisseling: 'onttrekking-woonadres', ...justice }
  const row = { woonadres: adres, indicatieGeheim: true, telefoonnummer: '0612345678' }
  const { rijen } = released(asked, ['woonadres'], [row])
  assert.deepEqual(rijen, [{ woonadres: adres, indicatieGeheim: true }])
})

const summer = { body: { periode: { van: '2026-06-01', totEnMet: '2026-08-31' } } }

test('payments of the asked months, and nothing of a fine, a partner or what they were for', () => {
  const asked = { uitwisseling: 'gemeente-bijstand-uwv', ...claims }
  const july = {
    ...{ regeling: 'PW', periode: { van: '2026-07-01', tot: '2026-07-31' } },
    ...{ betaalbaarGesteld: 140_150, voorschot: true },
  }
  const held = { ...july, boetehoogte: 50_000, omschrijvingBijzondereBijstand: 'bril' }
  const may = { ...july, periode: { van: '2026-05-01', tot: '2026-05-31' } }
  assert.deepEqual(released(asked, Object.keys(july), [held, may], summer).rijen, [july])
  const light = ['ontvangtBijstand', 'voorschotTeVerrekenen']
  assert.deepEqual(released(asked, light, [held, may], summer).rijen, [
    { ontvangtBijstand: true, voorschotTeVerrekenen: 140_150 },
  ])
})

test('the enrolment of the asked months without school, subjects or results', () => {
  const asked = { uitwisseling: 'duo-studiefinanciering-bijstand', ...college }
  const study = {
    ...{ ontvangtStudiefinanciering: true, periode: { van: '2026-01-01', tot: null } },
    ...{ inschrijvingVan: '2025-09-01', onderwijsvorm: 'hbo' },
  }
  const rows = [
    { ...study, brin: '21PK', examenresultaten: ['7,5'], diplomas: ['havo'] },
    { ...study, periode: { van: '2025-09-01', tot: '2025-12-31' } },
  ]
  assert.deepEqual(released(asked, Object.keys(study), rows, summer).rijen, [study])
  assert.deepEqual(released(asked, ['rechtOpStudiefinanciering'], rows, summer).rijen, [
    { rechtOpStudiefinanciering: true },
  ])
})
