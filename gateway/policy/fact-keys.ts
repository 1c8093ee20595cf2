// What is each fact kept under? Keyed pseudonyms of the principal with exchange, case or person, never these themselves.
import type { DataObject, DataSubject, LogName, Moment, Oin, PurposeRequest } from '../terms.ts'
import type { Arrangement, PolicySet } from './law.ts'
import { limits } from './limits.ts'
import { optOutKey } from './opt-out.ts'
import { exchangeTerms } from './permit.ts'
import { separatedFunction, separatedStage } from './stages.ts'

/** Keyed pseudonym of a text, per log: made by the audit room's keys, so facts die with them. */
export type Pseudonym = (log: LogName, text: string) => string

type Subject = DataSubject | DataObject

/** Every key is a pseudonym of JSON, which keeps its parts apart. */
function keyOf(pseudonym: Pseudonym, log: LogName, ...parts: readonly string[]): string {
  return pseudonym(log, JSON.stringify(parts))
}

const groupMark = '["groep",'
const maxGroups = 10_000

/** A principal and an exchange, without a person or case, are few and asked for on every call. */
export function rememberGroups(pseudonym: Pseudonym): Pseudonym {
  const groups = new Map<string, string>()
  return (log, text) => {
    if (!text.startsWith(groupMark)) return pseudonym(log, text)
    const name = log + text
    const known = groups.get(name) ?? pseudonym(log, text)
    if (groups.size < maxGroups) groups.set(name, known)
    return known
  }
}

/** Who the facts are about: the principal, also when another acts for it (design §4). */
function principalOf({ body, peer }: PurposeRequest): Oin {
  return body.namens ?? peer.party.oin
}

/** The ladder's key: principal, exchange, case and person; no person where the first rung is asked without. */
export function caseKey(
  pseudonym: Pseudonym,
  request: PurposeRequest,
  law: PolicySet,
): string | undefined {
  const { zaak, betrokkene, object } = request.body
  const subject = object ?? betrokkene
  const ofNobody = law.uitwisselingen.get(request.uitwisseling)?.treden[0]?.sleutel === 'geen'
  if (zaak === undefined || (subject === undefined && !ofNobody)) return undefined
  const { log } = exchangeTerms(request, law)
  const person = subject === undefined || ofNobody ? [] : [subject.soort, subject.waarde]
  return keyOf(pseudonym, log, principalOf(request), request.uitwisseling, zaak, ...person)
}

/** A case of a principal, over all exchanges. */
export function caseOf(pseudonym: Pseudonym, log: LogName, principal: Oin, zaak: string): string {
  return keyOf(pseudonym, log, 'zaak', principal, zaak)
}

/** A person in such a case. */
export function memberOf(
  pseudonym: Pseudonym,
  log: LogName,
  principal: Oin,
  { zaak, soort, waarde }: { readonly zaak: string } & Subject,
): string {
  return keyOf(pseudonym, log, 'lid', principal, zaak, soort, waarde)
}

/** A person whom this principal registered as somebody who hides, in whichever case. */
export function hidingOf(
  pseudonym: Pseudonym,
  log: LogName,
  principal: Oin,
  { soort, waarde }: Subject,
): string {
  return keyOf(pseudonym, log, 'schuilt', principal, soort, waarde)
}

/** What one call is kept under; absent is what this arrangement does not look at. */
export interface FactKeys {
  /** Principal and exchange. */
  readonly groep: string
  /** What this release may open or close rungs under. */
  readonly sleutel: string | undefined
  /** The same, when a rung is asked for that something must have opened. */
  readonly ladder: string | undefined
  /** Principal, exchange and person. */
  readonly persoon: string | undefined
  readonly zaak: string | undefined
  readonly lid: string | undefined
  /** Principal and person, for a value that is set right: of no case, so each that hides somebody counts. */
  readonly schuilt: string | undefined
  /** Principal, case and employee, where it matters who did what in a case. */
  readonly deelname: string | undefined
  /** The stage that this call is of, when it is one that others must keep away from. */
  readonly fase: string | undefined
  /** The function that this call is made in, when it is one that others must keep away from. */
  readonly functie: string | undefined
  /** Purpose and person, where an arrangement leaves in peace who does not want it. */
  readonly bezwaar: string | undefined
  /** Of each limit that this arrangement has: its counter, for the day or hour of now. */
  readonly tellers: readonly { readonly sleutel: string; readonly limit: (typeof limits)[number] }[]
}

