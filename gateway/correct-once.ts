// How is a correction with a name carried out once? Whom an earlier call told stays told, and one call at a time tells the rest.
import { type Part, partRow, type Round } from './delivery/corrections.ts'
import { inTime, type Rooms } from './exchange.ts'
import { readIdempotencyKey } from './message/idempotency-key.ts'
import { receiverName } from './policy/correction.ts'
import { Problem } from './problem.ts'
import { type Asked, type Told, tellAll } from './tell-corrected.ts'
import type { Given, Party } from './terms.ts'

export interface Named {
  readonly idempotentie: string
  readonly lichaam: string
}

/** Idempotency-Key: one name, one body, one correction, per party. */
export function nameOf(
  key: string,
  bytes: Buffer,
  { oin, vertrouwelijk }: Party,
  { facts }: Pick<Rooms, 'facts'>,
): Named {
  const log = vertrouwelijk ? 'vertrouwelijk' : 'gewoon'
  const keyed = (...parts: readonly string[]) =>
    facts.pseudonym(log, JSON.stringify(['correctie', oin, ...parts]))
  return {
    idempotentie: keyed('idempotentie', readIdempotencyKey(key)),
    lichaam: keyed('lichaam', bytes.toString('base64')),
  }
}

/** What an earlier call began under this name, with this very body. */
export async function begun(
  { idempotentie, lichaam }: Named,
  { corrections }: Pick<Rooms, 'corrections'>,
): Promise<Round | undefined> {
  const round = await inTime(corrections.find(idempotentie))
  if (round === undefined || round.lichaam === lichaam) return round
  throw new Problem(
    'strijdig',
    'Deze Idempotency-Key hoort al bij een andere correctie. Gebruik voor elke correctie een nieuwe.',
    { reden: 'idempotentie' },
  )
}

/** Clocks of processes on one log differ by so much at most (design §5). */
const clocksApart = 5_000

/** Given before it began: who got it since asked a source that knows better. */
export function isOf({ tijd }: Given, { aangenomen }: Round): boolean {
  return tijd <= aangenomen + clocksApart
}

export async function carryOn(
  asked: Asked,
  targets: readonly Given[],
  { correctie }: Round,
  rooms: Rooms,
): Promise<readonly Told[]> {
  const { corrections, facts } = rooms
  const houder = asked.call.transactie
  const goOn = async () => {
    if (!(await inTime(corrections.hold(correctie, houder)))) throw underWay()
  }
  const nameIn = (target: Given) =>
    facts.pseudonym(target.log, JSON.stringify(['correctie', receiverName(target)]))
  await goOn()
  try {
    const parts = await inTime(corrections.parts(correctie))
    const done = new Map(parts.map(part => [part.deel, part]))
    const rest = targets.filter(target => !done.has(nameIn(target)))
    const row = (target: Given, part: Omit<Part, 'deel'>) =>
      partRow(correctie, { deel: nameIn(target), ...part })
    const told = await tellAll(asked, rest, rooms, { goOn, row })
    return targets.flatMap(target => {
      const part = done.get(nameIn(target))
      return part ? [toldBefore(target, part)] : told.filter(one => one.target === target)
    })
  } finally {
    // Crash before: the lease runs out, and the same call again goes on where this one stopped.
    await corrections.leave(correctie, houder).catch(() => {})
  }
}

function toldBefore(target: Given, { uitkomst, transactie, verslag: { redenen } }: Part): Told {
  return { target, uitkomst, transactie, ...(redenen && { redenen }) }
}

function underWay(): Problem {
  return new Problem('overbelast', 'Deze correctie wordt op dit moment uitgevoerd.', {
    reden: 'idempotentie',
    retryAfter: 5,
  })
}
