// Which of its exchanges can a provider correct a field in, and whom of those it gave it to does that reach?
import { type Fault, Problem } from '../problem.ts'
import type { CorrectionBody, Given, Oin, Party, Period } from '../terms.ts'
import { fieldOf, restingOn, valueFaults } from './corrected.ts'
import { type Arrangement, type Dataset, isAddress, type PolicySet } from './law.ts'
import { canProvide } from './provider.ts'
import { visibleTo } from './visible.ts'

/** Why a value is corrected, in the words that its receiver reads. */
const reasons = 'reden-correctie'

/** What was given once, as far as a correction looks at it. */
type Earlier = Omit<Given, 'transactie' | 'tijd'>

export interface Scope {
  /** Given under one of the exchanges that this correction is about, and asked about a day of it. */
  readonly covers: (earlier: Earlier) => boolean
  /** What was given besides, and was made out of the same field. */
  readonly rests: (earlier: Earlier) => readonly string[]
  /** Whether the provider is told of this receiver. Who is confidential is of a confidential exchange's parties alone. */
  readonly shows: (earlier: Earlier) => boolean
  /** Every exchange that gives the field is confidential, so that asking about it tells of one. */
  readonly vertrouwelijk: boolean
}

/** @throws Problem ongeldig-verzoek, or niet-gevonden for an exchange that is not this party's to provide in */
export function scopeOf(body: CorrectionBody, party: Party, law: PolicySet): Scope {
  const found = arrangementsFor(body, party, law)
  const { dataset } = found
  const faults = [
    ...found.faults,
    ...(dataset ? found.arrangements.flatMap(one => typeFaults(body, one, dataset)) : []),
    ...(dataset ? secrecyFaults(body, dataset) : []),
    ...reasonFaults(body, law),
  ]
  if (!dataset || faults.length > 0) {
    throw new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
      members: { fouten: once(faults) },
    })
  }
  return {
    covers: earlier => isMeant(earlier, body, dataset, law) && touches(earlier, body.periode),
    rests({ uitwisseling, verstrekt }) {
      const arrangement = law.uitwisselingen.get(uitwisseling)
      if (!arrangement) return []
      const made = restingOn(body.veld, arrangement, dataset)
      return made.filter(veld => verstrekt.includes(veld))
    },
    shows(earlier) {
      const arrangement = law.uitwisselingen.get(earlier.uitwisseling)
      const seen = arrangement === undefined || visibleTo(arrangement, party)
      return seen && (arrangement?.vertrouwelijk || !isSecret(earlier, party, law))
    },
    vertrouwelijk: found.arrangements.every(({ vertrouwelijk }) => vertrouwelijk),
  }
}

/** Then or now; what a confidential provider gives stands in that log, whoever receives it. */
function isSecret(
  { log, ontvanger, namens }: Earlier,
  { vertrouwelijk }: Party,
  { partijen }: PolicySet,
): boolean {
  if (log === 'vertrouwelijk' && !vertrouwelijk) return true
  return [ontvanger, namens].some(oin => oin !== null && partijen.get(oin)?.vertrouwelijk)
}

interface Found {
  readonly arrangements: readonly Arrangement[]
  readonly dataset?: Dataset
  readonly faults: readonly Fault[]
}

/** The exchanges in which this party gives the field, all of one dataset: one name can mean two things in two. */
function arrangementsFor(
  { uitwisseling, veld }: CorrectionBody,
  party: Party,
  { uitwisselingen, gegevenssets }: PolicySet,
): Found {
  const own = [...uitwisselingen.values()].filter(
    ({ id, verstrekker }) =>
      canProvide(verstrekker, party) && (uitwisseling === undefined || id === uitwisseling),
  )
  if (uitwisseling !== undefined && own.length === 0) {
    throw new Problem('niet-gevonden', 'Deze uitwisseling bestaat niet.')
  }
  const knows = (one: Arrangement) => {
    const set = gegevenssets.get(one.gegevensset)
    return set !== undefined && fieldOf(veld, one, set) !== undefined
  }
  const giving = own.filter(({ rungOf }) => rungOf.has(veld))
  // What is not given any more was given once, perhaps.
  const arrangements = giving.length > 0 ? giving : own.filter(knows)
  const sets = [...new Set(arrangements.map(({ gegevensset }) => gegevensset))]
  const [only = '', ...others] = sets
  const dataset = gegevenssets.get(only)
  if (!dataset) {
    return { arrangements, faults: [{ pointer: '/veld', melding: 'is geen gegeven dat u geeft' }] }
  }
  if (others.length === 0) return { arrangements, dataset, faults: [] }
  const melding = 'is hier nodig: dit gegeven staat in meer dan één gegevensset'
  return { arrangements, faults: [{ pointer: '/uitwisseling', melding }] }
}

function typeFaults(
  { veld, waarde }: CorrectionBody,
  arrangement: Arrangement,
  dataset: Dataset,
): readonly Fault[] {
  return valueFaults(veld, waarde, arrangement, dataset)
}

/** A new address without a word on its secrecy could not be given to anybody. */
function secrecyFaults(
  { veld, waarde, geheim }: CorrectionBody,
  { velden, afgeleid, geheim: mark }: Dataset,
): readonly Fault[] {
  const isMarked = mark !== undefined && isAddress(afgeleid[veld] ?? velden[veld])
  if (!isMarked && geheim !== undefined) {
    return [{ pointer: '/geheim', melding: 'hoort alleen bij een adres' }]
  }
  return isMarked && waarde !== null && geheim === undefined
    ? [{ pointer: '/geheim', melding: 'is bij een adres nodig' }]
    : []
}

function reasonFaults({ reden }: CorrectionBody, { codelijsten }: PolicySet): readonly Fault[] {
  if (codelijsten.get(reasons)?.codes.some(({ code }) => code === reden)) return []
  return [{ pointer: '/reden', melding: `is geen code van de lijst ${reasons}` }]
}

/** Two exchanges can find the same fault. */
function once(faults: readonly Fault[]): readonly Fault[] {
  return faults.filter(
    ({ pointer, melding }, at) =>
      faults.findIndex(one => one.pointer === pointer && one.melding === melding) === at,
  )
}

/** An exchange that is no more cannot be told from this one: its receivers are refused and recorded, not passed over. */
function isMeant(
  { uitwisseling }: Earlier,
  body: CorrectionBody,
  { id }: Dataset,
  { uitwisselingen }: PolicySet,
): boolean {
  if (body.uitwisseling !== undefined) return uitwisseling === body.uitwisseling
  const arrangement = uitwisselingen.get(uitwisseling)
  return arrangement === undefined || arrangement.gegevensset === id
}

/** Who named no day when asking, or was handed it, may have got any: then it counts. */
function touches({ periode, peildatum }: Earlier, corrected: Period | undefined): boolean {
  const asked =
    periode ?? (peildatum === null ? undefined : { van: peildatum, totEnMet: peildatum })
  if (corrected === undefined || asked === undefined) return true
  return asked.van <= corrected.totEnMet && corrected.van <= asked.totEnMet
}

/** Who received, for whom, under which exchange: one of each is told once. */
export interface Receiver {
  readonly uitwisseling: string
  readonly ontvanger: Oin
  readonly namens: Oin | null
}

/** Of each receiver what it got last, in an order that stays. */
export function latestPerReceiver<One extends Receiver>(given: readonly One[]): readonly One[] {
  const latest = new Map(given.map(one => [receiverName(one), one]))
  return [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

export function receiverName({ uitwisseling, ontvanger, namens }: Receiver): string {
  return JSON.stringify([uitwisseling, ontvanger, namens])
}
