// How does UWV's message read in our dataset, and our question in theirs? Pure, both ways.
import { type SourceAnswer, SourceError, type SourceQuestion } from '../../gateway/adapter.ts'
import type { LegalDate, Period } from '../../gateway/terms.ts'
import {
  cents,
  day,
  groups,
  integer,
  isoDay,
  known,
  legalDay,
  type Row,
  readOutcome,
  text,
  yesNo,
} from './group.ts'
import type { Group } from './message.ts'

type Asked = Pick<SourceQuestion, 'betrokkene' | 'periode' | 'peildatum'>

export function toRequest(question: Asked): Group {
  if (question.betrokkene === undefined) {
    throw new SourceError('source-refused', 'deze bron beantwoordt alleen vragen over een persoon')
  }
  const { van, totEnMet } = question.periode
  return {
    Burgerservicenr: [question.betrokkene.waarde],
    PeriodeGegevensvraagIko: [
      { DatBPeriode: [van.replaceAll('-', '')], DatEPeriode: [totEnMet.replaceAll('-', '')] },
    ],
  }
}

export function toAnswer(response: Group, question: Asked, now: number): SourceAnswer {
  const { peildatum } = question
  const supplied = groups(response, 'PeriodeGegevensleveringIko')[0]
  const volledigTotEnMet = completeUntil(question.periode, supplied, legalDay(now))
  const { kwaliteit, resultaat } = readOutcome(response)
  const herkomst = { peildatum, volledigTotEnMet, inOnderzoek: [], kwaliteit } as const
  if (resultaat !== undefined) return { resultaat, herkomst }
  const [client] = groups(response, 'ClientSuwi')
  if (!client) return { resultaat: 'nietBeschikbaar', herkomst }
  const betrokkene = text(client, 'Burgerservicenr') ?? ''
  if (betrokkene !== question.betrokkene?.waarde) {
    throw new SourceError(
      'source-malformed',
      'het antwoord gaat over een andere persoon (Burgerservicenr)',
    )
  }
  const rijen = groups(client, 'Inkomstenverhouding').flatMap((each, index) =>
    toRows(each, index + 1),
  )
  return { resultaat: 'gegevens', betrokkene, rijen, herkomst }
}

/** One row per statement; the relation, its payer and the period it falls in stand on each. */
function toRows(relation: Group, relatie: number): readonly Row[] {
  const payer = groups(relation, 'AdministratieveEenheid')[0]
  const sectoren = groups(relation, 'SectorRisicogroepIkv').map(sectorOf)
  const common = {
    relatie,
    volgnummer: integer(relation, 'VolgnrIkv'),
    aanduidingWerkgever: text(relation, 'AanduidingIkvWerkgever'),
    datumAanvang: day(relation, 'DatBIkv'),
    datumEinde: day(relation, 'DatEIkv'),
    ...(payer ? payerOf(payer) : {}),
    sectoren: sectoren.length > 0 ? sectoren : undefined,
  }
  const periods = groups(relation, 'Inkomstenperiode')
  return groups(relation, 'Inkomstenopgave').map(statement => {
    const tijdvak = spanOf(statement)
    const period = periodOn(periods, tijdvak.van)
    return known({
      ...common,
      ...(period ? periodOf(period) : {}),
      tijdvak,
      ...statementOf(statement),
    })
  })
}

