// Sets the brake in the log that leads, and dies before the other follows; a process of its own for one test.
import { argv, env, kill, pid } from 'node:process'
import { openAudit } from '../../gateway/audit/commit.ts'
import { readStanding } from '../../gateway/brake.ts'
import { inForce } from '../../gateway/in-force.ts'
import { keepBrake, underBrake } from '../../gateway/policy/brake-state.ts'
import { openStore } from '../../gateway/store.ts'

const [, , stateDir = '', keysDir = '', bereik = ''] = argv
const store = await openStore({ url: env.DATABASE_URL ?? '', dir: stateDir })
const audit = await openAudit({ store, keysDir, stateDir, clock: Date.now })
const { law } = await readStanding({ audit, store, profile: 'test' })
const state = await keepBrake(store, [{ bereik, reden: 'oefening', sinds: Date.now() }], Date.now())
const why = { soort: 'noodrem', redenen: [{ code: 'oefening' }] } as const
await inForce(audit, store, 'test').lead(law.epoch, underBrake(law, state), why)
kill(pid, 'SIGKILL')
