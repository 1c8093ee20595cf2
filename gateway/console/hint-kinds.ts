// Which patterns are a reason to look? Pure: one organisation's month beside its past; small numbers say nothing.
import type { Moment, Oin } from '../terms.ts'
import { above, chance, median, type Usual, usual } from './robust.ts'

/** One question as a hint sees it; person, case and employee are opened in memory only, and never stored. */
export interface Seen {
  readonly transactie: string
  readonly tijd: Moment
  readonly dag: string
  readonly uur: number
  readonly weekend: boolean
  /** Whose question it is: the principal, or who received. */
  readonly wie: Oin
  readonly ontvanger: Oin
  readonly verstrekker: Oin | undefined
  readonly uitwisseling: string | undefined
  readonly trede: string | undefined
  readonly redenen: readonly string[]
  /** Until when an escape had to be closed; absent when it was none. */
  readonly afsluitenVoor: Moment | undefined
  readonly machine: boolean
  readonly persoon: string | undefined
  readonly zaak: string | undefined
  /** With the organisation that declared it. */
  readonly medewerker: string | undefined
}

/** A receiver registered a person in a case. */
export interface Registered {
  readonly tijd: Moment
  readonly zaak: string
  readonly persoon: string
}

export interface Raised {
  readonly transactie: string
  readonly tijd: Moment
  readonly ontvanger: Oin
  readonly uitwisseling: string | undefined
  readonly code: string
}

/** What one organisation may see of a month, with the months before it. */
export interface Sight {
  readonly nu: readonly Seen[]
  readonly eerder: readonly Seen[]
  readonly vastgelegd: readonly Registered[]
  readonly signalen: readonly Raised[]
  readonly soortOf: (oin: Oin) => string | undefined
  /** When the month begins, and until when is looked. */
  readonly van: Moment
  readonly now: Moment
}

export interface Finding {
  readonly over: readonly Pick<Seen, 'transactie' | 'tijd' | 'ontvanger' | 'uitwisseling'>[]
  /** How far from usual; compared within one kind only. */
  readonly score: number
  /** What the explanation tells. */
  readonly cijfers: Readonly<Record<string, number | string>>
}

export interface HintKind {
  readonly id: string
  readonly naam: string
  /** Who looks after this kind: whether it is worth its time, and its bounds. */
  readonly eigenaar: string
  /** Neutral, with the numbers; nobody is accused of anything. */
  readonly uitleg: (cijfers: Finding['cijfers']) => string
  /** About one employee: only of the own organisation for a team lead. */
  readonly medewerker: boolean
  readonly find: (sight: Sight) => readonly Finding[]
}

type Figures = Finding['cijfers']

