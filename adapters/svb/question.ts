// Which questions does the SVB take? Only those it can check afterwards (Pw art. 65 lid 4): all of it is mandatory.
import type { IncomingHttpHeaders } from 'node:http'
import type { Question } from './persons.ts'

const oin = /^[0-9A-Z]{20}$/
const name = /^[A-Za-z][A-Za-z0-9-]{0,63}$/
const day = /^\d{4}-\d{2}-\d{2}$/

/** `namens` alone may be absent: then the receiver asks for itself. */
const headers = {
  traceparent: /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/,
  'sluis-transactie': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'sluis-ontvanger': oin,
  'sluis-doel': name,
} as const

type Json = Readonly<Record<string, unknown>>
const isText = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value)
const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const someOf = (check: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.length <= 64 && value.every(check)

const basis = (value: unknown) =>
  isRecord(value) &&
  Object.keys(value).sort().join() === 'artikel,id,regeling' &&
  Object.values(value).every(isText(/^.{1,200}$/u))

const period = (value: unknown) =>
  isRecord(value) &&
  Object.keys(value).sort().join() === 'totEnMet,van' &&
  Object.values(value).every(isText(day))

/** These members and no other: who works on what at the receiver is none of the SVB's business. */
const members: Readonly<Record<string, (value: unknown) => boolean>> = {
  persoon: isText(/^\d{9}$/),
  velden: someOf(isText(name)),
  periode: period,
  grondslagen: someOf(basis),
}

export interface Reading {
  /** Absent when something is missing or wrong. */
  readonly question?: Question
  /** Names of headers and members. */
  readonly faults: readonly string[]
}

export function readQuestion(given: IncomingHttpHeaders, text: string): Reading {
  const body = parse(text)
  const faults = [
    ...Object.entries(headers)
      .filter(([header, pattern]) => !isText(pattern)(given[header]))
      .map(([header]) => header),
    ...(given['sluis-namens'] === undefined || isText(oin)(given['sluis-namens'])
      ? []
      : ['sluis-namens']),
    ...Object.entries(members)
      .filter(([member, check]) => !check(body[member]))
      .map(([member]) => member),
    ...(Object.keys(body).some(member => !Object.hasOwn(members, member)) ? ['(onbekend)'] : []),
  ]
  const { persoon, periode } = body
  if (faults.length > 0 || typeof persoon !== 'string' || !isRecord(periode)) return { faults }
  return {
    faults,
    question: {
      transactie: String(given['sluis-transactie']),
      persoon,
      periode: { van: String(periode.van), totEnMet: String(periode.totEnMet) },
    },
  }
}

function parse(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}
