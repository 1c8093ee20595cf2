// How are facts read? One query for many calls at once; what each kind of fact is keyed on is facts.ts's.
import type { Store } from '../store.ts'

export interface FactRow {
  readonly soort: FactKind
  readonly sleutel: string
  readonly naam: string
  readonly aan: boolean
  readonly getal: number
  readonly tot: number
}

/** Every kind of fact: `naam`, `aan`, `getal` and `tot` mean what its select puts there. */
const selects = {
  /** The latest of each rung; of two in the same millisecond the closing one. */
  trede: keys => `
    select sleutel, uitwisseling || ' ' || trede, open, 0::bigint, vervalt from (
      select distinct on (sleutel, uitwisseling, trede) sleutel, uitwisseling, trede, open, vervalt
      from policy.case_fact where sleutel = any(${keys})
      order by sleutel, uitwisseling, trede, tijd desc, open) as laatste`,
  gebruik: keys => `
    select sleutel, '', true, aantal, vervalt from policy.quota_use where sleutel = any(${keys})`,
  gezien: keys => `
    select sleutel, '', true, dag::bigint, vervalt from policy.person_seen where sleutel = any(${keys})`,
  dag: keys => `
    select groep, '', true, aantal, dag::bigint from policy.person_day where groep = any(${keys})`,
  lid: keys => `
    select persoon, rol, true, 0::bigint, vervalt from policy.case_person where persoon = any(${keys})`,
  zaak: keys => `
    select zaak, '', true, 0::bigint, max(vervalt) from policy.case_person
    where zaak = any(${keys}) group by zaak`,
  fase: keys => `
    select medewerker, fase, true, 0::bigint, vervalt from policy.case_phase
    where medewerker = any(${keys})`,
  bezwaar: keys => `
    select sleutel, '', true, vanaf, vervalt from policy.opt_out where sleutel = any(${keys})`,
  ontsnapping: keys => `
    select sleutel, '', true, 0::bigint, uiterlijk from policy.case_escape where sleutel = any(${keys})`,
  /** The first that is not closed, and when it should have been. */
  open: keys => `
    select groep, '', true, 0::bigint, min(uiterlijk) from policy.case_escape as e
    where groep = any(${keys})
      and not exists (select from policy.case_person as l where l.persoon = e.persoon)
    group by groep`,
} as const satisfies Record<string, (keys: string) => string>

export type FactKind = keyof typeof selects

/** Which facts a call wants, by the keys of each kind. */
export type Wanted = Readonly<Partial<Record<FactKind, readonly string[]>>>

/** What was found, for this call and those that were asked with it. */
export type Found = (kind: FactKind, key: string | undefined) => readonly FactRow[]

/** Kinds that are asked together in one statement, which has a parameter for each. */
interface Statement {
  readonly kinds: readonly FactKind[]
  readonly text: string
}

function statement(kinds: readonly FactKind[]): Statement {
  const parts = kinds.map(
    (kind, i) =>
      `select '${kind}' as soort, * from (${selects[kind](`$${i + 1}`)}) as ${kind} (sleutel, naam, aan, getal, tot)`,
  )
  return { kinds, text: parts.join(' union all ') }
}

const everything = statement(Object.keys(selects) as FactKind[])
/** What nearly every call of a case asks; a select without keys is not free (hot path). */
const usual = statement(['fase', 'gebruik', 'gezien', 'dag', 'zaak', 'lid'])
const rare = everything.kinds.filter(kind => !usual.kinds.includes(kind))

interface Waiting {
  readonly wanted: Wanted
  readonly resolve: (found: Found) => void
  readonly reject: (reason: unknown) => void
}

/** While one query is under way the next calls gather, so load makes batches, not queries. */
const maxUnderWay = 2

export function openFactStore(store: Store): (wanted: Wanted) => Promise<Found> {
  let waiting: Waiting[] = []
  let underWay = 0

  async function flush(): Promise<void> {
    if (waiting.length === 0 || underWay >= maxUnderWay) return
    const batch = waiting
    waiting = []
    underWay++
    try {
      const found = await query(store, batch)
      for (const { resolve } of batch) resolve(found)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      underWay--
      setImmediate(() => void flush())
    }
  }

  return wanted => {
    const { promise, resolve, reject } = Promise.withResolvers<Found>()
    waiting.push({ wanted, resolve, reject })
    if (waiting.length === 1) setImmediate(() => void flush())
    return promise
  }
}

const nothing: readonly FactRow[] = []

async function query(store: Store, batch: readonly Waiting[]): Promise<Found> {
  const asksRare = batch.some(({ wanted }) => rare.some(kind => wanted[kind]?.length))
  const { kinds, text } = asksRare ? everything : usual
  const rows = await store.often<FactRow>(
    text,
    kinds.map(kind => keysOf(kind, batch)),
  )
  const perKind = new Map(kinds.map(kind => [kind, new Map<string, FactRow[]>()]))
  for (const row of rows) {
    const perKey = perKind.get(row.soort)
    const same = perKey?.get(row.sleutel)
    if (same) same.push(row)
    else perKey?.set(row.sleutel, [row])
  }
  return (kind, key) => (key === undefined ? undefined : perKind.get(kind)?.get(key)) ?? nothing
}

function keysOf(kind: FactKind, batch: readonly Waiting[]): string[] {
  const keys = new Set<string>()
  for (const { wanted } of batch) for (const key of wanted[kind] ?? []) keys.add(key)
  return [...keys]
}
