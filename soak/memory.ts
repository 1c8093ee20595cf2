// Does a gateway that goes on and on keep its size and its pace? Requests of every kind, with samples between.
import { clientAgent, goodBody, send } from '../test/support/gateway.ts'
import type { Running } from './gateway.ts'
import { type Dice, dice } from './random.ts'
import type { Report } from './report.ts'
import { at, median } from './timing.ts'

export interface Sample {
  readonly requests: number
  /** Bytes, after garbage was collected. */
  readonly resident: number
  readonly heap: number
  readonly descriptors: number
  /** Milliseconds, of the requests since the sample before. */
  readonly p99: number
}

export interface MemoryResult {
  readonly requests: number
  readonly statuses: Readonly<Record<string, number>>
  readonly samples: readonly Sample[]
  /** Medians of the second and the last tenth of the samples. */
  readonly early: Omit<Sample, 'requests'>
  readonly late: Omit<Sample, 'requests'>
  /** What grew; empty when it is flat. */
  readonly grew: readonly string[]
}

const callers = 64
const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'

/** How much larger the last tenth may be than the second: noise, never growth with the number of requests. */
const room: Readonly<Record<keyof MemoryResult['early'], (early: number) => number>> = {
  resident: early => early * 1.15 + 10_000_000,
  heap: early => early * 1.1 + 3_000_000,
  descriptors: early => early + 8,
  p99: early => early * 2 + 5,
}

export async function memory(
  running: Running,
  { requests, every, seed }: { requests: number; every: number; seed: number },
  report: Report = () => {},
): Promise<MemoryResult> {
  const agent = clientAgent(running.pkiDir, 'gemeente-waterstad')
  agent.maxSockets = callers
  const die = dice(seed)
  const statuses: Record<string, number> = {}
  const samples: Sample[] = []
  let begun = 0
  let took: number[] = []
  const call = async () => {
    const from = performance.now()
    const { status } = await send(agent, running.exchangePort, callOf(begun, die))
    took.push(performance.now() - from)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  try {
    while (begun < requests) {
      const until = Math.min(requests, begun + every)
      await Promise.all(
        Array.from({ length: callers }, async () => {
          while (begun < until) {
            begun += 1
            await call()
            report.at?.(begun, requests)
          }
        }),
      )
      const sample = { requests: begun, ...(await figures(running)), p99: at(took, 0.99) }
      took = []
      samples.push(sample)
      report(textOf(sample))
    }
  } finally {
    agent.destroy()
  }
  const tenth = Math.max(1, Math.floor(samples.length / 10))
  const early = middle(samples.slice(tenth, 2 * tenth))
  const late = middle(samples.slice(-tenth))
  const names = Object.keys(room) as (keyof typeof room)[]
  const grew = names.filter(name => late[name] > room[name](early[name]))
  return { requests: begun, statuses, samples, early, late, grew }
}

/** Mostly what is allowed, for the rest all that can be wrong: each leaves other things behind. */
function callOf(n: number, die: Dice): Parameters<typeof send>[2] {
  const zaak = `zaak-${n}`
  const body = { ...goodBody(), zaak }
  const kind = die.below(20)
  if (kind < 12) return { path, body }
  if (kind < 15) return { path, body: { ...body, velden: ['nationaliteit'] } }
  if (kind < 17) return { path, body: { ...body, velden: ['loonSv'] } }
  if (kind < 18) return { path, body: `{"zaak":"${zaak}","zaak":"${zaak}"}` }
  if (kind < 19) return { path: `/v1/bestaat-niet-${n}` }
  return { path: '/v1/bevoegdheden' }
}

async function figures(running: Running): Promise<Omit<Sample, 'requests' | 'p99'>> {
  running.collect()
  return {
    resident: await running.metric('sluis_process_resident_memory_bytes'),
    heap: await running.metric('sluis_nodejs_heap_size_used_bytes'),
    descriptors: await running.metric('sluis_process_open_fds'),
  }
}

function middle(samples: readonly Sample[]): MemoryResult['early'] {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick))
  return {
    resident: of(one => one.resident),
    heap: of(one => one.heap),
    descriptors: of(one => one.descriptors),
    p99: of(one => one.p99),
  }
}

export function textOf({ resident, heap, descriptors, p99 }: Omit<Sample, 'requests'>): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  return `geheugen ${mb(resident)}, heap ${mb(heap)}, bestanden ${descriptors}, p99 ${p99.toFixed(1)} ms`
}
