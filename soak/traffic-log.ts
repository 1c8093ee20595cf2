// How does generated traffic become a log? By audit's own keys, groups and checkpoints, with the clock of the traffic.
import { send } from '../gateway/audit/append-statement.ts'
import { openAudit } from '../gateway/audit/commit.ts'
import { createLogs } from '../gateway/audit/create.ts'
import { complete, type Draft } from '../gateway/audit/draft.ts'
import { signGroup } from '../gateway/audit/group.ts'
import { type Head, readHead, readLogRow } from '../gateway/audit/head.ts'
import { generateKeys, type Keys, logNames, openKeys, readSigner } from '../gateway/audit/keys.ts'
import { recordActivation } from '../gateway/audit/record.ts'
import { leafHash } from '../gateway/audit/tree.ts'
import { newCall } from '../gateway/call.ts'
import { keepPolicySet } from '../gateway/policy/kept.ts'
import type { PolicySet } from '../gateway/policy/law.ts'
import { firstDay, midnight, monthOf } from '../gateway/policy/legal-time.ts'
import type { Store } from '../gateway/store.ts'
import type { LogName, Moment } from '../gateway/terms.ts'
import { widen } from './country.ts'
import { type Traffic, type TrafficOptions, traffic } from './traffic.ts'

export interface Place {
  readonly store: Store
  readonly keysDir: string
  readonly stateDir: string
}

/** Larger groups than a gateway makes: nobody waits for these. */
const groupSize = 1_000

export interface Generated extends Pick<Traffic, 'planted' | 'law'> {
  readonly records: number
  /** Time of the newest record. */
  readonly tijd: Moment
}

/** Begins both logs and fills them, until these months or this many records are over. */
export async function generate(
  place: Place,
  shipped: PolicySet,
  options: TrafficOptions & { readonly atMost?: number },
): Promise<Generated> {
  const { atMost = Number.POSITIVE_INFINITY, until, months } = options
  const law = widen(shipped)
  const from = midnight(firstDay(monthOf(until) - months))
  await begin(place, law, from)
  const made = traffic(law, options)
  const keys = openKeys(place.keysDir)
  const logs = new Map<LogName, BulkLog>()
  for (const log of logNames) logs.set(log, await openBulk(place, keys, log))
  let records = 0
  let tijd = from
  for (const events of made.days()) {
    for (const { log, draft, tijd: at } of events) {
      if (records >= atMost) break
      await logs.get(log)?.append(draft)
      records++
      tijd = at
    }
    if (records >= atMost) break
  }
  for (const log of logs.values()) await log.flush()
  return { planted: made.planted, law, records, tijd }
}

async function begin(
  { store, keysDir, stateDir }: Place,
  law: PolicySet,
  from: Moment,
): Promise<void> {
  const clock = () => from
  generateKeys(keysDir, from)
  await keepPolicySet(store, law, from)
  await createLogs({ store, keysDir, clock })
  await using audit = await openAudit({ store, keysDir, stateDir, clock })
  for (const log of logNames) {
    const { epoch: previous } = audit.head(log)
    if (previous === law.epoch) continue
    await recordActivation(audit, log, { call: newCall(from), digest: law.digest, previous })
  }
}

interface BulkLog {
  append(draft: Draft): Promise<void>
  flush(): Promise<void>
}

/** One writer that nobody races: a group is sealed and signed while the one before is being written. */
async function openBulk({ store, keysDir }: Place, keys: Keys, naam: LogName): Promise<BulkLog> {
  const row = await readLogRow(store.query, naam)
  if (!row) throw new Error('the log was not begun')
  const { log } = row
  const signer = readSigner(keysDir, log)
  let head: Head = await readHead(store.query, log, signer)
  let members: { readonly entry: ReturnType<typeof complete>; readonly hash: Buffer }[] = []
  let writing: Promise<unknown> = Promise.resolve()

  async function flush(): Promise<void> {
    const last = members.at(-1)
    if (last) {
      const made = signGroup({ log, signer, head, now: last.entry.record.tijd }, members)
      members = []
      head = made.head
      await writing
      writing = send(store.query, made.group).then(landed => {
        if (!landed) throw new Error('another process writes in this log')
      })
      writing.catch(() => {}) // awaited by the next group
    }
  }
  return {
    async append(draft) {
      const entry = complete(keys, draft)
      members.push({ entry, hash: leafHash(entry.tekst) })
      if (members.length >= groupSize) await flush()
    },
    async flush() {
      await flush()
      await writing
    },
  }
}
