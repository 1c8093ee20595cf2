// What of the law begins, ends or must be looked at soon, and what does that open or shut? A list by date.
import { derivedAnswers } from '../policy/derive.ts'
import { cite } from '../policy/explain.ts'
import type { Arrangement, PolicySet } from '../policy/law.ts'
import { addDays, legalDate } from '../policy/legal-time.ts'
import { visibleTo } from '../policy/visible.ts'
import type { LegalDate, Moment, Oin } from '../terms.ts'

export interface Coming {
  readonly datum: LegalDate
  readonly wat: string
  readonly gevolg: string
}

/** Days that an officer has to act. */
export const ahead = 90

/** As this organisation is touched by it, soonest first; what is past and still open comes before. */
export function coming(law: PolicySet, oin: Oin, now: Moment): readonly Coming[] {
  const today = legalDate(now)
  const until = addDays(today, ahead)
  const own = law.partijen.get(oin)
  const ours = [...law.uitwisselingen.values()].filter(
    arrangement =>
      visibleTo(arrangement, own) &&
      (arrangement.verstrekker.oin === oin ||
        arrangement.via.includes(oin) ||
        arrangement.ontvangers.soort === own?.soort ||
        own?.vertegenwoordigt.some(({ taken }) => taken.includes(arrangement.doel.id)) === true),
  )
  const rows = [
    ...ours.flatMap(ofArrangement),
    ...ofBases(ours),
    ...ofNorms(ours, law),
    ...ofParties(law, oin),
  ]
  return rows
    .filter(({ datum }) => datum >= today && datum <= until)
    .sort((a, b) => (a.datum < b.datum ? -1 : a.datum > b.datum ? 1 : a.wat < b.wat ? -1 : 1))
}

function ofArrangement({ id, geldigVan, geldigTot, dpia }: Arrangement): readonly Coming[] {
  return [
    { datum: geldigVan, wat: `De uitwisseling ${id} begint.`, gevolg: `Opent ${id}.` },
    ...at(geldigTot, `De uitwisseling ${id} eindigt.`, `Sluit ${id} na deze dag.`),
    ...at(
      dpia?.herzienOp,
      `De DPIA ${dpia?.referentie} van ${id} moet worden herzien.`,
      `Sluit nog niets; zonder herziening sluit ${id} na ${dpia?.uiterlijk}.`,
    ),
    ...at(
      dpia?.uiterlijk,
      `De DPIA ${dpia?.referentie} van ${id} verloopt.`,
      `Sluit ${id} na deze dag (AVG artikel 35).`,
    ),
  ]
}

function ofBases(arrangements: readonly Arrangement[]): readonly Coming[] {
  const users = Map.groupBy(
    arrangements.flatMap(arrangement =>
      arrangement.bases.map(basis => ({ basis, id: arrangement.id })),
    ),
    ({ basis }) => basis.id,
  )
  return [...users.values()].flatMap(uses => {
    const basis = uses[0]?.basis
    if (basis === undefined) return []
    const ids = uses.map(({ id }) => id).join(', ')
    const name = cite(basis)
    return [
      ...at(basis.geldigVan, `${name} gaat gelden.`, `Kan ${ids} openen.`),
      ...at(basis.geldigTot, `${name} vervalt.`, `Sluit ${ids} na deze dag.`),
      ...at(
        basis.buitenToepassing?.van,
        `${name} wordt buiten toepassing gesteld.`,
        `Sluit ${ids}.`,
      ),
      ...(basis.data ?? []).flatMap(({ onderdeel, soort, van }) =>
        at(van, `${name}, ${onderdeel}: ${soort}.`, `Geldt voor ${ids}.`),
      ),
    ]
  })
}

/** A month without an amount is unknown, and what needs it is not answered. */
function ofNorms(arrangements: readonly Arrangement[], law: PolicySet): readonly Coming[] {
  const used = new Set(arrangements.flatMap(arrangement => normsOf(arrangement, law)))
  return [...used].flatMap(id => {
    const { titel, bedragen } = law.normen.get(id) ?? { titel: '', bedragen: [] }
    const ends = bedragen.flatMap(({ geldigTot }) => (geldigTot === undefined ? [] : [geldigTot]))
    const open = bedragen.some(({ geldigTot }) => geldigTot === undefined)
    const last = ends.sort().at(-1)
    const begins = [...new Set(bedragen.map(({ geldigVan }) => geldigVan))]
    return [
      ...begins.flatMap(day =>
        at(day, `Nieuwe bedragen: ${titel}.`, 'Afgeleide antwoorden rekenen ermee.'),
      ),
      ...at(
        open ? undefined : last,
        `De laatste bedragen eindigen: ${titel}.`,
        'Antwoorden die ze nodig hebben, zijn over latere maanden onbekend.',
      ),
    ]
  })
}

/** The norms that its answers compute with. */
function normsOf(
  { gegevensset, treden, vrijlating }: Arrangement,
  { gegevenssets }: PolicySet,
): readonly string[] {
  const derived = gegevenssets.get(gegevensset)?.afgeleid ?? {}
  const answers = treden.flatMap(({ velden }) =>
    velden.filter(veld => Object.hasOwn(derived, veld)),
  )
  return [
    ...(vrijlating === undefined ? [] : [vrijlating]),
    ...answers.flatMap(veld => derivedAnswers[veld]?.normen ?? []),
  ]
}

function ofParties({ partijen }: PolicySet, oin: Oin): readonly Coming[] {
  return [...partijen.values()].flatMap(
    ({ naam, oin: who, sleutels, goedkeurders, vertegenwoordigt }) => {
      const mandates = vertegenwoordigt.filter(each => who === oin || each.oin === oin)
      return [
        ...mandates.flatMap(({ soort, besluit, geldigVan, geldigTot }) => [
          ...at(
            geldigVan,
            `${soort} van ${naam} begint (${besluit}).`,
            `${naam} mag ervoor vragen.`,
          ),
          ...at(
            geldigTot,
            `${soort} van ${naam} eindigt (${besluit}).`,
            `${naam} mag na deze dag niet meer vragen.`,
          ),
        ]),
        ...(who === oin ? (sleutels ?? []) : []).flatMap(({ id, geldigTot }) =>
          at(
            geldigTot,
            `De sleutel ${id} eindigt.`,
            'Wat ermee is ondertekend of versleuteld, telt daarna niet.',
          ),
        ),
        ...(who === oin ? (goedkeurders ?? []) : []).flatMap(({ id, functie, geldigTot }) =>
          at(
            geldigTot,
            `De goedkeurder ${id} (${functie}) eindigt.`,
            'Deze kan daarna niet meer goedkeuren.',
          ),
        ),
      ]
    },
  )
}

function at(datum: LegalDate | undefined, wat: string, gevolg: string): readonly Coming[] {
  return datum === undefined ? [] : [{ datum, wat, gevolg }]
}
