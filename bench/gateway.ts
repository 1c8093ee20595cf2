// Rows b and c: the gateway's synchronous exchange, everything on, with a static source in this process.
import { join } from 'node:path'
import { env, stdout } from 'node:process'
import { prepare } from '../demo/prepare.ts'
import type { Adapter } from '../gateway/adapter.ts'
import { readConfig } from '../gateway/config.ts'
import { serve } from '../gateway/serve.ts'
import { roomyPolicies } from '../test/support/policies.ts'

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

const { settings } = await prepare(env, async () => 'uwv:\n  adapter: vast\n')
const serving = await serve(
  readConfig({
    ...settings,
    SLUIS_EXCHANGE_PORT: '0',
    SLUIS_PUBLIC_PORT: '0',
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: 'info',
    SLUIS_POLICY_DIR: roomyPolicies(join(env.SLUIS_DATA_DIR ?? '.', 'beleid')),
  }),
  new Map([[staticAdapter.name, staticAdapter]]),
)
process.once('SIGTERM', () => void serving[Symbol.asyncDispose]().then(() => process.exit(0)))
stdout.write(`${JSON.stringify({ port: Number(new URL(serving.addresses.exchange).port) })}\n`)
