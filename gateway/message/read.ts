// What is asked? Bytes of a hostile world become a typed question, or every fault in them.
import { type Fault, Problem } from '../problem.ts'
import type { Profile, RequestBody } from '../terms.ts'
import { bsnFault } from './bsn.ts'
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
  const faults = [...subjectFaults(body, profile), ...periodFaults(body)]
  if (faults.length > 0) throw invalid(faults)
  return body
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

function isFaults(value: RequestBody | readonly Fault[]): value is readonly Fault[] {
  return Array.isArray(value)
}

function invalid(fouten: readonly Fault[]): Problem {
  return new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
    members: { fouten },
  })
}
