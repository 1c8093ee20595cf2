// Which anchors and CRLs count from now on? One reading of the trust directory, held against the one
// before it and against what this host believed last.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Moment } from '../terms.ts'
import { bounds } from './bounds.ts'
import { CrlFault, type RevocationList, readCrl } from './crl.ts'
import type { PeerReason } from './reason.ts'
import { isOlder, newest, readSeen, type Seen, writeSeen } from './seen.ts'
import { readTrust, type Trust } from './trust.ts'

export interface Places {
  readonly trustDir: string
  /** Where is noted which CRLs were believed; `forgetful` reads the note and leaves it as it is. */
  readonly stateDir: string
  readonly forgetful?: boolean
}

export interface Lists {
  readonly trust: Trust
  /** By authority id. */
  readonly lists: ReadonlyMap<string, RevocationList>
  /** Why an authority has no list; an authority that is not here is none (any more). */
  readonly missing: ReadonlyMap<string, PeerReason>
  readonly seen: Seen
  readonly faults: readonly Fault[]
  /** By digest of their files: a list that did not change is not read again. */
  readonly files: ReadonlyMap<string, RevocationList>
}

/** One file that could not be used. */
export interface Fault {
  readonly file: string
  readonly reden: PeerReason | 'trust-onleesbaar' | 'gezien-onleesbaar'
  readonly issuer?: string | undefined
}

const seenFile = 'gezien-crls.json'

/** @throws Error when there is no earlier reading to fall back on */
export async function readLists(
  places: Places,
  previous: Lists | undefined,
  now: Moment,
): Promise<Lists> {
  const { trustDir, stateDir, forgetful = false } = places
  const faults: Fault[] = []
  const trust = await readTrustOr(trustDir, previous?.trust, faults)
  const seen = await readSeenOr(stateDir, previous?.seen, faults)
  const known = previous?.trust === trust ? previous.files : undefined
  const files = await readFiles(trustDir, trust, known, previous !== undefined, faults)
  const lists = new Map<string, RevocationList>()
  for (const list of files.values()) {
    const other = lists.get(list.issuer)
    if (other === undefined || goesBefore(list, other, now)) lists.set(list.issuer, list)
  }
  keepLastGood(lists, trust, previous, faults, now)
  refuseOlder(lists, seen, faults)
  const noted = newest(seen, lists.values(), now)
  if (!forgetful) await note(stateDir, seen, noted, faults)
  return { trust, lists, missing: reasons(trust, lists, faults), seen: noted, faults, files }
}

async function readTrustOr(
  dir: string,
  previous: Trust | undefined,
  faults: Fault[],
): Promise<Trust> {
  try {
    const trust = await readTrust(dir)
    // The same anchors are the same trust: what was judged under it need not be judged again.
    return previous && printOf(previous) === printOf(trust) ? previous : trust
  } catch (error) {
    if (previous === undefined) throw error
    faults.push({ file: '*.pem', reden: 'trust-onleesbaar' })
    return previous
  }
}

const printOf = ({ authorities }: Trust): string =>
  authorities.map(({ x509 }) => x509.fingerprint256).join()

/** Another process may have seen more than this one, and this one more than was written. */
async function readSeenOr(
  stateDir: string,
  previous: Seen | undefined,
  faults: Fault[],
): Promise<Seen> {
  try {
    return newest(await readSeen(stateDir), previous?.values() ?? [], Number.MAX_SAFE_INTEGER)
  } catch (error) {
    if (previous === undefined) throw error
    faults.push({ file: seenFile, reden: 'gezien-onleesbaar' })
    return previous
  }
}

async function readFiles(
  dir: string,
  trust: Trust,
  known: Lists['files'] | undefined,
  tolerant: boolean,
  faults: Fault[],
): Promise<Map<string, RevocationList>> {
  const found = new Map<string, RevocationList>()
  for (const file of await crlFiles(dir, tolerant, faults)) {
    try {
      const path = join(dir, file)
      if ((await stat(path)).size > bounds.crlBytes) throw new CrlFault('crl-onleesbaar')
      const bytes = await readFile(path)
      const digest = createHash('sha256').update(bytes).digest('base64url')
      found.set(digest, known?.get(digest) ?? readCrl(bytes, trust))
    } catch (error) {
      const { reden, issuer } = error instanceof CrlFault ? error : new CrlFault('crl-onleesbaar')
      faults.push({ file, reden, issuer })
    }
  }
  return found
}

async function crlFiles(dir: string, tolerant: boolean, faults: Fault[]): Promise<string[]> {
  try {
    return (await readdir(dir)).filter(name => name.endsWith('.crl')).sort()
  } catch (error) {
    if (!tolerant) throw error
    faults.push({ file: '*.crl', reden: 'crl-onleesbaar' })
    return []
  }
}

/** The newest of those that have begun: one of tomorrow does not close the door today. */
function goesBefore(list: RevocationList, other: RevocationList, now: Moment): boolean {
  const begun = list.thisUpdate <= now
  return begun === other.thisUpdate <= now ? isOlder(other, list) : begun
}

/** A list goes only for a newer one: a broken, removed or older file changes nothing until its end. */
function keepLastGood(
  lists: Map<string, RevocationList>,
  trust: Trust,
  previous: Lists | undefined,
  faults: Fault[],
  now: Moment,
): void {
  for (const { id } of trust.authorities) {
    const last = previous?.lists.get(id)
    const next = lists.get(id)
    if (last === undefined || (next !== undefined && !goesBefore(last, next, now))) continue
    lists.set(id, last)
    if (next !== undefined && isOlder(next, last)) {
      faults.push({ file: '*.crl', reden: 'crl-ouder', issuer: id })
    } else if (next === undefined && !faults.some(({ issuer }) => issuer === id)) {
      faults.push({ file: '*.crl', reden: 'crl-ontbreekt', issuer: id })
    }
  }
}

/**
 * A list put back to an older one would give back what was revoked since, also when another process of
 * this host, or this one before a restart, was the one that saw the newer.
 */
function refuseOlder(lists: Map<string, RevocationList>, seen: Seen, faults: Fault[]): void {
  for (const [issuer, list] of lists) {
    const known = seen.get(issuer)
    if (known === undefined || !isOlder(list, known)) continue
    lists.delete(issuer)
    faults.push({ file: '*.crl', reden: 'crl-ouder', issuer })
  }
}

/** The reason of a file that names the authority; else of a file that could not be read at all. */
function reasons(
  trust: Trust,
  lists: ReadonlyMap<string, RevocationList>,
  faults: readonly Fault[],
): Map<string, PeerReason> {
  const unread = faults.some(({ reden }) => reden === 'crl-onleesbaar')
  const without = trust.authorities.filter(({ id }) => !lists.has(id))
  return new Map(
    without.map(({ id }) => {
      const own = faults.find(({ issuer }) => issuer === id)?.reden
      const named = own === 'trust-onleesbaar' || own === 'gezien-onleesbaar' ? undefined : own
      return [id, named ?? (unread ? 'crl-onleesbaar' : 'crl-ontbreekt')]
    }),
  )
}

/** Only news is written: a gateway that reads the same lists each minute leaves the disk alone. */
async function note(stateDir: string, before: Seen, seen: Seen, faults: Fault[]): Promise<void> {
  const isNews = [...seen].some(([issuer, edition]) => {
    const known = before.get(issuer)
    return known === undefined || isOlder(known, edition)
  })
  if (!isNews) return
  try {
    await writeSeen(stateDir, seen)
  } catch {
    faults.push({ file: seenFile, reden: 'gezien-onleesbaar' })
  }
}
