// How do the registers of processing read (AVG art. 30)?
import { type Html, html, link } from '../html.ts'
import type {
  Contribution,
  Controller,
  Controllers,
  Processing,
  ProcessorRecord,
  Transfer,
} from './processing.ts'
import {
  asOf,
  basisRow,
  categoryNames,
  colophon,
  duration,
  exchangeLink,
  ground,
  listOf,
  payload,
  row,
  standing,
  table,
} from './register-words.ts'

export function controllersPage(content: Controllers): Html {
  return html`<p>Elke organisatie die hier gegevens geeft of krijgt, is daarvoor zelf verantwoordelijk en houdt een register van verwerkingen bij
(AVG, artikel 30, eerste lid). Per organisatie staat hier de bijdrage uit deze gateway daaraan.</p>
${asOf(content, `: ${content.verantwoordelijken.length} organisaties`)}
${table(
  'Verwerkingsverantwoordelijken',
  ['Organisatie', 'Soort', 'Verwerkingen', 'Contact'],
  content.verantwoordelijken.map(
    one => html`<tr><th scope="row"><a href="/register/verwerkingen/${one.oin}">${one.naam}</a><small>OIN ${one.oin}</small></th><td>${one.soort}</td>
<td>${one.verwerkingen}</td><td>${contact(one)}</td></tr>
`,
  ),
)}
<p>Wat deze gateway voor hen doet, staat in het <a href="/register/verwerker">register van de verwerker</a>.</p>
${colophon(content)}`
}

function contact({ contact, inEer }: Controller): Html {
  const abroad = inEer ? undefined : html`<small>${notInEea}</small>`
  return contact === undefined
    ? html`niet vastgelegd${abroad}`
    : html`${contact.verantwoordelijke}<small>FG: ${contact.fg}</small>${abroad}`
}

const notInEea = 'Vertegenwoordiger in de Europese Economische Ruimte: niet vastgelegd'

/** AVG art. 30(1)(a), 30(2)(a); also as the command prints it. */
export function representative({ inEer }: Controller): string {
  return inEer ? 'niet nodig: gevestigd in de Europese Economische Ruimte' : 'niet vastgelegd'
}

export const alone = 'niemand: wie geeft en wie krijgt, zijn elk zelf verantwoordelijk'

export function contributionPage(content: Contribution): Html {
  const { verantwoordelijke: own, verwerkingen, beveiliging } = content
  return html`<p>De bijdrage van deze gateway aan het register van verwerkingen van deze organisatie (AVG, artikel 30, eerste lid). Wat volgens de wet
vertrouwelijk is, staat hier niet. Een organisatie krijgt haar hele bijdrage van de beheerder.</p>
${asOf(content, `: ${verwerkingen.length === 1 ? '1 verwerking' : `${verwerkingen.length} verwerkingen`}`)}
<dl>
${row('Verantwoordelijke', html`${own.naam}<small>${own.soort}, OIN ${own.oin}</small>`)}
${row('Contact en FG', contact(own))}
${row('Vertegenwoordiger', representative(own))}
${row(
  'Gezamenlijk verantwoordelijk',
  listOf(
    content.gezamenlijk.map(({ naam }) => naam),
    alone,
  ),
)}
</dl>
<nav class="lijst" aria-labelledby="lijst"><h2 id="lijst">Verwerkingen</h2>
<ul>${verwerkingen.map(
    one => html`<li><a href="#${anchor(one)}">${one.titel}</a> <small>${roles[one.rol]}</small></li>
`,
  )}</ul></nav>
${verwerkingen.map(processing)}
<h2 id="beveiliging">Beveiliging</h2>
${listOf(beveiliging, 'niet beschreven')}
${colophon(content)}`
}

const roles = { verstrekker: 'geeft gegevens', ontvanger: 'krijgt gegevens' } as const

function anchor({ uitwisseling, rol }: Processing): string {
  return `${uitwisseling}-${rol}`
}

