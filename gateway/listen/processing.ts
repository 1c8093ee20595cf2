// What does a controller write in its register of processing, and what does the processor (AVG art. 30(1), 30(2))?
import type { Arrangement, Category, Dataset, PolicySet, RegisteredParty } from '../policy/law.ts'
import { canProvide, earlierKinds, isOfKind, kindName } from '../policy/provider.ts'
import type { Oin, Party } from '../terms.ts'
import {
  basisEntry,
  body,
  type Edition,
  edition,
  leaving,
  publicExchanges,
  type RegisteredBasis,
  type RegisteredBody,
  type View,
} from './registered.ts'
import { closedBy } from './standing.ts'

export type Role = 'verstrekker' | 'ontvanger'

/** art. 30(1)(a); without `contact` nobody wrote it down. */
export interface Controller extends RegisteredBody {
  readonly soort: string
  readonly contact?: NonNullable<Party['contact']>
  /** Established in the EEA: else it has a representative there (AVG art. 27). */
  readonly inEer: boolean
}

export interface Controllers extends Edition {
  readonly verantwoordelijken: readonly (Controller & { readonly verwerkingen: number })[]
}

export interface Contribution extends Edition {
  readonly verantwoordelijke: Controller
  /** (a) Who gives and who receives decide each for themselves; no arrangement can name a collaboration. */
  readonly gezamenlijk: readonly RegisteredBody[]
  readonly verwerkingen: readonly Processing[]
  readonly beveiliging: readonly string[]
}

export interface Processing {
  readonly uitwisseling: string
  readonly titel: string
  readonly rol: Role
  /** Only in what a controller gets itself: it is not public. */
  readonly vertrouwelijk?: true
  readonly open: boolean
  /** (b) */
  readonly doel: string
  readonly verwerkingsactiviteit: string
  readonly avg: string
  readonly grondslagen: readonly RegisteredBasis[]
  /** (c) */
  readonly betrokkenen: string
  readonly gegevens: readonly DataCategory[]
  /** Where the receiver has them from. */
  readonly herkomst?: string
  /** (d) The processor is one of them (AVG art. 4(9)). */
  readonly ontvangers: readonly string[]
  /** (d), (e) */
  readonly doorgifte: Transfer
  /** (f) */
  readonly bewaren: { readonly gegevens: string; readonly log: string; readonly logGrond: string }
}

export interface DataCategory {
  readonly categorie: Category
  readonly velden: readonly string[]
}

export interface Transfer {
  /** The other country, when a body there takes part. */
  readonly landen: readonly string[]
  /** Outside the EEA (chapter V). */
  readonly derdeLanden: readonly string[]
}

export interface ProcessorRecord extends Edition {
  readonly verwerker: Controller
  readonly verantwoordelijken: readonly (Controller & { readonly soorten: readonly Work[] })[]
  readonly subverwerkers: readonly string[]
  readonly doorgifte: Transfer
  readonly beveiliging: readonly string[]
}

/** One category of processing on behalf of a controller (art. 30(2)(b)), and for which exchanges. */
export interface Work {
  readonly soort: string
  readonly uitwisselingen: readonly string[]
}

/** art. 30(1)(g), 30(2)(d), 32(1): true to SECURITY.md, whose tests prove it. */
export const measures: readonly string[] = [
  'Wat niet uitdrukkelijk mag, wordt geweigerd. Elke beslissing en elke weigering staat in het logboek voordat er iets gebeurt.',
  'Een organisatie komt alleen binnen met een eigen certificaat (wederzijds TLS). Of dat is ingetrokken, wordt bij elk verzoek nagekeken.',
  'Alleen de toegestane velden gaan door. Een veld dat niet bekend is, houdt het hele antwoord tegen.',
  'Een antwoord dat meteen wordt gegeven, wordt niet bewaard. Een antwoord dat wacht, is versleuteld voor de ontvanger. Een bericht dat wacht, is versleuteld met een sleutel van de gateway.',
  'In het logboek staan pseudoniemen, per regel anders. Wie het was, is versleuteld met een sleutel per maand. Is de bewaartermijn voorbij, dan wordt die sleutel vernietigd.',
  'Het logboek is ondertekend en kan alleen groeien. Wie een eerdere stand bewaart, ziet elke wijziging.',
  'Wie in het logboek naar een persoon zoekt, logt in bij zijn organisatie, heeft een rol en geeft een reden op. Dat zoeken staat zelf ook in het logboek.',
  'Ingrijpende vragen keurt een tweede persoon goed, met een eigen handtekening. Er zijn grenzen per zaak en per uur.',
  'Een noodrem stopt verstrekkingen meteen. Twee personen samen maken hem weer los.',
  'In technische logs, meetgegevens, adressen en foutmeldingen staan geen persoonsgegevens.',
  'Wie mag wat, is een bestand met voorbeelden die bij elke wijziging worden nagerekend.',
]