export const hintKinds: readonly HintKind[] = [
  {
    id: 'buiten-kantoortijd',
    naam: 'Vragen buiten kantoortijd',
    eigenaar: 'privacy officer van de ontvanger',
    medewerker: true,
    uitleg: c =>
      `Deze medewerker stelde deze maand ${times(c.vragen, 'vraag', 'vragen')} in de avond, in de nacht of in het weekend. Gewoon is ${shown(c.gewoon)} in een maand. Overwerk of een dienst kan dit verklaren.`,
    find({ nu, eerder }) {
      const outside = (one: Seen) => !one.machine && (one.weekend || one.uur < 7 || one.uur >= 20)
      const months = monthsOf(eerder)
      return each(nu.filter(outside), medewerker).flatMap(([key, over]) => {
        const past = eerder.filter(one => one.medewerker === key && outside(one)).length
        const gewoon = months === 0 ? 0 : past / months
        return beyond(over, gewoon, { least: 3, cijfers: { vragen: over.length } })
      })
    },
  },
  {
    id: 'volume-verleden',
    naam: 'Veel meer vragen dan anders',
    eigenaar: 'privacy officer van de verstrekker',
    medewerker: false,
    uitleg: c =>
      `Deze organisatie stelde op één dag (${c.dag}) ${times(c.vragen, 'vraag', 'vragen')}. Op een gewone werkdag zijn dat er ${shown(c.gewoon)}. Een inhaalslag of een nieuw project kan dit verklaren.`,
    find({ nu, eerder }) {
      const past = counts(eerder.filter(isWorkday), wie, one => one.dag)
      return each(nu, wie).flatMap(([key, all]) =>
        each(all, one => one.dag).flatMap(([dag, over]) => {
          const own = usual(past.get(key) ?? [], 20)
          if (!own || over.length < 2 * own.middle || over.length - own.middle < 20) return []
          return found(over, own, 6, { vragen: over.length, dag })
        }),
      )
    },
  },
  {
    id: 'volume-soortgenoten',
    naam: 'Meer personen dan organisaties als deze',
    eigenaar: 'privacy officer van de verstrekker',
    medewerker: false,
    uitleg: c =>
      `Bij deze organisatie vraagt een medewerker op een dag naar ${shown(c.personen)} personen. Bij ${c.anderen} organisaties van dezelfde soort zijn dat er gewoonlijk ${shown(c.gewoon)}. Een andere taakverdeling kan dit verklaren.`,
    find: ({ nu, soortOf }) =>
      peers(nu, soortOf, 50).flatMap(([over, others]) => {
        const own = personsPerDay(over)
        const all = usual(others(personsPerDay), 4)
        if (!all || own < 1.4 * all.middle) return []
        const score = above(own, all, 0.12 * all.middle)
        const cijfers = { personen: round(own), gewoon: round(all.middle), anderen: all.count }
        return score < 4 ? [] : [{ over, score, cijfers }]
      }),
  },
  {
    id: 'veel-personen',
    naam: 'Veel personen door één medewerker',
    eigenaar: 'privacy officer van de ontvanger',
    medewerker: true,
    uitleg: c =>
      `Deze medewerker bekeek ${times(c.personen, 'persoon', 'personen')} ${c.dag === undefined ? 'in één maand' : `op één dag (${c.dag})`}; gewoon is ${shown(c.gewoon)}${c.vergeleken === 'eigen' ? ', gemeten aan eerdere dagen van deze medewerker' : ', gemeten aan collega’s'}.`,
    find: sight => [...manyPersons(sight, 'dag'), ...manyPersons(sight, 'maand')],
  },
  {
    id: 'een-persoon-velen',
    naam: 'Eén persoon, gevraagd door veel medewerkers',
    eigenaar: 'privacy officer van de verstrekker',
    medewerker: false,
    uitleg: c =>
      `Deze maand vroegen ${c.medewerkers} medewerkers van ${times(c.partijen, 'organisatie', 'organisaties')} naar dezelfde persoon. Gewoon is ${shown(c.gewoon)}. Een verhuizing of een ingewikkelde zaak kan dit verklaren.`,
    find({ nu }) {
      const people = each(nu, one => (one.medewerker ? one.persoon : undefined))
      const employees = people.map(([, over]) => size(over, medewerker))
      return people.flatMap(([, over], i) => {
        const medewerkers = employees[i] ?? 0
        if (medewerkers < 5) return []
        const partijen = size(over, wie)
        const cijfers = { medewerkers, partijen, gewoon: median(employees) }
        return [{ over, score: medewerkers + partijen, cijfers }]
      })
    },
  },
  {
    id: 'vaak-dezelfde-persoon',
    naam: 'Steeds dezelfde persoon door één medewerker',
    eigenaar: 'privacy officer van de ontvanger',
    medewerker: true,
    uitleg: c =>
      `Deze medewerker vroeg deze maand op ${c.dagen} verschillende dagen naar dezelfde persoon, ${times(c.vragen, 'keer', 'keer')} in totaal. Gewoon is ${times(c.gewoon, 'dag', 'dagen')}. Een zaak met veel wijzigingen kan dit verklaren.`,
    find({ nu, eerder }) {
      const pair = (one: Seen) =>
        one.medewerker && one.persoon ? `${one.medewerker}|${one.persoon}` : undefined
      const days = (all: readonly Seen[]) =>
        each(all, pair).map(([, over]) => size(over, o => o.dag))
      const ordinary = [...days(eerder), ...days(nu)].sort((a, b) => a - b)
      const most = ordinary[Math.floor(ordinary.length * 0.995)] ?? 0
      return each(nu, pair).flatMap(([, over]) => {
        const dagen = size(over, one => one.dag)
        if (ordinary.length < 100 || dagen < Math.max(5, most + 2)) return []
        return [
          { over, score: dagen, cijfers: { dagen, vragen: over.length, gewoon: median(ordinary) } },
        ]
      })
    },
  },
  {
    id: 'traag-verzamelen',
    naam: 'Gestaag meer personen, telkens één keer',
    eigenaar: 'privacy officer van de verstrekker',
    medewerker: false,
    uitleg: c =>
      `Deze organisatie vroeg deze maand op ${c.dagen} dagen naar ${c.personen} nieuwe personen, elk één keer en zonder vervolg: ${c.aandeel} van de 100 nieuwe personen. Gewoon is ${c.gewoon} van de 100. Een nieuwe werkwijze kan dit verklaren.`,
    find: slowly,
  },
  {
    id: 'zaak-hergebruikt',
    naam: 'Eén zaaknummer voor veel personen',
    eigenaar: 'privacy officer van de ontvanger',
    medewerker: false,
    uitleg: c =>
      `Onder één zaaknummer is naar ${c.personen} verschillende personen gevraagd. Gewoon is ${shown(c.gewoon)}. Een groot gezin of een verzamelzaak kan dit verklaren.`,
    find({ nu, eerder }) {
      const file = (one: Seen) => (one.persoon ? one.zaak : undefined)
      const recent = new Set(nu.map(file))
      const files = each([...eerder, ...nu], file)
      const gewoon = median(files.map(([, over]) => size(over, one => one.persoon)))
      return files.flatMap(([key, over]) => {
        const personen = size(over, one => one.persoon)
        if (personen < 5 || !recent.has(key)) return []
        return [{ over, score: personen, cijfers: { personen, gewoon } }]
      })
    },
  },
  {
    id: 'ladder-overgeslagen',
    naam: 'Lichter middel vaak overgeslagen',
    eigenaar: 'privacy officer van de ontvanger',
    medewerker: true,
    uitleg: c =>
      `Deze medewerker vroeg deze maand ${times(c.keren, 'keer', 'keer')} meteen om zwaardere gegevens, terwijl een lichter middel beschikbaar was; die vragen zijn geweigerd. Gemiddeld is ${shown(c.gewoon)} op dit aantal vragen. Uitleg over de werkwijze kan genoeg zijn.`,
    find({ nu }) {
      const skipped = (one: Seen) => one.redenen.includes('LICHTER_MIDDEL_BESCHIKBAAR')
      const rate = nu.filter(skipped).length / Math.max(1, nu.length)
      return each(nu, medewerker).flatMap(([, all]) => {
        const over = all.filter(skipped)
        const gewoon = rate * all.length
        return beyond(over, gewoon, { least: 5, cijfers: { keren: over.length } })
      })
    },
  },
  {
    id: 'ontsnapping-open',
    naam: 'Uitzondering niet afgesloten',
    eigenaar: 'privacy officer van de ontvanger',
    medewerker: true,
    uitleg: c =>
      `${times(c.keren, 'Eén keer', `${c.keren} keer`, '')} is met spoed gevraagd naar iemand die niet bij de zaak stond, en is dat daarna niet op tijd bij de zaak vastgelegd.`,
    find({ nu, eerder, vastgelegd, van, now }) {
      const closed = new Set(vastgelegd.map(({ zaak, persoon }) => `${zaak}|${persoon}`))
      const open = [...eerder, ...nu].filter(
        ({ afsluitenVoor = Number.POSITIVE_INFINITY, zaak, persoon }) =>
          afsluitenVoor >= van &&
          afsluitenVoor < now &&
          zaak &&
          persoon &&
          !closed.has(`${zaak}|${persoon}`),
      )
      return each(open, medewerker).map(([, over]) => ({
        ...{ over, score: over.length, cijfers: { keren: over.length } },
      }))
    },
  },
  {
    id: 'signaal',
    naam: 'Signaal van de gateway',
    eigenaar: 'privacy officer van de verstrekker',
    medewerker: false,
    uitleg: c =>
      c.code === 'veel-personen'
        ? 'De gateway telde in dertig dagen meer personen dan voor deze uitwisseling is afgesproken.'
        : 'De gateway zag dat een uitzondering niet op tijd is afgesloten, en weigert er nieuwe tot dat is gebeurd.',
    find: ({ signalen }) =>
      signalen.map(one => ({ over: [one], score: one.tijd / 1e13, cijfers: { code: one.code } })),
  },
]

