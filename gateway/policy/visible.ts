// For whom does this exchange exist? One that a confidential party takes part in, for its parties alone (design §5).
import { Problem } from '../problem.ts'
import type { LogName, Oin, Party } from '../terms.ts'
import type { Arrangement, ArrangementText, PolicySet } from './law.ts'
import { canProvide, isOfKind } from './provider.ts'

/** Its provider, an intermediary, or whoever can receive is confidential. */
export function isConfidential(
  { verstrekker, via, ontvangers }: Pick<ArrangementText, 'verstrekker' | 'via' | 'ontvangers'>,
  partijen: PolicySet['partijen'],
): boolean {
  const hidden = (oin: Oin) => partijen.get(oin)?.vertrouwelijk === true
  const every = (kind: string | undefined) => {
    const parties = [...partijen.values()].filter(({ soort }) => soort === kind)
    return parties.length > 0 && parties.every(party => party.vertrouwelijk)
  }
  const { oin, soort } = verstrekker
  return (
    (oin === undefined ? every(soort) : hidden(oin)) || via.some(hidden) || every(ontvangers.soort)
  )
}

/** To who neither provides, passes on nor receives, a confidential exchange does not exist. */
export function visibleTo(
  { vertrouwelijk, verstrekker, via, ontvangers }: Arrangement,
  party: Pick<Party, 'oin' | 'soort'> | undefined,
): boolean {
  if (!vertrouwelijk) return true
  if (party === undefined) return false
  return (
    canProvide(verstrekker, party) || via.includes(party.oin) || isOfKind(ontvangers.soort, party)
  )
}

/** @throws Problem niet-gevonden, the same for what does not exist and for what is not this party's */
export function arrangementFor(
  uitwisseling: string,
  party: Pick<Party, 'oin' | 'soort'>,
  law: PolicySet,
): Arrangement {
  const arrangement = law.uitwisselingen.get(uitwisseling)
  if (arrangement && visibleTo(arrangement, party)) return arrangement
  throw new Problem('niet-gevonden', 'Deze uitwisseling bestaat niet.')
}

/** Where a call belongs that was never decided, and which exchange may be named there. */
export function placeOf(
  law: PolicySet,
  oin: Oin | undefined,
  named: string | undefined,
): { readonly log: LogName; readonly uitwisseling?: string } {
  const party = oin === undefined ? undefined : law.partijen.get(oin)
  const known = named === undefined ? undefined : law.uitwisselingen.get(named)
  const arrangement = known && visibleTo(known, party) ? known : undefined
  const confidential = party?.vertrouwelijk || arrangement?.vertrouwelijk
  return {
    log: confidential ? 'vertrouwelijk' : 'gewoon',
    ...(arrangement && { uitwisseling: arrangement.id }),
  }
}
