import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BadEvidence } from '../../gateway/audit/checkpoint.ts'
import type { Audit } from '../../gateway/audit/commit.ts'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { makeProofText } from '../../gateway/audit/proof-text.ts'
import { proofsOf } from '../../gateway/audit/prove.ts'
import { recordDisclosure, recordRejection } from '../../gateway/audit/record.ts'
import { recordAcceptance, recordStep } from '../../gateway/audit/record-request.ts'
import { newCall } from '../../gateway/call.ts'
import type { Store } from '../../gateway/store.ts'
import { kinds, testStore } from '../support/database.ts'
import {
  allow,
  beginLogs,
  decisionOf,
  disclose,
  noon,
  openActive,
  refuse,
  refuseAnswer,
  releaseOf,
  requestOf,
  termsOf,
  uwv,
  waterstad,
} from './log.ts'

type Json = Record<string, unknown>

async function open(
  t: TestContext,
  kind: (typeof kinds)[number] = 'postgres',
): Promise<{ store: Store; audit: Audit; vkey: string }> {
  const store = await testStore(t, kind)
  const audit = await openActive(store, await beginLogs(t, store))
  t.after(() => audit[Symbol.asyncDispose]())
  return { store, audit, vkey: audit.head('gewoon').vkey }
}

/** Fills the log, so that proofs have some length. */
async function fill(audit: Audit, count: number): Promise<void> {
  const rejection = { log: 'gewoon', redenen: ['x'] } as const
  await Promise.all(
    Array.from({ length: count }, () =>
      recordRejection(audit, { ...rejection, call: newCall(noon) }),
    ),
  )
}

const judge = (value: unknown, vkey: string) =>
  verifyAnswer(Buffer.from(JSON.stringify(value)), vkey)

/** The same value with one leaf of it changed, for every leaf. */
function* changes(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, member] of value.entries()) {
      for (const changed of changes(member)) yield value.with(i, changed)
      yield value.toSpliced(i, 1)
    }
    yield [...value, null]
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      for (const changed of changes(member)) yield { ...value, [name]: changed }
      const { [name]: _, ...without } = value as Json
      yield without
      yield { ...without, [`${name}x`]: member }
    }
    yield { ...value, extra: 1 }
  } else if (typeof value === 'string') {
    yield `${value}x`
    yield value.slice(1)
    yield null
  } else if (typeof value === 'number') {
    yield value + 1
    yield String(value)
  } else if (typeof value === 'boolean') yield !value
  else yield false
}

/** Every byte of a text changed, each in two ways. */
function* flips(text: string): Generator<string> {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += 1) {
    for (const mask of [1, 0x20]) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(i) ^ mask, i)
      yield changed.toString('utf8')
    }
  }
}

test('an answer is judged true, and no value of it or byte of its proof can change', async t => {
  const { audit, vkey } = await open(t)
  await fill(audit, 37)
  const document = await disclose(audit)
  const judged = verifyAnswer(Buffer.from(document), vkey)
  assert.equal(judged.soort, 'antwoord')
  assert.equal(judged.record.ontvanger, waterstad)
  const value = JSON.parse(document)
  assert.equal(judge(value, vkey).soort, 'antwoord')
  const { bewijs, ...answer } = value
  let tried = 0
  for (const changed of changes(answer)) {
    tried += 1
    const text = JSON.stringify({ ...(changed as Json), bewijs })
    assert.throws(() => verifyAnswer(Buffer.from(text), vkey), BadEvidence, text)
  }
  for (const name of ['opening', 'logregel', 'tlogProof']) {
    for (const changed of flips(bewijs[name])) {
      if (changed === bewijs[name]) continue
      tried += 1
      const forged = { ...answer, bewijs: { ...bewijs, [name]: changed } }
      assert.throws(() => judge(forged, vkey), BadEvidence, `${name}: ${changed}`)
    }
  }
  const longer = Buffer.concat([Buffer.from(bewijs.opening, 'base64url'), Buffer.alloc(1)])
  const padded = { ...bewijs, opening: longer.toString('base64url') }
  for (const changed of [...changes(bewijs), padded]) {
    assert.throws(() => judge({ ...answer, bewijs: changed }, vkey), BadEvidence)
  }
  assert.ok(tried > 3000, `${tried}`)
})

