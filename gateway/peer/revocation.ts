// Which certificates were taken back? CRLs of every level as sets of serial numbers; without a fresh
// one of each issuer nobody comes in.
import type { Identity, Moment, Profile } from '../terms.ts'
import { type Lists, type Places, readLists } from './lists.ts'
import type { PathRules } from './path.ts'
import { notAdmitted, type PeerReason } from './reason.ts'

export interface RevocationOptions extends Places {
  readonly profile: Profile
  /** SLUIS_CERT_POLICIES. */
  readonly policies: readonly string[]
  readonly clock: () => Moment
  readonly onAlarm: (alarm: string, fields: Record<string, unknown>) => void
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

/** The longest a new CRL, anchor or certificate of our own waits to count without SIGHUP. */
export const reloadEveryMs = 60_000

/** @throws Error when the directory holds no trust anchor */
export async function openRevocation(options: RevocationOptions): Promise<Revocation> {
  const { profile, policies, clock, onAlarm, reloadMs = reloadEveryMs } = options
  let state = await readLists(options, undefined, clock())
  report(state, onAlarm)
  const read = async (): Promise<void> => {
    state = await readLists(options, state, clock())
    report(state, onAlarm)
  }
  // One reading at a time: a slow one must not end after a later one, and undo it.
  let reading = Promise.resolve()
  const reload = (): Promise<void> => {
    reading = reading.then(read)
    return reading
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
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await reading
    },
  }
}

function revocationFault(state: Lists, { chain }: Identity, now: Moment): PeerReason | undefined {
  for (const { issuer, serial } of chain) {
    const fault = listFault(state, issuer, now)
    if (fault !== undefined) return fault
    if (state.lists.get(issuer)?.revoked.has(serial)) return 'ingetrokken'
  }
  return undefined
}

/** RFC 5280 §6.3.3: a list that is absent, not yet or no longer current says nothing. */
function listFault(state: Lists, issuer: string, now: Moment): PeerReason | undefined {
  const list = state.lists.get(issuer)
  if (list === undefined) return state.missing.get(issuer) ?? 'keten-onbekend'
  if (now < list.thisUpdate) return 'crl-nog-niet-geldig'
  return now > list.nextUpdate ? 'crl-verlopen' : undefined
}

function report({ faults }: Lists, onAlarm: RevocationOptions['onAlarm']): void {
  for (const { file, reden } of faults) onAlarm('intrekkingslijst', { file, reden })
}
