// Does this JSON text say exactly one thing? Evidence is judged on values, so nothing may hide from the parser.
import { isUtf8 } from 'node:buffer'
import { BadEvidence } from './checkpoint.ts'

/** A string token with what may make it a name. JSON.parse judged the grammar before. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs

/**
 * Reads JSON as UTF-8 without byte-order mark, no name twice in an object, every number spelled as
 * RFC 8785 would spell it.
 */
export function readExactJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new BadEvidence('het bestand is geen UTF-8')
  const text = bytes.toString('utf8')
  let names = -1 // the reviver also sees the nameless holder of the whole
  let value: unknown
  try {
    value = JSON.parse(
      text,
      function (this: unknown, _name, member, context?: { source?: string }) {
        if (!Array.isArray(this)) names += 1
        if (typeof member === 'number' && context?.source !== JSON.stringify(member)) {
          throw new BadEvidence('een getal is niet precies te lezen')
        }
        return member
      },
    )
  } catch (error) {
    if (error instanceof BadEvidence) throw error
    throw new BadEvidence('het bestand is geen JSON')
  }
  let written = 0
  for (const [, colon] of text.matchAll(token)) if (colon !== undefined) written += 1
  if (written !== names) throw new BadEvidence('een naam staat twee keer in hetzelfde object')
  return value
}
