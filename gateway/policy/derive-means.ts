// What is answered instead of what somebody owns, is awarded or lives in? (domain BD-VERM-16, TSL-GEM-22, BAG-OBJ-20)
import { monthOf } from './legal-time.ts'
import {
  type DerivedAnswer,
  type Material,
  norm,
  overlaps,
  type Row,
  statementOf,
} from './material.ts'

/** Dated by calendar year (Pw art. 34). */
const exemption = 'vermogensvrijlating'

export const meansAnswers: Readonly<Record<string, DerivedAnswer>> = {
  vermogenBovenVrijlating: { normen: [exemption], compute: assetsAboveExemption },
  heeftOnbekendeRekeningen: { normen: [], compute: hasUnknownAccounts },
  ontvangtToeslag: { normen: [], compute: receivesAllowance },
  heeftWoonfunctie: { normen: [], compute: isDwelling },
}

/** A doubted or missing amount makes no "no": only what is above stands whatever else is found. */
function unless(yes: boolean | undefined, { inOnderzoek }: Material): boolean | null {
  if (yes === true) return true
  return inOnderzoek || yes === undefined ? null : false
}

/** Rows that speak of the day asked about. */
function rowsOfDay({ rows, dataset, periode: { totEnMet } }: Material): readonly Row[] {
  return rows.filter(row => {
    const stretch = statementOf(row, dataset)
    return stretch !== undefined && overlaps(stretch, totEnMet, totEnMet)
  })
}

/** The one row of the tax year asked about: with none, or two, nothing is known. */
function taxYear(material: Material): Row | undefined {
  const [row, ...others] = rowsOfDay(material)
  return others.length === 0 ? row : undefined
}

function assetsAboveExemption(material: Material): boolean | null {
  const { vermogenstotaal: total, peildatumVermogen: day } = taxYear(material) ?? {}
  const most = norm(material, exemption, monthOf(material.periode.totEnMet))
  if (typeof total !== 'number' || typeof day !== 'string' || most === undefined) return null
  // Assets that were not reported yet can only add to what is known.
  const isWhole = day <= material.volledigTotEnMet
  return unless(total > most || (isWhole ? false : undefined), material)
}

function hasUnknownAccounts(material: Material): boolean | null {
  const { aantalOnbekendeRekeningen: count } = taxYear(material) ?? {}
  return unless(typeof count === 'number' ? count > 0 : undefined, material)
}

/** Of a day that the source knows; a kind that stands in no list may be the kind asked about. */
function receivesAllowance(material: Material): boolean | null {
  const { periode, volledigTotEnMet, vandaag, parameters } = material
  const asked = parameters?.toeslagsoort
  const day = periode.totEnMet
  if (asked === undefined || day > volledigTotEnMet || day > vandaag) return null
  const verdicts = rowsOfDay(material).map(({ toeslagsoort: kind, maandbedrag: amount }) => {
    if (amount === 0) return false
    if (kind === asked) return true
    return codesOf('toeslagsoort', material).some(({ code }) => code === kind) ? false : undefined
  })
  const known = verdicts.includes(undefined) ? undefined : false
  return unless(verdicts.includes(true) || known, material)
}

/** Use and state as the register words them; an object that is gone is no dwelling, one of an unknown state may be. */
function isDwelling(material: Material): boolean | null {
  const [row, ...others] = material.rows
  if (row === undefined || others.length > 0) return null
  const state = codesOf('status', material).find(({ code }) => code === row.status)?.klasse
  if (state === 'vervallen') return unless(false, material)
  const uses = Array.isArray(row.gebruiksdoel) ? row.gebruiksdoel : []
  const known = codesOf('gebruiksdoel', material)
  const classes = uses.map(use => known.find(({ code }) => code === use)?.klasse)
  // The register gives a berth or a stand no use: nothing is known of it here.
  if (state !== 'bestaat' || classes.length === 0) return null
  const isOther = classes.includes(undefined) ? undefined : false
  // Doubt about what it is for is doubt about both answers.
  return material.inOnderzoek ? null : unless(classes.includes('wonen') || isOther, material)
}

function codesOf(veld: string, { dataset, law }: Material) {
  return law.codelijsten.get(dataset.velden[veld]?.codelijst ?? '')?.codes ?? []
}
