// Where in the log is this person, case or employee, and what was sealed there? Only while the month's key lives.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Query } from '../store.ts'
import type { LogName } from '../terms.ts'
import type { Keys } from './keys.ts'
import type { IndexKind, LogRecord } from './log-record.ts'
import { indexOf, unseal } from './seal.ts'

/** The months of destruction whose keys are in this directory, oldest first. */
export function liveMonths(keysDir: string, log: LogName): readonly string[] {
  return readdirSync(keysDir)
    .map(name => /^([a-z]+)-(\d{4}-\d{2})\.key$/.exec(name))
    .flatMap(found => (found?.[1] === log && found[2] ? [found[2]] : []))
    .sort()
}

/** What this person, case or employee is called in the search index, under every key that lives. */
export function indexValues(
  keys: Keys,
  { log, keysDir }: { readonly log: LogName; readonly keysDir: string },
  [kind, value]: readonly [IndexKind, readonly string[]],
): readonly Buffer[] {
  return liveMonths(keysDir, log).map(month =>
    Buffer.from(indexOf(keys.month(log, month).index, kind, value), 'hex'),
  )
}

/** Of a log id, such as `gewoon-2`. */
export function logNameOf(log: string): LogName {
  return log.startsWith('vertrouwelijk') ? 'vertrouwelijk' : 'gewoon'
}

/** The ids of these logs in the database, the first and its successors. */
export async function logIds(query: Query, names: readonly LogName[]): Promise<readonly string[]> {
  const rows = await query<{ log: string }>(
    'SELECT log FROM audit.log WHERE naam = ANY($1) ORDER BY log',
    [names],
  )
  return rows.map(({ log }) => log)
}

type SealedMember =
  | 'betrokkene'
  | 'object'
  | 'zaak'
  | 'medewerker'
  | 'motivering'
  | 'verhindering'
  | 'gezocht'

/**
 * The text that was sealed: for `betrokkene` and `object` JSON of what was asked about, else as it came.
 * @returns undefined when it is not there, or when its key was destroyed
 */
export function unsealMember(
  keys: Keys,
  { log, keysDir }: { readonly log: LogName; readonly keysDir: string },
  record: LogRecord,
  member: SealedMember,
): string | undefined {
  const sealed = record[member]
  return sealed && opener(keys, { log, keysDir }, record)?.(member, sealed.verzegeld)
}

/** The persons of a registered case, as JSON; none once the key was destroyed. */
export function unsealPersons(
  keys: Keys,
  place: { readonly log: LogName; readonly keysDir: string },
  record: LogRecord,
): readonly string[] {
  const open = opener(keys, place, record)
  if (!open) return []
  return (record.betrokkenen ?? []).map(({ verzegeld }, i) => open(`betrokkenen/${i}`, verzegeld))
}

function opener(
  keys: Keys,
  { log, keysDir }: { readonly log: LogName; readonly keysDir: string },
  { transactie, soort, sleutelmaand }: LogRecord,
): ((member: string, sealed: string) => string) | undefined {
  if (!sleutelmaand || !existsSync(join(keysDir, `${log}-${sleutelmaand}.key`))) return undefined
  const { seal } = keys.month(log, sleutelmaand)
  return (member, sealed) => unseal(seal, [transactie, soort, member], sealed)
}
