// Would a case notice it? `npm run policy:mutate [-- <id>…]` changes each cell of the law, one at a time, in memory.
import { join } from 'node:path'
import { argv, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { openProgress, shown } from '../gateway/commands/progress.ts'
import { buildLaw, type CasesText, type Drafts } from '../gateway/policy/build.ts'
import { brokenPromise, promisable, runCase } from '../gateway/policy/cases.ts'
import { occasionList, reliabilityList } from '../gateway/policy/conditions.ts'
import type { ArrangementText, PolicySet } from '../gateway/policy/law.ts'
import { lintLaw } from '../gateway/policy/lint.ts'
import { kindOf, readPolicies, shaped } from '../gateway/policy/load.ts'
import type { Reading, Tree } from '../gateway/policy/shape.ts'
import type { Folder } from './policy-cells.ts'
import { changed, type Made, type Mutant, mutantsOf } from './policy-mutants.ts'

/** `geenWet`: the linter refuses it. `ongelezen`: no exchange reads this cell (yet), so that no case can. */
export type Fate =
  | { readonly lot: 'gedood'; readonly door: string }
  | { readonly lot: 'overleefd' | 'geenWet' | 'ongelezen' }

export interface Tally {
  gedood: number
  overleefd: number
  geenWet: number
  ongelezen: number
}

export interface Report {
  readonly totaal: Tally
  readonly perBestand: ReadonlyMap<string, Tally>
  readonly mutanten: readonly (Mutant & Fate)[]
}

/** Killed of what could be killed; where nothing could, nothing is missing. */
export function score({ gedood, overleefd }: Tally): number {
  return gedood + overleefd === 0 ? 1 : gedood / (gedood + overleefd)
}

/** What is asked of the whole. */
export const enough = 0.95

interface Base {
  readonly law: PolicySet
  readonly drafts: Drafts
  readonly trees: ReadonlyMap<string, Tree>
  readonly texts: ReadonlyMap<string, ArrangementText>
  readonly cases: ReadonlyMap<string, CasesText>
}

/** @param ids these exchanges and what they rest on; none = everything */
export async function mutate(
  dir: string,
  ids: readonly string[],
  at?: (done: number, of: number) => void,
): Promise<Report> {
  const base = await open(dir)
  const unknown = ids.find(id => !base.texts.has(id))
  if (unknown !== undefined) throw new Error(`er is geen uitwisseling ${unknown}`)
  const made = [...base.trees]
    .filter(([path]) => kindOf(path) !== 'gevallen')
    .flatMap(([file, tree]) => {
      const exchange = [...base.texts.values()].find(({ id }) => file === fileOf(id))
      return mutantsOf(tree, { file, folder: kindOf(file) as Folder, law: base.law, exchange })
    })
    .map(one => ({ one, readers: readersOf(one, base) }))
    .filter(({ one, readers }) => ids.length === 0 || isAbout(one, readers, ids))
  const perBestand = new Map<string, Tally>()
  const totaal = nothing()
  const mutanten = made.map(({ one, readers }, index) => {
    const { path: _, next: __, ...mutant } = one
    const fate = judge(one, readers, base)
    const own = perBestand.get(one.bestand) ?? nothing()
    perBestand.set(one.bestand, own)
    own[fate.lot] += 1
    totaal[fate.lot] += 1
    at?.(index + 1, made.length)
    return { ...mutant, ...fate }
  })
  return { totaal, perBestand, mutanten }
}

const nothing = (): Tally => ({ gedood: 0, overleefd: 0, geenWet: 0, ongelezen: 0 })

/** Of other files only what no other exchange reads: the rest is theirs as well. */
function isAbout({ bestand }: Made, readers: readonly string[], ids: readonly string[]): boolean {
  if (kindOf(bestand) === 'uitwisselingen') return ids.some(id => bestand === fileOf(id))
  return readers.length > 0 && readers.every(id => ids.includes(id))
}

const fileOf = (id: string) => `uitwisselingen/${id}.yaml`

async function open(dir: string): Promise<Base> {
  const { law, faults, drafts, trees } = await readPolicies(dir, 'test')
  const first = faults[0]
  if (first) throw new Error(`${first.file}:${first.line}:${first.column} ${first.message}`)
  const texts = new Map(drafts.uitwisselingen.map(({ content }) => [content.id, content]))
  const cases = new Map(drafts.gevallen.map(({ content }) => [content.uitwisseling, content]))
  return { law, drafts, trees, texts, cases }
}

/** The exchanges whose decisions or promises can depend on this cell. */
function readersOf({ bestand, cel }: Made, { texts, law, drafts }: Base): readonly string[] {
  const kind = kindOf(bestand)
  const all = [...texts.values()]
  const ids = (uses: (text: ArrangementText) => boolean) => all.filter(uses).map(({ id }) => id)
  const fileId = drafts[kind].find(one => one.place.file === bestand)?.content
  const own = typeof fileId === 'object' && 'id' in fileId ? fileId.id : ''
  const [, name = ''] = cel.split('.')
  switch (kind) {
    case 'uitwisselingen':
      return [own]
    case 'grondslagen':
      return ids(
        ({ grondslagen, bijzonder = [] }) =>
          grondslagen.includes(name) || // what makes a purpose incompatible is named, never judged
          bijzonder.some(({ grondslag }) => grondslag === name),
      )
    case 'codelijsten':
      return ids(
        ({ voorwaarden: { parameters = [], aanleiding } }) =>
          parameters.includes(own) ||
          (aanleiding !== undefined && [occasionList, reliabilityList].includes(own)),
      )
    case 'gegevenssets':
      return ids(({ gegevensset, treden }) => {
        const set = law.gegevenssets.get(own)
        const fields = treden.flatMap(({ velden }) => velden)
        const inputs = fields.flatMap(veld => set?.afgeleid[veld]?.uit ?? [veld])
        return gegevensset === own && (!cel.startsWith('velden.') || inputs.includes(name))
      })
    case 'instrumenten':
      return ids(({ voorwaarden }) => voorwaarden.selectiegrond !== undefined)
    default:
      return ids(() => true)
  }
}

function judge({ bestand, path, next }: Made, readers: readonly string[], base: Base): Fate {
  const kind = kindOf(bestand)
  const tree = base.trees.get(bestand)
  const reading: Reading = { faults: [], places: new WeakMap() }
  const mutated = tree && changed(tree, path, next)
  const content = mutated && shaped(kind, mutated, reading)
  if (content === undefined) return { lot: 'geenWet' }
  const replaced = base.drafts[kind].map(one =>
    one.place.file === bestand ? { ...one, content } : one,
  )
  const drafts = { ...base.drafts, [kind]: replaced } as Drafts
  const law = lawOf(drafts, readers, base)
  lintLaw(law, drafts, reading, new Set())
  if (reading.faults.length > 0) return { lot: 'geenWet' }
  if (readers.length === 0) return { lot: 'ongelezen' }
  for (const id of readers) {
    const door = firstFailing(id, law, drafts, base)
    if (door !== undefined) return { lot: 'gedood', door }
  }
  return { lot: 'overleefd' }
}

/** Only the exchanges that read it, and their cases, are made anew. */
function lawOf(drafts: Drafts, readers: readonly string[], { law, texts }: Base): PolicySet {
  const some = drafts.uitwisselingen.filter(
    ({ content }) => readers.includes(content.id) || !texts.has(content.id),
  )
  const sets = new Set(some.map(({ content }) => content.gegevensset))
  const built = buildLaw(
    {
      ...drafts,
      uitwisselingen: some,
      gegevenssets: drafts.gegevenssets.filter(({ content }) => sets.has(content.id)),
      gevallen: drafts.gevallen.filter(({ content }) => readers.includes(content.uitwisseling)),
    },
    law.files,
    law.digest,
    law.profiel,
  )
  return {
    ...built,
    gegevenssets: new Map([...law.gegevenssets, ...built.gegevenssets]),
    uitwisselingen: new Map([...law.uitwisselingen, ...built.uitwisselingen]),
  }
}

/** The case or promise that this law breaks, by its name. */
function firstFailing(id: string, law: PolicySet, drafts: Drafts, base: Base): string | undefined {
  const text = drafts.uitwisselingen.find(({ content }) => content.id === id)?.content
  const failing = law.gevallen.get(id)?.find(one => runCase(one, law) !== undefined)
  if (failing) return `${id}: ${failing.naam}`
  if (text === undefined) return undefined
  const said = promisable(text, law)
  const broken = Object.entries(base.cases.get(id)?.afspraken ?? {}).find(
    ([path, promised]) => brokenPromise(path, promised, said) !== undefined,
  )
  return broken && `${id}: ${broken[0]}`
}

interface Out {
  readonly out: (text: string) => void
  readonly progress: Parameters<typeof openProgress>[0]
}

/** Exit 0 enough is noticed, 1 too little, 2 bad usage, 3 could not judge. */
export async function run(
  args: readonly string[],
  { out, progress: place }: Out,
  dir: string,
): Promise<0 | 1 | 2 | 3> {
  let asked: ReturnType<typeof readArgs>
  try {
    asked = readArgs(args)
  } catch {
    place.err('gebruik: npm run policy:mutate [-- <uitwisseling>…] [--json] [--all-mutants]\n')
    return 2
  }
  const { json, all, ids } = asked
  try {
    using progress = openProgress(place, { label: 'veranderen', unit: 'cellen', silent: json })
    const report = await mutate(dir, ids, progress.at)
    progress.clear()
    out(json ? `${JSON.stringify(plain(report, all))}\n` : told(report, all))
    return score(report.totaal) >= enough ? 0 : 1
  } catch (error) {
    place.err(`niet te beoordelen: ${(error as Error).message}\n`)
    return 3
  }
}

function readArgs(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean' }, 'all-mutants': { type: 'boolean' } },
    allowPositionals: true,
  })
  return { json: values.json ?? false, all: values['all-mutants'] ?? false, ids: positionals }
}

