// How is the emergency brake set, and released? One person sets it, two release it (design §3.3, §5).
import type { Audit } from './audit/commit.ts'
import { type Proposal, readProposals } from './audit/proposals.ts'
import { recordReleaseStep } from './audit/record.ts'
import { BrakeRefused, judgeFirst, readStatement, type Standing } from './brake-statement.ts'
import { newCall } from './call.ts'
import { inForce, type Why } from './in-force.ts'
import { isKnown, openly } from './policy/brake.ts'
import { type Braked, keepBrake, partsOf, underBrake } from './policy/brake-state.ts'
import type { PolicySet } from './policy/law.ts'
import type { Store } from './store.ts'
import type { LogName, Moment, Profile } from './terms.ts'

export interface BrakeRoom {
  readonly audit: Audit
  readonly store: Store
  readonly profile: Profile
}

/**
 * Reads what leads; a log that is behind, because somebody died halfway, follows first.
 * @param read the law of a moment ago: the same digest need not be read again
 */
export async function readStanding(room: BrakeRoom, read?: PolicySet): Promise<Standing> {
  const { audit, store, profile } = room
  const { epochs, proven, kept, follow } = inForce(audit, store, profile)
  const [first = '', ...others] = await epochs()
  if (first === '') throw new Error('er geldt nog geen beleid: start eerst de gateway')
  try {
    const state = await proven(first)
    const { digest } = partsOf(first)
    const law = underBrake(read?.digest === digest ? read : await kept(digest), state)
    for (const [i, epoch] of others.entries()) {
      if (epoch !== first) await follow(i + 1, epoch, law)
    }
    return { law, state }
  } catch (error) {
    const [now] = await epochs()
    if (now === first) throw error
    return await readStanding(room, read)
  }
}

/** What is on already stays as it was set. */
export async function setBrake(
  room: BrakeRoom,
  { bereiken, reden, door }: { bereiken: readonly string[]; reden: string; door?: string },
): Promise<Standing & { readonly gezet: readonly string[] }> {
  const at = await readStanding(room)
  const unknown = bereiken.filter(bereik => !isKnown(bereik, at.law))
  if (unknown.length > 0) {
    throw new BrakeRefused('onbekend', `dit kent het beleid niet: ${unknown.join(', ')}`)
  }
  const sinds = room.audit.clock()
  const gezet = bereiken.filter(bereik => !at.law.noodrem.includes(bereik))
  if (gezet.length === 0) return { ...at, gezet }
  const added = gezet.map(bereik => ({ bereik, reden, sinds }))
  const why = { soort: 'noodrem', redenen: [{ code: reden }], ...(door && { door }) } as const
  if (!(await change(room, at, [...at.state.bereiken, ...added], why))) {
    return await setBrake(room, { bereiken, reden, ...(door && { door }) })
  }
  // Crash here: the first log stops everything already, the other follows as soon as anybody looks.
  return { ...(await readStanding(room, at.law)), gezet }
}

/** False when somebody else changed the law first. */
async function change(
  { audit, store, profile }: BrakeRoom,
  { law }: Standing,
  bereiken: readonly Braked[],
  why: Why,
): Promise<boolean> {
  const state = await keepBrake(store, bereiken, audit.clock())
  return await inForce(audit, store, profile).lead(law.epoch, underBrake(law, state), why)
}

/** `voorgesteld`: another person must do the same before this moment. */
export type Release =
  | { readonly uitkomst: 'voorgesteld'; readonly tot: Moment; readonly standing: Standing }
  | { readonly uitkomst: 'vrijgegeven'; readonly standing: Standing }

