// Can nobody be counted back from a report, and is it the same report when it is made again?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OfficerAct } from '../../gateway/audit/record-officer.ts'
import { newCall } from '../../gateway/call.ts'
import { counted } from '../../gateway/console/chart.ts'
import { mandatePages } from '../../gateway/console/mandate-page.ts'
import type { Desk, Page, View, Visit } from '../../gateway/console/page.ts'
import { assemble, machineLines, type Report, totalsBy } from '../../gateway/console/report.ts'
import { reportPages } from '../../gateway/console/report-page.ts'
import { readPeriod } from '../../gateway/console/report-period.ts'
import { reportCsv, reportJson } from '../../gateway/console/report-text.ts'
import {
  type Count,
  type Division,
  protect,
  smallest,
  together,
} from '../../gateway/console/suppress.ts'

import { midnight } from '../../gateway/policy/legal-time.ts'
import { country } from './country.ts'
import { joined, officerOf, visitOf } from './desk.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f']

/** How many of each of a few names, most of them few; the parts of a part below it. */
function counts(depth: number): fc.Arbitrary<Count> {
  const some = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 2, arbitrary: fc.integer({ min: 4, max: 9 }) },
    { weight: 1, arbitrary: fc.integer({ min: 5, max: 400 }) },
  )
  const leaf = fc.record({ aantal: some })
  const node = depth === 0 ? leaf.map(({ aantal }): Part => ({ aantal })) : counts(depth - 1)
  return fc
    .array(fc.array(node, { minLength: 1, maxLength: names.length }), {
      minLength: 1,
      maxLength: depth === 0 ? 1 : 2,
    })
    .map(ways => whole('x', ways))
}

interface Part {
  readonly aantal: number
  readonly delen?: readonly Division[]
}

/** The first way says how many there are; another divides as many. */
function whole(naam: string, ways: readonly (readonly Part[])[]): Count {
  const first = ways[0] ?? []
  const aantal = first.reduce((sum, part) => sum + part.aantal, 0)
  return {
    naam,
    aantal,
    delen: ways.map((parts, way) => ({
      soort: `soort${way}`,
      rijen: fit(parts, aantal).map((part, at) => ({ ...part, naam: names[at] ?? '?' })),
    })),
  }
}

/** Takes of these parts until there are so many; what lacks is one part more. */
function fit(parts: readonly Part[], aantal: number): readonly Part[] {
  const taken: Part[] = []
  let left = aantal
  for (const part of parts) {
    if (part.aantal > left) continue
    taken.push(part)
    left -= part.aantal
  }
  return left > 0
    ? [
        ...taken.slice(0, names.length - 1),
        { aantal: aantal - sumOf(taken.slice(0, names.length - 1)) },
      ]
    : taken
}

const sumOf = (parts: readonly Part[]) => parts.reduce((sum, part) => sum + part.aantal, 0)
const none: Count = { naam: 'x', aantal: 0, delen: [] }

function reportOf(maanden: readonly Count[], periode: string): Report {
  const read = readPeriod(periode)
  assert.ok(read)
  const closed = read.maanden.map(maand => ({
    maand,
    logs: [{ log: 'gewoon', grootte: 9 }],
    digest: 'sha256:0',
  }))
  return assemble(
    { oin: '1', naam: 'Een' },
    { log: 'gewoon', periode: read, omvang: 9, digest: 'sha256:0' },
    closed.map((each, at) => ({
      closed: each,
      beslissingen: maanden[at] ?? none,
      afwijzingen: none,
      berichten: none,
      vervolg: none,
      signalen: none,
      handelingen: none,
    })),
    {},
  )
}

/** All that anybody can read of these two months: each, both, as CSV and as JSON. */
function read(months: readonly [Count, Count]): string {
  const reports = [
    reportOf([months[0]], '2026-01'),
    reportOf([months[1]], '2026-02'),
    reportOf(months, '2026-01_2026-02'),
  ]
  return reports.map(report => reportCsv(report) + reportJson(report)).join('')
}

type Place = readonly (readonly [way: number, row: number])[]

