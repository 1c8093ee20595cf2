// Is this an OIN? Twenty positions, compared as a string (OIN-stelsel 2.2.2; FSC PeerID).
import type { Profile } from '../terms.ts'
import type { PeerReason } from './reason.ts'

/** Registers behind the first eight positions; the main number of some is alphanumeric. */
const prefixes: ReadonlyMap<string, RegExp> = new Map([
  ['00000001', /^[0-9]{12}$/], // RSIN
  ['00000002', /^[0-9]{12}$/], // FI
  ['00000003', /^[0-9]{12}$/], // KvK
  ['00000004', /^[0-9]{12}$/], // SubOIN
  ['00000006', /^[0-9]{12}$/], // issued by Logius
  ['00000007', /^[0-9A-Z]{12}$/], // BRIN
  ['00000008', /^[0-9A-Z]{12}$/], // foreign organisations
  ['00000009', /^[0-9A-Z]{12}$/], // UZI
  ['00000010', /^[0-9A-Z]{12}$/], // TRR
  ['00000099', /^[0-9]{12}$/], // test
])

/** The reason why these serialNumber attributes of a subject give no access, if there is one. */
export function oinFault(
  serialNumbers: readonly string[],
  profile: Profile,
): PeerReason | undefined {
  const [oin] = serialNumbers
  if (oin === undefined) return 'oin-ontbreekt'
  if (serialNumbers.length > 1) return 'oin-dubbel'
  const rest = prefixes.get(oin.slice(0, 8))
  // 8 or 9 positions of main number, then zeros to fill (domain.md §4).
  if (rest === undefined || !rest.test(oin.slice(8)) || !oin.endsWith('000')) return 'oin-ongeldig'
  return profile === 'productie' && oin.startsWith('00000099') ? 'oin-test' : undefined
}
