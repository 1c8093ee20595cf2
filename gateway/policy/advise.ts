// What can the asker do about it? Of each reason what it means in general, and advice made for one decision.
import type { Decision, LegalDate, Moment, Reason, ReasonCode } from '../terms.ts'
import { alike } from './alike.ts'
import { basisStatus } from './basis-status.ts'
import { anonymous, occasionList } from './conditions.ts'
import type { Arrangement, PolicySet, Rung } from './law.ts'
import {
  addDays,
  firstDay,
  isDate,
  isLongAgo,
  legalDate,
  midnight,
  monthOf,
  within,
} from './legal-time.ts'
import { isSystematic } from './provider.ts'

export const groups = {
  wet: 'Redenen die met de wet te maken hebben',
  wie: 'Redenen die met uw organisatie en uw functie te maken hebben',
  vraag: 'Redenen die met uw vraag te maken hebben',
  zaak: 'Redenen die met de zaak te maken hebben',
  bron: 'Redenen die met de bron en de afspraken te maken hebben',
} as const

/** Group, what it means, what to do, and the article it follows from when the sentence of a reason names none. */
export type ReasonText =
  | readonly [keyof typeof groups, string, string]
  | readonly [keyof typeof groups, string, string, string]

const minimal = 'AVG, artikel 5, eerste lid, onder c (niet meer dan nodig)'
const bound = 'AVG, artikel 5, eerste lid, onder b (alleen voor het doel)'

const jurist = 'Vraag dit niet opnieuw. Leg het voor aan de jurist van uw organisatie.'

