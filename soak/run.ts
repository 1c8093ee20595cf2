// `npm run soak -- <campaign> [--seeds n]`: the long form of what `npm test` runs with few seeds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, exit, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { startPostgres } from '../test/support/postgres.ts'
import { crash } from './crash.ts'

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  options: { seeds: { type: 'string', default: '500' }, from: { type: 'string' } },
  allowPositionals: true,
})
if (positionals[0] !== 'crash') {
  stderr.write('gebruik: npm run soak -- crash [--seeds n] [--from zaad]\n')
  exit(2)
}
await using postgres = await startPostgres()
const dir = mkdtempSync(join(tmpdir(), 'sluis-soak-'))
const first = Number(values.from ?? Date.now() % 1_000_000)
const seeds = Number(values.seeds)
const result = await crash({ dir, url: postgres.url }, first, seeds, line =>
  stdout.write(`${line}\n`),
)
rmSync(dir, { recursive: true, force: true })
stdout.write(
  `${result.seeds} keer gestopt, ${result.received} antwoorden ontvangen, ${result.unrecorded.length} zonder logregel\n`,
)
for (const fault of result.faults) stdout.write(`logboek: ${fault}\n`)
exit(result.unrecorded.length + result.faults.length === 0 ? 0 : 1)
