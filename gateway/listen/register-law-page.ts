// How do the registers of law, of norms and code lists, and of selection instruments read?
import { type Html, html, link } from '../html.ts'
import type { Bases, Instruments, ListedAmount, ListedCode, Norms } from './register-law.ts'
import {
  asOf,
  categoryNames,
  colophon,
  day,
  exchangeLink,
  listOf,
  row,
  standing,
  standingCell,
  table,
} from './register-words.ts'

const outside = 'Wat alleen een vertrouwelijke uitwisseling gebruikt, staat hier niet.'

export function basesPage(content: Bases): Html {
  const { regelingen } = content
  const all = regelingen.flatMap(({ grondslagen }) => grondslagen)
  const now = all.filter(({ stand }) => stand === 'in-werking').length
  return html`<p>Dit zijn de wetten en artikelen die deze gateway kent. Een uitwisseling is alleen open als elke grondslag waarop zij rust,
vandaag geldt en is bevestigd: iemand heeft de tekst nagelezen. ${outside}</p>
${asOf(content, `: ${all.length} grondslagen, waarvan ${now} gelden en zijn bevestigd`)}
<nav class="lijst" aria-labelledby="regelingen"><h2 id="regelingen">Regelingen</h2>
<ul class="kolommen">${regelingen.map(
    ({ regeling }, at) => html`<li><a href="#r${at + 1}">${regeling}</a></li>
`,
  )}</ul></nav>
${regelingen.map(
  (
    { regeling, bron, grondslagen },
    at,
  ) => html`<section aria-labelledby="r${at + 1}"><h2 id="r${at + 1}">${regeling}</h2>
<p class="kort">Bron: ${link(bron)}</p>
${table(
  `Grondslagen in ${regeling}`,
  ['Artikel', 'Stand vandaag', 'Tekst nagelezen', 'Uitwisselingen die hierop rusten'],
  grondslagen.map(
    one => html`<tr id="${one.id}"><th scope="row">${one.artikel}${one.toelichting === undefined ? undefined : html`<small>${one.toelichting}</small>`}<small><code>${one.id}</code></small></th><td>${standingCell(one)}</td>
<td>${one.bevestigd ? html`${day(one.bevestigd.op)}<small>${one.bevestigd.tekstversie}</small>` : 'nee'}</td><td>${listOf(one.uitwisselingen.map(exchangeLink), 'geen')}</td></tr>
`,
  ),
)}</section>
`,
)}
${colophon(content)}`
}

export function normsPage(content: Norms): Html {
  return html`<p>Met deze bedragen en lijsten rekent en toetst deze gateway. Een bedrag telt alleen in zijn eigen periode; erbuiten is het antwoord
‘onbekend’, nooit het laatste bekende bedrag. ${outside}</p>
${asOf(content)}
<nav class="lijst" aria-labelledby="inhoudsopgave"><h2 id="inhoudsopgave">Op deze bladzijde</h2>
<ul class="kolommen">${[...content.normen, ...content.codelijsten].map(
    ({ id, titel }) => html`<li><a href="#${id}">${titel}</a></li>
`,
  )}</ul></nav>
<h2>Normen</h2>
${content.normen.map(
  ({
    id,
    titel,
    soort,
    eenheid,
    bedragen,
    uitwisselingen,
  }) => html`<section aria-labelledby="${id}"><h3 id="${id}">${titel}</h3>
<p class="kort">${kinds[soort]}, in ${units[eenheid]}. Kenmerk: <code>${id}</code></p>
${table(`Bedragen van ${titel}`, ['Voor wie', 'Waarde', 'Geldt', 'Herkomst'], bedragen.map(amount(eenheid)))}
${uses(uitwisselingen)}</section>
`,
)}
<h2>Codelijsten</h2>
${content.codelijsten.map(
  ({
    id,
    titel,
    bron,
    codes,
    uitwisselingen,
  }) => html`<section aria-labelledby="${id}"><h3 id="${id}">${titel}</h3>
<p class="kort">Bron: ${bron}. Kenmerk: <code>${id}</code></p>
${table(`Codes van ${titel}`, ['Code', 'Betekenis', 'Geldt'], codes.map(code))}
${uses(uitwisselingen)}</section>
`,
)}
${colophon(content)}`
}

function uses(exchanges: Norms['normen'][number]['uitwisselingen']): Html | undefined {
  if (exchanges.length === 0) return undefined
  return html`<p>Gebruikt bij:</p>${listOf(exchanges.map(exchangeLink), '')}`
}

const kinds = {
  netto: 'Netto bedrag',
  bruto: 'Bruto bedrag',
  leeftijd: 'Leeftijd',
  drempel: 'Drempel',
  maximum: 'Maximum',
} as const

