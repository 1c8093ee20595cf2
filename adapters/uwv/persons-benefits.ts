// To whom does the simulated UWV pay a benefit? Invented administration around public test numbers (domain §4).
import type { Group } from './message.ts'
import { compact, euro, monthSpan, type Span } from './persons.ts'

interface Benefit {
  readonly wet: string
  readonly soort: 'inkomen' | 'toeslag'
  /** Months ago that it began, counted from the current month. */
  readonly sinds: number
  /** Months ago that it ended; absent: it runs. */
  readonly tot?: number
  readonly bruto: number
  readonly netto: number
  readonly eenheid: '04' | '05' | '06'
  /** What nobody may get. */
  readonly medisch?: Group
}

interface Person {
  readonly uitkeringen: readonly Benefit[]
  /** Months ago that this person died. */
  readonly overleden?: number
  /** The number that came instead of the one asked about. */
  readonly nu?: string
}

const secret: Group = {
  PercArbeidsongeschiktheid: ['08000'],
  CdDiagnose: ['P652'],
  OmsMedischeGrond: ['Verzonnen medische grond'],
  OmsReintegratie: ['Verzonnen traject'],
  MaatregelMbtUitkering: [{ DatBMaatregel: ['20260101'], CdMaatregel: ['M25'] }],
}

const unemployed: Benefit = {
  wet: 'WW',
  soort: 'inkomen',
  sinds: 5,
  bruto: 190_000,
  netto: 165_000,
  eenheid: '06',
}
const ill: Benefit = {
  wet: 'ZW',
  soort: 'inkomen',
  sinds: 8,
  bruto: 30_000,
  netto: 24_000,
  eenheid: '04',
  medisch: secret,
}
const disabled: Benefit = {
  ...ill,
  wet: 'WIA',
  sinds: 30,
  bruto: 82_000,
  netto: 70_000,
  eenheid: '06',
}
const supplement: Benefit = {
  ...unemployed,
  wet: 'TW',
  soort: 'toeslag',
  bruto: 31_000,
  netto: 26_000,
}

/** Two without a benefit, then each kind, somebody who died and somebody whose number was replaced. */
const persons: Readonly<Record<string, Person>> = {
  '999990019': { uitkeringen: [] },
  '999993549': { uitkeringen: [] },
  '999992168': { uitkeringen: [unemployed] },
  '999990007': { uitkeringen: [ill] },
  '999990044': { uitkeringen: [disabled, supplement] },
  '999990056': { uitkeringen: [{ ...unemployed, sinds: 14, tot: 6 }] },
  '999990238': { overleden: 3, uitkeringen: [{ ...disabled, tot: 3 }] },
  '999990160': { nu: '112233454', uitkeringen: [disabled] },
}

/** ClientSuwi with the benefits that touch the asked period; nothing for someone UWV does not know. */
export function findBenefits(bsn: string, asked: Span, now: number): Group | undefined {
  const person = Object.hasOwn(persons, bsn) ? persons[bsn] : undefined
  if (!person) return undefined
  const found = person.uitkeringen
    .map(each => benefitOf(each, now))
    .filter(({ van, totEnMet }) => van <= asked.totEnMet && asked.van <= totEnMet)
  const { overleden, nu } = person
  return {
    Burgerservicenr: [nu ?? bsn],
    ...(nu !== undefined && { BurgerservicenrVervallen: [bsn] }),
    ...(overleden !== undefined && { DatOverlijden: [monthSpan(now, overleden).totEnMet] }),
    ...(found.length > 0 && { Uitkeringsverhouding: found.map(each => each.group) }),
  }
}

function benefitOf(benefit: Benefit, now: number): Span & { readonly group: Group } {
  const { wet, soort, bruto, netto, eenheid, medisch = {} } = benefit
  const { van } = monthSpan(now, benefit.sinds)
  const end = benefit.tot === undefined ? undefined : monthSpan(now, benefit.tot).totEnMet
  const group: Group = {
    SzWet: [{ CdSzWet: [wet] }],
    CdSrtUitkering: [soort],
    DatBUitkeringsverhouding: [van],
    ...(end !== undefined && { DatEUitkeringsverhouding: [end] }),
    ...medisch,
    Uitkeringsperiode: [
      {
        DatBUitkeringsperiode: [van],
        ...(end !== undefined && { DatEUitkeringsperiode: [end] }),
        CdPeriodeEenheid: [eenheid],
        BedrBrutoUitkering: [euro(bruto)],
        BedrNettoUitkering: [euro(netto)],
      },
    ],
  }
  return { van, totEnMet: end ?? '99991231', group }
}

/** What UWV says it delivered: every day that is over. */
export function deliveredBenefits(asked: Span, now: number): Group {
  const yesterday = compact(now - 86_400_000)
  return {
    DatBPeriode: [asked.van],
    DatEPeriode: [[asked.totEnMet, yesterday].toSorted()[0] ?? ''],
  }
}