/** Every small count below what is shown, and where it stands. */
function* hiddenSmall(
  count: Count,
  shown: ReturnType<typeof protect>,
  at: Place = [],
): Generator<Place> {
  if (!shown) return
  for (const [way, { soort, rijen }] of (count.delen ?? []).entries()) {
    const part = shown.delen.find(each => each.soort === soort)
    for (const [row, each] of rijen.entries()) {
      const place: Place = [...at, [way, row]]
      const seen = part?.rijen.find(({ naam }) => naam === each.naam)
      if (seen) yield* hiddenSmall(each, seen, place)
      else if (each.aantal < smallest) yield place
    }
  }
}

/** The same count with the rows beside this place changed; a changed row is not divided as it was. */
function changed(
  count: Count,
  place: Place,
  change: (rows: readonly Count[], row: number) => readonly Count[],
): Count {
  const [[way, row] = [0, 0], ...rest] = place
  const delen = (count.delen ?? []).map((division, at) => {
    if (at !== way) return division
    const rijen =
      rest.length === 0
        ? change(division.rijen, row)
        : division.rijen.map((each, i) => (i === row ? changed(each, rest, change) : each))
    return { ...division, rijen }
  })
  return { ...count, delen }
}

/** Other ways in which these rows could have been as many together: one less for one more, exchanged, or only these two. */
function* otherwise(rows: readonly Count[], row: number): Generator<readonly Count[]> {
  const own = rows[row]?.aantal ?? 0
  for (const [other, { aantal }] of rows.entries()) {
    if (other === row) continue
    for (const [mine, theirs] of [
      [own + 1, aantal - 1],
      [own - 1, aantal + 1],
      [aantal, own],
    ] as const) {
      if (mine === own || mine < 0) continue
      const rest = sumOf(rows) - mine
      const two = rows.flatMap((each, i) =>
        i === row || i === other ? [{ naam: each.naam, aantal: i === row ? mine : rest }] : [],
      )
      yield two
      if (theirs < 0) continue
      yield rows.map((each, i) =>
        i === row || i === other ? { naam: each.naam, aantal: i === row ? mine : theirs } : each,
      )
    }
  }
}

/** The rows beside this place as they could have been. */
function besides(count: Count, place: Place): readonly (readonly Count[])[] {
  const found: (readonly Count[])[] = []
  changed(count, place, (rows, row) => {
    found.push(...otherwise(rows, row))
    return rows
  })
  return found
}

test('of no hidden count below five can be told which one it is: another number gives the same bytes, over all reports', () => {
  let met = 0
  fc.assert(
    fc.property(counts(1), counts(1), (one, other) => {
      const text = read([one, other])
      for (const place of hiddenSmall(one, protect(one))) {
        met++
        assert.ok(
          besides(one, place).some(rows => read([changed(one, place, () => rows), other]) === text),
          `pinned at ${JSON.stringify(place)}`,
        )
      }
    }),
    { numRuns: 80 },
  )
  assert.ok(met > 80, String(met))
})

test('whoever adds up and subtracts all that a report shows finds no number for a hidden count below five', () => {
  fc.assert(
    fc.property(counts(2), counts(2), (one, other) => {
      const json: Report = JSON.parse(reportJson(reportOf([one, other], '2026-01_2026-02')))
      for (const [at, count] of [one, other].entries()) {
        const shown = json.maanden[at]?.beslissingen
        if (shown === undefined || shown === 'minder dan 5') {
          assert.ok(count.aantal < smallest)
          continue
        }
        assert.equal(shown.aantal, count.aantal)
        narrow(shown)
      }
    }),
    { numRuns: 100 },
  )
})

/** Bounds of what is hidden together: their sum is known, each is one or more and the names may be known. */
function narrow(shown: Exclude<ReturnType<typeof protect>, undefined>): void {
  for (const { rijen, verborgen } of shown.delen) {
    for (const row of rijen) {
      assert.ok(row.aantal >= smallest)
      narrow(row)
    }
    const left = shown.aantal - rijen.reduce((sum, { aantal }) => sum + aantal, 0)
    if (verborgen === 'alles') {
      assert.ok(left >= smallest)
      continue
    }
    if (verborgen.length === 0) {
      assert.equal(left, 0)
      continue
    }
    assert.ok(verborgen.length > 1, 'one alone is what is left of the whole')
    assert.ok(left >= smallest, 'together they are a small count themselves')
    const most = left - (verborgen.length - 1)
    assert.ok(most > 1, 'each can be one or more')
  }
}

