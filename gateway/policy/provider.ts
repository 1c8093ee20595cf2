// Who provides under this arrangement: one organisation, or whoever of a kind hands over its own?
import type { Oin, Party, PurposeRequest } from '../terms.ts'
import type { Arrangement, Provider } from './law.ts'

/** No kinds of body: whoever was given what is doubted, and whoever gave it. Who that is, the fact `eerder` says. */
export const earlierKinds = ['eerdere-ontvanger', 'eerdere-verstrekker'] as const

/** Whether an arrangement that names this kind means this party. */
export function isOfKind(soort: string | undefined, party: Pick<Party, 'soort'>): boolean {
  return party.soort === soort || earlierKinds.some(one => one === soort)
}

/** Whether this party can be the provider. */
export function canProvide(
  { oin, soort }: Provider,
  party: Pick<Party, 'oin' | 'soort'> | undefined,
): boolean {
  return party !== undefined && (oin === undefined ? isOfKind(soort, party) : party.oin === oin)
}

/** Files of lines, signals and doubts: supply that nobody asks for each time (Besluit SUWI art. 5.11). */
export function isSystematic({ patroon }: Pick<Arrangement, 'patroon'>): boolean {
  return patroon === 'signaal' || patroon === 'bulk' || patroon === 'notificatie'
}

/**
 * The provider of one request: the one that the arrangement names, else whoever hands over or is
 * passed on for. In a correction `namens` is who its receiver acts for, as it did when it asked.
 */
export function providerOf({ oin }: Provider, { body, peer, stap }: PurposeRequest): Oin {
  return oin ?? (stap === 'correctie' ? undefined : body.namens) ?? peer.party.oin
}

/** What nobody is called: what has not exactly one receiver goes to no one. */
export const nobody: Oin = '0'.repeat(20)

/** The sender brings the data along; else the receiver asks a source for it. */
export function isHandedOver(
  { stap }: Pick<PurposeRequest, 'stap'>,
  { vorm }: Pick<Arrangement, 'vorm'>,
): boolean {
  return vorm === 'levering' || stap === 'correctie'
}

/** The one that may receive, or who is named among them. */
export function receiverOf(
  { body }: Pick<PurposeRequest, 'body'>,
  { levertAan }: Pick<Arrangement, 'levertAan'>,
): Oin {
  return body.ontvanger ?? levertAan ?? nobody
}

const kindNames: Readonly<Record<string, string>> = {
  college: 'College van burgemeester en wethouders',
  servicecentrum: 'Servicecentrum van gemeenten',
  uwv: 'UWV',
  svb: 'Sociale Verzekeringsbank',
  ib: 'Inlichtingenbureau',
  toeslagen: 'Dienst Toeslagen',
  ksz: 'Kruispuntbank van de Sociale Zekerheid (België)',
  igss: 'Inspection générale de la sécurité sociale (Luxemburg)',
  kinderopvang: 'Kinderopvangorganisatie',
  rvig: 'Rijksdienst voor Identiteitsgegevens (BRP)',
  jenv: 'Ministerie van Justitie en Veiligheid',
  fiod: 'FIOD',
  om: 'Openbaar Ministerie',
  duo: 'Dienst Uitvoering Onderwijs (DUO)',
  rdw: 'RDW',
  kadaster: 'Kadaster',
  belastingdienst: 'Belastingdienst',
  zorgverzekeraar: 'Zorgverzekeraars (RBVZ)',
  bag: 'Landelijke voorziening BAG',
  arbeidsinspectie: 'Nederlandse Arbeidsinspectie',
  nau: 'Nederlandse Autoriteit Uitleenmarkt',
  vastelastenpartij: 'Verhuurder, energie- of drinkwaterbedrijf of zorgverzekeraar',
  politie: 'Politie',
  'eu-orgaan': 'Orgaan van sociale zekerheid in een andere lidstaat',
  inlener: 'Onderneming die arbeidskrachten inleent',
  beheerder: 'Beheerder van de gateway',
  'eerdere-ontvanger': 'Wie het gegeven eerder ontving',
  'eerdere-verstrekker': 'Wie het gegeven eerder verstrekte',
}

/** A kind of party as an officer calls it. */
export function kindName(soort: string): string {
  return Object.hasOwn(kindNames, soort) ? (kindNames[soort] ?? soort) : soort
}
