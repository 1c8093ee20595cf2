// What is answered instead of wages, benefits and addresses in Belgium? The rows of the KSZ in derive.ts (domain BNX-36..38).
import type { LegalDate } from '../terms.ts'
import { addDays, earliest, latest } from './legal-time.ts'
import {
  anyMonth,
  classOf,
  type DerivedAnswer,
  labour,
  type Material,
  type Membership,
  months,
  overlaps,
  type Row,
  type Stretch,
} from './material.ts'

const benefit: Membership = klasse => (klasse === undefined ? undefined : klasse === 'uitkering')

export const belgianAnswers: Readonly<Record<string, DerivedAnswer>> = {
  heeftInkomstenInPeriode: asks('tewerkstelling', labour, anyDay),
  periodeOverlap: asks('tewerkstelling', labour, overlap),
  ontvangtWerkloosheidsuitkering: asks('tijdvak', benefit, anyDay),
  periodeWerkloosheidsuitkering: asks('tijdvak', benefit, overlap),
  aangemeldAlsWerknemer: asks('tijdvak', labour, anyDay),
  periodeAangemeldAlsWerknemer: asks('tijdvak', labour, overlap),
  inLeven: { normen: [], compute: alive },
  datumOverlijden: { normen: [], compute: dayOfDeath },
  woonland: { normen: [], compute: material => residence(material)?.land ?? null },
  datumVan: { normen: [], compute: material => residence(material)?.van ?? null },
  woonlandGewijzigd: { normen: [], compute: moved },
}

/** A stretch of one kind of row; `belongs` undefined: a code that nobody knows may be of that kind. */
interface Span extends Stretch {
  readonly belongs: boolean | undefined
}

type Answering = (material: Material, spans: readonly Span[]) => boolean | Stretch | null

function asks(veld: string, member: Membership, answer: Answering): DerivedAnswer {
  return {
    normen: [],
    compute: material => {
      const { rows, dataset, law, periode } = material
      const spans = rows.flatMap(row => {
        const stretch = row[veld]
        if (!isStretch(stretch)) return []
        const belongs = member(classOf(row, dataset, law, periode.van))
        return belongs === false ? [] : [{ van: stretch.van, tot: stretch.tot, belongs }]
      })
      return answer(material, spans)
    },
  }
}

function isStretch(value: unknown): value is Stretch {
  return typeof value === 'object' && value !== null && 'van' in value && 'tot' in value
}

function anyDay(material: Material, spans: readonly Span[]): boolean | null {
  return anyMonth(material, ({ complete, van, totEnMet }) => {
    if (!complete) return undefined
    const found = spans.filter(span => overlaps(span, van, totEnMet))
    if (found.some(({ belongs }) => belongs)) return true
    return found.length > 0 ? undefined : false
  })
}

/** From the first asked day to the last; null when there is none, or one of them is not sure yet. */
function overlap(material: Material, spans: readonly Span[]): Stretch | null {
  const { periode, inOnderzoek } = material
  if (inOnderzoek || months(material).some(({ complete }) => !complete)) return null
  const found = spans.filter(span => overlaps(span, periode.van, periode.totEnMet))
  const [first] = found
  if (first === undefined || found.some(({ belongs }) => belongs === undefined)) return null
  const last = (tot: LegalDate | null) => earliest(tot ?? periode.totEnMet, periode.totEnMet)
  return {
    van: latest(found.map(({ van }) => van).reduce(earliest), periode.van),
    tot: found.map(({ tot }) => last(tot)).reduce(latest),
  }
}

/** A register of persons is kept by the day: what it says of today stands today. */
function complete({ volledigTotEnMet, vandaag }: Material, day: LegalDate): boolean {
  return day <= volledigTotEnMet && day <= vandaag
}

/** Death stands whatever else is known; that somebody lives, only as far as the source looked. */
function alive(material: Material): boolean | null {
  const stated = material.rows.map(({ levend }) => levend)
  if (material.inOnderzoek || stated.length === 0) return null
  if (stated.includes(false)) return false
  return complete(material, material.periode.totEnMet) ? true : null
}

function dayOfDeath({ rows, inOnderzoek }: Material): LegalDate | null {
  const [day] = rows.flatMap(({ dagOverlijden }) => dagOverlijden ?? [])
  return typeof day === 'string' && !inOnderzoek ? day : null
}

interface Residence extends Stretch {
  readonly land: string
}

function residences({ rows, dataset }: Material): readonly Residence[] {
  const { aanvang = '', einde = '' } = dataset
  return rows.flatMap((row: Row) => {
    const [van, tot, land] = [row[aanvang], row[einde], row.landVerblijf]
    if (typeof van !== 'string' || typeof land !== 'string') return []
    return [{ van, tot: typeof tot === 'string' ? tot : null, land }]
  })
}

/** Where somebody lived on the last asked day; not when the source does not know, or knows two places. */
function residence(material: Material): Residence | undefined {
  const day = material.periode.totEnMet
  if (material.inOnderzoek || !complete(material, day)) return undefined
  const found = residences(material).filter(one => overlaps(one, day, day))
  return found.length === 1 ? found[0] : undefined
}

/** Yes as soon as two countries are known; no only when every asked day lies in one. */
function moved(material: Material): boolean | null {
  const { periode, volledigTotEnMet, vandaag } = material
  const known = earliest(earliest(periode.totEnMet, volledigTotEnMet), vandaag)
  const found = residences(material)
    .filter(one => overlaps(one, periode.van, known))
    .toSorted((one, other) => (one.van < other.van ? -1 : 1))
  if (new Set(found.map(({ land }) => land)).size > 1) return true
  let next = periode.van
  for (const { van, tot } of found) {
    if (van > next) return null
    next = latest(next, addDays(tot ?? periode.totEnMet, 1))
  }
  return material.inOnderzoek || known < periode.totEnMet || next <= periode.totEnMet ? null : false
}
