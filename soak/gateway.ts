// Which gateway does a campaign wear out? One in a process of its own, with what it says of its memory.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { roomyPolicies } from '../test/support/policies.ts'

export interface Place {
  /** Data directory: keys, PKI and, without `url`, the embedded database. */
  readonly dir: string
  readonly url?: string
}

export interface Running extends AsyncDisposable {
  readonly exchangePort: number
  readonly ops: string
  readonly pkiDir: string
  /** One sample of /metrics. */
  metric(name: string): Promise<number>
  /** Collects garbage now; the figures of the next sample are after it. */
  collect(): void
}

/** Collecting garbage on a signal is for campaigns alone: the product knows nothing of it. */
const onSignal = "data:text/javascript,process.on('SIGUSR2',()=>globalThis.gc())"

export async function startGateway({ dir, url }: Place, settings = {}): Promise<Running> {
  const temporary = join(dir, 't')
  await mkdir(temporary, { recursive: true })
  const child = spawn(
    execPath,
    ['--expose-gc', '--import', onSignal, join(import.meta.dirname, '..', 'demo', 'start.ts')],
    {
      env: {
        PATH: process.env.PATH,
        TMPDIR: temporary,
        SLUIS_DATA_DIR: dir,
        ...(url && { DATABASE_URL: url }),
        SLUIS_EXCHANGE_PORT: '0',
        SLUIS_PUBLIC_PORT: '0',
        SLUIS_CONSOLE_PORT: '0',
        SLUIS_OPS_PORT: '0',
        SLUIS_LOG_LEVEL: 'silent',
        SLUIS_POLICY_DIR: roomyPolicies(join(dir, 'beleid')),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const { exchange, ops } = await addresses(child)
  return {
    exchangePort: Number(new URL(exchange).port),
    ops,
    pkiDir: join(dir, 'pki'),
    async metric(name) {
      const text = await (await fetch(`${ops}/metrics`)).text()
      const line = text.split('\n').find(each => each.startsWith(`${name} `))
      if (line === undefined) throw new Error(`no metric ${name}`)
      return Number(line.slice(name.length + 1))
    },
    collect: () => void child.kill('SIGUSR2'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Printed at start, the last one last. */
async function addresses(child: ChildProcess): Promise<{ exchange: string; ops: string }> {
  if (!child.stdout) throw new Error('no output')
  let exchange = ''
  for await (const line of createInterface({ input: child.stdout })) {
    exchange ||= /https:\/\/localhost:\d+/.exec(line)?.[0] ?? ''
    const ops = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (!ops) continue
    child.stdout.resume()
    return { exchange, ops }
  }
  throw new Error('the gateway stopped before it listened')
}
