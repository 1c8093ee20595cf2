// What does a person get to read about the disclosures of their data (AVG art. 15)? The content, before any form of it.
import { cite } from '../policy/explain.ts'
import type { Dataset, PolicySet } from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import type { LegalDate, MessageState, Moment, Oin } from '../terms.ts'
import type { Desk } from './page.ts'
import type { Nature } from './projection.ts'
import { type Found, type Group, groupLines, type Kind, type Line } from './subject.ts'
import { monthText } from './subject-terms.ts'

export interface Party {
  readonly oin: Oin
  readonly naam: string
}

/** What one group of lines has in common, in words. */
export interface Told {
  readonly kind: Kind
  readonly gever: Party
  readonly ontvanger: Party
  readonly namens: Party | undefined
  readonly uitwisseling: string
  readonly doel: string
  readonly grondslagen: readonly string[]
}

/** One transaction: of the fields their names in words, never what was in them. */
export interface Entry {
  readonly tijd: Moment
  readonly gegevens: readonly string[]
  /** Last month in which this line can be found. */
  readonly bewaardTotEnMet: string
  readonly opmerking: string
}

export interface OverviewGroup extends Told {
  readonly aantal: number
  readonly van: Moment
  readonly tot: Moment
  /** Newest first; made while it is read, so that many lines are never all in memory as text. */
  readonly entries: () => AsyncIterable<Entry>
}

export interface Overview {
  readonly titel: string
  readonly organisatie: Party
  readonly gemaaktOp: Moment
  readonly datum: LegalDate
  /** Last digits of the number that was looked up, so that the reader knows it is theirs. */
  readonly eindigtOp: string
  readonly inleiding: readonly string[]
  /** Data were given to somebody. */
  readonly gegeven: readonly OverviewGroup[]
  /** Something was asked or laid down, and no data were given. */
  readonly overig: readonly OverviewGroup[]
  readonly toelichting: readonly Section[]
}

export interface Section {
  readonly kop: string
  readonly punten: readonly string[]
}

/** Of each set of law that decided, once. */
export type Laws = (digest: string | null) => Promise<PolicySet>

/** The law of then, as it was kept; what was not kept is told by the law of today. */
export function lawsOf(desk: Pick<Desk, 'law' | 'lawOf'>): Laws {
  const known = new Map<string, Promise<PolicySet | undefined>>()
  return async digest => {
    if (digest === null) return desk.law()
    const found = known.get(digest) ?? desk.lawOf(digest)
    known.set(digest, found)
    return (await found) ?? desk.law()
  }
}

export function partyIn(law: PolicySet, oin: Oin | null): Party {
  const number = oin ?? ''
  return { oin: number, naam: law.partijen.get(number)?.naam ?? `Organisatie ${number}`.trim() }
}

export async function tell(group: Group, laws: Laws): Promise<Told> {
  const [line] = group.lines
  const law = await laws(line.digest)
  const arrangement = law.uitwisselingen.get(line.uitwisseling ?? '')
  return {
    kind: group.kind,
    gever: partyIn(law, line.verstrekker),
    ontvanger: partyIn(law, line.ontvanger),
    namens: line.namens === null ? undefined : partyIn(law, line.namens),
    uitwisseling: arrangement?.titel ?? line.uitwisseling ?? 'Niet bekend',
    doel: arrangement?.doel.omschrijving ?? line.doel ?? 'Niet bekend',
    grondslagen: line.grondslagen.map(id => {
      const basis = law.grondslagen.get(id)
      return basis?.toelichting
        ? `${cite(basis)}. ${firstSentence(basis.toelichting)}`
        : cite(basis)
    }),
  }
}

/** What the article says; what follows is for who keeps the law. */
function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/, 1)[0] ?? text
}

/** What the field is called in plain words, in the law of that day. A name that is none is the asker's own text. */
export function fieldTitles(line: Line, names: readonly string[], law: PolicySet): string[] {
  const arrangement = law.uitwisselingen.get(line.uitwisseling ?? '')
  const set = law.gegevenssets.get(arrangement?.gegevensset ?? '')
  return names.map(name => titleIn(set, name) ?? 'Een gegeven dat deze bron niet kent')
}

