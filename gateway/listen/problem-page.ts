// What happened, and what can the reader do? The page of each problem, and of each reason of a refusal.

import { type Html, html } from '../html.ts'
import { problems, type Slug } from '../problem.ts'
import type { ReasonCode, RequestState } from '../terms.ts'

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

const groups = {
  wet: 'Redenen die met de wet te maken hebben',
  wie: 'Redenen die met uw organisatie en uw functie te maken hebben',
  vraag: 'Redenen die met uw vraag te maken hebben',
  zaak: 'Redenen die met de zaak te maken hebben',
  bron: 'Redenen die met de bron en de afspraken te maken hebben',
} as const

/** Group, what it means, what to do. */
type ReasonText = readonly [keyof typeof groups, string, string]

const jurist = 'Vraag dit niet opnieuw. Leg het voor aan de jurist van uw organisatie.'

/** A code without its explanation does not compile. */
const reasons = {
  GEEN_GRONDSLAG: ['wet', 'Er is geen wet vastgelegd die deze verstrekking toestaat.', jurist],
  GRONDSLAG_NIET_IN_WERKING: [
    'wet',
    'De wet waarop deze uitwisseling rust, geldt nog niet.',
    'Wacht tot de wet geldt. In het register staat vanaf wanneer.',
  ],
  GRONDSLAG_VERVALLEN: ['wet', 'De wet waarop deze uitwisseling rust, geldt niet meer.', jurist],
  GRONDSLAG_BUITEN_TOEPASSING: [
    'wet',
    'Een rechter heeft beslist dat deze wet niet mag worden toegepast.',
    jurist,
  ],
  GRONDSLAG_ONBEVESTIGD: [
    'wet',
    'Van deze wet is nog niet nagegaan of de tekst klopt en of zij geldt.',
    'Vraag de beheerder van deze gateway wanneer dat gebeurt.',
  ],
  DOEL_ONBEKEND: [
    'wet',
    'De uitwisseling die u noemt, bestaat hier niet.',
    'Kijk in het register welke uitwisselingen er zijn.',
  ],
  DOEL_NIET_TOEGESTAAN: [
    'wet',
    'Voor dit doel mogen deze gegevens niet worden gevraagd.',
    'Kijk in het register voor welk doel dat wel mag.',
  ],
  DOEL_ONVERENIGBAAR: [
    'wet',
    'De gegevens zijn voor een heel ander doel verzameld. Daarom mogen ze hiervoor niet worden gebruikt.',
    jurist,
  ],
  BIJZONDERE_CATEGORIE: [
    'wet',
    'Het veld zegt iets over bijvoorbeeld gezondheid, geloof of afkomst. Dat mag alleen als een wet het uitdrukkelijk zegt.',
    'Vraag zonder dit veld.',
  ],
  STRAFRECHTELIJK_GEGEVEN: [
    'wet',
    'Het veld gaat over straf of verdenking. Dat mag alleen als een wet het uitdrukkelijk zegt.',
    'Vraag zonder dit veld.',
  ],
  REGIME_VERMENGING: [
    'wet',
    'De velden vallen onder verschillende privacywetten en mogen niet in één antwoord staan.',
    'Vraag de velden in aparte vragen.',
  ],
  DPIA_ONTBREEKT_OF_VERLOPEN: [
    'wet',
    'De beoordeling van de privacyrisico’s (DPIA) van deze uitwisseling ontbreekt, of is te oud.',
    'Vraag de beheerder van deze gateway wanneer de beoordeling klaar is.',
  ],
  INSTRUMENT_VERLOPEN: [
    'wet',
    'Het middel waarmee mensen zijn uitgekozen, mag niet meer worden gebruikt.',
    jurist,
  ],
  ONTVANGER_NIET_BEVOEGD: [
    'wie',
    'Deze uitwisseling is er niet voor uw soort organisatie. Of wie aanlevert, voor wie of aan wie, klopt niet.',
    'Kijk op /v1/bevoegdheden wat uw organisatie wel mag vragen, aanleveren en ontvangen.',
  ],
  MANDAAT_ONTBREEKT: [
    'wie',
    'U vraagt namens een andere organisatie, maar er is niet vastgelegd dat u dat mag. Of u mag het juist alleen op eigen naam.',
    'Vraag op eigen naam, of laat het besluit over het mandaat doorgeven aan de beheerder van deze gateway.',
  ],
  MANDAAT_VERLOPEN: [
    'wie',
    'U mocht namens deze organisatie vragen, maar nu niet: het mandaat geldt nog niet of niet meer.',
    'Vraag de organisatie om een nieuw mandaat en laat dat doorgeven aan de beheerder van deze gateway.',
  ],
  FUNCTIE_NIET_BEVOEGD: [
    'wie',
    'Iemand met deze functie mag dit niet vragen, of niet goedkeuren.',
    'Laat een collega met de goede functie de vraag stellen of goedkeuren. Het antwoord noemt die functies.',
  ],
  FUNCTIESCHEIDING_GESCHONDEN: [
    'wie',
    'Dezelfde persoon, of iemand met dezelfde functie, heeft gevraagd en goedgekeurd.',
    'Laat een collega met een andere functie de vraag goedkeuren.',
  ],
  GOEDKEURING_VEREIST: [
    'wie',
    'Een tweede persoon moet deze vraag eerst goedkeuren. Of de verklaring die u stuurde, is geen goedkeuring van dit verzoek.',
    'Dien de vraag in op het adres bij vervolg en laat haar goedkeuren. Stuurde u al een verklaring? Het antwoord zegt wat er niet klopt. Het verzoek wacht nog; laat een nieuwe verklaring ondertekenen.',
  ],
  GOEDKEURING_VERLOPEN: [
    'wie',
    'De goedkeuring van deze vraag is te oud.',
    'Wacht het verzoek nog op goedkeuring? Laat een nieuwe verklaring ondertekenen. Is het verzoek voorbij? Dien de vraag dan opnieuw in.',
  ],
  HANDTEKENING_ONTBREEKT: [
    'wie',
    'Deze vraag moet zijn ondertekend, en dat is zij niet.',
    'Onderteken het bericht, zoals in de beschrijving van de API staat.',
  ],
  VELD_NIET_TOEGESTAAN: [
    'vraag',
    'Een veld dat u noemt, hoort niet bij deze uitwisseling. Ook een onderdeel van de vraag dat hier niet wordt gebruikt, krijgt deze code.',
    'Haal het genoemde veld uit uw vraag. Er is niets verstrekt, ook de andere velden niet.',
  ],
  LICHTER_MIDDEL_BESCHIKBAAR: [
    'vraag',
    'U kunt met minder gegevens beginnen. Dat moet eerst.',
    'Vraag eerst het lichtere gegeven dat in het antwoord staat. Geeft dat aanleiding om verder te vragen? Dan kunt u de rest vragen.',
  ],
  PROPORTIONALITEIT_ONTBREEKT: [
    'vraag',
    'Er staat niet bij waarom u deze gegevens nodig hebt.',
    'Vul de motivering in: waarom het nodig is, en welk lichter middel u hebt geprobeerd.',
  ],
  PERIODE_TE_RUIM: [
    'vraag',
    'U vraagt over meer maanden dan is toegestaan.',
    'Vraag over een kortere periode. Het antwoord noemt het aantal maanden.',
  ],
  PARAMETER_ONTBREEKT: [
    'vraag',
    'Een gegeven dat nodig is om de vraag te beoordelen, ontbreekt of is niet een van de afgesproken waarden.',
    'Vul het genoemde gegeven in. Het antwoord noemt de waarden die kunnen.',
  ],
  FASE_NIET_TOEGESTAAN: [
    'vraag',
    'In deze fase van het werk mag dit nog niet, of niet meer, worden gevraagd.',
    'Kijk in het antwoord in welke fase het wel mag.',
  ],
  AANLEIDING_ONVOLDOENDE: [
    'vraag',
    'De aanleiding die u noemt, is niet genoeg. Of u noemt er geen.',
    'Noem de aanleiding die u hebt, als die in het antwoord staat. Hebt u die niet, dan mag u dit niet vragen.',
  ],
  SELECTIEGROND_ONTBREEKT: [
    'vraag',
    'Er staat niet bij waarom juist deze persoon is uitgekozen, of die reden mag niet.',
    'Noem de grond van de selectie. Het antwoord noemt welke er kunnen.',
  ],
  LIMIET_BEREIKT: [
    'vraag',
    'In deze zaak, of door uw organisatie, is vaker gevraagd dan is afgesproken.',
    'Wacht het aantal seconden dat in de header Retry-After staat.',
  ],
  NIET_VERSTREKT: [
    'vraag',
    'Dit wordt niet verstrekt. De echte reden zou iets over de persoon zeggen. Daarom staat die alleen, verzegeld, in het logboek.',
    'Vraag dit niet opnieuw. Een privacyfunctionaris kan de reden zien.',
  ],
  OPT_OUT: ['vraag', 'De persoon wil hiervoor niet worden benaderd.', 'Respecteer die keuze.'],
  AFGESCHERMD: [
    'vraag',
    'Dit gegeven is afgeschermd.',
    'Vraag dit niet opnieuw. Neem zo nodig contact op met de organisatie die de gegevens heeft.',
  ],
  ZAAK_ONTBREEKT: [
    'zaak',
    'Er staat niet bij voor welke zaak u dit vraagt.',
    'Noem het nummer van de zaak. Gebruik geen nummer waarin een burgerservicenummer staat.',
  ],
  ZAAKRELATIE_ONTBREEKT: [
    'zaak',
    'De persoon hoort niet bij de zaak die u noemt.',
    'Kijk of het nummer van de zaak klopt. Hoort de persoon er wel bij, meld dat dan eerst.',
  ],
  UNA_VIA: [
    'zaak',
    'Deze zaak loopt al bij het strafrecht. Dan mag het bestuur er niet meer naar vragen.',
    jurist,
  ],
  NOODREM: [
    'bron',
    'De uitwisseling is stilgezet, bijvoorbeeld omdat er iets mis is met de veiligheid.',
    'Wacht op bericht van de beheerder van deze gateway.',
  ],
  GEEN_LEVERINGSAFSPRAAK: [
    'bron',
    'Er is geen afspraak met de organisatie die de gegevens heeft, of de afspraak geldt nu niet.',
    'Vraag de beheerder van deze gateway wanneer de afspraak er is.',
  ],
  VERSTREKKER_WEIGERT_ONEVENREDIG: [
    'bron',
    'De organisatie die de gegevens heeft, vindt de vraag te zwaar voor het doel.',
    'Neem contact op met die organisatie.',
  ],
  GEGEVEN_VEROUDERD: [
    'bron',
    'Het gegeven is te oud voor dit doel.',
    'Vraag een nieuwer gegeven aan de persoon zelf of aan een andere bron.',
  ],
  BEWAARTERMIJN_VERLOPEN: [
    'bron',
    'Het gegeven had al vernietigd moeten zijn. Daarom wordt het niet meer gegeven.',
    'Vraag over een latere periode.',
  ],
  LAND_NIET_ONDERSTEUND: [
    'bron',
    'Met het land dat u noemt, is hier geen uitwisseling.',
    'Kijk in het antwoord met welke landen wel.',
  ],
  BRON_NIET_AANGESLOTEN: [
    'bron',
    'De uitwisseling mag, maar de bron is hier nog niet aangesloten.',
    'Vraag de beheerder van deze gateway wanneer dat gebeurt.',
  ],
} as const satisfies Record<ReasonCode, ReasonText>

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
function entry(code: string, meaning: string, doing: string): Html {
  return html`<section class="reden" id="${code}">
<h3><code>${code}</code></h3>
<p>${meaning}</p>
<p><strong>Wat kunt u doen?</strong> ${doing}</p>
</section>
`
}

function stateList(): Html {
  const all = Object.entries(states)
  return html`<h2>Waar een verzoek kan staan</h2>
${all.map(([code, [meaning, doing]]) => entry(code, meaning, doing))}`
}

function reasonList(): Html {
  const codes = Object.entries<ReasonText>(reasons)
  const parts = Object.entries(groups).map(([group, title]) => {
    const rows = codes.filter(([, [of]]) => of === group)
    return html`<h2>${title}</h2>
${rows.map(([code, [, meaning, doing]]) => entry(code, meaning, doing))}`
  })
  return html`${parts}`
}
