// How does a test run a container without an engine? The tree that Dockerfile makes, read-only, under another user.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { env } from 'node:process'
import type { TestContext } from 'node:test'
import { removeTree } from '../support/directory.ts'
import {
  type Composition,
  dockerfile,
  execForm,
  root,
  type Service,
  stagesOf,
  textsOf,
} from './composition.ts'
import { cleanEnv, run } from './npm.ts'

const [install, final] = stagesOf(dockerfile)

/** What a container would mount, as directories beside the tree. */
export interface Image {
  readonly dir: string
  /** `/app` of the image. */
  readonly app: string
  readonly environment: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly health: readonly string[]
  /** How npm filled the tree: from its cache or registry, or from what is installed here. */
  readonly installed: string
  /** Gives a file or directory to the user of the container. */
  give(path: string): void
  /** A path inside the container as one of this machine. */
  here(text: string): string
}

/** USER 1000:1000 when this test may become somebody else. */
export const user = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {}

export async function makeImage(t: TestContext): Promise<Image> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-image-'))
  chmodSync(dir, 0o755)
  const app = join(dir, 'app')
  t.after(() => {
    setModes(app, 0o200, 0)
    removeTree(dir)
  })
  const stage = join(dir, 'install')
  for (const path of [app, stage]) mkdirSync(path)
  if (!install || !final) throw new Error('Dockerfile has two stages')
  copyAll(textsOf(install, 'COPY'), stage)
  const installed = await installInto(stage, execForm(textsOf(install, 'RUN')[0] ?? ''))
  renameSync(join(stage, 'node_modules'), join(app, 'node_modules'))
  copyAll(
    textsOf(final, 'COPY').filter(text => !text.startsWith('--from=')),
    app,
  )
  setModes(app, 0, 0o222)
  linkNode(join(dir, 'bin'))
  const places: readonly (readonly [string, string])[] = [
    ['/var/lib/sluis/staat', join(dir, 'staat')],
    ['/var/lib/sluis/sleutels', join(dir, 'sleutels')],
    ['/etc/sluis', join(dir, 'inrichting')],
    ['/run/secrets', join(dir, 'geheimen')],
  ]
  const give = (path: string) => {
    if (user.uid === undefined) return
    chownSync(path, user.uid, user.gid)
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name))
  }
  for (const path of ['staat', 'sleutels', 'tmp']) {
    mkdirSync(join(dir, path), { mode: 0o700 })
    give(join(dir, path))
  }
  const environment = textsOf(final, 'ENV').map(text => text.split('=') as [string, string])
  return {
    dir,
    app,
    environment: Object.fromEntries(environment),
    command: execForm(textsOf(final, 'CMD')[0] ?? ''),
    health: execForm(textsOf(final, 'HEALTHCHECK')[0] ?? ''),
    installed,
    give,
    here: text => places.reduce((done, [inside, here]) => done.replaceAll(inside, here), text),
  }
}

function copyAll(texts: readonly string[], to: string): void {
  for (const text of texts) {
    for (const name of text.split(' ').slice(0, -1)) {
      cpSync(join(root, name), join(to, name), { recursive: true })
    }
  }
}

/** The line of Dockerfile. Without cache and network: the same packages, by the lockfile, of the installed ones. */
async function installInto(dir: string, line: readonly string[]): Promise<string> {
  const { code, err } = await run([...line, '--prefer-offline'], dir)
  if (code === 0) return 'npm ci'
  if (!/ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(err)) throw new Error(err)
  const lock = JSON.parse(readFileSync(join(dir, 'package-lock.json'), 'utf8'))
  for (const [path, { dev, optional, devOptional }] of Object.entries<Record<string, boolean>>(
    lock.packages,
  )) {
    if (!path || dev || optional || devOptional) continue
    const nested = join(root, path, 'node_modules')
    const filter = (from: string) => from !== nested
    cpSync(join(root, path), join(dir, path), { recursive: true, filter })
  }
  return 'a copy of what is installed'
}

function setModes(path: string, add: number, remove: number): void {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat || stat.isSymbolicLink()) return
  chmodSync(path, (stat.mode & 0o777 & ~remove) | add)
  if (stat.isDirectory())
    for (const name of readdirSync(path)) setModes(join(path, name), add, remove)
}

/** Under a path that every user can reach. */
function linkNode(bin: string): void {
  mkdirSync(bin, { mode: 0o755 })
  try {
    linkSync(process.execPath, join(bin, 'node'))
  } catch {
    copyFileSync(process.execPath, join(bin, 'node'))
  }
}

/** The environment that a service of compose.yaml gives its container, with addresses of this machine. */
export function environmentOf(
  image: Image,
  service: Service,
  { postgres, redis = 'redis' }: { readonly postgres: string; readonly redis?: string },
): NodeJS.ProcessEnv {
  const settings = { ...image.environment, ...service.environment }
  const translated = Object.entries(settings).map(([name, value]) => [
    name,
    image
      .here(String(value))
      .replace('@postgres:5432/', `@${postgres}/`)
      .replace('//redis:6379', `//${redis}`),
  ])
  return {
    ...Object.fromEntries(translated),
    PATH: [join(image.dir, 'bin'), '/usr/bin', '/bin'].join(delimiter),
    TMPDIR: join(image.dir, 'tmp'),
    SLUIS_EXCHANGE_PORT: '0',
    SLUIS_PUBLIC_PORT: '0',
    SLUIS_OPS_PORT: '0',
  }
}

export interface Running {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<unknown>
}

/** A command in the container, as its user. */
export function start(
  image: Image,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
): Running {
  const [program = '', ...args] = command.map(image.here)
  const child = spawn(program, args, {
    ...user,
    cwd: image.app,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', data => (text += data))
  }
  return { child, said: () => text, ended: once(child, 'close') }
}

export async function finish(running: Running): Promise<number | null> {
  await running.ended
  return running.child.exitCode
}

/** The services that run once before the gateway, in the order in which they wait for each other. */
export function preparations({ services }: Composition): readonly string[] {
  const order: string[] = []
  const visit = (name: string) => {
    for (const before of Object.keys(services[name]?.depends_on ?? {})) visit(before)
    if (!order.includes(name)) order.push(name)
  }
  visit('gateway')
  return order.filter(name => name !== 'gateway' && name !== 'postgres')
}

export function installedIn(dir: string): readonly string[] {
  return packagesBelow(join(dir, 'node_modules')).toSorted()
}

function packagesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap(entry => {
    const path = join(dir, entry.name)
    if (!entry.isDirectory() || entry.name.startsWith('.')) return []
    if (entry.name.startsWith('@')) return packagesBelow(path)
    const { name, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    const nested = readdirSync(path).includes('node_modules')
    return [`${name}@${version}`, ...(nested ? packagesBelow(join(path, 'node_modules')) : [])]
  })
}

/** For npm, which is not in the tree: the caller's own. */
export const npmEnv = { ...cleanEnv(), PATH: [dirname(process.execPath), env.PATH].join(delimiter) }
