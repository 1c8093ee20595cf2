// Does the log find what was given about a person, and to whom, without reading more than that?
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Audit } from '../../gateway/audit/commit.ts'
import { openEarlier } from '../../gateway/audit/earlier.ts'
import { generateKeys } from '../../gateway/audit/keys.ts'
import { recordDecision, recordDisclosure } from '../../gateway/audit/record.ts'
import { permit } from '../../gateway/policy/permit.ts'
import type { Store } from '../../gateway/store.ts'
import type { ExchangeTerms, RequestBody } from '../../gateway/terms.ts'
import { testStore } from '../support/database.ts'
import {
  beginLogs,
  bsn,
  decisionOf,
  noon,
  openActive,
  refuse,
  releaseOf,
  requestOf,
  termsOf,
  uwv,
  waterstad,
} from './log.ts'

const dijkdorp = '00000099000000002000'
const svb = '00000099000000005000'
const child = '999993653'
const person = (waarde: string) => ({ soort: 'bsn' as const, waarde })

/** One disclosure; its transaction. */
async function give(
  audit: Audit,
  body: Partial<RequestBody> = {},
  terms: ExchangeTerms = termsOf(),
): Promise<string> {
  const request = requestOf(body)
  const made = decisionOf(request)
  const vraag = { ...made.vraag, indiener: waterstad, ontvanger: terms.ontvanger }
  const decision = { ...made, vraag }
  const receipt = await recordDecision(audit, request, decision, terms)
  const permitted = permit(request, decision, receipt, terms)
  const release = releaseOf(permitted)
  const antwoord = { ...release.antwoord, ...(body.gegevens && { antwoord: [body.gegevens] }) }
  await recordDisclosure(audit, permitted, { ...release, antwoord })
  return request.transactie
}

test('what a provider gave about a person is found in both logs, and nothing else', async t => {
  const store = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, store)
  await using audit = await openActive(store, dirs)
  const earlier = openEarlier({ store, keys: audit.keys, keysDir: dirs.keysDir })
  assert.deepEqual(await earlier.by(uwv, person(bsn)), [])

  const buitenlands = { land: 'BE', soort: 'insz', waarde: '85073003328' }
  const first = await give(audit, { buitenlands })
  const delegated = { ...termsOf(), ontvanger: dijkdorp, namens: waterstad }
  const named = { ...delegated, persoonsvelden: ['bsnKind'] }
  const second = await give(audit, { gegevens: { bsnKind: child } }, named)
  const secret = await give(audit, { peildatum: '2026-09-01' }, termsOf('vertrouwelijk'))
  await give(audit, {}, { ...termsOf(), verstrekker: svb })
  await give(audit, { betrokkene: person(child) }, { ...termsOf(), verstrekker: svb })
  await refuse(audit, [{ code: 'ZAAK_ONTBREEKT' }])

  // Where a row lies says nothing about which it is.
  await store.query(`UPDATE audit.leaf SET uitkomst = uitkomst WHERE soort = 'beslissing'`)
  const given = await earlier.by(uwv, person(bsn))
  assert.deepEqual(
    given.map(({ transactie, log, ontvanger, namens }) => [transactie, log, ontvanger, namens]),
    [
      [first, 'gewoon', waterstad, null],
      [second, 'gewoon', dijkdorp, waterstad],
      [secret, 'vertrouwelijk', waterstad, null],
    ],
  )
  for (const one of given) assert.deepEqual(one.verstrekt, requestOf().body.velden)
  const { periode } = requestOf().body
  assert.deepEqual(
    given.map(one => [one.periode, one.peildatum]),
    [
      [periode, null],
      [periode, null],
      [periode, '2026-09-01'],
    ],
  )
  assert.deepEqual(
    await earlier.by(uwv, person(child)),
    [],
    'who is only named is no subject of it',
  )

  const found = await earlier.to(second, dijkdorp)
  assert.deepEqual(
    [found?.log, found?.record.soort, found?.subject],
    ['gewoon', 'verstrekking', { betrokkene: person(bsn) }],
  )
  assert.equal(found?.record.betrokkeneVeld, undefined)
  assert.equal((await earlier.to(second, waterstad))?.record.transactie, second, 'its principal')
  assert.equal((await earlier.to(secret, waterstad))?.log, 'vertrouwelijk')
  const foreign = (await earlier.to(first, waterstad))?.subject
  assert.deepEqual(foreign, { betrokkene: person(bsn), buitenlands })
  for (const [transactie, party] of [
    [first, dijkdorp],
    [first, uwv],
    [`${first}'`, waterstad],
    ['x', waterstad],
    ['019a9f33-4e10-7a6b-8c2d-0f1e2d3c4b5a', waterstad],
  ] as const) {
    assert.equal(await earlier.to(transactie, party), undefined)
  }

  // Where only the one that is named has a record of this receiver, nobody was given anything about them.
  await store.query(
    `UPDATE audit.leaf SET ontvanger = $2 WHERE transactie = $1 AND NOT tekst::jsonb ? 'betrokkeneVeld'`,
    [second, svb],
  )
  assert.equal(await earlier.to(second, dijkdorp), undefined)

  // Once the key of its month is destroyed nobody can be found back, nor the person in what is known.
  rmSync(join(dirs.keysDir, 'gewoon-2026-11.key'))
  const kept = openEarlier({ store, keys: audit.keys, keysDir: dirs.keysDir })
  assert.deepEqual(
    (await kept.by(uwv, person(bsn))).map(({ transactie }) => transactie),
    [secret],
  )
  const unknown = await kept.to(first, waterstad)
  assert.deepEqual([unknown?.record.transactie, unknown?.subject], [first, undefined])
})

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Plan[]
}

