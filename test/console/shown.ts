// Which gateway does a browser look at? `npm start` in a process of its own that says all it can say, on a log of months and a law with hostile texts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { issueDevelopmentPki } from '../../certs/issue.ts'
import { legalDate } from '../../gateway/policy/legal-time.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { openStore } from '../../gateway/store.ts'
import { generate } from '../../soak/traffic-log.ts'
import { asOwner, type Place, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { clientAgent, goodBody, send, type TestGateway } from '../support/gateway.ts'
import { hostileLaw } from './hostile.ts'

export interface Shown extends Pick<TestGateway, 'ask' | 'query'> {
  readonly console: string
  readonly pkiDir: string
  /** Everything it wrote to stdout and stderr. */
  written(): string
}

const talkative = resolve(import.meta.dirname, '../exchange/talkative.ts')

export async function shownGateway(t: TestContext): Promise<Shown> {
  let close = async () => {}
  const place = await testPlace(t, 'postgres', () => close())
  const dir = mkdtempSync(join(tmpdir(), 'sluis-shown-'))
  await fill(place, dir)
  await issueDevelopmentPki(join(dir, 'pki'), { clock: Date.now })
  const law = await hostileLaw(join(dir, 'beleid-van-een-ander'), join(dir, 'pki'))
  const child = spawn(execPath, [talkative, dir], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: process.env.TMPDIR,
      ...(place.url && { DATABASE_URL: place.url }),
      SLUIS_EXCHANGE_PORT: '0',
      SLUIS_PUBLIC_PORT: '0',
      SLUIS_CONSOLE_PORT: '0',
      SLUIS_OPS_PORT: '0',
      SLUIS_POLICY_DIR: law,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const agents = new Map<string, ReturnType<typeof clientAgent>>()
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => chunks.push(chunk))
  }
  close = async () => {
    for (const agent of agents.values()) agent.destroy()
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit')
    removeTree(dir)
  }
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`it did not start: ${Buffer.concat(chunks)}`)
    }),
  ])
  const addresses = JSON.parse(line)
  const pkiDir = join(dir, 'pki')
  const port = Number(new URL(addresses.exchange).port)
  const shown: Shown = {
    console: addresses.console,
    pkiDir,
    written: () => Buffer.concat(chunks).toString(),
    ask(client, call) {
      const agent = agents.get(client) ?? clientAgent(pkiDir, client)
      agents.set(client, agent)
      return send(agent, port, call)
    },
    query: (client, body, exchange = 'uwv-inkomsten-bijstand') =>
      shown.ask(client, {
        path: `/v1/uitwisselingen/${exchange}/_zoek`,
        body: { ...goodBody(), ...body },
      }),
  }
  return shown
}

/** Two months of a country, until the first of this month; in the last of them somebody misuses it. */
async function fill(place: Place, dir: string): Promise<void> {
  await using store = await openStore(asOwner(place))
  const shipped = await loadPolicies(resolve(import.meta.dirname, '../../policies'), 'test')
  await generate({ store, keysDir: join(dir, 'keys'), stateDir: dir }, shipped, {
    seed: 1,
    months: 2,
    until: `${legalDate(Date.now()).slice(0, 7)}-01`,
    perMonth: 700,
    misuse: true,
  })
}
