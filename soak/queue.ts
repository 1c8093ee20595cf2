// Is anything lost or done twice between acceptance and receipt? Thousands of requests while everything fails, then the balance.
import { setTimeout as wait } from 'node:timers/promises'
import { partyHolder } from '../certs/names.ts'
import { watchRedis } from '../test/support/redis-watch.ts'
import { type Askers, openAskers, plantedValues } from './queue-askers.ts'
import { type Balance, balance } from './queue-balance.ts'
import {
  type Fault,
  machineFaults,
  partnerFaults,
  release,
  type Scene,
  scopes,
} from './queue-faults.ts'
import { type Ground, openPlace, type Place, type PlaceOptions, polling } from './queue-place.ts'
import { type Dice, dice } from './random.ts'
import type { Report } from './report.ts'

export interface QueueOptions extends PlaceOptions {
  readonly requests: number
  readonly seed: number
  /** Part of the pauses of the long form. */
  readonly scale: number
  /** Over how long they are asked. */
  readonly overMs: number
  /** How long everything may take to come to rest when nothing fails any more. */
  readonly restMs: number
}

export interface QueueResult extends Balance {
  readonly faults: ReadonlyMap<string, number>
  readonly redisBytes: number
}

export async function queue(
  ground: Ground,
  { requests, seed, scale, overMs, restMs, ...size }: QueueOptions,
  report: Report = () => {},
): Promise<QueueResult> {
  await using place = await openPlace(ground, size)
  const watch = await watchRedis(place.redis, plantedValues)
  const askers = await openAskers(place, { lookMs: Math.max(200, 2_000 * scale) })
  const faults = new Map<string, number>()
  const stopping = new AbortController()
  const began = performance.now()
  const scene = (next: Dice): Scene => ({
    place,
    next,
    long: ms => ms * scale,
    beforeWipe: async () => watch.searchDisk(),
  })
  const lane = async (table: readonly Fault[], next: Dice) => {
    // Each once, in an order of its own, and then as the dice fall.
    const order = table.map(fault => [next(), fault] as const).sort(([a], [b]) => a - b)
    for (let nr = 0; !stopping.signal.aborted; nr++) {
      const fault = order[nr]?.[1] ?? next.pick(table)
      const at = Math.round(performance.now() - began)
      await fault.run(scene(next))
      faults.set(fault.name, (faults.get(fault.name) ?? 0) + 1)
      report.at?.(askers.told.size, requests)
      report(`${at} ms: ${fault.name}; ${askers.told.size} aangenomen`)
      await wait(next() * 5_000 * scale)
    }
  }
  const time = passTime(place, scale, stopping.signal)
  const lanes = [lane(machineFaults, dice(seed)), lane(partnerFaults, dice(seed + 1))]
  await askers.ask(requests, seed, overMs)
  report(`${Math.round(performance.now() - began)} ms: alles gevraagd`)
  stopping.abort()
  await Promise.all([...lanes, time])
  await mend(place)
  await comeToRest(place, askers, restMs, report)
  await askers.judgePushed()
  await askers.stop()
  await watch.searchAll()
  const { counts, unbalanced } = await balance(place, askers)
  const all = new Map(unbalanced)
  if (watch.found.size > 0) all.set('persoonsgegevens in Redis', [...watch.found])
  if (!watch.sawRequests()) all.set('Redis is niet doorzocht', ['geen enkel verzoek gevonden'])
  return { counts, unbalanced: all, faults, redisBytes: watch.bytes() }
}

/** The clock of a lease and of a back-off does not go faster in the short form: it is put forward. */
async function passTime(place: Place, scale: number, signal: AbortSignal): Promise<void> {
  if (scale >= 1) return
  while (!signal.aborted) {
    await wait(1_000, undefined, { signal }).catch(() => {})
    await place.age(1_000 / scale - 1_000).catch(() => {}) // the database is away now and then
  }
}

async function mend(place: Place): Promise<void> {
  place.uwv.misbehave('normaal')
  place.svb.misbehave('normaal')
  place.receiver.misbehave('normaal')
  for (const bereik of scopes) await release(place, bereik)
  await place.grant(true)
  for (const index of place.workers.members.keys()) await place.workers.renew(index)
}

const unfinished = `staat in ('wacht-op-goedkeuring', 'aanvaard', 'in-behandeling', 'gereed')
  or (staat = 'opgehaald' and antwoord is not null)`

async function comeToRest(
  { store, age }: Place,
  askers: Askers,
  limitMs: number,
  report: Report,
): Promise<void> {
  const { oin } = partyHolder(polling)
  const deadline = performance.now() + limitMs
  for (;;) {
    const left = await store.query<{ verzoek: string; partij: string; staat: string }>(
      `select verzoek::text, partij, staat from delivery.verzoek where ${unfinished}`,
    )
    if (left.length === 0) return
    if (performance.now() > deadline) {
      report(`${left.length} kwamen niet tot rust`)
      return
    }
    askers.adopt(left.filter(({ partij }) => partij === oin).map(({ verzoek }) => verzoek))
    await wait(1_000)
    await age(10_000)
  }
}

/** The balance as a table, and by name what does not balance. */
export function tell({ counts, unbalanced, faults, redisBytes }: QueueResult): string[] {
  const lines = [...faults]
    .sort()
    .map(([name, n]) => `storing  ${name.padEnd(44)}${String(n).padStart(8)}`)
  for (const [what, n] of counts) lines.push(`balans   ${what.padEnd(44)}${String(n).padStart(8)}`)
  lines.push(`balans   ${'bytes van Redis doorzocht'.padEnd(44)}${String(redisBytes).padStart(8)}`)
  for (const [what, who] of unbalanced) {
    lines.push(`FOUT     ${what}: ${who.length} keer, zoals ${who.slice(0, 3).join('; ')}`)
  }
  if (unbalanced.size === 0) lines.push('De balans klopt.')
  return lines
}
