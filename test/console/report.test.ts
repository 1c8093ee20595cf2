// Can nobody be counted back from a report, and is it the same report when it is made again?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assemble, type Report } from '../../gateway/console/report.ts'
import { readPeriod } from '../../gateway/console/report-period.ts'
import { reportCsv, reportJson } from '../../gateway/console/report-text.ts'
import { type Count, type Division, protect, smallest } from '../../gateway/console/suppress.ts'

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

/** Every other way in which these rows could have been as many together: one more here and less there, or the other way round. */
function* otherwise(rows: readonly Count[], row: number): Generator<readonly Count[]> {
  const own = rows[row]?.aantal ?? 0
  for (const [other, { aantal }] of rows.entries()) {
    if (other === row) continue
    for (const [mine, theirs] of [
      [own + 1, aantal - 1],
      [own - 1, aantal + 1],
      [aantal, own],
    ] as const) {
      if (mine === own || mine < 0 || theirs < 0) continue
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
    { numRuns: 150 },
  )
  assert.ok(met > 150, String(met))
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
    { numRuns: 250 },
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

test('a whole below five is not shown, nor is it told whether it is nothing', () => {
  const [nothing, few] = [0, 4].map(aantal =>
    reportJson(reportOf([{ ...none, aantal }], '2026-01')),
  )
  assert.equal(nothing, few)
  assert.match(nothing ?? '', /minder dan 5/)
})
