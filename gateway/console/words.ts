// How do codes of the log read to an officer? Words for outcomes, kinds and names, each in one place.
import type { Html } from '../html.ts'
import type { Arrangement, BasisStatus, PolicySet } from '../policy/law.ts'
import { duration } from '../policy/legal-time.ts'
import { markList } from '../policy/plausible.ts'
import { kindName, nobody } from '../policy/provider.ts'
import type { DeliveryState, MessageKind, MessageState, Oin } from '../terms.ts'
import { badge, type Tone } from './parts.ts'

/** Of a record, and of a request. */
export const outcomes: Readonly<Record<string, readonly [tone: Tone, text: string]>> = {
  verstrekt: ['ok', 'Verstrekt'],
  geweigerd: ['error', 'Geweigerd'],
  toegestaan: ['warning', 'Toegestaan, einde onbekend'],
  bronfout: ['warning', 'Bron gaf geen goed antwoord'],
  afgebroken: ['warning', 'Afgebroken'],
  'niet-afgeleverd': ['warning', 'Niet aangekomen'],
  aanvaard: ['info', 'Aangenomen'],
  'wacht-op-goedkeuring': ['info', 'Wacht op goedkeuring'],
  'in-behandeling': ['info', 'In behandeling'],
  goedgekeurd: ['ok', 'Goedgekeurd'],
  afgewezen: ['error', 'Niet goedgekeurd'],
  uitgesteld: ['info', 'Bron antwoordt later'],
  gereed: ['info', 'Antwoord ligt klaar'],
  opgehaald: ['ok', 'Opgehaald'],
  verzonden: ['ok', 'Gebracht'],
  afgeleverd: ['ok', 'Afgeleverd'],
  ontvangen: ['ok', 'Ontvangst bevestigd'],
  herinnerd: ['info', 'Herinnerd'],
  ingetrokken: ['info', 'Ingetrokken'],
  herplaatst: ['info', 'Opnieuw geprobeerd'],
  verlopen: ['warning', 'Verlopen'],
  mislukt: ['error', 'Mislukt'],
  gewist: ['info', 'Gewist'],
  ingezien: ['info', 'Bewijs ingezien'],
  geregistreerd: ['ok', 'Vastgelegd'],
  signaal: ['info', 'Een reden om te kijken'],
  beoordeeld: ['ok', 'Beoordeeld'],
}

/** Of a message: where it is. What its receiver said of it is no judgement of ours. */
export const messageStates: Readonly<Record<MessageState, readonly [tone: Tone, text: string]>> = {
  ontvangen: ['info', 'Wacht op de ontvanger'],
  opgehaald: ['ok', 'Opgehaald'],
  signaal: ['info', 'Een reden om te kijken'],
  beoordeeld: ['ok', 'Beoordeeld'],
  verlopen: ['warning', 'Verlopen'],
  geweigerd: ['error', 'Geweigerd bij het ophalen'],
}

export const messageKinds: Readonly<Record<MessageKind, string>> = {
  levering: 'Regel uit een bestand',
  signaal: 'Signaal',
  correctie: 'Verbeterd gegeven',
  terugmelding: 'Twijfel over een gegeven',
}

/** Of a file. */
export const deliveryStates: Readonly<Record<DeliveryState, readonly [tone: Tone, text: string]>> =
  {
    'in-behandeling': ['info', 'Wordt gelezen'],
    onderbroken: ['warning', 'Onderbroken: nog niet alle regels zijn gelezen'],
    afgerond: ['ok', 'Helemaal gelezen'],
  }

/** Of one record: what came after it stands in a record of its own. */
export function recordBadge(uitkomst: string): Html {
  return uitkomst === 'toegestaan' ? badge('ok', 'Toegestaan') : outcomeBadge(uitkomst)
}

/** Of a whole transaction or request. */
export function outcomeBadge(uitkomst: string): Html {
  const [tone, text] = outcomes[uitkomst] ?? ['info', uitkomst]
  return badge(tone, text)
}

