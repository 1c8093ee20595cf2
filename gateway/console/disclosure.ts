// What is there to tell about one transaction? Its records, read together with the law of the day it was decided.
import { unsealMember } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import type { Subject } from '../audit/seal.ts'
import { lineReports, messageTerms, statesOf } from '../delivery/overview.ts'
import { basisStatus } from '../policy/basis-status.ts'
import { type Condition, judgedBy } from '../policy/conditions.ts'
import { rungsOf } from '../policy/decide.ts'
import { texts, uitleg } from '../policy/explain.ts'
import type { Arrangement, BasisStatus, LegalBasis, PolicySet, Rung } from '../policy/law.ts'
import type { Moment, Oin, ReasonCode, RequestState } from '../terms.ts'
import type { Handed } from './handed-story.ts'
import { stateOf } from './message-state.ts'
import type { Desk, Officer } from './page.ts'
import { type Deferral, deferralsOf } from './subject-marks.ts'
import type { Leaf, OpenedTransaction } from './transaction.ts'
import { codeText } from './words.ts'

export interface Story extends Handed {
  readonly opened: OpenedTransaction
  /** The decision, acceptance or rejection it began with. */
  readonly first: LogRecord
  /** How it ended; undefined when nothing after the first record tells. */
  readonly end: LogRecord | undefined
  /** The set of its own digest; undefined when the record names none, or none was kept. */
  readonly law: PolicySet | undefined
  readonly arrangement: Arrangement | undefined
  readonly rung: Rung | undefined
  readonly bases: readonly {
    readonly id: string
    readonly basis: LegalBasis | undefined
    /** On the day of the decision. */
    readonly status: BasisStatus | undefined
  }[]
  readonly judged: readonly { readonly name: string; readonly held: boolean }[]
  readonly reasons: readonly {
    readonly code: string
    readonly veld?: string
    readonly tekst: string
  }[]
  readonly fields: readonly {
    readonly veld: string
    readonly titel: string
    readonly gegeven: boolean
    readonly weggelaten: boolean
  }[]
  /** From the decision to the record of what the source gave. */
  readonly sourceMs: number | undefined
  /** Of a request: where it stands now. */
  readonly state: RequestState | undefined
  readonly deferrals: readonly Deferral[]
  /** Reviews and questions to the receiver. */
  readonly deeds: readonly Handling[]
  readonly looks: readonly Handling[]
}

/** What an officer of the same organisation did about it. */
export interface Handling {
  readonly soort: string
  readonly tijd: Moment
  readonly rol: string | null
  readonly uitkomst: string
  readonly gegevens: Readonly<Record<string, unknown>>
}

const ends: readonly LogRecord['soort'][] = [
  'niet-afgeleverd',
  'verstrekking',
  'bronfout',
  'afgebroken',
  'ophaling',
]

export async function readStory(
  { store, lawOf }: Pick<Desk, 'store' | 'lawOf'>,
  officer: Officer,
  opened: OpenedTransaction,
): Promise<Story> {
  const { oin } = officer
  const { row, request } = opened
  const records = opened.leaves.map(({ record }) => record)
  const [first] = records
  if (!first) throw new Error('a transaction without a record')
  const end = ends.flatMap(soort => records.filter(one => one.soort === soort)).at(0)
  const digest = first.beleid?.digest
  const law = digest === undefined ? undefined : await lawOf(digest)
  const arrangement = law?.uitwisselingen.get(first.uitwisseling ?? '')
  const whole = first.soort === 'aanvaarding' ? (request?.leaves ?? []) : opened.leaves
  const disclosed = whole.flatMap(({ record }) => (record.soort === 'verstrekking' ? [record] : []))
  const handlings = await readHandlings({ store }, oin, first.transactie)
  return {
    opened,
    first,
    end,
    law,
    arrangement,
    rung: arrangement?.treden.find(({ id }) => id === first.trede),
    bases: (first.grondslagen ?? []).map(id => {
      const basis = law?.grondslagen.get(id)
      return { id, basis, status: basis && basisStatus(basis, first.tijd) }
    }),
    judged: judgedOf(first, law, arrangement),
    reasons: reasonsOf(records, law),
    fields: fieldsOf(first, disclosed, law, arrangement),
    sourceMs: end && end.soort !== 'ophaling' ? end.tijd - first.tijd : undefined,
    state: (await statesOf(store, first.soort === 'aanvaarding' ? [row.transactie] : [])).get(
      row.transactie,
    ),
    message: await messageOf({ store }, opened),
    marks: await marksOf({ store }, opened, law, arrangement),
    deferrals: (await deferralsOf(store.query, [row])).get(row) ?? [],
    deeds: handlings.filter(({ soort }) => marking.includes(soort)),
    looks: handlings.filter(({ soort }) => soort === 'raadpleging'),
  }
}

/** The acceptance that it is, or is a step of, when that is a message. */
async function messageOf(
  { store }: Pick<Desk, 'store'>,
  { row, request }: OpenedTransaction,
): Promise<Handed['message']> {
  const accepted = request?.rows.find(({ transactie }) => transactie === request.verzoek)
  if (!request || row.aard === null || accepted?.soort !== 'aanvaarding') return undefined
  const terms = await messageTerms(store, request.verzoek)
  return { staat: stateOf(request.rows.filter(one => one !== accepted)), ...terms }
}

