// Does a search find exactly what answers it, within what the officer may see, and without reading all there is?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import type { Officer } from '../../gateway/console/page.ts'
import {
  allTransactions,
  type Criteria,
  type Cursor,
  findSubjects,
  searchTransactions,
} from '../../gateway/console/search.ts'
import { openTransaction } from '../../gateway/console/transaction.ts'
import { midnight } from '../../gateway/policy/legal-time.ts'
import { goodBody } from '../support/gateway.ts'
import { heldGateway } from '../support/held.ts'
import { transactionOf } from '../support/log.ts'
import { plant, sliceOf, watched } from './copy.ts'

const officerOf = (party: string, rollen: Officer['rollen'] = []) => ({
  oin: partyHolder(party).oin,
  rollen,
})
const waterstad = officerOf('gemeente-waterstad')
const dijkdorp = officerOf('gemeente-dijkdorp')
const uwv = officerOf('uwv')
const svb = officerOf('svb')

test('what was asked is found by person, case, employee and every other criterion, and by nothing else', async t => {
  const gateway = await heldGateway(t, 'embedded')
  const slice = sliceOf(gateway)
  const find = async (officer: typeof uwv, criteria: Criteria) =>
    (await searchTransactions(slice, officer, criteria, { limit: 50 })).rows.map(
      row => row.transactie,
    )
  const own = { zaak: 'zaak_1', medewerker: { id: 'u-1', functie: 'inkomensconsulent' } }
  const given = transactionOf(await gateway.query('gemeente-waterstad', own))
  const refused = transactionOf(
    await gateway.query('gemeente-waterstad', {
      betrokkene: { soort: 'bsn', waarde: '999993653' },
      velden: ['nationaliteit'],
    }),
  )
  const others = transactionOf(
    await gateway.ask('gemeente-dijkdorp', {
      path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek',
      body: { ...goodBody(), ...own, zaak: 'zaakX1' },
    }),
  )
  const rejected = transactionOf(
    await gateway.ask('gemeente-waterstad', {
      path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek',
      body: '{',
    }),
  )
  const person = (waarde: string): Criteria => ({
    betrokkene: { betrokkene: { soort: 'bsn', waarde } },
  })

  assert.deepEqual(await find(waterstad, {}), [rejected, refused, given], 'newest first')
  assert.deepEqual(await find(dijkdorp, {}), [others])
  assert.deepEqual(await find(uwv, {}), [others, refused, given])
  assert.deepEqual(await find(svb, {}), [])

  assert.deepEqual(await find(waterstad, person('999990019')), [given])
  assert.deepEqual(await find(uwv, person('999990019')), [others, given])
  assert.deepEqual(await find(svb, person('999990019')), [], 'nobody else')
  assert.deepEqual(await find(uwv, person('999993653')), [refused])
  assert.deepEqual(await find(uwv, { zaak: [waterstad.oin, 'zaak_1'] }), [given])
  assert.deepEqual(await find(uwv, { zaak: [dijkdorp.oin, 'zaak_1'] }), [], 'of another')
  assert.deepEqual(await find(waterstad, { zaak: [dijkdorp.oin, 'zaakX1'] }), [])
  assert.deepEqual(await find(uwv, { medewerker: [waterstad.oin, 'u-1'] }), [given])
  assert.deepEqual(
    await find(uwv, { ...person('999990019'), medewerker: [dijkdorp.oin, 'u-1'] }),
    [others],
    'all of it must hold',
  )
  assert.deepEqual(
    await find(uwv, { ...person('999993653'), medewerker: [dijkdorp.oin, 'u-1'] }),
    [],
  )

  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam' }).format()
  const yes: readonly Criteria[] = [
    { partij: uwv.oin },
    { partij: waterstad.oin, rol: 'ontvanger' },
    { uitwisseling: 'uwv-inkomsten-bijstand' },
    { doel: 'bijstand-recht-en-hoogte' },
    { grondslag: 'pw-64-1-b' },
    { veld: 'heeftInkomstenverhouding' },
    { uitkomst: 'verstrekt' },
    { soort: 'bevraging' },
    { van: today },
    { van: '2026-01-01', totEnMet: today },
  ]
  for (const one of yes) {
    assert.ok((await find(waterstad, one)).includes(given), JSON.stringify(one))
  }
  assert.deepEqual(await find(waterstad, Object.assign({}, ...yes)), [given], 'and all together')
  const no: readonly Criteria[] = [
    { partij: svb.oin },
    { partij: waterstad.oin, rol: 'verstrekker' },
    { partij: waterstad.oin, rol: 'namens' },
    { uitwisseling: 'uwv_inkomsten_bijstand' },
    { uitwisseling: 'uwv%' },
    { uitwisseling: '.*' },
    { doel: '%' },
    { grondslag: "pw-64-1-b' OR '1'='1" },
    { veld: 'nationaliteit' },
    { uitkomst: 'bronfout' },
    { reden: 'VELD_NIET_TOEGESTAAN' },
    { toetsing: 'ontsnapping' },
    { digest: `sha256:${'0'.repeat(64)}` },
    { soort: 'afwijzing' },
    { soort: 'stap' },
    { soort: 'verzoek' },
    { totEnMet: '2026-01-01' },
    { van: '2999-01-01' },
  ]
  for (const one of no) {
    assert.ok(!(await find(waterstad, one)).includes(given), JSON.stringify(one))
  }
  assert.deepEqual(await find(waterstad, { reden: 'VELD_NIET_TOEGESTAAN' }), [refused])
  assert.deepEqual(await find(waterstad, { soort: 'afwijzing' }), [rejected])

  const opened = await openTransaction(slice, waterstad, given)
  assert.deepEqual(
    opened?.leaves.map(({ record }) => record.soort),
    ['beslissing', 'verstrekking'],
  )
  for (const [officer, id] of [
    [dijkdorp, given],
    [svb, given],
    [waterstad, others],
    [waterstad, '00000000-0000-7000-8000-000000000000'],
    [waterstad, "' OR 1=1"],
  ] as const) {
    assert.equal(await openTransaction(slice, officer, id), undefined)
  }
})
test('C10: a search with %, _ or regex characters, a page deep in a large log, an old period and a rare term: literal, and it reads little more than it shows', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { slice, reads } = watched(sliceOf(gateway))
  await gateway.query('gemeente-waterstad')
  await sliceOf(gateway).catchUp()
  const begin = midnight('2024-03-31')
  const size = 30_000
  const hour = 3_600_000
  // Five at one moment, so that a page ends among equals; one log is as good as empty.
  const rows = Array.from({ length: size }, (_, i) => ({
    tijd: begin + Math.floor(i / 5) * hour,
    verstrekker: uwv.oin,
    ontvanger: i % 3 === 0 ? waterstad.oin : dijkdorp.oin,
    termen: i === 77 ? ['veld:zeldzaam', 'veld:a%'] : i % 2 === 0 ? ['veld:vaak'] : ['veld:a_b'],
    ...(i === 99 && { uitkomst: 'afgebroken' }),
  }))
  const planted = await plant(gateway.place, rows)
  const newest = planted.toSorted((a, b) => b.tijd - a.tijd || b.idx - a.idx)
  const page = async (criteria: Criteria, after?: Cursor, limit = 25) => {
    reads.length = 0
    const found = await searchTransactions(slice, uwv, criteria, { after, limit })
    const read = reads.reduce((sum, each) => sum + each.rows, 0)
    assert.ok(reads.every(({ way }) => way !== 'Seq Scan' && way !== 'Index Scan'))
    return { ...found, read }
  }

  assert.deepEqual(
    (await page({ veld: 'a%' })).rows.map(row => row.idx),
    [1_000_077],
  )
  assert.equal((await page({ veld: 'a.b' })).rows.length, 0)
  assert.equal((await page({ veld: 'a_b' }, undefined, 3)).rows.length, 3)

  for (const rare of [
    { veld: 'zeldzaam' },
    { uitkomst: 'afgebroken' },
    { veld: 'zeldzaam', van: '2024-01-01', totEnMet: '2026-10-01' },
    { veld: 'bestaat-niet' },
    { partij: waterstad.oin, veld: 'zeldzaam' },
  ]) {
    const { rows: found, read } = await page(rare)
    assert.ok(found.length <= 1)
    assert.ok(read < 100, `${JSON.stringify(rare)} reads ${read}`)
  }
  const old = await page({ van: '2024-03-31', totEnMet: '2024-03-31' }, undefined, 200)
  assert.equal(old.rows.length, 23 * 5, 'the night in which the clock goes forward has 23 hours')
  assert.ok(old.rows.every(({ tijd }) => tijd < midnight('2024-04-01')))

  const deep = newest[size - 60]
  assert.ok(deep)
  const last = await page({}, { tijd: deep.tijd, idx: deep.idx, log: 'gewoon' })
  assert.deepEqual(
    last.rows.map(({ idx }) => idx),
    newest.slice(size - 59, size - 34).map(({ idx }) => idx),
  )
  assert.ok(last.read < 300, `a deep page reads ${last.read}`)

  const all: number[] = []
  for await (const { idx } of allTransactions(sliceOf(gateway), waterstad, { veld: 'vaak' })) {
    all.push(idx)
  }
  const expected = newest.filter(({ ontvanger, termen }) => {
    return ontvanger === waterstad.oin && termen.includes('veld:vaak')
  })
  assert.deepEqual(
    all,
    expected.map(({ idx }) => idx),
  )
  const stopped = new AbortController()
  const seen: number[] = []
  await assert.rejects(async () => {
    for await (const row of allTransactions(sliceOf(gateway), uwv, {}, stopped.signal)) {
      seen.push(row.idx)
      stopped.abort()
    }
  }, /abort/i)
  assert.equal(seen.length, 1_000, 'who went away gets at most the page that was under way')
})

