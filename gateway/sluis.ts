// What can be asked from the command line? The table of `sluis` commands (design §3.3).
import { argv, env, stderr, stdin, stdout } from 'node:process'
import { buffer } from 'node:stream/consumers'
import { commands as adapter } from './commands/adapter.ts'
import { commands as brake } from './commands/brake.ts'
import { commands as bundle } from './commands/bundle.ts'
import { commands as certs } from './commands/certs.ts'
import { type Command, type ExitCode, type Io, UsageError } from './commands/command.ts'
import { commands as db } from './commands/db.ts'
import { commands as delivery } from './commands/delivery.ts'
import { commands as doctor } from './commands/doctor.ts'
import { commands as jws } from './commands/jws.ts'
import { commands as keys } from './commands/keys.ts'
import { commands as log } from './commands/log.ts'
import { commands as policy } from './commands/policy.ts'
import { shown } from './commands/progress.ts'
import { commands as proof } from './commands/proof.ts'
import { commands as queue } from './commands/queue.ts'
import { commands as register } from './commands/register.ts'
import { commands as request } from './commands/request.ts'
import { commands as role } from './commands/role.ts'
import { commands as tlog } from './commands/tlog.ts'
import { clock } from './open.ts'

export const table: readonly Command[] = [
  ...log,
  ...proof,
  ...bundle,
  ...tlog,
  ...jws,
  ...certs,
  ...policy,
  ...register,
  ...queue,
  ...delivery,
  ...request,
  ...adapter,
  ...brake,
  ...db,
  ...role,
  ...keys,
  ...doctor,
]

/** Exit 0 yes, 1 judged no, 2 bad usage, 3 could not judge. */
export async function sluis(args: readonly string[], io: Io): Promise<ExitCode> {
  const command = find(args)
  if (!command) {
    const asked = args[0] === undefined || args[0] === 'help' || args[0] === '--help'
    ;(asked ? io.out : io.err)(usage())
    return asked && args[0] !== undefined ? 0 : 2
  }
  try {
    return await command.run(args.slice(command.name.split(' ').length), io)
  } catch (error) {
    if (error instanceof UsageError) {
      io.err(`${error.message}\ngebruik: sluis ${command.name} ${command.usage}\n`)
      return 2
    }
    io.err(`niet te beoordelen: ${(error as Error).message}\n`)
    return 3
  }
}

/** The longest name that fits: `policy check` before `policy`. */
function find(args: readonly string[]): Command | undefined {
  return table
    .filter(({ name }) => name.split(' ').every((word, i) => args[i] === word))
    .sort((a, b) => b.name.length - a.name.length)[0]
}

function usage(): string {
  const lines = table.map(({ name, usage }) => `  sluis ${name} ${usage}`.trimEnd())
  return `gebruik:\n${lines.join('\n')}\n\n--json geeft uitvoer voor programma's. Uitgang: 0 ja, 1 nee, 2 verkeerd gebruik, 3 niet te beoordelen.\n`
}

/** This process as one command; `sluis.js` comes here too. */
export async function main(): Promise<void> {
  process.exitCode = await sluis(argv.slice(2), {
    env,
    out: text => stdout.write(text),
    ...shown(stderr, env.TERM === 'dumb'),
    stdin: () => buffer(stdin),
    clock,
  })
}

if (import.meta.main) await main()
