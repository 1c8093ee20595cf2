// Does this lead to a page of our own? Everything else is the beginning.

const nowhere = 'http://sluis.invalid'

/** What looks like a path but leads to another host (`//host`, `/\host`) is none of ours. */
export function ownPath(text: unknown): `/${string}` {
  if (typeof text !== 'string' || !text.startsWith('/') || text.length > 2_000) return '/'
  if (!URL.canParse(text, nowhere)) return '/'
  const { origin, pathname, search } = new URL(text, nowhere)
  if (origin !== nowhere || pathname.startsWith('//')) return '/'
  return `/${pathname.slice(1)}${search}`
}
