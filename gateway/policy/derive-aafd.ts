// Should this case be put before the investigators? The criteria of the AAFD protocol, without identity (domain 23, 24).
import { countsOn, monthOf } from './legal-time.ts'
import { type DerivedAnswer, type Material, norm, type Row } from './material.ts'

/** Why it does or does not; each says whether it does. */
const outcomes = {
  bovenDrempel: true,
  aanvullendCriterium: true,
  onderDrempel: false,
  geenVermoedenVanOpzet: false,
  boeteOpgelegd: false,
  eerstNaarEom: false,
} as const
type Outcome = keyof typeof outcomes

/** Undefined: the list or the threshold of this day is not known, so nothing can be said. */
function outcomeOf(material: Material, threshold: string): Outcome | undefined {
  const [given = {}] = material.rows
  if (given.boeteOpgelegd === true) return 'boeteOpgelegd'
  // The protocol weighs presumed intent, and a presumption rests on something.
  if (given.vermoedenOpzet !== true || !given.toelichtingOpzet) return 'geenVermoedenVanOpzet'
  const classes = classesOf(given, material)
  if (classes.has(undefined)) return undefined
  if (classes.has('eerst-eom') && !classes.has('eom-gehoord')) return 'eerstNaarEom'
  const limit = norm(material, threshold, monthOf(material.vandaag))
  if (limit === undefined) return undefined
  const { nadeelbedrag } = given
  if (typeof nadeelbedrag === 'number' && nadeelbedrag >= limit) return 'bovenDrempel'
  return classes.has('aanvullend') ? 'aanvullendCriterium' : 'onderDrempel'
}

/** Of each code that was given, its class on the list of today. */
function classesOf(given: Row, material: Material): ReadonlySet<string | undefined> {
  const { aanvullendeCriteria: codes } = given
  return new Set(Array.isArray(codes) ? codes.map(code => classToday(code, material)) : [])
}

function classToday(code: unknown, { dataset, law, vandaag }: Material): string | undefined {
  return law.codelijsten
    .get(dataset.velden.aanvullendeCriteria?.codelijst ?? '')
    ?.codes.find(one => one.code === code && countsOn(vandaag, one))?.klasse
}

function weighing(threshold: string): {
  readonly meets: DerivedAnswer
  readonly why: DerivedAnswer
} {
  const normen = [threshold]
  const meets = (material: Material) => {
    const outcome = outcomeOf(material, threshold)
    return outcome === undefined ? null : outcomes[outcome]
  }
  const why = (material: Material) => outcomeOf(material, threshold) ?? null
  return { meets: { normen, compute: meets }, why: { normen, compute: why } }
}

const aafd = weighing('aafd-drempel')
const report = weighing('aangifte-drempel-sz')

export const referralAnswers: Readonly<Record<string, DerivedAnswer>> = {
  voldoetAanAanmeldcriteria: aafd.meets,
  uitkomstAanmeldcriteria: aafd.why,
  voldoetAanAangifterichtlijn: report.meets,
  uitkomstAangifterichtlijn: report.why,
}
