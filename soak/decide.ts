// Does `decide` say what the law says? Asked beside a second reading of the same YAML, question by question.
import { isDeepStrictEqual } from 'node:util'
import { decide as decideByTable } from '../gateway/policy/decide.ts'
import { readPolicies } from '../gateway/policy/load.ts'
import type { Reason } from '../gateway/terms.ts'
import { type Drawn, deckOf, draw, withDrawnLaw } from '../test/policy/drawn.ts'
import { judge, readBook, type Why } from '../test/policy/independent.ts'
import { type Dice, dice } from './random.ts'
import type { Report } from './report.ts'

export interface Disagreement extends Drawn {
  readonly seed: number
  readonly decided: readonly string[]
  readonly judged: readonly string[]
}

export interface DecideResult {
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
  readonly report?: Report
}

export async function decide(options: DecideOptions): Promise<DecideResult> {
  const { policyDir, firstSeed, seeds, perLaw, report } = options
  const seen = new Map<string, number>()
  const disagreements: Disagreement[] = []
  let questions = 0
  let allowed = 0
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const die = dice(seed)
    const ask = async (dir: string) => {
      for (const one of await compare(dir, die, perLaw)) {
        questions += 1
        if (one.judged.length === 0) allowed += 1
        for (const code of new Set(one.judged.map(codeOf)))
          seen.set(code, (seen.get(code) ?? 0) + 1)
        if (!isDeepStrictEqual(one.decided, one.judged)) disagreements.push({ ...one, seed })
      }
    }
    if (seed === firstSeed) await ask(policyDir)
    else await withDrawnLaw(policyDir, die, ask)
    report?.at?.(seed - firstSeed + 1, seeds)
    if (seed % 100 === 0) report?.(`wet ${seed}: ${disagreements.length} verschillen`)
  }
  return { questions, allowed, seen, disagreements }
}

async function compare(
  dir: string,
  die: Dice,
  perLaw: number,
): Promise<
  (Drawn & { readonly decided: readonly string[]; readonly judged: readonly string[] })[]
> {
  const { law } = await readPolicies(dir, 'test')
  const book = readBook(dir)
  if (law.uitwisselingen.size !== book.exchanges.length) throw new Error('a drawn law was not read')
  const deck = deckOf(book)
  return Array.from({ length: perLaw }, () => {
    const drawn = draw(deck, die)
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
