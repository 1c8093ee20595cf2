// What did officers decide about what a person may see, and about using it? Made out of their lines in the log.
import { logNameOf, unsealMember } from '../audit/find.ts'
import type { Detail, LogRecord, RecordKind } from '../audit/log-record.ts'
import type { Query } from '../store.ts'
import type { LegalDate, Moment, Oin } from '../terms.ts'
import type { Desk } from './page.ts'
import { type Person, personValues } from './person.ts'

/** uitstel (UAVG art. 41): the person does not get to see this transaction until it is lifted. */
export interface Deferral {
  readonly over: string
  /** Whose officer decided it. */
  readonly oin: Oin
  readonly tijd: Moment
  /** Letter of UAVG art. 41, first paragraph. */
  readonly grond: string
  readonly herzienOp: LegalDate
}

/** Something an officer began and may end: `transactie` names it. */
export interface OpenAct {
  readonly log: string
  readonly idx: number
  readonly transactie: string
  readonly tijd: Moment
  readonly oin: Oin
  readonly gegevens: Readonly<Record<string, Detail>>
  /** When it was ended. */
  readonly einde: Moment | null
}

const newest = `SELECT DISTINCT ON (h.over, h.oin) h.over, h.oin, h.tijd, h.uitkomst,
  h.gegevens ->> 'grond' AS grond, h.gegevens ->> 'herzienOp' AS "herzienOp"
FROM console.handeling h JOIN console.transactie t ON t.transactie = h.over
WHERE h.soort = 'uitstel' AND h.oin IN (t.verstrekker, t.ontvanger, t.namens)`
const last = 'ORDER BY h.over, h.oin, h.tijd DESC, h.idx DESC'

type Newest = Deferral & { readonly uitkomst: string }
const standing = (rows: readonly Newest[]): readonly Deferral[] =>
  rows.filter(({ uitkomst }) => uitkomst === 'uitgesteld')

interface Step {
  readonly transactie: string
  readonly verzoek: string | null
}

/** A deferral holds for all steps of one request, whichever party decided it, also past its date. */
export async function deferralsOf<Line extends Step>(
  query: Query,
  lines: readonly Line[],
): Promise<ReadonlyMap<Line, readonly Deferral[]>> {
  const requests = [...new Set(lines.flatMap(({ verzoek }) => verzoek ?? []))]
  const rows = await query<Newest & { readonly verzoek: string | null }>(
    `SELECT n.*, t.verzoek FROM (${newest} AND (h.over = ANY($1) OR t.verzoek = ANY($2)) ${last}) n
     JOIN console.transactie t ON t.transactie = n.over`,
    [lines.map(({ transactie }) => transactie), requests],
  )
  const steps = new Map<string, Deferral[]>()
  for (const row of rows) {
    if (row.uitkomst !== 'uitgesteld') continue
    const { uitkomst: _, verzoek, ...deferral } = row
    for (const id of new Set([row.over, verzoek ?? row.over])) {
      steps.set(id, [...(steps.get(id) ?? []), deferral])
    }
  }
  return new Map(
    lines.flatMap(line => {
      const found = [
        ...(steps.get(line.transactie) ?? []),
        ...(line.verzoek === null ? [] : (steps.get(line.verzoek) ?? [])),
      ]
      return found.length > 0 ? [[line, [...new Set(found)]] as const] : []
    }),
  )
}

/** Every deferral of this organisation that stands; the one to be reviewed soonest first. */
export async function deferralsBy(query: Query, oin: Oin): Promise<readonly Deferral[]> {
  const rows = await query<Newest>(`${newest} AND h.oin = $1 ${last}`, [oin])
  return standing(rows).toSorted((a, b) => a.herzienOp.localeCompare(b.herzienOp))
}

type ActKind = Extract<RecordKind, 'doorzending' | 'beperking'>

/** Acts that began something, newest first, and whether that was ended. */
const begun = `SELECT h.log, h.idx, h.transactie, h.tijd, h.oin, h.gegevens,
  (SELECT min(e.tijd) FROM console.handeling e
   WHERE e.over = h.transactie AND e.soort = h.soort AND e.oin = h.oin) AS einde
FROM console.handeling h WHERE h.soort = $1 AND h.oin = $2 AND h.over IS NULL`