function payerOf(payer: Group): Row {
  const [person] = groups(payer, 'PersoonAdministratieveEenheid')
  const [legal] = groups(payer, 'RechtspersoonAdministratieveEenh')
  const adressen = [
    ...(person ? addresses(person, 'FeitelijkAdresPersoonAeh', 'feitelijk', 'persoon') : []),
    ...(person
      ? addresses(person, 'CorrespondentieadresPersoonAeh', 'correspondentie', 'persoon')
      : []),
    ...addresses(payer, 'FeitelijkAdresAeh', 'feitelijk', 'eenheid'),
    ...addresses(payer, 'CorrespondentieadresAeh', 'correspondentie', 'eenheid'),
  ]
  return {
    naamInhoudingsplichtige: text(payer, 'NaamAdministratieveEenheid'),
    loonheffingennummer: text(payer, 'Loonheffingennr'),
    datumAanvangInhoudingsplichtige: day(payer, 'DatBAdministratieveEenheid'),
    datumEindeInhoudingsplichtige: day(payer, 'DatEAdministratieveEenheid'),
    fiNummer: legal && text(legal, 'FiNr'),
    naamRechtspersoon: legal && text(legal, 'NaamRechtspersoon'),
    rechtsvorm: legal && text(legal, 'CdRechtsvorm'),
    voornamenInhoudingsplichtige: person && text(person, 'Voornamen'),
    voorvoegselInhoudingsplichtige: person && text(person, 'Voorvoegsel'),
    achternaamInhoudingsplichtige: person && text(person, 'SignificantDeelVanDeAchternaam'),
    adressenInhoudingsplichtige: adressen.length > 0 ? adressen : undefined,
  }
}

const addressKinds = {
  Straatadres: 'straat',
  Postbusadres: 'postbus',
  StraatadresBuitenland: 'straatBuitenland',
  PostbusadresBuitenland: 'postbusBuitenland',
} as const

function addresses(owner: Group, element: string, gebruik: string, van: string): readonly Row[] {
  return groups(owner, element).map(address => {
    const kind = Object.entries(addressKinds).find(([name]) => address[name] !== undefined)
    const place = kind ? groups(address, kind[0])[0] : undefined
    return known({
      gebruik,
      van,
      vorm: kind?.[1],
      datumAanvang: day(address, 'DatBAdres'),
      datumEinde: day(address, 'DatEAdres'),
      ...(place ? placeOf(place) : {}),
    })
  })
}

function placeOf(place: Group): Row {
  return {
    locatie: text(place, 'Locatieoms') ?? text(place, 'LocatieomsBuitenland'),
    postcode: text(place, 'Postcd') ?? text(place, 'PostcdBuitenland'),
    woonplaats: text(place, 'Woonplaatsnaam') ?? text(place, 'WoonplaatsnaamBuitenland'),
    gemeente: text(place, 'Gemeentenaam'),
    straat: text(place, 'Straatnaam') ?? text(place, 'StraatnaamBuitenland'),
    huisnummer: text(place, 'Huisnr') ?? text(place, 'HuisnrBuitenland'),
    huisnummertoevoeging: text(place, 'Huisnrtoevoeging'),
    woonbootverwijzing: text(place, 'Woonbootverwijzing'),
    woonwagenverwijzing: text(place, 'Woonwagenverwijzing'),
    postbusnummer: text(place, 'Postbusnr') ?? text(place, 'PostbusnrBuitenland'),
    regio: text(place, 'RegionaamBuitenland'),
    landcode: text(place, 'LandencdIso'),
    land: text(place, 'Landsnaam'),
  }
}

function sectorOf(sector: Group): Row {
  const [branch] = groups(sector, 'SectorBeroepsEnBedrijfsleven')
  return known({
    risicogroep: text(sector, 'CdSectorRisicogroep'),
    datumAanvang: day(sector, 'DatBSectorRisicogroep'),
    datumEinde: day(sector, 'DatESectorRisicogroep'),
    sector: branch && text(branch, 'CdSector'),
  })
}

/** Nothing but overlapping dates links a statement to a period (suwiml §5.2); the latest begin wins. */
function periodOn(periods: readonly Group[], date: LegalDate): Group | undefined {
  const compact = date.replaceAll('-', '')
  return periods
    .filter(
      each => (text(each, 'DatBIkp') ?? '') <= compact && compact <= lastDay(text(each, 'DatEIkp')),
    )
    .toSorted((a, b) => ((text(a, 'DatBIkp') ?? '') < (text(b, 'DatBIkp') ?? '') ? -1 : 1))
    .at(-1)
}

/** Unknown parts of an end read as late as they can be; so `00000000` and no end are both open. */
function lastDay(date: string | undefined): string {
  if (date === undefined || date.startsWith('0000')) return '99999999'
  return date.replace(/0000$/, '9999').replace(/00$/, '99')
}

