// What does the thread of the logs do? Reads drafts, and tells what became of them (logs-thread.ts).
import { parentPort, workerData } from 'node:worker_threads'
import { Problem } from '../problem.ts'
import { openStore } from '../store.ts'
import { logNames } from './keys.ts'
import { type Logs, openLogs } from './logs.ts'
import type { Asked, Refusal, ThreadData, ThreadState, Told } from './logs-thread.ts'
import { EpochChanged } from './writer.ts'

const port = parentPort!
const { database, keysDir, stateDir, waitMs }: ThreadData = workerData
const tell = (told: Told) => port.postMessage(told)

await using stack = new AsyncDisposableStack()
try {
  const store = stack.use(await openStore(database))
  const opened: { logs?: Logs } = {}
  const onAlarm = (name: string, fields: Record<string, unknown>) => {
    tell({ alarm: [name, fields], ...(opened.logs && { state: stateOf(opened.logs) }) })
  }
  const logs = stack.use(
    await openLogs({ store, keysDir, stateDir, waitMs, clock: Date.now, onAlarm }),
  )
  opened.logs = logs
  let appended: NonNullable<Told['appended']>[number][] = []
  let refused: NonNullable<Told['refused']>[number][] = []
  /** A group lands in one round of the event loop, and is told in one message. */
  const soon = () => {
    if (appended.length + refused.length > 1) return
    setImmediate(() => {
      tell({ state: stateOf(logs), appended, refused })
      appended = []
      refused = []
    })
  }
  const closed = new Promise<void>(resolve => {
    port.on('message', (text: string) => {
      if (text === 'close') return resolve()
      for (const [id, log, draft] of JSON.parse(text) as Asked) {
        logs.append(log, draft).then(
          made => {
            appended.push([id, made])
            soon()
          },
          error => {
            refused.push([id, refusalOf(error)])
            soon()
          },
        )
      }
    })
  })
  tell({ state: stateOf(logs) })
  await closed
} catch (error) {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: '' }
  tell({ failure: { name, message } })
}
await stack.disposeAsync()
port.close()

function stateOf(logs: Logs): ThreadState {
  return Object.fromEntries(logNames.map(log => [log, logs.state(log)])) as unknown as ThreadState
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof EpochChanged) return { epoch: true }
  const problem =
    error instanceof Problem
      ? error
      : new Problem('intern', 'Deze gebeurtenis kon niet worden vastgelegd.')
  const { slug, detail, reden, retryAfter } = problem
  return { slug, detail, reden, ...(retryAfter !== undefined && { retryAfter }) }
}
