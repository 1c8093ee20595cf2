import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enough, mutate, run, score } from '../../soak/policy-mutate.ts'
import { type Edits, edited, policyDir } from './law.ts'

const shut = 'wmo-handhaving'
const cases = `uitwisselingen/${shut}.cases.yaml`

/** The last second of the impact assessment and the first of the arrangement, and what either says. */
const edge = (naam: string, op: string) =>
  `  - naam: ${naam}\n    op: ${op}\n    dan: geweigerd\n    redenen: [DOEL_ONVERENIGBAAR]\n`
const lastSecond = edge(
  'de laatste seconde waarin de effectbeoordeling geldt',
  '2027-12-01T23:59:59+01:00',
)
const firstDay = edge('op de eerste dag van de afspraak', '2026-01-01T00:00:00+01:00')

async function told(args: readonly string[], edits: Edits = {}) {
  return await edited(edits, async dir => {
    const out: string[] = []
    const err: string[] = []
    const progress = { err: (text: string) => void err.push(text), clock: () => 0 }
    const exit = await run(args, { out: text => void out.push(text), progress }, dir)
    return { exit, out: out.join(''), err: err.join('') }
  })
}

test('every change of an exchange that is open and of one that is shut is noticed by its cases', async () => {
  const ids = ['uwv-inkomsten-bijstand', shut]
  const { totaal, mutanten, perBestand } = await mutate(policyDir, ids)
  const unseen = mutanten.filter(({ lot }) => lot === 'overleefd')
  assert.ok(score(totaal) >= enough, JSON.stringify(unseen, null, 1))
  assert.ok(totaal.gedood > 100, 'there is something to notice')
  assert.ok(totaal.geenWet > 0, 'the linter refuses some')
  for (const id of ids) assert.ok(perBestand.has(`uitwisselingen/${id}.yaml`))
  const cells = new Set(mutanten.map(({ cel }) => cel))
  for (const cell of [
    ...['treden.bedragen.openVoor', 'voorwaarden.functie', 'grenzen.perZaakPerDag'],
    ...['grondslagen', 'dpia.uiterlijk', 'bewaren.log', 'verboden', 'onverenigbaar.grondslag'],
  ]) {
    assert.ok(cells.has(cell), cell)
  }
})

test('a case that is taken away leaves its changes unseen: they are named at their place, and the exit is 1', async () => {
  const { exit, out } = await told([shut], {
    [cases]: [
      [lastSecond, ''],
      [firstDay, ''],
    ],
  })
  assert.match(out, /wmo-handhaving\.yaml:\d+:\d+ {2}dpia\.uiterlijk: 2027-12-01 → 2027-11-30/)
  assert.match(
    out,
    /geldigVan: 2026-01-01 → 2026-01-02\n {4}voeg toe: een geval in de laatste seconde/,
  )
  assert.match(out, /vielen er \d+ op en 2 niet/)
  assert.equal(exit, 1)
})

test('a promise that is taken away says which line is lacking; a machine reads the same', async () => {
  const edits: Edits = {
    [cases]: [
      ['  bewaren.log: P7Y\n', ''],
      ['  dpia.herzienOp: 2027-06-01\n', ''],
    ],
  }
  const { exit, out, err } = await told([shut, '--json'], edits)
  const report = JSON.parse(out)
  assert.equal(exit, 1)
  assert.equal(err, '')
  assert.ok(report.score < enough)
  assert.deepEqual(
    report.mutanten.map((one: { voegToe: string; werd: string }) => `${one.werd} ${one.voegToe}`),
    [
      'P6Y afspraken: { bewaren.log: P7Y }',
      'P8Y afspraken: { bewaren.log: P7Y }',
      '2027-05-31 afspraken: { dpia.herzienOp: 2027-06-01 }',
      '2027-06-02 afspraken: { dpia.herzienOp: 2027-06-01 }',
    ],
  )
})

test('what cannot be judged is no score: another word, an unknown exchange, a faulty set', async () => {
  const progress = { err: () => {}, clock: () => 0 }
  assert.equal(await run(['--snel'], { out: () => {}, progress }, policyDir), 2)
  assert.equal(await run(['bestaat-niet'], { out: () => {}, progress }, policyDir), 3)
  const faulty = await told([shut], { [cases]: [['  bewaren.log: P7Y', '  bewaren.log: P9Y']] })
  assert.equal(faulty.exit, 3)
  assert.match(faulty.err, /wmo-handhaving\.cases\.yaml:\d+:\d+ afgesproken is P9Y/)
})