function periodOf(period: Group): Row {
  return {
    datumAanvangInkomstenperiode: day(period, 'DatBIkp'),
    datumEindeInkomstenperiode: day(period, 'DatEIkp'),
    soortInkomstenverhouding: text(period, 'CdSrtIkv'),
    typeArbeidscontract: text(period, 'CdTypeArbeidscontract'),
    invloedVerzekeringsplicht: text(period, 'CdInvloedVerzekeringsplicht'),
    indicatieLoonheffingskorting: yesNo(period, 'IndLoonheffingskortingToegepast'),
    indicatieRegelmatigArbeidspatroon: text(period, 'IndRegelmatigArbeidspatroon'),
    indicatiePersoneelslening: yesNo(period, 'IndPersoneelsleningNietInLoon'),
    indicatieAowAlleenstaande: yesNo(period, 'IndLoonIsMedeAowAlleenstaande'),
    indicatieWajong: yesNo(period, 'IndLoonInclusiefWajongUitkering'),
    indicatieVakantiebonnen: yesNo(period, 'IndVakantiebonnenToegepast'),
    aardArbeidsverhouding: text(period, 'CdAardIkv'),
    inkomstenvermindering: text(period, 'CdIncidInkomstenvermindering'),
  }
}

/** A wage without a first day could fall in any month, so it would be lost or counted wrong. */
function spanOf(statement: Group): { van: LegalDate; tot: LegalDate | null } {
  const van = day(statement, 'DatBIko')
  const end = text(statement, 'DatEIko')
  const tot = day(statement, 'DatEIko')
  if (
    van === undefined ||
    (tot === undefined && end !== undefined && end < '6666' && !/^0{8}$/.test(end))
  ) {
    throw new SourceError(
      'source-malformed',
      'een inkomstenopgave heeft een onvolledig tijdvak (DatBIko, DatEIko)',
    )
  }
  if (tot !== undefined && tot < van) {
    throw new SourceError(
      'source-malformed',
      'een inkomstenopgave eindigt voor zij begint (DatEIko)',
    )
  }
  return { van, tot: tot ?? null }
}

function statementOf(statement: Group): Row {
  return {
    aantalSvDagen: integer(statement, 'AantSvDagenIko'),
    aantalVerloondeUren: integer(statement, 'AantVerloondeUrenIko'),
    loonSv: cents(statement, 'BedrBrutoloonSv'),
    loonLbPremieVolksverzekeringen: cents(statement, 'BedrLoonLbPremieVolksverz'),
    ingehoudenLbPremieVolksverzekeringen: cents(statement, 'BedrIngehoudenLbPremieVolksverz'),
    vakantiebijslag: cents(statement, 'BedrVakantietoeslag'),
    opgebouwdRechtVakantiebijslag: cents(statement, 'BedrOpgbRechtVakantietoeslag'),
    extraPeriodeSalaris: cents(statement, 'BedrExtraPrdSalaris'),
    opgebouwdRechtExtraPeriodeSalaris: cents(statement, 'BedrOpgbRechtExtraPrdSalaris'),
    reiskostenvergoeding: cents(statement, 'BedrVergoedingReiskostenOnbelast'),
    alimentatieInUitkering: cents(statement, 'BedrInUitkBegrBetAlimentatie'),
    alimentatieRechtstreeks: cents(statement, 'BedrRechtstreeksBetAlimentatie'),
  }
}

/**
 * Wages arrive late: the current and the last month are never complete, whatever the source says it
 * delivered. A delivery that begins after the question leaves everything asked incomplete.
 */
function completeUntil(asked: Period, supplied: Group | undefined, today: LegalDate): LegalDate {
  const [year = 0, month = 0] = today.split('-').map(Number)
  const byRule = isoDay(Date.UTC(year, month - 2, 0))
  const from = supplied && day(supplied, 'DatBPeriode')
  if (from !== undefined && from > asked.van) return isoDay(Date.parse(asked.van) - 86_400_000)
  const until = (supplied && day(supplied, 'DatEPeriode')) ?? byRule
  return [asked.totEnMet, byRule, until].toSorted()[0] ?? byRule
}