function titleIn(set: Dataset | undefined, name: string): string | undefined {
  const kinds = [set?.afgeleid, set?.velden, set?.perMaand]
  const found = kinds.find(fields => fields && Object.hasOwn(fields, name))
  return found?.[name]?.titel
}

const remarks: Readonly<Record<string, string>> = {
  'niet-afgeleverd': 'Wij weten niet zeker of de gegevens zijn aangekomen.',
  geweigerd: 'De vraag is geweigerd. Er zijn geen gegevens gegeven.',
  afgewezen: 'De vraag is afgewezen. Er zijn geen gegevens gegeven.',
  bronfout: 'Het ophalen is niet gelukt. Er zijn geen gegevens gegeven.',
  afgebroken: 'De vraag is afgebroken. Er zijn geen gegevens gegeven.',
  geregistreerd: 'Deze organisatie heeft vastgelegd dat u bij een zaak hoort.',
}

/** How it came to be given, when nobody asked for it. */
const natures: Readonly<Record<Nature, string>> = {
  bestand: '',
  regel: 'Dit stond in een bestand met gegevens van meer mensen.',
  correctie:
    'Een gegeven over u is verbeterd. Deze organisatie had het gegeven eerder gekregen. Daarom is de verbetering voor haar bedoeld.',
  terugmelding:
    'Een organisatie twijfelde of een gegeven over u klopt. Zij vroeg de organisatie die het gegeven beheert om dat na te kijken.',
}
const signal = 'Het is een reden om te kijken, en geen besluit.'

const waiting: Readonly<Partial<Record<MessageState, string>>> = {
  ontvangen: 'Het is nog niet opgehaald. Er zijn nog geen gegevens gegeven.',
  verlopen: 'Het is niet op tijd opgehaald of bekeken, en daarna gewist.',
  geweigerd: 'Bij het ophalen mocht het niet meer. Er zijn geen gegevens gegeven.',
}

/** What became of it, for who reads the paper; empty when data were given and that is all. */
export function remarkOn(line: Line, law: Pick<PolicySet, 'uitwisselingen'>): string {
  const { aard, staat, uitwisseling } = line
  const patroon = law.uitwisselingen.get(uitwisseling ?? '')?.patroon
  return [
    ...(aard === null ? [] : [natures[aard]]),
    ...(aard === 'regel' && patroon === 'signaal' ? [signal] : []),
    staat ? (waiting[staat] ?? '') : endOf(line),
  ]
    .filter(Boolean)
    .join(' ')
}

function endOf({ uitkomst, verstrekt }: Line): string {
  if (uitkomst === 'verstrekt')
    return verstrekt.length === 0 ? 'De bron had deze gegevens niet.' : ''
  if (Object.hasOwn(remarks, uitkomst)) return remarks[uitkomst] ?? ''
  return 'De vraag is aangenomen. Er staat niet bij dat er gegevens zijn gegeven.'
}

/** What was given about the person; of what was not given, what was asked. */
export function fieldsOf(line: Line): readonly string[] {
  return line.verstrekt.length > 0 ? line.verstrekt : line.velden
}

export async function makeOverview(
  desk: Pick<Desk, 'law' | 'lawOf'>,
  now: Moment,
  about: { readonly found: Found; readonly oin: Oin; readonly eindigtOp: string },
): Promise<Overview> {
  const { found, oin, eindigtOp } = about
  const laws = lawsOf(desk)
  const organisatie = partyIn(desk.law(), oin)
  // A request that led to a disclosure is told by that disclosure.
  const done = new Set(
    found.lines.flatMap(line => (line.uitkomst === 'verstrekt' ? (line.verzoek ?? []) : [])),
  )
  const lines = found.lines.filter(
    ({ uitkomst, verzoek }) => uitkomst === 'verstrekt' || verzoek === null || !done.has(verzoek),
  )
  const groups = await Promise.all(groupLines(lines).map(group => overviewGroup(group, laws)))
  return {
    titel: 'Overzicht van uw gegevens die zijn gegeven',
    organisatie,
    gemaaktOp: now,
    datum: legalDate(now),
    eindigtOp,
    inleiding: introduction(organisatie.naam, found.afgekapt),
    gegeven: groups.filter(({ kind }) => kind === 'gegeven'),
    overig: groups.filter(({ kind }) => kind !== 'gegeven'),
    toelichting: explanation(organisatie.naam),
  }
}

