// What is a `sluis` command? One type, and the exit codes of design §3.3.
import { parseArgs } from 'node:util'
import { logNames } from '../audit/keys.ts'
import { readStorePlace } from '../config.ts'
import { isDate, midnight } from '../policy/legal-time.ts'
import { openStore, type Store } from '../store.ts'
import type { LogName, Moment } from '../terms.ts'
import type { Terminal } from './progress.ts'

/** 0 yes, 1 judged no (malformed evidence included), 2 bad usage, 3 could not judge. */
export type ExitCode = 0 | 1 | 2 | 3

export interface Io {
  readonly env: NodeJS.ProcessEnv
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly stdin: () => Promise<Buffer>
  readonly clock: () => number
  /** Absent unless a person looks at standard error. */
  readonly terminal?: Terminal
}

export interface Command {
  /** The words after `sluis`, e.g. `log verify`. */
  readonly name: string
  /** What follows the name, e.g. `[--from <checkpoint-file>]`. */
  readonly usage: string
  run(args: readonly string[], io: Io): Promise<ExitCode>
}

/** Thrown for a call whose words are off; answered with the usage and exit 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options']

/**
 * Strict arguments: an unknown option or a missing value is bad usage. `--json` is always known.
 * What follows an option that takes a value is its value, unless it is an option itself: a hash in base64url
 * begins with a dash once in 64 times.
 */
export function readArguments<const O extends NonNullable<Options>>(
  args: readonly string[],
  options: O,
  positionals = 0,
) {
  const known = { ...options, json: { type: 'boolean' } } as O & { json: { type: 'boolean' } }
  try {
    const parsed = parseArgs({
      args: withValues(args, known),
      options: known,
      allowPositionals: positionals > 0,
      strict: true,
    })
    if (parsed.positionals.length > positionals) throw new UsageError('te veel argumenten')
    return parsed
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError((error as Error).message, { cause: error })
  }
}

/** `--inhoud -Qh5…` as `--inhoud=-Qh5…`, which parseArgs does not call ambiguous. */
function withValues(args: readonly string[], options: NonNullable<Options>): string[] {
  const joined: string[] = []
  for (let i = 0; i < args.length; i += 1) {
    const [arg = '', next = ''] = args.slice(i, i + 2)
    const takes = arg.startsWith('--') && options[arg.slice(2)]?.type === 'string'
    const isOption =
      next.startsWith('--') && options[next.slice(2).split('=')[0] ?? ''] !== undefined
    if (takes && /^-./.test(next) && !isOption) {
      joined.push(`${arg}=${next}`)
      i += 1
    } else joined.push(arg)
  }
  return joined
}

/** The database of this environment, beside a running gateway or without one. */
export async function openOwnStore({ env }: Io): Promise<Store> {
  const { url, dataDir } = readStorePlace(env)
  return await openStore({ ...(url && { url }), dir: dataDir })
}

/** A legal date means its first moment. */
export function readMoment(option: string, text: string): Moment {
  if (isDate(text)) return midnight(text)
  const moment = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(moment)) {
    throw new UsageError(`--${option} is een datum of een moment met tijdzone`)
  }
  return moment
}

export function readLogName(value = 'gewoon'): LogName {
  const name = logNames.find(one => one === value)
  if (!name) throw new UsageError('--log is gewoon of vertrouwelijk')
  return name
}

export function iso(moment: Moment): string {
  return new Date(moment).toISOString()
}