/** A code without its explanation does not compile. */
export const reasonTexts = {
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
    'Vraag de beheerder van deze gateway wanneer de tekst wordt nagelezen.',
  ],
  DOEL_ONBEKEND: [
    'wet',
    'De uitwisseling die u noemt, bestaat hier niet.',
    'Kijk in het register welke uitwisselingen er zijn.',
    bound,
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
    'Het middel waarmee mensen zijn uitgekozen, mag nu niet worden gebruikt.',
    'Laat het instrument evalueren en opnieuw registreren, of kies zonder instrument.',
    'AVG, artikel 35 (gewogen en op tijd herzien)',
  ],
  ONTVANGER_NIET_BEVOEGD: [
    'wie',
    'Deze uitwisseling is er niet voor uw soort organisatie. Of wie aanlevert, voor wie of aan wie, klopt niet.',
    'Kijk op /v1/bevoegdheden wat uw organisatie wel mag vragen, aanleveren en ontvangen.',
    'Participatiewet, artikel 65, vierde lid en Wet SUWI, artikel 74, derde lid (de verstrekker gaat na wie mag ontvangen)',
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
    'AVG, artikel 32, vierde lid (wie voor een organisatie werkt, doet alleen wat is opgedragen)',
  ],
  FUNCTIESCHEIDING_GESCHONDEN: [
    'wie',
    'Dezelfde medewerker doet in één zaak twee dingen die uit elkaar horen te blijven, zoals onderzoeken en beslissen, of vragen en goedkeuren.',
    'Laat een collega dit doen die in deze zaak dat andere werk niet deed.',
    'AVG, artikel 32 (passende maatregelen)',
  ],
  GOEDKEURING_VEREIST: [
    'wie',
    'Een tweede persoon moet deze vraag eerst goedkeuren. Of de verklaring die u stuurde, is geen goedkeuring van dit verzoek.',
    'Dien de vraag in op het adres bij vervolg en laat haar goedkeuren. Stuurde u al een verklaring? Het antwoord zegt wat er niet klopt. Het verzoek wacht nog; laat een nieuwe verklaring ondertekenen.',
    'AVG, artikel 32 (passende maatregelen)',
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
    'AVG, artikel 32 (passende maatregelen)',
  ],
  VELD_NIET_TOEGESTAAN: [
    'vraag',
    'Een veld dat u noemt, hoort niet bij deze uitwisseling. Ook een onderdeel van de vraag dat hier niet wordt gebruikt, krijgt deze code.',
    'Haal het genoemde veld uit uw vraag. Er is niets verstrekt, ook de andere velden niet.',
    minimal,
  ],
  LICHTER_MIDDEL_BESCHIKBAAR: [
    'vraag',
    'U kunt met minder gegevens beginnen. Dat moet eerst.',
    'Vraag eerst het lichtere gegeven dat in het antwoord staat. Geeft dat aanleiding om verder te vragen? Dan kunt u de rest vragen.',
    minimal,
  ],
  PROPORTIONALITEIT_ONTBREEKT: [
    'vraag',
    'Er staat niet bij waarom u deze gegevens nodig hebt.',
    'Vul de motivering in: waarom het nodig is, en welk lichter middel u hebt geprobeerd.',
    'AVG, artikel 5, tweede lid (verantwoording)',
  ],
  PERIODE_TE_RUIM: [
    'vraag',
    'U vraagt over meer maanden dan is toegestaan.',
    'Vraag over een kortere periode. Het antwoord noemt het aantal maanden.',
    minimal,
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
    bound,
  ],
  AANLEIDING_ONVOLDOENDE: [
    'vraag',
    'De aanleiding die u noemt, is niet genoeg of niet zeker genoeg. Of u noemt er geen.',
    'Noem de aanleiding die u hebt, als die in het antwoord staat. Is het een anonieme tip, zoek dan eerst een tweede bron. Hebt u geen aanleiding, dan mag u dit niet vragen.',
    'AVG, artikel 5, eerste lid, onder c en d (nodig en juist)',
  ],
  SELECTIEGROND_ONTBREEKT: [
    'vraag',
    'Er staat niet bij waarom juist deze persoon is uitgekozen, of die reden mag niet.',
    'Noem de grond van de selectie; het antwoord noemt welke er kunnen. Koos een model of een regel? Noem dan ook het geregistreerde instrument.',
    'AVG, artikel 22 en 35 (geen ongewogen selectie)',
  ],
  LIMIET_BEREIKT: [
    'vraag',
    'In deze zaak, of door uw organisatie, is vaker gevraagd dan is afgesproken.',
    'Wacht het aantal seconden dat in de header Retry-After staat.',
    minimal,
  ],
  NIET_VERSTREKT: [
    'vraag',
    'Dit wordt niet verstrekt. De echte reden zou iets over de persoon zeggen. Daarom staat die alleen, verzegeld, in het logboek.',
    'Vraag dit niet opnieuw. Een privacyfunctionaris van de verstrekker kan de reden zien.',
  ],
  OPT_OUT: ['vraag', 'De persoon wil hiervoor niet worden benaderd.', 'Respecteer die keuze.'],
  AFGESCHERMD: [
    'vraag',
    'De persoon is in deze zaak vastgelegd als slachtoffer of als iemand in de opvang. Dan wordt geen adres gegeven.',
    'Vraag zonder dit veld. Klopt de rol niet meer? Leg de juiste rol vast (POST /v1/zaken).',
    'AVG, artikel 5, eerste lid, onder f (vertrouwelijkheid)',
  ],
  ZAAK_ONTBREEKT: [
    'zaak',
    'Er staat niet bij voor welke zaak u dit vraagt.',
    'Noem het nummer van de zaak. Gebruik geen nummer waarin een burgerservicenummer staat.',
    bound,
  ],
  ZAAKRELATIE_ONTBREEKT: [
    'zaak',
    'De persoon hoort niet bij de zaak die u noemt.',
    'Kijk of het nummer van de zaak klopt. Hoort de persoon er wel bij, meld dat dan eerst.',
    bound,
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
    'U vraagt over een dag die te lang geleden is voor dit doel.',
    'Vraag over een latere dag, of vraag het de persoon zelf.',
    'AVG, artikel 5, eerste lid, onder d (juistheid)',
  ],
  BEWAARTERMIJN_VERLOPEN: [
    'bron',
    'U vraagt verder terug dan mag: wat zo lang geleden was, telt niet meer mee.',
    'Vraag over een latere periode.',
    'AVG, artikel 5, eerste lid, onder e (niet langer dan nodig)',
  ],
  LAND_NIET_ONDERSTEUND: [
    'bron',
    'Met het land dat u noemt, is hier geen uitwisseling.',
    'Kijk in het antwoord met welke landen wel.',
  ],
  BRON_NIET_AANGESLOTEN: [
    'bron',
    'De bron van deze uitwisseling is hier nog niet aangesloten.',
    'Vraag de beheerder van deze gateway wanneer de bron wordt aangesloten.',
  ],
} as const satisfies Record<ReasonCode, ReasonText>

/** What advice looks at of a decision. */
export type Advised = Pick<Decision, 'vraag' | 'feiten' | 'tijd' | 'redenen' | 'beleid'>