async function overviewGroup(group: Group, laws: Laws): Promise<OverviewGroup> {
  const { lines } = group
  return {
    ...(await tell(group, laws)),
    aantal: lines.length,
    van: lines.at(-1)?.tijd ?? lines[0].tijd,
    tot: lines[0].tijd,
    async *entries() {
      for (const line of lines) {
        yield {
          tijd: line.tijd,
          gegevens: fieldTitles(line, fieldsOf(line), await laws(line.digest)),
          bewaardTotEnMet: monthText(line.maand),
          opmerking: remarkOn(line, await laws(line.digest)),
        }
      }
    },
  }
}

function introduction(naam: string, afgekapt: boolean): readonly string[] {
  return [
    `Dit is een overzicht van ${naam}. U ziet hier welke organisaties gegevens over u gaven of kregen via Sluis. Sluis is het systeem waarmee organisaties van de overheid gegevens uitwisselen.`,
    'Per keer ziet u wanneer het was, wie de gegevens gaf, wie ze kreeg, waarvoor, en welke wet dat toestaat. U ziet de namen van de gegevens. De gegevens zelf staan hier niet in: die zijn niet bewaard.',
    ...(afgekapt
      ? [
          'Er zijn meer regels over u dan in dit overzicht passen. U ziet de nieuwste. Vraag ons om de oudere regels.',
        ]
      : []),
  ]
}

function explanation(naam: string): readonly Section[] {
  return [
    {
      kop: 'Wat niet in dit overzicht staat',
      punten: [
        `Dit overzicht gaat over uitwisselingen waar ${naam} bij hoort. Andere organisaties maken een eigen overzicht. Vraag dat bij die organisatie.`,
        'Gegevens die organisaties buiten Sluis om uitwisselen, staan hier niet in.',
        'Wij bewaren elke regel een vaste tijd. Daarna kan niemand meer zien dat de regel over u ging. Regels die ouder zijn, staan hier niet in.',
        'De wet noemt belangen waarvoor wij informatie (nog) niet mogen of hoeven te geven (AVG, artikel 23, en UAVG, artikel 41). Dit staat in elk overzicht.',
        'De namen van medewerkers staan hier niet in, en ook niet wat over andere mensen gaat.',
      ],
    },
    {
      kop: 'Uw rechten',
      punten: [
        `Kloppen gegevens niet? Vraag de organisatie die de gegevens gaf om ze te verbeteren (AVG, artikel 16). Die moet het vertellen aan wie de gegevens kreeg (AVG, artikel 19).`,
        'U kunt vragen om gegevens te wissen (AVG, artikel 17) of het gebruik ervan te beperken (AVG, artikel 18). Soms mag dat niet, omdat de wet zegt dat ze bewaard moeten blijven.',
        'U kunt bezwaar maken tegen het gebruik van uw gegevens (AVG, artikel 21).',
        `Hebt u een vraag over dit overzicht? Neem contact op met ${naam}. U krijgt binnen één maand antwoord (AVG, artikel 12).`,
        'Bent u niet tevreden? Dan kunt u een klacht indienen bij de Autoriteit Persoonsgegevens: autoriteitpersoonsgegevens.nl. U kunt ook naar de rechter.',
      ],
    },
  ]
}

export const kindTexts: Readonly<Record<Kind, string>> = {
  gegeven: 'Gegevens gegeven',
  geweigerd: 'Geweigerd',
  mislukt: 'Niet gelukt',
  vastgelegd: 'Vastgelegd bij een zaak',
  lopend: 'Geen uitkomst bekend',
}

/** Without anything of a person. */
export function fileName({ datum }: Overview, form: string): string {
  return `overzicht-verstrekkingen-${datum}.${form}`
}
