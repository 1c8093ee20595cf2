// What may stand in a UWVPersoonsIkvInfo message? One table of the message tree (suwiml §5).
import { amount, compile, group, type Item, oneOf, type Service, withoutData } from './grammar.ts'

const home = [
  'Locatieoms?:AN70',
  'Postcd?:postcd',
  'Woonplaatsnaam?:AN80',
  'Gemeentenaam?:AN40',
] as const

const abroad = [
  'LocatieomsBuitenland?:AN70',
  'PostcdBuitenland?:AN9',
  'WoonplaatsnaamBuitenland?:AN40',
  'RegionaamBuitenland?:AN24',
  'LandencdIso?:a2',
  'Landsnaam?:AN40',
] as const

const street = group(
  'Straatadres',
  ...home,
  'Straatnaam?:AN24',
  'Huisnr?:huisnr',
  'Huisnrtoevoeging?:AN6',
  'Woonbootverwijzing?:a2',
  'Woonwagenverwijzing?:a2',
)
const box = group('Postbusadres', ...home, 'Postbusnr?:huisnr')
const streetAbroad = group(
  'StraatadresBuitenland',
  ...abroad,
  'StraatnaamBuitenland?:AN24',
  'HuisnrBuitenland?:AN9',
)
const boxAbroad = group('PostbusadresBuitenland', ...abroad, 'PostbusnrBuitenland?:AN7')

const address = (head: string): Item =>
  group(
    head,
    'DatBAdres?:dat',
    'DatEAdres?:dat',
    oneOf([street], [box], [streetAbroad], [boxAbroad]),
  )

const employer = group(
  'AdministratieveEenheid?',
  'NaamAdministratieveEenheid?:AN200',
  'Loonheffingennr:loonheffingennr',
  'DatBAdministratieveEenheid?:dat',
  'DatEAdministratieveEenheid?:dat',
  oneOf(
    [
      group(
        'PersoonAdministratieveEenheid',
        'Voornamen?:A200',
        'Voorvoegsel?:vv',
        'SignificantDeelVanDeAchternaam?:A200',
        address('FeitelijkAdresPersoonAeh*'),
        address('CorrespondentieadresPersoonAeh*'),
      ),
    ],
    [
      group(
        'RechtspersoonAdministratieveEenh',
        'FiNr:d9',
        'NaamRechtspersoon?:AN200',
        'CdRechtsvorm?:a≤3',
      ),
    ],
  ),
  address('FeitelijkAdresAeh*'),
  address('CorrespondentieadresAeh*'),
)

const incomePeriod = group(
  'Inkomstenperiode+',
  'DatBIkp:dat',
  'DatEIkp?:dat',
  'CdSrtIkv?:d2',
  'CdTypeArbeidscontract?:a1',
  'CdInvloedVerzekeringsplicht?:a≤3',
  'IndLoonheffingskortingToegepast?:d1',
  'IndRegelmatigArbeidspatroon?:d1',
  'IndPersoneelsleningNietInLoon?:d1',
  'IndLoonIsMedeAowAlleenstaande?:d1',
  'IndLoonInclusiefWajongUitkering?:d1',
  'IndVakantiebonnenToegepast?:d1',
  'CdAardIkv?:d2',
  'CdIncidInkomstenvermindering?:a1',
)

const sector = group(
  'SectorRisicogroepIkv*',
  'CdSectorRisicogroep?:d2',
  'DatBSectorRisicogroep?:dat',
  'DatESectorRisicogroep?:dat',
  group('SectorBeroepsEnBedrijfsleven?', 'CdSector:d3'),
)

const incomeStatement = group(
  'Inkomstenopgave+',
  'DatBIko:dat',
  'DatEIko?:dat',
  'AantSvDagenIko?:dagen',
  'AantVerloondeUrenIko?:uren',
  amount('BedrBrutoloonSv'),
  amount('BedrLoonLbPremieVolksverz'),
  amount('BedrIngehoudenLbPremieVolksverz'),
  amount('BedrVakantietoeslag'),
  amount('BedrOpgbRechtVakantietoeslag'),
  amount('BedrExtraPrdSalaris'),
  amount('BedrOpgbRechtExtraPrdSalaris'),
  amount('BedrVergoedingReiskostenOnbelast'),
  amount('BedrInUitkBegrBetAlimentatie'),
  amount('BedrRechtstreeksBetAlimentatie'),
)

const client = group(
  'ClientSuwi',
  'Burgerservicenr:bsn',
  group(
    'Inkomstenverhouding*',
    'VolgnrIkv?:volgnr',
    'AanduidingIkvWerkgever?:AN35',
    'DatBIkv?:dat',
    'DatEIkv?:dat',
    employer,
    incomePeriod,
    sector,
    incomeStatement,
  ),
)

const requestItems = [
  'Burgerservicenr:bsn',
  group('PeriodeGegevensvraagIko?', 'DatBPeriode?:dat', 'DatEPeriode?:dat'),
]

const delivered = group('PeriodeGegevensleveringIko?', 'DatBPeriode?:dat', 'DatEPeriode?:dat')

const responseItems = [oneOf([client, delivered, 'fwi:FWI?:fwi'], ...withoutData)]

/** A hyphen before the version in the action, a slash in the namespace. */
export const incomes: Service = {
  space: 'http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200',
  action: 'http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD-v0200',
  operation: 'UWVPersoonsIkvInfo',
  request: requestItems.map(compile),
  response: responseItems.map(compile),
}
