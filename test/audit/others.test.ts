import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BadEvidence } from '../../gateway/audit/checkpoint.ts'
import type { Audit } from '../../gateway/audit/commit.ts'
import { indexValues, unsealMember, unsealPersons } from '../../gateway/audit/find.ts'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import type { LogRecord } from '../../gateway/audit/log-record.ts'
import { othersIn } from '../../gateway/audit/others.ts'
import { proofsOf } from '../../gateway/audit/prove.ts'
import { recordDecision, recordDisclosure } from '../../gateway/audit/record.ts'
import { recordAcceptance } from '../../gateway/audit/record-request.ts'
import { EpochChanged } from '../../gateway/audit/writer.ts'
import { reply } from '../../gateway/exchange.ts'
import { permit } from '../../gateway/policy/permit.ts'
import { Problem } from '../../gateway/problem.ts'
import { guard } from '../../gateway/schema.ts'
import type { Store } from '../../gateway/store.ts'
import type { PermittedExchange, Release } from '../../gateway/terms.ts'
import { testStore } from '../support/database.ts'
import {
  activate,
  beginLogs,
  bsn,
  type Dirs,
  decisionOf,
  factRow,
  openActive,
  releaseOf,
  requestOf,
  termsOf,
  waterstad,
} from './log.ts'

const child = '999993653'
const sibling = '999990032'
const terms = { ...termsOf(), persoonsvelden: ['bsnKind', 'bsnBroer'] }
const gegevens = { bsnKind: child, bsnBroer: sibling }
const asks = () => requestOf({ gegevens })
const faultsOf = guard('logregel')

async function allowed(audit: Audit): Promise<PermittedExchange> {
  const request = asks()
  const decision = decisionOf(request)
  return permit(request, decision, await recordDecision(audit, request, decision, terms), terms)
}

function naming(permitted: PermittedExchange): Release {
  const release = releaseOf(permitted, [factRow('s')])
  return { ...release, antwoord: { ...release.antwoord, antwoord: [gegevens] } }
}

async function disclosed(audit: Audit, known?: PermittedExchange): Promise<string> {
  const permitted = known ?? (await allowed(audit))
  const { tekst, receipt, opening } = await recordDisclosure(audit, permitted, naming(permitted))
  return reply(tekst, receipt, opening)
}

/** The leaves in which this person can be found, in their order. */
async function foundOf(store: Store, audit: Audit, { keysDir }: Dirs, waarde: string) {
  const values = indexValues(audit.keys, { log: 'gewoon', keysDir }, [
    'betrokkene',
    ['bsn', waarde],
  ])
  const rows = await store.query<{ tekst: string }>(
    `SELECT l.tekst FROM audit.persoon p JOIN audit.leaf l ON l.log = p.log AND l.idx = p.idx
     WHERE p.hmac = ANY($1) ORDER BY l.idx`,
    [values],
  )
  return rows.map(({ tekst }) => JSON.parse(tekst) as LogRecord)
}

async function begin(t: TestContext) {
  const store = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, store)
  const audit = await openActive(store, dirs)
  t.after(() => audit[Symbol.asyncDispose]())
  return { store, dirs, audit, vkey: audit.head('gewoon').vkey }
}

test('whoever is named in the data is another once, and never the person they are about', () => {
  const subject = { soort: 'bsn', waarde: bsn } as const
  const veld = (name: string) => ({ persoonsvelden: [name] })
  assert.deepEqual(othersIn([{ bsnKind: child }], veld('bsnKind'), subject), [
    { veld: 'bsnKind', persoon: { soort: 'bsn', waarde: child } },
  ])
  assert.deepEqual(othersIn([{ bsnKind: child }], {}, subject), [])
  assert.deepEqual(othersIn([{ bsnKind: bsn }], veld('bsnKind'), subject), [])
  assert.deepEqual(othersIn([{ bsnKind: null }, {}], veld('bsnKind'), subject), [])
  const twice = othersIn(
    [gegevens, { ...gegevens, bsnBroer: child }],
    { persoonsvelden: ['bsnKind', 'bsnBroer'] },
    undefined,
  )
  assert.deepEqual(
    twice.map(({ veld, persoon }) => [veld, persoon.waarde]),
    [
      ['bsnKind', child],
      ['bsnBroer', sibling],
    ],
  )
})