export async function openActs(
  query: Query,
  soort: ActKind,
  oin: Oin,
): Promise<readonly OpenAct[]> {
  return await query<OpenAct>(
    `SELECT * FROM (${begun}) b WHERE einde IS NULL ORDER BY tijd DESC, idx DESC LIMIT 500`,
    [soort, oin],
  )
}

/** Every question this organisation sent on, answered ones too; newest first. */
export async function forwardings(query: Query, oin: Oin): Promise<readonly OpenAct[]> {
  return await query<OpenAct>(`${begun} ORDER BY tijd DESC, idx DESC LIMIT 500`, [
    'doorzending',
    oin,
  ])
}

type Finding = Pick<Desk, 'store' | 'keys' | 'keysDir'>

/** The same about one person, ended ones too. */
export async function actsAbout(
  { store, ...keys }: Finding,
  soort: ActKind,
  [oin, person]: readonly [Oin, Person],
): Promise<readonly OpenAct[]> {
  const values = [
    ...personValues(keys, 'gewoon', person),
    ...personValues(keys, 'vertrouwelijk', person),
  ]
  return await store.query<OpenAct>(
    `SELECT b.* FROM (${begun}) b WHERE EXISTS (
       SELECT 1 FROM audit.persoon p WHERE p.hmac = ANY($3) AND p.log = b.log AND p.idx = b.idx)
     ORDER BY tijd DESC, idx DESC LIMIT 500`,
    [soort, oin, values],
  )
}

/** beperking (AVG art. 18): what of this person stands in the log may not just be used. */
export interface Restriction {
  readonly transactie: string
  readonly sinds: Moment
  /** Letter of AVG art. 18(1). */
  readonly grond: string
}

const restrictionOf = ({ transactie, tijd, gegevens }: OpenAct): Restriction => ({
  transactie,
  sinds: tijd,
  grond: String(gegevens.grond),
})

/** That stands over this person at this organisation. Needs `desk.catchUp()` first. */
export async function restrictionOn(
  desk: Finding,
  oin: Oin,
  person: Person,
): Promise<Restriction | undefined> {
  const acts = await actsAbout(desk, 'beperking', [oin, person])
  const standing = acts.find(({ einde }) => einde === null)
  return standing && restrictionOf(standing)
}

/**
 * Which of these transactions are about a person over whom this organisation set a restriction: for
 * every place that shows or opens them. Needs `desk.catchUp()` first.
 */
export async function restrictionsOf(
  { store, ...keys }: Finding,
  oin: Oin,
  transacties: readonly string[],
): Promise<ReadonlyMap<string, Restriction>> {
  const acts = transacties.length === 0 ? [] : await openActs(store.query, 'beperking', oin)
  const called = new Map<string, OpenAct>()
  for (const act of acts) {
    const person = await personOf({ store, ...keys }, act)
    if (!person) continue
    for (const log of ['gewoon', 'vertrouwelijk'] as const) {
      for (const value of personValues(keys, log, person)) called.set(value.toString('hex'), act)
    }
  }
  if (called.size === 0) return new Map()
  const rows = await store.query<{ transactie: string; hmac: string }>(
    `SELECT DISTINCT l.transactie, encode(p.hmac, 'hex') AS hmac
     FROM audit.leaf l JOIN audit.persoon p ON p.log = l.log AND p.idx = l.idx
     WHERE l.transactie = ANY($1) AND p.hmac = ANY($2) AND $3 IN (l.verstrekker, l.ontvanger, l.namens)`,
    [transacties, [...called.keys()].map(hex => Buffer.from(hex, 'hex')), oin],
  )
  return new Map(
    rows.flatMap(({ transactie, hmac }) => {
      const act = called.get(hmac)
      return act ? [[transactie, restrictionOf(act)] as const] : []
    }),
  )
}

/** Whom the act is about, while its month's key lives. */
async function personOf(
  { store, keys, keysDir }: Finding,
  { log, idx }: OpenAct,
): Promise<Person | undefined> {
  const [leaf] = await store.query<{ tekst: string }>(
    'SELECT tekst FROM audit.leaf WHERE log = $1 AND idx = $2',
    [log, idx],
  )
  if (!leaf) return undefined
  const record: LogRecord = JSON.parse(leaf.tekst)
  const place = { log: logNameOf(log), keysDir }
  const bsn = unsealMember(keys, place, record, 'betrokkene')
  if (bsn) return { land: 'NL', ...JSON.parse(bsn) }
  const other = unsealMember(keys, place, record, 'gezocht')
  return other && JSON.parse(other).buitenlands
}
