// A process of its own on one embedded directory: says `open`, then obeys words on standard input.
import { openStore } from '../../gateway/store.ts'

const [dir = '', name = ''] = process.argv.slice(2)
const store = await openStore({ dir, deadlineMs: 30_000 })
await store.query('CREATE TABLE IF NOT EXISTS public.proef (name text, n int)')
process.stdout.write('open\n')

const words: Record<string, () => Promise<unknown>> = {
  fill: async () => {
    for (let n = 0; n < 25; n++) await insert(n)
  },
  // Never resolves: its transaction stays open for as long as it lives.
  begin: () =>
    store.transaction(async query => {
      await query('INSERT INTO public.proef VALUES ($1, -1)', [name])
      process.stdout.write('begun\n')
      await new Promise(() => {})
    }),
  close: async () => {
    await store[Symbol.asyncDispose]()
  },
}

async function insert(n: number): Promise<void> {
  await store.query('INSERT INTO public.proef VALUES ($1, $2)', [name, n])
}

for await (const chunk of process.stdin) {
  const word = String(chunk).trim()
  await words[word]?.()
  process.stdout.write(`${word} done\n`)
  if (word === 'close') break
}
