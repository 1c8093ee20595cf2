// What is a page of the console? One type: its address, who may see it, what it shows and what it does.

import type { Keys } from '../audit/keys.ts'
import type { LogHead } from '../audit/logs.ts'
import type { OfficerAct } from '../audit/record-officer.ts'
import type { Html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import type { Store } from '../store.ts'
import type { Call, LogName, Moment, Oin, Profile, Receipt } from '../terms.ts'

export const roles = [
  'privacy-officer',
  'fg',
  'beveiligingsfunctionaris',
  'teamleider',
  /** Runs the machine and sees no persons. */
  'beheerder',
  /** Besides another role: also the second log. */
  'vertrouwelijk',
] as const

export type Role = (typeof roles)[number]

/** Who sits at the screen, as the identity provider says; acts for one organisation at a time. */
export interface Officer {
  /** Of the provider; in records only sealed. */
  readonly id: string
  readonly naam: string
  readonly oin: Oin
  readonly rollen: readonly Role[]
}

/** One request for a page, by an officer whose session and role were checked. */
export interface Visit {
  readonly officer: Officer
  /** The role this page is shown for: what its record says. */
  readonly rol: Role
  /** Transaction and trace of this visit: its records stand under it. */
  readonly call: Call
  /** Of the path, e.g. { transactie }. */
  readonly params: Readonly<Record<string, string>>
  /** Never holds a person, case or employee: those come in `form`, and wait in `desk.searches`. */
  readonly query: URLSearchParams
  /** Empty for GET. CSRF token and origin were checked. */
  readonly form: FormData
  /** Of the session; a page that asks for `hidden(visit)` puts it in its form. */
  readonly csrf: string
  /** Goes off when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

export type View =
  | {
      readonly kind: 'page'
      readonly title: string
      readonly body: Html
      readonly status?: number
      /** Sent as it comes, after `body`: how far a long task is. */
      readonly rest?: AsyncIterable<Html>
    }
  | { readonly kind: 'redirect'; readonly to: string }
  | {
      readonly kind: 'download'
      /** Without anything of a person. */
      readonly name: string
      readonly type: string
      readonly body: AsyncIterable<string | Uint8Array>
    }

export interface Page {
  /** Express's spelling, e.g. `/verstrekkingen/:transactie`. */
  readonly path: string
  /** Its name in the navigation; absent for what is reached from another page. */
  readonly menu?: string
  /** Path of the menu's item it belongs to, when its own path does not begin with that. */
  readonly under?: `/${string}`
  /** Any of these. */
  readonly roles: readonly Role[]
  readonly show?: (visit: Visit, desk: Desk) => Promise<View>
  readonly act?: (visit: Visit, desk: Desk) => Promise<View>
}

/** What pages read and write with; each takes the slice it uses. */
export interface Desk {
  readonly store: Store
  readonly keys: Keys
  /** Where the month keys stand, for what lists them. */
  readonly keysDir: string
  readonly clock: () => Moment
  readonly profile: Profile
  /** OIN of who runs this gateway. */
  readonly operator: Oin
  /** Public address of the register and the explanations. */
  readonly base: string
  readonly law: () => PolicySet
  /** The set of this digest, as it was kept. */
  readonly lawOf: (digest: string) => Promise<PolicySet | undefined>
  readonly head: (log: LogName) => LogHead
  /** Every look and every act is a line of the log; durable when it resolves. */
  readonly record: (call: Call, act: OfficerAct) => Promise<Receipt>
  /** Everything that was committed before this call can be found after it. */
  readonly catchUp: () => Promise<void>
  /** What the officer typed about a person waits sealed in the database, under an id that may stand in a URL. */
  readonly searches: Searches
  /** Is each part of the house well, by name; for who runs it. */
  readonly checks: () => Promise<Readonly<Record<string, boolean>>>
  /** Of the certificate that partners see. */
  readonly certificateEnds: () => Promise<Moment>
}

export interface Searches {
  /** @returns an id that only this officer's session finds back */
  keep(officer: Officer, text: string): Promise<string>
  find(officer: Officer, id: string): Promise<string | undefined>
}

/** Which logs this officer may look in. */
export function logsOf(officer: Pick<Officer, 'rollen'>): readonly LogName[] {
  return officer.rollen.includes('vertrouwelijk') ? ['gewoon', 'vertrouwelijk'] : ['gewoon']
}
