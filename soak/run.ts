// `npm run soak -- <campaign> [--seeds n]`: the long form of what `npm test` runs with few seeds.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, exit, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { openProgress, shown } from '../gateway/commands/progress.ts'
import { loadPolicies } from '../gateway/policy/load.ts'
import { prepareDatabase } from '../gateway/role.ts'
import { openStore } from '../gateway/store.ts'
import { beginLogsIn } from '../test/audit/log.ts'
import { gatewayUrl } from '../test/support/database.ts'
import { removeTree } from '../test/support/directory.ts'
import { type Postgres, startPostgres } from '../test/support/postgres.ts'
import { runRedis } from '../test/support/redis.ts'
import { keepAll } from '../test/support/redis-watch.ts'
import { crash } from './crash.ts'
import { decide } from './decide.ts'
import { startGateway } from './gateway.ts'
import { levering } from './levering.ts'
import { memory, textOf } from './memory.ts'
import { mutations, writeLog } from './mutations.ts'
import { processes } from './processes.ts'
import { queue, tell } from './queue.ts'
import type { Report } from './report.ts'
import { isFound, review } from './review.ts'
import { slow } from './slow.ts'
import { contests, timing } from './timing.ts'
import { generate } from './traffic-log.ts'

/** What a campaign is given: a directory and a PostgreSQL of its own, and how far to go. */
export interface Campaign {
  readonly dir: string
  readonly url: string
  readonly postgres: Postgres
  readonly firstSeed: number
  readonly seeds: number
  /** Of `fuzz`: for so long, instead of so many seeds. */
  readonly minutes: number | undefined
  /** Of the file of `levering`. */
  readonly lines: number
  readonly report: Report
}

const policyDir = join(import.meta.dirname, '..', 'policies')

