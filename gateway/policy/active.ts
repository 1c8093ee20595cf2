// Which law is in force in this process? One set at a time, replaced whole or not at all.
import type { PolicySet } from './law.ts'

export interface ActivePolicies {
  current(): PolicySet
  /** Loads the folder again; a faulty set keeps the last good one and raises an alarm. */
  reload(): Promise<boolean>
}

/**
 * @param load reads, lints and digests the policy folder
 * @param activate makes the new set the one decisions are recorded under; durable before it is used
 */
export async function openActivePolicies(
  load: () => Promise<PolicySet>,
  activate: (law: PolicySet, previous?: string) => Promise<void>,
  onAlarm: (alarm: string, fields: Record<string, unknown>) => void,
): Promise<ActivePolicies> {
  let law = await load()
  await activate(law)
  return {
    current: () => law,
    async reload() {
      try {
        const next = await load()
        if (next.digest === law.digest) return true
        await activate(next, law.digest)
        law = next
        return true
      } catch (error) {
        onAlarm('beleid-niet-geladen', { fout: (error as Error).name })
        return false
      }
    },
  }
}
