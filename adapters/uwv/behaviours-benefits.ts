// In which ways can the answer about benefits go wrong? The same as about incomes, bent where this message differs.
import { bent, drifted, behaviours as incomeBehaviours, malformed } from './behaviours.ts'

export const behaviours = {
  ...incomeBehaviours,
  'extra-velden-diep': {
    expect: drifted('Dagloon'),
    perform: bent(text =>
      text.replaceAll('</Uitkeringsperiode>', '<Dagloon>9000</Dagloon></Uitkeringsperiode>'),
    ),
  },
  'extra-attribuut': {
    expect: drifted('@nil'),
    perform: bent(text =>
      text.replace(
        '<DatBUitkeringsverhouding>',
        '<DatBUitkeringsverhouding xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false">',
      ),
    ),
  },
  'hernoemd-veld': {
    expect: drifted('BrutoUitkering'),
    perform: bent(text => text.replaceAll('BedrBrutoUitkering>', 'BrutoUitkering>')),
  },
  'verkeerde-namespace': {
    expect: drifted('{*}ClientSuwi', '{*}PeriodeGegevenslevering'),
    perform: bent(text =>
      text
        .replaceAll('u:UWVPersoonsUitkeringInfoResponse', 'UWVPersoonsUitkeringInfoResponse')
        .replace('xmlns:u=', 'xmlns='),
    ),
  },
  'verkeerde-volgorde': {
    expect: malformed,
    perform: bent(text =>
      text.replace(/(<SzWet>.*?<\/SzWet>)(<CdSrtUitkering>[a-z]+<\/CdSrtUitkering>)/, '$2$1'),
    ),
  },
  'onmogelijke-dag': {
    expect: malformed,
    perform: bent(text =>
      text.replace(/<DatBUitkeringsperiode>\d{8}/, '<DatBUitkeringsperiode>20230230'),
    ),
  },
  'andere-versie': {
    expect: malformed,
    perform: bent(text =>
      text.replace(
        'xmlns:u="urn:sluis:uwv:uitkeringen:v1',
        'xmlns:u="urn:sluis:uwv:uitkeringen:v2',
      ),
    ),
  },
  'soort-noemt-de-wet': {
    expect: malformed,
    perform: bent(text => text.replace(/<CdSrtUitkering>[a-z]+/, '<CdSrtUitkering>ZW')),
  },
  'halve-dag-van-overlijden': {
    expect: malformed,
    perform: bent(text =>
      text.replace(
        '</Burgerservicenr>',
        '</Burgerservicenr><DatOverlijden>20260000</DatOverlijden>',
      ),
    ),
  },
  'ander-nummer-vervangen': {
    expect: malformed,
    perform: bent(text =>
      text.replace(
        '</Burgerservicenr>',
        '</Burgerservicenr><BurgerservicenrVervallen>999990160</BurgerservicenrVervallen>',
      ),
    ),
  },
} as const

export type BenefitBehaviour = keyof typeof behaviours
