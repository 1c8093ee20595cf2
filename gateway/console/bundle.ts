// What does an auditor take away? One file: records, proofs, the law they were decided by, and who made it.
import { createHash } from 'node:crypto'
import { readHeadRow, readLogRows } from '../audit/head.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { makeInclusionProofs } from '../audit/prove.ts'
import type { PolicySet } from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import type { KeptFile } from '../policy/load.ts'
import { visibleTo } from '../policy/visible.ts'
import type { Query } from '../store.ts'
import type { LogName, Oin, Profile } from '../terms.ts'
import type { Desk, Visit } from './page.ts'
import { inPeriod, type Period } from './selection.ts'

export const bundleFormat = 'sluis-bundel/1'

/** More is refused, not cut off: who checks a bundle must not wonder what is missing. */
export const maxRecords = 20_000

/** Which transactions: one, or those of a period and perhaps of one exchange. */
export type Choice = { readonly transactie: string } | Period

/** The file, in this order; `uitvoer` covers every byte before it. */
export interface Bundle {
  readonly formaat: typeof bundleFormat
  /** RFC 3339 in Z. */
  readonly gemaakt: string
  readonly door: { readonly oin: Oin; readonly naam: string }
  readonly profiel: Profile
  readonly keuze: Choice
  readonly logs: readonly {
    readonly log: string
    readonly origin: string
    readonly vkey: string
    /** A C2SP signed note; every proof of this log leads to it. */
    readonly checkpoint: string
    readonly regels: readonly {
      readonly index: number
      /** The exact leaf text. */
      readonly logregel: string
      /** RFC 6962 inclusion proof, in base64. */
      readonly bewijs: readonly string[]
    }[]
  }[]
  readonly beleid: readonly { readonly digest: string; readonly bestanden: readonly KeptFile[] }[]
  /** The record of this export, with the SHA-256 of the file before `,"uitvoer"`, and its own proof. */
  readonly uitvoer: { readonly logregel: string; readonly tlogProof: string }
}

/** Where a bundle ends and its own record begins. */
export function tailOf(uitvoer: Bundle['uitvoer']): string {
  const { logregel, tlogProof } = uitvoer
  return `,"uitvoer":${JSON.stringify({ logregel, tlogProof })}}\n`
}

export type Made =
  | { readonly soort: 'bundel'; readonly name: string; readonly body: AsyncIterable<string> }
  | { readonly soort: 'leeg' }
  | { readonly soort: 'te-veel' }

type Slice = Pick<Desk, 'store' | 'clock' | 'profile' | 'law' | 'lawOf' | 'record' | 'catchUp'>

/** Records the export before its first byte is given; what is given is what was recorded, or it breaks off. */
export async function makeBundle(
  desk: Slice,
  { officer, rol, call, signal }: Pick<Visit, 'officer' | 'rol' | 'call' | 'signal'>,
  log: LogName,
  choice: Choice,
): Promise<Made> {
  await desk.catchUp()
  const { query } = desk.store
  const found = await select(query, log, officer.oin, choice)
  const regels = found.reduce((sum, { indexes }) => sum + indexes.length, 0)
  if (regels === 0) return { soort: 'leeg' }
  if (regels > maxRecords) return { soort: 'te-veel' }
  const { profile, law, lawOf } = desk
  const party = law().partijen.get(officer.oin)
  const head = {
    formaat: bundleFormat,
    gemaakt: new Date(desk.clock()).toISOString(),
    door: { oin: officer.oin, naam: party?.naam ?? '' },
    profiel: profile,
    keuze: choice,
  } as const
  const write = () => textOf(query, head, found, { lawOf, party, signal })
  const sha256 = await digestOf(write())
  const receipt = await desk.record(call, {
    soort: 'raadpleging',
    log,
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'uitgevoerd',
    ...('transactie' in choice && { over: choice.transactie }),
    handeling: { wat: 'bundel', ...choice, regels, sha256 },
  })
  const { logregel } = receipt
  return {
    soort: 'bundel',
    name: `sluis-bundel-${log}-${legalDate(Date.parse(head.gemaakt))}.json`,
    body: withTail(write(), sha256, tailOf({ logregel, tlogProof: receipt.tlogProof() })),
  }
}

async function digestOf(texts: AsyncIterable<string>): Promise<string> {
  const hash = createHash('sha256')
  for await (const text of texts) hash.update(text)
  return hash.digest('base64url')
}

async function* withTail(
  texts: AsyncIterable<string>,
  sha256: string,
  tail: string,
): AsyncGenerator<string> {
  const hash = createHash('sha256')
  for await (const text of texts) {
    hash.update(text)
    yield text
  }
  if (hash.digest('base64url') !== sha256) throw new Error('the bundle is not what was recorded')
  yield tail
}

interface Selected {
  readonly log: string
  readonly origin: string
  readonly vkey: string
  readonly size: number
  readonly note: string
  readonly indexes: readonly number[]
}

