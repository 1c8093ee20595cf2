// A process of its own that appends to the ordinary log and says on stdout what it got receipts for.
import { once } from 'node:events'
import { openAudit } from '../../gateway/audit/commit.ts'
import { openStore } from '../../gateway/store.ts'
import { allow, clock } from './log.ts'

const [url = '', keysDir = '', stateDir = '', count = '0', concurrency = '8'] =
  process.argv.slice(2)

await using store = await openStore({ url, dir: stateDir, connections: 4 })
await using audit = await openAudit({ store, keysDir, stateDir, clock })
process.stdout.write('ready\n')
await once(process.stdin, 'data')

let left = Number(count)
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (left-- > 0) {
      const { receipt } = await allow(audit)
      process.stdout.write(`${receipt.index} ${JSON.stringify(receipt.logregel)}\n`)
    }
  }),
)
process.stdin.destroy()
