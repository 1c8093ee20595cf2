// How does a test send a signal? A gateway in a process of its own, as an operator runs it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { prepare } from '../../demo/prepare.ts'
import { type Place, testPlace } from './database.ts'
import { removeTree } from './directory.ts'
import { giveKeys } from './prepared.ts'

export interface Spawned {
  readonly process: ChildProcess
  readonly place: Place
  readonly pkiDir: string
  readonly dataDir: string
  readonly exchangePort: number
  /** Address of the ops listener. */
  readonly ops: string
  /** Address of the console, when its settings are given. */
  readonly console: string | undefined
  /** Everything it wrote. */
  written(): string
}

/** Without sources: it decides and refuses, and answers what it knows itself. Stopped after the test. */
export async function spawnedGateway(
  t: TestContext,
  more: NodeJS.ProcessEnv = {},
): Promise<Spawned> {
  const place = await testPlace(t, 'postgres')
  const own = mkdtempSync(join(tmpdir(), 'sluis-spawned-'))
  await giveKeys(own)
  const prepared = await prepare(
    {
      SLUIS_DATA_DIR: own,
      ...(place.url && { DATABASE_URL: place.url }),
      SLUIS_EXCHANGE_PORT: '0',
      SLUIS_PUBLIC_PORT: '0',
      SLUIS_CONSOLE_PORT: '0',
      SLUIS_OPS_PORT: '0',
      SLUIS_LOG_LEVEL: 'silent',
      ...more,
    },
    async () => '{}\n',
  )
  const { settings, pkiDir, dataDir } = prepared
  await prepared[Symbol.asyncDispose]()
  const child = spawn(execPath, [resolve(import.meta.dirname, '../../gateway/serve.ts')], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', one => chunks.push(one))
  t.after(async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    removeTree(own)
  })
  const addresses = await addressesOf(child)
  return {
    process: child,
    place,
    pkiDir,
    dataDir,
    exchangePort: Number(new URL(addresses.get('exchange') ?? '').port),
    ops: addresses.get('ops') ?? '',
    console: addresses.get('console'),
    written: () => Buffer.concat(chunks).toString('latin1'),
  }
}

/** What it prints once it listens, and obeys signals. */
export async function addressesOf({ stdout }: ChildProcess): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  if (stdout === null) throw new Error('no output to read')
  for await (const line of createInterface(stdout)) {
    const [name = '', address = ''] = line.split(' ')
    found.set(name, address)
    if (name === 'ops') break
  }
  stdout.resume()
  if (!found.has('ops')) throw new Error('the gateway did not start')
  return found
}