/** Distinct persons of one employee, on each day or in the whole month. */
function manyPersons({ nu, eerder }: Sight, per: 'dag' | 'maand'): readonly Finding[] {
  const bucket = (one: Seen) => (per === 'dag' ? one.dag : one.dag.slice(0, 7))
  const [least, factor] = per === 'dag' ? [12, 2.5] : [60, 2.5]
  const about = (all: readonly Seen[]) => all.filter(one => one.persoon && !one.machine)
  const past = counts(about(eerder), medewerker, bucket, one => one.persoon)
  const perColleague = new Map(
    each(about([...eerder, ...nu]), wie).map(([key, all]) => [
      key,
      usual([...counts(all, medewerker, bucket, one => one.persoon).values()].flat(), 30),
    ]),
  )
  return each(about(nu), medewerker).flatMap(([key, all]) => {
    const own = usual(past.get(key) ?? [], per === 'dag' ? 8 : 3)
    const other = perColleague.get(all[0]?.wie ?? '')
    const beside = own ?? other
    if (!beside) return []
    // Of one employee the fullest day says enough.
    const [fullest] = each(all, bucket)
      .map(([dag, over]) => ({ dag, over, personen: size(over, one => one.persoon) }))
      .toSorted((one, other) => other.personen - one.personen)
    if (!fullest) return []
    const { dag, over, personen } = fullest
    if (personen < least || personen < factor * beside.middle) return []
    const vergeleken = own ? 'eigen' : 'collega'
    const cijfers = { personen, vergeleken, ...(per === 'dag' && { dag }) }
    return found(over, beside, 5, cijfers, personen)
  })
}