test('what is read twice, inexactly or under another name is no evidence', async t => {
  const { audit, vkey } = await open(t)
  const document = await disclose(audit)
  const no = (text: string) =>
    assert.throws(() => verifyAnswer(Buffer.from(text), vkey), BadEvidence, text)
  no(document.replace('"resultaat":', '"resultaat":"geenGegevens","resultaat":'))
  no(document.replace('251300', '251300.0'))
  no(document.replace('251300', '2513e2'))
  no(document.replace('"opening":', '"overige":[],"opening":'))
  no(document.replace('"bewijs":{', '"bewijs":{"opening":"x",'))
  no(document.replace('tlog-proof@v1\\n', 'tlog-proof@v1\\nextra AAAA\\n'))
  no(document.replace('index ', 'index 0'))
  no(`\ufeff${document}`)
  no(document.slice(0, -1))
  for (const text of ['', 'null', '[]', '{}', '"x"', '{"bewijs":1}', '{"bewijs":{}}']) no(text)
  verifyAnswer(
    Buffer.from(document.replace('é', '\\u00e9').replace('"resultaat":', '\n"resultaat" :\t')),
    vkey,
  )
})

test('an answer is judged by the key of its own log and no other', async t => {
  const { audit, vkey } = await open(t)
  const document = Buffer.from(await disclose(audit))
  const other = audit.head('vertrouwelijk').vkey
  assert.throws(() => verifyAnswer(document, other), BadEvidence)
  assert.throws(() => verifyAnswer(document, 'x'), BadEvidence)
  const { size } = audit.head('gewoon')
  assert.equal(verifyAnswer(document, vkey, BigInt(size)).grootte, BigInt(size))
  assert.throws(() => verifyAnswer(document, vkey, BigInt(size) + 1n), BadEvidence)
})

test('the proof of another answer proves nothing', async t => {
  const { audit, vkey } = await open(t)
  const [a, b] = [JSON.parse(await disclose(audit)), JSON.parse(await disclose(audit))]
  assert.throws(() => judge({ ...a, bewijs: b.bewijs }, vkey), BadEvidence)
  const { logregel, tlogProof } = b.bewijs
  const mixed = { ...a, bewijs: { ...a.bewijs, logregel, tlogProof } }
  assert.throws(() => judge(mixed, vkey), BadEvidence)
  const decision = (await allow(audit)).receipt
  const bewijs = { logregel: decision.logregel, tlogProof: decision.tlogProof() }
  assert.throws(() => judge({ ...a, bewijs: { ...a.bewijs, ...bewijs } }, vkey), BadEvidence)
  assert.throws(() => judge({ ...a, bewijs }, vkey), BadEvidence)
})

