// How does the message of the KSZ read in our datasets, and our question in theirs? Pure, both ways.
import {
  type SourceAnswer,
  SourceError,
  type SourceLater,
  type SourceOrigin,
  type SourceQuestion,
} from '../../gateway/adapter.ts'
import { type Group, readMessage } from './message.ts'

type Row = Readonly<Record<string, unknown>>
type Asked = Omit<SourceQuestion, 'permitted'>

/** A person in both countries; the source answers about such a pair alone. */
export interface Pair {
  readonly insz: string
  readonly bsn: string
}

interface Service {
  /** The element that holds its data. */
  readonly element: string
  readonly rows: (content: Group) => readonly Row[]
  /** What the source may doubt, in the names of the dataset. */
  readonly fields: readonly string[]
}

/** Which element answers which dataset. */
export const services: Readonly<Record<string, Service>> = {
  'ksz-inkomsten': {
    element: 'Inkomsten',
    rows: incomeRows,
    fields: ['soortInkomen', 'landcode', 'instelling', 'tewerkstelling', 'brutoLoonPerKwartaal'],
  },
  'ksz-werkloosheid': {
    element: 'Werkloosheid',
    rows: unemploymentRows,
    fields: ['aard', 'tijdvak'],
  },
  'ksz-woonplaats': {
    element: 'Woonplaats',
    rows: residenceRows,
    fields: [
      'levend',
      'dagOverlijden',
      'landVerblijf',
      'datumAanvangVerblijf',
      'datumEindeVerblijf',
    ],
  },
}

export function pairOf({ betrokkene, buitenlands }: Asked): Pair {
  if (betrokkene === undefined || buitenlands?.land !== 'BE' || buitenlands.soort !== 'insz') {
    throw new SourceError(
      'source-refused',
      'deze bron beantwoordt alleen vragen over een persoon met BSN en INSZ',
    )
  }
  return { bsn: betrokkene.waarde, insz: buitenlands.waarde }
}

export function toQuestion(question: Asked, { insz, bsn }: Pair): Group {
  const { van, totEnMet } = question.periode
  return {
    Dienst: [question.gegevensset],
    Persoon: [{ Insz: [insz], Bsn: [bsn] }],
    Periode: [{ Van: [van], TotEnMet: [totEnMet] }],
    Veld: question.velden,
    Grondslag: question.grondslagen.map(({ id, regeling, artikel }) => ({
      Id: [id],
      Regeling: [regeling],
      Artikel: [artikel],
    })),
  }
}

/** What the source may check, and nothing of the employee or the case (Pw art. 65 lid 4). */
export function toHeaders(question: Asked): Readonly<Record<string, string>> {
  return {
    ...question.trace,
    'sluis-transactie': question.transactie,
    ...(question.aflevering === undefined ? {} : { 'sluis-aflevering': question.aflevering }),
    'sluis-ontvanger': question.ontvanger,
    ...(question.namens === undefined ? {} : { 'sluis-namens': question.namens }),
    'sluis-doel': question.doel.id,
  }
}

/** 202: it took the question. */
export function toLater(body: Uint8Array, { transactie }: Asked): SourceLater {
  const receipt = readMessage(body, 'Ontvangst')
  if (text(receipt, 'Transactie') !== transactie) {
    throw malformed('de ontvangst hoort bij een andere vraag (Transactie)')
  }
  return later(text(receipt, 'Kenmerk'), receipt)
}

/** 200: how a question that it took stands. */
export function toAnswer(
  body: Uint8Array,
  question: Asked,
  pair: Pair,
): SourceAnswer | SourceLater {
  const outcome = readMessage(body, 'Uitslag')
  const kenmerk = text(outcome, 'Kenmerk')
  if (kenmerk !== question.kenmerk)
    throw malformed('het antwoord hoort bij een andere vraag (Kenmerk)')
  const [busy] = groups(outcome, 'Bezig')
  if (busy) return later(kenmerk, busy)
  verifyPerson(groups(outcome, 'Betreft')[0] ?? {}, pair)
  const service = services[question.gegevensset]
  if (!service) throw new SourceError('source-refused', 'deze bron houdt deze gegevens niet')
  const herkomst = originOf(groups(outcome, 'Herkomst')[0] ?? {}, service)
  const empty = withoutData.find(([element]) => outcome[element])
  if (empty) return { resultaat: empty[1], herkomst }
  const [content] = groups(outcome, service.element)
  if (!content) throw malformed('het antwoord hoort bij een andere dienst')
  const overleden = maybe(content, 'Overleden')
  return {
    resultaat: 'gegevens',
    betrokkene: pair.bsn,
    ...(overleden !== undefined && { overleden }),
    rijen: service.rows(content),
    herkomst,
  }
}