/** New persons that were asked about once, lightly, in a case of one question. */
function slowly({ nu, eerder, soortOf }: Sight): readonly Finding[] {
  const known = new Map(
    each(eerder, wie).map(([key, all]) => [key, new Set(all.map(one => one.persoon))]),
  )
  const thin = (all: readonly Seen[], before: ReadonlySet<string | undefined> = new Set()) => {
    const inCase = new Map(each(all, one => one.zaak))
    const fresh = each(all, one => one.persoon).filter(([key]) => !before.has(key))
    const once = fresh.flatMap(([, over]) =>
      over.length === 1 && (inCase.get(over[0]?.zaak ?? '')?.length ?? 1) === 1 ? over : [],
    )
    return { once, fresh: fresh.length, share: fresh.length === 0 ? 0 : once.length / fresh.length }
  }
  const pastMonths = new Map(
    each(eerder, wie).map(([key, all]) => [
      key,
      each(all, one => one.dag.slice(0, 7)).flatMap(([, month]) => {
        const { fresh, share } = thin(month)
        return fresh < 30 ? [] : [share]
      }),
    ]),
  )
  return peers(nu, soortOf, 50).flatMap(([over, others]) => {
    const key = over[0]?.wie ?? ''
    const { once, fresh, share } = thin(over, known.get(key))
    const beside =
      usual(pastMonths.get(key) ?? [], 2) ??
      usual(
        others(all => thin(all).share),
        4,
      )
    const dagen = size(once, one => one.dag)
    const steady = dagen >= 0.6 * size(over, one => one.dag)
    if (!beside || !steady || fresh < 30 || share - beside.middle < 0.12) return []
    const score = above(share, beside, 0.03)
    const aandeel = Math.round(share * 100)
    const cijfers = {
      personen: once.length,
      dagen,
      aandeel,
      gewoon: Math.round(beside.middle * 100),
    }
    return score < 4 ? [] : [{ over: once, score, cijfers }]
  })
}

