// What is left of a file when its gateway is killed half way? The soak, short.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../gateway/store.ts'
import { levering } from '../../soak/levering.ts'
import { asOwner, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'

test('a gateway killed half way through a file goes on with it: every line has one outcome, one record, and at most one message', async t => {
  const place = await testPlace(t, 'postgres')
  const dir = mkdtempSync(join(tmpdir(), 'sluis-bestand-'))
  t.after(() => removeTree(dir))
  assert.ok(place.url)
  await using owner = await openStore(asOwner(place))
  const options = {
    ...{ lines: 2_000, seed: Date.now() % 1_000_000 },
    // The lease of the dead reader ends at once, so that what it left on its way meets the next one.
    impatient: async () => void (await owner.query('update delivery.levering set lease = 0')),
  }
  t.diagnostic(`zaad ${options.seed}`)
  const result = await levering({ dir, url: place.url }, options)
  assert.deepEqual(result.faults, [])
  assert.ok(result.killedAt >= 1_000 && result.killedAt < 2_000, `${result.killedAt}`)
  assert.equal(result.counts.gelezen, 2_000)
})
