// Does the law do what its cases say? Runs the given-when-then rows beside an arrangement, and what it promises.
import { decide } from './decide.ts'
import type { ArrangementText, Case, PolicySet, Promised, Scalar } from './law.ts'

/** What a case shows instead of what it should, or undefined when it holds. */
export function runCase(one: Case, law: PolicySet): string | undefined {
  const { uitkomst, redenen } = decide(one.als, one.gegeven, law, Date.parse(one.op))
  const { dan } = one
  const shown = set(redenen.map(reason => reason.code))
  const bases = set(redenen.flatMap(reason => reason.grondslag ?? []))
  if (uitkomst !== dan.uitkomst || shown !== set(dan.redenen)) {
    return `uitkomst is ${uitkomst}${shown ? ` (${shown})` : ''}`
  }
  if (dan.grondslagen === undefined || bases === set(dan.grondslagen)) return undefined
  return bases ? `in de weg staat ${bases}` : 'geen grondslag staat in de weg'
}

function set(names: readonly string[]): string {
  return [...new Set(names)].sort().join(', ')
}

/** Of what a promise can be made: of the file, of what the source holds, and of who chooses for its purpose. */
export function promisable(text: ArrangementText, law: PolicySet): object {
  return {
    ...text,
    vertrouwelijk: law.uitwisselingen.get(text.id)?.vertrouwelijk ?? false,
    gegevens: law.gegevenssets.get(text.gegevensset)?.velden ?? {},
    instrumenten: [...law.instrumenten.values()].filter(one => one.doelen.includes(text.doel.id)),
  }
}

/** Why this promise is not kept, or undefined when the file says what is promised. */
export function brokenPromise(path: string, promised: Promised, file: object): string | undefined {
  let at: unknown = file
  const walked: string[] = []
  for (const step of path.split('.')) {
    const members = membersOf(at)
    if (!members.has(step)) {
      const where = walked.length > 0 ? walked.join('.') : 'deze uitwisseling'
      const known = [...members.keys()].join(', ')
      return `'${step}' staat niet in ${where}${known ? `; daar staan ${known}` : ''}`
    }
    at = members.get(step)
    walked.push(step)
  }
  if (!isPromised(at)) {
    return `hier hoort één waarde of een lijst: noem van ${path} een van ${[...membersOf(at).keys()].join(', ')}`
  }
  if (spelled(at) === spelled(promised)) return undefined
  return `afgesproken is ${spelled(promised)}, maar ${path} is ${spelled(at)}`
}

/** Of a list each item by its name: of a rung its id, of a special field the field. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map()
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  return new Map(
    value.flatMap((item: unknown): [string, unknown][] => {
      const { id, veld = id }: { id?: unknown; veld?: unknown } = Object(item)
      return typeof veld === 'string' ? [[veld, item]] : []
    }),
  )
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function isPromised(value: unknown): value is Promised {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar))
}

/** So that it can be copied; in whatever order a list stands, it says the same. */
function spelled(value: Promised): string {
  return isScalar(value) ? String(value) : `[${value.map(String).sort().join(', ')}]`
}