const withoutData = [
  ['GeenGegevens', 'geenGegevens'],
  ['NietBeschikbaar', 'nietBeschikbaar'],
  ['Geweigerd', 'geweigerd'],
] as const

function later(kenmerk: string, from: Group): SourceLater {
  return { resultaat: 'volgt', kenmerk, opnieuwNa: Number(text(from, 'OpnieuwNa')) }
}

/** Both numbers: one right and one wrong is somebody else, or two people taken for one. */
function verifyPerson(about: Group, { insz, bsn }: Pair): void {
  if (text(about, 'Insz') !== insz)
    throw malformed('het antwoord gaat over een andere persoon (Insz)')
  if (text(about, 'Bsn') !== bsn) throw malformed('het antwoord gaat over een andere persoon (Bsn)')
}

function originOf(origin: Group, { fields }: Service): SourceOrigin {
  const kwaliteit = text(origin, 'Kwaliteit') as SourceOrigin['kwaliteit']
  const inOnderzoek = groups(origin, 'InOnderzoek').map(doubt => {
    const veld = text(doubt, 'Veld')
    // Doubt about what we do not know must not be lost.
    if (!fields.includes(veld)) throw malformed('het antwoord twijfelt aan een onbekend gegeven')
    return { veld, sinds: text(doubt, 'Sinds') }
  })
  return {
    peildatum: text(origin, 'Peildatum'),
    volledigTotEnMet: text(origin, 'VolledigTotEnMet'),
    inOnderzoek,
    kwaliteit,
  }
}

/** A row per quarter; work without a reported wage is one row over the whole of it. */
function incomeRows(content: Group): readonly Row[] {
  return groups(content, 'Tewerkstelling').flatMap((work, index) => {
    const tewerkstelling = stretchOf(work)
    const common = known({
      relatie: index + 1,
      soortInkomen: text(work, 'Soort'),
      landcode: text(work, 'Land'),
      instelling: text(work, 'Instelling'),
      tewerkstelling,
      ondernemingsnummer: maybe(work, 'Ondernemingsnummer'),
      paritairComite: maybe(work, 'ParitairComite'),
    })
    const quarters = groups(work, 'Kwartaal')
    if (quarters.length === 0) return [{ ...common, tijdvak: tewerkstelling }]
    return quarters.map(quarter => ({
      ...common,
      tijdvak: stretchOf(quarter),
      brutoLoonPerKwartaal: cents(groups(quarter, 'Bruto')[0]),
    }))
  })
}

function unemploymentRows(content: Group): readonly Row[] {
  return [
    ...groups(content, 'Uitkering').map(benefit =>
      known({
        aard: 'UITK',
        tijdvak: stretchOf(benefit),
        dagbedrag: cents(groups(benefit, 'Dagbedrag')[0]),
      }),
    ),
    ...groups(content, 'Aanmelding').map(work =>
      known({
        aard: 'WERK',
        tijdvak: stretchOf(work),
        ondernemingsnummer: maybe(work, 'Ondernemingsnummer'),
      }),
    ),
  ]
}

function residenceRows(content: Group): readonly Row[] {
  const levend = text(content, 'Levend') === 'ja'
  const dagOverlijden = maybe(content, 'Overleden')
  if (levend === (dagOverlijden !== undefined)) {
    throw malformed('het antwoord spreekt zich tegen (Levend, Overleden)')
  }
  const gezin = maybe(content, 'Gezinsgrootte')
  const person = known({
    levend,
    dagOverlijden,
    gezinsgrootte: gezin === undefined ? undefined : Number(gezin),
  })
  const stays = groups(content, 'Verblijf').map(stay => {
    const { van, tot } = stretchOf(stay)
    return known({
      ...person,
      landVerblijf: text(stay, 'Land'),
      datumAanvangVerblijf: van,
      datumEindeVerblijf: tot ?? undefined,
    })
  })
  return stays.length > 0 ? stays : [person]
}

function stretchOf(group: Group): { readonly van: string; readonly tot: string | null } {
  const van = text(group, 'Van')
  const tot = maybe(group, 'TotEnMet') ?? null
  if (tot !== null && tot < van) throw malformed('een periode eindigt voor zij begint (TotEnMet)')
  return { van, tot }
}

function cents(amount: Group | undefined): number | undefined {
  return amount && Number(text(amount, 'Centen'))
}

function groups(group: Group, name: string): readonly Group[] {
  return (group[name] ?? []).filter(each => typeof each === 'object')
}

function maybe(group: Group, name: string): string | undefined {
  const [value] = group[name] ?? []
  return typeof value === 'string' ? value : undefined
}

/** For what the table makes sure is there. */
function text(group: Group, name: string): string {
  return maybe(group, name) ?? ''
}

function known(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}

function malformed(message: string): SourceError {
  return new SourceError('source-malformed', message)
}
