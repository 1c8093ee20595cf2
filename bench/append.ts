// Row f: the log alone: decisions with their disclosures, sealed and committed on PostgreSQL.
import { env, stdout } from 'node:process'
import { recordDisclosure } from '../gateway/audit/record.ts'
import { migrate, openStore } from '../gateway/store.ts'
import { allow, beginLogsIn, openActive, releaseOf } from '../test/audit/log.ts'
import { type Figures, figures } from './support.ts'

const writers = 512
const milliseconds = Number(env.BENCH_SECONDS ?? 8) * 1000

const place = { url: env.DATABASE_URL ?? '', dir: env.SLUIS_DATA_DIR ?? '' }
await using store = await openStore(place)
await migrate(store)
const dirs = await beginLogsIn(place.dir, store)
await using audit = await openActive(store, dirs, { thread: place })

/** How long each record took to become durable, in milliseconds. */
let waits: number[] = []

async function timed<T>(recorded: Promise<T>): Promise<T> {
  const began = performance.now()
  const made = await recorded
  waits.push(performance.now() - began)
  return made
}

async function write(until: number): Promise<void> {
  while (performance.now() < until) {
    const permitted = await timed(allow(audit))
    await timed(recordDisclosure(audit, permitted, releaseOf(permitted)))
  }
}

async function writeFor(duration: number): Promise<Figures> {
  const began = performance.now()
  waits = []
  await Promise.all(Array.from({ length: writers }, () => write(began + duration)))
  const seconds = (performance.now() - began) / 1000
  return { ...figures(waits), rps: Math.round(waits.length / seconds) }
}

await writeFor(milliseconds / 4)
stdout.write(`${JSON.stringify(await writeFor(milliseconds))}\n`)
