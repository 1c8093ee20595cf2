// What may the decision see of a request? Neither person, case id, employee nor free text (design P5).
import type { PurposeRequest, Question } from '../terms.ts'

/** Six digits or more may be a person's, a case's or an employee's number; no name of ours holds so many. */
const manyDigits = /(?:\d[^\d]*){6}/

/** What a path, a wildcard or another spelling of a name of ours is made of: no spaces, no accents. */
const nameLike = /^[\w./*$~:[\]-]+$/

/** A caller's word in a place for a code: what is no name enters no record and no answer. */
function masked(word: string): string {
  if (!nameLike.test(word)) return word.replace(/./gsu, '#')
  return manyDigits.test(word) ? word.replace(/\d/g, '#') : word
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
