// Which months are past their term, and is nothing left that could find their persons? Recorded first, then destroyed.

import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { newCall } from '../call.ts'
import type { Query, Store } from '../store.ts'
import type { LogName, Moment } from '../terms.ts'
import type { Audit } from './commit.ts'
import { liveMonths } from './find.ts'
import { logNames, monthOf, monthsBetween, syncDirectory } from './keys.ts'
import { recordDestruction } from './record-officer.ts'

export interface Retention {
  readonly audit: Audit
  readonly store: Store
  /** Of this machine; each that holds a copy destroys its own. */
  readonly keysDir: string
  readonly onAlarm: (alarm: string, fields: Record<string, unknown>) => void
}

/** A month of destruction of one log, and what was done about it by now. */
export interface KeyMonth {
  readonly log: LogName
  readonly maand: string
  /** Its record is in the log. */
  readonly vastgelegd: boolean
  /** This machine has its key. */
  readonly sleutel: boolean
  /** The rows of its search index are gone. */
  readonly vergeten: boolean
}

/** Removing the rows of a month reads the whole index; once a month that may take its time. */
const forgetMs = 600_000

/** @returns how many months this call brought a step further */
export async function destroyPastKeys(
  retention: Retention,
  now: Moment,
  /** For the test that stops it anywhere. */
  reached: (step: string) => void | Promise<void> = () => {},
): Promise<number> {
  const { audit, store, keysDir, onAlarm } = retention
  let done = 0
  for (const month of await pastMonths(store.query, keysDir, now)) {
    const { log, maand, sleutel } = month
    if (month.vastgelegd && !sleutel && month.vergeten) continue
    await reached('gezien')
    if (!month.vastgelegd) {
      if (!(await isOurs(store.query, month))) continue
      await reached('beurt')
      if (!sleutel) onAlarm('sleutel-weg-zonder-regel', { log, maand })
      const uitkomst = sleutel ? 'vernietigd' : 'ontbrak'
      await recordDestruction(audit, newCall(audit.clock()), { log, maand, uitkomst })
    }
    await reached('vastgelegd')
    // Crash here: the line says it is gone and the key is still there; the next round sees both.
    if (sleutel) destroyKey(keysDir, `${log}-${maand}.key`)
    audit.keys.forget(log, maand)
    await reached('vernietigd')
    // Crash here: rows are left that nobody can compute any more; the next round removes them.
    if (!month.vergeten) {
      await store.transaction(
        query => query('SELECT audit.vergeet($1, $2)', [log, maand]),
        forgetMs,
      )
    }
    await reached('vergeten')
    done += 1
  }
  return done
}

/** Every month that is wholly past by the clock of this machine and by that of the database, oldest first. */
export async function pastMonths(
  query: Query,
  keysDir: string,
  now: Moment,
): Promise<readonly KeyMonth[]> {
  const begun = await query<{ naam: LogName; begonnen: Moment }>(
    'SELECT naam, min(begonnen) AS begonnen FROM audit.log GROUP BY naam',
  )
  const recorded = await recordedMonths(query)
  const forgotten = await query<{ naam: string; maand: string }>(
    'SELECT naam, maand FROM audit.vernietiging WHERE vergeten IS NOT NULL',
  )
  const [clock] = await query<{ maand: string }>(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM') AS maand`,
  )
  const isPast = (maand: string) => maand < monthOf(now) && maand < (clock?.maand ?? '')
  const named = (rows: readonly { readonly naam: string; readonly maand: string }[]) =>
    new Set(rows.map(({ naam, maand }) => `${naam} ${maand}`))
  const recordedNames = named(recorded)
  const forgottenNames = named(forgotten)
  return logNames.flatMap(log => {
    const since = begun.find(({ naam }) => naam === log)
    const live = new Set(liveMonths(keysDir, log))
    const ours = since ? monthsBetween(since.begonnen, now) : []
    return [...new Set([...ours, ...live])]
      .filter(isPast)
      .sort()
      .map(maand => ({
        log,
        maand,
        vastgelegd: recordedNames.has(`${log} ${maand}`),
        sleutel: live.has(maand),
        vergeten: forgottenNames.has(`${log} ${maand}`),
      }))
  })
}

async function recordedMonths(
  query: Query,
): Promise<readonly { readonly naam: string; readonly maand: string }[]> {
  return await query(
    `SELECT DISTINCT l.naam, f.tekst::jsonb -> 'handeling' ->> 'maand' AS maand
     FROM audit.leaf f JOIN audit.log l ON l.log = f.log WHERE f.soort = 'sleutelvernietiging'`,
  )
}

/** Nobody else is recording it now, nor did meanwhile. */
async function isOurs(query: Query, { log, maand }: KeyMonth): Promise<boolean> {
  const [row] = await query<{ beurt: boolean }>('SELECT audit.beurt($1, $2)', [log, maand])
  if (!row?.beurt) return false
  return !(await recordedMonths(query)).some(one => one.naam === log && one.maand === maand)
}

/**
 * Overwritten and unlinked, and the directory synced. On flash, a copying file system or in a snapshot the old
 * blocks may live on: encrypt the disk, and keep no copy of this directory that outlives a month (SECURITY).
 */
function destroyKey(keysDir: string, name: string): void {
  const path = join(keysDir, name)
  if (existsSync(path)) {
    const file = openSync(path, 'r+')
    writeSync(file, randomBytes(64), 0, 64, 0)
    fsyncSync(file)
    closeSync(file)
    unlinkSync(path)
  }
  syncDirectory(keysDir)
}
