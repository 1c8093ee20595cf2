// Which officer is this session, and what stands around the pages? Looked up at each request: the register may have changed.
import type { PolicySet } from '../policy/law.ts'
import type { Profile } from '../terms.ts'
import { grantsOf } from './grants.ts'
import type { Seat } from './layout.ts'
import { ownPath } from './own-path.ts'
import type { Officer, Page, Role } from './page.ts'
import { absoluteMs, idleMs, type Session } from './session.ts'

/** An officer at work, for one organisation. */
export interface Seated {
  readonly session: Session
  readonly officer: Officer
  readonly seat: Seat
}

/** Undefined while no organisation is chosen, or when the chosen one gives no role any more. */
export function seatOf(
  session: Session,
  pages: readonly Page[],
  { partijen }: Pick<PolicySet, 'partijen'>,
  profile: Profile,
): Seated | undefined {
  const { identity, oin, csrf, begin } = session
  const grants = grantsOf(identity, partijen)
  const rollen = oin === undefined ? undefined : grants.get(oin)
  if (oin === undefined || !rollen) return undefined
  const officer = { id: identity.id, naam: identity.naam, oin, rollen }
  return {
    session,
    officer,
    seat: {
      officer,
      organisatie: partijen.get(oin)?.naam ?? oin,
      keuze: grants.size > 1,
      test: profile === 'test',
      menu: pages.flatMap(({ path, menu, roles }) =>
        menu !== undefined && roleFor(roles, rollen) ? [{ path: ownPath(path), text: menu }] : [],
      ),
      csrf,
      until: begin + absoluteMs,
      idleMinutes: idleMs / 60_000,
    },
  }
}

/** The first role of a page that this officer has. */
export function roleFor(wanted: readonly Role[], has: readonly Role[]): Role | undefined {
  return wanted.find(role => has.includes(role))
}