test('a refusal is judged true, and its codes, order, transaction and status are its record’s own', async t => {
  const { audit, vkey } = await open(t)
  const document = JSON.parse(
    await refuseAnswer(audit, [
      { code: 'VELD_NIET_TOEGESTAAN', veld: 'loonSv' },
      { code: 'GRONDSLAG_VERVALLEN', grondslag: 'pw-64-1-b', bij: { sinds: '2026-01-01' } },
    ]),
  )
  assert.equal(judge(document, vkey).soort, 'weigering')
  const [first, second] = document.redenen
  const wrong: Json[] = [
    { redenen: [second, first] },
    { redenen: [first] },
    { redenen: [first, second, second] },
    { redenen: [{ ...first, code: 'OPT_OUT' }, second] },
    { redenen: [{ ...first, veld: 'naam' }, second] },
    { redenen: [{ code: first.code, uitleg: '' }, second] },
    { redenen: [first, { ...second, veld: 'loonSv' }] },
    { redenen: 'x' },
    { redenen: [first, null] },
    { instance: `urn:uuid:${newCall(noon).transactie}` },
    { instance: undefined },
    { status: 429 },
    { status: 200 },
    { status: '403' },
    { bewijs: { ...document.bewijs, extra: 1 } },
  ]
  for (const change of wrong) {
    assert.throws(
      () => judge({ ...document, ...change }, vkey),
      BadEvidence,
      JSON.stringify(change),
    )
  }
  const limited = JSON.parse(await refuseAnswer(audit, [{ code: 'LIMIET_BEREIKT' }]))
  assert.throws(() => judge(limited, vkey), BadEvidence)
  assert.equal(judge({ ...limited, status: 429 }, vkey).soort, 'weigering')
  const allowed = (await allow(audit)).receipt
  const claim = {
    ...document,
    instance: `urn:uuid:${JSON.parse(allowed.logregel).transactie}`,
    redenen: [],
    bewijs: { logregel: allowed.logregel, tlogProof: allowed.tlogProof() },
  }
  assert.throws(() => judge(claim, vkey), BadEvidence)
})

for (const kind of kinds) {
  test(`${kind}: a party of the transaction gets its proofs again, years and leaves later`, async t => {
    const { audit, vkey } = await open(t, kind)
    await fill(audit, 3)
    const permitted = await allow(audit)
    const { transactie } = permitted.request
    await recordDisclosure(audit, permitted, releaseOf(permitted))
    await fill(audit, kind === 'postgres' ? 700 : 300)
    for (const oin of [waterstad, uwv]) {
      const proofs = (await proofsOf(audit, transactie, { oin }))?.proofs
      assert.equal(proofs?.verstrekkingen.length, 1)
      const { soort, index, grootte } = judge(proofs, vkey)
      assert.deepEqual({ soort, index }, { soort: 'bewijzen', index: 4n })
      assert.equal(grootte, BigInt(audit.head('gewoon').size))
      for (const changed of changes(proofs)) {
        // A list cannot prove that it is complete: that takes the decision's end in the log.
        const { verstrekkingen } = changed as Json
        if (Array.isArray(verstrekkingen) && verstrekkingen.length === 0) continue
        assert.throws(() => judge(changed, vkey), BadEvidence)
      }
    }
    for (const oin of ['00000099000000002000', '']) {
      assert.equal(await proofsOf(audit, transactie, { oin }), undefined)
    }
    const unknown = newCall(noon).transactie
    assert.equal(await proofsOf(audit, unknown, { oin: uwv }), undefined)
    assert.equal(await proofsOf(audit, "x'", { oin: uwv }), undefined)
    const refused = JSON.parse((await refuse(audit, [{ code: 'OPT_OUT' }])).logregel)
    const refusal = (await proofsOf(audit, refused.transactie, { oin: waterstad }))?.proofs
    assert.deepEqual(refusal?.verstrekkingen, [])
    assert.equal(judge(refusal, vkey).record.uitkomst, 'geweigerd')
  })
}

test('proofs of two transactions cannot be mixed', async t => {
  const { audit, vkey } = await open(t)
  const both = []
  for (let i = 0; i < 2; i += 1) {
    const permitted = await allow(audit)
    await recordDisclosure(audit, permitted, releaseOf(permitted))
    both.push((await proofsOf(audit, permitted.request.transactie, { oin: uwv }))?.proofs)
  }
  const [a, b] = both
  assert.ok(a && b)
  assert.throws(() => judge({ ...a, verstrekkingen: b.verstrekkingen }, vkey), BadEvidence)
  assert.throws(() => judge({ ...a, transactie: b.transactie }, vkey), BadEvidence)
  assert.throws(() => judge({ ...a, beslissing: a.verstrekkingen[0] }, vkey), BadEvidence)
  assert.throws(
    () => judge({ ...a, beslissing: { ...a.beslissing, opening: 'x' } }, vkey),
    BadEvidence,
  )
})