/** A file before its lines, and a value set right: of no case, opening no rung and counting for no limit. */
const keptUnderNone: Omit<FactKeys, 'groep' | 'bezwaar' | 'schuilt'> = {
  sleutel: undefined,
  ladder: undefined,
  persoon: undefined,
  zaak: undefined,
  lid: undefined,
  deelname: undefined,
  fase: undefined,
  functie: undefined,
  tellers: [],
}

export function factKeys(
  pseudonym: Pseudonym,
  request: PurposeRequest,
  { arrangement, law, now }: { arrangement: Arrangement; law: PolicySet; now: Moment },
): FactKeys {
  const { velden, betrokkene, object } = request.body
  const { uitwisseling } = request
  const { grenzen = {}, voorwaarden, rungOf } = arrangement
  const { log } = exchangeTerms(request, law)
  const principal = principalOf(request)
  const subject = object ?? betrokkene
  const zaak = voorwaarden.zaak === undefined ? undefined : request.body.zaak
  const groep = keyOf(pseudonym, log, 'groep', principal, uitwisseling)
  const bezwaar =
    voorwaarden.optOut === undefined || betrokkene === undefined
      ? undefined
      : optOutKey(pseudonym, arrangement.doel.id, betrokkene)
  if (request.stap === 'bestand' || request.stap === 'correctie') {
    const receiver = request.stap === 'correctie' ? request.body.ontvanger : undefined
    const told = request.body.namens ?? receiver
    const schuilt = receiver && told && subject && hidingOf(pseudonym, log, told, subject)
    return { groep, ...keptUnderNone, bezwaar, schuilt }
  }
  const zaakSleutel = zaak && caseOf(pseudonym, log, principal, zaak)
  const counted = {
    perPartijPerUur: groep,
    perZaakPerDag: zaakSleutel && `${zaakSleutel}|${uitwisseling}`,
  }
  const climbs =
    arrangement.weging !== undefined || velden.some(veld => rungOf.get(veld)?.na !== undefined)
  const named = subject && [subject.soort, subject.waarde]
  const sleutel = caseKey(pseudonym, request, law)
  return {
    groep,
    bezwaar,
    sleutel,
    ladder: climbs ? sleutel : undefined,
    persoon:
      named && grenzen.personenPer30Dagen !== undefined
        ? keyOf(pseudonym, log, 'persoon', principal, uitwisseling, ...named)
        : undefined,
    zaak: zaakSleutel,
    ...participation(pseudonym, request, arrangement, law),
    schuilt: undefined,
    lid: zaak && subject && memberOf(pseudonym, log, principal, { zaak, ...subject }),
    tellers: limits.flatMap(limit => {
      const of = counted[limit.name]
      if (of === undefined || grenzen[limit.name] === undefined) return []
      return [{ sleutel: `${of}|${limit.span(now)}`, limit }]
    }),
  }
}

/**
 * In the keys of one log for all exchanges: whoever did one stage of a case through an ordinary
 * exchange does not do the next through a confidential one.
 */
function participation(
  pseudonym: Pseudonym,
  request: PurposeRequest,
  arrangement: Arrangement,
  law: PolicySet,
): Pick<FactKeys, 'deelname' | 'fase' | 'functie'> {
  const { zaak, medewerker } = request.body
  const fase = separatedStage(request, law)
  const functie = separatedFunction(request, arrangement)
  const matters =
    (fase ?? functie) !== undefined || arrangement.voorwaarden.gescheidenFasen !== undefined
  if (!matters || zaak === undefined || medewerker === undefined) {
    return { deelname: undefined, fase, functie }
  }
  const parts = ['deelname', principalOf(request), zaak, medewerker.id]
  return { deelname: keyOf(pseudonym, 'vertrouwelijk', ...parts), fase, functie }
}
