// What if there are several gateways? Each in a process of its own, on one database, with the same keys.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { execPath } from 'node:process'
import { addressesOf } from './spawned.ts'

export interface Member {
  readonly process: ChildProcess
  /** 0: it does not listen for partners. */
  readonly exchangePort: number
  readonly ops: string
  /** The code it exits with; null after a kill. */
  readonly ended: Promise<number | null>
}

export interface Processes extends AsyncDisposable {
  readonly members: readonly Member[]
  /** The exchange port of each in turn; undefined when there are none. */
  next(): number | undefined
  /** In place of the one at `index`, which was ended before or goes on beside it. */
  replace(index: number): Promise<Member>
}

export async function startProcesses(
  settings: NodeJS.ProcessEnv,
  count: number,
): Promise<Processes> {
  const members = await Promise.all(Array.from({ length: count }, () => startOne(settings)))
  let turn = 0
  return {
    members,
    next: () => members[turn++ % members.length]?.exchangePort,
    async replace(index) {
      const member = await startOne(settings)
      members[index] = member
      return member
    },
    async [Symbol.asyncDispose]() {
      for (const { process } of members) process.kill('SIGTERM')
      await Promise.all(members.map(({ ended }) => ended))
    },
  }
}

/** A gateway, or a worker beside them. */
export async function startOne(
  settings: NodeJS.ProcessEnv,
  entry: 'serve' | 'deliver' = 'serve',
): Promise<Member> {
  const child = spawn(execPath, [resolve(import.meta.dirname, `../../gateway/${entry}.ts`)], {
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null))
  const addresses = await addressesOf(child)
  return {
    process: child,
    exchangePort: Number(URL.parse(addresses.get('exchange') ?? '')?.port ?? 0),
    ops: addresses.get('ops') ?? '',
    ended,
  }
}
