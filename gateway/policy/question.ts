// What may the decision see of a request? Neither person, case id, employee nor free text (design P5).
import type { PurposeRequest, Question } from '../terms.ts'

/**
 * A caller's word in a place for a code: anything with eight or more digits may be a person's number
 * and is masked, so that it enters no record and no answer; no name of ours holds that many.
 */
function masked(word: string): string {
  let digits = 0
  for (let index = 0; index < word.length; index++) {
    const code = word.charCodeAt(index)
    if ((code >= 48 && code <= 57) || code > 127) digits++
  }
  return digits < 8 ? word : word.replace(/\p{N}/gu, '#')
}

export function question({ uitwisseling, peer, body }: PurposeRequest): Question {
  const { namens, periode, peildatum, parameters, motivering, aanleiding } = body
  const sleutel = body.object?.soort ?? body.betrokkene?.soort
  return {
    uitwisseling,
    ontvanger: peer.party.oin,
    ...(namens !== undefined && { namens }),
    velden: body.velden.map(masked),
    ...(sleutel !== undefined && { sleutel }),
    ...(body.buitenlands !== undefined && { buitenlands: masked(body.buitenlands.land) }),
    ...(periode !== undefined && { periode }),
    ...(peildatum !== undefined && { peildatum }),
    ...(parameters !== undefined && {
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [masked(name), masked(value)]),
      ),
    }),
    zaak: body.zaak !== undefined,
    ...(body.medewerker !== undefined && { functie: masked(body.medewerker.functie) }),
    systeemproces: body.systeemproces !== undefined,
    ...(motivering !== undefined && {
      motivering: {
        noodzaak: masked(motivering.noodzaak),
        lichterMiddel: masked(motivering.lichterMiddel),
      },
    }),
    ...(body.selectiegrond !== undefined && { selectiegrond: masked(body.selectiegrond) }),
    ...(aanleiding !== undefined && {
      aanleiding: {
        soort: masked(aanleiding.soort),
        betrouwbaarheid: masked(aanleiding.betrouwbaarheid),
      },
    }),
    ...(body.fase !== undefined && { fase: masked(body.fase) }),
  }
}
