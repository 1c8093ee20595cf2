// Who belongs to this case? What a receiver registers, and whether it may for another.
import type { CaseBody, LogName, Moment, Oin, Party, Reason, RoomRow } from '../terms.ts'
import { caseOf, hidingOf, memberOf, type Pseudonym } from './fact-keys.ts'
import { caseTerm, shieldingRoles } from './facts.ts'
import type { PolicySet } from './law.ts'
import { later } from './legal-time.ts'
import { mandateReasons } from './mandate.ts'

/** Whose case it is, in which log it belongs, and every reason why this party may not register it. */
export function judgeCase(party: Party, { namens }: CaseBody, law: PolicySet, now: Moment) {
  const principal: Oin = namens ?? party.oin
  const other = law.partijen.get(principal)
  const log: LogName = party.vertrouwelijk || other?.vertrouwelijk ? 'vertrouwelijk' : 'gewoon'
  const redenen: readonly Reason[] =
    namens === undefined
      ? []
      : other?.status === 'actief'
        ? mandateReasons(law.partijen.get(party.oin), namens, now)
        : [{ code: 'MANDAAT_ONTBREEKT' }]
  return { principal, log, redenen }
}

/**
 * One row per person; a person that is there already gets the newest role and term. Who is named in
 * two roles at once (a victim can be a suspect, domain S32) is shielded when one of them shields.
 */
export function casePersonRows(
  pseudonym: Pseudonym,
  { log, principal }: { readonly log: LogName; readonly principal: Oin },
  { zaak, betrokkenen }: CaseBody,
  now: Moment,
): readonly RoomRow[] {
  const vervalt = later(now, caseTerm)
  const shielded = betrokkenen.filter(({ rol }) => shieldingRoles.includes(rol))
  const row = (persoon: string, rol: string): RoomRow => ({
    tabel: 'policy.case_person',
    waarden: {
      persoon,
      zaak: caseOf(pseudonym, log, principal, zaak),
      rol,
      eerste: false,
      tijd: now,
      vervalt,
    },
  })
  return [
    // Of two rows of one person the last counts (audit/room-tables.ts).
    ...[...betrokkenen, ...shielded].map(({ betrokkene, rol }) =>
      row(memberOf(pseudonym, log, principal, { zaak, ...betrokkene }), rol),
    ),
    // Another role in one case does not lift this: another case may still hide them.
    ...shielded.map(({ betrokkene, rol }) =>
      row(hidingOf(pseudonym, log, principal, betrokkene), rol),
    ),
  ]
}