/** Public: nothing of a confidential party or exchange. Undefined is the same for who is unknown and who is hidden. */
export function controllers(view: View): Controllers {
  const exchanges = publicExchanges(view.law)
  return {
    ...edition(view),
    verantwoordelijken: publicParties(view.law).map(party => ({
      ...controller(party),
      verwerkingen: rolesOf(party, exchanges).length,
    })),
  }
}

export function publicContribution(oin: Oin, view: View): Contribution | undefined {
  const exchanges = publicExchanges(view.law)
  const party = publicParties(view.law).find(one => one.oin === oin)
  return party && contribution(party, exchanges, view)
}

/** For that controller itself: also what is confidential. */
export function ownContribution(oin: Oin, view: View): Contribution | undefined {
  const party = view.law.partijen.get(oin)
  return party && contribution(party, [...view.law.uitwisselingen.values()], view)
}

function contribution(
  party: RegisteredParty,
  exchanges: readonly Arrangement[],
  view: View,
): Contribution {
  return {
    ...edition(view),
    verantwoordelijke: controller(party),
    gezamenlijk: [],
    verwerkingen: rolesOf(party, exchanges).map(({ arrangement, rol }) =>
      processing(arrangement, rol, view),
    ),
    beveiliging: measures,
  }
}

export function publicProcessorRecord(view: View): ProcessorRecord {
  return processorRecord(publicParties(view.law), publicExchanges(view.law), view)
}

/** For the operator itself: also what is confidential. */
export function ownProcessorRecord(view: View): ProcessorRecord {
  const all = [...view.law.uitwisselingen.values()]
  return processorRecord(takingPart(view.law, all), all, view)
}

function processorRecord(
  parties: readonly RegisteredParty[],
  exchanges: readonly Arrangement[],
  view: View,
): ProcessorRecord {
  const { law, operator } = view
  const own = law.partijen.get(operator)
  const unknown = { ...body(operator, law), soort: kindName('beheerder'), inEer: true }
  const transfers = exchanges.map(arrangement => transfer(arrangement, law))
  return {
    ...edition(view),
    verwerker: own ? controller(own) : unknown,
    verantwoordelijken: parties.map(party => ({
      ...controller(party),
      soorten: workFor(party, exchanges),
    })),
    subverwerkers: [],
    doorgifte: {
      landen: distinct(transfers.flatMap(({ landen }) => landen)),
      derdeLanden: distinct(transfers.flatMap(({ derdeLanden }) => derdeLanden)),
    },
    beveiliging: measures,
  }
}

/** A confidential party may be one of a kind that is not. */
function publicParties(law: PolicySet): readonly RegisteredParty[] {
  return takingPart(law, publicExchanges(law)).filter(party => !party.vertrouwelijk)
}

/** Who left has no processing any more. */
function takingPart(
  { partijen }: PolicySet,
  exchanges: readonly Arrangement[],
): readonly RegisteredParty[] {
  return [...partijen.values()]
    .filter(party => party.status !== 'beeindigd')
    .filter(party =>
      rolesOf(party, exchanges).some(({ arrangement, rol }) => isOwn(arrangement, rol)),
    )
    .sort((a, b) => (a.naam < b.naam ? -1 : 1))
}

/** Whoever was given anything may doubt it; that alone makes nobody a controller here. */
function isOwn({ verstrekker, ontvangers }: Arrangement, rol: Role): boolean {
  const soort = rol === 'verstrekker' ? verstrekker.soort : ontvangers.soort
  return !earlierKinds.some(one => one === soort)
}

function rolesOf(
  party: RegisteredParty,
  exchanges: readonly Arrangement[],
): readonly { readonly arrangement: Arrangement; readonly rol: Role }[] {
  return exchanges
    .flatMap(arrangement => [
      ...(canProvide(arrangement.verstrekker, party)
        ? [{ arrangement, rol: 'verstrekker' as const }]
        : []),
      ...(isOfKind(arrangement.ontvangers.soort, party)
        ? [{ arrangement, rol: 'ontvanger' as const }]
        : []),
    ])
    .sort((a, b) => (a.arrangement.id < b.arrangement.id ? -1 : 1))
}

function controller({ oin, naam, soort, contact }: RegisteredParty): Controller {
  const inEer = eea.has(countryOf[soort] ?? 'NL')
  return { oin, naam, soort: kindName(soort), ...(contact && { contact }), inEer }
}

