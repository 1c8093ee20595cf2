// Does `decide` say what the law says? Asked beside a second reading of the same YAML, question by question.
import { isDeepStrictEqual } from 'node:util'
import { decide as decideByTable } from '../gateway/policy/decide.ts'
import { type KnownTrees, loadPolicies, readTexts } from '../gateway/policy/load.ts'
import type { Reason } from '../gateway/terms.ts'
import { type Drawn, type DrawnLaw, deckOf, draw, drawLaw } from '../test/policy/drawn.ts'
import { judge, readBook, type Why } from '../test/policy/independent.ts'
import { distort } from '../test/policy/wild.ts'
import { type Dice, dice } from './random.ts'
import type { Report } from './report.ts'

export interface Disagreement extends Drawn {
  readonly seed: number
  readonly decided: readonly string[]
  readonly judged: readonly string[]
}

export interface DecideResult {
  readonly laws: number
  readonly questions: number
  readonly allowed: number
  /** How many questions were refused with this reason, among others. */
  readonly seen: ReadonlyMap<string, number>
  readonly disagreements: readonly Disagreement[]
}

export interface DecideOptions {
  readonly policyDir: string
  readonly firstSeed: number
  /** One law each: the shipped one first, after that changed ones. */
  readonly seeds: number
  readonly perLaw: number
  /** Which part of the questions went through a request that nobody should have made. */
  readonly wild: number
  /** Whether there is time for another law; absent = for all of them. */
  readonly goesOn?: () => boolean
  readonly report?: Report
}

/** Enough to look at; one fault of the law makes thousands. */
const mostKept = 100

export async function decide(options: DecideOptions): Promise<DecideResult> {
  const { policyDir, firstSeed, seeds, report, goesOn = () => true } = options
  const known: KnownTrees = new Map()
  const { files } = await loadPolicies(policyDir, 'test', known)
  const shipped = { texts: files, book: readBook(files) }
  const seen = new Map<string, number>()
  const disagreements: Disagreement[] = []
  const result = { laws: 0, questions: 0, allowed: 0 }
  for (let seed = firstSeed; seed < firstSeed + seeds && goesOn(); seed += 1) {
    const die = dice(seed)
    const drawn = seed === firstSeed ? shipped : drawLaw(shipped.texts, die)
    result.laws += 1
    for (const one of compare(drawn, die, options, new Map(known))) {
      result.questions += 1
      if (one.judged.length === 0) result.allowed += 1
      for (const code of new Set(one.judged.map(codeOf))) seen.set(code, (seen.get(code) ?? 0) + 1)
      if (isDeepStrictEqual(one.decided, one.judged)) continue
      if (disagreements.length < mostKept) disagreements.push({ ...one, seed })
    }
    if (Number.isFinite(seeds)) report?.at?.(seed - firstSeed + 1, seeds)
    if (seed % 100 === 0) report?.(`wet ${seed}: ${disagreements.length} verschillen`)
  }
  return { ...result, seen, disagreements }
}

function compare(
  { texts, book }: DrawnLaw,
  die: Dice,
  { perLaw, wild }: DecideOptions,
  known: KnownTrees,
): (Drawn & Pick<Disagreement, 'decided' | 'judged'>)[] {
  const { law } = readTexts(texts, 'test', known)
  if (law.uitwisselingen.size !== book.exchanges.length) throw new Error('a drawn law was not read')
  const deck = deckOf(book)
  return Array.from({ length: perLaw }, () => {
    const good = draw(deck, die)
    const drawn = die.chance(wild) ? distort(good, law, die) : good
    const { question, facts, now } = drawn
    const { uitkomst, redenen } = decideByTable(question, facts, law, now)
    const judged = judge(question, facts, book, now)
    return {
      ...drawn,
      decided: setOf(redenen.map(reasonOf), uitkomst === 'toegestaan'),
      judged: setOf(judged, judged.length === 0),
    }
  })
}

function reasonOf({ code, veld, grondslag }: Reason): Why {
  return [code, veld, grondslag]
}

/** Reasons as a set; an outcome that its own reasons belie is shown beside them. */
function setOf(reasons: readonly Why[], allowed: boolean): readonly string[] {
  const texts = reasons.map(([code, veld = '', grondslag = '']) => `${code} ${veld} ${grondslag}`)
  const odd = allowed === reasons.length > 0 ? ['de uitkomst hoort niet bij de redenen'] : []
  return [...new Set([...texts, ...odd])].sort()
}

function codeOf(text: string): string {
  return text.split(' ', 1)[0] ?? ''
}
