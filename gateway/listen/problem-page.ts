// What happened, and what can the reader do? The page of each problem, and of each reason of a refusal.

import { type Html, html } from '../html.ts'
import { groups, type ReasonText, reasonTexts } from '../policy/advise.ts'
import { problems, type Slug } from '../problem.ts'
import type { RequestState } from '../terms.ts'

/** The steps to take, in their order; the page itself says what happened. */
const advice = {
  'aanmelding-mislukt': [
    'Ga terug naar de console en begin het inloggen opnieuw, in één venster.',
    'Blijft het misgaan? Neem dan contact op met de beheerder van uw organisatie.',
  ],
  'geen-toegang': [
    'Log opnieuw in als uw sessie is afgelopen.',
    'Hebt u de pagina nodig voor uw werk? Vraag de beheerder van uw organisatie om de rol die erbij hoort.',
  ],
  'aanmelddienst-onbereikbaar': [
    'Probeer het over een paar minuten opnieuw.',
    'Blijft het misgaan? Meld het aan de beheerder van uw organisatie.',
  ],
  'ongeldig-verzoek': [
    'Kijk in het antwoord naar de lijst fouten. Elke regel noemt de plaats in uw bericht en wat daar niet klopt.',
    'Verbeter alle fouten en stuur het bericht opnieuw.',
    'Staat er geen lijst? Dan klopt het HTTP-verzoek zelf niet. Een adres met een vraagteken erin kan bijvoorbeeld niet. Laat uw leverancier ernaar kijken.',
  ],
  'niet-toegelaten': [
    'Kijk of uw certificaat nog geldig is en niet is ingetrokken.',
    'Kijk of het OIN in het certificaat het OIN is waarmee uw organisatie hier is aangemeld.',
    'Klopt dat allebei? Neem dan contact op met de beheerder van deze gateway.',
  ],
  'handtekening-onjuist': [
    'Kijk in het antwoord wat er niet klopt.',
    'Onderteken het hele bericht opnieuw, met de tijd van nu, en stuur het één keer.',
    'Gebruik een sleutel die voor uw organisatie is geregistreerd en vandaag geldig is. Is uw sleutel vervangen? Laat de nieuwe eerst registreren.',
  ],
  geweigerd: [
    'Lees in het antwoord de lijst redenen. Alle redenen staan erin, niet alleen de eerste.',
    'Zoek de code hieronder op. Daar staat wat u kunt doen.',
    'Kijk op /v1/bevoegdheden wat uw organisatie wel mag vragen.',
    'Stuur dezelfde vraag niet nog eens zonder iets te veranderen: het antwoord blijft gelijk, en elke vraag komt in het logboek.',
  ],
  'niet-gevonden': [
    'Vergelijk het adres letter voor letter met de beschrijving van de API. Hoofdletters tellen mee, en er staat geen schuine streep aan het eind.',
    'Kijk op /v1/bevoegdheden hoe de uitwisseling heet.',
  ],
  'methode-niet-toegestaan': ['Gebruik de methode die in de header Allow staat.'],
  'niet-aanvaardbaar': ['Stuur de header Accept: application/json, of laat Accept weg.'],
  strijdig: [
    'Lees het veld detail. Staat er ook een veld staat bij? Zoek die staat hieronder op.',
    'Gaat het om een Idempotency-Key? Gebruik voor elk nieuw verzoek een nieuwe. Herhaalt u een verzoek, stuur dan precies hetzelfde bericht.',
    'Ontbreekt er een sleutel? Laat de beheerder van deze gateway de sleutel registreren waarmee antwoorden voor uw organisatie worden versleuteld.',
  ],
  'te-groot': [
    'Stuur een bericht van ten hoogste 64 KiB. Een vraag over één persoon is veel kleiner.',
    'Vraag over één persoon tegelijk.',
  ],
  'verkeerd-formaat': [
    'Zet de header Content-Type op application/json.',
    'Stuur het bericht in UTF-8 en laat de header Content-Encoding weg.',
  ],
  'limiet-bereikt': [
    'Wacht het aantal seconden dat in de header Retry-After staat.',
    'Kijk in uw eigen systeem waarom er zo vaak wordt gevraagd. Een fout in de software is vaak de oorzaak.',
    'Hebt u voor uw werk echt meer nodig? Bespreek dat met de beheerder van deze gateway.',
  ],
  'koptekst-te-groot': [
    'Stuur ten hoogste honderd kopteksten, samen ten hoogste 16 KiB.',
    'Stuur geen cookies mee; ze worden hier niet gelezen.',
  ],
  intern: [
    'Probeer het over een paar minuten nog eens.',
    'Gaat het weer mis? Geef het nummer bij instance door aan de beheerder van deze gateway.',
  ],
  'bron-onbetrouwbaar': [
    'Vraag niet meteen opnieuw: de bron moet eerst worden hersteld. De beheerder van deze gateway krijgt hiervan bericht.',
    'Hebt u haast? Neem dan contact op met de organisatie die de gegevens heeft.',
  ],
  'bron-onbereikbaar': [
    'Wacht het aantal seconden dat in de header Retry-After staat en vraag dan opnieuw.',
    'Duurt het lang? Neem contact op met de beheerder van deze gateway.',
  ],
  'log-onbereikbaar': [
    'Wacht het aantal seconden dat in de header Retry-After staat en vraag dan opnieuw.',
    'Duurt het lang? Neem contact op met de beheerder van deze gateway.',
  ],
  overbelast: [
    'Wacht het aantal seconden dat in de header Retry-After staat en vraag dan opnieuw.',
    'Stel minder vragen tegelijk.',
  ],
} as const satisfies Record<Slug, readonly string[]>

