// Did a registered person sign this, about the brake as it is now? Statements for its release, made and judged.
import { readJson } from './message/json.ts'
import { JwsFault, verifyJws } from './message/jws.ts'
import type { BrakeState } from './policy/brake-state.ts'
import type { PolicySet } from './policy/law.ts'
import { operatorApprovers, thumbprint } from './policy/party-keys.ts'
import { Problem } from './problem.ts'
import type { Approver, Moment } from './terms.ts'

/** What decides now, and with it how the brake stands. */
export interface Standing {
  readonly law: PolicySet
  readonly state: BrakeState
}

/** Why the brake was not changed; the message is Dutch. */
export class BrakeRefused extends Error {
  override name = 'BrakeRefused'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** How long a person's statement counts. */
const statementSeconds = 15 * 60
const skewSeconds = 60

/** What a person signs to release the brake in the state it has now. */
export interface Statement {
  readonly handeling: 'noodrem-vrijgave'
  readonly bereik: readonly string[]
  /** The state of the brake: in another one the statement is worth nothing. */
  readonly noodrem: string
  readonly goedkeurder: string
  readonly iat: number
  readonly exp: number
}

/** @throws BrakeRefused when this is not the key of a person who may release the brake */
export function whoHolds(jwk: Approver['jwk'], { law }: Standing, now: Moment): Approver {
  const own = thumbprint(jwk)
  const person = releasers(law, now).find(one => thumbprint(one.jwk) === own)
  if (person) return person
  throw new BrakeRefused(
    'onbekende-sleutel',
    'deze sleutel is niet van een beheerder die in het beleid is geregistreerd en nu geldig is',
  )
}

export function statementOf(
  bereiken: readonly string[],
  { state, law }: Standing,
  goedkeurder: string,
  now: Moment,
): Statement {
  const missing = bereiken.filter(bereik => !law.noodrem.includes(bereik))
  if (missing.length > 0 || state.id === undefined) {
    throw new BrakeRefused('staat-niet-aan', `de noodrem staat niet aan voor ${missing.join(', ')}`)
  }
  const iat = Math.floor(now / 1_000)
  return {
    handeling: 'noodrem-vrijgave',
    bereik: [...bereiken].sort(),
    noodrem: state.id,
    goedkeurder,
    iat,
    exp: iat + statementSeconds,
  }
}

type Judged = 'telt' | 'opnieuw' | 'zelfde-persoon' | 'gewijzigd' | 'verlopen'

/** What the statement that was there before is worth beside this one. */
export function judgeFirst(
  verklaring: string,
  second: Signed,
  { law, state }: Standing,
  now: Moment,
): Judged {
  let first: Signed
  try {
    first = readStatement(verklaring, law, now)
  } catch (error) {
    if (!(error instanceof BrakeRefused)) throw error
    return 'verlopen'
  }
  const same = first.goedkeurder === second.goedkeurder || first.thumbprint === second.thumbprint
  if (first.noodrem !== state.id) return same ? 'opnieuw' : 'gewijzigd'
  return same ? 'zelfde-persoon' : 'telt'
}

interface Signed extends Statement {
  readonly thumbprint: string
}

/** @throws BrakeRefused unless a registered person signed this, for the release of a brake, and it counts now */
export function readStatement(verklaring: string, law: PolicySet, now: Moment): Signed {
  const { payload, key } = verified(verklaring, law, now)
  const { handeling, bereik, noodrem, goedkeurder, iat, exp } = membersOf(payload)
  const seconds = now / 1_000
  const whole =
    handeling === 'noodrem-vrijgave' &&
    goedkeurder === key.id &&
    typeof noodrem === 'string' &&
    Array.isArray(bereik) &&
    bereik.length > 0 &&
    typeof iat === 'number' &&
    typeof exp === 'number' &&
    exp > iat &&
    exp - iat <= statementSeconds &&
    iat <= seconds + skewSeconds
  if (!whole) throw new BrakeRefused('verklaring', 'dit is geen verklaring over de noodrem')
  if (exp <= seconds) throw new BrakeRefused('verlopen', 'deze verklaring is verlopen')
  return { handeling, bereik, noodrem, goedkeurder, iat, exp, thumbprint: thumbprint(key.jwk) }
}

function membersOf(payload: Buffer): Partial<Statement> {
  try {
    const value = readJson(payload)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
  return {}
}

function verified(verklaring: string, law: PolicySet, now: Moment) {
  try {
    return verifyJws(verklaring, releasers(law, now))
  } catch (error) {
    if (!(error instanceof JwsFault)) throw error
    throw new BrakeRefused('handtekening', `de handtekening klopt niet: ${error.message}`)
  }
}

/** Who may release the brake: registered by the operator for this, and valid at this moment. */
function releasers(law: PolicySet, now: Moment): readonly Approver[] {
  return operatorApprovers(law, 'beheerder', now)
}
