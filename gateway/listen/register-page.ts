// How does a citizen read the register? The same content as its JSON, as one accessible Dutch page.

import { type Fragment, type Html, html, link } from '../html.ts'
import type { Approval, BasisStatus } from '../policy/law.ts'
import type { LegalDate } from '../terms.ts'
import type {
  Register,
  RegisterEntry,
  RegisteredBasis,
  RegisteredField,
  RegisteredRung,
} from './register.ts'

export function registerPage(register: Register): Html {
  const { uitwisselingen } = register
  const open = uitwisselingen.filter(one => one.open).length
  return html`<p>Dit zijn de uitwisselingen van deze gateway: wie gegevens geeft, wie ze krijgt, waarvoor, en welke wet dat
toelaat. Ook een uitwisseling die open is, geeft alleen iets als aan alle voorwaarden is voldaan. Een
uitwisseling die volgens de wet vertrouwelijk is, staat hier niet.</p>
<p>Stand op ${day(register.peildatum)}: ${count(uitwisselingen.length)}, waarvan ${open} open.${register.omgeving && html` <strong>Dit is een testomgeving.</strong>`}</p>
<nav aria-labelledby="lijst"><h2 id="lijst">Uitwisselingen</h2>
<ul>${uitwisselingen.map(
    one => html`<li><a href="#${one.id}">${one.titel}</a> ${one.open ? undefined : '(gesloten)'}</li>
`,
  )}</ul></nav>
${uitwisselingen.map(article)}
<p class="kort">Versie van het beleid: <code>${register.beleid}</code></p>`
}

function count(exchanges: number): string {
  return exchanges === 1 ? '1 uitwisseling' : `${exchanges} uitwisselingen`
}

function article(one: RegisterEntry): Html {
  const never = one.onverenigbaar !== undefined
  return html`<article id="${one.id}" aria-labelledby="${one.id}-titel">
<header><p>${standing(one.open)}</p>
<h2 id="${one.id}-titel">${one.titel}</h2></header>
${reasons(one)}
<dl>
${row('Doel', one.doel.omschrijving)}
${row(never ? 'Heeft de gegevens' : 'Geeft gegevens', html`${one.verstrekker.naam}<small>${ground(one.verstrekker.avg)}</small>`)}
${row(never ? 'Zou ze willen krijgen' : 'Krijgt gegevens', html`${one.ontvangers.naam}<small>${ground(one.ontvangers.avg)}</small>`)}
${one.via.length > 0 ? row('Loopt via', one.via.map(via => via.naam).join(', ')) : undefined}
${one.betrokkenen === undefined ? undefined : row('Over wie', one.betrokkenen)}
${row('Gegevens uit', one.gegevens.titel)}
${never ? undefined : row(supplied[one.patroon] === undefined ? 'Wie mag vragen' : 'Wie mag aanleveren', hands(one))}
${never ? undefined : row(supplied[one.patroon] === undefined ? 'Antwoord' : 'Levering', answer(one))}
${one.leveringsafspraak ? row('Leveringsafspraak', html`${link(one.leveringsafspraak.publicatie, one.leveringsafspraak.kenmerk)}, geldt vanaf ${day(one.leveringsafspraak.datum)}`) : undefined}
${one.signaal ? row(signalName(one), html`geldt ${duration(one.signaal.geldig)}<small>Daarna vervalt het. Er gebeurt niets vanzelf: een mens kijkt ernaar.</small>`) : undefined}
${one.signaal && one.signaal.afloop.length > 0 ? row('Wat ervan kan worden', html`<ul>${one.signaal.afloop.map(({ betekenis, code }) => html`<li>${betekenis} <code>${code}</code></li>`)}</ul>`) : undefined}
${one.goedkeurders.length > 0 ? row('Wie mag goedkeuren', html`${one.goedkeurders.join(', ')}${one.termijn?.goedkeuring === undefined ? undefined : html`<small>Een goedkeuring telt ${duration(one.termijn.goedkeuring)}.</small>`}`) : undefined}
${row('Wat blijft vastgelegd', html`${duration(one.bewaren.log)} in het logboek, zonder de gegevens zelf<small>${one.bewaren.logGrond}</small>`)}
${row('De gegevens zelf', payload(one.bewaren.antwoord))}
${never ? undefined : row('Bij de ontvanger', one.bewaren.ontvanger)}
${never ? undefined : row('Na overlijden', one.naOverlijden.length > 0 ? `alleen nog: ${one.naOverlijden.map(({ titel }) => titel).join('; ')}` : 'wordt niets meer gegeven')}
${one.verboden.length > 0 ? row('Mag niet voor', one.verboden.join('; ')) : undefined}
${one.dpia ? row('Privacytoets (DPIA)', html`${one.dpia.referentie}, opnieuw uiterlijk ${day(one.dpia.uiterlijk)}`) : undefined}
${row(never ? 'Staat hier' : 'Afspraak geldt', one.geldigTot === undefined ? `vanaf ${day(one.geldigVan)}` : `van ${day(one.geldigVan)} tot en met ${day(one.geldigTot)}`)}
</dl>
<h3>${one.onverenigbaar ? 'De wet die dit verbiedt' : 'Wettelijke grondslagen'}</h3>
${table(`Grondslagen van ${one.titel}`, ['Wet', 'Artikel', 'Stand vandaag'], lawOf(one).map(basis))}
<h3>${one.onverenigbaar ? 'Gegevens waar het om gaat' : 'Gegevens, het lichtste eerst'}</h3>
${table(`Gegevens van ${one.titel}`, ['Stap', 'Gegevens', 'Voorwaarde'], one.treden.map(rung))}
<p class="kort">Kenmerk: <code>${one.id}</code>, versie ${one.versie}</p>
</article>
`
}