/** Each reports its figures and resolves to whether all is well. A seed of `fuzz`, `memory` and `queue` is a thousand, of `slow` forty. */
const campaigns: Readonly<Record<string, (campaign: Campaign) => Promise<boolean>>> = {
  async crash({ dir, url, firstSeed, seeds, report }) {
    const result = await crash({ dir, url }, firstSeed, seeds, report)
    const { received, unrecorded, faults } = result
    report(
      `${result.seeds} keer gestopt, ${received} antwoorden ontvangen, ${unrecorded.length} zonder logregel`,
    )
    for (const fault of faults) report(`logboek: ${fault}`)
    return unrecorded.length + faults.length === 0
  },
  async fuzz({ firstSeed, seeds, minutes, report }) {
    const ends = minutes === undefined ? undefined : performance.now() + minutes * 60_000
    const result = await decide({
      ...{ policyDir, firstSeed, perLaw: 1_000, wild: 0.5, report },
      seeds: ends === undefined ? seeds : Number.POSITIVE_INFINITY,
      goesOn: () => ends === undefined || performance.now() < ends,
    })
    const { laws, questions, allowed, seen, disagreements } = result
    for (const [code, n] of [...seen].sort()) report(`${code}: ${n}`)
    for (const one of disagreements.slice(0, 5)) report(JSON.stringify(one))
    report(
      `vanaf zaad ${firstSeed}: ${laws} wetten, ${questions} vragen, ${allowed} toegestaan, ${disagreements.length} verschillen`,
    )
    return disagreements.length === 0
  },
  async mutations({ dir, url, firstSeed, seeds, report }) {
    await using store = await openStore({ url, dir })
    await prepareDatabase(store)
    const written = await writeLog(store, await beginLogsIn(dir, store))
    const result = await mutations(written, firstSeed, seeds, report)
    for (const one of result.missed.slice(0, 5)) report(one)
    report(`${result.mutations} wijzigingen, ${result.missed.length} niet of elders gevonden`)
    return result.missed.length === 0
  },
  async processes({ dir, url, firstSeed, seeds, report }) {
    const gateway = await gatewayUrl(url)
    const result = await processes({ dir, url: gateway }, firstSeed, seeds, report)
    const { faults, ...figures } = result
    report(JSON.stringify(figures))
    for (const fault of faults) report(`logboek: ${fault}`)
    return faults.length + result.unrecorded + result.twice + result.notClean === 0
  },
  async queue({ dir, url, postgres, firstSeed, seeds, report }) {
    await using redis = await runRedis(keepAll)
    const options = {
      requests: seeds * 1_000,
      seed: firstSeed,
      scale: 1,
      overMs: seeds * 90_000,
      restMs: 1_800_000,
    }
    report(`zaad ${firstSeed}`)
    const result = await queue({ dir, url, postgres, redis }, options, report)
    for (const line of tell(result)) report(line)
    return result.unbalanced.size === 0
  },
  async review({ dir, url, firstSeed, seeds, report }) {
    const shipped = await loadPolicies(policyDir, 'test')
    const until = '2026-11-01'
    let found = true
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      for (const misuse of [true, false]) {
        const name = `zaad_${seed}_${misuse ? 'met' : 'zonder'}`
        const stateDir = join(dir, name)
        await using store = await openStore({ url: await newDatabase(url, name), dir })
        await prepareDatabase(store)
        const place = { store, stateDir, keysDir: join(stateDir, 'sleutels') }
        const options = { seed, months: 4, until, perMonth: 20_000, misuse }
        const made = await generate(place, shipped, options)
        const result = await review({ ...place, ...made }, until)
        const { hints, right, all, places } = result
        report.at?.((seed - firstSeed) * 2 + (misuse ? 1 : 2), seeds * 2)
        report(
          misuse
            ? `zaad ${seed}: ${made.records} records; bij de eerste 50: ${hints} aanwijzingen, ${right} over wat was geplant; ${places.map(([what, , place]) => `${what} ${place}`).join(', ')}`
            : `zaad ${seed}: een gewone maand geeft ${all} aanwijzingen`,
        )
        found &&= !misuse || isFound(result)
      }
    }
    return found
  },
  async slow({ dir, url, seeds, report }) {
    await using running = await startGateway({ dir, url })
    const result = await slow(running, 200, seeds * 40, report)
    for (const [name, { count, longest }] of result.ended) {
      report(`${name}: ${count} keer beëindigd, de langste na ${(longest / 1000).toFixed(1)} s`)
    }
    for (const one of result.late) report(`te laat: ${one}`)
    report(
      `${result.asked} vragen, ${result.failed} mislukt; p99 van de ander ${result.without.toFixed(1)} ms, naast 200 trage verbindingen ${result.beside.toFixed(1)} ms: ${result.ratio.toFixed(2)} keer`,
    )
    return result.ratio < 2 && result.failed + result.late.length === 0
  },
  async timing({ dir, url, firstSeed, seeds, report }) {
    await using running = await startGateway({ dir, url })
    let alike = true
    for (const [name, contest] of Object.entries(contests)) {
      const result = await timing(running, seeds, firstSeed, report, contest)
      const { different, p, ...figures } = result
      report(`${name}: ${JSON.stringify({ ...figures, p })}`)
      for (const shape of different) report(shape)
      alike = alike && different.length === 0 && p > 0.001
    }
    return alike
  },
  async levering({ dir, url, lines, firstSeed, report }) {
    report(`zaad ${firstSeed}`)
    const gateway = await gatewayUrl(url)
    await using owner = await openStore({ url, dir })
    await prepareDatabase(owner, gateway)
    const result = await levering({ dir, url: gateway }, { lines, seed: firstSeed }, report)
    const { seconds, resident, killedAt, bytes, counts, faults } = result
    const mb = (size: number) => (size / 2 ** 20).toFixed(0)
    report(`gedood na ${killedAt} van ${lines} regels, daarna verder`)
    report(
      `${lines} regels (${mb(bytes)} MB) in ${seconds.toFixed(0)} s: ${(lines / seconds).toFixed(0)} regels/s; hoogstens ${mb(resident)} MB in het geheugen`,
    )
    report(JSON.stringify(counts))
    for (const fault of faults.slice(0, 10)) report(fault)
    return faults.length === 0 && resident < 250 * 2 ** 20
  },
  async memory({ dir, url, firstSeed, seeds, report }) {
    await using running = await startGateway({ dir, url })
    const requests = seeds * 1_000
    const every = Math.max(100, Math.min(10_000, requests / 20))
    const result = await memory(running, { requests, every, seed: firstSeed }, report)
    report(`${result.requests} verzoeken: ${JSON.stringify(result.statuses)}`)
    report(`tweede tiende: ${textOf(result.early)}`)
    report(`laatste tiende: ${textOf(result.late)}`)
    for (const name of result.grew) report(`gegroeid: ${name}`)
    return result.grew.length === 0
  },
}

async function newDatabase(admin: string, name: string): Promise<string> {
  await using store = await openStore({ url: admin, dir: '' })
  await store.query(`CREATE DATABASE ${name}`)
  const url = new URL(admin)
  url.pathname = `/${name}`
  return url.href
}

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  options: {
    seeds: { type: 'string', default: '500' },
    from: { type: 'string' },
    lines: { type: 'string', default: '100000' },
    minutes: { type: 'string' },
  },
  allowPositionals: true,
})
const campaign = campaigns[positionals[0] ?? '']
if (!campaign) {
  const names = Object.keys(campaigns).join('|')
  stderr.write(
    `gebruik: npm run soak -- <${names}> [--seeds n] [--minutes n] [--lines n] [--from zaad]\n`,
  )
  exit(2)
}
await using postgres = await startPostgres()
const dir = mkdtempSync(join(tmpdir(), 'sluis-soak-'))
const firstSeed = Number(values.from ?? Date.now() % 1_000_000)
const progress = openProgress(
  { ...shown(stderr), clock: Date.now },
  { label: positionals[0] ?? '', unit: 'gedaan' },
)
const report = Object.assign(
  (line: string) => {
    progress.clear()
    stdout.write(`${line}\n`)
  },
  { at: progress.at },
)
const well = await campaign({
  dir,
  url: postgres.url,
  postgres,
  firstSeed,
  seeds: Number(values.seeds),
  lines: Number(values.lines),
  minutes: values.minutes === undefined ? undefined : Number(values.minutes),
  report,
})
progress.clear()
removeTree(dir)
exit(well ? 0 : 1)
