// A gateway in a process of its own that can be stopped at any step, for killed.test.ts: its source waits for a word.
import { argv, env, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { prepare } from '../../demo/prepare.ts'
import { readConfig } from '../../gateway/config.ts'
import { serve } from '../../gateway/serve.ts'
import { heldSource } from '../support/held.ts'

const source = heldSource(undefined, () => void stdout.write('gevraagd\n'))
const { settings } = await prepare(
  {
    PATH: env.PATH,
    DATABASE_URL: env.DATABASE_URL,
    SLUIS_DATA_DIR: argv[2],
    SLUIS_EXCHANGE_PORT: '0',
    SLUIS_PUBLIC_PORT: '0',
    SLUIS_CONSOLE_PORT: '0',
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: 'silent',
  },
  async () => 'uwv:\n  adapter: wachtend\n',
)
const { addresses } = await serve(
  readConfig(settings),
  new Map([[source.adapter.name, source.adapter]]),
)
stdout.write(`${JSON.stringify(addresses)}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'wacht') source.hold()
  else source.release()
}
