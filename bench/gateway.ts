// Rows b, c and g: the gateway with everything on and a static source; for row g with its worker, that brings answers.
import { join } from 'node:path'
import { env, stdout } from 'node:process'
import { partyHolder } from '../certs/names.ts'
import { withDemoKeys } from '../demo/keys.ts'
import { prepare } from '../demo/prepare.ts'
import type { Adapter } from '../gateway/adapter.ts'
import { readConfig } from '../gateway/config.ts'
import { deliver } from '../gateway/deliver.ts'
import { serve } from '../gateway/serve.ts'
import { registerAddress, roomyPolicies } from '../test/support/policies.ts'

/** Answers at once with one relation of three complete months; only the network is left out. */
const staticAdapter: Adapter = {
  name: 'vast',
  datasets: ['uwv-inkomstenverhoudingen'],
  settings: { type: 'object', additionalProperties: false },
  async connect() {
    const rijen = JSON.parse(env.BENCH_ROWS ?? '[]') as Record<string, unknown>[]
    return {
      async answer(exchange) {
        return {
          resultaat: 'gegevens',
          betrokkene: exchange.betrokkene?.waarde ?? '',
          rijen,
          herkomst: {
            peildatum: exchange.peildatum,
            volledigTotEnMet: exchange.periode.totEnMet,
            inOnderzoek: [],
            kwaliteit: 'A',
          },
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

const { settings, pkiDir } = await prepare(env, async () => 'uwv:\n  adapter: vast\n')
const law = roomyPolicies(join(env.SLUIS_DATA_DIR ?? '.', 'beleid'))
const adapters = new Map([[staticAdapter.name, staticAdapter]])
const antwoorden = env.BENCH_ANTWOORDEN
if (antwoorden) {
  await withDemoKeys(law, pkiDir, law)
  registerAddress(law, partyHolder('gemeente-dijkdorp').oin, { antwoorden })
}
const config = readConfig({
  ...settings,
  SLUIS_EXCHANGE_PORT: '0',
  SLUIS_PUBLIC_PORT: '0',
  SLUIS_CONSOLE_PORT: '0',
  SLUIS_OPS_PORT: '0',
  SLUIS_LOG_LEVEL: 'info',
  SLUIS_POLICY_DIR: law,
})
await using stack = new AsyncDisposableStack()
const serving = stack.use(await serve(config, adapters))
if (antwoorden) stack.use(await deliver(config, { house: serving.house, adapters }))
const stopped = new Promise(resolve => process.once('SIGTERM', resolve))
stdout.write(`${JSON.stringify({ port: Number(new URL(serving.addresses.exchange).port) })}\n`)
await stopped
