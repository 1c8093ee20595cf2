// Do these bytes mean one thing only? Strict JSON: what two readers could read differently is refused.
import { isUtf8 } from 'node:buffer'
import { type Fault, Problem } from '../problem.ts'
import { limits } from './limits.ts'

/** Names that reach an object's prototype in careless code (CWE-1321). */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Backslash and what `isControl` refuses: without any, a string ends at the next quote. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unusual = /[\\\u0000-\u001f\u007f-\u009f]/

/** An open array or object: what stands in it so far. `keys` is absent in an array. */
interface Level {
  readonly keys: Set<string> | undefined
  key: string | undefined
  index: number
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/**
 * Reads I-JSON (RFC 7493): UTF-8 without byte-order mark, no name twice in one object however it is
 * spelled, no lone surrogates, no numbers that a double cannot hold; besides, no control characters
 * in strings, no deep nesting and no names of the prototype. The caller limits the size.
 * @throws Problem ongeldig-verzoek with the place of the fault, never the value
 */
export function readJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw faulty([], 'is geen geldige UTF-8')
  const text = bytes.toString('utf8')
  if (text.length === 0) throw faulty([], 'het bericht is leeg')
  if (text.charCodeAt(0) === 0xfeff) throw faulty([], 'begint met een byte-order mark')
  scan(text)
  try {
    return JSON.parse(text)
  } catch {
    // V8 quotes the input in its message, so that error may not travel as a cause.
    throw faulty([], 'is geen geldige JSON')
  }
}

/**
 * One pass over the text for what JSON.parse lets through. It need not know the grammar: text that
 * is no JSON gets a fault here or in JSON.parse, whichever sees it first.
 */
function scan(text: string): void {
  const levels: Level[] = []
  let level: Level | undefined
  let keyNext = false
  const plain = !unusual.test(text)
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const end = plain ? text.indexOf('"', at + 1) : endOfString(text, at, levels)
      if (end < 0) return // JSON.parse says so
      if (keyNext && level?.keys !== undefined) {
        enterKey(level, level.keys, text.slice(at, end + 1), levels)
        keyNext = false
      }
      at = end
    } else if (code === openBrace || code === openBracket) {
      if (levels.length === limits.jsonDepth) throw faulty(levels, 'is te diep genest')
      keyNext = code === openBrace
      level = { keys: keyNext ? new Set() : undefined, key: undefined, index: 0 }
      levels.push(level)
    } else if (code === closeBrace || code === closeBracket) {
      levels.pop()
      level = levels.at(-1)
      keyNext = false
    } else if (code === comma && level !== undefined) {
      keyNext = level.keys !== undefined
      level.key = undefined
      level.index += 1
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      at = endOfNumber(text, at, levels)
    }
  }
}

/** Index of the closing quote; refuses control characters on the way (C0, DEL, C1). */
function endOfString(text: string, start: number, levels: readonly Level[]): number {
  let escaped = false
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      if (escaped) checkEscapes(text, start, at, levels)
      return at
    }
    if (code === backslash) {
      escaped = true
      at += 1
    } else if (isControl(code)) throw faulty(levels, 'bevat een stuurteken')
  }
  throw faulty([], 'is geen geldige JSON')
}

/** The characters behind the backslashes: a control or half a surrogate pair is as bad as a bare one. */
function checkEscapes(text: string, start: number, end: number, levels: readonly Level[]): void {
  let high = false
  for (let at = start + 1; at <= end; at += 1) {
    let unit = text.charCodeAt(at)
    if (unit === backslash) {
      at += 1
      const kind = text[at] ?? ''
      if ('bfnrt'.includes(kind)) throw faulty(levels, 'bevat een stuurteken')
      if (kind === 'u') {
        unit = Number.parseInt(text.slice(at + 1, at + 5), 16)
        if (isControl(unit)) throw faulty(levels, 'bevat een stuurteken')
        at += 4
      } else unit = 0x20
    }
    const low = unit >= 0xdc00 && unit <= 0xdfff
    if (high !== low) throw faulty(levels, 'bevat een half teken (surrogaat)')
    high = unit >= 0xd800 && unit <= 0xdbff
  }
}

/** C0, DEL and C1 (ISO 6429); they hide text from whoever reads the record. */
function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f)
}

function enterKey(level: Level, keys: Set<string>, token: string, levels: readonly Level[]): void {
  const key = unquote(token)
  level.key = key
  if (forbiddenKeys.has(key)) throw faulty(levels, 'is als naam niet toegestaan')
  if (keys.has(key)) throw faulty(levels, 'komt twee keer voor')
  keys.add(key)
}

function unquote(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1)
  try {
    return String(JSON.parse(token))
  } catch {
    throw faulty([], 'is geen geldige JSON')
  }
}

/** Index of the last character; refuses what a double rounds away or makes infinite. */
function endOfNumber(text: string, start: number, levels: readonly Level[]): number {
  let end = start + 1
  while (end < text.length && isNumberPart(text.charCodeAt(end))) end += 1
  const token = end - start > 3 ? text.slice(start, end) : ''
  const value = Number(token)
  const exact = /[.eE]/.test(token) ? Number.isFinite(value) : Number.isSafeInteger(value)
  if (!exact) throw faulty(levels, 'is een getal dat niet precies te lezen is')
  return end - 1
}

/** Digits, sign, point and exponent. */
function isNumberPart(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2e ||
    code === 0x2b ||
    code === 0x2d ||
    (code | 0x20) === 0x65
  )
}

function faulty(levels: readonly Level[], melding: string): Problem {
  const fouten: Fault[] = [{ pointer: pointerTo(levels), melding }]
  return new Problem('ongeldig-verzoek', 'Het bericht is geen JSON die hier wordt gelezen.', {
    members: { fouten },
  })
}

/** RFC 6901; a name that could itself be personal data (digits, length) reads `?`. */
function pointerTo(levels: readonly Level[]): string {
  return levels
    .map(({ keys, key, index }) => {
      if (keys === undefined) return `/${index}`
      if (key === undefined) return ''
      return /^[A-Za-z_]{0,40}$/.test(key) ? `/${key}` : '/?'
    })
    .join('')
}