/** Where a request stands: what that means, and what can be done then. */
const states = {
  'wacht-op-goedkeuring': [
    'Een tweede persoon moet het verzoek nog goedkeuren.',
    'Laat een goedkeurder een verklaring ondertekenen en stuur die naar het adres van het verzoek, met /goedkeuringen erachter.',
  ],
  aanvaard: ['Het verzoek is aangenomen en begint zo.', 'Wacht en kijk later nog eens.'],
  'in-behandeling': [
    'De bron of de ontvanger is benaderd. Dat kan dagen of weken duren.',
    'Wacht en kijk later nog eens. Bij het verzoek staat tot wanneer het uiterlijk duurt.',
  ],
  gereed: ['Het antwoord ligt klaar.', 'Haal het op en bevestig daarna de ontvangst.'],
  opgehaald: [
    'U hebt het antwoord opgehaald. Na uw bevestiging, of na de datum bij ophalenTot, is het hier gewist.',
    'Gebruik het antwoord dat u hebt bewaard. Hebt u het niet meer? Dien de vraag opnieuw in.',
  ],
  afgeleverd: [
    'Het antwoord of de levering is gebracht en de ontvanger heeft dat bevestigd.',
    'U hoeft niets te doen.',
  ],
  geweigerd: [
    'Het verzoek is voorbij: het mag niet, of niet meer, of een goedkeurder zei nee (AFGEWEZEN).',
    'Kijk bij het verzoek naar het veld reden. De andere codes staan op /problemen/geweigerd.',
  ],
  ingetrokken: ['U hebt het verzoek ingetrokken.', 'Dien de vraag zo nodig opnieuw in.'],
  verlopen: [
    'De tijd is om: er kwam geen goedkeuring of geen antwoord, of het antwoord is niet opgehaald.',
    'Dien de vraag opnieuw in als u haar nog nodig hebt.',
  ],
  mislukt: [
    'De bron of de ontvanger was ook na veel pogingen niet te bereiken, of gaf iets onbruikbaars.',
    'Neem contact op met de beheerder van deze gateway. Die kan het verzoek opnieuw laten uitvoeren.',
  ],
} as const satisfies Record<RequestState, readonly [string, string]>

export function problemPage(slug: Slug): Html {
  const { status, page: text } = problems[slug]
  return html`<p>${text}</p>
<dl>
<dt>HTTP-status</dt><dd>${status}</dd>
<dt>Kenmerk</dt><dd><code>${slug}</code></dd>
</dl>
<h2>Wat kunt u doen?</h2>
<ol>
${advice[slug].map(step => html`<li>${step}</li>\n`)}</ol>
<h2>Wat staat er in het antwoord?</h2>
<p>Het antwoord is een foutbericht volgens RFC 9457 (<code>application/problem+json</code>). Het veld <code>detail</code>
zegt wat er in dit geval aan de hand is. Het veld <code>instance</code> is het nummer van uw verzoek. Noem dat nummer als
u een vraag hebt aan de beheerder van deze gateway.</p>
${slug === 'geweigerd' ? reasonList() : ''}${slug === 'strijdig' ? stateList() : ''}`
}

/** One code with its meaning and what to do. */
function entry(code: string, meaning: string, doing: string, article?: string): Html {
  return html`<section class="reden" id="${code}">
<h3><code>${code}</code></h3>
<p>${meaning}</p>
<p><strong>Wat kunt u doen?</strong> ${doing}</p>
${article === undefined ? undefined : html`<p class="kort">Dit volgt uit: ${article}.</p>`}</section>
`
}

function stateList(): Html {
  const all = Object.entries(states)
  return html`<h2>Waar een verzoek kan staan</h2>
${all.map(([code, [meaning, doing]]) => entry(code, meaning, doing))}`
}

function reasonList(): Html {
  const codes = Object.entries<ReasonText>(reasonTexts)
  const parts = Object.entries(groups).map(([group, title]) => {
    const rows = codes.filter(([, [of]]) => of === group)
    return html`<h2>${title}</h2>
${rows.map(([code, [, meaning, doing, article]]) => entry(code, meaning, doing, article))}`
  })
  return html`${parts}`
}
