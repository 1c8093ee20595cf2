// How do the pages of the register read? Dates, terms and standings in words, and the parts every page is made of.
import { type Fragment, type Html, html, link } from '../html.ts'
import type { BasisStatus, Category } from '../policy/law.ts'
import { duration as durationText } from '../policy/legal-time.ts'
import type { LegalDate } from '../terms.ts'
import type { Edition, RegisteredBasis } from './registered.ts'

/** Which law it was made from, at the end of a page. */
export function colophon({ beleid }: Edition): Html {
  return html`<p class="kort">Versie van het beleid: <code>${beleid}</code></p>`
}

/** At the top of a page. */
export function asOf({ peildatum, omgeving }: Edition, more = ''): Html {
  return html`<p>Stand op ${day(peildatum)}${more}.${omgeving && html` <strong>Dit is een testomgeving.</strong>`}</p>`
}

export function exchangeLink({ id, titel }: { readonly id: string; readonly titel: string }): Html {
  return html`<a href="/register/uitwisselingen/${id}">${titel}</a>`
}

/** A list, or words when it is empty. */
export function listOf(items: readonly Fragment[], none: string): Fragment {
  return items.length === 0 ? none : html`<ul>${items.map(item => html`<li>${item}</li>`)}</ul>`
}

/** `inkomensconsulent`, `beoordelaar-verwijtbaarheid`: a code as words. */
export function spaced(code: string): string {
  return code.replaceAll('-', ' ')
}

export const categoryNames: Readonly<Record<Category, string>> = {
  gewoon: 'Gewone gegevens',
  bsn: 'Burgerservicenummer (UAVG, artikel 46)',
  bijzonder: 'Bijzondere gegevens (AVG, artikel 9)',
  strafrechtelijk: 'Strafrechtelijke gegevens (AVG, artikel 10)',
  'beschermd-kenmerk': 'Beschermde kenmerken, zoals geboorteland of burgerlijke staat',
}

export function standing(open: boolean, label = open ? 'Open' : 'Gesloten'): Html {
  return html`<span class="stand ${open ? 'open' : 'dicht'}">${label}</span>`
}

export function row(term: string, value: Fragment): Html {
  return html`<dt>${term}</dt><dd>${value}</dd>`
}

/** Scrolls sideways by itself on a narrow screen; focusable, so that a keyboard can scroll it (WCAG 2.1.1). */
export function table(caption: string, heads: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="rol" role="region" tabindex="0" aria-label="${caption}"><table>
<thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>`
}

export const standings: Readonly<Record<BasisStatus, string>> = {
  'in-werking': 'geldt',
  wetsvoorstel: 'wetsvoorstel, geldt nog niet',
  'nog-niet-in-werking': 'geldt nog niet',
  vervallen: 'vervallen',
  'buiten-toepassing': 'mag niet worden toegepast',
  onbevestigd: 'niet bevestigd',
}

/** Which dates there are besides that of the law itself. */
const dateKinds = {
  inwerking: 'geldt vanaf',
  operationeel: 'werkt in de praktijk vanaf',
  handhaafbaar: 'wordt gehandhaafd vanaf',
} as const

export function basisRow(one: RegisteredBasis): Html {
  return html`<tr><th scope="row">${regulation(one)}</th><td>${articleCell(one)}</td>
<td>${standingCell(one)}</td></tr>
`
}

/** A source that is no address is told in words. */
export function regulation({ regeling, bron }: Pick<RegisteredBasis, 'regeling' | 'bron'>): Html {
  return html`${link(bron, regeling)}${bron.startsWith('https://') ? undefined : html`<small>${bron}</small>`}`
}

export function articleCell({
  id,
  artikel,
  toelichting,
}: Pick<RegisteredBasis, 'id' | 'artikel' | 'toelichting'>): Html {
  return html`<a href="/register/grondslagen#${id}">${artikel}</a>${toelichting === undefined ? undefined : html`<small>${toelichting}</small>`}`
}

type Standing = Pick<
  RegisteredBasis,
  'stand' | 'geldigVan' | 'geldigTot' | 'buitenToepassing' | 'data'
>

/** Today, and from or until when; the dates of its parts under it. */
export function standingCell({
  stand,
  geldigVan,
  geldigTot,
  buitenToepassing,
  data = [],
}: Standing): Html {
  const dates = [
    ...(geldigVan === undefined ? [] : [`vanaf ${day(geldigVan)}`]),
    ...(geldigTot === undefined ? [] : [`tot en met ${day(geldigTot)}`]),
  ]
  const lines = [
    ...(dates.length > 0 && stand !== 'wetsvoorstel' ? [dates.join(' ')] : []),
    ...(buitenToepassing
      ? [
          `mag niet worden toegepast sinds ${day(buitenToepassing.van)}: ${buitenToepassing.uitspraak}`,
        ]
      : []),
    ...data.map(({ soort, onderdeel, van }) => `${onderdeel}: ${dateKinds[soort]} ${day(van)}`),
  ]
  return html`${standing(stand === 'in-werking', standings[stand])}${lines.map(line => html`<small>${line}</small>`)}`
}

const grounds: Readonly<Record<string, string>> = {
  '6-1-c': 'Wettelijke verplichting, AVG artikel 6, eerste lid, onder c',
  '6-1-e': 'Taak van algemeen belang, AVG artikel 6, eerste lid, onder e',
}

export function ground(avg: string): string {
  return Object.hasOwn(grounds, avg) ? (grounds[avg] ?? avg) : avg
}

export function payload(term: string): string {
  return /^P(T0S|0[DMY])$/.test(term)
    ? 'worden hier niet bewaard'
    : `worden hier ten hoogste ${duration(term)} bewaard`
}

/** P3M → 3 maanden; another form is shown as it is written. */
export function duration(term: string): string {
  return durationText(term, term)
}

const months = [
  'januari',
  'februari',
  'maart',
  'april',
  'mei',
  'juni',
  'juli',
  'augustus',
  'september',
  'oktober',
  'november',
  'december',
]

/** 2026-01-31 → 31 januari 2026 */
export function day(date: LegalDate): string {
  const [year, month, dayOfMonth] = date.split('-').map(Number)
  return `${dayOfMonth} ${months[(month ?? 1) - 1]} ${year}`
}