function processing(one: Processing): Html {
  const gives = one.rol === 'verstrekker'
  return html`<article id="${anchor(one)}" aria-labelledby="${anchor(one)}-titel">
<header><p>${standing(one.open)}${one.vertrouwelijk ? html` ${standing(false, 'Vertrouwelijk')}` : undefined}</p>
<h2 id="${anchor(one)}-titel">${exchangeLink({ id: one.uitwisseling, titel: one.titel })} <small>${roles[one.rol]}</small></h2></header>
<dl>
${row('Doel', one.doel)}
${row('Grond in de AVG', ground(one.avg))}
${row('Verwerkingsactiviteit', link(one.verwerkingsactiviteit))}
${row('Betrokkenen', one.betrokkenen)}
${row(
  'Persoonsgegevens',
  listOf(
    one.gegevens.map(
      ({ categorie, velden }) =>
        html`<strong>${categoryNames[categorie]}:</strong> ${velden.join('; ')}`,
    ),
    'geen',
  ),
)}
${one.herkomst === undefined ? undefined : row('Herkomst', one.herkomst)}
${row('Ontvangers', listOf(one.ontvangers, 'geen'))}
${row('Doorgifte', transferText(one.doorgifte))}
${row('Bewaren', gives ? `De gegevens ${payload(one.bewaren.gegevens)}.` : one.bewaren.gegevens)}
${row('Logboek', html`${duration(one.bewaren.log)}<small>${one.bewaren.logGrond}</small>`)}
</dl>
${one.grondslagen.length > 0 ? table(`Grondslagen van ${one.titel} (${roles[one.rol]})`, ['Wet', 'Artikel', 'Stand vandaag'], one.grondslagen.map(basisRow)) : undefined}
</article>
`
}

const countries = new Intl.DisplayNames('nl', { type: 'region' })

/** Also as the command prints it. */
export function transferText({ landen, derdeLanden }: Transfer): string {
  if (landen.length === 0) return 'Niet buiten Nederland.'
  const name = (land: string) => `${countries.of(land) ?? land} (${land})`
  const within = `Van of naar een organisatie in ${landen.map(name).join(' of ')}.`
  return derdeLanden.length === 0
    ? `${within} Geen land buiten de Europese Economische Ruimte en geen internationale organisatie.`
    : `${within} Buiten de Europese Economische Ruimte: ${derdeLanden.map(name).join(', ')}. Welke waarborg daarvoor geldt (AVG, hoofdstuk V), legt de verantwoordelijke vast.`
}

export function processorPage(content: ProcessorRecord): Html {
  const { verwerker, verantwoordelijken, subverwerkers, doorgifte, beveiliging } = content
  return html`<p>Wie deze gateway beheert, verwerkt gegevens voor de organisaties die haar gebruiken. Dit is het register van die verwerker (AVG, artikel 30,
tweede lid). Wat volgens de wet vertrouwelijk is, staat hier niet.</p>
${asOf(content, `: voor ${verantwoordelijken.length} organisaties`)}
<dl>
${row('Verwerker', html`${verwerker.naam}<small>${verwerker.soort}, OIN ${verwerker.oin}</small>`)}
${row('Contact en FG', contact(verwerker))}
${row('Vertegenwoordiger', representative(verwerker))}
${row('Andere verwerkers', listOf(subverwerkers, 'Geen: de gateway geeft alleen iets aan organisaties die in een uitwisseling staan. Huurt de beheerder rekenkracht of opslag, dan staat dat in zijn eigen register.'))}
${row('Doorgifte', transferText(doorgifte))}
</dl>
<h2>Voor wie, en wat</h2>
${verantwoordelijken.map(
  one => html`<article aria-labelledby="oin-${one.oin}">
<h3 id="oin-${one.oin}"><a href="/register/verwerkingen/${one.oin}">${one.naam}</a></h3>
<dl>
${row('Verantwoordelijke', html`${one.soort}<small>OIN ${one.oin}</small>`)}
${row('Contact en FG', contact(one))}
${row(
  'Soorten verwerking',
  listOf(
    one.soorten.map(
      ({ soort, uitwisselingen }) => html`${soort}<small>${uitwisselingen.join(', ')}</small>`,
    ),
    'geen',
  ),
)}
</dl>
</article>
`,
)}
<h2 id="beveiliging">Beveiliging</h2>
${listOf(beveiliging, 'niet beschreven')}
${colophon(content)}`
}
