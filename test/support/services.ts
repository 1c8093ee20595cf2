// Which programs do tests, bench and soak need besides npm's? Found, or installed, and told.
import { execFileSync } from 'node:child_process'
import { accessSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findChromium } from './browser.ts'
import { findPostgres } from './postgres.ts'
import { findRedis } from './redis.ts'

interface Service {
  readonly name: string
  /** Names its directory, or its program, where it is not found by itself. */
  readonly env: string
  readonly debianPackage: string
  /** Its directory; undefined when it is not on this machine. */
  find(): string | undefined
}

const services: readonly Service[] = [
  {
    name: 'PostgreSQL',
    env: 'SLUIS_TEST_POSTGRES_BIN',
    debianPackage: 'postgresql',
    find: () => findPostgres(),
  },
  {
    name: 'Redis',
    env: 'SLUIS_TEST_REDIS',
    debianPackage: 'redis-server',
    find: () => findRedis(),
  },
]

/** Only tests look at pages. */
export const browser: Service = {
  name: 'Chromium',
  env: 'SLUIS_TEST_CHROMIUM',
  debianPackage: 'chromium',
  find: () => findChromium(),
}

/** By env, else where it usually is, else apt-get as root on Debian, else the command to run. */
export async function findServices(also: readonly Service[] = []): Promise<void> {
  for (const service of [...services, ...also])
    say(`${service.name}: ${service.find() ?? install(service)}`)
}

function install(service: Service): string {
  const { name, env, debianPackage } = service
  const command = `apt-get install -y --no-install-recommends ${debianPackage}`
  if (process.env[env]) stop(`${name} is not in ${env}`)
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    stop(
      `${name} is missing. Run: sudo apt-get update && sudo ${command}\n(or set ${env} to where it is)`,
    )
  }
  say(`${name}: apt-get update && ${command}`)
  // At runlevel 1 the package starts no server of the system.
  const env1 = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  for (const line of ['apt-get update', command]) {
    const [program = '', ...args] = line.split(' ')
    execFileSync(program, args, { stdio: 'inherit', env: env1 })
  }
  return service.find() ?? stop(`${name} is still missing after apt-get`)
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(dir => {
    try {
      accessSync(join(dir, program))
      return true
    } catch {
      return false
    }
  })
}

/** Every choice is told, so that a run shows what it ran on. */
export function say(line: string): void {
  process.stdout.write(`• ${line}\n`)
}

function stop(line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}
