// May this set become the law? Where the operator registered who decides that: two of them, over its digest and what it replaces.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson } from './message/json.ts'
import { JwsFault, verifyJws } from './message/jws.ts'
import type { PolicySet } from './policy/law.ts'
import { approvalFolder } from './policy/load.ts'
import { operatorApprovers, thumbprint } from './policy/party-keys.ts'
import { Problem } from './problem.ts'
import type { Approver, Moment } from './terms.ts'

/** What each of the two signs. Moments in seconds since 1970 (RFC 7519 §2). */
export interface LawStatement {
  readonly handeling: 'beleidswijziging'
  /** Digest of the set that becomes the law. */
  readonly beleid: string
  /** Of the one it takes the place of: what was agreed to once does not bring an older law back. */
  readonly vervangt: string
  readonly goedkeurder: string
  readonly iat: number
  readonly exp: number
}

/** Long enough to plan a change, too short to forget one. */
const statementSeconds = 14 * 86_400
const skewSeconds = 60
const maxStatements = 50
const maxBytes = 16_384

/** Functie of an approver of the operator who decides about the law. */
const lawKeeper = 'beleidsbeheerder'

/** Those who decide about a change of this law; without two of them nobody is asked. */
export function lawKeepers(law: PolicySet, now: Moment): readonly Approver[] {
  return operatorApprovers(law, lawKeeper, now)
}

export function lawStatementOf(
  [vervangt, beleid]: readonly [from: string, to: string],
  goedkeurder: string,
  now: Moment,
): LawStatement {
  const iat = Math.floor(now / 1_000)
  const exp = iat + statementSeconds
  return { handeling: 'beleidswijziging', beleid, vervangt, goedkeurder, iat, exp }
}

/** The statements that make the change one of four eyes, none when nobody need be asked; undefined: not agreed. */
export async function agreedChange(
  dir: string,
  from: PolicySet,
  to: PolicySet,
  now: Moment,
): Promise<readonly string[] | undefined> {
  const keepers = lawKeepers(from, now)
  if (keepers.length < 2) return []
  const found = new Map<string, { person: Approver; token: string }>()
  for (const token of await statements(dir)) {
    const person = signerOf(token, [from.digest, to.digest], keepers, now)
    if (person) found.set(thumbprint(person.jwk), { person, token })
  }
  const given = [...found.values()]
  if (new Set(given.map(({ person }) => person.id)).size < 2) return undefined
  return given.slice(0, 2).map(({ token }) => token)
}

/** Whoever signed this, when it is about this change and counts now. */
function signerOf(
  token: string,
  [vervangt, beleid]: readonly [from: string, to: string],
  keepers: readonly Approver[],
  now: Moment,
): Approver | undefined {
  try {
    const { payload, key } = verifyJws(token, keepers)
    const said = readJson(payload) as Partial<LawStatement> | null
    const seconds = now / 1_000
    const { iat = 0, exp = 0 } = said ?? {}
    const counts =
      said?.handeling === 'beleidswijziging' &&
      said.beleid === beleid &&
      said.vervangt === vervangt &&
      said.goedkeurder === key.id &&
      Number.isSafeInteger(iat) &&
      Number.isSafeInteger(exp) &&
      iat <= seconds + skewSeconds &&
      exp - iat <= statementSeconds &&
      exp > seconds
    return counts ? key : undefined
  } catch (error) {
    if (error instanceof JwsFault || error instanceof Problem) return undefined
    throw error
  }
}

async function statements(dir: string): Promise<readonly string[]> {
  const folder = join(dir, approvalFolder)
  const names = await readdir(folder).catch(() => [])
  const files = names.filter(name => name.endsWith('.jws')).sort()
  const texts = await Promise.all(
    files
      .slice(0, maxStatements)
      .map(async name => (await readFile(join(folder, name))).toString()),
  )
  return texts.filter(text => text.length <= maxBytes).map(text => text.trim())
}
