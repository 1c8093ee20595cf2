// What does an operator do when a month's files must come now? `delivery fetch`: what the worker does by itself, asked for.
import { catalogue } from '../../adapters/registry.ts'
import { readConfig } from '../config.ts'
import { type Fetched, fetchPeriod } from '../fetch-files.ts'
import { openLog } from '../log.ts'
import { openHouse } from '../open.ts'
import { lastPeriod } from '../policy/deadlines.ts'
import { Problem } from '../problem.ts'
import { type Command, type ExitCode, type Io, readArguments, UsageError } from './command.ts'
import { openProgress } from './progress.ts'

export const fetchMonth: Command = {
  name: 'delivery fetch',
  usage: '<uitwisseling> [--maand JJJJ-MM] [--json]',
  run,
}

/** With the settings of the worker. Lines that were taken in before are passed over. */
async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { maand: { type: 'string' } }, 1)
  const [uitwisseling] = positionals
  if (uitwisseling === undefined) throw new UsageError('noem de uitwisseling')
  const { maand: periode = lastPeriod('maand', io.clock()), json } = values
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(periode)) throw new UsageError('--maand is JJJJ-MM')
  // What it says goes to standard output, where an answer belongs.
  await using house = await openHouse(readConfig(io.env), catalogue, { log: openLog('silent') })
  using progress = openProgress(io, { label: uitwisseling, unit: 'regels', silent: json })
  const round = { uitwisseling, periode }
  try {
    const fetched = await fetchPeriod(round, house.rooms, {
      signal: new AbortController().signal,
      again: true,
      onProgress: ({ regel, regels }) => progress.at(regel, regels),
    })
    progress.clear()
    return tell(io, fetched, json)
  } catch (error) {
    if (error instanceof Problem) throw new Error(error.detail, { cause: error })
    throw error
  }
}

function tell(io: Io, fetched: Fetched, json: boolean | undefined): ExitCode {
  const { uitkomst, reden, periode, bestanden } = fetched
  if (json) io.out(`${JSON.stringify(fetched)}\n`)
  else {
    for (const { ontvanger, uitkomst: of, reden: why } of bestanden) {
      io.out(`${ontvanger}  ${of}${why === undefined ? '' : `  ${why}`}\n`)
    }
    const because = reden === undefined ? '' : ` (${reden})`
    io.out(`${periode}: ${uitkomst}${because}, ${bestanden.length} bestanden\n`)
  }
  return uitkomst === 'gereed' ? 0 : 3
}