/** Of the line that it is, or is a step of. */
async function marksOf(
  { store }: Pick<Desk, 'store'>,
  { row: { levering, regel } }: OpenedTransaction,
  law: PolicySet | undefined,
  arrangement: Arrangement | undefined,
): Promise<Handed['marks']> {
  if (levering === null || regel === null) return []
  const reports = await lineReports(store, levering, [regel])
  return (reports.get(regel)?.aandachtspunten ?? []).map(({ veld, code }) => ({
    titel: titleOf(veld, law, arrangement),
    code,
  }))
}

function titleOf(
  veld: string,
  law: PolicySet | undefined,
  arrangement: Arrangement | undefined,
): string {
  const set = arrangement && law?.gegevenssets.get(arrangement.gegevensset)
  return (set?.velden[veld] ?? set?.afgeleid[veld] ?? set?.perMaand[veld])?.titel ?? veld
}

const marking = ['toetsing', 'navraag']

async function readHandlings(
  { store }: Pick<Desk, 'store'>,
  oin: Oin,
  transactie: string,
): Promise<readonly Handling[]> {
  return await store.query<Handling>(
    `SELECT soort, tijd, rol, uitkomst, gegevens FROM console.handeling
     WHERE over = $1 AND oin = $2 ORDER BY tijd DESC, log, idx DESC LIMIT 100`,
    [transactie, oin],
  )
}

/** Each condition that this arrangement can fail, judged again on what the record holds. */
function judgedOf(
  { vraag, feiten, tijd }: LogRecord,
  law: PolicySet | undefined,
  arrangement: Arrangement | undefined,
): Story['judged'] {
  if (!vraag || !feiten || !law || !arrangement) return []
  const rungs = rungsOf(vraag, arrangement)
  const matter = { question: vraag, facts: feiten, law, now: tijd, arrangement, rungs }
  const held = (condition: Condition) => condition.check(matter).length === 0
  return judgedBy[vraag.stap ?? 'vraag']
    .filter(({ applies }) => applies(arrangement))
    .map(condition => ({ name: condition.name, held: held(condition) }))
}

function reasonsOf(records: readonly LogRecord[], law: PolicySet | undefined): Story['reasons'] {
  return records.flatMap(({ redenen = [] }) =>
    redenen.map(({ code, veld, grondslag, bij }) => {
      const reason = { ...(veld && { veld }), ...(grondslag && { grondslag }), ...(bij && { bij }) }
      const tekst = law && isCode(code) ? uitleg({ code, ...reason }, law) : codeText(code)
      return { code, ...(veld && { veld }), tekst }
    }),
  )
}

function fieldsOf(
  { vraag }: LogRecord,
  disclosed: readonly LogRecord[],
  law: PolicySet | undefined,
  arrangement: Arrangement | undefined,
): Story['fields'] {
  const given = new Set(disclosed.flatMap(({ verstrekt = [] }) => verstrekt))
  const left = new Set(disclosed.flatMap(({ weggelaten = [] }) => weggelaten))
  const asked = new Set([...(vraag?.velden ?? []), ...given])
  return [...asked].map(veld => ({
    veld,
    titel: titleOf(veld, law, arrangement),
    gegeven: given.has(veld),
    weggelaten: left.has(veld),
  }))
}

/** What of a record is sealed and can be opened for a reason. */
export const sealedMembers = [
  ['betrokkene', 'Het nummer van de persoon'],
  ['object', 'Waarover de vraag ging'],
  ['zaak', 'Het zaaknummer'],
  ['medewerker', 'Wie de vraag stelde (nummer van de medewerker)'],
  ['motivering', 'De toelichting van de vrager'],
  ['verhindering', 'Waarom dit niet is verstrekt'],
] as const

export type SealedMember = (typeof sealedMembers)[number][0]

/** The text of the first record of the transaction that holds it; undefined when there is none, or its key is gone. */
export function openSealed(
  { keys, keysDir }: Pick<Desk, 'keys' | 'keysDir'>,
  { log, leaves }: OpenedTransaction,
  member: SealedMember,
): string | undefined {
  const holder = leaves.find(({ record }) => record[member])
  return holder && unsealMember(keys, { log, keysDir }, holder.record, member)
}

/** Whom it was about, as the record seals it. */
export function subjectIn(member: SealedMember, text: string): Subject {
  if (member === 'object') return { object: JSON.parse(text) }
  if (member !== 'betrokkene') return {}
  const { buitenlands, ...betrokkene } = JSON.parse(text)
  return { betrokkene, ...(buitenlands && { buitenlands }) }
}

function isCode(code: string): code is ReasonCode {
  return Object.hasOwn(texts, code)
}

/** As an officer reads it: a reason in its sentence, the rest as it was written. */
export function sealedText(member: SealedMember, text: string, law: PolicySet): string {
  return member === 'verhindering' && isCode(text) ? uitleg({ code: text }, law) : text
}

/** What of it this officer may open: why somebody was refused is the provider's, not the asker's (design P12). */
export function sealedFor(
  opened: OpenedTransaction,
  { oin }: Pick<Officer, 'oin'>,
): readonly (typeof sealedMembers)[number][] {
  return sealedMembers.filter(
    ([name]) =>
      isSealed(opened, name) && (name !== 'verhindering' || opened.row.verstrekker === oin),
  )
}

/** Something is sealed there, whether or not it can still be opened. */
export function isSealed({ leaves }: OpenedTransaction, member: SealedMember): boolean {
  return leaves.some(({ record }) => record[member])
}

/** Every record in order of time: of the request it belongs to, or of itself. */
export function timeline({ leaves, request }: OpenedTransaction): readonly Leaf[] {
  return (request?.leaves ?? leaves).toSorted(
    (a, b) => a.record.tijd - b.record.tijd || a.idx - b.idx,
  )
}
