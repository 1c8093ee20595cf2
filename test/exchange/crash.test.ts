// Is anything ever released without its record when the gateway is killed at any moment? The soak, short.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { openStore } from '../../gateway/store.ts'
import { type CrashPlace, crash } from '../../soak/crash.ts'
import { type Kind, testPlace } from '../support/database.ts'

const lives: Record<Kind, number> = { postgres: 8, embedded: 4 }
const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)

// Two gateways at once kill each other's timing, which is what is wanted.
suite(`killed at random moments (SLUIS_TEST_SEED=${seed})`, { concurrency: true }, () => {
  for (const [kind, seeds] of Object.entries(lives) as [Kind, number][]) {
    test(`every answer that left a gateway on the ${kind} database has its record`, async t => {
      await killed(t, kind, seeds)
    })
  }
})

async function killed(t: TestContext, kind: Kind, seeds: number): Promise<void> {
  const place = await testPlace(t, kind)
  const first = await crash(place, seed, 1)
  const before = { keys: keysOf(place), leaf: await firstLeaf(place), size: await sizeOf(place) }
  const rest = await crash(place, seed + 1, seeds - 1)
  for (const result of [first, rest]) {
    assert.deepEqual(result.unrecorded, [])
    assert.deepEqual(result.faults, [])
  }
  assert.ok(first.received + rest.received > seeds, 'callers were answered')
  assert.deepEqual(keysOf(place), before.keys, 'the keys are the same')
  assert.equal(await firstLeaf(place), before.leaf, 'the log is the same')
  assert.ok((await sizeOf(place)) > before.size, 'the log grew')
}

function keysOf({ dir }: CrashPlace): string[] {
  return readdirSync(join(dir, 'keys'))
    .sort()
    .map(name => {
      const digest = createHash('sha256').update(readFileSync(join(dir, 'keys', name)))
      return `${name} ${digest.digest('hex')}`
    })
}

async function firstLeaf(place: CrashPlace): Promise<string | undefined> {
  await using store = await openStore(place)
  const [row] = await store.query<{ tekst: string }>(
    `SELECT tekst FROM audit.leaf WHERE log = 'gewoon' AND idx = 0`,
  )
  return row?.tekst
}

async function sizeOf(place: CrashPlace): Promise<number> {
  await using store = await openStore(place)
  const [row] = await store.query<{ n: number }>('SELECT count(*) AS n FROM audit.leaf')
  return row?.n ?? 0
}
