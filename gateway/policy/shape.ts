// Does a piece of a policy file have its agreed shape? Small readers that collect every fault with its place.
import { alike } from './alike.ts'
import type { PolicyFault } from './law.ts'
import { isDate } from './legal-time.ts'

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A YAML value with its place; made by load.ts, free of aliases, tags and duplicate keys. */
export interface Tree {
  readonly place: Place
  readonly value:
    | string
    | number
    | boolean
    | null
    | readonly Tree[]
    | ReadonlyMap<string, { key: Place; tree: Tree }>
}

/** Where every read object's members and every list's items stood, for faults found later. */
export type Places = WeakMap<object, Map<string | number, Place>>

export interface Reading {
  readonly faults: PolicyFault[]
  readonly places: Places
}

const failed = Symbol('failed')
export type Read<T> = (tree: Tree, reading: Reading) => T | typeof failed

export function fault(
  reading: Reading,
  place: Place,
  message: string,
  juist?: string,
): typeof failed {
  reading.faults.push({ ...place, message, ...(juist !== undefined && { juist }) })
  return failed
}

/** The value, or undefined when a fault was noted. */
export function run<T>(read: Read<T>, tree: Tree, reading: Reading): T | undefined {
  const value = read(tree, reading)
  return value === failed ? undefined : value
}

export function text(pattern = /^[^\p{Cc}]{1,2000}$/u, what = 'een tekst'): Read<string> {
  return (tree, reading) => {
    if (typeof tree.value === 'string' && pattern.test(tree.value)) return tree.value
    const hint =
      typeof tree.value === 'number' ? '; zet een getal hier tussen aanhalingstekens' : ''
    return fault(reading, tree.place, `hier hoort ${what}${hint}`)
  }
}

export function oneOf<const V extends string | boolean | null>(...values: readonly V[]): Read<V> {
  return (tree, reading) => {
    const found = values.find(value => value === tree.value)
    if (found !== undefined) return found
    const meant = typeof tree.value === 'string' && alike(tree.value, values.map(String))
    const told = `hier hoort een van: ${values.join(', ')}`
    return fault(reading, tree.place, told, meant || undefined)
  }
}

export const date: Read<string> = (tree, reading) =>
  isDate(tree.value)
    ? tree.value
    : fault(reading, tree.place, 'hier hoort een datum die bestaat, als JJJJ-MM-DD')

/** A value as it stands there: text, number or true or false. */
export const scalar: Read<string | number | boolean | null> = ({ value, place }, reading) =>
  typeof value === 'object' && value !== null
    ? fault(reading, place, 'hier hoort één waarde')
    : value

export const flag: Read<boolean> = (tree, reading) =>
  typeof tree.value === 'boolean'
    ? tree.value
    : fault(reading, tree.place, 'hier hoort true of false')

export function integer(min: number, max: number): Read<number> {
  return ({ value, place }, reading) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : fault(reading, place, `hier hoort een geheel getal van ${min} tot en met ${max}`)
}

export function list<T>(item: Read<T>, min = 1): Read<readonly T[]> {
  return ({ value, place }, reading) => {
    if (!Array.isArray(value)) return fault(reading, place, 'hier hoort een lijst')
    if (value.length < min) return fault(reading, place, `deze lijst mag niet leeg zijn`)
    const places = new Map<string | number, Place>()
    const items: T[] = []
    let complete = true
    for (const [index, tree] of (value as readonly Tree[]).entries()) {
      places.set(index, tree.place)
      const read = item(tree, reading)
      if (read === failed) complete = false
      else items.push(read)
    }
    if (!complete) return failed
    reading.places.set(items, places)
    return items
  }
}

/** Keys with values are read by the first, anything else by the second. */
export function either<M, V>(keyed: Read<M>, other: Read<V>): Read<M | V> {
  return (tree, reading) => (tree.value instanceof Map ? keyed : other)(tree, reading)
}

/** A mapping with free keys of one pattern. */
export function record<T>(key: RegExp, item: Read<T>): Read<Readonly<Record<string, T>>> {
  return (tree, reading) => {
    const members = mapping(tree, reading)
    if (members === failed) return failed
    const places = new Map<string | number, Place>()
    const entries: [string, T][] = []
    let complete = true
    for (const [name, member] of members) {
      places.set(name, member.key)
      if (!key.test(name)) {
        fault(reading, member.key, 'deze sleutel heeft een verboden vorm')
        complete = false
        continue
      }
      const read = item(member.tree, reading)
      if (read === failed) complete = false
      else entries.push([name, read])
    }
    if (!complete) return failed
    const made = Object.fromEntries(entries)
    reading.places.set(made, places)
    return made
  }
}

type Members = Record<string, Read<unknown>>
type Value<R> = R extends Read<infer T> ? T : never
type Made<R extends Members, O extends Members> = {
  readonly [K in keyof R]: Value<R[K]>
} & { readonly [K in keyof O]?: Value<O[K]> }

/** A mapping with these keys and no other; the second set may be absent. */
export function object<R extends Members, O extends Members = Record<never, never>>(
  required: R,
  optional?: O,
): Read<Made<R, O>> {
  const readers = new Map([...Object.entries(required), ...Object.entries(optional ?? {})])
  const needed = Object.keys(required)
  return (tree, reading) => {
    const members = mapping(tree, reading)
    if (members === failed) return failed
    const places = new Map<string | number, Place>()
    const made: Record<string, unknown> = {}
    let complete = true
    for (const [name, { key, tree: inner }] of members) {
      places.set(name, inner.place)
      const reader = readers.get(name)
      const read = reader
        ? reader(inner, reading)
        : fault(
            reading,
            key,
            `onbekende sleutel '${name}'; bekend zijn ${[...readers.keys()].join(', ')}`,
            alike(name, readers.keys()),
          )
      if (read === failed) complete = false
      else made[name] = read
    }
    for (const name of needed) {
      if (members.has(name)) continue
      fault(reading, tree.place, `de sleutel '${name}' ontbreekt`)
      complete = false
    }
    if (!complete) return failed
    reading.places.set(made, places)
    return made as Made<R, O>
  }
}

function mapping(tree: Tree, reading: Reading) {
  if (tree.value instanceof Map)
    return tree.value as Extract<Tree['value'], ReadonlyMap<string, unknown>>
  return fault(reading, tree.place, 'hier horen sleutels met waarden')
}
