// Is this a statement of a registered approver about this request? A compact JWS, bound to the content and to a time.
import type { Approver, Moment, ReasonCode } from '../terms.ts'
import { readJson } from './json.ts'
import { JwsFault, verifyJws } from './jws.ts'

/** What a second person signs. Moments in seconds since 1970 (RFC 7519 §2). */
export interface Statement {
  readonly verzoek: string
  /** Salted hash of what was asked: what changed is not what was approved. */
  readonly inhoud: string
  readonly goedkeurder: string
  readonly functie: string
  readonly besluit: 'akkoord' | 'afgewezen'
  readonly iat: number
  readonly exp: number
}

/** Why a statement approves nothing. */
export class StatementFault extends Error {
  override name = 'StatementFault'
  readonly code: ReasonCode
  readonly oorzaak: string
  constructor(code: ReasonCode, oorzaak: string) {
    super(oorzaak)
    this.code = code
    this.oorzaak = oorzaak
  }
}

const members: Readonly<Record<keyof Statement, (value: unknown) => boolean>> = {
  verzoek: isText,
  inhoud: isText,
  goedkeurder: isText,
  functie: isText,
  besluit: value => value === 'akkoord' || value === 'afgewezen',
  iat: isSeconds,
  exp: isSeconds,
}

const skewSeconds = 300
/** Longer than any term for an answer here; how long it counts is the arrangement's to say. */
const longestSeconds = 100 * 86_400

/**
 * @param approvers those that count now
 * @throws StatementFault
 */
export function readStatement(
  token: string,
  approvers: readonly Approver[],
  expected: { readonly verzoek: string; readonly inhoud: string; readonly now: Moment },
): Statement {
  const { statement, approver } = signed(token, approvers)
  const now = expected.now / 1_000
  const faults: readonly (readonly [boolean, ReasonCode, string])[] = [
    [statement.goedkeurder !== approver.id, 'GOEDKEURING_VEREIST', 'andere-goedkeurder'],
    [statement.functie !== approver.functie, 'FUNCTIE_NIET_BEVOEGD', 'andere-functie'],
    [statement.verzoek !== expected.verzoek, 'GOEDKEURING_VEREIST', 'ander-verzoek'],
    [statement.inhoud !== expected.inhoud, 'GOEDKEURING_VEREIST', 'andere-inhoud'],
    [statement.iat > now + skewSeconds, 'GOEDKEURING_VEREIST', 'nog-niet-geldig'],
    [statement.exp - statement.iat > longestSeconds, 'GOEDKEURING_VEREIST', 'te-lang-geldig'],
    [statement.exp <= Math.max(now, statement.iat), 'GOEDKEURING_VERLOPEN', 'verlopen'],
  ]
  const fault = faults.find(([applies]) => applies)
  if (fault) throw new StatementFault(fault[1], fault[2])
  return statement
}

function signed(
  token: string,
  approvers: readonly Approver[],
): { statement: Statement; approver: Approver } {
  try {
    const { payload, key } = verifyJws(token, approvers)
    const value = readJson(payload)
    if (isStatement(value)) return { statement: value, approver: key }
  } catch (error) {
    if (error instanceof JwsFault) throw new StatementFault('GOEDKEURING_VEREIST', error.reden)
    throw new StatementFault('GOEDKEURING_VEREIST', 'vorm')
  }
  throw new StatementFault('GOEDKEURING_VEREIST', 'vorm')
}

function isStatement(value: unknown): value is Statement {
  if (typeof value !== 'object' || value === null) return false
  const given = Object.entries(value)
  const names = Object.keys(members)
  return (
    given.length === names.length &&
    names.every(name => Object.hasOwn(value, name)) &&
    given.every(([name, one]) => members[name as keyof Statement](one))
  )
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 200
}

function isSeconds(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}
