// What does doubt about a value say, and under which arrangement does it go to who gave it?
import { type Fault, Problem } from '../problem.ts'
import type { DoubtBody, Oin } from '../terms.ts'
import { fieldOf, valueFaults } from './corrected.ts'
import type { PolicySet } from './law.ts'
import type { Row } from './material.ts'

const reasons = 'reden-terugmelding'
/** As long as the dataset of doubts takes it. */
const longestValue = 200

/** Wet BRP art. 2.34 has a road of its own; everything else is AVG art. 5(1)(d). */
export function doubtsAbout(verstrekker: Oin, { partijen }: PolicySet): string {
  return partijen.get(verstrekker)?.soort === 'rvig' ? 'terugmelding-brp' : 'terugmelding'
}

/**
 * The doubt in the fields of its dataset; a value only of the type of the field that is doubted.
 * @throws Problem ongeldig-verzoek
 */
export function doubtOf(body: DoubtBody, uitwisseling: string, law: PolicySet): Row {
  const { transactie, veld, reden, waarde, toelichting } = body
  const text = waarde === undefined || typeof waarde === 'string' ? waarde : JSON.stringify(waarde)
  const fouten = [
    ...reasonFaults(reden, law),
    ...(waarde === undefined ? [] : typeFaults(veld, waarde, uitwisseling, law)),
    ...((text?.length ?? 0) > longestValue
      ? [{ pointer: '/waarde', melding: 'is te lang voor een terugmelding' }]
      : []),
  ]
  if (fouten.length > 0) {
    throw new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
      members: { fouten },
    })
  }
  return {
    ...{ transactie, veld, reden },
    ...(text !== undefined && { waarde: text }),
    ...(toelichting !== undefined && { toelichting }),
  }
}

function reasonFaults(reden: string, { codelijsten }: PolicySet): readonly Fault[] {
  if (codelijsten.get(reasons)?.codes.some(({ code }) => code === reden)) return []
  return [{ pointer: '/reden', melding: `is geen code van de lijst ${reasons}` }]
}

/** What was never a field of it is refused by its decision: the log does not know it. */
function typeFaults(
  veld: string,
  waarde: unknown,
  uitwisseling: string,
  { uitwisselingen, gegevenssets }: PolicySet,
): readonly Fault[] {
  const arrangement = uitwisselingen.get(uitwisseling)
  const dataset = gegevenssets.get(arrangement?.gegevensset ?? '')
  if (!arrangement || !dataset || !fieldOf(veld, arrangement, dataset)) return []
  return valueFaults(veld, waarde, arrangement, dataset)
}