/** The decision a reason is of, and the arrangement that decided, when there is one. */
interface Matter {
  readonly reason: Reason
  readonly decision: Advised
  readonly arrangement: Arrangement
  readonly law: PolicySet
}

/** Undefined: there is nothing better to say than the general advice. */
type Advice = (matter: Matter) => string | undefined

/** One or two plain sentences; names and dates of the policy only, never a value of the caller. */
export function advise(reason: Reason, law: PolicySet, decision?: Advised): string {
  const arrangement = decision && law.uitwisselingen.get(decision.beleid.id)
  const made = arrangement && advices[reason.code]?.({ reason, decision, arrangement, law })
  return made ?? reasonTexts[reason.code][2]
}

/** The article that a reason follows from, where its sentence does not name one itself. */
export function articleOf(
  { code, bij }: Pick<Reason, 'code' | 'bij'>,
  arrangement?: Arrangement,
): string | undefined {
  const text: ReasonText = reasonTexts[code]
  if (bij?.niveau === 'AX') return undefined
  if (code !== 'ONTVANGER_NIET_BEVOEGD' || arrangement === undefined) return text[3]
  if (bij?.eerder !== undefined) return 'AVG, artikel 19 (alleen wie het eerder kreeg)'
  return entitled(arrangement)
}

/** Where the law of this exchange says that its provider checks who receives; else the AVG does. */
function entitled({ bases }: Arrangement): string {
  const says = bases.flatMap(({ regeling }) => checks[regeling] ?? [])
  return says.length > 0
    ? `${[...new Set(says)].join(' en ')} (de verstrekker gaat na wie mag ontvangen)`
    : 'AVG, artikel 6, eerste lid (geen grondslag voor deze ontvanger)'
}

const checks: Readonly<Record<string, string>> = {
  Participatiewet: 'Participatiewet, artikel 65, vierde lid',
  'Wet SUWI': 'Wet SUWI, artikel 74, derde lid',
}

/** Who hands over what says that somebody is a victim or ill, must not be told to send just the rest (domain S32). */
function isKeptBack(name: string, { gegevensset }: Arrangement, law: PolicySet): boolean {
  const field = law.gegevenssets.get(gegevensset)?.velden[name]
  return field !== undefined && field.categorie !== 'gewoon'
}

