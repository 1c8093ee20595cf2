// Which certificates were taken back? CRLs of every level as sets of serial numbers; without a fresh
// one of each issuer nobody comes in.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Identity, Moment, Profile } from '../terms.ts'
import { CrlFault, type RevocationList, readCrl } from './crl.ts'
import type { PathRules } from './path.ts'
import { notAdmitted, type PeerReason } from './reason.ts'
import { readTrust, type Trust } from './trust.ts'

export interface RevocationOptions {
  readonly trustDir: string
  readonly profile: Profile
  /** SLUIS_CERT_POLICIES. */
  readonly policies: readonly string[]
  readonly clock: () => Moment
  readonly onAlarm: (alarm: string, fields: Record<string, unknown>) => void
  /** Milliseconds between two readings of the directory; the longest a new CRL waits to count. */
  readonly reloadMs?: number
}

export interface Revocation extends AsyncDisposable {
  /** @throws Problem niet-toegelaten: revoked, or not to be told */
  check(identity: Identity, now: Moment): void
  /** Reads the directory anew; what is broken keeps its last good state and raises an alarm. */
  reload(): Promise<void>
  /** Every known authority has a fresh CRL and the last reading found no fault. */
  healthy(now: Moment): boolean
  /** What `identify` holds a new connection against. */
  rules(): PathRules
}

interface State {
  readonly trust: Trust
  /** By authority id. */
  readonly lists: ReadonlyMap<string, RevocationList>
  /** Why an authority has no list; absent: there was no file. */
  readonly missing: ReadonlyMap<string, PeerReason>
  readonly faults: readonly Fault[]
}

/** One file that could not be used. */
interface Fault {
  readonly file: string
  readonly reden: PeerReason | 'trust-onleesbaar' | 'crl-ouder'
  readonly issuer?: string | undefined
}

/** @throws Error when the directory holds no trust anchor */
export async function openRevocation(options: RevocationOptions): Promise<Revocation> {
  const { trustDir, profile, policies, clock, onAlarm, reloadMs = 60_000 } = options
  let state = await readState(trustDir, undefined)
  report(state, onAlarm)
  const reload = async (): Promise<void> => {
    state = await readState(trustDir, state)
    report(state, onAlarm)
  }
  const timer = setInterval(() => void reload(), reloadMs).unref()
  return {
    check: (identity, now) => {
      const reden = revocationFault(state, identity, now)
      if (reden !== undefined) throw notAdmitted(reden)
    },
    reload,
    healthy: now =>
      state.faults.length === 0 &&
      state.trust.authorities.every(({ id }) => listFault(state, id, now) === undefined),
    rules: () => ({ trust: state.trust, profile, policies, now: clock() }),
    [Symbol.asyncDispose]: async () => clearInterval(timer),
  }
}

function revocationFault(state: State, { chain }: Identity, now: Moment): PeerReason | undefined {
  for (const { issuer, serial } of chain) {
    const fault = listFault(state, issuer, now)
    if (fault !== undefined) return fault
    if (state.lists.get(issuer)?.revoked.has(serial)) return 'ingetrokken'
  }
  return undefined
}

/** RFC 5280 §6.3.3: a list that is absent, not yet or no longer current says nothing. */
function listFault(state: State, issuer: string, now: Moment): PeerReason | undefined {
  const list = state.lists.get(issuer)
  if (list === undefined) return state.missing.get(issuer) ?? 'crl-ontbreekt'
  if (now < list.thisUpdate) return 'crl-nog-niet-geldig'
  return now > list.nextUpdate ? 'crl-verlopen' : undefined
}

async function readState(dir: string, previous: State | undefined): Promise<State> {
  const faults: Fault[] = []
  const trust = await readTrustOr(dir, previous?.trust, faults)
  const lists = new Map<string, RevocationList>()
  for (const file of await crlFiles(dir, previous !== undefined, faults)) {
    try {
      const list = readCrl(await readFile(join(dir, file)), trust)
      const older = lists.get(list.issuer)
      if (older === undefined || older.thisUpdate < list.thisUpdate) lists.set(list.issuer, list)
    } catch (error) {
      if (error instanceof CrlFault) faults.push({ file, reden: error.reden, issuer: error.issuer })
      else faults.push({ file, reden: 'crl-onleesbaar' })
    }
  }
  keepLastGood(lists, previous, faults)
  return { trust, lists, missing: reasons(trust, lists, faults), faults }
}

async function readTrustOr(
  dir: string,
  previous: Trust | undefined,
  faults: Fault[],
): Promise<Trust> {
  try {
    return await readTrust(dir)
  } catch (error) {
    if (previous === undefined) throw error
    faults.push({ file: '*.pem', reden: 'trust-onleesbaar' })
    return previous
  }
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

/** A list goes only for a newer one: a broken or removed file changes nothing until its end. */
function keepLastGood(
  lists: Map<string, RevocationList>,
  previous: State | undefined,
  faults: Fault[],
): void {
  for (const [issuer, last] of previous?.lists ?? []) {
    const next = lists.get(issuer)
    if (next !== undefined && next.thisUpdate >= last.thisUpdate) continue
    lists.set(issuer, last)
    const known = faults.some(fault => fault.issuer === issuer)
    if (!known) {
      faults.push({ file: '*.crl', reden: next ? 'crl-ouder' : 'crl-ontbreekt', issuer })
    }
  }
}

/** The reason of a file that names the authority; else of a file that could not be read at all. */
function reasons(
  trust: Trust,
  lists: ReadonlyMap<string, RevocationList>,
  faults: readonly Fault[],
): Map<string, PeerReason> {
  const found = new Map<string, PeerReason>()
  const unread = faults.some(fault => fault.reden === 'crl-onleesbaar')
  for (const { id } of trust.authorities) {
    if (lists.has(id)) continue
    const own = faults.find(fault => fault.issuer === id)?.reden
    if (own !== undefined && own !== 'trust-onleesbaar' && own !== 'crl-ouder') found.set(id, own)
    else if (unread) found.set(id, 'crl-onleesbaar')
  }
  return found
}

function report({ faults }: State, onAlarm: RevocationOptions['onAlarm']): void {
  for (const { file, reden } of faults) onAlarm('intrekkingslijst', { file, reden })
}