test('the text of a proof is as c2sp.org/tlog-proof spells it', () => {
  const note = 'o\n1\nx\n\n— o y\n'
  const hash = Buffer.alloc(32, 7)
  const line = hash.toString('base64')
  assert.equal(
    makeProofText(7, [hash, hash], note),
    `c2sp.org/tlog-proof@v1\nindex 7\n${line}\n${line}\n\n${note}`,
  )
  assert.equal(makeProofText(0, [], note), `c2sp.org/tlog-proof@v1\nindex 0\n\n${note}`)
})

test('a step of a request is judged true, and is of no other request, exchange or content', async t => {
  const { audit, vkey } = await open(t)
  const request = requestOf()
  const terms = termsOf()
  const accepted = await recordAcceptance(audit, request, {
    ...{ decision: decisionOf(request), terms, staat: 'aanvaard', inhoud: 'hash', rijen: [] },
  })
  const verzoek = request.transactie
  const { uitwisseling, ontvanger } = terms
  const call = { ...newCall(noon), verzoek }
  const about = { log: 'gewoon', uitwisseling, ontvanger, terms, rijen: [] } as const
  const record = async (soort: 'ontvangst' | 'einde', uitkomst: string) =>
    await recordStep(audit, call, { ...about, soort, uitkomst })
  const proof = (receipt: typeof accepted) => ({
    bewijs: { logregel: receipt.logregel, tlogProof: receipt.tlogProof() },
  })
  const inhoud = { zout: 'x', sha256: 'hash' }
  const first = { verzoek, uitwisseling, staat: 'in-behandeling', inhoud, ...proof(accepted) }
  const last = { verzoek, uitwisseling, ...proof(await record('ontvangst', 'ontvangen')) }
  assert.equal(judge(first, vkey).soort, 'verzoek')
  assert.equal(judge(last, vkey).record.uitkomst, 'ontvangen')
  const id = newCall(noon).transactie
  for (const change of [
    { verzoek: id },
    { uitwisseling: 'een-andere' },
    { inhoud: { zout: 'x', sha256: 'andere' } },
    { inhoud: undefined },
    { inhoud: 'hash' },
    { bewijs: last.bewijs },
    { bewijs: { ...first.bewijs, opening: 'x' } },
  ]) {
    assert.throws(() => judge({ ...first, ...change }, vkey), BadEvidence, JSON.stringify(change))
  }
  assert.throws(() => judge({ ...last, verzoek: id }, vkey), BadEvidence)
  const end = proof(await record('einde', 'verlopen'))
  assert.throws(() => judge({ ...last, ...end }, vkey), BadEvidence, 'a step nobody was told of')
  for (const [name, text] of Object.entries(last.bewijs)) {
    for (const changed of flips(text)) {
      const bewijs = { ...last.bewijs, [name]: changed }
      assert.throws(() => judge({ ...last, bewijs }, vkey), BadEvidence)
    }
  }
})

test('what GET /v1/bewijzen gives of a request has its acceptance as its decision, and no other step', async t => {
  const { audit, vkey } = await open(t)
  const request = requestOf()
  const decision = decisionOf(request)
  const { logregel, tlogProof } = await recordAcceptance(audit, request, {
    ...{ decision, terms: termsOf(), staat: 'aanvaard', inhoud: 'hash', rijen: [] },
  })
  const beslissing = { logregel, tlogProof: tlogProof() }
  const whole = { transactie: request.transactie, beslissing, verstrekkingen: [] }
  assert.equal(judge(whole, vkey).soort, 'bewijzen')
  assert.throws(() => judge({ ...whole, verstrekkingen: [beslissing] }, vkey), BadEvidence)
})
