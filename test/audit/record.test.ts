import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { canonical } from '../../gateway/audit/canonical.ts'
import { decisionInput, type LogRecord } from '../../gateway/audit/log-record.ts'
import {
  recordAbort,
  recordDecision,
  recordDisclosure,
  recordLook,
  recordRejection,
  recordSourceError,
  recordUndelivered,
} from '../../gateway/audit/record.ts'
import { indexOf, unseal } from '../../gateway/audit/seal.ts'
import { newCall } from '../../gateway/call.ts'
import { question } from '../../gateway/policy/question.ts'
import { Problem } from '../../gateway/problem.ts'
import { guard, readSchema } from '../../gateway/schema.ts'
import type { Store } from '../../gateway/store.ts'
import { kinds, testStore } from '../support/database.ts'
import {
  allow,
  beginLogs,
  bsn,
  decisionOf,
  factRow,
  noon,
  openActive,
  releaseOf,
  requestOf,
  termsOf,
  waterstad,
} from './log.ts'

const faultsOf = guard('logregel')

test('every example of the log record fits its schema, and a member too many does not', () => {
  const examples = readSchema('logregel').examples as LogRecord[]
  assert.ok(examples.length >= 2)
  for (const example of examples) assert.deepEqual(faultsOf(example), [])
  assert.notDeepEqual(faultsOf({ ...examples[0], waarde: 1 }), [])
  assert.notDeepEqual(faultsOf({ ...examples[0], soort: 'beslissing' }), [])
})

