// Which law decides here? The set that the logs activated last, in every process, whatever its own folder holds.
import { openly } from './brake.ts'
import { type BrakeState, partsOf, released, underBrake } from './brake-state.ts'
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
  /** The state of the brake in an epoch; throws unless a signed record activated that epoch. */
  readonly proven: (epoch: string) => Promise<BrakeState>
  /** What each log decides by, as committed by anybody; the first log leads. */
  readonly epochs: () => Promise<readonly string[]>
  /** Statements that agree to this change, none when nobody need be asked; undefined: it is not agreed to. */
  readonly agreed?: (from: PolicySet, to: PolicySet) => Promise<readonly string[] | undefined>
  /** Durable in the first log if `from` still decided there; false when somebody else was first. */
  readonly lead: (from: string, to: PolicySet, verklaringen: readonly string[]) => Promise<boolean>
  /** The same in another log, for the reason that stands in the first. */
  readonly follow: (log: number, from: string, to: PolicySet) => Promise<boolean>
  readonly onAlarm: (alarm: string, fields: Record<string, unknown>) => void
  /** Hears which scopes everybody may know are under the brake, whenever those change. */
  readonly onBrake?: (bereik: readonly string[]) => void
  /** Milliseconds between two looks at the logs. */
  readonly lookMs?: number
}

/**
 * How long a process without calls may be behind; one with calls hears of it from the log at once. The
 * brake must be effective everywhere within a second, also for what needs no record.
 */
const defaultLookMs = 400

export async function openActivePolicies(sources: LawSources): Promise<ActivePolicies> {
  const { onAlarm, onBrake = () => {}, lookMs = defaultLookMs } = sources
  let own = await sources.load()
  let law = own
  let leader = ''
  /** The epoch that was last proven here: also that of our own folder is believed only by its record. */
  let proved = ''
  /** The last set of our own folder that was put in force: it is not put in force again when another came after it. */
  let led = ''
  /** What was already told, so that each look does not tell it again. */
  let told = ''
  let braking = ''
  let last: Promise<unknown> = Promise.resolve()
  let following: Promise<PolicySet> | undefined

  function tell(alarm: string, fields: Record<string, unknown>): void {
    if (told === `${alarm} ${leader} ${own.digest}`) return
    told = `${alarm} ${leader} ${own.digest}`
    onAlarm(alarm, fields)
  }

  /** The folder of this process becomes the law of all, under the brake as it is, when that is agreed to. */
  async function lead(): Promise<void> {
    const isNew = await sources.keep(own)
    for (let done = false; !done; ) {
      const [first = ''] = await sources.epochs()
      const { digest } = partsOf(first)
      if (digest === own.digest) break
      const statements = first === '' ? [] : await agreedTo(digest)
      if (statements === undefined) {
        onAlarm('beleid-niet-goedgekeurd', { van: digest, naar: own.digest })
        await settle()
        return
      }
      const brake = first === '' ? released : await proven(first)
      done = brake !== undefined && (await sources.lead(first, underBrake(own, brake), statements))
      if (done && !isNew) onAlarm('beleid-teruggezet', { van: digest, naar: own.digest })
    }
    // Crash here: the first log has the new set, the others follow it as soon as anybody looks.
    await settle()
    led = own.digest
  }

  async function agreedTo(digest: string): Promise<readonly string[] | undefined> {
    if (!sources.agreed) return []
    const from = law.digest === digest ? law : await sources.kept(digest)
    return await sources.agreed(from, own)
  }

  /** What leads is followed by the other logs, also when who began it died halfway, and here. */
  async function settle(): Promise<PolicySet> {
    const [first = '', ...others] = await sources.epochs()
    leader = first
    if (proved !== leader) {
      const found = await taken(leader)
      if (found === undefined) return await settle()
      law = found
      proved = found.epoch
    }
    for (const [i, epoch] of others.entries()) {
      if (epoch !== leader) await sources.follow(i + 1, epoch, law)
    }
    if (own.digest === law.digest) told = ''
    else tell('beleid-wijkt-af', { actief: law.digest, map: own.digest })
    tellBrake(openly(law))
    return law
  }

  function tellBrake(bereik: readonly string[]): void {
    if (bereik.join() === braking) return
    braking = bereik.join()
    onBrake(bereik)
    onAlarm(bereik.length > 0 ? 'noodrem' : 'noodrem-vrijgegeven', { bereik })
  }

  /** What cannot be read is not followed: under the law of before no log takes an allowed decision any more. */
  async function taken(epoch: string): Promise<PolicySet | undefined> {
    try {
      const brake = await proven(epoch)
      if (brake === undefined) return undefined
      const { digest } = partsOf(epoch)
      const set = [own, law].find(one => one.digest === digest) ?? (await sources.kept(digest))
      return underBrake(set, brake)
    } catch (error) {
      tell('beleid-niet-overgenomen', { actief: epoch, err: error })
      throw error
    }
  }

  /** Undefined when it was replaced while it was being read. */
  async function proven(epoch: string): Promise<BrakeState | undefined> {
    try {
      return await sources.proven(epoch)
    } catch (error) {
      const [first] = await sources.epochs()
      if (first === epoch) throw error
      return undefined
    }
  }

  /** One change of law at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work, work)
    last = result.catch(() => {})
    return result
  }

  /** Looks after it was called: one that has begun may have looked before what its caller knows of. */
  function follow(): Promise<PolicySet> {
    following ??= inTurn(() => {
      following = undefined
      return settle()
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
    inForce: () => law.epoch === leader,
    reload: () => inTurn(reload),
    follow,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await last
    },
  }
}
