// Who may touch a source? Makes the one PermittedExchange out of a request, an allowing decision and its receipt.

import { Problem } from '../problem.ts'
import type {
  Decision,
  ExchangeTerms,
  PermittedExchange,
  PurposeRequest,
  Receipt,
} from '../terms.ts'
import type { PolicySet } from './law.ts'
import { isHandedOver, nobody, providerOf, receiverOf } from './provider.ts'

/** Throws when the four do not belong together: no adapter can be called without a recorded decision (P2). */
export function permit(
  request: PurposeRequest,
  decision: Decision,
  receipt: Receipt,
  terms: ExchangeTerms,
): PermittedExchange {
  const belongs =
    decision.uitkomst === 'toegestaan' &&
    decision.redenen.length === 0 &&
    decision.vraag.uitwisseling === request.uitwisseling &&
    (decision.vraag.indiener ?? decision.vraag.ontvanger) === request.peer.party.oin &&
    decision.beleid.id === terms.uitwisseling &&
    decision.beleid.digest === terms.beleid.digest &&
    terms.ontvanger === decision.vraag.ontvanger &&
    receipt.log === terms.log &&
    receipt.logregel.includes(`"${request.transactie}"`)
  if (!belongs) throw new Error('request, decision, receipt and terms do not belong together')
  return Object.freeze({ request, decision, receipt, terms }) as PermittedExchange
}

/** Throws Problem niet-gevonden for an exchange that does not exist. */
export function exchangeTerms(request: PurposeRequest, law: PolicySet): ExchangeTerms {
  const arrangement = law.uitwisselingen.get(request.uitwisseling)
  if (!arrangement) throw new Problem('niet-gevonden', 'Deze uitwisseling bestaat niet.')
  const caller = request.peer.party.oin
  const handsOver = isHandedOver(request, arrangement)
  const ontvanger = handsOver ? receiverOf(request, arrangement) : caller
  const verstrekker = handsOver
    ? providerOf(arrangement.verstrekker, request)
    : (arrangement.verstrekker.oin ?? nobody)
  // Who hands over may do so for the provider; a receiver may ask, and be corrected, for another (mandaat).
  const namens = handsOver && request.stap !== 'correctie' ? undefined : request.body.namens
  const confidential = [caller, namens, verstrekker, ontvanger].some(
    oin => oin !== undefined && law.partijen.get(oin)?.vertrouwelijk,
  )
  return {
    ...arrangement.terms,
    beleid: { digest: law.digest, id: arrangement.id, versie: arrangement.versie },
    verstrekker,
    ontvanger,
    ...(namens !== undefined && { namens }),
    verantwoordelijke: { ontvangst: namens ?? ontvanger, verstrekking: verstrekker },
    log:
      confidential || arrangement.vertrouwelijk || request.peer.party.vertrouwelijk
        ? 'vertrouwelijk'
        : 'gewoon',
  }
}

/** Of what waits for a receiver, without looking at what it is about; undefined when the exchange is no more. */
export function heldTerms(
  {
    uitwisseling,
    verstrekker,
    ontvanger,
    log,
  }: Pick<ExchangeTerms, 'uitwisseling' | 'verstrekker' | 'ontvanger' | 'log'>,
  law: PolicySet,
): ExchangeTerms | undefined {
  const arrangement = law.uitwisselingen.get(uitwisseling)
  if (!arrangement) return undefined
  return {
    ...arrangement.terms,
    beleid: { digest: law.digest, id: arrangement.id, versie: arrangement.versie },
    ...{ verstrekker, ontvanger, log },
    verantwoordelijke: { ontvangst: ontvanger, verstrekking: verstrekker },
  }
}