function lawOf({ grondslagen, onverenigbaar }: RegisterEntry): readonly RegisteredBasis[] {
  return onverenigbaar?.grondslag ? [onverenigbaar.grondslag] : grondslagen
}

function standing(open: boolean, label = open ? 'Open' : 'Gesloten'): Html {
  return html`<span class="stand ${open ? 'open' : 'dicht'}">${label}</span>`
}

function reasons({ open, redenen, onverenigbaar }: RegisterEntry): Html | undefined {
  if (open) return undefined
  return html`<div class="redenen"><p><strong>${onverenigbaar ? 'Elke vraag wordt geweigerd, ook later' : 'Nu wordt elke vraag geweigerd'}:</strong></p>
<ul>${redenen.map(({ uitleg }) => html`<li>${uitleg}</li>`)}</ul></div>`
}

function row(term: string, value: Fragment): Html {
  return html`<dt>${term}</dt><dd>${value}</dd>`
}

/** Scrolls sideways by itself on a narrow screen; focusable, so that a keyboard can scroll it (WCAG 2.1.1). */
function table(caption: string, heads: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="rol" role="region" tabindex="0" aria-label="${caption}"><table>
<thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>`
}

const standings: Readonly<Record<BasisStatus, string>> = {
  'in-werking': 'geldt',
  wetsvoorstel: 'wetsvoorstel, geldt nog niet',
  'nog-niet-in-werking': 'geldt nog niet',
  vervallen: 'vervallen',
  'buiten-toepassing': 'mag niet worden toegepast',
  onbevestigd: 'niet bevestigd',
}

function basis(one: RegisteredBasis): Html {
  const dates = [
    ...(one.geldigVan === undefined ? [] : [`vanaf ${day(one.geldigVan)}`]),
    ...(one.geldigTot === undefined ? [] : [`tot en met ${day(one.geldigTot)}`]),
  ]
  return html`<tr><th scope="row">${link(one.bron, one.regeling)}</th><td>${one.artikel}${one.toelichting === undefined ? undefined : html`<small>${one.toelichting}</small>`}</td>
<td>${standing(one.stand === 'in-werking', standings[one.stand])}${dates.length > 0 && one.stand !== 'wetsvoorstel' ? html`<small>${dates.join(' ')}</small>` : undefined}</td></tr>
`
}

const approvals: Readonly<Record<Approval, string>> = {
  A0: 'Geen goedkeuring nodig.',
  A1: 'Met een motivering.',
  A2: 'Met een motivering en de goedkeuring van een tweede persoon.',
  A3: 'Met een motivering en de goedkeuring van de functionaris die de wet noemt.',
  AX: 'Geblokkeerd.',
}

function rung(one: RegisteredRung): Html {
  const first =
    one.na === undefined
      ? undefined
      : html`<li>Pas na stap ‘${one.na}’${answers(one.vervolgAls)}${one.openVoor === undefined ? '' : `, tot ${duration(one.openVoor)} daarna`}.</li>`
  const months =
    one.periodeMaanden === undefined
      ? undefined
      : html`<li>Over ten hoogste ${one.periodeMaanden === 1 ? 'één maand' : `${one.periodeMaanden} maanden`}.</li>`
  return html`<tr><th scope="row">${one.id}</th>
<td><ul>${one.velden.map(field)}</ul></td>
<td><ul><li>${approvals[one.goedkeuring]}</li>${first}${months}</ul></td></tr>
`
}

function field({ naam, titel, label }: RegisteredField): Html {
  return html`<li>${titel}${label === undefined ? '' : ` (${label})`} <code>${naam}</code></li>`
}

function answers(vervolgAls: RegisteredRung['vervolgAls']): string {
  const wanted = Object.entries(vervolgAls ?? {}).map(
    ([veld, ja]) => `${veld}: ${ja ? 'ja' : 'nee'}`,
  )
  return wanted.length > 0 ? ` met als antwoord ${wanted.join(', ')}, of onbekend` : ''
}

const grounds: Readonly<Record<string, string>> = {
  '6-1-c': 'Wettelijke verplichting, AVG artikel 6, eerste lid, onder c',
  '6-1-e': 'Taak van algemeen belang, AVG artikel 6, eerste lid, onder e',
}

function ground(avg: string): string {
  return Object.hasOwn(grounds, avg) ? (grounds[avg] ?? avg) : avg
}

function payload(term: string): string {
  return /^P(T0S|0[DMY])$/.test(term)
    ? 'worden hier niet bewaard'
    : `worden hier ten hoogste ${duration(term)} bewaard`
}

/** Without being asked for each time. */
const supplied: Readonly<Record<string, string>> = {
  signaal: 'zonder vraag, als signaal over één persoon',
  bulk: 'zonder vraag, in een bestand met regels',
  notificatie: 'zonder vraag, als melding van twijfel aan een gegeven',
}

const rhythms = { maand: 'Elke maand.', dag: 'Elke dag.' } as const

function signalName({ patroon }: RegisterEntry): string {
  return patroon === 'notificatie' ? 'De melding' : 'Een signaal'
}

/** In which function, or as a machine. */
function hands({ voorwaarden: { functie, systeemproces } }: RegisterEntry): string {
  return [...functie, ...(systeemproces ? ['een systeem, zonder medewerker'] : [])].join(', ')
}

/** At once, as a request with a term, or without being asked. */
function answer({ patroon, termijn, ritme }: RegisterEntry): Fragment {
  const unasked = supplied[patroon]
  if (unasked !== undefined) {
    return ritme === undefined ? unasked : html`${unasked}<small>${rhythms[ritme]}</small>`
  }
  const when = termijn === undefined ? undefined : `binnen ${duration(termijn.antwoord)}`
  if (patroon === 'synchroon') {
    return when === undefined ? 'direct' : `direct, of als verzoek ${when}`
  }
  const reminders = (termijn?.herinneringen ?? []).map(duration)
  return html`later, als verzoek${when === undefined ? '' : `, ${when}`}${reminders.length > 0 ? html`<small>Met een herinnering na ${reminders.join(' en ')}.</small>` : undefined}`
}

const units = { D: ['dag', 'dagen'], M: ['maand', 'maanden'], Y: ['jaar', 'jaar'] } as const

/** P3M → 3 maanden; another form is shown as it is written. */
function duration(term: string): string {
  const match = /^P(\d+)([DMY])$/.exec(term)
  if (!match) return term
  return `${match[1]} ${units[match[2] as keyof typeof units][match[1] === '1' ? 0 : 1]}`
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
function day(date: LegalDate): string {
  const [year, month, dayOfMonth] = date.split('-').map(Number)
  return `${dayOfMonth} ${months[(month ?? 1) - 1]} ${year}`
}
