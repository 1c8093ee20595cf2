// Which bytes stand for this JSON value? RFC 8785 (JCS), by hand: records and answers pass here on every call.

/**
 * RFC 8785 writes strings and numbers as JSON.stringify does; only the order of names is ours.
 * @throws on what JSON cannot hold exactly: undefined in a list, functions, NaN, half surrogates
 */
export function canonical(value: unknown): string {
  const text = isOrdered(value) ? JSON.stringify(value) : spell(value)
  if (text.includes('\\ud')) checkSurrogates(value)
  return text
}

/** Whether JSON.stringify, which keeps the order that names have, is canonical as it is (hot path). */
function isOrdered(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) {
    for (const item of value) if (!isOrdered(item)) return false
    return true
  }
  let last: string | undefined
  for (const name in value) {
    if (last !== undefined && name < last) return false
    last = name
    const member = (value as Readonly<Record<string, unknown>>)[name]
    if (member !== undefined && !isOrdered(member)) return false
  }
  return true
}

function spell(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return spellPlain(value)
  if (!Array.isArray(value)) return spellObject(value as Readonly<Record<string, unknown>>)
  let text = '['
  for (let i = 0; i < value.length; i += 1)
    text += i === 0 ? spell(value[i]) : `,${spell(value[i])}`
  return `${text}]`
}

/** @throws where JSON.stringify would quietly write something else */
function spellPlain(value: unknown): string {
  const isPlain =
    typeof value === 'boolean' ||
    value === null ||
    (typeof value === 'number' && Number.isFinite(value))
  if (!isPlain) throw new TypeError(`a ${typeof value} has no canonical form`)
  return JSON.stringify(value)
}

/** Names in order of UTF-16 code units, which is how JavaScript sorts strings (RFC 8785 §3.2.3). */
function spellObject(members: Readonly<Record<string, unknown>>): string {
  let text = ''
  for (const name of Object.keys(members).sort()) {
    const member = members[name]
    if (member === undefined) continue
    text += (text === '' ? '{' : ',') + spellName(name) + spell(member)
  }
  return text === '' ? '{}' : `${text}}`
}

/** Members of records, requests and policies: few names, spelled over and over. */
const names = new Map<string, string>()
const maxNames = 2_000

function spellName(name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const spelled = `${JSON.stringify(name)}:`
  if (names.size < maxNames) names.set(name, spelled)
  return spelled
}

/** JSON.stringify writes half a pair as an escape; RFC 8785 §3.2.2.2 refuses it. */
function checkSurrogates(value: unknown): void {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw new TypeError('half a surrogate pair has no canonical form')
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    checkSurrogates(name)
    checkSurrogates(member)
  }
}