const advices: Readonly<Partial<Record<ReasonCode, Advice>>> = {
  GRONDSLAG_NIET_IN_WERKING: ({ reason, law, decision, arrangement }) => {
    const basis = reason.grondslag === undefined ? undefined : law.grondslagen.get(reason.grondslag)
    if (basis?.stand === 'voorstel') return 'Vraag dit pas als het voorstel een wet is die geldt.'
    return basis?.geldigVan && waitFor(basis.geldigVan, decision, arrangement)
  },
  GEEN_LEVERINGSAFSPRAAK: ({ reason: { bij }, decision, arrangement }) => {
    if (bij?.patroon !== undefined) {
      const road = otherRoads[String(bij.weg ?? bij.patroon)] ?? otherRoads.asynchroon
      return isClosed(decision) && !isSystematic(arrangement) ? `${later} ${road}` : road
    }
    const from = [bij?.van, bij?.vanaf].find(isDate)
    if (from !== undefined && from > legalDate(decision.tijd)) {
      return waitFor(from, decision, arrangement)
    }
    return isDate(bij?.totEnMet)
      ? 'De afspraak is voorbij. Vraag de beheerder van deze gateway of er een nieuwe komt.'
      : undefined
  },
  INSTRUMENT_VERLOPEN: ({ reason: { bij }, decision }) =>
    isDate(bij?.van) && bij.van > legalDate(decision.tijd)
      ? `Wacht tot ${day(bij.van)}, of kies zonder instrument.`
      : undefined,
  MANDAAT_ONTBREEKT: ({ reason: { bij }, decision: { vraag }, arrangement, law }) => {
    if (bij?.soort === 'delegatie') return 'Vraag op eigen naam: laat namens weg.'
    const own = law.partijen.get(vraag.indiener ?? vraag.ontvanger)?.soort
    return own === arrangement.ontvangers.soort
      ? undefined
      : 'Laat het besluit over het mandaat doorgeven aan de beheerder van deze gateway.'
  },
  MANDAAT_VERLOPEN: ({ reason: { bij }, decision }) =>
    isDate(bij?.van) && bij.van > legalDate(decision.tijd)
      ? `Wacht tot ${day(bij.van)}. Vanaf die dag mag u namens deze organisatie vragen.`
      : undefined,
  AANLEIDING_ONVOLDOENDE: ({ arrangement: { voorwaarden }, law }) => {
    const codes = law.codelijsten.get(occasionList)?.codes ?? []
    const tips = codes.filter(({ klasse }) => klasse === anonymous)
    return tips.some(({ code }) => voorwaarden.aanleiding?.includes(code))
      ? undefined
      : 'Noem een van de aanleidingen die hier kunnen, als u die hebt. Een anonieme tip is hier nooit genoeg. Hebt u er geen, dan kan dit niet.'
  },
  FUNCTIE_NIET_BEVOEGD: ({ reason: { bij } }) =>
    bij?.functies
      ? `Laat dit doen door: ${String(bij.functies).replaceAll(', ', ' of ')}.`
      : undefined,
  VELD_NIET_TOEGESTAAN: ({ reason: { veld }, decision, arrangement, law }) => {
    const known = [...arrangement.rungOf.keys()]
    if (veld === undefined) return `Noem ten minste één veld.${lightest(arrangement, decision)}`
    const { part = '', name = veld } = /^(?<part>gegevens\.)(?<name>.+)$/.exec(veld)?.groups ?? {}
    const isField = part !== '' || decision.vraag.velden.includes(veld)
    if (isField && part === '' && known.includes(veld)) return 'Noem elk veld één keer.'
    const meant = isField ? alike(name, known) : undefined
    if (meant !== undefined && meant !== name) {
      return `Bedoelt u '${part}${meant}'? Schrijf de naam precies zo.`
    }
    if (part !== '' && isKeptBack(name, arrangement, law)) {
      return 'Dit gegeven gaat nooit mee. Kijk eerst in het register of u over deze persoon wel mag aanleveren. Mag het, laat dit gegeven dan weg.'
    }
    return isField && part === ''
      ? `${arrangement.vorm === 'levering' ? 'Lever aan' : 'Vraag'} zonder dit veld.${lightest(arrangement, decision)}`
      : 'Laat dit onderdeel weg. Het wordt hier niet gebruikt.'
  },
  PARAMETER_ONTBREEKT: ({ reason: { veld = '', bij } }) =>
    bij?.waarden !== undefined
      ? 'Kies een van de afgesproken waarden.'
      : veld.startsWith('gegevens.')
        ? `Geef ook ${veld.slice('gegevens.'.length)} mee, in de afgesproken vorm.`
        : parts[veld],
  LICHTER_MIDDEL_BESCHIKBAAR: ({ reason: { bij }, decision, arrangement: { treden } }) => {
    const asked = treden.find(({ id }) => id === bij?.trede)
    if (asked === undefined) return undefined
    const step = firstStep(asked, treden, decision.feiten.treden)
    const below = treden.find(({ id }) => id === step.na)
    const nobody = below?.sleutel === 'geen' ? ' en zonder persoon' : ''
    const first = `alleen ${lighter(step, treden)}, in dezelfde zaak${nobody}`
    if (isClosed(decision)) return `${later} Vraag dan eerst ${first}.`
    return step === asked
      ? `Vraag nu ${first}. Geeft dat antwoord aanleiding, vraag dan binnen ${bij?.termijn} de rest.`
      : `Vraag nu ${first}. Geeft dat antwoord aanleiding, vraag dan ${lighter(asked, treden)}, en daarna pas de rest.`
  },
  PROPORTIONALITEIT_ONTBREEKT: ({ arrangement, decision }) => {
    const free =
      arrangement.voorwaarden.motivering === 'verplicht' ? [] : askable(arrangement, 'A0', decision)
    return `Vul motivering in: noodzaak en lichterMiddel, elk als code.${free.length > 0 ? ` Zonder motivering kunt u vragen: ${free.join(', ')}.` : ''}`
  },
  GOEDKEURING_VEREIST: ({ reason: { bij }, arrangement, decision }) => {
    if (bij?.oorzaak !== undefined) return undefined
    const free = askable(arrangement, 'A1', decision)
    const without = free.length > 0 ? ` Zonder goedkeuring kunt u vragen: ${free.join(', ')}.` : ''
    if (bij?.niveau === 'AX') return `Vraag dit niet opnieuw.${without}`
    const who = arrangement.goedkeurders?.join(' of ') ?? 'een tweede persoon'
    if (isClosed(decision)) return `${later} Laat de vraag dan goedkeuren door: ${who}.`
    return decision.vraag.asynchroon === true
      ? `Laat dit verzoek goedkeuren door: ${who}.${without}`
      : `Dien de vraag in als verzoek (POST …/verzoeken) en laat haar goedkeuren door: ${who}.${without}`
  },
  PERIODE_TE_RUIM: ({ reason: { bij }, decision }) => {
    const last = decision.vraag.periode?.totEnMet
    const months = Number(bij?.maanden)
    if (!isDate(last) || !Number.isSafeInteger(months)) return undefined
    return `Vraag bijvoorbeeld over ${day(firstDay(monthOf(last) - months + 1))} tot en met ${day(last)}.`
  },
  FASE_NIET_TOEGESTAAN: ({ arrangement }) =>
    listed('Noem in fase waar de zaak nu staat. Dit kan alleen in', arrangement.voorwaarden.fase),
  LIMIET_BEREIKT: ({ reason: { bij } }) =>
    bij?.soort === 'perZaakPerDag'
      ? 'Vraag het morgen opnieuw, of gebruik wat u vandaag al kreeg.'
      : 'Vraag het in het volgende uur opnieuw.',
  LAND_NIET_ONDERSTEUND: ({ reason: { bij } }) =>
    bij?.landen ? `Kies een van deze landen: ${bij.landen}.` : undefined,
  GEGEVEN_VEROUDERD: ({ decision, arrangement }) => {
    const from = firstDayLeft(arrangement, decision, 'versheid')
    const self = arrangement.sleutel === 'bsn' ? ', of vraag het de persoon zelf' : ''
    return from && `Vraag over een dag vanaf ${day(from)}${self}.`
  },
  BEWAARTERMIJN_VERLOPEN: ({ decision, arrangement }) => {
    const from = firstDayLeft(arrangement, decision, 'terug')
    return from && `Vraag alleen over dagen vanaf ${day(from)}.`
  },
  DPIA_ONTBREEKT_OF_VERLOPEN: ({ arrangement }) =>
    `Vraag de functionaris gegevensbescherming van ${arrangement.verstrekker.oin === undefined ? 'de verstrekker' : 'de verstrekker of van uw organisatie'} wanneer de beoordeling klaar is.`,
}

