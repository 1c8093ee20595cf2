// What does a simulated month hold? Drawn from a seed: who has what, what a receiver knows, and the files that are made of it.

/** Of one person for one receiver: what is compared. */
export interface Known {
  readonly uitwisseling: string
  readonly ontvanger: string
  readonly nummer: string
  readonly kenmerk: string
}

/** One fact, before anything is sorted or left out. */
export interface Fact extends Known {
  readonly verstrekker: string
  readonly gegevens: Readonly<Record<string, unknown>>
}

export interface Month {
  readonly periode: string
  /** For whom a file stands ready, per exchange; it may have no fact at all. */
  readonly ontvangers: Readonly<Record<string, readonly string[]>>
  readonly treffers: readonly Fact[]
  /** Also of persons of whom there is no fact. */
  readonly bekend: readonly Known[]
}

/** The two texts that a receiver's files are made of. */
export interface Texts {
  readonly ontvanger: string
  readonly treffers: string
  readonly bekend: string
}

export const nieuweInkomsten = 'uwv-signaal-nieuwe-inkomsten'
export const waterstad = '00000099000000001000'
export const dijkdorp = '00000099000000002000'
const uwv = '00000099000000004000'
const toeslagen = '00000099000000007000'
const jenv = '00000099000000013000'
const rvig = '00000099000000014000'

/** mulberry32: the same numbers on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]

/** Every number of the RvIG test series 99999xxxx that passes the elfproef. */
export const testNumbers: readonly string[] = Array.from({ length: 10_000 }, (_, tail) =>
  String(999_990_000 + tail),
).filter(
  digits => weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11 === 0,
)

/**
 * What `npm start` has standing ready, for a month or a day. Of new income three facts for Waterstad, that knows of
 * one of them and of somebody else, and two for Dijkdorp; of everything else one.
 */
export function demoMonth(periode: string): Month {
  const dag = `${periode}-03`.slice(0, 10)
  const fact = (nummer: string, gegevens: Fact['gegevens'], other: Partial<Fact> = {}): Fact => ({
    ...{ uitwisseling: nieuweInkomsten, ontvanger: waterstad, verstrekker: uwv, nummer },
    ...{ kenmerk: `${periode}-1`, gegevens: { signaalId: `${periode}-1`, ...gegevens }, ...other },
  })
  const income = (nummer: string, naamInhoudingsplichtige: string, ontvanger = waterstad) =>
    fact(nummer, { datumAanvang: dag, naamInhoudingsplichtige }, { ontvanger })
  const known = income('999992168', 'Uitzendbureau Denkbeeldig B.V.')
  const treffers = [
    income('999993653', 'Fietsenmaker Voorbeeld'),
    income('999990019', 'Bakkerij Verzonnen B.V.'),
    known,
    income('999998493', 'Schoonmaak Fictief B.V.', dijkdorp),
    income('999993549', 'Kwekerij Bedacht V.O.F.', dijkdorp),
    fact(
      '999990238',
      { periodeOverlap: { van: dag, tot: null }, gemeentecode: '9902', regeling: 'PW' },
      { uitwisseling: 'gemeente-dubbele-uitkering', verstrekker: dijkdorp },
    ),
    fact(
      '999990342',
      { soort: 'ingesloten', datumInsluiting: dag },
      { uitwisseling: 'detentiesignaal', verstrekker: jenv },
    ),
    fact(
      '999990019',
      { aantalWas: 1, aantalWordt: 2, datumWijziging: dag },
      { uitwisseling: 'brp-signaal-kostendelers', verstrekker: rvig },
    ),
    {
      ...fact('999993653', {}, { uitwisseling: 'doelgroep-kinderopvangtoeslag' }),
      ...{ ontvanger: toeslagen, verstrekker: waterstad },
      gegevens: { volgdeVoorziening: true, periode: { van: dag, tot: dag } },
    },
  ]
  const receivers = Object.groupBy(treffers, ({ uitwisseling }) => uitwisseling)
  return {
    periode,
    ontvangers: Object.fromEntries(
      Object.entries(receivers).map(([uitwisseling, facts = []]) => [
        uitwisseling,
        [...new Set(facts.map(({ ontvanger }) => ontvanger))],
      ]),
    ),
    treffers,
    bekend: [known, { ...known, nummer: '999990160' }],
  }
}