const flat = (...counts: readonly number[]): Count => ({
  naam: 'x',
  aantal: counts.reduce((sum, count) => sum + count, 0),
  delen: [{ soort: 's', rijen: counts.map((aantal, at) => ({ naam: names[at] ?? '?', aantal })) }],
})

test('what could be reasoned back is hidden too: one alone, all as small or as large as can be, and equals', () => {
  const told = (...counts: number[]) => {
    const [part] = protect(flat(...counts))?.delen ?? []
    return [part?.rijen.map(({ aantal }) => aantal), part?.verborgen]
  }
  assert.deepEqual(told(7, 5), [[7, 5], []])
  assert.deepEqual(told(3, 90, 40, 200), [
    [90, 200],
    ['a', 'c'],
  ])
  assert.deepEqual(told(3, 90, 40, 40), [[90], ['a', 'c', 'd']])
  assert.deepEqual(told(4, 4, 90, 40), [[90], ['a', 'b', 'd']])
  assert.deepEqual(told(1, 1, 1, 1, 1, 40), [[], 'alles'])
  assert.deepEqual(told(1, 2, 90), [[], 'alles'])
  assert.deepEqual(told(1, 4, 90), [[90], ['a', 'b']])
  for (const alike of [
    [1, 1, 1, 1, 1],
    [4, 4],
    [3, 97],
    [2, 3],
  ]) {
    assert.deepEqual(told(...alike), [[], 'alles'])
  }
  assert.throws(() => protect({ ...flat(7, 5), aantal: 13 }), /not its whole/)
})

test('a longer period is what its months show, and says so where a month hid something', () => {
  const months = [flat(50, 60), flat(3, 90, 40)].map(month => protect(month) ?? 'verborgen')
  const { delen, aantal, tenminste } = together('x', months)
  assert.deepEqual({ aantal, tenminste }, { aantal: 243, tenminste: false })
  assert.deepEqual(
    delen[0]?.rijen.map(({ naam, aantal: many, tenminste: more }) => [naam, many, more]),
    [
      ['a', 50, true],
      ['b', 150, false],
      ['c', 0, true],
    ],
  )
  assert.equal(together('x', ['verborgen', 'geen']).tenminste, true)
})

test('a whole below five is not shown, nor is it told whether it is nothing', () => {
  const [nothing, few] = [0, 4].map(aantal =>
    reportJson(reportOf([{ ...none, aantal }], '2026-01')),
  )
  assert.equal(nothing, few)
  assert.match(nothing ?? '', /minder dan 5/)
})

const waterstad = '00000099000000001000'
const uwv = '00000099000000004000'

async function shown(page: Page['show'], visit: Visit, desk: Desk): Promise<View> {
  const view = await page?.(visit, desk)
  assert.ok(view)
  return view
}

async function textOf(view: View): Promise<string> {
  if (view.kind === 'page') return view.body.text
  if (view.kind === 'download') return await joined(view.body)
  return view.to
}

const pageAt = (path: string) => [...reportPages, ...mandatePages].find(page => page.path === path)