/** Everything a database holds, as an administrator could read it. */
async function dump(store: Store): Promise<string> {
  const tables = await store.query<{ naam: string }>(
    `SELECT schemaname || '.' || tablename AS naam FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  let text = ''
  for (const { naam } of tables) {
    const rows = await store.query<{ rij: string }>(`SELECT t::text AS rij FROM ${naam} t`)
    for (const { rij } of rows) {
      text += `${rij}\n`
      for (const [, hex = ''] of rij.matchAll(/\\x([0-9a-f]+)/g)) {
        text += `${Buffer.from(hex, 'hex').toString('latin1')}\n`
      }
    }
  }
  return text
}

for (const kind of kinds) {
  test(`${kind}: every kind of record fits the schema and holds nothing of the person in clear`, async t => {
    const store = await testStore(t, kind)
    await using audit = await openActive(store, await beginLogs(t, store))
    const planted = [bsn, '85071812345', '2026-zaak-7', 'u-geheim', 'omdat het moet', '123456782']
    const permitted = await allow(audit, {
      body: {
        buitenlands: { land: 'BE', soort: 'insz', waarde: '85071812345' },
        zaak: '2026-zaak-7',
        medewerker: { id: 'u-geheim', functie: 'inkomensconsulent' },
        motivering: { noodzaak: 'n1', lichterMiddel: 'l1', toelichting: 'omdat het moet' },
        velden: ['heeftInkomstenverhouding', 'bsn 123456782'],
      },
    })
    const texts = [
      permitted.receipt.logregel,
      (await recordDisclosure(audit, permitted, releaseOf(permitted, [factRow('s1')]))).receipt
        .logregel,
      (
        await recordSourceError(audit, permitted, {
          code: 'source-malformed',
          drift: ['x123456782'],
        })
      ).logregel,
      (await recordSourceError(audit, permitted, { code: 'source-refused', drift: [] })).logregel,
      (await recordAbort(audit, permitted, 'beleid-gewijzigd')).logregel,
      (await recordUndelivered(audit, permitted, 'verbinding-verbroken')).logregel,
      (
        await recordRejection(audit, {
          call: newCall(noon),
          log: 'vertrouwelijk',
          partij: waterstad,
          redenen: ['ongeldig-verzoek'],
          uitwisseling: 'uwv-123456782',
          aantal: 3,
        })
      ).logregel,
      (
        await recordLook(audit, {
          call: newCall(noon),
          log: 'gewoon',
          partij: waterstad,
          over: permitted.request.transactie,
        })
      ).logregel,
    ]
    for (const text of texts) {
      const record = JSON.parse(text)
      assert.deepEqual(faultsOf(record), [], record.soort)
      assert.equal(text, canonical(record))
    }
    const whole = (await dump(store)) + texts.join()
    assert.match(whole, /heeftInkomstenverhouding/)
    for (const value of planted) assert.ok(!whole.includes(value), value)
    const facts = await store.query('SELECT * FROM policy.case_fact')
    assert.deepEqual(facts, [factRow('s1').waarden])
  })
}

test('a decision can be made again out of its record, and what is sealed opens with the month key', async t => {
  const store = await testStore(t, 'postgres')
  await using audit = await openActive(store, await beginLogs(t, store))
  const request = requestOf({
    motivering: { noodzaak: 'n1', lichterMiddel: 'l1', toelichting: 'daarom' },
  })
  const redenen = [{ code: 'VELD_NIET_TOEGESTAAN', veld: 'loonSv', bij: { trede: 2 } }] as const
  const decision = decisionOf(request, redenen)
  const { logregel, log } = await recordDecision(audit, request, decision, termsOf('vertrouwelijk'))
  const record: LogRecord = JSON.parse(logregel)
  assert.equal(log, 'vertrouwelijk')
  assert.deepEqual(decisionInput(record), {
    vraag: question(request, { uitwisselingen: new Map() }),
    feiten: decision.feiten,
    tijd: decision.tijd,
  })
  assert.deepEqual(record.redenen, redenen)
  assert.equal(record.sleutelmaand, '2026-11')
  const { seal, index } = audit.keys.month('vertrouwelijk', '2026-11')
  const open = (member: 'betrokkene' | 'zaak' | 'medewerker' | 'motivering') =>
    unseal(seal, [record.transactie, 'beslissing', member], record[member]?.verzegeld ?? '')
  assert.equal(open('betrokkene'), canonical({ soort: 'bsn', waarde: bsn }))
  assert.equal(open('zaak'), '2026-000123')
  assert.equal(open('medewerker'), 'u-4711')
  assert.equal(open('motivering'), 'daarom')
  const found = await store.query(
    `SELECT l.log, l.uitkomst, l.ontvanger FROM audit.persoon p JOIN audit.leaf l USING (log, idx)
     WHERE p.hmac = $1 AND p.maand = '2026-11'`,
    [Buffer.from(indexOf(index, 'betrokkene', ['bsn', bsn]), 'hex')],
  )
  assert.deepEqual(found, [{ log: 'vertrouwelijk', uitkomst: 'geweigerd', ontvanger: waterstad }])
})

test('A12: what a leaf says of a person cannot be found by trying every number', async t => {
  const store = await testStore(t, 'postgres')
  await using audit = await openActive(store, await beginLogs(t, store))
  const records = [await allow(audit), await allow(audit)].map(
    ({ receipt }): LogRecord => JSON.parse(receipt.logregel),
  )
  const [a, b] = records
  assert.notEqual(a?.betrokkene?.pseudoniem, b?.betrokkene?.pseudoniem)
  assert.notEqual(a?.betrokkene?.verzegeld, b?.betrokkene?.verzegeld)
  // Whoever has the whole leaf, and no key, may hash what it likes: a person is in no hash without one.
  assert.ok(a)
  const pseudonym = a.betrokkene?.pseudoniem ?? ''
  const salts = ['', 'betrokkene', a.transactie, a.traceId ?? '', a.ontvanger ?? '', String(a.tijd)]
  const digests = ['sha256', 'sha512', 'sha1', 'md5'].flatMap(name =>
    salts.flatMap(salt => [
      createHash(name).update(`${salt}${bsn}`).digest(),
      createHash(name).update(`${salt}bsn${bsn}`).digest(),
      createHash(name)
        .update(JSON.stringify([salt, 'bsn', bsn]))
        .digest(),
      createHmac(name, salt).update(bsn).digest(),
      createHmac(name, bsn).update(salt).digest(),
      createHmac(name, salt)
        .update(JSON.stringify([a.transactie, 'bsn', bsn]))
        .digest(),
    ]),
  )
  const rows = await store.query<{ hmac: string }>(
    `SELECT encode(hmac, 'hex') AS hmac FROM audit.persoon`,
  )
  assert.ok(rows.length > 0)
  const text = JSON.stringify([a, rows])
  for (const digest of digests) {
    for (const form of [
      digest.toString('hex').slice(0, 32),
      digest.toString('base64url').slice(0, 22),
    ]) {
      assert.ok(!text.includes(form))
    }
  }
  assert.ok(pseudonym.length >= 22, 'too long to be met by chance')
})

test('a record that cannot be a leaf is refused before it joins a group', async t => {
  const store = await testStore(t, 'postgres')
  await using audit = await openActive(store, await beginLogs(t, store))
  const record = async (velden: readonly string[]) => {
    const request = requestOf()
    const decision = decisionOf(request)
    const vraag = { ...decision.vraag, velden }
    return await recordDecision(audit, request, { ...decision, vraag }, termsOf())
  }
  const isProblem = (slug: string) => (error: unknown) =>
    error instanceof Problem && error.slug === slug
  await assert.rejects(record(['x'.repeat(61 * 1024)]), isProblem('te-groot'))
  for (const control of ['\n', '\u0000', '\u007f', '\u0085', '\\\t']) {
    await assert.rejects(record([`a${control}b`]), isProblem('ongeldig-verzoek'))
  }
  await assert.rejects(record(['\ud800']), TypeError)
  assert.equal(JSON.parse((await record(['a\\nb', 'é“😀'])).logregel).vraag.velden[0], 'a\\nb')
  const permitted = await allow(audit)
  const odd = {
    tabel: 'policy.case_fact',
    waarden: { ...factRow('s').waarden, tijd: 1.5 },
  } as const
  await assert.rejects(recordDisclosure(audit, permitted, releaseOf(permitted, [odd])), TypeError)
})