/** How an exchange is drawn: who brings it, to whom it goes, and what it says. */
export interface Drawn {
  readonly uitwisseling: string
  readonly ontvangers: readonly string[]
  readonly verstrekker: (ontvanger: string, random: () => number) => string
  readonly gegevens: (random: () => number, day: string) => Readonly<Record<string, unknown>>
  /** The member that says who pays, where there is one. */
  readonly betaler?: string
}

export interface Draw {
  readonly seed: number
  readonly periode: string
  readonly exchanges: readonly Drawn[]
  /** Facts per receiver. */
  readonly most: number
}

/** Persons who are never told of: of some there is no fact, others are known everywhere, or paid by the receiver itself. */
const quiet = { zonder: [0, 60], bekend: [60, 120], eigen: [120, 180] } as const
export const quietNumbers: readonly string[] = testNumbers.slice(0, 180)

/** A month with, for each receiver, facts that it knows, does not know, or pays itself, in no order. */
export function drawMonth({ seed, periode, exchanges, most }: Draw): Month {
  const random = seeded(seed)
  const treffers: Fact[] = []
  const bekend: Known[] = []
  for (const { uitwisseling, ontvangers, verstrekker, gegevens, betaler } of exchanges) {
    for (const ontvanger of ontvangers) {
      const own = ontvanger.slice(8, 17)
      for (const nummer of drawn(testNumbers.slice(180), most, random)) {
        const known = { uitwisseling, ontvanger, nummer, kenmerk: kenmerkOf(periode, random) }
        const dag = `${periode}-${String(1 + Math.floor(random() * 28)).padStart(2, '0')}`
        const paid = betaler ? { [betaler]: random() < 0.1 ? own : '900000004' } : {}
        const bij = verstrekker(ontvanger, random)
        treffers.push({
          ...known,
          verstrekker: bij,
          gegevens: { ...gegevens(random, dag), ...paid },
        })
        if (random() < 0.3) bekend.push(known)
      }
      for (const [kind, [from, to]] of Object.entries(quiet)) {
        for (const nummer of drawn(testNumbers.slice(from, to), 6, random)) {
          const known = { uitwisseling, ontvanger, nummer, kenmerk: kenmerkOf(periode, random) }
          if (kind !== 'eigen') bekend.push(known)
          if (kind === 'zonder' || (kind === 'eigen' && !betaler)) continue
          const paid = kind === 'eigen' && betaler ? { [betaler]: own } : {}
          const fact = { ...gegevens(random, `${periode}-02`), ...paid }
          treffers.push({ ...known, verstrekker: verstrekker(ontvanger, random), gegevens: fact })
        }
      }
    }
  }
  const ontvangers = exchanges.map(each => [each.uitwisseling, each.ontvangers] as const)
  return { periode, ontvangers: Object.fromEntries(ontvangers), treffers, bekend }
}

/** So many of them, each once, in no order. */
function drawn(pool: readonly string[], most: number, random: () => number): readonly string[] {
  return pool
    .map(each => [random(), each] as const)
    .sort(([one], [other]) => one - other)
    .slice(0, most)
    .map(([, each]) => each)
}

const kenmerkOf = (periode: string, random: () => number) =>
  `${periode}-${Math.floor(random() * 1e5)}`

/** The files of one exchange, each sorted by number; undefined where there are none. */
export function filesOf(month: Month, uitwisseling: string): readonly Texts[] | undefined {
  return month.ontvangers[uitwisseling]?.map(ontvanger => {
    const own = <Each extends Known>(facts: readonly Each[]) =>
      facts
        .filter(each => each.ontvanger === ontvanger && each.uitwisseling === uitwisseling)
        .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
    return {
      ontvanger,
      treffers: toText(
        own(month.treffers).map(({ nummer, kenmerk, verstrekker, gegevens }) => {
          return { nummer, kenmerk, ontvanger, verstrekker, gegevens }
        }),
      ),
      bekend: toText(own(month.bekend).map(({ nummer, kenmerk }) => ({ nummer, kenmerk }))),
    }
  })
}

const keyOf = ({ nummer, kenmerk }: Known) => `${nummer} ${kenmerk}`

function toText(lines: readonly object[]): string {
  return [...lines, { einde: { regels: lines.length } }]
    .map(line => `${JSON.stringify(line)}\n`)
    .join('')
}
