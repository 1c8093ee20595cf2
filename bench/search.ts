// Row h: an officer searches a log of a million records: persons, first pages, a month's report; as the pages do.
import { join, resolve } from 'node:path'
import { env, stdout } from 'node:process'
import { logNames, openKeys } from '../gateway/audit/keys.ts'
import { computeHints } from '../gateway/console/hints.ts'
import { project } from '../gateway/console/projection.ts'
import { makeReport, nameFor } from '../gateway/console/report.ts'
import { readPeriod } from '../gateway/console/report-period.ts'
import { readQueue } from '../gateway/console/review.ts'
import { type Criteria, searchTransactions } from '../gateway/console/search.ts'
import { midnight } from '../gateway/policy/legal-time.ts'
import { loadPolicies } from '../gateway/policy/load.ts'
import { migrate, openStore } from '../gateway/store.ts'
import { personAt, uwv, waterstad } from '../soak/country.ts'
import { dice } from '../soak/random.ts'
import { generate } from '../soak/traffic-log.ts'
import { type Figures, figures } from './support.ts'

const records = Number(env.BENCH_RECORDS ?? 1_000_000)
const months = 10
const until = '2026-11-01'
/** A question makes a little over two records. */
const perMonth = Math.ceil(records / (2.05 * months))
const persons = 300
const turns = 5
const pageSize = 25

export interface SearchFigures extends Figures {
  readonly records: number
  readonly p95: number
  /** Slowest first page of each search, in milliseconds. */
  readonly pages: Readonly<Record<string, number>>
  readonly reportMs: number
  readonly queueMs: number
  readonly hintsMs: number
  readonly generatedMs: number
  readonly copiedMs: number
}

const stateDir = env.SLUIS_DATA_DIR ?? ''
const keysDir = join(stateDir, 'sleutels')
await using store = await openStore({
  url: env.DATABASE_URL ?? '',
  dir: stateDir,
  deadlineMs: 600_000,
})
await migrate(store)

async function took<T>(work: () => Promise<T>): Promise<[number, T]> {
  const began = performance.now()
  const made = await work()
  return [performance.now() - began, made]
}

const shipped = await loadPolicies(resolve(import.meta.dirname, '../policies'), 'test')
const options = { seed: 1, months, until, perMonth, misuse: true }
const [generatedMs, { law, records: written }] = await took(() =>
  generate({ store, keysDir, stateDir }, shipped, options),
)
const [copiedMs] = await took(() => project(store.query))
// What autovacuum does in the days that such a log takes to grow.
await store.query('VACUUM ANALYZE')

const keys = openKeys(keysDir)
const slice = {
  ...{ store, keys, keysDir },
  catchUp: async () => void (await project(store.query)),
}
const officers = [uwv, waterstad].map(oin => ({ oin, rollen: ['privacy-officer'] }) as const)
const firstPage = (oin: string, criteria: Criteria) =>
  searchTransactions(slice, { oin, rollen: ['privacy-officer'] }, criteria, { limit: pageSize })

/** Known and unknown ones, as they come. */
const roll = dice(7)
const milliseconds: number[] = []
let found = 0
for (let n = -20; n < persons; n++) {
  const betrokkene = { soort: 'bsn', waarde: personAt(roll.below(60_000) * 7) } as const
  const [ms, { rows }] = await took(() => firstPage(uwv, { betrokkene: { betrokkene } }))
  if (n < 0) continue // warms up
  milliseconds.push(ms)
  if (rows.length > 0) found++
}
if (found < persons / 10) throw new Error('hardly anybody was found: this measures nothing')

const searches: Readonly<Record<string, Criteria>> = {
  alles: {},
  partij: { partij: '00000099000000029000', rol: 'ontvanger' },
  uitwisseling: { uitwisseling: 'uwv-inkomsten-bijstand' },
  veld: { veld: 'loonSv' },
  grondslag: { grondslag: 'suwi-62-1' },
  geweigerd: { uitkomst: 'geweigerd' },
  reden: { reden: 'LICHTER_MIDDEL_BESCHIKBAAR' },
  'zeldzame reden': { reden: 'MANDAAT_ONTBREEKT' },
  'niets gevonden': { reden: 'OPT_OUT' },
  bronfout: { uitkomst: 'bronfout' },
  toetsing: { toetsing: 'ontsnapping' },
  verzoeken: { soort: 'verzoek' },
  stappen: { soort: 'stap' },
  'oude maand': { van: '2026-01-01', totEnMet: '2026-01-31' },
  'oude weigeringen': { uitkomst: 'geweigerd', totEnMet: '2026-02-28' },
  medewerker: { medewerker: [waterstad, 'bi-0001-1'] },
  zaak: { zaak: [waterstad, '2026-100300'] },
}
const pages: Record<string, number> = {}
for (const [name, criteria] of Object.entries(searches)) {
  for (const { oin } of officers) {
    for (let turn = 0; turn < turns; turn++) {
      const [ms] = await took(() => firstPage(oin, criteria))
      pages[name] = Math.max(pages[name] ?? 0, Math.round(ms * 10) / 10)
    }
  }
}

const periode = readPeriod('2026-09')
if (!periode) throw new Error('no such month')
const [reportMs] = await took(async () => {
  const named = await nameFor(store.query, logNames[0], periode)
  if (!named) throw new Error('this month is not over')
  return await makeReport({ store, lawOf: async () => law }, uwv, named)
})

const now = midnight(until) + 7_200_000
const [hintsMs] = await took(() =>
  computeHints({ query: store.query, keys, keysDir, law }, 'gewoon', now),
)
const [queueMs] = await took(() =>
  readQueue(
    { ...slice, clock: () => now },
    { oin: uwv, rollen: ['privacy-officer'], rol: 'privacy-officer' },
  ),
)

const sorted = milliseconds.toSorted((one, other) => one - other)
const result: SearchFigures = {
  ...figures(milliseconds),
  records: written,
  p95: Math.round((sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN) * 10) / 10,
  ...{ pages, reportMs: Math.round(reportMs), queueMs: Math.round(queueMs) },
  hintsMs: Math.round(hintsMs),
  generatedMs: Math.round(generatedMs),
  copiedMs: Math.round(copiedMs),
}
stdout.write(`${JSON.stringify(result)}\n`)