const units = {
  'eurocent-per-maand': 'euro per maand',
  'eurocent-per-kwartaal': 'euro per kwartaal',
  'eurocent-per-jaar': 'euro per jaar',
  'eurocent-per-uur': 'euro per uur',
  'uren-per-maand': 'uren per maand',
  maanden: 'maanden',
  aantal: 'aantal',
  eurocent: 'euro',
} as const

/** `gehuwden18en21MetKind` as people read it. */
function words(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z\d])|(?<=\d)(?=[A-Za-z])/g, ' ').toLowerCase()
}

const euros = new Intl.NumberFormat('nl-NL', { style: 'currency', currency: 'EUR' })

const statuses = {
  bevestigd: 'bevestigd',
  onbevestigd: 'niet bevestigd, telt niet mee',
  testwaarde: 'testwaarde, telt alleen in een testomgeving',
} as const

function amount(eenheid: keyof typeof units): (row: ListedAmount) => Html {
  return ({ leefvorm, bedrag, geldigVan, geldigTot, bron, status, vandaag }) =>
    html`<tr><th scope="row">${leefvorm === undefined ? 'iedereen' : words(leefvorm)}</th><td>${eenheid.startsWith('eurocent') ? euros.format(bedrag / 100) : bedrag}</td>
<td>${period(geldigVan, geldigTot)}${vandaag ? html` ${standing(true, 'nu')}` : undefined}</td><td>${bron}<small>${statuses[status]}</small></td></tr>
`
}

function code({
  code,
  betekenis,
  klasse,
  categorie,
  geldigVan,
  geldigTot,
  vandaag,
}: ListedCode): Html {
  return html`<tr><th scope="row"><code>${code}</code></th><td>${betekenis}${klasse === undefined ? undefined : html`<small>Klasse: ${klasse}</small>`}${categorie === undefined ? undefined : html`<small>${categoryNames[categorie]}</small>`}</td>
<td>${period(geldigVan, geldigTot)}${vandaag ? undefined : html` ${standing(false, 'nu niet')}`}</td></tr>
`
}

function period(van: string | undefined, totEnMet: string | undefined): string {
  if (van === undefined) return totEnMet === undefined ? 'altijd' : `tot en met ${day(totEnMet)}`
  return totEnMet === undefined ? `vanaf ${day(van)}` : `${day(van)} tot en met ${day(totEnMet)}`
}

const instrumentKinds = {
  risicomodel: 'Risicomodel',
  'knock-out': 'Vaste regel (knock-out)',
  steekproef: 'Steekproef',
} as const

export function instrumentsPage(content: Instruments): Html {
  const { instrumenten } = content
  return html`<p>Een organisatie die mensen uitkiest met een risicomodel of een vaste regel, mag daarna alleen gegevens vragen als dat instrument hier
geregistreerd is, een doel heeft en op tijd is geëvalueerd. Beschermde kenmerken, en wat daarvoor in de plaats komt, mogen er nooit in zitten. Hoe
het werkt staat in het algoritmeregister, niet hier.</p>
${asOf(content, `: ${instrumenten.length === 0 ? 'er is geen selectie-instrument geregistreerd' : `${instrumenten.length} geregistreerd, waarvan ${instrumenten.filter(one => one.bruikbaar).length} bruikbaar`}`)}
${instrumenten.map(
  one => html`<article id="${one.id}" aria-labelledby="${one.id}-titel">
<header><p>${standing(one.bruikbaar, one.bruikbaar ? 'Bruikbaar' : 'Niet bruikbaar')}</p>
<h2 id="${one.id}-titel">${one.naam}</h2></header>
<dl>
${row('Soort', instrumentKinds[one.soort])}
${row('Van', `${one.eigenaar.naam} (${one.eigenaar.oin})`)}
${row(
  'Waarvoor',
  listOf(
    one.doelen.map(({ id, omschrijving }) => html`${omschrijving} <code>${id}</code>`),
    'geen',
  ),
)}
${row('Privacytoets (DPIA)', one.dpia)}
${row('Toets op mensenrechten (IAMA)', one.iama)}
${row('Algoritmeregister', link(one.algoritmeregister))}
${row('Geldt', period(one.geldigVan, one.geldigTot))}
${row('Opnieuw beoordelen', `voor ${day(one.evaluerenVoor)}; daarna kiest het niemand meer uit`)}
${row('Bij', listOf(one.uitwisselingen.map(exchangeLink), 'geen uitwisseling'))}
</dl>
<p class="kort">Kenmerk: <code>${one.id}</code></p>
</article>
`,
)}
${colophon(content)}`
}