/** @throws BrakeRefused, after recording it when it came from a registered person */
export async function releaseBrake(room: BrakeRoom, verklaring: string): Promise<Release> {
  const at = await readStanding(room)
  const now = room.audit.clock()
  const given = readStatement(verklaring, at.law, now)
  if (given.noodrem !== at.state.id) throw new BrakeRefused('gewijzigd', changed)
  const { bereik } = given
  const log = bereik.every(one => openly(at.law).includes(one)) ? 'gewoon' : 'vertrouwelijk'
  const step = { log, noodrem: bereik, verklaringen: [verklaring] } as const
  const first = (await proposals(room, log)).find(one => one.noodrem.join() === bereik.join())
  const judged = first && judgeFirst(first.verklaring, given, at, now)
  if (judged === 'zelfde-persoon') {
    await recordReleaseStep(room.audit, newCall(now), {
      ...step,
      uitkomst: 'geweigerd',
      redenen: [{ code: judged }],
    })
    throw new BrakeRefused(judged, samePerson)
  }
  if (!first || judged !== 'telt') {
    const redenen = judged === undefined || judged === 'opnieuw' ? [] : [{ code: judged }]
    await recordReleaseStep(room.audit, newCall(now), { ...step, uitkomst: 'voorgesteld', redenen })
    if (redenen.length === 0) {
      return { uitkomst: 'voorgesteld', tot: given.exp * 1_000, standing: at }
    }
    throw new BrakeRefused(
      redenen[0]?.code ?? '',
      `${judged === 'gewijzigd' ? changed : expired} ${newFirst}`,
    )
  }
  return await release(room, at, [first.verklaring, verklaring], { bereik, log })
}

async function release(
  room: BrakeRoom,
  at: Standing,
  verklaringen: readonly [first: string, second: string],
  { bereik, log }: { readonly bereik: readonly string[]; readonly log: LogName },
): Promise<Release> {
  const secret = log === 'vertrouwelijk'
  if (secret) {
    // The ordinary log may not tell what it was about: the statements stand in the other one only.
    await recordReleaseStep(room.audit, newCall(room.audit.clock()), {
      log,
      uitkomst: 'voorgesteld',
      noodrem: bereik,
      redenen: [],
      verklaringen: verklaringen.slice(1),
    })
  }
  const rest = at.state.bereiken.filter(one => !bereik.includes(one.bereik))
  const why: Why = {
    soort: 'noodrem-vrijgave',
    redenen: [],
    ...(!secret && { verklaringen }),
  }
  if (await change(room, at, rest, why)) {
    // Crash here: the first log goes on already, the other as soon as anybody looks.
    return { uitkomst: 'vrijgegeven', standing: await readStanding(room, at.law) }
  }
  const next = await readStanding(room, at.law)
  if (next.state.id !== at.state.id) throw new BrakeRefused('gewijzigd', changed)
  return await release(room, next, verklaringen, { bereik, log })
}

const samePerson =
  'dezelfde persoon heeft al verklaard; een tweede persoon moet de noodrem vrijgeven'
const changed = 'de noodrem is gewijzigd na de eerste verklaring.'
const expired = 'de eerste verklaring is verlopen of telt niet meer.'
const newFirst =
  'Uw verklaring geldt nu als de eerste: laat een andere persoon binnen 15 minuten hetzelfde doen.'

/** First statements that nobody followed up yet, newest first. */
async function proposals(room: BrakeRoom, log: LogName): Promise<readonly Proposal[]> {
  const { audit } = room
  return await readProposals(audit.query, audit.head(log).log)
}

/** First statements that still count, and until when. */
export async function pending(
  room: BrakeRoom,
  { law, state }: Standing,
): Promise<readonly { bereik: readonly string[]; goedkeurder: string; tot: Moment }[]> {
  const now = room.audit.clock()
  const found = await Promise.all(
    (['gewoon', 'vertrouwelijk'] as const).map(log => proposals(room, log)),
  )
  return found.flat().flatMap(({ verklaring }) => {
    try {
      const { noodrem, bereik, goedkeurder, exp } = readStatement(verklaring, law, now)
      return noodrem === state.id ? [{ bereik, goedkeurder, tot: exp * 1_000 }] : []
    } catch (error) {
      if (error instanceof BrakeRefused) return []
      throw error
    }
  })
}