const nodes = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

/** The store, with the plan of each statement that reads the log. */
function planned(
  { query, transaction }: Store,
  plans: Plan[],
): Pick<Store, 'query' | 'transaction'> {
  return {
    query,
    transaction: work =>
      transaction(async inner => {
        return await work(async (text, values) => {
          if (text.includes('audit.leaf')) {
            const [row] = await inner<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
              `EXPLAIN (FORMAT JSON) ${text}`,
              values,
            )
            plans.push(...(row?.['QUERY PLAN'] ?? []).map(({ Plan: plan }) => plan))
          }
          return await inner(text, values)
        })
      }),
  }
}

test('R6: a person of whom hundreds of disclosures are on record in a log of many: found by the index and by key, no table is read whole', async t => {
  const store = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, store)
  generateKeys(dirs.keysDir, noon, 90)
  await using audit = await openActive(store, dirs)
  await Promise.all(Array.from({ length: 300 }, () => give(audit)))
  // Others, as many as a log of one morning has.
  await store.query(
    `INSERT INTO audit.leaf SELECT 'gewoon-9', g, l.hash, l.tekst, l.soort, gen_random_uuid(), l.tijd, l.verstrekker,
       l.ontvanger, l.namens, l.uitwisseling, l.uitkomst
     FROM generate_series(1, 20000) g, (SELECT * FROM audit.leaf WHERE soort = 'verstrekking' LIMIT 1) l`,
  )
  await store.query(
    `INSERT INTO audit.persoon SELECT decode(md5(g::text), 'hex'), g, 'gewoon-9', '2026-11' FROM generate_series(1, 20000) g`,
  )
  const plans: Plan[] = []
  const read = planned(store, plans)
  const earlier = openEarlier({ store: read, keys: audit.keys, keysDir: dirs.keysDir })
  for (const statistics of ['', 'ANALYZE audit.leaf', 'ANALYZE audit.persoon']) {
    if (statistics) await store.query(statistics)
    assert.equal((await earlier.by(uwv, person(bsn))).length, 300)
  }
  assert.equal(plans.length, 3)
  for (const plan of plans) {
    const all = nodes(plan)
    const whole = all.filter(
      one => one['Node Type'] === 'Seq Scan' || one['Node Type'].startsWith('Hash Join'),
    )
    assert.deepEqual(whole, [])
    const indexes = new Set(all.flatMap(one => one['Index Name'] ?? []))
    assert.deepEqual([...indexes].sort(), ['leaf_pkey', 'leaf_transactie', 'persoon_hmac'])
  }
})
