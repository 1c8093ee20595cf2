// Which law decides here? The set that the logs activated last, in every process, whatever its own folder holds.
import type { PolicySet } from './law.ts'

export interface ActivePolicies extends AsyncDisposable {
  current(): PolicySet
  /** Digest of the set in the folder of this process; another than the current one raised an alarm. */
  own(): string
  /** Whether the current set is the one that the logs named when they were last looked at. */
  inForce(): boolean
  /** Loads the folder again; a faulty set keeps the last good one and raises an alarm. */
  reload(): Promise<void>
  /** Takes over the set that the logs name now, out of what was kept. */
  follow(): Promise<PolicySet>
}

/** What the law needs of the folder, the database and the logs. */
export interface LawSources {
  /** Reads, lints and digests the policy folder. */
  readonly load: () => Promise<PolicySet>
  /** Keeps a set by its digest; false when it was kept before. */
  readonly keep: (law: PolicySet) => Promise<boolean>
  /** The same set again, of a digest that the logs really activated. */
  readonly kept: (digest: string) => Promise<PolicySet>
  /** The digest that each log decides by, as committed by anybody; the first log leads. */
  readonly epochs: () => Promise<readonly string[]>
  /** Durable in this log if `from` still decided there; false when somebody else was first. */
  readonly activate: (log: number, from: string, to: string) => Promise<boolean>
  readonly onAlarm: (alarm: string, fields: Record<string, unknown>) => void
  /** Milliseconds between two looks at the logs. */
  readonly lookMs?: number
}

/** How long a process without calls may be behind; one with calls hears of it from the log at once. */
const defaultLookMs = 2_000

export async function openActivePolicies(sources: LawSources): Promise<ActivePolicies> {
  const { onAlarm, lookMs = defaultLookMs } = sources
  let own = await sources.load()
  let law = own
  let leader = ''
  /** The last set of our own folder that was put in force: it is not put in force again when another came after it. */
  let led = ''
  /** What was already told, so that each look does not tell it again. */
  let told = ''
  let last: Promise<unknown> = Promise.resolve()
  let following: Promise<PolicySet> | undefined

  function tell(alarm: string, fields: Record<string, unknown>): void {
    if (told === `${alarm} ${leader} ${own.digest}`) return
    told = `${alarm} ${leader} ${own.digest}`
    onAlarm(alarm, fields)
  }

  /** The folder of this process becomes the law of all. */
  async function lead(): Promise<void> {
    const isNew = await sources.keep(own)
    for (let done = false; !done; ) {
      const [first = ''] = await sources.epochs()
      if (first === own.digest) break
      done = await sources.activate(0, first, own.digest)
      if (done && !isNew) onAlarm('beleid-teruggezet', { van: first, naar: own.digest })
    }
    // Crash here: the first log has the new set, the others follow it as soon as anybody looks.
    await settle()
    led = own.digest
  }

  /** What leads is followed by the other logs, also when who began it died halfway, and here. */
  async function settle(): Promise<PolicySet> {
    const [first = '', ...others] = await sources.epochs()
    leader = first
    for (const [i, epoch] of others.entries()) {
      if (epoch !== leader) await sources.activate(i + 1, epoch, leader)
    }
    if (law.digest !== leader) law = leader === own.digest ? own : await taken(leader)
    if (own.digest === leader) told = ''
    else tell('beleid-wijkt-af', { actief: leader, map: own.digest })
    return law
  }

  async function taken(digest: string): Promise<PolicySet> {
    try {
      return await sources.kept(digest)
    } catch (error) {
      tell('beleid-niet-overgenomen', { actief: digest, err: error })
      throw error
    }
  }

  /** One change of law at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work, work)
    last = result.catch(() => {})
    return result
  }

  function follow(): Promise<PolicySet> {
    following ??= inTurn(settle).finally(() => {
      following = undefined
    })
    return following
  }

  async function reload(): Promise<void> {
    try {
      own = await sources.load()
      await (own.digest === led ? settle() : lead())
    } catch (error) {
      onAlarm('beleid-niet-geladen', { err: error })
    }
  }

  await inTurn(lead)
  // Without an answer of the database the law stays as it is; the log says that nothing is recorded.
  const timer = setInterval(() => void follow().catch(() => {}), lookMs).unref()
  return {
    current: () => law,
    own: () => own.digest,
    inForce: () => law.digest === leader,
    reload: () => inTurn(reload),
    follow,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await last
    },
  }
}
