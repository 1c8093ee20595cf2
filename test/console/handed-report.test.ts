// Does a report say what became of what was handed over, only as receivers say it, and the same again a year later?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Desk } from '../../gateway/console/page.ts'
import { makeReport, nameFor, type Report, totalsBy } from '../../gateway/console/report.ts'
import { reportBody } from '../../gateway/console/report-page.ts'
import { readPeriod } from '../../gateway/console/report-period.ts'
import { reportCsv, reportJson } from '../../gateway/console/report-text.ts'
import { drawSample } from '../../gateway/console/sample.ts'
import type { Arrangement, PolicySet } from '../../gateway/policy/law.ts'
import { country } from './country.ts'
import { handing, uwv, waterstad } from './handed.ts'

const exchange = 'uwv-inkomsten-bijstand'

/** As if its lines were signals, with a list of what can become of them. */
function withSignals(law: PolicySet): PolicySet {
  const arrangement = law.uitwisselingen.get(exchange)
  assert.ok(arrangement)
  const signal: Arrangement = {
    ...arrangement,
    patroon: 'signaal',
    signaal: { geldig: 'P30D', afloop: 'afloop-proef' },
  }
  const codes = [
    { code: 'gesprek', betekenis: 'Gesprek gevoerd', klasse: 'preventief' },
    { code: 'herzien', betekenis: 'Recht herzien', klasse: 'repressief' },
    { code: 'beeindiging-duurzaam', betekenis: 'Blijvend beëindigd', klasse: 'repressief' },
  ]
  return {
    ...law,
    uitwisselingen: new Map([...law.uitwisselingen, [exchange, signal]]),
    codelijsten: new Map([
      ...law.codelijsten,
      ['afloop-proef', { id: 'afloop-proef', titel: 'Proef', bron: 'proef', codes }],
    ]),
  }
}

test('what was handed over, picked up, judged and left to expire is counted per kind, class and code in the month in which it was done', async t => {
  const made = await country(t, { months: 1, atMost: 40 })
  const { store, at, law, audit } = made
  const told = withSignals(law)
  const desk: Desk = { ...made.desk, lawOf: async () => told }
  const give = handing({ audit, law, clock: made.desk.clock })
  at('2026-11-10')
  const levering = await give.file({ ontvanger: waterstad })
  let regel = 0
  const signal = async () => await give.offer({ regel: { levering, regel: ++regel } })
  const many = async <T>(count: number, what: () => Promise<T>) => {
    const found: T[] = []
    for (let n = 0; n < count; n++) found.push(await what())
    return found
  }
  const judged = async (count: number, afloop?: string) => {
    for (const one of await many(count, signal)) {
      await give.pickUp(one, { regel: { levering, regel } })
      await give.step(one, 'beoordeling', afloop ? 'beoordeeld' : 'signaal', {
        ...(afloop && { afloop }),
      })
    }
  }
  await judged(6, 'gesprek')
  await judged(7, 'herzien')
  await judged(5, 'beeindiging-duurzaam')
  await judged(2, 'onbekend-nu')
  for (const one of await many(6, signal)) {
    await give.step(one, 'einde', 'verlopen', { reden: 'NIET_OPGEHAALD' })
  }
  const waiting = await many(6, signal)
  await many(5, () => give.offer({ regel: { levering, regel: ++regel }, redenen: ['NOODREM'] }))
  await many(5, () => give.unreadable({ levering, regel: ++regel }))
  await many(6, () => give.offer({ stap: 'correctie', ontvanger: waterstad }))
  at('2026-12-03')
  await judged(6, 'gesprek')

  // Of a week with fifty lines two are drawn: they do not push the questions out.
  await desk.catchUp()
  const draws = await drawSample(store.query, uwv, ['gewoon'], desk.clock())
  const drawn = draws.find(({ week }) => week === '2026-11-09')?.getrokken ?? []
  assert.equal(drawn.length, 2)

  const report = async (periode: string, oin = uwv): Promise<Report> => {
    const read = readPeriod(periode)
    assert.ok(read)
    await desk.catchUp()
    const found = await nameFor(store.query, 'gewoon', read)
    assert.ok(found, periode)
    return await makeReport(desk, oin, found)
  }
  const first = await report('2026-11')
  const { berichten, vervolg, beslissingen, afwijzingen } = first.totaal
  const told_ = (sum: typeof berichten, soort: string) =>
    Object.fromEntries(totalsBy(sum, soort).map(({ naam, aantal }) => [naam, aantal]))

  assert.equal(berichten.aantal, 49)
  assert.deepEqual(
    told_(berichten, 'bericht'),
    { signaal: 42 },
    'one file and six corrections go together',
  )
  assert.deepEqual(told_(berichten, 'uitkomst'), { aanvaard: 32, geweigerd: 5, onleesbaar: 5 })
  assert.deepEqual(told_(berichten, 'indiener'), { machine: 37, 'niet te lezen': 5 })
  assert.equal(beslissingen.aantal + afwijzingen.aantal, 0, 'they are no questions')
  assert.deepEqual(told_(vervolg, 'vervolg'), { opgehaald: 20, beoordeeld: 20, verlopen: 6 })
  assert.deepEqual(
    told_(vervolg, 'aard'),
    { repressief: 12 },
    'two that no list knows hide with the smallest class',
  )
  assert.deepEqual(told_(vervolg, 'afloop'), { herzien: 7, 'beeindiging-duurzaam': 5 })
  assert.deepEqual((await report('2026-11', '00000099000000005000')).totaal.berichten.aantal, 0)

  const body = reportBody(first, { ...named(first) }, told).text
  assert.match(body, /Signaal: een reden om te kijken[\s\S]*?<td[^>]*>42</)
  assert.match(body, /Recht herzien[\s\S]*?<td[^>]*>7</)
  assert.match(body, /Blijvend beëindigd[\s\S]*?<td[^>]*>5</)
  assert.match(body, /23 %/, 'six of twenty-six without outcome')
  assert.doesNotMatch(body, /nog niet ontvangen|fraude/)
  assert.match(reportCsv(first), /"vervolg";.*"afloop";"herzien";7;"geheel"/)

  for (const one of waiting) {
    await give.step(one, 'beoordeling', 'beoordeeld', { afloop: 'gesprek' })
  }
  at('2027-01-10')
  await give.file({ ontvanger: waterstad })
  assert.equal(reportJson(await report('2026-11')), reportJson(first), 'later steps change nothing')
  assert.deepEqual(told_((await report('2026-12')).totaal.vervolg, 'afloop'), { gesprek: 12 })
  for (const periode of ['2026-T3', '2026-K4', '2026-11_2026-12']) {
    const longer = (await report(periode)).totaal
    assert.ok((told_(longer.vervolg, 'vervolg').beoordeeld ?? 0) >= 20, periode)
  }
})

function named({ log, omvang, beleid, periode }: Report) {
  const read = readPeriod(periode)
  assert.ok(read)
  return { log, omvang, digest: beleid, periode: read }
}
