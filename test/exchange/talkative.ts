// A gateway that says all it can say, for privacy.test.ts: `npm start` in a process of its own, to be
// steered and crashed over stdin.
import { argv, env, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { type Behaviour, behaviours } from '../../adapters/uwv/behaviours.ts'
import { startDemo } from '../../demo/start.ts'
import { obeySignals } from '../../gateway/serve.ts'

const demo = await startDemo({ ...env, SLUIS_DATA_DIR: argv[2], SLUIS_LOG_LEVEL: 'trace' })
obeySignals(demo.serving)
stdout.write(`${JSON.stringify(demo.serving.addresses)}\n`)

for await (const line of createInterface({ input: process.stdin })) {
  const { gedrag, crash } = JSON.parse(line)
  if (isBehaviour(gedrag)) {
    demo.uwv.misbehave(gedrag)
    stdout.write('klaar\n')
  }
  if (typeof crash === 'string') setImmediate(() => throwing(crash))
}

function isBehaviour(name: unknown): name is Behaviour {
  return typeof name === 'string' && Object.hasOwn(behaviours, name)
}

/** As a careless library would: the value in the message, on its own line, and in a member. */
function throwing(value: string): never {
  throw Object.assign(new Error(`cannot read ${value}\n    at ${value}`), { value, code: value })
}
