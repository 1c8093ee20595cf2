// How are the pictures in docs/ made? `node test/console/pictures.ts`: the demo on two generated months, and a morning.
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startDemo } from '../../demo/start.ts'
import { legalDate } from '../../gateway/policy/legal-time.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { prepareDatabase } from '../../gateway/role.ts'
import { openStore } from '../../gateway/store.ts'
import { generate } from '../../soak/traffic-log.ts'
import { startBrowser } from '../support/browser.ts'
import { removeTree } from '../support/directory.ts'
import { clientAgent, goodBody, send, type TestGateway } from '../support/gateway.ts'
import { seed } from '../support/seeded.ts'
import { logIn, watch } from './watched.ts'

const root = resolve(import.meta.dirname, '../..')

/** Only persons of the test series, and their numbers masked as every page does. */
async function makePictures(to: string): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const dir = mkdtempSync(join(tmpdir(), 'sluis-beeld-'))
  stack.defer(() => removeTree(dir))
  await fill(dir)
  const demo = stack.use(
    await startDemo({
      PATH: process.env.PATH,
      SLUIS_DATA_DIR: dir,
      SLUIS_EXCHANGE_PORT: '0',
      SLUIS_PUBLIC_PORT: '0',
      SLUIS_CONSOLE_PORT: '0',
      SLUIS_OPS_PORT: '0',
      SLUIS_LOG_LEVEL: 'silent',
    }),
  )
  const { exchange, console } = demo.serving.addresses
  const agents = new Map<string, ReturnType<typeof clientAgent>>()
  stack.defer(() => {
    for (const agent of agents.values()) agent.destroy()
  })
  const ask: TestGateway['ask'] = (client, call) => {
    const agent = agents.get(client) ?? clientAgent(demo.pkiDir, client)
    agents.set(client, agent)
    return send(agent, Number(new URL(exchange).port), call)
  }
  const query: TestGateway['query'] = (client, body, name = 'uwv-inkomsten-bijstand') =>
    ask(client, { path: `/v1/uitwisselingen/${name}/_zoek`, body: { ...goodBody(), ...body } })
  const { disclosed } = await seed({ ask, query })
  const browser = await startBrowser()
  stack.defer(() => browser.close())
  const watched = await watch(browser)
  await logIn(watched, console ?? '', 'po-waterstad')
  mkdirSync(to, { recursive: true })
  for (const [name, path] of [
    ['overzicht', '/'],
    ['verstrekking', `/verstrekkingen/${disclosed}`],
    ['toetsing', '/toetsing'],
  ]) {
    await watched.page.goto(`${console}${path}`)
    const clip = { x: 0, y: 0, width: 1280, height: 1_200 }
    await watched.page.screenshot({ path: join(to, `${name}.png`), fullPage: true, clip })
  }
}

async function fill(dir: string): Promise<void> {
  await using store = await openStore({ dir })
  await prepareDatabase(store, undefined)
  const shipped = await loadPolicies(join(root, 'policies'), 'test')
  await generate({ store, keysDir: join(dir, 'keys'), stateDir: dir }, shipped, {
    seed: 1,
    months: 2,
    until: `${legalDate(Date.now()).slice(0, 7)}-01`,
    perMonth: 700,
    misuse: true,
  })
}

if (import.meta.main) {
  await makePictures(join(root, 'docs'))
  process.exit(0)
}