test('everybody named in an answer has a record of their own, is found by it and proved with it', async t => {
  const { store, dirs, audit, vkey } = await begin(t)
  const document = await disclosed(audit)
  assert.equal(verifyAnswer(Buffer.from(document), vkey).soort, 'antwoord')
  const { bewijs, transactie } = JSON.parse(document)
  const own: LogRecord = JSON.parse(bewijs.logregel)
  const others: LogRecord[] = bewijs.overige.map((one: { logregel: string }) =>
    JSON.parse(one.logregel),
  )
  const place = { log: 'gewoon', keysDir: dirs.keysDir } as const
  const whom = (record: LogRecord) =>
    JSON.parse(unsealMember(audit.keys, place, record, 'betrokkene') ?? '{}').waarde
  assert.deepEqual([own, ...others].map(whom), [bsn, child, sibling])
  assert.deepEqual(
    [own, ...others].map(({ betrokkeneVeld, aantal }) => [betrokkeneVeld, aantal]),
    [
      [undefined, 3],
      ['bsnKind', 1],
      ['bsnBroer', 1],
    ],
  )
  for (const record of others) {
    assert.deepEqual(faultsOf(record), [])
    assert.deepEqual(record.verstrekt, own.verstrekt)
    assert.notEqual(record.betrokkene?.pseudoniem, own.betrokkene?.pseudoniem)
    assert.notEqual(record.spanId, own.spanId)
  }
  for (const waarde of [child, sibling]) {
    assert.deepEqual(
      (await foundOf(store, audit, dirs, waarde)).map(one => [one.soort, one.transactie]),
      [
        ['beslissing', transactie],
        ['verstrekking', transactie],
      ],
    )
  }
  const [decision] = await foundOf(store, audit, dirs, child)
  assert.ok(decision)
  assert.deepEqual(faultsOf(decision), [])
  assert.deepEqual(
    unsealPersons(audit.keys, place, decision).map(text => JSON.parse(text).waarde),
    [child, sibling],
  )
  assert.deepEqual(
    decision.betrokkenen?.map(({ rol }) => rol),
    ['bsnKind', 'bsnBroer'],
  )
  const again = await proofsOf(store, transactie, { oin: waterstad })
  assert.equal(again?.proofs.verstrekkingen.length, 3)
  assert.equal((await store.query('SELECT 1 FROM policy.case_fact')).length, 1, 'rows once')
  const plain = await store.query<{ tekst: string }>('SELECT tekst FROM audit.leaf')
  for (const number of [bsn, child, sibling]) {
    assert.ok(!plain.some(({ tekst }) => tekst.includes(number)))
  }
})

test('an acceptance and a refusal are found by whoever they name as well', async t => {
  const { store, dirs, audit } = await begin(t)
  const request = asks()
  await recordAcceptance(audit, request, {
    ...{ decision: decisionOf(request), terms, staat: 'aanvaard', rijen: [] },
  })
  const refused = asks()
  const decision = decisionOf(refused, [{ code: 'NOODREM' }])
  await recordDecision(audit, refused, decision, terms)
  assert.deepEqual(
    (await foundOf(store, audit, dirs, child)).map(({ soort, uitkomst }) => [soort, uitkomst]),
    [
      ['aanvaarding', 'aanvaard'],
      ['beslissing', 'geweigerd'],
    ],
  )
})

test('the proof of an answer that names others cannot lose, double, swap or borrow a record', async t => {
  const { audit, vkey } = await begin(t)
  const permitted = await allowed(audit)
  const document = JSON.parse(await disclosed(audit, permitted))
  const other = JSON.parse(await disclosed(audit))
  // The same transaction, given once more.
  const again = JSON.parse(await disclosed(audit, permitted))
  const { bewijs } = document
  const [first, second] = bewijs.overige
  const { logregel, tlogProof } = bewijs
  const forged: readonly unknown[] = [
    { ...bewijs, overige: [first] },
    { ...bewijs, overige: [] },
    { ...bewijs, overige: undefined },
    { ...bewijs, overige: first },
    { ...bewijs, overige: [first, second, second] },
    { ...bewijs, overige: [first, first] },
    { ...bewijs, overige: [first, { logregel, tlogProof }] },
    { ...bewijs, overige: [first, other.bewijs.overige[1]] },
    { ...bewijs, overige: [first, again.bewijs.overige[1]] },
    { ...bewijs, overige: [first, { ...second, tlogProof: first.tlogProof }] },
    { ...bewijs, overige: [first, { ...second, extra: 1 }] },
    { ...bewijs, overige: [first, { logregel: second.logregel }] },
    { ...bewijs, ...first, overige: [{ logregel, tlogProof }, second] },
    { opening: bewijs.opening, ...first },
  ]
  for (const [i, bad] of forged.entries()) {
    const text = JSON.stringify({ ...document, bewijs: bad })
    assert.throws(() => verifyAnswer(Buffer.from(text), vkey), BadEvidence, `${i}`)
  }
  const swapped = { ...document, bewijs: { ...bewijs, overige: [second, first] } }
  assert.equal(verifyAnswer(Buffer.from(JSON.stringify(swapped)), vkey).soort, 'antwoord')
})

test('the records of one answer commit together or not at all', async t => {
  const { store, audit } = await begin(t)
  await store.query(`CREATE FUNCTION audit.gif() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW.tekst LIKE '%bsnBroer%' AND NEW.soort = 'verstrekking' THEN RAISE EXCEPTION 'gif'; END IF;
    RETURN NEW; END $$;
    CREATE TRIGGER gif BEFORE INSERT ON audit.leaf FOR EACH ROW EXECUTE FUNCTION audit.gif()`)
  const permitted = await allowed(audit)
  const plain = await allowed(audit)
  const [named, alone] = await Promise.allSettled([
    recordDisclosure(audit, permitted, naming(permitted)),
    recordDisclosure(audit, plain, releaseOf(plain)),
  ])
  assert.ok(named.status === 'rejected' && named.reason instanceof Problem)
  assert.equal(alone.status, 'fulfilled', 'a neighbour in the same group is not touched')
  const kept = () => store.query(`SELECT 1 FROM audit.leaf WHERE soort = 'verstrekking'`)
  assert.equal((await kept()).length, 1)
  assert.equal((await store.query('SELECT 1 FROM policy.case_fact')).length, 0)
  await store.query('DROP TRIGGER gif ON audit.leaf')
  const late = await allowed(audit)
  await activate(audit, `sha256:${'b'.repeat(64)}`)
  await assert.rejects(recordDisclosure(audit, late, naming(late)), EpochChanged)
  assert.equal((await kept()).length, 1)
})
