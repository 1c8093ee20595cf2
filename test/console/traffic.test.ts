// Is generated traffic a real log: signed, sealed, the same for one seed, and judged by the law itself?
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { readVkey } from '../../gateway/audit/checkpoint.ts'
import { indexValues } from '../../gateway/audit/find.ts'
import { logNames, openKeys } from '../../gateway/audit/keys.ts'
import { decisionInput } from '../../gateway/audit/log-record.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { personAt } from '../../soak/country.ts'
import { leavesAfter } from '../support/log.ts'
import { country } from './country.ts'

async function month(t: TestContext, seed: number) {
  const options = { seed, months: 1, until: '2026-10-01', perMonth: 3_000, atMost: 2_500 }
  const made = await country(t, options)
  const leaves = (await Promise.all(logNames.map(log => leavesAfter(made.store, 0, log)))).flat()
  return { ...made, leaves }
}

test('a generated month is a log that verifies, whose decisions the law makes again, and whose persons are found', async t => {
  const { store, keysDir, law, leaves, records } = await month(t, 1)
  assert.equal(leaves.length, records)
  for (const log of logNames) {
    const [row] = await store.query<{ vkey: string }>('SELECT vkey FROM audit.log WHERE log = $1', [
      log,
    ])
    const verdict = await verifyLog(store.query, { log, known: readVkey(row?.vkey ?? '') })
    assert.equal(verdict.geldig, true, verdict.reden)
  }
  const decisions = leaves.filter(({ vraag }) => vraag)
  for (const leaf of decisions) {
    const { vraag, feiten, tijd } = decisionInput(leaf)
    const { uitkomst, redenen } = decide(vraag, feiten, law, tijd)
    const then = leaf.uitkomst === 'geweigerd' ? 'geweigerd' : 'toegestaan'
    assert.deepEqual({ uitkomst, redenen }, { uitkomst: then, redenen: leaf.redenen })
  }
  const refused = decisions.filter(({ uitkomst }) => uitkomst === 'geweigerd')
  assert.ok(refused.length > decisions.length / 50 && refused.length < decisions.length / 5)
  assert.ok(
    new Set(refused.flatMap(({ redenen = [] }) => redenen.map(({ code }) => code))).size > 5,
  )
  const lines = leaves.filter(({ levering, regel }) => levering && regel)
  assert.ok(lines.filter(({ soort }) => soort === 'aanvaarding').length > lines.length / 2)
  const stages = new Set(leaves.map(({ vraag }) => vraag?.stap))
  for (const stap of ['bestand', 'correctie', 'terugmelding'] as const) assert.ok(stages.has(stap))
  const kinds = new Set(leaves.map(({ soort }) => soort))
  for (const soort of [
    'verstrekking',
    'bronfout',
    'afwijzing',
    'zaakregistratie',
    'aanvaarding',
  ] as const) {
    assert.ok(kinds.has(soort), soort)
  }
  const hmacs = indexValues(openKeys(keysDir), { log: 'gewoon', keysDir }, [
    'betrokkene',
    ['bsn', personAt(0)],
  ])
  const found = await store.query('SELECT idx FROM audit.persoon WHERE hmac = ANY($1)', [hmacs])
  assert.ok(found.length > 0)
})

test('one seed makes one month, another seed another', async t => {
  const what = async (seed: number) =>
    (await month(t, seed)).leaves.map(({ soort, transactie, tijd, uitkomst, ontvanger, vraag }) =>
      JSON.stringify([soort, transactie, tijd, uitkomst, ontvanger, vraag]),
    )
  const [first, again, other] = [await what(2), await what(2), await what(3)]
  assert.deepEqual(first, again)
  assert.notDeepEqual(first, other)
})
