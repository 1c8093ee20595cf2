// What may the decision see of a request? Neither person, case id, employee nor free text (design P5).
import type { PurposeRequest, Question } from '../terms.ts'
import type { PolicySet } from './law.ts'
import { isHandedOver, receiverOf } from './provider.ts'

/** Six digits or more may be a person's, a case's or an employee's number; no name of ours holds so many. */
const manyDigits = /(?:\d[^\d]*){6}/

/** What a path, a wildcard or another spelling of a name of ours is made of: no spaces, no accents. */
const nameLike = /^[\w./*$~:[\]-]+$/

/** A caller's word in a place for a code: what is no name enters no record and no answer. */
function masked(word: string): string {
  if (!nameLike.test(word)) return word.replace(/./gsu, '#')
  return manyDigits.test(word) ? word.replace(/\d/g, '#') : word
}

export function question(
  request: PurposeRequest,
  law: Pick<PolicySet, 'uitwisselingen'>,
): Question {
  const { uitwisseling, peer, body, verzoek, handtekening, levering, stap } = request
  const arrangement = law.uitwisselingen.get(uitwisseling)
  const delivers = arrangement !== undefined && isHandedOver(request, arrangement)
  const { namens, periode, peildatum, parameters, motivering, aanleiding } = body
  const sleutel = body.object?.soort ?? body.betrokkene?.soort
  // In the order of names: so it stands in the leaf (RFC 8785), without being sorted again.
  return {
    ...(aanleiding !== undefined && {
      aanleiding: {
        betrouwbaarheid: masked(aanleiding.betrouwbaarheid),
        soort: masked(aanleiding.soort),
      },
    }),
    // A message that waits for its receiver is no question that waits for its answer.
    ...(verzoek !== undefined &&
      levering === undefined &&
      stap === undefined && {
        asynchroon: true as const,
      }),
    ...(body.buitenlands !== undefined && { buitenlands: masked(body.buitenlands.land) }),
    ...(body.fase !== undefined && { fase: masked(body.fase) }),
    ...(body.medewerker !== undefined && { functie: masked(body.medewerker.functie) }),
    ...(body.gegevens !== undefined && {
      gegevens: Object.keys(body.gegevens).map(masked).sort(),
    }),
    ...(handtekening !== undefined && { handtekening }),
    ...(delivers && { indiener: peer.party.oin }),
    ...(levering !== undefined && { levering: true as const }),
    ...(motivering !== undefined && {
      motivering: {
        lichterMiddel: masked(motivering.lichterMiddel),
        noodzaak: masked(motivering.noodzaak),
      },
    }),
    ...(namens !== undefined && { namens }),
    ontvanger: delivers ? receiverOf(request, arrangement) : peer.party.oin,
    ...(parameters !== undefined && { parameters: maskedAll(parameters) }),
    ...(peildatum !== undefined && { peildatum }),
    ...(periode !== undefined && { periode: { totEnMet: periode.totEnMet, van: periode.van } }),
    ...(body.selectiegrond !== undefined && { selectiegrond: masked(body.selectiegrond) }),
    ...(body.selectieInstrument !== undefined && {
      selectieInstrument: masked(body.selectieInstrument),
    }),
    ...(sleutel !== undefined && { sleutel }),
    ...(stap !== undefined && { stap }),
    systeemproces: body.systeemproces !== undefined,
    uitwisseling,
    velden: body.velden.map(masked),
    zaak: body.zaak !== undefined,
  }
}

function maskedAll(words: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(words).map(([name, value]) => [masked(name), masked(value)])
  return Object.fromEntries(pairs.sort())
}
