// Whose certificates does the development PKI hold? One row per holder, defects included.

/** One holder of a certificate: party name, OIN and country of the subject. */
export interface Holder {
  readonly name: string
  readonly organisation: string
  readonly oin: string
  readonly country: 'NL' | 'BE' | 'LU'
}

const holder = (
  name: string,
  organisation: string,
  oin: string,
  country: Holder['country'] = 'NL',
): Holder => ({ name, organisation, oin, country })

/** The operator of the gateway itself: server towards partners, client towards sources. */
export const operator = holder('gateway', 'Sluis', '00000099000000010000')

/** Active parties of the demo (OIN-stelsel: 00000099 = test, 00000008 = foreign organisation). */
export const partyHolders: readonly Holder[] = [
  holder('gemeente-waterstad', 'Gemeente Waterstad', '00000099000000001000'),
  holder('gemeente-dijkdorp', 'Gemeente Dijkdorp', '00000099000000002000'),
  holder('servicecentrum-delta', 'Servicecentrum Delta', '00000099000000003000'),
  holder('uwv', 'UWV', '00000099000000004000'),
  holder('svb', 'Sociale Verzekeringsbank', '00000099000000005000'),
  holder('inlichtingenbureau', 'Inlichtingenbureau', '00000099000000006000'),
  holder('toeslagen', 'Dienst Toeslagen', '00000099000000007000'),
  holder('fiod', 'FIOD', '00000099000000008000'),
  holder('openbaar-ministerie', 'Openbaar Ministerie', '00000099000000011000'),
  holder('regeling-de-dijk', 'Gemeenschappelijke regeling De Dijk', '00000099000000012000'),
  holder('kinderopvang-de-sluis', 'Kinderopvang De Sluis', '00000099000000009000'),
  holder('woningcorporatie-de-sluis', 'Woningcorporatie De Sluis', '00000099000000023000'),
  holder('jenv', 'Ministerie van Justitie en Veiligheid', '00000099000000013000'),
  holder('rvig', 'Rijksdienst voor Identiteitsgegevens', '00000099000000014000'),
  holder('belastingdienst', 'Belastingdienst', '00000099000000018000'),
  holder('arbeidsinspectie', 'Nederlandse Arbeidsinspectie', '00000099000000021000'),
  holder('nau', 'Nederlandse Autoriteit Uitleenmarkt', '00000099000000022000'),
  holder('inlener-de-kade', 'Inlener De Kade', '00000099000000025000'),
  holder('ksz', 'Kruispuntbank van de Sociale Zekerheid', '00000008000000001000', 'BE'),
  holder('igss', 'Inspection générale de la sécurité sociale', '00000008000000002000', 'LU'),
]

/** Persons who may approve for a party, each with a key of its own; nobody is named. */
export const approvers = [
  { id: 'g-waterstad-1', oin: '00000099000000001000', functie: 'teamleider' },
  { id: 'g-waterstad-2', oin: '00000099000000001000', functie: 'kwaliteitsmedewerker' },
  { id: 'g-toeslagen-1', oin: '00000099000000007000', functie: 'contactambtenaar' },
  { id: 'g-toeslagen-2', oin: '00000099000000007000', functie: 'teamleider' },
  { id: 'g-uwv-1', oin: '00000099000000004000', functie: 'teamleider' },
  { id: 'g-svb-1', oin: '00000099000000005000', functie: 'teamleider' },
  { id: 'g-jenv-1', oin: '00000099000000013000', functie: 'teamleider' },
  { id: 'g-arbeidsinspectie-1', oin: '00000099000000021000', functie: 'teamleider' },
  { id: 'g-beheer-1', oin: operator.oin, functie: 'beheerder' },
  { id: 'g-beheer-2', oin: operator.oin, functie: 'beheerder' },
] as const

/** What a party has a key for, and the algorithm that key is for. */
export const keyUses = { ondertekenen: 'ES256', versleutelen: 'ECDH-ES+A256KW' } as const
export type KeyUse = keyof typeof keyUses

/** Certificates that must not be admitted; the name says why (certs/README.md). */
export const defectNames = ['ingetrokken', 'verlopen', 'onbekend', 'vreemd', 'dubbel'] as const
export type DefectName = (typeof defectNames)[number]

/** An OIN that no party has. */
export const strangerOin = '00000099000000404000'

/** Whoever `name` is, or an error: a name that is not in the table is a mistake of the caller. */
export function partyHolder(name: string): Holder {
  const found = partyHolders.find(party => party.name === name)
  if (found === undefined) throw new Error(`no certificate holder is called ${name}`)
  return found
}
