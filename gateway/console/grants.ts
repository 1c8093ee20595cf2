// As whom may this officer look? Roles per organisation, as the identity provider says and the register of parties knows.
import type { Oin, Party } from '../terms.ts'
import { type Role, roles } from './page.ts'

/** Whom the identity provider vouches for. */
export interface Identity {
  readonly id: string
  readonly naam: string
  /** `<rol>:<OIN>`, as they came. */
  readonly rollen: readonly string[]
  /** Of the provider's own session; what a logout there names. */
  readonly sid?: string
}

export type Grants = ReadonlyMap<Oin, readonly Role[]>

/** Opens no page by itself. */
const besides: ReadonlySet<Role> = new Set<Role>(['vertrouwelijk'])

/** What is no role of ours, or for nobody we know, is no grant. */
export function grantsOf(
  { rollen }: Pick<Identity, 'rollen'>,
  parties: ReadonlyMap<Oin, Pick<Party, 'status'>>,
): Grants {
  const grants = new Map<Oin, Role[]>()
  for (const text of rollen) {
    const at = text.indexOf(':')
    const role = roles.find(each => each === text.slice(0, at))
    const oin = text.slice(at + 1)
    if (!role || parties.get(oin)?.status !== 'actief') continue
    grants.set(oin, [...new Set([...(grants.get(oin) ?? []), role])])
  }
  return new Map([...grants].filter(([, has]) => has.some(role => !besides.has(role))))
}