function plain({ totaal, perBestand, mutanten }: Report, all: boolean) {
  return {
    score: score(totaal),
    ...totaal,
    bestanden: [...perBestand].map(([bestand, tally]) => ({
      bestand,
      score: score(tally),
      ...tally,
    })),
    mutanten: all ? mutanten : mutanten.filter(({ lot }) => lot === 'overleefd'),
  }
}

const percent = (tally: Tally) => `${(Math.floor(score(tally) * 1_000) / 10).toFixed(1)} %`

function told({ totaal, perBestand, mutanten }: Report, all: boolean): string {
  const lines = mutanten
    .filter(({ lot }) => all || lot === 'overleefd')
    .map(one => {
      const { bestand, regel, kolom, cel, was, werd } = one
      const fate = one.lot === 'gedood' ? `gedood door ${one.door}` : one.lot
      const what = one.lot === 'overleefd' ? `voeg toe: ${one.voegToe}` : fate
      return `${bestand}:${regel}:${kolom}  ${cel}: ${cut(was)} → ${cut(werd)}\n    ${what}`
    })
  const tallies = [...perBestand].flatMap(([file, tally]) => {
    const counted = tally.gedood + tally.overleefd
    return counted === 0
      ? []
      : [`${percent(tally).padStart(8)}  ${tally.overleefd} van ${counted} onopgemerkt  ${file}`]
  })
  const { gedood, overleefd, geenWet, ongelezen } = totaal
  return [
    ...(lines.length > 0 ? [...lines, ''] : []),
    ...tallies,
    '',
    `${percent(totaal)}: van ${gedood + overleefd} veranderingen vielen er ${gedood} op en ${overleefd} niet.`,
    `Niet meegeteld: ${geenWet} die de linter al weigert en ${ongelezen} waar geen uitwisseling op steunt.`,
    '',
  ].join('\n')
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

if (import.meta.main) {
  const policies = join(import.meta.dirname, '..', 'policies')
  const io = {
    out: (text: string) => void stdout.write(text),
    progress: { ...shown(stderr), clock: Date.now },
  }
  process.exitCode = await run(argv.slice(2), io, policies)
}
