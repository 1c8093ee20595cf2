// Which small changes can be made in a policy file? Each cell of its tree with what policy-cells.ts says it can become.
import type { ArrangementText, PolicySet } from '../gateway/policy/law.ts'
import type { Place, Tree } from '../gateway/policy/shape.ts'
import {
  absent,
  type CellKind,
  cells,
  type Folder,
  leftOut,
  type Next,
  ownNames,
  type Path,
  type Plain,
} from './policy-cells.ts'

/** One change of one cell, as a jurist would see it in a diff. */
export interface Mutant {
  readonly bestand: string
  readonly regel: number
  readonly kolom: number
  /** Its path, with items of a list by their name. */
  readonly cel: string
  readonly was: string
  readonly werd: string
  /** What to add to the cases, so that it is noticed. */
  readonly voegToe: string
}

/** One that can be made, too. */
export interface Made extends Mutant {
  readonly path: Path
  readonly next: Next
}

/** Where a file stands among the others. */
export interface Around {
  readonly file: string
  readonly folder: Folder
  readonly law: PolicySet
  readonly exchange: ArrangementText | undefined
}

export function mutantsOf(root: Tree, around: Around): readonly Made[] {
  const { file, folder, law, exchange } = around
  const made: Made[] = []
  const add = (path: Path, place: Place, tree: Tree | undefined, next: Next, hint: string) => {
    const { line: regel, column: kolom } = place
    const [was, werd] = [spelled(tree), spelled(next)]
    const cel = nameOf(path, root)
    made.push({ bestand: file, regel, kolom, cel, was, werd, voegToe: hint, path, next })
  }
  const walk = (tree: Tree, path: Path, pattern: string): void => {
    if (leftOut[folder][pattern] !== undefined) return
    const kind = cells[folder][pattern]
    for (const next of kind?.change({ tree, law, exchange }) ?? []) {
      add(path, tree.place, tree, next, kind ? hint({ kind, path, root, tree, next }) : '')
    }
    if (tree.value instanceof Map) {
      const members = membersOf(tree)
      for (const { of, name, values, hint } of absent[folder] ?? []) {
        if (of !== pattern || members.has(name)) continue
        for (const one of values) {
          add([...path, name], tree.place, undefined, treeOf(one, tree.place), hint)
        }
      }
      const own = ownNames.includes(String(path.at(-1)))
      for (const [name, { tree: inner }] of members) {
        walk(inner, [...path, name], joined(pattern, own ? '*' : name))
      }
      return
    }
    if (Array.isArray(tree.value)) {
      for (const [index, inner] of itemsOf(tree).entries()) {
        walk(inner, [...path, index], joined(pattern, '*'))
      }
      return
    }
    if (kind === undefined) {
      throw new Error(`${file}: van '${pattern}' zegt soak/policy-cells.ts niet wat het kan worden`)
    }
  }
  walk(root, [], '')
  return made
}

/** The same tree with one cell changed, added or taken away. */
export function changed(tree: Tree, [step, ...rest]: Path, next: Next): Next {
  if (step === undefined) return next
  if (typeof step === 'number') {
    const value = itemsOf(tree).flatMap((item, index) =>
      index === step ? (changed(item, rest, next) ?? []) : item,
    )
    return { place: tree.place, value }
  }
  const members = new Map(membersOf(tree))
  const { key, tree: inner } = members.get(step) ?? { key: tree.place, tree: empty(tree.place) }
  const made = changed(inner, rest, next)
  if (made === undefined) members.delete(step)
  else members.set(step, { key, tree: made })
  return { place: tree.place, value: members }
}

type Members = Extract<Tree['value'], ReadonlyMap<string, unknown>>

function membersOf({ value }: Tree): Members {
  return value instanceof Map ? (value as Members) : new Map()
}

function itemsOf({ value }: Tree): readonly Tree[] {
  return Array.isArray(value) ? (value as readonly Tree[]) : []
}

const empty = (place: Place): Tree => ({ place, value: null })

