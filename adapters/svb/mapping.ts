// How does the SVB's answer read in our dataset, and our question in its words? Pure, both ways.
import { type SourceAnswer, SourceError, type SourceQuestion } from '../../gateway/adapter.ts'
import { grades, type Json, list, malformed, outcomes, readAnswer, record } from './message.ts'

type Asked = Pick<
  SourceQuestion,
  | 'transactie'
  | 'trace'
  | 'ontvanger'
  | 'namens'
  | 'doel'
  | 'grondslagen'
  | 'betrokkene'
  | 'velden'
  | 'periode'
>

/** Who asks, for whom and why (Pw art. 65 lid 4). Without these the SVB refuses the question. */
export function toHeaders(question: Asked): Record<string, string> {
  return {
    ...question.trace,
    'sluis-transactie': question.transactie,
    'sluis-ontvanger': question.ontvanger,
    ...(question.namens === undefined ? {} : { 'sluis-namens': question.namens }),
    'sluis-doel': question.doel.id,
  }
}

/** About whom, what, and on which articles; the person stands here alone, never in an address or header. */
export function toRequest(question: Asked): Json {
  if (question.betrokkene === undefined) {
    throw new SourceError('source-refused', 'de SVB beantwoordt alleen vragen over een persoon')
  }
  return {
    persoon: question.betrokkene.waarde,
    velden: question.velden,
    periode: question.periode,
    grondslagen: question.grondslagen.map(({ id, regeling, artikel }) => ({
      id,
      regeling,
      artikel,
    })),
  }
}

export function toAnswer(
  body: Uint8Array,
  asked: Pick<Asked, 'transactie' | 'betrokkene'>,
): SourceAnswer {
  const answer = readAnswer(body)
  if (answer.transactie !== asked.transactie) {
    throw malformed('transactie hoort bij een andere vraag')
  }
  const herkomst = originOf(record(answer.stand))
  const outcome = Object.entries(outcomes).find(([theirs]) => theirs === answer.uitkomst)
  const resultaat = outcome?.[1] ?? 'nietBeschikbaar'
  if (resultaat !== 'gegevens') return { resultaat, herkomst }
  const persoon = record(answer.persoon)
  const betrokkene = String(persoon.burgerservicenummer)
  if ((persoon.vervangt ?? betrokkene) !== asked.betrokkene?.waarde) {
    throw malformed('persoon is een andere dan gevraagd')
  }
  return {
    resultaat,
    betrokkene,
    ...(typeof persoon.vervangt === 'string' && { vervangt: persoon.vervangt }),
    ...(typeof persoon.overleden === 'string' && { overleden: persoon.overleden }),
    rijen: toRows(answer, persoon),
    herkomst,
  }
}

function originOf(stand: Json): SourceAnswer['herkomst'] {
  return {
    peildatum: String(stand.peildatum),
    volledigTotEnMet: String(stand.volledigTotEnMet),
    inOnderzoek: list(stand.inOnderzoek).map(({ veld, sinds }) => ({
      veld: String(veld),
      sinds: String(sinds),
    })),
    kwaliteit: grades.find(grade => grade === stand.kwaliteit) ?? 'D',
  }
}

/** What is known of the person stands on every row; somebody without benefit has one row of that alone. */
function toRows(answer: Json, persoon: Json): readonly Json[] {
  const common = personRow(persoon, list(answer.kinderen))
  const benefits = list(answer.uitkeringen).flatMap(benefitRows)
  const claims = list(answer.aanvragen).map(({ regeling, datum, beslissing }) => ({
    regeling,
    datumAanvraag: datum,
    beslissingAanvraag: beslissing,
  }))
  const rows = [...benefits, ...claims]
  return (rows.length === 0 ? [{}] : rows).map(row => known({ ...common, ...row }))
}

function personRow(persoon: Json, kinderen: readonly Json[]): Json {
  const partner = record(persoon.partner)
  return {
    voornamen: persoon.voornamen,
    voorvoegsel: persoon.voorvoegsel,
    achternaam: persoon.achternaam,
    geslacht: persoon.geslacht,
    geboortedatum: persoon.geboortedatum,
    woonland: persoon.woonland,
    aowLeeftijdDatum: persoon.aowLeeftijdDatum,
    partnerBurgerservicenummer: partner.burgerservicenummer,
    partnerNaam: partner.naam,
    partnerGeboortedatum: partner.geboortedatum,
    kinderen,
  }
}

/** One row per period of payment. */
function benefitRows(benefit: Json): readonly Json[] {
  const { nummer, regeling, ingang, einde, remigratievoorziening } = benefit
  const periods = list(benefit.perioden)
  if (periods.length === 0) throw malformed('een uitkering heeft geen perioden')
  if (before(einde, ingang)) throw malformed('einde ligt voor ingang')
  return periods.map(({ van, tot, partnertoeslag, percentageAow, bruto, netto }) => {
    if (before(tot, van)) throw malformed('tot ligt voor van')
    return {
      uitkering: nummer,
      regeling,
      datumIngang: ingang,
      datumEinde: einde,
      remigratievoorziening,
      tijdvak: { van, tot: tot ?? null },
      partnertoeslag,
      percentageAow,
      ...amount('bruto', record(bruto)),
      ...amount('netto', record(netto)),
    }
  })
}

const before = (end: unknown, start: unknown) => end !== undefined && String(end) < String(start)

/** The SVB's own code of the term of an amount that is per month (suwiml §6). */
const perMonth = '6'

/** An amount is only comparable per month; any other keeps its term beside it, under a name of its own. */
function amount(kind: 'bruto' | 'netto', { bedrag, termijn }: Json): Json {
  if (termijn === undefined) return {}
  if (termijn === perMonth) return { [`${kind}Bedrag`]: bedrag }
  return { [`${kind}BedragAndereTermijn`]: bedrag, [`${kind}Termijn`]: termijn }
}

function known(row: Json): Json {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}