function personsPerDay(all: readonly Seen[]): number {
  const people = all.filter(one => one.persoon && !one.machine)
  const persons = size(people, one => `${one.medewerker}|${one.dag}|${one.persoon}`)
  return (
    persons /
    Math.max(
      1,
      size(people, one => `${one.medewerker}|${one.dag}`),
    )
  )
}

type Measure = (all: readonly Seen[]) => number

/** Each organisation with at least so many questions, beside the others of its kind. */
function peers(
  all: readonly Seen[],
  soortOf: Sight['soortOf'],
  least: number,
): readonly (readonly [over: readonly Seen[], others: (measure: Measure) => readonly number[]])[] {
  const parties = each(all, wie).filter(([, over]) => over.length >= least)
  return parties.map(([key, over]) => [
    over,
    measure =>
      parties
        .filter(([other]) => other !== key && soortOf(other) === soortOf(key))
        .map(([, their]) => measure(their)),
  ])
}

/** Nothing, unless it is this far above what is usual. */
function found(
  over: readonly Seen[],
  beside: Usual,
  least: number,
  cijfers: Figures,
  value = over.length,
): readonly Finding[] {
  const score = above(value, beside, chance(beside))
  if (score < least) return []
  return [{ over, score, cijfers: { ...cijfers, gewoon: round(beside.middle) } }]
}

/** Nothing, unless there are at least so many, and three times what could be expected. */
function beyond(
  over: readonly Seen[],
  gewoon: number,
  { least, cijfers }: { readonly least: number; readonly cijfers: Figures },
): readonly Finding[] {
  if (over.length < least || over.length < 3 * gewoon) return []
  return [{ over, score: over.length - gewoon, cijfers: { ...cijfers, gewoon: round(gewoon) } }]
}

const wie = (one: Seen) => one.wie
const medewerker = (one: Seen) => (one.machine ? undefined : one.medewerker)
const isWorkday = (one: Seen) => !one.weekend

/** Grouped by a key; what has none is left out. */
function each<T>(all: readonly T[], key: (one: T) => string | undefined): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const at = key(one)
    if (at === undefined) continue
    const there = groups.get(at)
    if (there) there.push(one)
    else groups.set(at, [one])
  }
  return [...groups]
}

function size<T>(all: readonly T[], key: (one: T) => string | undefined): number {
  return new Set(all.map(key)).size
}

/** Per key, how many (or how many different) there were in each bucket that has any. */
function counts(
  all: readonly Seen[],
  key: (one: Seen) => string | undefined,
  bucket: (one: Seen) => string,
  what: (one: Seen) => string | undefined = one => one.transactie,
): ReadonlyMap<string, readonly number[]> {
  return new Map(
    each(all, key).map(([at, own]) => [at, each(own, bucket).map(([, some]) => size(some, what))]),
  )
}

function monthsOf(all: readonly Seen[]): number {
  return size(all, one => one.dag.slice(0, 7))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function shown(value: Figures[string] | undefined): string {
  return String(value ?? 0).replace('.', ',')
}

function times(count: Figures[string] | undefined, one: string, many: string, joint = ' '): string {
  if (joint === '') return count === 1 ? one : many
  return `${shown(count)} ${count === 1 ? one : many}`
}
