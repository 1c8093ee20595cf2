// What decides now, and how does another law come to decide? Out of the logs, the database and what proves it.
import type { Audit } from './audit/commit.ts'
import { logNames } from './audit/keys.ts'
import { type Activation, recordActivation } from './audit/record.ts'
import { EpochChanged } from './audit/writer.ts'
import { newCall } from './call.ts'
import type { LawSources } from './policy/active.ts'
import { openly } from './policy/brake.ts'
import { loadBrake } from './policy/brake-state.ts'
import { keepPolicySet, loadKept } from './policy/kept.ts'
import type { PolicySet } from './policy/law.ts'
import type { Store } from './store.ts'
import type { LogName, Profile } from './terms.ts'

export interface InForce
  extends Pick<LawSources, 'keep' | 'kept' | 'proven' | 'epochs' | 'follow'> {
  /** Durable in the first log if `from` still decided there; false when somebody else was first. */
  readonly lead: (from: string, to: PolicySet, why?: Why) => Promise<boolean>
}

/** What the record of a change says besides the law itself. */
export type Why = Pick<Activation, 'soort' | 'redenen' | 'verklaringen' | 'door'>

export function inForce(audit: Audit, store: Store, profile: Profile): InForce {
  return {
    keep: law => keepPolicySet(store, law, audit.clock()),
    kept: digest => loadKept(store, digest, profile),
    async proven(epoch) {
      await audit.proveActivation(epoch)
      return await loadBrake(store, epoch)
    },
    epochs: audit.epochs,
    lead: (from, to, why = {}) => activated(audit, logNames[0], from, to, why),
    async follow(log, from, to) {
      const { soort, redenen, verklaringen } = await audit.proveActivation(to.epoch)
      const why = {
        ...((soort === 'noodrem' || soort === 'noodrem-vrijgave') && { soort }),
        ...(redenen && { redenen }),
        ...(verklaringen && { verklaringen }),
      }
      return await activated(audit, logNames[log]!, from, to, why)
    },
  }
}

/** False when another process was first: what decides must be looked up again. */
async function activated(
  audit: Audit,
  log: LogName,
  previous: string,
  law: PolicySet,
  why: Why,
): Promise<boolean> {
  const { digest, epoch } = law
  const noodrem = log === 'vertrouwelijk' ? law.noodrem : openly(law)
  const call = newCall(audit.clock())
  try {
    await recordActivation(audit, log, { call, digest, epoch, previous, noodrem, ...why })
    return true
  } catch (error) {
    if (error instanceof EpochChanged) return false
    throw error
  }
}