const later = 'Nu wordt hier niets verstrekt, ook niet als u dit verbetert.'

/** Where to go with what came along another road. */
const otherRoads: Readonly<Record<string, string>> & { readonly asynchroon: string } = {
  synchroon: 'Stuur de vraag zonder verzoek (POST …/_zoek).',
  asynchroon: 'Dien de vraag in als verzoek (POST …/verzoeken).',
  levering: 'Laat de ontvanger het per zaak vragen, of dien het in als verzoek (POST …/verzoeken).',
  signaal:
    'Haal op wat voor u klaarstaat (/v1/berichten). Levert u zelf aan? Doe dat in een bestand.',
  bulk: 'Haal op wat voor u klaarstaat (/v1/berichten). Levert u zelf aan? Doe dat in een bestand.',
  notificatie: 'Meld uw twijfel (POST /v1/terugmeldingen).',
}

/** What to fill in, by the name of what is missing. */
const parts: Readonly<Record<string, string>> = {
  betrokkene: 'Noem over wie het gaat (betrokkene).',
  object: 'Noem waarover het gaat (object).',
  periode: 'Noem de eerste en de laatste dag (periode: van en totEnMet).',
  peildatum: 'Noem de dag waarover u vraagt (peildatum).',
  buitenlands: 'Noem het land, en het nummer dat de persoon daar heeft (buitenlands).',
}

/** 2026-01-31 → 31-1-2026, as Dutch officers write it. */
export function day(date: LegalDate | undefined): string {
  if (date === undefined) return 'een nog onbekende dag'
  return date.split('-').reverse().map(Number).join('-')
}

/** What the law itself fails on, whoever asks and whatever. */
export const ofTheLaw: readonly ReasonCode[] = [
  'DPIA_ONTBREEKT_OF_VERLOPEN',
  'GEEN_GRONDSLAG',
  'GRONDSLAG_NIET_IN_WERKING',
  'GRONDSLAG_VERVALLEN',
  'GRONDSLAG_BUITEN_TOEPASSING',
  'GRONDSLAG_ONBEVESTIGD',
  'DOEL_ONVERENIGBAAR',
]

/** What shuts the exchange for this asker, whatever else it would ask. */
const shut: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  ...ofTheLaw,
  'ONTVANGER_NIET_BEVOEGD',
  'MANDAAT_ONTBREEKT',
  'MANDAAT_VERLOPEN',
  'UNA_VIA',
  'NOODREM',
])

