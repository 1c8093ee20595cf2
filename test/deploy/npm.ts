// How do tests run npm? As somebody who just cloned the repository would, with nothing of this run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { env } from 'node:process'

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What the caller's shell would hold, without what `npm test` and the test runner put there. */
export function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(npm_|SLUIS_|DATABASE_|PG|NODE_TEST|NODE_OPTIONS|INIT_CWD)/i.test(name),
    ),
  )
}

export async function run(
  command: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = cleanEnv(),
): Promise<Ran> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', data => (text.out += data))
  child.stderr.setEncoding('utf8').on('data', data => (text.err += data))
  const [code] = await once(child, 'close')
  return { code, ...text }
}