test('the reports of a generated country', async t => {
  const { desk, store, acts, at } = await country(t)
  const officer = officerOf(uwv, 'privacy-officer')
  const choose = async (query: string, who = officer) =>
    await shown(
      pageAt('/rapportage')?.show,
      visitOf(who, { query: new URLSearchParams(query) }),
      desk,
    )
  const open = async (to: string, who = officer) => {
    const { pathname, searchParams } = new URL(to, 'https://sluis.example')
    const [, , log = '', periode = '', omvang = '', beleid = ''] = pathname.split('/')
    const visit = visitOf(who, { params: { log, periode, omvang, beleid }, query: searchParams })
    return await shown(pageAt('/rapportage/:log/:periode/:omvang/:beleid')?.show, visit, desk)
  }
  const named = async (periode: string) => {
    const view = await choose(`periode=${periode}`)
    assert.equal(view.kind, 'redirect', periode)
    return view.kind === 'redirect' ? view.to : ''
  }
  const october = await named('2026-10')

  await t.test(
    'a report that is made again after more traffic, and after late ends, is the same in every byte',
    async () => {
      const bytes = async () =>
        await Promise.all(
          [october, `${october}?vorm=csv`, `${october}?vorm=json`].map(async to =>
            textOf(await open(to)),
          ),
        )
      const before = await bytes()
      assert.ok(before.every(text => text.length > 500))
      const [late] = await store.query<{ transactie: string; log: string; idx: number }>(
        `SELECT transactie, log, idx FROM console.transactie WHERE log = 'gewoon' AND uitkomst = 'verstrekt'
         AND verstrekker = $1 AND dag >= '2026-10-01' ORDER BY idx DESC LIMIT 1`,
        [uwv],
      )
      await store.query(
        `UPDATE console.transactie SET uitkomst = 'niet-bekend', eind_idx = (SELECT max(idx) FROM audit.leaf WHERE log = 'gewoon')
       WHERE transactie = $1`,
        [late?.transactie],
      )
      await store.query(
        `INSERT INTO console.transactie SELECT log, 10000000 + idx, gen_random_uuid(), soort, tijd, dag, uur, verstrekker, ontvanger,
         namens, uitwisseling, doel, digest, trede, functie, machine, selectiegrond, toetsing, verzoek, redenen, grondslagen,
         velden, verstrekt, aantal, uitkomst, NULL, NULL, termen
       FROM console.transactie WHERE log = 'gewoon' AND dag >= '2026-10-01' AND soort = 'beslissing'`,
      )
      at('2026-12-24')
      assert.deepEqual(await bytes(), before)
      assert.equal(await named('2026-10'), october)
      await store.query('DELETE FROM console.transactie WHERE idx >= 10000000')
    },
  )

  await t.test(
    'what a report shows is what stands in the log, and each way of dividing agrees with the whole',
    async () => {
      const report: Report = JSON.parse(await textOf(await open(`${october}?vorm=json`)))
      const [truth] = await store.query<{ gevraagd: number; geleverd: number }>(
        `SELECT sum(coalesce((j ->> 'aantal')::bigint, 1)) FILTER (WHERE NOT geleverd)::bigint AS gevraagd,
           count(*) FILTER (WHERE geleverd AND coalesce(j ->> 'verzoek', j ->> 'transactie') = j ->> 'transactie')
             AS geleverd
         FROM (SELECT tekst::jsonb AS j, tekst LIKE '%"levering":"%' OR tekst LIKE '%"stap":"%' AS geleverd
           FROM audit.leaf WHERE log = 'gewoon' AND soort IN ('beslissing', 'aanvaarding')
             AND $1 IN (verstrekker, ontvanger, namens) AND tijd >= $2 AND tijd < $3) AS l`,
        [uwv, midnight('2026-10-01'), midnight('2026-11-01')],
      )
      const { beslissingen, afwijzingen, berichten } = report.totaal
      assert.equal(beslissingen.aantal + afwijzingen.aantal, truth?.gevraagd)
      assert.equal(berichten.aantal, truth?.geleverd)
      assert.ok(berichten.aantal > 20)
      const csv = await textOf(await open(`${october}?vorm=csv`))
      const page = await textOf(await open(october))
      const told = new Map<string, number>()
      for (const [, naam = '', aantal] of csv.matchAll(
        /"beslissingen";"[^"]*";"ontvanger";"([^"]+)";(\d+);/g,
      )) {
        told.set(naam, (told.get(naam) ?? 0) + Number(aantal))
      }
      const totals = totalsBy(report.totaal.beslissingen, 'ontvanger')
      assert.ok(totals.length > 2 && totals.every(({ aantal }) => aantal >= smallest))
      assert.deepEqual(new Map(totals.map(({ naam, aantal }) => [naam, aantal])), told)
      for (const { aantal } of totals) assert.ok(page.includes(`>${counted(aantal)}</td>`))
      assert.match(page, /Per uitwisseling/)
      assert.match(page, /Wat ontvangers ermee deden/)
      const machine = machineLines(report)
      assert.ok(machine.every(({ vragen }) => vragen >= smallest))
    },
  )

  await t.test(
    'a period that is not over, or unknown, or under another name, has no report',
    async () => {
      for (const wrong of [
        '2026-12',
        '2026-K4',
        '2026',
        '2026-13',
        '2020-01',
        '<script>',
        'eigen&van=2026-11&tot=2026-10',
      ]) {
        const view = await choose(`periode=${wrong}`)
        assert.equal(view.kind === 'page' && view.status, 404, wrong)
        assert.doesNotMatch(await textOf(view), /<script/)
      }
      for (const wrong of [
        october.replace(/\/\d+\//, '/3/'),
        october.replace(/.$/, 'x'),
        october.replace('gewoon', 'vertrouwelijk'),
      ]) {
        const view = await open(wrong)
        assert.equal(view.kind === 'page' && view.status, 404, wrong)
      }
      assert.match(await named('eigen&van=2026-09&tot=2026-10'), /2026-09_2026-10/)
    },
  )

  await t.test(
    'a report is of one log: the confidential one only for who may see it, and never counted in the other',
    async () => {
      const both = officerOf('00000099000000007000', 'privacy-officer', 'vertrouwelijk')
      const view = await choose('periode=2026-10&log=vertrouwelijk', both)
      assert.equal(view.kind, 'redirect')
      const hidden = await textOf(await open(`${await textOf(view)}?vorm=json`, both))
      assert.match(hidden, /"log": "vertrouwelijk"/)
      const plain = await textOf(await open(`${october}?vorm=csv`, both))
      assert.doesNotMatch(plain, /aanmelding-toeslagendelict-fiod/)
      const refused = await choose('periode=2026-10&log=vertrouwelijk')
      assert.equal(refused.kind, 'page')
    },
  )

  await t.test('each report and each export is a record', async () => {
    const before = acts.length
    await open(october)
    await open(`${october}?vorm=csv`)
    assert.deepEqual(
      acts.slice(before).map(({ handeling }) => [handeling?.wat, handeling?.rapport]),
      [
        ['rapport', october],
        ['rapport-export', october],
      ],
    )
  })

  await t.test(
    'behind a number is only seen under a mandate: of the own organisation, for this role, not over, and not wider',
    async () => {
      const look = async (mandaat: string, who = officer) =>
        await shown(
          pageAt('/rapportage/mandaten/:mandaat')?.show,
          visitOf(who, { params: { mandaat } }),
          desk,
        )
      const form = (changes: Record<string, string> = {}) => {
        const data = new FormData()
        const fields = {
          log: 'gewoon',
          periode: '2026-10',
          uitwisseling: 'uwv-inkomsten-bijstand',
          partij: waterstad,
          uitkomst: '',
          opdrachtgever: 'fg',
          voor: 'privacy-officer',
          grond: 'kwaliteit',
          toelichting: 'Klopt het aantal weigeringen in oktober?',
          tot: '2026-12-30',
          ...changes,
        }
        for (const [name, value] of Object.entries(fields)) data.set(name, value)
        return data
      }
      const give = async (changes?: Record<string, string>) =>
        await pageAt('/rapportage/mandaat')?.act?.(visitOf(officer, { form: form(changes) }), desk)
      for (const wrong of [
        { tot: '2027-01-24' },
        { tot: '2026-12-23' },
        { tot: '' },
        { toelichting: 'x' },
        { log: 'vertrouwelijk' },
        { voor: 'beheerder' },
        { periode: 'ooit' },
        { opdrachtgever: 'ik' },
        { grond: '' },
        { partij: '<b>' },
      ]) {
        const before = acts.length
        const view = await give(wrong)
        assert.equal(view?.kind === 'page' && view.status, 422, JSON.stringify(wrong))
        assert.equal(acts.length, before)
      }
      const given = await give()
      assert.equal(given?.kind, 'redirect')
      const id = given?.kind === 'redirect' ? (given.to.split('/').at(-1) ?? '') : ''
      const [mandate] = acts.slice(-1)
      assert.equal(mandate?.soort, 'mandaat')
      assert.doesNotMatch(JSON.stringify(mandate?.handeling), /Klopt/)
      const text = await textOf(await look(id))
      assert.deepEqual([acts.at(-1)?.uitkomst, acts.at(-1)?.over], ['getoond', id])
      const seen = [...text.matchAll(/\/verstrekkingen\/([0-9a-f-]{36})/g)].map(
        ([, found]) => found,
      )
      assert.ok(seen.length > 0)
      const [outside] = await store.query<{ aantal: number }>(
        `SELECT count(*) AS aantal FROM console.transactie WHERE transactie = ANY($1) AND NOT (uitwisseling = 'uwv-inkomsten-bijstand'
         AND $2 IN (verstrekker, ontvanger, namens) AND $3 IN (verstrekker, ontvanger, namens)
         AND dag BETWEEN '2026-10-01' AND '2026-10-31' AND log = 'gewoon')`,
        [seen, waterstad, uwv],
      )
      assert.equal(outside?.aantal, 0)
      const refused = async (mandaat: string, who = officer) => {
        const view = await look(mandaat, who)
        assert.equal(view.kind === 'page' && view.status, 403)
        assert.doesNotMatch(await textOf(view), /\/verstrekkingen\//)
        assert.equal(acts.at(-1)?.uitkomst, 'geweigerd')
      }
      await refused('00000000-0000-7000-8000-000000000000')
      await refused("' OR 1=1")
      await refused(id, officerOf(waterstad, 'privacy-officer'))
      await refused(id, officerOf(uwv, 'fg'))
      at('2026-12-31')
      await refused(id)
    },
  )

  await t.test(
    'what officers did is counted by its code, and one deferral cannot be told from what stands beside it',
    async () => {
      at('2027-01-05')
      const act = async (
        times: number,
        part: Pick<OfficerAct, 'soort' | 'uitkomst' | 'handeling'>,
      ) => {
        const door = { oin: uwv, rol: 'privacy-officer', id: 'po-uwv' }
        for (let n = 0; n < times; n++) {
          await desk.record(newCall(desk.clock()), { log: 'gewoon', door, ...part })
        }
      }
      await act(6, { soort: 'toetsing', uitkomst: 'gesloten', handeling: { code: 'terecht' } })
      await act(5, { soort: 'toetsing', uitkomst: 'gesloten', handeling: { code: 'onrechtmatig' } })
      await act(8, { soort: 'raadpleging', uitkomst: 'getoond', handeling: { wat: 'rapport' } })
      await act(1, { soort: 'uitstel', uitkomst: 'ingesteld', handeling: { code: 'x' } })
      at('2027-02-01')
      const january = await named('2027-01')
      const { totaal }: Report = JSON.parse(await textOf(await open(`${january}?vorm=json`)))
      const [kinds] = totaal.handelingen.delen
      assert.equal(totaal.handelingen.aantal, 20)
      assert.deepEqual(
        kinds?.rijen.map(({ naam, aantal }) => [naam, aantal]),
        [
          ['raadpleging', 0],
          ['toetsing', 11],
          ['uitstel', 0],
        ],
      )
      const closings = kinds?.rijen.find(({ naam }) => naam === 'toetsing')?.delen[0]?.rijen
      assert.deepEqual(
        closings?.map(({ naam, aantal }) => [naam, aantal]),
        [
          ['onrechtmatig', 5],
          ['terecht', 6],
        ],
      )
      const page = await textOf(await open(january))
      assert.match(page, /Terecht: de vraag hoort bij het werk<\/th><td[^>]*>6</)
      assert.match(page, /Inzage uitgesteld \(UAVG artikel 41\)<\/th><td[^>]*>verborgen</)
    },
  )

  await t.test('who runs the machine, or guards its security, has no report', () => {
    for (const { roles } of [...reportPages, ...mandatePages]) {
      assert.ok(!roles.includes('beheerder') && !roles.includes('beveiligingsfunctionaris'))
    }
    assert.ok(!pageAt('/rapportage/mandaat')?.roles.includes('teamleider'))
  })
})
