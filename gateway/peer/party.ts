// May this identity still speak now? Per request only set look-ups and comparisons of time.
import type { Identity, Moment, Oin, Party, Peer } from '../terms.ts'
import { notAdmitted } from './reason.ts'
import type { Revocation } from './revocation.ts'

/** @throws Problem niet-toegelaten with its reason */
export function admit(
  identity: Identity,
  parties: ReadonlyMap<Oin, Party>,
  revocation: Pick<Revocation, 'check'>,
  now: Moment,
): Peer {
  if (now > identity.validUntil) throw notAdmitted('verlopen')
  revocation.check(identity, now)
  const party = parties.get(identity.oin)
  if (party === undefined) throw notAdmitted('partij-onbekend')
  if (party.status !== 'actief') throw notAdmitted('partij-niet-actief')
  return { party, identity }
}
