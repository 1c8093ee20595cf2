// What did this host see last? A note on its own disk, so that a database put back to yesterday shows.
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Query } from '../store.ts'
import { type Verifier, verifyCheckpoint } from './checkpoint.ts'
import { LogDamaged } from './head.ts'

/** faults A6 */
export interface Seen {
  /** Written soon, at most a few times a second. */
  note(note: string): void
  flush(): Promise<void>
}

export function readSeen(stateDir: string, log: string): string | undefined {
  try {
    return readFileSync(seenPath(stateDir, log), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function seenPath(stateDir: string, log: string): string {
  return join(stateDir, `gezien-${log}.checkpoint`)
}

const seenEveryMs = 200

/** @throws LogDamaged when the log lacks the checkpoint this host saw last */
export async function checkSeen(
  query: Query,
  log: string,
  known: Verifier,
  seen: string,
): Promise<void> {
  const { size, root } = verifyCheckpoint(seen, known)
  const [row] = await query<{ wortel: Buffer }>(
    'SELECT wortel FROM audit.checkpoint WHERE log = $1 AND grootte = $2',
    [log, Number(size)],
  )
  if (!row?.wortel.equals(root)) {
    throw new LogDamaged(
      `het log ${log} is korter of anders dan deze machine het zag (grootte ${size}). Zet een nieuwere kopie van de database terug. Is die er niet, begin dan een nieuw log: log create --after-loss`,
    )
  }
}

export function openSeen(stateDir: string, log: string, onFailure: (error: unknown) => void): Seen {
  const path = seenPath(stateDir, log)
  let latest: string | undefined
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  const write = async () => {
    timer = undefined
    if (latest === undefined) return
    const note = latest
    latest = undefined
    const draft = `${path}.${process.pid}`
    try {
      await writeFile(draft, note, { mode: 0o600 })
      await rename(draft, path)
    } catch (error) {
      onFailure(error)
    }
  }
  const next = () => {
    writing = writing.then(write)
  }
  return {
    note(note) {
      latest = note
      timer ??= setTimeout(next, seenEveryMs).unref()
    },
    async flush() {
      clearTimeout(timer)
      next()
      await writing
    },
  }
}
