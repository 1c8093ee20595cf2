// What may stand in our message about UWV benefits? Ours, in the manner of SuwiML: UWV's own is not public.
import { amount, compile, group, oneOf, type Service, withoutData } from './grammar.ts'

const payment = group(
  'Uitkeringsperiode*',
  'DatBUitkeringsperiode:dat',
  'DatEUitkeringsperiode?:dat',
  'CdPeriodeEenheid?:tijdeenheid',
  amount('BedrBrutoUitkering'),
  amount('BedrNettoUitkering'),
)

const benefit = group(
  'Uitkeringsverhouding*',
  group('SzWet', 'CdSzWet:a≤5'),
  'CdSrtUitkering?:soortUitkering',
  'DatBUitkeringsverhouding?:dat',
  'DatEUitkeringsverhouding?:dat',
  'PercArbeidsongeschiktheid?:perc',
  'CdDiagnose?:AN9',
  'OmsMedischeGrond?:AN200',
  'OmsReintegratie?:AN200',
  group('MaatregelMbtUitkering*', 'DatBMaatregel?:dat', 'DatEMaatregel?:dat', 'CdMaatregel?:AN9'),
  payment,
)

const client = group(
  'ClientSuwi',
  'Burgerservicenr:bsn',
  'BurgerservicenrVervallen?:bsn',
  'DatOverlijden?:dat',
  benefit,
)

const requestItems = [
  'Burgerservicenr:bsn',
  group('PeriodeGegevensvraag', 'DatBPeriode:dat', 'DatEPeriode:dat'),
]

const delivered = group('PeriodeGegevenslevering', 'DatBPeriode:dat', 'DatEPeriode:dat')
const responseItems = [oneOf([client, delivered, 'fwi:FWI?:fwi'], ...withoutData)]

export const benefits: Service = {
  space: 'urn:sluis:uwv:uitkeringen:v1',
  action: 'urn:sluis:uwv:uitkeringen:v1',
  operation: 'UWVPersoonsUitkeringInfo',
  request: requestItems.map(compile),
  response: responseItems.map(compile),
}
