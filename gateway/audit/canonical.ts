// Which bytes stand for this JSON value? RFC 8785 (JCS), by hand: records and answers pass here on every call.

/**
 * RFC 8785 writes strings and numbers as JSON.stringify does; only the order of names is ours.
 * @throws on what JSON cannot hold exactly: undefined in a list, functions, NaN, half surrogates
 */
export function canonical(value: unknown): string {
  const text = spell(value)
  if (text.includes('\\ud')) checkSurrogates(value)
  return text
}

function spell(value: unknown): string {
  return isOrdered(value) ? JSON.stringify(value) : reorder(value)
}

/** Names in order of UTF-16 code units, which is how JavaScript compares strings (RFC 8785 §3.2.3). */
function isOrdered(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isPlain(value)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (!isOrdered(value[i])) return false
    return true
  }
  const members = value as Readonly<Record<string, unknown>>
  let previous = ''
  for (const name of Object.keys(members)) {
    const member = members[name]
    if (name < previous) return false
    if (typeof member !== 'string' && member !== undefined && !isOrdered(member)) return false
    previous = name
  }
  return true
}

/** @throws where JSON.stringify would quietly write something else */
function isPlain(value: unknown): true {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number' && Number.isFinite(value)) return true
  throw new TypeError(`a ${typeof value} has no canonical form`)
}

/** An object cannot hold names such as "10" in this order, so the text is put together here. */
function reorder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spell).join()}]`
  const members = Object.entries(value as object)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${spell(member)}`).join()}}`
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