/** Every record of every transaction chosen that is this organisation's business, log by log. */
async function select(
  query: Query,
  naam: LogName,
  oin: Oin,
  choice: Choice,
): Promise<readonly Selected[]> {
  const [where, values] = condition(oin, choice)
  const selected: Selected[] = []
  for (const { log, origin, vkey } of await readLogRows(query, naam)) {
    const head = await readHeadRow(query, log)
    if (!head) continue
    const rows = await query<{ idx: number }>(
      `SELECT l.idx FROM console.transactie t JOIN audit.leaf l ON l.log = t.log AND l.transactie = t.transactie
       WHERE t.log = $1 AND l.idx < $2 AND ${where} ORDER BY l.idx LIMIT ${maxRecords + 1}`,
      [log, head.grootte, ...values],
    )
    const indexes = rows.map(({ idx }) => idx)
    const { grootte: size, note } = head
    if (indexes.length > 0) selected.push({ log, origin, vkey, size, note, indexes })
  }
  return selected
}

function condition(oin: Oin, choice: Choice): readonly [where: string, values: readonly unknown[]] {
  if ('transactie' in choice) {
    // With every step of the request it belongs to.
    return [
      `t.termen @> $3 AND (t.transactie = $4::uuid OR t.verzoek = $4::uuid OR coalesce(t.verzoek, t.transactie) =
         (SELECT verzoek FROM console.transactie WHERE transactie = $4::uuid))`,
      [[`oin:${oin}`], choice.transactie],
    ]
  }
  return inPeriod({ oin, ...choice }, 3)
}

interface Sources extends Pick<Slice, 'lawOf'>, Pick<Visit, 'signal'> {
  readonly party: { readonly oin: Oin; readonly soort: string } | undefined
}

type Head = Omit<Bundle, 'logs' | 'beleid' | 'uitvoer'>

/** The same text each time: leaves, tiles and kept sets are never changed. */
async function* textOf(
  query: Query,
  head: Head,
  selected: readonly Selected[],
  sources: Sources,
): AsyncGenerator<string> {
  const used = new Map<string, Set<string>>()
  yield `${JSON.stringify(head).slice(0, -1)},"logs":[\n`
  for (const [i, { log, origin, vkey, note, size, indexes }] of selected.entries()) {
    const members = JSON.stringify({ log, origin, vkey, checkpoint: note }).slice(0, -1)
    yield `${i === 0 ? '' : ',\n'}${members},"regels":[\n`
    for (let from = 0; from < indexes.length; from += pageSize) {
      sources.signal.throwIfAborted()
      const page = indexes.slice(from, from + pageSize)
      yield (from === 0 ? '' : ',\n') + (await pageOf(query, log, size, page, used))
    }
    yield ']}'
  }
  yield '],"beleid":[\n'
  for (const [i, [digest, exchanges]] of [...used].sort().entries()) {
    const law = await sources.lawOf(digest)
    if (!law) throw new Error('a policy set that decided was not kept')
    const bestanden = filesFor(law, exchanges, sources.party)
    yield (i === 0 ? '' : ',\n') + JSON.stringify({ digest, bestanden })
  }
  yield ']'
}

const pageSize = 200

async function pageOf(
  query: Query,
  log: string,
  size: number,
  indexes: readonly number[],
  used: Map<string, Set<string>>,
): Promise<string> {
  const leaves = await query<{ idx: number; tekst: string }>(
    'SELECT idx, tekst FROM audit.leaf WHERE log = $1 AND idx = ANY($2::bigint[]) ORDER BY idx',
    [log, indexes],
  )
  if (leaves.length !== indexes.length) throw new Error('a leaf is missing')
  const proofs = await makeInclusionProofs(query, log, { indexes, size })
  const lines = leaves.map(({ idx: index, tekst: logregel }, i) => {
    const { vraag, beleid, uitwisseling }: LogRecord = JSON.parse(logregel)
    if (vraag && beleid) {
      const exchanges = used.get(beleid.digest) ?? new Set()
      used.set(beleid.digest, exchanges.add(uitwisseling ?? vraag.uitwisseling))
    }
    const bewijs = proofs[i]?.map(hash => hash.toString('base64'))
    return JSON.stringify({ index, logregel, bewijs })
  })
  return lines.join(',\n')
}

/** What an exchange says that does not exist for this organisation stays out: its file is known by its hash. */
function filesFor(
  { files, uitwisselingen }: PolicySet,
  used: ReadonlySet<string>,
  party: Sources['party'],
): readonly KeptFile[] {
  const hidden = new Set(
    [...uitwisselingen.values()]
      .filter(one => !used.has(one.id) && !visibleTo(one, party))
      .flatMap(({ id }) => [`uitwisselingen/${id}.yaml`, `uitwisselingen/${id}.cases.yaml`]),
  )
  return files.map(({ path, sha256, text }) =>
    hidden.has(path) ? { path, sha256 } : { path, sha256, text },
  )
}