function joined(pattern: string, name: string): string {
  return pattern ? `${pattern}.${name}` : name
}

function treeOf(value: Plain, place: Place): Tree {
  if (typeof value !== 'object' || value === null) return { place, value }
  const members = Object.entries(value).map(
    ([name, one]) => [name, { key: place, tree: treeOf(one, place) }] as const,
  )
  return { place, value: new Map(members) }
}

function under(tree: Tree | undefined, step: string | number): Tree | undefined {
  if (tree === undefined) return undefined
  return typeof step === 'number' ? itemsOf(tree)[step] : membersOf(tree).get(step)?.tree
}

/** An item of a list by its own name, and one without by that of its list. */
function nameOf(path: Path, root: Tree): string {
  let at: Tree | undefined = root
  const names: string[] = []
  for (const step of path) {
    at = under(at, step)
    const members = at && membersOf(at)
    const own = ['id', 'veld', 'code', 'oin'].map(key => members?.get(key)?.tree.value)
    const name = typeof step === 'string' ? step : own.find(one => typeof one === 'string')
    if (typeof name === 'string') names.push(name)
  }
  return names.join('.')
}

function spelled(tree: Next): string {
  if (tree === undefined) return 'afwezig'
  const { value } = tree
  if (value instanceof Map) {
    const members = [...membersOf(tree)].map(([name, one]) => `${name}: ${spelled(one.tree)}`)
    return `{ ${members.join(', ')} }`
  }
  if (Array.isArray(value)) return `[${itemsOf(tree).map(spelled).join(', ')}]`
  return typeof value === 'string' && !/^[A-Za-zÀ-ž0-9][^:#,[\]{}']*$|^$/.test(value)
    ? `'${value}'`
    : /^\d+$/.test(String(value)) && typeof value === 'string'
      ? `'${value}'`
      : String(value)
}

interface Change {
  readonly kind: CellKind
  readonly path: Path
  readonly root: Tree
  readonly tree: Tree
  readonly next: Next
}

/** The line that `afspraken` lacks, or the case that would come out otherwise. */
function hint({ kind, path, root, tree, next }: Change): string {
  if (kind.shownBy === 'afspraak') return promiseOf(path, root)
  const value = String(tree.value)
  if (/^\d{4}-\d\d-\d\d$/.test(value)) {
    return `een geval in de laatste seconde voor ${value} of de eerste erna, en de andere kant van die grens`
  }
  if (/^P\d+[DMY]$/.test(value)) return `een geval in de laatste seconde van ${value}, en een erna`
  if (typeof tree.value === 'number') return `een geval precies op ${value}, en een erboven`
  if (itemsOf(tree).length > 0 || Array.isArray(tree.value)) {
    const more = next && itemsOf(next).at(-1)
    return more ? `een geval met ${spelled(more)}, dat niet mag` : 'een geval dat hierop steunt'
  }
  if (path[0] === 'grondslagen') {
    return `een geval waarin ${value} in de weg staat, met grondslagen: [… die in de weg staan]`
  }
  return next === undefined
    ? `een geval dat ${spelled(tree).slice(0, 60)} gebruikt`
    : `een geval dat na deze verandering anders uitkomt`
}

function promiseOf(path: Path, root: Tree): string {
  const whole = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path
  let at: Tree | undefined = root
  for (const step of whole) at = under(at, step)
  const name = nameOf(whole, root)
  if (name.startsWith('partijen.'))
    return `afspraken: { vertrouwelijk: ${at ? spelled(at) : 'false'} }`
  const own = membersOf(root).has('velden') ? name.replace(/^velden\./, 'gegevens.') : name
  const instrument = membersOf(root).has('kenmerken') ? `instrumenten.${nameIn(root)}.${own}` : own
  return `afspraken: { ${instrument}: ${at ? spelled(at) : ''} }`
}

function nameIn(root: Tree): string {
  return String(membersOf(root).get('id')?.tree.value)
}