/** Of a transaction, by its first record. */
export const callKinds = {
  bevraging: 'Vraag die meteen is beantwoord of geweigerd',
  verzoek: 'Verzoek dat tijd kost',
  bestand: 'Bestand met regels',
  regel: 'Regel uit een bestand',
  signaal: 'Signaal: een reden om te kijken',
  correctie: 'Verbeterd gegeven',
  terugmelding: 'Twijfel over een gegeven',
  stap: 'Latere stap van een verzoek of bericht',
  afwijzing: 'Geweigerd vóór een beslissing',
  zaakregistratie: 'Zaak vastgelegd',
  inzage: 'Bewijs opnieuw gevraagd',
} as const

/** What one record of the log tells. */
export const recordWords: Readonly<Record<string, string>> = {
  beslissing: 'Beslissing',
  verstrekking: 'Verstrekking',
  bronfout: 'Fout bij de bron',
  afgebroken: 'Afgebroken',
  'niet-afgeleverd': 'Niet aangekomen',
  afwijzing: 'Afwijzing',
  inzage: 'Bewijs ingezien',
  zaakregistratie: 'Zaak vastgelegd',
  aanvaarding: 'Verzoek aangenomen',
  goedkeuring: 'Beoordeling door een tweede persoon',
  uitgesteld: 'Bron antwoordt later',
  ophaling: 'Antwoord opgehaald of gebracht',
  ontvangst: 'Ontvangst bevestigd',
  herinnering: 'Herinnering',
  intrekking: 'Ingetrokken',
  herplaatsing: 'Opnieuw geprobeerd',
  einde: 'Einde',
  beoordeling: 'Wat de ontvanger ervan zegt',
  signaal: 'Signaal van de gateway',
}

/** `VELD_NIET_TOEGESTAAN` → Veld niet toegestaan; also for what never reached a decision. */
export function codeText(code: string): string {
  const words = code.toLowerCase().replace(/[_-]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What a code of what became of a message means, by the list of its arrangement; else the code. */
export function endingName(
  { uitwisselingen, codelijsten }: Pick<PolicySet, 'uitwisselingen' | 'codelijsten'>,
  uitwisseling: string | null,
  code: string,
): string {
  const list = codelijsten.get(uitwisselingen.get(uitwisseling ?? '')?.signaal?.afloop ?? '')
  return list?.codes.find(one => one.code === code)?.betekenis ?? codeText(code)
}

/** What a mark of something implausible means, by the list of the law. */
export function markName({ codelijsten }: Pick<PolicySet, 'codelijsten'>, code: string): string {
  const { codes = [] } = codelijsten.get(markList) ?? {}
  return codes.find(one => one.code === code)?.betekenis ?? codeText(code)
}

/** Of a legal basis on a day. */
export const basisStandings: Readonly<Record<BasisStatus, readonly [Tone, string]>> = {
  'in-werking': ['ok', 'In werking'],
  wetsvoorstel: ['error', 'Wetsvoorstel'],
  'nog-niet-in-werking': ['error', 'Nog niet in werking'],
  vervallen: ['error', 'Vervallen'],
  'buiten-toepassing': ['error', 'Buiten toepassing'],
  onbevestigd: ['error', 'Niet bevestigd'],
}

/** `P7Y` → 7 jaar, `PT0S` → niet. */
export function termText(term: string): string {
  return term === 'PT0S' ? 'niet' : duration(term, term)
}

type Names = Pick<PolicySet, 'partijen' | 'uitwisselingen'>

/** Its name in the law of today; an organisation that left is its number. */
export function partyName({ partijen }: Pick<Names, 'partijen'>, oin: Oin | null): string {
  if (oin === null) return 'onbekend'
  if (oin === nobody) return 'meer dan één ontvanger'
  return partijen.get(oin)?.naam ?? oin
}

/** One organisation, or every organisation of a kind. */
export function providerName(
  law: Pick<Names, 'partijen'>,
  arrangement: Pick<Arrangement, 'verstrekker'> | undefined,
): string {
  const { oin = null, soort } = arrangement?.verstrekker ?? {}
  return soort === undefined ? partyName(law, oin) : kindName(soort)
}

export function exchangeName(
  { uitwisselingen }: Pick<Names, 'uitwisselingen'>,
  id: string | null,
): string {
  if (id === null) return '–'
  return uitwisselingen.get(id)?.titel ?? id
}
