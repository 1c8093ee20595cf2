// How does our message about benefits read in our dataset, and our question in it? Pure, both ways.
import { type SourceAnswer, SourceError, type SourceQuestion } from '../../gateway/adapter.ts'
import type { LegalDate } from '../../gateway/terms.ts'
import {
  cents,
  day,
  groups,
  isoDay,
  known,
  legalDay,
  type Row,
  readOutcome,
  text,
} from './group.ts'
import type { Group } from './message.ts'

type Asked = Pick<SourceQuestion, 'betrokkene' | 'periode' | 'peildatum'>

export function toBenefitRequest({ betrokkene, periode }: Asked): Group {
  if (betrokkene === undefined) {
    throw new SourceError('source-refused', 'deze bron beantwoordt alleen vragen over een persoon')
  }
  return {
    Burgerservicenr: [betrokkene.waarde],
    PeriodeGegevensvraag: [
      {
        DatBPeriode: [periode.van.replaceAll('-', '')],
        DatEPeriode: [periode.totEnMet.replaceAll('-', '')],
      },
    ],
  }
}

export function toBenefitAnswer(response: Group, question: Asked, now: number): SourceAnswer {
  const { kwaliteit, resultaat } = readOutcome(response)
  const volledigTotEnMet = completeUntil(response, question, now)
  const herkomst = { peildatum: question.peildatum, volledigTotEnMet, inOnderzoek: [], kwaliteit }
  if (resultaat !== undefined) return { resultaat, herkomst }
  const [client = {}] = groups(response, 'ClientSuwi')
  const betrokkene = text(client, 'Burgerservicenr') ?? ''
  const vervangt = text(client, 'BurgerservicenrVervallen')
  if ((vervangt ?? betrokkene) !== question.betrokkene?.waarde) {
    throw new SourceError('source-malformed', 'het antwoord gaat over een andere persoon')
  }
  const overleden = dayOfDeath(client)
  return {
    resultaat: 'gegevens',
    betrokkene,
    ...(vervangt !== undefined && { vervangt }),
    ...(overleden !== undefined && { overleden }),
    rijen: groups(client, 'Uitkeringsverhouding').flatMap((each, index) => toRows(each, index + 1)),
    herkomst,
  }
}

/** A death of which the day is not whole is a death all the same: nothing may leave as if it were not there. */
function dayOfDeath(client: Group): LegalDate | undefined {
  const whole = day(client, 'DatOverlijden')
  if (whole === undefined && client.DatOverlijden !== undefined) {
    throw new SourceError(
      'source-malformed',
      'de dag van overlijden is niet volledig (DatOverlijden)',
    )
  }
  return whole
}

/** One row per payment period; a right of which nothing is paid yet has one row without one. */
function toRows(benefit: Group, relatie: number): readonly Row[] {
  const [law = {}] = groups(benefit, 'SzWet')
  const [measure = {}] = groups(benefit, 'MaatregelMbtUitkering')
  const common = {
    relatie,
    wetcode: text(law, 'CdSzWet')?.toUpperCase(),
    soortUitkering: text(benefit, 'CdSrtUitkering'),
    datumIngang: day(benefit, 'DatBUitkeringsverhouding'),
    datumEinde: day(benefit, 'DatEUitkeringsverhouding'),
    arbeidsongeschiktheidspercentage: percentage(benefit),
    diagnose: text(benefit, 'CdDiagnose'),
    medischeGrond: text(benefit, 'OmsMedischeGrond'),
    reintegratie: text(benefit, 'OmsReintegratie'),
    maatregel: text(measure, 'CdMaatregel'),
  }
  const payments = groups(benefit, 'Uitkeringsperiode')
  return payments.length === 0
    ? [known(common)]
    : payments.map(payment => known({ ...common, ...paymentOf(payment) }))
}

/** SuwiML's own numbers for units of time; one that is not paid by is unknown (suwiml §3.2). */
const units: Readonly<Record<string, string>> = { '04': 'week', '05': '4weken', '06': 'maand' }

function paymentOf(payment: Group): Row {
  return {
    tijdvak: spanOf(payment),
    brutoBedrag: cents(payment, 'BedrBrutoUitkering'),
    nettoBedrag: cents(payment, 'BedrNettoUitkering'),
    periodiciteit: units[text(payment, 'CdPeriodeEenheid') ?? ''],
  }
}

/** An amount without a first day could fall in any month, so it would be lost or counted wrong. */
function spanOf(payment: Group): { van: LegalDate; tot: LegalDate | null } {
  const van = day(payment, 'DatBUitkeringsperiode')
  const end = text(payment, 'DatEUitkeringsperiode')
  const tot = day(payment, 'DatEUitkeringsperiode') ?? null
  const open = end === undefined || end >= '6666' || /^0{8}$/.test(end)
  if (van === undefined || (tot === null && !open) || (tot !== null && tot < van)) {
    throw new SourceError(
      'source-malformed',
      'een uitkeringsperiode is onvolledig of eindigt voor zij begint (DatBUitkeringsperiode)',
    )
  }
  return { van, tot }
}

/** Three digits and two decimals (suwiml §3.3). */
function percentage(benefit: Group): number | undefined {
  const value = text(benefit, 'PercArbeidsongeschiktheid')
  return value === undefined ? undefined : Number(value) / 100
}

/** UWV pays these itself, so it knows every day that is over, as far as it says that it delivered. */
function completeUntil(response: Group, { periode }: Asked, now: number): LegalDate {
  const before = isoDay(Date.parse(periode.van) - 86_400_000)
  const yesterday = isoDay(Date.parse(legalDay(now)) - 86_400_000)
  const [supplied] = groups(response, 'PeriodeGegevenslevering')
  const from = supplied && day(supplied, 'DatBPeriode')
  if (supplied !== undefined && (from === undefined || from > periode.van)) return before
  const until = supplied ? (day(supplied, 'DatEPeriode') ?? before) : yesterday
  return [periode.totEnMet, yesterday, until].toSorted()[0] ?? before
}
