// What did the provider itself hand over, is it well-formed, and what do the criteria say of it? (vorm: levering)
import type { SourceAnswer } from '../adapter.ts'
import { type Fault, Problem } from '../problem.ts'
import type { Facts, LegalDate, Moment, PermittedExchange, PurposeRequest } from '../terms.ts'
import { derivedAnswers } from './derive.ts'
import {
  type Arrangement,
  type Dataset,
  type DatasetText,
  isAddress,
  type PolicySet,
  type Rung,
} from './law.ts'
import { legalDate } from './legal-time.ts'
import type { Row } from './material.ts'
import { isListed, marksUnknownCodes } from './plausible.ts'
import { isHandedOver } from './provider.ts'
import { handedCheck } from './row-schema.ts'

/**
 * What may be handed over with a rung: its own fields, what its derived answers are made of, and
 * beside an address whether it is secret.
 */
export function handedFields(
  { velden: asked }: Rung,
  { afgeleid, velden, geheim }: DatasetText,
): readonly string[] {
  const fields = asked.flatMap(veld => afgeleid?.[veld]?.uit ?? [veld])
  const holdsAddress = asked.some(veld => isAddress(afgeleid?.[veld] ?? velden[veld]))
  return geheim !== undefined && holdsAddress ? [...new Set([...fields, geheim])] : fields
}

/**
 * @throws Problem ongeldig-verzoek: a value has not the type that the dataset gives its field, or is a
 * code of no list, where the dataset does not let that be marked (plausible.ts)
 */
function checkValues(gegevens: Row, dataset: Dataset, law: PolicySet, vandaag: LegalDate): void {
  // A name that the dataset does not have is for `decide` to refuse.
  const known = Object.entries(gegevens).filter(([name]) => Object.hasOwn(dataset.velden, name))
  const malformed = handedCheck(dataset)(Object.fromEntries(known))
  const faults = malformed.length > 0 ? malformed : unlisted(gegevens, dataset, law, vandaag)
  if (faults.length === 0) return
  throw new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
    members: {
      fouten: faults.map(({ pointer, melding }) => ({ pointer: `/gegevens${pointer}`, melding })),
    },
  })
}

/** Wet SUWI art. 61: a crime is told, a difference is not; what is no crime stands on no list of crimes. */
function unlisted(
  gegevens: Row,
  { velden, aannemelijk }: Dataset,
  law: PolicySet,
  vandaag: LegalDate,
): readonly Fault[] {
  if (aannemelijk?.includes(marksUnknownCodes)) return []
  return Object.entries(velden)
    .filter(([name]) => Object.hasOwn(gegevens, name))
    .filter(([name, field]) => !isListed(field, gegevens[name], law, vandaag))
    .map(([name]) => ({ pointer: `/${name}`, melding: 'staat niet op de lijst met codes' }))
}

/**
 * The criteria, without identity: computed from what this very request holds, never from what was
 * said before. Nothing for an arrangement that weighs nothing.
 */
export function weigh(
  { body, stap }: Pick<PurposeRequest, 'body' | 'stap'>,
  arrangement: Arrangement,
  law: PolicySet,
  now: Moment,
): Pick<Facts, 'weging'> {
  const dataset = law.gegevenssets.get(arrangement.gegevensset)
  // What is set right is held to its type by corrected.ts, and no criteria weigh it.
  if (arrangement.vorm !== 'levering' || !dataset || stap === 'correctie') return {}
  const gegevens = body.gegevens ?? {}
  const vandaag = legalDate(now)
  checkValues(gegevens, dataset, law, vandaag)
  const { weging } = arrangement
  if (weging === undefined) return {}
  const voldoet = derivedAnswers[weging.voldoet]?.compute({
    rows: [gegevens],
    dataset,
    law,
    profile: law.profiel,
    periode: { van: vandaag, totEnMet: vandaag },
    volledigTotEnMet: vandaag,
    vandaag,
    leefvorm: undefined,
    vrijlating: undefined,
    inOnderzoek: false,
  })
  return {
    weging: {
      boete: gegevens[weging.boete] === true,
      voldoet: typeof voldoet === 'boolean' ? voldoet : null,
    },
  }
}

/** What was handed over, as a source would have answered it; undefined when a source must be asked. */
export function handedOver(
  { request, decision }: PermittedExchange,
  law: PolicySet,
  now: Moment,
): SourceAnswer | undefined {
  const arrangement = law.uitwisselingen.get(decision.beleid.id)
  if (!arrangement || !isHandedOver(request, arrangement)) return undefined
  const { betrokkene, object, gegevens = {} } = request.body
  const vandaag = legalDate(now)
  return {
    resultaat: 'gegevens',
    betrokkene: (object ?? betrokkene)?.waarde ?? '',
    rijen: [gegevens],
    herkomst: { peildatum: vandaag, volledigTotEnMet: vandaag, inOnderzoek: [], kwaliteit: 'A' },
  }
}