/** Then nothing else that could be asked is of use, and none of it is advised. */
function isClosed({ redenen }: Pick<Decision, 'redenen'>): boolean {
  return redenen.some(
    ({ code, bij }) =>
      shut.has(code) || (code === 'GEEN_LEVERINGSAFSPRAAK' && bij?.patroon === undefined),
  )
}

/** Until which day, if waiting is enough: on that day nothing of the law stands in the way any more. */
function waitFor(from: LegalDate, { tijd }: Advised, arrangement: Arrangement): string {
  const { bases, geldig, geldigVan, leveringsafspraak, afspraakVan, dpiaTot } = arrangement
  const agreed = isSystematic(arrangement)
  const days = [geldigVan, agreed && leveringsafspraak?.datum, ...bases.map(one => one.geldigVan)]
  const last = days.filter(isDate).sort().at(-1) ?? from
  const moment = midnight(last)
  const opens =
    moment > tijd &&
    moment < dpiaTot &&
    within(moment, geldig) &&
    (!agreed || moment >= afspraakVan) &&
    bases.every(basis => basisStatus(basis, moment) === 'in-werking')
  return opens
    ? `Wacht tot ${day(last)} en ${arrangement.vorm === 'levering' ? 'lever het dan opnieuw aan' : 'vraag het dan opnieuw'}.`
    : `Wachten tot ${day(from)} is niet genoeg: ook dan wordt hier nog niets verstrekt. Vraag de beheerder van deze gateway wanneer het open gaat.`
}

const order = ['A0', 'A1', 'A2', 'A3', 'AX']

/** Fields of rungs that ask no more than this and that nothing has to open first, if they may be asked now. */
function askable(arrangement: Arrangement, level: 'A0' | 'A1', decision: Advised): string[] {
  if (isClosed(decision)) return []
  return arrangement.treden
    .filter(
      ({ goedkeuring, na }) =>
        na === undefined && order.indexOf(goedkeuring) <= order.indexOf(level),
    )
    .flatMap(({ velden }) => velden)
    .filter(veld => isExplicit(veld, arrangement, decision.tijd))
}

/** What asks for a basis of its own has one that holds. */
function isExplicit(veld: string, { gevoelig }: Arrangement, now: Moment): boolean {
  const found = gevoelig.get(veld)
  if (!found?.apart) return true
  return found.grondslag !== undefined && basisStatus(found.grondslag, now) === 'in-werking'
}

function lightest(arrangement: Arrangement, decision: Advised): string {
  const [first] = arrangement.treden
  const free = askable(arrangement, 'A1', decision).filter(veld => first?.velden.includes(veld))
  const verb = arrangement.vorm === 'levering' ? 'aanleveren' : 'vragen'
  return free.length > 0 ? ` U kunt hier wel ${verb}: ${free.join(', ')}.` : ''
}

/** A rung that is opened by one that is shut itself is not the first step. */
function firstStep(asked: Rung, treden: readonly Rung[], open: readonly string[]): Rung {
  const below = treden.find(({ id }) => id === asked.na)
  return below?.na === undefined || open.includes(below.id) ? asked : firstStep(below, treden, open)
}

/** What opens this rung: the fields whose answer does, else any of the rung below. */
function lighter({ na, vervolgAls }: Rung, treden: readonly Rung[]): string {
  const below = treden.find(({ id }) => id === na)?.velden ?? []
  return (vervolgAls === undefined ? below : Object.keys(vervolgAls)).join(', ')
}

const longest = { D: 1, M: 31, Y: 366 } as const

/** The first day that is not yet too long ago for every rung that is asked of. */
function firstDayLeft(
  { treden }: Arrangement,
  { vraag, tijd }: Advised,
  limit: 'versheid' | 'terug',
): LegalDate | undefined {
  const asked = treden.filter(({ velden }) => velden.some(veld => vraag.velden.includes(veld)))
  return asked
    .flatMap(rung => rung[limit] ?? [])
    .map(term => {
      const days = Number(term.slice(1, -1)) * longest[term.slice(-1) as keyof typeof longest]
      let date = addDays(legalDate(tijd), -days)
      while (isLongAgo(date, term, tijd)) date = addDays(date, 1)
      return date
    })
    .sort()
    .at(-1)
}

function listed(what: string, list: readonly string[] | undefined): string | undefined {
  return list && `${what}: ${list.join(', ')}.`
}
