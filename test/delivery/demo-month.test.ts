// Can a stranger who started the demo pick up a signal? The worker fetches the small month by itself.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startDemo } from '../../demo/start.ts'
import { testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { type Ask, clientAgent, send } from '../support/gateway.ts'
import { until } from '../support/log.ts'

interface Listed {
  readonly bericht: string
  readonly uitwisseling: string
}

test('the worker fetches the month that stands ready, and its receiver picks up a signal that it did not know', async t => {
  let close = async () => {}
  const place = await testPlace(t, 'postgres', () => close())
  const dataDir = mkdtempSync(join(tmpdir(), 'sluis-demo-'))
  const free = ['EXCHANGE', 'PUBLIC', 'CONSOLE', 'OPS'].map(name => [`SLUIS_${name}_PORT`, '0'])
  const settings = {
    ...Object.fromEntries(free),
    ...{ PATH: process.env.PATH, SLUIS_DATA_DIR: dataDir, SLUIS_LOG_LEVEL: 'silent' },
    ...(place.url && { DATABASE_URL: place.url }),
  }
  const demo = await startDemo(settings, { files: 'small' })
  const agent = clientAgent(demo.pkiDir, 'gemeente-waterstad')
  close = async () => {
    agent.destroy()
    await demo[Symbol.asyncDispose]()
    removeTree(dataDir)
  }
  const port = Number(new URL(demo.serving.addresses.exchange).port)
  const ask = (call: Ask) => send(agent, port, call)
  const listed = async () => {
    const { text } = await ask({ path: '/v1/berichten/_zoek', body: {} })
    return (JSON.parse(text) as { berichten: readonly Listed[] }).berichten
  }
  const berichten = await until('the signals of Waterstad', async () => {
    const found = await listed()
    return found.length >= 5 ? found : undefined
  })
  assert.deepEqual(berichten.map(({ uitwisseling }) => uitwisseling).sort(), [
    'brp-signaal-kostendelers',
    'detentiesignaal',
    'gemeente-dubbele-uitkering',
    'uwv-signaal-nieuwe-inkomsten',
    'uwv-signaal-nieuwe-inkomsten',
  ])
  const picked = await ask({ path: '/v1/berichten/_ophalen', body: { aantal: 10 } })
  const answers = picked.text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const income = answers.filter(each => each.uitwisseling === 'uwv-signaal-nieuwe-inkomsten')
  const names = income.map(each => each.antwoord[0].naamInhoudingsplichtige)
  assert.deepEqual(names.sort(), ['Bakkerij Verzonnen B.V.', 'Fietsenmaker Voorbeeld'])
  assert.ok(income.every(each => each.bewijs.tlogProof.startsWith('c2sp.org/tlog-proof@v1')))
})
