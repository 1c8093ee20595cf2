// What is asked? Bytes of a hostile world become a typed question, or every fault in them.
import { type Fault, Problem } from '../problem.ts'
import type { CaseBody, Profile, RequestBody } from '../terms.ts'
import { bsnFault, holdsBsn } from './bsn.ts'
import { readJson } from './json.ts'

/**
 * Reads the body of `_zoek`: strict JSON, then schema, then what a schema cannot say.
 * @param check the schema's guard
 * @throws Problem ongeldig-verzoek with all faults as JSON pointers, never a value
 */
export function readBody(
  bytes: Buffer,
  check: (value: unknown) => RequestBody | readonly Fault[],
  profile: Profile,
): RequestBody {
  const body = check(readJson(bytes))
  if (isFaults(body)) throw invalid(body)
  const faults = [
    ...subjectFaults(body, profile),
    ...periodFaults(body),
    ...hiddenNumbers({
      '/zaak': body.zaak,
      '/medewerker/id': body.medewerker?.id,
      '/systeemproces': body.systeemproces,
      '/motivering/toelichting': body.motivering?.toelichting,
    }),
  ]
  if (faults.length > 0) throw invalid(faults)
  return body
}

/** Reads the body of `POST /v1/zaken` in the same way. */
export function readCaseBody(
  bytes: Buffer,
  check: (value: unknown) => CaseBody | readonly Fault[],
  profile: Profile,
): CaseBody {
  const body = check(readJson(bytes))
  if (isFaults(body)) throw invalid(body)
  const faults = [
    ...hiddenNumbers({ '/zaak': body.zaak }),
    ...body.betrokkenen.flatMap(({ betrokkene }, i) => {
      const melding = bsnFault(betrokkene.waarde, profile)
      return melding ? [{ pointer: `/betrokkenen/${i}/betrokkene/waarde`, melding }] : []
    }),
  ]
  if (faults.length > 0) throw invalid(faults)
  return body
}

/** A person's number belongs in one place; elsewhere nobody would know that it must be hidden (UAVG art. 46). */
function hiddenNumbers(members: Readonly<Record<string, string | undefined>>): Fault[] {
  return Object.entries(members).flatMap(([pointer, text]) =>
    text !== undefined && holdsBsn(text)
      ? [{ pointer, melding: 'bevat cijfers die een burgerservicenummer kunnen zijn' }]
      : [],
  )
}

/** UAVG art. 46: a number that is no BSN is never looked up. */
function subjectFaults(body: RequestBody, profile: Profile): Fault[] {
  const melding = body.betrokkene && bsnFault(body.betrokkene.waarde, profile)
  return melding ? [{ pointer: '/betrokkene/waarde', melding }] : []
}

function periodFaults(body: RequestBody): Fault[] {
  const { periode } = body
  if (!periode || periode.van <= periode.totEnMet) return []
  return [{ pointer: '/periode/totEnMet', melding: 'ligt voor het begin van de periode' }]
}

function isFaults<T extends object>(value: T | readonly Fault[]): value is readonly Fault[] {
  return Array.isArray(value)
}

function invalid(fouten: readonly Fault[]): Problem {
  return new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
    members: { fouten },
  })
}