test('the second log is searched only for who may look in it', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const slice = sliceOf(gateway)
  const ask = async (exchange: string, body: unknown) =>
    transactionOf(
      await gateway.ask('toeslagen', { path: `/v1/uitwisselingen/${exchange}/_zoek`, body }),
    )
  // In time between two of the first log, so that nothing but its log keeps it away.
  const before = await ask('uwv-inkomsten-bijstand', '{')
  const hidden = await ask('aanmelding-toeslagendelict-fiod', goodBody())
  const after = await ask('uwv-inkomsten-bijstand', '{')
  const person = { betrokkene: { soort: 'bsn' as const, waarde: '999990019' } }
  for (const [rollen, sees, about] of [
    [[], [after, before], []],
    [['vertrouwelijk'], [after, hidden, before], [hidden]],
  ] as const) {
    const officer = officerOf('toeslagen', rollen)
    const { rows } = await searchTransactions(slice, officer, {}, { limit: 9 })
    assert.deepEqual(
      rows.map(({ transactie }) => transactie),
      sees,
    )
    const found: string[] = []
    for await (const row of findSubjects(slice, officer, person)) found.push(row.transactie)
    assert.deepEqual(found, about)
    const opened = await openTransaction(slice, officer, hidden)
    assert.equal(opened?.log, about.length > 0 ? 'vertrouwelijk' : undefined)
  }
})
