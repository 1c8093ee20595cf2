// On which side of midnight does the law stand? Every date of every shipped exchange, to the millisecond, in Amsterdam.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { decide } from '../../gateway/policy/decide.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import { readTexts } from '../../gateway/policy/load.ts'
import type { Facts, Question } from '../../gateway/terms.ts'
import { startOf } from './drawn.ts'
import { type Book, type Exchange, judge, readBook } from './independent.ts'
import { known, shipped } from './law.ts'

/** What a case asks, and what it was allowed or refused with. */
interface Asked {
  readonly question: Question
  readonly facts: Facts
}

/** A day on which something of this exchange begins, or the first day after its last. */
interface Edge {
  readonly wat: string
  readonly date: string
}

const dayAfter = (date: string) =>
  new Date(Date.parse(`${date}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10)

const begins = (wat: string, date: string | undefined): Edge[] => (date ? [{ wat, date }] : [])
const ends = (wat: string, date: string | undefined): Edge[] =>
  date ? [{ wat, date: dayAfter(date) }] : []

/** From the YAML, as a jurist would look them up. */
function edgesOf(x: Exchange, { bases, parties, instruments }: Book): readonly Edge[] {
  const named = new Set([...x.grondslagen, ...(x.bijzonder ?? []).map(one => one.grondslag)])
  return [
    ...begins('afspraak', x.geldigVan),
    ...ends('afspraak', x.geldigTot),
    ...ends('dpia', x.dpia?.uiterlijk),
    ...begins('leveringsafspraak', x.leveringsafspraak?.datum),
    ...bases
      .filter(({ id }) => named.has(id))
      .flatMap(one => [
        ...begins(one.id, one.geldigVan),
        ...ends(one.id, one.geldigTot),
        ...begins(one.id, one.buitenToepassing?.van),
      ]),
    ...instruments
      .filter(one => one.doelen.includes(x.doel.id))
      .flatMap(one => [
        ...begins(one.id, one.geldigVan),
        ...ends(one.id, one.geldigTot),
        ...begins(one.id, one.evaluerenVoor),
      ]),
    ...parties
      .flatMap(({ vertegenwoordigt = [] }) => vertegenwoordigt)
      .filter(({ taken }) => taken.includes(x.doel.id))
      .flatMap(tie => [...begins('band', tie.geldigVan), ...ends('band', tie.geldigTot)]),
  ]
}

function askedIn(id: string): readonly Asked[] {
  return (shipped.gevallen.get(id) ?? []).map(({ als, gegeven }) => ({
    question: als,
    facts: gegeven,
  }))
}

const texts = (reasons: readonly (readonly (string | undefined)[])[]) =>
  [
    ...new Set(reasons.map(([code, veld = '', grondslag = '']) => `${code} ${veld} ${grondslag}`)),
  ].sort()

/** Both readings on both sides of this midnight; how many questions became allowed or refused there. */
function compare(law: PolicySet, book: Book, asked: readonly Asked[], { wat, date }: Edge): number {
  let turned = 0
  const midnight = startOf(date)
  for (const { question, facts } of asked) {
    const [before, after] = [midnight - 1, midnight].map(now => {
      const decided = texts(
        decide(question, facts, law, now).redenen.map(one => [one.code, one.veld, one.grondslag]),
      )
      const judged = texts(judge(question, facts, book, now))
      assert.deepEqual(decided, judged, `${question.uitwisseling}, ${wat} ${date}, ${now}`)
      return decided.join()
    })
    if (before !== after) turned += 1
  }
  return turned
}

const shippedBook = readBook(shipped.files)

test('every date of every shipped exchange counts from 00:00:00 in Amsterdam, and not a millisecond before', t => {
  let edges = 0
  let still: string[] = []
  for (const x of shippedBook.exchanges) {
    for (const edge of edgesOf(x, shippedBook)) {
      edges += 1
      const turned = compare(shipped, shippedBook, askedIn(x.id), edge)
      if (turned === 0) still = [...still, `${x.id} ${edge.wat} ${edge.date}`]
    }
  }
  t.diagnostic(`${edges} dates, of which ${still.length} turn no question: another condition does`)
  assert.ok(edges > 200)
  assert.ok(still.length < edges / 2, still.join('\n'))
})

/** Every date of the law that is this one becomes another. */
function moved(from: string, to: string): { law: PolicySet; book: Book } {
  const files = shipped.files.map(({ path, text }) => ({
    path,
    text: path.endsWith('.cases.yaml') ? text : text.replaceAll(from, to),
  }))
  return { law: readTexts(files, 'test', new Map(known)).law, book: readBook(files) }
}

const strange = ['2028-02-29', '2028-03-01', '2026-03-29', '2026-10-25'] as const

for (const [what, date, ids] of [
  ['Wtta', '2027-01-01', ['toelating-uitlener', 'toelating-uitlener-arbeidsinspectie']],
  ['the protocol AAFD of 2023', '2023-07-01', ['aanmelding-toeslagendelict-fiod']],
] as const) {
  test(`${what}: refused until ${date}, and what its cases say from midnight; moved to a leap day or a clock change too`, () => {
    const open = (law: PolicySet, book: Book, day: string, offset: number) =>
      ids.flatMap(id => {
        const bases = shippedBook.exchanges.find(one => one.id === id)?.grondslagen ?? []
        return askedIn(id).filter(({ question, facts }) => {
          const now = startOf(day) + offset
          const reasons = judge(question, facts, book, now)
          const { redenen } = decide(question, facts, law, now)
          assert.equal(redenen.length === 0, reasons.length === 0)
          return !redenen.some(
            ({ code, grondslag }) =>
              code === 'GRONDSLAG_NIET_IN_WERKING' && bases.includes(grondslag ?? ''),
          )
        })
      }).length
    const all = ids.flatMap(askedIn).length
    assert.ok(all > 0)
    assert.deepEqual(
      [open(shipped, shippedBook, date, -1), open(shipped, shippedBook, date, 0)],
      [0, all],
    )
    for (const to of strange) {
      const { law, book } = moved(date, to)
      assert.deepEqual([open(law, book, to, -1), open(law, book, to, 0)], [0, all], to)
    }
  })
}

test('Participatiewet in balans: its phases begin at midnight, wherever they are moved to', () => {
  const file = shipped.files.filter(({ path }) => /participatiewet-in-balans/.test(path))
  const phases = readBook(file).bases
  assert.ok(phases.length > 1)
  for (const phase of ['2026-01-01', '2027-01-01']) {
    const ids = phases.filter(({ geldigVan }) => geldigVan === phase).map(({ id }) => id)
    for (const to of [phase, ...strange]) {
      const { law, book } = to === phase ? { law: shipped, book: shippedBook } : moved(phase, to)
      for (const x of book.exchanges) compare(law, book, askedIn(x.id), { wat: phase, date: to })
      for (const id of ids) assert.equal(law.grondslagen.get(id)?.geldig.van, startOf(to), id)
    }
  }
})

test('every edge at once on a leap day or in a night that the clock changes', () => {
  const base = shippedBook.exchanges.map(({ id }) => id)
  for (const to of strange) {
    const book = readBook(shipped.files)
    for (const x of book.exchanges) {
      x.geldigVan = to
      if (x.dpia) x.dpia.uiterlijk = to
      if (x.leveringsafspraak) x.leveringsafspraak.datum = to
    }
    for (const basis of book.bases) if (basis.geldigVan) basis.geldigVan = to
    const files = shipped.files.map(({ path, text }) => {
      const content = book.files.get(path)
      return { path, text: content ? stringify(content) : text }
    })
    const { law } = readTexts(files, 'test', new Map(known))
    for (const id of base) {
      for (const date of [to, dayAfter(to)]) {
        compare(law, book, askedIn(id), { wat: 'alles', date })
      }
    }
  }
})
