// In what does a test of numbers count? A generated log of a few months, and a desk over it that keeps what officers do.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { openAudit } from '../../gateway/audit/commit.ts'
import { type OfficerAct, recordOfficer } from '../../gateway/audit/record-officer.ts'
import type { Desk } from '../../gateway/console/page.ts'
import { project } from '../../gateway/console/projection.ts'
import { midnight } from '../../gateway/policy/legal-time.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import type { TrafficOptions } from '../../soak/traffic.ts'
import { generate } from '../../soak/traffic-log.ts'
import { testStore } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'

const shipped = await loadPolicies(resolve(import.meta.dirname, '../../policies'), 'test')

export async function country(
  t: TestContext,
  options: Partial<TrafficOptions> & { readonly atMost?: number } = {},
) {
  const store = await testStore(t, 'postgres')
  const stateDir = mkdtempSync(join(tmpdir(), 'sluis-country-'))
  const keysDir = join(stateDir, 'keys')
  const place = { store, stateDir, keysDir }
  const { law, planted, records } = await generate(place, shipped, {
    seed: 1,
    months: 2,
    until: '2026-11-01',
    perMonth: 700,
    ...options,
  })
  let now = midnight('2026-11-22')
  const audit = await openAudit({ store, keysDir, stateDir, clock: () => now })
  t.after(async () => {
    await audit[Symbol.asyncDispose]()
    removeTree(stateDir)
  })
  const acts: OfficerAct[] = []
  const waiting: string[] = []
  const desk: Desk = {
    store,
    keys: audit.keys,
    keysDir,
    clock: () => now,
    profile: 'test',
    operator: '00000099000000010000',
    base: 'https://sluis.example',
    law: () => law,
    // Its municipalities stand in no file.
    lawOf: async digest => (digest === law.digest ? law : undefined),
    head: audit.head,
    async record(call, act) {
      acts.push(act)
      return await recordOfficer(audit, call, act)
    },
    catchUp: async () => {
      await project(store.query)
    },
    searches: {
      async keep(_officer, text) {
        waiting.push(text)
        return String(waiting.length - 1)
      },
      find: async (_officer, id) => waiting[Number(id)],
    },
    checks: async () => ({ database: true, logboek: true }),
    certificateEnds: async () => midnight('2026-12-05'),
  }
  const at = (day: string) => {
    now = midnight(day)
  }
  return { desk, law, store, audit, acts, at, planted, records, keysDir, stateDir }
}