function processing(arrangement: Arrangement, rol: Role, view: View): Processing {
  const { law, now, operator } = view
  const { id, titel, doel, betrokkenen, bewaren, verstrekker, ontvangers, via } = arrangement
  const gives = rol === 'verstrekker'
  const own = gives ? verstrekker : ontvangers
  const from =
    verstrekker.oin === undefined
      ? kindName(verstrekker.soort ?? '')
      : body(verstrekker.oin, law).naam
  return {
    uitwisseling: id,
    titel,
    rol,
    ...(arrangement.vertrouwelijk && { vertrouwelijk: true }),
    open: closedBy(arrangement, law, now).length === 0,
    doel: doel.omschrijving,
    verwerkingsactiviteit: own.verwerkingsactiviteit,
    avg: own.avg,
    grondslagen: arrangement.bases.map(basis => basisEntry(basis, now)),
    betrokkenen,
    gegevens: dataCategories(arrangement, law.gegevenssets.get(arrangement.gegevensset)),
    ...(!gives && { herkomst: from }),
    ontvangers: [
      ...(gives ? [kindName(ontvangers.soort)] : []),
      ...(gives ? via.map(oin => `${body(oin, law).naam} (geeft door)`) : []),
      `${law.partijen.get(operator)?.naam ?? kindName('beheerder')} (verwerker)`,
    ],
    doorgifte: transfer(arrangement, law),
    bewaren: {
      gegevens: gives ? bewaren.antwoord : bewaren.ontvanger,
      log: bewaren.log,
      logGrond: bewaren.logGrond,
    },
  }
}

/** What can leave, by category; an answer that is computed has those of its inputs' ordinary kind: its own title says it. */
function dataCategories(
  arrangement: Arrangement,
  set: Dataset | undefined,
): readonly DataCategory[] {
  const { sleutel, rijen } = arrangement
  const named: { categorie: Category; titel: string }[] = leaving(arrangement, set).map(veld => {
    const source =
      rijen !== 'maand' && set && Object.hasOwn(set.velden, veld) ? set.velden[veld] : undefined
    const made = set?.afgeleid[veld] ?? set?.perMaand[veld]
    return {
      categorie: source?.categorie ?? sharpest(made?.uit ?? [], set),
      titel: source?.titel ?? made?.titel ?? veld,
    }
  })
  if (sleutel === 'bsn') named.unshift({ categorie: 'bsn', titel: 'Burgerservicenummer' })
  return [...Map.groupBy(named, ({ categorie }) => categorie)].map(([categorie, fields]) => ({
    categorie,
    velden: distinct(fields.map(({ titel }) => titel)),
  }))
}

/** An answer made of something special may tell it. */
function sharpest(inputs: readonly string[], set: Dataset | undefined): Category {
  const found = new Set(inputs.map(name => set?.velden[name]?.categorie))
  const special = ['strafrechtelijk', 'bijzonder', 'beschermd-kenmerk'] as const
  return special.find(one => found.has(one)) ?? 'gewoon'
}

/** Where a body of this kind is. */
const countryOf: Readonly<Record<string, string>> = { ksz: 'BE', igss: 'LU' }

/** ISO 3166 codes of the European Economic Area. */
const eea: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(
    ' ',
  ),
)

function transfer(
  { verstrekker, ontvangers, voorwaarden }: Arrangement,
  { partijen }: PolicySet,
): Transfer {
  const kinds = [verstrekker.soort ?? partijen.get(verstrekker.oin ?? '')?.soort, ontvangers.soort]
  const landen = distinct([
    ...kinds.flatMap(soort => countryOf[soort ?? ''] ?? []),
    ...(voorwaarden.buitenlands?.landen ?? []),
  ])
  return { landen, derdeLanden: landen.filter(land => !eea.has(land)) }
}

/** What is done for whom, by how an exchange goes. */
const workOf: readonly {
  readonly soort: string
  readonly rol?: Role
  readonly when?: (arrangement: Arrangement) => boolean
}[] = [
  { soort: 'Vragen en leveringen toetsen aan de wet, en elke beslissing vastleggen' },
  {
    soort: 'Gegevens bij de bron ophalen, terugbrengen tot de toegestane velden en doorgeven',
    rol: 'verstrekker',
    when: ({ vorm }) => vorm !== 'levering',
  },
  {
    soort: 'Aangeleverde gegevens terugbrengen tot de toegestane velden en doorgeven',
    rol: 'verstrekker',
    when: ({ vorm }) => vorm === 'levering',
  },
  {
    soort: 'Verzoeken en antwoorden die wachten versleuteld bewaren, tot ontvangst of termijn',
    rol: 'ontvanger',
    when: ({ patroon, vorm }) => patroon === 'asynchroon' && vorm !== 'levering',
  },
  {
    soort: 'Berichten en signalen versleuteld klaarzetten, tot ontvangst of termijn',
    rol: 'ontvanger',
    when: ({ vorm }) => vorm === 'levering',
  },
  { soort: 'Het logboek bewaren, doorzoekbaar houden voor inzage, en wissen na de termijn' },
]

function workFor(party: RegisteredParty, exchanges: readonly Arrangement[]): readonly Work[] {
  const roles = rolesOf(party, exchanges)
  return workOf.flatMap(({ soort, rol, when = () => true }) => {
    const own = roles.filter(one => (rol ?? one.rol) === one.rol && when(one.arrangement))
    const uitwisselingen = distinct(own.map(({ arrangement }) => arrangement.id))
    return uitwisselingen.length > 0 ? [{ soort, uitwisselingen }] : []
  })
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
